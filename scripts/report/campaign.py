"""A campaign as the report needs it: what kacrice_io reads, checked to be whole, with the law of its disorder."""
import functools

import numpy as np

import kacrice_io
from kacrice_files import check_numbers
from kacrice_io import AGAIN, ReadError, reading
from report.law import Law

SHARDS_READ_MAX = 1000  # more files than this are not opened for one bar chart

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


class Campaign(kacrice_io.Campaign):
    """Summary, options and ensemble of one campaign, checked against each other."""

    def __init__(self, folder):
        super().__init__(folder)
        with reading(self.folder / "summary.json"):
            check_summary(self.folder / "summary.json", self.summary)
        self.check()
        self.law = self.make_law()

    @property
    def index_rows(self):
        """Counts per index of the summary: every index, or k = 0 alone."""
        return self.summary["counts"]["index"]

    @property
    def bin_width(self):
        """Width of the energy bins."""
        return self.bin_edges[1] - self.bin_edges[0]

    @property
    def has_window(self):
        """Whether points of a window of energies are listed, not all."""
        return self.options.get("-search_energy", "") != ""

    def mu_counts(self, group):
        """Points of a group of indices of each sample and bin of mu: n_samples x bins."""
        n_bins, points = len(self.mu_bin_edges) - 1, self.points
        chosen = (points["index"] >= group.first) & (points["index"] <= group.last)
        row = np.searchsorted(self.samples["sample"], points["sample"][chosen])
        position = np.floor((points["mu"][chosen] - self.mu_bin_edges[0])
                            / (self.mu_bin_edges[1] - self.mu_bin_edges[0]))
        column = np.clip(position.astype(np.int64), 0, n_bins - 1)
        flat = np.bincount(row * n_bins + column, minlength=self.n_samples * n_bins)
        return flat.reshape(self.n_samples, n_bins)

    def check(self):
        """Refuses lists with holes, and points that belong to nothing."""
        for name in ("program", "program_version", "git_hash", "compiler", "libraries", "host", "created", "options"):
            self.words(name)
        if self.summary["program"] != "kacrice":
            raise ReadError(f"{self.folder}: its files were not written by kacrice census")
        n_index, index = len(self.index_rows), self.points["index"]
        if [row.get("k") for row in self.index_rows] != list(range(n_index)) or not 1 <= n_index <= self.n:
            raise ReadError(f"{self.folder / 'summary.json'} is damaged: counts.index is incomplete; {AGAIN}")
        if index.size and not (0 <= index.min() and index.max() < self.n):
            raise ReadError(f"{self.path} is damaged: a point has index {index.max()}; {AGAIN}")
        if not np.isin(self.points["sample"], self.samples["sample"]).all():
            raise ReadError(f"{self.path} is damaged: points of a sample that is not listed; {AGAIN}")

    def make_law(self):
        """Covariance of the disorder; None when a tensor was brought without naming its law."""
        model = self.summary["model"]
        if model.get("mixture"):
            return Law.parse(model["mixture"])
        unnamed = model.get("couplings") and self.summary["counts"]["total"]["expected"] is None
        if unnamed or model.get("p") is None:
            return None
        return Law({int(model["p"]): 1.0})

    @functools.cached_property
    def reasons(self):
        """How the starts ended, added up over the shards that are there: at most SHARDS_READ_MAX, evenly spaced."""
        total = {}
        for shard in self.shards_read:
            for name, count in shard.reasons.items():
                total[name] = total.get(name, 0) + count
        return total

    @functools.cached_property
    def shards_read(self):
        """The shards behind reasons."""
        numbers = self.samples["sample"]
        chosen = np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), SHARDS_READ_MAX)).astype(int))
        return [self.shard(number) for number in numbers[chosen] if self.shard_path(int(number)).exists()]

    @property
    def n_shards(self):
        """How many they are."""
        return len(self.shards_read)


def check_keys(path, item, keys):
    """An object that has the wanted keys."""
    missing = [key for key in keys if not isinstance(item, dict) or key not in item]
    if missing:
        raise ReadError(f"{path} is damaged: it has no \"{missing[0]}\"; {AGAIN}")


def check_summary(path, summary):
    """All that the report needs is there (docs/formats/summary.md)."""
    for part, keys in SUMMARY.items():
        check_keys(path, summary[part] if part else summary, keys)
    check_numbers(path, summary, ("ranks", "groups", "wall_seconds", "core_seconds"))
    check_numbers(path, summary["model"], ("n", "p"), null=("p",))
    check_numbers(path, summary["samples"], SUMMARY["samples"])
    check_numbers(path, summary["starts"], SUMMARY["starts"])
    check_numbers(path, summary["completeness"], SUMMARY["completeness"], null=("chao1_missing_mean",))
    check_keys(path, summary["counts"]["total"], COUNT)
    check_numbers(path, summary["counts"]["total"], COUNT, null=COUNT)
    if not isinstance(summary["counts"]["index"], list):
        raise ReadError(f"{path} is damaged: counts.index is no list; {AGAIN}")
    for row in summary["counts"]["index"]:
        check_keys(path, row, (*COUNT, "k", "energy_mean", "energy_expected"))
        energies = ("energy_mean", "energy_expected")
        check_numbers(path, row, (*COUNT, *energies), null=(*COUNT, *energies))
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
