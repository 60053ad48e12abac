/* literal.c -- the values of numbers and strings, and the inside of f-strings.  Local.
 *
 * Adjacent string tokens make one node: a Constant, or a JoinedStr once one of them is an f-string;
 * neighbouring literal parts are merged, empty ones dropped.  All parts carry the span of the whole
 * row. Messages about a string's inside point where CPython's do: at the token after the row.
 */
#include "parser/parse.h"

#include <errno.h>

/* ---- numbers ---- */

enum { INT_DIGITS_MAX = 4300 };

static int64_t digits_strip(const char *s, int64_t n, char *out)
{
    int64_t w = 0;
    for (int64_t i = 0; i < n; i++)
        if (s[i] != '_')
            out[w++] = s[i];
    out[w] = 0;
    return w;
}

static bool integer_set(Parser *p, const Token *t, Constant *c, char *digits, int64_t n)
{
    int base = 10;
    if (n > 2 && digits[0] == '0' && (digits[1] | 32) >= 'a') {
        char kind = (char)(digits[1] | 32);
        base = kind == 'x' ? 16 : kind == 'o' ? 8 : 2;
        digits += 2;
        n -= 2;
    }
    while (n > 1 && *digits == '0') {
        digits++;
        n--;
    }
    if (base == 10 && n > INT_DIGITS_MAX) {
        raise_at(p, "SyntaxError", t->lineno, -1, t->end_lineno, -1,
                 "Exceeds the limit (%d digits) for integer string conversion: value has %lld "
                 "digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
                 "hexadecimal for huge integer literals to avoid decimal conversion limits.",
                 INT_DIGITS_MAX, (long long)n);
        return false;
    }
    errno = 0;
    long long value = strtoll(digits, NULL, base);
    c->kind = errno == ERANGE ? CONSTANT_BIGINT : CONSTANT_INT;
    c->base = base;
    if (errno == ERANGE) {
        c->text.at = digits;
        c->text.nbytes = n;
    } else {
        c->i = value;
    }
    return true;
}

static bool is_radix(const char *digits)
{
    return digits[0] == '0' && (digits[1] | 32) >= 'a' && strchr("xob", digits[1] | 32);
}

Node *parse_number(Parser *p)
{
    Node *n = node_new(p, NODE_Constant, p->pos);
    Token t = *token_at(p, p->pos++);
    char *digits = arena_alloc(p->arena, (size_t)(t.end - t.start) + 1);
    int64_t len = digits_strip(p->text + t.start, t.end - t.start, digits);
    Constant *c = &n->u.Constant.value;
    if (!is_radix(digits) && (digits[len - 1] | 32) == 'j') {
        c->kind = CONSTANT_IMAG;
        c->f = strtod(digits, NULL);
    } else if (!is_radix(digits) && strpbrk(digits, ".eE")) {
        c->kind = CONSTANT_FLOAT;
        c->f = strtod(digits, NULL);
    } else if (!integer_set(p, &t, c, digits, len)) {
        return NULL;
    }
    return node_end(p, n);
}

/* ---- escapes ---- */

