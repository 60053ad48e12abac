/* builtins_vm.c -- the builtins that look at frames or at the world, and the namespace of all of
 * them.  Replicated.
 *
 * builtins_start fills the namespace: the tables of natives, the types, the exceptions.  A name of
 * CPython's that is in none of them is Unsupported when a program reads it.
 */
#include "interp/frame.h"
#include "interp/objects.h"
#include "interp/slots.h"

/* -------------------------------------------------------------------- print, input */

static bool text_argument(Value v, const char *name, const char *plain, Value *out)
{
    if (v_is_none(v)) {
        *out = str_new(plain);
        return true;
    }
    if (!is_str(v)) {
        raise_fmt(&exc_TypeError, "%s must be None or a string, not %T", name, v);
        return false;
    }
    *out = retain(v);
    return true;
}

/* Write text to a file-like object: sys.stdout's own fast path, else its write method. */
static bool file_write(Value file, Value text)
{
    int fd = stream_fd(file);
    if (fd)
        return stream_write(fd, text);
    Value r = op_call_method(file, "write", &text, 1);
    release(r);
    return !v_is_error(r);
}

static bool print_items(Value file, Tuple *items, Value sep, Value end)
{
    for (int64_t i = 0; i < items->n; i++) {
        if (i && !file_write(file, sep))
            return false;
        Value s = op_str(items->at[i]);
        bool ok = !v_is_error(s) && file_write(file, s);
        release(s);
        if (!ok)
            return false;
    }
    return file_write(file, end);
}

static Value b_print(Value *a, int n)
{
    Value file = a[3], sep, end;
    if (v_is_none(file))
        file = dict_get_str(((Module *)interp.sys.o)->dict, str_intern("stdout"));
    if (v_is_undef(file))
        return raise_fmt(&exc_RuntimeError, "lost sys.stdout");
    if (v_is_none(file))
        return V_NONE;
    if (!text_argument(a[1], "sep", " ", &sep))
        return V_ERROR;
    if (!text_argument(a[2], "end", "\n", &end)) {
        release(sep);
        return V_ERROR;
    }
    bool ok = print_items(file, as_tuple(a[0]), sep, end);
    int flush = ok ? op_truth(a[4]) : 0;
    if (flush > 0) {
        Value r = op_call_method(file, "flush", NULL, 0);
        ok = !v_is_error(r);
        release(r);
    }
    release(sep);
    release(end);
    return ok && flush >= 0 ? V_NONE : V_ERROR;
}

static Value b_input(Value *a, int n)
{
    if (!v_is_undef(a[0])) {
        Value s = op_str(a[0]);
        if (v_is_error(s))
            return V_ERROR;
        const char *text = str_cstr(s);
        bool ok = out_write(1, text, (int64_t)strlen(text));
        release(s);
        if (!ok)
            return V_ERROR;
    }
    if (!out_flush(1))
        return V_ERROR;
    Buf line = {0};
    int got = interp_hooks.read_stdin_line(&line);
    if (got < 0 || (got == 0 && line.n == 0)) {
        buf_free(&line);
        return got < 0 ? raise_status(ERR_INTERRUPT)
                       : raise_fmt(&exc_EOFError, "EOF when reading a line");
    }
    if (line.n && line.at[line.n - 1] == '\n')
        line.n--;
    Value v = str_new_n(line.at, line.n);
    buf_free(&line);
    return v;
}

/* --------------------------------------------------------------------- namespaces */

static Value sorted(Value list)
{
    if (v_is_error(list) || list_sort(list, V_UNDEF, false))
        return list;
    release(list);
    return V_ERROR;
}

Value object_names(Value v)
{
    if (is_exact(v, &type_module)) {
        Value d = ((Module *)v.o)->dict, hook = dict_get_str(d, S(__dir__));
        if (!v_is_undef(hook)) {
            Value all = op_call0(hook), list = v_is_error(all) ? V_ERROR : list_from_iterable(all);
            release(all);
            return sorted(list);
        }
        return sorted(list_from_iterable(d));
    }
    Value names = special_call(v, S(__dir__), NULL, 0, V_UNDEF);
    if (v_is_error(names))
        return V_ERROR;
    Value list = list_from_iterable(names);
    release(names);
    return sorted(list);
}

static Value b_dir(Value *a, int n)
{
    if (!v_is_undef(a[0]))
        return object_names(a[0]);
    Value d = frame_locals(interp.frame);
    Value list = list_from_iterable(d);
    release(d);
    return sorted(list);
}

static Value b_vars(Value *a, int n)
{
    if (v_is_undef(a[0]))
        return frame_locals(interp.frame);
    Value d = op_getattr_opt(a[0], S(__dict__));
    return v_is_undef(d) ? raise_fmt(&exc_TypeError, "vars() argument must have __dict__ attribute")
                         : d;
}

static Value b_globals(Value *a, int n)
{
    return retain(interp_globals());
}

static Value b_locals(Value *a, int n)
{
    return frame_locals(interp.frame);
}

