/* sort.h -- sorting, merging and searching runs of this rank's memory.  Local.
 *
 * The order is NumPy's: NaN after everything; complex numbers by real, then imaginary part, those
 * with a NaN after those without (imaginary NaN, then real NaN, then both; equal kinds by the part
 * that is a number).  Everything is stable, so argsort gives what NumPy's kind="stable" gives; a
 * NaN leaves a sort of real numbers in its canonical form.
 *
 * Real elements are sorted by unsigned keys of the same order: by merging when few, else by radix.
 * Invariant: equal elements (0.0 and -0.0, all NaN) have equal keys.
 */
#ifndef RUNTIME_EXEC_SORT_H
#define RUNTIME_EXEC_SORT_H

#include "runtime/exec/strided.h"

/* Whether element a comes before element b. */
bool sort_less(DType t, const void *a, const void *b);

/* Sort n dense elements.  Memory for as many again is taken while it runs. */
void sort_run(void *x, int64_t n, DType t);
/* index[i] = base + place of the i-th element in order.  Takes 32 bytes an element (48 complex). */
void argsort_run(const void *x, int64_t n, DType t, int64_t base, int64_t *index);

/* Sort along the last axis into `out` (same shape and type, may be a itself). */
void sort_last(const Strided *a, const Strided *out);
/* Argsort along the last axis; `index` has a's shape and is int64. */
void argsort_last(const Strided *a, const Strided *index);

/* out[..., j] = element kth[j] (ascending) of the last axis sorted, of real types; `out` is as long
 * there as m.  False, with nothing known of out: it takes a whole sort. */
bool select_last(const Strided *a, int m, const int64_t kth[], const Strided *out);

/* Merge k sorted dense runs of n[i] elements into `out`; of equal elements the earlier run's come
 * first. `tag` may be NULL, or gives each run's int64 companions, which move along to out_tag.  O(N
 * log k). */
void merge_runs(int k, const void *const *run, const int64_t *n, DType t, void *out,
                const int64_t *const *tag, int64_t *out_tag);

/* searchsorted: out[i] = how many of n sorted dense elements come before v[i] (right: or equal it).
 */
void search_run(const void *x, int64_t n, DType t, const void *v, int64_t m, bool right,
                int64_t *out);

#endif
