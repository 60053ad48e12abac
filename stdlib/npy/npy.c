/* npy.c -- the .npy format.  Local.
 *
 * Checks come in NumPy's order, so that of several faults the same one is reported.  Where NumPy
 * shows an object's address, or an exception of the tokenizer, the message stops there or is the
 * parser's.
 */
#include "stdlib/npy/npy.h"
#include "stdlib/npy/literal.h"
#include "runtime/text/number.h"

enum { HEADER_MAX = 10000, ALIGN = 64, GROWTH_DIGITS = 21, NUMPY_NDIM_MAX = 64 };

static const char magic[6] = {(char)0x93, 'N', 'U', 'M', 'P', 'Y'};

/* ---- dtypes ---------------------------------------------------------------------------------- */

typedef enum DescrKind { DESCR_OK, DESCR_BAD, DESCR_OBJECT, DESCR_UNSUPPORTED } DescrKind;

typedef struct DescrName {
    const char *name;
    int dtype; /* DT_NONE: NumPy has it, cnx does not */
} DescrName;

static const DescrName descr_names[] = {
#define DT(NAME, name, ctype, size, kind, code) {#name, DT_##NAME},
#include "runtime/dtype.def"
#undef DT
    {"bool_", DT_BOOL},        {"byte", DT_INT8},          {"ubyte", DT_UINT8},
    {"short", DT_INT16},       {"ushort", DT_UINT16},      {"intc", DT_INT32},
    {"uintc", DT_UINT32},      {"int", DT_INT64},          {"int_", DT_INT64},
    {"intp", DT_INT64},        {"long", DT_INT64},         {"longlong", DT_INT64},
    {"uint", DT_UINT64},       {"uintp", DT_UINT64},       {"ulong", DT_UINT64},
    {"ulonglong", DT_UINT64},  {"float", DT_FLOAT64},      {"double", DT_FLOAT64},
    {"single", DT_FLOAT32},    {"complex", DT_COMPLEX128}, {"cdouble", DT_COMPLEX128},
    {"csingle", DT_COMPLEX64}, {"half", DT_NONE},          {"float16", DT_NONE},
    {"longdouble", DT_NONE},   {"clongdouble", DT_NONE},   {"float128", DT_NONE},
    {"complex256", DT_NONE},   {"bytes", DT_NONE},         {"bytes_", DT_NONE},
    {"str", DT_NONE},          {"str_", DT_NONE},          {"unicode", DT_NONE},
    {"void", DT_NONE},         {"datetime64", DT_NONE},    {"timedelta64", DT_NONE},
};

static DescrKind descr_word(const char *s, DType *out)
{
    if (strcmp(s, "object") == 0 || strcmp(s, "object_") == 0)
        return DESCR_OBJECT;
    for (size_t i = 0; i < sizeof descr_names / sizeof *descr_names; i++) {
        if (strcmp(s, descr_names[i].name) == 0) {
            *out = (DType)descr_names[i].dtype;
            return *out == DT_NONE ? DESCR_UNSUPPORTED : DESCR_OK;
        }
    }
    return DESCR_BAD;
}

/* A type character alone, as 'd'. */
static DescrKind descr_char(char c, DType *out)
{
    for (int t = 0; t < DT_COUNT; t++) {
        if (dtype_info[t].code == c) {
            *out = (DType)t;
            return DESCR_OK;
        }
    }
    if (strchr("qpn", c) || strchr("QPN", c)) {
        *out = c >= 'a' ? DT_INT64 : DT_UINT64;
        return DESCR_OK;
    }
    return c == 'O' ? DESCR_OBJECT : strchr("egGSUVMmTca", c) ? DESCR_UNSUPPORTED : DESCR_BAD;
}

