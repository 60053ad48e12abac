/* test_strips.c -- kernels and the strip interpreter against plain C.  Local.
 *
 * Every loop: both instruction sets, all lengths to 70, one element alone, strided and masked
 * operands give the same bytes and conditions.  What the bytes must be is checked against C
 * arithmetic for the exact ops, against libm within two units for the others.
 */
#include <math.h>

#include "runtime/exec/emit.h"
#include "runtime/exec/isa.h"
#include "runtime/exec/strips.h"

#include <check.h> /* last: it has a macro named fail */

enum { N = 70, ROOM = 16 * 4 * N };

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

static int isas(const char *names[2])
{
    names[0] = "avx2", names[1] = "avx512";
    return isa_best() == ISA_AVX512 ? 2 : 1;
}

/* One element of a type: everyday numbers, extremes, NaN, zeros of both signs. */
static void random_element(DType t, char *to)
{
    static const double odd[] = {0,       -0.0,   1,   -1,  0.5,          2,    3,     1e300,
                                 -1e-300, 5e-324, 127, 255, 2147483648.0, 1e19, 709.7, 40};
    double x = below(3) ? (double)(int64_t)random_bits() / (1ll << 58) : odd[below(16)];
    if (below(12) == 0)
        x = below(3) ? (below(2) ? (double)INFINITY : -(double)INFINITY) : (double)NAN;
    if (dtype_is_integer(t)) {
        uint64_t bits = below(2) ? random_bits() : (uint64_t)(int64_t)(below(9) - 4);
        memcpy(to, &bits, (size_t)dtype_size(t));
        return;
    }
    Scalar in = {.c128 = {x, (double)(below(40) - 20) / 8}},
           out = dtype_cast(in, DT_COMPLEX128, t, NULL);
    memcpy(to, &out, (size_t)dtype_size(t));
}

typedef struct Case {
    Body body;
    int nin;
    DType in[OP_IN_MAX], out;
    char data[OP_IN_MAX][16 * N];
} Case;

static void case_make(Case *c, OpCode op, DType loop, DType to)
{
    int src[OP_IN_MAX] = {-1, -1, -1};
    body_init(&c->body);
    c->nin = op_nin(op);
    for (int k = 0; k < c->nin; k++) {
        c->in[k] = op_operand(op, loop, k);
        src[k] = body_arg(&c->body, c->in[k], false);
        for (int i = 0; i < N; i++)
            random_element(c->in[k], c->data[k] + i * dtype_size(c->in[k]));
    }
    int v = op == OP_CAST ? body_cast(&c->body, src[0], to)
                          : body_op(&c->body, op, loop, src[0], src[1], src[2]);
    c->out = body_type(&c->body, v);
    body_out(&c->body, v);
    ck_assert_int_eq(body_check(&c->body), OK);
}

/* n elements from `first` with operands `spread` apart (in elements); results go to `out`, densely;
 * answers flags. */
static int case_run(const Case *c, int first, int n, int spread, const uint8_t *mask, char *out)
{
    static char room[OP_IN_MAX + 1][ROOM] __attribute__((aligned(64)));
    StripArg args[OP_IN_MAX + 1] = {0}, where = {(char *)mask, DT_BOOL, {1}};
    for (int k = 0; k < c->nin; k++) {
        int size = dtype_size(c->in[k]);
        for (int i = 0; i < n; i++)
            memcpy(room[k] + i * spread * size, c->data[k] + (first + i) * size, (size_t)size);
        args[k] = (StripArg){room[k], c->in[k], {spread * size}};
    }
    int size = dtype_size(c->out), flags = 0;
    args[c->nin] = (StripArg){room[OP_IN_MAX], c->out, {spread * size}};
    memset(room[OP_IN_MAX], 0xAA, ROOM);
    strips_run(&c->body, 1, (int64_t[]){n}, args, NULL, mask ? &where : NULL, &flags);
    for (int i = 0; i < n; i++)
        memcpy(out + i * size, room[OP_IN_MAX] + i * spread * size, (size_t)size);
    ck_assert_int_eq((uint8_t)room[OP_IN_MAX][((n - 1) * spread + 1) * size],
                     0xAA); /* nothing past the end */
    return flags;
}

