# kr_test: ranks=2 labels=theory timeout=300
"""kacrice states: every number against numpy on the shards of the same campaign, any number of ranks, and refusals."""
import json
import math
import unittest

import h5py
import numpy as np

from kacrice_test import Case, run

PURE = {"model_p": 3, "model_n": 8, "campaign_samples": 60, "spectrum_lowest": 7, "campaign_seed": 3}
TEMPERATURES = [0.2, 0.5, 0.84]


def tap_state(p, e, t):
    """q, f, u by bisection on the branch q > (p-2)/p: written out here, docs/theory/thermodynamics.md."""
    z = (-p * e - math.sqrt(p * p * e * e - 4 * p * (p - 1))) / (2 * p * (p - 1))
    low, high = (p - 2) / p, 1.0
    for _ in range(200):
        q = (low + high) / 2
        low, high = (q, high) if (1 - q) * q ** (p / 2 - 1) > t * z else (low, q)
    onsager = 1 - p * q ** (p - 1) + (p - 1) * q**p
    return q, e * q ** (p / 2) - t / 2 * math.log(1 - q) - onsager / (2 * t), e * q ** (p / 2) - onsager / t


def minima(shard, odd):
    """e and ln det of the distinct minima of a shard."""
    points, lowest = shard.points, shard.sets["lowest"]
    n = len(shard.count)
    found = [(p["energy"], np.sum(np.log(v[:n - 1]))) for p, v in zip(points, lowest) if p["index"] == 0]
    if odd:
        found += [(-p["energy"], np.sum(np.log(-v[:n - 1]))) for p, v in zip(points, lowest) if p["index"] == n - 1]
    return np.array(found).reshape(-1, 2)


def weigh(log_weights, energies, n, t, multiplicity):
    """ln Z, F, u, S, Y of numpy."""
    w = np.exp(log_weights - log_weights.max())
    z = w.sum()
    w /= z
    log_z = math.log(multiplicity * z) + log_weights.max()
    return log_z, -t * log_z / n, w @ energies, -np.sum(w * np.log(np.maximum(w, 1e-300))), np.sum(w**2)


def gaussian(e, log_det, n, t):
    """ln of the weight of a minimum by the Gaussian integral."""
    area = math.log(2) + n / 2 * math.log(math.pi) + (n - 1) / 2 * math.log(n) - math.lgamma(n / 2)
    return -n * e / t + (n - 1) / 2 * math.log(2 * math.pi * t) - log_det / 2 - area


