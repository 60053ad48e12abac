/* dconv.cc -- the shim over libdouble-conversion.  Local. */
#include "runtime/text/dconv.h"

#include <double-conversion/double-conversion.h>

using double_conversion::DoubleToStringConverter;
using double_conversion::StringToDoubleConverter;

int dconv_shortest(double x, bool single, char digits[20], int *point)
{
    bool sign;
    int n;
    DoubleToStringConverter::DoubleToAscii(
        x, single ? DoubleToStringConverter::SHORTEST_SINGLE : DoubleToStringConverter::SHORTEST, 0,
        digits, 20, &sign, &n, point);
    return n;
}

double dconv_parse(const char *text, int n)
{
    static const StringToDoubleConverter converter(StringToDoubleConverter::NO_FLAGS, 0.0, 0.0,
                                                   nullptr, nullptr);
    int used;
    return converter.StringToDouble(text, n, &used);
}
