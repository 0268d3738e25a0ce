#!/usr/bin/env python3
"""Minima per second: kacrice against scipy's L-BFGS-B with a numpy gradient, on the same tensor, on one core.

  . scripts/common.sh && python3 tests/perf/compare_scipy.py build/release/kacrice [--n 100] [--starts 256] [--rounds 5]

Wants numpy, scipy and h5py (python3-scipy python3-h5py). The tensor is exported by kacrice and read dense. scipy minimises
the energy as a function on R^N that does not depend on the length of its argument, E = (J @ x) @ x @ x by BLAS, to the
same residual as kacrice asks for before its Newton steps and to a tight one; kacrice goes to 1e-11 and checks that each
point is a minimum. Times are processor times of one thread: the search alone for scipy; for kacrice the whole process,
less that of a run with one start (start of the program, draw, files). Rounds alternate; medians are printed."""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import scipy.optimize  # noqa: E402


class Landscape:
    """H(x) / N^0 of a p = 3 tensor on |x|^2 = N, and its gradient, extended to all lengths."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.tensor = file["tensor_p3"][:]
        self.n = self.tensor.shape[0]
        self.flat = self.tensor.reshape(self.n * self.n, self.n)

    def __call__(self, y):
        length = np.sqrt(y @ y)
        x = y * (np.sqrt(self.n) / length)
        g = (self.flat @ x).reshape(self.n, self.n) @ x / self.n
        energy = g @ x
        return energy, (3 * g - 3 * (energy / self.n) * x) * (np.sqrt(self.n) / length)


def scipy_minima(landscape, n_starts, tolerance, seed):
    """Processor seconds a start, calls a start, the worst residual and the mean energy."""
    rng = np.random.default_rng(seed)
    starts = rng.standard_normal((n_starts, landscape.n))
    starts *= np.sqrt(landscape.n) / np.linalg.norm(starts, axis=1)[:, None]
    options = {"maxiter": 100000, "maxfun": 100000, "ftol": 0.0, "gtol": tolerance}
    calls, residuals, energies = 0, [], []
    began = time.process_time()
    for start in starts:
        end = scipy.optimize.minimize(landscape, start, jac=True, method="L-BFGS-B", options=options)
        calls += end.nfev
        energies.append(end.fun / landscape.n)
        residuals.append(np.linalg.norm(end.jac) / np.sqrt(landscape.n))
    seconds = (time.process_time() - began) / n_starts
    return seconds, calls / n_starts, max(residuals), np.mean(energies)


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def census_seconds(program, folder, method, n, n_starts):
    """Processor seconds of a whole run, and its summary."""
    out = pathlib.Path(folder) / f"{method}-{n_starts}-{time.monotonic_ns()}"
    began = children_seconds()
    subprocess.run([program, "census", "-model_n", str(n), "-search_kind", "minima", "-search_starts", str(n_starts),
                    "-descent_method", method, "-campaign_samples", "1", "-campaign_out", str(out)],
                   check=True, capture_output=True)
    return children_seconds() - began, json.loads((out / "summary.json").read_text())


def kacrice_minima(program, folder, method, n, n_starts):
    """Processor seconds a start, beyond those of a run with one start; all of them must have found a minimum."""
    alone, _ = census_seconds(program, folder, method, n, 1)
    whole, summary = census_seconds(program, folder, method, n, n_starts)
    found = summary["starts"]["converged"]
    if found != n_starts:
        raise SystemExit(f"kacrice found {found} minima from {n_starts} starts")
    return (whole - alone) / (n_starts - 1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the kacrice to measure")
    parser.add_argument("--n", type=int, default=100, help="spins N (100)")
    parser.add_argument("--starts", type=int, default=256, help="starts of kacrice a round (256)")
    parser.add_argument("--scipy-starts", type=int, default=8, help="starts of scipy a round (8)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds (7)")
    return parser.parse_args()


def main():
    args = arguments()
    program = str(pathlib.Path(args.program).resolve())
    rows = {}
    with tempfile.TemporaryDirectory(prefix="kacrice-perf-") as folder:
        path = os.path.join(folder, "tensor.h5")
        subprocess.run([program, "export", "-model_n", str(args.n), "-export_out", path], check=True,
                       capture_output=True)
        landscape = Landscape(path)
        for turn in range(args.rounds):
            for tolerance in (1e-5, 1e-8):
                row = scipy_minima(landscape, args.scipy_starts, tolerance, turn)
                rows.setdefault(f"scipy L-BFGS-B, gtol {tolerance:g}", []).append(row[0])
                print(f"round {turn}: scipy gtol {tolerance:g}: {1e3 * row[0]:.3f} ms, {row[1]:.0f} calls, "
                      f"residual {row[2]:.1e}, e {row[3]:.4f}", flush=True)
            for method in ("gradient", "lbfgs"):
                rows.setdefault(f"kacrice {method}", []).append(
                    kacrice_minima(program, folder, method, args.n, args.starts))
    medians = {name: statistics.median(values) for name, values in rows.items()}
    print(f"\nN = {args.n}, p = 3: processor ms a minimum (median of {args.rounds} rounds), and how often kacrice lbfgs")
    for name, value in medians.items():
        print(f"  {name:28} {1e3 * value:9.3f}   {value / medians['kacrice lbfgs']:7.2f}")


if __name__ == "__main__":
    main()
