/* errstate.c -- what floating-point conditions do: seterr, geterr, errstate.  Replicated.
 *
 * The runtime keeps one ErrState and every statement carries a copy of it.  An errstate object is a
 * context manager and a decorator: it keeps what to set, and while entered, what to set back.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"

static const char *const mode_names[] = {"ignore", "warn", "raise", "print"};
static const char *const condition_names[] = {"divide", "over", "under", "invalid"};

static uint8_t *condition_at(ErrState *e, int k)
{
    uint8_t *const at[] = {&e->divide, &e->over, &e->under, &e->invalid};
    return at[k];
}

static bool mode_parse(Value v, uint8_t *out)
{
    if (is_absent(v))
        return true;
    for (uint8_t k = 0; k < 4 && is_str(v); k++)
        if (str_equals(v.s, mode_names[k])) {
            *out = k;
            return true;
        }
    if (is_str(v) && (str_equals(v.s, "call") || str_equals(v.s, "log")))
        raise_unsupported("errstate mode 'call' or 'log'", "NumPy");
    else
        raise_fmt(&exc_ValueError, "invalid error mode %R", v);
    return false;
}

/* a: all, divide, over, under, invalid. */
static bool modes_parse(Value *a, ErrState *e)
{
    for (int k = 0; k < 4; k++)
        if (!mode_parse(is_absent(a[1 + k]) ? a[0] : a[1 + k], condition_at(e, k)))
            return false;
    return true;
}

static Value state_dict(ErrState e)
{
    Value d = dict_new();
    for (int k = 0; k < 4; k++) {
        Value mode = str_new(mode_names[*condition_at(&e, k)]);
        dict_set_str(d, str_intern(condition_names[k]), mode);
        release(mode);
    }
    return d;
}

static Value f_geterr(Value *a, int n)
{
    return state_dict(rt_errstate);
}

static Value f_seterr(Value *a, int n)
{
    ErrState fresh = rt_errstate, old = rt_errstate;
    if (!modes_parse(a, &fresh))
        return V_ERROR;
    rt_errstate = fresh;
    return state_dict(old);
}

/* ---------------------------------------------------------------------------- errstate */

typedef struct ErrStateObject {
    Object ob;
    Value modes[5]; /* all, divide, over, under, invalid */
    ErrState saved;
    bool entered;
} ErrStateObject;

static ErrStateObject *as_errstate(Value v)
{
    return (ErrStateObject *)v.o;
}

static const NativeDef errstate_new_def = {"__init__",
                                           "def errstate.__init__: self, *, call=None, all=None, "
                                           "divide=None, over=None, under=None, invalid=None",
                                           NULL, NULL};

static Value errstate_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    Value slots[7];
    if (!signature_bind_init(&errstate_new_def, args, nargs, kwnames, slots))
        return V_ERROR;
    ErrStateObject *e = object_new(cls);
    release(slots[1]);
    for (int k = 0; k < 5; k++)
        e->modes[k] = slots[2 + k];
    return v_obj(e);
}

static void errstate_free(Object *o)
{
    for (int k = 0; k < 5; k++)
        release(((ErrStateObject *)o)->modes[k]);
}

static bool errstate_enter(Value v)
{
    ErrStateObject *e = as_errstate(v);
    ErrState fresh = rt_errstate;
    if (e->entered) {
        raise_fmt(&exc_TypeError, "Cannot enter `np.errstate` twice.");
        return false;
    }
    if (!modes_parse(e->modes, &fresh))
        return false;
    e->saved = rt_errstate;
    e->entered = true;
    rt_errstate = fresh;
    return true;
}

static Value m_enter(Value *a, int n)
{
    return errstate_enter(a[0]) ? V_NONE : V_ERROR;
}

static Value m_exit(Value *a, int n)
{
    rt_errstate = as_errstate(a[0])->saved;
    return V_NONE;
}

/* What a decorated function is: its call inside a fresh errstate with the same modes. */
static Value wrapped_call(Value *a, int n)
{
    Value closed = a[n - 1]; /* (errstate, function) */
    Value state = as_tuple(closed)->at[0], f = as_tuple(closed)->at[1];
    ErrState fresh = rt_errstate, saved = rt_errstate;
    if (!modes_parse(as_errstate(state)->modes, &fresh))
        return V_ERROR;
    rt_errstate = fresh;
    Value r = op_call_ex(f, a[0], a[1]);
    rt_errstate = saved;
    return r;
}
static const NativeDef wrapped_def = {"inner", "*args, **kwargs", wrapped_call, NULL};

static Value errstate_call(Value f, Value *args, int nargs, Value kwnames)
{
    if (nargs != 1 || kwnames.tag == TAG_OBJ)
        return raise_fmt(&exc_TypeError, "errstate.__call__() takes one function");
    return native_new_closure(&wrapped_def, tuple_of(2, retain(f), retain(args[0])));
}

static const NativeDef errstate_methods[] = {
    {"__enter__", "self, /", m_enter, NULL}, {"__exit__", "self, *args", m_exit, NULL}, {0}};

static Type type_errstate = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "errstate",
    .module = "numpy",
    .base = &type_object,
    .size = sizeof(ErrStateObject),
    .doc = "with errstate(divide='ignore'): what floating-point conditions do inside.",
    .methods = errstate_methods,
    .free = errstate_free,
    .call = errstate_call,
    .make = errstate_make,
};

/* ------------------------------------------------------------------------------ tables */

const NativeDef numpy_misc[] = {
    {"geterr", "def: ", f_geterr, "What each floating-point condition does."},
    {"seterr", "def: all=None, divide=None, over=None, under=None, invalid=None", f_seterr,
     "Set what conditions do: ignore, warn, raise or print; the former state."},
    {0}};

void errstate_init(Value numpy)
{
    type_ready(&type_errstate);
    rt_errstate = (ErrState){ERRMODE_WARN, ERRMODE_WARN, ERRMODE_IGNORE, ERRMODE_WARN, false};
    module_add(numpy, "errstate", retain(v_obj(&type_errstate)));
}
