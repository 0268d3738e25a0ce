# kr_test: ranks=2 timeout=120
"""File systems that refuse locks or reads, shared memory that cannot be written, long names: either all goes well, or it is
refused before any work; and nobody is told to delete what may be whole."""
import os
import pathlib
import subprocess
import sys
import unittest

import kacrice_test
from kacrice_test import Case

SMALL = {"model_p": 3, "model_n": 5, "campaign_samples": 2, "search_starts": 200, "census_missing": 0}
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
ENOLCK, EOPNOTSUPP, ENOTSUPP = 37, 95, 524

FAULTS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int flock(int file, int what) { (void)file; (void)what; errno = atoi(getenv("FAIL_LOCK")); return -1; }
ssize_t read(int file, void *bytes, size_t n)
{
  ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  char link[64], path[4096] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  if (getenv("FAIL_READ") && readlink(link, path, sizeof path - 1) > 0 && strstr(path, getenv("FAIL_READ"))) { errno = EIO; return -1; }
  return real(file, bytes, n);
}
"""


class FileSystems(Case):
    def faults(self, lock=ENOLCK, **variables):
        """Environment in which locks fail, and reads of files with FAIL_READ in their names."""
        source, library = self.folder / "faults.c", self.folder / "faults.so"
        if not library.exists():
            source.write_text(FAULTS)
            subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        return {"LD_PRELOAD": str(library), "FAIL_LOCK": str(lock), "HDF5_USE_FILE_LOCKING": "TRUE", **variables}

    def test_no_lock_is_needed(self):
        """Not for files that are read as a whole, nor for larger ones, nor by MPI-IO; whatever the environment says."""
        for number in (ENOLCK, EOPNOTSUPP, ENOTSUPP):
            faults = self.faults(number)
            self.run_well("export", model_n=85, export_out="t.h5", variables=faults)  # 4.9 MB: beyond what is read at once
            self.run_well("census", "-dry_run", model_couplings="t.h5", search_kind="minima", search_starts=1, variables=faults)
        self.census("one", variables=faults, **SMALL)
        self.census("two", variables=faults, ranks=2, campaign_group_size=2, **SMALL)

    def test_python_needs_none(self):
        self.census("c", **SMALL)
        faults = {name: value for name, value in self.faults().items() if name != "HDF5_USE_FILE_LOCKING"}
        script = "import h5py, kacrice_io; print(len(kacrice_io.load('c').shard(1).points))"
        clean = {name: value for name, value in os.environ.items() if name != "HDF5_USE_FILE_LOCKING"}
        subprocess.run([sys.executable, "-c", script], cwd=self.folder, check=True, capture_output=True,
                       env={**clean, **faults, "PYTHONPATH": str(SCRIPTS)})

    def test_what_cannot_be_read_is_not_damaged(self):
        self.census("c", **SMALL)
        path = self.folder / "c/samples/0000/s00000001.h5"
        before = path.read_bytes()
        (self.folder / "c/summary.json").unlink()
        done = kacrice_test.run("census", cwd=self.folder, campaign_out="c",
                                variables=self.faults(FAIL_READ="s00000001.h5"), **SMALL)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("s00000001.h5: Input/output error; it may be whole: keep it", done.stderr)
        self.assertNotIn("delete", done.stderr)
        self.assertEqual(path.read_bytes(), before)
        self.census("c", **SMALL)

    def test_long_names(self):
        for length, ranks in ((222, None), (300, 2), (3000, None)):
            name = "/".join(["a" * 200] * (length // 200) + ["b" * (length % 200 or 1)])
            self.assertEqual(self.census(name, ranks=ranks, **SMALL).summary["samples"]["done"], 2)
        for length in (3900, 4080, 5000):
            name = "c" * 200 + "/" + "/".join(["d" * 199] * (length // 200))
            done = kacrice_test.run("census", cwd=self.folder, campaign_out=name, **SMALL)
            lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice: ")]
            self.assertEqual((done.returncode, len(lines)), (2, 1), done.stderr)
            self.assertRegex(lines[0], "at most 3840 can be written to|must be a text of 1 to 4095 bytes")
            self.assertFalse((self.folder / ("c" * 200)).exists())

    def test_shared_memory_that_cannot_be_written(self):
        script = ('mount -t tmpfs -o size=64k tmpfs /dev/shm && mount -o remount,ro /dev/shm || exit 99; '
                  'unset OMPI_MCA_sharedfp; exec "$@"')
        done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh",
                               *kacrice_test.command("census", ranks=2, campaign_out="o", **SMALL)],
                              cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 99 or "unshare: " in done.stderr:
            self.skipTest("no file system can be mounted: " + done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue((self.folder / "o/summary.json").exists())

    def test_names_that_are_no_text(self):
        """A campaign folder with a byte of Latin-1 gets its report."""
        name = os.fsdecode(b"r\xe9sultats")
        done = subprocess.run(kacrice_test.command("census", campaign_out=name, **{**SMALL, "campaign_samples": 3}),
                              cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([sys.executable, SCRIPTS / "report.py", name], cwd=self.folder, capture_output=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"r\xe9sultats/report.html", done.stdout)
        (self.folder / name / "report.html").read_text(encoding="utf-8")  # all of it is UTF-8

    def test_limit_of_address_space(self):
        """The BLAS waits for ever for memory that ulimit -v does not give: refused before."""
        done = subprocess.run(["bash", "-c", 'ulimit -v 400000; exec "$@"', "bash",
                               *kacrice_test.command("census", campaign_out="o", **SMALL)],
                              cwd=self.folder, capture_output=True, text=True, timeout=100, check=False)
        if "AddressSanitizer" in done.stderr:
            self.skipTest("the sanitizer needs more address space")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"kacrice: -model_n 5: .*may use \S+ GB")


if __name__ == "__main__":
    unittest.main()
