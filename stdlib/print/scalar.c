/* scalar.c -- str and repr of NumPy scalars.  Local. */
#include "runtime/text/number.h"
#include "stdlib/print/floatfmt.h"
#include "stdlib/print/print.h"

#include <math.h>

/* A real or one part of a complex: positional in a range that depends on the type's precision. */
static void put_real(Buf *out, double x, bool single, bool sign, char trim)
{
    FloatNotation how = float_notation(single);
    double a = fabs(x);
    bool positional = a == 0 || !isfinite(x) || (a >= 1e-4 && a < (single ? 1e6 : 1e16));
    how.sign = sign;
    how.trim = positional ? trim : '-';
    if (sign && isnan(x))
        buf_putc(out, '+');
    if (positional)
        (void)float_positional(out, x, &how);
    else
        (void)float_scientific(out, x, &how);
}

static void put_complex(Buf *out, double re, double im, bool single)
{
    bool only_im = re == 0 && !signbit(re);
    if (!only_im) {
        buf_putc(out, '(');
        put_real(out, re, single, false, '-');
    }
    put_real(out, im, single, !only_im, '-');
    buf_puts(out, only_im ? "j" : "j)");
}

void scalar_str(Buf *out, DType t, const void *element)
{
    Scalar x;
    memset(&x, 0, sizeof x);
    memcpy(&x, element, (size_t)dtype_size(t));
    switch (t) {
    case DT_BOOL:
        buf_puts(out, x.b ? "True" : "False");
        break;
    case DT_INT8:
        buf_printf(out, "%d", x.i8);
        break;
    case DT_UINT8:
        buf_printf(out, "%d", x.u8);
        break;
    case DT_INT16:
        buf_printf(out, "%d", x.i16);
        break;
    case DT_UINT16:
        buf_printf(out, "%d", x.u16);
        break;
    case DT_INT32:
        buf_printf(out, "%d", x.i32);
        break;
    case DT_UINT32:
        buf_printf(out, "%u", x.u32);
        break;
    case DT_INT64:
        buf_printf(out, "%lld", (long long)x.i64);
        break;
    case DT_UINT64:
        buf_printf(out, "%llu", (unsigned long long)x.u64);
        break;
    case DT_FLOAT32:
        put_real(out, x.f32, true, false, '0');
        break;
    case DT_FLOAT64:
        put_real(out, x.f64, false, false, '0');
        break;
    case DT_COMPLEX64:
        put_complex(out, x.c64.re, x.c64.im, true);
        break;
    case DT_COMPLEX128:
        put_complex(out, x.c128.re, x.c128.im, false);
        break;
    default:
        ASSERT(false, "dtype=%d", (int)t);
    }
}

void scalar_repr(Buf *out, DType t, const void *element)
{
    if (t == DT_BOOL) {
        buf_puts(out, *(const uint8_t *)element ? "np.True_" : "np.False_");
        return;
    }
    Buf text = {0};
    scalar_str(&text, t, element);
    bool parens = dtype_is_complex(t) && text.at[0] == '(';
    buf_printf(out, "np.%s%s%s%s", dtype_name(t), parens ? "" : "(", buf_text(&text),
               parens ? "" : ")");
    buf_free(&text);
}
