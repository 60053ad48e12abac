/* parser.h -- program text to syntax tree.  Replicated.
 *
 * Python 3.11's whole grammar but async, await, match, except* and bytes literals, which are
 * SyntaxErrors that say so.  Errors have CPython's class, message and position.
 */
#ifndef PARSER_PARSER_H
#define PARSER_PARSER_H

#include "lexer/source.h"
#include "parser/ast.h"
#include "parser/scope.h"

typedef enum ParseMode {
    PARSE_FILE,        /* Module */
    PARSE_INTERACTIVE, /* Interactive: one simple-statement line or one compound statement */
    PARSE_EVAL         /* Expression */
} ParseMode;

typedef enum ParseStatus {
    PARSE_OK,
    PARSE_INCOMPLETE, /* interactive only: the text so far is the start of a statement */
    PARSE_ERROR
} ParseStatus;

typedef struct SyntaxWarn { /* what CPython warns of at compile time (SyntaxWarning,
                               DeprecationWarning) */
    const char *class_name, *message;
    int32_t lineno;
} SyntaxWarn;

typedef struct ParseResult {
    ParseStatus status;
    Node *tree;        /* PARSE_OK: with scopes built (tree->scope) and names resolved */
    SyntaxErr err;     /* PARSE_ERROR */
    int32_t dash_line; /* a typographic dash was read as minus first at this line; 0: none */
    const SyntaxWarn *warnings;
    int64_t nwarnings;
} ParseResult;

/* Parse `source`.  The tree lives in `arena`, which must outlive it; `source` is borrowed for the
 * call. Interactive mode answers as codeop does: a compound statement is complete when a blank line
 * ends it. */
ParseResult parse_module(Arena *arena, const Source *source, ParseMode mode);

#endif
