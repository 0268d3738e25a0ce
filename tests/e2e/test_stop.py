# kr_test: ranks=4 timeout=300
"""A census stops in order, by a signal or by its limit of time, with exit code 75, and the same command goes on to the
result of an undisturbed run. A sample that fails is noted and the others are done; two runs do not do the same samples."""
import json
import os
import random
import signal
import subprocess
import time
import unittest

import kacrice_test
from kacrice_test import Campaign, Case

STOPPED, FAILED = 75, 3
MANY = {"model_n": 10, "campaign_samples": 40, "campaign_seed": 3, "search_starts": 24000, "census_missing": 0}
LARGE = {"model_n": 18, "campaign_samples": 2, "campaign_seed": 5, "census_missing": 0, "search_starts": 300000}


def journals(campaign):
    return [json.loads(path.read_text()) for path in sorted(campaign.folder.glob("runs/*.json"))]


class Stop(Case):
    def start(self, name, **options):
        return subprocess.Popen(kacrice_test.command("census", campaign_out=name, **options), cwd=self.folder,
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def signalled(self, name, after, number=signal.SIGUSR1, times=1, **options):
        """(exit code, what was said) of a run that gets a signal so many seconds after its folder is there."""
        run = self.start(name, **options)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 60
        while not list((self.folder / name).glob("runs/*.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after)
        for _ in range(times):
            run.send_signal(number)
            time.sleep(0.01)
        out, err = run.communicate(timeout=120)
        return run.returncode, out + err

    def check_goes_on(self, name, want, **options):
        again = self.census(name, **options)
        self.assertFalse((again.folder / "running").exists())
        self.assertFalse((again.folder / "failed").exists())
        self.assert_same_points(again, want, 0.0)
        self.assert_same_hits(again, want)
        self.assert_same_counts(again, want)
        self.assertEqual(journals(again)[-1]["state"], "done")

    def check_signals(self, options, longest, n_trials, **how):
        """Stopped at random times, most before the end; each goes on to the same result."""
        generator, n_stopped = random.Random(7), 0
        want = self.census("undisturbed", **options)
        for trial in range(n_trials):
            name = f"trial{trial}"
            code, text = self.signalled(name, longest * generator.random(), **options, **how)
            self.assertIn(code, (0, STOPPED), text)
            if code == STOPPED:
                n_stopped += 1
                self.assertRegex(text, r"(?m)^kacrice: stopped with \d+ of \d+ samples done; the same command goes on$")
                self.assertEqual(journals(Campaign(self.folder / name))[-1]["state"], "stopped")
                self.assertFalse((self.folder / name / "summary.json").exists())
            self.check_goes_on(name, want, **options)
        self.assertGreater(n_stopped, 0)

    def test_between_samples(self):
        self.check_signals(MANY, 1.5, 3)

    def test_over_ranks(self):
        self.check_signals(MANY, 0.8, 2, ranks=2)

    def test_within_a_sample(self):
        self.check_signals(LARGE, 2.0, 3)

    def test_terminated_and_again(self):
        self.check_signals(LARGE, 1.0, 2, number=signal.SIGTERM, times=3)

    def test_a_state_is_left(self):
        code, text = self.signalled("one", 0.5, **LARGE)
        self.assertEqual(code, STOPPED, text)
        self.assertEqual([path.name for path in (self.folder / "one" / "running").iterdir()], ["s00000000.h5"])

    def test_limit_of_time(self):
        """Over before the limit, and not before half of it; as often as it takes."""
        want = self.census("undisturbed", **LARGE)
        codes = []
        for _ in range(100):  # 20 on a machine that does nothing else
            began = time.monotonic()
            done = kacrice_test.run("census", cwd=self.folder, campaign_out="short", campaign_maxtime=3, **LARGE)
            codes.append(done.returncode)
            self.assertLess(time.monotonic() - began, 3 + 30)
            if done.returncode != STOPPED:
                break
        self.assertEqual(codes[-1], 0, done.stderr)
        self.assertGreater(len(codes), 1)
        self.check_goes_on("short", want, **LARGE)

    def test_limits_that_cannot_be(self):
        for limit, words in (("0.5", ("at least 1 s",)), ("-1", ("a number from 0",))):
            done = kacrice_test.run("census", cwd=self.folder, campaign_maxtime=limit, **LARGE)
            self.assertEqual(done.returncode, 2)
            for word in (f"-campaign_maxtime {limit}", *words):
                self.assertIn(word, done.stderr)
        for options in ({"search_kind": "homotopy", "model_n": 24},
                        {**LARGE, "campaign_checkpoint": 0, "search_starts": 100000000}):
            done = kacrice_test.run("census", cwd=self.folder, **{"campaign_maxtime": 10, **options})
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, "-campaign_maxtime 10.?: a sample takes about [0-9.e+]+ s and keeps no state")
        self.assertEqual(list(self.folder.iterdir()), [])


class Twins(Case):
    def test_same_samples(self):
        """A second run on the samples of a living one is refused; on others it is not; a dead one does not count."""
        options = {**LARGE, "search_starts": 3000000}
        first = subprocess.Popen(kacrice_test.command("census", campaign_out="out", **options), cwd=self.folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(first.kill)
        deadline = time.monotonic() + 60
        while not list(self.folder.glob("out/runs/*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        second = kacrice_test.run("census", cwd=self.folder, campaign_out="out", **options)
        self.assertEqual(second.returncode, 2, second.stdout)
        self.assertRegex(second.stderr, f"-campaign_out out: another run is at work on samples 0 to 1 .process {first.pid} "
                                        ".*running/.*claim")
        other = kacrice_test.run("census", cwd=self.folder, campaign_out="out", campaign_maxtime=2,
                                 **{**options, "campaign_samples": "2:3"})
        self.assertEqual(other.returncode, STOPPED, other.stderr)
        first.send_signal(signal.SIGKILL)
        first.wait()
        third = kacrice_test.run("census", cwd=self.folder, campaign_out="out", campaign_maxtime=2, **options)
        self.assertEqual(third.returncode, STOPPED, third.stderr)

    def test_of_an_older_version(self):
        """Runs of kacrice 0.1.0 left journals and no claims: one on another host counts while it says something."""
        options = {**MANY, "campaign_samples": 2}
        campaign = self.census("out", **options)
        path = next(campaign.folder.glob("runs/*.json"))
        run = {**json.loads(path.read_text()), "state": "running", "host": "elsewhere", "job": "17"}
        del run["claims"]
        for age, code in ((10, 2), (100000, 0)):
            path.write_text(json.dumps({**run, "updated_unix": time.time() - age}))
            done = kacrice_test.run("census", cwd=self.folder, campaign_out="out", **options)
            self.assertEqual(done.returncode, code, done.stderr)


class Failures(Case):
    def test_others_go_on(self):
        options = {**MANY, "campaign_samples": 5, "model_n": 6, "search_starts": 500, "census_certify": "false"}
        want = self.census("want", **options)
        points = [len(shard.points) for shard in want.shards.values()]
        at = sum(points[:2]) + 1  # in sample 2, or 1: a point may want two spectra
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="out", variables=self.failing_lapack(at), **options)
        self.assertEqual(done.returncode, FAILED, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"(?m)^kacrice: sample [12] failed: .*syev failed with info = 7")
        self.assertRegex(done.stderr, r"(?m)^kacrice: 1 of 5 samples failed, .*-campaign_retry true")
        campaign = Campaign(self.folder / "out")
        lost = {0, 1, 2, 3, 4}.difference(campaign.shard_paths)
        self.assertEqual(len(lost), 1)
        number = lost.pop()
        self.assertIn(f"sample {number} failed", done.stderr)
        self.assertEqual(campaign.summary["samples"], {"requested": 5, "done": 4, "failed": 1, "in_ensemble": 4})
        record = json.loads((campaign.folder / "failed" / f"s{number:08d}.json").read_text())
        self.assertEqual(record["sample"], number)
        self.assertIn("syev", record["message"])
        self.assertEqual(journals(campaign)[-1]["state"], "failed")
        again = kacrice_test.run("census", cwd=self.folder, campaign_out="out", **options)
        self.assertEqual(again.returncode, FAILED, "it is not tried again unasked")
        retried = self.census("out", campaign_retry="true", **options)
        self.assertFalse((retried.folder / "failed").exists())
        self.assert_same_points(retried, want, 0.0)
        self.assert_same_counts(retried, want)

    def test_one_rank_of_a_group(self):
        """Its partners cannot go on alone: the failure is noted and the run ends; the next one does the rest."""
        options = {**MANY, "campaign_samples": 3, "model_n": 6, "search_starts": 500, "census_certify": "false",
                   "ranks": 2, "campaign_group_size": 2}
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="out",
                                variables=self.failing_lapack(3), timeout=60, **options)
        self.assertNotEqual(done.returncode, 0)
        failed = list((self.folder / "out" / "failed").iterdir())
        self.assertEqual([path.name for path in failed], ["s00000000.json"])
        rest = kacrice_test.run("census", cwd=self.folder, campaign_out="out", **options)
        self.assertEqual(rest.returncode, FAILED, rest.stderr)
        self.assertEqual(sorted(Campaign(self.folder / "out").shard_paths), [1, 2])


if __name__ == "__main__":
    unittest.main()
