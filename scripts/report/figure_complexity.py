"""Figure 5: annealed and quenched complexities, by index and by energy."""
import numpy as np

from report import estimates
from report.figure_energy import smooth
from report.law import complexity, complexity_index
from report.style import GREY, INK, WIDTH, index_colours, pyplot

LOWEST = 3          # indices drawn against energy, beside all of them together
EMPTY_MAX = 0.05    # quenched values of bins that are empty in more of the samples are not drawn
LIMIT_POINTS = 400
MARKERS = "os^"     # of the lowest indices


def draw(campaign):
    """The figure: by index on the left (not for minima alone), by energy on the right."""
    if len(campaign.index_rows) > 1:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(WIDTH, 4.0), constrained_layout=True,
                                                gridspec_kw={"width_ratios": (1.0, 1.35)})
        draw_indices(left, campaign)
        for axes, letter in ((left, "a"), (right, "b")):
            axes.text(-0.16, 1.03, letter, transform=axes.transAxes, fontweight="bold")
    else:
        figure, right = pyplot.subplots(figsize=(WIDTH, 4.0), constrained_layout=True)
    draw_energies(right, campaign)
    return figure


def column(rows, name):
    """A column of a list of objects as numbers; NaN for null."""
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=float)


def draw_indices(axes, campaign):
    """ln of the number of points of each index."""
    rows = campaign.summary["complexity"]["index"]
    k, exact = column(rows, "k"), column(rows, "exact")
    axes.plot(k, exact, "_", ms=13, mew=1.6, color=INK, zorder=1)
    for name, fill, shift in (("annealed", GREY, -0.12), ("quenched", "white", 0.12)):
        error = np.nan_to_num(column(rows, f"{name}_error"))
        axes.errorbar(k + shift, column(rows, name), yerr=error, fmt="o", ms=4.2, mfc=fill, mec=INK, mew=0.8,
                      color=INK, elinewidth=0.9, zorder=3)
    axes.xaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
    axes.set_xlabel("index $k$")
    handles = [axes.plot([], [], "o", ms=4.2, mfc=fill, mec=INK, mew=0.8)[0] for fill in (GREY, "white")]
    labels = ["$\\ln\\langle\\mathcal{N}\\rangle/N$", "$\\langle\\ln\\mathcal{N}\\rangle/N$"]
    if np.isfinite(exact).any():
        handles += axes.plot([], [], "_", ms=11, mew=1.6, color=INK)
        labels.append("exact")
    axes.set_ylabel("complexity  [1/spin]")
    axes.legend(handles, labels, loc="best", handletextpad=0.3, borderaxespad=0.3)


def draw_energies(axes, campaign):
    """ln of the number of points per unit of e: the lowest indices and all of them."""
    centres = 0.5 * (campaign.bin_edges[:-1] + campaign.bin_edges[1:])
    count = min(LOWEST, len(campaign.index_rows))
    colours = index_colours(count)
    lowest, handles, labels = [], [], []
    for k in range(count):
        draw_index(axes, campaign, k, colours[k], centres, lowest)
        handles += axes.plot([], [], MARKERS[k], ms=4.2, color=colours[k])
        labels.append(f"$k={k}$")
    if len(campaign.index_rows) > 1:
        draw_all(axes, campaign, centres, lowest)
        handles += axes.plot([], [], "D", ms=3.6, color=INK)
        labels.append("all")
    if np.isfinite(campaign.expected[:, 0]).all():
        handles += axes.plot([], [], color=GREY, lw=1.3)
        labels.append("exact")
    if campaign.law is not None:
        handles += axes.plot([], [], color=GREY, lw=1.3, ls=(0, (4, 2)))
        labels.append("$N\\to\\infty$")
    if lowest:
        values = np.concatenate(lowest, axis=1)
        margin = 0.06 * np.ptp(values, axis=1) + 0.02
        (left, low), (right, high) = values.min(axis=1) - margin, values.max(axis=1) + margin
        axes.set_xlim(left, right)
        axes.set_ylim(min(low, -margin[1]), high)
    axes.set_xlabel("energy density  $e = H/N$   [$J$]")
    axes.set_ylabel("complexity of the density in $e$  [1/spin]")
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=3, borderaxespad=0.2,
                handlelength=1.4, columnspacing=1.3, handletextpad=0.5)


def draw_index(axes, campaign, k, colour, centres, lowest):
    """One index: exact curve, limit, annealed (full) and quenched (open) values."""
    draw_curve(axes, centres, campaign.expected[:, k], campaign, colour)
    draw_limit(axes, campaign, colour, lambda law, e: complexity_index(law, k, e))
    seen = np.isfinite(campaign.annealed[:, k])
    if campaign.n_samples > 1:  # a bin with points of one sample has no error, and lies above the curve if it is seen
        seen &= np.isfinite(campaign.annealed_error[:, k])
    draw_dots(axes, centres, campaign.annealed[:, k], campaign.annealed_error[:, k], seen, colour, colour, MARKERS[k])
    full = seen & (campaign.empty_fraction[:, k] <= EMPTY_MAX)
    draw_dots(axes, centres + 0.15 * campaign.bin_width, campaign.quenched[:, k], campaign.quenched_error[:, k], full,
              colour, "white", MARKERS[k])
    if seen.any():
        lowest.append(np.array((centres[seen], campaign.annealed[seen, k])))


def draw_all(axes, campaign, centres, lowest):
    """All indices together; the annealed value alone."""
    counts = estimates.counts_by_bin(campaign, estimates.Group(0, campaign.n - 1))
    mean, error = estimates.mean_and_error(counts)
    draw_curve(axes, centres, campaign.expected.sum(axis=1), campaign, INK)
    draw_limit(axes, campaign, INK, complexity)
    seen = (counts > 0).sum(axis=0) >= min(2, campaign.n_samples)
    value = np.log(np.where(seen, mean, 1.0) / campaign.bin_width) / campaign.n
    draw_dots(axes, centres, value, error / np.where(seen, mean, 1.0) / campaign.n, seen, INK, INK, "D")
    if seen.any():
        lowest.append(np.array((centres[seen], value[seen])))


def draw_dots(axes, x, value, error, chosen, colour, fill, marker):
    """Values with their errors where there are some."""
    axes.errorbar(x[chosen], value[chosen], yerr=np.nan_to_num(error[chosen]), fmt=marker, ms=3.0, mfc=fill, mec=colour,
                  mew=0.7, color=colour, elinewidth=0.7, zorder=3)


def draw_curve(axes, centres, expected, campaign, colour):
    """Exact at this N."""
    if np.isfinite(expected).all():
        x, y = smooth(centres, expected / campaign.bin_width)
        axes.plot(x, np.log(y) / campaign.n, color=colour, lw=1.2, zorder=2)


def draw_limit(axes, campaign, colour, function):
    """Dashed: N to infinity, where it is not negative."""
    if campaign.law is None:
        return
    e = np.linspace(campaign.bin_edges[0], campaign.bin_edges[-1], LIMIT_POINTS * 5)
    value = function(campaign.law, e)
    axes.plot(e, np.where(value >= 0.0, value, np.nan), color=colour, lw=1.3, ls=(0, (4, 2)), zorder=5)
