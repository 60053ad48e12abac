/* flatiter.c -- a.flat and a.flags.  Replicated.
 *
 * Both are small objects that hold the array.  Reading through a.flat never copies more than is
 * asked for; writing through it works on a C-ordered copy that is stored back.
 */
#include "stdlib/numpy/array.h"

#include "interp/containers.h"
#include "interp/objects.h"

/* ----------------------------------------------------------------- a.flat */

typedef struct FlatIter {
    Object ob;
    Value array;
    int64_t i;
} FlatIter;

Value array_flat_element(Value a, int64_t i)
{
    array_refresh(a);
    View v = as_array(a)->view;
    for (int k = v.ndim - 1; k >= 0; k--) {
        int64_t n = v.shape[k];
        v.offset += i % n * v.stride[k];
        i /= n;
    }
    v.ndim = 0;
    return array_element(as_array(a)->store, &v);
}

static void flat_free(Object *o)
{
    release(((FlatIter *)o)->array);
}

static Value flat_self(Value v)
{
    return retain(v);
}

static Value flat_next(Value it)
{
    FlatIter *f = (FlatIter *)it.o;
    if (f->i >= view_size(&as_array(f->array)->view))
        return V_UNDEF;
    return array_flat_element(f->array, f->i++);
}

static int64_t flat_len(Value it)
{
    return view_size(&as_array(((FlatIter *)it.o)->array)->view);
}

static Value flat_copy(Value a)
{
    int64_t n = view_size(&as_array(a)->view);
    Value c = array_copy(a, 'C');
    if (v_is_error(c))
        return c;
    View v = view_whole(1, &n);
    Value r = array_of(store_retain(as_array(c)->store), &v, V_UNDEF);
    release(c);
    return r;
}

static bool flat_bounds(Value key, int64_t n, int64_t *i, const char *of)
{
    if (!op_as_int64(key, i))
        return false;
    if (*i < -n || *i >= n) {
        raise_fmt(&exc_IndexError, "index %lld is out of bounds for %ssize %lld", (long long)*i, of,
                  (long long)n);
        return false;
    }
    *i += *i < 0 ? n : 0;
    return true;
}

static bool is_plain_int(Value key)
{
    return key.tag == TAG_INT || (is_npscalar(key) && dtype_is_integer(as_npscalar(key)->dtype));
}

static bool flat_key(Value key)
{
    bool fine = is_exact(key, &type_slice) || key.tag == TAG_BOOL || is_list(key) ||
                is_array(key) || key.tag == TAG_ELLIPSIS;
    if (!fine)
        raise_fmt(&exc_IndexError, "unsupported iterator index");
    return fine;
}

/* An index out of bounds is told without an axis. */
static void flat_reword(void)
{
    if (!error_matches(&exc_IndexError))
        return;
    Value e = error_take(), text = op_str(e);
    const char *said = str_cstr(text), *axis = strstr(said, "axis 0 with ");
    if (axis)
        raise_fmt(&exc_IndexError, "%.*s%s", (int)(axis - said), said, axis + 12);
    else
        raise_value(retain(e));
    release(text);
    release(e);
}

static Value flat_getitem(Value it, Value key)
{
    Value a = ((FlatIter *)it.o)->array;
    int64_t i;
    if (is_plain_int(key))
        return flat_bounds(key, flat_len(it), &i, "axis 0 with ") ? array_flat_element(a, i)
                                                                  : V_ERROR;
    Value c = flat_key(key) ? flat_copy(a) : V_ERROR;
    Value part = v_is_error(c) ? c : array_getitem(c, key);
    if (!v_is_error(c) && v_is_error(part))
        flat_reword();
    release(c);
    if (!is_array(part) || v_is_undef(as_array(part)->base))
        return part;
    Value r = array_copy(part, 'C');
    release(part);
    return r;
}

/* x repeated to n elements, 1-D. */
static Value cycled(Value x, DType t, int64_t n)
{
    Value v = array_from_value(x, DT_NONE, 1, false);
    if (v_is_error(v))
        return v;
    Value flat = flat_copy(v);
    release(v);
    if (v_is_error(flat))
        return flat;
    int64_t m = view_size(&as_array(flat)->view);
    Value r = array_new(t, 1, &n);
    bool ok = !v_is_error(r);
    for (int64_t at = 0; ok && m && at < n; at += m) {
        Operand out = array_operand(r), in = array_operand(flat);
        int64_t k = int64_min(m, n - at);
        out.view = view_slice(&out.view, 0, at, 1, k);
        in.view = view_slice(&in.view, 0, 0, 1, k);
        ok = status_ok(rt_copy(&out, &in));
    }
    release(flat);
    if (ok)
        return r;
    release(r);
    return V_ERROR;
}

