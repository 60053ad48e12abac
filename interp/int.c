/* int.c -- the int type: arithmetic, comparison, conversion.  Replicated.
 *
 * Two inline operands are tried in 64 bits first; overflow and large operands go to GMP, which
 * sees inline ints through an IntView, without copies.  Results are narrowed by int_from_mpz.
 * Invariant: an object of exact type int does not fit 64 bits.
 */
#include "interp/numbers.h"

#include "interp/format.h"
#include "interp/objects.h"

#include <math.h>

enum { EXACT_BITS = 53, HASH_BITS = 61, FEW_LIMBS = 8 };
static const uint64_t DIGITS_30_MAX = (INT64_MAX - 24) / 4; /* what CPython's size field allows */
static const int64_t LIMBS_MAX = (int64_t)1 << 28; /* 2 GiB: what is larger is a MemoryError */

/* GMP's blocks come from the pools of objects. */
void ints_init(void)
{
    mp_set_memory_functions(mem_alloc, mem_resize, mem_free);
}

/* -------------------------------------------------------------- conversion */

bool is_int(Value v)
{
    return v.tag == TAG_INT || v.tag == TAG_BOOL ||
           (v.tag == TAG_OBJ && (v.o->type == &type_int || type_is_subtype(v.o->type, &type_int)));
}

static inline mpz_srcptr big_of(Value v)
{
    return ((BigInt *)v.o)->z;
}

bool int_as_int64(Value v, int64_t *out)
{
    if (v.tag != TAG_OBJ) {
        *out = v.i;
        return true;
    }
    if (!mpz_fits_slong_p(big_of(v)))
        return false;
    *out = mpz_get_si(big_of(v));
    return true;
}

bool int_as_u64(Value v, uint64_t *out)
{
    if (v.tag != TAG_OBJ) {
        *out = (uint64_t)v.i;
        return v.i >= 0;
    }
    if (!mpz_fits_ulong_p(big_of(v)))
        return false;
    *out = mpz_get_ui(big_of(v));
    return true;
}

mpz_srcptr int_mpz(Value v, IntView *view)
{
    if (v.tag == TAG_OBJ)
        return big_of(v);
    view->limb = v.i < 0 ? -(uint64_t)v.i : (uint64_t)v.i;
    return mpz_roinit_n(view->z, &view->limb, v.i < 0 ? -1 : v.i > 0);
}

Value int_from_mpz(mpz_t z)
{
    if (mpz_fits_slong_p(z)) {
        Value v = v_int(mpz_get_si(z));
        mpz_clear(z);
        return v;
    }
    BigInt *big = object_new(&type_int);
    *big->z = *z;
    return v_obj(big);
}

/* Few limbs lie behind the object itself, where GMP's functions never write: it only reads them. */
static bool limbs_inside(const BigInt *big)
{
    return big->z->_mp_d == (const mp_limb_t *)(const void *)(big + 1);
}

/* The int of n limbs, which may begin with zeros. */
static Value int_from_limbs(const mp_limb_t *at, mp_size_t n, bool negative)
{
    while (n && !at[n - 1])
        n--;
    if (n <= 1) {
        uint64_t u = n ? at[0] : 0;
        if (u <= INT64_MAX || (negative && u == (uint64_t)INT64_MAX + 1))
            return v_int(negative ? (int64_t)-u : (int64_t)u);
    }
    BigInt *big =
        object_new_tail(&type_int, sizeof(BigInt) + sizeof(mp_limb_t) * (size_t)n, sizeof(BigInt));
    mp_limb_t *to = (mp_limb_t *)(void *)(big + 1);
    for (mp_size_t i = 0; i < n; i++)
        to[i] = at[i];
    big->z->_mp_d = to;
    big->z->_mp_alloc = (int)n;
    big->z->_mp_size = negative ? -(int)n : (int)n;
    return v_obj(big);
}

Value int_from_u64(uint64_t u)
{
    if (u <= INT64_MAX)
        return v_int((int64_t)u);
    mpz_t z;
    mpz_init_set_ui(z, u);
    return int_from_mpz(z);
}

Value int_from_double(double d)
{
    if (isnan(d))
        return raise_fmt(&exc_ValueError, "cannot convert float NaN to integer");
    if (isinf(d))
        return raise_fmt(&exc_OverflowError, "cannot convert float infinity to integer");
    if (d >= -0x1p63 && d < 0x1p63)
        return v_int((int64_t)d);
    mpz_t z;
    mpz_init_set_d(z, d);
    return int_from_mpz(z);
}

