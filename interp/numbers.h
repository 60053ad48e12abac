/* numbers.h -- layouts of number objects and what the number files share.  Replicated.
 *
 * Ints that fit 64 bits are inline; a BigInt of exact type int never fits.  Instances of
 * subclasses keep any value in the same layout.  Floats are inline but for such instances.
 */
#ifndef INTERP_NUMBERS_H
#define INTERP_NUMBERS_H

#include <gmp.h>

#include "interp/value.h"

typedef struct BigInt {
    Object ob;
    mpz_t z;
} BigInt;
typedef struct FloatObject {
    Object ob;
    double x;
} FloatObject;
typedef struct ComplexObject {
    Object ob;
    double re, im;
} ComplexObject;

/* Room for an inline int seen as an mpz. */
typedef struct IntView {
    mpz_t z;
    mp_limb_t limb;
} IntView;
/* v (is_int) as an mpz to read, valid while v and *view are. */
mpz_srcptr int_mpz(Value v, IntView *view);
/* The value of z, which is cleared. */
Value int_from_mpz(mpz_t z);
/* An inline int or BigInt with v's value (bools and subclass instances included). */
Value int_plain(Value v);
/* An instance of a subclass of int. */
Value int_make_as(Type *cls, Value v);
/* Digits of v in a base, "-7f", malloc'ed; NULL with ValueError past the limit of base 10. */
char *int_digits(Value v, int base);
/* repr: as text with "0x" and its like when prefix is not "". */
Value int_text(Value v, int base, const char *prefix);
/* int(text, base) by CPython's grammar; `shown` is what messages show. */
Value int_parse(Str *text, int base, Value shown);
/* The most decimal digits in conversions from and to text; 0: any number. */
int64_t int_digits_limit(void);
void int_digits_limit_set(int64_t n);
/* a to the power b (b >= 0 unless mod is given; mod undefined or None: none). */
Value int_power(Value a, Value b, Value mod);
/* Exact quotient rounded once. */
Value int_true_divide(Value a, Value b);
/* round(v, places) for an int. */
Value int_round(Value v, Value places);
/* |z| * 2^exponent (+ a bit more when sticky) as the nearest double; infinite when too large. */
double mpz_nearest(mpz_srcptr z, int64_t exponent, bool sticky);
/* v as m * 2^*exponent with 0.5 <= |m| < 1, for logarithms. */
double int_frexp(Value v, int64_t *exponent);

/* A float or int operand as a double: 1, 0 when v is neither, -1 OverflowError. */
int real_operand(Value v, double *out);
Value float_power(double x, double y);
Value float_round_to(double x, Value places);
/* -1, 0, 1 as x is less, equal or greater; x is not nan. */
int float_compare_int(double x, Value i);
/* float(v), with the messages of float(). */
bool float_from(Value v, double *out);
Value complex_power(double re, double im, double e_re, double e_im);

#endif
