/* expr.c -- expressions and targets.  Local.
 *
 * Precedence climbing for the binary operators, one function per level above them.  An operator
 * whose right side does not parse is left unread: the rule above then fails at the token that is
 * wrong.
 */
#include "parser/parse.h"

static Node *parse_primary(Parser *p);

/* ---- small parts ---- */

void *give_up(Parser *p, int64_t pos)
{
    p->pos = pos;
    return NULL;
}

const char *expr_name(const Node *n)
{
    switch (n->kind) {
    case NODE_Attribute:
        return "attribute";
    case NODE_Subscript:
        return "subscript";
    case NODE_Starred:
        return "starred";
    case NODE_Name:
        return "name";
    case NODE_List:
        return "list";
    case NODE_Tuple:
        return "tuple";
    case NODE_Lambda:
        return "lambda";
    case NODE_Call:
        return "function call";
    case NODE_GeneratorExp:
        return "generator expression";
    case NODE_Yield:
    case NODE_YieldFrom:
        return "yield expression";
    case NODE_ListComp:
        return "list comprehension";
    case NODE_SetComp:
        return "set comprehension";
    case NODE_DictComp:
        return "dict comprehension";
    case NODE_Dict:
        return "dict literal";
    case NODE_Set:
        return "set display";
    case NODE_JoinedStr:
    case NODE_FormattedValue:
        return "f-string expression";
    case NODE_Compare:
        return "comparison";
    case NODE_IfExp:
        return "conditional expression";
    case NODE_NamedExpr:
        return "named expression";
    case NODE_Constant:
        switch (n->u.Constant.value.kind) {
        case CONSTANT_NONE:
            return "None";
        case CONSTANT_TRUE:
            return "True";
        case CONSTANT_FALSE:
            return "False";
        case CONSTANT_ELLIPSIS:
            return "ellipsis";
        default:
            return "literal";
        }
    default:
        return "expression";
    }
}

/* ---- targets ---- */

static bool target_good(const Node *n, bool star_allowed)
{
    const NodeSeq *elts = n->kind == NODE_List ? &n->u.List.elts : &n->u.Tuple.elts;
    switch (n->kind) {
    case NODE_Name:
    case NODE_Attribute:
    case NODE_Subscript:
        return true;
    case NODE_Starred:
        return star_allowed && n->u.Starred.value->kind != NODE_Starred &&
               target_good(n->u.Starred.value, false);
    case NODE_List:
    case NODE_Tuple:
        for (int64_t i = 0; i < elts->n; i++)
            if (!target_good(elts->at[i], star_allowed))
                return false;
        return true;
    default:
        return false;
    }
}

static void target_mark(Node *n, ExprContext ctx)
{
    NodeSeq *elts = NULL;
    switch (n->kind) {
    case NODE_Name:
        n->u.Name.ctx = ctx;
        return;
    case NODE_Attribute:
        n->u.Attribute.ctx = ctx;
        return;
    case NODE_Subscript:
        n->u.Subscript.ctx = ctx;
        return;
    case NODE_Starred:
        n->u.Starred.ctx = ctx;
        target_mark(n->u.Starred.value, ctx);
        return;
    case NODE_List:
        n->u.List.ctx = ctx;
        elts = &n->u.List.elts;
        break;
    default:
        n->u.Tuple.ctx = ctx;
        elts = &n->u.Tuple.elts;
    }
    for (int64_t i = 0; i < elts->n; i++)
        target_mark(elts->at[i], ctx);
}

bool target_set(Node *n, ExprContext ctx, bool star_allowed)
{
    if (!target_good(n, star_allowed))
        return false;
    target_mark(n, ctx);
    return true;
}

static const Node *target_invalid(const Node *n, TargetKind kind)
{
    const NodeSeq *elts = n->kind == NODE_List ? &n->u.List.elts : &n->u.Tuple.elts;
    switch (n->kind) {
    case NODE_List:
    case NODE_Tuple:
        for (int64_t i = 0; i < elts->n; i++) {
            const Node *bad = target_invalid(elts->at[i], kind);
            if (bad)
                return bad;
        }
        return NULL;
    case NODE_Starred:
        return kind == TARGET_DEL ? n : target_invalid(n->u.Starred.value, kind);
    case NODE_Compare:
        if (kind == TARGET_FOR && n->u.Compare.ops.at[0] == CMPOP_In)
            return target_invalid(n->u.Compare.left, kind);
        return kind == TARGET_FOR ? NULL : n;
    case NODE_Name:
    case NODE_Attribute:
    case NODE_Subscript:
        return NULL;
    default:
        return n;
    }
}

