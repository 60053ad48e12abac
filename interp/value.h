/* value.h -- values, objects, types and the calls every part of the interpreter shares. Replicated.
 *
 * A Value is 16 bytes, passed in two registers: None, bool, 64-bit int, float are inline, all else
 * is a counted Object.  Ints outside 64 bits are BigInt objects; an int that fits is always inline.
 *
 * Ownership: functions borrow their arguments and return new references, unless a comment says
 * "takes" or "borrowed".  V_ERROR returned (or false, -1, NULL where said) means that an exception
 * is set.
 *
 * Nothing here derives from an address: ids are counters, hashes are CPython's under
 * PYTHONHASHSEED=0. Reference counts are released by a worklist, so that freeing a long chain never
 * recurses.
 */
#ifndef INTERP_VALUE_H
#define INTERP_VALUE_H

#include "runtime/base.h"

/* ------------------------------------------------------------------ values */

typedef enum Tag {
    TAG_UNDEF = 0, /* unbound name, absent argument, exhausted iterator */
    TAG_ERROR,     /* an exception is set */
    TAG_NONE,
    TAG_NOTIMPL,
    TAG_ELLIPSIS,
    TAG_BOOL,  /* i is 0 or 1 */
    TAG_INT,   /* i */
    TAG_FLOAT, /* f */
    TAG_OBJ    /* o */
} Tag;

typedef struct Object Object;
typedef struct Type Type;
typedef struct Str Str;

typedef struct Value {
    uint64_t tag;
    union {
        int64_t i;
        double f;
        Object *o;
        Str *s; /* only where the type is known to be str */
    };
} Value;

#define V_UNDEF    ((Value){.tag = TAG_UNDEF, .i = 0})
#define V_ERROR    ((Value){.tag = TAG_ERROR, .i = 0})
#define V_NONE     ((Value){.tag = TAG_NONE, .i = 0})
#define V_NOTIMPL  ((Value){.tag = TAG_NOTIMPL, .i = 0})
#define V_ELLIPSIS ((Value){.tag = TAG_ELLIPSIS, .i = 0})
#define V_TRUE     ((Value){.tag = TAG_BOOL, .i = 1})
#define V_FALSE    ((Value){.tag = TAG_BOOL, .i = 0})

/* *p by its two words: values are mostly read soon after their words were written one by one, and
 * a load of both at once would wait for those stores. */
static inline Value value_at(const Value *p)
{
    return (Value){.tag = p->tag, .i = p->i};
}
static inline Value v_bool(bool b)
{
    return (Value){.tag = TAG_BOOL, .i = b};
}
static inline Value v_int(int64_t i)
{
    return (Value){.tag = TAG_INT, .i = i};
}
static inline Value v_float(double f)
{
    return (Value){.tag = TAG_FLOAT, .f = f};
}
static inline Value v_obj(void *o) /* keeps the caller's reference: the Value now owns it */
{
    return (Value){.tag = TAG_OBJ, .o = o};
}
static inline bool v_is_error(Value v)
{
    return v.tag == TAG_ERROR;
}
static inline bool v_is_undef(Value v)
{
    return v.tag == TAG_UNDEF;
}
static inline bool v_is_none(Value v)
{
    return v.tag == TAG_NONE;
}

/* ----------------------------------------------------------------- objects */

/* Header of every heap value.  `gc` links containers for cycle collection (see gc.c); objects of
 * types without TYPE_GC have no GcObject part. */
struct Object {
    Type *type;
    int64_t refs;
};
typedef struct GcObject {
    Object ob;
    struct GcObject *next, *prev;
    int64_t gc_refs;
} GcObject;

void object_free_later(Object *o); /* refs reached 0: worklist */

static inline Value retain(Value v)
{
    if (v.tag == TAG_OBJ)
        v.o->refs++;
    return v;
}
static inline __attribute__((always_inline)) void release(Value v)
{
    if (v.tag == TAG_OBJ && --v.o->refs == 0)
        object_free_later(v.o);
}
#define RETAIN(p)  ((__typeof__(p))object_retain((Object *)(p)))
#define RELEASE(p) object_release((Object *)(p))
static inline Object *object_retain(Object *o)
{
    if (o)
        o->refs++;
    return o;
}
static inline void object_release(Object *o)
{
    if (o && --o->refs == 0)
        object_free_later(o);
}
/* Store v into *slot (takes v), releasing what was there afterwards. */
static inline void slot_set(Value *slot, Value v)
{
    Value old = *slot;
    *slot = v;
    release(old);
}