/* What super() without arguments stands for in the running function. */
bool frame_super(Value *cls, Value *self)
{
    Frame *f = interp.frame;
    Code *c = f->code;
    *cls = V_UNDEF;
    if (!c->nargs) {
        raise_fmt(&exc_RuntimeError, "super(): no arguments");
        return false;
    }
    *self = f->regs[0];
    for (int i = 0; i < c->ncells; i++)
        if (c->cell_param[i] == 0)
            *self = ((Cell *)f->regs[c->nlocals + i].o)->at;
    for (int i = c->nlocals + c->ncells; i < c->temp0; i++)
        if (str_equals(c->regnames[i].s, "__class__"))
            *cls = f->regs[i].tag == TAG_OBJ ? ((Cell *)f->regs[i].o)->at : V_UNDEF;
    if (v_is_undef(*self))
        raise_fmt(&exc_RuntimeError, "super(): arg[0] deleted");
    else if (v_is_undef(*cls))
        raise_fmt(&exc_RuntimeError, "super(): __class__ cell not found");
    return !v_is_undef(*self) && !v_is_undef(*cls);
}

/* ------------------------------------------------------------------------ the rest */

static Value b_import(Value *a, int n)
{
    int64_t level = 0;
    if (!is_str(a[0]))
        return raise_fmt(&exc_TypeError, "module name must be a string");
    if (!op_as_int64(a[4], &level))
        return V_ERROR;
    Value from = is_tuple(a[3]) || v_is_none(a[3]) ? retain(a[3]) : tuple_from_iterable(a[3]);
    if (v_is_error(from))
        return V_ERROR;
    Value m = import_name(a[0], from, level, is_dict(a[1]) ? a[1] : interp_globals());
    release(from);
    return m;
}

static Value b_exit(Value *a, int n)
{
    Value exc = op_call1(v_obj(&exc_SystemExit), a[0]);
    return v_is_error(exc) ? V_ERROR : raise_value(exc);
}

const NativeDef builtins_vm[] = {
    {"print", "*args, sep=None, end=None, file=None, flush=False", b_print,
     "Print the values to a stream."},
    {"input", "prompt=?, /", b_input, "Read a line from standard input."},
    {"dir", "object=?, /", b_dir, "The names of a scope or of an object's attributes."},
    {"vars", "object=?, /", b_vars, "The namespace of an object."},
    {"globals", "", b_globals, "The module's namespace."},
    {"locals", "", b_locals, "The current namespace."},
    {"__import__", "name, globals=None, locals=None, fromlist=None, level=0", b_import,
     "Import a module."},
    {"exit", "code=None, /", b_exit, "Leave the program."},
    {"quit", "code=None, /", b_exit, "Leave the program."},
    {0},
};

bool show_value(Value v)
{
    if (v_is_none(v))
        return true;
    Value s = op_repr(v);
    if (v_is_error(s))
        return false;
    Buf b = {0};
    str_utf8(s.s, &b);
    buf_putc(&b, '\n');
    bool ok = out_write(1, b.at, b.n);
    buf_free(&b);
    release(s);
    dict_set_str(interp.builtins, str_intern("_"), v);
    return ok;
}

/* ------------------------------------------------------------------- the namespace */

static void add(const char *name, Value x)
{
    dict_set_str(interp.builtins, str_intern(name), x);
    release(x);
}

static void add_natives(const NativeDef *defs)
{
    for (; defs->name; defs++)
        add(defs->name, native_new(defs, NULL, 0));
}

static void add_types(void)
{
    Type *const all[] = {&type_object,      &type_type,    &type_bool,      &type_int,
                         &type_float,       &type_complex, &type_str,       &type_list,
                         &type_tuple,       &type_dict,    &type_set,       &type_frozenset,
                         &type_range,       &type_slice,   &type_property,  &type_staticmethod,
                         &type_classmethod, &type_super,   &type_enumerate, &type_zip,
                         &type_map,         &type_filter,  &type_reversed};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add(all[i]->name, v_obj(RETAIN(all[i])));
}

static bool python_has(const char *name)
{
    static const char *const names[] = {
#define PYBUILTIN(name) #name,
#include "interp/python_builtins.def"
#undef PYBUILTIN
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static void add_exceptions(void)
{
    /* numpy's own classes and Unsupported are no builtins. */
#define EXC(name, base)                                                                            \
    if (python_has(#name))                                                                         \
        add(#name, v_obj(RETAIN(&exc_##name)));
#include "interp/exceptions.def"
#undef EXC
    add("IOError", v_obj(RETAIN(&exc_OSError)));
    add("EnvironmentError", v_obj(RETAIN(&exc_OSError)));
}

Value builtin_missing(Str *name)
{
    if (str_equals(name, "xrange")) {
        static bool said;
        if (!said) {
            const char *file;
            int line;
            interp_where(&file, &line);
            Value note = str_fmt("%s:%d: note: xrange is Python 2's name; it was read as range\n",
                                 file, line);
            const char *text = str_cstr(note);
            out_write(2, text, (int64_t)strlen(text));
            release(note);
        }
        said = true;
        return v_obj(RETAIN(&type_range));
    }
    Value text = v_obj(name);
    const char *plain = str_cstr(text);
    return python_has(plain) && strcmp(plain, "_") ? raise_unsupported(plain, "Python") : V_UNDEF;
}

Value builtins_module(void)
{
    Value m = module_new("builtins", "Names that are always there.");
    slot_set(&((Module *)m.o)->dict, retain(interp.builtins));
    return m;
}

void builtins_start(void)
{
    interp.builtins = dict_new();
    add("__name__", str_new("builtins"));
    add("__doc__", V_NONE);
    add("__debug__", V_TRUE);
    add("None", V_NONE);
    add("True", V_TRUE);
    add("False", V_FALSE);
    add("Ellipsis", V_ELLIPSIS);
    add("NotImplemented", V_NOTIMPL);
    add_natives(builtins_objects);
    add_natives(builtins_scalars);
    add_natives(builtins_vm);
    add_types();
    add_exceptions();
}
