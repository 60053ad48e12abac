/* guard.h -- a process beside each rank that says how the rank died.  Local.
 *
 * Nobody can say that he was killed, and what launchers say is a page without the source line.  So
 * a rank is the child of a small process that waits, passes signals on and ends with the rank's
 * status; a page that both map holds the rank's place in the program.
 */
#ifndef RUNTIME_EXEC_GUARD_H
#define RUNTIME_EXEC_GUARD_H

#include "runtime/base.h"

/* Fork: returns in the child, which goes on as the rank; the parent never returns. `rank` may be
 * -1: not known. */
void guard_start(int rank);
/* Where the program is now. Cheap. */
void guard_place(const char *file, int line);

#endif
