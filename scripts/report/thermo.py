"""Campaigns of kacrice thermo as the report needs them: one law, several N; whether they are in equilibrium; the line
of Adam and Gibbs; Kauzmann temperatures for N to infinity."""
import dataclasses
import functools
import itertools
import math

import numpy as np

import kacrice_io
from kacrice_files import check_numbers
from kacrice_io import AGAIN, ReadError, real
from report.campaign import check_keys
from report.estimates import SAMPLES_FOR_Z
from report.law import Law
from report.names import shown

AGREEMENT_MAX = 2.0     # mean square of the differences of the two kinds of starts in errors; 1 in equilibrium
SWEEPS_A_TIME = 50.0    # sweeps should be so many autocorrelation times
SWAP_MIN = 0.05         # exchanges between neighbours should succeed more often
IDENTITY_Z_MAX = 4.0    # of the worst temperature: 20 of them, false alarm 1e-3
EXPONENTS = ((1.0 / 3.0, "1/3"), (0.5, "1/2"), (1.0, "1"))  # of N, in the extrapolation of the Kauzmann temperature

SUMMARY = {  # what this report needs of summary.json
    "": ("n", "p", "planted", "samples", "limit", "temperatures", "kauzmann", "adam_gibbs", "equilibration", "run"),
    "kauzmann": ("fit_from", "fit_to", "harmonic", "tap"),
    "adam_gibbs": ("points", "intercept", "intercept_stderr", "slope", "slope_stderr"),
    "equilibration": ("agreement", "slowest_sweeps", "round_trips", "lowest_swap", "lowest_swap_hot",
                      "lowest_swap_cold"),
    "run": ("ranks", "groups", "wall_seconds", "core_seconds"),
}


@dataclasses.dataclass(frozen=True)
class Line:
    """Straight line through the means of several temperatures, y = intercept + slope x, and how well it fits."""
    temperatures: np.ndarray  # those it goes through
    x: np.ndarray
    y: np.ndarray
    intercept: float
    intercept_error: float
    slope: float
    slope_error: float

    @property
    def residuals(self):
        """y less the line."""
        return self.y - self.intercept - self.slope * self.x

    @property
    def rms(self):
        """Root mean square of the residuals, two degrees of freedom taken off."""
        return math.sqrt(np.sum(self.residuals**2) / (len(self.x) - 2)) if len(self.x) > 2 else math.nan

    @property
    def determination(self):
        """R^2: the part of the scatter of y that the line explains."""
        return 1.0 - np.sum(self.residuals**2) / np.sum((self.y - self.y.mean())**2)


