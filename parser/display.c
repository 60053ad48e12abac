/* display.c -- comprehensions and what stands in brackets: tuples, lists, sets, dicts, groups.
 * Local. */
#include "parser/parse.h"

/* ---- comprehensions ---- */

static Node *parse_for_if(Parser *p)
{
    int64_t start = p->pos;
    NodeVec ifs = {0};
    if (token_peek(p) == KW_ASYNC && token_peek2(p) == KW_FOR)
        return raise_token(p, token_at(p, p->pos), "cnx does not support 'async'");
    if (!token_accept(p, KW_FOR))
        return NULL;
    Node *n = node_new(p, NODE_comprehension, start);
    n->u.comprehension.target = parse_star_targets(p);
    if (!n->u.comprehension.target || !token_accept(p, KW_IN)) {
        if (p->diagnose) {
            p->pos = start + 1;
            raise_invalid_target(p, TARGET_FOR, parse_star_expressions(p));
        }
        return give_up(p, start);
    }
    n->u.comprehension.iter = parse_disjunction(p);
    if (!n->u.comprehension.iter)
        return give_up(p, start);
    for (int64_t save = p->pos; token_accept(p, KW_IF); save = p->pos) {
        Node *test = parse_disjunction(p);
        if (!test) {
            p->pos = save;
            break;
        }
        vec_push(&ifs, test);
    }
    n->u.comprehension.ifs = seq_take(p, &ifs);
    return node_end(p, n);
}

bool parse_for_ifs(Parser *p, NodeSeq *out)
{
    NodeVec clauses = {0};
    for (Node *n; (n = parse_for_if(p));)
        vec_push(&clauses, n);
    *out = seq_take(p, &clauses);
    return out->n > 0;
}

Span clauses_end(const NodeSeq *clauses)
{
    Node *last = clauses->at[clauses->n - 1];
    NodeSeq *ifs = &last->u.comprehension.ifs;
    return ifs->n ? ifs->at[ifs->n - 1]->span : last->u.comprehension.iter->span;
}

Node *comprehension_make(Parser *p, NodeKind kind, int64_t start, Node *elt, NodeSeq clauses)
{
    Node *n = node_new(p, kind, start);
    n->u.GeneratorExp.elt = elt; /* ListComp, SetComp and GeneratorExp have the same fields */
    n->u.GeneratorExp.generators = clauses;
    return node_end(p, n);
}

/* At an opening bracket: the mistakes of a comprehension. */
void diagnose_comprehension(Parser *p)
{
    int64_t start = p->pos;
    TokenType open = token_peek(p);
    NodeSeq clauses;
    NodeVec more = {0};
    p->pos++;
    if (token_peek(p) == TOK_STAR) {
        Node *a = parse_starred(p, parse_expression);
        if (a && parse_for_ifs(p, &clauses))
            raise_node(p, a, "iterable unpacking cannot be used in comprehension");
    }
    p->pos = start + 1;
    Node *a = open == TOK_LPAR ? NULL : parse_star_named_expression(p);
    if (a && token_accept(p, TOK_COMMA)) {
        Span end = token_span(token_at(p, p->pos - 1));
        if (parse_elements(p, &more))
            end = more.at[more.n - 1]->span;
        if (parse_for_ifs(p, &clauses))
            raise_span(p, a->span, end,
                       "did you forget parentheses around the comprehension target?");
    }
    vec_free(&more);
    p->pos = start;
}

/* ---- brackets ---- */

static void diagnose_group(Parser *p)
{
    int64_t start = p->pos++;
    if (token_peek(p) == TOK_STAR) {
        Node *a = parse_starred(p, parse_expression);
        if (a && token_peek(p) == TOK_RPAR)
            raise_node(p, a, "cannot use starred expression here");
    } else if (token_peek(p) == TOK_DOUBLESTAR) {
        const Token stars = *token_at(p, p->pos++);
        if (parse_expression(p) && token_peek(p) == TOK_RPAR)
            raise_token(p, &stars, "cannot use double starred expression here");
    }
    p->pos = start;
}

static Node *tuple_in_parens(Parser *p, int64_t start, Node *first)
{
    NodeVec elts = {0};
    if (first) {
        vec_push(&elts, first);
        p->pos++;
        NodeVec more = {0};
        parse_elements(p, &more);
        for (int64_t i = 0; i < more.n; i++)
            vec_push(&elts, more.at[i]);
        vec_free(&more);
    }
    Node *n = node_new(p, NODE_Tuple, start);
    n->u.Tuple.elts = seq_take(p, &elts);
    if (!token_accept(p, TOK_RPAR))
        return NULL;
    n->flags |= NODE_PAREN;
    return node_end(p, n);
}

