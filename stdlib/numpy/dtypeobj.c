/* dtypeobj.c -- np.dtype objects, finfo and iinfo, and the questions about types.  Replicated.
 *
 * There is one DTypeObject per element type, so `is` and == agree.  Every way of naming a type ends
 * in dtype_from_value.
 */
#include "stdlib/numpy/array.h"

#include "interp/objects.h"

#include <float.h>
#include <math.h>

static Value dtypes[DT_COUNT];

Value dtype_object(DType t)
{
    return dtypes[t];
}

/* --------------------------------------------------------------------- naming */

static const struct {
    const char *name;
    DType t;
} other_names[] = {
    {"float", DT_FLOAT64},
    {"double", DT_FLOAT64},
    {"single", DT_FLOAT32},
    {"int", DT_INT64},
    {"uint", DT_UINT64},
    {"intp", DT_INT64},
    {"uintp", DT_UINT64},
    {"int_", DT_INT64},
    {"long", DT_INT64},
    {"ulong", DT_UINT64},
    {"longlong", DT_INT64},
    {"ulonglong", DT_UINT64},
    {"intc", DT_INT32},
    {"uintc", DT_UINT32},
    {"short", DT_INT16},
    {"ushort", DT_UINT16},
    {"byte", DT_INT8},
    {"ubyte", DT_UINT8},
    {"bool_", DT_BOOL},
    {"complex", DT_COMPLEX128},
    {"cdouble", DT_COMPLEX128},
    {"csingle", DT_COMPLEX64},
    {"q", DT_INT64},
    {"Q", DT_UINT64},
    {"p", DT_INT64},
    {"P", DT_UINT64},
    {"n", DT_INT64},
    {"N", DT_UINT64},
};

/* Types of NumPy that cnx lacks. */
static const char *const lacking_names[] = {
    "float16",     "half",        "e",  "f2",    "float128", "longdouble", "g",    "f16",
    "complex256",  "clongdouble", "G",  "c32",   "object",   "object_",    "O",    "str",
    "str_",        "U",           "S",  "bytes", "bytes_",   "V",          "void", "datetime64",
    "timedelta64", "M8",          "m8", "M",     "m"};

static DType by_name(const char *s)
{
    for (DType t = 0; t < DT_COUNT; t++)
        if (!strcmp(s, dtype_name(t)) || (s[0] == dtype_info[t].code && !s[1]))
            return t;
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (!strcmp(s, other_names[i].name))
            return other_names[i].t;
    for (DType t = 0; t < DT_COUNT; t++) {
        char sized[8];
        snprintf(sized, sizeof sized, "%c%d", dtype_kind(t), dtype_size(t));
        if (!strcmp(s, sized))
            return t;
    }
    return DT_NONE;
}

static bool is_lacking(const char *s)
{
    for (size_t i = 0; i < sizeof lacking_names / sizeof *lacking_names; i++)
        if (!strcmp(s, lacking_names[i]))
            return true;
    bool sized = strchr("USVaM", s[0]) && s[1] >= '0' && s[1] <= '9';
    return s[0] && (sized || strchr(s, ','));
}

static bool fail_lacking(const char *name)
{
    Value what = str_fmt("dtype '%s'", name);
    raise_unsupported(str_cstr(what), "NumPy");
    release(what);
    return false;
}

static bool from_text(Value v, DType *out)
{
    const char *s = str_cstr(v), *bare = s;
    if (*s && strchr("<>=|", *s) && s[1])
        bare++;
    *out = by_name(bare);
    if (*out == DT_NONE && is_lacking(bare))
        return fail_lacking(s);
    if (*out == DT_NONE) {
        raise_fmt(&exc_TypeError, "data type %R not understood", v);
        return false;
    }
    if (*s == '>' && dtype_size(*out) > 1)
        return fail_lacking(s);
    return true;
}

static bool from_type(Value v, DType *out)
{
    const Type *t = as_type(v);
    if (t >= type_npscalar && t < type_npscalar + DT_COUNT) {
        *out = (DType)(t - type_npscalar);
        return true;
    }
    static const struct {
        Type *type;
        DType t;
    } python[] = {{&type_float, DT_FLOAT64},
                  {&type_int, DT_INT64},
                  {&type_bool, DT_BOOL},
                  {&type_complex, DT_COMPLEX128}};
    for (int k = 0; k < 4; k++)
        if (t == python[k].type) {
            *out = python[k].t;
            return true;
        }
    return fail_lacking(t->name);
}

