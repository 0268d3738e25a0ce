#!/usr/bin/env python3
"""Two runs of one campaign in one folder, in every mix: the first alive, stopped by a signal or killed, the second by the
same command, in another PID namespace, in the same job, where files cannot be locked. No sample may be lost or wrong, and
no living run harmed.

Usage: scripts/with_env.sh tests/faults/mixes.py PROGRAM [--rounds 1]

PROGRAM is a built kacrice. Each round makes one trial of every kind, about 4 s each on two cores, in a temporary folder.
Trials in another PID namespace need root. Needs python3 with h5py and numpy, and cc. Exit code 1 when a trial has failed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

STUDY = {"model_p": 3, "model_n": 9, "campaign_samples": 30, "campaign_seed": 3, "search_starts": 8000, "census_missing": 0,
         "campaign_checkpoint": 0.005}
NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
WITHOUT_LOCKS = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
int flock(int file, int what) { (void)file; (void)what; errno = ENOLCK; return -1; }
int fcntl(int file, int what, ...)
{
  va_list list;
  void   *argument;

  va_start(list, what);
  argument = va_arg(list, void *);
  va_end(list);
  if (what != F_OFD_SETLK && what != F_OFD_GETLK) return (int)syscall(SYS_fcntl, file, what, argument);
  errno = ENOLCK;
  return -1;
}
int fcntl64(int file, int what, ...) __attribute__((alias("fcntl")));
"""


