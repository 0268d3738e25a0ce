#!/usr/bin/env python3
"""Gives the program files and words that are damaged or hostile, and counts what it does with them: each must be refused
with exit code 2 and one line. Never a crash, a hang, a report of a sanitizer, a traceback, or a silent acceptance.

Usage: scripts/with_env.sh tests/faults/hostile.py PROGRAM [--trials 1000] [--seed 1] [--class NAME]... [--only TRIAL]

PROGRAM is a built kacrice, of any preset; its sanitizers are switched on by their own variables. Trials go round the
classes of hostile_inputs.py, each a function that makes one input and says what is to become of it. Trial i of a seed is
the same in every run: --only i repeats one that has failed, and prints all that the program said. About 0.3 s a trial, in a
temporary folder. Needs python3 with h5py and numpy. Exit code 1 when a trial has failed.
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

import h5py

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SANITIZERS = {"ASAN_OPTIONS": "fast_unwind_on_malloc=0:allocator_may_return_null=1:detect_leaks=0",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
CRASHES = ("AddressSanitizer", "runtime error:", "Caught signal", "Signal:", "buffer overflow detected", "LeakSanitizer")
TRACES = ("Traceback (most recent", "PETSC ERROR")
NOISE = ("kacrice: warning:", "kacrice: note:")  # lines that may stand beside the one that says what is wrong
KINDS = ("crash", "trace", "hang", "accepted", "refused what is right", "overwrite", "code", "lines")
TIMEOUT = 60  # s
_crc_table = []


def crc64(data):
    """CRC-64/XZ, as docs/formats/store.md has it."""
    if not _crc_table:
        for i in range(256):
            c = i
            for _ in range(8):
                c = (c >> 1) ^ (0xC96C5795D7870F42 if c & 1 else 0)
            _crc_table.append(c)
    c = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        c = _crc_table[(c ^ byte) & 255] ^ (c >> 8)
    return c ^ 0xFFFFFFFFFFFFFFFF


class Edit:
    """with Edit(path) as file: an h5py file to change; it gets a valid seal again when it had one."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def __enter__(self):
        data = self.path.read_bytes()
        self.sealed = data[-16:-8] == b"KRCRC64\n"
        if self.sealed:
            self.path.write_bytes(data[:-16])
        self.file = h5py.File(self.path, "r+")
        return self.file

    def __exit__(self, *_):
        self.file.close()
        data = self.path.read_bytes()
        if self.sealed:
            self.path.write_bytes(data + b"KRCRC64\n" + struct.pack("<Q", crc64(data)))


class Run:
    """One command of a trial. wrong: True, the program must refuse; False, it must not; None, either will do."""

    def __init__(self, words, wrong, codes=(2,), reader=None):
        self.words, self.wrong, self.codes, self.reader = words, wrong, codes, reader


class Trial:
    """A folder of its own with copies of finished campaigns, and random numbers."""

    def __init__(self, made, folder, seed, number):
        self.made, self.folder, self.number = made, folder, number
        self.random = random.Random(f"{seed}-{number}")
        self.what = ""
        (folder / "precious.txt").write_text("precious\n")

    def copy(self, name):
        """A campaign of made(), under its own name in the folder of the trial."""
        shutil.copytree(self.made / name, self.folder / name, symlinks=True)
        return self.folder / name

    def say(self, what):
        self.what = what


def judge(trial, run, code, text, errors):
    """What is wrong with how a command ended; None when nothing is."""
    if any(sign in text for sign in CRASHES) or (isinstance(code, int) and code in (134, 136, 139, -6, -8, -11)):
        return "crash"
    if code == "hang":
        return "hang"
    if any(sign in text for sign in TRACES):
        return "trace"
    precious = trial.folder / "precious.txt"
    if not precious.exists() or precious.read_text() != "precious\n":
        return "overwrite"
    if run.wrong and code in (0, 75):
        return "accepted"
    if run.wrong is False and code not in (0, 75):
        return "refused what is right"
    if run.wrong and code not in run.codes:
        return "code"
    if run.wrong is None and code not in (0, 75, *run.codes):
        return "code"
    lines = [line for line in errors.splitlines() if line.strip() and not line.startswith(NOISE)]
    if run.wrong and 2 in run.codes and code == 2 and len(lines) != 1:
        return "lines"
    return None


