/* strips.c -- the strip interpreter.  Local.
 *
 * strips_run settles once: which axes there are (length 1 dropped, outputs' order, neighbours
 * merged), which one is inner, each op's kernel, which buffer holds each result.  Then it walks the
 * outer axes; along the inner one it runs strips.  An operand of a strip is memory itself where
 * that is contiguous, one block of equal elements where it does not vary, else a packed buffer; a
 * result is memory itself or a buffer.
 *
 * Invariant: a result goes straight to memory only if no later op of the strip reads an input at
 * the same address, so an output may be an input.
 *
 * Conditions: kernels whose arithmetic is the op's own are judged by the processor's flags, which
 * are clear before each kernel; the others report themselves and what they raised is dropped.
 */
#include "runtime/exec/strips.h"

#include "runtime/exec/isa.h"
#include "runtime/exec/pack.h"
#include "runtime/exec/strip_run.h"

enum {
    TILE = 2 * STRIP,     /* strip length where operands are transposed and no buffers are used */
    TILE_ROW_BYTES = 64,  /* what a tile takes of each line it gathers from */
    TILE_GAP = 8,         /* elements between rows of a tile: their distance is no power of two */
    TURN_LEAST = 8,       /* fewer lines are gathered one by one */
    TURN_ROW_BYTES = 256, /* and what a copy of a transpose takes, */
    TURN_COLUMNS = 64,    /* that many lines at a time */
    SHORT_ROW = 16        /* rows below this are not worth a strip of their own */
};

void (*strips_poll)(void);

static const StripTable *chosen; /* NULL until the first choice */

Status strips_select(const char *isa)
{
    bool has_512 = isa_best() == ISA_AVX512;
    if (isa && strcmp(isa, "avx2") && strcmp(isa, "avx512"))
        return fail(ERR_VALUE, "unknown instruction set '%s': avx2 or avx512", isa);
    if (isa && !strcmp(isa, "avx512") && !has_512)
        return fail(ERR_VALUE, "this processor has no AVX-512");
    chosen = isa       ? (!strcmp(isa, "avx512") ? &strip_table_avx512 : &strip_table_avx2)
             : has_512 ? &strip_table_avx512
                       : &strip_table_avx2;
    return OK;
}

static const StripTable *table(void)
{
    if (__builtin_expect(!chosen, 0))
        strips_select(NULL);
    return chosen;
}

StripKernel *strips_cast(DType from, DType to)
{
    return table()->cast[from][to];
}

const char *strips_isa(void)
{
    return table()->isa;
}

static inline StripKernel *kernel_of(const StripTable *t, const BodyOp *o)
{
    if (o->op != OP_CAST)
        return t->loop[o->op][o->loop];
    return o->loop == o->out ? t->loop[OP_COPY][o->loop] : t->cast[o->loop][o->out];
}

/* -- axes -- */

static void take_axes(Run *r, int ndim, const int64_t shape[], const StripArg args[],
                      const StripArg *where)
{
    int n = r->body->nargs + r->body->nouts;
    r->nargs_all = n + (where != NULL);
    for (int a = 0; a < r->nargs_all; a++) {
        const StripArg *from = a < n ? &args[a] : where;
        r->base[a] = from->base;
        r->size[a] = (int16_t)dtype_size(from->dtype);
    }
    r->nd = 0;
    for (int k = 0; k < ndim; k++) {
        if (shape[k] == 1 && !r->indexed)
            continue;
        r->axis_of[r->nd] = k;
        r->shape[r->nd] = shape[k];
        for (int a = 0; a < r->nargs_all; a++)
            r->stride[a][r->nd] = (a < n ? &args[a] : where)->stride[k];
        r->nd++;
    }
}

static void swap_axes(Run *r, int i, int j)
{
#define SWAP(T, x, y)                                                                              \
    do {                                                                                           \
        T swap_ = x;                                                                               \
        x = y;                                                                                     \
        y = swap_;                                                                                 \
    } while (0)
    SWAP(int64_t, r->shape[i], r->shape[j]);
    SWAP(int, r->axis_of[i], r->axis_of[j]);
    for (int a = 0; a < r->nargs_all; a++)
        SWAP(int64_t, r->stride[a][i], r->stride[a][j]);
#undef SWAP
}

