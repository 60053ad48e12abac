/* mathmod.c -- module math.  Replicated.
 *
 * Functions of floats go through libm, and its special values become Python's exceptions; those on
 * ints are exact (GMP).  Sums and norms carry their rounding errors along: fsum is exact, hypot and
 * dist nearly always correctly rounded.
 */
#include "interp/numbers.h"
#include "interp/scalars.h"

#include <math.h>

static Value fail_domain(void)
{
    return raise_fmt(&exc_ValueError, "math domain error");
}

static Value fail_range(void)
{
    return raise_fmt(&exc_OverflowError, "math range error");
}

static bool real_arg(Value v, double *out)
{
    int kind = real_operand(v, out);
    return kind ? kind > 0 : op_as_float(v, out);
}

static bool real_args(Value *a, double *x, double *y)
{
    return real_arg(a[0], x) && real_arg(a[1], y);
}

/* ------------------------------------------------------ functions of a float */

static Value apply(Value v, double (*fn)(double), bool overflows)
{
    double x;
    if (!real_arg(v, &x))
        return V_ERROR;
    double r = fn(x);
    if (isnan(r) && !isnan(x))
        return fail_domain();
    if (isinf(r) && isfinite(x))
        return overflows ? fail_range() : fail_domain();
    return v_float(r);
}

#define MATH1(name, fn, overflows, doc)                                                            \
    static Value math_##name(Value *a, int n)                                                      \
    {                                                                                              \
        return apply(a[0], fn, overflows);                                                         \
    }
#include "interp/math.def"
#undef MATH1

static Value math_degrees(Value *a, int n)
{
    double x;
    return real_arg(a[0], &x) ? v_float(x * (180.0 / M_PI)) : V_ERROR;
}

static Value math_radians(Value *a, int n)
{
    double x;
    return real_arg(a[0], &x) ? v_float(x * (M_PI / 180.0)) : V_ERROR;
}

static Value math_isnan(Value *a, int n)
{
    double x;
    return real_arg(a[0], &x) ? v_bool(isnan(x)) : V_ERROR;
}

static Value math_isinf(Value *a, int n)
{
    double x;
    return real_arg(a[0], &x) ? v_bool(isinf(x)) : V_ERROR;
}

static Value math_isfinite(Value *a, int n)
{
    double x;
    return real_arg(a[0], &x) ? v_bool(isfinite(x)) : V_ERROR;
}

static Value math_ulp(Value *a, int n)
{
    double x;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    x = fabs(x);
    if (!isfinite(x))
        return v_float(x);
    double above = nextafter(x, INFINITY);
    return v_float(isinf(above) ? x - nextafter(x, 0.0) : above - x);
}

/* --------------------------------------------------------------- logarithms */

static Value log_of(Value v, double (*fn)(double))
{
    double x;
    if (is_int(v)) {
        bool overflow;
        if (int_sign(v) <= 0)
            return fail_domain();
        x = int_as_double(v, &overflow);
        if (overflow) { /* log(m * 2^e) */
            int64_t e;
            double m = int_frexp(v, &e);
            return v_float(fn(m) + fn(2.0) * (double)e);
        }
        return v_float(fn(x));
    }
    if (!real_arg(v, &x))
        return V_ERROR;
    return x <= 0 ? fail_domain() : v_float(fn(x));
}

static Value math_log(Value *a, int n)
{
    Tuple *t = as_tuple(a[0]);
    if (t->n < 1 || t->n > 2)
        return raise_fmt(&exc_TypeError, "math.log requires 1 to 2 arguments");
    Value x = log_of(t->at[0], log);
    if (t->n == 1 || v_is_error(x))
        return x;
    Value base = log_of(t->at[1], log);
    if (v_is_error(base))
        return base;
    if (base.f == 0)
        return raise_fmt(&exc_ZeroDivisionError, "float division by zero");
    return v_float(x.f / base.f);
}

static Value math_log2(Value *a, int n)
{
    return log_of(a[0], log2);
}

