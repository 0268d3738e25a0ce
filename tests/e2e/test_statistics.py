# kr_test: ranks=4 timeout=300
"""Complexities and chi-squares of a campaign, against numpy on the points of the shards."""
import json
import math
import unittest

import numpy as np

import kacrice_test
from kacrice_test import Case

CUBIC = {"model_p": 3, "model_n": 7, "campaign_samples": 60, "search_starts": 1500, "campaign_bin_width": 0.2}
QUARTIC = {"model_p": 4, "model_n": 5, "campaign_samples": 40, "search_starts": 1500, "campaign_bin_width": 0.2}
MIXED = {"model_mixture": "3:0.36,4:0.64", "model_n": 4, "campaign_samples": 60, "search_starts": 1500}
STATISTICS = ("complexity", "chi_square")


def points_of(shard, n):
    """(e, mu, k) of all points of a sample: antipodes as the symmetry says."""
    points, symmetry = shard.points, shard.attributes["symmetry"]
    e, mu, k = points["energy"], points["mu"], points["index"]
    if symmetry == "odd":
        return np.append(e, -e), np.append(mu, -mu), np.append(k, n - 1 - k)
    return (np.tile(e, 2), np.tile(mu, 2), np.tile(k, 2)) if symmetry == "even" else (e, mu, k)


def histograms(campaign, edges, of_mu=False):
    """Counts of each sample by bin and index."""
    n = campaign.summary["model"]["n"]
    counts = np.zeros((len(campaign.shards), len(edges) - 1, n), dtype=int)
    for line, shard in enumerate(campaign.shards.values()):
        e, mu, k = points_of(shard, n)
        bins = np.clip(np.floor(((mu if of_mu else e) - edges[0]) / (edges[1] - edges[0])).astype(int), 0,
                       len(edges) - 2)
        np.add.at(counts, (line, bins, k), 1)
    return counts


def jackknife(values, function):
    """Error of function(values) by leaving out one line after the other."""
    n = len(values)
    left = np.array([function(np.delete(values, i, axis=0)) for i in range(n)])
    return math.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2))


def annealed(counts):
    return np.log(counts.mean())


def quenched(counts):
    return np.log(counts[counts > 0]).mean()


