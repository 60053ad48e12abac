/* float.c -- the float type.  Replicated.
 *
 * Arithmetic is C's on doubles; division, remainder and power follow Python where it differs
 * (signs, zero divisors, overflow as an exception).  Comparison with ints is exact. Floats are
 * inline; a FloatObject is an instance of a program's subclass.  Other float types (NumPy's
 * float64) are asked through their to_float slot.
 */
#include "interp/numbers.h"
#include "interp/quickfmt.h"

#include "interp/format.h"
#include "interp/scalars.h"
#include "interp/str.h"
#include "runtime/text/number.h"

#include <math.h>

enum { HASH_BITS = 61, HASH_INF = 314159 };

bool is_float(Value v)
{
    return v.tag == TAG_FLOAT || (v.tag == TAG_OBJ && type_is_subtype(v.o->type, &type_float));
}

double float_value(Value v)
{
    if (v.tag == TAG_FLOAT)
        return v.f;
    const Type *t = v.o->type;
    while (t->flags & TYPE_HEAP)
        t = t->base;
    if (t == &type_float)
        return ((FloatObject *)v.o)->x;
    return t->to_float(v).f;
}

static Value fail_range(void)
{
    Value args[2] = {v_int(34), str_new("Numerical result out of range")};
    Value e = op_call(v_obj(&exc_OverflowError), args, 2, V_UNDEF);
    release(args[1]);
    return v_is_error(e) ? e : raise_value(e);
}

int real_operand(Value v, double *out)
{
    if (v.tag == TAG_FLOAT) {
        *out = v.f;
        return 1;
    }
    if (is_int(v)) {
        bool overflow;
        *out = int_as_double(v, &overflow);
        if (overflow)
            raise_fmt(&exc_OverflowError, "int too large to convert to float");
        return overflow ? -1 : 1;
    }
    if (!is_float(v))
        return 0;
    *out = float_value(v);
    return 1;
}

/* -------------------------------------------------------------- arithmetic */

static double float_modulo(double x, double y)
{
    double r = fmod(x, y);
    if (r == 0)
        return copysign(0.0, y);
    return (y < 0) != (r < 0) ? r + y : r;
}

/* floor(x / y) and the remainder that belongs to it. */
static double float_floor_divide(double x, double y, double *rest)
{
    double r = fmod(x, y), q = (x - r) / y;
    if (r == 0) {
        r = copysign(0.0, y);
    } else if ((y < 0) != (r < 0)) {
        r += y;
        q -= 1.0;
    }
    *rest = r;
    if (q == 0)
        return copysign(0.0, x / y);
    double whole = floor(q);
    return q - whole > 0.5 ? whole + 1.0 : whole;
}

static Value float_divide(double x, double y, BinOp op)
{
    double rest;
    if (y == 0)
        return raise_fmt(&exc_ZeroDivisionError, op == BIN_DIV ? "float division by zero"
                                                 : op == BIN_FLOORDIV
                                                     ? "float floor division by zero"
                                                 : op == BIN_MOD ? "float modulo"
                                                                 : "float divmod()");
    if (op == BIN_DIV)
        return v_float(x / y);
    if (op == BIN_MOD)
        return v_float(float_modulo(x, y));
    double q = float_floor_divide(x, y, &rest);
    return op == BIN_FLOORDIV ? v_float(q) : tuple_of(2, v_float(q), v_float(rest));
}

