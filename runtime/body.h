/* body.h -- a fused group of element-wise operations: typed, one variable per op, no control flow.
 * Replicated.
 *
 * A Body is a plain value, copied freely.  Variables are numbered: 0 to nargs-1 are the inputs,
 * nargs+i is the result of ops[i].  CAST is an op (loop: from, out: to); an op's operands have
 * exactly the types its loop asks for.
 *
 * Invariant (body_check): every op reads variables of smaller number, and types agree.  A result
 * may be unused.
 *
 * Generators have no inputs of their own: INDEX gives the logical index along an axis as int64, and
 * arange, linspace and eye are written with it (body_range, ...), so every executor makes the same
 * bits.
 */
#ifndef RUNTIME_BODY_H
#define RUNTIME_BODY_H

#include "runtime/ops.h"

enum { BODY_ARG_MAX = 32, BODY_OP_MAX = 64, BODY_OUT_MAX = 16 };

typedef struct BodyOp {
    uint16_t op;
    int8_t loop, out;       /* DType */
    int16_t dst;            /* nargs + its own position */
    int16_t src[OP_IN_MAX]; /* -1: none; of INDEX: src[0] is the axis */
} BodyOp;

typedef struct BodyArg {
    int8_t dtype;
    bool scalar; /* one value for the whole body, rebound at each run */
} BodyArg;

typedef struct Body {
    int nargs, nops, nouts;
    BodyArg args[BODY_ARG_MAX];
    BodyOp ops[BODY_OP_MAX];
    int16_t outs[BODY_OUT_MAX]; /* variable written to output k; never an input (use COPY) */
} Body;

void body_init(Body *b);
/* All inputs are added before the first op. Each answers the variable, or -1 when the body is full.
 */
int body_arg(Body *b, DType t, bool scalar);
int body_op(Body *b, OpCode op, DType loop, int x, int y, int z);
int body_cast(Body *b, int x, DType to); /* x itself when it has that type */
int body_index(Body *b, int axis);
/* Makes variable v the next output; answers its number, or -1. */
int body_out(Body *b, int v);
DType body_type(const Body *b, int v);
/* Is op k, of a statement whose ops begin at `first`, a conversion by itself?  That of a result is
 * part of the op that made it, its conditions too. */
bool body_is_copy(const Body *b, int first, int k);
bool body_uses_index(const Body *b);

/* `op` on variables of any types: casts operands to `loop` (op and loop as op_resolve gave them).
 */
int body_call(Body *b, OpCode op, DType loop, const int src[]);

/* start + index * step, as np.arange fills it; start and step are variables of type t (int64,
 * float64, ...). */
int body_range(Body *b, int axis, DType t, int start, int step);
/* np.linspace's rule in float64: start + index * step; where `last` (an int64 variable) is not -1,
 * the element of that index is `stop` exactly.  A step of 0 is the caller's case: NumPy then scales
 * by the index. */
int body_linspace(Body *b, int axis, int start, int step, int last, int stop);
/* 1 where column - row == k (an int64 variable), else 0, as bool. */
int body_eye(Body *b, int row_axis, int column_axis, int k);

/* Text, one line a variable: "v0 = arg float64", "v1 = arg float64 scalar", "v2 = add float64 v0
 * v1", "v3 = cast float64 float32 v2", "v4 = index 0", "out v3". */
void body_print(const Body *b, Buf *to);
/* Errors: ERR_VALUE for text that body_print cannot have made; *b undefined. */
Status body_parse(const char *text, Body *b);
uint64_t body_hash(const Body *b);
bool body_same(const Body *a, const Body *b);
/* The invariant; ERR_VALUE names the first op that breaks it. */
Status body_check(const Body *b);

#endif
