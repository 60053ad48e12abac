/* parse.h -- what the files of the parser share; not for others.  Local.
 *
 * Parsing functions either succeed, having moved `pos` past what they read, or return NULL with
 * `pos` where it was (a soft failure: the caller may try something else).  A raised error is final:
 * from then on token_peek answers ERROR everywhere, so that all rules fail and the stack unwinds by
 * itself.
 *
 * A text that does not parse is read a second time with `diagnose` set: only then the rules for
 * well-known mistakes run, in the order in which CPython tries them, since the first one that
 * applies names the error. A mistake without a rule of its own is "invalid syntax" at the last
 * token that the first reading asked for; so a rule must not look further ahead than CPython's
 * does.
 */
#ifndef PARSER_PARSE_H
#define PARSER_PARSE_H

#include "lexer/lexer.h"
#include "parser/parser.h"

typedef struct NameTable { /* interned identifiers */
    const char **at;
    int64_t n, size;
} NameTable;

typedef struct Parser {
    Arena *arena;
    const Source *source;
    const char *text; /* what `lexer` reads: the source, or "(field)" of an f-string */
    int64_t nbytes;
    Lexer lexer;
    Vec(Token) tokens;
    int64_t pos;
    Vec(uint16_t) tried; /* for each token: DiagnoseRules run, Memos */
    bool raised;         /* *err is set */
    bool diagnose;       /* the rules for mistakes are on */
    bool again;          /* second reading */
    bool ended;          /* the first reading reached the end of the text */
    int depth;           /* nested calls that input can make deep */
    SyntaxErr *err;
    NameTable *names;
    int32_t *dash_line;
    /* inside an f-string field: where its text begins in the file */
    bool is_field;
    int32_t field_line, field_col;
} Parser;

typedef Vec(Node *) NodeVec;

enum { PARSE_DEPTH_MAX = 6000 };

/* ---- tokens (parser.c) ---- */

const Token *token_at(Parser *p,
                      int64_t i); /* fetches up to i; the last one there is at an error */
TokenType token_peek(Parser *p);
TokenType token_peek2(Parser *p); /* the one after */
bool token_accept(Parser *p, TokenType type);
/* The token must be there: raises "expected '...'" in either reading. */
bool token_force(Parser *p, TokenType type);
bool token_is_word(Parser *p, int64_t i, const char *word);
const char *name_intern(Parser *p, const char *s, int64_t n);
/* The identifier at pos, which is passed; NULL where there is none. */
const char *name_accept(Parser *p);

/* ---- errors (parser.c); all return NULL ---- */