void *raise_invalid_target(Parser *p, TargetKind kind, Node *n)
{
    const Node *bad = n ? target_invalid(n, kind) : NULL;
    if (!bad)
        return NULL;
    return raise_node(p, bad, kind == TARGET_DEL ? "cannot delete %s" : "cannot assign to %s",
                      expr_name(bad));
}

Node *parse_star_target(Parser *p)
{
    int64_t start = p->pos;
    if (token_accept(p, TOK_STAR)) {
        Node *value = token_peek(p) == TOK_STAR ? NULL : parse_star_target(p);
        if (!value)
            return give_up(p, start);
        Node *n = node_new(p, NODE_Starred, start);
        n->u.Starred.value = value;
        n->u.Starred.ctx = CTX_Store;
        return node_end(p, n);
    }
    Node *n = parse_primary(p);
    if (!n || !target_set(n, CTX_Store, true))
        return give_up(p, start);
    return n;
}

/* `first`, and what follows it after commas by `rule`, as a tuple; `first` itself without a comma.
 */
static Node *tuple_of(Parser *p, int64_t start, Node *first, Node *(*rule)(Parser *),
                      ExprContext ctx)
{
    NodeVec elts = {0};
    if (!first || token_peek(p) != TOK_COMMA)
        return first;
    vec_push(&elts, first);
    while (token_accept(p, TOK_COMMA)) {
        Node *next = rule(p);
        if (!next)
            break;
        vec_push(&elts, next);
    }
    Node *n = node_new(p, NODE_Tuple, start);
    n->u.Tuple.elts = seq_take(p, &elts);
    n->u.Tuple.ctx = ctx;
    return node_end(p, n);
}

Node *parse_star_targets(Parser *p)
{
    int64_t start = p->pos;
    return tuple_of(p, start, parse_star_target(p), parse_star_target, CTX_Store);
}

/* ---- lists of expressions ---- */

Node *parse_starred(Parser *p, Node *(*inner)(Parser *))
{
    int64_t start = p->pos++;
    Node *value = inner(p);
    if (!value)
        return give_up(p, start);
    Node *n = node_new(p, NODE_Starred, start);
    n->u.Starred.value = value;
    return node_end(p, n);
}

static Node *parse_star_expression(Parser *p)
{
    return token_peek(p) == TOK_STAR ? parse_starred(p, parse_bitwise_or) : parse_expression(p);
}

Node *parse_star_named_expression(Parser *p)
{
    return token_peek(p) == TOK_STAR ? parse_starred(p, parse_bitwise_or)
                                     : parse_named_expression(p);
}

Node *parse_star_expressions(Parser *p)
{
    int64_t start = p->pos;
    return tuple_of(p, start, parse_star_expression(p), parse_star_expression, CTX_Load);
}

/* star_named_expression separated by commas, a last comma allowed; false for none. */
bool parse_elements(Parser *p, NodeVec *out)
{
    do {
        Node *n = parse_star_named_expression(p);
        if (!n)
            break;
        vec_push(out, n);
    } while (token_accept(p, TOK_COMMA));
    return out->n > 0;
}

Node *parse_yield(Parser *p)
{
    int64_t start = p->pos;
    if (!token_accept(p, KW_YIELD))
        return NULL;
    if (token_accept(p, KW_FROM)) {
        Node *value = parse_expression(p);
        if (!value)
            return give_up(p, start);
        Node *n = node_new(p, NODE_YieldFrom, start);
        n->u.YieldFrom.value = value;
        return node_end(p, n);
    }
    Node *n = node_new(p, NODE_Yield, start);
    n->u.Yield.value = parse_star_expressions(p);
    return node_end(p, n);
}

/* ---- atoms and primaries ---- */

static Node *constant_make(Parser *p, ConstantKind kind)
{
    Node *n = node_new(p, NODE_Constant, p->pos++);
    n->u.Constant.value.kind = kind;
    return node_end(p, n);
}

/* Brackets that did not parse before will not now: without this every rule that tries again would
 * double the time at each level of nesting. */
static Node *read_once(Parser *p, int memo, Node *(*rule)(Parser *))
{
    int64_t start = p->pos;
    if (memo_failed(p, start, memo))
        return NULL;
    Node *n = rule(p);
    if (!n)
        memo_fail(p, start, memo);
    return n;
}