/* Kind and size, as 'f8'. */
static DescrKind descr_sized(const char *s, DType *out)
{
    char *end;
    long size = strtol(s + 1, &end, 10);
    if ((*s == 'M' || *s == 'm') && (*end == '[' || s[1] == '['))
        return DESCR_UNSUPPORTED;
    if (end == s + 1 || *end || size < 0)
        return DESCR_BAD;
    if (*s == 'O')
        return size == 4 || size == 8 ? DESCR_OBJECT : DESCR_BAD;
    if (strchr("SUVa", *s) || (strchr("Mm", *s) && size == 8))
        return DESCR_UNSUPPORTED;
    for (int t = 0; t < DT_COUNT; t++) {
        if (dtype_info[t].kind == *s && dtype_info[t].size == size) {
            *out = (DType)t;
            return DESCR_OK;
        }
    }
    bool longer = (*s == 'f' && (size == 2 || size == 16)) || (*s == 'c' && size == 32);
    return longer ? DESCR_UNSUPPORTED : DESCR_BAD;
}

static DescrKind parse_descr(const char *s, int64_t n, DType *out, bool *swapped)
{
    *swapped = false;
    if (strlen(s) != (size_t)n || n == 0) /* a NUL inside */
        return DESCR_BAD;
    bool ordered = strchr("<>=|", *s) != NULL;
    const char *body = s + ordered;
    if (strchr(s, ',') || (*body >= '0' && *body <= '9' && body[1]) || *body == '(')
        return DESCR_UNSUPPORTED; /* records and subarrays */
    DescrKind kind = DESCR_BAD;
    if (strlen(body) == 1)
        kind = descr_char(*body, out);
    else if (*body)
        kind = descr_sized(body, out);
    if (kind == DESCR_BAD && !ordered)
        kind = descr_word(s, out);
    if (kind == DESCR_OK)
        *swapped = *s == '>' && dtype_size(*out) > 1;
    return kind;
}

static Status descr_status(DescrKind kind, const char *repr)
{
    switch (kind) {
    case DESCR_OK:
        return OK;
    case DESCR_OBJECT:
        return fail(ERR_VALUE, "Object arrays cannot be loaded when allow_pickle=False");
    case DESCR_UNSUPPORTED:
        return fail(ERR_UNSUPPORTED, "dtype %s", repr);
    default:
        return fail(ERR_VALUE, "descr is not a valid dtype descriptor: %s", repr);
    }
}

Status npy_parse_descr(const char *descr, int64_t n, DType *out, bool *swapped)
{
    Buf repr = {0};
    str_repr(&repr, descr, n);
    Status s = descr_status(parse_descr(descr, n, out, swapped), buf_text(&repr));
    buf_free(&repr);
    return s;
}

/* Whether a record's description names an object type anywhere. */
static bool mentions_object(const Literal *v)
{
    DType t;
    bool swapped;
    if (v->kind == LIT_STR)
        return parse_descr(v->text, v->nbytes, &t, &swapped) == DESCR_OBJECT;
    for (const Literal *i = v->first; i; i = i->next)
        if (mentions_object(i))
            return true;
    return false;
}

static Status descr_of(const Literal *v, NpyHeader *out)
{
    DescrKind kind = DESCR_BAD;
    if (v->kind == LIT_STR)
        kind = parse_descr(v->text, v->nbytes, &out->dtype, &out->swapped);
    else if (v->kind == LIT_TUPLE && v->count < 2)
        return fail(ERR_INDEX, "tuple index out of range");
    else if (v->first || v->kind == LIT_LIST || v->kind == LIT_DICT)
        kind = mentions_object(v) ? DESCR_OBJECT : DESCR_UNSUPPORTED;
    if ((v->kind == LIT_LIST || v->kind == LIT_SET) && v->first && v->first->kind != LIT_TUPLE &&
        v->first->kind != LIT_STR && v->first->kind != LIT_LIST)
        kind = DESCR_BAD; /* fields are tuples */
    Buf repr = {0};
    literal_repr(&repr, v);
    Status s = descr_status(kind, buf_text(&repr));
    buf_free(&repr);
    return s;
}

