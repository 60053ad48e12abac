/* builtins_scalars.c -- builtin functions on numbers and text.  Replicated. */
#include "interp/scalars.h"

#include "interp/numbers.h"
#include "interp/objects.h"
#include "interp/str.h"

#include "interp/format.h"

static Value builtin_abs(Value *a, int n)
{
    return op_unary(a[0], UN_ABS);
}

static Value builtin_ascii(Value *a, int n)
{
    return op_ascii(a[0]);
}

static Value in_base(Value v, int base, const char *prefix)
{
    Value i = op_index(v);
    if (v_is_error(i))
        return i;
    Value text = int_text(i, base, prefix);
    release(i);
    return text;
}

static Value builtin_bin(Value *a, int n)
{
    return in_base(a[0], 2, "0b");
}

static Value builtin_oct(Value *a, int n)
{
    return in_base(a[0], 8, "0o");
}

static Value builtin_hex(Value *a, int n)
{
    return in_base(a[0], 16, "0x");
}

static Value builtin_chr(Value *a, int n)
{
    int64_t c;
    Value i = op_index(a[0]);
    if (v_is_error(i))
        return i;
    bool fits = int_as_int64(i, &c) && c >= INT32_MIN && c <= INT32_MAX;
    release(i);
    if (!fits)
        return raise_fmt(&exc_OverflowError, "Python int too large to convert to C int");
    if (c < 0 || c > 0x10ffff)
        return raise_fmt(&exc_ValueError, "chr() arg not in range(0x110000)");
    return str_from_char((uint32_t)c);
}

static Value builtin_ord(Value *a, int n)
{
    if (!is_str(a[0]))
        return raise_fmt(&exc_TypeError, "ord() expected string of length 1, but %T found", a[0]);
    if (a[0].s->n != 1)
        return raise_fmt(&exc_TypeError,
                         "ord() expected a character, but string of length %lld found",
                         (long long)a[0].s->n);
    return v_int(str_get(a[0].s, 0));
}

static Value builtin_divmod(Value *a, int n)
{
    return op_binary(a[0], a[1], BIN_DIVMOD);
}

static Value builtin_format(Value *a, int n)
{
    if (v_is_undef(a[1]))
        return format_value(a[0], 0, NULL);
    if (!is_str(a[1]))
        return raise_fmt(&exc_TypeError, "format() argument 2 must be str, not %T", a[1]);
    return format_value(a[0], 0, a[1].s);
}

static Value builtin_pow(Value *a, int n)
{
    if (v_is_none(a[2]))
        return op_binary(a[0], a[1], BIN_POW);
    return op_power(a[0], a[1], a[2]);
}

static Value builtin_repr(Value *a, int n)
{
    return op_repr(a[0]);
}

static Value builtin_round(Value *a, int n)
{
    if (a[0].tag == TAG_FLOAT)
        return float_round_to(a[0].f, a[1]);
    if (a[0].tag == TAG_INT)
        return int_round(a[0], a[1]);
    static Str *name;
    if (!name)
        name = str_intern("__round__");
    Value method = type_lookup(type_of(a[0]), name);
    if (v_is_undef(method))
        return raise_fmt(&exc_TypeError, "type %T doesn't define __round__ method", a[0]);
    return v_is_none(a[1]) ? op_call1(method, a[0]) : op_call2(method, a[0], a[1]);
}

/* clang-format off */
const NativeDef builtins_scalars[] = {
    {"abs", "x, /", builtin_abs, "Absolute value."},
    {"ascii", "obj, /", builtin_ascii, "repr with characters beyond ASCII escaped."},
    {"bin", "number, /", builtin_bin, "Binary text of an int."},
    {"chr", "i, /", builtin_chr, "The character with a code point."},
    {"divmod", "x, y, /", builtin_divmod, "(x // y, x % y)."},
    {"format", "value, format_spec=?, /", builtin_format, "Text of a value by a format spec."},
    {"hex", "number, /", builtin_hex, "Hexadecimal text of an int."},
    {"oct", "number, /", builtin_oct, "Octal text of an int."},
    {"ord", "c, /", builtin_ord, "The code point of a character."},
    {"pow", "base, exp, mod=None", builtin_pow, "base ** exp, or that modulo mod."},
    {"repr", "obj, /", builtin_repr, "Text that shows a value as a program writes it."},
    {"round", "number, ndigits=None", builtin_round, "Rounded half to even at 10**-ndigits."},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

static void add_unbound(Type *t, const NativeDef *defs, int flags)
{
    type_ready(t);
    for (; defs->name; defs++)
        type_add(t, defs->name, native_new(defs, t, flags));
}

void scalars_init(void)
{
    add_unbound(&type_str, str_statics, NATIVE_STATIC);
    add_unbound(&type_int, int_classmethods, NATIVE_CLASSMETHOD);
    add_unbound(&type_float, float_classmethods, NATIVE_CLASSMETHOD);
    Type *rest[] = {&type_bool, &type_complex, &type_none, &type_ellipsis, &type_notimpl};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        type_ready(rest[i]);
}
