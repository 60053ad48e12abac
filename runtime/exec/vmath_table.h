/* vmath_table.h -- the small tables of vmath_exp.h and vmath_arc.h: 16 entries each, so that they
 * stay in registers. Local.
 *
 * Found by search, as the polynomials were fitted to these intervals: no entry can change alone.
 */
#ifndef RUNTIME_EXEC_VMATH_TABLE_H
#define RUNTIME_EXEC_VMATH_TABLE_H

#include <stdint.h>

/* 2**(i/16) rounded, less i << 48 (i << 19) in its bits, so that adding n << 48 gives 2**(n/16) at
 * once; and what rounding lost, relative to it. */
static const int64_t vmath_exp_f64[16] = {
    0x3ff0000000000000, 0x3fefb5586cf9890f, 0x3fef72b83c7d517b, 0x3fef387a6e756238,
    0x3fef06fe0a31b715, 0x3feedea64c123422, 0x3feebfdad5362a27, 0x3feeab07dd485429,
    0x3feea09e667f3bcd, 0x3feea11473eb0187, 0x3feeace5422aa0db, 0x3feec49182a3f090,
    0x3feee89f995ad3ad, 0x3fef199bdd85529c, 0x3fef5818dcfba487, 0x3fefa4afa2a490da,
};
static const double vmath_tail_f64[16] = {
    0x0p0,
    0x1.79aa65d837b6dp-54,
    -0x1.01b15eaa59348p-55,
    0x1.68efde3a8a894p-54,
    0x1.34d754db0abb6p-55,
    0x1.59f48a72a4c6dp-55,
    0x1.690cebb7aafbp-56,
    0x1.063e1e21c5409p-54,
    -0x1.3b3efbf5e2228p-54,
    -0x1.b32dcb94da51dp-56,
    0x1.db72fc1f0eab4p-55,
    0x1.1affc2b91ce27p-56,
    0x1.c1a7792cb3387p-55,
    0x1.36eae30af0cb3p-56,
    0x1.4a385a63d07a7p-56,
    -0x1.ff7128fd391fp-55,
};
static const int32_t vmath_exp_f32[16] = {
    0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f,
    0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d,
};
static const float vmath_tail_f32[16] = {
    0x0p0f,           0x1.8d96d4p-25f,  -0x1.9c0c22p-27f, 0x1.964904p-25f,
    0x1.125002p-25f,  0x1.370be4p-25f,  -0x1.0a355p-25f,  -0x1.00d8acp-27f,
    0x1.26055cp-26f,  -0x1.05cb44p-25f, 0x1.67a1cap-28f,  0x1.a3b5e4p-28f,
    -0x1.f9c304p-27f, -0x1.6961b4p-28f, -0x1.a5217cp-28f, 0x1.61428ep-28f,
};

/* For the 16 intervals of [0.703125, 1.40625): 1/c for a c near the middle, and the logarithm of c,
 * a multiple of 2**-42 (2**-43 to base 10) to within 2**-68, so that adding k times the logarithm
 * of 2 is exact.  The interval around 1 has c = 1.  float32: multiples of 2**-16 (2**-17), to
 * within 2**-31, but of 2**-21 to within 2**-33 beside the interval around 1. */
