# kr_test: timeout=300
"""A homotopy accounts for every complex critical point, and its real ones are those that Newton's method finds from many
starts, point by point. For N = 2 they are the roots of a polynomial."""
import unittest

import numpy as np

import kacrice_test
from kacrice_test import Case


class HomotopyCase(Case):
    def check_proved(self, campaign, n_paths):
        """All paths have ends of their own; the exact identities hold."""
        for sample, shard in campaign.shards.items():
            attributes = shard.attributes
            names = list(kacrice_test.h5py.File(campaign.shard_paths[sample])["reasons"].attrs["names"])
            reasons = dict(zip(names, shard.sets["reasons"]))
            self.assertEqual((attributes["paths"], attributes["paths_distinct"], attributes["starts"]),
                             (n_paths, n_paths, n_paths), f"sample {sample}")
            self.assertEqual(attributes["verdict"], "proved")
            self.assertEqual((attributes["euler_failed"], attributes["parity_failed"]), (0, 0))
            self.assertEqual((reasons["found"], reasons["complex"]), (len(shard.points), n_paths - len(shard.points)))
            np.testing.assert_array_equal(shard.points["hits"], 1)
            self.assertLessEqual(shard.points["residual"].max(), 1e-11)

    def check_against_newton(self, samples, n_paths, **model):
        """The same points: energies to 1e-10, coordinates to an overlap of 1 - 1e-8."""
        proved = self.census(search_kind="homotopy", campaign_samples=samples, **model)
        newton = self.census(search_kind="all", census_missing=0, campaign_samples=samples, **model,
                             search_starts=20000)
        self.check_proved(proved, n_paths)
        self.assert_same_points(proved, newton)
        for sample, shard in proved.shards.items():
            x, y = shard.x, newton.shards[sample].x
            overlaps = np.abs(x @ y.T) / x.shape[1]
            self.assertEqual(sorted(overlaps.argmax(axis=1)), list(range(len(y))))
            self.assertLess((1 - overlaps.max(axis=1)).max(), 1e-8)


class Homotopy(HomotopyCase):
    def test_cubic_n_6(self):
        self.check_against_newton(5, 63, model_p=3, model_n=6)

    def test_cubic_n_8(self):
        self.check_against_newton(5, 255, model_p=3, model_n=8)

    def test_quartic_n_5(self):
        self.check_against_newton(5, 121, model_p=4, model_n=5)

    def test_roots_of_a_polynomial(self):
        """N = 2: with x = (1, t), T x^{p-1} is parallel to x where x_0 (T x^{p-1})_1 - x_1 (T x^{p-1})_0 = 0, a
        polynomial of degree p in t with p complex roots."""
        for p in (3, 4):
            campaign = self.census(search_kind="homotopy", model_p=p, model_n=2, campaign_samples=20)
            self.check_proved(campaign, p)
            for sample, shard in campaign.shards.items():
                tensor = self.export(f"t{p}.h5", model_p=p, model_n=2, campaign_sample=sample)[f"tensor_p{p}"]
                values = [self.wedge(tensor, t) for t in range(p + 1)]
                roots = np.roots(np.polyfit(range(p + 1), values, p))
                real = np.sort(roots[np.abs(roots.imag) < 1e-7].real)
                found = np.sort(shard.x[:, 1] / shard.x[:, 0])
                self.assertEqual(len(found), len(real), f"p = {p}, sample {sample}")
                np.testing.assert_allclose(found, real, rtol=1e-7, atol=1e-7)  # polyfit loses a few digits

    @staticmethod
    def wedge(tensor, t):
        x = np.array([1.0, t])
        gradient = tensor
        while gradient.ndim > 1:
            gradient = gradient @ x
        return gradient[1] - t * gradient[0]

    def test_ranks_share_the_paths(self):
        model = {"search_kind": "homotopy", "model_p": 3, "model_n": 8, "campaign_samples": 3}
        alone = self.census(**model)
        for group_size in (1, 2):
            together = self.census(ranks=2, campaign_group_size=group_size, **model)
            self.assertEqual(list(together.shards), list(alone.shards))
            for sample, shard in alone.shards.items():
                for name, data in shard.sets.items():
                    self.assertEqual(together.shards[sample].sets[name].tobytes(), data.tobytes(), name)

    def test_paths_that_jump_are_followed_again(self):
        model = {"search_kind": "homotopy", "model_p": 3, "model_n": 8, "campaign_samples": 3}
        usual, careless = self.census(**model), self.census(homotopy_target=0.2, **model)
        self.check_proved(careless, 255)
        self.assert_same_points(careless, usual)
        for shard in usual.shards.values():
            self.assertEqual(shard.attributes["paths_followed"], 255)
        self.assertGreater(sum(shard.attributes["paths_followed"] for shard in careless.shards.values()), 3 * 255)

    def test_a_tensor_of_the_user(self):
        """In units of one's own, and a tensor that is not generic: nothing is claimed."""
        drawn = self.census(search_kind="homotopy", model_p=3, model_n=6, campaign_samples="2:3")
        self.export("t.h5", model_p=3, model_n=6, campaign_sample=2)
        with kacrice_test.h5py.File(self.folder / "t.h5") as file:
            tensor = file["tensor_p3"][:]
        for name, values in (("large.h5", 1e3 * tensor), ("none.h5", np.eye(6)[:, :, None] * np.ones(6))):
            symmetric = sum(np.transpose(values, axes) for axes in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0),
                                                                    (2, 0, 1), (2, 1, 0))) / 6
            with kacrice_test.h5py.File(self.folder / name, "w") as file:
                file["tensor_p3"] = symmetric
        large = self.census(search_kind="homotopy", model_couplings="large.h5")
        self.assertEqual(large.shards[0].attributes["verdict"], "proved")
        np.testing.assert_allclose(large.points(0)[0], 1e3 * drawn.points(2)[0], rtol=1e-9)
        # sum_i x_i x^2: |x|^2 (1 . x) has a sphere of critical points with 1 . x = 0
        none = self.census(search_kind="homotopy", model_couplings="none.h5")
        attributes = none.shards[0].attributes
        self.assertLess(attributes["paths_distinct"], attributes["paths"])
        self.assertEqual(attributes["verdict"], "incomplete")

    def test_options_of_a_shard_run_again(self):
        """The options that a shard holds make the same campaign."""
        first = self.census(search_kind="homotopy", model_p=3, model_n=5, campaign_samples=1)
        (self.folder / "options.txt").write_text(first.shards[0].attributes["options"])
        again = self.census("again", options_file="options.txt")
        self.assert_same_points(again, first)


if __name__ == "__main__":
    unittest.main()
