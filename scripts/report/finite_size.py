"""Numbers of campaigns of several N: complexities, energies of minima, exact values, whether all agree together."""
import dataclasses
import functools
import math

import numpy as np

import kacrice_io
from kacrice_io import ReadError
from report import estimates
from report.campaign import Campaign
from report.law import Law
from report.names import shown
from report.thermo import Thermo, ThermoStudy
from report.verdict import decide

LOWEST = (0, 1, 2)      # indices shown beside all of them
SAMPLES_A_VALUE = 10    # a joint test needs so many samples for each value in it
COVERED = 1e-2          # an exact spread from bins needs all but this part of the expected points within the bins


@dataclasses.dataclass(frozen=True)
class Value:
    """A mean over samples with its standard error and the exact value; NaN where unknown."""
    value: float
    error: float = math.nan
    exact: float = math.nan

    @property
    def z(self):
        """(value - exact) / error; None where it means nothing."""
        return estimates.z_score(self.value, self.error, self.exact)


@dataclasses.dataclass(frozen=True)
class LogCount:
    """Complexity of an index, or of all: annealed ln<count>/N and quenched <ln count>/N, of the samples not empty."""
    annealed: Value
    quenched: Value
    empty: float  # fraction of the samples


def jackknife(without_one):
    """Standard error from the values without one sample each (docs/theory/ensembles.md)."""
    n = len(without_one)
    with np.errstate(invalid="ignore"):
        return math.sqrt((n - 1) / n * np.sum((without_one - np.mean(without_one))**2)) if n > 1 else math.nan


def log_count(counts, n, expected):
    """Of the numbers of points in the samples."""
    counts = np.asarray(counts, dtype=float)
    total, some = counts.sum(), counts[counts > 0.0]
    if total <= 0.0:
        return LogCount(Value(math.nan), Value(math.nan), 1.0)
    with np.errstate(divide="ignore"):
        others = np.log((total - counts) / (len(counts) - 1)) / n if len(counts) > 1 else counts
    error = jackknife(others) if np.isfinite(others).all() else math.nan
    exact = math.log(expected) / n if expected > 0.0 else math.nan
    mean, spread = estimates.mean_and_error(np.log(some) / n)
    return LogCount(Value(math.log(total / len(counts)) / n, error, exact), Value(float(mean), float(spread)),
                    1.0 - len(some) / len(counts))


class Entry:
    """A campaign in the study."""

    def __init__(self, campaign, theory):
        self.campaign, self.theory, self.n = campaign, theory, campaign.n
        self.name = shown(campaign.folder.name)
        self.verdict = decide(campaign)
        self.complete = estimates.completeness(campaign).complete

    @property
    def has_all(self):
        """Whether points of every index are listed."""
        return self.campaign.kind != "minima"

    @functools.cached_property
    def counts(self):
        """k -> points of index k in each sample; None -> of all indices."""
        found = {k: self.campaign.counts[:, k] for k in LOWEST if k < len(self.campaign.by_index)}
        return {**found, None: self.campaign.counts.sum(axis=1)} if self.has_all else found

    def expected(self, k):
        """Exact mean number."""
        return self.campaign.total["expected"] if k is None else self.campaign.by_index["expected"][k]

    @functools.cached_property
    def logs(self):
        """k (None: all) -> LogCount."""
        return {k: log_count(counts, self.n, self.expected(k)) for k, counts in self.counts.items()}

    @functools.cached_property
    def minima(self):
        """(number, its mean e, standard deviation of e, lowest e) of the minima, as Values."""
        campaign = self.campaign
        number = Value(*(float(v) for v in estimates.mean_and_error(self.counts[0])), self.expected(0))
        chosen = campaign.points["index"] == 0
        energy = campaign.points["energy"][chosen]
        row = np.searchsorted(campaign.samples["sample"], campaign.points["sample"][chosen])
        sums = np.array([np.bincount(row, energy**power, minlength=campaign.n_samples) for power in (0, 1, 2)])
        (mean, spread), (means, spreads) = moments(sums.sum(axis=1)), moments(sums.sum(axis=1)[:, None] - sums)
        exact_mean, exact_spread = self.exact_energy()
        with np.errstate(invalid="ignore"):
            lowest = estimates.mean_and_error(campaign.samples["ground_energy"][self.counts[0] > 0])
        return (number, Value(float(mean), jackknife(means), exact_mean),
                Value(float(spread), jackknife(spreads), exact_spread), Value(*(float(v) for v in lowest)))

    def exact_energy(self):
        """Exact mean and standard deviation of e of the minima: of kacrice theory, or of the bins of the ensemble."""
        if self.theory is not None:
            return float(self.theory.energy_mean[0]), float(self.theory.energy_std[0])
        expected, edges = self.campaign.expected[:, 0], self.campaign.bin_edges
        mean = float(self.campaign.by_index["energy_expected"][0])
        if not np.isfinite(expected).all() or abs(expected.sum() / self.expected(0) - 1.0) > COVERED:
            return mean, math.nan
        offset = 0.5 * (edges[1:] + edges[:-1]) - mean
        beyond = self.expected(0) - expected.sum()  # outside all bins; the first moment says where
        square = expected @ offset**2 + (expected @ offset)**2 / beyond if beyond > 1e-9 * self.expected(0) else (
            expected @ offset**2)
        width = edges[1] - edges[0]  # Sheppard: bins add width^2/12 to the variance of a smooth density
        return mean, math.sqrt(square / self.expected(0) - width**2 / 12.0)


