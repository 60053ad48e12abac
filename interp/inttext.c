/* inttext.c -- ints as text and back, and the methods of int.  Replicated.
 *
 * Text is first brought to ASCII (digits of any script, white space), then read by one grammar:
 * sign, prefix, digits with single underscores between them.
 * Invariant: conversions from and to decimal text stay within int_digits_limit(), as in CPython.
 */
#include "interp/numbers.h"
#include "interp/scalars.h"
#include "interp/str.h"
#include "runtime/text/number.h"

static int64_t digits_limit = 4300;

int64_t int_digits_limit(void)
{
    return digits_limit;
}

void int_digits_limit_set(int64_t n)
{
    digits_limit = n;
}

/* ----------------------------------------------------------------- to text */

static bool over_limit(mpz_srcptr z, int base)
{
    return base == 10 && digits_limit && (int64_t)mpz_sizeinbase(z, 10) > digits_limit + 1;
}

static char *fail_limit(void)
{
    raise_fmt(&exc_ValueError,
              "Exceeds the limit (%lld digits) for integer string conversion; use "
              "sys.set_int_max_str_digits() to increase the limit",
              (long long)digits_limit);
    return NULL;
}

/* Digits of x written backwards from `end`; where they begin. */
static char *small_digits(int64_t x, int base, char *end)
{
    uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;
    if (base == 10)
        for (; u >= 10; u /= 10)
            *--end = (char)('0' + u % 10);
    else
        for (; u >= (uint64_t)base; u /= (uint64_t)base)
            *--end = "0123456789abcdefghijklmnopqrstuvwxyz"[u % (uint64_t)base];
    *--end = "0123456789abcdefghijklmnopqrstuvwxyz"[u];
    if (x < 0)
        *--end = '-';
    return end;
}

char *int_digits(Value v, int base)
{
    if (v.tag != TAG_OBJ) {
        char room[72], *end = room + sizeof room - 1;
        *end = 0;
        return xstrdup(small_digits(v.i, base, end));
    }
    mpz_srcptr z = ((BigInt *)v.o)->z;
    if (over_limit(z, base))
        return fail_limit();
    char *text = xmalloc(mpz_sizeinbase(z, base) + 2);
    mpz_get_str(text, base, z);
    if (base == 10 && digits_limit && (int64_t)strlen(text) - (*text == '-') > digits_limit) {
        free(text);
        return fail_limit();
    }
    return text;
}

enum { FEW_LIMBS = 8, FEW_DIGITS = 160 };

/* The decimal digits of few limbs, sign and all, before `end`. */
static char *few_limbs(mpz_srcptr z, char *end)
{
    static const mp_limb_t unit = 10000000000000000000ULL;
    mp_limb_t at[FEW_LIMBS];
    mp_size_t n = (mp_size_t)mpz_size(z);
    mpn_copyi(at, mpz_limbs_read(z), n);
    while (n > 0) {
        mp_limb_t part = mpn_divrem_1(at, 0, at, n, unit);
        n -= at[n - 1] == 0;
        for (int i = 0; n > 0 ? i < 19 : part > 0; i++, part /= 10)
            *--end = (char)('0' + part % 10);
    }
    if (mpz_sgn(z) < 0)
        *--end = '-';
    return end;
}

Value int_text(Value v, int base, const char *prefix)
{
    if (v.tag != TAG_OBJ) {
        char room[80], *end = room + sizeof room;
        char *at = small_digits(v.i, base, end);
        if (!*prefix)
            return str_from_ascii(at, end - at);
        bool negative = v.i < 0;
        size_t n = strlen(prefix);
        at += negative;
        memcpy(at -= n, prefix, n);
        if (negative)
            *--at = '-';
        return str_from_ascii(at, end - at);
    }
    mpz_srcptr z = ((BigInt *)v.o)->z;
    if (base == 10 && !*prefix && mpz_sgn(z) && mpz_size(z) <= FEW_LIMBS) {
        char room[FEW_DIGITS], *end = room + sizeof room;
        char *at = few_limbs(z, end);
        return str_from_ascii(at, end - at);
    }
    char *digits = int_digits(v, base);
    if (!digits)
        return V_ERROR;
    Buf out = {0};
    bool negative = *digits == '-';
    if (negative)
        buf_putc(&out, '-');
    buf_puts(&out, prefix);
    buf_puts(&out, digits + negative);
    Value text = str_new_n(out.at, out.n);
    buf_free(&out);
    free(digits);
    return text;
}

/* --------------------------------------------------------------- from text */

Value int_from_text(const char *digits, int64_t n, int base)
{
    if (n <= 18 && base <= 10) {
        int64_t x = 0;
        for (int64_t i = 0; i < n; i++)
            x = x * base + (digits[i] - '0');
        return v_int(x);
    }
    char *text = xmalloc((size_t)n + 1);
    memcpy(text, digits, (size_t)n);
    text[n] = 0;
    mpz_t z;
    mpz_init(z);
    int bad = mpz_set_str(z, text, base);
    ASSERT(bad == 0, "base=%d digits=%s", base, text);
    free(text);
    return int_from_mpz(z);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'z' ? c - 'a' + 10
           : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                  : 99;
}

static bool ascii_space(char c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

/* The text with digits and white space of all scripts in ASCII, anything else '?'. */
static char *ascii_number(const Str *s)
{
    char *out = xmalloc((size_t)s->n + 1);
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t c = str_get(s, i);
        int digit = c < 128 ? -1 : char_decimal(c);
        if (c < 128)
            out[i] = c ? (char)c : '?';
        else if (digit >= 0)
            out[i] = (char)('0' + digit);
        else
            out[i] = char_flags(c) & CHAR_SPACE ? ' ' : '?';
    }
    out[s->n] = 0;
    return out;
}

