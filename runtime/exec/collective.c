/* collective.c -- what all ranks do together, out of single messages.  Collective.
 *
 * Own algorithms instead of MPI's: every wait is net.c's, which polls, and every message carries
 * the sender's place in the program, so that a rank that calls something else is noticed at its
 * first message.
 */
#include "runtime/exec/door.h"

enum { LARGE = 64 << 10 };

enum {
    WHAT_BCAST = 1,
    WHAT_BARRIER,
    WHAT_ALLGATHER,
    WHAT_ALLGATHER_INT,
    WHAT_ALLTOALL,
    WHAT_ALLTOALL_INT,
    WHAT_REDUCE
};

static uint64_t what(int kind, int64_t n)
{
    return (uint64_t)kind << 56 ^ (uint64_t)n;
}

/* Memory that stays for the next call. */
static void *scratch(int64_t nbytes)
{
    static char *at;
    static int64_t room;
    if (nbytes > room) {
        room = nbytes + nbytes / 2 + 4096;
        free(at);
        at = xmalloc((size_t)room);
    }
    return at;
}

static void count_message(int64_t nbytes)
{
    net_stats.messages++;
    net_stats.bytes += nbytes;
}

void net_exchange(int64_t nsend, const NetMsg send[], int64_t nrecv, const NetMsg recv[])
{
    if (nsend + nrecv == 0)
        return;
    for (int64_t i = 0; i < nrecv; i++)
        door_recv(recv[i].peer, recv[i].data, recv[i].nbytes);
    for (int64_t i = 0; i < nsend; i++) {
        door_send(send[i].peer, send[i].data, send[i].nbytes);
        count_message(send[i].nbytes);
    }
    door_wait();
}

/* Binomial tree from the root. */
void net_bcast(void *data, int64_t nbytes, int root)
{
    int p = net_nranks(), bit = 1;
    if (p == 1)
        return;
    int me = (net_rank() - root + p) % p;
    net_stats.collectives++;
    door_collective(what(WHAT_BCAST, nbytes));
    while (bit < p && !(me & bit))
        bit *= 2;
    if (me) {
        door_recv((me - bit + root) % p, data, nbytes);
        door_wait();
    }
    for (bit /= 2; bit > 0; bit /= 2)
        if (me + bit < p)
            door_send((me + bit + root) % p, data, nbytes);
    door_wait();
}

void net_allgather(const void *mine, const int64_t counts[], void *all)
{
    int64_t at = 0, offset = 0, total = 0;
    int p = net_nranks(), me = net_rank();
    for (int r = 0; r < me; r++)
        offset += counts[r];
    for (int r = 0; r < p; r++)
        total += counts[r];
    if (counts[me])
        memmove((char *)all + offset, mine, (size_t)counts[me]);
    if (p == 1)
        return;
    net_stats.collectives++;
    door_collective(what(WHAT_ALLGATHER, total));
    for (int r = 0; r < p; at += counts[r++])
        if (r != me && counts[r])
            door_recv(r, (char *)all + at, counts[r]);
    for (int k = 1; k < p && counts[me]; k++) {
        door_send((me + k) % p, (char *)all + offset, counts[me]);
        count_message(counts[me]);
    }
    door_wait();
}

/* Blocks [0, have) of a ring that begins at this rank double in every round. */
static void gather_doubling(int64_t *ring, int64_t n)
{
    int p = net_nranks(), me = net_rank();
    for (int have = 1; have < p; have *= 2) {
        int64_t more = int64_min(have, p - have) * n * 8;
        door_recv((me + have) % p, ring + have * n, more);
        door_send((me - have + p) % p, ring, more);
        door_wait();
    }
}

void net_allgather_int(const int64_t *mine, int64_t n, int64_t *all)
{
    int p = net_nranks(), me = net_rank();
    if (p == 1) {
        memmove(all, mine, sizeof *all * (size_t)n);
        return;
    }
    net_stats.collectives++;
    door_collective(what(WHAT_ALLGATHER_INT, n));
    int64_t *ring = scratch(p * n * 8);
    memcpy(ring, mine, (size_t)(n * 8));
    gather_doubling(ring, n);
    for (int r = 0; r < p; r++)
        memcpy(all + r * n, ring + (r - me + p) % p * n, (size_t)(n * 8));
}

void net_alltoall_int(const int64_t send[], int64_t recv[])
{
    int p = net_nranks(), me = net_rank();
    recv[me] = send[me];
    if (p == 1)
        return;
    net_stats.collectives++;
    door_collective(what(WHAT_ALLTOALL_INT, 1));
    for (int k = 1; k < p; k++)
        door_recv((me + k) % p, &recv[(me + k) % p], 8);
    for (int k = 1; k < p; k++)
        door_send((me + k) % p, &send[(me + k) % p], 8);
    door_wait();
}

