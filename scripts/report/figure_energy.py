"""Figure 1: energies of critical points by index, with the exact expectation, and z-scores beneath."""
import numpy as np

from report import estimates
from report.style import GREY, INK, PALE, VERMILLION, WIDTH, index_colours, pyplot

Z_SHOWN = 4.0  # farther ones sit on the edge of the panel
CURVE_POINTS = 6  # drawn between two bins
LABEL_WIDTH = 0.06  # of the panel
STACKED_BINS = 30  # about so many, where single points are all there is


class Curve:
    """One index, a group of them or all: its colour, bins and exact curve."""

    def __init__(self, campaign, group, colour, name):
        self.group, self.colour, self.name = group, colour, name
        self.bins, self.tested = estimates.energy_bins(campaign, group)
        self.independent = estimates.independent_half(campaign, group)
        density = campaign.expected[:, group.indices].sum(axis=1) / campaign.bin_width
        self.known = bool(np.isfinite(density).all())
        centres = 0.5 * (campaign.bin_edges[:-1] + campaign.bin_edges[1:])
        self.x, self.y = smooth(centres, density) if self.known else ([], [])

    def top(self):
        """Where the label belongs: the highest point of the curve, or of what was found."""
        if self.known and len(self.y):
            return self.x[np.argmax(self.y)], np.max(self.y)
        return max(((b.x, b.density) for b in self.bins), key=lambda point: point[1])


def smooth(x, y):
    """A curve through the bins: cubic Hermite pieces through log y, where y is positive."""
    used = np.flatnonzero(y > 1e-12 * y.max())
    if len(used) < 3 or len(used) != used[-1] - used[0] + 1:
        return x[used], y[used]
    x, y = x[used], np.log(y[used])
    slope, step = np.gradient(y, x), np.diff(x)[:, None]
    t = np.linspace(0.0, 1.0, CURVE_POINTS, endpoint=False)[None, :]
    pieces = ((1 + 2 * t) * (1 - t)**2 * y[:-1, None] + t * (1 - t)**2 * step * slope[:-1, None]
              + t**2 * (3 - 2 * t) * y[1:, None] - t**2 * (1 - t) * step * slope[1:, None])
    return np.append((x[:-1, None] + t * step).ravel(), x[-1]), np.exp(np.append(pieces.ravel(), y[-1]))


def draw(campaign):
    """The figure, and numbers for its caption: (z-scores of merged bins, whether an exact curve is there)."""
    groups = estimates.group_indices(len(campaign.index_rows))
    curves = [Curve(campaign, group, colour, f"$k={group.label}$")
              for group, colour in zip(groups, index_colours(len(groups)))]
    if len(groups) > 1:
        curves.append(Curve(campaign, estimates.Group(0, campaign.n - 1), INK, "all"))
    curves = [curve for curve in curves if curve.bins]
    if campaign.n_samples == 1 or not any(curve.known for curve in curves):
        return draw_stacked(campaign, curves), [], any(curve.known for curve in curves)
    scores = [b.z for curve in curves if curve.independent and curve.name != "all" for b in curve.tested]
    beyond = sum(abs(z) > Z_SHOWN for z in scores)
    if 2 * beyond > len(scores):  # a list far from complete: there is nothing to see in them
        scores = []
    figure, top, bottom, side = make_panels(bool(scores))
    for curve in curves:
        draw_curve(top, curve)
    finish_density(top, campaign, curves)
    if bottom is not None:
        draw_scores(bottom, curves)
        draw_score_histogram(side, scores)
        pyplot.setp(top.get_xticklabels(), visible=False)
    (bottom or top).set_xlabel("energy density  $e = H/N$   [$J$]")
    return figure, scores, any(curve.known for curve in curves)


def make_panels(with_scores):
    """Density panel; below it the z-scores and on their right how they are distributed."""
    if not with_scores:
        figure, top = pyplot.subplots(figsize=(WIDTH, 4.4), constrained_layout=True)
        return figure, top, None, None
    figure = pyplot.figure(figsize=(WIDTH, 6.2), constrained_layout=True)
    grid = figure.add_gridspec(2, 2, height_ratios=(2.6, 1.0), width_ratios=(6.5, 1.0))
    top = figure.add_subplot(grid[0, 0])
    bottom = figure.add_subplot(grid[1, 0], sharex=top)
    return figure, top, bottom, figure.add_subplot(grid[1, 1], sharey=bottom)


def draw_curve(axes, curve):
    """Exact line, where known, and measured densities."""
    axes.plot(curve.x, curve.y, color=curve.colour, lw=1.4, zorder=2)
    found = [b for b in curve.bins if b.density > 0.0]
    axes.errorbar([b.x for b in found], [b.density for b in found],
                  yerr=[b.error for b in found], fmt="o", ms=3.4, color=curve.colour, mec="white", mew=0.4,
                  elinewidth=0.9, zorder=3)


def finish_density(axes, campaign, curves):
    """Scale, labels at the curves, legend."""
    found = [(b.x, b.density) for curve in curves for b in curve.bins if b.density > 0.0]
    if not found:
        return
    lowest = 0.4 * min(density for _, density in found)
    highest = max([density for _, density in found] + [curve.top()[1] for curve in curves])
    reached = [x for curve in curves for x, y in zip(curve.x, curve.y) if y > lowest] + [x for x, _ in found]
    axes.set_yscale("log")
    axes.set_ylim(lowest, 2.4 * highest)
    pad = 0.04 * (max(reached) - min(reached)) + 0.01
    axes.set_xlim(min(reached) - pad, max(reached) + pad)
    noun = "minima" if campaign.kind == "minima" else "critical points"
    axes.set_ylabel(f"{noun} per sample and unit of $e$   [$1/J$]")
    label_curves(axes, curves)
    bar, dot = (axes.plot([], [], marker, ms=size, color=GREY)[0] for marker, size in (("|", 11), ("o", 4.5)))
    line, = axes.plot([], [], color=GREY, lw=1.4)
    legend_above(axes, [(bar, dot), line],
                 ["found, ± standard error over samples", "exact expectation (Kac–Rice, finite $N$)"])


