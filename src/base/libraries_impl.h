/* What the libraries below are told before they start. Inside src/base only. */
#pragma once

int KrLibrariesPrepare(void);
