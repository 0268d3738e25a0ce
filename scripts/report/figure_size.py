"""Figures of a study: complexities and energies of minima against N, complexity against energy for several N."""
import math

import numpy as np

from report import estimates
from report import law as limits
from report.figure_energy import smooth
from report.finite_size import LOWEST
from report.style import GREY, INK, PALE, SKY, VERMILLION, WIDTH, index_colours, pyplot

MARKERS = {None: "o", 0: "s", 1: "^", 2: "D"}
TICKS_APART = 0.045   # of the axis
Z_SHOWN = 4.0
EMPTY_MAX = 0.05      # quenched values are drawn where at most so many of the samples are empty
SIZES_SHOWN = 6       # N in the figure against energy
LIMIT_POINTS = 4000
DASH = (0, (4, 2))


def colour_of(k):
    """Of an index; ink for all together."""
    return INK if k is None else index_colours(len(LOWEST))[k]


def name_of(k):
    """For legends."""
    return "all $k$" if k is None else f"$k={k}$"


def panels(with_scores):
    """The main panel and, below it, one for z-scores (or None)."""
    if not with_scores:
        figure, top = pyplot.subplots(figsize=(WIDTH, 4.6), constrained_layout=True)
        return figure, top, None
    figure, (top, bottom) = pyplot.subplots(2, 1, figsize=(WIDTH, 6.4), constrained_layout=True, sharex=True,
                                            gridspec_kw={"height_ratios": (2.9, 1.0)})
    return figure, top, bottom


def scale_by_size(axes, study):
    """An axis on which N stands at 1/N, with infinity at its left end."""
    sizes = sorted({entry.n for entry in study.entries})
    right = 1.06 / min(sizes)
    ticks = [(0.0, "$\\infty$")]
    for n in sorted({*sizes, *study.theory}, key=lambda n: (n not in sizes, n)):
        if 1.0 / n <= right and all(abs(1.0 / n - place) > TICKS_APART * right for place, _ in ticks):
            ticks.append((1.0 / n, str(n)))
    axes.set_xticks([place for place, _ in ticks])
    axes.set_xticklabels([label for _, label in ticks])
    axes.set_xlim(-0.03 * right, right)
    axes.set_xlabel("number of spins $N$, spaced as $1/N$")
    return right


def draw_scores(axes, rows, shift):
    """z of (N, Value, colour, marker), those of a row side by side, in bands of one and two standard errors."""
    for reach, alpha in ((2.0, 0.45), (1.0, 0.8)):
        axes.axhspan(-reach, reach, color=PALE, alpha=alpha, lw=0, zorder=0)
    axes.axhline(0.0, color=GREY, lw=0.8, zorder=1)
    for place, (n, value, colour, marker) in ((i - 0.5 * (len(row) - 1), item) for row in rows
                                              for i, item in enumerate(row)):
        beyond = abs(value.z) > Z_SHOWN
        axes.plot(1.0 / n + shift * place, np.clip(value.z, -Z_SHOWN - 0.2, Z_SHOWN + 0.2), color=colour,
                  marker=("^" if value.z > 0.0 else "v") if beyond else marker, ms=5 if beyond else 4, mec="white",
                  mew=0.4)
    axes.set_ylim(-Z_SHOWN - 0.6, Z_SHOWN + 0.6)
    axes.set_yticks((-4, -2, 0, 2, 4))
    axes.set_yticklabels(("−4", "−2", "0", "2", "4"))
    axes.set_ylabel("$z$ = (found − exact)\n/ standard error")


def legend_above(axes, handles, labels, columns):
    """Over the panel, where it covers nothing."""
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=columns, borderaxespad=0.2,
                handlelength=1.6, columnspacing=1.4, handletextpad=0.5)


def dot(axes, colour, marker, fill=None):
    """A symbol for a legend."""
    return axes.plot([], [], marker, ms=4.8, mfc=fill or colour, mec=colour, mew=0.9)[0]


