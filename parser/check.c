/* check.c -- the errors and warnings that CPython's compiler gives after its symbol table.
 * Replicated.
 *
 * One walk in the order in which code is generated, since the first error is the one reported.
 * Columns of these errors are byte columns, as CPython leaves them.
 */
#include "parser/parse.h"

typedef struct Checker {
    Arena *arena;
    const Source *source;
    SyntaxErr *err;
    WarnVec *warnings;
    bool in_function, in_loop;
    int32_t future_line; /* the last line on which a __future__ import may stand */
} Checker;

static bool check(Checker *c, Node *n);

void err_set(SyntaxErr *err, Arena *arena, const Source *source, const char *class_name, Span span,
             const char *fmt, ...)
{
    char text[512];
    int64_t n;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *line = source_line(source, span.lineno, &n);
    *err = (SyntaxErr){.class_name = class_name,
                       .message = arena_strndup(arena, text, strlen(text)),
                       .filename = source->filename,
                       .lineno = span.lineno,
                       .col = span.col + 1,
                       .end_line = span.end_lineno,
                       .end_col = span.end_col + 1,
                       .line = line ? arena_strndup(arena, line, (size_t)n + 1) : NULL};
}

__attribute__((format(printf, 3, 4))) static bool fail_node(Checker *c, const Node *n,
                                                            const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    err_set(c->err, c->arena, c->source, "SyntaxError", n->span, "%s", text);
    return false;
}

__attribute__((format(printf, 3, 4))) static void warn(Checker *c, const Node *n, const char *fmt,
                                                       ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    SyntaxWarn w = {"SyntaxWarning", arena_strndup(c->arena, text, strlen(text)), n->span.lineno};
    vec_push(c->warnings, w);
}

/* ---- values known before the program runs ---- */

static bool is_const(const Node *n)
{
    switch (n->kind) {
    case NODE_Constant:
        return true;
    case NODE_UnaryOp:
        return n->u.UnaryOp.op != UNARYOP_Not && n->u.UnaryOp.operand->kind == NODE_Constant &&
               n->u.UnaryOp.operand->u.Constant.value.kind >= CONSTANT_INT &&
               n->u.UnaryOp.operand->u.Constant.value.kind < CONSTANT_STR;
    case NODE_BinOp:
        return is_const(n->u.BinOp.left) && is_const(n->u.BinOp.right);
    case NODE_Tuple:
        for (int64_t i = 0; i < n->u.Tuple.elts.n; i++)
            if (!is_const(n->u.Tuple.elts.at[i]))
                return false;
        return true;
    default:
        return false;
    }
}

static const char *type_name(const Node *n)
{
    static const char *const CONSTANTS[] = {"NoneType", "bool",  "bool",    "ellipsis", "int",
                                            "int",      "float", "complex", "str"};
    switch (n->kind) {
    case NODE_Tuple:
        return "tuple";
    case NODE_List:
    case NODE_ListComp:
        return "list";
    case NODE_Dict:
    case NODE_DictComp:
        return "dict";
    case NODE_Set:
    case NODE_SetComp:
        return "set";
    case NODE_GeneratorExp:
        return "generator";
    case NODE_Lambda:
        return "function";
    case NODE_JoinedStr:
    case NODE_FormattedValue:
        return "str";
    case NODE_Constant:
        return CONSTANTS[n->u.Constant.value.kind];
    default:
        return NULL;
    }
}

static void warn_call(Checker *c, const Node *n)
{
    const char *type = type_name(n->u.Call.func);
    if (type && n->u.Call.func->kind != NODE_Lambda)
        warn(c, n->u.Call.func, "'%s' object is not callable; perhaps you missed a comma?", type);
}

static void warn_subscript(Checker *c, const Node *n)
{
    const Node *value = n->u.Subscript.value, *index = n->u.Subscript.slice;
    const char *type = type_name(value), *index_type = type_name(index);
    if (!type || n->u.Subscript.ctx != CTX_Load)
        return;
    bool sequence =
        strcmp(type, "str") == 0 || strcmp(type, "tuple") == 0 || strcmp(type, "list") == 0;
    if (!sequence && strcmp(type, "dict") != 0)
        warn(c, value, "'%s' object is not subscriptable; perhaps you missed a comma?", type);
    if (sequence && index_type && strcmp(index_type, "int") != 0 && strcmp(index_type, "bool") != 0)
        warn(c, value, "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
             type, index_type);
}

