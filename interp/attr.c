/* attr.c -- attribute access, and `object`, which is what every value can do.  Replicated.
 *
 * obj.name: a data descriptor of the class, then the instance's dict, then anything else of the
 * class. For a call, a method found on the class is not bound first: op_load_method gives it and
 * its self.
 */
#include "interp/slots.h"

/* ------------------------------------------------------------ attribute access */

Value object_getattr_generic(Value v, Str *name)
{
    Type *t = type_of(v);
    Value attr = type_lookup(t, name);
    Value (*get)(Value, Value, Type *) = NULL;
    if (attr.tag != TAG_UNDEF) {
        Type *at = type_of(attr);
        get = at->descr_get;
        if (get && at->descr_set) {
            retain(attr);
            Value r = get(attr, v, t);
            release(attr);
            return r;
        }
    }
    Dict **slot = v.tag == TAG_OBJ ? object_dict_slot(v.o) : NULL;
    if (slot && *slot) {
        Value x = dict_get_str(v_obj(*slot), name);
        if (x.tag != TAG_UNDEF)
            return retain(x);
    }
    if (attr.tag == TAG_UNDEF)
        return raise_attribute(v, name, "'%T' object has no attribute '%U'", v, name);
    if (!get)
        return retain(attr);
    retain(attr);
    Value r = get(attr, v, t);
    release(attr);
    return r;
}

static bool fail_set(Value v, Str *name, bool found)
{
    if (found)
        raise_attribute(v, name, "'%T' object attribute '%U' is read-only", v, name);
    else
        raise_attribute(v, name, "'%T' object has no attribute '%U'", v, name);
    return false;
}

bool object_setattr_generic(Value v, Str *name, Value x)
{
    Type *t = type_of(v);
    Value attr = type_lookup(t, name);
    if (attr.tag != TAG_UNDEF && type_of(attr)->descr_set) {
        retain(attr);
        bool ok = type_of(attr)->descr_set(attr, v, x);
        release(attr);
        return ok;
    }
    if (v.tag != TAG_OBJ || !object_dict_slot(v.o))
        return fail_set(v, name, attr.tag != TAG_UNDEF);
    if (x.tag != TAG_UNDEF) {
        dict_set_str(object_dict(v, true), name, x);
        return true;
    }
    Value d = object_dict(v, false);
    int r = d.tag == TAG_UNDEF ? 0 : dict_del(d, v_obj(name));
    return r > 0 || (r == 0 && fail_set(v, name, false));
}

Value op_getattr(Value v, Str *name)
{
    Type *t = type_of(v);
    return t->getattr ? t->getattr(v, name) : object_getattr_generic(v, name);
}

/* The common case of a missing attribute makes no exception. */
Value op_getattr_opt(Value v, Str *name)
{
    Type *t = type_of(v);
    if (!t->getattr || t->getattr == object_getattr_generic) {
        Dict **slot = v.tag == TAG_OBJ ? object_dict_slot(v.o) : NULL;
        if (type_lookup(t, name).tag == TAG_UNDEF)
            return slot && *slot ? retain(dict_get_str(v_obj(*slot), name)) : V_UNDEF;
    }
    Value r = op_getattr(v, name);
    if (!v_is_error(r) || !error_matches(&exc_AttributeError))
        return r;
    error_clear();
    return V_UNDEF;
}

bool op_setattr(Value v, Str *name, Value x)
{
    Type *t = type_of(v);
    return t->setattr ? t->setattr(v, name, x) : object_setattr_generic(v, name, x);
}

/* Functions and C methods found on the class need no bound method for a call. */
bool op_load_method(Value v, Str *name, Value *func, Value *self)
{
    Type *t = type_of(v);
    *self = V_UNDEF;
    if (t == &type_super && super_method(v, name, func, self))
        return true;
    if (!t->getattr || t->getattr == object_getattr_generic) {
        Value attr = type_lookup(t, name);
        Type *at = attr.tag == TAG_OBJ ? attr.o->type : NULL;
        if (at == &type_function || at == &type_method_descr) {
            Dict **slot = v.tag == TAG_OBJ ? object_dict_slot(v.o) : NULL;
            Value own = slot && *slot ? dict_get_str(v_obj(*slot), name) : V_UNDEF;
            if (own.tag != TAG_UNDEF) {
                *func = retain(own);
                return true;
            }
            *func = retain(attr);
            *self = retain(v);
            return true;
        }
    }
    *func = op_getattr(v, name);
    return !v_is_error(*func);
}

/* --------------------------------------------------------------------- object */

/* type.__init__-like texts: object takes no arguments unless a class replaced __new__ or __init__.
 */
bool object_init(Value self, Value *args, int nargs, Value kwnames)
{
    bool excess = nargs || (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n);
    Type *t = type_of(self);
    if (!excess)
        return true;
    if (t->init != object_init)
        raise_fmt(&exc_TypeError,
                  "object.__init__() takes exactly one argument (the instance to initialize)");
    else if (t->make == object_make)
        raise_fmt(&exc_TypeError,
                  "%s.__init__() takes exactly one argument (the instance to "
                  "initialize)",
                  t->name);
    else
        return true;
    return false;
}

