/* descr.c -- descriptors: C attributes, __slots__ members, property, staticmethod, classmethod,
 * super.  Replicated.
 *
 * A descriptor is what a class's namespace holds to say what `obj.name` means; having descr_set
 * makes it win over the instance's own dict.
 */
#include "interp/slots.h"

/* -------------------------------------------------------------- C attributes */

typedef struct GetSet {
    GcObject gc;
    const GetSetDef *def;
    Type *owner; /* borrowed: descriptors live in their owner's dict */
} GetSet;

Value getset_new(const GetSetDef *def, Type *owner)
{
    GetSet *g = object_new(&type_getset);
    g->def = def;
    g->owner = owner;
    return v_obj(g);
}

static bool descr_fits(const char *name, Type *owner, Value obj)
{
    if (is_instance(obj, owner))
        return true;
    raise_fmt(&exc_TypeError, "descriptor '%s' for '%s' objects doesn't apply to a '%T' object",
              name, owner->name, obj);
    return false;
}

static Value getset_get(Value d, Value obj, Type *cls)
{
    GetSet *g = (GetSet *)d.o;
    if (v_is_undef(obj))
        return retain(d);
    if (!descr_fits(g->def->name, g->owner, obj))
        return V_ERROR;
    return g->def->get(obj);
}

static bool getset_set(Value d, Value obj, Value x)
{
    GetSet *g = (GetSet *)d.o;
    if (!descr_fits(g->def->name, g->owner, obj))
        return false;
    if (g->def->set)
        return g->def->set(obj, x);
    raise_fmt(&exc_AttributeError, "attribute '%s' of '%T' objects is not writable", g->def->name,
              obj);
    return false;
}

/* A class of C as CPython names it: with its module, which for builtins is none. */
Value type_dotted(const Type *t)
{
    bool plain = (t->flags & TYPE_HEAP) || !t->module || !strcmp(t->module, "builtins");
    return plain ? str_new(t->name) : str_fmt("%s.%s", t->module, t->name);
}

static Value getset_repr(Value v)
{
    GetSet *g = (GetSet *)v.o;
    Value owner = type_dotted(g->owner),
          r = str_fmt("<attribute '%s' of '%S' objects>", g->def->name, owner);
    release(owner);
    return r;
}

static Value getset_get_name(Value v)
{
    return str_new(((GetSet *)v.o)->def->name);
}

static Value getset_get_qualname(Value v)
{
    GetSet *g = (GetSet *)v.o;
    return str_fmt("%s.%s", g->owner->name, g->def->name);
}

static Value getset_get_doc(Value v)
{
    const char *doc = ((GetSet *)v.o)->def->doc;
    return doc ? str_new(doc) : V_NONE;
}

static Value getset_get_objclass(Value v)
{
    return v_obj(RETAIN(((GetSet *)v.o)->owner));
}

static const GetSetDef getset_getsets[] = {
    {"__name__", getset_get_name, NULL, NULL},
    {"__qualname__", getset_get_qualname, NULL, NULL},
    {"__doc__", getset_get_doc, NULL, NULL},
    {"__objclass__", getset_get_objclass, NULL, NULL},
    {0},
};

Type type_getset = {
    .name = "getset_descriptor",
    .size = sizeof(GetSet),
    .flags = TYPE_GC,
    .getsets = getset_getsets,
    .repr = getset_repr,
    .descr_get = getset_get,
    .descr_set = getset_set,
};

/* ------------------------------------------------------------------- __slots__ */

typedef struct Member {
    GcObject gc;
    Value name;
    HeapType *owner; /* borrowed */
    int64_t index;
} Member;

Value member_new(Str *name, HeapType *owner, int64_t index)
{
    Member *m = object_new(&type_member);
    m->name = retain(v_obj(name));
    m->owner = owner;
    m->index = index;
    return v_obj(m);
}

static Value *member_slot(Member *m, Value obj)
{
    return (Value *)(void *)((char *)obj.o + m->owner->slot_offset) + m->index;
}

int64_t member_offset(Value member, const Type *t)
{
    Member *m = (Member *)member.o;
    return type_is_subtype(t, &m->owner->type)
               ? m->owner->slot_offset + m->index * (int64_t)sizeof(Value)
               : 0;
}

