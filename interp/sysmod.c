/* sysmod.c -- the sys module and its streams.  Replicated.
 *
 * sys.stdout and sys.stderr are small objects whose write goes to out_write, so rank 0's alone is
 * seen; sys.stdin reads lines that every rank gets.
 */
#include <float.h>

#include "interp/frame.h"
#include "interp/objects.h"

typedef struct Stream {
    Object ob;
    int fd; /* 0 input */
} Stream;

static Type type_stream;

int stream_fd(Value file)
{
    return is_exact(file, &type_stream) ? ((Stream *)file.o)->fd : 0;
}

/* ---------------------------------------------------------------------------- streams */

static bool for_output(Value self)
{
    if (stream_fd(self))
        return true;
    raise_fmt(&exc_OSError, "not writable");
    return false;
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdfff;
}

/* No text with surrogates leaves: they have no UTF-8. */
static bool check_encodable(Value text)
{
    const Str *s = text.s;
    int64_t i = 0, end;
    while (i < s->n && !is_surrogate(str_at(s, i)))
        i++;
    for (end = i; end < s->n && is_surrogate(str_at(s, end));)
        end++;
    if (i < end)
        raise_unencodable(text, i, end);
    return i == end;
}

bool stream_write(int fd, Value text)
{
    if (fd == 1 && !text.s->ascii && !check_encodable(text))
        return false;
    Buf b = {0};
    str_utf8(text.s, &b);
    bool ok = out_write(fd, b.at ? b.at : "", b.n);
    buf_free(&b);
    return ok;
}

static Value m_write(Value *a, int n)
{
    if (!for_output(a[0]))
        return V_ERROR;
    if (!is_str(a[1]))
        return raise_fmt(&exc_TypeError, "write() argument must be str, not %T", a[1]);
    return stream_write(stream_fd(a[0]), a[1]) ? v_int(a[1].s->n) : V_ERROR;
}

static Value m_writelines(Value *a, int n)
{
    Value lines = list_from_iterable(a[1]);
    if (v_is_error(lines))
        return V_ERROR;
    Value r = V_NONE;
    for (int64_t i = 0; !v_is_error(r) && i < as_list(lines)->n; i++) {
        Value args[2] = {a[0], as_list(lines)->at[i]};
        r = m_write(args, 2);
    }
    release(lines);
    return v_is_error(r) ? r : V_NONE;
}

static Value m_flush(Value *a, int n)
{
    int fd = stream_fd(a[0]);
    return !fd || out_flush(fd) ? V_NONE : V_ERROR;
}

static Value m_isatty(Value *a, int n)
{
    return V_FALSE;
}

static Value m_fileno(Value *a, int n)
{
    return v_int(((Stream *)a[0].o)->fd);
}

static bool for_input(Value self)
{
    if (!stream_fd(self))
        return true;
    raise_fmt(&exc_OSError, "not readable");
    return false;
}

/* The next line with its newline; empty at the end. */
static Value read_line(void)
{
    Buf line = {0};
    if (!out_flush(1))
        return V_ERROR;
    int got = interp_hooks.read_stdin_line(&line);
    Value v = got < 0 ? raise_status(ERR_INTERRUPT) : str_new_n(line.at ? line.at : "", line.n);
    buf_free(&line);
    return v;
}

static Value m_readline(Value *a, int n)
{
    return for_input(a[0]) ? read_line() : V_ERROR;
}

static Value read_lines(void)
{
    Value list = list_new(0);
    for (;;) {
        Value line = read_line();
        if (v_is_error(line)) {
            release(list);
            return V_ERROR;
        }
        if (!line.s->n) {
            release(line);
            return list;
        }
        list_push(list, line);
    }
}

static Value m_readlines(Value *a, int n)
{
    return for_input(a[0]) ? read_lines() : V_ERROR;
}

static Value m_read(Value *a, int n)
{
    if (!for_input(a[0]))
        return V_ERROR;
    Value lines = read_lines();
    if (v_is_error(lines))
        return V_ERROR;
    Buf b = {0};
    for (int64_t i = 0; i < as_list(lines)->n; i++)
        str_utf8(as_list(lines)->at[i].s, &b);
    release(lines);
    Value v = str_new_n(b.at ? b.at : "", b.n);
    buf_free(&b);
    return v;
}

static Value stream_iter(Value v)
{
    return for_input(v) ? retain(v) : V_ERROR;
}

static Value stream_next(Value v)
{
    Value line = read_line();
    if (v_is_error(line) || line.s->n)
        return line;
    release(line);
    return V_UNDEF;
}

