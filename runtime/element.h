/* element.h -- single elements of tiled stores.  Replicated. */
#ifndef RUNTIME_ELEMENT_H
#define RUNTIME_ELEMENT_H

#include "runtime/plan/store.h"

/* Write a plain value (of a's dtype) into the one element of a at once; false: a statement must. */
bool element_set(const Operand *a, Scalar x);
/* Drop the copy of a store, if there is one. */
void element_forget(Store *s);
/* store.c: count nbytes more (or fewer) into the accounted memory; false: over the budget, nothing
 * counted. */
bool store_account(int64_t nbytes);

#endif
