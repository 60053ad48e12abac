/* seeding.c -- seeds of random streams from values.  Replicated.
 *
 * The words that NumPy's SeedSequence mixes, and the older rules of np.random.seed.  Without a seed
 * the words are entropy of rank 0.
 */
#include "stdlib/numpy/random.h"

typedef Vec(uint32_t) Words;

static bool int_words(Value v, Words *out)
{
    if (int_sign(v) < 0) {
        raise_fmt(&exc_ValueError, "expected non-negative integer");
        return false;
    }
    Value left = retain(v);
    do {
        int64_t low = 0;
        Value word = int_binary(left, v_int(0xffffffff), BIN_AND),
              rest = int_binary(left, v_int(32), BIN_RSHIFT);
        int_as_int64(word, &low);
        vec_push(out, (uint32_t)low);
        release(word);
        release(left);
        left = rest;
    } while (int_sign(left));
    release(left);
    return true;
}

static bool entropy_words(Words *out)
{
    uint32_t words[4];
    if (!status_ok(rt_entropy(words, sizeof words)))
        return false;
    for (int k = 0; k < 4; k++)
        vec_push(out, words[k]);
    return true;
}

static bool seed_words(Value seed, Words *out)
{
    if (is_absent(seed))
        return entropy_words(out);
    Value i = is_npscalar(seed) && dtype_is_integer(as_npscalar(seed)->dtype) ? op_index(seed)
                                                                              : retain(seed);
    if (v_is_error(i))
        return false;
    bool ok = true;
    if (is_int(i)) {
        ok = int_words(i, out);
    } else if (is_list(i) || is_tuple(i) || (is_array(i) && dtype_is_integer(array_dtype(i)))) {
        Value t = tuple_from_iterable(i);
        ok = !v_is_error(t);
        for (int64_t k = 0; ok && k < as_tuple(t)->n; k++) {
            Value item = op_index(as_tuple(t)->at[k]);
            ok = !v_is_error(item) && int_words(item, out);
            release(item);
        }
        release(t);
    } else {
        raise_fmt(&exc_TypeError, "SeedSequence expects int or sequence of ints for entropy not %S",
                  i);
        ok = false;
    }
    release(i);
    return ok;
}

bool random_seed(Rng *r, RngKind kind, Value seed)
{
    Words words = {0};
    bool ok = seed_words(seed, &words);
    if (ok) {
        SeedSequence s;
        seed_sequence_init(&s, words.at, words.n, NULL, 0);
        rng_init(r, kind, &s);
    }
    vec_free(&words);
    return ok;
}

/* np.random.seed's rules: an int below 2**32, or several. */
bool random_seed_legacy(Rng *r, Value seed)
{
    int64_t i;
    if (is_absent(seed))
        return random_seed(r, RNG_MT19937, V_NONE);
    if (is_str(seed) || is_float(seed)) {
        char text[32] = "dtype('float64')";
        if (is_str(seed))
            snprintf(text, sizeof text, "dtype('<U%lld')", (long long)seed.s->n);
        raise_fmt(&exc_TypeError,
                  "Cannot cast scalar from %s to dtype('int64') according to the rule 'safe'",
                  text);
        return false;
    }
    if (is_int(seed) || is_npscalar(seed)) {
        bool fits = is_npscalar(seed) ? op_as_int64(seed, &i) : int_as_int64(seed, &i);
        if (error_is_set())
            return false;
        if (!fits || i < 0 || i > 0xffffffff) {
            raise_fmt(&exc_ValueError, "Seed must be between 0 and 2**32 - 1");
            return false;
        }
        rng_legacy_seed(r, (uint32_t)i);
        return true;
    }
    Value a = array_from_value(seed, DT_INT64, 0, false);
    if (v_is_error(a))
        return false;
    int64_t *at = array_fetch(a), n = array_size(a);
    Words words = {0};
    bool ok = at != NULL;
    for (int64_t k = 0; ok && k < n; k++) {
        if (at[k] < 0 || at[k] > 0xffffffff) {
            raise_fmt(&exc_ValueError, "Seed values must be between 0 and 2**32 - 1");
            ok = false;
        }
        vec_push(&words, (uint32_t)at[k]);
    }
    if (ok && n == 0) {
        raise_fmt(&exc_ValueError, "Seed must be non-empty");
        ok = false;
    }
    if (ok)
        rng_legacy_seed_array(r, words.at, words.n);
    vec_free(&words);
    free(at);
    release(a);
    return ok;
}