static Value stream_repr(Value v)
{
    static const char *const names[] = {"<stdin>", "<stdout>", "<stderr>"};
    int fd = ((Stream *)v.o)->fd;
    return str_fmt("<_io.TextIOWrapper name='%s' mode='%s' encoding='utf-8'>", names[fd],
                   fd ? "w" : "r");
}

static Value get_encoding(Value v)
{
    return str_new("utf-8");
}

static const NativeDef stream_methods[] = {
    {"write", "self, text, /", m_write, NULL},
    {"writelines", "self, lines, /", m_writelines, NULL},
    {"flush", "self, /", m_flush, NULL},
    {"isatty", "self, /", m_isatty, NULL},
    {"fileno", "self, /", m_fileno, NULL},
    {"readline", "self, /", m_readline, NULL},
    {"readlines", "self, /", m_readlines, NULL},
    {"read", "self, /", m_read, NULL},
    {0},
};
static const GetSetDef stream_getsets[] = {{"encoding", get_encoding, NULL, NULL}, {0}};

static Type type_stream = {
    .name = "TextIOWrapper",
    .module = "_io",
    .size = sizeof(Stream),
    .flags = TYPE_ABSTRACT,
    .methods = stream_methods,
    .getsets = stream_getsets,
    .repr = stream_repr,
    .iter = stream_iter,
    .next = stream_next,
};

static Value stream_new(int fd)
{
    Stream *s = object_new(&type_stream);
    s->fd = fd;
    return v_obj(s);
}

/* -------------------------------------------------------- tuples with named fields */

typedef struct Named {
    GcObject gc;
    const char *type;
    const char *const *names;
    Value items; /* tuple */
} Named;

static Value named_getattr(Value v, Str *name)
{
    Named *s = (Named *)v.o;
    for (int64_t i = 0; i < as_tuple(s->items)->n; i++)
        if (str_equals(name, s->names[i]))
            return retain(as_tuple(s->items)->at[i]);
    return object_getattr_generic(v, name);
}
static Value named_getitem(Value v, Value key)
{
    return op_getitem(((Named *)v.o)->items, key);
}
static int64_t named_len(Value v)
{
    return as_tuple(((Named *)v.o)->items)->n;
}
static Value named_iter(Value v)
{
    return op_iter(((Named *)v.o)->items);
}
static Value named_compare(Value a, Value b, CmpOp op)
{
    Value x = a.o->type->getattr == named_getattr ? ((Named *)a.o)->items : a;
    Value y = b.tag == TAG_OBJ && b.o->type->getattr == named_getattr ? ((Named *)b.o)->items : b;
    return is_tuple(y) ? op_compare(x, y, op) : V_NOTIMPL;
}
static Value named_repr(Value v)
{
    Named *s = (Named *)v.o;
    Buf b = {0};
    buf_printf(&b, "%s(", s->type);
    for (int64_t i = 0; i < as_tuple(s->items)->n; i++) {
        Value r = op_repr(as_tuple(s->items)->at[i]);
        buf_printf(&b, "%s%s=%s", i ? ", " : "", s->names[i], v_is_error(r) ? "?" : str_cstr(r));
        release(r);
    }
    buf_putc(&b, ')');
    Value text = str_new(buf_text(&b));
    buf_free(&b);
    return text;
}
static void named_free(Object *o)
{
    release(((Named *)o)->items);
}
static void named_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Named *)o)->items, ctx);
}
static Type type_named = {
    .name = "struct_sequence",
    .module = "sys",
    .size = sizeof(Named),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .free = named_free,
    .traverse = named_traverse,
    .getattr = named_getattr,
    .getitem = named_getitem,
    .len = named_len,
    .iter = named_iter,
    .compare = named_compare,
    .repr = named_repr,
};

/* Takes items. */
static Value named_new(const char *type, const char *const *names, Value items)
{
    Named *s = object_new(&type_named);
    s->type = type;
    s->names = names;
    s->items = items;
    return v_obj(s);
}

static Value version_info(void)
{
    static const char *const names[] = {"major", "minor", "micro", "releaselevel", "serial"};
    return named_new("sys.version_info", names,
                     tuple_of(5, v_int(3), v_int(11), v_int(2), str_new("final"), v_int(0)));
}

static Value float_info(void)
{
    static const char *const names[] = {"max",     "max_exp",    "max_10_exp", "min",
                                        "min_exp", "min_10_exp", "dig",        "mant_dig",
                                        "epsilon", "radix",      "rounds"};
    return named_new("sys.float_info", names,
                     tuple_of(11, v_float(DBL_MAX), v_int(DBL_MAX_EXP), v_int(DBL_MAX_10_EXP),
                              v_float(DBL_MIN), v_int(DBL_MIN_EXP), v_int(DBL_MIN_10_EXP),
                              v_int(DBL_DIG), v_int(DBL_MANT_DIG), v_float(DBL_EPSILON),
                              v_int(FLT_RADIX), v_int(1)));
}

