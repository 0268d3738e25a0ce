"""Heading, alternative text and caption (HTML) of each figure."""
import numpy as np

from report import estimates
from report.figure_complexity import EMPTY_MAX, LOWEST
from report.figure_spectrum import INSET_MIN
from report.law import SAMPLED_N_MAX
from report.verdict import count, noun

E, K, N, Z = "<i>e</i>", "<i>k</i>", "<i>N</i>", "<i>z</i>"


def energy(campaign, scores, known):
    """Figure 1."""
    text = (f"<b>Figure 1.</b> Number of {noun(campaign)} per sample and unit of energy {E} = <i>H</i>/{N}, by index "
            f"{K}. Dots: found.")
    if campaign.n_samples == 1 or not known:
        return stacked_energy(campaign, known)
    text += " Lines: the exact expectation at this <i>N</i> (Kac–Rice formula), nothing fitted."
    if scores:
        n_wide = sum(abs(z) > 2.0 for z in scores)
        mirror = (" For odd <i>p</i> the right half mirrors the left one in every sample and is not counted again in "
                  "these numbers." if campaign.law.parity == "odd" and campaign.kind == "all" else "")
        text += (f" Below: each dot is one energy bin of one index; bins are joined until "
                 f"{estimates.POINTS_FOR_Z} points are expected in them. The errors come from the scatter between "
                 f"samples. Of {len(scores)} {Z}, {n_wide} lie outside ±2 (about {0.0455 * len(scores):.1f} "
                 f"would by chance); bins of one sample are not independent.{mirror}")
    elif campaign.n_samples >= estimates.SAMPLES_FOR_Z:
        text += f" Too few points, or too incomplete a list, for {Z}-scores by energy bin."
    else:
        text += f" With fewer than {estimates.SAMPLES_FOR_Z} samples no {Z}-scores are drawn."
    return f"Energies of {noun(campaign)}", f"histogram of the energy of {noun(campaign)} by index", text


def stacked_energy(campaign, known):
    """Figure 1 of a single sample, or without an expectation."""
    text = (f"<b>Figure 1.</b> Energies {E} = <i>H</i>/{N} of the {noun(campaign)} found, the indices {K} stacked on "
            "each other.")
    if known:
        text += (" Line: the exact mean over all disorder samples (Kac–Rice formula). One sample scatters about it by "
                 "an amount that it cannot tell itself.")
    else:
        text += " No exact expectation by energy and index is known here."
    return f"Energies of {noun(campaign)}", f"histogram of the energy of {noun(campaign)} by index", text


def index(campaign):
    """Figure 2."""
    pure = campaign.law is not None and campaign.law.is_pure
    text = (f"<b>Figure 2.</b> Index against energy: shade, number of points; circles, mean index in each "
            f"energy bin. The index is given as the fraction {K}/({N} − 1) of the {N} − 1 directions on the sphere.")
    if np.isfinite(campaign.expected).all():
        text += " Line: the exact mean index at this <i>N</i>."
    if pure:
        text += (" Dashed: the semicircle law, which a point at energy <i>e</i> obeys for <i>N</i> → ∞ (its Hessian "
                 "is a random matrix shifted by −<i>pe</i>).")
    elif campaign.law is not None:
        text += (" In a mixed model the energy alone does not fix the index; the radial curvature <i>μ</i>, by which "
                 "the Hessian is shifted, does for <i>N</i> → ∞ (dashed: semicircle law).")
    else:
        text += " No prediction is drawn, as the law of these couplings is not known."
    return "Index against energy", "heat map of the index of critical points against their energy", text


def spectrum(campaign):
    """Figure 3."""
    sampled = campaign.law is not None and campaign.n <= SAMPLED_N_MAX
    n_minima = int(campaign.counts[:, 0].sum())
    text = (f"<b>Figure 3.</b> Hessians of the minima found ({n_minima} in all samples together). <b>a</b> Eigenvalues "
            "<i>λ</i>, shifted by the radial curvature <i>μ</i>, and the semicircle of a large random matrix with "
            f"{N} − 1 rows. At finite {N} its edges are round, and at a minimum the lowest levels "
            "are pushed up, as none may be negative. <b>b</b> The softest mode of each minimum.")
    if n_minima >= INSET_MIN:
        text += " Inset: the fraction of minima softer than <i>λ</i> falls as <i>λ</i>², since levels repel."
    if sampled:
        text += (" Red: exact at this <i>N</i>, from sampled GOE(<i>N</i>) matrices seen from their lowest level, "
                 "averaged over all minima alike; nothing fitted.")
    if campaign.kind == "minima":
        text += " Descent finds minima with wide basins first: an incomplete list is biased to deep and stiff ones."
    return "Hessians of the minima", "Hessian spectrum of minima and distribution of their lowest eigenvalue", text


def completeness(campaign):
    """Figure 4."""
    if not len(campaign.points["hits"]):
        return "How the starts ended", "bar chart of how the starts ended", "How all starts ended; none is dropped."
    text = (f"<b>Figure 4.</b> How complete the lists are. <b>a</b> How many starts ended in each distinct point: "
            "points hit once hint at others never hit. <b>b</b> From them, for each sample, the chance that one more "
            "start finds a new point. <b>c</b> How all starts ended; none is dropped. <b>d</b> The mean over the "
            "first samples settles at the exact value if nothing is missed.")
    if campaign.reasons and campaign.n_shards < campaign.n_samples:
        text += f" Panel c shows {campaign.n_shards} of {count(campaign.n_samples, 'sample')}."
    return "How complete are the lists?", "hits, coverage, ends of starts and running mean", text


def complexity(campaign):
    """Figure 5."""
    text = (f"<b>Figure 5.</b> Logarithms of numbers, over {N}: annealed, ln⟨𝒩⟩ (full dots), and quenched, ⟨ln 𝒩⟩ "
            "(open). Errors: jackknife over disorder samples.")
    lowest = min(LOWEST, len(campaign.index_rows))
    where = "<b>a</b> Of each index. <b>b</b> Of" if len(campaign.index_rows) > 1 else "Of"
    text += (f" {where} the number per unit of {E}, for the "
             + (f"lowest {lowest} indices and all." if lowest > 1 else "minima.")
             + f" Quenched values by {E} are drawn where at most {EMPTY_MAX:.0%} of the samples have no such point, as "
             "ln 0 cannot be averaged; wider bins (<code>-campaign_bin_width</code>) have more of them. Bins with "
             "points of a single sample are left out.")
    if np.isfinite(campaign.expected[:, 0]).all():
        text += f" Lines: exact ln⟨𝒩⟩/{N} at this {N}, nothing fitted."
    if campaign.law is not None:
        text += f" Dashed: {N} → ∞, where it is positive; a small system is far from it."
    return "Complexities", "annealed and quenched complexity by index and by energy", text


def radial(campaign):
    """Figure 6."""
    text = (f"<b>Figure 6.</b> In a mixed law the index follows the radial curvature <i>μ</i> = <i>σ</i>·∇<i>H</i>/"
            f"{N}. <b>a</b> Number per sample and unit of <i>μ</i>, by index, with the error over samples. <b>b</b> "
            f"Number in the plane of {E} and <i>μ</i>, " + ("all indices." if campaign.kind == "all" else "minima."))
    if np.isfinite(campaign.mu_expected[:, 0]).all():
        text += " Lines: the exact expectation (Kac–Rice), nothing fitted."
    return "Radial curvature", "number of points against radial curvature and energy", text
