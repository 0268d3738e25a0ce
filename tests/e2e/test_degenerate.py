# kr_test: ranks=2 labels=census,cases timeout=300
"""Tensors whose critical points are not all regular: isolated singular points are one entry with their degree and
multiplicity, sets of positive dimension one entry with their dimension, and every search ends."""
import math
import unittest

import degenerate
import h5py
import kacrice_test
import numpy as np

UNKNOWN = -(2**31)
SHORT = ("two_cubes", "sine", "monkey", "rank_one_p3_n2", "one_entry_000_n4", "one_entry_012_n4", "identity_n6",
         "twice_1_and_2", "norm_p4_n3", "disc_squared", "cross_squared", "rank_one_p6_n4", "cubes_3_of_4")


class DegenerateCase(kacrice_test.Case):
    def take(self, case, name=None, **options):
        case.write(self.folder / f"{case.name}.h5")
        name = name or case.name
        result = kacrice_test.run("census", model_couplings=f"{case.name}.h5", campaign_out=name, cwd=self.folder,
                                  timeout=120, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return kacrice_test.Campaign(self.folder / name).shards[0], result.stdout

    def check(self, case):
        with self.subTest(case=case.name):
            shard, _ = self.take(case)
            points = shard.points
            regular = points[points["nullity"] == 0]
            singular = points[(points["nullity"] > 0) & (points["dimension"] == 0)]
            continua = points[points["dimension"] > 0]
            self.assertIn(shard.attributes["verdict"], ("checked", "estimated"))
            self.assertEqual(shard.attributes["n_singular"], len(singular))
            self.assertEqual(shard.attributes["n_continua"], len(continua))
            if case.answer is None:
                return
            self.assertEqual(len(regular), case.answer.regular)
            self.assertEqual(sorted(continua["dimension"]), sorted(case.answer.continua))
            self.assertEqual(len(singular), len(case.answer.singular))
            for point, (nullity, degree, multiplicity) in zip(singular, case.answer.singular):
                self.assertEqual(point["nullity"], nullity)
                self.assertIn(point["degree"], (degree,) if nullity < 4 else (degree, UNKNOWN))
                self.assertIn(point["multiplicity"], (multiplicity, 0) if nullity > 2 else (multiplicity,))

    def energies(self, case, expected):
        """Energies of the regular points, one of each pair, as |e|."""
        shard, _ = self.take(case, name=f"{case.name}_e")
        regular = shard.points[shard.points["nullity"] == 0]
        np.testing.assert_allclose(sorted(abs(regular["energy"])), sorted(expected), rtol=1e-12)


class Degenerate(DegenerateCase):
    def test_answers(self):
        for name in SHORT:
            self.check(degenerate.CASES[name])

    def test_antipodes_of_mixtures_are_two_points(self):
        """-(x0^2 + x1^2)^2 + c x1^3: +-e0 and +-e2 are singular, +-e1 and two points off the plane x2 = 0 are regular."""
        disc = {(0, 0): 1.0, (1, 1): 1.0}
        with h5py.File(self.folder / "mixed.h5", "w") as file:
            file["tensor_p4"] = -degenerate.polynomial(3, 4, degenerate.times(disc, disc))
            file["tensor_p3"] = degenerate.polynomial(3, 3, {(1, 1, 1): 0.7})
        self.run_well("census", model_couplings="mixed.h5", campaign_out="mixed")
        shard = kacrice_test.Campaign(self.folder / "mixed").shards[0]
        self.assertEqual(shard.attributes["verdict"], "checked")
        self.assertEqual(sorted(shard.points["nullity"] > 0), 4 * [False] + 4 * [True])
        for axis in (0, 2):
            self.assertEqual(sorted(round(x[axis] / math.sqrt(3), 9) for x in shard.x if abs(x[axis]) > 1.7320), [-1.0, 1.0])

    def test_energies(self):
        self.energies(degenerate.CASES["monkey"], 3 * [0.75 * math.sqrt(2 / 3)])
        self.energies(degenerate.CASES["two_cubes"], [8.459433250468])
        self.energies(degenerate.CASES["sine"], [e / math.sqrt(5) for e in SINE])

    def test_words(self):
        shard, text = self.take(degenerate.CASES["monkey"])
        self.assertIn("4 antipodal pairs, 1 of them singular", text)
        self.assertNotIn("warning", text)
        self.assertEqual(shard.count.sum(), 8)
        self.assertEqual((shard.attributes["euler_checked"], shard.attributes["euler_failed"]), (1, 0))
        self.assertEqual((shard.attributes["parity_checked"], shard.attributes["parity_failed"]), (1, 0))
        shown = kacrice_test.run("inspect", "monkey", inspect_sample=0, cwd=self.folder).stdout
        self.assertIn("2 null directions, Morse index -2, multiplicity 4", shown)
        again = kacrice_test.run("certify", "monkey", cwd=self.folder)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        shard, text = self.take(degenerate.CASES["two_cubes"])
        self.assertIn("1 antipodal pair, 0 of them singular, and 1 set of positive dimension: no number of points", text)
        self.assertNotIn("warning", text)
        self.assertEqual(shard.count.sum(), 2)
        self.assertEqual((shard.attributes["euler_checked"], shard.attributes["parity_checked"]), (0, 0))

    def test_same_for_any_ranks(self):
        for name in ("two_cubes", "monkey"):
            alone, _ = self.take(degenerate.CASES[name], name=f"{name}_1")
            shared, _ = self.take(degenerate.CASES[name], name=f"{name}_2", ranks=2, campaign_group_size=2)
            self.assertEqual(alone.points.tobytes(), shared.points.tobytes())
            self.assertEqual(alone.x.tobytes(), shared.x.tobytes())

    def test_homotopy(self):
        shard, text = self.take(degenerate.CASES["monkey"], name="paths", search_kind="homotopy")
        self.assertEqual(len(shard.points), 4)
        self.assertEqual(shard.attributes["verdict"], "checked")
        self.assertEqual(shard.attributes["missing"], 0)
        shard, text = self.take(degenerate.CASES["two_cubes"], name="lost", search_kind="homotopy")
        self.assertNotIn("-search_starts", text)

    def test_minima_and_windows(self):
        shard, _ = self.take(degenerate.CASES["opposite"], name="m", search_kind="minima")
        self.assertEqual(list(shard.points["dimension"]), [1])
        self.assertAlmostEqual(shard.points["energy"][0], -0.5, places=12)
        shard, _ = self.take(degenerate.CASES["two_cubes"], name="w", search_energy="-1:1")
        self.assertEqual(list(shard.points["dimension"]), [1])

    def test_regular_ones_pass(self):
        """Closed forms: energies equal in masses are not a set."""
        n = 6
        cubes = degenerate.Case("fermat_p3", 3, degenerate.powers(list(np.eye(n)), 3))
        self.energies(cubes, [1 / math.sqrt(m * n) for m in range(1, n + 1) for _ in range(math.comb(n, m))])
        fourths = degenerate.Case("fermat_p4", 4, degenerate.powers(list(np.eye(4)), 4))
        self.energies(fourths, [1 / (2 * m) / math.sqrt(4) * 2
                                for m in range(1, 5) for _ in range(2**(m - 1) * math.comb(4, m))])
        weights = (5.0, 2.0, 1.0)
        diagonal = degenerate.Case("diagonal", 3, sum(w * degenerate.powers([v], 3)
                                                      for w, v in zip(weights, np.eye(3))))
        sets = [[w for k, w in enumerate(weights) if s >> k & 1] for s in range(1, 8)]
        self.energies(diagonal, [1 / math.sqrt(3 * sum(w**-2 for w in some)) for some in sets])
        kofidis = degenerate.Case("kofidis", 4, degenerate.symmetric(3, 4, KOFIDIS_REGALIA))
        shard, _ = self.take(kofidis)
        np.testing.assert_allclose(sorted(shard.points["energy"] * math.sqrt(3)), sorted(KOFIDIS_VALUES), atol=6e-5)


# Kofidis & Regalia 2002, example 1; Z-eigenvalues of Kolda & Mayo 2011, to four digits
KOFIDIS_REGALIA = {
    (0, 0, 0, 0): 0.2883, (0, 0, 0, 1): -0.0031, (0, 0, 0, 2): 0.1973, (0, 0, 1, 1): -0.2485, (0, 0, 1, 2): -0.2939,
    (0, 0, 2, 2): 0.3847, (0, 1, 1, 1): 0.2972, (0, 1, 1, 2): 0.1862, (0, 1, 2, 2): 0.0919, (0, 2, 2, 2): -0.3619,
    (1, 1, 1, 1): 0.1241, (1, 1, 1, 2): -0.3420, (1, 1, 2, 2): 0.2127, (1, 2, 2, 2): 0.2727, (2, 2, 2, 2): -0.3054}
KOFIDIS_VALUES = (0.8893, 0.8169, 0.5105, 0.3633, 0.2682, 0.2628, 0.2433, 0.1735, -0.0451, -0.5629, -1.0954)


def sine_values():
    """sin(i + j + k) = Im e^{i(i+j+k)} is a binary cubic in u.x and v.x: its eigenvalues by a scan of the circle."""
    i = np.arange(1, 6)
    basis, _ = np.linalg.qr(np.array([np.sin(i), np.cos(i)]).T)
    tensor = degenerate.CASES["sine"].tensor
    def slope(t):
        x, dx = basis @ [math.cos(t), math.sin(t)], basis @ [-math.sin(t), math.cos(t)]
        return np.einsum("ijk,i,j,k", tensor, x, x, dx)
    found, ts = [], np.linspace(0, math.pi, 2001)
    for a, b in zip(ts, ts[1:]):
        if slope(a) * slope(b) < 0:
            for _ in range(100):
                middle = (a + b) / 2
                a, b = (middle, b) if slope(a) * slope(middle) > 0 else (a, middle)
            x = basis @ [math.cos(a), math.sin(a)]
            found.append(abs(np.einsum("ijk,i,j,k", tensor, x, x, x)))
    return found


SINE = sine_values()

if __name__ == "__main__":
    unittest.main()
