/* quickfmt.c -- plain ints, floats and ASCII text laid out without the general formatter.
 * Replicated.
 *
 * A float with few decimals is scaled by a power of ten in 128 bits, where the product of a 53-bit
 * significand and 10^22 fits, so the rounding is that of the exact value.
 */
#include "interp/quickfmt.h"

#include <math.h>

#include "interp/str.h"

typedef unsigned __int128 Wide;

static const uint64_t powers[] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000};
enum { POWERS = sizeof powers / sizeof *powers };

bool decimal_scaled(double x, int places, uint64_t *out)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52 & 2047);
    uint64_t m = bits & ((1ULL << 52) - 1);
    if (places >= POWERS || exponent == 2047)
        return false;
    m |= exponent ? 1ULL << 52 : 0;
    int shift = 1075 - (exponent ? exponent : 1); /* |x| = m / 2^shift */
    Wide n = (Wide)m * powers[places];
    if (shift <= 0) {
        if (shift < -10)
            return false;
        n <<= -shift;
    } else if (shift > 126) {
        n = 0; /* below a half: n < 2^113 */
    } else {
        Wide half = (Wide)1 << (shift - 1), rest = n & ((half << 1) - 1);
        n >>= shift;
        n += rest > half || (rest == half && (n & 1));
    }
    *out = (uint64_t)n;
    return n >> 63 == 0;
}

double ten_to(int n)
{
    return (double)powers[n]; /* exact: 5^18 has 42 bits */
}

/* The digits of n that end at `end`; the first. */
static inline char *digits_before(char *end, uint64_t n)
{
    do {
        *--end = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    return end;
}

int quick_int(char *to, int64_t i)
{
    char room[24], *end = room + sizeof room;
    char *at = digits_before(end, i < 0 ? -(uint64_t)i : (uint64_t)i);
    if (i < 0)
        *--at = '-';
    memcpy(to, at, (size_t)(end - at));
    return (int)(end - at);
}

int quick_fixed(char *to, double x, int places)
{
    uint64_t n;
    if (places > QUICK_PLACES || !decimal_scaled(x, places, &n))
        return 0;
    char room[QUICK_NUMBER], *end = room + sizeof room, *at = end;
    for (int i = 0; i < places; i++, n /= 10)
        *--at = (char)('0' + n % 10);
    if (places)
        *--at = '.';
    at = digits_before(at, n);
    if (signbit(x))
        *--at = '-';
    memcpy(to, at, (size_t)(end - at));
    return (int)(end - at);
}

/* ----------------------------------------------------------------------- specs */

/* At most three digits at text[*at]. */
static bool scan_number(const char *text, int64_t n, int64_t *at, int *out)
{
    int64_t start = *at;
    *out = 0;
    while (*at < n && text[*at] >= '0' && text[*at] <= '9' && *at - start < 4)
        *out = *out * 10 + (text[(*at)++] - '0');
    return *at > start && *at - start < 4;
}

/* [0][width][.precision] and the type that follows. */
static bool scan_rest(const char *text, int64_t n, int64_t *at, QuickSpec *out)
{
    out->zero = *at < n && text[*at] == '0';
    *at += out->zero;
    out->width = 0;
    out->precision = -1;
    if (*at < n && text[*at] >= '1' && text[*at] <= '9' && !scan_number(text, n, at, &out->width))
        return false;
    if (*at < n && text[*at] == '.') {
        ++*at;
        if (!scan_number(text, n, at, &out->precision))
            return false;
    }
    out->type = *at < n ? text[(*at)++] : 0;
    return out->type == 0 || out->type == 'd' || out->type == 'f' || out->type == 's';
}

bool quick_spec_parse(const char *text, int64_t n, QuickSpec *out)
{
    int64_t at = 0;
    out->align = 0;
    if (n && (text[0] == '<' || text[0] == '>' || text[0] == '^'))
        out->align = text[at++];
    return scan_rest(text, n, &at, out) && at == n && !(out->zero && out->align);
}

bool quick_percent_parse(const char *text, int64_t n, int64_t *at, QuickSpec *out)
{
    bool left = *at < n && text[*at] == '-';
    *at += left;
    out->align = left ? '<' : '>';
    return scan_rest(text, n, at, out) && out->type && !(out->zero && left);
}

/* ---------------------------------------------------------------------- layout */

/* body[0, n) padded to the spec's width; `align` where the spec has none. */
static int64_t put_padded(char *to, int64_t room, const char *body, int64_t n,
                          const QuickSpec *spec, char align)
{
    int64_t pad = spec->width > n ? spec->width - n : 0;
    if (n + pad > room)
        return -1;
    if (spec->zero) {
        int64_t sign = n && body[0] == '-';
        memcpy(to, body, (size_t)sign);
        memset(to + sign, '0', (size_t)pad);
        memcpy(to + sign + pad, body + sign, (size_t)(n - sign));
        return n + pad;
    }
    if (spec->align)
        align = spec->align;
    int64_t left = align == '<' ? 0 : align == '>' ? pad : pad / 2;
    memset(to, ' ', (size_t)left);
    memcpy(to + left, body, (size_t)n);
    memset(to + left + n, ' ', (size_t)(pad - left));
    return n + pad;
}

int64_t quick_put(char *to, int64_t room, Value v, const QuickSpec *spec)
{
    char number[QUICK_NUMBER];
    if (v.tag == TAG_INT && (!spec->type || spec->type == 'd') && spec->precision < 0)
        return put_padded(to, room, number, quick_int(number, v.i), spec, '>');
    if (v.tag == TAG_FLOAT && spec->type == 'f') {
        int n = quick_fixed(number, v.f, spec->precision < 0 ? 6 : spec->precision);
        return n ? put_padded(to, room, number, n, spec, '>') : -1;
    }
    if (is_exact(v, &type_str) && v.s->ascii && (!spec->type || spec->type == 's') && !spec->zero) {
        bool cut = spec->precision >= 0 && spec->precision < v.s->n;
        return put_padded(to, room, v.s->data, cut ? spec->precision : v.s->n, spec, '<');
    }
    return -1;
}
