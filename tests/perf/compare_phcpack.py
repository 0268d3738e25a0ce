#!/usr/bin/env python3
"""Milliseconds a path: kacrice's homotopy against PHCpack's blackbox solver, on the same tensor, on one core.

  . scripts/common.sh && python3 tests/perf/compare_phcpack.py build/release/kacrice [--n 6 8] [--rounds 3]

Wants phc (Debian: phcpack), numpy and h5py. The tensor is exported by kacrice and written as the N quadratic equations
T x x = x, whose 2^N solutions are 0 and the eigenvectors; `phc -b` solves them by its own choice of homotopy.
Times are processor times of one thread: for PHCpack the whole process; for kacrice the time of a sample in its shard,
spectra and all, the least of three runs. The number of real eigenvectors must
agree, and kacrice must account for all paths."""
import argparse
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import h5py  # noqa: E402
import numpy as np  # noqa: E402


def write_system(tensor, path):
    """T x x - x = 0 in PHCpack's format, each coefficient with all its digits."""
    n = len(tensor)
    lines = [str(n)]
    for i in range(n):
        terms = [f"- x{i + 1}"]
        for j in range(n):
            for k in range(j, n):
                value = tensor[i, j, k] * (1 if j == k else 2) / np.sqrt(n)
                terms.append(f"{'+' if value >= 0 else '-'} {abs(value):.17e}*x{j + 1}*x{k + 1}")
        lines.append(" ".join(terms) + ";")
    path.write_text("\n".join(lines) + "\n")


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def count_real(text):
    """Solutions other than 0 without imaginary parts, out of PHCpack's list."""
    count = 0
    for block in re.split(r"^solution \d+ :", text.split("THE SOLUTIONS")[-1], flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^ x\d+ :\s+(\S+)\s+(\S+)", block, flags=re.MULTILINE)
        x = np.array([[float(part) for part in row] for row in rows])
        count += np.abs(x).max() > 1e-8 and np.abs(x[:, 1]).max() < 1e-8 * np.abs(x).max()
    return count


def solve_by_phc(phc, folder, tensor):
    """Processor seconds and the number of real eigenvectors."""
    system, solutions = folder / "system", folder / "solutions"
    write_system(tensor, system)
    solutions.unlink(missing_ok=True)
    began = children_seconds()
    subprocess.run([phc, "-b", str(system), str(solutions)], check=True, capture_output=True)
    return children_seconds() - began, count_real(solutions.read_text())


def solve_by_kacrice(program, folder, n, sample):
    """Seconds, the number of real eigenvectors, and the number of paths."""
    out = folder / f"out-{n}-{sample}"
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([program, "census", "-model_p", "3", "-model_n", str(n), "-search_kind", "homotopy",
                    "-campaign_samples", f"{sample}:{sample + 1}", "-campaign_out", str(out)], check=True,
                   capture_output=True)
    with h5py.File(next(out.glob("samples/*/s*.h5"))) as file:
        if file.attrs["paths_distinct"] != file.attrs["paths"]:
            raise SystemExit(f"kacrice lost paths: {file.attrs['paths_distinct']} of {file.attrs['paths']}")
        return file.attrs["seconds"], file.attrs["n_points"], file.attrs["paths"]


def compare(phc, program, folder, n, rounds):
    theirs, ours = [], []
    for sample in range(rounds):
        path = folder / "tensor.h5"
        path.unlink(missing_ok=True)
        subprocess.run([program, "export", "-model_p", "3", "-model_n", str(n), "-campaign_sample", str(sample),
                        "-export_out", str(path)], check=True, capture_output=True)
        with h5py.File(path) as file:
            tensor = file["tensor_p3"][:]
        seconds, real = solve_by_phc(phc, folder, tensor)
        runs = [solve_by_kacrice(program, folder, n, sample) for _ in range(3)]
        theirs.append(seconds)
        ours.append(min(run[0] for run in runs))
        if real != runs[0][1]:
            print(f"  N = {n}, sample {sample}: PHCpack has {real} real eigenvectors, kacrice {runs[0][1]}")
    n_paths = runs[0][2]
    theirs, ours = statistics.median(theirs), statistics.median(ours)
    print(f"{n:4} {n_paths:7} {1e3 * theirs / n_paths:12.3f} {1e3 * ours / n_paths:12.4f} {theirs / ours:9.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the kacrice to measure")
    parser.add_argument("--n", type=int, nargs="+", default=[6, 8], help="spins N (6 8)")
    parser.add_argument("--rounds", type=int, default=3, help="tensors of each N (3)")
    args = parser.parse_args()
    phc = shutil.which("phc")
    if phc is None:
        print("skipped: phc is not installed (Debian: apt-get install phcpack)")
        sys.exit(0)
    program = str(pathlib.Path(args.program).resolve())
    print("p = 3, milliseconds a path, medians\n   N   paths      PHCpack      kacrice     ratio", flush=True)
    with tempfile.TemporaryDirectory(prefix="kacrice-perf-") as folder:
        for n in args.n:
            compare(phc, program, pathlib.Path(folder), n, args.rounds)


if __name__ == "__main__":
    main()
