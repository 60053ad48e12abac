/* strided.c -- memory of this rank seen as an n-dimensional array.  Local.
 *
 * Casts among real types and to complex are plain C conversions where C defines them as NumPy's
 * on x86-64; float to integer and complex to real go through dtype_cast, which knows the rest.
 */
#include "runtime/exec/strided.h"

#include "runtime/exec/strips.h"

Strided strided_dense(void *base, DType dtype, int ndim, const int64_t *shape)
{
    Strided a = {.base = base, .ndim = ndim, .dtype = dtype};
    int64_t step = dtype_size(dtype);
    for (int d = ndim - 1; d >= 0; d--) {
        a.shape[d] = shape[d];
        a.stride[d] = step;
        step *= shape[d];
    }
    return a;
}

int64_t strided_size(const Strided *a)
{
    int64_t n = 1;
    for (int d = 0; d < a->ndim; d++)
        n *= a->shape[d];
    return n;
}

bool strided_is_dense(const Strided *a, int from)
{
    int64_t step = dtype_size(a->dtype);
    for (int d = a->ndim - 1; d >= from; d--) {
        if (a->shape[d] != 1 && a->stride[d] != step)
            return false;
        step *= a->shape[d];
    }
    return true;
}

Strided strided_pick(const Strided *a, const bool *flags, bool set)
{
    Strided b = {.base = a->base, .dtype = a->dtype};
    for (int d = 0; d < a->ndim; d++)
        if (flags[d] == set) {
            b.shape[b.ndim] = a->shape[d];
            b.stride[b.ndim++] = a->stride[d];
        }
    return b;
}

Strided strided_merge(const Strided *a)
{
    Strided b = {.base = a->base, .dtype = a->dtype};
    for (int d = 0; d < a->ndim; d++) {
        int last = b.ndim - 1;
        if (a->shape[d] == 1)
            continue;
        if (last >= 0 && b.stride[last] == a->stride[d] * a->shape[d]) {
            b.shape[last] *= a->shape[d];
            b.stride[last] = a->stride[d];
        } else {
            b.shape[b.ndim] = a->shape[d];
            b.stride[b.ndim++] = a->stride[d];
        }
    }
    return b;
}

Strided strided_results(const Strided *a, const bool *red, int to, void *base, DType f)
{
    Strided b = {.base = base, .ndim = to, .dtype = f};
    int64_t step = dtype_size(f);
    for (int d = to - 1; d >= 0; d--) {
        b.shape[d] = a->shape[d];
        b.stride[d] = red[d] ? 0 : step;
        step *= red[d] ? 1 : a->shape[d];
    }
    return b;
}

Strided strided_axes(const Strided *a, char *at, int from, int to)
{
    Strided b = {.base = at, .ndim = to - from, .dtype = a->dtype};
    for (int d = from; d < to; d++) {
        b.shape[d - from] = a->shape[d];
        b.stride[d - from] = a->stride[d];
    }
    return b;
}

Walk walk_start(const Strided *a)
{
    Walk w = {.a = a, .at = a->base, .left = strided_size(a)};
    return w;
}

void walk_next(Walk *w)
{
    w->left--;
    for (int d = w->a->ndim - 1; d >= 0; d--) {
        w->at += w->a->stride[d];
        if (++w->index[d] < w->a->shape[d])
            return;
        w->at -= w->a->stride[d] * w->a->shape[d];
        w->index[d] = 0;
    }
}

void walk_seek(Walk *w, int64_t i)
{
    w->at = w->a->base;
    w->left = strided_size(w->a) - i;
    for (int d = w->a->ndim - 1; d >= 0; d--) {
        w->index[d] = i % w->a->shape[d];
        i /= w->a->shape[d];
        w->at += w->index[d] * w->a->stride[d];
    }
}

