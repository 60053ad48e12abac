/* emit.h -- a Body as C text over GNU vector types.  Replicated (pure text).
 *
 * One variable per op, no nesting, no restrict, no scalar loop at a row's end: the last, short
 * vector is loaded and stored under a mask and its idle lanes repeat lane 0.  The text needs
 * prelude.h and LANES, nothing else, and its bits do not depend on LANES.
 *
 * A kernel has the form
 *   void name(int64_t n, void *const out[], const void *const in[], unsigned fixed, int *flags)
 * n >= 0 elements; operands contiguous, or, where bit k of `fixed` is set, a block of at least
 * LANES equal elements; outputs may be inputs, exactly.  Conditions that the text judges are or-ed
 * to *flags (FLAG_ bits).
 */
#ifndef RUNTIME_EXEC_EMIT_H
#define RUNTIME_EXEC_EMIT_H

#include "runtime/body.h"

/* Lanes of a body's kernel on vectors of `vector_bytes`: by its widest element (of complex numbers,
 * the part). */
int emit_lanes(const Body *b, int vector_bytes);

/* Text of a kernel.  INDEX reads its start from `in`: the inputs are followed by one const int64_t
 * * for each INDEX op, in order; bit nargs+j of `fixed` set: that index does not vary along the
 * row. Errors: ERR_UNSUPPORTED for a body with a mapped loop (see emit_mapped); *to untouched. */
Status emit_kernel(const Body *b, const char *name, Buf *to);

/* Text of the kernel of one mapped loop: a plain loop over M_<OP>_<type> of vmath.h. */
void emit_mapped(OpCode op, DType loop, const char *name, Buf *to);

/* How a body meets memory: bit v of `fixed`: input v does not vary along a row, else it lies
 * contiguous; bit j of `along`: the j-th INDEX op counts along rows; bit v of `kept`: input v is
 * copied to memory of its own on the way. */
typedef struct RowForm {
    uint32_t fixed, along, kept;
} RowForm;

/* Text of a whole body over rows:
 *   int name(rows, n, at[], step[], index[], call[])
 * rows >= 1 rows of n elements; at: the first row's addresses, inputs, outputs, then where kept
 * inputs go, row after row without gaps; step: bytes
 * from row to row; index: of each INDEX op where it starts and its step from row to row; call: of
 * each op with a mapped loop its kernel.  An output may be an input, exactly.  Answers conditions
 * that the text judged, of all ops together; hardware's stay with the processor, and each op raises
 * what it raises alone, whether its result is used or not. */
void emit_rows(const Body *b, const RowForm *form, const char *name, Buf *to);
/* Can any of its ops meet a condition that counts?  Does it call mapped loops? */
bool emit_may_raise(const Body *b);
bool emit_calls(const Body *b);

/* What stands before kernels: LANES and the prelude. */
void emit_prologue(int lanes, Buf *to);

#endif
