/* percent.c -- text % arguments.  Replicated.
 *
 * The conversion's syntax and layout are runtime/text/format.h's; here arguments are taken, from a
 * tuple in order, from a mapping by key, or the one value there is.
 */
#include "interp/numbers.h"
#include "interp/quickfmt.h"
#include "interp/str.h"
#include "runtime/text/format.h"

typedef struct Percent {
    const char *format; /* UTF-8 */
    int64_t n;
    Value args;
    const Value *at; /* arguments still to take, in order */
    int64_t left;
    Value keyed;  /* what the latest key gave; owned */
    bool mapping; /* keys may be looked up in args */
    Buf out;
} Percent;

enum { QUICK_ROOM = 256 };

static bool fail_status(Status s)
{
    if (s != OK)
        raise_status(s);
    return s == OK;
}

/* The next argument, borrowed; V_ERROR when there is none. */
static Value next_arg(Percent *p)
{
    if (p->left <= 0)
        return raise_fmt(&exc_TypeError, "not enough arguments for format string");
    p->left--;
    return *p->at++;
}

static bool take_key(Percent *p, const PercentPart *part)
{
    if (part->key < 0)
        return true;
    if (!p->mapping) {
        raise_fmt(&exc_TypeError, "format requires a mapping");
        return false;
    }
    Value key = str_new_n(p->format + part->key, part->key_nbytes);
    slot_set(&p->keyed, op_getitem(p->args, key));
    release(key);
    p->at = &p->keyed;
    p->left = 1;
    return !v_is_error(p->keyed);
}

static bool take_star(Percent *p, int64_t limit, const char *c_type, int64_t *out)
{
    Value v = next_arg(p);
    if (v_is_error(v))
        return false;
    if (!is_int(v)) {
        raise_fmt(&exc_TypeError, "* wants int");
        return false;
    }
    if (int_as_int64(v, out) && *out <= limit && *out >= -limit - 1)
        return true;
    raise_fmt(&exc_OverflowError, "Python int too large to convert to C %s", c_type);
    return false;
}

static bool take_stars(Percent *p, PercentPart *part)
{
    int64_t n;
    if (part->star_width) {
        if (!take_star(p, INT64_MAX, "ssize_t", &n))
            return false;
        percent_set_width(part, n);
    }
    if (part->star_precision) {
        if (!take_star(p, INT32_MAX, "int", &n))
            return false;
        percent_set_precision(part, n);
    }
    return true;
}

/* v's UTF-8: its own bytes when it is ASCII, else in *room. */
static const char *utf8_of(const Str *s, Buf *room, int64_t *n)
{
    if (s->ascii) {
        *n = s->n;
        return s->data;
    }
    str_utf8(s, room);
    *n = room->n;
    return buf_text(room);
}

static bool put_text_of(Percent *p, const PercentPart *part, Value v)
{
    Value s = part->type == 'r' ? op_repr(v) : part->type == 'a' ? op_ascii(v) : op_str(v);
    if (v_is_error(s))
        return false;
    Buf room = {0};
    int64_t n;
    const char *text = utf8_of(s.s, &room, &n);
    Status status = percent_text(&p->out, text, n, part);
    buf_free(&room);
    release(s);
    return fail_status(status);
}

static bool put_char(Percent *p, const PercentPart *part, Value v)
{
    Value one = V_UNDEF;
    if (is_str(v) && v.s->n == 1) {
        one = str_plain(v);
    } else if (!is_str(v) && (is_int(v) || type_of(v)->index)) {
        int64_t c = -1;
        Value i = op_index(v);
        if (v_is_error(i))
            return false;
        bool fits = int_as_int64(i, &c) && c >= 0 && c <= 0x10ffff;
        release(i);
        if (!fits) {
            raise_fmt(&exc_OverflowError, "%%c arg not in range(0x110000)");
            return false;
        }
        one = str_from_char((uint32_t)c);
    } else {
        raise_fmt(&exc_TypeError, "%%c requires int or char");
        return false;
    }
    Buf room = {0};
    int64_t n;
    const char *text = utf8_of(one.s, &room, &n);
    Status status = percent_text(&p->out, text, n, part);
    buf_free(&room);
    release(one);
    return fail_status(status);
}

