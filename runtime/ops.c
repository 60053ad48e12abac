/* ops.c -- the table of ops, and NumPy's search for a loop.  Replicated.
 *
 * A ufunc's loops are listed in NumPy's order; the first whose operands all hold the given types
 * safely is the one. Since float16 is in the lists, finding it is found out rather than skipped.
 */
#include "runtime/ops.h"

#include <ctype.h>

const OpInfo ops_info[OP_COUNT] = {
#define EW(NAME, name, operands, loops, out, mapped, flags, expr, doc)                             \
    [OP_##NAME] = {name, operands, loops, mapped, expr, doc, #NAME, out, RULE_##flags},
#include "runtime/ops.def"
#undef EW
};

static const struct {
    const char *alias, *name;
} aliases[] = {
    {"abs", "absolute"},
    {"mod", "remainder"},
    {"true_divide", "divide"},
    {"pow", "power"},
    {"conj", "conjugate"},
    {"bitwise_not", "invert"},
    {"acos", "arccos"},
    {"asin", "arcsin"},
    {"atan", "arctan"},
    {"acosh", "arccosh"},
    {"asinh", "arcsinh"},
    {"atanh", "arctanh"},
    {"atan2", "arctan2"},
    {"bitwise_invert", "invert"},
    {"bitwise_left_shift", "left_shift"},
    {"bitwise_right_shift", "right_shift"},
};

OpCode op_find(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strcmp(aliases[i].alias, name))
            name = aliases[i].name;
    for (int op = 0; op < OP_COUNT; op++)
        if (!strcmp(ops_info[op].name, name)) /* variants come after the op they vary */
            return (OpCode)op;
    return OP_NONE;
}

DType dtype_of_code(char code)
{
    for (int t = 0; t < DT_COUNT; t++)
        if (dtype_info[t].code == code)
            return (DType)t;
    return DT_NONE;
}

const char *op_suffix(DType t)
{
    static const char *const suffix[DT_COUNT] = {
        [DT_BOOL] = "b8",         [DT_INT8] = "i8",     [DT_UINT8] = "u8",
        [DT_INT16] = "i16",       [DT_UINT16] = "u16",  [DT_INT32] = "i32",
        [DT_UINT32] = "u32",      [DT_INT64] = "i64",   [DT_UINT64] = "u64",
        [DT_FLOAT32] = "f32",     [DT_FLOAT64] = "f64", [DT_COMPLEX64] = "c64",
        [DT_COMPLEX128] = "c128",
    };
    return suffix[t];
}

bool op_has_loop(OpCode op, DType loop)
{
    return strchr(ops_info[op].loops, dtype_info[loop].code) != NULL;
}

bool op_is_mapped(OpCode op, DType loop)
{
    return strchr(ops_info[op].mapped, dtype_info[loop].code) != NULL;
}

DType op_operand(OpCode op, DType loop, int k)
{
    char c = ops_info[op].operands[k];
    return c == '.' ? loop : dtype_of_code(c);
}

DType op_result(OpCode op, DType loop)
{
    char c = ops_info[op].out;
    return c == '.' || c == '*' ? loop : c == 'r' ? dtype_real(loop) : dtype_of_code(c);
}

bool op_uses_hardware(OpCode op, DType loop)
{
    FlagRule rule = ops_info[op].rule;
    if (op_is_mapped(op, loop))
        return rule != RULE_NONE;
    return rule == RULE_HW || (rule == RULE_RECIP && dtype_is_inexact(loop));
}

DType op_weak_type(DType weak, DType strong)
{
    if (strong == DT_NONE)
        return weak;
    char have = dtype_kind(strong), kind = dtype_kind(weak);
    if (kind == 'c')
        return dtype_is_inexact(strong) ? dtype_complex(strong) : DT_COMPLEX128;
    if (kind == 'f')
        return dtype_is_inexact(strong) ? strong : DT_FLOAT64;
    return have == 'b' ? DT_INT64 : strong;
}

/* Types of the operands with the weak ones made concrete. */
static void settle_weak(OpCode op, int nin, const DType in[], const bool weak[], DType out[])
{
    DType strong = DT_NONE;
    int first = op == OP_WHERE ? 1 : 0; /* the condition takes no part */
    for (int k = first; k < nin; k++)
        if (!weak || !weak[k])
            strong = strong == DT_NONE ? in[k] : dtype_promote(strong, in[k]);
    DType all = DT_NONE; /* of the weak ones together, when none is strong */
    for (int k = first; k < nin; k++)
        if (weak && weak[k])
            all = all == DT_NONE ? in[k] : dtype_promote(all, in[k]);
    for (int k = 0; k < nin; k++) {
        if (k < first || !weak || !weak[k])
            out[k] = in[k];
        else if (op == OP_LDEXP) /* its operands do not promote together */
            out[k] = k == 0 && in[0] == DT_INT64 ? DT_INT8 : in[k];
        else
            out[k] = strong == DT_NONE ? all : op_weak_type(in[k], strong);
    }
}

/* float16 holds what fits 11 bits. */
static bool half_holds(DType t)
{
    return t == DT_BOOL || t == DT_INT8 || t == DT_UINT8;
}

static bool operand_fits(char code, DType t)
{
    if (code == 'e')
        return half_holds(t);
    return dtype_can_cast(t, dtype_of_code(code), CAST_SAFE);
}

static bool loop_fits(const OpInfo *info, char loop, int nin, const DType in[])
{
    for (int k = 0; k < nin; k++)
        if (!operand_fits(info->operands[k] == '.' ? loop : info->operands[k], in[k]))
            return false;
    return true;
}

