/* supers.c -- chains of ops that strips run by one kernel.  Local.
 *
 * A chain's inner results are read by the next op of the chain alone and are no outputs; it runs
 * where its last op stands.  Its ops' conditions come mixed: a strip that leaves some is run once
 * more op by op, which tells whose they were.
 *
 * Invariant: what a chain reads is not where it writes, so its strip can run again.
 */
#include "runtime/exec/strip_run.h"

/* Op i as step k, counted from the last, of a chain: the op before it, or -1 when it is not the
 * step. */
static bool is_step(const Run *r, const SuperInfo *s, int k, int i)
{
    const BodyOp *o = &r->body->ops[i];
    return o->op == s->step[k].op && o->loop == r->body->ops[i].out && r->chain[i] == CHAIN_ALONE;
}

/* The ops of a chain that ends in op i, the first one first; false when there is none. */
static bool match(const Run *r, const SuperInfo *s, int i, const int16_t uses[], int ops[])
{
    const Body *b = r->body;
    DType t = (DType)b->ops[i].loop;
    for (int k = s->n - 1; k >= 0; k--) {
        if (i < 0 || !is_step(r, s, k, i) || b->ops[i].loop != (int)t)
            return false;
        ops[k] = i;
        if (k > 0) {
            i = b->ops[i].src[s->step[k].from] - b->nargs;
            if (i < 0 || uses[b->nargs + i] != 1)
                return false;
        }
    }
    return true;
}

/* The ops of op i's chain, the first one first. */
static void chain_ops(const Run *r, int i, int ops[])
{
    const SuperInfo *s = &super_info[r->chain[i]];
    for (int k = s->n - 1; k >= 0; k--) {
        ops[k] = i;
        i = r->body->ops[i].src[s->step[k].from] - r->body->nargs;
    }
}

/* What the chain reads, in order. */
static void list_operands(Run *r, int i, const int ops[])
{
    const SuperInfo *s = &super_info[r->chain[i]];
    int n = 0;
    for (int k = 0; k < s->n; k++)
        for (int j = 0; j < op_nin((OpCode)s->step[k].op); j++)
            if (k == 0 || j != s->step[k].from)
                r->chain_src[i][n++] = r->body->ops[ops[k]].src[j];
    r->chain_n[i] = (int16_t)n;
}

/* Does the chain write where it reads? */
static bool clashes(const Run *r, int i)
{
    const Body *b = r->body;
    for (int k = 0; k < b->nouts; k++)
        for (int j = 0; j < r->chain_n[i] && b->outs[k] == b->nargs + i; j++) {
            int v = r->chain_src[i][j];
            if (v < b->nargs && r->base[v] == r->base[b->nargs + k])
                return true;
        }
    return false;
}

void supers_choose(Run *r)
{
    const Body *b = r->body;
    int16_t uses[BODY_ARG_MAX + BODY_OP_MAX] = {0};
    for (int i = 0; i < b->nops; i++)
        for (int k = 0; k < op_nin((OpCode)b->ops[i].op) && b->ops[i].op != OP_INDEX; k++)
            uses[b->ops[i].src[k]]++;
    for (int k = 0; k < b->nouts; k++)
        uses[b->outs[k]] += 2; /* read by others */
    for (int i = b->nops - 1; i > 0; i--) {
        int ops[SUPER_OPS];
        DType t = (DType)b->ops[i].loop;
        if (r->chain[i] != CHAIN_ALONE || (t != DT_FLOAT64 && t != DT_FLOAT32))
            continue;
        for (int s = 0; s < SUPER_COUNT; s++) {
            if (!match(r, &super_info[s], i, uses, ops))
                continue;
            r->chain[i] = (int16_t)s;
            list_operands(r, i, ops);
            if (clashes(r, i)) {
                r->chain[i] = CHAIN_ALONE;
                continue;
            }
            for (int k = 0; k < super_info[s].n - 1; k++)
                r->chain[ops[k]] = CHAIN_INNER;
            break;
        }
    }
}

/* The strip's conditions, op by op. */
static void tell(Run *r, const Strip *s, int i)
{
    const SuperInfo *info = &super_info[r->chain[i]];
    int ops[SUPER_OPS];
    char result[2][STRIP_BYTES] __attribute__((aligned(64)));
    chain_ops(r, i, ops);
    for (int k = 0; k < info->n; k++) {
        const BodyOp *o = &r->body->ops[ops[k]];
        const void *in[OP_IN_MAX];
        void *out = result[k % 2];
        unsigned fixed = 0;
        for (int j = 0; j < op_nin((OpCode)o->op); j++) {
            bool inner = k > 0 && j == info->step[k].from;
            in[j] = inner ? result[(k + 1) % 2] : s->var[o->src[j]];
            fixed |= inner ? 0 : (unsigned)s->fixed[o->src[j]] << j;
        }
        r->kernel[ops[k]](s->n, &out, in, fixed, &r->flags[ops[k]]);
        csr_take(r->own_flags[ops[k]], &r->flags[ops[k]]);
    }
}

void supers_run(Run *r, const Strip *s, int i, void *out)
{
    const void *in[SUPER_IN];
    unsigned fixed = 0;
    int ignored = 0;
    for (int k = 0; k < r->chain_n[i]; k++) {
        in[k] = s->var[r->chain_src[i][k]];
        fixed |= (unsigned)s->fixed[r->chain_src[i][k]] << k;
    }
    r->supers[r->chain[i]][r->body->ops[i].loop == DT_FLOAT32](s->n, &out, in, fixed, &ignored);
    if (__builtin_expect(_mm_getcsr() & CSR_SEEN, 0)) {
        csr_take(false, &ignored);
        tell(r, s, i);
    }
}
