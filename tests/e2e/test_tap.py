# kr_test: ranks=2 timeout=300
"""kacrice tap and -model_type tap: states by two routes, on any number of ranks; what is refused."""
import pathlib
import shutil

import h5py
import numpy as np

from kacrice_test import Case, Campaign, run

PURE = {"model_p": 3, "model_n": 8, "campaign_samples": 30, "campaign_seed": 5, "search_starts": 800}
MIXED = {"model_mixture": "3:0.3,6:0.7", "model_n": 6, "campaign_samples": 13, "campaign_seed": 3,
         "search_starts": 600}
FOLLOWED, DIRECT = 1, 2


class States:
    """The states of one sample, out of its file."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.states, self.x, self.events = file["states"][:], file["x"][:], file["events"][:]
            self.names = [name.decode() if isinstance(name, bytes) else name for name in file["events"].attrs["names"]]
            self.n_cold = int(file.attrs["n_cold"])


class Tap(Case):
    def tap(self, folder, ranks=None, **options):
        done = run("tap", folder, cwd=self.folder, ranks=ranks, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return [States(path) for path in sorted((pathlib.Path(folder) / "tap").glob("samples/*/s*.h5"))]

    def copy(self, campaign, name):
        return Campaign(shutil.copytree(campaign.folder, self.folder / name))

    def test_pure_states_agree_with_the_search(self):
        campaign = self.census(**PURE)
        samples = self.tap(campaign.folder, tap_temperature="0.3,0.7", tap_starts=1000)
        n_states = 0
        for shard, sample in zip(campaign.shards.values(), samples):
            n_states += len(sample.states)
            for state, m in zip(sample.states, sample.x):
                point, sigma = shard.points[state["branch"]], shard.x[state["branch"]]
                self.assertEqual(state["found"], FOLLOWED | DIRECT)
                self.assertLess(state["residual"], 1e-9)
                # transverse: the eigenvalues at T = 0 times sqrt(q), p = 3; the radial one is larger
                self.assertAlmostEqual(state["lambda_min"], np.sqrt(state["q"]) * point["lambda_min"], 8)
                np.testing.assert_allclose(m, np.sqrt(state["q"]) * sigma, atol=1e-12)
                self.assertEqual(state["index"], point["index"])
        self.assertGreater(n_states, 4)

    def test_ranks_and_groups_do_not_matter(self):
        campaign = self.census(**MIXED)
        options = {"tap_temperature": "0.2,0.6,1", "tap_starts": 600}
        one = self.tap(self.copy(campaign, "one").folder, **options)
        two = self.tap(self.copy(campaign, "two").folder, ranks=2, **options)
        group = self.tap(self.copy(campaign, "group").folder, ranks=2, campaign_group_size=2, **options)
        for other in (two, group):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a.states, b.states)
                np.testing.assert_array_equal(a.events, b.events)
                np.testing.assert_array_equal(a.x, b.x)
        self.check_events(one)

    def check_events(self, samples):
        """Each branch that is missing at a higher temperature has ended, and where its Hessian is singular or w = 1."""
        n_ends = 0
        for sample in samples:
            for branch in np.unique(sample.states["branch"]):
                states = sample.states[sample.states["branch"] == branch]
                events = sample.events[sample.events["branch"] == branch]
                ends = [e for e in events if sample.names[e["kind"]] in ("death", "merge", "marginal")]
                n_ends += len(ends)
                if states["temperature_at"].max() < 2:
                    self.assertEqual(len(ends), 1)
                    self.assertGreater(ends[0]["temperature"], states["temperature"].max())
                if branch >= sample.n_cold:
                    self.assertTrue(any(sample.names[e["kind"]] in ("birth", "onset", "unlisted") for e in events))
            for event in sample.events:
                if sample.names[event["kind"]] in ("birth", "death", "merge"):
                    self.assertLess(event["margin"], 1e-5)
                if sample.names[event["kind"]] in ("marginal", "onset"):
                    self.assertAlmostEqual(event["w"], 1, 9)
                self.assertNotEqual(sample.names[event["kind"]], "lost")
        self.assertGreater(n_ends, 0)

    def test_goes_on_where_it_was(self):
        campaign = self.census(**{**PURE, "campaign_samples": 6})
        self.tap(campaign.folder, tap_temperature=0.3, tap_starts=600)
        shards = sorted((campaign.folder / "tap").glob("samples/*/s*.h5"))
        kept, lost = shards[0].stat().st_mtime_ns, shards[1].read_bytes()
        shards[1].unlink()
        self.tap(campaign.folder, tap_temperature=0.3, tap_starts=600)
        self.assertEqual(shards[0].stat().st_mtime_ns, kept)
        self.assertEqual(len(shards[1].read_bytes()), len(lost))
        done = run("tap", campaign.folder, cwd=self.folder, tap_temperature=0.4, tap_starts=600)
        self.assertEqual(done.returncode, 2)
        self.assertIn("the folder was made with 0.3", done.stderr)

    def assert_refused(self, words, *texts, **options):
        done = run(*words, cwd=self.folder, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_refuses(self):
        bare = self.census(**{**PURE, "campaign_samples": 1, "census_store_points": "false"})
        warm = self.census(model_type="tap", model_temperature=0.5, model_n=6, campaign_samples=2)
        self.assertEqual(warm.summary["completeness"]["euler_failed"], 0)
        self.assert_refused(("tap", bare.folder), "no coordinates", tap_temperature=0.3)
        self.assert_refused(("tap", warm.folder), "-model_type tap", tap_temperature=0.3)
        self.assert_refused(("certify", warm.folder), "-model_type tap")
        self.assert_refused(("tap", bare.folder), "-tap_temperature 0", "must be greater than 0", tap_temperature=0)
        self.assert_refused(("tap", bare.folder), "must ascend", tap_temperature="0.3,0.2")
        self.assert_refused(("tap", bare.folder), "did you mean -tap_temperature", tap_temperatur=0.3)
        self.assert_refused(("tap", self.folder / "nowhere"), "nowhere", tap_temperature=0.3)
        self.assert_refused(("census",), "-model_temperature", model_type="tap")
        self.assert_refused(("census",), "-model_temperature", model_temperature=0.3)
        self.assert_refused(("census",), "-search_kind homotopy", model_type="tap", model_temperature=0.3,
                            search_kind="homotopy")
        self.assert_refused(("census",), "-census_certify", model_type="tap", model_temperature=0.3,
                            census_certify="true")
        self.assert_refused(("census",), "-descent_method", model_type="tap", model_temperature=0.3,
                            search_kind="minima", descent_method="lbfgs")


if __name__ == "__main__":
    import unittest
    unittest.main()
