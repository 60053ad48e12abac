/* lexer.c -- the tokenizer.  Replicated.
 *
 * One function per token class, called by lexer_next for the byte it stands on.  Reading a byte may
 * enter the next physical line, which is when `lineno` grows: at the end of the text it stays at
 * the last line, and errors there are shown on it.  Every rule that can fail leaves its error
 * through one of fail_at (a message at the cursor) or fail_code (the parser words it).
 */
#include "lexer/lexer.h"

enum { END = -1, TAB_SIZE = 8 };

static const char *const TOKEN_TEXT[TOKEN_COUNT] = {
#define TOKEN(name, text)   [TOK_##name] = text,
#define OP(name, text)      [TOK_##name] = text,
#define KEYWORD(name, text) [KW_##name] = text,
#include "lexer/token.def"
};

const char *token_text(TokenType type)
{
    return TOKEN_TEXT[type];
}

void lexer_init(Lexer *lx, const char *text, int64_t nbytes)
{
    memset(lx, 0, sizeof *lx);
    lx->text = text;
    lx->nbytes = nbytes;
    lx->at_line_start = true;
}

void lexer_fini(Lexer *lx)
{
    free(lx->message);
    lx->message = NULL;
}

static int byte_next(Lexer *lx)
{
    if (lx->pos == lx->line_end) {
        if (lx->pos == lx->nbytes)
            return END;
        const char *nl = memchr(lx->text + lx->pos, '\n', (size_t)(lx->nbytes - lx->pos));
        lx->line_start = lx->pos;
        lx->line_end = nl ? nl + 1 - lx->text : lx->nbytes;
        lx->lineno++;
    }
    return (unsigned char)lx->text[lx->pos++];
}

static void byte_back(Lexer *lx, int c)
{
    if (c != END)
        lx->pos--;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 128;
}

static bool is_name_byte(int c)
{
    return is_name_start(c) || is_digit(c);
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int32_t count_points(const char *s, int64_t n)
{
    int32_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xc0) != 0x80;
    return count;
}

static bool fail_code(Lexer *lx, LexError code)
{
    lx->error = code;
    return false;
}

static bool fail_range(Lexer *lx, int32_t col, int32_t end_col, const char *fmt, va_list args)
{
    char text[256];
    vsnprintf(text, sizeof text, fmt, args);
    lx->message = xstrdup(text);
    lx->err_line = lx->lineno;
    lx->err_line_start = lx->line_start;
    lx->err_col = col < 0 ? count_points(lx->text + lx->line_start, lx->pos - lx->line_start) : col;
    lx->err_end_col = end_col < 0 ? lx->err_col : end_col;
    return fail_code(lx, LEX_SYNTAX);
}

/* A message whose caret is the last byte read. */
__attribute__((format(printf, 2, 3))) static bool fail_at(Lexer *lx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_range(lx, -1, -1, fmt, args);
    va_end(args);
    return false;
}

__attribute__((format(printf, 4, 5))) static bool
fail_between(Lexer *lx, int32_t col, int32_t end_col, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_range(lx, col, end_col, fmt, args);
    va_end(args);
    return false;
}

/* Give *t its type and place; start < 0 for a token without text. */
static bool token_set(Lexer *lx, Token *t, TokenType type, int64_t start, int64_t end)
{
    bool string = type == TOK_STRING;
    t->type = (uint16_t)type;
    t->level = (uint16_t)lx->level;
    t->is_dash = false;
    t->lineno = string ? lx->first_lineno : lx->lineno;
    t->end_lineno = lx->lineno;
    t->start = start < 0 ? lx->pos : start;
    t->end = end < 0 ? lx->pos : end;
    t->col = start < 0 ? -1 : (int32_t)(start - (string ? lx->multi_line_start : lx->line_start));
    t->end_col = end < 0 ? -1 : (int32_t)(end - lx->line_start);
    return true;
}

static bool token_here(Lexer *lx, Token *t, TokenType type)
{
    return token_set(lx, t, type, lx->start, lx->pos);
}

/* ---- indentation ---- */

/* Step over a backslash's newline; the first byte of the next line is read and returned through *c.
 */
