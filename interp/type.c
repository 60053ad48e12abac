/* type.c -- types: order of bases, lookup with a cache, readying of builtin types.  Replicated.
 *
 * Looking a name up walks the MRO once per (type version, name) and remembers the answer in a
 * table; a type's version is a number never used before, renewed when its dict or a base's dict
 * changes.
 *
 * Invariant: a cached entry whose version matches is right, present or absent; entries borrow.
 */
#include "interp/slots.h"

/* ------------------------------------------------------------------- type of */

Type *type_of(Value v)
{
    switch (v.tag) {
    case TAG_OBJ:
        return v.o->type;
    case TAG_INT:
        return &type_int;
    case TAG_FLOAT:
        return &type_float;
    case TAG_BOOL:
        return &type_bool;
    case TAG_NONE:
        return &type_none;
    case TAG_NOTIMPL:
        return &type_notimpl;
    case TAG_ELLIPSIS:
        return &type_ellipsis;
    default:
        ASSERT(false, "type of tag %d", (int)v.tag);
        return NULL;
    }
}

bool type_is_subtype(const Type *a, const Type *b)
{
    if (a == b)
        return true;
    if (a->mro.tag != TAG_OBJ) {
        for (const Type *t = a->base; t; t = t->base)
            if (t == b)
                return true;
        return b == &type_object;
    }
    const Tuple *mro = as_tuple(a->mro);
    for (int64_t i = 1; i < mro->n; i++)
        if ((const Type *)mro->at[i].o == b)
            return true;
    return false;
}

bool is_instance(Value v, const Type *t)
{
    if (v.tag == TAG_UNDEF || v.tag == TAG_ERROR)
        return false;
    const Type *own = type_of(v);
    return own == t || type_is_subtype(own, t);
}

/* -------------------------------------------------------------------- lookup */

static uint64_t last_version;

enum { CACHE_LOG = 12 };
typedef struct CacheEntry {
    uint64_t version;
    Str *name;
    Value found;
} CacheEntry;
static CacheEntry cache[1 << CACHE_LOG];

Value type_lookup_from(Type *t, const Type *after, Str *name, Type **where)
{
    const Tuple *mro = as_tuple(t->mro);
    int64_t i = 0;
    if (after) {
        while (i < mro->n && (const Type *)mro->at[i].o != after)
            i++;
        i++;
    }
    for (; i < mro->n; i++) {
        Type *c = as_type(mro->at[i]);
        Value x = dict_get_str(c->dict, name);
        if (x.tag != TAG_UNDEF) {
            if (where)
                *where = c;
            return x;
        }
    }
    return V_UNDEF;
}

Value type_lookup(Type *t, Str *name)
{
    if (__builtin_expect(!t->version, 0))
        type_ready(t);
    if (!name->interned)
        return type_lookup_from(t, NULL, name, NULL);
    size_t h = (t->version * 31 + ((uintptr_t)name >> 4)) & ((1 << CACHE_LOG) - 1);
    CacheEntry *e = &cache[h];
    if (e->version == t->version && e->name == name)
        return e->found;
    Value found = type_lookup_from(t, NULL, name, NULL);
    *e = (CacheEntry){t->version, name, found};
    return found;
}

static bool is_dunder(const Str *s)
{
    return s->n > 4 && str_at(s, 0) == '_' && str_at(s, 1) == '_' && str_at(s, s->n - 1) == '_';
}

static void renew(HeapType *h, bool slots)
{
    h->type.version = ++last_version;
    if (slots)
        slots_update(&h->type);
    for (int64_t i = 0; i < h->subs.n; i++)
        renew(h->subs.at[i], slots);
}

void type_modified(Type *t, Str *name)
{
    if (t->flags & TYPE_HEAP)
        renew((HeapType *)t, name && is_dunder(name));
    else
        t->version = ++last_version;
}

/* ----------------------------------------------------------------------- MRO */

typedef struct Merge {
    const Value *at;
    int64_t n, i;
} Merge;

static bool in_tail(const Merge *m, Object *o)
{
    for (int64_t k = m->i + 1; k < m->n; k++)
        if (m->at[k].o == o)
            return true;
    return false;
}

static Object *merge_next(Merge *m, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (m[i].i >= m[i].n)
            continue;
        Object *head = m[i].at[m[i].i].o;
        bool good = true;
        for (int64_t j = 0; j < count && good; j++)
            good = !in_tail(&m[j], head);
        if (good)
            return head;
    }
    return NULL;
}

static Value merge_fail(const Merge *m, int64_t count)
{
    Value heads = dict_new(), key, x;
    for (int64_t i = 0; i < count; i++)
        if (m[i].i < m[i].n)
            dict_set(heads, m[i].at[m[i].i], V_NONE);
    Buf b = {0};
    for (int64_t pos = 0; dict_next(heads, &pos, &key, &x);) {
        buf_puts(&b, b.n ? ", " : "");
        buf_puts(&b, as_type(key)->name);
    }
    raise_fmt(&exc_TypeError,
              "Cannot create a consistent method resolution\norder (MRO) for bases %s",
              buf_text(&b));
    buf_free(&b);
    release(heads);
    return V_ERROR;
}