/* New zeroed object of type->size (or more) bytes, refs 1; GC types are linked in. */
void *object_new(Type *type);
void *object_new_sized(Type *type, size_t nbytes);
/* Only the first `clear` bytes are zero: for types that end in much that is not always used. */
void *object_new_head(Type *type, size_t clear);
/* The same for an object of nbytes. */
void *object_new_tail(Type *type, size_t nbytes, size_t clear);
int64_t object_id(Value v); /* what id() prints: a counter given at the first ask */

/* ------------------------------------------------------------------- types */

typedef enum CmpOp { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } CmpOp;

typedef enum BinOp {
    BIN_ADD,
    BIN_SUB,
    BIN_MUL,
    BIN_DIV,
    BIN_FLOORDIV,
    BIN_MOD,
    BIN_POW,
    BIN_MATMUL,
    BIN_LSHIFT,
    BIN_RSHIFT,
    BIN_AND,
    BIN_OR,
    BIN_XOR,
    BIN_DIVMOD,
    BIN_COUNT
} BinOp;
typedef enum UnOp { UN_NEG, UN_POS, UN_INVERT, UN_ABS } UnOp;

typedef void (*VisitFn)(Value v, void *ctx);

typedef enum PairStep {
    PAIR_FAILED = -1,
    PAIR_END,
    PAIR_GOT,  /* both new references */
    PAIR_OTHER /* nothing was taken: this one gives no pairs */
} PairStep;

enum {
    TYPE_HEAP = 1,       /* made by a class statement (or type(...)): dunders live in dict */
    TYPE_GC = 2,         /* objects begin with GcObject */
    TYPE_BASE = 4,       /* may be subclassed by a class statement */
    TYPE_ARRAY = 8,      /* arrays and futures: `drop x` frees them early; nothing else */
    TYPE_EXCEPTION = 16, /* subclass of BaseException */
    TYPE_ABSTRACT = 32,  /* cannot be instantiated by calling */
    TYPE_LENDS = 64      /* getattr is the usual one but for names that the type lacks */
};

/* A class.  Slots a builtin type leaves NULL are inherited along `base` by type_ready. For
 * TYPE_HEAP classes type_ready installs slot functions that call the dunder methods; the VM itself
 * looks at TYPE_HEAP first and pushes a frame instead, so that Python calls do not recurse in C. */
struct Type {
    GcObject gc;
    const char *name;     /* "int"; for heap types owned UTF-8 */
    const char *module;   /* "builtins", "numpy", "__main__" */
    const char *qualname; /* of a C type whose __qualname__ is not its name; else NULL */
    Type *base;           /* first base; NULL only for object */
    size_t size;          /* bytes of an instance */
    size_t dict_offset;   /* where instances keep their Dict* (0: none) */
    int flags;
    const char *doc;
    const struct NativeDef *methods; /* ended by a NULL name; installed by type_ready */
    const struct GetSetDef *getsets; /* ditto */
    Value dict;                      /* namespace: Dict */
    Value mro;                       /* tuple of types, C3 */
    Value bases;                     /* tuple */
    uint64_t version; /* changes when dict or a base's dict changes: key of attribute caches */

