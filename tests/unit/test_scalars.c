/* test_scalars.c -- text and numbers as values.  Local.  Expected results are CPython 3.11's. */
#include "interp/format.h"
#include "interp/numbers.h"
#include "interp/objects.h"
#include "interp/scalars.h"
#include "interp/str.h"

#include <check.h>
#include <math.h>

/* repr(v) as C text; v is released. */
static const char *shown(Value v)
{
    static Buf text;
    text.n = 0;
    ck_assert_msg(!v_is_error(v), "an exception is set");
    Value s = op_repr(v);
    str_utf8(s.s, &text);
    release(s);
    release(v);
    return buf_text(&text);
}

static Value text_op(const char *a, BinOp op, const char *b)
{
    Value x = int_from_text(a, (int64_t)strlen(a), 10),
          y = int_from_text(b, (int64_t)strlen(b), 10);
    Value r = int_binary(x, y, op);
    release(x);
    release(y);
    return r;
}

START_TEST(hashes_are_cpythons)
{
    static const struct {
        const char *s;
        int64_t hash;
    } cases[] = {
        {"a", 4644417185603328019},
        {"abc", -4594863902769663758},
        {"xxxxxxx", 4423015880544474238},
        {"xxxxxxxx", -4724777423671707232},
        {"hello world", -5642461784034726774},
        {"\xc3\xa9", 6047309291227476195},
        {"\xe6\x97\xa5\xe6\x9c\xac", 6243316497235261705},
        {"\xf0\x9f\x98\x80"
         "a",
         1495732039293241016},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Value v = str_new(cases[i].s);
        ck_assert_int_eq(str_hash(v.s), cases[i].hash);
        release(v);
    }
    ck_assert_int_eq(hash_double(0.1), 230584300921369408);
    ck_assert_int_eq(hash_double(1e300), 1224995262755759164);
    ck_assert_int_eq(hash_double(-1.0), -2);
}
END_TEST

START_TEST(text_keeps_its_width_and_bytes)
{
    static const char *const texts[] = {
        "", "a", "plain", "caf\xc3\xa9", "\xe6\x97\xa5x", "\xf0\x9f\x98\x80!", "\xed\xa0\x80"};
    static const int kinds[] = {1, 1, 1, 1, 2, 4, 2};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Value v = str_new(texts[i]);
        Buf back = {0};
        str_utf8(v.s, &back);
        ck_assert_str_eq(buf_text(&back), texts[i]);
        ck_assert_str_eq(str_cstr(v), texts[i]);
        ck_assert_int_eq(v.s->kind, kinds[i]);
        buf_free(&back);
        release(v);
    }
}
END_TEST

START_TEST(slices_are_narrowed)
{
    Value v = str_new("ab\xf0\x9f\x98\x80");
    Value head = str_slice(v.s, 0, 2);
    ck_assert_int_eq(v.s->kind, 4);
    ck_assert_int_eq(head.s->kind, 1);
    ck_assert(head.s->ascii);
    release(head);
    release(v);
}
END_TEST

START_TEST(interned_texts_are_one)
{
    Str *a = str_intern("spam"), *b = str_intern("spam");
    ck_assert_ptr_eq(a, b);
    Value v = str_intern_value(str_new("spam"));
    ck_assert_ptr_eq(v.s, a);
    release(v);
    for (int i = 0; i < 5000; i++) { /* the table grows */
        char name[20];
        snprintf(name, sizeof name, "name%d", i);
        ck_assert_ptr_eq(str_intern(name), str_intern(name));
    }
    ck_assert_ptr_eq(str_intern("spam"), a);
}
END_TEST

START_TEST(growing_in_place_changes_no_other)
{
    Value s = str_new("start"), more = str_new(" and some more text");
    for (int i = 0; i < 100; i++) {
        Value kept = i % 10 == 0 ? retain(s) : V_UNDEF;
        int64_t n = s.s->n;
        Value r = type_str.inplace(s, more, BIN_ADD);
        release(s);
        s = r;
        ck_assert_int_eq(s.s->n, n + 19);
        if (kept.tag == TAG_OBJ)
            ck_assert_int_eq(kept.s->n, n);
        release(kept);
    }
    release(s);
    release(more);
}
END_TEST

START_TEST(ints_leave_and_enter_64_bits)
{
    ck_assert_str_eq(shown(text_op("9223372036854775807", BIN_ADD, "1")), "9223372036854775808");
    Value low = int_binary(v_int(INT64_MIN), v_int(1), BIN_SUB);
    ck_assert_str_eq(shown(retain(low)), "-9223372036854775809");
    Value back = int_binary(low, v_int(1), BIN_ADD);
    ck_assert_int_eq(back.tag, TAG_INT);
    release(low);
    ck_assert_str_eq(shown(int_binary(v_int(INT64_MIN), v_int(-1), BIN_FLOORDIV)),
                     "9223372036854775808");
    ck_assert_str_eq(shown(int_binary(v_int(INT64_MIN), v_int(-1), BIN_MOD)), "0");
    ck_assert_str_eq(shown(int_binary(v_int(1), v_int(100), BIN_LSHIFT)),
                     "1267650600228229401496703205376");
    ck_assert_str_eq(shown(int_binary(v_int(-7), v_int(2), BIN_DIVMOD)), "(-4, 1)");
    ck_assert_str_eq(shown(int_binary(v_int(2), v_int(-2), BIN_POW)), "0.25");
    ck_assert_str_eq(shown(text_op("10000000000000000000000000000000000000000", BIN_DIV,
                                   "300000000000000000000")),
                     "3.333333333333333e+19");
}
END_TEST

