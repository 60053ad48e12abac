/* dtype.h -- element types: sizes, kinds, promotion and casting rules of NumPy 2 (NEP 50).
 * Replicated.
 *
 * The table is dtype.def.  A DType is a small integer; DT_NONE stands for "not given".
 */
#ifndef RUNTIME_DTYPE_H
#define RUNTIME_DTYPE_H

#include "runtime/base.h"

typedef struct Complex64 {
    float re, im;
} Complex64;
typedef struct Complex128 {
    double re, im;
} Complex128;

typedef enum DType {
#define DT(NAME, name, ctype, size, kind, code) DT_##NAME,
#include "runtime/dtype.def"
#undef DT
    DT_COUNT,
    DT_NONE = -1
} DType;

typedef struct DTypeInfo {
    const char *name; /* "float64" */
    int size;         /* bytes */
    char kind;        /* b i u f c */
    char code;        /* NumPy's character code */
} DTypeInfo;

extern const DTypeInfo dtype_info[DT_COUNT];

static inline int dtype_size(DType t)
{
    return dtype_info[t].size;
}
static inline char dtype_kind(DType t)
{
    return dtype_info[t].kind;
}
static inline const char *dtype_name(DType t)
{
    return dtype_info[t].name;
}
static inline bool dtype_is_integer(DType t) /* bool is not one */
{
    return dtype_kind(t) == 'i' || dtype_kind(t) == 'u';
}
static inline bool dtype_is_complex(DType t)
{
    return dtype_kind(t) == 'c';
}
static inline bool dtype_is_inexact(DType t)
{
    return dtype_kind(t) == 'f' || dtype_kind(t) == 'c';
}

/* The smallest type both convert to without loss, by NumPy's table (int64 with uint64 is float64).
 */
DType dtype_promote(DType a, DType b);
/* float64 of complex128, float32 of complex64, else t itself. */
DType dtype_real(DType t);
/* complex128 of float64, complex64 of float32; complex128 for integers and bool. */
DType dtype_complex(DType t);

typedef enum Casting { CAST_NO, CAST_EQUIV, CAST_SAFE, CAST_SAME_KIND, CAST_UNSAFE } Casting;
/* np.can_cast between types under a rule. */
bool dtype_can_cast(DType from, DType to, Casting rule);

/* One element of any type; the member that `dtype` names is the valid one, the other bytes are
 * zero. */
typedef union Scalar {
    uint8_t b; /* BOOL: 0 or 1 */
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    Complex64 c64;
    Complex128 c128;
    uint8_t bytes[16];
} Scalar;

/* One element converted as ndarray.astype(casting="unsafe") does on x86-64; `flags` (may be NULL)
 * collects FLAG_ bits of floating-point conditions as NumPy reports them for casts. */
Scalar dtype_cast(Scalar x, DType from, DType to, int *flags);

/* Floating-point conditions, as NumPy numbers them. */
enum { FLAG_DIVIDE = 1, FLAG_OVERFLOW = 2, FLAG_UNDERFLOW = 4, FLAG_INVALID = 8 };

#endif
