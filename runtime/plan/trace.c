/* trace.c -- a window like an earlier one, in the same state, is not planned again.  Replicated.
 *
 * The key is all that plan_window looks at: the statements with their stores numbered by first
 * mention (slots), which constants are equal, and of each slot its type, shape, place, halos, spare
 * and whether it outlives the window.  A remembered plan holds the tasks, the statements they run
 * and the state that the slots are left in; replaying binds it to the stores, constants, lines and
 * data of the new window.  A window is remembered when it comes the second time.
 *
 * Invariant: equal keys give equal plans but for what is bound anew.  What the key cannot tell
 * (room for spares running out, temporaries of the planner) is not remembered.
 */
#include "runtime/plan/trace.h"

#include "runtime/body.h"
#include "runtime/plan/planner.h"

enum {
    TRACES = 64,
    SEEN = 1024, /* keys that came once, by their hash */
    SLOTS = 2 * WINDOW_STMTS,
    CONSTANTS = 2 * WINDOW_STMTS
};

/* A statement of the plan: what planning made of a submitted one, or what it added. */
typedef struct StmtNote {
    Stmt stmt;     /* its stores and constants stand for those of the first window */
    int submitted; /* its number there; -1: the planner's */
    int like;      /* where line, errstate and number come from */
    int16_t *ref;  /* of each requirement: slot, or -1 - number of the constant */
} StmtNote;

typedef struct HoldNote {
    int n;
    int16_t slot[2 * STMT_REQS + 8];
} HoldNote;

/* What planning leaves of a store. */
typedef struct SlotNote {
    Place place;
    bool placed; /* in this window */
    bool read_zero, made_whole, spare;
    int64_t writes; /* versions counted */
    int64_t spare_writes;
    int64_t below[NDIM_MAX], above[NDIM_MAX], valid_below[NDIM_MAX], valid_above[NDIM_MAX];
    Tiling tiling;
    Box spare_box;
} SlotNote;

typedef struct TaskNote {
    PlanTask task;
    StmtNote stmt;
    int *finishes, *part, *fold; /* numbers of submitted statements */
    StmtNote *folded;
} TaskNote;

typedef struct Trace {
    uint64_t hash;
    int64_t used; /* when it was used last */
    int64_t nkey, *key;
    Arena arena;
    int64_t nstmts, nleft, ntasks, nslots;
    int64_t spare_bytes; /* more than before */
    int16_t *left;       /* submitted statements that the window keeps, in order */
    HoldNote *hold;      /* of each submitted statement */
    SlotNote *slot;
    TaskNote *task;
} Trace;

static Trace *traces[TRACES];
static uint64_t seen[SEEN];
static int64_t uses;

/* The window in hand. */
static struct {
    Vec(int64_t) key;
    int64_t nstmts, nslots, nconstants, stamp;
    Stmt *stmt[WINDOW_STMTS];
    Store *slot[SLOTS];
    const Operand *constant[CONSTANTS];
    Operand constants[CONSTANTS]; /* copies: planning may rewrite the requirements */
} now;

/* ------------------------------------------------------------------------------ the key */

static void put(int64_t x)
{
    vec_push(&now.key, x);
}

static void put_ints(int n, const int64_t x[])
{
    for (int i = 0; i < n; i++)
        put(x[i]);
}

static int slot_of(Store *s)
{
    if (s->trace_stamp != now.stamp) {
        s->trace_stamp = now.stamp;
        s->trace_slot = (int32_t)now.nslots;
        now.slot[now.nslots++] = s;
    }
    return s->trace_slot;
}

static bool same_constant(const Operand *a, const Operand *b)
{
    return a->dtype == b->dtype && !memcmp(&a->value, &b->value, (size_t)dtype_size(a->dtype));
}

static int constant_of(const Operand *o)
{
    for (int i = 0; i < now.nconstants; i++)
        if (same_constant(&now.constants[i], o))
            return i;
    now.constants[now.nconstants] = *o;
    return (int)now.nconstants++;
}

