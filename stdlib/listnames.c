/* listnames.c -- `cnx --list-names`: every statement, operator, builtin, method and function there
 * is.  Local. */
#include "interp/driver.h"
#include "interp/interp.h"
#include "interp/value.h"

static const char *const statements[] = {
    "def",  "class",  "return",   "del",  "for",    "while",    "if",     "elif",
    "else", "with",   "raise",    "try",  "except", "finally",  "assert", "import",
    "from", "global", "nonlocal", "pass", "break",  "continue", "yield",  "lambda"};
static const char *const operators[] = {
    "+",  "-",  "*",  "/",   "//", "%",   "**", "@",      "<<",  ">>",     "&",   "|",  "^",   "~",
    "<",  "<=", ">",  ">=",  "==", "!=",  "in", "not in", "is",  "is not", "and", "or", "not", "+=",
    "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=",    ">>=", "&=",     "|=",  "^=", ":="};
static const char *const syntax[] = {"decorator",
                                     "lambda",
                                     "fstring",
                                     "walrus",
                                     "list comprehension",
                                     "dict comprehension",
                                     "set comprehension",
                                     "generator expression",
                                     "conditional",
                                     "slice",
                                     "starred",
                                     "annotation",
                                     "chained comparison"};

/* What is in a namespace only to say that it is Unsupported. */
static const char *const absent[] = {"int.to_bytes", "int.from_bytes", "str.encode",
                                     "ndarray.data", "ndarray.ctypes", "ufunc.reduceat"};

static bool hidden(const char *prefix, const char *name)
{
    size_t n = strlen(prefix);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (!strncmp(absent[i], prefix, n) && !strcmp(absent[i] + n, name))
            return true;
    return name[0] == '_';
}

static void each_name(Value dict, const char *kind, const char *prefix)
{
    Value key, x;
    int64_t at = 0;
    while (dict_next(dict, &at, &key, &x))
        if (!hidden(prefix, str_cstr(key)) && !is_exact(x, &type_module))
            printf("%s %s%s\n", kind, prefix, str_cstr(key));
}

static void methods_of(Type *t)
{
    Buf b = {0};
    buf_printf(&b, "%s.", t->name);
    each_name(t->dict, "method", buf_text(&b));
    buf_free(&b);
}

static Value dict_of(const char *module)
{
    Value m = import_builtin(module);
    return m.tag == TAG_OBJ ? ((Module *)m.o)->dict : V_UNDEF;
}

static Value submodule_dict(Value dict, const char *name)
{
    Value m = dict_get_str(dict, str_intern(name));
    return is_exact(m, &type_module) ? ((Module *)m.o)->dict : V_UNDEF;
}

static bool is_type(Value v)
{
    return v.tag == TAG_OBJ && type_is_subtype(v.o->type, &type_type);
}

/* The methods of the types that a namespace holds under their own names: an alias adds nothing. */
static void types_of(Value dict, Type *only)
{
    Value key, x;
    int64_t at = 0;
    while (dict_next(dict, &at, &key, &x))
        if (is_type(x) && type_is_subtype((Type *)x.o, only) &&
            !strcmp(str_cstr(key), ((Type *)x.o)->name))
            methods_of((Type *)x.o);
}

static void builtin_names(void)
{
    Value dict = dict_of("builtins"), key, x;
    int64_t at = 0;
    while (dict_next(dict, &at, &key, &x)) {
        bool exception = is_type(x) && type_is_subtype((Type *)x.o, &exc_BaseException);
        if (!hidden("", str_cstr(key)))
            printf("%s %s\n", exception ? "exception" : "builtin", str_cstr(key));
    }
    types_of(dict, &exc_BaseException);
}

static void module_names(Value dict, const char *kind, const char *name)
{
    Buf b = {0};
    buf_printf(&b, "%s%s", name, *name ? "." : "");
    each_name(dict, kind, buf_text(&b));
    buf_free(&b);
}

static void numpy_names(void)
{
    static const char *const submodules[] = {"linalg", "random", "exceptions"};
    Value numpy = dict_of("numpy");
    if (numpy.tag != TAG_OBJ)
        return;
    module_names(numpy, "numpy", "");
    types_of(numpy, &type_object);
    for (size_t i = 0; i < sizeof submodules / sizeof *submodules; i++) {
        Value dict = submodule_dict(numpy, submodules[i]);
        if (dict.tag != TAG_OBJ)
            continue;
        module_names(dict, "numpy", submodules[i]);
        types_of(dict, &type_object);
    }
}

int list_names(void)
{
    static Type *const types[] = {&type_int,       &type_float, &type_complex, &type_str,
                                  &type_list,      &type_tuple, &type_dict,    &type_set,
                                  &type_frozenset, &type_range, &type_slice,   &type_generator,
                                  &type_property};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        printf("statement %s\n", statements[i]);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        printf("operator %s\n", operators[i]);
    for (size_t i = 0; i < sizeof syntax / sizeof *syntax; i++)
        printf("syntax %s\n", syntax[i]);
    static char path[] = "";
    char *argv[] = {path};
    interp_start("", 1, argv);
    builtin_names();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        methods_of(types[i]);
    module_names(dict_of("math"), "module", "math");
    module_names(dict_of("sys"), "module", "sys");
    module_names(dict_of("time"), "module", "time");
    Value out = dict_get_str(dict_of("sys"), str_intern("stdout"));
    if (out.tag == TAG_OBJ)
        methods_of(out.o->type);
    numpy_names();
    interp_end();
    return 0;
}