static Value math_log10(Value *a, int n)
{
    return log_of(a[0], log10);
}

/* ------------------------------------------------------------------- gamma */

/* Lanczos approximation with 13 terms and g = 6.0246...; coefficients by Godfrey and Maddock. */
static const double LANCZOS_G = 6.024680040776729583740234375;
static const double lanczos_top[] = {
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
};
static const double lanczos_bottom[] = {
    0.0,       39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
    2637558.0, 357423.0,   32670.0,     1925.0,      66.0,        1.0,
};
enum { LANCZOS_N = 13 };

/* The rational function at x > 0, evaluated from the end where its terms stay small. */
static double lanczos_sum(double x)
{
    double top = 0.0, bottom = 0.0;
    for (int k = 0; k < LANCZOS_N; k++) {
        int i = x < 5.0 ? LANCZOS_N - 1 - k : k;
        top = (x < 5.0 ? top * x : top / x) + lanczos_top[i];
        bottom = (x < 5.0 ? bottom * x : bottom / x) + lanczos_bottom[i];
    }
    return top / bottom;
}

/* sin(pi x) by the nearest multiple of a half. */
static double sin_pi(double x)
{
    double y = fmod(fabs(x), 2.0), r;
    switch ((int)round(2.0 * y)) {
    case 0:
        r = sin(M_PI * y);
        break;
    case 1:
        r = cos(M_PI * (y - 0.5));
        break;
    case 2:
        r = sin(M_PI * (1.0 - y));
        break;
    case 3:
        r = -cos(M_PI * (y - 1.5));
        break;
    default:
        r = sin(M_PI * (y - 2.0));
    }
    return copysign(1.0, x) * r;
}

/* x scaled by y to the power p in one or two steps, lest the power overflow; up or down. */
static double times_power(double x, double y, double at, bool up)
{
    if (at < 140.0) {
        double p = pow(y, at - 0.5);
        return up ? x * p : x / p;
    }
    double p = pow(y, at / 2.0 - 0.25);
    return up ? x * p * p : x / p / p;
}

/* Gamma of a finite x that is no pole and no small whole number. */
static double gamma_lanczos(double x)
{
    double at = fabs(x), half = LANCZOS_G - 0.5, y = at + half;
    double lost = at > half ? (y - at) - half : (y - half) - at; /* what y's rounding lost */
    double z = lost * LANCZOS_G / y;
    if (x < 0) {
        double r = -M_PI / sin_pi(at) / at * exp(y) / lanczos_sum(at);
        return times_power(r - z * r, y, at, false);
    }
    double r = lanczos_sum(at) / exp(y);
    return times_power(r + z * r, y, at, true);
}

static Value math_gamma(Value *a, int n)
{
    double x;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    if (isnan(x) || x == INFINITY)
        return v_float(x);
    if (x == 0 || x == -INFINITY || (x < 0 && floor(x) == x))
        return fail_domain();
    if (floor(x) == x && x <= 23.0) { /* factorials up to 22 are exact */
        double r = 1.0;
        for (double k = 2.0; k < x; k++)
            r *= k;
        return v_float(r);
    }
    double at = fabs(x), r;
    if (at < 1e-20)
        r = 1.0 / x;
    else if (at > 200.0)
        r = x < 0 ? 0.0 / sin_pi(x) : INFINITY;
    else
        r = gamma_lanczos(x);
    return isinf(r) ? fail_range() : v_float(r);
}

static Value math_lgamma(Value *a, int n)
{
    double x;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    if (!isfinite(x))
        return v_float(isnan(x) ? x : INFINITY);
    if (floor(x) == x && x <= 2.0)
        return x <= 0 ? fail_domain() : v_float(0.0);
    double at = fabs(x);
    if (at < 1e-20)
        return v_float(-log(at));
    double r = log(lanczos_sum(at)) - LANCZOS_G;
    r += (at - 0.5) * (log(at + LANCZOS_G - 0.5) - 1.0);
    if (x < 0)
        r = 1.144729885849400174143427351353058711647 - log(fabs(sin_pi(at))) - log(at) - r;
    return isinf(r) ? fail_range() : v_float(r);
}

