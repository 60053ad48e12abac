/* test_jit.c -- compiled bodies, and chains of ops by one kernel, against one op at a time: the
 * same bytes and the same conditions of each op.  Local.
 *
 * Every loop of every op stands in some body; bodies run over contiguous, strided, transposed,
 * broadcast, masked operands and in place, on everyday numbers and on extremes.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <math.h>
#include <unistd.h>

#include "runtime/exec/isa.h"
#include "runtime/exec/jit.h"

#include <check.h> /* last: it has a macro named fail */

enum { CELLS = 3000, ROOM = 3 * CELLS * 16, ARGS = BODY_ARG_MAX + BODY_OUT_MAX };

static uint64_t state = 88172645463325252u;

static uint64_t random_bits(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static int below(int n)
{
    return (int)(random_bits() % (uint64_t)n);
}

/* One element of a type: everyday numbers, and with `odd` extremes, NaN, zeros of both signs. */
static void random_element(DType t, bool odd, char *to)
{
    static const double extreme[] = {0,       -0.0,   1,   -1,  0.5,          2,    3,     1e300,
                                     -1e-300, 5e-324, 127, 255, 2147483648.0, 1e19, 709.7, 40};
    double x = 0.125 + (double)(random_bits() >> 11) / (1ll << 53);
    if (odd)
        x = below(3) ? (double)(int64_t)random_bits() / (1ll << 58) : extreme[below(16)];
    if (odd && below(12) == 0)
        x = below(3) ? (below(2) ? (double)INFINITY : -(double)INFINITY) : (double)NAN;
    if (dtype_is_integer(t)) {
        uint64_t bits = odd && below(2) ? random_bits() : (uint64_t)(int64_t)(1 + below(4));
        memcpy(to, &bits, (size_t)dtype_size(t));
        return;
    }
    Scalar in = {.c128 = {x, odd ? (double)(below(40) - 20) / 8 : x / 3}},
           out = dtype_cast(in, DT_COMPLEX128, t, NULL);
    memcpy(to, &out, (size_t)dtype_size(t));
}

static char *inputs[BODY_ARG_MAX], *outputs[3][BODY_OUT_MAX], *keep[BODY_ARG_MAX];
static uint8_t mask[3 * CELLS];

static void make_rooms(const Body *b, bool odd)
{
    for (int a = 0; a < b->nargs; a++) {
        int size = dtype_size(body_type(b, a));
        inputs[a] = xrealloc(inputs[a], ROOM);
        keep[a] = xrealloc(keep[a], ROOM);
        for (int i = 0; i < ROOM / size; i++)
            random_element(body_type(b, a), odd, inputs[a] + i * size);
        memcpy(keep[a], inputs[a], ROOM);
    }
    for (int k = 0; k < b->nouts; k++)
        for (int side = 0; side < 3; side++)
            outputs[side][k] = memset(xrealloc(outputs[side][k], ROOM), 0xAA, ROOM);
    for (size_t i = 0; i < sizeof mask; i++)
        mask[i] = (uint8_t)below(2);
}

typedef enum Layout { DENSE, STRIDED, TURNED, MASKED, IN_PLACE, ROWS, LAYOUTS } Layout;

/* How a body runs: fixed: bit of inputs that are one element. */
static void arrange(const Body *b, Layout layout, uint32_t fixed, int side, int64_t shape[2],
                    StripArg args[])
{
    int64_t n = shape[0] * shape[1];
    for (int a = 0; a < b->nargs + b->nouts; a++) {
        DType t = body_type(b, a < b->nargs ? a : b->outs[a - b->nargs]);
        int64_t size = dtype_size(t);
        args[a] = (StripArg){
            a < b->nargs ? inputs[a] : outputs[side][a - b->nargs], t, {shape[1] * size, size}};
        if (layout == STRIDED)
            args[a] =
                (StripArg){args[a].base + (n * 2 - 2) * size, t, {-shape[1] * 2 * size, -2 * size}};
        if (layout == TURNED && a < b->nargs && a % 2 == 0)
            args[a] = (StripArg){args[a].base, t, {size, shape[0] * size}};
        if (layout == ROWS)
            args[a].stride[0] += 3 * size;
        if (a < b->nargs && fixed >> a & 1)
            args[a].stride[1] = 0;
    }
    for (int k = 0; k < b->nouts && layout == IN_PLACE; k++)
        for (int a = 0; a < b->nargs; a++)
            if (args[a].dtype == args[b->nargs + k].dtype && !(fixed >> a & 1) &&
                a % b->nouts == k) {
                args[b->nargs + k] = args[a];
                break;
            }
}

enum { WAYS = 3 }; /* op by op, chains by one kernel, compiled */

/* Every way over one arrangement; `name` for messages. */
static void compare(const Body *b, Layout layout, uint32_t fixed, int64_t shape[2], int ways,
                    const char *name)
{
    StripArg args[ARGS], where = {(char *)mask, DT_BOOL, {shape[1], 1}};
    int flags[WAYS][BODY_OP_MAX] = {{0}};
    int64_t origin[2] = {3, 5};
    static char got[WAYS][BODY_OUT_MAX][ROOM];
    for (int way = 0; way < ways; way++) {
        int64_t before = jit_stats.runs;
        strips_chains = way > 0;
        ck_assert_int_eq(jit_select(way == 2 ? "compiled" : "strips"), OK);
        arrange(b, layout, fixed, way, shape, args);
        strips_run(b, 2, shape, args, origin, layout == MASKED ? &where : NULL, flags[way]);
        ck_assert_msg(jit_stats.runs - before == (way == 2), "%s: not compiled", name);
        for (int k = 0; k < b->nouts; k++) {
            bool placed = args[b->nargs + k].base != outputs[way][k] && layout == IN_PLACE;
            memcpy(got[way][k], placed ? args[b->nargs + k].base : outputs[way][k], ROOM);
        }
        for (int a = 0; a < b->nargs; a++)
            memcpy(inputs[a], keep[a], ROOM);
    }
    for (int way = 1; way < ways; way++)
        for (int i = 0; i < b->nops; i++)
            ck_assert_msg(flags[0][i] == flags[way][i],
                          "%s, way %d, layout %d, %dx%d, op %d %s %s: flags %d, strips %d", name,
                          way, (int)layout, (int)shape[0], (int)shape[1], i,
                          ops_info[b->ops[i].op].code, dtype_name((DType)b->ops[i].loop),
                          flags[way][i], flags[0][i]);
    for (int way = 1; way < ways; way++)
        for (int k = 0; k < b->nouts; k++) {
            const BodyOp *o = &b->ops[b->outs[k] - b->nargs];
            int at = 0;
            while (at < ROOM && got[0][k][at] == got[way][k][at])
                at++;
            ck_assert_msg(at == ROOM, "%s, way %d, layout %d, %dx%d: %s %s differs at byte %d",
                          name, way, (int)layout, (int)shape[0], (int)shape[1],
                          ops_info[o->op].code, dtype_name((DType)o->loop), at);
        }
}

static void compare_all(const Body *b, uint32_t fixed, bool indexed, int ways, const char *name)
{
    static const int64_t shapes[][2] = {{1, 1},    {1, 7},  {3, 70},  {40, 33},
                                        {1, 2500}, {9, 15}, {129, 20}};
    ck_assert_int_eq(body_check(b), OK);
    for (int odd = 0; odd < 2; odd++) {
        make_rooms(b, odd);
        for (int layout = 0; layout < LAYOUTS; layout++)
            for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
                if (!(indexed && layout == MASKED) && (!fixed || shapes[s][1] > 20))
                    compare(b, (Layout)layout, fixed, (int64_t[2]){shapes[s][0], shapes[s][1]},
                            ways, name);
    }
}

static void choose_isa(int round)
{
    strips_select(isa_best() == ISA_AVX512 && round % 2 ? "avx512" : "avx2");
}

/* The input of a type, new when there is none yet. */
static int arg_of(Body *b, DType t, int which)
{
    for (int a = 0; a < b->nargs; a++)
        if (b->args[a].dtype == (int)t && which-- == 0)
            return a;
    return b->nops ? -1 : body_arg(b, t, false);
}

/* Every loop of one type that gives it work: bodies of as many ops as have outputs. */
typedef struct Loop {
    OpCode op;
    DType loop, to;
} Loop;

static int list_loops(DType t, Loop loops[])
{
    int n = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        if (!op_has_loop((OpCode)op, t) || op == OP_INDEX || op == OP_DIVMOD)
            continue;
        for (int to = 0; to < (op == OP_CAST ? DT_COUNT : 1); to++)
            if (op != OP_CAST || to != (int)t)
                loops[n++] = (Loop){(OpCode)op, t, (DType)to};
    }
    return n;
}

