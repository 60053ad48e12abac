/* place.h -- where a store's cells live: whole, or cut into tiles.  Replicated. */
#ifndef RUNTIME_PLAN_PLACE_H
#define RUNTIME_PLAN_PLACE_H

#include "runtime/plan/plan.h"

/* Tiling of the launch space that a placed tiled operand suggests; false when it has none. */
bool place_through(const Store *s, const View *v, Tiling *out);
/* Does a tiling of this space share the work fairly (no tile more than about 4/3 of its share)? */
bool place_balanced(const Tiling *t);
/* Even tiling of a space for machine m. */
Tiling place_even(const Machine *m, int ndim, const int64_t extent[]);
/* Place store s: whole when small, else tiled by `launch` when `v` shows all of it (axes permuted),
 * else evenly. `launch` may be NULL.  No effect on a store that is placed. */
void place_store(const Machine *m, Store *s, const View *v, const Tiling *launch);
/* Tilings that later statements of the window want for stores that earlier ones make: Place hints
 * of a whole window. */
typedef struct Hint {
    Store *store;
    Tiling tiling; /* of the store's extent */
} Hint;
typedef Vec(Hint) Hints;
void place_hints(const Machine *m, Stmt *const stmt[], int64_t n, Hints *out);
const Tiling *hint_for(const Hints *h, const Store *s);

#endif
