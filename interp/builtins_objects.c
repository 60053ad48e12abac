/* builtins_objects.c -- builtin functions on objects, attributes and iterables.  Replicated.  */
#include "interp/containers.h"

static Str *name_arg(Value v)
{
    if (is_str(v))
        return v.s;
    raise_fmt(&exc_TypeError, "attribute name must be string, not '%T'", v);
    return NULL;
}

/* ------------------------------------------------------------------- any, all */

/* Does some element have the truth value `wanted`? */
static Value some(Value iterable, bool wanted)
{
    Value it = op_iter(iterable);
    if (v_is_error(it))
        return it;
    for (;;) {
        Value x = iter_step(it);
        if (x.tag <= TAG_ERROR) {
            release(it);
            return v_is_undef(x) ? V_FALSE : x;
        }
        int truth = op_truth(x);
        release(x);
        if (truth < 0 || truth == wanted) {
            release(it);
            return truth < 0 ? V_ERROR : V_TRUE;
        }
    }
}

static Value builtin_any(Value *a, int n)
{
    return some(a[0], true);
}

static Value builtin_all(Value *a, int n)
{
    Value r = some(a[0], false);
    return v_is_error(r) ? r : v_bool(!r.i);
}

/* ------------------------------------------------------------------ attributes */

static Value builtin_getattr(Value *a, int n)
{
    Str *name = name_arg(a[1]);
    if (!name)
        return V_ERROR;
    if (v_is_undef(a[2]))
        return op_getattr(a[0], name);
    Value r = op_getattr_opt(a[0], name);
    return v_is_undef(r) ? retain(a[2]) : r;
}

static Value builtin_hasattr(Value *a, int n)
{
    Str *name = name_arg(a[1]);
    if (!name)
        return V_ERROR;
    Value r = op_getattr_opt(a[0], name);
    release(r);
    return v_is_error(r) ? r : v_bool(!v_is_undef(r));
}

static Value builtin_setattr(Value *a, int n)
{
    if (!name_arg(a[1]))
        return V_ERROR;
    Value name = str_intern_value(retain(a[1]));
    bool ok = op_setattr(a[0], name.s, a[2]);
    release(name);
    return ok ? V_NONE : V_ERROR;
}

static Value builtin_delattr(Value *a, int n)
{
    Str *name = name_arg(a[1]);
    return name && op_setattr(a[0], name, V_UNDEF) ? V_NONE : V_ERROR;
}

static Value builtin_callable(Value *a, int n)
{
    return v_bool(op_is_callable(a[0]));
}

static Value builtin_hash(Value *a, int n)
{
    int64_t h;
    return op_hash(a[0], &h) ? v_int(h) : V_ERROR;
}

static Value builtin_id(Value *a, int n)
{
    return v_int(object_id(a[0]));
}

static Value builtin_isinstance(Value *a, int n)
{
    int r = op_isinstance(a[0], a[1]);
    return r < 0 ? V_ERROR : v_bool(r);
}

static Value builtin_issubclass(Value *a, int n)
{
    int r = op_issubclass(a[0], a[1]);
    return r < 0 ? V_ERROR : v_bool(r);
}

/* ------------------------------------------------------------------- iteration */

static Value builtin_iter(Value *a, int n)
{
    if (v_is_undef(a[1]))
        return op_iter(a[0]);
    if (!op_is_callable(a[0]))
        return raise_fmt(&exc_TypeError, "iter(v, w): v must be callable");
    return call_iter_new(a[0], a[1]);
}

static Value builtin_next(Value *a, int n)
{
    Type *t = type_of(a[0]);
    if (__builtin_expect(!t->next, 0))
        return raise_fmt(&exc_TypeError, "'%T' object is not an iterator", a[0]);
    Value x = t->next(a[0]);
    if (x.tag > TAG_ERROR)
        return x;
    if (v_is_error(x) && (v_is_undef(a[1]) || !error_matches(&exc_StopIteration)))
        return x;
    if (v_is_undef(a[1]))
        return raise_stop(V_UNDEF);
    if (v_is_error(x))
        error_clear();
    return retain(a[1]);
}

