# kr_test: ranks=2 labels=long timeout=1800
"""Each command is stopped and goes on, in each of its phases. With the preset sanitize this runs the code that takes states
up under the sanitizers."""
from kacrice_test import Case, run

STOPPED = 75
KEEP = {"campaign_samples": 1, "campaign_checkpoint": 0.2, "campaign_out": "c"}
COMMANDS = {
    "census": ("census", {"model_n": 14, "search_starts": 400000, "census_missing": 0}),
    "minima": ("census", {"model_n": 30, "search_kind": "minima", "search_starts": 200000, "census_missing": 0}),
    "homotopy": ("census", {"model_n": 9, "search_kind": "homotopy", "campaign_samples": 40}),
    "ladders": ("thermo", {"model_n": 24, "thermo_temperatures": "2,1.5,1.2", "thermo_sweeps": 300000,
                           "thermo_burn_in": 500, "thermo_quenches": 4}),
    "relaxation": ("thermo", {"model_n": 24, "thermo_temperatures": "2,1.5,1.2", "thermo_sweeps": 20000,
                              "thermo_burn_in": 100, "thermo_quenches": 4, "thermo_relaxation": 300}),
    "held replicas": ("thermo", {"model_n": 16, "thermo_temperatures": "2,1.5", "thermo_sweeps": 30000,
                                 "thermo_burn_in": 100, "thermo_plant": 1.0, "thermo_overlaps": 4}),
}


class StopAndResume(Case):
    def assert_goes_on(self, name, *words, ranks, **options):
        """Three pieces; each ends in order, the second and third go on from the one before."""
        for piece in range(3):
            done = run(*words, cwd=self.folder, ranks=ranks, **options)
            self.assertIn(done.returncode, (0, STOPPED), f"{name}, piece {piece}: {done.stdout}{done.stderr}")
            for sign in ("Sanitizer", "runtime error:"):
                self.assertNotIn(sign, done.stdout + done.stderr, f"{name}, piece {piece}")
            if piece > 0 and done.returncode == STOPPED and options.get("campaign_samples") == 1:
                self.assertIn("goes on after", done.stdout, f"{name}, piece {piece}")

    def test_campaigns(self):
        for number, (name, (command, options)) in enumerate(COMMANDS.items()):
            for ranks in (None, 2):
                out = f"c{number}-{ranks or 1}"
                self.assert_goes_on(name, command, ranks=ranks, **{**KEEP, **options, "campaign_out": out,
                                                                   "campaign_maxtime": 5})

    def test_tap(self):
        self.census("w", model_n=6, campaign_samples=12)
        for ranks in (None, 2):
            self.assert_goes_on("tap", "tap", "w", ranks=ranks, tap_temperature="0.05,0.1", tap_starts=4000,
                                tap_out=f"t{ranks or 1}", campaign_maxtime=2)