class Trials:
    def __init__(self, program, folder, seed):
        import hostile_inputs
        self.inputs, self.program, self.seed = hostile_inputs, os.path.abspath(program), seed
        self.folder, self.made = pathlib.Path(folder), pathlib.Path(folder) / "made"
        self.made.mkdir()
        self.places = self.folder / "tmp"  # of Open MPI: other runs clear away what they find in a shared one
        self.places.mkdir()
        for words, codes in hostile_inputs.MADE:
            code, text, _ = self.start(Run(words, None), self.made)
            if code not in codes:
                raise SystemExit(f"cannot make what the trials begin with: {' '.join(words)}: {code}\n{text}")

    def start(self, run, folder):
        words = run.reader or [self.program]
        process = subprocess.Popen([*words, *map(str, run.words)], cwd=folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace",
                                   start_new_session=True, env={**SANITIZERS, **os.environ, "TMPDIR": str(self.places)})
        try:
            out, err = process.communicate(timeout=TIMEOUT)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = "hang"
        return code, out + err, err

    def trial(self, number, name, tell=False):
        """One input; the first thing that goes wrong with it, or None."""
        folder = self.folder / f"trial{number}"
        folder.mkdir()
        trial = Trial(self.made, folder, self.seed, number)
        try:
            for run in getattr(self.inputs, name)(trial):
                code, text, errors = self.start(run, folder)
                fault = judge(trial, run, code, text, errors)
                words = " ".join(str(word).replace(str(folder), "") for word in run.words)
                if tell:
                    print(f"{trial.what}: {words}: exit {code}\n{text}")
                if fault is not None:
                    last = [line for line in text.splitlines() if line.strip()]
                    return fault, f"{trial.what}: {words}: exit {code}: {last[-1][:200] if last else ''}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return None

    def run(self, count, names, only=None):
        """So many trials in turn; how many have failed."""
        tried, failed = collections.Counter(), collections.defaultdict(collections.Counter)
        for number in range(count) if only is None else [only]:
            name = names[number % len(names)]
            fault = self.trial(number, name, only is not None)
            tried[name] += 1
            if fault is not None:
                failed[name][fault[0]] += 1
                print(f"trial {number}, {name}: {fault[0]}: {fault[1]}", flush=True)
        self.print_table(names, tried, failed)
        return sum(sum(kinds.values()) for kinds in failed.values())

    def print_table(self, names, tried, failed):
        width = max(map(len, names))
        print(f"{'class':{width}} {'tried':>6} {'failed':>6} " + " ".join(KINDS))
        for name in sorted(names):
            if tried[name]:
                print(f"{name:{width}} {tried[name]:6} {sum(failed[name].values()):6} "
                      + " ".join(f"{failed[name][kind]:{len(kind)}}" for kind in KINDS))
        total = collections.Counter()
        for kinds in failed.values():
            total.update(kinds)
        print(f"{'all':{width}} {sum(tried.values()):6} {sum(total.values()):6} "
              + " ".join(f"{total[kind]:{len(kind)}}" for kind in KINDS), flush=True)


def main():
    import hostile_inputs
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--class", action="append", choices=hostile_inputs.CLASSES, dest="classes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kacrice-hostile-") as folder:
        trials = Trials(arguments.program, folder, arguments.seed)
        return 1 if trials.run(arguments.trials, arguments.classes or hostile_inputs.CLASSES, arguments.only) else 0


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    sys.exit(main())
