/* sort.c -- sorting, merging and searching runs of this rank's memory.  Local. */
#include "runtime/exec/sort.h"

#include "runtime/exec/sort_blocks.h"

/* Few elements are sorted by insertion, some by merging, more by radix; where the processor can,
 * those between by blocks. */
enum { INSERT_MAX = 24, RADIX_MIN = 400, BLOCKS_MAX = 1 << 15, WIDENED_MAX = 400 };

/* ---- order ---- */

#define LESS_INT(a, b) ((a) < (b))
#define LESS_FLT(a, b) (((a) < (b)) | (((b) != (b)) & ((a) == (a))))
#define CPX_CLASS(a)   (2 * ((a).re != (a).re) + ((a).im != (a).im))

static inline bool less_part(double a, double b, bool *decided)
{
    *decided = a < b || a > b;
    return a < b;
}

static inline bool less_c128(Complex128 a, Complex128 b)
{
    int ca = CPX_CLASS(a), cb = CPX_CLASS(b);
    bool decided, less;
    if (ca != cb)
        return ca < cb;
    less = less_part(a.re, b.re, &decided);
    return decided ? less : less_part(a.im, b.im, &decided);
}

static inline bool less_c64(Complex64 a, Complex64 b)
{
    return less_c128((Complex128){a.re, a.im}, (Complex128){b.re, b.im});
}

/* X(NAME, T, LESS) for every type. */
#define EACH_TYPE(X)                                                                               \
    X(BOOL, uint8_t, LESS_INT)                                                                     \
    X(INT8, int8_t, LESS_INT)                                                                      \
    X(UINT8, uint8_t, LESS_INT)                                                                    \
    X(INT16, int16_t, LESS_INT)                                                                    \
    X(UINT16, uint16_t, LESS_INT)                                                                  \
    X(INT32, int32_t, LESS_INT)                                                                    \
    X(UINT32, uint32_t, LESS_INT)                                                                  \
    X(INT64, int64_t, LESS_INT)                                                                    \
    X(UINT64, uint64_t, LESS_INT)                                                                  \
    X(FLOAT32, float, LESS_FLT)                                                                    \
    X(FLOAT64, double, LESS_FLT)                                                                   \
    X(COMPLEX64, Complex64, less_c64)                                                              \
    X(COMPLEX128, Complex128, less_c128)

bool sort_less(DType t, const void *a, const void *b)
{
    switch (t) {
#define LESS_CASE(NAME, T, LESS)                                                                   \
    case DT_##NAME: {                                                                              \
        T x, y;                                                                                    \
        memcpy(&x, a, sizeof x);                                                                   \
        memcpy(&y, b, sizeof y);                                                                   \
        return LESS(x, y);                                                                         \
    }
        EACH_TYPE(LESS_CASE)
#undef LESS_CASE
    default:
        return false;
    }
}

/* ---- merge sort ---- */

typedef struct Pair {
    uint64_t key;
    int64_t index;
} Pair;
typedef struct ComplexPair {
    Complex128 key;
    int64_t index;
} ComplexPair;

#define LESS_PAIR(a, b)  ((a).key < (b).key)
#define LESS_CPAIR(a, b) less_c128((a).key, (b).key)