class States(Case):
    def states(self, campaign, name="states", ranks=None, **options):
        text = self.run_well("states", campaign.folder, states_out=name, ranks=ranks, **options)
        with h5py.File(self.folder / f"{name}.h5") as file:
            sets = {key: data[:] for key, data in file.items()}
        return text, sets, json.loads((self.folder / f"{name}.json").read_text())

    def assert_columns(self, sets, sample, t, want, message):
        for name, value in zip(("log_z", "free_energy", "energy", "entropy", "participation"), want):
            self.assertAlmostEqual(sets[name][sample, t], value, delta=1e-9 * max(1, abs(value)), msg=f"{message} {name}")

    def test_tap_against_numpy(self):
        """60 samples of 0.15 states each: without any, with probability 1e-4; this seed has some."""
        campaign = self.census(**PURE)
        text, sets, summary = self.states(campaign, states_temperature="0.2,0.5,0.84", states_few=1.5)
        threshold = -2 * math.sqrt(2 / 3)
        n_states, top = 0, math.sqrt(8) / 3
        for s, shard in enumerate(campaign.shards.values()):
            e = minima(shard, True)[:, 0]
            self.assertEqual(sets["samples"][s, 1], len(e))
            e = e[e <= threshold]
            self.assertEqual(sets["samples"][s, 2], len(e))
            n_states += len(e)
            for t, temperature in enumerate(TEMPERATURES):
                self.assertEqual(sets["count"][s, t], len(e))
                if len(e) == 0:
                    self.assertEqual(sets["log_z"][s, t], -np.inf)
                    self.assertTrue(np.isnan(sets["energy"][s, t]))
                    continue
                f, u = np.array([tap_state(3, x, temperature)[1:] for x in e]).T
                self.assert_columns(sets, s, t, weigh(-8 * f / temperature, u, 8, temperature, 1), f"sample {s}")
        self.assertGreater(n_states, 0)
        self.assertIn(f"{n_states} carry a state (tap)", text)
        self.check_bins(campaign, sets, threshold)
        self.check_summary(sets, summary, n_states)
        self.assertAlmostEqual(h5py.File(self.folder / "states.h5").attrs["temperature_highest"], top, delta=1e-7)
        self.assert_refused(campaign.folder, "-states_temperature 3", "T <= 0.942", states_temperature=3)

    def check_bins(self, campaign, sets, threshold):
        """Bins of e that end at -E_inf, their images in f, and the expected number by kacrice theory."""
        edges, (mean, expected) = sets["edges"], sets["bins"].T
        self.assertAlmostEqual(edges[0, -1], threshold, delta=1e-12)
        energies = np.concatenate([minima(shard, True)[:, 0] for shard in campaign.shards.values()])
        np.testing.assert_allclose(mean * 60, np.histogram(energies[energies < threshold], edges[0])[0], atol=1e-9)
        for b in (1, 50, -2):
            self.assertAlmostEqual(edges[2, b], tap_state(3, edges[0, b], 0.5)[1], delta=1e-11)
        self.run_well("theory", model_p=3, model_n=8, theory_bin_width=0.001, theory_out="t.h5")
        with h5py.File(self.folder / "t.h5") as file:
            lower = file.attrs["bin_first"] + 0.001 * np.arange(len(file["binned"]))
            below = file["binned"][:, 0][lower < threshold - 0.001].sum()
        self.assertLess(abs(expected.sum() / below - 1), 0.01)  # a bin of theory is cut by the threshold

    def check_summary(self, sets, summary, n_states):
        with_states = np.isfinite(sets["log_z"][:, 0])
        self.assertEqual(summary["samples"], {"used": 60, "skipped": 0, "with_states": int(with_states.sum())})
        self.assertEqual(summary["distinct_states"], n_states)
        self.assertAlmostEqual(summary["states"]["mean"], n_states / 60)
        self.assertLess(abs(summary["states"]["z"]), 4)
        for t, item in enumerate(summary["temperatures"]):
            column = sets["free_energy"][with_states, t]
            self.assertAlmostEqual(item["free_energy"]["mean"], column.mean(), delta=1e-12)
            self.assertAlmostEqual(item["free_energy"]["stderr"], column.std(ddof=1) / np.sqrt(len(column)), delta=1e-12)
            z = np.exp(sets["log_z"][:, t])
            self.assertAlmostEqual(item["free_energy_annealed"]["mean"], -TEMPERATURES[t] * math.log(z.mean()) / 8, delta=1e-12)
        self.assertIsNone(summary["temperatures"][0]["free_energy_annealed_exact"])  # below T_K rare samples rule
        last = summary["temperatures"][2]
        self.assertAlmostEqual(last["limit"]["free_energy"], -0.5 / 0.84)
        # ln of a heavy-tailed mean: within five errors of the exact one
        self.assertLess(abs(last["free_energy_annealed"]["mean"] - last["free_energy_annealed_exact"]),
                        5 * last["free_energy_annealed"]["stderr"])

    def test_harmonic_against_numpy(self):
        for odd, options in ((True, PURE), (False, {**PURE, "model_p": 4, "model_n": 6, "campaign_samples": 6})):
            campaign, n = self.census(**options), options["model_n"]
            given = {"states_temperature": "0.05:0.25:3", "states_kind": "harmonic", "states_few": 1.5}
            text, sets, summary = self.states(campaign, **given)
            self.check_ranks(campaign, text, sets, summary, given)
            for s, shard in enumerate(campaign.shards.values()):
                e, log_det = minima(shard, odd).T
                for t, temperature in enumerate((0.05, 0.15, 0.25)):
                    want = weigh(gaussian(e, log_det, n, temperature), e + (n - 1) * temperature / (2 * n), n, temperature,
                                 1 if odd else 2)
                    self.assert_columns(sets, s, t, want, f"sample {s}")
                self.check_kauzmann(sets["samples"][s, 3], n, e, log_det)
            found = sets["samples"][:, 3]
            self.assertEqual(summary["kauzmann"]["always_few"], np.sum(np.isinf(found)))
            median = np.sort(found)[(len(found) - 1) // 2]
            self.assertEqual(summary["kauzmann"]["median"], None if np.isinf(median) else median)

    def check_kauzmann(self, found, n, e, log_det):
        """1/Y is 1.5 there, and below it everywhere colder; infinite where it never comes to that."""
        def spread(t):
            return 1 / weigh(gaussian(e, log_det, n, t), e, n, t, 1)[4]
        if np.isfinite(found):
            self.assertAlmostEqual(spread(found), 1.5, delta=1e-8)
        for t in np.linspace(0.01, min(found, 0.76) * 0.999, 50):
            self.assertLess(spread(t), 1.5)

    def test_exact_at_low_temperature(self):
        """p = 2, N = 3: Z is a one-dimensional integral over the sphere for each pair of minima; harmonic at T -> 0."""
        campaign = self.census(model_p=2, model_n=3, campaign_samples=4, spectrum_lowest=2)
        _, sets, _ = self.states(campaign, states_temperature="0.02,0.04", states_kind="harmonic")
        couplings = self.export("J.h5", model_p=2, model_n=3, campaign_sample=0)["tensor_p2"]
        lam = np.linalg.eigvalsh(couplings / 2 + couplings.T / 2)
        # H = sqrt(3) x J x on |x| = 1; average over the sphere by Gauss-Legendre in cos(theta) along the lowest
        # eigenvector and the trapezoidal rule in the angle about it
        cosine, weight = np.polynomial.legendre.leggauss(4000)
        angle = np.linspace(0, 2 * np.pi, 512, endpoint=False)
        for t, temperature in enumerate((0.02, 0.04)):
            around = lam[1] * np.cos(angle[:, None]) ** 2 + lam[2] * np.sin(angle[:, None]) ** 2
            energy = math.sqrt(3) * (lam[0] * cosine**2 + around * (1 - cosine**2)) - math.sqrt(3) * lam[0]
            mean = (np.exp(-energy / temperature).mean(axis=0) * weight).sum() / 2
            exact = math.log(mean) - math.sqrt(3) * lam[0] / temperature
            # the next order is linear in T: the error halves with T
            self.assertLess(abs(sets["log_z"][0, t] - exact), 2 * temperature / (math.sqrt(3) * (lam[1] - lam[0])))

    def check_ranks(self, campaign, text, sets, summary, options):
        for ranks in (2, 3) if summary["n"] == 8 else (2,):
            other_text, other_sets, other_summary = self.states(campaign, f"r{ranks}", ranks=ranks, **options)
            self.assertEqual(other_text, text)
            self.assertEqual(other_summary, summary)
            for name, data in sets.items():
                self.assertEqual(other_sets[name].tobytes(), data.tobytes(), name)
        self.run_well("states", campaign.folder, **options)  # into the folder
        self.assertTrue((campaign.folder / "states.h5").exists() and (campaign.folder / "states.json").exists())

    def assert_refused(self, folder, *words, **options):
        done = run("states", folder, cwd=self.folder, states_out="no", **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse(list(self.folder.glob("no.*")))

    def test_refuses(self):
        campaign = self.census(**{**PURE, "campaign_samples": 3, "spectrum_lowest": 4})
        folder, cold = campaign.folder, {"states_temperature": "0.3"}
        self.assert_refused(folder, "-states_temperature (nothing)")
        self.assert_refused(folder, "-states_temperature 0", "greater than 0", states_temperature=0)
        self.assert_refused(folder, "-states_few 0.5", states_few=0.5, **cold)
        self.assert_refused(folder, "-states_kind", "tap|harmonic", states_kind="all", **cold)
        self.assert_refused(folder, "did you mean -states_temperature", states_temperatur=1)
        self.assert_refused(folder, "4 of 7 eigenvalues", "-spectrum_lowest 7", states_kind="harmonic", **cold)
        self.assert_refused("nowhere", "nowhere/campaign.json", "states wants", **cold)
        for stem, lost in (("summary", "summary.json"), ("ensemble", "ensemble.h5")):
            before = (folder / lost).read_bytes()
            done = run("states", folder, cwd=self.folder, states_out=folder / stem, **cold)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("is not replaced", done.stderr)
            self.assertEqual((folder / lost).read_bytes(), before)
        empty = self.census(**{**PURE, "campaign_samples": 1})
        next(iter(empty.shard_paths.values())).unlink()
        self.assert_refused(empty.folder, "no finished sample", **cold)

    def test_refuses_what_has_no_states(self):
        mixed = self.census(model_mixture="3:0.5,4:0.5", model_n=4, campaign_samples=1)
        self.assert_refused(mixed.folder, "-states_kind tap", "-states_kind harmonic", states_temperature=0.3)
        self.run_well("export", export_out="J.h5", model_n=4)
        mine = self.census(model_couplings="J.h5", spectrum_lowest=3)
        self.assert_refused(mine.folder, "-states_kind tap", "tensor from a file", "-states_kind harmonic",
                            states_temperature=0.3)
        self.run_well("states", mine.folder, states_kind="harmonic", states_temperature=0.1)
        known = self.census(model_couplings="J.h5", model_p=3)  # then the law is
        self.assert_refused(known.folder, "below -E_inf", states_temperature=0.3)
        tap = self.census(model_type="tap", model_temperature=0.2, model_n=4, campaign_samples=1, search_starts=20,
                          census_missing=0)
        for kind in ("tap", "harmonic"):
            self.assert_refused(tap.folder, "-model_type tap", "T = 0.2", states_kind=kind, states_temperature=0.3)
        window = self.census(**{**PURE, "campaign_samples": 1}, search_energy="-2.5:-1.7")
        self.assert_refused(window.folder, "ends at -1.7", "-1.63299", states_temperature=0.3)
        window = self.census(**{**PURE, "campaign_samples": 1}, search_energy="-1.6:-1")
        self.assert_refused(window.folder, "begins at -1.6", states_temperature=0.3)
        few = self.census(**{**PURE, "campaign_samples": 1, "campaign_seed": 1})
        self.assert_refused(few.folder, "below -E_inf", "-states_kind harmonic", states_temperature=0.3)

    def test_incomplete_samples(self):
        """With few starts some lists are not complete: refused with their number, or left out."""
        campaign = self.census(**{**PURE, "campaign_samples": 20}, search_starts=1000)
        verdicts = [shard.attributes["verdict"] for shard in campaign.shards.values()]
        n_bad = sum(verdict == "incomplete" for verdict in verdicts)
        self.assertTrue(0 < n_bad < 20, n_bad)
        options = {"states_temperature": 0.3, "states_kind": "harmonic"}
        self.assert_refused(campaign.folder, f"{n_bad} of 20 samples", "-states_incomplete skip", **options)
        _, sets, summary = self.states(campaign, states_incomplete="skip", **options)
        self.assertEqual(summary["samples"]["skipped"], n_bad)
        want = [number for number, verdict in zip(campaign.shards, verdicts) if verdict != "incomplete"]
        np.testing.assert_array_equal(sets["samples"][:, 0], want)
        none = self.census(**{**PURE, "campaign_samples": 2}, search_starts=10)
        self.assert_refused(none.folder, "none of its 2 samples", states_incomplete="skip", **options)


if __name__ == "__main__":
    unittest.main()
