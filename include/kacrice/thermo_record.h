/* Layer 0: what Monte Carlo measures on a disorder sample, as plain data. The store and the physics meet here. */
#pragma once
#include <stdint.h>