    void (*free)(Object *o); /* releases what it holds; not the memory */
    void (*traverse)(Object *o, VisitFn visit, void *ctx);
    void (*clear)(Object *o); /* drop references that can form cycles */
    Value (*repr)(Value v);   /* str */
    Value (*str)(Value v);
    bool (*hash)(Value v, int64_t *out); /* false: exception; NULL after type_ready: unhashable */
    Value (*compare)(Value a, Value b, CmpOp op); /* any value or V_NOTIMPL */
    Value (*getattr)(Value v, Str *name);         /* NULL: object_getattr_generic */
    bool (*setattr)(Value v, Str *name, Value x); /* x undefined: delete */
    Value (*call)(Value f, Value *args, int nargs,
                  Value kwnames); /* nargs positional, then the keywords' values; kwnames: tuple of
                                     str or undefined */
    Value (*iter)(Value v);
    Value (*next)(Value it); /* V_UNDEF: exhausted */
    /* next where the item is a pair that is unpacked at once, for loops; never inherited. */
    PairStep (*next_pair)(Value it, Value *first, Value *second);
    int64_t (*len)(Value v); /* -1: exception */
    Value (*getitem)(Value v, Value key);
    bool (*setitem)(Value v, Value key, Value x); /* x undefined: delete */
    int (*contains)(Value v, Value x);            /* 1, 0, -1 */
    Value (*binary)(Value a, Value b, BinOp op);  /* either operand is of this type; V_NOTIMPL */
    Value (*inplace)(Value a, Value b, BinOp op); /* a op= b; NULL or V_NOTIMPL: binary is used */
    Value (*power)(Value a, Value b, Value mod);  /* three-argument pow */
    Value (*unary)(Value v, UnOp op);             /* V_NOTIMPL */
    int (*truth)(Value v);                        /* 1, 0, -1; NULL: len, else true */
    Value (*index)(Value v);                      /* int for __index__ */
    Value (*to_int)(Value v);                     /* __int__ */
    Value (*to_float)(Value v);                   /* __float__ */
    Value (*format)(Value v, Str *spec);
    Value (*descr_get)(Value d, Value obj, Type *cls); /* obj undefined: through the class */
    bool (*descr_set)(Value d, Value obj, Value x);    /* having one makes it a data descriptor */
    Value (*make)(Type *cls, Value *args, int nargs, Value kwnames); /* __new__ */
    bool (*init)(Value self, Value *args, int nargs, Value kwnames); /* __init__; NULL: none */
};

Type *type_of(Value v); /* borrowed */
static inline bool is_exact(Value v, const Type *t)
{
    return v.tag == TAG_OBJ && v.o->type == t;
}
/* v is an instance of t or of a subclass (inline values included; bool is an int). */
bool is_instance(Value v, const Type *t);
bool type_is_subtype(const Type *a, const Type *b);
/* Fill inherited slots, install methods and getsets, compute the MRO; idempotent. */
void type_ready(Type *t);
/* Look `name` up along the MRO; borrowed, V_UNDEF when absent; never raises. */
Value type_lookup(Type *t, Str *name);
/* class statement / type(name, bases, dict): new heap type or V_ERROR (layout conflict, bad MRO
 * ...). */
Value type_build(Str *name, Value bases, Value dict, Value kwnames, Value *kwargs);

extern Type type_object, type_type, type_none, type_notimpl, type_ellipsis, type_bool, type_int,
    type_float, type_complex, type_str, type_list, type_tuple, type_dict, type_set, type_frozenset,
    type_range, type_slice, type_native, type_bound_method, type_function, type_cell,
    type_generator, type_module, type_property, type_staticmethod, type_classmethod, type_super,
    type_traceback, type_code, type_frame;

/* ------------------------------------------------------- natives (C functions) */

/* A C function seen by programs.  `sig` is a Python-like parameter list that the binder compiles
 * once: "self, x, /"        "a, axis=None, *, keepdims=False, where=?"        "*args"       "f,
 * *iterables"       "**kw" Defaults: None, True, False, integers, floats, 'strings'; `=?` gives
 * V_UNDEF when absent.  The function receives one slot a parameter in order (*args as a tuple, **kw
 * as a Dict), all borrowed.
 *
 * The text may open with the species of the function that CPython or NumPy has here, and the name
 * it has in messages where that is another: "def _sum: a, axis=None".  Binding errors follow it:
 *   (none)   C function      f() takes at most 2 arguments (3 given)
 *   def      Python function f() missing 1 required positional argument: 'a'
 *   npy      NumPy's parser  f() missing required argument 'shape' (pos 0)
 *   vararg   argument tuple  f() takes exactly 1 argument (0 given)
 *   cython                   f() takes at most 3 positional arguments (4 given)
 */
