"""kacrice certify: a campaign passes from its files alone, a tampered record does not, a damaged one is refused."""
import pathlib
import shutil

import h5py
import numpy as np

from kacrice_test import Campaign, Case, command, run, tensors

CAMPAIGN = {"model_p": 3, "model_n": 9, "search_starts": 1500, "campaign_samples": 3}


def crc64(data):
    """CRC-64/XZ, as docs/formats/store.md has it."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0xC96C5795D7870F42 if byte & 1 else 0)
        table.append(byte)
    value = 2**64 - 1
    for byte in data:
        value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
    return value ^ (2**64 - 1)


def seal(path):
    """Seals a shard that was rewritten."""
    data = path.read_bytes()
    path.write_bytes(data + b"KRCRC64\n" + crc64(data).to_bytes(8, "little"))


def edit(path, change, sealed=True):
    """change(file) in a shard; its seal is made anew or left off."""
    path.write_bytes(path.read_bytes()[:-16])
    with h5py.File(path, "r+") as file:
        change(file)
    if sealed:
        seal(path)


def change_point(name, place, add):
    def change(file):
        points = file["points"][:]
        points[name][place] += add
        file["points"][...] = points
    return change


class Certify(Case):
    def certify(self, folder, ranks=None, **options):
        return run("certify", folder, cwd=self.folder, ranks=ranks, **options)

    def assert_passes(self, folder, **options):
        done = self.certify(folder, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def copy(self, campaign):
        self.n_campaigns += 1
        return Campaign(shutil.copytree(campaign.folder, self.folder / f"copy{self.n_campaigns}"))

    def test_passes_and_tells_how_many(self):
        campaign = self.census(**CAMPAIGN)
        n_points = sum(len(shard.points) for shard in campaign.shards.values())
        for ranks in (None, 2, 4):
            self.assertIn(f"certified {n_points} of {n_points} points of 3 samples",
                          self.assert_passes(campaign.folder, ranks=ranks))
        for shard in campaign.shards.values():
            np.testing.assert_array_equal(shard.points["certificate"], 7)
            self.check_apart(shard)
        self.assertIn("(1.000000)", self.run_well("inspect", campaign.folder, inspect_sample=1))

    def check_apart(self, shard):
        """No two of all points, antipodes written out, within the sum of their radii."""
        x = np.concatenate([shard.x, -shard.x])
        radius = np.tile(shard.points["radius"], 2)
        distance = np.linalg.norm(x[:, None] - x[None], axis=2) + 10 * np.eye(len(x))
        self.assertTrue(np.all(distance > radius[:, None] + radius[None]))

    def test_other_laws(self):
        for law in ({"model_p": 2}, {"model_p": 4, "model_n": 6}, {"model_mixture": "3:0.5,4:0.5", "model_n": 6},
                    {"model_p": 3, "search_kind": "minima", "search_starts": 100}):
            options = {**CAMPAIGN, "campaign_samples": 2, **law}
            if "model_mixture" in law:
                del options["model_p"]
            campaign = self.census(**options)
            self.assertIn("index undecided: 0, nothing proved: 0", self.assert_passes(campaign.folder))

    def test_a_census_without_proofs_is_proved_all_the_same(self):
        campaign = self.census(**CAMPAIGN, census_certify="false")
        for shard in campaign.shards.values():
            np.testing.assert_array_equal(shard.points["certificate"], 0)
            self.assertTrue(np.all(np.isnan(shard.points["radius"])))
        self.assertIn("nothing proved: 0", self.assert_passes(campaign.folder))

    def test_the_same_proofs_for_any_number_of_ranks(self):
        one = self.census(**CAMPAIGN)
        two = self.census(**CAMPAIGN, ranks=2, campaign_group_size=2)
        for number, shard in one.shards.items():
            np.testing.assert_array_equal(two.shards[number].points["certificate"], shard.points["certificate"])
            np.testing.assert_array_equal(two.shards[number].points["radius"], shard.points["radius"])

    def test_couplings_spread_over_ranks(self):
        campaign = self.census(**CAMPAIGN, ranks=2, campaign_group_size=2, campaign_spread="tensor")
        for shard in campaign.shards.values():
            np.testing.assert_array_equal(shard.points["certificate"], 7)
        self.assert_passes(campaign.folder)

    def test_a_tampered_record_fails(self):
        """Numbers that could be, and are not: only a proof tells."""
        campaign = self.census(**CAMPAIGN)

        def move(file):
            x = file["x"][4]
            x[2] += 1e-6
            file["x"][4] = x * np.sqrt(len(x) / (x @ x))

        def shrink(file):
            points = file["points"][:]
            points["radius"][4] *= 0.5
            file["points"][:] = points

        def claim(file):
            points = file["points"][:]
            for name in ("energy", "mu"):
                points[name][0] = points[name][1]
            file["points"][:] = points

        def index(file):
            points, count, n = file["points"][:], file["count"][:], file.attrs["n"]
            k = points["index"][4]
            points["index"][4] = k + 1
            for was, now in ((k, k + 1), (n - 1 - k, n - 2 - k)):
                count[was] -= 1
                count[now] += 1
            file["points"][:], file["count"][:] = points, count

        changes = {"sample 1, point 4": [move, index, change_point("energy", 4, 1e-11), change_point("mu", 4, 1e-10),
                                         change_point("residual", 4, 1e-9), shrink, change_point("margin", 4, 1e-6)],
                   "sample 1, point 0": [claim]}
        for where, some in changes.items():
            for change in some:
                copy = self.copy(campaign)
                edit(copy.shard_paths[1], change)
                done = self.certify(copy.folder, ranks=2)
                self.assertEqual(done.returncode, 1, f"{where}: {done.stdout}{done.stderr}")
                self.assertIn(where, done.stdout)
                self.assertIn("certify: records that do not hold", done.stderr)

    def test_a_record_that_cannot_be_is_refused(self):
        campaign = self.census(**CAMPAIGN)

        def move(file):
            file["x"][4, 2] += 1e-4

        def count(file):
            file["count"][0] += 1

        for words, change in {"|x|^2": move, "count": count, "index": change_point("index", 4, 1000),
                              "radius": change_point("radius", 4, -1e-3)}.items():
            copy = self.copy(campaign)
            edit(copy.shard_paths[1], change)
            self.assert_refused(self.certify(copy.folder, ranks=2), "s00000001.h5", words)

    def test_what_a_seal_finds(self):
        """Nothing is changed: a new seal is as good as the old one; without it, or with one bit off, the shard is refused."""
        campaign = self.census(**CAMPAIGN)
        edit(campaign.shard_paths[1], lambda file: None)
        self.assert_passes(campaign.folder)
        bare, broken = self.copy(campaign), self.copy(campaign)
        edit(bare.shard_paths[1], change_point("energy", 4, 1e-3), sealed=False)
        data = bytearray(broken.shard_paths[1].read_bytes())
        data[len(data) // 2] ^= 1
        broken.shard_paths[1].write_bytes(data)
        for copy in (bare, broken):
            for ranks in (None, 2):
                self.assert_refused(self.certify(copy.folder, ranks=ranks), "s00000001.h5")

    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.startswith("kacrice:")]
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_refuses(self):
        campaign = self.census(**CAMPAIGN)
        self.assert_refused(self.certify("nowhere"), "nowhere/campaign.json")
        self.assert_refused(self.certify("."), "campaign.json")
        self.assert_refused(run("certify", cwd=self.folder), "DIR")
        self.assert_refused(self.certify(campaign.folder, model_n=10), "model_n")
        other = self.copy(campaign)
        text = (other.folder / "campaign.json").read_text()
        (other.folder / "campaign.json").write_text(text.replace('"-campaign_seed":\t"1"', '"-campaign_seed":\t"2"'))
        self.assert_refused(self.certify(other.folder), "another campaign", "-campaign_seed")
        empty = self.copy(campaign)
        shutil.rmtree(empty.folder / "samples")
        self.assert_refused(self.certify(empty.folder), "no finished sample")
        bare = self.census(**CAMPAIGN, census_store_points="false")
        self.assert_refused(self.certify(bare.folder), "no coordinates")

    def test_couplings_of_a_file(self):
        self.export("J.h5", model_p=3, model_n=7)
        campaign = self.census(model_couplings="J.h5", search_starts=800)
        self.assertIn("of 1 samples", self.assert_passes(campaign.folder))
        (self.folder / "J.h5").rename(self.folder / "K.h5")
        self.assert_refused(self.certify(campaign.folder), "J.h5")
        self.assert_passes(campaign.folder, model_couplings="K.h5")
        self.export("other.h5", model_p=3, model_n=7, campaign_seed=9)
        self.assert_refused(self.certify(campaign.folder, model_couplings="other.h5"), "another campaign")


if __name__ == "__main__":
    import unittest
    unittest.main()
