/* tiling.h -- cutting an index space into tiles.  Replicated.
 *
 * A Tiling is a small value, copied freely; it names no store, rank or device.  Its tiles come from
 * a *base grid* (per base axis an extent cut into tiles of whole granules) seen through a paired
 * affine map: base coordinate of axis b = start[b] + step[b] * (index along axis[b]).  EVEN is the
 * identity map; IMAGE any other, made by composition in O(ndim).  Nothing here lists the tiles of
 * other ranks: all questions are closed forms.
 *
 * Invariant (tiling_check): tiles are disjoint and cover the index space; each has one owner, and a
 * shard owns consecutive tiles.  Tiles may be empty.
 */
#ifndef RUNTIME_PLAN_TILING_H
#define RUNTIME_PLAN_TILING_H

#include "runtime/plan/view.h"

typedef struct Tiling {
    int ndim;                 /* of the index space */
    int nbase;                /* axes of the base grid */
    int64_t extent[NDIM_MAX]; /* of the index space */
    struct {
        int64_t extent, tiles, granule;
        int axis;            /* axis of the index space that moves along this base axis; -1: none */
        int64_t start, step; /* step != 0 */
    } base[NDIM_MAX];
    int64_t ntiles; /* product of base tiles */
} Tiling;

/* Equal tiles for `ntiles` pieces: leading axes are cut so that the surface between tiles is least;
 * the innermost axis only for 1-D or when the others are too short, and then in granules of `leaf`
 * indices when tiles hold at least eight of them. */
Tiling tiling_even(int ndim, const int64_t extent[], int64_t ntiles, int64_t leaf);
/* One axis cut into ntiles pieces of whole granules, the others whole. */
Tiling tiling_axis(int ndim, const int64_t extent[], int axis, int64_t ntiles, int64_t granule);
/* Tiling of a view's index space that follows its store's.
 *   base   tiling of the store's index space; borrowed
 *   map    the view's per-axis form; borrowed        shape  of the view
 * Errors: ERR_NDIM when a store axis depends on two view axes; *out untouched.  Cost: O(ndim).  */
Status tiling_through(const Tiling *base, const Map *map, const int64_t shape[], Tiling *out);
/* As seen after inserting, dropping or permuting axes of the index space: out axis k is axis
 * from[k] of t, or new (whole, of extent[k]) when from[k] < 0.  An axis of t that no from[] names
 * must not be cut (ERR_NDIM). */
Status tiling_rename(const Tiling *t, int ndim, const int from[], const int64_t extent[],
                     Tiling *out);
bool tiling_same(const Tiling *a, const Tiling *b);
bool tiling_is_cut(const Tiling *t, int axis); /* may a tile border cross this axis? */

/* Box of tile `j` (0 <= j < ntiles; row-major over the base grid) in the index space; maybe empty.
 */
Box tiling_cut(const Tiling *t, int64_t j);
/* Tile j and its surroundings: `below` and `above` more indices along each axis, within the index
 * space.  An empty tile has a place too, and so surroundings, unless it lies outside the space by
 * more than they reach. */
Box tiling_grown(const Tiling *t, int64_t j, const int64_t below[], const int64_t above[]);
/* The tile that holds an index. */
int64_t tiling_find(const Tiling *t, const int64_t at[]);
/* Shard of `nshards` that owns tile j, and the tiles [*first, *last) of a shard. */
int64_t tiling_owner(const Tiling *t, int64_t nshards, int64_t j);
void tiling_owned(const Tiling *t, int64_t nshards, int64_t shard, int64_t *first, int64_t *last);

/* Iterate over the tiles that may meet a box, in increasing number: TileIter it = tiling_touch(t,
 * &box); while (tile_next(&it, &j)) ...  Visits only base-grid ranges that the box reaches. */
typedef struct TileIter {
    const Tiling *t;
    int64_t lo[NDIM_MAX], hi[NDIM_MAX], at[NDIM_MAX];
    bool done;
} TileIter;
TileIter tiling_touch(const Tiling *t, const Box *box);
bool tile_next(TileIter *it, int64_t *j);

/* How far tile j of `t`, sent through `map` (from t's index space into that of `home`), can reach
 * beyond tile j of `home`, per axis of `home` and side, for every j: bounds, in O(ndim).  False
 * when no small bound is known (unrelated grids, other steps, or a reach above `limit` and an
 * eighth of a tile). */
bool tiling_reach(const Tiling *t, const Map *map, const Tiling *home, int64_t limit,
                  int64_t below[], int64_t above[]);

void tiling_print(Buf *out, const Tiling *t);
void tiling_check(const Tiling *t,
                  int64_t nshards); /* tests: ASSERTs the invariant by enumeration */

/* How many times cuts have been evaluated; plan tests compare it across shard counts. */
extern int64_t tiling_cuts_evaluated;

#endif
