/* slots.c -- dunder methods and slots, both ways.  Replicated.
 *
 * A builtin type's slots appear in its namespace as wrappers (list.__len__), so that programs can
 * call and inherit them.  A class made by a program gets, for each slot, either the builtin slot
 * its MRO leads to, unchanged, or a generic function (gen_*) that calls the dunder.
 *
 * Invariant: a slot is generic exactly when some dunder of it is found in a class made by a
 * program.
 */
#include "interp/frame.h"
#include "interp/wrapper.h"

/* ----------------------------------------------------------- calling dunders */

Value special_invoke(Value attr, Value v, Value *args, int nargs, Value kwnames)
{
    enum { FEW = 4 };
    Type *t = type_of(attr);
    if (t == &type_function && nargs < FEW && kwnames.tag != TAG_OBJ) {
        Value row[FEW];
        row[0] = v;
        for (int i = 0; i < nargs; i++)
            row[i + 1] = value_at(&args[i]);
        return t->call(attr, row, nargs + 1, V_UNDEF);
    }
    if (t == &type_function || t == &type_method_descr || t == &type_wrapper_descr)
        return op_call_prepend(attr, v, args, nargs, kwnames);
    if (!t->descr_get)
        return op_call(attr, args, nargs, kwnames);
    Value bound = t->descr_get(attr, v, type_of(v));
    if (v_is_error(bound))
        return V_ERROR;
    Value r = op_call(bound, args, nargs, kwnames);
    release(bound);
    return r;
}

Value special_call(Value v, Str *name, Value *args, int nargs, Value kwnames)
{
    Value attr = type_lookup(type_of(v), name);
    if (v_is_undef(attr))
        return V_UNDEF;
    retain(attr);
    Value r = special_invoke(attr, v, args, nargs, kwnames);
    release(attr);
    return r;
}

/* As special_call, but a missing dunder is AttributeError with its name. */
static Value special_need(Value v, Str *name, Value *args, int nargs)
{
    Value r = special_call(v, name, args, nargs, V_UNDEF);
    return v_is_undef(r) ? raise_attribute(v, name, "%U", name) : r;
}

static const enum NameIndex binary_names[BIN_COUNT][3] = {
    [BIN_ADD] = {NAME___add__, NAME___radd__, NAME___iadd__},
    [BIN_SUB] = {NAME___sub__, NAME___rsub__, NAME___isub__},
    [BIN_MUL] = {NAME___mul__, NAME___rmul__, NAME___imul__},
    [BIN_DIV] = {NAME___truediv__, NAME___rtruediv__, NAME___itruediv__},
    [BIN_FLOORDIV] = {NAME___floordiv__, NAME___rfloordiv__, NAME___ifloordiv__},
    [BIN_MOD] = {NAME___mod__, NAME___rmod__, NAME___imod__},
    [BIN_POW] = {NAME___pow__, NAME___rpow__, NAME___ipow__},
    [BIN_MATMUL] = {NAME___matmul__, NAME___rmatmul__, NAME___imatmul__},
    [BIN_LSHIFT] = {NAME___lshift__, NAME___rlshift__, NAME___ilshift__},
    [BIN_RSHIFT] = {NAME___rshift__, NAME___rrshift__, NAME___irshift__},
    [BIN_AND] = {NAME___and__, NAME___rand__, NAME___iand__},
    [BIN_OR] = {NAME___or__, NAME___ror__, NAME___ior__},
    [BIN_XOR] = {NAME___xor__, NAME___rxor__, NAME___ixor__},
    [BIN_DIVMOD] = {NAME___divmod__, NAME___rdivmod__, NAME___divmod__},
};

Str *binary_name(BinOp op, bool reflected)
{
    return name_table[binary_names[op][reflected]];
}

/* --------------------------------------------------------- generic functions */

static Value gen_repr(Value v)
{
    if (recursion_full())
        return raise_fmt(&exc_RecursionError,
                         "maximum recursion depth exceeded while getting the repr of an object");
    return special_need(v, S(__repr__), NULL, 0);
}

