# kr_test: timeout=300
"""Sixty damaged or hostile inputs: tests/faults/hostile.py makes as many as you like."""
import pathlib
import sys

from kacrice_test import PROGRAM, Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import hostile  # noqa: E402
import hostile_inputs  # noqa: E402

# of the readers of records; each is tried in turn
CLASSES = ["shard_numbers", "shard_structure", "outside", "foreign", "census_states", "thermo_states", "shard_counts",
           "shard_member", "couplings", "thermo_shards", "tap_shards", "damaged"]


class Hostile(Case):
    def test_all_are_refused(self):
        trials = hostile.Trials(PROGRAM, self.folder, seed=2)
        self.assertEqual(trials.run(60, CLASSES), 0)

    def test_every_class_is_known(self):
        for name in hostile_inputs.CLASSES:
            self.assertTrue(callable(getattr(hostile_inputs, name)), name)
