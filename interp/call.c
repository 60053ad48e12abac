/* call.c -- C functions as values: calls, methods, attributes.  Replicated.
 *
 * A call that gives every positional-only parameter and nothing else goes straight to the C
 * function with the caller's array; all others are bound into slots first (bind.c).
 */
#include "interp/bind.h"

/* ----------------------------------------------------------------- natives */

static Value native_run(Native *f, Value *args, int nargs, Value kwnames)
{
    const Signature *s = f->sig;
    Value slots[SLOTS_MAX + 1];
    /* a bound method that takes its arguments as a tuple is told by its bare name */
    bool bare = s->species == SPECIES_VARARG && !v_is_undef(f->self);
    if (!signature_bind(s, f->owner && !bare ? f->owner->name : NULL, f->def->name, args, nargs,
                        kwnames, slots))
        return V_ERROR;
    slots[s->nslots] = f->closed;
    Value r = f->def->fn(slots, s->nslots + !v_is_undef(f->closed));
    for (int i = 0; i < s->nslots; i++)
        release(slots[i]);
    return r;
}

/* Positional arguments alone, and defaults for the rest: slots borrow from both. */
static Value native_simple(Native *f, const Signature *s, const Value *args, int nargs)
{
    Value slots[SIMPLE_MAX + 1];
    for (int i = 0; i < nargs; i++)
        slots[i] = value_at(&args[i]);
    for (int i = nargs; i < s->nparams; i++)
        slots[i] = value_at(&s->params[i].init);
    slots[s->nparams] = value_at(&f->closed);
    return f->def->fn(slots, s->nparams + !v_is_undef(f->closed));
}

static inline Value native_invoke(Native *f, Value *args, int nargs, Value kwnames)
{
    const Signature *s = f->sig;
    if (__builtin_expect(!s, 0))
        s = f->sig = signature_of(f->def);
    if (kwnames.tag == TAG_UNDEF) {
        if (s->direct && nargs == s->npos && f->closed.tag == TAG_UNDEF)
            return f->def->fn(args, nargs);
        if (s->simple && nargs >= s->required && nargs <= s->npos)
            return native_simple(f, s, args, nargs);
    }
    return native_run(f, args, nargs, kwnames);
}

Value native_call_row(Value f, Value *args, int nargs)
{
    return native_invoke((Native *)f.o, args, nargs, V_UNDEF);
}

enum { SMALL_CALL = 16 };

/* Shift the arguments by one and call `how` with `first` in front. */
static Value with_first(Value f, Value first, Value *args, int nargs, Value kwnames,
                        Value (*how)(Value, Value *, int, Value))
{
    int total = nargs + (kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0);
    Value small[SMALL_CALL];
    Value *all = total < SMALL_CALL ? small : mem_alloc(sizeof(Value) * (size_t)(total + 1));
    all[0] = first;
    if (total)
        memcpy(all + 1, args, sizeof(Value) * (size_t)total);
    Value r = how(f, all, nargs + 1, kwnames);
    if (all != small)
        mem_free(all, sizeof(Value) * (size_t)(total + 1));
    return r;
}

static Value native_invoke_value(Value f, Value *args, int nargs, Value kwnames)
{
    return native_invoke((Native *)f.o, args, nargs, kwnames);
}

Value op_call_prepend(Value f, Value first, Value *args, int nargs, Value kwnames)
{
    return with_first(f, first, args, nargs, kwnames, op_call);
}

static Value native_call(Value v, Value *args, int nargs, Value kwnames)
{
    Native *f = (Native *)v.o;
    if (v_is_undef(f->self))
        return native_invoke(f, args, nargs, kwnames);
    return with_first(v, f->self, args, nargs, kwnames, native_invoke_value);
}

static Value method_descr_call(Value v, Value *args, int nargs, Value kwnames)
{
    Native *f = (Native *)v.o;
    if (nargs < 1)
        return raise_fmt(&exc_TypeError, "unbound method %s.%s() needs an argument", f->owner->name,
                         f->def->name);
    if (!is_instance(args[0], f->owner))
        return raise_fmt(&exc_TypeError,
                         "descriptor '%s' for '%s' objects doesn't apply to a '%T' object",
                         f->def->name, f->owner->name, args[0]);
    return native_invoke(f, args, nargs, kwnames);
}

