# kr_test: ranks=2 timeout=120
"""Exported couplings are the landscape itself: numpy finds the same energies, gradients and spectra in them, and a
census of the file is a census of the sample. A tensor of a user is taken as it is."""
import itertools
import math
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Case

LAWS = ({"model_p": 3, "model_n": 7}, {"model_p": 4, "model_n": 5}, {"model_p": 2, "model_n": 6},
        {"model_p": 5, "model_n": 4}, {"model_mixture": "3:0.36,4:0.64", "model_n": 4},
        {"model_mixture": "2:0.2,3:0.3,5:0.5", "model_n": 4})
SAMPLE = {"campaign_seed": 77, "campaign_sample": 3}
SEARCH = {"campaign_seed": 77, "campaign_samples": "3:4", "search_starts": 1500, "census_missing": 0}


def derivatives(couplings, x):
    """Energy density, gradient and Hessian of H = sum_p N^(-(p-1)/2) T_p(x, ..., x) at one point."""
    n = len(x)
    total, gradient, hessian = 0.0, np.zeros(n), np.zeros((n, n))
    for name, tensor in couplings.items():
        order = int(name.removeprefix("tensor_p"))
        scale = n ** (-(order - 1) / 2)
        while tensor.ndim > 2:
            tensor = tensor @ x
        hessian += scale * order * (order - 1) * tensor
        gradient += scale * order * (tensor @ x)
        total += scale * (x @ tensor @ x)
    return total / n, gradient, hessian


class Export(Case):
    def test_dense_tensors_are_symmetric(self):
        for law in LAWS:
            for name, tensor in self.export("t.h5", **law, **SAMPLE).items():
                order = int(name.removeprefix("tensor_p"))
                self.assertEqual(tensor.shape, (law["model_n"],) * order)
                for a in range(order - 1):  # neighbours swapped: they generate all permutations
                    self.assertEqual(np.swapaxes(tensor, a, a + 1).tobytes(), tensor.tobytes(), f"{name} {law}")

    def test_packed_coefficients_are_entries_times_multiplicity(self):
        for law in LAWS:
            dense = self.export("d.h5", **law, **SAMPLE)
            packed = self.export("p.h5", export_format="packed", **law, **SAMPLE)
            self.assertEqual([name.replace("tensor", "coefficients") for name in dense], list(packed))
            for name, tensor in dense.items():
                order = int(name.removeprefix("tensor_p"))
                want = []
                for indices in itertools.combinations_with_replacement(range(law["model_n"]), order):
                    repeats = [len(list(same)) for _, same in itertools.groupby(indices)]
                    orders = math.factorial(order) // math.prod(math.factorial(m) for m in repeats)
                    want.append(tensor[indices] * orders)
                # dividing and multiplying by the multiplicity: two roundings
                np.testing.assert_allclose(packed[f"coefficients_p{order}"], want, rtol=5e-16)

    def test_the_file_tells_where_it_comes_from(self):
        self.export("t.h5", model_mixture="3:0.36,4:0.64", model_n=5, **SAMPLE)
        with h5py.File(self.folder / "t.h5") as file:
            self.assertEqual(file.attrs["filetype"], "kacrice tensors")
            self.assertEqual(list(file.attrs["format_version"]), [2, 3])
            options = dict(line.split(" ", 1) for line in file.attrs["options"].splitlines())
            for name in ("program", "program_version", "git_hash", "compiler", "libraries", "host", "created", "ranks"):
                self.assertIn(name, file.attrs)
        self.assertEqual((options["-campaign_seed"], options["-campaign_sample"]), ("77", "3"))
        self.assertEqual(options["-model_mixture"], "3:0.36,4:0.64")


class Landscape(Case):
    def test_points_are_critical_points_of_the_exported_couplings(self):
        for law in LAWS:
            with self.subTest(**law):
                couplings = self.export("t.h5", **law, **SAMPLE)
                shard = self.census(**law, **SEARCH).shards[3]
                n = law["model_n"]
                np.testing.assert_allclose((shard.x ** 2).sum(axis=1), n, rtol=1e-14)
                np.testing.assert_allclose(kacrice_test.energies(couplings, shard.x), shard.points["energy"], rtol=0,
                                           atol=1e-10 / n)
                for i in range(len(shard.points)):
                    self.check_point(couplings, shard, i)

    def check_point(self, couplings, shard, i):
        point, x = shard.points[i], shard.x[i]
        n = len(x)
        energy, gradient, hessian = derivatives(couplings, x)
        mu = x @ gradient / n
        tangential = gradient - mu * x
        # the tolerance of a search is 1e-11; sums of at most N^p = 1024 terms round to less than 1e-12
        self.assertLess(np.linalg.norm(tangential) / np.sqrt(n), 1.2e-11)
        self.assertAlmostEqual(energy, point["energy"], delta=1e-11)
        self.assertAlmostEqual(mu, point["mu"], delta=1e-11)
        basis = np.linalg.svd(x[None, :])[2][1:]  # of the tangent space
        eigenvalues = np.linalg.eigvalsh(basis @ hessian @ basis.T - mu * np.eye(n - 1))
        self.assertEqual((eigenvalues < 0).sum(), point["index"])
        # eigenvalues of order 10 at most: LAPACK rounds to 1e-14 of that, and x is off by 1e-11 / margin
        delta = 1e-11 + 1e-9 * np.abs(eigenvalues).max() / max(point["margin"], 1e-3)
        self.assertAlmostEqual(eigenvalues[0], point["lambda_min"], delta=delta)
        self.assertAlmostEqual(np.abs(eigenvalues).min(), point["margin"], delta=delta)
        for name, want in (("lowest", eigenvalues), ("highest", eigenvalues[::-1])):
            got = shard.sets[name][i]
            kept = got[~np.isnan(got)]
            self.assertEqual(len(kept), min(len(got), n - 1))
            np.testing.assert_allclose(kept, want[:len(kept)], rtol=0, atol=delta)


