/* sum_isa.h -- sum_lanes.h for the four inexact types of one instruction set.  Local.
 *
 * No include guard: the includer sets the target, SET (a name's suffix), VBYTES, and for each of
 * f32 and f64 FMA_x, LOADM_x, DUP_RE_x, DUP_IM_x and SWAP_x on vectors.
 */
#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c)  PASTE_(a, b, c)

#define T            float
#define FMA(a, b, c) FMA_f32(a, b, c)
#define FMA1         __builtin_fmaf
#define LOADM        LOADM_f32
#define DUP_RE       DUP_RE_f32
#define DUP_IM       DUP_IM_f32
#define SWAP         SWAP_f32
#define PARTS        1
#define NAME(f)      PASTE(f, f32, SET)
#include "runtime/exec/sum_lanes.h"
#undef PARTS
#undef NAME
#define PARTS   2
#define NAME(f) PASTE(f, c64, SET)
#include "runtime/exec/sum_lanes.h"
#undef PARTS
#undef NAME
#undef T
#undef FMA
#undef FMA1
#undef LOADM
#undef DUP_RE
#undef DUP_IM
#undef SWAP

#define T            double
#define FMA(a, b, c) FMA_f64(a, b, c)
#define FMA1         __builtin_fma
#define LOADM        LOADM_f64
#define DUP_RE       DUP_RE_f64
#define DUP_IM       DUP_IM_f64
#define SWAP         SWAP_f64
#define PARTS        1
#define NAME(f)      PASTE(f, f64, SET)
#include "runtime/exec/sum_lanes.h"
#undef PARTS
#undef NAME
#define PARTS   2
#define NAME(f) PASTE(f, c128, SET)
#include "runtime/exec/sum_lanes.h"
#undef PARTS
#undef NAME
#undef T
#undef FMA
#undef FMA1
#undef LOADM
#undef DUP_RE
#undef DUP_IM
#undef SWAP

#undef PASTE
#undef PASTE_