/* v as an int for d (truncated) or x and o (ints only); new reference. */
static Value int_for(const PercentPart *part, Value v, int base)
{
    Type *t = type_of(v);
    Value i = V_UNDEF;
    if (is_int(v))
        return retain(v);
    if (base == 10 && t->to_int)
        i = t->to_int(v);
    else if (t->index)
        i = op_index(v);
    if (v_is_error(i) && error_matches(&exc_TypeError)) {
        error_clear();
        i = V_UNDEF;
    }
    if (!v_is_undef(i))
        return i;
    return raise_fmt(&exc_TypeError, "%%%c format: %s is required, not %T", (int)part->type,
                     base == 10 ? "a real number" : "an integer", v);
}

static bool put_int(Percent *p, const PercentPart *part, Value v, int base)
{
    Value i = int_for(part, v, base);
    if (v_is_error(i))
        return false;
    char *digits = int_digits(i, base);
    release(i);
    if (!digits)
        return false;
    Status status = percent_int(&p->out, digits, part);
    free(digits);
    return fail_status(status);
}

static bool put_float(Percent *p, const PercentPart *part, Value v)
{
    double x;
    int kind = real_operand(v, &x);
    if (kind < 0 || (kind == 0 && !op_as_float(v, &x)))
        return false;
    return fail_status(percent_float(&p->out, x, part));
}

static bool put_part(Percent *p, const PercentPart *part)
{
    Value v = next_arg(p);
    int base = percent_int_base(part);
    if (v_is_error(v))
        return false;
    if (base)
        return put_int(p, part, v, base);
    switch (part->type) {
    case 's':
    case 'r':
    case 'a':
        return put_text_of(p, part, v);
    case 'c':
        return put_char(p, part, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return put_float(p, part, v);
    default:
        return fail_status(percent_unknown(part));
    }
}

static bool put_all(Percent *p)
{
    for (int64_t at = 0; at < p->n;) {
        const char *percent = memchr(p->format + at, '%', (size_t)(p->n - at));
        int64_t end = percent ? percent - p->format : p->n;
        buf_add(&p->out, p->format + at, (size_t)(end - at));
        at = end + 1;
        if (!percent)
            break;
        int64_t start = at;
        PercentPart part;
        if (!fail_status(percent_parse(p->format, p->n, &at, &part)))
            return false;
        if (part.type == '%' && at == start + 1) {
            buf_putc(&p->out, '%');
            continue;
        }
        if (!take_key(p, &part) || !take_stars(p, &part) || !put_part(p, &part))
            return false;
    }
    if (p->left > 0 && !p->mapping) {
        raise_fmt(&exc_TypeError, "not all arguments converted during string formatting");
        return false;
    }
    return true;
}

/* A short ASCII format whose conversions and arguments are all plain; V_UNDEF: the long way, from
 * the start. */
static Value percent_quick(const Str *format, Value args)
{
    char out[QUICK_ROOM];
    bool several = is_exact(args, &type_tuple);
    const Value *arg = several ? as_tuple(args)->at : &args;
    const Value *end = arg + (several ? as_tuple(args)->n : 1);
    int64_t to = 0;
    for (int64_t at = 0; at < format->n;) {
        char c = format->data[at++];
        if (to == QUICK_ROOM)
            return V_UNDEF;
        if (c != '%' || (at < format->n && format->data[at] == '%')) {
            out[to++] = c;
            at += c == '%';
            continue;
        }
        QuickSpec spec;
        int64_t n = -1;
        if (arg < end && quick_percent_parse(format->data, format->n, &at, &spec) &&
            (arg->tag != TAG_INT || spec.type != 's' || spec.precision < 0)) {
            if (arg->tag == TAG_INT && spec.type == 's' && !spec.zero)
                spec.type = 'd';
            n = quick_put(out + to, QUICK_ROOM - to, *arg++, &spec);
        }
        if (n < 0)
            return V_UNDEF;
        to += n;
    }
    return arg == end ? str_from_ascii(out, to) : V_UNDEF;
}

Value str_mod(Value format, Value args)
{
    if (format.s->ascii) {
        Value quick = percent_quick(format.s, args);
        if (!v_is_undef(quick))
            return quick;
    }
    Buf room = {0};
    bool several = is_tuple(args);
    Percent p = {.args = args, .keyed = V_UNDEF};
    p.format = utf8_of(format.s, &room, &p.n);
    p.at = several ? as_tuple(args)->at : &args;
    p.left = several ? as_tuple(args)->n : 1;
    p.mapping = !several && !is_str(args) && type_of(args)->getitem;
    bool fine = put_all(&p);
    Value v = fine ? str_new_n(p.out.at ? p.out.at : "", p.out.n) : V_ERROR;
    release(p.keyed);
    buf_free(&p.out);
    buf_free(&room);
    return v;
}
