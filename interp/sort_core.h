/* sort_core.h -- the sort of list.sort for one kind of item.  Replicated.
 *
 * Included by sort.c once a kind, with SORT(name) giving names their suffix, SORT_ITEM the type
 * that is moved about and LESS(s, x, y) the order of two items, which may set s->failed.  The steps
 * are the same for every kind.
 */

typedef struct SORT(Sort) {
    SORT_ITEM *items;
    int64_t n;
    KeyKind kind;
    bool failed;
    int64_t min_gallop;
    SORT_ITEM *temp;
    int64_t temp_cap;
    Run runs[RUNS_MAX];
    int nruns;
} SORT(Sort);

static void SORT(reverse)(SORT_ITEM *a, int64_t n)
{
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        SORT_ITEM t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

/* ------------------------------------------------------------------------ runs */

/* Length of the run that begins at a: never decreasing, or strictly decreasing. */
static int64_t SORT(run_length)(SORT(Sort) * s, const SORT_ITEM *a, int64_t n, bool *down)
{
    *down = false;
    if (n < 2)
        return n;
    *down = LESS(s, a[1], a[0]);
    int64_t i = 2;
    while (i < n && !s->failed && LESS(s, a[i], a[i - 1]) == *down)
        i++;
    return i;
}

/* a[0, sorted) is in order: insert the rest of a[0, n) one by one. */
static void SORT(insert_rest)(SORT(Sort) * s, SORT_ITEM *a, int64_t sorted, int64_t n)
{
    for (int64_t i = sorted ? sorted : 1; i < n; i++) {
        SORT_ITEM x = a[i];
        int64_t lo = 0, hi = i;
        while (lo < hi) {
            int64_t mid = lo + ((hi - lo) >> 1);
            if (LESS(s, x, a[mid]))
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

/* ---------------------------------------------------------------------- gallop */

/* Where key belongs in a[0, n): before all equal ones (left) or after them. */
typedef struct SORT(Seek) {
    SORT(Sort) * s;
    const SORT_ITEM *a;
    SORT_ITEM key;
    bool left;
} SORT(Seek);

/* Does a[i] stay on the low side of key? */
static inline bool SORT(below)(const SORT(Seek) * w, int64_t i)
{
    return w->left ? LESS(w->s, w->a[i], w->key) : !LESS(w->s, w->key, w->a[i]);
}

/* Look near `hint` first, in steps that double, then bisect. */
static int64_t SORT(gallop)(SORT(Sort) * s, SORT_ITEM key, const SORT_ITEM *a, int64_t n,
                            int64_t hint, bool left)
{
    SORT(Seek) w = {s, a, key, left};
    int64_t last = 0, at = 1, lo, hi;
    bool up = SORT(below)(&w, hint);
    int64_t most = up ? n - hint : hint + 1;
    while (at < most && !s->failed && SORT(below)(&w, up ? hint + at : hint - at) == up) {
        last = at;
        at = next_offset(at);
    }
    at = int64_min(at, most);
    lo = up ? hint + last : hint - at;
    hi = up ? hint + at : hint - last;
    for (lo++; lo < hi && !s->failed;) {
        int64_t mid = lo + ((hi - lo) >> 1);
        if (SORT(below)(&w, mid))
            lo = mid + 1;
        else
            hi = mid;
    }
    return hi;
}

/* ----------------------------------------------------------------------- merge */

static void SORT(copy)(SORT_ITEM *to, const SORT_ITEM *from, int64_t n)
{
    memmove(to, from, sizeof *to * (size_t)n);
}

static SORT_ITEM *SORT(temp_of)(SORT(Sort) * s, const SORT_ITEM *from, int64_t n)
{
    if (s->temp_cap < n) {
        s->temp = xrealloc(s->temp, sizeof *s->temp * (size_t)n);
        s->temp_cap = n;
    }
    SORT(copy)(s->temp, from, n);
    return s->temp;
}

/* Both merges: what is left of the two sides and where the next item goes. */
typedef struct SORT(Merge) {
    SORT_ITEM *a, *b, *to;
    int64_t na, nb;
} SORT(Merge);

static inline Phase SORT(lo_take_b)(SORT(Merge) * m)
{
    *m->to++ = *m->b++;
    return --m->nb == 0 ? FINISHED : GO_ON;
}

static inline Phase SORT(lo_take_a)(SORT(Merge) * m)
{
    *m->to++ = *m->a++;
    return --m->na == 1 ? ONE_LEFT : GO_ON;
}

static Phase SORT(lo_one_by_one)(SORT(Sort) * s, SORT(Merge) * m)
{
    int64_t wins_a = 0, wins_b = 0;
    for (;;) {
        Phase p;
        bool from_b = LESS(s, *m->b, *m->a);
        if (s->failed)
            return FINISHED;
        p = from_b ? SORT(lo_take_b)(m) : SORT(lo_take_a)(m);
        wins_b = from_b ? wins_b + 1 : 0;
        wins_a = from_b ? 0 : wins_a + 1;
        if (p != GO_ON)
            return p;
        if (wins_a >= s->min_gallop || wins_b >= s->min_gallop)
            return GO_ON;
    }
}

/* One round of galloping; *long_run: worth another. */
static Phase SORT(lo_gallop)(SORT(Sort) * s, SORT(Merge) * m, bool *long_run)
{
    int64_t k = SORT(gallop)(s, *m->b, m->a, m->na, 0, false);
    if (s->failed)
        return FINISHED;
    *long_run = k >= MIN_GALLOP;
    SORT(copy)(m->to, m->a, k);
    m->to += k;
    m->a += k;
    m->na -= k;
    if (k && m->na <= 1)
        return m->na ? ONE_LEFT : FINISHED;
    if (SORT(lo_take_b)(m) != GO_ON)
        return FINISHED;
    k = SORT(gallop)(s, *m->a, m->b, m->nb, 0, true);
    if (s->failed)
        return FINISHED;
    *long_run |= k >= MIN_GALLOP;
    SORT(copy)(m->to, m->b, k);
    m->to += k;
    m->b += k;
    m->nb -= k;
    return m->nb == 0 ? FINISHED : SORT(lo_take_a)(m);
}

typedef Phase (*SORT(OneByOne))(SORT(Sort) *, SORT(Merge) *);
typedef Phase (*SORT(Gallop))(SORT(Sort) *, SORT(Merge) *, bool *);

/* Alternate between the phases; min_gallop learns whether galloping pays. */
static Phase SORT(merge_phases)(SORT(Sort) * s, SORT(Merge) * m, SORT(OneByOne) one_by_one,
                                SORT(Gallop) round)
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
static void SORT(merge_lo)(SORT(Sort) * s, SORT_ITEM *a, int64_t na, SORT_ITEM *b, int64_t nb)
{
    SORT(Merge) m = {SORT(temp_of)(s, a, na), b, a, na, nb};
    Phase p = SORT(lo_take_b)(&m);
    if (p == GO_ON)
        p = m.na == 1 ? ONE_LEFT : SORT(merge_phases)(s, &m, SORT(lo_one_by_one), SORT(lo_gallop));
    if (p == ONE_LEFT) {
        SORT(copy)(m.to, m.b, m.nb);
        m.to[m.nb] = *m.a;
    } else {
        SORT(copy)(m.to, m.a, m.na);
    }
}

/* In merge_hi a and b point at the last item of what is left, `to` at the place to fill. */
static inline Phase SORT(hi_take_a)(SORT(Merge) * m)
{
    *m->to-- = *m->a--;
    return --m->na == 0 ? FINISHED : GO_ON;
}

static inline Phase SORT(hi_take_b)(SORT(Merge) * m)
{
    *m->to-- = *m->b--;
    return --m->nb == 1 ? ONE_LEFT : GO_ON;
}

static Phase SORT(hi_one_by_one)(SORT(Sort) * s, SORT(Merge) * m)
{
    int64_t wins_a = 0, wins_b = 0;
    for (;;) {
        bool from_a = LESS(s, *m->b, *m->a);
        if (s->failed)
            return FINISHED;
        Phase p = from_a ? SORT(hi_take_a)(m) : SORT(hi_take_b)(m);
        wins_a = from_a ? wins_a + 1 : 0;
        wins_b = from_a ? 0 : wins_b + 1;
        if (p != GO_ON)
            return p;
        if (wins_a >= s->min_gallop || wins_b >= s->min_gallop)
            return GO_ON;
    }
}

static Phase SORT(hi_gallop)(SORT(Sort) * s, SORT(Merge) * m, bool *long_run)
{
    int64_t k = m->na - SORT(gallop)(s, *m->b, m->a - m->na + 1, m->na, m->na - 1, false);
    if (s->failed)
        return FINISHED;
    *long_run = k >= MIN_GALLOP;
    m->to -= k;
    m->a -= k;
    SORT(copy)(m->to + 1, m->a + 1, k);
    m->na -= k;
    if (m->na == 0)
        return FINISHED;
    if (SORT(hi_take_b)(m) != GO_ON)
        return ONE_LEFT;
    k = m->nb - SORT(gallop)(s, *m->a, m->b - m->nb + 1, m->nb, m->nb - 1, true);
    if (s->failed)
        return FINISHED;
    *long_run |= k >= MIN_GALLOP;
    m->to -= k;
    m->b -= k;
    SORT(copy)(m->to + 1, m->b + 1, k);
    m->nb -= k;
    if (k && m->nb <= 1)
        return m->nb ? ONE_LEFT : FINISHED;
    return SORT(hi_take_a)(m);
}

/* The right side is the shorter: merge from the back. */
static void SORT(merge_hi)(SORT(Sort) * s, SORT_ITEM *a, int64_t na, SORT_ITEM *b, int64_t nb)
{
    SORT_ITEM *temp = SORT(temp_of)(s, b, nb);
    SORT(Merge) m = {a + na - 1, temp + nb - 1, b + nb - 1, na, nb};
    Phase p = SORT(hi_take_a)(&m);
    if (p == GO_ON)
        p = m.nb == 1 ? ONE_LEFT : SORT(merge_phases)(s, &m, SORT(hi_one_by_one), SORT(hi_gallop));
    if (p == ONE_LEFT) {
        m.to -= m.na;
        m.a -= m.na;
        SORT(copy)(m.to + 1, m.a + 1, m.na);
        *m.to = *m.b;
    } else {
        SORT(copy)(m.to - m.nb + 1, temp, m.nb);
    }
}

/* SORT(Merge) runs i and i + 1. */
static void SORT(merge_at)(SORT(Sort) * s, int i)
{
    Run x = s->runs[i], y = s->runs[i + 1];
    s->runs[i].len = x.len + y.len;
    if (i == s->nruns - 3)
        s->runs[i + 1] = s->runs[i + 2];
    s->nruns--;
    SORT_ITEM *a = s->items + x.start, *b = s->items + y.start;
    int64_t skip = SORT(gallop)(s, *b, a, x.len, 0, false);
    int64_t na = x.len - skip;
    if (s->failed || na == 0)
        return;
    a += skip;
    int64_t nb = SORT(gallop)(s, a[na - 1], b, y.len, y.len - 1, true);
    if (s->failed || nb == 0)
        return;
    if (na <= nb)
        SORT(merge_lo)(s, a, na, b, nb);
    else
        SORT(merge_hi)(s, a, na, b, nb);
}

/* ---------------------------------------------------------------- merge policy */

static void SORT(run_add)(SORT(Sort) * s, int64_t start, int64_t len)
{
    if (s->nruns) {
        Run *top = &s->runs[s->nruns - 1];
        int power = boundary_power(top->start, top->len, len, s->n);
        while (s->nruns > 1 && s->runs[s->nruns - 2].power > power && !s->failed)
            SORT(merge_at)(s, s->nruns - 2);
        s->runs[s->nruns - 1].power = power;
    }
    s->runs[s->nruns++] = (Run){start, len, 0};
}

static void SORT(merge_rest)(SORT(Sort) * s)
{
    while (s->nruns > 1 && !s->failed) {
        int i = s->nruns - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len)
            i--;
        SORT(merge_at)(s, i);
    }
}

static void SORT(sort_items)(SORT(Sort) * s)
{
    int64_t least = least_run(s->n);
    for (int64_t at = 0; at < s->n && !s->failed;) {
        bool down;
        int64_t left = s->n - at, len = SORT(run_length)(s, s->items + at, left, &down);
        if (s->failed)
            return;
        if (down)
            SORT(reverse)(s->items + at, len);
        if (len < least) {
            int64_t want = int64_min(least, left);
            SORT(insert_rest)(s, s->items + at, len, want);
            len = want;
        }
        if (!s->failed)
            SORT(run_add)(s, at, len);
        at += len;
    }
    if (!s->failed)
        SORT(merge_rest)(s);
}

/* Sort items[0, n), backwards (and then still stable) when `down`; false: a comparison failed. */
static bool SORT(sort)(SORT_ITEM *items, int64_t n, KeyKind kind, bool down)
{
    SORT(Sort) s;
    s.items = items;
    s.n = n;
    s.kind = kind;
    s.failed = false;
    s.min_gallop = MIN_GALLOP;
    s.temp = NULL;
    s.temp_cap = 0;
    s.nruns = 0;
    if (down)
        SORT(reverse)(items, n);
    if (n > 1)
        SORT(sort_items)(&s);
    if (down)
        SORT(reverse)(items, n);
    free(s.temp);
    return !s.failed;
}

#undef SORT
#undef SORT_ITEM
#undef LESS
