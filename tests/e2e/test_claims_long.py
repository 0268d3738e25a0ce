# kr_test: ranks=4 labels=long timeout=3000
"""All mixes of two runs in one folder, and four groups that keep states as often as they can."""
import pathlib
import sys
import unittest

import kacrice_test
from kacrice_test import Campaign, Case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
import mixes  # noqa: E402


class Claims(Case):
    def test_mixes(self):
        self.assertEqual(mixes.Mixes(self.folder).run(mixes.KINDS * 2), 0)

    def test_fifty_runs_of_four_groups(self):
        ended = []
        for number in range(50):
            done = kacrice_test.run("census", ranks=4, cwd=self.folder, model_p=3, model_n=8, campaign_samples=400,
                                    search_starts=3000, census_missing=0, campaign_seed=3, campaign_checkpoint=0.005,
                                    campaign_out=f"s{number}")
            ended.append((done.returncode, done.stderr[-500:] if done.returncode else ""))
            self.assertEqual(len(Campaign(self.folder / f"s{number}").shard_paths), 400)
        self.assertEqual(ended, [(0, "")] * 50)


if __name__ == "__main__":
    unittest.main()