static void case_check(const Case *c)
{
    const char *isa[2];
    int size = dtype_size(c->out), nisas = isas(isa), whole_flags[2];
    char whole[2][16 * N], part[16 * N];
    const char *name = ops_info[c->body.ops[0].op].code;
    for (int k = 0; k < nisas; k++) {
        ck_assert_int_eq(strips_select(isa[k]), OK);
        whole_flags[k] = case_run(c, 0, N, 1, NULL, whole[k]);
    }
    if (nisas == 2) {
        ck_assert_msg(!memcmp(whole[0], whole[1], (size_t)(N * size)),
                      "%s: instruction sets differ", name);
        ck_assert_int_eq(whole_flags[0], whole_flags[1]);
    }
    int flags = 0;
    for (int i = 0; i < N; i++) { /* alone */
        strips_select(isa[i % nisas]);
        flags |= case_run(c, i, 1, 1, NULL, part);
        ck_assert_msg(!memcmp(part, whole[0] + i * size, (size_t)size), "%s: element %d alone",
                      name, i);
    }
    ck_assert_int_eq(flags, whole_flags[0]);
    for (int n = 1; n < N; n++) { /* lengths, strides */
        strips_select(isa[n % nisas]);
        case_run(c, 0, n, 1 + n % 3, NULL, part);
        ck_assert_msg(!memcmp(part, whole[0], (size_t)(n * size)), "%s: length %d", name, n);
    }
    uint8_t mask[N];
    for (int i = 0; i < N; i++)
        mask[i] = (uint8_t)below(2);
    case_run(c, 0, N, 2, mask, part);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < size; k++)
            ck_assert_msg(part[i * size + k] == (mask[i] ? whole[0][i * size + k] : (char)0xAA),
                          "%s: mask", name);
}

START_TEST(every_loop_is_one_function)
{
    OpCode op = (OpCode)_i;
    static Case c;
    if (op == OP_INDEX || op == OP_DIVMOD)
        return;
    for (int loop = 0; loop < DT_COUNT; loop++) {
        if (!op_has_loop(op, (DType)loop))
            continue;
        for (int to = 0; to < (op == OP_CAST ? DT_COUNT : 1); to++) {
            if (op == OP_CAST && to == loop)
                continue;
            case_make(&c, op, (DType)loop, (DType)to);
            case_check(&c);
        }
    }
}
END_TEST

/* Casts against dtype_cast, one element at a time, conditions included. */
START_TEST(casts)
{
    static Case c;
    char out[16];
    for (int from = 0; from < DT_COUNT; from++)
        for (int to = 0; to < DT_COUNT; to++) {
            if (from == to)
                continue;
            case_make(&c, OP_CAST, (DType)from, (DType)to);
            for (int i = 0; i < N; i++) {
                Scalar x = {0};
                memcpy(&x, c.data[0] + i * dtype_size((DType)from),
                       (size_t)dtype_size((DType)from));
                int want = 0, got = case_run(&c, i, 1, 1, NULL, out);
                Scalar r = dtype_cast(x, (DType)from, (DType)to, &want);
                ck_assert_msg(!memcmp(&r, out, (size_t)dtype_size((DType)to)) && got == want,
                              "%s to %s", dtype_name((DType)from), dtype_name((DType)to));
            }
        }
}
END_TEST

/* ---- against plain C ---- */

static Scalar apply(OpCode op, DType loop, Scalar x, Scalar y, int *flags)
{
    Scalar in[OP_IN_MAX] = {x, y};
    return strips_scalar(op, loop, in, flags);
}