Value int_plain(Value v)
{
    if (v.tag != TAG_OBJ)
        return v_int(v.i);
    if (v.o->type == &type_int)
        return retain(v);
    mpz_t z;
    mpz_init_set(z, big_of(v));
    return int_from_mpz(z);
}

Value int_make_as(Type *cls, Value v)
{
    IntView view;
    BigInt *big = object_new(cls);
    mpz_init_set(big->z, int_mpz(v, &view));
    return v_obj(big);
}

int int_sign(Value v)
{
    if (v.tag != TAG_OBJ)
        return (v.i > 0) - (v.i < 0);
    return mpz_sgn(big_of(v));
}

int int_compare(Value a, Value b)
{
    if (a.tag != TAG_OBJ && b.tag != TAG_OBJ)
        return (a.i > b.i) - (a.i < b.i);
    IntView x, y;
    int order = mpz_cmp(int_mpz(a, &x), int_mpz(b, &y));
    return (order > 0) - (order < 0);
}

/* Any bit of z below `place`? */
static bool bits_below(mpz_srcptr z, int64_t place)
{
    return mpz_sgn(z) && (int64_t)mpz_scan1(z, 0) < place;
}

double mpz_nearest(mpz_srcptr z, int64_t exponent, bool sticky)
{
    if (!mpz_sgn(z))
        return 0.0;
    int64_t nbits = (int64_t)mpz_sizeinbase(z, 2);
    int64_t top = nbits + exponent; /* value < 2^top */
    if (top > 1024)
        return INFINITY;
    int64_t keep = int64_min(EXACT_BITS, top + 1074);
    if (keep < 0)
        return 0.0;
    int64_t drop = nbits - keep;
    if (drop <= 0)
        return ldexp(fabs(mpz_get_d(z)), (int)exponent);
    mpz_t m;
    mpz_init(m);
    mpz_abs(m, z);
    bool half = mpz_tstbit(m, (mp_bitcnt_t)drop - 1);
    sticky = sticky || bits_below(m, drop - 1);
    mpz_fdiv_q_2exp(m, m, (mp_bitcnt_t)drop);
    uint64_t kept = mpz_get_ui(m);
    mpz_clear(m);
    kept += half && (sticky || (kept & 1));
    return ldexp((double)kept, (int)(drop + exponent));
}

double int_as_double(Value v, bool *overflow)
{
    if (overflow)
        *overflow = false;
    if (v.tag != TAG_OBJ)
        return (double)v.i;
    double d = mpz_nearest(big_of(v), 0, false);
    if (isinf(d) && overflow)
        *overflow = true;
    return mpz_sgn(big_of(v)) < 0 ? -d : d;
}

double int_frexp(Value v, int64_t *exponent)
{
    IntView view;
    mpz_srcptr z = int_mpz(v, &view);
    int64_t nbits = (int64_t)mpz_sizeinbase(z, 2);
    double m = mpz_nearest(z, -nbits, false);
    if (m == 1.0) {
        m = 0.5;
        nbits++;
    }
    *exponent = nbits;
    return mpz_sgn(z) < 0 ? -m : m;
}

/* ------------------------------------------------------------------- inline */

static Value zero_division(BinOp op)
{
    return raise_fmt(&exc_ZeroDivisionError, op == BIN_DIV ? "division by zero"
                                             : op == BIN_MOD
                                                 ? "integer modulo by zero"
                                                 : "integer division or modulo by zero");
}

/* x to the power y >= 0, V_UNDEF when it overflows. */
static Value small_power(int64_t x, int64_t y)
{
    int64_t result = 1;
    for (;;) {
        if ((y & 1) && __builtin_mul_overflow(result, x, &result))
            return V_UNDEF;
        y >>= 1;
        if (!y)
            return v_int(result);
        if (__builtin_mul_overflow(x, x, &x))
            return V_UNDEF;
    }
}

static Value small_divide(int64_t x, int64_t y, BinOp op)
{
    if (y == 0)
        return zero_division(op);
    if (y == -1 && x == INT64_MIN)
        return V_UNDEF;
    int64_t q = x / y, r = x % y;
    if (r && (r ^ y) < 0) {
        q--;
        r += y;
    }
    return op == BIN_FLOORDIV ? v_int(q)
           : op == BIN_MOD    ? v_int(r)
                              : tuple_of(2, v_int(q), v_int(r));
}

