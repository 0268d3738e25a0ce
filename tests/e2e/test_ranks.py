# kr_test: ranks=4 timeout=180
"""A result does not depend on who computed it: the same campaign on other numbers of ranks, group sizes, spreads,
queues and instruction sets."""
import re
import unittest

import numpy as np

import kacrice_test
from kacrice_test import Case

# Starts enough that every point is found many times: then the set of points is that of the landscape, whatever the
# rounding of a search. At the fewest, 6 hits a point were seen.
PURE = {"model_p": 3, "model_n": 6, "campaign_samples": 5, "campaign_seed": 5, "search_starts": 1500,
        "census_missing": 0}
MIXED = {"model_mixture": "3:0.36,4:0.64", "model_n": 4, "campaign_samples": "3:6", "search_starts": 3000,
         "census_missing": 0}

# Each start is worked on by one rank alone: it has to end in the same point, whoever that is.
STARTS = [
    {"ranks": 1},
    {"ranks": 2},
    {"ranks": 4},
    {"ranks": 2, "campaign_group_size": 2},
    {"ranks": 4, "campaign_group_size": 2},
    {"ranks": 3, "campaign_group_size": 2},  # one rank idle
    {"ranks": 4, "campaign_group_size": 4},
    {"ranks": 2, "campaign_queue": "static"},
    {"ranks": 4, "campaign_queue": "static", "campaign_group_size": 2},
    {"ranks": 2, "campaign_spread": "tensor"},
]
# Sums in another order: searches on the border of two basins may end in the other one.
ROUNDING = [
    {"ranks": 2, "campaign_spread": "tensor", "campaign_group_size": 2},
    {"ranks": 4, "campaign_spread": "tensor", "campaign_group_size": 2},
    {"ranks": 3, "campaign_spread": "tensor", "campaign_group_size": 3},
]


def simd_levels():
    """Those of this CPU and build."""
    line = re.search(r"-model_simd\): ([^;]*);", kacrice_test.run("list").stdout)
    return line.group(1).split()


class Couplings(Case):
    def assert_same_bits(self, got, want):
        self.assertEqual(list(got), list(want))
        for name in want:
            self.assertEqual(got[name].tobytes(), want[name].tobytes(), name)

    def test_couplings_have_the_same_bits_on_any_ranks_and_instructions(self):
        disorder = {"model_mixture": "2:0.1,3:0.3,4:0.6", "model_n": 7, "campaign_seed": 12345678901,
                    "campaign_sample": 9}
        reference = self.export("reference.h5", **disorder)
        self.assertEqual(sorted(reference), ["tensor_p2", "tensor_p3", "tensor_p4"])
        for ranks in (1, 2, 4):
            self.assert_same_bits(self.export("other.h5", ranks=ranks, **disorder), reference)
        for level in simd_levels():
            self.assert_same_bits(self.export("other.h5", model_simd=level, **disorder), reference)

    def test_couplings_of_fewer_spins_are_part_of_those_of_more(self):
        for order, few, many in ((2, 5, 8), (3, 4, 9), (4, 3, 6), (5, 3, 4), (6, 3, 4)):
            small, large = (self.export("t.h5", model_p=order, model_n=n)[f"tensor_p{order}"] for n in (few, many))
            part = np.ascontiguousarray(large[(slice(few),) * order])
            self.assertEqual(part.tobytes(), small.tobytes(), f"p = {order}")

    def test_an_order_of_a_mixture_is_the_pure_one_scaled(self):
        mixed = self.export("m.h5", model_mixture="3:0.36,4:0.64", model_n=5)
        for order, amplitude in ((3, 0.6), (4, 0.8)):
            pure = self.export("p.h5", model_p=order, model_n=5)[f"tensor_p{order}"]
            # one rounding of the amplitude, one of the product, one of the multiplicity
            np.testing.assert_allclose(mixed[f"tensor_p{order}"], amplitude * pure, rtol=1e-15)

    def test_samples_and_seeds_differ(self):
        entries = [self.export("t.h5", model_n=4, **o)["tensor_p3"][0, 1, 2] for o in (
            {}, {"campaign_sample": 1}, {"campaign_seed": 2}, {"campaign_seed": 1 + 2 ** 32},
            {"campaign_sample": 2 ** 31})]
        self.assertEqual(len(set(entries)), len(entries))


class Census(Case):
    def check(self, model, settings, hits):
        reference = self.census(**model)
        self.assertGreater(min(shard.points["hits"].min() for shard in reference.shards.values()), 2)
        for setting in settings:
            with self.subTest(**setting):
                other = self.census(**{**model, **setting})
                self.assert_same_points(other, reference)
                self.assert_same_counts(other, reference)
                if hits:
                    self.assert_same_hits(other, reference)

    def test_pure_on_any_ranks(self):
        self.check(PURE, STARTS, hits=True)

    def test_mixed_on_any_ranks(self):
        self.check(MIXED, STARTS[1:5], hits=True)

    def test_spread_tensor(self):
        self.check(PURE, ROUNDING, hits=False)
        self.check({**MIXED, "campaign_samples": "3:5"}, ROUNDING[:1], hits=False)

    def test_instructions(self):
        settings = [{"model_simd": level} for level in simd_levels()]
        self.check(PURE, settings, hits=False)
        self.check(MIXED, settings, hits=False)

    def test_minima(self):
        model = {"model_p": 3, "model_n": 10, "campaign_samples": 3, "search_kind": "minima", "search_starts": 400}
        self.check(model, [{"ranks": 2, "campaign_group_size": 2}, {"ranks": 4}], hits=True)
        self.check(model, [{"ranks": 2, "campaign_group_size": 2, "campaign_spread": "tensor"}], hits=False)

    def test_spread_tensor_uses_the_exported_couplings(self):
        for model in (PURE, MIXED):
            campaign = self.census(ranks=3, campaign_group_size=3, campaign_spread="tensor", **model)
            for sample, shard in campaign.shards.items():
                law = {name: value for name, value in model.items() if name.startswith("model_")}
                seed = model.get("campaign_seed", 1)
                couplings = self.export("t.h5", campaign_sample=sample, campaign_seed=seed, **law)
                # sums of N^p terms of order 1, N^p < 300: rounding of 1e-14 at most
                np.testing.assert_allclose(kacrice_test.energies(couplings, shard.x), shard.points["energy"], rtol=0,
                                           atol=1e-12)

    def test_provenance_tells_the_ranks(self):
        campaign = self.census(ranks=4, campaign_group_size=2, **PURE)
        self.assertEqual((campaign.summary["ranks"], campaign.summary["groups"]), (4, 2))
        self.assertEqual(campaign.shards[0].attributes["ranks"], 4)


if __name__ == "__main__":
    unittest.main()
