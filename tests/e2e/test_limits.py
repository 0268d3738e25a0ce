# kr_test: ranks=3 timeout=240
"""What fits where: memory found and told, what the ranks of a group share, idle ranks, and what a campaign would cost
before anything is done."""
import math
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import kacrice_test
from kacrice_test import Case

# A refusal ends the program where it stands: what it holds is not given back, which a sanitizer would call leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

MEGABYTE = 2 ** 20
SMALL = {"model_n": 4, "campaign_samples": 2, "search_starts": 20, "census_missing": 0}
MINIMA = {"search_kind": "minima", "search_starts": 400, "census_missing": 0}


class Limits(Case):
    def run_dry(self, variables=None, ranks=None, **options):
        """(lines {name: value}, texts behind the values, stderr) of a dry run, which must leave nothing behind."""
        done = kacrice_test.run("census", "-dry_run", cwd=self.folder, ranks=ranks, variables=variables, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])
        values, texts = {}, {}
        for line in done.stdout.splitlines():
            name, value, text = line.split(None, 2)
            self.assertRegex(name, "^[a-z_]+$")
            values[name] = value if name == "spread" else float(value)
            texts[name] = text
        return values, texts, done.stderr

    def refused(self, ranks=None, variables=None, **options):
        """The one line of a census that does not fit."""
        done = kacrice_test.run("census", cwd=self.folder, ranks=ranks, variables=variables, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]


def slurm(megabytes):
    return {"SLURM_MEM_PER_NODE": str(megabytes)}


class Memory(Limits):
    def check(self, megabytes, variables, ranks=None):
        values, _, _ = self.run_dry(variables, ranks, **SMALL)
        self.assertAlmostEqual(values["memory"] / (megabytes * MEGABYTE * 1e-9), 1.0, delta=1e-3)  # printed to 4 digits

    def test_of_the_batch_system(self):
        self.check(1000, slurm(1000))
        self.check(500, slurm(1000), ranks=2)
        self.check(800, {"SLURM_MEM_PER_CPU": "200", "SLURM_CPUS_ON_NODE": "4"})
        self.check(400, {"SLURM_MEM_PER_CPU": "200", "SLURM_CPUS_ON_NODE": "4"}, ranks=2)
        self.check(600, {"SLURM_MEM_PER_CPU": "200", "SLURM_CPUS_PER_TASK": "3"}, ranks=2)
        self.check(200, {"SLURM_MEM_PER_CPU": "200"}, ranks=2)

    def test_what_says_nothing(self):
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
        without, _, _ = self.run_dry(**SMALL)
        self.assertLessEqual(without["memory"], 1.001e-9 * physical)
        for text in ("0", "", "much", "-5", "999999999999"):
            self.assertEqual(self.run_dry(slurm(text), **SMALL)[0]["memory"], without["memory"])

    def test_of_control_groups(self):
        lines = pathlib.Path("/proc/self/cgroup").read_text().splitlines()
        script = ('mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir /sys/fs/cgroup/memory || exit 99; '
                  'echo "$1" >/sys/fs/cgroup/memory.max; echo "$2" >/sys/fs/cgroup/memory/memory.limit_in_bytes; '
                  'shift 2; exec "$@"')
        cases = []
        if any(line.startswith("0::") for line in lines):
            cases += [("1000000000", "9223372036854771712", 1.0)]
        if any(":memory" in line for line in lines):
            cases += [("max", "800000000", 0.8)]
        for version_2, version_1, gigabytes in cases:
            done = subprocess.run(
                ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", version_2, version_1,
                 *kacrice_test.command("census", "-dry_run", **SMALL)],
                cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
            if done.returncode == 99 or "unshare: " in done.stderr:
                self.skipTest("no file system can be mounted: " + done.stderr.strip())
            self.assertRegex(done.stdout, rf"(?m)^memory +{gigabytes:g} GB")

    def test_group_size_that_would_do(self):
        """From what is said, to the size it names, and not one less."""
        model = {"model_n": 300, **MINIMA}
        free, _, _ = self.run_dry(**model)
        megabytes = math.ceil(1e9 * (0.4 * free["couplings"] + free["work_space"]) / MEGABYTE)
        line = self.refused(variables=slurm(megabytes), **model)
        self.assertIn("-model_n 300: the couplings need 0.03636 GB", line)  # 8 binomial(302, 3) bytes
        self.assertIn(f"may use {megabytes * MEGABYTE * 1e-9:.4g} GB", line)
        size = int(re.search(r"-campaign_spread tensor -campaign_group_size (\d+)", line).group(1))
        self.assertEqual(size, 3)
        # as many ranks share the node here, each with its megabytes
        values, _, _ = self.run_dry(slurm(size * megabytes), size, campaign_group_size=size, **model)
        self.assertEqual(values["spread"], "tensor")
        self.assertLess(values["couplings"] + values["work_space"], values["memory"])
        line = self.refused(2, slurm(2 * megabytes), campaign_group_size=2, **model)
        self.assertIn("0.01818 GB", line)
        self.assertIn("-campaign_group_size 3", line)
        line = self.refused(3, slurm(3 * megabytes), campaign_group_size=3, campaign_spread="starts", **model)
        self.assertIn("-campaign_spread tensor -campaign_group_size 3", line)

    def test_no_group_size_would_do(self):
        free, _, _ = self.run_dry(model_n=300, **MINIMA)
        megabytes = math.floor(1e9 * free["work_space"] / MEGABYTE)
        line = self.refused(variables=slurm(megabytes), model_n=300, **MINIMA)
        self.assertIn("no group of such ranks would do", line)
        self.assertNotIn("-campaign_group_size", line)


