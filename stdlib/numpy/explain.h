/* explain.h -- inside `cnx explain`: names, tasks and messages as text.  Local.
 *
 * explain.c follows the program, explain_names.c knows what it calls things, explain_text.c writes
 * tasks, tiles and messages.
 */
#ifndef STDLIB_NUMPY_EXPLAIN_H
#define STDLIB_NUMPY_EXPLAIN_H

#include "runtime/plan/history.h"

/* ---- explain_names.c ---- */

/* Remember what the program's variables show now. */
void names_see_variables(void);
/* All of a store is called so, unless it has a name. */
void names_add(const Store *s, const char *name);
void names_end(void);
const char *store_known(const Store *s); /* NULL: no name */
void store_name(Buf *out, const Store *s);
bool view_is_all(const Store *s, const View *v);
const char *view_known(const Operand *o);
void view_slices(Buf *out, const Store *s, const View *v); /* "v[1:-1]" */
void operand_text(Buf *out, const Operand *o);

/* ---- explain_text.c ---- */

/* "add   t1[j] = center[j] + left[j]" */
void task_text(Buf *out, const PlanTask *t);
/* "after #4[j], #3[j+1] (reads left)"; `ref` writes an earlier task's number, `label` gives the
 * name of what it reads. */
typedef void (*RefFn)(Buf *out, int64_t task);
typedef const char *(*LabelFn)(int64_t task, int req);
void waits_text(Buf *out, const Waits *w, RefFn ref, LabelFn label);
/* Rows of the tables of arrays and views, for what the task touches and no row has shown yet. */
void tables_text(Buf *out, const PlanTask *t);
void tables_end(void);

/* Messages of some tasks. */
typedef struct Messages {
    int64_t messages, bytes, pieces;
    Buf text, note; /* the first pieces; what all shards do together */
} Messages;
void messages_add(Messages *m, const Machine *machine, const PlanTask *t);
void messages_text(Buf *out, const Messages *m, bool again); /* again: one turn of several */
void messages_free(Messages *m);

#endif
