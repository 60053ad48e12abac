/* test_objects.c -- the object system without programs: order, identity, release, cycles, binding,
 * sorting. Replicated.  What programs print is compared with CPython by the language tests. */
#include "interp/objects.h"
#include "interp/scalars.h"

#include <check.h>

static Value text(const char *s)
{
    return str_new(s);
}

static void start(void)
{
    objects_init();
    scalars_init();
}

static uint64_t seed = 1;
static int64_t draw(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(seed >> 33) % n;
}

/* The text of the exception that is set, which is cleared. */
static bool error_says(Type *type, const char *want)
{
    if (!error_matches(type))
        return false;
    Value e = error_take(), s = op_str(e);
    bool same = !strcmp(str_cstr(s), want);
    if (!same)
        fprintf(stderr, "got: %s\n", str_cstr(s));
    release(s);
    release(e);
    return same;
}

/* A dict keeps the order of insertion, whatever was deleted between. */
START_TEST(dict_order)
{
    enum { N = 2000 };
    static int64_t age[N];
    Value d = dict_new();
    int64_t clock = 0, live = 0;
    for (int i = 0; i < 40000; i++) {
        int64_t k = draw(N);
        Value key = k % 2 ? v_int(k) : str_fmt("k%lld", (long long)k);
        if (draw(3) == 0) {
            ck_assert_int_eq(dict_del(d, key), age[k] != 0);
            live -= age[k] != 0;
            age[k] = 0;
        } else {
            ck_assert(dict_set(d, key, v_int(k)));
            live += age[k] == 0;
            age[k] = age[k] ? age[k] : ++clock;
        }
        release(key);
    }
    ck_assert_int_eq(dict_len(d), live);
    int64_t last = 0, seen = 0;
    Value key, x;
    for (int64_t pos = 0; dict_next(d, &pos, &key, &x); seen++) {
        ck_assert_int_gt(age[x.i], last);
        last = age[x.i];
    }
    ck_assert_int_eq(seen, live);
    release(d);
}
END_TEST

/* A value's slot stays where it is while no key comes or goes. */
START_TEST(dict_slots)
{
    Value d = dict_new();
    Str *a = str_intern("alpha"), *b = str_intern("beta");
    dict_set_str(d, a, v_int(1));
    uint64_t version = dict_keys_version(d);
    Value *slot = dict_slot_str(d, a);
    dict_set_str(d, a, v_int(2));
    ck_assert_int_eq(slot->i, 2);
    ck_assert(dict_keys_version(d) == version);
    dict_set_str(d, b, v_int(3));
    ck_assert(dict_keys_version(d) != version);
    uint32_t hint = 0;
    ck_assert_int_eq(dict_slot_hint(as_dict(d), b, &hint)->i, 3);
    ck_assert_int_eq(hint, 1);
    release(d);
}
END_TEST

/* Sets hold what was added and not removed; equal numbers of different types are one element. */
START_TEST(set_members)
{
    enum { N = 500 };
    bool in[N] = {0};
    Value s = set_new();
    for (int i = 0; i < 20000; i++) {
        int64_t k = draw(N);
        Value x = draw(2) ? v_int(k) : v_float((double)k);
        if (draw(2)) {
            ck_assert(set_add(s, x));
            in[k] = true;
        } else {
            Value r = op_call_method(s, "discard", &x, 1);
            ck_assert(v_is_none(r));
            in[k] = false;
        }
    }
    for (int64_t k = 0; k < N; k++)
        ck_assert_int_eq(set_contains(s, v_int(k)), in[k]);
    release(s);
}
END_TEST

/* A million links are released by a loop. */
START_TEST(release_deep)
{
    Value v = V_NONE;
    for (int i = 0; i < 1000000; i++)
        v = tuple_of(1, v);
    release(v);
    Value d = V_NONE;
    for (int i = 0; i < 300000; i++) {
        Value next = dict_new();
        dict_set_str(next, str_intern("next"), d);
        release(d);
        d = next;
    }
    release(d);
}
END_TEST