static int64_t magnitude(int64_t x)
{
    return x < 0 ? -x : x;
}

/* Outer axes first by the first output's strides, none of them negative there. */
static void order_axes(Run *r)
{
    int64_t *out = r->stride[r->body->nargs];
    for (int i = 1; i < r->nd; i++)
        for (int j = i; j > 0 && magnitude(out[j - 1]) < magnitude(out[j]); j--)
            swap_axes(r, j - 1, j);
    for (int k = 0; k < r->nd && !r->indexed; k++) {
        if (out[k] >= 0)
            continue;
        for (int a = 0; a < r->nargs_all; a++) {
            r->base[a] += r->stride[a][k] * (r->shape[k] - 1);
            r->stride[a][k] = -r->stride[a][k];
        }
    }
}

static bool can_merge(const Run *r, int outer)
{
    for (int a = 0; a < r->nargs_all; a++)
        if (r->stride[a][outer] != r->stride[a][outer + 1] * r->shape[outer + 1])
            return false;
    return true;
}

static void merge_axes(Run *r)
{
    for (int k = r->nd - 2; k >= 0; k--) {
        if (!can_merge(r, k))
            continue;
        r->shape[k] *= r->shape[k + 1];
        for (int a = 0; a < r->nargs_all; a++)
            r->stride[a][k] = r->stride[a][k + 1];
        r->nd--;
        for (int j = k + 1; j < r->nd; j++) {
            r->shape[j] = r->shape[j + 1];
            for (int a = 0; a < r->nargs_all; a++)
                r->stride[a][j] = r->stride[a][j + 1];
        }
    }
}

/* A short last axis under a long one: strips run along the long one. */
static void choose_inner(Run *r)
{
    if (r->nd == 0) {
        r->nd = 1;
        r->shape[0] = 1;
        r->axis_of[0] = 0;
        for (int a = 0; a < r->nargs_all; a++)
            r->stride[a][0] = 0;
    }
    int last = r->nd - 1;
    if (r->shape[last] >= SHORT_ROW)
        return;
    int longest = last;
    for (int k = 0; k < last; k++)
        if (r->shape[k] > 2 * r->shape[longest])
            longest = k;
    for (int k = longest; k < last; k++)
        swap_axes(r, k, k + 1);
}

/* Where an input does not ascend along the inner axis but along an outer one, that becomes the last
 * outer axis, for the two to be turned together. */
static void choose_row_axis(Run *r)
{
    int last = r->nd - 1;
    for (int a = 0; a < r->body->nargs; a++)
        for (int k = 0; k < last - 1; k++)
            if (magnitude(r->stride[a][k]) == r->size[a] && r->shape[k] >= TURN_LEAST &&
                magnitude(r->stride[a][last]) >= 4 * r->size[a]) {
                swap_axes(r, k, last - 1);
                return;
            }
}

/* -- operands and buffers -- */

static void choose_forms(Run *r)
{
    int last = r->nd - 1, nargs = r->body->nargs;
    for (int a = 0; a < r->nargs_all; a++) {
        int64_t s = r->stride[a][last];
        bool single = r->shape[last] == 1;
        r->form[a] = s == r->size[a] || (single && a >= nargs) ? FORM_DIRECT
                     : s == 0 || single                        ? FORM_FIXED
                                                               : FORM_PACKED;
    }
    if (r->masked) /* chosen elements are packed together, but for what is equal everywhere */
        for (int a = 0; a < nargs; a++)
            if (r->form[a] == FORM_DIRECT)
                r->form[a] = FORM_PACKED;
}

/* Last op that reads each variable; outputs that are unpacked at the end of the strip live until
 * nops. */
