/* wrapper.c -- slots of builtin types as methods (list.__len__).  Replicated.
 *
 * A wrapper names a slot and the type that has it.  Called, it checks the arguments as CPython's
 * slot wrappers do and calls the slot; bound to an object it is a method-wrapper.
 */
#include "interp/wrapper.h"

const char *slot_name(const SlotDef *d)
{
    return str_cstr(v_obj(name_table[d->name]));
}

static bool need_args(int nargs, Value kwnames, const SlotDef *d, int n)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n) {
        raise_fmt(&exc_TypeError, "wrapper %s() takes no keyword arguments", slot_name(d));
        return false;
    }
    if (nargs == n)
        return true;
    raise_fmt(&exc_TypeError, "expected %d argument%s, got %d", n, n == 1 ? "" : "s", nargs);
    return false;
}

static Str *need_str(Value v)
{
    if (is_str(v))
        return v.s;
    raise_fmt(&exc_TypeError, "attribute name must be string, not '%T'", v);
    return NULL;
}

static Value none_if(bool ok)
{
    return ok ? V_NONE : V_ERROR;
}

/* list + x called by name has no right operand to ask, so it says what is wrong. */
static Value wrap_binary(Type *t, Value self, Value other, BinOp op, bool reflected)
{
    Value a = reflected ? other : self, b = reflected ? self : other;
    Value r = t->binary(a, b, op);
    if (r.tag != TAG_NOTIMPL || reflected)
        return r;
    bool seq = t == &type_list || t == &type_tuple || t == &type_str;
    return seq && (op == BIN_ADD || op == BIN_MUL) ? op_binary(self, other, op) : r;
}

/* object.__setattr__(cls, ...) on a class would bypass its rules. */
static Value wrap_setattr(Wrapper *w, Value self, Value name, Value x)
{
    Str *s = need_str(name);
    if (!s)
        return V_ERROR;
    bool (*set)(Value, Str *, Value) =
        w->owner->setattr ? w->owner->setattr : object_setattr_generic;
    Type *t = type_of(self);
    if (w->owner == &type_object && type_is_subtype(t, &type_type))
        return raise_fmt(&exc_TypeError, "can't apply this %U to type object",
                         name_table[w->slot->name]);
    return none_if(set(self, s, x));
}

static Value wrap_get(Type *t, Value self, Value *args, int nargs)
{
    if (nargs < 1 || nargs > 2)
        return raise_fmt(&exc_TypeError, "expected %s 1 argument, got %d",
                         nargs ? "at most" : "at least", nargs);
    Value obj = v_is_none(args[0]) ? V_UNDEF : args[0];
    Value cls = nargs > 1 && !v_is_none(args[1]) ? args[1] : V_UNDEF;
    if (v_is_undef(obj) && v_is_undef(cls))
        return raise_fmt(&exc_TypeError, "__get__(None, None) is invalid");
    Type *c = v_is_undef(cls) ? type_of(obj) : as_type(cls);
    return t->descr_get(self, obj, c);
}

static Value wrap_one(Wrapper *w, Value self, Value *a, int nargs, Value kwnames)
{
    Type *t = w->owner;
    const SlotDef *d = w->slot;
    int r;
    if (!need_args(nargs, kwnames, d, 1))
        return V_ERROR;
    switch (d->wrap) {
    case WRAP_COMPARE:
        return t->compare(self, a[0], (CmpOp)d->arg);
    case WRAP_GETATTR: {
        Str *s = need_str(a[0]);
        if (!s)
            return V_ERROR;
        return t->getattr ? t->getattr(self, s) : object_getattr_generic(self, s);
    }
    case WRAP_DELATTR:
        return wrap_setattr(w, self, a[0], V_UNDEF);
    case WRAP_GETITEM:
        return t->getitem(self, a[0]);
    case WRAP_DELITEM:
        return none_if(t->setitem(self, a[0], V_UNDEF));
    case WRAP_CONTAINS:
        r = t->contains(self, a[0]);
        return r < 0 ? V_ERROR : v_bool(r);
    case WRAP_BINARY:
    case WRAP_REFLECTED:
        return wrap_binary(t, self, a[0], (BinOp)d->arg, d->wrap == WRAP_REFLECTED);
    case WRAP_INPLACE:
        return t->inplace(self, a[0], (BinOp)d->arg);
    case WRAP_FORMAT: {
        if (!is_str(a[0]))
            return raise_fmt(&exc_TypeError, "__format__() argument must be str, not %T", a[0]);
        return t->format(self, a[0].s);
    }
    case WRAP_DELETE:
        return none_if(t->descr_set(self, a[0], V_UNDEF));
    default:
        ASSERT(false, "wrapper kind %d", (int)d->wrap);
        return V_ERROR;
    }
}

