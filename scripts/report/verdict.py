"""What the campaign says, in words: title, verdict and lead paragraph as plain text with HTML entities."""
import dataclasses
import html
import math

from report import estimates

REASONS = {"found": "critical point found", "failed_max_iter": "step limit reached",
           "failed_line_search": "no decrease in line search", "failed_singular": "singular Newton system",
           "failed_saddle": "descent ended in a saddle"}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """tone: agrees, disagrees, incomplete or open; a headline; a paragraph (HTML)."""
    tone: str
    headline: str
    paragraph: str


def number(value, digits):
    """Fixed-point with a true minus sign and thin spaces between many digits, a dash for None."""
    if value is None:
        return "–"
    text = f"{round(value, digits) + 0.0:{',' if abs(value) >= 1e5 else ''}.{digits}f}"
    return text.replace("-", "−").replace(",", "\u202f")


def z_text(z):
    """A z-score; one beyond all measure by its size only."""
    if z is not None and abs(z) >= 1e4:
        return "> 10⁴" if z > 0.0 else "< −10⁴"
    return number(z, 2 if z is None or abs(z) < 100.0 else 0)


def decimals(error, value=None):
    """Decimals that show two digits of an error, or four or so of a value that has none."""
    if not error and value is not None and float(value).is_integer():
        return 0
    size = error or (abs(value) / 1000.0 if value else 0.0)
    if not size:
        return 2
    digits = 0
    while digits < 8 and size * 10**digits < 9.5:
        digits += 1
    return digits


def with_error(mean, error):
    """ "124.1 ± 3.5" """
    digits = decimals(error, mean)
    return number(mean, digits) + (f" ± {number(error, digits)}" if error is not None else "")


def known(value):
    """None for NaN."""
    return value if value is not None and math.isfinite(value) else None


def short(value, error):
    """ "5.88(10)": the error in units of the last digit of the value."""
    if value is None or not error:
        return number(value, decimals(error, value) if value is not None else 0)
    digits = decimals(error)
    return f"{number(value, digits)}({round(error * 10**digits)})"


def exact(value, error):
    """An exact number with one digit more than the error shows, two at least, eight digits in all at most."""
    if value is None:
        return number(value, 0)
    room = 7 - (len(str(int(abs(value)))) - 1)
    return number(value, max(0, min(room, max(2, decimals(error, value) + 1))))


def thousands(value):
    """A whole number, with thin spaces if it has five digits or more."""
    return f"{value:,}".replace(",", "\u202f") if value >= 10000 else str(value)


def count(value, noun):
    """ "1 sample", "60 samples"."""
    return f"{thousands(value)} {noun}" + ("" if value == 1 else "s")


def reason_words(name):
    """How a start ended, in words."""
    return REASONS.get(name, name.replace("_", " "))


def rough(value):
    """Two digits."""
    return f"{value:.2g}" if value < 10.0 else f"{value:.0f}"


def model_name(campaign):
    """The model in words (HTML)."""
    model = campaign.summary["model"]
    n = f"<i>N</i> = {campaign.n}"
    if model.get("couplings"):
        return f"the tensor in {html.escape(pathname(model['couplings']))} ({n})"
    if model.get("mixture"):
        terms = " + ".join(f"{c:g} <i>q</i><sup>{p}</sup>" for p, c in campaign.law.c.items())
        return f"the mixed spherical model <i>f</i>(<i>q</i>) = {terms}, {n}"
    return f"the spherical <i>p</i> = {model['p']} spin model, {n}"


