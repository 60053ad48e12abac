/* object.c -- memory of objects, release, ids.  Replicated.
 *
 * Idea: an object is preceded by a 16-byte Prefix (allocation class, id, instance dict).  Small
 * blocks come from free lists by multiples of 16 bytes; their memory is never given back to the
 * system. Releasing pushes on a worklist threaded through `refs`, so that a chain of any length is
 * freed by a loop.
 *
 * Invariant: an object on the worklist is referenced by nobody and is off the collector's list.
 */
#include "interp/containers.h"

Str *name_table[NAME_COUNT];

typedef struct Prefix {
    uint64_t bits; /* id << ID_SHIFT | FINALIZED | class */
    Dict *dict;
} Prefix;

enum { CLASS_MASK = 255, FINALIZED = 256, ID_SHIFT = 9 };
enum { GRAIN = 16, CLASSES = 128, CHUNK_NBYTES = 1 << 16 };

typedef struct FreeBlock {
    struct FreeBlock *next;
} FreeBlock;

static FreeBlock *free_blocks[CLASSES + 1];
static char *chunk_at, *chunk_end;

/* ------------------------------------------------------------------ memory */

static void *block_refill(int cls)
{
    size_t n = (size_t)cls * GRAIN;
    if ((size_t)(chunk_end - chunk_at) < n) {
        chunk_at = xmalloc(CHUNK_NBYTES);
        chunk_end = chunk_at + CHUNK_NBYTES;
    }
    void *p = chunk_at;
    chunk_at += n;
    return p;
}

static inline void *block_alloc(int cls)
{
    FreeBlock *b = free_blocks[cls];
    if (!b)
        return block_refill(cls);
    free_blocks[cls] = b->next;
    return b;
}

static inline void block_free(void *p, int cls)
{
    FreeBlock *b = p;
    b->next = free_blocks[cls];
    free_blocks[cls] = b;
}

static inline int class_of(size_t nbytes)
{
    size_t cls = (nbytes + GRAIN - 1) / GRAIN;
    return MEM_POOLED && cls <= CLASSES ? (int)cls : 0;
}

void *mem_alloc(size_t nbytes)
{
    int cls = class_of(nbytes);
    return cls ? block_alloc(cls) : xmalloc(nbytes);
}

void mem_free(void *p, size_t nbytes)
{
    int cls = class_of(nbytes);
    if (!p)
        return;
    if (cls)
        block_free(p, cls);
    else
        free(p);
}

void *mem_resize(void *p, size_t was, size_t nbytes)
{
    if (p && !class_of(was) && !class_of(nbytes))
        return xrealloc(p, nbytes);
    void *to = mem_alloc(nbytes);
    if (p)
        memcpy(to, p, was < nbytes ? was : nbytes);
    mem_free(p, was);
    return to;
}

static inline Prefix *prefix_of(Object *o)
{
    return (Prefix *)(void *)o - 1;
}

static bool
    started; /* objects_init is done: types of other parts may be readied at their first object */

/* Zero at least n bytes at p, both multiples of 16: a loop, since most objects are small. */
static inline void zero_grains(void *p, size_t n)
{
    typedef int64_t Grain __attribute__((vector_size(GRAIN), may_alias));
    if (n > 16 * GRAIN) {
        memset(p, 0, n);
        return;
    }
    for (Grain *at = p, *end = (Grain *)((char *)p + n); at < end; at++) {
        *at = (Grain){0};
        __asm__("" : "+r"(at)); /* not made a call of memset again */
    }
}

/* An object of nbytes, at least the first `clear` of them zero. */
static inline void *object_alloc(Type *type, size_t nbytes, size_t clear)
{
    if (__builtin_expect(!type->version && started, 0))
        type_ready(type);
    size_t total = nbytes + sizeof(Prefix);
    int cls = class_of(total);
    Prefix *p = cls ? block_alloc(cls) : xmalloc(total);
    if (cls)
        zero_grains(p, (clear + sizeof(Prefix) + GRAIN - 1) / GRAIN * GRAIN);
    else
        memset(p, 0, clear + sizeof(Prefix));
    p->bits = (uint64_t)cls;
    Object *o = (Object *)(void *)(p + 1);
    o->type = type;
    o->refs = 1;
    if (type->flags & TYPE_HEAP)
        RETAIN(type);
    if (type->flags & TYPE_GC)
        gc_track((GcObject *)o);
    return o;
}

void *object_new_sized(Type *type, size_t nbytes)
{
    return object_alloc(type, nbytes, nbytes);
}

void *object_new(Type *type)
{
    return object_alloc(type, type->size, type->size);
}

void *object_new_head(Type *type, size_t clear)
{
    return object_alloc(type, type->size, clear);
}

void *object_new_tail(Type *type, size_t nbytes, size_t clear)
{
    return object_alloc(type, nbytes, clear);
}

/* --------------------------------------------------------------------- ids */

