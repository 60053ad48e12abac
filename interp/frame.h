/* frame.h -- frames, functions, generators and the VM's private state.  Replicated.
 *
 * Frames of plain calls lie on a stack of chunks and never move; a generator owns its frame.
 * Registers hold owned values; an empty register is TAG_UNDEF, so a frame can be released at any
 * instruction.  A frame knows where its result goes: `back` with `ret` and `mode`.
 */
#ifndef INTERP_FRAME_H
#define INTERP_FRAME_H

#include "interp/code.h"
#include "interp/interp.h"

typedef struct Generator Generator;

/* What becomes of a frame's result; RET_VALUE and its kin look at the caller's instruction
 * (caller->pc). */
typedef enum ReturnMode {
    RET_VALUE,      /* to register `ret` of the caller */
    RET_DISCARD,    /* dropped: __setitem__ */
    RET_INIT,       /* __init__: must be None; the instance is in `keep` */
    RET_BINARY,     /* operator dunder: NotImplemented goes on with keep, keep2 */
    RET_COMPARE,    /* the same for a comparison, maybe of a fused jump */
    RET_FOR,        /* a generator or __next__ driven by FOR_ITER */
    RET_YIELD_FROM, /* a generator driven by YIELD_FROM */
    RET_ENTRY       /* vm_run returns it to C */
} ReturnMode;

typedef struct FrameChunk FrameChunk;
typedef struct Frame {
    struct Frame *back;
    Code *code;        /* the function's, which owns it; owned where there is no function */
    const Instr *pc;   /* the running instruction, when calls or errors may look */
    Value globals;     /* Dict, borrowed from function or locals */
    Value locals;      /* owned namespace of a class or module body; undefined in functions */
    Value function;    /* owned; undefined for module code */
    Generator *gen;    /* the generator that owns this frame */
    Value keep, keep2; /* see ReturnMode; owned */
    int32_t ret;
    uint8_t mode;
    bool throwing;     /* generator resumed by throw: an exception is set */
    bool stacked;      /* on the frame stack */
    FrameChunk *chunk; /* first frame of this chunk */
    Value regs[];
} Frame;

typedef struct Function {
    GcObject gc;
    Code *code;
    Value globals;
    Value defaults;   /* tuple or undefined */
    Value kwdefaults; /* Dict or undefined */
    Value closure;    /* tuple of cells or undefined */
    Value name, qualname, doc, module;
    Value annotations; /* undefined until asked for */
    Dict *dict;        /* the function's own attributes */
} Function;

typedef struct Cell {
    GcObject gc;
    Value at;
} Cell;

typedef enum GenState { GEN_NEW, GEN_SUSPENDED, GEN_RUNNING, GEN_DONE } GenState;
struct Generator {
    GcObject gc;
    Frame *frame; /* NULL when done */
    GenState state;
    Value exc;    /* what it was handling when it yielded */
    Value outer;  /* while it runs: what its caller is handling */
    Value sent;   /* for YIELD_FROM */
    Value result; /* when done: the return value until it is fetched */
    Value name, qualname;
};

typedef struct Traceback {
    GcObject gc;
    Value next; /* towards where it was raised; None at the end */
    Code *code;
    Value globals;
    Value bound; /* where a NameError began in module code: list of the names that had a value; else
                    undefined */
    int32_t at;  /* instruction */
    bool lookup; /* CALL_METHOD: the method was not found, no call was made */
} Traceback;

/* What programs see of a frame: a copy made when they ask. */
typedef struct FrameView {
    Object ob;
    Code *code;
    Value globals;
    int32_t line;
} FrameView;

typedef struct Interp {
    Frame *frame;      /* running, or NULL */
    int64_t depth;     /* frames running */
    int64_t limit;     /* recursion limit */
    int64_t nested;    /* vm_run calls on the C stack */
    int64_t countdown; /* to the next epoch */
    FrameChunk *chunk;
    char *stack_at, *stack_end;
    Value modules;   /* Dict: sys.modules */
    Value builtins;  /* Dict */
    Value main, sys; /* modules */
    Value path;      /* list: sys.path */
    Value loading;   /* Dict of modules whose body is running; or undefined */
    Value warned;    /* Dict of warnings printed */
    bool interactive, started;
    bool lookup_failed; /* for the next traceback entry: see Traceback.lookup */
} Interp;
extern Interp interp;

enum { EPOCH_STEPS = 4096, NESTED_MAX = 700, RECURSION_LIMIT = 1000 };

/* ------------------------------------------------------------------ frames (vm_call.c) */

