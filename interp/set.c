/* set.c -- set and frozenset.  Replicated.
 *
 * An open-addressed table whose layout, growth and probing are those of CPython 3.11, because the
 * order of iteration is the order of the table and programs print it: a run of up to 10 neighbours
 * is tried before the next jump; a removed entry stays as a dummy, which a later addition may take;
 * the table is rebuilt when three fifths are filled.
 *
 * Invariant: used live entries, fill - used dummies; the table has mask + 1 places, a power of two.
 */
#include "interp/sets.h"

static bool entry_unused(const SetEntry *e)
{
    return e->key.tag == TAG_UNDEF;
}

static void set_reset(Set *s)
{
    memset(s->small, 0, sizeof s->small);
    s->table = s->small;
    s->mask = LEAST - 1;
    s->fill = s->used = 0;
    s->hash = -1;
}

Value set_new_type(Type *t)
{
    Set *s = object_new(t); /* whose small table is zero */
    s->table = s->small;
    s->mask = LEAST - 1;
    s->hash = -1;
    return v_obj(s);
}

Value set_new(void)
{
    return set_new_type(&type_set);
}

/* --------------------------------------------------------------------- the table */

/* Put a key known to be absent into a table without dummies. */
static void insert_clean(SetEntry *table, size_t mask, Value key, int64_t hash)
{
    size_t perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        SetEntry *e = &table[i];
        size_t more = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        for (size_t k = 0; k <= more; k++, e++)
            if (entry_unused(e)) {
                *e = (SetEntry){key, hash};
                return;
            }
        perturb >>= SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static size_t table_nbytes(int64_t mask)
{
    return sizeof(SetEntry) * (size_t)(mask + 1);
}

static void set_resize(Set *s, int64_t least)
{
    size_t size = LEAST;
    while (size <= (size_t)least)
        size <<= 1;
    SetEntry *old = s->table, copy[LEAST];
    int64_t old_mask = s->mask;
    bool was_small = old == s->small;
    if (was_small) {
        memcpy(copy, old, sizeof copy);
        old = copy;
    }
    s->table = size == LEAST ? s->small : mem_alloc(table_nbytes((int64_t)size - 1));
    s->mask = (int64_t)size - 1;
    memset(s->table, 0, table_nbytes(s->mask));
    for (int64_t i = 0; i <= old_mask; i++)
        if (set_entry_live(&old[i]))
            insert_clean(s->table, (size_t)s->mask, old[i].key, old[i].hash);
    s->fill = s->used;
    s->changes++;
    if (!was_small)
        mem_free(old, table_nbytes(old_mask));
}

static inline bool exact_str(Value v)
{
    return v.tag == TAG_OBJ && v.o->type == &type_str;
}

enum { SAME = 1, OTHER = 0, BROKEN = -1, CHANGED = 2 };

/* Does e hold key?  CHANGED: the comparison altered the table. */
static int entry_same(Set *s, SetEntry *e, Value key)
{
    Value mine = e->key;
    if (mine.tag == key.tag && mine.i == key.i)
        return SAME;
    if (exact_str(mine) && exact_str(key))
        return str_equal(mine.s, key.s);
    uint64_t changes = s->changes;
    retain(mine);
    int same = op_equal(mine, key);
    release(mine);
    if (same < 0)
        return BROKEN;
    return s->changes != changes ? CHANGED : same;
}

/* The entry with key, or the unused one that ends the search; NULL: exception.  *dummy (may be
 * NULL) is the last dummy passed on the way, which is where CPython puts a new key. */
static SetEntry *set_search(Set *s, Value key, int64_t hash, SetEntry **dummy)
{
again:;
    SetEntry *passed = NULL;
    size_t mask = (size_t)s->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        SetEntry *e = &s->table[i];
        size_t more = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        for (size_t k = 0; k <= more; k++, e++) {
            if (entry_unused(e)) {
                if (dummy)
                    *dummy = passed;
                return e;
            }
            if (!set_entry_live(e)) {
                passed = e;
                continue;
            }
            if (e->hash != hash)
                continue;
            int same = entry_same(s, e, key);
            if (same == BROKEN)
                return NULL;
            if (same == CHANGED)
                goto again;
            if (same)
                return e;
        }
        perturb >>= SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static inline SetEntry *set_find(Set *s, Value key, int64_t hash)
{
    SetEntry *e = &s->table[hash & s->mask];
    if (entry_unused(e) ||
        (e->hash == hash && set_entry_live(e) && e->key.tag == key.tag && e->key.i == key.i))
        return e;
    return set_search(s, key, hash, NULL);
}

static int64_t grown(int64_t used)
{
    return used > 50000 ? used * 2 : used * 4;
}

bool set_add_hashed(Set *s, Value key, int64_t hash)
{
    SetEntry *dummy = NULL, *e = &s->table[hash & s->mask];
    if (!entry_unused(e))
        e = set_search(s, key, hash, &dummy);
    if (!e)
        return false;
    if (set_entry_live(e))
        return true;
    s->used++;
    s->changes++;
    if (dummy) {
        *dummy = (SetEntry){retain(key), hash};
        return true;
    }
    *e = (SetEntry){retain(key), hash};
    s->fill++;
    if ((size_t)s->fill * 5 >= (size_t)s->mask * 3)
        set_resize(s, grown(s->used));
    return true;
}

/* 1 removed, 0 absent, -1 exception */
int set_discard_hashed(Set *s, Value key, int64_t hash)
{
    SetEntry *e = set_find(s, key, hash);
    if (!e || !set_entry_live(e))
        return e ? 0 : -1;
    Value old = e->key;
    *e = (SetEntry){V_ERROR, DUMMY_HASH};
    s->used--;
    s->changes++;
    release(old);
    return 1;
}

int set_contains_hashed(Set *s, Value key, int64_t hash)
{
    SetEntry *e = set_find(s, key, hash);
    return e ? set_entry_live(e) : -1;
}

bool set_add(Value v, Value x)
{
    int64_t hash;
    return op_hash(x, &hash) && set_add_hashed(as_set(v), x, hash);
}

int set_contains(Value v, Value x)
{
    int64_t hash;
    return op_hash(x, &hash) ? set_contains_hashed(as_set(v), x, hash) : -1;
}

int64_t set_len(Value v)
{
    return as_set(v)->used;
}

bool set_entry_next(Set *s, int64_t *pos, SetEntry *out)
{
    while (*pos <= s->mask) {
        SetEntry *e = &s->table[(*pos)++];
        if (set_entry_live(e)) {
            *out = *e;
            return true;
        }
    }
    return false;
}

bool set_next(Value v, int64_t *pos, Value *x)
{
    SetEntry e;
    if (!set_entry_next(as_set(v), pos, &e))
        return false;
    *x = e.key;
    return true;
}

void set_drop_all(Set *s)
{
    SetEntry *old = s->table, copy[LEAST];
    int64_t mask = s->mask;
    bool small = old == s->small;
    if (small) {
        memcpy(copy, old, sizeof copy);
        old = copy;
    }
    set_reset(s);
    s->changes++;
    for (int64_t i = 0; i <= mask; i++)
        if (set_entry_live(&old[i]))
            release(old[i].key);
    if (!small)
        mem_free(old, table_nbytes(mask));
}

/* As set_drop_all for a set that nobody can look at any more. */
static void set_end(Set *s)
{
    int64_t left = s->used;
    for (SetEntry *e = s->table; left > 0; e++)
        if (set_entry_live(e)) {
            release(e->key);
            left--;
        }
    if (s->table != s->small)
        mem_free(s->table, table_nbytes(s->mask));
}

/* ------------------------------------------------------------------------ union */

static bool merge_set(Set *s, Set *other)
{
    SetEntry e;
    if (other == s || other->used == 0)
        return true;
    if ((size_t)(s->fill + other->used) * 5 >= (size_t)s->mask * 3)
        set_resize(s, (s->used + other->used) * 2);
    if (s->fill == 0) {
        bool same = s->mask == other->mask && other->fill == other->used;
        s->fill = s->used = other->used;
        s->changes++;
        for (int64_t i = 0; i <= other->mask; i++) {
            SetEntry *o = &other->table[i];
            if (!set_entry_live(o))
                continue;
            retain(o->key);
            if (same)
                s->table[i] = *o;
            else
                insert_clean(s->table, (size_t)s->mask, o->key, o->hash);
        }
        return true;
    }
    for (int64_t pos = 0; set_entry_next(other, &pos, &e);) {
        retain(e.key);
        bool ok = set_add_hashed(s, e.key, e.hash);
        release(e.key);
        if (!ok)
            return false;
    }
    return true;
}

static bool merge_dict(Set *s, Value d)
{
    Value key, x;
    int64_t n = dict_len(d);
    if ((size_t)(s->fill + n) * 5 >= (size_t)s->mask * 3)
        set_resize(s, (s->used + n) * 2);
    for (int64_t pos = 0; dict_next(d, &pos, &key, &x);) {
        retain(key);
        bool ok = set_add(v_obj(s), key);
        release(key);
        if (!ok)
            return false;
    }
    return true;
}

/* Run fn over what `it` yields, with hashes; false: exception or fn said so. */
bool set_each_of(Value it, EachFn fn, void *ctx)
{
    Value iter = op_iter(it);
    if (v_is_error(iter))
        return false;
    for (;;) {
        Value x = iter_step(iter);
        int64_t hash;
        if (x.tag <= TAG_ERROR) {
            release(iter);
            return v_is_undef(x);
        }
        bool ok = op_hash(x, &hash) && fn(x, hash, ctx);
        release(x);
        if (!ok) {
            release(iter);
            return false;
        }
    }
}

static bool each_add(Value x, int64_t hash, void *ctx)
{
    return set_add_hashed(ctx, x, hash);
}

bool set_update(Value v, Value it)
{
    if (is_set(it))
        return merge_set(as_set(v), as_set(it));
    if (is_exact(it, &type_dict))
        return merge_dict(as_set(v), it);
    return set_each_of(it, each_add, as_set(v));
}

Value set_from(Type *t, Value it)
{
    Value s = set_new_type(t);
    if (v_is_undef(it) || set_update(s, it))
        return s;
    release(s);
    return V_ERROR;
}

Value set_from_iterable(Value it)
{
    return set_from(&type_set, it);
}

static Value frozen_empty(void)
{
    static Value empty;
    if (v_is_undef(empty))
        empty = set_new_type(&type_frozenset);
    return retain(empty);
}

Value frozenset_from_iterable(Value it)
{
    if (is_exact(it, &type_frozenset))
        return retain(it);
    Value s = set_from(&type_frozenset, it);
    if (v_is_error(s) || as_set(s)->used)
        return s;
    release(s);
    return frozen_empty();
}

/* Results of operators have the builtin base's type. */
static Type *base_type(Value v)
{
    return is_instance(v, &type_frozenset) ? &type_frozenset : &type_set;
}

Value set_copy(Value v)
{
    return set_from(base_type(v), v);
}

/* ----------------------------------------------- intersection, difference, xor */

typedef struct Pick {
    Set *from, *to;
} Pick;

static bool each_common(Value x, int64_t hash, void *ctx)
{
    Pick *p = ctx;
    int has = set_contains_hashed(p->from, x, hash);
    return has >= 0 && (!has || set_add_hashed(p->to, x, hash));
}

Value set_intersect(Value a, Value b)
{
    if (op_same(a, b))
        return set_copy(a);
    Value r = set_new_type(base_type(a));
    bool ok = true;
    if (is_set(b)) {
        Set *small = as_set(b), *large = as_set(a);
        if (small->used > large->used) {
            small = as_set(a);
            large = as_set(b);
        }
        SetEntry e;
        Pick p = {large, as_set(r)};
        for (int64_t pos = 0; ok && set_entry_next(small, &pos, &e);) {
            retain(e.key);
            ok = each_common(e.key, e.hash, &p);
            release(e.key);
        }
    } else {
        Pick p = {as_set(a), as_set(r)};
        ok = set_each_of(b, each_common, &p);
    }
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static bool each_discard(Value x, int64_t hash, void *ctx)
{
    return set_discard_hashed(ctx, x, hash) >= 0;
}

bool set_subtract(Value v, Value other)
{
    Set *s = as_set(v);
    bool ok = true;
    if (op_same(v, other)) {
        set_drop_all(s);
        return true;
    }
    if (is_set(other)) {
        SetEntry e;
        Value source = retain(other);
        if (as_set(other)->used >> 3 > s->used) {
            release(source);
            source = set_intersect(v, other);
            if (v_is_error(source))
                return false;
        }
        for (int64_t pos = 0; ok && set_entry_next(as_set(source), &pos, &e);) {
            retain(e.key);
            ok = set_discard_hashed(s, e.key, e.hash) >= 0;
            release(e.key);
        }
        release(source);
    } else {
        ok = set_each_of(other, each_discard, s);
    }
    if (ok && (size_t)(s->fill - s->used) > (size_t)s->mask / 4)
        set_resize(s, grown(s->used));
    return ok;
}

static Value copy_and_subtract(Value a, Value b)
{
    Value r = set_copy(a);
    if (v_is_error(r) || set_subtract(r, b))
        return r;
    release(r);
    return V_ERROR;
}

Value set_minus(Value a, Value b)
{
    bool set = is_set(b), dict = is_exact(b, &type_dict);
    if (!set && !dict)
        return copy_and_subtract(a, b);
    if (as_set(a)->used >> 2 > (set ? as_set(b)->used : dict_len(b)))
        return copy_and_subtract(a, b);
    Value r = set_new_type(base_type(a));
    SetEntry e;
    int ok = 1;
    for (int64_t pos = 0; ok > 0 && set_entry_next(as_set(a), &pos, &e);) {
        retain(e.key);
        int has = set ? set_contains_hashed(as_set(b), e.key, e.hash) : op_contains(b, e.key);
        ok = has >= 0 && (has || set_add_hashed(as_set(r), e.key, e.hash));
        release(e.key);
    }
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

static bool toggle(Set *s, Value key, int64_t hash)
{
    int r = set_discard_hashed(s, key, hash);
    return r > 0 || (r == 0 && set_add_hashed(s, key, hash));
}

bool set_toggle_all(Value v, Value other)
{
    if (op_same(v, other)) {
        set_drop_all(as_set(v));
        return true;
    }
    Value source = is_set(other) ? retain(other) : V_UNDEF;
    if (is_exact(other, &type_dict)) {
        Value key, x;
        bool ok = true;
        for (int64_t pos = 0; ok && dict_next(other, &pos, &key, &x);) {
            int64_t hash;
            retain(key);
            ok = op_hash(key, &hash) && toggle(as_set(v), key, hash);
            release(key);
        }
        return ok;
    }
    if (v_is_undef(source))
        source = set_from(base_type(v), other);
    if (v_is_error(source))
        return false;
    SetEntry e;
    bool ok = true;
    for (int64_t pos = 0; ok && set_entry_next(as_set(source), &pos, &e);) {
        retain(e.key);
        ok = toggle(as_set(v), e.key, e.hash);
        release(e.key);
    }
    release(source);
    return ok;
}

Value set_xor(Value a, Value b)
{
    Value r = set_from(base_type(a), b);
    if (v_is_error(r) || set_toggle_all(r, a))
        return r;
    release(r);
    return V_ERROR;
}

static Value set_or(Value a, Value b)
{
    Value r = set_copy(a);
    if (v_is_error(r) || set_update(r, b))
        return r;
    release(r);
    return V_ERROR;
}

/* Take over the other's table: s &= x keeps s's identity. */
void set_become(Set *s, Value other)
{
    Set *o = as_set(other), t = *s;
    bool s_small = s->table == s->small, o_small = o->table == o->small;
    s->fill = o->fill;
    s->used = o->used;
    s->mask = o->mask;
    memcpy(s->small, o->small, sizeof s->small);
    s->table = o_small ? s->small : o->table;
    o->fill = t.fill;
    o->used = t.used;
    o->mask = t.mask;
    memcpy(o->small, t.small, sizeof o->small);
    o->table = s_small ? o->small : t.table;
    s->changes++;
    release(other);
}

int set_issubset_of(Value a, Value b)
{
    SetEntry e;
    if (as_set(a)->used > as_set(b)->used)
        return 0;
    for (int64_t pos = 0; set_entry_next(as_set(a), &pos, &e);) {
        retain(e.key);
        int has = set_contains_hashed(as_set(b), e.key, e.hash);
        release(e.key);
        if (has <= 0)
            return has;
    }
    return 1;
}

/* ------------------------------------------------------------------------- slots */

static Value set_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return set_new_type(cls);
}

static bool takes_one(Value *args, int nargs, Value kwnames, const char *name)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        raise_fmt(&exc_TypeError, "%s() takes no keyword arguments", name);
    else if (nargs > 1)
        raise_fmt(&exc_TypeError, "%s expected at most 1 argument, got %d", name, nargs);
    else
        return true;
    return false;
}

static bool set_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (!takes_one(args, nargs, kwnames, "set"))
        return false;
    if (as_set(self)->fill)
        set_drop_all(as_set(self));
    return nargs == 0 || set_update(self, args[0]);
}

static Value frozenset_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    bool exact = cls == &type_frozenset;
    if (exact && !takes_one(args, nargs, kwnames, "frozenset"))
        return V_ERROR;
    if (nargs > 1)
        return raise_fmt(&exc_TypeError, "frozenset expected at most 1 argument, got %d", nargs);
    if (exact)
        return nargs ? frozenset_from_iterable(args[0]) : frozen_empty();
    return set_from(cls, nargs ? args[0] : V_UNDEF);
}

