# kr_test: ranks=4 timeout=240
"""Folders of one campaign become one ensemble: the same bits for any number of ranks and any order, no sample twice, nothing
of another campaign, and no damaged shard."""
import json
import shutil
import unittest

import h5py
import numpy as np

from kacrice_test import Campaign, Case, run

MODEL = {"model_p": 3, "model_n": 6, "campaign_seed": 5, "campaign_bin_width": 0.1}
APART = ("wall_seconds", "core_seconds", "ranks", "groups", "merge")


def flip(path, place=5000):
    """Changes one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


class Merge(Case):
    def setUp(self):
        super().setUp()
        self.census("a", campaign_samples="0:14", **MODEL)
        self.census("b", campaign_samples="10:24", **MODEL)

    def merge(self, out, *folders, ranks=None, **options):
        self.run_well("merge", out, *folders, ranks=ranks, **options)
        return Campaign(self.folder / out)

    def assert_refused(self, *words, says=(), **options):
        """Exit code 2, one line with these words, and no folder."""
        done = run("merge", "out", *words, cwd=self.folder, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        for word in says:
            self.assertIn(word, lines[-1])
        self.assertEqual([path.name for path in self.folder.glob("out*")], [])

    def assert_same_merge(self, got, want):
        """All bits of the statistics."""
        self.assertEqual(*({k: v for k, v in one.summary.items() if k not in APART} for one in (got, want)))
        self.assertEqual(list(got.ensemble), list(want.ensemble))
        for name, data in want.ensemble.items():
            other = got.ensemble[name]
            if name == "samples":  # which of two runs of a sample took how long is all that may differ
                for field in set(data.dtype.names) - {"seconds"}:
                    self.assertEqual(other[field].tobytes(), data[field].tobytes(), field)
            else:
                self.assertEqual(other.tobytes(), data.tobytes(), name)

    def test_any_ranks_and_order_give_what_one_run_gives(self):
        whole = self.census("whole", campaign_samples=24, **MODEL)
        first = self.merge("m1", "a", "b")
        self.assert_same_merge(first, whole)
        self.assertEqual(first.summary["merge"]["duplicates"], 4)
        self.assertEqual(first.summary["samples"], {"requested": 24, "done": 24, "failed": 0, "in_ensemble": 24})
        for ranks, folders in ((2, ("b", "a")), (4, ("a", "b"))):
            other = self.merge(f"m{ranks}", *folders, ranks=ranks)
            self.assert_same_merge(other, first)
            self.assertEqual(other.summary["merge"], first.summary["merge"])

    def test_the_means_are_those_of_the_shards(self):
        merged = self.merge("m", "b", "a")
        shards = {**Campaign(self.folder / "a").shards, **Campaign(self.folder / "b").shards}
        counts = np.array([shards[number].count for number in sorted(shards)])
        np.testing.assert_array_equal(merged.ensemble["counts"], counts)
        total = merged.summary["counts"]["total"]
        self.assertAlmostEqual(total["mean"], counts.sum(axis=1).mean(), delta=1e-12 * total["mean"])
        coverage = np.mean([shard.attributes["coverage"] for shard in shards.values()])
        self.assertAlmostEqual(merged.summary["completeness"]["coverage_mean"], coverage, delta=1e-12)

    def test_a_merged_folder_is_known_as_one(self):
        self.merge("m", "a", "b")
        self.assertEqual(json.loads((self.folder / "m" / "campaign.json").read_text())["merged"], ["a", "b"])
        self.assert_refused("m", "a", says=("m: was made by merge",))
        done = run("census", cwd=self.folder, campaign_out="m", campaign_samples=24, **MODEL)
        self.assertEqual(done.returncode, 2)
        self.assertIn("was made by kacrice merge; give another -campaign_out", done.stderr)

    def test_what_does_not_belong_together_is_refused(self):
        self.census("other", campaign_samples=2, **{**MODEL, "campaign_seed": 6})
        self.assert_refused("a", "other", says=("different campaigns", "-campaign_seed", "5", "6"))
        shutil.copytree(self.folder / "a", self.folder / "mixed")
        shutil.copy(self.folder / "other/samples/0000/s00000001.h5", self.folder / "mixed/samples/0000")
        self.assert_refused("b", "mixed", says=("mixed/samples/0000/s00000001.h5", "another campaign"))
        self.assert_refused("b", "mixed", says=("another campaign",), merge_skip_bad="true")

    def test_a_sample_with_two_contents_is_refused(self):
        shutil.copytree(self.folder / "b", self.folder / "c")
        again = self.census("again", campaign_samples="12:13", model_simd="plain", **MODEL)
        same = all(again.shards[12].sets[name].tobytes() == data.tobytes()
                   for name, data in Campaign(self.folder / "c").shards[12].sets.items())
        if same:
            self.skipTest("the instruction sets of this machine round alike")
        shutil.copy(again.shard_paths[12], self.folder / "c/samples/0000")
        self.assert_refused("a", "c", says=("sample 12", "another content"))

    def test_a_damaged_shard_is_found_by_name(self):
        bad = self.folder / "a/samples/0000/s00000003.h5"
        flip(bad)
        self.assert_refused("a", "b", says=("a/samples/0000/s00000003.h5", "checksum", "-merge_skip_bad"))
        merged = self.merge("m", "a", "b", ranks=2, merge_skip_bad="true")
        self.assertEqual(list(merged.ensemble["samples"]["sample"]), [s for s in range(24) if s != 3])
        (skipped,) = merged.summary["merge"]["skipped"]
        self.assertEqual(skipped["sample"], 3)
        self.assertIn("s00000003.h5", skipped["reason"])
        self.assertEqual(merged.summary["samples"], {"requested": 24, "done": 23, "failed": 1, "in_ensemble": 23})

    def test_a_whole_copy_stands_for_a_damaged_one(self):
        flip(self.folder / "a/samples/0000/s00000011.h5")  # b has it too
        merged = self.merge("m", "a", "b", merge_skip_bad="true")
        self.assertEqual(merged.summary["samples"]["done"], 24)
        self.assertEqual(merged.summary["merge"]["duplicates"], 3)

    def test_bad_names_are_refused(self):
        self.assert_refused("a", "nowhere", says=("nowhere: cannot be read",))
        self.assert_refused("a", "./a/", says=("are the same folder",))
        (self.folder / "plain").mkdir()
        self.assert_refused("a", "plain", says=("plain/campaign.json", "merge wants the folder of a campaign"))
        shutil.copytree(self.folder / "a", self.folder / "empty")
        shutil.rmtree(self.folder / "empty/samples")
        self.assert_refused("a", "empty", says=("empty: has no finished sample",))
        done = run("merge", "b", "a", cwd=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("b: is there already", done.stderr)

    def test_bins_are_those_of_the_runs_or_as_told(self):
        with h5py.File(self.folder / "a/ensemble.h5") as file:
            edges = file["bin_edges"][:]
        self.assertAlmostEqual(edges[1] - edges[0], 0.1)
        merged = self.merge("m", "a", campaign_bin_width=0.2)
        self.assertAlmostEqual(np.diff(merged.ensemble["bin_edges"])[0], 0.2)


if __name__ == "__main__":
    unittest.main()
