# kr_test: ranks=4 timeout=240
"""A campaign that is killed goes on where it stood, and a finished one is extended: no sample is done twice, and
nothing tells the result from that of an undisturbed run."""
import time
import unittest

from kacrice_test import Campaign, Case, Running, marks

# Samples of 0.1 s on one core: after the second one a second is left, ten times what it takes to see it and to kill.
MODEL = {"model_p": 3, "model_n": 10, "campaign_seed": 3, "search_starts": 24000, "census_missing": 0,
         "campaign_samples": 24}
KILL_AFTER = 2  # finished samples


class Resume(Case):
    def interrupt(self, name, ranks, how_many_ranks, **options):
        """Runs until some samples are done, then kills; returns the campaign as it is left."""
        campaign = Campaign(self.folder / name)

        def attempt():
            running = Running(self.folder, ranks=ranks, campaign_out=name, **options)
            self.addCleanup(running.kill)
            running.learn(ranks or 1)
            deadline = time.monotonic() + 100
            while len(campaign.shard_paths) < KILL_AFTER and time.monotonic() < deadline:
                time.sleep(0.005)
            code, n_killed = running.kill(how_many_ranks)
            self.assertGreaterEqual(len(campaign.shard_paths), KILL_AFTER)
            if len(campaign.shard_paths) == options["campaign_samples"]:
                return False
            self.assertEqual(n_killed, how_many_ranks or n_killed)
            self.assertNotEqual(code, 0)
            return True

        self.in_the_middle(name, attempt)
        self.assertFalse((campaign.folder / "summary.json").exists())
        self.assertFalse((campaign.folder / "ensemble.h5").exists())
        return campaign

    def check_killed(self, ranks, how_many_ranks, **options):
        """Kill, finish, compare; then once more with nothing left to do."""
        options = {**MODEL, **options}
        undisturbed = self.census(ranks=ranks, **options)
        killed = self.interrupt("killed", ranks, how_many_ranks, **options)
        done = marks(killed)
        resumed = self.census("killed", ranks=ranks, **options)
        after = marks(resumed)
        self.assertEqual({number: after[number] for number in done}, done, "finished samples were done again")
        self.assert_same_result(resumed, undisturbed)
        again = self.census("killed", ranks=ranks, **options)
        self.assertEqual(marks(again), after)
        self.assert_same_result(again, undisturbed)

    def test_all_processes_killed(self):
        self.check_killed(ranks=2, how_many_ranks=None)

    def test_one_rank_killed(self):
        self.check_killed(ranks=4, how_many_ranks=1, campaign_group_size=2)

    def test_without_launcher(self):
        self.check_killed(ranks=None, how_many_ranks=None, campaign_samples=12)

    def test_resumed_on_other_ranks(self):
        undisturbed = self.census(ranks=1, **MODEL)
        killed = self.interrupt("killed", 2, None, **MODEL)
        done = marks(killed)
        resumed = self.census("killed", ranks=3, campaign_group_size=3, **MODEL)
        after = marks(resumed)
        self.assertEqual({number: after[number] for number in done}, done)
        self.assert_same_points(resumed, undisturbed)
        self.assert_same_hits(resumed, undisturbed)
        self.assert_same_counts(resumed, undisturbed)


class Extend(Case):
    def test_more_samples_keep_those_that_are_there(self):
        model = {**MODEL, "model_n": 6, "search_starts": 500}
        six = self.census("grown", **{**model, "campaign_samples": 6})
        before = marks(six)
        self.assertEqual(six.summary["samples"], {"requested": 6, "done": 6, "failed": 0, "in_ensemble": 6})
        ten = self.census("grown", **{**model, "campaign_samples": 10})
        after = marks(ten)
        self.assertEqual(sorted(after), list(range(10)))
        self.assertEqual({number: after[number] for number in before}, before)
        self.assert_same_result(ten, self.census(**{**model, "campaign_samples": 10}))

    def test_ranges_fill_one_ensemble(self):
        model = {**MODEL, "model_n": 6, "search_starts": 500}
        self.census("ranges", **{**model, "campaign_samples": "7:9"})
        rest = self.census("ranges", **{**model, "campaign_samples": "0:2"})
        self.assertEqual(sorted(rest.shard_paths), [0, 1, 7, 8])
        self.assertEqual(rest.summary["samples"]["done"], 2)
        self.assertEqual(rest.summary["samples"]["in_ensemble"], 4)
        self.assertEqual(list(rest.ensemble["samples"]["sample"]), [0, 1, 7, 8])

    def test_a_deleted_shard_is_done_again(self):
        model = {**MODEL, "model_n": 6, "search_starts": 500, "campaign_samples": 4}
        whole = self.census("holed", **model)
        want = self.census(**model)
        before = marks(whole)
        whole.shard_paths[2].unlink()
        mended = self.census("holed", **model)
        after = marks(mended)
        self.assertEqual([number for number in after if after[number] != before[number]], [2])
        self.assert_same_result(mended, want)

    def test_leftovers_of_a_crash_are_harmless(self):
        model = {**MODEL, "model_n": 6, "search_starts": 500, "campaign_samples": 3}
        want = self.census(**model)
        folder = self.folder / "left"
        (folder / "samples" / "0000").mkdir(parents=True)
        for name in ("samples/0000/s00000001.h5.tmp.elsewhere.123", "ensemble.h5.tmp.elsewhere.123",
                     "summary.json.tmp.elsewhere.123", "campaign.json.tmp.elsewhere.123"):
            (folder / name).write_bytes(b"half written")
        self.assert_same_result(self.census("left", **model), want)

    def test_a_lost_ensemble_comes_back_from_the_shards(self):
        model = {**MODEL, "model_n": 6, "search_starts": 500, "campaign_samples": 3}
        campaign = self.census("lost", **model)
        want = self.census(**model)
        before = marks(campaign)
        for name in ("ensemble.h5", "summary.json"):
            (campaign.folder / name).unlink()
        back = self.census("lost", **model)
        self.assertEqual(marks(back), before)
        self.assert_same_result(back, want)


if __name__ == "__main__":
    unittest.main()
