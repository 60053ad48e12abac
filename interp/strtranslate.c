/* strtranslate.c -- str.translate and its tables.  Replicated. */
#include "interp/scalars.h"
#include "interp/str.h"

/* Append what `to` says in place of a character; false: exception. */
static bool put_translated(StrBuf *b, Value to)
{
    int64_t c;
    if (v_is_none(to))
        return true;
    if (is_str(to)) {
        strbuf_add(b, to.s, 0, to.s->n);
        return true;
    }
    if (!is_int(to)) {
        raise_fmt(&exc_TypeError, "character mapping must return integer, None or str");
        return false;
    }
    if (!int_as_int64(to, &c) || c < 0 || c > 0x10ffff) {
        raise_fmt(&exc_ValueError, "character mapping must be in range(0x110000)");
        return false;
    }
    strbuf_put(b, (uint32_t)c);
    return true;
}

/* table[c]; undefined when the table has nothing for c. */
static Value translation_of(Value table, uint32_t c)
{
    if (is_exact(table, &type_dict))
        return retain(dict_get(table, v_int(c)));
    Value to = op_getitem(table, v_int(c));
    if (v_is_error(to) && error_matches(&exc_LookupError)) {
        error_clear();
        return V_UNDEF;
    }
    return to;
}

Value str_m_translate(Value *a, int n)
{
    Str *s = a[0].s;
    StrBuf b = {0};
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t c = str_get(s, i);
        Value to = translation_of(a[1], c);
        bool done = !v_is_error(to);
        if (v_is_undef(to))
            strbuf_put(&b, c);
        else if (done)
            done = put_translated(&b, to);
        release(to);
        if (!done) {
            strbuf_free(&b);
            return V_ERROR;
        }
    }
    return strbuf_take(&b);
}

static bool maketrans_entry(Value table, Value key, Value x)
{
    if (is_str(key)) {
        if (key.s->n != 1) {
            raise_fmt(&exc_ValueError, "string keys in translate table must be of length 1");
            return false;
        }
        return dict_set(table, v_int(str_get(key.s, 0)), x);
    }
    if (is_int(key))
        return dict_set(table, key, x);
    raise_fmt(&exc_TypeError, "keys in translate table must be strings or integers");
    return false;
}

static Value maketrans_dict(Value from)
{
    if (!is_instance(from, &type_dict))
        return raise_fmt(&exc_TypeError,
                         "if you give only one argument to maketrans it must be a dict");
    Value table = dict_new(), key, x;
    for (int64_t at = 0; dict_next(from, &at, &key, &x);)
        if (!maketrans_entry(table, key, x)) {
            release(table);
            return V_ERROR;
        }
    return table;
}

static Value str_m_maketrans(Value *a, int n)
{
    if (v_is_undef(a[1]))
        return maketrans_dict(a[0]);
    if (!str_check_arg(a[1], "maketrans", "2 ") ||
        (!v_is_undef(a[2]) && !str_check_arg(a[2], "maketrans", "3 ")))
        return V_ERROR;
    if (!is_str(a[0]))
        return raise_fmt(&exc_TypeError, "first maketrans argument must be a string if there is a "
                                         "second argument");
    if (a[0].s->n != a[1].s->n)
        return raise_fmt(&exc_ValueError,
                         "the first two maketrans arguments must have equal length");
    Value table = dict_new();
    for (int64_t i = 0; i < a[0].s->n; i++)
        dict_set(table, v_int(str_get(a[0].s, i)), v_int(str_get(a[1].s, i)));
    for (int64_t i = 0; !v_is_undef(a[2]) && i < a[2].s->n; i++)
        dict_set(table, v_int(str_get(a[2].s, i)), V_NONE);
    return table;
}

const NativeDef str_statics[] = {
    {"maketrans", "x, y=?, z=?, /", str_m_maketrans, "Table for translate."},
    {NULL, NULL, NULL, NULL},
};
