/* sort.c -- list.sort: stable, by < alone.  Replicated.
 *
 * Natural runs are found and, where short, lengthened by binary insertion; neighbouring runs are
 * merged in the order of the "powersort" policy, galloping where one side wins for long.  Results
 * with an inconsistent < (NaN) depend on which pairs are compared, so the steps are those of
 * CPython 3.11's sort (T. Peters' listsort; merge policy of Munro and Wild, 2018).
 *
 * The steps themselves are in sort_core.h, once for each kind of item.  Without a key the values
 * are moved, or, where all are inline ints or all floats, the bare numbers; with one, keys carry
 * their first position, by which values follow them.  While sorting the list is empty.
 * Invariant: items is a permutation at every return, also after an exception.
 */
#include "interp/containers.h"

enum { MIN_GALLOP = 7, RUNS_MAX = 85 };

typedef enum KeyKind { KEY_INT, KEY_FLOAT, KEY_STR, KEY_TUPLE, KEY_ANY } KeyKind;

typedef struct Run {
    int64_t start, len;
    int power; /* of the boundary to the next run */
} Run;

/* One of merge's phases ended it. */
typedef enum Phase { GO_ON, FINISHED, ONE_LEFT } Phase;

static int64_t least_run(int64_t n)
{
    int64_t odd = 0;
    for (; n >= 64; n >>= 1)
        odd |= n & 1;
    return n + odd;
}

static int64_t next_offset(int64_t at)
{
    return (at << 1) + 1;
}

/* Depth, in a tree that halves [0, n), of the boundary between a run at `start` of n1 and the next
 * of n2. */
