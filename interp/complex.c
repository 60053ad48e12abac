/* complex.c -- the complex type.  Replicated.
 *
 * Multiplication is the plain formula; division scales by the larger part of the divisor (Smith
 * 1962); whole powers up to 100 multiply, others go through polar form.
 */
#include "interp/numbers.h"

#include "interp/format.h"
#include "interp/str.h"
#include "runtime/text/number.h"

#include <math.h>

typedef struct Cx {
    double re, im;
} Cx;

Value complex_new(double re, double im)
{
    ComplexObject *c = object_new(&type_complex);
    c->re = re;
    c->im = im;
    return v_obj(c);
}

bool is_complex(Value v)
{
    return v.tag == TAG_OBJ &&
           (v.o->type == &type_complex || type_is_subtype(v.o->type, &type_complex));
}

static Str *complex_name(void)
{
    static Str *name;
    if (!name)
        name = str_intern("__complex__");
    return name;
}

void complex_value(Value v, double *re, double *im)
{
    const Type *t = v.o->type;
    while (t->flags & TYPE_HEAP)
        t = t->base;
    Value c = v;
    if (t != &type_complex) { /* NumPy's complex128 knows its value */
        Value method = type_lookup(v.o->type, complex_name());
        c = v_is_undef(method) ? V_ERROR : op_call1(method, v);
        ASSERT(is_exact(c, &type_complex), "type=%s", v.o->type->name);
    }
    *re = ((ComplexObject *)c.o)->re;
    *im = ((ComplexObject *)c.o)->im;
    if (t != &type_complex)
        release(c);
}

/* -------------------------------------------------------------- arithmetic */