static Node *parse_atom(Parser *p)
{
    Node *n;
    switch (token_peek(p)) {
    case TOK_NAME:
        n = node_new(p, NODE_Name, p->pos);
        n->u.Name.id = name_accept(p);
        return node_end(p, n);
    case KW_TRUE:
        return constant_make(p, CONSTANT_TRUE);
    case KW_FALSE:
        return constant_make(p, CONSTANT_FALSE);
    case KW_NONE:
        return constant_make(p, CONSTANT_NONE);
    case TOK_ELLIPSIS:
        return constant_make(p, CONSTANT_ELLIPSIS);
    case TOK_NUMBER:
        return parse_number(p);
    case TOK_STRING:
        return parse_strings(p);
    case TOK_LPAR:
        return read_once(p, MEMO_ATOM, parse_paren);
    case TOK_LSQB:
        return read_once(p, MEMO_ATOM, parse_list);
    case TOK_LBRACE:
        return read_once(p, MEMO_ATOM, parse_brace);
    case KW_AWAIT:
        return raise_token(p, token_at(p, p->pos), "cnx does not support 'await'");
    default:
        return NULL;
    }
}

static Node *parse_slice(Parser *p)
{
    int64_t start = p->pos;
    Node *lower = token_peek(p) == TOK_COLON ? NULL : parse_named_expression(p);
    if (token_peek(p) != TOK_COLON || (lower && lower->kind == NODE_NamedExpr))
        return lower;
    p->pos++;
    Node *n = node_new(p, NODE_Slice, start);
    n->u.Slice.lower = lower;
    n->u.Slice.upper = parse_expression(p);
    if (token_accept(p, TOK_COLON))
        n->u.Slice.step = parse_expression(p);
    return node_end(p, n);
}

static Node *parse_slice_or_star(Parser *p)
{
    return token_peek(p) == TOK_STAR ? parse_starred(p, parse_expression) : parse_slice(p);
}

static Node *parse_slices(Parser *p)
{
    int64_t start = p->pos;
    Node *first = parse_slice_or_star(p);
    if (first && first->kind == NODE_Starred && token_peek(p) != TOK_COMMA) {
        NodeVec one = {0};
        vec_push(&one, first);
        Node *n = node_new(p, NODE_Tuple, start);
        n->u.Tuple.elts = seq_take(p, &one);
        return node_end(p, n);
    }
    return tuple_of(p, start, first, parse_slice_or_star, CTX_Load);
}

static Node *parse_call(Parser *p, int64_t start, Node *func)
{
    int64_t open = p->pos++;
    Node *n = node_new(p, NODE_Call, start);
    n->u.Call.func = func;
    bool good = parse_arguments(p, true, &n->u.Call.args, &n->u.Call.keywords);
    if (good && token_accept(p, TOK_RPAR))
        return node_end(p, n);
    p->pos = open;
    return NULL;
}

static Node *trailer(Parser *p, int64_t start, Node *value)
{
    int64_t save = p->pos;
    Node *n;
    switch (token_peek(p)) {
    case TOK_DOT:
        p->pos++;
        n = node_new(p, NODE_Attribute, start);
        n->u.Attribute.value = value;
        n->u.Attribute.attr = name_accept(p);
        return n->u.Attribute.attr ? node_end(p, n) : give_up(p, save);
    case TOK_LPAR:
        return parse_call(p, start, value);
    case TOK_LSQB:
        p->pos++;
        n = node_new(p, NODE_Subscript, start);
        n->u.Subscript.value = value;
        n->u.Subscript.slice = parse_slices(p);
        if (n->u.Subscript.slice && token_accept(p, TOK_RSQB))
            return node_end(p, n);
        return give_up(p, save);
    default:
        return NULL;
    }
}

static Node *parse_primary(Parser *p)
{
    int64_t start = p->pos;
    if (!nest_enter(p))
        return NULL;
    Node *n = parse_atom(p);
    while (n) {
        int64_t at = p->pos;
        Node *next = memo_failed(p, at, MEMO_TRAILER) ? NULL : trailer(p, start, n);
        if (!next) {
            memo_fail(p, at, MEMO_TRAILER);
            break;
        }
        n = next;
    }
    nest_leave(p);
    return n;
}

/* ---- operators ---- */

