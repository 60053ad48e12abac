/* strips.h -- running a Body over local memory, strip by strip.  Local.
 *
 * The strip interpreter takes any Body at once: it cuts the iteration space into strips of some
 * hundred elements that stay in the first cache, and runs each op's kernel over the strip.  Kernels
 * are made at build time by the emitter, for AVX2 and AVX-512, with equal bits.  One contiguous op
 * is one pass over memory.
 */
#ifndef RUNTIME_EXEC_STRIPS_H
#define RUNTIME_EXEC_STRIPS_H

#include "runtime/body.h"
#include "runtime/exec/supers.h"

/* The form of every kernel; see emit.h. */
typedef void StripKernel(int64_t n, void *const out[], const void *const in[], unsigned fixed,
                         int *flags);

typedef struct StripTable {
    const char *isa;
    StripKernel *loop[OP_COUNT][DT_COUNT];
    StripKernel *cast[DT_COUNT][DT_COUNT]; /* [from][to] */
    StripKernel *super[SUPER_COUNT][2];    /* of float64, of float32 */
} StripTable;

extern const StripTable strip_table_avx2, strip_table_avx512;

/* Chooses the kernels: "avx2", "avx512", or NULL for the best this processor has.  Before this call
 * the best are used.  Errors: ERR_VALUE for other names and for what the processor lacks; the
 * choice stays. */
Status strips_select(const char *isa);
const char *strips_isa(void);

typedef struct StripArg {
    char *base; /* element [0, ..., 0] */
    DType dtype;
    int64_t stride[NDIM_MAX]; /* bytes; 0: broadcast along the axis */
} StripArg;

/* Runs a checked body over `shape`.
 *
 *   args     inputs, then outputs; an output may be exactly an input (base and strides), and
 * otherwise overlaps none. An output has no zero stride along an axis longer than 1. origin logical
 * index of element 0 per axis, for INDEX; NULL: zeros where    bool; only where it is true are
 * outputs written and conditions counted.  NULL: everywhere flags    per op of the body, FLAG_ bits
 * are or-ed in; NULL: not wanted The thread's own floating-point flags are left as they were. Cost:
 * some 20 ns and the work. */
void strips_run(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                const int64_t origin[], const StripArg *where, int flags[]);

/* How often strips_run ran, and the bytes that it read and wrote, which are counted on demand. */
typedef struct StripsCount {
    int64_t runs, moved;
    bool counts_moved;
} StripsCount;
extern StripsCount strips_count;

/* The kernel of a cast between different types. */
StripKernel *strips_cast(DType from, DType to);

/* Chains of ops by one kernel where there is one (the default), or every op by its own. */
extern bool strips_chains;

/* One op on single values, bit for bit what arrays give. */
Scalar strips_scalar(OpCode op, DType loop, const Scalar in[], int *flags);

/* Called about every millisecond of work when not NULL, between strips; set by who must poll a
 * network. */
extern void (*strips_poll)(void);

#endif