START_TEST(every_loop)
{
    Loop loops[200];
    DType t = (DType)_i;
    int n = list_loops(t, loops);
    for (int first = 0; first < n; first += BODY_OUT_MAX) {
        Body b;
        char name[64];
        int last = first + BODY_OUT_MAX < n ? first + BODY_OUT_MAX : n;
        body_init(&b);
        for (int k = first; k < last; k++)
            for (int j = 0, at[DT_COUNT] = {0}; j < op_nin(loops[k].op); j++) {
                DType need = op_operand(loops[k].op, t, j);
                arg_of(&b, need, at[need]++);
            }
        for (int k = first; k < last; k++) {
            int src[OP_IN_MAX] = {-1, -1, -1}, at[DT_COUNT] = {0};
            for (int j = 0; j < op_nin(loops[k].op); j++) {
                DType need = op_operand(loops[k].op, t, j);
                src[j] = arg_of(&b, need, at[need]++);
            }
            body_out(&b, loops[k].op == OP_CAST
                             ? body_cast(&b, src[0], loops[k].to)
                             : body_op(&b, loops[k].op, t, src[0], src[1], src[2]));
        }
        if (b.nops < 2)
            body_out(&b, body_op(&b, OP_COPY, t, b.outs[0], -1, -1));
        choose_isa(_i + first / BODY_OUT_MAX);
        snprintf(name, sizeof name, "%s %d (%s)", dtype_name(t), first, strips_isa());
        compare_all(&b, 0, false, WAYS, name);
    }
}
END_TEST

