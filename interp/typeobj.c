/* typeobj.c -- `type`: calling a class, its attributes and methods; isinstance and issubclass.
 * Replicated.
 *
 * Attribute access on a class looks at the metaclass's data descriptors, then along the class's own
 * MRO, then at the rest of the metaclass.  Builtin types never change.
 */
#include "interp/slots.h"

/* ----------------------------------------------------------------- type: slots */

Value type_call(Value v, Value *args, int nargs, Value kwnames)
{
    Type *cls = as_type(v);
    if (cls == &type_type && nargs == 1 && kwnames.tag != TAG_OBJ)
        return retain(v_obj(type_of(args[0])));
    if (!cls->make)
        return raise_fmt(&exc_TypeError, "cannot create '%s%s%s' instances",
                         strcmp(cls->module, "builtins") && *cls->module ? cls->module : "",
                         strcmp(cls->module, "builtins") && *cls->module ? "." : "", cls->name);
    Value obj = cls->make(cls, args, nargs, kwnames);
    if (v_is_error(obj))
        return V_ERROR;
    Type *t = type_of(obj);
    if (!t->init || t->init == object_init || (t != cls && !type_is_subtype(t, cls)))
        return obj;
    if (t->init(obj, args, nargs, kwnames))
        return obj;
    release(obj);
    return V_ERROR;
}

static Value type_make(Type *meta, Value *args, int nargs, Value kwnames)
{
    if (meta == &type_type && nargs != 3)
        return raise_fmt(&exc_TypeError, "type() takes 1 or 3 arguments");
    if (nargs != 3)
        return raise_fmt(&exc_TypeError, "type.__new__() takes exactly 3 arguments (%d given)",
                         nargs);
    if (!is_str(args[0]))
        return raise_fmt(&exc_TypeError, "type.__new__() argument 1 must be str, not %T", args[0]);
    if (!is_tuple(args[1]))
        return raise_fmt(&exc_TypeError, "type.__new__() argument 2 must be tuple, not %T",
                         args[1]);
    if (!is_dict(args[2]))
        return raise_fmt(&exc_TypeError, "type.__new__() argument 3 must be dict, not %T", args[2]);
    if (memchr(str_cstr(args[0]), 0, (size_t)args[0].s->n) && args[0].s->ascii)
        return raise_fmt(&exc_ValueError, "type name must not contain null characters");
    Type *winner = type_meta_of(meta, args[1]);
    if (!winner)
        return V_ERROR;
    if (winner != meta && winner->make && winner->make != meta->make)
        return winner->make(winner, args, nargs, kwnames);
    return type_build_meta(winner, args[0].s, args[1], args[2], kwnames, args + 3);
}

static bool type_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (nargs == 1 || nargs == 3)
        return true;
    raise_fmt(&exc_TypeError, "type.__init__() takes 1 or 3 arguments");
    return false;
}

static Value type_getattr(Value v, Str *name)
{
    Type *t = as_type(v), *meta = v.o->type;
    Value mine = type_lookup(meta, name);
    Type *mt = v_is_undef(mine) ? NULL : type_of(mine);
    if (mt && mt->descr_get && mt->descr_set)
        return mt->descr_get(mine, v, meta);
    Value attr = type_lookup(t, name);
    if (attr.tag != TAG_UNDEF) {
        Type *at = type_of(attr);
        if (!at->descr_get)
            return retain(attr);
        retain(attr);
        Value r = at->descr_get(attr, V_UNDEF, t);
        release(attr);
        return r;
    }
    if (!mt)
        return raise_attribute(v, name, "type object '%s' has no attribute '%U'", t->name, name);
    return mt->descr_get ? mt->descr_get(mine, v, meta) : retain(mine);
}

static bool type_setattr(Value v, Str *name, Value x)
{
    Type *t = as_type(v);
    if (!(t->flags & TYPE_HEAP)) {
        raise_fmt(&exc_TypeError, "cannot set '%U' attribute of immutable type '%s'", name,
                  t->name);
        return false;
    }
    Value mine = type_lookup(v.o->type, name);
    if (!v_is_undef(mine) && type_of(mine)->descr_set)
        return type_of(mine)->descr_set(mine, v, x);
    if (v_is_undef(x)) {
        Value key = v_obj(name);
        if (v_is_undef(dict_get_str(t->dict, name))) {
            raise_attribute(v, name, "type object '%s' has no attribute '%U'", t->name, name);
            return false;
        }
        dict_del(t->dict, key);
    } else {
        Value key = str_intern_value(retain(v_obj(name)));
        dict_set_str(t->dict, key.s, x);
        release(key);
    }
    type_modified(t, name);
    return true;
}