/* The class NumPy names for an operand: "Int64DType", or "_PyFloatDType" for a Python scalar. */
static void class_name(DType t, bool weak, char text[40])
{
    if (weak) {
        snprintf(text, 40, "_Py%sDType",
                 dtype_kind(t) == 'c'   ? "Complex"
                 : dtype_kind(t) == 'f' ? "Float"
                                        : "Long");
        return;
    }
    snprintf(text, 40, "%sDType", dtype_name(t));
    text[0] = (char)toupper(text[0]);
    if (dtype_kind(t) == 'u')
        text[1] = 'I';
}

/* Ufuncs whose loops NumPy looks up by exact types. */
static bool is_exact(OpCode op)
{
    return op == OP_POSITIVE || op == OP_SIGN || op == OP_GCD || op == OP_LCM;
}

/* Bool alone is no number to these, although int8 would hold it. */
static bool refuses_bool(OpCode op, int nin, const DType in[])
{
    if (in[0] != DT_BOOL || (nin == 2 && in[1] != DT_BOOL))
        return false;
    return op == OP_SUBTRACT || op == OP_NEGATIVE || is_exact(op);
}

/* NumPy words the absence of a loop in four ways, by the resolver behind the ufunc. */
static Status fail_no_loop(OpCode op, int nin, const DType in[], const bool weak[])
{
    const char *name = ops_info[op].name;
    if (op == OP_SUBTRACT && refuses_bool(op, nin, in))
        return fail(ERR_TYPE,
                    "numpy boolean subtract, the `-` operator, is not supported, use the "
                    "bitwise_xor, the `^` operator, or the logical_xor function instead.");
    if (op == OP_NEGATIVE && refuses_bool(op, nin, in))
        return fail(ERR_TYPE,
                    "The numpy boolean negative, the `-` operator, is not supported, use the "
                    "`~` operator or the logical_not function instead.");
    if (!is_exact(op))
        return fail(
            ERR_TYPE,
            "ufunc '%s' not supported for the input types, and the inputs could not be safely "
            "coerced to any supported types according to the casting rule ''safe''",
            name);
    char text[OP_IN_MAX][40];
    for (int k = 0; k < nin; k++)
        class_name(in[k], weak && weak[k], text[k]);
    if (nin == 1)
        return fail(ERR_UFUNC_TYPE,
                    "ufunc '%s' did not contain a loop with signature matching types <class "
                    "'numpy.dtypes.%s'> -> None",
                    name, text[0]);
    return fail(ERR_UFUNC_TYPE,
                "ufunc '%s' did not contain a loop with signature matching types (<class "
                "'numpy.dtypes.%s'>, <class 'numpy.dtypes.%s'>) -> None",
                name, text[0], text[1]);
}

static void fill_loop(OpCode op, DType loop, int nin, OpLoop *out)
{
    *out = (OpLoop){.op = op, .loop = loop, .out = op_result(op, loop)};
    for (int k = 0; k < OP_IN_MAX; k++)
        out->in[k] = k < nin ? op_operand(op, loop, k) : DT_NONE;
}

static bool search(OpCode op, int nin, const DType in[], char *code)
{
    const OpInfo *info = &ops_info[op];
    for (const char *c = info->loops; *c; c++)
        if (loop_fits(info, *c, nin, in)) {
            *code = *c;
            return true;
        }
    return false;
}

/* A signed integer against uint64: no integer type holds both, but comparisons are exact. */
static OpCode mixed_comparison(OpCode op, const DType in[])
{
    bool iu = dtype_kind(in[0]) == 'i' && in[1] == DT_UINT64;
    bool ui = in[0] == DT_UINT64 && dtype_kind(in[1]) == 'i';
    if (op < OP_EQUAL || op > OP_GREATER_EQUAL || !(iu || ui))
        return op;
    return (OpCode)((int)op - OP_EQUAL + (iu ? OP_EQUAL_IU : OP_EQUAL_UI));
}

Status op_resolve(OpCode op, const DType in[], const bool weak[], OpLoop *out)
{
    int nin = op_nin(op);
    DType t[OP_IN_MAX] = {DT_NONE, DT_NONE, DT_NONE};
    settle_weak(op, nin, in, weak, t);
    if (op == OP_WHERE)
        t[0] = DT_BOOL;
    char code = 0;
    if (nin == 2)
        op = mixed_comparison(op, t);
    bool found = !refuses_bool(op, nin, t) && search(op, nin, t, &code);
    if (!found && op == OP_LDEXP) {
        op = OP_LDEXP_L;
        found = search(op, nin, t, &code);
    }
    if (!found)
        return fail_no_loop(op == OP_LDEXP_L ? OP_LDEXP : op, nin, in, weak);
    if (op == OP_DIVIDE && !dtype_is_inexact(t[0]) && !dtype_is_inexact(t[1]))
        code = 'd'; /* true division of integers, whatever their size */
    if (code == 'e' && op_result(op, DT_FLOAT32) == DT_BOOL)
        code = 'f'; /* signbit: the type in between does not show */
    if (code == 'e')
        return fail(ERR_UNSUPPORTED,
                    "numpy.float16, the type of %s of %s, is in NumPy but not in cnx",
                    ops_info[op].name, dtype_name(t[0]));
    fill_loop(op, dtype_of_code(code), nin, out);
    return OK;
}

OpCode op_power_shortcut(DType base, bool is_int, double exponent)
{
    if (is_int && exponent == 2)
        return OP_SQUARE;
    if (!dtype_is_inexact(base))
        return OP_POWER;
    if (is_int && exponent == -1)
        return OP_RECIPROCAL;
    return !is_int && exponent == 0.5 ? OP_SQRT : OP_POWER;
}
