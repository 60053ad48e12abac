/* check_index.c -- are all indices within bounds, and does any count from the end?  All ranks
 * together. */
#include "runtime/exec/exec.h"
#include "runtime/gather.h"
#include "runtime/exec/net.h"

enum { STRIP = 1024 };

static int64_t flat_position(const Stmt *s, const Box *box, int64_t j)
{
    int64_t at[NDIM_MAX], n = 0;
    for (int d = s->ndim - 1; d >= 0; d--) {
        int64_t len = box->hi[d] - box->lo[d];
        at[d] = box->lo[d] + j % len;
        j /= len;
    }
    for (int d = 0; d < s->ndim; d++)
        n = n * s->shape[d] + at[d];
    return n;
}

static void check_join(void *acc, const void *x, int64_t n)
{
    IndexCheck *a = acc;
    const IndexCheck *b = x;
    for (int64_t i = 0; i < n; i++) {
        bool negative = a[i].negative || b[i].negative;
        if (b[i].pos < a[i].pos)
            a[i] = b[i];
        a[i].negative = negative;
    }
}

/* The first of m indices that is not within [-n, n), or -1; negative ones are noted. */
static int64_t strip_check(const int64_t v[], int64_t m, int64_t n, IndexCheck *c)
{
    int64_t low = 0, high = -1;
    index_bounds(v, m, &low, &high);
    c->negative |= low < 0;
    if (low >= -n && high < n)
        return -1;
    int64_t j = 0;
    while (v[j] >= -n && v[j] < n)
        j++;
    return j;
}

void exec_check_index(Run *r)
{
    Stmt *s = run_stmt(r);
    IndexCheck c = {.pos = INT64_MAX};
    int64_t v[STRIP];
    for (int64_t i = 0; i < r->low.ntiles; i++) {
        Strided a = run_operand(r, 0, i);
        int64_t size = strided_size(&a), bad = -1;
        bool dense = a.dtype == DT_INT64 && strided_is_dense(&a, 0);
        for (int64_t from = 0; from < size && bad < 0; from += STRIP) {
            int64_t m = int64_min(STRIP, size - from);
            const int64_t *x = dense ? (const int64_t *)a.base + from : v;
            if (!dense)
                strided_gather(&a, from, m, v, DT_INT64);
            bad = strip_check(x, m, s->param[0], &c);
            int64_t pos = bad < 0 ? INT64_MAX : flat_position(s, &r->low.tile[i].box, from + bad);
            if (pos < c.pos) {
                c.pos = pos;
                c.value = x[bad];
            }
        }
    }
    if (!r->low.task->whole)
        net_allreduce(&c, 1, sizeof c, check_join);
    memcpy(s->result, &c, sizeof c);
}
