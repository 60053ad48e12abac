/* instance.c -- this rank's memory of stores.  Local. */
#include "runtime/exec/instance.h"

static void instance_alloc(const Store *s, Instance *i)
{
    i->nbytes = box_size(&i->box) * dtype_size(s->dtype);
    i->data = s->made_whole ? pool_take(i->nbytes) : pool_alloc(i->nbytes);
}

/* The last single instances that died, linked through their first bytes. */
enum { SPARE_MAX = 64 };
static Instances *spare;
static int nspare;

static Instances *instances_new(Store *s, int64_t first, int64_t n)
{
    Instances *is = xcalloc(1, sizeof *is + sizeof(Instance) * (size_t)n);
    is->first = first;
    is->n = n;
    s->local = is;
    return is;
}

static void box_fill(Box *b, int ndim, const int64_t shape[])
{
    b->ndim = ndim;
    for (int d = 0; d < ndim; d++) {
        b->lo[d] = 0;
        b->hi[d] = shape[d];
    }
}

static Instance *instance_make(Store *s)
{
    Instances *is = spare;
    if (is) {
        memcpy(&spare, is, sizeof spare);
        nspare--;
        is->first = 0;
        is->n = 1;
        s->local = is;
    } else {
        is = instances_new(s, 0, 1);
    }
    Instance *i = is->tile;
    box_fill(&i->home, s->ndim, s->extent);
    box_fill(&i->box, s->ndim, s->extent);
    i->nbytes = s->nelem * dtype_size(s->dtype);
    i->data = s->made_whole ? pool_take(i->nbytes) : pool_alloc(i->nbytes);
    return i;
}

Instance *instance_whole(Store *s)
{
    return s->local ? s->local->tile : instance_make(s);
}

/* Copy what two C-ordered boxes of one store share. */
static void copy_common(const Store *s, const Instance *from, Instance *to)
{
    Box b;
    int64_t size = dtype_size(s->dtype);
    if (!box_intersect(&from->box, &to->box, &b))
        return;
    int n = b.ndim;
    int64_t at[NDIM_MAX];
    memcpy(at, b.lo, sizeof at);
    int64_t run = n ? b.hi[n - 1] - b.lo[n - 1] : 1;
    for (;;) {
        int64_t x = 0, y = 0;
        for (int d = 0; d < n; d++) {
            x = x * (from->box.hi[d] - from->box.lo[d]) + at[d] - from->box.lo[d];
            y = y * (to->box.hi[d] - to->box.lo[d]) + at[d] - to->box.lo[d];
        }
        memcpy(to->data + y * size, from->data + x * size, (size_t)(run * size));
        mem_stats.copied += run * size;
        int d = n - 2;
        for (; d >= 0; d--) {
            if (++at[d] < b.hi[d])
                break;
            at[d] = b.lo[d];
        }
        if (d < 0)
            return;
    }
}

Instance *instance_tile(Store *s, int64_t nshards, int64_t shard, int64_t tile)
{
    if (!s->local) {
        int64_t first, last;
        tiling_owned(&s->tiling, nshards, shard, &first, &last);
        instances_new(s, first, last - first);
    }
    ASSERT(tile >= s->local->first && tile < s->local->first + s->local->n, "tile %lld is not mine",
           (long long)tile);
    Instance *i = &s->local->tile[tile - s->local->first];
    i->home = tiling_cut(&s->tiling, tile);
    Box want = tiling_grown(&s->tiling, tile, s->below, s->above);
    if (i->data && box_same(&i->box, &want))
        return i;
    Instance old = *i;
    i->box = want;
    instance_alloc(s, i);
    if (old.data) {
        copy_common(s, &old, i);
        pool_free(old.data, old.nbytes);
    }
    return i;
}

void instances_free(Store *s)
{
    if (!s->local)
        return;
    Instances *is = s->local;
    for (int64_t k = 0; k < is->n; k++)
        pool_free(is->tile[k].data, is->tile[k].nbytes);
    if (MEM_POOLED && is->n == 1 && nspare < SPARE_MAX) {
        memcpy(is, &spare, sizeof spare);
        spare = is;
        nspare++;
    } else {
        free(is);
    }
    s->local = NULL;
}