typedef Value (*NativeFn)(Value *a, int n);
typedef struct NativeDef {
    const char *name;
    const char *sig;
    NativeFn fn;
    const char *doc;
} NativeDef;
enum { NATIVE_CLASSMETHOD = 1, NATIVE_STATIC = 2 };
typedef struct GetSetDef {
    const char *name;
    Value (*get)(Value self);
    bool (*set)(Value self,
                Value x); /* NULL: read-only ("attribute 'x' of 'T' objects is not writable") */
    const char *doc;
} GetSetDef;
/* New function object for `def` (kept by address); `owner` (may be NULL) is the type whose method
 * it is. */
Value native_new(const NativeDef *def, Type *owner, int flags);
/* As native_new with a closed-over value handed to fn as an extra last slot (taken). */
Value native_new_closure(const NativeDef *def, Value closed);

/* ----------------------------------------------------------------- exceptions */

/* Every exception class: exc_ValueError, ...; the list is interp/exceptions.def (name, base). */
#define EXC(name, base) extern Type exc_##name;
#include "interp/exceptions.def"
#undef EXC

typedef struct Exception {
    GcObject gc;
    Value dict;                      /* Dict or undefined */
    Value args;                      /* tuple */
    Value cause, context, traceback; /* undefined when absent */
    bool suppress_context;
    Value extra[4]; /* StopIteration.value; KeyError none; OSError errno, strerror, filename;
                       SyntaxError has its own; SystemExit.code; ImportError.name */
} Exception;

/* Set an exception with a formatted message.  Format: printf's d i u x c s g f with l/ll/z sizes
 * and *, plus %R repr of a Value   %S str of a Value   %T name of a Value's type   %U text of a
 * Str*   */
Value raise_fmt(Type *exc, const char *fmt, ...); /* returns V_ERROR */
/* The class's name with its module where that is not builtins. */
Value type_dotted(const Type *t);
Value exception_new(Type *cls, Value args); /* takes the tuple */
Value raise_value(Value exception);         /* takes an exception instance */
Value raise_status(Status s);               /* the class `s` names, text status_text() */
Value raise_oom(void);
/* UnicodeEncodeError: text[start..end) are surrogates. */
Value raise_unencodable(Value text, int64_t start, int64_t end);
/* AxisError: "[what: ]axis 5 is out of bounds for array of dimension 2". */
Value raise_axis(const char *what, int64_t axis, int ndim);
void axis_error_setup(void);
bool error_is_set(void);
Value error_take(void);        /* the exception set, clearing it; new reference */
bool error_matches(Type *exc); /* is the set exception an instance of exc? */
void error_clear(void);
/* `Unsupported`: only `finally` sees it, no `except` catches. "NAME is in NumPy but not in cnx 0.1"
 */
Value raise_unsupported(const char *what, const char *where /* "NumPy" or "Python" */);
/* warnings.warn-like: one line "file:line: Category: text" on rank 0's stderr, once per line,
 * category and text. False: turned into an exception. */
bool warn_fmt(Type *category, const char *fmt, ...);
bool warn_at(const char *file, int line, Type *category,
             const char *text); /* the same, of another place */

/* ----------------------------------------------------------- generic operations */

Value op_repr(Value v);
Value op_str(Value v);
Value op_ascii(Value v);
bool op_hash(Value v, int64_t *out);
Value op_compare(Value a, Value b,
                 CmpOp op);     /* rich comparison with reflection and the default for == */
int op_equal(Value a, Value b); /* identity first, then ==; 1, 0, -1 */
static inline bool op_same(Value a, Value b) /* `is` */
{
    return a.tag == b.tag && a.i == b.i;
}
int op_truth(Value v); /* 1, 0, -1 */
Value op_getattr(Value v, Str *name);
Value op_getattr_opt(Value v, Str *name); /* V_UNDEF instead of AttributeError */
bool op_setattr(Value v, Str *name, Value x);
Value object_getattr_generic(Value v, Str *name);
bool object_setattr_generic(Value v, Str *name, Value x);
Value op_call(Value f, Value *args, int nargs,
              Value kwnames); /* may run Python code in a nested VM loop, depth-bounded */
