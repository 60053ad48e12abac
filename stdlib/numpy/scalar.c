/* scalar.c -- NumPy scalars: the class hierarchy, attributes, futures.  Replicated.
 *
 * Operators are in scalarmath.c; a future's go through ufuncs where its arithmetic may stay
 * deferred (not where integers may overflow: they tell).  Attributes and methods that a scalar
 * lacks are those of a 0-d array made of it.
 *
 * Invariant: `value` is valid when `pending` is NULL; forcing a future happens once.
 */
#include "stdlib/numpy/scalar.h"

#include "interp/numbers.h"
#include "interp/objects.h"
#include "stdlib/print/print.h"

#include <float.h>
#include <math.h>
#include <xmmintrin.h>

/* --------------------------------------------------------------------- making */

static Value truths[2]; /* np.False_ and np.True_ are one object each */

Value truth_of(bool b)
{
    return retain(truths[b]);
}

static NpScalar *scalar_alloc(DType t)
{
    NpScalar *s = object_new(&type_npscalar[t]);
    s->dtype = t;
    return s;
}

Value scalar_new(DType t, Scalar x)
{
    if (t == DT_BOOL && !v_is_undef(truths[x.b != 0]))
        return retain(truths[x.b != 0]);
    NpScalar *s = scalar_alloc(t);
    s->value = x;
    return v_obj(s);
}

Value scalar_future(Store *store)
{
    if (store_is_ready(store)) {
        View v = view_whole(0, NULL);
        Operand in = operand_array(store, &v);
        Scalar x;
        bool ok = status_ok(rt_value(&in, &x));
        DType t = in.dtype;
        store_release(store);
        return ok ? scalar_new(t, x) : V_ERROR;
    }
    NpScalar *s = scalar_alloc(store_dtype(store));
    s->pending = store;
    return v_obj(s);
}

bool scalar_force(Value v, Scalar *out)
{
    NpScalar *s = as_npscalar(v);
    if (s->pending) {
        View w = view_whole(0, NULL);
        Operand in = operand_array(s->pending, &w);
        if (!status_ok(rt_value(&in, &s->value)))
            return false;
        store_release(s->pending);
        s->pending = NULL;
    }
    *out = s->value;
    return true;
}

static void scalar_free(Object *o)
{
    store_release(((NpScalar *)o)->pending);
}

/* The value as Python's own number; V_ERROR. */
Value scalar_python(Value v)
{
    Scalar x;
    return scalar_force(v, &x) ? element_to_python(as_npscalar(v)->dtype, &x) : V_ERROR;
}

/* ----------------------------------------------------------------- other slots */

static Value scalar_text(Value v, void (*put)(Buf *, DType, const void *))
{
    Scalar x;
    if (!scalar_force(v, &x))
        return V_ERROR;
    Buf b = {0};
    put(&b, as_npscalar(v)->dtype, &x);
    Value r = str_new(buf_text(&b));
    buf_free(&b);
    return r;
}
static Value scalar_slot_repr(Value v)
{
    return scalar_text(v, scalar_repr);
}
static Value scalar_slot_str(Value v)
{
    return scalar_text(v, scalar_str);
}

static bool scalar_hash(Value v, int64_t *out)
{
    Value x = scalar_python(v);
    bool ok = !v_is_error(x) && op_hash(x, out);
    release(x);
    return ok;
}

static Value scalar_format(Value v, Str *spec)
{
    Value x = scalar_python(v);
    Value r = v_is_error(x) ? x : op_format(x, spec);
    release(x);
    return r;
}

static int scalar_truth(Value v)
{
    Scalar x;
    return scalar_force(v, &x) ? dtype_cast(x, as_npscalar(v)->dtype, DT_BOOL, NULL).b : -1;
}

static Value scalar_index(Value v)
{
    return scalar_python(v);
}

