/* pool.h -- memory of instances, scratch copies and messages.  Local.
 *
 * Blocks of a size class, last in first out, so that a steady loop allocates nothing and touches no
 * new page. Small classes are powers of two; above, eight a doubling.  What is kept free is
 * bounded; beyond it blocks go back to the system.
 */
#ifndef RUNTIME_EXEC_POOL_H
#define RUNTIME_EXEC_POOL_H

#include "runtime/base.h"

/* Bytes held now and at most, allocations made of the system, and bytes copied, by this rank. */
typedef struct MemStats {
    int64_t now, peak, allocations, copied;
} MemStats;
extern MemStats mem_stats;

/* 64-byte aligned; NULL for 0 bytes.  The contents of pool_take are arbitrary, of pool_alloc zero.
 * A machine without memory ends the job. */
void *pool_take(int64_t nbytes);
void *pool_alloc(int64_t nbytes);
void pool_free(void *p, int64_t nbytes); /* nbytes as it was asked for */

#endif
