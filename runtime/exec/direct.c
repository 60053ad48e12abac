/* direct.c -- kernels on a few dense elements, without a body, strips or a plan.  Local.
 *
 * What strips_run does for a body of casts and one op over memory as it lies, with nothing to
 * settle: a call costs some 10 ns and the work.  Operands of another type than the loop's pass
 * through a buffer, a strip at a time.
 *
 * Conditions are those of strips.c: of a kernel whose arithmetic is the op's own the processor's,
 * else what the kernel reports.
 */
#include "runtime/exec/direct.h"

#include <xmmintrin.h>

#include "runtime/exec/pack.h"
#include "runtime/exec/strips.h"

enum { BUFFER = 256 }; /* elements of a strip that is cast */

enum {
    CSR_INVALID = 1,
    CSR_DIVIDE = 4,
    CSR_OVERFLOW = 8,
    CSR_UNDERFLOW = 16,
    CSR_SEEN = 29,
    CSR_STICKY = 63
};

static const StripTable *kernels(void)
{
    return strips_isa() == strip_table_avx512.isa ? &strip_table_avx512 : &strip_table_avx2;
}

static int flags_of_csr(unsigned csr)
{
    return (csr & CSR_INVALID ? FLAG_INVALID : 0) | (csr & CSR_DIVIDE ? FLAG_DIVIDE : 0) |
           (csr & CSR_OVERFLOW ? FLAG_OVERFLOW : 0) | (csr & CSR_UNDERFLOW ? FLAG_UNDERFLOW : 0);
}

/* After a kernel: the processor's conditions, cleared again. */
static inline void csr_take(OpCode op, DType loop, int *flags)
{
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(csr & CSR_SEEN, 0)) {
        if (op_uses_hardware(op, loop))
            *flags |= flags_of_csr(csr);
        _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    }
}

/* n elements cast into `to`. */
static void cast_run(const StripTable *t, const void *from, DType have, DType want, int64_t n,
                     void *to, int *flags)
{
    t->cast[have][want](n, &to, &from, 0, flags);
    csr_take(OP_CAST, have, flags);
}

/* One strip after the other: operands of another type are cast first. */
static void run_strips(const StripTable *t, const OpLoop *loop, int nin, int64_t n,
                       const DirectArg in[], char *out, const void *const block[], unsigned fixed,
                       int *flags, int *cast_flags)
{
    char buffer[OP_IN_MAX][16 * BUFFER] __attribute__((aligned(64)));
    int64_t size = dtype_size(loop->out);
    for (int64_t first = 0; first < n; first += BUFFER) {
        int64_t m = int64_min(BUFFER, n - first);
        const void *at[OP_IN_MAX];
        for (int k = 0; k < nin; k++) {
            const char *from = (const char *)in[k].at + first * dtype_size(in[k].dtype);
            at[k] = block[k] ? block[k] : from;
            if (block[k] || in[k].dtype == loop->in[k])
                continue;
            cast_run(t, from, in[k].dtype, loop->in[k], m, buffer[k], cast_flags);
            at[k] = buffer[k];
        }
        void *to = out + first * size;
        t->loop[loop->op][loop->loop](m, &to, at, fixed, flags);
        csr_take(loop->op, loop->loop, flags);
    }
}

bool direct_ew(const OpLoop *loop, int nin, int64_t n, const DirectArg in[], void *out, int *flags,
               int *cast_flags)
{
    const StripTable *t = kernels();
    StripKernel *kernel = t->loop[loop->op][loop->loop];
    char blocks[OP_IN_MAX][PACK_BLOCK_BYTES] __attribute__((aligned(64)));
    const void *block[OP_IN_MAX], *at[OP_IN_MAX];
    unsigned fixed = 0, csr = _mm_getcsr();
    bool plain = true;
    if (!kernel)
        return false;
    if (__builtin_expect(csr & CSR_SEEN, 0))
        _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    for (int k = 0; k < nin; k++) {
        block[k] = NULL;
        at[k] = in[k].at;
        if (in[k].fixed) {
            Scalar x;
            const void *one = in[k].at;
            if (in[k].dtype != loop->in[k]) {
                cast_run(t, one, in[k].dtype, loop->in[k], 1, &x, cast_flags);
                one = &x;
            }
            pack_block(blocks[k], one, dtype_size(loop->in[k]));
            at[k] = block[k] = blocks[k];
            fixed |= 1u << k;
        } else {
            plain &= in[k].dtype == loop->in[k];
        }
    }
    if (plain) {
        kernel(n, &out, at, fixed, flags);
        csr_take(loop->op, loop->loop, flags);
    } else {
        run_strips(t, loop, nin, n, in, out, block, fixed, flags, cast_flags);
    }
    if (__builtin_expect(csr & CSR_SEEN, 0))
        _mm_setcsr(csr);
    return true;
}
