# kr_test: timeout=200
"""Folders that version 0.1.0 wrote open, go on, merge and report, with the numbers that it wrote
(tests/fixtures/v0_1_0)."""
import json
import pathlib
import shutil
import sys
import tarfile
import unittest

import h5py
import numpy as np

from kacrice_test import TIMES, Campaign, Case

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import kacrice_io  # noqa: E402

PLAIN = {"model_simd": "plain"}
PURE = {**PLAIN, "model_p": 3, "model_n": 4, "campaign_seed": 5}
FOLDERS = {"census": PURE, "minima": {**PURE, "search_kind": "minima", "search_starts": 64},
           "window": {**PURE, "search_energy": "-1.5:-0.6"}, "homotopy": {**PURE, "search_kind": "homotopy"},
           "mixture": {**PLAIN, "model_mixture": "3:0.3,6:0.7", "model_n": 4, "campaign_seed": 3},
           "tensor": {**PLAIN, "model_couplings": "tensor.h5"}}
THERMO = {**PLAIN, "model_p": 3, "model_n": 4, "campaign_seed": 3, "thermo_temperatures": "2:0.9:3",
          "thermo_burn_in": 20, "thermo_quenches": 2, "thermo_sweeps": 64}
LONG = {**PLAIN, "model_p": 3, "model_n": 6, "campaign_samples": 1}
LONG_CENSUS = {**LONG, "campaign_seed": 5, "census_missing": 0, "search_starts": 60000}
LONG_THERMO = {**LONG, "campaign_seed": 3, "thermo_temperatures": "2:0.9:3", "thermo_burn_in": 40, "thermo_sweeps": 320,
               "thermo_quenches": 2}
APART = (*TIMES, "version", "git_hash", "seconds", "run", "merge", "ranks", "groups")
CLOCKS = ("seconds",)


def without_clocks(value):
    """A part of a summary but for what no two runs share."""
    if isinstance(value, dict):
        return {key: without_clocks(item) for key, item in value.items() if key not in APART}
    return [without_clocks(item) for item in value] if isinstance(value, list) else value


def summary(folder):
    return without_clocks(json.loads((folder / "summary.json").read_text()))


