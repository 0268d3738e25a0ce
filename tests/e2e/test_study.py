"""Studies: what kacrice_io reads, the statistics over campaigns of several N, the page, what is refused.

# kr_test: timeout=300 ranks=1
"""
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types
import unittest

import h5py
import numpy as np

from test_report import ROOT, Page, kacrice, report

sys.path.insert(0, str(ROOT / "scripts"))

import kacrice_io  # noqa: E402  (found only through the line above)
from report import finite_size, law  # noqa: E402

FIGURES = ("complexity_by_size.png", "minima_by_size.png", "complexity_by_energy.png")
SIZES = (4, 5, 6)
MIXTURE = "3:0.36,4:0.64"


def setUpModule():
    """One study for all tests: N = 4, 5, 6 with one seed, minima at N = 7 with another."""
    global HOME, STUDY
    HOME = tempfile.TemporaryDirectory(prefix="kacrice-study-")
    STUDY = pathlib.Path(HOME.name) / "study"
    for n in SIZES:
        census(STUDY / f"n{n}", "-model_n", str(n), "-campaign_samples", "60")
    census(STUDY / "minima7", "-model_n", "7", "-campaign_samples", "60", "-search_kind", "minima", "-campaign_seed", "7",
           "-search_starts", "200")
    (STUDY / "theory").mkdir()
    kacrice("theory", "-model_n", "10", "-theory_indices", "3", "-theory_out", str(STUDY / "theory" / "n10.h5"))


def tearDownModule():
    HOME.cleanup()


def census(folder, *options):
    """A small campaign."""
    kacrice("census", *(() if "-model_mixture" in options else ("-model_p", "3")), *options, "-campaign_out", str(folder))


def new_folder():
    """An empty folder that goes away with the module."""
    return pathlib.Path(tempfile.mkdtemp(dir=HOME.name))


def copy(*names):
    """A study with some of the campaigns, to be spoilt."""
    folder = new_folder()
    for name in names or (path.name for path in STUDY.iterdir() if path.is_dir()):
        shutil.copytree(STUDY / name, folder / name)
    return folder


