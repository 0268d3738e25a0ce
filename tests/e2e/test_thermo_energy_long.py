# kr_test: labels=oracle,long timeout=3600
"""p = 3 above T_d, N = 32, 64 and 128: <e> comes to -1/T within 3 standard errors, extrapolated by 1/N and 1/N^2. Seven
temperatures that share their samples: false alarm below 7 x 2.7e-3."""
import unittest

import test_thermo_energy


class Large(test_thermo_energy.Energy):
    def test_energy_of_the_paramagnet(self):
        sweeps = {"thermo_burn_in": 400, "thermo_sweeps": 1600}
        self.check({32: {"samples": 400, **sweeps}, 64: {"samples": 200, **sweeps}, 128: {"samples": 40, **sweeps}},
                   (0, 1, 2), 3.0, 0.1)


if __name__ == "__main__":
    unittest.main()
