"""A SLURM of one's own for the tests (tests/slurm/sandbox.sh), and what they ask it. Every call has a limit of time."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINE = ROOT / "tests/slurm/sandbox.env"
SUBMIT = ROOT / "jobs/submit.sh"
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")


def as_yaml(options, resources):
    """The text of a campaign file."""
    lines = [f"{key}: {value}" for key, value in options.items()] + ["resources:"]
    return "\n".join(lines + [f"  {key}: {value}" for key, value in resources.items()]) + "\n"


class Sandbox:
    """Two nodes, n0 and n1, each with its name as a feature; goes down with close(), or when this process is gone."""

    def __init__(self):
        self.slurm = pathlib.Path(tempfile.mkdtemp(prefix="kacrice-slurm-"))
        self.slurm.chmod(0o755)  # munged wants its socket to be reachable
        self.folder = self.slurm / "campaigns"  # in it, as it goes with it when this process is killed
        self.folder.mkdir()
        variables = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        self.variables = {**variables, "SLURM_CONF": str(self.slurm / "slurm.conf"),
                          "KR_PROGRAM": os.environ["KACRICE"], "OMPI_MCA_orte_tmpdir_base": str(self.slurm)}
        try:
            up = self.script("up", str(os.getpid()))
            if up.returncode == 77:
                raise unittest.SkipTest("no SLURM: " + up.stdout.strip())
            if up.returncode != 0:
                raise RuntimeError("the sandbox did not come up: " + up.stdout + up.stderr)
        except BaseException:
            shutil.rmtree(self.slurm, ignore_errors=True)
            raise

    def script(self, verb, *words):
        return subprocess.run([ROOT / "tests/slurm/sandbox.sh", verb, self.slurm, *words], timeout=120,
                              env=self.variables, capture_output=True, text=True, check=False)

    def close(self):
        self.script("down")
        shutil.rmtree(self.slurm, ignore_errors=True)

    def run(self, *words, **variables):
        """A command in the sandbox, in the folder of its campaigns."""
        return subprocess.run(words, env={**self.variables, **variables}, cwd=self.folder, timeout=120, capture_output=True, text=True,
                              check=False)

    def submit(self, name, text, launcher="srun"):
        """Submits a campaign file to sandbox.env; returns the numbers of its jobs by batch script, in a list each."""
        (self.folder / f"{name}.yaml").write_text(text)
        done = self.run(SUBMIT, "--machine", MACHINE, f"{name}.yaml", SANDBOX_LAUNCHER=launcher)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        jobs = {}
        for line in done.stdout.splitlines():
            if not line.startswith("#"):
                number, script, _ = line.split()
                jobs.setdefault(script, []).append(number)
        return jobs

    def job(self, number):
        """What SLURM knows of a job, or of a task as "12_3"."""
        done = self.run("scontrol", "-o", "show", "job", number)
        return dict(re.findall(r"(\S+?)=(\S*)", done.stdout))

    def wait(self, what, condition, seconds=200, pause=0.3):
        """Until the condition gives something true, which is returned."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(pause)
        raise AssertionError(f"{what}: not within {seconds} s\n" + self.story())

    def end_of(self, number, seconds=200):
        """What SLURM knows of a job when it has ended."""
        def ended():
            job = self.job(number)
            return job if job.get("JobState") in ENDED else None
        return self.wait(f"end of job {number}", ended, seconds)

    def restarted(self, number, seconds=200):
        """Until a job has been put back into the queue."""
        return self.wait(f"restart of job {number}", lambda: int(self.job(number).get("Restarts", 0)) > 0, seconds)

    def begun(self, name, samples):
        """Until a run of these samples (first, end) has written its journal: from then on it can be told to stop."""
        def journal():
            return any(f'"first":\t{samples[0]},' in text and f'"end":\t{samples[1]},' in text
                       for text in map(read, self.folder.glob(f"{name}/runs/*.json")))
        return self.wait(f"run of {name} {samples}", journal, pause=0.05)

    def signal(self, number):
        """What --signal=B:USR1 does before the limit of time. scancel may send it and yet be told that the job is in
        transition; after 5 s it would send it again, to the next run of the job."""
        self.run("timeout", "3", "scancel", "-b", "-s", "USR1", number)

    def output(self, name, pattern):
        """What the jobs of a campaign have printed."""
        return "".join(path.read_text() for path in sorted(self.folder.glob(f"{name}/jobs/{pattern}")))

    def story(self):
        """All that could explain a failure."""
        texts = [self.run("squeue").stdout, read(self.slurm / "log/slurmctld.log")[-8000:]]
        for path in sorted(self.folder.glob("*/jobs/*.out")):
            texts += [f"--- {path.relative_to(self.folder)}", path.read_text()[-2000:]]
        return "\n".join(texts)


def read(path):
    try:
        return path.read_text()
    except OSError:  # it has just been replaced or deleted
        return ""
