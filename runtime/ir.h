/* ir.h -- statements, as the window holds them.  Replicated.
 *
 * A Stmt is one operation with its requirements (view + privilege).  It carries the errstate it was
 * submitted under and the source line it came from.  Its launch space is the space its work is cut
 * in; `pair` says how an operand's axes follow the launch axes.  Sums and scans of one op are
 * several statements (leaf sums, then their combination), written by submit.c.
 */
#ifndef RUNTIME_IR_H
#define RUNTIME_IR_H

#include "runtime/plan/store.h"

typedef enum StmtKind {
    ST_EW,        /* out = op(in...), pointwise over the launch space */
    ST_FOLD,      /* launch space: of the input; see FoldMode */
    ST_SCAN,      /* launch space: of out; the scanned axis is not cut */
    ST_SCAN_LEAF, /* out = totals of leaves along a 1-D input */
    ST_SCAN_FINISH,
    ST_MATMUL, /* out (+)= a @ b over one block of k */
    ST_DOT,    /* leaves of a dot product, added exactly */
    ST_HOST,
    ST_STREAM,
    ST_TAKE,
    ST_PUT,
    ST_NONZERO,
    ST_SORT,
    ST_SPREAD, /* write a view that has no boxes per tile: pull from in by the homes of out */
    ST_LOAD,
    ST_SAVE,
    ST_FETCH, /* in, everywhere */
    ST_CHECK_INDEX,
    ST_SEARCH
} StmtKind;

typedef enum Privilege { READ, WRITE } Privilege;

/* How the axes of an operand's view follow the launch space: axis k spans launch axis pair[k] times
 * scale (clipped), or all of its own extent when pair[k] < 0. */
typedef struct Req {
    Operand op;
    Privilege privilege;
    int8_t pair[NDIM_MAX];
    int64_t scale[NDIM_MAX]; /* 0 stands for 1 */
} Req;

enum { STMT_REQS = 6 };

typedef enum FoldMode {
    FOLD_LOCAL,  /* each launch tile of out folds all of its inputs */
    FOLD_PARTIAL /* each launch tile of in folds into a whole out; combined over shards */
} FoldMode;

typedef enum PutOp { PUT_SET, PUT_ADD, PUT_COUNT } PutOp;

typedef enum FoldStep { STEP_ALL, STEP_LEAVES, STEP_TREE } FoldStep;

/* Ops [first_op, first_op of the next part) of a fused body are those of one statement. */
typedef struct Part {
    struct Stmt *stmt;
    int first_op;
} Part;

/* A reduction of everything inside a fused task: it folds the body's output nout + its number. */
typedef struct FusedFold {
    struct Stmt *stmt;
    int8_t axis[NDIM_MAX]; /* launch axis of each axis of its operand, which are in K order */
} FusedFold;

typedef struct Stmt {
    StmtKind kind;
    int op;        /* OpCode, FoldOp or PutOp */
    DType loop;    /* dtype of the computation */
    int nin, nout; /* reqs: inputs, then outputs, then the mask */
    bool masked;
    Req *req; /* `room`, but for fused statements */
    Req room[STMT_REQS];
    int ndim; /* launch space */
    int64_t shape[NDIM_MAX];
    uint32_t axes; /* reduced axes of in (FOLD), scanned axis bit (SCAN) */
    FoldMode mode;
    int64_t granule; /* launch cuts along axis `cut_axis` are multiples of it; 0: free */
    int cut_axis;    /* -1: by the operands */
    bool accumulate; /* MATMUL: add to out */
    FoldStep step;   /* FOLD, DOT: all of it, or the leaves or the tree of a column sum */
    bool has_initial;
    Scalar initial;
    int64_t param[4]; /* k block, file offset, ... */
    void *extra;      /* host data, stream context, path: owned */
    size_t nextra;
    StreamFn stream;
    const struct Body *body;               /* EW */
    void *result;                          /* FETCH, NONZERO: where this rank's answer goes */
    struct Store *held[2 * STMT_REQS + 8]; /* retained until the statement has run: its stores and
                                              the planner's temporaries */
    int nheld;
    /* where and under what rules */
    const char *file;
    int line;
    ErrState err;
    int64_t number;   /* in the stream */
    int64_t index;    /* in the window: whose conditions are reported */
    int nparts;       /* EW: of several statements, in order; 0: not fused */
    Part *part;       /* in the window's arena */
    uint32_t renames; /* bit k: output k is written after shifted reads of its store */
    int nfolds;       /* at the end of a fused body */
    FusedFold *fold;
} Stmt;

/* *dst = *src, requirements too. */
static inline void stmt_copy(Stmt *dst, const Stmt *src)
{
    *dst = *src;
    dst->req = dst->room;
}
static inline Req *stmt_out(Stmt *s, int i)
{
    return &s->req[s->nin + i];
}
static inline Req *stmt_mask(Stmt *s)
{
    return s->masked ? &s->req[s->nin + s->nout] : NULL;
}
static inline int stmt_nreqs(const Stmt *s)
{
    return s->nin + s->nout + s->masked;
}
const char *stmt_name(const Stmt *s);
void stmt_print(Buf *out, const Stmt *s); /* "t3 = divide t2, 3.0" with store ids */

#endif
