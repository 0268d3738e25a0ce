# kr_test: timeout=120
"""An error that some ranks alone meet ends all of them, in seconds, with its exit code and one line of ours."""
import time
import unittest

from kacrice_test import Case, run


class OneRankFails(Case):
    def check(self, done, began, code):
        self.assertLess(time.monotonic() - began, 30.0)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)

    def test_options_file_that_rank_0_cannot_parse(self):
        (self.folder / "bad.opts").write_text("hello world\n")
        began = time.monotonic()
        done = run("version", "-options_file", "bad.opts", ranks=2, cwd=self.folder)
        self.check(done, began, 2)
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn("bad.opts", lines[0])

    def test_a_group_whose_solver_fails(self):
        """Three ranks in groups of two: the idle one must not wait for ever."""
        began = time.monotonic()
        done = run("census", "-campaign_group_size", "2", "-model_n", "30", "-search_kind", "minima",
                                "-search_starts", "20", "-campaign_samples", "1", "-spectrum_method", "slepc",
                                "-eps_max_it", "1", "-eps_tol", "1e-30", "-campaign_out", "out", ranks=3,
                                cwd=self.folder)
        self.check(done, began, 3)  # noted as a failed sample


if __name__ == "__main__":
    unittest.main()