static void last_uses(const Run *r, int16_t last[])
{
    const Body *b = r->body;
    for (int v = 0; v < b->nargs + b->nops; v++)
        last[v] = -1;
    for (int i = 0; i < b->nops; i++) {
        if (b->ops[i].op == OP_INDEX || r->chain[i] == CHAIN_INNER)
            continue;
        bool chain = r->chain[i] >= 0;
        int n = chain ? r->chain_n[i] : op_nin((OpCode)b->ops[i].op);
        for (int k = 0; k < n; k++)
            last[chain ? r->chain_src[i][k] : b->ops[i].src[k]] = (int16_t)i;
    }
}

static void choose_direct(Run *r, const int16_t last[])
{
    const Body *b = r->body;
    for (int i = 0; i < b->nops; i++)
        r->direct[i] = -1;
    for (int k = 0; k < b->nouts; k++) {
        int op = b->outs[k] - b->nargs, out = b->nargs + k;
        r->handed[k] = false;
        if (r->masked || r->form[out] != FORM_DIRECT || r->direct[op] >= 0 ||
            b->ops[op].op == OP_INDEX)
            continue;
        bool clash = false;
        for (int a = 0; a < b->nargs; a++)
            clash |= r->base[a] == r->base[out] && r->form[a] == FORM_DIRECT &&
                     (last[a] > op || r->compiled || (last[a] == op && r->chain[op] >= 0));
        if (!clash) {
            r->direct[op] = (int16_t)k;
            r->handed[k] = true;
        }
    }
    for (int k = 0; k < b->nouts; k++)
        r->handed[k] &= r->direct[b->outs[k] - b->nargs] == k;
}

/* Registers of one strip each, given again after a variable's last use; answers how many. */
static int choose_buffers(Run *r, int16_t last[])
{
    const Body *b = r->body;
    int16_t free_list[BODY_ARG_MAX + BODY_OP_MAX];
    int nfree = 0, count = 0, nvars = b->nargs + b->nops;
    for (int v = 0; v < nvars; v++)
        r->buffer[v] = -1;
    for (int a = 0; a < b->nargs; a++)
        if (r->form[a] == FORM_PACKED && r->tile[a] < 0)
            r->buffer[a] = (int16_t)count++;
    for (int k = 0; k < b->nouts; k++)
        if (!r->handed[k])
            last[b->outs[k]] = (int16_t)b->nops;
    for (int i = 0; i < b->nops; i++) {
        if (r->chain[i] == CHAIN_INNER)
            continue;
        if (r->direct[i] < 0)
            r->buffer[b->nargs + i] = nfree ? free_list[--nfree] : (int16_t)count++;
        for (int v = 0; v < b->nargs + i;
             v++) /* after the op: its operand and result never share */
            if (last[v] == i && r->buffer[v] >= 0)
                free_list[nfree++] = r->buffer[v];
        if (last[b->nargs + i] < 0 && r->buffer[b->nargs + i] >= 0)
            free_list[nfree++] = r->buffer[b->nargs + i]; /* nobody reads it */
    }
    return count;
}

/* Of a compiled body all packed inputs and results live at once. */
static int choose_compiled_buffers(Run *r)
{
    const Body *b = r->body;
    int count = 0;
    for (int v = 0; v < b->nargs + b->nops; v++)
        r->buffer[v] = -1;
    for (int a = 0; a < b->nargs; a++)
        if (r->form[a] == FORM_PACKED && r->tile[a] < 0)
            r->buffer[a] = (int16_t)count++;
    for (int k = 0; k < b->nouts; k++)
        if (r->direct[b->outs[k] - b->nargs] < 0 && r->buffer[b->outs[k]] < 0)
            r->buffer[b->outs[k]] = (int16_t)count++;
    return count;
}

/* A body of one op between memory as it lies and blocks: no strips. */
static bool is_plain(const Run *r)
{
    if (r->body->nops != 1 || r->body->nouts != 1 || r->masked || r->indexed || r->direct[0] < 0)
        return false;
    for (int a = 0; a < r->body->nargs; a++)
        if (r->form[a] == FORM_PACKED && r->tile[a] < 0)
            return false;
    return true;
}

