/* test_plan.c -- tilings, views and plans: properties, for many shapes and shard counts. */
#include <stdlib.h>

#include "runtime/plan/history.h"
#include "runtime/plan/planner.h"
#include "runtime/submit.h"

#include <check.h> /* last: it defines a macro `fail` */

static uint64_t seed = 12345;

static int64_t rnd(int64_t n) /* 0 .. n - 1 */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

/* A random slicing, transposition, ... of a view. */
static View random_view_of(View v)
{
    for (int d = 0; d < v.ndim; d++) {
        int64_t n = v.shape[d], a = rnd(n), step = 1 + rnd(3);
        if (rnd(2))
            v = view_slice(&v, d, a, step, ceil_div(n - a, step));
        else if (rnd(2))
            v = view_slice(&v, d, a, -step, a / step + 1);
    }
    if (v.ndim > 1 && rnd(2)) {
        int perm[NDIM_MAX];
        for (int d = 0; d < v.ndim; d++)
            perm[d] = (d + 1) % v.ndim;
        v = view_transpose(&v, perm);
    }
    if (v.ndim > 1 && rnd(4) == 0)
        v = view_diagonal(&v, rnd(3) - 1, 0, 1);
    else if (v.ndim > 1 && rnd(4) == 0)
        v = view_index(&v, (int)rnd(v.ndim), 0);
    return v;
}

static View random_view(const int64_t extent[], int ndim)
{
    return random_view_of(view_whole(ndim, extent));
}

START_TEST(tilings_cover_and_are_found)
{
    for (int trial = 0; trial < 3000; trial++) {
        int ndim = 1 + (int)rnd(3);
        int64_t extent[3], shards = 1 + rnd(9);
        for (int d = 0; d < ndim; d++)
            extent[d] = 1 + rnd(d == 0 && rnd(3) == 0 ? 20000 : 30);
        Tiling t = rnd(2) ? tiling_even(ndim, extent, shards * (1 + rnd(3)), 1 + rnd(2) * 1023)
                          : tiling_axis(ndim, extent, (int)rnd(ndim), shards, 1 + rnd(7));
        tiling_check(&t, shards);
        View v = random_view(extent, ndim);
        Map map;
        Tiling image;
        ck_assert_int_eq(view_map(&v, ndim, extent, &map), OK);
        if (view_size(&v) && tiling_through(&t, &map, v.shape, &image) == OK && image.ndim > 0)
            tiling_check(&image, shards);
    }
}
END_TEST

/* A copy of view `in` to view `out` of one-dimensional stores in four tiles each. */
static void copy_task(PlanTask *t, Stmt *s, Store *out, View vo, Store *in, View vi)
{
    Store *store[] = {in, out};
    View view[] = {vi, vo};
    memset(t, 0, sizeof *t);
    static PlanReq req[2];
    memset(s, 0, sizeof *s);
    memset(req, 0, sizeof req);
    s->req = s->room;
    t->req = req;
    t->stmt = s;
    s->kind = ST_EW;
    s->nin = s->nout = 1;
    s->ndim = 1;
    s->shape[0] = vo.shape[0];
    for (int k = 0; k < 2; k++) {
        s->req[k] =
            (Req){.op = {.store = store[k], .view = view[k]}, .privilege = k ? WRITE : READ};
        PlanReq *q = &t->req[k];
        q->access = ACCESS_IN_PLACE;
        q->place = PLACE_TILED;
        q->tiling = store[k]->tiling;
        q->ndim = 1;
        q->extent[0] = store[k]->extent[0];
        ck_assert_int_eq(view_map(&view[k], 1, q->extent, &q->map), OK);
    }
    ck_assert_int_eq(tiling_through(&out->tiling, &t->req[1].map, vo.shape, &t->launch), OK);
}

