/* parts.c -- a.real and a.imag.  Replicated.
 *
 * The parts of a real array are itself and zeros.  Those of a complex z: a store holds whole
 * numbers, so the part is an array of its own that remembers z.  It is read afresh at each use and
 * written back after each assignment to it; views of it are read-only.
 */
#include "stdlib/numpy/array.h"

static bool part_read(Value part)
{
    Array *p = as_array(part);
    Operand in = array_operand(p->part_of), out = operand_array(p->store, &p->view);
    return status_ok(rt_ew(p->part_imag ? OP_IMAG : OP_REAL, in.dtype, 1, &in, 1, &out, NULL));
}

void array_part_refresh(Value a)
{
    if (!part_read(a))
        error_clear();
}

static Value complex_part(Value a, bool imag)
{
    const View *v = &as_array(a)->view;
    Value r = array_new_like(dtype_real(array_dtype(a)), v->ndim, v->shape, 1, &v);
    if (v_is_error(r))
        return r;
    Array *p = as_array(r);
    p->readonly = true;
    p->part_of = retain(a);
    p->part_imag = imag;
    if (part_read(r))
        return r;
    release(r);
    return V_ERROR;
}

/* a's elements from two real arrays of its shape.  Through host memory: no operation makes a
 * complex of two reals without touching infinities or the signs of zeros. */
static bool parts_join(Value a, Value re, Value im)
{
    DType t = array_dtype(a);
    size_t size = (size_t)dtype_size(dtype_real(t));
    int64_t n = view_size(&as_array(a)->view);
    Operand r = operand_array(as_array(re)->store, &as_array(re)->view),
            i = operand_array(as_array(im)->store, &as_array(im)->view);
    static const int64_t zero[NDIM_MAX];
    char *x = xmalloc((size_t)n * size + 1), *y = xmalloc((size_t)n * size + 1),
         *both = xmalloc(2 * (size_t)n * size + 1);
    bool ok = n == 0 || (status_ok(rt_fetch(&r, zero, r.view.shape, x)) &&
                         status_ok(rt_fetch(&i, zero, i.view.shape, y)));
    for (int64_t k = 0; ok && k < n; k++) {
        memcpy(both + 2 * (size_t)k * size, x + (size_t)k * size, size);
        memcpy(both + (2 * (size_t)k + 1) * size, y + (size_t)k * size, size);
    }
    Operand out = array_operand(a);
    ok = ok && status_ok(rt_host(&out, both));
    free(x);
    free(y);
    free(both);
    return ok;
}

bool array_part_write(Value a)
{
    Array *p = as_array(a);
    if (v_is_undef(p->part_of))
        return true;
    if (!array_check_writable(p->part_of))
        return false;
    Value other = complex_part(p->part_of, !p->part_imag);
    bool ok = !v_is_error(other) &&
              parts_join(p->part_of, p->part_imag ? other : a, p->part_imag ? a : other);
    release(other);
    return ok;
}

Value array_get_real(Value a)
{
    return dtype_is_complex(array_dtype(a)) ? complex_part(a, false) : retain(a);
}

Value array_get_imag(Value a)
{
    const View *v = &as_array(a)->view;
    if (dtype_is_complex(array_dtype(a)))
        return complex_part(a, true);
    Value r = array_new_like(array_dtype(a), v->ndim, v->shape, 1, &v);
    if (!v_is_error(r))
        as_array(r)->readonly = true;
    return r;
}

static bool set_part(Value a, Value x, bool imag)
{
    if (!array_check_writable(a))
        return false;
    Value part = complex_part(a, imag);
    bool ok = !v_is_error(part) && array_assign(part, x);
    release(part);
    return ok;
}

bool array_set_real(Value a, Value x)
{
    return dtype_is_complex(array_dtype(a)) ? set_part(a, x, false) : array_assign(a, x);
}
bool array_set_imag(Value a, Value x)
{
    if (dtype_is_complex(array_dtype(a)))
        return set_part(a, x, true);
    raise_fmt(&exc_TypeError, "array does not have imaginary part to set");
    return false;
}
