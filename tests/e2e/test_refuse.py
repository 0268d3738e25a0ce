# kr_test: ranks=2 timeout=240
"""What cannot be served is refused with exit code 2 and one line on stderr, which names the option or file and the
value, before anything is written."""
import itertools
import json
import os
import re
import resource
import subprocess
import unittest

import h5py
import numpy as np

import kacrice_test
from kacrice_test import Case

# A refusal ends the program where it stands: what it holds is not given back, which a sanitizer would call leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

SMALL = {"model_n": 4, "campaign_samples": 2, "search_starts": 20, "census_missing": 0}


class Refusal(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"  # of every campaign here; must not come to be

    def snapshot(self):
        """Every file below the test's folder and its content; a run may keep its journal."""
        return {path: path.read_bytes() if path.is_file() else None for path in self.folder.rglob("*")
                if path.parent.name != "runs"}

    def check_line(self, done, *parts):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"\Akacrice: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, done.stderr)

    def refused(self, *words, parts=(), ranks=None, variables=None, **options):
        """Runs the program; the line must hold every part, and no file may have changed."""
        before = self.snapshot()
        done = kacrice_test.run(*words, ranks=ranks, cwd=self.folder, timeout=60, variables=variables, **options)
        self.check_line(done, *parts)
        self.assertEqual(self.snapshot(), before, "files were left behind")
        return done.stderr

    def census_refused(self, *parts, **options):
        """A census with one bad option; it and its value are parts of the line."""
        return self.refused("census", parts=parts, **{"campaign_out": "out", **SMALL, **options})


class Options(Refusal):
    def check_values(self, option, values):
        for value in values:
            with self.subTest(value=value):
                self.census_refused(f"-{option} {value}", **{option: value})

    def test_order(self):
        self.check_values("model_p", ["7", "1", "0", "-3", "abc", "3.5", "3x", "1e1", "99999999999999999999"])

    def test_spins(self):
        self.check_values("model_n", ["1", "0", "-5", "100001", "1e2", "ten", "4294967300"])

    def test_more_than_memory_says_how_much(self):
        for order, n, gigabytes in ((3, 100000, 1.333e6), (4, 3000, 2.7e4), (6, 1000, 1.1e7)):
            line = self.census_refused(f"-model_n {n}", " GB", "-campaign_spread tensor", model_p=order, model_n=n)
            needed = float(line.split(" need ")[1].split()[0])
            self.assertAlmostEqual(needed / gigabytes, 1.0, delta=0.2)  # 8 N^p / p! bytes and what blocks add
        self.refused("export", parts=["-model_n 100000", " GB"], model_n=100000, export_out="t.h5")

    def test_mixture(self):
        self.check_values("model_mixture", [
            "3:0.36,4", "3:-1,4:2", "3:0.5,4:0.6", "9:1", "1:1", "3:nan,4:1", "3:inf", "3:0.5,3:0.5", "3:0,4:1", "3",
            "abc", "3:1,", ",3:1", "3:0.5 4:0.5", "3:1:2", ":", "3.5:1", "3:0.5;4:0.5"])

    def test_mixture_beside_an_order(self):
        self.census_refused("-model_p 3", "-model_mixture 3:1", model_p=3, model_mixture="3:1")

    def test_starts(self):
        self.check_values("search_starts", ["-1", "1e5", "many", "99999999999999"])

    def test_samples(self):
        self.check_values("campaign_samples", ["5:5", "0", "-3", "abc", "7:5", "5:", ":5", "1:2:3", "3.5", "0:0",
                                               "-2:3", "4294967296", "99999999999999999999"])

    def test_groups(self):
        self.check_values("campaign_group_size", ["2", "0", "-1"])
        done = kacrice_test.run("census", ranks=2, cwd=self.folder, campaign_group_size=3, campaign_out="out", **SMALL)
        self.assertEqual(done.returncode, 2)
        self.assertEqual([line for line in done.stderr.splitlines() if line.startswith("kacrice: ")], [
            "kacrice: -campaign_group_size 3: must be from 1 to the number of ranks, 2 here"])
        self.assertFalse(self.out.exists())

    def test_other_values(self):
        self.check_values("search_kind", ["saddles", "min", "all|minima"])
        self.check_values("search_gradient_tol", ["0", "nan", "inf", "-1e-9", "tight"])
        self.check_values("campaign_bin_width", ["0", "-1", "nan", "wide"])
        self.check_values("census_store_points", ["maybe"])
        self.check_values("campaign_seed", ["-1", "0x10", "1.5"])

    def test_homotopy(self):
        kind = {"search_kind": "homotopy"}
        self.census_refused("-model_p 5", "p = 3 or 4", model_p=5, **kind)
        self.census_refused("-model_mixture 3:0.5,4:0.5", "p = 3 or 4", model_mixture="3:0.5,4:0.5", **kind)
        for p, n, most in ((3, 32, "31"), (4, 21, "20")):
            self.census_refused(f"-model_n {n}", "2^31 paths", most, model_p=p, **{**kind, "model_n": n})
        self.census_refused("-search_starts 20", "15", "leave it out", **kind)
        self.census_refused("-campaign_spread tensor", "starts or auto", campaign_spread="tensor",
                            **{**kind, "search_starts": 15})
        self.check_values("homotopy_target", ["0", "2", "nan", "small"])

    def test_no_value(self):
        for option in ("model_p", "search_starts", "campaign_out", "model_mixture", "model_couplings"):
            with self.subTest(option=option):
                self.census_refused_words(f"-{option}")
                self.census_refused_words(f"-{option}", "-campaign_seed", "2")

    def census_refused_words(self, option, *more):
        self.refused("census", "-search_starts", "20", "-model_n", "4", "-campaign_samples", "1",
                     "-campaign_out", "out", option, *more, parts=[f"{option} (nothing)"])

    def test_unknown_options(self):
        for wrong, meant in (("seach_starts", "-search_starts"), ("model_m", "-model_"),
                             ("campaign_sample", "-campaign_samples"), ("-model_p", "-model_p")):
            self.census_refused(f"-{wrong}: ", f"did you mean {meant}", **{wrong: 3})
        self.census_refused("-qqqqqqqq: ", "kacrice help census", qqqqqqqq=3)
        self.refused("theory", parts=["-search_starts: "], search_starts=3)
        self.refused("list", parts=["-model_p: "], model_p=3)
        self.refused("theory", parts=["-model_type tap", "-theory_temperature 0.3"], model_type="tap",
                     model_temperature=0.3)

    def test_words(self):
        self.refused("cencus", parts=["cencus: no such command"])
        self.refused("help", "cencus", parts=["cencus: no such command"])
        self.refused("-model_p", "3", parts=["-model_p"])
        self.refused("census", "word", parts=["word: unexpected word"])
        self.refused("census", "-model_n", "4", "word", "-campaign_out", "out", parts=["word: unexpected word"])
        self.refused("inspect", parts=["PATH"])
        self.refused("inspect", "a", "b", parts=["b: unexpected word"])

    def test_options_files(self):
        for name, text in (("broken.yaml", "model_n: [5\n  foo: }\n"), ("scalar.yaml", "just text\n"),
                           ("no_dash.txt", "model_n 5\n"), ("two.txt", "-model_n 5 -search_starts 3\n")):
            (self.folder / name).write_text(text)
            self.census_refused(f"-options_file {name}", options_file=name)
        self.census_refused("-options_file missing.yaml", options_file="missing.yaml")
        self.refused("census", "-campaign_out", "out", "-options_file", parts=["-options_file (nothing)"])
        for name, text in (("typo.yaml", "model_nn: 5\n"), ("typo.txt", "-model_nn 5\n")):
            (self.folder / name).write_text(text)
            self.census_refused(f"kacrice: {name}: -model_nn: ", "did you mean -model_n", options_file=name)
        for name, text in (("nested.yaml", "options_file: typo.yaml\n"), ("nested.txt", "-options_file typo.txt\n")):
            (self.folder / name).write_text(text)
            self.census_refused(f"kacrice: -options_file {name}: -options_file: one file is read", options_file=name)
        (self.folder / "zero.yaml").write_bytes(b"model_n: 9\n\0model_p: 4\n")
        self.census_refused("-options_file zero.yaml: holds a zero byte", options_file="zero.yaml")
        (self.folder / "bad_value.yaml").write_text("model_p: 9\n")
        self.census_refused("kacrice: bad_value.yaml: -model_p 9", options_file="bad_value.yaml")
        self.census_refused("kacrice: -model_p 8", options_file="bad_value.yaml", model_p=8)
        self.census_refused("kacrice: -model_n 0", options_file="bad_value.yaml", model_p=3, model_n=0)


def symmetric(n, order, seed=1):
    """A random symmetric tensor."""
    entries = np.random.default_rng(seed).standard_normal((n,) * order)
    return sum(np.transpose(entries, axes) for axes in itertools.permutations(range(order))) / 6


class CouplingFiles(Refusal):
    def check(self, sets, *parts, **options):
        with h5py.File(self.folder / "mine.h5", "w") as file:
            for name, data in sets.items():
                file[name] = data
        self.file_refused("mine.h5", *parts, **options)

    def file_refused(self, name, *parts, **options):
        self.refused("census", parts=[name, *parts], model_couplings=name, campaign_out="out", search_starts=20,
                     **options)

    def test_not_a_file_of_couplings(self):
        (self.folder / "text.h5").write_text("no tensor\n")
        (self.folder / "empty.h5").write_bytes(b"")
        (self.folder / "folder.h5").mkdir()
        self.file_refused("missing.h5", "No such file")
        self.file_refused("folder.h5", "directory")
        self.file_refused("text.h5", "not an HDF5 file")
        self.file_refused("empty.h5", "not an HDF5 file")
        self.census("other", **SMALL)
        self.file_refused("other/ensemble.h5", "kacrice ensemble", "kacrice tensors")

    def test_truncated(self):
        self.export("whole.h5", model_n=12)
        whole = (self.folder / "whole.h5").read_bytes()
        for fraction in (0.05, 0.5, 0.99):
            (self.folder / "part.h5").write_bytes(whole[:int(fraction * len(whole))])
            self.file_refused("part.h5", "cannot read")

    def test_entries(self):
        tensor = symmetric(5, 3)
        wrong = tensor.copy()
        wrong[0, 1, 2] += 1e-9
        self.check({"tensor_p3": wrong}, "tensor_p3", "not symmetric", "[0,1,2]")
        for value, name in ((np.nan, "NaN"), (np.inf, "infinity")):
            wrong = tensor.copy()
            for axes in itertools.permutations((0, 1, 3)):
                wrong[axes] = value
            self.check({"tensor_p3": wrong}, "tensor_p3", name, "[0,1,3]")
            wrong = np.ones(35)
            wrong[34] = value
            self.check({"coefficients_p3": wrong}, "coefficients_p3", name, "[4,4,4]")
        self.check({"tensor_p3": np.full((3, 3, 3), b"x")}, "tensor_p3", "real numbers")
        self.check({"tensor_p3": tensor + 1j}, "tensor_p3", "real numbers")

    def test_shapes(self):
        tensor = symmetric(5, 3)
        self.check({"tensor_p3": tensor[:, :, :4]}, "tensor_p3", "5", "4")
        self.check({"tensor_p3": tensor[0]}, "tensor_p3", "2 dimensions")
        self.check({"tensor_p3": 1.0}, "tensor_p3", "0 dimensions")
        self.check({"tensor_p3": np.ones((1, 1, 1))}, "N = 1")
        self.check({"tensor_p3": np.ones((0, 0, 0))}, "tensor_p3")
        self.check({"coefficients_p3": np.ones(36)}, "coefficients_p3", "36")
        self.check({"coefficients_p3": np.ones((35, 1))}, "coefficients_p3", "2 dimensions")
        self.check({"tensor": tensor}, "tensor_p<p>")
        self.check({"tensor_p7": np.zeros((2,) * 7)}, "order 7")
        self.check({"tensor_p3": tensor, "coefficients_p3": np.ones(35)}, "both")
        self.check({"tensor_p3": tensor, "tensor_p4": symmetric(4, 4)}, "N = 5 and 4")

    def test_contradicting_options(self):
        self.check({"tensor_p3": symmetric(5, 3)}, "-model_n 6", "N = 5", model_n=6)
        self.check({"tensor_p3": symmetric(5, 3)}, "order 3", model_p=4)
        self.check({"tensor_p3": symmetric(5, 3)}, "1 orders", model_mixture="3:0.5,4:0.5")
        self.refused("census", parts=["-campaign_samples 2", "-model_couplings"], model_couplings="mine.h5",
                     campaign_samples=2, campaign_out="out")


    def test_more_bins_than_memory(self):
        # one entry: energies are 25 times J, the size of all 4e4 coefficients
        with h5py.File(self.folder / "large.h5", "w") as file:
            file["tensor_p3"] = np.zeros((60,) * 3)
            file["tensor_p3"][0, 0, 0] = 1e9
        common = {"model_couplings": "large.h5", "campaign_out": "out", "search_kind": "minima", "search_starts": 10}
        fine = {**common, "census_energy_tol": 1e-9, "campaign_bin_width": 1e-4}
        done = kacrice_test.run("census", cwd=self.folder, **fine)
        self.check_line(done, "-campaign_bin_width 0.0001: ", " bins")
        self.assertFalse((self.out / "ensemble.h5").exists())
        self.run_well("census", **{**fine, "campaign_bin_width": 0.05})


class Folders(Refusal):
    def test_not_writable(self):
        (self.folder / "file").write_text("a file\n")
        for place in ("file", "file/below", "/proc/below", "/dev/null/below"):
            self.census_refused(f"-campaign_out {place}", campaign_out=place)
        self.refused("export", parts=["file/t.h5"], model_n=4, export_out="file/t.h5")
        self.refused("export", parts=["nowhere/t.h5"], model_n=4, export_out="nowhere/t.h5")
        self.refused("theory", parts=["nowhere/t.h5"], model_n=4, theory_out="nowhere/t.h5")

    def test_files_that_would_be_lost(self):
        """Only an older output of the same kind is replaced; nothing is printed before."""
        (self.folder / "README.md").write_text("mine\n")
        (self.folder / "empty.h5").touch()
        with h5py.File(self.folder / "own.h5", "w") as file:
            file["data"] = 1.0
        os.mkfifo(self.folder / "pipe.h5")
        self.census("c", **SMALL)
        self.export("t.h5", model_n=4)
        self.run_well("theory", model_n=4, theory_out="theory.h5")
        for command, option, ours, other in (("export", "export_out", "t.h5", "theory.h5"),
                                             ("theory", "theory_out", "theory.h5", "t.h5")):
            for path in ("README.md", "empty.h5", "own.h5", "pipe.h5", "c/samples/0000/s00000000.h5", "c/ensemble.h5", other):
                self.refused(command, parts=[f"-{option} {path}", "is not replaced"], model_n=4, **{option: path})
            self.refused(command, parts=[f"-{option} c", "is a folder"], model_n=4, **{option: "c"})
            for path in ("nowhere/t.h5", "README.md/t.h5", "/proc/t.h5"):
                before = self.snapshot()
                done = kacrice_test.run(command, cwd=self.folder, model_n=4, **{option: path})
                self.check_line(done, f"-{option} {path}")
                self.assertEqual((done.stdout, self.snapshot()), ("", before))
            self.run_well(command, model_n=5, **{option: ours})

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_no_permission(self):
        self.out.mkdir(mode=0o555)
        self.census_refused("out", "Permission denied")

    def test_another_campaign(self):
        self.census("out", **SMALL)
        for option, value, old in (("model_n", 5, "4"), ("search_starts", 21, "20"), ("campaign_seed", 2, "1"),
                                   ("model_p", 4, "3"), ("model_mixture", "3:1", "(nothing)"),
                                   ("search_kind", "minima", "all"), ("spectrum_lowest", 5, "4")):
            self.census_refused(f"-{option} {value}", f"made with {old} ", **{option: value})
        self.census_refused("-model_n 5", "made with 4 ", ranks=None, model_n=5, campaign_samples="5:7")
        # what does not change the samples may change
        self.census("out", **{**SMALL, "campaign_bin_width": 0.1, "model_simd": "plain", "campaign_progress": 1})

    def test_other_couplings(self):
        for name, seed in (("one.h5", 1), ("two.h5", 2)):
            with h5py.File(self.folder / name, "w") as file:
                file["tensor_p3"] = symmetric(4, 3, seed)
        common = {"campaign_out": "out", "search_starts": 20}
        self.run_well("census", model_couplings="one.h5", **common)
        self.refused("census", parts=["couplings ", "made with ", "out/campaign.json"], model_couplings="two.h5",
                     **common)
        self.refused("census", parts=["made with ", "out/campaign.json"], model_n=4, campaign_samples=1, **common)
        os.rename(self.folder / "one.h5", self.folder / "moved.h5")
        self.run_well("census", model_couplings="moved.h5", **common)  # the content counts, not the name

    def test_not_a_campaign_file(self):
        for text in ("", "{", '{"a": 1}', "[]", '{"options": 3}'):
            self.out.mkdir(exist_ok=True)
            (self.out / "campaign.json").write_text(text)
            self.census_refused("out/campaign.json", "no campaign file")

    def test_no_place_for_a_campaign(self):
        """A study would hide behind a campaign of its own folder; shards that lost their description would get a wrong one."""
        self.census("study/n4", **SMALL)
        self.refused("census", parts=["-campaign_out study", "is a study", "study/n4"], campaign_out="study", **SMALL)
        self.assertFalse((self.folder / "study" / "campaign.json").exists())
        (self.folder / "study" / "n4" / "campaign.json").unlink()
        self.refused("census", parts=["study/n4", "no campaign.json"], campaign_out="study/n4", **SMALL)
        self.assertFalse((self.folder / "study" / "n4" / "campaign.json").exists())

    def test_a_foreign_or_newer_campaign_file(self):
        self.census("out", **SMALL)
        path = self.out / "campaign.json"
        whole = path.read_text()
        for change, says in (({"filetype": "other"}, "no campaign file"), ({"format_version": 99}, "newer kacrice"),
                             ({"format_version": 1}, "format version is 1"), ({"format_version": "2"}, "format version")):
            path.write_text(json.dumps({**json.loads(whole), **change}))
            self.census_refused("out/campaign.json", says)
            for command in ("certify", "index"):
                self.refused(command, "out", parts=["out/campaign.json", says])
        path.write_text(whole)
        self.run_well("census", campaign_out="out", **SMALL)

    def test_folders_of_other_commands(self):
        """Each command says of a folder that it cannot use what the folder is, and which it wants."""
        self.census("out", **SMALL)
        self.run_well("thermo", campaign_out="hot", campaign_samples=1, model_n=4, thermo_temperatures="1.5,1",
                      thermo_ladders=2, thermo_burn_in=4, thermo_sweeps=64)
        self.run_well("tap", "out", tap_temperature=0.1, tap_starts=0)
        self.run_well("merge", "all", "out")
        more = {"states": {"states_temperature": 0.3}, "tap": {"tap_temperature": 0.2}}
        for command in ("certify", "states", "tap", "index"):
            options = more.get(command, {})
            self.refused(command, "hot", parts=[f"hot: is a folder of kacrice thermo; kacrice {command} wants one of"],
                         **options)
            self.refused(command, "out/tap", parts=["out/tap: is a folder of kacrice tap", "kacrice census"], **options)
            self.refused(command, "all", parts=["all: was made by merge", f"kacrice {command}"], **options)
        for folder in ("hot", "out/tap", "all"):
            self.refused("merge", "new", folder, parts=[folder, "kacrice merge"])
        self.census_refused("-campaign_out hot", "was made by kacrice thermo; give another", campaign_out="hot")
        self.census_refused("-campaign_out out/tap", "was made by kacrice tap; give another", campaign_out="out/tap")
        self.refused("thermo", parts=["-campaign_out out", "was made by kacrice census"], campaign_out="out")
        self.refused("tap", "out", parts=["-tap_out hot", "was made by kacrice thermo"], tap_temperature=0.1,
                     tap_out="hot")
        told = self.run_well("inspect", "all")
        self.assertIn("all: made by kacrice merge of 1 folders", told)
        self.assertNotIn("0 samples are done", told)

    def test_damaged_shard(self):
        campaign = self.census("out", **SMALL)
        path = campaign.shard_paths[1]
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        other = campaign.shard_paths[0].read_bytes()
        for content in (b"", whole[:1000], whole[:-1], whole + b"x", bytes(flipped), other, b"text\n"):
            path.write_bytes(content)
            self.census_refused("s00000001.h5", "move it out of the folder" if content is other else "delete it")
        done = kacrice_test.run("census", ranks=2, cwd=self.folder, campaign_out="out", **SMALL)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(sum(line.startswith("kacrice: ") for line in done.stderr.splitlines()), 1, done.stderr)
        path.unlink()
        self.census("out", **SMALL)

    def test_tensor_of_another_size(self):
        """Any unit of energies will do whose squares are numbers."""
        for name, entry in (("zero", 0.0), ("tiny", 1e-200), ("huge", 1e200)):
            with h5py.File(self.folder / f"{name}.h5", "w") as file:
                file["tensor_p3"] = np.full((4, 4, 4), entry)
            self.refused("census", parts=["-model_couplings", f"{name}.h5"], model_couplings=f"{name}.h5",
                         campaign_out="sized")
            self.assertFalse((self.folder / "sized").exists())

    def test_inspect(self):
        self.refused("inspect", "nowhere", parts=["nowhere"])
        (self.folder / "text").write_text("text\n")
        self.refused("inspect", "text", parts=["text", "not an HDF5 file"])
        self.census("out", **SMALL)
        self.refused("inspect", "out", parts=["-inspect_sample 77", "out"], inspect_sample=77)
        self.refused("inspect", "out/samples", parts=["no campaign folder"])


class FullDisk(Refusal):
    def on_small_disk(self, kilobytes, *words, ranks=None, **options):
        """Runs the program in a mount namespace of its own, with disk/ a file system of so many kB; 0: a full one."""
        script = ('mount -t tmpfs -o size="$(($1 + 4))k" tmpfs disk && head -c 4096 /dev/zero >disk/filler || exit 99; '
                  'shift; "$@"; code=$?; find disk -type f ! -name filler 1>&2; exit $code')
        os.makedirs(self.folder / "disk", exist_ok=True)
        done = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(kilobytes),
             *kacrice_test.command(*words, ranks=ranks, **options)],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
        if done.returncode == 99 or "unshare: " in done.stderr:
            self.skipTest("no file system can be mounted: " + done.stderr.strip())
        lines = done.stderr.splitlines()
        left = [line for line in lines if line.startswith("disk/")]
        self.assertEqual([line for line in left if ".tmp" in line], [])
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return [line for line in lines if line.startswith("kacrice: ")], left

    def test_shards(self):
        for ranks in (None, 2):
            said, left = self.on_small_disk(100, "census", ranks=ranks, campaign_out="disk/c", model_n=5,
                                            campaign_samples=30, search_starts=50)
            self.assertRegex(said[0], r"disk/c/samples/0000/s\d+\.h5: No space left on device$")
            if ranks is None:
                self.assertEqual(len(said), 1)
            self.assertIn("disk/c/campaign.json", left)
            # of two groups either may be the first
            self.assertTrue(any(re.search(r"/s\d{8}\.h5$", name) for name in left), left)

    def test_campaign_file(self):
        said, left = self.on_small_disk(0, "census", campaign_out="disk/c", **SMALL)
        self.assertEqual((len(said), left), (1, []))
        self.assertIn("No space left on device", said[0])

    def test_ensemble(self):
        # shards of 1 start are small: the disk takes them, but not the ensemble beside them
        needed = 0
        whole = self.census(model_n=4, campaign_samples=4, search_starts=1)
        for path in whole.folder.rglob("*"):
            needed += 4 * -(-path.stat().st_size // 4096) if path.is_file() and path.name != "ensemble.h5" else 0
        said, left = self.on_small_disk(needed + 4, "census", campaign_out="disk/c", model_n=4, campaign_samples=4,
                                        search_starts=1)
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], r"disk/c/ensemble\.h5: No space left on device")
        self.assertNotIn("disk/c/summary.json", left)

    def test_export(self):
        for form in ("dense", "packed"):
            said, left = self.on_small_disk(100, "export", export_out="disk/t.h5", model_n=50, export_format=form)
            self.assertEqual((said, left), (["kacrice: cannot write disk/t.h5: No space left on device"], []))

    def test_file_size_limit(self):
        # the limit has to leave room for what MPI writes for itself, 16 MB and a page with Open MPI 5; a signal that ends
        # the program is no answer
        limit = 20 << 20
        before = self.snapshot()
        done = subprocess.run(kacrice_test.command("export", model_n=150, export_out="t.h5"), cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.check_line(done, "t.h5", "File too large")
        self.assertEqual(self.snapshot(), before)


if __name__ == "__main__":
    unittest.main()