static int64_t strip_length(const Run *r)
{
    const Body *b = r->body;
    if (r->ntiles && is_plain(r))
        return TILE;
    for (int v = 0; v < b->nargs + b->nops; v++)
        if (dtype_size(body_type(b, v)) > 8)
            return STRIP / 2;
    return STRIP;
}

/* Inputs that lie along the last outer axis instead of the inner one: gathering a strip would use
 * one element of each cache line, so a tile of some rows is packed at once. */
static void choose_tiles(Run *r)
{
    int last = r->nd - 1, widest = 1;
    r->ntiles = 0;
    for (int a = 0; a < r->body->nargs; a++) {
        bool tiled = !r->masked && r->nd > 1 && r->form[a] == FORM_PACKED &&
                     r->shape[last - 1] >= TURN_LEAST &&
                     magnitude(r->stride[a][last - 1]) == r->size[a] &&
                     magnitude(r->stride[a][last]) >= 4 * r->size[a];
        r->tile[a] = tiled ? (int16_t)r->ntiles++ : -1;
        if (tiled && r->size[a] > widest)
            widest = r->size[a];
    }
    r->tile_rows = TILE_ROW_BYTES / widest;
}

/* -- one strip -- */

static void *buffer_at(const Run *r, int v)
{
    return r->buffers + (int64_t)r->buffer[v] * STRIP_BYTES;
}

static char *tile_at(const Run *r, int a)
{
    return r->tiles + (int64_t)r->tile[a] * TILE_ROW_BYTES * r->pitch;
}

static void load_arg(const Run *r, Strip *s, int a)
{
    int64_t stride = r->stride[a][r->nd - 1];
    s->fixed[a] = r->form[a] == FORM_FIXED;
    if (r->form[a] == FORM_DIRECT) {
        s->var[a] = s->at[a];
    } else if (r->form[a] == FORM_FIXED) {
        s->var[a] = r->blocks + a * PACK_BLOCK_BYTES; /* filled at the row's start */
    } else if (r->tile[a] >= 0) {
        s->var[a] = tile_at(r, a) + s->tile_row * r->pitch * r->size[a];
    } else {
        char *to = buffer_at(r, a);
        if (s->chosen)
            pack_gather_chosen(to, s->at[a], stride, s->chosen, s->n, r->size[a]);
        else if (stride == r->size[a])
            copy_bytes(to, s->at[a], s->n * stride);
        else
            pack_gather(to, s->at[a], stride, s->n, r->size[a]);
        s->var[a] = to;
    }
}

/* Logical indices of the strip's elements along an axis. */
static void run_index(const Run *r, Strip *s, int dst, int axis, const int64_t at[], int64_t offset)
{
    int64_t *to = buffer_at(r, dst);
    int k = 0;
    while (k < r->nd && r->axis_of[k] != axis)
        k++;
    int64_t first = r->origin[axis] + (k < r->nd ? at[k] : 0);
    int64_t step = k == r->nd - 1;
    first += step * offset;
    if (s->chosen)
        for (int64_t i = 0; i < s->n; i++)
            to[i] = first + step * s->chosen[i];
    else
        pack_range(to, first, step, s->n);
    s->var[dst] = to;
    s->fixed[dst] = false;
}

static void run_op(Run *r, Strip *s, int i)
{
    const Body *b = r->body;
    const BodyOp *o = &b->ops[i];
    const void *in[OP_IN_MAX];
    unsigned fixed = 0;
    if (r->chain[i] == CHAIN_INNER)
        return;
    void *out = r->direct[i] >= 0 ? s->at[b->nargs + r->direct[i]] : buffer_at(r, o->dst);
    for (int k = 0; k < op_nin((OpCode)o->op) && r->chain[i] < 0; k++) {
        in[k] = s->var[o->src[k]];
        fixed |= (unsigned)s->fixed[o->src[k]] << k;
    }
    if (r->chain[i] >= 0) {
        supers_run(r, s, i, out);
    } else {
        r->kernel[i](s->n, &out, in, fixed, &r->flags[i]);
        csr_take(r->own_flags[i], &r->flags[i]);
    }
    s->var[o->dst] = out;
    s->fixed[o->dst] = false;
}

