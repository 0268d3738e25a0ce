# kr_test: ranks=2 timeout=240
"""What holds for every task of the program, by `kacrice list`: a new one is tested here without a new line. It gets those
options of SMALL that it has."""
import json
import pathlib
import re
import subprocess
import sys
import unittest

import h5py

import kacrice_test
from kacrice_test import Case

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import kacrice_io  # noqa: E402

SMALL = {"model_mixture": "3:0.3,6:0.7", "model_n": 7, "campaign_samples": 2, "search_starts": 400, "tap_temperature": "0.2,0.6",
         "tap_starts": 300, "thermo_temperatures": "2:1", "thermo_burn_in": 64, "thermo_sweeps": 256, "thermo_quenches": 2,
         "thermo_ladders": 4}
READERS = (["status"], ["inspect"], ["index"], ["certify"], ["states"], ["merge", "new"], ["status", "-status_check", "true"])
STOPPED = 75


class Task:
    """A task, as `kacrice list` and its help say it."""

    def __init__(self, command, source):
        self.command, self.input = command, source
        options = re.findall(r"(?m)^ +-(\w+)", kacrice_test.run("help", command).stdout)
        self.options = {name: value for name, value in SMALL.items() if name in options}
        self.out = next(name for name in (f"{command}_out", "campaign_out") if name in options)


def tasks():
    """All of them."""
    line = re.search(r"(?m)^tasks: (.*)$", kacrice_test.run("list").stdout).group(1)
    return [Task(*re.fullmatch(r"(\w+)(?:\((\w+)\))?", word).groups()) for word in line.split()]


def contents(folder):
    """All that the shards of a campaign hold, but for times."""
    found = {}
    for path in sorted(folder.glob("samples/*/s*.h5")):
        with h5py.File(path) as file:
            found[path.name] = {name: data[:].tobytes() for name, data in file.items()}
    return found


