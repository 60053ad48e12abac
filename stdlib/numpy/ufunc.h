/* ufunc.h -- ufuncs as objects, and those of two results.  Replicated. */
#ifndef STDLIB_NUMPY_UFUNC_H
#define STDLIB_NUMPY_UFUNC_H

#include "stdlib/numpy/array.h"

/* Ufuncs that are no single op: inputs, two outputs (undefined: made), where, dtype.  Tuples. */
typedef Value (*UfuncSpecial)(const Value in[], Value out1, Value out2, Value where, Value dtype);
Value ufunc_divmod(const Value in[], Value out1, Value out2, Value where, Value dtype);
Value ufunc_modf(const Value in[], Value out1, Value out2, Value where, Value dtype);
Value ufunc_frexp(const Value in[], Value out1, Value out2, Value where, Value dtype);
/* ufunc_call with a layout for the result ('C' 'F' 'A' 'K'). */
Value ufunc_call_order(OpCode op, int nin, const Value in[], Value out, Value where, Value dtype,
                       const char *casting, char order);

/* What arrays cannot hold: text, or objects. */
typedef enum Foreign { FOREIGN_NO, FOREIGN_STR, FOREIGN_OBJECT } Foreign;
Foreign operand_foreign(Value v);
bool op_is_comparison(OpCode op);
/* All operands are numbers or arrays; else false and NumPy's exception. */
bool operands_known(OpCode op, int nin, const Value in[]);
bool object_result(OpCode op, int nin, const Value in[]);
/* The exception for text among the operands. */
Value raise_text_operand(OpCode op, int nin, const Value in[]);

#endif
