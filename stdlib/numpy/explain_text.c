/* explain_text.c -- tasks, tables of tiles and messages of a plan as text.  Local. */
#include "runtime/submit.h"
#include "stdlib/numpy/explain.h"

enum { TILES_SHOWN = 8, PIECES_SHOWN = 8, TILES_LOOKED = 4096 };

/* ---------------------------------------------------------------------------- tasks */

static const char *infix(const Stmt *s)
{
    static const char *const signs[][2] = {{"add", "+"},
                                           {"subtract", "-"},
                                           {"multiply", "*"},
                                           {"divide", "/"},
                                           {"floor_divide", "//"},
                                           {"remainder", "%"},
                                           {"power", "**"},
                                           {"equal", "=="},
                                           {"not_equal", "!="},
                                           {"less", "<"},
                                           {"less_equal", "<="},
                                           {"greater", ">"},
                                           {"greater_equal", ">="},
                                           {"bitwise_and", "&"},
                                           {"bitwise_or", "|"},
                                           {"bitwise_xor", "^"},
                                           {"left_shift", "<<"},
                                           {"right_shift", ">>"}};
    if (s->kind != ST_EW || s->nin != 2)
        return NULL;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(stmt_name(s), signs[i][0]))
            return signs[i][1];
    return NULL;
}

static const char *verb(const Stmt *s)
{
    return s->kind == ST_EW && s->op < 0 ? "fill" : stmt_name(s);
}

/* Does tile j touch its own part of the operand only? */
static bool by_tiles(const PlanTask *t, int k)
{
    Access a = t->req[k].access;
    const Req *r = &t->stmt->req[k];
    if (t->whole || a == ACCESS_CONST || a == ACCESS_WHOLE || a == ACCESS_ELEMENTS)
        return false;
    for (int e = 0; e < r->op.view.ndim; e++)
        if (r->pair[e] >= 0 && tiling_is_cut(&t->launch, r->pair[e]) && r->op.view.shape[e] > 1)
            return true;
    return t->stmt->kind == ST_SPREAD;
}

static void operand_with_tile(Buf *out, const PlanTask *t, int k)
{
    operand_text(out, &t->stmt->req[k].op);
    if (by_tiles(t, k))
        buf_puts(out, "[j]");
}

void task_text(Buf *out, const PlanTask *t)
{
    const Stmt *s = t->stmt;
    const char *sign = infix(s), *name = verb(s);
    bool call = !sign && !(s->kind == ST_EW && s->op == OP_COPY);
    buf_printf(out, "%-11s ", name);
    for (int i = 0; i < s->nout; i++) {
        buf_puts(out, i ? ", " : "");
        operand_with_tile(out, t, s->nin + i);
    }
    if (s->masked) {
        buf_puts(out, " where ");
        operand_with_tile(out, t, s->nin + s->nout);
    }
    buf_puts(out, s->nout ? s->accumulate ? " += " : " = " : "");
    if (call)
        buf_printf(out, "%s(", name);
    for (int k = 0; k < s->nin; k++) {
        if (k)
            buf_printf(out, sign ? " %s " : "%s ", sign ? sign : ",");
        operand_with_tile(out, t, k);
    }
    if (call)
        buf_putc(out, ')');
    if (t->whole)
        buf_puts(out, "   (on every shard)");
}

void waits_text(Buf *out, const Waits *w, RefFn ref, LabelFn label)
{
    for (int64_t i = 0; i < w->n; i++) {
        const Wait *x = &w->at[i];
        buf_puts(out, i ? ", " : "after ");
        ref(out, x->number);
        if (!x->all)
            buf_printf(out, x->shift ? "[j%+d]" : "[j]", x->shift);
        if (x->reads >= 0)
            buf_printf(out, " (reads %s)", label(x->number, x->reads));
    }
}

/* --------------------------------------------------------------------------- tables */

/* A view that has a row: the tiles it was shown with. */
typedef struct Shown {
    int64_t store;
    View view;
    Tiling launch;
    char *name, *text;
} Shown;
static Vec(Shown) shown;

