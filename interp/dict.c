/* dict.c -- dict: a hash table that keeps the order of insertion.  Replicated.
 *
 * Entries lie in one array in the order they came; an index of 1, 2 or 4-byte numbers, open
 * addressing, tells where a hash is.  Deleting leaves a hole that the next growth closes.  Str keys
 * that are the same object are found without comparing text.
 *
 * Invariant: used entries + holes == n <= cap; cap is two thirds of the index, so an empty place
 * exists. version changes whenever a key comes or goes, never when only a value does.
 */
#include "interp/containers.h"

enum { EMPTY = -1, GONE = -2 };

static uint64_t last_version;

/* --------------------------------------------------------------------- storage */

static int64_t cap_of(int log)
{
    return log ? ((int64_t)1 << log) * 2 / 3 : 0;
}

static int index_width(int log)
{
    return log < 8 ? 1 : log < 16 ? 2 : 4;
}

static size_t block_nbytes(int log)
{
    return sizeof(DictEntry) * (size_t)cap_of(log) + ((size_t)index_width(log) << log);
}

static inline int64_t place_get(const Dict *d, size_t i)
{
    if (d->log_index < 8)
        return ((const int8_t *)d->index)[i];
    return d->log_index < 16 ? ((const int16_t *)d->index)[i] : ((const int32_t *)d->index)[i];
}

static inline void place_set(Dict *d, size_t i, int64_t at)
{
    if (d->log_index < 8)
        ((int8_t *)d->index)[i] = (int8_t)at;
    else if (d->log_index < 16)
        ((int16_t *)d->index)[i] = (int16_t)at;
    else
        ((int32_t *)d->index)[i] = (int32_t)at;
}

static void place_add(Dict *d, int64_t hash, int64_t at)
{
    size_t mask = ((size_t)1 << d->log_index) - 1, perturb = (size_t)hash, i = perturb & mask;
    while (place_get(d, i) >= 0) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    place_set(d, i, at);
    d->hashes |= hash_bits(hash);
}

static int log_for(int64_t entries)
{
    int log = 3;
    while (cap_of(log) < entries)
        log++;
    return log;
}

/* New storage for at least `entries`, holes closed. */
static void dict_resize(Dict *d, int64_t entries)
{
    int log = log_for(entries);
    ASSERT(log < 31, "dict of %lld entries", (long long)entries);
    DictEntry *old = d->entries;
    int64_t n = d->n;
    int old_log = d->log_index;
    d->log_index = log;
    d->cap = cap_of(log);
    d->entries = mem_alloc(block_nbytes(log));
    d->index = d->entries + d->cap;
    memset(d->index, 0xff, (size_t)index_width(log) << log);
    d->hashes = 0;
    d->n = 0;
    for (int64_t i = 0; i < n; i++) {
        if (v_is_undef(old[i].key))
            continue;
        place_add(d, old[i].hash, d->n);
        d->entries[d->n++] = old[i];
    }
    if (old)
        mem_free(old, block_nbytes(old_log));
}

/* ---------------------------------------------------------------------- lookup */

static inline bool is_exact_str(Value v)
{
    return v.tag == TAG_OBJ && v.o->type == &type_str;
}

static inline bool same_value(Value a, Value b)
{
    return a.tag == b.tag && a.i == b.i;
}

static inline int64_t hash_of_str(Str *s)
{
    return s->hash != -1 ? s->hash : str_hash(s);
}

