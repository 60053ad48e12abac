/* iter.c -- iterators over sequences, and enumerate, zip, map, filter, reversed, iter(f, sentinel).
 * Replicated.
 *
 * Every iterator holds what it walks and drops it at the end, so an exhausted one stays exhausted.
 */
#include "interp/containers.h"
#include "interp/str.h"

static Value iter_self(Value v)
{
    return retain(v);
}

/* ---------------------------------------------------------- lists, tuples, text */

static void seqiter_free(Object *o)
{
    release(((ListIter *)o)->seq);
}

static void seqiter_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((ListIter *)o)->seq, ctx);
}

static Value seqiter_make(Type *t, Value seq, int64_t i)
{
    ListIter *it = object_new(t);
    it->seq = retain(seq);
    it->i = i;
    return v_obj(it);
}

static Value exhausted(ListIter *it)
{
    slot_set(&it->seq, V_UNDEF);
    return V_UNDEF;
}

static Value listiter_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq))
        return V_UNDEF;
    List *l = as_list(it->seq);
    return it->i < l->n ? retain(l->at[it->i++]) : exhausted(it);
}

static Value tupleiter_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq))
        return V_UNDEF;
    Tuple *t = as_tuple(it->seq);
    return it->i < t->n ? retain(t->at[it->i++]) : exhausted(it);
}

static Value striter_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq))
        return V_UNDEF;
    Str *s = it->seq.s;
    return it->i < s->n ? str_from_char(str_get(s, it->i++)) : exhausted(it);
}

static Value listriter_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq))
        return V_UNDEF;
    List *l = as_list(it->seq);
    return it->i >= 0 && it->i < l->n ? retain(l->at[it->i--]) : exhausted(it);
}

/* Any object with __getitem__: until IndexError. */
static Value seqiter_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq))
        return V_UNDEF;
    Value x = op_getitem(it->seq, v_int(it->i));
    if (!v_is_error(x)) {
        it->i++;
        return x;
    }
    if (!error_matches(&exc_IndexError) && !error_matches(&exc_StopIteration))
        return x;
    error_clear();
    return exhausted(it);
}

static Value reversed_next(Value v)
{
    ListIter *it = (ListIter *)v.o;
    if (v_is_undef(it->seq) || it->i < 0)
        return exhausted(it);
    if (is_exact(it->seq, &type_tuple))
        return retain(as_tuple(it->seq)->at[it->i--]);
    Value x = op_getitem(it->seq, v_int(it->i));
    if (!v_is_error(x)) {
        it->i--;
        return x;
    }
    if (!error_matches(&exc_IndexError) && !error_matches(&exc_StopIteration))
        return x;
    error_clear();
    return exhausted(it);
}

static Value forward_hint(Value *a, int n)
{
    ListIter *it = (ListIter *)a[0].o;
    if (v_is_undef(it->seq))
        return v_int(0);
    int64_t len = op_len(it->seq);
    return len < 0 ? V_ERROR : v_int(int64_max(len - it->i, 0));
}

static Value backward_hint(Value *a, int n)
{
    ListIter *it = (ListIter *)a[0].o;
    if (v_is_undef(it->seq))
        return v_int(0);
    int64_t len = op_len(it->seq);
    return len < 0 ? V_ERROR : v_int(len < it->i + 1 ? 0 : it->i + 1);
}

static const NativeDef forward_methods[] = {
    {"__length_hint__", "self, /", forward_hint, "How many elements are still to come."},
    {0},
};

static const NativeDef backward_methods[] = {
    {"__length_hint__", "self, /", backward_hint, "How many elements are still to come."},
    {0},
};

#define SEQ_ITER(text, step, table)                                                                \
    {                                                                                              \
        .name = text, .size = sizeof(ListIter), .flags = TYPE_GC, .methods = table,                \
        .free = seqiter_free, .traverse = seqiter_traverse, .iter = iter_self, .next = step        \
    }

Type type_list_iter = SEQ_ITER("list_iterator", listiter_next, forward_methods);
Type type_list_reverse_iter = SEQ_ITER("list_reverseiterator", listriter_next, backward_methods);
Type type_tuple_iter = SEQ_ITER("tuple_iterator", tupleiter_next, forward_methods);
Type type_str_iter = SEQ_ITER("str_iterator", striter_next, forward_methods);
static Type type_str_ascii_iter = SEQ_ITER("str_ascii_iterator", striter_next, forward_methods);
Type type_seq_iter = SEQ_ITER("iterator", seqiter_next, forward_methods);

Value list_iter_new(Value v)
{
    return seqiter_make(&type_list_iter, v, 0);
}

Value list_reverse_iter_new(Value v)
{
    return seqiter_make(&type_list_reverse_iter, v, as_list(v)->n - 1);
}

