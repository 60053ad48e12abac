/* explain.c -- `cnx explain FILE -p N`: the plan's text for N ranks, without MPI.  Local.
 *
 * The program runs here on one rank whose arrays have as many tiles as N ranks would own;
 * plan_lower then tells each of the N shards' messages from the same plans.  A line's plan is
 * printed when it differs from the line's plan before.
 */
#include "interp/driver.h"
#include "interp/interp.h"
#include "runtime/exec/instance.h"
#include "runtime/submit.h"
#include "stdlib/numpy/array.h"

enum { SHOWN = 8 };

typedef struct LineSeen {
    const char *file;
    int line;
    int64_t turns, same;
    char *text;
} LineSeen;

static Machine shown_machine;
static Vec(LineSeen) lines;
static Vec(int64_t) stores_shown;

/* ----------------------------------------------------------------------------- names */

/* The program's name for a store: a variable that shows all of it, else a temporary's number. */
static void store_name(Buf *out, const Store *s)
{
    Value globals = interp_globals(), key, x;
    int64_t at = 0;
    View whole = view_whole(s->ndim, s->extent);
    while (dict_next(globals, &at, &key, &x))
        if (is_array(x) && as_array(x)->store == s && view_same(&as_array(x)->view, &whole)) {
            buf_puts(out, str_cstr(key));
            return;
        }
    buf_printf(out, "t%lld", (long long)s->id);
}

/* A variable that shows exactly this view; false when there is none. */
static bool view_name(Buf *out, const Operand *o)
{
    Value globals = interp_globals(), key, x;
    int64_t at = 0;
    while (dict_next(globals, &at, &key, &x))
        if (is_array(x) && as_array(x)->store == o->store &&
            view_same(&as_array(x)->view, &o->view)) {
            buf_puts(out, str_cstr(key));
            return true;
        }
    return false;
}

static void print_slices(Buf *out, const Map *m, const View *v, const int64_t extent[])
{
    buf_putc(out, '[');
    for (int d = 0; d < m->ndim_store; d++) {
        int64_t count = 1, coef = 0;
        for (int t = 0; t < m->nterms; t++)
            if (m->term[t].store_axis == d) {
                coef = m->term[t].coef;
                count = v->shape[m->term[t].view_axis];
            }
        if (d)
            buf_puts(out, ", ");
        int64_t first = m->start[d], last = first + coef * (count - 1);
        if (coef == 0)
            buf_printf(out, "%lld", (long long)first);
        else if (first == 0 && coef == 1 && count == extent[d])
            buf_putc(out, ':');
        else if (coef == 1)
            buf_printf(out, "%lld:%lld", (long long)first, (long long)last + 1);
        else
            buf_printf(out, "%lld..%lld:%lld", (long long)first, (long long)last, (long long)coef);
    }
    buf_putc(out, ']');
}

static void operand_name(Buf *out, const PlanReq *q, const Operand *o)
{
    if (!o->store) {
        Scalar f = dtype_cast(o->value, o->dtype, DT_FLOAT64, NULL);
        buf_printf(out, "%g", f.f64);
        return;
    }
    if (view_name(out, o))
        return;
    View whole = view_whole(o->store->ndim, o->store->extent);
    store_name(out, o->store);
    if (q->place == PLACE_TILED && !view_same(&o->view, &whole) && q->access != ACCESS_LINEAR)
        print_slices(out, &q->map, &o->view, q->extent);
}

/* ----------------------------------------------------------------------------- tasks */

static void reach_text(Buf *out, const PlanReq *q)
{
    bool below = false, above = false;
    for (int d = 0; d < q->ndim; d++) {
        below |= q->below[d] > 0;
        above |= q->above[d] > 0;
    }
    if (q->access == ACCESS_IN_PLACE)
        buf_puts(out, below && above ? "[j-1:j+2]"
                      : below        ? "[j-1:j+1]"
                      : above        ? "[j:j+2]"
                                     : "[j]");
    else if (q->access == ACCESS_PACKED || q->access == ACCESS_LINEAR ||
             q->access == ACCESS_ELEMENTS)
        buf_puts(out, "[*]");
}

static const char *infix(const Stmt *s)
{
    if (s->kind != ST_EW || s->nin != 2)
        return NULL;
    switch (s->op) {
    case OP_ADD:
        return "+";
    case OP_SUBTRACT:
        return "-";
    case OP_MULTIPLY:
        return "*";
    case OP_DIVIDE:
        return "/";
    default:
        return NULL;
    }
}

