/* array.c -- the ndarray object: making, attributes, conversion to Python values.  Replicated.
 *
 * An Array is a view on a counted store; views share the store, so aliasing is the store's.  New
 * results lay their axes out in NumPy's K order, hence a store's extent need not be the shape.
 *
 * Invariant: `base` is undefined for the array that made its store, else the array at the root of
 * the chain of views, never a view itself.
 */
#include "stdlib/numpy/plain.h"

#include "interp/containers.h"
#include "interp/objects.h"

#include <math.h>

/* --------------------------------------------------------------------- making */

static Array *array_alloc(Store *s)
{
    Array *a = object_new_head(&type_ndarray, offsetof(Array, view));
    a->store = s;
    return a;
}

Value array_of(Store *s, const View *v, Value base)
{
    Array *a = array_alloc(s);
    view_set(&a->view, v);
    a->base = retain(base);
    return v_obj(a);
}

static bool shape_allowed(int ndim, const int64_t shape[])
{
    for (int k = 0; k < ndim; k++)
        if (shape[k] < 0) {
            raise_fmt(&exc_ValueError, "negative dimensions are not allowed");
            return false;
        }
    return true;
}

Value array_new(DType t, int ndim, const int64_t shape[])
{
    Store *s;
    if (!shape_allowed(ndim, shape) || !status_ok(store_new(t, ndim, shape, &s)))
        return V_ERROR;
    Array *a = array_alloc(s);
    View *v = &a->view;
    int64_t step = 1;
    v->ndim = ndim;
    v->offset = 0;
    for (int d = ndim - 1; d >= 0; d--) {
        v->shape[d] = shape[d];
        v->stride[d] = step;
        step *= int64_max(shape[d], 1);
    }
    return v_obj(a);
}

Value array_new_ordered(DType t, int ndim, const int64_t shape[], const int order[])
{
    int64_t extent[NDIM_MAX];
    int place[NDIM_MAX];
    for (int k = 0; k < ndim; k++) {
        extent[k] = shape[order[k]];
        place[order[k]] = k;
    }
    Store *s;
    if (!status_ok(store_new(t, ndim, extent, &s)))
        return V_ERROR;
    View whole = view_whole(ndim, extent), v = view_transpose(&whole, place);
    return array_of(s, &v, V_UNDEF);
}

Value array_new_like(DType t, int ndim, const int64_t shape[], int n, const View *const v[])
{
    bool plain = true;
    for (int k = 0; k < n && plain; k++)
        plain = v[k]->ndim == ndim && view_is_c_contiguous(v[k]);
    if (plain || ndim < 2)
        return array_new(t, ndim, shape);
    int order[NDIM_MAX];
    view_korder(n, v, ndim, order);
    return array_new_ordered(t, ndim, shape, order);
}

Value array_view(Value a, const View *v)
{
    array_refresh(a);
    Array *from = as_array(a);
    Value r = array_of(store_retain(from->store), v, v_is_undef(from->base) ? a : from->base);
    as_array(r)->readonly = from->readonly;
    return r;
}

bool array_is_readonly(Value a)
{
    const Array *p = as_array(a);
    return v_is_undef(p->part_of) ? p->readonly : array_is_readonly(p->part_of);
}

bool array_check_writable(Value a)
{
    bool fixed = array_is_readonly(a);
    if (fixed)
        raise_fmt(&exc_ValueError, "assignment destination is read-only");
    return !fixed;
}

/* An empty array of a's shape in the memory order asked for. */
static Value array_new_order(Value a, DType t, char order)
{
    const View *v = &as_array(a)->view;
    int perm[NDIM_MAX];
    bool fortran =
        order == 'F' || (order == 'A' && view_is_f_contiguous(v) && !view_is_c_contiguous(v));
    if (order == 'K')
        return array_new_like(t, v->ndim, v->shape, 1, &v);
    if (!fortran)
        return array_new(t, v->ndim, v->shape);
    for (int k = 0; k < v->ndim; k++)
        perm[k] = v->ndim - 1 - k;
    return array_new_ordered(t, v->ndim, v->shape, perm);
}

static Value copy_into(Value r, Value a)
{
    if (v_is_error(r))
        return r;
    if (plain_copy(r, a))
        return r;
    Operand out = array_operand(r), in = array_operand(a);
    if (status_ok(rt_copy(&out, &in)))
        return r;
    release(r);
    return V_ERROR;
}

