/* The registry of searches, no guard: expanded in search_impl.h (tables) and search.c. Order as in KrSearchKind. */
KR_SEARCH("minima", KrSearchOps_Minima)
KR_SEARCH("all", KrSearchOps_All)
KR_SEARCH("homotopy", KrSearchOps_Homotopy)
