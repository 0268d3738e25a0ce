# kr_test: ranks=2 labels=oracle,long timeout=1800
"""Sums over the states of a census against parallel tempering in the same disorder samples, below T_d: two programs that
share the couplings and nothing else. docs/theory/states.md, section 5."""
import unittest

import h5py
import numpy as np

from kacrice_test import Case

COLD = np.array([0.15, 0.2, 0.3, 0.5, 0.8])
LADDER = "2,1.6,1.26,1.05,0.9,0.8,0.7,0.6,0.5,0.45,0.4,0.35,0.3,0.25,0.22,0.2,0.18,0.165,0.15"
N, SAMPLES = 16, 40


class Tempering(Case):
    def sums(self, kind):
        self.run_well("states", "minima", states_temperature=",".join(map(str, COLD)), states_kind=kind, states_out=kind)
        with h5py.File(self.folder / f"{kind}.h5") as file:
            return file["free_energy"][:], file["energy"][:]

    def tempering(self):
        """F and u per spin of each sample at the temperatures COLD, and the error of F."""
        self.run_well("thermo", ranks=2, timeout=1500, model_n=N, campaign_samples=SAMPLES, thermo_temperatures=LADDER,
                      thermo_quenches=0, thermo_burn_in=500, thermo_sweeps=2000, campaign_out="hot")
        rows = []
        for path in sorted((self.folder / "hot").glob("samples/*/s*.h5")):
            with h5py.File(path) as file:
                table = file["temperatures"][:]
            at = [np.argmin(np.abs(table["temperature"] - t)) for t in COLD]
            rows.append((-COLD * table["log_z"][at], table["energy"][at], COLD * table["log_z_error"][at]))
        return np.array(rows).transpose(1, 0, 2)

    def test_same_samples(self):
        self.run_well("census", ranks=2, timeout=600, model_n=N, campaign_samples=SAMPLES, search_kind="minima",
                      spectrum_lowest=N - 1, campaign_out="minima")
        f, u, error = self.tempering()
        f_harmonic, u_harmonic = self.sums("harmonic")
        excess, lack = f_harmonic - f, u - u_harmonic
        c = excess / COLD ** 2
        mean, stderr = c.mean(axis=0), c.std(axis=0, ddof=1) / np.sqrt(SAMPLES)
        print("\nT, (F_harmonic - F)/T^2:", *zip(COLD, mean, stderr), flush=True)
        # the first anharmonic term of F is -c T^2, that of u = F - T dF/dT then +c T^2; the next order is T^3
        np.testing.assert_array_less(0, mean)
        np.testing.assert_array_less(np.abs(mean[:3] - mean[:3].mean()), 4 * stderr[:3] + 0.15 * mean[:3].mean())
        np.testing.assert_allclose((lack / COLD ** 2).mean(axis=0)[:3], mean[:3], rtol=0.4)
        # each sample: what the harmonic sum lacks is no noise of the weights of states
        self.assertLess(np.abs(excess[:, 0]).max(), 0.06 * COLD[0] + 5 * error[:, 0].max())
        # TAP sums leave out the states above -E_inf and a factor of order one a state: O(1/N), either way
        f_tap, _ = self.sums("tap")
        has = np.isfinite(f_tap[:, 0])
        print(f"TAP, {has.sum()} samples with states, F_TAP - F:", *zip(COLD, (f_tap - f)[has].mean(axis=0)), flush=True)
        self.assertGreater(has.sum(), 1)
        self.assertLess(np.abs((f_tap - f)[has].mean(axis=0)).max(), 1.0 / N)


if __name__ == "__main__":
    unittest.main()