/* Stable: blocks by insertion, then merged pairwise between x and tmp; the result is in x. */
#define MERGE_SORT(NAME, E, LESS)                                                                  \
    static void insert_##NAME(E *x, int64_t n)                                                     \
    {                                                                                              \
        for (int64_t i = 1; i < n; i++) {                                                          \
            E v = x[i];                                                                            \
            int64_t j = i;                                                                         \
            for (; j > 0 && LESS(v, x[j - 1]); j--)                                                \
                x[j] = x[j - 1];                                                                   \
            x[j] = v;                                                                              \
        }                                                                                          \
    }                                                                                              \
    static void join_##NAME(const E *a, const E *mid, const E *end, E *out)                        \
    {                                                                                              \
        const E *b = mid;                                                                          \
        while (a < mid && b < end)                                                                 \
            *out++ = LESS(*b, *a) ? *b++ : *a++;                                                   \
        memcpy(out, a, (size_t)(mid - a) * sizeof(E));                                             \
        memcpy(out + (mid - a), b, (size_t)(end - b) * sizeof(E));                                 \
    }                                                                                              \
    static void merge_sort_##NAME(E *x, E *tmp, int64_t n)                                         \
    {                                                                                              \
        E *from = x, *to = tmp;                                                                    \
        for (int64_t i = 0; i < n; i += INSERT_MAX)                                                \
            insert_##NAME(x + i, int64_min(INSERT_MAX, n - i));                                    \
        for (int64_t w = INSERT_MAX; w < n; w *= 2) {                                              \
            for (int64_t i = 0; i < n; i += 2 * w)                                                 \
                join_##NAME(from + i, from + int64_min(i + w, n), from + int64_min(i + 2 * w, n),  \
                            to + i);                                                               \
            E *swap = from;                                                                        \
            from = to;                                                                             \
            to = swap;                                                                             \
        }                                                                                          \
        if (from != x)                                                                             \
            memcpy(x, from, (size_t)n * sizeof(E));                                                \
    }
MERGE_SORT(u32, uint32_t, LESS_INT)
MERGE_SORT(u64, uint64_t, LESS_INT)
MERGE_SORT(pair, Pair, LESS_PAIR)
MERGE_SORT(c64, Complex64, less_c64)
MERGE_SORT(c128, Complex128, less_c128)
MERGE_SORT(cpair, ComplexPair, LESS_CPAIR)

/* ---- radix sort ---- */

/* Least byte first; a byte that all keys share is passed over, and when there are many of them is
 * not even counted.  The result is in x. */
enum { FEW_BYTES = 3 };
#define RADIX_SORT(NAME, E, KEY, NBYTES)                                                           \
    static void radix_sort_##NAME(E *x, E *tmp, int64_t n)                                         \
    {                                                                                              \
        int64_t count[NBYTES][256] = {{0}};                                                        \
        E *from = x, *to = tmp;                                                                    \
        uint64_t differ = 0;                                                                       \
        int some = 0;                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            differ |= KEY(x[i]) ^ KEY(x[0]);                                                       \
        for (int b = 0; b < (NBYTES); b++)                                                         \
            some += (differ >> (8 * b) & 0xff) != 0;                                               \
        for (int b = 0; b < (NBYTES) && some <= FEW_BYTES; b++)                                    \
            for (int64_t i = 0; i < n && differ >> (8 * b) & 0xff; i++)                            \
                count[b][KEY(x[i]) >> (8 * b) & 0xff]++;                                           \
        for (int64_t i = 0; i < n && some > FEW_BYTES; i++)                                        \
            for (int b = 0; b < (NBYTES); b++)                                                     \
                count[b][KEY(x[i]) >> (8 * b) & 0xff]++;                                           \
        for (int b = 0; b < (NBYTES); b++) {                                                       \
            int64_t *c = count[b], at = 0;                                                         \
            if (!(differ >> (8 * b) & 0xff))                                                       \
                continue;                                                                          \
            for (int k = 0; k < 256; k++) {                                                        \
                int64_t some = c[k];                                                               \
                c[k] = at;                                                                         \
                at += some;                                                                        \
            }                                                                                      \
            for (int64_t i = 0; i < n; i++)                                                        \
                to[c[KEY(from[i]) >> (8 * b) & 0xff]++] = from[i];                                 \
            E *swap = from;                                                                        \
            from = to;                                                                             \
            to = swap;                                                                             \
        }                                                                                          \
        if (from != x)                                                                             \
            memcpy(x, from, (size_t)n * sizeof(E));                                                \
    }
#define KEY_SELF(e) (e)
#define KEY_PAIR(e) ((e).key)
RADIX_SORT(u32, uint32_t, KEY_SELF, 4)
RADIX_SORT(u64, uint64_t, KEY_SELF, 8)
RADIX_SORT(pair, Pair, KEY_PAIR, 8)