static Value raise_abstract(Type *cls)
{
    Value names = dict_get_str(cls->dict, S(__abstractmethods__));
    Value sorted = list_from_iterable(names);
    if (v_is_error(sorted) || !list_sort(sorted, V_UNDEF, false)) {
        release(sorted);
        return V_ERROR;
    }
    Buf b = {0};
    List *l = as_list(sorted);
    for (int64_t i = 0; i < l->n; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", str_cstr(l->at[i]));
    raise_fmt(&exc_TypeError, "Can't instantiate abstract class %s with abstract method%s %s",
              cls->name, l->n > 1 ? "s" : "", buf_text(&b));
    buf_free(&b);
    release(sorted);
    return V_ERROR;
}

Value object_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    bool excess = nargs || (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n);
    if (excess && cls->make != object_make)
        return raise_fmt(&exc_TypeError,
                         "object.__new__() takes exactly one argument (the type to instantiate)");
    if (excess && (!cls->init || cls->init == object_init))
        return raise_fmt(&exc_TypeError, "%s() takes no arguments", cls->name);
    if (cls->flags & TYPE_ABSTRACT)
        return raise_abstract(cls);
    return v_obj(object_new(cls));
}

static Value object_repr(Value v)
{
    Type *t = type_of(v);
    Value module = type_module_value(t), name = type_qualname_value(t);
    bool bare = !is_str(module) || str_equals(module.s, "builtins");
    Value r = bare ? str_fmt("<%S object at 0x%llx>", name, (long long)object_id(v))
                   : str_fmt("<%S.%S object at 0x%llx>", module, name, (long long)object_id(v));
    release(module);
    release(name);
    return r;
}

static Value object_str(Value v)
{
    return type_of(v)->repr(v); /* str() names itself when it is no text */
}

static bool object_hash(Value v, int64_t *out)
{
    *out = object_id(v) >> 4;
    return true;
}

/* == is identity; != is the opposite of whatever == says. */
static Value object_compare(Value a, Value b, CmpOp op)
{
    if (op == CMP_EQ)
        return op_same(a, b) ? V_TRUE : V_NOTIMPL;
    if (op != CMP_NE)
        return V_NOTIMPL;
    Type *t = type_of(a);
    Value r = t->compare ? t->compare(a, b, CMP_EQ) : V_NOTIMPL;
    if (r.tag == TAG_NOTIMPL || v_is_error(r))
        return r;
    int truth = op_truth(r);
    release(r);
    return truth < 0 ? V_ERROR : v_bool(!truth);
}

static Value object_format(Value v, Str *spec)
{
    if (spec->n)
        return raise_fmt(&exc_TypeError, "unsupported format string passed to %T.__format__", v);
    return op_str(v);
}

/* (cls, *args, **kw): neither is taken, and the class is named. */
static Value object_init_subclass(Value *a, int n)
{
    int64_t given = as_tuple(a[1])->n;
    bool named = as_dict(a[2])->n > 0;
    if (!given && !named)
        return V_NONE;
    Value name = type_qualname_value(as_type(a[0]));
    if (named)
        raise_fmt(&exc_TypeError, "%S.__init_subclass__() takes no keyword arguments", name);
    else
        raise_fmt(&exc_TypeError, "%S.__init_subclass__() takes no arguments (%lld given)", name,
                  (long long)given);
    release(name);
    return V_ERROR;
}

static Value object_sizeof(Value *a, int n)
{
    return v_int((int64_t)type_of(a[0])->size);
}

static void names_into(Value d, Value out)
{
    Value key, x;
    for (int64_t pos = 0; dict_next(d, &pos, &key, &x);)
        if (is_str(key))
            dict_set(out, key, V_NONE);
}

/* Names of a class and its bases. */
void class_names(Type *t, Value out)
{
    Tuple *mro = as_tuple(t->mro);
    for (int64_t i = mro->n; i-- > 0;)
        names_into(as_type(mro->at[i])->dict, out);
}

Value names_done(Value names)
{
    Value r = list_from_iterable(names);
    release(names);
    return r;
}

static Value object_dir(Value *a, int n)
{
    Value out = dict_new();
    Value d = op_getattr_opt(a[0], S(__dict__));
    if (v_is_error(d)) {
        release(out);
        return V_ERROR;
    }
    if (is_dict(d))
        names_into(d, out);
    release(d);
    class_names(type_of(a[0]), out);
    return names_done(out);
}

static const NativeDef object_methods[] = {
    {"__sizeof__", "self, /", object_sizeof, "Bytes of an instance, what it refers to aside."},
    {"__dir__", "self, /", object_dir, "The names that can be asked for."},
    {"__init_subclass__", "cls, /, *args, **kw", object_init_subclass,
     "Called for each new subclass."},
    {0},
};

static Value object_get_class(Value v)
{
    return retain(v_obj(type_of(v)));
}

static bool object_set_class(Value v, Value x)
{
    if (v_is_undef(x) || !is_type(x)) {
        if (v_is_undef(x))
            raise_fmt(&exc_TypeError, "can't delete __class__ attribute");
        else
            raise_fmt(&exc_TypeError, "__class__ must be set to a class, not '%T' object", x);
        return false;
    }
    Type *from = type_of(v), *to = as_type(x);
    if (!(from->flags & to->flags & TYPE_HEAP)) {
        raise_fmt(&exc_TypeError,
                  "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return false;
    }
    if (from->size != to->size || from->dict_offset != to->dict_offset ||
        solid_of(from) != solid_of(to)) {
        raise_fmt(&exc_TypeError, "__class__ assignment: '%s' object layout differs from '%s'",
                  to->name, from->name);
        return false;
    }
    RETAIN(to);
    v.o->type = to;
    RELEASE(from);
    return true;
}

static const GetSetDef object_getsets[] = {
    {"__class__", object_get_class, object_set_class, "the object's class"},
    {0},
};

Type type_object = {
    .name = "object",
    .size = sizeof(Object),
    .flags = TYPE_BASE,
    .doc = "What every class is made from.",
    .methods = object_methods,
    .getsets = object_getsets,
    .repr = object_repr,
    .str = object_str,
    .hash = object_hash,
    .compare = object_compare,
    .getattr = object_getattr_generic,
    .setattr = object_setattr_generic,
    .format = object_format,
    .make = object_make,
    .init = object_init,
};
