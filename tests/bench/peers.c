/* peers.c -- what programs of this folder do, written by hand: fused, double-buffered, one core.
 *
 *   peers NAME N TURNS REPETITIONS     seconds of a turn, one line a repetition
 *
 * heat, heat_nt (non-temporal stores), chain, sum, square_difference.  Built with -O3 -march=native
 * -fopenmp-simd by run.py.
 */
#define _GNU_SOURCE
#include <immintrin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double *array(long n)
{
    void *p = NULL;
    if (posix_memalign(&p, 2 << 20, sizeof(double) * (size_t)n))
        exit(1);
    madvise(p, sizeof(double) * (size_t)n, MADV_HUGEPAGE);
    memset(p, 0, sizeof(double) * (size_t)n);
    return p;
}

/* A step from `a` to `b`, both (n + 2)^2; the sum of absolute changes. */
static double heat_row(const double *restrict a, double *restrict b, long n, long w)
{
    double delta = 0;
#pragma omp simd reduction(+ : delta)
    for (long j = 1; j <= n; j++) {
        double x = 0.2 * (a[j] + a[j - w] + a[j + w] + a[j + 1] + a[j - 1]);
        delta += fabs(x - a[j]);
        b[j] = x;
    }
    return delta;
}

#ifdef __AVX512F__
/* The same past the caches: rows of b are written in whole lines. */
static double heat_row_nt(const double *restrict a, double *restrict b, long n, long w)
{
    __m512d sum = _mm512_setzero_pd(), fifth = _mm512_set1_pd(0.2);
    double delta = 0;
    long j = 1;
    for (; j <= n && (unsigned long)(b + j) % 64; j++) {
        b[j] = 0.2 * (a[j] + a[j - w] + a[j + w] + a[j + 1] + a[j - 1]);
        delta += fabs(b[j] - a[j]);
    }
    for (; j + 7 <= n; j += 8) {
        __m512d c = _mm512_loadu_pd(a + j);
        __m512d x =
            _mm512_add_pd(_mm512_add_pd(c, _mm512_loadu_pd(a + j - w)), _mm512_loadu_pd(a + j + w));
        x = _mm512_mul_pd(fifth, _mm512_add_pd(_mm512_add_pd(x, _mm512_loadu_pd(a + j + 1)),
                                               _mm512_loadu_pd(a + j - 1)));
        sum = _mm512_add_pd(sum, _mm512_abs_pd(_mm512_sub_pd(x, c)));
        _mm512_stream_pd(b + j, x);
    }
    for (; j <= n; j++) {
        b[j] = 0.2 * (a[j] + a[j - w] + a[j + w] + a[j + 1] + a[j - 1]);
        delta += fabs(b[j] - a[j]);
    }
    return delta + _mm512_reduce_add_pd(sum);
}
#else
#define heat_row_nt heat_row
#endif

typedef double HeatRow(const double *restrict a, double *restrict b, long n, long w);

static void heat(long n, long turns, long reps, HeatRow *row)
{
    long w = n + 2;
    double *a = array(w * w), *b = array(w * w);
    for (long j = 0; j < w; j++)
        a[j] = b[j] = 100.0;
    for (long r = 0; r < reps; r++) {
        double t = now(), delta = 0;
        for (long k = 0; k < turns; k++) {
            delta = 0;
            for (long i = 1; i <= n; i++)
                delta += row(a + i * w, b + i * w, n, w);
            double *c = a;
            a = b;
            b = c;
            if (delta < 1e-9)
                break;
        }
        printf("%.9g\n", (now() - t) / (double)turns);
    }
}

static double *line(long n, double from)
{
    double *x = array(n);
    for (long i = 0; i < n; i++)
        x[i] = from + (double)i / (double)n;
    return x;
}

static void chain(long n, long turns, long reps)
{
    double *restrict a = line(n, 0), *restrict b = line(n, 1), *restrict c = line(n, 2),
                     *restrict x = array(n);
    for (long r = 0; r < reps; r++) {
        double t = now();
        for (long k = 0; k < turns; k++) {
            for (long i = 0; i < n; i++)
                x[i] = ((a[i] * b[i] + c[i]) * a[i] - b[i]) * c[i] + (a[i] - c[i]) * b[i] + a[i];
            __asm__ volatile("" ::"r"(x) : "memory");
        }
        printf("%.9g\n", (now() - t) / (double)turns);
    }
}

__attribute__((optimize("fast-math"))) static double sum_of(const double *a, long n)
{
    double s = 0;
    for (long i = 0; i < n; i++)
        s += a[i];
    return s;
}

__attribute__((optimize("fast-math"))) static double difference(const double *a, const double *b,
                                                                long n)
{
    double s = 0;
    for (long i = 0; i < n; i++)
        s += (a[i] - b[i]) * (a[i] - b[i]);
    return s;
}

static void sums(long n, long turns, long reps, int two)
{
    double *a = line(n, 0), *b = two ? line(n, 1) : a;
    volatile double s;
    for (long r = 0; r < reps; r++) {
        double t = now();
        for (long k = 0; k < turns; k++)
            s = two ? difference(a, b, n) : sum_of(a, n);
        printf("%.9g\n", (now() - t) / (double)turns);
    }
    (void)s;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    const char *name = argv[1];
    long n = atol(argv[2]), turns = atol(argv[3]), reps = atol(argv[4]);
    if (!strcmp(name, "heat"))
        heat(n, turns, reps, heat_row);
    else if (!strcmp(name, "heat_nt"))
        heat(n, turns, reps, heat_row_nt);
    else if (!strcmp(name, "chain"))
        chain(n, turns, reps);
    else if (!strcmp(name, "sum"))
        sums(n, turns, reps, 0);
    else if (!strcmp(name, "square_difference"))
        sums(n, turns, reps, 1);
    else
        return 2;
    return 0;
}
