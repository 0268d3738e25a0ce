"""Figure 4: how complete the lists are, how the starts ended, how the mean settles."""
import numpy as np
from matplotlib.ticker import MaxNLocator

from report.style import BLUE, GREEN, PALE, SKY, VERMILLION, WIDTH, pyplot
from report.verdict import count, noun, reason_words


def draw(campaign):
    """The figure: hits, missed points, ends of the starts, running mean; without any point how the starts ended."""
    if not len(campaign.points["hits"]):
        figure, axes = pyplot.subplots(figsize=(WIDTH, 2.6), constrained_layout=True)
        draw_ends(axes, campaign, "")
        return figure
    figure, ((hits, missed), (ends, mean)) = pyplot.subplots(2, 2, figsize=(WIDTH, 5.6), constrained_layout=True)
    draw_hits(hits, campaign)
    draw_missed(missed, campaign)
    draw_ends(ends, campaign, "c  how the starts ended")
    draw_running_mean(mean, campaign)
    return figure


def draw_hits(axes, campaign):
    """How often each distinct point was found."""
    axes.set_title("a  starts that ended in a point")
    hits = campaign.points["hits"]
    edges = np.unique(np.round(np.geomspace(1.0, hits.max() + 1.0, 28))) - 0.5
    edges = np.append(edges, hits.max() + 0.5) if edges[-1] < hits.max() + 0.5 else edges
    values, _ = np.histogram(hits, bins=edges)
    share = 100.0 * values / hits.size / np.diff(np.log10(np.maximum(edges, 0.5)))
    axes.stairs(share, edges, fill=True, color=SKY)
    single = 100.0 * np.mean(hits == 1)
    axes.set_xscale("log")
    axes.set_xlim(0.5, 1.3 * hits.max())
    axes.set_xlabel("hits of a distinct point")
    axes.set_ylabel("% of points per decade")
    axes.set_ylim(0.0, 1.2 * share.max())
    axes.text(0.02, 0.97, f"hit once: {single:.2g} %\nmedian: {np.median(hits):.0f} hits", transform=axes.transAxes,
              va="top", fontsize=8.5)


def draw_missed(axes, campaign):
    """Good-Turing: in each sample, the chance that one more start would end in a point not yet on the list."""
    axes.set_title("b  chance of a new point")
    unseen = 100.0 * (1.0 - campaign.samples["coverage"])
    top = max(float(unseen.max()), 0.01)
    axes.hist(unseen, bins=25, range=(0.0, top * 1.02), color=GREEN, ec="white", lw=0.4)
    axes.set_xlabel("1 − coverage (Good–Turing)   [%]")
    axes.set_ylabel("samples")
    chao = campaign.samples["chao1_missing"]
    right = np.median(unseen) < 0.5 * top
    axes.text(0.97 if right else 0.03, 0.95, f"mean coverage {100.0 * campaign.samples['coverage'].mean():.2f} %\n"
              f"Chao1: {chao.mean():.2g} distinct points\nmissed in a sample; none in\n"
              f"{np.sum(chao == 0)} of {count(len(chao), 'sample')}",
              transform=axes.transAxes, va="top", ha="right" if right else "left", fontsize=8.5)


def draw_ends(axes, campaign, title):
    """Starts by how they ended."""
    axes.set_title(title)
    reasons = {name: value for name, value in campaign.reasons.items() if value or name == "found"}
    if not reasons:  # the shards are not beside the ensemble: it knows found and not found
        starts, found = int(campaign.samples["starts"].sum()), int(campaign.samples["found"].sum())
        reasons = {"found": found, "not found": starts - found}
    names, total = list(reasons), max(1, sum(reasons.values()))
    share = [100.0 * reasons[name] / total for name in names]
    axes.barh(range(len(names)), share, color=[BLUE if name == "found" else PALE for name in names], height=0.6)
    axes.set_yticks(())
    axes.spines["left"].set_visible(False)
    for row, (name, value) in enumerate(zip(names, share)):
        label = f"{reason_words(name)}  {value:.2f} %"
        axes.text(0.0, row - 0.36, label, va="bottom", fontsize=8.5)
    axes.set_ylim(len(names) - 0.5, -0.75)
    axes.set_xlim(0.0, 100.0)
    axes.set_xlabel("% of starts")


def draw_running_mean(axes, campaign):
    """Mean number of points over the first n samples, with its error, and the exact expectation."""
    axes.set_title("d  mean over the first $n$ samples")
    total = campaign.counts[:, :len(campaign.index_rows)].sum(axis=1).astype(float)
    n = np.arange(1, len(total) + 1)
    mean = np.cumsum(total) / n
    spread = np.sqrt(np.clip(np.cumsum(total**2) / n - mean**2, 0.0, None) / np.maximum(n - 1, 1))
    if len(total) > 2:
        axes.fill_between(n[1:], (mean - spread)[1:], (mean + spread)[1:], color=SKY, alpha=0.45, lw=0,
                          label="± standard error")
    axes.plot(n, mean, color=BLUE, lw=1.5, marker="o" if len(total) < 3 else None, label="found")
    expected = campaign.summary["counts"]["total"]["expected"]
    if expected is not None:
        axes.axhline(expected, color=VERMILLION, lw=1.2, label="exact")
    if len(total) > 20:
        axes.set_xscale("log")
        axes.set_xlim(2, len(total))
        late = slice(4, None)
        low, high = (mean - spread)[late].min(), (mean + spread)[late].max()
        reach = 1.4 * max(abs(v - mean[-1]) for v in (low, high, expected if expected is not None else low))
        axes.set_ylim(mean[-1] - reach, mean[-1] + 1.5 * reach)
    else:
        axes.set_xlim(0.5, len(total) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.2 * (high - low))
    axes.set_xlabel("samples $n$")
    axes.set_ylabel(f"{noun(campaign)} in a sample")
    axes.legend(loc="upper right", ncol=3, handlelength=1.4, columnspacing=1.0, borderaxespad=0.1)