bool dtype_from_value(Value v, DType *out)
{
    *out = DT_NONE;
    if (v_is_none(v) || v_is_undef(v))
        return true;
    if (is_exact(v, &type_dtype)) {
        *out = ((DTypeObject *)v.o)->dtype;
        return true;
    }
    if (is_type(v))
        return from_type(v, out);
    if (is_str(v))
        return from_text(v, out);
    if (v.tag == TAG_OBJ && (is_list(v) || is_tuple(v) || is_dict(v)))
        return fail_lacking("of a structure");
    raise_fmt(&exc_TypeError, "Cannot interpret '%R' as a data type", v);
    return false;
}

/* ------------------------------------------------------------------ dtype objects */

static DType dtype_of(Value v)
{
    return ((DTypeObject *)v.o)->dtype;
}

static Value dtype_repr(Value v)
{
    return str_fmt("dtype('%s')", dtype_name(dtype_of(v)));
}
static Value dtype_str(Value v)
{
    return str_new(dtype_name(dtype_of(v)));
}

static bool dtype_hash(Value v, int64_t *out)
{
    *out = 1000003 + dtype_of(v);
    return true;
}

static Value dtype_compare(Value a, Value b, CmpOp op)
{
    DType t;
    if (!is_exact(a, &type_dtype))
        return V_NOTIMPL;
    bool valid = v_is_none(b) ? (t = DT_FLOAT64, true) : dtype_from_value(b, &t);
    if (!valid) {
        if (!error_matches(&exc_TypeError) && op != CMP_EQ && op != CMP_NE)
            return V_ERROR;
        error_clear();
        if (op == CMP_EQ || op == CMP_NE)
            return v_bool(op == CMP_NE);
        return V_NOTIMPL;
    }
    DType own = dtype_of(a);
    bool up = dtype_can_cast(own, t, CAST_SAFE), down = dtype_can_cast(t, own, CAST_SAFE);
    switch (op) {
    case CMP_EQ:
        return v_bool(own == t);
    case CMP_NE:
        return v_bool(own != t);
    case CMP_LT:
        return v_bool(up && own != t);
    case CMP_LE:
        return v_bool(up);
    case CMP_GT:
        return v_bool(down && own != t);
    default:
        return v_bool(down);
    }
}

static Value dtype_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"dtype", "dtype, align=False, copy=False", NULL, NULL};
    Value s[3];
    if (!signature_bind(signature_of(&def), NULL, "dtype", args, nargs, kwnames, s))
        return V_ERROR;
    DType t;
    Value r = V_ERROR;
    if (dtype_from_value(s[0], &t))
        r = retain(dtypes[t == DT_NONE ? DT_FLOAT64 : t]);
    for (int k = 0; k < 3; k++)
        release(s[k]);
    return r;
}

static Value get_name(Value v)
{
    return dtype_str(v);
}
static Value get_kind(Value v)
{
    char c = dtype_kind(dtype_of(v));
    return str_new_n(&c, 1);
}
static Value get_char(Value v)
{
    return str_new_n(&dtype_info[dtype_of(v)].code, 1);
}
static Value get_str(Value v)
{
    DType t = dtype_of(v);
    return str_fmt("%c%c%d", dtype_size(t) == 1 ? '|' : '<', dtype_kind(t), dtype_size(t));
}
static Value get_itemsize(Value v)
{
    return v_int(dtype_size(dtype_of(v)));
}
static Value get_alignment(Value v)
{
    DType t = dtype_of(v);
    return v_int(dtype_size(dtype_real(t)));
}
static Value get_type(Value v)
{
    return retain(v_obj(&type_npscalar[dtype_of(v)]));
}
static Value get_num(Value v)
{
    static const int num[DT_COUNT] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15};
    return v_int(num[dtype_of(v)]);
}
static Value get_byteorder(Value v)
{
    return str_new(dtype_size(dtype_of(v)) == 1 ? "|" : "=");
}
static Value get_true(Value v)
{
    return V_TRUE;
}
static Value get_false(Value v)
{
    return V_FALSE;
}
static Value get_none(Value v)
{
    return V_NONE;
}
static Value get_shape(Value v)
{
    return tuple_new(0);
}
static Value get_ndim(Value v)
{
    return v_int(0);
}
static Value get_base(Value v)
{
    return retain(v);
}
static Value get_isbuiltin(Value v)
{
    return v_int(1);
}