Value array_copy(Value a, char order)
{
    return copy_into(array_new_order(a, array_dtype(a), order), a);
}

static bool warn_complex(DType from, DType to)
{
    if (!dtype_is_complex(from) || dtype_is_complex(to) || to == DT_BOOL)
        return true;
    return warn_fmt(&exc_ComplexWarning,
                    "Casting complex values to real discards the imaginary part");
}

static const char *const casting_names[] = {"no", "equiv", "safe", "same_kind", "unsafe"};

static bool order_fits(const View *v, char order)
{
    if (order == 'C')
        return view_is_c_contiguous(v);
    if (order == 'F')
        return view_is_f_contiguous(v);
    return order == 'K' || view_is_c_contiguous(v) || view_is_f_contiguous(v);
}

Value array_astype(Value a, DType t, char order, Casting rule, bool copy)
{
    DType from = array_dtype(a);
    if (!dtype_can_cast(from, t, rule))
        return raise_fmt(
            &exc_TypeError,
            "Cannot cast array data from dtype('%s') to dtype('%s') according to the rule '%s'",
            dtype_name(from), dtype_name(t), casting_names[rule]);
    if (!copy && from == t && order_fits(&as_array(a)->view, order))
        return retain(a);
    if (!warn_complex(from, t))
        return V_ERROR;
    return copy_into(array_new_order(a, t, order), a);
}

Value array_reshape(Value a, int ndim, const int64_t shape[])
{
    View v;
    if (view_run(&as_array(a)->view) > 0) {
        v.ndim = ndim;
        v.offset = as_array(a)->view.offset;
        int64_t step = 1;
        for (int d = ndim - 1; d >= 0; d--) {
            v.shape[d] = shape[d];
            v.stride[d] = step;
            step *= shape[d];
        }
        store_reshape(as_array(a)->store, &v);
        return array_view(a, &v);
    }
    if (view_reshape(&as_array(a)->view, ndim, shape, &v))
        return array_view(a, &v);
    Value c = array_copy(a, 'C');
    if (v_is_error(c))
        return c;
    v = view_whole(ndim, shape);
    Value r = array_view(c, &v);
    release(c);
    return r;
}

/* ---------------------------------------------------------------- observation */

Value array_element(Store *s, const View *v)
{
    Dense d = {s, v->offset, store_dtype(s), {0}, 0};
    const void *at = rt_peek(&d);
    if (at) {
        memcpy(&d.value, at, (size_t)dtype_size(d.dtype));
        return scalar_new(d.dtype, d.value);
    }
    View one = {.ndim = 0, .offset = v->offset};
    Operand in = operand_array(s, &one);
    bool known;
    if (!status_ok(rt_element(&in, &known, &d.value)))
        return V_ERROR;
    if (known)
        return scalar_new(in.dtype, d.value);
    Store *cell;
    if (!status_ok(store_new(in.dtype, 0, NULL, &cell)))
        return V_ERROR;
    View whole = view_whole(0, NULL);
    Operand out = operand_array(cell, &whole);
    if (status_ok(rt_copy(&out, &in)))
        return scalar_future(cell);
    store_release(cell);
    return V_ERROR;
}

Value array_or_scalar(Value a)
{
    if (!is_array(a) || as_array(a)->view.ndim)
        return a;
    Value r = array_element(as_array(a)->store, &as_array(a)->view);
    release(a);
    return r;
}

void *array_fetch(Value a)
{
    const View *v = &as_array(a)->view;
    static const int64_t zero[NDIM_MAX];
    Operand in = array_operand(a);
    int64_t n = view_size(v) * dtype_size(in.dtype);
    void *data = xmalloc((size_t)(n ? n : 1));
    if (n == 0 || status_ok(rt_fetch(&in, zero, v->shape, data)))
        return data;
    free(data);
    return NULL;
}

Value element_to_python(DType t, const void *element)
{
    Scalar x;
    memset(&x, 0, sizeof x);
    memcpy(&x, element, (size_t)dtype_size(t));
    if (t == DT_FLOAT64)
        return v_float(x.f64);
    if (t == DT_BOOL)
        return v_bool(x.b);
    if (t == DT_UINT64)
        return int_from_u64(x.u64);
    if (dtype_is_integer(t))
        return v_int(dtype_cast(x, t, DT_INT64, NULL).i64);
    if (dtype_kind(t) == 'f')
        return v_float(dtype_cast(x, t, DT_FLOAT64, NULL).f64);
    x = dtype_cast(x, t, DT_COMPLEX128, NULL);
    return complex_new(x.c128.re, x.c128.im);
}

