# kr_test: ranks=4 timeout=300
"""kacrice bench: what it measures is complete and checked. No test asks how fast anything is."""
import json
import math
import os
import shutil
import statistics
import subprocess
import unittest

import kacrice_test
from kacrice_test import Case

# A refusal ends the program where it stands: what it holds is not given back, which a sanitizer would call leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

QUICK = {"bench_rounds": 3, "bench_seconds": 0.0005, "bench_batch": 16}
LIMITS = [("fma peak", None), ("dgemm", 2048), ("dgemm", 512)]
SINGLE = ("gradient", "gradient + Hessian", "gradient + whole Hessian", "Hessian times vector")
BATCHES = {"gradient, batch": 4, "gradient + Hessian, batch": 6, "Hessian times vector, batch": 8}  # flops
DENSE = ("dense BLAS", "dense BLAS, batch")
ONCE = ("read its tensor", "draw couplings")
RATIOS = ("gradient + Hessian over gradient", "gradient + whole Hessian over gradient")
DENSE_RATIOS = ("dense BLAS over gradient", "dense BLAS over gradient, batch")


class Bench(Case):
    def bench(self, what, ranks=None, code=0, variables=None, **options):
        """Runs it into a new JSON file; returns what it printed and what it wrote."""
        self.n_campaigns += 1
        path = self.folder / f"bench{self.n_campaigns}.json"
        done = kacrice_test.run("bench", what, ranks=ranks, cwd=self.folder, variables=variables,
                                bench_json=path.name, **{**QUICK, **options})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 110)
        return done.stdout, json.loads(path.read_text())

    def check_rounds(self, rounds, count=3):
        values = rounds["rounds"]
        self.assertEqual(len(values), count)
        for value in values:
            self.assertTrue(math.isfinite(value) and value > 0.0, values)
        self.assertEqual((rounds["min"], rounds["max"]), (min(values), max(values)))
        self.assertAlmostEqual(rounds["median"] / statistics.median(values), 1.0, delta=1e-12)

    def check_result(self, what, ranks, result):
        """Everything that every bench writes."""
        self.assertEqual((result["program"], result["bench"], result["ranks"]), ("kacrice", what, ranks))
        self.assertIn("-bench_rounds 3\n", result["options"])
        for key in ("version", "git_hash", "compiler", "libraries", "created", "clock"):
            self.assertTrue(result[key], key)
        machine = result["machine"]
        for key in ("host", "cpu", "kernels", "blas"):
            self.assertTrue(machine[key], key)
        for key in ("cores", "l1d_bytes", "l2_bytes", "l3_bytes"):
            self.assertGreater(machine[key], 0)
        for row in result["rows"]:
            for key in ("seconds", "rate"):
                self.check_rounds(row[key])
            if "limit" in row:
                self.check_rounds(row["ratio"])
                self.assertEqual("ratio_between" in row, row["limit"] == "fma peak")
            if "ratio_between" in row:
                self.check_rounds(row["ratio_between"])
        for ratio in result["ratios"]:
            self.check_rounds(ratio["times"])
        for check in result["checks"]:
            self.assertLessEqual(check["figure"], check["limit"], check["name"])

    def row(self, result, name, **keys):
        found = [row for row in result["rows"] if row["name"] == name
                 and all(row[key] == value for key, value in keys.items())]
        self.assertEqual(len(found), 1, f"{name} {keys}")
        return found[0]

    def amount(self, row):
        """Work of a call in 10^9: what the rate says times the time."""
        return row["rate"]["rounds"][1] * row["seconds"]["rounds"][1]