static void store_outputs(const Run *r, const Strip *s)
{
    const Body *b = r->body;
    for (int k = 0; k < b->nouts; k++) {
        int a = b->nargs + k;
        int64_t stride = r->stride[a][r->nd - 1];
        if (r->handed[k])
            continue;
        const char *from = s->var[b->outs[k]];
        if (s->chosen)
            pack_scatter_chosen(s->at[a], stride, from, s->chosen, s->n, r->size[a]);
        else if (stride == r->size[a] || s->n == 1)
            copy_bytes(s->at[a], from, s->n * r->size[a]);
        else
            pack_scatter(s->at[a], stride, from, s->n, r->size[a]);
    }
}

static void run_compiled_strip(Run *r, Strip *s, const int64_t at[], int64_t offset)
{
    const Body *b = r->body;
    char *out[BODY_OUT_MAX];
    for (int k = 0; k < b->nouts; k++) {
        int v = b->outs[k], direct = r->direct[v - b->nargs];
        out[k] = direct >= 0 ? s->at[b->nargs + direct] : buffer_at(r, v);
        s->var[v] = out[k];
    }
    compiled_strip(r, s, out, at, offset);
}

/* Positions of the strip's n elements where the mask is true; answers their number. */
static int64_t choose_elements(const Run *r, const char *mask, int64_t n, int16_t chosen[])
{
    int64_t stride = r->stride[r->nargs_all - 1][r->nd - 1], count = 0;
    for (int64_t i = 0; i < n; i++) {
        chosen[count] = (int16_t)i;
        count += mask[i * stride] != 0;
    }
    return count;
}

static void run_strip(Run *r, char *const row[], const int64_t at[], int64_t tile_row,
                      int64_t offset, int64_t n)
{
    const Body *b = r->body;
    int last = r->nd - 1;
    int16_t chosen[STRIP];
    Strip s;
    s.n = n;
    s.chosen = NULL;
    s.tile_row = tile_row;
    for (int a = 0; a < r->nargs_all; a++)
        s.at[a] = row[a] + offset * r->stride[a][last];
    if (r->masked) {
        s.n = choose_elements(r, s.at[r->nargs_all - 1], n, chosen);
        s.chosen = chosen;
        if (!s.n)
            return;
    }
    for (int a = 0; a < b->nargs; a++)
        load_arg(r, &s, a);
    if (r->compiled)
        run_compiled_strip(r, &s, at, offset);
    for (int i = 0; i < b->nops && !r->compiled; i++) {
        if (b->ops[i].op == OP_INDEX)
            run_index(r, &s, b->ops[i].dst, b->ops[i].src[0], at, offset);
        else
            run_op(r, &s, i);
    }
    store_outputs(r, &s);
    count_work(r, n * b->nops);
}

/* -- rows -- */

static void fill_blocks(const Run *r, char *const row[])
{
    for (int a = 0; a < r->body->nargs; a++)
        if (r->form[a] == FORM_FIXED)
            pack_block(r->blocks + a * PACK_BLOCK_BYTES, row[a], r->size[a]);
}

/* n elements of a row through its op's kernel; `tile_row` as of a strip. */
static void run_plain(Run *r, char *const row[], int64_t tile_row, int64_t offset, int64_t n)
{
    const BodyOp *o = &r->body->ops[0];
    int last = r->nd - 1, out = r->body->nargs;
    const void *in[OP_IN_MAX];
    unsigned fixed = 0;
    for (int k = 0; k < op_nin((OpCode)o->op); k++) {
        int a = o->src[k];
        if (r->form[a] == FORM_FIXED) {
            in[k] = r->blocks + a * PACK_BLOCK_BYTES;
            fixed |= 1u << k;
        } else {
            in[k] = r->tile[a] >= 0 ? tile_at(r, a) + tile_row * r->pitch * r->size[a]
                                    : row[a] + offset * r->stride[a][last];
        }
    }
    void *to = row[out] + offset * r->size[out];
    r->kernel[0](n, &to, in, fixed, &r->flags[0]);
    csr_take(r->own_flags[0], &r->flags[0]);
    count_work(r, n);
}

