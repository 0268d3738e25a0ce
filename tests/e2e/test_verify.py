# kr_test: timeout=120 ranks=2
"""kacrice verify as a user meets it: exit codes, the warning about a mis-detected BLAS, and the checksums of the
couplings against an implementation of the random numbers that shares nothing with the program but its definition."""
import itertools
import math
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

from kacrice_test import PROGRAM, command, run

MASK = 0xFFFFFFFF
SEED, SAMPLE, N = 20240607, 5, 8  # of the checksums
STREAM_COUPLING = 1


def philox(counter, key):
    """Philox 4x32-10 (Salmon, Moraes, Dror & Shaw 2011): four words of 32 bits."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def log_unit(u):
    """log u by 2 artanh((m - 1) / (m + 1)), in the order of operations that fixes its bits."""
    m, exponent = math.frexp(u)
    if m < 0.70710678118654752440:
        m, exponent = 2.0 * m, exponent - 1
    s = (m - 1.0) / (m + 1.0)
    z, total = s * s, 0.0
    for k in range(9, 0, -1):
        total = (total + 1.0 / (2.0 * k + 1.0)) * z
    return exponent * 0.69314718055994530942 + (2.0 * s + 2.0 * s * total)


def cos_sin(v):
    """Cosine and sine of 2 pi v / 2^53."""
    quadrant = (v + (1 << 50)) >> 51
    y = float(v - (quadrant << 51)) * (6.28318530717958647693 / 9007199254740992.0)
    z, c, s = y * y, 1.0, 1.0
    for k in range(16, 1, -2):
        c = 1.0 - c * z * (1.0 / ((k - 1) * k))
        s = 1.0 - s * z * (1.0 / (k * (k + 1)))
    s *= y
    return [(c, s), (-s, c), (-c, -s), (s, -c)][quadrant & 3]


def normal_pair(seed, stream, sample, counter):
    words = philox((counter & MASK, counter >> 32, sample, stream), (seed & MASK, seed >> 32))
    first, second = words[0] | words[1] << 32, words[2] | words[3] << 32
    radius = math.sqrt(-2.0 * log_unit(((first >> 11) + 1) * (1.0 / 9007199254740992.0)))
    return [radius * part for part in cos_sin(second >> 11)]


def coupling(order, index_tuple):
    """Coefficient of a sorted tuple: sqrt(p! / prod m_i!) g."""
    width, counter = 64 // order, 0
    for index in index_tuple[:-1]:
        counter = counter << width | index
    counter = counter << width | index_tuple[-1] // 2
    repeats = [math.factorial(len(list(group))) for _, group in itertools.groupby(index_tuple)]
    amplitude = math.sqrt(float(math.factorial(order) // math.prod(repeats)))
    return amplitude * normal_pair(SEED, STREAM_COUPLING + 256 * order, SAMPLE, counter)[index_tuple[-1] % 2]


def checksum(values):
    """FNV-1a, 64 bits, over the bits of the numbers, lowest byte first."""
    result = 0xCBF29CE484222325
    for byte in struct.pack(f"<{len(values)}d", *values):
        result = (result ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


def coupling_checksum(order):
    return checksum([coupling(order, t) for t in itertools.combinations_with_replacement(range(N), order)])


def verify(ranks=None, variables=None, **options):
    return run("verify", ranks=ranks, variables=variables, timeout=100, **options)


class Verify(unittest.TestCase):
    def test_a_sound_installation_passes(self):
        for ranks in (None, 2):
            done = verify(ranks=ranks)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"verify: \d+ passed, 0 failed")
            lines = re.findall(r"^pass  ", done.stdout, re.M)
            self.assertIn(f"verify: {len(lines)} passed", done.stdout)

    def test_a_failed_check_is_exit_code_1_and_one_line(self):
        # Open MPI wants such a folder too: with mpirun it has one already. Output of a rank that fails goes past mpirun,
        # which adds words of its own, and with Open MPI 5 loses some of the rank's now and then.
        script = 'TMPDIR=/dev/null/none exec "$0" verify >"$1/out" 2>"$1/err"'
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([*command(ranks=1)[:-1], "sh", "-c", script, PROGRAM, folder], timeout=100,
                                  capture_output=True, text=True, check=False)
            out, err = (pathlib.Path(folder, name).read_text() for name in ("out", "err"))
        self.assertEqual(done.returncode, 1, out + err)
        self.assertRegex(out, r"(?m)^FAIL  store: .*TMPDIR")
        self.assertIn(" 1 failed", out)
        self.assertEqual(len(err.splitlines()), 1, err)

    def test_no_folder_is_left_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            verify(variables={"TMPDIR": folder})
            left = os.listdir(folder)
            self.assertEqual([name for name in left if not name.startswith("ompi.")], [])  # Open MPI 5 leaves one

    def test_options_are_refused(self):
        self.assertEqual(verify(model_n=4).returncode, 2)

    def test_couplings_have_the_bits_of_another_implementation(self):
        out = verify().stdout
        for order in range(2, 7):
            self.assertIn(f"couplings of p = {order}, checksum {coupling_checksum(order):016x}", out)

    def test_a_misdetected_blas_is_a_warning(self):
        out = verify(variables={"OPENBLAS_CORETYPE": "Prescott"}).stdout
        libraries = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
        if "kernels: avx512" not in out or "openblas" not in libraries:
            self.skipTest("takes a CPU with AVX-512, where the loop is 4 times faster, and OpenBLAS")
        self.assertRegex(out, r"(?m)^warn  blas: ")
        self.assertIn("OPENBLAS_CORETYPE=SkylakeX", out)
        self.assertIn(" 0 failed", out)


if __name__ == "__main__":
    unittest.main()
