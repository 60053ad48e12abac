/* plan.h -- windows of statements become plans; a plan becomes one shard's work.
 *
 * plan_window is replicated and pure: it takes statements and planning state (the stores' placement
 * and caches) and no shard; it gives the same bytes on every rank.  plan_lower gives the work of
 * any one shard of any machine from a Plan alone, without memory or messages.  Placement, tilings,
 * communication and (later) fusion and renaming are decided only in the first.
 */
#ifndef RUNTIME_PLAN_PLAN_H
#define RUNTIME_PLAN_PLAN_H

#include "runtime/ir.h"

/* How a task's tile gets at an operand. */
typedef enum Access {
    ACCESS_CONST,
    ACCESS_WHOLE,    /* the store is whole */
    ACCESS_IN_PLACE, /* tile j of the store and a halo of (below, above) */
    ACCESS_PACKED,   /* a scratch copy of the strided box that the tile needs */
    ACCESS_LINEAR,   /* a scratch copy of whole leading rows: for views without per-axis form */
    ACCESS_ELEMENTS  /* by exchange inside the task */
} Access;

typedef struct PlanReq {
    Access access;
    Map map; /* of the view on the store (PACKED, IN_PLACE); on 1-D for LINEAR */
    int64_t below[NDIM_MAX], above[NDIM_MAX];           /* IN_PLACE */
    int64_t have_below[NDIM_MAX], have_above[NDIM_MAX]; /* halo that is valid before */
    bool halo;                                          /* the rest must be fetched first */
    bool renamed; /* written to the spare instance, which is current afterwards */
    bool kept;    /* the spare has what is not written, from the time before last */
    bool drops;   /* the spare goes, before the task */
    /* the store as this task sees it: a plan is complete without the stores */
    Place place;
    Tiling tiling;
    int64_t extent[NDIM_MAX];
    int ndim;
} PlanReq;

struct Lowered;
typedef struct PlanTask {
    Stmt *stmt;
    bool whole; /* every shard runs the whole launch space, and keeps its part of tiled outputs */
    Tiling launch; /* else: tiles of the launch space */
    PlanReq *req;  /* of each requirement, in the window's arena */
    int reuse; /* input whose memory the first output takes over, since it dies here; -1: none */
    int64_t nfinishes; /* submitted statements that are complete after this task */
    Stmt **finishes;
    struct Lowered *lowered; /* of a remembered plan: what plan_lower gave this shard; else NULL */
} PlanTask;

typedef struct Plan {
    int64_t ntasks;
    PlanTask *task; /* in the window's arena */
    int64_t nstmts; /* submitted: bounds their `index` */
    int64_t ntemps; /* stores that planning made */
    bool replayed;  /* from a trace; then `hash` stands for plan_hash */
    uint64_t hash;
} Plan;

typedef struct Window {
    Arena arena; /* statements and plans */
    Vec(Stmt *) stmt;
} Window;

/* Decide placement, forwarding, launch tilings and communication; updates the stores' planning
 * state.  */
void plan_window(const Machine *m, Window *w, Plan *out);
/* A number for a statement as it is submitted: all but its place and its stores' contents; and a
 * number that an operand is mixed into. */
uint64_t stmt_hash(const Stmt *s);
uint64_t operand_hash(uint64_t h, const Operand *o);
/* A number for all that the plan says: ranks that plan alike have the same. */
uint64_t plan_hash(const Plan *p);

/* ---- one shard's work ---- */

/* A strided box of store axes: indices lo, lo + step, ... (count of them). */
typedef struct Region {
    int ndim;
    int64_t lo[NDIM_MAX], step[NDIM_MAX], count[NDIM_MAX];
} Region;

/* Move `at` (indices of the needed region, half-open) between a store tile and the need of a launch
 * tile. */
typedef struct Piece {
    int req;             /* of the task */
    int64_t launch_tile; /* whose need it is */
    int64_t store_tile;  /* whose home it comes from */
    int64_t peer;        /* the other shard; own number for a local copy */
    Region region;       /* the part that moves, in store coordinates */
} Piece;

typedef struct TileWork {
    int64_t tile; /* of the launch tiling */
    Box box;      /* of launch indices */
} TileWork;

typedef struct LowTask {
    PlanTask *task;
    int64_t ntiles;
    TileWork *tile; /* owned by this shard, non-empty; one entry when the task is whole */
    int64_t nsend, nrecv, nlocal;
    Piece *send, *recv, *local; /* sends and receives in one order on both sides, by (peer, req,
                                   launch tile, store tile) */
} LowTask;

/* One shard's work of a remembered task, once it is known. */
typedef struct Lowered {
    bool known;
    Arena *arena;
    LowTask low;
} Lowered;

/* The work of `shard`; memory from the arena. */
void plan_lower(const Machine *m, const PlanTask *task, int64_t shard, Arena *arena, LowTask *out);

/* Index box of an operand's view that a launch box needs. */
Box req_index(const Req *r, const PlanTask *t, const Box *launch);
/* The region of the store that index box touches (PACKED, LINEAR: what a scratch copy holds;
 * IN_PLACE: a bounding box). */
Region req_region(const PlanReq *p, const Req *r, const Box *index);
/* Home grown by the halo, within the store. */
Box halo_box(const PlanReq *p, int64_t tile);
int64_t region_size(const Region *r);

void plan_print(Buf *out, const Plan *p);

#endif