def may_unshare():
    return subprocess.run([*NAMESPACE, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class TooLateError(Exception):
    """The first run was over before the second one looked: nothing was tried, as happens on a busy machine."""


class Mixes:
    def __init__(self, folder, **study):
        import kacrice_test
        self.tools, self.check = kacrice_test, kacrice_test.Case()
        self.folder, self.study, self.count = pathlib.Path(folder), {**STUDY, **study}, 0
        self.check.folder, self.check.n_campaigns = self.folder, 0
        self.want = self.check.census("undisturbed", **self.study)
        (self.folder / "locks.c").write_text(WITHOUT_LOCKS)
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", "locks.so", "locks.c"], cwd=self.folder, check=True)
        self.lockless = {"LD_PRELOAD": str(self.folder / "locks.so")}

    # ---- runs ----
    def begin(self, name, variables=None, before=()):
        """A run under way; its words go to a file."""
        self.count += 1
        log = open(self.folder / f"{name}.{self.count}.log", "w+", encoding="utf-8")
        run = subprocess.Popen([*before, *self.tools.command("census", campaign_out=name, **self.study)], cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, **(variables or {})})
        run.log = log
        return run

    def end(self, run):
        """(exit code, what it said)"""
        code = run.wait(timeout=120)
        run.log.seek(0)
        with run.log:
            return code, run.log.read()

    def until(self, true, run=None):
        deadline = time.monotonic() + 60
        while not true() and time.monotonic() < deadline and (run is None or run.poll() is None):
            time.sleep(0.002)
        if run is not None and run.poll() == 0:
            raise TooLateError
        self.check.assertTrue(true())

    def claims(self, name):
        return list((self.folder / name).glob("running/*.claim"))

    def shards(self, name):
        return self.tools.Campaign(self.folder / name).shard_paths

    def edit_claim(self, name, **values):
        """What a claim says, in place: the lock stays."""
        if not self.claims(name):
            raise TooLateError
        (path,) = self.claims(name)
        text = path.read_text()
        for key, value in values.items():
            text = re.sub(rf"(?m)^{key} .*$", f"{key} {value}", text)
        with open(path, "r+", encoding="utf-8") as file:
            file.write(text.rstrip("\n").ljust(1024, "\n"))
            file.truncate(1024)

    # ---- what must be ----
    def refused(self, name, first, **how):
        code, said = self.end(self.begin(name, **how))
        if code == 0 and first.poll() == 0:
            raise TooLateError
        self.check.assertEqual(code, 2, said)
        lines = [line for line in said.splitlines() if line.startswith("kacrice: ")]
        self.check.assertRegex(lines[-1], f"-campaign_out {name}: another run is at work on samples 0 to "
                                           f"{self.study['campaign_samples'] - 1} ")
        self.check.assertLessEqual(len(lines), 2, said)  # the first may say that it waits

    def well(self, run):
        code, said = self.end(run)
        self.check.assertEqual(code, 0, said)

    def check_result(self, name):
        got = self.tools.Campaign(self.folder / name)
        if got.summary["ranks"] == 1:
            self.check.assert_same_result(got, self.want)
        self.check.assert_same_points(got, self.want, 0.0)
        self.check.assert_same_hits(got, self.want)
        self.check.assert_same_counts(got, self.want)
        self.check.assertFalse((got.folder / "running").exists(), "nobody runs")
        self.check.assertEqual(list(got.folder.rglob("*.tmp.*")), [])

    # ---- trials; each gets the name of a new folder ----
    def alive(self, name, n_done=5, first=None, second=None, before=()):
        """The second run is refused, the first one not disturbed."""
        run = self.begin(name, first)
        self.until(lambda: self.claims(name) and len(self.shards(name)) >= n_done, run)
        self.refused(name, run, variables=second, before=before)
        self.well(run)

    def alive_at_its_beginning(self, name):
        self.alive(name, 0)

    def alive_in_its_midst(self, name):
        self.alive(name, 10)

    def alive_over_ranks(self, name):
        """The first one in two groups."""
        run = subprocess.Popen(self.tools.command("census", campaign_out=name, ranks=2, **self.study), cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(lambda: len(self.shards(name)) > 3, run)
        self.refused(name, run)
        self.check.assertEqual(run.wait(timeout=120), 0)

    def alive_at_its_end(self, name):
        """Either the first one still has its claim, or it has given it back: the second does nothing then."""
        run = self.begin(name)
        self.until(lambda: len(self.shards(name)) == self.study["campaign_samples"])
        marks = self.tools.marks(self.tools.Campaign(self.folder / name))
        code, said = self.end(self.begin(name))
        self.check.assertIn(code, (0, 2), said)
        self.well(run)
        self.check.assertEqual(self.tools.marks(self.tools.Campaign(self.folder / name)), marks)

    def same_instant(self, name):
        """One of four has the samples, the others are refused, or find all done."""
        ends = [self.end(run) for run in [self.begin(name) for _ in range(4)]]
        codes = sorted(code for code, _ in ends)
        self.check.assertIn(codes, ([0, 2, 2, 2], [0, 0, 2, 2], [0, 0, 0, 2], [0, 0, 0, 0]), ends)
        journals = [json.loads(path.read_text()) for path in (self.folder / name).glob("runs/*.json")]
        self.check.assertEqual(sum(journal["computed"] for journal in journals), self.study["campaign_samples"])

    def same_instant_without_locks(self, name):
        runs = [self.begin(name, self.lockless) for _ in range(2)]
        self.check.assertEqual(sorted(self.end(run)[0] for run in runs), [0, 2])

    def other_namespace(self, name):
        self.alive(name, before=NAMESPACE)

    def both_in_namespaces(self, name):
        run = self.begin(name, before=NAMESPACE)
        self.until(lambda: len(self.shards(name)) > 3, run)
        self.refused(name, run, before=NAMESPACE)
        self.well(run)

    def same_job(self, name):
        job = {"SLURM_JOB_ID": "77"}
        self.alive(name, first=job, second=job)

    def same_job_started_again(self, name):
        """Under the same kernel the lock tells, whatever the batch system says."""
        job = {"SLURM_JOB_ID": "77"}
        self.alive(name, first=job, second={**job, "SLURM_RESTART_COUNT": "1"})

    def held(self, name):
        """A run that is stopped by SIGSTOP lives."""
        run = self.begin(name)
        self.until(lambda: len(self.shards(name)) > 3, run)
        run.send_signal(signal.SIGSTOP)
        if not self.claims(name):
            run.send_signal(signal.SIGCONT)
            raise TooLateError
        self.refused(name, run)
        run.send_signal(signal.SIGCONT)
        self.well(run)

    def killed(self, name, n_done=10, first=None, second=None, edit=None):
        """The second run does the rest, and nothing again. edit: what the claim of the first says then."""
        run = self.begin(name, first)
        self.until(lambda: self.claims(name) and len(self.shards(name)) >= n_done, run)
        run.kill()
        self.end(run)
        done = self.tools.marks(self.tools.Campaign(self.folder / name))
        if edit:
            self.edit_claim(name, **edit)
        self.well(self.begin(name, second))
        after = self.tools.marks(self.tools.Campaign(self.folder / name))
        self.check.assertEqual({number: after[number] for number in done}, done, "a finished sample was done again")

    def killed_at_its_beginning(self, name):
        self.killed(name, 0)

    def killed_in_its_midst(self, name):
        self.killed(name, 10)

    def killed_at_its_end(self, name):
        self.killed(name, self.study["campaign_samples"])

    def killed_in_a_namespace(self, name):
        run = self.begin(name, before=NAMESPACE)
        self.until(lambda: len(self.shards(name)) > 3, run)
        run.kill()
        self.end(run)
        if not self.claims(name):
            raise TooLateError
        (path,) = self.claims(name)
        self.until(lambda: self.is_free(path))  # unshare takes its child along, in a moment
        self.well(self.begin(name))

    @staticmethod
    def is_free(path):
        import fcntl
        import struct
        with open(path, "rb") as file:
            asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
            return struct.unpack("hhqqi4x", fcntl.fcntl(file, 36, asked))[0] == fcntl.F_UNLCK  # F_OFD_GETLK

    def killed_on_another_machine(self, name):
        """Its lock says nothing there: it is over when it has been silent for as long as it said."""
        self.killed(name, edit={"boot": "of-another-kernel", "silence": 2})

    def killed_node_of_a_job(self, name):
        """The batch system has started the job again: its earlier run is over, however short its silence."""
        job = {"SLURM_JOB_ID": "77", "SLURM_CLUSTER_NAME": "c"}
        self.killed(name, first=job, second={**job, "SLURM_RESTART_COUNT": "1"},
                    edit={"boot": "of-another-kernel", "silence": 1000})

    def alive_without_locks(self, name):
        """The first one is heard; it lasts until it has been."""
        run = self.begin(name, self.lockless)
        self.until(lambda: len(self.shards(name)) > 3, run)
        second = self.begin(name, self.lockless)
        code, said = self.end(second)
        if run.poll() is None:
            self.check.assertEqual(code, 2, said)
        self.well(run)

    def killed_without_locks(self, name):
        self.killed(name, first=self.lockless, edit={"silence": 2})

    def robbed(self, name):
        """A run that was held for so long that another one took its samples ends at the next look, and harms nothing."""
        run = self.begin(name, self.lockless)
        self.until(lambda: len(self.shards(name)) > 3, run)
        run.send_signal(signal.SIGSTOP)
        self.edit_claim(name, silence=2)
        self.well(self.begin(name))
        with contextlib.suppress(ProcessLookupError):
            run.send_signal(signal.SIGCONT)
        code, said = self.end(run)
        # what it still did is the same to the bit; most often it notices before its end
        self.check.assertIn(code, (0, 2), said)
        if code == 2:
            self.check.assertIn("is gone", said)

    # ---- all ----
    def trial(self, kind):
        for _ in range(10):
            name = f"{kind}{self.count}"
            try:
                getattr(self, kind)(name)
            except TooLateError:
                continue
            self.check_result(name)
            return
        self.check.fail("the first run was over too early, ten times")

    def run(self, kinds):
        """How many have failed."""
        n_failed = 0
        for kind in kinds:
            if "namespace" in kind and not may_unshare():
                print(f"{kind}: left out, no other PID namespace may be made here", flush=True)
                continue
            try:
                self.trial(kind)
                print(f"{kind}: well", flush=True)
            except AssertionError as error:
                n_failed += 1
                print(f"{kind}: FAILED, {error}", flush=True)
        return n_failed


KINDS = ("alive_at_its_beginning", "alive_in_its_midst", "alive_over_ranks", "alive_at_its_end", "same_instant",
         "same_instant_without_locks", "other_namespace", "both_in_namespaces", "same_job", "same_job_started_again", "held", "killed_at_its_beginning",
         "killed_in_its_midst", "killed_at_its_end", "killed_in_a_namespace", "killed_on_another_machine",
         "killed_node_of_a_job", "alive_without_locks", "killed_without_locks", "robbed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="a built kacrice")
    parser.add_argument("--rounds", type=int, default=1, help="trials of each kind, 1")
    parser.add_argument("--kinds", default=",".join(KINDS), help="those that are tried, all")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: no such program; build it, and give its path")
    os.environ["KACRICE"] = str(options.program.resolve())
    os.environ.setdefault("MPIEXEC", "mpirun")
    with tempfile.TemporaryDirectory(prefix="kacrice-mixes-") as folder:
        failed = Mixes(folder).run(options.kinds.split(",") * options.rounds)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