/* ---- the header's text ----------------------------------------------------------------------- */

static Status fail_repr(Status s, const char *what, const Literal *v)
{
    Buf repr = {0};
    literal_repr(&repr, v);
    s = fail(s, "%s: %s", what, buf_text(&repr));
    buf_free(&repr);
    return s;
}

/* Sort keys as sorted() would; the keys are few.  False with *a, *b when two cannot be compared. */
static bool sort_keys(const Literal **keys, int64_t n, const Literal **a, const Literal **b)
{
    for (int64_t i = 1; i < n; i++) {
        for (int64_t j = i; j > 0; j--) {
            const Literal *x = keys[j], *y = keys[j - 1];
            bool text = x->kind == y->kind && (x->kind == LIT_STR || x->kind == LIT_BYTES);
            bool number = (x->kind == LIT_INT || x->kind == LIT_BOOL) &&
                          (y->kind == LIT_INT || y->kind == LIT_BOOL);
            if (!text && !number) {
                *a = x, *b = y;
                return false;
            }
            if (text ? strcmp(x->text, y->text) >= 0 : x->integer >= y->integer)
                break;
            keys[j] = y;
            keys[j - 1] = x;
        }
    }
    return true;
}

static bool same_key(const Literal *a, const Literal *b)
{
    if (a->kind != b->kind || a->nbytes != b->nbytes || a->integer != b->integer)
        return false;
    return !a->text || memcmp(a->text, b->text, (size_t)a->nbytes) == 0;
}

/* Error with the keys that are there, sorted and once each. */
static Status fail_keys(Arena *arena, const Literal *dict)
{
    const Literal **keys = ARENA_ARRAY(arena, const Literal *, dict->count + 1), *a, *b;
    int64_t n = 0;
    for (const Literal *k = dict->first; k; k = k->next->next) {
        bool seen = false;
        for (int64_t i = 0; i < n; i++)
            seen |= same_key(keys[i], k);
        if (!seen)
            keys[n++] = k;
    }
    if (!sort_keys(keys, n, &a, &b))
        return fail(ERR_TYPE, "'<' not supported between instances of '%s' and '%s'",
                    literal_class(a), literal_class(b));
    Buf text = {0};
    for (int64_t i = 0; i < n; i++) {
        buf_puts(&text, i ? ", " : "");
        literal_repr(&text, keys[i]);
    }
    Status s = fail(ERR_VALUE, "Header does not contain the correct keys: [%s]", buf_text(&text));
    buf_free(&text);
    return s;
}

static bool only_expected_keys(const Literal *dict)
{
    for (const Literal *k = dict->first; k; k = k->next->next)
        if (k->kind != LIT_STR || (strcmp(k->text, "descr") && strcmp(k->text, "fortran_order") &&
                                   strcmp(k->text, "shape")))
            return false;
    return literal_get(dict, "descr") && literal_get(dict, "fortran_order") &&
           literal_get(dict, "shape");
}

static Status check_shape_literal(const Literal *shape)
{
    bool valid = shape->kind == LIT_TUPLE;
    for (const Literal *i = shape->first; valid && i; i = i->next)
        valid = i->kind == LIT_INT || i->kind == LIT_BOOL;
    return valid ? OK : fail_repr(ERR_VALUE, "shape is not valid", shape);
}

static Status fail_parse(LiteralError e, const char *unhashable, const Buf *text)
{
    if (e == LITERAL_MALFORMED)
        return fail(ERR_VALUE, "malformed node or string on line 1");
    if (e == LITERAL_UNHASHABLE)
        return fail(ERR_TYPE, "unhashable type: '%s'", unhashable);
    Buf repr = {0};
    str_repr(&repr, text->n ? text->at : "", text->n);
    Status s = fail(ERR_VALUE, "Cannot parse header: %s", buf_text(&repr));
    buf_free(&repr);
    return s;
}

