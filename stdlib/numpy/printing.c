/* printing.c -- arrays as text: repr, str, array2string, print options, formatted floats.
 * Replicated.
 *
 * The text itself is stdlib/print's; its fetch callback reads boxes of the array, so a large array
 * is summarised from its corners.  The options are one state, as in NumPy.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"
#include "stdlib/print/floatfmt.h"
#include "stdlib/print/print.h"

#include <math.h>

typedef struct Options {
    PrintOptions o;
    Value nanstr, infstr; /* what o's texts live in */
} Options;

static Options options;
static bool options_ready;

static Options *current(void)
{
    if (!options_ready) {
        options = (Options){.o = print_options_default(), .nanstr = V_UNDEF, .infstr = V_UNDEF};
        options_ready = true;
    }
    return &options;
}

/* ------------------------------------------------------------------------ array to text */

static Status fetch_box(void *ctx, const int64_t lo[], const int64_t hi[], void *dst)
{
    return rt_fetch(ctx, lo, hi, dst);
}

typedef Status (*TextFn)(Buf *out, const PrintSource *src, const PrintOptions *o);

static Value text_of(Value a, TextFn fn, const PrintOptions *o)
{
    Operand op = array_operand(a);
    PrintSource src = {.ctx = &op,
                       .dtype = op.dtype,
                       .ndim = op.view.ndim,
                       .shape = op.view.shape,
                       .fetch = fetch_box};
    Buf b = {0};
    Status st = fn(&b, &src, o);
    Value r = st == OK ? str_new_n(b.at ? b.at : "", b.n) : raise_status(st);
    buf_free(&b);
    return r;
}

Value ndarray_repr(Value a)
{
    return text_of(a, array_repr, &current()->o);
}

Value ndarray_str(Value a)
{
    return text_of(a, array_str, &current()->o);
}

/* ---------------------------------------------------------------------------- options */

static bool number_option(Value v, const char *name, int64_t *out)
{
    if (is_absent(v))
        return true;
    if (is_int(v) || is_npscalar(v))
        return op_as_int64(v, out);
    raise_fmt(&exc_TypeError, "%s must be an integer", name);
    return false;
}

static bool threshold_option(Value v, double *out)
{
    if (is_absent(v))
        return true;
    if (!(is_int(v) || is_float(v) || is_npscalar(v))) {
        raise_fmt(&exc_TypeError, "threshold must be numeric");
        return false;
    }
    double x;
    if (!op_as_float(v, &x))
        return false;
    if (isnan(x)) {
        raise_fmt(&exc_ValueError,
                  "threshold must be non-NAN, try sys.maxsize for untruncated representation");
        return false;
    }
    *out = x;
    return true;
}

static bool text_option(Value v, const char **out, Value *held)
{
    if (is_absent(v))
        return true;
    if (!is_str(v)) {
        raise_fmt(&exc_TypeError, "nanstr and infstr must be str, not %T", v);
        return false;
    }
    slot_set(held, retain(v));
    *out = str_cstr(v);
    return true;
}

/* precision, threshold, edgeitems, linewidth, suppress, nanstr, infstr, formatter, sign, floatmode
 */
enum {
    OPT_PRECISION,
    OPT_THRESHOLD,
    OPT_EDGEITEMS,
    OPT_LINEWIDTH,
    OPT_SUPPRESS,
    OPT_NANSTR,
    OPT_INFSTR,
    OPT_FORMATTER,
    OPT_SIGN,
    OPT_FLOATMODE,
    OPT_COUNT
};

