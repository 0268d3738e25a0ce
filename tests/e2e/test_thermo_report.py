"""Campaigns of kacrice thermo in kacrice_io and in the report: numbers of the page against the files by plain h5py, the
statistics against plain numpy, pages of odd campaigns, what is refused.

# kr_test: timeout=240 ranks=1
"""
import importlib.util
import json
import math
import pathlib
import shutil
import sys
import tempfile
import types
import unittest
import warnings
from unittest import mock

import h5py
import numpy as np

from test_report import ROOT, Page, kacrice, report

sys.path.insert(0, str(ROOT / "scripts"))

import kacrice_io  # noqa: E402  (found only through the line above)
from report import style, thermo, thermo_captions, thermo_page  # noqa: E402
from report.verdict import short  # noqa: E402

spec = importlib.util.spec_from_file_location("report_script", ROOT / "scripts" / "report.py")  # report is the package
SCRIPT = importlib.util.module_from_spec(spec)
spec.loader.exec_module(SCRIPT)

FIGURES = ("energy_temperature.png", "configurational_entropy.png", "overlap_distribution.png", "adam_gibbs.png")
SHORT = ("-thermo_burn_in", "50", "-thermo_sweeps", "192", "-thermo_quenches", "2")


def setUpModule():
    """A study of N = 8, 10, 12 with the four figures, a census and a folder of TAP states beside them."""
    global HOME, STUDY
    HOME = tempfile.TemporaryDirectory(prefix="kacrice-thermo-")
    STUDY = pathlib.Path(HOME.name) / "study"
    for n in (8, 10, 12):
        run(STUDY / f"t{n}", "-model_n", str(n), "-campaign_samples", "12", "-campaign_seed", str(n),
            "-thermo_temperatures", "2:0.7:8", "-thermo_relaxation", "30")
    kacrice("census", "-model_n", "5", "-campaign_samples", "12", "-campaign_out", str(STUDY / "n5"))
    kacrice("tap", str(STUDY / "n5"), "-tap_temperature", "0.2,0.3", "-tap_starts", "50", "-tap_out", str(STUDY / "tap5"))


def tearDownModule():
    HOME.cleanup()


def run(folder, *options):
    """A small campaign."""
    kacrice("thermo", *SHORT, *options, "-campaign_out", str(folder))
    return folder


def new_folder():
    """An empty folder that goes away with the module."""
    return pathlib.Path(tempfile.mkdtemp(dir=HOME.name))


def copy(*names):
    """A study with some of the campaigns, to be spoilt."""
    folder = new_folder()
    for name in names:
        shutil.copytree(STUDY / name, folder / name)
    return folder


def sets_of(path):
    """All data sets of a file by h5py alone."""
    with h5py.File(path) as file:
        return {name: data[()] for name, data in file.items()}