class OtherMachine(Limits):
    """A dry run on a login node, about ranks and memory of the nodes."""

    def test_ranks(self):
        values, _, _ = self.run_dry(dry_run_ranks=1000, campaign_group_size=8, **{**SMALL, "campaign_samples": 500})
        self.assertEqual([values[key] for key in ("ranks", "groups", "group_size", "idle_ranks")], [1000, 125, 8, 0])
        self.assertIn("1 to the number of ranks, 4 here",
                      self.refused(dry_run="true", dry_run_ranks=4, campaign_group_size=8, **SMALL))

    def test_memory(self):
        """The same verdicts as on a machine of that memory."""
        model = {"model_n": 300, **MINIMA}
        free, _, _ = self.run_dry(**model)
        memory = 0.4 * free["couplings"] + free["work_space"]
        line = self.refused(dry_run="true", dry_run_memory=memory, **model)
        self.assertIn("-model_n 300: the couplings need 0.03636 GB", line)
        values, _, _ = self.run_dry(dry_run_memory=memory, dry_run_ranks=300, campaign_group_size=3, **model)
        self.assertEqual(values["spread"], "tensor")
        self.assertAlmostEqual(values["couplings"] * 3 / free["couplings"], 1.0, delta=1e-3)  # printed to 4 digits
        self.assertAlmostEqual(values["memory"] / memory, 1.0, delta=1e-3)

    def test_go_with_a_dry_run(self):
        for option in ("dry_run_ranks", "dry_run_memory"):
            self.assertRegex(self.refused(**{option: 2}, **SMALL), f"-{option} 2.?: goes with -dry_run only")

    def test_limit_of_time(self):
        line = self.refused(dry_run="true", search_kind="homotopy", model_n=24, campaign_maxtime=10)
        self.assertRegex(line, "-campaign_maxtime 10.?: a sample takes about")


