"""Heading, alternative text and caption (HTML) of the figures of a study."""
from report.figure_size import EMPTY_MAX, SIZES_SHOWN

E, K, N = "<i>e</i>", "<i>k</i>", "<i>N</i>"


def complexity(study):
    """Figure 1."""
    text = (f"<b>Figure 1.</b> Logarithm of the number of critical points over {N}, of all and of the lowest indices "
            f"{K}. Full symbols: annealed, ln⟨𝒩⟩/{N}, with its jackknife error over samples. Open, a little to the "
            f"right: quenched, ⟨ln 𝒩⟩/{N}, where at most {EMPTY_MAX:.0%} of the samples have no such point. Lines: "
            f"exact annealed value (Kac–Rice), nothing fitted, straight between the {N} at which it was computed.")
    if study.law is not None:
        text += (f" Dashed: the limit {N} → ∞, for all points ln(<i>f</i>″/<i>f</i>′)/2, and the same for every fixed "
                 f"{K}; corrections are of order (ln {N})/{N}, so a small system is far from it.")
    text += " Below: deviation of the annealed values from the exact ones, symbols of one <i>N</i> side by side."
    if any(not entry.complete for entry in study.entries):
        text += " Arrows: lists that are not complete, lower bounds."
    return f"Complexity against {N}", "complexity of all points and of the lowest indices against N", text


def minima(study):
    """Figure 2."""
    text = (f"<b>Figure 2.</b> Energies {E} = <i>H</i>/{N} of the minima. Dots and dashes: mean and standard deviation "
            "over all minima of all samples alike, with jackknife errors; diamonds: mean over samples of the lowest "
            f"{E} of each. Line and band: exact mean and standard deviation (Kac–Rice), nothing fitted.")
    if study.law is not None:
        edge = ("−<i>E</i><sub>∞</sub> = −2√((<i>p</i>−1)/<i>p</i>)" if study.law.is_pure
                else f"the {E} of the largest Σ<sub>0</sub>")
        text += (f" Dashed: for {N} → ∞ nearly all minima are at {edge}, and the lowest at <i>E</i><sub>0</sub>, the "
                 f"zero of the annealed complexity Σ<sub>0</sub>({E}). Below: deviations from the exact values.")
    return f"Energies of minima against {N}", "mean, spread and lowest energy of minima against N", text


def energies(study):
    """Figure 3."""
    text = (f"<b>Figure 3.</b> Logarithm of the mean number of points per unit of {E}, over {N}, <b>a</b> of all "
            f"indices, <b>b</b> of minima. Lines: exact at that {N}.")
    if not any(entry.has_all for entry in study.entries):
        text = text.replace(", <b>a</b> of all indices, <b>b</b> of minima", ", of the minima")
    if len(study.entries) > SIZES_SHOWN:
        text += f" Of {len(study.entries)} campaigns {SIZES_SHOWN} are shown."
    if study.law is not None:
        text += f" Dashed: the complexity Σ({E}) and Σ<sub>0</sub>({E}) for {N} → ∞, where it is positive."
    return (f"Complexity against energy, by {N}", "complexity against energy for several N",
            text + " Bins with points of a single sample are left out, as they would lie above the curve.")
