/* format.c -- format(value, spec) and the conversions of '%'.  Local.
 *
 * Every number is formatted plainly first, then split into sign, prefix, integer digits and rest;
 * put_number alone knows how fill, alignment, sign and grouping combine.
 */
#include "runtime/text/format.h"

#include <math.h>

enum { WIDTH_MAX = 0x7fffffff };

/* ---- the spec -------------------------------------------------------------------------------- */

static bool is_align(uint32_t c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

/* Reads characters of a spec; `c` is the one at hand, 0xFFFFFFFF behind the end. */
typedef struct Scan {
    const char *text;
    int64_t n, at, next;
    uint32_t c;
} Scan;

static void scan_to(Scan *s, int64_t at)
{
    s->at = s->next = at;
    s->c = at < s->n ? text_next(s->text, s->n, &s->next) : 0xFFFFFFFFu;
}

static bool scan_accept(Scan *s, uint32_t c)
{
    if (s->c != c)
        return false;
    scan_to(s, s->next);
    return true;
}

/* Decimal number, -1 when there is none. */
static Status scan_number(Scan *s, int64_t *out)
{
    *out = -1;
    for (int digit; (digit = char_decimal(s->c)) >= 0; scan_to(s, s->next)) {
        int64_t value = int64_max(*out, 0);
        if (value > (INT64_MAX - digit) / 10)
            return fail(ERR_VALUE, "Too many decimal digits in format string");
        *out = value * 10 + digit;
    }
    return OK;
}

static Status scan_grouping(Scan *s, FormatSpec *spec)
{
    if (scan_accept(s, ','))
        spec->grouping = ',';
    if (s->c == '_') {
        if (spec->grouping)
            return fail(ERR_VALUE, "Cannot specify both ',' and '_'.");
        spec->grouping = '_';
        scan_to(s, s->next);
    }
    if (s->c == ',' && spec->grouping == '_')
        return fail(ERR_VALUE, "Cannot specify both ',' and '_'.");
    return OK;
}

static Status check_grouping(const FormatSpec *spec)
{
    uint32_t t = spec->type;
    if (!spec->grouping || t == 0 || (t < 128 && strchr("defgEG%F", (int)t)))
        return OK;
    if (spec->grouping == '_' && (t == 'b' || t == 'o' || t == 'x' || t == 'X'))
        return OK;
    if (t > 32 && t < 128)
        return fail(ERR_VALUE, "Cannot specify '%c' with '%c'.", spec->grouping, (char)t);
    return fail(ERR_VALUE, "Cannot specify '%c' with '\\x%x'.", spec->grouping, t);
}

static void scan_flags(Scan *s, FormatKind kind, FormatSpec *out)
{
    Scan second = *s;
    scan_to(&second, s->next);
    bool fill_given = false;
    if (s->c != 0xFFFFFFFFu && second.at < s->n && is_align(second.c)) {
        out->fill = s->c;
        out->align = (char)second.c;
        fill_given = out->align_given = true;
        scan_to(s, second.next);
    } else if (is_align(s->c)) {
        out->align = (char)s->c;
        out->align_given = true;
        scan_to(s, s->next);
    }
    if (s->c == '+' || s->c == '-' || s->c == ' ') {
        out->sign = (char)s->c;
        scan_to(s, s->next);
    }
    out->no_neg_zero = scan_accept(s, 'z');
    out->alternate = scan_accept(s, '#');
    if (!fill_given && scan_accept(s, '0')) {
        out->fill = '0';
        if (!out->align_given && kind != FORMAT_TEXT)
            out->align = '=';
    }
}

Status format_parse(const char *text, int64_t n, FormatKind kind, const char *type_name,
                    FormatSpec *out)
{
    Scan s = {.text = text, .n = n};
    scan_to(&s, 0);
    *out = (FormatSpec){.fill = ' ',
                        .align = kind == FORMAT_TEXT ? '<' : '>',
                        .width = -1,
                        .precision = -1,
                        .type_name = type_name};
    scan_flags(&s, kind, out);
    TRY(scan_number(&s, &out->width));
    TRY(scan_grouping(&s, out));
    if (scan_accept(&s, '.')) {
        TRY(scan_number(&s, &out->precision));
        if (out->precision < 0)
            return fail(ERR_VALUE, "Format specifier missing precision");
    }
    if (s.next < n)
        return fail(ERR_VALUE, "Invalid format specifier '%.*s' for object of type '%s'", (int)n,
                    text, type_name);
    if (s.at < n)
        out->type = s.c;
    else if (kind == FORMAT_TEXT && out->grouping)
        out->type = 's';
    if (out->width > WIDTH_MAX)
        return fail(ERR_MEMORY, "%s", "");
    return check_grouping(out);
}

static Status fail_type(const FormatSpec *spec)
{
    uint32_t t = spec->type;
    if (t > 32 && t < 128)
        return fail(ERR_VALUE, "Unknown format code '%c' for object of type '%s'", (char)t,
                    spec->type_name);
    return fail(ERR_VALUE, "Unknown format code '\\x%x' for object of type '%s'", t,
                spec->type_name);
}

static void put_char(Buf *out, uint32_t c)
{
    char s[4];
    int n = 0;
    if (c < 0x80)
        s[n++] = (char)c;
    else if (c < 0x800)
        s[n++] = (char)(0xC0 | c >> 6);
    else if (c < 0x10000)
        s[n++] = (char)(0xE0 | c >> 12), s[n++] = (char)(0x80 | (c >> 6 & 63));
    else
        s[n++] = (char)(0xF0 | c >> 18), s[n++] = (char)(0x80 | (c >> 12 & 63)),
        s[n++] = (char)(0x80 | (c >> 6 & 63));
    if (c >= 0x80)
        s[n++] = (char)(0x80 | (c & 63));
    buf_add(out, s, (size_t)n);
}

static void put_fill(Buf *out, uint32_t fill, int64_t count)
{
    for (; count > 0; count--)
        put_char(out, fill);
}

static int64_t pad_before(char align, int64_t padding)
{
    return align == '>' || align == '=' ? padding : align == '^' ? padding / 2 : 0;
}

/* `body` of `length` characters, filled to the spec's width. */
static void put_padded(Buf *out, const char *body, int64_t n, int64_t length,
                       const FormatSpec *spec, char align)
{
    int64_t padding = int64_max(spec->width - length, 0);
    int64_t before = pad_before(align, padding);
    put_fill(out, spec->fill, before);
    buf_add(out, body, (size_t)n);
    put_fill(out, spec->fill, padding - before);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Bytes of the first `count` characters (all of them when count < 0). */
static int64_t prefix_nbytes(const char *s, int64_t n, int64_t count)
{
    int64_t at = 0;
    if (count < 0)
        return n;
    for (; at < n && count > 0; count--)
        text_next(s, n, &at);
    return at;
}

Status format_text(Buf *out, const char *s, int64_t n, const FormatSpec *spec)
{
    if (spec->type && spec->type != 's')
        return fail_type(spec);
    if (spec->sign)
        return fail(ERR_VALUE, "%s not allowed in string format specifier",
                    spec->sign == ' ' ? "Space" : "Sign");
    if (spec->no_neg_zero)
        return fail(ERR_VALUE, "Negative zero coercion (z) not allowed in string format specifier");
    if (spec->alternate)
        return fail(ERR_VALUE, "Alternate form (#) not allowed in string format specifier");
    if (spec->align == '=')
        return fail(ERR_VALUE, "'=' alignment not allowed in string format specifier");
    n = prefix_nbytes(s, n, spec->precision);
    put_padded(out, s, n, text_length(s, n), spec, spec->align);
    return OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* A number in pieces; prefix is "0x" and its like, rest is the point and what follows. */
typedef struct Parts {
    char sign; /* 0 for none */
    const char *prefix;
    const char *digits, *rest;
    int64_t ndigits, nrest;
    char grouping;
    int group;
} Parts;

/* Characters of n digits with separators. */
static int64_t grouped_length(int64_t n, const Parts *p)
{
    return p->grouping && n > 0 ? n + (n - 1) / p->group : n;
}

/* Digits needed (zeros in front included) so that they and their separators take >= `width`
 * characters without starting with a separator. */
static int64_t padded_ndigits(int64_t width, const Parts *p)
{
    if (!p->grouping || width <= grouped_length(p->ndigits, p))
        return p->grouping ? p->ndigits : int64_max(width, p->ndigits);
    int64_t n = width / (p->group + 1) * p->group, left = width % (p->group + 1);
    return n + (left ? left : 1);
}

static void put_grouped(Buf *out, const Parts *p, int64_t ndigits)
{
    int64_t zeros = ndigits - p->ndigits;
    for (int64_t i = 0; i < ndigits; i++) {
        if (p->grouping && i && (ndigits - i) % p->group == 0)
            buf_putc(out, p->grouping);
        buf_putc(out, i < zeros ? '0' : p->digits[i - zeros]);
    }
}

static char sign_shown(bool negative, char rule)
{
    return negative ? '-' : rule == '+' || rule == ' ' ? rule : 0;
}

static void put_number(Buf *out, const Parts *p, const FormatSpec *spec)
{
    int64_t nprefix = p->prefix ? (int64_t)strlen(p->prefix) : 0;
    int64_t fixed = (p->sign != 0) + nprefix + p->nrest;
    int64_t ndigits = p->ndigits;
    if (spec->fill == '0' && spec->align == '=' && ndigits > 0)
        ndigits = padded_ndigits(spec->width - fixed, p);
    int64_t padding = int64_max(spec->width - fixed - grouped_length(ndigits, p), 0);
    int64_t before = spec->align == '=' ? 0 : pad_before(spec->align, padding);
    int64_t inside = spec->align == '=' ? padding : 0;
    put_fill(out, spec->fill, before);
    if (p->sign)
        buf_putc(out, p->sign);
    if (p->prefix)
        buf_puts(out, p->prefix);
    put_fill(out, spec->fill, inside);
    put_grouped(out, p, ndigits);
    buf_add(out, p->rest, (size_t)p->nrest);
    put_fill(out, spec->fill, padding - before - inside);
}

/* ---- ints ------------------------------------------------------------------------------------ */

int format_int_base(const FormatSpec *spec)
{
    switch (spec->type) {
    case 'b':
        return 2;
    case 'o':
        return 8;
    case 'x':
    case 'X':
        return 16;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%':
        return 0;
    default:
        return 10;
    }
}

static Status check_int(const FormatSpec *spec)
{
    if (spec->type && !(spec->type < 128 && strchr("bcdoxXn", (int)spec->type)))
        return fail_type(spec);
    if (spec->precision >= 0)
        return fail(ERR_VALUE, "Precision not allowed in integer format specifier");
    if (spec->no_neg_zero)
        return fail(ERR_VALUE,
                    "Negative zero coercion (z) not allowed in integer format specifier");
    if (spec->type != 'c')
        return OK;
    if (spec->sign)
        return fail(ERR_VALUE, "Sign not allowed with integer format specifier 'c'");
    if (spec->alternate)
        return fail(ERR_VALUE, "Alternate form (#) not allowed with integer format specifier 'c'");
    return OK;
}

static Status format_char(Buf *out, const char *digits, const FormatSpec *spec)
{
    uint32_t c = 0;
    bool fits = *digits != '-';
    for (; fits && *digits; digits++) {
        c = c * 10 + (uint32_t)(*digits - '0');
        fits = c < 0x110000;
    }
    if (!fits)
        return fail(ERR_OVERFLOW, "%%c arg not in range(0x110000)");
    Buf body = {0};
    put_char(&body, c);
    put_padded(out, body.at, body.n, 1, spec, spec->align);
    buf_free(&body);
    return OK;
}

static const char *int_prefix(const FormatSpec *spec)
{
    if (!spec->alternate)
        return NULL;
    return spec->type == 'b'   ? "0b"
           : spec->type == 'o' ? "0o"
           : spec->type == 'x' ? "0x"
           : spec->type == 'X' ? "0X"
                               : NULL;
}

static char *upper_copy(const char *s)
{
    char *copy = xstrdup(s);
    for (char *c = copy; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    return copy;
}

Status format_int(Buf *out, const char *digits, const FormatSpec *spec)
{
    TRY(check_int(spec));
    if (spec->type == 'c')
        return format_char(out, digits, spec);
    bool negative = *digits == '-';
    char *text = spec->type == 'X' ? upper_copy(digits + negative) : NULL;
    const char *body = text ? text : digits + negative;
    Parts p = {.sign = sign_shown(negative, spec->sign),
               .prefix = int_prefix(spec),
               .digits = body,
               .ndigits = (int64_t)strlen(body),
               .rest = "",
               .grouping = spec->grouping,
               .group = format_int_base(spec) == 10 ? 3 : 4};
    put_number(out, &p, spec);
    free(text);
    return OK;
}

/* ---- floats ---------------------------------------------------------------------------------- */

static int float_flags(const FormatSpec *spec)
{
    return (spec->alternate ? FLOAT_ALTERNATE : 0) | (spec->no_neg_zero ? FLOAT_NO_NEG_ZERO : 0);
}

/* x in plain notation by the spec's type and precision; `bare` is what no type means. */
static Status float_body(Buf *out, double x, const FormatSpec *spec, int bare)
{
    char type = spec->type == 'n' ? 'g' : (char)spec->type;
    int64_t precision = spec->precision;
    int flags = float_flags(spec);
    if (spec->type && !(spec->type < 128 && strchr("eEfFgGn%", (int)spec->type)))
        return fail_type(spec);
    if (precision > INT32_MAX)
        return fail(ERR_VALUE, "precision too big");
    if (!type) {
        flags |= bare;
        type = precision < 0 ? 'r' : 'g';
    } else if (type == '%') {
        type = 'f';
        x *= 100;
    }
    float_text(out, x, type, precision < 0 ? 6 : precision, flags);
    if (spec->type == '%')
        buf_putc(out, '%');
    return OK;
}

static Parts float_parts(const Buf *body, char rule, char grouping)
{
    bool negative = body->at[0] == '-';
    const char *s = body->at + negative;
    Parts p = {.sign = sign_shown(negative, rule), .digits = s, .grouping = grouping, .group = 3};
    while (s[p.ndigits] >= '0' && s[p.ndigits] <= '9')
        p.ndigits++;
    p.rest = s + p.ndigits;
    p.nrest = body->at + body->n - p.rest;
    return p;
}

Status format_float(Buf *out, double x, const FormatSpec *spec)
{
    Buf body = {0};
    Status s = float_body(&body, x, spec, FLOAT_DOT_ZERO);
    if (s == OK) {
        Parts p = float_parts(&body, spec->sign, spec->grouping);
        put_number(out, &p, spec);
    }
    buf_free(&body);
    return s;
}

static Status complex_part(Buf *out, double x, const FormatSpec *spec, char sign)
{
    Buf body = {0};
    FormatSpec bare = *spec;
    bare.width = -1;
    Status s = float_body(&body, x, spec, 0);
    if (s == OK) {
        Parts p = float_parts(&body, sign, spec->grouping);
        put_number(out, &p, &bare);
    }
    buf_free(&body);
    return s;
}

static Status complex_body(Buf *out, double re, double im, const FormatSpec *spec)
{
    bool bare = !spec->type;
    bool only_im = bare && re == 0 && !signbit(re);
    if (bare && !only_im)
        buf_putc(out, '(');
    if (!only_im)
        TRY(complex_part(out, re, spec, spec->sign));
    TRY(complex_part(out, im, spec, only_im ? spec->sign : '+'));
    buf_puts(out, bare && !only_im ? "j)" : "j");
    return OK;
}

Status format_complex(Buf *out, double re, double im, const FormatSpec *spec)
{
    if (spec->type == '%' ||
        (spec->type && !(spec->type < 128 && strchr("eEfFgGn", (int)spec->type))))
        return fail_type(spec);
    if (spec->fill == '0')
        return fail(ERR_VALUE, "Zero padding is not allowed in complex format specifier");
    if (spec->align == '=')
        return fail(ERR_VALUE, "'=' alignment flag is not allowed in complex format specifier");
    Buf body = {0};
    Status s = complex_body(&body, re, im, spec);
    if (s == OK)
        put_padded(out, body.at, body.n, body.n, spec, spec->align);
    buf_free(&body);
    return s;
}

/* ---- '%' conversions ------------------------------------------------------------------------- */

/* The mapping key in "(key)", parentheses nested. */
static Status percent_key(Scan *s, PercentPart *out)
{
    int depth = 1;
    out->key = s->next;
    while (depth > 0) {
        scan_to(s, s->next);
        if (s->at >= s->n)
            return fail(ERR_VALUE, "incomplete format key");
        depth += (s->c == '(') - (s->c == ')');
    }
    out->key_nbytes = s->at - out->key;
    scan_to(s, s->next);
    return OK;
}

static void percent_flags(Scan *s, PercentPart *out)
{
    for (;; scan_to(s, s->next)) {
        switch (s->c) {
        case '-':
            out->left = true;
            break;
        case '+':
            out->plus = true;
            break;
        case ' ':
            out->space = true;
            break;
        case '#':
            out->alternate = true;
            break;
        case '0':
            out->zero = true;
            break;
        default:
            return;
        }
    }
}

static Status percent_number(Scan *s, int64_t most, const char *name, int64_t *out)
{
    for (; s->c >= '0' && s->c <= '9'; scan_to(s, s->next)) {
        int digit = (int)(s->c - '0');
        int64_t value = int64_max(*out, 0);
        if (value > (most - digit) / 10)
            return fail(ERR_VALUE, "%s too big", name);
        *out = value * 10 + digit;
    }
    return OK;
}

Status percent_parse(const char *format, int64_t n, int64_t *at, PercentPart *out)
{
    Scan s = {.text = format, .n = n};
    scan_to(&s, *at);
    *out = (PercentPart){.key = -1, .width = -1, .precision = -1};
    if (s.c == '(')
        TRY(percent_key(&s, out));
    percent_flags(&s, out);
    out->star_width = scan_accept(&s, '*');
    if (!out->star_width)
        TRY(percent_number(&s, INT64_MAX, "width", &out->width));
    if (scan_accept(&s, '.')) {
        out->star_precision = scan_accept(&s, '*');
        if (!out->star_precision) {
            out->precision = 0;
            TRY(percent_number(&s, INT32_MAX, "precision", &out->precision));
        }
    }
    if (s.c == 'h' || s.c == 'l' || s.c == 'L')
        scan_to(&s, s.next);
    if (s.at >= n)
        return fail(ERR_VALUE, "incomplete format");
    out->type = s.c;
    out->index = text_length(format, s.at);
    *at = s.next;
    return OK;
}

void percent_set_width(PercentPart *part, int64_t width)
{
    part->left |= width < 0;
    part->width = width < 0 ? -width : width;
}

void percent_set_precision(PercentPart *part, int64_t precision)
{
    part->precision = int64_max(precision, 0);
}

Status percent_unknown(const PercentPart *part)
{
    uint32_t c = part->type;
    return fail(ERR_VALUE, "unsupported format character '%c' (0x%x) at index %lld",
                c > 31 && c < 128 ? (char)c : '?', c, (long long)part->index);
}

int percent_int_base(const PercentPart *part)
{
    switch (part->type) {
    case 'd':
    case 'i':
    case 'u':
        return 10;
    case 'o':
        return 8;
    case 'x':
    case 'X':
        return 16;
    default:
        return 0;
    }
}

/* FormatSpec with the padding of a '%' conversion of a number. */
static Status percent_spec(const PercentPart *part, FormatSpec *out)
{
    *out = (FormatSpec){.fill = part->zero ? '0' : ' ', .width = part->width, .precision = -1};
    out->align = part->left ? '<' : part->zero ? '=' : '>';
    if (part->left)
        out->fill = ' ';
    return part->width > WIDTH_MAX ? fail(ERR_MEMORY, "%s", "") : OK;
}

static char percent_sign(bool negative, const PercentPart *part)
{
    return negative ? '-' : part->plus ? '+' : part->space ? ' ' : 0;
}

Status percent_int(Buf *out, const char *digits, const PercentPart *part)
{
    FormatSpec spec;
    TRY(percent_spec(part, &spec));
    spec.type = part->type;
    spec.alternate = part->alternate;
    bool negative = *digits == '-';
    Buf body = {0};
    int64_t n = (int64_t)strlen(digits + negative);
    put_fill(&body, '0', part->precision - n);
    char *text = part->type == 'X' ? upper_copy(digits + negative) : xstrdup(digits + negative);
    buf_puts(&body, text);
    Parts p = {.sign = percent_sign(negative, part),
               .prefix = int_prefix(&spec),
               .digits = body.at,
               .ndigits = body.n,
               .rest = ""};
    put_number(out, &p, &spec);
    free(text);
    buf_free(&body);
    return OK;
}

Status percent_float(Buf *out, double x, const PercentPart *part)
{
    FormatSpec spec;
    TRY(percent_spec(part, &spec));
    if (part->precision > INT32_MAX)
        return fail(ERR_VALUE, "precision too big");
    Buf body = {0};
    float_text(&body, x, (char)part->type, part->precision < 0 ? 6 : part->precision,
               part->alternate ? FLOAT_ALTERNATE : 0);
    Parts p = float_parts(&body, 0, 0);
    p.sign = percent_sign(body.at[0] == '-', part);
    put_number(out, &p, &spec);
    buf_free(&body);
    return OK;
}

Status percent_text(Buf *out, const char *s, int64_t n, const PercentPart *part)
{
    FormatSpec spec;
    TRY(percent_spec(part, &spec));
    spec.fill = ' '; /* '0' is for numbers */
    n = prefix_nbytes(s, n, part->type == 'c' ? -1 : part->precision);
    put_padded(out, s, n, text_length(s, n), &spec, part->left ? '<' : '>');
    return OK;
}
