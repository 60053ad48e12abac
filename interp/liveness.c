/* liveness.c -- which locals are bound, which are dead.  Replicated.
 *
 * Two passes over the control-flow graph of sealed code, exception edges included:
 *   forward   a local that is surely bound needs no CHECK before its read;
 *   backward  a local that nobody reads again is dropped: after its last use, and at the head of a
 * block where it is dead although a predecessor kept it alive. A drop frees arrays only, so
 * programs cannot see it but in memory and speed.
 *
 * Invariant: a register is read after a drop only where it was written in between.
 */
#include "interp/code.h"
#include "interp/objects.h"

typedef uint64_t Word;

typedef struct BasicBlock {
    int32_t start, end;
    int32_t next[2];            /* successors by jump and by falling through; -1 none */
    Word *use, *def, *in, *out; /* liveness; def: written before any read */
    Word *bound_in, *bound_out;
    bool entered; /* forward pass reached it */
} BasicBlock;

typedef struct Flow {
    Code *code;
    int nblocks, nwords, nlocals;
    BasicBlock *blocks;
    int32_t *block_of; /* instruction -> block */
    Word *memory;
    Word *plain;   /* locals that never hold an array: nothing to drop */
    Word *scratch; /* what each_handler's callee works on */
    bool changed;  /* a set changed in this round */
} Flow;

static bool bit_get(const Word *w, int i)
{
    return w[i >> 6] >> (i & 63) & 1;
}
static void bit_set(Word *w, int i)
{
    w[i >> 6] |= (Word)1 << (i & 63);
}
static void bit_clear(Word *w, int i)
{
    w[i >> 6] &= ~((Word)1 << (i & 63));
}

static int jump_target(const Instr *in)
{
    const char *roles = op_roles[in->op];
    return roles[0] == 'j' ? in->a : roles[2] == 'j' ? in->c : -1;
}

static bool ends_flow(int op)
{
    return op == INS_JUMP || op == INS_LOOP || op == INS_RETURN || op == INS_RAISE ||
           op == INS_RERAISE || op == INS_ASSERT_FAIL;
}

/* fn on every local that an instruction reads ('r'), writes ('w'), may write ('m': a loop's
 * variable, not when the loop ends) or empties ('x'). */
typedef void (*LocalFn)(void *ctx, int reg, char how);
static void each_local(const Flow *f, const Instr *in, LocalFn fn, void *ctx)
{
    const char *roles = op_roles[in->op];
    const int32_t field[3] = {in->a, in->b, in->c};
    for (int pass = 0; pass < 2; pass++) /* reads first */
        for (int i = 0; i < 3; i++) {
            char r = roles[i];
            bool write = r == 'd' || r == 'L' || r == 'x';
            if (write != (pass == 1) || !strchr("duplLx", r))
                continue;
            char how = r == 'x' ? 'x' : !write ? 'r' : in->op == INS_FOR_ITER ? 'm' : 'w';
            if (r == 'l' || r == 'L') {
                const int32_t *row = f->code->lists + field[i];
                for (int k = 1; k <= row[0]; k++)
                    if (row[k] >= 0 && row[k] < f->nlocals)
                        fn(ctx, row[k], how);
            } else if (field[i] >= 0 && field[i] < f->nlocals) {
                fn(ctx, field[i], how);
            }
        }
}

/* ----------------------------------------------------------------------- blocks */

