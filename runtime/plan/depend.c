/* depend.c -- the conflict rule.  Replicated. */
#include "runtime/plan/depend.h"

static bool same_pairing(const Req *a, const Req *b)
{
    for (int k = 0; k < a->op.view.ndim; k++)
        if (a->pair[k] != b->pair[k] || a->scale[k] != b->scale[k])
            return false;
    return true;
}

Depend req_depend(const Req *a, const Req *b)
{
    if (!a->op.store || a->op.store != b->op.store ||
        (a->privilege == READ && b->privilege == READ))
        return DEPEND_NONE;
    if (view_same(&a->op.view, &b->op.view))
        return same_pairing(a, b) ? DEPEND_POINTWISE : DEPEND_CROSS;
    return view_overlap(&a->op.view, &b->op.view) ? DEPEND_CROSS : DEPEND_NONE;
}

Depend stmt_depend(const Stmt *a, const Stmt *b)
{
    Depend d = DEPEND_NONE;
    for (int i = 0; i < stmt_nreqs(a); i++)
        for (int j = 0; j < stmt_nreqs(b); j++) {
            Depend e = req_depend(&a->req[i], &b->req[j]);
            d = e > d ? e : d;
        }
    return d;
}
