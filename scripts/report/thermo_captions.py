"""Heading, alternative text and caption (HTML) of the figures at T > 0."""
import math

from report.verdict import number, short

E, N, T = "<i>e</i>", "<i>N</i>", "<i>T</i>"
T_D, T_K, SIGMA, S_CONF = "<i>T</i><sub>d</sub>", "<i>T</i><sub>K</sub>", "Σ<sub>eq</sub>", "<i>S</i><sub>conf</sub>"
Q_EA = "<i>q</i><sub>EA</sub>"


def transitions(study):
    """ "T_d = 0.8660, T_K = 0.8288", or what stands in its place."""
    dynamic, static = study.limit("temperature_dynamic"), study.limit("temperature_static")
    if not math.isfinite(static):
        return "no law is known for these couplings"
    if dynamic > static * (1.0 + 1e-9):
        return f"{T_D} = {dynamic:.4f}, {T_K} = {static:.4f}"
    return f"{T_K} = {static:.4f}, where the overlap grows from zero"


def energy(study, figure):
    """The first."""
    text = (f"<b>Figure {figure}.</b> Mean energy {E} = <i>H</i>/{N} against temperature; errors over disorder "
            f"samples. Lines: the exact solution for {N} → ∞, −<i>f</i>(1)/{T} down to {T_K} and the glass below "
            f"({transitions(study)}); nothing fitted. Dashed: the paramagnet where it is no longer the equilibrium. "
            f"Below: the difference, which falls as 1/{N} well above {T_D} and more slowly near it and in the glass; "
            f"temperatures of one {N} share their samples, so neighbouring dots go up and down together.")
    if any(campaign.planted is not None for campaign in study):
        text += (f" Where points are planted at a temperature, the mean energy there is the exact one at every {N}.")
    return "Energy against temperature", "mean energy against temperature, with the exact solution", text


def entropy(study, figure):
    """The second."""
    text = (f"<b>Figure {figure}.</b> Configurational entropy {S_CONF}: the entropy, integrated from {T} = ∞, less "
            "that of the state that the system sits in. <b>a</b> States taken as harmonic about the minimum below. "
            "<b>b</b> As TAP states on that minimum, where one stands there (pure models; the mean is over those, "
            f"and is drawn where two samples or more have some). Red: the exact complexity {SIGMA} for {N} → ∞, which "
            f"begins at {T_D} and vanishes at {T_K} ({transitions(study)}). Dashed: lines in 1/{T} through the "
            f"coldest temperatures; open symbols: where they vanish, the Kauzmann temperature of each {N}. The "
            f"harmonic entropy is right for {T} → 0 only: at {T_K} a state has an overlap far from 1 with itself, so "
            "<b>a</b> lies above the red line at every size that can be simulated.")
    return "Configurational entropy", "configurational entropy against temperature, with the exact complexity", text


def overlaps(study, figure):
    """The third."""
    text = (f"<b>Figure {figure}.</b> Distribution of the overlap <i>q</i> of two replicas of one sample, averaged "
            "over samples; bands: standard error. The temperatures are the nearest of each ladder. Dashed: the "
            f"overlap {Q_EA} within a state at the temperature of {N} = {study.largest.n}, for {N} → ∞. Between {T_D} "
            f"and {T_K} two replicas are in different states and the peak is at 0 alone, as above; below {T_K} a peak "
            f"at {Q_EA} gains the weight that is written there.")
    return "Overlap of two replicas", "distribution of overlaps above and below the transitions", text


def quality(study):
    """What the lines of Adam and Gibbs are worth, in sentences."""
    parts = []
    for campaign in study:
        line, other = campaign.adam_gibbs, campaign.arrhenius
        if line is None:
            parts.append(f"{N} = {campaign.n}: fewer than three temperatures with <i>τ</i>, no line.")
            continue
        found = (f"{N} = {campaign.n}: {short(line.intercept, line.intercept_error)} + "
                 f"{short(line.slope, line.slope_error)}/({T}{S_CONF}), {len(line.x)} temperatures from "
                 f"{line.temperatures.max():.3g} to {line.temperatures.min():.3g}, ln <i>τ</i> from "
                 f"{number(line.y.min(), 1)} to {number(line.y.max(), 1)}")
        if math.isfinite(line.rms):
            found += (f", scatter about the line {line.rms:.2g} (<i>R</i>² = {line.determination:.4f}; a line in "
                      f"1/{T} leaves {other.rms:.2g})")
        parts.append(found + ".")
    return " ".join(parts)


def adam_gibbs(study, figure):
    """The fourth."""
    text = (f"<b>Figure {figure}.</b> The relation of Adam and Gibbs: ln <i>τ</i>, the time at which Langevin "
            f"dynamics in equilibrium has lost all but 1/e of its correlation, against 1/({T}{S_CONF}) with the "
            f"harmonic {S_CONF}. Lines: least squares, errors by the jackknife over samples. {quality(study)} Below: "
            "what the line leaves of ln <i>τ</i>, with the error of ln <i>τ</i> alone. ")
    lines = [campaign for campaign in study if campaign.adam_gibbs is not None]
    better = [one for one in lines if one.adam_gibbs.rms < one.arrhenius.rms]
    if lines:
        text += (f"The line in 1/({T}{S_CONF}) describes the times better than one in 1/{T} "
                 + ("at every" if len(better) == len(lines) else f"in {len(better)} of {len(lines)}")
                 + (f" {N}" if len(better) == len(lines) else " campaigns")
                 + "; temperatures share their samples, so that neither scatter is a chi-square.")
    return "Relaxation and entropy", "logarithm of the relaxation time against 1/(T S_conf)", text
