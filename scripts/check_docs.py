#!/usr/bin/env python3
"""Checks that every public function has its manual page (docs/style.md, Manual pages).

Usage: check_docs.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives

The manual page is the comment right above the definition. Its first line is "  KrName - what it does."; it says
whether the call is collective, and names every argument.
"""
import pathlib
import re
import sys

PROTOTYPE = re.compile(r"^[A-Za-z_][\w\s*]*?\b(Kr\w+)\s*\([^;{}]*\)\s*;", re.M | re.S)
PAGE = re.compile(r"/\*\n(?P<page>(?:(?!\*/).)*?)\n\*/\n"
                  r"[A-Za-z_][^;{}#()]*?\b(?P<name>Kr\w+)\s*\((?P<arguments>[^;{}]*)\)\s*\{", re.S)


def prototypes(header):
    """Names of the functions declared in a header."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"^#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
    text = re.sub(r"\btypedef\b[^;{]*(\{[^{}]*\})?[^;]*;", "", text, flags=re.S)
    return PROTOTYPE.findall(text)


def argument_names(arguments):
    """Names in the parameter list of a definition."""
    names = [re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*$", part.strip()) for part in arguments.split(",")]
    return [match.group(1) for match in names if match and match.group(1) != "void"]


def pages(root):
    """Manual pages of all sources: function -> (file, text, argument names)."""
    found = {}
    for source in sorted((root / "src").rglob("*.c")):
        for match in PAGE.finditer(source.read_text(encoding="utf-8")):
            found[match["name"]] = (source.relative_to(root).as_posix(), match["page"],
                                    argument_names(match["arguments"]))
    return found


def missing_in(page, name, arguments):
    """What a manual page lacks, as a list of words."""
    lacks = []
    if not re.match(rf"  {name} - \S", page):
        lacks.append(f'a first line "  {name} - what it does."')
    if not re.search(r"\bcollective\b", page, re.I):
        lacks.append('"Collective on ..." or "Not collective"')
    documented = " ".join(re.findall(r"^[ .+-]\s*(\w[\w, ]*?)\s+- ", page, re.M))
    lacks += [f"the argument {word}" for word in arguments if not re.search(rf"\b{word}\b", documented)]
    return lacks


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    known, found, count = pages(root), [], 0
    for header in sorted((root / "include/kacrice").glob("*.h")):
        for name in prototypes(header):
            count += 1
            if name not in known:
                found.append(f"{header.name}: {name}() has no manual page above a definition in src/")
                continue
            source, page, arguments = known[name]
            lacks = missing_in(page, name, arguments)
            if lacks:
                found.append(f"{source}: the page of {name}() lacks {', '.join(lacks)}")
    print("\n".join(found) if found else f"docs: {count} public functions have their manual page")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