/* The one element of an array; false: exception, also when there are more (`what` then). */
static bool only_element(Value a, Type *exc, const char *what, Scalar *out)
{
    const View *v = &as_array(a)->view;
    if (view_size(v) != 1) {
        raise_fmt(exc, "%s", what);
        return false;
    }
    Operand in = array_operand(a);
    in.view = (View){.ndim = 0, .offset = v->offset};
    return status_ok(rt_value(&in, out));
}

static Value nested_list(const View *v, DType t, int axis, const char **at)
{
    if (axis == v->ndim) {
        Value x = element_to_python(t, *at);
        *at += dtype_size(t);
        return x;
    }
    Value l = list_new(v->shape[axis]);
    for (int64_t i = 0; i < v->shape[axis]; i++)
        list_push(l, nested_list(v, t, axis + 1, at));
    return l;
}

static Value array_tolist(Value a)
{
    const char *at = plain_peek(a);
    if (at)
        return nested_list(&as_array(a)->view, array_dtype(a), 0, &at);
    char *data = array_fetch(a);
    if (!data)
        return V_ERROR;
    at = data;
    Value r = nested_list(&as_array(a)->view, array_dtype(a), 0, &at);
    free(data);
    return r;
}

/* ------------------------------------------------------------------ type slots */

static void array_free(Object *o)
{
    Array *a = (Array *)o;
    store_release(a->store);
    release(a->base);
    release(a->part_of);
}

static int64_t array_len(Value a)
{
    const View *v = &as_array(a)->view;
    if (v->ndim)
        return v->shape[0];
    raise_fmt(&exc_TypeError, "len() of unsized object");
    return -1;
}

static int array_truth(Value a)
{
    Scalar x;
    int64_t n = view_size(&as_array(a)->view);
    const char *text = n ? "The truth value of an array with more than one element is ambiguous. "
                           "Use a.any() or a.all()"
                         : "The truth value of an empty array is ambiguous. Use `array.size > 0` "
                           "to check that an array is "
                           "not empty.";
    if (!only_element(a, &exc_ValueError, text, &x))
        return -1;
    return dtype_cast(x, array_dtype(a), DT_BOOL, NULL).b;
}

static bool number_of(Value a, Scalar *x)
{
    if (!only_element(a, &exc_TypeError, "only length-1 arrays can be converted to Python scalars",
                      x))
        return false;
    return !as_array(a)->view.ndim ||
           warn_fmt(&exc_DeprecationWarning, "Conversion of an array with ndim > 0 to a scalar is "
                                             "deprecated, and will error in future. Ensure you "
                                             "extract a single element from your array before "
                                             "performing this operation. (Deprecated NumPy 1.25.)");
}

static Value array_to_int(Value a)
{
    Scalar x;
    DType t = array_dtype(a);
    if (!number_of(a, &x))
        return V_ERROR;
    if (dtype_is_complex(t))
        return raise_fmt(
            &exc_TypeError,
            "int() argument must be a string, a bytes-like object or a real number, not 'complex'");
    if (dtype_kind(t) == 'f')
        return int_from_double(dtype_cast(x, t, DT_FLOAT64, NULL).f64);
    if (t == DT_BOOL)
        return v_int(x.b);
    return element_to_python(t, &x);
}

static Value array_to_float(Value a)
{
    Scalar x;
    DType t = array_dtype(a);
    if (!number_of(a, &x))
        return V_ERROR;
    if (dtype_is_complex(t))
        return raise_fmt(&exc_TypeError,
                         "float() argument must be a string or a real number, not 'complex'");
    return v_float(dtype_cast(x, t, DT_FLOAT64, NULL).f64);
}

static Value m_complex(Value *a, int n)
{
    Scalar x;
    if (!number_of(a[0], &x))
        return V_ERROR;
    x = dtype_cast(x, array_dtype(a[0]), DT_COMPLEX128, NULL);
    return complex_new(x.c128.re, x.c128.im);
}

static Value array_index(Value a)
{
    Scalar x;
    if (!dtype_is_integer(array_dtype(a)) || as_array(a)->view.ndim)
        return raise_fmt(&exc_TypeError,
                         "only integer scalar arrays can be converted to a scalar index");
    if (!only_element(a, &exc_TypeError, "", &x))
        return V_ERROR;
    return element_to_python(array_dtype(a), &x);
}