static void set_free(Object *o)
{
    if (((Set *)o)->table)
        set_end((Set *)o);
}

static void set_clear_all(Object *o)
{
    if (((Set *)o)->table)
        set_drop_all((Set *)o);
}

static void set_traverse(Object *o, VisitFn visit, void *ctx)
{
    Set *s = (Set *)o;
    for (int64_t i = 0; s->table && i <= s->mask; i++)
        visit(s->table[i].key, ctx);
}

static Value set_repr(Value v)
{
    if (!as_set(v)->used)
        return str_fmt("%T()", v);
    int inside = repr_enter(v);
    if (inside)
        return inside < 0 ? V_ERROR : str_fmt("%T(...)", v);
    Value all = list_from_iterable(v);
    Buf b = {0};
    bool plain = is_exact(v, &type_set), ok = !v_is_error(all);
    if (!plain)
        buf_printf(&b, "%s(", type_of(v)->name);
    buf_putc(&b, '{');
    for (int64_t i = 0; ok && i < as_list(all)->n; i++) {
        if (i)
            buf_puts(&b, ", ");
        ok = repr_into(as_list(all)->at[i], &b);
    }
    buf_puts(&b, plain ? "}" : "})");
    release(all);
    repr_leave();
    return repr_text(&b, ok);
}

