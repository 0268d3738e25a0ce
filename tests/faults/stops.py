#!/usr/bin/env python3
"""Sends each signal in each phase of the program, with and without mpirun, and measures how long it takes to end.

Usage: scripts/with_env.sh tests/faults/stops.py PROGRAM [--limit 2] [--phases search,...] [--launcher mpirun]

PROGRAM is a built kacrice. A phase with looks holds itself at one (KACRICE_STOP_AT with SIGSTOP); the signal then comes
right after that look, and time counts from there to the end of the last process. The others have no looks and are hit
half a second after they begin. Where a phase belongs to a small campaign the same command then goes on, and its shards are
compared with those of an undisturbed run, bit for bit. Prints a line a trial: seconds by the clock, and of processor time
of the ranks. Takes a quarter of an hour on two cores, in a temporary folder. Exit code 1 when a trial has failed.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

STOPPED = 75
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGTERM)
SMALL = {"model_n": 18, "campaign_samples": 1, "campaign_seed": 3}  # seconds: mpirun takes a while to pass a signal on
MANY = {"model_n": 4, "search_starts": 512}
THERMO = {"model_n": 200, "campaign_samples": 1, "thermo_temperatures": "2:1", "thermo_burn_in": 16, "thermo_sweeps": 64}


@dataclasses.dataclass
class Phase:
    words: tuple
    options: dict
    look: str = ""  # to be held at; else it is hit when `begun` says so
    begun: str = "listening"  # or the state of the journal
    again: bool = False  # goes on to the end, and compares
    groups: bool = True  # the ranks share a sample


PHASES = {
    "reading": Phase(("census",), {"model_couplings": "large.h5", "search_kind": "minima", "dry_run": "true"}),
    "drawing": Phase(("census",), {"model_n": 600, "campaign_samples": 1, "search_kind": "minima"}, "drawing:200"),
    "search": Phase(("census",), SMALL, "search:60", again=True),
    "newton": Phase(("census",), {"model_n": 300, "campaign_samples": 1, "search_starts": 64}, "search:5"),
    "minima": Phase(("census",), {"model_n": 400, "campaign_samples": 1, "search_kind": "minima"}, "search:30"),
    "homotopy": Phase(("census",), {"model_n": 16, "campaign_samples": 1, "search_kind": "homotopy"}, "homotopy:300",
                      again=True),
    "certificates": Phase(("census",), {**SMALL, "model_n": 20}, "certificates:20", again=True),
    "spectra": Phase(("census",), {"model_n": 200, "campaign_samples": 1, "search_kind": "minima", "search_starts": 64,
                                   "census_certify": "true"}, "certificates:3"),
    "first descents": Phase(("thermo",), THERMO, "search:20"),
    "descents": Phase(("thermo",), {**THERMO, "model_n": 32, "thermo_sweeps": 128}, "descents:20", again=True),
    "sweeps": Phase(("thermo",), {**THERMO, "thermo_ladders": 4, "thermo_quenches": 1}, "sweeps:3"),
    "following": Phase(("tap", "cold"), {"tap_temperature": "0.2,0.6"}, "following:30", again=True),
    "expectation": Phase(("census",), {"model_n": 200, "campaign_samples": 1, "search_kind": "minima", "search_starts": 1,
                                       "census_certify": "false", "model_p": 3}, begun="done"),
    "aggregation": Phase(("census",), {**MANY, "campaign_samples": 8000}, begun="done"),
    "merge": Phase(("merge", "both", "many", "more"), {}),
    "index": Phase(("index", "many"), {}),
    "certify": Phase(("certify", "many"), {}),
    "theory": Phase(("theory",), {"model_n": 150}),
}


@dataclasses.dataclass
class Row:
    phase: str
    signal: str
    launcher: str
    code: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    fault: str = ""

    def __str__(self):
        return (f"{self.phase:15} {self.signal:8} {self.launcher:9} {self.code:4} {self.seconds:7.2f} {self.processor:7.2f}"
                f"  {self.fault or 'good'}")


def status_of(pid):
    """The lines of /proc/PID/status by name; none once it has gone."""
    with contextlib.suppress(OSError):
        return dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return {}


def processor_seconds(pid):
    with contextlib.suppress(OSError):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def contents(folder):
    """All that the shards of a campaign hold, but for times."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("samples/*/s*.h5")):
        with h5py.File(path) as file:
            found[path.name] = {name: data[:].tobytes() for name, data in file.items()}
    return found


class Trials:
    def __init__(self, folder, limit):
        import kacrice_test
        self.tools, self.folder, self.limit, self.count, self.wanted = kacrice_test, pathlib.Path(folder), limit, 0, {}

    def prepare(self, phase):
        """What a phase works on."""
        words = phase.words
        if "model_couplings" in phase.options and not (self.folder / "large.h5").exists():
            with h5py.File(self.folder / "large.h5", "w") as file:
                data = file.create_dataset("tensor_p4", shape=(170,) * 4, chunks=(1, 170, 170, 170), dtype="f8")
                for i in range(0, 170, 34):  # chunks that are there
                    data[i, 0, 0, 0] = 0.0
                data[0, 0, 0, 0] = 1.0
        for name, samples in (("many", "0:1500"), ("more", "1500:3000")):
            if name in words and not (self.folder / name).exists():
                self.finish(("census",), {**MANY, "campaign_samples": samples, "campaign_out": name})
        if "cold" in words and not (self.folder / "cold").exists():
            self.finish(("census",), {**SMALL, "model_n": 7, "model_mixture": "3:0.3,6:0.7", "campaign_samples": 60, "campaign_out": "cold"})

    def finish(self, words, options, ranks=None):
        done = self.tools.run(*words, cwd=self.folder, ranks=ranks, timeout=600, **options)
        if done.returncode != 0:
            raise RuntimeError(f"{words} {options}: {done.stdout}{done.stderr}")

    def place(self, phase, ranks, name):
        """Options of a trial in a folder called name."""
        options = dict(phase.options)
        if phase.words[0] in ("census", "thermo"):
            options["campaign_out"] = "aggregated" if phase.begun == "done" and phase.options["model_n"] == 4 else name
        if phase.words[0] == "tap":
            options["tap_out"] = name
        if ranks and phase.groups and phase.words[0] in ("census", "thermo") and options.get("campaign_samples") == 1:
            options["campaign_group_size"] = ranks if phase.words[0] == "census" or "thermo_ladders" in options else 1
        return options

    def start(self, phase, ranks, options):
        words = list(phase.words)
        if words[0] == "merge":
            words[1] = f"merged{self.count}"
        variables = {"KACRICE_STOP_AT": f"{phase.look}:{int(signal.SIGSTOP)}"} if phase.look else {}
        run = subprocess.Popen(self.tools.command(*words, ranks=ranks, **options), cwd=self.folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **variables},
                               start_new_session=True)
        return run

    def ranks_of(self, run, ranks):
        """Pids of the program below a launcher, or of the program itself."""
        if ranks is None:
            return [run.pid]
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            if status_of(entry.name).get("PPid", "").strip() == str(run.pid):
                with contextlib.suppress(OSError):
                    if os.path.samefile(entry / "exe", self.tools.PROGRAM):
                        found.append(int(entry.name))
        return found

    def is_begun(self, phase, pids, options):
        if phase.look:  # those that have so many looks: the others wait for them, or have done their part
            return any(status_of(pid).get("State", "").strip().startswith("T") for pid in pids)
        if phase.begun == "listening":
            mask = [int(status_of(pid).get("SigCgt", "0").split()[0], 16) for pid in pids]
            return all(one >> (signal.SIGUSR1 - 1) & 1 for one in mask)
        journals = sorted((self.folder / options["campaign_out"]).glob("runs/*.json"))
        return len(journals) > self.journals and json.loads(journals[-1].read_text())["state"] == phase.begun

    def wait(self, run, phase, ranks, options):
        """Pids of the ranks once the phase has begun; none when the run has ended before."""
        deadline = time.monotonic() + 300
        while run.poll() is None and time.monotonic() < deadline:
            pids = self.ranks_of(run, ranks)
            if len(pids) == (ranks or 1) and self.is_begun(phase, pids, options):
                if phase.look:
                    time.sleep(0.2)  # the other ranks get there as well
                elif phase.begun == "listening":
                    time.sleep(0.5)
                return pids
            time.sleep(0.002)
        return []

    def hit(self, run, number, pids):
        """Sends the signal and waits for the end: (seconds, processor seconds of the ranks, what was said)."""
        before = {pid: processor_seconds(pid) for pid in pids}
        last = dict(before)
        began = time.monotonic()
        run.send_signal(number)
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGCONT)
        while run.poll() is None and time.monotonic() - began < 120:
            last.update({pid: seconds for pid in pids if (seconds := processor_seconds(pid)) is not None})
            for pid in pids:  # one that came to its look late holds itself only now
                if status_of(pid).get("State", "").strip().startswith("T"):
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGCONT)
            time.sleep(0.002)
        seconds = time.monotonic() - began
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        text = "".join(run.communicate(timeout=60))
        return seconds, max((last[pid] or 0) - (before[pid] or 0) for pid in pids), text

    def state_of(self):
        """What the journal of a trial says, if it has one."""
        journals = sorted((self.folder / f"trial{self.count}").glob("runs/*.json"))
        return f", journal: {json.loads(journals[-1].read_text())['state']}" if journals else ""

    def judge(self, row, text, ranks, number):
        # mpirun tells 1 of its own when it is ended itself; SIGUSR1 it passes on
        expected = STOPPED if ranks is None or number == signal.SIGUSR1 else 1
        lines = [line for line in text.splitlines() if line.startswith("kacrice: ") and "warning" not in line]
        if row.code != expected:
            return f"exit code {row.code}, not {expected}: {text[-300:]}"
        if len(lines) != 1 or "stopped" not in lines[0]:
            return f"said {lines}{self.state_of()}"
        # mpirun takes up to two seconds more by itself: for a program that ends at once, too
        limit = self.limit + (2.0 if ranks else 0.0)
        return f"took {row.seconds:.1f} s" if row.seconds > limit else ""

    def goes_on(self, phase, options, ranks):
        """What is wrong with the result of the same command."""
        self.finish(phase.words, options, ranks)
        if phase.words not in self.wanted:
            self.wanted[phase.words] = {}
        known = self.wanted[phase.words]
        key = str(sorted(phase.options.items()))
        out = "tap_out" if phase.words[0] == "tap" else "campaign_out"
        if key not in known:
            name = f"want{self.count}"
            self.finish(phase.words, {**phase.options, out: name})
            known[key] = contents(self.folder / name)
        return "" if contents(self.folder / options[out]) == known[key] else "went on to another result"

    def run(self, name, number, ranks):
        """A trial; a list of its row. mpirun passes a signal on some milliseconds late, when a small campaign may be over:
        then it is tried again."""
        for _ in range(5):
            rows = self.run_once(name, number, ranks)
            if "journal: done" not in rows[-1].fault:
                break
        return rows

    def run_once(self, name, number, ranks):
        phase, self.count = PHASES[name], self.count + 1
        self.prepare(phase)
        options = self.place(phase, ranks, f"trial{self.count}")
        row = Row(name, signal.Signals(number).name, f"mpirun {ranks}" if ranks else "none")
        self.journals = len(list((self.folder / options.get("campaign_out", "none")).glob("runs/*.json")))
        run = self.start(phase, ranks, options)
        pids = self.wait(run, phase, ranks, options)
        if not pids:
            run.kill()
            row.fault = "ended before its turn: " + "".join(run.communicate())[-300:]
            return [row]
        row.seconds, row.processor, text = self.hit(run, number, pids)
        row.code  = run.returncode
        row.fault = self.judge(row, text, ranks, number)
        if not row.fault and phase.again:
            row.fault = self.goes_on(phase, options, ranks)
        return [row]

    def twins(self):
        """A SIGINT right after another changes nothing; one that comes later: tests/base/t_signals.c."""
        self.count += 1
        phase = PHASES["search"]
        options = self.place(phase, None, f"trial{self.count}")
        run = self.start(phase, None, options)
        if not self.wait(run, phase, None, options):
            run.communicate()
            return "ended before its turn"
        os.kill(run.pid, signal.SIGINT)
        os.kill(run.pid, signal.SIGCONT)
        os.kill(run.pid, signal.SIGINT)
        run.communicate(timeout=120)
        if run.returncode != STOPPED:
            return f"exit code {run.returncode}"
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--limit", type=float, default=2.0, help="s; 5 with sanitizers")
    parser.add_argument("--phases", default=",".join(PHASES))
    parser.add_argument("--launcher", default="mpirun")
    arguments = parser.parse_args()
    os.environ["KACRICE"] = str(pathlib.Path(arguments.program).resolve())
    os.environ["MPIEXEC"] = arguments.launcher
    n_failed = 0
    print(f"{'phase':15} {'signal':8} {'launcher':9} {'code':>4} {'s':>7} {'cpu s':>7}", flush=True)
    with tempfile.TemporaryDirectory(prefix="kacrice-stops-") as folder:
        trials = Trials(folder, arguments.limit)
        for phase in arguments.phases.split(","):
            for number in SIGNALS:
                for ranks in (None, 2):
                    for row in trials.run(phase, number, ranks):
                        print(row, flush=True)
                        n_failed += row.fault != ""
        fault = trials.twins()
        print(f"SIGINT twice at once: {fault or 'good'}")
        n_failed += fault != ""
    print(f"{n_failed} failed")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
