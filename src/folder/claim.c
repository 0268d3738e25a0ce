/* A run's own claim: made, kept alive by a thread that counts, given back. */
#include "claim.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EVERY   3.0  /* seconds between two counts */
#define SILENCE 60.0 /* seconds without one after which others take the run for dead */
#define TRIES   1000 /* to make a folder and a file in it, while others remove the empty folder */

struct KrClaim_s {
  char            folder[KR_PATH_MAX + 64], path[KR_CLAIM_PATH_MAX];
  const char     *name; /* in path */
  int             file;
  KrClaimRecord   record;
  pthread_t       thread;
  pthread_mutex_t mutex; /* of record and is_over */
  pthread_cond_t  wake;
  int             is_over, has_thread;
  atomic_int      is_lost;
};

/* BEGIN-HOST-PID-TOKEN: the token makes it unique, the rest is for people. */
void KrClaimNewName(const char host[], char name[], size_t length)
{
  unsigned long long token = 0;
  char               when[32];

  KrTimeText(when, sizeof when);
  if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token)
    token = (unsigned long long)time(NULL) << 20 ^ (unsigned long long)getpid();
  (void)snprintf(name, length, "%s-%.128s-%ld-%016llx", when, host, (long)getpid(), token);
}

/* Whether the claim's name leads to another file, or nowhere. */
static PetscBool is_gone(const KrClaim claim)
{
  const int   file = open(claim->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  struct stat named, own;
  PetscBool   gone = PETSC_FALSE;

  if (file < 0) return errno == ENOENT || errno == ESTALE ? PETSC_TRUE : PETSC_FALSE;
  if (fstat(file, &named) == 0 && fstat(claim->file, &own) == 0)
    gone = named.st_dev != own.st_dev || named.st_ino != own.st_ino ? PETSC_TRUE : PETSC_FALSE;
  close(file);
  return gone;
}

/* Writes the record: 0, or an errno, also of a write that was cut short. */
static int put_record(KrClaim claim)
{
  char text[KR_CLAIM_BYTES];

  KrClaimFormat(&claim->record, text);
  errno = 0;
  if (pwrite(claim->file, text, sizeof text, 0) == (ssize_t)sizeof text &&
      fdatasync(claim->file) == 0)
    return 0;
  return errno == 0 ? EIO : errno;
}

/* Counts on and writes the record; a failure counts as a moment of silence. The mutex is held. */
static int write_record(KrClaim claim)
{
  claim->record.count += 1;
  return put_record(claim);
}

/* Says from now on what it wants, or has; a message that begins with the place when others cannot read it. Who asks has
   to write before it looks at the others. */
void KrClaimSay(KrClaim claim, const char place[], KrClaimState state, int64_t first, int64_t end,
                char message[KR_MESSAGE_MAX])
{
  int status;

  (void)pthread_mutex_lock(&claim->mutex);
  claim->record.state = state;
  claim->record.first = first;
  claim->record.end   = end;
  status              = write_record(claim);
  (void)pthread_mutex_unlock(&claim->mutex);
  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%.400s: cannot write its claim, %.200s/%.100s: %s",
                   place, claim->folder, claim->name, strerror(status));
}

/* The thread: it does nothing but write into one file, and calls neither MPI nor PETSc. A sample may take hours between
   two looks of the main thread at anything. */
static void *count_on(void *context)
{
  KrClaim         claim = context;
  struct timespec until;

  (void)pthread_mutex_lock(&claim->mutex);
  (void)clock_gettime(CLOCK_MONOTONIC, &until);
  while (!claim->is_over && !claim->is_lost) {
    until.tv_sec += (time_t)EVERY;
    while (!claim->is_over &&
           pthread_cond_timedwait(&claim->wake, &claim->mutex, &until) != ETIMEDOUT)
      continue;
    if (claim->is_over) break;
    if (is_gone(claim)) claim->is_lost = 1;
    else (void)write_record(claim);
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
  }
  (void)pthread_mutex_unlock(&claim->mutex);
  return NULL;
}

