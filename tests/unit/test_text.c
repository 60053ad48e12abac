/* test_text.c -- floats as text, format specs, '%' conversions.  Local.  Expectations are
 * CPython 3.11's. */
#include "runtime/text/format.h"

#include <check.h>
#include <math.h>

static void expect(Buf *b, const char *want)
{
    ck_assert_str_eq(buf_text(b), want);
    buf_free(b);
}

START_TEST(repr_is_shortest)
{
    static const struct {
        double x;
        const char *want;
    } cases[] = {{0.1, "0.1"},       {-0.0, "-0.0"},
                 {1e16, "1e+16"},    {9999999999999998.0, "9999999999999998.0"},
                 {1e-4, "0.0001"},   {1e-5, "1e-05"},
                 {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {1e22, "1e+22"},    {123.0, "123.0"},
                 {INFINITY, "inf"},  {-INFINITY, "-inf"},
                 {NAN, "nan"},       {1.5, "1.5"},
                 {2e-7, "2e-07"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf b = {0};
        float_repr(&b, cases[i].x);
        expect(&b, cases[i].want);
    }
}
END_TEST

START_TEST(repr_reads_back)
{
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        double x, y;
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        Buf b = {0};
        float_repr(&b, x);
        ck_assert(float_parse(b.at, b.n, &y));
        ck_assert_mem_eq(&x, &y, sizeof x);
        buf_free(&b);
    }
}
END_TEST

START_TEST(parse_follows_the_grammar)
{
    static const struct {
        const char *text;
        bool ok;
        double value;
    } cases[] = {{" 1_0.5e1\n", true, 105},
                 {"-Infinity", true, -INFINITY},
                 {"1__0", false, 0},
                 {"_1", false, 0},
                 {"1_", false, 0},
                 {"", false, 0},
                 {".", false, 0},
                 {"1.e1", true, 10},
                 {"0x10", false, 0},
                 {"\xd9\xa3.5", true, 3.5},
                 {"\xe2\x80\x83"
                  "2",
                  true, 2},
                 {"1 2", false, 0},
                 {"1e400", true, INFINITY},
                 {"2.47e-324", true, 0},
                 {"2.48e-324", true, 5e-324},
                 {"9007199254740993", true, 9007199254740992.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = 0;
        bool ok = float_parse(cases[i].text, (int64_t)strlen(cases[i].text), &x);
        ck_assert_msg(ok == cases[i].ok, "%s", cases[i].text);
        if (ok)
            ck_assert_double_eq(x, cases[i].value);
    }
    double x;
    ck_assert(!float_parse("1\0", 2, &x));
    ck_assert(float_parse("nan", 3, &x) && isnan(x));
}
END_TEST

START_TEST(round_is_half_even_on_the_exact_value)
{
    static const struct {
        double x;
        int places;
        double want;
    } cases[] = {{2.675, 2, 2.67},  {0.5, 0, 0.0},  {2.5, 0, 2.0},      {1.25, 1, 1.2},
                 {50, -2, 0.0},     {51, -2, 100},  {150, -2, 200},     {-51, -2, -100},
                 {1e22, -22, 1e22}, {5e22, -23, 0}, {12345, -2, 12300}, {1.5, 400, 1.5},
                 {1e300, -400, 0}};
    double r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(float_round(cases[i].x, cases[i].places, &r), OK);
        ck_assert_double_eq(r, cases[i].want);
    }
    ck_assert_int_eq(float_round(1.7976931348623157e308, -308, &r), ERR_OVERFLOW);
    ck_assert_str_eq(status_text(), "rounded value too large to represent");
}
END_TEST

static void check_float(double x, const char *spec, const char *want)
{
    FormatSpec s;
    Buf b = {0};
    ck_assert_int_eq(format_parse(spec, (int64_t)strlen(spec), FORMAT_FLOAT, "float", &s), OK);
    ck_assert_int_eq(format_float(&b, x, &s), OK);
    expect(&b, want);
}

START_TEST(specs_of_floats)
{
    check_float(0.5, ".0f", "0");
    check_float(2.5, ".0f", "2");
    check_float(1234567.891, ",.2f", "1,234,567.89");
    check_float(1234, "09,", "001,234.0");
    check_float(-1.5, "+010.3e", "-1.500e+00");
    check_float(0.00001, "g", "1e-05");
    check_float(1e308, ".3g", "1e+308");
    check_float(1.0, "#.3g", "1.00");
    check_float(-0.001, "z.1f", "0.0");
    check_float(0.256, ".1%", "25.6%");
    check_float(3.0, "*^9", "***3.0***");
    check_float(INFINITY, "010", "0000000inf");
    check_float(5e-324, ".3", "4.94e-324");
    check_float(1.0, "\xc3\xa9>6",
                "\xc3\xa9\xc3\xa9\xc3\xa9"
                "1.0");
}
END_TEST

static void check_int(const char *digits, const char *spec, const char *want)
{
    FormatSpec s;
    Buf b = {0};
    ck_assert_int_eq(format_parse(spec, (int64_t)strlen(spec), FORMAT_INT, "int", &s), OK);
    ck_assert_int_eq(format_int(&b, digits, &s), OK);
    expect(&b, want);
}

START_TEST(specs_of_ints)
{
    check_int("1234567", ",", "1,234,567");
    check_int("-7f", "#x", "-0x7f");
    check_int("deadbeef", "_X", "DEAD_BEEF");
    check_int("101", "#010b", "0b00000101");
    check_int("-5", "=5", "-   5");
    check_int("1234", "09,", "0,001,234");
    check_int("8364", "c", "\xe2\x82\xac");
    check_int("123456789012345678901234567890", "_", "123_456_789_012_345_678_901_234_567_890");
}
END_TEST

START_TEST(specs_that_are_wrong)
{
    static const struct {
        FormatKind kind;
        const char *name, *spec, *message;
    } cases[] = {
        {FORMAT_INT, "int", "5dd", "Invalid format specifier '5dd' for object of type 'int'"},
        {FORMAT_INT, "int", ",_", "Cannot specify both ',' and '_'."},
        {FORMAT_INT, "int", ",,", "Cannot specify ',' with ','."},
        {FORMAT_INT, "int", ".", "Format specifier missing precision"},
        {FORMAT_INT, "int", "99999999999999999999", "Too many decimal digits in format string"},
        {FORMAT_INT, "int", ".3d", "Precision not allowed in integer format specifier"},
        {FORMAT_INT, "int", "+c", "Sign not allowed with integer format specifier 'c'"},
        {FORMAT_INT, "bool", "y", "Unknown format code 'y' for object of type 'bool'"},
        {FORMAT_TEXT, "str", "=5", "'=' alignment not allowed in string format specifier"},
        {FORMAT_TEXT, "str", ",", "Cannot specify ',' with 's'."},
        {FORMAT_COMPLEX, "complex", "05",
         "Zero padding is not allowed in complex format specifier"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FormatSpec s;
        Buf b = {0};
        Status st = format_parse(cases[i].spec, (int64_t)strlen(cases[i].spec), cases[i].kind,
                                 cases[i].name, &s);
        if (st == OK)
            st = cases[i].kind == FORMAT_INT    ? format_int(&b, "1", &s)
                 : cases[i].kind == FORMAT_TEXT ? format_text(&b, "a", 1, &s)
                                                : format_complex(&b, 1, 2, &s);
        ck_assert_int_eq(st, ERR_VALUE);
        ck_assert_str_eq(status_text(), cases[i].message);
        buf_free(&b);
    }
}
END_TEST

START_TEST(percent_conversions)
{
    PercentPart p;
    int64_t at = 1;
    Buf b = {0};
    ck_assert_int_eq(percent_parse("%(k)-08.3f|", 11, &at, &p), OK);
    ck_assert_int_eq(at, 10);
    ck_assert_int_eq(p.key, 2);
    ck_assert_int_eq(p.key_nbytes, 1);
    ck_assert_int_eq(percent_float(&b, 3.14159, &p), OK);
    expect(&b, "3.142   ");
    at = 1;
    ck_assert_int_eq(percent_parse("%#+08x", 6, &at, &p), OK);
    ck_assert_int_eq(percent_int_base(&p), 16);
    ck_assert_int_eq(percent_int(&b, "ff", &p), OK);
    expect(&b, "+0x000ff");
    at = 1;
    ck_assert_int_eq(percent_parse("%*.*s", 5, &at, &p), OK);
    percent_set_width(&p, -5);
    percent_set_precision(&p, 2);
    ck_assert_int_eq(percent_text(&b, "abc", 3, &p), OK);
    expect(&b, "ab   ");
    at = 2;
    ck_assert_int_eq(percent_parse("x%y", 3, &at, &p), OK);
    ck_assert_int_eq(percent_unknown(&p), ERR_VALUE);
    ck_assert_str_eq(status_text(), "unsupported format character 'y' (0x79) at index 2");
    at = 1;
    ck_assert_int_eq(percent_parse("%5", 2, &at, &p), ERR_VALUE);
    ck_assert_str_eq(status_text(), "incomplete format");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_test(t, repr_is_shortest);
    tcase_add_test(t, repr_reads_back);
    tcase_add_test(t, parse_follows_the_grammar);
    tcase_add_test(t, round_is_half_even_on_the_exact_value);
    tcase_add_test(t, specs_of_floats);
    tcase_add_test(t, specs_of_ints);
    tcase_add_test(t, specs_that_are_wrong);
    tcase_add_test(t, percent_conversions);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
