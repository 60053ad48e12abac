/* random.c -- numpy.random: the legacy functions, RandomState, Generator and its bit generators.
 * Replicated.
 *
 * Every rank keeps the same states and advances them alike.  Doubles of a PCG64 are made where they
 * lie, since it jumps; all other numbers are made by every rank, in blocks, and each keeps its
 * part.  Without a seed the entropy is rank 0's.
 */
#include "stdlib/numpy/random.h"

#include "interp/objects.h"

#include <math.h>

typedef struct BitGen {
    Object ob;
    Rng rng;
} BitGen;

/* A Generator or a RandomState: what draws from a bit generator, which others may share. */
typedef struct Drawer {
    Object ob;
    Value bits; /* BitGen */
} Drawer;

static Type type_pcg64, type_mt19937, type_philox, type_generator_rng, type_random_state;

static Rng *rng_of_bits(Value v)
{
    return &((BitGen *)v.o)->rng;
}

static Rng *rng_of(Value drawer)
{
    return rng_of_bits(((Drawer *)drawer.o)->bits);
}

static bool is_bits(Value v)
{
    return is_exact(v, &type_pcg64) || is_exact(v, &type_mt19937) || is_exact(v, &type_philox);
}

/* ------------------------------------------------------------------------ shared state */

static Rng global_rng;
static bool global_ready;

/* The state behind np.random.rand and its like; NULL: exception. */
static Rng *global_state(void)
{
    if (!global_ready && !random_seed(&global_rng, RNG_MT19937, V_NONE))
        return NULL;
    global_ready = true;
    return &global_rng;
}

/* --------------------------------------------------------------------------- filling */

typedef struct Draw {
    Rng *rng;
    DType t;
    double p, q;
    const IntRange *range;
    void (*block)(struct Draw *d, int64_t n, void *dst); /* the next n numbers */
} Draw;

enum { BLOCK = 1 << 16 };

static Operand flat_operand(Value a)
{
    int64_t n = array_size(a);
    Operand out = array_operand(a);
    out.view = view_whole(1, &n);
    return out;
}

static bool fill_blocks(Draw *d, Value a)
{
    Operand whole = flat_operand(a);
    int64_t n = whole.view.shape[0];
    bool ok = true;
    for (int64_t at = 0; ok && at < n; at += BLOCK) {
        Operand part = whole;
        part.view = view_slice(&whole.view, 0, at, 1, int64_min(BLOCK, n - at));
        void *block = xmalloc((size_t)(part.view.shape[0] * dtype_size(d->t)));
        d->block(d, part.view.shape[0], block);
        ok = status_ok(rt_host_taken(&part, block));
    }
    return ok;
}

/* One number as NumPy hands it out: a Python float or int, or with `strong` a NumPy scalar. */
static Value one_number(Draw *d, bool strong)
{
    Scalar x = {0};
    d->block(d, 1, &x);
    return strong ? scalar_new(d->t, x) : element_to_python(d->t, &x);
}

static Value drawn(Draw *d, Value size, bool strong)
{
    int ndim;
    int64_t shape[NDIM_MAX];
    if (is_absent(size))
        return one_number(d, strong);
    if (!shape_from_value(size, &ndim, shape))
        return V_ERROR;
    Value a = array_new(d->t, ndim, shape);
    if (v_is_error(a) || fill_blocks(d, a))
        return a;
    release(a);
    return V_ERROR;
}

