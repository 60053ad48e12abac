/* submit.c -- from the language's calls to statements, windows and plans.  Replicated.
 *
 * A statement on small whole stores with nothing pending runs at once; all else collects in the
 * window until something observes or the window is full.  Stores are retained by the statements
 * that mention them.
 */
#include "runtime/submit.h"

#include "runtime/body.h"
#include "runtime/exec/direct.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/net.h"
#include "runtime/exec/strips.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/trace.h"

enum {
    WINDOW_MAX = WINDOW_STMTS,
    WINDOW_WORK = 10000000
}; /* statements; units of products or eight times as many of other work */

Machine rt_machine = {
    .nshards = 1, .tiles_per_shard = 1, .whole_below = 64 << 10, .slack = 64 << 20};
RtConfig rt_config;
ErrState rt_errstate = {ERRMODE_WARN, ERRMODE_WARN, ERRMODE_IGNORE, ERRMODE_WARN, false};
void (*rt_where)(const char **file, int *line);
void (*rt_warn)(const char *file, int line, const char *text);
void (*rt_work)(int64_t units);
bool (*rt_epoch)(void);

void (*rt_plan_seen)(const Plan *p);

int64_t rt_waiting;

static Window window;
static int64_t turn_first; /* pending statements when the loop turned last */
static Arena exec_arena;
static int64_t stmt_count, window_work;
static bool running;

/* ----------------------------------------------------------------- statements */

const char *stmt_name(const Stmt *s)
{
    static const char *const kinds[] = {
        "ew",   "fold",   "scan",  "scan-leaf",   "scan-finish", "matmul", "dot",
        "host", "stream", "take",  "put",         "nonzero",     "sort",   "spread",
        "load", "save",   "fetch", "check-index", "searchsorted"};
    static const char *const folds[] = {"sum", "prod", "min", "max",   "and",    "or",
                                        "xor", "any",  "all", "count", "argmin", "argmax"};
    if (s->kind == ST_EW)
        return s->nparts ? "fused" : s->op >= 0 ? ops_info[s->op].name : "body";
    if (s->kind == ST_FOLD)
        return folds[s->op];
    return kinds[s->kind];
}

void stmt_init(Stmt *s, StmtKind kind, int op, DType loop)
{
    memset(s, 0, offsetof(Stmt, room)); /* stmt_req fills those in use */
    memset(&s->ndim, 0, sizeof *s - offsetof(Stmt, ndim));
    s->req = s->room;
    s->kind = kind;
    s->op = op;
    s->loop = loop;
    s->cut_axis = -1;
    s->err = rt_errstate;
    if (rt_where)
        rt_where(&s->file, &s->line);
}

void stmt_req(Stmt *s, int k, const Operand *op, Privilege privilege)
{
    Req *r = &s->req[k];
    r->op = *op;
    r->privilege = privilege;
    memset(r->scale, 0, sizeof r->scale);
    for (int d = 0; d < NDIM_MAX; d++)
        r->pair[d] = (int8_t)d;
}

void stmt_space(Stmt *s, int ndim, const int64_t shape[])
{
    s->ndim = ndim;
    memcpy(s->shape, shape, sizeof *shape * (size_t)ndim);
    /* an estimate for epochs: elements, each with its terms at their speed */
    double n = s->kind == ST_MATMUL
                   ? (double)(s->req[0].op.view.shape[s->req[0].op.view.ndim - 1] / 8 + 1)
                   : 1;
    for (int d = 0; d < ndim; d++)
        n *= (double)shape[d];
    int64_t units = 20 + (int64_t)(n / 32 / (double)rt_machine.nshards);
    window_work += s->kind == ST_MATMUL ? units : units / 8;
    if (rt_work)
        rt_work(units);
}

static const char *const condition_text[] = {"divide by zero", "overflow", "underflow",
                                             "invalid value"};

