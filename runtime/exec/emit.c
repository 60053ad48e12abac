/* emit.c -- a Body as C text over GNU vector types.  Replicated (pure text).
 *
 * An op's line is its `expr` from ops.def with x, y, z replaced by variables and the loop's type
 * added to each helper's name.  Loop body and tail are the same lines with other loads and stores.
 */
#include "runtime/exec/emit.h"

#include <ctype.h>

static int part_size(DType t)
{
    return dtype_size(dtype_real(t));
}

/* Bytes of the widest lane inside an op: integer division of 32 bits and power of float32 go
 * through float64, division of fewer bits through float32. */
static int loop_width(const BodyOp *o)
{
    DType t = (DType)o->loop;
    bool divides = o->op == OP_FLOOR_DIVIDE || o->op == OP_REMAINDER || o->op == OP_FMOD;
    if (divides && dtype_is_integer(t))
        return dtype_size(t) < 4 ? 4 : 8;
    if (o->op == OP_POWER && t == DT_FLOAT32)
        return 8;
    return part_size(t);
}

int emit_lanes(const Body *b, int vector_bytes)
{
    int widest = 1;
    for (int v = 0; v < b->nargs + b->nops; v++)
        if (part_size(body_type(b, v)) > widest)
            widest = part_size(body_type(b, v));
    for (int i = 0; i < b->nops; i++)
        if (loop_width(&b->ops[i]) > widest)
            widest = loop_width(&b->ops[i]);
    return vector_bytes / widest;
}

void emit_prologue(int lanes, Buf *to)
{
    buf_printf(to, "#define LANES %d\n#include \"runtime/exec/prelude.h\"\n\n", lanes);
}

/* `expr` with operands and types filled in: an upper-case name before '(' is a helper. */
static void put_expr(const BodyOp *o, Buf *to)
{
    const char *s = ops_info[o->op].expr, *suffix = op_suffix((DType)o->loop);
    while (*s) {
        const char *word = s;
        while (isalnum((unsigned char)*s) || *s == '_')
            s++;
        if (s == word) {
            buf_putc(to, *s++);
        } else if (*s == '(') {
            buf_printf(to, "%.*s_%s", (int)(s - word), word, suffix);
        } else {
            ASSERT(s - word == 1 && *word >= 'x' && *word <= 'z', "expr of %s",
                   ops_info[o->op].code);
            buf_printf(to, "v%d", o->src[*word - 'x']);
        }
    }
}

static const char *rule_name(FlagRule rule)
{
    static const char *const name[RULE_COUNT] = {
        [RULE_OVER] = "OVER",     [RULE_EXP] = "EXP",           [RULE_SINE] = "SINE",
        [RULE_ANGLE] = "ANGLE",   [RULE_POLE] = "POLE",         [RULE_POW] = "POW",
        [RULE_LOGADD] = "LOGADD", [RULE_FLOORDIV] = "FLOORDIV", [RULE_INTMOD] = "INTMOD",
        [RULE_RECIP] = "RECIP",   [RULE_COMPARE] = "COMPARE",   [RULE_LOG] = "LOG",
    };
    return name[rule];
}

static bool is_judged(const BodyOp *o)
{
    FlagRule rule = ops_info[o->op].rule;
    if (rule == RULE_COMPARE)
        return dtype_is_complex((DType)o->loop);
    return rule != RULE_NONE && rule != RULE_MAPPED &&
           !op_uses_hardware((OpCode)o->op, (DType)o->loop);
}