static void block_random(Draw *d, int64_t n, void *dst)
{
    d->t == DT_FLOAT32 ? rng_random_f32(d->rng, n, dst) : rng_random(d->rng, n, dst);
}
static void block_normal(Draw *d, int64_t n, void *dst)
{
    d->t == DT_FLOAT32 ? rng_standard_normal_f32(d->rng, n, dst)
                       : rng_standard_normal(d->rng, n, dst);
}
static void block_exponential(Draw *d, int64_t n, void *dst)
{
    d->t == DT_FLOAT32 ? rng_standard_exponential_f32(d->rng, n, dst)
                       : rng_standard_exponential(d->rng, n, dst);
}
static void block_legacy_normal(Draw *d, int64_t n, void *dst)
{
    rng_legacy_standard_normal(d->rng, n, dst);
}
static void block_legacy_exponential(Draw *d, int64_t n, void *dst)
{
    rng_legacy_standard_exponential(d->rng, n, dst);
}
static void block_integers(Draw *d, int64_t n, void *dst)
{
    rng_integers(d->rng, d->range, n, dst);
}
static void block_legacy_integers(Draw *d, int64_t n, void *dst)
{
    rng_legacy_integers(d->rng, d->range, n, dst);
}
static void block_poisson(Draw *d, int64_t n, void *dst)
{
    rng_poisson(d->rng, d->p, n, dst); /* p was checked */
}
static void block_normal_at(Draw *d, int64_t n, void *dst)
{
    rng_normal(d->rng, d->p, d->q, n, dst);
}
static void block_uniform_at(Draw *d, int64_t n, void *dst)
{
    rng_uniform(d->rng, d->p, d->q, n, dst);
}
static void block_exponential_at(Draw *d, int64_t n, void *dst)
{
    rng_exponential(d->rng, d->p, n, dst);
}
static void block_legacy_normal_at(Draw *d, int64_t n, void *dst)
{
    rng_legacy_normal(d->rng, d->p, d->q, n, dst);
}
static void block_legacy_uniform_at(Draw *d, int64_t n, void *dst)
{
    rng_legacy_uniform(d->rng, d->p, d->q, n, dst);
}
static void block_legacy_exponential_at(Draw *d, int64_t n, void *dst)
{
    rng_legacy_exponential(d->rng, d->p, n, dst);
}

/* Doubles of a jumping generator, made where they lie. */
static void stream_random(const void *ctx, int64_t first, int64_t n, void *dst)
{
    Rng r = *(const Rng *)ctx;
    rng_skip(&r, (unsigned __int128)first);
    rng_random(&r, n, dst);
}

Value random_doubles(Rng *r, DType t, Value size)
{
    int ndim;
    int64_t shape[NDIM_MAX];
    Draw d = {.rng = r, .t = t, .block = block_random};
    if (is_absent(size) || r->kind != RNG_PCG64 || t != DT_FLOAT64)
        return drawn(&d, size, false);
    if (!shape_from_value(size, &ndim, shape))
        return V_ERROR;
    Value a = array_new(t, ndim, shape);
    if (v_is_error(a))
        return a;
    Operand out = flat_operand(a);
    if (!status_ok(rt_stream(&out, stream_random, r, sizeof *r, true))) {
        release(a);
        return V_ERROR;
    }
    Rng before = *r;
    rng_skip(r, (unsigned __int128)array_size(a));
    r->has_uint32 = before.has_uint32; /* doubles leave a kept half draw alone */
    r->uint32 = before.uint32;
    return a;
}

/* ------------------------------------------------------------------------- parameters */

static bool is_number(Value v)
{
    return is_int(v) || is_float(v) || is_npscalar(v);
}

/* The shape that array parameters give when no size does; the arrays must fit a given size. */
static Value size_of(Value size, int n, Value *params)
{
    int ndim[3], nd, ns;
    int64_t shape[NDIM_MAX], want[NDIM_MAX];
    const int64_t *shapes[3];
    for (int k = 0; k < n; k++) {
        ndim[k] = array_ndim(params[k]);
        shapes[k] = array_shape(params[k]);
    }
    if (!broadcast_shapes(n, ndim, shapes, &nd, shape))
        return raise_fmt(&exc_ValueError,
                         "shape mismatch: objects cannot be broadcast to a single shape.");
    if (is_absent(size))
        return shape_value(nd, shape);
    if (!shape_from_value(size, &ns, want))
        return V_ERROR;
    for (int k = 0; k < nd; k++)
        if (ns < nd || (shape[nd - 1 - k] != 1 && shape[nd - 1 - k] != want[ns - 1 - k]))
            return raise_fmt(&exc_ValueError,
                             "Output size is not compatible with broadcast dimensions of inputs.");
    return shape_value(ns, want);
}

static bool any_negative(Value a)
{
    Value m = np_op1(OP_SIGNBIT, np_cast(retain(a), DT_FLOAT64));
    Value any = v_is_error(m) ? m : np_fold(FOLD_ANY, m);
    int t = v_is_error(any) ? 0 : op_truth(any);
    release(m);
    release(any);
    return t > 0;
}