START_TEST(integer_division)
{
    static const int8_t v[] = {-128, -127, -7, -2, -1, 0, 1, 2, 7, 126, 127};
    for (size_t i = 0; i < sizeof v; i++)
        for (size_t k = 0; k < sizeof v; k++) {
            int x = v[i], y = v[k], flags = 0, q = 0, r = 0;
            if (y)
                q = x / y - (x % y && (x < 0) != (y < 0)), r = x - q * y;
            ck_assert_int_eq(
                apply(OP_FLOOR_DIVIDE, DT_INT8, (Scalar){.i8 = v[i]}, (Scalar){.i8 = v[k]}, &flags)
                    .i8,
                (int8_t)q);
            ck_assert_int_eq(flags, !y ? FLAG_DIVIDE : q == 128 ? FLAG_OVERFLOW : 0);
            ck_assert_int_eq(
                apply(OP_REMAINDER, DT_INT8, (Scalar){.i8 = v[i]}, (Scalar){.i8 = v[k]}, &flags).i8,
                r);
            ck_assert_int_eq(
                apply(OP_REMAINDER, DT_INT64, (Scalar){.i64 = v[i]}, (Scalar){.i64 = v[k]}, &flags)
                    .i64,
                r);
            ck_assert_int_eq(apply(OP_FLOOR_DIVIDE, DT_INT32, (Scalar){.i32 = v[i]},
                                   (Scalar){.i32 = v[k]}, &flags)
                                 .i32,
                             q);
        }
    int flags = 0;
    Scalar min = {.i32 = INT32_MIN}, minus = {.i32 = -1};
    ck_assert_int_eq(apply(OP_FLOOR_DIVIDE, DT_INT32, min, minus, &flags).i32, INT32_MIN);
    ck_assert_int_eq(flags, FLAG_OVERFLOW);
    min.i64 = INT64_MIN, minus.i64 = -1, flags = 0;
    ck_assert(apply(OP_FLOOR_DIVIDE, DT_INT64, min, minus, &flags).i64 == INT64_MIN &&
              flags == FLAG_OVERFLOW);
    for (int k = 0; k < 20000; k++) { /* 32 bits by way of doubles */
        uint32_t x = (uint32_t)random_bits() >> below(32), y = (uint32_t)random_bits() >> below(32);
        Scalar a = {.u32 = x}, b = {.u32 = y ? y : 1};
        ck_assert_uint_eq(apply(OP_FLOOR_DIVIDE, DT_UINT32, a, b, &flags).u32, a.u32 / b.u32);
        ck_assert_uint_eq(apply(OP_FMOD, DT_UINT32, a, b, &flags).u32, a.u32 % b.u32);
    }
}
END_TEST

START_TEST(shifts_and_powers)
{
    for (int n = -2; n < 70; n++) {
        int flags = 0;
        Scalar one = {.i64 = 5}, minus = {.i64 = -5}, by = {.i64 = n};
        bool inside = n >= 0 && n < 64;
        ck_assert_int_eq(apply(OP_LEFT_SHIFT, DT_INT64, one, by, &flags).i64,
                         inside ? (int64_t)(5ull << n) : 0);
        ck_assert_int_eq(apply(OP_RIGHT_SHIFT, DT_INT64, minus, by, &flags).i64,
                         inside ? -5ll >> n : -1);
        int64_t power = 1;
        for (int k = 0; k < n; k++)
            power = (int64_t)((uint64_t)power * (uint64_t)-5ll);
        if (n >= 0)
            ck_assert_int_eq(apply(OP_POWER, DT_INT64, minus, by, &flags).i64, power);
        ck_assert_int_eq(flags, 0);
    }
    int flags = 0;
    apply(OP_POWER, DT_INT8, (Scalar){.i8 = 3}, (Scalar){.i8 = -1}, &flags);
    ck_assert_int_eq(flags, FLAG_NEGATIVE_POWER);
}
END_TEST

static bool same_bits(double a, double b)
{
    return !memcmp(&a, &b, sizeof a) || (isnan(a) && isnan(b));
}