Value op_call0(Value f);
Value op_call1(Value f, Value a);
Value op_call2(Value f, Value a, Value b);
Value op_call_method(Value v, const char *name, Value *args, int nargs);
Value op_iter(Value v);
Value op_next(Value it); /* V_UNDEF: exhausted (StopIteration is swallowed) */
int64_t op_len(Value v);
int64_t op_len_hint(Value v);
Value op_getitem(Value v, Value key);
bool op_setitem(Value v, Value key, Value x);
int op_contains(Value v, Value x);
Value op_binary(Value a, Value b, BinOp op);
Value op_inplace(Value a, Value b, BinOp op);
Value op_power(Value a, Value b, Value mod);
Value op_unary(Value v, UnOp op);
Value op_format(Value v, Str *spec);
Value op_index(
    Value v); /* int (maybe BigInt); TypeError "'X' object cannot be interpreted as an integer" */
bool op_as_int64(Value v, int64_t *out); /* through __index__; OverflowError when too large */
bool op_as_float(Value v, double *out);  /* through __float__ / __index__ */
bool op_is_callable(Value v);

/* ------------------------------------------------------------------- strings */

/* Text by code point: `kind` bytes (1 Latin-1, 2, 4) each, always the smallest that fits. */
struct Str {
    Object ob;
    int64_t n;    /* code points */
    int64_t hash; /* -1: not computed */
    uint8_t kind, ascii, interned;
    char data[]; /* n * kind bytes and a zero */
};
Value str_new(const char *utf8);
Value str_new_n(const char *utf8, int64_t nbytes); /* valid UTF-8, or WTF-8 for lone surrogates */
Value str_new_kind(int kind, const void *chars, int64_t n); /* narrows to the smallest kind */
Value str_fmt(const char *fmt, ...);                        /* raise_fmt's formats */
Value str_vfmt(const char *fmt, va_list ap);
Str *str_intern(
    const char *utf8); /* borrowed, immortal; for attribute names: static Str *s = NULL; */
Value str_intern_value(Value v); /* takes v; equal strings give one object */
uint32_t str_at(const Str *s, int64_t i);
bool str_equal(const Str *a, const Str *b);
bool str_equals(const Str *a, const char *ascii);
int str_compare(const Str *a, const Str *b);
int64_t str_hash(Str *s);              /* SipHash-1-3 with a zero key, as PYTHONHASHSEED=0 */
void str_utf8(const Str *s, Buf *out); /* appends */
const char *str_cstr(Value v);         /* UTF-8, valid until v is freed; cached */
static inline bool is_str(Value v)
{
    return v.tag == TAG_OBJ && (v.o->type == &type_str || is_instance(v, &type_str));
}

/* ------------------------------------------------------------------- numbers */

Value int_from_u64(uint64_t u);
Value int_from_double(double d); /* truncates; raises for inf and nan */
Value int_from_text(const char *digits, int64_t n,
                    int base); /* digits only (no prefix); never fails on valid digits */
bool is_int(Value v);          /* int or a subclass, bool included */
bool int_as_int64(Value v,
                  int64_t *out); /* v is_int; false without exception when it does not fit */
bool int_as_u64(Value v, uint64_t *out);
double int_as_double(Value v, bool *overflow); /* correctly rounded */
int int_sign(Value v);
Value int_binary(Value a, Value b, BinOp op); /* both is_int */
int int_compare(Value a, Value b);
bool is_float(Value v);      /* float or a subclass instance */
double float_value(Value v); /* v is_float */
Value complex_new(double re, double im);
bool is_complex(Value v);
void complex_value(Value v, double *re, double *im);
int64_t hash_double(double d);

/* ---------------------------------------------------------------- containers */

typedef struct List {
    GcObject gc;
    Value *at;
    int64_t n, cap;
} List;
typedef struct Tuple {
    GcObject gc;
    int64_t n;
    Value at[];
} Tuple;
static inline List *as_list(Value v)
{
    return (List *)v.o;
}
static inline Tuple *as_tuple(Value v)
{
    return (Tuple *)v.o;
}
static inline bool is_list(Value v)
{
    return is_exact(v, &type_list) || is_instance(v, &type_list);
}
static inline bool is_tuple(Value v)
{
    return is_exact(v, &type_tuple) || is_instance(v, &type_tuple);
}
Value list_new(int64_t cap);
void list_push(Value list, Value x);                /* takes x */
Value list_from_iterable(Value it);                 /* new list */
Value tuple_new(int64_t n);                         /* slots undefined: fill as_tuple(t)->at[i] */
Value tuple_of(int n, ...);                         /* takes the values */
Value tuple_from_array(const Value *at, int64_t n); /* retains */
Value tuple_from_iterable(Value it);

