#!/usr/bin/env python3
"""Checks the source files as a whole: no two have one name, and no two call each other, directly or round a circle.

Usage: check_files.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives

A file calls another when its code has the name of a function, not static, that the other defines. Functions are found
by the layout clang-format gives them; those that a macro names, in the templates of kernels, and constant tables are
not seen.
"""
import pathlib
import re
import sys

from check_layers import without_comments
from check_length import signature_start

FOLDERS = ("include", "src", "tests", "docs")


def twins(paths):
    """Violations of: a name of a source file stands once in the tree."""
    first, found = {}, []
    for path in paths:
        if path.suffix == ".c" and path.name in first:
            found.append(f"{path}: has the name of {first[path.name]}; each source file has a name of its own")
        first.setdefault(path.name, path)
    return found


def defined(code):
    """Names of the functions of a file that others may call."""
    lines = code.split("\n")
    for number, line in enumerate(lines):
        signature = line.rstrip() == "{" and " ".join(lines[signature_start(lines, number):number])
        name = signature and not signature.startswith("static ") and re.search(r"(\w+)\s*\(", signature)
        if name:
            yield name.group(1)


def calls(codes):
    """For each file the other files that it calls, each with the functions."""
    home = {name: path for path, code in codes.items() for name in defined(code)}
    graph = {}
    for path, code in codes.items():
        graph[path] = {}
        for name in sorted(set(re.findall(r"\w+", code)) & home.keys()):
            if home[name] != path:
                graph[path].setdefault(home[name], []).append(name)
    return graph


def reached(graph, start):
    """All files that a file calls, directly or through others."""
    found, left = set(), list(graph[start])
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += graph[path]
    return found


def circles(graph):
    """Violations of: files do not call each other."""
    behind = {path: reached(graph, path) for path in graph}
    found, seen = [], set()
    for path in graph:
        ring = {other for other in behind[path] if path in behind[other]} | {path}
        if path in seen or len(ring) == 1:
            continue
        seen |= ring
        found += [f"{one}: is in a circle, it calls {', '.join(names)} of {other}"
                  for one in sorted(ring) for other, names in graph[one].items() if other in ring]
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    paths = [path.relative_to(root) for folder in FOLDERS for path in sorted((root / folder).rglob("*.[ch]"))]
    codes = {path: re.sub(r'"(?:\\.|[^"\\\n])*"', '""', without_comments((root / path).read_text(encoding="utf-8")))
             for path in paths if path.parts[0] == "src" and path.suffix == ".c"}
    found = twins(paths) + circles(calls(codes))
    print("\n".join(found) if found else f"files: {len(paths)} in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