/* -------------------------------------------------------------------------- functions */

static Value f_exit(Value *a, int n)
{
    Value exc = op_call1(v_obj(&exc_SystemExit), a[0]);
    return v_is_error(exc) ? V_ERROR : raise_value(exc);
}

static Value f_getrecursionlimit(Value *a, int n)
{
    return v_int(interp.limit);
}

static Value f_setrecursionlimit(Value *a, int n)
{
    int64_t limit;
    if (!op_as_int64(a[0], &limit))
        return V_ERROR;
    if (limit < 1)
        return raise_fmt(&exc_ValueError, "recursion limit must be greater or equal than 1");
    if (limit <= interp.depth)
        return raise_fmt(&exc_RecursionError,
                         "cannot set the recursion limit to %lld at the recursion depth %lld: "
                         "the limit is too low",
                         (long long)limit, (long long)interp.depth);
    interp.limit = limit;
    return V_NONE;
}

static Value f_exc_info(Value *a, int n)
{
    Value exc = error_handling();
    if (v_is_undef(exc))
        return tuple_of(3, V_NONE, V_NONE, V_NONE);
    Value tb = as_exception(exc)->traceback;
    return tuple_of(3, v_obj(RETAIN(exc.o->type)), retain(exc),
                    tb.tag == TAG_OBJ ? retain(tb) : V_NONE);
}

static Value f_exception(Value *a, int n)
{
    Value exc = error_handling();
    return v_is_undef(exc) ? V_NONE : retain(exc);
}

static Value f_intern(Value *a, int n)
{
    if (!is_str(a[0]))
        return raise_fmt(&exc_TypeError, "intern() argument must be str, not %T", a[0]);
    return str_intern_value(retain(a[0]));
}

static Value f_encoding(Value *a, int n)
{
    return str_new("utf-8");
}

static const NativeDef sys_natives[] = {
    {"exit", "status=None, /", f_exit, "Leave the program with a status."},
    {"getrecursionlimit", "", f_getrecursionlimit, NULL},
    {"setrecursionlimit", "limit, /", f_setrecursionlimit, NULL},
    {"exc_info", "", f_exc_info, NULL},
    {"exception", "", f_exception, NULL},
    {"intern", "string, /", f_intern, NULL},
    {"getdefaultencoding", "", f_encoding, NULL},
    {0},
};

/* Names of CPython's sys that cnx lacks. */
static Value sys_missing(Module *m, Str *name)
{
    static const char *const names[] = {
#define PYSYS(name) #name,
#include "stdlib/python_sys.def"
#undef PYSYS
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equals(name, names[i])) {
            Buf b = {0};
            buf_printf(&b, "sys.%s", names[i]);
            Value r = raise_unsupported(buf_text(&b), "Python");
            buf_free(&b);
            return r;
        }
    return V_UNDEF;
}

static Value argv_list(int argc, char **argv)
{
    Value list = list_new(argc);
    for (int i = 0; i < argc; i++)
        list_push(list, str_new(argv[i]));
    return list;
}

static void add_streams(Value m)
{
    type_ready(&type_stream);
    Value in = stream_new(0), out = stream_new(1), err = stream_new(2);
    module_add(m, "stdin", in);
    module_add(m, "stdout", out);
    module_add(m, "stderr", err);
    module_add(m, "__stdin__", retain(in));
    module_add(m, "__stdout__", retain(out));
    module_add(m, "__stderr__", retain(err));
}

void sys_start(int argc, char **argv)
{
    type_ready(&type_named);
    Value m = module_new("sys", "The interpreter's own state.");
    ((Module *)m.o)->missing = sys_missing;
    interp.sys = m;
    dict_set_str(interp.modules, str_intern("sys"), m);
    add_streams(m);
    module_add(m, "argv", argv_list(argc, argv));
    module_add(m, "path", retain(interp.path));
    module_add(m, "modules", retain(interp.modules));
    module_add(m, "maxsize", v_int(INT64_MAX));
    module_add(m, "maxunicode", v_int(0x10ffff));
    module_add(m, "byteorder", str_new("little"));
    module_add(m, "platform", str_new("linux"));
    module_add(m, "version", str_new("3.11.2 (cnx " CNX_VERSION ")"));
    module_add(m, "version_info", version_info());
    module_add(m, "hexversion", v_int(0x030b02f0));
    module_add(m, "float_info", float_info());
    module_add(m, "executable", str_new("cnx"));
    module_add(m, "dont_write_bytecode", V_TRUE);
    module_add_natives(m, sys_natives);
}

Value sys_module(void)
{
    return retain(interp.sys);
}
