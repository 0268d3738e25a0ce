"""One look for all figures: colours that colour-blind readers tell apart, sizes that read at 100 %."""
import io

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)
from matplotlib.colors import LinearSegmentedColormap  # noqa: E402

# Okabe and Ito's colours
INK = "#222222"
GREY = "#767676"
PALE = "#d9d9d9"
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"

WIDTH = 7.4  # inches, the column of the page
PNG_DPI = 200
HEAT = LinearSegmentedColormap.from_list("heat", ["#f1f6fb", "#cfe2f1", "#9ec7e4", "#69a7d3", "#3d85bd"])

SETTINGS = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "mathtext.fontset": "dejavusans",
    "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.labelsize": 9.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK, "axes.labelcolor": INK,
    "axes.linewidth": 0.8, "axes.axisbelow": True, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.fontsize": 8.5, "legend.frameon": False,
    "lines.linewidth": 1.5, "svg.fonttype": "path", "svg.hashsalt": "kacrice", "figure.dpi": 100,
}


def index_colours(count):
    """Colours of indices (or groups of them) from low to high: viridis without its end that is pale in print."""
    return [pyplot.get_cmap("viridis")(0.8 * i / max(1, count - 1)) for i in range(count)]


def render(figure):
    """The figure as (SVG, PNG) bytes, the same bytes every time; it is closed."""
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None}, dpi=PNG_DPI)
    figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    pyplot.close(figure)
    return svg.getvalue(), png.getvalue()
