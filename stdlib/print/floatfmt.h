/* floatfmt.h -- NumPy's notation of one float: positional or scientific, trimmed and padded. Local.
 *
 * The digits are either the fewest that name the value (`unique`), cut at `precision` or
 * lengthened to `min_digits`, or the exact ones up to `precision`; each cut rounds the exact
 * value half to even.
 */
#ifndef STDLIB_PRINT_FLOATFMT_H
#define STDLIB_PRINT_FLOATFMT_H

#include "runtime/base.h"

typedef struct FloatNotation {
    bool single; /* the value is a float32: unique among those */
    bool unique;
    bool total; /* positional: precision and min_digits count significant digits */
    bool sign;  /* show '+' */
    char trim;  /* 'k' keep zeros; '.' trim zeros; '0' leave one; '-' and the point too */
    int64_t precision, min_digits;           /* -1 when not given */
    int64_t pad_left, pad_right, exp_digits; /* -1 when not given */
} FloatNotation;

/* NumPy's defaults: unique, trim 'k', all numbers not given. */
FloatNotation float_notation(bool single);

/* Append x, e.g. "  1.50 "; inf and nan are not padded, nan has no sign.
 * Errors: ERR_TYPE for !unique without precision; ERR_RUNTIME beyond 16 KiB (as NumPy). */
Status float_positional(Buf *out, double x, const FloatNotation *how);
/* Append x as d.ddde+dd; pad_right does not apply. */
Status float_scientific(Buf *out, double x, const FloatNotation *how);

/* np.format_float_positional and np.format_float_scientific: the checks of their arguments, then
 * the above.  The caller passes a negative number for None only.  Errors: ERR_VALUE, ERR_TYPE. */
Status np_format_float_positional(Buf *out, double x, const FloatNotation *how);
Status np_format_float_scientific(Buf *out, double x, const FloatNotation *how);

#endif
