"""What a page says of campaigns of kacrice thermo: verdict, tables of campaigns and temperatures, figures."""
import html
import math

import numpy as np

from kacrice_io import real
from report import estimates
from report.page import count, document, facts, figure_block, options_of, row, runs, upper_first
from report.thermo import AGREEMENT_MAX, SWAP_MIN, SWEEPS_A_TIME
from report.thermo_captions import E, N, S_CONF, T, T_D, T_K, transitions
from report.verdict import exact, known, number, short, thousands, z_text

TAU, Z = "<i>τ</i>", "<i>z</i>"


def build(study, figures, warnings=()):
    """A whole page on these campaigns alone."""
    sizes = sorted({campaign.n for campaign in study})
    span = f"{N} = {sizes[0]}" + (f" to {sizes[-1]}" if len(sizes) > 1 else "")
    samples = sum(campaign.n_samples for campaign in study)
    parts = ["<h1>Equilibrium at T &gt; 0</h1>",
             f"<p class=\"by\">{law_name(study)} · {span} · {count(samples, 'disorder sample')} · kacrice "
             f"{html.escape(study.largest.attributes['program_version'])}</p>", verdict_box(study)]
    if warnings:
        parts.append(f"<p><b>Left out:</b> {html.escape('; '.join(warnings))}.</p>")
    parts += contents(study, figures)
    parts += ["<h2>Provenance</h2>", provenance(study)]
    return document(f"kacrice: T > 0, {count(len(study), 'campaign')}".replace(">", "&gt;"), parts)


def section(study, figures):
    """The same as a part of the page of a study."""
    return ["<h1>T &gt; 0</h1>", verdict_box(study), *contents(study, figures), "<h2>Provenance of T &gt; 0</h2>",
            provenance(study)]


def contents(study, figures):
    """Tables and figures."""
    parts = ["<h2>Campaigns of Monte Carlo</h2>", campaigns_table(study)]
    parts += ["<h2>Temperatures</h2>", *(temperatures_table(study, campaign) for campaign in study), notes(study)]
    parts += [figure_block(*figure) for figure in figures]
    return parts


def law_name(study):
    """The model in words."""
    if study.law is None:
        return "Couplings of unknown law"
    if study.law.is_pure:
        return f"The spherical <i>p</i> = {study.law.p} spin model"
    terms = " + ".join(f"{c:g} <i>q</i><sup>{p}</sup>" for p, c in study.law.c.items())
    return f"The mixed spherical model <i>f</i>(<i>q</i>) = {terms}"


# ---- is it equilibrium? ---------------------------------------------------------------------------------------------


def judge(study):
    """Tone and headline."""
    doubtful = [campaign for campaign in study if campaign.doubts]
    if doubtful and len(study) == 1:
        return "incomplete", "Not in equilibrium, by the tests of the run itself"
    if doubtful:
        return "incomplete", f"{len(doubtful)} of {len(study)} campaigns are not in equilibrium, by their own tests"
    if any(campaign.n_samples < estimates.SAMPLES_FOR_Z for campaign in study):
        return "open", "Nothing speaks against equilibrium, but the samples are few"
    return "agrees", "In equilibrium, by all tests of the runs" if len(study) > 1 else (
        "In equilibrium, by all tests of the run")


def verdict_box(study):
    """Whether the runs were in equilibrium, and what speaks against it."""
    tone, headline = judge(study)
    text = (f"Replicas exchanged between temperatures bring each disorder sample to equilibrium; {transitions(study)}. "
            "Half of them begin at random points and half in "
            + ("minima" if all(one.planted is None for one in study) else "minima or at the planted point")
            + ": in equilibrium both come to the same energies. ")
    for campaign in study:
        if campaign.doubts:
            text += f"{N} = {campaign.n} ({html.escape(campaign.name)}): {'; '.join(campaign.doubts)}. "
    if tone == "incomplete":
        text += ("Longer runs (<code>-thermo_burn_in</code>, <code>-thermo_sweeps</code>), in a new folder, would "
                 "tell; read the coldest temperatures with care. ")
    text += (f"Below {T_K} a large sample may pass every test and yet have missed its lowest state."
             if any(one.temperatures.min() < study.limit("temperature_static") for one in study) else "")
    return f"<div class=\"verdict {tone}\"><b class=\"head\">{headline}</b>{text}</div>"