class Reader(unittest.TestCase):
    """kacrice_io against plain h5py."""

    def test_thermo_is_what_its_files_hold(self):
        found = kacrice_io.load(STUDY / "t10")
        ensemble = sets_of(STUDY / "t10" / "ensemble.h5")
        self.assertEqual((type(found), found.n, len(found), found.kind), (kacrice_io.Thermo, 10, 12, "thermo"))
        for name, data in ensemble.items():
            got = found.mean(name) if name in found.quantities or name.endswith("_stderr") else getattr(found, name)
            np.testing.assert_array_equal(got, data, name)
        np.testing.assert_array_equal(found.stderr("swap"), ensemble["swap_stderr"])
        self.assertTrue(math.isinf(found.temperatures[0]))
        self.assertAlmostEqual(found.temperatures[-1], 0.7, 12)
        np.testing.assert_array_equal(found.limit["energy"], ensemble["equilibrium"][:, 5])
        width = np.diff(found.overlap_edges)
        np.testing.assert_allclose(found.overlaps @ width, 1.0, rtol=1e-12)  # P(q) is a density

    def test_means_are_those_of_the_samples(self):
        found = kacrice_io.load(STUDY / "t10")
        rows = np.array([shard.temperatures for shard in found.shards()])
        self.assertEqual(rows.shape, (12, len(found.beta)))
        for name in ("energy", "heat", "entropy", "swap", "overlap_square"):
            np.testing.assert_allclose(found.mean(name), rows[name].mean(axis=0), rtol=0, atol=1e-12, equal_nan=True)
            np.testing.assert_allclose(found.stderr(name), rows[name].std(axis=0, ddof=1) / math.sqrt(12), atol=1e-12)
        np.testing.assert_allclose(found.correlation, np.mean([s.correlation for s in found.shards()], axis=0), atol=1e-12)
        self.assertEqual(found.shard(3).sample, 3)
        self.assertEqual(found.sample_numbers, list(range(12)))

    def test_study_has_all_kinds(self):
        study = kacrice_io.load(STUDY)
        self.assertEqual((study.ns, [one.n for one in study.thermo], [one.n for one in study.tap]), ([5], [8, 10, 12], [5]))
        tap = study.tap[0]
        np.testing.assert_array_equal(tap.temperatures, [0.2, 0.3])
        states = np.concatenate([shard.states["free_energy"] for shard in tap.shards()])
        np.testing.assert_array_equal(np.sort(tap.states[:, 2]), np.sort(states))

    def test_without_dynamics_and_fields(self):
        found = kacrice_io.load(run(new_folder() / "t", "-model_n", "6", "-campaign_samples", "2"))
        self.assertEqual((found.times.size, found.correlation.size, found.potential.size), (0, 0, 0))


class Statistics(unittest.TestCase):
    """What the report computes itself, by plain numpy."""

    def test_kauzmann_temperatures_are_extrapolated(self):
        # exact lines in 1/sqrt(N): that exponent must give the intercept with chi-square 0, and the others not
        def campaign(n):
            return types.SimpleNamespace(n=n, planted=None, kauzmann=lambda: (0.8 - 1.5 / math.sqrt(n), 0.01 + 0.1 / n))
        study = types.SimpleNamespace(campaigns=[campaign(n) for n in (16, 32, 64, 128)])
        found = {words: row for words, *row in thermo.ThermoStudy.extrapolated(study)}
        value, error, chi_square, dof = found["1/2"]
        self.assertAlmostEqual(value, 0.8, 10)
        self.assertAlmostEqual(chi_square, 0.0, 10)
        self.assertEqual(dof, 2)
        n = np.array([16.0, 32.0, 64.0, 128.0])
        coefficients, covariance = np.polyfit(n**-0.5, 0.8 - 1.5 / np.sqrt(n), 1, w=1 / (0.01 + 0.1 / n), cov="unscaled")
        self.assertAlmostEqual(value, coefficients[1], 10)
        self.assertAlmostEqual(error, math.sqrt(covariance[1, 1]), 10)
        self.assertGreater(found["1"][2], 1.0)

    def test_fewer_than_three_sizes_are_not(self):
        study = thermo.ThermoStudy(STUDY, [thermo.Thermo(STUDY / name) for name in ("t8", "t10")])
        self.assertEqual(study.extrapolated(), [])

    def test_the_line_of_adam_and_gibbs_is_least_squares_of_its_points(self):
        lines = 0
        for name in ("t8", "t10", "t12"):
            line = thermo.Thermo(STUDY / name).adam_gibbs
            if line is None:
                continue
            lines += 1
            slope, intercept = np.polyfit(line.x, line.y, 1)
            self.assertAlmostEqual(line.slope, slope, 9)
            self.assertAlmostEqual(line.intercept, intercept, 9)
            self.assertAlmostEqual(line.determination, np.corrcoef(line.x, line.y)[0, 1]**2, 9)
            self.assertAlmostEqual(line.rms, math.sqrt(np.sum(line.residuals**2) / (len(line.x) - 2)), 12)
        self.assertGreater(lines, 0)

    def test_doubts_follow_the_numbers(self):
        folder = copy("t10") / "t10"
        path = folder / "summary.json"
        summary = json.loads(path.read_text())
        told = summary["equilibration"]
        told.update(agreement=1.1, slowest_sweeps=3.0, lowest_swap=0.3)
        path.write_text(json.dumps(summary))
        self.assertEqual(thermo.Thermo(folder).doubts, [])
        for name, value, words in (("agreement", 2.4, "starts differ by 2.4"), ("slowest_sweeps", 50.0, "50 of 192 sweeps"),
                                   ("lowest_swap", 0.01, "exchange in 0.01")):
            before, told[name] = told[name], value
            path.write_text(json.dumps(summary))
            one = thermo.Thermo(folder)
            self.assertEqual(len(one.doubts), 1)
            self.assertIn(words, one.doubts[0])
            self.assertEqual(thermo_page.judge(thermo.ThermoStudy(folder, [one]))[0], "incomplete")
            told[name] = before