static void task_text(Buf *out, const PlanTask *t, int64_t number)
{
    const Stmt *s = t->stmt;
    buf_printf(out, "  #%-3lld %-12s ", (long long)number, stmt_name(s));
    if (s->nout) {
        operand_name(out, &t->req[s->nin], &s->req[s->nin].op);
        reach_text(out, &t->req[s->nin]);
        buf_puts(out, " = ");
    }
    const char *sign = infix(s);
    if (!sign && !(s->kind == ST_EW && s->op == OP_COPY))
        buf_printf(out, "%s(", stmt_name(s));
    for (int k = 0; k < s->nin; k++) {
        if (k)
            buf_printf(out, "%s%s%s", sign ? " " : "", sign ? sign : ",", " ");
        operand_name(out, &t->req[k], &s->req[k].op);
        reach_text(out, &t->req[k]);
    }
    if (!sign && !(s->kind == ST_EW && s->op == OP_COPY))
        buf_putc(out, ')');
}

static bool req_has_reach(const PlanReq *q, bool *below, bool *above)
{
    *below = *above = false;
    for (int d = 0; d < q->ndim; d++) {
        *below |= q->below[d] > 0;
        *above |= q->above[d] > 0;
    }
    return q->access == ACCESS_IN_PLACE;
}

static void after(Buf *out, bool *first, int64_t number, const char *tile)
{
    buf_printf(out, "%s#%lld[%s]", *first ? "    after " : ", ", (long long)number, tile);
    *first = false;
}

/* Earlier tasks of the window whose tiles must be done: reads of what they wrote, writes of what
 * they touch. */
static void dependences(Buf *out, const Plan *p, int64_t from, int64_t i)
{
    bool first = true, below, above;
    const PlanTask *t = &p->task[i];
    for (int64_t e = from; e < i; e++) {
        const PlanTask *u = &p->task[e];
        bool same = false, up = false, down = false;
        for (int a = 0; a < stmt_nreqs(t->stmt); a++)
            for (int b = 0; b < stmt_nreqs(u->stmt); b++) {
                const Req *x = &t->stmt->req[a], *y = &u->stmt->req[b];
                if (!x->op.store || x->op.store != y->op.store ||
                    (x->privilege == READ && y->privilege == READ) ||
                    !view_overlap(&x->op.view, &y->op.view))
                    continue;
                same = true;
                if (req_has_reach(&t->req[a], &below, &above)) {
                    down |= below;
                    up |= above;
                }
                if (req_has_reach(&u->req[b], &below, &above)) {
                    up |= below; /* the neighbour above read my cells */
                    down |= above;
                }
            }
        if (same)
            after(out, &first, e - from + 1, "j");
        if (down)
            after(out, &first, e - from + 1, "j-1");
        if (up)
            after(out, &first, e - from + 1, "j+1");
    }
}

/* ---------------------------------------------------------------------------- messages */

static int64_t elements_of(const Piece *p, const PlanTask *t, int64_t *bytes)
{
    int64_t n = region_size(&p->region);
    *bytes += n * dtype_size(t->stmt->req[p->req].op.dtype);
    return n;
}

static void piece_text(Buf *out, int64_t from, const Piece *p, const PlanTask *t)
{
    buf_printf(out, "    shard %lld -> %lld  ", (long long)from, (long long)p->peer);
    store_name(out, t->stmt->req[p->req].op.store);
    buf_putc(out, '[');
    for (int d = 0; d < p->region.ndim; d++) {
        int64_t lo = p->region.lo[d], n = p->region.count[d], step = p->region.step[d];
        buf_printf(out, "%s%lld:%lld", d ? ", " : "", (long long)lo,
                   (long long)(lo + (n - 1) * step + 1));
        if (step > 1)
            buf_printf(out, ":%lld", (long long)step);
    }
    int64_t bytes = 0, n = elements_of(p, t, &bytes);
    buf_printf(out, "]  %lld element%s\n", (long long)n, n == 1 ? "" : "s");
}

static void messages_text(Buf *out, const Plan *p, int64_t from, int64_t to)
{
    Arena arena;
    arena_init(&arena);
    int64_t pieces = 0, bytes = 0, messages = 0;
    for (int64_t i = from; i < to; i++)
        for (int64_t s = 0; s < shown_machine.nshards; s++) {
            LowTask low;
            plan_lower(&shown_machine, &p->task[i], s, &arena, &low);
            for (int64_t k = 0; k < low.nsend; k++) {
                messages += k == 0 || low.send[k].peer != low.send[k - 1].peer;
                elements_of(&low.send[k], &p->task[i], &bytes);
                if (pieces++ < 4)
                    piece_text(out, s, &low.send[k], &p->task[i]);
            }
        }
    if (messages)
        buf_printf(out, "    %lld message%s in all, %lld bytes\n", (long long)messages,
                   messages == 1 ? "" : "s", (long long)bytes);
    arena_fini(&arena);
}