static Value small_shift(int64_t x, int64_t y, BinOp op)
{
    if (y < 0)
        return raise_fmt(&exc_ValueError, "negative shift count");
    if (op == BIN_RSHIFT)
        return v_int(y > 63 ? -(x < 0) : x >> y);
    if (x == 0)
        return v_int(0);
    if (y < 63 && x >> (63 - y) == -(x < 0))
        return v_int((int64_t)((uint64_t)x << y));
    return V_UNDEF;
}

static bool exact_in_double(int64_t x)
{
    return x >= -((int64_t)1 << EXACT_BITS) && x <= (int64_t)1 << EXACT_BITS;
}

/* V_UNDEF: 64 bits do not do. */
static Value small_binary(int64_t x, int64_t y, BinOp op)
{
    int64_t r;
    switch (op) {
    case BIN_ADD:
        return __builtin_add_overflow(x, y, &r) ? V_UNDEF : v_int(r);
    case BIN_SUB:
        return __builtin_sub_overflow(x, y, &r) ? V_UNDEF : v_int(r);
    case BIN_MUL:
        return __builtin_mul_overflow(x, y, &r) ? V_UNDEF : v_int(r);
    case BIN_DIV:
        if (y == 0)
            return zero_division(op);
        return exact_in_double(x) && exact_in_double(y) ? v_float((double)x / (double)y) : V_UNDEF;
    case BIN_FLOORDIV:
    case BIN_MOD:
    case BIN_DIVMOD:
        return small_divide(x, y, op);
    case BIN_POW:
        return y < 0 ? V_UNDEF : small_power(x, y);
    case BIN_LSHIFT:
    case BIN_RSHIFT:
        return small_shift(x, y, op);
    case BIN_AND:
        return v_int(x & y);
    case BIN_OR:
        return v_int(x | y);
    case BIN_XOR:
        return v_int(x ^ y);
    default:
        return V_NOTIMPL;
    }
}

/* --------------------------------------------------------------------- big */

Value int_true_divide(Value a, Value b)
{
    IntView va, vb;
    mpz_srcptr x = int_mpz(a, &va), y = int_mpz(b, &vb);
    if (!mpz_sgn(y))
        return zero_division(BIN_DIV);
    if (!mpz_sgn(x))
        return v_float(mpz_sgn(y) < 0 ? -0.0 : 0.0);
    /* A quotient of 66 or 67 bits, and whether something is left, decide the rounding. */
    int64_t shift = (int64_t)mpz_sizeinbase(y, 2) - (int64_t)mpz_sizeinbase(x, 2) + 66;
    mpz_t q, r, scaled;
    mpz_inits(q, r, scaled, NULL);
    if (shift >= 0) {
        mpz_mul_2exp(scaled, x, (mp_bitcnt_t)shift);
        mpz_tdiv_qr(q, r, scaled, y);
    } else {
        mpz_mul_2exp(scaled, y, (mp_bitcnt_t)-shift);
        mpz_tdiv_qr(q, r, x, scaled);
    }
    double d = mpz_nearest(q, -shift, mpz_sgn(r) != 0);
    mpz_clears(q, r, scaled, NULL);
    if (isinf(d))
        return raise_fmt(&exc_OverflowError, "integer division result too large for a float");
    return v_float((mpz_sgn(x) < 0) != (mpz_sgn(y) < 0) ? -d : d);
}

static Value big_lshift(mpz_srcptr x, mpz_srcptr y)
{
    if (!mpz_sgn(x))
        return v_int(0);
    mpz_t digits; /* of the result, as CPython counts them: 30 bits each */
    mpz_init(digits);
    mpz_cdiv_q_ui(digits, y, 30);
    mpz_add_ui(digits, digits, (mpz_sizeinbase(x, 2) + 29) / 30);
    bool too_many = mpz_cmp_ui(digits, DIGITS_30_MAX) > 0;
    mpz_clear(digits);
    if (too_many)
        return raise_fmt(&exc_OverflowError, "too many digits in integer");
    if (!mpz_fits_slong_p(y) || (int64_t)mpz_size(x) + mpz_get_si(y) / 64 > LIMBS_MAX)
        return raise_oom();
    mpz_t z;
    mpz_init(z);
    mpz_mul_2exp(z, x, mpz_get_ui(y));
    return int_from_mpz(z);
}