void *raise_at(Parser *p, const char *class_name, int32_t line, int32_t col, int32_t end_line,
               int32_t end_col, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* At the last token fetched so far. */
void *raise_last(Parser *p, const char *class_name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void *raise_token(Parser *p, const Token *t, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void *raise_node(Parser *p, const Node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void *raise_span(Parser *p, Span from, Span to, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* From there to the lexer's cursor. */
void *raise_from(Parser *p, int32_t line, int32_t col, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- nodes (parser.c) ---- */

Node *node_new(Parser *p, NodeKind kind, int64_t first_token);
/* End the node's span at the last token read, and take its depth from its children. */
Node *node_end(Parser *p, Node *n);
NodeSeq seq_take(Parser *p, NodeVec *v); /* copies into the arena and frees v */
Span token_span(const Token *t);
bool nest_enter(Parser *p);
void nest_leave(Parser *p);

/* Run a parser over "(field)" of an f-string; NULL with the error raised in p. */
Node *field_parse(Parser *p, const char *text, int64_t n, int32_t line, int32_t col);

/* Rules for mistakes depend on where they begin alone, so each runs at most once a place: reading
 * the same brackets again and again would otherwise take time exponential in their depth. */
typedef enum DiagnoseRule {
    DIAGNOSE_EXPRESSION = 1,
    DIAGNOSE_NAMED = 2,
    DIAGNOSE_KEYWORD = 4,
    DIAGNOSE_BRACKET = 8,
    DIAGNOSE_ARGUMENTS = 16,
    DIAGNOSE_READ = 32,  /* not rules: a disjunction here was first read with, */
    DIAGNOSE_PLAIN = 64, /* or without the rules for mistakes, and will be so again */
    DIAGNOSE_BRACE = 128
} DiagnoseRule;
/* In the second reading, and this rule not yet tried at `pos`. */
bool diagnose_once(Parser *p, DiagnoseRule rule, int64_t pos);

/* What is known not to parse at a token; twice the value: not with the rules for mistakes on
 * either. */
enum { MEMO_ATOM = 256, MEMO_TRAILER = 1024 };
uint16_t *tried_at(Parser *p, int64_t pos);
bool memo_failed(Parser *p, int64_t pos, int memo);
void memo_fail(Parser *p, int64_t pos, int memo);

/* ---- expressions (expr.c) ---- */

Node *parse_expression(Parser *p);
Node *parse_named_expression(Parser *p);
Node *parse_star_expressions(Parser *p);
Node *parse_star_named_expression(Parser *p);
Node *parse_yield(Parser *p);
Node *parse_star_targets(Parser *p);
Node *parse_star_target(Parser *p);
Node *parse_bitwise_or(Parser *p);
typedef enum TargetKind { TARGET_STAR, TARGET_DEL, TARGET_FOR } TargetKind;
/* Give an expression that is a valid target its context; false, nothing changed, where it is none.
 */
bool target_set(Node *n, ExprContext ctx, bool star_allowed);
/* Raise for the part of `n` that cannot be a target, if any. */
void *raise_invalid_target(Parser *p, TargetKind kind, Node *n);
const char *expr_name(const Node *n);

/* Go back to `pos` and answer NULL: a soft failure. */
void *give_up(Parser *p, int64_t pos);
Node *parse_disjunction(Parser *p);
/* `*` and what `inner` reads, at the star. */
Node *parse_starred(Parser *p, Node *(*inner)(Parser *));
/* star_named_expressions separated by commas, a last comma allowed; false for none. */
bool parse_elements(Parser *p, NodeVec *out);
bool equal_follows(Parser *p); /* "=" or ":=" */
/* The mistakes around `=` in the expression `a` that began at `start`. */
void diagnose_named(Parser *p, int64_t start, Node *a);

/* ---- brackets and comprehensions (display.c) ---- */

/* Each at its opening bracket. */
Node *parse_paren(Parser *p);
Node *parse_list(Parser *p);
Node *parse_brace(Parser *p);
/* One or more `for ... in ... if ...`; false for none. */
bool parse_for_ifs(Parser *p, NodeSeq *out);
Span clauses_end(const NodeSeq *clauses);
/* A ListComp, SetComp or GeneratorExp that began at token `start`. */
Node *comprehension_make(Parser *p, NodeKind kind, int64_t start, Node *elt, NodeSeq clauses);
void diagnose_comprehension(Parser *p);

/* ---- arguments and parameters (args.c) ---- */

/* The inside of call parentheses up to, not including, ")"; false where it does not parse.  A
 * class's bases (is_call false) cannot be a bare generator expression. */
bool parse_arguments(Parser *p, bool is_call, NodeSeq *args, NodeSeq *keywords);
/* Parameters up to, not including, ")" (":" for a lambda); NULL where they do not parse. */
Node *parse_params(Parser *p, bool lambda);

/* ---- literals (literal.c) ---- */

Node *parse_number(Parser *p);
Node *parse_strings(Parser *p);

/* ---- statements (stmt.c) ---- */

Node *parse_file(Parser *p);
Node *parse_interactive(Parser *p);

/* ---- checks after parsing (check.c) ---- */

/* The errors CPython finds while compiling (return outside function, ...).  False with *err set.
 * Warnings are appended to `out`. */
typedef Vec(SyntaxWarn) WarnVec;
bool check_tree(Arena *arena, const Source *source, Node *tree, SyntaxErr *err, WarnVec *out);
/* Fill *err for a place in the file. */
void err_set(SyntaxErr *err, Arena *arena, const Source *source, const char *class_name, Span span,
             const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