START_TEST(float_arithmetic)
{
    for (int k = 0; k < 20000; k++) {
        Scalar x = {0}, y = {0};
        int flags = 0;
        random_element(DT_FLOAT64, (char *)&x);
        random_element(DT_FLOAT64, (char *)&y);
        double a = x.f64, b = y.f64;
        ck_assert(same_bits(apply(OP_ADD, DT_FLOAT64, x, y, &flags).f64, a + b));
        ck_assert(same_bits(apply(OP_MULTIPLY, DT_FLOAT64, x, y, &flags).f64, a * b));
        ck_assert(same_bits(apply(OP_DIVIDE, DT_FLOAT64, x, y, &flags).f64, a / b));
        ck_assert(same_bits(apply(OP_FMOD, DT_FLOAT64, x, y, &flags).f64, fmod(a, b)));
        ck_assert(same_bits(apply(OP_SQRT, DT_FLOAT64, x, y, &flags).f64, sqrt(a)));
        ck_assert(same_bits(apply(OP_RINT, DT_FLOAT64, x, y, &flags).f64, rint(a)));
        ck_assert(same_bits(apply(OP_FLOOR, DT_FLOAT64, x, y, &flags).f64, floor(a)));
        ck_assert(
            same_bits(apply(OP_MAXIMUM, DT_FLOAT64, x, y, &flags).f64, a > b || isnan(a) ? a : b));
        ck_assert_int_eq(apply(OP_LESS, DT_FLOAT64, x, y, &flags).b, a < b);
    }
}
END_TEST

static bool near(double got, double want, bool is_float)
{
    if (isnan(want) || isinf(want) || want == 0)
        return same_bits(got, want);
    double unit = is_float
                      ? (double)nextafterf((float)fabs(want), INFINITY) - (double)(float)fabs(want)
                      : nextafter(fabs(want), (double)INFINITY) - fabs(want);
    return isinf(unit) || fabs(got - want) <= 3 * unit;
}

static const struct {
    OpCode op;
    double (*fn)(double);
} functions[] = {
    {OP_EXP, exp},       {OP_EXP2, exp2},     {OP_EXPM1, expm1},   {OP_LOG, log},
    {OP_LOG2, log2},     {OP_LOG10, log10},   {OP_LOG1P, log1p},   {OP_SIN, sin},
    {OP_COS, cos},       {OP_TAN, tan},       {OP_ARCSIN, asin},   {OP_ARCCOS, acos},
    {OP_ARCTAN, atan},   {OP_SINH, sinh},     {OP_COSH, cosh},     {OP_TANH, tanh},
    {OP_ARCSINH, asinh}, {OP_ARCCOSH, acosh}, {OP_ARCTANH, atanh}, {OP_CBRT, cbrt},
};

/* SLEEF leaves its domain at these; they are repaired. */
static const double extremes[] = {710.4, -710.4, 709.782712, 1e200,  -1e200, 1.7e308, 1e19,
                                  89,    88.72,  -5e-324,    5e-324, 1e-310, 1e22,    1,
                                  -1,    0,      -0.0,       1024,   0.5,    2e38,    -745};

START_TEST(functions_are_near_libm)
{
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
        for (int k = 0; k < 3000; k++) {
            Scalar x = {0};
            int flags = 0;
            random_element(DT_FLOAT64, (char *)&x);
            if (k < (int)(sizeof extremes / sizeof *extremes))
                x.f64 = extremes[k];
            double want = functions[f].fn(x.f64),
                   got = apply(functions[f].op, DT_FLOAT64, x, x, &flags).f64;
            ck_assert_msg(near(got, want, false), "%s(%a) = %a, not %a",
                          ops_info[functions[f].op].name, x.f64, got, want);
            float narrow = (float)x.f64;
            want = functions[f].fn((double)narrow);
            got =
                (double)apply(functions[f].op, DT_FLOAT32, (Scalar){.f32 = narrow}, x, &flags).f32;
            ck_assert_msg(near(got, (double)(float)want, true), "%s(%a) = %a, not %a",
                          ops_info[functions[f].op].name, (double)narrow, got, want);
        }
}
END_TEST

