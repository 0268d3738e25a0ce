# kr_test: timeout=240
"""Status, summary.json, the report's reader and kacrice_io tell the same numbers of each kind of campaign: what is counted of a
sample is decided in one place."""
import json
import pathlib
import sys
import unittest

import numpy as np

from kacrice_test import Case

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))
import kacrice_io  # noqa: E402
from report.campaign import Campaign as Reported  # noqa: E402

MODEL = {"model_p": 3, "model_n": 5, "campaign_samples": 6, "campaign_seed": 4}


class Counts(Case):
    def status(self, folder):
        return json.loads(self.run_well("status", folder, status_json="true"))["campaigns"][0]

    def check(self, name, target=None):
        """All readers of the folder; target: the index that its error is about, by default the sum of all listed."""
        told, folder = self.status(name), self.folder / name
        summary = json.loads((folder / "summary.json").read_text())
        counts = summary["counts"]["total"] if target is None else summary["counts"]["index"][target]
        loaded, reported = kacrice_io.load(folder), Reported(folder)
        read = loaded.total["mean"] if target is None else loaded.by_index["mean"][target]
        rows = [row["mean"] for row in reported.index_rows]
        # the counts of the samples themselves: for minima k = 0 alone, whatever stands in the shards
        listed = loaded.counts[:, :len(rows)] if target is None else loaded.counts[:, target:target + 1]
        by_hand = listed.sum(axis=1)
        self.assertEqual(told["mean"], counts["mean"], name)
        self.assertEqual(told["stderr"], counts["stderr"], name)
        self.assertEqual(read, told["mean"], name)
        self.assertAlmostEqual(sum(rows) if target is None else rows[target], told["mean"], delta=1e-12 * told["mean"])
        self.assertAlmostEqual(by_hand.mean(), told["mean"], delta=1e-12 * told["mean"])
        self.assertAlmostEqual(by_hand.std(ddof=1) / np.sqrt(len(by_hand)), told["stderr"], delta=1e-12)
        self.assertEqual(told["done"], summary["samples"]["in_ensemble"])
        self.assertEqual(told["done"], loaded.n_samples)
        for verdict, number in told["verdicts"].items():
            self.assertEqual(number, summary["completeness"][verdict], verdict)
        self.assertAlmostEqual(told["missing_mean"], summary["completeness"]["missing_mean"], delta=1e-12)
        self.assertIn(f": {told['mean']:.6g} +-", self.run_well("status", name))
        return told

    def test_lists(self):
        """All points, minima, a window and a homotopy; and a merged whole of two."""
        self.census("all", **MODEL)
        self.census("minima", **MODEL, search_kind="minima", search_starts=200)
        self.census("window", **MODEL, search_energy="-1.5:-0.6")
        self.census("homotopy", **MODEL, search_kind="homotopy")
        more = {**MODEL, "campaign_samples": "6:9"}
        self.census("more", **more, search_kind="minima", search_starts=200)
        self.run_well("merge", "merged", "minima", "more")
        told = {name: self.check(name) for name in ("all", "minima", "window", "homotopy", "merged")}
        self.assertEqual(told["all"]["mean"], told["homotopy"]["mean"])
        self.assertEqual(told["merged"]["done"], 9)
        # p = 3: as many maxima as minima among all
        self.assertEqual(told["minima"]["mean"], kacrice_io.load(self.folder / "all").counts[:, 0].mean())
        text = self.run_well("status", ".")
        self.assertIn("27 of 27 samples done", text)  # 4 x 6 + 3: the merged ones are among them
        self.assertIn("without the 1 merged", text)
        self.assertNotIn("spent: 0 core-hours", self.run_well("status", "merged"))

    def test_targets(self):
        for name, target, index in (("t", "total 0.2", None), ("m", "minima 0.2", 0), ("k", "index:1 0.2", 1)):
            model = {**MODEL, "campaign_samples": 40}
            self.census(name, **model, campaign_target=target)
            self.check(name, target=index)
            self.assertIn(", reached\n", self.run_well("status", name))
        self.census("only", **{**MODEL, "campaign_samples": 40}, search_kind="minima", search_starts=100,
                    campaign_target="total 0.2")
        self.check("only")

    def test_states_and_monte_carlo(self):
        """Of those the numbers of samples are what all tell."""
        self.census("a", **MODEL)
        self.run_well("tap", "a", tap_temperature="0.1,0.2")
        self.run_well("thermo", model_p=3, model_n=5, campaign_samples=2, thermo_temperatures="2:1:2", thermo_sweeps=64,
                      thermo_burn_in=10, thermo_quenches=1, campaign_out="thermo")
        for name, n_samples in (("a/tap", 6), ("thermo", 2)):
            told, loaded = self.status(name), kacrice_io.load(self.folder / name)
            summary = json.loads((self.folder / name / "summary.json").read_text())
            self.assertEqual((told["done"], told["asked"], told["left"]), (n_samples, n_samples, 0))
            self.assertEqual(loaded.n_samples, n_samples)
            self.assertEqual(summary["samples"], n_samples)
            self.assertNotIn("mean", told)


if __name__ == "__main__":
    unittest.main()
