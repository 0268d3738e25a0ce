"""What the end-to-end tests share: starting the program, and reading what it leaves behind."""
import contextlib
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

import h5py
import numpy as np

PROGRAM = os.environ["KACRICE"]
SIMD_LEVELS = ("plain", "avx2", "avx512")
TIMES = ("wall_seconds", "core_seconds")  # keys of summary.json that no two runs share


def command(*words, ranks=None, **options):
    """The command line; options as model_p=3. ranks None: without the launcher."""
    launcher = []
    if ranks is not None:
        launcher = [os.environ["MPIEXEC"], os.environ.get("MPIEXEC_NUMPROC_FLAG", "-n"), str(ranks)]
    pairs = [text for name, value in options.items() for text in (f"-{name}", str(value))]
    return launcher + [PROGRAM] + [str(word) for word in words] + pairs


def run(*words, ranks=None, cwd=None, timeout=300, variables=None, **options):
    """Runs the program to its end, whatever the exit code."""
    return subprocess.run(command(*words, ranks=ranks, **options), cwd=cwd, timeout=timeout, capture_output=True,
                          text=True, check=False, env={**os.environ, **(variables or {})})


class Shard:
    """The census of one disorder sample, out of its file."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.attributes = dict(file.attrs)
            self.sets = {name: data[:] for name, data in file.items()}
        self.points = self.sets["points"]
        self.x = self.sets.get("x")
        self.count = self.sets["count"]


class Campaign:
    """A campaign folder; everything is read when it is first asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    @functools.cached_property
    def summary(self):
        return json.loads((self.folder / "summary.json").read_text())

    @property
    def shard_paths(self):
        """By sample number; only files with a final name."""
        return {int(path.stem[1:]): path for path in sorted(self.folder.glob("samples/*/s*.h5"))}

    @functools.cached_property
    def shards(self):
        return {number: Shard(path) for number, path in self.shard_paths.items()}

    @functools.cached_property
    def ensemble(self):
        """The data sets of ensemble.h5 by name."""
        with h5py.File(self.folder / "ensemble.h5") as file:
            return {name: data[:] for name, data in file.items()}

    def points(self, sample):
        """Energies and indices of all points of a sample, antipodes written out, by (energy, index)."""
        rows = self.ensemble["points"]
        rows = rows[rows["sample"] == sample]
        order = np.lexsort((rows["index"], rows["energy"]))
        return rows["energy"][order], rows["index"][order]


def tensors(path):
    """The data sets of a coupling file by name."""
    with h5py.File(path) as file:
        return {name: data[:] for name, data in file.items()}


def energies(couplings, x):
    """e = H / N of points (lines of x) from dense tensors {"tensor_p3": ...}, by numpy alone."""
    n = x.shape[1]
    total = np.zeros(len(x))
    for name, tensor in couplings.items():
        order = int(name.removeprefix("tensor_p"))
        indices = "abcdef"[:order]
        sums = np.einsum(",".join([indices] + ["z" + index for index in indices]) + "->z", tensor, *[x] * order,
                         optimize=True)
        total += sums / n ** ((order - 1) / 2) / n
    return total


class Running:
    """A campaign under way, and the processes that belong to it and to nobody else."""

    def __init__(self, folder, word="census", **options):
        self.token = f"KACRICE_TEST_TOKEN={uuid.uuid4()}"
        name, value = self.token.split("=")
        # what Open MPI would leave behind in /dev/shm goes with the folder
        places = {name: value, "OMPI_MCA_btl_vader_backing_directory": str(folder),
                  "OMPI_MCA_osc_sm_backing_directory": str(folder), "OMPI_MCA_orte_tmpdir_base": str(folder)}
        self.launcher = subprocess.Popen(command(word, **options), cwd=folder, text=True,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         env={**os.environ, **places})
        self.known = None

    def processes(self):
        """Pids that carry the token: {pid: is a rank}."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.token.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = os.path.samefile(entry / "exe", PROGRAM)
            except OSError:  # ended meanwhile, or not ours to look at
                pass
        return found

    def learn(self, n_ranks):
        """Waits until all ranks run and notes their pids: then a kill takes no time to look for them."""
        deadline = time.monotonic() + 60
        while sum((self.known or {}).values()) < n_ranks and time.monotonic() < deadline:
            self.known = self.processes()

    def kill(self, how_many_ranks=None):
        """kill -9 of everything, or of so many ranks; then waits until all is gone."""
        processes, self.known = self.known or self.processes(), None
        victims = [pid for pid, is_rank in processes.items() if is_rank][:how_many_ranks]
        if how_many_ranks is None:
            victims = list(processes)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.kill(pid, signal.SIGKILL)
        code = self.launcher.wait(timeout=60)
        deadline = time.monotonic() + 60
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return code, len(victims)


def damage_states(state, before):
    """Cuts the newer state of a sample short and flips a bit of the one before; the content that this one had."""
    content, earlier = state.read_bytes(), before.read_bytes()
    state.write_bytes(content[:len(content) // 2])
    before.write_bytes(earlier[:-40] + bytes([earlier[-40] ^ 1]) + earlier[-39:])
    return earlier


def marks(campaign):
    """What changes when a file is written again."""
    return {number: (path.stat().st_ino, path.stat().st_mtime_ns) for number, path in campaign.shard_paths.items()}


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kacrice-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.n_campaigns = 0

    def in_the_middle(self, name, attempt):
        """attempt() starts a run in the new folder called name, disturbs it, and tells whether it was still at work: on a busy
        machine the eye of the test may come too late, and the race begins anew."""
        for _ in range(5):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            if attempt():
                return
        self.fail(f"{name}: the run was over each time before it could be disturbed")

    def run_well(self, *words, **arguments):
        """Runs the program, which must end well; returns what it printed."""
        done = run(*words, cwd=self.folder, **arguments)
        self.assertEqual(done.returncode, 0, f"{words} {arguments}\n{done.stdout}{done.stderr}")
        return done.stdout

    def census(self, name=None, **arguments):
        """Runs a campaign into the folder called name, or into a new one."""
        self.n_campaigns += 1
        name = name or f"campaign{self.n_campaigns}"
        self.run_well("census", campaign_out=name, **arguments)
        return Campaign(self.folder / name)

    def export(self, name, **arguments):
        """Exports couplings and reads them."""
        self.run_well("export", export_out=name, **arguments)
        return tensors(self.folder / name)

    def failing_lapack(self, call):
        """Environment in which LAPACK fails at its call number `call`."""
        source = self.folder / "fail.c"
        source.write_text("""
