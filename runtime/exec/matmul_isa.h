/* matmul_isa.h -- matmul_tile.h for the four inexact types of one instruction set.  Local.
 *
 * No include guard: the includer sets the target, SET (a name's suffix), VBYTES, and for each of
 * f32 and f64 FMA_x, FNMA_x, SET1_x, LOADM_x and STOREM_x on vectors, and the tiles' MR_x and NV_x
 * of each type.
 */
#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c)  PASTE_(a, b, c)

#define T       float
#define FMA     FMA_f32
#define FNMA    FNMA_f32
#define SET1    SET1_f32
#define LOADM   LOADM_f32
#define STOREM  STOREM_f32
#define NAME(f) PASTE(f, f32, SET)
#define PARTS   1
#define MR      MR_f32
#define NV      NV_f32
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c64, SET)
#define PARTS   2
#define MR      MR_c64
#define NV      NV_c64
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#undef LOADM
#undef STOREM

#define T       double
#define FMA     FMA_f64
#define FNMA    FNMA_f64
#define SET1    SET1_f64
#define LOADM   LOADM_f64
#define STOREM  STOREM_f64
#define NAME(f) PASTE(f, f64, SET)
#define PARTS   1
#define MR      MR_f64
#define NV      NV_f64
#include "runtime/exec/matmul_tile.h"
#define NAME(f) PASTE(f, c128, SET)
#define PARTS   2
#define MR      MR_c128
#define NV      NV_c128
#include "runtime/exec/matmul_tile.h"
#undef T
#undef FMA
#undef FNMA
#undef SET1
#undef LOADM
#undef STOREM

#undef PASTE
#undef PASTE_
