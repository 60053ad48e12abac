/* ops.c -- the generic operations: what `a + b`, `a == b`, len(a), repr(a) ... mean for any values.
 * Replicated.
 *
 * Each looks at the slots of the operands' types.  Binary operators ask the left type, then the
 * right; the right first where its type is a subclass of the left's.  Inline ints and floats are
 * decided at once.
 */
#include "interp/containers.h"

/* ------------------------------------------------------------------ text forms */

static Value text_checked(Value r, const char *what)
{
    if (v_is_error(r) || is_str(r))
        return r;
    raise_fmt(&exc_TypeError, "%s returned non-string (type %T)", what, r);
    release(r);
    return V_ERROR;
}

Value op_repr(Value v)
{
    Type *t = type_of(v);
    return text_checked(t->repr(v), "__repr__");
}

Value op_str(Value v)
{
    Type *t = type_of(v);
    if (t == &type_str)
        return retain(v);
    return text_checked(t->str ? t->str(v) : t->repr(v), "__str__");
}

/* repr with everything beyond ASCII escaped. */
Value op_ascii(Value v)
{
    Value r = op_repr(v);
    if (v_is_error(r) || r.s->ascii)
        return r;
    Buf b = {0};
    for (int64_t i = 0; i < r.s->n; i++) {
        uint32_t c = str_at(r.s, i);
        if (c < 128)
            buf_putc(&b, (char)c);
        else
            buf_printf(&b, c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
    }
    release(r);
    return repr_text(&b, true);
}

Value op_format(Value v, Str *spec)
{
    return type_of(v)->format(v, spec);
}

/* Containers being printed: one that contains itself prints dots. */
static Vec(Object *) printing;

int repr_enter(Value v)
{
    for (int64_t i = 0; i < printing.n; i++)
        if (printing.at[i] == v.o)
            return 1;
    if (!depth_enter(" while getting the repr of an object"))
        return -1;
    vec_push(&printing, v.o);
    return 0;
}

void repr_leave(void)
{
    printing.n--;
    depth_leave();
}

bool repr_into(Value v, Buf *b)
{
    Value r = op_repr(v);
    if (v_is_error(r))
        return false;
    str_utf8(r.s, b);
    release(r);
    return true;
}

Value repr_text(Buf *b, bool ok)
{
    Value r = ok ? str_new_n(b->at ? b->at : "", b->n) : V_ERROR;
    buf_free(b);
    return r;
}

/* ------------------------------------------------------------ hash, comparison */

bool op_hash(Value v, int64_t *out)
{
    if (v.tag == TAG_INT && v.i > -(1LL << 60) && v.i < 1LL << 60) {
        *out = v.i == -1 ? -2 : v.i;
        return true;
    }
    Type *t = type_of(v);
    if (t->hash)
        return t->hash(v, out);
    raise_fmt(&exc_TypeError, "unhashable type: '%T'", v);
    return false;
}

static bool holds(int order, CmpOp op)
{
    switch (op) {
    case CMP_LT:
        return order < 0;
    case CMP_LE:
        return order <= 0;
    case CMP_EQ:
        return order == 0;
    case CMP_NE:
        return order != 0;
    case CMP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool float_holds(double a, double b, CmpOp op)
{
    switch (op) {
    case CMP_LT:
        return a < b;
    case CMP_LE:
        return a <= b;
    case CMP_EQ:
        return a == b;
    case CMP_NE:
        return a != b;
    case CMP_GT:
        return a > b;
    default:
        return a >= b;
    }
}

static const CmpOp swapped[] = {[CMP_LT] = CMP_GT, [CMP_LE] = CMP_GE, [CMP_EQ] = CMP_EQ,
                                [CMP_NE] = CMP_NE, [CMP_GT] = CMP_LT, [CMP_GE] = CMP_LE};
static const char *const cmp_text[] = {[CMP_LT] = "<",  [CMP_LE] = "<=", [CMP_EQ] = "==",
                                       [CMP_NE] = "!=", [CMP_GT] = ">",  [CMP_GE] = ">="};

static Value compare_slots(Value a, Value b, CmpOp op)
{
    Type *ta = type_of(a), *tb = type_of(b);
    bool reflected = false;
    if (ta != tb && tb->compare && type_is_subtype(tb, ta)) {
        Value r = tb->compare(b, a, swapped[op]);
        if (r.tag != TAG_NOTIMPL)
            return r;
        reflected = true;
    }
    if (ta->compare) {
        Value r = ta->compare(a, b, op);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    if (!reflected && tb->compare) {
        Value r = tb->compare(b, a, swapped[op]);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    if (op == CMP_EQ || op == CMP_NE)
        return v_bool(op_same(a, b) == (op == CMP_EQ));
    return raise_fmt(&exc_TypeError, "'%s' not supported between instances of '%T' and '%T'",
                     cmp_text[op], a, b);
}

Value op_compare(Value a, Value b, CmpOp op)
{
    if (a.tag == TAG_INT && b.tag == TAG_INT)
        return v_bool(holds((a.i > b.i) - (a.i < b.i), op));
    if (a.tag == TAG_FLOAT && b.tag == TAG_FLOAT)
        return v_bool(float_holds(a.f, b.f, op));
    if (a.tag != TAG_OBJ && b.tag != TAG_OBJ)
        return compare_slots(a, b, op);
    if (!depth_enter(" in comparison"))
        return V_ERROR;
    Value r = compare_slots(a, b, op);
    depth_leave();
    return r;
}

enum { UNKNOWN = -2 };

/* Equality of tuples as far as identical elements, ints and strs tell, where no bound on recursion
 * is near. */
static int tuples_equal(const Tuple *a, const Tuple *b)
{
    int64_t n = a->n < b->n ? a->n : b->n;
    if (depth_count.now + 2 >= depth_count.limit)
        return UNKNOWN;
    for (int64_t i = 0; i < n; i++) {
        Value x = a->at[i], y = b->at[i];
        if (op_same(x, y))
            continue;
        if (x.tag == TAG_INT && y.tag == TAG_INT)
            return 0;
        if (!is_exact(x, &type_str) || !is_exact(y, &type_str))
            return UNKNOWN;
        if (!str_equal(x.s, y.s))
            return 0;
    }
    return a->n == b->n;
}

/* What the shortest cases leave. */
static __attribute__((noinline)) int equal_rest(Value a, Value b)
{
    if (is_exact(a, &type_tuple) && is_exact(b, &type_tuple)) {
        int same = tuples_equal(as_tuple(a), as_tuple(b));
        if (same != UNKNOWN)
            return same;
    }
    Value r = op_compare(a, b, CMP_EQ);
    if (r.tag == TAG_BOOL)
        return (int)r.i;
    if (v_is_error(r))
        return -1;
    int truth = op_truth(r);
    release(r);
    return truth;
}

int op_equal(Value a, Value b)
{
    if (op_same(a, b))
        return 1;
    if (a.tag == TAG_INT && b.tag == TAG_INT)
        return 0;
    if (is_exact(a, &type_str) && is_exact(b, &type_str))
        return str_equal(a.s, b.s);
    return equal_rest(a, b);
}

int op_truth(Value v)
{
    switch (v.tag) {
    case TAG_BOOL:
    case TAG_INT:
        return v.i != 0;
    case TAG_FLOAT:
        return v.f != 0;
    case TAG_NONE:
        return 0;
    default:
        break;
    }
    Type *t = type_of(v);
    if (t->truth)
        return t->truth(v);
    if (!t->len)
        return 1;
    int64_t n = t->len(v);
    return n < 0 ? -1 : n > 0;
}

/* ------------------------------------------------------------------- iteration */

Value op_iter(Value v)
{
    Type *t = type_of(v);
    if (t->iter) {
        Value it = t->iter(v);
        if (v_is_error(it) || type_of(it)->next)
            return it;
        raise_fmt(&exc_TypeError, "iter() returned non-iterator of type '%T'", it);
        release(it);
        return V_ERROR;
    }
    if (t->getitem && !is_dict(v) && t != &type_mappingproxy)
        return seq_iter_new(v);
    return raise_fmt(&exc_TypeError, "'%T' object is not iterable", v);
}

Value op_next(Value it)
{
    Type *t = type_of(it);
    if (!t->next)
        return raise_fmt(&exc_TypeError, "'%T' object is not an iterator", it);
    Value x = t->next(it);
    if (v_is_error(x) && error_matches(&exc_StopIteration)) {
        error_clear();
        return V_UNDEF;
    }
    return x;
}

int64_t op_len(Value v)
{
    Type *t = type_of(v);
    if (t->len)
        return t->len(v);
    raise_fmt(&exc_TypeError, "object of type '%T' has no len()", v);
    return -1;
}

/* How many elements to expect: 0 when unknown, -1 for an exception. */
int64_t op_len_hint(Value v)
{
    Type *t = type_of(v);
    if (t->len) {
        int64_t n = t->len(v);
        if (n >= 0 || !error_matches(&exc_TypeError))
            return n;
        error_clear();
    }
    if (v_is_undef(type_lookup(t, S(__length_hint__))))
        return 0;
    Value r = special_call(v, S(__length_hint__), NULL, 0, V_UNDEF);
    if (v_is_error(r)) {
        if (!error_matches(&exc_TypeError))
            return -1;
        error_clear();
        return 0;
    }
    int64_t n = 0;
    if (r.tag == TAG_NOTIMPL)
        return 0;
    if (!is_int(r))
        raise_fmt(&exc_TypeError, "__length_hint__ must be an integer, not %T", r);
    else if (int_sign(r) < 0)
        raise_fmt(&exc_ValueError, "__length_hint__() should return >= 0");
    else if (!int_as_int64(r, &n))
        raise_fmt(&exc_OverflowError, "Python int too large to convert to C ssize_t");
    release(r);
    return error_is_set() ? -1 : n;
}

/* ----------------------------------------------------------------------- items */

Value op_getitem(Value v, Value key)
{
    Type *t = type_of(v);
    if (t->getitem)
        return t->getitem(v, key);
    if (is_type(v)) {
        Value f = op_getattr_opt(v, S(__class_getitem__));
        if (v_is_error(f))
            return f;
        if (f.tag > TAG_ERROR) {
            Value r = op_call1(f, key);
            release(f);
            return r;
        }
        if (v.o == &type_type.gc.ob)
            return alias_of((Value[]){v, key}, 2);
        return raise_fmt(&exc_TypeError, "type '%s' is not subscriptable", as_type(v)->name);
    }
    return raise_fmt(&exc_TypeError, "'%T' object is not subscriptable", v);
}

bool op_setitem(Value v, Value key, Value x)
{
    Type *t = type_of(v);
    if (t->setitem)
        return t->setitem(v, key, x);
    const char *not =
        v_is_undef(x) && (t->getitem || t->flags & TYPE_HEAP) ? "doesn't" : "does not";
    raise_fmt(&exc_TypeError, "'%T' object %s support item %s", v, not,
              v_is_undef(x) ? "deletion" : "assignment");
    return false;
}

int op_contains(Value v, Value x)
{
    Type *t = type_of(v);
    if (t->contains)
        return t->contains(v, x);
    if (!t->iter && !t->getitem) {
        raise_fmt(&exc_TypeError, "argument of type '%T' is not iterable", v);
        return -1;
    }
    Value it = op_iter(v);
    if (v_is_error(it))
        return -1;
    for (;;) {
        Value y = op_next(it);
        if (y.tag <= TAG_ERROR) {
            release(it);
            return v_is_undef(y) ? 0 : -1;
        }
        int same = op_equal(y, x);
        release(y);
        if (same) {
            release(it);
            return same;
        }
    }
}

/* ------------------------------------------------------------------- operators */

static const char *const binary_text[BIN_COUNT] = {
    [BIN_ADD] = "+",       [BIN_SUB] = "-",           [BIN_MUL] = "*",           [BIN_DIV] = "/",
    [BIN_FLOORDIV] = "//", [BIN_MOD] = "%",           [BIN_POW] = "** or pow()", [BIN_MATMUL] = "@",
    [BIN_LSHIFT] = "<<",   [BIN_RSHIFT] = ">>",       [BIN_AND] = "&",           [BIN_OR] = "|",
    [BIN_XOR] = "^",       [BIN_DIVMOD] = "divmod()",
};

static Value binary_slots(Value a, Value b, BinOp op)
{
    Type *ta = type_of(a), *tb = type_of(b);
    Value (*fa)(Value, Value, BinOp) = ta->binary;
    Value (*fb)(Value, Value, BinOp) = ta != tb && tb->binary != fa ? tb->binary : NULL;
    if (fa) {
        if (fb && type_is_subtype(tb, ta)) {
            Value r = fb(a, b, op);
            if (r.tag != TAG_NOTIMPL)
                return r;
            fb = NULL;
        }
        Value r = fa(a, b, op);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    return fb ? fb(a, b, op) : V_NOTIMPL;
}

static const char *sequence_name(Value v)
{
    return is_list(v) ? "list" : is_tuple(v) ? "tuple" : is_str(v) ? "str" : NULL;
}

static Value fail_binary(Value a, Value b, BinOp op, const char *text)
{
    const char *seq = sequence_name(a);
    if (op == BIN_ADD && seq)
        return raise_fmt(&exc_TypeError, "can only concatenate %s (not \"%T\") to %s", seq, b, seq);
    if (op == BIN_MUL && (seq || sequence_name(b)))
        return raise_fmt(&exc_TypeError, "can't multiply sequence by non-int of type '%T'",
                         seq ? b : a);
    return raise_fmt(&exc_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'", text, a,
                     b);
}

/* list + array: an array's operator is a number's, and numbers come before a sequence's own + and
 * *. */
static Value array_before_sequence(Value a, Value b, BinOp op)
{
    if (b.tag != TAG_OBJ || !(b.o->type->flags & TYPE_ARRAY) || !(is_list(a) || is_tuple(a)))
        return V_NOTIMPL;
    return b.o->type->binary(a, b, op);
}

Value op_binary(Value a, Value b, BinOp op)
{
    /* Most operands are of one type, and no array. */
    Type *t = type_of(a);
    Value r = V_NOTIMPL;
    if (t == type_of(b) && t->binary && !(t->flags & TYPE_ARRAY)) {
        r = t->binary(a, b, op);
    } else {
        r = array_before_sequence(a, b, op);
        if (r.tag == TAG_NOTIMPL)
            r = binary_slots(a, b, op);
    }
    return r.tag == TAG_NOTIMPL ? fail_binary(a, b, op, binary_text[op]) : r;
}

Value op_inplace(Value a, Value b, BinOp op)
{
    static const char *const text[BIN_COUNT] = {
        [BIN_ADD] = "+=",       [BIN_SUB] = "-=",          [BIN_MUL] = "*=",  [BIN_DIV] = "/=",
        [BIN_FLOORDIV] = "//=", [BIN_MOD] = "%=",          [BIN_POW] = "**=", [BIN_MATMUL] = "@=",
        [BIN_LSHIFT] = "<<=",   [BIN_RSHIFT] = ">>=",      [BIN_AND] = "&=",  [BIN_OR] = "|=",
        [BIN_XOR] = "^=",       [BIN_DIVMOD] = "divmod()",
    };
    Type *t = type_of(a);
    Value r = array_before_sequence(a, b, op);
    if (r.tag != TAG_NOTIMPL)
        return r;
    if (t->inplace) {
        r = t->inplace(a, b, op);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    r = binary_slots(a, b, op);
    return r.tag == TAG_NOTIMPL ? fail_binary(a, b, op, text[op]) : r;
}

/* pow(a, b, mod): each operand's type is asked once; a class may take mod in __pow__. */
Value op_power(Value a, Value b, Value mod)
{
    if (v_is_none(mod))
        return op_binary(a, b, BIN_POW);
    Type *ta = type_of(a), *tb = type_of(b), *tm = type_of(mod);
    Value r = V_NOTIMPL;
    if (ta->flags & TYPE_HEAP && !dunder_owner(type_lookup(ta, S(__pow__)))) {
        Value args[2] = {b, mod};
        Value x = special_call(a, S(__pow__), args, 2, V_UNDEF);
        r = v_is_undef(x) ? V_NOTIMPL : x;
    } else if (ta->power) {
        r = ta->power(a, b, mod);
    }
    if (r.tag == TAG_NOTIMPL && tb->power && tb->power != ta->power)
        r = tb->power(a, b, mod);
    if (r.tag == TAG_NOTIMPL && tm->power && tm->power != ta->power && tm->power != tb->power)
        r = tm->power(a, b, mod);
    if (r.tag != TAG_NOTIMPL)
        return r;
    return raise_fmt(&exc_TypeError,
                     "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", a, b, mod);
}

Value op_unary(Value v, UnOp op)
{
    static const char *const text[] = {
        [UN_NEG] = "unary -", [UN_POS] = "unary +", [UN_INVERT] = "unary ~", [UN_ABS] = "abs()"};
    Type *t = type_of(v);
    Value r = t->unary ? t->unary(v, op) : V_NOTIMPL;
    if (r.tag != TAG_NOTIMPL)
        return r;
    return raise_fmt(&exc_TypeError, "bad operand type for %s: '%T'", text[op], v);
}

/* --------------------------------------------------------------------- numbers */

Value op_index(Value v)
{
    if (v.tag == TAG_INT)
        return v;
    Type *t = type_of(v);
    if (is_int(v))
        return retain(v);
    if (!t->index)
        return raise_fmt(&exc_TypeError, "'%T' object cannot be interpreted as an integer", v);
    return t->index(v);
}

bool op_as_int64(Value v, int64_t *out)
{
    if (v.tag == TAG_INT) {
        *out = v.i;
        return true;
    }
    Value i = op_index(v);
    if (v_is_error(i))
        return false;
    bool ok = int_as_int64(i, out);
    release(i);
    if (!ok)
        raise_fmt(&exc_OverflowError, "Python int too large to convert to C ssize_t");
    return ok;
}

static bool int_to_float(Value i, double *out)
{
    bool overflow = false;
    *out = int_as_double(i, &overflow);
    if (overflow)
        raise_fmt(&exc_OverflowError, "int too large to convert to float");
    return !overflow;
}

bool op_as_float(Value v, double *out)
{
    if (v.tag == TAG_FLOAT) {
        *out = v.f;
        return true;
    }
    if (is_float(v)) {
        *out = float_value(v);
        return true;
    }
    Type *t = type_of(v);
    if (is_int(v))
        return int_to_float(v, out);
    if (t->to_float) {
        Value f = t->to_float(v);
        if (v_is_error(f))
            return false;
        *out = float_value(f);
        release(f);
        return true;
    }
    if (!t->index) {
        raise_fmt(&exc_TypeError, "must be real number, not %T", v);
        return false;
    }
    Value i = t->index(v);
    if (v_is_error(i))
        return false;
    bool ok = int_to_float(i, out);
    release(i);
    return ok;
}

/* The int of a flag argument. */
int op_truth_int(Value v)
{
    if (v.tag == TAG_BOOL)
        return (int)v.i;
    Value i = op_index(v);
    if (v_is_error(i))
        return -1;
    int truth = int_sign(i) != 0;
    release(i);
    return truth;
}
