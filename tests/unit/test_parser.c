/* test_parser.c -- trees, errors, scopes, unfinished text and bounded depth.  Local. */
#include "parser/parser.h"

#include <check.h>

typedef struct Parsed {
    Arena arena;
    Source source;
    ParseResult r;
    Buf out;
} Parsed;

static void parsed_init(Parsed *t, const char *text, ParseMode mode)
{
    memset(t, 0, sizeof *t);
    arena_init(&t->arena);
    if (source_init(&t->source, &t->arena, "bad.py", text, (int64_t)strlen(text), &t->r.err))
        t->r = parse_module(&t->arena, &t->source, mode);
    else
        t->r.status = PARSE_ERROR;
}

static void parsed_fini(Parsed *t)
{
    buf_free(&t->out);
    arena_fini(&t->arena);
}

START_TEST(trees)
{
    static const char *const ROWS[][2] = {
        {"a - b - c ** -d", "BinOp(left=BinOp(left=Name(id='a', ctx=Load()), op=Sub(), "
                            "right=Name(id='b', ctx=Load())), "
                            "op=Sub(), right=BinOp(left=Name(id='c', ctx=Load()), op=Pow(), "
                            "right=UnaryOp(op=USub(), operand=Name(id='d', ctx=Load()))))"},
        {"not a < b is not c",
         "UnaryOp(op=Not(), operand=Compare(left=Name(id='a', ctx=Load()), ops=[Lt(), IsNot()], "
         "comparators=[Name(id='b', ctx=Load()), Name(id='c', ctx=Load())]))"},
        {"'a\\x41' u'b' \"\\u20ac\"", "Constant(value='aAb\xe2\x82\xac')"},
        {"0x10_0 , 1e400, 99999999999999999999, 2j",
         "Tuple(elts=[Constant(value=256), Constant(value=inf), "
         "Constant(value=99999999999999999999), "
         "Constant(value=2j)], ctx=Load())"},
        {"f'{x!r:>{w}}{{'",
         "JoinedStr(values=[FormattedValue(value=Name(id='x', ctx=Load()), conversion=114, "
         "format_spec=JoinedStr(values=[Constant(value='>'), FormattedValue(value=Name(id='w', "
         "ctx=Load()), conversion=-1)])), Constant(value='{')])"},
        {"f(*a, k=1, **d)[::2, ...]",
         "Subscript(value=Call(func=Name(id='f', ctx=Load()), args=[Starred(value=Name(id='a', "
         "ctx=Load()), ctx=Load())], keywords=[keyword(arg='k', value=Constant(value=1)), "
         "keyword(value=Name(id='d', ctx=Load()))]), "
         "slice=Tuple(elts=[Slice(step=Constant(value=2)), "
         "Constant(value=Ellipsis)], ctx=Load()), ctx=Load())"},
    };
    Parsed t;
    parsed_init(&t, ROWS[_i][0], PARSE_EVAL);
    ck_assert_int_eq(t.r.status, PARSE_OK);
    ast_dump(t.r.tree->u.Expression.body, &t.out);
    ck_assert_str_eq(buf_text(&t.out), ROWS[_i][1]);
    parsed_fini(&t);
}
END_TEST