static Value big_shift(mpz_srcptr x, mpz_srcptr y, BinOp op)
{
    if (mpz_sgn(y) < 0)
        return raise_fmt(&exc_ValueError, "negative shift count");
    if (op == BIN_LSHIFT)
        return big_lshift(x, y);
    if (!mpz_fits_ulong_p(y))
        return v_int(-(mpz_sgn(x) < 0));
    mpz_t z;
    mpz_init(z);
    mpz_fdiv_q_2exp(z, x, mpz_get_ui(y));
    return int_from_mpz(z);
}

static Value big_power(mpz_srcptr x, mpz_srcptr y)
{
    if (mpz_cmpabs_ui(x, 1) <= 0) {
        bool negative = mpz_sgn(x) < 0 && mpz_odd_p(y);
        return v_int(mpz_sgn(y) == 0 ? 1 : negative ? -1 : mpz_sgn(x) != 0);
    }
    if (!mpz_fits_slong_p(y) ||
        (double)(mpz_sizeinbase(x, 2) - 1) * (double)mpz_get_si(y) / 64 > (double)LIMBS_MAX)
        return raise_oom();
    mpz_t z;
    mpz_init(z);
    mpz_pow_ui(z, x, mpz_get_ui(y));
    return int_from_mpz(z);
}

/* A negative exponent makes it a float. */
static Value power_as_float(Value a, Value b)
{
    double x, y;
    if (real_operand(a, &x) < 0 || real_operand(b, &y) < 0)
        return V_ERROR;
    return float_power(x, y);
}

static Value big_divide(mpz_srcptr x, mpz_srcptr y, BinOp op)
{
    if (!mpz_sgn(y))
        return zero_division(op);
    bool small = mpz_sgn(y) > 0 && mpz_size(y) == 1;
    if (op == BIN_MOD && small)
        return int_from_u64(mpz_fdiv_ui(x, mpz_getlimbn(y, 0)));
    mp_size_t n = (mp_size_t)mpz_size(x);
    if (op == BIN_FLOORDIV && small && mpz_sgn(x) >= 0 && n <= FEW_LIMBS) {
        mp_limb_t few[FEW_LIMBS + 1];
        if (n)
            mpn_divrem_1(few, 0, mpz_limbs_read(x), n, mpz_getlimbn(y, 0));
        return int_from_limbs(few, n, false);
    }
    mpz_t q, r;
    mpz_inits(q, r, NULL);
    if (op == BIN_MOD) {
        mpz_fdiv_r(r, x, y);
        mpz_clear(q);
        return int_from_mpz(r);
    }
    if (op == BIN_FLOORDIV) {
        if (small)
            mpz_fdiv_q_ui(q, x, mpz_getlimbn(y, 0));
        else
            mpz_fdiv_q(q, x, y);
        mpz_clear(r);
        return int_from_mpz(q);
    }
    mpz_fdiv_qr(q, r, x, y);
    Value quotient = int_from_mpz(q);
    return tuple_of(2, quotient, int_from_mpz(r));
}

/* x + y, or x - y when `minus`, of at most FEW_LIMBS. */
static Value few_add(mpz_srcptr x, mpz_srcptr y, bool minus)
{
    mp_limb_t r[FEW_LIMBS + 1];
    mp_size_t nx = (mp_size_t)mpz_size(x), ny = (mp_size_t)mpz_size(y);
    bool neg_x = mpz_sgn(x) < 0, neg_y = (mpz_sgn(y) < 0) != minus;
    const mp_limb_t *p = mpz_limbs_read(x), *q = mpz_limbs_read(y);
    if (nx < ny || (nx == ny && neg_x != neg_y && mpn_cmp(p, q, nx) < 0)) {
        const mp_limb_t *t = p;
        p = q;
        q = t;
        mp_size_t n = nx;
        nx = ny;
        ny = n;
        bool neg = neg_x;
        neg_x = neg_y;
        neg_y = neg;
    }
    /* p is the longer; where the signs differ, |p| >= |q| */
    if (ny == 0) {
        return int_from_limbs(p, nx, neg_x);
    } else if (neg_x == neg_y) {
        r[nx] = mpn_add(r, p, nx, q, ny);
        return int_from_limbs(r, nx + 1, neg_x);
    }
    mpn_sub(r, p, nx, q, ny);
    return int_from_limbs(r, nx, neg_x);
}

