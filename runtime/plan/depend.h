/* depend.h -- the conflict rule: do two requirements order their statements?  Replicated. */
#ifndef RUNTIME_PLAN_DEPEND_H
#define RUNTIME_PLAN_DEPEND_H

#include "runtime/ir.h"

typedef enum Depend {
    DEPEND_NONE,      /* either order gives the same */
    DEPEND_POINTWISE, /* element i of one needs element i of the other's launch space, no more */
    DEPEND_CROSS      /* elements of other indices meet, or may */
} Depend;

/* Of two statements over one launch space.  Reads never conflict; disjoint index sets do not (exact
 * on strided boxes, by bounding box otherwise). */
Depend req_depend(const Req *a, const Req *b);
/* The strongest over all pairs of requirements. */
Depend stmt_depend(const Stmt *a, const Stmt *b);

#endif