static Value gen_str(Value v)
{
    return special_need(v, S(__str__), NULL, 0);
}

static bool gen_hash(Value v, int64_t *out)
{
    Value attr = type_lookup(type_of(v), S(__hash__));
    if (v_is_none(attr) || v_is_undef(attr)) {
        raise_fmt(&exc_TypeError, "unhashable type: '%T'", v);
        return false;
    }
    Value r = special_need(v, S(__hash__), NULL, 0);
    if (v_is_error(r))
        return false;
    if (!is_int(r)) {
        release(r);
        raise_fmt(&exc_TypeError, "__hash__ method should return an integer");
        return false;
    }
    /* What fits a machine word is taken as it is, wider ones hash as ints do. */
    bool ok = int_as_int64(r, out) || op_hash(r, out);
    if (*out == -1)
        *out = -2;
    release(r);
    return ok;
}

static const enum NameIndex compare_names[] = {
    [CMP_LT] = NAME___lt__, [CMP_LE] = NAME___le__, [CMP_EQ] = NAME___eq__,
    [CMP_NE] = NAME___ne__, [CMP_GT] = NAME___gt__, [CMP_GE] = NAME___ge__,
};

static Value gen_compare(Value a, Value b, CmpOp op)
{
    Value r = special_call(a, name_table[compare_names[op]], &b, 1, V_UNDEF);
    return v_is_undef(r) ? V_NOTIMPL : r;
}

static Value gen_getattr(Value v, Str *name)
{
    Type *t = type_of(v);
    Value get = type_lookup(t, S(__getattribute__)), nv = v_obj(name);
    Value r;
    Type *owner = dunder_owner(get);
    if (owner)
        r = owner->getattr ? owner->getattr(v, name) : object_getattr_generic(v, name);
    else
        r = special_need(v, S(__getattribute__), &nv, 1);
    if (!v_is_error(r) || !error_matches(&exc_AttributeError))
        return r;
    Value fallback = type_lookup(t, S(__getattr__));
    if (v_is_undef(fallback))
        return r;
    error_clear();
    return special_need(v, S(__getattr__), &nv, 1);
}

static bool done(Value r)
{
    release(r);
    return !v_is_error(r);
}

static bool gen_setattr(Value v, Str *name, Value x)
{
    Value args[2] = {v_obj(name), x};
    if (v_is_undef(x))
        return done(special_need(v, S(__delattr__), args, 1));
    return done(special_need(v, S(__setattr__), args, 2));
}

static Value gen_call(Value f, Value *args, int nargs, Value kwnames)
{
    if (!depth_enter(""))
        return V_ERROR;
    Value r = special_call(f, S(__call__), args, nargs, kwnames);
    depth_leave();
    return v_is_undef(r) ? raise_fmt(&exc_TypeError, "'%T' object is not callable", f) : r;
}

static Value gen_iter(Value v)
{
    Value attr = type_lookup(type_of(v), S(__iter__));
    if (v_is_none(attr) || v_is_undef(attr))
        return raise_fmt(&exc_TypeError, "'%T' object is not iterable", v);
    return special_need(v, S(__iter__), NULL, 0);
}

static Value gen_next(Value v)
{
    return special_need(v, S(__next__), NULL, 0);
}

static int64_t gen_len(Value v)
{
    Value r = special_need(v, S(__len__), NULL, 0);
    int64_t n = -1;
    if (v_is_error(r))
        return -1;
    Value i = op_index(r);
    release(r);
    if (v_is_error(i))
        return -1;
    if (int_sign(i) < 0)
        raise_fmt(&exc_ValueError, "__len__() should return >= 0");
    else if (!int_as_int64(i, &n))
        raise_fmt(&exc_OverflowError, "cannot fit 'int' into an index-sized integer");
    release(i);
    return error_is_set() ? -1 : n;
}

static Value gen_getitem(Value v, Value key)
{
    return special_need(v, S(__getitem__), &key, 1);
}

