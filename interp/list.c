/* list.c -- list.  Replicated.
 *
 * A growable array of owned values.  Growth is by an eighth, as a program that appends in a loop
 * wants. Invariant: values [0, n) are defined, [n, cap) is room.  Code of the program (==,
 * iteration) may change a list under us: loops reread n and hold what they use.
 */
#include "interp/containers.h"

void list_reserve(List *l, int64_t cap)
{
    if (cap <= l->cap)
        return;
    int64_t room = cap + (cap >> 3) + 6;
    Value *at = mem_alloc(sizeof(Value) * (size_t)room);
    if (l->n)
        memcpy(at, l->at, sizeof(Value) * (size_t)l->n);
    mem_free(l->at, sizeof(Value) * (size_t)l->cap);
    l->at = at;
    l->cap = room;
}

/* Large lists grow in place where the allocator can. */
static void list_grow(List *l, int64_t cap)
{
    if (l->cap < 1024) {
        list_reserve(l, cap);
        return;
    }
    int64_t room = cap + (cap >> 3) + 6;
    l->at = xrealloc(l->at, sizeof(Value) * (size_t)room);
    l->cap = room;
}

Value list_new(int64_t cap)
{
    List *l = object_new(&type_list);
    if (cap > 0) {
        l->at = mem_alloc(sizeof(Value) * (size_t)cap);
        l->cap = cap;
    }
    return v_obj(l);
}

void list_push(Value list, Value x)
{
    List *l = as_list(list);
    if (l->n == l->cap)
        list_grow(l, l->n + 1);
    l->at[l->n++] = x;
}

Value list_from_array(const Value *at, int64_t n)
{
    Value v = list_new(n);
    values_share(as_list(v)->at, at, n);
    as_list(v)->n = n;
    return v;
}

static void list_drop_all(List *l)
{
    Value *at = l->at;
    int64_t n = l->n, cap = l->cap;
    l->at = NULL;
    l->n = l->cap = 0;
    while (n > 0)
        release(at[--n]);
    mem_free(at, sizeof(Value) * (size_t)cap);
}

static void list_append_array(List *l, const Value *at, int64_t n)
{
    if (l->n + n > l->cap) {
        bool own = at == l->at;
        list_grow(l, l->n + n);
        at = own ? l->at : at;
    }
    values_share(l->at + l->n, at, n);
    l->n += n;
}

static bool list_extend(Value list, Value source)
{
    List *l = as_list(list);
    if (is_exact(source, &type_list) || is_exact(source, &type_tuple)) {
        bool is_l = is_exact(source, &type_list);
        list_append_array(l, is_l ? as_list(source)->at : as_tuple(source)->at,
                          is_l ? as_list(source)->n : as_tuple(source)->n);
        return true;
    }
    Value it = op_iter(source);
    if (v_is_error(it))
        return false;
    int64_t hint = op_len_hint(source);
    if (hint < 0 && error_is_set()) {
        release(it);
        return false;
    }
    if (hint > 0 && hint < 1 << 24 && l->n + hint > l->cap)
        list_grow(l, l->n + hint);
    for (;;) {
        Value x = iter_step(it);
        if (x.tag <= TAG_ERROR) {
            release(it);
            return v_is_undef(x);
        }
        if (l->n == l->cap)
            list_grow(l, l->n + 1);
        l->at[l->n++] = x;
    }
}

Value list_from_iterable(Value it)
{
    Value v = list_new(0);
    if (list_extend(v, it))
        return v;
    release(v);
    return V_ERROR;
}

Value list_slice(Value list, int64_t start, int64_t stop, int64_t step, int64_t count)
{
    Value v = list_new(count);
    List *l = as_list(v);
    const Value *from = count ? as_list(list)->at + start : NULL;
    if (step == 1)
        values_share(l->at, from, count);
    else
        for (int64_t i = 0; i < count; i++, from += step)
            l->at[i] = retain(value_at(from));
    l->n = count;
    return v;
}

/* ----------------------------------------------------------------------- slots */

static Value list_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return v_obj(object_new(cls));
}

static bool list_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n) {
        raise_fmt(&exc_TypeError, "list() takes no keyword arguments");
        return false;
    }
    if (nargs > 1) {
        raise_fmt(&exc_TypeError, "list expected at most 1 argument, got %d", nargs);
        return false;
    }
    if (as_list(self)->n)
        list_drop_all(as_list(self));
    return nargs == 0 || list_extend(self, args[0]);
}

