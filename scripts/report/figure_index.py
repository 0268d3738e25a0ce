"""Figure 2: the index of critical points against their energy (pure laws) or radial curvature (mixed laws)."""
import numpy as np
from matplotlib.colors import LogNorm, Normalize

from report.law import semicircle_cdf
from report.style import HEAT, INK, VERMILLION, WIDTH, pyplot

FOUND_FOR_MEAN = 10  # points in a bin below which its mean index is not drawn
MU_BINS = 60
INDEX_AXIS_N_MAX = 24  # up to this N each index has a tick


def draw(campaign):
    """The figure. A mixed law has two panels, as its energy alone does not fix the index."""
    law = campaign.law
    if law is None or law.is_pure:
        figure, axes = pyplot.subplots(figsize=(WIDTH, 4.5), constrained_layout=True)
        draw_energy(figure, axes, campaign)
        return figure
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(WIDTH, 4.2), sharey=True, constrained_layout=True)
    draw_mu(figure, left, campaign)
    draw_energy(figure, right, campaign)
    right.set_ylabel("")
    left.set_title("a  against the radial curvature")
    right.set_title("b  against the energy")
    return figure


def heat_map(figure, axes, campaign, edges, histogram, what, name_index=True):
    """Mean number per sample in each cell (bin, k), and the mean index of each bin."""
    n = campaign.n
    ticks = np.arange(n + 1) - 0.5
    mean = histogram / max(1, campaign.n_samples)
    low, high = mean[mean > 0.0].min(), mean.max()
    norm = LogNorm(low, high) if high > 30.0 * low else Normalize(0.0, high)
    cells = axes.pcolormesh(edges, ticks / (n - 1), np.ma.masked_equal(mean.T, 0.0), cmap=HEAT, norm=norm,
                            rasterized=True)
    bar = figure.colorbar(cells, ax=axes, location="top", shrink=0.75, aspect=32, pad=0.02)
    bar.set_label(f"points per sample, in a cell {what}", fontsize=8.5)
    bar.outline.set_visible(False)
    filled = histogram.sum(axis=1) >= FOUND_FOR_MEAN
    centres = 0.5 * (edges[:-1] + edges[1:])
    fraction = histogram[filled] @ np.arange(n) / histogram[filled].sum(axis=1) / (n - 1)
    axes.plot(centres[filled], fraction, "o", ms=4, color="white", mec=INK, mew=0.9, label="mean of those found",
              zorder=4)
    used = np.flatnonzero(histogram.sum(axis=1))
    axes.set_xlim(edges[max(0, used[0] - 1)], edges[min(len(edges) - 1, used[-1] + 2)])
    axes.set_ylim(ticks[0] / (n - 1), ticks[-1] / (n - 1))
    axes.set_ylabel("fraction of negative Hessian directions  $k/(N-1)$")
    if n <= INDEX_AXIS_N_MAX:
        right = axes.secondary_yaxis("right", functions=(lambda y: y * (n - 1), lambda k: k / (n - 1)))
        right.set_yticks(range(n))
        right.set_ylabel("index $k$" if name_index else "")


def draw_energy(figure, axes, campaign):
    """Index against energy: the exact mean at this N and, for a pure law, the limit N -> infinity."""
    n, law = campaign.n, campaign.law
    heat_map(figure, axes, campaign, campaign.bin_edges, campaign.histogram.astype(float),
             f"$\\Delta e = {campaign.bin_width:g}$")
    if np.isfinite(campaign.expected).all():
        weight = campaign.expected.sum(axis=1)
        seen = weight * campaign.n_samples > 1.0
        centres = 0.5 * (campaign.bin_edges[:-1] + campaign.bin_edges[1:])
        axes.plot(centres[seen], campaign.expected[seen] @ np.arange(n) / weight[seen] / (n - 1), color=VERMILLION,
                  lw=1.6, label=f"exact mean, $N = {n}$", zorder=3)
    if law is not None and law.is_pure:
        e = np.linspace(*axes.get_xlim(), 400)
        axes.plot(e, semicircle_cdf(law.p * e / np.sqrt(law.curvature)), color=INK, lw=1.4, ls=(0, (5, 2)),
                  label="semicircle, $N \\to \\infty$", zorder=3)
    axes.set_xlabel("energy density  $e = H/N$   [$J$]")
    axes.legend(loc="upper left", handlelength=1.8)


def draw_mu(figure, axes, campaign):
    """Index against mu = sigma . grad H / N, which fixes it in the limit N -> infinity."""
    mu, k, n = campaign.points["mu"], campaign.points["index"], campaign.n
    reach = 1.02 * np.abs(mu).max()
    edges = np.linspace(-reach, reach, MU_BINS + 1)
    histogram, _, _ = np.histogram2d(mu, k, bins=(edges, np.arange(n + 1) - 0.5))
    heat_map(figure, axes, campaign, edges, histogram, f"$\\Delta\\mu = {edges[1] - edges[0]:.2g}$",
             name_index=False)
    grid = np.linspace(-reach, reach, 400)
    axes.plot(grid, semicircle_cdf(grid / np.sqrt(campaign.law.curvature)), color=INK, lw=1.4, ls=(0, (5, 2)),
              label="semicircle, $N \\to \\infty$", zorder=3)
    axes.set_xlabel("radial curvature  $\\mu = \\sigma\\cdot\\nabla H/N$   [$J$]")
    axes.legend(loc="upper left", handlelength=1.8)