def moments(sums):
    """Mean and standard deviation from numbers, sums and sums of squares."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums[1] / sums[0]
        return mean, np.sqrt(np.maximum(sums[2] / sums[0] - mean**2, 0.0))


class Study:
    """The campaigns of one law, fit to stand in one figure: .entries of censuses, ascending in N; .thermo of Monte
    Carlo; .warnings on those left out."""

    def __init__(self, folder):
        source = kacrice_io.Study(folder, Campaign, Thermo)
        self.folder, self.entries = source.folder, []
        self.warnings = [f"{path.name} {why}" for path, why in source.skipped]
        self.warnings += [f"{tap.folder.name} holds TAP states (kacrice tap)" for tap in source.tap]
        self.thermo = ThermoStudy(self.folder, source.thermo)
        campaigns = [campaign for campaign in source if self.belongs(campaign)]
        if not campaigns and not len(self.thermo):
            raise ReadError(f"{self.folder}: none of its campaigns can be shown: {'; '.join(self.warnings)}")
        self.law = one_law(self.folder, campaigns) if campaigns else self.thermo.law
        if campaigns and len(self.thermo) and self.thermo.law != self.law:
            raise ReadError(f"{self.folder}: {campaigns[0].folder.name} and {self.thermo.largest.name} are of "
                            "different models; a study has one model, with several N")
        self.theory = source.theory
        for item in self.theory.values():
            if law_of(item.options) != self.law:
                raise ReadError(f"{item.path}: is of another model than the campaigns; remove it")
        self.entries = [Entry(campaign, self.theory.get(campaign.n)) for campaign in self.without_copies(campaigns)]

    def belongs(self, campaign):
        """Whether the campaign lists whole landscapes drawn from a law; else it is left out with a warning."""
        why = ("has no finished sample" if not campaign.n_samples
               else "found no critical points" if not len(campaign.points)
               else "has couplings of its own, not drawn from a law" if campaign.summary["model"].get("couplings")
               else "lists a window of energies (-search_energy)" if campaign.has_window else None)
        if why:
            self.warnings.append(f"{campaign.folder.name} {why}")
        return why is None

    def without_copies(self, campaigns):
        """Drops campaigns whose samples are all in another one, such as parts that were merged."""
        kept = []
        for one in campaigns:
            mine, whole = set(one.samples["sample"]), None
            for other in campaigns:
                if other is one or not same_samples(one, other):
                    continue
                theirs = set(other.samples["sample"])
                if mine < theirs or (mine == theirs and other in kept):
                    whole = other
                elif mine & theirs and not theirs <= mine:
                    raise ReadError(f"{self.folder}: {one.folder.name} and {other.folder.name} share some of their "
                                    "samples; merge them (kacrice merge) or take one of them out of the folder")
            if whole is None:
                kept.append(one)
            else:
                self.warnings.append(f"{one.folder.name} holds only samples that {whole.folder.name} has too")
        return kept

    def exact(self, k):
        """(N, exact ln<count>/N) of index k (None: all), of the campaigns and of the theory files."""
        known = {entry.n: entry.expected(k) for entry in self.entries if k in entry.counts}
        for n, item in self.theory.items():
            if k is None:
                known[n] = float(item.attribute("total"))
            elif k < len(item.count):
                known[n] = float(item.count[k])
        pairs = sorted((n, math.log(value) / n) for n, value in known.items() if value > 0.0)
        return np.array(pairs).reshape(-1, 2).T

    def exact_minima(self):
        """(N, exact mean e, exact standard deviation of e) of the minima."""
        known = {entry.n: entry.exact_energy() for entry in self.entries}
        known.update({n: (float(item.energy_mean[0]), float(item.energy_std[0])) for n, item in self.theory.items()})
        rows = sorted((n, *pair) for n, pair in known.items() if math.isfinite(pair[0]))
        return np.array(rows).reshape(-1, 3).T


def law_of(options):
    """The law that options name."""
    mixture = options.get("-model_mixture", "")
    return Law.parse(mixture) if mixture else Law({int(options.get("-model_p") or 3): 1.0})


def one_law(folder, campaigns):
    """The law of all campaigns; refuses several."""
    first = campaigns[0]
    for other in campaigns[1:]:
        if other.law != first.law or other.summary["model"].get("type") != first.summary["model"].get("type"):
            raise ReadError(f"{folder}: {first.folder.name} and {other.folder.name} are of different models ("
                            f"{describe(first)} and {describe(other)}); a study has one model, with several N")
    return first.law


def describe(campaign):
    """The law in options."""
    model = campaign.summary["model"]
    return f"-model_mixture {model['mixture']}" if model.get("mixture") else f"-model_p {model['p']}"


def seed(campaign):
    """Of the disorder."""
    return campaign.options.get("-campaign_seed", "")


def same_samples(one, other):
    """Whether equal sample numbers mean the same list."""
    return (one.n, one.kind, seed(one)) == (other.n, other.kind, seed(other))


@dataclasses.dataclass(frozen=True)
class Joint:
    """All campaigns against the exact numbers in one chi-square."""
    statistic: float
    dof: int
    p_value: float
    correlation: float  # largest between two campaigns, by the samples they share; 0 when they share none


def joint_test(entries):
    """Whether the mean numbers (of all points, or of the minima where these are listed alone) agree with the exact
    ones, all campaigns together. With the same seed, the couplings of a smaller N are a part of those of a larger one,
    so the numbers of a sample at two N are correlated: the covariance is taken from the samples in common. None without
    enough samples or expectations."""
    chosen = [entry for entry in entries if entry.complete and math.isfinite(entry.expected(key(entry)))]
    size = len(chosen)
    if size < 2 or min(entry.campaign.n_samples for entry in chosen) < SAMPLES_A_VALUE * size:
        return None
    difference = np.array([entry.counts[key(entry)].mean() - entry.expected(key(entry)) for entry in chosen])
    covariance, largest = np.zeros((size, size)), 0.0
    for a, one in enumerate(chosen):
        for b, other in enumerate(chosen[:a + 1]):
            covariance[a, b] = covariance[b, a] = shared_covariance(one, other)
    errors = np.sqrt(np.diag(covariance))
    if not (errors > 0.0).all():
        return None
    correlation = covariance / np.outer(errors, errors)
    if np.linalg.eigvalsh(correlation)[0] < 1e-3:
        return None
    largest = float(np.max(np.abs(correlation - np.eye(size))))
    n = min(entry.campaign.n_samples for entry in chosen)
    scaled = difference / errors
    statistic = float(scaled @ np.linalg.solve(correlation, scaled)) * (n - size) / (n - 1)
    return Joint(statistic, size, chi_square_tail(statistic, size), largest)


def key(entry):
    """What is compared: all points, or the minima."""
    return None if entry.has_all else 0


def shared_covariance(one, other):
    """Covariance of the two means: that of the samples both have, where the seed is the same."""
    x, y = one.counts[key(one)], other.counts[key(other)]
    if one is other:
        return float(np.var(x, ddof=1)) / len(x)
    _, a, b = np.intersect1d(one.campaign.samples["sample"], other.campaign.samples["sample"], return_indices=True)
    if seed(one.campaign) != seed(other.campaign) or len(a) < SAMPLES_A_VALUE:
        return 0.0
    return float(np.cov(x[a], y[b])[0, 1]) * len(a) / (len(x) * len(y))


def chi_square_tail(statistic, dof):
    """Chance of a chi-square that is at least as large, by the finite sums for whole degrees of freedom."""
    half = 0.5 * max(statistic, 0.0)
    if dof % 2 == 0:
        terms = [j * math.log(half) - math.lgamma(j + 1.0) if half > 0.0 else (0.0 if j == 0 else -math.inf)
                 for j in range(dof // 2)]
        return sum(math.exp(term - half) for term in terms)
    tail = math.erfc(math.sqrt(half))
    return tail + sum(math.exp((j - 0.5) * math.log(half) - half - math.lgamma(j + 0.5)) if half > 0.0 else 0.0
                      for j in range(1, (dof + 1) // 2))
