/* The registry of models, no guard: expanded in model_impl.h (prototypes) and model.c (table). */
KR_MODEL("pspin", KrModelCreate_PSpin)
KR_MODEL("tap", KrModelCreate_Tap)
