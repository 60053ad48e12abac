/* listnames.c -- `cnx --list-names`: every statement, operator, builtin, method and function there is.  Local. */
#include "interp/driver.h"
#include "interp/interp.h"
#include "interp/value.h"

static const char *const statements[] = {"def", "class", "return", "del", "for", "while", "if", "elif", "else", "with", "raise", "try",
                                         "except", "finally", "assert", "import", "from", "global", "nonlocal", "pass",
                                         "break", "continue", "yield", "lambda"};
static const char *const operators[] = {"+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^", "~", "<", "<=", ">",
                                        ">=", "==", "!=", "in", "not in", "is", "is not", "and", "or", "not", "+=", "-=",
                                        "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^=", ":="};
static const char *const syntax[] = {"decorator", "lambda", "fstring", "walrus", "list comprehension", "dict comprehension",
                                     "set comprehension", "generator expression", "conditional", "slice", "starred",
                                     "annotation", "chained comparison"};

static bool hidden(const char *name)
{
    return name[0] == '_';
}

static void each_name(Value dict, const char *kind, const char *prefix)
{
    Value key, x;
    int64_t at = 0;
    while (dict_next(dict, &at, &key, &x)) {
        const char *name = str_cstr(key);
        if (!hidden(name) && !is_exact(x, &type_module))
            printf("%s %s%s\n", kind, prefix, name);
    }
}

static void methods_of(Type *t)
{
    Buf b = {0};
    buf_printf(&b, "%s.", t->name);
    each_name(t->dict, "method", buf_text(&b));
    buf_free(&b);
}

static void module_names(const char *dotted, const char *kind, const char *prefix)
{
    Value m = import_builtin(dotted);
    if (m.tag == TAG_OBJ)
        each_name(((Module *)m.o)->dict, kind, prefix);
}

int list_names(void)
{
    static Type *const types[] = {&type_int, &type_float, &type_complex, &type_str, &type_list, &type_tuple, &type_dict,
                                  &type_set, &type_frozenset, &type_range, &type_slice, &type_generator, &type_property};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        printf("statement %s\n", statements[i]);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        printf("operator %s\n", operators[i]);
    for (size_t i = 0; i < sizeof syntax / sizeof *syntax; i++)
        printf("syntax %s\n", syntax[i]);
    static char path[] = "";
    char *argv[] = {path};
    interp_start("", 1, argv);
    Value builtins = import_builtin("builtins"), key, x;
    int64_t at = 0;
    while (builtins.tag == TAG_OBJ && dict_next(((Module *)builtins.o)->dict, &at, &key, &x)) {
        bool exception = is_exact(x, &type_type) && type_is_subtype((Type *)x.o, &exc_BaseException);
        if (!hidden(str_cstr(key)))
            printf("%s %s\n", exception ? "exception" : "builtin", str_cstr(key));
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        methods_of(types[i]);
    module_names("math", "module", "math.");
    module_names("sys", "module", "sys.");
    module_names("time", "module", "time.");
    module_names("numpy", "numpy", "");
    module_names("numpy.linalg", "numpy", "linalg.");
    module_names("numpy.random", "numpy", "random.");
    Value numpy = import_builtin("numpy");
    if (numpy.tag == TAG_OBJ) {
        Value array = dict_get_str(((Module *)numpy.o)->dict, str_intern("ndarray"));
        if (is_exact(array, &type_type))
            methods_of((Type *)array.o);
    }
    interp_end();
    return 0;
}
