/* lexer.h -- text to tokens, one at a time.  Replicated.
 *
 * A Lexer is a cursor over borrowed text; it allocates nothing but the text of an error.  Tokens
 * carry byte offsets into that text and byte columns.  Brackets join lines; indentation becomes
 * INDENT and DEDENT; the tokens and errors are those of CPython 3.11, in the same order.
 *
 * After the first false answer the lexer must not be asked again.
 */
#ifndef LEXER_LEXER_H
#define LEXER_LEXER_H

#include "lexer/source.h"

typedef enum TokenType {
#define TOKEN(name, text)   TOK_##name,
#define OP(name, text)      TOK_##name,
#define KEYWORD(name, text) KW_##name,
#include "lexer/token.def"
    TOKEN_COUNT
} TokenType;

/* The first reserved word: every type from here on is one. */
#define TOKEN_FIRST_KEYWORD KW_FALSE

typedef struct Token {
    uint16_t type;  /* TokenType */
    uint16_t level; /* brackets open after it */
    bool is_dash;   /* a MINUS or MINEQUAL pasted as a typographic dash */
    int32_t lineno, end_lineno;
    int32_t col, end_col; /* -1 for tokens without text: INDENT, DEDENT, ENDMARKER, ERROR */
    int64_t start, end;   /* byte offsets into the lexer's text */
} Token;

typedef enum LexError {
    LEX_OK,
    LEX_SYNTAX,   /* `message` at lineno:col..end_col of the error's line */
    LEX_EOF,      /* the text ended inside brackets or after a backslash */
    LEX_DEDENT,   /* an indentation that no open block has */
    LEX_TABSPACE, /* tabs and spaces mixed so that the meaning depends on the tab size */
    LEX_TOODEEP,  /* more than 99 nested blocks */
    LEX_LINECONT  /* text after a backslash */
} LexError;

enum { LEX_INDENT_MAX = 100, LEX_LEVEL_MAX = 200 };

typedef struct Lexer {
    const char *text;
    int64_t nbytes;
    int64_t pos;                  /* next byte */
    int64_t line_start, line_end; /* the physical line that pos is in */
    int32_t lineno;
    bool at_line_start;
    int nindent, pending; /* pending > 0: INDENTs, < 0: DEDENTs still to be given */
    int32_t indent[LEX_INDENT_MAX], alt_indent[LEX_INDENT_MAX];
    int level;
    char bracket[LEX_LEVEL_MAX];
    int32_t bracket_line[LEX_LEVEL_MAX], bracket_col[LEX_LEVEL_MAX];
    int64_t start, multi_line_start;
    int32_t first_lineno;
    /* the error, once lexer_next has answered false */
    LexError error;
    bool at_eof;   /* more text could have repaired it */
    char *message; /* LEX_SYNTAX; freed by lexer_fini */
    int32_t err_line;
    int32_t err_col, err_end_col; /* 1-based, in code points */
    int64_t err_line_start;       /* offset of the line to show */
} Lexer;

/* `text` ends in '\n' or is the inside of an f-string field; borrowed. */
void lexer_init(Lexer *lx, const char *text, int64_t nbytes);
void lexer_fini(Lexer *lx);

/* The next token.  False at an error: *t is then an ERROR token.  After ENDMARKER: ENDMARKER again.
 */
bool lexer_next(Lexer *lx, Token *t);

/* "name", "+", "while", ... */
const char *token_text(TokenType type);

/* Unicode classes of identifiers and of printable text, as CPython 3.11's (Unicode 14). */
bool unicode_is_xid_start(uint32_t c);
bool unicode_is_xid_continue(uint32_t c);
bool unicode_is_printable(uint32_t c);
/* True when `c` may change or combine under NFKC, which identifiers are subject to. */
bool unicode_is_unnormalized(uint32_t c);

/* Decode one code point of valid UTF-8 (surrogates allowed) at s < end; *nbytes its length. */
uint32_t utf8_decode(const char *s, const char *end, int *nbytes);
/* Append a code point (surrogates too) as UTF-8. */
int utf8_encode(uint32_t c, char out[4]);

#endif