static bool line_continue(Lexer *lx, int *c)
{
    *c = byte_next(lx);
    if (*c != '\n')
        return fail_code(lx, LEX_LINECONT);
    *c = byte_next(lx);
    if (*c == END) {
        lx->at_eof = true;
        return fail_code(lx, LEX_EOF);
    }
    byte_back(lx, *c);
    return true;
}

static bool indent_compare(Lexer *lx, int32_t col, int32_t alt)
{
    int top = lx->nindent;
    if (col == lx->indent[top])
        return alt == lx->alt_indent[top] ? true : fail_code(lx, LEX_TABSPACE);
    if (col > lx->indent[top]) {
        if (top + 1 >= LEX_INDENT_MAX)
            return fail_code(lx, LEX_TOODEEP);
        if (alt <= lx->alt_indent[top])
            return fail_code(lx, LEX_TABSPACE);
        lx->pending++;
        lx->indent[++lx->nindent] = col;
        lx->alt_indent[lx->nindent] = alt;
        return true;
    }
    while (lx->nindent > 0 && col < lx->indent[lx->nindent]) {
        lx->pending--;
        lx->nindent--;
    }
    if (col != lx->indent[lx->nindent]) {
        lx->pos = lx->line_end;
        return fail_code(lx, LEX_DEDENT);
    }
    return alt == lx->alt_indent[lx->nindent] ? true : fail_code(lx, LEX_TABSPACE);
}

/* Measure the blanks a line begins with; *blank when nothing but a comment follows. */
static bool indent_read(Lexer *lx, bool *blank)
{
    int32_t col = 0, alt = 0, cont_col = 0;
    int c;
    lx->at_line_start = false;
    *blank = false;
    for (;;) {
        c = byte_next(lx);
        if (c == ' ') {
            col++, alt++;
        } else if (c == '\t') {
            col = (col / TAB_SIZE + 1) * TAB_SIZE;
            alt++;
        } else if (c == '\f') {
            col = alt = 0;
        } else if (c == '\\') {
            cont_col = cont_col ? cont_col : col;
            if (!line_continue(lx, &c))
                return false;
        } else {
            break;
        }
    }
    byte_back(lx, c);
    if (c == '#' || c == '\n') {
        *blank = true;
        return true;
    }
    if (lx->level > 0)
        return true;
    return indent_compare(lx, cont_col ? cont_col : col, cont_col ? cont_col : alt);
}

/* ---- numbers ---- */

static bool text_follows(Lexer *lx, const char *rest)
{
    int64_t n = (int64_t)strlen(rest);
    return lx->line_end - lx->pos >= n && memcmp(lx->text + lx->pos, rest, (size_t)n) == 0;
}

/* Some reserved words may touch a number (`1if x else 2`); no other letter may.  `c` was just read.
 */
static bool number_end(Lexer *lx, int c, const char *kind)
{
    bool word =
        (c == 'a' && text_follows(lx, "nd")) || (c == 'e' && text_follows(lx, "lse")) ||
        (c == 'f' && text_follows(lx, "or")) || (c == 'o' && text_follows(lx, "r")) ||
        (c == 'n' && text_follows(lx, "ot")) ||
        (c == 'i' && (text_follows(lx, "n") || text_follows(lx, "f") || text_follows(lx, "s")));
    byte_back(lx, c);
    if (!word && c < 128 && is_name_byte(c))
        return fail_at(lx, "invalid %s literal", kind);
    return true;
}

/* Digits with single underscores between them; *c is the byte after, already read. */
static bool digits_read(Lexer *lx, int *c)
{
    for (;;) {
        do
            *c = byte_next(lx);
        while (is_digit(*c));
        if (*c != '_')
            return true;
        *c = byte_next(lx);
        if (!is_digit(*c)) {
            byte_back(lx, *c);
            return fail_at(lx, "invalid decimal literal");
        }
    }
}

static bool radix_digit(int c, int base)
{
    return base == 16 ? is_hex(c) : c >= '0' && c < '0' + base;
}

