/* depth.c -- a bound on recursion in C.  Replicated.
 *
 * repr, comparison, hashing and calls from C back into programs count here, so that a deep
 * structure ends in RecursionError at the same place on every rank, never in a stack overflow.
 */
#include "interp/objects.h"

static int depth, limit = 1000;

bool depth_enter(const char *doing)
{
    if (depth < limit) {
        depth++;
        return true;
    }
    /* Room for the handler: the message itself needs no depth. */
    raise_fmt(&exc_RecursionError, "maximum recursion depth exceeded%s", doing);
    return false;
}

void depth_leave(void)
{
    depth--;
}

int depth_now(void)
{
    return depth;
}

void depth_reset(int n)
{
    depth = n;
}

int depth_limit(void)
{
    return limit;
}

void depth_limit_set(int n)
{
    limit = n;
}
