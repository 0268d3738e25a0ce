"""Statistics over samples: groups of indices, merged energy bins, means with errors, z-scores, completeness."""
import dataclasses
import math

import numpy as np

SINGLES_MAX = 12       # up to so many indices each is shown by itself
SINGLES_OF_MANY = 5    # otherwise the lowest so many, and the others in groups
GROUPS_OF_MANY = 4
POINTS_FOR_Z = 80      # expected in a merged bin, all samples: its mean is then nearly Gaussian
POINTS_SHOWN = 4       # in a merged bin that is drawn with its error ...
BINS_SHOWN = 8         # ... or more, where that still leaves about so many bins
SAMPLES_FOR_Z = 10     # with fewer samples a standard error is itself too uncertain for a z-score
TOTAL_Z_MAX = 2.5      # beyond it the total disagrees ...
INDEX_Z_MAX = 3.5      # ... or one of the indices does
P_VALUE_MIN = 1e-3     # at or below it the energies disagree


@dataclasses.dataclass(frozen=True)
class Group:
    """Neighbouring indices first ... last shown together."""
    first: int
    last: int

    @property
    def indices(self):
        """As a slice of an axis over k."""
        return slice(self.first, self.last + 1)

    @property
    def label(self):
        """ "3" or "5–9"."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def group_indices(n_index, singles_max=SINGLES_MAX, singles=SINGLES_OF_MANY, n_groups=GROUPS_OF_MANY):
    """Each index when they are few; else the lowest ones and the rest in nearly equal groups."""
    if n_index <= singles_max:
        return [Group(k, k) for k in range(n_index)]
    cuts = np.linspace(singles, n_index, n_groups + 1).round().astype(int)
    return [Group(k, k) for k in range(singles)] + [Group(a, b - 1) for a, b in zip(cuts[:-1], cuts[1:])]


def mean_and_error(values):
    """Mean over samples (axis 0) and its standard error; NaN error of a single sample."""
    n = len(values)
    mean = np.mean(values, axis=0) if n else np.full(np.shape(values)[1:], np.nan)
    error = np.std(values, axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(np.shape(mean), np.nan)
    return mean, error


def z_score(mean, error, expected):
    """(mean - expected) / error; None where one is missing or the samples do not scatter."""
    if any(value is None or not math.isfinite(value) for value in (mean, error, expected)) or error <= 0.0:
        return None
    return (mean - expected) / error


def counts_by_bin(campaign, group):
    """Points of the group of each sample and energy bin: n_samples x n_bins."""
    points, n_bins = campaign.points, len(campaign.bin_edges) - 1
    chosen = (points["index"] >= group.first) & (points["index"] <= group.last)
    row = np.searchsorted(campaign.samples["sample"], points["sample"][chosen])
    position = np.floor((points["energy"][chosen] - campaign.bin_edges[0]) / campaign.bin_width)
    column = np.clip(position.astype(np.int64), 0, n_bins - 1)
    flat = np.bincount(row * n_bins + column, minlength=campaign.n_samples * n_bins)
    return flat.reshape(campaign.n_samples, n_bins)


def merge_bins(content, enough):
    """First and last bin of each merged bin. Bins are joined from both tails towards the fullest one until each holds
    enough; what is left over goes to the fullest."""
    peak = int(np.argmax(content))

    def walk(bins):
        pieces, piece = [], []
        for b in bins:
            piece.append(b)
            if content[piece].sum() >= enough:
                pieces.append((min(piece), max(piece)))
                piece = []
        return pieces, piece

    left, rest_left = walk(range(peak))
    right, rest_right = walk(range(len(content) - 1, peak, -1))
    middle = rest_left + [peak] + rest_right
    return left + [(min(middle), max(middle))] + right[::-1]


@dataclasses.dataclass(frozen=True)
class Bin:
    """A merged energy bin of a group: densities per sample and unit of energy, at the energy x where the exact curve
    takes its mean over the bin."""
    x: float
    density: float
    error: float
    z: float  # None where unknown


def trim(content, first, last):
    """The part of a merged bin that is not empty tail: where there is 1 % of its fullest bin or more."""
    filled = np.flatnonzero(content[first:last + 1] >= 0.01 * content[first:last + 1].max())
    return first + int(filled[0]), first + int(filled[-1])


def place(centres, content, first, last):
    """Energy at which a curve through the bins takes its mean over first ... last (Lafferty & Wyatt 1995), where it is
    monotonic there; else the centre of mass."""
    piece, x = content[first:last + 1], centres[first:last + 1]
    steps = np.diff(piece)
    if len(piece) > 1 and piece.min() > 0.0 and (np.all(steps > 0.0) or np.all(steps < 0.0)):
        order = np.argsort(piece)
        return float(np.interp(math.log(piece.mean()), np.log(piece[order]), x[order]))
    return float(np.average(x, weights=piece) if piece.sum() > 0.0 else x.mean())


def make_bins(campaign, counts, expected, content, enough):
    """Merged bins that hold enough each."""
    centres, result = 0.5 * (campaign.bin_edges[:-1] + campaign.bin_edges[1:]), []
    for first, last in merge_bins(content, enough):
        mean, error = (float(v) for v in mean_and_error(counts[:, first:last + 1].sum(axis=1)))
        z = z_score(mean, error, float(expected[first:last + 1].sum()))
        first, last = trim(content, first, last)
        width = (last + 1 - first) * campaign.bin_width
        result.append(Bin(place(centres, content, first, last), mean / width, error / width, z))
    return result


def energy_bins(campaign, group):
    """Merged bins of a group to be drawn with their errors, and wider ones that allow a z-score (none with few samples
    or without an expectation; the bins then follow what was found)."""
    counts = counts_by_bin(campaign, group)
    expected = campaign.expected[:, group.indices].sum(axis=1)
    known = bool(np.isfinite(expected).all())
    content = expected * campaign.n_samples if known else counts.sum(axis=0).astype(float)
    total = content.sum()
    if campaign.n_samples == 0 or total <= 0.0:
        return [], []
    enough = min(POINTS_FOR_Z, max(POINTS_SHOWN, total / BINS_SHOWN))
    shown = make_bins(campaign, counts, expected, content, enough)
    if not known or campaign.n_samples < SAMPLES_FOR_Z or total < POINTS_FOR_Z:
        return shown, []
    tested = make_bins(campaign, counts, expected, content, POINTS_FOR_Z)
    return shown, [b for b in tested if b.z is not None]


def independent_half(campaign, group):
    """Whether the group is no mirror image of a lower one: odd orders map (e, k) to (-e, N-1-k) in every sample."""
    odd = campaign.law is not None and campaign.law.parity == "odd" and campaign.kind != "minima"
    return not odd or group.first + group.last <= campaign.n - 1


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the table of counts; None where unknown."""
    label: str
    mean: float
    error: float
    expected: float
    z: float
    energy: float
    energy_expected: float


