/* history.h -- which earlier tasks a task has to wait for, tile by tile.  Replicated; pure.
 *
 * For explanations: execution is in order and needs none of it.  A History keeps the footprints of
 * the latest 512 tasks: per requirement and tile the box of the store that is touched.  Tile j of a
 * task waits for tile j + s of an earlier one when the two touch a common cell and one of them
 * writes it, unless that follows from what it waits for anyway (a transitive reduction).
 */
#ifndef RUNTIME_PLAN_HISTORY_H
#define RUNTIME_PLAN_HISTORY_H

#include "runtime/plan/plan.h"

typedef struct Wait {
    int64_t number; /* of the earlier task, counted from 1 */
    int shift;      /* its tile j + shift ... */
    bool all;       /* ... or all its tiles */
    int reads; /* only since it reads, through this requirement, what is written now; else -1 */
} Wait;
typedef Vec(Wait) Waits;

typedef struct History History;
History *history_new(void);
void history_free(History *h);
/* Add a task; its number.  *out gets what it waits for among the tasks from number `oldest` on,
 * latest first. */
int64_t history_add(History *h, const PlanTask *t, int64_t oldest, Waits *out);

#endif