class Complexity(Case):
    def check_value(self, got, counts, shift, n, where):
        """One entry of the summary against numpy."""
        self.assertAlmostEqual(got["empty_fraction"], np.mean(counts == 0), 14, where)
        for name, function in (("annealed", annealed), ("quenched", quenched)):
            # a few roundings of logarithms of order one
            self.assertAlmostEqual(got[name], (function(counts) - shift) / n, 12, f"{where}: {name}")
        full = np.count_nonzero(counts)
        if full < 2:
            self.assertIsNone(got["annealed_error"])
            self.assertIsNone(got["quenched_error"])
            return
        self.assertAlmostEqual(got["annealed_error"], jackknife(counts, annealed) / n, 12, where)
        self.assertAlmostEqual(got["quenched_error"], jackknife(counts, quenched) / n, 12, where)

    def check_campaign(self, campaign):
        summary, ensemble = campaign.summary, campaign.ensemble
        n, edges = summary["model"]["n"], ensemble["bin_edges"]
        counts = histograms(campaign, edges)
        np.testing.assert_array_equal(counts.sum(axis=0), ensemble["histogram"])
        for row in summary["complexity"]["index"]:
            self.check_value(row, counts[:, :, row["k"]].sum(axis=1), 0.0, n, f"k = {row['k']}")
            exact = summary["counts"]["index"][row["k"]]["expected"]
            self.assertAlmostEqual(row["exact"], math.log(exact) / n, 12)
        names = ("annealed", "annealed_error", "quenched", "quenched_error", "empty_fraction")
        width = edges[1] - edges[0]
        self.assertTrue(summary["complexity"]["bins"])
        for part in summary["complexity"]["bins"]:
            k, first = part["k"], round((part["energy_first"] - edges[0]) / width)
            held = np.flatnonzero(ensemble["histogram"][:, k])
            self.assertEqual((first, len(part["annealed"])), (held[0], held[-1] - held[0] + 1))
            for b in held:
                got = {name: part[name][b - first] for name in names}
                self.check_value(got, counts[:, b, k], math.log(width), n, f"k = {k}, bin {b}")
                self.assertAlmostEqual(part["exact"][b - first], math.log(ensemble["expected"][b, k] / width) / n, 12)
                for name in names:
                    # JSON has 15 digits
                    np.testing.assert_allclose(ensemble[name][b, k], np.nan if got[name] is None else got[name], 1e-14)
        empty = ensemble["histogram"] == 0
        self.assertTrue(np.isnan(ensemble["annealed"][empty]).all())
        self.assertTrue((ensemble["empty_fraction"][empty] == 1.0).all())

    def test_cubic(self):
        campaign = self.census(**CUBIC)
        self.check_campaign(campaign)
        complexity = campaign.summary["complexity"]
        self.assertEqual([row["mirror_of"] for row in complexity["index"]], [None] * 4 + [2, 1, 0])
        self.assertEqual([part["k"] for part in complexity["bins"]], [0, 1, 2, 3])
        for row in complexity["index"][4:]:  # the same numbers in every sample
            other = complexity["index"][row["mirror_of"]]
            self.assertEqual((row["annealed"], row["quenched_error"]), (other["annealed"], other["quenched_error"]))
        tests = campaign.summary["chi_square"]["energy"]
        self.assertEqual([row["k"] for row in tests["index"] if row["p_value"] is not None], [0, 1, 2, 3])
        self.assertIsNone(campaign.summary["chi_square"]["mu"])

    def test_quartic(self):
        campaign = self.census(**QUARTIC)
        self.check_campaign(campaign)
        self.assertEqual({row["mirror_of"] for row in campaign.summary["complexity"]["index"]}, {None})

    def test_mixed(self):
        campaign = self.census(**MIXED)
        self.check_campaign(campaign)
        ensemble, n = campaign.ensemble, 4
        in_mu = histograms(campaign, ensemble["mu_bin_edges"], of_mu=True)
        np.testing.assert_array_equal(in_mu.sum(axis=0), ensemble["mu_histogram"])
        joint = ensemble["joint_histogram"]
        np.testing.assert_array_equal(joint.sum(axis=1), ensemble["histogram"].sum(axis=1))
        np.testing.assert_array_equal(joint.sum(axis=0), ensemble["mu_histogram"].sum(axis=1))
        # expectations: a Gaussian tail of 1e-3 is outside of the bins, in e and in mu differently
        total = campaign.summary["counts"]["total"]["expected"]
        for name in ("expected", "mu_expected", "joint_expected"):
            self.assertAlmostEqual(ensemble[name].sum(), total, delta=1e-3 * total)
        self.assertEqual(ensemble["mu_expected"].shape[1], n)
        tests = campaign.summary["chi_square"]["mu"]
        self.assertEqual([row["k"] for row in tests["index"]], [0, 1, 2, 3])
        # of nine p-values one is below 1e-4 by chance in one of 1000 runs with another seed
        for row in (tests["all"], *tests["index"]):
            self.assertGreater(row["p_value"], 1e-4)


class ChiSquare(Case):
    def test_one_bin_is_a_t_test(self):
        # ten samples leave one column: all independent points of the lower half, as an own computation
        campaign = self.census(**{**CUBIC, "model_n": 6, "campaign_samples": 10, "search_starts": 1000})
        counts = histograms(campaign, campaign.ensemble["bin_edges"])[:, :, :3].sum(axis=(1, 2))
        expected = campaign.ensemble["expected"][:, :3].sum()
        variance = counts.var(ddof=1) * expected / counts.mean()
        t = (counts.mean() - expected) ** 2 * len(counts) / variance
        test = campaign.summary["chi_square"]["energy"]["all"]
        self.assertEqual((test["dof"], test["bins"]), (1, 1))
        self.assertAlmostEqual(test["statistic"], t, delta=1e-10 * max(1.0, t))
        # F(1, 9) by its density, a midpoint rule in the substituted variable t = tan
        angles = (np.arange(200000) + 0.5) / 200000 * math.pi / 2
        density = np.cos(angles) ** 8  # Student's t with 9 degrees: x = 3 tan(angle)
        tail = density[3.0 * np.tan(angles) > math.sqrt(t)].sum() / density.sum()
        self.assertAlmostEqual(test["p_value"], tail, delta=2e-5)

    def test_right_law_and_a_wrong_one(self):
        right = self.census(model_p=4, model_n=4, campaign_samples=300, search_starts=800)
        test = right.summary["chi_square"]["energy"]["all"]
        self.assertGreater(test["p_value"], 1e-3)  # one false alarm in 1000 seeds
        few = self.census(model_p=4, model_n=6, campaign_samples=60, search_starts=100)  # half the points missed
        test = few.summary["chi_square"]["energy"]["all"]
        self.assertLess(test["p_value"], 1e-6)

    def test_euler_takes_a_degree_of_freedom(self):
        for n, lost in ((5, 1), (6, 0)):  # at odd p and even N the sum is zero pair by pair
            campaign = self.census(**{**CUBIC, "model_n": n, "campaign_samples": 100})
            self.assertEqual(campaign.summary["completeness"]["euler_failed"], 0)
            test = campaign.summary["chi_square"]["energy"]["all"]
            self.assertEqual(test["dof"], test["bins"] - lost)

    def test_console_names_the_p_value(self):
        text = self.run_well("census", campaign_out="c", **{**CUBIC, "campaign_samples": 30})
        test = json.loads((self.folder / "c" / "summary.json").read_text())["chi_square"]["energy"]["all"]
        self.assertIn(f"p = {test['p_value']:.3g}", text)