static Cx cx_mul(Cx a, Cx b)
{
    return (Cx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* b is not zero. */
static Cx cx_div(Cx a, Cx b)
{
    if (fabs(b.re) >= fabs(b.im)) {
        double ratio = b.im / b.re, scale = b.re + b.im * ratio;
        return (Cx){(a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale};
    }
    if (isnan(b.re) || isnan(b.im))
        return (Cx){NAN, NAN};
    double ratio = b.re / b.im, scale = b.re * ratio + b.im;
    return (Cx){(a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale};
}

static bool cx_is_zero(Cx c)
{
    return c.re == 0 && c.im == 0;
}

static Cx cx_whole_power(Cx x, int n)
{
    Cx r = {1.0, 0.0};
    for (; n > 0; n >>= 1) {
        if (n & 1)
            r = cx_mul(r, x);
        x = cx_mul(x, x);
    }
    return r;
}

/* False: the angle is infinite, which is an error of sine and cosine. */
static bool cx_polar_power(Cx a, Cx b, Cx *out)
{
    double size = hypot(a.re, a.im), angle = atan2(a.im, a.re);
    double length = pow(size, b.re), phase = angle * b.re;
    if (b.im != 0) {
        length /= exp(angle * b.im);
        phase += b.im * log(size);
    }
    *out = (Cx){length * cos(phase), length * sin(phase)};
    return !isinf(phase);
}

static Value power_of(Cx a, Cx b)
{
    Cx r;
    bool zero = cx_is_zero(a), fine = true;
    if (b.im == 0 && b.re == floor(b.re) && fabs(b.re) <= 100.0) {
        int n = (int)b.re;
        r = cx_whole_power(a, n < 0 ? -n : n);
        if (n < 0) {
            fine = !cx_is_zero(r);
            r = fine ? cx_div((Cx){1.0, 0.0}, r) : r;
        }
    } else if (zero) {
        fine = !(b.im != 0 || b.re < 0);
        r = (Cx){0.0, 0.0};
    } else {
        fine = cx_polar_power(a, b, &r);
    }
    if (!fine)
        return raise_fmt(&exc_ZeroDivisionError, "0.0 to a negative or complex power");
    if (isinf(r.re) || isinf(r.im))
        return raise_fmt(&exc_OverflowError, "complex exponentiation");
    return complex_new(r.re, r.im);
}

Value complex_power(double re, double im, double e_re, double e_im)
{
    return power_of((Cx){re, im}, (Cx){e_re, e_im});
}

/* 1: *out is set, 0: no number, -1: exception. */
static int cx_operand(Value v, Cx *out)
{
    if (is_complex(v)) {
        complex_value(v, &out->re, &out->im);
        return 1;
    }
    out->im = 0.0;
    return real_operand(v, &out->re);
}

static Value complex_type_binary(Value a, Value b, BinOp op)
{
    Cx x, y;
    if (op > BIN_DIV && op != BIN_POW)
        return V_NOTIMPL;
    int left = cx_operand(a, &x), right = left > 0 ? cx_operand(b, &y) : 1;
    if (left < 0 || right < 0)
        return V_ERROR;
    if (!left || !right)
        return V_NOTIMPL;
    switch (op) {
    case BIN_ADD:
        return complex_new(x.re + y.re, x.im + y.im);
    case BIN_SUB:
        return complex_new(x.re - y.re, x.im - y.im);
    case BIN_MUL:
        x = cx_mul(x, y);
        return complex_new(x.re, x.im);
    case BIN_DIV:
        if (cx_is_zero(y))
            return raise_fmt(&exc_ZeroDivisionError, "complex division by zero");
        x = cx_div(x, y);
        return complex_new(x.re, x.im);
    case BIN_POW:
        return power_of(x, y);
    default:
        return V_NOTIMPL;
    }
}

static Value complex_type_power(Value a, Value b, Value mod)
{
    if (v_is_undef(mod) || v_is_none(mod))
        return complex_type_binary(a, b, BIN_POW);
    return raise_fmt(&exc_ValueError, "complex modulo");
}

static Value complex_type_unary(Value v, UnOp op)
{
    Cx c;
    complex_value(v, &c.re, &c.im);
    if (op == UN_INVERT)
        return V_NOTIMPL;
    if (op != UN_ABS)
        return op == UN_NEG ? complex_new(-c.re, -c.im) : complex_new(c.re, c.im);
    double size = hypot(c.re, c.im);
    if (isinf(size) && isfinite(c.re) && isfinite(c.im))
        return raise_fmt(&exc_OverflowError, "absolute value too large");
    return v_float(size);
}

/* ----------------------------------------------------- comparison, hash, text */

static Value complex_type_compare(Value a, Value b, CmpOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_complex(a))
        return V_NOTIMPL;
    Cx x, y = {0, 0};
    complex_value(a, &x.re, &x.im);
    bool same;
    if (is_int(b)) {
        same = x.im == 0 && !isnan(x.re) && float_compare_int(x.re, b) == 0;
    } else {
        if (cx_operand(b, &y) <= 0)
            return V_NOTIMPL;
        same = x.re == y.re && x.im == y.im;
    }
    return v_bool(same == (op == CMP_EQ));
}

static bool complex_type_hash(Value v, int64_t *out)
{
    Cx c;
    complex_value(v, &c.re, &c.im);
    int64_t h = hash_double(c.re) + 1000003 * hash_double(c.im);
    *out = h == -1 ? -2 : h;
    return true;
}

static int complex_type_truth(Value v)
{
    Cx c;
    complex_value(v, &c.re, &c.im);
    return !cx_is_zero(c);
}

static Value complex_type_repr(Value v)
{
    Cx c;
    Buf b = {0};
    complex_value(v, &c.re, &c.im);
    complex_repr(&b, c.re, c.im);
    Value s = str_new_n(b.at, b.n);
    buf_free(&b);
    return s;
}

/* ------------------------------------------------------------- construction */

static bool is_blank(char c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

/* Length of the float at p (sign, digits, point, exponent, inf, nan), 0: none. */
static int64_t float_span(const char *p, const char *end)
{
    const char *at = p;
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    static const char *const words[] = {"infinity", "inf", "nan"};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(words[i]), k = 0;
        while (k < n && at + k < end && (at[k] | 32) == words[i][k])
            k++;
        if (k == n)
            return at + n - p;
    }
    bool digits = false, exponent = false;
    for (; at < end; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if ((*at | 32) == 'e' && digits && !exponent && at + 1 < end) {
            const char *next = at + 1 + (at[1] == '+' || at[1] == '-');
            if (next >= end || *next < '0' || *next > '9')
                break;
            exponent = true;
            at = next;
        } else if (!digit && (*at != '.' || exponent)) {
            break;
        }
        digits |= digit;
    }
    return digits ? at - p : 0;
}

/* Underscores taken out of *text; false when one is not between digits. */
static bool drop_underscores(Buf *text)
{
    int64_t n = 0;
    for (int64_t i = 0; i < text->n; i++) {
        char c = text->at[i], before = i ? text->at[i - 1] : 0;
        bool digit = c >= '0' && c <= '9';
        if ((c == '_' && !(before >= '0' && before <= '9')) || (before == '_' && !digit))
            return false;
        if (c != '_')
            text->at[n++] = c;
    }
    bool fine = !text->n || text->at[text->n - 1] != '_';
    text->n = n;
    return fine;
}

/* One term: a number, or a number (or just a sign) with j.  False: malformed. */
static bool scan_term(const char **p, const char *end, double *x, bool *imaginary)
{
    int64_t n = float_span(*p, end);
    *x = 1.0;
    if (n && !float_parse(*p, n, x))
        return false;
    if (!n && *p < end && (**p == '+' || **p == '-'))
        *x = *(*p)++ == '-' ? -1.0 : 1.0;
    *p += n;
    *imaginary = *p < end && (**p | 32) == 'j';
    *p += *imaginary;
    return n || *imaginary;
}

static bool scan_complex(const char *p, const char *end, Cx *out)
{
    bool imaginary;
    double x;
    *out = (Cx){0.0, 0.0};
    if (!scan_term(&p, end, &x, &imaginary))
        return false;
    if (imaginary) {
        out->im = x;
        return p == end;
    }
    out->re = x;
    if (p == end)
        return true;
    if (*p != '+' && *p != '-')
        return false;
    return scan_term(&p, end, &out->im, &imaginary) && imaginary && p == end;
}

/* The text in ASCII: digits of all scripts and white space; other characters become '?'. */
static void ascii_text(const Str *s, Buf *out)
{
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t c = str_get(s, i);
        int digit = c < 128 ? -1 : char_decimal(c);
        bool space = c >= 128 && (char_flags(c) & CHAR_SPACE);
        buf_putc(out, c && c < 128 ? (char)c
                      : digit >= 0 ? (char)('0' + digit)
                      : space      ? ' '
                                   : '?');
    }
}

/* [*p, *end) without white space at its ends. */
static void trim(const char **p, const char **end)
{
    while (*p < *end && is_blank(**p))
        (*p)++;
    while (*end > *p && is_blank((*end)[-1]))
        (*end)--;
}

static bool complex_from_text(Value v, Cx *out)
{
    Buf text = {0};
    ascii_text(v.s, &text);
    if (!drop_underscores(&text)) {
        buf_free(&text);
        raise_fmt(&exc_ValueError, "could not convert string to complex: %R", v);
        return false;
    }
    const char *p = buf_text(&text), *end = p + text.n;
    bool fine = true;
    trim(&p, &end);
    if (p < end && *p == '(') {
        fine = end[-1] == ')';
        p++;
        end -= fine;
        trim(&p, &end);
    }
    fine = fine && scan_complex(p, end, out);
    buf_free(&text);
    if (!fine)
        raise_fmt(&exc_ValueError, "complex() arg is a malformed string");
    return fine;
}

/* One argument of complex() as a number; *was_complex tells how it enters the sum. */
static bool complex_part(Value v, const char *which, Cx *out, bool *was_complex)
{
    *was_complex = is_complex(v);
    int kind = cx_operand(v, out);
    if (kind)
        return kind > 0;
    Type *t = type_of(v);
    if (!t->to_float && !t->index) {
        raise_fmt(&exc_TypeError, "complex() %s, not '%T'", which, v);
        return false;
    }
    out->im = 0.0;
    return float_from(v, &out->re);
}

/* v, or what its __complex__ gives (new reference). */
static Value through_dunder(Value v)
{
    Value method = is_complex(v) ? V_UNDEF : type_lookup(type_of(v), complex_name());
    if (v_is_undef(method))
        return retain(v);
    Value c = op_call1(method, v);
    if (v_is_error(c) || is_complex(c))
        return c;
    raise_fmt(&exc_TypeError, "__complex__ returned non-complex (type %T)", c);
    release(c);
    return V_ERROR;
}

static bool complex_from(Value re, Value im, Cx *out)
{
    Cx y = {0.0, 0.0};
    bool re_complex = false, im_complex = false;
    *out = y;
    if (!v_is_undef(re)) {
        if (is_str(re)) {
            if (v_is_undef(im))
                return complex_from_text(re, out);
            raise_fmt(&exc_TypeError, "complex() can't take second arg if first is a string");
            return false;
        }
        if (!v_is_undef(im) && is_str(im)) {
            raise_fmt(&exc_TypeError, "complex() second arg can't be a string");
            return false;
        }
        Value x = through_dunder(re);
        bool fine = !v_is_error(x) && complex_part(x, "first argument must be a string or a number",
                                                   out, &re_complex);
        release(x);
        if (!fine)
            return false;
    } else if (!v_is_undef(im) && is_str(im)) {
        raise_fmt(&exc_TypeError, "complex() second arg can't be a string");
        return false;
    }
    if (v_is_undef(im))
        return true;
    if (!complex_part(im, "second argument must be a number", &y, &im_complex))
        return false;
    double above = re_complex ? out->im : 0.0;
    if (im_complex)
        out->re -= y.im;
    out->im = re_complex ? y.re + above : y.re;
    return true;
}

static Value complex_type_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    Value part[2] = {nargs > 0 ? args[0] : V_UNDEF, nargs > 1 ? args[1] : V_UNDEF};
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    if (nargs + nkw > 2)
        return raise_fmt(&exc_TypeError, "complex() takes at most 2 arguments (%d given)",
                         nargs + nkw);
    for (int i = 0; i < nkw; i++) {
        Str *name = as_tuple(kwnames)->at[i].s;
        int k = str_equals(name, "real") ? 0 : str_equals(name, "imag") ? 1 : -1;
        if (k < 0)
            return raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for complex()",
                             name);
        if (!v_is_undef(part[k]))
            return raise_fmt(&exc_TypeError,
                             "argument for complex() given by name ('%U') and position (%d)", name,
                             k + 1);
        part[k] = args[nargs + i];
    }
    if (cls == &type_complex && is_exact(part[0], &type_complex) && v_is_undef(part[1]))
        return retain(part[0]);
    Cx c;
    if (!complex_from(part[0], part[1], &c))
        return V_ERROR;
    ComplexObject *made = object_new(cls);
    made->re = c.re;
    made->im = c.im;
    return v_obj(made);
}

