/* bool.c -- bool and the types of the single values None, Ellipsis, NotImplemented.  Replicated.
 *
 * All four are inline values, so there is nothing to free; bool takes its arithmetic from int.
 */
#include "interp/value.h"

/* A shared text, made at the first ask. */
static Value shared_text(Str **slot, const char *text)
{
    if (!*slot)
        *slot = str_intern(text);
    return v_obj(RETAIN(*slot));
}

static Value bool_repr(Value v)
{
    static Str *names[2];
    return shared_text(&names[v.i], v.i ? "True" : "False");
}

static Value bool_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        return raise_fmt(&exc_TypeError, "bool() takes no keyword arguments");
    if (nargs > 1)
        return raise_fmt(&exc_TypeError, "bool expected at most 1 argument, got %d", nargs);
    int truth = nargs ? op_truth(args[0]) : 0;
    return truth < 0 ? V_ERROR : v_bool(truth);
}

Type type_bool = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "bool",
    .module = "builtins",
    .base = &type_int,
    .doc = "True and False.",
    .repr = bool_repr,
    .make = bool_make,
};

static Value single_make(Type *cls, int nargs, Value kwnames, Value single)
{
    if (nargs || (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n))
        return raise_fmt(&exc_TypeError, "%s takes no arguments", cls->name);
    return single;
}

static Value none_repr(Value v)
{
    static Str *name;
    return shared_text(&name, "None");
}

/* CPython hashes None by its address; any constant does. */
static bool none_hash(Value v, int64_t *out)
{
    *out = 0x5f3759df;
    return true;
}

static int none_truth(Value v)
{
    return 0;
}

static Value none_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return single_make(cls, nargs, kwnames, V_NONE);
}

Type type_none = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "NoneType",
    .module = "builtins",
    .base = &type_object,
    .doc = "The type of None.",
    .repr = none_repr,
    .hash = none_hash,
    .truth = none_truth,
    .make = none_make,
};

static Value ellipsis_repr(Value v)
{
    static Str *name;
    return shared_text(&name, "Ellipsis");
}

static bool ellipsis_hash(Value v, int64_t *out)
{
    *out = 0x5f3759e0;
    return true;
}

static Value ellipsis_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return single_make(&(Type){.name = "EllipsisType"}, nargs, kwnames, V_ELLIPSIS);
}

Type type_ellipsis = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "ellipsis",
    .module = "builtins",
    .base = &type_object,
    .doc = "The type of Ellipsis, written `...`.",
    .repr = ellipsis_repr,
    .hash = ellipsis_hash,
    .make = ellipsis_make,
};

static Value notimpl_repr(Value v)
{
    static Str *name;
    return shared_text(&name, "NotImplemented");
}

static bool notimpl_hash(Value v, int64_t *out)
{
    *out = 0x5f3759e1;
    return true;
}

static int notimpl_truth(Value v)
{
    return warn_fmt(&exc_DeprecationWarning,
                    "NotImplemented should not be used in a boolean context")
               ? 1
               : -1;
}

static Value notimpl_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return single_make(cls, nargs, kwnames, V_NOTIMPL);
}

Type type_notimpl = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "NotImplementedType",
    .module = "builtins",
    .base = &type_object,
    .doc = "The type of NotImplemented.",
    .repr = notimpl_repr,
    .hash = notimpl_hash,
    .truth = notimpl_truth,
    .make = notimpl_make,
};
