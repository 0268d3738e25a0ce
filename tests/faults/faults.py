#!/usr/bin/env python3
"""Kills and stops campaigns at random times, and checks that nothing is lost: each one, run again, ends with the points,
hits and statistics of an undisturbed run; no finished sample is done twice; every file that is left can be read.

Usage: scripts/with_env.sh tests/faults/faults.py PROGRAM [--kills 60] [--signals 20] [--limits 20] [--seed 1]
       [--launcher mpirun]

PROGRAM is a built kacrice. Half of the kills take one rank, half all processes with the launcher. A third of all trials have
many small samples, a third a few large ones, which keep their state five times a second, a third many that keep it as often
as they can, in two groups that make, delete and finish states beside each other. Takes about 10 s a trial on two
cores, in a temporary folder. Needs python3 with h5py and numpy. Exit code 1 when a trial has failed.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

STOPPED = 75
STUDIES = {  # about 3 s on two ranks each
    "small samples": {"model_n": 10, "campaign_samples": 40, "campaign_seed": 3, "search_starts": 24000,
                      "census_missing": 0},
    "large samples": {"model_n": 16, "campaign_samples": 3, "campaign_seed": 5, "search_starts": 150000,
                      "census_missing": 0, "campaign_group_size": 2, "campaign_checkpoint": 0.2},
    "states of two groups": {"model_n": 9, "campaign_samples": 60, "campaign_seed": 7, "search_starts": 12000,
                             "census_missing": 0, "campaign_group_size": 1, "campaign_checkpoint": 0.005},
}
SAFE_SIGNAL = 1 << (signal.SIGUSR1 - 1)


def listens(pid):
    """Whether the process has a handler for SIGUSR1: not while it is still being loaded."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return bool(int(text.split("SigCgt:")[1].split()[0], 16) & SAFE_SIGNAL)