/* base + factor * standard, with array parameters. */
static Value by_formula(Draw *standard, Value base, Value factor, Value size, const char *negative)
{
    Value p[2] = {array_from_value(base, DT_FLOAT64, 0, false),
                  array_from_value(factor, DT_FLOAT64, 0, false)};
    Value r = V_ERROR;
    if (!v_is_error(p[0]) && !v_is_error(p[1])) {
        if (any_negative(p[1])) {
            raise_fmt(&exc_ValueError, "%s", negative);
        } else {
            Value shape = size_of(size, 2, p);
            Value z = v_is_error(shape) ? shape : drawn(standard, shape, false);
            r = np_op2(OP_ADD, retain(p[0]), np_op2(OP_MULTIPLY, retain(p[1]), z));
            release(shape);
        }
    }
    release(p[0]);
    release(p[1]);
    return r;
}

typedef void (*BlockFn)(Draw *d, int64_t n, void *dst);

/* loc, scale, size */
static Value normal(Rng *r, Value *a, BlockFn at, BlockFn standard)
{
    Draw d = {.rng = r, .t = DT_FLOAT64, .block = at},
         z = {.rng = r, .t = DT_FLOAT64, .block = standard};
    if (!is_number(a[0]) || !is_number(a[1]))
        return by_formula(&z, a[0], a[1], a[2], "scale < 0");
    if (!op_as_float(a[0], &d.p) || !op_as_float(a[1], &d.q))
        return V_ERROR;
    if (signbit(d.q))
        return raise_fmt(&exc_ValueError, "scale < 0");
    return drawn(&d, a[2], false);
}

/* low, high, size */
static Value uniform(Rng *r, Value *a, BlockFn at, bool checked)
{
    Draw d = {.rng = r, .t = DT_FLOAT64, .block = at},
         z = {.rng = r, .t = DT_FLOAT64, .block = block_random};
    if (!is_number(a[0]) || !is_number(a[1])) {
        Value span = np_op2(OP_SUBTRACT, np_array(retain(a[1])), np_array(retain(a[0])));
        Value v = v_is_error(span) ? span : by_formula(&z, a[0], span, a[2], "high - low < 0");
        release(span);
        return v;
    }
    if (!op_as_float(a[0], &d.p) || !op_as_float(a[1], &d.q))
        return V_ERROR;
    if (!isfinite(d.q - d.p))
        return raise_fmt(&exc_OverflowError, checked ? "high - low range exceeds valid bounds"
                                                     : "Range exceeds valid bounds");
    if (checked && d.q - d.p < 0)
        return raise_fmt(&exc_ValueError, "high - low < 0");
    return drawn(&d, a[2], false);
}

/* scale, size */
static Value exponential(Rng *r, Value *a, BlockFn at, BlockFn standard)
{
    Draw d = {.rng = r, .t = DT_FLOAT64, .block = at},
         z = {.rng = r, .t = DT_FLOAT64, .block = standard};
    if (!is_number(a[0]))
        return by_formula(&z, v_float(0), a[0], a[1], "scale < 0");
    if (!op_as_float(a[0], &d.p))
        return V_ERROR;
    if (signbit(d.p))
        return raise_fmt(&exc_ValueError, "scale < 0");
    return drawn(&d, a[1], false);
}

/* lam, size */
static Value poisson(Rng *r, Value *a)
{
    Draw d = {.rng = r, .t = DT_INT64, .block = block_poisson};
    if (!is_number(a[0]))
        return raise_unsupported("random.poisson(array)", "NumPy");
    if (!op_as_float(a[0], &d.p))
        return V_ERROR;
    Rng copy = *r;
    Status st = rng_poisson(&copy, d.p, 0, NULL);
    return st == OK ? drawn(&d, a[1], false) : raise_status(st);
}

static bool wide_int(Value v, __int128 *out)
{
    int64_t i;
    uint64_t u;
    Value x = is_float(v) && !is_npscalar(v) ? int_from_double(float_value(v))
              : is_npscalar(v) && dtype_is_inexact(as_npscalar(v)->dtype) ? V_UNDEF
                                                                          : op_index(v);
    if (v_is_undef(x)) {
        double f;
        x = op_as_float(v, &f) ? int_from_double(f) : V_ERROR;
    }
    if (v_is_error(x))
        return false;
    if (int_as_int64(x, &i))
        *out = i;
    else if (int_as_u64(x, &u))
        *out = u;
    else
        *out = (__int128)1 << 100;
    if (!int_as_int64(x, &i) && int_sign(x) < 0)
        *out = -((__int128)1 << 100);
    release(x);
    return true;
}

