/* turns.h -- how often each instruction has submitted work: the loops of --stats.  Local. */
#ifndef INTERP_TURNS_H
#define INTERP_TURNS_H

#include "runtime/exec/profile.h"

/* The running instruction submits a statement. */
void turns_note(void);
/* It has been told of its work, which moves the VM's counter of back-edges. */
void turns_settle(void);
LineTurns turns_of(const char *file, int line);

#endif