# ---- tables ---------------------------------------------------------------------------------------------------------


def table(names, rows):
    """An HTML table."""
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def figure_of(value, digits=3):
    """A number to so many digits, without a power of ten; a dash where it is unknown."""
    if value is None or not math.isfinite(value):
        return "–"
    size = 0 if value == 0.0 else max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return number(value, min(size, 6))


def campaigns_table(study):
    """A campaign a line: length, tests of equilibrium, Kauzmann temperatures."""
    rows = []
    for campaign in study:
        told = campaign.summary["equilibration"]
        swap, doubts = real(told["lowest_swap"]), campaign.doubts
        harmonic, tap = (campaign.kauzmann(kind) for kind in ("harmonic", "tap"))
        rows.append(row([(html.escape(campaign.name), False), (str(campaign.n), False),
                         (thousands(campaign.n_samples), False), (campaign.options.get("-thermo_sweeps", "–"), False),
                         (figure_of(real(told["agreement"])), real(told["agreement"]) > AGREEMENT_MAX),
                         (figure_of(real(told["slowest_sweeps"])), False), (figure_of(swap, 2), swap < SWAP_MIN),
                         (thousands(round(real(told["round_trips"]) or 0.0)), False),
                         (z_text(known(campaign.identity_z)), False),
                         (short(known(harmonic[0]), known(harmonic[1])), False),
                         (short(known(tap[0]), known(tap[1])), False),
                         ("doubtful" if doubts else "passed", bool(doubts)),
                         (f"{campaign.summary['run']['core_seconds'] / 3600.0:.2g}", False)]))
    names = ("campaign", N, "samples", "sweeps", "starts", "slowest", "swap", "trips", "identity", f"{T_K} harm.",
             f"{T_K} TAP", "tests", "core h")
    text = f"<div class=\"study dense\">{table(names, rows)}</div>" + (
        "\n<p class=\"by\">Starts: mean square of the difference of <i>e</i> from the two kinds of starts in its "
        f"errors, 1 in equilibrium, at most {AGREEMENT_MAX:g} here. Slowest: longest autocorrelation time of <i>e</i> "
        f"in sweeps, at most 1/{SWEEPS_A_TIME:.0f} of them. Swap: rarest acceptance of exchanges between neighbours, "
        f"at least {SWAP_MIN:g}. Trips: of replicas from the hottest temperature to the coldest and back, all "
        "samples. Identity: ⟨<i>e</i>⟩ + <i>β</i>(<i>f</i>(1) − ⟨<i>f</i>(<i>q</i>)⟩) in its errors, where it is "
        f"farthest from 0, its value for drawn couplings at every {N}. {T_K}: where {S_CONF} vanishes on a line in "
        f"1/{T}, with the harmonic and with the TAP entropy of states; jackknife errors.</p>")
    return text + extrapolation(study)


def extrapolation(study):
    """Kauzmann temperatures of three N or more, for N to infinity."""
    found = study.extrapolated()
    if not found:
        return ""
    static = known(study.limit("temperature_static"))
    rows = [row([(f"{N}<sup>−{words}</sup>", False), (short(value, error), False), (exact(static, error), False),
                 (number(None if static is None else value - static, 3), False), (number(chi_square, 1), False),
                 (str(dof), False)]) for words, value, error, chi_square, dof in found]
    names = ("line in", f"{T_K} for {N} → ∞", "exact", "difference", "chi-square", "degrees")
    return (f"<div class=\"study\">{table(names, rows)}</div>\n<p class=\"by\">The harmonic {T_K} of each {N} on a "
            f"line in a power of 1/{N}. The choice of the power is not measured: read the spread between the lines as "
            "an error, beside the statistical one in parentheses.</p>")


