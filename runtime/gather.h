/* gather.h -- reading, writing and counting by number in memory.  Pure C on buffers.
 *
 * An index is n int64 numbers `step` bytes apart, within bounds; element k stands for what lies at
 * base + index * stride.
 */
#ifndef RUNTIME_GATHER_H
#define RUNTIME_GATHER_H

#include "runtime/base.h"

typedef struct Index {
    const char *at;
    int64_t step;
} Index;

/* to[k] = the `nbytes` bytes at from + index[k] * stride, to dense. */
void gather_units(char *to, const char *from, int64_t stride, Index index, int64_t n,
                  int64_t nbytes);
/* And back, in order: the last of equal numbers stays. */
void scatter_units(char *to, int64_t stride, const char *from, Index index, int64_t n,
                   int64_t nbytes);
/* The same element everywhere. */
void fill_units(char *to, int64_t stride, const char *one, Index index, int64_t n, int64_t nbytes);
void fill_masked(char *to, const char *one, const uint8_t *mask, int64_t n, int64_t nbytes);
/* sums[index[k]] += 1, or += x[k], in order. */
void count_units(int64_t *sums, Index index, int64_t n);
void add_units(double *sums, const char *x, int64_t step, Index index, int64_t n);
/* The least and the greatest of n dense numbers, joined to *low and *high. */
void index_bounds(const int64_t *x, int64_t n, int64_t *low, int64_t *high);

/* What units of the places where `mask` (n bytes of 0 or 1) is true, to dense, and the way back;
 * and how many of them are. */
void gather_masked(char *to, const char *from, const uint8_t *mask, int64_t n, int64_t nbytes);
void scatter_masked(char *to, const char *from, const uint8_t *mask, int64_t n, int64_t nbytes);
int64_t count_masked(const uint8_t *mask, int64_t n);

/* The truth of 64 bytes of 0 or 1, the first in the least bit. */
uint64_t bits_of_64(const uint8_t *x);
/* The places of the bits of `word`, in order, `first` more each; answers how many.  Room for eight
 * numbers more than there are bits is written. */
int64_t places_of_bits(uint64_t word, int64_t first, int64_t *out);

#endif
