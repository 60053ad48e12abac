/* objects.h -- what the object system shares with the VM beyond value.h.  Replicated.
 *
 * Every object made by object_new has 16 hidden bytes before it: its allocation class and id, and
 * for classes made by programs the pointer to the instance's Dict.  So `dict_offset` of such a
 * class is negative as a ptrdiff_t: reach the slot by object_dict_slot only.
 *
 * Invariant: an object on the collector's list has next != NULL; static Types never are.
 */
#ifndef INTERP_OBJECTS_H
#define INTERP_OBJECTS_H

#include "interp/value.h"

/* Names known to C: S(__init__) is a Str*, immortal and interned; set by objects_init. */
enum NameIndex {
#define NAME(x) NAME_##x,
#include "interp/names.def"
#undef NAME
    NAME_COUNT
};
extern Str *name_table[NAME_COUNT];
#define S(x) (name_table[NAME_##x])

/* Where GMP takes its memory; called by objects_init before any int is made. */
void ints_init(void);
/* Names, types of this part, exceptions.  Call once, first of all. */
void objects_init(void);

/* Growth of cycle-collected objects that starts a collection; returns objects found unreachable. */
int64_t gc_collect(void);
void gc_enable(bool on);
bool gc_is_enabled(void);

/* ---------------------------------------------------------------- memory */

/* Pooled blocks: the caller remembers nbytes.  Not zeroed. */
void *mem_alloc(size_t nbytes);
void mem_free(void *p, size_t nbytes);
/* A block of `nbytes` that holds what p, of `was` bytes (0: p is NULL), held. */
void *mem_resize(void *p, size_t was, size_t nbytes);
/* The collector's list: tracked objects in order of birth, and when it looks at them next. */
typedef struct GcList {
    GcObject head;
    int64_t alive, start_at;
    bool enabled, collecting;
} GcList;
extern GcList gc_list;
static inline void gc_track(GcObject *g)
{
    GcList *l = &gc_list;
    if (__builtin_expect(++l->alive >= l->start_at, 0) && l->enabled && !l->collecting)
        gc_collect();
    GcObject *last = l->head.prev;
    g->next = &l->head;
    g->prev = last;
    last->next = g;
    l->head.prev = g;
}
static inline void gc_untrack(GcObject *g)
{
    if (!g->next)
        return;
    g->prev->next = g->next;
    g->next->prev = g->prev;
    g->next = g->prev = NULL;
    gc_list.alive--;
}
/* Visit what `o` holds: its type's part, instance dict, slots, class. */
void object_traverse(Object *o, VisitFn visit, void *ctx);
void object_clear(Object *o);
/* Call fn(o), which runs a program's code, while objects are being released: what it releases goes
 * at once. */
void object_drain_aside(void (*fn)(Object *), Object *o);
bool object_finalize(Object *o); /* runs __del__ once; true: it ran */

/* ---------------------------------------------------------- instance dicts */

enum { DICT_BEFORE = -8 };
/* Address of an instance's Dict pointer; NULL when its type has none. */
static inline Dict **object_dict_slot(Object *o)
{
    ptrdiff_t at = (ptrdiff_t)o->type->dict_offset;
    return at ? (Dict **)(void *)((char *)o + at) : NULL;
}
/* The instance's dict, borrowed; made at need when `create`; V_UNDEF when there is none. */
Value object_dict(Value v, bool create);

/* Like dict_get_str, but looks first at the entry *hint, and leaves the entry found there:
 * instances of a class fill their dicts in the same order.  NULL when absent. */
Value *dict_slot_hint(Dict *d, Str *key, uint32_t *hint);

/* ------------------------------------------------------------------- types */