static Value type_repr(Value v)
{
    Type *t = as_type(v);
    Value module = type_module_value(t), name = type_qualname_value(t);
    Value r;
    if (!is_str(module))
        r = str_fmt("<class '%s'>", t->name);
    else if (str_equals(module.s, "builtins"))
        r = str_fmt("<class '%S'>", name);
    else
        r = str_fmt("<class '%S.%S'>", module, name);
    release(module);
    release(name);
    return r;
}

static void type_free(Object *o)
{
    HeapType *h = (HeapType *)(void *)o;
    Type *t = &h->type;
    if (t->bases.tag == TAG_OBJ) {
        Tuple *bases = as_tuple(t->bases);
        for (int64_t i = 0; i < bases->n; i++) {
            HeapType *b = (HeapType *)(void *)as_type(bases->at[i]);
            if (!(b->type.flags & TYPE_HEAP))
                continue;
            for (int64_t k = 0; k < b->subs.n; k++)
                if (b->subs.at[k] == h) {
                    memmove(b->subs.at + k, b->subs.at + k + 1,
                            sizeof *b->subs.at * (size_t)(b->subs.n - k - 1));
                    b->subs.n--;
                    break;
                }
        }
    }
    release(t->dict);
    release(t->mro);
    release(t->bases);
    release(h->name);
    release(h->qualname);
    vec_free(&h->subs);
    free((char *)t->name);
}

static void type_traverse(Object *o, VisitFn visit, void *ctx)
{
    Type *t = (Type *)o;
    visit(t->dict, ctx);
    visit(t->mro, ctx);
    visit(t->bases, ctx);
}

static void type_clear(Object *o)
{
    Type *t = (Type *)o;
    if (t->dict.tag != TAG_OBJ)
        return;
    dict_clear(t->dict);
    type_modified(t, NULL);
    /* The MRO holds the type itself; what is still to be freed needs only the bases. */
    Value self_only = tuple_new(0);
    slot_set(&t->mro, self_only);
}

/* -------------------------------------------------------------- type: attributes */

static Value type_get_name(Value v)
{
    return type_name_value(as_type(v));
}

static Value type_get_qualname(Value v)
{
    return type_qualname_value(as_type(v));
}

/* A class of the program whose `name` may be set to a str. */
static bool settable(Value v, const char *name, Value x, bool text)
{
    Type *t = as_type(v);
    if (!(t->flags & TYPE_HEAP))
        raise_fmt(&exc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name,
                  t->name);
    else if (v_is_undef(x))
        raise_fmt(&exc_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name,
                  t->name);
    else if (text && !is_str(x))
        raise_fmt(&exc_TypeError, "can only assign string to %s.%s, not '%T'", t->name, name, x);
    else
        return true;
    return false;
}

static bool type_set_name(Value v, Value x)
{
    HeapType *h = (HeapType *)v.o;
    if (!settable(v, "__name__", x, true))
        return false;
    slot_set(&h->name, retain(x));
    free((char *)h->type.name);
    h->type.name = xstrdup(str_cstr(x));
    return true;
}

static bool type_set_qualname(Value v, Value x)
{
    if (!settable(v, "__qualname__", x, true))
        return false;
    slot_set(&((HeapType *)v.o)->qualname, retain(x));
    return true;
}

static Value type_get_module(Value v)
{
    return type_module_value(as_type(v));
}

static bool dict_entry_set(Value v, Str *name, Value x)
{
    if (!settable(v, str_cstr(v_obj(name)), x, false))
        return false;
    dict_set_str(as_type(v)->dict, name, x);
    type_modified(as_type(v), name);
    return true;
}

static bool type_set_module(Value v, Value x)
{
    return dict_entry_set(v, S(__module__), x);
}

static Value type_get_bases(Value v)
{
    return retain(as_type(v)->bases);
}

static Value type_get_base(Value v)
{
    Type *b = as_type(v)->base;
    return b ? retain(v_obj(b)) : V_NONE;
}

static bool type_set_bases_attr(Value v, Value x)
{
    if (settable(v, "__bases__", x, false))
        raise_unsupported("assignment to __bases__", "Python");
    return false;
}