/* `keep`: the op runs whether its result is used or not, and is not merged with others. */
static void put_op(const BodyOp *o, bool keep, Buf *to)
{
    const char *loop = op_suffix((DType)o->loop);
    buf_printf(to, "        V%s v%d = ", op_suffix((DType)o->out), o->dst);
    if (keep)
        buf_printf(to, "KEEP_%s(", op_suffix((DType)o->out));
    if (o->op == OP_CAST)
        buf_printf(to, "CAST_%s_%s(v%d)", loop, op_suffix((DType)o->out), o->src[0]);
    else
        put_expr(o, to);
    buf_puts(to, keep ? ");\n" : ";\n");
    if (is_judged(o)) {
        buf_printf(to, "        JUDGE_%s_%s(&f, v%d", rule_name(ops_info[o->op].rule), loop,
                   o->dst);
        for (int k = 0; k < op_nin((OpCode)o->op); k++)
            buf_printf(to, ", v%d", o->src[k]);
        buf_puts(to, ");\n");
    }
}

/* The lines for one vector: loads, ops, stores; `tail`: of n < LANES elements. */
static void put_vector(const Body *b, bool tail, Buf *to)
{
    for (int v = 0; v < b->nargs; v++) {
        const char *s = op_suffix(body_type(b, v));
        if (tail)
            buf_printf(to, "        V%s v%d = LDT_%s(p%d, n);\n", s, v, s, v);
        else
            buf_printf(to, "        V%s v%d = LD_%s(p%d);\n        p%d += s%d;\n", s, v, s, v, v,
                       v);
    }
    int index = b->nargs;
    for (int i = 0; i < b->nops; i++) {
        const BodyOp *o = &b->ops[i];
        if (o->op != OP_INDEX) {
            put_op(o, false, to);
            continue;
        }
        buf_printf(to, "        Vi64 v%d = INDEX_i64(i%d, s%d);\n", o->dst, index, index);
        if (!tail)
            buf_printf(to, "        i%d += s%d * LANES;\n", index, index);
        index++;
    }
    for (int k = 0; k < b->nouts; k++) {
        const char *s = op_suffix(body_type(b, b->outs[k]));
        if (tail)
            buf_printf(to, "        STT_%s(q%d, n, v%d);\n", s, k, b->outs[k]);
        else
            buf_printf(to, "        ST_%s(q%d, v%d);\n        q%d += sizeof v%d;\n", s, k,
                       b->outs[k], k, b->outs[k]);
    }
}

static void put_pointers(const Body *b, Buf *to)
{
    for (int v = 0; v < b->nargs; v++)
        buf_printf(to,
                   "    const char *p%d = in[%d];\n"
                   "    const int64_t s%d = fixed >> %d & 1 ? 0 : (int64_t)sizeof(V%s);\n",
                   v, v, v, v, op_suffix(body_type(b, v)));
    int index = b->nargs;
    for (int i = 0; i < b->nops; i++)
        if (b->ops[i].op == OP_INDEX) {
            buf_printf(to,
                       "    int64_t i%d = *(const int64_t *)in[%d], s%d = !(fixed >> %d & 1);\n",
                       index, index, index, index);
            index++;
        }
    for (int k = 0; k < b->nouts; k++)
        buf_printf(to, "    char *q%d = out[%d];\n", k, k);
}

Status emit_kernel(const Body *b, const char *name, Buf *to)
{
    bool judged = false;
    for (int i = 0; i < b->nops; i++) {
        if (op_is_mapped((OpCode)b->ops[i].op, (DType)b->ops[i].loop))
            return fail(ERR_UNSUPPORTED, "body: %s of %s has no vector text",
                        ops_info[b->ops[i].op].code, dtype_name((DType)b->ops[i].loop));
        judged |= is_judged(&b->ops[i]);
    }
    buf_printf(to,
               "void %s(int64_t n, void *const out[], const void *const in[], unsigned fixed, int "
               "*flags)\n{\n",
               name);
    put_pointers(b, to);
    if (judged)
        buf_puts(to, "    int f = 0;\n");
    buf_puts(to, "    for (; n >= LANES; n -= LANES) {\n");
    put_vector(b, false, to);
    buf_puts(to, "    }\n    if (n > 0) {\n");
    put_vector(b, true, to);
    buf_puts(to, "    }\n");
    if (judged)
        buf_puts(to, "    *flags |= f;\n");
    buf_puts(to, "}\n\n");
    return OK;
}

