/* profile.h -- the counters of --stats: by source line, and as a table.  Local; printing is
 * collective.
 *
 * What is counted always is cheap; the table by line is kept only when it is asked for.  "Moved"
 * are the bytes of elements that kernels read and write, each once a kernel.
 */
#ifndef RUNTIME_EXEC_PROFILE_H
#define RUNTIME_EXEC_PROFILE_H

#include <stdio.h>

#include "runtime/base.h"

/* How often a line came round, and at which of its turns memory was last asked of the system. */
typedef struct LineTurns {
    int64_t turns, allocated;
} LineTurns;
/* Told by who knows the program's loops; may be NULL. */
extern LineTurns (*profile_turns)(const char *file, int line);

/* Counting begins; lines: by line too, and what strips move. */
void profile_start(bool lines);
/* A task of that line ran over so many cells on this rank; whole: over all of them on every rank.
 */
void profile_task(const char *file, int line, bool whole, int64_t cells, int64_t moved);
/* Bytes that kernels have moved so far. */
int64_t profile_moved(void);
void profile_move(int64_t nbytes);

#endif