/* ---- keys ---- */

/* Floats as integers of one order: negative ones reversed, zeros as one, NaN last. */
static inline uint64_t key_f64(double x)
{
    uint64_t u;
    if (x != x)
        return UINT64_MAX;
    x += 0.0; /* -0.0 becomes 0.0 */
    memcpy(&u, &x, sizeof u);
    return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static inline double unkey_f64(uint64_t k)
{
    double x;
    k = k == UINT64_MAX ? UINT64_C(0xfff8000000000000) : k;
    k = k >> 63 ? k & ~(UINT64_C(1) << 63) : ~k;
    memcpy(&x, &k, sizeof x);
    return x;
}

static inline uint32_t key_f32(float x)
{
    uint32_t u;
    if (x != x)
        return UINT32_MAX;
    x += 0.0f;
    memcpy(&u, &x, sizeof u);
    return u >> 31 ? ~u : u | UINT32_C(1) << 31;
}

static inline float unkey_f32(uint32_t k)
{
    float x;
    k = k == UINT32_MAX ? UINT32_C(0xffc00000) : k;
    k = k >> 31 ? k & ~(UINT32_C(1) << 31) : ~k;
    memcpy(&x, &k, sizeof x);
    return x;
}

/* The key of element i, as wide as any. */
static uint64_t key_at(const void *x, int64_t i, DType t)
{
    switch (t) {
    case DT_BOOL:
    case DT_UINT8:
        return ((const uint8_t *)x)[i];
    case DT_INT8:
        return (uint8_t)(((const int8_t *)x)[i] ^ 0x80);
    case DT_UINT16:
        return ((const uint16_t *)x)[i];
    case DT_INT16:
        return (uint16_t)(((const int16_t *)x)[i] ^ 0x8000);
    case DT_UINT32:
        return ((const uint32_t *)x)[i];
    case DT_INT32:
        return ((const uint32_t *)x)[i] ^ UINT32_C(0x80000000);
    case DT_UINT64:
        return ((const uint64_t *)x)[i];
    case DT_INT64:
        return ((const uint64_t *)x)[i] ^ UINT64_C(1) << 63;
    case DT_FLOAT32:
        return key_f32(((const float *)x)[i]);
    case DT_FLOAT64:
        return key_f64(((const double *)x)[i]);
    default:
        ASSERT(false, "no keys of type %d", (int)t);
    }
}

/* ---- sort ---- */

/* Few 32-bit keys by way of 64 bits. */
static bool sort_widened(uint32_t *x, int64_t n)
{
    uint64_t wide[WIDENED_MAX];
    for (int64_t i = 0; i < n; i++)
        wide[i] = x[i];
    if (!blocks_sort(wide, n))
        return false;
    for (int64_t i = 0; i < n; i++)
        x[i] = (uint32_t)wide[i];
    return true;
}

static void sort_u32(uint32_t *x, uint32_t *tmp, int64_t n)
{
    if (n > INSERT_MAX && n <= WIDENED_MAX && sort_widened(x, n))
        return;
    if (n < RADIX_MIN)
        merge_sort_u32(x, tmp, n);
    else
        radix_sort_u32(x, tmp, n);
}

/* How many bytes differ among the keys. */
static int bytes_that_differ(const uint64_t *x, int64_t n)
{
    uint64_t differ = 0;
    int some = 0;
    for (int64_t i = 0; i < n; i++)
        differ |= x[i] ^ x[0];
    for (; differ; differ >>= 8)
        some += (differ & 0xff) != 0;
    return some;
}

static void sort_u64(uint64_t *x, uint64_t *tmp, int64_t n)
{
    bool few = n >= RADIX_MIN && bytes_that_differ(x, n) <= FEW_BYTES;
    if (n > INSERT_MAX && n <= BLOCKS_MAX && !few && blocks_sort(x, n))
        return;
    if (n < RADIX_MIN)
        merge_sort_u64(x, tmp, n);
    else
        radix_sort_u64(x, tmp, n);
}

/* Types of one or two bytes: count the keys. */
static void sort_narrow(void *x, int64_t n, DType t)
{
    bool wide = dtype_size(t) == 2;
    uint32_t flip = dtype_kind(t) == 'i' ? (wide ? 0x8000 : 0x80) : 0;
    int64_t keys = wide ? 65536 : 256, at = 0, *count = xcalloc((size_t)keys, sizeof *count);
    for (int64_t i = 0; i < n; i++)
        count[key_at(x, i, t)]++;
    for (int64_t k = 0; k < keys; k++)
        for (int64_t c = count[k]; c > 0; c--, at++)
            if (wide)
                ((uint16_t *)x)[at] = (uint16_t)((uint32_t)k ^ flip);
            else
                ((uint8_t *)x)[at] = (uint8_t)((uint32_t)k ^ flip);
    free(count);
}

/* Keys of n floats, and whether a zero is negative; and the floats of keys. */
#pragma GCC push_options
#pragma GCC target("avx2")
#define FLOAT_KEYS(NAME, T, K, SIGN)                                                               \
    static bool keys_##NAME(const T *x, int64_t n, K *key)                                         \
    {                                                                                              \
        typedef T V __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));               \
        typedef K U __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));               \
        enum { LANES = 32 / sizeof(T) };                                                           \
        U minus = {0}, any = {0};                                                                  \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES) {                                                       \
            V v = *(const V *)(x + i);                                                             \
            U nan = (U)(v != v), u = (U)(v + (T)0.0), down = (U)((U)u >= SIGN);                    \
            minus |= (U)((U)v == SIGN);                                                            \
            *(U *)(key + i) = nan | (u ^ (down | SIGN));                                           \
        }                                                                                          \
        any = minus;                                                                               \
        bool some = false;                                                                         \
        for (int k = 0; k < LANES; k++)                                                            \
            some |= any[k] != 0;                                                                   \
        for (; i < n; i++) {                                                                       \
            some |= x[i] == 0 && __builtin_signbit(x[i]);                                          \
            key[i] = key_##NAME(x[i]);                                                             \
        }                                                                                          \
        return some;                                                                               \
    }                                                                                              \
    static void unkeys_##NAME(const K *key, int64_t n, T *x)                                       \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            x[i] = unkey_##NAME(key[i]);                                                           \
    }
