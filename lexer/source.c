/* source.c -- taking program text in, and showing lines of it with markers.  Replicated. */
#include "lexer/source.h"
#include "lexer/lexer.h"

#include <ctype.h>

static bool source_fail(SyntaxErr *err, Arena *arena, const char *filename, int32_t line,
                        const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static bool source_fail(SyntaxErr *err, Arena *arena, const char *filename, int32_t line,
                        const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    memset(err, 0, sizeof *err);
    err->class_name = "SyntaxError";
    err->message = arena_strndup(arena, text, (size_t)int64_min(n, (int64_t)sizeof text - 1));
    err->filename = filename;
    err->lineno = line;
    return false;
}

/* Length of the valid UTF-8 sequence at s (no overlong form, no surrogate), or 0. */
static int utf8_length(const unsigned char *s, int64_t left)
{
    static const struct {
        unsigned char lead_lo, lead_hi, second_lo, second_hi;
        int n;
    } FORMS[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
                 {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    if (s[0] < 0x80)
        return 1;
    for (size_t k = 0; k < sizeof FORMS / sizeof *FORMS; k++) {
        if (s[0] < FORMS[k].lead_lo || s[0] > FORMS[k].lead_hi)
            continue;
        if (left < FORMS[k].n || s[1] < FORMS[k].second_lo || s[1] > FORMS[k].second_hi)
            return 0;
        for (int i = 2; i < FORMS[k].n; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return FORMS[k].n;
    }
    return 0;
}

static bool encoding_is_utf8(const char *s, int64_t n)
{
    static const char *const GOOD[] = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"};
    char name[32];
    if (n >= (int64_t)sizeof name)
        return false;
    for (int64_t i = 0; i < n; i++)
        name[i] = s[i] == '_' ? '-' : (char)tolower((unsigned char)s[i]);
    name[n] = 0;
    for (size_t k = 0; k < sizeof GOOD / sizeof *GOOD; k++)
        if (strcmp(name, GOOD[k]) == 0)
            return true;
    return strncmp(name, "utf-8-", 6) == 0;
}

/* The name after "coding:" or "coding=" in a comment line; NULL: none. */
static const char *encoding_find(const char *line, int64_t n, int64_t *name_n)
{
    int64_t i = 0;
    while (i < n && (line[i] == ' ' || line[i] == '\t' || line[i] == '\f'))
        i++;
    if (i == n || line[i] != '#')
        return NULL;
    for (; i + 7 <= n; i++) {
        if (memcmp(line + i, "coding", 6) != 0 || (line[i + 6] != ':' && line[i + 6] != '='))
            continue;
        int64_t at = i + 7;
        while (at < n && (line[at] == ' ' || line[at] == '\t'))
            at++;
        int64_t end = at;
        while (end < n && (isalnum((unsigned char)line[end]) || strchr("-_.", line[end])))
            end++;
        *name_n = end - at;
        return end > at ? line + at : NULL;
    }
    return NULL;
}

static bool line_is_blank(const char *line, int64_t n)
{
    for (int64_t i = 0; i < n && line[i] != '#'; i++)
        if (!strchr(" \t\f\r\n", line[i]))
            return false;
    return true;
}

/* An encoding may be named in a comment on the first line, or on the second below a blank one. */
static bool encoding_check(Source *s, Arena *arena, const char *text, int64_t nbytes,
                           SyntaxErr *err)
{
    for (int k = 0; k < 2 && nbytes > 0; k++) {
        int64_t n = 0, name_n;
        while (n < nbytes && text[n] != '\n' && text[n] != '\r')
            n++;
        const char *name = encoding_find(text, n, &name_n);
        if (name && !encoding_is_utf8(name, name_n))
            return source_fail(err, arena, s->filename, 0,
                               "cnx reads UTF-8 only, not the encoding '%.*s'", (int)name_n, name);
        s->names_encoding |= name != NULL;
        if (name || !line_is_blank(text, n))
            break;
        n += n < nbytes && text[n] == '\r' && n + 1 < nbytes && text[n + 1] == '\n' ? 2 : 1;
        text += n;
        nbytes -= n;
    }
    return true;
}

/* Copy with "\r\n" and "\r" as "\n", a newline at the end, checking every sequence. */
static bool text_copy(Source *s, Arena *arena, const char *text, int64_t n, SyntaxErr *err)
{
    char *out = arena_alloc(arena, (size_t)n + 2);
    int64_t w = 0;
    int32_t line = 1;
    for (int64_t i = 0; i < n;) {
        int len = utf8_length((const unsigned char *)text + i, n - i);
        if (len == 0)
            return source_fail(
                err, arena, s->filename, line,
                "Non-UTF-8 code starting with '\\x%02x' in file %s on line %d, but no "
                "encoding declared; see https://peps.python.org/pep-0263/ for details",
                (unsigned char)text[i], s->filename, (int)line);
        if (text[i] == 0)
            return source_fail(err, arena, s->filename, 0,
                               "source code string cannot contain null bytes");
        if (text[i] == '\r') {
            out[w++] = '\n';
            i += i + 1 < n && text[i + 1] == '\n' ? 2 : 1;
        } else {
            memcpy(out + w, text + i, (size_t)len);
            w += len;
            i += len;
        }
        line += out[w - 1] == '\n';
    }
    s->final_newline_added = w > 0 && out[w - 1] != '\n';
    if (s->final_newline_added)
        out[w++] = '\n';
    s->text = out;
    s->nbytes = w;
    return true;
}

static void lines_index(Source *s, Arena *arena)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->nbytes; i++)
        n += s->text[i] == '\n';
    s->nlines = n;
    s->line_at = ARENA_ARRAY(arena, int64_t, n + 1);
    int64_t k = 1;
    for (int64_t i = 0; i < s->nbytes; i++)
        if (s->text[i] == '\n')
            s->line_at[k++] = i + 1;
}

bool source_init(Source *s, Arena *arena, const char *filename, const char *text, int64_t nbytes,
                 SyntaxErr *err)
{
    memset(s, 0, sizeof *s);
    s->filename = arena_strndup(arena, filename, strlen(filename));
    if (nbytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        nbytes -= 3;
        s->names_encoding = true;
    }
    if (!encoding_check(s, arena, text, nbytes, err) || !text_copy(s, arena, text, nbytes, err))
        return false;
    lines_index(s, arena);
    return true;
}

const char *source_line(const Source *s, int64_t lineno, int64_t *nbytes)
{
    if (lineno < 1 || lineno > s->nlines)
        return NULL;
    *nbytes = s->line_at[lineno] - s->line_at[lineno - 1] - 1;
    return s->text + s->line_at[lineno - 1];
}

static int64_t points_before(const char *line, int64_t n, int64_t col)
{
    int64_t count = 0, i = 0;
    for (; i < col && i < n; i++)
        count += ((unsigned char)line[i] & 0xc0) != 0x80;
    return count + (col - i);
}

int64_t source_column(const Source *s, int64_t lineno, int64_t col)
{
    int64_t n;
    const char *line = source_line(s, lineno, &n);
    return line ? points_before(line, n, col) : col;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

void source_excerpt(const Source *s, int64_t lineno, int64_t col, int64_t end_lineno,
                    int64_t end_col, int64_t op_col, int64_t op_end_col, Buf *out)
{
    int64_t n, lead = 0;
    const char *line = source_line(s, lineno, &n);
    if (!line)
        return;
    while (lead < n && is_blank(line[lead]))
        lead++;
    buf_puts(out, "    ");
    buf_add(out, line + lead, (size_t)(n - lead));
    buf_putc(out, '\n');
    if (col < 0 || end_col < 0)
        return;
    if (end_lineno != lineno) {
        op_col = -1;
        for (end_col = n; end_col > 0 && is_blank(line[end_col - 1]);)
            end_col--;
    }
    int64_t from = points_before(line, n, col), to = points_before(line, n, end_col);
    int64_t op_from = op_col < 0 ? to : points_before(line, n, op_col);
    int64_t op_to = op_col < 0 ? to : points_before(line, n, op_end_col);
    if (op_col < 0 && to - from == points_before(line, n, n) - lead)
        return;
    buf_puts(out, "    ");
    for (int64_t i = lead; i < to; i++) {
        bool op = op_col < 0 || (i >= op_from && i < op_to);
        buf_putc(out, i < from ? ' ' : op ? '^' : '~');
    }
    buf_putc(out, '\n');
}

/* The text of a syntax error and its carets; offsets are 1-based. */
static void error_line_print(const char *text, int64_t offset, int64_t end_offset, Buf *out)
{
    int64_t carets = end_offset > 0 && end_offset > offset ? end_offset - offset : 1;
    for (offset--; is_blank(*text); text++)
        offset--;
    int64_t n = (int64_t)strlen(text);
    if (n > 0 && text[n - 1] == '\n')
        n--;
    offset = int64_min(offset, n);
    for (const char *nl; (nl = memchr(text, '\n', (size_t)n)) && nl - text < offset;) {
        offset -= nl + 1 - text;
        n -= nl + 1 - text;
        text = nl + 1;
    }
    buf_puts(out, "    ");
    buf_add(out, text, (size_t)n);
    buf_putc(out, '\n');
    if (offset < 0)
        return;
    buf_printf(out, "    %*s", (int)offset, "");
    while (carets-- > 0)
        buf_putc(out, '^');
    buf_putc(out, '\n');
}

static bool class_is_syntax(const char *name)
{
    return strcmp(name, "SyntaxError") == 0 || strcmp(name, "IndentationError") == 0 ||
           strcmp(name, "TabError") == 0;
}

void syntax_error_print(const SyntaxErr *e, Buf *out)
{
    if (class_is_syntax(e->class_name)) {
        buf_printf(out, "  File \"%s\", line %d\n", e->filename, (int)e->lineno);
        if (e->line) {
            int64_t n = (int64_t)strlen(e->line), end = e->end_col;
            if (e->end_line > e->lineno)
                end = n;
            if (strcmp(e->class_name, "SyntaxError") != 0)
                end = 0; /* errors of indentation have one caret */
            error_line_print(e->line, e->col, int64_min(end, n + 1), out);
        }
    }
    buf_printf(out, "%s: %s\n", e->class_name, e->message);
}