static const char *c_type(DType t)
{
    static const char *const name[DT_COUNT] = {
#define DT(NAME, name, ctype, size, kind, code) [DT_##NAME] = #ctype,
#include "runtime/dtype.def"
#undef DT
    };
    return name[t];
}

void emit_mapped(OpCode op, DType loop, const char *name, Buf *to)
{
    int nin = op_nin(op);
    buf_printf(to,
               "void %s(int64_t n, void *const out[], const void *const in[], unsigned fixed, int "
               "*flags)\n{\n",
               name);
    for (int k = 0; k < nin; k++)
        buf_printf(to, "    const %s *p%d = in[%d];\n    int64_t s%d = !(fixed >> %d & 1);\n",
                   c_type(op_operand(op, loop, k)), k, k, k, k);
    buf_printf(to,
               "    %s *q = out[0];\n    for (int64_t i = 0; i < n; i++)\n        q[i] = M_%s_%s(",
               c_type(op_result(op, loop)), ops_info[op].code, op_suffix(loop));
    for (int k = 0; k < nin; k++)
        buf_printf(to, "p%d[i * s%d], ", k, k);
    buf_puts(to, "flags);\n}\n\n");
}

/* ---- a body over rows ---- */

/* Its conditions are the processor's. */
static bool is_kept(const BodyOp *o)
{
    return (dtype_is_inexact((DType)o->loop) || dtype_is_inexact((DType)o->out)) &&
           op_uses_hardware((OpCode)o->op, (DType)o->loop);
}

bool emit_may_raise(const Body *b)
{
    for (int i = 0; i < b->nops; i++)
        if (is_judged(&b->ops[i]) || is_kept(&b->ops[i]) ||
            op_is_mapped((OpCode)b->ops[i].op, (DType)b->ops[i].loop))
            return true;
    return false;
}

bool emit_calls(const Body *b)
{
    for (int i = 0; i < b->nops; i++)
        if (op_is_mapped((OpCode)b->ops[i].op, (DType)b->ops[i].loop))
            return true;
    return false;
}

/* A mapped loop runs on arrays of one vector. */
static void put_call(const BodyOp *o, int op, Buf *to)
{
    int nin = op_nin((OpCode)o->op);
    buf_printf(to, "        V%s v%d;\n        {\n            A64 char r[sizeof v%d]",
               op_suffix((DType)o->out), o->dst, o->dst);
    for (int k = 0; k < nin; k++)
        buf_printf(to, ", x%d[sizeof v%d]", k, o->src[k]);
    buf_puts(to, ";\n            void *const out[] = {r};\n            const void *const in[] = {");
    for (int k = 0; k < nin; k++)
        buf_printf(to, k ? ", x%d" : "x%d", k);
    buf_puts(to, "};\n");
    for (int k = 0; k < nin; k++)
        buf_printf(to, "            ST_%s(x%d, v%d);\n",
                   op_suffix(op_operand((OpCode)o->op, (DType)o->loop, k)), k, o->src[k]);
    buf_printf(to,
               "            call[%d](LANES, out, in, 0, &f);\n"
               "            v%d = LD_%s(r);\n        }\n",
               op, o->dst, op_suffix((DType)o->out));
}