START_TEST(errors)
{
    static const char *const ROWS[][2] = {
        {"x = (1,\ny = 2\n", "  File \"bad.py\", line 1\n    x = (1,\n        ^\n"
                             "SyntaxError: '(' was never closed\n"},
        {"print(a b)\n", "  File \"bad.py\", line 1\n    print(a b)\n          ^^^\n"
                         "SyntaxError: invalid syntax. Perhaps you forgot a comma?\n"},
        {"if x = 1:\n  pass\n",
         "  File \"bad.py\", line 1\n    if x = 1:\n       ^^^^^\n"
         "SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?\n"},
        {"for i in y\n  pass\n", "  File \"bad.py\", line 1\n    for i in y\n              ^\n"
                                 "SyntaxError: expected ':'\n"},
        {"if x:\npass\n",
         "  File \"bad.py\", line 2\n    pass\n    ^\n"
         "IndentationError: expected an indented block after 'if' statement on line 1\n"},
        {"if x:\n    y\n  z\n",
         "  File \"bad.py\", line 3\n    z\n     ^\n"
         "IndentationError: unindent does not match any outer indentation level\n"},
        {"print 'a', 2\n",
         "  File \"bad.py\", line 1\n    print 'a', 2\n    ^^^^^^^^^^^^\n"
         "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?\n"},
        {"f() = 1\n", "  File \"bad.py\", line 1\n    f() = 1\n    ^^^\nSyntaxError: cannot assign "
                      "to function call "
                      "here. Maybe you meant '==' instead of '='?\n"},
        {"def f(a, a): pass\n", "  File \"bad.py\", line 1\n    def f(a, a): pass\n             ^\n"
                                "SyntaxError: duplicate argument 'a' in function definition\n"},
        {"def f():\n    x = 1\n    global x\n",
         "  File \"bad.py\", line 3\n    global x\n    ^^^^^^^^\n"
         "SyntaxError: name 'x' is assigned to before global declaration\n"},
        {"{1:}\n", "  File \"bad.py\", line 1\n    {1:}\n      ^\n"
                   "SyntaxError: expression expected after dictionary key and ':'\n"},
        {"return 1\n", "  File \"bad.py\", line 1\n    return 1\n    ^^^^^^^^\n"
                       "SyntaxError: 'return' outside function\n"},
        {"f'{a b}'\n", "  File \"bad.py\", line 1\n    (a b)\n     ^^^\n"
                       "SyntaxError: f-string: invalid syntax. Perhaps you forgot a comma?\n"},
        {"async def f(): pass\n", "  File \"bad.py\", line 1\n    async def f(): pass\n    ^^^^^\n"
                                  "SyntaxError: cnx does not support 'async'\n"},
        {"x = b'a'\n", "  File \"bad.py\", line 1\n    x = b'a'\n        ^^^^\n"
                       "SyntaxError: cnx does not support bytes literals\n"},
        {"match x:\n    case 1: pass\n", "  File \"bad.py\", line 1\n    match x:\n    ^^^^^\n"
                                         "SyntaxError: cnx does not support 'match' statements\n"},
    };
    Parsed t;
    parsed_init(&t, ROWS[_i][0], PARSE_FILE);
    ck_assert_int_eq(t.r.status, PARSE_ERROR);
    syntax_error_print(&t.r.err, &t.out);
    ck_assert_str_eq(buf_text(&t.out), ROWS[_i][1]);
    parsed_fini(&t);
}
END_TEST

START_TEST(scopes)
{
    Parsed t;
    parsed_init(&t,
                "import m\n"
                "class C:\n"
                "    k = 1\n"
                "    def f(self, __p):\n"
                "        n = m\n"
                "        def g():\n"
                "            nonlocal n\n"
                "            n = super().f\n"
                "        return [n + q + __p for q in self]\n",
                PARSE_FILE);
    ck_assert_int_eq(t.r.status, PARSE_OK);
    scope_dump(t.r.tree->scope, &t.out);
    ck_assert_str_eq(buf_text(&t.out), "module <module>\n"
                                       "  m: local\n"
                                       "  C: local\n"
                                       "  class C\n"
                                       "    k: local\n"
                                       "    f: local\n"
                                       "    function C.f\n"
                                       "      self: local\n"
                                       "      _C__p: cell\n"
                                       "      n: cell\n"
                                       "      m: implicit\n"
                                       "      g: local\n"
                                       "      __class__: free\n"
                                       "      function C.f.<locals>.g\n"
                                       "        n: free\n"
                                       "        super: implicit\n"
                                       "        __class__: free\n"
                                       "      listcomp C.f.<locals>.<listcomp>\n"
                                       "        .0: local\n"
                                       "        q: local\n"
                                       "        n: free\n"
                                       "        _C__p: free\n");
    Scope *c = t.r.tree->scope->children[0], *f = c->children[0];
    ck_assert(c->needs_class_cell);
    ck_assert(f->is_nested == false && f->nparams == 2 && f->ncells == 2 && f->nfrees == 1);
    ck_assert_int_eq(scope_find(f, "__p")->slot, 1);
    ck_assert(scope_find(t.r.tree->scope, "m")->flags & NAME_IN_NESTED);
    parsed_fini(&t);
}
END_TEST