static Value builtin_len(Value *a, int n)
{
    int64_t len = op_len(a[0]);
    return len < 0 ? V_ERROR : v_int(len);
}

/* sorted(iterable, /, *, key=None, reverse=False); its keywords are list.sort's, by name too. */
static bool sort_options(Value kw, Value *key, int *reverse)
{
    Value name, x;
    for (int64_t pos = 0; dict_next(kw, &pos, &name, &x);) {
        if (str_equals(name.s, "key")) {
            *key = x;
        } else if (str_equals(name.s, "reverse")) {
            *reverse = op_truth_int(x);
            if (*reverse < 0)
                return false;
        } else {
            raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for sort()", name.s);
            return false;
        }
    }
    return true;
}

static Value builtin_sorted(Value *a, int n)
{
    Tuple *args = as_tuple(a[0]);
    Value key = V_NONE;
    int reverse = 0;
    if (args->n != 1)
        return raise_fmt(&exc_TypeError, "sorted expected 1 argument, got %lld",
                         (long long)args->n);
    Value l = list_from_iterable(args->at[0]);
    if (v_is_error(l))
        return l;
    if (sort_options(a[1], &key, &reverse) && list_sort(l, key, reverse))
        return l;
    release(l);
    return V_ERROR;
}

/* -------------------------------------------------------------------- max, min */

typedef struct Best {
    const char *name;
    CmpOp op;
    Value key;        /* function, or undefined */
    Value best, rank; /* the element and what it is compared by */
} Best;

/* Does rank beat the best one?  -1: exception. */
static inline int best_wins(const Best *w, Value rank)
{
    Value top = w->rank;
    if (rank.tag == TAG_INT && top.tag == TAG_INT)
        return w->op == CMP_GT ? rank.i > top.i : rank.i < top.i;
    if (rank.tag == TAG_FLOAT && top.tag == TAG_FLOAT)
        return w->op == CMP_GT ? rank.f > top.f : rank.f < top.f;
    Value r = op_compare(rank, top, w->op);
    int wins = v_is_error(r) ? -1 : op_truth(r);
    release(r);
    return wins;
}

/* Takes x; false: exception. */
static inline bool best_offer(Best *w, Value x)
{
    Value rank = v_is_undef(w->key) ? retain(x) : op_call1(w->key, x);
    if (v_is_error(rank)) {
        release(x);
        return false;
    }
    int wins = v_is_undef(w->best) ? 1 : best_wins(w, rank);
    if (wins > 0) {
        slot_set(&w->best, x);
        slot_set(&w->rank, rank);
        return true;
    }
    release(x);
    release(rank);
    return wins == 0;
}

static Value best_of(Best *w, Value iterable)
{
    Value it = op_iter(iterable);
    if (v_is_error(it))
        return it;
    bool ok = true;
    while (ok) {
        Value x = iter_step(it);
        if (v_is_undef(x))
            break;
        ok = !v_is_error(x) && best_offer(w, x);
    }
    release(it);
    release(w->rank);
    if (ok)
        return w->best;
    release(w->best);
    return V_ERROR;
}

/* a: tuple of arguments, key, default (undefined when absent). */
static Value best_builtin(Value *a, const char *name, CmpOp op)
{
    Tuple *args = as_tuple(a[0]);
    if (args->n < 1)
        return raise_fmt(&exc_TypeError, "%s expected at least 1 argument, got 0", name);
    if (args->n > 1 && !v_is_undef(a[2]))
        return raise_fmt(&exc_TypeError,
                         "Cannot specify a default for %s() with multiple positional arguments",
                         name);
    Best w = {name, op, v_is_none(a[1]) ? V_UNDEF : a[1], V_UNDEF, V_UNDEF};
    Value r = best_of(&w, args->n > 1 ? a[0] : args->at[0]);
    if (!v_is_undef(r))
        return r;
    if (!v_is_undef(a[2]))
        return retain(a[2]);
    return raise_fmt(&exc_ValueError, "%s() arg is an empty sequence", name);
}

static Value builtin_max(Value *a, int n)
{
    return best_builtin(a, "max", CMP_GT);
}

static Value builtin_min(Value *a, int n)
{
    return best_builtin(a, "min", CMP_LT);
}

