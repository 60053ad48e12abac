/* rng.h -- NumPy's random streams, number for number.  Replicated: the same state gives the same
 * numbers.
 *
 * An Rng is a plain value: copying it forks the stream, and no function keeps a pointer.
 * Two families draw from it: the Generator's (default_rng) and, named rng_legacy_*, RandomState's
 * (np.random.seed and its like); they differ in their algorithms, not in the state.
 * PCG64 and Philox jump: a rank that owns elements [lo, hi) of `random` skips lo draws first.
 * MT19937 does not; every rank draws all.
 */
#ifndef STDLIB_RNG_RNG_H
#define STDLIB_RNG_RNG_H

#include "runtime/dtype.h"

typedef enum RngKind { RNG_MT19937, RNG_PCG64, RNG_PHILOX } RngKind;

enum { MT19937_WORDS = 624 };

typedef struct Rng {
    RngKind kind;
    bool has_uint32; /* PCG64 and Philox: `uint32` is the unused half of a draw */
    uint32_t uint32;
    bool has_gauss; /* RandomState: the second normal of a pair */
    double gauss;
    union {
        struct {
            uint32_t key[MT19937_WORDS];
            int pos;
        } mt;
        struct {
            unsigned __int128 state, inc;
        } pcg;
        struct {
            uint64_t counter[4], key[2], buffer[4];
            int pos;
        } philox;
    } u;
} Rng;

/* ---- seeding ---- */

/* np.random.seed(n) and RandomState(n): 0 <= n < 2^32. */
void rng_legacy_seed(Rng *r, uint32_t seed);
/* np.random.seed([...]), n >= 1 words. */
void rng_legacy_seed_array(Rng *r, const uint32_t *words, int64_t n);

/* NumPy's SeedSequence: a pool mixed from entropy words (an int is its 32-bit words, lowest first,
 * 0 is one word; a sequence of ints is their words one behind the other). */
typedef struct SeedSequence {
    uint32_t pool[4];
} SeedSequence;
void seed_sequence_init(SeedSequence *s, const uint32_t *entropy, int64_t nentropy,
                        const uint32_t *spawn_key, int64_t nspawn_key);
void seed_sequence_words(const SeedSequence *s, uint32_t *out, int64_t n);
void seed_sequence_words64(const SeedSequence *s, uint64_t *out, int64_t n);

/* The bit generator seeded by a SeedSequence, as PCG64(seed), Philox(seed), MT19937(seed);
 * default_rng(seed) is PCG64. */
void rng_init(Rng *r, RngKind kind, const SeedSequence *s);

/* ---- bits ---- */

uint32_t rng_next32(Rng *r);
uint64_t rng_next64(Rng *r);
double rng_next_double(Rng *r); /* [0, 1), 53 bits; one 64-bit draw, two 32-bit ones of MT19937 */

/* Skip `draws` 64-bit draws in O(log draws) or better.  PCG64 and Philox; a half draw kept is
 * dropped.  For PCG64 `draws` is taken modulo the period: -n goes back. */
void rng_skip(Rng *r, unsigned __int128 draws);
/* bit_generator.advance(delta) of PCG64 and Philox, whose unit is four draws; delta modulo 2^256
 * (PCG64 uses 128 bits of it), words lowest first. */
void rng_advance(Rng *r, const uint64_t delta[4]);
/* bit_generator.jumped(jumps) of PCG64 and Philox, in place. */
void rng_jump(Rng *r, uint64_t jumps);

/* ---- Generator ---- */

void rng_random(Rng *r, int64_t n, double *out);
void rng_random_f32(Rng *r, int64_t n, float *out);
void rng_standard_normal(Rng *r, int64_t n, double *out);
void rng_standard_normal_f32(Rng *r, int64_t n, float *out);
void rng_standard_exponential(Rng *r, int64_t n, double *out);
void rng_standard_exponential_f32(Rng *r, int64_t n, float *out);
/* method="inv" */
void rng_standard_exponential_inv(Rng *r, int64_t n, double *out);
void rng_standard_exponential_inv_f32(Rng *r, int64_t n, float *out);
/* Errors: ERR_VALUE "scale < 0", "high - low < 0"; ERR_OVERFLOW for an infinite range. */
Status rng_normal(Rng *r, double loc, double scale, int64_t n, double *out);
Status rng_uniform(Rng *r, double low, double high, int64_t n, double *out);
Status rng_exponential(Rng *r, double scale, int64_t n, double *out);
Status rng_poisson(Rng *r, double lam, int64_t n, int64_t *out); /* both families */

/* Integers of a dtype in [low, high) or [low, high]: checked once, then drawn. */
typedef struct IntRange {
    DType dtype;        /* an integer or bool */
    uint64_t low, span; /* low + [0, span], wrapping */
} IntRange;
/* Errors: ERR_VALUE "low >= high", "high <= 0" (when low is 0), "high is out of bounds for int8"
 * and their like. */
Status int_range_init(IntRange *range, DType t, __int128 low, __int128 high, bool endpoint);
void rng_integers(Rng *r, const IntRange *range, int64_t n, void *out);

/* A random order of [0, n), drawn as shuffle of both families: 0, 1, 2... with item i swapped with
 * some j <= i, for i from n - 1 down to 1. */
void rng_permutation(Rng *r, int64_t n, int64_t *out);
/* The swaps alone: swap_with[i] for i in n - 1 .. 1; what shuffle does to any rows. */
void rng_shuffle_swaps(Rng *r, int64_t n, int64_t *swap_with);
/* Generator.choice(population, n) without p.  Errors: ERR_VALUE as NumPy's. */
Status rng_choice(Rng *r, int64_t population, int64_t n, bool replace, bool shuffle, int64_t *out);

/* ---- RandomState ---- */

/* rand, random_sample: rng_random; uniform below; standard normals come in pairs, one kept. */
void rng_legacy_standard_normal(Rng *r, int64_t n, double *out);
Status rng_legacy_normal(Rng *r, double loc, double scale, int64_t n, double *out);
Status rng_legacy_uniform(Rng *r, double low, double high, int64_t n, double *out);
void rng_legacy_standard_exponential(Rng *r, int64_t n, double *out);
Status rng_legacy_exponential(Rng *r, double scale, int64_t n, double *out);
/* randint: masks and rejects. */
void rng_legacy_integers(Rng *r, const IntRange *range, int64_t n, void *out);
Status rng_legacy_choice(Rng *r, int64_t population, int64_t n, bool replace, int64_t *out);

#endif