/* ----------------------------------------------------- functions of two floats */

static Value math_atan2(Value *a, int n)
{
    double y, x;
    return real_args(a, &y, &x) ? v_float(atan2(y, x)) : V_ERROR;
}

static Value math_copysign(Value *a, int n)
{
    double x, y;
    return real_args(a, &x, &y) ? v_float(copysign(x, y)) : V_ERROR;
}

static Value math_nextafter(Value *a, int n)
{
    double x, y;
    return real_args(a, &x, &y) ? v_float(nextafter(x, y)) : V_ERROR;
}

static Value math_fmod(Value *a, int n)
{
    double x, y;
    if (!real_args(a, &x, &y))
        return V_ERROR;
    double r = fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? fail_domain() : v_float(r);
}

static Value math_remainder(Value *a, int n)
{
    double x, y;
    if (!real_args(a, &x, &y))
        return V_ERROR;
    if (isnan(x) || isnan(y))
        return v_float(x + y);
    if (isinf(x) || y == 0)
        return fail_domain();
    if (isinf(y))
        return v_float(x);
    double size = fabs(y), m = fmod(fabs(x), size), c = size - m; /* c: up to the next multiple */
    double r = m < c ? m : m > c ? -c : m - 2.0 * fmod(0.5 * (fabs(x) - m), size);
    return v_float(copysign(1.0, x) * r);
}

static Value math_pow(Value *a, int n)
{
    double x, y;
    if (!real_args(a, &x, &y))
        return V_ERROR;
    double r = pow(x, y);
    if (isfinite(r) || !isfinite(x) || !isfinite(y))
        return v_float(r);
    return isnan(r) || x == 0 ? fail_domain() : fail_range();
}

static Value math_ldexp(Value *a, int n)
{
    double x;
    int64_t e;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    if (!is_int(a[1]))
        return raise_fmt(&exc_TypeError, "Expected an int as second argument to ldexp.");
    if (!int_as_int64(a[1], &e))
        e = int_sign(a[1]) < 0 ? INT32_MIN : INT32_MAX;
    if (x == 0 || !isfinite(x))
        return v_float(x);
    double r = ldexp(x, (int)int64_max(int64_min(e, 100000), -100000));
    return isinf(r) ? fail_range() : v_float(r);
}

static Value math_frexp(Value *a, int n)
{
    double x;
    int e = 0;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    double m = isfinite(x) ? frexp(x, &e) : x;
    return tuple_of(2, v_float(m), v_int(e));
}

static Value math_modf(Value *a, int n)
{
    double x, whole;
    if (!real_arg(a[0], &x))
        return V_ERROR;
    double rest = modf(x, &whole);
    return tuple_of(2, v_float(rest), v_float(whole));
}

static Value math_isclose(Value *a, int n)
{
    double x, y, relative = 1e-9, absolute = 0.0;
    if (!real_args(a, &x, &y) || (!v_is_undef(a[2]) && !real_arg(a[2], &relative)) ||
        (!v_is_undef(a[3]) && !real_arg(a[3], &absolute)))
        return V_ERROR;
    if (relative < 0 || absolute < 0)
        return raise_fmt(&exc_ValueError, "tolerances must be non-negative");
    if (x == y)
        return V_TRUE;
    if (isinf(x) || isinf(y))
        return V_FALSE;
    double far = fabs(y - x);
    return v_bool(far <= fabs(relative * y) || far <= fabs(relative * x) || far <= absolute);
}

/* -------------------------------------------------------------- whole parts */

/* type(v).name(v), V_UNDEF when the type has no such method. */
static Value through_method(Value v, const char *name)
{
    Value method = type_lookup(type_of(v), str_intern(name));
    return v_is_undef(method) ? method : op_call1(method, v);
}