typedef struct Dict Dict;
Value dict_new(void);
Value dict_get(Value d, Value key);            /* borrowed; V_UNDEF absent; V_ERROR unhashable */
bool dict_set(Value d, Value key, Value x);    /* retains both */
int dict_del(Value d, Value key);              /* 1 removed, 0 absent, -1 error */
Value dict_get_str(Value d, Str *key);         /* fast path, no exception possible; borrowed */
void dict_set_str(Value d, Str *key, Value x); /* retains */
int64_t dict_len(Value d);
bool dict_next(Value d, int64_t *pos, Value *key,
               Value *x);                /* in insertion order; borrowed; *pos starts at 0 */
uint64_t dict_keys_version(Value d);     /* changes when a key is added or removed */
Value *dict_slot_str(Value d, Str *key); /* address of the value, valid while dict_keys_version is
                                            unchanged; NULL when absent */
Value set_new(void);
Value frozenset_from_iterable(Value it);
bool set_add(Value s, Value x);
int set_contains(Value s, Value x);
int64_t set_len(Value s);
bool set_next(Value s, int64_t *pos, Value *x); /* CPython's order; borrowed */

typedef struct Slice {
    Object ob;
    Value start, stop, step;
} Slice;
Value slice_new(Value start, Value stop, Value step);
/* CPython's slice.indices for a length; false: exception. */
bool slice_indices(Value slice, int64_t n, int64_t *start, int64_t *stop, int64_t *step,
                   int64_t *count);
/* The same in two steps, for a sequence that __index__ of a bound may change: parts, then count. */
bool slice_parts(Value slice, int64_t *start, int64_t *stop, int64_t *step);
int64_t slice_clip(int64_t n, int64_t *start, int64_t *stop, int64_t step);
/* range with 64-bit bounds gives them; false for others (no exception). */
bool range_bounds(Value range, int64_t *start, int64_t *stop, int64_t *step);
Value range_new(int64_t start, int64_t stop, int64_t step);

/* ------------------------------------------------------------------- modules */

typedef struct Module {
    GcObject gc;
    Value dict; /* namespace */
    Str *name;
    /* Called for a name the namespace lacks: V_UNDEF for "no such name" (AttributeError), or raises
     * Unsupported. */
    Value (*missing)(struct Module *m, Str *name);
} Module;
Value module_new(const char *name, const char *doc);
void module_add(Value module, const char *name, Value x);     /* takes x */
void module_add_natives(Value module, const NativeDef *defs); /* until a NULL name */
/* Builtin modules: a table in stdlib/modules.def gives name and init function `Value
 * NAME_module(void)`. */
Value import_builtin(const char *dotted); /* V_UNDEF when there is none */

/* --------------------------------------------------- interpreter state (one a process) */

/* Called by natives that loop long in C: sees Ctrl-C agreed on by all ranks. False:
 * KeyboardInterrupt is set. */
bool interp_poll(void);
/* Where the running statement is, for messages and statement records; file is borrowed. */
void interp_where(const char **file, int *line);
/* Recursion in C (repr, ==, hash, nested calls): false and RecursionError when too deep. */
extern struct Depth {
    int now, limit;
} depth_count;
bool depth_full(const char *doing); /* raises; false */
static inline bool depth_enter(const char *doing /* " while getting the repr of an object" or "" */)
{
    if (__builtin_expect(depth_count.now >= depth_count.limit, 0))
        return depth_full(doing);
    depth_count.now++;
    return true;
}
static inline void depth_leave(void)
{
    depth_count.now--;
}
/* Program output: rank 0 writes, others drop; buffered, flushed at exit and before stderr text. */
bool out_write(int fd /* 1 or 2 */, const char *text, int64_t nbytes); /* false: OSError set */
bool out_flush(int fd);

#endif
