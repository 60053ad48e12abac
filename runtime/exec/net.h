/* net.h -- messages between ranks: the only door to MPI.  Collective unless said otherwise.
 *
 * Nothing here blocks without polling: every wait looks at the data and at a control channel (a
 * second communicator) in turn.  Every message carries the sender's place in the stream of
 * statements and collective calls (stream.h); a message from another place means that the ranks
 * went different ways, which ends the job with one line.  A rank that waits for more than a second
 * asks those it waits for where they are; ranks answer from their own waits, from kernels and at
 * epochs.
 *
 * Invariant: a collective function below is called by all ranks in the same order with the same
 * counts; net_exchange alone may be left out by ranks without messages.  A plain process (no
 * launcher, or a launcher of one) is one rank and never touches MPI.
 */
#ifndef RUNTIME_EXEC_NET_H
#define RUNTIME_EXEC_NET_H

#include "runtime/base.h"

/* Is this process one rank of several, as a launcher started it? Local; no MPI call. */
bool net_launched(void);
/* Join the other ranks when launched: this process becomes the child of a guard (guard.h), MPI
 * starts, the ranks compare themselves.  Ends the process with one line where that cannot be.
 * Again: no effect. */
void net_init(void);
/* Leave, when all have come here. */
void net_fini(void);
int net_rank(void);
int net_nranks(void);
/* Ranks of this node, this one included. Local. */
int net_local(void);
/* End the job everywhere with this status; does not return. Local. */
_Noreturn void net_abort(int status);
/* The same after saying what failed, on which rank and where. Local. */
_Noreturn void net_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A statement begins; `what` is the hash of all that it is. Replicated; cheap. */
void net_statement(const char *file, int line, uint64_t what);
/* A plan is about to run. Replicated; cheap. */
void net_planned(uint64_t what);
/* What else happened, which the next statement or call takes in: text printed, elements written.
 * Replicated; cheap. */
void net_mix(uint64_t what);
void net_mix_bytes(const void *data, int64_t n);
/* Does anybody look at the stream? Else noting can be left out. Local. */
bool net_watched(void);
/* Plant a failure: RANK:KIND:N at statement N of that rank. KIND is diverge (a statement more),
 * differ (one of another kind), end (the program's end), stall or kill. NULL: none. ERR_VALUE for
 * other texts. */
Status net_fault(const char *spec);
/* Between programs of one process. */
void net_reset(void);

typedef struct NetMsg {
    int peer;
    void *data;
    int64_t nbytes;
} NetMsg;
/* Post all receives, send all, wait for all.  At most one message a peer and direction. */
void net_exchange(int64_t nsend, const NetMsg send[], int64_t nrecv, const NetMsg recv[]);
void net_bcast(void *data, int64_t nbytes, int root);
/* Every rank's bytes, in rank order, into all; counts[r] are known everywhere. */
void net_allgather(const void *mine, const int64_t counts[], void *all);
/* Every rank's n int64 into all[nranks * n]. */
void net_allgather_int(const int64_t *mine, int64_t n, int64_t *all);
/* send[] is cut into send_n[r] bytes for rank r; receives recv_n[r] bytes from r, in rank order. */
void net_alltoall(const void *send, const int64_t send_n[], void *recv, const int64_t recv_n[]);
void net_alltoall_int(const int64_t send[], int64_t recv[]); /* one int64 a rank */
/* Reduce count elements of `size` bytes, in place, result everywhere.  `combine` must be
 * associative and commutative in its bits: acc[i] = acc[i] op x[i].  Cost: O(log P) messages; of
 * large data, twice its bytes. */
typedef void (*NetCombine)(void *acc, const void *x, int64_t count);
void net_allreduce(void *data, int64_t count, int64_t size, NetCombine combine);
void net_barrier(void);
/* Make messages move and look at the control channel. Local; cheap. */
void net_poll(void);
/* Wait so long, polling; less when net_interrupted. Local. */
void net_pause(int64_t ns);

/* Ctrl-C: ask for an interrupt; other ranks are told at the next poll. Local; async-signal-safe.
 * False: one is asked for already, and not just now. */
bool net_interrupt(void);
/* Has any rank asked, as far as is known here? Local. */
bool net_interrupted(void);
/* The ranks agree whether anybody asked; a yes settles the request.  *ns becomes the largest of all
 * ranks. */
bool net_epoch(int64_t *ns);

/* Counters of this rank. */
typedef struct NetStats {
    int64_t messages,
        bytes; /* to one rank; those inside reductions and broadcasts are not counted */
    int64_t collectives, reductions; /* calls; reductions are among the collectives */
    int64_t wait_ns;
} NetStats;
extern NetStats net_stats;

#endif