# ---- complexities against N ----------------------------------------------------------------------------------------


def draw_complexity(study):
    """ln of the number of points by index and of all, against N."""
    shown = [k for k in (None, *reversed(LOWEST)) if any(k in entry.logs for entry in study.entries)]
    rows = [[(entry.n, entry.logs[k].annealed, colour_of(k), MARKERS[k]) for k in shown
             if k in entry.logs and entry.logs[k].annealed.z is not None] for entry in study.entries]
    rows = [row for row in rows if row]
    figure, top, bottom = panels(bool(rows))
    right = scale_by_size(bottom or top, study)
    for k in shown:
        draw_index(top, study, k, 0.011 * right)
    draw_limits(top, study, shown)
    inside = [study.exact(k) for k in shown]
    heights(top, [exact[1.0 / sizes <= right] for sizes, exact in inside]
            + [[log.annealed.value, log.quenched.value] for entry in study.entries for log in entry.logs.values()]
            + ([limits.complexity_minima(study.law)] if study.law is not None else []))
    if bottom is not None:
        draw_scores(bottom, rows, 0.009 * right)
    top.set_ylabel("complexity  $\\ln(\\mathrm{number})/N$   [1/spin]")
    handles = [dot(top, colour_of(k), MARKERS[k]) for k in shown] + [dot(top, GREY, "o"), dot(top, GREY, "o", "white")]
    labels = [name_of(k) for k in shown] + ["annealed  $\\ln\\langle\\mathcal{N}\\rangle/N$",
                                            "quenched  $\\langle\\ln\\mathcal{N}\\rangle/N$"]
    handles += [top.plot([], [], color=GREY, lw=1.3)[0]]
    labels += ["exact (Kac–Rice)"]
    if study.law is not None:
        handles += [top.plot([], [], color=GREY, lw=1.3, ls=DASH)[0]]
        labels += ["$N\\to\\infty$"]
    legend_above(top, handles, labels, 4)
    return figure


def draw_index(axes, study, k, shift):
    """Exact values joined by a line, annealed (full) and quenched (open, a little to the right)."""
    sizes, exact = study.exact(k)
    axes.plot(1.0 / sizes, exact, color=colour_of(k), lw=1.2, zorder=2)
    for entry in study.entries:
        if k not in entry.logs:
            continue
        log = entry.logs[k]
        draw_value(axes, 1.0 / entry.n, log.annealed, colour_of(k), MARKERS[k], colour_of(k))
        if log.empty <= EMPTY_MAX:
            draw_value(axes, 1.0 / entry.n + shift, log.quenched, colour_of(k), MARKERS[k], "white")
        if not entry.complete and math.isfinite(log.annealed.value):
            axes.annotate("$\\uparrow$", (1.0 / entry.n, log.annealed.value), xytext=(0, 4), ha="center",
                          textcoords="offset points", color=colour_of(k))


def draw_value(axes, x, value, colour, marker, fill):
    """A symbol with its error, where there is one."""
    if math.isfinite(value.value):
        axes.errorbar(x, value.value, yerr=np.nan_to_num(value.error), fmt=marker, ms=4.6, mfc=fill, mec=colour,
                      mew=0.9, color=colour, elinewidth=1.0, capsize=2.0, zorder=4)


def draw_limits(axes, study, shown):
    """Dashed: the values for N to infinity."""
    if study.law is None:
        return
    lines = {None: limits.complexity_total(study.law), 0: limits.complexity_minima(study.law)}
    for k, value in lines.items():
        if k in shown:
            words = "all $k$" if k is None else "each fixed $k$"
            label_limit(axes, value, f"{words}: {value:.4f}", 3, "bottom")