static Status condition(const Stmt *s, const char *op, int bit, ErrMode mode)
{
    char text[160];
    snprintf(text, sizeof text, "%s encountered in %s%s", condition_text[bit],
             s->err.scalar ? "scalar " : "", op);
    if (mode == ERRMODE_RAISE)
        return fail(ERR_FLOAT, "%s", text);
    if (mode == ERRMODE_WARN && rt_warn)
        rt_warn(s->file, s->line, text);
    if (mode == ERRMODE_PRINT && net_rank() == 0)
        fprintf(stderr, "Warning: %s\n", text);
    return OK;
}

Status stmt_conditions(const Stmt *s, int flags, int cast_flags)
{
    ErrMode mode[4] = {s->err.divide, s->err.over, s->err.under, s->err.invalid};
    if (flags & FLAG_NEGATIVE_POWER)
        return fail(ERR_VALUE, "Integers to negative integer powers are not allowed.");
    const char *name = s->kind == ST_FOLD   ? "reduce"
                       : s->kind == ST_SCAN ? "accumulate"
                                            : stmt_name(s);
    if (s->kind == ST_DOT || s->kind == ST_MATMUL) {
        if (s->param[3] == PRODUCT_SILENT)
            return OK;
        static const char *const products[] = {"dot", "matmul", "vecdot"};
        name = products[s->param[3]];
    }
    for (int bit = 0; bit < 4; bit++)
        if (flags >> bit & 1)
            TRY(condition(s, name, bit, mode[bit]));
    for (int bit = 0; bit < 4; bit++)
        if (cast_flags >> bit & 1)
            TRY(condition(s, "cast", bit, mode[bit]));
    return OK;
}

/* Memory goes at once; statements' texts stay for the warnings. */
static void let_go(Stmt *s)
{
    for (int k = 0; k < s->nheld; k++) {
        s->held[k]->pending--;
        store_release(s->held[k]);
    }
    s->nheld = 0;
}

static void finish(Stmt *s)
{
    let_go(s);
    free(s->extra);
    s->extra = NULL;
}

static void or_bytes(void *acc, const void *x, int64_t n)
{
    uint8_t *a = acc;
    const uint8_t *b = x;
    for (int64_t i = 0; i < n; i++)
        a[i] |= b[i];
}

/* May the statement meet floating-point conditions? */
static bool has_conditions(const Stmt *s)
{
    if (s->kind == ST_EW) {
        if (s->nfolds)
            return true;
        for (int i = 0; i < s->body->nops; i++)
            if (s->body->ops[i].op == OP_CAST || ops_info[s->body->ops[i].op].rule != RULE_NONE)
                return true;
        return false;
    }
    return s->kind == ST_FOLD || s->kind == ST_MATMUL || s->kind == ST_DOT || s->kind == ST_SCAN ||
           s->kind == ST_SCAN_LEAF || s->kind == ST_SCAN_FINISH;
}

/* Must the statement be awaited because it can fail on values? */
static bool is_checked(const Stmt *s)
{
    const ErrState *e = &s->err;
    if (e->divide == ERRMODE_RAISE || e->over == ERRMODE_RAISE || e->under == ERRMODE_RAISE ||
        e->invalid == ERRMODE_RAISE)
        return has_conditions(s);
    return s->kind == ST_EW && s->op == OP_POWER && dtype_is_integer(s->loop) && s->req[1].op.store;
}

/* After a failure nothing runs any more: what was to be written whole stays logically zero. */
static void leave_zero(const Plan *p, int64_t first)
{
    for (int64_t i = first; i < p->ntasks; i++)
        for (int k = 0; k < p->task[i].stmt->nout; k++) {
            Store *s = stmt_out(p->task[i].stmt, k)->op.store;
            if (s)
                s->made_whole = false;
        }
}

/* Plan the statements of a window and run them; the window is empty afterwards.  What a small
 * window that overtook the other has to report comes after what the other has. */
