/* literal.h -- Python literals in text, as ast.literal_eval reads them.  Local.
 *
 * For headers of files: strings, numbers, None, True, False, tuples, lists, sets and dicts of them.
 * Values live in an arena; nothing is evaluated.
 */
#ifndef STDLIB_NPY_LITERAL_H
#define STDLIB_NPY_LITERAL_H

#include "runtime/base.h"

typedef enum LiteralKind {
    LIT_NONE,
    LIT_ELLIPSIS,
    LIT_BOOL,
    LIT_INT,
    LIT_FLOAT,
    LIT_IMAGINARY,
    LIT_STR,
    LIT_BYTES,
    LIT_TUPLE,
    LIT_LIST,
    LIT_SET,
    LIT_DICT
} LiteralKind;

typedef struct Literal Literal;
struct Literal {
    LiteralKind kind;
    bool big;         /* INT: does not fit `integer`, which is then the low 64 bits */
    int64_t integer;  /* INT, BOOL */
    double real;      /* FLOAT, IMAGINARY */
    const char *text; /* STR (UTF-8), BYTES; INT: its decimal digits, with sign */
    int64_t nbytes;   /* of text */
    Literal *first;   /* items; a dict's alternate key, value */
    Literal *next;
    int64_t count; /* items */
};

typedef enum LiteralError {
    LITERAL_OK,
    LITERAL_SYNTAX,    /* not Python */
    LITERAL_MALFORMED, /* Python, but no literal */
    LITERAL_UNHASHABLE /* a list, dict or set as key or set item; *unhashable names it */
} LiteralError;

/* Parse UTF-8 text.  `long_suffix` accepts the L of Python 2's ints and sets *long_seen. */
LiteralError literal_parse(Arena *arena, const char *text, int64_t n, bool long_suffix,
                           bool *long_seen, const char **unhashable, Literal **out);

/* repr() of a literal, of UTF-8 text as a str, and of the literal's class. */
void literal_repr(Buf *out, const Literal *value);
void str_repr(Buf *out, const char *text, int64_t n);
const char *literal_class(const Literal *value);

/* The value of a dict's string key, the last of that name; NULL when there is none. */
const Literal *literal_get(const Literal *dict, const char *key);

#endif
