# kr_test: labels=theory timeout=120
"""kacrice theory -theory_temperature: what is printed and stored, against formulas written out here, and refusals."""
import re
import unittest

import h5py
import numpy as np

from kacrice_test import Case, run

PURE = {"model_p": 3, "model_n": 3, "theory_temperature": "0.3,0.84:0.9:3", "theory_energies": 7, "theory_overlaps": 10}


class Thermodynamics(Case):
    def theory(self, **options):
        text = self.run_well("theory", theory_out="t.h5", **options)
        with h5py.File(self.folder / "t.h5") as file:
            return text, dict(file.attrs), {name: data[:] for name, data in file.items()}

    def test_tables(self):
        text, scalars, tables = self.theory(**PURE)
        self.assertAlmostEqual(scalars["temperature_dynamic"], np.sqrt(3) / 2, delta=1e-12)
        self.assertAlmostEqual(scalars["complexity_dynamic"], np.log(2) / 2 - 1 / 3, delta=1e-12)
        self.check_equilibrium(tables["equilibrium"], scalars)
        self.check_states(tables["tap_states"], scalars)
        t, q, u, x = tables["threshold"][:2].T
        np.testing.assert_allclose(6 * q * (1 - q) ** 2, t**2, rtol=1e-12)
        np.testing.assert_allclose(u, -(1 - (1 - x) * q**3) / t, rtol=1e-12)
        self.assertTrue(np.all(np.isnan(tables["threshold"][2:, 1:])))  # above T_d
        self.check_potential(tables["franz_parisi"])
        rows = re.search(r"\nequilibrium.*\n.*\n((?:.+\n)+)", text)[1].splitlines()
        self.assertEqual([row.split()[1] for row in rows], ["glass", "states", "paramagnet", "paramagnet"])
        for row, want in zip(rows, tables["equilibrium"]):
            self.assertAlmostEqual(float(row.split()[4]), want[4], delta=1e-10)

    def check_equilibrium(self, rows, scalars):
        t, phase, q, m, f, u, sigma, e, _ = rows.T
        np.testing.assert_allclose(t, [0.3, 0.84, 0.87, 0.9])
        np.testing.assert_array_equal(phase, [2, 1, 0, 0])
        np.testing.assert_allclose(f[1:], -0.5 / t[1:])
        np.testing.assert_allclose(u, -(1 - (1 - m) * q**3) / t, rtol=1e-13)
        np.testing.assert_allclose(3 * q * (1 - q) * (1 - (1 - m) * q), t**2 * (q > 0), rtol=1e-12)
        self.assertAlmostEqual(e[0], scalars["e_0"], delta=1e-12)
        self.assertAlmostEqual(sigma[1], -0.5 * (q[1] ** 3 / t[1] ** 2 + q[1] + np.log(1 - q[1])), delta=1e-14)

    def check_states(self, rows, scalars):
        """Stationary in q, on energies from E_0 to -E_inf; the lowest is the glass; the complexity is that of minima."""
        self.assertEqual(len(rows), 4 * 7)
        t, e, spinodal, q, f, u, sigma, _ = rows.T
        z = (1 - q) * np.sqrt(q) / t
        np.testing.assert_allclose(6 * z**2 + 3 * e * z + 1, 0, atol=2e-8)  # double root at -E_inf
        self.assertTrue(np.all(q > 1 / 3) and np.all(spinodal > t))
        np.testing.assert_allclose(f, e * q**1.5 - t / 2 * np.log(1 - q) - (1 - 3 * q**2 + 2 * q**3) / (2 * t), rtol=1e-12)
        np.testing.assert_allclose(u, e * q**1.5 - (1 - 3 * q**2 + 2 * q**3) / t, rtol=1e-12)
        np.testing.assert_allclose(e[[0, 6]], [scalars["e_0"], scalars["e_threshold"]])
        np.testing.assert_allclose(sigma[[0, 6]], [0, np.log(2) / 2 - 1 / 3], atol=1e-12)

    def check_potential(self, rows):
        """Only temperatures with a reference in equilibrium; -beta V at a root of the saddle equation."""
        t, held, x, q, v, u, _, exact = rows.T
        np.testing.assert_array_equal(np.unique(t), np.unique(held))
        self.assertEqual(len(rows), 30)
        np.testing.assert_allclose(q - x**2, 3 * q**2 * (1 - q) ** 2 / t**2, atol=1e-13)
        want = x**3 / t**2 - q**3 / (2 * t**2) + 0.5 * (np.log(1 - q) + (q - x**2) / (1 - q))
        np.testing.assert_allclose(-v / t, want, atol=1e-13)
        np.testing.assert_allclose(u, -(x**3 + 1 - q**3) / t, rtol=1e-13)
        self.assertTrue(0 < np.sum(exact == 0) < 10 and np.all(exact[x == 0] == 1))

    def test_mixtures_have_no_table_of_states(self):
        text, scalars, tables = self.theory(model_mixture="3:0.36,4:0.64", model_n=3, theory_temperature="0.75",
                                            theory_reference_temperature=0.8)
        self.assertEqual(len(tables["tap_states"]), 0)
        self.assertNotIn("TAP states", text)
        t, q, m, f, u, sigma, _ = tables["states"].T
        self.assertIn("states by their overlap", text)
        self.assertAlmostEqual(sigma[0], 0, delta=1e-12)
        self.assertTrue(np.all(np.diff(sigma) > 0) and np.all(np.diff(f) > 0) and np.all(np.diff(q) < 0))
        np.testing.assert_allclose(u, -(1 - (1 - m) * (0.36 * q**3 + 0.64 * q**4)) / t, rtol=1e-12)
        # dSigma/df = m/T, by differences of the table
        middle = (m[1:] + m[:-1]) / 2
        np.testing.assert_allclose(np.diff(sigma) / np.diff(f), middle / 0.75, rtol=1e-3)
        self.assertGreater(scalars["temperature_dynamic"], scalars["temperature_static"])
        np.testing.assert_array_equal(tables["franz_parisi"][:, 1], 0.8)

    def test_without_temperatures_nothing_is_new(self):
        text, scalars, tables = self.theory(model_p=3, model_n=3)
        self.assertNotIn("T_d", text)
        self.assertNotIn("temperature_dynamic", scalars)
        self.assertNotIn("equilibrium", tables)

    def test_refuses(self):
        full = {"model_mixture": "2:0.8,4:0.2"}
        for options, words in (
                ({"theory_temperature": "0"}, ["-theory_temperature 0", "greater than 0"]),
                ({"theory_temperature": "1e-300"}, ["-theory_temperature 1e-300", "at least 1e-100"]),
                ({"theory_temperature": "0.5,-1"}, ["-theory_temperature 0.5,-1", "-1 must be greater"]),
                ({"theory_temperature": "cold"}, ["-theory_temperature cold", "0.1:0.9:5"]),
                ({"theory_temperature": "0.5:0.6"}, ["-theory_temperature 0.5:0.6", "first:last:number"]),
                ({"theory_temperature": "0.5:0.6:1001"}, ["more than 1000"]),
                ({"theory_temperature": "nan"}, ["-theory_temperature nan"]),
                ({"theory_temperature": "0.5", **full}, ["-theory_temperature 0.5", "T >= 1.26"]),
                ({"theory_temperature": "0.9", "theory_reference_temperature": 0.5}, ["0.5", "T_K = 0.8288"]),
                ({"theory_reference_temperature": 0.9}, ["-theory_temperature"])):
            with self.subTest(options):
                done = run("theory", cwd=self.folder, theory_out="t.h5", **options)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertFalse((self.folder / "t.h5").exists())


if __name__ == "__main__":
    unittest.main()