/* The real part, told about when there is another. */
static bool scalar_real(Value v, double *out)
{
    Scalar x;
    DType t = as_npscalar(v)->dtype;
    if (!scalar_force(v, &x))
        return false;
    *out = dtype_cast(x, t, DT_FLOAT64, NULL).f64;
    return !dtype_is_complex(t) ||
           warn_fmt(&exc_ComplexWarning,
                    "Casting complex values to real discards the imaginary part");
}

static Value scalar_to_int(Value v)
{
    double x;
    DType t = as_npscalar(v)->dtype;
    if (t == DT_BOOL)
        return v_int(scalar_truth(v));
    if (dtype_is_integer(t))
        return scalar_python(v);
    return scalar_real(v, &x) ? int_from_double(x) : V_ERROR;
}

static Value scalar_to_float(Value v)
{
    double x;
    return scalar_real(v, &x) ? v_float(x) : V_ERROR;
}

static Value as_0d(Value v)
{
    return array_from_value(v, DT_NONE, 0, false);
}

static Value scalar_getitem(Value v, Value key)
{
    bool empty = is_tuple(key) && as_tuple(key)->n == 0;
    if (empty)
        return retain(v);
    bool part = key.tag == TAG_NONE || key.tag == TAG_ELLIPSIS || is_tuple(key) || is_array(key) ||
                key.tag == TAG_BOOL || (is_npscalar(key) && as_npscalar(key)->dtype == DT_BOOL);
    for (int64_t k = 0; is_tuple(key) && k < as_tuple(key)->n; k++)
        part &= as_tuple(key)->at[k].tag == TAG_NONE || as_tuple(key)->at[k].tag == TAG_ELLIPSIS;
    if (!part)
        return raise_fmt(&exc_IndexError, "invalid index to scalar variable.");
    Value a = as_0d(v);
    Value r = v_is_error(a) ? a : array_getitem(a, key);
    release(a);
    return r;
}

/* Indexing with () does not make a sequence of a scalar. */
static Value scalar_iter(Value v)
{
    return raise_fmt(&exc_TypeError, "'%T' object is not iterable", v);
}
static int scalar_contains(Value v, Value x)
{
    raise_fmt(&exc_TypeError, "argument of type '%T' is not iterable", v);
    return -1;
}

/* ------------------------------------------------------- attributes by 0-d array */

/* A method of the 0-d array; what has no axes comes back as a scalar. */
static Value call_method(Value *a, int n)
{
    Value method = as_tuple(a[2])->at[0];
    Value r = op_call_ex(method, a[0], a[1]);
    return v_is_error(r) ? r : array_or_scalar(r);
}
static const NativeDef method_def = {"method", "*args, **kw", call_method, NULL};

static Value array_attribute(Value v, Str *name)
{
    Value a = as_0d(v);
    if (v_is_error(a))
        return a;
    as_array(a)->readonly = true;
    Value x = op_getattr(a, name);
    release(a);
    if (v_is_error(x) || !op_is_callable(x))
        return v_is_error(x) ? x : array_or_scalar(x);
    return native_new_closure(&method_def, tuple_of(1, x));
}

static Value scalar_getattr(Value v, Str *name)
{
    Value own = type_lookup(v.o->type, name);
    bool dunder = name->n > 1 && str_at(name, 0) == '_' && str_at(name, 1) == '_';
    if (v_is_undef(own) && !dunder && !v_is_undef(type_lookup(&type_ndarray, name)))
        return array_attribute(v, name);
    if (v_is_undef(own) && raise_removed(name, true))
        return V_ERROR;
    return object_getattr_generic(v, name);
}

static Value get_dtype(Value v)
{
    return retain(dtype_object(as_npscalar(v)->dtype));
}
static Value get_empty_tuple(Value v)
{
    return tuple_new(0);
}
static Value get_zero(Value v)
{
    return v_int(0);
}
static Value get_one(Value v)
{
    return v_int(1);
}
static Value get_itemsize(Value v)
{
    return v_int(dtype_size(as_npscalar(v)->dtype));
}
static Value get_self(Value v)
{
    return retain(v);
}
static Value get_none(Value v)
{
    return V_NONE;
}

