# kr_test: ranks=2 timeout=300
"""Monte Carlo as a campaign: the same records on any number of ranks and groups, after an interruption as without one;
files that say what they hold; bad input told in one line."""
import json
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Case

SMALL = {"model_n": 12, "campaign_samples": 4, "campaign_seed": 3, "thermo_temperatures": "2:0.7",
         "thermo_burn_in": 100, "thermo_sweeps": 320, "thermo_quenches": 4, "thermo_relaxation": 1,
         "thermo_ladders": 4}
SECONDS = ("seconds",)


def shards(folder):
    """{file name: {data set or attribute: bytes}}, without times."""
    found = {}
    for path in sorted(folder.glob("samples/*/s*.h5")):
        with h5py.File(path) as file:
            found[path.name] = {name: data[:].tobytes() for name, data in file.items()}
            found[path.name] |= {name: file.attrs[name] for name in ("sample", "n", "sweeps", "round_trips")}
    return found


class Thermo(Case):
    def thermo(self, name, **options):
        self.run_well("thermo", campaign_out=name, **options)
        return self.folder / name

    def refused(self, *parts, **options):
        done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="refused", **{**SMALL, **options})
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertFalse((self.folder / "refused").exists())
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_same_records_on_any_ranks(self):
        one = shards(self.thermo("one", **SMALL))
        self.assertEqual(len(one), 4)
        self.assertEqual(one, shards(self.thermo("samples", ranks=2, **SMALL)))
        self.assertEqual(one, shards(self.thermo("ladders", ranks=2, campaign_group_size=2, **SMALL)))

    def test_files_say_what_they_hold(self):
        folder = self.thermo("out", **SMALL)
        summary = json.loads((folder / "summary.json").read_text())
        with h5py.File(folder / "samples/0000/s00000000.h5") as file:
            rows = file["temperatures"][:]
            self.assertEqual(file.attrs["filetype"], "kacrice thermo sample")
            self.assertEqual(rows["beta"][0], 0.0)
            self.assertAlmostEqual(rows["temperature"][-1], 0.7)
            self.assertEqual(file["overlaps"][:].sum(), 2 * 320 * len(rows))
            np.testing.assert_allclose(file["block_energy"][:].mean(axis=1), rows["energy"], atol=1e-12)
            np.testing.assert_allclose(rows["entropy"], rows["log_z"] + rows["beta"] * rows["energy"], atol=1e-12)
            # a walk from a point to itself, and no further than it can go
            np.testing.assert_allclose(file["correlation"][:, 0], 1.0, atol=1e-12)
            self.assertTrue((np.abs(file["correlation"][:]) <= 1 + 1e-12).all())
        with h5py.File(folder / "ensemble.h5") as file:
            np.testing.assert_allclose(file["overlaps"][:].sum(axis=1) * 2 / 80, 1.0)
            for t, item in enumerate(summary["temperatures"]):
                self.assertAlmostEqual(item["energy"]["mean"], file["energy"][t], 12)
        said = self.run_well("inspect", folder / "samples/0000/s00000001.h5")
        self.assertIn("kacrice thermo sample", said)
        self.assertIn("320 sweeps of 4 ladders", self.run_well("inspect", folder, inspect_sample=2))

    def test_goes_on_after_a_stop(self):
        # samples of about 0.3 s on one core: the signal comes in the midst of them
        options = {**SMALL, "campaign_samples": 5, "thermo_sweeps": 3200}
        whole = shards(self.thermo("whole", **options))
        run = subprocess.Popen(kacrice_test.command("thermo", campaign_out="parts", **options), cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 60
        while not shards(self.folder / "parts") and time.monotonic() < deadline:
            time.sleep(0.01)
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=60)[1]
        self.assertEqual(run.returncode, 75, said)
        self.assertLess(len(shards(self.folder / "parts")), 5)
        self.assertEqual(shards(self.thermo("parts", **options)), whole)

    def test_bad_input_is_told(self):
        for text in ("-1,2", "1:2", "2:0.5:1", "2,,1"):
            self.refused("-thermo_temperatures", text, thermo_temperatures=text)
        self.refused("1.5 is in it twice", thermo_temperatures="1.5,1,1.5")
        self.refused("-thermo_ladders 3", "even", thermo_ladders=3)
        self.refused("-thermo_plant 0.5", "T >= T_K = 0.8288", thermo_plant=0.5)
        self.refused("-thermo_plant 0.99", "T >= T_K = 1.41421", model_p=2, thermo_plant=0.99)
        self.refused("-thermo_swepes", "-thermo_sweeps", thermo_swepes=5)
        self.refused("-search_kind", search_kind="all")
        self.refused("-campaign_group_size 2", "-thermo_ladders 4", campaign_group_size=2, thermo_ladders=2, ranks=2)

    def test_a_ladder_that_never_swaps_is_told_with_one_that_would(self):
        self.refused("with N = 200 replicas at 2 and 0.7 would exchange", "take 2:0.7, which makes",
                     model_n=200, thermo_temperatures="2,0.7")


if __name__ == "__main__":
    unittest.main()