static Value array_format(Value a, Str *spec)
{
    if (as_array(a)->view.ndim == 0) {
        Value x = array_element(as_array(a)->store, &as_array(a)->view);
        Value r = v_is_error(x) ? x : op_format(x, spec);
        release(x);
        return r;
    }
    if (!spec || spec->n == 0)
        return op_str(a);
    return raise_fmt(&exc_TypeError, "unsupported format string passed to %T.__format__", a);
}

static int array_contains(Value a, Value x)
{
    Value same = array_compare(a, x, CMP_EQ);
    if (v_is_error(same))
        return -1;
    if (!is_array(same)) {
        int r = op_truth(same);
        release(same);
        return r;
    }
    uint32_t all = (1u << as_array(same)->view.ndim) - 1;
    Store *s;
    int r = -1;
    if (status_ok(store_new(DT_BOOL, 0, NULL, &s))) {
        View v = view_whole(0, NULL);
        Operand out = operand_array(s, &v), in = array_operand(same);
        Scalar any;
        if (status_ok(rt_fold(FOLD_ANY, &in, all, DT_BOOL, &out, NULL, NULL)) &&
            status_ok(rt_value(&out, &any)))
            r = any.b;
        store_release(s);
    }
    release(same);
    return r;
}

/* ------------------------------------------------------------------- iteration */

typedef struct ArrayIter {
    Object ob;
    Value array;
    int64_t i;
} ArrayIter;

static void iter_free(Object *o)
{
    release(((ArrayIter *)o)->array);
}

static Value iter_self(Value v)
{
    return retain(v);
}

static Value array_row(Value a, int64_t i)
{
    array_refresh(a);
    View v = view_index(&as_array(a)->view, 0, i);
    return v.ndim ? array_view(a, &v) : array_element(as_array(a)->store, &v);
}

static Value iter_next(Value it)
{
    ArrayIter *i = (ArrayIter *)it.o;
    if (v_is_undef(i->array))
        return V_UNDEF;
    if (i->i < as_array(i->array)->view.shape[0])
        return array_row(i->array, i->i++);
    slot_set(&i->array, V_UNDEF);
    return V_UNDEF;
}

static Type type_array_iter = {
    .name = "iterator",
    .size = sizeof(ArrayIter),
    .flags = TYPE_ABSTRACT,
    .free = iter_free,
    .iter = iter_self,
    .next = iter_next,
};

static Value array_iter(Value a)
{
    if (!as_array(a)->view.ndim)
        return raise_fmt(&exc_TypeError, "iteration over a 0-d array");
    ArrayIter *i = object_new(&type_array_iter);
    i->array = retain(a);
    return v_obj(i);
}

/* ------------------------------------------------------------------ attributes */

Value shape_value(int ndim, const int64_t shape[])
{
    Value t = tuple_new(ndim);
    for (int k = 0; k < ndim; k++)
        as_tuple(t)->at[k] = v_int(shape[k]);
    return t;
}

Value array_get_shape(Value a)
{
    return shape_value(as_array(a)->view.ndim, as_array(a)->view.shape);
}

static bool set_shape(Value a, Value x)
{
    Value args[2] = {a, x};
    Value r = op_call_method(a, "reshape", args + 1, 1);
    if (v_is_error(r))
        return false;
    Array *o = as_array(a), *n = as_array(r);
    bool same = n->store == o->store;
    if (same)
        o->view = n->view;
    else
        raise_fmt(&exc_AttributeError, "Incompatible shape for in-place modification. Use "
                                       "`.reshape()` to make a copy with the "
                                       "desired shape.");
    release(r);
    return same;
}

Value array_get_ndim(Value a)
{
    return v_int(as_array(a)->view.ndim);
}
Value array_get_size(Value a)
{
    return v_int(view_size(&as_array(a)->view));
}
static Value get_itemsize(Value a)
{
    return v_int(dtype_size(array_dtype(a)));
}
static Value get_nbytes(Value a)
{
    return v_int(view_size(&as_array(a)->view) * dtype_size(array_dtype(a)));
}
static Value get_dtype(Value a)
{
    return retain(dtype_object(array_dtype(a)));
}

