#!/usr/bin/env python3
"""Campaign files of jobs/submit.sh, changed at random: each is read, or refused in one line, in a moment.

Usage: fuzz_campaign_file.py SECONDS [SEED]

Begins with every file of jobs/campaigns and tests/fuzz/regressions/campaign_file. What fails is written to
tests/fuzz/found/campaign_file, and belongs into regressions once it is mended."""
import faulthandler
import pathlib
import random
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "jobs" / "submit"))
from campaign_file import CampaignFile, Refusal  # noqa: E402  (found only through the line above)

SECONDS_A_FILE = 5.0
PIECES = [b"[", b"{", b"]", b"}", b": ", b"- ", b"? ", b"&a ", b"*a", b"!!int ", b"!!python/name:os.system", b"|\n", b">\n", b"'", b'"',
          b"\n", b"\t", b"\0", b"\xff", b"%YAML 1.1\n", b"---\n", b"...\n", b"null", b"~", b"true", b"1e999", b"-1", b"<<: ", b"#",
          b"9" * 30, b"9" * 5000, b"[" * 3000, b"- " * 3000, b"0:99999999", b"1-1:1:1", b"model_n: [3, 4]\n", b"census: a\n",
          b"command: tap\n", b"command: [census, tap]\n", b"resources:\n", b"  tap: {ranks: 1}\n"]


def mutate(generator, seeds):
    """Bytes of one seed, or two joined, with a few changes."""
    data = bytearray(generator.choice(seeds))
    for _ in range(generator.choice((1, 1, 2, 4, 8))):
        at, kind = generator.randrange(len(data) + 1), generator.randrange(6)
        end = min(len(data), at + generator.choice((1, 2, 8, 40)))
        if kind == 0:
            data[at:at] = generator.choice(PIECES)
        elif kind == 1:
            data[at:end] = b""
        elif kind == 2 and at < len(data):
            data[at] ^= 1 << generator.randrange(8)
        elif kind == 3:
            data[at:end] = generator.choice(PIECES)
        elif kind == 4:
            other = generator.choice(seeds)
            begin = generator.randrange(len(other) + 1)
            data[at:end] = other[begin:begin + generator.choice((4, 20, 100))]
        else:
            data[at:at] = data[at:end] * generator.choice((1, 3, 50))
    return bytes(data)


def judge(path):
    """What is wrong with how a file is taken, None: nothing."""
    began = time.monotonic()
    try:
        study = CampaignFile(path)
        for campaign in study.campaigns:
            assert campaign.resources["ranks"] >= 1 and 0 <= campaign.samples[0] < campaign.samples[1]
    except Refusal as refusal:
        if not str(refusal).strip() or "\n" in str(refusal):
            return f"refused in {str(refusal).count(chr(10)) + 1} lines: {refusal!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    return f"took {seconds:.1f} s" if seconds > SECONDS_A_FILE else None


def main():
    faulthandler.enable()
    limit, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    generator, count, failures = random.Random(seed), 0, []
    known = sorted((HERE / "regressions" / "campaign_file").glob("*"))
    seeds = [path.read_bytes() for path in [*sorted((ROOT / "jobs" / "campaigns").glob("*.yaml")), *known]]
    found = HERE / "found" / "campaign_file"
    with tempfile.TemporaryDirectory() as folder:
        path, end = pathlib.Path(folder, "c.yaml"), time.monotonic() + limit
        while not failures and (count < len(seeds) or time.monotonic() < end):
            data = seeds[count] if count < len(seeds) else mutate(generator, seeds)
            path.write_bytes(data)
            faulthandler.dump_traceback_later(60, exit=True)
            wrong = judge(path)
            faulthandler.cancel_dump_traceback_later()
            count += 1
            if wrong is not None:
                found.mkdir(parents=True, exist_ok=True)
                name = found / f"seed{seed}-{count}.yaml"
                name.write_bytes(data)
                failures.append(f"{name}: {wrong}")
    print(f"campaign_file: {count} files, {len(failures)} failures")
    print("\n".join(failures), end="\n" if failures else "")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
