/* element.h -- how the elements of one array are written, so that columns align.  Local.
 *
 * An ElementFormat is fitted to the elements shown and then writes each of them.
 */
#ifndef STDLIB_PRINT_ELEMENT_H
#define STDLIB_PRINT_ELEMENT_H

#include "stdlib/print/floatfmt.h"
#include "stdlib/print/print.h"

typedef struct FloatFormat {
    FloatNotation how;
    bool exponent;
    char sign;
    int64_t pad_left, pad_right;
} FloatFormat;

typedef struct ElementFormat {
    DType dtype;
    const PrintOptions *options; /* borrowed */
    FloatFormat re, im;          /* floats use re */
    int width;                   /* ints and bools */
    char sign;
} ElementFormat;

/* Fit to `count` elements (C-contiguous); ndim 0 gives a bool no padding.  Errors: ERR_VALUE,
 * ERR_RUNTIME. */
Status element_format_init(ElementFormat *f, const void *data, int64_t count, int ndim, DType t,
                           const PrintOptions *options);
Status element_put(Buf *out, const ElementFormat *f, const void *element);

#endif
