# kr_test: timeout=120
"""Files that somebody else may have made: options files, campaign.json, and what stands in a file's place. Each is refused
with one line and exit code 2, or passed over; nothing is overwritten, nothing waits."""
import json
import os
import pathlib
import subprocess
import unittest

import kacrice_test
from kacrice_test import Case

OPTIONS = {"model_p": 3, "model_n": 4, "campaign_samples": 2, "search_starts": 60, "census_missing": 0}
READERS = (["status", "w"], ["inspect", "w"], ["index", "w"], ["certify", "w"], ["states", "w"], ["merge", "w2", "w"],
           ["tap", "w", "-tap_temperature", "0.1"], ["census", "-campaign_out", "w"])


class Others(Case):
    def refused(self, *words, says=(), **options):
        """One line that names what is wrong, code 2, and within the time."""
        done = kacrice_test.run(*words, cwd=self.folder, timeout=60, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"\Akacrice: [^\n]+\n\Z")
        for part in says:
            self.assertIn(part, done.stderr)


class OptionsFiles(Others):
    def test_what_no_options_file_may_hold(self):
        text, yaml = "-model_p 3\n-model_n 4\n", "model_p: 3\nmodel_n: 4\n"
        cases = {
            "itself.txt": (text + "-options_file itself.txt\n", "one file is read"),
            "quoted.txt": (text + '"-options_file" quoted.txt\n', 'must be "-name value"'),
            "map.yaml": (yaml + "options: {file: itself.txt}\n", "one file is read"),
            "view.txt": (text + "-options_view\n", "-options_view: is no option for a file"),
            "capitals.txt": (text + "-OPTIONS_VIEW\n", "-OPTIONS_VIEW: is no option for a file"),
            "digits.txt": (text + "-campaign_seed " + "1" * 10 ** 6 + "\n", "File too large"),
            "long.txt": (text + "-campaign_seed " + "1" * 10 ** 4 + "\n", "line 3: has 10015 bytes"),
            "twice.txt": (text + "-model_n 5\n", "-model_n: stands there more than once"),
            "twice.yaml": ("model: {p: 3, n: 4}\nmodel_n: 5\n", "-model_n: stands there more than once"),
            "two.txt": (text + "-campaign_seed 1 -search_starts 5\n", "line 3: -campaign_seed: more than one option"),
            "feed.yaml": (yaml + "campaign_out: |\n  a\n  b\n", "holds a line feed"),
            "deep.yaml": ("[" * 4000 + "\n", "brackets"),
            "steps.yaml": ("".join(" " * i + "a:\n" for i in range(400)), "nested too deeply"),
            "dashes.yaml": ("- " * 2000 + "\n", "nested too deeply"),
            "loop.yaml": (yaml + "a: &a [*a]\n", "line 3: holds an anchor or an alias"),
            "hidden.yaml": (yaml + 'a: ["# ", &a [*a]]\n', "line 3: holds an anchor or an alias"),
            "many.txt": ("".join(f"-a{i} 1\n" for i in range(2000)), "2000 options"),
        }
        for name, (content, says) in cases.items():
            with self.subTest(name):
                (self.folder / name).write_text(content)
                self.refused("census", options_file=name, says=(f"-options_file {name}: ", says) if name != "digits.txt" else
                             (name, says))

    def test_what_an_options_file_may_hold(self):
        """Comments with stars and apostrophes, quotes, a value with spaces, no line feed at the end."""
        (self.folder / "o.txt").write_text("# *all* of it isn't & wasn't\n-model_p 3 # p\r\n\n-model_n 4\n"
                                           "-campaign_samples \"2\"\n-campaign_out my folder")
        (self.folder / "o.yaml").write_text("# *all* of it\nmodel: {p: 3, n: 4} # the *model*\ncampaign_samples: '2'\n"
                                            "campaign_out: my folder\n")
        for name in ("o.txt", "o.yaml"):
            self.run_well("census", options_file=name, dry_run="true")
        self.run_well("census", options_file="o.txt", search_starts=60, census_missing=0)
        self.assertTrue((self.folder / "my folder/summary.json").exists())

    def test_where_an_option_was_given(self):
        (self.folder / "o.txt").write_text("-model_p 3\n")
        self.refused("census", options_file="o.txt", variables={"PETSC_OPTIONS": "-model_n x"},
                     says=("PETSC_OPTIONS: -model_n x: must be",))
        self.refused("census", options_file="o.txt", model_n="y", variables={"PETSC_OPTIONS": "-model_n x"},
                     says=("kacrice: -model_n y: must be",))

    def test_only_regular_files(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "link").symlink_to("pipe")
        (self.folder / "cycle").symlink_to("cycle")
        for name in ("pipe", "link", "/dev/zero"):
            self.refused("census", options_file=name, says=(f"-options_file {name}: ", "it is no regular file"))
        self.refused("census", options_file="cycle", says=("-options_file cycle: ",))


