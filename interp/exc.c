/* exc.c -- exceptions: the classes, the one that is set, and how it is raised.  Replicated.
 *
 * One exception can be set at a time; functions that fail leave it here and return V_ERROR.  The
 * exception being handled (by an `except` in progress) becomes the __context__ of what is
 * raised meanwhile.
 *
 * Invariant: `current` is undefined or an exception instance that nobody else must release.
 */
#include "interp/containers.h"

#include <errno.h>

static Value current;
Value error_handled;

/* ---------------------------------------------------------------- what is set */

bool error_is_set(void)
{
    return current.tag == TAG_OBJ;
}

Value error_peek(void)
{
    return current;
}

Value error_take(void)
{
    Value e = current;
    current = V_UNDEF;
    return e;
}

void error_clear(void)
{
    release(error_take());
}

bool error_matches(Type *exc)
{
    return current.tag == TAG_OBJ && type_is_subtype(current.o->type, exc);
}

/* Walk the chain of contexts from `context`: where it comes to exc, cut. */
void exception_chain(Value exc, Value context)
{
    if (context.tag != TAG_OBJ || op_same(exc, context))
        return;
    int64_t steps = 0;
    for (Value o = context; o.tag == TAG_OBJ; o = as_exception(o)->context) {
        if (op_same(as_exception(o)->context, exc)) {
            slot_set(&as_exception(o)->context, V_UNDEF);
            break;
        }
        /* A chain that a program closed on itself elsewhere is left alone. */
        if (++steps > 1000000)
            return;
    }
    slot_set(&as_exception(exc)->context, retain(context));
}

Value raise_value(Value exc)
{
    exception_chain(exc, error_handled);
    Value old = current;
    current = exc;
    release(old);
    return V_ERROR;
}

/* ---------------------------------------------------------------------- making */

/* Fields that follow from args in classes whose __init__ does more than keep them. */
static void fill_from_args(Exception *e)
{
    Tuple *args = as_tuple(e->args), *mro = as_tuple(e->gc.ob.type->mro);
    Value first = args->n ? args->at[0] : V_NONE;
    for (int64_t i = 0; i < mro->n; i++) {
        Type *t = as_type(mro->at[i]);
        if (t == &exc_Exception)
            return;
        if (t == &exc_StopIteration)
            slot_set(&e->extra[0], retain(first));
        else if (t == &exc_SystemExit)
            slot_set(&e->extra[0], retain(args->n > 1 ? e->args : first));
        else if (t == &exc_ImportError)
            slot_set(&e->extra[2], args->n == 1 ? retain(first) : V_UNDEF);
        else if (t == &exc_SyntaxError && args->n)
            slot_set(&e->extra[0], retain(first));
    }
}

/* Takes args, a tuple. */
Value exception_new(Type *t, Value args)
{
    Exception *e = object_new(t);
    e->args = args;
    fill_from_args(e);
    return v_obj(e);
}

static Value raise_text(Type *exc, Value text)
{
    if (v_is_error(text))
        return V_ERROR;
    return raise_value(exception_new(exc, tuple_of(1, text)));
}

Value raise_fmt(Type *exc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value text = str_vfmt(fmt, ap);
    va_end(ap);
    return raise_text(exc, text);
}

Value raise_key(Value key)
{
    return raise_value(exception_new(&exc_KeyError, tuple_of(1, retain(key))));
}

Value raise_stop(Value v)
{
    Value args = v_is_undef(v) ? tuple_new(0) : tuple_of(1, retain(v));
    return raise_value(exception_new(&exc_StopIteration, args));
}

Value raise_oom(void)
{
    return raise_value(exception_new(&exc_MemoryError, tuple_new(0)));
}

static Value named_text(Type *exc, Str *name, Value text)
{
    raise_text(exc, text);
    if (error_matches(exc))
        slot_set(&as_exception(current)->extra[0], retain(v_obj(name)));
    return V_ERROR;
}

Value raise_attribute(Value obj, Str *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value text = str_vfmt(fmt, ap);
    va_end(ap);
    named_text(&exc_AttributeError, name, text);
    if (error_matches(&exc_AttributeError))
        slot_set(&as_exception(current)->extra[1], retain(obj));
    return V_ERROR;
}

Value raise_name(Type *exc, Str *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value text = str_vfmt(fmt, ap);
    va_end(ap);
    return named_text(exc, name, text);
}