def roughly(figure):
    """In the place of style.render: everything is laid out and drawn, but small."""
    figure.set_dpi(30)
    figure.canvas.draw()
    style.pyplot.close(figure)
    return b"", b""


class Written(unittest.TestCase):
    """What the script writes."""

    def page(self, folder, stderr=""):
        done = report(folder)
        self.assertEqual((done.returncode, done.stderr), (0, stderr))
        page = Page((folder / "report.html").read_text(encoding="utf-8"))
        self.assertEqual((page.open, page.wrong), ([], []))
        return page

    def rough(self, folder):
        """The page with figures drawn roughly, and what was left out; a warning is a failure."""
        with mock.patch.object(style, "render", roughly), warnings.catch_warnings():
            warnings.simplefilter("error")
            files, left_out = SCRIPT.make_report(folder)
        page = Page(files["report.html"].decode("utf-8"))
        self.assertEqual((page.open, page.wrong), ([], []))
        return page, left_out

    def test_the_table_has_the_numbers_of_the_files(self):
        page, _ = self.rough(STUDY / "t10")
        ensemble = sets_of(STUDY / "t10" / "ensemble.h5")
        for i, beta in enumerate(ensemble["beta"]):
            if beta == 0.0:
                continue
            temperature, e, error = 1.0 / beta, ensemble["energy"][i], ensemble["energy_stderr"][i]
            # equilibrium above T_K = 0.8288: -1/T; below, of kacrice theory
            limit = -beta if temperature > 0.8289 else ensemble["equilibrium"][i][5]
            z = f"{(e - limit) / error:.2f}".replace("-", "−")
            line = f"{temperature:.4f} {short(e, error)} "
            self.assertIn(line, page.text)
            rest = page.text.split(line)[1].split()
            self.assertEqual(rest[1], z, line)
            self.assertAlmostEqual(float(rest[0].replace("−", "-")), limit, delta=error)
            heat, swap = ensemble["heat"][i], ensemble["swap"][i]
            self.assertEqual(rest[2], short(heat, ensemble["heat_stderr"][i]))
            if math.isfinite(swap):
                self.assertAlmostEqual(float(rest[6]), swap, delta=0.006)
            tau = ensemble["relaxation"][i]
            tau_error = ensemble["relaxation_stderr"][i]
            if math.isfinite(tau_error):
                self.assertEqual(rest[8], short(tau, tau_error))
            else:
                self.assertEqual(rest[8] == "–", not math.isfinite(tau))
        for words in ("Equilibrium at T > 0", "N = 10", "12 disorder samples", "= 0.8660", "= 0.8288", "Figure 4."):
            self.assertIn(words, page.text)
        trips = json.loads((STUDY / "t10" / "summary.json").read_text())["equilibration"]["round_trips"]
        self.assertIn(f" {trips:.0f} ", page.text.replace("\u202f", ""))

    def test_four_figures_and_the_same_bytes(self):
        folder = STUDY / "t10"
        self.page(folder)
        first = {name: (folder / name).read_bytes() for name in ("report.html", *FIGURES)}
        for name in FIGURES:
            self.assertEqual(first[name][:8], b"\x89PNG\r\n\x1a\n", name)
        self.assertEqual(SCRIPT.make_report(folder)[0], first)

    def test_study_beside_a_census(self):
        page, warned = self.rough(STUDY)
        self.assertEqual(warned, ["tap5 holds TAP states (kacrice tap)"])
        self.assertEqual(page.tags.count("img"), 3 + 4)
        for words in ("Critical points against the number of spins", "Figure 7.", "Campaigns of Monte Carlo", "N −1/3"):
            self.assertIn(words, page.text)

    def test_study_of_monte_carlo_alone(self):
        page, _ = self.rough(copy("t8", "t12"))
        self.assertIn("N = 8 to 12", page.text)
        self.assertNotIn("Critical points against", page.text)

    def test_odd_campaigns(self):
        tensor = new_folder() / "tensor.h5"
        kacrice("export", "-model_p", "3", "-model_n", "5", "-campaign_sample", "0", "-export_out", str(tensor))
        for options, words in ((("-model_mixture", "2:0.8,4:0.2", "-model_n", "5"), "0.8 q 2 + 0.2 q 4"),
                               (("-model_p", "2", "-model_n", "6", "-thermo_quenches", "0"), "the overlap grows from zero"),
                               (("-model_couplings", str(tensor), "-model_n", "5", "-thermo_infinity", "false",
                                 "-thermo_temperatures", "1"), "no law is known"),
                               (("-model_n", "8", "-thermo_plant", "0.9", "-thermo_overlaps", "4"), "planted")):
            samples = "1" if "-model_couplings" in options else "2"
            page, _ = self.rough(run(new_folder() / "odd", "-campaign_samples", samples, *options))
            self.assertIn(words, page.text)