def pathname(path):
    """Last part of a path."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def noun(campaign):
    """What was counted."""
    return "minima" if campaign.kind == "minima" else "critical points"


def what_was_done(campaign):
    """The first sentence: what was measured."""
    done, starts = campaign.n_samples, campaign.summary["starts"]
    how = ("gradient descent from random points down to minima" if campaign.kind == "minima"
           else "Newton searches from random points for critical points of every index")
    each = count(starts["total"] // done, "start") + " each" if done else "none finished"
    return (f"This campaign lists the {noun(campaign)} of the energy landscape of {model_name(campaign)}, on "
            f"{count(done, 'disorder sample')} ({each}; {how}).")


def why_no_expectation(campaign):
    """Why there is nothing to compare the total with."""
    if campaign.summary["model"].get("couplings"):
        return ("The couplings came from a file without naming the law they were drawn from, so no average over the "
                "disorder, and no exact expectation, applies to them")
    return f"The exact expectation is not computed for N = {campaign.n}"


def largest_index_z(campaign):
    """(|z|, k, how many are independent) of the index that deviates most; None when no z is known."""
    known = [(abs(row["z"]), row["k"]) for row in campaign.index_rows if row["z"] is not None]
    if not known:
        return None
    mirrored = sum(not estimates.independent_half(campaign, estimates.Group(k, k)) for _, k in known)
    z, k = max(known, key=lambda pair: (round(pair[0], 9), -pair[1]))
    return z, k, len(known) - mirrored


def too_few(campaign):
    """Whether a clear part of the expected points is missing and the completeness estimates say so too."""
    total = campaign.summary["counts"]["total"]
    if total["z"] is None or total["z"] >= -estimates.TOTAL_Z_MAX:
        return False
    return total["mean"] < 0.98 * total["expected"] and not estimates.completeness(campaign).complete


def comparison(campaign):
    """The sentences that set the total and the indices beside theory."""
    total = campaign.summary["counts"]["total"]
    words = noun(campaign)
    found = (f"A sample has <b>{with_error(total['mean'], total['stderr'])}</b> {words} on average"
             if campaign.n_samples > 1 else f"It has <b>{total['mean']:.0f}</b> {words}")
    if total["expected"] is None:
        return found + (" (mean ± standard error). " if campaign.n_samples > 1 else ". ") + (
            why_no_expectation(campaign) + ".")
    text = f"{found}; the exact Kac–Rice expectation is <b>{exact(total['expected'], total['stderr'])}</b>"
    if total["z"] is None:
        return text + (". One sample has no standard error, so the two cannot be compared."
                       if campaign.n_samples == 1 else ". Every sample has the same number.")
    if too_few(campaign):
        return text + (f". The lists hold {rough(100.0 * total['mean'] / total['expected'])} % of them: they are a "
                       "selection that the searches made, and the <i>z</i> below say no more than that.")
    text += f", so <i>z</i> = {number(total['z'], 2)}."
    largest = largest_index_z(campaign)
    if largest is not None and len(campaign.index_rows) > 1:
        z, k, n = largest
        chance = estimates.chance_of_largest(z, n)
        text += (f" Index by index the largest deviation is |<i>z</i>| = {number(z, 2)}, at <i>k</i> = {k}; among "
                 f"{n} independent normal numbers one at least as large has probability {chance:.2g}.")
    p_value = energy_p_value(campaign)
    if p_value is not None:
        text += (f" The energies of all indices, bin by bin, deviate by a chi-square that luck alone exceeds with "
                 f"probability {p_value:.2g}.")
    if campaign.n_samples < estimates.SAMPLES_FOR_Z:
        text += (f" With {campaign.n_samples} samples the standard errors themselves are rough: read the "
                 "<i>z</i> with care.")
    return text


def how_complete(campaign, state):
    """The sentences on what may have been missed."""
    found, samples = campaign.summary["completeness"], campaign.summary["samples"]
    parts = []
    for name, key in (("Euler characteristic", "euler"), ("parity of the number of points", "parity")):
        checked, failed = int(found[f"{key}_checked"]), int(found[f"{key}_failed"])
        if checked and campaign.n_samples > 1:
            parts.append(f"The {name}, which is known for a complete list, is right in "
                         f"{f'{checked - failed} of' if failed else 'all'} {count(checked, 'sample')}.")
        elif checked:
            parts.append(f"The {name}, which is known for a complete list, is {'wrong' if failed else 'right'}.")
    if state.missing is not None and state.missing < 5e-4:
        parts.append("Nothing hints at points that were missed.")
    elif state.missing is not None:
        what = noun(campaign) if estimates.multiplicity(campaign) else "distinct points"
        hidden = state.complete and campaign.n_samples > 1
        parts.append(f"At least {rough(state.missing)} {what} of a sample ({rough(100.0 * state.fraction)} %) were "
                     "missed on average, by the Chao1 estimate and these checks" +
                     (": too few to show beside the standard error." if hidden else "."))
    if samples.get("failed"):
        parts.append(f"<b>{count(samples['failed'], 'sample')} of {samples['requested']} requested did not "
                     "finish</b> and are not in these numbers.")
    return " ".join(parts)


def energy_p_value(campaign):
    """p-value of the energies of all indices against the exact bins; None where there is no test."""
    return campaign.summary["chi_square"]["energy"]["all"]["p_value"]


def judge(campaign, state):
    """Tone and headline."""
    total = campaign.summary["counts"]["total"]
    if total["expected"] is None:
        return "open", "No exact expectation to compare with"
    if total["z"] is None:
        if campaign.n_samples > 1 and abs(total["mean"] - total["expected"]) <= 1e-6 * total["expected"]:
            return "agrees", "Every sample has exactly the expected number"
        if campaign.n_samples > 1:
            return "disagrees", "Every sample has the same number, and it is not the expected one"
        return "open", "One sample cannot be compared with an expectation"
    largest = largest_index_z(campaign)
    in_errors = abs(total["z"]) <= estimates.TOTAL_Z_MAX and (largest is None or largest[0] <= estimates.INDEX_Z_MAX)
    p_value = energy_p_value(campaign)
    in_errors = in_errors and (p_value is None or p_value > estimates.P_VALUE_MIN)
    if campaign.n_samples < estimates.SAMPLES_FOR_Z:
        return "open", "Too few samples for a verdict" + ("" if state.complete else ", and the census is not complete")
    if in_errors and state.complete:
        return "agrees", "Agrees with the exact expectation"
    if in_errors:
        return "incomplete", "Within errors of the exact expectation, but the census is not complete"
    if total["z"] < 0.0 and not state.complete:
        return "incomplete", "Fewer than expected, as the census is not complete: read the counts as lower bounds"
    return "disagrees", "Does not agree with the exact expectation"


def decide(campaign):
    """The verdict of a campaign."""
    state = estimates.completeness(campaign)
    if campaign.n_samples == 0:
        return Verdict("open", "No sample is finished yet",
                       what_was_done(campaign) + " Run the campaign's command again: it goes on where it stopped.")
    if not len(campaign.points["index"]):
        return Verdict("open", f"No {noun(campaign)} found", what_was_done(campaign) + " No start ended in one: see "
                       "how they ended, and raise <code>-search_starts</code> or the iteration limits.")
    tone, headline = judge(campaign, state)
    advice = "" if state.complete else " More starts (<code>-search_starts</code>) find more of them."
    parts = (what_was_done(campaign), comparison(campaign), how_complete(campaign, state))
    return Verdict(tone, headline, " ".join(part for part in parts if part) + advice)