static int prefix_base(const char *p)
{
    if (p[0] != '0')
        return 0;
    switch (p[1]) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 0;
    }
}

/* Digits of [p, end) without underscores written to `out`; their count, -1 when malformed. */
static int64_t scan_digits(const char *p, const char *end, int base, char *out)
{
    int64_t n = 0;
    bool digit_before = false;
    for (; p < end; p++) {
        if (*p == '_') {
            if (!digit_before)
                return -1;
            digit_before = false;
        } else {
            if (digit_of(*p) >= base)
                return -1;
            out[n++] = *p;
            digit_before = true;
        }
    }
    return digit_before ? n : -1;
}

typedef struct IntText {
    char *digits; /* malloc'ed */
    int64_t n;    /* -1: malformed */
    int base;
    bool negative;
} IntText;

static IntText scan_int(const Str *s, int base)
{
    char *text = ascii_number(s);
    const char *p = text, *end = text + s->n;
    IntText t = {.base = base, .n = -1, .digits = xmalloc((size_t)s->n + 1)};
    while (p < end && ascii_space(*p))
        p++;
    while (end > p && ascii_space(end[-1]))
        end--;
    if (p < end && (*p == '+' || *p == '-'))
        t.negative = *p++ == '-';
    int prefix = end - p >= 2 ? prefix_base(p) : 0;
    bool bare = base == 0 && !prefix;
    if (prefix && (base == 0 || base == prefix)) {
        t.base = prefix;
        p += 2;
        if (p < end && *p == '_')
            p++;
    }
    if (bare)
        t.base = 10;
    bool zero_first = bare && p < end && *p == '0';
    t.n = scan_digits(p, end, t.base, t.digits);
    free(text);
    for (int64_t i = 0; zero_first && i < t.n; i++)
        if (t.digits[i] != '0')
            t.n = -1; /* a literal does not begin with 0 */
    return t;
}

static Value fail_literal(int base, Value shown)
{
    return raise_fmt(&exc_ValueError, "invalid literal for int() with base %d: %.200R", base,
                     shown);
}

Value int_parse(Str *text, int base, Value shown)
{
    IntText t = scan_int(text, base);
    Value v;
    if (t.n < 0) {
        v = fail_literal(base, shown);
    } else if (digits_limit && t.n > digits_limit && (t.base & (t.base - 1))) {
        v = raise_fmt(&exc_ValueError,
                      "Exceeds the limit (%lld digits) for integer string conversion: value has "
                      "%lld digits; use sys.set_int_max_str_digits() to increase the limit",
                      (long long)digits_limit, (long long)t.n);
    } else {
        v = int_from_text(t.digits, t.n, t.base);
        if (t.negative) {
            Value plus = v;
            v = int_binary(v_int(0), plus, BIN_SUB);
            release(plus);
        }
    }
    free(t.digits);
    return v;
}

/* ----------------------------------------------------------------- methods */

static Value int_m_as_integer_ratio(Value *a, int n)
{
    return tuple_of(2, int_plain(a[0]), v_int(1));
}

static Value int_m_bit_length(Value *a, int n)
{
    IntView view;
    return v_int(int_sign(a[0]) ? (int64_t)mpz_sizeinbase(int_mpz(a[0], &view), 2) : 0);
}

static Value int_m_bit_count(Value *a, int n)
{
    IntView view;
    mpz_t z;
    mpz_init(z);
    mpz_abs(z, int_mpz(a[0], &view));
    Value count = v_int((int64_t)mpz_popcount(z));
    mpz_clear(z);
    return count;
}

static Value int_m_plain(Value *a, int n)
{
    return int_plain(a[0]);
}

static Value int_m_round(Value *a, int n)
{
    return int_round(a[0], a[1]);
}

static Value int_m_to_bytes(Value *a, int n)
{
    return raise_unsupported("int.to_bytes", "Python");
}

static Value int_m_from_bytes(Value *a, int n)
{
    return raise_unsupported("int.from_bytes", "Python");
}

static Value int_m_getnewargs(Value *a, int n)
{
    return tuple_of(1, int_plain(a[0]));
}

/* clang-format off */
const NativeDef int_methods[] = {
    {"__ceil__", "self, /", int_m_plain, "The int itself."},
    {"__floor__", "self, /", int_m_plain, "The int itself."},
    {"__getnewargs__", "self, /", int_m_getnewargs, "Arguments that make an equal int."},
    {"__round__", "self, ndigits=None, /", int_m_round, "Rounded half to even at 10**-ndigits."},
    {"__trunc__", "self, /", int_m_plain, "The int itself."},
    {"as_integer_ratio", "self, /", int_m_as_integer_ratio, "(self, 1)."},
    {"bit_count", "self, /", int_m_bit_count, "Ones in the binary absolute value."},
    {"bit_length", "self, /", int_m_bit_length, "Bits of the absolute value."},
    {"conjugate", "self, /", int_m_plain, "The int itself."},
    {"to_bytes", "self, /, *args, **kwargs", int_m_to_bytes, "Not in cnx: there is no bytes type."},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

const NativeDef int_classmethods[] = {
    {"from_bytes", "cls, /, *args, **kwargs", int_m_from_bytes,
     "Not in cnx: there is no bytes type."},
    {NULL, NULL, NULL, NULL},
};

static Value int_get_imag(Value v)
{
    return v_int(0);
}

static Value int_get_denominator(Value v)
{
    return v_int(1);
}

const GetSetDef int_getsets[] = {
    {"real", int_plain, NULL, "The int itself."},
    {"imag", int_get_imag, NULL, "0."},
    {"numerator", int_plain, NULL, "The int itself."},
    {"denominator", int_get_denominator, NULL, "1."},
    {NULL, NULL, NULL, NULL},
};
