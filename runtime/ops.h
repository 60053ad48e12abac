/* ops.h -- the table of element-wise operations and NumPy's choice of loops.  Replicated.
 *
 * ops.def lists every op once; enum, table, strip kernels and emitted text come from it.  Nothing
 * else may know an op's types or text.
 */
#ifndef RUNTIME_OPS_H
#define RUNTIME_OPS_H

#include "runtime/dtype.h"

typedef enum OpCode {
#define EW(NAME, name, operands, loops, out, mapped, flags, expr, doc) OP_##NAME,
#include "runtime/ops.def"
#undef EW
    OP_COUNT,
    OP_NONE = -1
} OpCode;

/* How an op's floating-point conditions are found.  HW: from the processor, around the op.  NONE:
 * it has none.  The others judge inputs and results, since the text also computes what the
 * condition must not see; emitted as JUDGE_<rule>_<type>(flags, result, x, y).  Mapped loops add
 * the processor's conditions unless the rule is NONE. */
typedef enum FlagRule {
    RULE_NONE,
    RULE_HW,
    RULE_OVER,     /* invalid: NaN from no NaN; overflow: infinity from finite */
    RULE_EXP,      /* OVER, and underflow: below the normal numbers from finite */
    RULE_SINE,     /* OVER, and underflow: subnormal result */
    RULE_ANGLE,    /* SINE of two operands */
    RULE_POLE,     /* invalid as OVER; divide: infinity from finite */
    RULE_LOG,      /* POLE of a function that is finite above 0 */
    RULE_POW,      /* EXP, but divide where x is 0; integers: negative exponents */
    RULE_LOGADD,   /* OVER, and invalid wherever the result is NaN */
    RULE_FLOORDIV, /* NumPy's floor_divide */
    RULE_INTMOD,   /* invalid as OVER; integers: divide where y is 0 */
    RULE_RECIP,    /* floats: the processor's; integers: divide and invalid where x is 0 */
    RULE_MAPPED,   /* mapped loops: the processor's; others none */
    RULE_COMPARE,  /* complex order: invalid where a NaN is compared */
    RULE_COUNT
} FlagRule;

/* Beside FLAG_DIVIDE ...: an integer power had a negative exponent (NumPy raises ValueError). */
enum { FLAG_NEGATIVE_POWER = 16 };

enum { OP_IN_MAX = 3 };

typedef struct OpInfo {
    const char *name;     /* NumPy's */
    const char *operands; /* a character per operand: '.' or a type's code */
    const char *loops;    /* codes of the loops, in order of search */
    const char *mapped;   /* codes of the loops that are C functions of one element */
    const char *expr;
    const char *doc;
    const char *code; /* "ADD" */
    char out;
    FlagRule rule;
} OpInfo;

extern const OpInfo ops_info[OP_COUNT];

static inline int op_nin(OpCode op)
{
    return (int)strlen(ops_info[op].operands);
}

/* The op of NumPy's name, or OP_NONE.  Aliases (abs, mod, true_divide, conj, bitwise_not, ...) are
 * known. */
OpCode op_find(const char *name);

/* Does `op` have a loop of this type? */
bool op_has_loop(OpCode op, DType loop);
bool op_is_mapped(OpCode op, DType loop);
/* Type of operand k, and of the result, of a loop.  CAST's result is free: the loop's type is
 * answered. */
DType op_operand(OpCode op, DType loop, int k);
DType op_result(OpCode op, DType loop);
/* The hardware's conditions count for this loop. */
bool op_uses_hardware(OpCode op, DType loop);

/* What NumPy would run for a call. */
typedef struct OpLoop {
    OpCode op; /* as asked, or its variant for these types (LESS_IU, LDEXP_L) */
    DType loop, in[OP_IN_MAX], out;
} OpLoop;

/* NumPy's type resolution, NEP 50 included.
 *
 *   in     types of the operands; for a weak one INT64, FLOAT64 or COMPLEX128 after the Python
 * scalar's kind weak   which operands are Python int, float or complex (bool is strong); NULL:
 * none.  That a weak integer fits the loop is the caller's check. out    untouched on error Errors,
 * with NumPy's text: ERR_TYPE, ERR_UFUNC_TYPE (no loop); ERR_UNSUPPORTED where NumPy would answer
 * float16. */
Status op_resolve(OpCode op, const DType in[], const bool weak[], OpLoop *out);

/* The op that array ** scalar runs in place of power, as NumPy 2.3 chooses it from the Python
 * scalar's value: `is_int` tells int from float.  SQUARE, SQRT, RECIPROCAL or POWER. */
OpCode op_power_shortcut(DType base, bool is_int, double exponent);

/* Reference type a weak operand takes beside strong ones of (promoted) type `strong`; DT_NONE: none
 * is strong. */
DType op_weak_type(DType weak, DType strong);

/* "f64" for emitted text; "float64" is dtype_name. */
const char *op_suffix(DType t);
DType dtype_of_code(char code); /* DT_NONE for other codes */

#endif