static bool is_odd_identity(const Node *n)
{
    if (n->kind == NODE_Constant)
        return n->u.Constant.value.kind > CONSTANT_ELLIPSIS;
    return is_const(n);
}

static void warn_compare(Checker *c, const Node *n)
{
    bool left = is_odd_identity(n->u.Compare.left);
    for (int64_t i = 0; i < n->u.Compare.ops.n; i++) {
        CmpOperator op = (CmpOperator)n->u.Compare.ops.at[i];
        bool right = is_odd_identity(n->u.Compare.comparators.at[i]);
        if ((op == CMPOP_Is || op == CMPOP_IsNot) && (left || right)) {
            if (op == CMPOP_Is)
                warn(c, n, "\"is\" with a literal. Did you mean \"==\"?");
            else
                warn(c, n, "\"is not\" with a literal. Did you mean \"!=\"?");
            return;
        }
        left = right;
    }
}

/* ---- errors ---- */

static bool is_debug(const char *name)
{
    return name && strcmp(name, "__debug__") == 0;
}

static bool check_seq(Checker *c, const NodeSeq *seq)
{
    for (int64_t i = 0; i < seq->n; i++)
        if (seq->at[i] && !check(c, seq->at[i]))
            return false;
    return true;
}

/* Elements of a display or arguments of a call, where a star is at home. */
static bool check_elements(Checker *c, const NodeSeq *elts)
{
    for (int64_t i = 0; i < elts->n; i++) {
        Node *n = elts->at[i];
        if (!check(c, n->kind == NODE_Starred ? n->u.Starred.value : n))
            return false;
    }
    return true;
}

static bool check_unpacking(Checker *c, const Node *n, const NodeSeq *elts)
{
    bool star = false;
    for (int64_t i = 0; i < elts->n; i++) {
        if (elts->at[i]->kind != NODE_Starred)
            continue;
        if (star)
            return fail_node(c, n, "multiple starred expressions in assignment");
        if (i >= 256 || elts->n - i - 1 >= INT32_MAX >> 8)
            return fail_node(c, n, "too many expressions in star-unpacking assignment");
        star = true;
    }
    return true;
}

static bool check_keywords(Checker *c, const Node *call, const NodeSeq *keywords)
{
    for (int64_t i = 0; i < keywords->n; i++) {
        const char *name = keywords->at[i]->u.keyword.arg;
        if (is_debug(name))
            return fail_node(c, call, "cannot assign to __debug__");
        for (int64_t k = i + 1; name && k < keywords->n; k++)
            if (keywords->at[k]->u.keyword.arg == name)
                return fail_node(c, keywords->at[k], "keyword argument repeated: %s", name);
    }
    return true;
}

static bool params_any_debug(const NodeSeq *args)
{
    for (int64_t i = 0; i < args->n; i++)
        if (is_debug(args->at[i]->u.arg.arg))
            return true;
    return false;
}

/* `n` is the def or lambda that has the parameters. */
static bool check_params(Checker *c, const Node *n, const Node *a)
{
    const Node *vararg = a->u.arguments.vararg, *kwarg = a->u.arguments.kwarg;
    if (params_any_debug(&a->u.arguments.posonlyargs) || params_any_debug(&a->u.arguments.args) ||
        params_any_debug(&a->u.arguments.kwonlyargs) || (vararg && is_debug(vararg->u.arg.arg)) ||
        (kwarg && is_debug(kwarg->u.arg.arg)))
        return fail_node(c, n, "cannot assign to __debug__");
    return true;
}

/* A parameter's annotation; `*args: *T` may be starred. */
static bool check_annotation(Checker *c, const Node *arg)
{
    Node *n = arg ? arg->u.arg.annotation : NULL;
    return !n || check(c, n->kind == NODE_Starred ? n->u.Starred.value : n);
}

static bool check_annotations(Checker *c, const Node *a, Node *returns)
{
    const NodeSeq *rows[] = {&a->u.arguments.args, &a->u.arguments.posonlyargs,
                             &a->u.arguments.kwonlyargs};
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < rows[k]->n; i++)
            if (!check_annotation(c, rows[k]->at[i]))
                return false;
        if (k == 1 && !check_annotation(c, a->u.arguments.vararg))
            return false;
    }
    return check_annotation(c, a->u.arguments.kwarg) && (!returns || check(c, returns));
}