class OldFolders(Case):
    def setUp(self):
        super().setUp()
        with tarfile.open(ROOT / "tests/fixtures/v0_1_0/folders.tar.xz") as archive:
            archive.extractall(self.folder)
        shutil.copytree(self.folder, self.folder / "kept")

    def assert_has(self, got, want, where=""):
        """All that the older value has, numbers to rounding; what is new may stand beside it."""
        if isinstance(want, dict):
            for key in want:
                self.assertIn(key, got, where)
                self.assert_has(got[key], want[key], f"{where}.{key}")
        elif isinstance(want, list):
            self.assertEqual(len(got), len(want), where)
            for i, item in enumerate(want):
                self.assert_has(got[i], item, f"{where}[{i}]")
        else:
            self.assert_same_values(got, want, 1e-9, where)

    def assert_numbers(self, got, want, where, rtol=1e-9):
        """Two arrays, of compounds the members of the older one; rtol 0: bits."""
        if want.dtype.names is not None:
            for name in set(want.dtype.names) - set(CLOCKS):
                self.assert_numbers(got[name], want[name], f"{where}:{name}", rtol)
        elif rtol == 0 or want.dtype.kind in "iu":
            self.assertEqual(got.tobytes(), want.tobytes(), where)
        else:
            np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol, err_msg=where)

    def assert_same_file(self, got, want, rtol=1e-9):
        """All data sets and numbers of the older file."""
        with h5py.File(got) as one, h5py.File(want) as other:
            for name in set(other) - {"stamps"}:
                if isinstance(other[name], h5py.Dataset):
                    self.assert_numbers(one[name][()], other[name][()], f"{got}/{name}", rtol)
            for name, value in other.attrs.items():
                if np.asarray(value).dtype.kind in "iuf" and name not in (*CLOCKS, "format_version"):
                    self.assert_numbers(np.asarray(one.attrs[name]), np.asarray(value), f"{got}@{name}", rtol)

    def assert_kept(self, name):
        """Summary and ensemble of a folder are still those of 0.1.0."""
        here, kept = self.folder / name, self.folder / "kept" / name
        if name == "tensor":  # bins of e go by the scale of the tensor since format 2.3
            self.assert_has(summary(here)["counts"], summary(kept)["counts"], name)
            return
        self.assert_has(summary(here), summary(kept), name)
        for path in kept.glob("*.h5"):
            if path.name != "index.h5":
                self.assert_same_file(here / path.name, path)

    def test_open(self):
        names = [*FOLDERS, "census/tap", "tap", "thermo", "merged", "indexed", "undisturbed", "thermo_undisturbed"]
        for name in names:
            with self.subTest(name=name):
                said = self.run_well("inspect", name)
                self.assertIn("campaign.json", said)
                self.assertNotIn("not there yet", said)
                if name != "merged":
                    kept = json.loads((self.folder / "kept" / name / "summary.json").read_text())["samples"]
                    done = kept["done"] if isinstance(kept, dict) else kept
                    self.assertIn(f"{done} of {done} samples asked for", self.run_well("status", name))
                    self.run_well("inspect", name, inspect_sample=0)
        for name in ("running", "thermo_running"):
            self.assertIn("1 samples have a saved state", self.run_well("status", name))

    def test_conclude_again(self):
        """Nothing is left to compute: the same ensemble and summary from the same shards."""
        for name, options in FOLDERS.items():
            with self.subTest(name=name):
                n_samples = 1 if name == "tensor" else 2
                self.run_well("census", campaign_out=name, campaign_samples=n_samples, **options)
                self.assert_kept(name)
        self.run_well("thermo", campaign_out="thermo", campaign_samples=2, **THERMO)
        self.assert_kept("thermo")
        self.run_well("tap", "census", tap_temperature="0.2,0.4", tap_starts=100)
        self.assert_kept("census/tap")
        self.run_well("tap", "mixture", tap_temperature="0.2,0.6", tap_starts=100, tap_out="tap")
        self.assert_kept("tap")

    def test_extend_merge_index(self):
        """The sample that is added is the one that 0.1.0 found; merged folders have its numbers."""
        self.run_well("census", campaign_out="census", campaign_samples=3, **PURE)
        grown, whole = Campaign(self.folder / "census"), Campaign(self.folder / "kept/indexed")
        self.assert_same_points(grown, whole, 1e-9)
        self.assert_same_file(grown.shard_paths[2], whole.shard_paths[2])
        self.assert_same_counts(grown, whole)
        self.run_well("merge", "again", "kept/census", "more")
        self.assert_has(summary(self.folder / "again"), summary(self.folder / "merged"))
        self.assert_same_file(self.folder / "again/ensemble.h5", self.folder / "merged/ensemble.h5")
        self.run_well("index", "indexed")
        self.assert_same_file(self.folder / "indexed/index.h5", self.folder / "kept/indexed/index.h5")
        self.run_well("thermo", campaign_out="thermo", campaign_samples=3, **THERMO)
        self.assertEqual(summary(self.folder / "thermo")["samples"], 3)
        self.run_well("tap", "census", tap_temperature="0.2,0.4", tap_starts=100)
        self.assertEqual(json.loads((self.folder / "census/tap/summary.json").read_text())["samples"], 3)

    def test_states_go_on(self):
        """To the record that an undisturbed run of 0.1.0 wrote."""
        said = self.run_well("census", campaign_out="running", **LONG_CENSUS)
        self.assertRegex(said, r"(?m)^sample 0 goes on after [1-9][0-9]* starts$")
        said = self.run_well("thermo", campaign_out="thermo_running", **LONG_THERMO)
        self.assertRegex(said, r"(?m)^sample 0 goes on after [1-9][0-9]* sweeps$")
        for name in ("", "thermo_"):
            here, want = (self.folder / f"{name}{which}/samples/0000/s00000000.h5" for which in ("running", "undisturbed"))
            self.assert_same_file(here, want, 1e-6 if name else 1e-9)  # a chain forgets no rounding
            self.assert_has(summary(here.parents[2]) if not name else {}, summary(want.parents[2]) if not name else {})

    def test_python_reads_them(self):
        for name in (*FOLDERS, "merged", "indexed"):
            campaign = kacrice_io.load(self.folder / name)
            kept = json.loads((self.folder / "kept" / name / "summary.json").read_text())["counts"]["total"]
            self.assertEqual(campaign.total["mean"], kept["mean"], name)
            self.assertGreater(len(campaign.points), 0)
        thermo = kacrice_io.load(self.folder / "thermo")
        kept = json.loads((self.folder / "thermo/summary.json").read_text())["temperatures"]
        np.testing.assert_allclose(thermo.mean("energy"), [row["energy"]["mean"] for row in kept], rtol=1e-12)
        for name in ("tap", "census/tap"):
            tap = kacrice_io.load(self.folder / name)
            self.assertEqual(sum(len(shard.states) for shard in tap.shards()), len(tap.states))


if __name__ == "__main__":
    unittest.main()
