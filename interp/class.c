/* class.c -- making classes: what a class statement and type(name, bases, dict) do.  Replicated.
 *
 * A class made by a program is a HeapType.  Its instances keep their dict before the object and
 * their
 * __slots__ behind the base's fields, so any subclassable builtin type can be a base.
 *
 * Invariant: a class's `base` is the base whose layout its instances extend; subs lists direct
 * subclasses without owning them.
 */
#include "interp/interp.h"
#include "interp/slots.h"

/* --------------------------------------------------------------- new classes */

static bool has_inline_tail(const Type *t) /* instances end in data of their own length */
{
    return t == &type_str || t == &type_tuple;
}

/* Does t, a builtin class, add to what its base's instances hold?  Exceptions are all of one size
 * here: those with attributes of their own do. */
static bool adds_fields(const Type *t)
{
    return !t->base || t->size != t->base->size || has_inline_tail(t) ||
           (t->flags & TYPE_EXCEPTION && t->getsets);
}

/* The class that fixed t's layout: of two bases, one's must extend the other's. */
Type *solid_of(Type *t)
{
    while (t->flags & TYPE_HEAP && !((HeapType *)t)->nslots)
        t = t->base;
    while (!(t->flags & TYPE_HEAP) && !adds_fields(t))
        t = t->base;
    return t;
}

