#!/usr/bin/env python3
"""Checks the size of functions and files against the budgets of docs/style.md.

Usage: check_length.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives

Functions are found by the layout clang-format gives them: a brace in the first column opens a body and one in
the first column closes it. Exceptions stand, each with its reason, in scripts/check_length.allow.
"""
import pathlib
import re
import statistics
import sys

MEDIAN, PERCENT_90, LONGEST = 15, 45, 80  # lines a function, signature and braces included
LONGEST_MAIN = 30
FILE, HEADER = 600, 200
COLUMNS = 120  # clang-format keeps code within 100; comments and scripts may go this far
LAID_OUT = {"src": "*.[ch]", "include": "*.h", "tests": "*.[ch]", "scripts": "*.*"}
TEXT = {".c", ".h", ".py", ".sh", ".cmake"}


def read_allowances(path):
    """Lines "file[:function] reason" as a set of keys; a line without a reason is an error."""
    allowed = set()
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if not line.strip() or line.startswith("#"):
            continue
        key, _, reason = line.partition(" ")
        if not reason.strip():
            sys.exit(f"{path}: {key} stands there without a reason")
        allowed.add(key)
    return allowed


def signature_start(lines, brace):
    """Number of the line where the signature above a brace begins."""
    start = brace
    while start > 0 and lines[start - 1].strip() and not re.match(r"#|\}|/[/*]|.*\*/$", lines[start - 1]):
        start -= 1
    return start


def functions(lines):
    """(name, number of lines) of each function."""
    opened = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            opened = signature_start(lines, number)
        elif line.startswith("}") and opened is not None:
            name = re.search(r"(\w+)\s*\(", " ".join(lines[opened:number + 1]))
            if name:
                yield name.group(1), number - opened + 1
            opened = None


def check_file(path, name, allowed):
    """(violations, sizes of its functions) of one file."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    limit = HEADER if path.suffix == ".h" and name.startswith("include") else FILE
    found, sizes = [], []
    if len(lines) > limit and name not in allowed:
        found.append(f"{name}: {len(lines)} lines, {limit} at most")
    if path.suffix in (".c", ".h"):
        for function, size in functions(lines):
            sizes.append(size)
            most = LONGEST_MAIN if function == "main" else LONGEST
            if size > most and f"{name}:{function}" not in allowed:
                found.append(f"{name}: {function}() has {size} lines, {most} at most")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            found.append(f"{name}:{number}: {len(line)} columns, {COLUMNS} at most")
    return found, sizes


def percentile(sizes, part):
    """The size that this part of the functions does not exceed."""
    return sorted(sizes)[min(len(sizes) - 1, int(part * len(sizes)))]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    allowed = read_allowances(root / "scripts/check_length.allow")
    found, source_sizes = [], []
    for folder, pattern in LAID_OUT.items():
        for path in sorted((root / folder).rglob(pattern)):
            if path.suffix in TEXT:
                name = path.relative_to(root).as_posix()
                violations, sizes = check_file(path, name, allowed)
                found += violations
                source_sizes += sizes if folder == "src" else []
    if source_sizes:
        median, most = statistics.median(source_sizes), percentile(source_sizes, 0.9)
        print(f"length: {len(source_sizes)} functions, median {median:g} lines, 90% within {most}, "
              f"longest {max(source_sizes)}")
        if median > MEDIAN or most > PERCENT_90:
            found.append(f"src: median {median:g} (at most {MEDIAN}), 90% within {most} (at most {PERCENT_90})")
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