static Status window_run(Window *w)
{
    Plan plan;
    Status st = OK;
    ASSERT(!running, "a statement submitted while a window runs");
    running = true;
    int64_t t0 = exec_now_ns();
    exec_stats.windows++;
    exec_stats.statements += w->stmt.n;
    trace_window(&rt_machine, w, &plan);
    exec_stats.replayed += plan.replayed;
    exec_stats.plan_ns += exec_now_ns() - t0;
    if (net_watched())
        net_planned(plan.replayed ? plan.hash : plan_hash(&plan));
    if (rt_plan_seen)
        rt_plan_seen(&plan);
    int64_t n = plan.nstmts;
    uint8_t *flags = xcalloc((size_t)n, 2);
    bool share = false;
    for (int64_t i = 0; i < plan.ntasks && st == OK; i++) {
        PlanTask *t = &plan.task[i];
        st = exec_task(&rt_machine, net_rank(), t, &exec_arena, flags);
        if (st != OK)
            leave_zero(&plan, i);
        share |= !t->whole && has_conditions(t->stmt);
        for (int64_t j = 0; j < t->nfinishes; j++)
            let_go(t->finishes[j]);
        arena_reset(&exec_arena);
    }
    if (share && net_nranks() > 1)
        net_allreduce(flags, 2 * n, 1, or_bytes);
    running = false;
    bool any = false;
    for (int64_t i = 0; i < 2 * n; i++)
        any |= flags[i] != 0;
    if (any && st == OK)
        st = rt_flush();
    for (int64_t i = 0; i < w->stmt.n && any; i++) {
        const Stmt *s = w->stmt.at[i];
        if (st == OK && (flags[2 * s->index] | flags[2 * s->index + 1]))
            st = stmt_conditions(s, flags[2 * s->index], flags[2 * s->index + 1]);
    }
    free(flags);
    for (int64_t i = 0; i < w->stmt.n; i++)
        finish(w->stmt.at[i]);
    vec_free(&w->stmt);
    arena_reset(&w->arena);
    return st;
}

Status rt_flush(void)
{
    window_work = rt_waiting = turn_first = 0;
    if (!window.stmt.n)
        return OK;
    Window w = window;
    memset(&window, 0, sizeof window);
    Status st = window_run(&w);
    if (!window.arena.first)
        window.arena = w.arena;
    else
        arena_fini(&w.arena);
    if (st == OK && rt_epoch && rt_epoch())
        return fail(ERR_INTERRUPT, "interrupted");
    return st;
}

Status rt_turn(void)
{
    int64_t n = window.stmt.n, turn = n - turn_first;
    turn_first = n;
    return n + turn > WINDOW_MAX ? rt_flush() : OK;
}

/* Too many elements for one call: others would wait for a message meanwhile. */
static bool is_long(int64_t n)
{
    return n > DIRECT_MAX && rt_machine.nshards > 1;
}

static bool is_light(const Store *s)
{
    return store_is_light(s, &rt_machine);
}

static bool ready(const Stmt *s)
{
    if (s->kind == ST_EW && !is_light(s->req[s->nin].op.store))
        return false;
    for (int k = 0; k < stmt_nreqs(s); k++)
        if (s->req[k].op.store && !store_is_ready(s->req[k].op.store))
            return false;
    return true;
}

/* Of what ran at once, after those of the statements that it overtook. */
static Status late_conditions(const Stmt *s, int flags, int cast_flags)
{
    TRY(rt_flush());
    return stmt_conditions(s, flags, cast_flags);
}

/* On whole stores with nothing pending: at once, without a plan. */
static Status submit_whole(Stmt *s)
{
    int f = 0, c = 0;
    ASSERT(!running, "a statement submitted while a window runs");
    running = true;
    s->number = ++stmt_count;
    exec_stats.statements++;
    Status st = exec_whole(&rt_machine, net_rank(), s, &exec_arena, &f, &c);
    arena_reset(&exec_arena);
    running = false;
    free(s->extra);
    s->extra = NULL;
    return st == OK && (f | c) ? late_conditions(s, f, c) : st;
}

