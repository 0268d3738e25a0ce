/* Layer 2: folders of campaigns as they lie on disk. */
#pragma once
#include <kacrice/base.h>

PetscBool      KrFolderIsCampaign(const char folder[]);
PetscErrorCode KrStudyList(const char folder[], int *count, char ***campaigns);
void           KrStudyDestroy(int count, char **campaigns);