class Campaign(Others):
    """campaign.json has one reader, whatever the command."""

    def setUp(self):
        super().setUp()
        self.census("w", **OPTIONS)
        self.path = self.folder / "w/campaign.json"
        self.good = self.path.read_text()

    def options(self, **changes):
        root = json.loads(self.good)
        for name, value in changes.items():
            root["options"]["-" + name] = value
        return json.dumps(root)

    def refused_by_all(self, text, says, readers=READERS):
        self.path.write_text(text)
        for words in readers:
            with self.subTest(says=says, command=words[0]):
                options = OPTIONS if words[0] == "census" else {}
                self.refused(*words, says=("w/campaign.json: ", says), **options)

    def test_options_of_libraries_never_come_from_a_folder(self):
        (self.folder / "mine.txt").write_text("precious\n")
        before = sorted(path.name for path in self.folder.iterdir())
        self.refused_by_all(self.options(log_view=":mine.txt"), "its option -log_view is none of a folder of kacrice census")
        for name in ("log_all", "malloc_view", "options_file", "on_error_attach_debugger"):
            self.refused_by_all(self.options(**{name: "mine.txt"}), f"its option -{name} is none", READERS[3:4])
        self.assertEqual((self.folder / "mine.txt").read_text(), "precious\n")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)

    def test_every_command_checks_the_format_version(self):
        self.refused_by_all(json.dumps({**json.loads(self.good), "format_version": 3}), "its format version is 3")

    def test_values(self):
        two = READERS[:1] + READERS[3:4]
        for value in ("-5", "999999999", "2147483648", "0", "", "4x", "4\n-log_view :mine.txt", 4, None, {}, ["4"]):
            self.refused_by_all(self.options(model_n=value), "its option -model_n is ", two)
        for name, value in (("search_kind", "most"), ("campaign_seed", "1e400"), ("couplings", "mine"), ("search_starts", "-1")):
            changed = self.options() if name != "couplings" else None
            root = json.loads(changed or self.good)
            root["options"][name if name == "couplings" else "-" + name] = value
            self.refused_by_all(json.dumps(root), f"{name} is \"{value}\"", two)

    def test_texts(self):
        two = READERS[:1] + READERS[3:4]
        for text in ("", "[" * 100000, "{\"a\":" * 100000, self.good + "{}", self.good.replace("{", "{\0", 1), "null", "[]", "1e999"):
            self.refused_by_all(text, "is no campaign file of kacrice", two)
        root = json.loads(self.good)
        self.refused_by_all(json.dumps({**root, "format_version": 1}).replace(": 1", ": 1e999"), "its format version is inf", two)
        self.refused_by_all(self.good.replace('"-model_n":', '"-model_n": "4", "-model_n":'), "more than once", two)
        for key, value in (("merged", "a"), ("merged", [1]), ("merged", []), ("extended", 3), ("target", {"what": "index:99999999999",
                           "relative_error": 0.1}), ("target", 5), ("target", {"what": "total", "relative_error": "x"})):
            self.refused_by_all(json.dumps({**root, key: value}), f"its \"{key}\"", two[:1])

    def test_pipes_and_journals(self):
        self.path.unlink()
        os.mkfifo(self.path)
        for words in READERS:
            self.refused(*words, says=("w/campaign.json: cannot be read: it is no regular file",),
                         **(OPTIONS if words[0] == "census" else {}))
        self.path.unlink()
        self.path.write_text(self.good)
        os.mkfifo(self.folder / "w/runs/x.json")
        (self.folder / "w/runs/y.json").write_text('{"first": -1e300, "end": 1e300, "pid": 1e99, "ranks": 1e18, "state": 7}')
        (self.folder / "w/runs/z.json").write_text("[" * 100000)
        (self.folder / "w/failed").mkdir(exist_ok=True)
        os.mkfifo(self.folder / "w/failed/s00000007.json")
        self.assertIn("2", self.run_well("status", "w"))
        self.run_well("inspect", "w")
        self.run_well("census", campaign_out="w", **OPTIONS)
        shard = self.folder / "w/samples/0000/s00000001.h5"
        shard.unlink()
        os.mkfifo(shard)
        self.refused("merge", "w2", "w", says=("s00000001.h5", "it is no regular file"))


class TemporaryNames(Others):
    def test_nothing_is_written_through_a_link(self):
        """The temporary name of version 0.1.0 could be foretold; a link under it led to a file of the user's."""
        (self.folder / "mine.txt").write_text("precious\n")
        out = self.folder / "w"
        out.mkdir()
        host = os.uname().nodename
        # more than one process number passes until the program has its own: a link for each of the next ones
        pid = subprocess.Popen(["true"])
        pid.wait()
        for name in ("campaign.json", "summary.json", "ensemble.h5"):
            for number in range(pid.pid, pid.pid + 300):
                (out / f"{name}.tmp.{host}.{number}").symlink_to(self.folder / "mine.txt")
        self.run_well("census", campaign_out="w", **OPTIONS)
        self.assertEqual((self.folder / "mine.txt").read_text(), "precious\n")
        self.assertEqual([path.name for path in out.rglob("*.tmp.*") if not path.is_symlink()], [])


if __name__ == "__main__":
    unittest.main()