static void list_free(Object *o)
{
    list_drop_all((List *)o);
}

static void list_traverse(Object *o, VisitFn visit, void *ctx)
{
    List *l = (List *)o;
    for (int64_t i = 0; i < l->n; i++)
        visit(l->at[i], ctx);
}

static Value list_repr(Value v)
{
    List *l = as_list(v);
    if (!l->n)
        return str_new("[]");
    int inside = repr_enter(v);
    if (inside)
        return inside < 0 ? V_ERROR : str_new("[...]");
    Buf b = {0};
    bool ok = true;
    buf_putc(&b, '[');
    for (int64_t i = 0; ok && i < l->n; i++) {
        if (i)
            buf_puts(&b, ", ");
        Value x = retain(l->at[i]);
        ok = repr_into(x, &b);
        release(x);
    }
    buf_putc(&b, ']');
    repr_leave();
    return repr_text(&b, ok);
}

/* Position of the first difference in the common part (n when none), or -1. */
static int64_t first_difference(List *a, List *b)
{
    const Value *p = a->at, *q = b->at;
    int64_t i = 0, n = int64_min(a->n, b->n);
    while (i < n && p[i].i == q[i].i && p[i].tag == q[i].tag)
        i++;
    for (; i < a->n && i < b->n; i++) {
        Value x = a->at[i], y = b->at[i];
        if (x.tag == y.tag && x.i == y.i)
            continue;
        retain(x);
        retain(y);
        int same = op_equal(x, y);
        release(x);
        release(y);
        if (same < 0)
            return -1;
        if (!same)
            break;
    }
    return i;
}

static Value list_compare_deep(List *a, List *b, CmpOp op)
{
    if (a->n != b->n && (op == CMP_EQ || op == CMP_NE))
        return v_bool(op == CMP_NE);
    int64_t i = first_difference(a, b);
    if (i < 0)
        return V_ERROR;
    if (i >= a->n || i >= b->n) {
        int64_t d = a->n - b->n;
        bool r = op == CMP_EQ   ? d == 0
                 : op == CMP_NE ? d != 0
                 : op == CMP_LT ? d < 0
                 : op == CMP_LE ? d <= 0
                 : op == CMP_GT ? d > 0
                                : d >= 0;
        return v_bool(r);
    }
    if (op == CMP_EQ || op == CMP_NE)
        return v_bool(op == CMP_NE);
    Value x = retain(a->at[i]), y = retain(b->at[i]);
    Value r = op_compare(x, y, op);
    release(x);
    release(y);
    return r;
}

static Value list_compare(Value a, Value b, CmpOp op)
{
    if (!is_list(b))
        return V_NOTIMPL;
    if (!depth_enter(" in comparison"))
        return V_ERROR;
    Value r = list_compare_deep(as_list(a), as_list(b), op);
    depth_leave();
    return r;
}

static int64_t list_len(Value v)
{
    return as_list(v)->n;
}

static int list_contains(Value v, Value x)
{
    List *l = as_list(v);
    for (int64_t i = 0; i < l->n; i++) {
        Value y = value_at(&l->at[i]);
        if (y.tag == x.tag && y.i == x.i)
            return 1;
        if (y.tag == TAG_INT && x.tag == TAG_INT)
            continue;
        retain(y);
        int same = op_equal(y, x);
        release(y);
        if (same)
            return same;
    }
    return 0;
}

/* A position from key, or false; negative ones count from the end (of *n, read after __index__),
 * not yet checked. */
bool position_of(Value key, const char *kind, const int64_t *n, int64_t *out)
{
    if (key.tag == TAG_INT) {
        *out = key.i;
    } else if (type_of(key)->index) {
        Value i = op_index(key);
        if (v_is_error(i))
            return false;
        bool fits = int_as_int64(i, out);
        release(i);
        if (!fits) {
            raise_fmt(&exc_IndexError, "cannot fit '%T' into an index-sized integer", key);
            return false;
        }
    } else {
        raise_fmt(&exc_TypeError, "%s indices must be integers or slices, not %T", kind, key);
        return false;
    }
    if (*out < 0)
        *out += *n;
    return true;
}

static Value list_getitem(Value v, Value key)
{
    List *l = as_list(v);
    int64_t i, start, stop, step, count;
    if (is_exact(key, &type_slice)) {
        if (!slice_parts(key, &start, &stop, &step))
            return V_ERROR;
        count = slice_clip(l->n, &start, &stop, step);
        return list_slice(v, start, stop, step, count);
    }
    if (!position_of(key, "list", &l->n, &i))
        return V_ERROR;
    if (i < 0 || i >= l->n)
        return raise_fmt(&exc_IndexError, "list index out of range");
    return retain(l->at[i]);
}