static bool runs_whole(const Stmt *s)
{
    return !rt_plan_seen && s->kind != ST_SAVE && s->kind != ST_LOAD && s->kind != ST_STREAM;
}

Status stmt_submit(Stmt *s, bool now)
{
    if (net_watched())
        net_statement(s->file, s->line, stmt_hash(s));
    static Window small;
    bool at_once = ready(s);
    now |= is_checked(s);
    if (at_once && runs_whole(s))
        return submit_whole(s);
    if (!at_once && window.stmt.n >= WINDOW_MAX) { /* now, when what was dead before is dropped */
        Status st = rt_flush();
        if (st != OK) {
            free(s->extra);
            return st;
        }
    }
    Window *w = at_once ? &small : &window;
    Stmt *copy = ARENA_NEW(&w->arena, Stmt);
    stmt_copy(copy, s);
    copy->index = w->stmt.n;
    copy->number = ++stmt_count;
    copy->nheld = 0;
    for (int k = 0; k < stmt_nreqs(copy); k++) {
        Store *st = copy->req[k].op.store;
        if (st) {
            store_retain(st);
            st->pending++;
            copy->held[copy->nheld++] = st;
            if (copy->req[k].privilege == WRITE)
                store_written(st, &copy->req[k].op.view);
        }
    }
    vec_push(&w->stmt, copy);
    if (at_once)
        return window_run(&small);
    rt_waiting = window.stmt.n;
    if (now || rt_config.flush_each || window_work > WINDOW_WORK)
        return rt_flush();
    return OK;
}

/* --------------------------------------------------------------- element-wise */

static void strip_operand(StripArg *a, const Operand *o, int ndim)
{
    a->dtype = o->dtype;
    if (!o->store) {
        a->base = (char *)&o->value;
        for (int d = 0; d < ndim; d++)
            a->stride[d] = 0;
        return;
    }
    int64_t size = dtype_size(o->dtype);
    o->store->place = PLACE_WHOLE;
    a->base = instance_whole(o->store)->data + o->view.offset * size;
    for (int d = 0; d < ndim; d++)
        a->stride[d] = o->view.stride[d] * size;
}

/* Run on whole, quiet stores at once, without a statement; the conditions met are or-ed into *f and
 * *c (casts). */
static void ew_now(const Body *body, int nin, const Operand *const in[], const Operand *out,
                   const Operand *where, int *f, int *c)
{
    StripArg arg[STMT_REQS];
    int flags[BODY_OP_MAX], ndim = out->view.ndim;
    if (out->store->version == 0 && !where && view_size(&out->view) == out->store->nelem) {
        out->store->made_whole = true;
        for (int k = 0; k < nin; k++)
            out->store->made_whole &= in[k]->store != out->store;
    }
    for (int k = 0; k < nin; k++)
        strip_operand(&arg[k], in[k], ndim);
    strip_operand(&arg[nin], out, ndim);
    if (where)
        strip_operand(&arg[nin + 1], where, ndim);
    for (int i = 0; i < body->nops; i++)
        flags[i] = 0;
    out->store->version++;
    exec_stats.statements++;
    exec_stats.tasks++;
    exec_stats.tiles++;
    strips_run(body, ndim, out->view.shape, arg, NULL, where ? &arg[nin + 1] : NULL, flags);
    for (int i = 0; i < body->nops; i++)
        *(body_is_copy(body, 0, i) ? c : f) |= flags[i];
}

static Status temp_like(const Operand *o, Operand *out)
{
    Store *t;
    TRY(store_new(o->dtype, o->view.ndim, o->view.shape, &t));
    View v = view_whole(o->view.ndim, o->view.shape);
    *out = operand_array(t, &v);
    return OK;
}

