"""Figure 6: mixed laws by radial curvature, which the index follows."""
import numpy as np

from report import estimates
from report.figure_energy import legend_above
from report.style import GREY, HEAT, VERMILLION, WIDTH, index_colours, pyplot

CONTOURS = 6     # lines of equal exact density, a factor of e**1.2 apart
SHOWN = 0.5      # points expected or found in all samples, below which a bin is left out


def draw(campaign):
    """The figure: number against mu by index; number in the plane of e and mu."""
    n_panels = 2 if campaign.joint_histogram.size else 1
    figure, axes = pyplot.subplots(1, n_panels, figsize=(WIDTH, 3.9), constrained_layout=True,
                                   squeeze=False)
    draw_indices(axes[0, 0], campaign)
    if campaign.joint_histogram.size:
        for one, letter in zip(axes[0], "ab"):
            one.text(-0.16, 1.03, letter, transform=one.transAxes, fontweight="bold")
        draw_plane(figure, axes[0, 1], campaign)
    return figure


def draw_indices(axes, campaign):
    """Mean number per unit of mu, with its error over samples, and the exact curve."""
    edges = campaign.mu_bin_edges
    width, centres = edges[1] - edges[0], 0.5 * (edges[:-1] + edges[1:])
    groups = estimates.group_indices(len(campaign.index_rows))
    known, lowest, highest = False, [], []
    for group, colour in zip(groups, index_colours(len(groups))):
        counts = campaign.mu_counts(group)
        mean, error = estimates.mean_and_error(counts)
        expected = campaign.mu_expected[:, group.indices].sum(axis=1)
        seen = mean > 0.0
        axes.errorbar(centres[seen], mean[seen] / width, yerr=np.nan_to_num(error[seen]) / width, fmt="o", ms=3.0,
                      color=colour, mec="white", mew=0.4, elinewidth=0.8, zorder=3)
        if seen.any():
            lowest.append(mean[seen].min() / width)
            highest.append(mean.max() / width)
        if not np.isfinite(expected).all():
            continue
        known = True
        used = expected * campaign.n_samples > SHOWN
        axes.plot(centres[used], expected[used] / width, color=colour, lw=1.3, zorder=2)
        if used.any():
            top = centres[np.argmax(expected)]
            axes.annotate(f"$k={group.label}$", (top, expected.max() / width), xytext=(0, 5), ha="center",
                          textcoords="offset points", fontsize=8.5, color=colour)
    axes.set_yscale("log")
    if lowest:
        axes.set_ylim(0.5 * min(lowest), 2.5 * max(highest))
    axes.set_xlabel("radial curvature  $\\mu$   [$J$]")
    axes.set_ylabel("points per sample and unit of $\\mu$")
    handles, labels = axes.plot([], [], "o", ms=4, color=GREY), ["found"]
    if known:
        handles += axes.plot([], [], color=GREY, lw=1.3)
        labels.append("exact, finite $N$")
    legend_above(axes, handles, labels)


def draw_plane(figure, axes, campaign):
    """What was found as a map, what is expected as lines of equal density."""
    found = np.where(campaign.joint_histogram > 0, campaign.joint_histogram, np.nan).T / max(1, campaign.n_samples)
    cell = campaign.bin_width * (campaign.mu_bin_edges[1] - campaign.mu_bin_edges[0])
    picture = axes.pcolormesh(campaign.bin_edges, campaign.mu_bin_edges, np.log10(found / cell), cmap=HEAT,
                              rasterized=True)
    figure.colorbar(picture, ax=axes, label="$\\log_{10}$ of the number per $\\Delta e\\,\\Delta\\mu$", shrink=0.85)
    expected = campaign.joint_expected
    if np.isfinite(expected).all() and expected.max() > 0.0:
        levels = expected.max() / cell * np.exp(-1.2 * np.arange(CONTOURS, 0, -1))
        axes.contour(0.5 * (campaign.bin_edges[:-1] + campaign.bin_edges[1:]),
                     0.5 * (campaign.mu_bin_edges[:-1] + campaign.mu_bin_edges[1:]), expected.T / cell, levels=levels,
                     colors=VERMILLION, linewidths=0.9)
        line, = axes.plot([], [], color=VERMILLION, lw=1.0)
        legend_above(axes, [line], ["exact, a factor of 3.3 apart"])
    rows, columns = (np.flatnonzero(campaign.joint_histogram.sum(axis=axis)) for axis in (1, 0))
    if len(rows):
        axes.set_xlim(campaign.bin_edges[rows[0]], campaign.bin_edges[rows[-1] + 1])
        axes.set_ylim(campaign.mu_bin_edges[columns[0]], campaign.mu_bin_edges[columns[-1] + 1])
    axes.set_xlabel("energy density  $e$   [$J$]")
    axes.set_ylabel("radial curvature  $\\mu$   [$J$]")