class Ranks(Case):
    def test_same_bits_on_any_ranks(self):
        for model in ({**CUBIC, "model_n": 6}, MIXED):
            reference = self.census(ranks=1, **model)
            for ranks in (2, 4):
                other = self.census(ranks=ranks, **model)
                for key in STATISTICS:
                    self.assertEqual(other.summary[key], reference.summary[key])
                for name, data in reference.ensemble.items():
                    if name not in ("samples", "points"):
                        np.testing.assert_array_equal(other.ensemble[name], data, name)


class Small(Case):
    def test_one_sample_has_no_errors(self):
        campaign = self.census(model_n=5, campaign_samples=1, search_starts=300)
        for row in campaign.summary["complexity"]["index"]:
            self.assertIsNotNone(row["annealed"])
            self.assertEqual(row["annealed"], row["quenched"])
            self.assertEqual((row["annealed_error"], row["quenched_error"]), (None, None))
        self.assert_no_tests(campaign)

    def assert_no_tests(self, campaign):
        tests = campaign.summary["chi_square"]["energy"]
        for row in (tests["all"], *tests["index"]):
            self.assertEqual([row[key] for key in ("statistic", "dof", "bins", "p_value")], [None] * 4)

    def test_two_samples(self):
        campaign = self.census(model_n=5, campaign_samples=2, search_starts=300)
        counts = campaign.ensemble["counts"]
        row = campaign.summary["complexity"]["index"][0]
        self.assertAlmostEqual(row["annealed_error"], jackknife(counts[:, 0], annealed) / 5, 13)
        self.assert_no_tests(campaign)

    def test_minima(self):
        campaign = self.census(model_n=8, campaign_samples=40, search_kind="minima", search_starts=300)
        complexity, tests = campaign.summary["complexity"], campaign.summary["chi_square"]["energy"]
        self.assertEqual([row["k"] for row in complexity["index"]], [0])
        self.assertEqual([part["k"] for part in complexity["bins"]], [0])
        self.assertEqual(len(tests["index"]), 1)
        self.assertEqual(tests["all"], {key: tests["index"][0][key] for key in ("statistic", "dof", "bins", "p_value")})
        self.assertGreater(tests["all"]["p_value"], 1e-3)
        self.assertTrue(np.isnan(campaign.ensemble["empty_fraction"][:, 1:]).all())

    def test_quadratic_never_varies(self):
        campaign = self.census(model_p=2, model_n=5, campaign_samples=30, search_starts=200)
        for row in campaign.summary["complexity"]["index"]:
            self.assertAlmostEqual(row["annealed"], math.log(2.0) / 5, 14)
            self.assertLess(max(row["annealed_error"], row["quenched_error"]), 1e-15)

    def test_own_tensor_has_no_expectation(self):
        self.export("t.h5", model_mixture="3:0.5,4:0.5", model_n=4)
        campaign = self.census(model_couplings="t.h5", search_starts=500)
        self.assertTrue(all(row["exact"] is None for row in campaign.summary["complexity"]["index"]))
        self.assert_no_tests(campaign)
        self.assertTrue(np.isnan(campaign.ensemble["mu_expected"]).all())
        self.assertEqual(campaign.ensemble["mu_histogram"].sum(), len(campaign.ensemble["points"]))

    def test_nothing_found(self):
        campaign = self.census(model_n=12, campaign_samples=12, search_starts=1, newton_max_iter=1)
        self.assertEqual(len(campaign.ensemble["points"]), 0)
        for row in campaign.summary["complexity"]["index"]:
            self.assertEqual((row["annealed"], row["quenched"], row["empty_fraction"]), (None, None, 1))
        self.assertEqual(campaign.summary["complexity"]["bins"], [])


if __name__ == "__main__":
    unittest.main()
