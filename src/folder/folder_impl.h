/* Parts of a folder. Inside src/folder only. */
#pragma once
#include "folder.h"

PetscErrorCode KrJournalCheckOld(const KrVisit *visit, int64_t first, int64_t end,
                                 char message[KR_MESSAGE_MAX]); /* journal.c */
PetscErrorCode KrLeftoversDelete(const KrVisit *visit, KrClaim claim,
                                 PetscBool extended); /* leftovers.c */