/* low, high, size, dtype; `strong`: single numbers are NumPy scalars. */
static Value integers(Rng *r, Value *a, BlockFn block, bool endpoint, bool strong)
{
    __int128 low = 0, high = 0;
    DType t;
    IntRange range;
    if (!dtype_from_value(a[3], &t))
        return V_ERROR;
    strong |= !is_absent(a[3]) &&
              !(a[3].tag == TAG_OBJ && (a[3].o == &type_int.gc.ob || a[3].o == &type_bool.gc.ob));
    t = t == DT_NONE ? DT_INT64 : t;
    if (dtype_is_inexact(t))
        return raise_fmt(&exc_TypeError, "Unsupported dtype dtype('%s') for %s", dtype_name(t),
                         strong ? "integers" : "randint");
    if (is_array(a[0]) || is_list(a[0]) || is_tuple(a[0]) || is_array(a[1]) || is_list(a[1]) ||
        is_tuple(a[1]))
        return raise_unsupported("random integers with array bounds", "NumPy");
    bool one = is_absent(a[1]);
    if (!wide_int(one ? a[0] : a[1], &high) || (!one && !wide_int(a[0], &low)))
        return V_ERROR;
    Status st = int_range_init(&range, t, low, high, endpoint);
    if (st != OK)
        return raise_status(st);
    Draw d = {.rng = r, .t = t, .range = &range, .block = block};
    return drawn(&d, a[2], strong);
}

/* ----------------------------------------------------------------- legacy functions */

static Value legacy_seed(Rng *r, Value *a)
{
    return random_seed_legacy(r, a[0]) ? V_NONE : V_ERROR;
}

/* Dimensions as arguments. */
static Value dims(Value tuple)
{
    return as_tuple(tuple)->n ? tuple : V_NONE;
}
static Value legacy_rand(Rng *r, Value *a)
{
    return random_doubles(r, DT_FLOAT64, dims(a[0]));
}
static Value legacy_standard_normal(Rng *r, Value *a)
{
    Draw d = {.rng = r, .t = DT_FLOAT64, .block = block_legacy_normal};
    return drawn(&d, a[0], false);
}
static Value legacy_randn(Rng *r, Value *a)
{
    Value size = dims(a[0]);
    return legacy_standard_normal(r, &size);
}
static Value legacy_random(Rng *r, Value *a)
{
    return random_doubles(r, DT_FLOAT64, a[0]);
}
static Value legacy_normal(Rng *r, Value *a)
{
    return normal(r, a, block_legacy_normal_at, block_legacy_normal);
}
static Value legacy_uniform(Rng *r, Value *a)
{
    return uniform(r, a, block_legacy_uniform_at, false);
}
static Value legacy_exponential(Rng *r, Value *a)
{
    return exponential(r, a, block_legacy_exponential_at, block_legacy_exponential);
}
static Value legacy_standard_exponential(Rng *r, Value *a)
{
    Draw d = {.rng = r, .t = DT_FLOAT64, .block = block_legacy_exponential};
    return drawn(&d, a[0], false);
}
static Value legacy_poisson(Rng *r, Value *a)
{
    return poisson(r, a);
}
static Value legacy_randint(Rng *r, Value *a)
{
    return integers(r, a, block_legacy_integers, false, false);
}
static Value legacy_choice(Rng *r, Value *a)
{
    return random_choice(r, a, true, true);
}
static Value legacy_permutation(Rng *r, Value *a)
{
    return random_permutation(r, a[0]);
}
static Value legacy_shuffle(Rng *r, Value *a)
{
    return random_shuffle(r, a[0]);
}

