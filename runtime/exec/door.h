/* door.h -- what collective.c needs of net.c: single messages.  Collective in pairs: each send has
 * its receive. */
#ifndef RUNTIME_EXEC_DOOR_H
#define RUNTIME_EXEC_DOOR_H

#include "runtime/exec/net.h"

/* Begin a message; data stays untouched until door_wait. Messages of a pair of ranks arrive in
 * order. */
void door_send(int peer, const void *data, int64_t nbytes);
void door_recv(int peer, void *data, int64_t nbytes);
/* All messages begun are done. */
void door_wait(void);
/* A collective call begins: an event of the stream. */
void door_collective(uint64_t what);
/* A line, without its newline, on standard error in one piece, so that ranks do not mix theirs;
 * empties *b. Local. */
void door_say(Buf *b);

#endif
