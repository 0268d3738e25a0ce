#!/usr/bin/env python3
"""Checks where the names of tasks, landscapes, manifolds and searches stand in the code: in their own rooms only.

Usage: check_places.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives

A new one of them is a file and a line in a list. That holds as long as no other room asks which one it has. Comments
are not looked at.
"""
import pathlib
import re
import sys

from check_layers import without_comments

# What is named, how it looks in the code, and the folders or files where it may stand.
PLACES = [
    ("the table of a task", r"\bKrTask(Census|Thermo|Tap)\b", ["src/tasks/"]),
    ("the command of a task", r'"(census|thermo)"', ["src/tasks/", "src/cli/", "src/bench/"]),
    ("the options of a task", r"\bKr(Census|Thermo|Tap)Options\b",
     ["src/tasks/", "src/census/", "src/thermo/", "src/tap/", "src/bench/", "src/verify/",
      "include/kacrice/census.h", "include/kacrice/thermo.h", "include/kacrice/tap_census.h"]),
    ("the work of a task", r"\bKr(CensusRun|ThermoRun|TapCensus)\b",
     ["src/tasks/", "src/census/", "src/thermo/", "src/tap/", "src/verify/",
      "include/kacrice/census.h", "include/kacrice/thermo.h", "include/kacrice/tap_census.h"]),
    ("an option of thermo", r'"-thermo_\w+"', ["src/tasks/thermo/", "src/thermo/"]),
    ("an option of tap", r'"-tap_\w+"', ["src/tasks/tap/", "src/tap/"]),
    ("an option of census", r'"-census_\w+"', ["src/tasks/census/", "src/census/"]),
    ("a type of landscape", r"\bKrModel(PSpin|Tap)\b|IsTap\b", ["src/model/"]),
    ("the name of a landscape", r'"pspin"', ["src/model/"]),
    ("a type of manifold", r"\bKR_MANIFOLD_\w+|\bmanifold->type\b", ["src/geometry/"]),
    ("a kind of search", r"\bKrSearchOps_\w+", ["src/search/"]),
]

# What still stands elsewhere: the file, what it names, and why.
STILL = [
    ("src/base/thermo_record.c", "an option of thermo", "a record must agree with the options in its file"),
    ("src/base/tap_record.c", "an option of tap", "the same of TAP states"),
    ("src/store/thermo_checkpoint.c", "an option of thermo", "the same of a state"),
    ("src/store/sample_check.c", "an option of census", "the same of a sample"),
    ("src/store/sample_check.c", "the name of a landscape", "mu = p e holds of pure models on the sphere alone"),
    ("src/store/identity.c", "an option of census", "how far a campaign goes is compared as numbers"),
    ("src/campaign/extend.c", "an option of census", "the same; a campaign is extended by more starts"),
    ("include/kacrice/model.h", "a type of landscape", "declares what the following ask"),
    ("src/campaign/plan.c", "a type of landscape", "parity of a free energy whose law is that of the energy"),
    ("src/cli/cmd_theory.c", "a type of landscape", "theory has no table of references yet: this one, and four more"),
    ("src/tasks/census/census_task.c", "a type of landscape", "no reference for a free energy"),
    ("src/tasks/census/recertify.c", "a type of landscape", "no proofs for a free energy"),
    ("src/tasks/states/states_table.c", "a type of landscape", "no reference for a free energy"),
    ("src/tasks/thermo/thermo_task.c", "a type of landscape", "no measure on the ball"),
    ("src/tasks/tap/tap_task.c", "a type of landscape", "begins from points of the energy itself"),
]


def check_file(root, path):
    """All violations of one file, as lines of text."""
    found = []
    code = without_comments((root / path).read_text(encoding="utf-8"))
    for number, line in enumerate(code.split("\n"), 1):
        for what, pattern, allowed in PLACES:
            name = re.search(pattern, line)
            if not name or any(str(path).startswith(place) for place in allowed):
                continue
            if (str(path), what) not in {(file, named) for file, named, _ in STILL}:
                found.append(f"{path}:{number}: {name.group(0)} is {what}: allowed in {', '.join(allowed)} only")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    paths = [path.relative_to(root) for folder in ("include", "src")
             for path in sorted((root / folder).rglob("*.[ch]"))]
    found = [line for path in paths for line in check_file(root, path)]
    print("\n".join(found) if found else f"places: {len(paths)} files in order, {len(STILL)} names still elsewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
