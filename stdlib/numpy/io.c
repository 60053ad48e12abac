/* io.c -- arrays in files: load, save, fromfile, tofile, loadtxt, savetxt.  Replicated.
 *
 * Headers and texts go through rank 0; the elements of .npy files are read and written by every
 * rank in parallel.
 */
#include "stdlib/numpy/family.h"

#include "interp/objects.h"
#include "runtime/text/number.h"
#include "stdlib/npy/npy.h"
#include "stdlib/print/floatfmt.h"

#include <errno.h>

static bool path_from_value(Value v, const char **out)
{
    if (is_str(v)) {
        *out = str_cstr(v);
        if (text_length(*out, (int64_t)strlen(*out)) == v.s->n)
            return true;
        raise_fmt(&exc_ValueError, "embedded null byte");
        return false;
    }
    raise_fmt(&exc_TypeError, "expected str, bytes or os.PathLike object, not %T", v);
    return false;
}

/* -------------------------------------------------------------------------------- load */

/* The elements behind the header; a Fortran array is the transpose of what the file shows in C
 * order. */
static Value load_elements(const char *path, const NpyHeader *h)
{
    int64_t shape[NDIM_MAX];
    for (int k = 0; k < h->ndim; k++)
        shape[k] = h->shape[h->fortran_order ? h->ndim - 1 - k : k];
    Value a = array_new(h->dtype, h->ndim, shape);
    if (v_is_error(a))
        return a;
    Operand out = array_operand(a);
    if (h->count && !status_ok(rt_load_raw(path, h->data_at, h->swapped, &out))) {
        release(a);
        return V_ERROR;
    }
    if (!h->fortran_order || h->ndim < 2)
        return a;
    int perm[NDIM_MAX];
    for (int k = 0; k < h->ndim; k++)
        perm[k] = h->ndim - 1 - k;
    View v = view_transpose(&as_array(a)->view, perm);
    return np_view(a, &v);
}

/* file, mmap_mode, allow_pickle, fix_imports, encoding, max_header_size */
static Value f_load(Value *a, int n)
{
    const char *path;
    char *bytes;
    int64_t nbytes, nfile;
    NpyHeader h;
    if (!path_from_value(a[0], &path) || !option_absent(a[1], "load(mmap_mode=)"))
        return V_ERROR;
    if (a[5].tag != TAG_INT || a[5].i != 10000)
        return raise_unsupported("load(max_header_size=)", "NumPy");
    if (!status_ok(rt_read_file(path, NPY_PREFIX_NBYTES, &bytes, &nbytes, &nfile)))
        return V_ERROR;
    Status st = npy_parse_header(bytes, nbytes, nfile, &h);
    free(bytes);
    if (st != OK)
        return raise_status(st);
    if (h.python2 &&
        !warn_fmt(
            &exc_UserWarning,
            "Reading `.npy` or `.npz` file required additional header parsing as it was created "
            "on Python 2. Save the file again to speed up loading and avoid this warning."))
        return V_ERROR;
    return load_elements(path, &h);
}

/* -------------------------------------------------------------------------------- save */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static bool save_array(const char *path, Value x)
{
    const View *v = &as_array(x)->view;
    bool fortran = view_is_f_contiguous(v) && !view_is_c_contiguous(v);
    Buf header = {0};
    npy_write_header(&header, array_dtype(x), v->ndim, v->shape, fortran, 1);
    Operand in = array_operand(x);
    if (fortran) {
        int perm[NDIM_MAX];
        for (int k = 0; k < v->ndim; k++)
            perm[k] = v->ndim - 1 - k;
        in.view = view_transpose(v, perm);
    }
    Status st = rt_save_raw(path, header.at, header.n, &in);
    buf_free(&header);
    return status_ok(st);
}

/* file, arr, allow_pickle, fix_imports */
static Value f_save(Value *a, int n)
{
    const char *path;
    if (!path_from_value(a[0], &path))
        return V_ERROR;
    Value name = ends_with(path, ".npy") ? retain(a[0]) : str_fmt("%s.npy", path);
    Value x = array_from_value(a[1], DT_NONE, 0, false);
    bool ok = !v_is_error(x) && save_array(str_cstr(name), x);
    release(name);
    release(x);
    return ok ? V_NONE : V_ERROR;
}

/* --------------------------------------------------------------------------- raw files */

/* self, fid, sep, format */
static Value m_tofile(Value *a, int n)
{
    const char *path;
    if (!path_from_value(a[1], &path))
        return V_ERROR;
    if (!is_str(a[2]) || a[2].s->n)
        return raise_unsupported("tofile(sep=)", "NumPy");
    Operand in = array_operand(a[0]);
    return status_ok(rt_save_raw(path, "", 0, &in)) ? V_NONE : V_ERROR;
}

