/* trace.h -- plans that are remembered.  Replicated, but for the lowered tasks in them. */
#ifndef RUNTIME_PLAN_TRACE_H
#define RUNTIME_PLAN_TRACE_H

#include "runtime/plan/plan.h"

/* plan_window, or what it gave for a window like this one in a state like this one. */
void trace_window(const Machine *m, Window *w, Plan *out);
/* Forget all. */
void trace_reset(void);

#endif