/* Types made at run time (also by metaclasses, whose instances these are). */
typedef struct HeapType {
    Type type;
    Value name;     /* str */
    Value qualname; /* str */
    Vec(struct HeapType *) subs;
    int64_t slot_offset; /* __slots__ of this class: nslots Values at this offset of an instance */
    int64_t nslots;
    bool has_del;
} HeapType;
static inline bool is_type(Value v)
{
    return v.tag == TAG_OBJ && (v.o->type == &type_type || is_instance(v, &type_type));
}
static inline Type *as_type(Value v)
{
    return (Type *)v.o;
}
/* As type_build for a metaclass. */
Value type_build_meta(Type *meta, Str *name, Value bases, Value dict, Value kwnames, Value *kwargs);
/* The most derived metaclass of `meta` and the bases' (NULL: TypeError "metaclass conflict: ...").
 */
Type *type_meta_of(Type *meta, Value bases);
/* Replace bases that are not classes by their __mro_entries__ (new reference; the same tuple when
 * none). */
Value type_resolve_bases(Value bases);
/* A class's dict changed: new versions for it and its subclasses; slots again when `name` is a
 * dunder. */
void type_modified(Type *t, Str *name);
/* As type_lookup, from the class after `after` in t's MRO (NULL: from the start); *where may be
 * NULL. */
Value type_lookup_from(Type *t, const Type *after, Str *name, Type **where);
/* Set one entry of a builtin type's namespace, e.g. when a module adds to it (takes x). */
void type_add(Type *t, const char *name, Value x);
/* The MRO of a builtin type with several bases: call before type_ready. */
void type_set_bases(Type *t, int n, Type **bases);
int op_isinstance(Value v, Value cls); /* __instancecheck__ included; 1, 0, -1 */
int op_issubclass(Value c, Value cls);
/* object.__new__ and what calling a class does: make, then init. */
Value object_make(Type *cls, Value *args, int nargs, Value kwnames);
Value type_call(Value cls, Value *args, int nargs, Value kwnames);
/* What zero-argument super() sees: __class__ and the first argument, both borrowed; false:
 * exception. Set by the VM. */
extern bool (*super_frame)(Value *cls, Value *self);
/* __name__, __module__ of a class as text. */
Value type_name_value(Type *t);
Value type_qualname_value(Type *t);
Value type_module_value(Type *t);

/* ----------------------------------------------------------------- callables */

typedef struct Signature Signature;
/* A C function: plain (owner NULL), a type's method (type_method_descr), or bound (self). */
typedef struct Native {
    GcObject gc;
    const NativeDef *def;
    const Signature *sig; /* NULL until the first call */
    Type *owner;
    Value self;   /* undefined: unbound */
    Value closed; /* undefined: none */
    Value module; /* str or undefined */
    int flags;
} Native;
typedef struct BoundMethod {
    GcObject gc;
    Value func, self;
} BoundMethod;
extern Type type_method_descr, type_wrapper_descr, type_method_wrapper, type_getset, type_member,
    type_mappingproxy, type_alias, type_union;
Value bound_method_new(Value func, Value self); /* retains both */
/* Attribute for a call: *self undefined, or *func is to be called with *self first.  Both new
 * references.  False: exception. */
bool op_load_method(Value v, Str *name, Value *func, Value *self);
/* Call with an extra first argument. */
Value op_call_prepend(Value f, Value first, Value *args, int nargs, Value kwnames);
/* super(cls, obj) for the class a method is in and its first argument. */
Value super_new(Value cls, Value obj);
/* super's part of op_load_method: false when obj's class has no such Python method. */
bool super_method(Value super, Str *name, Value *func, Value *self);
/* The function in a staticmethod or classmethod; borrowed. */
Value wrapped_function(Value v);
/* Where a __slots__ member lies in instances of t; 0 when it is not t's. */
int64_t member_offset(Value member, const Type *t);
/* f(*args, **kwargs): args any iterable or undefined, kwargs any mapping or undefined. */
Value op_call_ex(Value f, Value args, Value kwargs);
/* Bind to a parameter list as the binder of natives does: slots[] are new references. */
const Signature *signature_of(const NativeDef *def);
/* Call a Native, not bound to anything, with positional arguments (self first). */
Value native_call_row(Value f, Value *args, int nargs);
int signature_slots(const Signature *sig);
bool signature_bind(const Signature *sig, const char *owner /* class of a method, or NULL */,
                    const char *name, Value *args, int nargs, Value kwnames, Value *slots);