static Value member_get(Value d, Value obj, Type *cls)
{
    Member *m = (Member *)d.o;
    if (v_is_undef(obj))
        return retain(d);
    if (!descr_fits(str_cstr(m->name), &m->owner->type, obj))
        return V_ERROR;
    Value x = *member_slot(m, obj);
    if (v_is_undef(x))
        return raise_attribute(obj, m->name.s, "'%T' object has no attribute '%U'", obj, m->name.s);
    return retain(x);
}

static bool member_set(Value d, Value obj, Value x)
{
    Member *m = (Member *)d.o;
    if (!descr_fits(str_cstr(m->name), &m->owner->type, obj))
        return false;
    Value *slot = member_slot(m, obj);
    if (v_is_undef(x) && v_is_undef(*slot)) {
        raise_fmt(&exc_AttributeError, "%U", m->name.s);
        return false;
    }
    slot_set(slot, retain(x));
    return true;
}

static void member_free(Object *o)
{
    release(((Member *)o)->name);
}

static Value member_repr(Value v)
{
    Member *m = (Member *)v.o;
    return str_fmt("<member '%U' of '%s' objects>", m->name.s, m->owner->type.name);
}

static Value member_get_name(Value v)
{
    return retain(((Member *)v.o)->name);
}

static Value member_get_objclass(Value v)
{
    return v_obj(RETAIN(((Member *)v.o)->owner));
}

static const GetSetDef member_getsets[] = {
    {"__name__", member_get_name, NULL, NULL},
    {"__objclass__", member_get_objclass, NULL, NULL},
    {0},
};

Type type_member = {
    .name = "member_descriptor",
    .size = sizeof(Member),
    .flags = TYPE_GC,
    .getsets = member_getsets,
    .free = member_free,
    .repr = member_repr,
    .descr_get = member_get,
    .descr_set = member_set,
};

/* -------------------------------------------------------------------- __dict__ */

static Value dict_attr_get(Value v)
{
    return retain(object_dict(v, true));
}

static bool dict_attr_set(Value v, Value x)
{
    Dict **slot = object_dict_slot(v.o);
    if (v_is_undef(x)) {
        raise_fmt(&exc_TypeError, "cannot delete __dict__");
        return false;
    }
    if (!is_dict(x)) {
        raise_fmt(&exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", x);
        return false;
    }
    object_dict(v, true);
    Dict *old = *slot;
    *slot = RETAIN(as_dict(x));
    RELEASE(old);
    return true;
}

static Value weakref_get(Value v)
{
    return V_NONE;
}

void dict_attribute_add(Type *t)
{
    static const GetSetDef dict_attr = {"__dict__", dict_attr_get, dict_attr_set, NULL};
    static const GetSetDef weakref_attr = {"__weakref__", weakref_get, NULL, NULL};
    Value d = getset_new(&dict_attr, t);
    dict_set_str(t->dict, S(__dict__), d);
    release(d);
    if (!(t->flags & TYPE_HEAP))
        return;
    d = getset_new(&weakref_attr, t);
    dict_set_str(t->dict, S(__weakref__), d);
    release(d);
}

/* -------------------------------------------------------------------- property */

typedef struct Property {
    GcObject gc;
    Value get, set, del, doc; /* undefined: absent */
    Value name;               /* from __set_name__ */
    bool getter_doc;          /* doc was taken from the getter */
} Property;

static Property *as_property(Value v)
{
    return (Property *)v.o;
}

static Value maybe(Value v)
{
    return v_is_none(v) ? V_UNDEF : retain(v);
}

static bool property_fill(Property *p, Value get, Value set, Value del, Value doc)
{
    slot_set(&p->get, maybe(get));
    slot_set(&p->set, maybe(set));
    slot_set(&p->del, maybe(del));
    slot_set(&p->doc, maybe(doc));
    p->getter_doc = false;
    if (!v_is_undef(p->doc) || v_is_undef(p->get))
        return true;
    Value d = op_getattr_opt(p->get, S(__doc__));
    if (v_is_error(d))
        return false;
    p->getter_doc = true;
    slot_set(&p->doc, v_is_none(d) ? V_UNDEF : d);
    return true;
}

static Value property_init_fn(Value *a, int n)
{
    return property_fill(as_property(a[0]), a[1], a[2], a[3], a[4]) ? V_NONE : V_ERROR;
}

static const NativeDef property_init_def = {
    "property", "self, /, fget=None, fset=None, fdel=None, doc=None", property_init_fn, NULL};

static bool property_init(Value self, Value *args, int nargs, Value kwnames)
{
    Value slots[5], all[16];
    int total = nargs + (kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0);
    if (total > 14) {
        raise_fmt(&exc_TypeError, "property() takes at most 4 arguments (%d given)", total);
        return false;
    }
    all[0] = self;
    memcpy(all + 1, args, sizeof(Value) * (size_t)total);
    if (!signature_bind(signature_of(&property_init_def), NULL, "property", all, nargs + 1, kwnames,
                        slots))
        return false;
    Value r = property_init_fn(slots, 5);
    for (int i = 0; i < 5; i++)
        release(slots[i]);
    return !v_is_error(r);
}

static Value plain_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return v_obj(object_new(cls));
}

