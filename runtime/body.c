/* body.c -- building, printing, parsing, hashing and checking bodies.  Replicated.
 *
 * Bytes not in use stay zero (body_init), so hash and comparison go over the counted parts alone.
 */
#include "runtime/body.h"

void body_init(Body *b)
{
    memset(b, 0, sizeof *b);
}

int body_arg(Body *b, DType t, bool scalar)
{
    if (b->nargs == BODY_ARG_MAX)
        return -1;
    ASSERT(b->nops == 0, "inputs come first, nops=%d", b->nops);
    b->args[b->nargs] = (BodyArg){.dtype = (int8_t)t, .scalar = scalar};
    return b->nargs++;
}

static int append(Body *b, OpCode op, DType loop, DType out, int x, int y, int z)
{
    if (b->nops == BODY_OP_MAX || (x < 0 && op_nin(op) > 0))
        return -1;
    BodyOp *o = &b->ops[b->nops];
    *o = (BodyOp){.op = (uint16_t)op,
                  .loop = (int8_t)loop,
                  .out = (int8_t)out,
                  .dst = (int16_t)(b->nargs + b->nops),
                  .src = {(int16_t)x, (int16_t)y, (int16_t)z}};
    b->nops++;
    return o->dst;
}

int body_op(Body *b, OpCode op, DType loop, int x, int y, int z)
{
    int nin = op_nin(op);
    if ((nin > 1 && y < 0) || (nin > 2 && z < 0))
        return -1; /* an operand did not fit */
    return append(b, op, loop, op_result(op, loop), x, nin > 1 ? y : -1, nin > 2 ? z : -1);
}

DType body_type(const Body *b, int v)
{
    return v < b->nargs ? (DType)b->args[v].dtype : (DType)b->ops[v - b->nargs].out;
}

int body_cast(Body *b, int x, DType to)
{
    if (x < 0)
        return -1;
    DType from = body_type(b, x);
    return from == to ? x : append(b, OP_CAST, from, to, x, -1, -1);
}

bool body_is_copy(const Body *b, int first, int k)
{
    int from = b->ops[k].src[0] - b->nargs;
    if (b->ops[k].op != OP_CAST)
        return false;
    return from < first || b->ops[from].op == OP_CAST || b->ops[from].op == OP_COPY;
}

int body_index(Body *b, int axis)
{
    return append(b, OP_INDEX, DT_INT64, DT_INT64, axis, -1, -1);
}

int body_out(Body *b, int v)
{
    if (v < 0 || b->nouts == BODY_OUT_MAX)
        return -1;
    b->outs[b->nouts] = (int16_t)v;
    return b->nouts++;
}

bool body_uses_index(const Body *b)
{
    for (int i = 0; i < b->nops; i++)
        if (b->ops[i].op == OP_INDEX)
            return true;
    return false;
}

int body_call(Body *b, OpCode op, DType loop, const int src[])
{
    int v[OP_IN_MAX] = {-1, -1, -1};
    for (int k = 0; k < op_nin(op); k++)
        if ((v[k] = body_cast(b, src[k], op_operand(op, loop, k))) < 0)
            return -1;
    return body_op(b, op, loop, v[0], v[1], v[2]);
}

int body_range(Body *b, int axis, DType t, int start, int step)
{
    int i = body_cast(b, body_index(b, axis), t);
    return body_op(b, OP_ADD, t, start, body_op(b, OP_MULTIPLY, t, i, step, -1), -1);
}

int body_linspace(Body *b, int axis, int start, int step, int last, int stop)
{
    int i = body_index(b, axis);
    int x = body_op(b, OP_MULTIPLY, DT_FLOAT64, body_cast(b, i, DT_FLOAT64), step, -1);
    x = body_op(b, OP_ADD, DT_FLOAT64, x, start, -1);
    int at_end = body_op(b, OP_EQUAL, DT_INT64, i, last, -1);
    return body_op(b, OP_WHERE, DT_FLOAT64, at_end, stop, x);
}