static void next_addresses(const Run *r, char *row[], int axis)
{
    for (int a = 0; a < r->nargs_all; a++)
        row[a] += r->stride[a][axis];
}

static void run_plain_rows(Run *r)
{
    int64_t at[NDIM_MAX] = {0}, n = r->shape[r->nd - 1];
    int axis = r->nd - 2;
    int64_t rows = axis < 0 ? 1 : r->shape[axis], chunk = strips_poll ? POLL_ELEMENTS : n;
    char *row[ARGS];
    do {
        row_address(r, at, row);
        for (int64_t k = 0; k < rows; k++) {
            fill_blocks(r, row);
            for (int64_t offset = 0; offset < n; offset += chunk)
                run_plain(r, row, 0, offset, int64_min(chunk, n - offset));
            if (axis >= 0)
                next_addresses(r, row, axis);
        }
    } while (next_row(r, axis < 0 ? 0 : axis, at));
}

static void run_rows(Run *r)
{
    int64_t at[NDIM_MAX] = {0}, n = r->shape[r->nd - 1];
    char *row[ARGS];
    do {
        row_address(r, at, row);
        fill_blocks(r, row);
        for (int64_t offset = 0; offset < n; offset += r->strip)
            run_strip(r, row, at, 0, offset, int64_min(r->strip, n - offset));
    } while (next_row(r, r->nd - 1, at));
}

/* Some rows of the last outer axis, short strip by short strip, each strip for all of them. */
static void run_tile_rows(Run *r, int64_t at[], int64_t rows)
{
    int last = r->nd - 1;
    int64_t n = r->shape[last], first = at[last - 1];
    bool plain = is_plain(r);
    char *row[ARGS];
    for (int64_t offset = 0; offset < n; offset += r->strip) {
        int64_t m = int64_min(r->strip, n - offset);
        at[last - 1] = first;
        row_address(r, at, row);
        for (int a = 0; a < r->body->nargs; a++)
            if (r->tile[a] >= 0)
                pack_turned(tile_at(r, a), r->pitch * r->size[a],
                            row[a] + offset * r->stride[a][last], r->stride[a][last],
                            r->stride[a][last - 1], m, rows, r->size[a]);
        for (int64_t k = 0; k < rows; k++) {
            at[last - 1] = first + k; /* INDEX reads it */
            fill_blocks(r, row);
            if (plain)
                run_plain(r, row, k, offset, m);
            else
                run_strip(r, row, at, k, offset, m);
            next_addresses(r, row, last - 1);
        }
    }
    at[last - 1] = first;
}

static void run_tiles(Run *r)
{
    int64_t at[NDIM_MAX] = {0};
    int row_axis = r->nd - 2;
    do
        for (at[row_axis] = 0; at[row_axis] < r->shape[row_axis]; at[row_axis] += r->tile_rows)
            run_tile_rows(r, at, int64_min(r->tile_rows, r->shape[row_axis] - at[row_axis]));
    while (next_row(r, row_axis, at));
}

/* ---- copies ---- */

/* Rows of the last outer axis whose elements lie side by side in `from`: blocks of TURN_ROWS by
 * TURN_COLUMNS are turned straight into their place. */
static void copy_turned(Run *r, char *to, const char *from)
{
    int last = r->nd - 1, size = r->size[0];
    const int64_t *in = r->stride[0], *out = r->stride[1];
    int64_t rows = r->shape[last - 1], n = r->shape[last], high = TURN_ROW_BYTES / size;
    for (int64_t k = 0; k < rows; k += high)
        for (int64_t i = 0; i < n; i += TURN_COLUMNS) {
            int64_t w = int64_min(TURN_COLUMNS, n - i), h = int64_min(high, rows - k);
            pack_turned(to + k * out[last - 1] + i * size, out[last - 1],
                        from + i * in[last] + k * size, in[last], size, w, h, size);
            count_work(r, w * h);
        }
}

