# kr_test: ranks=2 timeout=240
"""The index shows what the shards hold, by plain h5py; and what inspect tells of folders."""
import os
import shutil
import unittest

import h5py
import numpy as np

from kacrice_test import Campaign, Case, run

MODEL = {"model_p": 3, "model_n": 4, "campaign_seed": 8}
BLOCK = 500  # samples


class Index(Case):
    def assert_shows(self, folder, wanted):
        """The data sets of all blocks together are those of the shards, bit for bit."""
        with h5py.File(folder / "index.h5") as file:
            samples, places = file["samples"][:], file["places"][:]
            self.assertEqual(list(samples["sample"]), list(wanted))
            np.testing.assert_array_equal(file["counts"][:], [shard.count for shard in wanted.values()])
            blocks = [{name: data[:] for name, data in block.items()} for block in file["blocks"].values()]
        self.assertEqual(len(blocks), -(-len(wanted) // BLOCK))
        for line, (block, row), shard in zip(samples, places, wanted.values()):
            self.assertEqual(line["n_points"], len(shard.points))
            self.assertEqual(line["verdict"], {"incomplete": 0, "estimated": 1, "checked": 2, "proved": 3}[
                shard.attributes["verdict"]])
            self.assertEqual(line["total"], shard.count.sum())
            for name in ("points", "x", "lowest", "highest"):
                rows = blocks[block][name][row:row + len(shard.points)]
                want = shard.sets[name]
                if name == "points":
                    for field in want.dtype.names:
                        np.testing.assert_array_equal(rows[field], want[field], field)
                else:
                    np.testing.assert_array_equal(rows, want, name)
        owner = np.repeat(samples["sample"], samples["n_points"])
        self.assertEqual(len(owner), sum(len(block["points"]) for block in blocks))

    def test_it_shows_the_shards(self):
        campaign = self.census("a", campaign_samples=1020, **MODEL)
        self.assertIn("shows 1020 samples, 0 were left out", self.run_well("index", "a", ranks=2))
        self.assert_shows(campaign.folder, campaign.shards)
        with h5py.File(campaign.folder / "ensemble.h5") as ensemble, h5py.File(campaign.folder / "index.h5") as index:
            for field in ensemble["samples"].dtype.names:
                np.testing.assert_array_equal(index["samples"][field], ensemble["samples"][field], field)
        moved = self.folder / "elsewhere"
        shutil.move(campaign.folder, moved)  # it finds the shards beside it, wherever that is
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir("/")
        self.assert_shows(moved, Campaign(moved).shards)

    def test_it_is_made_anew(self):
        campaign = self.census("a", campaign_samples="3:10", **MODEL)
        self.run_well("index", "a/")
        self.census("a", campaign_samples=12, **MODEL)
        self.run_well("index", "a")
        self.assert_shows(campaign.folder, Campaign(campaign.folder).shards)

    def test_a_damaged_shard_is_left_out_and_named(self):
        campaign = self.census("a", campaign_samples=6, **MODEL)
        wanted = {number: shard for number, shard in campaign.shards.items() if number != 2}
        path = campaign.shard_paths[2]
        data = bytearray(path.read_bytes())
        data[3000] ^= 1
        path.write_bytes(data)
        told = self.run_well("index", "a")
        self.assertIn("left out: a/samples/0000/s00000002.h5: its content does not match", told)
        self.assert_shows(campaign.folder, wanted)

    def test_a_shard_that_goes_missing_shows_as_nothing(self):
        campaign = self.census("a", campaign_samples=3, **MODEL)
        self.run_well("index", "a")
        campaign.shard_paths[1].unlink()
        with h5py.File(campaign.folder / "index.h5") as file:
            samples, points = file["samples"][:], file["blocks/000000/points"][:]
        lost = np.repeat(samples["sample"], samples["n_points"]) == 1
        np.testing.assert_array_equal(np.isnan(points["energy"]), lost)
        np.testing.assert_array_equal(points["index"] == -1, lost)

    def test_without_coordinates(self):
        campaign = self.census("a", campaign_samples=3, census_store_points="false", **MODEL)
        self.run_well("index", "a")
        with h5py.File(campaign.folder / "index.h5") as file:
            self.assertEqual(sorted(file["blocks/000000"]), ["highest", "lowest", "points"])

    def test_folders_that_cannot_be_indexed(self):
        self.census("a", campaign_samples=2, **MODEL)
        self.run_well("merge", "m", "a")
        shutil.copytree(self.folder / "a", self.folder / "empty")
        shutil.rmtree(self.folder / "empty/samples")
        for name, says in (("m", "was made by merge"), ("empty", "nothing to index"), (".", "./campaign.json")):
            done = run("index", name, cwd=self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn(says, done.stderr)


class Inspect(Case):
    def test_folders_and_files(self):
        self.census("study/n4", campaign_samples=2, **MODEL)
        self.census("study/n5", campaign_samples="0:3", **{**MODEL, "model_n": 5})
        (self.folder / "study/n5/failed").mkdir()
        (self.folder / "study/n5/failed/s00000003.json").write_text('{"sample": 3, "message": "no luck"}')
        self.run_well("merge", "m", "study/n4")
        self.run_well("index", "study/n4")
        study = self.run_well("inspect", "study")
        self.assertIn("study: a study of 2 campaigns", study)
        self.assertIn("study/n5: 3 samples are done", study)
        one = self.run_well("inspect", "study/n5")
        self.assertIn("done, samples 0 to 2, computed 3, failed 0, 1 ranks in 1 groups", one)
        self.assertIn("no luck", one)
        self.assertIn('"merged":\t["study/n4"]', self.run_well("inspect", "m"))
        self.assertIn("kacrice index, format", self.run_well("inspect", "study/n4/index.h5"))
        done = run("inspect", "study/n4/samples", cwd=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no campaign folder", done.stderr)


if __name__ == "__main__":
    unittest.main()
