/* planner.h -- what the parts of plan_window share.  Replicated; private to plan/. */
#ifndef RUNTIME_PLAN_PLANNER_H
#define RUNTIME_PLAN_PLANNER_H

#include "runtime/plan/place.h"
#include "runtime/plan/plan.h"

enum { WINDOW_STMTS = 64 }; /* a window is full */

typedef struct Group Group;

typedef struct Planner {
    const Machine *m;
    Window *w;
    bool done[WINDOW_STMTS]; /* statements that are in the plan */
    Group *group;            /* scratch of plan_group */
    Stmt *current;           /* the submitted statement being planned; owns the temporaries */
    int64_t index;           /* its place in the window */
    int64_t ntemps;
    Hints hints;
    Vec(PlanTask) task;
} Planner;

/* A logical array without the language's memory check; one reference. */
Store *store_make(DType t, int ndim, const int64_t extent[]);
/* What one rank holds of a store, at most: the same number everywhere. */
int64_t store_share(const Store *s);
bool store_has_room(int64_t nbytes);
void store_charge(int64_t nbytes);
/* rename.c: may this operand be written to a spare instance, when others need `taken` bytes? */
bool rename_can(const Machine *m, const Operand *out, int64_t taken);
/* How the task writes output k, and what becomes of the spare; before the version is counted. */
void rename_write(const Stmt *s, int k, PlanReq *q);
/* There is no spare any more, as far as plans know. */
void spare_forget(Store *s);
/* There is one, and it is accounted. */
void spare_note(Store *s);
Store *spare_first(void); /* of those that have one; NULL */
/* Body of one op on operands of these types (constants are scalars of it), cached. */
struct Body;
const struct Body *body_of_op(OpCode op, DType loop, int nin, const Operand in[], DType out);
/* A statement that the planner adds on behalf of `like`. */
Stmt *planner_stmt(Planner *p, const Stmt *like, StmtKind kind);
/* Requirement k, its axes paired with the launch axes one to one. */
void planner_req(Stmt *s, int k, const Operand *op, Privilege privilege);
Operand planner_temp(Planner *p, Stmt *like, DType t, int ndim, const int64_t shape[]);
void planner_place_inputs(Planner *p, const Stmt *s);
/* Can the home tiles of an operand's store, seen through its view, be a launch tiling? */
bool planner_boxes(const Operand *op, Tiling *launch);
void planner_emit(Planner *p, Stmt *s, bool whole, const Tiling *launch);
/* Run at the homes of the first output: a view with boxes of a tiled store. */
void planner_emit_home(Planner *p, Stmt *s);

/* The largest tiled input whose tiling, seen from the launch space, shares the work fairly. */
bool planner_lead(Planner *p, const Stmt *s, Tiling *out);
/* Let the first output of the task just emitted take over the memory of an operand that dies. */
void planner_reuse(Planner *p, const Stmt *s);
/* Plan statement i of the window and those that fuse with it; false, having done nothing that
 * counts, when it stays alone. */
bool plan_group(Planner *p, int64_t i);
/* copies.c: what reads a copy that dies reads what was copied, where that is the same. */
void plan_copies(Window *w);
bool stmt_mentions(const Stmt *s, const Store *store);

void plan_pointwise(Planner *p, Stmt *s);
void plan_copy(Planner *p, const Stmt *like, const Operand *out, const Operand *in);
/* plan_fold.c */
void plan_fold(Planner *p, Stmt *s);
void plan_scan(Planner *p, Stmt *s);
/* A statement whose launch space is its output's and whose axis `axis` must not be cut. */
void plan_uncut(Planner *p, Stmt *s, int axis);
/* A tiling of a view that leaves `axis` whole; another one is longer than 1. */
Tiling uncut_tiling(const Machine *m, const View *v, int axis);
/* Can the lines along `axis` be shared fairly, or is the whole too small to bother? */
bool lines_suffice(const Planner *p, const View *v, int axis, DType loop);
/* plan_exchange.c */
void plan_sort(Planner *p, Stmt *s);
void plan_matmul(Planner *p, Stmt *s);
void plan_put(Planner *p, Stmt *s);
void plan_take(Planner *p, Stmt *s);
void plan_in_order(Planner *p, Stmt *s);
void plan_anywhere(Planner *p, Stmt *s);
void plan_search(Planner *p, Stmt *s);
/* Does the statement reach this operand by exchange of elements, when it is tiled? */
bool planner_by_elements(const Stmt *s, int k);
/* Would the task need scratch copies far larger than what it reads of operand k?  Then the operand
 * is replaced by a temporary that is collected element by element first; the caller looks anew how
 * to reach it. */
bool planner_collect(Planner *p, PlanTask *t, int k);
/* A product whose operands are cut along k: few results of many terms. */
bool matmul_is_long(const Machine *m, const Operand *a, const Operand *b, const Operand *out);
/* The axis of the largest stride; -1 when there is one element. */
int view_outermost(const View *v);
/* Does a tiling cut this axis alone (or none), forwards? */
bool tiling_cuts_only(const Tiling *t, int axis);
/* A tiling of the operand's index space along `axis` alone: that of its homes where it is one. */
Tiling axis_tiling(Planner *p, const Operand *op, int axis, int64_t granule);
/* May a statement that is cut along the last axis alone write `dst` in place?  Places a new store
 * so. */
bool axis_output(Planner *p, const Operand *dst, int axis, int64_t granule);

#endif
