/* alias.c -- types with parameters (`list[int]`) and unions (`int | None`), as annotations use
 * them.  Replicated.
 *
 * An alias behaves as its origin when called and passes other attributes on; a union only prints,
 * compares and serves isinstance.
 */
#include "interp/slots.h"

typedef struct Alias {
    GcObject gc;
    Value origin, args; /* args: tuple */
} Alias;

typedef struct Union {
    GcObject gc;
    Value args; /* tuple, without repetition */
} Union;

static Alias *as_alias(Value v)
{
    return (Alias *)v.o;
}

static void traverse_alias(Object *o, VisitFn visit, void *ctx)
{
    visit(((Alias *)o)->origin, ctx);
    visit(((Alias *)o)->args, ctx);
}

static void free_alias(Object *o)
{
    release(((Alias *)o)->origin);
    release(((Alias *)o)->args);
}

Value alias_of(Value *a, int n)
{
    Alias *g = object_new(&type_alias);
    g->origin = retain(a[0]);
    g->args = is_tuple(a[1]) ? retain(a[1]) : tuple_of(1, retain(a[1]));
    return v_obj(g);
}

/* How one parameter prints: classes by name, ... as three dots. */
static bool part_repr(Value v, Buf *out)
{
    if (v.tag == TAG_ELLIPSIS) {
        buf_puts(out, "...");
        return true;
    }
    Value r;
    if (v_is_none(v) || v_obj(&type_none).o == v.o) {
        buf_puts(out, "None");
        return true;
    }
    if (is_type(v)) {
        Value module = type_module_value(as_type(v)), name = type_qualname_value(as_type(v));
        bool bare = !is_str(module) || str_equals(module.s, "builtins");
        r = bare ? retain(name) : str_fmt("%S.%S", module, name);
        release(module);
        release(name);
    } else {
        r = op_repr(v);
    }
    if (v_is_error(r))
        return false;
    str_utf8(r.s, out);
    release(r);
    return true;
}

static bool parts_repr(Tuple *t, const char *between, Buf *out)
{
    for (int64_t i = 0; i < t->n; i++) {
        if (i)
            buf_puts(out, between);
        if (!part_repr(t->at[i], out))
            return false;
    }
    return true;
}

static Value text_done(Buf *b, bool ok)
{
    Value r = ok ? str_new_n(b->at ? b->at : "", b->n) : V_ERROR;
    buf_free(b);
    return r;
}

static Value alias_repr(Value v)
{
    Buf b = {0};
    Tuple *args = as_tuple(as_alias(v)->args);
    if (!depth_enter(" while getting the repr of an object"))
        return V_ERROR;
    bool ok = part_repr(as_alias(v)->origin, &b);
    buf_putc(&b, '[');
    ok = ok && parts_repr(args, ", ", &b);
    if (args->n == 0)
        buf_puts(&b, "()");
    buf_putc(&b, ']');
    depth_leave();
    return text_done(&b, ok);
}

static Value alias_call(Value v, Value *args, int nargs, Value kwnames)
{
    Value r = op_call(as_alias(v)->origin, args, nargs, kwnames);
    if (v_is_error(r) || r.tag != TAG_OBJ)
        return r;
    if (!op_setattr(r, str_intern("__orig_class__"), v))
        error_clear();
    return r;
}

static Value alias_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_alias) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    int same = op_equal(as_alias(a)->origin, as_alias(b)->origin);
    if (same > 0)
        same = op_equal(as_alias(a)->args, as_alias(b)->args);
    return same < 0 ? V_ERROR : v_bool(same == (op == CMP_EQ));
}

static bool alias_hash(Value v, int64_t *out)
{
    int64_t h;
    if (!op_hash(as_alias(v)->origin, &h) || !op_hash(as_alias(v)->args, out))
        return false;
    *out ^= h;
    return true;
}

/* Dunders are the alias's own, but for those that describe the origin. */
static bool is_dunder_own(Str *name)
{
    if (name == S(__name__) || name == S(__qualname__) || name == S(__module__) ||
        name == S(__doc__) || name == S(__mro__))
        return false;
    return name->n > 2 && str_at(name, 0) == '_' && str_at(name, 1) == '_';
}