/* Static types have no Prefix: their ids are kept here, in the order of the asking. */
static Vec(Object *) static_ids;
static int64_t last_id;

static bool has_prefix(Object *o)
{
    Type *t = o->type;
    bool type = t == &type_type || (t && t->mro.tag == TAG_OBJ && type_is_subtype(t, &type_type));
    return !type || (((Type *)o)->flags & TYPE_HEAP);
}

static int64_t static_id(Object *o)
{
    for (int64_t i = 0; i < static_ids.n; i++)
        if (static_ids.at[i] == o)
            return 1000 + i;
    vec_push(&static_ids, o);
    return 1000 + static_ids.n - 1;
}

/* Ids look like addresses: multiples of 16, and disjoint between inline values and objects. */
enum { ID_BASE = 100000 };

int64_t object_id(Value v)
{
    switch (v.tag) {
    case TAG_OBJ:
        break;
    case TAG_INT:
    case TAG_FLOAT:
        return (int64_t)(((uint64_t)v.i * 2 + (v.tag == TAG_FLOAT)) * 16 + 8) & INT64_MAX;
    default:
        return (int64_t)(v.tag * 4 + (v.tag == TAG_BOOL ? (uint64_t)v.i : 0)) * 16;
    }
    if (!has_prefix(v.o))
        return static_id(v.o) * 16;
    Prefix *p = prefix_of(v.o);
    if (p->bits >> ID_SHIFT == 0)
        p->bits |= (uint64_t)(ID_BASE + ++last_id) << ID_SHIFT;
    return (int64_t)(p->bits >> ID_SHIFT) * 16;
}

/* ---------------------------------------------------------- instance parts */

static Value *slots_of(Object *o, HeapType *h)
{
    return (Value *)(void *)((char *)o + h->slot_offset);
}

/* Slots of every class along the MRO that brought some. */
static void slots_each(Object *o, void (*fn)(Value *slot, void *ctx), void *ctx)
{
    Value mro = o->type->mro;
    for (int64_t i = 0; i < as_tuple(mro)->n; i++) {
        Type *t = as_type(as_tuple(mro)->at[i]);
        HeapType *h = (HeapType *)t;
        if (!(t->flags & TYPE_HEAP) || !h->nslots)
            continue;
        for (int64_t k = 0; k < h->nslots; k++)
            fn(slots_of(o, h) + k, ctx);
    }
}

Value object_dict(Value v, bool create)
{
    if (v.tag != TAG_OBJ)
        return V_UNDEF;
    Dict **slot = object_dict_slot(v.o);
    if (!slot || (!*slot && !create))
        return V_UNDEF;
    if (!*slot) {
        *slot = as_dict(dict_new());
        if (v.o->type->flags & TYPE_EXCEPTION)
            as_exception(v)->dict.tag = TAG_OBJ;
    }
    return v_obj(*slot);
}

typedef struct Visit {
    VisitFn visit;
    void *ctx;
} Visit;

static void slot_visit(Value *slot, void *ctx)
{
    Visit *w = ctx;
    w->visit(*slot, w->ctx);
}

static void slot_drop(Value *slot, void *ctx)
{
    slot_set(slot, V_UNDEF);
}

void object_traverse(Object *o, VisitFn visit, void *ctx)
{
    Type *t = o->type;
    if (t->flags & TYPE_HEAP) {
        Dict **d = object_dict_slot(o);
        if (d && *d)
            visit(v_obj(*d), ctx);
        Visit w = {visit, ctx};
        slots_each(o, slot_visit, &w);
        visit(v_obj(t), ctx);
    }
    if (t->traverse)
        t->traverse(o, visit, ctx);
}

static void dict_slot_drop(Object *o)
{
    Dict **d = object_dict_slot(o);
    if (!d || !*d)
        return;
    Dict *old = *d;
    *d = NULL;
    if (o->type->flags & TYPE_EXCEPTION)
        as_exception(v_obj(o))->dict.tag = TAG_UNDEF;
    RELEASE(old);
}

void object_clear(Object *o)
{
    Type *t = o->type;
    if (t->flags & TYPE_HEAP) {
        dict_slot_drop(o);
        slots_each(o, slot_drop, NULL);
    }
    if (t->clear)
        t->clear(o);
}

/* ----------------------------------------------------------------- release */

/* Dead objects wait in two lists, linked through refs: what the object now being freed has let go,
 * in order, and what waits behind that.  So things go in the order in which recursion would free
 * them. */
typedef struct DeadList {
    Object *first, *last;
} DeadList;
static DeadList let_go, waiting;
static bool draining;

static void dead_append(DeadList *l, Object *o)
{
    o->refs = 0;
    if (l->last)
        l->last->refs = (int64_t)(intptr_t)o;
    else
        l->first = o;
    l->last = o;
}

static void dead_push_front(DeadList *l, DeadList *front)
{
    if (!front->first)
        return;
    front->last->refs = (int64_t)(intptr_t)l->first;
    l->first = front->first;
    if (!l->last)
        l->last = front->last;
    *front = (DeadList){NULL, NULL};
}