static const GetSetDef dtype_getsets[] = {
    {"name", get_name, NULL, "The type's name."},
    {"kind", get_kind, NULL, "b, i, u, f or c."},
    {"char", get_char, NULL, "The type's character code."},
    {"str", get_str, NULL, "Byte order, kind and size."},
    {"itemsize", get_itemsize, NULL, "Bytes of one element."},
    {"alignment", get_alignment, NULL, "Alignment in bytes."},
    {"type", get_type, NULL, "The class of the type's scalars."},
    {"num", get_num, NULL, "NumPy's number of the type."},
    {"byteorder", get_byteorder, NULL, NULL},
    {"isnative", get_true, NULL, NULL},
    {"isbuiltin", get_isbuiltin, NULL, NULL},
    {"hasobject", get_false, NULL, NULL},
    {"isalignedstruct", get_false, NULL, NULL},
    {"fields", get_none, NULL, NULL},
    {"names", get_none, NULL, NULL},
    {"metadata", get_none, NULL, NULL},
    {"subdtype", get_none, NULL, NULL},
    {"shape", get_shape, NULL, NULL},
    {"ndim", get_ndim, NULL, NULL},
    {"base", get_base, NULL, NULL},
    {0},
};

Type type_dtype = {
    .name = "dtype",
    .module = "numpy",
    .size = sizeof(DTypeObject),
    .doc = "The type of an array's elements.",
    .getsets = dtype_getsets,
    .repr = dtype_repr,
    .str = dtype_str,
    .hash = dtype_hash,
    .compare = dtype_compare,
    .make = dtype_make,
};

/* ------------------------------------------------------------- finfo and iinfo */

typedef struct Info {
    Object ob;
    DType dtype;
} Info;

static DType info_dtype(Value v)
{
    return ((Info *)v.o)->dtype;
}

static Scalar as_element(double x, DType t)
{
    return dtype_cast((Scalar){.f64 = x}, DT_FLOAT64, t, NULL);
}

/* Attribute, its value for float32 and for float64; `integer` values are Python ints. */
static const struct {
    const char *name;
    double f32, f64;
    bool integer;
} finfo_table[] = {
    {"bits", 32, 64, true},
    {"eps", FLT_EPSILON, DBL_EPSILON, false},
    {"epsneg", FLT_EPSILON / 2, DBL_EPSILON / 2, false},
    {"iexp", 8, 11, true},
    {"machep", -23, -52, true},
    {"max", FLT_MAX, DBL_MAX, false},
    {"maxexp", 128, 1024, true},
    {"min", -FLT_MAX, -DBL_MAX, false},
    {"minexp", -126, -1022, true},
    {"negep", -24, -53, true},
    {"nexp", 8, 11, true},
    {"nmant", 23, 52, true},
    {"precision", 6, 15, true},
    {"resolution", 1e-6, 1e-15, false},
    {"smallest_normal", FLT_MIN, DBL_MIN, false},
    {"smallest_subnormal", 0x1p-149, 0x1p-1074, false},
    {"tiny", FLT_MIN, DBL_MIN, false},
};

static Value finfo_getattr(Value v, Str *name)
{
    DType t = info_dtype(v);
    if (str_equals(name, "dtype"))
        return retain(dtypes[t]);
    for (size_t i = 0; i < sizeof finfo_table / sizeof *finfo_table; i++) {
        if (!str_equals(name, finfo_table[i].name))
            continue;
        double x = t == DT_FLOAT32 ? finfo_table[i].f32 : finfo_table[i].f64;
        return finfo_table[i].integer ? v_int((int64_t)x) : scalar_new(t, as_element(x, t));
    }
    return object_getattr_generic(v, name);
}

static Value finfo_repr(Value v)
{
    DType t = info_dtype(v);
    Value lo = scalar_new(t, as_element(t == DT_FLOAT32 ? -FLT_MAX : -DBL_MAX, t));
    Value hi = scalar_new(t, as_element(t == DT_FLOAT32 ? FLT_MAX : DBL_MAX, t));
    Value r = str_fmt("finfo(resolution=%s, min=%S, max=%S, dtype=%s)",
                      t == DT_FLOAT32 ? "1e-06" : "1e-15", lo, hi, dtype_name(t));
    release(lo);
    release(hi);
    return r;
}

static const char RULE[] = "---------------------------------------------------------------\n";

static double finfo_number(DType t, const char *name)
{
    for (size_t i = 0; i < sizeof finfo_table / sizeof *finfo_table; i++)
        if (!strcmp(finfo_table[i].name, name))
            return t == DT_FLOAT32 ? finfo_table[i].f32 : finfo_table[i].f64;
    ASSERT(false, "name=%s", name);
}