/* For a type whose class is written in Python: the first parameter is self, whose slot is left
 * undefined. */
bool signature_bind_init(const NativeDef *def, Value *args, int nargs, Value kwnames, Value *slots);
/* What a call of a Python function that does not fit is told; all give false.  `names` and
 * `posonly` are strs. */
bool bind_missing(const char *fname, const Value *names, int n, const char *kind);
bool bind_too_many(const char *fname, int npos, int ndefaults, int64_t given, int nkw);
bool bind_unexpected(const char *fname, const Value *posonly, int nposonly, Value kwnames,
                     Value name);
bool bind_twice(const char *fname, Value name);

/* ---------------------------------------------------------------- exceptions */

static inline Exception *as_exception(Value v)
{
    return (Exception *)v.o;
}
static inline bool is_exception(Value v)
{
    return v.tag == TAG_OBJ && (v.o->type->flags & TYPE_EXCEPTION);
}
static inline bool is_exception_class(Value v)
{
    return is_type(v) && (as_type(v)->flags & TYPE_EXCEPTION);
}
/* SyntaxError: extra is msg, filename, lineno, offset; then these. */
typedef struct SyntaxErrorObject {
    Exception e;
    Value text, end_lineno, end_offset, print_file_and_line;
} SyntaxErrorObject;
/* The exception being handled (sys.exc_info): errors raised meanwhile get it as __context__.  Swap
 * takes `exc` (undefined: none) and gives the former, owned. */
extern Value error_handled;
static inline Value error_handling_swap(Value exc)
{
    Value old = error_handled;
    error_handled = exc;
    return old;
}
static inline Value error_handling(void) /* borrowed */
{
    return error_handled;
}
Value error_peek(void); /* the exception set, borrowed; V_UNDEF: none */
/* exc.__context__ = context unless that would make a cycle: CPython's rule.  Borrows both. */
void exception_chain(Value exc, Value context);
/* `raise x [from cause]`: instantiates classes; cause undefined when absent. Returns V_ERROR. */
Value raise_object(Value x, Value cause);
/* Does the exception `exc` match an `except` clause's value (class or tuple)? 1, 0, -1 TypeError */
int exception_matches(Value exc, Value cls);
/* AttributeError and NameError that keep the name (and object) for suggestions. */
Value raise_attribute(Value obj, Str *name, const char *fmt, ...);
Value raise_name(Type *exc, Str *name, const char *fmt, ...);
/* StopIteration whose value is v (borrowed). */
Value raise_stop(Value v);

/* ------------------------------------------------------------------- depth */

int depth_now(void);
int depth_limit(void);
void depth_limit_set(int n);
void depth_reset(int n); /* unwinding past C frames: back to what depth_now() said */

/* ---------------------------------------------------------------- containers */

/* Parts that the VM inlines. */
typedef struct DictEntry {
    Value key; /* undefined: deleted */
    Value x;
    int64_t hash;
} DictEntry;
struct Dict {
    GcObject gc;
    int64_t used;       /* live entries */
    int64_t n, cap;     /* entries in use (deleted ones included), room */
    uint64_t version;   /* see dict_keys_version */
    uint64_t hashes;    /* the bits of every key's hash: where some are clear, it is not there */
    int log_index;      /* the index has 1 << log_index places */
    DictEntry *entries; /* cap of them, then the index */
    void *index;
};
static inline uint64_t hash_bits(int64_t hash)
{
    return 1ULL << (hash & 63) | 1ULL << (hash >> 6 & 63);
}
static inline Dict *as_dict(Value v)
{
    return (Dict *)v.o;
}
static inline bool is_dict(Value v)
{
    return is_exact(v, &type_dict) || is_instance(v, &type_dict);
}
Value dict_from(Value source); /* dict(source): mapping or pairs */
bool dict_update(Value d, Value source, bool overwrite);
Value dict_copy(Value d);
void dict_clear(Value d);
Value dict_pop(Value d, Value key); /* new; V_UNDEF absent; V_ERROR */
Value set_new_type(Type *t);
bool set_update(Value s, Value it);
static inline bool is_set(Value v) /* set or frozenset */
{
    return is_instance(v, &type_set) || is_instance(v, &type_frozenset);
}
Value set_from_iterable(Value it);