Value raise_unsupported(const char *what, const char *where)
{
    return raise_fmt(&exc_Unsupported, "%s is in %s but not in cnx 0.1", what, where);
}

/* ---------------------------------------------------------------------- raise */

static Value instance_of(Value x, const char *complaint)
{
    if (is_exception(x))
        return retain(x);
    if (!is_exception_class(x))
        return raise_fmt(&exc_TypeError, "%s", complaint);
    Value e = op_call0(x);
    if (v_is_error(e) || is_exception(e))
        return e;
    raise_fmt(&exc_TypeError,
              "calling %R should have returned an instance of BaseException, not %R", x,
              v_obj(type_of(e)));
    release(e);
    return V_ERROR;
}

Value raise_object(Value x, Value cause)
{
    Value e = instance_of(x, "exceptions must derive from BaseException");
    if (v_is_error(e))
        return e;
    if (!v_is_undef(cause)) {
        Value c = v_is_none(cause)
                      ? V_UNDEF
                      : instance_of(cause, "exception causes must derive from BaseException");
        if (v_is_error(c)) {
            release(e);
            return V_ERROR;
        }
        slot_set(&as_exception(e)->cause, c);
        as_exception(e)->suppress_context = true;
    }
    return raise_value(e);
}

static bool catchable(Value cls)
{
    if (is_exception_class(cls))
        return true;
    raise_fmt(&exc_TypeError,
              "catching classes that do not inherit from BaseException is not allowed");
    return false;
}

/* `Unsupported` passes every except clause. */
int exception_matches(Value exc, Value cls)
{
    bool matches = false;
    if (!is_tuple(cls)) {
        if (!catchable(cls))
            return -1;
        matches = is_instance(exc, as_type(cls));
    } else {
        Tuple *t = as_tuple(cls);
        for (int64_t i = 0; i < t->n; i++) {
            if (!catchable(t->at[i]))
                return -1;
            matches |= is_instance(exc, as_type(t->at[i]));
        }
    }
    return matches && !is_instance(exc, &exc_Unsupported);
}

/* ------------------------------------------------------------------- statuses */

static Type *os_class(int64_t code)
{
    switch (code) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
        return &exc_BlockingIOError;
    case ECHILD:
        return &exc_ChildProcessError;
    case EPIPE:
    case ESHUTDOWN:
        return &exc_BrokenPipeError;
    case ECONNABORTED:
    case ECONNREFUSED:
    case ECONNRESET:
        return &exc_ConnectionError;
    case EEXIST:
        return &exc_FileExistsError;
    case ENOENT:
        return &exc_FileNotFoundError;
    case EINTR:
        return &exc_InterruptedError;
    case EISDIR:
        return &exc_IsADirectoryError;
    case ENOTDIR:
        return &exc_NotADirectoryError;
    case EACCES:
    case EPERM:
        return &exc_PermissionError;
    case ESRCH:
        return &exc_ProcessLookupError;
    case ETIMEDOUT:
        return &exc_TimeoutError;
    default:
        return &exc_OSError;
    }
}

/* fail_errno's text is "[Errno n] strerror: 'path'": the path is what follows. */
static Value raise_os_status(void)
{
    int code = status_errno();
    const char *text = status_text(), *path = strstr(text, ": '");
    Value args[3] = {v_int(code), str_new(strerror(code)), V_UNDEF};
    size_t n = path ? strlen(path) : 0;
    if (n >= 4)
        args[2] = str_new_n(path + 3, (int64_t)n - 4);
    Value e = op_call(v_obj(&exc_OSError), args, path ? 3 : 2, V_UNDEF);
    release(args[1]);
    release(args[2]);
    return v_is_error(e) ? e : raise_value(e);
}

