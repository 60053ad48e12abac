/* source_text.h -- program text made into code.  Replicated.  */
#ifndef INTERP_SOURCE_TEXT_H
#define INTERP_SOURCE_TEXT_H

#include "interp/code.h"
#include "parser/parser.h"

/* Parse and lower a module's text (copied).  NULL: SyntaxError set. */
Code *source_compile(const char *filename, const char *text, int64_t nbytes, LowerMode mode);

#endif