static bool check_def(Checker *c, Node *n)
{
    Node *args = n->u.FunctionDef.args;
    Checker outer = *c;
    if (!check_seq(c, &n->u.FunctionDef.decorator_list) || !check_params(c, n, args) ||
        !check_seq(c, &args->u.arguments.defaults) ||
        !check_seq(c, &args->u.arguments.kw_defaults) ||
        !check_annotations(c, args, n->u.FunctionDef.returns))
        return false;
    c->in_function = true;
    c->in_loop = false;
    bool good = check_seq(c, &n->u.FunctionDef.body);
    c->in_function = outer.in_function;
    c->in_loop = outer.in_loop;
    return good;
}

static bool check_class(Checker *c, Node *n)
{
    Checker outer = *c;
    if (!check_seq(c, &n->u.ClassDef.decorator_list))
        return false;
    c->in_function = c->in_loop = false;
    bool good = check_seq(c, &n->u.ClassDef.body);
    c->in_function = outer.in_function;
    c->in_loop = outer.in_loop;
    return good && check_keywords(c, n, &n->u.ClassDef.keywords) &&
           check_elements(c, &n->u.ClassDef.bases) && check_seq(c, &n->u.ClassDef.keywords);
}

static bool check_child(Node *child, void *data)
{
    return check(data, child);
}

/* A lambda or comprehension: function-like inside. */
static bool check_inner(Checker *c, Node *n)
{
    Checker outer = *c;
    c->in_function = true;
    c->in_loop = false;
    bool good = ast_each_child(n, check_child, c);
    c->in_function = outer.in_function;
    c->in_loop = outer.in_loop;
    return good;
}

static bool check_loop(Checker *c, const NodeSeq *body, const NodeSeq *orelse)
{
    bool outer = c->in_loop;
    c->in_loop = true;
    bool good = check_seq(c, body);
    c->in_loop = outer;
    return good && check_seq(c, orelse);
}

static bool check_try(Checker *c, Node *n)
{
    if (!check_seq(c, &n->u.Try.body))
        return false;
    for (int64_t i = 0; i < n->u.Try.handlers.n; i++) {
        Node *h = n->u.Try.handlers.at[i];
        if (!h->u.ExceptHandler.type && i + 1 < n->u.Try.handlers.n)
            return fail_node(c, h, "default 'except:' must be last");
        if (is_debug(h->u.ExceptHandler.name))
            return fail_node(c, h, "cannot assign to __debug__");
        if (!check(c, h))
            return false;
    }
    return check_seq(c, &n->u.Try.orelse) && check_seq(c, &n->u.Try.finalbody);
}

static bool check_import_from(Checker *c, Node *n)
{
    static const char *const FEATURES[] = {"nested_scopes",
                                           "generators",
                                           "division",
                                           "absolute_import",
                                           "with_statement",
                                           "print_function",
                                           "unicode_literals",
                                           "barry_as_FLUFL",
                                           "generator_stop",
                                           "annotations",
                                           NULL};
    if (!n->u.ImportFrom.module || strcmp(n->u.ImportFrom.module, "__future__") != 0)
        return true;
    if (n->span.lineno > c->future_line)
        return fail_node(c, n, "from __future__ imports must occur at the beginning of the file");
    for (int64_t i = 0; i < n->u.ImportFrom.names.n; i++) {
        const char *name = n->u.ImportFrom.names.at[i]->u.alias.name;
        int k = 0;
        while (FEATURES[k] && strcmp(FEATURES[k], name) != 0)
            k++;
        if (!FEATURES[k]) {
            fail_node(c, n,
                      strcmp(name, "braces") == 0 ? "not a chance"
                                                  : "future feature %.100s is not defined",
                      name);
            c->err->end_col = 0;
            return false;
        }
        if (strcmp(name, "barry_as_FLUFL") == 0)
            return fail_node(c, n, "cnx does not support 'from __future__ import barry_as_FLUFL'");
    }
    return true;
}

static bool check_starred(Checker *c, Node *n)
{
    if (n->u.Starred.ctx == CTX_Store)
        return fail_node(c, n, "starred assignment target must be in a list or tuple");
    return fail_node(c, n, "can't use starred expression here");
}

static bool check_name(Checker *c, Node *n)
{
    if (n->u.Name.ctx == CTX_Load || !is_debug(n->u.Name.id))
        return true;
    return fail_node(c, n, "cannot %s __debug__",
                     n->u.Name.ctx == CTX_Del ? "delete" : "assign to");
}

static bool check_assign(Checker *c, Node *n)
{
    return check(c, n->u.Assign.value) && check_seq(c, &n->u.Assign.targets);
}

