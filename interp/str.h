/* str.h -- building and inspecting text: what the string files share.  Local.
 *
 * A Str holds code points of one width (its kind), always the smallest that fits, so equal texts
 * have equal bytes.  New text is either allocated with a known width and filled, or grown in a
 * StrBuf, which widens itself when a character does not fit.
 * Invariant: kind 1 with `ascii` set holds only characters below 128; kind 2 holds one above 255;
 * kind 4 one above 65535.
 */
#ifndef INTERP_STR_H
#define INTERP_STR_H

#include "interp/value.h"

/* Wide characters inside Str.data, whose address need not be a multiple of their size. */
typedef uint16_t Wide2 __attribute__((aligned(1), may_alias));
typedef uint32_t Wide4 __attribute__((aligned(1), may_alias));

/* Characters of a text that repetition or padding may ask for; more is a MemoryError. */
static const int64_t STR_MAX = (int64_t)1 << 33;

static inline uint32_t chars_get(int kind, const void *data, int64_t i)
{
    if (kind == 1)
        return ((const uint8_t *)data)[i];
    return kind == 2 ? ((const Wide2 *)data)[i] : ((const Wide4 *)data)[i];
}
static inline void chars_set(int kind, void *data, int64_t i, uint32_t c)
{
    if (kind == 1)
        ((uint8_t *)data)[i] = (uint8_t)c;
    else if (kind == 2)
        ((Wide2 *)data)[i] = (uint16_t)c;
    else
        ((Wide4 *)data)[i] = c;
}
/* n bytes that do not overlap; most texts are short. */
static inline void bytes_copy(char *to, const char *from, int64_t n)
{
    if (n > 16) {
        memcpy(to, from, (size_t)n);
    } else if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, from, 8);
        memcpy(&b, from + n - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + n - 8, &b, 8);
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, from, 4);
        memcpy(&b, from + n - 4, 4);
        memcpy(to, &a, 4);
        memcpy(to + n - 4, &b, 4);
    } else {
        while (n-- > 0)
            *to++ = *from++;
    }
}
static inline uint32_t str_get(const Str *s, int64_t i)
{
    return chars_get(s->kind, s->data, i);
}
static inline int kind_for(uint32_t c)
{
    return c < 256 ? 1 : c < 65536 ? 2 : 4;
}
/* n characters copied, widening when dst_kind is larger (it is never smaller). */
void chars_copy(int dst_kind, void *dst, int64_t at, int src_kind, const void *src, int64_t from,
                int64_t n);
/* Bitwise or of n characters: tells the width they need. */
uint32_t chars_mask(int kind, const void *data, int64_t n);

/* n ASCII characters as text. */
Value str_from_ascii(const char *at, int64_t n);
/* New text of n characters, none of them set; the caller fills it. ascii only with kind 1. */
Str *str_alloc(int kind, bool ascii, int64_t n);
Value str_from_char(uint32_t c);
Value str_empty(void);
/* Characters lo..hi (0 <= lo <= hi <= n); s itself when that is all of an exact str. */
Value str_slice(Str *s, int64_t lo, int64_t hi);
Value str_concat(Str *a, Str *b);
Value str_repeat(Str *s, int64_t count);
/* First place of b in s[lo..hi], or -1; the last place; how many that do not overlap (at most max).
 */
int64_t str_find(const Str *s, const Str *b, int64_t lo, int64_t hi);
int64_t str_rfind(const Str *s, const Str *b, int64_t lo, int64_t hi);
int64_t str_count(const Str *s, const Str *b, int64_t lo, int64_t hi, int64_t max);
/* repr(s) as new text; `ascii_only` as ascii(s). */
Value str_quote(Str *s, bool ascii_only);
/* An exact str with v's text: v itself, or a copy for an instance of a subclass. */
Value str_plain(Value v);
/* Methods table and printf formatting, for the type's slots. */
extern const NativeDef str_methods[];
Value str_mod(Value format, Value args);
Value str_m_translate(Value *a, int n);
Value str_m_center(Value *a, int n);
Value str_m_ljust(Value *a, int n);
Value str_m_rjust(Value *a, int n);
Value str_m_zfill(Value *a, int n);
/* Is v a str?  Else TypeError "METHOD() argument WHICHmust be str, not T". */
bool str_check_arg(Value v, const char *method, const char *which);

typedef struct StrBuf {
    int kind;
    uint32_t mask; /* or of all characters so far */
    int64_t n, cap;
    char *at;
} StrBuf;
void strbuf_reserve(StrBuf *b, int kind, int64_t more);
void strbuf_put(StrBuf *b, uint32_t c);
void strbuf_fill(StrBuf *b, uint32_t c, int64_t count);
void strbuf_add(StrBuf *b, const Str *s, int64_t lo, int64_t hi);
void strbuf_utf8(StrBuf *b, const char *text, int64_t nbytes);
Value strbuf_take(StrBuf *b); /* the text; b is empty again */
void strbuf_free(StrBuf *b);

/* ------------------------------------------------- characters (unicode.c) */

enum {
    CHAR_ALPHA = 1 << 0,
    CHAR_DECIMAL = 1 << 1,
    CHAR_DIGIT = 1 << 2,
    CHAR_NUMERIC = 1 << 3,
    CHAR_LOWER = 1 << 4,
    CHAR_UPPER = 1 << 5,
    CHAR_TITLE = 1 << 6,
    CHAR_SPACE = 1 << 7,
    CHAR_PRINTABLE = 1 << 8,
    CHAR_ID_START = 1 << 9,
    CHAR_ID_CONTINUE = 1 << 10,
    CHAR_CASE_IGNORABLE = 1 << 11,
    CHAR_LINEBREAK = 1 << 12,
    CHAR_CASED = CHAR_LOWER | CHAR_UPPER | CHAR_TITLE
};
typedef enum CharCase { CASE_UPPER, CASE_LOWER, CASE_TITLE, CASE_FOLD } CharCase;
unsigned char_flags(uint32_t c);
int char_digit(uint32_t c); /* 0..9, -1 when it has no digit value */
/* The full mapping: 1 to 3 characters. */
int char_map(uint32_t c, CharCase which, uint32_t out[3]);

#endif