static void find_blocks(Flow *f)
{
    Code *c = f->code;
    uint8_t *head = xcalloc((size_t)c->n + 1, 1);
    head[0] = 1;
    for (int i = 0; i < c->n; i++) {
        int to = jump_target(&c->at[i]);
        if (to >= 0)
            head[to] = head[i + 1] = 1;
        if (ends_flow(c->at[i].op))
            head[i + 1] = 1;
    }
    for (int i = 0; i < c->ntable; i++) {
        head[c->table[i].start] = head[c->table[i].end] = 1;
        if (c->table[i].kind == CATCH_HANDLER)
            head[c->table[i].handler] = 1;
    }
    for (int i = 0; i < c->n; i++)
        f->nblocks += head[i];
    f->blocks = xcalloc((size_t)f->nblocks + 1, sizeof(BasicBlock));
    f->block_of = xmalloc(sizeof(int32_t) * ((size_t)c->n + 1));
    int b = -1;
    for (int i = 0; i < c->n; i++) {
        if (head[i])
            f->blocks[++b].start = i;
        f->block_of[i] = b;
        f->blocks[b].end = i + 1;
    }
    free(head);
}

static void link_blocks(Flow *f)
{
    Code *c = f->code;
    for (int b = 0; b < f->nblocks; b++) {
        BasicBlock *k = &f->blocks[b];
        const Instr *last = &c->at[k->end - 1];
        int to = jump_target(last);
        k->next[0] = to >= 0 ? f->block_of[to] : -1;
        k->next[1] = !ends_flow(last->op) && k->end < c->n ? f->block_of[k->end] : -1;
    }
}

/* Call fn for each handler that an error in block b may reach: inner ones first, all that cover it
 * (an error in a handler's own cleanup goes on outwards). */
static void each_handler(const Flow *f, int b, void (*fn)(Flow *f, int b, int handler))
{
    const Code *c = f->code;
    for (int i = 0; i < c->ntable; i++)
        if (c->table[i].kind == CATCH_HANDLER && c->table[i].start <= f->blocks[b].start &&
            f->blocks[b].start < c->table[i].end) {
            fn((Flow *)f, b, f->block_of[c->table[i].handler]);
            return; /* the innermost handler takes it */
        }
}

static void give_sets(Flow *f)
{
    f->nwords = (f->nlocals + 63) / 64;
    size_t n = (size_t)f->nwords;
    f->memory = xcalloc((size_t)f->nblocks * n * 6 + 1, sizeof(Word));
    Word *w = f->memory;
    for (int b = 0; b < f->nblocks; b++) {
        BasicBlock *k = &f->blocks[b];
        k->use = w;
        k->def = w + n;
        k->in = w + 2 * n;
        k->out = w + 3 * n;
        k->bound_in = w + 4 * n;
        k->bound_out = w + 5 * n;
        w += 6 * n;
    }
}

/* --------------------------------------------------------------- forward: bound */

static void bound_step(void *ctx, int reg, char how)
{
    Word *w = ctx;
    if (how == 'w' || how == 'm')
        bit_set(w, reg);
    else if (how == 'x')
        bit_clear(w, reg);
}

static void bound_instr(const Flow *f, const Instr *in, Word *w)
{
    if (in->op == INS_DROP)
        return;
    each_local(f, in, bound_step, w);
    if (in->op == INS_CHECK)
        bit_set(w, in->a); /* past it, the name is bound */
    if (in->op == INS_MAKE_CELL && in->b >= 0)
        bit_clear(w, in->b);
}

static void bound_join(Flow *f, const Word *from, int to)
{
    BasicBlock *k = &f->blocks[to];
    for (int i = 0; i < f->nwords; i++) {
        Word was = k->bound_in[i];
        k->bound_in[i] = k->entered ? was & from[i] : from[i];
        if (k->bound_in[i] != was)
            f->changed = true;
    }
    if (!k->entered)
        f->changed = true;
    k->entered = true;
}

static void bound_to_handler(Flow *f, int b, int handler)
{
    bound_join(f, f->scratch, handler);
}