/* ------------------------------------------------------------------------- sum */

/* Sums while all terms are inline ints and no sum overflows; *x is the term that ended it. */
static Value sum_ints(Value it, int64_t *total, bool *more)
{
    for (;;) {
        Value x = iter_step(it);
        int64_t next;
        if ((x.tag != TAG_INT && x.tag != TAG_BOOL) || __builtin_add_overflow(*total, x.i, &next)) {
            *more = x.tag > TAG_ERROR;
            return x;
        }
        *total = next;
    }
}

static Value sum_floats(Value it, double *total, bool *more)
{
    for (;;) {
        Value x = iter_step(it);
        if (x.tag == TAG_FLOAT) {
            *total += x.f;
        } else if (x.tag == TAG_INT || x.tag == TAG_BOOL) {
            *total += (double)x.i;
        } else {
            *more = x.tag > TAG_ERROR;
            return x;
        }
    }
}

static Value sum_rest(Value it, Value total, Value x)
{
    while (x.tag > TAG_ERROR) {
        Value next = op_binary(total, x, BIN_ADD);
        release(total);
        release(x);
        if (v_is_error(next))
            return next;
        total = next;
        x = iter_step(it);
    }
    if (v_is_undef(x))
        return total;
    release(total);
    return V_ERROR;
}

/* Takes total. */
static Value sum_all(Value it, Value total)
{
    Value x = V_UNDEF;
    bool more = true, have = false;
    if (total.tag == TAG_INT) {
        x = sum_ints(it, &total.i, &more);
        have = true;
    }
    if (more && total.tag == TAG_INT && x.tag == TAG_FLOAT) {
        total = v_float((double)total.i + x.f);
        have = false;
    }
    if (more && !have && total.tag == TAG_FLOAT) {
        x = sum_floats(it, &total.f, &more);
        have = true;
    }
    if (!have)
        x = iter_step(it);
    return sum_rest(it, total, x);
}

static Value builtin_sum(Value *a, int n)
{
    if (is_str(a[1]))
        return raise_fmt(&exc_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    Value it = op_iter(a[0]);
    if (v_is_error(it))
        return it;
    Value r = sum_all(it, retain(a[1]));
    release(it);
    return r;
}

/* clang-format off */
const NativeDef builtins_objects[] = {
    {"all", "iterable, /", builtin_all,
     "Is every element true?"},
    {"any", "iterable, /", builtin_any,
     "Is some element true?"},
    {"callable", "obj, /", builtin_callable, "Can it be called?"},
    {"delattr", "obj, name, /", builtin_delattr, "Delete an attribute by its name."},
    {"getattr", "object, name, default=?, /", builtin_getattr,
     "An attribute by its name; the default, if one is given, where it is missing."},
    {"hasattr", "obj, name, /", builtin_hasattr, "Is there an attribute of that name?"},
    {"hash", "obj, /", builtin_hash, "The number by which dicts and sets find a value."},
    {"id", "obj, /", builtin_id, "A number that no other living object has."},
    {"isinstance", "obj, class_or_tuple, /", builtin_isinstance,
     "Is the object of the class, or of one of the classes?"},
    {"issubclass", "c, class_or_tuple, /", builtin_issubclass,
     "Is the class made from the other, or from one of the others?"},
    {"iter", "object, sentinel=?, /", builtin_iter,
     "An iterator over an object; with a sentinel, over what calls return until it comes."},
    {"len", "obj, /", builtin_len, "The number of elements."},
    {"max", "*args, key=None, default=?", builtin_max,
     "The largest of several arguments, or of an iterable."},
    {"min", "*args, key=None, default=?", builtin_min,
     "The smallest of several arguments, or of an iterable."},
    {"next", "iterator, default=?, /", builtin_next,
     "The next element; the default, if one is given, at the end."},
    {"setattr", "obj, name, value, /", builtin_setattr, "Set an attribute by its name."},
    {"sorted", "*args, **kw", builtin_sorted,
     "A list of the elements in order; see list.sort."},
    {"sum", "iterable, /, start=0", builtin_sum,
     "The start value plus all the elements."},
    {0},
};
