/* instance.c -- this rank's memory of stores.  Local. */
#include "runtime/exec/instance.h"

#include "runtime/exec/pack.h"

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

/* Copy box b between C-ordered boxes of memory that contain it. */
static void copy_box(int64_t size, const Box *b, const Box *from, const char *src, const Box *to,
                     char *dst)
{
    int n = b->ndim;
    int64_t at[NDIM_MAX];
    if (box_empty(b))
        return;
    memcpy(at, b->lo, sizeof at);
    int64_t run = n ? b->hi[n - 1] - b->lo[n - 1] : 1;
    for (;;) {
        int64_t x = 0, y = 0;
        for (int d = 0; d < n; d++) {
            x = x * (from->hi[d] - from->lo[d]) + at[d] - from->lo[d];
            y = y * (to->hi[d] - to->lo[d]) + at[d] - to->lo[d];
        }
        copy_bytes(dst + y * size, src + x * size, run * size);
        mem_stats.copied += run * size;
        int d = n - 2;
        for (; d >= 0; d--) {
            if (++at[d] < b->hi[d])
                break;
            at[d] = b->lo[d];
        }
        if (d < 0)
            return;
    }
}

static void copy_common(const Store *s, const Instance *from, Instance *to)
{
    Box b;
    if (box_intersect(&from->box, &to->box, &b))
        copy_box(dtype_size(s->dtype), &b, &from->box, from->data, &to->box, to->data);
}

static void drop_spare(Instance *i)
{
    if (i->spare)
        pool_free(i->spare, i->nbytes);
    i->spare = NULL;
}

void instances_drop_spares(Store *s)
{
    for (int64_t k = 0; s->local && k < s->local->n; k++)
        drop_spare(&s->local->tile[k]);
}

char *instance_spare(Store *s, Instance *i)
{
    if (!i->spare) {
        i->spare = pool_take(box_size(&i->box) * dtype_size(s->dtype));
        i->fresh = true;
    }
    return i->spare;
}

void instance_rename(Store *s, Instance *i, const Box *written, bool kept)
{
    Box rest = i->home;
    if (!i->spare)
        return; /* an empty tile */
    for (int d = 0; d < rest.ndim && (i->fresh || !kept); d++) {
        Box slab = rest;
        slab.hi[d] = written->lo[d];
        copy_box(dtype_size(s->dtype), &slab, &i->box, i->data, &i->box, i->spare);
        slab.lo[d] = written->hi[d];
        slab.hi[d] = rest.hi[d];
        copy_box(dtype_size(s->dtype), &slab, &i->box, i->data, &i->box, i->spare);
        rest.lo[d] = written->lo[d];
        rest.hi[d] = written->hi[d];
    }
    char *now = i->spare;
    i->spare = i->data;
    i->data = now;
    i->fresh = false;
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
    drop_spare(i);
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
    for (int64_t k = 0; k < is->n; k++) {
        drop_spare(&is->tile[k]);
        pool_free(is->tile[k].data, is->tile[k].nbytes);
    }
    if (MEM_POOLED && is->n == 1 && nspare < SPARE_MAX) {
        memcpy(is, &spare, sizeof spare);
        spare = is;
        nspare++;
    } else {
        free(is);
    }
    s->local = NULL;
}