Value raise_status(Status s)
{
    static Type *const classes[] = {
        [ERR_TYPE] = &exc_TypeError,
        [ERR_VALUE] = &exc_ValueError,
        [ERR_INDEX] = &exc_IndexError,
        [ERR_AXIS] = &exc_AxisError,
        [ERR_KEY] = &exc_KeyError,
        [ERR_ATTRIBUTE] = &exc_AttributeError,
        [ERR_ZERODIV] = &exc_ZeroDivisionError,
        [ERR_OVERFLOW] = &exc_OverflowError,
        [ERR_FLOAT] = &exc_FloatingPointError,
        [ERR_MEMORY] = &exc_ArrayMemoryError,
        [ERR_RUNTIME] = &exc_RuntimeError,
        [ERR_RECURSION] = &exc_RecursionError,
        [ERR_EOF] = &exc_EOFError,
        [ERR_LINALG] = &exc_LinAlgError,
        [ERR_UFUNC_TYPE] = &exc_UFuncNoLoopError,
        [ERR_UNSUPPORTED] = &exc_Unsupported,
        [ERR_INTERRUPT] = &exc_KeyboardInterrupt,
    };
    if (s == ERR_OS)
        return raise_os_status();
    ASSERT((size_t)s < sizeof classes / sizeof *classes && classes[s], "status %d", (int)s);
    if (s == ERR_INTERRUPT)
        return raise_value(exception_new(classes[s], tuple_new(0)));
    if (s == ERR_MEMORY && !*status_text())
        return raise_oom();
    return raise_fmt(classes[s], "%s", status_text());
}

/* ------------------------------------------------------------ BaseException's */

static Value exc_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return exception_new(cls, tuple_from_array(args, nargs));
}

static bool exc_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n) {
        raise_fmt(&exc_TypeError, "%T() takes no keyword arguments", self);
        return false;
    }
    slot_set(&as_exception(self)->args, tuple_from_array(args, nargs));
    fill_from_args(as_exception(self));
    return true;
}

static void exc_traverse(Object *o, VisitFn visit, void *ctx)
{
    Exception *e = (Exception *)o;
    if (!(o->type->flags & TYPE_HEAP))
        visit(e->dict, ctx);
    visit(e->args, ctx);
    visit(e->cause, ctx);
    visit(e->context, ctx);
    visit(e->traceback, ctx);
    for (int i = 0; i < 4; i++)
        visit(e->extra[i], ctx);
}

static void exc_clear(Object *o)
{
    Exception *e = (Exception *)o;
    slot_set(&e->dict, V_UNDEF);
    slot_set(&e->args, tuple_new(0));
    slot_set(&e->cause, V_UNDEF);
    slot_set(&e->context, V_UNDEF);
    slot_set(&e->traceback, V_UNDEF);
    for (int i = 0; i < 4; i++)
        slot_set(&e->extra[i], V_UNDEF);
}

static void exc_free(Object *o)
{
    exc_clear(o);
    release(((Exception *)o)->args);
}

static Value exc_repr(Value v)
{
    Tuple *args = as_tuple(as_exception(v)->args);
    if (!depth_enter(" while getting the repr of an object"))
        return V_ERROR;
    Value r = args->n == 1 ? str_fmt("%T(%R)", v, args->at[0])
                           : str_fmt("%T%R", v, as_exception(v)->args);
    depth_leave();
    return r;
}

static Value exc_str(Value v)
{
    Tuple *args = as_tuple(as_exception(v)->args);
    if (args->n == 0)
        return str_new("");
    return op_str(args->n == 1 ? args->at[0] : as_exception(v)->args);
}

static Value or_none(Value v)
{
    return v_is_undef(v) ? V_NONE : retain(v);
}

static Value exc_get_args(Value v)
{
    return retain(as_exception(v)->args);
}

static bool exc_set_args(Value v, Value x)
{
    if (v_is_undef(x)) {
        raise_fmt(&exc_TypeError, "args may not be deleted");
        return false;
    }
    Value t = tuple_from_iterable(x);
    if (v_is_error(t))
        return false;
    slot_set(&as_exception(v)->args, t);
    return true;
}

/* __cause__, __context__: an exception or None. */
static bool set_link(Value *slot, Value x, const char *what)
{
    if (v_is_undef(x))
        raise_fmt(&exc_TypeError, "__%s__ may not be deleted", what);
    else if (!v_is_none(x) && !is_exception(x))
        raise_fmt(&exc_TypeError, "exception %s must be None or derive from BaseException", what);
    else {
        slot_set(slot, v_is_none(x) ? V_UNDEF : retain(x));
        return true;
    }
    return false;
}

static Value exc_get_cause(Value v)
{
    return or_none(as_exception(v)->cause);
}

static bool exc_set_cause(Value v, Value x)
{
    if (!set_link(&as_exception(v)->cause, x, "cause"))
        return false;
    as_exception(v)->suppress_context = true;
    return true;
}

static Value exc_get_context(Value v)
{
    return or_none(as_exception(v)->context);
}