/* The header's text to dtype, order and the literal of the shape (in the arena). */
static Status parse_dict(Arena *arena, const Buf *text, NpyHeader *out, const Literal **shape)
{
    Literal *dict;
    const char *unhashable;
    LiteralError e = literal_parse(arena, text->n ? text->at : "", text->n, out->major <= 2,
                                   &out->python2, &unhashable, &dict);
    if (e != LITERAL_OK)
        return fail_parse(e, unhashable, text);
    if (dict->kind != LIT_DICT)
        return fail_repr(ERR_VALUE, "Header is not a dictionary", dict);
    if (!only_expected_keys(dict))
        return fail_keys(arena, dict);
    *shape = literal_get(dict, "shape");
    const Literal *order = literal_get(dict, "fortran_order");
    TRY(check_shape_literal(*shape));
    if (order->kind != LIT_BOOL)
        return fail_repr(ERR_VALUE, "fortran_order is not a valid bool", order);
    out->fortran_order = order->integer;
    return descr_of(literal_get(dict, "descr"), out);
}

/* ---- shape and data -------------------------------------------------------------------------- */

/* Product of the extents as int64 arithmetic has it, wrapping. */
static int64_t wrapped_count(const Literal *shape)
{
    uint64_t n = 1;
    for (const Literal *i = shape->first; i; i = i->next)
        n *= (uint64_t)i->integer;
    return (int64_t)n;
}

static Status check_size(const Literal *shape, const NpyHeader *h, int64_t nbytes)
{
    int64_t size = dtype_size(h->dtype), there = nbytes / size;
    if (h->count > INT64_MAX / size)
        return fail(ERR_VALUE,
                    "array is too big; `arr.size * arr.dtype.itemsize` is larger than the "
                    "maximum possible size.");
    if (h->count >= 0 && h->count <= there)
        return OK;
    Buf repr = {0};
    literal_repr(&repr, shape);
    Status s = fail(ERR_VALUE,
                    "Failed to read all data for array. Expected %s = %lld elements, could only "
                    "read %lld elements. (file seems not fully written?)",
                    buf_text(&repr), (long long)h->count, (long long)there);
    buf_free(&repr);
    return s;
}

/* "cannot reshape" with NumPy's way to write the shape: unknown extents in front are left out. */
static Status fail_reshape(const Literal *shape, int64_t count)
{
    Buf text = {0};
    const Literal *i = shape->first;
    while (i && i->integer < 0)
        i = i->next;
    for (const char *comma = ""; i; i = i->next, comma = ",") {
        if (i->integer < 0)
            buf_printf(&text, "%snewaxis", comma);
        else
            buf_printf(&text, "%s%lld", comma, (long long)i->integer);
    }
    Status s = fail(ERR_VALUE, "cannot reshape array of size %lld into shape (%s)",
                    (long long)count, buf_text(&text));
    buf_free(&text);
    return s;
}

/* What assigning the shape to the flat array checks. */
static Status take_shape(const Literal *shape, NpyHeader *h)
{
    int unknown = 0;
    bool zero = false, wraps = false;
    unsigned __int128 product = (unsigned)dtype_size(h->dtype);
    for (const Literal *i = shape->first; i; i = i->next) {
        if (i->kind == LIT_BOOL)
            return fail(ERR_TYPE, "an integer is required");
        if (i->big)
            return fail(ERR_VALUE, "Maximum allowed dimension exceeded");
        unknown += i->integer < 0;
        zero |= i->integer == 0;
        product *= i->integer > 0 ? (uint64_t)i->integer : 1;
        wraps |= product > INT64_MAX;
        product = wraps ? 1 : product;
    }
    if (shape->count > NUMPY_NDIM_MAX)
        return fail(ERR_VALUE,
                    "maximum supported dimension for an ndarray is currently %d, found %lld",
                    NUMPY_NDIM_MAX, (long long)shape->count);
    if (unknown > 1)
        return fail(ERR_VALUE, "can only specify one unknown dimension");
    if (unknown || (wraps && !zero))
        return fail_reshape(shape, h->count);
    if (wraps)
        return fail(ERR_VALUE,
                    "array is too big; `arr.size * arr.dtype.itemsize` is larger than the "
                    "maximum possible size.");
    if (shape->count > NDIM_MAX)
        return fail(ERR_UNSUPPORTED, "arrays of more than %d dimensions", NDIM_MAX);
    for (const Literal *i = shape->first; i; i = i->next)
        h->shape[h->ndim++] = i->integer;
    return OK;
}

