/* setmethods.c -- the methods of set and frozenset.  Replicated.
 *
 * Operators take sets only; methods take any iterable, and several of them where that makes sense.
 */
#include "interp/sets.h"

typedef struct Pick {
    Set *from, *to;
} Pick;

static Value none_when(bool ok)
{
    return ok ? V_NONE : V_ERROR;
}

static Value set_m_add(Value *a, int n)
{
    return none_when(set_add(a[0], a[1]));
}

/* remove and discard: a set given is looked for as a frozenset. */
static int set_take_out(Value v, Value x)
{
    int64_t hash;
    if (op_hash(x, &hash))
        return set_discard_hashed(as_set(v), x, hash);
    if (!is_instance(x, &type_set) || !error_matches(&exc_TypeError))
        return -1;
    error_clear();
    Value frozen = set_from(&type_frozenset, x);
    if (v_is_error(frozen))
        return -1;
    int r = op_hash(frozen, &hash) ? set_discard_hashed(as_set(v), frozen, hash) : -1;
    release(frozen);
    return r;
}

static Value set_m_remove(Value *a, int n)
{
    int r = set_take_out(a[0], a[1]);
    return r == 0 ? raise_key(a[1]) : none_when(r > 0);
}

static Value set_m_discard(Value *a, int n)
{
    return none_when(set_take_out(a[0], a[1]) >= 0);
}

static Value set_m_pop(Value *a, int n)
{
    Set *s = as_set(a[0]);
    if (!s->used)
        return raise_fmt(&exc_KeyError, "pop from an empty set");
    int64_t i = s->finger & s->mask;
    while (!set_entry_live(&s->table[i]))
        i = (i + 1) & s->mask;
    Value key = s->table[i].key;
    s->table[i] = (SetEntry){V_ERROR, DUMMY_HASH};
    s->used--;
    s->changes++;
    s->finger = i + 1;
    return key;
}

static Value set_m_clear(Value *a, int n)
{
    set_drop_all(as_set(a[0]));
    return V_NONE;
}

static Value set_m_copy(Value *a, int n)
{
    if (is_exact(a[0], &type_frozenset))
        return retain(a[0]);
    return set_copy(a[0]);
}

static Value set_m_union(Value *a, int n)
{
    Value r = set_copy(a[0]);
    Tuple *others = as_tuple(a[1]);
    for (int64_t i = 0; i < others->n && !v_is_error(r); i++)
        if (!op_same(a[0], others->at[i]) && !set_update(r, others->at[i])) {
            release(r);
            return V_ERROR;
        }
    return r;
}

static Value set_m_update(Value *a, int n)
{
    Tuple *others = as_tuple(a[1]);
    for (int64_t i = 0; i < others->n; i++)
        if (!set_update(a[0], others->at[i]))
            return V_ERROR;
    return V_NONE;
}

/* Fold a two-argument operation over the others. */
static Value fold(Value *a, Value (*op)(Value, Value))
{
    Tuple *others = as_tuple(a[1]);
    Value r = others->n ? retain(a[0]) : set_copy(a[0]);
    for (int64_t i = 0; i < others->n && !v_is_error(r); i++) {
        Value next = op(r, others->at[i]);
        release(r);
        r = next;
    }
    return r;
}

static Value set_m_intersection(Value *a, int n)
{
    return fold(a, set_intersect);
}

/* CPython copies for the first and then takes the rest out of the copy. */
static Value set_m_difference(Value *a, int n)
{
    Tuple *others = as_tuple(a[1]);
    if (!others->n)
        return set_copy(a[0]);
    Value r = set_minus(a[0], others->at[0]);
    for (int64_t i = 1; i < others->n && !v_is_error(r); i++)
        if (!set_subtract(r, others->at[i])) {
            release(r);
            return V_ERROR;
        }
    return r;
}

static Value set_m_intersection_update(Value *a, int n)
{
    Value r = fold(a, set_intersect);
    if (v_is_error(r))
        return r;
    if (r.o == a[0].o)
        release(r);
    else
        set_become(as_set(a[0]), r);
    return V_NONE;
}

static Value set_m_difference_update(Value *a, int n)
{
    Tuple *others = as_tuple(a[1]);
    for (int64_t i = 0; i < others->n; i++)
        if (!set_subtract(a[0], others->at[i]))
            return V_ERROR;
    return V_NONE;
}

