/* vmath_table.h -- the small tables of vmath_exp.h: 16 entries each, so that they stay in registers.  Local.
 *
 * Found by search: nothing here can be changed alone, as the polynomials were fitted to these intervals.
 */
#ifndef RUNTIME_EXEC_VMATH_TABLE_H
#define RUNTIME_EXEC_VMATH_TABLE_H

#include <stdint.h>

/* 2**(i/16) rounded, less i << 48 in its bits, so that adding n << 48 gives 2**(n/16) at once; what
 * rounding lost, relative to it. */
static const int64_t vmath_exp_f64[16] = {
    0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
    0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
    0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
    0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da,
};
static const double vmath_tail_f64[16] = {
    0x0p0, 0x1.79aa65d837b6dp-54, -0x1.01b15eaa59348p-55, 0x1.68efde3a8a894p-54,
    0x1.34d754db0abb6p-55, 0x1.59f48a72a4c6dp-55, 0x1.690cebb7aafbp-56, 0x1.063e1e21c5409p-54,
    -0x1.3b3efbf5e2228p-54, -0x1.b32dcb94da51dp-56, 0x1.db72fc1f0eab4p-55, 0x1.1affc2b91ce27p-56,
    0x1.c1a7792cb3387p-55, 0x1.36eae30af0cb3p-56, 0x1.4a385a63d07a7p-56, -0x1.ff7128fd391fp-55,
};
static const int32_t vmath_exp_f32[16] = {
    0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f,
    0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d,
};
static const float vmath_tail_f32[16] = {
    0x0p0f, 0x1.8d96d4p-25f, -0x1.9c0c22p-27f, 0x1.964904p-25f,
    0x1.125002p-25f, 0x1.370be4p-25f, -0x1.0a355p-25f, -0x1.00d8acp-27f,
    0x1.26055cp-26f, -0x1.05cb44p-25f, 0x1.67a1cap-28f, 0x1.a3b5e4p-28f,
    -0x1.f9c304p-27f, -0x1.6961b4p-28f, -0x1.a5217cp-28f, 0x1.61428ep-28f,
};

/* For the 16 intervals of [0.703125, 1.40625): 1/c for a c in the middle, and log(c), which is a multiple of
 * 2**-42 (2**-16) to within 2**-69 (2**-32).  The interval around 1 has c = 1. */
static const double vmath_inverse_f64[16] = {
    0x1.642c8553fa59fp0, 0x1.5555552bfb17ap0, 0x1.47ae14521cecep0, 0x1.3b13b11502367p0,
    0x1.2f684bec5b93bp0, 0x1.24924946a4d13p0, 0x1.1a7b96263edbp0, 0x1.111110eaa5e44p0,
    0x1.084210aaa481fp0, 0x1p0, 0x1.e1e1e1ca2ef37p-1, 0x1.c71c71bb4a936p-1,
    0x1.af286bb0ffd7p-1, 0x1.9999997c4c53ap-1, 0x1.8618619d0e9edp-1, 0x1.745d173ec055ep-1,
};
static const double vmath_log_f64[16] = {
    -0x1.522adfc4fap-2, -0x1.269620973fp-2, -0x1.f991c5cc7p-3, -0x1.a93ed2d13cp-3,
    -0x1.5bf40730aep-3, -0x1.1178e911p-3, -0x1.9335e70024p-4, -0x1.085989199cp-4,
    -0x1.0415dd486p-5, 0x0p0, 0x1.f0a30d93f8p-5, 0x1.e270774d1p-4,
    0x1.5ff30781bap-3, 0x1.c8ff7d0c2cp-3, 0x1.1675ca7e74p-2, 0x1.4618bc3535p-2,
};
static const float vmath_inverse_f32[16] = {
    0x1.639138p0f, 0x1.55774cp0f, 0x1.47d6c4p0f, 0x1.3ac174p0f,
    0x1.303762p0f, 0x1.246d98p0f, 0x1.1a3e84p0f, 0x1.107b42p0f,
    0x1.084896p0f, 0x1p0f, 0x1.e267c8p-1f, 0x1.c693bp-1f,
    0x1.aefef6p-1f, 0x1.99818p-1f, 0x1.85ae74p-1f, 0x1.73fbf4p-1f,
};
static const float vmath_log_f32[16] = {
    -0x1.506cp-2f, -0x1.26fcp-2f, -0x1.fa9p-3f, -0x1.a728p-3f,
    -0x1.6168p-3f, -0x1.1078p-3f, -0x1.8fcp-4f, -0x1.ff2p-5f,
    -0x1.04ep-5f, 0x0p0f, 0x1.e7cp-5f, 0x1.e74p-4f,
    0x1.60b8p-3f, 0x1.c978p-3f, 0x1.178cp-2f, 0x1.4724p-2f,
};

/* Base 2 logarithms of vmath_inverse_f64, negated, to double. */
static const double vmath_log2_f64[16] = {
    -0x1.e7df5ee9612a9p-2, -0x1.a8ff9665167edp-2, -0x1.6cb0f5ce9110dp-2, -0x1.32bfed8490b23p-2,
    -0x1.f5fd8b42709a5p-3, -0x1.8a898204137e9p-3, -0x1.22dadd0210e4p-3, -0x1.7d60462d9654bp-4,
    -0x1.773953580c402p-5, 0x0p0, 0x1.663f70cf2f6ap-4, 0x1.5c01a3ec79bcp-3,
    0x1.fbc16c3c3231cp-3, 0x1.49a7852680d8ap-2, 0x1.91bba83afc1bfp-2, 0x1.d6753e1f3826p-2,
};

#endif
