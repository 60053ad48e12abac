/* args.c -- the arguments of calls and the parameters of functions.  Local. */
#include "parser/parse.h"

/* ---- call arguments ---- */

static Node *keyword_make(Parser *p, int64_t start, const char *name, Node *value)
{
    Node *n = node_new(p, NODE_keyword, start);
    n->u.keyword.arg = name;
    n->u.keyword.value = value;
    return node_end(p, n);
}

static void diagnose_keyword(Parser *p)
{
    int64_t start = p->pos;
    Token first = *token_at(p, start);
    NodeSeq clauses;
    if (first.type == KW_TRUE || first.type == KW_FALSE || first.type == KW_NONE) {
        if (token_peek2(p) == TOK_EQUAL)
            raise_span(p, token_span(&first), token_span(token_at(p, start + 1)),
                       "cannot assign to %s", token_text((TokenType)first.type));
    }
    if (first.type == TOK_NAME && token_peek2(p) == TOK_EQUAL) {
        Span equal = token_span(token_at(p, start + 1));
        p->pos += 2;
        if (parse_expression(p) && parse_for_ifs(p, &clauses))
            raise_span(p, token_span(&first), equal,
                       "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    } else {
        Node *a = parse_expression(p);
        if (a && token_peek(p) == TOK_EQUAL)
            raise_span(p, a->span, token_span(token_at(p, p->pos)),
                       "expression cannot contain assignment, perhaps you meant \"==\"?");
    }
    p->pos = start;
}

/* One of NAME=value, *value (before the first **), **value; NULL for none. */
static Node *keyword_item(Parser *p, bool doubled)
{
    int64_t start = p->pos;
    Node *value = NULL;
    const char *name = NULL;
    if (diagnose_once(p, DIAGNOSE_KEYWORD, start))
        diagnose_keyword(p);
    if (token_peek(p) == TOK_STAR && !doubled)
        return parse_starred(p, parse_expression);
    if (token_peek(p) == TOK_NAME && token_peek2(p) == TOK_EQUAL) {
        name = name_accept(p);
        p->pos++;
        value = parse_expression(p);
    } else if (doubled && token_accept(p, TOK_DOUBLESTAR)) {
        value = parse_expression(p);
    }
    return value ? keyword_make(p, start, name, value) : give_up(p, start);
}

/* Keywords and stars, then, from the first ** on, keywords and **. */
static bool keyword_items(Parser *p, NodeVec *args, NodeVec *keywords)
{
    int64_t before = args->n + keywords->n;
    for (bool doubled = false;;) {
        int64_t after_item = p->pos;
        if (before != args->n + keywords->n && !token_accept(p, TOK_COMMA))
            break;
        Node *item = keyword_item(p, doubled);
        if (!item && !doubled && token_peek(p) == TOK_DOUBLESTAR) {
            doubled = true;
            item = keyword_item(p, true);
        }
        if (!item) {
            p->pos = after_item;
            break;
        }
        if (item->kind == NODE_Starred)
            vec_push(args, item);
        else
            vec_push(keywords, item);
    }
    return before != args->n + keywords->n;
}

static Node *positional_item(Parser *p)
{
    int64_t start = p->pos;
    Node *n;
    if (token_peek(p) == TOK_STAR)
        n = parse_starred(p, parse_expression);
    else if (token_peek(p) == TOK_NAME && token_peek2(p) == TOK_COLONEQUAL)
        n = parse_named_expression(p);
    else if (token_peek(p) == TOK_NAME && token_peek2(p) == TOK_EQUAL)
        return NULL;
    else
        n = parse_expression(p);
    if (n && equal_follows(p))
        return give_up(p, start);
    return n;
}

/* Positional arguments, then keywords; stops before a comma that nothing fitting follows. */
static bool arguments_items(Parser *p, NodeVec *args, NodeVec *keywords)
{
    int64_t after_item = p->pos;
    for (Node *n; (n = positional_item(p));) {
        vec_push(args, n);
        after_item = p->pos;
        if (!token_accept(p, TOK_COMMA))
            return true;
    }
    if (!p->raised && keyword_items(p, args, keywords))
        return true;
    p->pos = after_item;
    return args->n > 0;
}

static bool items_skip(Parser *p)
{
    NodeVec args = {0}, keywords = {0};
    bool good = arguments_items(p, &args, &keywords);
    vec_free(&args);
    vec_free(&keywords);
    return good;
}

static const char GENEXP_BARE[] = "Generator expression must be parenthesized";

/* `first for ... ,` at the list's beginning; NAME = value for ... */
static void diagnose_first_argument(Parser *p)
{
    int64_t start = p->pos;
    NodeSeq clauses;
    Node *a = parse_expression(p);
    if (a && parse_for_ifs(p, &clauses) && token_accept(p, TOK_COMMA))
        raise_span(p, a->span, clauses_end(&clauses), GENEXP_BARE);
    p->pos = start;
    if (token_peek(p) == TOK_NAME && token_peek2(p) == TOK_EQUAL) {
        Span name = token_span(token_at(p, start)), equal = token_span(token_at(p, start + 1));
        p->pos += 2;
        if (parse_expression(p) && parse_for_ifs(p, &clauses))
            raise_span(p, name, equal,
                       "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
    p->pos = start;
}

/* What comes after all the arguments that did parse. */
static void diagnose_after_arguments(Parser *p, NodeVec *args, NodeVec *keywords)
{
    int64_t save = p->pos;
    NodeSeq clauses;
    if (parse_for_ifs(p, &clauses) && args->n > 1)
        raise_span(p, args->at[args->n - 1]->span, clauses_end(&clauses), GENEXP_BARE);
    p->pos = save;
    if (token_accept(p, TOK_COMMA)) {
        Node *a = parse_expression(p);
        if (a && parse_for_ifs(p, &clauses))
            raise_span(p, a->span, clauses_end(&clauses), GENEXP_BARE);
        p->pos = save + 1;
        if (items_skip(p)) {
            bool unpacking = false;
            for (int64_t i = 0; i < keywords->n; i++)
                unpacking |= keywords->at[i]->u.keyword.arg == NULL;
            raise_last(p, "SyntaxError",
                       unpacking ? "positional argument follows keyword argument unpacking"
                                 : "positional argument follows keyword argument");
        }
    }
    p->pos = save;
}

static void diagnose_arguments(Parser *p)
{
    int64_t start = p->pos;
    NodeVec args = {0}, keywords = {0};
    bool some = arguments_items(p, &args, &keywords);
    int64_t end = p->pos;
    if (keywords.n && some && token_accept(p, TOK_COMMA) && token_peek(p) == TOK_STAR)
        raise_token(p, token_at(p, p->pos),
                    "iterable argument unpacking follows keyword argument unpacking");
    p->pos = start;
    if (!p->raised)
        diagnose_first_argument(p);
    p->pos = end;
    if (some && !p->raised)
        diagnose_after_arguments(p, &args, &keywords);
    vec_free(&args);
    vec_free(&keywords);
    p->pos = start;
}

/* A sole argument that `for` follows is a generator expression; its span is the call's parentheses.
 */
static void call_genexp(Parser *p, int64_t open, Node **arg)
{
    int64_t save = p->pos;
    NodeSeq clauses;
    if (parse_for_ifs(p, &clauses) && token_accept(p, TOK_RPAR)) {
        *arg = comprehension_make(p, NODE_GeneratorExp, open, *arg, clauses);
        p->pos--;
    } else {
        p->pos = save;
    }
}

bool parse_arguments(Parser *p, bool is_call, NodeSeq *out_args, NodeSeq *out_keywords)
{
    int64_t start = p->pos;
    NodeVec args = {0}, keywords = {0};
    bool good = token_peek(p) == TOK_RPAR;
    if (!good) {
        good = arguments_items(p, &args, &keywords);
        if (good && is_call && keywords.n == 0 && args.n == 1 && args.at[0]->kind != NODE_Starred &&
            (token_peek(p) == KW_FOR || token_peek(p) == KW_ASYNC)) {
            call_genexp(p, start - 1, &args.at[0]);
        }
        if (good)
            token_accept(p, TOK_COMMA);
        good = good && token_peek(p) == TOK_RPAR;
    }
    if (!good && diagnose_once(p, DIAGNOSE_ARGUMENTS, start)) {
        p->pos = start - 1;
        diagnose_comprehension(p);
        p->pos = start;
        diagnose_arguments(p);
    }
    *out_args = seq_take(p, &args);
    *out_keywords = seq_take(p, &keywords);
    return good && !p->raised;
}

/* ---- parameters ---- */

typedef struct Params {
    NodeVec posonly, args, kwonly, defaults, kw_defaults;
    Node *vararg, *kwarg;
    bool slash, star;
    bool lambda;
} Params;

static Node *param_read(Parser *p, const Params *ps, bool star_annotation)
{
    int64_t start = p->pos;
    const char *name = name_accept(p);
    if (!name)
        return NULL;
    Node *n = node_new(p, NODE_arg, start);
    n->u.arg.arg = name;
    if (!ps->lambda && token_accept(p, TOK_COLON)) {
        if (star_annotation && token_peek(p) == TOK_STAR)
            n->u.arg.annotation = parse_starred(p, parse_bitwise_or);
        else
            n->u.arg.annotation = parse_expression(p);
        if (!n->u.arg.annotation)
            return NULL;
    }
    return node_end(p, n);
}

static TokenType params_close(const Params *ps)
{
    return ps->lambda ? TOK_COLON : TOK_RPAR;
}

/* After a parameter: a comma, or the end ahead. */
static bool param_ends(Parser *p, const Params *ps)
{
    return token_accept(p, TOK_COMMA) || token_peek(p) == params_close(ps);
}

static bool param_default(Parser *p, const Params *ps, Node **value)
{
    *value = NULL;
    if (token_peek(p) != TOK_EQUAL)
        return true;
    Token equal = *token_at(p, p->pos++);
    if (p->diagnose && (token_peek(p) == params_close(ps) || token_peek(p) == TOK_COMMA) &&
        (!ps->lambda || token_peek(p) != TOK_COLON)) {
        raise_token(p, &equal, "expected default value expression");
        return false;
    }
    *value = parse_expression(p);
    return *value != NULL;
}

static bool param_plain(Parser *p, Params *ps)
{
    Node *value, *n = param_read(p, ps, false);
    if (!n || !param_default(p, ps, &value) || !param_ends(p, ps))
        return false;
    if (ps->star) {
        vec_push(&ps->kwonly, n);
        vec_push(&ps->kw_defaults, value);
        return true;
    }
    if (!value && ps->defaults.n && p->diagnose)
        raise_node(p, n, "non-default argument follows default argument");
    if (!value && ps->defaults.n)
        return false;
    if (value)
        vec_push(&ps->defaults, value);
    vec_push(&ps->args, n);
    return true;
}

static bool param_slash(Parser *p, Params *ps)
{
    Token slash = *token_at(p, p->pos++);
    if (ps->slash || ps->star || ps->args.n == 0) {
        if (p->diagnose && ps->slash)
            raise_token(p, &slash, "/ may appear only once");
        else if (p->diagnose && ps->star)
            raise_token(p, &slash, "/ must be ahead of *");
        else if (p->diagnose && token_peek(p) == TOK_COMMA)
            raise_token(p, &slash, "at least one argument must precede /");
        return false;
    }
    if (p->diagnose && token_peek(p) == TOK_STAR)
        raise_token(p, token_at(p, p->pos), "expected comma between / and *");
    if (!param_ends(p, ps))
        return false;
    ps->slash = true;
    ps->posonly = ps->args;
    memset(&ps->args, 0, sizeof ps->args);
    return true;
}

static void diagnose_bare_star(Parser *p, const Params *ps, const Token *star)
{
    TokenType close = params_close(ps);
    if (token_peek(p) != close && !(token_peek(p) == TOK_COMMA &&
                                    (token_peek2(p) == close || token_peek2(p) == TOK_DOUBLESTAR)))
        return;
    if (ps->lambda)
        raise_last(p, "SyntaxError", "named arguments must follow bare *");
    else
        raise_token(p, star, "named arguments must follow bare *");
}

static bool param_star(Parser *p, Params *ps)
{
    Token star = *token_at(p, p->pos++);
    if (ps->star) {
        if (p->diagnose)
            raise_token(p, &star, "* argument may appear only once");
        return false;
    }
    ps->star = true;
    if (p->diagnose)
        diagnose_bare_star(p, ps, &star);
    if (token_accept(p, TOK_COMMA)) {
        if (p->diagnose && token_peek(p) == TOK_SLASH)
            raise_token(p, token_at(p, p->pos), "/ must be ahead of *");
        return token_peek(p) == TOK_NAME;
    }
    ps->vararg = param_read(p, ps, true);
    if (ps->vararg && p->diagnose && token_peek(p) == TOK_EQUAL)
        raise_token(p, token_at(p, p->pos), "var-positional argument cannot have default value");
    return ps->vararg && param_ends(p, ps);
}

static bool param_double_star(Parser *p, Params *ps)
{
    p->pos++;
    ps->kwarg = param_read(p, ps, false);
    if (!ps->kwarg)
        return false;
    if (p->diagnose && token_peek(p) == TOK_EQUAL)
        raise_token(p, token_at(p, p->pos), "var-keyword argument cannot have default value");
    bool comma = token_peek(p) == TOK_COMMA;
    if (!param_ends(p, ps))
        return false;
    if (comma && p->diagnose) {
        TokenType type = token_peek(p);
        if (type == TOK_NAME) {
            Node *n = param_read(p, ps, false);
            if (n)
                raise_node(p, n, "arguments cannot follow var-keyword argument");
        } else if (type == TOK_STAR || type == TOK_DOUBLESTAR || type == TOK_SLASH) {
            raise_token(p, token_at(p, p->pos), "arguments cannot follow var-keyword argument");
        }
    }
    return token_peek(p) == params_close(ps);
}

static void diagnose_param_parens(Parser *p, const Params *ps)
{
    Span open = token_span(token_at(p, p->pos++));
    while (token_accept(p, TOK_NAME) && token_accept(p, TOK_COMMA))
        continue;
    if (token_peek(p) == TOK_RPAR)
        raise_span(p, open, token_span(token_at(p, p->pos)),
                   ps->lambda ? "Lambda expression parameters cannot be parenthesized"
                              : "Function parameters cannot be parenthesized");
}

static bool params_read(Parser *p, Params *ps)
{
    while (token_peek(p) != params_close(ps)) {
        bool good = false;
        switch (token_peek(p)) {
        case TOK_NAME:
            good = param_plain(p, ps);
            break;
        case TOK_SLASH:
            good = param_slash(p, ps);
            break;
        case TOK_STAR:
            good = param_star(p, ps);
            break;
        case TOK_DOUBLESTAR:
            return param_double_star(p, ps);
        case TOK_LPAR:
            if (p->diagnose && ps->defaults.n == 0 && !ps->star && !ps->slash)
                diagnose_param_parens(p, ps);
            break;
        default:
            break;
        }
        if (!good)
            return false;
    }
    return true;
}

Node *parse_params(Parser *p, bool lambda)
{
    int64_t start = p->pos;
    Params ps = {.lambda = lambda};
    token_peek(p);
    bool good = params_read(p, &ps);
    Node *n = node_new(p, NODE_arguments, start);
    n->u.arguments.posonlyargs = seq_take(p, &ps.posonly);
    n->u.arguments.args = seq_take(p, &ps.args);
    n->u.arguments.vararg = ps.vararg;
    n->u.arguments.kwonlyargs = seq_take(p, &ps.kwonly);
    n->u.arguments.kw_defaults = seq_take(p, &ps.kw_defaults);
    n->u.arguments.kwarg = ps.kwarg;
    n->u.arguments.defaults = seq_take(p, &ps.defaults);
    return good && !p->raised ? node_end(p, n) : give_up(p, start);
}