/* Those given replace p's; the strings are kept alive by the two values. */
static bool options_change(Value *a, Options *p)
{
    PrintOptions *o = &p->o;
    if (!option_absent(a[OPT_FORMATTER], "print option formatter"))
        return false;
    if (!is_absent(a[OPT_SIGN])) {
        if (!is_str(a[OPT_SIGN]) || print_sign_parse(str_cstr(a[OPT_SIGN]), &o->sign) != OK) {
            raise_fmt(&exc_ValueError, "sign option must be one of ' ', '+', or '-'");
            return false;
        }
    }
    if (!is_absent(a[OPT_FLOATMODE]) &&
        !(is_str(a[OPT_FLOATMODE]) &&
          floatmode_parse(str_cstr(a[OPT_FLOATMODE]), &o->floatmode) == OK)) {
        raise_fmt(&exc_ValueError, "floatmode option must be one of \"fixed\", \"unique\", "
                                   "\"maxprec\", \"maxprec_equal\"");
        return false;
    }
    return threshold_option(a[OPT_THRESHOLD], &o->threshold) &&
           number_option(a[OPT_PRECISION], "precision", &o->precision) &&
           number_option(a[OPT_EDGEITEMS], "edgeitems", &o->edgeitems) &&
           number_option(a[OPT_LINEWIDTH], "linewidth", &o->linewidth) &&
           np_flag(a[OPT_SUPPRESS], o->suppress, &o->suppress) &&
           text_option(a[OPT_NANSTR], &o->nanstr, &p->nanstr) &&
           text_option(a[OPT_INFSTR], &o->infstr, &p->infstr);
}

static Options options_copy(const Options *from)
{
    Options o = *from;
    retain(o.nanstr);
    retain(o.infstr);
    return o;
}

static void options_fini(Options *o)
{
    release(o->nanstr);
    release(o->infstr);
}

/* Makes *o (taken) the state. */
static void options_set(Options *o)
{
    options_fini(current());
    options = *o;
}

static void dict_put(Value d, const char *name, Value v)
{
    dict_set_str(d, str_intern(name), v);
    release(v);
}

static Value options_dict(const Options *p)
{
    const PrintOptions *o = &p->o;
    Value d = dict_new();
    bool whole = o->threshold == floor(o->threshold) && o->threshold < 9e18;
    dict_put(d, "edgeitems", v_int(o->edgeitems));
    dict_put(d, "threshold", whole ? v_int((int64_t)o->threshold) : v_float(o->threshold));
    dict_put(d, "floatmode", str_new(floatmode_name(o->floatmode)));
    dict_put(d, "precision", v_int(o->precision));
    dict_put(d, "suppress", v_bool(o->suppress));
    dict_put(d, "linewidth", v_int(o->linewidth));
    dict_put(d, "nanstr", str_new(o->nanstr));
    dict_put(d, "infstr", str_new(o->infstr));
    dict_put(d, "sign", str_new_n(&o->sign, 1));
    dict_put(d, "formatter", V_NONE);
    dict_put(d, "legacy", V_FALSE);
    dict_put(d, "override_repr", V_NONE);
    return d;
}

static Value f_get_printoptions(Value *a, int n)
{
    return options_dict(current());
}

/* precision, threshold, edgeitems, linewidth, suppress, nanstr, infstr, formatter, sign, floatmode,
 * legacy, override_repr */
static Value f_set_printoptions(Value *a, int n)
{
    if (!(is_absent(a[10]) || (a[10].tag == TAG_BOOL && !a[10].i)) ||
        !option_absent(a[11], "print option override_repr"))
        return error_is_set() ? V_ERROR : raise_unsupported("print option legacy", "NumPy");
    Options o = options_copy(current());
    if (!options_change(a, &o)) {
        options_fini(&o);
        return V_ERROR;
    }
    options_set(&o);
    return V_NONE;
}

/* ---------------------------------------------------------------- the context manager */

#define OPTION_SIG                                                                                 \
    "precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None, nanstr=None, " \
    "infstr=None, "                                                                                \
    "formatter=None, sign=None, floatmode=None, *, legacy=None, override_repr=None"

typedef struct PrintContext {
    Object ob;
    Value given[OPT_COUNT + 2];
    Options saved;
    bool entered;
} PrintContext;

static void context_free(Object *ob)
{
    PrintContext *c = (PrintContext *)ob;
    for (int k = 0; k < OPT_COUNT + 2; k++)
        release(c->given[k]);
    if (c->entered)
        options_fini(&c->saved);
}