/* Division and remainder belong together, for every sign and size. */
START_TEST(division_is_consistent)
{
    Value nums[12];
    int n = 0;
    static const int shifts[] = {0, 5, 62, 63, 64, 130};
    for (int i = 0; i < 6; i++) {
        Value x = int_binary(v_int(3), v_int(shifts[i]), BIN_LSHIFT);
        nums[n++] = x;
        nums[n++] = int_binary(v_int(1), x, BIN_SUB);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            Value q = int_binary(nums[i], nums[j], BIN_FLOORDIV);
            Value r = int_binary(nums[i], nums[j], BIN_MOD);
            Value product = int_binary(q, nums[j], BIN_MUL), sum = int_binary(product, r, BIN_ADD);
            ck_assert_int_eq(int_compare(sum, nums[i]), 0);
            ck_assert(int_sign(r) == 0 || int_sign(r) == int_sign(nums[j]));
            release(q);
            release(r);
            release(product);
            release(sum);
        }
    for (int i = 0; i < n; i++)
        release(nums[i]);
}
END_TEST

START_TEST(floats_follow_python)
{
    ck_assert_str_eq(shown(op_binary(v_float(-5.5), v_float(0.3), BIN_FLOORDIV)), "-19.0");
    ck_assert_str_eq(shown(op_binary(v_float(5.5), v_float(-0.3), BIN_MOD)), "-0.1999999999999998");
    ck_assert_str_eq(shown(op_binary(v_int(-1), v_float(INFINITY), BIN_MOD)), "inf");
    ck_assert_str_eq(shown(op_binary(v_float(-8.0), v_float(0.5), BIN_POW)),
                     "(1.7319121124709868e-16+2.8284271247461903j)");
    ck_assert_int_eq(float_compare_int(0x1p53, v_int(((int64_t)1 << 53) + 1)), -1);
}
END_TEST

START_TEST(errors_have_cpythons_text)
{
    static const struct {
        Value a, b;
        BinOp op;
        const char *text;
    } cases[] = {
        {{TAG_INT, {1}}, {TAG_INT, {0}}, BIN_FLOORDIV, "integer division or modulo by zero"},
        {{TAG_INT, {1}}, {TAG_INT, {0}}, BIN_MOD, "integer modulo by zero"},
        {{TAG_INT, {1}}, {TAG_INT, {0}}, BIN_DIV, "division by zero"},
        {{TAG_INT, {1}}, {TAG_INT, {-1}}, BIN_LSHIFT, "negative shift count"},
        {{TAG_INT, {0}}, {TAG_INT, {-1}}, BIN_POW, "0.0 cannot be raised to a negative power"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(v_is_error(int_binary(cases[i].a, cases[i].b, cases[i].op)));
        Value e = error_take(), s = op_str(e);
        ck_assert_str_eq(str_cstr(s), cases[i].text);
        release(s);
        release(e);
    }
}
END_TEST

START_TEST(specs_format_values)
{
    static const struct {
        Value v;
        const char *spec, *text;
    } cases[] = {
        {{TAG_INT, {255}}, "#x", "0xff"},
        {{TAG_INT, {-1234567}}, "+,d", "-1,234,567"},
        {{TAG_INT, {5}}, "05.1f", "005.0"},
        {{TAG_FLOAT, {.f = 3.14159}}, ">8.2f", "    3.14"},
        {{TAG_FLOAT, {.f = 0.5}}, "%", "50.000000%"},
        {{TAG_BOOL, {1}}, "", "True"},
        {{TAG_BOOL, {1}}, "d", "1"},
        {{TAG_NONE, {0}}, "", "None"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Value spec = str_new(cases[i].spec), s = format_value(cases[i].v, 0, spec.s);
        ck_assert_str_eq(str_cstr(s), cases[i].text);
        release(s);
        release(spec);
    }
}
END_TEST

START_TEST(messages_take_values)
{
    Value name = str_new("caf\xc3\xa9");
    Value s =
        str_fmt("%T %R %S %U|%5d|%-5s|%05.1f|%lld|%zu|%c|%%|%.2U|%x", v_int(1), name, v_float(0.5),
                name.s, 42, "ab", 2.25, (long long)1 << 40, sizeof(int), 'q', name.s, 255u);
    ck_assert_str_eq(
        str_cstr(s),
        "int 'caf\xc3\xa9' 0.5 caf\xc3\xa9|   42|ab   |002.2|1099511627776|4|q|%|ca|ff");
    release(s);
    release(name);
}
END_TEST

int main(void)
{
    objects_init();
    scalars_init();
    Suite *suite = suite_create("scalars");
    TCase *t = tcase_create("scalars");
    tcase_add_test(t, hashes_are_cpythons);
    tcase_add_test(t, text_keeps_its_width_and_bytes);
    tcase_add_test(t, slices_are_narrowed);
    tcase_add_test(t, interned_texts_are_one);
    tcase_add_test(t, growing_in_place_changes_no_other);
    tcase_add_test(t, ints_leave_and_enter_64_bits);
    tcase_add_test(t, division_is_consistent);
    tcase_add_test(t, floats_follow_python);
    tcase_add_test(t, errors_have_cpythons_text);
    tcase_add_test(t, specs_format_values);
    tcase_add_test(t, messages_take_values);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