static bool number_radix(Lexer *lx, int base, const char *kind)
{
    int c = byte_next(lx);
    do {
        if (c == '_')
            c = byte_next(lx);
        if (!radix_digit(c, base)) {
            if (is_digit(c))
                return fail_at(lx, "invalid digit '%c' in %s literal", c, kind);
            byte_back(lx, c);
            return fail_at(lx, "invalid %s literal", kind);
        }
        do
            c = byte_next(lx);
        while (radix_digit(c, base));
    } while (c == '_');
    if (is_digit(c))
        return fail_at(lx, "invalid digit '%c' in %s literal", c, kind);
    return number_end(lx, c, kind);
}

static bool number_imaginary(Lexer *lx)
{
    return number_end(lx, byte_next(lx), "imaginary");
}

/* From the byte after the integer or fraction digits on: exponent, j, or the end. */
static bool number_exponent(Lexer *lx, int c)
{
    if (c == 'e' || c == 'E') {
        int e = c;
        c = byte_next(lx);
        if (c == '+' || c == '-') {
            c = byte_next(lx);
            if (!is_digit(c)) {
                byte_back(lx, c);
                return fail_at(lx, "invalid decimal literal");
            }
        } else if (!is_digit(c)) {
            byte_back(lx, c);
            return number_end(lx, e, "decimal");
        }
        if (!digits_read(lx, &c))
            return false;
    }
    if (c == 'j' || c == 'J')
        return number_imaginary(lx);
    return number_end(lx, c, "decimal");
}

/* From the byte after the point on. */
static bool number_fraction(Lexer *lx)
{
    int c = byte_next(lx);
    if (is_digit(c) && !digits_read(lx, &c))
        return false;
    return number_exponent(lx, c);
}

static bool number_zero(Lexer *lx)
{
    int c = byte_next(lx);
    bool nonzero = false;
    if (c == 'x' || c == 'X')
        return number_radix(lx, 16, "hexadecimal");
    if (c == 'o' || c == 'O')
        return number_radix(lx, 8, "octal");
    if (c == 'b' || c == 'B')
        return number_radix(lx, 2, "binary");
    for (;; c = byte_next(lx)) {
        if (c == '_') {
            c = byte_next(lx);
            if (!is_digit(c)) {
                byte_back(lx, c);
                return fail_at(lx, "invalid decimal literal");
            }
        }
        if (c != '0')
            break;
    }
    int64_t zeros_end = lx->pos;
    if (is_digit(c)) {
        nonzero = true;
        if (!digits_read(lx, &c))
            return false;
    }
    if (c == '.')
        return number_fraction(lx);
    if (nonzero && c != 'e' && c != 'E' && c != 'j' && c != 'J') {
        byte_back(lx, c);
        return fail_between(lx, (int32_t)(lx->start + 1 - lx->line_start),
                            (int32_t)(zeros_end - lx->line_start),
                            "leading zeros in decimal integer literals are not permitted; use an "
                            "0o prefix for octal integers");
    }
    return number_exponent(lx, c);
}

static bool number_read(Lexer *lx, int c)
{
    if (c == '.')
        return number_fraction(lx);
    if (c == '0')
        return number_zero(lx);
    if (!digits_read(lx, &c))
        return false;
    return c == '.' ? number_fraction(lx) : number_exponent(lx, c);
}

/* ---- strings ---- */

static bool string_unterminated(Lexer *lx, int quotes, int c)
{
    int32_t detected = lx->lineno;
    lx->pos = lx->start + 1;
    lx->line_start = lx->multi_line_start;
    lx->lineno = lx->first_lineno;
    lx->at_eof = c == END;
    return fail_at(lx,
                   quotes == 3 ? "unterminated triple-quoted string literal (detected at line %d)"
                               : "unterminated string literal (detected at line %d)",
                   (int)detected);
}

static bool string_read(Lexer *lx, Token *t, int quote)
{
    int quotes = 1, closing = 0;
    lx->first_lineno = lx->lineno;
    lx->multi_line_start = lx->line_start;
    int c = byte_next(lx);
    if (c == quote) {
        c = byte_next(lx);
        if (c == quote) {
            quotes = 3;
        } else {
            byte_back(lx, c);
            return token_here(lx, t, TOK_STRING);
        }
    } else {
        byte_back(lx, c);
    }
    while (closing != quotes) {
        c = byte_next(lx);
        if (c == END || (quotes == 1 && c == '\n'))
            return string_unterminated(lx, quotes, c);
        if (c == quote) {
            closing++;
            continue;
        }
        closing = 0;
        if (c == '\\' && byte_next(lx) == END)
            return string_unterminated(lx, quotes, END);
    }
    return token_here(lx, t, TOK_STRING);
}