/* ------------------------------------------------------------------------------- arrays */

static void tiles_text(Buf *out, const Tiling *t)
{
    int64_t n = int64_min(t->ntiles, SHOWN);
    buf_printf(out, "%lld tiles  ", (long long)t->ntiles);
    for (int64_t j = 0; j < n; j++) {
        Box b = tiling_cut(t, j);
        buf_puts(out, " [");
        for (int d = 0; d < b.ndim; d++)
            buf_printf(out, "%s%lld:%lld", d ? ", " : "", (long long)b.lo[d], (long long)b.hi[d]);
        buf_putc(out, ']');
    }
    if (n < t->ntiles)
        buf_puts(out, " ...");
}

static void new_store(Buf *out, const Operand *o, const PlanReq *q)
{
    if (!o->store || q->place != PLACE_TILED)
        return;
    for (int64_t i = 0; i < stores_shown.n; i++)
        if (stores_shown.at[i] == o->store->id)
            return;
    vec_push(&stores_shown, o->store->id);
    Buf name = {0};
    store_name(&name, o->store);
    if (buf_text(&name)[0] != 't' || name.at[1] < '0' || name.at[1] > '9') {
        buf_printf(out, "%-10s", name.at);
        for (int d = 0; d < q->ndim; d++)
            buf_printf(out, "%s%lld", d ? "x" : "", (long long)q->extent[d]);
        buf_printf(out, " %s   ", dtype_name(o->dtype));
        tiles_text(out, &q->tiling);
        buf_putc(out, '\n');
    }
    buf_free(&name);
}

/* -------------------------------------------------------------------------------- lines */

static LineSeen *line_of(const char *file, int line)
{
    for (int64_t i = 0; i < lines.n; i++)
        if (lines.at[i].line == line && !strcmp(lines.at[i].file, file))
            return &lines.at[i];
    LineSeen l = {.file = file, .line = line};
    vec_push(&lines, l);
    return &lines.at[lines.n - 1];
}

static void plan_seen(const Plan *p)
{
    for (int64_t i = 0, j; i < p->ntasks; i = j) {
        const Stmt *s = p->task[i].stmt;
        bool tiled = false;
        for (j = i; j < p->ntasks && p->task[j].stmt->line == s->line; j++)
            tiled |= !p->task[j].whole;
        if (!tiled || !s->file)
            continue;
        Buf head = {0}, b = {0};
        for (int64_t k = i; k < j; k++) {
            for (int r = 0; r < stmt_nreqs(p->task[k].stmt); r++)
                new_store(&head, &p->task[k].stmt->req[r].op, &p->task[k].req[r]);
            task_text(&b, &p->task[k], k - i + 1);
            dependences(&b, p, i, k);
            buf_putc(&b, '\n');
        }
        messages_text(&b, p, i, j);
        LineSeen *l = line_of(s->file, s->line);
        l->turns++;
        if (head.n)
            printf("%s\n", buf_text(&head));
        if (l->text && !strcmp(l->text, buf_text(&b)))
            l->same++;
        else {
            printf("line %d, turn %lld%*sj = 0..%lld\n%s\n", s->line, (long long)l->turns, 30, "",
                   (long long)shown_machine.nshards * shown_machine.tiles_per_shard - 1,
                   buf_text(&b));
            free(l->text);
            l->text = xstrdup(buf_text(&b));
        }
        buf_free(&b);
        buf_free(&head);
    }
}

static int discard(int fd, const char *text, int64_t n)
{
    if (fd == 2)
        fwrite(text, 1, (size_t)n, stderr);
    return 0;
}

int explain_file(const char *path, int nshards, const Config *config)
{
    char *argv[] = {(char *)path};
    shown_machine = rt_machine;
    shown_machine.nshards = nshards;
    rt_machine.tiles_per_shard *= nshards;
    if (config->whole_below == config_default().whole_below)
        rt_machine.whole_below = 0; /* small examples are what is explained */
    rt_plan_seen = plan_seen;
    interp_hooks.write_out = discard;
    interp_start(path, 1, argv);
    int status = interp_run_file(path);
    rt_flush();
    interp_end();
    rt_plan_seen = NULL;
    for (int64_t i = 0; i < lines.n; i++)
        if (lines.at[i].same)
            printf("line %d: %lld more turns as the one before\n", lines.at[i].line,
                   (long long)lines.at[i].same);
    return status;
}