static Node *paren_body(Parser *p, int64_t start)
{
    NodeSeq clauses;
    if (token_peek(p) == TOK_RPAR)
        return tuple_in_parens(p, start, NULL);
    bool plain = token_peek(p) != KW_YIELD;
    Node *first = plain ? parse_star_named_expression(p) : parse_yield(p);
    if (!first)
        return NULL;
    if (plain && token_peek(p) == TOK_COMMA)
        return tuple_in_parens(p, start, first);
    if (plain && first->kind != NODE_Starred && parse_for_ifs(p, &clauses))
        return token_accept(p, TOK_RPAR)
                   ? comprehension_make(p, NODE_GeneratorExp, start, first, clauses)
                   : NULL;
    if (first->kind == NODE_Starred || !token_accept(p, TOK_RPAR))
        return NULL;
    first->flags |= NODE_PAREN;
    return first;
}

Node *parse_paren(Parser *p)
{
    int64_t start = p->pos++;
    Node *n = paren_body(p, start);
    if (n)
        return n;
    p->pos = start;
    if (diagnose_once(p, DIAGNOSE_BRACKET, start)) {
        diagnose_group(p);
        diagnose_comprehension(p);
    }
    return NULL;
}

static Node *list_body(Parser *p, int64_t start)
{
    NodeVec elts = {0};
    NodeSeq clauses;
    parse_elements(p, &elts);
    if (elts.n == 1 && elts.at[0]->kind != NODE_Starred &&
        p->tokens.at[p->pos - 1].type != TOK_COMMA && parse_for_ifs(p, &clauses)) {
        Node *elt = elts.at[0];
        vec_free(&elts);
        return token_accept(p, TOK_RSQB) ? comprehension_make(p, NODE_ListComp, start, elt, clauses)
                                         : NULL;
    }
    Node *n = node_new(p, NODE_List, start);
    n->u.List.elts = seq_take(p, &elts);
    return token_accept(p, TOK_RSQB) ? node_end(p, n) : NULL;
}

Node *parse_list(Parser *p)
{
    int64_t start = p->pos++;
    Node *n = list_body(p, start);
    if (n)
        return n;
    p->pos = start;
    if (diagnose_once(p, DIAGNOSE_BRACKET, start))
        diagnose_comprehension(p);
    return NULL;
}

/* `key: value` or `**mapping` (key NULL); false, nothing read, for anything else. */
static bool parse_pair(Parser *p, Node **key, Node **value)
{
    int64_t start = p->pos;
    *key = NULL;
    if (token_accept(p, TOK_DOUBLESTAR))
        *value = parse_bitwise_or(p);
    else
        *value =
            (*key = parse_expression(p)) && token_accept(p, TOK_COLON) ? parse_expression(p) : NULL;
    if (!*value)
        p->pos = start;
    return *value;
}

static Node *dict_make(Parser *p, int64_t start, NodeVec *keys, NodeVec *values)
{
    Node *n = node_new(p, NODE_Dict, start);
    n->u.Dict.keys = seq_take(p, keys);
    n->u.Dict.values = seq_take(p, values);
    return node_end(p, n);
}

/* The rest of a dict display or comprehension whose first key was read, at its colon; key NULL:
 * nothing was read. */
static Node *dict_body(Parser *p, int64_t start, Node *key)
{
    NodeVec keys = {0}, values = {0};
    NodeSeq clauses;
    Node *value = NULL;
    bool begun = key;
    bool more = key ? token_accept(p, TOK_COLON) && (value = parse_expression(p))
                    : parse_pair(p, &key, &value);
    for (; more; more = token_accept(p, TOK_COMMA) && parse_pair(p, &key, &value)) {
        vec_push(&keys, key);
        vec_push(&values, value);
        if (keys.n == 1 && key && parse_for_ifs(p, &clauses)) {
            Node *n = node_new(p, NODE_DictComp, start);
            n->u.DictComp.key = key;
            n->u.DictComp.value = value;
            n->u.DictComp.generators = clauses;
            vec_free(&keys);
            vec_free(&values);
            return token_accept(p, TOK_RBRACE) ? node_end(p, n) : NULL;
        }
    }
    if ((keys.n || !begun) && token_accept(p, TOK_RBRACE))
        return dict_make(p, start, &keys, &values);
    vec_free(&keys);
    vec_free(&values);
    return NULL;
}

/* The rest of a set display or comprehension whose first element was read; NULL: nothing was read.
 */
