/* tuple.c -- tuple.  Replicated.
 *
 * An array of owned values that never changes once a program has seen it.  The hash is CPython's
 * (xxHash's mixing over the elements' hashes).
 */
#include "interp/containers.h"

/* There is one empty tuple. */
static Tuple *tuple_alloc(Type *type, int64_t n)
{
    static Tuple *empty;
    if (n == 0 && type == &type_tuple) {
        if (!empty)
            empty = object_new_sized(type, sizeof(Tuple));
        return RETAIN(empty);
    }
    Tuple *t = object_new_sized(type, sizeof(Tuple) + sizeof(Value) * (size_t)n);
    t->n = n;
    return t;
}

Value tuple_new(int64_t n)
{
    return v_obj(tuple_alloc(&type_tuple, n));
}

Value tuple_of(int n, ...)
{
    Tuple *t = tuple_alloc(&type_tuple, n);
    va_list ap;
    va_start(ap, n);
    for (int i = 0; i < n; i++)
        t->at[i] = va_arg(ap, Value);
    va_end(ap);
    return v_obj(t);
}

/* A pair for a loop that unpacks it at once: the last one again when nobody else kept it.  Takes a
 * and b. */
Value pair_again(Value *last, Value a, Value b)
{
    if (last->tag == TAG_OBJ && last->o->refs == 1) {
        Tuple *t = as_tuple(*last);
        Value x = t->at[0], y = t->at[1];
        t->at[0] = a;
        t->at[1] = b;
        retain(*last);
        release(x);
        release(y);
        return *last;
    }
    Value r = tuple_of(2, a, b);
    slot_set(last, retain(r));
    return r;
}

static Value from_array(Type *type, const Value *at, int64_t n)
{
    if (n == 0)
        return v_obj(tuple_alloc(type, 0));
    /* Filled before anything else is allocated, so nobody sees it half done. */
    Tuple *t = object_new_tail(type, sizeof(Tuple) + sizeof(Value) * (size_t)n, sizeof(Tuple));
    t->n = n;
    values_share(t->at, at, n);
    return v_obj(t);
}

Value tuple_from_array(const Value *at, int64_t n)
{
    return from_array(&type_tuple, at, n);
}

Value tuple_from_iterable(Value it)
{
    if (is_exact(it, &type_tuple))
        return retain(it);
    if (is_exact(it, &type_list))
        return tuple_from_array(as_list(it)->at, as_list(it)->n);
    Value l = list_from_iterable(it);
    if (v_is_error(l))
        return l;
    Value r = tuple_from_array(as_list(l)->at, as_list(l)->n);
    release(l);
    return r;
}

/* ----------------------------------------------------------------------- slots */

static Value tuple_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (cls == &type_tuple && kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        return raise_fmt(&exc_TypeError, "tuple() takes no keyword arguments");
    if (nargs > 1)
        return raise_fmt(&exc_TypeError, "tuple expected at most 1 argument, got %d", nargs);
    Value t = nargs ? tuple_from_iterable(args[0]) : tuple_new(0);
    if (v_is_error(t) || cls == &type_tuple)
        return t;
    Value r = from_array(cls, as_tuple(t)->at, as_tuple(t)->n);
    release(t);
    return r;
}

static void tuple_free(Object *o)
{
    Tuple *t = (Tuple *)o;
    for (int64_t i = 0; i < t->n; i++)
        release(t->at[i]);
}

static void tuple_traverse(Object *o, VisitFn visit, void *ctx)
{
    Tuple *t = (Tuple *)o;
    for (int64_t i = 0; i < t->n; i++)
        visit(t->at[i], ctx);
}

static Value tuple_repr(Value v)
{
    Tuple *t = as_tuple(v);
    if (!t->n)
        return str_new("()");
    int inside = repr_enter(v);
    if (inside)
        return inside < 0 ? V_ERROR : str_new("(...)");
    Buf b = {0};
    bool ok = true;
    buf_putc(&b, '(');
    for (int64_t i = 0; ok && i < t->n; i++) {
        if (i)
            buf_puts(&b, ", ");
        ok = repr_into(t->at[i], &b);
    }
    buf_puts(&b, t->n == 1 ? ",)" : ")");
    repr_leave();
    return repr_text(&b, ok);
}

static bool tuple_hash(Value v, int64_t *out)
{
    static const uint64_t P1 = 11400714785074694791u, P2 = 14029467366897019727u,
                          P5 = 2870177450012600261u;
    Tuple *t = as_tuple(v);
    uint64_t acc = P5;
    if (!depth_enter(""))
        return false;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t lane;
        if (!op_hash(t->at[i], &lane)) {
            depth_leave();
            return false;
        }
        acc += (uint64_t)lane * P2;
        acc = (acc << 31) | (acc >> 33);
        acc *= P1;
    }
    depth_leave();
    acc += (uint64_t)t->n ^ (P5 ^ 3527539u);
    *out = acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
    return true;
}

static Value compare_deep(Tuple *a, Tuple *b, CmpOp op)
{
    int64_t i = 0;
    for (; i < a->n && i < b->n; i++) {
        int same = op_equal(a->at[i], b->at[i]);
        if (same < 0)
            return V_ERROR;
        if (!same)
            break;
    }
    if (i < a->n && i < b->n) {
        if (op == CMP_EQ || op == CMP_NE)
            return v_bool(op == CMP_NE);
        return op_compare(a->at[i], b->at[i], op);
    }
    return op_compare(v_int(a->n), v_int(b->n), op);
}