static void run_copy(const char *x, int64_t stride, int64_t n, int size, char *out)
{
    if (n == 0) /* an empty array has no memory to name */
        return;
    if (stride == size) {
        memcpy(out, x, (size_t)n * (size_t)size);
        return;
    }
#define COPY(N)                                                                                    \
    case N:                                                                                        \
        for (int64_t i = 0; i < n; i++)                                                            \
            memcpy(out + i * N, x + i * stride, N);                                                \
        break;
    switch (size) {
        COPY(1)
        COPY(2)
        COPY(4)
        COPY(8)
        COPY(16)
    }
#undef COPY
}

/* Real source to float, double (PARTS 1) or complex (PARTS 2, imaginary parts zero). */
#define SPREAD(CTYPE, OUT, PARTS)                                                                  \
    for (int64_t i = 0; i < n; i++) {                                                              \
        CTYPE v;                                                                                   \
        memcpy(&v, x + i * stride, sizeof v);                                                      \
        ((OUT *)out)[PARTS * i] = (OUT)v;                                                          \
        if (PARTS == 2)                                                                            \
            ((OUT *)out)[PARTS * i + PARTS - 1] = 0;                                               \
    }                                                                                              \
    return true;
#define WHOLE_SOURCES(OUT, PARTS)                                                                  \
    case DT_BOOL:                                                                                  \
    case DT_UINT8:                                                                                 \
        SPREAD(uint8_t, OUT, PARTS)                                                                \
    case DT_INT8:                                                                                  \
        SPREAD(int8_t, OUT, PARTS)                                                                 \
    case DT_INT16:                                                                                 \
        SPREAD(int16_t, OUT, PARTS)                                                                \
    case DT_UINT16:                                                                                \
        SPREAD(uint16_t, OUT, PARTS)                                                               \
    case DT_INT32:                                                                                 \
        SPREAD(int32_t, OUT, PARTS)                                                                \
    case DT_UINT32:                                                                                \
        SPREAD(uint32_t, OUT, PARTS)                                                               \
    case DT_INT64:                                                                                 \
        SPREAD(int64_t, OUT, PARTS)                                                                \
    case DT_UINT64:                                                                                \
        SPREAD(uint64_t, OUT, PARTS)
#define REAL_SOURCES(OUT, PARTS)                                                                   \
    switch (from) {                                                                                \
        WHOLE_SOURCES(OUT, PARTS)                                                                  \
    case DT_FLOAT32:                                                                               \
        SPREAD(float, OUT, PARTS)                                                                  \
    case DT_FLOAT64:                                                                               \
        SPREAD(double, OUT, PARTS)                                                                 \
    default:                                                                                       \
        return false;                                                                              \
    }

static bool run_to_inexact(const char *x, int64_t stride, int64_t n, DType from, void *out,
                           DType to)
{
    switch (to) {
    case DT_FLOAT32:
        REAL_SOURCES(float, 1)
    case DT_FLOAT64:
        REAL_SOURCES(double, 1)
    case DT_COMPLEX64:
        REAL_SOURCES(float, 2)
    case DT_COMPLEX128:
        REAL_SOURCES(double, 2)
    default:
        return false;
    }
}

static bool run_to_integer(const char *x, int64_t stride, int64_t n, DType from, void *out,
                           DType to)
{
    if (to != DT_INT64 && to != DT_UINT64)
        return false;
    switch (from) {
        WHOLE_SOURCES(int64_t, 1)
    default:
        return false;
    }
}

