"""Reads and checks the files of a campaign's folder: docs/formats/store.md, docs/formats/summary.md."""
import json
import os
import pathlib

import numpy as np

from report.law import Law

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # a reader needs no lock, and some file systems have none
import h5py  # noqa: E402  (the line above must come first)

FORMAT_MAJOR = 2
SHARDS_READ_MAX = 1000  # more files than this are not opened for one bar chart
AGAIN = "run the campaign's command again to rewrite it"


SUMMARY = {  # what this report needs of summary.json
    "": ("program", "model", "samples", "starts", "counts", "completeness", "complexity", "chi_square", "ranks",
         "groups", "wall_seconds", "core_seconds"),
    "model": ("p", "n", "mixture"), "samples": ("requested", "done", "failed", "in_ensemble"),
    "starts": ("total", "converged"),
    "counts": ("total", "index"),
    "complexity": ("index", "bins"), "chi_square": ("energy", "mu"),
    "completeness": ("chao1_missing_mean", "euler_checked", "euler_failed", "parity_checked", "parity_failed"),
}
COUNT = ("mean", "stderr", "expected", "z")
LOG_COUNT = ("k", "mirror_of", "annealed", "annealed_error", "quenched", "quenched_error", "empty_fraction", "exact")
TEST = ("statistic", "dof", "bins", "p_value")
TABLES = ("annealed", "annealed_error", "quenched", "quenched_error", "empty_fraction")


class ReportError(Exception):
    """What is wrong with the folder, in one line for the user."""


class Campaign:
    """Summary, options and ensemble of one campaign, checked against each other."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        check_folder(self.folder)
        self.summary = read_json(self.folder / "summary.json")
        check_summary(self.folder / "summary.json", self.summary)
        self.identity = read_json(self.folder / "campaign.json")
        check_keys(self.folder / "campaign.json", self.identity, ("filetype", "options"))
        self.path = self.folder / "ensemble.h5"
        self.points = {}
        read_ensemble(self)
        self.check()
        self.law = self.make_law()
        self.reasons, self.n_shards = read_reasons(self)

    @property
    def kind(self):
        """What the starts looked for: "all" or "minima"."""
        return self.summary["starts"].get("kind", "all")

    @property
    def n_samples(self):
        """Finished samples."""
        return len(self.rows)

    @property
    def index_rows(self):
        """Counts per index of the summary: every index, or k = 0 alone."""
        return self.summary["counts"]["index"]

    @property
    def bin_width(self):
        """Width of the energy bins."""
        return self.edges[1] - self.edges[0]

    def mu_counts(self, group):
        """Points of a group of indices of each sample and bin of mu: n_samples x bins."""
        n_bins, points = len(self.mu_edges) - 1, self.points
        chosen = (points["index"] >= group.first) & (points["index"] <= group.last)
        row = np.searchsorted(self.rows["sample"], points["sample"][chosen])
        position = np.floor((points["mu"][chosen] - self.mu_edges[0]) / (self.mu_edges[1] - self.mu_edges[0]))
        column = np.clip(position.astype(np.int64), 0, n_bins - 1)
        flat = np.bincount(row * n_bins + column, minlength=self.n_samples * n_bins)
        return flat.reshape(self.n_samples, n_bins)

    def check(self):
        """Refuses files that speak of different things."""
        same = (("N", self.summary["model"].get("n"), self.n),
                ("number of samples", self.summary["samples"].get("in_ensemble"), self.n_samples))
        for what, in_summary, in_ensemble in same:
            if in_summary != in_ensemble:
                raise ReportError(f"{self.folder}: {what} is {in_summary} in summary.json and {in_ensemble} in "
                                  f"ensemble.h5; {AGAIN}")
        if self.summary["program"] != "kacrice" or self.identity["filetype"] != "kacrice campaign":
            raise ReportError(f"{self.folder}: its files were not written by kacrice census")
        n_index = len(self.index_rows)
        if [row.get("k") for row in self.index_rows] != list(range(n_index)) or not 1 <= n_index <= self.n:
            raise ReportError(f"{self.folder / 'summary.json'} is damaged: counts.index is incomplete; {AGAIN}")

    def make_law(self):
        """Covariance of the disorder; None when a tensor was brought without naming its law."""
        model = self.summary["model"]
        if model.get("mixture"):
            return Law.parse(model["mixture"])
        unnamed = model.get("couplings") and self.summary["counts"]["total"]["expected"] is None
        if unnamed or model.get("p") is None:
            return None
        return Law({int(model["p"]): 1.0})


def check_folder(folder):
    """A folder that is there and looks like the output of a campaign."""
    if not folder.exists():
        raise ReportError(f"{folder}: no such folder; give the -campaign_out folder of a finished campaign")
    if not folder.is_dir():
        raise ReportError(f"{folder}: is not a folder; give the -campaign_out folder of a finished campaign")
    for name in ("campaign.json", "summary.json", "ensemble.h5"):
        if not (folder / name).exists():
            hint = ("the campaign has not finished, run its command again"
                    if (folder / "campaign.json").exists() else "is it the -campaign_out folder of a campaign?")
            raise ReportError(f"{folder}: holds no {name}; {hint}")


def check_keys(path, item, keys):
    """An object that has the wanted keys."""
    missing = [key for key in keys if not isinstance(item, dict) or key not in item]
    if missing:
        raise ReportError(f"{path} is damaged: it has no \"{missing[0]}\"; {AGAIN}")


def check_summary(path, summary):
    """All that the report needs is there (docs/formats/summary.md)."""
    for part, keys in SUMMARY.items():
        check_keys(path, summary[part] if part else summary, keys)
    check_keys(path, summary["counts"]["total"], COUNT)
    if not isinstance(summary["counts"]["index"], list):
        raise ReportError(f"{path} is damaged: counts.index is no list; {AGAIN}")
    for row in summary["counts"]["index"]:
        check_keys(path, row, (*COUNT, "k", "energy_mean", "energy_expected"))
    check_statistics(path, summary)


def check_statistics(path, summary):
    """Complexities and chi-squares are whole."""
    for row in summary["complexity"]["index"]:
        check_keys(path, row, LOG_COUNT)
    for tests in summary["chi_square"].values():
        if tests is None:
            continue
        check_keys(path, tests, ("all", "index"))
        for row in (tests["all"], *tests["index"]):
            check_keys(path, row, TEST)


def read_json(path):
    """What a JSON file holds."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise ReportError(f"{path} is damaged: {error}; {AGAIN}") from None


