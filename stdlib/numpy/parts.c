/* parts.c -- a.real and a.imag.  Replicated.
 *
 * The parts of a real array are itself and zeros.  Those of a complex z: a store holds whole
 * numbers, so the part is an array of its own that remembers z.  It is read afresh at each use and
 * written back after each assignment to it; what basic indices take from it are parts too, all
 * other views of it are read-only.
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

/* A real array of z's shape becomes one part of z. */
static bool part_store(Value z, Value part, bool imag)
{
    Operand out = array_operand(z),
            in[2] = {out, operand_array(as_array(part)->store, &as_array(part)->view)};
    return status_ok(rt_ew(imag ? OP_WITH_IMAG : OP_WITH_REAL, out.dtype, 2, in, 1, &out, NULL));
}

bool array_part_write(Value a)
{
    Array *p = as_array(a);
    if (v_is_undef(p->part_of))
        return true;
    return array_check_writable(p->part_of) && part_store(p->part_of, a, p->part_imag);
}

Value array_part_of(Value z, bool imag)
{
    Value r = v_is_error(z) ? z : complex_part(z, imag);
    release(z);
    return r;
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
    const View *v = &as_array(a)->view;
    Value part = array_new_like(dtype_real(array_dtype(a)), v->ndim, v->shape, 1, &v);
    bool ok = !v_is_error(part) && array_assign(part, x) && part_store(a, part, imag);
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
