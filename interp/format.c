/* format.c -- str.format, f-strings, format slots, and the formats of C-side messages.  Replicated.
 *
 * The layout of numbers and padding is runtime/text/format.h's; here values are taken apart for
 * it.  A replacement field is name, conversion and spec; the spec may hold fields itself, one
 * level deep.
 */
#define _GNU_SOURCE 1 /* strchrnul */
#include "interp/format.h"

#include "interp/numbers.h"
#include "interp/quickfmt.h"
#include "interp/str.h"
#include "runtime/text/format.h"

enum { QUICK_ROOM = 256 };

/* ------------------------------------------------------------ format slots */

/* The buffer's text, or the exception of a failed status; b is freed. */
static Value format_result(Buf *b, Status s)
{
    Value v = s == OK ? str_new_n(b->at ? b->at : "", b->n) : raise_status(s);
    buf_free(b);
    return v;
}

static Status spec_parse(Str *spec, FormatKind kind, Value v, FormatSpec *out)
{
    if (spec->ascii)
        return format_parse(spec->data, spec->n, kind, type_of(v)->name, out);
    Buf text = {0};
    str_utf8(spec, &text);
    Status s = format_parse(buf_text(&text), text.n, kind, type_of(v)->name, out);
    buf_free(&text);
    return s;
}

Value str_type_format(Value v, Str *spec)
{
    if (!spec->n)
        return is_exact(v, &type_str) ? retain(v) : op_str(v);
    FormatSpec f;
    Buf text = {0}, out = {0};
    Status s = spec_parse(spec, FORMAT_TEXT, v, &f);
    if (s == OK && v.s->ascii) {
        s = format_text(&out, v.s->data, v.s->n, &f);
    } else if (s == OK) {
        str_utf8(v.s, &text);
        s = format_text(&out, buf_text(&text), text.n, &f);
    }
    buf_free(&text);
    return format_result(&out, s);
}

Value int_type_format(Value v, Str *spec)
{
    if (!spec->n)
        return op_str(v);
    FormatSpec f;
    Buf out = {0};
    Status s = spec_parse(spec, FORMAT_INT, v, &f);
    if (s != OK)
        return format_result(&out, s);
    int base = format_int_base(&f);
    if (!base) {
        double x;
        if (real_operand(v, &x) < 0)
            return V_ERROR;
        s = format_float(&out, x, &f);
        return format_result(&out, s);
    }
    int64_t c;
    bool no_char = f.type == 'c' && !int_as_int64(v, &c);
    char *digits = no_char ? xstrdup("0") : int_digits(v, base); /* the spec is judged first */
    if (!digits)
        return V_ERROR;
    s = format_int(&out, digits, &f);
    free(digits);
    if (s == OK && no_char)
        s = fail(ERR_OVERFLOW, "Python int too large to convert to C long");
    return format_result(&out, s);
}

Value float_type_format(Value v, Str *spec)
{
    if (!spec->n)
        return op_str(v);
    FormatSpec f;
    Buf out = {0};
    Status s = spec_parse(spec, FORMAT_FLOAT, v, &f);
    if (s == OK)
        s = format_float(&out, float_value(v), &f);
    return format_result(&out, s);
}

Value complex_type_format(Value v, Str *spec)
{
    if (!spec->n)
        return op_str(v);
    FormatSpec f;
    Buf out = {0};
    double re, im;
    complex_value(v, &re, &im);
    Status s = spec_parse(spec, FORMAT_COMPLEX, v, &f);
    if (s == OK)
        s = format_complex(&out, re, im, &f);
    return format_result(&out, s);
}

static Value converted(Value v, int conversion)
{
    return conversion == 'r'   ? op_repr(v)
           : conversion == 'a' ? op_ascii(v)
           : conversion == 's' ? op_str(v)
                               : retain(v);
}