static const double vmath_log_by_f64[16] = {
    0x1.642c8553fa59fp0,  0x1.5555552bfb17ap0,
    0x1.47ae14521cecep0,  0x1.3b13b11502367p0,
    0x1.2f684c453a188p0,  0x1.24924946a4d13p0,
    0x1.1a7b959c10c97p0,  0x1.111110a928d34p0,
    0x1.0842130f4cc72p0,  0x1p0,
    0x1.e1e1e1ca2ef37p-1, 0x1.c71c719d2f76fp-1,
    0x1.af286bb0ffd7p-1,  0x1.9999997c4c53ap-1,
    0x1.86186150326e1p-1, 0x1.745d174ce455ep-1,
};
static const double vmath_log_of_f64[16] = {
    -0x1.522adfc4fap-2, -0x1.269620973fp-2,
    -0x1.f991c5cc7p-3,  -0x1.a93ed2d13cp-3,
    -0x1.5bf409888cp-3, -0x1.1178e911p-3,
    -0x1.9335df2c88p-4, -0x1.0859854348p-4,
    -0x1.04162778cp-5,  0x0p0,
    0x1.f0a30d93f8p-5,  0x1.e270785c04p-4,
    0x1.5ff30781bap-3,  0x1.c8ff7d0c2cp-3,
    0x1.1675cb4836p-2,  0x1.4618bc0e52p-2,
};
static const float vmath_log_by_f32[16] = {
    0x1.639138p0f,  0x1.55774cp0f, 0x1.47d6c4p0f,  0x1.3b0b42p0f,  0x1.303762p0f,  0x1.246d98p0f,
    0x1.1ab02ap0f,  0x1.1123a2p0f, 0x1.068c3cp0f,  0x1p0f,         0x1.e3ef88p-1f, 0x1.c6cc86p-1f,
    0x1.af0254p-1f, 0x1.99818p-1f, 0x1.86147ep-1f, 0x1.7404acp-1f,
};
static const float vmath_log_of_f32[16] = {
    -0x1.506cp-2f, -0x1.26fcp-2f, -0x1.fa9p-3f,  -0x1.a908p-3f, -0x1.6168p-3f, -0x1.1078p-3f,
    -0x1.963p-4f,  -0x1.097p-4f,  -0x1.9dcap-6f, 0x0p0f,        0x1.cdcep-5f,  0x1.e54p-4f,
    0x1.60a8p-3f,  0x1.c978p-3f,  0x1.168p-2f,   0x1.470cp-2f,
};
static const double vmath_log2_by_f64[16] = {
    0x1.642c85828affp0,   0x1.55555547a002bp0,
    0x1.47ae147911946p0,  0x1.3b13b1441792ep0,
    0x1.2f684bcbe9749p0,  0x1.24924920ad5cp0,
    0x1.1a7b960e0facep0,  0x1.11111112ecabfp0,
    0x1.0842109484ff6p0,  0x1p0,
    0x1.e1e1e1d3729bbp-1, 0x1.c71c71cb6c75bp-1,
    0x1.af286bd95bb38p-1, 0x1.999999ae1bb26p-1,
    0x1.8618617822c32p-1, 0x1.745d1744d0443p-1,
};
static const double vmath_log2_of_f64[16] = {
    -0x1.e7df5faa85p-2, -0x1.a8ff96dcbcp-2,
    -0x1.6cb0f67e32p-2, -0x1.32bfee6154p-2,
    -0x1.f5fd8a067ap-3, -0x1.8a898084a8p-3,
    -0x1.22dadc051cp-3, -0x1.7d6049953p-4,
    -0x1.77394f7aap-5,  0x0p0,
    0x1.663f705d94p-4,  0x1.5c01a383bep-3,
    0x1.fbc16b27ap-3,   0x1.49a78472dap-2,
    0x1.91bba8c6cfp-2,  0x1.d6753e072bp-2,
};
static const float vmath_log2_by_f32[16] = {
    0x1.63df8ep0f,  0x1.558facp0f, 0x1.47ef8cp0f,  0x1.3af426p0f,  0x1.2f7196p0f,  0x1.2478p0f,
    0x1.1b4a1ep0f,  0x1.113fa6p0f, 0x1.068f12p0f,  0x1p0f,         0x1.e3e8d4p-1f, 0x1.c766a8p-1f,
    0x1.af2776p-1f, 0x1.9992dp-1f, 0x1.86390ap-1f, 0x1.744b42p-1f,
};
static const float vmath_log2_of_f32[16] = {
    -0x1.e6ap-2f,  -0x1.a9fcp-2f, -0x1.6dd8p-2f, -0x1.322cp-2f, -0x1.f658p-3f, -0x1.898p-3f,
    -0x1.2b48p-3f, -0x1.815p-4f,  -0x1.2afcp-5f, 0x0p0f,        0x1.4d71p-4f,  0x1.5a2p-3f,
    0x1.fbc8p-3f,  0x1.49cp-2f,   0x1.914p-2f,   0x1.d6bcp-2f,
};
static const double vmath_log10_by_f64[16] = {
    0x1.642c8592f6f08p0,  0x1.5555554fcc302p0,
    0x1.47ae146e92b34p0,  0x1.3b13b1588d7f1p0,
    0x1.2f684bd53791p0,   0x1.24924920e2543p0,
    0x1.1a7b95e352efdp0,  0x1.1111111d311afp0,
    0x1.08421095e3496p0,  0x1p0,
    0x1.e1e1e2070502dp-1, 0x1.c71c71e36fec8p-1,
    0x1.af286bb84e06ep-1, 0x1.999999bf4aeddp-1,
    0x1.8618612f30105p-1, 0x1.745d178378325p-1,
};
static const double vmath_log10_of_f64[16] = {
    -0x1.25ba821b5ap-3, -0x1.ffbfc29eeep-4,
    -0x1.b721ccd446p-4, -0x1.715d0d89d2p-4,
    -0x1.2e3a73eefep-4, -0x1.db11ed4994p-5,
    -0x1.5e39647064p-5, -0x1.cb38fe098p-6,
    -0x1.c3d08733ep-7,  0x0p0,
    0x1.af5f908bbp-6,   0x1.a30a9c833p-5,
    0x1.31b305a5b8p-4,  0x1.8cf182e4b2p-4,
    0x1.e3bc1c3d3p-4,   0x1.1b3e715952p-3,
};
static const float vmath_log10_by_f32[16] = {
    0x1.63fb7ap0f,  0x1.55b188p0f,  0x1.4746a8p0f,  0x1.3b4a14p0f, 0x1.2f3c3ap0f,  0x1.24f0ecp0f,
    0x1.1a8a16p0f,  0x1.10fb3cp0f,  0x1.06aafcp0f,  0x1p0f,        0x1.e4050cp-1f, 0x1.c73c82p-1f,
    0x1.af93dap-1f, 0x1.999da2p-1f, 0x1.84bb06p-1f, 0x1.741e8p-1f,
};
static const float vmath_log10_of_f32[16] = {
    -0x1.254p-3f, -0x1.00dp-3f, -0x1.b4fp-4f,  -0x1.729p-4f, -0x1.2d38p-4f, -0x1.df9p-5f,
    -0x1.5efp-5f, -0x1.c9p-6f,  -0x1.6decp-7f, 0x0p0f,       0x1.8fe2p-6f,  0x1.a21p-5f,
    0x1.2ff8p-4f, 0x1.8cep-4f,  0x1.e9f8p-4f,  0x1.1bd4p-3f,
};

