# kr_test: ranks=2 timeout=300
"""Monte Carlo as a campaign: the same records on any number of ranks and groups, after an interruption as without one;
files that say what they hold; bad input told in one line."""
import json
import signal
import subprocess
import time
import unittest
import warnings

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
        self.assertRegex(said, r"(?m)^  overlaps \[[0-9]+\]\[80\]: number of overlaps q")
        said = self.run_well("inspect", folder, inspect_sample=2)
        self.assertRegex(said, r"(?m)^  sweeps +320 ")
        self.assertRegex(said, r"(?m)^ *temperature .* energy ")

    def test_the_limit_beside_it_is_that_of_theory(self):
        folder = self.thermo("out", **SMALL)
        summary = json.loads((folder / "summary.json").read_text())
        with h5py.File(folder / "ensemble.h5") as file:
            rows, curve = file["equilibrium"][:], file["equilibrium_curve"][:]
            attributes = dict(file.attrs)
        finite = np.isfinite(rows[:, 0])
        chosen = np.concatenate((rows[finite], curve[::20]))
        self.run_well("theory", theory_out="t.h5", theory_temperature=",".join(repr(t) for t in chosen[:, 0].tolist()))
        with h5py.File(self.folder / "t.h5") as file:
            # the temperatures went through a text of 17 digits, and 1/T once more
            np.testing.assert_allclose(chosen, file["equilibrium"][:], rtol=1e-12, atol=1e-14)
            for name in ("temperature_dynamic", "temperature_static", "q_static", "complexity_dynamic"):
                self.assertEqual(attributes[name], file.attrs[name])
        self.assertEqual([item["limit"]["energy"] for item in summary["temperatures"][1:]], list(rows[1:, 5]))
        self.assertEqual(summary["limit"]["temperature_static"], attributes["temperature_static"])
        self.assertTrue((np.diff(curve[:, 0]) < 0).all())
        self.assertAlmostEqual(curve[-1, 0], 0.7, 12)

    def test_no_limit_where_one_step_is_not_exact(self):
        # 0.8 q^2 + 0.2 q^4 has a continuous x(q) below sqrt(1.6) (Crisanti & Leuzzi 2006)
        folder = self.thermo("out", **{**SMALL, "model_mixture": "2:0.8,4:0.2", "campaign_samples": 2})
        limits = [item["limit"] for item in json.loads((folder / "summary.json").read_text())["temperatures"]]
        self.assertAlmostEqual(limits[2]["energy"], -0.5, 12)  # T = 2
        self.assertEqual(set(limits[-1].values()), {None})     # T = 0.7

    def test_errors_of_relaxation_and_of_the_line_by_leaving_samples_out(self):
        folder = self.thermo("out", **{**SMALL, "campaign_samples": 6, "thermo_relaxation": 40,
                                       "thermo_temperatures": "2:0.9:8", "thermo_infinity": "true"})
        with h5py.File(folder / "ensemble.h5") as file:
            ensemble = {name: data[:] for name, data in file.items()}
        found = []
        for path in sorted(folder.glob("samples/*/s*.h5")):
            with h5py.File(path) as file:
                rows = file["temperatures"]
                found.append((file["correlation"][:], rows["configurational"], file["overlaps"][:],
                              rows["tap_configurational"]))
        correlation, s_conf, overlaps, s_tap = (np.array(part) for part in zip(*found))
        times, beta = ensemble["times"], ensemble["beta"]

        def relaxation(mean):
            """Where the correlation crosses 1/e, on a straight line in ln t between two times."""
            tau = np.full(len(mean), np.nan)
            for t, line in enumerate(mean):
                below = np.flatnonzero(line <= np.exp(-1))
                if beta[t] > 0 and len(below):
                    i = below[0]
                    part = (line[i - 1] - np.exp(-1)) / (line[i - 1] - line[i])
                    tau[t] = np.exp((1 - part) * np.log(times[i - 1]) + part * np.log(times[i]))
            return tau

        def line(kept, used):
            x = beta[used] / s_conf[kept][:, used].mean(axis=0)
            return np.polyfit(x, np.log(relaxation(correlation[kept].mean(axis=0))[used]), 1)

        def jackknife(values):
            return np.sqrt((len(values) - 1) * np.var(values, axis=0))

        everyone = np.arange(6)
        others = [np.delete(everyone, s) for s in everyone]
        taus = np.array([relaxation(correlation[kept].mean(axis=0)) for kept in others])
        np.testing.assert_allclose(ensemble["relaxation"], relaxation(correlation.mean(axis=0)), rtol=1e-9)
        np.testing.assert_allclose(ensemble["relaxation_stderr"], jackknife(taus), rtol=1e-6)
        density = overlaps / overlaps.sum(axis=2, keepdims=True) * 40
        np.testing.assert_allclose(ensemble["overlaps_stderr"], density.std(axis=0, ddof=1) / np.sqrt(6), atol=1e-12)
        mean, error = s_conf.mean(axis=0), s_conf.std(axis=0, ddof=1) / np.sqrt(6)
        used = np.flatnonzero(np.isfinite(jackknife(taus)) & (mean > 0) & (error < mean)
                              & (np.arange(len(mean)) >= np.nanargmax(mean)))
        told = json.loads((folder / "summary.json").read_text())["adam_gibbs"]
        self.assertEqual(told["points"], len(used))
        self.assertGreaterEqual(len(used), 3)
        slope, intercept = line(everyone, used)
        errors = jackknife([line(kept, used) for kept in others])
        np.testing.assert_allclose([told["slope"], told["intercept"]], [slope, intercept], rtol=1e-8)
        np.testing.assert_allclose([told["slope_stderr"], told["intercept_stderr"]], errors, rtol=1e-5)
        kauzmann = json.loads((folder / "summary.json").read_text())["kauzmann"]
        cold = beta * 1.35 >= beta[-1]

        def vanishes(values):
            """Temperature at which the mean is zero on a straight line in 1/T; a sample without a value is left out."""
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # no sample has a value
                mean = np.nanmean(values, axis=0)
            has = cold & np.isfinite(mean)
            slope, at_zero = np.polyfit(beta[has], mean[has], 1) if has.sum() > 2 else (np.nan, np.nan)
            return -slope / at_zero if slope < 0 else np.nan

        for name, values in (("harmonic", s_conf), ("tap", s_tap)):
            told = [np.nan if kauzmann[name][key] is None else kauzmann[name][key] for key in ("temperature", "stderr")]
            errors = jackknife([vanishes(values[kept]) for kept in others])
            np.testing.assert_allclose(told, [vanishes(values), errors], rtol=1e-6, err_msg=name)
        self.assertIsNotNone(kauzmann["harmonic"]["stderr"])

    def test_the_potential_is_the_mean_over_samples(self):
        folder = self.thermo("out", **{**SMALL, "thermo_plant": 1, "thermo_overlaps": 5, "thermo_quenches": 0,
                                       "thermo_relaxation": 0})
        rows = []
        for path in sorted(folder.glob("samples/*/s*.h5")):
            with h5py.File(path) as file:
                rows.append(file["potential"][:])
        with h5py.File(folder / "ensemble.h5") as file:
            self.assertEqual(file["potential"].shape, (5, 6))
            np.testing.assert_allclose(file["potential"][:], np.mean(rows, axis=0), atol=1e-13)
            np.testing.assert_allclose(file["potential_stderr"][:], np.std(rows, axis=0, ddof=1) / 2, atol=1e-7)

    def test_status_shows_it_in_a_study(self):
        self.thermo("study/t12", **SMALL)
        self.run_well("census", model_n=5, campaign_samples=3, campaign_out="study/n5")
        self.run_well("tap", "study/n5", tap_temperature=0.2, tap_out="study/tap5")
        told = json.loads(self.run_well("status", "study", status_json="true", ranks=2))["campaigns"]
        self.assertEqual([(one["kind"], one["n"], one["asked"], one["done"], one["left"]) for one in told],
                         [("all", 5, 3, 3, 0), ("thermo", 12, 4, 4, 0), ("tap", 5, 3, 3, 0)])
        self.assertEqual(["mean" in one for one in told], [True, False, False])
        text = self.run_well("status", "study/t12")
        self.assertIn("p = 3, N = 12, thermo", text)
        self.assertNotIn("verdicts", text)

    def stopped_between(self, name, options):
        """Exit code of a run that is told to stop when it has done a sample; 0 when it was done before it heard of it."""
        run = subprocess.Popen(kacrice_test.command("thermo", campaign_out=name, **options), cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 60
        while not list((self.folder / name).glob("samples/*/s*.h5")) and time.monotonic() < deadline:
            time.sleep(0.01)
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=120)[1]
        self.assertIn(run.returncode, (0, 75), said)
        return run.returncode

    def test_goes_on_after_a_stop(self):
        # samples of about 0.3 s on one core: the signal comes in the midst of them
        options = {**SMALL, "campaign_samples": 5, "thermo_sweeps": 3200}
        whole = shards(self.thermo("whole", **options))
        for name, period in (("states", 600), ("none", 0)):
            how = {**options, "campaign_checkpoint": period}
            self.in_the_middle(name, lambda: self.stopped_between(name, how) == 75)
            self.assertLess(len(shards(self.folder / name)), 5)
            if period == 0:
                self.assertFalse((self.folder / name / "running").exists())
            self.assertEqual(shards(self.thermo(name, **how)), whole)

    def test_limits_with_several_samples(self):
        options = {**SMALL, "campaign_samples": 6, "thermo_sweeps": 3200}
        runs = 0
        while True:
            began = time.monotonic()
            done = kacrice_test.run("thermo", cwd=self.folder, campaign_out="parts", campaign_maxtime=1.5, **options)
            runs += 1
            if done.returncode == 0:
                break
            self.assertEqual(done.returncode, 75, done.stderr)
            self.assertLess(time.monotonic() - began, 1.5 + 60)
        print(f"{runs} runs")
        self.assertEqual(shards(self.folder / "parts"), shards(self.thermo("whole", **options)))

    def check_stops(self, name, **options):
        """A run of which nearly all is one loop of minutes or hours ends soon after a signal, and has done no sample."""
        run = subprocess.Popen(kacrice_test.command("thermo", campaign_out=name, **{**SMALL, **options}), cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        deadline = time.monotonic() + 60
        while not list((self.folder / name).glob("runs/*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(3)
        self.assertIsNone(run.poll())
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=100)[1]  # a moment, on a machine that has nothing else to do
        self.assertEqual(run.returncode, 75, said)
        self.assertEqual(shards(self.folder / name), {})

    def test_stops_within_relaxation(self):
        options = {"thermo_relaxation": 1e7, "thermo_burn_in": 1, "thermo_sweeps": 64}
        self.check_stops("one", **options)
        self.check_stops("two", ranks=2, campaign_group_size=2, **options)

    def test_stops_within_the_potential(self):
        # 2000 replicas are held, 4 are not
        self.check_stops("held", thermo_plant=1, thermo_overlaps=1000, thermo_ladders=2, thermo_temperatures="1.5,1.4",
                         thermo_infinity="false", thermo_relaxation=0, thermo_quenches=0, thermo_burn_in=20000,
                         thermo_sweeps=64)

    def test_bad_input_is_told(self):
        for text in ("-1,2", "1:2", "2:0.5:1", "2,,1"):
            self.refused("-thermo_temperatures", text, thermo_temperatures=text)
        self.refused("1.5 is in it twice", thermo_temperatures="1.5,1,1.5")
        self.refused("-thermo_ladders 3", "even", thermo_ladders=3)
        self.refused("-thermo_quenches 400: must be at most -thermo_sweeps, 320", thermo_quenches=400)
        self.refused("-campaign_target: kacrice thermo has no such option", campaign_target="total:0.1")
        self.refused("-thermo_plant 0.5", "T >= T_K = 0.8288", thermo_plant=0.5)
        self.refused("-thermo_plant 0.99", "T >= T_K = 1.41421", model_p=2, thermo_plant=0.99)
        self.refused("-thermo_overlaps 400: with -thermo_ladders 12", "4096 held replicas", "at most 341",
                     thermo_overlaps=400, thermo_ladders=12, thermo_plant=1)
        self.refused("-thermo_swepes", "-thermo_sweeps", thermo_swepes=5)
        self.refused("-search_kind", search_kind="all")
        self.refused("-campaign_group_size 2", "-thermo_ladders 4", campaign_group_size=2, thermo_ladders=2, ranks=2)

    def test_a_ladder_that_never_swaps_is_told_with_one_that_would(self):
        self.refused("with N = 200 replicas at 2 and 0.7 would exchange", "take 2:0.7, which makes",
                     model_n=200, thermo_temperatures="2,0.7")
        self.refused("with N = 40 replicas at 2 and 0.1 would exchange", model_n=40, thermo_temperatures="2,0.1")


if __name__ == "__main__":
    unittest.main()
