"""Fifty coupling tensors whose critical points are not all regular, and what is known of them in closed form: each is a
polynomial sum c x^m of order p in N variables. `Answer` tells the antipodal pairs of regular points, the isolated singular
ones, and the dimensions of the sets of positive dimension; None: not known in closed form."""
import dataclasses
import itertools
import math

import h5py
import numpy as np


@dataclasses.dataclass(frozen=True)
class Answer:
    regular: int
    singular: tuple = ()  # (nullity, degree, multiplicity) of each pair; multiplicity 0: the program need not know it
    continua: tuple = ()  # dimensions


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    p: int
    tensor: np.ndarray
    answer: Answer = None

    @property
    def n(self):
        return self.tensor.shape[0]

    def write(self, path):
        with h5py.File(path, "w") as file:
            file[f"tensor_p{self.p}"] = self.tensor


def symmetric(n, p, entries):
    """The tensor with T[i1...ip] = value for each sorted tuple, and all its orders."""
    tensor = np.zeros((n,) * p)
    for where, value in entries.items():
        for order in set(itertools.permutations(where)):
            tensor[order] = value
    return tensor


def polynomial(n, p, terms):
    """The tensor of sum c x^m: a dict from tuples of p variables, such as (0, 0, 2) for x0 x0 x2, to c."""
    entries = {}
    for where, c in terms.items():
        where = tuple(sorted(where))
        orders = math.factorial(p) // math.prod(math.factorial(where.count(i)) for i in set(where))
        entries[where] = entries.get(where, 0.0) + c / orders
    return symmetric(n, p, entries)


def times(*factors):
    """The product of polynomials given as dicts."""
    result = {(): 1.0}
    for factor in factors:
        product = {}
        for a, b in itertools.product(result, factor):
            where = tuple(sorted(a + b))
            product[where] = product.get(where, 0.0) + result[a] * factor[b]
        result = product
    return result


def powers(vectors, p):
    """sum of v^(x)p."""
    tensor = np.zeros((len(vectors[0]),) * p)
    for v in vectors:
        one = np.ones(())
        for _ in range(p):
            one = np.multiply.outer(one, np.asarray(v, dtype=float))
        tensor += one
    return tensor


def average(tensor, group):
    """The mean over a group of permutations of the coordinates."""
    return sum(tensor[np.ix_(*(g,) * tensor.ndim)] for g in group) / len(group)


def cyclic(n):
    return [[(i + s) % n for i in range(n)] for s in range(n)]


def random_symmetric(n, p, seed, draw):
    rng = np.random.default_rng(seed)
    return symmetric(n, p, {where: draw(rng) for where in itertools.combinations_with_replacement(range(n), p)})


def basis(n, k):
    return [np.eye(n)[i] for i in range(k)]


def rotated(values, seed):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))
    matrix = (q * np.asarray(values, dtype=float)) @ q.T
    return (matrix + matrix.T) / 2


def matrices():
    """Eigenvalues that occur m times make a sphere of dimension m - 1."""
    yield Case("identity_n4", 2, np.eye(4), Answer(0, continua=(3,)))
    yield Case("identity_n6", 2, np.eye(6), Answer(0, continua=(5,)))
    yield Case("twice_1_and_2", 2, np.diag([1.0, 1, 2, 2]), Answer(0, continua=(1, 1)))
    yield Case("opposite", 2, np.diag([1.0, 1, -1, -1]), Answer(0, continua=(1, 1)))
    yield Case("zeros_and_one", 2, np.diag([0.0, 0, 0, 1]), Answer(1, continua=(2,)))
    yield Case("one_entry_p2", 2, symmetric(4, 2, {(0, 1): 1.0}), Answer(2, continua=(1,)))
    yield Case("rotated_n5", 2, rotated([1, 1, 1, 3, 5], 1), Answer(2, continua=(2,)))
    yield Case("rotated_n6", 2, rotated([-2, -2, 0, 1, 1, 1], 2), Answer(1, continua=(1, 2)))


def unit(n):
    return np.arange(1, n + 1) / np.linalg.norm(np.arange(1, n + 1))


def rank_one():
    """f = (a.x)^p: the pole, and what is orthogonal to a."""
    for n, p in ((3, 3), (4, 3), (6, 3), (3, 4), (5, 4), (4, 5), (3, 6), (4, 6)):
        yield Case(f"rank_one_p{p}_n{n}", p, powers([unit(n)], p), Answer(1, continua=(n - 2,)))
    for p in (3, 4, 5, 6):
        yield Case(f"rank_one_p{p}_n2", p, powers([[1, 0]], p), Answer(1, ((1, 1 - p % 2, p - 1),)))