START_TEST(conditions)
{
    static const struct {
        OpCode op;
        double x, y;
        int flags;
    } want[] = {
        {OP_DIVIDE, 1, 0, FLAG_DIVIDE},
        {OP_DIVIDE, 0, 0, FLAG_INVALID},
        {OP_MULTIPLY, 1e300, 1e300, FLAG_OVERFLOW},
        {OP_MULTIPLY, 1e-300, 1e-300, FLAG_UNDERFLOW},
        {OP_SQRT, -1, 0, FLAG_INVALID},
        {OP_LOG, 0, 0, FLAG_DIVIDE},
        {OP_LOG, -1, 0, FLAG_INVALID},
        {OP_EXP, 1000, 0, FLAG_OVERFLOW},
        {OP_EXP, -1000, 0, FLAG_UNDERFLOW},
        {OP_POWER, 0, -1, FLAG_DIVIDE},
        {OP_POWER, -1, 0.5, FLAG_INVALID},
        {OP_ARCTANH, 1, 0, FLAG_DIVIDE},
        {OP_SIN, (double)INFINITY, 0, FLAG_INVALID},
        {OP_REMAINDER, 1, 0, FLAG_INVALID},
        {OP_FLOOR_DIVIDE, 1, 0, FLAG_DIVIDE},
        {OP_FLOOR_DIVIDE, 1e300, 1e-300, FLAG_OVERFLOW | FLAG_INVALID},
        {OP_LESS, (double)NAN, 1, 0},
        {OP_MAXIMUM, (double)NAN, 1, 0},
        {OP_ADD, (double)NAN, 1, 0},
        {OP_RINT, 0.5, 0, 0},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        int flags = 0;
        apply(want[k].op, DT_FLOAT64, (Scalar){.f64 = want[k].x}, (Scalar){.f64 = want[k].y},
              &flags);
        ck_assert_msg(flags == want[k].flags, "%s(%g, %g): %d", ops_info[want[k].op].name,
                      want[k].x, want[k].y, flags);
    }
}
END_TEST

/* ---- bodies over strided memory ---- */

enum { CELLS = 40000 };

/* A view of `shape` on a buffer: random order of axes, gaps, directions. */
static StripArg random_view(char *room, DType t, int ndim, const int64_t shape[], bool broadcast)
{
    StripArg a = {room, t, {0}};
    int order[4];
    int64_t stride = dtype_size(t);
    for (int k = 0; k < ndim; k++) {
        int j = below(k + 1);
        order[k] = order[j];
        order[j] = k;
    }
    for (int k = 0; k < ndim; k++) {
        int axis = order[k];
        if (broadcast && below(4) == 0)
            continue;
        stride *= 1 + (below(4) == 0);
        a.stride[axis] = stride;
        if (below(4) == 0) {
            a.base += stride * (shape[axis] - 1);
            a.stride[axis] = -stride;
        }
        stride *= shape[axis];
    }
    return a;
}

static char *element(const StripArg *a, int ndim, const int64_t at[])
{
    char *p = a->base;
    for (int k = 0; k < ndim; k++)
        p += at[k] * a->stride[k];
    return p;
}

static bool next(int ndim, const int64_t shape[], int64_t at[])
{
    for (int k = ndim - 1; k >= 0; k--) {
        if (++at[k] < shape[k])
            return true;
        at[k] = 0;
    }
    return false;
}