/* Each twice: on the shared state, and as a method of RandomState. */
#define LEGACY_FUNCTIONS(X)                                                                        \
    X(rand, "rand", "*args", "Uniform numbers in [0, 1); dimensions as arguments.")                \
    X(randn, "randn", "*args", "Standard normal numbers; dimensions as arguments.")                \
    X(random, "random", "size=None", "Uniform numbers in [0, 1).")                                 \
    X(random, "random_sample", "size=None", "Uniform numbers in [0, 1).")                          \
    X(standard_normal, "standard_normal", "size=None", "Standard normal numbers.")                 \
    X(normal, "normal", "loc=0.0, scale=1.0, size=None", "Normal numbers.")                        \
    X(uniform, "uniform", "low=0.0, high=1.0, size=None", "Uniform numbers in [low, high).")       \
    X(exponential, "exponential", "scale=1.0, size=None", "Exponential numbers.")                  \
    X(standard_exponential, "standard_exponential", "size=None",                                   \
      "Exponential numbers of scale 1.")                                                           \
    X(poisson, "poisson", "lam=1.0, size=None", "Poisson numbers.")                                \
    X(randint, "randint", "low, high=None, size=None, dtype=None", "Integers in [low, high).")     \
    X(choice, "choice", "a, size=None, replace=True, p=None",                                      \
      "A random sample of an array or of range(a).")                                               \
    X(permutation, "permutation", "x", "The elements, or range(x), in random order.")              \
    X(shuffle, "shuffle", "x", "Put in random order, in place.")                                   \
    X(seed, "seed", "seed=None", "Start anew from a seed.")

static Value legacy_shared(Value (*fn)(Rng *, Value *), Value *a)
{
    Rng *r = global_state();
    return r ? fn(r, a) : V_ERROR;
}

