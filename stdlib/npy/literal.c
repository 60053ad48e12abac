/* literal.c -- Python literals in text.  Local.
 *
 * Recursive descent over bytes; a parse function returns false with the error set in the Parser.
 * Inside brackets a newline is space, outside it ends the expression.
 */
#include "stdlib/npy/literal.h"
#include "runtime/text/number.h"

enum { DEPTH_MAX = 100 };

typedef struct Parser {
    Arena *arena;
    const char *at, *end;
    int depth;
    bool long_suffix, long_seen;
    bool malformed; /* a name or operator was seen: reported if the rest is Python */
    LiteralError error;
    const char *unhashable;
} Parser;

static bool set_error(Parser *p, LiteralError e)
{
    if (p->error == LITERAL_OK)
        p->error = e;
    return false;
}

static int peek(const Parser *p)
{
    return p->at < p->end ? (unsigned char)*p->at : -1;
}

static void skip_space(Parser *p)
{
    for (; p->at < p->end; p->at++) {
        if (*p->at == '#')
            while (p->at + 1 < p->end && p->at[1] != '\n')
                p->at++;
        else if (*p->at == '\n' || *p->at == '\r' ? p->depth == 0 : !strchr(" \t\f", *p->at))
            return;
        else if (*p->at == 0)
            return;
    }
}

static Literal *new_literal(Parser *p, LiteralKind kind)
{
    Literal *v = ARENA_NEW(p->arena, Literal);
    v->kind = kind;
    return v;
}

/* ---- strings --------------------------------------------------------------------------------- */