static Value get_strides(Value a)
{
    const View *v = &as_array(a)->view;
    int64_t bytes[NDIM_MAX];
    bool hollow =
        view_size(v) == 0 && v_is_undef(as_array(a)->base); /* NumPy gives such arrays no strides */
    for (int k = 0; k < v->ndim; k++)
        bytes[k] = hollow ? 0 : v->stride[k] * dtype_size(array_dtype(a));
    return shape_value(v->ndim, bytes);
}

static Value get_T(Value a)
{
    const View *v = &as_array(a)->view;
    int perm[NDIM_MAX];
    for (int k = 0; k < v->ndim; k++)
        perm[k] = v->ndim - 1 - k;
    View t = view_transpose(v, perm);
    return array_view(a, &t);
}

static Value get_mT(Value a)
{
    const View *v = &as_array(a)->view;
    int perm[NDIM_MAX];
    if (v->ndim < 2)
        return raise_fmt(&exc_ValueError, "matrix transpose with ndim < 2 is undefined");
    for (int k = 0; k < v->ndim; k++)
        perm[k] = k;
    perm[v->ndim - 1] = v->ndim - 2;
    perm[v->ndim - 2] = v->ndim - 1;
    View t = view_transpose(v, perm);
    return array_view(a, &t);
}

static Value get_base(Value a)
{
    const Array *o = as_array(a);
    if (!v_is_undef(o->part_of))
        return get_base(o->part_of).tag == TAG_NONE ? retain(o->part_of) : get_base(o->part_of);
    return v_is_undef(o->base) ? V_NONE : retain(o->base);
}

static Value get_priority(Value a)
{
    return v_float(0.0);
}
static Value get_device(Value a)
{
    return str_new("cpu");
}

#define LACKING(fn, what)                                                                          \
    static Value fn(Value a)                                                                       \
    {                                                                                              \
        return raise_unsupported("numpy.ndarray." what, "NumPy");                                  \
    }
LACKING(get_data, "data")
LACKING(get_ctypes, "ctypes")
LACKING(get_interface, "__array_interface__")

static bool set_lacking_dtype(Value a, Value x)
{
    raise_unsupported("setting numpy.ndarray.dtype", "NumPy");
    return false;
}
static bool set_lacking_strides(Value a, Value x)
{
    raise_unsupported("setting numpy.ndarray.strides", "NumPy");
    return false;
}

static const GetSetDef array_getsets[] = {
    {"shape", array_get_shape, set_shape, "Tuple of the array's lengths along its axes."},
    {"ndim", array_get_ndim, NULL, "Number of axes."},
    {"size", array_get_size, NULL, "Number of elements."},
    {"itemsize", get_itemsize, NULL, "Bytes of one element."},
    {"nbytes", get_nbytes, NULL, "Bytes of all elements."},
    {"dtype", get_dtype, set_lacking_dtype, "Type of the elements."},
    {"strides", get_strides, set_lacking_strides, "Bytes between neighbours along each axis."},
    {"T", get_T, NULL, "The array with its axes reversed; a view."},
    {"mT", get_mT, NULL, "The array with its last two axes exchanged; a view."},
    {"flat", array_get_flat, array_set_flat, "The elements in C order."},
    {"real", array_get_real, array_set_real, "The real part."},
    {"imag", array_get_imag, array_set_imag, "The imaginary part."},
    {"base", get_base, NULL, "The array whose memory this one shows, or None."},
    {"flags", array_get_flags, NULL, "Layout and ownership of the memory."},
    {"data", get_data, NULL, NULL},
    {"ctypes", get_ctypes, NULL, NULL},
    {"device", get_device, NULL, NULL},
    {"__array_interface__", get_interface, NULL, NULL},
    {"__array_struct__", get_interface, NULL, NULL},
    {"__array_priority__", get_priority, NULL, NULL},
    {0},
};

/* --------------------------------------------------------------------- methods */

static Value m_copy(Value *a, int n)
{
    char order = 'C';
    return order_from_value(a[1], &order) ? array_copy(a[0], order) : V_ERROR;
}

static Value m_plain_copy(Value *a, int n)
{
    return array_copy(a[0], 'K');
}

static Value m_astype(Value *a, int n)
{
    DType t;
    char order = 'K';
    Casting rule = CAST_UNSAFE;
    if (!dtype_from_value(a[1], &t) || !order_from_value(a[2], &order) ||
        !casting_from_value(a[3], &rule))
        return V_ERROR;
    int copy = op_truth(a[5]);
    if (copy < 0)
        return V_ERROR;
    return array_astype(a[0], t == DT_NONE ? DT_FLOAT64 : t, order, rule, copy);
}