class Spread(Limits):
    def spread(self, ranks=2, variables=None, **options):
        values, texts, _ = self.run_dry(variables, ranks, **{"campaign_group_size": 2, "model_n": 200, **MINIMA,
                                                              **options})
        return values["spread"], texts["spread"]

    def test_by_group_and_starts(self):
        for ranks in (2, 3):
            self.assertEqual(self.spread(ranks)[0], "starts")
        self.assertEqual(self.spread(campaign_group_size=1, search_starts=1), ("starts", "(a group is one rank)"))
        self.assertEqual(self.spread(search_starts=8)[0], "tensor")  # half of 2 x 8 lanes
        self.assertIn("8 starts", self.spread(search_starts=8)[1])
        self.assertEqual(self.spread(search_starts=9)[0], "starts")
        self.assertEqual(self.spread(search_starts=8, model_n=199)[0], "starts")
        self.assertEqual(self.spread(search_starts=8, search_kind="all")[0], "starts")

    def test_by_memory(self):
        free, _, _ = self.run_dry(model_n=300, **MINIMA)
        for couplings, spread in ((0.75, "tensor"), (1.1, "starts")):
            megabytes = math.ceil(2e9 * (couplings * free["couplings"] + free["work_space"]) / MEGABYTE)
            got, reason = self.spread(variables=slurm(megabytes), model_n=300)
            self.assertEqual(got, spread, reason)
            self.assertIn("0.0364 GB of couplings", reason)

    def test_forced(self):
        for spread in ("starts", "tensor"):
            self.assertEqual(self.spread(campaign_spread=spread, search_starts=8),
                             (spread, "(as -campaign_spread says)"))

    def test_a_census_tells_it_once_and_files_say_it(self):
        for asked, got, what in (("auto", "starts", "starts"), ("tensor", "tensor", "couplings")):
            text = self.run_well("census", ranks=2, campaign_group_size=2, campaign_spread=asked, campaign_out=asked,
                                 **SMALL)
            self.assertEqual(len(re.findall(rf"(?m)^groups: 1, ranks in a group: 2, which share the {what}: \S", text)),
                             1, text)
            shard = kacrice_test.Campaign(self.folder / asked).shards[0]
            options = shard.attributes["options"]
            self.assertIn(f"-campaign_spread {got}\n", options if isinstance(options, str) else options.decode())

    def test_a_homotopy_holds_the_ends_of_its_paths(self):
        line = self.refused(variables=slurm(1000), search_kind="homotopy", model_n=24, campaign_samples=1)
        self.assertIn("-model_n 24: a homotopy has 1.68e+07 paths", line)
        self.assertIn("-campaign_group_size", line)
        _, texts, _ = self.run_dry(slurm(1000), search_kind="homotopy", model_n=14, campaign_samples=1)
        self.assertIn("exact expectation", texts["points"])


class Idle(Limits):
    def warnings(self, ranks, **options):
        _, _, stderr = self.run_dry(ranks=ranks, **{**SMALL, **options})
        return [line for line in stderr.splitlines() if line.startswith("kacrice: ")]

    def test_ranks(self):
        self.assertEqual(self.warnings(3, campaign_group_size=2), [
            "kacrice: warning: 1 of 3 ranks idle, as groups have 2; -campaign_group_size 1 or 3 uses all"])
        self.assertEqual(self.warnings(2, campaign_group_size=2), [])

    def test_groups(self):
        self.assertEqual(self.warnings(3), [
            "kacrice: warning: 1 of 3 groups idle, as there are 2 samples; take larger groups or fewer ranks"])
        self.assertEqual(self.warnings(3, campaign_samples="7:10"), [])

    def test_in_a_census(self):
        done = kacrice_test.run("census", ranks=3, cwd=self.folder, campaign_group_size=2, **SMALL)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("warning"), 1, done.stderr)