class Kernels(Bench):
    def test_every_row_is_there_with_the_work_it_stands_for(self):
        text, result = self.bench("kernels", bench_p="3,4", bench_n="9,14")
        self.check_result("kernels", 1, result)
        for name, n in LIMITS:
            self.row(result, name, n=n)
            self.assertIn(name, text)
        self.assertEqual([row["name"].split(",")[0] for row in result["rows"] if row["name"].startswith("read")][:3],
                         ["read L2", "read L3", "read memory"])
        for p in (3, 4):
            for n in (9, 14):
                count = 1e-9 * math.comb(n + p - 1, p)
                where = {"p": p, "n": n}
                for name in SINGLE + ONCE:
                    row = self.row(result, name, **where)
                    want = count if name == "draw couplings" else 8 * count
                    self.assertAlmostEqual(self.amount(row) / want, 1.0, delta=1e-9)
                for name, flops in BATCHES.items():
                    row = self.row(result, name, **where)
                    self.assertEqual(row["points"], 8 if "+" in name else 16)
                    self.assertAlmostEqual(self.amount(row) / (flops * count * row["points"]), 1.0, delta=1e-9)
                    self.assertEqual(row["limit"], "fma peak")
                for name in DENSE:
                    self.row(result, name, **where)
        self.assertEqual(len(result["rows"]), 6 + 4 * (len(SINGLE) + len(ONCE) + len(BATCHES) + len(DENSE)))
        self.assertEqual([(ratio["name"], ratio["p"], ratio["n"]) for ratio in result["ratios"]],
                         [(name, p, n) for p in (3, 4) for n in (9, 14) for name in RATIOS + DENSE_RATIOS])
        self.assertGreater(len(result["checks"]), 4 * 30)
        self.assertIn(f"results checked: {len(result['checks'])}, wrong: 0", text)

    def test_ratios_are_those_of_the_same_round(self):
        text, result = self.bench("kernels", bench_n=10)
        peak, read = self.row(result, "fma peak"), self.row(result, "read its tensor")
        for name, limit in (("gradient, batch", peak), ("gradient", read)):
            row = self.row(result, name)
            for ratio, rate, most in zip(row["ratio"]["rounds"], row["rate"]["rounds"], limit["rate"]["rounds"]):
                self.assertAlmostEqual(ratio / (rate / most), 1.0, delta=1e-9)
        self.assertRegex(text, r"gradient, batch .* of fma peak, \d\.\d\d in between")
        fast, slow = self.row(result, "gradient, batch"), self.row(result, "dense BLAS, batch")
        (ratio,) = [one for one in result["ratios"] if one["name"] == "dense BLAS over gradient, batch"]
        for times, a, b in zip(ratio["times"]["rounds"], fast["seconds"]["rounds"], slow["seconds"]["rounds"]):
            self.assertAlmostEqual(times / (b / a), 1.0, delta=1e-9)

    def test_every_instruction_set(self):
        levels = [level for level in kacrice_test.SIMD_LEVELS if level in self.run_well("list")]
        for level in levels:
            with self.subTest(level):
                _, result = self.bench("kernels", bench_simd=level, bench_n=11)
                self.check_result("kernels", 1, result)
                self.assertEqual(result["machine"]["kernels"], level)

    def test_a_dense_peer_beyond_a_gigabyte_is_left_out(self):
        text, result = self.bench("kernels", bench_p=6, bench_n=24)  # 24^6 x 8 bytes = 1.5 GB
        self.check_result("kernels", 1, result)
        self.assertIn("note: p = 6, N = 24 has no dense peer", text)
        self.assertFalse([row for row in result["rows"] if row["name"] in DENSE])

    def test_other_ranks_wait(self):
        text, result = self.bench("kernels", ranks=2, bench_n=10)
        self.check_result("kernels", 2, result)
        self.assertEqual(text.count("\nfma peak  "), 1)
        self.assertIn("the other ranks sleep", text)

    def test_wrong_results_are_an_error(self):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("no C compiler to make a wrong BLAS with")
        (self.folder / "wrong.c").write_text("void dgemv_(void);\nvoid dgemv_(void)\n{\n}\n")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", "wrong.so", "wrong.c"], cwd=self.folder, check=True)
        wrong = {"LD_PRELOAD": str(self.folder / "wrong.so"),
                 "ASAN_OPTIONS": os.environ["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}
        for ranks in (None, 2):
            text, result = self.bench("kernels", ranks=ranks, code=1, variables=wrong, bench_n=10)
            failed = {check["name"] for check in result["checks"]
                      if check["figure"] is None or check["figure"] > check["limit"]}
            self.assertTrue(failed)
            for name in failed:
                self.assertIn("dense", name)
                self.assertRegex(text, rf"(?m)^FAIL  {name} ")


class Ranks(Bench):
    def test_one_and_two_and_more_ranks_than_cores(self):
        small = {"bench_n": 21, "bench_p": "3,4", "bench_sample_n": 8, "bench_samples": 2, "bench_starts": 16}
        for ranks in (1, 2, 4):
            with self.subTest(ranks=ranks):
                text, result = self.bench("ranks", ranks=ranks, **small)
                self.check_result("ranks", ranks, result)
                names = [row["name"] for row in result["rows"]]
                for what in ("read", "gradient", "gradient, batch", "samples"):
                    one, many = f"{what}, 1 rank", f"{what}, {ranks} rank" + ("s" if ranks > 1 else "")
                    self.assertEqual(names.count(many), (1 if what == "samples" else 2) * (2 if ranks == 1 else 1))
                    self.assertIn(one, names)
                self.assertEqual(len(result["ratios"]), 7)
                self.assertEqual(len(result["checks"]), 2 * 5 + 2)
                too_many = ranks > result["machine"]["cores"]
                self.assertEqual("the speed-ups say nothing" in text, too_many)
                self.assertEqual("note: one rank;" in text, ranks == 1)

    def test_ranks_of_a_row(self):
        _, result = self.bench("ranks", ranks=2, bench_n=12, bench_sample_n=6, bench_samples=1, bench_starts=8)
        self.assertEqual([row["ranks"] for row in result["rows"]], [1, 2] * 4)


class Descent(Bench):
    def test_both_ways_find_minima(self):
        _, result = self.bench("descent", bench_n="12,16", bench_starts=40)
        self.check_result("descent", 1, result)
        self.assertEqual([(row["name"], row["n"], row["points"]) for row in result["rows"]],
                         [(name, n, starts) for n in (12, 16)
                          for name, starts in (("descents side by side", 40), ("descents one by one", 5))])
        for row in result["rows"]:  # every start has found one
            self.assertEqual(row["unit"], "minima/core-s")
            self.assertAlmostEqual(self.amount(row) / row["points"], 1.0, delta=1e-9)
        self.assertEqual([ratio["n"] for ratio in result["ratios"]], [12, 16])


class Census(Bench):
    def test_even_order(self):
        _, result = self.bench("census", bench_p=4, bench_n=6, bench_starts=8)
        self.check_result("census", 1, result)

    def test_both_ways_find_and_prove_points(self):
        _, result = self.bench("census", bench_n="9,10", bench_starts=8)
        self.check_result("census", 1, result)
        self.assertEqual([(row["name"], row["n"], row["points"]) for row in result["rows"]],
                         [(name, n, 8192) for n in (9, 10) for name in ("census in lanes", "census one by one")])
        for row in result["rows"]:
            self.assertEqual(row["unit"], "points/core-s")
        for lanes, single in zip(result["rows"][::2], result["rows"][1::2]):  # the same starts, but for roundings
            self.assertAlmostEqual(self.amount(lanes) / self.amount(single), 1.0, delta=0.05)
        self.assertEqual([ratio["n"] for ratio in result["ratios"]], [9, 10])


class Steps(Bench):
    def test_every_rule_finds_the_same_points(self):
        text, result = self.bench("steps", bench_n=6, bench_starts=8)
        self.check_result("steps", 1, result)
        figures = {figure["name"]: figure["figure"] for figure in result["figures"]}
        rules = [row["name"] for row in result["rows"]]
        self.assertEqual(len(figures), 3 * len(rules))
        self.assertEqual(len({figures[f"{rule}: distinct points"] for rule in rules}), 1)  # so few that all find all
        for rule in rules:
            self.assertIn(f"{rule}: contractions a start", text)
            self.assertLessEqual(figures[f"{rule}: share of starts that converged"], 1.0)
            self.assertGreaterEqual(figures[f"{rule}: contractions a start"], 1.0)


class Campaigns(Bench):
    def test_tickets_and_files(self):
        (self.folder / "there").mkdir()
        text, result = self.bench("campaign", ranks=4, bench_folder="there")
        self.check_result("campaign", 4, result)
        rows = [(row["name"], row["n"]) for row in result["rows"]]
        self.assertEqual(rows[:4], [("ticket, 1 rank", None), ("ticket, 2 ranks", None), ("ticket, 4 ranks", None),
                                    ("journal, write", None)])
        self.assertEqual(rows[4:], [(f"shard, {act}", n) for n in (10, 17) for act in ("write", "read", "found")])
        figures = {figure["name"]: figure["figure"] for figure in result["figures"]}
        share = figures.pop("bookkeeping over the time of samples of 1 s")
        self.assertAlmostEqual(share, sum(figures.values()), delta=1e-9)
        self.assertGreater(share, 0.0)
        self.assertIn("ticket: time with 4 ranks over 1", text)
        self.assertEqual(list((self.folder / "there").iterdir()), [], "it leaves nothing")


class Refusals(Case):
    def refused(self, *words, parts=(), ranks=None, **options):
        done = kacrice_test.run("bench", *words, ranks=ranks, cwd=self.folder, timeout=60, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
        if ranks is None:  # a launcher has its own words to say
            self.assertEqual(done.stderr, line + "\n")
        for part in parts:
            self.assertIn(part, line)

    def test_what_to_measure(self):
        self.refused(parts=["kacrice bench: needs WHAT"])
        self.refused("speed", parts=["kacrice bench speed", "kernels, ranks, descent, census, steps, campaign, thermo"])
        self.refused("kernels", "ranks", parts=["ranks", "unexpected word"])

    def test_options(self):
        for option, value in (("bench_rounds", 0), ("bench_rounds", "x"), ("bench_seconds", -1), ("bench_batch", 12),
                              ("bench_batch", 0), ("bench_n", 2), ("bench_n", "10,x"), ("bench_n", "10,"),
                              ("bench_n", "10;20"), ("bench_n", 100001), ("bench_p", 7), ("bench_p", "3,1"),
                              ("bench_simd", "sse"), ("bench_starts", 7), ("bench_sample_n", 2), ("bench_samples", 0)):
            for what in ("kernels", "ranks", "descent", "census"):
                with self.subTest(what=what, option=option, value=value):
                    self.refused(what, parts=[f"-{option} {value}"], **{option: value})
        self.refused("census", parts=["-bench_starts 1000000000", "976562"], bench_starts=1000000000)
        self.refused("kernels", parts=["-bench_round", "did you mean -bench_rounds"], bench_round=3)
        self.refused("kernels", parts=["-model_n"], model_n=3)
        self.refused("descent", parts=["-bench_p 5", "-bench_n"], bench_p=5)  # its own table has p = 3 only
        self.refused("campaign", parts=["-bench_folder no/such", "No such file"], bench_folder="no/such")

    def test_too_large(self):
        for what in ("kernels", "ranks", "descent", "census", "steps"):
            self.refused(what, parts=["-bench_n 30000", "GB"], bench_n=30000)
        self.refused("ranks", ranks=2, parts=["-bench_n 30000", "GB"], bench_n=30000)
        self.refused("ranks", parts=["-bench_sample_n 30000", "GB"], bench_sample_n=30000)

    def test_files(self):
        (self.folder / "there.json").write_text("mine")
        for what in ("kernels", "ranks", "descent", "census"):
            self.refused(what, parts=["-bench_json there.json", "exists"], bench_json="there.json")
            self.refused(what, parts=["-bench_json no/such.json", "No such file"], bench_json="no/such.json")
        self.refused("kernels", ranks=2, parts=["-bench_json there.json"], bench_json="there.json")
        self.assertEqual((self.folder / "there.json").read_text(), "mine")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["there.json"])


if __name__ == "__main__":
    unittest.main()