/* A chain of random ops over inputs of random types; results that nobody reads happen. */
static bool random_body(Body *b, int nargs, int nops, bool indexed)
{
    static const DType types[] = {DT_FLOAT64, DT_FLOAT64, DT_FLOAT64, DT_FLOAT32,
                                  DT_INT64,   DT_INT32,   DT_BOOL,    DT_COMPLEX128};
    body_init(b);
    for (int a = 0; a < nargs; a++)
        body_arg(b, types[below(8)], false);
    if (indexed)
        body_index(b, below(2));
    while (b->nops < nops) {
        OpCode op = (OpCode)below(OP_COUNT);
        int x = below(b->nargs + b->nops), src[OP_IN_MAX];
        DType loop = body_type(b, below(b->nargs + b->nops));
        if (op == OP_INDEX || op == OP_DIVMOD || op == OP_CAST || !op_has_loop(op, loop))
            continue;
        for (int k = 0; k < OP_IN_MAX; k++)
            src[k] = k == 0 ? x : below(b->nargs + b->nops);
        if (body_call(b, op, loop, src) < 0)
            return false;
    }
    for (int k = 0; k < 3; k++)
        body_out(b, b->nargs + (k ? below(b->nops) : b->nops - 1));
    for (int k = 0; k < 3; k++) /* an index alone is no result of a body */
        if (b->ops[b->outs[k] - b->nargs].op == OP_INDEX)
            return false;
    return body_check(b) == OK;
}

START_TEST(random_bodies)
{
    Body b;
    char name[64];
    state += (uint64_t)_i * 77777;
    for (int k = 0; k < 4; k++) {
        bool indexed = k == 2;
        while (!random_body(&b, 2 + below(4), 3 + below(12), indexed))
            ;
        choose_isa(_i + k);
        snprintf(name, sizeof name, "random %d (%s)", 10 * _i + k, strips_isa());
        compare_all(&b, k == 3 ? 1 + (uint32_t)below(2) : 0, indexed, WAYS, name);
    }
}
END_TEST