class DryRun(Limits):
    def test_counts(self):
        values, texts, _ = self.run_dry(ranks=3, model_mixture="3:0.5,4:0.5", model_n=20, campaign_samples="5:12",
                                        campaign_group_size=2, campaign_spread="tensor", search_starts=6000)
        coefficients = math.comb(22, 3) + math.comb(23, 4)
        expected = {"samples": 7, "starts": 6000, "ranks": 3, "groups": 1, "group_size": 2, "idle_ranks": 1,
                    "coefficients": coefficients}
        self.assertEqual({name: values[name] for name in expected}, expected)
        self.assertAlmostEqual(values["couplings"] / (4e-9 * coefficients), 1.0, delta=1e-3)
        self.assertIn("measured", texts["time_of_sum"])

    def check_sum(self, values, ranks):
        """The total follows from the lines above it, printed to 4 digits each."""
        starts = values["starts"]
        if values["spread"] == "starts":
            starts = math.ceil(starts / values["group_size"])
        a_sample = values.get("time_to_draw", 0.0) + starts * values["time_a_start"]
        hours = values["samples"] * values["group_size"] * a_sample / 3600
        self.assertAlmostEqual(values["core_hours"] / hours, 1.0, delta=3e-3)
        wall = math.ceil(values["samples"] / values["groups"]) * a_sample / 3600
        self.assertAlmostEqual(values["wall_hours"] / wall, 1.0, delta=3e-3)

    def test_totals(self):
        for options in ({}, {"campaign_group_size": 2}, {"campaign_group_size": 2, "campaign_spread": "tensor"},
                        {"search_kind": "minima"}):
            values, _, _ = self.run_dry(ranks=3, model_n=12, **options)
            self.check_sum(values, 3)

    def test_against_a_run(self):
        """Units and counts are right: to a factor of 30, as a run of a second on a busy machine says no more."""
        for options in ({"model_n": 12, "search_starts": 2000}, {"model_n": 40, "search_kind": "minima",
                                                                "search_starts": 100}):
            options["campaign_samples"] = 4
            values, _, _ = self.run_dry(**options)
            folder = self.census("c", **options).folder
            seconds = kacrice_test.Campaign(folder).summary["core_seconds"]
            shutil.rmtree(folder)
            expected = 3600 * (values["core_hours"] + values["core_hours_spectra"])
            self.assertLess(expected, 30 * seconds)
            self.assertGreater(expected, seconds / 30)

    def test_too_large_to_try(self):
        values, texts, _ = self.run_dry(model_n=600, campaign_samples=1, **MINIMA)
        self.assertIn("extrapolated", texts["time_of_gradient"])
        self.assertLessEqual(8 * values["measured_on"], 64 * MEGABYTE)
        self.assertIn("docs/howto/campaign.md", texts["steps_a_start"])
        self.assertNotIn("time_a_spectrum", values)
        self.check_sum(values, 1)

    def test_an_existing_folder_stays(self):
        self.census("c", **SMALL)
        before = {path: path.stat().st_mtime_ns for path in self.folder.rglob("*")}
        text = self.run_well("census", "-dry_run", campaign_out="c", **SMALL)
        self.assertIn("core_hours", text)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.folder.rglob("*")}, before)

    def test_a_user_s_tensor(self):
        self.export("t.h5", model_n=10)
        text = self.run_well("census", "-dry_run", model_couplings="t.h5")
        self.assertRegex(text, r"(?m)^coefficients +220 ")
        self.assertNotIn("time_to_draw", text)

    def test_false_and_other_words(self):
        text = self.run_well("census", campaign_out="c", dry_run="false", **SMALL)
        self.assertIn("c/summary.json", text)
        done = kacrice_test.run("census", cwd=self.folder, dry_run="maybe", **SMALL)
        self.assertEqual((done.returncode, "-dry_run maybe" in done.stderr), (2, True))

    def test_what_a_run_would_refuse(self):
        for options in ({"campaign_group_size": 2}, {"model_n": 4000, "model_p": 4}):
            done = kacrice_test.run("census", "-dry_run", cwd=self.folder, **options)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)


class Instructions(Limits):
    @unittest.skipIf(shutil.which("valgrind") is None, "valgrind shows the program a CPU without AVX-512; not here")
    def test_level_that_the_cpu_lacks(self):
        levels = re.search(r"-model_simd\): ([^;]*);", kacrice_test.run("list").stdout).group(1).split()
        if "avx512" in levels:
            launcher = ["valgrind", "-q", "--leak-check=no"]  # its CPU stops at AVX2
            levels.remove("avx512")
        else:
            launcher = []
        done = subprocess.run(launcher + kacrice_test.command("census", model_simd="avx512", **SMALL), cwd=self.folder,
                              capture_output=True, text=True, timeout=120, check=False)
        if "ASan" in done.stderr:
            self.skipTest("a program with the address sanitizer does not run under valgrind")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("kacrice: -model_simd avx512: this CPU or this build has only "
                      f"{' '.join(levels)}; auto takes the best\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