/* A body that is one COPY: elements go straight from place to place, without strips. */
static bool run_copy(Run *r)
{
    const Body *b = r->body;
    int last = r->nd - 1, size = r->size[0];
    if (b->nops != 1 || b->nouts != 1 || b->ops[0].op != OP_COPY || r->masked ||
        r->base[0] == r->base[1])
        return false;
    const int64_t *in = r->stride[0], *out = r->stride[1];
    int64_t at[NDIM_MAX] = {0}, n = r->shape[last];
    char *row[ARGS];
    bool turned = r->nd > 1 && out[last] == size && in[last - 1] == size && in[last] != size &&
                  r->shape[last - 1] >= TURN_LEAST;
    do {
        row_address(r, at, row);
        if (turned) {
            copy_turned(r, row[1], row[0]);
            continue;
        }
        pack_row(row[1], out[last], row[0], in[last], n, size);
        count_work(r, n);
    } while (next_row(r, turned ? last - 1 : last, at));
    return true;
}

static void choose_kernels(Run *r)
{
    const Body *b = r->body;
    for (int i = 0; i < b->nops; i++) {
        r->kernel[i] = b->ops[i].op == OP_INDEX ? NULL : kernel_of(table(), &b->ops[i]);
        r->own_flags[i] = op_uses_hardware((OpCode)b->ops[i].op, (DType)b->ops[i].loop);
        r->chain[i] = CHAIN_ALONE;
    }
    r->supers = table()->super;
}

static void run_settled(Run *r)
{
    int16_t last[BODY_ARG_MAX + BODY_OP_MAX];
    if (run_copy(r))
        return;
    choose_forms(r);
    if (r->may_compile)
        compiled_find(r);
    if (!r->compiled || r->compiled->calls || !r->by_rows)
        choose_kernels(r);
    if (r->compiled && r->by_rows) {
        compiled_rows(r);
        return;
    }
    if (!r->compiled && strips_chains && r->body->nops > 1)
        supers_choose(r);
    choose_tiles(r);
    last_uses(r, last);
    choose_direct(r, last);
    int count = r->compiled ? choose_compiled_buffers(r) : choose_buffers(r, last);
    r->strip = strip_length(r);
    r->pitch = int64_min(r->strip, r->shape[r->nd - 1]) + TILE_GAP;
    char buffers[count * STRIP_BYTES + 64] __attribute__((aligned(64)));
    char blocks[r->body->nargs * PACK_BLOCK_BYTES + 64] __attribute__((aligned(64)));
    char tiles[r->ntiles * TILE_ROW_BYTES * r->pitch + 64] __attribute__((aligned(64)));
    r->buffers = buffers;
    r->blocks = blocks;
    r->tiles = tiles;
    if (r->ntiles)
        run_tiles(r);
    else if (is_plain(r))
        run_plain_rows(r);
    else
        run_rows(r);
}

/* ---- the short way: one op over memory as it lies ---- */

typedef enum Layout { LAYOUT_DENSE, LAYOUT_CONSTANT, LAYOUT_OTHER } Layout;

static Layout layout_of(const StripArg *arg, int ndim, const int64_t shape[])
{
    int64_t stride = dtype_size(arg->dtype);
    bool dense = true, constant = true;
    for (int k = ndim - 1; k >= 0; k--) {
        if (shape[k] == 1)
            continue;
        dense &= arg->stride[k] == stride;
        constant &= arg->stride[k] == 0;
        stride *= shape[k];
    }
    return dense ? LAYOUT_DENSE : constant ? LAYOUT_CONSTANT : LAYOUT_OTHER;
}

/* Runs a body of one op whose operands are dense in C order or constant; answers false, having done
 * nothing, else. */