/* Does an output overlap an input other than element by element? */
static bool clashes(const Operand *out, const Operand *in)
{
    return in->store == out->store && in->store && !view_same(&in->view, &out->view) &&
           view_overlap(&in->view, &out->view);
}

static Status ew_submit(Stmt *s)
{
    Operand *out = &s->req[s->nin].op;
    for (int d = 0; d < s->ndim; d++)
        if (s->shape[d] == 0)
            return OK;
    bool clash = false;
    for (int k = 0; k < s->nin + s->nout + s->masked; k++)
        clash |= k != s->nin && clashes(out, &s->req[k].op);
    if (clash) {
        Operand dst = *out, temp, mask;
        TRY(temp_like(&dst, &temp));
        bool masked = s->masked;
        if (masked)
            mask = s->req[s->nin + 1].op;
        s->masked = false;
        *out = temp;
        Status st;
        if (masked) { /* keep what the mask leaves alone, and conditions to where it is true */
            st = rt_copy(out, &dst);
            s->masked = true;
            s->req[s->nin + 1].op = mask;
            if (st == OK)
                st = ew_submit(s);
        } else
            st = ew_submit(s);
        if (st == OK)
            st = rt_copy(&dst, &temp);
        store_release(temp.store);
        return st;
    }
    if (ready(s) && !running) {
        const Operand *in[STMT_REQS];
        int f = 0, c = 0;
        if (net_watched())
            net_statement(s->file, s->line, stmt_hash(s));
        for (int k = 0; k < s->nin; k++)
            in[k] = &s->req[k].op;
        ew_now(s->body, s->nin, in, out, s->masked ? &s->req[s->nin + 1].op : NULL, &f, &c);
        return f | c ? late_conditions(s, f, c) : OK;
    }
    return stmt_submit(s, false);
}

Status rt_body(const Body *b, int nin, const Operand in[], const Operand *out)
{
    Stmt s;
    stmt_init(&s, ST_EW, -1, out->dtype);
    s.nin = nin;
    s.nout = 1;
    for (int k = 0; k < nin; k++)
        stmt_req(&s, k, &in[k], READ);
    stmt_req(&s, nin, out, WRITE);
    stmt_space(&s, out->view.ndim, out->view.shape);
    if (!ready(&s)) { /* the statement outlives the caller's body */
        s.extra = memcpy(xmalloc(sizeof *b), b, sizeof *b);
        s.body = s.extra;
    } else
        s.body = b;
    return ew_submit(&s);
}

/* Several ranks: what runs at once is an event of the stream too. */
static void note(uint64_t what)
{
    const char *file = NULL;
    int line = 0;
    if (rt_where)
        rt_where(&file, &line);
    net_statement(file, line, what);
    if (rt_work)
        rt_work(20); /* such arrays are small */
}

static void ew_note(OpCode op, DType loop, int nin, const Operand in[], const Operand *out,
                    const Operand *where)
{
    uint32_t err;
    memcpy(&err, &rt_errstate, sizeof err);
    uint64_t h = operand_hash((uint64_t)err << 32 ^ (uint64_t)op << 8 ^ (uint64_t)loop, out);
    for (int k = 0; k < nin; k++)
        h = operand_hash(h, &in[k]);
    note(where ? operand_hash(h, where) : h);
}

static uint64_t dense_hash(uint64_t h, const Dense *d)
{
    const View v = {.offset = d->first};
    h ^= (uint64_t)d->apart << 48;
    return operand_hash(
        h, &(Operand){.store = d->store, .dtype = d->dtype, .view = v, .value = d->value});
}

/* The same of dense operands; out may be NULL. */
static void dense_note(int op, DType loop, int nin, const Dense in[], const Dense *out, int ndim,
                       const int64_t shape[])
{
    uint32_t err;
    memcpy(&err, &rt_errstate, sizeof err);
    uint64_t h = (uint64_t)err << 32 ^ (uint64_t)op << 8 ^ (uint64_t)loop;
    for (int d = 0; d < ndim; d++)
        h = h * 0x9e3779b97f4a7c15u + (uint64_t)shape[d];
    for (int k = 0; k < nin; k++)
        h = dense_hash(h, &in[k]);
    note(out ? dense_hash(h, out) : h);
}