/* ---- names ---- */

static bool name_check(Lexer *lx)
{
    const char *s = lx->text + lx->start, *end = lx->text + lx->pos;
    for (bool first = true; s < end; first = false) {
        int n;
        uint32_t c = utf8_decode(s, end, &n);
        bool good = first ? unicode_is_xid_start(c) : unicode_is_xid_continue(c);
        s += n;
        if (good && !(c >= 128 && unicode_is_unnormalized(c) && c != 0xb5))
            continue;
        lx->pos = s - lx->text;
        if (good)
            return fail_at(lx,
                           "cnx does not support '%.*s' (U+%04X) in names: it is not in Unicode "
                           "normal form NFKC",
                           n, s - n, (unsigned)c);
        if (unicode_is_printable(c))
            return fail_at(lx, "invalid character '%.*s' (U+%04X)", n, s - n, (unsigned)c);
        return fail_at(lx, "invalid non-printable character U+%04X", (unsigned)c);
    }
    return true;
}

static TokenType name_type(const char *s, int64_t n)
{
    if (n < 2 || n > 8)
        return TOK_NAME;
    for (int k = TOKEN_FIRST_KEYWORD; k < TOKEN_COUNT; k++)
        if (TOKEN_TEXT[k][0] == s[0] && strncmp(TOKEN_TEXT[k], s, (size_t)n) == 0 &&
            TOKEN_TEXT[k][n] == 0)
            return (TokenType)k;
    return TOK_NAME;
}

/* True when the bytes c and what was read before it can be a string's prefix (r, b, u, f, rb, fr).
 */
static bool prefix_byte(int c, bool *b, bool *u, bool *r, bool *f)
{
    if (!(*b || *u || *f) && (c == 'b' || c == 'B'))
        return *b = true;
    if (!(*b || *u || *r || *f) && (c == 'u' || c == 'U'))
        return *u = true;
    if (!(*r || *u) && (c == 'r' || c == 'R'))
        return *r = true;
    if (!(*f || *b || *u) && (c == 'f' || c == 'F'))
        return *f = true;
    return false;
}

static bool name_read(Lexer *lx, Token *t, int c)
{
    bool b = false, u = false, r = false, f = false, ascii = true;
    while (prefix_byte(c, &b, &u, &r, &f)) {
        c = byte_next(lx);
        if (c == '"' || c == '\'')
            return string_read(lx, t, c);
    }
    for (; c != END && is_name_byte(c); c = byte_next(lx))
        ascii &= c < 128;
    byte_back(lx, c);
    if (!ascii && !name_check(lx))
        return false;
    token_here(lx, t, TOK_NAME);
    t->type = (uint16_t)name_type(lx->text + t->start, t->end - t->start);
    return true;
}

/* ---- operators ---- */

static TokenType op_find(const char *s, int64_t left, int *n)
{
    TokenType best = TOK_UNKNOWN;
    *n = 1;
    for (int k = TOK_LPAR; k < TOKEN_FIRST_KEYWORD; k++) {
        int len = (int)strlen(TOKEN_TEXT[k]);
        if ((best == TOK_UNKNOWN || len > *n) && len <= left &&
            memcmp(TOKEN_TEXT[k], s, (size_t)len) == 0) {
            best = (TokenType)k;
            *n = len;
        }
    }
    return best;
}

static bool bracket_open(Lexer *lx, int c)
{
    if (lx->level >= LEX_LEVEL_MAX)
        return fail_at(lx, "too many nested parentheses");
    lx->bracket[lx->level] = (char)c;
    lx->bracket_line[lx->level] = lx->lineno;
    lx->bracket_col[lx->level++] = (int32_t)(lx->start - lx->line_start);
    return true;
}