static void put_utf8(Buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(out, (char)c);
    } else if (c < 0x800) {
        buf_putc(out, (char)(0xC0 | c >> 6));
        buf_putc(out, (char)(0x80 | (c & 63)));
    } else {
        if (c >= 0x10000) {
            buf_putc(out, (char)(0xF0 | c >> 18));
            buf_putc(out, (char)(0x80 | (c >> 12 & 63)));
        } else {
            buf_putc(out, (char)(0xE0 | c >> 12));
        }
        buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
        buf_putc(out, (char)(0x80 | (c & 63)));
    }
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `count` hex digits; false when there are fewer. */
static bool hex_escape(Parser *p, int count, uint32_t *out)
{
    *out = 0;
    for (; count > 0; count--, p->at++) {
        int digit = hex_value(peek(p));
        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return *out < 0x110000;
}

/* Behind a backslash. */
static bool parse_escape(Parser *p, bool bytes, Buf *out)
{
    static const char names[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    int c = peek(p);
    uint32_t code = 0;
    if (c < 0)
        return set_error(p, LITERAL_SYNTAX);
    p->at++;
    const char *simple = c ? strchr(names, c) : NULL;
    int width = c == 'x' ? 2 : bytes ? 0 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (c == '\n')
        return true;
    if (simple) {
        buf_putc(out, values[simple - names]);
    } else if (width) {
        if (!hex_escape(p, width, &code))
            return set_error(p, LITERAL_SYNTAX);
        bytes ? buf_putc(out, (char)code) : put_utf8(out, code);
    } else if (c >= '0' && c <= '7') {
        code = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && peek(p) >= '0' && peek(p) <= '7'; i++)
            code = code * 8 + (uint32_t)(*p->at++ - '0');
        bytes ? buf_putc(out, (char)code) : put_utf8(out, code);
    } else {
        buf_putc(out, '\\');
        buf_putc(out, (char)c);
    }
    return true;
}

/* The quotes and what is between them. */
static bool parse_quoted(Parser *p, bool bytes, bool raw, Buf *out)
{
    char quote = *p->at;
    bool triple = p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote;
    p->at += triple ? 3 : 1;
    for (;;) {
        int c = peek(p);
        if (c < 0 || c == 0 || (c == '\n' && !triple) || (bytes && c >= 0x80))
            return set_error(p, LITERAL_SYNTAX);
        if (c == quote &&
            (!triple || (p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote))) {
            p->at += triple ? 3 : 1;
            return true;
        }
        p->at++;
        if (c == '\\' && !raw) {
            if (!parse_escape(p, bytes, out))
                return false;
            continue;
        }
        buf_putc(out, (char)c);
        if (c == '\\' && p->at < p->end)
            buf_putc(out, *p->at++);
    }
}

/* Length of a string's prefix (u b r br rb), -1 when no string starts here. */
static int string_prefix(const Parser *p, bool *bytes, bool *raw)
{
    *bytes = *raw = false;
    for (int i = 0; i <= 2 && p->at + i < p->end; i++) {
        char c = p->at[i], lower = (char)(c | 32);
        if (c == '\'' || c == '"')
            return i;
        if (lower == 'b' && !*bytes && (i == 0 || *raw))
            *bytes = true;
        else if (lower == 'r' && !*raw && (i == 0 || *bytes))
            *raw = true;
        else if (lower == 'u' && i == 0 && p->at + 1 < p->end && strchr("'\"", p->at[1]))
            continue;
        else
            return -1;
    }
    return -1;
}

/* Strings one behind the other are one. */
static bool parse_strings(Parser *p, Literal **out)
{
    bool bytes, raw, first_bytes = false, ok = true;
    Buf text = {0};
    int prefix;
    for (bool first = true; ok && (prefix = string_prefix(p, &bytes, &raw)) >= 0; first = false) {
        if (first)
            first_bytes = bytes;
        else if (bytes != first_bytes)
            ok = set_error(p, LITERAL_SYNTAX);
        p->at += prefix;
        ok = ok && parse_quoted(p, bytes, raw, &text);
        skip_space(p);
    }
    if (ok) {
        *out = new_literal(p, first_bytes ? LIT_BYTES : LIT_STR);
        (*out)->text = arena_strndup(p->arena, buf_text(&text), (size_t)text.n);
        (*out)->nbytes = text.n;
    }
    buf_free(&text);
    return ok;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Whether the character at hand, beyond ASCII, can be part of a name; Latin-1 has signs among them.
 */
static bool is_letter(const Parser *p)
{
    int64_t at = 0;
    uint32_t c = text_next(p->at, p->end - p->at, &at);
    return c > 0xff || c == 0xaa || c == 0xb5 || c == 0xba || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static bool is_word(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c >= 0x80;
}

/* Digits of a base with single underscores between; without them into `out`.  False for none. */
static bool take_digits(Parser *p, int base, Buf *out)
{
    int64_t before = out->n;
    bool digit = false;
    for (;; p->at++) {
        int c = peek(p), v = hex_value(c);
        if (c == '_' && digit && p->at + 1 < p->end && hex_value(p->at[1]) >= 0 &&
            hex_value(p->at[1]) < base) {
            digit = false;
            continue;
        }
        if (v < 0 || v >= base)
            return out->n > before;
        digit = true;
        buf_putc(out, (char)c);
    }
}

static Literal *new_int(Parser *p, const char *digits, int64_t n, int base)
{
    Literal *v = new_literal(p, LIT_INT);
    unsigned __int128 value = 0;
    bool wide = false; /* beyond 64 bits */
    for (int64_t i = 0; i < n; i++) {
        value = value * (unsigned)base + (unsigned)hex_value(digits[i]);
        wide |= value >> 64 != 0;
        value = (uint64_t)value;
    }
    v->big = wide || value >> 63;
    v->integer = (int64_t)(uint64_t)value;
    while (n > 1 && *digits == '0')
        digits++, n--;
    char small[32];
    if (base != 10) {
        n = snprintf(small, sizeof small, "%llu", (unsigned long long)value);
        digits = small;
    }
    v->text = arena_strndup(p->arena, digits, (size_t)n);
    v->nbytes = n;
    return base != 10 && wide ? NULL : v;
}

static bool parse_based_int(Parser *p, int base, Literal **out)
{
    Buf digits = {0};
    p->at += 2;
    if (peek(p) == '_')
        p->at++;
    bool ok = take_digits(p, base, &digits) && (*out = new_int(p, digits.at, digits.n, base));
    buf_free(&digits);
    return (ok && !is_word(peek(p))) || set_error(p, LITERAL_SYNTAX);
}

/* Fraction and exponent behind the digits taken; false on a syntax error. */
static bool take_float(Parser *p, Buf *text, bool *is_float)
{
    bool digits = text->n > 0;
    if (peek(p) == '.') {
        *is_float = true;
        p->at++;
        buf_putc(text, '.');
        digits |= take_digits(p, 10, text);
    }
    if ((peek(p) | 32) == 'e' && digits) {
        *is_float = true;
        buf_putc(text, 'e');
        p->at++;
        if (peek(p) == '+' || peek(p) == '-')
            buf_putc(text, *p->at++);
        digits = take_digits(p, 10, text);
    }
    return digits;
}

static bool finish_number(Parser *p, Buf *text, bool is_float, Literal **out)
{
    bool imaginary = (peek(p) | 32) == 'j';
    if (imaginary || is_float) {
        *out = new_literal(p, imaginary ? LIT_IMAGINARY : LIT_FLOAT);
        p->at += imaginary;
        return float_parse(buf_text(text), text->n, &(*out)->real);
    }
    bool zeros = strspn(buf_text(text), "0") == (size_t)text->n;
    if (text->at[0] == '0' && !zeros)
        return false;
    *out = new_int(p, text->at, text->n, 10);
    if (p->long_suffix && peek(p) == 'L') {
        p->at++;
        p->long_seen = true;
    }
    return true;
}

static bool parse_number(Parser *p, Literal **out)
{
    int kind = *p->at == '0' && p->at + 1 < p->end ? p->at[1] | 32 : 0;
    if (kind == 'x' || kind == 'o' || kind == 'b')
        return parse_based_int(p, kind == 'x' ? 16 : kind == 'o' ? 8 : 2, out);
    Buf text = {0};
    bool is_float = false;
    take_digits(p, 10, &text);
    bool ok = take_float(p, &text, &is_float) && finish_number(p, &text, is_float, out);
    buf_free(&text);
    return (ok && !is_word(peek(p))) || set_error(p, LITERAL_SYNTAX);
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool parse_value(Parser *p, Literal **out);

static bool parse_signed(Parser *p, Literal **out)
{
    bool negative = *p->at++ == '-';
    skip_space(p);
    int c = peek(p);
    if (!((c >= '0' && c <= '9') || c == '.')) /* -x, --1: Python, but no literal */
        return p->malformed = true, parse_value(p, out);
    if (!parse_number(p, out))
        return false;
    if (!negative)
        return true;
    Literal *v = *out;
    v->real = -v->real;
    v->integer = (int64_t)(0 - (uint64_t)v->integer);
    if (v->kind == LIT_INT && strcmp(v->text, "0") != 0) {
        bool least = v->big && strcmp(v->text, "9223372036854775808") == 0;
        char *text = arena_strndup(p->arena, "-", (size_t)v->nbytes + 1);
        memcpy(text + 1, v->text, (size_t)v->nbytes + 1);
        v->text = text;
        v->nbytes++;
        v->big = v->big && !least;
    }
    return true;
}

static bool parse_name(Parser *p, Literal **out)
{
    const char *from = p->at;
    while (is_word(peek(p))) {
        if (peek(p) >= 0xc0 && !is_letter(p))
            return set_error(p, LITERAL_SYNTAX);
        p->at++;
    }
    size_t n = (size_t)(p->at - from);
    bool is_true = n == 4 && memcmp(from, "True", 4) == 0;
    if (n == 4 && memcmp(from, "None", 4) == 0) {
        *out = new_literal(p, LIT_NONE);
        return true;
    }
    if (is_true || (n == 5 && memcmp(from, "False", 5) == 0)) {
        *out = new_literal(p, LIT_BOOL);
        (*out)->integer = is_true;
        return true;
    }
    p->malformed = true;
    *out = new_literal(p, LIT_NONE);
    return true;
}

static bool check_hashable(Parser *p, const Literal *v)
{
    if (v->kind == LIT_LIST || v->kind == LIT_DICT || v->kind == LIT_SET) {
        p->unhashable = literal_class(v);
        return set_error(p, LITERAL_UNHASHABLE);
    }
    for (const Literal *i = v->first; i; i = i->next)
        if (!check_hashable(p, i))
            return false;
    return true;
}

static void append(Literal *list, Literal ***tail, Literal *item)
{
    **tail = item;
    *tail = &item->next;
    list->count++;
}

/* Items up to the closing bracket; *comma tells whether there was one. */
static bool parse_items(Parser *p, char close, Literal *list, bool *comma)
{
    Literal **tail = &list->first, *item;
    *comma = false;
    for (;;) {
        skip_space(p);
        if (peek(p) == close)
            return true;
        if ((list->count && !*comma) || !parse_value(p, &item))
            return set_error(p, LITERAL_SYNTAX);
        append(list, &tail, item);
        skip_space(p);
        *comma = peek(p) == ',';
        if (*comma)
            p->at++;
        else if (peek(p) != close)
            return set_error(p, LITERAL_SYNTAX);
    }
}

/* {a: b, ...} or {a, ...}, behind the brace. */
static bool parse_braced(Parser *p, Literal *out)
{
    Literal **tail = &out->first, *item;
    bool comma = true;
    out->kind = LIT_DICT;
    for (;; comma = peek(p) == ',', p->at += comma) {
        skip_space(p);
        if (peek(p) == '}')
            return true;
        if (!comma || !parse_value(p, &item))
            return set_error(p, LITERAL_SYNTAX);
        skip_space(p);
        bool pair = peek(p) == ':';
        if (out->count == 0 && !pair)
            out->kind = LIT_SET;
        if (pair != (out->kind == LIT_DICT))
            return set_error(p, LITERAL_SYNTAX);
        append(out, &tail, item);
        if (pair) {
            p->at++;
            skip_space(p);
            if (!parse_value(p, &item))
                return false;
            append(out, &tail, item);
            skip_space(p);
        }
    }
}

static bool parse_bracketed(Parser *p, Literal **out)
{
    char open = *p->at++, close = open == '(' ? ')' : open == '[' ? ']' : '}';
    bool comma = false;
    if (++p->depth > DEPTH_MAX)
        return set_error(p, LITERAL_SYNTAX);
    *out = new_literal(p, open == '(' ? LIT_TUPLE : LIT_LIST);
    if (!(open == '{' ? parse_braced(p, *out) : parse_items(p, close, *out, &comma)))
        return false;
    p->depth--;
    p->at++;
    if (open == '(' && (*out)->count == 1 && !comma)
        *out = (*out)->first;
    return true;
}

static bool parse_value(Parser *p, Literal **out)
{
    bool bytes, raw;
    skip_space(p);
    int c = peek(p);
    if (c == '(' || c == '[' || c == '{')
        return parse_bracketed(p, out);
    if (string_prefix(p, &bytes, &raw) >= 0)
        return parse_strings(p, out);
    if ((c | 32) == 'f' && p->end - p->at > 1 && strchr("'\"", p->at[1]) && p->at[1]) {
        p->malformed = true;
        p->at++;
        return parse_strings(p, out);
    }
    if (c == '.' && p->end - p->at >= 3 && p->at[1] == '.' && p->at[2] == '.') {
        p->at += 3;
        *out = new_literal(p, LIT_ELLIPSIS);
        return true;
    }
    if ((c >= '0' && c <= '9') || c == '.')
        return parse_number(p, out);
    if (c == '-' || c == '+')
        return parse_signed(p, out);
    if (is_word(c))
        return parse_name(p, out);
    return set_error(p, LITERAL_SYNTAX);
}

/* Keys and set items must be hashable, which is found out from the inside. */
static bool check_keys(Parser *p, const Literal *v)
{
    int64_t i = 0;
    for (const Literal *item = v->first; item; item = item->next, i++)
        if (!check_keys(p, item))
            return false;
    i = 0;
    for (const Literal *item = v->first; item; item = item->next, i++)
        if ((v->kind == LIT_SET || (v->kind == LIT_DICT && i % 2 == 0)) && !check_hashable(p, item))
            return false;
    return true;
}

/* One value, empty lines and comments around it; inside brackets (depth > 0) those are space. */
static bool parse_whole(Parser *p, Literal **out)
{
    while (peek(p) == ' ' || peek(p) == '\t')
        p->at++;
    if (peek(p) == '\n' || peek(p) == '\r' || peek(p) == '#') {
        p->depth = 1;
        skip_space(p);
        p->depth = 0;
    }
    if (!parse_value(p, out))
        return false;
    skip_space(p);
    if (peek(p) >= 0 && peek(p) != '\n' && peek(p) != '\r')
        return set_error(p, LITERAL_SYNTAX);
    p->depth = 1;
    skip_space(p);
    if (peek(p) >= 0)
        return set_error(p, LITERAL_SYNTAX);
    return p->malformed ? set_error(p, LITERAL_MALFORMED) : check_keys(p, *out);
}

LiteralError literal_parse(Arena *arena, const char *text, int64_t n, bool long_suffix,
                           bool *long_seen, const char **unhashable, Literal **out)
{
    Parser p = {.arena = arena, .at = text, .end = text + n, .long_suffix = long_suffix};
    bool ok = parse_whole(&p, out);
    *long_seen = p.long_seen;
    *unhashable = p.unhashable;
    return ok ? LITERAL_OK : p.error;
}

/* ---- repr ------------------------------------------------------------------------------------ */

/* str.isprintable for the ranges of characters that a file may hold by accident. */
static bool is_printable(uint32_t c)
{
    if (c < 0x7f)
        return c >= 0x20;
    if (c <= 0xa0 || c == 0xad)
        return false;
    if (char_is_space(c) || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e))
        return false;
    return !(c >= 0x2060 && c <= 0x206f) && !(c >= 0xd800 && c <= 0xf8ff) && c != 0xfeff &&
           !(c >= 0xfff0 && c <= 0xfffb) && (c & 0xfffe) != 0xfffe && c < 0xe0000;
}

static void put_char_repr(Buf *out, uint32_t c, char quote, bool bytes)
{
    if (c == '\n' || c == '\r' || c == '\t')
        buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (c == '\\' || c == (uint32_t)quote)
        buf_printf(out, "\\%c", (char)c);
    else if (bytes ? c >= 0x20 && c < 0x7f : is_printable(c))
        put_utf8(out, c);
    else
        buf_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

static void put_quoted(Buf *out, const char *text, int64_t n, bool bytes)
{
    bool single = memchr(text, '\'', (size_t)n) != NULL;
    char quote = single && !memchr(text, '"', (size_t)n) ? '"' : '\'';
    buf_putc(out, quote);
    for (int64_t at = 0; at < n;) {
        uint32_t c = (unsigned char)text[at];
        if (bytes)
            at++;
        else
            c = text_next(text, n, &at);
        put_char_repr(out, c, quote, bytes);
    }
    buf_putc(out, quote);
}

void str_repr(Buf *out, const char *text, int64_t n)
{
    put_quoted(out, text, n, false);
}

static void put_items(Buf *out, const Literal *v)
{
    static const char *const brackets[] = {"()", "[]", "{}", "{}"};
    const char *b = brackets[v->kind - LIT_TUPLE];
    int64_t i = 0;
    buf_putc(out, b[0]);
    for (const Literal *item = v->first; item; item = item->next, i++) {
        if (i)
            buf_puts(out, v->kind == LIT_DICT && i % 2 ? ": " : ", ");
        literal_repr(out, item);
    }
    if (v->kind == LIT_TUPLE && v->count == 1)
        buf_putc(out, ',');
    buf_putc(out, b[1]);
}

void literal_repr(Buf *out, const Literal *v)
{
    switch (v->kind) {
    case LIT_NONE:
        buf_puts(out, "None");
        break;
    case LIT_ELLIPSIS:
        buf_puts(out, "Ellipsis");
        break;
    case LIT_BOOL:
        buf_puts(out, v->integer ? "True" : "False");
        break;
    case LIT_INT:
        buf_puts(out, v->text);
        break;
    case LIT_FLOAT:
        float_repr(out, v->real);
        break;
    case LIT_IMAGINARY:
        complex_repr(out, 0, v->real);
        break;
    case LIT_BYTES:
        buf_putc(out, 'b');
        put_quoted(out, v->text, v->nbytes, true);
        break;
    case LIT_STR:
        str_repr(out, v->text, v->nbytes);
        break;
    default:
        put_items(out, v);
    }
}

const char *literal_class(const Literal *v)
{
    static const char *const names[] = {"NoneType", "ellipsis", "bool",  "int",  "float", "complex",
                                        "str",      "bytes",    "tuple", "list", "set",   "dict"};
    return names[v->kind];
}

const Literal *literal_get(const Literal *dict, const char *key)
{
    const Literal *found = NULL;
    for (const Literal *k = dict->first; k; k = k->next->next)
        if (k->kind == LIT_STR && (size_t)k->nbytes == strlen(key) &&
            memcmp(k->text, key, (size_t)k->nbytes) == 0)
            found = k->next;
    return found;
}