static Node *set_body(Parser *p, int64_t start, Node *first)
{
    NodeVec elts = {0};
    NodeSeq clauses;
    if (first)
        vec_push(&elts, first);
    if (!first || token_accept(p, TOK_COMMA))
        parse_elements(p, &elts);
    if (elts.n == 1 && elts.at[0]->kind != NODE_Starred &&
        p->tokens.at[p->pos - 1].type != TOK_COMMA && parse_for_ifs(p, &clauses)) {
        Node *elt = elts.at[0];
        vec_free(&elts);
        return token_accept(p, TOK_RBRACE)
                   ? comprehension_make(p, NODE_SetComp, start, elt, clauses)
                   : NULL;
    }
    if (elts.n == 0)
        return NULL;
    Node *n = node_new(p, NODE_Set, start);
    n->u.Set.elts = seq_take(p, &elts);
    return token_accept(p, TOK_RBRACE) ? node_end(p, n) : NULL;
}

static bool brace_or_comma(Parser *p)
{
    return token_peek(p) == TOK_RBRACE || token_peek(p) == TOK_COMMA;
}

/* After a key's colon. */
static void diagnose_value(Parser *p, int64_t colon)
{
    if (token_peek(p) == TOK_STAR) {
        Token star = *token_at(p, p->pos++);
        if (parse_bitwise_or(p))
            raise_from(p, star.lineno, star.col,
                       "cannot use a starred expression in a dictionary value");
    } else if (brace_or_comma(p)) {
        raise_token(p, token_at(p, colon), "expression expected after dictionary key and ':'");
    }
}

static void diagnose_dict(Parser *p)
{
    int64_t start = p->pos++;
    Node *key, *value;
    bool comma = false;
    while (parse_pair(p, &key, &value) && (comma = token_accept(p, TOK_COMMA)))
        continue;
    if (comma) {
        Node *a = parse_expression(p);
        if (a && token_peek(p) != TOK_COLON)
            raise_at(p, "SyntaxError", a->span.lineno, a->span.end_col - 1, a->span.end_lineno, -1,
                     "':' expected after dictionary key");
        else if (a)
            diagnose_value(p, p->pos++);
    }
    p->pos = start + 1;
    if (parse_expression(p) && token_peek(p) == TOK_COLON)
        diagnose_value(p, p->pos++);
    p->pos = start;
}

static void diagnose_dict_comprehension(Parser *p)
{
    int64_t start = p->pos++;
    NodeSeq clauses;
    Token stars = *token_at(p, p->pos);
    if (token_accept(p, TOK_DOUBLESTAR) && parse_bitwise_or(p) && parse_for_ifs(p, &clauses) &&
        token_peek(p) == TOK_RBRACE)
        raise_token(p, &stars, "dict unpacking cannot be used in dict comprehension");
    p->pos = start;
}

/* What begins a brace decides between dict and set by the token after it, so that it is read once:
 * nested sets would double the work at each level. */
static Node *brace_body(Parser *p, int64_t start)
{
    TokenType type = token_peek(p);
    if (type == TOK_RBRACE || type == TOK_DOUBLESTAR)
        return dict_body(p, start, NULL);
    if (type == TOK_STAR)
        return set_body(p, start, NULL);
    Node *first = p->diagnose && token_peek2(p) != TOK_COLONEQUAL ? parse_expression(p)
                                                                  : parse_named_expression(p);
    bool walrus = first && first->kind == NODE_NamedExpr && !(first->flags & NODE_PAREN);
    if (first && token_peek(p) == TOK_COLON && !walrus)
        return dict_body(p, start, first);
    int64_t after = p->pos;
    p->pos = start;
    if (p->diagnose && diagnose_once(p, DIAGNOSE_BRACKET, start))
        diagnose_dict(p);
    if (first && diagnose_once(p, DIAGNOSE_NAMED, start + 1)) {
        p->pos = after;
        diagnose_named(p, start + 1, first);
    }
    p->pos = after;
    return first && !p->raised ? set_body(p, start, first) : NULL;
}

Node *parse_brace(Parser *p)
{
    int64_t start = p->pos++;
    Node *n = brace_body(p, start);
    if (n || p->raised)
        return n;
    p->pos = start;
    if (diagnose_once(p, DIAGNOSE_BRACKET, start))
        diagnose_dict(p);
    if (diagnose_once(p, DIAGNOSE_BRACE, start)) {
        diagnose_dict_comprehension(p);
        diagnose_comprehension(p);
    }
    return give_up(p, start);
}
