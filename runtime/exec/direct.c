/* direct.c -- kernels on a few dense elements, without a body, strips or a plan.  Local.
 *
 * The element-wise part is what strips_run does for a body of casts and one op over memory as it
 * lies, with nothing to settle: a call costs some 10 ns and the work.  Operands of another type
 * than the loop's pass through a buffer, a strip at a time.  Folds are those of fold.c and sum.c
 * over one dense run.
 *
 * Conditions are those of strips.c: of a kernel whose arithmetic is the op's own the processor's,
 * else what the kernel reports.
 */
#include "runtime/exec/direct.h"

#include <xmmintrin.h>

#include "runtime/exec/fold_kernels.h"
#include "runtime/exec/matmul.h"
#include "runtime/exec/pack.h"
#include "runtime/exec/strips.h"
#include "runtime/exec/sum.h"

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

/* Clears the processor's conditions; answers the state to give back. */
static inline unsigned csr_begin(void)
{
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(csr & CSR_SEEN, 0))
        _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    return csr;
}

static inline void csr_end(unsigned before)
{
    if (__builtin_expect(before & CSR_SEEN, 0))
        _mm_setcsr(before);
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
    char packed[16 * BUFFER] __attribute__((aligned(64)));
    int64_t size = dtype_size(loop->out);
    for (int64_t first = 0; first < n; first += BUFFER) {
        int64_t m = int64_min(BUFFER, n - first);
        const void *at[OP_IN_MAX];
        for (int k = 0; k < nin; k++) {
            int item = dtype_size(in[k].dtype);
            const char *from = (const char *)in[k].at + first * (in[k].step ? in[k].step : item);
            bool same = in[k].dtype == loop->in[k];
            if (in[k].step && !block[k]) {
                char *dense = same ? buffer[k] : packed;
                pack_gather(dense, from, in[k].step, m, item);
                from = dense;
            }
            at[k] = block[k] ? block[k] : from;
            if (block[k] || same)
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
    unsigned fixed = 0;
    bool plain = true;
    if (!kernel)
        return false;
    unsigned csr = csr_begin();
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
            plain &= in[k].dtype == loop->in[k] && !in[k].step;
        }
    }
    if (plain) {
        kernel(n, &out, at, fixed, flags);
        csr_take(loop->op, loop->loop, flags);
    } else {
        run_strips(t, loop, nin, n, in, out, block, fixed, flags, cast_flags);
    }
    csr_end(csr);
    return true;
}

void direct_copy(int64_t n, const DirectArg *in, void *out, DType to, int *cast_flags)
{
    int size = dtype_size(to);
    Scalar one;
    const void *from = in->at;
    unsigned csr = csr_begin();
    int64_t m = in->fixed ? 1 : n;
    if (in->dtype != to) {
        void *dst = in->fixed ? (void *)&one : out;
        cast_run(kernels(), from, in->dtype, to, m, dst, cast_flags);
        from = dst;
    }
    csr_end(csr);
    if (in->fixed)
        pack_row(out, size, from, 0, n, size);
    else if (from != out)
        copy_bytes(out, from, n * size);
}

void direct_move(int ndim, const int64_t shape[], char *to, const int64_t to_stride[],
                 const char *from, const int64_t stride[], int size)
{
    int64_t at[NDIM_MAX] = {0}, lengths[NDIM_MAX], steps[2][NDIM_MAX];
    int n = 0, last, d;
    for (d = 0; d < ndim; d++) { /* the longest axis is the last */
        if (shape[d] == 1)
            continue;
        int k = n > 0 && lengths[n - 1] > 2 * shape[d] ? n - 1 : n;
        lengths[n] = lengths[k];
        steps[0][n] = steps[0][k];
        steps[1][n++] = steps[1][k];
        lengths[k] = shape[d];
        steps[0][k] = to_stride[d];
        steps[1][k] = stride[d];
    }
    ndim = n;
    last = n - 1;
    shape = lengths;
    to_stride = steps[0];
    stride = steps[1];
    do {
        pack_row(to, ndim ? to_stride[last] : size, from, ndim ? stride[last] : size,
                 ndim ? shape[last] : 1, size);
        for (d = last - 1; d >= 0; d--) {
            to += to_stride[d];
            from += stride[d];
            if (++at[d] < shape[d])
                break;
            to -= shape[d] * to_stride[d];
            from -= shape[d] * stride[d];
            at[d] = 0;
        }
    } while (d >= 0);
}

/* ---- folds ---- */