/* Replace [start, stop) by n values (retained). */
static void list_splice(List *l, int64_t start, int64_t stop, const Value *at, int64_t n)
{
    int64_t gone = stop - start, tail = l->n - stop;
    Value *old = gone ? mem_alloc(sizeof(Value) * (size_t)gone) : NULL;
    if (gone)
        memcpy(old, l->at + start, sizeof(Value) * (size_t)gone);
    if (l->n - gone + n > l->cap)
        list_grow(l, l->n - gone + n);
    if (tail && n != gone)
        memmove(l->at + start + n, l->at + stop, sizeof(Value) * (size_t)tail);
    for (int64_t i = 0; i < n; i++)
        l->at[start + i] = retain(at[i]);
    l->n += n - gone;
    for (int64_t i = 0; i < gone; i++)
        release(old[i]);
    mem_free(old, sizeof(Value) * (size_t)gone);
}

static void list_delete_steps(List *l, int64_t start, int64_t step, int64_t count)
{
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    Value *old = mem_alloc(sizeof(Value) * (size_t)count);
    int64_t to = start, k = 0;
    for (int64_t i = start; i < l->n; i++) {
        if (k < count && i == start + k * step)
            old[k++] = l->at[i];
        else
            l->at[to++] = l->at[i];
    }
    l->n = to;
    for (int64_t i = 0; i < count; i++)
        release(old[i]);
    mem_free(old, sizeof(Value) * (size_t)count);
}

static bool list_set_steps(List *l, int64_t start, int64_t step, int64_t count, List *from)
{
    if (from->n != count) {
        raise_fmt(&exc_ValueError,
                  "attempt to assign sequence of size %lld to extended slice of size %lld",
                  (long long)from->n, (long long)count);
        return false;
    }
    Value *old = count ? mem_alloc(sizeof(Value) * (size_t)count) : NULL;
    for (int64_t i = 0; i < count; i++) {
        old[i] = l->at[start + i * step];
        l->at[start + i * step] = retain(from->at[i]);
    }
    for (int64_t i = 0; i < count; i++) /* __del__ may change the list */
        release(old[i]);
    mem_free(old, sizeof(Value) * (size_t)count);
    return true;
}

static bool list_set_slice(Value v, Value key, Value x)
{
    List *l = as_list(v);
    int64_t start, stop, step, count;
    Value from = V_UNDEF;
    if (!v_is_undef(x)) {
        from = list_from_iterable(x);
        if (v_is_error(from)) {
            if (error_matches(&exc_TypeError) && !type_of(x)->iter) {
                error_clear();
                raise_fmt(&exc_TypeError, is_none_step(key)
                                              ? "can only assign an iterable"
                                              : "must assign iterable to extended slice");
            }
            return false;
        }
    }
    bool ok = slice_parts(key, &start, &stop, &step);
    count = ok ? slice_clip(l->n, &start, &stop, step) : 0;
    if (ok && step == 1) {
        if (stop < start)
            stop = start;
        bool none = v_is_undef(from);
        list_splice(l, start, stop, none ? NULL : as_list(from)->at, none ? 0 : as_list(from)->n);
    } else if (ok && v_is_undef(from)) {
        if (count)
            list_delete_steps(l, start, step, count);
    } else if (ok) {
        ok = list_set_steps(l, start, step, count, as_list(from));
    }
    release(from);
    return ok;
}

static bool list_setitem(Value v, Value key, Value x)
{
    List *l = as_list(v);
    int64_t i;
    if (is_exact(key, &type_slice))
        return list_set_slice(v, key, x);
    if (!position_of(key, "list", &l->n, &i))
        return false;
    if (i < 0 || i >= l->n) {
        raise_fmt(&exc_IndexError, "list assignment index out of range");
        return false;
    }
    if (v_is_undef(x))
        list_splice(l, i, i + 1, NULL, 0);
    else
        slot_set(&l->at[i], retain(x));
    return true;
}

bool repeat_room(int64_t n, int64_t times)
{
    if (n == 0 || times <= INT64_MAX / (int64_t)sizeof(Value) / n / 4)
        return true;
    raise_oom();
    return false;
}