/* out0 = (x + y) * index1; out1 = out0 < y, out0 stored over x at times; masked at times. */
START_TEST(bodies_over_views)
{
    static double rooms[3][4 * CELLS], want[CELLS];
    static uint8_t less[16 * CELLS], mask[16 * CELLS], want_less[CELLS];
    const char *isa[2];
    for (int round = 0; round < 400; round++) {
        strips_select(isa[isas(isa) == 2 && round % 2]);
        int ndim = 2 + below(2);
        int64_t shape[4], at[4] = {0}, origin[4] = {3, 100, 7}, n = 0;
        for (int k = 0; k < ndim; k++)
            shape[k] = 1 + below(ndim == 2 ? 130 : 30);
        for (int r = 0; r < 3; r++)
            for (int i = 0; i < 4 * CELLS; i++)
                rooms[r][i] = (double)(i * 7 % 101) - 50;
        memset(less, 7, sizeof less);
        for (size_t i = 0; i < sizeof mask; i++)
            mask[i] = (uint8_t)below(2);
        bool in_place = below(3) == 0, masked = below(3) == 0;
        StripArg args[4] = {random_view((char *)rooms[0], DT_FLOAT64, ndim, shape, !in_place),
                            random_view((char *)rooms[1], DT_FLOAT64, ndim, shape, true),
                            random_view((char *)rooms[2], DT_FLOAT64, ndim, shape, false),
                            random_view((char *)less, DT_BOOL, ndim, shape, false)};
        StripArg where = random_view((char *)mask, DT_BOOL, ndim, shape, true);
        if (in_place)
            args[2] = args[0];
        do {
            double x = *(double *)element(&args[0], ndim, at),
                   y = *(double *)element(&args[1], ndim, at);
            bool write = !masked || *(uint8_t *)element(&where, ndim, at);
            double z = (x + y) * (double)(at[1] + origin[1]);
            want[n] = write ? z : *(double *)element(&args[2], ndim, at);
            want_less[n++] = write ? z < y : 7;
        } while (next(ndim, shape, at));
        Body b;
        body_init(&b);
        int x = body_arg(&b, DT_FLOAT64, false), y = body_arg(&b, DT_FLOAT64, false);
        int i = body_cast(&b, body_index(&b, 1), DT_FLOAT64);
        int z =
            body_op(&b, OP_MULTIPLY, DT_FLOAT64, body_op(&b, OP_ADD, DT_FLOAT64, x, y, -1), i, -1);
        body_out(&b, z);
        body_out(&b, body_op(&b, OP_LESS, DT_FLOAT64, z, y, -1));
        ck_assert_int_eq(body_check(&b), OK);
        strips_run(&b, ndim, shape, args, origin, masked ? &where : NULL, NULL);
        memset(at, 0, sizeof at);
        n = 0;
        do {
            ck_assert_msg(*(double *)element(&args[2], ndim, at) == want[n], "round %d, element %d",
                          round, (int)n);
            ck_assert_int_eq(*(uint8_t *)element(&args[3], ndim, at), want_less[n]);
            n++;
        } while (next(ndim, shape, at));
    }
}
END_TEST

/* One op, so without strips where memory allows: moves, and x + y, of every type over any views. */
START_TEST(single_ops_over_views)
{
    static char rooms[3][16 * 4 * CELLS];
    static Scalar want[CELLS];
    const char *isa[2];
    DType t = (DType)_i;
    int size = dtype_size(t);
    for (int round = 0; round < 120; round++) {
        strips_select(isa[isas(isa) == 2 && round % 2]);
        int ndim = 2 + below(2), n = 0, nin = 1 + below(2);
        int64_t shape[4], at[4] = {0};
        for (int k = 0; k < ndim; k++)
            shape[k] = 1 + below(ndim == 2 ? 190 : 33);
        for (int r = 0; r < 2; r++)
            for (int i = 0; i < 4 * CELLS; i++)
                random_element(t, rooms[r] + i * size);
        Body b;
        body_init(&b);
        int x = body_arg(&b, t, false), y = nin == 2 ? body_arg(&b, t, false) : -1;
        OpCode op = nin == 2 ? OP_ADD : OP_COPY;
        body_out(&b, body_op(&b, op, t, x, y, -1));
        StripArg args[3];
        for (int k = 0; k <= nin; k++)
            args[k] = random_view(rooms[k == nin ? 2 : k], t, ndim, shape, k < nin);
        do {
            Scalar in[OP_IN_MAX];
            for (int k = 0; k < nin; k++)
                memcpy(&in[k], element(&args[k], ndim, at), (size_t)size);
            int flags = 0;
            want[n++] = strips_scalar(op, t, in, &flags);
        } while (next(ndim, shape, at));
        strips_run(&b, ndim, shape, args, NULL, NULL, NULL);
        memset(at, 0, sizeof at);
        n = 0;
        do
            ck_assert_msg(!memcmp(element(&args[nin], ndim, at), &want[n], (size_t)size),
                          "%s of %s, round %d, element %d", ops_info[op].code, dtype_name(t), round,
                          n);
        while (n++, next(ndim, shape, at));
    }
}
END_TEST

