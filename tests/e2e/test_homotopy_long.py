# kr_test: ranks=2 labels=long timeout=1800
"""All paths of many samples accounted for: 2^N - 1 complex critical points at p = 3, (3^N - 1)/2 at p = 4; and the means of
the real ones, which nothing can bias by what is missing, against Kac-Rice. Drawn anew, a right program would fail the
limit of 3 standard errors in 0.3% of the runs of a line."""
import unittest

from test_homotopy import HomotopyCase


class Long(HomotopyCase):
    def check(self, p, n, samples):
        n_paths = ((p - 1) ** n - 1) // (p - 2)
        campaign = self.census(ranks=2, timeout=1500, campaign_group_size=2 if samples == 1 else 1,
                               search_kind="homotopy", model_p=p, model_n=n, campaign_samples=samples,
                               census_store_points="false")
        self.check_proved(campaign, n_paths)
        self.assertEqual(len(campaign.shards), samples)
        total = campaign.summary["counts"]["total"]
        again = sum(shard.attributes["paths_followed"] - n_paths for shard in campaign.shards.values())
        seconds = sum(shard.attributes["seconds"] for shard in campaign.shards.values())
        print(f"\np = {p}, N = {n}: {samples} x {n_paths} paths, {again} followed again, "
              f"{1e6 * seconds / samples / n_paths:.1f} us a path with all else, "
              f"{total['mean']:.3f} points, exact {total['expected']:.3f}", flush=True)
        if samples > 1:
            self.assertLess(abs(total["mean"] - total["expected"]), 3 * total["stderr"])

    def test_cubic(self):
        for n in (6, 8, 10):
            self.check(3, n, 50)
        self.check(3, 12, 5)

    def test_quartic(self):
        for n in (5, 6):
            self.check(4, n, 50)

    def test_against_newton(self):
        for n in (6, 8, 10):
            self.check_against_newton(50, 2 ** n - 1, model_p=3, model_n=n)
        self.check_against_newton(5, 2 ** 12 - 1, model_p=3, model_n=12)
        for n in (5, 6):
            self.check_against_newton(50, (3 ** n - 1) // 2, model_p=4, model_n=n)

    def test_large(self):
        for n in (14, 15, 16):
            self.check(3, n, 1)


if __name__ == "__main__":
    unittest.main()