static Value scalar_part(Value v, bool imag)
{
    Scalar x;
    DType t = as_npscalar(v)->dtype;
    if (!dtype_is_complex(t) && !imag)
        return retain(v);
    if (!dtype_is_complex(t))
        return scalar_new(t, (Scalar){.i64 = 0});
    if (!scalar_force(v, &x))
        return V_ERROR;
    if (t == DT_COMPLEX64)
        return scalar_new(DT_FLOAT32, (Scalar){.f32 = imag ? x.c64.im : x.c64.re});
    return scalar_new(DT_FLOAT64, (Scalar){.f64 = imag ? x.c128.im : x.c128.re});
}
static Value get_real(Value v)
{
    return scalar_part(v, false);
}
static Value get_imag(Value v)
{
    return scalar_part(v, true);
}
static Value get_priority(Value v)
{
    return v_float(-1000000.0);
}

static const GetSetDef generic_getsets[] = {
    {"dtype", get_dtype, NULL, "The scalar's type as a dtype."},
    {"shape", get_empty_tuple, NULL, "The empty tuple."},
    {"strides", get_empty_tuple, NULL, "The empty tuple."},
    {"ndim", get_zero, NULL, "0."},
    {"size", get_one, NULL, "1."},
    {"itemsize", get_itemsize, NULL, "Bytes of the scalar."},
    {"nbytes", get_itemsize, NULL, "Bytes of the scalar."},
    {"T", get_self, NULL, "The scalar itself."},
    {"base", get_none, NULL, "None."},
    {"real", get_real, NULL, "The real part."},
    {"imag", get_imag, NULL, "The imaginary part."},
    {"__array_priority__", get_priority, NULL, NULL},
    {0},
};

static Value m_item(Value *a, int n)
{
    Tuple *args = as_tuple(a[1]);
    int64_t i = 0;
    if (args->n > 1)
        return raise_fmt(&exc_ValueError, "incorrect number of indices for array");
    if (args->n == 1 && !is_tuple(args->at[0]) && !op_as_int64(args->at[0], &i))
        return V_ERROR;
    if (i != 0 && i != -1)
        return raise_fmt(&exc_IndexError, "index %lld is out of bounds for axis 0 with size 1",
                         (long long)i);
    return scalar_python(a[0]);
}
static Value m_tolist(Value *a, int n)
{
    return scalar_python(a[0]);
}
static Value m_self(Value *a, int n)
{
    return retain(a[0]);
}
static Value m_conjugate(Value *a, int n)
{
    Scalar x;
    DType t = as_npscalar(a[0])->dtype;
    if (!v_is_none(a[1]))
        return is_array(a[1]) ? raise_unsupported("conjugate(out=) of a scalar", "NumPy")
                              : raise_fmt(&exc_TypeError, "output must be an array");
    if (!dtype_is_complex(t))
        return retain(a[0]);
    if (!scalar_force(a[0], &x))
        return V_ERROR;
    if (t == DT_COMPLEX64)
        x.c64.im = -x.c64.im;
    else
        x.c128.im = -x.c128.im;
    return scalar_new(t, x);
}
static Value m_complex(Value *a, int n)
{
    Scalar x;
    if (!scalar_force(a[0], &x))
        return V_ERROR;
    x = dtype_cast(x, as_npscalar(a[0])->dtype, DT_COMPLEX128, NULL);
    return complex_new(x.c128.re, x.c128.im);
}
static Value m_array(Value *a, int n)
{
    DType t = DT_NONE;
    return dtype_from_value(a[1], &t) ? array_from_value(a[0], t, 0, true) : V_ERROR;
}

