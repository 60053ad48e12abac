/* store.c -- making, counting and observing stores; the accounted memory.  Replicated. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/element.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/jit.h"
#include "runtime/exec/join.h"
#include "runtime/exec/net.h"
#include "runtime/exec/profile.h"
#include "runtime/exec/strips.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/trace.h"
#include "runtime/submit.h"

static int64_t next_id, accounted, budget;

/* ---------------------------------------------------------------------- memory */

/* What one rank holds of a store, at most: the same number everywhere. */
int64_t store_share(const Store *s)
{
    int64_t bytes = s->nelem * dtype_size(s->dtype);
    return store_is_small(s, &rt_machine) ? bytes : bytes / rt_machine.nshards;
}

static void print_size(char *out, size_t n, double bytes)
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int u = 0;
    while (bytes >= 1024 && u < 6) {
        bytes /= 1024;
        u++;
    }
    if (u && u < 6 && (int64_t)(bytes + 0.5) == 1024) {
        bytes /= 1024;
        u++;
    }
    if (u == 0)
        snprintf(out, n, "%.0f %s", bytes, unit[u]);
    else if (bytes < 999.5)
        snprintf(out, n, "%#.3g %s", bytes, unit[u]);
    else
        snprintf(out, n, "%#.0f %s", bytes, unit[u]);
}

static Status out_of_memory(const Store *s)
{
    Buf b = {0};
    char size[64];
    print_size(size, sizeof size, (double)s->nelem * dtype_size(s->dtype));
    buf_printf(&b, "Unable to allocate %s for an array with shape (", size);
    for (int d = 0; d < s->ndim; d++)
        buf_printf(&b, d || s->ndim == 1 ? (s->ndim == 1 ? "%lld," : ", %lld") : "%lld",
                   (long long)s->extent[d]);
    buf_printf(&b, ") and data type %s", dtype_name(s->dtype));
    Status st = fail(ERR_MEMORY, "%s", buf_text(&b));
    buf_free(&b);
    return st;
}

static void spares_drop(void)
{
    for (Store *s; (s = spare_first()) != NULL;) {
        spare_forget(s);
        instances_drop_spares(s);
    }
}

static Status account(const Store *s)
{
    int64_t need = store_share(s);
    if (budget && accounted + need > budget) {
        TRY(rt_flush());
        spares_drop();
        if (accounted + need > budget)
            return out_of_memory(s);
    }
    return OK;
}

bool store_has_room(int64_t nbytes)
{
    return !budget || accounted + nbytes <= budget;
}

void store_charge(int64_t nbytes)
{
    accounted += nbytes;
}

bool store_account(int64_t nbytes)
{
    if (budget && nbytes > 0 && accounted + nbytes > budget)
        return false;
    accounted += nbytes;
    return true;
}

/* ---------------------------------------------------------------------- stores */

/* The last stores that died, linked through `local`; their halo fields are zero, as a new one's. */
enum { SPARE_MAX = 64 };
static Store *spare;
static int nspare;

static Store *store_blank(void)
{
    Store *s = spare;
    if (!s) {
        s = xmalloc(sizeof *s);
        memset(s, 0, offsetof(Store, tiling));
        return s;
    }
    spare = (Store *)(void *)s->local;
    nspare--;
    memset(s, 0, offsetof(Store, below));
    s->local = NULL;
    return s;
}

static void store_bury(Store *s)
{
    if (!MEM_POOLED || nspare == SPARE_MAX) {
        free(s);
        return;
    }
    if (s->place == PLACE_TILED)
        memset(s->below, 0, offsetof(Store, local) - offsetof(Store, below));
    s->local = (struct Instances *)(void *)spare;
    spare = s;
    nspare++;
}

Store *store_make(DType t, int ndim, const int64_t extent[])
{
    Store *s = store_blank();
    s->id = ++next_id;
    s->refs = 1;
    s->dtype = t;
    s->ndim = ndim;
    s->nelem = 1;
    for (int d = 0; d < ndim; d++) {
        s->extent[d] = extent[d];
        s->nelem *= extent[d];
        exec_stats.longest_axis = int64_max(exec_stats.longest_axis, extent[d]);
    }
    accounted += store_share(s);
    return s;
}

