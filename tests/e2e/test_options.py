# kr_test: ranks=2 timeout=120
"""The command line: options from files, help, and the commands that only tell something."""
import pathlib
import re
import subprocess
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Case

CAMPAIGN = {"model_p": 4, "model_n": 4, "campaign_samples": "2:4", "campaign_seed": 9, "search_starts": 200, "census_missing": 0,
            "newton_free": 20, "census_store_points": "false"}
COMMANDS = ("census", "thermo", "theory", "export", "states", "inspect", "list", "verify", "bench", "version", "help")
SOURCES = pathlib.Path(__file__).resolve().parents[2]


def as_text(options):
    return "# a campaign\n" + "".join(f"-{name} {value}   # said by a file\n" for name, value in options.items())


def as_yaml(options):
    return "# a campaign\n" + "".join(f"{name}: {value}\n" for name, value in options.items())


def as_nested_yaml(options):
    """model: {p: 4, n: 4} for -model_p 4 -model_n 4."""
    text = ""
    for part in dict.fromkeys(name.split("_")[0] for name in options):
        text += f"{part}:\n"
        text += "".join(f"  {name.split('_', 1)[1]}: {value}\n" for name, value in options.items()
                        if name.split("_")[0] == part)
    return text


class OptionsFile(Case):
    def setUp(self):
        super().setUp()
        for name, write in (("o.txt", as_text), ("o.yaml", as_yaml), ("n.yml", as_nested_yaml)):
            (self.folder / name).write_text(write(CAMPAIGN))

    def test_a_file_gives_the_campaign_of_the_command_line(self):
        want = self.census(**CAMPAIGN)
        self.assertEqual(sorted(want.shards), [2, 3])
        self.assertIsNone(want.shards[2].x)
        for name in ("o.txt", "o.yaml", "n.yml"):
            with self.subTest(name):
                self.assert_same_result(self.census(options_file=name), want)
        self.run_well("census", options_file="o.yaml", campaign_out=want.folder.name)  # the same campaign goes on
        self.assert_same_result(self.census(ranks=2, options_file="o.txt"), self.census(ranks=2, **CAMPAIGN))

    def test_what_is_for_the_batch_system(self):
        """A campaign file says to jobs/submit.sh what the jobs need; run by hand it gives the same campaign."""
        resources = "resources:\n  mode: array\n  nodes: 2\n  time: 1:00:00\n  tasks: [5, 2]\n"
        (self.folder / "c.yaml").write_text(as_yaml(CAMPAIGN) + resources)
        self.assert_same_result(self.census(options_file="c.yaml"), self.census(**CAMPAIGN))

    def test_the_command_line_wins(self):
        want = self.census(**{**CAMPAIGN, "model_n": 3, "campaign_seed": 10})
        for name in ("o.txt", "o.yaml"):
            self.assert_same_result(self.census(options_file=name, model_n=3, campaign_seed=10), want)
            out = "before" + name
            self.run_well("census", "-model_n", "3", "-campaign_seed", "10", "-options_file", name, campaign_out=out)
            self.assert_same_result(kacrice_test.Campaign(self.folder / out), want)

    def test_options_also_from_the_environment(self):
        want = self.census(**CAMPAIGN)
        rest = {name: value for name, value in CAMPAIGN.items() if name != "model_n"}
        self.assert_same_result(self.census(variables={"PETSC_OPTIONS": "-model_n 4"}, **rest), want)

    def test_personal_files_of_petsc_are_not_read(self):
        (self.folder / ".petscrc").write_text("-model_n 5\n")
        rest = {name: value for name, value in CAMPAIGN.items() if name != "model_n"}
        campaign = self.census(variables={"HOME": str(self.folder)}, **rest)
        self.assertEqual(campaign.summary["model"]["n"], 10)

    def test_options_of_petsc_pass(self):
        self.run_well("census", "-log_view", ":log.txt", campaign_out="logged", **CAMPAIGN)
        self.assertTrue((self.folder / "log.txt").exists())

    def test_options_that_another_program_left_behind(self):
        self.census(variables={"PETSC_OPTIONS": "-snes_type ksponly -tao_max_it 3"}, **CAMPAIGN)
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="refused", variables={"PETSC_OPTIONS": "-foo_bar 1"},
                                **CAMPAIGN)
        self.assertEqual(done.returncode, 2)
        self.assertIn("environment variable PETSC_OPTIONS: -foo_bar: kacrice census has no such option", done.stderr)


