/* compiled.c -- running a compiled body: whole rows where operands lie as it takes them, else the
 * strips that strips.c packs for it.  Local.
 *
 * A kernel leaves the conditions of all its ops mixed in the processor.  It runs block by block
 * from a clear state; a block that leaves any runs once more op by op, with equal results, which
 * tells whose they were.  Blocks that follow one that had conditions go op by op at once until one
 * has none.
 *
 * Invariant: a block can run again: inputs that are outputs are kept until it is judged.
 */
#include "runtime/exec/strip_run.h"

enum {
    BLOCK = 8192,         /* elements judged together */
    KEPT_BYTES = 8 * 1024 /* of inputs that are outputs, for one block */
};

static bool takes_rows(const Run *r)
{
    for (int a = 0; a < r->body->nargs; a++)
        if (r->form[a] == FORM_PACKED)
            return false;
    for (int a = r->body->nargs; a < r->body->nargs + r->body->nouts; a++)
        if (r->form[a] != FORM_DIRECT)
            return false;
    return !r->masked;
}

/* Inputs that are outputs, as bits. */
static uint32_t find_kept(const Run *r)
{
    const Body *b = r->body;
    uint32_t kept = 0;
    for (int out = b->nargs; out < b->nargs + b->nouts; out++)
        for (int a = 0; a < b->nargs; a++)
            kept |= (uint32_t)(r->base[a] == r->base[out] && r->form[a] == FORM_DIRECT) << a;
    return kept;
}

void compiled_find(Run *r)
{
    RowForm form = {0};
    int index = 0, last = r->nd - 1;
    int64_t n = 1;
    const Body *b = r->body;
    r->by_rows = takes_rows(r);
    if (r->masked && r->indexed)
        return;
    for (int a = 0; a < b->nargs; a++) { /* one element is as good the one as the other */
        if (r->shape[last] == 1)
            r->form[a] = b->args[a].scalar ? FORM_FIXED : FORM_DIRECT;
        form.fixed |= (uint32_t)(r->form[a] == FORM_FIXED) << a;
    }
    for (int i = 0; i < b->nops && r->indexed; i++)
        if (b->ops[i].op == OP_INDEX)
            form.along |= (uint32_t)(r->axis_of[last] == b->ops[i].src[0]) << index++;
    for (int k = 0; k < r->nd; k++)
        n *= r->shape[k];
    if (r->by_rows)
        form.kept = find_kept(r);
    if (index <= 32)
        r->compiled = jit_find(b, &form, n);
    jit_stats.runs += r->compiled != NULL;
    jit_stats.strip_runs += r->compiled == NULL;
}

/* A block: rows of n elements. */
typedef struct Block {
    int64_t rows, n, offset;         /* of the first element in its row */
    const int64_t *at;               /* the first row */
    char *base[ARGS + BODY_ARG_MAX]; /* inputs, outputs, where kept inputs go */
    int64_t step[ARGS];
    bool dense[ARGS]; /* contiguous, or equal elements */
} Block;

/* The block op by op; answers whether there were conditions. */
static bool tell(Run *r, const Block *k)
{
    const Body *b = r->body;
    int64_t shape[NDIM_MAX], origin[NDIM_MAX] = {0};
    int flags[BODY_OP_MAX] = {0}, ndim = r->indexed ? r->nd : 2, seen = 0;
    int inner = r->indexed ? r->axis_of[r->nd - 1] : 1, row = -1;
    StripArg args[BODY_ARG_MAX + BODY_OUT_MAX];
    if (k->rows > 1)
        row = r->indexed ? r->axis_of[r->nd - 2] : 0;
    for (int d = 0; d < ndim; d++)
        shape[d] = 1;
    for (int d = 0; d < r->nd && r->indexed; d++)
        origin[r->axis_of[d]] = r->origin[r->axis_of[d]] + (d < r->nd - 1 ? k->at[d] : k->offset);
    shape[inner] = k->n;
    for (int a = 0; a < b->nargs + b->nouts; a++) {
        args[a] = (StripArg){.base = k->base[a],
                             .dtype = body_type(b, a < b->nargs ? a : b->outs[a - b->nargs])};
        args[a].stride[inner] = k->dense[a] ? r->size[a] : 0;
        if (row >= 0)
            args[a].stride[row] = k->step[a];
    }
    if (row >= 0)
        shape[row] = k->rows;
    strips_tell(b, ndim, shape, args, origin, flags);
    for (int i = 0; i < b->nops; i++) {
        r->flags[i] |= flags[i];
        seen |= flags[i];
    }
    return seen;
}

