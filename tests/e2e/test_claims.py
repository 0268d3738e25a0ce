# kr_test: ranks=2 timeout=300
"""Two runs in one folder: a living one is never disturbed, what a dead one left is gone on with, whatever host names, process
numbers and jobs say. tests/faults/mixes.py has all mixes, test_claims_long.py runs them."""
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

import kacrice_test
from kacrice_test import Campaign, Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import mixes  # noqa: E402

SHORT = ("same_instant", "same_job", "other_namespace", "held", "killed_in_its_midst", "killed_on_another_machine",
         "killed_node_of_a_job", "robbed")


class Claims(Case):
    def test_mixes(self):
        self.assertEqual(mixes.Mixes(self.folder, campaign_samples=20, search_starts=4000).run(SHORT), 0)

    def test_groups_share_a_folder(self):
        """Groups that write, delete and finish states side by side: running/ is there for all of them."""
        options = {"model_p": 3, "model_n": 6, "campaign_samples": 100, "search_starts": 3000, "census_missing": 0,
                   "campaign_seed": 3}
        for _ in range(2):
            campaign = self.census(ranks=2, campaign_checkpoint=0.001, **options)
            self.assertEqual(len(campaign.shard_paths), 100)
            self.assertFalse((campaign.folder / "running").exists())

    def test_extended_by_two_at_one_instant(self):
        """Tasks of an array that extend a campaign together: one writes it down, the others find it done."""
        options = {"model_n": 6, "campaign_seed": 2, "census_missing": 0}
        self.census("out", campaign_samples=6, search_starts=300, **options)
        runs = [subprocess.Popen(kacrice_test.command("census", campaign_out="out", campaign_samples=samples, search_starts=600,
                                                      campaign_extend="starts", **options),
                                 cwd=self.folder, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                for samples in ("0:2", "2:4", "4:6")]
        ends = [(run.communicate(timeout=60)[1], run.returncode) for run in runs]
        self.assertEqual([code for _, code in ends], [0, 0, 0], ends)
        self.assertEqual(len(json.loads((self.folder / "out/campaign.json").read_text())["extended"]), 1)
        self.assertEqual({shard.attributes["starts"] for shard in Campaign(self.folder / "out").shards.values()}, {600})

    def test_a_folder_of_an_older_version(self):
        """A run of kacrice 0.1.0 that was killed: its journal says that it runs, its process is gone."""
        options = {"model_n": 6, "campaign_samples": 3, "search_starts": 500, "campaign_seed": 2}
        campaign = self.census("out", **options)
        (path,) = campaign.folder.glob("runs/*.json")
        journal = {**json.loads(path.read_text()), "state": "running", "pid": 99999999}
        del journal["claims"]
        path.unlink()
        (path.parent / f"2026-01-01T00:00:00Z-{journal['host']}-99999999.json").write_text(json.dumps(journal))
        campaign.shard_paths[1].unlink()
        again = self.census("out", **options)
        self.assertEqual(sorted(again.shard_paths), [0, 1, 2])

    def test_what_is_no_claim_is_watched_and_waited_for(self):
        """A file of that name with anything in it: it may be of a run of a later version, and counts while it changes."""
        options = {"model_n": 6, "campaign_samples": 3, "search_starts": 500}
        (self.folder / "out/running").mkdir(parents=True)
        claim = self.folder / "out/running/later.claim"
        claim.write_text("kacrice claim 9\n")
        run = self.start(options)
        deadline = time.monotonic() + 60
        while run.poll() is None and time.monotonic() < deadline:
            os.utime(claim)
            time.sleep(0.3)
        self.assertEqual(run.wait(timeout=1), 2)
        self.assertTrue(claim.exists())

    def start(self, options):
        run = subprocess.Popen(kacrice_test.command("census", campaign_out="out", **options), cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(run.kill)
        return run


class Merges(Case):
    def test_leftovers_of_merges(self):
        """A folder of a merge that was killed goes with the next merge into that place; of a living one it stays."""
        for name, samples in (("a", "0:3"), ("b", "3:6")):
            self.census(name, model_n=5, campaign_samples=samples)
        claim = "\n".join(["kacrice claim 1", "count 1", "state asking", "every 3", "silence 60", "first 0", "end 0", "locked 1",
                           "boot {boot}", "device {device:x}", "job -", "restarts 0", "host h", "pid 1", "count 1"])
        here = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        device = self.folder.stat().st_dev
        for name, boot in (("dead", here), ("unknown", "another")):
            folder = self.folder / f"m.tmp.h.{name}.1"
            folder.mkdir()
            (folder / "x.claim").write_text(claim.format(boot=boot, device=device).ljust(1024, "\n"))
            for file in ("ensemble.h5", "campaign.json", "summary.json.tmp.h.2"):
                (folder / file).write_text("half written")
        (self.folder / "m.tmp.17").mkdir()  # by kacrice 0.1.0
        (self.folder / "m.tmp.17/ensemble.h5").write_text("half written")
        os.utime(self.folder / "m.tmp.17", (time.time() - 2 * 86400,) * 2)
        (self.folder / "m.tmp.young").mkdir()
        (self.folder / "m.tmp.young/ensemble.h5").write_text("half written")
        (self.folder / "m.tmp.notes").write_text("somebody's")
        self.run_well("merge", "m", "a", "b")
        self.assertEqual(sorted(path.name for path in self.folder.glob("m*")),
                         ["m", "m.tmp.h.unknown.1", "m.tmp.notes", "m.tmp.young"])
        self.assertEqual(sorted(path.name for path in (self.folder / "m").iterdir()),
                         ["campaign.json", "ensemble.h5", "summary.json"])
        self.assertEqual(Campaign(self.folder / "m").summary["samples"]["done"], 6)
        told = json.loads(self.run_well("status", ".", status_json="true"))["campaigns"]
        self.assertEqual([pathlib.Path(one["folder"]).name for one in told], ["a", "b", "m"])


if __name__ == "__main__":
    unittest.main()
