/* sort.c -- list.sort: stable, by < alone.  Replicated.
 *
 * Natural runs are found and, where short, lengthened by binary insertion; neighbouring runs are
 * merged in the order of the "powersort" policy, galloping where one side wins for long.  Results
 * with an inconsistent < (NaN) depend on which pairs are compared, so the steps are those of
 * CPython 3.11's sort (T. Peters' listsort; merge policy of Munro and Wild, 2018).
 *
 * While sorting the list is empty; items carry their first position, by which values follow their
 * keys. Invariant: items is a permutation at every return, also after an exception.
 */
#include "interp/containers.h"

enum { MIN_GALLOP = 7, RUNS_MAX = 85 };

typedef struct Item {
    Value key;
    int64_t at;
} Item;

typedef enum KeyKind { KEY_INT, KEY_FLOAT, KEY_STR, KEY_ANY } KeyKind;

typedef struct Run {
    int64_t start, len;
    int power; /* of the boundary to the next run */
} Run;

typedef struct Sort {
    Item *items;
    int64_t n;
    KeyKind kind;
    bool failed;
    int64_t min_gallop;
    Item *temp;
    int64_t temp_cap;
    Run runs[RUNS_MAX];
    int nruns;
} Sort;

static bool less_any(Sort *s, Value a, Value b)
{
    Value r = op_compare(a, b, CMP_LT);
    if (r.tag == TAG_BOOL)
        return r.i;
    int truth = v_is_error(r) ? -1 : op_truth(r);
    release(r);
    if (truth < 0)
        s->failed = true;
    return truth > 0;
}

/* a < b; after a failure the answer is false and s->failed. */
static inline bool less(Sort *s, Value a, Value b)
{
    switch (s->kind) {
    case KEY_INT:
        return a.i < b.i;
    case KEY_FLOAT:
        return a.f < b.f;
    case KEY_STR:
        return str_compare(a.s, b.s) < 0;
    default:
        return less_any(s, a, b);
    }
}

static KeyKind kind_of(const Item *items, int64_t n)
{
    KeyKind kind = KEY_ANY;
    for (int64_t i = 0; i < n; i++) {
        Value k = items[i].key;
        KeyKind one = k.tag == TAG_INT         ? KEY_INT
                      : k.tag == TAG_FLOAT     ? KEY_FLOAT
                      : is_exact(k, &type_str) ? KEY_STR
                                               : KEY_ANY;
        if (one == KEY_ANY || (i && one != kind))
            return KEY_ANY;
        kind = one;
    }
    return kind;
}

