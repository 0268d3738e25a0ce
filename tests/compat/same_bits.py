#!/usr/bin/env python3
"""Compares two builds of kacrice bit for bit: each runs the same commands, and all data sets and attributes of all files
are compared, but for provenance and clocks. One line a command; exit code 1 when bits differ.

    tests/compat/same_bits.py OLD/build/ci/kacrice build/ci/kacrice [WORD...]

Of several WORDs, only commands whose line has one of them are run. What only the newer build writes is reported as
added. Needs mpirun, h5py and numpy; scripts/with_env.sh sets the environment. About 2 core-minutes."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PROVENANCE = {"program_version", "git_hash", "compiler", "libraries", "host", "created", "options", "ranks",
              "format_version"}
CLOCKS = {"seconds", "core_seconds", "wall_seconds", "seconds_per_sample", "stamps", "places"}
JSON_APART = CLOCKS | {"version", "git_hash", "program_version", "host", "created", "command"}

PURE = "-model_p 3 -model_n 8 -campaign_seed 5 -campaign_out"
MIXED = "-model_mixture 3:0.3,6:0.7 -model_n 7 -campaign_seed 3 -search_starts 1500 -campaign_out"
THERMO = "-model_p 3 -model_n 10 -campaign_seed 3 -campaign_samples 3 -thermo_temperatures 2:0.7 -thermo_burn_in 100"

# ranks, command, folder or file that it makes; those of one group run in one folder, one after the other
COMMANDS = [
    (1, f"census {PURE} one -campaign_samples 3 -spectrum_lowest 7", "one"),
    (2, f"census {PURE} two -campaign_samples 3 -campaign_group_size 2", "two"),
    (4, f"census {PURE} four -campaign_samples 6", "four"),
    (1, "census -model_p 4 -model_n 6 -campaign_samples 2 -census_certify true -spectrum_lowest 2 -spectrum_highest 2"
        " -campaign_out certified", "certified"),
    (4, "census -model_p 3 -model_n 24 -search_kind minima -campaign_samples 5 -campaign_out minima", "minima"),
    (1, "census -model_p 3 -model_n 60 -search_kind minima -descent_method newton_cg -search_starts 64"
        " -campaign_samples 1 -campaign_out cg", "cg"),
    (2, f"census {PURE} window -campaign_samples 3 -search_energy -1.5:-0.6", "window"),
    (1, "census -model_p 3 -model_n 5 -search_kind homotopy -campaign_samples 2 -campaign_out homotopy", "homotopy"),
    (2, f"census {MIXED} mixed -campaign_samples 3:6", "mixed"),
    (1, "export -model_p 3 -model_n 6 -campaign_seed 77 -campaign_sample 3 -export_out tensor.h5", "tensor.h5"),
    (4, "census -model_couplings tensor.h5 -campaign_samples 1 -search_starts 2000 -campaign_group_size 4"
        " -campaign_out users", "users"),
    (1, "tap mixed -tap_temperature 0.2,0.6,1 -tap_starts 500", "mixed/tap"),
    (4, "tap mixed -tap_temperature 0.2,0.6,1 -tap_starts 500 -tap_out tap4", "tap4"),
    (1, "census -model_type tap -model_p 3 -model_n 6 -model_temperature 0.4 -campaign_samples 2 -campaign_out ball",
     "ball"),
    (1, f"thermo {THERMO} -thermo_sweeps 320 -thermo_quenches 4 -thermo_relaxation 5 -campaign_out thermo", "thermo"),
    (4, f"thermo {THERMO} -thermo_sweeps 320 -thermo_quenches 4 -thermo_ladders 4 -campaign_group_size 2"
        " -campaign_out thermo4",
     "thermo4"),
    (2, f"thermo {THERMO} -thermo_sweeps 320 -thermo_plant 1.5 -thermo_overlaps 5 -thermo_ladders 4"
        " -campaign_group_size 2 -campaign_spread tensor -campaign_out planted", "planted"),
    (1, "thermo -model_mixture 3:0.5,4:0.5 -model_n 8 -campaign_samples 2 -thermo_temperatures 2:0.7"
        " -thermo_infinity true -thermo_burn_in 100 -thermo_sweeps 320 -campaign_out warm", "warm"),
    (2, "states one -states_temperature 0.05,0.1 -states_kind harmonic -states_out cold", "cold.h5"),
    (1, "index one", "one/index.h5"),
    (2, "merge merged one", "merged"),
    (1, "theory -model_p 3 -model_n 8 -theory_temperature 0.5,0.7 -theory_out theory.h5", "theory.h5"),
]


class Differences:
    """What differs, and what only the newer build has."""

    def __init__(self):
        self.found, self.added, self.n_sets = [], set(), 0

    def names(self, where, old, new):
        """The names of both; those of one alone are noted."""
        self.found += [f"{where}{name} is gone" for name in old if name not in new]
        self.added |= {f"{re.sub('s[0-9]{8}.h5', 'shard', where.rpartition('/')[2])}{name}"
                       for name in new if name not in old}
        return [name for name in old if name in new]

    def values(self, where, old, new):
        """Bits of two arrays; of compounds member by member."""
        old, new = np.asarray(old), np.asarray(new)
        if old.dtype.names is not None and new.dtype.names is not None:
            for name in self.names(f"{where}:", old.dtype.names, new.dtype.names):
                if name not in CLOCKS:
                    self.values(f"{where}:{name}", old[name], new[name])
        elif old.dtype != new.dtype or old.shape != new.shape:
            self.found.append(f"{where} is {new.dtype}{list(new.shape)}, it was {old.dtype}{list(old.shape)}")
        elif (old.tolist() != new.tolist()) if old.dtype.kind == "O" else (old.tobytes() != new.tobytes()):
            self.found.append(where)

    def hdf5(self, where, old, new):
        """Attributes and data sets of two groups."""
        for name in self.names(f"{where}@", old.attrs, new.attrs):
            if name not in PROVENANCE | CLOCKS:
                self.values(f"{where}@{name}", old.attrs[name], new.attrs[name])
        for name in self.names(f"{where}/", old, new):
            one, other = old[name], new[name]
            if name in CLOCKS:
                continue
            if isinstance(one, h5py.Group):
                self.hdf5(f"{where}/{name}", one, other)
                continue
            self.n_sets += 1
            self.values(f"{where}/{name}", one[()], other[()])
            for key in self.names(f"{where}/{name}@", one.attrs, other.attrs):
                self.values(f"{where}/{name}@{key}", one.attrs[key], other.attrs[key])

    def json(self, where, old, new):
        """Two parts of a JSON file."""
        if isinstance(old, dict) and isinstance(new, dict):
            for name in self.names(f"{where}:", old, new):
                if name not in JSON_APART:
                    self.json(f"{where}:{name}", old[name], new[name])
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for i, (one, other) in enumerate(zip(old, new)):
                self.json(f"{where}[{i}]", one, other)
        elif json.dumps(old) != json.dumps(new):
            self.found.append(f"{where} is {json.dumps(new)[:60]}, it was {json.dumps(old)[:60]}")

    def file(self, where, old, new):
        """Two files of the same name."""
        if old.suffix == ".json":
            self.json(where, json.loads(old.read_text()), json.loads(new.read_text()))
        else:
            with h5py.File(old) as one, h5py.File(new) as other:
                self.hdf5(where, one, other)

    def trees(self, old, new):
        """Two files, or all files of two folders but journals."""
        if old.is_file():
            self.file(old.name, old, new)
            return
        files = [{str(path.relative_to(top)): path for path in sorted(top.rglob("*"))
                  if path.suffix in (".json", ".h5") and path.parent.name != "runs"} for top in (old, new)]
        for name in self.names("", *files):
            self.file(name, files[0][name], files[1][name])


def run(program, ranks, line, cwd):
    """The command's exit code; what it says on errors is kept beside its folder."""
    command = [os.environ.get("MPIEXEC", "mpirun"), "-n", str(ranks), program] if ranks > 1 else [program]
    done = subprocess.run([*command, *shlex.split(line)], cwd=cwd, capture_output=True, text=True, check=False,
                          timeout=600)
    return done.returncode, ([line for line in done.stderr.splitlines() if line.startswith("kacrice: ")] or [""])[-1]


