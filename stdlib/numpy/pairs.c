/* pairs.c -- ufuncs of two results: divmod, modf, frexp.  Replicated.
 *
 * A statement has one output, so each is two formulas of ops.
 */
#include "stdlib/numpy/family.h"
#include "stdlib/numpy/ufunc.h"

/* Two element-wise results. */
static Value two_results(Value (*first)(const Value *, Value, Value, Value, Value),
                         Value (*second)(const Value *, Value, Value, Value, Value),
                         const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value a = first(in, out1, where, dtype, V_UNDEF);
    if (v_is_error(a))
        return a;
    return np_pair(a, second(in, out2, where, dtype, V_UNDEF));
}

static Value quotient(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_FLOOR_DIVIDE, 2, in, out, where, dtype, NULL);
}

static Value modulus(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_REMAINDER, 2, in, out, where, dtype, NULL);
}

/* Conditions of the quotient are divmod's: its statement runs at once under a name of our own. */
static void (*warn_before)(const char *file, int line, const char *text);

static bool renamed(const char *text, Buf *out)
{
    const char *at = strstr(text, " in floor_divide");
    at = at ? at : strstr(text, " in remainder");
    if (!at)
        return false;
    buf_add(out, text, (size_t)(at - text));
    buf_puts(out, " in divmod");
    return true;
}

static void warn_as_divmod(const char *file, int line, const char *text)
{
    Buf b = {0};
    bool other = renamed(text, &b);
    warn_before(file, line, other ? buf_text(&b) : text);
    buf_free(&b);
}

static Value raise_as_divmod(void)
{
    if (!error_matches(&exc_FloatingPointError))
        return V_ERROR;
    Value e = error_take(), text = op_str(e);
    Buf b = {0};
    if (renamed(str_cstr(text), &b))
        raise_fmt(&exc_FloatingPointError, "%s", buf_text(&b));
    else
        raise_value(retain(e));
    buf_free(&b);
    release(text);
    release(e);
    return V_ERROR;
}

static Value divmod_named(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    if (!status_ok(rt_flush()))
        return V_ERROR;
    warn_before = rt_warn;
    rt_warn = rt_warn ? warn_as_divmod : NULL;
    Value r = two_results(quotient, modulus, in, out1, out2, where, dtype);
    if (!v_is_error(r) && !status_ok(rt_flush())) {
        release(r);
        r = V_ERROR;
    }
    rt_warn = warn_before;
    return v_is_error(r) ? raise_as_divmod() : r;
}

Value ufunc_divmod(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    if (!operands_known(OP_DIVMOD, 2, in))
        return V_ERROR;
    for (int k = 0; k < 2; k++)
        if (is_complex(in[k]) ||
            (is_npscalar(in[k]) && dtype_is_complex(as_npscalar(in[k])->dtype)) ||
            (is_array(in[k]) && dtype_is_complex(array_dtype(in[k]))))
            return raise_fmt(&exc_TypeError,
                             "ufunc 'divmod' not supported for the input types, and the inputs "
                             "could not be safely coerced to any supported types according to the "
                             "casting rule ''safe''");
    bool clash = !is_absent(out1) && (op_same(out1, in[0]) || op_same(out1, in[1]));
    Value x[2] = {clash ? np_op1(OP_COPY, retain(in[0])) : retain(in[0]),
                  clash ? np_op1(OP_COPY, retain(in[1])) : retain(in[1])};
    Value r = V_ERROR;
    if (!v_is_error(x[0]) && !v_is_error(x[1]))
        r = divmod_named(x, out1, out2, where, dtype);
    release(x[0]);
    release(x[1]);
    return r;
}

/* A float array or scalar of x by the loop of op. */
static Value as_float(OpCode op, const char *name, Value x)
{
    Arg a;
    OpLoop l;
    if (!operands_known(op, 1, &x) || !arg_from_value(x, &a))
        return V_ERROR;
    DType t = a.op.dtype;
    arg_fini(&a);
    Status st = op_resolve(op, &t, NULL, &l);
    if (st == ERR_UNSUPPORTED)
        return raise_status(st);
    if (st != OK || dtype_is_complex(l.loop))
        return raise_fmt(&exc_TypeError,
                         "ufunc '%s' not supported for the input types, and the inputs could not "
                         "be safely coerced to any supported types according to the casting rule "
                         "''safe''",
                         name);
    return array_from_value(x, l.loop, 0, false);
}

