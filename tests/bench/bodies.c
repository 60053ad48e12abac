/* bodies.c -- bodies by strips, compiled, and as C loops, in one run.
 *
 *   bodies [TURNS]     a line a body and size: nanoseconds an element of each, shares of C
 *
 * Medians of turns that alternate between the three, so that a busy machine slows all alike.
 */
#include <time.h>

#include "runtime/exec/jit.h"
#include "tests/bench/bodies.h"

enum { WAYS = 3, TURNS_MOST = 101, IN_MOST = 5 };

typedef struct Bench {
    const char *name;
    CLoop *c;
    const char *body;
    int nin, nout; /* arrays; scalars follow the inputs */
    DType type;
    bool shifted;  /* inputs are one array, shifted as a five-point stencil reads it */
    bool in_place; /* the output is the last input */
    int nscalars;
    double scalar[4];
} Bench;

static const Bench benches[] = {
    {"5-point stencil",
     c_stencil,
     "v0 = arg float64\nv1 = arg float64\nv2 = arg float64\nv3 = arg float64\nv4 = arg float64\n"
     "v5 = arg float64 scalar\nv6 = ADD float64 v0 v1\nv7 = ADD float64 v6 v2\nv8 = ADD float64 v7 "
     "v3\n"
     "v9 = ADD float64 v8 v4\nv10 = MULTIPLY float64 v5 v9\nout v10\n",
     5,
     1,
     DT_FLOAT64,
     true,
     false,
     1,
     {0.2}},
    {"heat with |a-b|",
     c_heat,
     "v0 = arg float64\nv1 = arg float64\nv2 = arg float64\nv3 = arg float64\nv4 = arg float64\n"
     "v5 = arg float64 scalar\nv6 = ADD float64 v0 v1\nv7 = ADD float64 v6 v2\nv8 = ADD float64 v7 "
     "v3\n"
     "v9 = ADD float64 v8 v4\nv10 = MULTIPLY float64 v5 v9\nv11 = SUBTRACT float64 v10 v0\n"
     "v12 = ABSOLUTE float64 v11\nout v10\nout v12\n",
     5,
     2,
     DT_FLOAT64,
     true,
     false,
     1,
     {0.2}},
    {"9-op chain",
     c_chain9,
     "v0 = arg float64\nv1 = arg float64\nv2 = arg float64 scalar\nv3 = arg float64 scalar\n"
     "v4 = arg float64 scalar\nv5 = MULTIPLY float64 v0 v1\nv6 = ADD float64 v5 v0\n"
     "v7 = MULTIPLY float64 v1 v2\nv8 = SUBTRACT float64 v6 v7\nv9 = MULTIPLY float64 v8 v8\n"
     "v10 = MULTIPLY float64 v0 v3\nv11 = ADD float64 v9 v10\nv12 = ADD float64 v1 v4\n"
     "v13 = DIVIDE float64 v11 v12\nout v13\n",
     2,
     1,
     DT_FLOAT64,
     false,
     false,
     3,
     {0.5, 0.25, 2.0}},
    {"9-op chain float32",
     c_chain9_f32,
     "v0 = arg float32\nv1 = arg float32\nv2 = arg float32 scalar\nv3 = arg float32 scalar\n"
     "v4 = arg float32 scalar\nv5 = MULTIPLY float32 v0 v1\nv6 = ADD float32 v5 v0\n"
     "v7 = MULTIPLY float32 v1 v2\nv8 = SUBTRACT float32 v6 v7\nv9 = MULTIPLY float32 v8 v8\n"
     "v10 = MULTIPLY float32 v0 v3\nv11 = ADD float32 v9 v10\nv12 = ADD float32 v1 v4\n"
     "v13 = DIVIDE float32 v11 v12\nout v13\n",
     2,
     1,
     DT_FLOAT32,
     false,
     false,
     3,
     {0.5, 0.25, 2.0}},
    {"axpy in place",
     c_axpy,
     "v0 = arg float64\nv1 = arg float64\nv2 = arg float64 scalar\nv3 = MULTIPLY float64 v2 v0\n"
     "v4 = ADD float64 v1 v3\nout v4\n",
     2,
     1,
     DT_FLOAT64,
     false,
     true,
     1,
     {0.5}},
    {"where(x > y, 2x-y, y/2)",
     c_where,
     "v0 = arg float64\nv1 = arg float64\nv2 = arg float64 scalar\nv3 = arg float64 scalar\n"
     "v4 = GREATER float64 v0 v1\nv5 = MULTIPLY float64 v0 v2\nv6 = SUBTRACT float64 v5 v1\n"
     "v7 = MULTIPLY float64 v1 v3\nv8 = WHERE float64 v4 v6 v7\nout v8\n",
     2,
     1,
     DT_FLOAT64,
     false,
     false,
     2,
     {2.0, 0.5}},
    {"int32 chain",
     c_ints,
     "v0 = arg int32\nv1 = arg int32\nv2 = arg int32 scalar\nv3 = arg int32 scalar\n"
     "v4 = ADD int32 v0 v1\nv5 = MULTIPLY int32 v4 v2\nv6 = BITWISE_XOR int32 v5 v0\n"
     "v7 = RIGHT_SHIFT int32 v1 v3\nv8 = SUBTRACT int32 v6 v7\nout v8\n",
     2,
     1,
     DT_INT32,
     false,
     false,
     2,
     {3, 2}},
};

