/* The whole library. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/bench.h>
#include <kacrice/campaign.h>
#include <kacrice/census.h>
#include <kacrice/kernels.h>
#include <kacrice/manifold.h>
#include <kacrice/model.h>
#include <kacrice/peak.h>
#include <kacrice/record.h>
#include <kacrice/rng.h>
#include <kacrice/search.h>
#include <kacrice/spectrum.h>
#include <kacrice/stats.h>
#include <kacrice/store.h>
#include <kacrice/theory.h>
#include <kacrice/verify.h>