/* a's elements in C order become the 1-D array's. */
static bool flat_store(Value a, Value flat)
{
    const View *v = &as_array(a)->view;
    Operand out = array_operand(a), in = array_operand(flat);
    bool fits = view_reshape(&in.view, v->ndim, v->shape, &in.view);
    ASSERT(fits, "ndim=%d", v->ndim);
    return status_ok(rt_copy(&out, &in)) && array_part_write(a);
}

static bool flat_assign(Value a, Value x)
{
    if (!array_check_writable(a))
        return false;
    DType t = array_dtype(a);
    if (is_array(x) && dtype_is_complex(array_dtype(x)) && !dtype_is_complex(t) && t != DT_BOOL &&
        !warn_fmt(&exc_ComplexWarning,
                  "Casting complex values to real discards the imaginary part"))
        return false;
    Value flat = cycled(x, array_dtype(a), view_size(&as_array(a)->view));
    bool ok = !v_is_error(flat) && flat_store(a, flat);
    release(flat);
    return ok;
}

static bool flat_setitem(Value it, Value key, Value x)
{
    Value a = ((FlatIter *)it.o)->array;
    if (v_is_undef(x)) {
        raise_fmt(&exc_TypeError, "Cannot delete iterator elements");
        return false;
    }
    int64_t i;
    if (!array_check_writable(a) || (is_plain_int(key) && !flat_bounds(key, flat_len(it), &i, "")))
        return false;
    if (!is_plain_int(key) && !flat_key(key))
        return false;
    Value flat = flat_copy(a);
    if (v_is_error(flat))
        return false;
    bool ok;
    if (is_exact(key, &type_slice)) {
        int64_t start, stop, step, count;
        ok = slice_indices(key, flat_len(it), &start, &stop, &step, &count);
        Value part = ok ? cycled(x, array_dtype(a), count) : V_ERROR;
        ok = !v_is_error(part) && array_setitem(flat, key, part);
        release(part);
    } else if (is_plain_int(key) &&
               (is_list(x) || is_tuple(x) || (is_array(x) && view_size(&as_array(x)->view) != 1))) {
        raise_fmt(&exc_ValueError, "Error setting single item of array.");
        ok = false;
    } else {
        ok = array_setitem(flat, key, x);
        if (!ok)
            flat_reword();
    }
    ok = ok && flat_store(a, flat);
    release(flat);
    return ok;
}

static Value flat_get_base(Value it)
{
    return retain(((FlatIter *)it.o)->array);
}
static Value flat_get_index(Value it)
{
    return v_int(((FlatIter *)it.o)->i);
}
static Value flat_get_coords(Value it)
{
    FlatIter *f = (FlatIter *)it.o;
    const View *v = &as_array(f->array)->view;
    Value t = tuple_new(v->ndim);
    int64_t rest = f->i;
    for (int d = v->ndim - 1; d >= 0; d--) { /* the first axis takes what is over at the end */
        bool first = d == 0;
        int64_t n = v->shape[d];
        as_tuple(t)->at[d] = v_int(first || !n ? rest : rest % n);
        rest = n ? rest / n : 0;
    }
    return t;
}
static Value flat_m_copy(Value *a, int n)
{
    return flat_copy(((FlatIter *)a[0].o)->array);
}
static const NativeDef flat_methods[] = {
    {"copy", "self, /", flat_m_copy, "A 1-D copy of the elements."},
    {"__array__", "self, /", flat_m_copy, NULL},
    {0},
};
static const GetSetDef flat_getsets[] = {
    {"base", flat_get_base, NULL, NULL},
    {"index", flat_get_index, NULL, NULL},
    {"coords", flat_get_coords, NULL, NULL},
    {0},
};
Type type_flatiter = {
    .name = "flatiter",
    .module = "numpy",
    .size = sizeof(FlatIter),
    .flags = TYPE_ABSTRACT,
    .free = flat_free,
    .iter = flat_self,
    .next = flat_next,
    .len = flat_len,
    .getitem = flat_getitem,
    .setitem = flat_setitem,
    .methods = flat_methods,
    .getsets = flat_getsets,
};

Value array_get_flat(Value a)
{
    FlatIter *f = object_new(&type_flatiter);
    f->array = retain(a);
    return v_obj(f);
}
bool array_set_flat(Value a, Value x)
{
    return flat_assign(a, x);
}

/* ---------------------------------------------------------------- a.flags */

typedef struct FlagsObject {
    Object ob;
    Value array;
} FlagsObject;

static void flags_free(Object *o)
{
    release(((FlagsObject *)o)->array);
}