int body_eye(Body *b, int row_axis, int column_axis, int k)
{
    int row = body_index(b, row_axis), column = body_index(b, column_axis);
    return body_op(b, OP_EQUAL, DT_INT64, body_op(b, OP_SUBTRACT, DT_INT64, column, row, -1), k,
                   -1);
}

/* ---- text ---- */

void body_print(const Body *b, Buf *to)
{
    for (int v = 0; v < b->nargs; v++)
        buf_printf(to, "v%d = arg %s%s\n", v, dtype_name((DType)b->args[v].dtype),
                   b->args[v].scalar ? " scalar" : "");
    for (int i = 0; i < b->nops; i++) {
        const BodyOp *o = &b->ops[i];
        buf_printf(to, "v%d = %s", o->dst, ops_info[o->op].code);
        if (o->op == OP_INDEX) {
            buf_printf(to, " %d\n", o->src[0]);
            continue;
        }
        buf_printf(to, " %s", dtype_name((DType)o->loop));
        if (o->op == OP_CAST)
            buf_printf(to, " %s", dtype_name((DType)o->out));
        for (int k = 0; k < op_nin((OpCode)o->op); k++)
            buf_printf(to, " v%d", o->src[k]);
        buf_putc(to, '\n');
    }
    for (int k = 0; k < b->nouts; k++)
        buf_printf(to, "out v%d\n", b->outs[k]);
}

/* A cursor over one body's text. */
typedef struct Text {
    const char *at;
    bool bad;
} Text;

static void take_word(Text *t, char word[32])
{
    int n = 0;
    while (*t->at == ' ')
        t->at++;
    while (*t->at && *t->at != ' ' && *t->at != '\n' && n < 31)
        word[n++] = *t->at++;
    word[n] = 0;
    t->bad |= n == 0;
}

static int take_number(Text *t, const char *prefix)
{
    char word[32], *end;
    size_t skip = strlen(prefix);
    take_word(t, word);
    if (strncmp(word, prefix, skip)) {
        t->bad = true;
        return 0;
    }
    long n = strtol(word + skip, &end, 10);
    t->bad |= *end || end == word + skip || n < 0 || n > 1000;
    return t->bad ? 0 : (int)n;
}

static DType take_dtype(Text *t)
{
    char word[32];
    take_word(t, word);
    for (int d = 0; d < DT_COUNT; d++)
        if (!strcmp(dtype_name((DType)d), word))
            return (DType)d;
    t->bad = true;
    return DT_BOOL;
}

static void parse_op(Text *t, const char *code, Body *b)
{
    int op = 0;
    while (op < OP_COUNT && strcmp(ops_info[op].code, code))
        op++;
    if (op == OP_COUNT) {
        t->bad = true;
        return;
    }
    if (op == OP_INDEX) {
        t->bad |= body_index(b, take_number(t, "")) < 0;
        return;
    }
    DType loop = take_dtype(t), out = op == OP_CAST ? take_dtype(t) : op_result((OpCode)op, loop);
    int src[OP_IN_MAX] = {-1, -1, -1};
    for (int k = 0; k < op_nin((OpCode)op); k++)
        src[k] = take_number(t, "v");
    t->bad |= append(b, (OpCode)op, loop, out, src[0], src[1], src[2]) < 0;
}

static void parse_line(Text *t, Body *b)
{
    char word[32];
    if (!strncmp(t->at, "out ", 4)) {
        t->at += 4;
        t->bad |= body_out(b, take_number(t, "v")) < 0;
        return;
    }
    t->bad |= take_number(t, "v") != b->nargs + b->nops;
    take_word(t, word);
    t->bad |= strcmp(word, "=") != 0;
    take_word(t, word);
    if (strcmp(word, "arg")) {
        parse_op(t, word, b);
        return;
    }
    DType d = take_dtype(t);
    bool scalar = !strncmp(t->at, " scalar", 7);
    t->at += scalar ? 7 : 0;
    if (b->nops || body_arg(b, d, scalar) < 0)
        t->bad = true;
}

