/* element.c -- single elements of tiled stores.  Replicated.
 *
 * An element write of a plain value is done by the owner alone, without a message, when no
 * statement of the window mentions the store.  After some element reads with no write by a
 * statement in between (but of single elements), every rank gets a *copy* of the store, one
 * all-gather, and elements are read from it.  How many reads that takes grows with the size, so
 * that an all-gather never costs much more than the messages before it.  Copies take a quarter of
 * the slack at most and are accounted.
 *
 * Invariant: whether a store has a copy, and its worth, follow from counts alone, the same on all
 * ranks.  A copy is valid while no statement that writes the store has been submitted since it was
 * made; element writes done here keep it up to date.
 */
#include "runtime/element.h"

#include "runtime/exec/exchange.h"
#include "runtime/exec/net.h"
#include "runtime/submit.h"

enum { READS = 4, BYTES_A_READ = 1 << 16 };

static Store *copies;
static int64_t copied; /* bytes */

static int64_t store_nbytes(const Store *s)
{
    return s->nelem * dtype_size(s->dtype);
}

static bool copy_valid(const Store *s)
{
    return s->copy && s->copy_of == s->writes;
}

void element_forget(Store *s)
{
    if (!s->copy)
        return;
    Store **at = &copies;
    while (*at != s)
        at = &(*at)->next_copy;
    *at = s->next_copy;
    copied -= store_nbytes(s);
    store_account(-store_nbytes(s));
    pool_free(s->copy, store_nbytes(s));
    s->copy = NULL;
}

/* Room for a copy, in the memory agreed on. */
static bool make_room(int64_t nbytes)
{
    for (Store *s = copies, *next; s; s = next) {
        next = s->next_copy;
        if (!copy_valid(s))
            element_forget(s);
    }
    return copied + nbytes <= rt_machine.slack / 4 && store_account(nbytes);
}

static Status copy_make(Store *s)
{
    int64_t zero[NDIM_MAX] = {0}, n = store_nbytes(s);
    if (!make_room(n))
        return OK;
    View v = view_whole(s->ndim, s->extent);
    Operand all = operand_array(s, &v);
    s->copy = pool_take(n);
    s->next_copy = copies;
    copies = s;
    copied += n;
    s->copy_of = s->writes;
    Status st = rt_fetch(&all, zero, s->extent, s->copy);
    if (st != OK)
        element_forget(s);
    return st;
}

/* The element's memory on a rank that can read it without a message, or NULL. */
static const char *element_here(const Operand *a)
{
    Store *s = a->store;
    int64_t size = dtype_size(a->dtype);
    if (store_is_ready(s)) {
        s->place = PLACE_WHOLE;
        return instance_whole(s)->data + a->view.offset * size;
    }
    if (copy_valid(s))
        return s->copy + a->view.offset * size;
    if (s->place != PLACE_TILED || s->pending || rt_machine.nshards > 1)
        return NULL;
    Homes h = homes_of(s, 1, 0);
    return homes_address(&h, a->view.offset);
}

Status rt_element(const Operand *a, bool *known, Scalar *out)
{
    Store *s = a->store;
    const char *at = element_here(a);
    bool large =
        s->place == PLACE_TILED || (s->place == PLACE_NONE && !store_is_small(s, &rt_machine));
    int64_t patience = READS + (rt_machine.nshards > 1 ? store_nbytes(s) / BYTES_A_READ : 0);
    if (!at && large && ++s->reads >= patience) {
        s->reads = 0;
        if (s->pending)
            TRY(rt_flush());
        if (s->place == PLACE_TILED && rt_machine.nshards > 1)
            TRY(copy_make(s));
        at = element_here(a);
    }
    *known = at != NULL;
    memset(out, 0, sizeof *out);
    if (at)
        memcpy(out, at, (size_t)dtype_size(a->dtype));
    return OK;
}

bool element_set(const Operand *a, Scalar x)
{
    Store *s = a->store;
    int64_t linear = a->view.offset, size = dtype_size(a->dtype);
    if (s->place != PLACE_TILED || s->pending)
        return false;
    Homes h = homes_of(s, rt_machine.nshards, net_rank());
    if (homes_owner(&h, linear) == net_rank())
        memcpy(homes_address(&h, linear), &x, (size_t)size);
    if (copy_valid(s))
        memcpy(s->copy + linear * size, &x, (size_t)size);
    s->version++; /* what a spare holds is stale now, and the plan sees that */
    store_forget_cache(s);
    return true;
}
