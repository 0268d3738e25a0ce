"""Figure 3: the Hessians of the minima, their bulk against the semicircle and their softest mode."""
import numpy as np

from report.law import sample_minima, semicircle_density
from report.style import BLUE, INK, SKY, VERMILLION, WIDTH, pyplot

BINS = 40          # of the lowest eigenvalue
SAMPLED_BINS = 80  # of the sampled curve, over the range of minima_spectrum
INSET_MIN = 50     # minima below which a power law cannot be seen
COUNT_OF_BIN = 1000  # bins are joined in pairs until the fullest holds so many: noise of 3 %


def draw(campaign):
    """The figure: two panels, the second with an inset that shows level repulsion at zero."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(WIDTH, 3.9), constrained_layout=True)
    sampled = sample_minima(campaign.law, campaign.n)
    draw_bulk(left, campaign, sampled)
    soft = campaign.points["lambda_min"][campaign.points["index"] == 0]
    draw_soft_mode(right, campaign, soft[np.isfinite(soft)], sampled)
    left.set_title("a  all Hessian eigenvalues")
    right.set_title("b  the lowest eigenvalue")
    return figure


def draw_bulk(axes, campaign, sampled):
    """Histogram of (lambda + mu) / sqrt(f'') with the semicircle of N - 1 directions."""
    edges, count, n = campaign.minima_spectrum_edges, campaign.minima_spectrum, campaign.n
    while len(count) > 40 and len(count) % 2 == 0 and count.max() < COUNT_OF_BIN:
        edges, count = edges[::2], count[::2] + count[1::2]
    axes.stairs(count / count.sum() / np.diff(edges), edges, fill=True, color=SKY, label="found")
    grid = np.linspace(-2.0, 2.0, 400) * np.sqrt((n - 1) / n)
    axes.plot(grid, semicircle_density(grid, 2.0 * np.sqrt((n - 1) / n)), color=INK, lw=1.4, ls=(0, (5, 2)),
              label="semicircle, radius $2\\sqrt{(N-1)/N}$")
    if sampled is not None:
        weight = np.broadcast_to(sampled.weight[:, None], sampled.shifted.shape).ravel()
        density, cuts = np.histogram(sampled.shifted.ravel(), bins=SAMPLED_BINS, range=(edges[0], edges[-1]),
                                     weights=weight, density=True)
        axes.plot(0.5 * (cuts[:-1] + cuts[1:]), density, color=VERMILLION, lw=1.4,
                  label=f"exact law at $N = {n}$, sampled")
    axes.set_xlim(-3.0, 3.0)
    axes.set_ylim(0.0, 1.42 * axes.get_ylim()[1])
    axes.set_xlabel("$(\\lambda + \\mu)\\,/\\sqrt{f''(1)}$")
    axes.set_ylabel("probability density")
    axes.legend(loc="upper left", handlelength=1.8)


def draw_soft_mode(axes, campaign, soft, sampled):
    """Distribution of lambda_min over minima; inset: its cumulative fraction on logarithmic axes."""
    axes.set_xlabel("$\\lambda_{\\min}$   [$J$]")
    axes.set_ylabel("probability density   [$1/J$]")
    if not soft.size:
        axes.text(0.5, 0.5, "not recorded in this campaign", transform=axes.transAxes, ha="center")
        return
    top = float(np.quantile(soft, 0.999)) * 1.1
    n_bins = int(np.clip(np.sqrt(soft.size), 8, BINS))
    axes.hist(soft, bins=n_bins, range=(0.0, top), density=True, color=SKY, ec="white", lw=0.3, label="found")
    if sampled is not None:
        density, cuts = np.histogram(sampled.lambda_min, bins=sampled_bins(sampled), range=(0.0, top),
                                     weights=sampled.weight)
        axes.plot(0.5 * (cuts[:-1] + cuts[1:]), density / (cuts[1] - cuts[0]), color=VERMILLION, lw=1.4,
                  label=f"exact law at $N = {campaign.n}$, sampled")
    axes.set_xlim(0.0, top)
    axes.set_ylim(0.0, 1.12 * axes.get_ylim()[1])
    if soft.size >= INSET_MIN:
        draw_inset(axes.inset_axes((0.56, 0.40, 0.42, 0.40)), soft, sampled, top)
    axes.legend(loc="upper right", handlelength=1.8, borderaxespad=0.0)


def sampled_bins(sampled):
    """As many as leave some 600 independent matrices to each, so that the curve is smooth."""
    independent = 1.0 / np.square(sampled.weight).sum()
    return int(np.clip(independent / 600.0, 12, BINS))


def draw_inset(axes, soft, sampled, top):
    """Fraction of minima softer than lambda: proportional to lambda^2 at zero, as levels repel linearly."""
    soft = np.sort(soft)
    axes.loglog(soft, np.arange(1, soft.size + 1) / soft.size, drawstyle="steps-post", color=BLUE, lw=1.3)
    anchor = float(np.quantile(soft, 0.1))
    x = np.geomspace(0.04 * top, 0.5 * top, 20)
    if sampled is not None:
        order = np.argsort(sampled.lambda_min)
        axes.loglog(sampled.lambda_min[order], np.cumsum(sampled.weight[order]), color=VERMILLION, lw=1.0)
    axes.loglog(x, 0.1 * (x / anchor)**2, color=INK, lw=1.0, ls=(0, (2, 1.5)))
    axes.text(0.95, 0.06, "$\\propto\\lambda^2$ (dotted)", transform=axes.transAxes, ha="right", fontsize=7.5)
    axes.set_xlim(max(soft[0] * 0.8, 0.01 * top), top)
    axes.set_ylim(0.5 / soft.size, 1.5)
    axes.set_title("fraction below $\\lambda$", fontsize=8, fontweight="normal", pad=3)
    axes.tick_params(labelsize=7.5, which="both")
    axes.minorticks_off()
