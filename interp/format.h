/* format.h -- text made from values: format(), f-strings, str.format, C-side messages.  Replicated.
 */
#ifndef INTERP_FORMAT_H
#define INTERP_FORMAT_H

#include "interp/value.h"

/* What an f-string's {v!c:spec} gives: conversion is 's', 'r', 'a' or 0; spec may be NULL. */
Value format_value(Value v, int conversion, Str *spec);
/* printf's d i u x X c s g f e p with l, ll, z, *, widths and precisions, and
 *   %R repr of a Value   %S str of a Value   %T name of a Value's type   %U text of a Str*
 * (a precision limits characters).  A repr that fails leaves <error> and clears the exception. */
void fmt_values(Buf *out, const char *fmt, va_list ap);

/* The format slots of the builtin types. */
Value str_type_format(Value v, Str *spec);
Value int_type_format(Value v, Str *spec);
Value float_type_format(Value v, Str *spec);
Value complex_type_format(Value v, Str *spec);

/* Methods of str. */
Value str_m_format(Value *a, int n);
Value str_m_format_map(Value *a, int n);

#endif
