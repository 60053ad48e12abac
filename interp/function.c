/* function.c -- functions, cells, and binding arguments to parameters.  Replicated.
 *
 * A call's arguments go straight into the registers of its frame: positional ones, keywords by
 * name, then defaults; what is left over is *args and **kwargs, or an error in CPython's words.
 */
#include "interp/frame.h"
#include "interp/objects.h"

/* ---------------------------------------------------------------------- binding */

static const char *name_of(const Function *fn)
{
    return str_cstr(fn->qualname);
}

static bool missing_arguments(Function *fn, Frame *f, int from, int to, const char *kind)
{
    Code *c = fn->code;
    while (from < to && !v_is_undef(f->regs[from]))
        from++;
    if (from >= to)
        return false;
    Value *names = xmalloc(sizeof(Value) * (size_t)(to - from));
    int n = 0;
    for (int i = from; i < to; i++)
        if (v_is_undef(f->regs[i]))
            names[n++] = c->regnames[i];
    bind_missing(name_of(fn), names, n, kind);
    free(names);
    return true;
}

static int default_count(const Function *fn)
{
    return is_exact(fn->defaults, &type_tuple) ? (int)as_tuple(fn->defaults)->n : 0;
}

static bool too_many(Function *fn, Frame *f, int64_t given)
{
    Code *c = fn->code;
    int nkw = 0;
    for (int i = 0; i < c->nkwonly; i++)
        nkw += !v_is_undef(f->regs[c->nargs + i]);
    return bind_too_many(name_of(fn), c->nargs, default_count(fn), given, nkw);
}

/* The parameter called `name`, or -1; positional-only ones do not count. */
static int find_parameter(const Code *c, Value name)
{
    for (int i = c->nposonly; i < c->nargs + c->nkwonly; i++)
        if (c->regnames[i].o == name.o)
            return i;
    for (int i = c->nposonly; i < c->nargs + c->nkwonly; i++)
        if (str_equal(c->regnames[i].s, name.s))
            return i;
    return -1;
}

static bool bind_keywords(Function *fn, Frame *f, Value kwnames, const Value *values, Value extra)
{
    Code *c = fn->code;
    for (int64_t k = 0; k < as_tuple(kwnames)->n; k++) {
        Value name = as_tuple(kwnames)->at[k];
        int i = find_parameter(c, name);
        if (i < 0 && !v_is_undef(extra)) {
            if (!dict_set(extra, name, values[k]))
                return false;
        } else if (i < 0) {
            return bind_unexpected(name_of(fn), c->regnames, c->nposonly, kwnames, name);
        } else if (!v_is_undef(f->regs[i])) {
            return bind_twice(name_of(fn), name);
        } else {
            f->regs[i] = retain(values[k]);
        }
    }
    return true;
}

static bool bind_defaults(Function *fn, Frame *f, int64_t nargs)
{
    Code *c = fn->code;
    int ndefaults = default_count(fn), required = c->nargs - ndefaults;
    for (int64_t i = nargs; i < required; i++)
        if (v_is_undef(f->regs[i]))
            return !missing_arguments(fn, f, 0, required, "positional");
    for (int64_t i = int64_max(nargs, required); i < c->nargs; i++)
        if (v_is_undef(f->regs[i]))
            f->regs[i] = retain(as_tuple(fn->defaults)->at[i - required]);
    for (int i = c->nargs; i < c->nargs + c->nkwonly; i++)
        if (v_is_undef(f->regs[i]) && is_dict(fn->kwdefaults))
            f->regs[i] = retain(dict_get_str(fn->kwdefaults, c->regnames[i].s));
    return !missing_arguments(fn, f, c->nargs, c->nargs + c->nkwonly, "keyword-only");
}

bool function_bind(Function *fn, Frame *f, const Value *args, int64_t nargs, Value kwnames)
{
    Code *c = fn->code;
    int64_t plain = int64_min(nargs, c->nargs);
    int at = c->nargs + c->nkwonly;
    Value extra = V_UNDEF;
    for (int64_t i = 0; i < plain; i++)
        f->regs[i] = retain(args[i]);
    if (c->flags & CODE_VARARGS)
        f->regs[at++] = tuple_from_array(args + plain, nargs - plain);
    if (c->flags & CODE_KWARGS)
        f->regs[at] = extra = dict_new();
    if (kwnames.tag == TAG_OBJ && !bind_keywords(fn, f, kwnames, args + nargs, extra))
        return false;
    if (nargs > c->nargs && !(c->flags & CODE_VARARGS))
        return too_many(fn, f, nargs);
    return bind_defaults(fn, f, plain);
}

static void load_closure(Function *fn, Frame *f)
{
    Code *c = f->code;
    for (int i = 0; i < c->nfrees; i++)
        f->regs[c->nlocals + c->ncells + i] = retain(as_tuple(fn->closure)->at[i]);
}

