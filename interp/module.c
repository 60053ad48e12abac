/* module.c -- modules and import.  Replicated.
 *
 * A name is looked for among the builtin modules, then as NAME.cnx, NAME.py or a package beside the
 * program (sys.path) or in its parent package; standard modules that Python has and cnx lacks are
 * Unsupported, all others ModuleNotFoundError.  A module is in sys.modules before its body runs, so
 * circular imports see it half made.
 */
#include "interp/frame.h"
#include "interp/objects.h"
#include "interp/source_text.h"

/* ----------------------------------------------------------------------- the object */

static void module_free(Object *o)
{
    release(((Module *)o)->dict);
}

static void module_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Module *)o)->dict, ctx);
}

static void module_clear(Object *o)
{
    dict_clear(((Module *)o)->dict);
}

static bool is_loading(const Module *m)
{
    return interp.loading.tag == TAG_OBJ && !v_is_undef(dict_get_str(interp.loading, m->name));
}

static Value module_getattr(Value v, Str *name)
{
    Module *m = (Module *)v.o;
    Value x = dict_get_str(m->dict, name);
    if (!v_is_undef(x))
        return retain(x);
    if (!v_is_undef(type_lookup(&type_module, name)))
        return object_getattr_generic(v, name);
    if (m->missing) {
        x = m->missing(m, name);
        if (!v_is_undef(x))
            return x;
    }
    Value hook = dict_get_str(m->dict, S(__getattr__));
    if (!v_is_undef(hook))
        return op_call1(hook, v_obj(name));
    if (is_loading(m))
        return raise_attribute(
            v, name,
            "partially initialized module '%U' has no attribute '%U' (most likely due to a "
            "circular import)",
            m->name, name);
    return raise_attribute(v, name, "module '%U' has no attribute '%U'", m->name, name);
}

static bool module_setattr(Value v, Str *name, Value x)
{
    Module *m = (Module *)v.o;
    if (!v_is_undef(x)) {
        dict_set_str(m->dict, name, x);
        return true;
    }
    int had = dict_del(m->dict, v_obj(name));
    if (had == 0)
        raise_attribute(v, name, "module '%U' has no attribute '%U'", m->name, name);
    return had == 1;
}

static Value module_repr(Value v)
{
    Module *m = (Module *)v.o;
    Value file = dict_get_str(m->dict, S(__file__));
    if (is_str(file))
        return str_fmt("<module '%U' from '%S'>", m->name, file);
    return str_fmt("<module '%U' (built-in)>", m->name);
}

static Value get_dict(Value v)
{
    return retain(((Module *)v.o)->dict);
}
static const GetSetDef module_getsets[] = {{"__dict__", get_dict, NULL, NULL}, {0}};

Type type_module = {
    .name = "module",
    .module = "builtins",
    .size = sizeof(Module),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .getsets = module_getsets,
    .free = module_free,
    .traverse = module_traverse,
    .clear = module_clear,
    .getattr = module_getattr,
    .setattr = module_setattr,
    .repr = module_repr,
};

static Value module_new_n(Str *name, Value doc)
{
    Module *m = object_new(&type_module);
    m->name = name;
    m->dict = dict_new();
    dict_set_str(m->dict, S(__name__), v_obj(name));
    dict_set_str(m->dict, S(__doc__), doc);
    return v_obj(m);
}

Value module_new(const char *name, const char *doc)
{
    Value text = doc ? str_new(doc) : V_NONE;
    Value m = module_new_n(str_intern(name), text);
    release(text);
    return m;
}

void module_add(Value module, const char *name, Value x)
{
    dict_set_str(((Module *)module.o)->dict, str_intern(name), x);
    release(x);
}

void module_add_natives(Value module, const NativeDef *defs)
{
    for (; defs->name; defs++) {
        Value f = native_new(defs, NULL, 0);
        slot_set(&((Native *)f.o)->module, retain(v_obj(((Module *)module.o)->name)));
        module_add(module, defs->name, f);
    }
}

/* ------------------------------------------------------------------ builtin modules */

typedef Value (*ModuleInit)(void);
/* Weak: a build without one of them (a unit test) has no such module. */
#define MODULE(name, function) extern Value function##_module(void) __attribute__((weak));
#include "stdlib/modules.def"
#undef MODULE

