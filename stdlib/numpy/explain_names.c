/* explain_names.c -- what the program calls stores, views and operands.  Local.
 *
 * A store keeps the first name that showed it: a variable, else the result of the instruction that
 * wrote it first.  A view's name is a variable's; one without is written as a slice of its store.
 */
#include "interp/naming.h"
#include "stdlib/numpy/array.h"
#include "stdlib/numpy/explain.h"

enum { BUCKETS = 1024, PER_BUCKET = 16 };

typedef struct Named {
    int64_t store;
    View view;
    const char *name; /* owned */
} Named;

typedef struct Bucket {
    int n;
    Named at[PER_BUCKET];
} Bucket;

static Bucket *buckets[BUCKETS];

static Bucket *bucket_of(int64_t store)
{
    Bucket **b = &buckets[store % BUCKETS];
    if (!*b)
        *b = xcalloc(1, sizeof **b);
    return *b;
}

static const char *find(int64_t store, const View *view)
{
    const Bucket *b = bucket_of(store);
    for (int i = 0; i < b->n; i++)
        if (b->at[i].store == store && view_same(&b->at[i].view, view))
            return b->at[i].name;
    return NULL;
}

static void add(int64_t store, const View *view, const char *name)
{
    Bucket *b = bucket_of(store);
    if (find(store, view))
        return;
    if (b->n == PER_BUCKET) { /* the oldest goes; live variables come back */
        free((char *)b->at[0].name);
        memmove(&b->at[0], &b->at[1], sizeof b->at[0] * (PER_BUCKET - 1));
        b->n--;
    }
    b->at[b->n++] = (Named){store, *view, xstrdup(name)};
}

static void see(const char *name, Value x)
{
    if (is_array(x)) {
        add(store_id(as_array(x)->store), &as_array(x)->view, name);
    } else if (is_npscalar(x) && as_npscalar(x)->pending) {
        View v = view_whole(0, NULL);
        add(store_id(as_npscalar(x)->pending), &v, name);
    }
}

void names_see_variables(void)
{
    naming_variables(see);
}

void names_add(const Store *s, const char *name)
{
    View whole = view_whole(s->ndim, s->extent);
    add(s->id, &whole, name);
}

void names_end(void)
{
    for (int i = 0; i < BUCKETS; i++) {
        for (int k = 0; buckets[i] && k < buckets[i]->n; k++)
            free((char *)buckets[i]->at[k].name);
        free(buckets[i]);
        buckets[i] = NULL;
    }
}

const char *store_known(const Store *s)
{
    View whole = view_whole(s->ndim, s->extent);
    return find(s->id, &whole);
}

void store_name(Buf *out, const Store *s)
{
    const char *name = store_known(s);
    buf_puts(out, name ? name : "value");
}

/* One axis as a slice; the end counts from the back where that is short. */
static void slice_text(Buf *out, int64_t first, int64_t count, int64_t step, int64_t extent)
{
    int64_t stop = first + step * (count - 1) + 1;
    if (step == 1 && first == 0 && stop == extent) {
        buf_putc(out, ':');
        return;
    }
    buf_printf(out, "%lld:", (long long)first);
    if (step < 0)
        buf_printf(out, "%lld", (long long)(first + step * count));
    else if (extent - stop < step && step > 1)
        ;
    else if (stop < extent && extent - stop < stop - first)
        buf_printf(out, "%lld", (long long)(stop - extent));
    else if (stop < extent)
        buf_printf(out, "%lld", (long long)stop);
    if (step != 1)
        buf_printf(out, ":%lld", (long long)step);
}

/* The store's axes as slices; nothing when all of it is shown. */
static void slices_text(Buf *out, const Map *m, const View *v, const Store *s)
{
    Buf b = {0};
    bool all = true, turned = false, diagonal = false;
    int last = -1;
    for (int d = 0; d < s->ndim; d++) {
        int64_t count = 1, coef = 0;
        for (int t = 0; t < m->nterms; t++)
            if (m->term[t].store_axis == d) {
                coef = m->term[t].coef;
                count = v->shape[m->term[t].view_axis];
                turned |= m->term[t].view_axis < last;
                diagonal |= m->term[t].view_axis == last;
                last = m->term[t].view_axis;
            }
        buf_puts(&b, d ? ", " : "");
        if (coef == 0 && s->extent[d] == 1)
            buf_putc(&b, ':');
        else if (coef == 0)
            buf_printf(&b, "%lld", (long long)m->start[d]);
        else
            slice_text(&b, m->start[d], count, coef, s->extent[d]);
        all &= b.at[b.n - 1] == ':' && (b.n == 1 || b.at[b.n - 2] == ' ');
    }
    if (!all)
        buf_printf(out, "[%s]", buf_text(&b));
    if (diagonal)
        buf_puts(out, ".diagonal()");
    else if (turned)
        buf_puts(out, s->ndim == 2 ? ".T" : ".transpose(...)");
    buf_free(&b);
}

void view_slices(Buf *out, const Store *s, const View *v)
{
    Map m;
    store_name(out, s);
    if (view_map(v, s->ndim, s->extent, &m) == OK)
        slices_text(out, &m, v, s);
    else
        buf_puts(out, ".reshape(...)");
}

bool view_is_all(const Store *s, const View *v)
{
    View whole = view_whole(s->ndim, s->extent);
    return view_same(&whole, v);
}

const char *view_known(const Operand *o)
{
    return find(o->store->id, &o->view);
}

static void real_text(Buf *out, double x)
{
    char text[40];
    snprintf(text, sizeof text, "%.12g", x);
    buf_puts(out, text);
    if (!strpbrk(text, ".en"))
        buf_puts(out, ".0");
}

static void constant_text(Buf *out, Scalar x, DType t)
{
    switch (dtype_kind(t)) {
    case 'f':
        real_text(out, dtype_cast(x, t, DT_FLOAT64, NULL).f64);
        break;
    case 'c': {
        Scalar z = dtype_cast(x, t, DT_COMPLEX128, NULL);
        buf_printf(out, "(%g%+gj)", z.c128.re, z.c128.im);
        break;
    }
    case 'u':
        buf_printf(out, "%llu", (unsigned long long)dtype_cast(x, t, DT_UINT64, NULL).u64);
        break;
    case 'b':
        buf_puts(out, dtype_cast(x, t, DT_INT64, NULL).i64 ? "True" : "False");
        break;
    default:
        buf_printf(out, "%lld", (long long)dtype_cast(x, t, DT_INT64, NULL).i64);
    }
}

void operand_text(Buf *out, const Operand *o)
{
    const char *name = o->store ? view_known(o) : NULL;
    if (!o->store)
        constant_text(out, o->value, o->dtype);
    else if (name)
        buf_puts(out, name);
    else if (o->store->ndim == 0 || view_is_all(o->store, &o->view))
        store_name(out, o->store);
    else
        view_slices(out, o->store, &o->view);
}