/* The arcs 0, atan(1/2), atan(1), atan(3/2), pi/2 and, from entry 8 on, pi less them, in two parts;
 * their tangents (the last interval has none). */
static const double vmath_arc_f64[16] = {0x0p0,
                                         0x1.dac670561bb4fp-2,
                                         0x1.921fb54442d18p-1,
                                         0x1.f730bd281f69bp-1,
                                         0x1.921fb54442d18p0,
                                         0x0p0,
                                         0x0p0,
                                         0x0p0,
                                         0x1.921fb54442d18p1,
                                         0x1.56c6e7397f5aep1,
                                         0x1.2d97c7f3321d2p1,
                                         0x1.145385fa3af71p1,
                                         0x1.921fb54442d18p0,
                                         0x1.921fb54442d18p1,
                                         0x1.921fb54442d18p1,
                                         0x1.921fb54442d18p1};
static const double vmath_arc_low_f64[16] = {0x0p0,
                                             0x1.a2b7f222f65e2p-56,
                                             0x1.1a62633145c07p-55,
                                             0x1.007887af0cbbdp-56,
                                             0x1.1a62633145c07p-54,
                                             0x0p0,
                                             0x0p0,
                                             0x0p0,
                                             0x1.1a62633145c07p-53,
                                             0x1.660b64ece6f4bp-53,
                                             0x1.a79394c9e8a0ap-54,
                                             0x1.fa53523b6428fp-53,
                                             0x1.1a62633145c07p-54,
                                             0x1.1a62633145c07p-53,
                                             0x1.1a62633145c07p-53,
                                             0x1.1a62633145c07p-53};
static const double vmath_arc_tan_f64[16] = {0x0p0, 0x1p-1, 0x1p0, 0x1.8p0};
static const float vmath_arc_f32[16] = {
    0x0p0f,        0x1.dac67p-2f, 0x1.921fb6p-1f, 0x1.f730bep-1f, 0x1.921fb6p0f, 0x0p0f,
    0x0p0f,        0x0p0f,        0x1.921fb6p1f,  0x1.56c6e8p1f,  0x1.2d97c8p1f, 0x1.145386p1f,
    0x1.921fb6p0f, 0x1.921fb6p1f, 0x1.921fb6p1f,  0x1.921fb6p1f};
static const float vmath_arc_low_f32[16] = {
    0x0p0f,           0x1.586ed4p-28f,  -0x1.777a5cp-26f, -0x1.afc12cp-26f,
    -0x1.777a5cp-25f, 0x0p0f,           0x0p0f,           0x0p0f,
    -0x1.777a5cp-24f, -0x1.8d014ap-24f, -0x1.99bc5cp-28f, -0x1.71423ap-29f,
    -0x1.777a5cp-25f, -0x1.777a5cp-24f, -0x1.777a5cp-24f, -0x1.777a5cp-24f};
static const float vmath_arc_tan_f32[16] = {0x0p0f, 0x1p-1f, 0x1p0f, 0x1.8p0f};

#endif
