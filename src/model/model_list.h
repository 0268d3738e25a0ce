/* The registry of models, no guard: name and type, one a line. Expanded in registry.c. */
KR_MODEL("pspin", KrModelPSpin)
KR_MODEL("tap", KrModelTap)
