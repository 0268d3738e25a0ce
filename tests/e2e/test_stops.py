# kr_test: ranks=2 timeout=300
"""A signal at a chosen look of each phase (KACRICE_STOP_AT, docs/adr/0023-stops.md): exit code 75, one line, and the same
command goes on to the bits of an undisturbed run. Signals from outside and their times: tests/faults/stops.py."""
import json
import pathlib
import signal
import sys
import unittest

import h5py

import degenerate
import kacrice_test
from kacrice_test import Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import stops  # noqa: E402

STOPPED = 75
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGTERM)
CENSUS = {"model_n": 10, "campaign_samples": 2, "campaign_seed": 3, "search_starts": 3000}
MINIMA = {"model_n": 40, "campaign_samples": 1, "search_kind": "minima", "search_starts": 300, "census_certify": "false"}
PATHS = {"model_n": 7, "campaign_samples": 2, "search_kind": "homotopy"}
THERMO = {"model_n": 12, "campaign_samples": 1, "thermo_temperatures": "2:1", "thermo_burn_in": 64, "thermo_sweeps": 256,
          "thermo_quenches": 4, "thermo_ladders": 4}
SHARED = {"ranks": 2, "campaign_group_size": 2}
TENSOR = {**SHARED, "campaign_spread": "tensor"}


def contents(folder):
    """All that the shards of a campaign hold, but for times."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("samples/*/s*.h5")):
        with h5py.File(path) as file:
            found[path.name] = {name: data[:].tobytes() for name, data in file.items()}
    return found


class Stops(Case):
    def setUp(self):
        super().setUp()
        self.trials = 0

    def stopped(self, name, word, at, options):
        self.trials += 1
        number = SIGNALS[self.trials % len(SIGNALS)]
        done = kacrice_test.run(*word, cwd=self.folder, variables={"KACRICE_STOP_AT": f"{at}:{int(number)}"}, **options)
        self.assertEqual(done.returncode, STOPPED, f"{name} {at}\n{done.stdout}{done.stderr}")
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertRegex(lines[0], r"^kacrice: stopped with \d of \d samples done; the same command goes on$")

    def check(self, command, looks, options, among=None, states=()):
        """Stops at each look in turn in one folder, goes on each time, and ends as an undisturbed run."""
        out = "tap_out" if command[0] == "tap" else "campaign_out"
        self.run_well(*command, **{out: "want"}, **options)
        for run in ({}, among) if among else ({},):
            name = f"stopped{self.trials}"
            for look in looks:
                with self.subTest(command=command, look=look, **run):
                    self.stopped(name, command, look, {out: name, **options, **run})
                    journal = sorted((self.folder / name).glob("runs/*.json"))[-1]
                    self.assertEqual(json.loads(journal.read_text())["state"], "stopped")
                    self.assertEqual((self.folder / name / "running").exists(), look in states, look)
            self.run_well(*command, **{out: name}, **options, **run)
            if among is not TENSOR or not run:  # there sums over ranks round differently
                self.assertEqual(contents(self.folder / name), contents(self.folder / "want"))
            self.assertEqual(sorted(contents(self.folder / name)), sorted(contents(self.folder / "want")))

    def test_census(self):
        looks = ("drawing:1", "search:1", "search:40", "certificates:9", "certificates:1", "drawing:3")
        self.check(("census",), looks, CENSUS, SHARED, states=looks[1:])

    def test_singular_points(self):
        degenerate.CASES["monkey"].write(self.folder / "monkey.h5")
        looks = ("sift:1", "sift:3", "sift:60", "sift:400")
        self.check(("census",), looks, {"model_couplings": "monkey.h5", "campaign_samples": 1}, states=looks)

    def test_minima(self):
        looks = ("search:30", "search:700")
        self.check(("census",), looks, MINIMA, TENSOR, states=looks)

    def test_trust_region(self):
        looks = ("search:5", "search:60")
        self.check(("census",), looks, {**MINIMA, "search_starts": 60, "descent_method": "newton_cg"}, states=looks)

    def test_homotopy(self):
        self.check(("census",), ("homotopy:1", "homotopy:200", "certificates:3"), PATHS, SHARED)

    def test_thermo(self):
        looks = ("search:5", "search:400", "descents:3", "descents:40")
        self.check(("thermo",), looks, THERMO, SHARED, states=looks[1:])

    def test_tap(self):
        mixed = {**CENSUS, "model_n": 7, "model_mixture": "3:0.3,6:0.7", "campaign_samples": "3:5"}
        self.run_well("census", campaign_out="cold", **mixed)
        self.check(("tap", "cold"), ("drawing:1", "search:1"), {"tap_temperature": "0.2,0.6", "tap_starts": 600}, SHARED)


class Signals(Case):
    def test_from_outside(self):
        """Commands without anything to save, and a census, by each signal."""
        trials = stops.Trials(self.folder, limit=30.0)  # the machine may be busy: tests/faults/stops.py is for times
        for phase, number in zip(("expectation", "reading", "search", "theory"), SIGNALS):
            for row in trials.run(phase, number, ranks=None):
                self.assertEqual(row.fault, "", row)

    def test_twins(self):
        trials = stops.Trials(self.folder, limit=30.0)
        self.assertEqual(trials.twins(), "")


if __name__ == "__main__":
    unittest.main()
