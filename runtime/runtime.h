/* runtime.h -- what the language sees of the runtime: stores, statements, observation.  Replicated:
 * every rank makes the same calls with the same arguments in the same order; nothing here takes a
 * rank.
 *
 * Arrays are (store, view) pairs; see plan/view.h.  A submitted statement may run later; only the
 * observing calls (rt_value, rt_fetch, ...) wait.  Operands are borrowed: the runtime retains the
 * stores it needs.  Rules of aliasing are kept by the runtime: an output that overlaps an input
 * other than element by element goes through a temporary, as NumPy does.
 */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

#include "runtime/base.h"
#include "runtime/dtype.h"
#include "runtime/fold_op.h"
#include "runtime/ops.h"
#include "runtime/plan/view.h"

typedef struct Store Store;

/* New store, C-contiguous over `extent` (memory order), logically zero-filled until written; one
 * reference. ERR_MEMORY "Unable to allocate 298. GiB for an array with shape (200000, 200000) and
 * data type float64" (shape as given; `shape` may differ from extent by order) or ERR_VALUE for
 * sizes beyond 63 bits. */
Status store_new(DType dtype, int ndim, const int64_t extent[], Store **out);
Store *store_retain(Store *s);
void store_release(Store *s);
/* The statements submitted next write all of a new store before anything reads it: its memory need
 * not be cleared. */
void rt_will_fill(Store *s);
DType store_dtype(const Store *s);
int store_ndim(const Store *s);
const int64_t *store_extent(const Store *s);
/* All of a one-dimensional store is seen as `v` from now on: if it lies nowhere yet and is not
 * too large, it will be cut along the axes of the view.  Views are offsets and strides of elements
 * and stay as they are. */
void store_reshape(Store *s, const View *v);
int64_t store_id(const Store *s);
/* Replicated and with nothing pending: its elements are plain values. */
bool store_is_ready(const Store *s);

/* An array, or a constant of some dtype, as a statement sees it. */
typedef struct Operand {
    Store *store; /* NULL: constant `value` */
    DType dtype;  /* of the store or of the constant */
    View view;
    Scalar value;
} Operand;
static inline Operand operand_array(Store *s, const View *v)
{
    return (Operand){.store = s, .dtype = store_dtype(s), .view = *v};
}
static inline Operand operand_const(DType t, Scalar x)
{
    return (Operand){.dtype = t, .value = x};
}

/* Element-wise operation `op` computed in dtype `loop`: inputs are cast to it, the result (of dtype
 * `res`) to each output's dtype (unsafe casts: the caller has checked casting rules). All views
 * have the iteration space's shape (broadcast before). `where` (bool operand, may be NULL) limits
 * what is written. nout is 1 but for OP_DIVMOD-like ops. Constants are in[i].store == NULL. Errors:
 * ERR_FLOAT under errstate(raise) -- then nothing is written. */
Status rt_ew(OpCode op, DType loop, int nin, const Operand in[], int nout, const Operand out[],
             const Operand *where);
/* What a product calls itself where it reports floating-point conditions: NumPy's names; vdot
 * reports none. */
typedef enum Product { PRODUCT_DOT, PRODUCT_MATMUL, PRODUCT_VECDOT, PRODUCT_SILENT } Product;
/* How many elements a view shows when they are neighbours in C order; -1: they are not, or none. */
static inline int64_t view_run(const View *v)
{
    int64_t n = 1;
    for (int d = v->ndim - 1; d >= 0; d--) {
        if (v->shape[d] != 1 && v->stride[d] != n)
            return -1;
        n *= v->shape[d];
    }
    return n ? n : -1;
}

/* n neighbouring elements of a store from `first` on, or a constant (store NULL).  As an operand of
 * rt_ew_dense the elements may be `apart` others from each other. */
typedef struct Dense {
    Store *store;
    int64_t first;
    DType dtype;
    Scalar value;
    int64_t apart; /* 0 stands for 1 */
} Dense;
/* rt_ew of `nin` operands of n > 0 elements each, into elements of the loop's result type, when it
 * may run at once and costs little; `shape` (ndim axes) is the arrays' own.  False, with nothing
 * done: it is rt_ew's work. */
bool rt_ew_dense(const OpLoop *loop, int nin, const Dense in[], const Dense *out, int64_t n,
                 int ndim, const int64_t shape[], Status *st);
/* The fold of n > 0 elements of one type, carried in it, to one value, or the dot product of two
 * operands of an inexact type, under the same conditions. */
bool rt_fold_dense(FoldOp op, const Dense *in, int64_t n, Scalar *out, Status *st);
bool rt_dot_dense(const Dense in[2], int64_t n, Product as, Scalar *out, Status *st);
/* Where elements lie that may be read or written at once, else NULL; valid until the next call.
 * Who asks to write n of them (all of a new store's) does so, equally on every rank. */
