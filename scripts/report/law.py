"""The law of the disorder and what random-matrix theory says about Hessians: docs/notation.md, docs/theory."""
import dataclasses

import numpy as np

SAMPLED_N_MAX = 50    # above it the semicircle alone is drawn: sampling in seconds gets too noisy
SAMPLED_SEED = 20130101  # any fixed number: the report of a folder is always the same
SECTIONS = 60         # golden sections of a maximum over mu: (0.618)^60 = 3e-13 of the range
GOLDEN = 0.5 * (5.0 ** 0.5 - 1.0)


@dataclasses.dataclass(frozen=True)
class Law:
    """Covariance f(q) = sum_p c_p q^p of the landscape: orders -> c_p."""
    c: dict

    @classmethod
    def parse(cls, mixture):
        """From "3:0.36,4:0.64"."""
        pairs = (term.split(":") for term in mixture.split(","))
        return cls({int(order): float(value) for order, value in pairs})

    @property
    def is_pure(self):
        """One order only: then mu = p e."""
        return len(self.c) == 1

    @property
    def p(self):
        """The order of a pure law."""
        return next(iter(self.c))

    @property
    def slope(self):
        """f'(1)."""
        return sum(c * p for p, c in self.c.items())

    @property
    def curvature(self):
        """f''(1)."""
        return sum(c * p * (p - 1) for p, c in self.c.items())

    @property
    def parity(self):
        """ "odd", "even" or "none": what the antipode of a critical point is."""
        kinds = {p % 2 for p in self.c}
        return {(1,): "odd", (0,): "even"}.get(tuple(kinds), "none")


def semicircle_density(x, radius=2.0):
    """Density of the semicircle law on [-radius, radius]."""
    return 2.0 / (np.pi * radius**2) * np.sqrt(np.clip(radius**2 - np.square(x), 0.0, None))


def semicircle_cdf(x, radius=2.0):
    """Its integral from -radius to x."""
    y = np.clip(np.asarray(x, dtype=float) / radius, -1.0, 1.0)
    return 0.5 + (y * np.sqrt(1.0 - y**2) + np.arcsin(y)) / np.pi


def sample_levels(n, count, random):
    """Eigenvalues, ascending, of count GOE(n) matrices (off-diagonal variance 1, diagonal 2): count x n."""
    a = random.standard_normal((count, n, n))
    return np.linalg.eigvalsh((a + np.swapaxes(a, 1, 2)) / np.sqrt(2.0))


@dataclasses.dataclass(frozen=True)
class SampledMinima:
    """Hessians of minima, sampled: shifted eigenvalues (lambda + mu) / sqrt(f'') and lowest eigenvalues, with the
    weight of each."""
    shifted: np.ndarray     # count x (n - 1)
    lambda_min: np.ndarray  # count
    weight: np.ndarray      # count, sums to 1


def sample_minima(law, n):
    """The exact law of Hessians at minima at finite N. They are those of GOE(N) matrices seen from the lowest level,
    sqrt(f''/N) (x_j - x_0), j >= 1, with mu = x_0 sqrt(f''/N) and weight exp(-x_0^2 (f'' - f') / (4 (f'' + f')))
    (docs/howto/report.md). None where N is too large to sample in a second or two."""
    if law is None or not 2 <= n <= SAMPLED_N_MAX:
        return None
    x = sample_levels(n, int(np.clip(3e8 / n**3, 500, 40000)), np.random.default_rng(SAMPLED_SEED))
    x = np.concatenate((x, -x[:, ::-1]))  # the same matrices seen from their highest level
    f1, f2 = law.slope, law.curvature
    log_weight = -(f2 - f1) / (4.0 * (f2 + f1)) * x[:, 0]**2
    weight = np.exp(log_weight - log_weight.max())
    return SampledMinima(shifted=x[:, 1:] / np.sqrt(n), lambda_min=np.sqrt(f2 / n) * (x[:, 1] - x[:, 0]),
                         weight=weight / weight.sum())