static bool gen_setitem(Value v, Value key, Value x)
{
    Value args[2] = {key, x};
    if (v_is_undef(x))
        return done(special_need(v, S(__delitem__), args, 1));
    return done(special_need(v, S(__setitem__), args, 2));
}

static int gen_contains(Value v, Value x)
{
    Value attr = type_lookup(type_of(v), S(__contains__));
    if (v_is_none(attr)) {
        raise_fmt(&exc_TypeError, "'%T' object is not a container", v);
        return -1;
    }
    Value r = special_need(v, S(__contains__), &x, 1);
    if (v_is_error(r))
        return -1;
    int truth = op_truth(r);
    release(r);
    return truth;
}

/* Does b's class bring its own reflected method, not the one a's class has? */
static bool overrides(Type *tb, Type *ta, Str *name)
{
    Value own = type_lookup(tb, name), theirs = type_lookup(ta, name);
    return !v_is_undef(own) && !op_same(own, theirs);
}

static Value try_special(Value v, Str *name, Value arg)
{
    Value r = special_call(v, name, &arg, 1, V_UNDEF);
    return v_is_undef(r) ? V_NOTIMPL : r;
}

static Value gen_binary(Value a, Value b, BinOp op)
{
    Type *ta = type_of(a), *tb = type_of(b);
    Str *left = binary_name(op, false), *right = binary_name(op, true);
    bool other = ta != tb && tb->binary == gen_binary;
    if (ta->binary == gen_binary) {
        if (other && type_is_subtype(tb, ta) && overrides(tb, ta, right)) {
            Value r = try_special(b, right, a);
            if (r.tag != TAG_NOTIMPL)
                return r;
            other = false;
        }
        Value r = try_special(a, left, b);
        if (r.tag != TAG_NOTIMPL || ta == tb)
            return r;
    }
    return other ? try_special(b, right, a) : V_NOTIMPL;
}

static Value gen_inplace(Value a, Value b, BinOp op)
{
    return try_special(a, name_table[binary_names[op][2]], b);
}

static Value gen_unary(Value v, UnOp op)
{
    static const enum NameIndex names[] = {
        [UN_NEG] = NAME___neg__,
        [UN_POS] = NAME___pos__,
        [UN_INVERT] = NAME___invert__,
        [UN_ABS] = NAME___abs__,
    };
    Value r = special_call(v, name_table[names[op]], NULL, 0, V_UNDEF);
    return v_is_undef(r) ? V_NOTIMPL : r;
}

static int gen_truth(Value v)
{
    Value r = special_need(v, S(__bool__), NULL, 0);
    if (v_is_error(r))
        return -1;
    if (r.tag == TAG_BOOL)
        return (int)r.i;
    raise_fmt(&exc_TypeError, "__bool__ should return bool, returned %T", r);
    release(r);
    return -1;
}

static Value gen_index(Value v)
{
    Value r = special_need(v, S(__index__), NULL, 0);
    if (v_is_error(r) || is_int(r))
        return r;
    raise_fmt(&exc_TypeError, "__index__ returned non-int (type %T)", r);
    release(r);
    return V_ERROR;
}

static Value gen_int(Value v)
{
    Value r = special_need(v, S(__int__), NULL, 0);
    if (v_is_error(r) || is_int(r))
        return r;
    raise_fmt(&exc_TypeError, "__int__ returned non-int (type %T)", r);
    release(r);
    return V_ERROR;
}

static Value gen_float(Value v)
{
    Value r = special_need(v, S(__float__), NULL, 0);
    if (v_is_error(r) || is_float(r))
        return r;
    raise_fmt(&exc_TypeError, "%T.__float__ returned non-float (type %T)", v, r);
    release(r);
    return V_ERROR;
}

static Value gen_format(Value v, Str *spec)
{
    Value s = v_obj(spec);
    Value r = special_need(v, S(__format__), &s, 1);
    if (v_is_error(r) || is_str(r))
        return r;
    raise_fmt(&exc_TypeError, "__format__ must return a str, not %T", r);
    release(r);
    return V_ERROR;
}

