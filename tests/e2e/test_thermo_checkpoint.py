# kr_test: ranks=2 timeout=240
"""A sample of Monte Carlo that is interrupted goes on from its last state, on any number of ranks, to the record of an
undisturbed run. Every phase of a run, look by look: tests/thermo/t_state.c."""
import time
import unittest

import h5py

import kacrice_test
from kacrice_test import Case, Running
from test_thermo import shards

LONG = {"model_n": 12, "campaign_samples": 1, "campaign_seed": 3, "thermo_temperatures": "2:0.7", "thermo_burn_in": 1000,
        "thermo_sweeps": 8000, "thermo_quenches": 6, "thermo_relaxation": 10, "thermo_ladders": 4, "thermo_plant": 1.5,
        "thermo_overlaps": 5}
SHARED = {"ranks": 2, "campaign_group_size": 2}


class ThermoCheckpoint(Case):
    want = None  # of all tests here

    def whole(self):
        """The record of an undisturbed run."""
        if self.want is None:
            began = time.monotonic()
            self.run_well("thermo", campaign_out="whole", **LONG)
            type(self).seconds = time.monotonic() - began
            type(self).want = shards(self.folder / "whole")
        return self.want

    def interrupted(self, name, generations=1, **options):
        """The newer state that a killed run leaves behind, of so many."""
        running = Running(self.folder, "thermo", campaign_out=name, campaign_checkpoint=0.05, **LONG, **options)
        state = self.folder / name / "running" / "s00000000.h5"
        deadline = time.monotonic() + 60
        while len(list(state.parent.glob("*.h5"))) < generations and time.monotonic() < deadline:
            time.sleep(0.01)
        running.kill()
        self.assertTrue(state.exists())
        self.assertEqual(shards(self.folder / name), {})
        return state

    def test_goes_on_after_a_kill(self):
        for name, before, after in (("a", {}, SHARED), ("b", SHARED, {}),
                                    ("c", {**SHARED, "campaign_spread": "tensor"}, {**SHARED, "campaign_spread": "tensor"})):
            with self.subTest(name=name):
                state = self.interrupted(name, generations=2, **before)
                self.assertIn("1 samples have a saved state", self.run_well("status", name))
                text = self.run_well("thermo", campaign_out=name, **LONG, **after)
                self.assertRegex(text, r"(?m)^sample 0 goes on after [1-9][0-9]* sweeps$")
                if "campaign_spread" not in before:  # a sum over ranks rounds differently
                    self.assertEqual(shards(self.folder / name), self.whole())
                self.assertEqual(list(shards(self.folder / name)), ["s00000000.h5"])
                self.assertFalse(state.parent.exists())

    def test_limits_far_shorter_than_a_sample(self):
        want, runs, sweeps = self.whole(), 0, -1
        limit = max(1.0, 0.2 * self.seconds)
        while True:
            done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="parts", campaign_maxtime=limit, **LONG)
            runs += 1
            if done.returncode == 0:
                break
            self.assertEqual(done.returncode, 75, done.stderr)
            with h5py.File(self.folder / "parts/running/s00000000.h5") as file:
                here = (file.attrs["looks"], file.attrs["sweep"], file.attrs["phase"] == 2, file.attrs["walked"])
                self.assertNotEqual(here, sweeps, "a run that came no further")
                sweeps = here
        self.assertGreater(runs, 2)
        self.assertEqual(shards(self.folder / "parts"), want)

    def test_damaged(self):
        """The newer state damaged: on from the one before. Both damaged: refused by name."""
        state = self.interrupted("a", generations=2)
        before = state.with_name("s00000000.before.h5")
        earlier = kacrice_test.damage_states(state, before)
        cut = state.read_bytes()
        done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="a", **LONG)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("no state of sample 0 is whole: delete a/running/s00000000*.h5 and run", done.stderr)
        before.write_bytes(earlier)
        state.unlink()
        state.mkdir()  # there, and cannot be read: not the same as none
        done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="a", **LONG)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("cannot read a/running/s00000000.h5", done.stderr)
        state.rmdir()
        state.write_bytes(cut)
        done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="a", **LONG)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stderr, "warning: .*running/s00000000.h5 is damaged")
        self.assertEqual(shards(self.folder / "a"), self.whole())


if __name__ == "__main__":
    unittest.main()