def add(values):
    """Their sum; None when one is unknown."""
    values = list(values)
    return None if any(value is None for value in values) else sum(values)


def average(values, weights):
    """Weighted mean; None when something is unknown or nothing is there."""
    pairs = list(zip(values, weights))
    if any(weight is None for _, weight in pairs):
        return None
    pairs = [(value, weight) for value, weight in pairs if weight > 0.0]
    if not pairs or any(value is None for value, _ in pairs):
        return None
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def table_line(campaign, group):
    """A single index as the summary has it; a group from the counts of its samples."""
    rows = campaign.index_rows[group.indices]
    if len(rows) == 1:
        row = rows[0]
        return Line(group.label, row["mean"], row["stderr"], row["expected"], row["z"], row["energy_mean"],
                    row["energy_expected"])
    mean, error = (float(value) for value in mean_and_error(campaign.counts[:, group.indices].sum(axis=1)))
    expected = add(row["expected"] for row in rows)
    return Line(group.label, mean if math.isfinite(mean) else None, error if math.isfinite(error) else None, expected,
                z_score(mean, error, expected),
                average([row["energy_mean"] for row in rows], [row["mean"] for row in rows]),
                average([row["energy_expected"] for row in rows], [row["expected"] for row in rows]))


def multiplicity(campaign):
    """Critical points a distinct find stands for: 2 with a symmetry, 1 without, None when that is not known."""
    if campaign.law is not None:
        return 1 if campaign.law.parity == "none" else 2
    return 2 if campaign.summary["model"].get("p") is not None else None  # one order, whatever its law


@dataclasses.dataclass(frozen=True)
class Completeness:
    """How far the list of critical points is from whole, averages over samples; None where unknown."""
    missing: float   # critical points not found in a sample, at least
    fraction: float  # of all there are
    complete: bool   # they would not show beside the standard error


def completeness(campaign):
    """Judges by the larger of two lower bounds: Chao1, and one distinct point for each sample that violates an identity
    of whole lists (Euler characteristic, parity)."""
    found, total = campaign.summary["completeness"], campaign.summary["counts"]["total"]
    if found["chao1_missing_mean"] is None or not total["mean"]:
        return Completeness(None, None, False)
    violated = max(found[f"{key}_failed"] / max(1, found[f"{key}_checked"]) for key in ("euler", "parity"))
    missing = max(found["chao1_missing_mean"], violated) * (multiplicity(campaign) or 1)
    visible = 0.3 * total["stderr"] if total["stderr"] else 1e-3 * total["mean"]
    return Completeness(missing, missing / (missing + total["mean"]), missing <= visible)


def chance_of_largest(z, n):
    """Probability that the largest |z| of n independent ones is at least as large by luck."""
    return 1.0 - (1.0 - math.erfc(abs(z) / math.sqrt(2.0))) ** n