static Value m_enter(Value *a, int n)
{
    PrintContext *c = (PrintContext *)a[0].o;
    Options before = options_copy(current());
    if (c->entered || v_is_error(f_set_printoptions(c->given, OPT_COUNT + 2))) {
        options_fini(&before);
        return c->entered ? raise_fmt(&exc_RuntimeError, "generator didn't yield") : V_ERROR;
    }
    c->saved = before;
    c->entered = true;
    return options_dict(current());
}

static Value m_exit(Value *a, int n)
{
    PrintContext *c = (PrintContext *)a[0].o;
    if (c->entered) {
        options_set(&c->saved);
        c->entered = false;
    }
    return V_NONE;
}

static const NativeDef context_methods[] = {
    {"__enter__", "self, /", m_enter, NULL}, {"__exit__", "self, *args", m_exit, NULL}, {0}};

static Type type_print_context = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "_GeneratorContextManager",
    .module = "contextlib",
    .base = &type_object,
    .size = sizeof(PrintContext),
    .flags = TYPE_ABSTRACT,
    .methods = context_methods,
    .free = context_free,
};

static Value f_printoptions(Value *a, int n)
{
    PrintContext *c = object_new(&type_print_context);
    for (int k = 0; k < OPT_COUNT + 2; k++)
        c->given[k] = retain(a[k]);
    return v_obj(c);
}

/* ---------------------------------------------------------------------------- functions */

static Value printable(Value v, const char *attribute)
{
    if (is_array(v))
        return retain(v);
    if (is_npscalar(v))
        return array_from_value(v, DT_NONE, 0, false);
    return raise_fmt(&exc_AttributeError, "'%T' object has no attribute '%s'", v, attribute);
}

/* (arr, max_line_width, precision, suppress_small) */
static Value text_function(Value *a, TextFn fn, const char *attribute)
{
    Value given[OPT_COUNT];
    for (int k = 0; k < OPT_COUNT; k++)
        given[k] = V_NONE;
    given[OPT_LINEWIDTH] = a[1];
    given[OPT_PRECISION] = a[2];
    given[OPT_SUPPRESS] = a[3];
    Value x = printable(a[0], attribute), r = V_ERROR;
    if (v_is_error(x))
        return x;
    Options o = options_copy(current());
    if (options_change(given, &o))
        r = text_of(x, fn, &o.o);
    options_fini(&o);
    release(x);
    return r;
}
static Value f_array_repr(Value *a, int n)
{
    return text_function(a, array_repr, "size");
}
static Value f_array_str(Value *a, int n)
{
    return text_function(a, array_str, "shape");
}

/* a, max_line_width, precision, suppress_small, separator, prefix, style, formatter, threshold,
 * edgeitems, sign, floatmode, suffix, legacy */
static Value f_array2string(Value *a, int n)
{
    Value given[OPT_COUNT] = {a[2], a[8], a[9], a[1], a[3], V_NONE, V_NONE, a[7], a[10], a[11]};
    if (!is_str(a[4]) || !is_str(a[5]) || !is_str(a[12]))
        return raise_fmt(&exc_TypeError, "separator, prefix and suffix must be str");
    Value x = printable(a[0], "size"), r = V_ERROR;
    if (v_is_error(x))
        return x;
    Options o = options_copy(current());
    if (options_change(given, &o)) {
        Operand op = array_operand(x);
        PrintSource src = {.ctx = &op,
                           .dtype = op.dtype,
                           .ndim = op.view.ndim,
                           .shape = op.view.shape,
                           .fetch = fetch_box};
        Buf b = {0};
        Status st = array2string(&b, &src, &o.o, str_cstr(a[4]), str_cstr(a[5]), str_cstr(a[12]));
        r = st == OK ? str_new_n(b.at ? b.at : "", b.n) : raise_status(st);
        buf_free(&b);
    }
    options_fini(&o);
    release(x);
    return r;
}

/* -1 stands for None. */
static bool digits_option(Value v, int64_t *out)
{
    *out = -1;
    if (is_absent(v))
        return true;
    if (!op_as_int64(v, out))
        return false;
    if (*out >= 0)
        return true;
    raise_fmt(&exc_ValueError, "precision must be >= 0");
    return false;
}