void net_alltoall(const void *send, const int64_t send_n[], void *recv, const int64_t recv_n[])
{
    int64_t s = 0, r = 0;
    int p = net_nranks(), me = net_rank();
    if (p > 1) {
        net_stats.collectives++;
        door_collective(what(WHAT_ALLTOALL, 1));
    }
    for (int k = 0; k < p; r += recv_n[k++])
        if (k != me && recv_n[k])
            door_recv(k, (char *)recv + r, recv_n[k]);
    for (int k = 0, own = 0; k < p; s += send_n[k++]) {
        if (k == me) {
            int64_t at = 0;
            while (own < me)
                at += recv_n[own++];
            if (send_n[me])
                memcpy((char *)recv + at, (const char *)send + s, (size_t)send_n[me]);
        } else if (send_n[k]) {
            door_send(k, (const char *)send + s, send_n[k]);
            count_message(send_n[k]);
        }
    }
    if (p > 1)
        door_wait();
}

/* ----------------------------------------------------------------------- reduction */

/* Both ends give what they have; the lower rank's is the left operand, so that both compute the
 * same bits. */
static void swap_combine(int peer, void *data, void *other, int64_t count, int64_t size,
                         NetCombine combine)
{
    int64_t n = count * size;
    door_recv(peer, other, n);
    door_send(peer, data, n);
    door_wait();
    if (!combine)
        return;
    if (net_rank() < peer) {
        combine(data, other, count);
    } else {
        combine(other, data, count);
        memcpy(data, other, (size_t)n);
    }
}

/* Recursive doubling; ranks beyond the largest power of two hand theirs to a neighbour first. */
static void reduce_small(void *data, int64_t count, int64_t size, NetCombine combine)
{
    int p = net_nranks(), me = net_rank(), power = 1;
    int64_t n = count * size;
    while (2 * power <= p)
        power *= 2;
    int extra = p - power; /* pairs (0, 1), (2, 3), ...: the even one hands over */
    void *other = scratch(n);
    if (me < 2 * extra && me % 2 == 0) {
        door_send(me + 1, data, n);
        door_wait();
        door_recv(me + 1, data, n);
        door_wait();
        return;
    }
    if (me < 2 * extra) {
        door_recv(me - 1, other, n);
        door_wait();
        if (combine) {
            combine(other, data, count);
            memcpy(data, other, (size_t)n);
        }
    }
    int slot = me < 2 * extra ? me / 2 : me - extra;
    for (int bit = 1; bit < power; bit *= 2) {
        int peer = slot ^ bit;
        swap_combine(peer < extra ? 2 * peer + 1 : peer + extra, data, other, count, size, combine);
    }
    if (me < 2 * extra) {
        door_send(me - 1, data, n);
        door_wait();
    }
}

/* Each rank reduces one block of the elements, then all gather the blocks. */
static void reduce_large(char *data, int64_t count, int64_t size, NetCombine combine)
{
    int p = net_nranks(), me = net_rank();
    int64_t lo = count * me / p, hi = count * (me + 1) / p, n = (hi - lo) * size;
    char *theirs = scratch(n * (p + 1));
    for (int r = 0; r < p; r++) {
        int64_t a = count * r / p, b = count * (r + 1) / p;
        if (r == me)
            continue;
        door_recv(r, theirs + r * n, n);
        door_send(r, data + a * size, (b - a) * size);
    }
    door_wait();
    char *acc = theirs + p * n;
    for (int r = 0; r < p; r++) {
        const char *x = r == me ? data + lo * size : theirs + r * n;
        if (r == 0)
            memcpy(acc, x, (size_t)n);
        else
            combine(acc, x, hi - lo);
    }
    memcpy(data + lo * size, acc, (size_t)n);
    for (int r = 0; r < p; r++) {
        int64_t a = count * r / p, b = count * (r + 1) / p;
        if (r == me)
            continue;
        door_recv(r, data + a * size, (b - a) * size);
        door_send(r, data + lo * size, n);
    }
    door_wait();
}

void net_allreduce(void *data, int64_t count, int64_t size, NetCombine combine)
{
    int p = net_nranks();
    if (p == 1 || count == 0)
        return;
    net_stats.collectives++;
    net_stats.reductions++;
    door_collective(what(WHAT_REDUCE, count * size));
    if (p > 2 && count >= p && count * size > LARGE)
        reduce_large(data, count, size, combine);
    else
        reduce_small(data, count, size, combine);
}

void net_barrier(void)
{
    char none = 0;
    if (net_nranks() == 1)
        return;
    door_collective(what(WHAT_BARRIER, 0));
    reduce_small(&none, 0, 1, NULL);
}
