/* print.h -- NumPy's text of arrays and scalars.  Local; the fetch of a PrintSource may be
 * collective.
 *
 * The text depends on the options, the shape and the elements shown.  Elements come through
 * `fetch`; when an array is summarised only its corners are fetched (at most 2 * edgeitems per
 * axis), each corner box once, in an order that the shape alone decides: a distributed array serves
 * them as collective reads.
 */
#ifndef STDLIB_PRINT_PRINT_H
#define STDLIB_PRINT_PRINT_H

#include "runtime/dtype.h"

typedef enum FloatMode {
    FLOATMODE_FIXED,
    FLOATMODE_UNIQUE,
    FLOATMODE_MAXPREC,
    FLOATMODE_MAXPREC_EQUAL
} FloatMode;

/* The state of np.set_printoptions; a value, copied to override some. */
typedef struct PrintOptions {
    int64_t precision, edgeitems, linewidth; /* precision >= 0 */
    double threshold; /* elements above which an array is summarised; may be infinite, never NaN */
    bool suppress;
    char sign; /* '-' '+' ' ' */
    FloatMode floatmode;
    const char *nanstr, *infstr; /* borrowed, UTF-8 */
} PrintOptions;

PrintOptions print_options_default(void);

/* The options' words.  Errors: ERR_VALUE with NumPy's message. */
Status floatmode_parse(const char *word, FloatMode *out);
const char *floatmode_name(FloatMode mode);
Status print_sign_parse(const char *word, char *out);

typedef struct PrintSource {
    void *ctx;
    DType dtype;
    int ndim;
    const int64_t *shape;
    /* copies the box [lo, hi) C-contiguously to dst; never called for an empty box */
    Status (*fetch)(void *ctx, const int64_t lo[], const int64_t hi[], void *dst);
} PrintSource;

/* np.array2string: prefix and suffix only count (the lines they share are shorter). UTF-8.
 * Errors: those of fetch; ERR_VALUE for a negative precision; ERR_UNSUPPORTED for negative
 * edgeitems. */
Status array2string(Buf *out, const PrintSource *a, const PrintOptions *options,
                    const char *separator, const char *prefix, const char *suffix);
/* str(a) and np.array_str. */
Status array_str(Buf *out, const PrintSource *a, const PrintOptions *options);
/* repr(a) and np.array_repr; `linewidth` of the options is max_line_width. */
Status array_repr(Buf *out, const PrintSource *a, const PrintOptions *options);

/* str and repr of a NumPy scalar: 1.0, np.float64(1.0). */
void scalar_str(Buf *out, DType t, const void *element);
void scalar_repr(Buf *out, DType t, const void *element);

/* "(2, 3)", "(2,)", "()": a tuple of ints as Python writes it. */
void shape_text(Buf *out, int ndim, const int64_t *shape);

#endif
