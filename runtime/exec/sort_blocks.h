/* sort_blocks.h -- sorting unsigned keys by vectors of eight.  Local. */
#ifndef RUNTIME_EXEC_SORT_BLOCKS_H
#define RUNTIME_EXEC_SORT_BLOCKS_H

#include "runtime/base.h"

/* Sorts n keys, or n keys with their companions, equal keys by the companions, which are all
 * different and less than INT64_MAX.  False: the elements are in no better order; this processor
 * lacks AVX-512, or the keys are such as defeat it. */
bool blocks_sort(uint64_t *key, int64_t n);
bool blocks_sort_pairs(uint64_t *key, int64_t *index, int64_t n);
/* The key that would be number kth; `key` is used up, even when the answer is false. */
bool blocks_select(uint64_t *key, int64_t n, int64_t kth, uint64_t *out);

#endif