def norms():
    """f = |x|^p is constant."""
    square = {n: {(i, i): 1.0 for i in range(n)} for n in (3, 4)}
    yield Case("norm_p4_n3", 4, polynomial(3, 4, times(square[3], square[3])), Answer(0, continua=(2,)))
    yield Case("norm_p4_n4", 4, polynomial(4, 4, times(square[4], square[4])), Answer(0, continua=(3,)))
    yield Case("norm_p6_n3", 6, polynomial(3, 6, times(square[3], square[3], square[3])), Answer(0, continua=(2,)))


def sums_of_powers():
    """f = sum of the p-th powers of k of N coordinates."""
    for n, k in ((3, 2), (4, 3), (5, 4)):
        yield Case(f"cubes_{k}_of_{n}", 3, powers(basis(n, k), 3), Answer(2**k - 1, ((k, 0, 4 if k == 2 else 0),)))
    for n, k in ((4, 2), (5, 3), (6, 2)):
        yield Case(f"cubes_{k}_of_{n}", 3, powers(basis(n, k), 3), Answer(2**k - 1, continua=(n - k - 1,)))
    yield Case("fourths_2_of_3", 4, powers(basis(3, 2), 4), Answer(4, ((2, 1, 9),)))
    yield Case("fourths_3_of_5", 4, powers(basis(5, 3), 4), Answer(13, continua=(1,)))
    yield Case("fourths_signs", 4, polynomial(3, 4, {(0,) * 4: 1, (1,) * 4: -1}), Answer(2, ((2, -1, 9),)))
    yield Case("fifths_2_of_3", 5, powers(basis(3, 2), 5), Answer(3, ((2, 0, 16),)))
    yield Case("sixths_2_of_3", 6, powers(basis(3, 2), 6), Answer(4, ((2, 1, 25),)))


def products():
    """Few monomials, squares of forms."""
    disc = {(0, 0): 1.0, (1, 1): 1.0}
    cross = {(0, 0): 1.0, (1, 1): -1.0}
    yield Case("one_entry_012_n3", 3, symmetric(3, 3, {(0, 1, 2): 1.0}), Answer(7))
    yield Case("one_entry_012_n4", 3, symmetric(4, 3, {(0, 1, 2): 1.0}), Answer(4, continua=(1,)))
    yield Case("one_entry_012_n5", 3, symmetric(5, 3, {(0, 1, 2): 1.0}), Answer(4, continua=(2,)))
    yield Case("one_entry_000_n4", 3, symmetric(4, 3, {(0, 0, 0): 1.0}), Answer(1, continua=(2,)))
    yield Case("one_entry_0123_n4", 4, symmetric(4, 4, {(0, 1, 2, 3): 1.0}), Answer(8, continua=(1,)))
    yield Case("disc_times_z", 3, polynomial(3, 3, times(disc, {(2,): 1.0})), Answer(1, continua=(1,)))
    yield Case("disc_squared", 4, polynomial(3, 4, times(disc, disc)), Answer(0, ((2, 1, 0),), (1,)))
    yield Case("cross_squared", 4, polynomial(3, 4, times(cross, cross)), Answer(2, continua=(1,)))
    monkey = {(2, 2, 2): 1.0, (0, 0, 0): 0.5, (0, 1, 1): -1.5, (0, 0, 2): 1.5, (1, 1, 2): 1.5}
    yield Case("monkey", 3, polynomial(3, 3, monkey), Answer(3, ((2, -2, 4),)))
    yield Case("two_cubes", 3, powers([[1, 2, 0, 1], [0, 1, -1, 1]], 3), Answer(1, continua=(1,)))
    yield Case("sine", 3, np.sin(sum(np.meshgrid(*[np.arange(1, 6)] * 3, indexing="ij"))), Answer(3, continua=(2,)))


def drawn():
    """Whole entries, and averages over a group: no closed form."""
    for n, p, seed in ((3, 3, 1), (4, 3, 2), (5, 3, 3), (3, 4, 4)):
        yield Case(f"whole_p{p}_n{n}", p, random_symmetric(n, p, seed, lambda rng: float(rng.integers(-1, 2))))
    for n, p, seed in ((4, 3, 5), (3, 4, 6)):
        tensor = random_symmetric(n, p, seed, lambda rng: rng.normal())
        yield Case(f"cyclic_p{p}_n{n}", p, average(tensor, cyclic(n)))
    signs = np.random.default_rng(7).choice([-1.0, 1.0], size=(3, 6))
    yield Case("low_rank_p3_n6", 3, powers(list(signs), 3))


CASES = {case.name: case for make in (matrices, rank_one, norms, sums_of_powers, products, drawn) for case in make()}
assert len(CASES) == 52, len(CASES)