static Object *dead_pop(DeadList *l)
{
    Object *o = l->first;
    l->first = (Object *)(intptr_t)o->refs;
    if (!l->first)
        l->last = NULL;
    o->refs = 0;
    return o;
}

/* __del__ runs with the worklist set aside, so that what it releases is freed in its own time. */
bool object_finalize(Object *o)
{
    Type *t = o->type;
    if (!(t->flags & TYPE_HEAP) || !((HeapType *)t)->has_del || prefix_of(o)->bits & FINALIZED)
        return false;
    prefix_of(o)->bits |= FINALIZED;
    Value del = type_lookup(t, S(__del__));
    if (v_is_undef(del))
        return false;
    DeadList aside = let_go, behind = waiting;
    bool was = draining;
    let_go = waiting = (DeadList){NULL, NULL};
    draining = false;
    Value saved = error_is_set() ? error_take() : V_UNDEF;
    Value r = op_call1(del, v_obj(o));
    if (v_is_error(r))
        error_clear(); /* CPython prints and goes on; there is no caller to tell */
    release(r);
    if (!v_is_undef(saved))
        raise_value(saved);
    let_go = aside;
    waiting = behind;
    draining = was;
    return true;
}

void object_drain_aside(void (*fn)(Object *), Object *o)
{
    DeadList aside = let_go, behind = waiting;
    bool was = draining;
    let_go = waiting = (DeadList){NULL, NULL};
    draining = false;
    fn(o);
    let_go = aside;
    waiting = behind;
    draining = was;
}

static bool object_revived(Object *o)
{
    o->refs = 1;
    if (!object_finalize(o))
        return false;
    if (o->refs == 1)
        return false;
    o->refs--;
    GcObject *g = (GcObject *)o;
    if ((o->type->flags & TYPE_GC) && !g->next)
        gc_track(g);
    return true;
}

static void object_destroy(Object *o)
{
    Type *t = o->type;
    bool heap = t->flags & TYPE_HEAP;
    if (heap && ((HeapType *)t)->has_del && object_revived(o))
        return;
    if (t->flags & TYPE_GC)
        gc_untrack((GcObject *)o);
    if (heap) {
        dict_slot_drop(o);
        slots_each(o, slot_drop, NULL);
    }
    if (t->free)
        t->free(o);
    Prefix *p = prefix_of(o);
    int cls = (int)(p->bits & CLASS_MASK);
    if (cls)
        block_free(p, cls);
    else
        free(p);
    if (heap)
        RELEASE(t);
}

void object_free_later(Object *o)
{
    if (draining) {
        /* Off the list at once: the collector must not meet a dead object. */
        if (o->type->flags & TYPE_GC)
            gc_untrack((GcObject *)o);
        dead_append(&let_go, o);
        return;
    }
    draining = true;
    object_destroy(o);
    for (;;) {
        dead_push_front(&waiting, &let_go);
        if (!waiting.first)
            break;
        object_destroy(dead_pop(&waiting));
    }
    draining = false;
}

/* -------------------------------------------------------------------- init */

extern Type type_dict_key_iter, type_dict_value_iter, type_dict_item_iter, type_set_iter,
    type_range_big_iter, type_list_reverse_iter;

static void names_init(void)
{
    static const char *const text[] = {
#define NAME(x) #x,
#include "interp/names.def"
#undef NAME
    };
    for (int i = 0; i < NAME_COUNT; i++)
        name_table[i] = str_intern(text[i]);
}

void objects_init(void)
{
    if (name_table[0])
        return;
    ints_init();
    names_init();
    exceptions_setup();
    Type *const all[] = {
        &type_object,
        &type_type,
        &type_tuple,
        &type_dict,
        &type_list,
        &type_native,
        &type_method_descr,
        &type_wrapper_descr,
        &type_method_wrapper,
        &type_getset,
        &type_member,
        &type_bound_method,
        &type_mappingproxy,
        &type_alias,
        &type_union,
        &type_set,
        &type_frozenset,
        &type_range,
        &type_slice,
        &type_property,
        &type_staticmethod,
        &type_classmethod,
        &type_super,
        &type_range_iter,
        &type_range_big_iter,
        &type_list_iter,
        &type_list_reverse_iter,
        &type_tuple_iter,
        &type_str_iter,
        &type_dict_keys,
        &type_dict_values,
        &type_dict_items,
        &type_dict_key_iter,
        &type_dict_value_iter,
        &type_dict_item_iter,
        &type_set_iter,
        &type_enumerate,
        &type_zip,
        &type_map,
        &type_filter,
        &type_reversed,
        &type_seq_iter,
        &type_call_iter,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        type_ready(all[i]);
#define EXC(name, base) type_ready(&exc_##name);
#include "interp/exceptions.def"
#undef EXC
    started = true;
}
