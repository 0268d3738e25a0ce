# kr_test: ranks=2 timeout=240
"""What status tells of a folder is what its files say, counted here by h5py."""
import json
import os
import shutil
import time
import unittest

import numpy as np

from kacrice_test import Campaign, Case, run

MODEL = {"model_p": 3, "model_n": 5, "campaign_seed": 4}


class Status(Case):
    def status(self, folder="a", ranks=None, **options):
        """The only campaign, or all of a study."""
        told = json.loads(self.run_well("status", folder, ranks=ranks, status_json="true", **options))
        self.assertEqual(told["filetype"], "kacrice status")
        return told["campaigns"][0] if len(told["campaigns"]) == 1 else told["campaigns"]

    def assert_counts(self, told, shards):
        """Numbers over samples, by h5py."""
        totals = np.array([shard.count.sum() for shard in shards.values()], dtype=float)
        verdicts = [shard.attributes["verdict"] for shard in shards.values()]
        self.assertEqual(told["verdicts"], {v: verdicts.count(v) for v in ("incomplete", "estimated", "checked", "proved")})
        self.assertAlmostEqual(told["mean"], totals.mean(), delta=1e-12 * totals.mean())
        self.assertAlmostEqual(told["stderr"], totals.std(ddof=1) / np.sqrt(len(totals)), delta=1e-10)
        seconds = sum(shard.attributes["seconds"] for shard in shards.values())
        self.assertAlmostEqual(told["core_hours"] * 3600, seconds, delta=1e-9)

    def test_a_finished_campaign(self):
        campaign = self.census("a", campaign_samples=30, **MODEL)
        for ranks in (None, 2):
            told = self.status(ranks=ranks)
            self.assertEqual((told["asked"], told["done"], told["left"], told["seconds_left"]), (30, 30, 0, 0))
            self.assertEqual((told["failed"], told["damaged"], told["saved"], told["target"]), ([], [], [], None))
            self.assert_counts(told, campaign.shards)
        self.assertFalse((self.folder / "a" / "status.h5").exists())  # too few to be worth it
        text = self.run_well("status", "a/")
        self.assertIn("a: p = 3, N = 5, all", text)
        self.assertIn("done: 30 of 30", text)
        self.assertIn("checked 30", text)

    def test_what_is_asked_is_the_union_of_all_runs(self):
        self.census("a", campaign_samples="0:10", **MODEL)
        self.census("a", campaign_samples="5:20", **MODEL)
        self.census("a", campaign_samples="40:45", **MODEL)
        told = self.status()
        self.assertEqual((told["asked"], told["done"]), (25, 25))
        shutil.rmtree(self.folder / "a/runs")  # without journals: what is there
        self.assertEqual(self.status()["asked"], 25)

    def test_an_unfinished_one(self):
        campaign = self.census("a", campaign_samples=20, **MODEL)
        for number in (3, 4, 5, 6):
            campaign.shard_paths[number].unlink()
        (self.folder / "a/failed").mkdir()
        (self.folder / "a/failed/s00000004.json").write_text('{"sample": 4, "message": "no convergence"}')
        (self.folder / "a/failed/s00000007.json").write_text('{"sample": 7, "message": "done after all"}')
        (self.folder / "a/running").mkdir()
        saved = self.folder / "a/running/s00000005.h5"
        saved.write_bytes(b"")
        os.utime(saved, (time.time() - 500,) * 2)
        told = self.status()
        self.assertEqual((told["asked"], told["done"], told["left"]), (20, 16, 3))
        ((failed,), (state,)) = told["failed"], told["saved"]
        self.assertEqual((failed["sample"], failed["message"]), (4, "no convergence"))
        self.assertEqual(state["sample"], 5)
        self.assertAlmostEqual(state["age"], 500, delta=60)
        self.assertAlmostEqual(told["seconds_left"], told["left"] / told["rate"], delta=1e-9)
        self.assert_counts(told, Campaign(self.folder / "a").shards)
        self.assertIn("failed: sample 4, ", self.run_well("status", "a"))

    def test_a_target_of_the_error(self):
        campaign = self.census("a", campaign_samples=30, **MODEL)
        path = self.folder / "a/campaign.json"
        description = json.loads(path.read_text())
        description["target"] = {"what": "minima", "relative_error": 0.01}
        path.write_text(json.dumps(description))
        told = self.status()
        minima = np.array([shard.count[0] for shard in campaign.shards.values()], dtype=float)
        error = minima.std(ddof=1) / np.sqrt(30) / minima.mean()
        self.assertAlmostEqual(told["relative_error"], error, delta=1e-10)
        needed = int(np.ceil(30 * (error / 0.01) ** 2))
        self.assertEqual(told["target"], {"what": "minima", "relative_error": 0.01, "samples": needed})
        self.assertEqual(told["left"], needed - 30)

    def test_what_was_read_is_kept(self):
        campaign = self.census("a", campaign_samples=130, **MODEL)
        first = self.status()
        cache = self.folder / "a/status.h5"
        mark = cache.stat().st_mtime_ns
        # a shard that is gone, and one in the place of another, are noticed
        nine = campaign.shard_paths[9]
        shutil.move(nine, self.folder / "nine.h5")
        self.assertEqual(self.status()["done"], 129)
        self.assert_counts(self.status(), Campaign(self.folder / "a").shards)
        shutil.copy(self.folder / "nine.h5", nine)
        self.assertEqual({**self.status(), "runs": 0}, {**first, "runs": 0})
        self.assertEqual(cache.stat().st_mtime_ns, mark)
        cache.write_bytes(cache.read_bytes()[:-1000])  # damage is no harm
        self.assertEqual({**self.status(), "runs": 0}, {**first, "runs": 0})

    def test_damage_is_found_by_name(self):
        campaign = self.census("a", campaign_samples=130, **MODEL)
        self.status()
        self.assertIn("done: 130", self.run_well("status", "a", ranks=2, status_check="true"))
        path = campaign.shard_paths[77]
        before = path.stat()
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a bad disk does it
        self.assertEqual(self.status()["damaged"], [])
        for ranks in (None, 2):
            done = run("status", "a", cwd=self.folder, ranks=ranks, status_check="true")
            self.assertEqual(done.returncode, 1)
            self.assertIn("not usable: a/samples/0000/s00000077.h5: its content does not match", done.stdout)
            self.assertIn("1 shards cannot be used", done.stderr)

    def test_a_study_has_a_line_for_each(self):
        for n in (10, 4, 5):
            self.census(f"study/n{n}", campaign_samples=3, **{**MODEL, "model_n": n})
        (self.folder / "study/notes").mkdir()
        told = self.status("study")
        self.assertEqual([one["n"] for one in told], [4, 5, 10])
        self.assertIn("study: 3 campaigns, 9 of 9 samples done", self.run_well("status", "study"))

    def test_a_merged_folder(self):
        self.census("a", campaign_samples="0:10", **MODEL)
        self.census("b", campaign_samples="10:20", **MODEL)
        self.run_well("merge", "m", "a", "b")
        told = self.status("m")
        self.assertTrue(told["merged"])
        self.assertEqual((told["asked"], told["done"]), (20, 20))
        self.assert_counts(told, {**Campaign(self.folder / "a").shards, **Campaign(self.folder / "b").shards})

    def test_a_folder_of_neither_is_refused(self):
        for name in (".", "nowhere"):
            done = run("status", name, cwd=self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{name}: is the folder of no campaign", done.stderr)


if __name__ == "__main__":
    unittest.main()