/* b[1:-1] = a[:-2]; a[1:-1] = b[1:-1]; c = b; a[1:-1] = c[1:-1] */
START_TEST(waits_of_tasks)
{
    Store store[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
    int64_t n = 40;
    View all = view_whole(1, &n), mid = view_slice(&all, 0, 1, 1, 38),
         left = view_slice(&all, 0, 0, 1, 38);
    for (int i = 0; i < 3; i++) {
        store[i].ndim = 1;
        store[i].extent[0] = n;
        store[i].tiling = tiling_even(1, &n, 4, 1);
    }
    const struct {
        int out, in;
        View vo, vi;
    } copies[] = {{1, 0, mid, left}, {0, 1, mid, mid}, {2, 1, all, all}, {0, 2, mid, mid}};
    /* number, shift, all, reads */
    const Wait want[][2] = {{{0}},
                            {{1, 0, false, -1}, {1, 1, false, 0}}, /* b written; a read one on */
                            {{1, 0, false, -1}},
                            {{3, 0, false, -1}, {2, 0, false, -1}}};
    const int count[] = {0, 2, 1, 2};
    History *h = history_new();
    for (int i = 0; i < 4; i++) {
        PlanTask t;
        Stmt s;
        Waits w = {0};
        copy_task(&t, &s, &store[copies[i].out], copies[i].vo, &store[copies[i].in], copies[i].vi);
        ck_assert_int_eq(history_add(h, &t, 0, &w), i + 1);
        ck_assert_int_eq(w.n, count[i]);
        for (int k = 0; k < w.n; k++) {
            ck_assert_int_eq(w.at[k].number, want[i][k].number);
            ck_assert_int_eq(w.at[k].shift, want[i][k].shift);
            ck_assert_int_eq(w.at[k].all, want[i][k].all);
            ck_assert_int_eq(w.at[k].reads, want[i][k].reads);
        }
        vec_free(&w);
    }
    history_free(h);
}
END_TEST

START_TEST(lecture_partition)
{
    int64_t n = 1000, cuts[] = {1, 250, 500, 750, 999};
    View v = view_whole(1, &n), center = view_slice(&v, 0, 1, 1, 998);
    Tiling t = tiling_even(1, &n, 4, 1024), image;
    Map map;
    ck_assert_int_eq(view_map(&center, 1, &n, &map), OK);
    ck_assert_int_eq(tiling_through(&t, &map, center.shape, &image), OK);
    for (int j = 0; j < 4; j++) {
        Box b = tiling_cut(&image, j); /* in center's indices: one less than v's */
        ck_assert_int_eq(b.lo[0] + 1, cuts[j]);
        ck_assert_int_eq(b.hi[0] + 1, cuts[j + 1]);
    }
}
END_TEST

/* Brute force: element numbers of a view. */
static int64_t element_at(const View *v, int64_t flat)
{
    int64_t at = v->offset;
    for (int d = v->ndim - 1; d >= 0; d--) {
        at += flat % v->shape[d] * v->stride[d];
        flat /= v->shape[d];
    }
    return at;
}

START_TEST(overlap_is_exact_enough)
{
    for (int trial = 0; trial < 4000; trial++) {
        int64_t extent[2] = {1 + rnd(9), 1 + rnd(9)};
        View a = random_view(extent, 2), b = random_view(extent, 2);
        bool meet = false;
        for (int64_t i = 0; i < view_size(&a); i++)
            for (int64_t j = 0; j < view_size(&b); j++)
                meet |= element_at(&a, i) == element_at(&b, j);
        ck_assert(!meet || view_overlap(&a, &b));
        ck_assert_int_eq(view_shares(&a, &b, 0), meet);
    }
}
END_TEST

START_TEST(reshape_keeps_elements)
{
    for (int trial = 0; trial < 4000; trial++) {
        int64_t extent[3] = {1 + rnd(4), 1 + rnd(6), 1 + rnd(4)};
        View v = random_view(extent, 3), r;
        int64_t n = view_size(&v), a = 1 + rnd(n ? n : 1);
        if (!n)
            continue;
        while (n % a)
            a--;
        int64_t shape[2] = {a, n / a};
        if (!view_reshape(&v, 2, shape, &r))
            continue;
        for (int64_t i = 0; i < n; i++)
            ck_assert_int_eq(element_at(&v, i), element_at(&r, i));
    }
}
END_TEST

/* --------------------------------------------------------------------------- plans */

static Operand array_of(int ndim, const int64_t extent[])
{
    Store *s = store_make(DT_FLOAT64, ndim, extent);
    View v = view_whole(ndim, extent);
    return operand_array(s, &v);
}

static void push(Window *w, OpCode op, int nin, const Operand in[], const Operand *out)
{
    Stmt *s = ARENA_NEW(&w->arena, Stmt);
    stmt_init(s, ST_EW, op, DT_FLOAT64);
    s->nin = nin;
    s->nout = 1;
    for (int k = 0; k < nin; k++)
        stmt_req(s, k, &in[k], READ);
    stmt_req(s, nin, out, WRITE);
    stmt_space(s, out->view.ndim, out->view.shape);
    s->body = body_of_op(op, DT_FLOAT64, nin, in, DT_FLOAT64);
    for (int k = 0; k < nin + 1; k++)
        if (s->req[k].op.store) {
            store_retain(s->req[k].op.store);
            s->req[k].op.store->pending++;
            s->held[s->nheld++] = s->req[k].op.store;
        }
    vec_push(&w->stmt, s);
}

static Operand sliced(Operand a, int axis, int64_t start, int64_t step, int64_t n)
{
    a.view = view_slice(&a.view, axis, start, step, n);
    return a;
}

/* One turn of the lecture's stencil; returns the array. */
static Operand stencil(Window *w, int64_t n)
{
    Operand v = array_of(1, &n), c = sliced(v, 0, 1, 1, n - 2), l = sliced(v, 0, 0, 1, n - 2),
            r = sliced(v, 0, 2, 1, n - 2);
    int64_t m = n - 2;
    Operand t1 = array_of(1, &m), t2 = array_of(1, &m), t3 = array_of(1, &m);
    Operand third = operand_const(DT_FLOAT64, (Scalar){.f64 = 3});
    push(w, OP_ADD, 2, (Operand[]){c, l}, &t1);
    push(w, OP_ADD, 2, (Operand[]){t1, r}, &t2);
    push(w, OP_DIVIDE, 2, (Operand[]){t2, third}, &t3);
    push(w, OP_COPY, 1, &t3, &c);
    store_release(t1.store);
    store_release(t2.store);
    store_release(t3.store);
    return v;
}

static Machine machine(int64_t shards, int64_t tiles)
{
    return (Machine){
        .nshards = shards, .tiles_per_shard = tiles, .whole_below = 0, .slack = 1 << 20};
}

START_TEST(stencil_is_three_tasks_and_one_element)
{
    Window w = {0};
    Machine m = machine(4, 1);
    Plan p;
    Arena arena;
    arena_init(&arena);
    stencil(&w, 1000);
    plan_window(&m, &w, &p);
    ck_assert_int_eq(p.ntasks, 3);
    for (int64_t shard = 0; shard < 4; shard++) {
        int64_t sent = 0, partners = 0;
        for (int64_t i = 0; i < p.ntasks; i++) {
            LowTask low;
            plan_lower(&m, &p.task[i], shard, &arena, &low);
            for (int64_t k = 0; k < low.nsend; k++) {
                sent += region_size(&low.send[k].region);
                partners++;
            }
        }
        int64_t neighbours = (shard > 0) + (shard < 3);
        ck_assert_int_eq(sent, neighbours);
        ck_assert_int_eq(partners, neighbours);
    }
}
END_TEST

/* t = v * v; u = t + t (or the shifted t[:-1] + t[1:]); w = -u: how many tasks? */
static int64_t chain_tasks(bool fuse, bool shifted)
{
    Window w = {0};
    Machine m = machine(4, 1);
    Plan p;
    m.fuse = fuse;
    int64_t n = 1000, fewer = shifted ? n - 1 : n;
    Operand v = array_of(1, &n), t = array_of(1, &n), u = array_of(1, &fewer),
            x = array_of(1, &fewer);
    push(&w, OP_MULTIPLY, 2, (Operand[]){v, v}, &t);
    push(&w, OP_ADD, 2, (Operand[]){sliced(t, 0, 0, 1, fewer), sliced(t, 0, shifted, 1, fewer)},
         &u);
    push(&w, OP_NEGATIVE, 1, &u, &x);
    store_release(t.store);
    store_release(u.store);
    plan_window(&m, &w, &p);
    int64_t finished = 0;
    for (int64_t i = 0; i < p.ntasks; i++)
        finished += p.task[i].nfinishes ? p.task[i].nfinishes : 1;
    ck_assert_int_eq(finished, 3);
    const Stmt *last = p.task[p.ntasks - 1].stmt;
    ck_assert_int_eq(last->nout, 1); /* what dies inside is no output */
    ck_assert(last->req[last->nin].op.store == x.store);
    return p.ntasks;
}

START_TEST(chains_fuse_but_for_a_shifted_read)
{
    ck_assert_int_eq(chain_tasks(true, false), 1);
    ck_assert_int_eq(chain_tasks(true, true), 2);
    ck_assert_int_eq(chain_tasks(false, false), 3);
    ck_assert_int_eq(chain_tasks(false, true), 3);
}
END_TEST

START_TEST(planning_does_not_depend_on_shards)
{
    int64_t shards[] = {4, 4096}, cuts[2];
    for (int i = 0; i < 2; i++) {
        Window w = {0};
        Machine m = machine(shards[i], 1);
        Plan p;
        stencil(&w, 1 << 20);
        int64_t before = tiling_cuts_evaluated;
        plan_window(&m, &w, &p);
        cuts[i] = tiling_cuts_evaluated - before;
    }
    ck_assert_int_eq(cuts[0], cuts[1]);
}
END_TEST

/* For every shard: what one sends the other expects, in the same order; and each tile gets all it
 * needs. */
static void check_messages(const Machine *m, const Plan *p)
{
    Arena arena;
    arena_init(&arena);
    for (int64_t i = 0; i < p->ntasks; i++) {
        LowTask *low = calloc((size_t)m->nshards, sizeof *low);
        const PlanTask *t = &p->task[i];
        for (int64_t s = 0; s < m->nshards; s++)
            plan_lower(m, t, s, &arena, &low[s]);
        for (int64_t s = 0; s < m->nshards; s++) {
            for (int64_t q = 0; q < m->nshards; q++) {
                Vec(Piece *) a = {0};
                Vec(Piece *) b = {0};
                for (int64_t k = 0; k < low[s].nsend; k++)
                    if (low[s].send[k].peer == q)
                        vec_push(&a, &low[s].send[k]);
                for (int64_t k = 0; k < low[q].nrecv; k++)
                    if (low[q].recv[k].peer == s)
                        vec_push(&b, &low[q].recv[k]);
                ck_assert_int_eq(a.n, b.n);
                for (int64_t k = 0; k < a.n; k++) {
                    ck_assert_int_eq(a.at[k]->req, b.at[k]->req);
                    ck_assert_int_eq(a.at[k]->launch_tile, b.at[k]->launch_tile);
                    ck_assert_int_eq(a.at[k]->store_tile, b.at[k]->store_tile);
                    ck_assert_int_eq(region_size(&a.at[k]->region), region_size(&b.at[k]->region));
                }
                vec_free(&a);
                vec_free(&b);
            }
            for (int k = 0; k < stmt_nreqs(t->stmt); k++)
                for (int64_t j = 0; j < low[s].ntiles; j++) {
                    if (t->stmt->req[k].privilege == WRITE ||
                        (t->req[k].access != ACCESS_PACKED && t->req[k].access != ACCESS_LINEAR))
                        continue;
                    Box index = req_index(&t->stmt->req[k], t, &low[s].tile[j].box);
                    Region need = req_region(&t->req[k], &t->stmt->req[k], &index);
                    int64_t got = 0;
                    for (int64_t x = 0; x < low[s].nrecv + low[s].nlocal; x++) {
                        Piece *pc =
                            x < low[s].nrecv ? &low[s].recv[x] : &low[s].local[x - low[s].nrecv];
                        if (pc->req == k && pc->launch_tile == low[s].tile[j].tile)
                            got += region_size(&pc->region);
                    }
                    int64_t wanted = need.ndim < 0 ? 0 : region_size(&need);
                    bool gaps = t->stmt->kind == ST_SPREAD || !t->req[k].map.paired;
                    ck_assert(gaps ? got <= wanted : got == wanted);
                }
        }
        free(low);
    }
    arena_fini(&arena);
}

START_TEST(sends_match_receives)
{
    int64_t shards[] = {1, 2, 3, 7, 64};
    for (int trial = 0; trial < 200; trial++)
        for (int si = 0; si < 5; si++) {
            Window w = {0};
            Machine m = machine(shards[si], 1 + rnd(3));
            Plan p;
            int64_t extent[2] = {1 + rnd(rnd(2) ? 200 : 9), 1 + rnd(rnd(2) ? 40 : 4)};
            Operand a = array_of(2, extent);
            Operand zero = operand_const(DT_FLOAT64, (Scalar){0});
            push(&w, OP_COPY, 1, &zero, &a);
            for (int k = 0; k < 3; k++) {
                Operand x = a;
                x.view = random_view(extent, 2);
                if (view_size(&x.view) == 0 || x.view.ndim == 0)
                    continue;
                Operand y = array_of(x.view.ndim, x.view.shape);
                push(&w, OP_COPY, 1, &x, &y);
            }
            if (extent[0] > 2) { /* shifted reads and writes of temporaries that follow a view */
                int64_t n = extent[0] - 1;
                Operand up = sliced(a, 0, 1, 1, n), down = sliced(a, 0, 0, 1, n),
                        t = array_of(2, up.view.shape);
                Operand u = array_of(2, up.view.shape);
                push(&w, OP_ADD, 2, (Operand[]){up, down}, &t);
                Operand t1 = sliced(t, 0, 1, 1, n - 1), t0 = sliced(t, 0, 0, 1, n - 1),
                        u0 = sliced(u, 0, 0, 1, n - 1);
                push(&w, OP_ADD, 2, (Operand[]){t1, t0}, &u0);
                push(&w, OP_COPY, 1, &u, &up);
            }
            int64_t long_axis = 2 * extent[0] * 3,
                    split[3] = {2, extent[0], 3}; /* a splitting reshape, written */
            Operand line = array_of(1, &long_axis), cube = line;
            view_reshape(&line.view, 3, split, &cube.view);
            Operand copy = array_of(3, cube.view.shape);
            push(&w, OP_COPY, 1, &cube, &copy); /* and read */
            push(&w, OP_COPY, 1, &zero, &cube);
            cube.view = random_view_of(cube.view);
            if (cube.view.ndim && view_size(&cube.view)) {
                Operand part = array_of(cube.view.ndim, cube.view.shape);
                push(&w, OP_COPY, 1, &cube, &part);
            }
            push(&w, OP_COPY, 1, &zero, &cube);
            int64_t half = (extent[0] + 1) / 2,
                    column[2] = {half, 1}; /* a broadcast column into part of a */
            Operand part = sliced(a, 0, 0, 1, half), col = array_of(2, column);
            push(&w, OP_COPY, 1, &zero, &col);
            view_broadcast(&col.view, 2, part.view.shape, &col.view);
            push(&w, OP_COPY, 1, &col, &part);
            int64_t flat = extent[0] * extent[1];
            Operand f = a, g = array_of(1, &flat);
            view_reshape(&a.view, 1, &flat, &f.view);
            push(&w, OP_COPY, 1, &f, &g);
            push(&w, OP_NEGATIVE, 1, &g, &f);
            plan_window(&m, &w, &p);
            check_messages(&m, &p);
        }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("plan");
    TCase *t = tcase_create("plan");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, tilings_cover_and_are_found);
    tcase_add_test(t, waits_of_tasks);
    tcase_add_test(t, lecture_partition);
    tcase_add_test(t, overlap_is_exact_enough);
    tcase_add_test(t, reshape_keeps_elements);
    tcase_add_test(t, stencil_is_three_tasks_and_one_element);
    tcase_add_test(t, chains_fuse_but_for_a_shifted_read);
    tcase_add_test(t, planning_does_not_depend_on_shards);
    tcase_add_test(t, sends_match_receives);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
