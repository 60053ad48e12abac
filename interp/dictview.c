/* dictview.c -- keys(), values(), items(), their iterators, and mappingproxy.  Replicated.
 *
 * Views hold the dict and nothing else, so they always show what it contains now; iterators notice
 * that the dict changed its size.
 */
#include "interp/containers.h"

/* ------------------------------------------------------------------- iterators */

Type type_dict_key_iter, type_dict_value_iter, type_dict_item_iter;
static Type type_dict_key_riter, type_dict_value_riter, type_dict_item_riter;

Value dictiter_new(Value dict, DictPart part, bool reverse)
{
    static Type *const types[2][3] = {
        {&type_dict_key_iter, &type_dict_value_iter, &type_dict_item_iter},
        {&type_dict_key_riter, &type_dict_value_riter, &type_dict_item_riter}};
    DictIter *it = object_new(types[reverse][part]);
    it->dict = retain(dict);
    it->used = it->left = as_dict(dict)->used;
    it->pos = reverse ? as_dict(dict)->n : 0;
    it->reverse = reverse;
    return v_obj(it);
}

static DictEntry *entry_next(DictIter *it)
{
    Dict *d = as_dict(it->dict);
    if (it->reverse) {
        if (it->pos > d->n)
            it->pos = d->n;
        while (it->pos > 0)
            if (!v_is_undef(d->entries[--it->pos].key))
                return &d->entries[it->pos];
        return NULL;
    }
    while (it->pos < d->n)
        if (!v_is_undef(d->entries[it->pos++].key))
            return &d->entries[it->pos - 1];
    return NULL;
}

/* The next entry; NULL when exhausted or, with an exception, when the dict changed. */
DictEntry *dictiter_step(DictIter *it)
{
    if (v_is_undef(it->dict))
        return NULL;
    if (as_dict(it->dict)->used != it->used) {
        it->used = -1;
        raise_fmt(&exc_RuntimeError, "dictionary changed size during iteration");
        return NULL;
    }
    DictEntry *e = entry_next(it);
    if (e && it->left == 0) {
        raise_fmt(&exc_RuntimeError, "dictionary keys changed during iteration");
        e = NULL;
    }
    if (e)
        it->left--;
    else
        slot_set(&it->dict, V_UNDEF);
    return e;
}

static Value no_entry(void)
{
    return error_is_set() ? V_ERROR : V_UNDEF;
}

static Value keyiter_next(Value v)
{
    DictEntry *e = dictiter_next((DictIter *)v.o);
    return e ? retain(e->key) : no_entry();
}

static Value valueiter_next(Value v)
{
    DictEntry *e = dictiter_next((DictIter *)v.o);
    return e ? retain(e->x) : no_entry();
}

static Value itemiter_next(Value v)
{
    DictEntry *e = dictiter_next((DictIter *)v.o);
    return e ? pair_again(&((DictIter *)v.o)->last, retain(e->key), retain(e->x)) : no_entry();
}

static PairStep itemiter_next_pair(Value v, Value *first, Value *second)
{
    DictIter *it = (DictIter *)v.o;
    DictEntry *e = dictiter_next(it);
    if (!e)
        return error_is_set() ? PAIR_FAILED : PAIR_END;
    return pair_parts(&it->last, retain(value_at(&e->key)), retain(value_at(&e->x)), first, second);
}

static void dictiter_free(Object *o)
{
    release(((DictIter *)o)->dict);
    release(((DictIter *)o)->last);
}

static void dictiter_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((DictIter *)o)->dict, ctx);
    visit(((DictIter *)o)->last, ctx);
}

static Value iter_self(Value v)
{
    return retain(v);
}

static Value dictiter_hint(Value *a, int n)
{
    DictIter *it = (DictIter *)a[0].o;
    bool live = !v_is_undef(it->dict) && it->used == as_dict(it->dict)->used;
    return v_int(live ? it->left : 0);
}

static const NativeDef dictiter_methods[] = {
    {"__length_hint__", "self, /", dictiter_hint, "How many elements are still to come."},
    {0},
};

#define DICT_ITER(var, text, step, pair)                                                           \
    Type var = {.name = text,                                                                      \
                .size = sizeof(DictIter),                                                          \
                .flags = TYPE_GC,                                                                  \
                .methods = dictiter_methods,                                                       \
                .free = dictiter_free,                                                             \
                .traverse = dictiter_traverse,                                                     \
                .iter = iter_self,                                                                 \
                .next = step,                                                                      \
                .next_pair = pair}

DICT_ITER(type_dict_key_iter, "dict_keyiterator", keyiter_next, NULL);
DICT_ITER(type_dict_value_iter, "dict_valueiterator", valueiter_next, NULL);
DICT_ITER(type_dict_item_iter, "dict_itemiterator", itemiter_next, itemiter_next_pair);
static DICT_ITER(type_dict_key_riter, "dict_reversekeyiterator", keyiter_next, NULL);
static DICT_ITER(type_dict_value_riter, "dict_reversevalueiterator", valueiter_next, NULL);
static DICT_ITER(type_dict_item_riter, "dict_reverseitemiterator", itemiter_next,
                 itemiter_next_pair);

