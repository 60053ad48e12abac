/* ast.h -- the syntax tree: one arena-owned Node per construct of ast.def.  Replicated.
 *
 * `n->kind` says which member of `n->u` is live: n->kind == NODE_BinOp makes n->u.BinOp.left valid.
 * Trees, sequences and strings live in the arena given to parse_module; nothing is freed by itself.
 * Every node of a statement, an expression, an arg, keyword, alias or ExceptHandler has a span.
 *
 * Invariant: a tree is at most AST_DEPTH_MAX statements and expressions deep (the parser refuses
 * deeper ones as CPython's compiler does), so recursion over it is safe.
 */
#ifndef PARSER_AST_H
#define PARSER_AST_H

#include "runtime/base.h"

typedef struct Node Node;
typedef struct Scope Scope;         /* parser/scope.h */
typedef struct ScopeName ScopeName; /* parser/scope.h */

enum { AST_DEPTH_MAX = 3000 };

/* Lines count from 1; columns are 0-based byte offsets into the UTF-8 line; `end` is exclusive. */
typedef struct Span {
    int32_t lineno, col, end_lineno, end_col;
} Span;

typedef struct NodeSeq {
    Node **at;
    int64_t n;
} NodeSeq;

typedef struct IdentSeq {
    const char **at;
    int64_t n;
} IdentSeq;

typedef enum NodeKind {
#define KIND(kind, group) NODE_##kind,
#include "parser/ast.def"
    NODE_COUNT
} NodeKind;

typedef enum NodeGroup { GROUP_MOD, GROUP_STMT, GROUP_EXPR, GROUP_AUX } NodeGroup;

typedef enum Operator {
#define BINOP(name, text) BINOP_##name,
#include "parser/ast.def"
} Operator;

typedef enum UnaryOperator {
#define UNARYOP(name, text) UNARYOP_##name,
#include "parser/ast.def"
} UnaryOperator;

typedef enum BoolOperator {
#define BOOLOP(name, text) BOOLOP_##name,
#include "parser/ast.def"
} BoolOperator;

typedef enum CmpOperator {
#define CMPOP(name, text) CMPOP_##name,
#include "parser/ast.def"
} CmpOperator;

typedef enum ExprContext {
#define CTX(name) CTX_##name,
#include "parser/ast.def"
} ExprContext;

typedef struct CmpSeq {
    uint8_t *at; /* CmpOperator */
    int64_t n;
} CmpSeq;

typedef enum ConstantKind {
    CONSTANT_NONE,
    CONSTANT_TRUE,
    CONSTANT_FALSE,
    CONSTANT_ELLIPSIS,
    CONSTANT_INT,    /* fits int64: i */
    CONSTANT_BIGINT, /* text: digits only, in `base` (2, 8, 10, 16), no prefix, no underscores */
    CONSTANT_FLOAT,  /* f */
    CONSTANT_IMAG,   /* f: the imaginary part, real part +0.0 */
    CONSTANT_STR     /* text: UTF-8, NUL bytes allowed; a lone surrogate as its 3-byte form */
} ConstantKind;

typedef struct Constant {
    ConstantKind kind;
    int32_t base;
    union {
        int64_t i;
        double f;
        struct {
            const char *at; /* also NUL-terminated */
            int64_t nbytes;
        } text;
    };
} Constant;

typedef Node *ast_node, *ast_opt;
typedef NodeSeq ast_seq;
typedef const char *ast_ident, *ast_optid;
typedef IdentSeq ast_idents;
typedef ExprContext ast_ctx;
typedef Operator ast_binop;
typedef UnaryOperator ast_unaryop;
typedef BoolOperator ast_boolop;
typedef CmpSeq ast_cmpops;
typedef int64_t ast_number;
typedef Constant ast_value;

struct Node {
    uint16_t kind;  /* NodeKind */
    uint16_t flags; /* NODE_PAREN ... */
    int32_t
        depth; /* statements and expressions below and including this one, along the longest path */
    Span span;
    /* scope_build's results: the scope a Module, Interactive, Expression, FunctionDef, ClassDef,
     * Lambda or comprehension opens; the entry a Name refers to in the scope it stands in. */
    Scope *scope;
    ScopeName *name;
    union {
#define KIND(kind, group)        struct {
#define FIELD(kind, type, field) ast_##type field;
#define END(kind)                                                                                  \
    }                                                                                              \
    kind;
#include "parser/ast.def"
    } u;
};

enum {
    NODE_PAREN = 1, /* an expression written in parentheses of its own */
    NODE_DASH = 2   /* a pasted typographic dash was read as its minus */
};

typedef enum FieldType {
    FIELD_node,
    FIELD_opt,
    FIELD_seq,
    FIELD_ident,
    FIELD_optid,
    FIELD_idents,
    FIELD_ctx,
    FIELD_binop,
    FIELD_unaryop,
    FIELD_boolop,
    FIELD_cmpops,
    FIELD_number,
    FIELD_value
} FieldType;

typedef struct AstField {
    const char *name;
    FieldType type;
    size_t offset; /* within Node */
} AstField;

typedef struct AstKind {
    const char *name;
    NodeGroup group;
    int nfields;
    const AstField *fields;
} AstKind;

/* All of the following are Local and pure. */

/* One row per NodeKind: the name, the group and the fields in CPython's order. */
extern const AstKind ast_kinds[NODE_COUNT];

/* "+", "not in", ... as written in a program. */
const char *binop_text(Operator op);
const char *unaryop_text(UnaryOperator op);
const char *boolop_text(BoolOperator op);
const char *cmpop_text(CmpOperator op);
/* "Add", "NotIn", ... as the class is called. */
const char *binop_name(Operator op);

/* Call fn(child, data) for every child that is not NULL, in field order; stop and return false as
 * soon as fn does. */
bool ast_each_child(Node *n, bool (*fn)(Node *child, void *data), void *data);

/* Append what CPython's ast.dump(tree) writes for `n`. */
void ast_dump(const Node *n, Buf *out);
/* The same as ast.dump(tree, include_attributes=True). */
void ast_dump_spans(const Node *n, Buf *out);

/* The operator of a BinOp or the brackets of a Subscript, as a traceback's ~~^~~ marks them: byte
 * columns
 * [*col, *end_col) on line n->span.lineno.  False where CPython draws none: other kinds, and
 * expressions on several lines. */
bool ast_anchor(const Node *n, const char *line, int64_t line_nbytes, int32_t *col,
                int32_t *end_col);

#endif