static bool exc_set_context(Value v, Value x)
{
    return set_link(&as_exception(v)->context, x, "context");
}

static Value exc_get_suppress(Value v)
{
    return v_bool(as_exception(v)->suppress_context);
}

static bool exc_set_suppress(Value v, Value x)
{
    if (x.tag != TAG_BOOL) {
        raise_fmt(&exc_TypeError, "attribute value type must be bool");
        return false;
    }
    as_exception(v)->suppress_context = x.i;
    return true;
}

static Value exc_get_traceback(Value v)
{
    return or_none(as_exception(v)->traceback);
}

static bool exc_set_traceback(Value v, Value x)
{
    if (v_is_undef(x)) {
        raise_fmt(&exc_TypeError, "__traceback__ may not be deleted");
        return false;
    }
    if (!v_is_none(x) && !is_exact(x, &type_traceback)) {
        raise_fmt(&exc_TypeError, "__traceback__ must be a traceback or None");
        return false;
    }
    slot_set(&as_exception(v)->traceback, v_is_none(x) ? V_UNDEF : retain(x));
    return true;
}

static Value exc_with_traceback(Value *a, int n)
{
    return exc_set_traceback(a[0], a[1]) ? retain(a[0]) : V_ERROR;
}

static Value exc_add_note(Value *a, int n)
{
    if (!is_str(a[1]))
        return raise_fmt(&exc_TypeError, "note must be a str, not '%T'", a[1]);
    Value notes = op_getattr_opt(a[0], S(__notes__));
    if (v_is_error(notes))
        return notes;
    if (v_is_undef(notes)) {
        notes = list_new(1);
        if (!op_setattr(a[0], S(__notes__), notes)) {
            release(notes);
            return V_ERROR;
        }
    }
    bool ok = is_list(notes);
    if (ok)
        list_push(notes, retain(a[1]));
    else
        raise_fmt(&exc_TypeError, "Cannot add note: __notes__ is not a list");
    release(notes);
    return ok ? V_NONE : V_ERROR;
}

static const NativeDef exc_methods[] = {
    {"with_traceback", "self, tb, /", exc_with_traceback, "The exception, with its traceback set."},
    {"add_note", "self, note, /", exc_add_note, "Add a line that is printed below the message."},
    {0},
};

static const GetSetDef exc_getsets[] = {
    {"args", exc_get_args, exc_set_args, NULL},
    {"__cause__", exc_get_cause, exc_set_cause, "exception cause"},
    {"__context__", exc_get_context, exc_set_context, "exception context"},
    {"__suppress_context__", exc_get_suppress, exc_set_suppress, NULL},
    {"__traceback__", exc_get_traceback, exc_set_traceback, NULL},
    {0},
};

/* ----------------------------------------------------- fields of certain classes */

#define FIELD(fn, slot)                                                                            \
    static Value fn##_get(Value v)                                                                 \
    {                                                                                              \
        return or_none(slot);                                                                      \
    }                                                                                              \
    static bool fn##_set(Value v, Value x)                                                         \
    {                                                                                              \
        slot_set(&slot, retain(x));                                                                \
        return true;                                                                               \
    }

FIELD(extra0, as_exception(v)->extra[0])
FIELD(extra1, as_exception(v)->extra[1])
FIELD(extra2, as_exception(v)->extra[2])
FIELD(extra3, as_exception(v)->extra[3])
#define SYNTAX(v) ((SyntaxErrorObject *)(v).o)
FIELD(text, SYNTAX(v)->text)
FIELD(end_lineno, SYNTAX(v)->end_lineno)
FIELD(end_offset, SYNTAX(v)->end_offset)
FIELD(print_line, SYNTAX(v)->print_file_and_line)

#define ROW(name, fn)                                                                              \
    {                                                                                              \
        name, fn##_get, fn##_set, NULL                                                             \
    }

static const GetSetDef stop_getsets[] = {ROW("value", extra0), {0}};
static const GetSetDef exit_getsets[] = {ROW("code", extra0), {0}};
static const GetSetDef import_getsets[] = {
    ROW("name", extra0), ROW("path", extra1), ROW("msg", extra2), {0}};
