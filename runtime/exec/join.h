/* join.h -- whether this process is one of several ranks, and whether those belong together.
 *
 * Launchers say in the environment how many they start and which this one is; the ranks say the
 * rest to each other once MPI runs.  net_launched (net.h) is here too.
 */
#ifndef RUNTIME_EXEC_JOIN_H
#define RUNTIME_EXEC_JOIN_H

#include "runtime/base.h"

/* The rank as the launcher says; -1: it does not. Local. */
int join_rank(void);
/* Ends the process, with one line of the first rank, where srun started several without PMIx: each
 * would be a world of its own, or fail within MPI. Local; before MPI starts. */
void join_refuse(void);
/* Ends the job with one line and status 2 where the ranks differ in binary, C library or command
 * line.  Else *local is how many share this rank's node, *crowded whether those have fewer cores
 * than they are. Collective; the first call after MPI has started. */
void join_compare(int *local, bool *crowded);

#endif