Value float_power(double x, double y)
{
    if (y == 0 || x == 1.0)
        return v_float(1.0);
    if (isnan(x) || isnan(y))
        return v_float(x + y);
    if (x == 0 && y < 0 && isfinite(y))
        return raise_fmt(&exc_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (x < 0 && isfinite(x) && isfinite(y) && floor(y) != y)
        return complex_power(x, 0.0, y, 0.0);
    double r = pow(x, y);
    if (isinf(r) && isfinite(x) && isfinite(y))
        return fail_range();
    return v_float(r);
}

static Value float_type_binary(Value a, Value b, BinOp op)
{
    double x, y;
    if (op > BIN_POW && op != BIN_DIVMOD)
        return V_NOTIMPL;
    int left = real_operand(a, &x), right = left > 0 ? real_operand(b, &y) : 1;
    if (left < 0 || right < 0)
        return V_ERROR;
    if (!left || !right)
        return V_NOTIMPL;
    switch (op) {
    case BIN_ADD:
        return v_float(x + y);
    case BIN_SUB:
        return v_float(x - y);
    case BIN_MUL:
        return v_float(x * y);
    case BIN_DIV:
    case BIN_FLOORDIV:
    case BIN_MOD:
    case BIN_DIVMOD:
        return float_divide(x, y, op);
    case BIN_POW:
        return float_power(x, y);
    default:
        return V_NOTIMPL;
    }
}

static Value float_type_power(Value a, Value b, Value mod)
{
    if (v_is_undef(mod) || v_is_none(mod))
        return float_type_binary(a, b, BIN_POW);
    return raise_fmt(&exc_TypeError,
                     "pow() 3rd argument not allowed unless all arguments are integers");
}

static Value float_type_unary(Value v, UnOp op)
{
    double x = float_value(v);
    if (op == UN_INVERT)
        return V_NOTIMPL;
    return v_float(op == UN_NEG ? -x : op == UN_ABS ? fabs(x) : x);
}

/* -------------------------------------------------------- comparison, hash */

int float_compare_int(double x, Value i)
{
    if (isinf(x))
        return x > 0 ? 1 : -1;
    if (i.tag != TAG_OBJ && i.i >= -((int64_t)1 << 53) && i.i <= (int64_t)1 << 53)
        return (x > (double)i.i) - (x < (double)i.i);
    IntView view;
    int order = mpz_cmp_d(int_mpz(i, &view), x);
    return (order < 0) - (order > 0);
}

static Value order_value(int order, CmpOp op)
{
    return v_bool(op == CMP_LT   ? order < 0
                  : op == CMP_LE ? order <= 0
                  : op == CMP_EQ ? order == 0
                  : op == CMP_NE ? order != 0
                  : op == CMP_GT ? order > 0
                                 : order >= 0);
}

static Value float_type_compare(Value a, Value b, CmpOp op)
{
    if (!is_float(a) || (!is_float(b) && !is_int(b)))
        return V_NOTIMPL;
    double x = float_value(a);
    if (is_int(b))
        return isnan(x) ? v_bool(op == CMP_NE) : order_value(float_compare_int(x, b), op);
    double y = float_value(b);
    if (isnan(x) || isnan(y))
        return v_bool(op == CMP_NE);
    return order_value((x > y) - (x < y), op);
}

/* The value modulo 2^61 - 1: the mantissa rotated by the exponent, since 2^61 is 1 there. */
int64_t hash_double(double d)
{
    if (!isfinite(d))
        return isnan(d) ? 0 : d > 0 ? HASH_INF : -HASH_INF;
    const uint64_t p = ((uint64_t)1 << HASH_BITS) - 1;
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(d), &e), 53);
    int by = ((e - 53) % HASH_BITS + HASH_BITS) % HASH_BITS;
    m = (m << by & p) | m >> (HASH_BITS - by);
    int64_t h = m == p ? 0 : (int64_t)m;
    h = d < 0 ? -h : h;
    return h == -1 ? -2 : h;
}

static bool float_type_hash(Value v, int64_t *out)
{
    *out = hash_double(float_value(v));
    return true;
}

static int float_type_truth(Value v)
{
    return float_value(v) != 0;
}

/* -------------------------------------------------------------- conversion */

static Value float_type_repr(Value v)
{
    Buf b = {0};
    float_repr(&b, float_value(v));
    Value s = str_new_n(b.at, b.n);
    buf_free(&b);
    return s;
}

static Value float_plain(Value v)
{
    return v_float(float_value(v));
}

static Value float_type_to_int(Value v)
{
    return int_from_double(float_value(v));
}

Value float_round_to(double x, Value places)
{
    if (v_is_undef(places) || v_is_none(places))
        return int_from_double(rint(x));
    Value n = op_index(places);
    if (v_is_error(n))
        return n;
    int64_t count;
    if (!int_as_int64(n, &count))
        count = int_sign(n) < 0 ? INT64_MIN : INT64_MAX;
    release(n);
    if (!isfinite(x) || count > 323)
        return v_float(x);
    if (count < -308)
        return v_float(0.0 * x);
    /* Both the scaled value and the power of ten are exact floats: their quotient is the nearest.
     */
    uint64_t scaled;
    if (count >= 0 && count <= QUICK_PLACES && decimal_scaled(x, (int)count, &scaled) &&
        scaled < 1ULL << 53)
        return v_float(copysign((double)scaled / ten_to((int)count), x));
    double r;
    Status s = float_round(x, count, &r);
    return s == OK ? v_float(r) : raise_status(s);
}

