/* bodies.c -- the bodies of one-op statements, made once.  Replicated: a table of pure values.
 *
 * Statements in the window point at bodies, so that none is ever dropped; there are only as many as
 * ops and types pair.
 */
#include "runtime/body.h"
#include "runtime/plan/planner.h"

typedef struct BodyKey {
    int16_t op;
    int8_t loop, out, nin, in[STMT_REQS], scalar;
} BodyKey;

typedef struct BodyEntry {
    BodyKey key;
    unsigned hash;
    Body *body;
} BodyEntry;
static BodyEntry *bodies;
static unsigned nslots, nbodies; /* nslots is a power of two, at most half full */

static Body *body_build(OpCode op, DType loop, int nin, const Operand in[], DType out)
{
    Body *b = xmalloc(sizeof *b);
    int src[OP_IN_MAX] = {-1, -1, -1};
    body_init(b);
    for (int k = 0; k < nin; k++)
        src[k] = body_arg(b, in[k].dtype, !in[k].store);
    int v =
        op == OP_COPY && loop == in[0].dtype && out != loop ? src[0] : body_call(b, op, loop, src);
    v = body_cast(b, v, out);
    body_out(b, v);
    return b;
}

/* The entry of a key, or the free one where it belongs. */
static BodyEntry *body_slot(const BodyKey *k, unsigned hash)
{
    unsigned i = hash & (nslots - 1);
    while (bodies[i].body && memcmp(&bodies[i].key, k, sizeof *k) != 0)
        i = (i + 1) & (nslots - 1);
    return &bodies[i];
}

static void bodies_grow(void)
{
    BodyEntry *old = bodies;
    unsigned n = nslots;
    nslots = n ? 2 * n : 512;
    bodies = xcalloc(nslots, sizeof *bodies);
    for (unsigned i = 0; i < n; i++)
        if (old[i].body)
            *body_slot(&old[i].key, old[i].hash) = old[i];
    free(old);
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
    h *= 2654435761u;
    if (2 * nbodies >= nslots)
        bodies_grow();
    BodyEntry *e = body_slot(&k, h);
    if (!e->body) {
        e->key = k;
        e->hash = h;
        e->body = body_build(op, loop, nin, in, out);
        nbodies++;
    }
    return e->body;
}
