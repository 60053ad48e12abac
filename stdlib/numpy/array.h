/* array.h -- ndarray, NumPy scalars and futures as language values, and what every numpy family
 * shares.  Replicated.
 *
 * Kinds that must not be confused (DESIGN 3): Python scalars are *weak* in promotion; NumPy scalars
 * (NpScalar) are *strong*, immutable, and have ndarray's attributes; 0-d arrays are stores; a
 * *future* is an NpScalar whose value is still pending in a 0-d store: its dtype is known,
 * arithmetic on it stays deferred, and truth, hash, index, format, float() observe it.
 */
#ifndef STDLIB_NUMPY_ARRAY_H
#define STDLIB_NUMPY_ARRAY_H

#include "interp/value.h"
#include "runtime/runtime.h"

/* An array: a view on a store.  `base` is the array that owns the memory as .base shows it
 * (undefined: itself). */
typedef struct Array {
    Object ob;
    Store *store;
    Value base;
    Value part_of; /* z of z.real or z.imag on a complex z: this array's store is a copy, brought up
                      to date by array_refresh */
    bool part_imag, readonly;
    View view; /* last: axes beyond its ndim are never cleared */
} Array;

typedef struct NpScalar {
    Object ob;
    Scalar
        value; /* first, where a float keeps its double and a complex its two: float64 is a float */
    Store *pending; /* a future: 0-d store that will hold the value; NULL once known */
    DType dtype;
} NpScalar;

typedef struct DTypeObject {
    Object ob;
    DType dtype;
} DTypeObject;

extern Type type_ndarray, type_dtype, type_ufunc, type_flatiter, type_flagsobj;
extern Type type_generic, type_number, type_integer, type_signedinteger, type_unsignedinteger,
    type_inexact, type_floating, type_complexfloating;
extern Type type_npscalar[DT_COUNT]; /* np.bool ... np.complex128; float64 is also a float,
                                        complex128 a complex */

static inline Array *as_array(Value v)
{
    return (Array *)v.o;
}
static inline NpScalar *as_npscalar(Value v)
{
    return (NpScalar *)v.o;
}
static inline bool is_array(Value v)
{
    return v.tag == TAG_OBJ && v.o->type == &type_ndarray;
}
static inline bool is_npscalar(Value v) /* future included */
{
    return v.tag == TAG_OBJ && v.o->type >= type_npscalar && v.o->type < type_npscalar + DT_COUNT;
}
static inline DType array_dtype(Value a)
{
    return store_dtype(as_array(a)->store);
}

/* *to = *from, the axes in use alone. */
static inline void view_set(View *to, const View *from)
{
    to->ndim = from->ndim;
    to->offset = from->offset;
    for (int d = 0; d < from->ndim; d++) {
        to->shape[d] = from->shape[d];
        to->stride[d] = from->stride[d];
    }
}

/* The values of a part from the complex array it belongs to; for all others nothing. */
void array_part_refresh(Value a);
static inline void array_refresh(Value a)
{
    if (a.tag == TAG_OBJ && as_array(a)->part_of.tag == TAG_OBJ)
        array_part_refresh(a);
}
/* The real or imaginary part of a complex array (taken). */
Value array_part_of(Value z, bool imag);
/* And back: a's values become the part; false: exception. */
bool array_part_write(Value a);
/* The array as a statement's operand; borrows. */
static inline Operand array_operand(Value a)
{
    array_refresh(a);
    return operand_array(as_array(a)->store, &as_array(a)->view);
}
/* True for OK; else the exception is set. */
static inline bool status_ok(Status s)
{
    if (s == OK)
        return true;
    raise_status(s);
    return false;
}

/* ---- array.c: objects ---- */
/* A view on a's memory: base and read-only are inherited. */
Value array_view(Value a, const View *v);
bool array_is_readonly(Value a);    /* a part is what its complex array is */
bool array_check_writable(Value a); /* ValueError "assignment destination is read-only" */
/* a, or, when it has no axes, its element as a scalar (takes a): what NumPy's functions return. */
Value array_or_scalar(Value a);
/* Host bytes of the whole array, C order, malloc'ed; NULL: exception. Observes. */
void *array_fetch(Value a);
/* `a.reshape(shape)` for a complete shape: a view where NumPy makes one, else a copy. */
Value array_reshape(Value a, int ndim, const int64_t shape[]);
/* A shape as a tuple; shape_put writes it as NumPy's messages do: "(2,3)", "(2,)". */
void shape_put(Buf *b, int ndim, const int64_t shape[]);
Value shape_value(int ndim, const int64_t shape[]);
Value array_new(DType t, int ndim, const int64_t shape[]); /* C order, zeros */
/* Result of an element-wise operation over n operands of one shape: axes laid out in NumPy's K
 * order. */
