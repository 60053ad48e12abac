/* parser.c -- tokens, errors, nodes, and the two readings.  Replicated. */
#include "parser/parse.h"

/* ---- names ---- */

static uint64_t text_hash(const char *s, int64_t n)
{
    uint64_t h = 1469598103934665603u;
    for (int64_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 1099511628211u;
    return h ^ h >> 29;
}

static void names_grow(NameTable *t)
{
    NameTable wide = {.n = t->n, .size = t->size ? 2 * t->size : 256};
    wide.at = xcalloc((size_t)wide.size, sizeof *wide.at);
    for (int64_t i = 0; i < t->size; i++) {
        if (!t->at[i])
            continue;
        uint64_t k = text_hash(t->at[i], (int64_t)strlen(t->at[i]));
        while (wide.at[k & (uint64_t)(wide.size - 1)])
            k++;
        wide.at[k & (uint64_t)(wide.size - 1)] = t->at[i];
    }
    free(t->at);
    *t = wide;
}

const char *name_intern(Parser *p, const char *s, int64_t n)
{
    NameTable *t = p->names;
    if (2 * (t->n + 1) > t->size)
        names_grow(t);
    uint64_t mask = (uint64_t)(t->size - 1), k = text_hash(s, n);
    for (; t->at[k & mask]; k++) {
        const char *old = t->at[k & mask];
        if (strncmp(old, s, (size_t)n) == 0 && old[n] == 0)
            return old;
    }
    t->n++;
    return t->at[k & mask] = arena_strndup(p->arena, s, (size_t)n);
}

/* MICRO SIGN is the one non-normalized character that names commonly hold: NFKC makes it GREEK MU.
 */
static const char *name_normalize(Parser *p, const char *s, int64_t n)
{
    const char *name = name_intern(p, s, n);
    if (!strstr(name, "\xc2\xb5"))
        return name;
    char *copy = arena_strndup(p->arena, s, (size_t)n);
    for (char *at = copy; (at = strstr(at, "\xc2\xb5"));)
        memcpy(at, "\xce\xbc", 2);
    return name_intern(p, copy, n);
}

const char *name_accept(Parser *p)
{
    if (token_peek(p) != TOK_NAME)
        return NULL;
    const Token *t = token_at(p, p->pos++);
    return name_normalize(p, p->text + t->start, t->end - t->start);
}

/* ---- errors ---- */

/* The source line an error is shown with; fields of f-strings show their own text. */
static const char *error_line(Parser *p, int32_t lineno)
{
    int64_t n;
    if (!p->is_field) {
        const char *line = source_line(p->source, lineno, &n);
        return line ? arena_strndup(p->arena, line, (size_t)n + 1) : NULL;
    }
    const char *at = p->text;
    for (int32_t k = p->field_line; k < lineno; k++) {
        const char *nl = strchr(at, '\n');
        if (!nl || !nl[1])
            break;
        at = nl + 1;
    }
    const char *nl = strchr(at, '\n');
    return arena_strndup(p->arena, at, nl ? (size_t)(nl + 1 - at) : strlen(at));
}

/* Of a byte offset what CPython makes: a count of code points only where it knows the encoding. */
static int32_t line_points(Parser *p, const char *line, int32_t col)
{
    if (!p->is_field && !p->source->names_encoding && p->source->filename[0] != '<')
        return col;
    int32_t n = line ? (int32_t)strlen(line) : 0, count = 0;
    for (int32_t i = 0; i < col; i++)
        count += i >= n || ((unsigned char)line[i] & 0xc0) != 0x80;
    return count;
}

/* `col` and `end_col` are what CPython's offsets are, in bytes: 1-based, 0 or -1 for unknown. */
static void error_set(Parser *p, const char *class_name, int32_t line, int32_t col,
                      int32_t end_line, int32_t end_col, const char *fmt, va_list args)
{
    Buf text = {0};
    char part[512];
    if (p->raised)
        return;
    p->raised = true;
    buf_puts(&text, p->is_field ? "f-string: " : "");
    vsnprintf(part, sizeof part, fmt, args);
    buf_puts(&text, part);
    SyntaxErr *e = p->err;
    memset(e, 0, sizeof *e);
    e->class_name = class_name;
    e->message = arena_strndup(p->arena, text.at, (size_t)text.n);
    e->filename = p->source->filename;
    e->lineno = line;
    e->end_line = end_line;
    e->line = error_line(p, line);
    int32_t shift = p->is_field ? p->field_col : 0;
    e->col = line_points(p, e->line, col - shift);
    e->end_col =
        end_col <= 0 ? end_col : line_points(p, end_line == line ? e->line : NULL, end_col - shift);
    buf_free(&text);
}

void *raise_at(Parser *p, const char *class_name, int32_t line, int32_t col, int32_t end_line,
               int32_t end_col, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    error_set(p, class_name, line, col + 1, end_line, end_col + 1, fmt, args);
    va_end(args);
    return NULL;
}

void *raise_last(Parser *p, const char *class_name, const char *fmt, ...)
{
    const Token *t = &p->tokens.at[p->tokens.n - 1];
    int32_t col = t->col < 0 ? (int32_t)(p->lexer.pos - p->lexer.line_start) : t->col + 1;
    va_list args;
    va_start(args, fmt);
    error_set(p, class_name, t->lineno, col, t->end_lineno, t->end_col < 0 ? -1 : t->end_col + 1,
              fmt, args);
    va_end(args);
    return NULL;
}

void *raise_token(Parser *p, const Token *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    error_set(p, "SyntaxError", t->lineno, t->col + 1, t->end_lineno, t->end_col + 1, fmt, args);
    va_end(args);
    return NULL;
}

void *raise_node(Parser *p, const Node *n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    error_set(p, "SyntaxError", n->span.lineno, n->span.col + 1, n->span.end_lineno,
              n->span.end_col + 1, fmt, args);
    va_end(args);
    return NULL;
}

void *raise_span(Parser *p, Span from, Span to, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    error_set(p, "SyntaxError", from.lineno, from.col + 1, to.end_lineno, to.end_col + 1, fmt,
              args);
    va_end(args);
    return NULL;
}

void *raise_from(Parser *p, int32_t line, int32_t col, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    error_set(p, "SyntaxError", line, col + 1, p->lexer.lineno,
              (int32_t)(p->lexer.pos - p->lexer.line_start), fmt, args);
    va_end(args);
    return NULL;
}

static void raise_unclosed(Parser *p)
{
    Lexer *lx = &p->lexer;
    int k = lx->level - 1;
    raise_at(p, "SyntaxError", lx->bracket_line[k], lx->bracket_col[k], lx->bracket_line[k], -1,
             "'%c' was never closed", lx->bracket[k]);
}

/* A lexer's own message: the line as it stands in the text read, no prefix for f-strings. */
static void raise_lexer_syntax(Parser *p)
{
    Lexer *lx = &p->lexer;
    if (p->raised)
        return;
    p->raised = true;
    const char *line = lx->text + lx->err_line_start, *nl = strchr(line, '\n');
    memset(p->err, 0, sizeof *p->err);
    p->err->class_name = "SyntaxError";
    p->err->message = arena_strndup(p->arena, lx->message, strlen(lx->message));
    p->err->filename = p->is_field ? "<fstring>" : p->source->filename;
    p->err->lineno = p->err->end_line = lx->err_line;
    p->err->col = lx->err_col;
    p->err->end_col = lx->err_end_col;
    p->err->line = arena_strndup(p->arena, line, nl ? (size_t)(nl - line) : strlen(line));
}

static void raise_lexer(Parser *p)
{
    Lexer *lx = &p->lexer;
    switch (lx->error) {
    case LEX_OK:
        break;
    case LEX_SYNTAX:
        raise_lexer_syntax(p);
        break;
    case LEX_EOF:
        if (lx->level)
            raise_unclosed(p);
        else
            raise_last(p, "SyntaxError", "unexpected EOF while parsing");
        break;
    case LEX_DEDENT:
        raise_last(p, "IndentationError", "unindent does not match any outer indentation level");
        break;
    case LEX_TABSPACE:
        raise_at(p, "TabError", lx->lineno, 0, lx->lineno, -1,
                 "inconsistent use of tabs and spaces in indentation");
        break;
    case LEX_TOODEEP:
        raise_at(p, "IndentationError", lx->lineno, 0, lx->lineno, -1,
                 "too many levels of indentation");
        break;
    case LEX_LINECONT:
        raise_at(p, "SyntaxError", lx->lineno, (int32_t)(lx->pos - lx->line_start - 1), lx->lineno,
                 -1, "unexpected character after line continuation character");
        break;
    }
}

/* ---- tokens ---- */

static void token_fetch(Parser *p)
{
    Token t;
    bool good = lexer_next(&p->lexer, &t);
    if (p->is_field && t.col >= 0 && t.lineno == p->field_line)
        t.col += p->field_col;
    if (p->is_field && t.end_col >= 0 && t.end_lineno == p->field_line)
        t.end_col += p->field_col;
    if (t.is_dash && *p->dash_line == 0)
        *p->dash_line = t.lineno;
    vec_push(&p->tokens, t);
    if (!good)
        raise_lexer(p);
}

const Token *token_at(Parser *p, int64_t i)
{
    while (i >= p->tokens.n && p->lexer.error == LEX_OK)
        token_fetch(p);
    return &p->tokens.at[int64_min(i, p->tokens.n - 1)];
}

TokenType token_peek(Parser *p)
{
    if (p->raised)
        return TOK_ERROR;
    TokenType type = (TokenType)token_at(p, p->pos)->type;
    return p->raised ? TOK_ERROR : type;
}

TokenType token_peek2(Parser *p)
{
    if (p->raised)
        return TOK_ERROR;
    TokenType type = (TokenType)token_at(p, p->pos + 1)->type;
    return p->raised ? TOK_ERROR : type;
}

bool token_accept(Parser *p, TokenType type)
{
    if (token_peek(p) != type)
        return false;
    p->pos++;
    return true;
}

bool token_force(Parser *p, TokenType type)
{
    if (token_accept(p, type))
        return true;
    if (!p->raised)
        raise_token(p, token_at(p, p->pos), "expected '%s'", token_text(type));
    return false;
}

bool token_is_word(Parser *p, int64_t i, const char *word)
{
    const Token *t = token_at(p, i);
    return t->type == TOK_NAME && t->end - t->start == (int64_t)strlen(word) &&
           memcmp(p->text + t->start, word, strlen(word)) == 0;
}

Span token_span(const Token *t)
{
    return (Span){t->lineno, t->col, t->end_lineno, t->end_col};
}

/* ---- nodes ---- */

Node *node_new(Parser *p, NodeKind kind, int64_t first_token)
{
    Node *n = ARENA_NEW(p->arena, Node);
    const Token *t = &p->tokens.at[first_token];
    n->kind = (uint16_t)kind;
    n->span = token_span(t);
    return n;
}

static bool depth_take(Node *child, void *data)
{
    int32_t *depth = data;
    if (child->depth > *depth)
        *depth = child->depth;
    return true;
}

Node *node_end(Parser *p, Node *n)
{
    int64_t i = int64_max(p->pos - 1, 0);
    while (i > 0 && p->tokens.at[i].type >= TOK_ENDMARKER && p->tokens.at[i].type <= TOK_DEDENT)
        i--;
    n->span.end_lineno = p->tokens.at[i].end_lineno;
    n->span.end_col = p->tokens.at[i].end_col;
    int32_t depth = 0;
    ast_each_child(n, depth_take, &depth);
    NodeGroup group = ast_kinds[n->kind].group;
    n->depth = depth + (group == GROUP_STMT || group == GROUP_EXPR);
    return n;
}

NodeSeq seq_take(Parser *p, NodeVec *v)
{
    NodeSeq seq = {ARENA_ARRAY(p->arena, Node *, v->n), v->n};
    if (v->n)
        memcpy(seq.at, v->at, sizeof *v->at * (size_t)v->n);
    vec_free(v);
    return seq;
}

uint16_t *tried_at(Parser *p, int64_t pos)
{
    while (p->tried.n <= pos)
        vec_push(&p->tried, 0);
    return &p->tried.at[pos];
}

bool diagnose_once(Parser *p, DiagnoseRule rule, int64_t pos)
{
    if (!p->diagnose || p->raised || (*tried_at(p, pos) & rule))
        return false;
    *tried_at(p, pos) |= (uint16_t)rule;
    return true;
}

bool memo_failed(Parser *p, int64_t pos, int memo)
{
    return *tried_at(p, pos) & (p->diagnose ? 2 * memo : memo);
}

void memo_fail(Parser *p, int64_t pos, int memo)
{
    *tried_at(p, pos) |= (uint16_t)(p->diagnose ? 3 * memo : memo);
}

bool nest_enter(Parser *p)
{
    if (++p->depth <= PARSE_DEPTH_MAX)
        return true;
    raise_last(p, "MemoryError", "%s", "");
    return false;
}

void nest_leave(Parser *p)
{
    p->depth--;
}

/* ---- the two readings ---- */

typedef Node *(*ParseRule)(Parser *p);

/* Read the tokens that are left: a lexer's error, or a bracket opened before the error's line and
 * never closed, explains more than the error found. */
static void error_look_ahead(Parser *p)
{
    if (p->lexer.error != LEX_OK || p->lexer.at_eof)
        return;
    int32_t error_line = p->tokens.at[p->tokens.n - 1].lineno;
    Token t;
    while (lexer_next(&p->lexer, &t))
        if (t.type == TOK_ENDMARKER)
            return;
    p->raised = false;
    if (p->lexer.error == LEX_SYNTAX)
        raise_lexer_syntax(p);
    else if (p->lexer.level && error_line > p->lexer.bracket_line[p->lexer.level - 1])
        raise_unclosed(p);
    p->raised = true;
}

/* Read a second time for the mistake; false where what follows it cannot explain more. */
static bool error_find(Parser *p, ParseRule rule)
{
    Token last = p->tokens.at[p->tokens.n - 1];
    p->pos = 0;
    p->depth = 0;
    p->diagnose = p->again = true;
    rule(p);
    p->diagnose = false;
    if (!p->raised) {
        if (last.type == TOK_INDENT || last.type == TOK_DEDENT) {
            raise_last(p, "IndentationError",
                       last.type == TOK_INDENT ? "unexpected indent" : "unexpected unindent");
            return false;
        }
        raise_token(p, &last, "invalid syntax");
    }
    return true;
}

static Node *rule_run(Parser *p, ParseRule rule)
{
    Node *n = rule(p);
    p->ended = p->lexer.at_eof;
    bool look = n || p->raised || error_find(p, rule);
    if (look && p->raised && strcmp(p->err->class_name, "MemoryError") != 0)
        error_look_ahead(p);
    return p->raised ? NULL : n;
}

static Node *rule_eval(Parser *p)
{
    token_peek(p);
    Node *n = node_new(p, NODE_Expression, 0);
    n->u.Expression.body = parse_star_expressions(p);
    if (!n->u.Expression.body)
        return NULL;
    while (token_accept(p, TOK_NEWLINE))
        continue;
    return token_accept(p, TOK_ENDMARKER) ? node_end(p, n) : NULL;
}

Node *field_parse(Parser *p, const char *text, int64_t n, int32_t line, int32_t col)
{
    Parser in = {.arena = p->arena,
                 .source = p->source,
                 .text = text,
                 .nbytes = n,
                 .err = p->err,
                 .names = p->names,
                 .dash_line = p->dash_line,
                 .is_field = true,
                 .depth = p->depth,
                 .field_line = line,
                 .field_col = col};
    lexer_init(&in.lexer, text, n);
    in.lexer.lineno = line - 1;
    Node *e = rule_run(&in, parse_star_expressions);
    p->raised |= in.raised;
    lexer_fini(&in.lexer);
    vec_free(&in.tokens);
    vec_free(&in.tried);
    return e;
}

/* Interactive text is unfinished where only its end made it fail, or where a compound statement is
 * not yet closed by an empty line. */
static bool text_is_incomplete(Parser *p, const Node *tree)
{
    const Source *s = p->source;
    int64_t n = 0;
    const char *last = source_line(s, s->nlines, &n);
    bool blank_end = true;
    for (int64_t i = 0; last && i < n; i++)
        blank_end &= last[i] == ' ' || last[i] == '\t' || last[i] == '\f';
    if (!tree)
        return p->ended && (p->lexer.error != LEX_OK || !blank_end);
    if (tree->u.Interactive.body.n == 0 || blank_end)
        return false;
    int kind = tree->u.Interactive.body.at[0]->kind;
    return kind == NODE_FunctionDef || kind == NODE_ClassDef || kind == NODE_If ||
           kind == NODE_For || kind == NODE_While || kind == NODE_With || kind == NODE_Try;
}

/* An expression too deep to compile, as CPython says it. */
static bool depth_check(Parser *p, Node *tree)
{
    if (tree->depth <= AST_DEPTH_MAX)
        return true;
    memset(p->err, 0, sizeof *p->err);
    p->err->class_name = "RecursionError";
    p->err->message = "maximum recursion depth exceeded during compilation";
    p->err->filename = p->source->filename;
    return false;
}

static bool tree_finish(Parser *p, Node *tree, ParseResult *result)
{
    WarnVec warnings = {0};
    bool good = depth_check(p, tree) && scope_build(p->arena, p->source, tree, p->err) &&
                check_tree(p->arena, p->source, tree, p->err, &warnings);
    if (warnings.n) {
        SyntaxWarn *copy = ARENA_ARRAY(p->arena, SyntaxWarn, warnings.n);
        memcpy(copy, warnings.at, sizeof *copy * (size_t)warnings.n);
        result->warnings = copy;
        result->nwarnings = warnings.n;
    }
    vec_free(&warnings);
    return good;
}

ParseResult parse_module(Arena *arena, const Source *source, ParseMode mode)
{
    ParseResult result = {.status = PARSE_ERROR};
    NameTable names = {0};
    Parser p = {.arena = arena,
                .source = source,
                .text = source->text,
                .nbytes = source->nbytes,
                .err = &result.err,
                .names = &names,
                .dash_line = &result.dash_line};
    ParseRule rule = mode == PARSE_FILE          ? parse_file
                     : mode == PARSE_INTERACTIVE ? parse_interactive
                                                 : rule_eval;
    lexer_init(&p.lexer, source->text, source->nbytes);
    Node *tree = rule_run(&p, rule);
    if (mode == PARSE_INTERACTIVE && text_is_incomplete(&p, tree))
        result.status = PARSE_INCOMPLETE;
    else if (tree && tree_finish(&p, tree, &result))
        result.status = PARSE_OK;
    result.tree = result.status == PARSE_OK ? tree : NULL;
    lexer_fini(&p.lexer);
    vec_free(&p.tokens);
    vec_free(&p.tried);
    free(names.at);
    return result;
}
