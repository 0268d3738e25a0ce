# kr_test: timeout=300
"""A factor of H is a change of the unit of energies: no list, verdict, index or certificate depends on it. Every run here
has the default options, and the answers are those at factor 1, of which some are known by themselves."""
import itertools
import math
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Case

# twenty decades, and K3: 1000 times the tensor of Kofidis and Regalia
FACTORS = (1e-10, 1e-8, 1e-6, 1e-4, 0.01, 0.3, 10.0, 1e3, 3e4, 1e6, 1e8, 1e10)
POWERS_OF_TWO = (2.0 ** -33, 0.125, 2.0 ** 33)

# Kofidis & Regalia 2002, example 1: entries of the symmetric tensor of order 4, N = 3, in the order of sorted tuples
KOFIDIS_REGALIA = (0.2883, -0.0031, 0.1973, -0.2485, -0.2939, 0.3847, 0.2972, 0.1862, 0.0919, -0.3619, 0.1241, -0.3420,
                   0.2127, 0.2727, -0.3054)
# its real Z-eigenvalues to four digits: Kolda & Mayo 2011, table 3.1
EIGENVALUES = (0.8893, 0.8169, 0.5105, 0.3633, 0.2682, 0.2628, 0.2433, 0.1735, -0.0451, -0.5629, -1.0954)


def kofidis_regalia():
    """(name of the data set, entries)."""
    tensor = np.zeros((3,) * 4)
    for value, place in zip(KOFIDIS_REGALIA, itertools.combinations_with_replacement(range(3), 4)):
        for permuted in set(itertools.permutations(place)):
            tensor[permuted] = value
    return "tensor_p4", tensor


def random_cubic():
    """The same of a random tensor of order 3, N = 6."""
    entries = np.random.default_rng(1).standard_normal((6,) * 3)
    return "tensor_p3", sum(np.transpose(entries, axes) for axes in itertools.permutations(range(3))) / 6