static Value gen_get(Value d, Value obj, Type *cls)
{
    Value args[2] = {v_is_undef(obj) ? V_NONE : obj, cls ? v_obj(cls) : V_NONE};
    Value r = special_call(d, S(__get__), args, 2, V_UNDEF);
    return v_is_undef(r) ? retain(d) : r;
}

static bool gen_set(Value d, Value obj, Value x)
{
    Value args[2] = {obj, x};
    if (v_is_undef(x))
        return done(special_need(d, S(__delete__), args, 1));
    return done(special_need(d, S(__set__), args, 2));
}

static bool gen_init(Value self, Value *args, int nargs, Value kwnames)
{
    Value r = special_call(self, S(__init__), args, nargs, kwnames);
    if (v_is_error(r))
        return false;
    if (!v_is_none(r) && !v_is_undef(r)) {
        raise_fmt(&exc_TypeError, "__init__() should return None, not '%T'", r);
        release(r);
        return false;
    }
    return true;
}

static Value gen_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    Value f = op_getattr(v_obj(cls), S(__new__));
    if (v_is_error(f))
        return V_ERROR;
    Value r = op_call_prepend(f, v_obj(cls), args, nargs, kwnames);
    release(f);
    return r;
}

static const SlotDef slot_defs[] = {
#define SLOT(name, slot, generic, wrap, arg)                                                       \
    {NAME_##name, offsetof(Type, slot), (AnyFn)generic, wrap, arg},
#include "interp/slots.def"
#undef SLOT
};
enum { NSLOTS = sizeof slot_defs / sizeof *slot_defs };

/* ------------------------------------------------------------------- __new__ */

static Value new_call(Value *a, int n);
static const NativeDef new_def = {"__new__", "*args, **kwargs", new_call, NULL};

static bool safe_new(Type *owner, Value cls)
{
    if (!is_type(cls)) {
        raise_fmt(&exc_TypeError, "%s.__new__(X): X is not a type object (%T)", owner->name, cls);
        return false;
    }
    Type *t = as_type(cls);
    if (!type_is_subtype(t, owner)) {
        raise_fmt(&exc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", owner->name, t->name,
                  t->name, owner->name);
        return false;
    }
    Type *solid = t;
    while (solid->flags & TYPE_HEAP)
        solid = solid->base;
    if (solid->make == owner->make)
        return true;
    raise_fmt(&exc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()", owner->name, t->name,
              solid->name);
    return false;
}

static Value new_call(Value *a, int n)
{
    Type *owner = as_type(a[2]);
    Tuple *args = as_tuple(a[0]);
    if (args->n < 1)
        return raise_fmt(&exc_TypeError, "%s.__new__(): not enough arguments", owner->name);
    if (!safe_new(owner, args->at[0]))
        return V_ERROR;
    Type *cls = as_type(args->at[0]);
    int64_t nkw = dict_len(a[1]), pos = 0;
    if (!nkw)
        return owner->make(cls, args->at + 1, (int)args->n - 1, V_UNDEF);
    Value all = list_from_array(args->at + 1, args->n - 1), names = tuple_new(nkw), key, x;
    for (int64_t k = 0; dict_next(a[1], &pos, &key, &x); k++) {
        as_tuple(names)->at[k] = retain(key);
        list_push(all, retain(x));
    }
    Value r = owner->make(cls, as_list(all)->at, (int)args->n - 1, names);
    release(all);
    release(names);
    return r;
}

Value new_native(Type *owner)
{
    Value v = native_new_closure(&new_def, retain(v_obj(owner)));
    ((Native *)v.o)->owner = owner;
    return v;
}

bool is_new_native(Value v, Type **owner)
{
    if (!is_exact(v, &type_native) || ((Native *)v.o)->def != &new_def)
        return false;
    *owner = ((Native *)v.o)->owner;
    return true;
}

/* ---------------------------------------------------------- builtin -> dunders */

/* Which operators a builtin `binary`, `inplace` or `unary` answers, where it is not all of them. */
static const struct {
    const char *type, *dunders;
} limited[] = {
    {"list", "add mul rmul iadd imul"},
    {"tuple", "add mul rmul"},
    {"str", "add mul rmul mod rmod"},
    {"dict", "or ror ior"},
    {"mappingproxy", "or ror ior"},
    {"type", "or ror"},
    {"UnionType", "or ror"},
    {"GenericAlias", "or ror"},
    {"set", "and rand or ror sub rsub xor rxor iand ior isub ixor"},
    {"frozenset", "and rand or ror sub rsub xor rxor"},
    {"dict_keys", "and rand or ror sub rsub xor rxor"},
    {"dict_items", "and rand or ror sub rsub xor rxor"},
    {"bool", "and rand or ror xor rxor"},
    {"int", "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod divmod "
            "rdivmod pow rpow lshift rlshift rshift rrshift and rand or ror xor rxor neg pos "
            "invert abs"},
    {"float", "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod divmod "
              "rdivmod pow rpow neg pos abs"},
    {"complex", "add radd sub rsub mul rmul truediv rtruediv pow rpow neg pos abs"},
};

static bool word_in(const char *list, const char *word, size_t n)
{
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

static bool answers(Type *t, const SlotDef *d)
{
    if (d->wrap != WRAP_BINARY && d->wrap != WRAP_REFLECTED && d->wrap != WRAP_INPLACE &&
        d->wrap != WRAP_UNOP)
        return true;
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++) {
        if (strcmp(limited[i].type, t->name))
            continue;
        char word[32];
        const char *name = slot_name(d) + 2;
        size_t n = strlen(name) - 2;
        memcpy(word, name, n);
        word[n] = 0;
        return word_in(limited[i].dunders, word, n);
    }
    return true;
}

void slots_publish(Type *t)
{
    for (int i = 0; i < NSLOTS; i++) {
        const SlotDef *d = &slot_defs[i];
        Str *name = name_table[d->name];
        if (d->wrap == WRAP_NONE || !*slot_at(t, d) || !v_is_undef(dict_get_str(t->dict, name)) ||
            !answers(t, d))
            continue;
        if (t->base && *slot_at(t->base, d) == *slot_at(t, d) && t->base != &type_object)
            continue;
        Value w = wrapper_new(&type_wrapper_descr, d, t);
        dict_set_str(t->dict, name, w);
        release(w);
    }
    if (t->compare && !t->hash && v_is_undef(dict_get_str(t->dict, S(__hash__))))
        dict_set_str(t->dict, S(__hash__), V_NONE);
    if (t->make && v_is_undef(dict_get_str(t->dict, S(__new__)))) {
        Value f = new_native(t);
        dict_set_str(t->dict, S(__new__), f);
        release(f);
    }
}

/* ------------------------------------------------------------- class -> slots */

/* The slot of rows [i, j), all of one offset. */
static AnyFn slot_choose(Type *t, int i, int j)
{
    AnyFn specific = NULL;
    for (; i < j; i++) {
        const SlotDef *d = &slot_defs[i];
        Value v = type_lookup(t, name_table[d->name]);
        if (v_is_undef(v) || (v_is_none(v) && d->wrap == WRAP_HASH))
            continue;
        Type *owner = dunder_owner(v);
        AnyFn f = owner ? *slot_at(owner, d) : NULL;
        if (!f || (specific && specific != f))
            return d->generic;
        specific = f;
    }
    return specific;
}

static void make_update(Type *t)
{
    Type *owner;
    Value v = type_lookup(t, S(__new__));
    if (is_new_native(v, &owner))
        t->make = owner->make;
    else
        t->make = v_is_undef(v) ? object_make : gen_make;
}

void slots_update(Type *t)
{
    for (int i = 0, j; i < NSLOTS; i = j) {
        for (j = i; j < NSLOTS && slot_defs[j].offset == slot_defs[i].offset; j++)
            ;
        *slot_at(t, &slot_defs[i]) = slot_choose(t, i, j);
    }
    make_update(t);
    ((HeapType *)t)->has_del = !v_is_undef(type_lookup(t, S(__del__)));
}
