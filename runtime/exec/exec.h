/* exec.h -- running one shard's part of a plan.  Local, except that tasks with messages are run by
 * all ranks together. */
#ifndef RUNTIME_EXEC_EXEC_H
#define RUNTIME_EXEC_EXEC_H

#include "runtime/exec/instance.h"
#include "runtime/exec/strided.h"
#include "runtime/exec/strips.h"
#include "runtime/plan/plan.h"

/* A scratch copy of the region that one launch tile needs of one operand. */
typedef struct Scratch {
    char *data;
    int64_t nbytes;
    Region region;
} Scratch;

/* A task on its way. */
typedef struct Run {
    const Machine *m;
    int64_t shard;
    LowTask low;
    Arena *arena;
    Scratch *scratch;      /* [req][tile] */
    bool all;              /* the one tile sees all of every operand, in whole stores */
    int flags, cast_flags; /* floating-point conditions met, of a task that is not fused */
    uint8_t *conditions;
} Run;

static inline Stmt *run_stmt(const Run *r)
{
    return r->low.task->stmt;
}
Scratch *run_scratch(const Run *r, int k, int64_t i);

/* Counters of this rank. */
typedef struct ExecStats {
    int64_t statements, windows, tasks, tiles, kernels,
        split;        /* split: tasks that ran more than one tile over all ranks */
    int64_t replayed; /* windows */
    int64_t plan_ns, kernel_ns;
    int64_t longest_axis, tiles_max; /* of any array; of any launch, over all ranks */
} ExecStats;
extern ExecStats exec_stats;
int64_t exec_now_ns(void);

/* Run one task: messages, kernels on every tile, combination.  Floating-point conditions, and those
 * of casts, are or-ed into conditions[2 * index] and [2 * index + 1] of the statements they are of.
 * Errors: those of files. */
Status exec_task(const Machine *m, int64_t shard, const PlanTask *t, Arena *arena,
                 uint8_t *conditions);

/* Run a statement whose stores are all whole with nothing pending, without a plan: what its plan
 * would have been is one task that every rank runs whole.  Not for files, spreads and leaves. */
Status exec_whole(const Machine *m, int64_t shard, Stmt *s, Arena *arena, int *flags,
                  int *cast_flags);

/* Operand k as launch tile i of the run sees it: axes of its view, over req_index. */
Strided run_operand(Run *r, int k, int64_t i);
Box run_index(Run *r, int k, int64_t i);

/* transfer.c: fill halos and scratch copies. */
void transfer_run(Run *r);
void transfer_fini(Run *r);
/* Copy counts[] elements of `size` bytes between strided places. */
void copy_strided(int ndim, const int64_t count[], char *dst, const int64_t dstride[],
                  const char *src, const int64_t sstride[], int64_t size);

/* kernels, one tile at a time */
void kernel_ew(Run *r, int64_t i);
/* Operand k as the strips take it, at the first element of launch tile i. */
StripArg kernel_arg(Run *r, int k, int64_t i);
/* Conditions of a body's ops, to the statements they are of. */
void note_conditions(Run *r, const int flags[]);
/* A fused task with folds: all its tiles. */
void exec_fused(Run *r);
void kernel_spread(Run *r, int64_t i);
void kernel_host(Run *r, int64_t i);
void kernel_stream(Run *r, int64_t i);
void kernel_matmul(Run *r, int64_t i);
void kernel_sort(Run *r, int64_t i);
void kernel_scan(Run *r, int64_t i);
void kernel_fold(Run *r, int64_t i);
void kernel_search(Run *r, int64_t i);
/* What a nonzero statement leaves: this rank's elements as bits, block after block of the leading
 * axes of the array, of each block one stretch, ranks in order. */
typedef struct NonzeroResult {
    int64_t count;            /* of all ranks */
    int64_t blocks, *some;    /* how many of block b rank k found: some[k * blocks + b] */
    bool everywhere;          /* every rank has all elements, as one block */
    int64_t start, n, length; /* in a block: first element here, elements here, elements */
    int ndim;
    int64_t shape[NDIM_MAX]; /* of the array */
    uint64_t *bits;
    int64_t nbytes;
} NonzeroResult;
/* What an index check leaves: the first offender in C order (pos INT64_MAX: none), and whether any
 * index is negative. */
typedef struct IndexCheck {
    int64_t pos, value, negative;
} IndexCheck;
/* Collective: the positions along one axis, into a placed 1-D store of `count` int64. */
void exec_push_positions(Store *s, int axis, const NonzeroResult *r, int64_t slack);
void nonzero_fini(NonzeroResult *r);
/* whole tasks that work on all tiles and with other ranks */
void exec_partial(Run *r);
void exec_take(Run *r);
void exec_put(Run *r);
void exec_nonzero(Run *r);
void exec_check_index(Run *r);
/* Run a task of a kind that works on all tiles at once with the other ranks; false when it is not
 * one. */
bool exec_together(Run *r);
Status exec_load(Run *r);
Status exec_save(Run *r);

#endif