static Node *parse_factor(Parser *p)
{
    int64_t start = p->pos;
    TokenType type = token_peek(p);
    if (type == TOK_PLUS || type == TOK_MINUS || type == TOK_TILDE) {
        if (!nest_enter(p))
            return NULL;
        p->pos++;
        Node *operand = parse_factor(p);
        nest_leave(p);
        if (!operand)
            return give_up(p, start);
        Node *n = node_new(p, NODE_UnaryOp, start);
        n->u.UnaryOp.op = type == TOK_PLUS    ? UNARYOP_UAdd
                          : type == TOK_MINUS ? UNARYOP_USub
                                              : UNARYOP_Invert;
        n->u.UnaryOp.operand = operand;
        n->flags |= token_at(p, start)->is_dash ? NODE_DASH : 0;
        return node_end(p, n);
    }
    Node *base = parse_primary(p);
    int64_t save = p->pos;
    if (!base || !token_accept(p, TOK_DOUBLESTAR))
        return base;
    Node *exponent = nest_enter(p) ? parse_factor(p) : NULL;
    nest_leave(p);
    if (!exponent) {
        p->pos = save;
        return base;
    }
    Node *n = node_new(p, NODE_BinOp, start);
    n->u.BinOp.left = base;
    n->u.BinOp.op = BINOP_Pow;
    n->u.BinOp.right = exponent;
    return node_end(p, n);
}

/* The level (0 for |, 5 for *) and operator of a binary operator's token; -1: none. */
static int binary_level(TokenType type, Operator *op)
{
    static const struct {
        uint8_t type, op;
        int8_t level;
    } ROWS[] = {{TOK_VBAR, BINOP_BitOr, 0},        {TOK_CIRCUMFLEX, BINOP_BitXor, 1},
                {TOK_AMPER, BINOP_BitAnd, 2},      {TOK_LEFTSHIFT, BINOP_LShift, 3},
                {TOK_RIGHTSHIFT, BINOP_RShift, 3}, {TOK_PLUS, BINOP_Add, 4},
                {TOK_MINUS, BINOP_Sub, 4},         {TOK_STAR, BINOP_Mult, 5},
                {TOK_SLASH, BINOP_Div, 5},         {TOK_DOUBLESLASH, BINOP_FloorDiv, 5},
                {TOK_PERCENT, BINOP_Mod, 5},       {TOK_AT, BINOP_MatMult, 5}};
    for (size_t k = 0; k < sizeof ROWS / sizeof *ROWS; k++) {
        if (ROWS[k].type == type) {
            *op = (Operator)ROWS[k].op;
            return ROWS[k].level;
        }
    }
    return -1;
}

static Node *parse_binary(Parser *p, int min_level)
{
    int64_t start = p->pos;
    Node *left = parse_factor(p);
    Operator op = BINOP_Add;
    while (left) {
        int64_t save = p->pos;
        TokenType type = token_peek(p);
        int level = type >= TOK_AT && type <= TOK_RIGHTSHIFT ? binary_level(type, &op) : -1;
        if (level < min_level)
            break;
        bool dash = token_at(p, p->pos++)->is_dash;
        Node *right = parse_binary(p, level + 1);
        if (!right) {
            p->pos = save;
            break;
        }
        Node *n = node_new(p, NODE_BinOp, start);
        n->u.BinOp.left = left;
        n->u.BinOp.op = op;
        n->u.BinOp.right = right;
        n->flags |= dash ? NODE_DASH : 0;
        left = node_end(p, n);
    }
    return left;
}

Node *parse_bitwise_or(Parser *p)
{
    return parse_binary(p, 0);
}

static bool compare_accept(Parser *p, CmpOperator *op)
{
    TokenType type = token_peek(p);
    switch (type) {
    case TOK_EQEQUAL:
        *op = CMPOP_Eq;
        break;
    case TOK_NOTEQUAL:
        *op = CMPOP_NotEq;
        break;
    case TOK_LESS:
        *op = CMPOP_Lt;
        break;
    case TOK_LESSEQUAL:
        *op = CMPOP_LtE;
        break;
    case TOK_GREATER:
        *op = CMPOP_Gt;
        break;
    case TOK_GREATEREQUAL:
        *op = CMPOP_GtE;
        break;
    case KW_IN:
        *op = CMPOP_In;
        break;
    case KW_NOT:
        if (token_peek2(p) != KW_IN)
            return false;
        p->pos++;
        *op = CMPOP_NotIn;
        break;
    case KW_IS:
        p->pos++;
        *op = token_accept(p, KW_NOT) ? CMPOP_IsNot : CMPOP_Is;
        return true;
    default:
        return false;
    }
    p->pos++;
    return true;
}