FLOAT_KEYS(f32, float, uint32_t, UINT32_C(0x80000000))
FLOAT_KEYS(f64, double, uint64_t, (UINT64_C(1) << 63))
#pragma GCC pop_options

/* Zeros of both signs have one key: put their signs back in the order they came in. */
#define SORT_FLOATS(NAME, T, K, U)                                                                 \
    static void sort_##NAME(T *x, int64_t n)                                                       \
    {                                                                                              \
        K *key = xmalloc(2 * (size_t)n * sizeof(K) + 1), zero = key_##NAME(0);                     \
        int64_t zeros = 0, at = 0;                                                                 \
        bool minus = keys_##NAME(x, n, key);                                                       \
        for (int64_t i = 0; minus && i < n; i++)                                                   \
            zeros += x[i] == 0;                                                                    \
        T *sign = xmalloc((size_t)zeros * sizeof(T) + 1);                                          \
        for (int64_t i = 0; minus && i < n; i++)                                                   \
            if (x[i] == 0)                                                                         \
                sign[at++] = x[i];                                                                 \
        sort_##U(key, key + n, n);                                                                 \
        at = 0;                                                                                    \
        if (!minus)                                                                                \
            unkeys_##NAME(key, n, x);                                                              \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++)                                                        \
                x[i] = key[i] == zero ? sign[at++] : unkey_##NAME(key[i]);                         \
        free(sign);                                                                                \
        free(key);                                                                                 \
    }
SORT_FLOATS(f32, float, uint32_t, u32)
SORT_FLOATS(f64, double, uint64_t, u64)

