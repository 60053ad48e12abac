/* store.h -- logical arrays.  Replicated: every field but `local` (and the contents' address
 * `copy`) is equal on all ranks.
 *
 * Invariants: every cell of a tiled store has one home tile, whose copy is always valid.  What lies
 * in the halo around a tile is cache: valid to the depths `valid_below`/`valid_above` on all tiles
 * alike, forgotten by a write.  A whole store is valid on all ranks.  A store that is not placed
 * yet is logically zero and has no memory.
 */
#ifndef RUNTIME_PLAN_STORE_H
#define RUNTIME_PLAN_STORE_H

#include "runtime/plan/tiling.h"
#include "runtime/runtime.h"

typedef enum Place { PLACE_NONE, PLACE_WHOLE, PLACE_TILED } Place;

struct Store {
    int64_t id;
    int64_t version; /* counts writes */
    bool read_zero;  /* it was read before anything was written */
    bool made_whole; /* its first statement writes all of it: memory need not be zero */
    int64_t refs;    /* of the language and of the window */
    int pending;     /* statements in the window that mention it */
    DType dtype;
    int ndim;
    int64_t extent[NDIM_MAX];
    int64_t nelem;
    /* element accesses (element.c) */
    int64_t writes;  /* statements submitted that write it */
    int64_t reads;   /* elements read since one wrote more than an element */
    int64_t copy_of; /* `writes` when the copy was made */
    char *copy;      /* all elements, on every rank, or NULL */
    struct Store *next_copy;
    /* renaming (plan/rename.c) */
    int64_t spare;         /* bytes accounted for a second instance; 0: there is none */
    int64_t spare_version; /* that it was made at: what it has outside spare_box is valid since */
    struct Store *next_spare;
    int64_t trace_stamp; /* of the window that the slot is of (plan/trace.c) */
    int32_t trace_slot;
    /* planning state */
    Place place;
    int64_t below[NDIM_MAX], above[NDIM_MAX];             /* halo that instances reserve */
    int64_t valid_below[NDIM_MAX], valid_above[NDIM_MAX]; /* and what of it is valid */
    /* this rank's instances (exec/instance.h); NULL until memory is needed */
    struct Instances *local;
    Tiling tiling; /* of a tiled store; near the end, for it is large and otherwise left alone */
    Box spare_box; /* what renaming writes, in the store's axes */
};

/* The machine a plan is made for.  Part of plan_window's state; no rank. */
typedef struct Machine {
    int64_t nshards, tiles_per_shard, whole_below, slack;
    bool fuse;        /* statements into tasks; else one task a statement */
    bool rename;      /* a write after shifted reads goes to a spare instance */
    bool trace;       /* plans are remembered */
    bool check_trace; /* and compared with new ones each time */
} Machine;

/* One rank with one tile: nothing is ever cut. */
static inline bool machine_is_one(const Machine *m)
{
    return m->whole_below > 0 && m->nshards * m->tiles_per_shard == 1;
}
/* So few bytes that an op on it runs at once rather than wait for company to be fused with. */
static inline bool store_is_light(const Store *s, const Machine *m)
{
    int64_t most =
        machine_is_one(m) && dtype_size(s->dtype) < 4 ? 4 * m->whole_below : m->whole_below;
    return s->ndim == 0 || s->nelem <= 1 || s->nelem * dtype_size(s->dtype) < most;
}
/* Does it stay whole? */
static inline bool store_is_small(const Store *s, const Machine *m)
{
    return machine_is_one(m) || store_is_light(s, m);
}
/* A statement that writes this view of it is submitted. */
static inline void store_written(Store *s, const View *v)
{
    s->writes++;
    if (view_size(v) > 1)
        s->reads = 0;
}
static inline void store_forget_cache(Store *s)
{
    for (int d = 0; d < s->ndim; d++)
        s->valid_below[d] = s->valid_above[d] = 0;
}

#endif
