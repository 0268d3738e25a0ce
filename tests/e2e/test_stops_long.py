# kr_test: ranks=2 labels=long timeout=1800
"""Each signal in each phase, with and without mpirun: heeded within 2 s, and taken up to the same bits. For a machine that
does nothing else."""
import os
import pathlib
import sys
import unittest

from kacrice_test import Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import stops  # noqa: E402

LIMIT = 5.0 if os.environ.get("KACRICE_SANITIZED") == "1" else 2.0  # s


class Stops(Case):
    def test_all_phases(self):
        trials = stops.Trials(self.folder, LIMIT)
        for phase in stops.PHASES:
            for number in stops.SIGNALS:
                for ranks in (None, 2):
                    for row in trials.run(phase, number, ranks):
                        with self.subTest(phase=phase, signal=number, ranks=ranks):
                            self.assertEqual(row.fault, "", row)


if __name__ == "__main__":
    unittest.main()