/* The fraction keeps x's sign, and is 0 for infinities. */
static Value modf_fraction(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value whole = np_op1(OP_TRUNC, retain(in[0]));
    Value rest = np_op2(OP_SUBTRACT, retain(in[0]), whole);
    rest = np_op3(OP_WHERE, np_op1(OP_ISINF, retain(in[0])), v_int(0), rest);
    Value x[2] = {rest, in[0]};
    Value r = v_is_error(rest) ? rest : ufunc_call(OP_COPYSIGN, 2, x, out, where, dtype, NULL);
    release(rest);
    return r;
}

static Value modf_whole(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    return ufunc_call(OP_TRUNC, 1, in, out, where, dtype, NULL);
}

Value ufunc_modf(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value x = as_float(OP_RINT, "modf", in[0]);
    if (v_is_error(x))
        return x;
    ErrState saved = rt_errstate;
    rt_errstate = (ErrState){0};
    Value r = two_results(modf_fraction, modf_whole, &x, out1, out2, where, dtype);
    rt_errstate = saved;
    release(x);
    return r;
}

/* Exponent by the distance to the next number, which is a power of two; subnormals are scaled
 * first. */
static Value exponent_of(Value x)
{
    DType t = array_dtype(x);
    int digits = t == DT_FLOAT32 ? 24 : 53, low = t == DT_FLOAT32 ? -125 : -1021;
    Value small =
        np_op2(OP_LESS, np_op1(OP_ABSOLUTE, retain(x)),
               np_op2(OP_LDEXP, scalar_new(t, dtype_cast((Scalar){.i64 = 1}, DT_INT64, t, NULL)),
                      v_int(low)));
    Value shift = np_op3(OP_WHERE, small, v_int(digits), v_int(0));
    shift = v_is_error(shift) ? shift : np_cast(np_array(shift), DT_INT32);
    Value scaled = np_op2(OP_LDEXP, retain(x), retain(shift));
    Value ulp = np_op1(OP_LOG2, np_op1(OP_ABSOLUTE, np_op1(OP_SPACING, scaled)));
    Value e = np_op2(OP_SUBTRACT, np_op2(OP_ADD, np_op1(OP_RINT, ulp), v_int(digits)), shift);
    Value odd = np_op2(OP_LOGICAL_OR, np_op2(OP_EQUAL, retain(x), v_int(0)),
                       np_op1(OP_LOGICAL_NOT, np_op1(OP_ISFINITE, retain(x))));
    e = np_op3(OP_WHERE, odd, v_int(0), e);
    return v_is_error(e) ? e : np_cast(np_array(e), DT_INT32);
}

static Value frexp_exponent(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value e = exponent_of(in[0]);
    Value r = v_is_error(e) ? e : ufunc_call(OP_COPY, 1, &e, out, where, V_UNDEF, "same_kind");
    release(e);
    return r;
}

static Value frexp_fraction(const Value *in, Value out, Value where, Value dtype, Value unused)
{
    Value e = exponent_of(in[0]);
    Value arg[2] = {in[0], np_op1(OP_NEGATIVE, e)};
    Value r =
        v_is_error(arg[1]) ? V_ERROR : ufunc_call(OP_LDEXP, 2, arg, out, where, V_UNDEF, NULL);
    release(arg[1]);
    return r;
}

Value ufunc_frexp(const Value in[], Value out1, Value out2, Value where, Value dtype)
{
    Value x = as_float(OP_SPACING, "frexp", in[0]);
    if (v_is_error(x))
        return x;
    ErrState saved = rt_errstate;
    rt_errstate = (ErrState){0};
    Value r = two_results(frexp_fraction, frexp_exponent, &x, out1, out2, where, dtype);
    rt_errstate = saved;
    release(x);
    return r;
}