static Value whole_part(Value v, const char *name, double (*fn)(double))
{
    double x;
    if (v.tag == TAG_FLOAT)
        return int_from_double(fn(v.f));
    Value r = through_method(v, name);
    if (!v_is_undef(r))
        return r;
    return op_as_float(v, &x) ? int_from_double(fn(x)) : V_ERROR;
}

static Value math_ceil(Value *a, int n)
{
    return whole_part(a[0], "__ceil__", ceil);
}

static Value math_floor(Value *a, int n)
{
    return whole_part(a[0], "__floor__", floor);
}

static Value math_trunc(Value *a, int n)
{
    if (a[0].tag == TAG_FLOAT)
        return int_from_double(a[0].f);
    Value r = through_method(a[0], "__trunc__");
    if (!v_is_undef(r))
        return r;
    return raise_fmt(&exc_TypeError, "type %T doesn't define __trunc__ method", a[0]);
}

/* -------------------------------------------------------------------- sums */

/* Sum as partials whose bits do not overlap, smallest first (Shewchuk 1997). */
typedef struct Partials {
    Vec(double) p;
    double infinite, special; /* sums of infinities, and of them and nans */
} Partials;

static bool partials_add(Partials *s, double x)
{
    double given = x;
    int64_t kept = 0;
    for (int64_t i = 0; i < s->p.n; i++) {
        double y = s->p.at[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        double sum = x + y, lost = y - (sum - x);
        if (lost != 0)
            s->p.at[kept++] = lost;
        x = sum;
    }
    s->p.n = kept;
    if (x == 0)
        return true;
    if (isfinite(x)) {
        vec_push(&s->p, x);
        return true;
    }
    if (isfinite(given)) {
        raise_fmt(&exc_OverflowError, "intermediate overflow in fsum");
        return false;
    }
    if (isinf(given))
        s->infinite += given;
    s->special += given;
    s->p.n = 0;
    return true;
}

/* Half to even: the largest two partials may stand exactly between, decided by the third's sign. */
static double partials_round(const Partials *s)
{
    int64_t n = s->p.n;
    if (!n)
        return 0.0;
    double sum = s->p.at[--n], lost = 0.0;
    while (n > 0) {
        double x = sum, y = s->p.at[--n];
        sum = x + y;
        lost = y - (sum - x);
        if (lost != 0)
            break;
    }
    if (n > 0 && ((lost < 0 && s->p.at[n - 1] < 0) || (lost > 0 && s->p.at[n - 1] > 0))) {
        double twice = lost * 2.0, up = sum + twice;
        if (twice == up - sum)
            sum = up;
    }
    return sum;
}

static Value math_fsum(Value *a, int n)
{
    Value it = op_iter(a[0]), x = V_ERROR, result = V_ERROR;
    if (v_is_error(it))
        return it;
    Partials s = {.infinite = 0.0};
    for (;;) {
        double d;
        x = op_next(it);
        if (v_is_undef(x) || v_is_error(x))
            break;
        bool fine = real_arg(x, &d) && partials_add(&s, d);
        release(x);
        x = V_ERROR;
        if (!fine)
            break;
    }
    if (v_is_undef(x) && s.special != 0)
        result = isnan(s.infinite) ? raise_fmt(&exc_ValueError, "-inf + inf in fsum")
                                   : v_float(s.special);
    else if (v_is_undef(x))
        result = v_float(partials_round(&s));
    vec_free(&s.p);
    release(it);
    return result;
}

static Value math_prod(Value *a, int n)
{
    Value it = op_iter(a[0]);
    if (v_is_error(it))
        return it;
    Value product = v_is_undef(a[1]) ? v_int(1) : retain(a[1]);
    while (!v_is_error(product)) {
        Value x = op_next(it);
        if (v_is_undef(x))
            break;
        Value next = v_is_error(x) ? x : op_binary(product, x, BIN_MUL);
        release(x);
        slot_set(&product, next);
    }
    release(it);
    return product;
}

/* ------------------------------------------------------------------- norms */

/* For subnormals: less exact, as CPython 3.11. */
static double norm_tiny(const double *x, int64_t n, double max)
{
    double sum = 1.0, low = 0.0;
    for (int64_t i = 0; i < n; i++) {
        double y = x[i] / max, next = sum + y * y;
        low += (sum - next) + y * y;
        sum = next;
    }
    return max * sqrt(sum - 1.0 + low);
}

/* Length of a vector of finite |x| <= max, max > 0, n > 1.  Squares and sums are kept in two
 * doubles each; one Newton step removes the square root's error. */
static double norm_scaled(const double *x, int64_t n, double max)
{
    int e;
    frexp(max, &e);
    if (e < -1023) /* 2^-e is not a double */
        return norm_tiny(x, n, max);
    double scale = ldexp(1.0, -e), sum = 1.0, low = 0.0; /* from 1: every square is smaller */
    for (int64_t i = 0; i < n; i++) {
        double y = x[i] * scale, square = y * y, next = sum + square;
        low += fma(y, y, -square) + (square - (next - sum));
        sum = next;
    }
    double h = sqrt(sum - 1.0 + low), square = h * h, next = sum - square;
    low += (-square - (next - sum)) - fma(h, h, -square);
    h += (next - 1.0 + low) / (2.0 * h);
    return h / scale;
}

/* Length of n numbers, which are overwritten. */
static double norm(double *x, int64_t n)
{
    double max = 0.0;
    bool has_nan = false;
    for (int64_t i = 0; i < n; i++) {
        x[i] = fabs(x[i]);
        has_nan |= isnan(x[i]);
        max = x[i] > max ? x[i] : max;
    }
    if (isinf(max))
        return max;
    if (has_nan)
        return NAN;
    return max == 0 || n <= 1 ? max : norm_scaled(x, n, max);
}

static Value math_hypot(Value *a, int n)
{
    Tuple *t = as_tuple(a[0]);
    double *x = xmalloc(sizeof *x * (size_t)(t->n + 1));
    bool fine = true;
    for (int64_t i = 0; fine && i < t->n; i++)
        fine = real_arg(t->at[i], &x[i]);
    Value r = fine ? v_float(norm(x, t->n)) : V_ERROR;
    free(x);
    return r;
}

static Value distance(Tuple *p, Tuple *q)
{
    if (p->n != q->n)
        return raise_fmt(&exc_ValueError, "both points must have the same number of dimensions");
    double *x = xmalloc(sizeof *x * (size_t)(p->n + 1));
    bool fine = true;
    for (int64_t i = 0; fine && i < p->n; i++) {
        double u, v;
        fine = real_arg(p->at[i], &u) && real_arg(q->at[i], &v);
        if (fine)
            x[i] = u - v;
    }
    Value r = fine ? v_float(norm(x, p->n)) : V_ERROR;
    free(x);
    return r;
}

static Value math_dist(Value *a, int n)
{
    Value p = is_tuple(a[0]) ? retain(a[0]) : tuple_from_iterable(a[0]);
    if (v_is_error(p))
        return p;
    Value q = is_tuple(a[1]) ? retain(a[1]) : tuple_from_iterable(a[1]);
    Value r = v_is_error(q) ? q : distance(as_tuple(p), as_tuple(q));
    release(p);
    release(q);
    return r;
}

/* -------------------------------------------------------------------- ints */

static Value fold_ints(Value args, int64_t start, void (*fn)(mpz_ptr, mpz_srcptr, mpz_srcptr))
{
    mpz_t z;
    mpz_init_set_si(z, start);
    for (int64_t i = 0; i < as_tuple(args)->n; i++) {
        IntView view;
        Value x = op_index(as_tuple(args)->at[i]);
        if (v_is_error(x)) {
            mpz_clear(z);
            return x;
        }
        fn(z, z, int_mpz(x, &view));
        release(x);
    }
    return int_from_mpz(z);
}

static Value math_gcd(Value *a, int n)
{
    return fold_ints(a[0], 0, mpz_gcd);
}

static Value math_lcm(Value *a, int n)
{
    return fold_ints(a[0], 1, mpz_lcm);
}

static Value math_isqrt(Value *a, int n)
{
    IntView view;
    Value x = op_index(a[0]);
    if (v_is_error(x))
        return x;
    if (int_sign(x) < 0) {
        release(x);
        return raise_fmt(&exc_ValueError, "isqrt() argument must be nonnegative");
    }
    mpz_t z;
    mpz_init(z);
    mpz_sqrt(z, int_mpz(x, &view));
    release(x);
    return int_from_mpz(z);
}

enum { FACTORIAL_MAX = 200 * 1000 * 1000 }; /* its result takes 5 billion bits */

static Value factorial_of(Value v)
{
    Value x = op_index(v);
    int64_t n;
    if (v_is_error(x))
        return x;
    bool fits = int_as_int64(x, &n), negative = int_sign(x) < 0;
    release(x);
    if (negative)
        return raise_fmt(&exc_ValueError, "factorial() not defined for negative values");
    if (!fits)
        return raise_fmt(&exc_OverflowError,
                         "factorial() argument should not exceed 9223372036854775807");
    if (n > FACTORIAL_MAX)
        return raise_oom();
    mpz_t z;
    mpz_init(z);
    mpz_fac_ui(z, (unsigned long)n);
    return int_from_mpz(z);
}

static Value math_factorial(Value *a, int n)
{
    return factorial_of(a[0]);
}

/* z = top * (top - 1) * ... of count factors, by halves so that operands stay balanced. */
static void falling_product(mpz_t z, mpz_srcptr top, int64_t count)
{
    mpz_t factor;
    mpz_init(factor);
    if (count <= 16) {
        mpz_set_ui(z, 1);
        for (int64_t i = 0; i < count; i++) {
            mpz_sub_ui(factor, top, (unsigned long)i);
            mpz_mul(z, z, factor);
        }
    } else {
        int64_t half = count / 2;
        mpz_sub_ui(factor, top, (unsigned long)half);
        mpz_t upper;
        mpz_init(upper);
        falling_product(upper, top, half);
        falling_product(z, factor, count - half);
        mpz_mul(z, z, upper);
        mpz_clear(upper);
    }
    mpz_clear(factor);
}

/* Both ints of comb and perm, not negative; false: exception (and nothing to release). */
static bool count_args(Value *a, Value *n, Value *k)
{
    *k = V_UNDEF;
    *n = op_index(a[0]);
    if (v_is_error(*n))
        return false;
    *k = op_index(a[1]);
    if (v_is_error(*k)) {
        release(*n);
        return false;
    }
    if (int_sign(*n) >= 0 && int_sign(*k) >= 0)
        return true;
    raise_fmt(&exc_ValueError, "%s must be a non-negative integer", int_sign(*n) < 0 ? "n" : "k");
    release(*n);
    release(*k);
    return false;
}

static Value math_perm(Value *a, int nargs)
{
    Value n, k, r;
    int64_t count;
    IntView view;
    if (v_is_undef(a[1]) || v_is_none(a[1]))
        return factorial_of(a[0]);
    if (!count_args(a, &n, &k))
        return V_ERROR;
    if (int_compare(k, n) > 0) {
        r = v_int(0);
    } else if (!int_as_int64(k, &count)) {
        r = raise_fmt(&exc_OverflowError, "k must not exceed 9223372036854775807");
    } else if (count > FACTORIAL_MAX) {
        r = raise_oom();
    } else {
        mpz_t z;
        mpz_init(z);
        falling_product(z, int_mpz(n, &view), count);
        r = int_from_mpz(z);
    }
    release(n);
    release(k);
    return r;
}

static Value math_comb(Value *a, int nargs)
{
    Value n, k, r;
    int64_t count;
    IntView view;
    if (!count_args(a, &n, &k))
        return V_ERROR;
    Value rest = int_binary(n, k, BIN_SUB);
    if (int_sign(rest) < 0) {
        r = v_int(0);
    } else if (!int_as_int64(int_compare(k, rest) < 0 ? k : rest, &count)) {
        r = raise_fmt(&exc_OverflowError, "min(n - k, k) must not exceed 9223372036854775807");
    } else if (count > FACTORIAL_MAX) {
        r = raise_oom();
    } else {
        mpz_t z;
        mpz_init(z);
        mpz_bin_ui(z, int_mpz(n, &view), (unsigned long)count);
        r = int_from_mpz(z);
    }
    release(rest);
    release(n);
    release(k);
    return r;
}

/* clang-format off */
static const NativeDef math_natives[] = {
#define MATH1(name, fn, overflows, doc) {#name, "x, /", math_##name, doc},
#include "interp/math.def"
#undef MATH1
    {"atan2", "y, x, /", math_atan2, "Angle of the point (x, y), in radians."},
    {"ceil", "x, /", math_ceil, "Least int that is not less than x."},
    {"comb", "n, k, /", math_comb, "Ways to choose k of n."},
    {"copysign", "x, y, /", math_copysign, "x with the sign of y."},
    {"degrees", "x, /", math_degrees, "Radians in degrees."},
    {"dist", "p, q, /", math_dist, "Distance of two points."},
    {"factorial", "x, /", math_factorial, "1 * 2 * ... * x."},
    {"floor", "x, /", math_floor, "Greatest int that is not more than x."},
    {"fmod", "x, y, /", math_fmod, "Remainder with the sign of x."},
    {"frexp", "x, /", math_frexp, "(m, e) with x = m * 2**e and 0.5 <= |m| < 1."},
    {"fsum", "seq, /", math_fsum, "Sum of floats, rounded once."},
    {"gamma", "x, /", math_gamma, "Gamma function."},
    {"gcd", "*integers", math_gcd, "Greatest common divisor."},
    {"hypot", "*coordinates", math_hypot, "Length of a vector."},
    {"isclose", "a, b, *, rel_tol=?, abs_tol=?", math_isclose, "Are two floats close?"},
    {"isfinite", "x, /", math_isfinite, "Neither infinite nor nan?"},
    {"isinf", "x, /", math_isinf, "Infinite?"},
    {"isnan", "x, /", math_isnan, "Not a number?"},
    {"isqrt", "n, /", math_isqrt, "Whole part of the square root."},
    {"lcm", "*integers", math_lcm, "Least common multiple."},
    {"ldexp", "x, i, /", math_ldexp, "x * 2**i."},
    {"lgamma", "x, /", math_lgamma, "Logarithm of |gamma(x)|."},
    {"log", "*args", math_log, "Logarithm, natural or to a base."},
    {"log10", "x, /", math_log10, "Logarithm to base 10."},
    {"log2", "x, /", math_log2, "Logarithm to base 2."},
    {"modf", "x, /", math_modf, "(fraction, whole part), both floats."},
    {"nextafter", "x, y, /", math_nextafter, "Next float after x towards y."},
    {"perm", "n, k=None, /", math_perm, "Ways to choose k of n in order."},
    {"pow", "x, y, /", math_pow, "x raised to y, as floats."},
    {"prod", "iterable, /, *, start=?", math_prod, "Product of start and the elements."},
    {"radians", "x, /", math_radians, "Degrees in radians."},
    {"remainder", "x, y, /", math_remainder, "x minus the nearest multiple of y."},
    {"trunc", "x, /", math_trunc, "x towards zero, by its __trunc__."},
    {"ulp", "x, /", math_ulp, "Distance to the next float."},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

Value math_module(void)
{
    Value m =
        module_new("math", "Mathematical functions of the C library, and exact ones on ints.");
    module_add_natives(m, math_natives);
    module_add(m, "pi", v_float(M_PI));
    module_add(m, "e", v_float(M_E));
    module_add(m, "tau", v_float(2 * M_PI));
    module_add(m, "inf", v_float(INFINITY));
    module_add(m, "nan", v_float(NAN));
    return m;
}
