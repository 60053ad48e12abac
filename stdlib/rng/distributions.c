/* distributions.c -- reals of the usual distributions.  Replicated.
 *
 * The Generator's normals and exponentials use the ziggurat (Marsaglia and Tsang 2000) with NumPy's
 * tables, RandomState's the polar method and the inverse; Poisson is Hörmann's PTRS from 10 on.
 * exp and log are the C library's, as NumPy's are.
 */
#include "stdlib/rng/bits.h"

#include <math.h>

typedef struct Layer {
    uint64_t k;
    double w, f;
    uint32_t k32;
    float w32, f32;
} Layer;

static const Layer normal_layers[256] = {
#define ZIGGURAT_NORMAL(k, w, f, k32, w32, f32) {k, w, f, k32, w32, f32},
#define ZIGGURAT_EXPONENTIAL(k, w, f, k32, w32, f32)
#include "ziggurat.def"
#undef ZIGGURAT_NORMAL
#undef ZIGGURAT_EXPONENTIAL
};

static const Layer exponential_layers[256] = {
#define ZIGGURAT_NORMAL(k, w, f, k32, w32, f32)
#define ZIGGURAT_EXPONENTIAL(k, w, f, k32, w32, f32) {k, w, f, k32, w32, f32},
#include "ziggurat.def"
#undef ZIGGURAT_NORMAL
#undef ZIGGURAT_EXPONENTIAL
};

/* Right edge of the lowest layer, where the tail begins. */
static const double normal_tail = 3.6541528853610087963519472518;
static const double normal_tail_inverse = 0.27366123732975827203338247596;
static const double exponential_tail = 7.6971174701310497140446280481;

/* ---- uniform --------------------------------------------------------------------------------- */

/* Four states, each stepping by four: the multiplications of one do not wait for another's. */
static void pcg64_random(Rng *r, int64_t n, double *out)
{
    enum { WAYS = 4 };
    Uint128 inc = r->u.pcg.inc, state[WAYS], by = 1, more = 0;
    int64_t i = 0;
    for (int k = 0; k < WAYS; k++) { /* s -> by s + more takes k + 1 steps */
        more = more * PCG_MULTIPLIER + inc;
        by *= PCG_MULTIPLIER;
        state[k] = by * r->u.pcg.state + more;
    }
    for (; i + WAYS <= n; i += WAYS)
        for (int k = 0; k < WAYS; k++) {
            out[i + k] = unit_double(pcg64_output(state[k]));
            state[k] = state[k] * by + more;
        }
    if (i)
        r->u.pcg.state = (state[0] - inc) * PCG_INVERSE; /* the state before state[0] */
    for (; i < n; i++)
        out[i] = unit_double(pcg64_next(r));
}