/* Conditions of what ran without a statement. */
static Status now_conditions(const OpLoop *loop, int flags, int cast_flags)
{
    Stmt s;
    stmt_init(&s, ST_EW, loop->op, loop->loop);
    return late_conditions(&s, flags, cast_flags);
}

bool rt_ew_dense(const OpLoop *loop, int nin, const Dense in[], const Dense *out, int64_t n,
                 int ndim, const int64_t shape[], Status *st)
{
    DirectArg arg[OP_IN_MAX];
    Store *to = out->store;
    bool fresh = to->version == 0 && n == to->nelem;
    int f = 0, c = 0;
    if (running || is_long(n) || !store_is_ready(to) || !is_light(to))
        return false;
    for (int k = 0; k < nin; k++) {
        Store *s = in[k].store;
        arg[k] = (DirectArg){&in[k].value, in[k].dtype, !s, in[k].apart * dtype_size(in[k].dtype)};
        if (!s)
            continue;
        if (!store_is_ready(s) || (s == to && (in[k].first != out->first || in[k].apart)))
            return false;
        s->place = PLACE_WHOLE;
        fresh &= s != to;
        arg[k].at = instance_whole(s)->data + in[k].first * dtype_size(in[k].dtype);
    }
    to->made_whole |= fresh;
    to->place = PLACE_WHOLE;
    char *at = instance_whole(to)->data + out->first * dtype_size(out->dtype);
    if (!direct_ew(loop, nin, n, arg, at, &f, &c))
        return false;
    if (net_watched())
        dense_note(loop->op, loop->loop, nin, in, out, ndim, shape);
    to->version++;
    exec_stats.statements++;
    exec_stats.tasks++;
    exec_stats.tiles++;
    *st = f | c ? now_conditions(loop, f, c) : OK;
    return true;
}

const void *rt_peek(const Dense *d)
{
    if (running || !store_is_ready(d->store))
        return NULL;
    d->store->place = PLACE_WHOLE;
    return instance_whole(d->store)->data + d->first * dtype_size(d->dtype);
}

static void now_counted(void)
{
    exec_stats.statements++;
    exec_stats.tasks++;
    exec_stats.tiles++;
}

void *rt_poke(const Dense *d, int64_t n)
{
    Store *s = d->store;
    if (running || rt_plan_seen || !store_is_ready(s))
        return NULL;
    if (net_watched())
        dense_note(OP_COPY, d->dtype, 0, NULL, d, 1, &n);
    s->made_whole |= s->version++ == 0 && n == s->nelem;
    s->place = PLACE_WHOLE;
    now_counted();
    return instance_whole(s)->data + d->first * dtype_size(d->dtype);
}

static Status fold_done(StmtKind kind, int op, int nin, const Dense in[], int64_t n, Product as,
                        int flags)
{
    Stmt s;
    if (net_watched())
        dense_note(OP_COUNT + op, in->dtype, nin, in, NULL, 1, &n);
    now_counted();
    exec_stats.kernels++;
    if (!flags)
        return OK;
    stmt_init(&s, kind, op, in->dtype);
    s.param[3] = as;
    return late_conditions(&s, flags, 0);
}

bool rt_fold_dense(FoldOp op, const Dense *in, int64_t n, Scalar *out, Status *st)
{
    int flags = 0;
    const void *x = !is_long(n) && !rt_plan_seen ? rt_peek(in) : NULL;
    if (!x || !direct_fold(op, in->dtype, n, x, out, &flags))
        return false;
    *st = fold_done(ST_FOLD, op, 1, in, n, PRODUCT_DOT, flags);
    return true;
}