static bool property_fail(Property *p, Value obj, const char *what)
{
    if (v_is_undef(p->name))
        raise_fmt(&exc_AttributeError, "property of '%T' object has no %s", obj, what);
    else
        raise_fmt(&exc_AttributeError, "property %R of '%T' object has no %s", p->name, obj, what);
    return false;
}

static Value property_get(Value d, Value obj, Type *cls)
{
    Property *p = as_property(d);
    if (v_is_undef(obj))
        return retain(d);
    if (v_is_undef(p->get)) {
        property_fail(p, obj, "getter");
        return V_ERROR;
    }
    return op_call1(p->get, obj);
}

static bool property_set(Value d, Value obj, Value x)
{
    Property *p = as_property(d);
    bool del = v_is_undef(x);
    Value f = del ? p->del : p->set;
    if (v_is_undef(f))
        return property_fail(p, obj, del ? "deleter" : "setter");
    Value r = del ? op_call1(f, obj) : op_call2(f, obj, x);
    release(r);
    return !v_is_error(r);
}

/* A copy with one function replaced: @x.setter. */
static Value property_with(Value v, Value get, Value set, Value del)
{
    Property *p = as_property(v);
    Value args[4] = {v_is_none(get) ? p->get : get, v_is_none(set) ? p->set : set,
                     v_is_none(del) ? p->del : del, p->getter_doc ? V_NONE : p->doc};
    for (int i = 0; i < 4; i++)
        if (v_is_undef(args[i]))
            args[i] = V_NONE;
    Value r = op_call(v_obj(v.o->type), args, 4, V_UNDEF);
    if (!v_is_error(r) && is_instance(r, &type_property))
        as_property(r)->name = retain(p->name);
    return r;
}

static Value property_getter(Value *a, int n)
{
    return property_with(a[0], a[1], V_NONE, V_NONE);
}

static Value property_setter(Value *a, int n)
{
    return property_with(a[0], V_NONE, a[1], V_NONE);
}

static Value property_deleter(Value *a, int n)
{
    return property_with(a[0], V_NONE, V_NONE, a[1]);
}

static Value property_set_name(Value *a, int n)
{
    slot_set(&as_property(a[0])->name, retain(a[2]));
    return V_NONE;
}

static const NativeDef property_methods[] = {
    {"getter", "self, f, /", property_getter, "A copy of the property that reads by f."},
    {"setter", "self, f, /", property_setter, "A copy of the property that writes by f."},
    {"deleter", "self, f, /", property_deleter, "A copy of the property that deletes by f."},
    {"__set_name__", "self, owner, name, /", property_set_name, NULL},
    {0},
};

static Value or_none(Value v)
{
    return v_is_undef(v) ? V_NONE : retain(v);
}

static Value property_get_fget(Value v)
{
    return or_none(as_property(v)->get);
}

static Value property_get_fset(Value v)
{
    return or_none(as_property(v)->set);
}

