/* pack.h -- moving elements between strided memory, buffers and blocks.  Local.
 *
 * An element is `size` bytes: 1, 2, 4, 8 or 16; strides are in bytes, of either sign, and nothing
 * need be aligned.  What is read and what is written do not overlap.
 */
#ifndef RUNTIME_EXEC_PACK_H
#define RUNTIME_EXEC_PACK_H

#include "runtime/base.h"

enum { PACK_BLOCK_BYTES = 128 }; /* a block of equal elements: a vector of any type, and more */

/* memcpy, but for lengths and alignments at which the processor's own copying is slow: a thirtieth
 * of the speed where the two places lie less than a line apart on their pages. */
void copy_bytes(void *to, const void *from, int64_t nbytes);

/* to[i] = the element at from + i * stride, for i < n; pack_scatter: the way back. */
void pack_gather(char *to, const char *from, int64_t stride, int64_t n, int size);
void pack_scatter(char *to, int64_t stride, const char *from, int64_t n, int size);
/* Both sides strided. */
void pack_row(char *to, int64_t to_stride, const char *from, int64_t stride, int64_t n, int size);

/* The same for positions at[i] of the strided side. */
void pack_gather_chosen(char *to, const char *from, int64_t stride, const int16_t *at, int64_t n,
                        int size);
void pack_scatter_chosen(char *to, int64_t stride, const char *from, const int16_t *at, int64_t n,
                         int size);

/* to[i] = first + i * step */
void pack_range(int64_t *to, int64_t first, int64_t step, int64_t n);

/* A block of the element at `from`. */
void pack_block(char *block, const char *from, int size);

/* to[k * pitch + i * size] = the element at from + i * stride + k * row_stride, for i < n, k <
 * rows: fastest where row_stride is `size`, a transpose. */
void pack_turned(char *to, int64_t pitch, const char *from, int64_t stride, int64_t row_stride,
                 int64_t n, int64_t rows, int size);

#endif