static Value alias_getattr(Value v, Str *name)
{
    if (is_dunder_own(name))
        return object_getattr_generic(v, name);
    return op_getattr(as_alias(v)->origin, name);
}

static Value alias_get_origin(Value v)
{
    return retain(as_alias(v)->origin);
}

static Value alias_get_args(Value v)
{
    return retain(as_alias(v)->args);
}

static Value alias_entries(Value *a, int n)
{
    return tuple_of(1, retain(as_alias(a[0])->origin));
}

static Value alias_instancecheck(Value *a, int n)
{
    return raise_fmt(&exc_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}

static const NativeDef alias_methods[] = {
    {"__mro_entries__", "self, bases, /", alias_entries, NULL},
    {"__instancecheck__", "self, instance, /", alias_instancecheck, NULL},
    {0},
};

static const GetSetDef alias_getsets[] = {
    {"__origin__", alias_get_origin, NULL, NULL},
    {"__args__", alias_get_args, NULL, NULL},
    {0},
};

static Value alias_binary(Value a, Value b, BinOp op)
{
    return op == BIN_OR ? union_or(a, b) : V_NOTIMPL;
}

Type type_alias = {
    .name = "GenericAlias",
    .module = "types",
    .size = sizeof(Alias),
    .flags = TYPE_GC,
    .methods = alias_methods,
    .getsets = alias_getsets,
    .free = free_alias,
    .traverse = traverse_alias,
    .repr = alias_repr,
    .hash = alias_hash,
    .compare = alias_compare,
    .getattr = alias_getattr,
    .call = alias_call,
    .binary = alias_binary,
};

/* ---------------------------------------------------------------------- unions */

Tuple *union_args(Value u)
{
    return as_tuple(((Union *)u.o)->args);
}

static bool union_add(Value out, Value x)
{
    if (v_is_none(x))
        x = v_obj(&type_none);
    if (is_exact(x, &type_union)) {
        Tuple *t = union_args(x);
        for (int64_t i = 0; i < t->n; i++)
            if (!union_add(out, t->at[i]))
                return false;
        return true;
    }
    int found = op_contains(out, x);
    if (found == 0)
        list_push(out, retain(x));
    return found >= 0;
}

static bool joinable(Value v)
{
    return v_is_none(v) || is_type(v) || is_exact(v, &type_alias) || is_exact(v, &type_union);
}

Value union_or(Value a, Value b)
{
    if (!joinable(a) || !joinable(b))
        return V_NOTIMPL;
    Value out = list_new(2), r = V_ERROR;
    if (union_add(out, a) && union_add(out, b)) {
        if (as_list(out)->n == 1) {
            r = retain(as_list(out)->at[0]);
        } else {
            Union *u = object_new(&type_union);
            u->args = tuple_from_array(as_list(out)->at, as_list(out)->n);
            r = v_obj(u);
        }
    }
    release(out);
    return r;
}

static void union_free(Object *o)
{
    release(((Union *)o)->args);
}

static void union_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Union *)o)->args, ctx);
}

static Value union_repr(Value v)
{
    Buf b = {0};
    bool ok = parts_repr(union_args(v), " | ", &b);
    return text_done(&b, ok);
}

static Value union_compare(Value a, Value b, CmpOp op)
{
    if (!is_exact(b, &type_union) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    Value x = frozenset_from_iterable(((Union *)a.o)->args);
    Value y = frozenset_from_iterable(((Union *)b.o)->args);
    Value r = v_is_error(x) || v_is_error(y) ? V_ERROR : op_compare(x, y, op);
    release(x);
    release(y);
    return r;
}

static bool union_hash(Value v, int64_t *out)
{
    Value x = frozenset_from_iterable(((Union *)v.o)->args);
    bool ok = !v_is_error(x) && op_hash(x, out);
    release(x);
    return ok;
}

static Value union_get_args(Value v)
{
    return retain(((Union *)v.o)->args);
}

static const GetSetDef union_getsets[] = {
    {"__args__", union_get_args, NULL, NULL},
    {0},
};

Type type_union = {
    .name = "UnionType",
    .module = "types",
    .size = sizeof(Union),
    .flags = TYPE_GC,
    .getsets = union_getsets,
    .free = union_free,
    .traverse = union_traverse,
    .repr = union_repr,
    .hash = union_hash,
    .compare = union_compare,
    .binary = alias_binary,
};