/* ----------------------------------------------------------------------- views */

typedef struct DictView {
    GcObject gc;
    Value dict;
} DictView;

Value dictview_new(Type *type, Value dict)
{
    DictView *w = object_new(type);
    w->dict = retain(dict);
    return v_obj(w);
}

static Value view_dict(Value v)
{
    return ((DictView *)v.o)->dict;
}

static DictPart view_part(Value v)
{
    return v.o->type == &type_dict_keys     ? DICT_KEYS
           : v.o->type == &type_dict_values ? DICT_VALUES
                                            : DICT_ITEMS;
}

static void view_free(Object *o)
{
    release(((DictView *)o)->dict);
}

static void view_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((DictView *)o)->dict, ctx);
}

static int64_t view_len(Value v)
{
    return dict_len(view_dict(v));
}

static Value view_iter(Value v)
{
    return dictiter_new(view_dict(v), view_part(v), false);
}

static Value view_reversed(Value *a, int n)
{
    return dictiter_new(view_dict(a[0]), view_part(a[0]), true);
}

static Value view_repr(Value v)
{
    int inside = repr_enter(v);
    if (inside)
        return inside < 0 ? V_ERROR : str_new("...");
    Value all = list_from_iterable(v);
    Value r = v_is_error(all) ? all : str_fmt("%T(%R)", v, all);
    release(all);
    repr_leave();
    return r;
}

static int keys_contains(Value v, Value x)
{
    return op_contains(view_dict(v), x);
}

static int items_contains(Value v, Value x)
{
    if (!is_tuple(x) || as_tuple(x)->n != 2)
        return 0;
    Value found = dict_get(view_dict(v), as_tuple(x)->at[0]);
    if (found.tag <= TAG_ERROR)
        return v_is_error(found) ? -1 : 0;
    retain(found);
    int same = op_equal(found, as_tuple(x)->at[1]);
    release(found);
    return same;
}

static bool is_view_set(Value v)
{
    return is_exact(v, &type_dict_keys) || is_exact(v, &type_dict_items);
}

/* Every element of a in b? */
static int all_in(Value a, Value b)
{
    Value it = op_iter(a);
    int r = v_is_error(it) ? -1 : 1;
    while (r > 0) {
        Value x = op_next(it);
        if (v_is_undef(x))
            break;
        r = v_is_error(x) ? -1 : op_contains(b, x);
        release(x);
    }
    release(it);
    return r;
}

static Value view_compare(Value a, Value b, CmpOp op)
{
    if (!is_view_set(b) && !is_set(b))
        return V_NOTIMPL;
    int64_t n = op_len(a), m = op_len(b);
    if (n < 0 || m < 0)
        return V_ERROR;
    int r = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE:
        r = n == m ? all_in(a, b) : 0;
        if (r >= 0 && op == CMP_NE)
            r = !r;
        break;
    case CMP_LT:
        r = n < m ? all_in(a, b) : 0;
        break;
    case CMP_LE:
        r = n <= m ? all_in(a, b) : 0;
        break;
    case CMP_GT:
        r = n > m ? all_in(b, a) : 0;
        break;
    case CMP_GE:
        r = n >= m ? all_in(b, a) : 0;
        break;
    }
    return r < 0 ? V_ERROR : v_bool(r);
}

static Value view_to_set(Value v)
{
    return set_from_iterable(is_exact(v, &type_dict_keys) ? view_dict(v) : v);
}

static Value view_and(Value a, Value b)
{
    if (!is_view_set(a)) {
        Value t = a;
        a = b;
        b = t;
    }
    if (is_exact(b, &type_set) && view_len(a) <= set_len(b))
        return op_call_method(b, "intersection", &a, 1);
    if (is_view_set(b) && view_len(b) > view_len(a)) {
        Value t = a;
        a = b;
        b = t;
    }
    Value it = op_iter(b), out = V_UNDEF;
    if (v_is_error(it))
        return V_ERROR;
    out = set_new();
    int r = 1;
    for (Value x; r >= 0 && (x = op_next(it)).tag != TAG_UNDEF;) {
        r = v_is_error(x) ? -1 : op_contains(a, x);
        if (r > 0 && !set_add(out, x))
            r = -1;
        release(x);
    }
    release(it);
    if (r >= 0)
        return out;
    release(out);
    return V_ERROR;
}

static Value view_binary(Value a, Value b, BinOp op)
{
    static const char *const update[BIN_COUNT] = {[BIN_OR] = "update",
                                                  [BIN_SUB] = "difference_update",
                                                  [BIN_XOR] = "symmetric_difference_update"};
    if (op == BIN_AND)
        return view_and(a, b);
    if (!update[op])
        return V_NOTIMPL;
    Value r = view_to_set(a);
    if (v_is_error(r))
        return r;
    Value done = op_call_method(r, update[op], &b, 1);
    if (!v_is_error(done))
        return r;
    release(r);
    return V_ERROR;
}

