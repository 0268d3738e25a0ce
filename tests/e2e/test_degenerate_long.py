# kr_test: ranks=1 labels=long timeout=3600
"""Each of the degenerate tensors, by each kind of search: every run ends within a minute of processor time."""
import resource
import unittest

import degenerate
from test_degenerate import DegenerateCase


def spent():
    """Processor seconds of all runs so far: the machine may be busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Long(DegenerateCase):
    def test_all(self):
        for case in degenerate.CASES.values():
            began = spent()
            self.check(case)
            self.assertLess(spent() - began, 60, case.name)

    def test_other_kinds_end(self):
        for case in degenerate.CASES.values():
            kinds = [{"search_kind": "minima"}, {"search_energy": "-1:0.5"}]
            if case.p in (3, 4):
                kinds.append({"search_kind": "homotopy"})
            for number, kind in enumerate(kinds):
                with self.subTest(case=case.name, **kind):
                    began = spent()
                    self.take(case, name=f"{case.name}_{number}", **kind)
                    self.assertLess(spent() - began, 60)


if __name__ == "__main__":
    unittest.main()
