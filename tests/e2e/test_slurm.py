# kr_test: ranks=2 timeout=600
"""jobs/submit.sh and the batch scripts, unchanged, on a real SLURM: an array, a task that is told to stop and goes back into the
queue, the aggregation behind it, a node that fails, a chain, a part that is missing. Each ends with the same ensemble as
a run that nobody disturbed."""
import concurrent.futures
import unittest

import slurm_test
from kacrice_test import Campaign, Case

SEARCH = {"model_p": 3, "census_missing": 0, "campaign_seed": 4}
ARRAY = {**SEARCH, "model_n": 4, "search_starts": 5000, "campaign_samples": 1000}
STUDY = {**SEARCH, "model_n": [5, 6], "search_starts": 160000, "campaign_samples": [12, 8]}
CHAIN = {**SEARCH, "model_n": 6, "search_starts": 120000, "campaign_samples": 10}
PARTS = {**SEARCH, "model_n": 4, "search_starts": 20000, "campaign_samples": "5:25"}
RESOURCES = {"nodes": 1, "ranks": 2, "time": 10, "memory": "1G"}
STUDIES = {
    "array": (ARRAY, {"mode": "array", "tasks": 5, "at_once": 3, "constraint": "n0"}),
    "study": (STUDY, {"mode": "single", "constraint": "n1"}),
    "chain": (CHAIN, {"mode": "chain", "links": 3, "constraint": "n0"}),
    "parts": (PARTS, {"mode": "array", "tasks": 2, "at_once": 1, "constraint": "n0"}),
}


class Slurm(Case):
    """All studies are submitted at once and disturbed as soon as they run; the tests wait for what becomes of them."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = slurm_test.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            jobs = {name: pool.submit(cls.start, name, *study) for name, study in STUDIES.items()}
            cls.jobs = {name: future.result() for name, future in jobs.items()}

    @classmethod
    def start(cls, name, options, resources):
        """Submits a study and disturbs it."""
        box = cls.sandbox
        text = slurm_test.as_yaml({**options, "campaign_out": name}, {**RESOURCES, **resources})
        jobs = box.submit(name, text, "mpirun" if name == "chain" else "srun")
        if name == "array":
            box.begun(name, (0, 200))
            box.signal(jobs["array.sbatch"][0] + "_0")
        elif name == "study":
            for n, end in zip(options["model_n"], options["campaign_samples"]):
                box.begun(f"{name}/n{n}", (0, end))
            box.run("scontrol", "update", "nodename=n1", "state=down", "reason=test")
        elif name == "chain":
            box.begun(name, (0, 10))
            box.signal(jobs["chain.sbatch"][0])
        elif name == "parts":
            box.run("scontrol", "hold", jobs["account.sbatch"][0])  # in the queue until it is released
            box.run("scancel", jobs["array.sbatch"][0] + "_1")
            cls.again = box.run(slurm_test.SUBMIT, "--machine", slurm_test.MACHINE, "parts.yaml")
            box.run("scontrol", "release", jobs["account.sbatch"][0])
        return jobs

    def undisturbed(self, **options):
        """The same campaign without a batch system."""
        self.n_campaigns += 1
        return self.census(f"want{self.n_campaigns}", ranks=2, **options)

    def check_result(self, name, **options):
        self.assert_same_result(Campaign(self.sandbox.folder / name), self.undisturbed(**options))

    def check_ended(self, number, state="COMPLETED", code="0:0"):
        job = self.sandbox.end_of(number)
        self.assertEqual((job["JobState"], job["ExitCode"]), (state, code), self.sandbox.story())
        return job

    def test_array(self):
        """1000 samples in five jobs, one of them stopped and put back, are one ensemble."""
        jobs = self.jobs["array"]
        task = jobs["array.sbatch"][0] + "_0"
        self.check_ended(jobs["aggregate.sbatch"][0])
        self.assertEqual(self.check_ended(task)["Restarts"], "1", self.sandbox.story())
        self.check_ended(jobs["account.sbatch"][0])
        text = self.sandbox.output("array", "*_0.out")
        self.assertRegex(text, r"told to stop by USR1\n(?s:.)*stopped with \d+ of 200 samples done(?s:.)*exit code 75\n")
        self.assertIn("started 1 times before", text)
        self.assertRegex(self.sandbox.output("array", "*account*"), "array: 1000 of 1000 samples done")
        self.check_result("array", **ARRAY)

    def test_a_node_fails(self):
        """SLURM puts its jobs back, and they wait for it."""
        numbers = self.jobs["study"]["campaign.sbatch"]
        for number in numbers:
            self.sandbox.restarted(number)
        self.sandbox.run("scontrol", "update", "nodename=n1", "state=resume")
        for number in numbers:
            self.assertEqual(self.check_ended(number)["Restarts"], "1", self.sandbox.story())
        self.check_ended(self.jobs["study"]["account.sbatch"][0])
        for n, samples in zip(STUDY["model_n"], STUDY["campaign_samples"]):
            self.check_result(f"study/n{n}", **{**STUDY, "model_n": n, "campaign_samples": samples})

    def test_chain(self):
        """Each link goes on where the one before it was stopped."""
        numbers = self.jobs["chain"]["chain.sbatch"]
        self.check_ended(numbers[0], "FAILED", "75:0")
        for number in numbers[1:]:
            self.check_ended(number)
        self.check_ended(self.jobs["chain"]["account.sbatch"][0])
        self.check_result("chain", **CHAIN)

    def test_twice(self):
        """While its jobs are in the queue a campaign is not submitted again."""
        self.assertEqual(self.again.returncode, 2, self.again.stdout)
        self.assertRegex(self.again.stderr, r"^kacrice: parts.yaml: jobs [\d, ]+ of parts are in the queue; wait for them")

    def test_a_part_is_missing(self):
        """No ensemble of it, but a line that says what is missing; submitted again it is completed."""
        jobs = self.jobs["parts"]
        self.check_ended(jobs["array.sbatch"][0] + "_0")
        self.assertEqual(self.sandbox.end_of(jobs["aggregate.sbatch"][0])["JobState"], "CANCELLED")
        self.check_ended(jobs["account.sbatch"][0], "FAILED", "1:0")
        self.assertRegex(self.sandbox.output("parts", "*account*"),
                         r"parts: 10 of 20 samples done\n +missing: samples 15:25\n")
        jobs = self.sandbox.submit("parts", (self.sandbox.folder / "parts.yaml").read_text())
        self.check_ended(jobs["account.sbatch"][0])
        self.check_result("parts", **PARTS)


if __name__ == "__main__":
    unittest.main()