static Value native_make(Type *type, const NativeDef *def, Type *owner, int flags)
{
    Native *f = object_new(type);
    f->def = def;
    f->owner = owner;
    f->flags = flags;
    return v_obj(f);
}

Value native_new(const NativeDef *def, Type *owner, int flags)
{
    bool method = owner && !(flags & (NATIVE_CLASSMETHOD | NATIVE_STATIC));
    return native_make(method ? &type_method_descr : &type_native, def, owner, flags);
}

Value native_new_closure(const NativeDef *def, Value closed)
{
    Value v = native_make(&type_native, def, NULL, 0);
    ((Native *)v.o)->closed = closed;
    return v;
}

/* A bound copy: obj.method as a value. */
static Value native_bind(Native *f, Value self)
{
    Value v = native_make(&type_native, f->def, f->owner, f->flags);
    Native *g = (Native *)v.o;
    g->sig = f->sig;
    g->closed = retain(f->closed);
    g->self = retain(self);
    return v;
}

static Value method_descr_get(Value d, Value obj, Type *cls)
{
    Native *f = (Native *)d.o;
    if (v_is_undef(obj))
        return retain(d);
    if (!is_instance(obj, f->owner))
        return raise_fmt(&exc_TypeError,
                         "descriptor '%s' for '%s' objects doesn't apply to a '%T' object",
                         f->def->name, f->owner->name, obj);
    return native_bind(f, obj);
}

/* Class methods bind the class, static ones and plain functions nothing. */
static Value native_get(Value d, Value obj, Type *cls)
{
    Native *f = (Native *)d.o;
    if (!(f->flags & NATIVE_CLASSMETHOD) || !v_is_undef(f->self))
        return retain(d);
    return native_bind(f, v_obj(cls));
}

static void native_free(Object *o)
{
    Native *f = (Native *)o;
    release(f->self);
    release(f->closed);
    release(f->module);
}

static void native_traverse(Object *o, VisitFn visit, void *ctx)
{
    Native *f = (Native *)o;
    visit(f->self, ctx);
    visit(f->closed, ctx);
    visit(f->module, ctx);
}

static void native_clear(Object *o)
{
    Native *f = (Native *)o;
    slot_set(&f->self, V_UNDEF);
    slot_set(&f->closed, V_UNDEF);
}

static Value native_repr(Value v)
{
    Native *f = (Native *)v.o;
    if (v.o->type == &type_method_descr || (v_is_undef(f->self) && f->flags & NATIVE_CLASSMETHOD)) {
        Value owner = type_dotted(f->owner),
              r = str_fmt("<method '%s' of '%S' objects>", f->def->name, owner);
        release(owner);
        return r;
    }
    if (v_is_undef(f->self) && f->owner)
        return str_fmt("<built-in method %s of type object at 0x%llx>", f->def->name,
                       (long long)object_id(v_obj(f->owner)));
    if (v_is_undef(f->self))
        return str_fmt("<built-in function %s>", f->def->name);
    return str_fmt("<built-in method %s of %T object at 0x%llx>", f->def->name, f->self,
                   (long long)object_id(f->self));
}

static Value native_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_native) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    Native *f = (Native *)a.o, *g = (Native *)b.o;
    bool same = f->def == g->def && op_same(f->self, g->self) && op_same(f->closed, g->closed);
    return v_bool(same == (op == CMP_EQ));
}

static bool native_hash(Value v, int64_t *out)
{
    Native *f = (Native *)v.o;
    int64_t h = v_is_undef(f->self) ? 0 : object_id(f->self);
    *out = (h >> 4) * 31 + (int64_t)strlen(f->def->name) + 7;
    return true;
}

static Value native_get_name(Value v)
{
    return str_new(((Native *)v.o)->def->name);
}

static Value native_get_qualname(Value v)
{
    Native *f = (Native *)v.o;
    if (!f->owner)
        return native_get_name(v);
    return str_fmt("%s.%s", f->owner->name, f->def->name);
}

static Value native_get_doc(Value v)
{
    Native *f = (Native *)v.o;
    return f->def->doc ? str_new(f->def->doc) : V_NONE;
}

static Value native_get_self(Value v)
{
    Native *f = (Native *)v.o;
    if (v_is_undef(f->self) && !f->owner && v_is_undef(f->module))
        return import_builtin("builtins");
    return v_is_undef(f->self) ? V_NONE : retain(f->self);
}