class Trials:
    def __init__(self, folder, seed, ranks=2):
        import kacrice_test
        self.tools, self.check = kacrice_test, kacrice_test.Case()
        self.folder, self.ranks, self.generator = pathlib.Path(folder), ranks, random.Random(seed)
        self.check.folder, self.check.n_campaigns = self.folder, 0
        self.wanted, self.beginnings, self.durations = {}, {}, {}

    def measure(self, kind):
        """Undisturbed runs: what the others are compared with, and how long they take to begin and to do now."""
        for name, options in STUDIES.items():
            began = time.monotonic()
            self.wanted[name] = self.check.census(f"{kind} {name}".replace(" ", "-"), ranks=self.ranks, **options)
            self.durations[name] = self.wanted[name].summary["wall_seconds"]
            self.beginnings[name] = time.monotonic() - began - self.durations[name]

    def start(self, name, number, kind, **options):
        """A run in a new folder, once all of its ranks listen to signals."""
        campaign = self.tools.Campaign(self.folder / f"{kind}{number}")
        running = self.tools.Running(self.folder, ranks=self.ranks, campaign_out=campaign.folder.name,
                                     **STUDIES[name], **options)
        running.learn(self.ranks)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and running.launcher.poll() is None and not all(
                listens(pid) for pid, is_rank in running.known.items() if is_rank):
            time.sleep(0.002)
        return campaign, running

    def check_files(self, campaign):
        """Whatever has a final name is whole."""
        for path in campaign.folder.rglob("*"):
            if path.suffix == ".h5":
                with self.tools.h5py.File(path) as file:
                    for data in file.values():
                        data[()]
            elif path.suffix == ".json":
                json.loads(path.read_text())

    def check_resumed(self, campaign, name, done):
        """The same command once more: it does what is missing, and nothing else."""
        total = STUDIES[name]["campaign_samples"]
        self.check_files(campaign)
        resumed = self.check.census(campaign.folder.name, ranks=self.ranks, **STUDIES[name])
        after, want = self.tools.marks(resumed), self.wanted[name]
        self.check.assertEqual({number: after[number] for number in done}, done, "a finished sample was done again")
        journal = json.loads(max(resumed.folder.glob("runs/*.json"), key=os.path.getmtime).read_text())
        self.check.assertEqual((journal["state"], journal["computed"]), ("done", total - len(done)))
        self.check.assert_same_points(resumed, want, 0.0)
        self.check.assert_same_hits(resumed, want)
        self.check.assert_same_counts(resumed, want)

    def kill(self, number, name):
        """kill -9 of one rank, or of everything."""
        one = number % 4 < 2
        campaign, running = self.start(name, number, "kill")
        time.sleep(self.generator.random() * self.durations[name])
        running.kill(1 if one else None)
        done = self.tools.marks(campaign)
        self.check_resumed(campaign, name, done)
        return f"{'one rank' if one else 'all'} killed with {len(done)} samples done"

    def signal(self, number, name):
        """SIGUSR1 to the launcher, twice."""
        campaign, running = self.start(name, number, "signal")
        time.sleep(self.generator.random() * self.durations[name])
        began = time.monotonic()
        for _ in range(2):
            running.launcher.send_signal(signal.SIGUSR1)
            time.sleep(0.01)
        code = running.launcher.wait(timeout=120)
        took, done = time.monotonic() - began, self.tools.marks(campaign)
        self.check.assertIn(code, (0, STOPPED))
        self.check_resumed(campaign, name, done)
        return f"exit {code} after {took:.1f} s with {len(done)} samples done"

    def limit(self, number, name):
        """-campaign_maxtime, as often as it takes."""
        limit = round(1.0 + self.beginnings[name] + self.generator.random() * self.durations[name], 2)
        campaign, codes, longest = self.tools.Campaign(self.folder / f"limit{number}"), [], 0.0
        while not codes or codes[-1] == STOPPED and len(codes) < 50:
            done, began = self.tools.marks(campaign), time.monotonic()
            ended = self.tools.run("census", cwd=self.folder, ranks=self.ranks, campaign_out=campaign.folder.name,
                                   campaign_maxtime=limit, **STUDIES[name])
            codes.append(ended.returncode)
            longest = max(longest, time.monotonic() - began)
            self.check.assertIn(ended.returncode, (0, STOPPED), ended.stderr)
            self.check.assertLess(longest, limit + max(0.1 * limit, 5.0))
        self.check.assertEqual(codes[-1], 0)
        self.check_resumed(campaign, name, self.tools.marks(campaign))
        self.check.assertEqual({n: self.tools.marks(campaign)[n] for n in done}, done)
        return f"limit {limit} s: {len(codes)} runs, at most {longest:.1f} s"

    def run(self, kind, how_many):
        """Trials of a kind; returns how many have failed."""
        n_failed = 0
        if how_many:
            self.measure(kind)
        for number in range(how_many):
            name = list(STUDIES)[number % len(STUDIES)]
            try:
                print(f"{kind} {number}, {name}: {getattr(self, kind)(number, name)}", flush=True)
            except AssertionError as error:
                n_failed += 1
                print(f"{kind} {number}, {name}: FAILED, {error}", flush=True)
        if how_many:
            print(f"{kind}: {how_many - n_failed} of {how_many} ended with the ensemble of an undisturbed run", flush=True)
        return n_failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="a built kacrice")
    for kind, default in (("kills", 60), ("signals", 20), ("limits", 20)):
        parser.add_argument(f"--{kind}", type=int, default=default, help=f"trials, {default}")
    parser.add_argument("--seed", type=int, default=1, help="of the times, 1")
    parser.add_argument("--launcher", default="mpirun", help="mpirun")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: no such program; build it, and give its path")
    os.environ["KACRICE"], os.environ["MPIEXEC"] = str(options.program.resolve()), options.launcher
    with tempfile.TemporaryDirectory(prefix="kacrice-faults-") as folder:
        trials = Trials(folder, options.seed)
        failed = [trials.run(kind, getattr(options, f"{kind}s")) for kind in ("kill", "signal", "limit")]
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
