/* rename.c -- a write after shifted reads goes to a spare instance.  Replicated.
 *
 * As processors rename registers: `center[:] = work` after the stencil's reads would have to wait
 * for them.  Instead the task writes a second instance of the store, which is current afterwards.
 * Cells outside the written box are copied there once; while only renaming writes of the same box
 * follow, what the spare has of them stays valid.  Any other write lets the spare go.
 *
 * Invariant: a store with `spare` bytes is in the list of spares and those are accounted.
 */
#include "runtime/plan/planner.h"

static Store *spares;

/* The box that a view shows all of, element by element; false when it is none. */
static bool written_box(const Operand *out, Box *box)
{
    const Store *s = out->store;
    Map map;
    Box all = box_whole(out->view.ndim, out->view.shape);
    if (view_map(&out->view, s->ndim, s->extent, &map) != OK || !map.paired)
        return false;
    for (int t = 0; t < map.nterms; t++)
        if (map.term[t].coef != 1 && out->view.shape[map.term[t].view_axis] > 1)
            return false;
    map_image(&map, &all, box, NULL);
    return box_size(box) == view_size(&out->view);
}

bool rename_can(const Machine *m, const Operand *out, int64_t taken)
{
    const Store *s = out->store;
    Box box;
    return m->rename && s->place != PLACE_NONE && 2 * view_size(&out->view) >= s->nelem &&
           (s->spare || store_has_room(taken + store_share(s))) && written_box(out, &box);
}

void spare_forget(Store *s)
{
    if (!s->spare)
        return;
    Store **at = &spares;
    while (*at != s)
        at = &(*at)->next_spare;
    *at = s->next_spare;
    store_charge(-s->spare);
    s->spare = 0;
}

void spare_note(Store *s)
{
    if (s->spare)
        return;
    s->spare = store_share(s);
    store_charge(s->spare);
    s->next_spare = spares;
    spares = s;
}

void rename_write(const Stmt *s, int k, PlanReq *q)
{
    const Operand *out = &s->req[s->nin + k].op;
    Store *to = out->store;
    Box box;
    if (!(s->renames >> k & 1)) {
        q->drops = to->spare != 0;
        spare_forget(to);
        return;
    }
    bool dense = written_box(out, &box);
    ASSERT(dense, "%s renames what is no box", stmt_name(s));
    q->renamed = true;
    q->kept = to->spare && to->spare_version == to->version && box_same(&to->spare_box, &box);
    spare_note(to);
    to->spare_box = box;
    to->spare_version = to->version + 1;
}

Store *spare_first(void)
{
    return spares;
}