struct FrameChunk {
    FrameChunk *prev;
    char *end, *resume; /* resume: the top of prev when this one was begun */
    char data[] __attribute__((aligned(16)));
};
void frame_chunk_push(size_t nbytes);
static inline Frame *frame_alloc(const Code *code)
{
    size_t nbytes = sizeof(Frame) + sizeof(Value) * (size_t)code->nregs;
    bool first = (size_t)(interp.stack_end - interp.stack_at) < nbytes;
    if (__builtin_expect(first, 0))
        frame_chunk_push(nbytes);
    Frame *f = (Frame *)(void *)interp.stack_at;
    interp.stack_at += nbytes;
    f->gen = NULL;
    f->locals.tag = f->function.tag = f->keep.tag = f->keep2.tag = TAG_UNDEF;
    f->mode = RET_VALUE;
    f->throwing = false;
    f->stacked = true;
    f->chunk = first ? interp.chunk : NULL;
    for (Value *v = f->regs, *end = v + code->nregs; v < end; v++) {
        v->tag = TAG_UNDEF;
        __asm__("" : "+r"(v)); /* few: not made a call of memset */
    }
    return f;
}
/* A module's frame on the stack, with empty registers. */
Frame *frame_push(Code *code, Value globals);
/* A generator's own, whose function the caller sets. */
Frame *frame_new(Code *code, Value globals);
/* Release registers and memory. */
void frame_free(Frame *f);
static inline void frame_release_registers(Frame *f)
{
    for (Value *v = f->regs, *end = v + f->code->nregs; v < end; v++)
        if (v->tag == TAG_OBJ) {
            Value x = value_at(v);
            v->tag = TAG_UNDEF;
            release(x);
        }
}
/* The same for a frame of a plain call that returns: on the stack, nothing kept, no namespace. */
static inline void frame_leave(Frame *f)
{
    if (__builtin_expect(f->chunk != NULL, 0) || f->locals.tag == TAG_OBJ ||
        f->function.tag != TAG_OBJ) {
        frame_free(f);
        return;
    }
    frame_release_registers(f);
    release(value_at(&f->function));
    interp.stack_at = (char *)f;
}
Value raise_recursion(void);
/* No C function may call another Python one. */
bool recursion_full(void);
/* Namespace frames show: locals(). New reference. */
Value frame_locals(Frame *f);

/* Run `f` and what it calls until it returns, yields or fails.  Takes the frame (a generator's
 * stays its own). */
Value vm_run(Frame *f);
/* Enter C -> VM: bounds the C stack.  False: RecursionError. */
Value vm_call_frame(Frame *f);
/* The frame a call needs, or NULL and *result (V_ERROR: exception).  Borrows all. */
Frame *call_prepare(Value callee, Value *args, int nargs, Value kwnames, Value *result);
/* As call_prepare with `self` first. */
Frame *call_prepare_method(Value func, Value self, Value *args, int nargs, Value kwnames,
                           Value *result);

/* ------------------------------------------------------------------ functions, generators */

/* Bind a call's arguments into a new frame's registers.  Borrows the arguments. */
bool function_bind(Function *fn, Frame *f, const Value *args, int64_t nargs, Value kwnames);
/* Frame of a call of `fn`, or NULL with an error; a generator function's is not on the stack. */
Frame *function_frame(Function *fn, const Value *args, int64_t nargs, Value kwnames);
Value function_new(Code *code, Value globals);
Value cell_new(Value v);                       /* takes v */
Value generator_new(Frame *f, Value function); /* takes the frame */

/* Resume from C.  V_UNDEF: returned, g->result is the value. */
Value generator_resume(Generator *g, Value sent);
Value generator_throw(Generator *g, Value exc);
bool generator_close(Generator *g);
/* Make `g` run: its frame with `sent` (taken) delivered; NULL: error set. */
Frame *generator_enter(Generator *g, Value sent);
/* It yielded, or is done (then its frame is freed). */
void generator_leave(Generator *g, bool done);

/* ------------------------------------------------------------------ errors */

/* Add this frame and instruction to the set exception's traceback. */
void traceback_add(Frame *f);
/* What CPython prints for an uncaught exception. */
void traceback_print(Value exc, Buf *out);
Value raise_name_error(Str *name);
Value raise_unbound(Code *code, int reg);
/* Print the set exception as one that nobody can catch ("Exception ignored in: ..."), and clear it.
 */
void error_unraisable(Value where);
/* A SyntaxErr as the exception that is set. */
Value raise_syntax(const SyntaxErr *e);

/* ------------------------------------------------------------------ modules, classes, display */

Value import_name(Value name, Value fromlist, int64_t level, Value globals);
Value import_from(Value module, Str *name);
bool import_star(Value module, Value ns);
Value class_begin(Value name, Value bases, Value kwargs);
Value class_namespace(Value pending); /* borrowed */
Value class_end(Value pending, Value cell);
/* Unsupported for a builtin that Python has and cnx lacks (V_ERROR); V_UNDEF: no such name. */
Value builtin_missing(Str *name);
/* dir(v): a sorted list. */
Value object_names(Value v);
/* The builtins namespace and the sys module of a fresh state. */
void builtins_start(void);
void sys_start(int argc, char **argv);
/* 1 or 2 for the streams of sys, else 0. */
int stream_fd(Value file);
/* Text to standard output or error; false: OSError, or UnicodeEncodeError for lone surrogates,
 * which standard error writes as escapes. */
bool stream_write(int fd, Value text);
bool frame_super(Value *cls, Value *self);
bool show_value(Value v); /* the REPL's display of an expression */

extern const NativeDef builtins_objects[], builtins_scalars[], builtins_vm[];

#endif
