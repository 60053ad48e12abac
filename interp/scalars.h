/* scalars.h -- what the text and number types offer to the interpreter's start.  Replicated. */
#ifndef INTERP_SCALARS_H
#define INTERP_SCALARS_H

#include "interp/value.h"

/* Readies the scalar types and adds their class and static methods (str.maketrans,
 * float.fromhex, ...).  Call once, after objects_init. */
void scalars_init(void);
extern const NativeDef builtins_scalars[];
Value math_module(void);

/* Methods that are not bound to instances; ended by a NULL name. */
extern const NativeDef str_statics[], int_classmethods[], float_classmethods[];

#endif