/* Integers are their own keys but for the sign bit. */
#define SORT_INTEGERS(NAME, T)                                                                     \
    static void sort_integers_##NAME(T *x, int64_t n, T flip)                                      \
    {                                                                                              \
        T *tmp = xmalloc((size_t)n * sizeof(T) + 1);                                               \
        for (int64_t i = 0; flip && i < n; i++)                                                    \
            x[i] ^= flip;                                                                          \
        sort_##NAME(x, tmp, n);                                                                    \
        for (int64_t i = 0; flip && i < n; i++)                                                    \
            x[i] ^= flip;                                                                          \
        free(tmp);                                                                                 \
    }
SORT_INTEGERS(u32, uint32_t)
SORT_INTEGERS(u64, uint64_t)

static void sort_complex(void *x, int64_t n, DType t)
{
    void *tmp = xmalloc((size_t)(n * dtype_size(t)) + 1);
    if (t == DT_COMPLEX64)
        merge_sort_c64(x, tmp, n);
    else
        merge_sort_c128(x, tmp, n);
    free(tmp);
}

void sort_run(void *x, int64_t n, DType t)
{
    bool is_signed = dtype_kind(t) == 'i';
    if (n < 2)
        return;
    if (t == DT_FLOAT32)
        sort_f32(x, n);
    else if (t == DT_FLOAT64)
        sort_f64(x, n);
    else if (dtype_is_complex(t))
        sort_complex(x, n, t);
    else if (dtype_size(t) == 8)
        sort_integers_u64(x, n, is_signed ? UINT64_C(1) << 63 : 0);
    else if (dtype_size(t) == 4)
        sort_integers_u32(x, n, is_signed ? UINT32_C(1) << 31 : 0);
    else
        sort_narrow(x, n, t);
}

static void argsort_complex(const void *x, int64_t n, DType t, int64_t base, int64_t *index)
{
    ComplexPair *p = xmalloc(2 * (size_t)n * sizeof *p + 1);
    for (int64_t i = 0; i < n; i++) {
        Complex64 v;
        p[i].index = i;
        if (t == DT_COMPLEX128) {
            p[i].key = ((const Complex128 *)x)[i];
        } else {
            v = ((const Complex64 *)x)[i];
            p[i].key = (Complex128){v.re, v.im};
        }
    }
    merge_sort_cpair(p, p + n, n);
    for (int64_t i = 0; i < n; i++)
        index[i] = base + p[i].index;
    free(p);
}

static bool argsort_blocks(const void *x, int64_t n, DType t, int64_t base, int64_t *index)
{
    uint64_t *key = xmalloc((size_t)n * sizeof *key);
    for (int64_t i = 0; i < n; i++) {
        key[i] = key_at(x, i, t);
        index[i] = base + i;
    }
    bool ok = blocks_sort_pairs(key, index, n);
    free(key);
    return ok;
}

void argsort_run(const void *x, int64_t n, DType t, int64_t base, int64_t *index)
{
    if (dtype_is_complex(t)) {
        argsort_complex(x, n, t, base, index);
        return;
    }
    if (n > INSERT_MAX && n <= BLOCKS_MAX && argsort_blocks(x, n, t, base, index))
        return;
    Pair *p = xmalloc(2 * (size_t)n * sizeof *p + 1);
    for (int64_t i = 0; i < n; i++)
        p[i] = (Pair){key_at(x, i, t), i};
    if (n < RADIX_MIN)
        merge_sort_pair(p, p + n, n);
    else
        radix_sort_pair(p, p + n, n);
    for (int64_t i = 0; i < n; i++)
        index[i] = base + p[i].index;
    free(p);
}