/* Anything to bool: whether it differs from zero. */
static bool run_to_bool(const char *x, int64_t stride, int64_t n, DType from, uint8_t *out,
                        DType to)
{
    if (to != DT_BOOL)
        return false;
#define TRUTH(NAME, CTYPE, TEST)                                                                   \
    case DT_##NAME:                                                                                \
        for (int64_t i = 0; i < n; i++) {                                                          \
            CTYPE v;                                                                               \
            memcpy(&v, x + i * stride, sizeof v);                                                  \
            out[i] = TEST;                                                                         \
        }                                                                                          \
        return true;
    switch (from) {
        TRUTH(INT8, int8_t, v != 0)
        TRUTH(UINT8, uint8_t, v != 0)
        TRUTH(INT16, int16_t, v != 0)
        TRUTH(UINT16, uint16_t, v != 0)
        TRUTH(INT32, int32_t, v != 0)
        TRUTH(UINT32, uint32_t, v != 0)
        TRUTH(INT64, int64_t, v != 0)
        TRUTH(UINT64, uint64_t, v != 0)
        TRUTH(FLOAT32, float, v != 0)
        TRUTH(FLOAT64, double, v != 0)
        TRUTH(COMPLEX64, Complex64, (v.re != 0) | (v.im != 0))
        TRUTH(COMPLEX128, Complex128, (v.re != 0) | (v.im != 0))
    default:
        return false;
    }
#undef TRUTH
}

void run_cast(const char *x, int64_t stride, int64_t n, DType from, void *out, DType to)
{
    if (from == to) {
        run_copy(x, stride, n, dtype_size(to), out);
        return;
    }
    if (stride == dtype_size(from) &&
        (!dtype_is_complex(from) || dtype_is_complex(to) || to == DT_BOOL) &&
        (!dtype_is_inexact(from) || dtype_is_inexact(to) || to == DT_BOOL)) {
        int flags = 0;
        const void *in[1] = {x};
        strips_cast(from, to)(n, &out, in, 0, &flags);
        return;
    }
    if (run_to_inexact(x, stride, n, from, out, to) ||
        run_to_integer(x, stride, n, from, out, to) || run_to_bool(x, stride, n, from, out, to))
        return;
    for (int64_t i = 0; i < n; i++) {
        Scalar v = {.bytes = {0}};
        memcpy(&v, x + i * stride, (size_t)dtype_size(from));
        v = dtype_cast(v, from, to, NULL);
        memcpy((char *)out + i * dtype_size(to), &v, (size_t)dtype_size(to));
    }
}

void strided_gather(const Strided *a, int64_t lo, int64_t n, void *out, DType to)
{
    if (a->ndim == 0) {
        run_cast(a->base, 0, n, a->dtype, out, to);
        return;
    }
    int last = a->ndim - 1;
    char *dst = out;
    Walk w = {.a = a};
    while (n > 0) {
        walk_seek(&w, lo);
        int64_t take = int64_min(n, a->shape[last] - w.index[last]);
        run_cast(w.at, a->stride[last], take, a->dtype, dst, to);
        dst += take * dtype_size(to);
        lo += take;
        n -= take;
    }
}

/* n dense elements to places `stride` bytes apart. */
static void run_spread(char *to, int64_t stride, int64_t n, int size, const char *x)
{
    if (stride == size) {
        memcpy(to, x, (size_t)n * (size_t)size);
        return;
    }
#define SPREAD_OUT(N)                                                                              \
    case N:                                                                                        \
        for (int64_t i = 0; i < n; i++)                                                            \
            memcpy(to + i * stride, x + i * N, N);                                                 \
        break;
    switch (size) {
        SPREAD_OUT(1)
        SPREAD_OUT(2)
        SPREAD_OUT(4)
        SPREAD_OUT(8)
        SPREAD_OUT(16)
    }
#undef SPREAD_OUT
}

void strided_scatter(const Strided *a, const void *from)
{
    int size = dtype_size(a->dtype);
    const char *src = from;
    Strided m = strided_merge(a);
    if (strided_size(a) == 0)
        return;
    int64_t n = m.ndim ? m.shape[m.ndim - 1] : 1, stride = m.ndim ? m.stride[m.ndim - 1] : size;
    m.ndim -= m.ndim > 0;
    for (Walk w = walk_start(&m); w.left; walk_next(&w), src += n * size)
        run_spread(w.at, stride, n, size, src);
}
