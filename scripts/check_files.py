#!/usr/bin/env python3
"""Checks the source files as a whole: no two have one name.

Usage: check_files.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives
"""
import pathlib
import sys

FOLDERS = ("include", "src", "tests", "docs")


def twins(paths):
    """Violations of: a name of a source file stands once in the tree."""
    first, found = {}, []
    for path in paths:
        if path.suffix == ".c" and path.name in first:
            found.append(f"{path}: has the name of {first[path.name]}; each source file has a name of its own")
        first.setdefault(path.name, path)
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    paths = [path.relative_to(root) for folder in FOLDERS for path in sorted((root / folder).rglob("*.[ch]"))]
    found = twins(paths)
    print("\n".join(found) if found else f"files: {len(paths)} in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