START_TEST(unfinished)
{
    static const struct {
        const char *text;
        ParseStatus status;
    } ROWS[] = {{"x = 1\n", PARSE_OK},
                {"\n", PARSE_OK},
                {"", PARSE_OK},
                {"if x:\n", PARSE_INCOMPLETE},
                {"if x:\n    y\n", PARSE_INCOMPLETE},
                {"if x:\n    y\n\n", PARSE_OK},
                {"if x: y\n", PARSE_INCOMPLETE},
                {"if x:\n\n", PARSE_ERROR},
                {"x = (1,\n", PARSE_INCOMPLETE},
                {"x = '''a\n\n", PARSE_INCOMPLETE},
                {"x = 'a\n", PARSE_ERROR},
                {"x = 1 + \\\n", PARSE_INCOMPLETE},
                {"@d\n", PARSE_INCOMPLETE},
                {"try:\n    x\n", PARSE_INCOMPLETE},
                {"try:\n    x\n\n", PARSE_ERROR},
                {"class A:\n    def f(self):\n", PARSE_INCOMPLETE},
                {"class A:\n    def f(self):\n        x\n", PARSE_INCOMPLETE},
                {"class A:\n    def f(self):\n        x\n\n", PARSE_OK},
                {"for i in x:\n    if i:\n        y\n    else:\n", PARSE_INCOMPLETE},
                {"with x:\n    try:\n        y\n", PARSE_INCOMPLETE},
                {"class A:\n    def f(self):\n\n", PARSE_ERROR},
                {"class A:\n    x = = 1\n", PARSE_ERROR},
                {"for i in x:\n    if i:\n        y = )\n", PARSE_ERROR},
                {"x = = 1\n", PARSE_ERROR},
                {"x = )\n", PARSE_ERROR}};
    Parsed t;
    parsed_init(&t, ROWS[_i].text, PARSE_INTERACTIVE);
    ck_assert_int_eq(t.r.status, ROWS[_i].status);
    parsed_fini(&t);
}
END_TEST

/* Depth ends in CPython's errors, never in a stack overflow; long chains that are not deep parse.
 */
START_TEST(depth)
{
    static const struct {
        const char *before, *again, *middle, *after, *message;
        int n;
    } ROWS[] = {
        {"x=", "a+", "a", "", NULL, 2900},
        {"x=", "a+", "a", "", "maximum recursion depth exceeded during compilation", 20000},
        {"x=", "-", "a", "", "", 200000},
        {"x=", "not ", "a", "", "maximum recursion depth exceeded during compilation", 5000},
        {"x=", "(", "a", ")", NULL, 199},
        {"x=", "(", "a", ")", "too many nested parentheses", 201},
        {"x=", "a<", "a", "", NULL, 50000},
        {"x=", "a and ", "a", "", NULL, 50000},
        {"if a: pass\n", "elif a: pass\n", "", "", NULL, 2000},
        {"if a: pass\n", "elif a: pass\n", "", "",
         "maximum recursion depth exceeded during compilation", 20000},
        {"x=", "f(a, ", "b c", ")", "invalid syntax. Perhaps you forgot a comma?", 80},
        {"x=", "{a:[", "b", "]}", NULL, 90},
        {"x=", "f(a=(", "b", "))", NULL, 90},
        {"x=", "f(a=(", "$", "))", "invalid syntax", 60},
    };
    Buf text = {0};
    Parsed t;
    buf_puts(&text, ROWS[_i].before);
    for (int k = 0; k < ROWS[_i].n; k++)
        buf_puts(&text, ROWS[_i].again);
    buf_puts(&text, ROWS[_i].middle);
    for (int k = 0; k < ROWS[_i].n; k++)
        buf_puts(&text, ROWS[_i].after);
    parsed_init(&t, buf_text(&text), PARSE_FILE);
    if (ROWS[_i].message)
        ck_assert_str_eq(t.r.err.message, ROWS[_i].message);
    else
        ck_assert_int_eq(t.r.status, PARSE_OK);
    parsed_fini(&t);
    buf_free(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parser");
    TCase *tc = tcase_create("parser");
    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, trees, 0, 6);
    tcase_add_loop_test(tc, errors, 0, 16);
    tcase_add_test(tc, scopes);
    tcase_add_loop_test(tc, unfinished, 0, 25);
    tcase_add_loop_test(tc, depth, 0, 14);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