#define WRAP(fn)                                                                                   \
    static Value f_##fn(Value *a, int n)                                                           \
    {                                                                                              \
        return legacy_shared(legacy_##fn, a);                                                      \
    }                                                                                              \
    static Value m_##fn(Value *a, int n)                                                           \
    {                                                                                              \
        return legacy_##fn(rng_of(a[0]), a + 1);                                                   \
    }
WRAP(rand)
WRAP(randn)
WRAP(random)
WRAP(standard_normal)
WRAP(normal)
WRAP(uniform)
WRAP(exponential)
WRAP(standard_exponential)
WRAP(poisson)
WRAP(randint)
WRAP(choice)
WRAP(permutation)
WRAP(shuffle)
WRAP(seed)

/* -------------------------------------------------------------------- Generator */

static bool float_type(Value v, const char *name, DType *t)
{
    if (!dtype_from_value(v, t))
        return false;
    *t = *t == DT_NONE ? DT_FLOAT64 : *t;
    if (*t == DT_FLOAT64 || *t == DT_FLOAT32)
        return true;
    raise_fmt(&exc_TypeError, "Unsupported dtype dtype('%s') for %s", dtype_name(*t), name);
    return false;
}

/* Numbers into the array `out`, which gives the shape when there is no size. */
static Value into(Value r, Value out)
{
    return is_absent(out) ? r : np_store(r, out, "random");
}
static Value size_or_out(Value size, Value out)
{
    if (!is_absent(size) || !is_array(out))
        return retain(size);
    return shape_value(array_ndim(out), array_shape(out));
}

/* self, size, dtype, out */
static Value g_random(Value *a, int n)
{
    DType t;
    if (!float_type(a[2], "random", &t))
        return V_ERROR;
    Value size = size_or_out(a[1], a[3]), r = random_doubles(rng_of(a[0]), t, size);
    release(size);
    return into(r, a[3]);
}
static Value standard(Value *a, BlockFn block, const char *name)
{
    Draw d = {.rng = rng_of(a[0]), .block = block};
    if (!float_type(a[2], name, &d.t))
        return V_ERROR;
    Value size = size_or_out(a[1], a[3]), r = drawn(&d, size, false);
    release(size);
    return into(r, a[3]);
}
static Value g_standard_normal(Value *a, int n)
{
    return standard(a, block_normal, "standard_normal");
}
/* self, size, dtype, method, out */
static Value g_standard_exponential(Value *a, int n)
{
    Value args[4] = {a[0], a[1], a[2], a[4]};
    if (!is_str(a[3]) || !str_equals(a[3].s, "zig"))
        return raise_unsupported("standard_exponential(method=)", "NumPy");
    return standard(args, block_exponential, "standard_exponential");
}
static Value g_normal(Value *a, int n)
{
    return normal(rng_of(a[0]), a + 1, block_normal_at, block_normal);
}
static Value g_uniform(Value *a, int n)
{
    return uniform(rng_of(a[0]), a + 1, block_uniform_at, true);
}
static Value g_exponential(Value *a, int n)
{
    return exponential(rng_of(a[0]), a + 1, block_exponential_at, block_exponential);
}
static Value g_poisson(Value *a, int n)
{
    return poisson(rng_of(a[0]), a + 1);
}
/* self, low, high, size, dtype, endpoint */
static Value g_integers(Value *a, int n)
{
    bool endpoint;
    return np_flag(a[5], false, &endpoint)
               ? integers(rng_of(a[0]), a + 1, block_integers, endpoint, true)
               : V_ERROR;
}
static bool axis_is_zero(Value v)
{
    if (v.tag == TAG_INT && v.i == 0)
        return true;
    raise_unsupported("random order along another axis", "NumPy");
    return false;
}
static Value g_permutation(Value *a, int n)
{
    return axis_is_zero(a[2]) ? random_permutation(rng_of(a[0]), a[1]) : V_ERROR;
}
static Value g_shuffle(Value *a, int n)
{
    return axis_is_zero(a[2]) ? random_shuffle(rng_of(a[0]), a[1]) : V_ERROR;
}
/* self, a, size, replace, p, axis, shuffle */
static Value g_choice(Value *a, int n)
{
    bool shuffled;
    if (!axis_is_zero(a[5]) || !np_flag(a[6], true, &shuffled))
        return V_ERROR;
    return random_choice(rng_of(a[0]), a + 1, shuffled, false);
}

static const NativeDef generator_methods[] = {
    {"random", "cython: self, size=None, dtype=None, out=None", g_random,
     "Uniform numbers in [0, 1)."},
    {"integers", "cython: self, low, high=None, size=None, dtype=None, endpoint=False", g_integers,
     "Integers in [low, high)."},
    {"standard_normal", "cython: self, size=None, dtype=None, out=None", g_standard_normal,
     "Standard normal numbers."},
    {"standard_exponential", "cython: self, size=None, dtype=None, method='zig', out=None",
     g_standard_exponential, "Exponential numbers."},
    {"normal", "cython: self, loc=0.0, scale=1.0, size=None", g_normal, "Normal numbers."},
    {"uniform", "cython: self, low=0.0, high=1.0, size=None", g_uniform,
     "Uniform numbers in [low, high)."},
    {"exponential", "cython: self, scale=1.0, size=None", g_exponential, "Exponential numbers."},
    {"poisson", "cython: self, lam=1.0, size=None", g_poisson, "Poisson numbers."},
    {"permutation", "cython: self, x, axis=0", g_permutation,
     "The elements, or range(x), in random order."},
    {"shuffle", "cython: self, x, axis=0", g_shuffle, "Put in random order, in place."},
    {"choice", "cython: self, a, size=None, replace=True, p=None, axis=0, shuffle=True", g_choice,
     "A random sample."},
    {0}};

#define METHOD(fn, name, sig, doc) {name, "cython: self, " sig, m_##fn, doc},
static const NativeDef state_methods[] = {LEGACY_FUNCTIONS(METHOD){0}};
#undef METHOD

/* ----------------------------------------------------------------------- objects */

static Value bits_new(Type *t, RngKind kind, Value seed)
{
    Rng r;
    memset(&r, 0, sizeof r);
    if (is_exact(seed, t))
        return retain(seed);
    if (!random_seed(&r, kind, seed))
        return V_ERROR;
    BitGen *b = object_new(t);
    b->rng = r;
    return v_obj(b);
}

static Value bits_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"BitGenerator", "cython __init__: seed=None", NULL, NULL};
    Value seed;
    if (!signature_bind(signature_of(&def), NULL, cls->name, args, nargs, kwnames, &seed))
        return V_ERROR;
    Value r = bits_new(cls,
                       cls == &type_pcg64    ? RNG_PCG64
                       : cls == &type_philox ? RNG_PHILOX
                                             : RNG_MT19937,
                       seed);
    release(seed);
    return r;
}

#define BITS_TYPE(variable, text)                                                                  \
    static Type variable = {.gc = {.ob = {.type = &type_type, .refs = 1}},                         \
                            .name = text,                                                          \
                            .module = "numpy.random",                                              \
                            .base = &type_object,                                                  \
                            .size = sizeof(BitGen),                                                \
                            .make = bits_make}