class Tasks(Case):
    def words(self, task):
        """The command, with the folder that it reads, which is made when it is not there."""
        if task.input is None:
            return [task.command]
        if not (self.folder / task.input).exists():
            source = next(one for one in tasks() if one.command == task.input)
            self.run_well(*self.words(source), **{source.out: task.input}, **source.options)
        return [task.command, task.input]

    def make(self, task, name, **options):
        """A folder of a task."""
        self.run_well(*self.words(task), **{task.out: name}, **{**task.options, **options})
        return self.folder / name

    def refused(self, *words, parts=(), **options):
        """One line, code 2."""
        done = kacrice_test.run(*words, cwd=self.folder, **options)
        self.assertEqual(done.returncode, 2, f"{words}\n{done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, r"\Akacrice: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, done.stderr)

    def script_refuses(self, name, folder, parts):
        done = subprocess.run([sys.executable, "-B", SCRIPTS / name, folder], capture_output=True, text=True, cwd=self.folder)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_folder_names_its_command(self):
        for task in tasks():
            with self.subTest(task.command):
                folder = self.make(task, f"{task.command}-out")
                path = folder / "campaign.json"
                whole = json.loads(path.read_text())
                self.assertEqual(whole.pop("command"), task.command)
                kind = type(kacrice_io.load(folder))
                self.assertEqual(kacrice_io.TYPES[task.command], kind)
                path.write_text(json.dumps(whole))  # as version 0.1.0 wrote it
                self.assertIs(kacrice_io.type_of(folder), kind)
                self.make(task, folder.name)
                self.assertIn("2 of 2", self.run_well("status", folder.name))

    def test_task_of_another_program(self):
        for task in tasks():
            folder = self.make(task, f"{task.command}-out")
            path = folder / "campaign.json"
            whole = json.loads(path.read_text())
            for command, says in (("walk", "is of kacrice walk, which"), (7, '"command" is no text')):
                path.write_text(json.dumps({**whole, "command": command}))
                for reader in READERS:
                    with self.subTest(task=task.command, command=command, reader=reader):
                        words = [reader[0], *reader[1:2], folder.name] if reader[0] == "merge" else [reader[0], folder.name, *reader[1:]]
                        self.refused(*words, parts=(f"{folder.name}/campaign.json", says))
                self.refused(*self.words(task), parts=(folder.name, says), **{task.out: folder.name}, **task.options)
            path.write_text(json.dumps({**whole, "command": "walk"}))
            for script in ("kacrice_io.py", "report.py"):
                self.script_refuses(script, folder.name, ("campaign.json", "is of kacrice walk, which"))
        study = kacrice_io.load(self.folder)
        self.assertEqual({(path.name, "kacrice walk" in why) for path, why in study.skipped},
                         {(f"{task.command}-out", True) for task in tasks()})

    def stop(self, task, name, look, **options):
        """Stopped in order at that look, or ended before it: whether it was stopped."""
        done = kacrice_test.run(*self.words(task), cwd=self.folder, variables={"KACRICE_STOP_AT": f"any:{look}:15"},
                                **{task.out: name}, **task.options, **options)
        self.assertIn(done.returncode, (0, STOPPED), done.stdout + done.stderr)
        return done.returncode == STOPPED

    def test_stopped_and_gone_on_with(self):
        """Ever later, and by other ranks each time: the bits of an undisturbed run."""
        for task in tasks():
            with self.subTest(task.command):
                want, name, look, n_stops = contents(self.make(task, f"{task.command}-whole")), f"{task.command}-parts", 1, 0
                self.assertEqual(len(want), 2)
                while self.stop(task, name, look, **({"ranks": 2, "campaign_group_size": 2} if n_stops % 2 else {})):
                    self.assertNotEqual(contents(self.folder / name), want)
                    look, n_stops = 5 * look, n_stops + 1
                self.assertGreaterEqual(n_stops, 2)
                self.assertEqual(contents(self.folder / name), want)

    def test_unreadable_state(self):
        n_states = 0
        for task in tasks():
            for look in (300, 900):
                with self.subTest(task=task.command, look=look):
                    name = f"{task.command}{look}"
                    if not self.stop(task, name, look):
                        continue
                    states = list((self.folder / name / "running").glob("*.h5"))
                    for path in states:
                        path.write_bytes(path.read_bytes()[:-100])
                    if states:
                        done = kacrice_test.run(*self.words(task), cwd=self.folder, **{task.out: name}, **task.options)
                        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                        self.assertRegex(done.stderr, rf"(?m)^kacrice: no state of sample 0 is whole: delete {name}/running/")
                        n_states += 1
        self.assertGreaterEqual(n_states, 2)

    def test_readers(self):
        """Each knows the folder, or refuses it with one line; none takes what is whole for damage."""
        for task in tasks():
            folder = self.make(task, f"{task.command}-out")
            for reader in (*READERS, ["inspect", "-inspect_sample", "0"]):
                with self.subTest(task=task.command, reader=reader):
                    words = [reader[0], reader[1] + task.command, folder.name] if reader[0] == "merge" else [reader[0], folder.name,
                                                                                                           *reader[1:]]
                    done = kacrice_test.run(*words, cwd=self.folder)
                    if done.returncode != 0:
                        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                        self.assertRegex(done.stderr, r"\Akacrice: [^\n]+\n\Z")
                    for word in ("delete", "damaged"):
                        self.assertNotIn(word, done.stderr)
            with self.subTest(task=task.command, reader="Python"):
                campaign = kacrice_io.load(folder)
                self.assertEqual(campaign.n_samples, 2)
                self.assertEqual([campaign.shard(number).sample for number in (0, 1)], [0, 1])
            with self.subTest(task=task.command, reader="report"):
                done = subprocess.run([sys.executable, "-B", SCRIPTS / "report.py", folder.name], capture_output=True, text=True,
                                      cwd=self.folder)
                if done.returncode != 0:
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