static Value set_m_xor(Value *a, int n)
{
    return set_xor(a[0], a[1]);
}

static Value set_m_xor_update(Value *a, int n)
{
    return none_when(set_toggle_all(a[0], a[1]));
}

static bool each_absent(Value x, int64_t hash, void *ctx)
{
    Pick *p = ctx;
    int has = set_contains_hashed(p->from, x, hash);
    if (has > 0)
        p->to = p->from; /* found one */
    return has == 0;
}

static Value set_m_isdisjoint(Value *a, int n)
{
    SetEntry e;
    if (op_same(a[0], a[1]))
        return v_bool(as_set(a[0])->used == 0);
    if (is_set(a[1])) {
        bool swap = as_set(a[1])->used > as_set(a[0])->used;
        Set *small = as_set(a[!swap]), *large = as_set(a[swap]);
        for (int64_t pos = 0; set_entry_next(small, &pos, &e);) {
            retain(e.key);
            int has = set_contains_hashed(large, e.key, e.hash);
            release(e.key);
            if (has)
                return has < 0 ? V_ERROR : V_FALSE;
        }
        return V_TRUE;
    }
    Pick p = {as_set(a[0]), NULL};
    if (set_each_of(a[1], each_absent, &p))
        return V_TRUE;
    return p.to ? V_FALSE : V_ERROR;
}

static Value set_m_issubset(Value *a, int n)
{
    Value other = is_set(a[1]) ? retain(a[1]) : set_from(&type_set, a[1]);
    int r = v_is_error(other) ? -1 : set_issubset_of(a[0], other);
    release(other);
    return r < 0 ? V_ERROR : v_bool(r);
}

static bool each_present(Value x, int64_t hash, void *ctx)
{
    Pick *p = ctx;
    int has = set_contains_hashed(p->from, x, hash);
    if (has == 0)
        p->to = p->from; /* missed one */
    return has > 0;
}

static Value set_m_issuperset(Value *a, int n)
{
    if (is_set(a[1])) {
        int r = set_issubset_of(a[1], a[0]);
        return r < 0 ? V_ERROR : v_bool(r);
    }
    Pick p = {as_set(a[0]), NULL};
    if (set_each_of(a[1], each_present, &p))
        return V_TRUE;
    return p.to ? V_FALSE : V_ERROR;
}

#define READING_METHODS                                                                            \
    {"copy", "self, /", set_m_copy, "A new one with the same elements."},                          \
        {"union", "self, /, *others", set_m_union, "The elements of any of them."},                \
        {"intersection", "self, /, *others", set_m_intersection,                                   \
         "The elements that all of them have."},                                                   \
        {"difference", "self, /, *others", set_m_difference,                                       \
         "The elements that none of the others has."},                                             \
        {"symmetric_difference", "self, other, /", set_m_xor,                                      \
         "The elements that just one of the two has."},                                            \
        {"isdisjoint", "self, other, /", set_m_isdisjoint, "Is no element in both?"},              \
        {"issubset", "self, other, /", set_m_issubset, "Does the other hold every element?"},      \
        {"issuperset", "self, other, /", set_m_issuperset,                                         \
         "Does it hold every element of the other?"},                                              \
    {                                                                                              \
        "__class_getitem__", "cls, item, /", alias_of, NULL                                        \
    }

const NativeDef set_methods[] = {
    {"add", "self, item, /", set_m_add, "Put an element in."},
    {"remove", "self, item, /", set_m_remove, "Take an element out; KeyError where it is not in."},
    {"discard", "self, item, /", set_m_discard, "Take an element out where it is in."},
    {"pop", "self, /", set_m_pop, "Take out and give some element."},
    {"clear", "self, /", set_m_clear, "Make it empty."},
    {"update", "self, /, *others", set_m_update, "Put in the elements of all the others."},
    {"intersection_update", "self, /, *others", set_m_intersection_update,
     "Keep the elements that all the others have."},
    {"difference_update", "self, /, *others", set_m_difference_update,
     "Take out the elements of all the others."},
    {"symmetric_difference_update", "self, other, /", set_m_xor_update,
     "Toggle the elements of the other."},
    READING_METHODS,
    {0},
};

const NativeDef frozenset_methods[] = {
    READING_METHODS,
    {0},
};