bool float_from(Value v, double *out)
{
    Type *t = type_of(v);
    bool own = v.tag == TAG_OBJ && t->to_float && !(t->flags & TYPE_HEAP) && t != &type_int &&
               t != &type_float; /* converts itself, whatever it derives from */
    int kind = own ? 0 : real_operand(v, out);
    if (kind)
        return kind > 0;
    if (is_str(v)) {
        Buf text = {0};
        str_utf8(v.s, &text);
        bool fine = float_parse(buf_text(&text), text.n, out);
        buf_free(&text);
        if (!fine)
            raise_fmt(&exc_ValueError, "could not convert string to float: %R", v);
        return fine;
    }
    if (!t->to_float && !t->index) {
        raise_fmt(&exc_TypeError, "float() argument must be a string or a real number, not '%T'",
                  v);
        return false;
    }
    Value x = t->to_float ? t->to_float(v) : op_index(v);
    if (v_is_error(x))
        return false;
    kind = real_operand(x, out);
    release(x);
    return kind > 0;
}

static Value float_type_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    double x = 0.0;
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n && cls == &type_float)
        return raise_fmt(&exc_TypeError, "float() takes no keyword arguments");
    if (nargs > 1)
        return raise_fmt(&exc_TypeError, "float expected at most 1 argument, got %d", nargs);
    if (nargs && !float_from(args[0], &x))
        return V_ERROR;
    if (cls == &type_float)
        return v_float(x);
    FloatObject *made = object_new(cls);
    made->x = x;
    return v_obj(made);
}

/* -------------------------------------------------------------- hexadecimal */

static Value float_m_hex(Value *a, int n)
{
    double x = float_value(a[0]);
    char text[40], *at = text;
    if (isnan(x))
        return str_new("nan");
    if (isinf(x))
        return str_new(x > 0 ? "inf" : "-inf");
    if (signbit(x))
        *at++ = '-';
    if (x == 0) {
        strcpy(at, "0x0.0p+0");
        return str_new(text);
    }
    uint64_t bits;
    memcpy(&bits, &x, 8);
    int e = (int)(bits >> 52 & 0x7ff);
    snprintf(at, sizeof text - 1, "0x%d.%013llxp%+d", e ? 1 : 0,
             (unsigned long long)(bits & (((uint64_t)1 << 52) - 1)), e ? e - 1023 : -1022);
    return str_new(text);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Does p begin with the word, in any case? */
static bool word_at(const char *p, const char *word)
{
    for (; *word; p++, word++)
        if ((*p | 32) != *word)
            return false;
    return true;
}

/* inf, infinity or nan at *p; *p moves behind it. */
static bool hex_word(const char **p, double *out)
{
    static const struct {
        const char *word;
        double x;
    } words[] = {{"infinity", INFINITY}, {"inf", INFINITY}, {"nan", NAN}};
    for (int i = 0; i < 3; i++)
        if (word_at(*p, words[i].word)) {
            *p += strlen(words[i].word);
            *out = words[i].x;
            return true;
        }
    return false;
}

/* The exponent behind 'p', held within what no text can need; false: malformed. */
static bool hex_exponent(const char **p, int64_t *out)
{
    bool negative = **p == '-';
    *out = 0;
    *p += negative || **p == '+';
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++)
        if (*out < ((int64_t)1 << 50))
            *out = *out * 10 + (**p - '0');
    *out = negative ? -*out : *out;
    return true;
}

/* Digits, point and exponent at *p; false: malformed. */
static bool hex_number(const char **p, double *out)
{
    mpz_t m;
    int64_t ndigits = 0, point = -1, exponent = 0;
    mpz_init(m);
    if ((*p)[0] == '0' && ((*p)[1] | 32) == 'x')
        *p += 2;
    for (;; (*p)++) {
        int digit = hex_digit(**p);
        if (**p == '.' && point < 0) {
            point = ndigits;
            continue;
        }
        if (digit < 0)
            break;
        mpz_mul_2exp(m, m, 4);
        mpz_add_ui(m, m, (unsigned long)digit);
        ndigits++;
    }
    bool fine = ndigits > 0;
    if (fine && (**p | 32) == 'p') {
        (*p)++;
        fine = hex_exponent(p, &exponent);
    }
    *out = mpz_nearest(m, exponent - (point < 0 ? 0 : 4 * (ndigits - point)), false);
    mpz_clear(m);
    return fine;
}