Status body_parse(const char *text, Body *b)
{
    Text t = {.at = text};
    int line = 0;
    body_init(b);
    while (*t.at && !t.bad) {
        line++;
        parse_line(&t, b);
        t.bad |= *t.at != '\n';
        t.at += *t.at == '\n';
    }
    if (t.bad)
        return fail(ERR_VALUE, "body: line %d is not understood", line);
    return body_check(b);
}

/* ---- value ---- */

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

uint64_t body_hash(const Body *b)
{
    uint64_t h = 0xcbf29ce484222325u;
    int counts[3] = {b->nargs, b->nops, b->nouts};
    h = mix(h, counts, sizeof counts);
    h = mix(h, b->args, (size_t)b->nargs * sizeof *b->args);
    h = mix(h, b->ops, (size_t)b->nops * sizeof *b->ops);
    return mix(h, b->outs, (size_t)b->nouts * sizeof *b->outs);
}

bool body_same(const Body *a, const Body *b)
{
    return a->nargs == b->nargs && a->nops == b->nops && a->nouts == b->nouts &&
           !memcmp(a->args, b->args, (size_t)a->nargs * sizeof *a->args) &&
           !memcmp(a->ops, b->ops, (size_t)a->nops * sizeof *a->ops) &&
           !memcmp(a->outs, b->outs, (size_t)a->nouts * sizeof *a->outs);
}

static Status check_op(const Body *b, int i)
{
    const BodyOp *o = &b->ops[i];
    if (o->op >= OP_COUNT || o->loop < 0 || o->loop >= DT_COUNT || o->out < 0 ||
        o->out >= DT_COUNT || !op_has_loop((OpCode)o->op, (DType)o->loop))
        return fail(ERR_VALUE, "body: op %d has no such loop", i);
    OpCode op = (OpCode)o->op;
    if (op == OP_DIVMOD)
        return fail(ERR_VALUE, "body: op %d: divmod is two ops", i);
    if (o->dst != b->nargs + i)
        return fail(ERR_VALUE, "body: op %d defines v%d", i, o->dst);
    if (op != OP_CAST && o->out != (int8_t)op_result(op, (DType)o->loop))
        return fail(ERR_VALUE, "body: op %d (%s) cannot give %s", i, ops_info[op].code,
                    dtype_name((DType)o->out));
    if (op == OP_INDEX)
        return o->src[0] >= 0 && o->src[0] < NDIM_MAX
                   ? OK
                   : fail(ERR_VALUE, "body: op %d: axis %d", i, o->src[0]);
    for (int k = 0; k < op_nin(op); k++) {
        if (o->src[k] < 0 || o->src[k] >= o->dst)
            return fail(ERR_VALUE, "body: op %d reads v%d", i, o->src[k]);
        DType want = op_operand(op, (DType)o->loop, k), have = body_type(b, o->src[k]);
        if (want != have)
            return fail(ERR_VALUE, "body: op %d (%s) reads v%d of %s as %s", i, ops_info[op].code,
                        o->src[k], dtype_name(have), dtype_name(want));
    }
    return OK;
}

Status body_check(const Body *b)
{
    if (b->nargs < 0 || b->nargs > BODY_ARG_MAX || b->nops < 1 || b->nops > BODY_OP_MAX ||
        b->nouts < 1 || b->nouts > BODY_OUT_MAX)
        return fail(ERR_VALUE, "body: %d inputs, %d ops, %d outputs", b->nargs, b->nops, b->nouts);
    for (int v = 0; v < b->nargs; v++)
        if (b->args[v].dtype < 0 || b->args[v].dtype >= DT_COUNT)
            return fail(ERR_VALUE, "body: v%d has no type", v);
    for (int i = 0; i < b->nops; i++)
        TRY(check_op(b, i));
    for (int k = 0; k < b->nouts; k++)
        if (b->outs[k] < b->nargs || b->outs[k] >= b->nargs + b->nops)
            return fail(ERR_VALUE, "body: output %d is v%d, which no op defines", k, b->outs[k]);
    return OK;
}
