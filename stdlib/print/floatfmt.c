/* floatfmt.c -- NumPy's notation of one float.  Local.
 *
 * Two steps: Figures (the digits written, trailing zeros counted, and the exponent of the first)
 * by the rule where to stop; then a layout.  A digit's place is its power of ten.
 * Where a cut rounds down, the zeros up to the cut are written; where it rounds up, the nines
 * that carried are gone: NumPy counts both ways when it sizes columns.
 */
#include "stdlib/print/floatfmt.h"
#include "runtime/text/dconv.h"
#include "runtime/text/number.h"

#include <math.h>

enum { TEXT_LIMIT = 16383, NO_PLACE = INT32_MIN };

FloatNotation float_notation(bool single)
{
    return (FloatNotation){.single = single,
                           .unique = true,
                           .trim = 'k',
                           .precision = -1,
                           .min_digits = -1,
                           .pad_left = -1,
                           .pad_right = -1,
                           .exp_digits = -1};
}

/* ---- figures --------------------------------------------------------------------------------- */

typedef struct Figures {
    int n;        /* digits, >= 1 */
    int exponent; /* place of the first */
    char at[DIGITS_MAX + 8];
} Figures;

static void set_figures(Figures *f, const char *digits, int n, int exponent)
{
    memcpy(f->at, digits, (size_t)n);
    f->n = n;
    f->exponent = exponent;
}

/* The digits at and above `place`, which may lie above all of them: 0 or 1 of that place. */
static void cut_above(double x, int place, int first, Figures *out)
{
    Digits d;
    digits_significant(x, DIGITS_MAX, &d);
    bool up = place == first + 1 && (d.at[0] > '5' || (d.at[0] == '5' && d.n > 1));
    set_figures(out, up ? "1" : "0", 1, place);
}

/* x rounded at `place`, all digits down to it; `first` is the place of x's first digit. */
static void cut_at(double x, int place, int first, Figures *out)
{
    Digits d, exact;
    if (place > first) {
        cut_above(x, place, first, out);
        return;
    }
    int count = (int)int64_min((int64_t)first - place + 1, DIGITS_MAX);
    digits_significant(x, count, &d);
    set_figures(out, d.at, d.n, d.point - 1);
    if (d.n == count)
        return;
    /* zeros at the end: written unless a carry made them */
    digits_significant(x, DIGITS_MAX, &exact);
    bool carried =
        d.point != exact.point || d.n > exact.n || memcmp(d.at, exact.at, (size_t)d.n) != 0;
    if (!carried) {
        memset(out->at + d.n, '0', (size_t)(count - d.n));
        out->n = count;
    }
}

static void exact_figures(double x, int stop, int first, Figures *out)
{
    Digits d;
    digits_significant(x, DIGITS_MAX, &d);
    if (d.point - d.n >= stop)
        set_figures(out, d.at, d.n, d.point - 1);
    else
        cut_at(x, stop, first, out);
}

/* Whether the digits name x, not a neighbour. */
static bool reads_back(const Figures *f, double x, bool single)
{
    char text[DIGITS_MAX + 32];
    int n = snprintf(text, sizeof text, "%.*se%d", f->n, f->at, f->exponent - f->n + 1);
    double y = dconv_parse(text, n);
    return single ? (float)y == (float)x : y == x;
}

static void unique_figures(double x, bool single, int least, int most, int first, Figures *out)
{
    Digits d;
    digits_shortest(x, single, &d);
    int stop = d.point - d.n; /* place of the last digit */
    bool longer = least != NO_PLACE && least < stop;
    if (longer)
        stop = least;
    if (most != NO_PLACE && most > stop)
        stop = most;
    else if (!longer) {
        set_figures(out, d.at, d.n, d.point - 1);
        return;
    }
    cut_at(x, stop, first, out);
    /* below a power of two neighbours are closer: the nearest digits may name one */
    if (stop == least && longer && !reads_back(out, x, single))
        set_figures(out, d.at, d.n, d.point - 1);
}

/* Place of the last digit that a count stands for. */
static int count_place(int64_t count, bool total, int first)
{
    if (count < 0)
        return NO_PLACE;
    count = int64_min(count, 2 * TEXT_LIMIT);
    return (int)(total ? first + 1 - count : -count);
}

static int first_place(double x)
{
    Digits d;
    digits_significant(x, 20, &d); /* too fine to carry into the next power of ten */
    return d.point - 1;
}

static void make_figures(double x, const FloatNotation *how, bool total, int64_t precision,
                         int64_t min_digits, Figures *out)
{
    x = fabs(x);
    if (x == 0) {
        set_figures(out, "0", 1, 0);
        return;
    }
    if (how->unique && precision < 0 && min_digits < 0) {
        unique_figures(x, how->single, NO_PLACE, NO_PLACE, 0, out);
        return;
    }
    int first = first_place(x);
    int most = count_place(precision, total, first), least = count_place(min_digits, total, first);
    if (how->unique)
        unique_figures(x, how->single, least, most, first, out);
    else
        exact_figures(x, most, first, out);
}

/* ---- layout ---------------------------------------------------------------------------------- */

static void put_repeated(Buf *out, char c, int64_t count)
{
    for (; count > 0; count--)
        buf_putc(out, c);
}

static Status check_notation(double x, const FloatNotation *how)
{
    if (!how->unique && how->precision < 0)
        return fail(ERR_TYPE, "in non-unique mode `precision` must be supplied");
    return OK;
}

