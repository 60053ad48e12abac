/* strsearch.c -- finding text in text.  Replicated.
 *
 * The needle is widened to the haystack's characters, then bytes are searched; a hit that does not
 * begin at a character is passed over.
 * Invariant: a needle wider than the haystack occurs nowhere, since kinds are the smallest.
 */
#define _GNU_SOURCE 1 /* memmem */
#include "interp/str.h"

/* b's characters as wide as s's, so that bytes can be compared; NULL when one does not fit.
 * *owned is to be freed. */
static const char *needle_widen(const Str *s, const Str *b, char **owned)
{
    *owned = NULL;
    if (b->kind == s->kind)
        return b->data;
    if (b->kind > s->kind)
        return NULL;
    *owned = xmalloc((size_t)((b->n + 1) * s->kind));
    chars_copy(s->kind, *owned, 0, b->kind, b->data, 0, b->n);
    return *owned;
}

enum { SHORT_HAY = 256 }; /* not worth what memmem prepares */

/* Place of n characters at b (of `kind`) in hay[lo..hi), or -1. */
static int64_t chars_find(int kind, const char *hay, int64_t lo, int64_t hi, const char *b,
                          int64_t n)
{
    const char *at = hay + lo * kind, *end = hay + hi * kind;
    if (kind == 1 && n > 1 && hi - lo < SHORT_HAY) {
        const char *last = end - n;
        while (at <= last && (at = memchr(at, *b, (size_t)(last - at + 1))) != NULL) {
            if (!memcmp(at + 1, b + 1, (size_t)(n - 1)))
                return at - hay;
            at++;
        }
        return -1;
    }
    while (end - at >= n * kind) {
        const char *hit = n == 1 && kind == 1
                              ? memchr(at, *b, (size_t)(end - at))
                              : memmem(at, (size_t)(end - at), b, (size_t)(n * kind));
        if (!hit)
            return -1;
        if ((hit - hay) % kind == 0)
            return (hit - hay) / kind;
        at = hit + (kind - (hit - hay) % kind); /* bytes of two characters look like one */
    }
    return -1;
}

int64_t str_find(const Str *s, const Str *b, int64_t lo, int64_t hi)
{
    if (hi - lo < b->n)
        return -1;
    if (b->n == 0)
        return lo;
    char *owned;
    const char *needle = needle_widen(s, b, &owned);
    int64_t at = needle ? chars_find(s->kind, s->data, lo, hi, needle, b->n) : -1;
    free(owned);
    return at;
}

int64_t str_rfind(const Str *s, const Str *b, int64_t lo, int64_t hi)
{
    if (hi - lo < b->n || b->kind > s->kind)
        return hi - lo < b->n || b->n ? -1 : hi;
    if (b->n == 0)
        return hi;
    char *owned;
    const char *needle = needle_widen(s, b, &owned);
    size_t nbytes = (size_t)(b->n * s->kind);
    int64_t at = hi - b->n;
    while (at >= lo && memcmp(s->data + at * s->kind, needle, nbytes) != 0)
        at--;
    free(owned);
    return at >= lo ? at : -1;
}

int64_t str_count(const Str *s, const Str *b, int64_t lo, int64_t hi, int64_t max)
{
    if (hi - lo < b->n)
        return 0;
    if (b->n == 0)
        return int64_min(hi - lo + 1, max);
    char *owned;
    const char *needle = needle_widen(s, b, &owned);
    int64_t count = 0;
    while (needle && count < max) {
        int64_t at = chars_find(s->kind, s->data, lo, hi, needle, b->n);
        if (at < 0)
            break;
        count++;
        lo = at + b->n;
    }
    free(owned);
    return count;
}