#include <dlfcn.h>
#include <stdlib.h>
typedef void (*Syev)(const char *, const char *, int *, double *, int *, double *, double *, int *, int *);
void dsyev_(const char *job, const char *part, int *n, double *a, int *lda, double *w, double *work, int *lwork, int *info)
{
  static int calls;

  if (*lwork != -1 && ++calls == atoi(getenv("FAIL_AT"))) *info = 7;
  else ((Syev)dlsym(RTLD_NEXT, "dsyev_"))(job, part, n, a, lda, w, work, lwork, info);
}
""")
        library = self.folder / "fail.so"
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source, "-ldl"],
                       check=True)
        return {"LD_PRELOAD": str(library), "FAIL_AT": str(call)}

    def assert_same_points(self, got, want, tolerance=1e-10):
        """The same samples with the same distinct points: energies to the tolerance, equal indices."""
        self.assertEqual(list(got.shards), list(want.shards))
        for sample in want.shards:
            (e, k), (e_want, k_want) = got.points(sample), want.points(sample)
            self.assertEqual(len(e), len(e_want), f"sample {sample}: number of points")
            np.testing.assert_allclose(e, e_want, rtol=0, atol=tolerance)
            np.testing.assert_array_equal(k, k_want)

    def assert_same_hits(self, got, want):
        """Every start has ended as it did there."""
        for key in ("starts", "completeness"):
            self.assert_same_values(got.summary[key], want.summary[key], 1e-12)
        for sample, shard in want.shards.items():
            other = got.shards[sample]
            for name in ("hits", "first_start"):
                np.testing.assert_array_equal(other.points[name], shard.points[name], f"sample {sample}: {name}")
            np.testing.assert_array_equal(other.sets["reasons"], shard.sets["reasons"])

    def assert_same_counts(self, got, want):
        """The same statistics: integers equal, means to the rounding of sums in another order."""
        for name in ("counts", "histogram", "minima_spectrum", "bin_edges"):
            np.testing.assert_array_equal(got.ensemble[name], want.ensemble[name], name)
        np.testing.assert_allclose(got.ensemble["expected"], want.ensemble["expected"], rtol=1e-13)
        self.assert_same_values(got.summary["counts"], want.summary["counts"], 1e-12)

    def assert_same_result(self, got, want):
        """Ensemble, shards and summary are the same bit for bit, but for times."""
        without_times = [{k: v for k, v in one.summary.items() if k not in TIMES} for one in (got, want)]
        self.assertEqual(*without_times)
        self.assertEqual(list(got.shards), list(want.shards))
        for number, shard in want.shards.items():
            for name, data in shard.sets.items():
                self.assertEqual(got.shards[number].sets[name].tobytes(), data.tobytes(), f"sample {number}: {name}")
        for name, data in want.ensemble.items():
            if name == "samples":
                for field in set(data.dtype.names) - {"seconds"}:
                    np.testing.assert_array_equal(got.ensemble[name][field], data[field], field)
            else:
                np.testing.assert_array_equal(got.ensemble[name], data, name)

    def assert_same_values(self, got, want, tolerance, where="summary"):
        """Nested dictionaries and lists are equal, numbers to a relative tolerance (of 1 for small ones)."""
        if isinstance(want, dict):
            self.assertEqual(list(got), list(want), where)
            for key in want:
                self.assert_same_values(got[key], want[key], tolerance, f"{where}.{key}")
        elif isinstance(want, list):
            self.assertEqual(len(got), len(want), where)
            for i, (one, other) in enumerate(zip(got, want)):
                self.assert_same_values(one, other, tolerance, f"{where}[{i}]")
        elif isinstance(want, float):
            self.assertLessEqual(abs(got - want), tolerance * max(1.0, abs(want)), where)
        else:
            self.assertEqual(got, want, where)
