/* ast.c -- tables over ast.def, and the tree's text form.  Local. */
#include "parser/ast.h"
#include "lexer/lexer.h"

#include <math.h>

#define KIND(kind, group)        static const AstField FIELDS_##kind[] = {
#define FIELD(kind, type, field) {#field, FIELD_##type, offsetof(Node, u.kind.field)},
#define END(kind)                                                                                  \
    {                                                                                              \
        NULL, FIELD_node, 0                                                                        \
    }                                                                                              \
    }                                                                                              \
    ;
#include "parser/ast.def"

#define KIND(kind, group)                                                                          \
    {#kind, GROUP_##group, (int)(sizeof FIELDS_##kind / sizeof *FIELDS_##kind) - 1, FIELDS_##kind},
const AstKind ast_kinds[NODE_COUNT] = {
#include "parser/ast.def"
};

typedef struct OpRow {
    const char *name, *text;
} OpRow;

static const OpRow BINOPS[] = {
#define BINOP(name, text) {#name, text},
#include "parser/ast.def"
};
static const OpRow UNARYOPS[] = {
#define UNARYOP(name, text) {#name, text},
#include "parser/ast.def"
};
static const OpRow BOOLOPS[] = {
#define BOOLOP(name, text) {#name, text},
#include "parser/ast.def"
};
static const OpRow CMPOPS[] = {
#define CMPOP(name, text) {#name, text},
#include "parser/ast.def"
};
static const char *const CTXS[] = {
#define CTX(name) #name,
#include "parser/ast.def"
};

const char *binop_text(Operator op)
{
    return BINOPS[op].text;
}

const char *unaryop_text(UnaryOperator op)
{
    return UNARYOPS[op].text;
}

const char *boolop_text(BoolOperator op)
{
    return BOOLOPS[op].text;
}

const char *cmpop_text(CmpOperator op)
{
    return CMPOPS[op].text;
}

const char *binop_name(Operator op)
{
    return BINOPS[op].name;
}

static void *field_at(const Node *n, const AstField *f)
{
    return (char *)n + f->offset;
}

bool ast_each_child(Node *n, bool (*fn)(Node *child, void *data), void *data)
{
    const AstKind *kind = &ast_kinds[n->kind];
    for (int i = 0; i < kind->nfields; i++) {
        const AstField *f = &kind->fields[i];
        if (f->type == FIELD_node || f->type == FIELD_opt) {
            Node *child = *(Node **)field_at(n, f);
            if (child && !fn(child, data))
                return false;
        } else if (f->type == FIELD_seq) {
            NodeSeq *seq = field_at(n, f);
            for (int64_t k = 0; k < seq->n; k++)
                if (seq->at[k] && !fn(seq->at[k], data))
                    return false;
        }
    }
    return true;
}

/* ---- text form ---- */

static void str_dump(const char *s, int64_t n, Buf *out)
{
    const char *end = s + n;
    char quote = memchr(s, '\'', (size_t)n) && !memchr(s, '"', (size_t)n) ? '"' : '\'';
    buf_putc(out, quote);
    while (s < end) {
        int len;
        uint32_t c = utf8_decode(s, end, &len);
        if (c == (uint32_t)quote || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c == '\n' || c == '\r' || c == '\t')
            buf_puts(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if (unicode_is_printable(c))
            buf_add(out, s, (size_t)len);
        else
            buf_printf(out,
                       c < 0x100     ? "\\x%02x"
                       : c < 0x10000 ? "\\u%04x"
                                     : "\\U%08x",
                       (unsigned)c);
        s += len;
    }
    buf_putc(out, quote);
}

/* The shortest digits that read back as f, laid out as repr does. */
static void float_dump(double f, bool complex_part, Buf *out)
{
    char digits[40];
    int precision = 0;
    if (isinf(f)) {
        buf_puts(out, "inf");
        return;
    }
    do
        snprintf(digits, sizeof digits, "%.*e", precision, f);
    while (strtod(digits, NULL) != f && ++precision < 17);
    char *e = strchr(digits, 'e');
    int exponent = atoi(e + 1);
    if (exponent < -4 || exponent >= 16) {
        buf_add(out, digits, (size_t)(e - digits));
        buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    } else {
        int decimals = precision > exponent ? precision - exponent : 0;
        buf_printf(out, decimals || complex_part ? "%.*f" : "%.*f.0", decimals, f);
    }
}

/* Decimal digits of a positive number given in another base. */
static void bigint_dump(const Constant *c, Buf *out)
{
    Vec(uint32_t) limbs = {0}; /* base 10^9, least first */
    for (int64_t i = 0; i < c->text.nbytes; i++) {
        char ch = c->text.at[i];
        uint64_t carry = (uint64_t)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
        for (int64_t k = 0; k < limbs.n; k++) {
            carry += (uint64_t)limbs.at[k] * (uint64_t)c->base;
            limbs.at[k] = (uint32_t)(carry % 1000000000u);
            carry /= 1000000000u;
        }
        if (carry)
            vec_push(&limbs, (uint32_t)carry);
    }
    for (int64_t k = limbs.n; k-- > 0;)
        buf_printf(out, k == limbs.n - 1 ? "%u" : "%09u", limbs.at[k]);
    vec_free(&limbs);
}

static void constant_dump(const Constant *c, Buf *out)
{
    switch (c->kind) {
    case CONSTANT_NONE:
        buf_puts(out, "None");
        break;
    case CONSTANT_TRUE:
        buf_puts(out, "True");
        break;
    case CONSTANT_FALSE:
        buf_puts(out, "False");
        break;
    case CONSTANT_ELLIPSIS:
        buf_puts(out, "Ellipsis");
        break;
    case CONSTANT_INT:
        buf_printf(out, "%lld", (long long)c->i);
        break;
    case CONSTANT_BIGINT:
        bigint_dump(c, out);
        break;
    case CONSTANT_FLOAT:
        float_dump(c->f, false, out);
        break;
    case CONSTANT_IMAG:
        float_dump(c->f, true, out);
        buf_putc(out, 'j');
        break;
    case CONSTANT_STR:
        str_dump(c->text.at, c->text.nbytes, out);
        break;
    }
}

static void node_dump(const Node *n, bool spans, Buf *out);

static void seq_dump(const NodeSeq *seq, bool spans, Buf *out)
{
    buf_putc(out, '[');
    for (int64_t k = 0; k < seq->n; k++) {
        buf_puts(out, k ? ", " : "");
        if (seq->at[k])
            node_dump(seq->at[k], spans, out);
        else
            buf_puts(out, "None");
    }
    buf_putc(out, ']');
}

static void idents_dump(const IdentSeq *seq, Buf *out)
{
    buf_putc(out, '[');
    for (int64_t k = 0; k < seq->n; k++) {
        buf_puts(out, k ? ", " : "");
        str_dump(seq->at[k], (int64_t)strlen(seq->at[k]), out);
    }
    buf_putc(out, ']');
}

static void cmpops_dump(const CmpSeq *seq, Buf *out)
{
    buf_putc(out, '[');
    for (int64_t k = 0; k < seq->n; k++)
        buf_printf(out, "%s%s()", k ? ", " : "", CMPOPS[seq->at[k]].name);
    buf_putc(out, ']');
}

static void field_dump(const AstField *f, void *at, bool spans, Buf *out)
{
    switch (f->type) {
    case FIELD_node:
    case FIELD_opt:
        node_dump(*(Node **)at, spans, out);
        break;
    case FIELD_seq:
        seq_dump(at, spans, out);
        break;
    case FIELD_ident:
    case FIELD_optid:
        str_dump(*(const char **)at, (int64_t)strlen(*(const char **)at), out);
        break;
    case FIELD_idents:
        idents_dump(at, out);
        break;
    case FIELD_ctx:
        buf_printf(out, "%s()", CTXS[*(ExprContext *)at]);
        break;
    case FIELD_binop:
        buf_printf(out, "%s()", BINOPS[*(Operator *)at].name);
        break;
    case FIELD_unaryop:
        buf_printf(out, "%s()", UNARYOPS[*(UnaryOperator *)at].name);
        break;
    case FIELD_boolop:
        buf_printf(out, "%s()", BOOLOPS[*(BoolOperator *)at].name);
        break;
    case FIELD_cmpops:
        cmpops_dump(at, out);
        break;
    case FIELD_number:
        buf_printf(out, "%lld", (long long)*(int64_t *)at);
        break;
    case FIELD_value:
        constant_dump(at, out);
        break;
    }
}

static bool kind_has_span(const Node *n)
{
    NodeGroup group = ast_kinds[n->kind].group;
    return group == GROUP_STMT || group == GROUP_EXPR || n->kind == NODE_arg ||
           n->kind == NODE_keyword || n->kind == NODE_alias || n->kind == NODE_ExceptHandler;
}

static void node_dump(const Node *n, bool spans, Buf *out)
{
    const AstKind *kind = &ast_kinds[n->kind];
    const char *separator = "";
    buf_printf(out, "%s(", kind->name);
    for (int i = 0; i < kind->nfields; i++) {
        const AstField *f = &kind->fields[i];
        void *at = field_at(n, f);
        if ((f->type == FIELD_opt || f->type == FIELD_optid) && !*(void **)at)
            continue;
        buf_printf(out, "%s%s=", separator, f->name);
        field_dump(f, at, spans, out);
        separator = ", ";
    }
    if (spans && kind_has_span(n))
        buf_printf(out, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", separator,
                   (int)n->span.lineno, (int)n->span.col, (int)n->span.end_lineno,
                   (int)n->span.end_col);
    buf_putc(out, ')');
}

void ast_dump(const Node *n, Buf *out)
{
    node_dump(n, false, out);
}

void ast_dump_spans(const Node *n, Buf *out)
{
    node_dump(n, true, out);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

bool ast_anchor(const Node *n, const char *line, int64_t line_nbytes, int32_t *col,
                int32_t *end_col)
{
    if (n->span.lineno != n->span.end_lineno)
        return false;
    if (n->kind == NODE_Subscript) {
        *col = n->u.Subscript.value->span.end_col;
        *end_col = n->u.Subscript.slice->span.end_col + 1;
        return true;
    }
    if (n->kind != NODE_BinOp)
        return false;
    int32_t at = n->u.BinOp.left->span.end_col, end = n->u.BinOp.right->span.col;
    while (at < end && at < line_nbytes && is_blank(line[at]))
        at++;
    *col = at;
    *end_col = at + 1;
    if (at + 1 < end && at + 1 < line_nbytes && !is_blank(line[at + 1]))
        ++*end_col;
    return true;
}
