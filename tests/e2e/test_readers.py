# kr_test: timeout=120
"""The readers in Python: whatever a file holds, report.py, summary.py and kacrice_io.py end with one line and code 2, or with
what they are for; never with a traceback."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy as np

from kacrice_test import Case, run

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import kacrice_files  # noqa: E402  (found only through the line above)
import kacrice_io  # noqa: E402
import summary as summary_script  # noqa: E402
from report.campaign import Campaign  # noqa: E402

OPTIONS = {"model_p": 3, "model_n": 6, "campaign_samples": 4, "search_starts": 200, "census_missing": 0}


def use_all(folder):
    """Whatever can be asked of a campaign; report.py reads the same."""
    with kacrice_files.reading(folder):
        list(kacrice_io.describe(kacrice_io.load(folder)))
        campaign = Campaign(folder)
        for name, item in vars(kacrice_io.Campaign).items():
            if isinstance(item, kacrice_io.DataSet):
                getattr(campaign, name)
        campaign.by_index, campaign.energies(k=1), campaign.options, campaign.reasons


class Readers(Case):
    def setUp(self):
        super().setUp()
        self.census("first", **OPTIONS)
        self.generator = random.Random(14)

    def copy(self):
        shutil.rmtree(self.folder / "w", ignore_errors=True)
        shutil.copytree(self.folder / "first", self.folder / "w")
        return self.folder / "w"

    def refused(self, folder, says=""):
        with self.assertRaises(kacrice_io.ReadError) as caught:
            use_all(folder)
        self.assertNotIn("\n", str(caught.exception))
        self.assertIn(says, str(caught.exception))

    def test_scripts(self):
        """As programs: one line, code 2."""
        folder = self.copy()
        use_all(folder)
        for name, content in (("summary.json", "[" * 100000), ("ensemble.h5", "no HDF5\n")):
            (self.copy() / name).write_text(content)
            for script in ("report.py", "kacrice_io.py") + (("summary.py",) if name == "summary.json" else ()):
                done = subprocess.run([sys.executable, "-B", str(SCRIPTS / script), "w"], cwd=self.folder, capture_output=True,
                                      text=True, timeout=120, check=False)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertRegex(done.stderr, rf"\Akacrice: [^\n]*w/{name}[^\n]*\n\Z")

    def test_bits_flipped(self):
        """20 bits of ensemble.h5: read or refused; HDF5 itself is trusted not to crash on what it does not check."""
        refused = 0
        for _ in range(12):
            path = self.copy() / "ensemble.h5"
            data = bytearray(path.read_bytes())
            for _ in range(20):
                data[self.generator.randrange(len(data))] ^= 1 << self.generator.randrange(8)
            path.write_bytes(data)
            try:
                use_all(path.parent)
            except kacrice_io.ReadError as error:
                refused += 1
                self.assertNotIn("\n", str(error))
        self.assertGreater(refused, 0)

    def test_heap_without_end(self):
        """What is free in a heap of texts is said to be 0 bytes long: HDF5 by itself would read it for ever."""
        path = self.copy() / "ensemble.h5"
        data = bytearray(path.read_bytes())
        start = data.find(b"GCOL\1")
        at, end = start + 16, start + int.from_bytes(data[start + 8:start + 16], "little")
        while end - at >= 16 and any(data[at:at + 2]):
            at += 16 + (int.from_bytes(data[at + 8:at + 16], "little") + 7) // 8 * 8
        self.assertGreaterEqual(end - at, 16, "nothing is free in this heap")
        data[at + 8:at + 16] = bytes(8)
        path.write_bytes(data)
        self.refused(path.parent, "heap")
        done = run("inspect", "w/ensemble.h5", cwd=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Akacrice: [^\n]*ensemble.h5[^\n]*heap[^\n]*\n\Z")

    def test_structure(self):
        """Links, groups, texts, wrong shapes in place of data sets; attributes of other types."""
        def replace(file, name, value):
            del file[name]
            if value is not None:
                file[name] = value

        data = h5py.VirtualLayout(shape=(4,), dtype="f8")
        data[:] = h5py.VirtualSource("elsewhere.h5", "x", shape=(4,))
        changes = {
            "cycle": lambda f: replace(f, "counts", h5py.SoftLink("/counts")),
            "external": lambda f: replace(f, "counts", h5py.ExternalLink("elsewhere.h5", "/x")),
            "group": lambda f: (replace(f, "counts", None), f.create_group("counts")),
            "text": lambda f: replace(f, "counts", "words"),
            "scalar": lambda f: replace(f, "bin_edges", 1.0),
            "gone": lambda f: replace(f, "expected", None),
            "table": lambda f: replace(f, "samples", np.zeros(4)),
            "fields": lambda f: replace(f, "samples", np.zeros(4, dtype=[("other", float)])),
            "huge": lambda f: (replace(f, "joint_expected", None), f.create_dataset("joint_expected", (10**6, 10**6), "f8", chunks=True)),
            "virtual": lambda f: (replace(f, "minima_spectrum_edges", None), f.create_virtual_dataset("minima_spectrum_edges", data)),
            "edges nan": lambda f: f["bin_edges"].write_direct(np.full(f["bin_edges"].shape, np.nan)),
            "edges zero": lambda f: f["bin_edges"].write_direct(np.zeros(f["bin_edges"].shape)),
            "n text": lambda f: f.attrs.__setitem__("n", "six"),
            "n list": lambda f: f.attrs.__setitem__("n", [6, 6]),
            "n empty": lambda f: f.attrs.__setitem__("n", h5py.Empty("i4")),
            "n large": lambda f: f.attrs.__setitem__("n", 1e300),
            "version": lambda f: f.attrs.__setitem__("format_version", "2.2"),
            "options": lambda f: f.attrs.__setitem__("options", 3),
        }
        for name, change in changes.items():
            with self.subTest(name):
                path = self.copy() / "ensemble.h5"
                with h5py.File(path, "r+") as file:
                    change(file)
                self.refused(path.parent, "ensemble.h5")

    def test_files_of_two_campaigns(self):
        """Same sizes, another seed: numbers of the one beside points of the other."""
        self.run_well("census", campaign_out="other", campaign_seed=5, **OPTIONS)
        for name, what in (("ensemble.h5", "-campaign_seed is 1 in campaign.json and 5"), ("summary.json", "points a sample")):
            with self.subTest(name):
                folder = self.copy()
                shutil.copy(self.folder / "other" / name, folder / name)
                self.refused(folder, what)

    def test_summary(self):
        """null, texts, lists in place of numbers, wherever the report needs them."""
        good = json.loads((self.folder / "first/summary.json").read_text())

        def places(item, path=()):
            if isinstance(item, (dict, list)):
                for key, value in item.items() if isinstance(item, dict) else list(enumerate(item))[:2]:
                    yield (*path, key)
                    yield from places(value, (*path, key))

        refused = 0
        folder = self.copy()
        for place in places(good):
            for value in ("x", [], {}, None):
                changed = json.loads(json.dumps(good))
                part = changed
                for key in place[:-1]:
                    part = part[key]
                part[place[-1]] = value
                if self.generator.random() > 0.15:
                    continue
                (folder / "summary.json").write_text(json.dumps(changed))
                for use in (use_all, lambda f: list(summary_script.describe(kacrice_files.read_json(f / "summary.json")))):
                    try:
                        with kacrice_files.reading(folder / "summary.json"):
                            use(folder)
                    except kacrice_io.ReadError as error:
                        refused += 1
                        self.assertNotIn("\n", str(error))
        self.assertGreater(refused, 10)
        for place, value in ((("ranks",), None), (("wall_seconds",), None), (("model", "p"), "3"), (("model", "n"), True)):
            changed = json.loads(json.dumps(good))
            (changed[place[0]] if len(place) > 1 else changed)[place[-1]] = value
            (folder / "summary.json").write_text(json.dumps(changed))
            self.refused(folder, "summary.json")
        for text in ("[" * 100000, '{"a":' * 100000, "", "\xff", '{"n": NaN}'):
            (folder / "summary.json").write_bytes(text.encode("latin-1"))
            self.refused(folder, "summary.json")

    def test_pipes(self):
        for name in ("summary.json", "campaign.json", "ensemble.h5"):
            folder = self.copy()
            (folder / name).unlink()
            os.mkfifo(folder / "pipe")
            (folder / name).symlink_to("pipe")
            self.refused(folder, "it is no regular file")


if __name__ == "__main__":
    unittest.main()