const void *rt_peek(const Dense *d);
void *rt_poke(const Dense *d, int64_t n);
/* One op on single values of the loop's operand types, with its conditions. */
Status rt_scalar(const OpLoop *loop, const Scalar in[], Scalar *out);
/* A whole Body (body.h) over the space: inputs in order, one output. `in[i]` constants are scalars
 * of the body. */
struct Body;
Status rt_body(const struct Body *b, int nin, const Operand in[], const Operand *out);
/* out[i...] = start + index along axis * step, in dtype t (int64, float64 ...), cast to out's; 1
 * where column - row == k else 0. */
Status rt_range(const Operand *out, DType t, Scalar start, Scalar step);
Status rt_linspace(const Operand *out, double start, double step, int64_t last, double stop);
Status rt_eye(const Operand *out, int64_t k);
/* out[...] = in, casting; the usual assignment. */
Status rt_copy(const Operand *out, const Operand *in);

/* Reduce `in` over the axes whose bit is set in `axes`, accumulating in dtype `acc`; out has the
 * kept axes in order (its dtype is acc, int64 for FOLD_COUNT/ARG*, bool for ANY/ALL). ARG* take one
 * axis or all (flat C order index). Sums follow the rules of large and small sums by the K order of
 * `in`. where: bool operand of in's shape or NULL. initial: start value (of acc) or NULL. Empty
 * reductions of MIN/MAX/ARG* are the caller's error. */
Status rt_fold(FoldOp op, const Operand *in, uint32_t axes, DType acc, const Operand *out,
               const Operand *where, const Scalar *initial);
/* Running FOLD_SUM or FOLD_PROD along one axis. */
Status rt_scan(FoldOp op, const Operand *in, int axis, DType acc, const Operand *out);
/* out[..., m, n] = a[..., m, k] @ b[..., k, n]; batch axes broadcast before, equal dtypes. */
Status rt_matmul(const Operand *a, const Operand *b, const Operand *out, Product as);
/* out[kept...] = sum over the last axis of a * b by the dot rule (a, b of one shape, one inexact or
 * integer dtype; broadcast views make vector-matrix products of it); b conjugated by the caller. */
Status rt_dot(const Operand *a, const Operand *b, const Operand *out, Product as);

/* out[b..., r...] = in[index0[b...], index1[b...], ..., r...]: `nindex` leading axes of in are
 * indexed by int64 operands of one shape b (already wrapped and range-checked: see rt_check_index).
 */
Status rt_take(const Operand *in, int nindex, const Operand index[], const Operand *out);
/* out[index0[b...], ..., r...] = in[b..., r...]; of equal targets the last in C order of b wins. */
Status rt_put(const Operand *out, int nindex, const Operand index[], const Operand *in);
/* out[index[i]] += in[i] in order, without conditions: all 1-D, out a whole float64 vector, index
 * as for rt_take. */
Status rt_put_add(const Operand *out, const Operand *index, const Operand *in);
/* out[index[i]] += 1, out a whole int64 vector. */
Status rt_put_count(const Operand *out, const Operand *index);
/* Checked: all of index within [-n, n)?  *bad gets the first offender in C order and ERR_INDEX is
 * returned (text is the caller's). On success *wrapped is a new int64 store (or the operand's own,
 * retained) with values in [0, n). */
Status rt_check_index(const Operand *index, int64_t n, int64_t *bad, Store **wrapped,
                      View *wrapped_view);
/* Positions of non-zero elements in C order: *count and, per axis of in, a new int64 store of shape
 * (count,). Observes. */
Status rt_nonzero(const Operand *in, int64_t *count, Store *out[]);
/* Sorted along the last axis into out (argsort: int64 positions, stable). */
Status rt_sort(const Operand *in, bool arg, const Operand *out);
/* out[..., j] = element kth[j] (ascending) of in sorted along its last axis; at once.  *done false:
 * it was not, a sort will do it. */
Status rt_select(const Operand *in, int m, const int64_t kth[], const Operand *out, bool *done);
/* For each v: position in the sorted 1-D operand a (right: after equals). */
Status rt_searchsorted(const Operand *a, const Operand *v, bool right, const Operand *out);

/* Elements from host memory that is equal on all ranks, C-contiguous over out's view shape, dtype
 * out's; copied. */
Status rt_host(const Operand *out, const void *data);
/* The same; `data` is from xmalloc and taken. */
Status rt_host_taken(const Operand *out, void *data);
/* Elements made by a stream: fn(ctx, first, n, dst) writes elements first..first+n-1 in C order of
 * out's shape into dst; it must be pure in (ctx, first); ctx of nctx bytes is copied. `jumps`:
 * starting at any `first` is cheap; else a rank generates from 0. */