static Value finfo_str(Value v)
{
    /* a row: an integer and its label, a number and its label */
    static const char *const rows[][4] = {
        {"precision = ", "precision", "   resolution = ", "resolution"},
        {"machep = ", "machep", "   eps =        ", "eps"},
        {"negep =  ", "negep", "   epsneg =     ", "epsneg"},
        {"minexp = ", "minexp", "   tiny =       ", "tiny"},
        {"maxexp = ", "maxexp", "   max =        ", "max"},
    };
    DType t = info_dtype(v);
    int digits = t == DT_FLOAT32 ? 7 : 16;
    Buf b = {0};
    buf_printf(&b, "Machine parameters for %s\n%s", dtype_name(t), RULE);
    for (int k = 0; k < 5; k++) {
        buf_printf(&b, "%s%*d%s%.*e\n", rows[k][0], k ? 6 : 3, (int)finfo_number(t, rows[k][1]),
                   rows[k][2], digits, finfo_number(t, rows[k][3]));
    }
    buf_printf(&b, "nexp =   %6d   min =        -max\n", (int)finfo_number(t, "nexp"));
    buf_printf(&b, "smallest_normal = %.*e   smallest_subnormal = %.*e\n%s", digits,
               finfo_number(t, "smallest_normal"), digits, finfo_number(t, "smallest_subnormal"),
               RULE);
    Value r = str_new(buf_text(&b));
    buf_free(&b);
    return r;
}

/* The dtype that finfo(x) or iinfo(x) is about. */
static bool info_about(Value v, DType *t)
{
    *t = scalar_dtype(v);
    if (*t != DT_NONE)
        return true;
    if (is_array(v)) {
        *t = array_dtype(v);
        return true;
    }
    return dtype_from_value(v, t);
}

static Value finfo_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"__new__", "def finfo.__new__: cls, dtype", NULL, NULL};
    DType t;
    Value slots[2];
    if (!signature_bind_init(&def, args, nargs, kwnames, slots))
        return V_ERROR;
    bool known = info_about(slots[1], &t);
    release(slots[1]);
    if (!known)
        return V_ERROR;
    t = t == DT_NONE ? DT_FLOAT64 : dtype_real(t);
    if (dtype_kind(t) != 'f')
        return raise_fmt(&exc_ValueError, "data type %R not inexact", v_obj(&type_npscalar[t]));
    Info *f = object_new(cls);
    f->dtype = t;
    return v_obj(f);
}

static Type type_finfo = {
    .name = "finfo",
    .module = "numpy",
    .size = sizeof(Info),
    .doc = "Limits of a floating-point type.",
    .getattr = finfo_getattr,
    .repr = finfo_repr,
    .str = finfo_str,
    .make = finfo_make,
};

static Value iinfo_limit(DType t, bool high)
{
    int bits = 8 * dtype_size(t);
    bool u = dtype_kind(t) == 'u';
    if (!high)
        return v_int(u ? 0 : -(int64_t)(1ull << (bits - 2)) * 2);
    return int_from_u64(u ? ~0ull >> (64 - bits) : ~0ull >> (65 - bits));
}

static Value iinfo_getattr(Value v, Str *name)
{
    DType t = info_dtype(v);
    if (str_equals(name, "min") || str_equals(name, "max"))
        return iinfo_limit(t, str_equals(name, "max"));
    if (str_equals(name, "bits"))
        return v_int(8 * dtype_size(t));
    if (str_equals(name, "dtype"))
        return retain(dtypes[t]);
    if (str_equals(name, "kind"))
        return get_kind(dtypes[t]);
    return object_getattr_generic(v, name);
}

static Value iinfo_repr(Value v)
{
    DType t = info_dtype(v);
    Value lo = iinfo_limit(t, false), hi = iinfo_limit(t, true);
    Value r = str_fmt("iinfo(min=%S, max=%S, dtype=%s)", lo, hi, dtype_name(t));
    release(lo);
    release(hi);
    return r;
}

static Value iinfo_str(Value v)
{
    DType t = info_dtype(v);
    Value lo = iinfo_limit(t, false), hi = iinfo_limit(t, true);
    Value r = str_fmt("Machine parameters for %s\n%smin = %S\nmax = %S\n%s", dtype_name(t), RULE,
                      lo, hi, RULE);
    release(lo);
    release(hi);
    return r;
}

