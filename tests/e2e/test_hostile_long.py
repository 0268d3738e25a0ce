# kr_test: labels=long timeout=3600
"""A thousand damaged or hostile inputs of all classes of tests/faults/hostile.py."""
import pathlib
import sys

from kacrice_test import PROGRAM, Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import hostile  # noqa: E402
import hostile_inputs  # noqa: E402


class Hostile(Case):
    def test_all_are_refused(self):
        self.assertEqual(hostile.Trials(PROGRAM, self.folder, seed=1).run(1000, hostile_inputs.CLASSES), 0)
