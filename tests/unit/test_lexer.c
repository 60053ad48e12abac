/* test_lexer.c -- tokens, indentation, columns, lines and excerpts.  Local. */
#include "lexer/lexer.h"

#include <check.h>

/* The token types of `text`, one word each, or the error's message. */
static char *tokens_of(const char *text, Buf *out)
{
    Lexer lx;
    Token t = {0};
    lexer_init(&lx, text, (int64_t)strlen(text));
    while (lexer_next(&lx, &t) && t.type != TOK_ENDMARKER)
        buf_printf(out, "%s%s", out->n ? " " : "", token_text((TokenType)t.type));
    if (lx.error)
        buf_printf(out, "%s!%s", out->n ? " " : "", lx.error == LEX_SYNTAX ? lx.message : "code");
    lexer_fini(&lx);
    return buf_text(out);
}

START_TEST(tokens_by_kind)
{
    static const char *const ROWS[][2] = {
        {"x = 1\n", "name = number newline"},
        {"a<=b**=c//d->e...\n", "name <= name **= name // name -> name ... newline"},
        {"if x:\n  y\nz\n", "if name : newline indent name newline dedent name newline"},
        {"(a,\n # c\n b)\n", "( name , name ) newline"},
        {"a \\\n + b\n", "name + name newline"},
        {"rb'x' Rf\"y\" u'''z\n'''\n", "string string string newline"},
        {"0x_f 1_0.5e-3j 0b1 0o7 00\n", "number number number number number newline"},
        {"1if x else 2\n", "number if name else number newline"},
        {"a \xe2\x80\x93 b \xe2\x88\x92= 1\n", "name - name -= number newline"},
        {"\f\n\n# c\nx\n", "name newline"},
        {"\xce\xb1\xce\xb2 = 1\n", "name = number newline"},
        {"1abc\n", "!invalid decimal literal"},
        {"0777\n",
         "!leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal "
         "integers"},
        {"(]\n", "( !closing parenthesis ']' does not match opening parenthesis '('"},
        {")\n", "!unmatched ')'"},
        {"'abc\n", "!unterminated string literal (detected at line 1)"},
        {"'''abc\n\n", "!unterminated triple-quoted string literal (detected at line 2)"},
        {"x = \xe2\x80\x9c\n", "name = !invalid character '\xe2\x80\x9c' (U+201C)"},
        {"if x:\n  y\n z\n", "if name : newline indent name newline !code"},
        {"if x:\n\ty\n        z\n", "if name : newline indent name newline !code"},
    };
    Buf out = {0};
    ck_assert_str_eq(tokens_of(ROWS[_i][0], &out), ROWS[_i][1]);
    buf_free(&out);
}
END_TEST

START_TEST(columns_are_bytes)
{
    Lexer lx;
    Token t;
    const char *text = "\xce\xb1 = '\xce\xb2' + x\n";
    lexer_init(&lx, text, (int64_t)strlen(text));
    int32_t cols[5], i = 0;
    while (i < 5 && lexer_next(&lx, &t))
        cols[i++] = t.col;
    ck_assert_int_eq(cols[0], 0);
    ck_assert_int_eq(cols[1], 3);
    ck_assert_int_eq(cols[2], 5);
    ck_assert_int_eq(cols[3], 10);
    ck_assert_int_eq(cols[4], 12);
    lexer_fini(&lx);
}
END_TEST

START_TEST(source_lines)
{
    Arena arena;
    Source s;
    SyntaxErr err;
    int64_t n;
    const char text[] = "\xef\xbb\xbf"
                        "a\r\nb\rc";
    arena_init(&arena);
    ck_assert(source_init(&s, &arena, "f", text, (int64_t)sizeof text - 1, &err));
    ck_assert_str_eq(s.text, "a\nb\nc\n");
    ck_assert_int_eq(s.nlines, 3);
    ck_assert(s.final_newline_added);
    ck_assert_ptr_nonnull(source_line(&s, 3, &n));
    ck_assert_int_eq(n, 1);
    ck_assert_ptr_null(source_line(&s, 4, &n));
    ck_assert(!source_init(&s, &arena, "f", "a\n\xff\n", 4, &err));
    ck_assert_int_eq(err.lineno, 2);
    ck_assert(!source_init(&s, &arena, "f", "# coding: latin-1\n", 18, &err));
    arena_fini(&arena);
}
END_TEST

START_TEST(excerpts)
{
    Arena arena;
    Source s;
    SyntaxErr err;
    Buf out = {0};
    const char *text = "  return x[0] + y\nz = f(\n 1)\n";
    arena_init(&arena);
    ck_assert(source_init(&s, &arena, "f", text, (int64_t)strlen(text), &err));
    source_excerpt(&s, 1, 9, 1, 17, 14, 15, &out);
    ck_assert_str_eq(buf_text(&out), "    return x[0] + y\n           ~~~~~^~~\n");
    out.n = 0;
    source_excerpt(&s, 1, 2, 1, 17, -1, -1, &out);
    ck_assert_str_eq(buf_text(&out), "    return x[0] + y\n");
    out.n = 0;
    source_excerpt(&s, 2, 4, 3, 3, -1, -1, &out);
    ck_assert_str_eq(buf_text(&out), "    z = f(\n        ^^\n");
    buf_free(&out);
    arena_fini(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lexer");
    TCase *tc = tcase_create("lexer");
    tcase_add_loop_test(tc, tokens_by_kind, 0, 20);
    tcase_add_test(tc, columns_are_bytes);
    tcase_add_test(tc, source_lines);
    tcase_add_test(tc, excerpts);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