static Value iinfo_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"__init__", "def iinfo.__init__: self, int_type", NULL, NULL};
    DType t;
    Value slots[2];
    if (!signature_bind_init(&def, args, nargs, kwnames, slots))
        return V_ERROR;
    bool known = info_about(slots[1], &t);
    release(slots[1]);
    if (!known)
        return V_ERROR;
    if (t == DT_NONE || !dtype_is_integer(t)) {
        char kind = t == DT_NONE ? 'f' : dtype_kind(t);
        return raise_fmt(&exc_ValueError, "Invalid integer data type '%c'.", kind);
    }
    Info *f = object_new(cls);
    f->dtype = t;
    return v_obj(f);
}

static Type type_iinfo = {
    .name = "iinfo",
    .module = "numpy",
    .size = sizeof(Info),
    .doc = "Limits of an integer type.",
    .getattr = iinfo_getattr,
    .repr = iinfo_repr,
    .str = iinfo_str,
    .make = iinfo_make,
};

/* ------------------------------------------------------------ questions about types */

static Value np_promote_types(Value *a, int n)
{
    DType x, y;
    if (!dtype_from_value(a[0], &x) || !dtype_from_value(a[1], &y))
        return V_ERROR;
    x = x == DT_NONE ? DT_FLOAT64 : x;
    y = y == DT_NONE ? DT_FLOAT64 : y;
    return retain(dtypes[dtype_promote(x, y)]);
}

/* Type of an argument of result_type; weak Python numbers are told by *weak. */
static bool argument_type(Value v, DType *t, bool *weak)
{
    *weak = false;
    if (is_array(v)) {
        *t = array_dtype(v);
        return true;
    }
    *t = scalar_dtype(v);
    if (*t == DT_NONE)
        return dtype_from_value(v, t);
    *weak = !is_npscalar(v) && v.tag != TAG_BOOL;
    return true;
}

static Value np_result_type(Value *a, int n)
{
    Tuple *args = as_tuple(a[0]);
    DType strong = DT_NONE, soft = DT_NONE;
    if (args->n == 0)
        return raise_fmt(&exc_ValueError, "at least one array or dtype is required");
    for (int64_t k = 0; k < args->n; k++) {
        DType t;
        bool weak;
        if (!argument_type(args->at[k], &t, &weak))
            return V_ERROR;
        t = t == DT_NONE ? DT_FLOAT64 : t;
        DType *to = weak ? &soft : &strong;
        *to = *to == DT_NONE ? t : dtype_promote(*to, t);
    }
    DType r = strong == DT_NONE ? soft : strong;
    if (strong != DT_NONE && soft != DT_NONE)
        r = dtype_promote(strong, op_weak_type(soft, strong));
    return retain(dtypes[r]);
}

static Value np_can_cast(Value *a, int n)
{
    DType from, to;
    Casting rule = CAST_SAFE;
    if (scalar_dtype(a[0]) != DT_NONE && !is_npscalar(a[0]))
        return raise_fmt(
            &exc_TypeError,
            "can_cast() does not support Python ints, floats, and complex because the result used "
            "to depend on the value.\nThis change was part of adopting NEP 50, we may explicitly "
            "allow them again in the future.");
    bool weak;
    if (!argument_type(a[0], &from, &weak) || !dtype_from_value(a[1], &to) ||
        !casting_from_value(a[2], &rule))
        return V_ERROR;
    return v_bool(
        dtype_can_cast(from == DT_NONE ? DT_FLOAT64 : from, to == DT_NONE ? DT_FLOAT64 : to, rule));
}

static Value np_min_scalar_type(Value *a, int n)
{
    Scalar x;
    if (is_array(a[0]) && as_array(a[0])->view.ndim)
        return retain(dtypes[array_dtype(a[0])]);
    if (is_int(a[0]) || (is_npscalar(a[0]) && dtype_is_integer(as_npscalar(a[0])->dtype))) {
        Value i = op_index(a[0]);
        if (v_is_error(i))
            return i;
        static const DType low[] = {DT_INT8, DT_INT16, DT_INT32, DT_INT64},
                           high[] = {DT_UINT8, DT_UINT16, DT_UINT32, DT_UINT64};
        const DType *set = int_sign(i) < 0 ? low : high;
        for (int k = 0; k < 4; k++) {
            bool fits = element_from_value(i, set[k], &x, NULL);
            if (fits)
                return release(i), retain(dtypes[a[0].tag == TAG_BOOL ? DT_BOOL : set[k]]);
            error_clear();
        }
        release(i);
    }
    return raise_unsupported("numpy.min_scalar_type of this value", "NumPy");
}

