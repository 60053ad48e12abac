/* stmt.c -- statements.  Local. */
#include "parser/parse.h"

static bool parse_statements(Parser *p, NodeVec *out);

static Node *value_parse(Parser *p)
{
    return token_peek(p) == KW_YIELD ? parse_yield(p) : parse_star_expressions(p);
}

/* ---- assignment and expression statements ---- */

static bool augmented_op(TokenType type, Operator *op)
{
    static const struct {
        uint8_t type, op;
    } ROWS[] = {{TOK_PLUSEQUAL, BINOP_Add},
                {TOK_MINEQUAL, BINOP_Sub},
                {TOK_STAREQUAL, BINOP_Mult},
                {TOK_ATEQUAL, BINOP_MatMult},
                {TOK_SLASHEQUAL, BINOP_Div},
                {TOK_PERCENTEQUAL, BINOP_Mod},
                {TOK_AMPEREQUAL, BINOP_BitAnd},
                {TOK_VBAREQUAL, BINOP_BitOr},
                {TOK_CIRCUMFLEXEQUAL, BINOP_BitXor},
                {TOK_LEFTSHIFTEQUAL, BINOP_LShift},
                {TOK_RIGHTSHIFTEQUAL, BINOP_RShift},
                {TOK_DOUBLESTAREQUAL, BINOP_Pow},
                {TOK_DOUBLESLASHEQUAL, BINOP_FloorDiv}};
    if (type <= TOK_EQUAL || type > TOK_ATEQUAL)
        return false;
    for (size_t k = 0; k < sizeof ROWS / sizeof *ROWS; k++)
        if (ROWS[k].type == type)
            *op = (Operator)ROWS[k].op;
    return true;
}

static bool is_single_target(const Node *n)
{
    return n->kind == NODE_Name || n->kind == NODE_Attribute || n->kind == NODE_Subscript;
}

/* `(a, b): T` and the like. */
static void diagnose_annotation(Parser *p, int64_t start)
{
    p->pos = start;
    Node *a = parse_star_named_expression(p);
    if (!a)
        return;
    bool many = token_peek(p) == TOK_COMMA;
    if (!many && token_accept(p, TOK_COLON)) {
        bool display = a->kind == NODE_List || a->kind == NODE_Tuple;
        if (!parse_expression(p))
            return;
        if (display)
            raise_node(p, a, "only single target (not %s) can be annotated", expr_name(a));
        else if (a->kind != NODE_Starred)
            raise_node(p, a, "illegal target for annotation");
        return;
    }
    if (!many)
        return;
    do
        token_accept(p, TOK_COMMA);
    while (parse_star_named_expression(p));
    if (token_accept(p, TOK_COLON) && parse_expression(p))
        raise_node(p, a, "only single target (not tuple) can be annotated");
}

static void diagnose_targets(Parser *p, int64_t start)
{
    Operator op;
    p->pos = start;
    for (int64_t save = start;; save = p->pos) {
        Node *t = parse_star_targets(p);
        if (!t || !token_accept(p, TOK_EQUAL)) {
            p->pos = save;
            break;
        }
    }
    Node *a = value_parse(p);
    if (a && token_peek(p) == TOK_EQUAL) {
        if (a->kind == NODE_Yield || a->kind == NODE_YieldFrom)
            raise_node(p, a, "assignment to yield expression not possible");
        else
            raise_invalid_target(p, TARGET_STAR, a);
    }
    p->pos = start;
    a = p->raised ? NULL : parse_star_expressions(p);
    if (a && augmented_op(token_peek(p), &op)) {
        p->pos++;
        if (value_parse(p))
            raise_node(p, a, "'%s' is an illegal expression for augmented assignment",
                       expr_name(a));
    }
}

static void diagnose_assignment(Parser *p, int64_t start)
{
    int64_t save = p->pos;
    if (!p->raised)
        diagnose_annotation(p, start);
    if (!p->raised)
        diagnose_targets(p, start);
    p->pos = save;
}

