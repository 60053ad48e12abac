/* str.c -- the text type: representation, hash, intern table, UTF-8, repr.  Replicated.
 *
 * Text is stored by code point in the smallest width that fits (see str.h), so indexing is O(1)
 * and equality is a memcmp.  One-character Latin-1 texts and the empty text are shared.  Lone
 * surrogates are kept, and become three-byte sequences in UTF-8 (WTF-8).
 * `s += t` grows in place when the caller holds the only reference: such a text is STR_ROOMY,
 * its capacity being the power of two above its length.
 * Invariant: an interned text is immortal and no other text in the table equals it; the UTF-8
 * of a text that is not ASCII is kept in a side table while STR_HAS_UTF8 is set.
 */
#include "interp/objects.h"
#include "interp/str.h"

#include "interp/format.h"

enum { STR_INTERNED = 1, STR_HAS_UTF8 = 2, STR_ROOMY = 4 };

/* -------------------------------------------------------------- characters */

void chars_copy(int dst_kind, void *dst, int64_t at, int src_kind, const void *src, int64_t from,
                int64_t n)
{
    if (dst_kind == src_kind) {
        memcpy((char *)dst + at * dst_kind, (const char *)src + from * src_kind,
               (size_t)(n * dst_kind));
        return;
    }
    if (dst_kind == 2) {
        for (int64_t i = 0; i < n; i++)
            ((Wide2 *)dst)[at + i] = ((const uint8_t *)src)[from + i];
    } else if (src_kind == 1) {
        for (int64_t i = 0; i < n; i++)
            ((Wide4 *)dst)[at + i] = ((const uint8_t *)src)[from + i];
    } else {
        for (int64_t i = 0; i < n; i++)
            ((Wide4 *)dst)[at + i] = ((const Wide2 *)src)[from + i];
    }
}

uint32_t chars_mask(int kind, const void *data, int64_t n)
{
    uint32_t mask = 0;
    if (kind == 1) {
        const uint8_t *p = data;
        uint8_t m = 0;
        for (int64_t i = 0; i < n; i++)
            m |= p[i];
        mask = m;
    } else if (kind == 2) {
        const Wide2 *p = data;
        for (int64_t i = 0; i < n; i++)
            mask |= p[i];
    } else {
        const Wide4 *p = data;
        for (int64_t i = 0; i < n; i++)
            mask |= p[i];
    }
    return mask;
}

/* The narrowing copy: every character fits dst_kind. */
static void chars_narrow(int dst_kind, void *dst, int src_kind, const void *src, int64_t n)
{
    if (dst_kind == src_kind) {
        memcpy(dst, src, (size_t)(n * dst_kind));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        chars_set(dst_kind, dst, i, chars_get(src_kind, src, i));
}

uint32_t str_at(const Str *s, int64_t i)
{
    return str_get(s, i);
}

/* -------------------------------------------------------------- allocation */

static Str *str_alloc_as(Type *type, int kind, bool ascii, int64_t n, int64_t cap, size_t more)
{
    size_t head = offsetof(Str, data), nbytes = head + (size_t)((cap + 1) * kind) + more;
    Str *s = object_new_tail(type, nbytes, type == &type_str ? head : nbytes);
    s->n = n;
    s->hash = -1;
    s->kind = (uint8_t)kind;
    s->ascii = ascii;
    s->interned = 0;
    chars_set(kind, s->data, n, 0);
    return s;
}

Str *str_alloc(int kind, bool ascii, int64_t n)
{
    return str_alloc_as(&type_str, kind, ascii, n, n, 0);
}

Value str_empty(void)
{
    static Str *empty;
    if (!empty)
        empty = str_alloc(1, true, 0);
    return v_obj(RETAIN(empty));
}

static Value str_latin(uint8_t c)
{
    static Str *shared[256];
    if (!shared[c]) {
        shared[c] = str_alloc(1, c < 128, 1);
        shared[c]->data[0] = (char)c;
    }
    return v_obj(RETAIN(shared[c]));
}

Value str_from_char(uint32_t c)
{
    if (c < 256)
        return str_latin((uint8_t)c);
    Str *s = str_alloc(kind_for(c), false, 1);
    chars_set(s->kind, s->data, 0, c);
    return v_obj(s);
}

Value str_from_ascii(const char *at, int64_t n)
{
    if (n == 0)
        return str_empty();
    if (n == 1)
        return str_latin((uint8_t)*at);
    Str *s = str_alloc(1, true, n);
    bytes_copy(s->data, at, n);
    return v_obj(s);
}

Value str_new_kind(int kind, const void *chars, int64_t n)
{
    if (n == 0)
        return str_empty();
    if (n == 1)
        return str_from_char(chars_get(kind, chars, 0));
    uint32_t mask = chars_mask(kind, chars, n);
    Str *s = str_alloc(kind_for(mask), mask < 128, n);
    chars_narrow(s->kind, s->data, kind, chars, n);
    return v_obj(s);
}

/* ------------------------------------------------------------------- UTF-8 */

/* Decodes one character; malformed bytes stand for themselves. */
static uint32_t utf8_next(const uint8_t *p, int64_t n, int64_t *at)
{
    uint32_t c = p[(*at)++];
    int more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf8 ? 3 : 0;
    if (!more || *at + more > n)
        return c;
    uint32_t full = c & (0x3fu >> more);
    for (int i = 0; i < more; i++) {
        if ((p[*at + i] & 0xc0) != 0x80)
            return c;
        full = full << 6 | (p[*at + i] & 0x3f);
    }
    if (full > 0x10ffff)
        return c;
    *at += more;
    return full;
}

static bool bytes_ascii(const char *p, int64_t n)
{
    uint64_t word, high = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&word, p + i, 8);
        high |= word;
    }
    for (; i < n; i++)
        high |= (uint8_t)p[i];
    return !(high & 0x8080808080808080u);
}