/* Where INDEX ops start, and their steps from row to row. */
static void start_indices(const Run *r, const Block *k, int64_t index[])
{
    const Body *b = r->body;
    for (int i = 0, j = 0; i < b->nops; i++) {
        if (b->ops[i].op != OP_INDEX)
            continue;
        int axis = b->ops[i].src[0], d = 0;
        while (d < r->nd && r->axis_of[d] != axis)
            d++;
        index[2 * j] = r->origin[axis] + (d == r->nd - 1 ? k->offset : d < r->nd ? k->at[d] : 0);
        index[2 * j++ + 1] = r->nd > 1 && d == r->nd - 2;
    }
}

/* The block by the kernel; answers whether it may run op by op for its conditions. */
static bool run_kernel(Run *r, const Block *k)
{
    int64_t index[2 * BODY_OP_MAX];
    if (r->indexed)
        start_indices(r, k, index);
    int judged = r->compiled->kernel(k->rows, k->n, k->base, k->step, index, r->kernel);
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(!(csr & CSR_SEEN) && !judged, 1))
        return false;
    _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    return r->compiled->may_raise;
}

/* Room for the kept inputs of a block, one behind the other. */
static void place_kept(const Run *r, Block *k, char *room)
{
    int n = r->body->nargs + r->body->nouts;
    for (uint32_t left = r->compiled->form.kept; left; left &= left - 1) {
        k->base[n++] = room;
        room += k->rows * k->n * r->size[__builtin_ctz(left)];
    }
}

/* The block rebound to the copies. */
static void rebind(const Run *r, Block *k)
{
    int n = r->body->nargs + r->body->nouts;
    for (uint32_t left = r->compiled->form.kept; left; left &= left - 1) {
        int a = __builtin_ctz(left);
        k->base[a] = k->base[n++];
        k->step[a] = k->n * r->size[a];
    }
}

/* *hot: the block before had conditions. */
static void run_block(Run *r, Block *k, char *room, bool *hot)
{
    if (*hot) {
        *hot = tell(r, k);
        jit_stats.told++;
        return;
    }
    place_kept(r, k, room);
    if (run_kernel(r, k)) {
        Block again = *k;
        rebind(r, &again);
        jit_stats.told++;
        *hot = tell(r, &again) && jit_tier() != TIER_COMPILED;
    }
}

/* Elements of a block; fewer where inputs are kept. */
static int64_t block_elements(const Run *r)
{
    int64_t widest = 0;
    for (uint32_t left = r->compiled->form.kept; left; left &= left - 1)
        widest += r->size[__builtin_ctz(left)];
    return widest ? KEPT_BYTES / widest / 64 * 64 : BLOCK;
}

void compiled_rows(Run *r)
{
    const Body *b = r->body;
    int64_t at[NDIM_MAX] = {0}, n = r->shape[r->nd - 1], most = block_elements(r);
    int axis = r->nd - 2, n_all = b->nargs + b->nouts;
    char room[KEPT_BYTES + 64] __attribute__((aligned(64)));
    bool hot = __atomic_load_n(&r->compiled->hot, __ATOMIC_RELAXED), was = hot;
    Block k;
    k.at = at;
    int64_t rows = axis < 0 ? 1 : r->shape[axis], together = int64_max(1, most / n);
    for (int a = 0; a < n_all; a++) {
        k.dense[a] = r->form[a] == FORM_DIRECT;
        k.step[a] = axis < 0 ? 0 : r->stride[a][axis];
    }
    do {
        char *row[ARGS];
        row_address(r, at, row);
        for (int64_t i = 0; i < rows; i += together) {
            if (axis >= 0)
                at[axis] = i;
            k.rows = int64_min(together, rows - i);
            for (k.offset = 0; k.offset < n; k.offset += most) {
                k.n = int64_min(most, n - k.offset);
                for (int a = 0; a < n_all; a++)
                    k.base[a] = row[a] + i * k.step[a] + k.offset * r->stride[a][r->nd - 1];
                run_block(r, &k, room, &hot);
                count_work(r, k.rows * k.n * b->nops);
            }
        }
        if (axis >= 0)
            at[axis] = 0;
    } while (next_row(r, axis < 0 ? 0 : axis, at));
    if (hot != was)
        __atomic_store_n(&r->compiled->hot, hot, __ATOMIC_RELAXED);
}

void compiled_strip(Run *r, const Strip *s, char *const out[], const int64_t at[], int64_t offset)
{
    const Body *b = r->body;
    Block k = {.rows = 1, .n = s->n, .offset = offset, .at = at};
    for (int a = 0; a < b->nargs; a++) {
        k.base[a] = (char *)(uintptr_t)s->var[a];
        k.dense[a] = !s->fixed[a];
    }
    for (int j = 0; j < b->nouts; j++) {
        k.base[b->nargs + j] = out[j];
        k.dense[b->nargs + j] = true;
    }
    if (run_kernel(r, &k)) {
        jit_stats.told++;
        tell(r, &k);
    }
}
