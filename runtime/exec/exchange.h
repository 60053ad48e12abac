/* exchange.h -- what the parts of an exchange share: homes of elements, stretches of an axis,
 * rounds.
 *
 * An exchange moves elements whose places depend on data or on order.  Everything is done in rounds
 * that every rank takes part in, of at most so many elements that their buffers stay within the
 * slack of DESIGN's memory bound, whoever receives them.  Local but where said.
 */
#ifndef RUNTIME_EXEC_EXCHANGE_H
#define RUNTIME_EXEC_EXCHANGE_H

#include "runtime/exec/exec.h"

/* Elements (of `nbytes` of buffers each) that a rank handles in one round. */
int64_t round_elements(const Run *r, int64_t nbytes);
/* The most of what every rank says.  Collective. */
int64_t most_of_all(int64_t mine);

/* The axis that a launch is cut along; what comes before it makes blocks. */
int launch_axis(const PlanTask *t);

/* The homes of a tiled store's elements, by their number in C order.  Trailing axes that are not
 * cut make blocks of elements that lie together at one home. */
typedef struct Homes {
    Store *store;
    int64_t nshards, shard;
    int nlead;      /* leading axes that matter */
    int64_t block;  /* elements of one index of them */
    Instance *last; /* where the latest element was */
} Homes;
Homes homes_of(Store *s, int64_t nshards, int64_t shard);
int64_t homes_owner(const Homes *h, int64_t linear);
/* Of an element that lives here. */
char *homes_address(Homes *h, int64_t linear);

/* Indices [*lo, *hi) along `axis` that a shard owns of a tiling that cuts this axis alone,
 * forwards. */
void axis_stretch(const Tiling *t, int axis, int64_t nshards, int64_t shard, int64_t *lo,
                  int64_t *hi);
/* Write elements [from, from + n) of line number `line` along the last axis of a store that is cut
 * there alone; all of them live here. */
void axis_write(Store *s, int64_t nshards, int64_t shard, int64_t line, int64_t from, int64_t n,
                const void *data);

/* n zeroed numbers a rank; the caller frees them. */
int64_t *counts_new(int64_t nranks, int n);

/* The kinds of tasks that work on all tiles at once with the other ranks; exec_together picks.
 * Collective. */
void exec_sort(Run *r);    /* sample_sort.c */
void exec_search(Run *r);  /* order.c */
void exec_product(Run *r); /* order.c */

#endif