static Value view_isdisjoint(Value *a, int n)
{
    Value it = op_iter(a[1]);
    int r = v_is_error(it) ? -1 : 0;
    while (r == 0) {
        Value x = op_next(it);
        if (v_is_undef(x))
            break;
        r = v_is_error(x) ? -1 : op_contains(a[0], x);
        release(x);
    }
    release(it);
    return r < 0 ? V_ERROR : v_bool(!r);
}

static Value view_get_mapping(Value v)
{
    return op_call1(v_obj(&type_mappingproxy), view_dict(v));
}

static const GetSetDef view_getsets[] = {
    {"mapping", view_get_mapping, NULL, "dictionary that this view refers to"},
    {0},
};

static const NativeDef view_methods[] = {
    {"__reversed__", "self, /", view_reversed, NULL},
    {"isdisjoint", "self, other, /", view_isdisjoint, "Is no element in both?"},
    {0},
};

static const NativeDef values_methods[] = {
    {"__reversed__", "self, /", view_reversed, NULL},
    {0},
};

#define VIEW_COMMON(text)                                                                          \
    .name = text, .size = sizeof(DictView), .flags = TYPE_GC, .getsets = view_getsets,             \
    .free = view_free, .traverse = view_traverse, .repr = view_repr, .iter = view_iter,            \
    .len = view_len

Type type_dict_keys = {
    VIEW_COMMON("dict_keys"),  .methods = view_methods, .compare = view_compare,
    .contains = keys_contains, .binary = view_binary,
};

Type type_dict_values = {
    VIEW_COMMON("dict_values"),
    .methods = values_methods,
};

Type type_dict_items = {
    VIEW_COMMON("dict_items"),  .methods = view_methods, .compare = view_compare,
    .contains = items_contains, .binary = view_binary,
};

/* ---------------------------------------------------------------- mappingproxy */

static Value proxy_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (nargs != 1)
        return raise_fmt(&exc_TypeError, "mappingproxy() takes exactly 1 argument (%d given)",
                         nargs);
    if (!type_of(args[0])->getitem || is_list(args[0]) || is_tuple(args[0]))
        return raise_fmt(&exc_TypeError, "mappingproxy() argument must be a mapping, not %T",
                         args[0]);
    return dictview_new(cls, args[0]);
}

static Value proxy_repr(Value v)
{
    return str_fmt("mappingproxy(%R)", view_dict(v));
}

static Value proxy_str(Value v)
{
    return op_str(view_dict(v));
}

static Value proxy_compare(Value a, Value b, CmpOp op)
{
    return op_compare(view_dict(a), b, op);
}

static bool proxy_hash(Value v, int64_t *out)
{
    return op_hash(view_dict(v), out);
}

static Value proxy_iter(Value v)
{
    return op_iter(view_dict(v));
}

static int64_t proxy_len(Value v)
{
    return op_len(view_dict(v));
}

static Value proxy_getitem(Value v, Value key)
{
    return op_getitem(view_dict(v), key);
}

static int proxy_contains(Value v, Value x)
{
    return op_contains(view_dict(v), x);
}

static Value proxy_binary(Value a, Value b, BinOp op)
{
    if (op != BIN_OR)
        return V_NOTIMPL;
    return op_binary(is_exact(a, &type_mappingproxy) ? view_dict(a) : a,
                     is_exact(b, &type_mappingproxy) ? view_dict(b) : b, op);
}

static Value proxy_pass(Value *a, const char *name)
{
    return op_call_method(view_dict(a[0]), name, NULL, 0);
}

static Value proxy_keys(Value *a, int n)
{
    return proxy_pass(a, "keys");
}

static Value proxy_values(Value *a, int n)
{
    return proxy_pass(a, "values");
}

static Value proxy_items(Value *a, int n)
{
    return proxy_pass(a, "items");
}

static Value proxy_copy(Value *a, int n)
{
    return proxy_pass(a, "copy");
}

static Value proxy_reversed(Value *a, int n)
{
    return proxy_pass(a, "__reversed__");
}

static Value proxy_get(Value *a, int n)
{
    return op_call_method(view_dict(a[0]), "get", a + 1, 2);
}

static const NativeDef proxy_methods[] = {
    {"get", "self, key, default=None, /", proxy_get, NULL},
    {"keys", "self, /", proxy_keys, NULL},
    {"values", "self, /", proxy_values, NULL},
    {"items", "self, /", proxy_items, NULL},
    {"copy", "self, /", proxy_copy, NULL},
    {"__reversed__", "self, /", proxy_reversed, NULL},
    {"__class_getitem__", "cls, item, /", alias_of, NULL},
    {0},
};

Type type_mappingproxy = {
    .name = "mappingproxy",
    .size = sizeof(DictView),
    .flags = TYPE_GC,
    .methods = proxy_methods,
    .free = view_free,
    .traverse = view_traverse,
    .repr = proxy_repr,
    .str = proxy_str,
    .hash = proxy_hash,
    .compare = proxy_compare,
    .iter = proxy_iter,
    .len = proxy_len,
    .getitem = proxy_getitem,
    .contains = proxy_contains,
    .binary = proxy_binary,
    .make = proxy_make,
};
