/* number.h -- floats as decimal text and back, by CPython's rules.  Local.
 *
 * Every float becomes Digits first (sign, digits, place of the point), then one layout function
 * writes them; the modes differ only in how many digits are asked for.  Digits are exact: a
 * precision beyond the digits of the binary value pads with zeros.
 * The C locale is never consulted.
 */
#ifndef RUNTIME_TEXT_NUMBER_H
#define RUNTIME_TEXT_NUMBER_H

#include "runtime/base.h"

/* x = (-1)^negative * 0.AT * 10^point; at is NUL-terminated, without leading zeros unless x is 0.
 */
typedef struct Digits {
    bool negative;
    int n, point;
    char at[1120]; /* a double has at most 767 significant digits */
} Digits;

enum { DIGITS_MAX = 1100 }; /* digits asked beyond this are zeros */

/* The fewest digits that read back as x (as the float x when `single`); zero gives "0", point 1.
 * x is finite, here and below. */
void digits_shortest(double x, bool single, Digits *out);
/* `count` >= 1 significant digits, half to even on the exact value. */
void digits_significant(double x, int64_t count, Digits *out);
/* All digits down to 10^-places, half to even on the exact value; places >= 0.  A value that
 * rounds to zero has n = 0. */
void digits_fixed(double x, int64_t places, Digits *out);

enum {
    FLOAT_ALTERNATE = 1, /* '#': keep the point and, with 'g', trailing zeros */
    FLOAT_DOT_ZERO = 2,  /* end in ".0" what would look like an int */
    FLOAT_NO_NEG_ZERO = 4,
};

/* x as type 'e' 'f' 'g' with `precision` digits or 'r' (repr; precision ignored); 'E' 'F' 'G'
 * write upper case.  inf and nan are words; nan has no sign. */
void float_text(Buf *out, double x, char type, int64_t precision, int flags);
/* repr(x) of a Python float. */
void float_repr(Buf *out, double x);
/* repr of a Python complex: (1+2j), 2j. */
void complex_repr(Buf *out, double re, double im);

/* The value of float(text): white space around (Unicode's too), digits of any script, underscores
 * between digits, inf, infinity, nan; correctly rounded.  False when the text is no float. */
bool float_parse(const char *text, int64_t n, double *out);

/* round(x, places): the float nearest to x rounded, half to even on the exact value, at
 * 10^-places.  Error: ERR_OVERFLOW when that is beyond the largest float. */
Status float_round(double x, int64_t places, double *out);

/* One UTF-8 character at text[*at], *at moved behind it; malformed bytes stand for themselves. */
uint32_t text_next(const char *text, int64_t n, int64_t *at);
/* Characters in UTF-8 text. */
int64_t text_length(const char *text, int64_t n);
/* 0..9 when the character is a decimal digit of some script (Unicode 14, as CPython 3.11), else -1.
 */
int char_decimal(uint32_t c);
/* str.isspace for one character. */
bool char_is_space(uint32_t c);

#endif
