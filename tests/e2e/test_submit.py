# kr_test: timeout=120
"""jobs/submit.sh --dry-run with the real program, which reads the campaign file and knows what fits."""
import os
import pathlib
import subprocess
import unittest

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

    def test_unknown_option(self):
        self.assertIn("-modle_p: kacrice census has no such option; did you mean -model_p?",
                      self.refused("modle_p: 3\nmodel_n: 8\ncampaign_samples: 10\n"))

    def test_sweep_that_does_not_fit(self):
        """A tensor of N = 300 has 36 MB, and a rank as much again for its lanes; of N = 600, 290 MB: not in 105 MB."""
        options = "model_n: [20, 300, 600]\nsearch_kind: minima\nsearch_starts: 1000\ncampaign_samples: 10\n"
        self.assertRegex(self.refused(options), r"^kacrice: -model_n 600: the couplings need 0.2\d+ GB")
        (self.folder / "c.yaml").write_text(options.replace(", 600", "") + RESOURCES.format("400M"))
        self.assertEqual(self.submit("c.yaml").returncode, 0)

    def test_limit_of_time(self):
        """A homotopy of N = 24 cannot be interrupted, and takes longer than ten minutes."""
        line = self.refused("model_p: 3\nmodel_n: 24\nsearch_kind: homotopy\ncampaign_samples: 10\n", "64G")
        self.assertRegex(line, "^kacrice: -campaign_maxtime 480.?: a sample takes about .* give more time$")


if __name__ == "__main__":
    unittest.main()
