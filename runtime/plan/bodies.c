/* bodies.c -- the bodies of one-op statements, made once.  Replicated: a table of pure values. */
#include "runtime/body.h"
#include "runtime/plan/planner.h"

typedef struct BodyKey {
    int16_t op;
    int8_t loop, out, nin, in[STMT_REQS], scalar;
} BodyKey;

enum { BODIES = 1024 };
static struct {
    BodyKey key;
    Body *body;
} bodies[BODIES];

static Body *body_build(OpCode op, DType loop, int nin, const Operand in[], DType out)
{
    Body *b = xmalloc(sizeof *b);
    int src[OP_IN_MAX] = {-1, -1, -1};
    body_init(b);
    for (int k = 0; k < nin; k++)
        src[k] = body_arg(b, in[k].dtype, !in[k].store);
    int v = op == OP_COPY && loop == in[0].dtype && out != loop ? src[0] : body_call(b, op, loop, src);
    v = body_cast(b, v, out);
    body_out(b, v);
    return b;
}

const Body *body_of_op(OpCode op, DType loop, int nin, const Operand in[], DType out)
{
    BodyKey k = {.op = (int16_t)op, .loop = (int8_t)loop, .out = (int8_t)out, .nin = (int8_t)nin};
    unsigned h = (unsigned)op * 131 + (unsigned)loop * 17 + (unsigned)out;
    for (int i = 0; i < nin; i++) {
        k.in[i] = (int8_t)in[i].dtype;
        k.scalar |= (int8_t)(!in[i].store << i);
        h = h * 31 + (unsigned)in[i].dtype * 2 + !in[i].store;
    }
    for (unsigned i = 0;; i++) {
        unsigned slot = (h + i) % BODIES;
        if (!bodies[slot].body || i == 8) {
            free(bodies[slot].body);
            bodies[slot].key = k;
            bodies[slot].body = body_build(op, loop, nin, in, out);
        }
        if (memcmp(&bodies[slot].key, &k, sizeof k) == 0)
            return bodies[slot].body;
    }
}
