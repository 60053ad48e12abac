/* axiserror.c -- numpy.exceptions.AxisError: its arguments are an axis, a number of axes and what
 * is said before them, or one text of its own.  Replicated. */
#include "interp/scalars.h"
#include "interp/value.h"

static Value field(Value e, int64_t k)
{
    Tuple *args = as_tuple(((Exception *)e.o)->args);
    return args->n < 2 || k >= args->n ? V_NONE : args->at[k];
}
static Value get_axis(Value e)
{
    return retain(field(e, 0));
}
static Value get_ndim(Value e)
{
    return retain(field(e, 1));
}
static const GetSetDef axis_getsets[] = {
    {"axis", get_axis, NULL, NULL}, {"ndim", get_ndim, NULL, NULL}, {0}};

static Value axis_str(Value e)
{
    Tuple *args = as_tuple(((Exception *)e.o)->args);
    Value axis = field(e, 0), ndim = field(e, 1), prefix = field(e, 2);
    if (args->n == 0)
        return str_new("");
    if (args->n == 1)
        return op_str(args->at[0]);
    Value said = v_is_none(axis) || v_is_none(ndim)
                     ? str_new("None")
                     : str_fmt("axis %S is out of bounds for array of dimension %S", axis, ndim);
    if (v_is_none(prefix) || v_is_error(said))
        return said;
    Value text = str_fmt("%S: %S", prefix, said);
    release(said);
    return text;
}

void axis_error_setup(void)
{
    exc_AxisError.getsets = axis_getsets;
    exc_AxisError.str = axis_str;
}

Value raise_axis(const char *what, int64_t axis, int ndim)
{
    Value args = tuple_of(3, v_int(axis), v_int(ndim), what ? str_new(what) : V_NONE);
    return raise_value(exception_new(&exc_AxisError, args));
}