/* Call `line` for every line of the last axis: it is packed, worked on and put into `out`. */
static void lines_last(const Strided *a, const Strided *out, bool arg)
{
    int last = a->ndim - 1;
    if (strided_size(a) == 0)
        return;
    ASSERT(last >= 0, "sort along the last of %d axes", a->ndim);
    int64_t n = a->shape[last];
    Strided lines = strided_axes(a, a->base, 0, last), dst = strided_axes(out, out->base, 0, last);
    char *x = xmalloc((size_t)(n * dtype_size(a->dtype)));
    int64_t *index = arg ? xmalloc((size_t)n * sizeof *index) : NULL;
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&lines); w.left; walk_next(&w), walk_next(&to)) {
        Strided line = strided_axes(out, to.at, last, last + 1);
        run_cast(w.at, a->stride[last], n, a->dtype, x, a->dtype);
        if (arg)
            argsort_run(x, n, a->dtype, 0, index);
        else
            sort_run(x, n, a->dtype);
        strided_scatter(&line, arg ? (const void *)index : x);
    }
    free(index);
    free(x);
}

void sort_last(const Strided *a, const Strided *out)
{
    lines_last(a, out, false);
}

void argsort_last(const Strided *a, const Strided *index)
{
    ASSERT(index->dtype == DT_INT64, "argsort into %s", dtype_name(index->dtype));
    lines_last(a, index, true);
}

/* ---- selection ---- */

static uint64_t keys_any(const void *x, int64_t n, DType t, uint64_t *key, bool *minus)
{
    uint64_t most = 0;
    *minus = false;
    if (t == DT_FLOAT64)
        *minus = keys_f64(x, n, key);
    for (int64_t i = 0; i < n; i++) {
        if (t != DT_FLOAT64)
            key[i] = key_at(x, i, t);
        if (t == DT_FLOAT32)
            *minus |= ((const float *)x)[i] == 0 && __builtin_signbit(((const float *)x)[i]);
        most = key[i] > most ? key[i] : most;
    }
    return most;
}

static void unkey_any(uint64_t key, DType t, void *out)
{
    int size = dtype_size(t);
    uint64_t flip = dtype_kind(t) == 'i' ? UINT64_C(1) << (8 * size - 1) : 0;
    float f = t == DT_FLOAT32 ? unkey_f32((uint32_t)key) : 0;
    double d = t == DT_FLOAT64 ? unkey_f64(key) : 0;
    key ^= flip;
    memcpy(out, t == DT_FLOAT32 ? (void *)&f : t == DT_FLOAT64 ? (void *)&d : &key, (size_t)size);
}

/* The zero that a stable sort would put at place kth. */
static void zero_at(const void *x, int64_t n, DType t, int64_t kth, void *out)
{
    int64_t size = dtype_size(t), below = 0, i = -1;
    for (int64_t k = 0; k < n; k++)
        below += t == DT_FLOAT32 ? ((const float *)x)[k] < 0 : ((const double *)x)[k] < 0;
    for (kth -= below; kth >= 0; kth--)
        for (i++; t == DT_FLOAT32 ? ((const float *)x)[i] != 0 : ((const double *)x)[i] != 0;)
            i++;
    memcpy(out, (const char *)x + i * size, (size_t)size);
}

/* What follows the key v, which is at place kth, in order: another v, or the least above it. */
static uint64_t next_key(const uint64_t *key, int64_t n, uint64_t v, int64_t kth)
{
    uint64_t next = UINT64_MAX;
    int64_t upto = 0;
    for (int64_t i = 0; i < n; i++) {
        upto += key[i] <= v;
        next = key[i] > v && key[i] < next ? key[i] : next;
    }
    return upto > kth + 1 ? v : next;
}

/* Elements at places kth[] of n sorted ones, to `out`. */
static bool select_line(const char *x, int64_t n, DType t, int m, const int64_t kth[],
                        uint64_t *key, char *out)
{
    int64_t size = dtype_size(t);
    uint64_t v = 0, zero = t == DT_FLOAT32 ? key_f32(0) : key_f64(0);
    for (int k = 0; k < m; k++) {
        bool minus;
        uint64_t most = keys_any(x, n, t, key, &minus);
        if (kth[k] == n - 1)
            v = most;
        else if (k > 0 && kth[k] == kth[k - 1] + 1)
            v = next_key(key, n, v, kth[k - 1]);
        else if (!blocks_select(key, n, kth[k], &v))
            return false;
        if (minus && v == zero)
            zero_at(x, n, t, kth[k], out + k * size);
        else
            unkey_any(v, t, out + k * size);
    }
    return true;
}

