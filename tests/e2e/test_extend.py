# kr_test: ranks=2 timeout=240
"""Samples that are done get more starts in the same folder, and end as those of a campaign that made them all at once."""
import json
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Campaign, Case
from test_resume import Running, marks

STOPPED = 75
SMALL = {"model_n": 9, "campaign_samples": 6, "campaign_seed": 5}
LARGE = {"model_n": 14, "campaign_samples": 2, "campaign_seed": 5, "census_missing": 0}
FEW, MANY = {"search_starts": 30000}, {"search_starts": 100000}
PAIR = {"ranks": 2, "campaign_group_size": 2}


def crc64(data):
    """CRC-64/XZ, as docs/formats/store.md has it."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0xC96C5795D7870F42 if byte & 1 else 0)
        table.append(byte)
    crc = 2**64 - 1
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 2**64 - 1


def make_older(path):
    """The same shard in format 2.1, which did not tell how the search ended."""
    data = path.read_bytes()[:-16]
    path.write_bytes(data)
    with h5py.File(path, "r+") as file:
        points = file["points"][:]
        members = [name for name in points.dtype.names if name != "found_index"]
        older = np.zeros(len(points), dtype={"names": members, "formats": [points.dtype[name] for name in members],
                                             "offsets": [points.dtype.fields[name][1] for name in members],
                                             "itemsize": points.dtype.itemsize})
        for name in members:
            older[name] = points[name]
        for name in ("points", "landed", "round"):
            del file[name]
        file["points"] = older
        for name in ("round_end", "rule_met"):
            del file.attrs[name]
        file.attrs["format_version"] = np.array([2, 1], dtype=np.int32)
    data = path.read_bytes()
    path.write_bytes(data + b"KRCRC64\n" + crc64(data).to_bytes(8, "little"))


class Extend(Case):
    def setUp(self):
        super().setUp()
        self.wanted = {}

    def extended(self, name, **options):
        return self.census(name, campaign_extend="starts", **options)

    def check(self, before, after, how=None, **options):
        """`before` first, then `after` in the same folder, against `after` alone."""
        how = how or {}
        key = json.dumps({**options, **after}, sort_keys=True)
        want = self.wanted[key] = self.wanted.get(key) or self.census(**options, **after)
        name = f"extended{self.n_campaigns}"
        self.census(name, **options, **before, **how)
        short = marks(Campaign(self.folder / name))
        got = self.extended(name, **options, **after)
        if how:
            self.assert_same_points(got, want)
            self.assert_same_hits(got, want)
            self.assert_same_counts(got, want)
        else:
            self.assert_same_result(got, want)
        for number, shard in want.shards.items():
            for key in ("rounds", "verdict", "starts", "round_end", "rule_met"):
                self.assertEqual(got.shards[number].attributes[key], shard.attributes[key], f"{number}: {key}")
        return short, marks(got), got, want

    def test_incomplete_samples_go_on(self):
        """Those that met the rule stay as they are, in their files; the others end as if they had never stopped."""
        short, after, got, _ = self.check({"search_starts": 3000}, {"search_starts": 20000}, **SMALL)
        same = [number for number in short if short[number] == after[number]]
        self.assertGreater(len(same), 0)
        self.assertLess(len(same), len(short))
        campaign = json.loads((got.folder / "campaign.json").read_text())
        self.assertEqual(campaign["options"]["-search_starts"], "20000")
        self.assertEqual([entry["-search_starts"] for entry in campaign["extended"]], ["3000"])

    def test_starts_that_ran_out_within_a_round(self):
        """Also before the first round is over, and with a list that met the rule between two rounds."""
        for starts in (100, 513, 2100):
            with self.subTest(starts=starts):
                self.check({"search_starts": starts}, {"search_starts": 4000}, **SMALL)

    def test_all_starts(self):
        """Without the rule all samples go on, and from the rule to none."""
        short, after, *_ = self.check({"search_starts": 1000}, {"search_starts": 2500}, census_missing=0, **SMALL)
        self.assertEqual([number for number in short if short[number] == after[number]], [])
        self.check({"census_missing": 0.1}, {"census_missing": 0}, search_starts=6000, **SMALL)

    def test_smaller_missing(self):
        self.check({"census_missing": 3}, {"census_missing": 0.05}, search_starts=30000, **SMALL)
        self.check({"census_missing": 5}, {"census_missing": 0.5}, search_starts=900, **SMALL)  # verdicts alone differ

    def test_other_laws_and_searches(self):
        for law in ({"model_mixture": "3:0.5,5:0.5", "model_n": 6},
                    {"model_n": 12, "search_kind": "minima"}, {"model_n": 10, "search_energy": "-1.6:-0.8"}):
            with self.subTest(**law):
                self.check({"search_starts": 700}, {"search_starts": 2600}, campaign_samples=3, **law)

    def test_on_other_ranks(self):
        """As the shard of one number of ranks is taken up by another."""
        self.check({"search_starts": 2000}, {"search_starts": 6000}, PAIR, **SMALL)
        options = {**SMALL, "census_missing": 0}
        want = self.census(**options, search_starts=6000)
        for spread in ("starts", "tensor"):
            self.census(spread, **options, search_starts=2000)
            got = self.extended(spread, **options, search_starts=6000, campaign_spread=spread, **PAIR)
            self.assert_same_points(got, want)
            if spread == "starts":  # sums in another order may send a start elsewhere
                self.assert_same_hits(got, want)

    def test_twice_and_more_samples(self):
        self.census("out", **{**SMALL, "campaign_samples": 3}, search_starts=800)
        self.extended("out", **{**SMALL, "campaign_samples": 3}, search_starts=1500)
        got = self.extended("out", **SMALL, search_starts=4000)
        self.assert_same_result(got, self.census(**SMALL, search_starts=4000))
        self.assertEqual(len(json.loads((got.folder / "campaign.json").read_text())["extended"]), 2)
        again = self.census("out", **SMALL, search_starts=4000)  # the option is not needed any more
        self.assertEqual(marks(again), marks(got))

    def test_in_parts(self):
        """A run that takes some samples further leaves the others out of the ensemble until they are."""
        options = {**SMALL, "census_missing": 0}
        self.census("out", **options, search_starts=800)
        text = self.run_well("census", campaign_out="out", campaign_extend="starts",
                             **{**options, "campaign_samples": 2}, search_starts=1600)
        self.assertIn("note: 4 samples of the folder still have to be taken further, the ensemble is without them", text)
        self.assertEqual(Campaign(self.folder / "out").summary["samples"]["in_ensemble"], 2)
        got = self.extended("out", **options, search_starts=1600)
        self.assert_same_result(got, self.census(**options, search_starts=1600))

    def test_without_state(self):
        """Shards without coordinates, and those of an older format, begin anew."""
        options = {**SMALL, "census_store_points": "false"}
        self.check({"search_starts": 800}, {"search_starts": 2500}, **options)
        older = self.census("older", **SMALL, search_starts=800)
        want = self.census(**SMALL, search_starts=800)
        for number, path in older.shard_paths.items():
            if number % 2 == 0:
                make_older(path)
        (older.folder / "ensemble.h5").unlink()
        again = self.census("older", **SMALL, search_starts=800)
        self.assert_same_points(again, want, 0.0)
        self.assert_same_result(self.extended("older", **SMALL, search_starts=2500),
                                self.census(**SMALL, search_starts=2500))


class Interrupted(Case):
    def begin(self, name):
        self.census(name, **LARGE, **FEW)
        return marks(Campaign(self.folder / name))

    def check_goes_on(self, name, want, **how):
        got = self.census(name, campaign_extend="starts", **LARGE, **MANY, **how)
        self.assert_same_points(got, want, 1e-10 if how else 0.0)
        self.assert_same_hits(got, want)
        self.assertFalse((got.folder / "running").exists())

    def test_killed(self):
        """Between states, in a state, and after the first shard was replaced."""
        want = self.census("want", **LARGE, **MANY)
        for name, wait in (("early", lambda folder, before: False),
                           ("state", lambda folder, before: not list(folder.glob("running/*.h5"))),
                           ("shard", lambda folder, before: marks(Campaign(folder)) == before)):
            with self.subTest(name=name):
                before = self.begin(name)
                running = Running(self.folder, campaign_out=name, campaign_extend="starts", campaign_checkpoint=0.05,
                                  **LARGE, **MANY)
                folder, deadline = self.folder / name, time.monotonic() + 60
                while "extended" not in (folder / "campaign.json").read_text() and time.monotonic() < deadline:
                    time.sleep(0.005)
                while wait(folder, before) and time.monotonic() < deadline:
                    time.sleep(0.005)
                running.kill()
                self.assertEqual(len(Campaign(folder).shards), 2, "a shard is there all the time, and whole")
                self.check_goes_on(name, want, **(PAIR if name == "state" else {}))

    def test_stopped(self):
        want = self.census("want", **LARGE, **MANY)
        before = self.begin("out")
        run = subprocess.Popen(kacrice_test.command("census", campaign_out="out", campaign_extend="starts", **LARGE,
                                                    **MANY),
                               cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(run.kill)
        folder, deadline = self.folder / "out", time.monotonic() + 60
        while len(list(folder.glob("runs/*.json"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        run.send_signal(signal.SIGUSR1)
        code = run.wait(timeout=60)
        self.assertIn(code, (0, STOPPED))
        if code == STOPPED:
            self.assertEqual(marks(Campaign(folder))[1], before[1])
        self.check_goes_on("out", want)

    def test_an_older_state_than_the_shard(self):
        """Of a run that was killed between the shard and the end of its state: the one with more starts counts."""
        want = self.census("want", **LARGE, **MANY)
        running = Running(self.folder, campaign_out="out", campaign_checkpoint=0.05, **LARGE, **FEW)
        state, deadline, content = self.folder / "out" / "running" / "s00000000.h5", time.monotonic() + 60, b""
        while not content and time.monotonic() < deadline:
            try:
                content = state.read_bytes()
            except FileNotFoundError:  # not yet, or between two states
                time.sleep(0.002)
        running.kill()
        self.census("out", **LARGE, **FEW)
        state.parent.mkdir(exist_ok=True)
        state.write_bytes(content)
        self.check_goes_on("out", want)


    def test_a_state_beside_the_extended_shard(self):
        """Of a run that was killed between the extended shard and the end of its state: it goes, nothing is done again."""
        self.census("out", **LARGE, **FEW)
        running = Running(self.folder, campaign_out="out", campaign_extend="starts", campaign_checkpoint=0.05, **LARGE,
                          **MANY)
        state, deadline, content = self.folder / "out" / "running" / "s00000000.h5", time.monotonic() + 60, b""
        while not content and time.monotonic() < deadline:
            try:
                content = state.read_bytes()
            except FileNotFoundError:  # not yet, or between two states
                time.sleep(0.002)
        running.kill()
        done = marks(self.census("out", campaign_extend="starts", **LARGE, **MANY))
        state.parent.mkdir(exist_ok=True)
        state.write_bytes(content)
        self.assertEqual(marks(self.census("out", **LARGE, **MANY)), done)
        self.assertFalse(state.parent.exists())


class Refused(Case):
    def refused(self, *parts, **options):
        done = kacrice_test.run("census", cwd=self.folder, timeout=60, campaign_out="out", **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_refusals(self):
        extend = {"campaign_extend": "starts", **SMALL}
        self.refused("-campaign_extend starts: there is no campaign in out", search_starts=500, **extend)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.refused("-campaign_extend samples: must be one of none|starts", campaign_extend="samples", **SMALL)
        self.census("out", search_starts=500, **SMALL)
        text = (self.folder / "out" / "campaign.json").read_text()
        self.refused("-campaign_extend starts: there is nothing to extend", "-search_starts 500", search_starts=500,
                     **extend)
        self.refused("-search_starts 400: the folder was made with 500", "to grow", search_starts=400, **extend)
        self.refused("-census_missing 1: the folder was made with 0.1", "shrink", search_starts=500, census_missing=1,
                     **extend)
        self.refused("-search_starts 900: ", search_starts=900, census_missing=1, **extend)
        self.refused("-search_starts 900: the folder was made with 500", "-campaign_extend starts", search_starts=900,
                     **SMALL)
        self.refused("-campaign_seed 6: ", search_starts=900, **{**extend, "campaign_seed": 6})
        self.assertEqual((self.folder / "out" / "campaign.json").read_text(), text)
        self.census("out", search_starts=900, **extend)
        self.refused("-search_starts 500: the folder was extended and now has 900", search_starts=500, **SMALL)
        again = self.run_well("census", campaign_out="out", search_starts=900, **extend)
        self.assertIn("-campaign_extend starts: no sample had to be taken further", again)

    def test_homotopy(self):
        options = {**SMALL, "search_kind": "homotopy", "model_n": 6}
        self.census("out", **options)
        self.refused("nothing to extend", campaign_extend="starts", **options)

    def test_while_others_work(self):
        """A run with the old options is still at work, on other samples."""
        self.census("out", **SMALL, search_starts=500)
        path = next((self.folder / "out" / "runs").glob("*.json"))
        run = json.loads(path.read_text())
        del run["claims"]  # as of kacrice 0.1.0
        path.write_text(json.dumps({**run, "first": 50, "end": 60, "state": "running", "host": "elsewhere",
                                    "updated_unix": time.time()}))
        self.refused("another run is at work on samples 50 to 59", campaign_extend="starts", search_starts=900, **SMALL)
        path.write_text(json.dumps({**run, "first": 50, "end": 60, "state": "stopped"}))
        self.census("out", campaign_extend="starts", search_starts=900, **SMALL)


if __name__ == "__main__":
    unittest.main()