class Help(Case):
    def options_of_sources(self):
        """{file: option names} out of the tables."""
        found = {}
        for path in sorted((SOURCES / "src").rglob("*.c")):
            names = re.findall(r'\{"(-[a-z_]+)", *KR_OPTION_', path.read_text())
            if names:
                found[path.relative_to(SOURCES).as_posix()] = names
        return found

    def test_a_landscape_has_options_of_its_own(self):
        help_of = {kind: self.run_well("help", "census", "-model_type", kind) for kind in ("pspin", "tap")}
        self.assertIn("one of pspin|tap", help_of["pspin"])
        self.assertEqual(help_of["pspin"], self.run_well("help", "census"))
        self.assertNotIn("-model_temperature", help_of["pspin"])
        self.assertIn("-model_temperature", help_of["tap"])
        for arguments, words in (
                (("census", "-model_temperature", "0.3"), "-model_temperature 0.3: is an option of -model_type tap, this is pspin"),
                (("help", "census", "-model_type", "foo"), "-model_type foo: must be one of pspin|tap"),
                (("help", "census", "-modl_type", "tap"), "did you mean -model_type?")):
            done = kacrice_test.run(*arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)

    def test_every_option_is_named_with_its_default(self):
        of = {"src/cli/cmd_theory.c": ["theory"], "src/cli/cmd_export.c": ["export"],
              "src/theory/temperature.c": ["theory"], "src/tasks/states/states_options.c": ["states"],
              "src/tap/tap_options.c": ["tap"], "src/cli/cmd_tap.c": ["tap"],
              "src/cli/cmd_status.c": ["status"], "src/cli/cmd_merge.c": ["merge"],
              "src/cli/cmd_inspect.c": ["inspect"], "src/bench/bench_options.c": ["bench"],
              "src/model/model_options.c": ["census", "thermo", "theory", "export"],
              "src/model/spin_options.c": ["census", "thermo", "theory", "export"],
              "src/thermo/thermo_options.c": ["thermo"], "src/campaign/plan_options.c": ["census", "thermo"],
              "src/campaign/run_options.c": ["census", "thermo", "tap"]}
        tables = self.options_of_sources()
        self.assertGreater(sum(map(len, tables.values())), 30)
        for path, names in tables.items():
            for command in of.get(path, ["census"]):
                text = self.run_well("help", command, "-model_type", "tap")  # its options are those of pspin, and one more
                for name in names:
                    entry = re.search(rf"^  {name} +\S.*\n +default \S.*; \S.*$", text, re.M)
                    self.assertIsNotNone(entry, f"kacrice help {command} does not tell {name}")

    def test_units_are_named(self):
        text = self.run_well("help", "census")
        for name, unit in (("campaign_progress", "s"), ("campaign_bin_width", "J"), ("model_n", "spins"),
                           ("search_gradient_tol", "J"), ("campaign_group_size", "ranks")):
            self.assertRegex(text, rf"(?m)^  -{name} .*\[{unit}\]$")

    def test_overview(self):
        text = self.run_well("help")
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} ")
        for words in ([], ["-h"], ["-help"], ["--help"]):
            self.assertEqual(self.run_well(*words), text)

    def test_help_of_each_command(self):
        for command in COMMANDS:
            text = self.run_well("help", command)
            self.assertTrue(text.startswith(f"kacrice {command} "), text[:80])
            for flag in ("-help", "--help", "-h"):
                self.assertEqual(self.run_well(command, flag), text)
        self.assertEqual(self.run_well("census", "-model_n", "4", "-help"), self.run_well("help", "census"))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_more_ranks_say_it_once(self):
        self.assertEqual(self.run_well("help", ranks=2), self.run_well("help"))


class Telling(Case):
    def test_version(self):
        text = self.run_well("version")
        self.assertRegex(text, r"\Akacrice \d+\.\d+\.\d+ \(\S+\)\ncompiler: .+\nlibraries: .*MPI.*Petsc.*HDF5.*\n\Z")

    def test_list(self):
        text = self.run_well("list")
        for words in ("models (-model_type): pspin", "searches (-search_kind): minima all homotopy", "plain"):
            self.assertIn(words, text)

    def test_inspect_folder_and_sample(self):
        campaign = self.census("c", **{**CAMPAIGN, "census_store_points": "true"})
        text = self.run_well("inspect", "c")
        self.assertIn('"kacrice campaign"', text)
        self.assertIn('"chao1_missing_mean"', text)
        text = self.run_well("inspect", "c", inspect_sample=3)
        points = campaign.shards[3].points
        rows = [line.split() for line in text.splitlines() if re.match(r" +-?\d+\.\d{15} ", line)]
        self.assertEqual(len(rows), len(points))
        np.testing.assert_allclose([float(row[0]) for row in rows], points["energy"], rtol=0, atol=1e-15)
        self.assertEqual([int(row[1]) for row in rows], list(points["index"]))
        self.assertEqual([int(row[-1]) for row in rows], list(points["hits"]))

    def test_inspect_unfinished_folder(self):
        self.census("c", **CAMPAIGN)
        (self.folder / "c" / "summary.json").unlink()
        self.assertIn("c/summary.json: not there yet", self.run_well("inspect", "c"))

    def test_inspect_each_kind_of_file(self):
        campaign = self.census("c", **CAMPAIGN)
        self.run_well("export", export_out="t.h5", model_n=4)
        self.run_well("theory", theory_out="theory.h5", model_n=4)
        shard = campaign.shard_paths[2].relative_to(self.folder)
        for path, filetype, words in ((shard, "kacrice sample", "census of one disorder sample"),
                                      ("c/ensemble.h5", "kacrice ensemble", "all samples of a census"),
                                      ("t.h5", "kacrice tensors", "couplings of one disorder sample"),
                                      ("theory.h5", "kacrice theory", "tables of theory")):
            text = self.run_well("inspect", path)
            self.assertTrue(text.startswith(f"{path}: {filetype}, format 2.3\n{words}\nwritten 20"), text[:120])
            self.assertRegex(text, r"(?m)^-model_n 4$")
            with h5py.File(self.folder / path) as file:
                self.assertEqual(file.attrs["filetype"], filetype)
                self.assertIn(file.attrs["options"], text)

    def test_progress_lines(self):
        text = self.run_well("census", campaign_out="c", campaign_progress=0, **CAMPAIGN)
        lines = re.findall(r"(?m)^(\d)/2 samples, \S+ samples/s, \d+ s so far, (\d+) s left$", text)
        done = [int(done) for done, _ in lines]  # also told while a sample is under way
        self.assertEqual(done, sorted(done))
        self.assertEqual(set(done) - {0}, {1, 2})
        self.assertEqual(lines[-1], ("2", "0"))

    def test_idle_ranks_are_told(self):
        options = {**CAMPAIGN, "campaign_group_size": 2}
        done = subprocess.run(kacrice_test.command("census", ranks=3, campaign_out="c", **options), cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertIn("kacrice: warning: 1 of 3 ranks idle, ", done.stderr)


if __name__ == "__main__":
    unittest.main()