/* Sums and products: what overflowed or was invalid.  The state before is given back. */
static void csr_sum(unsigned before, int *flags)
{
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(csr & (CSR_OVERFLOW | CSR_INVALID), 0))
        *flags |= flags_of_csr(csr & (CSR_OVERFLOW | CSR_INVALID));
    if (__builtin_expect((csr | before) & CSR_SEEN, 0))
        _mm_setcsr(before);
}

static bool float_sum(DType t, int64_t n, const void *x, Scalar *out, int *flags)
{
    if (n > SUM_SMALL_MAX)
        return false;
    unsigned csr = csr_begin();
    sum_lanes(t, isa_best())->pairwise(x, n, out);
    csr_sum(csr, flags);
    return true;
}

static bool is_zero(DType t, const void *v)
{
    return t == DT_FLOAT32 ? *(const float *)v == 0 : *(const double *)v == 0;
}

/* A zero extreme has the sign of the last zero. */
static void settle_zero(DType t, int64_t n, const char *x, Scalar *v)
{
    int64_t size = dtype_size(t);
    if (dtype_kind(t) != 'f' || !is_zero(t, v))
        return;
    while (!is_zero(t, x + --n * size))
        ;
    memcpy(v, x + n * size, (size_t)size);
}

static void extreme(FoldOp op, DType t, int64_t n, const void *x, Scalar *out)
{
    unsigned csr = csr_begin();
    memcpy(out, x, (size_t)dtype_size(t));
    fold_kernel(op, t)->run(x, n, out);
    if (__builtin_expect((_mm_getcsr() | csr) & CSR_SEEN, 0))
        _mm_setcsr(csr);
}

/* The first of n truth values that is `want`; 0: none. */
static int64_t first_of(const char *x, int64_t n, bool want)
{
    const char *at = memchr(x, want, (size_t)n);
    return at ? at - x : 0;
}

/* The place of an extreme: of the best of some blocks, then there. */
static int64_t place_of(FoldOp op, DType t, int64_t n, const char *x)
{
    bool max = op == FOLD_ARGMAX;
    int64_t size = dtype_size(t), most = (1 << 14) / size, at = -1;
    Scalar best;
    for (int64_t i = 0; i < n; i += most) {
        Scalar b;
        extreme(max ? FOLD_MAX : FOLD_MIN, t, int64_min(most, n - i), x + i * size, &b);
        fold_arg(t)(&best, &at, &b, 1, i, max);
    }
    return at + fold_find(t)(x + at * size, int64_min(most, n - at), &best);
}

bool direct_fold(FoldOp op, DType t, int64_t n, const void *x, Scalar *out, int *flags)
{
    bool inexact = dtype_is_inexact(t);
    memset(out, 0, sizeof *out);
    switch (op) {
    case FOLD_SUM:
        if (inexact)
            return float_sum(t, n, x, out, flags);
        fold_kernel(op, t)->run(x, n, out);
        return true;
    case FOLD_MIN:
    case FOLD_MAX:
        if (dtype_is_complex(t))
            return false;
        extreme(op, t, n, x, out);
        settle_zero(t, n, x, out);
        return true;
    case FOLD_COUNT:
        if (dtype_is_complex(t))
            return false;
        out->i64 = count_true(t, x, n);
        return true;
    case FOLD_ANY:
    case FOLD_ALL:
        if (t != DT_BOOL)
            return false;
        extreme(op == FOLD_ANY ? FOLD_MAX : FOLD_MIN, t, n, x, out);
        return true;
    case FOLD_ARGMIN:
    case FOLD_ARGMAX:
        if (dtype_is_complex(t))
            return false;
        out->i64 = t == DT_BOOL ? first_of(x, n, op == FOLD_ARGMAX) : place_of(op, t, n, x);
        return true;
    default:
        return false;
    }
}

void direct_dot(DType t, int64_t n, const void *x, const void *y, Scalar *out, int *flags)
{
    int64_t size = dtype_size(t);
    unsigned csr = csr_begin();
    memset(out, 0, sizeof *out);
    dot_whole(x, size, y, size, n, t, out);
    csr_sum(csr, flags);
}

void direct_matmul(const Strided *a, const Strided *b, const Strided *c, int *flags)
{
    int ignored = 0;
    unsigned csr = csr_begin();
    matmul_run(a, b, c, false);
    csr_sum(csr, dtype_is_inexact(c->dtype) ? flags : &ignored);
}

void direct_matvec(const Strided *a, const Strided *x, const Strided *y, bool x_first, int *flags)
{
    unsigned csr = csr_begin();
    matvec_run(a, x, y, x_first);
    csr_sum(csr, flags);
}