/* Every chain of supers.def: alone, with other readers of its results, and twice in a row. */
START_TEST(every_chain)
{
    const SuperInfo *s = &super_info[_i];
    for (int form = 0; form < 6; form++) {
        Body b;
        DType t = form % 2 ? DT_FLOAT32 : DT_FLOAT64;
        int v = -1, nargs = 3;
        body_init(&b);
        for (int k = 0; k < nargs; k++)
            body_arg(&b, t, false);
        for (int again = 0; again < (form < 4 ? 1 : 2); again++)
            for (int k = 0; k < s->n; k++) {
                int x[OP_IN_MAX] = {-1, -1, -1};
                for (int j = 0; j < op_nin((OpCode)s->step[k].op); j++)
                    x[j] = v >= 0 && j == s->step[k].from ? v : (k + j + again) % nargs;
                v = body_op(&b, (OpCode)s->step[k].op, t, x[0], x[1], x[2]);
                if (form / 2 == 1 && k == 0)
                    body_out(&b, v);
            }
        body_out(&b, v);
        choose_isa(form / 2 + _i);
        compare_all(&b, form / 2 == 2 ? 2 : 0, false, 2, s->name);
    }
}
END_TEST

/* An op whose result is not read, or only in part, keeps its conditions; repeated ops too. */
START_TEST(unread_results)
{
    Body b;
    body_init(&b);
    int x = body_arg(&b, DT_FLOAT64, false), y = body_arg(&b, DT_COMPLEX128, false);
    body_op(&b, OP_DIVIDE, DT_FLOAT64, x, x, -1);
    int z = body_op(&b, OP_MULTIPLY, DT_COMPLEX128, y, y, -1);
    int again = body_op(&b, OP_MULTIPLY, DT_COMPLEX128, y, y, -1);
    body_cast(&b, x, DT_INT8);
    body_out(&b, body_op(&b, OP_REAL, DT_COMPLEX128, z, -1, -1));
    body_out(&b, body_op(&b, OP_IMAG, DT_COMPLEX128, again, -1, -1));
    int n = body_op(&b, OP_NEGATIVE, DT_FLOAT64, body_op(&b, OP_NEGATIVE, DT_FLOAT64, x, -1, -1),
                    -1, -1);
    body_out(&b, body_op(&b, OP_SUBTRACT, DT_FLOAT64, n, x, -1));
    for (int round = 0; round < 2; round++) {
        choose_isa(round);
        compare_all(&b, 0, false, WAYS, "unread");
    }
}
END_TEST

/* Of the bodies that the automatic tier meets, those that work are compiled, while strips go on. */
START_TEST(in_the_background)
{
    enum { MANY = 100000 };
    static double x[MANY], out[MANY];
    Body b;
    body_init(&b);
    int v = body_arg(&b, DT_FLOAT64, false);
    v = body_op(&b, OP_MULTIPLY, DT_FLOAT64, v, v, -1);
    body_out(&b, body_op(&b, OP_ADD, DT_FLOAT64, v, 0, -1));
    StripArg args[2] = {{(char *)x, DT_FLOAT64, {8}}, {(char *)out, DT_FLOAT64, {8}}};
    for (int i = 0; i < MANY; i++)
        x[i] = i;
    ck_assert_int_eq(jit_select("auto"), OK);
    int runs = 0;
    while (jit_stats.runs == 0 && runs < 1000000) {
        strips_run(&b, 1, (int64_t[]){MANY}, args, NULL, NULL, NULL);
        for (int i = 0; i < MANY; i += 997)
            ck_assert(out[i] == (double)i * i + i);
        runs++;
    }
    ck_assert_int_eq(jit_stats.compiled + jit_stats.cached, 1);
    ck_assert_int_gt(jit_stats.strip_runs, 100); /* not before it worked */
    ck_assert_int_eq(jit_stats.notes, 0);
    memset(out, 0, sizeof out);
    strips_run(&b, 1, (int64_t[]){MANY}, args, NULL, NULL, NULL);
    for (int i = 0; i < MANY; i++)
        ck_assert(out[i] == (double)i * i + i);
}
END_TEST

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove(path);
}

int main(void)
{
    char folder[] = "/tmp/cnx_test_jit_XXXXXX";
    bool own = !getenv("CNX_CACHE_DIR");
    if (own && (!mkdtemp(folder) || setenv("CNX_CACHE_DIR", folder, 1)))
        return 1;
    Suite *s = suite_create("jit");
    TCase *t = tcase_create("jit");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, every_loop, 0, DT_COUNT);
    tcase_add_loop_test(t, random_bodies, 0, 2);
    tcase_add_loop_test(t, every_chain, 0, SUPER_COUNT);
    tcase_add_test(t, unread_results);
    tcase_add_test(t, in_the_background);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    if (own)
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return failed != 0;
}