bool rt_dot_dense(const Dense in[2], int64_t n, Product as, Scalar *out, Status *st)
{
    int flags = 0;
    const void *x = !is_long(n) && !rt_plan_seen ? rt_peek(&in[0]) : NULL,
               *y = x ? rt_peek(&in[1]) : NULL;
    if (!y)
        return false;
    direct_dot(in->dtype, n, x, y, out, &flags);
    *st = fold_done(ST_DOT, FOLD_SUM, 2, in, n, as, flags);
    return true;
}

Status rt_scalar(const OpLoop *loop, const Scalar in[], Scalar *out)
{
    int f = 0;
    *out = strips_scalar(loop->op, loop->loop, in, &f);
    return f ? now_conditions(loop, f, 0) : OK;
}

/* All whole with nothing pending, some elements, and no clash: it may run at once. */
static bool quiet(int nin, const Operand in[], const Operand *out, const Operand *where)
{
    if (running || !store_is_ready(out->store) || !is_light(out->store) ||
        (where && (!store_is_ready(where->store) || where->store == out->store)))
        return false;
    for (int d = 0; d < out->view.ndim; d++)
        if (out->view.shape[d] == 0)
            return false;
    for (int k = 0; k < nin; k++)
        if (in[k].store && (!store_is_ready(in[k].store) || clashes(out, &in[k])))
            return false;
    return true;
}

Status rt_ew(OpCode op, DType loop, int nin, const Operand in[], int nout, const Operand out[],
             const Operand *where)
{
    Stmt s;
    ASSERT(nout == 1, "%s with %d outputs", ops_info[op].name, nout);
    if (quiet(nin, in, out, where)) {
        const Operand *at[STMT_REQS];
        int f = 0, c = 0;
        for (int k = 0; k < nin; k++)
            at[k] = &in[k];
        if (net_watched())
            ew_note(op, loop, nin, in, out, where);
        ew_now(body_of_op(op, loop, nin, in, out[0].dtype), nin, at, out, where, &f, &c);
        if (!(f | c))
            return OK;
        return now_conditions(&(OpLoop){.op = op, .loop = loop}, f, c);
    }
    stmt_init(&s, ST_EW, op, loop);
    s.nin = nin;
    s.nout = 1;
    s.masked = where != NULL;
    for (int k = 0; k < nin; k++)
        stmt_req(&s, k, &in[k], READ);
    stmt_req(&s, nin, &out[0], WRITE);
    if (where)
        stmt_req(&s, nin + 1, where, READ);
    stmt_space(&s, out[0].view.ndim, out[0].view.shape);
    s.body = body_of_op(op, loop, nin, in, out[0].dtype);
    return ew_submit(&s);
}

/* Between dense operands of different stores that may run at once. */
static bool copy_now(const Operand *out, const Operand *in, Status *st)
{
    int64_t n = view_run(&out->view);
    DirectArg arg = {&in->value, in->dtype, true, 0};
    int flags = 0;
    if (n < 0 || is_long(n) || in->store == out->store || !store_is_ready(out->store) ||
        !is_light(out->store))
        return false;
    if (in->store) {
        Dense from = {in->store, in->view.offset, in->dtype, {0}, 0};
        arg.fixed = false;
        if (view_run(&in->view) != n || !(arg.at = rt_peek(&from)))
            return false;
    }
    Dense to = {out->store, out->view.offset, out->dtype, {0}, 0};
    char *at = rt_poke(&to, n);
    if (!at)
        return false;
    direct_copy(n, &arg, at, out->dtype, &flags);
    *st = flags ? now_conditions(&(OpLoop){.op = OP_COPY, .loop = in->dtype}, 0, flags) : OK;
    return true;
}