bool select_last(const Strided *a, int m, const int64_t kth[], const Strided *out)
{
    int last = a->ndim - 1;
    int64_t n = a->shape[last], size = dtype_size(a->dtype);
    Strided lines = strided_axes(a, a->base, 0, last), dst = strided_axes(out, out->base, 0, last);
    char *x = xmalloc((size_t)(n * size) + 1), *found = xmalloc((size_t)(m * size) + 1);
    uint64_t *key = xmalloc((size_t)n * sizeof *key + 1);
    bool ok = true;
    Walk to = walk_start(&dst);
    for (Walk w = walk_start(&lines); w.left && ok; walk_next(&w), walk_next(&to)) {
        Strided line = strided_axes(out, to.at, last, last + 1);
        bool dense = a->stride[last] == size;
        if (!dense)
            run_cast(w.at, a->stride[last], n, a->dtype, x, a->dtype);
        ok = select_line(dense ? w.at : x, n, a->dtype, m, kth, key, found);
        if (ok)
            strided_scatter(&line, found);
    }
    free(key);
    free(found);
    free(x);
    return ok;
}

/* ---- merge ---- */

#define MERGE_TWO(NAME, T, LESS)                                                                   \
    static void merge_two_##NAME(const void *a, int64_t na, const void *b, int64_t nb, void *out,  \
                                 const int64_t *ta, const int64_t *tb, int64_t *to)                \
    {                                                                                              \
        const T *x = a, *y = b;                                                                    \
        T *z = out;                                                                                \
        int64_t i = 0, j = 0;                                                                      \
        while (i < na && j < nb) {                                                                 \
            bool second = LESS(y[j], x[i]);                                                        \
            if (to)                                                                                \
                to[i + j] = second ? tb[j] : ta[i];                                                \
            z[i + j] = second ? y[j] : x[i];                                                       \
            j += second;                                                                           \
            i += !second;                                                                          \
        }                                                                                          \
        if (to) {                                                                                  \
            memcpy(to + i + j, ta + i, (size_t)(na - i) * sizeof *to);                             \
            memcpy(to + na + j, tb + j, (size_t)(nb - j) * sizeof *to);                            \
        }                                                                                          \
        memcpy(z + i + j, x + i, (size_t)(na - i) * sizeof(T));                                    \
        memcpy(z + na + j, y + j, (size_t)(nb - j) * sizeof(T));                                   \
    }
EACH_TYPE(MERGE_TWO)

static void merge_two(const void *a, int64_t na, const void *b, int64_t nb, DType t, void *out,
                      const int64_t *ta, const int64_t *tb, int64_t *to)
{
    switch (t) {
#define MERGE_CASE(NAME, T, LESS)                                                                  \
    case DT_##NAME:                                                                                \
        merge_two_##NAME(a, na, b, nb, out, ta, tb, to);                                           \
        return;
        EACH_TYPE(MERGE_CASE)
#undef MERGE_CASE
    default:
        ASSERT(false, "merge of type %d", (int)t);
    }
}

/* A run and its companions. */
typedef struct Run {
    const char *at;
    const int64_t *tag;
    int64_t n;
} Run;

/* One round: neighbours are merged two by two into `out`; an odd last one is copied.  Returns how
 * many are left. */
static int merge_round(Run *r, int k, DType t, char *out, int64_t *tag)
{
    int64_t size = dtype_size(t);
    int m = 0;
    for (int i = 0; i < k; i += 2, m++) {
        Run none = {r[i].at, r[i].tag, 0}, a = r[i], b = i + 1 < k ? r[i + 1] : none;
        merge_two(a.at, a.n, b.at, b.n, t, out, a.tag, b.tag, tag);
        r[m] = (Run){out, tag, a.n + b.n};
        out += r[m].n * size;
        tag += tag ? r[m].n : 0;
    }
    return m;
}

