/* matmul.h -- matrix products over this rank's memory.  Local.
 *
 * An element of a product of float or complex matrices is a chain of fused multiply-adds over k:
 * from +0.0 inside a block of MATMUL_BLOCK, block results added in order.  Where C is cut, or how
 * large it is, changes no bit; k is cut at multiples of the block only.  Complex terms: re =
 * fma(ar, br, re), re = fma(-ai, bi, re), im = fma(ar, bi, im), im = fma(ai, br, im).  Integers
 * wrap; bool is or of and.
 *
 * A product with a vector is one dot a row, by the rule of exec/sum.h: a chain below DOT_CHAIN_MAX
 * terms, leaves added exactly above; so k may be cut anywhere, as any ROWS sum.  Integers wrap.
 */
#ifndef RUNTIME_EXEC_MATMUL_H
#define RUNTIME_EXEC_MATMUL_H

#include "runtime/exec/sum.h"

enum { MATMUL_BLOCK = 256 };

/* C (m x n) = A (m x k) B (k x n), all of one type, any strides; C overlaps neither.
 *   add   C continues: its values are those of the blocks of k before these */
void matmul_run(const Strided *a, const Strided *b, const Strided *c, bool add);
/* The same by the kernels of one instruction set, for tests. */
void matmul_isa(const Strided *a, const Strided *b, const Strided *c, bool add, Isa isa);

/* y (m) = A (m x k) x (k), the whole of k here; one type, any strides.
 *   x_first   the terms are x[k] * A[i][k], which only complex bits tell: a vector times a matrix
 */
void matvec_run(const Strided *a, const Strided *x, const Strided *y, bool x_first);

/* The leaf sums alone, of k >= DOT_CHAIN_MAX terms in all: a holds whole leaves (or the last, cut
 * short).  Leaf l of row i goes to out + i * apart + l * size of an element. */
void matvec_leaves(const Strided *a, const Strided *x, bool x_first, char *out, int64_t apart);

/* Of k >= DOT_CHAIN_MAX terms in all, columns [lo, lo + n) are here: add their leaf sums to out[m *
 * parts] (begun with exact_init); round with sum_round. in, left   [m] carries of the leaf cut at
 * the box's begin and at its end; or NULL (exec/sum.h) */
void matvec_part(const Strided *a, const Strided *x, bool x_first, int64_t k, int64_t lo,
                 ExactSum *out, const SumCarry *in, SumCarry *left);

#endif