def label_limit(axes, value, words, shift, side):
    """A dashed line for N to infinity, with its name and value at the left, where N is infinite."""
    axes.axhline(value, color=GREY, lw=1.2, ls=DASH, zorder=1)
    axes.annotate(words, (0.0, value), xycoords=("axes fraction", "data"), xytext=(4, shift),
                  textcoords="offset points", va=side, fontsize=8.5, zorder=5,
                  bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8})


def heights(axes, values):
    """A scale that holds all of them."""
    values = np.concatenate([np.ravel(value) for value in values])
    values = values[np.isfinite(values)]
    margin = 0.08 * np.ptp(values) + 0.01
    axes.set_ylim(values.min() - margin, values.max() + margin)


# ---- energies of minima against N ----------------------------------------------------------------------------------


def draw_minima(study):
    """Mean, spread and lowest energy of the minima against N."""
    rows = []
    for entry in study.entries:
        _, mean, spread, _ = entry.minima
        rows.append([(entry.n, value, colour, marker) for value, colour, marker in
                     ((mean, INK, "o"), (spread, VERMILLION, "s")) if value.z is not None])
    rows = [row for row in rows if row]
    figure, top, bottom = panels(bool(rows))
    right = scale_by_size(bottom or top, study)
    sizes, mean, spread = study.exact_minima()
    top.plot(1.0 / sizes, mean, color=INK, lw=1.3, zorder=2)
    known = np.isfinite(spread)
    top.fill_between(1.0 / sizes[known], (mean - spread)[known], (mean + spread)[known], color=SKY, alpha=0.3, lw=0)
    for entry in study.entries:
        draw_band(top, entry)
    reached = [(mean + sign * spread)[1.0 / sizes <= right] for sign in (-1.0, 1.0)]
    for entry in study.entries:
        _, middle, width, lowest = entry.minima
        reached.append([middle.value - width.value, middle.value + width.value, lowest.value])
    if study.law is not None:
        edge, ground = limits.threshold_energy(study.law), limits.ground_energy(study.law)
        label_limit(top, edge, f"{threshold_name(study.law)} = {edge:.4f}".replace("= -", "= −"), 3, "bottom")
        label_limit(top, ground, f"$E_0$ = {ground:.4f}".replace("= -", "= −"), -3, "top")
        reached.append([edge, ground - 0.02])
    heights(top, reached)
    if bottom is not None:
        draw_scores(bottom, rows, 0.009 * right)
        legend_above(bottom, [dot(bottom, INK, "o"), dot(bottom, VERMILLION, "s")], ["mean", "standard deviation"], 2)
    top.set_ylabel("energy density of minima  $e = H/N$   [$J$]")
    handles = [dot(top, INK, "o"), top.plot([], [], "_", ms=10, mew=1.4, color=INK)[0], dot(top, VERMILLION, "D"),
               top.plot([], [], color=INK, lw=1.3)[0], pyplot.Rectangle((0, 0), 1, 1, color=SKY, alpha=0.3, lw=0),
               top.plot([], [], color=GREY, lw=1.2, ls=DASH)[0]]
    legend_above(top, handles, ["mean of all minima", "mean ± standard deviation", "lowest of a sample, mean",
                                "exact mean", "exact mean ± standard deviation", "$N\\to\\infty$"], 3)
    return figure


def threshold_name(law):
    """How the limit of the mean is called."""
    return "$-E_\\infty$" if law.is_pure else "$e$ at the largest $\\Sigma_0$"


def draw_band(axes, entry):
    """One campaign: mean with error, dashes at one standard deviation, lowest energy."""
    _, mean, spread, lowest = entry.minima
    x = 1.0 / entry.n
    for sign in (-1.0, 1.0):
        axes.errorbar(x, mean.value + sign * spread.value, yerr=np.nan_to_num(spread.error), fmt="_", ms=10, mew=1.4,
                      color=INK, elinewidth=0.9, zorder=3)
    draw_value(axes, x, mean, INK, "o", INK)
    draw_value(axes, x, lowest, VERMILLION, "D", VERMILLION)


# ---- complexity against energy ---------------------------------------------------------------------------------------