/* Cycles go, what is reachable stays. */
START_TEST(cycles)
{
    gc_collect();
    Value kept = list_new(0);
    for (int i = 0; i < 100; i++) {
        Value a = list_new(1), b = dict_new();
        list_push(a, retain(b));
        dict_set_str(b, str_intern("a"), a);
        list_push(a, retain(a));
        if (i % 10 == 0)
            list_push(kept, retain(b));
        release(a);
        release(b);
    }
    ck_assert_int_eq(gc_collect(), 180);
    for (int i = 0; i < 10; i++) {
        Value a = dict_get_str(as_list(kept)->at[i], str_intern("a"));
        ck_assert_int_eq(as_list(a)->n, 2);
    }
    release(kept);
    ck_assert_int_eq(gc_collect(), 20);
}
END_TEST

/* Ids are numbers given at the first ask and belong to one object. */
START_TEST(ids)
{
    Value a = list_new(0), b = list_new(0);
    int64_t ia = object_id(a), ib = object_id(b);
    ck_assert(ia != ib && ia > 0 && ib > 0);
    ck_assert_int_eq(object_id(a), ia);
    ck_assert_int_eq(object_id(v_obj(&type_list)), object_id(v_obj(&type_list)));
    ck_assert(object_id(v_obj(&type_list)) != object_id(v_obj(&type_dict)));
    release(a);
    release(b);
}
END_TEST

static Value sample(Value *a, int n)
{
    Value sum = v_int(0);
    for (int i = 0; i < n; i++)
        sum = v_int(sum.i * 10 + (a[i].tag == TAG_INT ? a[i].i : 9));
    return sum;
}

static Value call(const char *sig, Value *args, int nargs, Value kwnames)
{
    NativeDef *def = xcalloc(1, sizeof *def);
    *def = (NativeDef){"f", sig, sample, NULL};
    Value f = native_new(def, NULL, 0);
    Value r = op_call(f, args, nargs, kwnames);
    release(f);
    return r;
}

/* Every way of giving the same arguments binds the same slots; mistakes have CPython's words. */
START_TEST(binding)
{
    Value a[3] = {v_int(1), v_int(2), v_int(3)};
    Value x = tuple_of(1, text("x")), y = tuple_of(1, text("y")), z = tuple_of(1, text("z"));
    ck_assert_int_eq(call("x, y, /", a, 2, V_UNDEF).i, 12);
    ck_assert_int_eq(call("x, y=7", a, 1, V_UNDEF).i, 17);
    ck_assert_int_eq(call("x, y=7", a, 1, y).i, 12);
    ck_assert_int_eq(call("x, *, y=7", a, 1, y).i, 12);
    ck_assert_int_eq(call("x=?, *, y=7", a, 0, V_UNDEF).i, 97);
    call("x, /", a, 2, V_UNDEF);
    ck_assert(error_says(&exc_TypeError, "f() takes exactly one argument (2 given)"));
    call("x, y, /", a, 1, V_UNDEF);
    ck_assert(error_says(&exc_TypeError, "f expected 2 arguments, got 1"));
    call("x, y=1, /", a, 3, V_UNDEF);
    ck_assert(error_says(&exc_TypeError, "f expected at most 2 arguments, got 3"));
    call("x, y", a, 1, V_UNDEF);
    ck_assert(error_says(&exc_TypeError, "f() missing required argument 'y' (pos 2)"));
    call("x, y", a, 1, z);
    ck_assert(error_says(&exc_TypeError, "f() missing required argument 'y' (pos 2)"));
    call("x, y=1", a, 1, z);
    ck_assert(error_says(&exc_TypeError, "'z' is an invalid keyword argument for f()"));
    Value again[2] = {v_int(1), v_int(2)};
    call("x, y=1, z=1", again, 1, x);
    ck_assert(error_says(&exc_TypeError, "argument for f() given by name ('x') and position (1)"));
    call("x, /", a, 0, x);
    ck_assert(error_says(&exc_TypeError, "f() takes no keyword arguments"));
    release(x);
    release(y);
    release(z);
}
END_TEST

/* sort gives every input in order; the second part of each pair is its first place, so that ties
 * show. */
