"""The page of a study: campaigns of several N in one HTML file."""
import html

from report import estimates, thermo_page
from report.finite_size import chi_square_tail, describe, joint_test, seed
from report.page import document, facts, figure_block, row, runs
from report.verdict import count, exact, known, number, short, with_error, z_text

E, K, N, Z = "<i>e</i>", "<i>k</i>", "<i>N</i>", "<i>z</i>"
TONES = {"agrees": "agrees", "disagrees": "does not agree", "incomplete": "incomplete", "open": "no verdict"}


def build(study, figures, thermo_figures):
    """The whole page as text; figures: lists of (title, SVG bytes, alternative text, caption in HTML), of T = 0 and of
    T > 0."""
    if not study.entries:
        return thermo_page.build(study.thermo, thermo_figures, study.warnings)
    sizes = sorted({entry.n for entry in study.entries})
    span = f"{N} = {sizes[0]}" + (f" to {sizes[-1]}" if len(sizes) > 1 else "")
    joint = joint_test(study.entries)
    tone, headline = judge(study, joint)
    parts = ["<h1>Critical points against the number of spins</h1>",
             f"<p class=\"by\">{law_name(study)} · {span} · {count(len(study.entries), 'campaign')}</p>",
             f"<div class=\"verdict {tone}\"><b class=\"head\">{headline}</b>{paragraph(study, joint)}</div>"]
    if study.warnings:
        parts.append(f"<p><b>Left out:</b> {html.escape('; '.join(study.warnings))}.</p>")
    parts += ["<h2>Campaigns</h2>", counts_table(study), "<h2>Minima</h2>", minima_table(study)]
    parts += [figure_block(*figure) for figure in figures]
    parts += ["<h2>Provenance</h2>", provenance(study)]
    if len(study.thermo):
        parts += thermo_page.section(study.thermo, thermo_figures)
    return document(f"kacrice: study of {len(study.entries)} campaigns", parts)


def law_name(study):
    """The model in words."""
    if study.law is None:
        return "Unknown law"
    if study.law.is_pure:
        return f"The spherical <i>p</i> = {study.law.p} spin model"
    terms = " + ".join(f"{c:g} <i>q</i><sup>{p}</sup>" for p, c in study.law.c.items())
    return f"The mixed spherical model <i>f</i>(<i>q</i>) = {terms}"


def judge(study, joint):
    """Tone and headline: of the campaigns one by one, and of all together."""
    tones = [entry.verdict.tone for entry in study.entries]
    n = len(tones)
    if "disagrees" in tones:
        wrong = tones.count("disagrees")
        return "disagrees", f"{wrong} of {count(n, 'campaign')} do{'es' if wrong == 1 else ''} not agree"
    if joint is not None and joint.p_value <= estimates.P_VALUE_MIN:
        return "disagrees", "The campaigns together do not agree with the exact expectations"
    if "incomplete" in tones:
        return "incomplete", f"The lists of {tones.count('incomplete')} of {count(n, 'campaign')} are not complete"
    if set(tones) == {"agrees"}:
        return "agrees", "All campaigns agree with the exact expectations" if n > 1 else "The campaign agrees"
    if "agrees" in tones:
        return "open", f"{tones.count('agrees')} of {count(n, 'campaign')} agree, the others cannot be judged"
    return "open", "None of the campaigns can be judged"


def paragraph(study, joint):
    """What was counted, and what all of it says together."""
    samples = sum(entry.campaign.n_samples for entry in study.entries)
    hours = sum(core_hours(entry) for entry in study.entries)
    text = (f"{count(len(study.entries), 'campaign')}, {count(samples, 'disorder sample')}, {hours:.3g} core-hours. "
            "Each campaign is judged by itself, as in its own report; see the table.")
    judged = [entry for entry in study.entries if entry.verdict.tone in ("agrees", "disagrees")]
    if len(judged) > 1:
        text += (f" Of {len(judged)} campaigns that are right, {false_alarms(judged):.1g} on average would be called "
                 "otherwise by luck.")
    if joint is not None:
        text += (f" The mean numbers of {joint.dof} campaigns, together, deviate from the exact ones by a chi-square "
                 f"of {number(joint.statistic, 1)}, which luck alone exceeds with probability {joint.p_value:.2g}.")
    if joint is not None and joint.correlation > 0.1:
        text += (" Campaigns with the same <code>-campaign_seed</code> are not independent: the couplings of a "
                 f"small {N} are a part of those of a larger one, and numbers of the same sample at two {N} are "
                 f"correlated, here up to {joint.correlation:.2f}. The chi-square allows for it; the eye should too, "
                 "as neighbouring dots go up and down together. Give each campaign a seed of its own to avoid it.")
    return text