typedef void (*StreamFn)(const void *ctx, int64_t first, int64_t n, void *dst);
Status rt_stream(const Operand *out, StreamFn fn, const void *ctx, size_t nctx, bool jumps);

/* n bytes from the operating system's entropy, rank 0's everywhere. */
Status rt_entropy(void *dst, int64_t n);
/* Files.  Rank 0 reads small files and all ranks get the bytes (*data malloc'ed): at most `limit`
 * of *nfile (which may be NULL; then the file need not be seekable). ERR_OS. */
Status rt_read_file(const char *path, int64_t limit, char **data, int64_t *nbytes, int64_t *nfile);
/* Raw elements of a file from byte `at`, into out (C order; swapped: other byte order); each rank
 * reads its part. */
Status rt_load_raw(const char *path, int64_t at, bool swapped, const Operand *out);
/* header + elements of `in` in C order, written in parallel to a temporary file which replaces
 * `path` only when whole. */
Status rt_save_raw(const char *path, const char *header, int64_t nheader, const Operand *in);

/* ---- observation: these wait ---- */
Status rt_value(const Operand *a, Scalar *out); /* a has one element */
/* The one element of a when it is known here without a message, as after a few such questions it
 * will be; false: not yet, and a statement may wait for it. May flush. */
Status rt_element(const Operand *a, bool *known, Scalar *out);
/* The box [lo, hi) of a's view, C-contiguous into dst, equal on all ranks. */
Status rt_fetch(const Operand *a, const int64_t lo[], const int64_t hi[], void *dst);
Status rt_flush(void); /* run all that is pending */
/* A loop turns: what is pending runs unless the window has room for another turn.  To be called
 * only while rt_waiting, the number of pending statements, is not 0. */
Status rt_turn(void);
extern int64_t rt_waiting;
Status rt_fence(void); /* and wait for all ranks */
/* Element access: read as rt_value; write of a plain value (dtype a's) into the one element of a.
 */
Status rt_set_value(const Operand *a, Scalar x);
Status rt_set_element(Store *s, int64_t at /* in the store */, Scalar x);

/* Floating-point error handling of the statements submitted from now on: per condition (divide,
 * over, under, invalid). */
typedef enum ErrMode { ERRMODE_IGNORE, ERRMODE_WARN, ERRMODE_RAISE, ERRMODE_PRINT } ErrMode;
typedef struct ErrState {
    uint8_t divide, over, under, invalid;
    bool scalar; /* an operator of scalars: told as "scalar add"; only while it is submitted */
} ErrState;
extern ErrState rt_errstate; /* default warn, warn, ignore, warn; set by seterr / errstate */

/* ---- process ---- */
typedef struct RtConfig {
    int64_t whole_below;    /* bytes: stores below are whole; default 64 KiB */
    int64_t tiles_per_rank; /* default 1 */
    bool flush_each, no_fuse, no_rename, no_trace, check_trace;
    int64_t memory; /* budget in bytes for one rank, 0: the machine's */
    int64_t slack;  /* bytes of DESIGN's per-op memory bound */
    bool stats;
    const char *fault; /* RANK:KIND:N or NULL */
    const char *isa;   /* NULL: best */
} RtConfig;
Status rt_init(const RtConfig *config); /* after the launcher has been looked at; may be called
                                           again for fresh state */
void rt_fini(void);
void rt_reset(void); /* between programs of one process: counters and warnings forgotten */
int rt_rank(void);
int rt_nranks(void);
void rt_stats_print(FILE *to);
/* Rank 0's counters, those of all ranks' arrays and the largest memory peak of a rank as a JSON
 * object. Collective; ranks that write none pass NULL. */
void rt_stats_json(FILE *to);
/* Rank 0's bytes everywhere. Collective. */
void rt_bcast(void *data, int64_t nbytes);
/* Does any rank say so? Collective; the answer is the same everywhere. */
bool rt_any(bool mine);
/* Did a launcher start this process as one of several ranks? */
bool rt_launched(void);
/* Is it not the rank that speaks for all? Local; before rt_init too. */
bool rt_silent(void);
/* Where is the program? Set by the interpreter; for messages. */
extern void (*rt_where)(const char **file, int *line);
/* Told each statement's work as it is submitted, in units of some 20 ns on one rank; and asked
 * after each window that ran: true stops the program with ERR_INTERRUPT.  Both may be NULL. */
extern void (*rt_work)(int64_t units);
extern bool (*rt_epoch)(void);
/* One warning text at the statement's own line: set by the interpreter (file, line, text); prints
 * once per place. */
extern void (*rt_warn)(const char *file, int line, const char *text);

#endif