static Value few_multiply(mpz_srcptr x, mpz_srcptr y)
{
    mp_limb_t r[2 * FEW_LIMBS];
    mp_size_t nx = (mp_size_t)mpz_size(x), ny = (mp_size_t)mpz_size(y);
    if (!nx || !ny)
        return v_int(0);
    if (nx >= ny)
        mpn_mul(r, mpz_limbs_read(x), nx, mpz_limbs_read(y), ny);
    else
        mpn_mul(r, mpz_limbs_read(y), ny, mpz_limbs_read(x), nx);
    return int_from_limbs(r, nx + ny, (mpz_sgn(x) < 0) != (mpz_sgn(y) < 0));
}

static Value big_arith(mpz_srcptr x, mpz_srcptr y, BinOp op)
{
    if (mpz_size(x) <= FEW_LIMBS && mpz_size(y) <= FEW_LIMBS) {
        if (op == BIN_ADD || op == BIN_SUB)
            return few_add(x, y, op == BIN_SUB);
        if (op == BIN_MUL)
            return few_multiply(x, y);
    }
    if (op == BIN_MUL && (int64_t)(mpz_size(x) + mpz_size(y)) > LIMBS_MAX)
        return raise_oom();
    mpz_t z;
    mpz_init(z);
    void (*fn)(mpz_ptr, mpz_srcptr, mpz_srcptr) = op == BIN_ADD   ? mpz_add
                                                  : op == BIN_SUB ? mpz_sub
                                                  : op == BIN_MUL ? mpz_mul
                                                  : op == BIN_AND ? mpz_and
                                                  : op == BIN_OR  ? mpz_ior
                                                                  : mpz_xor;
    fn(z, x, y);
    return int_from_mpz(z);
}

static Value big_binary(Value a, Value b, BinOp op)
{
    IntView va, vb;
    mpz_srcptr x = int_mpz(a, &va), y = int_mpz(b, &vb);
    switch (op) {
    case BIN_ADD:
    case BIN_SUB:
    case BIN_MUL:
    case BIN_AND:
    case BIN_OR:
    case BIN_XOR:
        return big_arith(x, y, op);
    case BIN_DIV:
        return int_true_divide(a, b);
    case BIN_FLOORDIV:
    case BIN_MOD:
    case BIN_DIVMOD:
        return big_divide(x, y, op);
    case BIN_POW:
        return mpz_sgn(y) < 0 ? power_as_float(a, b) : big_power(x, y);
    case BIN_LSHIFT:
    case BIN_RSHIFT:
        return big_shift(x, y, op);
    default:
        return V_NOTIMPL;
    }
}

Value int_binary(Value a, Value b, BinOp op)
{
    if (a.tag == TAG_BOOL && b.tag == TAG_BOOL && (op == BIN_AND || op == BIN_OR || op == BIN_XOR))
        return v_bool(op == BIN_AND ? a.i & b.i : op == BIN_OR ? a.i | b.i : a.i ^ b.i);
    int64_t x, y;
    if (is_exact(a, &type_int) || is_exact(b, &type_int)) /* never as small as that */
        return big_binary(a, b, op);
    if (int_as_int64(a, &x) && int_as_int64(b, &y)) {
        Value r = small_binary(x, y, op);
        if (!v_is_undef(r))
            return r;
    }
    return big_binary(a, b, op);
}

/* -------------------------------------------------------- power with modulus */

static Value power_mod(mpz_srcptr x, mpz_srcptr y, mpz_srcptr m)
{
    if (!mpz_sgn(m))
        return raise_fmt(&exc_ValueError, "pow() 3rd argument cannot be 0");
    if (mpz_cmpabs_ui(m, 1) == 0)
        return v_int(0);
    mpz_t z, base, modulus;
    mpz_inits(z, base, modulus, NULL);
    mpz_abs(modulus, m);
    mpz_set(base, x);
    bool fine = true;
    if (mpz_sgn(y) < 0) {
        fine = mpz_invert(base, x, modulus);
        mpz_t exponent;
        mpz_init(exponent);
        mpz_neg(exponent, y);
        if (fine)
            mpz_powm(z, base, exponent, modulus);
        mpz_clear(exponent);
    } else {
        mpz_powm(z, base, y, modulus);
    }
    if (mpz_sgn(m) < 0 && mpz_sgn(z)) /* the result has the modulus's sign */
        mpz_sub(z, z, modulus);
    mpz_clears(base, modulus, NULL);
    if (fine)
        return int_from_mpz(z);
    mpz_clear(z);
    return raise_fmt(&exc_ValueError, "base is not invertible for the given modulus");
}

