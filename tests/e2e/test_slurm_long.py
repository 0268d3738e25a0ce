# kr_test: labels=long timeout=1800
"""Real limits of time on a real SLURM, which counts them in minutes: a job is stopped before its end, by its own limit or by
the signal of sbatch --signal, under srun and under mpirun, goes back into the queue and ends with the result of an
undisturbed run. The sample is searched for longer than a job may last."""
import unittest

import slurm_test
from kacrice_test import Campaign, Case

SEARCH = {"model_p": 3, "model_n": 18, "campaign_samples": 1, "campaign_seed": 5, "census_missing": 0,
          "search_starts": 8000000}
STATES = {"command": "census, tap", "campaign_out": "states", "model_p": 3, "model_n": 8, "search_starts": 2000,
          "campaign_samples": 12, "tap_temperature": "0.2,0.4"}
RESOURCES = {"mode": "single", "nodes": 1, "ranks": 1, "time": 3, "stop": 110, "memory": "1G",
             "requeues": 100}
NEVER = {"campaign_maxtime": 100000}  # left to the signal


class Limits(Case):
    def submit_without_signal(self, box, name, text):
        """What a dry run prints, with a signal that bash does not mind: SLURM sends it before the program's own limit."""
        (box.folder / f"{name}.yaml").write_text(text)
        done = box.run(slurm_test.SUBMIT, "--dry-run", "--machine", slurm_test.MACHINE, f"{name}.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        script = done.stdout.replace("--signal=B:USR1@", "--signal=B:URG@")
        self.assertIn("--signal=B:URG@110", script)
        return box.run("bash", "-c", script + "\necho $job1").stdout.strip()

    def test_limits(self):
        box = slurm_test.Sandbox()
        self.addCleanup(box.close)
        kinds = {"limit": ("srun", {}), "signal": ("srun", NEVER), "signal_mpirun": ("mpirun", NEVER)}
        jobs = {}
        for name, (launcher, more) in kinds.items():
            text = slurm_test.as_yaml({**SEARCH, **more, "campaign_out": name}, RESOURCES)
            if name == "limit":
                jobs[name] = self.submit_without_signal(box, name, text)
            else:
                jobs[name] = box.submit(name, text, launcher)["campaign.sbatch"][0]
        for name, number in jobs.items():
            job = box.end_of(number, 1500)
            text = box.output(name, "*.out")
            self.assertEqual((job["JobState"], job["ExitCode"]), ("COMPLETED", "0:0"), text)
            self.assertGreaterEqual(int(job["Restarts"]), 1)
            self.assertEqual("told to stop by USR1" in text, name != "limit", text)
            self.assertRegex(text, "(?m)^kacrice job: .* exit code 75$")
        want = self.census(ranks=1, **SEARCH)
        for name in kinds:
            self.assert_same_result(Campaign(box.folder / name), want)


class States(Case):
    def test_states(self):
        """Those of a census in the same file begin when it has ended, and all its samples have them."""
        box = slurm_test.Sandbox()
        self.addCleanup(box.close)
        text = slurm_test.as_yaml(STATES, {"mode": "single", "nodes": 1, "ranks": 2, "time": 10, "memory": "1G"})
        jobs = box.submit("states", text, "srun")
        census, states = (box.end_of(number) for number in jobs["campaign.sbatch"])
        account = box.end_of(jobs["account.sbatch"][0])
        self.assertEqual([job["JobState"] for job in (census, states, account)], ["COMPLETED"] * 3, box.story())
        self.assertLessEqual(census["EndTime"], states["StartTime"])
        self.assertRegex(box.output("states", "*account*"), "states/tap: 12 of 12 samples done")
        self.assertTrue((box.folder / "states/tap/states.h5").is_file())


if __name__ == "__main__":
    unittest.main()