Status store_new(DType t, int ndim, const int64_t extent[], Store **out)
{
    int64_t n = dtype_size(t);
    bool empty = false;
    for (int d = 0; d < ndim; d++) {
        empty |= extent[d] == 0;
        if (extent[d] && __builtin_mul_overflow(n, extent[d], &n))
            return fail(ERR_VALUE, "array is too big; `arr.size * arr.dtype.itemsize` is larger "
                                   "than the maximum possible size.");
    }
    if (budget && !empty && n > budget - accounted) { /* a store's share is at most all of it */
        Store probe = {.dtype = t, .ndim = ndim, .nelem = n / dtype_size(t)};
        for (int d = 0; d < ndim; d++)
            probe.extent[d] = extent[d];
        TRY(account(&probe));
    }
    *out = store_make(t, ndim, extent);
    return OK;
}

Store *store_retain(Store *s)
{
    s->refs++;
    return s;
}

void store_release(Store *s)
{
    if (!s || --s->refs > 0)
        return;
    accounted -= store_share(s);
    element_forget(s);
    spare_forget(s);
    instances_free(s);
    store_bury(s);
}

DType store_dtype(const Store *s)
{
    return s->dtype;
}

int store_ndim(const Store *s)
{
    return s->ndim;
}

const int64_t *store_extent(const Store *s)
{
    return s->extent;
}

void store_reshape(Store *s, const View *v)
{
    if (store_share(s) > rt_machine.slack / 4) /* what writes it as a line passes through copies */
        return;
    if (s->place != PLACE_NONE || s->ndim != 1 || v->ndim < 2 || s->nelem < 2 ||
        view_size(v) != s->nelem || s->local)
        return;
    s->ndim = v->ndim;
    memcpy(s->extent, v->shape, sizeof *s->extent * (size_t)v->ndim);
    for (int d = 0; d < s->ndim; d++)
        s->below[d] = s->above[d] = s->valid_below[d] = s->valid_above[d] = 0;
}

int64_t store_id(const Store *s)
{
    return s->id;
}

void rt_will_fill(Store *s)
{
    s->made_whole |= s->version == 0 && !s->read_zero && !s->local;
}

bool store_is_ready(const Store *s)
{
    return !s->pending &&
           (s->place == PLACE_WHOLE || (s->place == PLACE_NONE && store_is_small(s, &rt_machine)));
}

/* ----------------------------------------------------------------- observation */

static char *element(const Operand *a)
{
    a->store->place = PLACE_WHOLE;
    return instance_whole(a->store)->data + a->view.offset * dtype_size(a->dtype);
}

Status rt_value(const Operand *a, Scalar *out)
{
    memset(out, 0, sizeof *out);
    if (!a->store) {
        *out = a->value;
        return OK;
    }
    if (!store_is_ready(a->store)) {
        int64_t lo[NDIM_MAX] = {0}, hi[NDIM_MAX];
        bool known;
        TRY(rt_element(a, &known, out));
        if (known)
            return OK;
        for (int d = 0; d < NDIM_MAX; d++)
            hi[d] = 1;
        if (a->store->place == PLACE_WHOLE)
            TRY(rt_flush());
        else
            return rt_fetch(a, lo, hi, out);
    }
    memcpy(out, element(a), (size_t)dtype_size(a->dtype));
    return OK;
}

static void element_note(const Store *s, int64_t at, Scalar x)
{
    Operand value = operand_const(s->dtype, x);
    net_mix(operand_hash((uint64_t)s->id << 40 ^ (uint64_t)at, &value));
}

Status rt_set_value(const Operand *a, Scalar x)
{
    if (element_set(a, x)) {
        if (net_watched())
            element_note(a->store, a->view.offset, x);
        return OK;
    }
    if (!store_is_ready(a->store)) {
        Operand c = operand_const(a->dtype, x);
        return rt_copy(a, &c);
    }
    if (net_watched())
        element_note(a->store, a->view.offset, x);
    memcpy(element(a), &x, (size_t)dtype_size(a->dtype));
    a->store->version++;
    return OK;
}

/* A box of a view of a ready store, copied where it lies. */
static void fetch_here(const Operand *a, const int64_t lo[], const int64_t hi[], char *dst)
{
    int64_t count[NDIM_MAX], to[NDIM_MAX], from[NDIM_MAX], size = dtype_size(a->dtype), n = size;
    Operand first = {.store = a->store, .dtype = a->dtype};
    first.view.offset = a->view.offset;
    for (int d = a->view.ndim - 1; d >= 0; d--) {
        first.view.offset += lo[d] * a->view.stride[d];
        count[d] = hi[d] - lo[d];
        from[d] = a->view.stride[d] * size;
        to[d] = n;
        n *= count[d];
    }
    copy_strided(a->view.ndim, count, dst, to, element(&first), from, size);
}