static Node *annotated_assign(Parser *p, int64_t start, Node *target)
{
    int64_t colon = p->pos++;
    Node *annotation = parse_expression(p), *value = NULL;
    if (!annotation)
        return give_up(p, colon);
    int64_t save = p->pos;
    if (token_accept(p, TOK_EQUAL) && !(value = value_parse(p)))
        p->pos = save;
    Node *n = node_new(p, NODE_AnnAssign, start);
    target_set(target, CTX_Store, false);
    n->u.AnnAssign.target = target;
    n->u.AnnAssign.annotation = annotation;
    n->u.AnnAssign.value = value;
    n->u.AnnAssign.simple = target->kind == NODE_Name && !(target->flags & NODE_PAREN);
    return node_end(p, n);
}

/* a = b = value, at the first "=". */
static Node *plain_assign(Parser *p, int64_t start, Node *first)
{
    int64_t save = p->pos;
    NodeVec targets = {0};
    Node *value = first;
    while (token_peek(p) == TOK_EQUAL && target_set(value, CTX_Store, true)) {
        vec_push(&targets, value);
        p->pos++;
        if (!(value = value_parse(p)))
            break;
    }
    if (!value || targets.n == 0 || token_peek(p) == TOK_EQUAL) {
        vec_free(&targets);
        return give_up(p, save);
    }
    Node *n = node_new(p, NODE_Assign, start);
    n->u.Assign.targets = seq_take(p, &targets);
    n->u.Assign.value = value;
    return node_end(p, n);
}

static Node *augmented_assign(Parser *p, int64_t start, Node *target, Operator op)
{
    bool dash = token_at(p, p->pos++)->is_dash;
    Node *value = value_parse(p);
    if (!value)
        return give_up(p, start);
    Node *n = node_new(p, NODE_AugAssign, start);
    target_set(target, CTX_Store, false);
    n->u.AugAssign.target = target;
    n->u.AugAssign.op = op;
    n->u.AugAssign.value = value;
    n->flags |= dash ? NODE_DASH : 0;
    return node_end(p, n);
}

static Node *parse_expression_statement(Parser *p)
{
    int64_t start = p->pos;
    bool diagnose = p->diagnose;
    Operator op = BINOP_Add;
    Node *first = value_parse(p), *n = NULL;
    if (!first || p->raised)
        return give_up(p, start);
    if (token_peek(p) == TOK_COLON && is_single_target(first))
        n = annotated_assign(p, start, first);
    else if (token_peek(p) == TOK_EQUAL)
        n = plain_assign(p, start, first);
    else if (is_single_target(first) && augmented_op(token_peek(p), &op))
        return augmented_assign(p, start, first, op);
    if (n)
        return n;
    if (diagnose)
        diagnose_assignment(p, start);
    if (p->raised)
        return NULL;
    n = node_new(p, NODE_Expr, start);
    n->u.Expr.value = first;
    return node_end(p, n);
}

/* ---- simple statements ---- */

static Node *parse_return(Parser *p)
{
    Node *n = node_new(p, NODE_Return, p->pos++);
    n->u.Return.value = parse_star_expressions(p);
    return node_end(p, n);
}

static Node *parse_raise(Parser *p)
{
    Node *n = node_new(p, NODE_Raise, p->pos++);
    n->u.Raise.exc = parse_expression(p);
    int64_t save = p->pos;
    if (n->u.Raise.exc && token_accept(p, KW_FROM) && !(n->u.Raise.cause = parse_expression(p)))
        p->pos = save;
    return node_end(p, n);
}

static Node *parse_assert(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_Assert, p->pos++);
    n->u.Assert.test = parse_expression(p);
    if (!n->u.Assert.test)
        return give_up(p, start);
    int64_t save = p->pos;
    if (token_accept(p, TOK_COMMA) && !(n->u.Assert.msg = parse_expression(p)))
        p->pos = save;
    return node_end(p, n);
}

/* `global a, b` and `nonlocal a, b`, whose nodes are alike. */
static Node *parse_names(Parser *p, NodeKind kind)
{
    int64_t start = p->pos;
    Node *n = node_new(p, kind, p->pos++);
    Vec(const char *) names = {0};
    int64_t after = p->pos;
    for (const char *name; (name = name_accept(p));) {
        vec_push(&names, name);
        after = p->pos;
        if (!token_accept(p, TOK_COMMA))
            break;
    }
    p->pos = after;
    IdentSeq seq = {ARENA_ARRAY(p->arena, const char *, names.n), names.n};
    if (names.n)
        memcpy(seq.at, names.at, sizeof *names.at * (size_t)names.n);
    vec_free(&names);
    n->u.Global.names = seq;
    return seq.n ? node_end(p, n) : give_up(p, start);
}