/* Strided elements of one type, not many, that may be moved at once. */
static bool move_now(const Operand *out, const Operand *in)
{
    enum { MOVE_MAX = 1 << 12 };
    int64_t n = view_size(&out->view), to_step[NDIM_MAX], step[NDIM_MAX];
    int size = dtype_size(out->dtype);
    if (n == 0 || n > MOVE_MAX || in->dtype != out->dtype || !store_is_ready(out->store) ||
        clashes(out, in))
        return false;
    const char *from = (const char *)&in->value;
    if (in->store) {
        Dense x = {in->store, in->view.offset, in->dtype, {0}, 0};
        from = rt_peek(&x);
    }
    Dense y = {out->store, out->view.offset, out->dtype, {0}, 0};
    char *to = from ? rt_poke(&y, n) : NULL;
    if (!to)
        return false;
    for (int d = 0; d < out->view.ndim; d++) {
        to_step[d] = out->view.stride[d] * size;
        step[d] = in->store ? in->view.stride[d] * size : 0;
    }
    direct_move(out->view.ndim, out->view.shape, to, to_step, from, step, size);
    return true;
}

Status rt_copy(const Operand *out, const Operand *in)
{
    if (in->store == out->store && view_same(&in->view, &out->view))
        return OK;
    Status st;
    if (copy_now(out, in, &st))
        return st;
    return move_now(out, in) ? OK : rt_ew(OP_COPY, in->dtype, 1, in, 1, out, NULL);
}

/* start + i * step for a few elements in place. */
static bool range_now(const Operand *out, DType t, Scalar start, Scalar step)
{
    int64_t n = view_run(&out->view);
    if (out->dtype != t || (t != DT_INT64 && t != DT_FLOAT64) || n < 0 || is_long(n) ||
        !is_light(out->store))
        return false;
    Dense to = {out->store, out->view.offset, t, {0}, 0};
    void *at = out->view.ndim == 1 ? rt_poke(&to, n) : NULL;
    for (int64_t i = 0; at && i < n; i++)
        if (t == DT_INT64)
            ((int64_t *)at)[i] = start.i64 + i * step.i64;
        else
            ((double *)at)[i] = start.f64 + (double)i * step.f64;
    return at != NULL;
}

Status rt_range(const Operand *out, DType t, Scalar start, Scalar step)
{
    if (range_now(out, t, start, step))
        return OK;
    Body b;
    body_init(&b);
    int x = body_arg(&b, t, true), y = body_arg(&b, t, true);
    bool ones = t == DT_INT64 && step.i64 == 1;
    int range =
        ones ? body_op(&b, OP_ADD, t, x, body_index(&b, 0), -1) : body_range(&b, 0, t, x, y);
    body_out(&b, body_cast(&b, range, out->dtype));
    Operand in[2] = {operand_const(t, start), operand_const(t, step)};
    return rt_body(&b, 2, in, out);
}

Status rt_linspace(const Operand *out, double start, double step, int64_t last, double stop)
{
    Body b;
    body_init(&b);
    int x = body_arg(&b, DT_FLOAT64, true), y = body_arg(&b, DT_FLOAT64, true),
        l = body_arg(&b, DT_INT64, true), z = body_arg(&b, DT_FLOAT64, true);
    body_out(&b, body_cast(&b, body_linspace(&b, 0, x, y, l, z), out->dtype));
    Operand in[4] = {operand_const(DT_FLOAT64, (Scalar){.f64 = start}),
                     operand_const(DT_FLOAT64, (Scalar){.f64 = step}),
                     operand_const(DT_INT64, (Scalar){.i64 = last}),
                     operand_const(DT_FLOAT64, (Scalar){.f64 = stop})};
    return rt_body(&b, 4, in, out);
}

Status rt_eye(const Operand *out, int64_t k)
{
    Body b;
    body_init(&b);
    int x = body_arg(&b, DT_INT64, true);
    body_out(&b, body_cast(&b, body_eye(&b, 0, 1, x), out->dtype));
    Operand in = operand_const(DT_INT64, (Scalar){.i64 = k});
    return rt_body(&b, 1, &in, out);
}
