/* vm_ops.h -- the parts of instructions that the VM does not do in its loop.  Replicated.  */
#ifndef INTERP_VM_OPS_H
#define INTERP_VM_OPS_H

#include "interp/frame.h"
#include "interp/objects.h"

/* ---------------------------------------------------------------------- attributes */

typedef enum AttrKind {
    ATTR_NONE,     /* nothing remembered */
    ATTR_INSTANCE, /* in the instance's dict; the class has no such name */
    ATTR_CLASS, /* a plain value of the class or a static method, unless the instance has its own */
    ATTR_METHOD, /* a Python function of the class, unless the instance has its own */
    ATTR_NATIVE, /* a method of a builtin type */
    ATTR_LIST_APPEND,
    ATTR_PROPERTY,    /* descr is the getter */
    ATTR_SETTER,      /* descr is a property's setter */
    ATTR_SLOT,        /* of __slots__: `hint` bytes into the instance */
    ATTR_CLASSMETHOD, /* descr is the function, unless the instance has its own */
    ATTR_MODULE,      /* a module's name */
    ATTR_OF_CLASS,    /* found through a class: descr as it is */
    ATTR_CLASS_BOUND, /* the same: descr bound to the class */
    ATTR_GETSET       /* computed in C */
} AttrKind;

static inline bool attr_cached(const AttrCache *c, const Object *o)
{
    return c->type == o->type && c->version == o->type->version;
}

static inline Value *attr_own(AttrCache *c, Value v, Str *name)
{
    Dict **d = object_dict_slot(v.o);
    if (!d || !*d)
        return NULL;
    if ((int64_t)c->hint < (*d)->n && (*d)->entries[c->hint].key.o == (Object *)name &&
        (*d)->entries[c->hint].key.tag == TAG_OBJ)
        return &(*d)->entries[c->hint].x;
    if (name->hash != -1 && hash_bits(name->hash) & ~(*d)->hashes)
        return NULL;
    return dict_slot_hint(*d, name, &c->hint);
}

static inline bool attr_shadowed(AttrCache *c, Value v, Str *name)
{
    return attr_own(c, v, name) != NULL;
}

static inline Value *attr_slot(const AttrCache *c, Value v)
{
    return (Value *)(void *)((char *)v.o + c->hint);
}

/* A cached attribute, new reference; V_UNDEF: take the long way. */
Value attr_get_cached(AttrCache *c, Value v, Str *name);
/* What a call of a cached attribute calls, and its first argument (undefined: none); both borrowed.
 * V_UNDEF: take the long way. */
Value attr_callee_other(AttrCache *c, Value v, Str *name, Value *self);
static inline Value attr_callee(AttrCache *c, Value v, Str *name, Value *self)
{
    if (c->kind == ATTR_METHOD) {
        Value *own = attr_own(c, v, name);
        *self = own ? V_UNDEF : v;
        return value_at(own ? own : &c->descr);
    }
    if (c->kind == ATTR_NATIVE) {
        *self = v;
        return value_at(&c->descr);
    }
    return attr_callee_other(c, v, name, self);
}

Value attr_get(AttrCache *c, Value v, Str *name);
bool attr_set(AttrCache *c, Value v, Str *name, Value x);
/* For a call: as op_load_method. */
bool attr_method(AttrCache *c, Value v, Str *name, Value *func, Value *self);
Frame *property_frame(Value getter, Value self);
Frame *setter_frame(Value setter, Value self, Value x);

/* --------------------------------------------------------------------------- names */

Value ns_load_global(Frame *f, int cache, Str *name);
void ns_store_global(Frame *f, int cache, Str *name, Value v); /* takes v */
Value ns_load_dynamic(Frame *f, Value name);
Value ns_find(Value ns, Value name); /* new reference; V_UNDEF: absent */
bool ns_store(Value ns, Value name, Value v);
bool ns_delete(Value ns, Value name);
Value raise_name_error(Str *name);
Value raise_unbound(Code *code, int reg);

/* ----------------------------------------------------------------- operators as frames */

/* Frame of the Python method `name` of v's class with n more arguments; NULL: there is none. */
Frame *dunder_frame(Value v, Str *name, int n, Value x, Value y);
Frame *binary_frame(Value b, Value c, BinOp op, bool inplace);
Frame *compare_frame(Value b, Value c, CmpOp op);
/* After the left operand's method said NotImplemented. */
Value binary_reflected(Value b, Value c, BinOp op, bool inplace);
Value compare_reflected(Value b, Value c, CmpOp op);

/* ------------------------------------------------------------------------------ calls */

/* Do n positional arguments, with defaults for the rest, make a frame of fn without more ado? */
static inline bool simple_fits(const Function *fn, int n)
{
    const Code *c = fn->code;
    if ((c->flags & (CODE_SIMPLE | CODE_GENERATOR)) != CODE_SIMPLE)
        return false;
    return c->nargs == n ||
           (c->nargs > n && fn->defaults.tag == TAG_OBJ && fn->defaults.o->type == &type_tuple &&
            as_tuple(fn->defaults)->n >= c->nargs - n);
}
void closure_load(Function *fn, Frame *f);
/* That frame; its function and n first registers are the caller's to set. */
static inline Frame *simple_frame(Function *fn, int n)
{
    Code *c = fn->code;
    Frame *f = frame_alloc(c);
    f->code = c;
    f->globals = fn->globals;
    f->pc = c->at;
    for (int i = n; i < c->nargs; i++)
        f->regs[i] =
            retain(value_at(&as_tuple(fn->defaults)->at[as_tuple(fn->defaults)->n - c->nargs + i]));
    if (!(c->flags & CODE_NOCELLS))
        closure_load(fn, f);
    return f;
}
/* The __init__ of a program's class that object.__new__ makes instances of, when n arguments fit it
 * so. */
Function *simple_init(Type *t, int n);
Value make_function(Frame *f, Value code, const int32_t *row);
Frame *call_spread(Value callee, Value args, Value kwargs, Value *result);
Value call_super(Value cls, Value self);
bool merge_kwargs(Value into, Value from, Value callee);
/* One step of an iterator that YIELD_FROM drives; *more false: finished, the result is its value.
 */
Value delegate_next(Value it, Value sent, bool *more);
bool with_methods(Value manager, Value *enter, Value *exit);

/* -------------------------------------------------------------------------- displays */

Value join_operands(const Value *regs, const Value *kend, const int32_t *row);
bool extend_list(Value list, Value it);
bool update_dict(Value d, Value source);
/* The items of v into registers row[1..]; star: index of the starred one or -1. */
bool unpack(Value v, Value *regs, const int32_t *row, int star);

/* ------------------------------------------------------------------------- exceptions */

void raise_assertion(Value msg);
/* Set an exception again as it is.  Borrows. */
void error_restore(Value exc);

#endif