static Node *parse_del(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_Delete, p->pos++);
    Node *list = parse_star_expressions(p);
    TokenType end = list ? token_peek(p) : TOK_ERROR;
    if (list && (end == TOK_NEWLINE || end == TOK_SEMI) && target_set(list, CTX_Del, false)) {
        NodeVec one = {0};
        if (list->kind == NODE_Tuple && !(list->flags & NODE_PAREN)) {
            n->u.Delete.targets = list->u.Tuple.elts;
        } else {
            vec_push(&one, list);
            n->u.Delete.targets = seq_take(p, &one);
        }
        return node_end(p, n);
    }
    if (p->diagnose && list)
        raise_invalid_target(p, TARGET_DEL, list);
    return give_up(p, start);
}

/* a.b.c as one text; NULL where there is no name. */
static const char *parse_dotted(Parser *p)
{
    const char *first = name_accept(p);
    Buf text = {0};
    if (!first || token_peek(p) != TOK_DOT)
        return first;
    buf_puts(&text, first);
    for (int64_t save = p->pos; token_accept(p, TOK_DOT); save = p->pos) {
        const char *next = name_accept(p);
        if (!next) {
            p->pos = save;
            break;
        }
        buf_printf(&text, ".%s", next);
    }
    first = name_intern(p, text.at, text.n);
    buf_free(&text);
    return first;
}

static Node *parse_alias(Parser *p, bool dotted)
{
    int64_t start = p->pos;
    if (token_peek(p) != TOK_NAME)
        return NULL;
    Node *n = node_new(p, NODE_alias, start);
    n->u.alias.name = dotted ? parse_dotted(p) : name_accept(p);
    int64_t save = p->pos;
    if (token_accept(p, KW_AS) && !(n->u.alias.asname = name_accept(p)))
        p->pos = save;
    return node_end(p, n);
}

/* Aliases separated by commas; the position stays before a comma that none follows. */
static NodeSeq parse_aliases(Parser *p, bool dotted)
{
    NodeVec names = {0};
    int64_t after = p->pos;
    for (Node *n; (n = parse_alias(p, dotted));) {
        vec_push(&names, n);
        after = p->pos;
        if (!token_accept(p, TOK_COMMA))
            break;
    }
    p->pos = after;
    return seq_take(p, &names);
}

static Node *parse_import(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_Import, p->pos++);
    n->u.Import.names = parse_aliases(p, true);
    return n->u.Import.names.n ? node_end(p, n) : give_up(p, start);
}

static bool parse_import_targets(Parser *p, Node *n)
{
    if (token_peek(p) == TOK_STAR) {
        NodeVec one = {0};
        Node *star = node_new(p, NODE_alias, p->pos++);
        star->u.alias.name = name_intern(p, "*", 1);
        vec_push(&one, node_end(p, star));
        n->u.ImportFrom.names = seq_take(p, &one);
        return true;
    }
    bool paren = token_accept(p, TOK_LPAR);
    n->u.ImportFrom.names = parse_aliases(p, false);
    if (n->u.ImportFrom.names.n == 0)
        return false;
    if (paren) {
        token_accept(p, TOK_COMMA);
        return token_accept(p, TOK_RPAR);
    }
    if (token_peek(p) != TOK_COMMA)
        return true;
    if (p->diagnose && token_peek2(p) == TOK_NEWLINE)
        raise_last(p, "SyntaxError", "trailing comma not allowed without surrounding parentheses");
    return false;
}

static Node *parse_import_from(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_ImportFrom, p->pos++);
    for (;;) {
        if (token_accept(p, TOK_DOT))
            n->u.ImportFrom.level += 1;
        else if (token_accept(p, TOK_ELLIPSIS))
            n->u.ImportFrom.level += 3;
        else
            break;
    }
    n->u.ImportFrom.module = parse_dotted(p);
    if ((!n->u.ImportFrom.module && n->u.ImportFrom.level == 0) || !token_accept(p, KW_IMPORT) ||
        !parse_import_targets(p, n))
        return give_up(p, start);
    return node_end(p, n);
}

static Node *parse_word(Parser *p, NodeKind kind)
{
    Node *n = node_new(p, kind, p->pos++);
    return node_end(p, n);
}