static Value m_view(Value *a, int n)
{
    if (!v_is_undef(a[2]) || (!v_is_undef(a[1]) && op_same(a[1], v_obj(&type_ndarray)))) {
        if (v_is_undef(a[2]) || op_same(a[2], v_obj(&type_ndarray)))
            return array_view(a[0], &as_array(a[0])->view);
        return raise_unsupported("numpy.ndarray.view to another class", "NumPy");
    }
    DType t = DT_NONE;
    if (!v_is_undef(a[1]) && !dtype_from_value(a[1], &t))
        return V_ERROR;
    if (t == DT_NONE || t == array_dtype(a[0]))
        return array_view(a[0], &as_array(a[0])->view);
    return raise_unsupported("numpy.ndarray.view to another dtype", "NumPy");
}

static Value m_item(Value *a, int n)
{
    Tuple *args = as_tuple(a[1]);
    const View *v = &as_array(a[0])->view;
    Scalar x;
    if (args->n == 1 && is_tuple(args->at[0]))
        args = as_tuple(args->at[0]);
    if (args->n == 0) {
        if (!only_element(a[0], &exc_ValueError,
                          "can only convert an array of size 1 to a Python scalar", &x))
            return V_ERROR;
        return element_to_python(array_dtype(a[0]), &x);
    }
    if (args->n != 1 && args->n != v->ndim)
        return raise_fmt(&exc_ValueError, "incorrect number of indices for array");
    int64_t linear = 0;
    for (int64_t k = 0; k < args->n; k++) {
        int64_t i, size = args->n == 1 ? view_size(v) : v->shape[k];
        if (!op_as_int64(args->at[k], &i))
            return V_ERROR;
        if ((i < -size || i >= size) && args->n == 1 && v->ndim != 1)
            return raise_fmt(&exc_IndexError, "index %lld is out of bounds for size %lld",
                             (long long)i, (long long)size);
        if (i < -size || i >= size)
            return raise_fmt(&exc_IndexError,
                             "index %lld is out of bounds for axis %lld with size %lld",
                             (long long)i, (long long)k, (long long)size);
        linear = linear * size + (i < 0 ? i + size : i);
    }
    Value e = array_flat_element(a[0], linear);
    if (v_is_error(e) || !scalar_force(e, &x)) {
        release(e);
        return V_ERROR;
    }
    release(e);
    return element_to_python(array_dtype(a[0]), &x);
}

static Value m_tolist(Value *a, int n)
{
    return array_tolist(a[0]);
}

static Value m_fill(Value *a, int n)
{
    Scalar x;
    DType t = array_dtype(a[0]);
    if (!array_check_writable(a[0]) || !element_store_value(a[1], t, &x, NULL))
        return V_ERROR;
    Operand out = array_operand(a[0]), in = operand_const(t, x);
    return status_ok(rt_copy(&out, &in)) && array_part_write(a[0]) ? V_NONE : V_ERROR;
}

static Value m_setflags(Value *a, int n)
{
    if (v_is_none(a[1]))
        return V_NONE;
    int on = op_truth(a[1]);
    return on >= 0 && array_set_writeable(a[0], on) ? V_NONE : V_ERROR;
}

static Value m_array(Value *a, int n)
{
    DType t = DT_NONE;
    if (!dtype_from_value(a[1], &t))
        return V_ERROR;
    if (t == DT_NONE || t == array_dtype(a[0]))
        return retain(a[0]);
    return array_astype(a[0], t, 'K', CAST_UNSAFE, true);
}

const NativeDef ndarray_methods_array[] = {
    {"copy", "npy: self, order='C'", m_copy, "A copy of the array."},
    {"__copy__", "self, /", m_plain_copy, NULL},
    {"__deepcopy__", "self, memo, /", m_plain_copy, NULL},
    {"astype", "npy: self, dtype, order='K', casting='unsafe', subok=True, copy=True", m_astype,
     "The elements cast to a type."},
    {"view", "npy: self, dtype=?, type=?", m_view, "A new array on the same memory."},
    {"item", "vararg: self, *args", m_item, "An element as a Python number."},
    {"tolist", "vararg: self, /", m_tolist, "The elements as nested lists of Python numbers."},
    {"fill", "vararg: self, value, /", m_fill, "Assign one value to all elements."},
    {"setflags", "self, write=None, align=None, uic=None", m_setflags,
     "Set whether the array may be written."},
    {"__array__", "self, dtype=None, copy=None", m_array, NULL},
    {"__complex__", "self, /", m_complex, NULL},
    {0},
};