typedef struct RangeIter {
    Object ob;
    int64_t at, step, left;
} RangeIter;
typedef struct ListIter {
    GcObject gc;
    Value seq; /* undefined: exhausted */
    int64_t i;
} ListIter;
typedef struct DictIter {
    GcObject gc;
    Value dict; /* undefined: exhausted */
    int64_t pos, used, left;
    bool reverse;
    Value last; /* items: the last pair */
} DictIter;
extern Type type_dict_key_iter, type_dict_value_iter, type_dict_item_iter;
/* The next entry; NULL when exhausted or, with an exception, when the dict changed. */
DictEntry *dictiter_step(DictIter *it);
/* The same, quickly where nothing changed and there is more ahead. */
static inline DictEntry *dictiter_next(DictIter *it)
{
    Dict *d = as_dict(it->dict);
    if (it->dict.tag == TAG_OBJ && d->used == it->used && !it->reverse && it->left > 0)
        while (it->pos < d->n) {
            DictEntry *e = &d->entries[it->pos++];
            if (e->key.tag != TAG_UNDEF) {
                it->left--;
                return e;
            }
        }
    return dictiter_step(it);
}
extern Type type_range_iter, type_list_iter, type_tuple_iter, type_str_iter, type_dict_keys,
    type_dict_values, type_dict_items, type_enumerate, type_zip, type_map, type_filter,
    type_reversed, type_seq_iter, type_call_iter;
/* n values copied and retained. */
static inline void values_share(Value *to, const Value *from, int64_t n)
{
    if (n)
        memcpy(to, from, sizeof(Value) * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        if (from[i].tag == TAG_OBJ)
            from[i].o->refs++;
}
/* op_next, with the commonest iterators inline. */
static inline Value iter_step(Value it)
{
    if (it.tag == TAG_OBJ) {
        ListIter *at = (ListIter *)it.o;
        if (it.o->type == &type_list_iter && at->seq.tag == TAG_OBJ && at->i < as_list(at->seq)->n)
            return retain(value_at(&as_list(at->seq)->at[at->i++]));
        if (it.o->type == &type_tuple_iter && at->seq.tag == TAG_OBJ &&
            at->i < as_tuple(at->seq)->n)
            return retain(value_at(&as_tuple(at->seq)->at[at->i++]));
        RangeIter *r = (RangeIter *)it.o;
        if (it.o->type == &type_range_iter && r->left > 0) {
            int64_t i = r->at;
            r->left--;
            r->at = (int64_t)((uint64_t)i + (uint64_t)r->step);
            return v_int(i);
        }
    }
    return op_next(it);
}
/* list.sort's work on a List; key undefined or None: none. */
bool list_sort(Value list, Value key, bool reverse);
/* Resize in place, slots past the old end undefined. */
void list_reserve(List *l, int64_t cap);
Value list_from_array(const Value *at, int64_t n); /* retains */
Value list_slice(Value list, int64_t start, int64_t stop, int64_t step, int64_t count);
/* "a bound on a loop over sequence positions" for index(), insert(), slices: clips to int64. */
bool index_clipped(Value v, int64_t *out);

extern const NativeDef builtins_objects[];

#endif