class Refused(unittest.TestCase):
    """One line for the user; what the script does with it: test_report.py, and once here."""

    def refused(self, folder, *words):
        with self.assertRaises(kacrice_io.ReadError) as caught:
            SCRIPT.make_report(folder)
        self.assertNotIn("\n", str(caught.exception))
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_one_line_and_nothing_written(self):
        folder = copy("t8") / "t8"
        (folder / "ensemble.h5").write_bytes(b"no HDF5")
        before = sorted(path.name for path in folder.iterdir())
        done = report(folder)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertEqual(before, sorted(path.name for path in folder.iterdir()))

    def test_damaged_files(self):
        for spoil, word in ((lambda file: file.__delitem__("heat"), "heat"),
                            (lambda file: file.__delitem__("equilibrium"), "run the campaign's command again")):
            folder = copy("t8") / "t8"
            with h5py.File(folder / "ensemble.h5", "r+") as file:
                spoil(file)
            self.refused(folder, "ensemble.h5", word)
        for key in ("equilibration", "kauzmann", "samples"):
            folder = copy("t8") / "t8"
            summary = json.loads((folder / "summary.json").read_text())
            del summary[key]
            (folder / "summary.json").write_text(json.dumps(summary))
            self.refused(folder, "summary.json", key)

    def test_files_of_different_campaigns(self):
        folder = copy("t8", "t10")
        shutil.copy(folder / "t10" / "ensemble.h5", folder / "t8" / "ensemble.h5")
        self.refused(folder / "t8", "8", "10")

    def test_unfinished(self):
        folder = copy("t8")
        (folder / "t8" / "ensemble.h5").unlink()
        self.refused(folder / "t8", "ensemble.h5", "run its command again")
        self.refused(folder, "none of its campaigns", "t8 has not finished")

    def test_two_models(self):
        folder = copy("t8")
        run(folder / "p4", "-model_p", "4", "-model_n", "6", "-campaign_samples", "2")
        self.refused(folder, "p4", "t8", "different models")
        shutil.rmtree(folder / "t8")
        shutil.copytree(STUDY / "n5", folder / "n5")
        self.refused(folder, "p4", "n5", "different models")


class Captions(unittest.TestCase):
    """Sentences follow the numbers."""

    def test_quality_names_slope_and_scatter(self):
        study = thermo.ThermoStudy(STUDY, [thermo.Thermo(STUDY / "t10")])
        line = study.largest.adam_gibbs
        self.assertIn(short(line.slope, line.slope_error), thermo_captions.quality(study))


if __name__ == "__main__":
    unittest.main()
