/* quickfmt.h -- plain ints, floats and ASCII text laid out without the general formatter.
 * Replicated.
 *
 * The same characters as runtime/text/format.h's for the specs it takes; everything else is left to
 * that one, before anything was done that a program could see.
 */
#ifndef INTERP_QUICKFMT_H
#define INTERP_QUICKFMT_H

#include "interp/value.h"

/* Room for a number without padding: an int64_t, or a float of at most QUICK_PLACES. */
enum { QUICK_NUMBER = 48, QUICK_PLACES = 18 };

typedef struct QuickSpec {
    char align;           /* '<' '>' '^', or 0 */
    bool zero;            /* pad with zeros behind the sign */
    int width, precision; /* precision -1: none */
    char type;            /* 'd' 'f' 's', or 0 */
} QuickSpec;

/* |x| * 10^places rounded half to even on the exact value; false when that is 2^63 or more. */
bool decimal_scaled(double x, int places, uint64_t *out);
/* 10^n, n at most QUICK_PLACES. */
double ten_to(int n);
/* The decimal digits of an int. */
int quick_int(char *to, int64_t i);
/* x with `places` decimals, or 0: not this way. */
int quick_fixed(char *to, double x, int places);

/* A spec of format(); false: not this way. */
bool quick_spec_parse(const char *text, int64_t n, QuickSpec *out);
/* A conversion of '%' whose text begins at *at; false: not this way. */
bool quick_percent_parse(const char *text, int64_t n, int64_t *at, QuickSpec *out);
/* v by a spec into to[0, room): its length, or -1: not this way. */
int64_t quick_put(char *to, int64_t room, Value v, const QuickSpec *spec);

#endif