static const GetSetDef attribute_getsets[] = {ROW("name", extra0), ROW("obj", extra1), {0}};
static const GetSetDef name_getsets[] = {ROW("name", extra0), {0}};
static const GetSetDef os_getsets[] = {ROW("errno", extra0),
                                       ROW("strerror", extra1),
                                       ROW("filename", extra2),
                                       ROW("filename2", extra3),
                                       {0}};
static const GetSetDef syntax_getsets[] = {
    ROW("msg", extra0),
    ROW("filename", extra1),
    ROW("lineno", extra2),
    ROW("offset", extra3),
    ROW("text", text),
    ROW("end_lineno", end_lineno),
    ROW("end_offset", end_offset),
    ROW("print_file_and_line", print_line),
    {0},
};

/* __init__ of a class that takes `names` as keywords into extra[0], extra[1]. */
static bool init_named(Value self, Value *args, int nargs, Value kwnames, const char *first,
                       const char *second, const char *cls)
{
    Exception *e = as_exception(self);
    slot_set(&e->args, tuple_from_array(args, nargs));
    int64_t nkw = kwnames.tag == TAG_OBJ ? as_tuple(kwnames)->n : 0;
    slot_set(&e->extra[0], V_UNDEF);
    slot_set(&e->extra[1], V_UNDEF);
    for (int64_t i = 0; i < nkw; i++) {
        Str *name = as_tuple(kwnames)->at[i].s;
        bool one = str_equals(name, first), two = second && str_equals(name, second);
        if (!one && !two) {
            raise_fmt(&exc_TypeError, "'%U' is an invalid keyword argument for %s()", name, cls);
            return false;
        }
        slot_set(&e->extra[two], retain(args[nargs + i]));
    }
    fill_from_args(e);
    return true;
}

static bool import_init(Value self, Value *args, int nargs, Value kwnames)
{
    return init_named(self, args, nargs, kwnames, "name", "path", "ImportError");
}

static bool attribute_init(Value self, Value *args, int nargs, Value kwnames)
{
    return init_named(self, args, nargs, kwnames, "name", "obj", "AttributeError");
}

static bool name_init(Value self, Value *args, int nargs, Value kwnames)
{
    return init_named(self, args, nargs, kwnames, "name", NULL, "NameError");
}

static Value import_str(Value v)
{
    Value msg = as_exception(v)->extra[2];
    return is_str(msg.tag == TAG_OBJ ? msg : V_NONE) ? retain(msg) : exc_str(v);
}

static Value key_str(Value v)
{
    Tuple *args = as_tuple(as_exception(v)->args);
    return args->n == 1 ? op_repr(args->at[0]) : exc_str(v);
}

/* OSError(errno, strerror[, filename[, winerror, filename2]]): the class follows errno. */
static void os_fill(Value v, Value *args, int nargs)
{
    Exception *e = as_exception(v);
    bool parts = nargs >= 2 && nargs <= 5;
    int keep = parts && nargs > 2 && !v_is_none(args[2]) ? 2 : nargs;
    slot_set(&e->args, tuple_from_array(args, keep));
    slot_set(&e->extra[0], parts ? retain(args[0]) : V_UNDEF);
    slot_set(&e->extra[1], parts ? retain(args[1]) : V_UNDEF);
    slot_set(&e->extra[2], parts && nargs > 2 ? retain(args[2]) : V_UNDEF);
    slot_set(&e->extra[3], parts && nargs > 4 ? retain(args[4]) : V_UNDEF);
}

static Value os_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    int64_t code;
    if (cls == &exc_OSError && nargs >= 2 && nargs <= 5 && is_int(args[0]) &&
        int_as_int64(args[0], &code))
        cls = os_class(code);
    Value v = exception_new(cls, tuple_new(0));
    os_fill(v, args, nargs);
    return v;
}

static bool os_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n) {
        raise_fmt(&exc_TypeError, "%T() takes no keyword arguments", self);
        return false;
    }
    os_fill(self, args, nargs);
    return true;
}

static bool present(Value v)
{
    return v.tag > TAG_NONE;
}

static Value os_str(Value v)
{
    Value *x = as_exception(v)->extra;
    Value code = v_is_undef(x[0]) ? V_NONE : x[0], text = v_is_undef(x[1]) ? V_NONE : x[1];
    if (present(x[2]) && present(x[3]))
        return str_fmt("[Errno %S] %S: %R -> %R", code, text, x[2], x[3]);
    if (present(x[2]))
        return str_fmt("[Errno %S] %S: %R", code, text, x[2]);
    if (present(code) && present(text))
        return str_fmt("[Errno %S] %S", code, text);
    return exc_str(v);
}