static bool trim_option(Value v, char *out)
{
    if (is_str(v) && v.s->n == 1 && strchr("k.0-", (char)str_at(v.s, 0))) {
        *out = (char)str_at(v.s, 0);
        return true;
    }
    char shown[104] = "";
    if (is_str(v) && v.s->n == 1)
        snprintf(shown, sizeof shown, "%100s", str_cstr(v));
    raise_fmt(&exc_TypeError, "if supplied, trim must be 'k', '.', '0' or '-' found `%s`", shown);
    return false;
}

/* x, precision, unique, sign, trim, pad_left, and the rest by notation. */
static bool notation_common(Value x, Value precision, Value unique, Value trim, Value sign,
                            FloatNotation *how, double *value)
{
    bool single = is_npscalar(x) && as_npscalar(x)->dtype == DT_FLOAT32;
    *how = float_notation(single);
    return op_as_float(x, value) && digits_option(precision, &how->precision) &&
           np_flag(unique, true, &how->unique) && trim_option(trim, &how->trim) &&
           np_flag(sign, false, &how->sign);
}

static Value float_text_result(Status st, Buf *b)
{
    Value r = st == OK ? str_new_n(b->at ? b->at : "", b->n) : raise_status(st);
    buf_free(b);
    return r;
}

/* x, precision, unique, fractional, trim, sign, pad_left, pad_right, min_digits */
static Value f_format_float_positional(Value *a, int n)
{
    FloatNotation how;
    double x;
    bool fractional;
    Buf b = {0};
    if (!notation_common(a[0], a[1], a[2], a[4], a[5], &how, &x) ||
        !np_flag(a[3], true, &fractional) || !digits_option(a[6], &how.pad_left) ||
        !digits_option(a[7], &how.pad_right) || !digits_option(a[8], &how.min_digits))
        return V_ERROR;
    how.total = !fractional;
    return float_text_result(np_format_float_positional(&b, x, &how), &b);
}

/* x, precision, unique, trim, sign, pad_left, exp_digits, min_digits */
static Value f_format_float_scientific(Value *a, int n)
{
    FloatNotation how;
    double x;
    Buf b = {0};
    if (!notation_common(a[0], a[1], a[2], a[3], a[4], &how, &x) ||
        !digits_option(a[5], &how.pad_left) || !digits_option(a[6], &how.exp_digits) ||
        !digits_option(a[7], &how.min_digits))
        return V_ERROR;
    return float_text_result(np_format_float_scientific(&b, x, &how), &b);
}

static const NativeDef printing_functions[] = {
    {"array_repr", "def: arr, max_line_width=None, precision=None, suppress_small=None",
     f_array_repr, "repr() of an array, with options."},
    {"array_str", "def: a, max_line_width=None, precision=None, suppress_small=None", f_array_str,
     "str() of an array, with options."},
    {"array2string",
     "def: a, max_line_width=None, precision=None, suppress_small=None, separator=' ', prefix='', "
     "style=None, formatter=None, "
     "threshold=None, edgeitems=None, sign=None, floatmode=None, suffix='', *, legacy=None",
     f_array2string, "An array as text, with options."},
    {"set_printoptions", "def: " OPTION_SIG, f_set_printoptions, "Set how arrays are printed."},
    {"get_printoptions", "def: ", f_get_printoptions, "How arrays are printed."},
    {"printoptions", "def: " OPTION_SIG, f_printoptions,
     "with printoptions(precision=3): how arrays are printed inside."},
    {"format_float_positional",
     "def: x, precision=None, unique=True, fractional=True, trim='k', sign=False, pad_left=None, "
     "pad_right=None, min_digits=None",
     f_format_float_positional, "A float without exponent."},
    {"format_float_scientific",
     "def: x, precision=None, unique=True, trim='k', sign=False, pad_left=None, exp_digits=None, "
     "min_digits=None",
     f_format_float_scientific, "A float with an exponent."},
    {0}};

void printing_init(Value numpy)
{
    type_ready(&type_print_context);
    Options fresh = {.o = print_options_default(), .nanstr = V_UNDEF, .infstr = V_UNDEF};
    options_set(&fresh);
    module_add_natives(numpy, printing_functions);
}