def draw_energies(study):
    """ln of the number per unit of e for several N, all indices and minima, with the limit."""
    everything = [entry for entry in study.entries if entry.has_all]
    chosen = [("minima", study.entries, limits_of_minima)]
    if everything:
        chosen.insert(0, ("all indices", everything, limits.complexity))
    figure, axes = pyplot.subplots(1, len(chosen), figsize=(WIDTH, 4.2), constrained_layout=True, squeeze=False)
    for one, letter, (title, entries, limit) in zip(axes[0], "ab", chosen):
        draw_sizes(one, study, spread_out(entries), title == "minima", limit)
        one.set_title(f"{letter}  {title}" if len(chosen) > 1 else title)
        one.set_xlabel("energy density  $e = H/N$   [$J$]")
    axes[0, 0].set_ylabel("complexity of the density in $e$   [1/spin]")
    return figure


def limits_of_minima(law, e):
    """Sigma_0(e)."""
    return limits.complexity_index(law, 0, e)


def spread_out(entries):
    """At most SIZES_SHOWN of them, the smallest and the largest N among them."""
    chosen = np.unique(np.linspace(0, len(entries) - 1, min(len(entries), SIZES_SHOWN)).round().astype(int))
    return [entries[i] for i in chosen]


def draw_sizes(axes, study, entries, of_minima, limit):
    """Exact lines and annealed values, a colour and a symbol for each N."""
    seen = []
    for entry, colour, marker in zip(entries, index_colours(len(entries)), "os^Dvp"):
        x, value, error, exact = density(entry.campaign, of_minima)
        axes.errorbar(x, value, yerr=error, fmt=marker, ms=3.2, color=colour, mec="white", mew=0.3, elinewidth=0.8,
                      zorder=3, label=f"$N={entry.n}$")
        if exact is not None:
            axes.plot(*exact, color=colour, lw=1.1, zorder=2)
        seen.append(np.column_stack((x, value)))
    if study.law is not None:
        e = np.linspace(1.02 * limits.ground_energy(study.law), -1.02 * limits.ground_energy(study.law), LIMIT_POINTS)
        value = limit(study.law, e)
        axes.plot(e, np.where(value >= 0.0, value, np.nan), color=VERMILLION, lw=1.6, ls=DASH, zorder=6)
    seen = np.concatenate(seen)
    if len(seen):
        margin = 0.06 * np.ptp(seen, axis=0) + 0.02
        (left, low), (right, high) = seen.min(axis=0) - margin, seen.max(axis=0) + margin
        axes.set_xlim(left, right)
        axes.set_ylim(min(low, -0.02), high)
    handles, labels = axes.get_legend_handles_labels()
    if study.law is not None:
        handles += axes.plot([], [], color=VERMILLION, lw=1.6, ls=DASH)
        labels.append("$N\\to\\infty$")
    axes.legend(handles, labels, loc="best", handlelength=1.4, handletextpad=0.4, borderaxespad=0.2)


def density(campaign, of_minima):
    """Energy, ln(mean number per unit of e)/N and its error in bins that two samples or more have points in; and the
    exact curve (None where unknown)."""
    group = estimates.Group(0, 0 if of_minima else campaign.n - 1)
    counts = estimates.counts_by_bin(campaign, group)
    mean, error = estimates.mean_and_error(counts)
    chosen = (counts > 0).sum(axis=0) >= 2
    centres = 0.5 * (campaign.bin_edges[1:] + campaign.bin_edges[:-1])
    expected = campaign.expected[:, group.indices].sum(axis=1)
    exact = None
    if np.isfinite(expected).all():
        x, y = smooth(centres, expected / campaign.bin_width)
        exact = x, np.log(y) / campaign.n
    value = np.log(mean[chosen] / campaign.bin_width) / campaign.n
    return centres[chosen], value, error[chosen] / mean[chosen] / campaign.n, exact
