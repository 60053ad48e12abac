/* turns.c -- counts per instruction, in a hash table of their addresses.  Local. */
#include "interp/turns.h"

#include "interp/frame.h"
#include "runtime/exec/pool.h"

typedef struct Count {
    const Instr *pc; /* NULL: free */
    Code *code;      /* retained: pc stays its */
    int64_t turns, back_edge, allocations, allocated;
} Count;

static struct {
    Count *at;
    int64_t n, room; /* a power of two */
    Count *noted;
} counts;

static Count *place_of(const Instr *pc)
{
    int64_t i = (int64_t)(((uint64_t)(uintptr_t)pc >> 4) * 0x9e3779b97f4a7c15u >> 20);
    while (counts.at[i & (counts.room - 1)].pc && counts.at[i & (counts.room - 1)].pc != pc)
        i++;
    return &counts.at[i & (counts.room - 1)];
}

static void grow(void)
{
    Count *old = counts.at;
    int64_t n = counts.room;
    counts.room = n ? 2 * n : 256;
    counts.at = xcalloc((size_t)counts.room, sizeof *counts.at);
    for (int64_t i = 0; i < n; i++)
        if (old[i].pc)
            *place_of(old[i].pc) = old[i];
    free(old);
}

void turns_note(void)
{
    Frame *f = interp.frame;
    if (!f)
        return;
    if (2 * counts.n >= counts.room)
        grow();
    Count *c = place_of(f->pc);
    if (!c->pc) {
        counts.n++;
        c->pc = f->pc;
        c->code = (Code *)retain(v_obj(f->code)).o;
        c->back_edge = interp.countdown + 1;
    }
    if (c->back_edge != interp.countdown) /* one instruction may submit several statements */
        c->turns++;
    counts.noted = c;
    if (c->allocations != mem_stats.allocations)
        c->allocated = c->turns - 1; /* since the turn before */
    c->allocations = mem_stats.allocations;
}

void turns_settle(void)
{
    if (counts.noted)
        counts.noted->back_edge = interp.countdown;
}

LineTurns turns_of(const char *file, int line)
{
    LineTurns t = {0};
    for (int64_t i = 0; i < counts.room; i++) {
        const Count *c = &counts.at[i];
        if (!c->pc || c->code->spans[c->pc - c->code->at].lineno != line ||
            strcmp(c->code->text->source.filename, file) != 0)
            continue;
        t.turns = int64_max(t.turns, c->turns);
        t.allocated = int64_max(t.allocated, c->allocated);
    }
    return t;
}