static bool syntax_details(SyntaxErrorObject *s, Value details)
{
    Value t = tuple_from_iterable(details);
    if (v_is_error(t))
        return false;
    Tuple *d = as_tuple(t);
    bool ok = false;
    if (d->n < 4 || d->n > 6)
        raise_fmt(&exc_TypeError, "function takes at %s %d arguments (%lld given)",
                  d->n < 4 ? "least" : "most", d->n < 4 ? 4 : 6, (long long)d->n);
    else if (d->n == 5)
        raise_fmt(&exc_TypeError, "end_offset must be provided when end_lineno is provided");
    else
        ok = true;
    if (ok) {
        for (int i = 0; i < 3; i++)
            slot_set(&s->e.extra[1 + i], retain(d->at[i]));
        slot_set(&s->text, retain(d->at[3]));
        slot_set(&s->end_lineno, d->n > 4 ? retain(d->at[4]) : V_UNDEF);
        slot_set(&s->end_offset, d->n > 5 ? retain(d->at[5]) : V_UNDEF);
    }
    release(t);
    return ok;
}

static bool syntax_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (!exc_init(self, args, nargs, kwnames))
        return false;
    return nargs != 2 || syntax_details(SYNTAX(self), args[1]);
}

static Value syntax_str(Value v)
{
    Value *x = as_exception(v)->extra;
    Value msg = v_is_undef(x[0]) ? V_NONE : x[0];
    int64_t line;
    bool file = x[1].tag == TAG_OBJ && is_str(x[1]);
    bool number = x[2].tag == TAG_INT && int_as_int64(x[2], &line);
    const char *path = file ? str_cstr(x[1]) : "", *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (file && number)
        return str_fmt("%S (%s, line %lld)", msg, name, (long long)line);
    if (file)
        return str_fmt("%S (%s)", msg, name);
    if (number)
        return str_fmt("%S (line %lld)", msg, (long long)line);
    return op_str(msg);
}

static void syntax_traverse(Object *o, VisitFn visit, void *ctx)
{
    SyntaxErrorObject *s = (SyntaxErrorObject *)o;
    exc_traverse(o, visit, ctx);
    visit(s->text, ctx);
}

static void syntax_free(Object *o)
{
    SyntaxErrorObject *s = (SyntaxErrorObject *)o;
    exc_free(o);
    release(s->text);
    release(s->end_lineno);
    release(s->end_offset);
    release(s->print_file_and_line);
}

/* ------------------------------------------------------------------- the classes */

#define exc_object type_object
#define EXC(text, parent)                                                                          \
    Type exc_##text = {.name = #text, .base = &exc_##parent, .flags = TYPE_GC | TYPE_BASE};
#include "interp/exceptions.def"
#undef EXC
#undef exc_object

static void base_setup(Type *t)
{
    t->flags |= TYPE_EXCEPTION;
    t->size = sizeof(Exception);
    t->dict_offset = offsetof(Exception, dict) + offsetof(Value, o);
    t->methods = exc_methods;
    t->getsets = exc_getsets;
    t->free = exc_free;
    t->traverse = exc_traverse;
    t->clear = exc_clear;
    t->repr = exc_repr;
    t->str = exc_str;
    t->make = exc_make;
    t->init = exc_init;
}

static void modules_setup(void)
{
    exc_AxisError.module = exc_ComplexWarning.module = "numpy.exceptions";
    exc_VisibleDeprecationWarning.module = exc_TooHardError.module = "numpy.exceptions";
    exc_LinAlgError.module = "numpy.linalg";
    exc_UFuncTypeError.module = exc_UFuncNoLoopError.module = "numpy._core._exceptions";
    exc_ArrayMemoryError.module = "numpy._core._exceptions";
    exc_UFuncInputCastingError.module = exc_UFuncOutputCastingError.module =
        "numpy._core._exceptions";
    exc_UFuncInputCastingError.name = exc_UFuncOutputCastingError.name = exc_UFuncNoLoopError.name =
        "UFuncTypeError";
    exc_UFuncNoLoopError.qualname = "_UFuncNoLoopError";
    exc_UFuncInputCastingError.qualname = "_UFuncInputCastingError";
    exc_UFuncOutputCastingError.qualname = "_UFuncOutputCastingError";
    exc_ArrayMemoryError.name = "MemoryError";
    exc_ArrayMemoryError.qualname = "_ArrayMemoryError";
}