static void point_add(Buf *out, uint32_t c)
{
    char bytes[4];
    buf_add(out, bytes, (size_t)utf8_encode(c, bytes));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* CPython decodes a copy in which each non-ASCII character is ten bytes: positions count so. */
static int64_t escape_position(const char *start, const char *at)
{
    int64_t n = 0;
    for (; start < at; start++)
        n += (unsigned char)*start < 0x80 ? 1 : ((unsigned char)*start & 0xc0) == 0x80 ? 0 : 10;
    return n;
}

static bool escape_fail(Parser *p, const char *body, const char *from, const char *to,
                        const char *why)
{
    long long a = escape_position(body, from), b = escape_position(body, to) - 1;
    raise_last(p, "SyntaxError",
               "(unicode error) 'unicodeescape' codec can't decode bytes in position %lld-%lld: %s",
               a, b, why);
    return false;
}

/* The digits of \x, \u or \U at *s, which is moved past them. */
static bool escape_hex(Parser *p, const char *body, const char **s, const char *end, int count,
                       const char *why, Buf *out)
{
    const char *from = *s - 2;
    uint32_t c = 0;
    for (int i = 0; i < count; i++) {
        int digit = *s < end ? hex_digit(**s) : -1;
        if (digit < 0)
            return escape_fail(p, body, from, *s, why);
        c = c << 4 | (uint32_t)digit;
        ++*s;
    }
    if (c > 0x10ffff)
        return escape_fail(p, body, from, *s, "illegal Unicode character");
    point_add(out, c);
    return true;
}

static void escape_octal(const char **s, const char *end, Buf *out)
{
    uint32_t c = 0;
    for (int i = 0; i < 3 && *s < end && **s >= '0' && **s <= '7'; i++)
        c = c * 8 + (uint32_t)(*(*s)++ - '0');
    point_add(out, c);
}

/* One escape; *s is past the backslash. */
static bool escape_read(Parser *p, const char *body, const char **s, const char *end, Buf *out)
{
    static const char FROM[] = "\\'\"abfnrtv", TO[] = "\\'\"\a\b\f\n\r\t\v";
    char c = *(*s)++;
    const char *simple = c ? strchr(FROM, c) : NULL;
    if (simple) {
        buf_putc(out, TO[simple - FROM]);
        return true;
    }
    switch (c) {
    case '\n':
        return true;
    case 'x':
        return escape_hex(p, body, s, end, 2, "truncated \\xXX escape", out);
    case 'u':
        return escape_hex(p, body, s, end, 4, "truncated \\uXXXX escape", out);
    case 'U':
        return escape_hex(p, body, s, end, 8, "truncated \\UXXXXXXXX escape", out);
    case 'N':
        raise_last(p, "SyntaxError", "cnx does not support \\N{...} escapes in strings");
        return false;
    default:
        if (c >= '0' && c <= '7') {
            --*s;
            escape_octal(s, end, out);
        } else {
            buf_putc(out, '\\');
            buf_putc(out, c);
        }
        return true;
    }
}

static bool text_decode(Parser *p, const char *s, const char *end, bool raw, Buf *out)
{
    const char *body = s;
    while (s < end) {
        const char *back = raw ? NULL : memchr(s, '\\', (size_t)(end - s));
        buf_add(out, s, (size_t)((back ? back : end) - s));
        if (!back)
            break;
        s = back + 1;
        if (!escape_read(p, body, &s, end, out))
            return false;
    }
    return true;
}

/* ---- rows of strings ---- */

typedef struct Row {
    Parser *p;
    Span span;        /* of the whole row */
    const char *kind; /* "u" where the first token says so */
    Buf text;         /* literal text not yet a part */
    NodeVec parts;
    bool is_format;
    const Token *token; /* the one being read */
} Row;

static Node *row_node(Row *row, NodeKind kind)
{
    Node *n = ARENA_NEW(row->p->arena, Node);
    n->kind = (uint16_t)kind;
    n->span = row->span;
    n->depth = 1;
    return n;
}

static Node *row_text(Row *row)
{
    Node *n = row_node(row, NODE_Constant);
    Constant *c = &n->u.Constant.value;
    c->kind = CONSTANT_STR;
    c->text.nbytes = row->text.n;
    c->text.at = arena_strndup(row->p->arena, row->text.n ? row->text.at : "", (size_t)row->text.n);
    n->u.Constant.kind = row->kind;
    buf_free(&row->text);
    return n;
}

static void row_flush(Row *row)
{
    if (row->text.n)
        vec_push(&row->parts, row_text(row));
}

static Node *row_joined(Row *row)
{
    row_flush(row);
    Node *n = row_node(row, NODE_JoinedStr);
    for (int64_t i = 0; i < row->parts.n; i++)
        n->depth = (int32_t)int64_max(n->depth, row->parts.at[i]->depth + 1);
    n->u.JoinedStr.values = seq_take(row->p, &row->parts);
    return n;
}

static void row_free(Row *row)
{
    buf_free(&row->text);
    vec_free(&row->parts);
}

/* ---- f-strings ---- */

#define RAISE_FORMAT(row, ...)                                                                     \
    (raise_last((row)->p, "SyntaxError", "f-string: " __VA_ARGS__), false)

static bool format_read(Row *row, const char **s, const char *end, bool raw, int level);

/* Literal text up to the next field or the end; doubled braces are one.  *more: a doubled brace
 * ended it. */
static bool format_literal(Row *row, const char **at, const char *end, bool raw, int level,
                           bool *more)
{
    const char *start = *at, *s = *at;
    *more = false;
    while (s < end) {
        char c = *s++;
        if (!raw && c == '\\' && s < end) {
            c = *s++;
            if (c == 'N') {
                if (s < end && *s++ == '{')
                    while (s < end && *s++ != '}')
                        continue;
                continue;
            }
        }
        if (c != '{' && c != '}')
            continue;
        if (level == 0 && s < end && *s == c) {
            *at = s + 1;
            *more = true;
            return text_decode(row->p, start, s, raw, &row->text);
        }
        if (level == 0 && c == '}')
            return RAISE_FORMAT(row, "single '}' is not allowed");
        s--;
        break;
    }
    *at = s;
    return text_decode(row->p, start, s, raw, &row->text);
}

/* Find the end of a field's expression: the first of ! : = } outside brackets and strings. */
static bool field_scan(Row *row, const char **at, const char *end)
{
    char open[LEX_LEVEL_MAX], quote = 0;
    int depth = 0, quotes = 0;
    const char *s = *at;
    for (; s < end; s++) {
        char c = *s;
        bool triple = s + 2 < end && s[1] == c && s[2] == c;
        if (c == '\\')
            return (raise_last(row->p, "SyntaxError",
                               "f-string expression part cannot include a backslash"),
                    false);
        if (quote) {
            if (c == quote && (quotes == 1 || triple)) {
                s += quotes == 3 ? 2 : 0;
                quote = 0;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            quotes = triple ? 3 : 1;
            s += triple ? 2 : 0;
        } else if (c == '[' || c == '{' || c == '(') {
            if (depth >= LEX_LEVEL_MAX)
                return RAISE_FORMAT(row, "too many nested parenthesis");
            open[depth++] = c;
        } else if (c == '#') {
            return (
                raise_last(row->p, "SyntaxError", "f-string expression part cannot include '#'"),
                false);
        } else if (depth == 0 && strchr("!:}=<>", c)) {
            if (s + 1 < end && s[1] == '=' && strchr("!=<>", c))
                s++;
            else if (c != '<' && c != '>')
                break;
        } else if (c == ']' || c == '}' || c == ')') {
            if (depth == 0)
                return RAISE_FORMAT(row, "unmatched '%c'", c);
            char o = open[--depth];
            if (!((o == '(' && c == ')') || (o == '[' && c == ']') || (o == '{' && c == '}')))
                return RAISE_FORMAT(
                    row, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, o);
        }
    }
    *at = s;
    if (quote)
        return RAISE_FORMAT(row, "unterminated string");
    if (depth)
        return RAISE_FORMAT(row, "unmatched '%c'", open[depth - 1]);
    return s < end ? true : RAISE_FORMAT(row, "expecting '}'");
}

/* Where the brace before `s` stands in the file; a field that begins on a new line counts from
 * column 0. */
static void field_place(const Row *row, const char *s, int32_t *line, int32_t *col)
{
    const char *text = row->p->text + row->token->start, *brace = s - 1, *c = s;
    while (*c == ' ' || *c == '\t' || *c == '\f')
        c++;
    *line = row->token->lineno;
    *col = 0;
    const char *line_start = text;
    for (const char *q = text; q < brace; q++) {
        if (*q == '\n') {
            ++*line;
            line_start = q + 1;
        }
    }
    if (*c != '\n')
        *col = (int32_t)(brace - line_start);
    if (*line == row->token->lineno)
        *col += row->token->col;
}

static Node *field_compile(Row *row, const char *s, const char *end)
{
    Parser *p = row->p;
    int32_t line, col;
    bool blank = true;
    for (const char *q = s; q < end; q++)
        blank &= *q == ' ' || (*q >= '\t' && *q <= '\r');
    if (blank && *end != '}')
        return raise_last(p, "SyntaxError", "f-string: expression required before '%c'", *end);
    if (blank)
        return raise_last(p, "SyntaxError", "f-string: empty expression not allowed");
    int64_t n = end - s;
    char *text = arena_alloc(p->arena, (size_t)n + 4);
    text[0] = '(';
    memcpy(text + 1, s, (size_t)n);
    memcpy(text + 1 + n, ")\n", 3);
    field_place(row, s, &line, &col);
    return field_parse(p, text, n + 3, line, col);
}

static bool field_spec(Row *row, const char **s, const char *end, bool raw, int level, Node **spec)
{
    Row in = {.p = row->p, .span = token_span(row->token), .kind = row->kind, .token = row->token};
    ++*s;
    if (*s >= end)
        return RAISE_FORMAT(row, "expecting '}'");
    bool good = format_read(&in, s, end, raw, level + 1);
    if (good)
        *spec = row_joined(&in);
    row_free(&in);
    return good;
}

/* One field; *s is at its brace. */
static bool format_field(Row *row, const char **s, const char *end, bool raw, int level)
{
    if (level >= 2)
        return RAISE_FORMAT(row, "expressions nested too deeply");
    const char *start = ++*s;
    if (!field_scan(row, s, end))
        return false;
    Node *n = row_node(row, NODE_FormattedValue), *value = field_compile(row, start, *s);
    int64_t conversion = -1;
    bool shown = false;
    if (!value)
        return false;
    if (**s == '=') {
        shown = true;
        do
            ++*s;
        while (*s < end && (**s == ' ' || (**s >= '\t' && **s <= '\r')));
        buf_add(&row->text, start, (size_t)(*s - start));
    }
    if (*s < end && **s == '!') {
        if (++*s >= end)
            return RAISE_FORMAT(row, "expecting '}'");
        conversion = (unsigned char)*(*s)++;
        if (conversion != 's' && conversion != 'r' && conversion != 'a')
            return RAISE_FORMAT(row, "invalid conversion character: expected 's', 'r', or 'a'");
    }
    if (*s < end && **s == ':' &&
        !field_spec(row, s, end, raw, level, &n->u.FormattedValue.format_spec))
        return false;
    if (*s >= end || **s != '}')
        return RAISE_FORMAT(row, "expecting '}'");
    ++*s;
    Node *spec = n->u.FormattedValue.format_spec;
    row_flush(row);
    n->u.FormattedValue.value = value;
    n->u.FormattedValue.conversion = shown && !spec && conversion == -1 ? 'r' : conversion;
    n->depth = (int32_t)int64_max(value->depth, spec ? spec->depth : 0) + 1;
    vec_push(&row->parts, n);
    return true;
}

/* The inside of an f-string, or of a format spec (level > 0), which ends before its closing brace.
 */
static bool format_read(Row *row, const char **s, const char *end, bool raw, int level)
{
    bool more;
    for (;;) {
        if (!format_literal(row, s, end, raw, level, &more))
            return false;
        if (more)
            continue;
        if (*s >= end || **s == '}')
            break;
        if (!format_field(row, s, end, raw, level))
            return false;
    }
    if (level == 0 && *s < end)
        return RAISE_FORMAT(row, "unexpected end of string");
    if (level > 0 && (*s >= end || **s != '}'))
        return RAISE_FORMAT(row, "expecting '}'");
    return true;
}

/* ---- one token, the row ---- */

static bool row_token(Row *row, const Token *t)
{
    const char *s = row->p->text + t->start, *end = row->p->text + t->end;
    bool raw = false, format = false;
    row->token = t;
    for (; *s != '\'' && *s != '"'; s++) {
        raw |= (*s | 32) == 'r';
        format |= (*s | 32) == 'f';
    }
    int quotes = end - s >= 6 && s[1] == *s && s[2] == *s ? 3 : 1;
    s += quotes;
    end -= quotes;
    row->is_format |= format;
    return format ? format_read(row, &s, end, raw, 0)
                  : text_decode(row->p, s, end, raw, &row->text);
}

/* Both kinds of string in one row, or bytes alone, which cnx does not have. */
static bool row_check_bytes(Parser *p, int64_t start, int64_t end)
{
    int64_t nbytes = 0, first = -1;
    for (int64_t i = start; i < end; i++) {
        const Token *t = &p->tokens.at[i];
        bool bytes = memchr("bB", p->text[t->start], 2) ||
                     ((p->text[t->start] | 32) == 'r' && (p->text[t->start + 1] | 32) == 'b');
        nbytes += bytes;
        first = bytes && first < 0 ? i : first;
    }
    if (nbytes && nbytes < end - start)
        raise_last(p, "SyntaxError", "cannot mix bytes and nonbytes literals");
    else if (nbytes)
        raise_token(p, &p->tokens.at[first], "cnx does not support bytes literals");
    return nbytes == 0;
}

Node *parse_strings(Parser *p)
{
    int64_t start = p->pos;
    while (token_accept(p, TOK_STRING))
        continue;
    if (p->raised || !row_check_bytes(p, start, p->pos))
        return NULL;
    Token first = p->tokens.at[start], last = p->tokens.at[p->pos - 1];
    Row row = {.p = p, .span = {first.lineno, first.col, last.end_lineno, last.end_col}};
    row.kind = p->text[first.start] == 'u' ? name_intern(p, "u", 1) : NULL;
    Node *n = NULL;
    bool good = true;
    for (int64_t i = start; i < p->pos && good; i++) {
        Token t = p->tokens.at[i];
        good = row_token(&row, &t);
    }
    if (good)
        n = row.is_format ? row_joined(&row) : row_text(&row);
    row_free(&row);
    return n;
}
