/* batch.h -- many programs in one process (or one MPI job), each in a fresh state: for tests.
 * Collective. */
#ifndef INTERP_BATCH_H
#define INTERP_BATCH_H

#include <stdbool.h>

/* LIST has a line "program TAB prefix" each; a program's standard output, standard error, exit
 * status and (with stats) counters are written to prefix.out, .err, .status, .stats.  Returns 0, or
 * 2 when LIST cannot be read. */
int batch_programs(const char *list, bool stats);

#endif