def legend_above(axes, handles, labels):
    """A legend over the panel, where it covers nothing, in one row."""
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=len(handles), borderaxespad=0.2,
                handlelength=1.4, columnspacing=1.3, handletextpad=0.5)


def draw_stacked(campaign, curves):
    """Where there is one sample, or nothing to compare with: how many points lie where, indices on top of each other,
    and the exact mean of all of them if it is known."""
    figure, axes = pyplot.subplots(figsize=(WIDTH, 4.2), constrained_layout=True)
    used = np.flatnonzero(campaign.histogram.sum(axis=1))
    joined = max(1, round((used[-1] - used[0] + 1) / STACKED_BINS))
    first = used[0] - used[0] % joined
    edges = campaign.bin_edges[first:used[-1] + joined + 1:joined]
    energy, index = campaign.points["energy"], campaign.points["index"]
    singles = [curve for curve in curves if curve.name != "all"]
    chosen = [energy[(index >= c.group.first) & (index <= c.group.last)] for c in singles]
    weights = [np.full(len(e), 1.0 / campaign.n_samples) for e in chosen]
    _, _, patches = axes.hist(chosen, bins=edges, weights=weights, stacked=True, ec="white", lw=0.4,
                              color=[c.colour for c in singles])
    handles = [bars[0] for bars in (patches if len(singles) > 1 else [patches])]
    labels = [singles[0].name] + [c.group.label for c in singles[1:]]
    whole = curves[-1]
    if whole.known:
        width = edges[1] - edges[0]
        handles += axes.plot(whole.x, whole.y * width, color=VERMILLION, lw=1.5)
        labels.append("exact mean over samples")
    axes.set_xlim(edges[0] - 0.05, edges[-1] + 0.05)
    noun = "minima" if campaign.kind == "minima" else "critical points"
    axes.set_ylabel(f"{noun} in a bin $\\Delta e = {edges[1] - edges[0]:.3g}$")
    axes.set_xlabel("energy density  $e = H/N$   [$J$]")
    legend_above(axes, handles, labels)
    return figure


def label_curves(axes, curves):
    """The index under the highest point of each curve; "all" above the uppermost."""
    if len(curves) == 1:
        return
    low, high = axes.get_xlim()
    taken = []  # of lower labels: place across the panel, decades
    for curve in curves:
        above = curve.name == "all"
        x, y = curve.top()
        place = ((x - low) / (high - low), np.log10(y))
        crowded = any(abs(place[0] - a) < LABEL_WIDTH and abs(place[1] - b) < 0.2 for a, b in taken)
        taken.append(place if not crowded else (place[0], place[1] - 0.6))
        axes.annotate(curve.name, (x, y), xytext=(0, 7 if above else -24 if crowded else -10),
                      textcoords="offset points", ha="center", va="bottom" if above else "top", fontsize=8.5,
                      color=curve.colour, fontweight="bold", zorder=5,
                      bbox={"boxstyle": "round,pad=0.08", "fc": "white", "ec": "none", "alpha": 0.8})


def draw_scores(axes, curves):
    """z of every merged bin, between the bands of one and two standard errors."""
    axes.axhspan(-2.0, 2.0, color=PALE, alpha=0.45, lw=0, zorder=0)
    axes.axhspan(-1.0, 1.0, color=PALE, alpha=0.8, lw=0, zorder=0)
    axes.axhline(0.0, color=GREY, lw=0.8, zorder=1)
    for curve in curves:
        inside = [b for b in curve.tested if abs(b.z) <= Z_SHOWN]
        axes.plot([b.x for b in inside], [b.z for b in inside], "o", ms=3.8, color=curve.colour, mec="white", mew=0.4)
        for b in curve.tested:
            if abs(b.z) > Z_SHOWN:
                axes.plot(b.x, np.sign(b.z) * (Z_SHOWN + 0.2), "^" if b.z > 0.0 else "v", ms=5, color=curve.colour)
    axes.set_ylim(-Z_SHOWN - 0.5, Z_SHOWN + 0.5)
    axes.set_yticks((-4, -2, 0, 2, 4))
    axes.set_yticklabels(("−4", "−2", "0", "2", "4"))
    axes.set_ylabel("$z$ = (found − exact)\n/ standard error")


def draw_score_histogram(axes, scores):
    """How the z-scores are distributed, beside the normal law."""
    grid = np.linspace(-Z_SHOWN - 0.5, Z_SHOWN + 0.5, 200)
    axes.hist(np.clip(scores, grid[0], grid[-1]), bins=np.arange(-4.5, 4.6, 1.0), orientation="horizontal",
              density=True, color=PALE, ec="white", lw=0.8)
    axes.plot(np.exp(-0.5 * grid**2) / np.sqrt(2.0 * np.pi), grid, color=INK, lw=1.1)
    axes.set_xlabel("all $z$ and\n$\\mathcal{N}(0,1)$", fontsize=8.5)
    axes.set_xticks(())
    axes.tick_params(left=False, labelleft=False)
    axes.spines["bottom"].set_visible(False)