enum FlagBit {
    F_C,
    F_F,
    F_OWN,
    F_WRITE,
    F_ALIGNED,
    F_BACK,
    F_FNC,
    F_FORC,
    F_CARRAY,
    F_FARRAY,
    F_BEHAVED,
    F_COUNT
};
static const struct {
    const char *key, *short_key, *attribute;
} flag_names[F_COUNT] = {
    {"C_CONTIGUOUS", "C", "c_contiguous"},
    {"F_CONTIGUOUS", "F", "f_contiguous"},
    {"OWNDATA", "O", "owndata"},
    {"WRITEABLE", "W", "writeable"},
    {"ALIGNED", "A", "aligned"},
    {"WRITEBACKIFCOPY", "X", "writebackifcopy"},
    {"FNC", NULL, "fnc"},
    {"FORC", NULL, "forc"},
    {"CARRAY", "CA", "carray"},
    {"FARRAY", "FA", "farray"},
    {"BEHAVED", "B", "behaved"},
};

static bool flag_value(Value a, int which)
{
    const Array *o = as_array(a);
    bool c = view_is_c_contiguous(&o->view), f = view_is_f_contiguous(&o->view);
    switch (which) {
    case F_C:
        return c;
    case F_F:
        return f;
    case F_OWN:
        return v_is_undef(o->base) && v_is_undef(o->part_of);
    case F_WRITE:
    case F_BEHAVED:
        return v_is_undef(o->part_of) ? !o->readonly : !as_array(o->part_of)->readonly;
    case F_ALIGNED:
        return true;
    case F_FNC:
        return f && !c;
    case F_FORC:
        return f || c;
    case F_CARRAY:
        return c && !o->readonly;
    case F_FARRAY:
        return f && !c && !o->readonly;
    default:
        return false;
    }
}

bool array_set_writeable(Value a, bool on)
{
    Array *o = as_array(a);
    if (on && !v_is_undef(o->base) && is_array(o->base) && as_array(o->base)->readonly) {
        raise_fmt(&exc_ValueError, "cannot set WRITEABLE flag to True of this array");
        return false;
    }
    o->readonly = !on;
    return true;
}

static Value flags_getattr(Value v, Str *name)
{
    for (int k = 0; k < F_COUNT; k++)
        if (str_equals(name, flag_names[k].attribute))
            return v_bool(flag_value(((FlagsObject *)v.o)->array, k));
    if (str_equals(name, "contiguous"))
        return v_bool(flag_value(((FlagsObject *)v.o)->array, F_C));
    return object_getattr_generic(v, name);
}

static bool flags_setattr(Value v, Str *name, Value x)
{
    if (str_equals(name, "writeable") && !v_is_undef(x)) {
        int on = op_truth(x);
        return on >= 0 && array_set_writeable(((FlagsObject *)v.o)->array, on);
    }
    return object_setattr_generic(v, name, x);
}

static int flag_find(Value key)
{
    for (int k = 0; is_str(key) && k < F_COUNT; k++)
        if (str_equals(key.s, flag_names[k].key) ||
            (flag_names[k].short_key && str_equals(key.s, flag_names[k].short_key)))
            return k;
    raise_fmt(&exc_KeyError, "Unknown flag");
    return -1;
}

static Value flags_getitem(Value v, Value key)
{
    int k = flag_find(key);
    return k < 0 ? V_ERROR : v_bool(flag_value(((FlagsObject *)v.o)->array, k));
}

static bool flags_setitem(Value v, Value key, Value x)
{
    int k = flag_find(key);
    if (k < 0)
        return false;
    if (k != F_WRITE || v_is_undef(x)) {
        raise_fmt(&exc_KeyError, "Unknown flag");
        return false;
    }
    int on = op_truth(x);
    return on >= 0 && array_set_writeable(((FlagsObject *)v.o)->array, on);
}

static Value flags_repr(Value v)
{
    Buf b = {0};
    for (int k = 0; k <= F_BACK; k++)
        buf_printf(&b, "  %s : %s\n", flag_names[k].key,
                   flag_value(((FlagsObject *)v.o)->array, k) ? "True" : "False");
    Value r = str_new(buf_text(&b));
    buf_free(&b);
    return r;
}

Type type_flagsobj = {
    .name = "flagsobj",
    .module = "numpy._core.multiarray",
    .size = sizeof(FlagsObject),
    .flags = TYPE_ABSTRACT,
    .free = flags_free,
    .repr = flags_repr,
    .getattr = flags_getattr,
    .setattr = flags_setattr,
    .getitem = flags_getitem,
    .setitem = flags_setitem,
};

Value array_get_flags(Value a)
{
    FlagsObject *f = object_new(&type_flagsobj);
    f->array = retain(a);
    return v_obj(f);
}