static Node *parse_comparison(Parser *p)
{
    int64_t start = p->pos;
    Node *left = parse_bitwise_or(p);
    NodeVec right = {0};
    Vec(uint8_t) ops = {0};
    CmpOperator op;
    if (!left)
        return NULL;
    for (int64_t save = p->pos; compare_accept(p, &op); save = p->pos) {
        Node *next = parse_bitwise_or(p);
        if (!next) {
            p->pos = save;
            break;
        }
        vec_push(&ops, (uint8_t)op);
        vec_push(&right, next);
    }
    if (ops.n == 0)
        return left;
    Node *n = node_new(p, NODE_Compare, start);
    n->u.Compare.left = left;
    n->u.Compare.ops =
        (CmpSeq){(uint8_t *)arena_strndup(p->arena, (char *)ops.at, (size_t)ops.n), ops.n};
    n->u.Compare.comparators = seq_take(p, &right);
    vec_free(&ops);
    return node_end(p, n);
}

static Node *parse_inversion(Parser *p)
{
    int64_t start = p->pos;
    if (!token_accept(p, KW_NOT))
        return parse_comparison(p);
    Node *operand = nest_enter(p) ? parse_inversion(p) : NULL;
    nest_leave(p);
    if (!operand)
        return give_up(p, start);
    Node *n = node_new(p, NODE_UnaryOp, start);
    n->u.UnaryOp.op = UNARYOP_Not;
    n->u.UnaryOp.operand = operand;
    return node_end(p, n);
}

static Node *parse_bool(Parser *p, BoolOperator op, TokenType word, Node *(*inner)(Parser *))
{
    int64_t start = p->pos;
    Node *first = inner(p);
    NodeVec values = {0};
    if (!first || token_peek(p) != word)
        return first;
    vec_push(&values, first);
    for (int64_t save = p->pos; token_accept(p, word); save = p->pos) {
        Node *next = inner(p);
        if (!next) {
            p->pos = save;
            break;
        }
        vec_push(&values, next);
    }
    if (values.n == 1) {
        vec_free(&values);
        return first;
    }
    Node *n = node_new(p, NODE_BoolOp, start);
    n->u.BoolOp.op = op;
    n->u.BoolOp.values = seq_take(p, &values);
    return node_end(p, n);
}

static Node *parse_conjunction(Parser *p)
{
    return parse_bool(p, BOOLOP_And, KW_AND, parse_inversion);
}

/* CPython remembers what a disjunction read the first time, so mistakes inside one that was first
 * read as the second of two adjacent expressions are not looked for again. */
Node *parse_disjunction(Parser *p)
{
    int64_t start = p->pos;
    bool diagnose = p->diagnose;
    if (p->again) {
        uint16_t *tried = tried_at(p, start);
        if (!(*tried & (DIAGNOSE_READ | DIAGNOSE_PLAIN)))
            *tried |= (uint16_t)(diagnose ? DIAGNOSE_READ : DIAGNOSE_PLAIN);
        p->diagnose = diagnose && (*tried & DIAGNOSE_READ);
    }
    Node *n = parse_bool(p, BOOLOP_Or, KW_OR, parse_conjunction);
    p->diagnose = diagnose;
    return n;
}

static Node *parse_lambda(Parser *p)
{
    int64_t start = p->pos++;
    Node *args = parse_params(p, true);
    Node *body = args && token_accept(p, TOK_COLON) ? parse_expression(p) : NULL;
    if (!body)
        return give_up(p, start);
    Node *n = node_new(p, NODE_Lambda, start);
    n->u.Lambda.args = args;
    n->u.Lambda.body = body;
    return node_end(p, n);
}

static bool is_legacy_word(const Node *n)
{
    return n->kind == NODE_Name &&
           (strcmp(n->u.Name.id, "print") == 0 || strcmp(n->u.Name.id, "exec") == 0);
}

static bool soft_keyword_at(Parser *p, int64_t i)
{
    return token_is_word(p, i, "match") || token_is_word(p, i, "case") || token_is_word(p, i, "_");
}

/* After the disjunction `a` that began at `start`: two expressions side by side, an `if` without
 * its `else`, a Python 2 print statement. */