class Import(Case):
    def check_same_census(self, form, check_hits):
        for law in LAWS:
            with self.subTest(**law):
                drawn = self.census(**law, **SEARCH)
                self.export("t.h5", export_format=form, **law, **SAMPLE)
                brought = self.census(**law, **SEARCH, model_couplings="t.h5")
                self.assert_same_points(brought, drawn)
                if check_hits:
                    self.assert_same_hits(brought, drawn)

    def test_packed_file_gives_the_census_of_the_sample(self):
        self.check_same_census("packed", check_hits=True)

    def test_dense_file_gives_the_census_of_the_sample(self):
        # an entry is a coefficient over its multiplicity, rounded: searches on the border of two basins may differ
        self.check_same_census("dense", check_hits=False)

    def test_on_more_ranks(self):
        law = LAWS[0]
        self.export("t.h5", **law, **SAMPLE)
        common = {"model_couplings": "t.h5", "search_starts": 1500}
        one = self.census(**common)
        self.assert_same_hits(self.census(ranks=2, campaign_group_size=2, **common), one)
        self.assert_same_points(self.census(ranks=2, campaign_group_size=2, campaign_spread="tensor", **common), one)

    def test_an_expectation_only_with_a_law(self):
        law = LAWS[0]
        self.export("t.h5", **law, **SAMPLE)
        common = {"model_couplings": "t.h5", "search_starts": 200}
        bare = self.census(**common)
        self.assertIsNone(bare.summary["counts"]["total"]["expected"])
        self.assertIsNone(bare.summary["counts"]["index"][0]["energy_expected"])
        self.assertEqual(bare.summary["model"]["n"], 7)
        self.assertTrue(bare.summary["model"]["couplings"].endswith("t.h5"))
        self.assertTrue(np.isnan(bare.ensemble["expected"]).all())
        stated = self.census(model_p=3, **common)
        # E[total] for p = 3, N = 7: 2 (1 + 25076 sqrt(14) / 7^4) (Breiding 2017, number of pairs)
        self.assertAlmostEqual(stated.summary["counts"]["total"]["expected"], 2 * (1 + 25076 * math.sqrt(14) / 7 ** 4),
                               delta=1e-7)

    def test_a_tensor_of_ones(self):
        # H = N^-1 (sum x)^3: besides a ring of degenerate points where the sum is 0, only +-(1, ..., 1) is critical
        n = 4
        with h5py.File(self.folder / "ones.h5", "w") as file:
            file["tensor_p3"] = np.ones((n, n, n), dtype=np.float32)
        campaign = self.census(model_couplings="ones.h5", search_kind="minima", search_starts=50)
        energies, indices = campaign.points(0)
        self.assertAlmostEqual(energies[0], -n, delta=1e-12)  # -N^-1 N^3 / N
        self.assertEqual(indices[0], 0)

    def test_a_random_tensor_of_a_user(self):
        for order, n in ((3, 6), (4, 4), (2, 5)):
            entries = np.random.default_rng(order).standard_normal((n,) * order)
            tensor = sum(np.transpose(entries, axes) for axes in itertools.permutations(range(order)))
            tensor /= math.factorial(order)
            name = f"mine{order}.h5"
            with h5py.File(self.folder / name, "w") as file:
                file[f"tensor_p{order}"] = tensor
            campaign = self.census(model_couplings=name, search_starts=2000)
            shard = campaign.shards[0]
            self.assertGreater(len(shard.points), 4)
            for i in range(len(shard.points)):
                Landscape.check_point(self, {f"tensor_p{order}": tensor}, shard, i)
            if n % 2 == 0 and order == 3:
                self.assertEqual(campaign.summary["completeness"]["parity_failed"], 0)

    def test_the_scale_of_a_tensor_does_not_matter(self):
        tensor = self.export("t.h5", model_n=6)["tensor_p3"]
        points = {}
        for scale in (1e-6, 1.0, 1e6):
            with h5py.File(self.folder / "scaled.h5", "w") as file:
                file["tensor_p3"] = scale * tensor
            campaign = self.census(model_couplings="scaled.h5", search_starts=1500)
            points[scale] = campaign.points(0)
        for scale, (energies, indices) in points.items():
            self.assertEqual(len(energies), len(points[1.0][0]), f"scale {scale}")
            np.testing.assert_allclose(energies / scale, points[1.0][0], rtol=0, atol=1e-8)
            np.testing.assert_array_equal(indices, points[1.0][1])


if __name__ == "__main__":
    unittest.main()