/* One op whose variable is two outputs, dense or with gaps, of one axis and of two. */
START_TEST(one_op_with_two_outputs)
{
    enum { ROWS = 9, WIDTH = 67 };
    static double x[ROWS * WIDTH], to[2][4 * ROWS * WIDTH];
    Body b;
    body_init(&b);
    int in = body_arg(&b, DT_FLOAT64, false);
    int made = body_op(&b, OP_NEGATIVE, DT_FLOAT64, in, -1, -1);
    ck_assert_int_eq(body_out(&b, made), 0);
    ck_assert_int_eq(body_out(&b, made), 1);
    for (int i = 0; i < ROWS * WIDTH; i++)
        x[i] = i + 1;
    for (int gaps = 0; gaps < 16; gaps++) {
        int64_t step[2] = {gaps & 1 ? 2 : 1, gaps & 2 ? 2 : 1},
                row[2] = {WIDTH * step[0] + !!(gaps & 4), WIDTH * step[1] + !!(gaps & 4)};
        int64_t rows = gaps & 8 ? 1 : ROWS;
        StripArg args[3] = {
            {.base = (char *)x, .stride = {8 * WIDTH, 8}, .dtype = DT_FLOAT64},
            {.base = (char *)to[0], .stride = {8 * row[0], 8 * step[0]}, .dtype = DT_FLOAT64},
            {.base = (char *)to[1], .stride = {8 * row[1], 8 * step[1]}, .dtype = DT_FLOAT64}};
        memset(to, 0, sizeof to);
        strips_run(&b, 2, (int64_t[]){rows, WIDTH}, args, NULL, NULL, NULL);
        for (int o = 0; o < 2; o++) {
            double left = 0;
            for (int64_t i = 0; i < rows; i++)
                for (int64_t j = 0; j < WIDTH; j++)
                    ck_assert(to[o][i * row[o] + j * step[o]] == -x[i * WIDTH + j]);
            for (size_t i = 0; i < sizeof to[o] / sizeof *to[o]; i++)
                left += to[o][i];
            for (int64_t i = 0; i < rows * WIDTH; i++)
                left += x[i];
            ck_assert(left == 0); /* nothing beside them */
        }
    }
}
END_TEST

START_TEST(generators)
{
    static double line[1000];
    static uint8_t eye[30 * 40];
    Scalar start = {.f64 = 0.1}, step = {.f64 = 0.3}, last = {.i64 = 999}, stop = {.f64 = 77},
           k = {.i64 = 2};
    Body b;
    body_init(&b);
    int v[4] = {body_arg(&b, DT_FLOAT64, true), body_arg(&b, DT_FLOAT64, true),
                body_arg(&b, DT_INT64, true), body_arg(&b, DT_FLOAT64, true)};
    body_out(&b, body_linspace(&b, 0, v[0], v[1], v[2], v[3]));
    StripArg args[5] = {{(char *)&start, DT_FLOAT64, {0}},
                        {(char *)&step, DT_FLOAT64, {0}},
                        {(char *)&last, DT_INT64, {0}},
                        {(char *)&stop, DT_FLOAT64, {0}},
                        {(char *)line, DT_FLOAT64, {8}}};
    strips_run(&b, 1, (int64_t[]){1000}, args, NULL, NULL, NULL);
    for (int i = 0; i < 999; i++)
        ck_assert(line[i] == (double)i * 0.3 + 0.1);
    ck_assert(line[999] == 77);
    body_init(&b);
    v[0] = body_arg(&b, DT_INT64, true);
    body_out(&b, body_eye(&b, 0, 1, v[0]));
    args[0] = (StripArg){(char *)&k, DT_INT64, {0}};
    args[1] = (StripArg){(char *)eye, DT_BOOL, {40, 1}};
    strips_run(&b, 2, (int64_t[]){30, 40}, args, (int64_t[]){5, 5}, NULL, NULL);
    for (int i = 0; i < 30; i++)
        for (int j = 0; j < 40; j++)
            ck_assert_int_eq(eye[i * 40 + j], j - i == 2);
}
END_TEST

