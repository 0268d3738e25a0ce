"""Figures at T > 0: energy, configurational entropy, overlaps, the relation of Adam and Gibbs; a colour for each N."""
import numpy as np

from report.style import GREY, INK, PALE, VERMILLION, WIDTH, index_colours, pyplot

DASH = (0, (4, 2))
DOTS = (0, (1, 2))
MARKERS = "os^Dvp*X"
SIZES_SHOWN = 8      # in the figure of overlaps
DENSITY_MIN = 2e-3   # of P(q), the lowest that is drawn
ENTROPY_T_MAX = 1.75  # of T_d: S_conf is drawn up to there
FAR_ABOVE = 1.3      # the overlaps above T_d are those of the temperature nearest to so many T_d


def looks(study):
    """(campaign, colour, marker) of each, in the order of N."""
    return list(zip(study, index_colours(len(study)), MARKERS * (1 + len(study) // len(MARKERS))))


def label_of(study, campaign):
    """ "N = 32", with the folder's name where two campaigns share N, and whether points are planted."""
    twins = sum(other.n == campaign.n for other in study) > 1
    words = ([campaign.name] if twins else []) + (["planted"] if campaign.planted is not None else [])
    return f"$N={campaign.n}$" + (f" ({', '.join(words)})" if words else "")


def transitions(study):
    """T_d and T_K with their names; none where they are unknown, one where they are the same."""
    dynamic, static = study.limit("temperature_dynamic"), study.limit("temperature_static")
    if not np.isfinite(static):
        return []
    return [(static, "$T_K$")] + ([(dynamic, "$T_d$")] if dynamic > static * (1.0 + 1e-9) else [])


def mark_transitions(axes, study, names=True):
    """Dotted lines at T_K and T_d, named over the panel: the lower one to the left, the other to the right."""
    for (temperature, name), side in zip(transitions(study), ("right", "left")):
        axes.axvline(temperature, color=GREY, lw=1.1, ls=DOTS, zorder=1)
        if names:
            axes.annotate(name, (temperature, 1.0), xycoords=("data", "axes fraction"), ha=side, va="bottom",
                          xytext=(1 if side == "left" else 2, 1), textcoords="offset points", fontsize=9, color=GREY)


def points(axes, x, y, error, colour, marker, **style):
    """Symbols with errors where both are known; returns the handle."""
    known = np.isfinite(x) & np.isfinite(y)
    bars = np.nan_to_num(error[known])
    return axes.errorbar(x[known], y[known], yerr=bars, fmt=marker, ms=4.2, color=colour, mec="white", mew=0.4,
                         elinewidth=0.9, capsize=1.8, zorder=4, **style)


def legend_above(axes, columns, **what):
    """Over the panel, above the names of T_K and T_d."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.05), ncol=columns, borderaxespad=0.2, handlelength=1.7,
                columnspacing=1.4, handletextpad=0.5, **what)


# ---- energy ---------------------------------------------------------------------------------------------------------


def draw_energy(study):
    """<e> against T beside the solution for N to infinity; below it the difference of the two."""
    figure, (top, bottom) = pyplot.subplots(2, 1, figsize=(WIDTH, 6.0), constrained_layout=True, sharex=True,
                                            gridspec_kw={"height_ratios": (2.6, 1.0)})
    curve = study.curve
    shown = np.isfinite(curve["energy"]) & (curve["temperature"] <= 1.05 * study.hottest)
    paramagnet = shown & (curve["temperature"] >= study.limit("temperature_static"))
    glass = shown & (curve["temperature"] <= study.limit("temperature_static"))
    top.plot(curve["temperature"][paramagnet], curve["energy"][paramagnet], color=INK, lw=1.3, zorder=2,
             label="$-f(1)/T$  ($N\\to\\infty$)")
    if glass.any():
        top.plot(curve["temperature"][glass], curve["energy"][glass], color=VERMILLION, lw=1.6, zorder=2,
                 label="glass  ($N\\to\\infty$)")
    if paramagnet.any() and glass.any():
        t = curve["temperature"][glass]
        top.plot(t, curve["energy"][paramagnet][-1] * study.limit("temperature_static") / t, color=GREY, lw=1.0,
                 ls=DASH, zorder=1, label="$-f(1)/T$, continued")
    lowest = []
    for campaign, colour, marker in looks(study):
        chosen = campaign.asked
        t, e, error = (x[chosen] for x in (campaign.temperatures, campaign.mean("energy"), campaign.stderr("energy")))
        points(top, t, e, error, colour, marker, label=label_of(study, campaign))
        points(bottom, t, e - campaign.limit["energy"][chosen], error, colour, marker)
        lowest += list(e)
    lowest += list(curve["energy"][glass | (paramagnet & (curve["temperature"] > 0.0))])
    span = max(np.nanmax(lowest) - np.nanmin(lowest), 0.02)
    top.set_ylim(np.nanmin(lowest) - 0.06 * span, np.nanmax(lowest) + 0.05 * span)
    bottom.axhline(0.0, color=GREY, lw=0.8)
    mark_transitions(top, study)
    mark_transitions(bottom, study, names=False)
    top.set_ylabel("energy density  $\\langle e\\rangle$   [$J$]")
    bottom.set_ylabel("$\\langle e\\rangle$ − limit   [$J$]")
    bottom.set_xlabel("temperature  $T$   [$J$]")
    legend_above(top, 3)
    return figure


# ---- configurational entropy ----------------------------------------------------------------------------------------


def draw_entropy(study):
    """S_conf of each N against Sigma_eq: with the entropy of harmonic states, and of TAP states."""
    figure, axes = pyplot.subplots(1, 2, figsize=(WIDTH, 4.3), constrained_layout=True, sharex=True)
    for one, letter, name, kind, title in zip(axes, "ab", ("configurational", "tap_configurational"),
                                              ("harmonic", "tap"), ("harmonic states", "TAP states")):
        draw_complexity(one, study)
        reached = [0.0, 0.02]
        for campaign, colour, marker in looks(study):
            reached += draw_sample_entropy(one, study, campaign, name, kind, colour, marker)
        one.axhline(0.0, color=GREY, lw=0.8, zorder=1)
        one.set_ylim(min(reached) - 0.09 * max(reached), 1.1 * max(reached))
        mark_transitions(one, study)
        one.set_title(f"{letter}  {title}", pad=16)
        one.set_xlabel("temperature  $T$   [$J$]")
    zeros = [campaign.kauzmann(kind)[0] for campaign in study for kind in ("harmonic", "tap")]
    cold = min([campaign.temperatures.min() for campaign in study] + [t for t in zeros if t > 0.05])
    axes[0].set_xlim(cold - 0.06, min(ENTROPY_T_MAX * max([t for t, _ in transitions(study)] or [study.hottest]),
                                      1.03 * study.hottest))
    axes[0].set_ylabel("configurational entropy  $S_{conf}$   [1/spin]")
    named = {label: handle for one in axes for handle, label in zip(*one.get_legend_handles_labels())}
    if named:
        axes[1].legend(named.values(), named.keys(), loc="upper left", handlelength=1.7, handletextpad=0.5)
    return figure


def draw_complexity(axes, study):
    """Sigma_eq from T_d to T_K, and 0 below."""
    curve = study.curve
    known = np.isfinite(curve["complexity"])
    if known.any():
        axes.plot(curve["temperature"][known], curve["complexity"][known], color=VERMILLION, lw=1.9, zorder=5,
                  label="$\\Sigma_{eq}$  ($N\\to\\infty$)")


def draw_sample_entropy(axes, study, campaign, name, kind, colour, marker):
    """The points of one N and, where its line in 1/T reaches zero, that line and the zero; returns where the error bars
    end. A mean that one sample of several has alone is not drawn: it has no error."""
    t, s, error = campaign.temperatures, campaign.mean(name), campaign.stderr(name)
    shown = campaign.asked & np.isfinite(s)
    if campaign.n_samples > 1:
        shown &= np.isfinite(error)
    if not shown.any():
        return []
    points(axes, t[shown], s[shown], error[shown], colour, marker, label=label_of(study, campaign))
    zero, zero_error = campaign.kauzmann(kind)
    told = campaign.summary["kauzmann"]
    fitted = shown & (t >= told["fit_from"] * (1.0 - 1e-9)) & (t <= told["fit_to"] * (1.0 + 1e-9))
    if zero > 0.0 and fitted.sum() >= 3:
        # a least-squares line passes through the mean of its points
        beta, mean = (1.0 / t[fitted]).mean(), s[fitted].mean()
        along = np.linspace(zero, told["fit_to"], 60)
        line = mean * (1.0 / along - 1.0 / zero) / (beta - 1.0 / zero)
        axes.plot(along, line, color=colour, lw=1.0, ls=DASH, zorder=3)
        axes.errorbar(zero, 0.0, xerr=np.nan_to_num(zero_error), fmt=marker, ms=5.2, mfc="white", mec=colour, mew=1.1,
                      color=colour, elinewidth=1.0, capsize=2.0, zorder=6, clip_on=False)
    inside = shown & (t <= ENTROPY_T_MAX * max([edge for edge, _ in transitions(study)] or [np.inf]))
    ends = [(s + sign * np.nan_to_num(error))[inside] for sign in (-1.0, 1.0)]
    return list(np.concatenate(ends))


# ---- overlaps -------------------------------------------------------------------------------------------------------


def temperatures_of_overlaps(study):
    """(title, temperature) of the panels: above T_d, nearest to T_K, the coldest that all campaigns have."""
    coldest = max(campaign.temperatures.min() for campaign in study)
    marks = dict((name, t) for t, name in transitions(study))
    if not marks:
        return [("hottest", study.hottest), ("coldest", coldest)]
    highest = max(marks.values())
    panels = [("above $T_d$" if "$T_d$" in marks else "above $T_K$", min(FAR_ABOVE * highest, study.hottest)),
              ("near $T_K$", marks["$T_K$"]), ("below $T_K$", coldest)]
    return [panel for panel in panels if panel[1] >= coldest * (1.0 - 1e-9)
            and not (panel[0].startswith("below") and coldest > 0.97 * marks["$T_K$"])]


def nearest(campaign, temperature):
    """Position of the temperature nearest to it, in logarithm."""
    with np.errstate(divide="ignore"):
        return int(np.argmin(np.abs(np.log(campaign.beta * temperature))))


def draw_overlaps(study):
    """P(q) of two replicas of each N, above and below the transitions, with q_EA."""
    panels = temperatures_of_overlaps(study)
    figure, axes = pyplot.subplots(1, len(panels), figsize=(WIDTH, 3.9), constrained_layout=True, squeeze=False,
                                   sharey=True)
    chosen = looks(study)
    chosen = [chosen[i] for i in np.unique(np.linspace(0, len(chosen) - 1, min(len(chosen), SIZES_SHOWN)).astype(int))]
    parity = study.law.parity if study.law is not None else "none"
    top = 0.0
    for one, letter, (title, temperature) in zip(axes[0], "abc", panels):
        for campaign, colour, marker in chosen:
            i = nearest(campaign, temperature)
            top = max(top, draw_density(one, study, campaign, i, colour, marker))
        mark_overlap(one, study.largest, nearest(study.largest, temperature))
        one.set_title(f"{letter}  {title}")
        one.set_yscale("log")
        one.set_xlim(-1.0 if parity == "even" else -0.6, 1.0)
        one.set_xlabel("overlap  $q$")
        place = {"loc": "upper right"} if title.startswith("above") else {"loc": "lower center",
                                                                          "bbox_to_anchor": (0.48, 0.0)}
        one.legend(handlelength=1.2, handletextpad=0.4, borderaxespad=0.3, fontsize=7.5, labelspacing=0.3, **place)
    axes[0, 0].set_ylim(DENSITY_MIN, 2.0 * top)
    axes[0, 0].set_ylabel("density  $P(q)$")
    return figure


def draw_density(axes, study, campaign, i, colour, marker):
    """P(q) at one temperature with a band of its error; returns the highest value."""
    centres = 0.5 * (campaign.overlap_edges[1:] + campaign.overlap_edges[:-1])
    density, error = campaign.overlaps[i], np.nan_to_num(campaign.overlaps_stderr[i])
    axes.fill_between(centres, np.maximum(density - error, 0.1 * DENSITY_MIN), density + error, color=colour,
                      alpha=0.25, lw=0, zorder=2)
    drawn = np.where(density > 0.0, density, np.nan)
    axes.plot(centres, drawn, color=colour, lw=1.2, marker=marker, ms=3.0, markevery=4, mec="white", mew=0.3, zorder=3,
              label=f"{label_of(study, campaign)}, $T={campaign.temperatures[i]:.3g}$")
    return float(density.max())


def mark_overlap(axes, campaign, i):
    """q_EA at one temperature, where there are states, and the weight of the peak there in the limit."""
    overlap, m = campaign.limit["overlap"][i], campaign.limit["m"][i]
    if not overlap > 0.0:
        return
    axes.axvline(overlap, color=VERMILLION, lw=1.4, ls=DASH, zorder=4)
    weight = f"\nweight {1.0 - m:.2f}" if m < 1.0 else ""
    axes.annotate(f"$q_{{EA}}={overlap:.2f}${weight}", (overlap, 1.0), xycoords=("data", "axes fraction"),
                  xytext=(-3, -3), textcoords="offset points", ha="right", va="top", fontsize=8, color=VERMILLION)


# ---- Adam and Gibbs -------------------------------------------------------------------------------------------------


def draw_adam_gibbs(study):
    """ln tau against 1/(T S_conf) with the line of each N; below it what the line leaves."""
    figure, (top, bottom) = pyplot.subplots(2, 1, figsize=(WIDTH, 5.8), constrained_layout=True, sharex=True,
                                            gridspec_kw={"height_ratios": (2.6, 1.0)})
    for campaign, colour, marker in looks(study):
        line = campaign.adam_gibbs
        if line is None:
            continue
        chosen = campaign.adam_gibbs_points
        s, s_error = campaign.mean("configurational")[chosen], campaign.stderr("configurational")[chosen]
        error = campaign.relaxation_stderr[chosen] / campaign.relaxation[chosen]
        bars = {"xerr": np.nan_to_num(line.x * s_error / s), "elinewidth": 0.9, "capsize": 1.8}
        top.errorbar(line.x, line.y, yerr=np.nan_to_num(error), fmt=marker, ms=4.6, color=colour, mec="white", mew=0.4,
                     zorder=4, label=label_of(study, campaign), **bars)
        ends = np.array([line.x.min(), line.x.max()])
        top.plot(ends, line.intercept + line.slope * ends, color=colour, lw=1.2, zorder=3)
        bottom.errorbar(line.x, line.residuals, yerr=np.nan_to_num(error), fmt=marker, ms=4.2, color=colour,
                        mec="white", mew=0.4, elinewidth=0.9, capsize=1.8, zorder=4)
    bottom.axhline(0.0, color=GREY, lw=0.8)
    bottom.set_axisbelow(True)
    bottom.grid(axis="y", color=PALE, lw=0.6)
    top.set_ylabel("relaxation time  $\\ln\\,(\\tau J)$")
    bottom.set_ylabel("left over")
    bottom.set_xlabel("$1/(T\\,S_{conf})$   [$1/J$],  harmonic states")
    top.legend(loc="upper left", handlelength=1.6, handletextpad=0.5)
    return figure