static const NativeDef generic_methods[] = {
    {"item", "vararg: self, *args", m_item, "The scalar as a Python number."},
    {"tolist", "vararg: self, /", m_tolist, "The scalar as a Python number."},
    {"conjugate", "vararg: self, out=None, /", m_conjugate, "The complex conjugate."},
    {"conj", "vararg conjugate: self, out=None, /", m_conjugate, "The complex conjugate."},
    {"__copy__", "self, /", m_self, NULL},
    {"__deepcopy__", "self, memo, /", m_self, NULL},
    {"__complex__", "self, /", m_complex, NULL},
    {"__array__", "self, dtype=None, copy=None", m_array, NULL},
    {0},
};

/* round(x): an int; round(x, n): as x.round(n). */
static Value m_round(Value *a, int n)
{
    if (!v_is_none(a[1]))
        return op_call_method(a[0], "round", a + 1, 1);
    double x;
    if (dtype_is_integer(as_npscalar(a[0])->dtype))
        return scalar_python(a[0]);
    return scalar_real(a[0], &x) ? int_from_double(rint(x)) : V_ERROR;
}
static Value m_is_integer(Value *a, int n)
{
    double x;
    if (dtype_is_integer(as_npscalar(a[0])->dtype))
        return V_TRUE;
    return scalar_real(a[0], &x) ? v_bool(isfinite(x) && floor(x) == x) : V_ERROR;
}
static Value m_ratio(Value *a, int n)
{
    Value x = scalar_python(a[0]);
    Value r = v_is_error(x) ? x : op_call_method(x, "as_integer_ratio", NULL, 0);
    release(x);
    return r;
}
static Value m_bit_count(Value *a, int n)
{
    Scalar x;
    if (!scalar_force(a[0], &x))
        return V_ERROR;
    Wide w = wide_of(x, as_npscalar(a[0])->dtype);
    return v_int(__builtin_popcountll((uint64_t)(w < 0 ? -w : w)));
}

static const NativeDef integer_methods[] = {
    {"__round__", "self, ndigits=None, /", m_round, NULL},
    {"is_integer", "self, /", m_is_integer, "True."},
    {0},
};
static const GetSetDef integer_getsets[] = {
    {"numerator", get_self, NULL, "The scalar itself."},
    {"denominator", get_one, NULL, "1."},
    {0},
};
static const NativeDef floating_methods[] = {
    {"__round__", "self, ndigits=None, /", m_round, NULL},
    {0},
};
/* Of each concrete type, whose name stands in messages. */
static const NativeDef int_methods[] = {
    {"bit_count", "self, /", m_bit_count, "Number of bits set in |x|."},
    {0},
};
static const NativeDef float_methods[] = {
    {"is_integer", "self, /", m_is_integer, "Is the value a whole number?"},
    {"as_integer_ratio", "self, /", m_ratio, "The value as a pair of ints."},
    {0},
};

/* ---------------------------------------------------------------- constructors */

static Value abstract_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    return raise_fmt(&exc_TypeError, "cannot create 'numpy.%s' instances", cls->name);
}

static Value complex_of_parts(Value re, Value im, DType t)
{
    Value z[2] = {re, im};
    Value c = op_call(v_obj(&type_complex), z, 2, V_UNDEF);
    Scalar x;
    Value r = !v_is_error(c) && element_from_value(c, t, &x, NULL) ? scalar_new(t, x) : V_ERROR;
    release(c);
    return r;
}

static Value make_from(Value v, DType t)
{
    Scalar x;
    bool sequence = false;
    bool lone = is_array(v) && as_array(v)->view.ndim && view_size(&as_array(v)->view) == 1;
    if (lone && t == DT_FLOAT64) {
        Value f = type_ndarray.to_float(v);
        return v_is_error(f) ? f : scalar_new(t, (Scalar){.f64 = f.f});
    }
    if (is_npscalar(v) && as_npscalar(v)->pending) {
        Value a = array_from_value(v, t, 0, true);
        return v_is_error(a) ? a : array_or_scalar(a);
    }
    if (t == DT_BOOL && v_is_none(v))
        return truth_of(false);
    if (element_from_value(v, t, &x, &sequence))
        return scalar_new(t, x);
    if (!sequence)
        return V_ERROR;
    Value a = array_from_value(v, t, 0, true);
    return v_is_error(a) ? a : array_or_scalar(a);
}