static int ref_of(const Operand *o)
{
    return o->store ? slot_of(o->store) : -1 - constant_of(o);
}

static void put_tiling(const Tiling *t)
{
    put(t->ndim);
    put_ints(t->ndim, t->extent);
    for (int b = 0; b < t->nbase; b++) {
        put(t->base[b].extent);
        put(t->base[b].tiles);
        put(t->base[b].granule);
        put(t->base[b].axis);
        put(t->base[b].start);
        put(t->base[b].step);
    }
}

static void put_req(const Req *r)
{
    const View *v = &r->op.view;
    put((int64_t)ref_of(&r->op) << 16 | (int64_t)r->op.dtype << 8 | r->privilege);
    if (!r->op.store)
        return;
    put(v->offset << 5 | v->ndim);
    put_ints(v->ndim, v->shape);
    put_ints(v->ndim, v->stride);
    uint64_t pairs = 0;
    for (int k = 0; k < v->ndim; k++)
        pairs = pairs << 4 ^ (uint64_t)(r->pair[k] + 1);
    put((int64_t)pairs);
    put_ints(v->ndim, r->scale);
}

/* Kinds whose planning looks at nothing but what put_stmt writes. */
static bool is_traceable(const Stmt *s)
{
    switch (s->kind) {
    case ST_EW: /* its body follows from op and types */
        return s->op >= 0 && !s->extra;
    case ST_FOLD:
    case ST_DOT:
    case ST_FETCH:
    case ST_MATMUL:
        return !s->extra;
    default:
        return false;
    }
}

static void put_stmt(const Stmt *s)
{
    put((int64_t)s->kind | (int64_t)s->loop << 8 | (int64_t)s->nin << 16 | (int64_t)s->nout << 24 |
        (int64_t)s->masked << 32 | (int64_t)s->ndim << 40 | (int64_t)s->accumulate << 48 |
        (int64_t)s->has_initial << 49 | (int64_t)s->mode << 50 | (int64_t)s->step << 54);
    put(s->op);
    put((int64_t)s->err.divide | (int64_t)s->err.over << 8 | (int64_t)s->err.under << 16 |
        (int64_t)s->err.invalid << 24 | (int64_t)s->err.scalar << 32);
    put((int64_t)s->axes << 32 ^ s->cut_axis);
    put(s->granule);
    put_ints(4, s->param);
    put_ints(s->ndim, s->shape);
    if (s->has_initial) {
        int64_t bits[2] = {0};
        memcpy(bits, &s->initial, (size_t)dtype_size(s->loop));
        put_ints(2, bits);
    }
    for (int k = 0; k < stmt_nreqs(s); k++)
        put_req(&s->req[k]);
}

static void put_slot(const Store *s)
{
    put((int64_t)s->dtype | (int64_t)s->ndim << 8 | (int64_t)s->place << 16 |
        (int64_t)(s->version == 0) << 20 | (int64_t)s->read_zero << 21 |
        (int64_t)s->made_whole << 22 | (int64_t)(s->refs == s->pending) << 23 |
        (int64_t)(s->spare != 0) << 24 | (int64_t)(s->spare_version == s->version) << 25);
    put_ints(s->ndim, s->extent);
    if (s->spare) {
        put_ints(s->ndim, s->spare_box.lo);
        put_ints(s->ndim, s->spare_box.hi);
    }
    if (s->place != PLACE_TILED)
        return;
    put_tiling(&s->tiling);
    put_ints(s->ndim, s->below);
    put_ints(s->ndim, s->above);
    put_ints(s->ndim, s->valid_below);
    put_ints(s->ndim, s->valid_above);
}

