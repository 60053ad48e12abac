/* submit.h -- inside the runtime: the window, the machine, statements on their way.  Replicated. */
#ifndef RUNTIME_SUBMIT_H
#define RUNTIME_SUBMIT_H

#include "runtime/ir.h"
#include "runtime/plan/plan.h"

extern Machine rt_machine;
extern RtConfig rt_config;

/* A statement with its source line and errstate filled in; zeroed else; on the caller's stack or
 * anywhere: submit copies it. */
void stmt_init(Stmt *s, StmtKind kind, int op, DType loop);
/* Requirement k, paired with the launch axes one to one. */
void stmt_req(Stmt *s, int k, const Operand *op, Privilege privilege);
void stmt_space(Stmt *s, int ndim, const int64_t shape[]);
/* Run it now when all it touches is whole with nothing pending, else put it into the window. `now`:
 * flush after it. Errors: those of the statements that ran. */
Status stmt_submit(Stmt *s, bool now);
/* Report floating-point conditions of a finished statement by its errstate; ERR_FLOAT when one
 * raises. */
Status stmt_conditions(const Stmt *s, int flags, int cast_flags);

/* Called with every plan before it runs, when not NULL (cnx explain). */
extern void (*rt_plan_seen)(const Plan *p);

#endif
