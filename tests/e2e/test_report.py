"""The report of a campaign: what it computes, what it writes, what it refuses.

# kr_test: timeout=300 ranks=1
"""
import base64
import html.parser
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from report import estimates, law, verdict  # noqa: E402  (found only through the line above)
from report.campaign import Campaign  # noqa: E402

FIGURES = ("energy_histogram.png", "index_energy.png", "minima_spectrum.png", "completeness.png", "complexity.png")
EMPTY_TAGS = {"meta", "img", "br"}


def kacrice(*arguments):
    """Runs the program on one rank; its output is shown when it fails."""
    launcher = os.environ.get("MPIEXEC")
    command = [launcher, os.environ.get("MPIEXEC_NUMPROC_FLAG", "-n"), "1"] if launcher else []
    done = subprocess.run(command + [os.environ["KACRICE"], *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kacrice {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


def report(folder):
    """Runs the script on a folder."""
    return subprocess.run([sys.executable, "-B", str(ROOT / "scripts" / "report.py"), str(folder)],
                          capture_output=True, text=True, check=False)


class Page(html.parser.HTMLParser):
    """Tags and text of a page; notes what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.wrong, self.words = [], [], [], [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


class Folder(unittest.TestCase):
    """Campaigns are computed once; each test that spoils something works on a copy."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.all = cls.census("all", "-model_n", "6", "-campaign_samples", "30", "-search_starts", "400")

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    @classmethod
    def census(cls, name, *options):
        folder = pathlib.Path(cls.home.name) / name
        kacrice("census", *options, "-campaign_out", str(folder))
        return folder

    def copy(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.home.name)) / "copy"
        return pathlib.Path(shutil.copytree(self.all, folder))

    def change(self, folder, change):
        path = folder / "summary.json"
        summary = json.loads(path.read_text())
        change(summary)
        path.write_text(json.dumps(summary))

    def page(self, folder):
        done = report(folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return Page((folder / "report.html").read_text(encoding="utf-8"))


class Written(Folder):
    """What the script writes."""

    def test_page_is_whole_and_stands_alone(self):
        page = self.page(self.all)
        self.assertEqual((page.open, page.wrong), ([], []))
        self.assertFalse({"script", "link", "iframe", "object"} & set(page.tags))
        sources = [value for name, value in page.attributes if name in ("src", "href")]
        self.assertEqual(len(sources), len(FIGURES))
        for source in sources:
            kind, data = source.split(",", 1)
            self.assertEqual(kind, "data:image/svg+xml;base64")
            self.assertIn(b"<svg", base64.b64decode(data, validate=True))
        self.assertNotIn("url(", (self.all / "report.html").read_text(encoding="utf-8"))

    def test_pngs_are_images_of_print_size(self):
        self.page(self.all)
        for name in FIGURES:
            data = (self.all / name).read_bytes()
            self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
            self.assertGreater(struct.unpack(">I", data[16:20])[0], 1400)  # 7.4 inches at 200 dots
            self.assertEqual(data[-8:-4], b"IEND")

    def test_numbers_are_those_of_the_summary(self):
        page, total = self.page(self.all), json.loads((self.all / "summary.json").read_text())["counts"]["total"]
        self.assertIn(verdict.with_error(total["mean"], total["stderr"]), page.text)
        self.assertIn("50.87", page.text)  # E[total] of p = 3, N = 6 is 50.873136517 (docs/theory)
        self.assertIn("30 disorder samples", page.text)
        test = json.loads((self.all / "summary.json").read_text())["chi_square"]["energy"]["index"][1]
        self.assertIn(f"e , k = 1 {verdict.number(test['statistic'], 1)} {test['dof']} {test['p_value']:.2g}",
                      page.text)

    def test_the_same_folder_gives_the_same_bytes(self):
        names = ("report.html", *FIGURES)
        self.page(self.all)
        first = [(self.all / name).read_bytes() for name in names]
        self.page(self.all)
        self.assertEqual(first, [(self.all / name).read_bytes() for name in names])

    def test_minima_only(self):
        folder = self.census("minima", "-model_n", "12", "-search_kind", "minima", "-campaign_samples", "12",
                             "-search_starts", "100")
        page = self.page(folder)
        self.assertIn("Census of minima", page.text)
        self.assertFalse((folder / "index_energy.png").exists())  # there is one index only

    def test_mixed_law(self):
        folder = self.census("mixed", "-model_mixture", "3:0.36,4:0.64", "-model_n", "4", "-campaign_samples", "12",
                             "-search_starts", "300")
        page = self.page(folder)
        self.assertIn("0.36 q 3 + 0.64 q 4", page.text)
        self.assertIn("radial curvature", page.text)
        self.assertIn("Figure 6.", page.text)
        self.assertTrue((folder / "radial.png").exists())

    def test_one_sample(self):
        page = self.page(self.census("one", "-model_n", "5", "-campaign_samples", "1", "-search_starts", "200"))
        self.assertIn("One sample cannot be compared", page.text)

    def test_tensor_of_a_user(self):
        path = pathlib.Path(self.home.name) / "tensor.h5"
        kacrice("export", "-model_p", "3", "-model_n", "5", "-campaign_sample", "0", "-export_out", str(path))
        page = self.page(self.census("user", "-model_couplings", str(path), "-search_starts", "200"))
        self.assertIn("No exact expectation", page.text)
        self.assertIn("tensor.h5", page.text)

    def test_no_point_found(self):
        page = self.page(self.census("none", "-model_n", "8", "-campaign_samples", "2", "-search_starts", "3",
                                     "-newton_max_iter", "1"))
        self.assertIn("No critical points found", page.text)

    def test_many_indices_are_grouped(self):
        page = self.page(self.census("many", "-model_n", "30", "-campaign_samples", "2", "-search_starts", "20"))
        self.assertIn("10–14", page.text)
        self.assertIn("every index by itself", page.text)


class Words(Folder):
    """The verdict follows the numbers."""

    def headline(self, change):
        folder = self.copy()
        self.change(folder, change)
        return verdict.decide(Campaign(folder)).headline

    @staticmethod
    def shift(summary, errors):
        """An expectation so many standard errors away from the mean."""
        total = summary["counts"]["total"]
        total["expected"], total["z"] = total["mean"] - errors * total["stderr"], errors

    @staticmethod
    def settle(summary, chao1=0.0):
        """A list that looks complete, or one that misses chao1 pairs, with indices that agree."""
        for row in summary["counts"]["index"]:
            row["z"] = 0.5
        summary["chi_square"]["energy"]["all"]["p_value"] = 0.5
        summary["completeness"].update(chao1_missing_mean=chao1, euler_failed=0, parity_failed=0)

    def test_agreement(self):
        self.assertIn("Agrees", self.headline(lambda s: (self.settle(s), self.shift(s, 1.0))))

    def test_disagreement(self):
        self.assertIn("Does not agree", self.headline(lambda s: (self.settle(s), self.shift(s, 6.0))))
        self.assertIn("Does not agree", self.headline(lambda s: (self.settle(s), self.shift(s, -6.0))))

    def test_one_index_disagrees(self):
        def change(summary):
            self.settle(summary)
            self.shift(summary, 0.0)
            summary["counts"]["index"][2]["z"] = 4.0
        self.assertIn("Does not agree", self.headline(change))

    def test_energies_disagree(self):
        def change(summary):
            self.settle(summary)
            self.shift(summary, 0.0)
            summary["chi_square"]["energy"]["all"]["p_value"] = 9e-4
        self.assertIn("Does not agree", self.headline(change))

    def test_incomplete(self):
        self.assertIn("not complete", self.headline(lambda s: (self.settle(s, 20.0), self.shift(s, 0.0))))
        self.assertIn("lower bounds", self.headline(lambda s: (self.settle(s, 20.0), self.shift(s, -6.0))))

    def test_nothing_to_compare_with(self):
        def change(summary):
            summary["counts"]["total"].update(expected=None, z=None)
        self.assertIn("No exact expectation", self.headline(change))


class Refused(Folder):
    """One line on stderr, exit code 2, nothing changed."""

    def refused(self, folder, *words):
        before = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else None
        done = report(folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("kacrice: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        if before is not None:
            self.assertEqual(before, sorted(path.name for path in folder.iterdir()))

    def test_missing(self):
        home = pathlib.Path(self.home.name)
        self.refused(home / "nowhere", "no such folder")
        self.refused(self.all / "summary.json", "not a folder")
        (home / "empty").mkdir()
        self.refused(home / "empty", "campaign.json")
        for name in ("summary.json", "ensemble.h5"):
            folder = self.copy()
            (folder / name).unlink()
            self.refused(folder, name, "run its command again")

    def test_damaged_json(self):
        folder = self.copy()
        path = folder / "summary.json"
        path.write_text(path.read_text()[:300])
        self.refused(folder, "summary.json is damaged")
        path.write_text("[]")
        self.refused(folder, "summary.json is damaged")
        folder = self.copy()
        self.change(folder, lambda summary: summary["counts"]["total"].pop("stderr"))
        self.refused(folder, "stderr")
        for spoil, word in ((lambda summary: summary.pop("complexity"), "complexity"),
                            (lambda summary: summary["chi_square"]["energy"]["all"].pop("p_value"), "p_value")):
            folder = self.copy()
            self.change(folder, spoil)
            self.refused(folder, word)

    def test_damaged_ensemble(self):
        folder = self.copy()
        path = folder / "ensemble.h5"
        data = path.read_bytes()
        path.write_bytes(data[:len(data) // 2])
        self.refused(folder, "ensemble.h5")
        path.write_bytes(b"no HDF5 file")
        self.refused(folder, "ensemble.h5")

    def test_wrong_type_and_version(self):
        folder = self.copy()
        shutil.copy(folder / "samples" / "0000" / "s00000000.h5", folder / "ensemble.h5")
        self.refused(folder, "kacrice sample", "kacrice ensemble")
        folder = self.copy()
        with h5py.File(folder / "ensemble.h5", "r+") as file:
            file.attrs["format_version"] = [9, 0]
        self.refused(folder, "9.0")

    def test_files_of_different_campaigns(self):
        folder = self.copy()
        self.change(folder, lambda summary: summary["samples"].update(in_ensemble=29))
        self.refused(folder, "29", "30")

    def test_damaged_shard(self):
        folder = self.copy()
        (folder / "samples" / "0000" / "s00000003.h5").write_bytes(b"")
        self.refused(folder, "s00000003.h5")

    def test_where_it_cannot_write(self):
        folder = self.copy()
        (folder / "report.html").mkdir()
        self.refused(folder, "cannot write")

    def test_usage(self):
        done = subprocess.run([sys.executable, "-B", str(ROOT / "scripts" / "report.py")], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 2)


class Estimates(Folder):
    """The arithmetic, against closed forms and against what the C program counted."""

    def test_bins_of_samples_add_up_to_the_histogram(self):
        campaign = Campaign(self.all)
        for k in range(campaign.n):
            counts = estimates.counts_by_bin(campaign, estimates.Group(k, k))
            np.testing.assert_array_equal(counts.sum(axis=0), campaign.histogram[:, k])
            np.testing.assert_array_equal(counts.sum(axis=1), campaign.counts[:, k])

    def test_standard_errors_are_those_of_the_summary(self):
        campaign = Campaign(self.all)
        total = campaign.summary["counts"]["total"]
        mean, error = estimates.mean_and_error(campaign.counts.sum(axis=1))
        self.assertAlmostEqual(mean, total["mean"], 12)     # sums of integers, a few roundings
        self.assertAlmostEqual(error, total["stderr"], 10)

    def test_merged_bins_are_a_partition_that_holds_enough(self):
        content = 300.0 * np.exp(-0.5 * ((np.arange(60) - 33.0) / 6.0)**2)
        pieces = estimates.merge_bins(content, 80.0)
        covered = [b for first, last in pieces for b in range(first, last + 1)]
        self.assertEqual(covered, list(range(60)))
        self.assertTrue(all(content[first:last + 1].sum() >= 80.0 for first, last in pieces))
        self.assertEqual(estimates.merge_bins(content, 1e9), [(0, 59)])

    def test_points_stand_where_the_curve_takes_its_mean(self):
        # exp(-a x) over [0, 1]: its mean is (1 - e^-a)/a; 1e-3 bounds the effect of 200 bins (width^2 a^2 / 24)
        a, x = 3.0, (np.arange(200) + 0.5) / 200
        place = estimates.place(x, np.exp(-a * x), 0, 199)
        self.assertAlmostEqual(math.exp(-a * place), (1.0 - math.exp(-a)) / a, delta=1e-3)

    def test_groups_cover_every_index_once(self):
        for n in (1, 2, 12, 13, 40, 80):
            groups = estimates.group_indices(n)
            self.assertEqual([k for g in groups for k in range(g.first, g.last + 1)], list(range(n)))
            self.assertLessEqual(len(groups), estimates.SINGLES_MAX)

    def test_z_is_missing_where_it_means_nothing(self):
        self.assertEqual(estimates.z_score(3.0, 0.5, 2.0), 2.0)
        for values in ((3.0, 0.0, 2.0), (3.0, None, 2.0), (3.0, 0.5, None), (3.0, math.nan, 2.0)):
            self.assertIsNone(estimates.z_score(*values))


class Law(unittest.TestCase):
    """Random matrices."""

    def test_semicircle(self):
        x = np.linspace(-2.0, 2.0, 20001)
        density, cdf = law.semicircle_density(x), law.semicircle_cdf(x)
        self.assertEqual((cdf[0], law.semicircle_cdf(0.0), cdf[-1]), (0.0, 0.5, 1.0))
        slope = np.diff(cdf) / np.diff(x)
        # away from the edges, where the slope is infinite: h^2/24 times the third derivative, below 1e-5 here
        self.assertLess(np.abs(slope - 0.5 * (density[1:] + density[:-1]))[200:-200].max(), 1e-5)

    def test_derivatives_of_the_covariance(self):
        mixed = law.Law.parse("3:0.36,4:0.64")
        self.assertAlmostEqual(mixed.slope, 3 * 0.36 + 4 * 0.64, 14)
        self.assertAlmostEqual(mixed.curvature, 6 * 0.36 + 12 * 0.64, 14)
        self.assertEqual((mixed.parity, law.Law({3: 1.0}).parity, law.Law({2: 0.5, 4: 0.5}).parity),
                         ("none", "odd", "even"))

    def test_complexities(self):
        # p = 3: ground energies E_k and Sigma_k(-E_inf) of Auffinger, Ben Arous & Cerny (2013); mixed: the ground energy of
        # one-step replica symmetry breaking at T = 0, which shares no formula with the complexity
        cubic, mixed = law.Law({3: 1.0}), law.Law.parse("3:0.36,4:0.64")
        for k, energy in enumerate((-1.656998363527, -1.652873198103, -1.650253127439)):
            self.assertAlmostEqual(float(law.complexity_index(cubic, k, energy)), 0.0, 10)
        edge = -2.0 * math.sqrt(2.0 / 3.0) - 1e-9
        self.assertAlmostEqual(float(law.complexity_index(cubic, 1, edge)), 0.01324025694664, 7)
        self.assertEqual(float(law.complexity_index(cubic, 0, -1.6)), -math.inf)
        self.assertAlmostEqual(float(law.complexity(cubic, 0.0)), 0.5 * math.log(2.0), 14)
        # the maximum is taken on a grid of mu
        self.assertAlmostEqual(law.complexity_index(mixed, 0, np.array([-1.7514187286648]))[0], 0.0, 4)
        self.assertAlmostEqual(law.complexity(mixed, np.array([0.0]))[0], 0.497236014708, 12)

    def test_soft_modes_at_two_spins_by_quadrature(self):
        # GOE(2) levels a < b have density (b - a) exp(-(a^2 + b^2)/4); a minimum has weight exp(-(p-2) a^2/(4p))
        p, n = 3, 2
        a, gap = np.meshgrid(np.linspace(-12.0, 10.0, 1101), np.linspace(0.0, 16.0, 1601), indexing="ij")
        density = gap * np.exp(-0.25 * (a**2 + (a + gap)**2) - (p - 2) * a**2 / (4 * p))
        scale = math.sqrt(p * (p - 1) / n)
        mean = scale * (density * gap).sum() / density.sum()
        square = scale**2 * (density * gap**2).sum() / density.sum()
        sampled = law.sample_minima(law.Law({p: 1.0}), n)
        spread = math.sqrt((square - mean**2) * np.square(sampled.weight).sum())
        # five standard errors of the weighted mean: one false alarm in two million seeds, and the seed is fixed
        self.assertAlmostEqual(float(sampled.weight @ sampled.lambda_min), mean, delta=5.0 * spread)


if __name__ == "__main__":
    unittest.main()