static Value property_get_fdel(Value v)
{
    return or_none(as_property(v)->del);
}

static Value property_get_doc(Value v)
{
    return or_none(as_property(v)->doc);
}

static bool property_set_doc(Value v, Value x)
{
    slot_set(&as_property(v)->doc, retain(x));
    return true;
}

/* Abstract when one of its functions is. */
static Value abstract_of(Value f)
{
    if (v_is_undef(f))
        return V_FALSE;
    Value x = op_getattr_opt(f, S(__isabstractmethod__));
    if (v_is_undef(x) || v_is_error(x))
        return v_is_error(x) ? x : V_FALSE;
    int truth = op_truth(x);
    release(x);
    return truth < 0 ? V_ERROR : v_bool(truth);
}

static Value property_get_abstract(Value v)
{
    Property *p = as_property(v);
    Value all[3] = {p->get, p->set, p->del};
    for (int i = 0; i < 3; i++) {
        Value r = abstract_of(all[i]);
        if (v_is_error(r) || r.i)
            return r;
    }
    return V_FALSE;
}

static const GetSetDef property_getsets[] = {
    {"fget", property_get_fget, NULL, NULL},
    {"fset", property_get_fset, NULL, NULL},
    {"fdel", property_get_fdel, NULL, NULL},
    {"__doc__", property_get_doc, property_set_doc, NULL},
    {"__isabstractmethod__", property_get_abstract, NULL, NULL},
    {0},
};

static void property_traverse(Object *o, VisitFn visit, void *ctx)
{
    Property *p = (Property *)o;
    visit(p->get, ctx);
    visit(p->set, ctx);
    visit(p->del, ctx);
    visit(p->doc, ctx);
    visit(p->name, ctx);
}

static void property_clear(Object *o)
{
    Property *p = (Property *)o;
    slot_set(&p->get, V_UNDEF);
    slot_set(&p->set, V_UNDEF);
    slot_set(&p->del, V_UNDEF);
    slot_set(&p->doc, V_UNDEF);
    slot_set(&p->name, V_UNDEF);
}

Type type_property = {
    .name = "property",
    .size = sizeof(Property),
    .flags = TYPE_GC | TYPE_BASE,
    .methods = property_methods,
    .getsets = property_getsets,
    .free = property_clear,
    .traverse = property_traverse,
    .clear = property_clear,
    .descr_get = property_get,
    .descr_set = property_set,
    .make = plain_make,
    .init = property_init,
};

/* ------------------------------------------------- staticmethod, classmethod */

typedef struct Wrapped {
    GcObject gc;
    Value func;
    Dict *dict;
} Wrapped;

static Wrapped *as_wrapped(Value v)
{
    return (Wrapped *)v.o;
}

static bool wrapped_init(Value self, Value *args, int nargs, Value kwnames)
{
    const char *name = is_instance(self, &type_staticmethod) ? "staticmethod" : "classmethod";
    if (kwnames.tag == TAG_OBJ) {
        raise_fmt(&exc_TypeError, "%s() takes no keyword arguments", name);
        return false;
    }
    if (nargs != 1) {
        raise_fmt(&exc_TypeError, "%s expected 1 argument, got %d", name, nargs);
        return false;
    }
    slot_set(&as_wrapped(self)->func, retain(args[0]));
    static const enum NameIndex copied[] = {NAME___module__, NAME___name__, NAME___qualname__,
                                            NAME___doc__};
    for (int i = 0; i < 4; i++) {
        Value x = op_getattr_opt(args[0], name_table[copied[i]]);
        if (v_is_error(x))
            return false;
        if (!v_is_undef(x))
            dict_set_str(object_dict(self, true), name_table[copied[i]], x);
        release(x);
    }
    return true;
}

static Value static_get(Value d, Value obj, Type *cls)
{
    return or_none(as_wrapped(d)->func);
}

/* cls.method: the wrapped thing bound to the class, chained through its own __get__. */
static Value class_get(Value d, Value obj, Type *cls)
{
    Value f = as_wrapped(d)->func;
    if (v_is_undef(f))
        return raise_fmt(&exc_RuntimeError, "uninitialized classmethod object");
    Type *t = type_of(f);
    if (t != &type_function && t != &type_native && t->descr_get)
        return t->descr_get(f, v_obj(cls), type_of(v_obj(cls)));
    return bound_method_new(f, v_obj(cls));
}

