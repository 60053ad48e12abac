/* test_stream.c -- whatever ranks could do differently shows in the hash of the stream.
 *
 * Each variant runs in a process of its own, as a rank would; two that differ in one thing (an
 * offset, the sign of a zero, an errstate) must end with two hashes, and a variant with its own
 * every time.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/exec/net.h"
#include "runtime/exec/stream.h"
#include "runtime/submit.h"

#include <check.h> /* last: it defines a macro `fail` */

enum { N = 1000 };

static Operand made(int64_t n)
{
    Store *s;
    ck_assert_int_eq(store_new(DT_FLOAT64, 1, &n, &s), OK);
    View v = view_whole(1, &n);
    return operand_array(s, &v);
}

static Operand part(Operand a, int64_t start, int64_t step, int64_t n)
{
    a.view = view_slice(&a.view, 0, start, step, n);
    return a;
}

static Operand number(double x)
{
    return operand_const(DT_FLOAT64, (Scalar){.f64 = x});
}

static void add(Operand out, Operand x, Operand y)
{
    const Operand in[2] = {x, y};
    ck_assert_int_eq(rt_ew(OP_ADD, DT_FLOAT64, 2, in, 1, &out, NULL), OK);
}

static void host(Operand out, double last)
{
    double data[N] = {0};
    data[N - 1] = last;
    ck_assert_int_eq(rt_host(&out, data), OK);
}

static int at_line = 1;

static void where(const char **file, int *line)
{
    *file = "test.cnx";
    *line = at_line;
}

enum { VARIANTS = 21 };

static void run(int variant)
{
    Operand a = made(N), b = made(N), c = made(N);
    host(a, 1);
    switch (variant) {
    case 0:
        return;
    case 1:
        add(part(c, 0, 1, 10), part(a, 0, 1, 10), part(b, 0, 1, 10));
        return;
    case 2:
        add(part(c, 0, 1, 11), part(a, 0, 1, 11), part(b, 0, 1, 11));
        return;
    case 3:
        add(part(c, 0, 1, 10), part(a, 1, 1, 10), part(b, 0, 1, 10));
        return;
    case 4:
        add(part(c, 0, 1, 10), part(a, 0, 2, 10), part(b, 0, 1, 10));
        return;
    case 5:
        add(part(c, 5, 1, 10), part(a, 0, 1, 10), part(b, 0, 1, 10));
        return;
    case 6:
        add(part(c, 0, 1, 10), part(a, 0, 1, 10), part(a, 0, 1, 10));
        return;
    case 7:
        add(part(b, 0, 1, 10), part(a, 0, 1, 10), part(c, 0, 1, 10));
        return;
    case 8:
        add(c, a, number(0.0));
        return;
    case 9:
        add(c, a, number(-0.0));
        return;
    case 10:
        add(c, number(0.0), a);
        return;
    case 11:
        at_line = 2;
        add(c, a, number(0.0));
        return;
    case 12:
        rt_errstate.over = ERRMODE_RAISE;
        add(c, a, number(0.0));
        return;
    case 13:
        host(c, 2);
        return;
    case 14:
        host(c, 3);
        return;
    case 15:
        host(b, 3);
        return;
    case 16:
        rt_set_value(&(Operand){.store = a.store, .dtype = DT_FLOAT64, .view = {.offset = 3}},
                     (Scalar){.f64 = 1});
        return;
    case 17:
        rt_set_value(&(Operand){.store = a.store, .dtype = DT_FLOAT64, .view = {.offset = 3}},
                     (Scalar){.f64 = 2});
        return;
    case 18:
        rt_set_value(&(Operand){.store = a.store, .dtype = DT_FLOAT64, .view = {.offset = 4}},
                     (Scalar){.f64 = 1});
        return;
    case 19:
        rt_fold(FOLD_SUM, &a, 1, DT_FLOAT64, &(Operand){.store = c.store, .dtype = DT_FLOAT64},
                NULL, NULL);
        return;
    case 20:
        rt_fold(FOLD_MAX, &a, 1, DT_FLOAT64, &(Operand){.store = c.store, .dtype = DT_FLOAT64},
                NULL, NULL);
        return;
    }
}

static uint64_t hash_of(int variant, int64_t whole_below)
{
    int ends[2], status;
    uint64_t h = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        /* a fault that never comes: the stream is watched */
        RtConfig config = {
            .whole_below = whole_below, .slack = 1 << 20, .fault = "0:stall:1000000"};
        if (rt_init(&config) != OK)
            _exit(1);
        rt_where = where;
        run(variant);
        if (rt_flush() != OK)
            _exit(1);
        stream_other("end", 0, 0); /* takes in what came after the last statement */
        h = stream_hash();
        _exit(write(ends[1], &h, sizeof h) != sizeof h);
    }
    ck_assert_int_eq(read(ends[0], &h, sizeof h), sizeof h);
    close(ends[0]);
    close(ends[1]);
    ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
    return h;
}

START_TEST(each_difference_shows)
{
    const int64_t whole_below = _i ? 0 : 65536;
    uint64_t h[VARIANTS];
    for (int v = 0; v < VARIANTS; v++) {
        h[v] = hash_of(v, whole_below);
        ck_assert(h[v] == hash_of(v, whole_below));
        for (int w = 0; w < v; w++)
            ck_assert_msg(h[v] != h[w], "%d and %d are told apart by nothing", w, v);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stream");
    TCase *t = tcase_create("stream");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, each_difference_shows, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