static void bound_block(Flow *f, int b, Word *now, Word *least)
{
    BasicBlock *k = &f->blocks[b];
    size_t nbytes = sizeof(Word) * (size_t)f->nwords;
    memcpy(now, k->bound_in, nbytes);
    memcpy(least, k->bound_in, nbytes);
    for (int i = k->start; i < k->end; i++) {
        /* The way out of a loop leaves its variable as it was. */
        if (f->code->at[i].op == INS_FOR_ITER && k->next[0] >= 0)
            bound_join(f, now, k->next[0]);
        bound_instr(f, &f->code->at[i], now);
        for (int w = 0; w < f->nwords; w++)
            least[w] &= now[w];
    }
    f->scratch = least;
    each_handler(f, b, bound_to_handler);
    bool loop = f->code->at[k->end - 1].op == INS_FOR_ITER;
    for (int s = loop; s < 2; s++)
        if (k->next[s] >= 0)
            bound_join(f, now, k->next[s]);
}

static void find_bound(Flow *f)
{
    Code *c = f->code;
    BasicBlock *entry = &f->blocks[0];
    int nparams = c->flags & CODE_MODULE ? 0 : c->nparams;
    for (int i = 0; i < nparams && i < f->nlocals; i++)
        bit_set(entry->bound_in, i);
    entry->entered = true;
    Word *now = xcalloc((size_t)f->nwords + 1, sizeof(Word));
    Word *least = xcalloc((size_t)f->nwords + 1, sizeof(Word));
    do {
        f->changed = false;
        for (int b = 0; b < f->nblocks; b++)
            if (f->blocks[b].entered)
                bound_block(f, b, now, least);
    } while (f->changed);
    free(now);
    free(least);
}

/* Turn checks of surely bound locals into nothing. */
static void drop_checks(Flow *f)
{
    Code *c = f->code;
    Word *now = xcalloc((size_t)f->nwords + 1, sizeof(Word));
    for (int b = 0; b < f->nblocks; b++) {
        BasicBlock *k = &f->blocks[b];
        memcpy(now, k->bound_in, sizeof(Word) * (size_t)f->nwords);
        for (int i = k->start; i < k->end; i++) {
            Instr *in = &c->at[i];
            if (in->op == INS_CHECK && in->a < f->nlocals && k->entered && bit_get(now, in->a))
                *in = (Instr){.op = INS_NOP};
            bound_instr(f, in, now);
        }
    }
    free(now);
}

/* --------------------------------------------------------------- backward: live */

typedef struct UseDef {
    Word *use, *def;
} UseDef;

static void use_def_step(void *ctx, int reg, char how)
{
    UseDef *s = ctx;
    if ((how == 'r' || how == 'x') && !bit_get(s->def, reg)) /* `del x` looks whether x is bound */
        bit_set(s->use, reg);
    else if (how == 'w')
        bit_set(s->def, reg);
}

static void live_from_handler(Flow *f, int b, int handler)
{
    for (int i = 0; i < f->nwords; i++) {
        Word in = f->blocks[b].in[i] | f->blocks[handler].in[i];
        f->changed |= in != f->blocks[b].in[i];
        f->blocks[b].in[i] = in;
        f->blocks[b].out[i] |= f->blocks[handler].in[i];
    }
}

static void find_live(Flow *f)
{
    for (int b = 0; b < f->nblocks; b++) {
        UseDef s = {f->blocks[b].use, f->blocks[b].def};
        for (int i = f->blocks[b].start; i < f->blocks[b].end; i++)
            each_local(f, &f->code->at[i], use_def_step, &s);
    }
    do {
        f->changed = false;
        for (int b = f->nblocks - 1; b >= 0; b--) {
            BasicBlock *k = &f->blocks[b];
            for (int s = 0; s < 2; s++)
                for (int i = 0; i < f->nwords && k->next[s] >= 0; i++)
                    k->out[i] |= f->blocks[k->next[s]].in[i];
            for (int i = 0; i < f->nwords; i++) {
                Word in = k->in[i] | k->use[i] | (k->out[i] & ~k->def[i]);
                f->changed |= in != k->in[i];
                k->in[i] = in;
            }
            each_handler(f, b, live_from_handler);
        }
    } while (f->changed);
}

/* ------------------------------------------------------------------------ drops */

