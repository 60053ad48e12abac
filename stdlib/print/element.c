/* element.c -- how the elements of one array are written.  Local.
 *
 * The rules are NumPy's: a first pass writes every finite element to find the widths, the second
 * writes them at those widths.  Comparisons that choose scientific notation are made in the
 * array's own precision.
 */
#include "stdlib/print/element.h"
#include "runtime/text/number.h"

#include <math.h>

/* A run of reals inside an array: `stride` bytes apart. */
typedef struct Reals {
    const char *at;
    int64_t count, stride;
    bool single;
} Reals;

static double real_at(const Reals *r, int64_t i)
{
    const char *p = r->at + i * r->stride;
    if (r->single) {
        float x;
        memcpy(&x, p, sizeof x);
        return x;
    }
    double x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* What NumPy looks at before it chooses a notation. */
typedef struct RealStats {
    int64_t nfinite;
    bool any_nonzero, any_negative, any_neginf; /* negative: sign bit of a finite one */
    double least, most;                         /* of the finite nonzero magnitudes */
} RealStats;

static RealStats real_stats(const Reals *r)
{
    RealStats s = {0};
    for (int64_t i = 0; i < r->count; i++) {
        double x = real_at(r, i), a = fabs(x);
        s.any_neginf |= isinf(x) && x < 0;
        if (!isfinite(x))
            continue;
        s.nfinite++;
        s.any_negative |= signbit(x) != 0;
        if (a == 0)
            continue;
        s.least = !s.any_nonzero || a < s.least ? a : s.least;
        s.most = !s.any_nonzero || a > s.most ? a : s.most;
        s.any_nonzero = true;
    }
    return s;
}

static bool wants_exponent(const RealStats *s, bool single, bool suppress)
{
    if (!s->any_nonzero)
        return false;
    if (s->most >= (single ? 1e6 : 1e8))
        return true;
    if (suppress)
        return false;
    if (single)
        return (float)s->least < 0.0001f || (float)s->most / (float)s->least > 1000.0f;
    return s->least < 0.0001 || s->most / s->least > 1000.0;
}

/* Widths of the parts that the first pass finds. */
typedef struct Widths {
    int64_t whole, fraction, exponent;
} Widths;

static void widen(Widths *w, const char *text, int64_t n, bool exponent)
{
    const char *point = memchr(text, '.', (size_t)n);
    const char *e = exponent ? memchr(text, 'e', (size_t)n) : text + n;
    w->whole = int64_max(w->whole, point - text);
    w->fraction = int64_max(w->fraction, e - point - 1);
    if (exponent)
        w->exponent = int64_max(w->exponent, text + n - e - 2); /* without 'e' and sign */
}

static Status measure(const Reals *r, const FloatFormat *f, Widths *out)
{
    Buf text = {0};
    Status s = OK;
    *out = (Widths){0};
    for (int64_t i = 0; i < r->count && s == OK; i++) {
        double x = real_at(r, i);
        if (!isfinite(x))
            continue;
        text.n = 0;
        s = f->exponent ? float_scientific(&text, x, &f->how) : float_positional(&text, x, &f->how);
        if (s == OK)
            widen(out, text.at, text.n, f->exponent);
    }
    buf_free(&text);
    return s;
}

static void fit_exponent(FloatFormat *f, const Widths *w)
{
    f->how.trim = 'k';
    f->how.precision = f->how.min_digits = w->fraction;
    f->how.exp_digits = w->exponent;
    f->pad_left = w->whole;
    f->pad_right = w->exponent + 2 + w->fraction;
}

static void fit_positional(FloatFormat *f, const Widths *w, FloatMode mode)
{
    f->pad_left = w->whole;
    f->pad_right = w->fraction;
    if (mode == FLOATMODE_FIXED || mode == FLOATMODE_MAXPREC_EQUAL) {
        f->how.trim = 'k';
        f->how.precision = f->how.min_digits = w->fraction;
    } else {
        f->how.trim = '.';
        f->how.min_digits = 0;
    }
}

static Status fit_finite(FloatFormat *f, const Reals *r, FloatMode mode)
{
    Widths w;
    f->how.unique = mode != FLOATMODE_FIXED;
    f->how.trim = f->how.unique ? '.' : 'k';
    TRY(measure(r, f, &w));
    if (f->exponent)
        fit_exponent(f, &w);
    else
        fit_positional(f, &w, mode);
    return OK;
}

static Status float_format_init(FloatFormat *f, const Reals *r, const PrintOptions *o, char sign)
{
    RealStats stats = real_stats(r);
    f->how = float_notation(r->single);
    f->how.sign = sign == '+';
    f->how.precision = o->floatmode == FLOATMODE_UNIQUE ? -1 : o->precision;
    f->sign = sign;
    f->exponent = wants_exponent(&stats, r->single, o->suppress);
    f->pad_left = f->pad_right = 0;
    if (o->floatmode != FLOATMODE_UNIQUE && o->precision < 0)
        return fail(ERR_VALUE, "precision must be >= 0");
    if (stats.nfinite)
        TRY(fit_finite(f, r, o->floatmode));
    else
        f->how.trim = '.';
    if (sign == ' ' && !stats.any_negative)
        f->pad_left++;
    if (stats.nfinite != r->count) {
        bool signed_inf = sign != '-' || stats.any_neginf;
        int64_t behind = f->pad_right + 1;
        int64_t nan = text_length(o->nanstr, (int64_t)strlen(o->nanstr));
        int64_t inf = text_length(o->infstr, (int64_t)strlen(o->infstr)) + signed_inf;
        f->pad_left = int64_max(f->pad_left, int64_max(nan, inf) - behind);
    }
    f->how.pad_left = f->pad_left;
    f->how.pad_right = f->exponent ? -1 : f->pad_right;
    return OK;
}

static void put_special(Buf *out, const FloatFormat *f, double x, const PrintOptions *o)
{
    const char *word = isnan(x) ? o->nanstr : o->infstr;
    const char *sign = isinf(x) && x < 0 ? "-" : f->sign == '+' ? "+" : "";
    int64_t length = (int64_t)strlen(sign) + text_length(word, (int64_t)strlen(word));
    for (int64_t i = f->pad_left + f->pad_right + 1 - length; i > 0; i--)
        buf_putc(out, ' ');
    buf_puts(out, sign);
    buf_puts(out, word);
}

static Status put_float(Buf *out, const FloatFormat *f, double x, const PrintOptions *o)
{
    if (!isfinite(x)) {
        put_special(out, f, x, o);
        return OK;
    }
    return f->exponent ? float_scientific(out, x, &f->how) : float_positional(out, x, &f->how);
}

/* 'j' goes behind the digits, before the padding. */
static Status put_complex(Buf *out, const ElementFormat *f, double re, double im)
{
    TRY(put_float(out, &f->re, re, f->options));
    TRY(put_float(out, &f->im, im, f->options));
    int64_t end = out->n;
    while (end > 0 && out->at[end - 1] == ' ')
        end--;
    buf_putc(out, 'j');
    memmove(out->at + end + 1, out->at + end, (size_t)(out->n - 1 - end));
    out->at[end] = 'j';
    return OK;
}

/* ---- ints ------------------------------------------------------------------------------------ */

/* Value of an integer element as sign and magnitude. */
static uint64_t int_magnitude(DType t, const void *element, bool *negative)
{
    Scalar x;
    memset(&x, 0, sizeof x);
    memcpy(&x, element, (size_t)dtype_size(t));
    int64_t v = t == DT_INT8 ? x.i8 : t == DT_INT16 ? x.i16 : t == DT_INT32 ? x.i32 : x.i64;
    *negative = dtype_kind(t) == 'i' && v < 0;
    if (dtype_kind(t) == 'u')
        return x.u64; /* the other bytes are zero */
    return *negative ? 0 - (uint64_t)v : (uint64_t)v;
}

static int magnitude_ndigits(uint64_t x)
{
    int n = 1;
    for (; x >= 10; x /= 10)
        n++;
    return n;
}

static void int_format_init(ElementFormat *f, const char *data, int64_t count)
{
    uint64_t most = 0, least = 0; /* largest magnitudes of each sign */
    bool any_negative = false, any_other = false;
    int64_t size = dtype_size(f->dtype);
    for (int64_t i = 0; i < count; i++) {
        bool negative;
        uint64_t m = int_magnitude(f->dtype, data + i * size, &negative);
        if (negative)
            least = m > least ? m : least, any_negative = true;
        else
            most = m > most ? m : most, any_other = true;
    }
    f->sign = f->options->sign == ' ' && any_negative ? '-' : f->options->sign;
    f->width = any_negative ? 1 + magnitude_ndigits(least) : 0;
    if (any_other) {
        int width = magnitude_ndigits(most) + (f->sign != '-');
        f->width = width > f->width ? width : f->width;
    }
}

static void put_int(Buf *out, const ElementFormat *f, const void *element)
{
    bool negative;
    uint64_t m = int_magnitude(f->dtype, element, &negative);
    char text[32];
    char sign = negative ? '-' : f->sign == '-' ? 0 : f->sign;
    int n = snprintf(text, sizeof text, "%.*s%llu", sign != 0, &sign, (unsigned long long)m);
    for (int i = n; i < f->width; i++)
        buf_putc(out, ' ');
    buf_add(out, text, (size_t)n);
}

/* ---- any element ----------------------------------------------------------------------------- */

Status element_format_init(ElementFormat *f, const void *data, int64_t count, int ndim, DType t,
                           const PrintOptions *options)
{
    *f = (ElementFormat){.dtype = t, .options = options};
    if (t == DT_BOOL) {
        f->width = ndim ? 5 : 4;
        return OK;
    }
    if (!dtype_is_inexact(t)) {
        int_format_init(f, data, count);
        return OK;
    }
    bool complex = dtype_is_complex(t);
    bool single = dtype_size(t) == (complex ? 8 : 4);
    Reals r = {.at = data, .count = count, .stride = dtype_size(t), .single = single};
    TRY(float_format_init(&f->re, &r, options, options->sign));
    if (!complex)
        return OK;
    r.at += single ? 4 : 8;
    return float_format_init(&f->im, &r, options, '+');
}

Status element_put(Buf *out, const ElementFormat *f, const void *element)
{
    bool single = f->dtype == DT_FLOAT32 || f->dtype == DT_COMPLEX64;
    Reals r = {.at = element, .stride = single ? 4 : 8, .single = single};
    switch (dtype_kind(f->dtype)) {
    case 'b':
        if (*(const uint8_t *)element)
            buf_puts(out, f->width == 5 ? " True" : "True");
        else
            buf_puts(out, "False");
        return OK;
    case 'f':
        return put_float(out, &f->re, real_at(&r, 0), f->options);
    case 'c':
        return put_complex(out, f, real_at(&r, 0), real_at(&r, 1));
    default:
        put_int(out, f, element);
        return OK;
    }
}
