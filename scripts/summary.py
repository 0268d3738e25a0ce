#!/usr/bin/env python3
"""Says in a few lines what a campaign found: summary.py FOLDER (reads FOLDER/summary.json)."""
import pathlib
import signal
import sys

from kacrice_files import ReadError, read_json, reading

WORDS = {0: "minima", 1: "index-1 saddles"}


def number(value, digits):
    """A number, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def title(model, n_samples):
    """The model in words."""
    law = f"p = {model['p']}" if not model.get("mixture") else f"mixture {model['mixture']}"
    return f"{n_samples} samples of the spherical {law} model with N = {model['n']} spins"


def describe(summary):
    """The lines to print."""
    counts, samples = summary["counts"], summary["samples"]
    total, size = counts["total"], summary["model"]["n"]
    yield title(summary["model"], samples["in_ensemble"])
    yield (f"  critical points in a sample: {number(total['mean'], 2)} +- {number(total['stderr'], 2)}"
           f"   exact expectation: {number(total.get('expected'), 4)}   z = {number(total.get('z'), 2)}")
    yield f"  {'':<18}{'found':>9} {'+-':>6} {'exact':>9} {'z':>6}"
    for row in counts["index"]:
        name = WORDS.get(row["k"], "maxima" if row["k"] == size - 1 else f"index {row['k']}")
        yield (f"  {name:<18}{number(row['mean'], 3):>9} {number(row['stderr'], 3):>6} "
               f"{number(row.get('expected'), 3):>9} {number(row.get('z'), 2):>6}")
    starts, seconds = summary["starts"], summary["wall_seconds"]
    yield (f"  {starts['converged']} of {starts['total']} starts ended in a critical point; "
           f"this run took {seconds:.0f} s on {summary['ranks']} ranks")
    if samples["failed"]:
        yield f"  {samples['failed']} samples FAILED"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: summary.py FOLDER")
    folder = pathlib.Path(sys.argv[1])
    path = folder / "summary.json"
    try:
        with reading(path):
            lines = list(describe(read_json(path)))
    except ReadError as error:
        print(f"kacrice: {error}", file=sys.stderr)
        sys.exit(2)
    print()
    print("\n".join(lines))
    if (folder / "report.html").exists():
        print(f"  figures: {(folder / 'report.html').resolve()}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # "summary.py FOLDER | head" ends in silence
    main()
