"""The page: one HTML file with everything inside, for screen and paper."""
import base64
import html

import numpy as np

from report import estimates
from report.verdict import count, decide, decimals, exact, model_name, noun, number, reason_words, thousands, z_text

CSS = """
:root { --ink: #222; --soft: #5c5c5c; --rule: #d9d9d9; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.2rem 1.2rem 3rem; max-width: 50rem; color: var(--ink); background: #fff;
  font: 16px/1.55 "Source Sans 3", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
h1 { font-size: 1.65rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
p { margin: .6rem 0; }
code { white-space: nowrap; font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: .88em; }
.by { color: var(--soft); margin: 0 0 1.2rem; font-size: .92rem; }
.verdict { border-left: .35rem solid; padding: .7rem 1rem .75rem; margin: 1.2rem 0; background: #f6f7f8; }
.verdict b.head { display: block; font-size: 1.08rem; margin-bottom: .25rem; }
.agrees { border-color: #009E73; } .disagrees { border-color: #D55E00; }
.incomplete { border-color: #E69F00; } .open { border-color: #767676; }
figure { margin: 1rem 0 0; } figure img { width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .9rem; line-height: 1.45; margin-top: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; width: 100%; }
th, td { padding: .22rem .55rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; border-bottom: 1.5px solid var(--ink); }
tr.total td { border-top: 1.5px solid var(--ink); font-weight: 600; }
td.wide { background: #fdebdd; }
table.facts th, table.facts td { text-align: left; border-bottom: 1px solid var(--rule); }
table.facts th { width: 12rem; font-weight: 400; color: var(--soft); }
table.facts td { overflow-wrap: anywhere; }
.study table { font-size: .86rem; } .study td { white-space: nowrap; }
.dense table { font-size: .74rem; } .dense th, .dense td { padding: .2rem .3rem; }
.study td:first-child, .study th:first-child, .left th, .left td { text-align: left; }
pre { font: .82rem/1.5 "DejaVu Sans Mono", Consolas, monospace; columns: 2; margin: .5rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); font-size: .92rem; margin-top: .6rem; }
@page { size: A4; margin: 16mm 15mm; }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0; } h2 { break-after: avoid; }
  figure, table, .verdict { break-inside: avoid; } .verdict, td.wide { print-color-adjust: exact; } }
"""


def build(campaign, figures):
    """The whole page as text; figures: list of (title, SVG bytes, alternative text, caption in HTML)."""
    verdict = decide(campaign)
    title = f"Census of {noun(campaign)}"
    parts = [f"<h1>{title}</h1>", f"<p class=\"by\">{upper_first(model_name(campaign))} · "
             f"{count(campaign.n_samples, 'disorder sample')} · kacrice "
             f"{html.escape(campaign.attributes['program_version'])}</p>",
             f"<div class=\"verdict {verdict.tone}\"><b class=\"head\">{verdict.headline}</b>{verdict.paragraph}</div>"]
    if campaign.n_samples:
        parts += ["<h2>Counts and energies by index</h2>", counts_table(campaign)]
    if any(line["dof"] for line in test_lines(campaign)):
        parts += ["<h2>Energies against the exact bins</h2>", chi_square_table(campaign)]
    for heading, svg, alternative, caption in figures:
        parts.append(figure_block(heading, svg, alternative, caption))
    parts += ["<h2>Completeness</h2>", completeness_table(campaign)] if campaign.n_samples else []
    parts += ["<h2>Provenance</h2>", provenance(campaign)]
    return document(f"kacrice: {title}, N = {campaign.n}", parts)