typedef struct Drop {
    int32_t at; /* before this instruction */
    int32_t reg;
    bool head; /* also when jumped to; else on the path falling through alone */
} Drop;
typedef Vec(Drop) DropVec;

/* Results that are surely no arrays. */
static bool makes_plain(const Instr *in)
{
    switch (in->op) {
    case INS_MOVE:
        return in->b < 0;
    case INS_FUNCTION:
    case INS_CLASS_END:
    case INS_IMPORT:
    case INS_FORMAT:
    case INS_BUILD_STRING:
    case INS_BUILD_LIST:
    case INS_BUILD_TUPLE:
    case INS_BUILD_DICT:
    case INS_BUILD_SET:
    case INS_NOT:
    case INS_IS:
    case INS_IS_NOT:
    case INS_IN:
    case INS_NOT_IN:
        return true;
    default:
        return false;
    }
}

static void mark_written(void *ctx, int reg, char how)
{
    if (how == 'w' || how == 'm')
        bit_clear(ctx, reg);
}

static void find_plain(Flow *f)
{
    Code *c = f->code;
    f->plain = xmalloc(sizeof(Word) * (size_t)f->nwords);
    memset(f->plain, 0xff, sizeof(Word) * (size_t)f->nwords);
    for (int i = 0; i < c->nparams && i < f->nlocals && !(c->flags & CODE_MODULE); i++)
        bit_clear(f->plain, i);
    for (int i = 0; i < c->n; i++)
        if (!makes_plain(&c->at[i]))
            each_local(f, &c->at[i], mark_written, f->plain);
}

typedef struct DropScan {
    Word *live; /* after the instruction */
    Word *keep; /* live in a handler that covers the block */
    const Word *plain;
    DropVec *drops;
    int at;
} DropScan;

static void drop_step(void *ctx, int reg, char how)
{
    DropScan *s = ctx;
    if (how == 'x' || bit_get(s->live, reg) || bit_get(s->keep, reg) || bit_get(s->plain, reg))
        return;
    vec_push(s->drops, ((Drop){s->at + 1, reg, false}));
    bit_set(s->live, reg); /* once */
}

static void live_end(void *ctx, int reg, char how)
{
    if (how == 'w')
        bit_clear(ctx, reg);
}

static void live_begin(void *ctx, int reg, char how)
{
    if (how == 'r' || how == 'x')
        bit_set(ctx, reg);
}

static void keep_from_handler(Flow *f, int b, int handler)
{
    memcpy(f->scratch, f->blocks[handler].in, sizeof(Word) * (size_t)f->nwords);
}

/* Drops inside block b, from its end to its start. */
static void drops_in_block(Flow *f, int b, DropVec *drops, Word *live, Word *keep)
{
    BasicBlock *k = &f->blocks[b];
    size_t nbytes = sizeof(Word) * (size_t)f->nwords;
    memcpy(live, k->out, nbytes);
    memset(keep, 0, nbytes);
    f->scratch = keep;
    each_handler(f, b, keep_from_handler);
    Word *after = xmalloc(nbytes);
    for (int i = k->end - 1; i >= k->start; i--) {
        const Instr *in = &f->code->at[i];
        memcpy(after, live, nbytes);
        bool last = jump_target(in) >= 0 || ends_flow(in->op);
        bool before_return = i + 1 < f->code->n && f->code->at[i + 1].op == INS_RETURN;
        DropScan s = {after, keep, f->plain, drops, i};
        if (!last && !before_return)
            each_local(f, in, drop_step, &s);
        each_local(f, in, live_end, live);
        each_local(f, in, live_begin, live);
    }
    free(after);
}