Value future_module(void)
{
    static const char *const names[] = {"annotations",     "division",         "print_function",
                                        "absolute_import", "unicode_literals", "generators",
                                        "nested_scopes",   "with_statement",   "generator_stop"};
    Value m = module_new("__future__", NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        module_add(m, names[i], V_NONE);
    return m;
}

static Value sys_modules_get(Str *name)
{
    return dict_get_str(interp.modules, name);
}

Value import_builtin(const char *dotted)
{
    const struct {
        const char *name;
        ModuleInit init;
    } table[] = {
#define MODULE(name, function) {name, function##_module},
#include "stdlib/modules.def"
#undef MODULE
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, dotted) || !table[i].init)
            continue;
        Value have = sys_modules_get(str_intern(dotted));
        if (!v_is_undef(have))
            return retain(have);
        Value m = table[i].init();
        if (!v_is_error(m))
            dict_set_str(interp.modules, str_intern(dotted), m);
        return m;
    }
    return V_UNDEF;
}

/* -------------------------------------------------------------------------- finding */

static bool known_to_python(const char *name)
{
    static const char *const names[] = {
#define PYMODULE(name) name,
#include "stdlib/python_modules.def"
#undef PYMODULE
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

typedef struct Found {
    char *file;    /* source to run; NULL for a package without __init__ */
    char *package; /* directory, for packages */
} Found;

static char *path_join(const char *dir, const char *name, const char *suffix)
{
    Buf b = {0};
    bool plain = !*dir;
    buf_printf(&b, "%s%s%s%s", plain ? "" : dir, plain || dir[strlen(dir) - 1] == '/' ? "" : "/",
               name, suffix);
    char *s = xstrdup(buf_text(&b));
    buf_free(&b);
    return s;
}

static bool find_in(const char *dir, const char *name, Found *out)
{
    static const char *const suffix[] = {"/__init__.cnx", "/__init__.py", ".cnx", ".py"};
    char *package = path_join(dir, name, "");
    for (int i = 0; i < 4; i++) {
        char *file = path_join(dir, name, suffix[i]);
        if (interp_hooks.file_kind(file) == 1) {
            out->file = file;
            out->package = i < 2 ? package : NULL;
            if (i >= 2)
                free(package);
            return true;
        }
        free(file);
    }
    if (interp_hooks.file_kind(package) == 2) {
        out->package = package;
        return true;
    }
    free(package);
    return false;
}

/* A namespace package (a bare directory) only counts when no later directory has more. */
static bool find_source(Value path, const char *name, Found *out)
{
    Found bare = {0};
    for (int64_t i = 0; is_list(path) && i < as_list(path)->n; i++) {
        if (!is_str(as_list(path)->at[i]))
            continue;
        Found f = {0};
        if (!find_in(str_cstr(as_list(path)->at[i]), name, &f))
            continue;
        if (f.file) {
            free(bare.package);
            *out = f;
            return true;
        }
        if (bare.package)
            free(f.package);
        else
            bare = f;
    }
    *out = bare;
    return bare.package != NULL;
}

/* -------------------------------------------------------------------------- running */

static Value run_body(Value module, const char *file)
{
    Buf text = {0};
    int err = interp_hooks.read_file(file, &text);
    if (err) {
        buf_free(&text);
        return raise_status(fail_errno(err, file));
    }
    Code *code = source_compile(file, text.at ? text.at : "", text.n, LOWER_MODULE);
    buf_free(&text);
    if (!code)
        return V_ERROR;
    Value dict = ((Module *)module.o)->dict;
    Frame *f = frame_push(code, dict);
    f->locals = retain(dict);
    RELEASE(code);
    return vm_call_frame(f);
}

static void module_describe(Value module, const char *full, const Found *f)
{
    Value dict = ((Module *)module.o)->dict;
    const char *dot = strrchr(full, '.');
    Value package = f->package ? str_new(full) : dot ? str_new_n(full, dot - full) : str_new("");
    dict_set_str(dict, str_intern("__package__"), package);
    release(package);
    if (f->package) {
        Value path = list_new(1);
        list_push(path, str_new(f->package));
        module_add(module, "__path__", path);
    }
    if (f->file)
        module_add(module, "__file__", str_new(f->file));
    dict_set_str(dict, str_intern("__builtins__"), interp.builtins);
}

static Value load(const char *full, const Found *f)
{
    Str *name = str_intern(full);
    Value m = module_new_n(name, V_NONE);
    module_describe(m, full, f);
    dict_set_str(interp.modules, name, m);
    if (!f->file)
        return m;
    if (v_is_undef(interp.loading))
        interp.loading = dict_new();
    dict_set_str(interp.loading, name, V_TRUE);
    Value r = run_body(m, f->file);
    dict_del(interp.loading, v_obj(name));
    if (!v_is_error(r)) {
        release(r);
        Value now = sys_modules_get(name); /* the body may have replaced itself */
        if (!v_is_undef(now) && now.o != m.o) {
            retain(now);
            release(m);
            return now;
        }
        return m;
    }
    Value exc = error_take();
    dict_del(interp.modules, v_obj(name));
    raise_value(exc);
    release(m);
    return V_ERROR;
}

static Value raise_no_module(const char *full, const char *not_package)
{
    if (not_package)
        raise_fmt(&exc_ModuleNotFoundError, "No module named '%s'; '%s' is not a package", full,
                  not_package);
    else
        raise_fmt(&exc_ModuleNotFoundError, "No module named '%s'", full);
    Value exc = error_peek();
    slot_set(&as_exception(exc)->extra[0], str_new(full));
    return V_ERROR;
}

/* Import `part`, known in full as `full`, from `parent` (undefined: top level).  New reference. */
static Value import_part(const char *full, const char *part, Value parent)
{
    Str *name = str_intern(full);
    Value have = sys_modules_get(name);
    if (!v_is_undef(have))
        return v_is_none(have) ? raise_fmt(&exc_ModuleNotFoundError,
                                           "import of %s halted; None in sys.modules", full)
                               : retain(have);
    Value m = import_builtin(full);
    if (!v_is_undef(m))
        return m;
    Value path = interp.path;
    if (!v_is_undef(parent)) {
        path = dict_get_str(((Module *)parent.o)->dict, str_intern("__path__"));
        if (v_is_undef(path)) {
            Value x =
                op_getattr_opt(parent, str_intern(part)); /* a builtin module's own submodule */
            if (is_exact(x, &type_module) || v_is_error(x))
                return x;
            release(x);
            return raise_no_module(full, ((Module *)parent.o)->name->data);
        }
    }
    Found f = {0};
    if (find_source(path, part, &f))
        m = load(full, &f);
    else if (v_is_undef(parent) && known_to_python(full))
        m = raise_unsupported(full, "Python");
    else
        m = raise_no_module(full, NULL);
    free(f.file);
    free(f.package);
    if (!v_is_error(m) && !v_is_undef(parent))
        dict_set_str(((Module *)parent.o)->dict, str_intern(part), m);
    return m;
}

/* a.b.c: every part in turn.  *top gets the first when asked for; the result is the last. */
static Value import_dotted(const char *dotted, Value *top)
{
    Value m = V_UNDEF;
    const char *at = dotted;
    for (;;) {
        const char *dot = strchr(at, '.');
        size_t upto = dot ? (size_t)(dot - dotted) : strlen(dotted);
        char *full = xmalloc(upto + 1);
        memcpy(full, dotted, upto);
        full[upto] = 0;
        Value next = import_part(full, full + (at - dotted), m);
        free(full);
        release(m);
        m = next;
        if (v_is_error(m))
            return V_ERROR;
        if (top && at == dotted)
            *top = retain(m);
        if (!dot)
            return m;
        if (!is_exact(m, &type_module)) {
            release(m);
            return raise_no_module(dotted, NULL);
        }
        at = dot + 1;
    }
}

/* The package that `level` dots mean in a module with these globals; NULL: exception. */
static char *relative_base(Value globals, int64_t level)
{
    Value package = dict_get_str(globals, str_intern("__package__"));
    Value name = dict_get_str(globals, S(__name__));
    char *base = NULL;
    if (is_str(package))
        base = xstrdup(str_cstr(package));
    else if (is_str(name)) {
        base = xstrdup(str_cstr(name));
        char *dot = strrchr(base, '.');
        if (v_is_undef(dict_get_str(globals, str_intern("__path__"))))
            *(dot ? dot : base) = 0;
    }
    if (!base || !*base) {
        free(base);
        raise_fmt(&exc_ImportError, "attempted relative import with no known parent package");
        return NULL;
    }
    while (--level > 0) {
        char *dot = strrchr(base, '.');
        if (!dot) {
            free(base);
            raise_fmt(&exc_ImportError, "attempted relative import beyond top-level package");
            return NULL;
        }
        *dot = 0;
    }
    return base;
}

/* `from package import name`: name may be a submodule not yet imported. */
static bool import_submodules(Value module, const char *full, Value fromlist)
{
    if (!is_exact(module, &type_module) ||
        v_is_undef(dict_get_str(((Module *)module.o)->dict, str_intern("__path__"))))
        return true;
    for (int64_t i = 0; i < as_tuple(fromlist)->n; i++) {
        Value name = as_tuple(fromlist)->at[i];
        if (str_equals(name.s, "*") ||
            !v_is_undef(dict_get_str(((Module *)module.o)->dict, name.s)))
            continue;
        Buf b = {0};
        buf_printf(&b, "%s.%s", full, str_cstr(name));
        Value sub = import_part(buf_text(&b), str_cstr(name), module);
        bool fatal = false;
        if (v_is_error(sub)) {
            Value exc = error_peek();
            Value which = is_exception(exc) ? as_exception(exc)->extra[0] : V_UNDEF;
            fatal = !error_matches(&exc_ModuleNotFoundError) || !is_str(which) ||
                    strcmp(str_cstr(which), buf_text(&b));
            if (!fatal)
                error_clear();
        }
        release(sub);
        buf_free(&b);
        if (fatal)
            return false;
    }
    return true;
}

Value import_name(Value name, Value fromlist, int64_t level, Value globals)
{
    char *full;
    if (level > 0) {
        char *base = relative_base(globals, level);
        if (!base)
            return V_ERROR;
        Buf b = {0};
        buf_printf(&b, "%s%s%s", base, name.s->n ? "." : "", str_cstr(name));
        full = xstrdup(buf_text(&b));
        buf_free(&b);
        free(base);
    } else {
        full = xstrdup(str_cstr(name));
    }
    Value top = V_UNDEF;
    Value m = import_dotted(full, &top);
    bool from = is_tuple(fromlist) && as_tuple(fromlist)->n;
    if (!v_is_error(m) && from && !import_submodules(m, full, fromlist)) {
        release(m);
        m = V_ERROR;
    }
    free(full);
    if (v_is_error(m) || from) {
        release(top);
        return m;
    }
    release(m);
    return top;
}

Value import_from(Value module, Str *name)
{
    Value v = op_getattr(module, name);
    if (!v_is_error(v) || !error_matches(&exc_AttributeError))
        return v;
    error_clear();
    if (!is_exact(module, &type_module))
        return raise_fmt(&exc_ImportError, "cannot import name '%U'", name);
    Module *m = (Module *)module.o;
    Value full = str_fmt("%U.%U", m->name, name);
    Value sub = dict_get(interp.modules, full);
    release(full);
    if (!v_is_undef(sub))
        return retain(sub);
    Value file = dict_get_str(m->dict, S(__file__));
    Value where = is_str(file) ? retain(file) : str_new("unknown location");
    raise_fmt(&exc_ImportError,
              is_loading(m) ? "cannot import name '%U' from partially initialized module '%U' "
                              "(most likely due to a circular import) (%S)"
                            : "cannot import name '%U' from '%U' (%S)",
              name, m->name, where);
    release(where);
    slot_set(&as_exception(error_peek())->extra[0], retain(v_obj(m->name)));
    return V_ERROR;
}

static bool import_listed(Value module, Value all, Value ns)
{
    Value names = list_from_iterable(all);
    if (v_is_error(names))
        return false;
    bool ok = true;
    for (int64_t i = 0; ok && i < as_list(names)->n; i++) {
        Value name = str_intern_value(retain(as_list(names)->at[i]));
        Value x = op_getattr(module, name.s);
        ok = !v_is_error(x);
        if (ok)
            dict_set_str(ns, name.s, x);
        release(x);
        release(name);
    }
    release(names);
    return ok;
}

bool import_star(Value module, Value ns)
{
    Value dict = ((Module *)module.o)->dict;
    Value all = dict_get_str(dict, str_intern("__all__"));
    if (!v_is_undef(all))
        return import_listed(module, all, ns);
    int64_t pos = 0;
    Value key, x;
    while (dict_next(dict, &pos, &key, &x))
        if (is_str(key) && key.s->n && str_at(key.s, 0) != '_')
            dict_set_str(ns, key.s, x);
    return true;
}
