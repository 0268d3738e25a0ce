# kr_test: ranks=2 timeout=300
"""Twelve kills, three signals and three limits of time at random moments: tests/faults/faults.py makes as many as you like."""
import pathlib
import sys

from kacrice_test import Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import faults  # noqa: E402


class Faults(Case):
    def test_nothing_is_lost(self):
        trials = faults.Trials(self.folder, seed=2)
        for kind, how_many in (("kill", 12), ("signal", 3), ("limit", 3)):
            self.assertEqual(trials.run(kind, how_many), 0)