static uint64_t shuffle(uint64_t h)
{
    return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u;
}

/* CPython's: an xor over the whole table, with the places that hold nothing taken out again. */
static bool frozenset_hash(Value v, int64_t *out)
{
    Set *s = as_set(v);
    if (s->hash != -1) {
        *out = s->hash;
        return true;
    }
    uint64_t h = 0;
    for (int64_t i = 0; i <= s->mask; i++)
        if (set_entry_live(&s->table[i]))
            h ^= shuffle((uint64_t)s->table[i].hash);
    h ^= ((uint64_t)s->used + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    s->hash = h == UINT64_MAX ? 590923713 : (int64_t)h;
    *out = s->hash;
    return true;
}

static Value set_compare(Value a, Value b, CmpOp op)
{
    if (!is_set(b))
        return V_NOTIMPL;
    Set *x = as_set(a), *y = as_set(b);
    int r;
    switch (op) {
    case CMP_EQ:
    case CMP_NE:
        r = x->used == y->used ? set_issubset_of(a, b) : 0;
        return r < 0 ? V_ERROR : v_bool(r == (op == CMP_EQ));
    case CMP_LT:
        r = x->used < y->used ? set_issubset_of(a, b) : 0;
        break;
    case CMP_LE:
        r = set_issubset_of(a, b);
        break;
    case CMP_GT:
        r = x->used > y->used ? set_issubset_of(b, a) : 0;
        break;
    default:
        r = set_issubset_of(b, a);
        break;
    }
    return r < 0 ? V_ERROR : v_bool(r);
}

static int64_t set_len_slot(Value v)
{
    return as_set(v)->used;
}

/* A set is looked up as the frozenset it would be. */
static int set_contains_slot(Value v, Value x)
{
    int r = set_contains(v, x);
    if (r >= 0 || !is_instance(x, &type_set) || !error_matches(&exc_TypeError))
        return r;
    error_clear();
    Value frozen = set_from(&type_frozenset, x);
    if (v_is_error(frozen))
        return -1;
    r = set_contains(v, frozen);
    release(frozen);
    return r;
}

static Value set_binary(Value a, Value b, BinOp op)
{
    if (!is_set(a) || !is_set(b))
        return V_NOTIMPL;
    switch (op) {
    case BIN_OR:
        return set_or(a, b);
    case BIN_AND:
        return set_intersect(a, b);
    case BIN_SUB:
        return set_minus(a, b);
    case BIN_XOR:
        return set_xor(a, b);
    default:
        return V_NOTIMPL;
    }
}

static Value set_inplace(Value a, Value b, BinOp op)
{
    bool ok;
    if (!is_set(b))
        return V_NOTIMPL;
    switch (op) {
    case BIN_OR:
        ok = set_update(a, b);
        break;
    case BIN_SUB:
        ok = set_subtract(a, b);
        break;
    case BIN_XOR:
        ok = set_toggle_all(a, b);
        break;
    case BIN_AND: {
        Value r = set_intersect(a, b);
        ok = !v_is_error(r);
        if (ok)
            set_become(as_set(a), r);
        break;
    }
    default:
        return V_NOTIMPL;
    }
    return ok ? retain(a) : V_ERROR;
}

/* ------------------------------------------------------------------------ iterator */

typedef struct SetIter {
    GcObject gc;
    Value set; /* undefined: exhausted */
    int64_t pos, used, left;
} SetIter;

extern Type type_set_iter;

static Value set_iter(Value v)
{
    SetIter *it = object_new(&type_set_iter);
    it->set = retain(v);
    it->used = it->left = as_set(v)->used;
    return v_obj(it);
}

static Value setiter_next(Value v)
{
    SetIter *it = (SetIter *)v.o;
    SetEntry e;
    if (v_is_undef(it->set))
        return V_UNDEF;
    if (it->used != as_set(it->set)->used) {
        it->used = -1;
        return raise_fmt(&exc_RuntimeError, "Set changed size during iteration");
    }
    if (set_entry_next(as_set(it->set), &it->pos, &e)) {
        it->left--;
        return retain(e.key);
    }
    slot_set(&it->set, V_UNDEF);
    return V_UNDEF;
}

static void setiter_free(Object *o)
{
    release(((SetIter *)o)->set);
}

static void setiter_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((SetIter *)o)->set, ctx);
}

