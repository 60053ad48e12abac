/* operands.c -- operands that are no numbers, and what NumPy says about them.  Replicated.
 *
 * Arrays here hold numbers only.  Text and objects reach a ufunc all the same: NumPy would make
 * arrays of them and then fail in a way that depends on the ufunc, which is told apart here.
 */
#include "stdlib/numpy/ufunc.h"

#include "interp/objects.h"

Foreign operand_foreign(Value v)
{
    if (v.tag != TAG_OBJ)
        return v.tag == TAG_BOOL || v.tag == TAG_INT || v.tag == TAG_FLOAT ? FOREIGN_NO
                                                                           : FOREIGN_OBJECT;
    if (is_array(v) || is_npscalar(v) || is_list(v) || is_tuple(v) || is_int(v) || is_float(v) ||
        is_complex(v))
        return FOREIGN_NO;
    if (is_str(v))
        return FOREIGN_STR;
    if (is_exact(v, &type_range) || (type_of(v)->len && type_of(v)->getitem && !is_dict(v)))
        return FOREIGN_NO;
    return FOREIGN_OBJECT;
}

static DType dtype_of_value(Value v)
{
    if (is_array(v))
        return array_dtype(v);
    if (is_npscalar(v))
        return as_npscalar(v)->dtype;
    if (v.tag == TAG_BOOL)
        return DT_BOOL;
    if (is_float(v))
        return DT_FLOAT64;
    return is_complex(v) ? DT_COMPLEX128 : DT_INT64;
}

/* The Python class of an element, as object loops meet it. */
static const char *element_class(Value v)
{
    if (operand_foreign(v) == FOREIGN_OBJECT)
        return type_of(v)->name;
    switch (dtype_kind(dtype_of_value(v))) {
    case 'b':
        return "bool";
    case 'f':
        return "float";
    case 'c':
        return "complex";
    default:
        return "int";
    }
}

static void string_dtype(Value v, char text[48])
{
    if (operand_foreign(v) == FOREIGN_STR)
        snprintf(text, 48, "dtype('<U%lld')", (long long)int64_max(v.s->n, 1));
    else
        snprintf(text, 48, "dtype('%s')", dtype_name(dtype_of_value(v)));
}

static void class_dtype(Value v, char text[48])
{
    static const char *const names[DT_COUNT] = {
        "Bool",  "Int8",   "UInt8",   "Int16",   "UInt16",    "Int32",     "UInt32",
        "Int64", "UInt64", "Float32", "Float64", "Complex64", "Complex128"};
    const char *name = operand_foreign(v) == FOREIGN_STR ? "Str" : names[dtype_of_value(v)];
    snprintf(text, 48, "<class 'numpy.dtypes.%sDType'>", name);
}

bool op_is_comparison(OpCode op)
{
    return op >= OP_EQUAL && op <= OP_GREATER_EQUAL;
}

/* NumPy tells text from the other absent loops by how the ufunc looks for its loop. */
Value raise_text_operand(OpCode op, int nin, const Value in[])
{
    static const OpCode promoting[] = {OP_ADD, OP_SUBTRACT, OP_FMAX,    OP_FMIN,
                                       OP_GCD, OP_LCM,      OP_MAXIMUM, OP_MINIMUM};
    static const OpCode exact[] = {OP_ABSOLUTE, OP_NEGATIVE, OP_POSITIVE, OP_SIGN};
    const char *name = ops_info[op].name;
    char t[2][48];
    if (op == OP_MULTIPLY)
        return raise_fmt(
            &exc_TypeError,
            "The 'out' kwarg is necessary when using the string multiply ufunc directly. Use "
            "numpy.strings.multiply to multiply strings without specifying 'out'.");
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (op == exact[i])
            return raise_fmt(&exc_UFuncNoLoopError,
                             "ufunc '%s' did not contain a loop with signature matching types "
                             "<class 'numpy.dtypes.StrDType'> -> None",
                             name);
    bool dtypes = false;
    for (size_t i = 0; i < sizeof promoting / sizeof *promoting; i++)
        dtypes |= op == promoting[i];
    if (nin == 2 && (dtypes || op_is_comparison(op))) {
        for (int k = 0; k < 2; k++)
            dtypes ? string_dtype(in[k], t[k]) : class_dtype(in[k], t[k]);
        return raise_fmt(
            &exc_UFuncNoLoopError,
            "ufunc '%s' did not contain a loop with signature matching types (%s, %s) -> None",
            name, t[0], t[1]);
    }
    return raise_fmt(&exc_TypeError,
                     "ufunc '%s' not supported for the input types, and the inputs could not be "
                     "safely coerced to any supported "
                     "types according to the casting rule ''safe''",
                     name);
}

