# kr_test: ranks=4 timeout=240
"""A sample that is interrupted goes on from its last state, on any number of ranks, to the record of an undisturbed
run."""
import time
import unittest

import kacrice_test
from kacrice_test import Campaign, Case, Running

LARGE = {"model_n": 14, "campaign_samples": 1, "campaign_seed": 5, "census_missing": 0, "search_starts": 150000}


class Checkpoint(Case):
    def interrupted(self, name, generations=1, **options):
        """The newer state that a killed run leaves behind, of so many."""
        state = self.folder / name / "running" / "s00000000.h5"

        def attempt():
            running = Running(self.folder, **{**LARGE, "campaign_out": name, "campaign_checkpoint": 0.05, **options})
            deadline = time.monotonic() + 60
            while len(list(state.parent.glob("*.h5"))) < generations and time.monotonic() < deadline:
                time.sleep(0.01)
            running.kill()
            return len(Campaign(self.folder / name).shard_paths) == 0

        self.in_the_middle(name, attempt)
        self.assertTrue(state.exists())
        return state

    def test_goes_on(self):
        whole = self.census("whole", **LARGE)
        for name, before, after in (("a", {}, {}), ("b", {}, {"ranks": 2, "campaign_group_size": 2}),
                                    ("c", {"ranks": 2, "campaign_group_size": 2}, {}),
                                    ("d", {"ranks": 4, "campaign_group_size": 4},
                                     {"ranks": 3, "campaign_group_size": 3})):
            with self.subTest(name=name):
                state = self.interrupted(name, **before)
                text = self.run_well("census", campaign_out=name, **LARGE, **after)
                self.assertRegex(text, r"(?m)^sample 0 goes on after [1-9][0-9]* starts$")
                resumed = Campaign(self.folder / name)
                self.assert_same_points(resumed, whole, 0.0 if not after and not before else 1e-10)
                self.assert_same_hits(resumed, whole)
                self.assertFalse(state.parent.exists())

    def test_stopping_rule_goes_on(self):
        options = {**LARGE, "census_missing": 0.1, "search_starts": 0, "model_n": 16}
        whole = self.census("whole", **options)
        self.interrupted("a", **options)
        self.run_well("census", campaign_out="a", **options)
        self.assert_same_result(Campaign(self.folder / "a"), whole)

    def test_damaged(self):
        """The newer state damaged: on from the one before. Both damaged: refused by name."""
        whole = self.census("whole", **LARGE)
        state = self.interrupted("a", generations=2)
        before = state.with_name("s00000000.before.h5")
        earlier = kacrice_test.damage_states(state, before)
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="a", **LARGE)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("no state of sample 0 is whole: delete a/running/s00000000*.h5 and run", done.stderr)
        before.write_bytes(earlier)
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="a", **LARGE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stderr, "warning: .*running/s00000000.h5 is damaged")
        self.assertRegex(done.stdout, r"(?m)^sample 0 goes on after [1-9][0-9]* starts$")
        self.assert_same_result(Campaign(self.folder / "a"), whole)
        self.assertFalse(state.parent.exists())

    def test_none_is_kept(self):
        running = Running(self.folder, **{**LARGE, "campaign_out": "a", "campaign_checkpoint": 0})
        running.launcher.wait(timeout=120)
        self.assertFalse((self.folder / "a" / "running").exists())
        self.assertEqual(len(Campaign(self.folder / "a").shard_paths), 1)


if __name__ == "__main__":
    unittest.main()
