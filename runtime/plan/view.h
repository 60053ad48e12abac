/* view.h -- boxes, and views: affine windows on a store.  Replicated; pure values.
 *
 * A store is C-contiguous over its *extent* (its axes in memory order).  A View says which of its
 * elements an array shows: offset and strides in elements of the store's C order, exactly NumPy's
 * strides divided by the item size, so that aliasing, contiguity, K order and reshape-without-copy
 * are NumPy's by construction.  The per-axis form (per store axis a start and integer coefficients)
 * that tilings need is derived by view_map where it exists; it always does for slices, transposes,
 * broadcasts, diagonals and splitting reshapes.
 */
#ifndef RUNTIME_PLAN_VIEW_H
#define RUNTIME_PLAN_VIEW_H

#include "runtime/base.h"

/* Half-open box of an index space.  ndim -1 stands for "no element" of a 0-d space. */
typedef struct Box {
    int ndim;
    int64_t lo[NDIM_MAX], hi[NDIM_MAX];
} Box;

typedef struct View {
    int ndim;
    int64_t offset; /* of element 0, in elements of the store */
    int64_t shape[NDIM_MAX];
    int64_t stride[NDIM_MAX]; /* in elements; 0 for broadcast axes */
} View;

Box box_whole(int ndim, const int64_t shape[]);
bool box_empty(const Box *b); /* a 0-d box holds one element */
int64_t box_size(const Box *b);
bool box_intersect(const Box *a, const Box *b, Box *out); /* false when empty */
bool box_same(const Box *a, const Box *b);
bool box_contains(const Box *a, const Box *b);

/* C-contiguous view of everything. */
View view_whole(int ndim, const int64_t shape[]);
int64_t view_size(const View *v);
bool view_same(const View *a, const View *b);
/* Basic indexing; indices already normalised: start of element 0, step may be negative. */
View view_slice(const View *v, int axis, int64_t start, int64_t step, int64_t count);
View view_index(const View *v, int axis, int64_t i); /* drops the axis */
View view_newaxis(const View *v, int axis);
View view_transpose(const View *v, const int perm[]); /* out axis k is v's axis perm[k] */
View view_diagonal(const View *v, int64_t offset, int axis1,
                   int axis2); /* the diagonal becomes the last axis */
/* False when v cannot be broadcast to shape. */
bool view_broadcast(const View *v, int ndim, const int64_t shape[], View *out);
/* NumPy's reshape without a copy, C order; false when a copy is needed. sizes must agree. */
bool view_reshape(const View *v, int ndim, const int64_t shape[], View *out);
bool view_is_c_contiguous(const View *v); /* NumPy's relaxed rule: length-1 axes do not count */
bool view_is_f_contiguous(const View *v);
/* Linear range of elements touched, inclusive; false when v is empty. */
bool view_range(const View *v, int64_t *lo, int64_t *hi);
/* May the two views (of one store) touch a common element?  Exact for the usual cases, else true.
 */
bool view_overlap(const View *a, const View *b);
/* Exact answer by bounded search (np.shares_memory); `work` bounds the search, 0: no bound. Returns
 * 1, 0, or -1 when the bound is hit. */
int view_shares(const View *a, const View *b, int64_t work);
/* Axes from outermost to innermost in NumPy's K order (nditer order) over n operands of equal ndim:
 * by |stride|, ties and zeros keep place. perm[0] is outermost. */
void view_korder(int n, const View *const v[], int ndim, int perm[]);

/* The per-axis form of a view on a store of this extent. */
typedef struct MapTerm {
    int8_t store_axis, view_axis;
    int64_t coef;
} MapTerm;
enum { MAP_TERMS = 2 * NDIM_MAX };
typedef struct Map {
    int ndim_store, ndim_view, nterms;
    int64_t start[NDIM_MAX]; /* per store axis */
    MapTerm term[MAP_TERMS];
    bool paired; /* every store axis has at most one term */
} Map;
/* ERR_NDIM when the view has no per-axis form on this extent (a merging reshape). */
Status view_map(const View *v, int ndim, const int64_t extent[], Map *out);
/* Bounding box in store axes of what the (non-empty) box of view indices touches, and the step
 * along each store axis (1 when several terms meet; 0-length never).  `step` may be NULL. */
void map_image(const Map *m, const Box *index, Box *out, int64_t step[]);
/* Bounding box of the view indices that may touch a box of the store; false when none. */
bool map_preimage(const Map *m, const int64_t shape[], const Box *store, Box *out);

void view_print(Buf *out, const View *v);

#endif