Value wrapped_function(Value v)
{
    return as_wrapped(v)->func;
}

static Value static_call(Value v, Value *args, int nargs, Value kwnames)
{
    return op_call(as_wrapped(v)->func, args, nargs, kwnames);
}

static Value wrapped_repr(Value v)
{
    return str_fmt("<%T(%R)>", v, as_wrapped(v)->func);
}

static void wrapped_traverse(Object *o, VisitFn visit, void *ctx)
{
    Wrapped *w = (Wrapped *)o;
    visit(w->func, ctx);
    if (w->dict && !(o->type->flags & TYPE_HEAP))
        visit(v_obj(w->dict), ctx);
}

static void wrapped_clear(Object *o)
{
    Wrapped *w = (Wrapped *)o;
    Dict *d = w->dict;
    w->dict = NULL;
    slot_set(&w->func, V_UNDEF);
    RELEASE(d);
}

static Value wrapped_get_func(Value v)
{
    return or_none(as_wrapped(v)->func);
}

static Value wrapped_get_abstract(Value v)
{
    return abstract_of(as_wrapped(v)->func);
}

static const GetSetDef wrapped_getsets[] = {
    {"__func__", wrapped_get_func, NULL, NULL},
    {"__wrapped__", wrapped_get_func, NULL, NULL},
    {"__isabstractmethod__", wrapped_get_abstract, NULL, NULL},
    {0},
};

Type type_staticmethod = {
    .name = "staticmethod",
    .size = sizeof(Wrapped),
    .dict_offset = offsetof(Wrapped, dict),
    .flags = TYPE_GC | TYPE_BASE,
    .getsets = wrapped_getsets,
    .free = wrapped_clear,
    .traverse = wrapped_traverse,
    .clear = wrapped_clear,
    .repr = wrapped_repr,
    .call = static_call,
    .descr_get = static_get,
    .make = plain_make,
    .init = wrapped_init,
};

Type type_classmethod = {
    .name = "classmethod",
    .size = sizeof(Wrapped),
    .dict_offset = offsetof(Wrapped, dict),
    .flags = TYPE_GC | TYPE_BASE,
    .getsets = wrapped_getsets,
    .free = wrapped_clear,
    .traverse = wrapped_traverse,
    .clear = wrapped_clear,
    .repr = wrapped_repr,
    .descr_get = class_get,
    .make = plain_make,
    .init = wrapped_init,
};

/* ----------------------------------------------------------------------- super */

typedef struct Super {
    GcObject gc;
    Value cls;  /* search after this class */
    Value obj;  /* undefined: unbound */
    Value kind; /* the class whose MRO is searched */
} Super;

bool (*super_frame)(Value *cls, Value *self);

static Super *as_super(Value v)
{
    return (Super *)v.o;
}

/* The class whose order super(cls, obj) walks: obj itself where it is a subclass, else obj's class.
 */