/* Positional arguments for plain parameters, the rest from defaults; NULL: the long way is due. */
static Frame *plain_frame(Function *fn, const Value *args, int64_t nargs)
{
    enum { OTHER = CODE_GENERATOR | CODE_VARARGS | CODE_KWARGS };
    Code *c = fn->code;
    int64_t missing = c->nargs - nargs;
    if (c->flags & OTHER || c->nkwonly || missing < 0 ||
        (missing > 0 &&
         (!is_exact(fn->defaults, &type_tuple) || as_tuple(fn->defaults)->n < missing)))
        return NULL;
    Frame *f = frame_alloc(c);
    f->code = c;
    f->globals = fn->globals;
    f->pc = c->at;
    f->function = v_obj(RETAIN(fn));
    for (int64_t i = 0; i < nargs; i++)
        f->regs[i] = retain(value_at(&args[i]));
    if (missing > 0) {
        const Value *init = as_tuple(fn->defaults)->at + as_tuple(fn->defaults)->n - missing;
        for (int64_t i = 0; i < missing; i++)
            f->regs[nargs + i] = retain(value_at(&init[i]));
    }
    if (!(c->flags & CODE_NOCELLS))
        load_closure(fn, f);
    return f;
}

Frame *function_frame(Function *fn, const Value *args, int64_t nargs, Value kwnames)
{
    if (kwnames.tag != TAG_OBJ) {
        Frame *f = plain_frame(fn, args, nargs);
        if (f)
            return f;
    }
    Code *c = fn->code;
    Frame *f = c->flags & CODE_GENERATOR ? frame_new(c, fn->globals) : frame_alloc(c);
    f->code = c;
    f->globals = fn->globals;
    f->pc = c->at;
    f->function = v_obj(RETAIN(fn));
    if (!function_bind(fn, f, args, nargs, kwnames)) {
        frame_free(f);
        return NULL;
    }
    load_closure(fn, f);
    return f;
}

static Value function_call(Value v, Value *args, int nargs, Value kwnames)
{
    Function *fn = (Function *)v.o;
    Frame *f = function_frame(fn, args, nargs, kwnames);
    if (!f)
        return V_ERROR;
    return fn->code->flags & CODE_GENERATOR ? generator_new(f, v) : vm_call_frame(f);
}

/* ---------------------------------------------------------------- function objects */

Value function_new(Code *code, Value globals)
{
    Function *fn = object_new(&type_function);
    fn->code = RETAIN(code);
    fn->globals = retain(globals);
    fn->name = retain(code->name);
    fn->qualname = retain(code->qualname);
    fn->doc = retain(code->doc);
    Value module = dict_get_str(globals, S(__name__));
    fn->module = v_is_undef(module) ? V_NONE : retain(module);
    return v_obj(fn);
}

static void function_free(Object *o)
{
    Function *fn = (Function *)o;
    RELEASE(fn->code);
    Value all[] = {fn->globals,  fn->defaults, fn->kwdefaults, fn->closure,    fn->name,
                   fn->qualname, fn->doc,      fn->module,     fn->annotations};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        release(all[i]);
    RELEASE(fn->dict);
}

static void function_traverse(Object *o, VisitFn visit, void *ctx)
{
    Function *fn = (Function *)o;
    visit(fn->globals, ctx);
    visit(fn->defaults, ctx);
    visit(fn->kwdefaults, ctx);
    visit(fn->closure, ctx);
    visit(fn->doc, ctx);
    visit(fn->module, ctx);
    visit(fn->annotations, ctx);
    if (fn->dict)
        visit(v_obj(fn->dict), ctx);
}

static void function_clear(Object *o)
{
    Function *fn = (Function *)o;
    slot_set(&fn->defaults, V_UNDEF);
    slot_set(&fn->kwdefaults, V_UNDEF);
    slot_set(&fn->closure, V_UNDEF);
    slot_set(&fn->annotations, V_UNDEF);
    Dict *d = fn->dict;
    fn->dict = NULL;
    RELEASE(d);
}

static Value function_repr(Value v)
{
    return str_fmt("<function %S at 0x%llx>", ((Function *)v.o)->qualname, (long long)object_id(v));
}

static Value function_get(Value d, Value obj, Type *cls)
{
    return v_is_undef(obj) ? retain(d) : bound_method_new(d, obj);
}

static Function *as_function(Value v)
{
    return (Function *)v.o;
}

static Value none_if_undef(Value v)
{
    return v_is_undef(v) ? V_NONE : retain(v);
}