static Node *parse_simple(Parser *p)
{
    switch (token_peek(p)) {
    case KW_RETURN:
        return parse_return(p);
    case KW_IMPORT:
        return parse_import(p);
    case KW_FROM:
        return parse_import_from(p);
    case KW_RAISE:
        return parse_raise(p);
    case KW_PASS:
        return parse_word(p, NODE_Pass);
    case KW_BREAK:
        return parse_word(p, NODE_Break);
    case KW_CONTINUE:
        return parse_word(p, NODE_Continue);
    case KW_DEL:
        return parse_del(p);
    case KW_ASSERT:
        return parse_assert(p);
    case KW_GLOBAL:
        return parse_names(p, NODE_Global);
    case KW_NONLOCAL:
        return parse_names(p, NODE_Nonlocal);
    default:
        return parse_expression_statement(p);
    }
}

static bool parse_simple_line(Parser *p, NodeVec *out)
{
    do {
        if (token_peek(p) == TOK_NEWLINE && p->tokens.at[p->pos - 1].type == TOK_SEMI)
            break;
        Node *n = parse_simple(p);
        if (!n || p->raised)
            return false;
        vec_push(out, n);
    } while (token_accept(p, TOK_SEMI));
    return token_accept(p, TOK_NEWLINE);
}

/* ---- blocks ---- */

static bool parse_block(Parser *p, NodeSeq *out)
{
    NodeVec body = {0};
    bool good;
    if (token_accept(p, TOK_NEWLINE)) {
        if (p->diagnose && token_peek(p) != TOK_INDENT && !p->raised)
            raise_last(p, "IndentationError", "expected an indented block");
        good = token_accept(p, TOK_INDENT) && parse_statements(p, &body) &&
               token_accept(p, TOK_DEDENT);
    } else {
        good = parse_simple_line(p, &body);
    }
    *out = seq_take(p, &body);
    return good;
}

/* The colon that ends a header which began on `line`, and the block; `what` as the message about a
 * missing indentation names it.  `missing` says that a newline in the colon's place is its own
 * message. */
static bool parse_suite(Parser *p, const char *what, int32_t line, bool missing, NodeSeq *out)
{
    if (p->diagnose && missing && token_peek(p) == TOK_NEWLINE)
        raise_last(p, "SyntaxError", "expected ':'");
    if (!token_accept(p, TOK_COLON))
        return false;
    if (p->diagnose && token_peek(p) == TOK_NEWLINE && token_peek2(p) != TOK_INDENT && !p->raised)
        raise_last(p, "IndentationError", "expected an indented block after %s on line %d", what,
                   (int)line);
    return parse_block(p, out);
}

/* The same where nothing but a colon can follow: else, finally, try, def. */
static bool parse_suite_forced(Parser *p, const char *what, int32_t line, NodeSeq *out)
{
    if (!p->raised && token_peek(p) != TOK_COLON)
        return token_force(p, TOK_COLON);
    return parse_suite(p, what, line, false, out);
}

static bool parse_else(Parser *p, NodeSeq *out)
{
    int32_t line = token_at(p, p->pos)->lineno;
    if (!token_accept(p, KW_ELSE))
        return !p->raised;
    return parse_suite_forced(p, "'else' statement", line, out);
}

/* ---- compound statements ---- */

/* A chain of elifs is read in a row, then nested from its end. */
static Node *parse_if(Parser *p)
{
    int64_t start = p->pos;
    NodeVec chain = {0};
    NodeSeq orelse = {0};
    bool good = true;
    do {
        int64_t at = p->pos;
        bool first = chain.n == 0;
        Node *n = node_new(p, NODE_If, p->pos++);
        n->u.If.test = parse_named_expression(p);
        good = n->u.If.test && parse_suite(p, first ? "'if' statement" : "'elif' statement",
                                           token_at(p, at)->lineno, true, &n->u.If.body);
        vec_push(&chain, n);
    } while (good && token_peek(p) == KW_ELIF);
    good = good && parse_else(p, &orelse);
    Node *n = NULL;
    for (int64_t i = chain.n; good && i-- > 0;) {
        NodeVec one = {0};
        n = chain.at[i];
        n->u.If.orelse = orelse;
        node_end(p, n);
        vec_push(&one, n);
        orelse = seq_take(p, &one);
    }
    vec_free(&chain);
    return good ? n : give_up(p, start);
}