def text(value):
    """A text attribute as str, whatever h5py makes of it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def check_type(path, attributes, filetype):
    """File type and major version, as every reader of the format checks them first."""
    found = text(attributes.get("filetype", ""))
    if found != filetype:
        raise ReportError(f"{path}: its file type is \"{found}\", it should be \"{filetype}\"")
    version = np.ravel(attributes["format_version"])
    if version[0] != FORMAT_MAJOR:
        raise ReportError(f"{path}: its format version is {version[0]}.{version[1]}, this report reads "
                          f"{FORMAT_MAJOR}.x")


def reason_of(error):
    """The last line of what h5py says, without its parentheses of parentheses."""
    return (str(error).strip() or type(error).__name__).splitlines()[-1]


def read_ensemble(campaign):
    """Fills a campaign with the data sets of its ensemble.h5."""
    try:
        with h5py.File(campaign.path, "r") as file:
            check_type(campaign.path, file.attrs, "kacrice ensemble")
            campaign.info = {key: text(file.attrs[key]) for key in (
                "program", "program_version", "git_hash", "compiler", "libraries", "host", "created", "options")}
            campaign.info["ranks"] = int(file.attrs["ranks"])
            campaign.n = int(file.attrs["n"])
            campaign.rows = file["samples"][()]
            campaign.counts = file["counts"][()]
            campaign.histogram = file["histogram"][()]
            campaign.expected = file["expected"][()]
            campaign.edges = file["bin_edges"][()]
            campaign.spectrum = file["minima_spectrum"][()]
            campaign.spectrum_edges = file["minima_spectrum_edges"][()]
            campaign.tables = {name: file[name][()] for name in TABLES}
            campaign.mu_edges = file["mu_bin_edges"][()]
            campaign.mu_expected = file["mu_expected"][()]
            campaign.joint = file["joint_histogram"][()]
            campaign.joint_expected = file["joint_expected"][()]
            table = file["points"]  # column by column: the whole table is several times as large
            campaign.points = {name: table.fields(name)[()] for name in (
                "sample", "hits", "energy", "mu", "lambda_min", "index")}
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ReportError(f"cannot read {campaign.path}: {reason_of(error)}; {AGAIN}") from None
    check_shapes(campaign)


def check_shapes(campaign):
    """Data sets that fit together."""
    n, n_bins, n_rows = campaign.n, len(campaign.edges) - 1, len(campaign.rows)
    shapes = (("counts", campaign.counts.shape, (n_rows, n)),
              ("histogram", campaign.histogram.shape, (n_bins, n)),
              ("expected", campaign.expected.shape, (n_bins, n)),
              ("minima_spectrum", campaign.spectrum.shape, (len(campaign.spectrum_edges) - 1,)))
    shapes += tuple((name, table.shape, (n_bins, n)) for name, table in campaign.tables.items())
    for name, shape, wanted in shapes:
        if shape != wanted:
            raise ReportError(f"{campaign.path} is damaged: {name} has shape {shape}, it should be {wanted}; {AGAIN}")
    index = campaign.points["index"]
    if index.size and not (0 <= index.min() and index.max() < n):
        raise ReportError(f"{campaign.path} is damaged: a point has index {index.max()}; {AGAIN}")
    if not np.isin(campaign.points["sample"], campaign.rows["sample"]).all():
        raise ReportError(f"{campaign.path} is damaged: points of a sample that is not listed; {AGAIN}")


def shard_path(folder, sample):
    """Name of the file of one sample."""
    return folder / "samples" / f"{sample // 1000:04d}" / f"s{sample:08d}.h5"


def read_reasons(campaign):
    """How the starts ended, added up over the shards that are there (at most SHARDS_READ_MAX, evenly spaced), and
    the number of shards read."""
    total, n_read = {}, 0
    samples = campaign.rows["sample"]
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), SHARDS_READ_MAX)).astype(int))
    for sample in samples[chosen]:
        path = shard_path(campaign.folder, int(sample))
        if not path.exists():
            continue
        try:
            with h5py.File(path, "r") as file:
                check_type(path, file.attrs, "kacrice sample")
                names = [text(name) for name in file["reasons"].attrs["names"]]
                for name, count in zip(names, file["reasons"][()]):
                    total[name] = total.get(name, 0) + int(count)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise ReportError(f"cannot read {path}: {reason_of(error)}; delete it and run the campaign again to "
                              "compute this sample anew") from None
        n_read += 1
    return total, n_read