static Value wrap_none(Wrapper *w, Value self, int nargs, Value kwnames)
{
    Type *t = w->owner;
    const SlotDef *d = w->slot;
    if (!need_args(nargs, kwnames, d, 0))
        return V_ERROR;
    Value r;
    int64_t n;
    switch (d->wrap) {
    case WRAP_UNARY:
        return (*(Value(**)(Value))(void *)slot_at(t, d))(self);
    case WRAP_HASH:
        return t->hash(self, &n) ? v_int(n) : V_ERROR;
    case WRAP_NEXT:
        r = t->next(self);
        return v_is_undef(r) ? raise_stop(V_UNDEF) : r;
    case WRAP_LEN:
        n = t->len(self);
        return n < 0 ? V_ERROR : v_int(n);
    case WRAP_UNOP:
        r = t->unary(self, (UnOp)d->arg);
        return r;
    default:
        n = t->truth(self);
        return n < 0 ? V_ERROR : v_bool(n != 0);
    }
}

static Value wrap_call(Wrapper *w, Value self, Value *args, int nargs, Value kwnames)
{
    Type *t = w->owner;
    const SlotDef *d = w->slot;
    switch (d->wrap) {
    case WRAP_UNARY:
    case WRAP_HASH:
    case WRAP_NEXT:
    case WRAP_LEN:
    case WRAP_UNOP:
    case WRAP_TRUTH:
        return wrap_none(w, self, nargs, kwnames);
    case WRAP_CALL:
        return t->call(self, args, nargs, kwnames);
    case WRAP_INIT:
        return none_if(t->init(self, args, nargs, kwnames));
    case WRAP_GET:
        return wrap_get(t, self, args, nargs);
    case WRAP_SETATTR:
        return need_args(nargs, kwnames, d, 2) ? wrap_setattr(w, self, args[0], args[1]) : V_ERROR;
    case WRAP_SETITEM:
        if (!need_args(nargs, kwnames, d, 2))
            return V_ERROR;
        return none_if(t->setitem(self, args[0], args[1]));
    case WRAP_SET:
        if (!need_args(nargs, kwnames, d, 2))
            return V_ERROR;
        return none_if(t->descr_set(self, args[0], args[1]));
    case WRAP_BINARY:
        if (d->arg == BIN_POW && nargs == 2 && t->power)
            return t->power(self, args[0], args[1]);
        return wrap_one(w, self, args, nargs, kwnames);
    default:
        return wrap_one(w, self, args, nargs, kwnames);
    }
}

static Value wrapper_call(Value f, Value *args, int nargs, Value kwnames)
{
    Wrapper *w = (Wrapper *)f.o;
    if (nargs < 1)
        return raise_fmt(&exc_TypeError, "descriptor '%U' of '%s' object needs an argument",
                         name_table[w->slot->name], w->owner->name);
    if (!is_instance(args[0], w->owner))
        return raise_fmt(&exc_TypeError,
                         "descriptor '%U' requires a '%s' object but received a '%T'",
                         name_table[w->slot->name], w->owner->name, args[0]);
    return wrap_call(w, args[0], args + 1, nargs - 1, kwnames);
}

static Value method_wrapper_call(Value f, Value *args, int nargs, Value kwnames)
{
    Wrapper *w = (Wrapper *)f.o;
    return wrap_call(w, w->self, args, nargs, kwnames);
}

Value wrapper_new(Type *type, const SlotDef *d, Type *owner)
{
    Wrapper *w = object_new(type);
    w->slot = d;
    w->owner = owner;
    return v_obj(w);
}