static Node *parse_while(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_While, p->pos++);
    n->u.While.test = parse_named_expression(p);
    if (n->u.While.test &&
        parse_suite(p, "'while' statement", n->span.lineno, true, &n->u.While.body) &&
        parse_else(p, &n->u.While.orelse))
        return node_end(p, n);
    return give_up(p, start);
}

static Node *parse_for(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_For, p->pos++);
    n->u.For.target = parse_star_targets(p);
    if (!n->u.For.target || !token_accept(p, KW_IN)) {
        p->pos = start + 1;
        if (p->diagnose && !p->raised)
            raise_invalid_target(p, TARGET_FOR, parse_star_expressions(p));
        return give_up(p, start);
    }
    n->u.For.iter = parse_star_expressions(p);
    if (n->u.For.iter && parse_suite(p, "'for' statement", n->span.lineno, true, &n->u.For.body) &&
        parse_else(p, &n->u.For.orelse))
        return node_end(p, n);
    return give_up(p, start);
}

static Node *parse_with_item(Parser *p)
{
    int64_t start = p->pos;
    token_peek(p);
    Node *n = node_new(p, NODE_withitem, start);
    n->u.withitem.context_expr = parse_expression(p);
    if (!n->u.withitem.context_expr)
        return NULL;
    int64_t save = p->pos;
    if (!token_accept(p, KW_AS))
        return node_end(p, n);
    Node *target = parse_star_target(p);
    TokenType end = target ? token_peek(p) : TOK_ERROR;
    if (end == TOK_COMMA || end == TOK_RPAR || end == TOK_COLON) {
        n->u.withitem.optional_vars = target;
        return node_end(p, n);
    }
    if (p->diagnose && !p->raised) {
        p->pos = save + 1;
        Node *a = parse_expression(p);
        end = token_peek(p);
        if (a && (end == TOK_COMMA || end == TOK_RPAR || end == TOK_COLON))
            raise_invalid_target(p, TARGET_STAR, a);
    }
    p->pos = save;
    return node_end(p, n);
}

static bool parse_with_items(Parser *p, NodeSeq *out)
{
    NodeVec items = {0};
    int64_t after = p->pos;
    for (Node *n; (n = parse_with_item(p));) {
        vec_push(&items, n);
        after = p->pos;
        if (!token_accept(p, TOK_COMMA))
            break;
    }
    p->pos = after;
    *out = seq_take(p, &items);
    return out->n > 0;
}

/* The items in parentheses, up to the colon; where that fails the parenthesis belongs to an
 * expression. */
static bool parse_with_parens(Parser *p, NodeSeq *out)
{
    int64_t start = p->pos;
    if (token_accept(p, TOK_LPAR) && parse_with_items(p, out)) {
        token_accept(p, TOK_COMMA);
        if (token_accept(p, TOK_RPAR) &&
            (token_peek(p) == TOK_COLON || (p->diagnose && token_peek(p) == TOK_NEWLINE)))
            return true;
    }
    p->pos = start;
    return false;
}

/* All items there, but a newline in the colon's place. */
static void diagnose_with(Parser *p, int64_t start)
{
    p->pos = start + 1;
    do {
        if (!parse_expression(p))
            return;
        int64_t save = p->pos;
        if (token_accept(p, KW_AS) && !parse_star_target(p))
            p->pos = save;
    } while (token_accept(p, TOK_COMMA));
    if (token_peek(p) == TOK_NEWLINE)
        raise_last(p, "SyntaxError", "expected ':'");
}

static Node *parse_with(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_With, p->pos++);
    if ((parse_with_parens(p, &n->u.With.items) || parse_with_items(p, &n->u.With.items)) &&
        parse_suite(p, "'with' statement", n->span.lineno, true, &n->u.With.body))
        return node_end(p, n);
    if (p->diagnose && !p->raised)
        diagnose_with(p, start);
    return give_up(p, start);
}

/* `except A, B:` */
static void diagnose_except(Parser *p, Node *a)
{
    int64_t save = p->pos;
    if (!token_accept(p, TOK_COMMA))
        return;
    Span first = a->span;
    bool more = parse_expression(p);
    while (more && token_accept(p, TOK_COMMA) && parse_expression(p))
        continue;
    if (more && token_accept(p, KW_AS))
        name_accept(p);
    if (more && token_accept(p, TOK_COLON))
        raise_from(p, first.lineno, first.col, "multiple exception types must be parenthesized");
    p->pos = save;
}