static bool bracket_close(Lexer *lx, int c)
{
    if (lx->level == 0)
        return fail_at(lx, "unmatched '%c'", c);
    char open = lx->bracket[--lx->level];
    if ((open == '(' && c == ')') || (open == '[' && c == ']') || (open == '{' && c == '}'))
        return true;
    if (lx->bracket_line[lx->level] != lx->lineno)
        return fail_at(
            lx, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
            open, (int)lx->bracket_line[lx->level]);
    return fail_at(lx, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
}

static bool op_read(Lexer *lx, Token *t, int c)
{
    int n;
    if (c < 32 || c == 127)
        return fail_at(lx, "invalid non-printable character U+%04X", (unsigned)c);
    TokenType type = op_find(lx->text + lx->start, lx->line_end - lx->start, &n);
    lx->pos = lx->start + n;
    if ((c == '(' || c == '[' || c == '{') && !bracket_open(lx, c))
        return false;
    if ((c == ')' || c == ']' || c == '}') && !bracket_close(lx, c))
        return false;
    return token_here(lx, t, type);
}

/* The dashes that lecture notes and web pages put where a minus was meant: U+2010..2015, U+2212. */
static int dash_nbytes(Lexer *lx)
{
    const unsigned char *s = (const unsigned char *)lx->text + lx->start;
    if (lx->nbytes - lx->start < 3 || s[0] != 0xe2)
        return 0;
    return (s[1] == 0x80 && s[2] >= 0x90 && s[2] <= 0x95) || (s[1] == 0x88 && s[2] == 0x92) ? 3 : 0;
}

static bool dash_read(Lexer *lx, Token *t)
{
    lx->pos = lx->start + 3;
    TokenType type = TOK_MINUS;
    if (lx->pos < lx->line_end && lx->text[lx->pos] == '=') {
        lx->pos++;
        type = TOK_MINEQUAL;
    }
    token_here(lx, t, type);
    t->is_dash = true;
    return true;
}

/* ---- tokens ---- */

static int blanks_skip(Lexer *lx)
{
    int c;
    do
        c = byte_next(lx);
    while (c == ' ' || c == '\t' || c == '\f');
    lx->start = c == END ? lx->pos : lx->pos - 1;
    while (c == '#' || (c != '\n' && c != END && lx->text[lx->start] == '#'))
        c = byte_next(lx);
    return c;
}

static bool token_dispatch(Lexer *lx, Token *t, int c)
{
    if (is_name_start(c))
        return dash_nbytes(lx) ? dash_read(lx, t) : name_read(lx, t, c);
    if (is_digit(c) || (c == '.' && lx->pos < lx->line_end && is_digit(lx->text[lx->pos]))) {
        if (!number_read(lx, c))
            return false;
        return token_here(lx, t, TOK_NUMBER);
    }
    if (c == '"' || c == '\'')
        return string_read(lx, t, c);
    return op_read(lx, t, c);
}

static bool token_read(Lexer *lx, Token *t)
{
    bool blank = false;
    for (;;) {
        if (lx->at_line_start && !indent_read(lx, &blank))
            return false;
        if (lx->pending != 0) {
            bool in = lx->pending > 0;
            lx->pending += in ? -1 : 1;
            lx->at_eof |= !in && lx->pos == lx->nbytes; /* what ends the block is the end */
            return token_set(lx, t, in ? TOK_INDENT : TOK_DEDENT, -1, -1);
        }
        int c = blanks_skip(lx);
        if (c == END) {
            lx->at_eof = true;
            return lx->level ? fail_code(lx, LEX_EOF) : token_set(lx, t, TOK_ENDMARKER, -1, -1);
        }
        if (c == '\n') {
            lx->at_line_start = true;
            if (blank || lx->level > 0) {
                blank = false;
                continue;
            }
            return token_set(lx, t, TOK_NEWLINE, lx->start, lx->pos - 1);
        }
        if (c == '\\') {
            if (!line_continue(lx, &c))
                return false;
            continue;
        }
        return token_dispatch(lx, t, c);
    }
}

bool lexer_next(Lexer *lx, Token *t)
{
    if (token_read(lx, t))
        return true;
    token_set(lx, t, TOK_ERROR, -1, -1);
    return false;
}