Value str_new_n(const char *utf8, int64_t nbytes)
{
    if (bytes_ascii(utf8, nbytes)) {
        if (nbytes <= 1)
            return nbytes ? str_latin((uint8_t)utf8[0]) : str_empty();
        Str *s = str_alloc(1, true, nbytes);
        memcpy(s->data, utf8, (size_t)nbytes);
        return v_obj(s);
    }
    const uint8_t *p = (const uint8_t *)utf8;
    int64_t count = 0;
    uint32_t mask = 0;
    for (int64_t at = 0; at < nbytes; count++)
        mask |= utf8_next(p, nbytes, &at);
    if (count == 1)
        return str_from_char(mask);
    Str *s = str_alloc(kind_for(mask), mask < 128, count);
    int64_t i = 0;
    for (int64_t at = 0; at < nbytes; i++)
        chars_set(s->kind, s->data, i, utf8_next(p, nbytes, &at));
    return v_obj(s);
}

Value str_new(const char *utf8)
{
    return str_new_n(utf8, (int64_t)strlen(utf8));
}

static int utf8_put(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[more] | c >> (6 * more));
    for (int i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

void str_utf8(const Str *s, Buf *out)
{
    if (s->ascii) {
        buf_add(out, s->data, (size_t)s->n);
        return;
    }
    char text[4];
    for (int64_t i = 0; i < s->n; i++)
        buf_add(out, text, (size_t)utf8_put(text, str_get(s, i)));
}

/* UTF-8 of texts that are not ASCII, by the text's address: open addressing, a power of two. */
typedef struct Utf8Entry {
    const Str *s;
    char *text;
} Utf8Entry;
static struct {
    Utf8Entry *at;
    size_t size, used;
} utf8_cache;

static size_t utf8_slot(const Str *s)
{
    size_t i = ((uintptr_t)s >> 4) * 0x9e3779b97f4a7c15u >> 20;
    while (utf8_cache.at[i & (utf8_cache.size - 1)].s &&
           utf8_cache.at[i & (utf8_cache.size - 1)].s != s)
        i++;
    return i & (utf8_cache.size - 1);
}

static void utf8_cache_grow(void)
{
    Utf8Entry *old = utf8_cache.at;
    size_t n = utf8_cache.size;
    utf8_cache.size = n ? 2 * n : 64;
    utf8_cache.at = xcalloc(utf8_cache.size, sizeof *utf8_cache.at);
    for (size_t i = 0; i < n; i++)
        if (old[i].s)
            utf8_cache.at[utf8_slot(old[i].s)] = old[i];
    free(old);
}

static void utf8_cache_drop(Str *s)
{
    size_t i = utf8_slot(s), mask = utf8_cache.size - 1;
    free(utf8_cache.at[i].text);
    utf8_cache.at[i] = (Utf8Entry){0};
    utf8_cache.used--;
    for (size_t j = (i + 1) & mask; utf8_cache.at[j].s; j = (j + 1) & mask) {
        Utf8Entry moved = utf8_cache.at[j];
        utf8_cache.at[j] = (Utf8Entry){0};
        utf8_cache.at[utf8_slot(moved.s)] = moved;
    }
    s->interned &= (uint8_t)~STR_HAS_UTF8;
}

const char *str_cstr(Value v)
{
    Str *s = v.s;
    if (s->ascii)
        return s->data;
    if (!(s->interned & STR_HAS_UTF8)) {
        if (2 * (utf8_cache.used + 1) > utf8_cache.size)
            utf8_cache_grow();
        Buf out = {0};
        str_utf8(s, &out);
        utf8_cache.at[utf8_slot(s)] = (Utf8Entry){s, xstrdup(buf_text(&out))};
        buf_free(&out);
        utf8_cache.used++;
        s->interned |= STR_HAS_UTF8;
    }
    return utf8_cache.at[utf8_slot(s)].text;
}

/* -------------------------------------------------------- hash and equality */

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

typedef struct Sip {
    uint64_t a, b, c, d;
} Sip;

static inline void sip_round(Sip *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

/* SipHash-1-3 (Aumasson, Bernstein 2012) with key 0. */
static uint64_t siphash13(const char *p, size_t n)
{
    Sip s = {0x736f6d6570736575u, 0x646f72616e646f6du, 0x6c7967656e657261u, 0x7465646279746573u};
    uint64_t word;
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        s.d ^= word;
        sip_round(&s);
        s.a ^= word;
    }
    word = 0;
    memcpy(&word, p, left);
    word |= (uint64_t)n << 56;
    s.d ^= word;
    sip_round(&s);
    s.a ^= word;
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

int64_t str_hash(Str *s)
{
    if (s->hash == -1) {
        int64_t h = s->n ? (int64_t)siphash13(s->data, (size_t)(s->n * s->kind)) : 0;
        s->hash = h == -1 ? -2 : h;
    }
    return s->hash;
}

bool str_equal(const Str *a, const Str *b)
{
    if (a == b)
        return true;
    if (a->n != b->n || a->kind != b->kind)
        return false;
    if (a->interned & b->interned & STR_INTERNED)
        return false;
    return memcmp(a->data, b->data, (size_t)(a->n * a->kind)) == 0;
}

bool str_equals(const Str *a, const char *ascii)
{
    return a->ascii && strlen(ascii) == (size_t)a->n && memcmp(a->data, ascii, (size_t)a->n) == 0;
}

int str_compare(const Str *a, const Str *b)
{
    int64_t n = int64_min(a->n, b->n);
    if (a->kind == 1 && b->kind == 1) {
        int order = memcmp(a->data, b->data, (size_t)n);
        if (order)
            return order;
    } else {
        for (int64_t i = 0; i < n; i++) {
            uint32_t x = str_get(a, i), y = str_get(b, i);
            if (x != y)
                return x < y ? -1 : 1;
        }
    }
    return (a->n > b->n) - (a->n < b->n);
}

/* Interned texts: open addressing, at most half full. */
static struct {
    Str **at;
    size_t size, used;
} interned;

static size_t intern_slot(Str *s)
{
    size_t i = (size_t)str_hash(s);
    while (interned.at[i & (interned.size - 1)] &&
           !str_equal(interned.at[i & (interned.size - 1)], s))
        i++;
    return i & (interned.size - 1);
}

static void intern_grow(void)
{
    Str **old = interned.at;
    size_t n = interned.size;
    interned.size = n ? 2 * n : 1024;
    interned.at = xcalloc(interned.size, sizeof *interned.at);
    for (size_t i = 0; i < n; i++)
        if (old[i]) {
            size_t j = (size_t)old[i]->hash;
            while (interned.at[j & (interned.size - 1)])
                j++;
            interned.at[j & (interned.size - 1)] = old[i];
        }
    free(old);
}

Value str_intern_value(Value v)
{
    if ((v.s->interned & STR_INTERNED) || v.o->type != &type_str)
        return v;
    if (2 * (interned.used + 1) > interned.size)
        intern_grow();
    size_t i = intern_slot(v.s);
    if (interned.at[i]) {
        Value same = v_obj(RETAIN(interned.at[i]));
        release(v);
        return same;
    }
    interned.at[i] = RETAIN(v.s); /* immortal */
    interned.used++;
    v.s->interned = (uint8_t)((v.s->interned & ~STR_ROOMY) | STR_INTERNED);
    return v;
}

Str *str_intern(const char *utf8)
{
    Value v = str_intern_value(str_new(utf8));
    release(v); /* the table's reference stays */
    return v.s;
}

/* ------------------------------------------------------------------ pieces */

Value str_plain(Value v)
{
    if (v.o->type == &type_str)
        return retain(v);
    return str_new_kind(v.s->kind, v.s->data, v.s->n);
}

Value str_slice(Str *s, int64_t lo, int64_t hi)
{
    int64_t n = hi - lo;
    if (n == s->n && s->ob.type == &type_str)
        return v_obj(RETAIN(s));
    if (!s->ascii)
        return str_new_kind(s->kind, s->data + lo * s->kind, n);
    return str_from_ascii(s->data + lo, n);
}

Value str_concat(Str *a, Str *b)
{
    if (!a->n && b->ob.type == &type_str)
        return v_obj(RETAIN(b));
    if (!b->n && a->ob.type == &type_str)
        return v_obj(RETAIN(a));
    int kind = a->kind > b->kind ? a->kind : b->kind;
    Str *s = str_alloc(kind, a->ascii && b->ascii, a->n + b->n);
    if (kind == 1) {
        bytes_copy(s->data, a->data, a->n);
        bytes_copy(s->data + a->n, b->data, b->n);
        return v_obj(s);
    }
    chars_copy(kind, s->data, 0, a->kind, a->data, 0, a->n);
    chars_copy(kind, s->data, a->n, b->kind, b->data, 0, b->n);
    return v_obj(s);
}

static int64_t room_for(int64_t n)
{
    return n < 64 ? 64 : (int64_t)1 << (64 - __builtin_clzll((uint64_t)n - 1));
}

/* a += b where *a is the only reference to a. */
static Value str_append(Str *a, Str *b)
{
    if (!(a->interned & STR_ROOMY) || b->kind > a->kind || a->n + b->n > room_for(a->n)) {
        int kind = a->kind > b->kind ? a->kind : b->kind;
        Str *s = str_alloc_as(&type_str, kind, a->ascii, a->n, room_for(a->n + b->n), 0);
        s->interned = STR_ROOMY;
        chars_copy(kind, s->data, 0, a->kind, a->data, 0, a->n);
        a = s;
    } else {
        RETAIN(a);
    }
    if (a->interned & STR_HAS_UTF8)
        utf8_cache_drop(a);
    chars_copy(a->kind, a->data, a->n, b->kind, b->data, 0, b->n);
    a->n += b->n;
    chars_set(a->kind, a->data, a->n, 0);
    a->ascii = a->ascii && b->ascii;
    a->hash = -1;
    return v_obj(a);
}

Value str_repeat(Str *s, int64_t count)
{
    if (count <= 0 || s->n == 0)
        return str_empty();
    if (count == 1 && s->ob.type == &type_str)
        return v_obj(RETAIN(s));
    int64_t n;
    if (__builtin_mul_overflow(s->n, count, &n))
        return raise_fmt(&exc_OverflowError, "repeated string is too long");
    if (n > STR_MAX)
        return raise_oom();
    Str *out = str_alloc(s->kind, s->ascii, n);
    size_t unit = (size_t)(s->n * s->kind), total = unit * (size_t)count;
    if (unit == 1) {
        memset(out->data, s->data[0], total);
        return v_obj(out);
    }
    memcpy(out->data, s->data, unit);
    for (size_t done = unit; done < total;) { /* doubling what is there */
        size_t more = done < total - done ? done : total - done;
        memcpy(out->data + done, out->data, more);
        done += more;
    }
    return v_obj(out);
}

/* ------------------------------------------------------------------ StrBuf */

void strbuf_reserve(StrBuf *b, int kind, int64_t more)
{
    if (kind < b->kind)
        kind = b->kind;
    if (kind == b->kind && b->n + more <= b->cap)
        return;
    int64_t cap = int64_max(b->cap, b->n + more <= b->cap ? b->cap : 2 * (b->n + more) + 16);
    if (kind == b->kind) {
        b->at = mem_resize(b->at, (size_t)(b->cap * kind), (size_t)(cap * kind));
    } else {
        char *wide = mem_alloc((size_t)(cap * kind));
        if (b->n)
            chars_copy(kind, wide, 0, b->kind, b->at, 0, b->n);
        mem_free(b->at, (size_t)(b->cap * b->kind));
        b->at = wide;
        b->kind = kind;
    }
    b->cap = cap;
}

void strbuf_put(StrBuf *b, uint32_t c)
{
    int kind = kind_for(c);
    if (kind > b->kind || b->n == b->cap)
        strbuf_reserve(b, kind, 1);
    chars_set(b->kind, b->at, b->n++, c);
    b->mask |= c;
}

void strbuf_fill(StrBuf *b, uint32_t c, int64_t count)
{
    if (count <= 0)
        return;
    strbuf_reserve(b, kind_for(c), count);
    for (int64_t i = 0; i < count; i++)
        chars_set(b->kind, b->at, b->n++, c);
    b->mask |= c;
}

void strbuf_add(StrBuf *b, const Str *s, int64_t lo, int64_t hi)
{
    if (lo >= hi)
        return;
    uint32_t mask = s->ascii ? 0x7f : chars_mask(s->kind, s->data + lo * s->kind, hi - lo);
    int kind = kind_for(mask);
    strbuf_reserve(b, kind, hi - lo);
    if (b->kind >= s->kind)
        chars_copy(b->kind, b->at, b->n, s->kind, s->data, lo, hi - lo);
    else
        chars_narrow(b->kind, b->at + b->n * b->kind, s->kind, s->data + lo * s->kind, hi - lo);
    b->n += hi - lo;
    b->mask |= mask;
}

void strbuf_utf8(StrBuf *b, const char *text, int64_t nbytes)
{
    if (bytes_ascii(text, nbytes)) {
        strbuf_reserve(b, 1, nbytes);
        if (nbytes)
            chars_copy(b->kind, b->at, b->n, 1, text, 0, nbytes);
        b->n += nbytes;
        return;
    }
    for (int64_t at = 0; at < nbytes;)
        strbuf_put(b, utf8_next((const uint8_t *)text, nbytes, &at));
}

Value strbuf_take(StrBuf *b)
{
    Value v;
    if (b->n <= 1) {
        v = b->n ? str_from_char(chars_get(b->kind, b->at, 0)) : str_empty();
    } else {
        Str *s = str_alloc(b->kind, b->mask < 128, b->n);
        memcpy(s->data, b->at, (size_t)(b->n * b->kind));
        v = v_obj(s);
    }
    strbuf_free(b);
    return v;
}

void strbuf_free(StrBuf *b)
{
    mem_free(b->at, (size_t)(b->cap * b->kind));
    *b = (StrBuf){0};
}

/* -------------------------------------------------------------------- repr */

static void quote_escape(StrBuf *b, uint32_t c)
{
    static const char digits[] = "0123456789abcdef";
    int places = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    strbuf_put(b, '\\');
    strbuf_put(b, places == 2 ? 'x' : places == 4 ? 'u' : 'U');
    while (places-- > 0)
        strbuf_put(b, (uint8_t)digits[c >> (4 * places) & 15]);
}

static void quote_char(StrBuf *b, uint32_t c, uint32_t quote, bool ascii_only)
{
    uint32_t letter = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
    if (letter || c == quote || c == '\\') {
        strbuf_put(b, '\\');
        strbuf_put(b, letter ? letter : c);
    } else if (c < ' ' || c == 0x7f ||
               (c > 0x7f && (ascii_only || !(char_flags(c) & CHAR_PRINTABLE)))) {
        quote_escape(b, c);
    } else {
        strbuf_put(b, c);
    }
}

Value str_quote(Str *s, bool ascii_only)
{
    bool single = false, twofold = false, escapes = false;
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t c = str_get(s, i);
        single |= c == '\'';
        twofold |= c == '"';
        escapes |= (c == '\\') | (c < ' ') | (c == 0x7f);
    }
    escapes |= single && twofold;
    uint32_t quote = single && !twofold ? '"' : '\'';
    if (s->ascii && !escapes) {
        Str *out = str_alloc(1, true, s->n + 2);
        out->data[0] = out->data[s->n + 1] = (char)quote;
        bytes_copy(out->data + 1, s->data, s->n);
        return v_obj(out);
    }
    StrBuf b = {0};
    strbuf_reserve(&b, 1, s->n + 2);
    strbuf_put(&b, quote);
    for (int64_t i = 0; i < s->n; i++)
        quote_char(&b, str_get(s, i), quote, ascii_only);
    strbuf_put(&b, quote);
    return strbuf_take(&b);
}

/* ---------------------------------------------------------------- the type */

static void str_free(Object *o)
{
    Str *s = (Str *)o;
    if (s->interned & STR_HAS_UTF8)
        utf8_cache_drop(s);
}

static Value str_type_repr(Value v)
{
    return str_quote(v.s, false);
}

static bool str_type_hash(Value v, int64_t *out)
{
    *out = str_hash(v.s);
    return true;
}

static Value str_type_compare(Value a, Value b, CmpOp op)
{
    if (!is_str(a) || !is_str(b))
        return V_NOTIMPL;
    if (op == CMP_EQ || op == CMP_NE)
        return v_bool(str_equal(a.s, b.s) == (op == CMP_EQ));
    int order = str_compare(a.s, b.s);
    return v_bool(op == CMP_LT   ? order < 0
                  : op == CMP_LE ? order <= 0
                  : op == CMP_GT ? order > 0
                                 : order >= 0);
}

static int64_t str_type_len(Value v)
{
    return v.s->n;
}

static int str_type_truth(Value v)
{
    return v.s->n != 0;
}

static int str_type_contains(Value v, Value x)
{
    if (is_str(x))
        return str_find(v.s, x.s, 0, v.s->n) >= 0;
    raise_fmt(&exc_TypeError, "'in <string>' requires string as left operand, not %T", x);
    return -1;
}

static Value str_take_slice(Str *s, Value key)
{
    int64_t start, stop, step, count;
    if (!slice_indices(key, s->n, &start, &stop, &step, &count))
        return V_ERROR;
    if (count <= 0)
        return str_empty();
    if (step == 1)
        return str_slice(s, start, start + count);
    uint32_t mask = 0;
    for (int64_t i = 0; i < count; i++)
        mask |= str_get(s, start + i * step);
    if (count == 1)
        return str_from_char(mask);
    Str *out = str_alloc(kind_for(mask), mask < 128, count);
    for (int64_t i = 0; i < count; i++)
        chars_set(out->kind, out->data, i, str_get(s, start + i * step));
    return v_obj(out);
}

static Value str_type_getitem(Value v, Value key)
{
    int64_t i;
    if (key.tag == TAG_INT) {
        i = key.i;
    } else if (is_exact(key, &type_slice)) {
        return str_take_slice(v.s, key);
    } else if (!is_int(key) && !type_of(key)->index) {
        return raise_fmt(&exc_TypeError, "string indices must be integers, not '%T'", key);
    } else {
        Value n = op_index(key);
        if (v_is_error(n))
            return n;
        bool fits = int_as_int64(n, &i);
        release(n);
        if (!fits)
            return raise_fmt(&exc_IndexError, "cannot fit '%T' into an index-sized integer", key);
    }
    if (i < 0)
        i += v.s->n;
    if (i < 0 || i >= v.s->n)
        return raise_fmt(&exc_IndexError, "string index out of range");
    return str_from_char(str_get(v.s, i));
}

/* What the other operand makes of it, when it has something to say before the text's own error. */
static Value other_binary(Value a, Value b, BinOp op)
{
    Type *t = type_of(b);
    return t->binary && !is_str(b) ? t->binary(a, b, op) : V_NOTIMPL;
}

static Value str_times(Value s, Value count)
{
    int64_t n;
    Value i = op_index(count);
    if (v_is_error(i))
        return i;
    bool fits = int_as_int64(i, &n);
    release(i);
    if (!fits)
        return raise_fmt(&exc_OverflowError, "cannot fit '%T' into an index-sized integer", count);
    return str_repeat(s.s, n);
}

static Value str_type_binary(Value a, Value b, BinOp op)
{
    bool left = is_str(a);
    Value other = left ? b : a;
    if (op == BIN_ADD && left) {
        if (is_str(b))
            return str_concat(a.s, b.s);
        Value r = other_binary(a, b, op);
        if (r.tag != TAG_NOTIMPL)
            return r;
        return raise_fmt(&exc_TypeError, "can only concatenate str (not \"%T\") to str", b);
    }
    if (op == BIN_MUL) {
        if (is_int(other) || type_of(other)->index)
            return str_times(left ? a : b, other);
        Value r = left ? other_binary(a, b, op) : V_NOTIMPL;
        if (!left || r.tag != TAG_NOTIMPL)
            return r; /* what stands left may be a sequence: the caller tells which is no int */
        return raise_fmt(&exc_TypeError, "can't multiply sequence by non-int of type '%T'", other);
    }
    if (op == BIN_MOD && left)
        return str_mod(a, b);
    return V_NOTIMPL;
}

static Value str_type_inplace(Value a, Value b, BinOp op)
{
    if (op != BIN_ADD || a.tag != TAG_OBJ || a.o->type != &type_str || !is_str(b))
        return V_NOTIMPL;
    if (a.o->refs == 1 && a.s != b.s && a.s->n && !(a.s->interned & STR_INTERNED))
        return str_append(a.s, b.s);
    return str_concat(a.s, b.s);
}

/* An instance of a subclass: the text's layout, with room behind for what the subclass adds. */
static Value str_make_as(Type *cls, Str *s)
{
    size_t more = cls->size > type_str.size ? cls->size - type_str.size + 16 : 0;
    Str *out = str_alloc_as(cls, s->kind, s->ascii, s->n, s->n, more);
    memcpy(out->data, s->data, (size_t)(s->n * s->kind));
    return v_obj(out);
}

static Value str_type_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    Value object = nargs ? args[0] : V_UNDEF;
    if (nargs + nkw > 3)
        return raise_fmt(&exc_TypeError, "str() takes at most 3 arguments (%d given)", nargs + nkw);
    bool decoding = nargs > 1;
    for (int i = 0; i < nkw; i++) {
        Str *name = as_tuple(kwnames)->at[i].s;
        if (str_equals(name, "object") && nargs == 0)
            object = args[nargs + i];
        else if (str_equals(name, "encoding") || str_equals(name, "errors"))
            decoding = true;
        else if (str_equals(name, "object"))
            return raise_fmt(&exc_TypeError,
                             "argument for str() given by name ('object') and position (1)");
        else
            return raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for str()", name);
    }
    if (v_is_undef(object))
        return cls == &type_str ? str_empty() : str_make_as(cls, str_empty().s);
    if (decoding) {
        if (is_str(object))
            return raise_fmt(&exc_TypeError, "decoding str is not supported");
        return raise_fmt(&exc_TypeError, "decoding to str: need a bytes-like object, %T found",
                         object);
    }
    Value s = op_str(object);
    if (v_is_error(s) || cls == &type_str)
        return s;
    Value out = str_make_as(cls, s.s);
    release(s);
    return out;
}

Type type_str = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "str",
    .module = "builtins",
    .base = &type_object,
    .size = sizeof(Str),
    .flags = TYPE_BASE,
    .doc = "Text: a sequence of Unicode characters.",
    .methods = str_methods,
    .free = str_free,
    .repr = str_type_repr,
    .str = str_plain,
    .hash = str_type_hash,
    .compare = str_type_compare,
    .len = str_type_len,
    .truth = str_type_truth,
    .getitem = str_type_getitem,
    .contains = str_type_contains,
    .binary = str_type_binary,
    .inplace = str_type_inplace,
    .format = str_type_format,
    .make = str_type_make,
};
