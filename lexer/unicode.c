/* unicode.c -- character classes and UTF-8, one code point at a time.  Local. */
#include "lexer/lexer.h"
#include "lexer/unicode_ranges.h"

static bool range_find(const uint32_t (*rows)[2], int n, uint32_t c)
{
    int lo = 0, hi = n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (c < rows[mid][0])
            hi = mid;
        else if (c >= rows[mid][1])
            lo = mid + 1;
        else
            return true;
    }
    return false;
}

#define RANGE_FIND(table, c) range_find(table, (int)(sizeof table / sizeof *table), c)

bool unicode_is_xid_start(uint32_t c)
{
    return RANGE_FIND(XID_START, c);
}

bool unicode_is_xid_continue(uint32_t c)
{
    return RANGE_FIND(XID_CONTINUE, c);
}

bool unicode_is_printable(uint32_t c)
{
    return RANGE_FIND(PRINTABLE, c);
}

bool unicode_is_unnormalized(uint32_t c)
{
    return RANGE_FIND(UNNORMALIZED, c);
}

uint32_t utf8_decode(const char *s, const char *end, int *nbytes)
{
    const unsigned char *p = (const unsigned char *)s;
    int64_t left = end - s;
    if (p[0] >= 0xf0 && left >= 4) {
        *nbytes = 4;
        return (p[0] & 7u) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u);
    }
    if (p[0] >= 0xe0 && left >= 3) {
        *nbytes = 3;
        return (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
    }
    if (p[0] >= 0xc0 && left >= 2) {
        *nbytes = 2;
        return (p[0] & 31u) << 6 | (p[1] & 63u);
    }
    *nbytes = 1;
    return p[0];
}

int utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}