static Value wrapper_get(Value d, Value obj, Type *cls)
{
    Wrapper *w = (Wrapper *)d.o;
    if (v_is_undef(obj))
        return retain(d);
    if (!is_instance(obj, w->owner))
        return raise_fmt(&exc_TypeError,
                         "descriptor '%U' for '%s' objects doesn't apply to a '%T' object",
                         name_table[w->slot->name], w->owner->name, obj);
    Value r = wrapper_new(&type_method_wrapper, w->slot, w->owner);
    ((Wrapper *)r.o)->self = retain(obj);
    return r;
}

static void wrapper_free(Object *o)
{
    release(((Wrapper *)o)->self);
}

static void wrapper_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Wrapper *)o)->self, ctx);
}

static Value wrapper_repr(Value v)
{
    Wrapper *w = (Wrapper *)v.o;
    if (v_is_undef(w->self)) {
        Value owner = type_dotted(w->owner),
              r = str_fmt("<slot wrapper '%U' of '%S' objects>", name_table[w->slot->name], owner);
        release(owner);
        return r;
    }
    return str_fmt("<method-wrapper '%U' of %T object at 0x%llx>", name_table[w->slot->name],
                   w->self, (long long)object_id(w->self));
}

static Value wrapper_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_method_wrapper) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    Wrapper *w = (Wrapper *)a.o, *k = (Wrapper *)b.o;
    bool same = w->slot == k->slot && w->owner == k->owner && op_same(w->self, k->self);
    return v_bool(same == (op == CMP_EQ));
}

static bool wrapper_hash(Value v, int64_t *out)
{
    Wrapper *w = (Wrapper *)v.o;
    *out = (object_id(w->self) >> 4) ^ w->slot->name;
    return true;
}

static Value wrapper_get_name(Value v)
{
    return retain(v_obj(name_table[((Wrapper *)v.o)->slot->name]));
}

static Value wrapper_get_qualname(Value v)
{
    Wrapper *w = (Wrapper *)v.o;
    return str_fmt("%s.%U", w->owner->name, name_table[w->slot->name]);
}

static Value wrapper_get_objclass(Value v)
{
    return v_obj(RETAIN(((Wrapper *)v.o)->owner));
}

static Value wrapper_get_self(Value v)
{
    return retain(((Wrapper *)v.o)->self);
}

static Value wrapper_get_doc(Value v)
{
    return V_NONE;
}

static const GetSetDef wrapper_getsets[] = {
    {"__name__", wrapper_get_name, NULL, NULL},
    {"__qualname__", wrapper_get_qualname, NULL, NULL},
    {"__objclass__", wrapper_get_objclass, NULL, NULL},
    {"__doc__", wrapper_get_doc, NULL, NULL},
    {0},
};

static const GetSetDef method_wrapper_getsets[] = {
    {"__name__", wrapper_get_name, NULL, NULL},
    {"__qualname__", wrapper_get_qualname, NULL, NULL},
    {"__objclass__", wrapper_get_objclass, NULL, NULL},
    {"__self__", wrapper_get_self, NULL, NULL},
    {"__doc__", wrapper_get_doc, NULL, NULL},
    {0},
};

Type type_wrapper_descr = {
    .name = "wrapper_descriptor",
    .module = "builtins",
    .size = sizeof(Wrapper),
    .flags = TYPE_GC,
    .getsets = wrapper_getsets,
    .repr = wrapper_repr,
    .call = wrapper_call,
    .descr_get = wrapper_get,
};

Type type_method_wrapper = {
    .name = "method-wrapper",
    .module = "builtins",
    .size = sizeof(Wrapper),
    .flags = TYPE_GC,
    .getsets = method_wrapper_getsets,
    .free = wrapper_free,
    .traverse = wrapper_traverse,
    .repr = wrapper_repr,
    .hash = wrapper_hash,
    .compare = wrapper_compare,
    .call = method_wrapper_call,
};

Type *dunder_owner(Value attr)
{
    if (is_exact(attr, &type_wrapper_descr))
        return ((Wrapper *)attr.o)->owner;
    if (is_exact(attr, &type_method_descr))
        return ((Native *)attr.o)->owner;
    return NULL;
}
