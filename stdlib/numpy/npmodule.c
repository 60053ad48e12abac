/* npmodule.c -- the module numpy and its submodules.  Replicated.
 *
 * Functions come from the families' tables.  A public name of NumPy 2.3 that no family brought is
 * Unsupported, by names.def; others are AttributeErrors with NumPy's text.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

#include <math.h>

/* --------------------------------------------------------------- missing names */

static bool listed(const Str *name, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_equals(name, names[i]))
            return true;
    return false;
}

static Value lacking(const char *module, Str *name)
{
    Value what = str_fmt("%s.%U", module, name);
    raise_unsupported(str_cstr(what), "NumPy");
    release(what);
    return V_ERROR;
}

/* Names that NumPy 2 took away, with its advice. */
static Value expired(Module *m, Str *name)
{
    static const struct {
        const char *name, *text;
    } table[] = {
#define NP_EXPIRED(name, text) {#name, text},
#include "stdlib/numpy/names.def"
#undef NP_EXPIRED
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_equals(name, table[i].name))
            return raise_fmt(&exc_AttributeError,
                             "`np.%s` was removed in the NumPy 2.0 release. %s", table[i].name,
                             table[i].text);
    static const struct {
        const char *name, *text;
    } former[] = {
#define NP_FORMER(name, text) {#name, text},
#include "stdlib/numpy/names.def"
#undef NP_FORMER
    };
    for (size_t i = 0; i < sizeof former / sizeof *former; i++)
        if (str_equals(name, former[i].name))
            return raise_fmt(&exc_AttributeError, "%s", former[i].text);
    return V_UNDEF;
}

static Value numpy_missing(Module *m, Str *name)
{
    static const char *const names[] = {
#define NP_NAME(name)   #name,
#define NP_MODULE(name) #name,
#include "stdlib/numpy/names.def"
#undef NP_NAME
#undef NP_MODULE
    };
    if (listed(name, names, sizeof names / sizeof *names))
        return lacking("numpy", name);
    return expired(m, name);
}

static Value submodule_missing(Module *m, Str *name)
{
    static const struct {
        const char *module, *name;
    } table[] = {
#define NP_SUB(module, name) {"numpy." #module, #name},
#include "stdlib/numpy/names.def"
#undef NP_SUB
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_equals(m->name, table[i].module) && str_equals(name, table[i].name))
            return lacking(table[i].module, name);
    return V_UNDEF;
}

/* ------------------------------------------------------------------ submodules */

static Value submodule_new(Value numpy, const char *name, const NativeDef *functions)
{
    Value full = str_fmt("numpy.%s", name);
    Value m = module_new(str_cstr(full), NULL);
    release(full);
    ((Module *)m.o)->missing = submodule_missing;
    if (functions)
        module_add_natives(m, functions);
    module_add(numpy, name, retain(m));
    return m;
}

static void add_class(Value module, Type *t)
{
    module_add(module, t->name, retain(v_obj(t)));
}

static void submodules_add(Value numpy)
{
    Value linalg = submodule_new(numpy, "linalg", numpy_linalg_functions);
    add_class(linalg, &exc_LinAlgError);
    Value random = submodule_new(numpy, "random", numpy_random_functions);
    numpy_random_init(random);
    Value exceptions = submodule_new(numpy, "exceptions", NULL);
    Type *classes[] = {&exc_AxisError, &exc_ComplexWarning, &exc_VisibleDeprecationWarning,
                       &exc_TooHardError};
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++)
        add_class(exceptions, classes[k]);
    release(linalg);
    release(random);
    release(exceptions);
    static const char *const empty[] = {"fft",       "polynomial", "ma",    "testing",
                                        "strings",   "char",       "lib",   "rec",
                                        "ctypeslib", "dtypes",     "emath", "typing"};
    for (size_t k = 0; k < sizeof empty / sizeof *empty; k++)
        release(submodule_new(numpy, empty[k], NULL));
}

static Value imported(const char *name)
{
    Value numpy = import_builtin("numpy");
    Value m = v_is_error(numpy) ? numpy : op_getattr(numpy, str_intern(name));
    release(numpy);
    return m;
}

