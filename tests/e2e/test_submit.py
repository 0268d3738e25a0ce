# kr_test: timeout=240
"""jobs/submit.sh --dry-run with the real program, which reads the campaign file and knows what fits."""
import os
import pathlib
import shlex
import shutil
import subprocess
import unittest

import kacrice_test
from kacrice_test import PROGRAM, Case

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESOURCES = "resources:\n  mode: single\n  nodes: 1\n  ranks: 4\n  time: 10\n  memory: {}\n"


class Submit(Case):
    def submit(self, path):
        return subprocess.run([ROOT / "jobs/submit.sh", "--dry-run", path], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False, env={**os.environ, "KR_PROGRAM": PROGRAM})

    def refused(self, options, memory="400M"):
        """The one line of a file that is refused."""
        (self.folder / "c.yaml").write_text(options + RESOURCES.format(memory))
        done = self.submit("c.yaml")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["c.yaml"])
        self.assertEqual(done.stderr.count("\n"), 1)
        return done.stderr

    def test_campaigns_of_the_project(self):
        for path in sorted((ROOT / "jobs/campaigns").glob("*.yaml")):
            with self.subTest(path.name):
                done = self.submit(path)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("sbatch --parsable", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_jobs_run_is_accepted(self):
        """The words of each job of the project's campaigns, given to the batch scripts outside of SLURM with a program that
        adds -dry_run: kacrice reads all options and refuses none."""
        (self.folder / "dry").write_text('#!/bin/bash\nexec "$REAL" "$@" -dry_run true\n')
        (self.folder / "dry").chmod(0o755)
        (self.folder / "site.env").write_text("KR_LAUNCHER=mpirun\nmpirun() { shift 2; exec \"$@\"; }\n")
        (self.folder / "squeue").write_text("#!/bin/bash\necho INVALID\n")
        (self.folder / "squeue").chmod(0o755)
        n_jobs = 0
        for name in ("thermo_p3", "tap_p3", "demo"):
            done = self.submit(ROOT / f"jobs/campaigns/{name}.yaml")
            jobs = [line for line in done.stdout.splitlines() if line.startswith("job") and "account" not in line]
            (self.folder / name / "jobs").mkdir(parents=True)
            shutil.copy(ROOT / f"jobs/campaigns/{name}.yaml", self.folder / name / "jobs/campaign.yaml")
            if name == "tap_p3":  # kacrice tap reads a finished census
                self.run_well("census", campaign_out=name, model_p=3, model_n=12, campaign_samples=2)
            for job in jobs:
                self.check_job(shlex.split(job.partition("=$(")[2].rpartition(")")[0]))
                n_jobs += 1
        self.assertEqual(n_jobs, 6 + 3 + 1)

    def check_job(self, words):
        script = next(i for i, word in enumerate(words) if word.endswith(".sbatch"))
        given = [f"machine={self.folder}/site.env" if word.startswith("machine=") else
                 f"program={self.folder}/dry" if word.startswith("program=") else word for word in words[script + 1:]]
        done = subprocess.run(["bash", words[script], *given], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "REAL": PROGRAM, "SLURM_ARRAY_TASK_ID": "0", "SLURM_JOB_ID": "1",
                                   "PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^group_size +\d+ ranks$")

    def test_other_commands(self):
        self.assertIn("-thermo_sweps: kacrice thermo has no such option; did you mean -thermo_sweeps?",
                      self.refused("command: thermo\nmodel_n: 8\ncampaign_samples: 10\nthermo_sweps: 100\n"))
        self.assertIn("-tap_temperature: is missing",
                      self.refused("command: census, tap\nmodel_n: 8\ncampaign_samples: 10\n"))
        self.assertIn("-tap_strats: kacrice tap has no such option; did you mean -tap_starts?",
                      self.refused("command: census, tap\nmodel_n: 8\ncampaign_samples: 10\ntap_temperature: 0.3\ntap_strats: 3\n"))
        self.assertRegex(self.refused("command: thermo\nmodel_n: 600\ncampaign_samples: 10\n"),
                         r"^kacrice: c.yaml: -model_n 600: the couplings need 0.2\d+ GB")
        self.assertRegex(self.refused("command: thermo\nmodel_n: 200\ncampaign_samples: 10\nthermo_sweeps: 100000\ncampaign_checkpoint: 0\n", "16G"),
                         "^kacrice: c.yaml: -campaign_maxtime 480.?: a sample takes about .* keeps no state on the way; give more time")
        self.assertIn("dry_run: is no part of a campaign", self.refused("command: thermo\nmodel_n: 6\ncampaign_samples: 10\ndry_run: true\n"))

    def test_the_command_of_a_file(self):
        """Read by another command it is refused; options of the states pass in a census of such a file only."""
        (self.folder / "c.yaml").write_text("command: thermo\nmodel_n: 8\ncampaign_samples: 1\n")
        done = kacrice_test.run("census", cwd=self.folder, options_file="c.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("-command thermo: these options are for another command than census; take kacrice thermo", done.stderr)
        (self.folder / "c.yaml").write_text("command: census, tap\nmodel_n: 6\ncampaign_samples: 1\ntap_temperature: 0.3\n")
        self.run_well("census", options_file="c.yaml", campaign_out="out")
        (self.folder / "c.yaml").write_text("model_n: 6\ncampaign_samples: 1\ntap_temperature: 0.3\n")
        done = kacrice_test.run("census", cwd=self.folder, options_file="c.yaml", campaign_out="out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("-tap_temperature: kacrice census has no such option", done.stderr)

    def test_unknown_option(self):
        self.assertIn("-modle_p: kacrice census has no such option; did you mean -model_p?",
                      self.refused("modle_p: 3\nmodel_n: 8\ncampaign_samples: 10\n"))

    def test_sweep_that_does_not_fit(self):
        """A tensor of N = 300 has 36 MB, and a rank as much again for its lanes; of N = 600, 290 MB: not in 105 MB."""
        options = "model_n: [20, 300, 600]\nsearch_kind: minima\nsearch_starts: 1000\ncampaign_samples: 10\n"
        self.assertRegex(self.refused(options), r"^kacrice: c.yaml: -model_n 600: the couplings need 0.2\d+ GB")
        (self.folder / "c.yaml").write_text(options.replace(", 600", "") + RESOURCES.format("400M"))
        self.assertEqual(self.submit("c.yaml").returncode, 0)

    def test_limit_of_time(self):
        """A homotopy of N = 24 cannot be interrupted, and takes longer than ten minutes."""
        line = self.refused("model_p: 3\nmodel_n: 24\nsearch_kind: homotopy\ncampaign_samples: 10\n", "64G")
        self.assertRegex(line, "^kacrice: c.yaml: -campaign_maxtime 480.?: a sample takes about .* give more time$")


if __name__ == "__main__":
    unittest.main()