class Thermo(kacrice_io.Thermo):
    """One campaign of kacrice thermo."""

    def __init__(self, folder):
        super().__init__(folder)
        path = self.folder / "summary.json"
        for part, keys in SUMMARY.items():
            check_keys(path, self.summary.get(part) if part else self.summary, keys)
        check_numbers(path, self.summary["run"], SUMMARY["run"])
        check_numbers(path, self.summary["equilibration"], SUMMARY["equilibration"], null=SUMMARY["equilibration"])
        check_numbers(path, self.summary["adam_gibbs"], SUMMARY["adam_gibbs"], null=SUMMARY["adam_gibbs"])
        check_numbers(path, self.summary, ("n", "p", "planted", "samples"), null=("p", "planted"))
        for kind in ("harmonic", "tap"):
            check_keys(path, self.summary["kauzmann"][kind], ("temperature", "stderr"))
        for name in ("program_version", "git_hash", "host", "created", "ranks", "options", "temperature_dynamic",
                     "temperature_static", "q_dynamic", "q_static"):
            self.attribute(name)
        if not isinstance(self.summary["temperatures"], list) or len(self.summary["temperatures"]) != len(self.beta):
            raise ReadError(f"{path} is damaged: it has other temperatures than ensemble.h5; {AGAIN}")
        self.name = shown(self.folder.name)
        self.law = self.make_law()

    def make_law(self):
        """Covariance of the disorder; None for couplings of a user whose law is not known."""
        if not np.isfinite(self.attribute("temperature_static")):
            return None
        mixture = self.options.get("-model_mixture", "")
        return Law.parse(mixture) if mixture else Law({int(self.summary["p"]): 1.0})

    @property
    def planted(self):
        """Temperature of the planted points; None: nothing is planted."""
        return self.summary["planted"]

    @property
    def drawn(self):
        """Whether the couplings were drawn from the law as they are, so that averages over them mean something."""
        return self.identity.get("options", {}).get("couplings") == "drawn" and self.planted is None

    @property
    def asked(self):
        """[M] which temperatures were asked for: not those that -thermo_infinity adds above them."""
        words = self.options.get("-thermo_temperatures", "")
        try:
            hottest = max(float(word) for word in (words.split(":")[:1] if ":" in words else words.split(",")))
        except ValueError:
            hottest = math.inf
        return np.isfinite(self.temperatures) & (self.temperatures <= hottest * (1.0 + 1e-9))

    @functools.cached_property
    def adam_gibbs(self):
        """ln tau against 1/(T S_conf), as the program fitted it; None: no line."""
        told = self.summary["adam_gibbs"]
        if told["slope"] is None:
            return None
        chosen = self.adam_gibbs_points
        return Line(self.temperatures[chosen], self.adam_gibbs_x[chosen], np.log(self.relaxation[chosen]),
                    told["intercept"], real(told["intercept_stderr"]), told["slope"], real(told["slope_stderr"]))

    @property
    def adam_gibbs_x(self):
        """[M] 1/(T S_conf)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.beta / self.mean("configurational")

    @property
    def adam_gibbs_points(self):
        """Temperatures of that line (docs/theory/entropy.md, section 4); refuses a summary with other ones."""
        s_conf, error = self.mean("configurational"), self.stderr("configurational")
        if not np.isfinite(s_conf).any():
            return np.empty(0, dtype=int)
        with np.errstate(invalid="ignore"):
            used = (self.relaxation > 0.0) & (s_conf > 0.0) & ~(error >= s_conf)
            if self.n_samples > 1:
                used &= np.isfinite(self.relaxation_stderr)
        used[:np.nanargmax(s_conf)] = False
        chosen = np.flatnonzero(used)
        if len(chosen) != self.summary["adam_gibbs"]["points"]:
            raise ReadError(f"{self.folder}: adam_gibbs of summary.json has {self.summary['adam_gibbs']['points']} "
                            f"temperatures and ensemble.h5 {len(chosen)}; {AGAIN}")
        return chosen

    @functools.cached_property
    def arrhenius(self):
        """The same temperatures against 1/T, by least squares: what the relation of Adam and Gibbs has to beat."""
        line = self.adam_gibbs
        if line is None:
            return None
        x = 1.0 / line.temperatures
        slope, intercept = np.polyfit(x, line.y, 1)
        return Line(line.temperatures, x, line.y, intercept, math.nan, slope, math.nan)

    def z(self):
        """[M] (<e> - limit for N to infinity) / standard error."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (self.mean("energy") - self.limit["energy"]) / self.stderr("energy")
        return np.where(np.isfinite(z), z, np.nan)

    @property
    def identity_z(self):
        """Of the worst temperature: mean of e + beta (f(1) - <f(q)>) in its errors; NaN where it says nothing."""
        if not self.drawn or self.law is None or self.n_samples < SAMPLES_FOR_Z:
            return math.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.mean("identity") / self.stderr("identity")
        z = z[np.isfinite(z)]
        return float(z[np.argmax(np.abs(z))]) if len(z) else math.nan

    @property
    def doubts(self):
        """What speaks against equilibrium, in words (HTML); empty: nothing."""
        told, found = self.summary["equilibration"], []
        sweeps = float(self.options.get("-thermo_sweeps", "nan"))
        if real(told["agreement"]) > AGREEMENT_MAX:
            found.append(f"the two kinds of starts differ by {told['agreement']:.2g} of their errors, squared and on "
                         f"average (1 in equilibrium, at most {AGREEMENT_MAX:g} here)")
        if real(told["slowest_sweeps"]) * SWEEPS_A_TIME > sweeps:
            found.append(f"energies are correlated over {told['slowest_sweeps']:.3g} of {sweeps:.0f} sweeps")
        if real(told["lowest_swap"]) < SWAP_MIN:
            hot = "∞" if told["lowest_swap_hot"] is None else f"{told['lowest_swap_hot']:.4g}"
            found.append(f"replicas at <i>T</i> = {hot} and {real(told['lowest_swap_cold']):.4g} exchange in "
                         f"{told['lowest_swap']:.2g} of the tries")
        if abs(self.identity_z) > IDENTITY_Z_MAX:
            found.append("⟨<i>e</i>⟩ + <i>β</i>(<i>f</i>(1) − ⟨<i>f</i>(<i>q</i>)⟩), 0 in equilibrium, is "
                         f"{abs(self.identity_z):.1f} errors away from it")
        return found

    def kauzmann(self, kind="harmonic"):
        """(temperature, error) where S_conf vanishes on its line in 1/T; NaN: nowhere."""
        told = self.summary["kauzmann"][kind]
        return real(told["temperature"]), real(told["stderr"])


