/* depth.c -- a bound on recursion in C.  Replicated.
 *
 * repr, comparison, hashing and calls from C back into programs count here, so that a deep
 * structure ends in RecursionError at the same place on every rank, never in a stack overflow.
 */
#include "interp/objects.h"

struct Depth depth_count = {0, 1000};

bool depth_full(const char *doing)
{
    /* Room for the handler: the message itself needs no depth. */
    raise_fmt(&exc_RecursionError, "maximum recursion depth exceeded%s", doing);
    return false;
}

int depth_now(void)
{
    return depth_count.now;
}

void depth_reset(int n)
{
    depth_count.now = n;
}

int depth_limit(void)
{
    return depth_count.limit;
}

void depth_limit_set(int n)
{
    depth_count.limit = n;
}
