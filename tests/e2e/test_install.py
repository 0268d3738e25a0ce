# kr_test: ranks=2 timeout=120
"""The program as cmake --install puts it into a prefix with spaces and letters that are not ASCII, run by an ordinary
user who may write nowhere but in a folder of that kind."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import kacrice_test
from kacrice_test import Campaign, Case

BUILD = pathlib.Path(kacrice_test.PROGRAM).parent
CENSUS = {"model_n": 5, "campaign_samples": 4, "search_starts": 200}


class Install(Case):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.prefix = self.folder / "für alle ☃/my programs"
        self.home = self.folder / "Mes données"
        self.home.mkdir()
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.as_user = []
        if os.geteuid() == 0:
            if not shutil.which("runuser"):
                self.skipTest("there is no runuser to become an ordinary user with")
            shutil.chown(self.home, "nobody")
            self.as_user = ["runuser", "-u", "nobody", "--"]

    def user(self, *words):
        """What an ordinary user types in his folder."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("OMPI_ALLOW")}
        kept["TMPDIR"] = str(self.home)
        done = subprocess.run([*self.as_user, "env", f"HOME={self.home}", *map(str, words)], cwd=self.home, capture_output=True, text=True, timeout=100,
                              check=False, env=kept)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotRegex(done.stderr, "kacrice|Traceback|[Ww]arning|atplotlib")  # Open MPI may have words of its own
        return done.stdout

    def test_a_campaign_and_its_report(self):
        program = self.prefix / "bin/kacrice"
        launcher = kacrice_test.command(ranks=2)[:-1]
        options = [word for key, value in CENSUS.items() for word in (f"-{key}", value)]
        self.user(*launcher, program, "census", *options, "-campaign_out", "prêt à tout")
        got = Campaign(self.home / "prêt à tout")
        self.assert_same_counts(got, self.census(**CENSUS))
        self.assertEqual(got.summary["samples"]["done"], 4)
        self.user(program, "index", got.folder)
        self.user(sys.executable, self.prefix / "share/kacrice/scripts/report.py", "prêt à tout")
        self.assertIn("<html", (got.folder / "report.html").read_text())
        self.assertIn("4", self.user(sys.executable, self.prefix / "share/kacrice/scripts/summary.py", got.folder))
        files = {path.relative_to(self.prefix).as_posix() for path in self.prefix.rglob("*") if path.is_file()}
        self.assertIn("include/kacrice/model.h", files)
        self.assertEqual([name for name in files if "cmake" in name or "check_" in name or "tests" in name], [])


if __name__ == "__main__":
    unittest.main()