def compare(programs, folders, ranks, line, made):
    """Runs one command with both programs; its line of the report, and whether it is well."""
    codes = [run(program, ranks, line, folder) for program, folder in zip(programs, folders)]
    if codes[0][0] != codes[1][0]:
        return f"exit code {codes[1][0]}, it was {codes[0][0]}: {codes[1][1]}", False
    if codes[0][0] != 0:
        return f"both end with exit code {codes[0][0]}: {codes[0][1]}", False
    differences = Differences()
    differences.trees(*(folder / made for folder in folders))
    found, added = differences.found, sorted(differences.added)
    if differences.n_sets == 0:
        found.append(f"nothing to compare in {made}")
    words = f"{differences.n_sets} data sets, {'the same bits' if not found else f'{len(found)} DIFFER'}"
    words += f"; added: {', '.join(added)}" if added else ""
    return "\n      ".join([words, *found[:12]]), not found


def main(arguments):
    """The report."""
    if len(arguments) < 2:
        sys.exit(__doc__)
    programs, words = [os.path.abspath(path) for path in arguments[:2]], arguments[2:]
    all_well = True
    with tempfile.TemporaryDirectory(prefix="kacrice-bits-") as top:
        folders = [pathlib.Path(top, name) for name in ("old", "new")]
        for folder in folders:
            folder.mkdir()
        for ranks, line, made in COMMANDS:
            if words and not any(word in line for word in words):
                continue
            report, well = compare(programs, folders, ranks, line, made)
            all_well &= well
            print(f"{'ok  ' if well else 'FAIL'} -n {ranks} {line}\n      {report}", flush=True)
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