static int polls;

static void count_poll(void)
{
    polls++;
}

/* Long work lets others in between, and gives what it would give alone. */
START_TEST(long_work_polls)
{
    enum { LONG = 1000000 };
    double *x = xmalloc(LONG * sizeof *x), *y = xmalloc(LONG * sizeof *y);
    for (int i = 0; i < LONG; i++)
        x[i] = i;
    StripArg args[2] = {{(char *)x, DT_FLOAT64, {8}}, {(char *)y, DT_FLOAT64, {8}}};
    strips_poll = count_poll;
    for (int nops = 1; nops <= 3; nops++) {
        Body b;
        body_init(&b);
        int v = body_arg(&b, DT_FLOAT64, false);
        for (int k = 0; k < nops; k++)
            v = body_op(&b, OP_ADD, DT_FLOAT64, v, v, -1);
        body_out(&b, v);
        polls = 0;
        strips_run(&b, 1, (int64_t[]){LONG}, args, NULL, NULL, NULL);
        ck_assert_int_ge(polls, 4 * nops);
        for (int i = 0; i < LONG; i++)
            ck_assert(y[i] == (double)i * (1 << nops));
    }
    strips_poll = NULL;
    free(x);
    free(y);
}
END_TEST

START_TEST(emitted_text)
{
    Body b;
    Buf text = {0};
    body_init(&b);
    int x = body_arg(&b, DT_FLOAT64, false), y = body_arg(&b, DT_FLOAT32, true);
    body_out(&b, body_call(&b, OP_CLIP, DT_FLOAT64, (int[]){x, y, x}));
    ck_assert_int_eq(emit_lanes(&b, 64), 8);
    ck_assert_int_eq(emit_kernel(&b, "f", &text), OK);
    ck_assert(strstr(buf_text(&text), "Vf64 v2 = CAST_f32_f64(v1);\n"));
    ck_assert(strstr(text.at, "Vf64 v3 = MIN_f64(MAX_f64(v0, v2), v0);\n"));
    buf_free(&text);
    body_init(&b);
    x = body_arg(&b, DT_COMPLEX128, false);
    body_out(&b, body_op(&b, OP_EXP, DT_COMPLEX128, x, -1, -1));
    ck_assert_int_eq(emit_kernel(&b, "f", &text), ERR_UNSUPPORTED);
    ck_assert_int_eq(text.n, 0);
    ck_assert_int_eq(strips_select("sse"), ERR_VALUE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("strips");
    TCase *t = tcase_create("strips");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, every_loop_is_one_function, 0, OP_COUNT);
    tcase_add_test(t, casts);
    tcase_add_test(t, integer_division);
    tcase_add_test(t, shifts_and_powers);
    tcase_add_test(t, float_arithmetic);
    tcase_add_test(t, functions_are_near_libm);
    tcase_add_test(t, conditions);
    tcase_add_test(t, bodies_over_views);
    tcase_add_loop_test(t, single_ops_over_views, 0, DT_COUNT);
    tcase_add_test(t, one_op_with_two_outputs);
    tcase_add_test(t, generators);
    tcase_add_test(t, long_work_polls);
    tcase_add_test(t, emitted_text);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