void rng_random(Rng *r, int64_t n, double *out)
{
    if (r->kind == RNG_PCG64) {
        pcg64_random(r, n, out);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = next_double(r);
}

void rng_random_f32(Rng *r, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = next_float(r);
}

static void fill_uniform(Rng *r, double low, double range, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = low + range * next_double(r);
}

Status rng_uniform(Rng *r, double low, double high, int64_t n, double *out)
{
    double range = high - low;
    if (!isfinite(range))
        return fail(ERR_OVERFLOW, "high - low range exceeds valid bounds");
    if (signbit(range))
        return fail(ERR_VALUE, "high - low < 0");
    fill_uniform(r, low, range, n, out);
    return OK;
}

Status rng_legacy_uniform(Rng *r, double low, double high, int64_t n, double *out)
{
    double range = high - low;
    if (!isfinite(range))
        return fail(ERR_OVERFLOW, "Range exceeds valid bounds");
    fill_uniform(r, low, range, n, out);
    return OK;
}

/* ---- normal ---------------------------------------------------------------------------------- */

static double normal_from_tail(Rng *r, bool negative)
{
    for (;;) {
        double x = -normal_tail_inverse * log1p(-next_double(r));
        double y = -log1p(-next_double(r));
        if (y + y > x * x)
            return negative ? -(normal_tail + x) : normal_tail + x;
    }
}

static double standard_normal(Rng *r)
{
    for (;;) {
        uint64_t bits = next64(r);
        const Layer *layer = &normal_layers[bits & 0xff];
        uint64_t magnitude = bits >> 9 & 0x000fffffffffffffu;
        double x = (double)magnitude * layer->w;
        if (bits >> 8 & 1)
            x = -x;
        if (magnitude < layer->k)
            return x;
        if (layer == normal_layers)
            return normal_from_tail(r, magnitude >> 8 & 1);
        if ((layer[-1].f - layer->f) * next_double(r) + layer->f < exp(-0.5 * x * x))
            return x;
    }
}

static float normal_f32_from_tail(Rng *r, bool negative)
{
    const float tail = (float)normal_tail, inverse = (float)normal_tail_inverse;
    for (;;) {
        float x = -inverse * log1pf(-next_float(r));
        float y = -log1pf(-next_float(r));
        if (y + y > x * x)
            return negative ? -(tail + x) : tail + x;
    }
}

static float standard_normal_f32(Rng *r)
{
    for (;;) {
        uint32_t bits = next32(r);
        const Layer *layer = &normal_layers[bits & 0xff];
        uint32_t magnitude = bits >> 9 & 0x007fffffu;
        float x = (float)magnitude * layer->w32;
        if (bits >> 8 & 1)
            x = -x;
        if (magnitude < layer->k32)
            return x;
        if (layer == normal_layers)
            return normal_f32_from_tail(r, magnitude >> 8 & 1);
        if ((layer[-1].f32 - layer->f32) * next_float(r) + layer->f32 < exp(-0.5 * x * x))
            return x;
    }
}

void rng_standard_normal(Rng *r, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = standard_normal(r);
}

void rng_standard_normal_f32(Rng *r, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = standard_normal_f32(r);
}

static Status check_scale(double scale)
{
    if (!isnan(scale) && signbit(scale))
        return fail(ERR_VALUE, "scale < 0");
    return OK;
}

Status rng_normal(Rng *r, double loc, double scale, int64_t n, double *out)
{
    TRY(check_scale(scale));
    for (int64_t i = 0; i < n; i++)
        out[i] = loc + scale * standard_normal(r);
    return OK;
}

/* Marsaglia's polar method: a point in the disc gives two normals. */
static double legacy_gauss(Rng *r)
{
    double x, y, square;
    if (r->has_gauss) {
        double kept = r->gauss;
        r->has_gauss = false;
        r->gauss = 0;
        return kept;
    }
    do {
        x = 2.0 * next_double(r) - 1.0;
        y = 2.0 * next_double(r) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    double f = sqrt(-2.0 * log(square) / square);
    r->gauss = f * x;
    r->has_gauss = true;
    return f * y;
}

void rng_legacy_standard_normal(Rng *r, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = legacy_gauss(r);
}

Status rng_legacy_normal(Rng *r, double loc, double scale, int64_t n, double *out)
{
    TRY(check_scale(scale));
    for (int64_t i = 0; i < n; i++)
        out[i] = loc + scale * legacy_gauss(r);
    return OK;
}

/* ---- exponential ----------------------------------------------------------------------------- */

static double standard_exponential(Rng *r)
{
    for (;;) {
        uint64_t bits = next64(r) >> 3;
        const Layer *layer = &exponential_layers[bits & 0xff];
        bits >>= 8;
        double x = (double)bits * layer->w;
        if (bits < layer->k)
            return x;
        if (layer == exponential_layers)
            return exponential_tail - log1p(-next_double(r));
        if ((layer[-1].f - layer->f) * next_double(r) + layer->f < exp(-x))
            return x;
    }
}

static float standard_exponential_f32(Rng *r)
{
    for (;;) {
        uint32_t bits = next32(r) >> 1;
        const Layer *layer = &exponential_layers[bits & 0xff];
        bits >>= 8;
        float x = (float)bits * layer->w32;
        if (bits < layer->k32)
            return x;
        if (layer == exponential_layers)
            return (float)exponential_tail - log1pf(-next_float(r));
        if ((layer[-1].f32 - layer->f32) * next_float(r) + layer->f32 < expf(-x))
            return x;
    }
}

void rng_standard_exponential(Rng *r, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = standard_exponential(r);
}

void rng_standard_exponential_f32(Rng *r, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = standard_exponential_f32(r);
}

void rng_standard_exponential_inv(Rng *r, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = -log1p(-next_double(r));
}

void rng_standard_exponential_inv_f32(Rng *r, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)-log1p(-next_float(r));
}

Status rng_exponential(Rng *r, double scale, int64_t n, double *out)
{
    TRY(check_scale(scale));
    for (int64_t i = 0; i < n; i++)
        out[i] = scale * standard_exponential(r);
    return OK;
}

void rng_legacy_standard_exponential(Rng *r, int64_t n, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = -log(1.0 - next_double(r));
}

Status rng_legacy_exponential(Rng *r, double scale, int64_t n, double *out)
{
    TRY(check_scale(scale));
    for (int64_t i = 0; i < n; i++)
        out[i] = scale * -log(1.0 - next_double(r));
    return OK;
}

/* ---- Poisson --------------------------------------------------------------------------------- */

/* log gamma(x) by Stirling's series from 7 on; below, by going up and back. */
static double log_gamma(double x)
{
    static const double a[] = {8.333333333333333e-02, -2.777777777777778e-03,
                               7.936507936507937e-04, -5.952380952380952e-04,
                               8.417508417508418e-04, -1.917526917526918e-03,
                               6.410256410256410e-03, -2.955065359477124e-02,
                               1.796443723688307e-01, -1.39243221690590e+00};
    const double log_2pi = 1.8378770664093453;
    if (x == 1.0 || x == 2.0)
        return 0.0;
    int64_t up = x < 7.0 ? (int64_t)(7 - x) : 0;
    double y = x + (double)up, inverse_square = (1.0 / y) * (1.0 / y), sum = a[9];
    for (int k = 8; k >= 0; k--)
        sum = sum * inverse_square + a[k];
    double g = sum / y + 0.5 * log_2pi + (y - 0.5) * log(y) - y;
    for (int64_t k = 0; k < up; k++) {
        g -= log(y - 1.0);
        y -= 1.0;
    }
    return g;
}

/* Count uniforms until their product is below exp(-lam). */
static int64_t poisson_small(Rng *r, double lam)
{
    double limit = exp(-lam), product = 1.0;
    for (int64_t k = 0;; k++) {
        product *= next_double(r);
        if (!(product > limit))
            return k;
    }
}

/* Transformed rejection with squeeze. */
static int64_t poisson_large(Rng *r, double lam)
{
    double root = sqrt(lam), log_lam = log(lam);
    double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = next_double(r) - 0.5, v = next_double(r);
        double us = 0.5 - fabs(u);
        int64_t k = (int64_t)floor((2 * a / us + b) * u + lam + 0.43);
        if (us >= 0.07 && v <= squeeze)
            return k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <=
            -lam + (double)k * log_lam - log_gamma((double)k + 1))
            return k;
    }
}

Status rng_poisson(Rng *r, double lam, int64_t n, int64_t *out)
{
    /* above it a draw may not fit int64 */
    const double most = 9223372006484771000.0;
    if (isnan(lam) || lam < 0)
        return fail(ERR_VALUE, "lam < 0 or lam is NaN");
    if (lam > most)
        return fail(ERR_VALUE, "lam value too large");
    for (int64_t i = 0; i < n; i++)
        out[i] = lam >= 10 ? poisson_large(r, lam) : lam == 0 ? 0 : poisson_small(r, lam);
    return OK;
}
