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
#include "runtime/gather.h"

/* Elements that a rank handles in one round: its own need `mine` bytes of buffers each, and what
 * comes, at most as many from every rank, `theirs`. */
int64_t round_elements(const Run *r, int64_t mine, int64_t theirs);
/* The most of what every rank says.  Collective. */
int64_t most_of_all(int64_t mine);

/* The axis that a launch is cut along; what comes before it makes blocks. */
int launch_axis(const PlanTask *t);

enum { HOMES_BOUNDS = 32 };

/* The homes of a tiled store's elements, by their number in C order.  Trailing axes that are not
 * cut make blocks of elements that lie together at one home. */
typedef struct Homes {
    Store *store;
    int64_t nshards, shard;
    int64_t size;   /* of an element */
    int nlead;      /* leading axes that matter */
    int64_t block;  /* elements of one index of them */
    Instance *last; /* where the latest element was */
    int64_t lo, hi; /* elements of it that lie in order, from number `place` on; none: lo = hi */
    int64_t place;
    bool in_order; /* ranks own consecutive stretches: [bound[r], bound[r + 1]) */
    int64_t bound[HOMES_BOUNDS + 1];
} Homes;
Homes homes_of(Store *s, int64_t nshards, int64_t shard);
/* Find the bounds, when there are any and many owners will be asked for. */
void homes_bounds(Homes *h);
int64_t homes_owner(const Homes *h, int64_t linear);
/* Of an element that lives here: its number in its instance, which is left in h->last. */
int64_t homes_seek(Homes *h, int64_t linear);
static inline int64_t homes_place(Homes *h, int64_t linear)
{
    return linear >= h->lo && linear < h->hi ? h->place + linear - h->lo : homes_seek(h, linear);
}
static inline char *homes_address(Homes *h, int64_t linear)
{
    int64_t k = homes_place(h, linear);
    return h->last->data + k * h->size;
}
/* It will be asked for soon. */
static inline void homes_ahead(const Homes *h, int64_t linear)
{
    if (linear >= h->lo && linear < h->hi)
        __builtin_prefetch(h->last->data + (h->place + linear - h->lo) * h->size);
}
enum { AHEAD = 16 };

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

/* Elements that every request names at once: the last `naxes` axes of the launch space. */
typedef struct Unit {
    int naxes;
    int64_t len, nbytes;
    int64_t grain; /* starts of different units are in different multiples of it */
} Unit;

Unit unit_of_req(const Run *r, int which);

/* The unit that each index of a launch box, its unit axes left out, names: numbers of first
 * elements in the store. */
typedef struct Addresses {
    Strided idx[STMT_REQS];
    int nindex, nb, nd; /* index arrays, their axes, axes in all */
    const View *v;      /* of the indexed array: [F..., R...] */
    Box box;            /* launch box, unit axes left out */
} Addresses;

Addresses addresses(Run *r, int64_t i, int which, const Unit *u);
/* Does one index array, whose elements follow each other in memory, name all units?  Then unit k is
 * at v->offset + v->stride[0] * index k. */
bool addresses_line(const Addresses *a, Index *index);
/* Lines of what index arrays leave of an array in memory (operand `which`, at x), moved from or to
 * `dense`, whose first axes are the index arrays'; false, with nothing done, where there are none.
 */
bool move_lines(Run *r, int64_t i, int which, char *x, const Strided *dense, bool put);
void address_range(const Addresses *a, int64_t from, int64_t to, int64_t out[]);
static inline void unit_copy(char *to, const char *from, int64_t nbytes)
{
    if (nbytes == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, (size_t)nbytes);
}

/* n units ordered by owner: order[k] is the k-th unit's number, count[r] how many belong to rank r.
 * Returns where this rank's own begin. */
int64_t by_owner(const Homes *h, const int64_t linear[], int64_t n, int64_t order[],
                 int64_t count[]);
/* out = count * size; the sum of the counts. */
int64_t scale_counts(int64_t p, const int64_t count[], int64_t size, int64_t out[]);

/* The next stretch of a block's launch units on this rank; false when there is none left. */
typedef struct Stretch {
    int64_t tile, from, to; /* units of the block inside the tile */
} Stretch;

/* Units of a launch box from axis `c` on: those of one block. */
int64_t units_from(const Box *b, int c, int naxes);
bool stretch_next(const Run *r, int c, const Unit *u, int64_t most, Stretch *s);
/* Rounds of `most` units that the rank with the most of a block needs; 0: every rank names units of
 * its own alone, and no exchange is needed.  Collective. */
int64_t rounds_of(Run *r, int which, int c, const Unit *u, int64_t most, const Homes *h);

/* The kinds of tasks that work on all tiles at once with the other ranks; exec_together picks.
 * Collective. */
void exec_sort(Run *r);    /* sample_sort.c */
void exec_search(Run *r);  /* order.c */
void exec_product(Run *r); /* order.c */

#endif