static bool run_one(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                    int *flags)
{
    const BodyOp *o = &b->ops[0];
    char blocks[OP_IN_MAX][PACK_BLOCK_BYTES] __attribute__((aligned(64)));
    const void *in[OP_IN_MAX];
    int64_t step[OP_IN_MAX], n = 1;
    unsigned fixed = 0;
    int nin = op_nin((OpCode)o->op);
    if (layout_of(&args[b->nargs], ndim, shape) != LAYOUT_DENSE)
        return false;
    for (int k = 0; k < nin; k++) {
        const StripArg *arg = &args[o->src[k]];
        Layout layout = layout_of(arg, ndim, shape);
        if (layout == LAYOUT_OTHER)
            return false;
        step[k] = dtype_size(arg->dtype);
        in[k] = arg->base;
        if (layout == LAYOUT_CONSTANT) {
            pack_block(blocks[k], arg->base, (int)step[k]);
            in[k] = blocks[k];
            step[k] = 0;
            fixed |= 1u << k;
        }
    }
    for (int k = 0; k < ndim; k++)
        n *= shape[k];
    StripKernel *kernel = kernel_of(table(), o);
    bool own = op_uses_hardware((OpCode)o->op, (DType)o->loop);
    int64_t chunk = strips_poll ? POLL_ELEMENTS : n;
    for (int64_t first = 0; first < n; first += chunk) {
        void *out = args[b->nargs].base + first * dtype_size((DType)o->out);
        const void *at[OP_IN_MAX];
        for (int k = 0; k < nin; k++)
            at[k] = (const char *)in[k] + first * step[k];
        kernel(int64_min(chunk, n - first), &out, at, fixed, flags);
        csr_take(own, flags);
        if (first + chunk < n)
            poll();
    }
    return true;
}

StripsCount strips_count;
bool strips_chains = true;

/* Each element of an operand once. */
static void count_moved(const Body *b, int ndim, const int64_t shape[], const StripArg args[])
{
    int64_t moved = 0;
    for (int k = 0; k < b->nargs + b->nouts; k++) {
        int64_t n = dtype_size(args[k].dtype);
        for (int d = 0; d < ndim; d++)
            n *= args[k].stride[d] ? shape[d] : 1;
        moved += n;
    }
    strips_count.moved += moved;
}

/* A body in general; `may_compile`: or its compiled kernel. */
static void run_body(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                     const int64_t origin[], const StripArg *where, int flags[], bool may_compile)
{
    Run r;
    r.body = b;
    r.flags = flags;
    r.masked = where != NULL;
    r.may_compile = may_compile;
    r.compiled = NULL;
    r.indexed = body_uses_index(b);
    r.until_poll = POLL_ELEMENTS;
    for (int k = 0; k < NDIM_MAX; k++)
        r.origin[k] = origin && k < ndim ? origin[k] : 0;
    take_axes(&r, ndim, shape, args, where);
    order_axes(&r);
    if (!r.indexed)
        merge_axes(&r);
    choose_inner(&r);
    choose_row_axis(&r);
    run_settled(&r);
}

void strips_tell(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                 const int64_t origin[], int flags[])
{
    run_body(b, ndim, shape, args, origin, NULL, flags, false);
}

void strips_run(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                const int64_t origin[], const StripArg *where, int flags[])
{
    int ignored[BODY_OP_MAX];
    if (!flags)
        flags = ignored;
    for (int k = 0; k < ndim; k++)
        if (shape[k] == 0)
            return;
    strips_count.runs++;
    if (__builtin_expect(strips_count.counts_moved, 0))
        count_moved(b, ndim, shape, args);
    unsigned csr = csr_begin();
    if (b->nops == 1 && !where && b->nouts == 1 && b->ops[0].op != OP_INDEX &&
        run_one(b, ndim, shape, args, flags)) {
        csr_end(csr);
        return;
    }
    run_body(b, ndim, shape, args, origin, where, flags, b->nops >= JIT_LEAST_OPS);
    csr_end(csr);
}

Scalar strips_scalar(OpCode op, DType loop, const Scalar in[], int *flags)
{
    Scalar out;
    memset(&out, 0, sizeof out);
    const void *at[OP_IN_MAX] = {&in[0], &in[1], &in[2]};
    void *to = &out;
    unsigned csr = csr_begin();
    table()->loop[op][loop](1, &to, at, 0, flags);
    csr_take(op_uses_hardware(op, loop), flags);
    csr_end(csr);
    return out;
}