void tables_end(void)
{
    for (int64_t i = 0; i < shown.n; i++) {
        free(shown.at[i].name);
        free(shown.at[i].text);
    }
    vec_free(&shown);
}

static const Shown *row_of(int64_t store, const View *v)
{
    for (int64_t i = 0; i < shown.n; i++)
        if (shown.at[i].store == store && (!v || view_same(&shown.at[i].view, v)))
            return &shown.at[i];
    return NULL;
}

/* Print a row that is not there yet; a later array of the same name and tiles has none. */
static void add_row(Buf *out, Shown *row, Buf *text)
{
    bool again = false;
    row->text = xstrdup(buf_text(text));
    for (int64_t i = 0; i < shown.n; i++)
        again |= !strcmp(shown.at[i].text, row->text);
    if (!again)
        buf_puts(out, row->text);
    vec_push(&shown, *row);
    buf_free(text);
}

static void box_text(Buf *out, const Box *b)
{
    buf_putc(out, '[');
    for (int d = 0; d < b->ndim; d++)
        buf_printf(out, "%s%lld:%lld", d ? ", " : "", (long long)b->lo[d], (long long)b->hi[d]);
    buf_putc(out, ']');
}

static void tiles_head(Buf *out, int64_t n)
{
    buf_printf(out, "%lld tile%s", (long long)n, n == 1 ? " " : "s");
}

static void store_row(Buf *out, const Store *s, const PlanReq *q)
{
    View whole = view_whole(s->ndim, s->extent);
    Buf what = {0}, text = {0}, *to = &text;
    if (row_of(s->id, &whole))
        return;
    Shown row = {
        .store = s->id, .view = whole, .launch = q->tiling, .name = xstrdup(store_known(s))};
    for (int d = 0; d < s->ndim; d++)
        buf_printf(&what, "%s%lld", d ? "x" : "", (long long)s->extent[d]);
    buf_printf(&what, " %s", dtype_name(s->dtype));
    buf_printf(to, "%-7s %-18s ", row.name, buf_text(&what));
    tiles_head(to, q->tiling.ntiles);
    for (int64_t j = 0; j < q->tiling.ntiles && j < TILES_SHOWN; j++) {
        Box b = tiling_cut(&q->tiling, j);
        buf_puts(to, j ? " " : "  ");
        box_text(to, &b);
    }
    buf_puts(to, q->tiling.ntiles > TILES_SHOWN ? " ...\n" : "\n");
    buf_free(&what);
    add_row(out, &row, to);
}

/* How far the tiles of operand k reach beyond the store's own, per axis and side. */
static void reach_of(const PlanTask *t, int k, int64_t below[], int64_t above[])
{
    const PlanReq *q = &t->req[k];
    for (int64_t j = 0; j < int64_min(t->launch.ntiles, TILES_LOOKED); j++) {
        Box launch = tiling_cut(&t->launch, j), home = tiling_cut(&q->tiling, j);
        if (box_empty(&launch) || box_empty(&home))
            continue;
        Box index = req_index(&t->stmt->req[k], t, &launch);
        Region g = req_region(q, &t->stmt->req[k], &index);
        for (int d = 0; d < g.ndim; d++) {
            below[d] = int64_max(below[d], home.lo[d] - g.lo[d]);
            above[d] = int64_max(above[d], g.lo[d] + (g.count[d] - 1) * g.step[d] + 1 - home.hi[d]);
        }
    }
}

static void side_text(Buf *out, int ndim, int d, bool up, int64_t n)
{
    if (ndim - d <= 2)
        buf_printf(out, ", reaches %lld %s", (long long)n,
                   d == ndim - 1 ? up ? "to the right" : "to the left"
                   : up          ? "down"
                                 : "up");
    else
        buf_printf(out, ", reaches %lld %s along axis %d", (long long)n, up ? "on" : "back", d);
}