START_TEST(sorting)
{
    for (int round = 0; round < 400; round++) {
        int64_t n = draw(600), range = 1 + draw(n + 1);
        Value l = list_new(n);
        for (int64_t i = 0; i < n; i++) {
            int64_t k = draw(4) ? draw(range) : i;
            list_push(l, tuple_of(2, draw(2) ? v_int(k) : v_float((double)k), v_int(i)));
        }
        ck_assert(list_sort(l, V_UNDEF, false));
        for (int64_t i = 1; i < n; i++) {
            Value a = as_list(l)->at[i - 1], b = as_list(l)->at[i];
            Value r = op_compare(a, b, CMP_LE);
            ck_assert(r.tag == TAG_BOOL && r.i);
            if (op_equal(as_tuple(a)->at[0], as_tuple(b)->at[0]))
                ck_assert_int_lt(as_tuple(a)->at[1].i, as_tuple(b)->at[1].i);
        }
        release(l);
    }
}
END_TEST

/* slice_indices against its definition: walk the positions. */
START_TEST(slices)
{
    for (int64_t n = 0; n < 6; n++)
        for (int64_t a = -8; a <= 8; a++)
            for (int64_t b = -8; b <= 8; b++)
                for (int64_t c = -3; c <= 3; c++) {
                    if (c == 0)
                        continue;
                    Value s = slice_new(v_int(a), v_int(b), v_int(c));
                    int64_t start, stop, step, count;
                    ck_assert(slice_indices(s, n, &start, &stop, &step, &count));
                    release(s);
                    int64_t seen = 0;
                    for (int64_t i = start; c > 0 ? i < stop : i > stop; i += c, seen++)
                        ck_assert(i >= 0 && i < n);
                    ck_assert_int_eq(seen, count);
                }
}
END_TEST

/* A class changes under its subclasses: no cached lookup survives. */
START_TEST(class_changes)
{
    Str *name = str_intern("A"), *x = str_intern("x");
    Value ns = dict_new(), none = tuple_new(0);
    dict_set_str(ns, S(__module__), V_NONE);
    Value a = type_build(name, none, ns, V_UNDEF, NULL);
    ck_assert(is_type(a));
    Value bases = tuple_of(1, retain(a));
    Value b = type_build(str_intern("B"), bases, ns, V_UNDEF, NULL);
    ck_assert(v_is_undef(type_lookup(as_type(b), x)));
    uint64_t before = as_type(b)->version;
    ck_assert(op_setattr(a, x, v_int(5)));
    ck_assert(as_type(b)->version != before);
    ck_assert_int_eq(type_lookup(as_type(b), x).i, 5);
    ck_assert(op_setattr(b, x, v_int(6)));
    ck_assert_int_eq(type_lookup(as_type(b), x).i, 6);
    ck_assert_int_eq(type_lookup(as_type(a), x).i, 5);
    ck_assert(op_setattr(b, x, V_UNDEF));
    ck_assert_int_eq(type_lookup(as_type(b), x).i, 5);
    Value o = op_call0(b);
    ck_assert(is_instance(o, as_type(a)));
    release(o);
    release(b);
    release(bases);
    release(a);
    release(ns);
    release(none);
    gc_collect();
}
END_TEST

/* Contexts never form a ring. */
START_TEST(contexts)
{
    Value a = op_call0(v_obj(&exc_ValueError)), b = op_call0(v_obj(&exc_KeyError));
    exception_chain(a, b);
    ck_assert(op_same(as_exception(a)->context, b));
    exception_chain(b, a);
    ck_assert(op_same(as_exception(b)->context, a));
    ck_assert(v_is_undef(as_exception(a)->context));
    release(a);
    release(b);
    Value u = op_call0(v_obj(&exc_Unsupported));
    ck_assert_int_eq(exception_matches(u, v_obj(&exc_BaseException)), 0);
    release(u);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("objects");
    TCase *t = tcase_create("objects");
    tcase_add_checked_fixture(t, start, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, dict_order);
    tcase_add_test(t, dict_slots);
    tcase_add_test(t, set_members);
    tcase_add_test(t, release_deep);
    tcase_add_test(t, cycles);
    tcase_add_test(t, ids);
    tcase_add_test(t, binding);
    tcase_add_test(t, sorting);
    tcase_add_test(t, slices);
    tcase_add_test(t, class_changes);
    tcase_add_test(t, contexts);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