Value tuple_iter_new(Value v)
{
    return seqiter_make(&type_tuple_iter, v, 0);
}

Value str_iter_new(Value v)
{
    return seqiter_make(v.s->ascii ? &type_str_ascii_iter : &type_str_iter, v, 0);
}

Value seq_iter_new(Value v)
{
    return seqiter_make(&type_seq_iter, v, 0);
}

/* -------------------------------------------------------------- iter(f, sentinel) */

typedef struct CallIter {
    GcObject gc;
    Value f, sentinel; /* f undefined: exhausted */
} CallIter;

Value call_iter_new(Value f, Value sentinel)
{
    CallIter *it = object_new(&type_call_iter);
    it->f = retain(f);
    it->sentinel = retain(sentinel);
    return v_obj(it);
}

static Value calliter_next(Value v)
{
    CallIter *it = (CallIter *)v.o;
    if (v_is_undef(it->f))
        return V_UNDEF;
    Value x = op_call0(it->f);
    if (v_is_error(x)) {
        if (!error_matches(&exc_StopIteration))
            return x;
        error_clear();
        slot_set(&it->f, V_UNDEF);
        return V_UNDEF;
    }
    int same = op_equal(it->sentinel, x);
    if (same == 0)
        return x;
    release(x);
    if (same < 0)
        return V_ERROR;
    slot_set(&it->f, V_UNDEF);
    return V_UNDEF;
}

static void calliter_free(Object *o)
{
    release(((CallIter *)o)->f);
    release(((CallIter *)o)->sentinel);
}

static void calliter_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((CallIter *)o)->f, ctx);
    visit(((CallIter *)o)->sentinel, ctx);
}

Type type_call_iter = {
    .name = "callable_iterator",
    .size = sizeof(CallIter),
    .flags = TYPE_GC,
    .free = calliter_free,
    .traverse = calliter_traverse,
    .iter = iter_self,
    .next = calliter_next,
};

/* ------------------------------------------------------------------- enumerate */

typedef struct Enumerate {
    GcObject gc;
    Value it;
    Value i; /* int */
    Value last;
} Enumerate;

static bool no_keywords(Type *cls, const Type *exact, Value kwnames)
{
    if (cls != exact || kwnames.tag != TAG_OBJ || !as_tuple(kwnames)->n)
        return true;
    raise_fmt(&exc_TypeError, "%s() takes no keyword arguments", exact->name);
    return false;
}

/* Keywords of enumerate have no common form in CPython: its texts are its own. */
static bool enumerate_args(Value *args, int nargs, Value kwnames, Value *iterable, Value *start)
{
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    *iterable = nargs > 0 ? args[0] : V_UNDEF;
    *start = nargs > 1 ? args[1] : V_UNDEF;
    if (nargs + nkw > 2) {
        raise_fmt(&exc_TypeError, "enumerate() takes at most 2 arguments (%d given)", nargs + nkw);
        return false;
    }
    for (int i = 0; i < nkw; i++) {
        Str *name = as_tuple(kwnames)->at[i].s;
        bool first = str_equals(name, "iterable"), second = str_equals(name, "start");
        Value *slot = first ? iterable : start;
        if ((!first && !second) || !v_is_undef(*slot)) {
            raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for enumerate()", name);
            return false;
        }
        *slot = args[nargs + i];
    }
    if (!v_is_undef(*iterable))
        return true;
    raise_fmt(&exc_TypeError, "enumerate() missing required argument 'iterable'");
    return false;
}

static Value enumerate_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    Value iterable, start;
    if (!enumerate_args(args, nargs, kwnames, &iterable, &start))
        return V_ERROR;
    Value i = v_is_undef(start) ? v_int(0) : op_index(start);
    if (v_is_error(i))
        return i;
    Value it = op_iter(iterable);
    if (v_is_error(it)) {
        release(i);
        return it;
    }
    Enumerate *e = object_new(cls);
    e->it = it;
    e->i = i.tag == TAG_BOOL ? v_int(i.i) : i;
    return v_obj(e);
}

static Value enumerate_count(Enumerate *e)
{
    Value i = e->i;
    e->i = i.tag == TAG_INT && i.i < INT64_MAX ? v_int(i.i + 1) : int_binary(i, v_int(1), BIN_ADD);
    return i;
}

static Value enumerate_next(Value v)
{
    Enumerate *e = (Enumerate *)v.o;
    Value x = iter_step(e->it);
    if (x.tag <= TAG_ERROR)
        return x;
    return pair_again(&e->last, enumerate_count(e), x);
}

static PairStep enumerate_next_pair(Value v, Value *first, Value *second)
{
    Enumerate *e = (Enumerate *)v.o;
    Value x = iter_step(e->it);
    if (x.tag <= TAG_ERROR)
        return v_is_undef(x) ? PAIR_END : PAIR_FAILED;
    return pair_parts(&e->last, enumerate_count(e), x, first, second);
}