Value array_new_like(DType t, int ndim, const int64_t shape[], int n, const View *const v[]);
/* Axes laid out in memory as `order` lists them, outermost first. */
Value array_new_ordered(DType t, int ndim, const int64_t shape[], const int order[]);
Value array_of(Store *s /* taken */, const View *v, Value base /* retained or V_UNDEF */);
Value array_copy(Value a, char order /* 'C' 'F' 'A' 'K' */);
Value array_astype(Value a, DType t, char order, Casting rule, bool copy);
Value scalar_new(DType t, Scalar x);
Value scalar_future(Store *s /* taken: 0-d */);
bool scalar_force(Value s, Scalar *out); /* observes a future; false: exception */
/* The element of a one-element array as an NpScalar: plain when the store is ready (DESIGN 3), else
 * a future. */
Value array_element(Store *s, const View *v);
Value dtype_object(DType t); /* borrowed, one per type */

/* Attributes as Python values. */
Value array_get_ndim(Value a);
Value array_get_shape(Value a);
Value array_get_size(Value a);

/* ---- convert.c: from Python values ---- */
/* np.asarray: arrays as they are (retained), scalars, nested sequences (NumPy's discovery rules and
 * errors; ragged: "setting an array element with a sequence. The requested array has an
 * inhomogeneous shape after 1 dimensions. ..."). DT_NONE: discovered. */
Value array_from_value(Value v, DType want, int ndmin, bool copy);
/* np.asarray(v); v borrowed. */
static inline Value array_asarray(Value v)
{
    return array_from_value(v, DT_NONE, 0, false);
}
/* One operand of an operation.  Arrays and futures become store operands, NumPy and Python scalars
 * constants (weak: a Python int, float, complex or bool under NEP 50; the int itself is kept in
 * *weak_int for range checks when it is one). Lists and tuples are converted. */
typedef enum Weak { WEAK_NO, WEAK_BOOL, WEAK_INT, WEAK_FLOAT, WEAK_COMPLEX } Weak;
typedef struct Arg {
    Value held; /* keeps the converted array alive; release with arg_fini */
    Operand op; /* op.view unbroadcast; ndim 0 for scalars; constant of the weak kind's default
                   dtype when weak */
    Weak weak;
    Value weak_value; /* borrowed */
    bool is_array; /* ndarray (0-d included), not a scalar: decides whether a 0-d result is an array
                      or a scalar */
} Arg;
bool arg_from_value(Value v, Arg *out);
void arg_fini(Arg *a);
/* A weak Python int as a constant of dtype t: OverflowError "Python integer 300 out of bounds for
 * uint8". */
bool weak_to_const(Value v, DType t, Scalar *out);
/* A Python or NumPy scalar, 0-d array or future as an element of type t, by the rules of
 * assignment.  *sequence (may be NULL) is set when v is no scalar, then no exception is. */
bool element_from_value(Value v, DType t, Scalar *out, bool *sequence);
/* The same where one element is stored: a signed integer type takes no NumPy number out of its
 * range (elsewhere such a number is cast).  element_is_checked: v may be one, so that a future's
 * value must be known. */
bool element_store_value(Value v, DType t, Scalar *out, bool *sequence);
bool element_is_checked(Value v, DType t);
/* The element as Python's bool, int, float or complex. */
Value element_to_python(DType t, const void *element);
/* ptp, itemset and newbyteorder, which NumPy 2 took away with words of its own: AttributeError and
 * true. */
bool raise_removed(const Str *name, bool scalar);
/* Type of a Python or NumPy scalar on its own; DT_NONE when it is none. */
DType scalar_dtype(Value v);
/* An option that cnx lacks: false and Unsupported unless v is undefined, None or equal to what it
 * is by default. */
bool option_absent(Value v, const char *what);
bool casting_from_value(Value v, Casting *out);
bool order_from_value(Value v, char *out); /* 'C' 'F' 'A' 'K'; undefined and None leave it */
bool dtype_from_value(
    Value v,
    DType *out); /* dtype objects, types (float, int, bool, np.float32), strings; None: DT_NONE */