class ThermoStudy:
    """Campaigns of one law, ascending in N."""

    def __init__(self, folder, campaigns):
        self.folder = folder
        self.campaigns = [campaign for campaign in campaigns if campaign.n_samples]
        for one, other in itertools.combinations(self.campaigns, 2):
            if one.law != other.law:
                raise ReadError(f"{folder}: {one.name} and {other.name} are of different models; a study has one "
                                "model, with several N")
        self.law = self.campaigns[0].law if self.campaigns else None

    def __iter__(self):
        return iter(self.campaigns)

    def __len__(self):
        return len(self.campaigns)

    @property
    def largest(self):
        """The campaign of the largest N."""
        return self.campaigns[-1]

    def limit(self, name):
        """T_d and the like: a number that is the same in all campaigns; NaN: unknown."""
        return float(self.largest.attribute(name))

    @property
    def curve(self):
        """The solution for N to infinity from hot to the coldest temperature of all: name -> values."""
        widest = max(self.campaigns, key=lambda one: one.beta.max())
        return dict(zip(kacrice_io.EQUILIBRIUM, widest.equilibrium_curve.T))

    @property
    def hottest(self):
        """The hottest temperature that was asked for."""
        return max(one.temperatures[one.asked].max() for one in self.campaigns if one.asked.any())

    def extrapolated(self):
        """(exponent in words, T_K for N to infinity, error, chi-square, degrees of freedom) for each exponent, from the
        harmonic Kauzmann temperatures of three N or more by a line in 1/N^exponent; [] with fewer."""
        points = {}
        for one in self.campaigns:
            value, error = one.kauzmann()
            if math.isfinite(value) and error > 0.0 and one.planted is None:
                points.setdefault(one.n, []).append((value, error))
        if len(points) < 3 or any(len(some) > 1 for some in points.values()):
            return []
        n = np.array(sorted(points), dtype=float)
        value, error = np.array([points[size][0] for size in sorted(points)]).T
        found = []
        for exponent, words in EXPONENTS:
            design = np.stack((np.ones_like(n), n**-exponent), axis=1) / error[:, None]
            covariance = np.linalg.inv(design.T @ design)
            fit = covariance @ design.T @ (value / error)
            chi_square = float(np.sum((value / error - design @ fit)**2))
            found.append((words, float(fit[0]), math.sqrt(covariance[0, 0]), chi_square, len(n) - 2))
        return found