/* The class that issubdtype compares; NULL: exception. */
static Type *class_of(Value v)
{
    DType t;
    if (is_type(v) && type_is_subtype(as_type(v), &type_generic))
        return as_type(v);
    if (!dtype_from_value(v, &t))
        return NULL;
    return &type_npscalar[t == DT_NONE ? DT_FLOAT64 : t];
}

static Value np_issubdtype(Value *a, int n)
{
    Type *x = class_of(a[0]), *y = x ? class_of(a[1]) : NULL;
    return y ? v_bool(type_is_subtype(x, y)) : V_ERROR;
}

static Value np_isscalar(Value *a, int n)
{
    Value v = a[0];
    return v_bool(is_npscalar(v) || v.tag == TAG_BOOL || is_int(v) || is_float(v) ||
                  (v.tag == TAG_OBJ && (is_complex(v) || is_str(v))));
}

static bool kind_is(DType t, Value kind, bool *ok)
{
    static const struct {
        const char *name, *kinds;
    } sets[] = {{"bool", "b"},      {"signed integer", "i"}, {"unsigned integer", "u"},
                {"integral", "iu"}, {"real floating", "f"},  {"complex floating", "c"},
                {"numeric", "iufc"}};
    if (!is_str(kind)) {
        DType want;
        *ok = dtype_from_value(kind, &want);
        return *ok && want == t;
    }
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
        if (str_equals(kind.s, sets[k].name))
            return strchr(sets[k].kinds, dtype_kind(t)) != NULL;
    raise_fmt(&exc_ValueError, "kind argument is a string, but %R is not a known kind name.", kind);
    *ok = false;
    return false;
}

static Value np_isdtype(Value *a, int n)
{
    DType t;
    bool ok = true, r = false;
    if (!dtype_from_value(a[0], &t))
        return V_ERROR;
    if (!is_tuple(a[1]))
        r = kind_is(t, a[1], &ok);
    for (int64_t k = 0; is_tuple(a[1]) && ok && !r && k < as_tuple(a[1])->n; k++)
        r = kind_is(t, as_tuple(a[1])->at[k], &ok);
    return ok ? v_bool(r) : V_ERROR;
}

static Value of_kind(Value v, bool complex_wanted)
{
    Value a = array_from_value(v, DT_NONE, 0, false);
    if (v_is_error(a))
        return a;
    bool c = dtype_is_complex(array_dtype(a));
    release(a);
    return v_bool(c == complex_wanted);
}
static Value np_iscomplexobj(Value *a, int n)
{
    return of_kind(a[0], true);
}
static Value np_isrealobj(Value *a, int n)
{
    return of_kind(a[0], false);
}

const NativeDef numpy_dtype[] = {
    {"promote_types", "npy: type1, type2, /", np_promote_types,
     "The smallest type both convert to safely."},
    {"result_type", "def: *arrays_and_dtypes", np_result_type,
     "The type of an operation on the arguments."},
    {"can_cast", "def: from_, to, casting='safe'", np_can_cast,
     "May a type be cast to another under a rule?"},
    {"min_scalar_type", "def: a, /", np_min_scalar_type, "The smallest type that holds a value."},
    {"issubdtype", "def: arg1, arg2", np_issubdtype, "Is a type lower or equal in the hierarchy?"},
    {"isscalar", "def: element", np_isscalar, "Is it a scalar?"},
    {"isdtype", "def: dtype, kind", np_isdtype, "Is a dtype of a kind?"},
    {"iscomplexobj", "def: x", np_iscomplexobj, "Is the type complex?"},
    {"isrealobj", "def: x", np_isrealobj, "Is the type not complex?"},
    {0},
};

void dtypeobj_init(void)
{
    type_ready(&type_dtype);
    type_ready(&type_finfo);
    type_ready(&type_iinfo);
    for (DType t = 0; t < DT_COUNT; t++) {
        if (!v_is_undef(dtypes[t]))
            return;
        DTypeObject *d = object_new(&type_dtype);
        d->dtype = t;
        dtypes[t] = v_obj(d);
    }
}

void dtypeobj_add(Value module)
{
    module_add(module, "finfo", retain(v_obj(&type_finfo)));
    module_add(module, "iinfo", retain(v_obj(&type_iinfo)));
}