static bool check(Checker *c, Node *n)
{
    switch (n->kind) {
    case NODE_Name:
        return check_name(c, n);
    case NODE_FunctionDef:
        return check_def(c, n);
    case NODE_ClassDef:
        return check_class(c, n);
    case NODE_Assign:
        return check_assign(c, n);
    case NODE_Lambda:
        if (!check_params(c, n, n->u.Lambda.args))
            return false;
        return check_inner(c, n);
    case NODE_ListComp:
    case NODE_SetComp:
    case NODE_DictComp:
    case NODE_GeneratorExp:
        return check_inner(c, n);
    case NODE_Return:
        if (!c->in_function)
            return fail_node(c, n, "'return' outside function");
        break;
    case NODE_Yield:
    case NODE_YieldFrom:
        if (!c->in_function)
            return fail_node(c, n, "'yield' outside function");
        break;
    case NODE_Break:
        return c->in_loop || fail_node(c, n, "'break' outside loop");
    case NODE_Continue:
        return c->in_loop || fail_node(c, n, "'continue' not properly in loop");
    case NODE_For:
        return check(c, n->u.For.iter) && check(c, n->u.For.target) &&
               check_loop(c, &n->u.For.body, &n->u.For.orelse);
    case NODE_While:
        return check(c, n->u.While.test) && check_loop(c, &n->u.While.body, &n->u.While.orelse);
    case NODE_Try:
        return check_try(c, n);
    case NODE_ImportFrom:
        return check_import_from(c, n);
    case NODE_AnnAssign:
        if (n->u.AnnAssign.target->kind == NODE_Name && is_debug(n->u.AnnAssign.target->u.Name.id))
            return fail_node(c, n, "cannot assign to __debug__");
        break;
    case NODE_Starred:
        return check_starred(c, n);
    case NODE_List:
        if (n->u.List.ctx == CTX_Store && !check_unpacking(c, n, &n->u.List.elts))
            return false;
        return check_elements(c, &n->u.List.elts);
    case NODE_Tuple:
        if (n->u.Tuple.ctx == CTX_Store && !check_unpacking(c, n, &n->u.Tuple.elts))
            return false;
        return check_elements(c, &n->u.Tuple.elts);
    case NODE_Set:
        return check_elements(c, &n->u.Set.elts);
    case NODE_Call:
        if (!check_keywords(c, n, &n->u.Call.keywords))
            return false;
        warn_call(c, n);
        return check(c, n->u.Call.func) && check_elements(c, &n->u.Call.args) &&
               check_seq(c, &n->u.Call.keywords);
    case NODE_Attribute:
        if (n->u.Attribute.ctx != CTX_Load && is_debug(n->u.Attribute.attr))
            return fail_node(c, n, "cannot %s __debug__",
                             n->u.Attribute.ctx == CTX_Del ? "delete" : "assign to");
        break;
    case NODE_Subscript:
        warn_subscript(c, n);
        break;
    case NODE_Compare:
        warn_compare(c, n);
        break;
    case NODE_Assert:
        if (n->u.Assert.test->kind == NODE_Tuple && n->u.Assert.test->u.Tuple.elts.n > 0)
            warn(c, n, "assertion is always true, perhaps remove parentheses?");
        break;
    default:
        break;
    }
    return ast_each_child(n, check_child, c);
}

/* __future__ imports may follow the docstring and each other. */
static int32_t future_last_line(const Node *tree)
{
    if (tree->kind != NODE_Module)
        return INT32_MAX;
    int32_t line = 0;
    const NodeSeq *body = &tree->u.Module.body;
    for (int64_t i = 0; i < body->n; i++) {
        const Node *n = body->at[i];
        bool future = n->kind == NODE_ImportFrom && n->u.ImportFrom.module &&
                      strcmp(n->u.ImportFrom.module, "__future__") == 0;
        bool doc = i == 0 && n->kind == NODE_Expr && n->u.Expr.value->kind == NODE_Constant &&
                   n->u.Expr.value->u.Constant.value.kind == CONSTANT_STR;
        if (future)
            line = n->span.lineno;
        else if (!doc)
            break;
    }
    return line;
}

bool check_tree(Arena *arena, const Source *source, Node *tree, SyntaxErr *err, WarnVec *out)
{
    Checker c = {.arena = arena,
                 .source = source,
                 .err = err,
                 .warnings = out,
                 .future_line = future_last_line(tree)};
    return ast_each_child(tree, check_child, &c);
}