static bool readonly(Value v, Value x)
{
    raise_fmt(&exc_AttributeError, "readonly attribute");
    return false;
}

static Value type_get_mro(Value v)
{
    return retain(as_type(v)->mro);
}

static Value type_get_dict(Value v)
{
    return op_call1(v_obj(&type_mappingproxy), as_type(v)->dict);
}

static Value type_get_doc(Value v)
{
    Type *t = as_type(v);
    Value d = dict_get_str(t->dict, S(__doc__));
    if (v_is_undef(d))
        return V_NONE;
    Type *dt = type_of(d);
    return dt->descr_get ? dt->descr_get(d, V_UNDEF, t) : retain(d);
}

static bool type_set_doc(Value v, Value x)
{
    return dict_entry_set(v, S(__doc__), x);
}

static Value type_get_annotations(Value v)
{
    Type *t = as_type(v);
    Value a = dict_get_str(t->dict, S(__annotations__));
    if (!v_is_undef(a))
        return retain(a);
    if (!(t->flags & TYPE_HEAP))
        return raise_attribute(v, S(__annotations__),
                               "type object '%s' has no attribute '__annotations__'", t->name);
    a = dict_new();
    dict_set_str(t->dict, S(__annotations__), a);
    type_modified(t, NULL);
    return a;
}

static bool type_set_annotations(Value v, Value x)
{
    if (!v_is_undef(x))
        return dict_entry_set(v, S(__annotations__), x);
    dict_del(as_type(v)->dict, v_obj(S(__annotations__)));
    type_modified(as_type(v), NULL);
    return true;
}

static Value type_get_abstract(Value v)
{
    Value a = dict_get_str(as_type(v)->dict, S(__abstractmethods__));
    if (v_is_undef(a) || v.o == &type_type.gc.ob)
        return raise_attribute(v, S(__abstractmethods__), "__abstractmethods__");
    return retain(a);
}

static bool type_set_abstract(Value v, Value x)
{
    int truth = v_is_undef(x) ? 0 : op_truth(x);
    if (truth < 0 || !dict_entry_set(v, S(__abstractmethods__), v_is_undef(x) ? V_NONE : x))
        return false;
    as_type(v)->flags =
        truth ? as_type(v)->flags | TYPE_ABSTRACT : as_type(v)->flags & ~TYPE_ABSTRACT;
    return true;
}

static Value type_get_size(Value v)
{
    return v_int((int64_t)as_type(v)->size);
}

static Value type_get_signature(Value v)
{
    return V_NONE;
}

static const GetSetDef type_getsets[] = {
    {"__name__", type_get_name, type_set_name, NULL},
    {"__qualname__", type_get_qualname, type_set_qualname, NULL},
    {"__module__", type_get_module, type_set_module, NULL},
    {"__bases__", type_get_bases, type_set_bases_attr, NULL},
    {"__base__", type_get_base, readonly, NULL},
    {"__mro__", type_get_mro, readonly, NULL},
    {"__dict__", type_get_dict, NULL, NULL},
    {"__doc__", type_get_doc, type_set_doc, NULL},
    {"__annotations__", type_get_annotations, type_set_annotations, NULL},
    {"__abstractmethods__", type_get_abstract, type_set_abstract, NULL},
    {"__basicsize__", type_get_size, NULL, NULL},
    {"__text_signature__", type_get_signature, NULL, NULL},
    {0},
};

static Value type_mro_method(Value *a, int n)
{
    return list_from_iterable(as_type(a[0])->mro);
}

static Value type_subclasses(Value *a, int n)
{
    Type *t = as_type(a[0]);
    Value out = list_new(0);
    if (t->flags & TYPE_HEAP) {
        HeapType *h = (HeapType *)(void *)t;
        for (int64_t i = 0; i < h->subs.n; i++)
            list_push(out, retain(v_obj(h->subs.at[i])));
        return out;
    }
    release(out);
    return raise_unsupported("__subclasses__ of a builtin type", "Python");
}

static Value type_instancecheck(Value *a, int n)
{
    return v_bool(is_instance(a[1], as_type(a[0])));
}

static Value type_subclasscheck(Value *a, int n)
{
    if (!is_type(a[1]))
        return raise_fmt(&exc_TypeError, "issubclass() arg 1 must be a class");
    return v_bool(type_is_subtype(as_type(a[1]), as_type(a[0])));
}

static Value type_prepare(Value *a, int n)
{
    return dict_new();
}