/* The same in 64 bits; y >= 0, m != 0. */
static int64_t small_power_mod(int64_t x, int64_t y, int64_t m)
{
    uint64_t by = m < 0 ? -(uint64_t)m : (uint64_t)m, r = 1 % by;
    uint64_t base = x < 0 ? -(uint64_t)x % by : (uint64_t)x % by;
    if (x < 0 && base)
        base = by - base;
    for (; y; y >>= 1) {
        if (y & 1)
            r = (uint64_t)((unsigned __int128)r * base % by);
        base = (uint64_t)((unsigned __int128)base * base % by);
    }
    return m < 0 && r ? (int64_t)(r - by) : (int64_t)r;
}

Value int_power(Value a, Value b, Value mod)
{
    if (v_is_undef(mod) || v_is_none(mod))
        return int_binary(a, b, BIN_POW);
    if (a.tag == TAG_INT && b.tag == TAG_INT && mod.tag == TAG_INT && b.i >= 0 && mod.i)
        return v_int(small_power_mod(a.i, b.i, mod.i));
    IntView x, y, m;
    return power_mod(int_mpz(a, &x), int_mpz(b, &y), int_mpz(mod, &m));
}

/* ------------------------------------------------------------------- round */

/* The multiple of unit (> 0) nearest to x, half to even. */
static Value round_to_unit(mpz_srcptr x, mpz_srcptr unit)
{
    mpz_t q, r, twice;
    mpz_inits(q, r, twice, NULL);
    mpz_fdiv_qr(q, r, x, unit);
    mpz_mul_2exp(twice, r, 1);
    int order = mpz_cmp(twice, unit);
    if (order > 0 || (order == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    mpz_mul(q, q, unit);
    mpz_clears(r, twice, NULL);
    return int_from_mpz(q);
}

Value int_round(Value v, Value places)
{
    if (v_is_undef(places) || v_is_none(places))
        return int_plain(v);
    Value n = op_index(places);
    if (v_is_error(n))
        return n;
    int64_t count;
    bool fits = int_as_int64(n, &count), negative = int_sign(n) < 0;
    release(n);
    if (!negative)
        return int_plain(v);
    IntView view;
    mpz_srcptr x = int_mpz(v, &view);
    if (!fits || -count > (int64_t)mpz_sizeinbase(x, 10) + 1)
        return v_int(0);
    mpz_t unit;
    mpz_init(unit);
    mpz_ui_pow_ui(unit, 10, (unsigned long)-count);
    Value r = round_to_unit(x, unit);
    mpz_clear(unit);
    return r;
}

/* ------------------------------------------------------------------- slots */

static Value int_type_repr(Value v)
{
    return int_text(v, 10, "");
}

static bool int_type_hash(Value v, int64_t *out)
{
    const uint64_t p = ((uint64_t)1 << HASH_BITS) - 1;
    IntView view;
    int64_t h = (int64_t)mpz_tdiv_ui(int_mpz(v, &view), p);
    if (int_sign(v) < 0)
        h = -h;
    *out = h == -1 ? -2 : h;
    return true;
}

static Value int_type_compare(Value a, Value b, CmpOp op)
{
    if (!is_int(a) || !is_int(b))
        return V_NOTIMPL;
    int order = int_compare(a, b);
    switch (op) {
    case CMP_LT:
        return v_bool(order < 0);
    case CMP_LE:
        return v_bool(order <= 0);
    case CMP_EQ:
        return v_bool(order == 0);
    case CMP_NE:
        return v_bool(order != 0);
    case CMP_GT:
        return v_bool(order > 0);
    default:
        return v_bool(order >= 0);
    }
}

static int int_type_truth(Value v)
{
    return int_sign(v) != 0;
}

static Value int_type_binary(Value a, Value b, BinOp op)
{
    if (!is_int(a) || !is_int(b))
        return V_NOTIMPL;
    return int_binary(a, b, op);
}

static Value int_type_power(Value a, Value b, Value mod)
{
    if (!is_int(a) || !is_int(b))
        return V_NOTIMPL;
    if (!v_is_undef(mod) && !v_is_none(mod) && !is_int(mod))
        return V_NOTIMPL;
    return int_power(a, b, mod);
}

static Value int_type_unary(Value v, UnOp op)
{
    if (op == UN_POS || (op == UN_ABS && int_sign(v) >= 0))
        return int_plain(v);
    if (v.tag != TAG_OBJ && v.i != INT64_MIN)
        return v_int(op == UN_INVERT ? ~v.i : -v.i);
    IntView view;
    mpz_t z;
    mpz_init(z);
    if (op == UN_INVERT)
        mpz_com(z, int_mpz(v, &view));
    else
        mpz_neg(z, int_mpz(v, &view));
    return int_from_mpz(z);
}

static Value int_type_to_float(Value v)
{
    double x;
    return real_operand(v, &x) < 0 ? V_ERROR : v_float(x);
}

static void int_type_free(Object *o)
{
    if (!limbs_inside((BigInt *)o))
        mpz_clear(((BigInt *)o)->z);
}

/* int(x) for one argument: an int. */
static Value int_convert(Value x)
{
    if (is_int(x) && (x.tag != TAG_OBJ || x.o->type == &type_int))
        return int_plain(x);
    Type *t = type_of(x);
    if (is_str(x))
        return int_parse(x.s, 10, x);
    if (t->to_int || t->index) {
        Value i = t->to_int ? t->to_int(x) : op_index(x);
        if (v_is_error(i) || !is_int(i))
            return i;
        Value plain = int_plain(i);
        release(i);
        return plain;
    }
    static Str *trunc;
    if (!trunc)
        trunc = str_intern("__trunc__");
    Value method = type_lookup(t, trunc);
    if (v_is_undef(method))
        return raise_fmt(&exc_TypeError,
                         "int() argument must be a string, a bytes-like object or a real number, "
                         "not '%T'",
                         x);
    Value i = op_call1(method, x);
    if (v_is_error(i) || is_int(i))
        return i;
    Value index = op_index(i);
    release(i);
    return index;
}

static Value int_with_base(Value x, Value base)
{
    int64_t b;
    Value i = op_index(base);
    if (v_is_error(i))
        return i;
    bool fits = int_as_int64(i, &b);
    release(i);
    if (!fits || (b != 0 && (b < 2 || b > 36)))
        return raise_fmt(&exc_ValueError, "int() base must be >= 2 and <= 36, or 0");
    if (!is_str(x))
        return raise_fmt(&exc_TypeError, "int() can't convert non-string with explicit base");
    return int_parse(x.s, (int)b, x);
}

static bool is_named(Value name, const char *text)
{
    const char *s = str_cstr(name);
    return strcmp(s, text) == 0;
}

static Value int_type_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    if (nargs + nkw > 2)
        return raise_fmt(&exc_TypeError, "int() takes at most 2 arguments (%d given)", nargs + nkw);
    Value x = nargs ? args[0] : V_UNDEF, base = nargs > 1 ? args[1] : V_UNDEF;
    for (int i = 0; i < nkw; i++) {
        Value name = as_tuple(kwnames)->at[i];
        if (!is_named(name, "base"))
            return raise_fmt(&exc_TypeError, "'%S' is an invalid keyword argument for int()", name);
        base = args[nargs + i];
    }
    if (v_is_undef(x) && !v_is_undef(base))
        return raise_fmt(&exc_TypeError, "int() missing string argument");
    Value v = v_is_undef(x) ? v_int(0) : v_is_undef(base) ? int_convert(x) : int_with_base(x, base);
    if (v_is_error(v) || cls == &type_int)
        return v;
    Value made = int_make_as(cls, v);
    release(v);
    return made;
}

extern const NativeDef int_methods[];
extern const GetSetDef int_getsets[];

Type type_int = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "int",
    .module = "builtins",
    .base = &type_object,
    .size = sizeof(BigInt),
    .flags = TYPE_BASE,
    .doc = "Integers of any size.",
    .methods = int_methods,
    .getsets = int_getsets,
    .free = int_type_free,
    .repr = int_type_repr,
    .hash = int_type_hash,
    .compare = int_type_compare,
    .truth = int_type_truth,
    .binary = int_type_binary,
    .power = int_type_power,
    .unary = int_type_unary,
    .index = int_plain,
    .to_int = int_plain,
    .to_float = int_type_to_float,
    .format = int_type_format,
    .make = int_type_make,
};