/* The key of the window, in `now`; false when it is not to be remembered. */
static bool describe(const Window *w)
{
    int64_t room = 0;
    now.key.n = now.nslots = now.nconstants = 0;
    now.nstmts = w->stmt.n;
    now.stamp++;
    for (int64_t i = 0; i < w->stmt.n; i++)
        if (!is_traceable(w->stmt.at[i]) || now.nslots + STMT_REQS > SLOTS ||
            now.nconstants + STMT_REQS > CONSTANTS)
            return false;
        else {
            now.stmt[i] = w->stmt.at[i];
            put_stmt(w->stmt.at[i]);
        }
    for (int i = 0; i < now.nslots; i++) {
        put_slot(now.slot[i]);
        room += store_share(now.slot[i]);
    }
    return store_has_room(room); /* for any spare: else plans depend on what else is there */
}

static uint64_t key_hash(void)
{
    uint64_t h = 1;
    for (int64_t i = 0; i < now.key.n; i++) {
        h = (h ^ (uint64_t)now.key.at[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return h;
}

static Trace **place_of(uint64_t hash)
{
    Trace **oldest = &traces[0];
    for (int i = 0; i < TRACES; i++) {
        if (traces[i] && traces[i]->hash == hash && traces[i]->nkey == now.key.n &&
            !memcmp(traces[i]->key, now.key.at, sizeof(int64_t) * (size_t)now.key.n))
            return &traces[i];
        if (*oldest && (!traces[i] || traces[i]->used < (*oldest)->used))
            oldest = &traces[i];
    }
    return oldest;
}

static void trace_free(Trace **at)
{
    if (!*at)
        return;
    free((*at)->key);
    arena_fini(&(*at)->arena);
    free(*at);
    *at = NULL;
}

void trace_reset(void)
{
    for (int i = 0; i < TRACES; i++)
        trace_free(&traces[i]);
    memset(seen, 0, sizeof seen);
}

/* ---------------------------------------------------------------------------- remember */

static int number_of(const Stmt *s)
{
    for (int i = 0; i < now.nstmts; i++)
        if (now.stmt[i] == s)
            return i;
    return -1;
}

static int16_t *refs_of(Arena *a, const Stmt *s)
{
    int16_t *ref = ARENA_ARRAY(a, int16_t, stmt_nreqs(s));
    for (int k = 0; k < stmt_nreqs(s); k++)
        ref[k] = (int16_t)ref_of(&s->req[k].op);
    return ref;
}

static StmtNote note_stmt(Arena *a, const Stmt *s)
{
    StmtNote n = {.submitted = number_of(s)};
    n.like = n.submitted >= 0 ? n.submitted : s->nparts ? number_of(s->part[0].stmt) : -1;
    ASSERT(n.like >= 0, "%s of nobody", stmt_name(s));
    n.ref = refs_of(a, s);
    n.stmt = *s;
    n.stmt.req = ARENA_ARRAY(a, Req, stmt_nreqs(s));
    memcpy(n.stmt.req, s->req, sizeof(Req) * (size_t)stmt_nreqs(s));
    if (!s->nparts)
        return n;
    Body *b = ARENA_NEW(a, Body); /* what is fused lies in the window's arena */
    *b = *s->body;
    n.stmt.body = b;
    n.stmt.part = ARENA_ARRAY(a, Part, s->nparts);
    memcpy(n.stmt.part, s->part, sizeof *s->part * (size_t)s->nparts);
    n.stmt.fold = ARENA_ARRAY(a, FusedFold, s->nfolds);
    memcpy(n.stmt.fold, s->fold, sizeof *s->fold * (size_t)s->nfolds);
    return n;
}

static TaskNote note_task(Arena *a, const PlanTask *t)
{
    TaskNote n = {.task = *t, .stmt = note_stmt(a, t->stmt)};
    const Stmt *s = t->stmt;
    n.task.req = ARENA_ARRAY(a, PlanReq, stmt_nreqs(s));
    memcpy(n.task.req, t->req, sizeof(PlanReq) * (size_t)stmt_nreqs(s));
    n.task.lowered = ARENA_NEW(a, Lowered);
    n.task.lowered->arena = a;
    n.finishes = ARENA_ARRAY(a, int, t->nfinishes);
    for (int64_t i = 0; i < t->nfinishes; i++)
        n.finishes[i] = number_of(t->finishes[i]);
    n.part = ARENA_ARRAY(a, int, s->nparts);
    for (int i = 0; i < s->nparts; i++)
        n.part[i] = number_of(s->part[i].stmt);
    n.folded = ARENA_ARRAY(a, StmtNote, s->nfolds);
    for (int i = 0; i < s->nfolds; i++)
        n.folded[i] = note_stmt(a, s->fold[i].stmt);
    return n;
}

static SlotNote note_slot(const Store *s, int64_t version, Place place)
{
    SlotNote n = {.place = s->place,
                  .placed = s->place != place,
                  .read_zero = s->read_zero,
                  .made_whole = s->made_whole,
                  .spare = s->spare != 0,
                  .writes = s->version - version,
                  .spare_writes = s->spare_version - version};
    memcpy(n.below, s->below, sizeof n.below);
    memcpy(n.above, s->above, sizeof n.above);
    memcpy(n.valid_below, s->valid_below, sizeof n.valid_below);
    memcpy(n.valid_above, s->valid_above, sizeof n.valid_above);
    if (s->place == PLACE_TILED)
        n.tiling = s->tiling;
    if (s->spare)
        n.spare_box = s->spare_box;
    return n;
}

static HoldNote note_hold(const Stmt *s)
{
    HoldNote n = {.n = s->nheld};
    for (int k = 0; k < s->nheld; k++)
        n.slot[k] = (int16_t)slot_of(s->held[k]);
    return n;
}

/* Plan the window in hand; NULL: the plan has what cannot be remembered.  A slot's store may have
 * died meanwhile only if nobody holds it, so all are held until the end. */
static Trace *plan_noting(const Machine *m, Window *w, Plan *out)
{
    int64_t version[SLOTS], spare[SLOTS];
    Place place[SLOTS];
    Trace *t = xcalloc(1, sizeof *t);
    arena_init(&t->arena);
    t->nslots = now.nslots;
    for (int i = 0; i < now.nslots; i++) {
        version[i] = now.slot[i]->version;
        place[i] = now.slot[i]->place;
        spare[i] = now.slot[i]->spare;
        store_retain(now.slot[i]);
        now.slot[i]->pending++; /* a statement's hold, for the planner */
    }
    plan_window(m, w, out);
    if (out->ntemps) {
        for (int i = 0; i < t->nslots; i++) {
            now.slot[i]->pending--;
            store_release(now.slot[i]);
        }
        trace_free(&t);
        return NULL;
    }
    t->nstmts = now.nstmts;
    t->nleft = w->stmt.n;
    t->left = ARENA_ARRAY(&t->arena, int16_t, t->nleft);
    for (int64_t i = 0; i < t->nleft; i++)
        t->left[i] = (int16_t)number_of(w->stmt.at[i]);
    t->hold = ARENA_ARRAY(&t->arena, HoldNote, t->nstmts);
    for (int64_t i = 0; i < t->nstmts; i++)
        t->hold[i] = note_hold(now.stmt[i]);
    t->ntasks = out->ntasks;
    t->task = ARENA_ARRAY(&t->arena, TaskNote, t->ntasks);
    for (int64_t i = 0; i < t->ntasks; i++)
        t->task[i] = note_task(&t->arena, &out->task[i]);
    t->slot = ARENA_ARRAY(&t->arena, SlotNote, t->nslots);
    for (int i = 0; i < t->nslots; i++) {
        t->slot[i] = note_slot(now.slot[i], version[i], place[i]);
        t->spare_bytes += now.slot[i]->spare - spare[i];
        now.slot[i]->pending--;
        store_release(now.slot[i]);
    }
    ASSERT(now.nslots == t->nslots, "a plan with stores of its own");
    return t;
}

static void keep(Trace *t, uint64_t hash, Trace **at)
{
    trace_free(at);
    t->hash = hash;
    t->nkey = now.key.n;
    t->key = xmalloc(sizeof(int64_t) * (size_t)t->nkey);
    memcpy(t->key, now.key.at, sizeof(int64_t) * (size_t)t->nkey);
    t->used = ++uses;
    *at = t;
}

/* ------------------------------------------------------------------------------ replay */

static void bind_reqs(const StmtNote *n, Req *req)
{
    memcpy(req, n->stmt.req, sizeof *req * (size_t)stmt_nreqs(&n->stmt));
    for (int k = 0; k < stmt_nreqs(&n->stmt); k++)
        if (n->ref[k] >= 0)
            req[k].op.store = now.slot[n->ref[k]];
        else
            req[k].op.value = now.constants[-1 - n->ref[k]].value;
}

/* The statement that a task runs: a submitted one as planning left it, or a new one. */
static Stmt *bind_stmt(Window *w, const StmtNote *n)
{
    const Stmt *like = now.stmt[n->like];
    Stmt *s = n->submitted >= 0 ? now.stmt[n->submitted] : ARENA_NEW(&w->arena, Stmt);
    Stmt old = {.file = like->file,
                .line = like->line,
                .err = like->err,
                .number = like->number,
                .index = like->index,
                .result = n->submitted >= 0 ? like->result : NULL};
    Req *req = n->submitted >= 0 ? s->room : ARENA_ARRAY(&w->arena, Req, stmt_nreqs(&n->stmt));
    int nheld = s->nheld;
    struct Store *held[2 * STMT_REQS + 8];
    memcpy(held, s->held, sizeof held);
    *s = n->stmt;
    s->req = req;
    bind_reqs(n, req);
    s->file = old.file;
    s->line = old.line;
    s->err = old.err;
    s->number = old.number;
    s->index = old.index;
    s->result = old.result;
    s->nheld = nheld;
    memcpy(s->held, held, sizeof held);
    return s;
}

static void bind_task(Window *w, const TaskNote *n, PlanTask *t)
{
    *t = n->task;
    t->stmt = bind_stmt(w, &n->stmt);
    t->finishes = ARENA_ARRAY(&w->arena, Stmt *, t->nfinishes);
    for (int64_t i = 0; i < t->nfinishes; i++)
        t->finishes[i] = now.stmt[n->finishes[i]];
    Stmt *s = t->stmt;
    if (!s->nparts)
        return;
    s->part = ARENA_ARRAY(&w->arena, Part, s->nparts);
    for (int i = 0; i < s->nparts; i++)
        s->part[i] = (Part){now.stmt[n->part[i]], n->stmt.stmt.part[i].first_op};
    s->fold = ARENA_ARRAY(&w->arena, FusedFold, s->nfolds);
    for (int i = 0; i < s->nfolds; i++) {
        s->fold[i] = n->stmt.stmt.fold[i];
        s->fold[i].stmt = bind_stmt(w, &n->folded[i]);
    }
}

static void bind_slot(Store *s, const SlotNote *n)
{
    size_t ints = sizeof(int64_t) * (size_t)s->ndim;
    s->place = n->place;
    s->read_zero = n->read_zero;
    s->made_whole = n->made_whole;
    if (n->placed && n->place == PLACE_TILED)
        s->tiling = n->tiling;
    if (n->place == PLACE_TILED) {
        memcpy(s->below, n->below, ints);
        memcpy(s->above, n->above, ints);
        memcpy(s->valid_below, n->valid_below, ints);
        memcpy(s->valid_above, n->valid_above, ints);
    }
    if (n->spare) {
        spare_note(s);
        s->spare_box = n->spare_box;
        s->spare_version = s->version + n->spare_writes;
    } else
        spare_forget(s);
    s->version += n->writes;
}

/* Statements hold in the end what planning made them hold. */
static void bind_holds(const Trace *t)
{
    for (int64_t i = 0; i < t->nstmts; i++)
        for (int k = 0; k < t->hold[i].n; k++) {
            store_retain(now.slot[t->hold[i].slot[k]]);
            now.slot[t->hold[i].slot[k]]->pending++;
        }
    for (int64_t i = 0; i < t->nstmts; i++) {
        Stmt *s = now.stmt[i];
        for (int k = 0; k < s->nheld; k++) {
            s->held[k]->pending--;
            store_release(s->held[k]);
        }
        s->nheld = t->hold[i].n;
        for (int k = 0; k < s->nheld; k++)
            s->held[k] = now.slot[t->hold[i].slot[k]];
    }
}

static void replay(Trace *t, Window *w, Plan *out)
{
    t->used = ++uses;
    out->nstmts = t->nstmts;
    out->ntemps = 0;
    out->ntasks = t->ntasks;
    out->hash = t->hash;
    for (int i = 0; i < t->nslots; i++) {
        out->hash = out->hash * 31 + (uint64_t)now.slot[i]->id;
        bind_slot(now.slot[i], &t->slot[i]);
    }
    out->task = ARENA_ARRAY(&w->arena, PlanTask, t->ntasks);
    for (int64_t i = 0; i < t->ntasks; i++)
        bind_task(w, &t->task[i], &out->task[i]);
    bind_holds(t);
    for (int64_t i = 0; i < t->nleft; i++)
        w->stmt.at[i] = now.stmt[t->left[i]];
    w->stmt.n = t->nleft;
    out->replayed = true;
}

/* ------------------------------------------------------------------------- what is equal */

typedef Vec(uint64_t) Words;

static void word(Words *to, uint64_t x)
{
    vec_push(to, x);
}

static void words(Words *to, int n, const int64_t x[])
{
    for (int i = 0; i < n; i++)
        word(to, (uint64_t)x[i]);
}

static void tiling_words(Words *to, const Tiling *t)
{
    word(to, (uint64_t)t->ndim << 8 | (uint64_t)t->nbase);
    words(to, t->ndim, t->extent);
    for (int b = 0; b < t->nbase; b++) {
        const int64_t x[] = {t->base[b].extent, t->base[b].tiles, t->base[b].granule,
                             t->base[b].axis,   t->base[b].start, t->base[b].step};
        words(to, 6, x);
    }
}

static void stmt_words(Words *to, const StmtNote *n)
{
    const Stmt *s = &n->stmt;
    const int64_t x[] = {n->submitted, n->like, s->kind,   s->op,      s->loop,    s->nin,
                         s->nout,      s->axes, s->mode,   s->granule, s->ndim,    s->nparts,
                         s->nfolds,    s->step, s->masked, s->renames, s->cut_axis};
    words(to, (int)(sizeof x / sizeof *x), x);
    words(to, s->ndim, s->shape);
    for (int k = 0; k < stmt_nreqs(s); k++) {
        const Req *r = &s->req[k];
        word(to, (uint64_t)(int64_t)n->ref[k]);
        word(to, (uint64_t)r->privilege << 8 | (uint64_t)r->op.dtype);
        if (!r->op.store)
            continue;
        word(to, (uint64_t)r->op.view.offset);
        words(to, r->op.view.ndim, r->op.view.shape);
        words(to, r->op.view.ndim, r->op.view.stride);
        for (int d = 0; d < r->op.view.ndim; d++)
            word(to, (uint64_t)(r->pair[d] + 1) << 32 ^ (uint64_t)r->scale[d]);
    }
    if (s->body)
        word(to, body_hash(s->body));
}

static void task_words(Words *to, const TaskNote *n)
{
    const PlanTask *t = &n->task;
    word(to, (uint64_t)t->whole << 8 | (uint64_t)(t->reuse + 1));
    if (!t->whole)
        tiling_words(to, &t->launch);
    for (int64_t i = 0; i < t->nfinishes; i++)
        word(to, (uint64_t)n->finishes[i]);
    stmt_words(to, &n->stmt);
    for (int i = 0; i < n->stmt.stmt.nparts; i++)
        word(to, (uint64_t)n->part[i] << 32 | (uint64_t)n->stmt.stmt.part[i].first_op);
    for (int i = 0; i < n->stmt.stmt.nfolds; i++)
        stmt_words(to, &n->folded[i]);
    for (int k = 0; k < stmt_nreqs(&n->stmt.stmt); k++) {
        const PlanReq *q = &t->req[k];
        word(to, (uint64_t)q->access | (uint64_t)q->halo << 8 | (uint64_t)q->renamed << 9 |
                     (uint64_t)q->kept << 10 | (uint64_t)q->drops << 11 | (uint64_t)q->place << 12);
        words(to, q->ndim, q->below);
        words(to, q->ndim, q->above);
        words(to, q->ndim, q->have_below);
        words(to, q->ndim, q->have_above);
        if (q->place == PLACE_TILED)
            tiling_words(to, &q->tiling);
    }
}

static Words trace_words(const Trace *t)
{
    Words to = {0};
    for (int64_t i = 0; i < t->nleft; i++)
        word(&to, (uint64_t)t->left[i]);
    for (int64_t i = 0; i < t->nstmts; i++)
        for (int k = 0; k < t->hold[i].n; k++)
            word(&to, (uint64_t)t->hold[i].slot[k]);
    for (int64_t i = 0; i < t->ntasks; i++)
        task_words(&to, &t->task[i]);
    for (int i = 0; i < t->nslots; i++) {
        const SlotNote *n = &t->slot[i];
        word(&to, (uint64_t)n->place | (uint64_t)n->read_zero << 8 | (uint64_t)n->made_whole << 9 |
                      (uint64_t)n->spare << 10);
        word(&to, (uint64_t)n->writes);
        if (n->spare) {
            word(&to, (uint64_t)n->spare_writes);
            words(&to, n->spare_box.ndim, n->spare_box.lo);
            words(&to, n->spare_box.ndim, n->spare_box.hi);
        }
        if (n->place != PLACE_TILED)
            continue;
        tiling_words(&to, &n->tiling);
        words(&to, NDIM_MAX, n->below);
        words(&to, NDIM_MAX, n->above);
        words(&to, NDIM_MAX, n->valid_below);
        words(&to, NDIM_MAX, n->valid_above);
    }
    return to;
}

static void check_same(const Trace *a, const Trace *b)
{
    Words x = trace_words(a), y = trace_words(b);
    ASSERT(x.n == y.n && !memcmp(x.at, y.at, sizeof *x.at * (size_t)x.n),
           "a remembered plan is not the one of this window");
    vec_free(&x);
    vec_free(&y);
}

/* ------------------------------------------------------------------------------- the door */

void trace_window(const Machine *m, Window *w, Plan *out)
{
    out->replayed = false;
    out->hash = 0;
    if (!m->trace || !describe(w)) {
        plan_window(m, w, out);
        return;
    }
    uint64_t hash = key_hash();
    Trace **at = place_of(hash);
    bool known = *at && (*at)->hash == hash && (*at)->nkey == now.key.n &&
                 !memcmp((*at)->key, now.key.at, sizeof(int64_t) * (size_t)now.key.n);
    if (known && !m->check_trace) {
        replay(*at, w, out);
        return;
    }
    if (!known && seen[hash % SEEN] != hash) {
        seen[hash % SEEN] = hash;
        plan_window(m, w, out);
        return;
    }
    Trace *t = plan_noting(m, w, out);
    if (known && t)
        check_same(*at, t);
    ASSERT(!known || t, "a remembered plan has temporaries now");
    if (t)
        keep(t, hash, at);
}