static void enumerate_free(Object *o)
{
    release(((Enumerate *)o)->it);
    release(((Enumerate *)o)->i);
    release(((Enumerate *)o)->last);
}

static void enumerate_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Enumerate *)o)->it, ctx);
    visit(((Enumerate *)o)->last, ctx);
}

static const NativeDef enumerate_methods[] = {
    {"__class_getitem__", "cls, item, /", alias_of, NULL},
    {0},
};

Type type_enumerate = {
    .name = "enumerate",
    .size = sizeof(Enumerate),
    .flags = TYPE_GC | TYPE_BASE,
    .methods = enumerate_methods,
    .free = enumerate_free,
    .traverse = enumerate_traverse,
    .iter = iter_self,
    .next = enumerate_next,
    .next_pair = enumerate_next_pair,
    .make = enumerate_make,
};

/* --------------------------------------------------------------------- zip, map */

typedef struct Multi {
    GcObject gc;
    Value f;    /* map: the function */
    Value its;  /* tuple of iterators */
    Value last; /* zip: the last pair */
    bool strict;
} Multi;

/* Iterators of several arguments as a tuple. */
static Value iters_of(Value *args, int n)
{
    Value t = tuple_new(n);
    for (int i = 0; i < n; i++) {
        Value it = op_iter(args[i]);
        if (v_is_error(it)) {
            release(t);
            return V_ERROR;
        }
        as_tuple(t)->at[i] = it;
    }
    return t;
}

static bool zip_flags(Value *args, int nargs, Value kwnames, bool *strict)
{
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    *strict = false;
    for (int i = 0; i < nkw; i++) {
        Str *name = as_tuple(kwnames)->at[i].s;
        if (!str_equals(name, "strict")) {
            raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for zip()", name);
            return false;
        }
        int truth = op_truth(args[nargs + i]);
        if (truth < 0)
            return false;
        *strict = truth;
    }
    return true;
}

static Value zip_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    bool strict;
    if (!zip_flags(args, nargs, kwnames, &strict))
        return V_ERROR;
    Value its = iters_of(args, nargs);
    if (v_is_error(its))
        return its;
    Multi *z = object_new(cls);
    z->its = its;
    z->strict = strict;
    return v_obj(z);
}

static Value zip_uneven(int64_t i, const char *how)
{
    return raise_fmt(&exc_ValueError,
                     i == 1 ? "zip() argument %lld is %s than argument 1"
                            : "zip() argument %lld is %s than arguments 1-%lld",
                     (long long)i + 1, how, (long long)i);
}

/* Iterator i was the first to end. */
static Value zip_end(Multi *z, int64_t i)
{
    if (!z->strict)
        return V_UNDEF;
    if (i > 0)
        return zip_uneven(i, "shorter");
    for (int64_t k = 1; k < as_tuple(z->its)->n; k++) {
        Value x = op_next(as_tuple(z->its)->at[k]);
        if (v_is_error(x))
            return x;
        release(x);
        if (!v_is_undef(x))
            return zip_uneven(k, "longer");
    }
    return V_UNDEF;
}

/* The next items of two iterators; V_NONE, or what zip_next returns instead. */
static inline Value zip_two(Multi *z, Tuple *its, Value *a, Value *b)
{
    *b = V_UNDEF;
    *a = iter_step(its->at[0]);
    if (a->tag <= TAG_ERROR)
        return v_is_undef(*a) ? zip_end(z, 0) : *a;
    *b = iter_step(its->at[1]);
    if (b->tag > TAG_ERROR)
        return V_NONE;
    release(*a);
    return v_is_undef(*b) ? zip_end(z, 1) : *b;
}

static PairStep zip_next_pair(Value v, Value *first, Value *second)
{
    Multi *z = (Multi *)v.o;
    Tuple *its = as_tuple(z->its);
    Value a, b;
    if (its->n != 2)
        return PAIR_OTHER;
    Value end = zip_two(z, its, &a, &b);
    if (v_is_none(end))
        return pair_parts(&z->last, a, b, first, second);
    return v_is_undef(end) ? PAIR_END : PAIR_FAILED;
}

static Value zip_next(Value v)
{
    Multi *z = (Multi *)v.o;
    Tuple *its = as_tuple(z->its);
    if (!its->n)
        return V_UNDEF;
    if (its->n == 2) {
        Value a, b, end = zip_two(z, its, &a, &b);
        return v_is_none(end) ? pair_again(&z->last, a, b) : end;
    }
    Value r = tuple_new(its->n);
    for (int64_t i = 0; i < its->n; i++) {
        Value x = iter_step(its->at[i]);
        if (x.tag <= TAG_ERROR) {
            release(r);
            return v_is_undef(x) ? zip_end(z, i) : x;
        }
        as_tuple(r)->at[i] = x;
    }
    return r;
}

