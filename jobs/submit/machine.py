"""A site: its settings, and the program on the node where jobs are submitted."""
import os
import pathlib
import subprocess

from campaign_file import Refusal, nearest

JOBS = pathlib.Path(__file__).resolve().parent.parent
SETTINGS = ("LAUNCHER", "LAUNCHER_OPTIONS", "MODULES", "PROGRAM", "PARTITION", "ACCOUNT", "QOS", "CONSTRAINT",
            "NODE_CORES", "NODE_MEMORY")
OTHERS = ("ROOT", "JOBS", "PYTHON", "MACHINE")  # of the scripts themselves, not of a site
LOAD = '. "$1/lib.sh" && kr_machine "$2" >&2 || exit 2; shift 2; '


class Machine:
    """Settings of jobs/machines/NAME.env, as bash reads them."""

    def __init__(self, name):
        self.path = find(name)
        done = self.bash('for name in ${!KR_*}; do declare -n value=$name; printf "%s=%s\\0" "${name#KR_}" "${value[*]}"; done')
        if done.returncode != 0:
            raise Refusal(f"{self.path}: cannot be read by bash: {last_line(done.stderr)}")
        self.settings = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
        for name in self.settings:
            if name not in SETTINGS + OTHERS:
                raise Refusal(f"{self.path}: KR_{name}: no such setting; {nearest(name, SETTINGS)}")
        if self.settings["LAUNCHER"] not in ("srun", "mpirun"):
            raise Refusal(f"{self.path}: KR_LAUNCHER: {self.settings['LAUNCHER']}: must be srun or mpirun")

    def bash(self, script, *words):
        """Runs a piece of bash in the environment of the machine, outside of any job."""
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM_", "PMI"))}
        return subprocess.run(["bash", "-c", LOAD + script, "submit", JOBS, self.path, *words], env=variables,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def get(self, name):
        """A setting, None when it is empty or not there."""
        return self.settings.get(name) or None

    @property
    def program(self):
        return self.settings["PROGRAM"]

    def dry_run(self, words, *options):
        """The lines of kacrice COMMAND [FOLDER] -dry_run by name; what it refuses is refused."""
        if not os.access(self.program, os.X_OK):
            raise Refusal(f"{self.program}: no such program; build it (README.md), or set KR_PROGRAM in {self.path}")
        done = self.bash('exec "$KR_PROGRAM" "$@"', *words, "-dry_run", "true", *options)
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ") and "warning" not in line]
            raise Refusal(lines[0].removeprefix("kacrice: ") if lines else
                          f"{self.program} does not run here: {last_line(done.stderr)}")
        return {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if len(line.split()) > 1}

    def check_tap_options(self, folder, *options):
        """Refuses options that kacrice tap would refuse, when its census is not there yet: it then comes as far as the
        folder."""
        missing = f"{folder}/none"
        try:
            self.dry_run(("tap", missing), *options)
        except Refusal as refusal:
            if not str(refusal).startswith(missing):
                raise


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else "it says nothing"


def find(name):
    """The file of a machine: a path, or a name in jobs/machines."""
    if "/" in name or name.endswith(".env"):
        if not pathlib.Path(name).is_file():
            raise Refusal(f"machine {name}: no such file")
        return pathlib.Path(name).resolve()
    path = JOBS / "machines" / f"{name}.env"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.env"))
        raise Refusal(f"machine {name}: no such file in {path.parent}; {nearest(name, known)}")
    return path