/* V_UNDEF: the long way. */
static Value format_quick(Value v, const Str *spec)
{
    char out[QUICK_ROOM];
    QuickSpec q;
    if (!spec->ascii || !quick_spec_parse(spec->data, spec->n, &q))
        return V_UNDEF;
    int64_t n = quick_put(out, QUICK_ROOM, v, &q);
    return n < 0 ? V_UNDEF : str_from_ascii(out, n);
}

Value format_value(Value v, int conversion, Str *spec)
{
    Value x = converted(v, conversion);
    if (v_is_error(x))
        return x;
    bool plain = !spec || !spec->n;
    if (plain && is_exact(x, &type_str))
        return x;
    if (!plain) {
        Value quick = format_quick(x, spec);
        if (!v_is_undef(quick)) {
            release(x);
            return quick;
        }
    }
    Value empty = plain ? str_empty() : V_UNDEF;
    Value text = plain && (x.tag == TAG_INT || x.tag == TAG_FLOAT)
                     ? op_str(x)
                     : op_format(x, plain ? empty.s : spec);
    release(empty);
    release(x);
    return text;
}

/* -------------------------------------------------------------- str.format */

typedef struct Fields {
    Str *s;
    Value args;    /* tuple; undefined: format_map */
    Value mapping; /* names are looked up here */
    enum { NUMBERS_UNKNOWN, NUMBERS_AUTO, NUMBERS_MANUAL } numbers;
    int64_t next; /* of automatic numbering */
} Fields;

/* A field between braces; ranges of the text. */
typedef struct Field {
    int64_t name, name_end, spec, spec_end;
    uint32_t conversion; /* 0: none */
    bool nested;         /* the spec holds fields */
} Field;

static bool fail_format(const char *text)
{
    raise_fmt(&exc_ValueError, "%s", text);
    return false;
}

