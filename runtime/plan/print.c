/* print.c -- plans as text.  Replicated. */
#include "runtime/plan/plan.h"

static const char *const access_name[] = {"const",  "whole",  "in place",
                                          "packed", "linear", "elements"};

void plan_print(Buf *out, const Plan *p)
{
    for (int64_t i = 0; i < p->ntasks; i++) {
        const PlanTask *t = &p->task[i];
        buf_printf(out, "#%lld %s %s", (long long)i + 1, stmt_name(t->stmt),
                   t->whole ? "whole" : "");
        if (!t->whole)
            tiling_print(out, &t->launch);
        buf_putc(out, '\n');
        for (int k = 0; k < stmt_nreqs(t->stmt); k++) {
            const Req *r = &t->stmt->req[k];
            buf_printf(out, "  %s s%lld ", r->privilege == READ ? "in " : "out",
                       r->op.store ? (long long)r->op.store->id : 0LL);
            view_print(out, &r->op.view);
            buf_printf(out, " %s", access_name[t->req[k].access]);
            if (t->req[k].access == ACCESS_IN_PLACE)
                for (int d = 0; d < t->req[k].ndim; d++)
                    buf_printf(out, " -%lld+%lld%s", (long long)t->req[k].below[d],
                               (long long)t->req[k].above[d], t->req[k].halo ? " halo" : "");
            if (r->op.store && t->req[k].place == PLACE_TILED) {
                buf_puts(out, "  store: ");
                tiling_print(out, &t->req[k].tiling);
            }
            buf_putc(out, '\n');
        }
    }
}