static Value tuple_compare(Value a, Value b, CmpOp op)
{
    if (!is_tuple(b))
        return V_NOTIMPL;
    if (!depth_enter(" in comparison"))
        return V_ERROR;
    Value r = compare_deep(as_tuple(a), as_tuple(b), op);
    depth_leave();
    return r;
}

static int64_t tuple_len(Value v)
{
    return as_tuple(v)->n;
}

static int tuple_contains(Value v, Value x)
{
    Tuple *t = as_tuple(v);
    for (int64_t i = 0; i < t->n; i++) {
        int same = op_equal(t->at[i], x);
        if (same)
            return same;
    }
    return 0;
}

static Value tuple_getitem(Value v, Value key)
{
    Tuple *t = as_tuple(v);
    int64_t i, start, stop, step, count;
    if (is_exact(key, &type_slice)) {
        if (!slice_indices(key, t->n, &start, &stop, &step, &count))
            return V_ERROR;
        if (count == t->n && step == 1 && v.o->type == &type_tuple)
            return retain(v);
        Tuple *r = tuple_alloc(&type_tuple, count);
        for (int64_t k = 0; k < count; k++)
            r->at[k] = retain(t->at[start + k * step]);
        return v_obj(r);
    }
    if (!position_of(key, "tuple", &t->n, &i))
        return V_ERROR;
    if (i < 0 || i >= t->n)
        return raise_fmt(&exc_IndexError, "tuple index out of range");
    return retain(t->at[i]);
}

static Value tuple_repeat(Value v, Value count)
{
    Tuple *t = as_tuple(v);
    int64_t times;
    if (!repeat_count(count, &times) || !repeat_room(t->n, times))
        return V_ERROR;
    if (times == 1 && v.o->type == &type_tuple)
        return retain(v);
    Tuple *r = tuple_alloc(&type_tuple, t->n * times);
    for (int64_t k = 0; k < times * t->n; k++)
        r->at[k] = retain(t->at[k % t->n]);
    return v_obj(r);
}

static Value tuple_concat(Value a, Value b)
{
    Tuple *x = as_tuple(a), *y = as_tuple(b);
    if (x->n == 0 && is_exact(b, &type_tuple))
        return retain(b);
    if (y->n == 0 && is_exact(a, &type_tuple))
        return retain(a);
    Tuple *r = tuple_alloc(&type_tuple, x->n + y->n);
    for (int64_t i = 0; i < x->n; i++)
        r->at[i] = retain(x->at[i]);
    for (int64_t i = 0; i < y->n; i++)
        r->at[x->n + i] = retain(y->at[i]);
    return v_obj(r);
}

static Value tuple_binary(Value a, Value b, BinOp op)
{
    if (op == BIN_ADD && is_tuple(a) && is_tuple(b))
        return tuple_concat(a, b);
    if (op != BIN_MUL)
        return V_NOTIMPL;
    Value t = is_tuple(a) ? a : b, count = is_tuple(a) ? b : a;
    return type_of(count)->index ? tuple_repeat(t, count) : V_NOTIMPL;
}

/* --------------------------------------------------------------------- methods */

static Value tuple_m_index(Value *a, int n)
{
    Tuple *t = as_tuple(a[0]);
    int64_t start, stop;
    if (!index_range(a[2], a[3], t->n, &start, &stop))
        return V_ERROR;
    for (int64_t i = start; i < stop && i < t->n; i++) {
        int same = op_equal(t->at[i], a[1]);
        if (same)
            return same < 0 ? V_ERROR : v_int(i);
    }
    return raise_fmt(&exc_ValueError, "tuple.index(x): x not in tuple");
}

static Value tuple_m_count(Value *a, int n)
{
    Tuple *t = as_tuple(a[0]);
    int64_t count = 0;
    for (int64_t i = 0; i < t->n; i++) {
        int same = op_equal(t->at[i], a[1]);
        if (same < 0)
            return V_ERROR;
        count += same;
    }
    return v_int(count);
}

static Value tuple_m_newargs(Value *a, int n)
{
    return tuple_of(1, tuple_from_array(as_tuple(a[0])->at, as_tuple(a[0])->n));
}

static const NativeDef tuple_methods[] = {
    {"index", "self, value, start=0, stop=9223372036854775807, /", tuple_m_index,
     "The first place of a value; ValueError where there is none."},
    {"count", "self, value, /", tuple_m_count, "How many elements equal a value."},
    {"__getnewargs__", "self, /", tuple_m_newargs, NULL},
    {"__class_getitem__", "cls, item, /", alias_of, NULL},
    {0},
};

Type type_tuple = {
    .name = "tuple",
    .size = sizeof(Tuple),
    .flags = TYPE_GC | TYPE_BASE,
    .doc = "A sequence that cannot change: tuple() or tuple(iterable).",
    .methods = tuple_methods,
    .free = tuple_free,
    .traverse = tuple_traverse,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .compare = tuple_compare,
    .iter = tuple_iter_new,
    .len = tuple_len,
    .getitem = tuple_getitem,
    .contains = tuple_contains,
    .binary = tuple_binary,
    .make = tuple_make,
};