/* Rounds alternate between a buffer and `out`, beginning so that the last one ends in out. */
void merge_runs(int k, const void *const *run, const int64_t *n, DType t, void *out,
                const int64_t *const *tag, int64_t *out_tag)
{
    int64_t total = 0;
    int rounds = 1;
    Run *r = xmalloc((size_t)k * sizeof *r + 1);
    for (int i = 0; i < k; i++) {
        r[i] = (Run){run[i], tag ? tag[i] : NULL, n[i]};
        total += n[i];
    }
    while ((1 << rounds) < k)
        rounds++;
    char *buffer = xmalloc((size_t)(rounds > 1 ? total * dtype_size(t) : 0) + 1);
    int64_t *tags = tag ? xmalloc((size_t)(rounds > 1 ? total : 0) * sizeof *tags + 1) : NULL;
    for (; rounds > 0 && k > 0; rounds--)
        k = merge_round(r, k, t, rounds % 2 ? out : buffer,
                        !tag         ? NULL
                        : rounds % 2 ? out_tag
                                     : tags);
    free(tags);
    free(buffer);
    free(r);
}

/* ---- search ---- */

enum { ABREAST = 8 };

/* All searches halve the same lengths, so some go side by side and none of them branches. */
#define SEARCH_SOME(T, BEHIND)                                                                     \
    do {                                                                                           \
        int64_t at[ABREAST] = {0}, len = n;                                                        \
        for (; len > 1; len -= len / 2)                                                            \
            _Pragma("GCC unroll 8") for (int k = 0; k < ABREAST; k++) at[k] +=                     \
                -(int64_t)(BEHIND(x[at[k] + len / 2 - 1], want[k])) & (len / 2);                   \
        for (int k = 0; k < ABREAST; k++)                                                          \
            to[k] = at[k] + (n > 0 && (BEHIND(x[at[k]], want[k])));                                \
    } while (0)
#define SEARCH_ALL(T, BEHIND)                                                                      \
    do {                                                                                           \
        const T *want = v;                                                                         \
        int64_t *to = out, i = 0;                                                                  \
        for (; i + ABREAST <= m; i += ABREAST, want += ABREAST, to += ABREAST)                     \
            SEARCH_SOME(T, BEHIND);                                                                \
        if (i == m)                                                                                \
            break;                                                                                 \
        T last[ABREAST] = {0};                                                                     \
        int64_t places[ABREAST];                                                                   \
        memcpy(last, want, (size_t)(m - i) * sizeof(T));                                           \
        want = last;                                                                               \
        to = places;                                                                               \
        SEARCH_SOME(T, BEHIND);                                                                    \
        memcpy(out + i, places, (size_t)(m - i) * sizeof *out);                                    \
    } while (0)
#define SEARCH(NAME, T, LESS)                                                                      \
    static void search_##NAME(const void *sorted, int64_t n, const void *v, int64_t m, bool right, \
                              int64_t *out)                                                        \
    {                                                                                              \
        const T *x = sorted;                                                                       \
        if (right)                                                                                 \
            SEARCH_ALL(T, !LESS##_BACK);                                                           \
        else                                                                                       \
            SEARCH_ALL(T, LESS);                                                                   \
    }
#define LESS_INT_BACK(a, b)  (LESS_INT(b, a))
#define LESS_FLT_BACK(a, b)  (LESS_FLT(b, a))
#define less_c64_BACK(a, b)  less_c64(b, a)
#define less_c128_BACK(a, b) less_c128(b, a)
EACH_TYPE(SEARCH)

void search_run(const void *x, int64_t n, DType t, const void *v, int64_t m, bool right,
                int64_t *out)
{
    switch (t) {
#define SEARCH_CASE(NAME, T, LESS)                                                                 \
    case DT_##NAME:                                                                                \
        search_##NAME(x, n, v, m, right, out);                                                     \
        return;
        EACH_TYPE(SEARCH_CASE)
#undef SEARCH_CASE
    default:
        ASSERT(false, "search of type %d", (int)t);
    }
}