/* ------------------------------------------------------------------------ type */

/* Names that NumPy's arrays have and these lack. */
static bool known_attribute(const Str *name)
{
    static const char *const names[] = {
#define NP_NDARRAY(name) #name,
#include "stdlib/numpy/names.def"
#undef NP_NDARRAY
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equals(name, names[i]))
            return true;
    return false;
}

bool raise_removed(const Str *name, bool scalar)
{
    static const struct {
        const char *name, *array, *scalar;
    } gone[] = {
        {"ptp", "Use np.ptp(arr, ...) instead.",
         " For a scalar, the range of values always equals 0."},
        {"itemset", "Use `arr[index] = value` instead.", NULL},
        {"newbyteorder", "Use `arr.view(arr.dtype.newbyteorder(order))` instead.",
         " Use `sc.view(sc.dtype.newbyteorder(order))` instead."},
    };
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        if (!str_equals(name, gone[i].name))
            continue;
        if (!scalar)
            raise_fmt(&exc_AttributeError,
                      "`%U` was removed from the ndarray class in NumPy 2.0. %s", name,
                      gone[i].array);
        else if (gone[i].scalar)
            raise_fmt(&exc_AttributeError, "`%U` was removed from scalar types in NumPy 2.0.%s",
                      name, gone[i].scalar);
        else
            raise_fmt(
                &exc_AttributeError,
                "`%U` was removed from scalar types in NumPy 2.0 because scalars are immutable.",
                name);
        return true;
    }
    return false;
}

static Value array_getattr(Value v, Str *name)
{
    if (raise_removed(name, false))
        return V_ERROR;
    if (v_is_undef(type_lookup(&type_ndarray, name)) && known_attribute(name)) {
        Value what = str_fmt("numpy.ndarray.%U", name);
        raise_unsupported(str_cstr(what), "NumPy");
        release(what);
        return V_ERROR;
    }
    return object_getattr_generic(v, name);
}

static Value array_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {
        "ndarray", "shape, dtype=None, buffer=None, offset=0, strides=None, order=None", NULL,
        NULL};
    Value s[6];
    if (!signature_bind(signature_of(&def), NULL, "ndarray", args, nargs, kwnames, s))
        return V_ERROR;
    int ndim;
    int64_t shape[NDIM_MAX];
    DType t;
    Value r = V_ERROR;
    if (!v_is_none(s[2]) || !v_is_none(s[4]))
        raise_unsupported("numpy.ndarray on a buffer", "NumPy");
    else if (shape_from_value(s[0], &ndim, shape) && dtype_from_value(s[1], &t))
        r = array_new(t == DT_NONE ? DT_FLOAT64 : t, ndim, shape);
    for (int k = 0; k < 6; k++)
        release(s[k]);
    return r;
}

Type type_ndarray = {
    .name = "ndarray",
    .module = "numpy",
    .size = sizeof(Array),
    .flags = TYPE_ARRAY | TYPE_LENDS,
    .doc = "A multi-dimensional array of numbers of one type.",
    .methods = ndarray_methods_array,
    .getsets = array_getsets,
    .free = array_free,
    .repr = ndarray_repr,
    .str = ndarray_str,
    .compare = array_compare,
    .getattr = array_getattr,
    .iter = array_iter,
    .len = array_len,
    .getitem = array_getitem,
    .setitem = array_setitem,
    .contains = array_contains,
    .binary = array_binary,
    .inplace = array_inplace,
    .unary = array_unary,
    .truth = array_truth,
    .index = array_index,
    .to_int = array_to_int,
    .to_float = array_to_float,
    .format = array_format,
    .make = array_make,
};

static void add_methods(const NativeDef *defs)
{
    for (; defs->name; defs++)
        type_add(&type_ndarray, defs->name, native_new(defs, &type_ndarray, 0));
}

void array_init(void)
{
    type_ready(&type_array_iter);
    type_ready(&type_flatiter);
    type_ready(&type_flagsobj);
    type_ready(&type_ndarray);
    add_methods(ndarray_methods_manipulate);
    add_methods(ndarray_methods_joining);
    add_methods(ndarray_methods_index);
    add_methods(ndarray_methods_reduce);
    add_methods(ndarray_methods_io);
}