static Value scalar_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    DType t = (DType)(cls - type_npscalar);
    int most = dtype_is_complex(t) ? 2 : 1;
    if (kwnames.tag == TAG_OBJ && as_tuple(kwnames)->n)
        return raise_fmt(&exc_TypeError, "%s() takes no keyword arguments",
                         t == DT_FLOAT64 ? "float" : cls->name);
    if (nargs > most && t == DT_FLOAT64)
        return raise_fmt(&exc_TypeError, "float expected at most 1 argument, got %d", nargs);
    if (nargs > most)
        return raise_fmt(&exc_TypeError, "%s() takes at most %d argument%s (%d given)", cls->name,
                         most, most == 1 ? "" : "s", nargs);
    if (nargs == 2)
        return complex_of_parts(args[0], args[1], t);
    return nargs ? make_from(args[0], t) : scalar_new(t, (Scalar){.i64 = 0});
}

/* ----------------------------------------------------------------------- types */

#define ABSTRACT(NAME, BASE, ...)                                                                  \
    Type type_##NAME = {.name = #NAME,                                                             \
                        .module = "numpy",                                                         \
                        .base = BASE,                                                              \
                        .size = sizeof(NpScalar),                                                  \
                        .make = abstract_make,                                                     \
                        __VA_ARGS__};
ABSTRACT(generic, NULL, .methods = generic_methods, .getsets = generic_getsets, .free = scalar_free,
         .repr = scalar_slot_repr, .str = scalar_slot_str, .hash = scalar_hash,
         .compare = scalar_compare, .getattr = scalar_getattr, .binary = scalar_binary,
         .unary = scalar_unary, .truth = scalar_truth, .to_int = scalar_to_int,
         .to_float = scalar_to_float, .format = scalar_format, .getitem = scalar_getitem,
         .iter = scalar_iter, .contains = scalar_contains)
ABSTRACT(number, &type_generic)
ABSTRACT(integer, &type_number, .index = scalar_index, .methods = integer_methods,
         .getsets = integer_getsets)
ABSTRACT(signedinteger, &type_integer)
ABSTRACT(unsignedinteger, &type_integer)
ABSTRACT(inexact, &type_number)
ABSTRACT(floating, &type_inexact, .methods = floating_methods)
ABSTRACT(complexfloating, &type_inexact)

Type type_npscalar[DT_COUNT];

static Type *base_of(DType t)
{
    switch (dtype_kind(t)) {
    case 'b':
        return &type_generic;
    case 'i':
        return &type_signedinteger;
    case 'u':
        return &type_unsignedinteger;
    case 'f':
        return &type_floating;
    default:
        return &type_complexfloating;
    }
}

void scalar_init(void)
{
    for (DType t = 0; t < DT_COUNT; t++) {
        Type *type = &type_npscalar[t];
        if (type->name)
            return;
        type->name = dtype_name(t);
        type->module = "numpy";
        type->base = base_of(t);
        type->size = sizeof(NpScalar);
        type->make = scalar_make;
        type->flags = TYPE_LENDS;
        type->methods = dtype_kind(t) == 'f'  ? float_methods
                        : dtype_is_integer(t) ? int_methods
                                              : NULL;
        Type *also = t == DT_FLOAT64 ? &type_float : t == DT_COMPLEX128 ? &type_complex : NULL;
        Type *bases[2] = {type->base, also};
        if (also)
            type_set_bases(type, 2, bases);
        type_ready(type);
    }
    truths[0] = scalar_new(DT_BOOL, (Scalar){.b = 0});
    truths[1] = scalar_new(DT_BOOL, (Scalar){.b = 1});
}