/* inf and nan; true when x was one. */
static bool put_special(Buf *out, double x, const FloatNotation *how)
{
    if (isfinite(x))
        return false;
    if (isinf(x))
        buf_puts(out, x < 0 ? "-" : how->sign ? "+" : "");
    buf_puts(out, isnan(x) ? "nan" : "inf");
    return true;
}

/* '.' and the fraction of `nfraction` digits as the trim rule wants it, padded by zeros to
 * `wanted` under 'k'.  Returns the digits written behind the point. */
static int64_t put_fraction(Buf *out, const char *fraction, int64_t zeros, int64_t ndigits,
                            char trim, int64_t wanted)
{
    int64_t n = zeros + ndigits;
    if (trim != 'k')
        while (n && (n <= zeros || fraction[n - zeros - 1] == '0'))
            n--;
    bool point = n || trim != '-';
    if (point)
        buf_putc(out, '.');
    put_repeated(out, '0', int64_min(zeros, n));
    if (n > zeros)
        buf_add(out, fraction, (size_t)(n - zeros));
    int64_t more = trim == 'k' ? wanted - n : trim == '0' && n == 0 ? 1 : 0;
    put_repeated(out, '0', more);
    return n + int64_max(more, 0);
}

static void put_body(Buf *out, const Figures *f, const FloatNotation *how)
{
    int64_t nwhole = f->exponent >= 0 ? f->exponent + 1 : 1;
    int64_t used = f->exponent >= 0 ? int64_min(f->n, nwhole) : 0;
    int64_t zeros = f->exponent >= 0 ? 0 : -(int64_t)f->exponent - 1;
    int64_t wanted = how->unique ? how->min_digits : how->precision;
    if (how->total)
        wanted -= nwhole;
    if (used == 0)
        buf_putc(out, '0');
    buf_add(out, f->at, (size_t)used);
    put_repeated(out, '0', f->exponent >= 0 ? nwhole - used : 0);
    int64_t shown = put_fraction(out, f->at + used, zeros, f->n - used, how->trim, wanted);
    if (how->pad_right >= shown) {
        put_repeated(out, ' ', how->trim == '-' && shown == 0);
        put_repeated(out, ' ', how->pad_right - shown);
    }
}

static char sign_of(double x, const FloatNotation *how)
{
    return signbit(x) ? '-' : how->sign ? '+' : 0;
}

Status float_positional(Buf *out, double x, const FloatNotation *how)
{
    Figures f;
    TRY(check_notation(x, how));
    if (put_special(out, x, how))
        return OK;
    int64_t from = out->n;
    char sign = sign_of(x, how);
    make_figures(x, how, how->total, how->precision, how->min_digits, &f);
    int64_t nwhole = f.exponent >= 0 ? f.exponent + 1 : 1;
    int64_t wanted = int64_max(how->unique ? how->min_digits : how->precision, how->pad_right);
    if (wanted > TEXT_LIMIT || how->pad_left > TEXT_LIMIT)
        return fail(ERR_RUNTIME, "Float formatting result too large");
    put_repeated(out, ' ', how->pad_left - nwhole - (sign != 0));
    if (sign)
        buf_putc(out, sign);
    put_body(out, &f, how);
    if (out->n - from >= TEXT_LIMIT + 1)
        return fail(ERR_RUNTIME, "Float formatting result too large");
    return OK;
}

static void put_power(Buf *out, int exponent, int64_t exp_digits)
{
    int digits = exp_digits < 0 ? 2 : (int)int64_min(exp_digits, 5);
    buf_printf(out, "e%c%.*d", exponent < 0 ? '-' : '+', digits, abs(exponent));
}

Status float_scientific(Buf *out, double x, const FloatNotation *how)
{
    Figures f;
    TRY(check_notation(x, how));
    if (put_special(out, x, how))
        return OK;
    char sign = sign_of(x, how);
    make_figures(x, how, true, how->precision < 0 ? -1 : how->precision + 1,
                 how->min_digits < 0 ? -1 : how->min_digits + 1, &f);
    int64_t wanted = int64_min(how->unique ? how->min_digits : how->precision, TEXT_LIMIT - 2);
    put_repeated(out, ' ', how->pad_left - 1 - (sign != 0));
    if (sign)
        buf_putc(out, sign);
    buf_putc(out, f.at[0]);
    int64_t shown = put_fraction(out, f.at + 1, 0, f.n - 1, how->trim, wanted);
    if (how->trim == '-' && shown == 0 && f.n > 1)
        buf_putc(out, '.'); /* NumPy keeps the point where zeros behind it were trimmed */
    put_power(out, f.exponent, how->exp_digits);
    return OK;
}

static Status check_arguments(const FloatNotation *how)
{
    if (how->min_digits > 0 && how->precision > 0 && how->min_digits > how->precision)
        return fail(ERR_VALUE, "min_digits must be less than or equal to precision");
    return OK;
}

Status np_format_float_positional(Buf *out, double x, const FloatNotation *how)
{
    if (how->total && how->precision == 0)
        return fail(ERR_VALUE, "precision must be greater than 0 if fractional=False");
    TRY(check_arguments(how));
    return float_positional(out, x, how);
}

Status np_format_float_scientific(Buf *out, double x, const FloatNotation *how)
{
    TRY(check_arguments(how));
    return float_scientific(out, x, how);
}
