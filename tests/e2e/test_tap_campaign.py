# kr_test: ranks=2 timeout=200
"""kacrice tap as a campaign: stopped and gone on with, in parts, with samples that fail; what other commands say of its
folder."""
import json
import pathlib
import random
import signal
import subprocess
import time
import unittest

import h5py

import kacrice_test
from kacrice_test import Case

STOPPED, FAILED = 75, 3
CENSUS = {"model_mixture": "3:0.3,6:0.7", "model_n": 7, "campaign_samples": "3:15", "campaign_seed": 3,
          "search_starts": 1500}
STATES = {"tap_temperature": "0.2,0.6,1", "tap_starts": 2000}


def read(path):
    """All data sets of a file, as bytes."""
    with h5py.File(path) as file:
        return {name: data[:].tobytes() for name, data in file.items()}


class Folder:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.shards = {path.name: path for path in sorted(self.folder.glob("samples/*/s*.h5"))}

    @property
    def journals(self):
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("runs/*.json"))]

    @property
    def summary(self):
        text = json.loads((self.folder / "summary.json").read_text())
        return {key: value for key, value in text.items() if key not in ("version", "git_hash")}


class TapCampaign(Case):
    def setUp(self):
        super().setUp()
        self.cold = self.census("cold", **CENSUS)
        self.want = self.tap("want")

    def tap(self, name, **options):
        self.run_well("tap", "cold", tap_out=name, **STATES, **options)
        return Folder(self.folder / name)

    def assert_same(self, got):
        self.assertEqual(list(got.shards), list(self.want.shards))
        for name, path in self.want.shards.items():
            self.assertEqual(read(got.shards[name]), read(path), name)
        self.assertEqual(read(got.folder / "states.h5"), read(self.want.folder / "states.h5"))
        self.assertEqual(got.summary, self.want.summary)
        self.assertEqual(got.journals[-1]["state"], "done")

    def stopped(self, name, after, **options):
        """Exit code and words of a run that gets a signal so long after its journal is there."""
        def count():
            return len(list((self.folder / name).glob("runs/*.json")))

        n_before = count()
        run = subprocess.Popen(kacrice_test.command("tap", "cold", tap_out=name, **STATES, **options), cwd=self.folder,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 60
        while count() == n_before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after)
        run.send_signal(signal.SIGUSR1)
        out, err = run.communicate(timeout=120)
        return run.returncode, out + err

    def test_stopped_and_gone_on_with(self):
        """By signals at random times, on one rank, two groups and a group of two: bitwise the undisturbed result."""
        generator, n_stopped = random.Random(11), 0
        longest = self.want.journals[-1]["seconds"]
        how = ({}, {"ranks": 2}, {"ranks": 2, "campaign_group_size": 2})
        for trial, options in enumerate(how):
            name = f"trial{trial}"
            for _ in range(2):
                code, text = self.stopped(name, 0.5 * longest * generator.random(), **options)
                self.assertIn(code, (0, STOPPED), text)
                if code == STOPPED:
                    n_stopped += 1
                    self.assertRegex(text, r"(?m)^kacrice: stopped with \d+ of 12 samples done; the same command goes on$")
                    self.assertFalse((self.folder / name / "states.h5").exists())
                    self.assertEqual(Folder(self.folder / name).journals[-1]["state"], "stopped")
            self.assert_same(self.tap(name, **options))
        self.assertGreater(n_stopped, 1)

    def test_limit_of_time(self):
        """A second at a time, less than it takes to begin: each run does a sample at least, so that they come to an end."""
        for _ in range(4):
            done = kacrice_test.run("tap", "cold", cwd=self.folder, tap_out="short", campaign_maxtime=1,
                                    campaign_samples="3:6", **STATES)
            self.assertIn(done.returncode, (0, STOPPED), done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(Folder(self.folder / "short").shards), 3)
        self.assertIn("-campaign_maxtime 0.5: must be", self.refused("cold", tap_out="short", campaign_maxtime=0.5))
        self.assert_same(self.tap("short"))

    def test_in_parts(self):
        """Ranges of samples in runs of their own, as the tasks of an array; numbers are those of the census."""
        for samples, n_done in (("3:7", 4), ("7:9", 2), ("9:40", 6)):
            text = self.run_well("tap", "cold", tap_out="parts", campaign_samples=samples, **STATES)
            self.assertIn(f"TAP states of {n_done} samples", text)
        self.assertIn("of samples 9 to 39 the census has finished 6 only", text)
        self.assert_same(Folder(self.folder / "parts"))
        self.assertIn("-campaign_samples 20:30: cold has 12 samples, and none of these",
                      self.refused("cold", tap_out="parts", campaign_samples="20:30"))

    def test_failures(self):
        done = kacrice_test.run("tap", "cold", cwd=self.folder, tap_out="out", variables=self.failing_lapack(20), **STATES)
        self.assertEqual(done.returncode, FAILED, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"(?m)^kacrice: sample \d+ failed: .*syev failed with info = 7")
        got = Folder(self.folder / "out")
        self.assertEqual(len(got.shards), 11)
        lost = set(self.want.shards).difference(got.shards).pop()
        self.assertEqual([path.stem for path in (got.folder / "failed").iterdir()], [lost[:-3]])
        for name, path in got.shards.items():  # those after the failure too
            self.assertEqual(read(path), read(self.want.shards[name]), name)
        self.assertGreater(sorted(got.shards)[-1], lost)
        again = kacrice_test.run("tap", "cold", cwd=self.folder, tap_out="out", **STATES)
        self.assertEqual(again.returncode, FAILED, "it is not tried again unasked")
        self.assert_same(self.tap("out", campaign_retry="true"))
        self.assertFalse((got.folder / "failed").exists())

    def refused(self, *words, command="tap", **options):
        done = kacrice_test.run(command, *words, cwd=self.folder, **{**(STATES if command == "tap" else {}), **options})
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def test_the_folder(self):
        """Other commands know it; messages name -tap_out; states of a census that went further are not mixed with these."""
        self.check_other_commands()
        self.check_names()
        self.run_well("census", campaign_out="cold", campaign_extend="starts", **{**CENSUS, "search_starts": 3000})
        line = self.refused("cold", tap_out="want")
        self.assertIn("-search_starts 3000: the folder was made with 1500", line)
        self.assertIn("another -tap_out", line)

    def test_states_of_others(self):
        """Samples of other temperatures, of another census and of this one before it was extended are refused."""
        others = {"other": CENSUS, "seed": {**CENSUS, "campaign_seed": 4}, "short": {**CENSUS, "search_starts": 1400}}
        for name, options in others.items():
            self.census(f"cold_{name}", **{**options, "campaign_samples": "3:4"})
            temperatures = {"tap_temperature": "0.2,0.6,0.9"} if name == "other" else {}
            self.run_well("tap", f"cold_{name}", tap_out=name, **{**STATES, **temperatures})
        path = self.want.shards["s00000003.h5"]
        own = path.read_bytes()
        for name, said in (("other", "-tap_temperature 0.2,0.6,0.9"), ("seed", "-campaign_seed 4"),
                           ("short", "-search_starts 1400")):
            path.unlink()
            path.write_bytes((self.folder / name / "samples/0000/s00000003.h5").read_bytes())
            line = self.refused("cold", tap_out="want")
            for part in ("want/samples/0000/s00000003.h5", "it belongs to another campaign", said, "move it out"):
                self.assertIn(part, line)
        path.unlink()
        path.write_bytes(own)
        self.assert_same(self.tap("want"))
        with h5py.File(self.folder / "want/states.h5") as file, h5py.File(path) as sample:
            self.assertEqual(file.attrs["identity"], sample.attrs["identity"])

    def check_other_commands(self):
        text = self.run_well("status", "want")
        self.assertIn("want: 3:0.3,6:0.7, N = 7, tap\n  done: 12 of 12 samples asked for (100.0 %), failed 0", text)
        self.assertNotIn("verdicts", text)
        status = json.loads(self.run_well("status", "want", status_json="true"))["campaigns"][0]
        self.assertEqual((status["kind"], status["asked"], status["done"]), ("tap", 12, 12))
        self.assertNotIn("mean", status)
        self.assertIn("want: -status_check reads the points of a census",
                      self.refused("want", command="status", status_check="true"))
        self.assertIn("want: is a folder of kacrice tap; kacrice merge wants one of kacrice census",
                      self.refused("all", "want", command="merge"))
        self.assertIn("want: is a folder of kacrice tap; kacrice tap wants one of kacrice census", self.refused("want"))
        self.assertFalse((self.folder / "all").exists())

    def check_names(self):
        line = self.refused("cold", tap_out="want", tap_temperature=0.4)
        self.assertIn("-tap_temperature 0.4: the folder was made with 0.2,0.6,1", line)
        self.assertIn("another -tap_out", line)
        self.assertNotIn("-campaign_out", line)
        (self.folder / "file").write_text("")
        self.assertIn("-tap_out file/in: cannot make the folder", self.refused("cold", tap_out="file/in"))


if __name__ == "__main__":
    unittest.main()
