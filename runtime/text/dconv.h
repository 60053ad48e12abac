/* dconv.h -- the two conversions between doubles and decimal text that need a library.  Local.
 *
 * The implementation is C++ (libdouble-conversion) and the only C++ of the program; nothing
 * else includes that library.  Both conversions ignore the C locale.
 */
#ifndef RUNTIME_TEXT_DCONV_H
#define RUNTIME_TEXT_DCONV_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The fewest digits that read back as x, the closest such; returns their count (1..17) and the
 * place of the point: x = 0.DIGITS * 10^point.  `single`: that read back as the float x.  x is
 * finite and not negative; zero gives "0" with point 1. */
int dconv_shortest(double x, bool single, char digits[20], int *point);

/* The double nearest to a decimal text (digits, point, exponent; the caller checked the grammar),
 * half to even; too large is infinite. */
double dconv_parse(const char *text, int n);

#ifdef __cplusplus
}
#endif
#endif
