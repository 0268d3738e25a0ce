# kr_test: ranks=2 timeout=120
"""What dead runs leave behind goes when the next one begins, what living ones write stays; and a run with uneven samples
does not wait long at its end."""
import json
import os
import subprocess
import time
import unittest

import kacrice_test
from kacrice_test import Case

MODEL = {"model_n": 6, "campaign_samples": 3, "search_starts": 500}


class Leftovers(Case):
    def plant(self, name, age=0.0):
        path = self.folder / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half written")
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    def test_temporary_files(self):
        """Those of samples that this run has go, and those of any run when there is no other; of commands without claims
        when they are old by the clock of the file system. Other files are none of ours."""
        want = self.census("out", **MODEL)
        shard = "samples/0000/s00000001.h5"
        gone = [self.plant(f"{name}.tmp.elsewhere.0123456789ab.17") for name in
                (shard, "running/s00000001.h5", "ensemble.h5", "summary.json", "campaign.json", "runs/x.json",
                 "failed/s00000001.json", "samples/0000/s00000907.h5")]
        gone += [self.plant(f"{shard}.tmp.17"), self.plant("status.h5.tmp.elsewhere.17", 2 * 86400)]
        kept = [self.plant("index.h5.tmp.elsewhere.17"), self.plant("notes.tmp.old", 2 * 86400),
                self.plant("notes.txt", 2 * 86400)]
        again = self.census("out", **MODEL)
        self.assertEqual([path.name for path in gone if path.exists()], [])
        self.assertEqual([path.name for path in kept if not path.exists()], [])
        self.assert_same_result(again, want)

    def test_beside_a_living_run(self):
        """What may be of a run at work on other samples stays."""
        self.census("out", **MODEL)
        alive = subprocess.Popen(kacrice_test.command("census", campaign_out="out", **{**MODEL, "campaign_samples": "10:3000"}),
                                 cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(alive.wait)
        self.addCleanup(alive.kill)
        deadline = time.monotonic() + 60
        while not list(self.folder.glob("out/samples/0000/s00000010.h5")) and time.monotonic() < deadline:
            time.sleep(0.01)
        gone = [self.plant("samples/0000/s00000001.h5.tmp.elsewhere.17"), self.plant("failed/s00000002.json.tmp.elsewhere.17")]
        kept = [self.plant("samples/0002/s00002999.h5.tmp.elsewhere.17"), self.plant("running/s00002999.h5.tmp.elsewhere.17"),
                self.plant("ensemble.h5.tmp.elsewhere.17"), self.plant("runs/x.json.tmp.elsewhere.17")]
        self.census("out", **MODEL)
        self.assertIsNone(alive.poll())
        self.assertEqual([path.name for path in gone if path.exists()], [])
        self.assertEqual([path.name for path in kept if not path.exists()], [])

    def test_a_state_beside_its_shard(self):
        self.census("out", **MODEL)
        state, other = self.plant("running/s00000001.h5"), self.plant("running/s00000007.h5")
        self.census("out", **MODEL)
        self.assertFalse(state.exists())
        self.assertTrue(other.exists(), "sample 7 is not done")


class Idle(Case):
    def test_uneven_samples(self):
        """Groups that find no sample left wait for samples under way only: at most for one sample's time."""
        campaign = self.census(ranks=2, model_n=15, campaign_samples=5, campaign_seed=2)
        journal = json.loads(next((campaign.folder / "runs").glob("*.json")).read_text())
        seconds = [shard.attributes["seconds"] for shard in campaign.shards.values()]
        self.assertGreater(max(seconds), 1.2 * min(seconds), "they are uneven")
        self.assertGreater(journal["longest_seconds"], 0.0)
        # what lies between the clocks of a sample and of the run: a look at the queue
        self.assertLessEqual(journal["idle_seconds"], journal["longest_seconds"] + 0.5)
        self.assertLessEqual(journal["longest_seconds"], journal["seconds"])


if __name__ == "__main__":
    unittest.main()
