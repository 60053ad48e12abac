/* source.h -- program text, its lines, and what the user sees of it when something is wrong.
 * Replicated.
 *
 * A Source holds the whole text decoded once: UTF-8 checked, byte-order mark removed, every line
 * ended by '\n' alone, the last one too.  Lines are then found by index.
 * The text lives in the arena given to source_init.
 */
#ifndef LEXER_SOURCE_H
#define LEXER_SOURCE_H

#include "runtime/base.h"

typedef struct Source {
    const char *filename; /* as tracebacks show it */
    const char *text;     /* NUL-terminated too */
    int64_t nbytes;
    int64_t *line_at; /* nlines + 1 offsets: line k (from 1) is text[line_at[k-1] .. line_at[k]) */
    int64_t nlines;
    bool final_newline_added; /* the text did not end in a newline */
    bool names_encoding;      /* by a byte-order mark or a coding comment */
} Source;

/* A syntax error as CPython reports it.  Lives in the arena of the source or parse. */
typedef struct SyntaxErr {
    const char
        *class_name; /* "SyntaxError", "IndentationError", "TabError", "RecursionError", ... */
    const char *message;
    const char *filename;
    int32_t lineno; /* from 1; 0: unknown */
    int32_t col; /* CPython's `offset`: 1-based; 0: unknown.  In code points for text that is not a
                    file or names its encoding; else CPython 3.11 leaves the parser's in bytes, and
                    so do we */
    int32_t end_line; /* `end_lineno`; 0: unknown */
    int32_t end_col;  /* `end_offset`; 0: unknown */
    const char *line; /* source line, newline included if it had one; NULL: none */
} SyntaxErr;

/* Take `nbytes` bytes of program text.  False, with *err filled, where it is not UTF-8, names
 * another encoding or holds a NUL byte. */
bool source_init(Source *s, Arena *arena, const char *filename, const char *text, int64_t nbytes,
                 SyntaxErr *err);

/* Line `lineno` (from 1) without its newline; *nbytes its length.  NULL where there is none. */
const char *source_line(const Source *s, int64_t lineno, int64_t *nbytes);

/* Code points before byte offset `col` of a line; bytes beyond its end count one each. */
int64_t source_column(const Source *s, int64_t lineno, int64_t col);

/* What a traceback shows below its 'File' line: the source line stripped and indented by four
 * spaces, then markers under lineno:col .. end_lineno:end_col (byte columns as in Span), as
 * CPython 3.11 draws them:
 * ^^^^ for the span, ~~~~^~~~ where [op_col, op_end_col) marks an operator or bracket inside it
 * (op_col < 0: none), no marker line where the span is the whole line.  Each line ends in '\n'. */
void source_excerpt(const Source *s, int64_t lineno, int64_t col, int64_t end_lineno,
                    int64_t end_col, int64_t op_col, int64_t op_end_col, Buf *out);

/* Append exactly what CPython 3.11 writes to stderr for an uncaught syntax error ("  File ..." to
 * the last line). */
void syntax_error_print(const SyntaxErr *e, Buf *out);

#endif