def temperatures_table(study, campaign):
    """A temperature a line."""
    e, e_error = campaign.mean("energy"), campaign.stderr("energy")
    heat, heat_error = campaign.mean("heat"), campaign.stderr("heat")
    s, s_error = campaign.mean("configurational"), campaign.stderr("configurational")
    z, limit = campaign.z(), campaign.limit
    rows = []
    for i, temperature in enumerate(campaign.temperatures):
        rows.append(row([(text, False) for text in (
            f"{temperature:.4f}" if math.isfinite(temperature) else "∞", short(known(e[i]), known(e_error[i])),
            exact(known(limit["energy"][i]), known(e_error[i])), z_text(known(z[i])),
            short(known(heat[i]), known(heat_error[i])), short(known(s[i]), known(s_error[i])),
            exact(known(limit["complexity"][i]), known(s_error[i])), figure_of(campaign.mean("acceptance")[i], 2),
            figure_of(campaign.mean("swap")[i], 2), figure_of(campaign.mean("time")[i], 2),
            short(known(campaign.relaxation[i]), known(campaign.relaxation_stderr[i])))]))
    names = (T, f"⟨{E}⟩", f"{N} → ∞", Z, "<i>C</i>", S_CONF, "Σ<sub>eq</sub>", "accepted", "swap", "sweeps", TAU)
    text = f"<div class=\"study dense\">{table(names, rows)}</div>"
    title = f"{N} = {campaign.n}, {html.escape(campaign.name)}, {count(campaign.n_samples, 'sample')}"
    if campaign.planted is not None:
        title += f", planted at {T} = {campaign.planted:g}"
    if len(study) == 1:
        return text
    opened = " open" if campaign is study.largest else ""
    return f"<details{opened}><summary>{title}</summary>{text}</details>"


def notes(study):
    """What the columns are."""
    text = (f"<p class=\"by\">⟨{E}⟩: mean energy per spin, −0.856(5) means −0.856 ± 0.005 over samples; beside it "
            f"equilibrium for {N} → ∞ and {Z} = (⟨{E}⟩ − that)/error, which a finite {N} makes larger than chance "
            f"would: of order √samples/{N}. <i>C</i>: specific heat. {S_CONF}: harmonic configurational entropy, "
            f"Σ<sub>eq</sub> its exact counterpart for {N} → ∞ (none above {T_D}). Accepted: of trajectories; swap: "
            f"of exchanges with the next colder temperature; sweeps: autocorrelation time of {E}; {TAU}: Langevin "
            "time at which the correlation is 1/e, in 1/<i>J</i>. A dash: unknown.")
    return text + "</p>"


def provenance(study):
    """Seeds, samples, programs, options."""
    rows = []
    for campaign in study:
        info = campaign.attributes
        numbers = np.array(campaign.sample_numbers)
        rows.append(row([(html.escape(str(text)), False) for text in (
            campaign.name, campaign.options.get("-campaign_seed", ""),
            ", ".join(runs(numbers)) if len(numbers) == campaign.n_samples else f"{campaign.n_samples}",
            f"{info['program_version']} {info['git_hash']}", f"{info['ranks']} on {info['host']}", info["created"])]))
    names = ("campaign", "seed", "disorder samples", "program", "ranks", "last run begun")
    text = f"<div class=\"study dense left\">{table(names, rows)}</div>"
    if len(study) == 1:
        campaign = study.largest
        listed = "\n".join(f"{name} {value or '(nothing)'}" for name, value in options_of(campaign).items())
        text += (facts((("libraries", html.escape(campaign.attributes.get("libraries", ""))),
                        ("folder", html.escape(str(campaign.folder.resolve())))))
                 + f"\n<p>All options, as the program read them:</p>\n<pre>{html.escape(listed)}</pre>")
    else:
        text += facts((("model", upper_first(law_name(study))), ("folder", html.escape(str(study.folder.resolve())))))
    return text