static void reverse(Item *a, int64_t n)
{
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        Item t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

/* ------------------------------------------------------------------------ runs */

/* Length of the run that begins at a: never decreasing, or strictly decreasing. */
static int64_t run_length(Sort *s, const Item *a, int64_t n, bool *down)
{
    *down = false;
    if (n < 2)
        return n;
    *down = less(s, a[1].key, a[0].key);
    int64_t i = 2;
    while (i < n && !s->failed && less(s, a[i].key, a[i - 1].key) == *down)
        i++;
    return i;
}

/* a[0, sorted) is in order: insert the rest of a[0, n) one by one. */
static void insert_rest(Sort *s, Item *a, int64_t sorted, int64_t n)
{
    for (int64_t i = sorted ? sorted : 1; i < n; i++) {
        Item x = a[i];
        int64_t lo = 0, hi = i;
        while (lo < hi) {
            int64_t mid = lo + ((hi - lo) >> 1);
            if (less(s, x.key, a[mid].key))
                hi = mid;
            else
                lo = mid + 1;
            if (s->failed)
                return;
        }
        memmove(a + lo + 1, a + lo, sizeof *a * (size_t)(i - lo));
        a[lo] = x;
    }
}

static int64_t least_run(int64_t n)
{
    int64_t odd = 0;
    for (; n >= 64; n >>= 1)
        odd |= n & 1;
    return n + odd;
}

/* ---------------------------------------------------------------------- gallop */

/* Where key belongs in a[0, n): before all equal ones (left) or after them. */
typedef struct Seek {
    Sort *s;
    const Item *a;
    Value key;
    bool left;
} Seek;

/* Does a[i] stay on the low side of key? */
static inline bool below(const Seek *w, int64_t i)
{
    return w->left ? less(w->s, w->a[i].key, w->key) : !less(w->s, w->key, w->a[i].key);
}

static int64_t next_offset(int64_t at)
{
    return (at << 1) + 1;
}

/* Look near `hint` first, in steps that double, then bisect. */
static int64_t gallop(Sort *s, Value key, const Item *a, int64_t n, int64_t hint, bool left)
{
    Seek w = {s, a, key, left};
    int64_t last = 0, at = 1, lo, hi;
    bool up = below(&w, hint);
    int64_t most = up ? n - hint : hint + 1;
    while (at < most && !s->failed && below(&w, up ? hint + at : hint - at) == up) {
        last = at;
        at = next_offset(at);
    }
    at = int64_min(at, most);
    lo = up ? hint + last : hint - at;
    hi = up ? hint + at : hint - last;
    for (lo++; lo < hi && !s->failed;) {
        int64_t mid = lo + ((hi - lo) >> 1);
        if (below(&w, mid))
            lo = mid + 1;
        else
            hi = mid;
    }
    return hi;
}

/* ----------------------------------------------------------------------- merge */

static void copy(Item *to, const Item *from, int64_t n)
{
    memmove(to, from, sizeof *to * (size_t)n);
}

static Item *temp_of(Sort *s, const Item *from, int64_t n)
{
    if (s->temp_cap < n) {
        s->temp = xrealloc(s->temp, sizeof *s->temp * (size_t)n);
        s->temp_cap = n;
    }
    copy(s->temp, from, n);
    return s->temp;
}

/* Both merges: what is left of the two sides and where the next item goes. */
typedef struct Merge {
    Item *a, *b, *to;
    int64_t na, nb;
} Merge;

/* One of merge's phases ended it. */
typedef enum Phase { GO_ON, FINISHED, ONE_LEFT } Phase;

static inline Phase lo_take_b(Merge *m)
{
    *m->to++ = *m->b++;
    return --m->nb == 0 ? FINISHED : GO_ON;
}

static inline Phase lo_take_a(Merge *m)
{
    *m->to++ = *m->a++;
    return --m->na == 1 ? ONE_LEFT : GO_ON;
}

static Phase lo_one_by_one(Sort *s, Merge *m)
{
    int64_t wins_a = 0, wins_b = 0;
    for (;;) {
        Phase p;
        bool from_b = less(s, m->b->key, m->a->key);
        if (s->failed)
            return FINISHED;
        p = from_b ? lo_take_b(m) : lo_take_a(m);
        wins_b = from_b ? wins_b + 1 : 0;
        wins_a = from_b ? 0 : wins_a + 1;
        if (p != GO_ON)
            return p;
        if (wins_a >= s->min_gallop || wins_b >= s->min_gallop)
            return GO_ON;
    }
}

/* One round of galloping; *long_run: worth another. */
static Phase lo_gallop(Sort *s, Merge *m, bool *long_run)
{
    int64_t k = gallop(s, m->b->key, m->a, m->na, 0, false);
    if (s->failed)
        return FINISHED;
    *long_run = k >= MIN_GALLOP;
    copy(m->to, m->a, k);
    m->to += k;
    m->a += k;
    m->na -= k;
    if (k && m->na <= 1)
        return m->na ? ONE_LEFT : FINISHED;
    if (lo_take_b(m) != GO_ON)
        return FINISHED;
    k = gallop(s, m->a->key, m->b, m->nb, 0, true);
    if (s->failed)
        return FINISHED;
    *long_run |= k >= MIN_GALLOP;
    copy(m->to, m->b, k);
    m->to += k;
    m->b += k;
    m->nb -= k;
    return m->nb == 0 ? FINISHED : lo_take_a(m);
}

typedef Phase (*OneByOne)(Sort *, Merge *);
typedef Phase (*Gallop)(Sort *, Merge *, bool *);

/* Alternate between the phases; min_gallop learns whether galloping pays. */
static Phase merge_phases(Sort *s, Merge *m, OneByOne one_by_one, Gallop round)
{
    for (;;) {
        Phase p = one_by_one(s, m);
        if (p != GO_ON)
            return p;
        s->min_gallop++;
        bool again = true;
        while (again) {
            s->min_gallop -= s->min_gallop > 1;
            p = round(s, m, &again);
            if (p != GO_ON)
                return p;
        }
        s->min_gallop++;
    }
}

/* The left side is the shorter: merge from the front. */
static void merge_lo(Sort *s, Item *a, int64_t na, Item *b, int64_t nb)
{
    Merge m = {temp_of(s, a, na), b, a, na, nb};
    Phase p = lo_take_b(&m);
    if (p == GO_ON)
        p = m.na == 1 ? ONE_LEFT : merge_phases(s, &m, lo_one_by_one, lo_gallop);
    if (p == ONE_LEFT) {
        copy(m.to, m.b, m.nb);
        m.to[m.nb] = *m.a;
    } else {
        copy(m.to, m.a, m.na);
    }
}

/* In merge_hi a and b point at the last item of what is left, `to` at the place to fill. */
static inline Phase hi_take_a(Merge *m)
{
    *m->to-- = *m->a--;
    return --m->na == 0 ? FINISHED : GO_ON;
}

static inline Phase hi_take_b(Merge *m)
{
    *m->to-- = *m->b--;
    return --m->nb == 1 ? ONE_LEFT : GO_ON;
}

static Phase hi_one_by_one(Sort *s, Merge *m)
{
    int64_t wins_a = 0, wins_b = 0;
    for (;;) {
        bool from_a = less(s, m->b->key, m->a->key);
        if (s->failed)
            return FINISHED;
        Phase p = from_a ? hi_take_a(m) : hi_take_b(m);
        wins_a = from_a ? wins_a + 1 : 0;
        wins_b = from_a ? 0 : wins_b + 1;
        if (p != GO_ON)
            return p;
        if (wins_a >= s->min_gallop || wins_b >= s->min_gallop)
            return GO_ON;
    }
}

static Phase hi_gallop(Sort *s, Merge *m, bool *long_run)
{
    int64_t k = m->na - gallop(s, m->b->key, m->a - m->na + 1, m->na, m->na - 1, false);
    if (s->failed)
        return FINISHED;
    *long_run = k >= MIN_GALLOP;
    m->to -= k;
    m->a -= k;
    copy(m->to + 1, m->a + 1, k);
    m->na -= k;
    if (m->na == 0)
        return FINISHED;
    if (hi_take_b(m) != GO_ON)
        return ONE_LEFT;
    k = m->nb - gallop(s, m->a->key, m->b - m->nb + 1, m->nb, m->nb - 1, true);
    if (s->failed)
        return FINISHED;
    *long_run |= k >= MIN_GALLOP;
    m->to -= k;
    m->b -= k;
    copy(m->to + 1, m->b + 1, k);
    m->nb -= k;
    if (k && m->nb <= 1)
        return m->nb ? ONE_LEFT : FINISHED;
    return hi_take_a(m);
}

/* The right side is the shorter: merge from the back. */
static void merge_hi(Sort *s, Item *a, int64_t na, Item *b, int64_t nb)
{
    Item *temp = temp_of(s, b, nb);
    Merge m = {a + na - 1, temp + nb - 1, b + nb - 1, na, nb};
    Phase p = hi_take_a(&m);
    if (p == GO_ON)
        p = m.nb == 1 ? ONE_LEFT : merge_phases(s, &m, hi_one_by_one, hi_gallop);
    if (p == ONE_LEFT) {
        m.to -= m.na;
        m.a -= m.na;
        copy(m.to + 1, m.a + 1, m.na);
        *m.to = *m.b;
    } else {
        copy(m.to - m.nb + 1, temp, m.nb);
    }
}

/* Merge runs i and i + 1. */
static void merge_at(Sort *s, int i)
{
    Run x = s->runs[i], y = s->runs[i + 1];
    s->runs[i].len = x.len + y.len;
    if (i == s->nruns - 3)
        s->runs[i + 1] = s->runs[i + 2];
    s->nruns--;
    Item *a = s->items + x.start, *b = s->items + y.start;
    int64_t skip = gallop(s, b->key, a, x.len, 0, false);
    int64_t na = x.len - skip;
    if (s->failed || na == 0)
        return;
    a += skip;
    int64_t nb = gallop(s, a[na - 1].key, b, y.len, y.len - 1, true);
    if (s->failed || nb == 0)
        return;
    if (na <= nb)
        merge_lo(s, a, na, b, nb);
    else
        merge_hi(s, a, na, b, nb);
}

/* ---------------------------------------------------------------- merge policy */

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

static void run_add(Sort *s, int64_t start, int64_t len)
{
    if (s->nruns) {
        Run *top = &s->runs[s->nruns - 1];
        int power = boundary_power(top->start, top->len, len, s->n);
        while (s->nruns > 1 && s->runs[s->nruns - 2].power > power && !s->failed)
            merge_at(s, s->nruns - 2);
        s->runs[s->nruns - 1].power = power;
    }
    s->runs[s->nruns++] = (Run){start, len, 0};
}

static void merge_rest(Sort *s)
{
    while (s->nruns > 1 && !s->failed) {
        int i = s->nruns - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len)
            i--;
        merge_at(s, i);
    }
}