/* The count of a repetition: negative is none; false: not a number (no exception) or too large. */
bool repeat_count(Value v, int64_t *out)
{
    Value i = op_index(v);
    if (v_is_error(i))
        return false;
    bool ok = int_as_int64(i, out);
    release(i);
    if (!ok)
        raise_fmt(&exc_OverflowError, "cannot fit '%T' into an index-sized integer", v);
    if (*out < 0)
        *out = 0;
    return ok;
}

static Value list_repeat(Value v, Value count)
{
    List *l = as_list(v);
    int64_t times;
    if (!repeat_count(count, &times) || !repeat_room(l->n, times))
        return V_ERROR;
    times = l->n ? times : 0;
    Value r = list_new(l->n * times);
    Value *to = as_list(r)->at;
    if (l->n == 1 && l->at[0].tag != TAG_OBJ) {
        Value one = l->at[0];
        for (int64_t k = 0; k < times; k++)
            to[k] = one;
        times = 0;
    }
    for (int64_t k = 0; k < times; k++, to += l->n)
        values_share(to, l->at, l->n);
    as_list(r)->n = as_list(r)->cap;
    return r;
}

static Value list_binary(Value a, Value b, BinOp op)
{
    if (op == BIN_ADD && is_list(a) && is_list(b)) {
        Value r = list_new(as_list(a)->n + as_list(b)->n);
        list_append_array(as_list(r), as_list(a)->at, as_list(a)->n);
        list_append_array(as_list(r), as_list(b)->at, as_list(b)->n);
        return r;
    }
    if (op != BIN_MUL)
        return V_NOTIMPL;
    Value list = is_list(a) ? a : b, count = is_list(a) ? b : a;
    return type_of(count)->index ? list_repeat(list, count) : V_NOTIMPL;
}

static Value list_inplace(Value a, Value b, BinOp op)
{
    if (op == BIN_ADD)
        return list_extend(a, b) ? retain(a) : V_ERROR;
    if (op != BIN_MUL || !type_of(b)->index)
        return V_NOTIMPL;
    List *l = as_list(a);
    int64_t times;
    if (!repeat_count(b, &times) || !repeat_room(l->n, times))
        return V_ERROR;
    int64_t n = l->n;
    if (times == 0 || n == 0)
        return list_drop_all(l), retain(a);
    for (int64_t k = 1; k < times; k++)
        list_append_array(l, l->at, n);
    return retain(a);
}

/* --------------------------------------------------------------------- methods */

static Value list_m_append(Value *a, int n)
{
    list_push(a[0], retain(a[1]));
    return V_NONE;
}

static Value list_m_extend(Value *a, int n)
{
    return list_extend(a[0], a[1]) ? V_NONE : V_ERROR;
}

static Value list_m_insert(Value *a, int n)
{
    List *l = as_list(a[0]);
    int64_t i;
    if (!op_as_int64(a[1], &i))
        return V_ERROR;
    i = i < 0 ? int64_max(i + l->n, 0) : int64_min(i, l->n);
    if (l->n == l->cap)
        list_grow(l, l->n + 1);
    memmove(l->at + i + 1, l->at + i, sizeof(Value) * (size_t)(l->n - i));
    l->at[i] = retain(a[2]);
    l->n++;
    return V_NONE;
}

static Value list_m_pop(Value *a, int n)
{
    List *l = as_list(a[0]);
    int64_t i = a[1].i;
    if (a[1].tag != TAG_INT && !op_as_int64(a[1], &i))
        return V_ERROR;
    if (!l->n)
        return raise_fmt(&exc_IndexError, "pop from empty list");
    if (i < 0)
        i += l->n;
    if (i < 0 || i >= l->n)
        return raise_fmt(&exc_IndexError, "pop index out of range");
    Value x = l->at[i];
    l->n--;
    if (i < l->n)
        memmove(l->at + i, l->at + i + 1, sizeof(Value) * (size_t)(l->n - i));
    return x;
}

/* First place of x in [start, stop), -1 when absent, -2 for an exception. */
static int64_t list_find(List *l, Value x, int64_t start, int64_t stop)
{
    for (int64_t i = start; i < stop && i < l->n; i++) {
        Value y = value_at(&l->at[i]);
        if (y.tag == TAG_INT && x.tag == TAG_INT && y.i != x.i)
            continue;
        retain(y);
        int same = op_equal(y, x);
        release(y);
        if (same)
            return same < 0 ? -2 : i;
    }
    return -1;
}