class Scale(Case):
    def scaled(self, tensor, factor, **options):
        """The census of a tensor times a factor; options as for census."""
        name, entries = tensor
        path = self.folder / "scaled.h5"
        path.unlink(missing_ok=True)
        with h5py.File(path, "w") as file:
            file[name] = factor * entries
        return self.census(model_couplings="scaled.h5", **options)

    def check_same(self, got, want, factor):
        shard, reference = got.shards[0], want.shards[0]
        self.assertEqual(len(shard.points), len(reference.points))
        for key in ("index", "certificate"):
            np.testing.assert_array_equal(shard.points[key], reference.points[key], key)
        for key in ("verdict", "euler_failed", "parity_failed", "paths_distinct"):
            self.assertEqual(shard.attributes.get(key), reference.attributes.get(key), key)
        # a residual of 1e-11 moves an energy by its square; rounding by 1e-15
        np.testing.assert_allclose(shard.points["energy"] / factor, reference.points["energy"], rtol=0, atol=1e-13)
        # and a position by 1e-11 / lambda_min
        signs = np.sign(np.sum(shard.x * reference.x, axis=1))[:, np.newaxis]
        np.testing.assert_allclose(signs * shard.x, reference.x, rtol=0, atol=1e-8)
        np.testing.assert_array_equal(got.ensemble["histogram"], want.ensemble["histogram"])
        self.assertEqual(got.summary["counts"]["total"]["mean"], want.summary["counts"]["total"]["mean"])

    def check_factors(self, tensor, certify=False, **options):
        want = self.scaled(tensor, 1.0, **options)
        self.assertTrue((want.shards[0].points["certificate"] == 7).all())
        for factor in FACTORS:
            with self.subTest(factor=factor, **options):
                got = self.scaled(tensor, factor, **options)
                self.check_same(got, want, factor)
                if certify:
                    told = self.run_well("certify", got.folder)
                    n_points = len(want.shards[0].points)
                    self.assertIn(f"certified {n_points} of {n_points} points", told)
        return want

    def test_kofidis_regalia(self):
        want = self.check_factors(kofidis_regalia(), certify=True)
        energies = np.sort(want.shards[0].points["energy"])
        # e = lambda / sqrt(N); four digits are printed, some of them cut off
        np.testing.assert_allclose(energies * math.sqrt(3.0), np.sort(EIGENVALUES), rtol=0, atol=1e-4)
        self.assertEqual(want.shards[0].attributes["verdict"], "checked")

    def test_random(self):
        self.check_factors(random_cubic(), certify=True)

    def test_homotopy(self):
        for tensor in (kofidis_regalia(), random_cubic()):
            want = self.check_factors(tensor, search_kind="homotopy")
            self.assertEqual(want.shards[0].attributes["verdict"], "proved")

    def test_minima(self):
        for tensor in (kofidis_regalia(), random_cubic()):
            self.check_factors(tensor, search_kind="minima", search_starts=300)

    def test_powers_of_two(self):
        """They change no rounding: every search ends in the same bits."""
        tensor = random_cubic()
        for options in ({}, {"search_kind": "homotopy"}, {"search_kind": "minima", "search_starts": 100},
                        {"search_kind": "minima", "search_starts": 100, "descent_method": "lbfgs"},
                        {"search_kind": "minima", "search_starts": 10, "descent_method": "newton_cg"},
                        {"spectrum_method": "slepc"}):
            want = self.scaled(tensor, 1.0, **options).shards[0]
            for factor in POWERS_OF_TWO:
                with self.subTest(factor=factor, **options):
                    got = self.scaled(tensor, factor, **options).shards[0]
                    self.assertEqual(got.x.tobytes(), want.x.tobytes())
                    for key in ("index", "certificate", "hits", "radius"):
                        np.testing.assert_array_equal(got.points[key], want.points[key], key)
                    for key in ("energy", "mu", "lambda_min"):
                        np.testing.assert_array_equal(got.points[key] / factor, want.points[key], key)

    def test_free_energies_and_windows(self):
        """What is given in energies goes with the factor."""
        tensor = random_cubic()
        for options in (lambda factor: {"model_type": "tap", "model_temperature": repr(0.25 * factor)},
                        lambda factor: {"search_energy": f"{-1.5 * factor!r}:{-0.5 * factor!r}"}):
            want = self.scaled(tensor, 1.0, **options(1.0)).shards[0]
            self.assertGreater(len(want.points), 0)
            for factor in POWERS_OF_TWO:
                with self.subTest(factor=factor):
                    got = self.scaled(tensor, factor, **options(factor)).shards[0]
                    self.assertEqual(got.x.tobytes(), want.x.tobytes())

    def test_tolerances_in_units_of_the_tensor(self):
        """K3: options that are wide for energies of a thousand, and are relative to them."""
        campaign = self.scaled(kofidis_regalia(), 1e3, search_gradient_tol=1e-7, census_energy_tol=1e-4,
                               campaign_bin_width=10)
        self.assertEqual(campaign.shards[0].points["certificate"].tolist(), [7] * 11)
        self.assertEqual(campaign.ensemble["histogram"].sum(), 22)

    def test_bins_are_relative(self):
        """As many bins as at factor 1, their edges that many times farther."""
        tensor = random_cubic()
        edges = [self.scaled(tensor, factor).ensemble["bin_edges"] for factor in (1.0, 256.0)]
        np.testing.assert_array_equal(edges[1], 256.0 * edges[0])

    def refuse(self, *parts, **options):
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="refused", **options)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertFalse((self.folder / "refused").exists())

    def test_tolerances_that_cannot_work_together(self):
        model = {"model_p": 3, "model_n": 5, "campaign_samples": 1}
        self.refuse("-search_gradient_tol 1e-05", "-census_overlap_tol 1e-09", **model, search_gradient_tol=1e-5)
        self.refuse("-search_gradient_tol 2e-09", "-census_overlap_tol 1e-15", **model, search_gradient_tol=2e-9,
                    census_overlap_tol=1e-15)
        self.refuse("-search_gradient_tol 5e-07", "-census_energy_tol 1e-12", **model, search_gradient_tol=5e-7,
                    census_energy_tol=1e-12)
        self.refuse("-campaign_bin_width 0.001", "-census_energy_tol 0.01", **model, campaign_bin_width=1e-3,
                    census_energy_tol=0.01)
        self.census(**model, search_gradient_tol=1e-5, census_overlap_tol=1e-6)

    def test_a_law_that_is_not_the_tensors(self):
        name, entries = random_cubic()
        with h5py.File(self.folder / "large.h5", "w") as file:
            file[name] = 1e3 * entries
        self.refuse("-model_couplings large.h5", "-model_p", model_couplings="large.h5", model_p=3)


if __name__ == "__main__":
    unittest.main()