static Node *parse_except(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_ExceptHandler, p->pos++);
    if (token_peek(p) == TOK_STAR)
        return raise_span(p, n->span, token_span(token_at(p, p->pos)),
                          "cnx does not support 'except*'");
    n->u.ExceptHandler.type = parse_expression(p);
    if (n->u.ExceptHandler.type && p->diagnose && !p->raised)
        diagnose_except(p, n->u.ExceptHandler.type);
    int64_t save = p->pos;
    if (n->u.ExceptHandler.type && token_accept(p, KW_AS) &&
        !(n->u.ExceptHandler.name = name_accept(p)))
        p->pos = save;
    if (parse_suite(p, "'except' statement", n->span.lineno, true, &n->u.ExceptHandler.body))
        return node_end(p, n);
    return give_up(p, start);
}

static bool parse_handlers(Parser *p, Node *n)
{
    NodeVec handlers = {0};
    while (token_peek(p) == KW_EXCEPT) {
        Node *h = parse_except(p);
        if (!h)
            break;
        vec_push(&handlers, h);
    }
    n->u.Try.handlers = seq_take(p, &handlers);
    return token_peek(p) != KW_EXCEPT && !p->raised;
}

static Node *parse_try(Parser *p)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_Try, p->pos++);
    if (!parse_suite_forced(p, "'try' statement", n->span.lineno, &n->u.Try.body))
        return give_up(p, start);
    if (p->diagnose && token_peek(p) != KW_EXCEPT && token_peek(p) != KW_FINALLY && !p->raised)
        raise_last(p, "SyntaxError", "expected 'except' or 'finally' block");
    if (!parse_handlers(p, n) || (n->u.Try.handlers.n && !parse_else(p, &n->u.Try.orelse)))
        return give_up(p, start);
    int32_t line = token_at(p, p->pos)->lineno;
    bool has_finally = token_accept(p, KW_FINALLY);
    if (has_finally && !parse_suite_forced(p, "'finally' statement", line, &n->u.Try.finalbody))
        return give_up(p, start);
    return has_finally || n->u.Try.handlers.n ? node_end(p, n) : give_up(p, start);
}

static Node *parse_def(Parser *p, NodeSeq decorators)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_FunctionDef, p->pos++);
    n->u.FunctionDef.name = name_accept(p);
    n->u.FunctionDef.decorator_list = decorators;
    if (!n->u.FunctionDef.name || !token_force(p, TOK_LPAR))
        return give_up(p, start);
    int64_t open = p->pos;
    n->u.FunctionDef.args = parse_params(p, false);
    if (!n->u.FunctionDef.args || !token_accept(p, TOK_RPAR))
        return give_up(p, open);
    int64_t save = p->pos;
    if (token_accept(p, TOK_RARROW) && !(n->u.FunctionDef.returns = parse_expression(p)))
        p->pos = save;
    if (parse_suite_forced(p, "function definition", n->span.lineno, &n->u.FunctionDef.body))
        return node_end(p, n);
    return give_up(p, start);
}

static Node *parse_class(Parser *p, NodeSeq decorators)
{
    int64_t start = p->pos;
    Node *n = node_new(p, NODE_ClassDef, p->pos++);
    n->u.ClassDef.name = name_accept(p);
    n->u.ClassDef.decorator_list = decorators;
    if (!n->u.ClassDef.name)
        return give_up(p, start);
    if (token_accept(p, TOK_LPAR) &&
        (!parse_arguments(p, false, &n->u.ClassDef.bases, &n->u.ClassDef.keywords) ||
         !token_accept(p, TOK_RPAR)))
        return give_up(p, start);
    if (parse_suite(p, "class definition", n->span.lineno, true, &n->u.ClassDef.body))
        return node_end(p, n);
    return give_up(p, start);
}

static Node *parse_decorated(Parser *p)
{
    int64_t start = p->pos;
    NodeVec decorators = {0};
    while (token_accept(p, TOK_AT)) {
        Node *n = parse_named_expression(p);
        if (!n || !token_accept(p, TOK_NEWLINE)) {
            vec_free(&decorators);
            return give_up(p, start);
        }
        vec_push(&decorators, n);
    }
    NodeSeq seq = seq_take(p, &decorators);
    switch (token_peek(p)) {
    case KW_DEF:
        return parse_def(p, seq);
    case KW_CLASS:
        return parse_class(p, seq);
    case KW_ASYNC:
        return raise_token(p, token_at(p, p->pos), "cnx does not support 'async'");
    default:
        return give_up(p, start);
    }
}