static Type *base_of(Value bases)
{
    Type *winner = NULL, *base = NULL;
    Tuple *all = as_tuple(bases);
    for (int64_t i = 0; i < all->n; i++) {
        if (!is_type(all->at[i])) {
            raise_fmt(&exc_TypeError, "bases must be types");
            return NULL;
        }
        Type *b = as_type(all->at[i]);
        if (!(b->flags & TYPE_BASE)) {
            raise_fmt(&exc_TypeError, "type '%s' is not an acceptable base type", b->name);
            return NULL;
        }
        Type *solid = solid_of(b);
        if (!winner || (solid != winner && type_is_subtype(solid, winner))) {
            winner = solid;
            base = b;
        } else if (!type_is_subtype(winner, solid)) {
            raise_fmt(&exc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return base;
}

static bool bases_differ(Value bases)
{
    Tuple *t = as_tuple(bases);
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t j = i + 1; j < t->n; j++)
            if (op_same(t->at[i], t->at[j])) {
                raise_fmt(&exc_TypeError, "duplicate base class %s", as_type(t->at[i])->name);
                return false;
            }
    return true;
}

Type *type_meta_of(Type *meta, Value bases)
{
    Tuple *t = as_tuple(bases);
    for (int64_t i = 0; i < t->n; i++) {
        Type *m = type_of(t->at[i]);
        if (type_is_subtype(meta, m))
            continue;
        if (!type_is_subtype(m, meta)) {
            raise_fmt(&exc_TypeError,
                      "metaclass conflict: the metaclass of a derived class must be a "
                      "(non-strict) subclass of the metaclasses of all its bases");
            return NULL;
        }
        meta = m;
    }
    return meta;
}

Value type_resolve_bases(Value bases)
{
    Tuple *t = as_tuple(bases);
    bool same = true;
    for (int64_t i = 0; i < t->n; i++)
        same &= is_type(t->at[i]);
    if (same)
        return retain(bases);
    Value out = list_new(t->n);
    for (int64_t i = 0; i < t->n; i++) {
        Value b = t->at[i];
        Value f = is_type(b) ? V_UNDEF : op_getattr_opt(b, S(__mro_entries__));
        if (v_is_undef(f)) {
            list_push(out, retain(b));
            continue;
        }
        Value more = v_is_error(f) ? f : op_call1(f, bases);
        release(f);
        if (!v_is_error(more) && !is_tuple(more))
            raise_fmt(&exc_TypeError, "__mro_entries__ must return a tuple");
        if (error_is_set()) {
            release(more);
            release(out);
            return V_ERROR;
        }
        for (int64_t k = 0; k < as_tuple(more)->n; k++)
            list_push(out, retain(as_tuple(more)->at[k]));
        release(more);
    }
    Value r = tuple_from_array(as_list(out)->at, as_list(out)->n);
    release(out);
    return r;
}

/* Private names are mangled in __slots__ as everywhere in a class. */
static Value mangle(Str *cls, Value name)
{
    Str *s = name.s;
    if (s->n < 3 || str_at(s, 0) != '_' || str_at(s, 1) != '_' ||
        (str_at(s, s->n - 1) == '_' && str_at(s, s->n - 2) == '_'))
        return retain(name);
    const char *c = str_cstr(v_obj(cls));
    while (*c == '_')
        c++;
    return *c ? str_fmt("_%s%U", c, s) : retain(name);
}

static bool is_identifier(Value name)
{
    Value r = op_call_method(name, "isidentifier", NULL, 0);
    bool yes = r.tag == TAG_BOOL && r.i;
    release(r);
    return yes;
}

typedef struct SlotNames {
    Value names; /* list of str; undefined: no __slots__ at all */
    bool dict;   /* instances get a dict */
} SlotNames;

static bool slot_name_check(SlotNames *out, Str *cls, Value x, Type *base, Value dict)
{
    if (!is_str(x)) {
        raise_fmt(&exc_TypeError, "__slots__ items must be strings, not '%T'", x);
        return false;
    }
    if (!is_identifier(x)) {
        if (!error_is_set())
            raise_fmt(&exc_TypeError, "__slots__ must be identifiers");
        return false;
    }
    if (str_equals(x.s, "__weakref__"))
        return true;
    if (str_equals(x.s, "__dict__")) {
        if (out->dict || base->dict_offset) {
            raise_fmt(&exc_TypeError, "__dict__ slot disallowed: we already got one");
            return false;
        }
        out->dict = true;
        return true;
    }
    Value name = str_intern_value(mangle(cls, x));
    if (!v_is_undef(dict_get(dict, name)) && !str_equals(name.s, "__qualname__")) {
        raise_fmt(&exc_ValueError, "%R in __slots__ conflicts with class variable", name);
        release(name);
        return false;
    }
    list_push(out->names, name);
    return true;
}

static bool slots_read(SlotNames *out, Str *cls, Value dict, Type *base)
{
    Value v = dict_get_str(dict, S(__slots__));
    *out = (SlotNames){V_UNDEF, v_is_undef(v)};
    if (v_is_undef(v))
        return true;
    Value all = is_str(v) ? list_from_array(&v, 1) : list_from_iterable(v);
    if (v_is_error(all))
        return false;
    out->names = list_new(4);
    bool ok = true;
    List *l = as_list(all);
    if (l->n && (has_inline_tail(solid_of(base)) || type_is_subtype(base, &type_int) ||
                 type_is_subtype(base, &type_type))) {
        raise_fmt(&exc_TypeError, "nonempty __slots__ not supported for subtype of '%s'",
                  base->name);
        ok = false;
    }
    for (int64_t i = 0; ok && i < l->n; i++)
        ok = slot_name_check(out, cls, l->at[i], base, dict);
    release(all);
    if (ok)
        ok = list_sort(out->names, V_UNDEF, false);
    return ok;
}

static void wrap_entry(Value dict, Str *name, Type *wrapper)
{
    Value f = dict_get_str(dict, name);
    if (!is_exact(f, &type_function))
        return;
    Value w = op_call1(v_obj(wrapper), f);
    dict_set_str(dict, name, w);
    release(w);
}

/* What `class` adds to the namespace; takes from it what is not an attribute. */
static bool namespace_prepare(HeapType *h, Value d)
{
    Value q = dict_get_str(d, S(__qualname__));
    if (!v_is_undef(q) && !is_str(q)) {
        raise_fmt(&exc_TypeError, "type __qualname__ must be a str, not %T", q);
        return false;
    }
    h->qualname = retain(v_is_undef(q) ? h->name : q);
    dict_del(d, v_obj(S(__qualname__)));
    wrap_entry(d, S(__new__), &type_staticmethod);
    wrap_entry(d, S(__init_subclass__), &type_classmethod);
    wrap_entry(d, S(__class_getitem__), &type_classmethod);
    return true;
}

/* A class made by calling type(...) belongs to the module that runs. */
static void module_default(Value d)
{
    if (!v_is_undef(dict_get_str(d, S(__module__))))
        return;
    Value globals = interp_globals();
    Value name =
        globals.tag == TAG_OBJ && is_dict(globals) ? dict_get_str(globals, S(__name__)) : V_UNDEF;
    if (!v_is_undef(name))
        dict_set_str(d, S(__module__), name);
}

static void namespace_finish(HeapType *h, Value d)
{
    module_default(d);
    if (h->type.dict_offset && !h->type.base->dict_offset)
        dict_attribute_add(&h->type);
    if (v_is_undef(dict_get_str(d, S(__doc__))))
        dict_set_str(d, S(__doc__), V_NONE);
    if (!v_is_undef(dict_get_str(d, S(__eq__))) && v_is_undef(dict_get_str(d, S(__hash__))))
        dict_set_str(d, S(__hash__), V_NONE);
}

static void layout_set(HeapType *h, const SlotNames *slots)
{
    Type *t = &h->type, *base = t->base;
    size_t size = base->size;
    if (base == &type_object)
        size = sizeof(GcObject);
    size = (size + 7) & ~(size_t)7;
    h->nslots = v_is_undef(slots->names) ? 0 : as_list(slots->names)->n;
    h->slot_offset = (int64_t)size;
    t->size = size + (size_t)h->nslots * sizeof(Value);
    t->flags = TYPE_HEAP | TYPE_BASE | (base->flags & (TYPE_GC | TYPE_EXCEPTION | TYPE_ARRAY));
    if (base == &type_object)
        t->flags |= TYPE_GC;
    t->dict_offset = base->dict_offset;
    if (!t->dict_offset && slots->dict)
        t->dict_offset = (size_t)(ptrdiff_t)DICT_BEFORE;
    t->free = base->free;
    t->traverse = base->traverse;
    t->clear = base->clear;
    t->power = base->power;
}

static void members_add(HeapType *h, const SlotNames *slots)
{
    for (int64_t i = 0; i < h->nslots; i++) {
        Value name = as_list(slots->names)->at[i];
        Value m = member_new(name.s, h, i);
        dict_set(h->type.dict, name, m);
        release(m);
    }
}

static void subs_add(HeapType *h)
{
    Tuple *bases = as_tuple(h->type.bases);
    for (int64_t i = 0; i < bases->n; i++) {
        HeapType *b = (HeapType *)(void *)as_type(bases->at[i]);
        if (b->type.flags & TYPE_HEAP)
            vec_push(&b->subs, h);
    }
}

/* CPython tells which attribute's __set_name__ failed. */
static bool set_names(HeapType *h)
{
    Value d = dict_copy(h->type.dict), key, x;
    bool ok = true;
    for (int64_t pos = 0; ok && dict_next(d, &pos, &key, &x);) {
        if (v_is_undef(type_lookup(type_of(x), S(__set_name__))))
            continue;
        Value args[2] = {v_obj(h), key};
        Value r = special_call(x, S(__set_name__), args, 2, V_UNDEF);
        release(r);
        if (!v_is_error(r))
            continue;
        Value cause = error_take();
        raise_fmt(&exc_RuntimeError, "Error calling __set_name__ on '%T' instance %R in '%s'", x,
                  key, h->type.name);
        Value e = error_take();
        slot_set(&as_exception(e)->cause, retain(cause));
        slot_set(&as_exception(e)->context, cause);
        as_exception(e)->suppress_context = true;
        raise_value(e);
        ok = false;
    }
    release(d);
    return ok;
}

static bool init_subclass(HeapType *h, Value kwnames, Value *kwargs)
{
    Value attr = type_lookup_from(&h->type, &h->type, S(__init_subclass__), NULL);
    if (v_is_undef(attr))
        return true;
    Type *t = type_of(attr);
    retain(attr);
    Value f = t->descr_get ? t->descr_get(attr, V_UNDEF, &h->type) : retain(attr);
    release(attr);
    if (v_is_error(f))
        return false;
    Value r = op_call(f, kwargs, 0, kwnames);
    release(f);
    release(r);
    return !v_is_error(r);
}

static HeapType *heap_new(Type *meta, Str *name)
{
    HeapType *h = object_new(meta);
    h->name = retain(v_obj(name));
    h->type.name = xstrdup(str_cstr(h->name));
    h->type.module = "";
    return h;
}

static bool classcell_fill(HeapType *h, Value d)
{
    Value cell = dict_get_str(d, S(__classcell__));
    if (v_is_undef(cell))
        return true;
    bool ok = op_setattr(cell, str_intern("cell_contents"), v_obj(h));
    dict_del(d, v_obj(S(__classcell__)));
    return ok;
}

static bool heap_fill(HeapType *h, Value bases, Type *base, Value dict, const SlotNames *slots)
{
    Type *t = &h->type;
    t->base = base;
    t->bases = retain(bases);
    t->dict = dict_copy(dict);
    if (!namespace_prepare(h, t->dict))
        return false;
    layout_set(h, slots);
    if (!type_order(t))
        return false;
    members_add(h, slots);
    namespace_finish(h, t->dict);
    slots_update(t);
    subs_add(h);
    return classcell_fill(h, t->dict);
}

Value type_build_meta(Type *meta, Str *name, Value bases, Value dict, Value kwnames, Value *kwargs)
{
    Value all = as_tuple(bases)->n ? retain(bases) : tuple_of(1, retain(v_obj(&type_object)));
    Type *base = base_of(all);
    SlotNames slots = {V_UNDEF, false};
    HeapType *h = NULL;
    bool ok = base && bases_differ(all) && slots_read(&slots, name, dict, base);
    if (ok) {
        h = heap_new(meta, name);
        ok = heap_fill(h, all, base, dict, &slots) && set_names(h) &&
             init_subclass(h, kwnames, kwargs);
    }
    release(all);
    release(slots.names);
    if (!ok && h)
        RELEASE(h);
    return ok ? v_obj(h) : V_ERROR;
}

Value type_build(Str *name, Value bases, Value dict, Value kwnames, Value *kwargs)
{
    Type *meta = type_meta_of(&type_type, bases);
    return meta ? type_build_meta(meta, name, bases, dict, kwnames, kwargs) : V_ERROR;
}