static Value native_get_module(Value v)
{
    Native *f = (Native *)v.o;
    if (!v_is_undef(f->module))
        return retain(f->module);
    return f->owner ? V_NONE : str_new("builtins");
}

static Value native_get_objclass(Value v)
{
    return v_obj(RETAIN(((Native *)v.o)->owner));
}

static Value native_get_signature(Value v)
{
    return V_NONE;
}

static const GetSetDef native_getsets[] = {
    {"__name__", native_get_name, NULL, NULL},
    {"__qualname__", native_get_qualname, NULL, NULL},
    {"__doc__", native_get_doc, NULL, NULL},
    {"__self__", native_get_self, NULL, NULL},
    {"__module__", native_get_module, NULL, NULL},
    {"__text_signature__", native_get_signature, NULL, NULL},
    {0},
};

static const GetSetDef method_descr_getsets[] = {
    {"__name__", native_get_name, NULL, NULL},
    {"__qualname__", native_get_qualname, NULL, NULL},
    {"__doc__", native_get_doc, NULL, NULL},
    {"__objclass__", native_get_objclass, NULL, NULL},
    {"__text_signature__", native_get_signature, NULL, NULL},
    {0},
};

Type type_native = {
    .name = "builtin_function_or_method",
    .module = "builtins",
    .size = sizeof(Native),
    .flags = TYPE_GC,
    .getsets = native_getsets,
    .free = native_free,
    .traverse = native_traverse,
    .clear = native_clear,
    .repr = native_repr,
    .hash = native_hash,
    .compare = native_compare,
    .call = native_call,
    .descr_get = native_get,
};

Type type_method_descr = {
    .name = "method_descriptor",
    .module = "builtins",
    .size = sizeof(Native),
    .flags = TYPE_GC,
    .getsets = method_descr_getsets,
    .free = native_free,
    .traverse = native_traverse,
    .clear = native_clear,
    .repr = native_repr,
    .call = method_descr_call,
    .descr_get = method_descr_get,
};

/* ----------------------------------------------------------- bound methods */

Value bound_method_new(Value func, Value self)
{
    BoundMethod *m = object_new(&type_bound_method);
    m->func = retain(func);
    m->self = retain(self);
    return v_obj(m);
}

static Value bound_call(Value v, Value *args, int nargs, Value kwnames)
{
    BoundMethod *m = (BoundMethod *)v.o;
    Value func = retain(m->func), self = retain(m->self);
    Value r = op_call_prepend(func, self, args, nargs, kwnames);
    release(func);
    release(self);
    return r;
}

static void bound_free(Object *o)
{
    BoundMethod *m = (BoundMethod *)o;
    release(m->func);
    release(m->self);
}

static void bound_traverse(Object *o, VisitFn visit, void *ctx)
{
    BoundMethod *m = (BoundMethod *)o;
    visit(m->func, ctx);
    visit(m->self, ctx);
}

static Value bound_repr(Value v)
{
    BoundMethod *m = (BoundMethod *)v.o;
    Value name = op_getattr_opt(m->func, S(__qualname__));
    if (v_is_error(name))
        return V_ERROR;
    Value r = is_str(name) ? str_fmt("<bound method %S of %R>", name, m->self)
                           : str_fmt("<bound method ? of %R>", m->self);
    release(name);
    return r;
}

static Value bound_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_bound_method) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    BoundMethod *m = (BoundMethod *)a.o, *k = (BoundMethod *)b.o;
    int same = op_same(m->self, k->self) ? op_equal(m->func, k->func) : 0;
    return same < 0 ? V_ERROR : v_bool(same == (op == CMP_EQ));
}

static bool bound_hash(Value v, int64_t *out)
{
    BoundMethod *m = (BoundMethod *)v.o;
    if (!op_hash(m->func, out))
        return false;
    *out ^= object_id(m->self) >> 4;
    if (*out == -1)
        *out = -2;
    return true;
}

/* A bound method has its function's attributes. */
static Value bound_getattr(Value v, Str *name)
{
    BoundMethod *m = (BoundMethod *)v.o;
    if (v_is_undef(type_lookup(&type_bound_method, name)) || name == S(__doc__))
        return op_getattr(m->func, name);
    return object_getattr_generic(v, name);
}

static Value bound_get_func(Value v)
{
    return retain(((BoundMethod *)v.o)->func);
}

