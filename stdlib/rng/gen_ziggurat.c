/* gen_ziggurat.c -- writes the tables of the ziggurat at build time.  Local.
 *
 * 256 layers of equal area lie under the half normal and the exponential density.  The lowest is
 * r f(r) and the tail beyond r; the edge above edge x is where f reaches f(x) + area / x.  With m
 * the count of integers drawn (2^52 and 2^53; 2^23 for float32), an entry is, for right edge x,
 *   w = x / m,  k = m * (edge of the layer above) / x,  f = density(x),
 * the tail's first (its w is its area / (f(r) m)), then from the top down.
 *
 * The streams of NumPy depend on the last bit of each value, so roundings are part of the
 * definition.  The normal's recursion is in double: every operation rounds.  The exponential's has
 * no visible rounding before the last; its float32 values are the double ones by way of nine
 * decimal digits.  Exponentials and logarithms are rounded from longer types, so that the C
 * library's double ones do not matter.  tests/unit/test_rng.c knows a hash of the tables.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 256 };

typedef __float128 Quad;

typedef struct Table {
    double x[LAYERS], f[LAYERS];
    Quad k[LAYERS]; /* the ratio of edges, not yet times m */
    bool exact;     /* no rounding before the last; float32 by way of nine decimal digits */
} Table;

static double normal_at(double x)
{
    return (double)expl((long double)(-0.5 * x * x));
}

static void normal_table(Table *t)
{
    const double r = 0x1.d3bb48209ad33p+1;    /* where the layers close at the top */
    const double area = 0x1.43016a5a4372ep-8; /* of a layer, by r: 4 units below its exact value */
    t->x[LAYERS - 1] = r;
    t->f[LAYERS - 1] = normal_at(r);
    for (int i = LAYERS - 2; i > 0; i--) {
        double y = area / t->x[i + 1] + t->f[i + 1];
        t->x[i] = sqrt(-2 * (double)logl((long double)y));
        t->k[i + 1] = t->x[i] / t->x[i + 1];
        t->f[i] = normal_at(t->x[i]);
        /* Here exp lies within 0.002 of a unit of halfway, and the tables in use have its upper
         * neighbour. */
        if (i == 38)
            t->f[i] = nextafter(t->f[i], 1);
    }
    t->x[0] = area / t->f[LAYERS - 1];
    t->k[0] = r / t->x[0];
    t->exact = false;
}

/* exp and log of numbers around 1, to some 110 bits. */
static Quad quad_exp(Quad x)
{
    enum { HALVINGS = 8, TERMS = 20 };
    Quad z = x / (1 << HALVINGS), y = 1;
    for (int i = TERMS; i > 0; i--)
        y = 1 + z / i * y;
    for (int i = 0; i < HALVINGS; i++)
        y *= y;
    return y;
}

static Quad quad_log(Quad x)
{
    Quad y = logl((long double)x);
    for (int i = 0; i < 2; i++)
        y += x * quad_exp(-y) - 1;
    return y;
}

static void exponential_table(Table *t)
{
    const Quad r = 7.69711747013104971404462804802Q, area = (r + 1) * quad_exp(-r);
    Quad x = r;
    t->x[LAYERS - 1] = (double)r;
    t->f[LAYERS - 1] = (double)quad_exp(-r);
    t->x[0] = (double)(area / quad_exp(-r));
    for (int i = LAYERS - 2; i > 0; i--) {
        Quad above = -quad_log(area / x + quad_exp(-x));
        t->k[i + 1] = above / x;
        x = above;
        t->x[i] = (double)x;
        t->f[i] = (double)quad_exp(-x);
    }
    t->k[0] = r / (area / quad_exp(-r));
    t->exact = true;
}

static double to_float(const Table *t, double x)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.8e", x);
    return (double)(t->exact ? strtof(digits, NULL) : (float)x);
}

static void print_entry(const char *name, const Table *t, int i, double m)
{
    /* the normal's ratio is a double, rounded to even; the exponential's is cut to an even k */
    unsigned long long k = t->exact ? (unsigned long long)(t->k[i] * m / 2) * 2
                                    : (unsigned long long)llrint((double)(t->k[i] * m));
    unsigned long long k32 = (unsigned long long)(t->k[i] * 0x1p23 + 0.5);
    printf("%s(0x%llX, %a, %a, 0x%llX, %af, %af)\n", name, k, t->x[i] / m, t->f[i], k32,
           to_float(t, t->x[i] * 0x1p-23), to_float(t, t->f[i]));
}

static void print_table(const char *name, Table *t, double m)
{
    t->f[0] = 1;
    t->k[1] = 0;
    for (int i = 0; i < LAYERS; i++)
        print_entry(name, t, i, m);
}

int main(void)
{
    Table t;
    normal_table(&t);
    print_table("ZIGGURAT_NORMAL", &t, 0x1p52);
    exponential_table(&t);
    print_table("ZIGGURAT_EXPONENTIAL", &t, 0x1p53);
    return 0;
}
