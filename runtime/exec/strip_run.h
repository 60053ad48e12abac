/* strip_run.h -- one run of a body, as strips.c settles it and compiled.c takes part in it.  Local.
 */
#ifndef RUNTIME_EXEC_STRIP_RUN_H
#define RUNTIME_EXEC_STRIP_RUN_H

#include <xmmintrin.h>

#include "runtime/exec/jit.h"
#include "runtime/exec/strips.h"

/* ---- floating-point conditions ---- */

enum {
    CSR_INVALID = 1,
    CSR_DIVIDE = 4,
    CSR_OVERFLOW = 8,
    CSR_UNDERFLOW = 16,
    CSR_SEEN = 29,
    CSR_STICKY = 63
};

static inline int flags_of_csr(unsigned csr)
{
    return (csr & CSR_INVALID ? FLAG_INVALID : 0) | (csr & CSR_DIVIDE ? FLAG_DIVIDE : 0) |
           (csr & CSR_OVERFLOW ? FLAG_OVERFLOW : 0) | (csr & CSR_UNDERFLOW ? FLAG_UNDERFLOW : 0);
}

/* Clears the processor's conditions; answers the state to give back. */
static inline unsigned csr_begin(void)
{
    unsigned csr = _mm_getcsr();
    if (csr & CSR_SEEN)
        _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    return csr;
}

static inline void csr_end(unsigned before)
{
    if (before & CSR_SEEN)
        _mm_setcsr(before);
}

/* After a kernel: its conditions, from the processor if they are its own. */
static inline void csr_take(bool own, int *flags)
{
    unsigned csr = _mm_getcsr();
    if (__builtin_expect(csr & CSR_SEEN, 0)) {
        if (own)
            *flags |= flags_of_csr(csr);
        _mm_setcsr(csr & ~(unsigned)CSR_STICKY);
    }
}

/* ---- one run ---- */

enum {
    STRIP = 512, /* elements of a strip; half as many where some have 16 bytes */
    STRIP_BYTES = 8 * STRIP,
    POLL_ELEMENTS =
        1 << 17 /* between polls, counted per op: about a millisecond of the slowest kernels */
};

typedef enum Form { FORM_DIRECT, FORM_FIXED, FORM_PACKED } Form;

enum { ARGS = BODY_ARG_MAX + BODY_OUT_MAX + 1 }; /* inputs, outputs, mask */

/* What an op is to the kernels of chains. */
typedef enum Chain { CHAIN_ALONE = -1, CHAIN_INNER = -2 } Chain;

typedef struct Run {
    const Body *body;
    int nd, nargs_all; /* axes left; the inner one is the last */
    int64_t shape[NDIM_MAX];
    int64_t stride[ARGS][NDIM_MAX];
    char *base[ARGS];
    int16_t size[ARGS];
    int16_t tile[BODY_ARG_MAX]; /* the tile this input is packed into; -1: none */
    int ntiles;
    int64_t tile_rows, pitch; /* rows of a tile, elements from row to row */
    int axis_of[NDIM_MAX];    /* the statement's axis that each axis was, when INDEX is used */
    int64_t origin[NDIM_MAX];
    bool masked, indexed;
    int64_t strip; /* elements */
    StripKernel *kernel[BODY_OP_MAX];
    StripKernel *const (*supers)[2]; /* [Super]: of float64, of float32 */
    int16_t chain[BODY_OP_MAX];      /* the Super that ends here, or a Chain */
    int16_t chain_n[BODY_OP_MAX], chain_src[BODY_OP_MAX][SUPER_IN]; /* what it reads */
    bool own_flags[BODY_OP_MAX];
    int *flags;
    Form form[ARGS];
    int16_t buffer[BODY_ARG_MAX + BODY_OP_MAX]; /* of a variable; -1: none */
    int16_t direct[BODY_OP_MAX];                /* output written by the op itself; -1: none */
    bool handed[BODY_OUT_MAX];                  /* the output is written by its op */
    char *buffers, *blocks, *tiles;
    int64_t until_poll;
    bool may_compile;
    JitCode *compiled; /* NULL: op by op */
    bool by_rows;      /* whole rows go straight through the code */
} Run;

static inline void poll(void)
{
    unsigned csr = _mm_getcsr();
    strips_poll();
    _mm_setcsr(csr);
}

static inline void count_work(Run *r, int64_t elements)
{
    if (!strips_poll || (r->until_poll -= elements) > 0)
        return;
    r->until_poll = POLL_ELEMENTS;
    poll();
}

/* Where a strip's operands are: the row's addresses, moved along. */
typedef struct Strip {
    char *at[ARGS];                              /* first element of the strip */
    const void *var[BODY_ARG_MAX + BODY_OP_MAX]; /* contiguous elements, or a block */
    bool fixed[BODY_ARG_MAX + BODY_OP_MAX];
    const int16_t *chosen; /* positions under a mask; NULL: all */
    int64_t n;             /* elements to compute */
    int64_t tile_row;
} Strip;

/* The addresses of a row's first elements. */
static inline void row_address(const Run *r, const int64_t at[], char *row[])
{
    for (int a = 0; a < r->nargs_all; a++) {
        row[a] = r->base[a];
        for (int k = 0; k < r->nd - 1; k++)
            row[a] += at[k] * r->stride[a][k];
    }
}

static inline bool next_row(const Run *r, int naxes, int64_t at[])
{
    for (int k = naxes - 1; k >= 0; k--) {
        if (++at[k] < r->shape[k])
            return true;
        at[k] = 0;
    }
    return false;
}

/* strips.c: strips_run op by op, of a part of a run. */
void strips_tell(const Body *b, int ndim, const int64_t shape[], const StripArg args[],
                 const int64_t origin[], int flags[]);

/* supers.c */
void supers_choose(Run *r);
void supers_run(Run *r, const Strip *s, int i, void *out);

/* compiled.c */
/* Looks for the body's code in the forms chosen. */
void compiled_find(Run *r);
void compiled_rows(Run *r);
/* The kernel on one strip: inputs as loaded, results to `out`; at: the row, offset: the strip in
 * it. */
void compiled_strip(Run *r, const Strip *s, char *const out[], const int64_t at[], int64_t offset);

#endif