static void reach_text(Buf *out, const PlanTask *t, int k)
{
    int64_t below[NDIM_MAX] = {0}, above[NDIM_MAX] = {0};
    reach_of(t, k, below, above);
    for (int d = 0; d < t->req[k].ndim; d++) {
        if (below[d] > 0)
            side_text(out, t->req[k].ndim, d, false, below[d]);
        if (above[d] > 0)
            side_text(out, t->req[k].ndim, d, true, above[d]);
    }
}

static bool reaches(const PlanTask *t, int k)
{
    Buf b = {0};
    reach_text(&b, t, k);
    bool yes = b.n > 0;
    buf_free(&b);
    return yes;
}

/* The row whose tiles the view follows. */
static const Shown *base_of(const Store *s, const Tiling *launch)
{
    for (int64_t i = 0; i < shown.n; i++)
        if (shown.at[i].store == s->id && tiling_same(&shown.at[i].launch, launch))
            return &shown.at[i];
    return NULL;
}

static void view_tiles(Buf *out, const PlanTask *t, int k)
{
    const Req *r = &t->stmt->req[k];
    tiles_head(out, t->launch.ntiles);
    for (int64_t j = 0; j < t->launch.ntiles && j < TILES_SHOWN; j++) {
        Box launch = tiling_cut(&t->launch, j), b = {.ndim = 0};
        if (!box_empty(&launch)) {
            Box index = req_index(r, t, &launch);
            Region g = req_region(&t->req[k], r, &index);
            b.ndim = g.ndim;
            for (int d = 0; d < g.ndim; d++) {
                b.lo[d] = g.lo[d];
                b.hi[d] = g.lo[d] + (g.count[d] - 1) * g.step[d] + 1;
            }
        }
        buf_puts(out, j ? " " : "  ");
        if (b.ndim) {
            store_name(out, r->op.store);
            box_text(out, &b);
        } else
            buf_putc(out, '-');
    }
    buf_puts(out, t->launch.ntiles > TILES_SHOWN ? " ..." : "");
}

static void view_row(Buf *out, const PlanTask *t, int k)
{
    const Operand *o = &t->stmt->req[k].op;
    const char *name = view_known(o);
    Buf slices = {0}, text = {0};
    if (row_of(o->store->id, &o->view))
        return;
    const Shown *base = base_of(o->store, &t->launch);
    view_slices(&slices, o->store, &o->view);
    if (!name && !strcmp(buf_text(&slices), store_known(o->store))) { /* broadcast */
        buf_free(&slices);
        if (t->req[k].access == ACCESS_IN_PLACE)
            return;
        name = store_known(o->store);
    }
    Shown row = {.store = o->store->id,
                 .view = o->view,
                 .launch = t->launch,
                 .name = xstrdup(name ? name : buf_text(&slices))};
    if (t->req[k].access != ACCESS_IN_PLACE)
        row.launch.ndim = -1; /* nothing follows it */
    buf_printf(&text, "%-7s %-18s ", name ? name : "", slices.n ? buf_text(&slices) : "");
    if (t->req[k].access == ACCESS_PACKED)
        buf_puts(&text, "copied together for each tile of the task");
    else if (t->req[k].access != ACCESS_IN_PLACE)
        buf_puts(&text, "copied by whole rows for each tile of the task");
    else {
        if (base)
            buf_printf(&text, "aligned with %s", base->name);
        else
            view_tiles(&text, t, k);
        reach_text(&text, t, k);
    }
    buf_putc(&text, '\n');
    buf_free(&slices);
    add_row(out, &row, &text);
}

/* A variable, and not one of a statement's temporaries. */
static bool is_variable(const char *name)
{
    return name && !(name[0] == 't' && name[1] >= '1' && name[1] <= '9');
}

static bool wants_row(const PlanTask *t, int k)
{
    const Operand *o = &t->stmt->req[k].op;
    return o->store && t->req[k].place == PLACE_TILED && !t->whole &&
           is_variable(store_known(o->store)) && !view_is_all(o->store, &o->view) &&
           t->req[k].access != ACCESS_ELEMENTS && o->view.ndim > 0;
}