/* The operator an object loop applies to each element. */
static const char *op_symbol(OpCode op)
{
    switch (op) {
    case OP_ADD:
        return "+";
    case OP_SUBTRACT:
        return "-";
    case OP_MULTIPLY:
        return "*";
    case OP_DIVIDE:
        return "/";
    case OP_FLOOR_DIVIDE:
        return "//";
    case OP_REMAINDER:
        return "%";
    case OP_POWER:
        return "** or pow()";
    case OP_DIVMOD:
        return "divmod()";
    case OP_LEFT_SHIFT:
        return "<<";
    case OP_RIGHT_SHIFT:
        return ">>";
    case OP_BITWISE_AND:
        return "&";
    case OP_BITWISE_OR:
        return "|";
    case OP_BITWISE_XOR:
        return "^";
    case OP_NEGATIVE:
        return "unary -";
    case OP_POSITIVE:
        return "unary +";
    case OP_INVERT:
        return "unary ~";
    case OP_ABSOLUTE:
        return "abs()";
    case OP_LESS:
        return "<";
    case OP_LESS_EQUAL:
    case OP_MINIMUM:
    case OP_FMIN:
        return "<=";
    case OP_GREATER:
        return ">";
    case OP_GREATER_EQUAL:
    case OP_MAXIMUM:
    case OP_FMAX:
        return ">=";
    default:
        return NULL;
    }
}

static Value raise_object_operand(OpCode op, int nin, const Value in[])
{
    for (int k = 0; k < nin; k++)
        if (operand_foreign(in[k]) == FOREIGN_OBJECT && type_of(in[k])->flags & TYPE_HEAP)
            return raise_unsupported("an array of objects", "NumPy");
    const char *symbol = op_symbol(op), *name = ops_info[op].name;
    if (nin == 2 &&
        (op_is_comparison(op) || op == OP_MINIMUM || op == OP_MAXIMUM || op == OP_FMIN ||
         op == OP_FMAX) &&
        symbol)
        return raise_fmt(&exc_TypeError, "'%s' not supported between instances of '%s' and '%s'",
                         symbol, element_class(in[0]), element_class(in[1]));
    bool arrays = op == OP_DIVMOD && (is_array(in[0]) || is_array(in[1])); /* has no object loop */
    if (nin == 2 && symbol && !arrays)
        return raise_fmt(&exc_TypeError, "unsupported operand type(s) for %s: '%s' and '%s'",
                         symbol, element_class(in[0]), element_class(in[1]));
    if (nin == 1 && symbol)
        return raise_fmt(&exc_TypeError, "bad operand type for %s: '%s'", symbol,
                         element_class(in[0]));
    if (nin == 1 && strchr(ops_info[op].loops, 'e') && ops_info[op].out == '.')
        return raise_fmt(
            &exc_TypeError,
            "loop of ufunc does not support argument 0 of type %s which has no callable %s method",
            element_class(in[0]), name);
    return raise_fmt(&exc_TypeError,
                     "ufunc '%s' not supported for the input types, and the inputs could not be "
                     "safely coerced to any supported "
                     "types according to the casting rule ''safe''",
                     name);
}

/* NumPy would make an array of objects: an operand is one, none is text. */
bool object_result(OpCode op, int nin, const Value in[])
{
    bool object = false;
    for (int k = 0; k < nin; k++) {
        Foreign f = operand_foreign(in[k]);
        if (f == FOREIGN_STR || (f == FOREIGN_OBJECT && type_of(in[k])->flags & TYPE_HEAP))
            return false;
        object |= f == FOREIGN_OBJECT;
    }
    return object && op_symbol(op) && !op_is_comparison(op);
}

/* 0 when all operands are numbers or arrays, else the exception is set. */
bool operands_known(OpCode op, int nin, const Value in[])
{
    for (int k = 0; k < nin; k++) {
        Foreign f = operand_foreign(in[k]);
        if (f == FOREIGN_STR) {
            raise_text_operand(op, nin, in);
            return false;
        }
        if (f == FOREIGN_OBJECT) {
            raise_object_operand(op, nin, in);
            return false;
        }
    }
    return true;
}