/* `match subject:` with a `case` below is a statement; anything else is a use of the name match. */
static void match_refuse(Parser *p)
{
    int64_t start = p->pos;
    Token word = *token_at(p, start);
    p->pos++;
    TokenType next = token_peek(p);
    if (next == TOK_EQUAL || next == TOK_DOT || next == TOK_COMMA || next == TOK_NEWLINE ||
        !parse_star_expressions(p)) {
        p->pos = start;
        return;
    }
    if (token_peek(p) == TOK_NEWLINE && p->diagnose)
        raise_last(p, "SyntaxError", "expected ':'");
    if (token_accept(p, TOK_COLON) && token_accept(p, TOK_NEWLINE)) {
        if (token_peek(p) != TOK_INDENT && p->diagnose && !p->raised)
            raise_last(p, "IndentationError",
                       "expected an indented block after 'match' statement on line %d",
                       (int)word.lineno);
        if (token_accept(p, TOK_INDENT) && token_is_word(p, p->pos, "case"))
            raise_token(p, &word, "cnx does not support 'match' statements");
    }
    p->pos = start;
}

static bool is_compound(TokenType type)
{
    return type == KW_IF || type == KW_DEF || type == TOK_AT || type == KW_CLASS ||
           type == KW_WITH || type == KW_FOR || type == KW_TRY || type == KW_WHILE ||
           type == KW_ASYNC;
}

static Node *parse_statement_compound(Parser *p)
{
    switch (token_peek(p)) {
    case KW_IF:
        return parse_if(p);
    case KW_DEF:
        return parse_def(p, (NodeSeq){0});
    case KW_CLASS:
        return parse_class(p, (NodeSeq){0});
    case KW_WITH:
        return parse_with(p);
    case KW_FOR:
        return parse_for(p);
    case KW_TRY:
        return parse_try(p);
    case KW_WHILE:
        return parse_while(p);
    case KW_ASYNC:
        return raise_token(p, token_at(p, p->pos), "cnx does not support 'async'");
    default:
        return parse_decorated(p);
    }
}

/* Statements up to one that does not parse or the end of the block; false: a statement failed. */
static bool parse_statements(Parser *p, NodeVec *out)
{
    for (;;) {
        TokenType type = token_peek(p);
        if (type == TOK_DEDENT || type == TOK_ENDMARKER)
            return out->n > 0;
        if (type == TOK_NAME && token_is_word(p, p->pos, "match"))
            match_refuse(p);
        if (!is_compound(type)) {
            if (p->raised || !parse_simple_line(p, out))
                return false;
            continue;
        }
        Node *n = parse_statement_compound(p);
        if (!n || p->raised)
            return false;
        vec_push(out, n);
    }
}

Node *parse_file(Parser *p)
{
    NodeVec body = {0};
    token_peek(p);
    Node *n = node_new(p, NODE_Module, 0);
    bool good = token_peek(p) == TOK_ENDMARKER || parse_statements(p, &body);
    n->u.Module.body = seq_take(p, &body);
    return good && token_accept(p, TOK_ENDMARKER) ? node_end(p, n) : NULL;
}

Node *parse_interactive(Parser *p)
{
    NodeVec body = {0};
    token_peek(p);
    Node *n = node_new(p, NODE_Interactive, 0), *statement = NULL;
    TokenType type = token_peek(p);
    bool good = true;
    if (type == TOK_NAME && token_is_word(p, p->pos, "match"))
        match_refuse(p);
    if (is_compound(type))
        good = (statement = parse_statement_compound(p)) != NULL;
    else if (type != TOK_ENDMARKER && type != TOK_NEWLINE)
        good = parse_simple_line(p, &body);
    if (statement)
        vec_push(&body, statement);
    n->u.Interactive.body = seq_take(p, &body);
    while (good && token_accept(p, TOK_NEWLINE))
        continue;
    if (!good || p->raised)
        return NULL;
    if (token_peek(p) != TOK_ENDMARKER && !p->raised)
        return raise_last(p, "SyntaxError",
                          "multiple statements found while compiling a single statement");
    return p->raised ? NULL : node_end(p, n);
}