/* `import numpy.linalg` and its like. */
#define SUBMODULE(name)                                                                            \
    Value numpy_##name##_module(void);                                                             \
    Value numpy_##name##_module(void)                                                              \
    {                                                                                              \
        return imported(#name);                                                                    \
    }
SUBMODULE(linalg)
SUBMODULE(random)
SUBMODULE(exceptions)
SUBMODULE(fft)

/* ------------------------------------------------------------------ the module */

static const struct {
    const char *name;
    DType t;
} scalar_aliases[] = {
    {"bool_", DT_BOOL},         {"int_", DT_INT64},     {"intp", DT_INT64},
    {"long", DT_INT64},         {"longlong", DT_INT64}, {"uint", DT_UINT64},
    {"uintp", DT_UINT64},       {"ulong", DT_UINT64},   {"ulonglong", DT_UINT64},
    {"intc", DT_INT32},         {"uintc", DT_UINT32},   {"short", DT_INT16},
    {"ushort", DT_UINT16},      {"byte", DT_INT8},      {"ubyte", DT_UINT8},
    {"single", DT_FLOAT32},     {"double", DT_FLOAT64}, {"csingle", DT_COMPLEX64},
    {"cdouble", DT_COMPLEX128},
};

static void add_types(Value m)
{
    static Type *const classes[] = {
        &type_ndarray,       &type_dtype,           &type_flatiter,       &type_generic,
        &type_number,        &type_integer,         &type_inexact,        &type_floating,
        &type_signedinteger, &type_unsignedinteger, &type_complexfloating};
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++)
        add_class(m, classes[k]);
    for (DType t = 0; t < DT_COUNT; t++)
        add_class(m, &type_npscalar[t]);
    for (size_t k = 0; k < sizeof scalar_aliases / sizeof *scalar_aliases; k++)
        module_add(m, scalar_aliases[k].name, retain(v_obj(&type_npscalar[scalar_aliases[k].t])));
    dtypeobj_add(m);
}

static void add_constants(Value m)
{
    module_add(m, "pi", v_float(M_PI));
    module_add(m, "e", v_float(M_E));
    module_add(m, "euler_gamma", v_float(0.57721566490153286060651209008240243));
    module_add(m, "inf", v_float(INFINITY));
    module_add(m, "nan", v_float(NAN));
    module_add(m, "newaxis", V_NONE);
    module_add(m, "little_endian", V_TRUE);
    module_add(m, "True_", scalar_new(DT_BOOL, (Scalar){.b = 1}));
    module_add(m, "False_", scalar_new(DT_BOOL, (Scalar){.b = 0}));
    module_add(m, "__version__", str_new("2.3.5"));
}

/* What lives as long as the process: types and their methods. */
static void types_init(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    Type *axis[2] = {&exc_ValueError, &exc_IndexError};
    type_set_bases(&exc_AxisError, 2, axis);
    array_init();
    dtypeobj_init();
    scalar_init();
    const NativeDef *more[] = {ndarray_methods_linalg, ndarray_methods_sort};
    for (int k = 0; k < 2; k++)
        for (const NativeDef *d = more[k]; d->name; d++)
            type_add(&type_ndarray, d->name, native_new(d, &type_ndarray, 0));
}

Value numpy_module(void);
Value numpy_module(void)
{
    static const NativeDef *const families[] = {
        numpy_array,   numpy_dtype,   numpy_creation, numpy_matrices, numpy_manipulate,
        numpy_joining, numpy_editing, numpy_index,    numpy_ufunc,    numpy_reduce,
        numpy_sort,    numpy_linalg,  numpy_io,       numpy_misc};
    types_init();
    Value m = module_new("numpy", NULL);
    ((Module *)m.o)->missing = numpy_missing;
    for (size_t k = 0; k < sizeof families / sizeof *families; k++)
        module_add_natives(m, families[k]);
    add_types(m);
    add_constants(m);
    numpy_families_init(m);
    submodules_add(m);
    return m;
}