def false_alarms(entries):
    """Campaigns that are right and yet beyond a limit: the sum of the chances of all limits."""
    total = 0.0
    for entry in entries:
        independent = sum(estimates.independent_half(entry.campaign, estimates.Group(k, k))
                          for k in range(len(entry.campaign.by_index)))
        total += (chi_square_tail(estimates.TOTAL_Z_MAX**2, 1) + independent
                  * chi_square_tail(estimates.INDEX_Z_MAX**2, 1) + estimates.P_VALUE_MIN)
    return total


def core_hours(entry):
    """Spent on the samples of a campaign."""
    return entry.campaign.summary["core_seconds"] / 3600.0


def name_cell(entry):
    """Name of the folder, with a link to its own report where there is one."""
    name = html.escape(entry.name)
    if (entry.campaign.folder / "report.html").exists():
        return f"<a href=\"{html.escape(entry.name)}/report.html\">{name}</a>"
    return name


def samples_cell(entry):
    """Finished samples, and how many were asked for where these are more."""
    samples = entry.campaign.summary["samples"]
    missing = samples["requested"] - samples["done"]
    text = str(entry.campaign.n_samples)
    return text + (f" ({missing} of {samples['requested']} missing)" if missing > 0 else "")


def value_cells(value, limit):
    """Found and exact of a Value; starred where they differ by too many standard errors."""
    error = known(value.error)
    wide = value.z is not None and abs(value.z) > limit
    return [(short(known(value.value), error) + (" *" if wide else ""), wide),
            (exact(known(value.exact), error), False)]


def table(names, rows):
    """An HTML table."""
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def star(rows, limit):
    """What a star in the table means, where there is one."""
    return f" * beyond {limit:g} standard errors." if any(" *<" in text for text in rows) else ""


def counts_table(study):
    """A campaign a line: samples, number of all points (or of minima), verdict, core-hours."""
    rows = []
    for entry in study.entries:
        total = entry.campaign.total
        z = known(total["z"])
        wide = z is not None and abs(z) > estimates.TOTAL_Z_MAX
        rows.append(row([(name_cell(entry), False), (str(entry.n), False), (samples_cell(entry), False),
                         ("all" if entry.has_all else "minima", False),
                         (with_error(total["mean"], known(total["stderr"])), False),
                         (exact(known(total["expected"]), known(total["stderr"])), False),
                         (z_text(z) + (" *" if wide else ""), wide),
                         (TONES[entry.verdict.tone], entry.verdict.tone == "disagrees"),
                         (f"{core_hours(entry):.2g}", False)]))
    names = ("campaign", N, "samples", "counted", "number", "exact", Z, "verdict", "core h")
    return f"<div class=\"study\">{table(names, rows)}</div>" + (
        "\n<p class=\"by\">Number of critical points, or of minima where these are listed alone, per sample; antipodes "
        "counted; ± standard error of the mean over samples. Verdict: that of the campaign's own report, on the total, "
        "each index and the energies." + star(rows, estimates.TOTAL_Z_MAX) + "</p>")


def minima_table(study):
    """Number, mean energy, spread and lowest energy of the minima of each campaign."""
    rows = []
    for entry in study.entries:
        counted, mean, spread, lowest = entry.minima
        cells = [(html.escape(entry.name), False), (str(entry.n), False)]
        for value in (counted, mean, spread):
            cells += value_cells(value, estimates.INDEX_Z_MAX)
        rows.append(row([*cells, *value_cells(lowest, estimates.INDEX_Z_MAX)[:1]], ""))
    names = ("campaign", N, "number", "exact", f"mean {E}", "exact", f"std of {E}", "exact", f"lowest {E}")
    return f"<div class=\"study dense\">{table(names, rows)}</div>" + (
        f"\n<p class=\"by\">Minima ({K} = 0) per sample; mean and standard deviation (std) of {E} = <i>H</i>/{N} over "
        f"all minima of all samples alike, in units of <i>J</i>; lowest: mean over samples of the lowest {E} of each. "
        "5.88(10) means 5.88 ± 0.10; errors are over samples, of ratios by the jackknife. No exact value of the lowest "
        f"is known at finite {N}."
        + star(rows, estimates.INDEX_Z_MAX) + "</p>")


def provenance(study):
    """Seeds, samples and programs."""
    rows = []
    for entry in study.entries:
        info, samples = entry.campaign.attributes, entry.campaign.samples["sample"]
        rows.append(row([(html.escape(str(text)), False) for text in (
            entry.name, seed(entry.campaign), ", ".join(runs(samples)), f"{info['program_version']} {info['git_hash']}",
            f"{info['ranks']} on {info['host']}", info["created"])]))
    names = ("campaign", "seed", "disorder samples", "program", "ranks", "last run begun")
    law = describe(study.entries[0].campaign)
    theory = ", ".join(str(n) for n in study.theory)
    return f"<div class=\"study dense left\">{table(names, rows)}</div>\n" + facts((
        ("model", html.escape(law)), ("exact values also at", f"{N} = {theory} (theory/*.h5)" if theory else None),
        ("folder", html.escape(str(study.folder.resolve())))))