/* The number that s[lo..hi) spells, -1 when it is no number, -2 with ValueError. */
static int64_t field_number(const Str *s, int64_t lo, int64_t hi)
{
    int64_t n = 0;
    if (lo == hi)
        return -1;
    for (int64_t i = lo; i < hi; i++) {
        int digit = char_decimal(str_get(s, i));
        if (digit < 0)
            return -1;
        if (n > (INT64_MAX - digit) / 10) {
            fail_format("Too many decimal digits in format string");
            return -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

static bool numbering_check(Fields *f, bool automatic)
{
    if (f->numbers == NUMBERS_UNKNOWN)
        f->numbers = automatic ? NUMBERS_AUTO : NUMBERS_MANUAL;
    if (automatic && f->numbers == NUMBERS_MANUAL)
        return fail_format("cannot switch from manual field specification to automatic field "
                           "numbering");
    if (!automatic && f->numbers == NUMBERS_AUTO)
        return fail_format("cannot switch from automatic field numbering to manual field "
                           "specification");
    return true;
}

static Value field_named(Fields *f, int64_t lo, int64_t hi)
{
    Value key = str_slice(f->s, lo, hi), x;
    if (v_is_undef(f->args)) {
        x = op_getitem(f->mapping, key);
    } else {
        x = retain(dict_get(f->mapping, key));
        if (v_is_undef(x)) {
            Value e = op_call1(v_obj(&exc_KeyError), key);
            x = v_is_error(e) ? e : raise_value(e);
        }
    }
    release(key);
    return x;
}

/* The value that the name's first part stands for. */
static Value field_first(Fields *f, int64_t lo, int64_t hi)
{
    int64_t i = field_number(f->s, lo, hi);
    if (i == -2)
        return V_ERROR;
    if (i >= 0 || lo == hi) {
        if (!numbering_check(f, lo == hi))
            return V_ERROR;
        if (lo == hi)
            i = f->next++;
    }
    if (i < 0)
        return field_named(f, lo, hi);
    if (v_is_undef(f->args))
        return raise_fmt(&exc_ValueError, "Format string contains positional fields");
    if (i >= as_tuple(f->args)->n)
        return raise_fmt(&exc_IndexError,
                         "Replacement index %lld out of range for positional args tuple",
                         (long long)i);
    return retain(as_tuple(f->args)->at[i]);
}

/* One ".attr" or "[item]" of x at *at; takes x. */
static Value field_step(Fields *f, Value x, int64_t *at, int64_t end)
{
    Str *s = f->s;
    bool item = str_get(s, *at) == '[';
    Value got = V_ERROR;
    if (!item && str_get(s, *at) != '.') {
        fail_format("Only '.' or '[' may follow ']' in format field specifier");
        goto done;
    }
    int64_t lo = ++*at;
    while (*at < end &&
           (item ? str_get(s, *at) != ']' : str_get(s, *at) != '.' && str_get(s, *at) != '['))
        (*at)++;
    int64_t hi = *at;
    if (item && hi == end) {
        fail_format("Missing ']' in format string");
        goto done;
    }
    *at += item;
    if (lo == hi) {
        fail_format("Empty attribute in format string");
        goto done;
    }
    int64_t i = item ? field_number(s, lo, hi) : -1;
    if (i == -2)
        goto done;
    Value key = i >= 0 ? v_int(i) : str_slice(s, lo, hi);
    if (!item)
        key = str_intern_value(key);
    got = item ? op_getitem(x, key) : op_getattr(x, key.s);
    release(key);
done:
    release(x);
    return got;
}

static Value field_value(Fields *f, const Field *field)
{
    int64_t at = field->name;
    while (at < field->name_end && str_get(f->s, at) != '.' && str_get(f->s, at) != '[')
        at++;
    Value x = field_first(f, field->name, at);
    while (!v_is_error(x) && at < field->name_end)
        x = field_step(f, x, &at, field->name_end);
    return x;
}

/* End of the field name that begins at *at: *at moves behind the character that ends it. */
static bool scan_name(const Str *s, int64_t *at, int64_t end, uint32_t *stop)
{
    *stop = 0;
    while (*at < end) {
        uint32_t c = str_get(s, (*at)++);
        if (c == '{')
            return fail_format("unexpected '{' in field name");
        if (c == '[')
            while (*at < end && str_get(s, *at) != ']')
                (*at)++;
        if (c == '}' || c == ':' || c == '!') {
            *stop = c;
            return true;
        }
    }
    return fail_format("expected '}' before end of string");
}

/* The field behind the '{' at *at - 1; *at moves behind its '}'. */
static bool scan_field(const Str *s, int64_t *at, int64_t end, Field *out)
{
    uint32_t stop;
    *out = (Field){.name = *at};
    if (!scan_name(s, at, end, &stop))
        return false;
    out->name_end = *at - 1;
    if (stop == '}')
        return true;
    if (stop == '!') {
        if (*at >= end)
            return fail_format("end of string while looking for conversion specifier");
        out->conversion = str_get(s, (*at)++);
        if (*at < end) {
            stop = str_get(s, (*at)++);
            if (stop == '}')
                return true;
            if (stop != ':')
                return fail_format("expected ':' after conversion specifier");
        }
    }
    out->spec = *at;
    for (int depth = 1; *at < end;) {
        uint32_t c = str_get(s, (*at)++);
        depth += (c == '{') - (c == '}');
        out->nested |= c == '{';
        if (depth == 0) {
            out->spec_end = *at - 1;
            return true;
        }
    }
    return fail_format("unmatched '{' in format spec");
}

static bool put_fields(StrBuf *out, Fields *f, int64_t lo, int64_t hi, int levels);

static Value field_spec(Fields *f, const Field *field, int levels)
{
    if (!field->nested)
        return str_slice(f->s, field->spec, field->spec_end);
    StrBuf b = {0};
    if (put_fields(&b, f, field->spec, field->spec_end, levels - 1))
        return strbuf_take(&b);
    strbuf_free(&b);
    return V_ERROR;
}

static bool conversion_check(uint32_t c)
{
    if (c == 0 || c == 'r' || c == 's' || c == 'a')
        return true;
    if (c > 32 && c < 127)
        raise_fmt(&exc_ValueError, "Unknown conversion specifier %c", (int)c);
    else
        raise_fmt(&exc_ValueError, "Unknown conversion specifier \\x%x", c);
    return false;
}

static bool put_field(StrBuf *out, Fields *f, const Field *field, int levels)
{
    Value x = field_value(f, field);
    if (v_is_error(x))
        return false;
    Value y = V_ERROR, spec = V_ERROR, text = V_ERROR;
    if (conversion_check(field->conversion))
        y = converted(x, (int)field->conversion);
    if (!v_is_error(y))
        spec = field_spec(f, field, levels);
    if (!v_is_error(spec))
        text = format_value(y, 0, spec.s);
    if (!v_is_error(text))
        strbuf_add(out, text.s, 0, text.s->n);
    release(x);
    release(y);
    release(spec);
    release(text);
    return !v_is_error(text);
}

/* Append s[lo..hi) with its fields replaced. */
static bool put_fields(StrBuf *out, Fields *f, int64_t lo, int64_t hi, int levels)
{
    Str *s = f->s;
    if (levels <= 0)
        return fail_format("Max string recursion exceeded");
    for (int64_t at = lo; at < hi;) {
        int64_t start = at;
        while (at < hi && str_get(s, at) != '{' && str_get(s, at) != '}')
            at++;
        strbuf_add(out, s, start, at);
        if (at == hi)
            return true;
        uint32_t c = str_get(s, at++);
        if (at < hi && str_get(s, at) == c) {
            strbuf_put(out, c);
            at++;
            continue;
        }
        if (c == '}')
            return fail_format("Single '}' encountered in format string");
        if (at == hi)
            return fail_format("Single '{' encountered in format string");
        Field field;
        if (!scan_field(s, &at, hi, &field) || !put_field(out, f, &field, levels))
            return false;
    }
    return true;
}

static Value format_fields(Fields *f)
{
    StrBuf out = {0};
    if (put_fields(&out, f, 0, f->s->n, 2))
        return strbuf_take(&out);
    strbuf_free(&out);
    return V_ERROR;
}

Value str_m_format(Value *a, int n)
{
    Fields f = {.s = a[0].s, .args = a[1], .mapping = a[2]};
    return format_fields(&f);
}

Value str_m_format_map(Value *a, int n)
{
    Fields f = {.s = a[0].s, .args = V_UNDEF, .mapping = a[1]};
    return format_fields(&f);
}

/* ---------------------------------------------------------------- messages */

/* One conversion of a C-side format. */
typedef struct Directive {
    char flags[8];
    int nflags, longs;
    int width, precision; /* -1: none */
    char type;
} Directive;

static int scan_int(const char **p, va_list *ap)
{
    int n = 0;
    if (**p == '*') {
        (*p)++;
        return va_arg(*ap, int);
    }
    while (**p >= '0' && **p <= '9')
        n = n * 10 + (*(*p)++ - '0');
    return n;
}

static Directive scan_directive(const char **p, va_list *ap)
{
    Directive d = {.width = -1, .precision = -1};
    while (**p && strchr("-+ #0", **p) && d.nflags < 6)
        d.flags[d.nflags++] = *(*p)++;
    if (**p == '*' || (**p >= '1' && **p <= '9'))
        d.width = scan_int(p, ap);
    if (**p == '.') {
        (*p)++;
        d.precision = scan_int(p, ap);
    }
    for (; **p == 'l' || **p == 'z' || **p == 'j'; (*p)++)
        d.longs++;
    d.type = *(*p)++;
    return d;
}

static void put_number(Buf *out, const Directive *d, va_list *ap)
{
    char spec[40], text[512];
    bool real = strchr("eEfFgG", d->type) != NULL;
    int n = snprintf(spec, sizeof spec, "%%%s", d->flags);
    if (d->width >= 0)
        n += snprintf(spec + n, sizeof spec - (size_t)n, "%d", d->width);
    if (d->precision >= 0)
        n += snprintf(spec + n, sizeof spec - (size_t)n, ".%d", d->precision);
    snprintf(spec + n, sizeof spec - (size_t)n, "%s%c",
             real || d->type == 'c' || d->type == 'p' ? "" : "ll", d->type);
    if (real)
        n = snprintf(text, sizeof text, spec, va_arg(*ap, double));
    else if (d->type == 'c')
        n = snprintf(text, sizeof text, spec, va_arg(*ap, int));
    else if (d->type == 'p')
        n = snprintf(text, sizeof text, spec, va_arg(*ap, void *));
    else if (d->longs)
        n = snprintf(text, sizeof text, spec, va_arg(*ap, long long));
    else if (d->type == 'd' || d->type == 'i')
        n = snprintf(text, sizeof text, spec, (long long)va_arg(*ap, int));
    else
        n = snprintf(text, sizeof text, spec, (unsigned long long)va_arg(*ap, unsigned));
    buf_add(out, text, (size_t)(n < (int)sizeof text ? n : (int)sizeof text - 1));
}

/* UTF-8 text cut to the precision and padded to the width, both in characters. */
static void put_text(Buf *out, const char *s, int64_t n, const Directive *d)
{
    int64_t at = 0, length = 0;
    while (at < n && (d->precision < 0 || length < d->precision)) {
        text_next(s, n, &at);
        length++;
    }
    bool left = strchr(d->flags, '-') != NULL;
    for (int64_t i = length; !left && i < d->width; i++)
        buf_putc(out, ' ');
    buf_add(out, s, (size_t)at);
    for (int64_t i = length; left && i < d->width; i++)
        buf_putc(out, ' ');
}

static void put_str(Buf *out, const Str *s, const Directive *d)
{
    Buf text = {0};
    str_utf8(s, &text);
    put_text(out, buf_text(&text), text.n, d);
    buf_free(&text);
}

static void put_value(Buf *out, Value v, const Directive *d)
{
    if (d->type == 'T') {
        /* CPython names a C type by its module too, unless that is builtins. */
        const Type *t = type_of(v);
        Buf name = {0};
        if (!(t->flags & (TYPE_HEAP | TYPE_EXCEPTION)) && t->module &&
            !strncmp(t->module, "numpy", 5))
            buf_printf(&name, "%s.", t->module);
        buf_puts(&name, t->name);
        put_text(out, buf_text(&name), name.n, d);
        buf_free(&name);
        return;
    }
    Value s = d->type == 'R' ? op_repr(v) : op_str(v);
    if (v_is_error(s)) {
        error_clear();
        buf_puts(out, "<error>");
        return;
    }
    put_str(out, s.s, d);
    release(s);
}

static void put_c_string(Buf *out, const char *s, const Directive *d)
{
    if (!s)
        s = "(null)";
    size_t n = d->precision >= 0 ? strnlen(s, (size_t)d->precision) : strlen(s);
    Directive whole = *d;
    whole.precision = -1;
    put_text(out, s, (int64_t)n, &whole);
}

void fmt_values(Buf *out, const char *fmt, va_list args)
{
    va_list ap;
    va_copy(ap, args);
    while (*fmt) {
        const char *percent = strchrnul(fmt, '%');
        buf_add(out, fmt, (size_t)(percent - fmt));
        if (!*percent)
            break;
        fmt = percent + 1;
        Directive d = scan_directive(&fmt, &ap);
        if (d.type == '%')
            buf_putc(out, '%');
        else if (d.type == 'R' || d.type == 'S' || d.type == 'T')
            put_value(out, va_arg(ap, Value), &d);
        else if (d.type == 'U')
            put_str(out, va_arg(ap, Str *), &d);
        else if (d.type == 's')
            put_c_string(out, va_arg(ap, const char *), &d);
        else
            put_number(out, &d, &ap);
    }
    va_end(ap);
}

Value str_vfmt(const char *fmt, va_list ap)
{
    Buf b = {0};
    fmt_values(&b, fmt, ap);
    Value v = str_new_n(b.at ? b.at : "", b.n);
    buf_free(&b);
    return v;
}

Value str_fmt(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value v = str_vfmt(fmt, ap);
    va_end(ap);
    return v;
}