void tables_text(Buf *out, const PlanTask *t)
{
    const Stmt *s = t->stmt;
    for (int k = 0; k < stmt_nreqs(s); k++) {
        const Store *store = s->req[k].op.store;
        if (store && t->req[k].place == PLACE_TILED && is_variable(store_known(store)))
            store_row(out, store, &t->req[k]);
    }
    for (int i = 0; i < s->nout; i++) /* what is written says how the task is cut */
        if (wants_row(t, s->nin + i))
            view_row(out, t, s->nin + i);
    for (int far = 0; far < 2; far++)
        for (int k = 0; k < s->nin; k++)
            if (wants_row(t, k) && reaches(t, k) == far)
                view_row(out, t, k);
}

/* ------------------------------------------------------------------------- messages */

static void piece_text(Buf *out, int64_t from, const Piece *p, const PlanTask *t)
{
    buf_printf(out, "  shard %lld -> %lld  ", (long long)from, (long long)p->peer);
    store_name(out, t->stmt->req[p->req].op.store);
    buf_putc(out, '[');
    for (int d = 0; d < p->region.ndim; d++) {
        int64_t lo = p->region.lo[d], n = p->region.count[d], step = p->region.step[d];
        buf_printf(out, "%s%lld:%lld", d ? ", " : "", (long long)lo,
                   (long long)(lo + (n - 1) * step + 1));
        if (step > 1)
            buf_printf(out, ":%lld", (long long)step);
    }
    int64_t n = region_size(&p->region);
    buf_printf(out, "]  %lld element%s\n", (long long)n, n == 1 ? "" : "s");
}

/* What all shards do together within the task. */
static void together_text(Messages *m, const PlanTask *t)
{
    const Stmt *s = t->stmt;
    bool elements = false;
    for (int k = 0; k < stmt_nreqs(s); k++)
        elements |= t->req[k].access == ACCESS_ELEMENTS;
    if (!t->whole && s->mode == FOLD_PARTIAL && s->nout) {
        buf_puts(&m->note, "  all shards combine ");
        operand_text(&m->note, &s->req[s->nin].op);
        buf_puts(&m->note, "\n");
    } else if (elements)
        buf_printf(&m->note, "  all shards exchange elements for %s\n", verb(s));
}

void messages_add(Messages *m, const Machine *machine, const PlanTask *t)
{
    Arena arena;
    arena_init(&arena);
    for (int64_t s = 0; s < machine->nshards; s++) {
        LowTask low;
        plan_lower(machine, t, s, &arena, &low);
        for (int64_t k = 0; k < low.nsend; k++) {
            const Piece *p = &low.send[k];
            m->messages += k == 0 || p->peer != low.send[k - 1].peer;
            m->bytes += region_size(&p->region) * dtype_size(t->stmt->req[p->req].op.dtype);
            if (m->pieces++ < PIECES_SHOWN)
                piece_text(&m->text, s, p, t);
        }
        arena_reset(&arena);
    }
    arena_fini(&arena);
    if (machine->nshards > 1)
        together_text(m, t);
}

void messages_text(Buf *out, const Messages *m, bool again)
{
    if (!m->messages && !m->note.n)
        return;
    buf_puts(out, "messages\n");
    if (m->text.n)
        buf_add(out, m->text.at, (size_t)m->text.n);
    if (m->messages)
        buf_printf(out, "  %s%lld message%s in all, %lld bytes%s\n",
                   m->pieces > PIECES_SHOWN ? "... " : "", (long long)m->messages,
                   m->messages == 1 ? "" : "s", (long long)m->bytes, again ? " a turn" : "");
    if (m->note.n)
        buf_add(out, m->note.at, (size_t)m->note.n);
}

void messages_free(Messages *m)
{
    buf_free(&m->text);
    buf_free(&m->note);
    memset(m, 0, sizeof *m);
}