/* Signals stay with the main thread. */
static int start_thread(KrClaim claim)
{
  pthread_condattr_t attributes;
  sigset_t           all, before;
  int                status;

  (void)pthread_condattr_init(&attributes);
  (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  (void)pthread_mutex_init(&claim->mutex, NULL);
  (void)pthread_cond_init(&claim->wake, &attributes);
  (void)pthread_condattr_destroy(&attributes);
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  status = pthread_create(&claim->thread, NULL, count_on, claim);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  claim->has_thread = status == 0;
  return status;
}

/* Locks and writes the claim under a name that nobody reads, then gives it its own: who finds it finds it whole. */
static int make_file(KrClaim claim)
{
  char temporary[KR_CLAIM_PATH_MAX + 8];
  int  status;

  (void)snprintf(temporary, sizeof temporary, "%s.tmp.new", claim->path);
  claim->file = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (claim->file < 0) return errno;
  claim->record.is_locked = KrClaimLock(claim->file) == 0;
  KrClaimPlace(claim->file, &claim->record);
  status = put_record(claim);
  if (status == 0 && rename(temporary, claim->path) != 0) status = errno;
  if (status != 0) {
    (void)unlink(temporary);
    (void)close(claim->file);
  }
  return status;
}

/* The folder with the claim in it: one step for others, who remove it only when it is empty. */
static int make_folder_and_file(KrClaim claim)
{
  int status = ENOENT;

  for (int tries = 0; status == ENOENT && tries < TRIES; ++tries) {
    status = KrFolderMake(claim->folder);
    if (status == 0) status = make_file(claim);
  }
  return status;
}

/* A claim to no samples yet, in a folder that is made if need be and stays as long as the claim does. NULL with a
   message when it cannot be written. Not collective. */
PetscErrorCode KrClaimCreate(const char folder[], const char name[], const KrProvenance *provenance,
                             char message[KR_MESSAGE_MAX], KrClaim *claim)
{
  KrClaim made = calloc(1, sizeof *made);
  int     status;

  PetscFunctionBeginUser;
  *claim = NULL;
  PetscCheck(made != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a claim");
  (void)snprintf(made->folder, sizeof made->folder, "%s", folder);
  (void)snprintf(made->path, sizeof made->path, "%s/%.500s.claim", folder, name);
  made->name   = made->path + strlen(folder) + 1;
  made->record = (KrClaimRecord){.every = EVERY, .silence = SILENCE, .pid = (long)getpid()};
  (void)snprintf(made->record.host, sizeof made->record.host, "%s", provenance->host);
  status = make_folder_and_file(made);
  if (status == 0) {
    status = start_thread(made);
    if (status != 0) KrClaimDestroy(&made);
  }
  if (status != 0) {
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot be written in: %s", folder,
                   strerror(status));
    (void)rmdir(folder); /* fails when something is in it */
    free(made);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *claim = made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* NAME.claim, without the folder. */
const char *KrClaimName(KrClaim claim)
{
  return claim->name;
}

const char *KrClaimFolder(KrClaim claim)
{
  return claim->folder;
}

/* The time by the clock that stamps the files of the folder. */
double KrClaimTime(KrClaim claim)
{
  struct stat info;

  (void)pthread_mutex_lock(&claim->mutex);
  (void)write_record(claim);
  (void)pthread_mutex_unlock(&claim->mutex);
  return fstat(claim->file, &info) == 0 ? (double)info.st_mtime : 0.0;
}

/* A message when another run has taken this one for dead and its claim away, or the folder has gone: nothing of the
   folder is this run's any more. NULL: a process that has none. Not collective. */
void KrClaimCheck(KrClaim claim, char message[KR_MESSAGE_MAX])
{
  if (claim == NULL || !claim->is_lost) return;
  (void)snprintf(message, KR_MESSAGE_MAX,
                 "%.700s is gone: the folder was moved, or this run was silent for so long that "
                 "another one took it for dead; it ends here, finished samples are safe",
                 claim->path);
}

/* Gives the samples back, and removes the folder when it was the last claim and nothing else is in it. May be called
   twice. Not collective. */
void KrClaimDestroy(KrClaim *claim)
{
  KrClaim old = *claim;

  if (old == NULL) return;
  *claim = NULL;
  if (old->has_thread) {
    (void)pthread_mutex_lock(&old->mutex);
    old->is_over = 1;
    (void)pthread_cond_signal(&old->wake);
    (void)pthread_mutex_unlock(&old->mutex);
    (void)pthread_join(old->thread, NULL);
    (void)pthread_cond_destroy(&old->wake);
    (void)pthread_mutex_destroy(&old->mutex);
  }
  if (!is_gone(old)) (void)unlink(old->path);
  (void)close(old->file);
  (void)rmdir(old->folder); /* fails when something is in it */
  free(old);
}