static bool hex_space(char c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

static Value float_m_fromhex(Value *a, int n)
{
    if (!is_str(a[1]))
        return raise_fmt(&exc_TypeError, "bad argument type for built-in operation");
    const char *start = str_cstr(a[1]), *p = start;
    double x;
    while (hex_space(*p))
        p++;
    bool negative = *p == '-';
    p += negative || *p == '+';
    bool word = hex_word(&p, &x), fine = word || hex_number(&p, &x);
    while (hex_space(*p))
        p++;
    if (!fine || *p || p - start != (int64_t)strlen(start) || strlen(start) < (size_t)a[1].s->n)
        return raise_fmt(&exc_ValueError, "invalid hexadecimal floating-point string");
    if (!word && isinf(x))
        return raise_fmt(&exc_OverflowError, "hexadecimal value too large to represent as a float");
    Value v = v_float(negative ? -x : x);
    return a[0].o == (Object *)&type_float ? v : op_call1(a[0], v);
}

/* ----------------------------------------------------------------- methods */

static Value float_m_is_integer(Value *a, int n)
{
    double x = float_value(a[0]);
    return v_bool(isfinite(x) && floor(x) == x);
}

static Value float_m_as_integer_ratio(Value *a, int n)
{
    double x = float_value(a[0]);
    if (isinf(x))
        return raise_fmt(&exc_OverflowError, "cannot convert Infinity to integer ratio");
    if (isnan(x))
        return raise_fmt(&exc_ValueError, "cannot convert NaN to integer ratio");
    int e;
    mpz_t top, bottom;
    mpz_init_set_d(top, ldexp(frexp(x, &e), 53));
    mpz_init_set_ui(bottom, 1);
    e -= 53;
    int64_t twos = mpz_sgn(top) ? (int64_t)mpz_scan1(top, 0) : 0;
    twos = e < 0 ? int64_min(twos, -e) : 0;
    mpz_tdiv_q_2exp(top, top, (mp_bitcnt_t)twos);
    e += (int)twos;
    if (!mpz_sgn(top))
        e = 0;
    mpz_mul_2exp(e < 0 ? bottom : top, e < 0 ? bottom : top, (mp_bitcnt_t)(e < 0 ? -e : e));
    Value t = int_from_mpz(top), b = int_from_mpz(bottom);
    return tuple_of(2, t, b);
}

static Value float_m_plain(Value *a, int n)
{
    return float_plain(a[0]);
}

static Value float_m_trunc(Value *a, int n)
{
    return int_from_double(float_value(a[0]));
}

static Value float_m_floor(Value *a, int n)
{
    return int_from_double(floor(float_value(a[0])));
}

static Value float_m_ceil(Value *a, int n)
{
    return int_from_double(ceil(float_value(a[0])));
}

static Value float_m_round(Value *a, int n)
{
    return float_round_to(float_value(a[0]), a[1]);
}

static Value float_m_getformat(Value *a, int n)
{
    if (is_str(a[1]) && (str_equals(a[1].s, "double") || str_equals(a[1].s, "float")))
        return str_new("IEEE, little-endian");
    return raise_fmt(&exc_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
}

static Value float_m_getnewargs(Value *a, int n)
{
    return tuple_of(1, float_plain(a[0]));
}

/* clang-format off */
static const NativeDef float_methods[] = {
    {"__ceil__", "self, /", float_m_ceil, "Least int that is not less."},
    {"__floor__", "self, /", float_m_floor, "Greatest int that is not more."},
    {"__getnewargs__", "self, /", float_m_getnewargs, "Arguments that make an equal float."},
    {"__round__", "self, ndigits=None, /", float_m_round, "Rounded half to even at 10**-ndigits; an int without ndigits."},
    {"__trunc__", "self, /", float_m_trunc, "The int towards zero."},
    {"as_integer_ratio", "self, /", float_m_as_integer_ratio, "Two ints whose quotient is the float."},
    {"conjugate", "self, /", float_m_plain, "The float itself."},
    {"hex", "self, /", float_m_hex, "Hexadecimal text, exact."},
    {"is_integer", "self, /", float_m_is_integer, "Is the value whole?"},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

const NativeDef float_classmethods[] = {
    {"__getformat__", "cls, typestr, /", float_m_getformat, "How C's double is stored."},
    {"fromhex", "cls, string, /", float_m_fromhex, "Float from a hexadecimal string."},
    {NULL, NULL, NULL, NULL},
};

static Value float_get_imag(Value v)
{
    return v_float(0.0);
}

static const GetSetDef float_getsets[] = {
    {"real", float_plain, NULL, "The float itself."},
    {"imag", float_get_imag, NULL, "0.0."},
    {NULL, NULL, NULL, NULL},
};

Type type_float = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "float",
    .module = "builtins",
    .base = &type_object,
    .size = sizeof(FloatObject),
    .flags = TYPE_BASE,
    .doc = "Floating-point numbers of 64 bits.",
    .methods = float_methods,
    .getsets = float_getsets,
    .repr = float_type_repr,
    .hash = float_type_hash,
    .compare = float_type_compare,
    .truth = float_type_truth,
    .binary = float_type_binary,
    .power = float_type_power,
    .unary = float_type_unary,
    .to_int = float_type_to_int,
    .to_float = float_plain,
    .format = float_type_format,
    .make = float_type_make,
};
