/* strided.h -- memory of this rank seen as an n-dimensional array.  Local.
 *
 * What kernels are given: a pointer to element (0, 0, ...), lengths, strides in bytes of either
 * sign, an element type.  A Strided is a value: it owns nothing and says nothing about order; a
 * kernel whose result depends on an order takes its axes outermost first and walks them so.
 */
#ifndef RUNTIME_EXEC_STRIDED_H
#define RUNTIME_EXEC_STRIDED_H

#include "runtime/dtype.h"

typedef struct Strided {
    char *base;
    int ndim;
    int64_t shape[NDIM_MAX], stride[NDIM_MAX]; /* stride in bytes */
    DType dtype;
} Strided;

/* C-contiguous memory. */
Strided strided_dense(void *base, DType dtype, int ndim, const int64_t *shape);
int64_t strided_size(const Strided *a);
/* Whether axes [from, ndim) are laid out as one dense run of elements. */
bool strided_is_dense(const Strided *a, int from);
/* The axes whose flag is (or is not) set, in their order. */
Strided strided_pick(const Strided *a, const bool *flags, bool set);
/* Merge neighbouring axes that one stride walks through; drops axes of length 1. */
Strided strided_merge(const Strided *a);

/* Dense results of type f at `base`, seen through the first `to` axes of their operand: stride 0
 * along reduced ones, so that a walk of it keeps step with a walk of the operand. */
Strided strided_results(const Strided *a, const bool *red, int to, void *base, DType f);
/* Axes [from, to) of a, beginning at `at`. */
Strided strided_axes(const Strided *a, char *at, int from, int to);

/* A walk over all indices in C order: for (start; walk.left; walk_next) use walk.at. */
typedef struct Walk {
    const Strided *a;
    char *at;
    int64_t index[NDIM_MAX], left;
} Walk;
Walk walk_start(const Strided *a);
void walk_next(Walk *w);
/* Go to flat index i (0 <= i < size). */
void walk_seek(Walk *w, int64_t i);

/* Copy n elements, `stride` bytes apart, to dense `out` as type `to`, by NumPy's unsafe cast. */
void run_cast(const char *x, int64_t stride, int64_t n, DType from, void *out, DType to);
/* Elements [lo, lo + n) of a in C order to dense `out` as type `to`. */
void strided_gather(const Strided *a, int64_t lo, int64_t n, void *out, DType to);
/* Dense elements of a's own type to all of a in C order. */
void strided_scatter(const Strided *a, const void *from);

#endif
