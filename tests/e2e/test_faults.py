# kr_test: ranks=2 timeout=300
"""Ten kills, four signals and four limits of time at random moments: tests/faults/faults.py makes as many as you like."""
import pathlib
import sys

from kacrice_test import Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import faults  # noqa: E402


class Faults(Case):
    def test_nothing_is_lost(self):
        trials = faults.Trials(self.folder, seed=2)
        for kind, how_many in (("kill", 10), ("signal", 4), ("limit", 4)):
            self.assertEqual(trials.run(kind, how_many), 0)