static void sort_items(Sort *s)
{
    int64_t least = least_run(s->n);
    for (int64_t at = 0; at < s->n && !s->failed;) {
        bool down;
        int64_t left = s->n - at, len = run_length(s, s->items + at, left, &down);
        if (s->failed)
            return;
        if (down)
            reverse(s->items + at, len);
        if (len < least) {
            int64_t want = int64_min(least, left);
            insert_rest(s, s->items + at, len, want);
            len = want;
        }
        if (!s->failed)
            run_add(s, at, len);
        at += len;
    }
    if (!s->failed)
        merge_rest(s);
}

/* -------------------------------------------------------------------- the list */

static bool keys_make(Item *items, const Value *values, int64_t n, Value key)
{
    for (int64_t i = 0; i < n; i++) {
        Value k = v_is_undef(key) ? retain(values[i]) : op_call1(key, values[i]);
        if (v_is_error(k)) {
            while (i > 0)
                release(items[--i].key);
            return false;
        }
        items[i] = (Item){k, i};
    }
    return true;
}

enum { SMALL = 32 }; /* values sorted without memory from the heap */

static bool sort_values(Value *values, int64_t n, Value key, bool down)
{
    Sort s = {.n = n, .min_gallop = MIN_GALLOP};
    Item few[SMALL];
    Value few_out[SMALL];
    s.items = n <= SMALL ? few : xmalloc(sizeof *s.items * (size_t)n);
    if (!keys_make(s.items, values, n, key)) {
        if (s.items != few)
            free(s.items);
        return false;
    }
    s.kind = kind_of(s.items, n);
    if (down)
        reverse(s.items, n);
    if (n > 1)
        sort_items(&s);
    if (down)
        reverse(s.items, n);
    Value *out = n <= SMALL ? few_out : xmalloc(sizeof *out * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        out[i] = values[s.items[i].at];
    if (n)
        memcpy(values, out, sizeof *out * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        release(s.items[i].key);
    if (n > SMALL) {
        free(out);
        free(s.items);
    }
    free(s.temp);
    return !s.failed;
}

bool list_sort(Value list, Value key, bool down)
{
    List *l = as_list(list);
    Value *at = l->at;
    int64_t n = l->n, cap = l->cap;
    l->at = NULL;
    l->n = l->cap = 0;
    bool ok = sort_values(at, n, v_is_none(key) ? V_UNDEF : key, down);
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