/* UnicodeEncodeError(encoding, object, start, end, reason): its attributes are its arguments. */
static bool encode_init(Value self, Value *args, int nargs, Value kwnames)
{
    if (!exc_init(self, args, nargs, kwnames))
        return false;
    if (nargs != 5) {
        raise_fmt(&exc_TypeError, "function takes exactly 5 arguments (%d given)", nargs);
        return false;
    }
    for (int k = 0; k < 5; k++) {
        int64_t i;
        bool number = k == 2 || k == 3;
        if (number && !op_as_int64(args[k], &i))
            return false;
        if (!number && !is_str(args[k])) {
            raise_fmt(&exc_TypeError, "argument %d must be str, not %T", k + 1, args[k]);
            return false;
        }
    }
    return true;
}

static Value encode_field(Value v, int k)
{
    Tuple *args = as_tuple(as_exception(v)->args);
    return args->n == 5 ? retain(args->at[k]) : V_NONE;
}
static Value encode_encoding(Value v)
{
    return encode_field(v, 0);
}
static Value encode_object(Value v)
{
    return encode_field(v, 1);
}
static Value encode_start(Value v)
{
    return encode_field(v, 2);
}
static Value encode_end(Value v)
{
    return encode_field(v, 3);
}
static Value encode_reason(Value v)
{
    return encode_field(v, 4);
}
static const GetSetDef encode_getsets[] = {
    {"encoding", encode_encoding, NULL, NULL}, {"object", encode_object, NULL, NULL},
    {"start", encode_start, NULL, NULL},       {"end", encode_end, NULL, NULL},
    {"reason", encode_reason, NULL, NULL},     {0}};

static Value encode_str(Value v)
{
    Tuple *args = as_tuple(as_exception(v)->args);
    int64_t start, end;
    if (args->n != 5 || !is_str(args->at[1]))
        return exc_str(v);
    if (!op_as_int64(args->at[2], &start) || !op_as_int64(args->at[3], &end))
        return V_ERROR;
    if (start < 0 || start >= args->at[1].s->n || end != start + 1)
        return str_fmt("'%S' codec can't encode characters in position %lld-%lld: %S", args->at[0],
                       (long long)start, (long long)end - 1, args->at[4]);
    char code[16];
    uint32_t c = str_at(args->at[1].s, start);
    snprintf(code, sizeof code, c <= 0xff ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x", c);
    return str_fmt("'%S' codec can't encode character '%s' in position %lld: %S", args->at[0], code,
                   (long long)start, args->at[4]);
}

Value raise_unencodable(Value text, int64_t start, int64_t end)
{
    Value args[5] = {str_new("utf-8"), retain(text), v_int(start), v_int(end),
                     str_new("surrogates not allowed")};
    return raise_value(exception_new(&exc_UnicodeEncodeError, tuple_from_array(args, 5)));
}

/* Fill in what differs from BaseException, before the classes are readied. */
void exceptions_setup(void)
{
    base_setup(&exc_BaseException);
    exc_StopIteration.getsets = stop_getsets;
    exc_SystemExit.getsets = exit_getsets;
    exc_ImportError.getsets = import_getsets;
    exc_ImportError.init = import_init;
    exc_ImportError.str = import_str;
    exc_AttributeError.getsets = attribute_getsets;
    exc_AttributeError.init = attribute_init;
    exc_NameError.getsets = name_getsets;
    exc_NameError.init = name_init;
    exc_KeyError.str = key_str;
    exc_UnicodeEncodeError.getsets = encode_getsets;
    exc_UnicodeEncodeError.init = encode_init;
    exc_UnicodeEncodeError.str = encode_str;
    exc_OSError.getsets = os_getsets;
    exc_OSError.make = os_make;
    exc_OSError.init = os_init;
    exc_OSError.str = os_str;
    exc_SyntaxError.size = sizeof(SyntaxErrorObject);
    exc_SyntaxError.getsets = syntax_getsets;
    exc_SyntaxError.init = syntax_init;
    exc_SyntaxError.str = syntax_str;
    exc_SyntaxError.traverse = syntax_traverse;
    exc_SyntaxError.free = syntax_free;
    axis_error_setup();
    modules_setup();
}