/* Loads, ops and stores of one vector at element i; `tail`: of n - i < LANES elements. */
static void put_row_vector(const Body *b, const RowForm *form, bool tail, Buf *to)
{
    int index = 0;
    for (int v = 0; v < b->nargs; v++) {
        const char *s = op_suffix(body_type(b, v));
        if (!(form->fixed >> v & 1))
            buf_printf(to, "        V%s v%d = LD%s_%s(p%d + i * %d%s);\n", s, v, tail ? "T" : "", s,
                       v, dtype_size(body_type(b, v)), tail ? ", n - i" : "");
        if (form->kept >> v & 1)
            buf_printf(to, "        ST%s_%s(r%d + i * %d, %sv%d);\n", tail ? "T" : "", s, v,
                       dtype_size(body_type(b, v)), tail ? "n - i, " : "", v);
    }
    for (int i = 0; i < b->nops; i++) {
        const BodyOp *o = &b->ops[i];
        if (o->op == OP_INDEX) {
            if (form->along >> index & 1)
                buf_printf(to, "        Vi64 v%d = x%d + i;\n", o->dst, index);
            index++;
        } else if (op_is_mapped((OpCode)o->op, (DType)o->loop)) {
            put_call(o, i, to);
        } else {
            put_op(o, is_kept(o), to);
        }
    }
    for (int k = 0; k < b->nouts; k++) {
        DType t = body_type(b, b->outs[k]);
        buf_printf(to, "        ST%s_%s(q%d + i * %d, %sv%d);\n", tail ? "T" : "", op_suffix(t), k,
                   dtype_size(t), tail ? "n - i, " : "", b->outs[k]);
    }
}

/* Before a row: what does not vary along it. */
static void put_row_start(const Body *b, const RowForm *form, Buf *to)
{
    int index = 0;
    for (int v = 0; v < b->nargs; v++)
        if (form->fixed >> v & 1)
            buf_printf(to, "        V%s v%d = LDF_%s(p%d);\n", op_suffix(body_type(b, v)), v,
                       op_suffix(body_type(b, v)), v);
    for (int i = 0; i < b->nops; i++) {
        if (b->ops[i].op != OP_INDEX)
            continue;
        if (form->along >> index & 1)
            buf_printf(to, "        Vi64 x%d = INDEX_i64(i%d, 1);\n", index, index);
        else
            buf_printf(to, "        Vi64 v%d = INDEX_i64(i%d, 0);\n", b->ops[i].dst, index);
        index++;
    }
}

void emit_rows(const Body *b, const RowForm *form, const char *name, Buf *to)
{
    int nindex = 0;
    for (int i = 0; i < b->nops; i++)
        nindex += b->ops[i].op == OP_INDEX;
    buf_printf(to,
               "#define A64 __attribute__((aligned(64)))\n"
               "typedef void Call(int64_t, void *const[], const void *const[], unsigned, int *);\n"
               "int %s(int64_t rows, int64_t n, char *const at[], const int64_t step[],\n"
               "    const int64_t index[], Call *const call[])\n{\n    int f = 0;\n",
               name);
    for (int v = 0; v < b->nargs; v++)
        buf_printf(to, "    const char *p%d = at[%d];\n", v, v);
    for (int k = 0; k < b->nouts; k++)
        buf_printf(to, "    char *q%d = at[%d];\n", k, b->nargs + k);
    for (int v = 0, k = b->nargs + b->nouts; v < b->nargs; v++)
        if (form->kept >> v & 1)
            buf_printf(to, "    char *r%d = at[%d];\n", v, k++);
    for (int k = 0; k < nindex; k++)
        buf_printf(to, "    int64_t i%d = index[%d];\n", k, 2 * k);
    buf_puts(to, "    for (;;) {\n        int64_t i = 0;\n");
    put_row_start(b, form, to);
    buf_puts(to, "        for (; i + LANES <= n; i += LANES) {\n");
    put_row_vector(b, form, false, to);
    buf_puts(to, "        }\n        if (i < n) {\n");
    put_row_vector(b, form, true, to);
    buf_puts(to, "        }\n        if (--rows <= 0)\n            return f;\n");
    for (int v = 0; v < b->nargs; v++)
        buf_printf(to, "        p%d += step[%d];\n", v, v);
    for (int k = 0; k < b->nouts; k++)
        buf_printf(to, "        q%d += step[%d];\n", k, b->nargs + k);
    for (int v = 0; v < b->nargs; v++)
        if (form->kept >> v & 1)
            buf_printf(to, "        r%d += n * %d;\n", v, dtype_size(body_type(b, v)));
    for (int k = 0; k < nindex; k++)
        buf_printf(to, "        i%d += index[%d];\n", k, 2 * k + 1);
    buf_puts(to, "    }\n}\n");
}