/* ---- the file's head ------------------------------------------------------------------------- */

/* Bytes needed of `what` against those there. */
static Status need(int64_t expected, int64_t there, const char *what)
{
    if (there >= expected)
        return OK;
    return fail(ERR_VALUE, "EOF: reading %s, expected %lld bytes got %lld", what,
                (long long)expected, (long long)int64_max(there, 0));
}

static Status check_magic(const unsigned char *b, int64_t n, NpyHeader *h)
{
    if (n == 0)
        return fail(ERR_EOF, "No data left in file");
    if (n >= 4 && (memcmp(b, "PK\3\4", 4) == 0 || memcmp(b, "PK\5\6", 4) == 0))
        return fail(ERR_UNSUPPORTED, "np.load of .npz files");
    if (n < 6 || memcmp(b, magic, 6) != 0)
        return fail(ERR_VALUE,
                    "This file contains pickled (object) data. If you trust the file you "
                    "can load it unsafely using the `allow_pickle=` keyword argument or "
                    "`pickle.load()`.");
    TRY(need(8, n, "magic string"));
    h->major = b[6];
    h->minor = b[7];
    if (h->major < 1 || h->major > 3 || h->minor != 0)
        return fail(ERR_VALUE,
                    "we only support format version (1,0), (2,0), and (3,0), not (%d, %d)",
                    h->major, h->minor);
    return OK;
}

/* Version 1 and 2 headers are Latin-1. */
static void latin1_to_utf8(Buf *out, const unsigned char *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (s[i] >= 0x80)
            buf_putc(out, (char)(0xC0 | s[i] >> 6));
        buf_putc(out, s[i] < 0x80 ? (char)s[i] : (char)(0x80 | (s[i] & 63)));
    }
}

/* Bytes of the character at s (0 when it is not well-formed, then *why says how). */
static int utf8_nbytes(const unsigned char *s, int64_t n, const char **why)
{
    int need = *s < 0x80 ? 1 : *s < 0xC2 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF5 ? 4 : 0;
    *why = "invalid start byte";
    if (need < 2)
        return need;
    for (int i = 1; i < need; i++) {
        *why = "unexpected end of data";
        if (i >= n)
            return 0;
        int least = i > 1 ? 0x80 : *s == 0xE0 ? 0xA0 : *s == 0xF0 ? 0x90 : 0x80;
        int most = i > 1 ? 0xBF : *s == 0xED ? 0x9F : *s == 0xF4 ? 0x8F : 0xBF;
        *why = "invalid continuation byte";
        if (s[i] < least || s[i] > most)
            return 0;
    }
    return need;
}

static Status check_utf8(const unsigned char *s, int64_t n)
{
    const char *why;
    for (int64_t i = 0, step; i < n; i += step) {
        step = utf8_nbytes(s + i, n - i, &why);
        if (!step)
            return fail(ERR_VALUE, "'utf-8' codec can't decode byte 0x%02x in position %lld: %s",
                        s[i], (long long)i, why);
    }
    return OK;
}

