/* stream.h -- the stream of statements and collective calls, as this rank has seen it.  Local;
 * equal on all ranks as long as the program goes one way.
 *
 * Every statement and every collective call is an event: it moves a counter and a hash.  Messages
 * carry both, so that a rank that went another way is known by its first message.  The last events
 * are kept, to find where two ranks parted. Invariant: two ranks with equal counter and hash have
 * seen the same events (but for accidents of 64 bits).
 */
#ifndef RUNTIME_EXEC_STREAM_H
#define RUNTIME_EXEC_STREAM_H

#include "runtime/base.h"

enum { STREAM_KEPT = 2048, STREAM_FILE = 52 };

/* Where a rank is. */
typedef struct StreamPoint {
    uint64_t hash;
    int64_t event, statement;
    int line;               /* 0: the program's end, or before its start */
    char file[STREAM_FILE]; /* the tail of a longer name */
} StreamPoint;

/* A statement (`what` says which) of that line; a collective call or a plan. */
void stream_statement(const char *file, int line, uint64_t what);
void stream_other(const char *file, int line, uint64_t what);
/* What the next event shall take in: messages of the latest one, whose hash is the one it had when
 * it came, may be on their way. */
void stream_mix(uint64_t what);
void stream_mix_bytes(const void *data, int64_t n);
int64_t stream_events(void);
int64_t stream_statements(void);
uint64_t stream_hash(void);
/* Had this rank that hash after that event? 1, 0, or -1: not reached yet or forgotten. */
int stream_had(int64_t event, uint64_t hash);
/* The events that are still known, oldest first, then where the rank is now; at most STREAM_KEPT
 * + 1. Returns how many. */
int64_t stream_history(const char *file, int line, StreamPoint out[]);
/* How two histories parted: one line without the newline. */
void stream_compare(int rank_a, const StreamPoint a[], int64_t na, int rank_b,
                    const StreamPoint b[], int64_t nb, Buf *out);
/* Do they part at all? False when one is the other's beginning. */
bool stream_parted(const StreamPoint a[], int64_t na, const StreamPoint b[], int64_t nb);
/* Forget file names that are about to be freed; between programs of one process. */
void stream_reset(void);

#endif