/* file, dtype, count, sep, offset */
static Value f_fromfile(Value *a, int n)
{
    const char *path;
    char *bytes;
    int64_t nbytes, count, offset;
    DType t;
    if (!path_from_value(a[0], &path) || !dtype_from_value(a[1], &t) ||
        !op_as_int64(a[2], &count) || !op_as_int64(a[4], &offset))
        return V_ERROR;
    if (!is_str(a[3]) || a[3].s->n)
        return raise_unsupported("fromfile(sep=)", "NumPy");
    if (!status_ok(rt_read_file(path, -1, &bytes, &nbytes, NULL)))
        return V_ERROR;
    t = t == DT_NONE ? DT_FLOAT64 : t;
    int64_t have = int64_max(0, nbytes - offset) / dtype_size(t);
    count = count < 0 ? have : int64_min(count, have);
    for (int64_t i = offset; t == DT_BOOL && offset >= 0 && i < nbytes; i++)
        bytes[i] = bytes[i] != 0;
    Value r = offset < 0 ? raise_fmt(&exc_ValueError, "offset must not be negative")
                         : np_host(t, 1, &count, bytes + int64_min(offset, nbytes));
    free(bytes);
    return r;
}

/* ----------------------------------------------------------------------------- textfiles */

typedef struct TextTable {
    Vec(double) cell;
    int64_t rows, columns;
} TextTable;

/* One line's fields, between delimiters or blanks; false: exception. */
static bool table_line(TextTable *t, const char *p, const char *end, const char *delimiter)
{
    int64_t columns = 0;
    size_t nd = delimiter ? strlen(delimiter) : 0;
    while (p < end) {
        const char *stop = p;
        if (!delimiter) {
            while (p < end && char_is_space((unsigned char)*p))
                p++;
            if (p == end)
                break;
            for (stop = p; stop < end && !char_is_space((unsigned char)*stop);)
                stop++;
        } else {
            while (stop < end && strncmp(stop, delimiter, nd))
                stop++;
        }
        double x;
        if (!float_parse(p, stop - p, &x)) {
            raise_fmt(&exc_ValueError,
                      "could not convert string '%.*s' to float64 at row %lld, column %lld.",
                      (int)(stop - p), p, (long long)t->rows, (long long)columns + 1);
            return false;
        }
        vec_push(&t->cell, x);
        columns++;
        p = stop + (delimiter && stop < end ? nd : 0);
    }
    if (columns == 0)
        return true;
    if (t->rows && columns != t->columns) {
        raise_fmt(&exc_ValueError,
                  "the number of columns changed from %lld to %lld at row %lld; use `usecols` to "
                  "select a subset and avoid this error",
                  (long long)t->columns, (long long)columns, (long long)t->rows + 1);
        return false;
    }
    t->columns = columns;
    t->rows++;
    return true;
}

static bool table_parse(TextTable *t, const char *text, int64_t n, const char *comment,
                        const char *delimiter, int64_t skip)
{
    const char *p = text, *end = text + n;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *next = stop ? stop + 1 : end, *line = stop ? stop : end;
        if (comment) {
            size_t nc = strlen(comment);
            for (const char *q = p; q + nc <= line; q++)
                if (!memcmp(q, comment, nc)) {
                    line = q;
                    break;
                }
        }
        while (line > p && (line[-1] == '\r' || line[-1] == ' '))
            line--;
        if (skip > 0)
            skip--;
        else if (!table_line(t, p, line, delimiter))
            return false;
        p = next;
    }
    return true;
}

/* fname, dtype, comments, delimiter, converters, skiprows, usecols, unpack, ndmin, encoding,
 * max_rows, quotechar, like */
static Value f_loadtxt(Value *a, int n)
{
    const char *path;
    char *text;
    int64_t nbytes, skip, ndmin;
    DType t;
    bool unpack;
    if (!path_from_value(a[0], &path) || !dtype_from_value(a[1], &t) || !op_as_int64(a[5], &skip) ||
        !op_as_int64(a[8], &ndmin) || !np_flag(a[7], false, &unpack) ||
        !option_absent(a[4], "loadtxt(converters=)") || !option_absent(a[6], "loadtxt(usecols=)") ||
        !option_absent(a[10], "loadtxt(max_rows=)") || !option_absent(a[11], "loadtxt(quotechar=)"))
        return V_ERROR;
    Status st = rt_read_file(path, -1, &text, &nbytes, NULL);
    if (st == ERR_OS && status_errno() == ENOENT)
        return raise_fmt(&exc_FileNotFoundError, "%s not found.", path);
    if (st != OK)
        return raise_status(st);
    TextTable table = {0};
    bool ok = table_parse(&table, text, nbytes, is_str(a[2]) ? str_cstr(a[2]) : NULL,
                          is_str(a[3]) ? str_cstr(a[3]) : NULL, skip);
    free(text);
    int64_t shape[2] = {table.rows, table.columns};
    Value r = ok ? np_host(DT_FLOAT64, 2, shape, table.cell.at) : V_ERROR;
    vec_free(&table.cell);
    r = v_is_error(r) ? r : np_cast(r, t == DT_NONE ? DT_FLOAT64 : t);
    if (!v_is_error(r) && ndmin < 2 && (shape[0] == 1 || shape[1] == 1 || !shape[0])) {
        int64_t flat = shape[0] * shape[1];
        r = np_reshape(r, flat == 1 && ndmin < 1 ? 0 : 1, &flat);
    }
    if (unpack && !v_is_error(r) && array_ndim(r) == 2) {
        View v = view_transpose(&as_array(r)->view, (int[]){1, 0});
        r = np_view(r, &v);
    }
    return r;
}