static Value map_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (!no_keywords(cls, &type_map, kwnames))
        return V_ERROR;
    if (nargs < 2)
        return raise_fmt(&exc_TypeError, "map() must have at least two arguments.");
    Value its = iters_of(args + 1, nargs - 1);
    if (v_is_error(its))
        return its;
    Multi *m = object_new(cls);
    m->its = its;
    m->f = retain(args[0]);
    return v_obj(m);
}

enum { FEW = 8 };

static Value map_next(Value v)
{
    Multi *m = (Multi *)v.o;
    Tuple *its = as_tuple(m->its);
    Value few[FEW], *args = its->n <= FEW ? few : mem_alloc(sizeof(Value) * (size_t)its->n);
    Value r = V_UNDEF;
    int n = 0;
    while (n < its->n) {
        Value x = iter_step(its->at[n]);
        if (x.tag <= TAG_ERROR) {
            r = x;
            break;
        }
        args[n++] = x;
    }
    if (n == its->n)
        r = op_call(m->f, args, n, V_UNDEF);
    while (n > 0)
        release(args[--n]);
    if (args != few)
        mem_free(args, sizeof(Value) * (size_t)its->n);
    return r;
}

static void multi_free(Object *o)
{
    release(((Multi *)o)->f);
    release(((Multi *)o)->its);
    release(((Multi *)o)->last);
}

static void multi_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Multi *)o)->f, ctx);
    visit(((Multi *)o)->its, ctx);
    visit(((Multi *)o)->last, ctx);
}

Type type_zip = {
    .name = "zip",
    .size = sizeof(Multi),
    .flags = TYPE_GC | TYPE_BASE,
    .free = multi_free,
    .traverse = multi_traverse,
    .iter = iter_self,
    .next = zip_next,
    .next_pair = zip_next_pair,
    .make = zip_make,
};

Type type_map = {
    .name = "map",
    .size = sizeof(Multi),
    .flags = TYPE_GC | TYPE_BASE,
    .free = multi_free,
    .traverse = multi_traverse,
    .iter = iter_self,
    .next = map_next,
    .make = map_make,
};

/* ---------------------------------------------------------------------- filter */

static Value filter_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (!no_keywords(cls, &type_filter, kwnames))
        return V_ERROR;
    if (nargs != 2)
        return raise_fmt(&exc_TypeError, "filter expected 2 arguments, got %d", nargs);
    Value it = op_iter(args[1]);
    if (v_is_error(it))
        return it;
    Multi *m = object_new(cls);
    m->its = it;
    m->f = retain(args[0]);
    return v_obj(m);
}

static Value filter_next(Value v)
{
    Multi *m = (Multi *)v.o;
    bool plain = v_is_none(m->f) || v_obj(&type_bool).o == m->f.o;
    for (;;) {
        Value x = iter_step(m->its);
        if (x.tag <= TAG_ERROR)
            return x;
        Value verdict = plain ? retain(x) : op_call1(m->f, x);
        int truth = v_is_error(verdict) ? -1 : op_truth(verdict);
        release(verdict);
        if (truth > 0)
            return x;
        release(x);
        if (truth < 0)
            return V_ERROR;
    }
}

Type type_filter = {
    .name = "filter",
    .size = sizeof(Multi),
    .flags = TYPE_GC | TYPE_BASE,
    .free = multi_free,
    .traverse = multi_traverse,
    .iter = iter_self,
    .next = filter_next,
    .make = filter_make,
};

/* -------------------------------------------------------------------- reversed */

static bool is_sequence(Value v)
{
    Type *t = type_of(v);
    return t->getitem && !is_dict(v);
}

static Value reversed_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (!no_keywords(cls, &type_reversed, kwnames))
        return V_ERROR;
    if (nargs != 1)
        return raise_fmt(&exc_TypeError, "reversed expected 1 argument, got %d", nargs);
    Value attr = type_lookup(type_of(args[0]), S(__reversed__));
    if (attr.tag > TAG_ERROR && !v_is_none(attr))
        return special_call(args[0], S(__reversed__), NULL, 0, V_UNDEF);
    if (v_is_none(attr) || !is_sequence(args[0]))
        return raise_fmt(&exc_TypeError, "'%T' object is not reversible", args[0]);
    int64_t n = op_len(args[0]);
    return n < 0 ? V_ERROR : seqiter_make(cls, args[0], n - 1);
}

Type type_reversed = {
    .name = "reversed",
    .size = sizeof(ListIter),
    .flags = TYPE_GC | TYPE_BASE,
    .methods = backward_methods,
    .free = seqiter_free,
    .traverse = seqiter_traverse,
    .iter = iter_self,
    .next = reversed_next,
    .make = reversed_make,
};