class Reader(unittest.TestCase):
    """kacrice_io against plain h5py and json."""

    def test_campaign_is_what_its_files_hold(self):
        campaign = kacrice_io.load(STUDY / "n6")
        summary = json.loads((STUDY / "n6" / "summary.json").read_text())
        self.assertEqual((campaign.n, campaign.n_samples, len(campaign), campaign.kind), (6, 60, 60, "all"))
        with h5py.File(STUDY / "n6" / "ensemble.h5") as file:
            points = file["points"][()]
            for name, data in file.items():
                if name != "points":
                    np.testing.assert_array_equal(getattr(campaign, name), data[()], name)
        np.testing.assert_array_equal(campaign.points.array, points)
        self.assertEqual(len(campaign.points), len(points))
        for k in range(6):
            np.testing.assert_array_equal(campaign.energies(k=k), points["energy"][points["index"] == k])
        chosen = (points["index"] == 1) & (points["sample"] == 7)
        np.testing.assert_array_equal(campaign.energies(k=1, sample=7), points["energy"][chosen])
        for k, row in enumerate(summary["counts"]["index"]):
            self.assertEqual({name: campaign.by_index[name][k] for name in row}, row)
        self.assertEqual(campaign.total, summary["counts"]["total"])
        self.assertEqual((campaign.options["-model_n"], campaign.options["-campaign_seed"]), ("6", "1"))

    def test_what_is_unknown_is_nan(self):
        census(folder := new_folder() / "one", "-model_n", "4", "-campaign_samples", "1")
        campaign = kacrice_io.load(folder)
        self.assertTrue(math.isnan(campaign.total["stderr"]) and np.isnan(campaign.by_index["z"]).all())

    def test_shards_are_read_when_asked_for(self):
        campaign = kacrice_io.load(STUDY / "n6")
        shard = campaign.shard(7)
        self.assertNotIn("x", vars(shard))
        np.testing.assert_allclose((shard.x**2).sum(axis=1), 6.0, rtol=1e-12)  # on the sphere to rounding
        self.assertEqual((shard.sample, shard.verdict, len(shard.x)), (7, "checked", len(shard.points)))
        np.testing.assert_array_equal(shard.count, campaign.counts[7])
        self.assertEqual(sum(shard.reasons.values()), shard.attributes["starts"])
        self.assertEqual([one.sample for one in campaign.shards()], list(range(60)))
        with self.assertRaisesRegex(kacrice_io.ReadError, "sample 60"):
            campaign.shard(60)

    def test_ensemble_without_shards(self):
        folder = new_folder() / "bare"
        shutil.copytree(STUDY / "n5", folder, ignore=shutil.ignore_patterns("samples", "runs"))
        campaign = kacrice_io.load(folder)
        self.assertEqual((campaign.counts.shape, list(campaign.shards())), ((60, 5), []))

    def test_shards_of_merged_folders(self):
        folder = copy("n4", "n5")
        description = json.loads((folder / "n4" / "campaign.json").read_text())
        for merged in ([str(folder / "n4" / "parts" / "b")], ["n4/parts/a", "n4/parts/b"]):
            (folder / "n4" / "campaign.json").write_text(json.dumps({**description, "merged": merged}))
            if (folder / "n4" / "samples").exists():
                (folder / "n4" / "parts" / "b").mkdir(parents=True)
                (folder / "n4" / "samples").rename(folder / "n4" / "parts" / "b" / "samples")
            campaign = kacrice_io.load(folder / "n4")
            self.assertEqual([shard.sample for shard in campaign.shards()], list(range(60)))

    def test_study_ascends_in_n_and_leaves_out_what_has_not_finished(self):
        folder = copy()
        (folder / "n5" / "ensemble.h5").unlink()
        study = kacrice_io.load(folder)
        self.assertEqual((study.ns, len(study), study[6].n), ([4, 6, 7], 3, 6))
        self.assertEqual([path.name for path, _ in study.skipped], ["n5"])
        self.assertEqual((list(study.theory), study.theory[10].energy_std.shape), ([10], (3,)))
        # E[number of minima] at p = 3, N = 10 by an independent evaluation (docs/theory/kac_rice.md)
        self.assertAlmostEqual(study.theory[10].count[0], 6.0803872, 7)
        with self.assertRaises(KeyError):
            study[5]

    def test_needs_h5py_and_numpy_alone(self):
        code = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import kacrice_io; " \
               "sys.exit('matplotlib' in sys.modules or 'report' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-B", "-c", code], check=False).returncode, 0)

    def test_as_a_program(self):
        script = [sys.executable, "-B", str(ROOT / "scripts" / "kacrice_io.py")]
        done = subprocess.run([*script, str(STUDY)], capture_output=True, text=True, check=False)
        self.assertIn("n5: N = 5, all, 60 samples", done.stdout)
        done = subprocess.run([*script, HOME.name + "/nowhere"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("no such folder", done.stderr)

    def test_damaged_files_are_told(self):
        folder = copy("n4") / "n4"
        with h5py.File(folder / "ensemble.h5", "r+") as file:
            del file["annealed"]
        with self.assertRaisesRegex(kacrice_io.ReadError, "annealed"):
            kacrice_io.load(folder)
        folder = copy("n4") / "n4"
        data = (folder / "ensemble.h5").read_bytes()
        (folder / "ensemble.h5").write_bytes(data[:1000])
        with self.assertRaisesRegex(kacrice_io.ReadError, "ensemble.h5"):
            kacrice_io.load(folder)


class Statistics(unittest.TestCase):
    """Against what the C program computed, closed forms, and plain loops."""

    @classmethod
    def setUpClass(cls):
        cls.study = finite_size.Study(STUDY)

    def test_complexities_are_those_of_the_summary(self):
        entry = self.study.entries[2]
        rows = entry.campaign.summary["complexity"]["index"]
        for k in finite_size.LOWEST:
            log = entry.logs[k]
            for got, name in ((log.annealed.value, "annealed"), (log.annealed.error, "annealed_error"),
                              (log.annealed.exact, "exact"), (log.quenched.value, "quenched"),
                              (log.quenched.error, "quenched_error"), (log.empty, "empty_fraction")):
                self.assertAlmostEqual(got, rows[k][name], 12, f"{name} of k = {k}")  # the same sums in another order
        # of all: ln 50.8731/6, E[total] of p = 3, N = 6 (docs/theory/kac_rice.md)
        self.assertAlmostEqual(entry.logs[None].annealed.exact, math.log(50.873136517251) / 6, 12)

    def test_moments_of_minima_by_plain_loops(self):
        entry = self.study.entries[1]
        campaign = entry.campaign
        lists = [campaign.energies(k=0, sample=sample) for sample in campaign.samples["sample"]]
        number, mean, spread, lowest = entry.minima

        def leave_one_out(function):
            values = [function(np.concatenate(lists[:i] + lists[i + 1:])) for i in range(len(lists))]
            return math.sqrt((len(values) - 1) * np.var(values))

        energies = np.concatenate(lists)
        for got, want in ((number.value, len(energies) / 60), (mean.value, energies.mean()),
                          (mean.error, leave_one_out(np.mean)), (spread.value, energies.std()),
                          (spread.error, leave_one_out(np.std)), (lowest.value, np.mean([e.min() for e in lists]))):
            self.assertAlmostEqual(got, want, 10)
        self.assertEqual(mean.exact, campaign.by_index["energy_expected"][0])

    def test_exact_spread_from_bins_is_that_of_the_theory(self):
        for n, entry in zip((4, 5, 6, 7), self.study.entries):
            path = new_folder() / "t.h5"
            kacrice("theory", "-model_p", "3", "-model_n", str(n), "-theory_out", str(path))
            spread = kacrice_io.Theory(path).energy_std[0]
            # Sheppard's correction of a smooth density is exact to exp(-2 (pi std/width)^2); beyond the bins is at most
            # 1e-3 of the points, put at one energy: their scatter about it, 0.1, adds 1e-5 to the variance of 0.05 to 0.14
            self.assertAlmostEqual(entry.exact_energy()[1], spread, delta=2e-4 * spread)

    def test_limits_are_those_of_kacrice_theory(self):
        for one, options in ((law.Law({3: 1.0}), ("-model_p", "3")), (law.Law({4: 1.0}), ("-model_p", "4")),
                             (law.Law.parse(MIXTURE), ("-model_mixture", MIXTURE))):
            path = new_folder() / "t.h5"
            kacrice("theory", *options, "-model_n", "4", "-theory_energies", "4001", "-theory_out", str(path))
            theory = kacrice_io.Theory(path)
            self.assertAlmostEqual(law.complexity_total(one), theory.attributes["complexity_total"], 12)
            for k in range(3):
                self.assertAlmostEqual(law.ground_energy(one, k), theory.attributes[f"e_{k}"], 10)
            e, sigma_0 = theory.complexity[:, 0], theory.complexity[:, 2]
            # the largest of a table of 2000 energies in the band, 0.1 wide: off by its step, 5e-5, and for a smooth top by
            # half the curvature (below 10) times its square
            self.assertAlmostEqual(law.threshold_energy(one), e[np.argmax(sigma_0)], delta=2e-4)
            self.assertAlmostEqual(law.complexity_minima(one), sigma_0.max(), delta=1e-6)
            np.testing.assert_allclose(law.complexity(one, e), theory.complexity[:, 1], atol=1e-10)

    def test_tail_of_chi_square(self):
        self.assertAlmostEqual(finite_size.chi_square_tail(3.0, 2), math.exp(-1.5), 14)
        self.assertAlmostEqual(finite_size.chi_square_tail(4.0, 1), math.erfc(math.sqrt(2.0)), 14)
        x = np.linspace(7.0, 120.0, 400001)
        for dof in (3, 4, 7):
            density = x**(0.5 * dof - 1.0) * np.exp(-0.5 * x) / (2.0**(0.5 * dof) * math.gamma(0.5 * dof))
            integral = ((density[1:] + density[:-1]) * np.diff(x)).sum() / 2.0
            self.assertAlmostEqual(finite_size.chi_square_tail(7.0, dof), integral, 8)  # trapezes of 3e-4: 1e-8

    def test_joint_test_holds_its_size_when_campaigns_share_samples(self):
        # 1000 synthetic studies of four campaigns of 200 samples, correlated as nested couplings make them (0.9^|a-b|):
        # p < 0.05 in 50 +- 7 of them; 28 ... 75 has a false alarm in a thousand, the seed is fixed
        random = np.random.default_rng(5)
        root = np.linalg.cholesky(0.9**np.abs(np.subtract.outer(np.arange(4), np.arange(4))))

        def p_value(shared):
            samples = np.arange(200)
            entries = [types.SimpleNamespace(
                counts={None: column}, has_all=True, complete=True, expected=lambda _: 0.0,
                campaign=types.SimpleNamespace(n_samples=200, samples={"sample": samples},
                                               options={"-campaign_seed": "1" if shared else str(i)}))
                for i, column in enumerate((random.standard_normal((200, 4)) @ root.T).T)]
            return finite_size.joint_test(entries).p_value

        low = sum(p_value(True) < 0.05 for _ in range(1000))
        self.assertTrue(28 <= low <= 75, low)
        # taken for independent, they would fail too often: the test above can fail
        self.assertGreater(sum(p_value(False) < 0.05 for _ in range(1000)), 75)

    def test_shared_seeds_are_seen(self):
        joint = finite_size.joint_test(self.study.entries)
        self.assertEqual(joint.dof, 4)
        self.assertGreater(joint.correlation, 0.2)  # 0.4 +- 0.1 between neighbouring N
        x, y = (entry.campaign.counts.sum(axis=1) for entry in self.study.entries[1:3])
        self.assertAlmostEqual(finite_size.shared_covariance(*self.study.entries[1:3]), np.cov(x, y)[0, 1] / 60, 12)
        self.assertEqual(finite_size.shared_covariance(self.study.entries[0], self.study.entries[3]), 0.0)


class Written(unittest.TestCase):
    """What the script writes."""

    def page(self, folder, stderr=""):
        done = report(folder)
        self.assertEqual((done.returncode, done.stderr), (0, stderr))
        return Page((folder / "report.html").read_text(encoding="utf-8"))

    def test_page_stands_alone_and_has_the_numbers(self):
        page = self.page(STUDY)
        self.assertEqual((page.open, page.wrong), ([], []))
        self.assertFalse({"script", "link", "iframe", "object"} & set(page.tags))
        sources = [value for name, value in page.attributes if name in ("src", "href")]
        self.assertEqual([source.split(",")[0] for source in sources], ["data:image/svg+xml;base64"] * 3)
        for words in ("4 campaigns", "240 disorder samples", "50.87", "18.79", "are not independent", "minima7",
                      "exact values also at N = 10"):
            self.assertIn(words, page.text)
        self.assertNotIn("Left out", page.text)
        for name in FIGURES:
            self.assertEqual((STUDY / name).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        names = ("report.html", *FIGURES)
        first = [(STUDY / name).read_bytes() for name in names]
        self.page(STUDY)
        self.assertEqual(first, [(STUDY / name).read_bytes() for name in names], "the same folder gives the same bytes")

    def test_what_cannot_be_shown_is_left_out_and_told(self):
        folder = copy("n4", "n5", "n6")
        (folder / "n5" / "summary.json").unlink()
        shutil.copytree(STUDY / "n6", folder / "part")
        census(folder / "window", "-model_n", "6", "-campaign_samples", "10", "-search_energy", "-1.5:-0.5")
        tensor = new_folder() / "tensor.h5"
        kacrice("export", "-model_p", "3", "-model_n", "5", "-campaign_sample", "0", "-export_out", str(tensor))
        census(folder / "user", "-model_couplings", str(tensor), "-search_starts", "200")
        page = self.page(folder, "".join(f"report.py: left out: {line}\n" for line in (
            "n5 has not finished, it holds no summary.json", "user has couplings of its own, not drawn from a law",
            "window lists a window of energies (-search_energy)", "part holds only samples that n6 has too")))
        self.assertIn("Left out: n5 has not finished", page.text)
        self.assertIn("2 campaigns", page.text)

    def test_mixture_and_one_size(self):
        folder = new_folder()
        census(folder / "one", "-model_mixture", MIXTURE, "-model_n", "3", "-campaign_samples", "12")
        page = self.page(folder)
        self.assertIn("0.36 q 3 + 0.64 q 4", page.text)
        self.assertIn("1 campaign", page.text)

    def test_disagreement_is_the_headline_and_reports_are_linked(self):
        folder = copy("n4", "n5")
        self.assertEqual(report(folder / "n5").returncode, 0)
        path = folder / "n5" / "summary.json"
        summary = json.loads(path.read_text())
        total = summary["counts"]["total"]
        total["expected"], total["z"] = total["mean"] + 9 * total["stderr"], -9.0
        path.write_text(json.dumps(summary))
        page = self.page(folder)
        self.assertIn("1 of 2 campaigns does not agree", page.text)
        self.assertEqual([value for name, value in page.attributes if name == "href"], ["n5/report.html"])


class Refused(unittest.TestCase):
    """One line on stderr, exit code 2, nothing written."""

    def refused(self, folder, *words):
        before = sorted(path.name for path in folder.iterdir())
        done = report(folder)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(before, sorted(path.name for path in folder.iterdir()))

    def test_no_campaigns(self):
        (folder := new_folder()).joinpath("something").mkdir()
        self.refused(folder, "campaign.json")
        folder = copy("n4", "n5")
        for name in ("n4", "n5"):
            (folder / name / "ensemble.h5").unlink()
        self.refused(folder, "none of its campaigns", "n4 has not finished")

    def test_two_models(self):
        folder = copy("n4")
        census(folder / "p4", "-model_mixture", "4:1", "-model_n", "4", "-campaign_samples", "4")
        self.refused(folder, "n4", "p4", "-model_p 3", "-model_mixture 4:1")

    def test_samples_in_two_campaigns(self):
        folder = copy("n4")
        census(folder / "more", "-model_n", "4", "-campaign_samples", "50:70")
        self.refused(folder, "n4", "more", "share some of their samples")

    def test_theory_of_another_model(self):
        folder = copy("n4")
        (folder / "theory").mkdir()
        kacrice("theory", "-model_p", "4", "-model_n", "4", "-theory_out", str(folder / "theory" / "n4.h5"))
        self.refused(folder, "n4.h5", "another model")

    def test_damaged_campaign(self):
        folder = copy("n4", "n5")
        (folder / "n5" / "ensemble.h5").write_bytes(b"no HDF5")
        self.refused(folder, "n5", "ensemble.h5")


if __name__ == "__main__":
    unittest.main()
