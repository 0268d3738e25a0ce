#!/usr/bin/env python3
"""Checks the order of the layers: who may include what (docs/architecture.md).

Usage: check_layers.py [FOLDER]      FOLDER is the root of the sources, default: where this script lives
"""
import pathlib
import re
import sys

LEVELS = {"base": 0, "math": 1, "store": 1, "geometry": 2, "folder": 2, "theory": 2, "model": 3, "spectrum": 4,
          "campaign": 4, "search": 5, "census": 6, "thermo": 6, "tap": 7, "verify": 7, "tasks": 8, "bench": 8, "cli": 9}

# Rooms within a layer, closed to each other: a folder src/<layer>/<room>.
ROOMS = {"tasks"}

# Doors: private headers that higher layers, and rooms of the same one, may include; by their path below src.
DOORS_INSIDE = {"theory/temperature.h", "theory/limit.h", "folder/folder.h", "campaign/campaign_impl.h",
                "tasks/cost.h", "tasks/points.h"}

# Which layer a public header speaks for.
HEADERS = {"base": "base", "rng": "base", "record": "base", "schema": "base", "tap_record": "base",
           "thermo_record": "base",
           "kernels": "math", "peak": "math", "theory": "math", "tap": "math", "tap_theory": "math", "states": "math",
           "stats": "math", "series": "math", "certify": "math", "pair": "math",
           "manifold": "geometry", "symmetry": "geometry", "cloud": "geometry", "folder": "folder",
           "landscape": "model", "model": "model", "spectrum": "spectrum", "search": "search", "follow": "search",
           "census": "census", "tap_census": "tap", "thermo": "thermo", "store": "store",
           "campaign": "campaign", "tasks": "tasks", "verify": "verify", "bench": "bench"}

# Narrower than "lower layers only".
ONLY = {"math": {"rng", "record"},     # plain C: base.h brings MPI and PETSc
        # a folder is names, numbers and texts
        "folder": {"base", "record", "store"},
        # file formats and physics meet in plain records only
        "store": {"base", "record", "schema", "tap_record", "thermo_record"}}

# One door a library: a text in the code, and the files or folders it may stand in.
DOORS = [
    (r'#\s*include\s*[<"]slepc', ["src/spectrum/", "src/base/init.c"], "SLEPc"),
    (r'#\s*include\s*[<"]petsc(tao|snes)', ["src/search/"], "TAO and SNES"),
    (r'#\s*include\s*[<"]hdf5', ["src/store/"], "HDF5"),
    (r'#\s*include\s*[<"]Random123', ["src/base/"], "Random123"),
    (r'#\s*include\s*[<"]petsc/private', [], "a private header of PETSc"),
    (r"\bMPI_Win_\w+", ["src/campaign/"], "MPI windows"),
    (r"\bPETSC_COMM_WORLD\b", ["src/cli/"], "PETSC_COMM_WORLD"),
    (r"\bMPI_COMM_WORLD\b", ["src/cli/", "src/base/init.c"], "MPI_COMM_WORLD"),
]
PLAIN_C = r'#\s*include\s*[<"](petsc|slepc|mpi\.h)'
INCLUDE = re.compile(r'#\s*include\s*([<"])([^>"]+)[>"]')


def without_comments(text):
    """The code without comments, line breaks kept."""
    blank = lambda match: "\n" * match.group(0).count("\n")
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)


def layer_of(path):
    """Layer of a file given relative to the root; None for the header that includes all."""
    if path.parts[0] == "include":
        return HEADERS.get(path.stem)
    return path.parts[1]


def wrong_public_include(layer, name):
    """Why a layer may not include kacrice/<name>.h, or None."""
    owner = HEADERS.get(name)
    if owner is None:
        return "is not a header of a layer (list it in scripts/check_layers.py)"
    if owner == layer:
        return None
    if layer in ONLY and name not in ONLY[layer]:
        return f"is closed to {layer}, which may include only {', '.join(sorted(ONLY[layer]))}"
    if LEVELS[owner] >= LEVELS[layer]:
        return f"belongs to layer {LEVELS[owner]} {owner}, which is not below {LEVELS[layer]} {layer}"
    return None


def home_of(path, layer):
    """The folder whose private headers a file may include: its layer, or its room within it."""
    is_room = layer in ROOMS and len(path.parts) > 3
    return pathlib.Path(*path.parts[:3]) if is_room else pathlib.Path("src", layer)


def wrong_include(root, path, layer, kind, name):
    """Why this file may not include that, or None."""
    if name.startswith("kacrice/"):
        return wrong_public_include(layer, pathlib.Path(name).stem)
    if kind == "<":
        return None
    if name in DOORS_INSIDE:
        owner = name.split("/")[0]
        if owner == layer or LEVELS[owner] < LEVELS[layer]:
            return None
        return f"belongs to layer {LEVELS[owner]} {owner}, which is not below {LEVELS[layer]} {layer}"
    home = home_of(path, layer)
    target = (root / path).parent.joinpath(name).resolve()
    if (root / home).resolve() not in target.parents:
        return f"lies outside {home}: other layers are reached through <kacrice/...> and their doors only"
    return None


def check_file(root, path):
    """All violations of one file, as lines of text."""
    layer = layer_of(path)
    if path == pathlib.Path("include/kacrice/kacrice.h"):
        return []
    if layer not in LEVELS:
        return [f"{path}: belongs to no layer (scripts/check_layers.py lists them)"]
    found = []
    code = without_comments((root / path).read_text(encoding="utf-8"))
    for number, line in enumerate(code.split("\n"), 1):
        include = INCLUDE.search(line)
        reason = include and wrong_include(root, path, layer, include.group(1), include.group(2))
        if reason:
            found.append(f"{path}:{number}: {include.group(2)} {reason}")
        if layer == "math" and re.search(PLAIN_C, line):
            found.append(f"{path}:{number}: layer math is plain C, without MPI and PETSc")
        for pattern, allowed, what in DOORS:
            if re.search(pattern, line) and not any(str(path).startswith(door) for door in allowed):
                where = " and ".join(allowed) or "nowhere"
                found.append(f"{path}:{number}: {what}: allowed in {where} only")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    root = root.resolve()
    paths = [path.relative_to(root) for folder in ("include", "src")
             for path in sorted((root / folder).rglob("*.[ch]"))]
    found = [line for path in paths for line in check_file(root, path)]
    print("\n".join(found) if found else f"layers: {len(paths)} files in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