static const int64_t sizes[][2] = {{1, 8},     {1, 1000},    {1, 4096},   {16, 254},
                                   {256, 256}, {1024, 1024}, {3162, 3162}};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double t[], int n)
{
    qsort(t, (size_t)n, sizeof *t, by_size);
    return t[n / 2];
}

static char *array_new(DType t, int64_t n)
{
    char *p = aligned_alloc(64, (size_t)((n * dtype_size(t) + 63) / 64 * 64));
    for (int64_t i = 0; i < n; i++) {
        Scalar in = {.f64 = 1 + (double)(i % 97) / 64}, x = dtype_cast(in, DT_FLOAT64, t, NULL);
        memcpy(p + i * dtype_size(t), &x, (size_t)dtype_size(t));
    }
    return p;
}

static void bench_run(const Bench *b, int64_t rows, int64_t n, int turns)
{
    Body body;
    if (body_parse(b->body, &body) != OK) {
        fprintf(stderr, "%s: %s\n", b->name, status_text());
        exit(1);
    }
    int64_t size = dtype_size(b->type), step = n + 2, cells = (rows + 2) * step;
    char *room[IN_MOST + 2], *at[IN_MOST] = {0}, *out[2] = {0};
    Scalar scalar[4];
    StripArg args[BODY_ARG_MAX + BODY_OUT_MAX] = {0};
    static const int shift[] = {0, -1, 1, 1000, -1000}; /* 1000: a row */
    for (int k = 0; k < b->nin + b->nout; k++)
        room[k] = b->shifted && k && k < b->nin ? room[0] : array_new(b->type, cells);
    for (int k = 0; k < b->nin; k++) {
        int64_t by = !b->shifted ? 0 : shift[k] % 1000 ? shift[k] : shift[k] / 1000 * step;
        at[k] = room[k] + (step + 1 + by) * size;
        args[k] = (StripArg){at[k], b->type, {step * size, size}};
    }
    for (int k = b->nin; k < IN_MOST; k++)
        at[k] = at[0];
    for (int k = 0; k < b->nscalars; k++) {
        scalar[k] = dtype_cast((Scalar){.f64 = b->scalar[k]}, DT_FLOAT64, b->type, NULL);
        args[b->nin + k] = (StripArg){(char *)&scalar[k], b->type, {0}};
    }
    for (int k = 0; k < b->nout; k++) {
        out[k] = b->in_place ? at[b->nin - 1] : room[b->nin + k] + (step + 1) * size;
        args[b->nin + b->nscalars + k] = (StripArg){out[k], b->type, {step * size, size}};
    }
    if (b->nout == 1)
        out[1] = out[0];
    int repeat = (int)int64_max(1, 400000 / (rows * n));
    double t[WAYS][TURNS_MOST], ns[WAYS];
    int flags[BODY_OP_MAX] = {0};
    for (int turn = -2; turn < turns; turn++)
        for (int way = 0; way < WAYS; way++) {
            if (way)
                jit_select(way == 1 ? "strips" : "compiled");
            double start = now();
            for (int i = 0; i < repeat; i++) {
                if (way)
                    strips_run(&body, 2, (int64_t[]){rows, n}, args, NULL, NULL, flags);
                else
                    b->c(rows, n, step, at, out);
            }
            if (turn >= 0)
                t[way][turn] = (now() - start) / repeat / (double)(rows * n) * 1e9;
        }
    for (int way = 0; way < WAYS; way++)
        ns[way] = median(t[way], turns);
    printf("%-24s %5d x %-5d  C %7.3f ns  strips %7.3f ns %4.0f %%  compiled %7.3f ns %4.0f %%\n",
           b->name, (int)rows, (int)n, ns[0], ns[1], 100 * ns[0] / ns[1], ns[2],
           100 * ns[0] / ns[2]);
    fflush(stdout);
    for (int k = 0; k < b->nin + b->nout; k++)
        if (!(b->shifted && k && k < b->nin))
            free(room[k]);
}

int main(int argc, char **argv)
{
    int turns = argc > 1 ? atoi(argv[1]) : 21;
    if (turns < 1 || turns > TURNS_MOST)
        turns = 21;
    printf("%s\n", strips_isa());
    for (size_t k = 0; k < sizeof benches / sizeof *benches; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            bench_run(&benches[k], sizes[s][0], sizes[s][1], turns);
    return 0;
}