/* C3: the type, then the bases' orders merged so that each keeps its own order. */
static Value mro_compute(Type *t)
{
    Tuple *bases = as_tuple(t->bases);
    int64_t count = bases->n + 1;
    Merge *m = xcalloc((size_t)count, sizeof *m);
    for (int64_t i = 0; i < bases->n; i++) {
        Tuple *mro = as_tuple(as_type(bases->at[i])->mro);
        m[i] = (Merge){mro->at, mro->n, 0};
    }
    m[bases->n] = (Merge){bases->at, bases->n, 0};
    Value out = list_new(8);
    list_push(out, retain(v_obj(t)));
    Object *next;
    while ((next = merge_next(m, count)) != NULL) {
        list_push(out, retain(v_obj(next)));
        for (int64_t i = 0; i < count; i++)
            if (m[i].i < m[i].n && m[i].at[m[i].i].o == next)
                m[i].i++;
    }
    bool whole = true;
    for (int64_t i = 0; i < count; i++)
        whole &= m[i].i == m[i].n;
    Value r = whole ? tuple_from_array(as_list(out)->at, as_list(out)->n) : merge_fail(m, count);
    release(out);
    free(m);
    return r;
}

/* Sets t->mro from t->bases; false: no order exists. */
bool type_order(Type *t)
{
    Value mro = mro_compute(t);
    if (v_is_error(mro))
        return false;
    slot_set(&t->mro, mro);
    t->version = ++last_version;
    return true;
}

/* ------------------------------------------------------------- builtin types */

enum { FOREVER = 1 << 30 };

void type_set_bases(Type *t, int n, Type **bases)
{
    Value v = tuple_new(n);
    for (int i = 0; i < n; i++) {
        type_ready(bases[i]);
        as_tuple(v)->at[i] = retain(v_obj(bases[i]));
    }
    slot_set(&t->bases, v);
    t->base = bases[0];
    if (!v_is_undef(t->mro)) {
        bool ok = type_order(t);
        ASSERT(ok, "bases of %s have no order", t->name);
    }
}

#define INHERIT(slot)                                                                              \
    if (!t->slot)                                                                                  \
    t->slot = b->slot

/* Slots that a builtin type leaves empty come from each base in turn. */
static void slots_inherit(Type *t, Type *b)
{
    if (!t->compare && !t->hash) {
        t->compare = b->compare;
        t->hash = b->hash;
    } else {
        INHERIT(compare);
    }
    INHERIT(size);
    INHERIT(dict_offset);
    INHERIT(free);
    INHERIT(traverse);
    INHERIT(clear);
    INHERIT(repr);
    INHERIT(str);
    INHERIT(getattr);
    INHERIT(setattr);
    INHERIT(call);
    INHERIT(iter);
    INHERIT(next);
    INHERIT(len);
    INHERIT(getitem);
    INHERIT(setitem);
    INHERIT(contains);
    INHERIT(binary);
    INHERIT(inplace);
    INHERIT(power);
    INHERIT(unary);
    INHERIT(truth);
    INHERIT(index);
    INHERIT(to_int);
    INHERIT(to_float);
    INHERIT(format);
    INHERIT(descr_get);
    INHERIT(descr_set);
    INHERIT(init);
    /* object() makes bare instances: a builtin type with its own layout does not want that. */
    if (b != &type_object)
        INHERIT(make);
}

static void type_publish(Type *t)
{
    for (const NativeDef *d = t->methods; d && d->name; d++) {
        /* A parameter list that starts with `cls` makes a class method. */
        bool cls = d->sig && !strncmp(d->sig, "cls", 3);
        Value f = native_new(d, t, cls ? NATIVE_CLASSMETHOD : 0);
        dict_set_str(t->dict, str_intern(d->name), f);
        release(f);
    }
    for (const GetSetDef *d = t->getsets; d && d->name; d++) {
        Value f = getset_new(d, t);
        dict_set_str(t->dict, str_intern(d->name), f);
        release(f);
    }
    slots_publish(t);
    if (v_is_undef(dict_get_str(t->dict, S(__doc__)))) {
        Value doc = t->doc ? str_new(t->doc) : V_NONE;
        dict_set_str(t->dict, S(__doc__), doc);
        release(doc);
    }
}

void type_ready(Type *t)
{
    if (t->version)
        return;
    t->version = ++last_version;
    if (!t->gc.ob.type)
        t->gc.ob.type = &type_type;
    t->gc.ob.refs += FOREVER;
    if (!t->base && t != &type_object)
        t->base = &type_object;
    if (t->base) {
        type_ready(t->base);
        t->flags |= t->base->flags & (TYPE_EXCEPTION | TYPE_GC);
        if (v_is_undef(t->bases))
            t->bases = tuple_of(1, retain(v_obj(t->base)));
    } else {
        t->bases = tuple_new(0);
    }
    if (t == &type_str && !t->iter)
        t->iter = str_iter_new;
    if (!t->module)
        t->module = "builtins";
    bool ok = type_order(t);
    ASSERT(ok, "bases of %s have no order", t->name);
    t->dict = dict_new();
    type_publish(t);
    Tuple *bases = as_tuple(t->bases);
    for (int64_t i = 0; i < bases->n; i++)
        slots_inherit(t, as_type(bases->at[i]));
    if (t->dict_offset && (!t->base || !t->base->dict_offset))
        dict_attribute_add(t);
    type_modified(t, NULL);
}

void type_add(Type *t, const char *name, Value x)
{
    dict_set_str(t->dict, str_intern(name), x);
    release(x);
    type_modified(t, NULL);
}

/* --------------------------------------------------------------- their names */

Value type_name_value(Type *t)
{
    if (t->flags & TYPE_HEAP)
        return retain(((HeapType *)t)->name);
    return str_new(t->name);
}

Value type_qualname_value(Type *t)
{
    if (t->flags & TYPE_HEAP)
        return retain(((HeapType *)t)->qualname);
    return str_new(t->qualname ? t->qualname : t->name);
}

Value type_module_value(Type *t)
{
    if (!(t->flags & TYPE_HEAP))
        return str_new(t->module);
    Value m = dict_get_str(t->dict, S(__module__));
    return v_is_undef(m) ? str_new("builtins") : retain(m);
}
