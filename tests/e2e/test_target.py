# kr_test: ranks=2 timeout=180
"""A target on the statistical error: which samples are made follows from their counts alone."""
import itertools
import json
import time
import unittest

import numpy as np

import kacrice_test
from kacrice_test import Campaign, Case
from test_resume import Running

STOPPED = 75
MODEL = {"model_n": 6, "campaign_seed": 4, "campaign_samples": 1000}
SETTINGS = [{"ranks": 2}, {"ranks": 2, "campaign_group_size": 2}, {"ranks": 2, "campaign_queue": "static"}]


def blocks():
    """Numbers of samples after which it is looked, docs/howto/campaign.md."""
    n = 32
    while True:
        yield n
        n += n // 4


def relative_error(counts):
    return np.std(counts, ddof=1) / np.sqrt(len(counts)) / np.mean(counts)


class Target(Case):
    def check_reached(self, campaign, index, error):
        """Reached at the end of a block, and of none before; by the counts in the files, and numpy."""
        counts = np.array([shard.count.sum() if index is None else shard.count[index]
                           for _, shard in sorted(campaign.shards.items())])
        self.assertEqual(list(campaign.shard_paths), list(range(len(counts))))
        ends = list(itertools.takewhile(lambda n: n <= len(counts), blocks()))
        self.assertEqual(ends[-1], len(counts), "the end of a block")
        self.assertLessEqual(relative_error(counts), error)
        for n in ends[:-1]:
            self.assertGreater(relative_error(counts[:n]), error)
        self.assertAlmostEqual(campaign.summary["target"]["reached"], relative_error(counts), delta=1e-12)
        return len(counts)

    def test_same_samples_on_any_ranks(self):
        options = {**MODEL, "campaign_target": "total 0.03"}
        text = self.run_well("census", campaign_out="one", campaign_progress=0, **options)
        one = Campaign(self.folder / "one")
        n = self.check_reached(one, None, 0.03)
        self.assertGreater(n, 40)
        self.assertRegex(text, r"(?m)^target total 0\.03 reached: relative error 0\.0[0-9]+$")
        self.assertRegex(text, r"(?m)^\d+/\d+ samples, .*; relative error of total [0-9.e-]+, for 0.03 about \d+ samples$")
        self.assertIn("samples 0 to at most 999", text)
        for key in ("requested", "done", "in_ensemble"):
            self.assertEqual(one.summary["samples"][key], n)
        told = {"what": "total", "relative_error": 0.03}
        self.assertEqual({key: one.summary["target"][key] for key in told}, told)
        self.assertEqual(json.loads((one.folder / "campaign.json").read_text())["target"], told)
        journal = json.loads(next((one.folder / "runs").glob("*.json")).read_text())
        self.assertEqual((journal["target"], journal["state"]), (told, "done"))
        self.assertLessEqual(journal["relative_error"], 0.03)
        for setting in SETTINGS:
            with self.subTest(**setting):
                other = self.census(**options, **setting)
                self.assertEqual(list(other.shard_paths), list(one.shard_paths))
                self.assert_same_counts(other, one)

    def test_counts(self):
        """Minima, an index, in campaigns of all points and of minima."""
        for what, index in (("minima:0.05", 0), ("index:2 0.05", 2)):
            self.check_reached(self.census(**MODEL, campaign_target=what), index, 0.05)
        minima = {**MODEL, "model_n": 10, "search_kind": "minima", "search_starts": 300}
        self.check_reached(self.census(**minima, campaign_target="total:0.1"), 0, 0.1)

    def test_interrupted(self):
        """Killed in the middle, with a limit of time, and on other ranks: the same samples in the end."""
        options = {**MODEL, "model_n": 8, "campaign_target": "total:0.035"}
        want = self.census(**options)
        n = self.check_reached(want, None, 0.035)
        killed = Campaign(self.folder / "killed")

        def attempt():
            running, deadline = Running(self.folder, campaign_out="killed", **options), time.monotonic() + 60
            while len(killed.shard_paths) < 36 and time.monotonic() < deadline:
                time.sleep(0.002)
            running.kill()
            return len(killed.shard_paths) < n

        self.in_the_middle("killed", attempt)
        again = self.census("killed", ranks=2, **options)
        self.assertEqual(list(again.shard_paths), list(want.shard_paths))
        self.assert_same_counts(again, want)

    def test_a_stop_is_no_end(self):
        options = {**MODEL, "model_n": 12, "campaign_target": "total:0.001", "campaign_maxtime": 1}
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="out", **options)
        self.assertEqual(done.returncode, STOPPED, done.stdout + done.stderr)
        self.assertFalse((self.folder / "out" / "summary.json").exists())

    def test_most_samples(self):
        """Not reached: told, with the number it takes; a wider target or more samples go on in the same folder."""
        options = {**MODEL, "campaign_samples": 45}
        text = self.run_well("census", campaign_out="out", campaign_target="total 0.03", **options)
        self.assertRegex(text, r"(?m)^note: target total 0.03 not reached, the relative error is [0-9.]+; it takes about "
                               r"[0-9.]+ samples, raise -campaign_samples$")
        self.assertEqual(len(Campaign(self.folder / "out").shard_paths), 45)
        more = self.census("out", campaign_target="total 0.03", **MODEL)
        self.assert_same_counts(more, self.census(campaign_target="total 0.03", **MODEL))
        narrower = self.census("out", campaign_target="total 0.02", **MODEL)
        self.check_reached(narrower, None, 0.02)
        told = json.loads((narrower.folder / "campaign.json").read_text())["target"]
        self.assertEqual(told, {"what": "total", "relative_error": 0.02})
        none = self.census("out", **{**MODEL, "campaign_samples": 10})
        self.assertIsNone(none.summary["target"])

    def test_refused(self):
        for target in ("total", "total 0", "total 1", "total nan", "total 0.1x", "saddles 0.1", "index:x 0.1", "total0.1",
                       "index:6 0.1"):
            with self.subTest(target=target):
                done = kacrice_test.run("census", cwd=self.folder, campaign_target=target, **MODEL)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"-campaign_target {target}: ", done.stderr)
        for options, words in (({"search_kind": "minima", "campaign_target": "index:1 0.1"}, "counts minima only"),
                               ({"campaign_samples": 1, "campaign_target": "total 0.1"}, "wants samples")):
            done = kacrice_test.run("census", cwd=self.folder, **{**MODEL, **options})
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