/* ----------------------------------------------------------------- methods */

static Value complex_m_conjugate(Value *a, int n)
{
    Cx c;
    complex_value(a[0], &c.re, &c.im);
    return complex_new(c.re, -c.im);
}

static Value complex_m_plain(Value *a, int n)
{
    Cx c;
    if (is_exact(a[0], &type_complex))
        return retain(a[0]);
    complex_value(a[0], &c.re, &c.im);
    return complex_new(c.re, c.im);
}

static Value complex_m_getnewargs(Value *a, int n)
{
    Cx c;
    complex_value(a[0], &c.re, &c.im);
    return tuple_of(2, v_float(c.re), v_float(c.im));
}

static const NativeDef complex_methods[] = {
    {"__complex__", "self, /", complex_m_plain, "The number itself."},
    {"__getnewargs__", "self, /", complex_m_getnewargs, "Arguments that make an equal number."},
    {"conjugate", "self, /", complex_m_conjugate, "The imaginary part negated."},
    {NULL, NULL, NULL, NULL},
};

static Value complex_get_real(Value v)
{
    Cx c;
    complex_value(v, &c.re, &c.im);
    return v_float(c.re);
}

static Value complex_get_imag(Value v)
{
    Cx c;
    complex_value(v, &c.re, &c.im);
    return v_float(c.im);
}

static const GetSetDef complex_getsets[] = {
    {"real", complex_get_real, NULL, "The real part."},
    {"imag", complex_get_imag, NULL, "The imaginary part."},
    {NULL, NULL, NULL, NULL},
};

Type type_complex = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "complex",
    .module = "builtins",
    .base = &type_object,
    .size = sizeof(ComplexObject),
    .flags = TYPE_BASE,
    .doc = "Complex numbers: two floats.",
    .methods = complex_methods,
    .getsets = complex_getsets,
    .repr = complex_type_repr,
    .hash = complex_type_hash,
    .compare = complex_type_compare,
    .truth = complex_type_truth,
    .binary = complex_type_binary,
    .power = complex_type_power,
    .unary = complex_type_unary,
    .format = complex_type_format,
    .make = complex_type_make,
};