/* The header's bytes as UTF-8.  A header longer than what was read is longer than allowed. */
static Status header_text(const unsigned char *s, int64_t length, int64_t there, int major,
                          Buf *out)
{
    int64_t nchars = length;
    if (major == 3 && length <= there) {
        TRY(check_utf8(s, length));
        nchars = text_length((const char *)s, length);
    }
    if (nchars > HEADER_MAX || length > there)
        return fail(
            ERR_VALUE,
            "Header info length (%lld) is large and may not be safe to load securely.\n"
            "To allow loading, adjust `max_header_size` or fully trust the `.npy` file using "
            "`allow_pickle=True`.\nFor safety against large resource use or crashes, "
            "sandboxing may be necessary.",
            (long long)nchars);
    if (major == 3)
        buf_add(out, (const char *)s, (size_t)length);
    else
        latin1_to_utf8(out, s, length);
    return OK;
}

static Status parse_text(Arena *arena, const unsigned char *b, int64_t n, int64_t nfile, Buf *text,
                         NpyHeader *h)
{
    TRY(check_magic(b, n, h));
    int width = h->major == 1 ? 2 : 4;
    TRY(need(width, nfile - 8, "array header length"));
    int64_t length = b[8] | b[9] << 8;
    if (width == 4)
        length |= (int64_t)b[10] << 16 | (int64_t)b[11] << 24;
    h->data_at = 8 + width + length;
    TRY(need(length, nfile - 8 - width, "array header"));
    TRY(header_text(b + 8 + width, length, n - 8 - width, h->major, text));
    const Literal *shape = NULL;
    TRY(parse_dict(arena, text, h, &shape));
    h->count = wrapped_count(shape);
    TRY(check_size(shape, h, nfile - h->data_at));
    return take_shape(shape, h);
}

Status npy_parse_header(const void *bytes, int64_t n, int64_t nfile, NpyHeader *out)
{
    Arena arena;
    Buf text = {0};
    memset(out, 0, sizeof *out);
    arena_init(&arena);
    Status s = parse_text(&arena, bytes, n, nfile, &text, out);
    arena_fini(&arena);
    buf_free(&text);
    return s;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_shape(Buf *out, int ndim, const int64_t *shape)
{
    buf_putc(out, '(');
    for (int i = 0; i < ndim; i++)
        buf_printf(out, i ? ", %lld" : "%lld", (long long)shape[i]);
    buf_puts(out, ndim == 1 ? ",)" : ")");
}

void npy_write_header(Buf *out, DType t, int ndim, const int64_t *shape, bool fortran_order,
                      int major)
{
    Buf text = {0};
    char order = dtype_size(t) == 1 ? '|' : '<';
    buf_printf(&text, "{'descr': '%c%c%d', 'fortran_order': %s, 'shape': ", order, dtype_kind(t),
               dtype_size(t), fortran_order ? "True" : "False");
    put_shape(&text, ndim, shape);
    buf_puts(&text, ", }");
    if (ndim) { /* room for the extent that appending changes */
        char digits[32];
        int64_t extent = shape[fortran_order ? ndim - 1 : 0];
        int n = snprintf(digits, sizeof digits, "%lld", (long long)extent);
        buf_printf(&text, "%*s", GROWTH_DIGITS - n, "");
    }
    int width = major == 1 ? 2 : 4;
    int64_t pad = ALIGN - (8 + width + text.n + 1) % ALIGN;
    buf_printf(&text, "%*s\n", (int)pad, "");
    buf_add(out, magic, 6);
    buf_putc(out, (char)major);
    buf_putc(out, 0);
    for (int i = 0; i < width; i++)
        buf_putc(out, (char)(text.n >> (8 * i)));
    buf_add(out, text.at, (size_t)text.n);
    buf_free(&text);
}

void npy_swap(void *data, int64_t count, DType t)
{
    int size = dtype_size(t) / (dtype_is_complex(t) ? 2 : 1);
    count *= dtype_is_complex(t) ? 2 : 1;
    unsigned char *b = data;
    for (int64_t i = 0; i < count; i++, b += size) {
        for (int lo = 0, hi = size - 1; lo < hi; lo++, hi--) {
            unsigned char x = b[lo];
            b[lo] = b[hi];
            b[hi] = x;
        }
    }
}
