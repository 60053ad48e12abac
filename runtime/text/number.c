/* number.c -- floats as decimal text and back.  Local.
 *
 * Digits never end in zeros (but for zero itself), so a layout asks for a digit by its place and
 * reads '0' outside.  Exact digits come from printf, which is exact and rounds half to even in
 * glibc; shortest digits and parsing from dconv.
 */
#include "runtime/text/number.h"
#include "runtime/text/dconv.h"

#include <math.h>

/* ---- characters ------------------------------------------------------------------------------ */

uint32_t text_next(const char *text, int64_t n, int64_t *at)
{
    const unsigned char *s = (const unsigned char *)text + *at;
    int64_t left = n - *at;
    int more = s[0] >= 0xF0 ? 3 : s[0] >= 0xE0 ? 2 : s[0] >= 0xC0 ? 1 : 0;
    uint32_t c = more == 3 ? s[0] & 7 : more == 2 ? s[0] & 15 : more == 1 ? s[0] & 31 : s[0];
    if (more >= left)
        more = 0, c = s[0];
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            more = 0, c = s[0];
            break;
        }
        c = c << 6 | (s[i] & 63);
    }
    *at += more + 1;
    return c;
}

int64_t text_length(const char *text, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

int char_decimal(uint32_t c)
{
    static const uint32_t zeros[] = {
#define DECIMAL_ZERO(c) c,
#include "runtime/text/decimal.def"
#undef DECIMAL_ZERO
    };
    if (c < 0x80)
        return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    size_t lo = 0, hi = sizeof zeros / sizeof *zeros;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (zeros[mid] + 9 < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < sizeof zeros / sizeof *zeros && zeros[lo] <= c ? (int)(c - zeros[lo]) : -1;
}

bool char_is_space(uint32_t c)
{
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

/* ---- digits ---------------------------------------------------------------------------------- */

static void strip_zeros(Digits *d)
{
    while (d->n && d->at[d->n - 1] == '0')
        d->n--;
    d->at[d->n] = 0;
}

static void set_zero(Digits *d)
{
    d->n = d->point = 1;
    strcpy(d->at, "0");
}

void digits_shortest(double x, bool single, Digits *out)
{
    out->negative = signbit(x);
    out->n = dconv_shortest(fabs(x), single, out->at, &out->point);
    out->at[out->n] = 0;
}

void digits_significant(double x, int64_t count, Digits *out)
{
    char text[DIGITS_MAX + 32];
    out->negative = signbit(x);
    if (x == 0) {
        set_zero(out);
        return;
    }
    snprintf(text, sizeof text, "%.*e", (int)int64_min(count, DIGITS_MAX) - 1, fabs(x));
    out->n = 0;
    const char *s = text;
    for (; *s != 'e'; s++)
        if (*s >= '0' && *s <= '9')
            out->at[out->n++] = *s;
    out->point = atoi(s + 1) + 1;
    strip_zeros(out);
}

void digits_fixed(double x, int64_t places, Digits *out)
{
    char text[DIGITS_MAX + 350];
    out->negative = signbit(x);
    int n = snprintf(text, sizeof text, "%.*f", (int)int64_min(places, DIGITS_MAX), fabs(x));
    int first = 0;
    out->n = out->point = 0;
    bool fraction = false;
    for (int i = first; i < n; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit) {
            fraction = true;
            continue;
        }
        if (out->n || text[i] != '0') {
            out->at[out->n++] = text[i];
            out->point += !fraction;
        } else {
            out->point -= fraction;
        }
    }
    if (!out->n)
        out->point = 0;
    strip_zeros(out);
}

/* ---- layout ---------------------------------------------------------------------------------- */

static void put_digits(Buf *out, const Digits *d, int64_t from, int64_t to)
{
    for (; from < to && from < 0; from++)
        buf_putc(out, '0');
    int64_t stop = int64_min(to, d->n);
    if (from < stop) {
        buf_add(out, d->at + from, (size_t)(stop - from));
        from = stop;
    }
    for (; from < to; from++)
        buf_putc(out, '0');
}

/* The digits of d with the point behind `point` of them and `places` more. */
static void put_fixed(Buf *out, const Digits *d, int64_t point, int64_t places, int flags)
{
    if (point <= 0)
        buf_putc(out, '0');
    put_digits(out, d, 0, point);
    if (places > 0) {
        buf_putc(out, '.');
        put_digits(out, d, point, point + places);
    } else if (flags & FLOAT_DOT_ZERO) {
        buf_puts(out, ".0");
    } else if (flags & FLOAT_ALTERNATE) {
        buf_putc(out, '.');
    }
}

static void put_exponent(Buf *out, const Digits *d, int64_t places, int flags, bool upper)
{
    put_fixed(out, d, 1, places, flags & ~FLOAT_DOT_ZERO);
    int e = d->point - 1;
    buf_printf(out, "%c%c%02d", upper ? 'E' : 'e', e < 0 ? '-' : '+', abs(e));
}

static void put_special(Buf *out, double x, bool upper)
{
    if (isnan(x))
        buf_puts(out, upper ? "NAN" : "nan");
    else
        buf_puts(out, x < 0 ? (upper ? "-INF" : "-inf") : (upper ? "INF" : "inf"));
}

/* 'g' and 'r': as many digits as there are (all `precision` of them under '#'). */
static void put_general(Buf *out, const Digits *d, int64_t precision, bool repr, int flags,
                        bool upper)
{
    int64_t shown = !repr && (flags & FLOAT_ALTERNATE) ? precision : d->n;
    int64_t limit = repr ? 16 : precision - ((flags & FLOAT_DOT_ZERO) != 0);
    if (d->point <= -4 || d->point > limit)
        put_exponent(out, d, shown - 1, flags, upper);
    else
        put_fixed(out, d, d->point, int64_max(shown - d->point, 0), flags);
}

void float_text(Buf *out, double x, char type, int64_t precision, int flags)
{
    bool upper = type >= 'A' && type <= 'Z';
    Digits d;
    char kind = upper ? (char)(type + 32) : type;
    if (!isfinite(x)) {
        put_special(out, x, upper);
        return;
    }
    if (kind == 'g' && precision == 0)
        precision = 1;
    if (kind == 'r')
        digits_shortest(x, false, &d);
    else if (kind == 'f')
        digits_fixed(x, precision, &d);
    else
        digits_significant(x, kind == 'e' ? int64_min(precision, DIGITS_MAX) + 1 : precision, &d);
    bool zero = d.n == 0 || d.at[0] == '0';
    if (d.negative && !(zero && (flags & FLOAT_NO_NEG_ZERO)))
        buf_putc(out, '-');
    if (kind == 'f')
        put_fixed(out, &d, d.point, precision, flags);
    else if (kind == 'e')
        put_exponent(out, &d, precision, flags, upper);
    else
        put_general(out, &d, precision, kind == 'r', flags, upper);
}

void float_repr(Buf *out, double x)
{
    float_text(out, x, 'r', 0, FLOAT_DOT_ZERO);
}

void complex_repr(Buf *out, double re, double im)
{
    if (re == 0 && !signbit(re)) {
        float_text(out, im, 'r', 0, 0);
        buf_putc(out, 'j');
        return;
    }
    buf_putc(out, '(');
    float_text(out, re, 'r', 0, 0);
    if (isnan(im) || !signbit(im))
        buf_putc(out, '+');
    float_text(out, im, 'r', 0, 0);
    buf_puts(out, "j)");
}

/* ---- parsing --------------------------------------------------------------------------------- */

/* ASCII form of a number's text in `out`: digits of any script become 0..9, underscores between
 * digits go, white space around is cut.  False when a character cannot belong to a number. */
static bool fold_ascii(const char *text, int64_t n, Buf *out)
{
    int64_t at = 0, end = 0; /* end: length of `out` up to the last character that is no space */
    bool underscore = false, started = false;
    char last = 0;
    while (at < n) {
        uint32_t c = text_next(text, n, &at);
        int digit = char_decimal(c);
        if (char_is_space(c)) {
            if (underscore)
                return false;
            if (started)
                buf_putc(out, ' ');
            last = ' ';
            continue;
        }
        if (underscore && digit < 0)
            return false;
        underscore = c == '_';
        if (underscore && !(last >= '0' && last <= '9'))
            return false;
        if (c >= 0x80 && digit < 0)
            return false;
        last = digit >= 0 ? (char)('0' + digit) : (char)c;
        started = true;
        if (!underscore) {
            buf_putc(out, last);
            end = out->n;
        }
    }
    out->n = end;
    buf_text(out);
    return started && !underscore;
}

static bool same_word(const char *s, const char *word)
{
    for (; *word; s++, word++)
        if ((*s | 32) != *word)
            return false;
    return *s == 0;
}

static int64_t skip_digits(const char **s)
{
    const char *from = *s;
    while (**s >= '0' && **s <= '9')
        ++*s;
    return *s - from;
}

/* [sign] (digits [. digits] | . digits) [e [sign] digits] */
static bool is_decimal_literal(const char *s)
{
    int64_t count = skip_digits(&s);
    if (*s == '.') {
        s++;
        count += skip_digits(&s);
    }
    if (!count)
        return false;
    if ((*s | 32) == 'e') {
        s++;
        if (*s == '+' || *s == '-')
            s++;
        if (!skip_digits(&s))
            return false;
    }
    return *s == 0;
}

static bool parse_ascii(const char *s, int64_t n, double *out)
{
    const char *end = s + n;
    bool negative = *s == '-';
    if (memchr(s, 0, (size_t)n)) /* a NUL inside would hide what follows */
        return false;
    if (*s == '-' || *s == '+')
        s++;
    double x;
    if (same_word(s, "inf") || same_word(s, "infinity"))
        x = INFINITY;
    else if (same_word(s, "nan"))
        x = NAN;
    else if (is_decimal_literal(s))
        x = dconv_parse(s, (int)(end - s));
    else
        return false;
    *out = negative ? -x : x;
    return true;
}

bool float_parse(const char *text, int64_t n, double *out)
{
    Buf ascii = {0};
    bool ok = n < INT32_MAX && fold_ascii(text, n, &ascii) && parse_ascii(ascii.at, ascii.n, out);
    buf_free(&ascii);
    return ok;
}

/* ---- round ----------------------------------------------------------------------------------- */

static double digits_value(const Digits *d)
{
    char text[sizeof d->at + 32];
    int n = snprintf(text, sizeof text, "0.%se%d", d->n ? d->at : "0", d->point);
    return dconv_parse(text, n);
}

/* Digits of x kept down to 10^-places with places < 0. */
static void round_left(double x, int64_t places, Digits *d)
{
    digits_significant(x, DIGITS_MAX, d);
    int64_t kept = d->point + places;
    if (kept > 0) {
        digits_significant(x, kept, d);
        return;
    }
    /* a tie goes to the even quotient, which is zero */
    bool up = kept == 0 && (d->at[0] > '5' || (d->at[0] == '5' && d->n > 1));
    set_zero(d);
    if (up) {
        d->at[0] = '1';
        d->point = (int)(1 - places);
    }
}

Status float_round(double x, int64_t places, double *out)
{
    Digits d;
    *out = x;
    if (!isfinite(x) || x == 0 || places > 323) /* no double has digits there */
        return OK;
    if (places < -308) {
        *out = 0.0 * x;
        return OK;
    }
    if (places >= 0)
        digits_fixed(x, places, &d);
    else
        round_left(x, places, &d);
    double r = digits_value(&d);
    if (!isfinite(r))
        return fail(ERR_OVERFLOW, "rounded value too large to represent");
    *out = copysign(r, x);
    return OK;
}