Status rt_set_element(Store *s, int64_t at, Scalar x)
{
    if (!store_is_ready(s)) {
        View v = {.offset = at};
        Operand a = operand_array(s, &v);
        return rt_set_value(&a, x);
    }
    if (net_watched())
        element_note(s, at, x);
    int64_t size = dtype_size(s->dtype);
    s->place = PLACE_WHOLE;
    char *to = instance_whole(s)->data + at * size;
    if (size == 8)
        memcpy(to, &x, 8);
    else
        memcpy(to, &x, (size_t)size);
    s->version++;
    return OK;
}

Status rt_fetch(const Operand *a, const int64_t lo[], const int64_t hi[], void *dst)
{
    if (store_is_ready(a->store)) {
        for (int d = 0; d < a->view.ndim; d++)
            if (lo[d] >= hi[d])
                return OK;
        fetch_here(a, lo, hi, dst);
        return OK;
    }
    Operand box = *a;
    for (int d = 0; d < a->view.ndim; d++) {
        if (lo[d] >= hi[d])
            return OK;
        box.view = view_slice(&box.view, d, lo[d], 1, hi[d] - lo[d]);
    }
    Stmt s;
    stmt_init(&s, ST_FETCH, 0, a->dtype);
    s.nin = 1;
    stmt_req(&s, 0, &box, READ);
    stmt_space(&s, box.view.ndim, box.view.shape);
    s.result = dst;
    return stmt_submit(&s, true);
}

Status rt_fence(void)
{
    TRY(rt_flush());
    net_barrier();
    return OK;
}

/* --------------------------------------------------------------------- process */

static void min_int(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] = int64_min(((int64_t *)acc)[i], ((const int64_t *)x)[i]);
}

Status rt_init(const RtConfig *config)
{
    net_init();
    profile_start(config->stats);
    TRY(net_fault(config->fault));
    rt_config = *config;
    rt_machine.nshards = net_nranks();
    rt_machine.tiles_per_shard = config->tiles_per_rank > 0 ? config->tiles_per_rank : 1;
    rt_machine.whole_below = config->whole_below;
    rt_machine.slack = config->slack;
    rt_machine.fuse = !config->no_fuse;
    rt_machine.rename = !config->no_rename;
    rt_machine.trace = !config->no_trace;
    rt_machine.check_trace = config->check_trace;
    budget = config->memory;
    if (!budget)
        budget = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / net_local();
    net_allreduce(&budget, 1, 8, min_int);
    if (net_nranks() > 1)
        strips_poll = net_poll;
    TRY(jit_select(getenv("CNX_TIER")));
    if (config->isa)
        TRY(strips_select(config->isa));
    int64_t has_512 = !strcmp(strips_isa(), "avx512"), all = has_512;
    net_allreduce(&all, 1, 8, min_int);
    if (has_512 && !all) /* what every rank has */
        TRY(strips_select("avx2"));
    return OK;
}

void rt_fini(void)
{
    net_fini();
}

void rt_reset(void)
{
    memset(&exec_stats, 0, sizeof exec_stats);
    trace_reset();
    net_reset();
    rt_errstate = (ErrState){ERRMODE_WARN, ERRMODE_WARN, ERRMODE_IGNORE, ERRMODE_WARN, false};
    mem_stats.peak = mem_stats.now;
    mem_stats.allocations = mem_stats.copied = 0;
}

int rt_rank(void)
{
    return net_rank();
}

int rt_nranks(void)
{
    return net_nranks();
}

void rt_bcast(void *data, int64_t nbytes)
{
    net_bcast(data, nbytes, 0);
}

static void or_int(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] |= ((const int64_t *)x)[i];
}

bool rt_any(bool mine)
{
    int64_t x = mine;
    net_allreduce(&x, 1, 8, or_int);
    return x;
}

bool rt_launched(void)
{
    return net_launched();
}

bool rt_silent(void)
{
    return net_launched() && join_rank() > 0;
}

Status rt_entropy(void *dst, int64_t n)
{
    if (net_rank() == 0) {
        int fd = open("/dev/urandom", O_RDONLY);
        if (fd < 0 || read(fd, dst, (size_t)n) != n)
            memset(dst, 1, (size_t)n);
        if (fd >= 0)
            close(fd);
    }
    net_bcast(dst, n, 0);
    return OK;
}