def rate(t):
    """J(t): the cost of one eigenvalue outside the semicircle, at t = |mu| / sqrt(f'') > 2; 0 inside."""
    root = np.sqrt(np.clip(np.square(t) - 4.0, 0.0, None))
    return 0.25 * t * root - np.log(0.5 * (np.maximum(t, 2.0) + root)) * (t > 2.0)


def joint_complexity(law, e, mu, weight):
    """Sigma(e, mu) for N to infinity with weight times the rate J (docs/theory/complexity.md); not for pure laws."""
    f1, f2 = law.slope, law.curvature
    det = f1 + f2 - f1**2
    form = ((f1 + f2) * e**2 - 2.0 * f1 * e * mu + mu**2) / det
    return 0.5 * np.log(f2 / f1) - 0.5 * form + mu**2 / (4.0 * f2) - weight * rate(np.abs(mu) / np.sqrt(f2))


def maximum_over_mu(law, e, low, high, weight):
    """Largest Sigma(e, mu) for mu in [low, high], for each e. It is concave in mu: J is convex, and
    D = f' + f'' - f'^2 is at most f'', as f' >= 2, so the quadratic terms are negative."""
    low, high = np.full(e.shape, low), np.full(e.shape, high)
    for _ in range(SECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        rises = joint_complexity(law, e, left, weight) < joint_complexity(law, e, right, weight)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
    return joint_complexity(law, e, 0.5 * (low + high), weight)


def complexity(law, e):
    """Sigma(e) of all indices."""
    e = np.asarray(e, dtype=float)
    f1, f2 = law.slope, law.curvature
    if law.is_pure:
        mu = law.p * e
        return 0.5 * np.log(f2 / f1) - 0.5 * e**2 + mu**2 / (4.0 * f2) - rate(np.abs(mu) / np.sqrt(f2))
    reach = 4.0 * np.sqrt(f1 + f2)
    return maximum_over_mu(law, e, -reach, reach, 1.0)


def complexity_index(law, k, e):
    """Sigma_k(e); -inf where points of index k are exponentially rare for every mu."""
    e = np.asarray(e, dtype=float)
    f1, f2 = law.slope, law.curvature
    if law.is_pure:
        mu = law.p * e
        value = 0.5 * np.log(f2 / f1) - 0.5 * e**2 + mu**2 / (4.0 * f2) - (k + 1) * rate(np.abs(mu) / np.sqrt(f2))
        return np.where(mu <= -2.0 * np.sqrt(f2), value, -np.inf)
    return maximum_over_mu(law, e, -4.0 * np.sqrt(f1 + f2), -2.0 * np.sqrt(f2), k + 1.0)


def complexity_total(law):
    """Limit of ln(number of all points)/N: ln(f''/f')/2, reached at e = 0."""
    return 0.5 * np.log(law.curvature / law.slope)


def complexity_minima(law):
    """Limit of ln(number of points of a fixed index)/N, the same for k = 0, 1, 2, ...: Sigma_k(e, mu) is largest at
    mu = -2 sqrt(f''), where J = 0, and e = f' mu/(f' + f'')."""
    return complexity_total(law) - (law.curvature - law.slope) / (law.curvature + law.slope)


def threshold_energy(law):
    """Energy of that maximum, where nearly all points of a fixed index lie for N to infinity; pure laws: -E_inf."""
    return -2.0 * law.slope * np.sqrt(law.curvature) / (law.curvature + law.slope)


def ground_energy(law, k=0):
    """E_k < 0, the lowest energy with points of index k for N to infinity (annealed): the zero of Sigma_k."""
    high = threshold_energy(law) * (1.0 + 1e-12)
    low = 2.0 * high
    for _ in range(SECTIONS):
        middle = 0.5 * (low + high)
        inside = complexity_index(law, k, np.array([middle]))[0] > 0.0
        low, high = (low, middle) if inside else (middle, high)
    return 0.5 * (low + high)