def document(title, parts):
    """The page around its parts."""
    body = "\n".join(parts)
    return (f"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            f"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")


def upper_first(words):
    """With a capital letter."""
    return words[:1].upper() + words[1:]


def figure_block(heading, svg, alternative, caption):
    """A figure under its heading; the picture is inside the page."""
    data = base64.b64encode(svg).decode("ascii")
    return (f"<h2>{heading}</h2>\n<figure><img alt=\"{html.escape(alternative)}\" "
            f"src=\"data:image/svg+xml;base64,{data}\">\n<figcaption>{caption}</figcaption></figure>")


def row(cells, css=""):
    """A line of the table; a z beyond its limit is marked."""
    tds = "".join(f"<td{' class=wide' if wide else ''}>{text}</td>" for text, wide in cells)
    return f"<tr{css}>{tds}</tr>"


def line_cells(line, limit):
    """Cells of a line of the table of counts."""
    digits = decimals(line.error, line.mean)
    wide = line.z is not None and abs(line.z) > limit
    texts = (line.label, number(line.mean, digits), number(line.error, digits), exact(line.expected, line.error),
             z_text(line.z) + (" *" if wide else ""), number(line.energy, 4), number(line.energy_expected, 4))
    return [(text, wide and i == 4) for i, text in enumerate(texts)]


def counts_table(campaign):
    """Counts by index, neighbouring ones together when they are many; then all of them on demand."""
    groups = estimates.group_indices(len(campaign.index_rows), singles_max=20, singles=10)
    lines = [estimates.table_line(campaign, group) for group in groups]
    total = campaign.summary["counts"]["total"]
    everything = estimates.Line("all", total["mean"], total["stderr"], total["expected"], total["z"],
                                *(estimates.average([row[f"energy_{name}"] for row in campaign.index_rows],
                                                    [row[name] for row in campaign.index_rows])
                                  for name in ("mean", "expected")))
    text = table(lines, everything if len(campaign.index_rows) > 1 else None)
    if len(groups) < len(campaign.index_rows):
        single = [estimates.table_line(campaign, estimates.Group(k, k)) for k in range(len(campaign.index_rows))]
        text += f"\n<details><summary>every index by itself</summary>{table(single, None)}</details>"
    wide = [line for line in lines if line.z is not None and abs(line.z) > estimates.INDEX_Z_MAX]
    note = (f" * beyond {estimates.INDEX_Z_MAX:g} standard errors (total: {estimates.TOTAL_Z_MAX:g})."
            if wide or (total["z"] is not None and abs(total["z"]) > estimates.TOTAL_Z_MAX) else "")
    return text + ("\n<p class=\"by\">Numbers per sample, antipodes counted; <i>e</i> = <i>H</i>/<i>N</i> in units of "
                   "<i>J</i>, averaged over all points of the index. The standard error is that of the mean over "
                   f"disorder samples. A dash: unknown.{note}</p>")


def table(lines, everything):
    """Lines as an HTML table."""
    names = ("index <i>k</i>", "mean", "std. error", "exact", "<i>z</i>", "mean <i>e</i>", "exact <i>e</i>")
    rows = [row(line_cells(line, estimates.INDEX_Z_MAX)) for line in lines]
    if everything is not None:
        rows.append(row(line_cells(everything, estimates.TOTAL_Z_MAX), " class=\"total\""))
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def test_lines(campaign):
    """All chi-squares of the summary in one list, with a name each."""
    lines = []
    for variable, tests in campaign.summary["chi_square"].items():
        if tests is not None:
            sign = "<i>e</i>" if variable == "energy" else "<i>μ</i>"
            lines += [{"name": f"{sign}, <i>k</i> = {row['k']}", **row} for row in tests["index"]]
            lines.append({"name": f"{sign}, all", **tests["all"]})
    return lines


def chi_square_table(campaign):
    """Statistic, degrees of freedom and p-value; mirrored indices are left out."""
    rows = []
    for line in test_lines(campaign):
        if not line["dof"]:
            continue
        low = line["p_value"] <= estimates.P_VALUE_MIN
        cells = (line["name"], number(line["statistic"], 1), str(int(line["dof"])),
                 f"{line['p_value']:.2g}" + (" *" if low else ""))
        rows.append(row([(text, low and i == 3) for i, text in enumerate(cells)],
                        " class=\"total\"" if line["name"].endswith("all") else ""))
    head = "".join(f"<th>{name}</th>" for name in ("bins of", "chi-square", "bins", "<i>p</i>"))
    note = f" * at most {estimates.P_VALUE_MIN:g}." if any("*" in line for line in rows) else ""
    return (f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>\n<p class=\"by\">Mean "
            "numbers in joined bins against the exact expectation, by Hotelling's test: the covariance of bins and "
            "indices comes from the samples, and <i>p</i> is the chance of a statistic at least as large. Numbers that "
            f"the antipodes only repeat do not enter.{note}</p>")


def facts(pairs):
    """Names and values; values that are None are left out."""
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in pairs if value is not None)
    return f"<table class=\"facts\"><tbody>{rows}</tbody></table>"