/* Rows of a table as text by one printf-like format for every number. */
static Value table_text(Value x, const char *format, const char *delimiter, const char *newline,
                        Buf *out)
{
    int64_t columns = array_ndim(x) > 1 ? array_shape(x)[1] : 1, count = array_size(x);
    DType t = array_dtype(x);
    char *data = array_fetch(x);
    Value fmt = str_new(format), r = V_NONE;
    for (int64_t i = 0; data && i < count && !v_is_error(r); i++) {
        Value item = element_to_python(t, data + i * dtype_size(t));
        Value text = op_binary(fmt, item, BIN_MOD);
        release(item);
        if (v_is_error(text)) {
            r = text;
            break;
        }
        buf_puts(out, str_cstr(text));
        buf_puts(out, (i + 1) % columns ? delimiter : newline);
        release(text);
    }
    free(data);
    release(fmt);
    return data ? r : V_ERROR;
}

/* Lines, each behind the comment sign. */
static void put_commented(Buf *out, const char *text, const char *comment, const char *newline)
{
    if (!*text)
        return;
    buf_puts(out, comment);
    for (; *text; text++) {
        buf_putc(out, *text);
        if (*text == '\n')
            buf_puts(out, comment);
    }
    buf_puts(out, newline);
}

/* fname, X, fmt, delimiter, newline, header, footer, comments, encoding */
static Value f_savetxt(Value *a, int n)
{
    const char *path;
    if (!path_from_value(a[0], &path))
        return V_ERROR;
    for (int k = 2; k < 8; k++)
        if (!is_str(a[k]) && !(k == 4 && v_is_undef(a[k])))
            return raise_unsupported("savetxt(fmt= or other options that are no str)", "NumPy");
    Value x = array_from_value(a[1], DT_NONE, 0, false);
    if (v_is_error(x))
        return x;
    int nd = array_ndim(x);
    if (nd == 0 || nd > 2) {
        release(x);
        return raise_fmt(&exc_ValueError, "Expected 1D or 2D array, got %dD array instead", nd);
    }
    const char *newline = v_is_undef(a[4]) ? "\n" : str_cstr(a[4]), *comment = str_cstr(a[7]);
    Buf out = {0};
    put_commented(&out, str_cstr(a[5]), comment, newline);
    Value r = table_text(x, str_cstr(a[2]), str_cstr(a[3]), newline, &out);
    put_commented(&out, str_cstr(a[6]), comment, newline);
    if (!v_is_error(r)) {
        Value bytes = np_host(DT_UINT8, 1, &out.n, buf_text(&out));
        Operand in = v_is_error(bytes) ? (Operand){0} : array_operand(bytes);
        r = !v_is_error(bytes) && status_ok(rt_save_raw(path, "", 0, &in)) ? V_NONE : V_ERROR;
        release(bytes);
    }
    buf_free(&out);
    release(x);
    return r;
}

const NativeDef numpy_io[] = {
    {"load",
     "def: file, mmap_mode=None, allow_pickle=False, fix_imports=True, "
     "encoding='ASCII', *, max_header_size=10000",
     f_load, "The array in a .npy file."},
    {"save", "def: file, arr, allow_pickle=True, fix_imports=?", f_save,
     "Write an array to a .npy file."},
    {"fromfile", "file, dtype=None, count=-1, sep='', offset=0, *, like=None", f_fromfile,
     "Raw elements of a file."},
    {"loadtxt",
     "def: fname, dtype=None, comments='#', delimiter=None, converters=None, "
     "skiprows=0, usecols=None, unpack=False, ndmin=0, "
     "encoding=None, max_rows=None, *, quotechar=None, like=None",
     f_loadtxt, "A table of numbers in a text file."},
    {"savetxt",
     "def: fname, X, fmt='%.18e', delimiter=' ', newline=?, header='', "
     "footer='', comments='# ', encoding=None",
     f_savetxt, "Write a table of numbers as text."},
    {0}};

const NativeDef ndarray_methods_io[] = {
    {"tofile", "self, file, sep='', format='%s'", m_tofile, "Write the raw elements to a file."},
    {0}};