static void diagnose_expression(Parser *p, int64_t start, Node *a)
{
    int64_t save = p->pos;
    bool name_string =
        token_at(p, start)->type == TOK_NAME && token_at(p, start + 1)->type == TOK_STRING;
    if (!name_string && !soft_keyword_at(p, start)) {
        p->diagnose = false;
        Node *b = parse_expression(p);
        p->diagnose = true;
        if (b && !is_legacy_word(a) && p->tokens.at[p->pos - 1].level > 0)
            raise_span(p, a->span, b->span, "invalid syntax. Perhaps you forgot a comma?");
        p->pos = save;
    }
    if (token_accept(p, KW_IF)) {
        Node *b = parse_disjunction(p);
        if (b && token_peek(p) != KW_ELSE && token_peek(p) != TOK_COLON)
            raise_span(p, a->span, b->span, "expected 'else' after 'if' expression");
    }
    p->pos = save;
    Token first = *token_at(p, start);
    bool legacy = token_is_word(p, start, "print") || token_is_word(p, start, "exec");
    if (first.type == TOK_NAME && token_at(p, start + 1)->type != TOK_LPAR) {
        p->pos = start + 1;
        Node *b = parse_star_expressions(p);
        const char *word = token_is_word(p, start, "print") ? "print" : "exec";
        if (b && legacy)
            raise_span(p, token_span(&first), b->span,
                       "Missing parentheses in call to '%s'. Did you mean %s(...)?", word, word);
    }
    p->pos = save;
}

static Node *expression_body(Parser *p)
{
    int64_t start = p->pos;
    if (token_peek(p) == KW_LAMBDA)
        return parse_lambda(p);
    Node *a = parse_disjunction(p);
    if (!a)
        return NULL;
    if (diagnose_once(p, DIAGNOSE_EXPRESSION, start))
        diagnose_expression(p, start, a);
    int64_t save = p->pos;
    if (!token_accept(p, KW_IF))
        return p->raised ? NULL : a;
    Node *test = parse_disjunction(p);
    Node *orelse = test && token_accept(p, KW_ELSE) ? parse_expression(p) : NULL;
    if (!orelse) {
        p->pos = save;
        return a;
    }
    Node *n = node_new(p, NODE_IfExp, start);
    n->u.IfExp.test = test;
    n->u.IfExp.body = a;
    n->u.IfExp.orelse = orelse;
    return node_end(p, n);
}

Node *parse_expression(Parser *p)
{
    Node *n = nest_enter(p) ? expression_body(p) : NULL;
    nest_leave(p);
    return n;
}

bool equal_follows(Parser *p)
{
    return token_peek(p) == TOK_EQUAL || token_peek(p) == TOK_COLONEQUAL;
}

/* After the expression `a` that began at `start`, where a condition or element stands. */
void diagnose_named(Parser *p, int64_t start, Node *a)
{
    int64_t save = p->pos;
    if (token_accept(p, TOK_COLONEQUAL) && parse_expression(p))
        raise_node(p, a, "cannot use assignment expressions with %s", expr_name(a));
    p->pos = start;
    Token first = *token_at(p, start);
    if (first.type == TOK_NAME && token_peek2(p) == TOK_EQUAL) {
        p->pos += 2;
        Node *b = parse_bitwise_or(p);
        if (b && !equal_follows(p))
            raise_span(p, token_span(&first), b->span,
                       "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    } else if (first.type != KW_TRUE && first.type != KW_FALSE && first.type != KW_NONE) {
        bool bracket = first.type == TOK_LPAR || first.type == TOK_LSQB;
        Node *atom = bracket ? parse_atom(p) : NULL;
        p->pos = start;
        bool display = atom && (atom->kind == NODE_List || atom->kind == NODE_GeneratorExp ||
                                (atom->kind == NODE_Tuple && (atom->flags & NODE_PAREN)));
        Node *left = display ? NULL : parse_bitwise_or(p);
        if (left && token_accept(p, TOK_EQUAL) && parse_bitwise_or(p) && !equal_follows(p))
            raise_node(p, left, "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                       expr_name(left));
    }
    p->pos = save;
}

Node *parse_named_expression(Parser *p)
{
    int64_t start = p->pos;
    if (token_peek(p) == TOK_NAME && token_peek2(p) == TOK_COLONEQUAL) {
        Node *target = parse_atom(p);
        p->pos++;
        Node *value = parse_expression(p);
        if (!value)
            return give_up(p, start);
        Node *n = node_new(p, NODE_NamedExpr, start);
        target->u.Name.ctx = CTX_Store;
        n->u.NamedExpr.target = target;
        n->u.NamedExpr.value = value;
        return node_end(p, n);
    }
    Node *e = parse_expression(p);
    if (e && diagnose_once(p, DIAGNOSE_NAMED, start))
        diagnose_named(p, start, e);
    if (!e || token_peek(p) == TOK_COLONEQUAL || p->raised)
        return give_up(p, start);
    return e;
}