bool shape_from_value(Value v, int *ndim, int64_t shape[]);
bool ints_from_value(Value v, int *ndim, int64_t shape[]); /* counts or axes: truth values too */
/* The error of np.broadcast_arrays for shapes that do not fit. */
Value raise_mismatch(int n, const int ndim[], const int64_t *const shape[]);
Value mask_from_value(Value where); /* an array of bool */
/* One length; ValueError when no dimension can be so long. */
bool extent_from_value(Value v, int64_t *out);
/* An axis, or several different ones in a sequence, as NumPy's functions written in Python take
 * them; `what` (or NULL) names the argument in errors. */
bool axes_listed_as(const char *what, Value v, int ndim, int out[], int *n);
bool axis_from_value(Value v, int ndim,
                     int *axis); /* AxisError "axis 2 is out of bounds for array of dimension 2" */
bool axes_from_value(
    Value v, int ndim,
    uint32_t *mask); /* None: all; int or tuple; ValueError "duplicate value in 'axis'" */
bool broadcast_shapes(int n, const int ndim[], const int64_t *const shape[], int *out_ndim,
                      int64_t out[]);
/* "operands could not be broadcast together with shapes (3,3) (4,3) " */
Value raise_broadcast(int n, const Arg args[]);

/* ---- ufunc.c ---- */
/* Call of a ufunc by op code with NumPy's semantics: promotion, out=, where=, casting, dtype=;
 * V_UNDEF for what is absent. */
Value ufunc_call(OpCode op, int nin, const Value in[], Value out, Value where, Value dtype,
                 const char *casting);
Value array_binary(Value a, Value b, BinOp op); /* type slots of ndarray and generic */
Value array_inplace(Value a, Value b, BinOp op);
Value array_compare(Value a, Value b, CmpOp op);
Value array_unary(Value a, UnOp op);

/* ---- joining.c: slices along one axis ---- */
/* r[start : start + n along axis] = x, which has that shape or broadcasts to it. */
bool array_put_slice(Value r, int axis, int64_t start, int64_t n, Value x);
Value array_get_slice(Value a, int axis, int64_t start, int64_t n); /* a view */
/* The key (:, :, ..., index); index taken. */
Value array_axis_key(int axis, Value index);
/* a[(:, ..., index)] in C order; both taken. */
Value array_choose(Value a, int axis, Value index);

/* ---- parts.c ---- */
Value array_get_real(Value a);
Value array_get_imag(Value a);
bool array_set_real(Value a, Value x);
bool array_set_imag(Value a, Value x);

/* ---- flatiter.c: a.flat and a.flags ---- */
Value array_get_flat(Value a);
bool array_set_flat(Value a, Value x);
Value array_flat_element(Value a, int64_t i);
Value array_get_flags(Value a);
bool array_set_writeable(Value a, bool on);

/* ---- index.c ---- */
Value array_getitem(Value a, Value key);
bool array_setitem(Value a, Value key, Value x);
/* a[...] = x for any x that can be assigned (NumPy's errors). */
bool array_assign(Value a, Value x);

/* ---- reduce.c ---- */
Value array_reduce(FoldOp op, Value a, Value axis, DType dtype, Value out, bool keepdims,
                   Value initial, Value where);

/* ---- print glue (io.c) ---- */
Value ndarray_repr(Value a); /* array_repr, array_str are print.h's */
Value ndarray_str(Value a);

/* Each family adds its functions to module numpy and its methods to type_ndarray. */
extern const NativeDef numpy_creation[], numpy_matrices[], numpy_manipulate[], numpy_index[],
    numpy_ufunc[], numpy_reduce[], numpy_sort[], numpy_linalg[], numpy_io[], numpy_misc[];
extern const NativeDef numpy_dtype[], numpy_array[], numpy_joining[], numpy_editing[];
extern const NativeDef ndarray_methods_array[], ndarray_methods_joining[];
/* Types and attributes of the array, scalar and dtype objects; once. */
void array_init(void);
void scalar_init(void);
void dtypeobj_init(void);
void dtypeobj_add(Value module); /* finfo, iinfo */
extern const NativeDef ndarray_methods_manipulate[], ndarray_methods_reduce[], ndarray_methods_io[],
    ndarray_methods_index[];

#endif