static Type *super_kind(Type *cls, Value obj)
{
    if (is_type(obj) && type_is_subtype(as_type(obj), cls))
        return as_type(obj);
    if (is_instance(obj, cls))
        return type_of(obj);
    raise_fmt(&exc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

static bool super_init(Value self, Value *args, int nargs, Value kwnames)
{
    Super *s = as_super(self);
    Value cls, obj = V_UNDEF;
    if (kwnames.tag == TAG_OBJ) {
        raise_fmt(&exc_TypeError, "super() takes no keyword arguments");
        return false;
    }
    if (nargs > 2) {
        raise_fmt(&exc_TypeError, "super expected at most 2 arguments, got %d", nargs);
        return false;
    }
    if (nargs == 0) {
        if (!super_frame) {
            raise_fmt(&exc_RuntimeError, "super(): no arguments");
            return false;
        }
        if (!super_frame(&cls, &obj))
            return false;
    } else {
        cls = args[0];
        obj = nargs > 1 && !v_is_none(args[1]) ? args[1] : V_UNDEF;
    }
    if (!is_type(cls)) {
        raise_fmt(&exc_TypeError, "super() argument 1 must be a type, not %T", cls);
        return false;
    }
    Type *kind = v_is_undef(obj) ? NULL : super_kind(as_type(cls), obj);
    if (!kind && !v_is_undef(obj))
        return false;
    slot_set(&s->cls, retain(cls));
    slot_set(&s->obj, retain(obj));
    slot_set(&s->kind, kind ? retain(v_obj(kind)) : V_UNDEF);
    return true;
}

static Value super_getattr(Value v, Str *name)
{
    Super *s = as_super(v);
    if (v_is_undef(s->kind) || name == S(__class__))
        return object_getattr_generic(v, name);
    Value attr = type_lookup_from(as_type(s->kind), as_type(s->cls), name, NULL);
    if (v_is_undef(attr))
        return object_getattr_generic(v, name);
    Type *t = type_of(attr);
    if (!t->descr_get)
        return retain(attr);
    retain(attr);
    bool through_class = op_same(s->obj, s->kind);
    Value r = t->descr_get(attr, through_class ? V_UNDEF : s->obj, as_type(s->kind));
    release(attr);
    return r;
}

Value super_new(Value cls, Value obj)
{
    if (!is_type(cls) || v_is_none(obj))
        return op_call2(v_obj(&type_super), cls, obj);
    Type *kind = super_kind(as_type(cls), obj);
    if (!kind)
        return V_ERROR;
    Super *s = object_new(&type_super);
    s->cls = retain(cls);
    s->obj = retain(obj);
    s->kind = retain(v_obj(kind));
    return v_obj(s);
}

bool super_method(Value super, Str *name, Value *func, Value *self)
{
    Super *s = as_super(super);
    if (v_is_undef(s->kind) || op_same(s->obj, s->kind))
        return false;
    Value attr = type_lookup_from(as_type(s->kind), as_type(s->cls), name, NULL);
    if (!is_exact(attr, &type_function) || name == S(__class__))
        return false;
    *func = retain(attr);
    *self = retain(s->obj);
    return true;
}

static Value super_descr_get(Value d, Value obj, Type *cls)
{
    Super *s = as_super(d);
    if (v_is_undef(obj) || !v_is_undef(s->obj))
        return retain(d);
    Value args[2] = {s->cls, obj};
    return op_call(v_obj(d.o->type), args, 2, V_UNDEF);
}

static Value super_repr(Value v)
{
    Super *s = as_super(v);
    const char *name = v_is_undef(s->cls) ? "NULL" : as_type(s->cls)->name;
    if (v_is_undef(s->kind))
        return str_fmt("<super: <class '%s'>, NULL>", name);
    return str_fmt("<super: <class '%s'>, <%s object>>", name, as_type(s->kind)->name);
}

static void super_traverse(Object *o, VisitFn visit, void *ctx)
{
    Super *s = (Super *)o;
    visit(s->cls, ctx);
    visit(s->obj, ctx);
    visit(s->kind, ctx);
}

static void super_clear(Object *o)
{
    Super *s = (Super *)o;
    slot_set(&s->cls, V_UNDEF);
    slot_set(&s->obj, V_UNDEF);
    slot_set(&s->kind, V_UNDEF);
}

static Value super_get_this(Value v)
{
    return or_none(as_super(v)->cls);
}

static Value super_get_self(Value v)
{
    return or_none(as_super(v)->obj);
}

static Value super_get_kind(Value v)
{
    return or_none(as_super(v)->kind);
}

static const GetSetDef super_getsets[] = {
    {"__thisclass__", super_get_this, NULL, NULL},
    {"__self__", super_get_self, NULL, NULL},
    {"__self_class__", super_get_kind, NULL, NULL},
    {0},
};

Type type_super = {
    .name = "super",
    .size = sizeof(Super),
    .flags = TYPE_GC | TYPE_BASE,
    .getsets = super_getsets,
    .free = super_clear,
    .traverse = super_traverse,
    .clear = super_clear,
    .repr = super_repr,
    .getattr = super_getattr,
    .descr_get = super_descr_get,
    .make = plain_make,
    .init = super_init,
};