/* Entry of a str key, or -1; no code of the program runs. *place is its place in the index. */
static inline int64_t find_str(const Dict *d, Str *key, int64_t hash, size_t *place)
{
    if (!d->log_index)
        return -1;
    size_t mask = ((size_t)1 << d->log_index) - 1, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        int64_t at = place_get(d, i);
        if (at >= 0) {
            const DictEntry *e = &d->entries[at];
            if (e->key.s == key && e->key.tag == TAG_OBJ) {
                *place = i;
                return at;
            }
            if (e->hash == hash && e->key.tag == TAG_OBJ && is_str(e->key) &&
                str_equal(e->key.s, key)) {
                *place = i;
                return at;
            }
        } else if (at == EMPTY) {
            return -1;
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}

enum { ABSENT = -1, FAILED = -2, AGAIN = -3 };

static int64_t find_once(Dict *d, Value key, int64_t hash, size_t *place)
{
    if (!d->log_index)
        return ABSENT;
    size_t mask = ((size_t)1 << d->log_index) - 1, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        int64_t at = place_get(d, i);
        if (at == EMPTY)
            return ABSENT;
        if (at >= 0) {
            DictEntry *e = &d->entries[at];
            *place = i;
            if (same_value(e->key, key))
                return at;
            if (e->hash == hash) {
                uint64_t version = d->version;
                Value held = retain(e->key);
                int same = op_equal(held, key);
                release(held);
                if (same < 0)
                    return FAILED;
                if (d->version != version)
                    return AGAIN;
                if (same)
                    return at;
            }
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}

/* Entry, ABSENT, or FAILED.  A comparison that changed the dict starts over. */
static int64_t find(Dict *d, Value key, int64_t hash, size_t *place)
{
    if (is_exact_str(key))
        return find_str(d, key.s, hash, place);
    int64_t at;
    while ((at = find_once(d, key, hash, place)) == AGAIN)
        ;
    return at;
}

static inline bool hash_key(Value key, int64_t *hash)
{
    if (is_exact_str(key)) {
        *hash = hash_of_str(key.s);
        return true;
    }
    return op_hash(key, hash);
}

static void insert_new(Dict *d, Value key, int64_t hash, Value x)
{
    if (d->n == d->cap)
        dict_resize(d, d->used < 4 ? 2 * d->used + 1 : 3 * d->used);
    place_add(d, hash, d->n);
    d->entries[d->n++] = (DictEntry){retain(key), retain(x), hash};
    d->used++;
    d->version = ++last_version;
}

static void insert_at(Dict *d, int64_t at, Value key, int64_t hash, Value x)
{
    if (at >= 0)
        slot_set(&d->entries[at].x, retain(x));
    else
        insert_new(d, key, hash, x);
}

/* Take entry `at` out; its value, owned. */
static Value entry_remove(Dict *d, int64_t at, size_t place)
{
    DictEntry *e = &d->entries[at];
    Value key = e->key, x = e->x;
    place_set(d, place, GONE);
    e->key = e->x = V_UNDEF;
    d->used--;
    d->version = ++last_version;
    if (at == d->n - 1)
        while (d->n && v_is_undef(d->entries[d->n - 1].key))
            d->n--;
    release(key);
    return x;
}

/* ----------------------------------------------------------------- C interface */

Value dict_new(void)
{
    Dict *d = object_new(&type_dict);
    d->version = ++last_version;
    return v_obj(d);
}

Value dict_get(Value v, Value key)
{
    int64_t hash;
    size_t place;
    if (!hash_key(key, &hash))
        return V_ERROR;
    int64_t at = find(as_dict(v), key, hash, &place);
    if (at >= 0)
        return as_dict(v)->entries[at].x;
    return at == ABSENT ? V_UNDEF : V_ERROR;
}

bool dict_set(Value v, Value key, Value x)
{
    int64_t hash;
    size_t place;
    if (!hash_key(key, &hash))
        return false;
    int64_t at = find(as_dict(v), key, hash, &place);
    if (at == FAILED)
        return false;
    insert_at(as_dict(v), at, key, hash, x);
    return true;
}

Value dict_pop(Value v, Value key)
{
    int64_t hash;
    size_t place = 0;
    if (!hash_key(key, &hash))
        return V_ERROR;
    int64_t at = find(as_dict(v), key, hash, &place);
    if (at == FAILED)
        return V_ERROR;
    return at == ABSENT ? V_UNDEF : entry_remove(as_dict(v), at, place);
}

int dict_del(Value v, Value key)
{
    Value x = dict_pop(v, key);
    release(x);
    return v_is_error(x) ? -1 : !v_is_undef(x);
}

Value dict_get_str(Value v, Str *key)
{
    size_t place;
    Dict *d = as_dict(v);
    int64_t at = find_str(d, key, hash_of_str(key), &place);
    return at < 0 ? V_UNDEF : d->entries[at].x;
}

void dict_set_str(Value v, Str *key, Value x)
{
    size_t place;
    int64_t hash = hash_of_str(key);
    insert_at(as_dict(v), find_str(as_dict(v), key, hash, &place), v_obj(key), hash, x);
}

Value *dict_slot_str(Value v, Str *key)
{
    size_t place;
    Dict *d = as_dict(v);
    int64_t at = find_str(d, key, hash_of_str(key), &place);
    return at < 0 ? NULL : &d->entries[at].x;
}

Value *dict_slot_hint(Dict *d, Str *key, uint32_t *hint)
{
    if (*hint < d->n && d->entries[*hint].key.s == key && d->entries[*hint].key.tag == TAG_OBJ)
        return &d->entries[*hint].x;
    size_t place;
    int64_t at = find_str(d, key, hash_of_str(key), &place);
    if (at < 0)
        return NULL;
    *hint = (uint32_t)at;
    return &d->entries[at].x;
}

int64_t dict_len(Value v)
{
    return as_dict(v)->used;
}

bool dict_next(Value v, int64_t *pos, Value *key, Value *x)
{
    Dict *d = as_dict(v);
    while (*pos < d->n) {
        DictEntry *e = &d->entries[(*pos)++];
        if (v_is_undef(e->key))
            continue;
        *key = e->key;
        *x = e->x;
        return true;
    }
    return false;
}

uint64_t dict_keys_version(Value v)
{
    return as_dict(v)->version;
}

void dict_clear(Value v)
{
    Dict *d = as_dict(v);
    DictEntry *old = d->entries;
    int64_t n = d->n;
    int log = d->log_index;
    d->entries = NULL;
    d->index = NULL;
    d->used = d->n = d->cap = 0;
    d->log_index = 0;
    d->hashes = 0;
    d->version = ++last_version;
    for (int64_t i = 0; i < n; i++) {
        release(old[i].key);
        release(old[i].x);
    }
    if (old)
        mem_free(old, block_nbytes(log));
}

static void copy_entries(Dict *to, const Dict *from)
{
    dict_resize(to, from->used);
    for (int64_t i = 0; i < from->n; i++) {
        const DictEntry *e = &from->entries[i];
        if (v_is_undef(e->key))
            continue;
        place_add(to, e->hash, to->n);
        to->entries[to->n++] = (DictEntry){retain(e->key), retain(e->x), e->hash};
    }
    to->used = to->n;
    to->version = ++last_version;
}

Value dict_copy(Value v)
{
    Value r = dict_new();
    if (as_dict(v)->used)
        copy_entries(as_dict(r), as_dict(v));
    return r;
}

/* --------------------------------------------------------------------- update */

static bool merge_one(Value d, Value key, Value x, bool overwrite)
{
    if (overwrite)
        return dict_set(d, key, x);
    Value had = dict_get(d, key);
    return !v_is_error(had) && (!v_is_undef(had) || dict_set(d, key, x));
}

static bool merge_dict(Value d, Value source, bool overwrite)
{
    Value key, x;
    if (d.o == source.o)
        return true;
    if (as_dict(d)->used == 0 && as_dict(d)->n == 0 && as_dict(source)->used) {
        if (as_dict(d)->entries)
            dict_clear(d);
        copy_entries(as_dict(d), as_dict(source));
        return true;
    }
    int64_t used = as_dict(source)->used;
    for (int64_t pos = 0; dict_next(source, &pos, &key, &x);) {
        retain(key);
        retain(x);
        bool ok = merge_one(d, key, x, overwrite);
        release(key);
        release(x);
        if (!ok)
            return false;
        if (as_dict(source)->used != used) {
            raise_fmt(&exc_RuntimeError, "dict mutated during update");
            return false;
        }
    }
    return true;
}

static bool merge_keys(Value d, Value source, Value keys, bool overwrite)
{
    Value it = op_iter(keys), key = V_UNDEF;
    if (v_is_error(it))
        return false;
    bool ok = true;
    while (ok) {
        key = op_next(it);
        if (key.tag <= TAG_ERROR)
            break;
        Value x = op_getitem(source, key);
        ok = !v_is_error(x) && merge_one(d, key, x, overwrite);
        release(x);
        release(key);
    }
    release(it);
    return ok && !v_is_error(key);
}

static bool merge_pair(Value d, Value item, int64_t i, bool overwrite)
{
    Value pair = is_tuple(item) ? retain(item) : list_from_iterable(item);
    if (v_is_error(pair)) {
        if (error_matches(&exc_TypeError)) {
            error_clear();
            raise_fmt(&exc_TypeError,
                      "cannot convert dictionary update sequence element #%lld to a sequence",
                      (long long)i);
        }
        return false;
    }
    bool tuple = is_tuple(pair);
    int64_t n = tuple ? as_tuple(pair)->n : as_list(pair)->n;
    Value *at = tuple ? as_tuple(pair)->at : as_list(pair)->at;
    bool ok = n == 2;
    if (ok)
        ok = merge_one(d, at[0], at[1], overwrite);
    else
        raise_fmt(&exc_ValueError,
                  "dictionary update sequence element #%lld has length %lld; 2 is required",
                  (long long)i, (long long)n);
    release(pair);
    return ok;
}

static bool merge_pairs(Value d, Value source, bool overwrite)
{
    Value it = op_iter(source), item = V_UNDEF;
    if (v_is_error(it))
        return false;
    bool ok = true;
    for (int64_t i = 0; ok; i++) {
        item = op_next(it);
        if (item.tag <= TAG_ERROR)
            break;
        ok = merge_pair(d, item, i, overwrite);
        release(item);
    }
    release(it);
    return ok && !v_is_error(item);
}

bool dict_update(Value d, Value source, bool overwrite)
{
    if (is_exact(source, &type_dict) ||
        (is_dict(source) && type_of(source)->iter == type_dict.iter))
        return merge_dict(d, source, overwrite);
    Value keys = op_getattr_opt(source, S(keys));
    if (v_is_error(keys))
        return false;
    if (v_is_undef(keys))
        return merge_pairs(d, source, overwrite);
    Value all = op_call0(keys);
    release(keys);
    if (v_is_error(all))
        return false;
    bool ok = merge_keys(d, source, all, overwrite);
    release(all);
    return ok;
}

Value dict_from(Value source)
{
    Value d = dict_new();
    if (dict_update(d, source, true))
        return d;
    release(d);
    return V_ERROR;
}

/* ----------------------------------------------------------------------- slots */

static Value dict_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    Dict *d = object_new(cls);
    d->version = ++last_version;
    return v_obj(d);
}

static bool update_from_args(Value d, const char *name, Value *args, int nargs, Value kwnames)
{
    if (nargs > 1) {
        raise_fmt(&exc_TypeError, "%s expected at most 1 argument, got %d", name, nargs);
        return false;
    }
    if (nargs && !dict_update(d, args[0], true))
        return false;
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    for (int i = 0; i < nkw; i++)
        if (!dict_set(d, as_tuple(kwnames)->at[i], args[nargs + i]))
            return false;
    return true;
}

static bool dict_init(Value self, Value *args, int nargs, Value kwnames)
{
    return update_from_args(self, "dict", args, nargs, kwnames);
}

static void dict_free(Object *o)
{
    Dict *d = (Dict *)o;
    for (int64_t i = 0; i < d->n; i++) {
        release(d->entries[i].key);
        release(d->entries[i].x);
    }
    if (d->entries)
        mem_free(d->entries, block_nbytes(d->log_index));
}

static void dict_traverse(Object *o, VisitFn visit, void *ctx)
{
    Dict *d = (Dict *)o;
    for (int64_t i = 0; i < d->n; i++) {
        visit(d->entries[i].key, ctx);
        visit(d->entries[i].x, ctx);
    }
}

static void dict_drop(Object *o)
{
    dict_clear(v_obj(o));
}

static bool repr_entries(Value v, Buf *b)
{
    Value key, x;
    for (int64_t pos = 0; dict_next(v, &pos, &key, &x);) {
        retain(key);
        retain(x);
        if (b->n > 1)
            buf_puts(b, ", ");
        bool ok = repr_into(key, b);
        buf_puts(b, ": ");
        ok = ok && repr_into(x, b);
        release(key);
        release(x);
        if (!ok)
            return false;
    }
    return true;
}

static Value dict_repr(Value v)
{
    if (!as_dict(v)->used)
        return str_new("{}");
    int inside = repr_enter(v);
    if (inside)
        return inside < 0 ? V_ERROR : str_new("{...}");
    Buf b = {0};
    buf_putc(&b, '{');
    bool ok = repr_entries(v, &b);
    buf_putc(&b, '}');
    repr_leave();
    return repr_text(&b, ok);
}

static int dict_equal(Value a, Value b)
{
    Value key, x;
    if (as_dict(a)->used != as_dict(b)->used)
        return 0;
    for (int64_t pos = 0; dict_next(a, &pos, &key, &x);) {
        retain(key);
        retain(x);
        Value y = dict_get(b, key);
        int same = v_is_error(y) ? -1 : 0;
        if (y.tag > TAG_ERROR) {
            retain(y);
            same = op_equal(x, y);
            release(y);
        }
        release(key);
        release(x);
        if (same <= 0)
            return same;
    }
    return 1;
}

static Value dict_compare(Value a, Value b, CmpOp op)
{
    if (!is_dict(b) || (op != CMP_EQ && op != CMP_NE))
        return V_NOTIMPL;
    if (!depth_enter(" in comparison"))
        return V_ERROR;
    int same = dict_equal(a, b);
    depth_leave();
    return same < 0 ? V_ERROR : v_bool(same == (op == CMP_EQ));
}

static int64_t dict_len_slot(Value v)
{
    return as_dict(v)->used;
}

static Value dict_getitem(Value v, Value key)
{
    Value x = dict_get(v, key);
    if (x.tag > TAG_ERROR)
        return retain(x);
    if (v_is_error(x))
        return x;
    if (v.o->type != &type_dict) {
        Value r = special_call(v, S(__missing__), &key, 1, V_UNDEF);
        if (!v_is_undef(r))
            return r;
    }
    return raise_key(key);
}

static bool dict_setitem(Value v, Value key, Value x)
{
    if (!v_is_undef(x))
        return dict_set(v, key, x);
    int r = dict_del(v, key);
    if (r == 0)
        raise_key(key);
    return r > 0;
}

static int dict_contains(Value v, Value key)
{
    Value x = dict_get(v, key);
    return v_is_error(x) ? -1 : !v_is_undef(x);
}

static Value dict_binary(Value a, Value b, BinOp op)
{
    if (op != BIN_OR || !is_dict(a) || !is_dict(b))
        return V_NOTIMPL;
    Value r = dict_copy(a);
    if (dict_update(r, b, true))
        return r;
    release(r);
    return V_ERROR;
}

static Value dict_inplace(Value a, Value b, BinOp op)
{
    if (op != BIN_OR)
        return V_NOTIMPL;
    return dict_update(a, b, true) ? retain(a) : V_ERROR;
}

/* --------------------------------------------------------------------- methods */

static Value dict_m_get(Value *a, int n)
{
    Value x = dict_get(a[0], a[1]);
    return v_is_error(x) ? x : retain(v_is_undef(x) ? a[2] : x);
}

static Value dict_m_setdefault(Value *a, int n)
{
    int64_t hash;
    size_t place;
    if (!hash_key(a[1], &hash))
        return V_ERROR;
    Dict *d = as_dict(a[0]);
    int64_t at = find(d, a[1], hash, &place);
    if (at == FAILED)
        return V_ERROR;
    if (at >= 0)
        return retain(d->entries[at].x);
    insert_new(d, a[1], hash, a[2]);
    return retain(a[2]);
}

static Value dict_m_pop(Value *a, int n)
{
    Value x = dict_pop(a[0], a[1]);
    if (!v_is_undef(x))
        return x;
    return v_is_undef(a[2]) ? raise_key(a[1]) : retain(a[2]);
}

static Value dict_m_popitem(Value *a, int n)
{
    Dict *d = as_dict(a[0]);
    if (!d->used)
        return raise_fmt(&exc_KeyError, "popitem(): dictionary is empty");
    int64_t at = d->n - 1;
    while (v_is_undef(d->entries[at].key))
        at--;
    DictEntry e = d->entries[at];
    Value key = retain(e.key);
    size_t mask = ((size_t)1 << d->log_index) - 1, perturb = (size_t)e.hash, i = perturb & mask;
    while (place_get(d, i) != at) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    Value x = entry_remove(d, at, i);
    return tuple_of(2, key, x);
}

static Value dict_m_clear(Value *a, int n)
{
    dict_clear(a[0]);
    return V_NONE;
}

static Value dict_m_copy(Value *a, int n)
{
    return dict_copy(a[0]);
}

/* update(self, other=?, /, **kw) keeps the order: first other's keys, then the keywords. */
static Value dict_m_update(Value *a, int n)
{
    Tuple *args = as_tuple(a[1]);
    if (args->n > 1)
        return raise_fmt(&exc_TypeError, "update expected at most 1 argument, got %lld",
                         (long long)args->n);
    if (args->n && !dict_update(a[0], args->at[0], true))
        return V_ERROR;
    return merge_dict(a[0], a[2], true) ? V_NONE : V_ERROR;
}

static Value dict_m_fromkeys(Value *a, int n)
{
    Value d = op_call0(a[0]);
    if (v_is_error(d))
        return d;
    Value it = op_iter(a[1]), key = V_UNDEF;
    bool ok = !v_is_error(it);
    while (ok) {
        key = op_next(it);
        if (key.tag <= TAG_ERROR)
            break;
        ok = is_exact(d, &type_dict) ? dict_set(d, key, a[2]) : op_setitem(d, key, a[2]);
        release(key);
    }
    release(it);
    if (ok && !v_is_error(key))
        return d;
    release(d);
    return V_ERROR;
}

static Value dict_m_keys(Value *a, int n)
{
    return dictview_new(&type_dict_keys, a[0]);
}

static Value dict_m_values(Value *a, int n)
{
    return dictview_new(&type_dict_values, a[0]);
}

static Value dict_m_items(Value *a, int n)
{
    return dictview_new(&type_dict_items, a[0]);
}

static Value dict_m_reversed(Value *a, int n)
{
    return dictiter_new(a[0], DICT_KEYS, true);
}

static Value dict_iter(Value v)
{
    return dictiter_new(v, DICT_KEYS, false);
}

static const NativeDef dict_methods[] = {
    {"get", "self, key, default=None, /", dict_m_get, "The value of a key, or a default."},
    {"setdefault", "self, key, default=None, /", dict_m_setdefault,
     "The value of a key, which is entered with a default first where it is missing."},
    {"pop", "self, key, default=?, /", dict_m_pop, NULL},
    {"popitem", "self, /", dict_m_popitem, NULL},
    {"keys", "self, /", dict_m_keys, NULL},
    {"values", "self, /", dict_m_values, NULL},
    {"items", "self, /", dict_m_items, NULL},
    {"update", "self, /, *args, **kw", dict_m_update, NULL},
    {"clear", "self, /", dict_m_clear, NULL},
    {"copy", "self, /", dict_m_copy, NULL},
    {"fromkeys", "cls, iterable, value=None, /", dict_m_fromkeys,
     "A dict with the given keys, all with one value."},
    {"__reversed__", "self, /", dict_m_reversed, "An iterator from the end to the beginning."},
    {"__class_getitem__", "cls, item, /", alias_of, NULL},
    {0},
};

Type type_dict = {
    .name = "dict",
    .size = sizeof(Dict),
    .flags = TYPE_GC | TYPE_BASE,
    .methods = dict_methods,
    .free = dict_free,
    .traverse = dict_traverse,
    .clear = dict_drop,
    .repr = dict_repr,
    .compare = dict_compare,
    .iter = dict_iter,
    .len = dict_len_slot,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = dict_contains,
    .binary = dict_binary,
    .inplace = dict_inplace,
    .make = dict_make,
    .init = dict_init,
};
