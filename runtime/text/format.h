/* format.h -- format(value, spec) and the conversions of '%', by CPython's rules.  Local.
 *
 * A spec is parsed once into a plain FormatSpec; a formatter appends to a Buf.  Text is UTF-8,
 * widths count characters.  Ints of any size come as digit text in the base that the spec
 * names, so that no formatter knows how an int is stored.
 */
#ifndef RUNTIME_TEXT_FORMAT_H
#define RUNTIME_TEXT_FORMAT_H

#include "runtime/text/number.h"

typedef enum FormatKind { FORMAT_TEXT, FORMAT_INT, FORMAT_FLOAT, FORMAT_COMPLEX } FormatKind;

typedef struct FormatSpec {
    uint32_t fill, type; /* characters; type 0 when not given */
    char align, sign;    /* '<' '>' '=' '^'; '+' '-' ' '; 0 when not given */
    char grouping;       /* ',' '_' or 0 */
    bool alternate, no_neg_zero, align_given;
    int64_t width, precision; /* -1 when not given */
    const char *type_name;    /* borrowed; for messages */
} FormatSpec;

/* Parse a format spec for a value of `kind` whose class is called `type_name`.  An empty spec is
 * str(value), which the caller does.  Errors: ERR_VALUE with CPython's message. */
Status format_parse(const char *text, int64_t n, FormatKind kind, const char *type_name,
                    FormatSpec *out);

Status format_text(Buf *out, const char *s, int64_t n, const FormatSpec *spec);

/* What format_int wants: the base of the digits (2, 8, 10, 16), or 0 when the spec asks for a
 * float, then the caller converts the int and calls format_float. */
int format_int_base(const FormatSpec *spec);
/* An int as lower-case digit text "-7f" in that base; type 'c' takes decimal digits.
 * Errors: ERR_VALUE; ERR_OVERFLOW for a 'c' out of range. */
Status format_int(Buf *out, const char *digits, const FormatSpec *spec);
Status format_float(Buf *out, double x, const FormatSpec *spec);
Status format_complex(Buf *out, double re, double im, const FormatSpec *spec);

/* One conversion of a '%' format: %(key)#0- +*.*d */
typedef struct PercentPart {
    int64_t key, key_nbytes;  /* range of the mapping key in the format; key is -1 without one */
    int64_t index;            /* of the type character, in characters; for the message */
    int64_t width, precision; /* -1 when not given or given by a star */
    bool star_width, star_precision; /* the caller takes ints from its arguments, width first */
    bool left, plus, space, alternate, zero;
    uint32_t type; /* any character */
} PercentPart;

/* Parse the conversion behind the '%' at format[*at - 1]; *at moves behind its type character.
 * Errors: ERR_VALUE.  The caller acts in order: key, star width, star precision, then the type.
 * "%%" takes no argument; '%' behind flags or a width is an unknown type. */
Status percent_parse(const char *format, int64_t n, int64_t *at, PercentPart *out);
/* Store a star's int as CPython reads it: a negative width aligns left, a negative precision is 0.
 */
void percent_set_width(PercentPart *part, int64_t width);
void percent_set_precision(PercentPart *part, int64_t precision);
/* The error for a type character that no conversion has. */
Status percent_unknown(const PercentPart *part);

/* Base of the digits that percent_int wants for d i u (10), o (8), x X (16); 0 for another type. */
int percent_int_base(const PercentPart *part);
Status percent_int(Buf *out, const char *digits, const PercentPart *part);
/* e E f F g G */
Status percent_float(Buf *out, double x, const PercentPart *part);
/* s r a: the text is cut to the precision.  c: the caller passes the one character. */
Status percent_text(Buf *out, const char *s, int64_t n, const PercentPart *part);

#endif
