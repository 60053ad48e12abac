/* strpad.c -- text filled up to a width: center, ljust, rjust, zfill.  Replicated.  */
#include "interp/str.h"

static Value pad(Str *s, int64_t left, int64_t right, uint32_t fill)
{
    if (left <= 0 && right <= 0)
        return str_slice(s, 0, s->n);
    if (left + right > STR_MAX)
        return raise_oom();
    if (s->ascii && fill < 128 && left + s->n + right > 1) {
        Str *out = str_alloc(1, true, left + s->n + right);
        memset(out->data, (int)fill, (size_t)left);
        bytes_copy(out->data + left, s->data, s->n);
        memset(out->data + left + s->n, (int)fill, (size_t)right);
        return v_obj(out);
    }
    StrBuf b = {0};
    strbuf_fill(&b, fill, left);
    strbuf_add(&b, s, 0, s->n);
    strbuf_fill(&b, fill, right);
    return strbuf_take(&b);
}

static bool width_and_fill(Value *a, int64_t *margin, uint32_t *fill, int64_t *width)
{
    if (!op_as_int64(a[1], width))
        return false;
    *fill = ' ';
    if (!v_is_undef(a[2])) {
        if (!is_str(a[2])) {
            raise_fmt(&exc_TypeError, "The fill character must be a unicode character, not %T",
                      a[2]);
            return false;
        }
        if (a[2].s->n != 1) {
            raise_fmt(&exc_TypeError, "The fill character must be exactly one character long");
            return false;
        }
        *fill = str_get(a[2].s, 0);
    }
    *margin = *width > a[0].s->n ? *width - a[0].s->n : 0;
    return true;
}

Value str_m_center(Value *a, int n)
{
    int64_t margin, width;
    uint32_t fill;
    if (!width_and_fill(a, &margin, &fill, &width))
        return V_ERROR;
    int64_t left = margin / 2 + (margin & width & 1);
    return pad(a[0].s, left, margin - left, fill);
}

Value str_m_ljust(Value *a, int n)
{
    int64_t margin, width;
    uint32_t fill;
    return width_and_fill(a, &margin, &fill, &width) ? pad(a[0].s, 0, margin, fill) : V_ERROR;
}

Value str_m_rjust(Value *a, int n)
{
    int64_t margin, width;
    uint32_t fill;
    return width_and_fill(a, &margin, &fill, &width) ? pad(a[0].s, margin, 0, fill) : V_ERROR;
}

Value str_m_zfill(Value *a, int n)
{
    Str *s = a[0].s;
    int64_t width;
    if (!op_as_int64(a[1], &width))
        return V_ERROR;
    if (width <= s->n)
        return str_plain(a[0]);
    if (width > STR_MAX)
        return raise_oom();
    bool sign = s->n && (str_get(s, 0) == '+' || str_get(s, 0) == '-');
    if (s->ascii && width > 1) {
        Str *out = str_alloc(1, true, width);
        out->data[0] = s->data[0];
        memset(out->data + sign, '0', (size_t)(width - s->n));
        bytes_copy(out->data + sign + width - s->n, s->data + sign, s->n - sign);
        return v_obj(out);
    }
    StrBuf b = {0};
    strbuf_add(&b, s, 0, sign);
    strbuf_fill(&b, '0', width - s->n);
    strbuf_add(&b, s, sign, s->n);
    return strbuf_take(&b);
}
