"""Submits a campaign: see jobs/submit.sh."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

from batch import Batch
from campaign_file import CampaignFile, Refusal
from machine import Machine

SLURM_SECONDS = 120  # a controller that does not answer for so long is taken for absent


class Failure(Exception):
    """The batch system has said no; in one line."""


def call(*words):
    """(exit code, what it printed, its last line of errors) of a command of SLURM."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SLURM_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, "", str(error)
    return done.returncode, done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


def check_array_size(batch):
    """More tasks than the site takes in one array."""
    code, text, _ = call("scontrol", "show", "config")
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", text, re.MULTILINE)
    if code != 0 or found is None:
        return
    for job in batch.jobs:
        last = re.search(r"--array=0-(\d+)", " ".join(job.flags))
        if last and int(last[1]) >= int(found[1]):
            batch.refuse(f"resources: tasks: {int(last[1]) + 1}: this site takes at most {found[1]}")


def in_queue():
    """Numbers of this user's jobs; none where there is no SLURM, as for a dry run."""
    if shutil.which("squeue") is None:
        return set()
    code, text, error = call("squeue", "-h", "-u", str(os.getuid()), "-o", "%F")
    if code != 0:
        raise Failure(f"squeue: {error}")
    return set(text.split())


def check_not_there(batch):
    """Jobs of this folder that are in the queue would do the same samples."""
    try:
        noted = (batch.folder / "submitted").read_text(encoding="utf-8").split("\n")
    except OSError:
        return
    before = {line.split()[0] for line in noted if line}
    there = sorted(before & in_queue(), key=int)
    if there:
        batch.refuse(f"jobs {', '.join(there)} of {batch.study.out} are in the queue; wait for them, or scancel them")


def submit(batch):
    """Submits all jobs or none, notes them in the folder and prints their numbers."""
    if shutil.which("sbatch") is None:
        raise Refusal("sbatch: no such program here; --dry-run does without")
    check_array_size(batch)
    check_not_there(batch)
    try:
        batch.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(batch.study.path, batch.folder / "campaign.yaml")
    except OSError as error:
        raise Refusal(f"{batch.folder}: cannot be written: {error.strerror}") from error
    ids = {}
    for job in batch.jobs:
        code, text, error = call(*job.command(ids.__getitem__))
        if code != 0:
            if ids:
                call("scancel", *ids.values())
            raise Failure(f"sbatch {job.script}: {error}" + ("; the jobs before it are cancelled" if ids else ""))
        ids[job.variable] = text.split(";")[0]
        print(ids[job.variable], job.script, next(flag for flag in job.flags if "--job-name" in flag)[11:])
    with open(batch.folder / "submitted", "a", encoding="utf-8") as file:
        file.writelines(f"{ids[job.variable]} {job.script} {pathlib.Path(job.out).resolve()}\n" for job in batch.jobs)


def main():
    parser = argparse.ArgumentParser(prog="jobs/submit.sh", description="Submits a campaign to SLURM (jobs/README.md).")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and batch scripts, submit nothing")
    parser.add_argument("--machine", help="site settings: a name in jobs/machines, or a file")
    parser.add_argument("file", metavar="CAMPAIGN.yaml")
    arguments = parser.parse_args()
    try:
        study = CampaignFile(arguments.file)
        machine = Machine(arguments.machine or study.resources.get("machine", "default"))
        batch = Batch(study, machine, in_queue)
        if arguments.dry_run:
            batch.print()
        else:
            for note in batch.notes:
                print("#", note)
            submit(batch)
    except Refusal as refusal:
        sys.stdout.flush()  # what was said before comes first
        print(f"kacrice: {refusal}", file=sys.stderr)
        return 2
    except Failure as failure:
        sys.stdout.flush()  # what was said before comes first
        print(f"kacrice: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