static Value setiter_self(Value v)
{
    return retain(v);
}

static Value setiter_hint(Value *a, int n)
{
    SetIter *it = (SetIter *)a[0].o;
    bool live = !v_is_undef(it->set) && it->used == as_set(it->set)->used;
    return v_int(live ? it->left : 0);
}

static const NativeDef setiter_methods[] = {
    {"__length_hint__", "self, /", setiter_hint, NULL},
    {0},
};

Type type_set_iter = {
    .name = "set_iterator",
    .size = sizeof(SetIter),
    .flags = TYPE_GC,
    .methods = setiter_methods,
    .free = setiter_free,
    .traverse = setiter_traverse,
    .iter = setiter_self,
    .next = setiter_next,
};

#define SET_COMMON                                                                                 \
    .size = sizeof(Set), .flags = TYPE_GC | TYPE_BASE, .free = set_free, .traverse = set_traverse, \
    .repr = set_repr, .compare = set_compare, .iter = set_iter, .len = set_len_slot,               \
    .contains = set_contains_slot, .binary = set_binary

Type type_set = {
    SET_COMMON,
    .name = "set",
    .doc = "Distinct elements: set() or set(iterable).",
    .methods = set_methods,
    .clear = set_clear_all,
    .inplace = set_inplace,
    .make = set_make,
    .init = set_init,
};

Type type_frozenset = {
    SET_COMMON,
    .name = "frozenset",
    .doc = "A set that cannot change: frozenset() or frozenset(iterable).",
    .methods = frozenset_methods,
    .hash = frozenset_hash,
    .make = frozenset_make,
};