static Value bound_get_self(Value v)
{
    return retain(((BoundMethod *)v.o)->self);
}

static const GetSetDef bound_getsets[] = {
    {"__func__", bound_get_func, NULL, NULL},
    {"__self__", bound_get_self, NULL, NULL},
    {0},
};

static Value bound_descr_get(Value d, Value obj, Type *cls)
{
    return retain(d);
}

static Value bound_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ)
        return raise_fmt(&exc_TypeError, "method() takes no keyword arguments");
    if (nargs != 2)
        return raise_fmt(&exc_TypeError, "method expected 2 arguments, got %d", nargs);
    if (!op_is_callable(args[0]))
        return raise_fmt(&exc_TypeError, "first argument must be callable");
    if (v_is_none(args[1]))
        return raise_fmt(&exc_TypeError, "self must not be None");
    return bound_method_new(args[0], args[1]);
}

Type type_bound_method = {
    .name = "method",
    .module = "builtins",
    .size = sizeof(BoundMethod),
    .flags = TYPE_GC,
    .getsets = bound_getsets,
    .free = bound_free,
    .traverse = bound_traverse,
    .repr = bound_repr,
    .hash = bound_hash,
    .compare = bound_compare,
    .getattr = bound_getattr,
    .call = bound_call,
    .descr_get = bound_descr_get,
    .make = bound_make,
};

/* ------------------------------------------------------------------- calls */

bool op_is_callable(Value v)
{
    Type *t = type_of(v);
    if (t->flags & TYPE_HEAP)
        return !v_is_undef(type_lookup(t, S(__call__)));
    return t->call != NULL;
}

Value op_call(Value f, Value *args, int nargs, Value kwnames)
{
    Type *t = type_of(f);
    if (__builtin_expect(!t->call, 0))
        return raise_fmt(&exc_TypeError, "'%T' object is not callable", f);
    return t->call(f, args, nargs, kwnames);
}

Value op_call0(Value f)
{
    return op_call(f, NULL, 0, V_UNDEF);
}

Value op_call1(Value f, Value a)
{
    if (is_exact(f, &type_native) && v_is_undef(((Native *)f.o)->self))
        return native_call_row(f, &a, 1);
    return op_call(f, &a, 1, V_UNDEF);
}

Value op_call2(Value f, Value a, Value b)
{
    Value args[2] = {a, b};
    return op_call(f, args, 2, V_UNDEF);
}

Value op_call_method(Value v, const char *name, Value *args, int nargs)
{
    Value func, self;
    if (!op_load_method(v, str_intern(name), &func, &self))
        return V_ERROR;
    Value r = v_is_undef(self) ? op_call(func, args, nargs, V_UNDEF)
                               : op_call_prepend(func, self, args, nargs, V_UNDEF);
    release(func);
    release(self);
    return r;
}

/* Keyword names and values appended to `all`; false: exception. */
static bool kwargs_flatten(Value f, Value kwargs, Value *names, Value all)
{
    Value d = retain(kwargs);
    if (!is_dict(kwargs)) {
        d = dict_new();
        if (!dict_update(d, kwargs, true)) {
            release(d);
            return false;
        }
    }
    *names = tuple_new(dict_len(d));
    int64_t pos = 0, n = 0;
    Value key, x;
    bool ok = true;
    while (ok && dict_next(d, &pos, &key, &x)) {
        if (!is_str(key)) {
            raise_fmt(&exc_TypeError, "keywords must be strings");
            ok = false;
            break;
        }
        as_tuple(*names)->at[n++] = retain(key);
        list_push(all, retain(x));
    }
    release(d);
    return ok;
}

Value op_call_ex(Value f, Value args, Value kwargs)
{
    Value all = v_is_undef(args) ? list_new(0) : list_from_iterable(args);
    if (v_is_error(all))
        return V_ERROR;
    int nargs = (int)as_list(all)->n;
    Value names = V_UNDEF, r = V_ERROR;
    bool ok = v_is_undef(kwargs) || kwargs_flatten(f, kwargs, &names, all);
    if (ok && names.tag == TAG_OBJ && as_tuple(names)->n == 0) {
        release(names);
        names = V_UNDEF;
    }
    if (ok)
        r = op_call(f, as_list(all)->at, nargs, names);
    release(names);
    release(all);
    return r;
}
