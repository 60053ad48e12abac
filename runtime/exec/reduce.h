/* reduce.h -- what reductions of a task share with those inside a fused one.  Local. */
#ifndef RUNTIME_EXEC_REDUCE_H
#define RUNTIME_EXEC_REDUCE_H

#include "runtime/exec/exec.h"

/* The type that a fold's values have. */
DType value_type(const Stmt *s);
/* value[i] = initial op value[i], for n dense values; nothing without an initial. */
void with_initial(const Stmt *s, void *value, int64_t n);
/* Fold a box of the operand: `index` are its indices; to dense values and positions (or NULL). */
void fold_box(const Stmt *s, const Strided *a, const Box *index, void *value, int64_t *pos);
/* Dense results of type t to the whole output. */
void dense_to_out(const Stmt *s, char *dense, DType t);

#endif