#define TEXT_ATTRIBUTE(field)                                                                      \
    static Value get_##field(Value v)                                                              \
    {                                                                                              \
        return retain(as_function(v)->field);                                                      \
    }                                                                                              \
    static bool set_##field(Value v, Value x)                                                      \
    {                                                                                              \
        if (!is_str(x)) {                                                                          \
            raise_fmt(&exc_TypeError, "__" #field "__ must be set to a string object");            \
            return false;                                                                          \
        }                                                                                          \
        slot_set(&as_function(v)->field, retain(x));                                               \
        return true;                                                                               \
    }
TEXT_ATTRIBUTE(name)
TEXT_ATTRIBUTE(qualname)

#define ANY_ATTRIBUTE(field)                                                                       \
    static Value get_##field(Value v)                                                              \
    {                                                                                              \
        return none_if_undef(as_function(v)->field);                                               \
    }                                                                                              \
    static bool set_##field(Value v, Value x)                                                      \
    {                                                                                              \
        slot_set(&as_function(v)->field, v_is_undef(x) ? V_NONE : retain(x));                      \
        return true;                                                                               \
    }
ANY_ATTRIBUTE(doc)
ANY_ATTRIBUTE(module)

static Value get_defaults(Value v)
{
    return none_if_undef(as_function(v)->defaults);
}
static bool set_defaults(Value v, Value x)
{
    if (!v_is_undef(x) && !v_is_none(x) && !is_tuple(x)) {
        raise_fmt(&exc_TypeError, "__defaults__ must be set to a tuple object");
        return false;
    }
    slot_set(&as_function(v)->defaults, is_tuple(x) ? retain(x) : V_UNDEF);
    return true;
}
static Value get_kwdefaults(Value v)
{
    return none_if_undef(as_function(v)->kwdefaults);
}
static bool set_kwdefaults(Value v, Value x)
{
    if (!v_is_undef(x) && !v_is_none(x) && !is_dict(x)) {
        raise_fmt(&exc_TypeError, "__kwdefaults__ must be set to a dict object");
        return false;
    }
    slot_set(&as_function(v)->kwdefaults, is_dict(x) ? retain(x) : V_UNDEF);
    return true;
}
static Value get_annotations(Value v)
{
    Function *fn = as_function(v);
    if (v_is_undef(fn->annotations))
        fn->annotations = dict_new();
    return retain(fn->annotations);
}
static bool set_annotations(Value v, Value x)
{
    if (!v_is_undef(x) && !v_is_none(x) && !is_dict(x)) {
        raise_fmt(&exc_TypeError, "__annotations__ must be set to a dict object");
        return false;
    }
    slot_set(&as_function(v)->annotations, is_dict(x) ? retain(x) : V_UNDEF);
    return true;
}
static Value get_dict(Value v)
{
    Function *fn = as_function(v);
    if (!fn->dict)
        fn->dict = as_dict(dict_new());
    return retain(v_obj(fn->dict));
}
static bool set_dict(Value v, Value x)
{
    if (!is_dict(x)) {
        raise_fmt(&exc_TypeError, "__dict__ must be set to a dictionary, not a '%T'", x);
        return false;
    }
    Dict *old = as_function(v)->dict;
    as_function(v)->dict = as_dict(retain(x));
    RELEASE(old);
    return true;
}
static Value get_code(Value v)
{
    return v_obj(RETAIN(as_function(v)->code));
}
static Value get_globals(Value v)
{
    return retain(as_function(v)->globals);
}
static Value get_closure(Value v)
{
    return none_if_undef(as_function(v)->closure);
}

static const GetSetDef function_getsets[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__defaults__", get_defaults, set_defaults, NULL},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__dict__", get_dict, set_dict, NULL},
    {"__code__", get_code, NULL, NULL},
    {"__globals__", get_globals, NULL, NULL},
    {"__closure__", get_closure, NULL, NULL},
    {0},
};

Type type_function = {
    .name = "function",
    .module = "builtins",
    .size = sizeof(Function),
    .dict_offset = offsetof(Function, dict),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .getsets = function_getsets,
    .free = function_free,
    .traverse = function_traverse,
    .clear = function_clear,
    .repr = function_repr,
    .call = function_call,
    .descr_get = function_get,
};

/* ----------------------------------------------------------------------------- cells */

Value cell_new(Value v)
{
    Cell *c = object_new(&type_cell);
    c->at = v;
    return v_obj(c);
}

static void cell_free(Object *o)
{
    release(((Cell *)o)->at);
}
static void cell_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Cell *)o)->at, ctx);
}
static void cell_clear(Object *o)
{
    slot_set(&((Cell *)o)->at, V_UNDEF);
}
static Value cell_repr(Value v)
{
    Value at = ((Cell *)v.o)->at;
    if (v_is_undef(at))
        return str_fmt("<cell at 0x%llx: empty>", (long long)object_id(v));
    return str_fmt("<cell at 0x%llx: %T object at 0x%llx>", (long long)object_id(v), at,
                   (long long)object_id(at));
}
static Value get_contents(Value v)
{
    Value at = ((Cell *)v.o)->at;
    return v_is_undef(at) ? raise_fmt(&exc_ValueError, "Cell is empty") : retain(at);
}
static bool set_contents(Value v, Value x)
{
    slot_set(&((Cell *)v.o)->at, retain(x));
    return true;
}
static const GetSetDef cell_getsets[] = {{"cell_contents", get_contents, set_contents, NULL}, {0}};

Type type_cell = {
    .name = "cell",
    .module = "builtins",
    .size = sizeof(Cell),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .getsets = cell_getsets,
    .free = cell_free,
    .traverse = cell_traverse,
    .clear = cell_clear,
    .repr = cell_repr,
};