BITS_TYPE(type_pcg64, "PCG64");
BITS_TYPE(type_mt19937, "MT19937");
BITS_TYPE(type_philox, "Philox");

static void drawer_free(Object *o)
{
    release(((Drawer *)o)->bits);
}

static Value get_bit_generator(Value v)
{
    return retain(((Drawer *)v.o)->bits);
}
static const GetSetDef drawer_getsets[] = {
    {"bit_generator", get_bit_generator, NULL, "Where the bits come from."}, {0}};

static Value drawer_str(Value v)
{
    return str_fmt("%s(%s)", v.o->type->name, ((Drawer *)v.o)->bits.o->type->name);
}
static Value drawer_repr(Value v)
{
    return str_fmt("%s(%s) at 0x%llx", v.o->type->name, ((Drawer *)v.o)->bits.o->type->name,
                   (long long)object_id(v));
}

static Value drawer_new(Type *t, Value bits) /* takes bits */
{
    if (v_is_error(bits))
        return bits;
    Drawer *d = object_new(t);
    d->bits = bits;
    return v_obj(d);
}

static Value generator_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"Generator", "cython __init__: bit_generator", NULL, NULL};
    Value bits;
    if (!signature_bind(signature_of(&def), NULL, "Generator", args, nargs, kwnames, &bits))
        return V_ERROR;
    if (is_bits(bits))
        return drawer_new(cls, bits);
    raise_fmt(&exc_AttributeError, "'%T' object has no attribute 'capsule'", bits);
    release(bits);
    return V_ERROR;
}

static Value state_make(Type *cls, Value *args, int nargs, Value kwnames)
{
    static const NativeDef def = {"RandomState", "cython __init__: seed=None", NULL, NULL};
    Value seed;
    if (!signature_bind(signature_of(&def), NULL, "RandomState", args, nargs, kwnames, &seed))
        return V_ERROR;
    Value bits = is_bits(seed) ? retain(seed) : V_UNDEF;
    if (v_is_undef(bits)) {
        Rng r;
        memset(&r, 0, sizeof r);
        bits = V_ERROR;
        if (random_seed_legacy(&r, seed)) {
            BitGen *b = object_new(&type_mt19937);
            b->rng = r;
            bits = v_obj(b);
        }
    }
    release(seed);
    return drawer_new(cls, bits);
}

static Type type_generator_rng = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "Generator",
    .module = "numpy.random._generator",
    .base = &type_object,
    .size = sizeof(Drawer),
    .doc = "Random numbers from a bit generator.",
    .methods = generator_methods,
    .getsets = drawer_getsets,
    .free = drawer_free,
    .repr = drawer_repr,
    .str = drawer_str,
    .make = generator_make,
};

static Type type_random_state = {
    .gc = {.ob = {.type = &type_type, .refs = 1}},
    .name = "RandomState",
    .module = "numpy.random.mtrand",
    .base = &type_object,
    .size = sizeof(Drawer),
    .doc = "Random numbers by the legacy algorithms.",
    .methods = state_methods,
    .getsets = drawer_getsets,
    .free = drawer_free,
    .repr = drawer_repr,
    .str = drawer_str,
    .make = state_make,
};

static Value f_default_rng(Value *a, int n)
{
    if (is_exact(a[0], &type_generator_rng))
        return retain(a[0]);
    return drawer_new(&type_generator_rng,
                      is_bits(a[0]) ? retain(a[0]) : bits_new(&type_pcg64, RNG_PCG64, a[0]));
}

#define FUNCTION(fn, name, sig, doc) {name, "cython: " sig, f_##fn, doc},
const NativeDef numpy_random_functions[] = {
    LEGACY_FUNCTIONS(FUNCTION){"sample", "cython random_sample: size=None", f_random,
                               "Uniform numbers in [0, 1)."},
    {"ranf", "cython random_sample: size=None", f_random, "Uniform numbers in [0, 1)."},
    {"default_rng", "cython: seed=None", f_default_rng, "A Generator on a seeded PCG64."},
    {0}};

void numpy_random_init(Value random)
{
    Type *const types[] = {&type_pcg64, &type_mt19937, &type_philox, &type_generator_rng,
                           &type_random_state};
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        type_ready(types[k]);
        module_add(random, types[k]->name, retain(v_obj(types[k])));
    }
    global_ready = false;
}
