# kr_test: labels=oracle timeout=300
"""p = 3 above T_d: <e> over samples comes to -1/T, extrapolated in 1/N from N = 32 and 64, seven temperatures from 2 to
0.9. A line in 1/N leaves a term of 1/N^2, at most 24/(32 x 64) = 0.012 as larger sizes tell (the long test), beside 4
standard errors: false alarm below 7 x 6e-5. Without any limit, at every N: <e> + (1 - <q^3>)/T = 0 on average over drawn
couplings (by parts), within 4 standard errors over samples: 14 x 6e-5."""
import unittest

import numpy as np

from kacrice_test import Campaign, Case

TEMPERATURES = "2:0.9:7"


def extrapolate(sizes, means, errors, powers):
    """Value at 1/N = 0 and its error of a least-squares fit by the powers of 1/N; a line of temperatures each."""
    design = np.array([[n ** -power for power in powers] for n in sizes])
    values, spread = [], []
    for mean, error in zip(np.transpose(means), np.transpose(errors)):
        weighted = design / error[:, None]
        inverse = np.linalg.pinv(weighted)
        values.append((inverse @ (mean / error))[0])
        spread.append(np.sqrt(np.sum(inverse[0] ** 2)))
    return np.array(values), np.array(spread)


class Energy(Case):
    def energies(self, n, samples, **options):
        """T, <e> and its error, hottest first; both kinds of starts agree."""
        name = f"n{n}"
        self.run_well("thermo", timeout=3000, model_n=n, campaign_samples=samples, campaign_seed=n, campaign_out=name,
                      thermo_temperatures=TEMPERATURES, thermo_infinity="false", thermo_quenches=0, **options)
        summary = Campaign(self.folder / name).summary
        items = summary["temperatures"]
        # about 7 independent differences a sample of mean square 1; errors of short series are 10 % too small
        self.assertLess(summary["equilibration"]["agreement"], 1.3 + 6 * np.sqrt(2 / samples))
        for item in items:
            self.assertLess(abs(item["identity"]["mean"]), 4 * item["identity"]["stderr"], item["temperature"])
            self.assertLess(item["identity"]["stderr"], 0.1)
        return (np.array([item["temperature"] for item in items]),
                np.array([item["energy"]["mean"] for item in items]),
                np.array([item["energy"]["stderr"] for item in items]))

    def check(self, sizes, powers, limit, largest, allowance=0.0):
        runs = [self.energies(n, **how) for n, how in sizes.items()]
        value, error = extrapolate(list(sizes), [run[1] for run in runs], [run[2] for run in runs], powers)
        for t, e, de in zip(runs[0][0], value, error):
            print(f"T {t:.4f}  e {e:.4f} +- {de:.4f}  exact {-1 / t:.4f}  {(e + 1 / t) / de:+.2f}")
        self.assertLess(error.max(), largest)
        np.testing.assert_array_less(np.abs(value + 1 / runs[0][0]), limit * error + allowance)


class Small(Energy):
    def test_energy_of_the_paramagnet(self):
        self.check({32: {"samples": 60, "thermo_burn_in": 200, "thermo_sweeps": 640},
                    64: {"samples": 24, "thermo_burn_in": 200, "thermo_sweeps": 640}}, (0, 1), 4.0, 0.05, 0.012)


if __name__ == "__main__":
    unittest.main()