/* Alive at the end of a predecessor, dead here. */
static void drops_at_heads(Flow *f, DropVec *drops)
{
    Word *arriving = xcalloc((size_t)f->nblocks * (size_t)f->nwords + 1, sizeof(Word));
    for (int b = 0; b < f->nblocks; b++)
        for (int s = 0; s < 2; s++)
            for (int i = 0; i < f->nwords && f->blocks[b].next[s] >= 0; i++)
                arriving[f->blocks[b].next[s] * f->nwords + i] |= f->blocks[b].out[i];
    for (int b = 0; b < f->nblocks; b++) {
        BasicBlock *k = &f->blocks[b];
        if (f->code->at[k->start].op == INS_RETURN)
            continue;
        int at = k->start + (f->code->at[k->start].op == INS_CATCH);
        for (int r = 0; r < f->nlocals; r++)
            if (bit_get(arriving + b * f->nwords, r) && !bit_get(k->in, r) && !bit_get(f->plain, r))
                vec_push(drops, ((Drop){at, r, true}));
    }
    free(arriving);
}

static int drop_order(const void *a, const void *b)
{
    const Drop *x = a, *y = b;
    return x->at != y->at       ? x->at - y->at
           : x->head != y->head ? x->head - y->head
                                : x->reg - y->reg;
}

/* Put the drops in, take NOPs out; labels and regions follow. */
static void rewrite(Flow *f, DropVec *drops)
{
    Code *c = f->code;
    if (drops->n)
        qsort(drops->at, (size_t)drops->n, sizeof(Drop), drop_order);
    int32_t *moved = xmalloc(sizeof(int32_t) * ((size_t)c->n + 1));
    Instr *at = xmalloc(sizeof(Instr) * (size_t)(c->n + drops->n + 1));
    Span *spans = xmalloc(sizeof(Span) * (size_t)(c->n + drops->n + 1));
    int n = 0;
    int64_t d = 0;
    for (int i = 0; i < c->n; i++) {
        /* A drop at a block's head comes after the label; one after an instruction
         * comes before it, since it belongs to the
         * path falling through. */
        bool head = f->block_of[i] >= 0 && f->blocks[f->block_of[i]].start == i;
        moved[i] = -1;
        for (; d < drops->n && drops->at[d].at == i; d++) {
            if (drops->at[d].head && moved[i] < 0)
                moved[i] = n;
            at[n] = (Instr){.op = INS_DROP, .a = drops->at[d].reg};
            spans[n++] = c->spans[head ? i : i - 1];
        }
        if (moved[i] < 0)
            moved[i] = n;
        if (c->at[i].op != INS_NOP) {
            at[n] = c->at[i];
            spans[n++] = c->spans[i];
        }
    }
    moved[c->n] = n;
    for (int i = 0; i < n; i++) {
        const char *roles = op_roles[at[i].op];
        if (roles[0] == 'j')
            at[i].a = moved[at[i].a];
        if (roles[2] == 'j')
            at[i].c = moved[at[i].c];
    }
    for (int i = 0; i < c->ntable; i++) {
        c->table[i].start = moved[c->table[i].start];
        c->table[i].end = moved[c->table[i].end];
        if (c->table[i].kind == CATCH_HANDLER)
            c->table[i].handler = moved[c->table[i].handler];
    }
    free(moved);
    free(c->at);
    free(c->spans);
    c->at = at;
    c->spans = spans;
    c->n = n;
}

void liveness_run(Code *code, bool drops)
{
    Flow f = {.code = code, .nlocals = code->nlocals};
    DropVec found = {0};
    find_blocks(&f);
    link_blocks(&f);
    give_sets(&f);
    if (f.nwords) {
        find_bound(&f);
        drop_checks(&f);
    }
    if (drops && f.nwords) {
        find_live(&f);
        find_plain(&f);
        Word *live = xcalloc((size_t)f.nwords, sizeof(Word)),
             *keep = xcalloc((size_t)f.nwords, sizeof(Word));
        for (int b = 0; b < f.nblocks; b++)
            drops_in_block(&f, b, &found, live, keep);
        drops_at_heads(&f, &found);
        free(live);
        free(keep);
    }
    rewrite(&f, &found);
    vec_free(&found);
    free(f.plain);
    free(f.blocks);
    free(f.block_of);
    free(f.memory);
}