static int boundary_power(int64_t start, int64_t n1, int64_t n2, int64_t n)
{
    int64_t a = 2 * start + n1, b = a + n1 + n2;
    for (int power = 1;; power++) {
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

/* ----------------------------------------------------------------------- order */

static bool less_any(bool *failed, Value a, Value b)
{
    Value r = op_compare(a, b, CMP_LT);
    if (r.tag == TAG_BOOL)
        return r.i;
    int truth = v_is_error(r) ? -1 : op_truth(r);
    release(r);
    if (truth < 0)
        *failed = true;
    return truth > 0;
}

typedef Str *Text;

static inline bool less_text(const Str *a, const Str *b)
{
    if (a->kind == 1 && b->kind == 1 && a->data[0] != b->data[0])
        return (uint8_t)a->data[0] < (uint8_t)b->data[0]; /* an empty text's first byte is zero */
    return str_compare(a, b) < 0;
}

/* Tuples: the first pair of elements that differ, ints or strs, decides. */
static bool less_tuple(bool *failed, Value a, Value b)
{
    const Tuple *x = as_tuple(a), *y = as_tuple(b);
    int64_t n = int64_min(x->n, y->n);
    for (int64_t i = 0; i < n; i++) {
        Value p = x->at[i], q = y->at[i];
        if (p.tag == TAG_INT && q.tag == TAG_INT) {
            if (p.i != q.i)
                return p.i < q.i;
        } else if (is_exact(p, &type_str) && is_exact(q, &type_str)) {
            int order = str_compare(p.s, q.s);
            if (order)
                return order < 0;
        } else {
            return less_any(failed, a, b);
        }
    }
    return x->n < y->n;
}

/* a < b; after a failure the answer is false and *failed. */
static inline bool less(KeyKind kind, bool *failed, Value a, Value b)
{
    switch (kind) {
    case KEY_INT:
        return a.i < b.i;
    case KEY_FLOAT:
        return a.f < b.f;
    case KEY_STR:
        return less_text(a.s, b.s);
    case KEY_TUPLE:
        return less_tuple(failed, a, b);
    default:
        return less_any(failed, a, b);
    }
}

static inline KeyKind kind_one(Value k)
{
    return k.tag == TAG_INT                             ? KEY_INT
           : k.tag == TAG_FLOAT                         ? KEY_FLOAT
           : k.tag == TAG_OBJ && k.o->type == &type_str ? KEY_STR
           : is_exact(k, &type_tuple)                   ? KEY_TUPLE
                                                        : KEY_ANY;
}

/* ------------------------------------------------------------------- the kinds */

#define SORT(name)    name##_of_ints
#define SORT_ITEM     int64_t
#define LESS(s, x, y) ((x) < (y))
#include "interp/sort_core.h"

#define SORT(name)    name##_of_floats
#define SORT_ITEM     double
#define LESS(s, x, y) ((x) < (y))
#include "interp/sort_core.h"

#define SORT(name)    name##_of_strs
#define SORT_ITEM     Text
#define LESS(s, x, y) less_text(x, y)
#include "interp/sort_core.h"

#define SORT(name)    name##_of_values
#define SORT_ITEM     Value
#define LESS(s, x, y) less((s)->kind, &(s)->failed, x, y)
#include "interp/sort_core.h"

typedef struct Item {
    Value key;
    int64_t at;
} Item;

#define SORT(name)    name##_of_items
#define SORT_ITEM     Item
#define LESS(s, x, y) less((s)->kind, &(s)->failed, (x).key, (y).key)
#include "interp/sort_core.h"

/* -------------------------------------------------------------------- the list */

enum { SMALL = 64 }; /* items sorted without memory from the heap */

/* The payloads of values alone: their tags, all the same, stay where they are. */
#define SORT_PAYLOADS(Type, field, name)                                                           \
    static bool sort_##name(Value *values, int64_t n, bool down)                                   \
    {                                                                                              \
        Type few[SMALL], *items = n <= SMALL ? few : xmalloc(sizeof *items * (size_t)n);           \
        for (int64_t i = 0; i < n; i++)                                                            \
            items[i] = values[i].field;                                                            \
        bool ok = sort_of_##name(items, n, KEY_ANY, down);                                         \
        for (int64_t i = 0; i < n; i++)                                                            \
            values[i].field = items[i];                                                            \
        if (items != few)                                                                          \
            free(items);                                                                           \
        return ok;                                                                                 \
    }
SORT_PAYLOADS(int64_t, i, ints)
SORT_PAYLOADS(double, f, floats)
SORT_PAYLOADS(Text, s, strs)

static bool sort_plain(Value *values, int64_t n, bool down)
{
    KeyKind kind = n ? kind_one(values[0]) : KEY_ANY;
    for (int64_t i = 1; i < n; i++)
        if (kind_one(values[i]) != kind)
            kind = KEY_ANY;
    switch (kind) {
    case KEY_INT:
        return sort_ints(values, n, down);
    case KEY_FLOAT:
        return sort_floats(values, n, down);
    case KEY_STR:
        return sort_strs(values, n, down);
    default:
        return sort_of_values(values, n, kind, down);
    }
}

static bool keys_make(Item *items, const Value *values, int64_t n, Value key, KeyKind *kind)
{
    for (int64_t i = 0; i < n; i++) {
        Value k = op_call1(key, values[i]);
        if (v_is_error(k)) {
            while (i > 0)
                release(items[--i].key);
            return false;
        }
        items[i] = (Item){k, i};
        KeyKind one = kind_one(k);
        *kind = i == 0 || *kind == one ? one : KEY_ANY;
    }
    return true;
}

/* Values follow the items. */
static void values_follow(Value *values, const Item *items, int64_t n)
{
    Value few[SMALL], *out = n <= SMALL ? few : xmalloc(sizeof *out * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        out[i] = values[items[i].at];
    if (n)
        memcpy(values, out, sizeof *out * (size_t)n);
    if (out != few)
        free(out);
}

static bool sort_keyed(Value *values, int64_t n, Value key, bool down)
{
    KeyKind kind = KEY_ANY;
    Item few[SMALL], *items = n <= SMALL ? few : xmalloc(sizeof *items * (size_t)n);
    bool ok = keys_make(items, values, n, key, &kind);
    if (ok) {
        ok = sort_of_items(items, n, kind, down);
        values_follow(values, items, n);
        for (int64_t i = 0; i < n; i++)
            release(items[i].key);
    }
    if (items != few)
        free(items);
    return ok;
}

bool list_sort(Value list, Value key, bool down)
{
    List *l = as_list(list);
    Value *at = l->at;
    int64_t n = l->n, cap = l->cap;
    l->at = NULL;
    l->n = l->cap = 0;
    bool keyed = !v_is_none(key) && !v_is_undef(key);
    bool ok = keyed ? sort_keyed(at, n, key, down) : sort_plain(at, n, down);
    Value *extra = l->at;
    int64_t extra_n = l->n, extra_cap = l->cap;
    l->at = at;
    l->n = n;
    l->cap = cap;
    if (ok && extra_cap) {
        raise_fmt(&exc_ValueError, "list modified during sort");
        ok = false;
    }
    for (int64_t i = 0; i < extra_n; i++)
        release(extra[i]);
    mem_free(extra, sizeof(Value) * (size_t)extra_cap);
    return ok;
}
