# kr_test: ranks=2 labels=long timeout=3600
"""A folder of 10^5 shards: status, merge and index. Made on tmpfs where there is one, since there an fsync costs nothing. The
limits are those of processor time: wall time depends on who else is at work. KR_MANY_SHARDS sets another number."""
import os
import resource
import shutil
import tempfile
import time
import unittest
import pathlib

from kacrice_test import Case, command, run

N_SAMPLES = int(os.environ.get("KR_MANY_SHARDS", "100000"))
SECONDS = 60.0  # of processor time a rank
BYTES = 1 << 30
RANKS = 2


class ManyShards(Case):
    def setUp(self):
        super().setUp()
        place = "/dev/shm"
        if os.path.isdir(place) and shutil.disk_usage(place).free > 4e4 * N_SAMPLES:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kacrice-many-", dir=place))
            self.addCleanup(shutil.rmtree, self.folder)

    def measure(self, *words, **options):
        """Runs on two ranks; prints and checks what it took."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = run(*words, ranks=RANKS, cwd=self.folder, timeout=3000, **options)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(done.returncode, 0, f"{command(*words, **options)}\n{done.stdout}{done.stderr}")
        seconds = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / RANKS
        memory = after.ru_maxrss * 1024
        print(f"{words[0]}: {wall:.1f} s of wall time, {seconds:.1f} s of processor time a rank, "
              f"{seconds * RANKS / N_SAMPLES * 1e6:.0f} us a shard, at most {memory / 1e6:.0f} MB a process so far", flush=True)
        self.assertLess(seconds, SECONDS * max(1.0, N_SAMPLES / 100000))
        self.assertLess(memory, BYTES)
        return done.stdout

    def test_all(self):
        half = N_SAMPLES // 2
        for name, samples in (("a", f"0:{half}"), ("b", f"{half}:{N_SAMPLES}")):
            done = run("census", model_p=3, model_n=3, campaign_samples=samples, campaign_out=name, cwd=self.folder,
                       ranks=RANKS, timeout=3000)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"merged {N_SAMPLES} samples of 2 folders", self.measure("merge", "m", "a", "b"))
        for folder in sorted((self.folder / "b/samples").iterdir()):  # all in one folder
            if (self.folder / "a/samples" / folder.name).exists():
                for path in folder.iterdir():
                    path.rename(self.folder / "a/samples" / folder.name / path.name)
            else:
                folder.rename(self.folder / "a/samples" / folder.name)
        for again in range(2):  # from the shards, then from what was kept of them
            self.assertIn(f"done: {N_SAMPLES} of", self.measure("status", "a"))
        self.assertIn(f"shows {N_SAMPLES} samples", self.measure("index", "a"))


if __name__ == "__main__":
    unittest.main()
