/* How old this process is. */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include <kacrice/base.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
  KrProcessSeconds - Seconds since the operating system started this process.

  Not collective

  Returns:
  wall seconds, to a hundredth, loading of libraries and MPI_Init included; 0 where /proc does not tell
  Source: proc(5), /proc/self/stat, field 22 (starttime)
*/
double KrProcessSeconds(void)
{
  FILE              *file       = fopen("/proc/self/stat", "r");
  char               text[1024] = "", *name_end;
  unsigned long long ticks      = 0;
  struct timespec    now;

  if (file == NULL) return 0.0;
  (void)!fread(text, 1, sizeof text - 1, file);
  (void)fclose(file);
  name_end = strrchr(text, ')'); /* a program's name may hold spaces and brackets */
  if (name_end == NULL || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0.0;
  if (sscanf(name_end + 1,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
             &ticks) != 1)
    return 0.0;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec -
         (double)ticks / (double)sysconf(_SC_CLK_TCK);
}
