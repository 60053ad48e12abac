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
    BLOCK = 8192,          /* elements judged together */
    KEPT_BYTES = 16 * 1024 /* of inputs that are outputs, for one block */
};

void compiled_find(Run *r)
{
    RowForm form = {0};
    int index = 0, last = r->nd - 1;
    int64_t n = 1;
    const Body *b = r->body;
    if (r->masked && r->indexed)
        return;
    for (int a = 0; a < b->nargs; a++) { /* one element is as good the one as the other */
        bool fixed = r->shape[last] == 1 ? b->args[a].scalar : r->form[a] == FORM_FIXED;
        form.fixed |= (uint32_t)fixed << a;
    }
    for (int i = 0; i < b->nops && r->indexed; i++)
        if (b->ops[i].op == OP_INDEX)
            form.along |= (uint32_t)(r->axis_of[last] == b->ops[i].src[0]) << index++;
    for (int k = 0; k < r->nd; k++)
        n *= r->shape[k];
    if (index > 32)
        return;
    r->compiled = jit_find(b, &form, n);
    if (r->compiled)
        r->may_raise = emit_may_raise(b);
    jit_stats.runs += r->compiled != NULL;
    jit_stats.strip_runs += r->compiled == NULL;
}

bool compiled_takes_rows(const Run *r)
{
    for (int a = 0; a < r->body->nargs + r->body->nouts; a++)
        if (r->form[a] == FORM_PACKED || (a >= r->body->nargs && r->form[a] != FORM_DIRECT))
            return false;
    return !r->masked;
}

/* A block: rows of n elements. */
typedef struct Block {
    int64_t rows, n, offset; /* of the first element in its row */
    const int64_t *at;       /* the first row */
    char *base[ARGS];
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
    int judged = r->compiled(k->rows, k->n, k->base, k->step, index, r->kernel);
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(!(csr & CSR_SEEN) && !judged, 1))
        return false;
    _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    return r->may_raise;
}

/* Inputs that are outputs. */
static int find_kept(const Run *r, int kept[])
{
    const Body *b = r->body;
    int n = 0;
    for (int a = 0; a < b->nargs && r->may_raise; a++)
        for (int out = b->nargs; out < b->nargs + b->nouts; out++)
            if (r->base[a] == r->base[out]) {
                kept[n++] = a;
                break;
            }
    return n;
}

/* Copies of the kept inputs' elements in a block, which is rebound to them. */
static void keep(const Run *r, const int kept[], int nkept, Block *k, const Block *from, char *room)
{
    *k = *from;
    for (int j = 0; j < nkept; j++) {
        int a = kept[j];
        int64_t nbytes = from->dense[a] ? from->n * r->size[a] : r->size[a];
        for (int64_t i = 0; i < from->rows; i++)
            memcpy(room + i * nbytes, from->base[a] + i * from->step[a], (size_t)nbytes);
        k->base[a] = room;
        k->step[a] = nbytes;
        room += nbytes * from->rows;
    }
}

/* *hot: the block before had conditions. */
static void run_block(Run *r, Block *k, const int kept[], int nkept, bool *hot)
{
    char room[nkept ? KEPT_BYTES : 1] __attribute__((aligned(64)));
    Block again;
    if (*hot) {
        *hot = tell(r, k);
        jit_stats.told++;
        return;
    }
    if (nkept)
        keep(r, kept, nkept, &again, k, room);
    if (run_kernel(r, k)) {
        jit_stats.told++;
        *hot = tell(r, nkept ? &again : k) && jit_tier() != TIER_COMPILED;
    }
}

void compiled_rows(Run *r)
{
    const Body *b = r->body;
    int64_t at[NDIM_MAX] = {0}, n = r->shape[r->nd - 1], most = BLOCK, widest = 0;
    int axis = r->nd - 2, n_all = b->nargs + b->nouts, kept[BODY_ARG_MAX];
    int nkept = find_kept(r, kept);
    bool hot = false;
    Block k = {.at = at};
    for (int j = 0; j < nkept; j++)
        widest += r->size[kept[j]];
    if (nkept)
        most = int64_min(most, KEPT_BYTES / widest / 64 * 64);
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
                run_block(r, &k, kept, nkept, &hot);
                count_work(r, k.rows * k.n * b->nops);
            }
        }
        if (axis >= 0)
            at[axis] = 0;
    } while (next_row(r, axis < 0 ? 0 : axis, at));
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
