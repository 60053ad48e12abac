/* code.h -- one-op code: what lowering makes of a function body and the VM runs.  Replicated.
 *
 * A frame is a row of registers: locals (parameters first), cells, free variables, then
 * temporaries. An instruction has at most three operands: a value read is a register number (>= 0)
 * or a constant
 * (-1 - k); `lists` holds rows of operands for calls and displays.  A temporary is written once and
 * consumed by its one reader, so it dies at its last read; the reader of a local borrows it.
 * Every instruction has a span.  Errors look for the innermost entry of `table` that covers their
 * instruction.
 *
 * Invariant (code_check): registers are below nregs, lists and labels in range, temporaries of one
 * statement are empty at its end but for loop state.
 */
#ifndef INTERP_CODE_H
#define INTERP_CODE_H

#include "interp/value.h"
#include "lexer/source.h"
#include "parser/ast.h"

typedef enum Opcode {
#define OP(name, roles, text) INS_##name,
#include "interp/opcodes.def"
    INS_COUNT
} Opcode;

typedef struct Instr {
    uint16_t op, x;
    int32_t a, b, c;
} Instr;

/* An operand that is absent. */
enum { OPERAND_NONE = INT32_MIN };

/* Source text, kept as long as code made of it lives. */
typedef struct SourceText {
    int64_t refs;
    Arena arena;
    Source source;
} SourceText;
void source_text_release(SourceText *t);

typedef enum CatchKind {
    CATCH_HANDLER, /* go to `handler` */
    CATCH_RESTORE  /* leave an except clause: the handled exception is again the one in register
                      `reg`; look on */
} CatchKind;
typedef struct CatchEntry {
    int32_t start, end; /* instructions covered */
    int32_t handler, reg;
    int32_t ntemps;      /* temporaries alive at the handler: later ones are released */
    int16_t kind, level; /* inner regions have higher levels and come first */
} CatchEntry;

/* How an attribute of instances of `type` is found, while type->version is `version` (see
 * vm_ops.h). */
typedef struct AttrCache {
    uint64_t version;
    Type *type;
    Value descr;           /* borrowed from the type's dict; a property's getter */
    uint64_t dict_version; /* a module's */
    Value *slot;
    void *dict;
    int32_t kind; /* AttrKind */
    uint32_t hint;
} AttrCache;
/* A name's slot: valid while the key versions are the same. */
typedef struct NameCache {
    uint64_t globals, builtins; /* builtins 0: the slot is in globals */
    Value *slot;
    void *dict;
} NameCache;

enum {
    CODE_VARARGS = 1,
    CODE_KWARGS = 2,
    CODE_GENERATOR = 4,
    CODE_SIMPLE = 8, /* only plain positional parameters, no cells among them */
    CODE_CLASS = 16, /* names live in a namespace */
    CODE_MODULE = 32,
    CODE_NAMESPACE = 64, /* mentions locals, globals, vars or dir */
    CODE_INTERACTIVE = 128,
    CODE_COMPREHENSION = 256,
    CODE_NOCELLS = 512 /* neither cells nor free variables */
};

typedef struct Code {
    Object ob;
    Value name, qualname, filename; /* str */
    Value doc;                      /* str or None */
    SourceText *text;
    int32_t flags, line;
    int32_t nargs; /* positional parameters, positional-only included */
    int32_t nposonly, nkwonly;
    int32_t nparams; /* all of them, * and ** too */
    int32_t nlocals, ncells, nfrees, temp0, ntemps, nregs;
    int32_t n, nconsts, nlists, ntable, nattr, nname;
    Instr *at;
    Value *kend;    /* constant k is kend[-1 - k] */
    int32_t *lists; /* rows: count, operands */
    Span *spans;
    CatchEntry *table;
    AttrCache *attr;
    NameCache *names;
    Value *regnames;     /* temp0 names: locals, cells, free variables */
    int32_t *cell_param; /* per cell: the parameter slot it starts from, or -1 */
} Code;

static inline Value code_const(const Code *c, int32_t operand)
{
    return c->kend[operand];
}

extern const char *const op_names[INS_COUNT], *const op_roles[INS_COUNT],
                                                  *const op_texts[INS_COUNT];

/* How lowering is to treat a module. */
typedef enum LowerMode {
    LOWER_MODULE, /* imported: every global may be read by others */
    LOWER_BATCH,  /* the program itself: names no nested scope mentions live in registers and die */
    LOWER_INTERACTIVE /* one REPL statement: values of expression statements are shown */
} LowerMode;

/* One-op code of a whole tree.  Takes a reference of `text`.  Errors (too complex) set SyntaxError:
 * NULL. With `keep` temporaries keep a register each, for the listing. */
Code *code_lower(SourceText *text, Node *tree, LowerMode mode, bool keep);

/* Insert drops, remove needless checks; called by lowering on sealed code. */
void liveness_run(Code *code, bool drops);

/* ASSERTs the invariant. */
void code_check(const Code *code);

/* The listing of `cnx ops`: the module, then every function in it. */
void code_list(const Code *code, Buf *out);
/* Per instruction, what its result is called: the variable that gets it, else the listing's t1, t2,
 * ...; "test" for a jump's; NULL for none.  The row and its texts are new. */
char **code_results(const Code *code);

#endif