static Value list_m_remove(Value *a, int n)
{
    List *l = as_list(a[0]);
    int64_t i = list_find(l, a[1], 0, INT64_MAX);
    if (i == -2)
        return V_ERROR;
    if (i < 0)
        return raise_fmt(&exc_ValueError, "list.remove(x): x not in list");
    if (i < l->n) /* == may have shortened the list */
        list_splice(l, i, i + 1, NULL, 0);
    return V_NONE;
}

/* start and stop of index(): clipped, negative ones from the end. */
bool index_range(Value first, Value last, int64_t n, int64_t *start, int64_t *stop)
{
    if (!index_clipped(first, start) || !index_clipped(last, stop))
        return false;
    if (*start < 0)
        *start = int64_max(*start + n, 0);
    if (*stop < 0)
        *stop = int64_max(*stop + n, 0);
    return true;
}

static Value list_m_index(Value *a, int n)
{
    List *l = as_list(a[0]);
    int64_t start, stop;
    if (!index_range(a[2], a[3], l->n, &start, &stop))
        return V_ERROR;
    int64_t i = list_find(l, a[1], start, stop);
    if (i == -1)
        raise_fmt(&exc_ValueError, "%R is not in list", a[1]);
    return i < 0 ? V_ERROR : v_int(i);
}

static Value list_m_count(Value *a, int n)
{
    List *l = as_list(a[0]);
    int64_t count = 0;
    for (int64_t i = 0; i < l->n; i++) {
        Value y = retain(l->at[i]);
        int same = op_equal(y, a[1]);
        release(y);
        if (same < 0)
            return V_ERROR;
        count += same;
    }
    return v_int(count);
}

static Value list_m_clear(Value *a, int n)
{
    list_drop_all(as_list(a[0]));
    return V_NONE;
}

static Value list_m_copy(Value *a, int n)
{
    return list_from_array(as_list(a[0])->at, as_list(a[0])->n);
}

static Value list_m_reverse(Value *a, int n)
{
    List *l = as_list(a[0]);
    typedef int64_t Whole __attribute__((vector_size(16), aligned(8), may_alias));
    if (!l->n)
        return V_NONE;
    for (Whole *p = (Whole *)l->at, *q = p + l->n - 1; p < q; p++, q--) {
        Whole t = *p;
        *p = *q;
        *q = t;
    }
    return V_NONE;
}

static Value list_m_sort(Value *a, int n)
{
    int reverse = op_truth_int(a[2]);
    if (reverse < 0)
        return V_ERROR;
    return list_sort(a[0], a[1], reverse) ? V_NONE : V_ERROR;
}

static Value list_m_reversed(Value *a, int n)
{
    return list_reverse_iter_new(a[0]);
}

static const NativeDef list_methods[] = {
    {"append", "self, object, /", list_m_append, "Add one element at the end."},
    {"extend", "self, iterable, /", list_m_extend, "Add every element of an iterable at the end."},
    {"insert", "self, index, object, /", list_m_insert, "Put an element before a position."},
    {"pop", "self, index=-1, /", list_m_pop,
     "Take out and give the element at a position, the last by default."},
    {"remove", "self, value, /", list_m_remove, "Take out the first element that equals a value."},
    {"index", "self, value, start=0, stop=9223372036854775807, /", list_m_index,
     "The first place of a value; ValueError where there is none."},
    {"count", "self, value, /", list_m_count, "How many elements equal a value."},
    {"clear", "self, /", list_m_clear, "Make it empty."},
    {"copy", "self, /", list_m_copy, "A new one with the same elements."},
    {"reverse", "self, /", list_m_reverse, "Turn the order around, in place."},
    {"sort", "self, *, key=None, reverse=False", list_m_sort,
     "Order the elements by <, in place and stably; by key(x) where a key is given, downwards with "
     "reverse."},
    {"__reversed__", "self, /", list_m_reversed, "An iterator from the end to the beginning."},
    {"__class_getitem__", "cls, item, /", alias_of, NULL},
    {0},
};

Type type_list = {
    .name = "list",
    .size = sizeof(List),
    .flags = TYPE_GC | TYPE_BASE,
    .doc = "A sequence that can change: list() or list(iterable).",
    .methods = list_methods,
    .free = list_free,
    .traverse = list_traverse,
    .clear = list_free,
    .repr = list_repr,
    .compare = list_compare,
    .iter = list_iter_new,
    .len = list_len,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .contains = list_contains,
    .binary = list_binary,
    .inplace = list_inplace,
    .make = list_make,
    .init = list_init,
};
