/* bodies_c.c -- the loops of bodies.c as a person writes them; built with -O3 -march=native. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/bodies.h"

/* Rows of n elements, `step` apart, of each operand. */
#define LOOPS(type, ...)                                                                           \
    for (int64_t r = 0; r < rows; r++) {                                                           \
        const type *restrict a = (const type *)at[0] + r * step,                                   \
                             *restrict b = (const type *)at[1] + r * step,                         \
                             *restrict c = (const type *)at[2] + r * step,                         \
                             *restrict d = (const type *)at[3] + r * step,                         \
                             *restrict e = (const type *)at[4] + r * step;                         \
        type *restrict q = (type *)out[0] + r * step, *restrict q1 = (type *)out[1] + r * step;    \
        (void)a, (void)b, (void)c, (void)d, (void)e, (void)q, (void)q1;                            \
        for (int64_t i = 0; i < n; i++) {                                                          \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    }

void c_stencil(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    LOOPS(double, q[i] = 0.2 * ((((a[i] + b[i]) + c[i]) + d[i]) + e[i]))
}

/* The heat step with what its sum folds. */
static void heat_row(int64_t n, const double *restrict a, const double *restrict b,
                     const double *restrict c, const double *restrict d, const double *restrict e,
                     double *restrict q, double *restrict q1)
{
    for (int64_t i = 0; i < n; i++) {
        double v = 0.2 * ((((a[i] + b[i]) + c[i]) + d[i]) + e[i]);
        q[i] = v;
        q1[i] = fabs(v - a[i]);
    }
}

void c_heat(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    for (int64_t r = 0; r < rows * step; r += step)
        heat_row(n, (const double *)at[0] + r, (const double *)at[1] + r, (const double *)at[2] + r,
                 (const double *)at[3] + r, (const double *)at[4] + r, (double *)out[0] + r,
                 (double *)out[1] + r);
}

void c_chain9(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    LOOPS(double, double x = a[i], y = b[i]; double t = x * y + x; t = t - y * 0.5;
          q[i] = (t * t + x * 0.25) / (y + 2.0))
}

void c_axpy(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    double *restrict y = (double *)out[0];
    const double *restrict x = (const double *)at[0];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++)
            y[r * step + i] = y[r * step + i] + 0.5 * x[r * step + i];
}

void c_chain9_f32(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    LOOPS(float, float x = a[i], y = b[i]; float t = x * y + x; t = t - y * 0.5f;
          q[i] = (t * t + x * 0.25f) / (y + 2.0f))
}

void c_where(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    LOOPS(double, double x = a[i], y = b[i]; q[i] = x > y ? x * 2.0 - y : y * 0.5)
}

void c_ints(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[])
{
    LOOPS(int32_t, int32_t x = a[i], y = b[i]; q[i] = ((x + y) * 3 ^ x) - (y >> 2))
}
