/* lower.h -- what the files of the lowering share: one Unit per code object being made.  Local.
 *
 * Temporaries are numbered without end while a unit is made (a `virtual` register each, so that the
 * listing and liveness see one value per number) and have a place on a stack (`depth`), which
 * becomes their register when the unit is sealed.  An expression gives an operand: a local's
 * register, a constant, or a temporary that its reader consumes.
 *
 * Invariant: at the end of a statement `depth` is what it was at its start.
 */
#ifndef INTERP_LOWER_H
#define INTERP_LOWER_H

#include "interp/frame.h"
#include "interp/objects.h"
#include "parser/parser.h"

typedef int32_t Operand;
typedef int32_t Label;

typedef enum BlockKind {
    BLOCK_LOOP,    /* brk, cont, base */
    BLOCK_TRY,     /* a region with except clauses */
    BLOCK_FINALLY, /* a region whose final body runs on every exit */
    BLOCK_WITH,    /* a region left by calling `exit` */
    BLOCK_CAUGHT,  /* inside a handler: prev is given back, exc dropped on leaving */
    BLOCK_NAME     /* inside `except E as name`: name is unbound on leaving */
} BlockKind;

typedef struct Block {
    BlockKind kind;
    int level, start, ntemps;
    Label handler, brk, cont;
    Operand base, prev, exc, exit;
    NodeSeq final;
    Node *node;
    struct Block *up;
} Block;

typedef struct Unit {
    struct Unit *up;
    SourceText *text;
    Scope *scope;
    Code *code;
    LowerMode mode;
    bool keep, future_annotations, has_walrus, copy_locals, promote;
    Vec(Instr) at;
    Vec(Span) spans;
    Vec(Value) consts;
    Vec(int32_t) lists;
    Vec(int32_t) labels; /* label -> instruction */
    Vec(int32_t) slots;  /* temporary -> place */
    Vec(CatchEntry) table;
    int32_t *promoted; /* module: name index -> register, or -1 */
    int32_t *const_table;
    int64_t const_size;
    int32_t depth, maxdepth;
    int32_t nattr, nname;
    Block *block;
    Span span;
    Arena *arena;
} Unit;

#define NONE OPERAND_NONE

/* lower.c */
int unit_emit(Unit *u, const Node *at, Opcode op, int32_t a, int32_t b, int32_t c);
/* Set the small field of instruction `at`. */
static inline void unit_flag(Unit *u, int at, unsigned x)
{
    u->at.at[at].x = (uint16_t)x;
}
Label label_new(Unit *u);
void label_here(Unit *u, Label l);
Operand temp_new(Unit *u);
Operand temp_loop(Unit *u);            /* three places in a row */
Operand const_value(Unit *u, Value v); /* takes v */
Operand const_name(Unit *u, const char *s);
bool is_temp(const Unit *u, Operand o);
int32_t list_row(Unit *u, int n, const Operand *at);
Operand name_load(Unit *u, const Node *at, ScopeName *n, Operand hint);
void name_store(Unit *u, const Node *at, ScopeName *n, Operand value);
void name_delete(Unit *u, const Node *at, ScopeName *n);
Operand name_register(Unit *u, ScopeName *n); /* a local's register, or NONE */
Operand cell_register(Unit *u, const char *name);
Block *block_push(Unit *u, Block *b, BlockKind kind, bool region);
void block_pop(Unit *u, Block *b);
void region_open(Unit *u, Block *b);
void region_close(Unit *u, Block *b);
Code *unit_child(Unit *u, Scope *scope, Node *node);
void unwind_blocks(Unit *u, const Node *at, Block *stop);
void unwind_done(Unit *u, Block *stop);
void name_unbind(Unit *u, const Node *at, const char *name);
bool has_annotations(NodeSeq body); /* annotated names outside nested scopes */

/* lower_expr.c */
Operand expr(Unit *u, Node *n);
Operand expr_hint(Unit *u, Node *n, Operand hint);
void expr_into(Unit *u, Node *n, Operand reg);
const Node *cond(Unit *u, Node *n, const Node *at, Label to, bool sense);
bool node_truth(const Node *n, bool *truth);
Operand build_tuple(Unit *u, Node *at, NodeSeq items, Operand hint);
bool has_star(NodeSeq items);
/* The register for a result. */
static inline Operand hint_dst(Unit *u, Operand hint)
{
    return hint != NONE ? hint : temp_new(u);
}
void bases_and_kwargs(Unit *u, Node *at, NodeSeq args, NodeSeq kws, Operand *tuple, Operand *dict);
void expr_root(Unit *u, Node *n); /* look for walruses before lowering the expressions of `n` */

/* lower_call.c */
Operand call_args(Unit *u, Node *at, Operand callee, NodeSeq args, NodeSeq keywords, Operand hint);
Operand lower_call(Unit *u, Node *n, Operand hint);
uint16_t attr_cache(Unit *u); /* number of a new attribute cache */
/* Where a call of a method is reported: at the line of its name. */
Span method_span(const Node *n, const Node *attr);

/* lower_stmt.c */
void stmts(Unit *u, NodeSeq body);
void store_target(Unit *u, Node *target, Operand value);

/* lower_func.c */
Operand lower_lambda(Unit *u, Node *n, Operand hint);
Operand lower_comprehension(Unit *u, Node *n, Operand hint);
void lower_function(Unit *u, Node *n);
void lower_class(Unit *u, Node *n);
void lower_body(Unit *u, Node *n); /* the inside of a def, lambda, class or comprehension */

#endif