def identity_words(found, key):
    """How many samples pass an identity."""
    if not found[f"{key}_checked"]:
        return "says nothing for this model or search"
    failed = int(found[f"{key}_failed"])
    return f"violated in {failed} of {count(int(found[f'{key}_checked']), 'sample')}"


def completeness_table(campaign):
    """The numbers behind figure 4."""
    found, starts = campaign.summary["completeness"], campaign.summary["starts"]
    missing = None
    if found["chao1_missing_mean"] is not None:
        missing = f"{found['chao1_missing_mean']:.3g} distinct points missed in a sample on average, at least"
    verdicts = ", ".join(f"{name}: {thousands(found[name])}"
                         for name in ("proved", "checked", "estimated", "incomplete") if found.get(name))
    estimate = found.get("missing_mean")
    if estimate is not None:
        estimate = f"{estimate:.3g} distinct points missed in a sample on average"
    coverage = found.get("coverage_mean")
    converged = f"{thousands(starts['converged'])} of {count(starts['total'], 'start')}"
    if starts["total"]:
        converged += f" ({100.0 * starts['converged'] / starts['total']:.2f} %)"
    reasons = None
    if campaign.reasons:
        reasons = ", ".join(f"{reason_words(name)}: {thousands(value)}" for name, value in campaign.reasons.items()
                            if value)
        if campaign.n_shards < campaign.n_samples:
            reasons += f" (in {campaign.n_shards} of {count(campaign.n_samples, 'sample')})"
    return facts((("verdicts on samples", verdicts or None),
                  ("estimate", estimate),
                  ("starts that converged", converged), ("how they ended", reasons),
                  ("Good–Turing coverage", None if coverage is None else f"{100.0 * coverage:.3f} %"),
                  ("Chao1", missing), ("Euler characteristic", identity_words(found, "euler")),
                  ("parity of the number", identity_words(found, "parity"))))


def options_of(campaign):
    """Options of the run, name -> value."""
    lines = (line.split(" ", 1) for line in campaign.attributes["options"].splitlines() if line.startswith("-"))
    return {parts[0]: shortest(parts[1]) if len(parts) > 1 else "" for parts in lines}


def shortest(value):
    """A real number by its shortest name: the program writes all 17 digits."""
    try:
        return repr(float(value)) if "." in value or "e-" in value else value
    except ValueError:
        return value


def runs(samples):
    """Numbers of the samples: "0 to 99", "150"."""
    ends = np.flatnonzero(np.diff(samples) > 1)
    firsts, lasts = np.append(samples[:1], samples[ends + 1]), np.append(samples[ends], samples[-1:])
    pieces = [f"{a} to {b}" if b > a else f"{a}" for a, b in zip(firsts, lasts)]
    return pieces if len(pieces) <= 6 else pieces[:3] + ["…"] + pieces[-2:]


def provenance(campaign):
    """Who computed this, with what."""
    info, summary, options = campaign.attributes, campaign.summary, options_of(campaign)
    samples = campaign.samples["sample"]
    span = ", ".join(runs(samples)) or "none"
    ranks = f"{count(summary['ranks'], 'rank')} in {count(summary['groups'], 'group')}"
    listed = "\n".join(f"{name} {value or '(nothing)'}" for name, value in options.items())
    pairs = (("program", f"{info['program']} {info['program_version']}, sources {info['git_hash']}"),
             ("libraries", info["libraries"]), ("compiler", info["compiler"]),
             ("computed on", f"{info['host']}, {ranks}, last run begun {info['created']}"),
             ("time", f"{summary['core_seconds']:.1f} core seconds for all samples; the last run took "
                      f"{summary['wall_seconds']:.1f} s"),
             ("seed", options.get("-campaign_seed")), ("disorder samples", span),
             ("folder", str(campaign.folder.resolve())))
    escaped = [(name, None if value is None else html.escape(value)) for name, value in pairs]
    return facts(escaped) + (f"\n<p>All options, as the program read them:</p>\n<pre>{html.escape(listed)}</pre>")
