/* bodies.h -- loops of bodies_c.c: rows of n elements, `step` elements apart; inputs, outputs. */
#ifndef TESTS_BENCH_BODIES_H
#define TESTS_BENCH_BODIES_H

#include <stdint.h>

typedef void CLoop(int64_t rows, int64_t n, int64_t step, char *const at[], char *const out[]);
CLoop c_stencil, c_heat, c_chain9, c_axpy, c_chain9_f32, c_where, c_ints;

#endif