static Value type_dir(Value *a, int n)
{
    Value out = dict_new();
    class_names(as_type(a[0]), out);
    return names_done(out);
}

static const NativeDef type_methods[] = {
    {"mro", "self, /", type_mro_method, "The classes in which a name is looked for, in order."},
    {"__subclasses__", "self, /", type_subclasses, "The classes made directly from this one."},
    {"__instancecheck__", "self, instance, /", type_instancecheck, "What isinstance asks."},
    {"__subclasscheck__", "self, subclass, /", type_subclasscheck, "What issubclass asks."},
    {"__prepare__", "cls, *args, **kwargs", type_prepare,
     "The namespace in which a class body runs."},
    {"__dir__", "self, /", type_dir, "The names that can be asked for."},
    {0},
};

static Value type_binary(Value a, Value b, BinOp op)
{
    return op == BIN_OR ? union_or(a, b) : V_NOTIMPL;
}

Type type_type = {
    .name = "type",
    .size = sizeof(HeapType),
    .flags = TYPE_GC | TYPE_BASE,
    .methods = type_methods,
    .getsets = type_getsets,
    .free = type_free,
    .traverse = type_traverse,
    .clear = type_clear,
    .repr = type_repr,
    .call = type_call,
    .getattr = type_getattr,
    .setattr = type_setattr,
    .binary = type_binary,
    .make = type_make,
    .init = type_init,
};

/* ------------------------------------------------------------------ isinstance */

/* isinstance and issubclass differ only in the question asked of a plain class. */
typedef struct Check {
    Str *hook;
    const char *second; /* the complaint about a wrong second argument */
    const char *generic;
    int (*plain)(Value v, Type *cls);
} Check;

/* An instance may also name another class as its own. */
static int plain_instance(Value v, Type *cls)
{
    if (is_instance(v, cls))
        return 1;
    if (!(type_of(v)->flags & TYPE_HEAP))
        return 0;
    Value named = op_getattr(v, S(__class__));
    if (v_is_error(named) && !error_matches(&exc_AttributeError))
        return -1;
    if (v_is_error(named))
        error_clear();
    int r = is_type(named) && type_is_subtype(as_type(named), cls);
    release(named);
    return r;
}

static int plain_subclass(Value v, Type *cls)
{
    if (is_type(v))
        return type_is_subtype(as_type(v), cls);
    raise_fmt(&exc_TypeError, "issubclass() arg 1 must be a class");
    return -1;
}

static int check_any(Value v, Tuple *t, const Check *how);

static int check_class(Value v, Value cls, const Check *how)
{
    if (is_exact(cls, &type_type))
        return how->plain(v, as_type(cls));
    if (is_tuple(cls))
        return check_any(v, as_tuple(cls), how);
    if (is_exact(cls, &type_union))
        return check_any(v, union_args(cls), how);
    if (is_exact(cls, &type_alias)) {
        raise_fmt(&exc_TypeError, "%s argument 2 cannot be a parameterized generic", how->generic);
        return -1;
    }
    Value r = special_call(cls, how->hook, &v, 1, V_UNDEF);
    if (v_is_error(r))
        return -1;
    if (!v_is_undef(r)) {
        int truth = op_truth(r);
        release(r);
        return truth;
    }
    if (is_type(cls))
        return how->plain(v, as_type(cls));
    raise_fmt(&exc_TypeError, "%s", how->second);
    return -1;
}

static int check_any(Value v, Tuple *t, const Check *how)
{
    int r = 0;
    if (!depth_enter(" in __instancecheck__"))
        return -1;
    RETAIN(t);
    for (int64_t i = 0; i < t->n && r == 0; i++)
        r = check_class(v, t->at[i], how);
    RELEASE(t);
    depth_leave();
    return r;
}

int op_isinstance(Value v, Value cls)
{
    if (cls.tag == TAG_OBJ && v_obj(type_of(v)).o == cls.o)
        return 1;
    Check how = {S(__instancecheck__),
                 "isinstance() arg 2 must be a type, a tuple of types, or a union", "isinstance()",
                 plain_instance};
    return check_class(v, cls, &how);
}

int op_issubclass(Value c, Value cls)
{
    Check how = {S(__subclasscheck__),
                 "issubclass() arg 2 must be a class, a tuple of classes, or a union",
                 "issubclass()", plain_subclass};
    return check_class(c, cls, &how);
}
