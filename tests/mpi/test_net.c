/* test_net.c -- what net.c promises, run under mpirun by tests/mpi/run.py.  Collective.
 *
 *   test_net MODE      ok: every collective against what it must give; time: an 8-byte all-reduce;
 * the others go wrong on purpose, and must end with one line: kind, size, end, early, silent, mute,
 * kill, crash, fail, assert
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "runtime/exec/net.h"
#include "runtime/runtime.h"

void (*rt_where)(const char **file, int *line);

static int line = 1;

static void where(const char **file, int *at)
{
    *file = "test.cnx";
    *at = line;
}

static void statement(int at)
{
    line = at;
    net_statement("test.cnx", at, 7);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] += ((const int64_t *)x)[i];
}

/* Not commutative in its bits, to see that all ranks get the same. */
static void subtract(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] -= 3 * ((const int64_t *)x)[i];
}

static int64_t value(int64_t rank, int64_t i)
{
    return (rank + 1) * 1000003 + i * 17;
}

static void check_reduce(int64_t n)
{
    int p = net_nranks(), me = net_rank();
    int64_t *a = xmalloc((size_t)(n + 1) * 8), *all = xmalloc((size_t)p * 8);
    for (int64_t i = 0; i < n; i++)
        a[i] = value(me, i);
    net_allreduce(a, n, 8, add);
    for (int64_t i = 0; i < n; i++) {
        int64_t want = 0;
        for (int r = 0; r < p; r++)
            want += value(r, i);
        ASSERT(a[i] == want, "element %lld of %lld: %lld", (long long)i, (long long)n,
               (long long)a[i]);
    }
    if (n) {
        a[0] = value(me, 0);
        net_allreduce(a, 1, 8, subtract);
        net_allgather_int(a, 1, all);
        for (int r = 0; r < p; r++)
            ASSERT(all[r] == all[0], "rank %d has %lld", r, (long long)all[r]);
    }
    free(a);
    free(all);
}

static void check_bcast(int64_t n, int root)
{
    char *a = xmalloc((size_t)n + 1);
    for (int64_t i = 0; i < n; i++)
        a[i] = net_rank() == root ? (char)(i * 31 + root) : 0;
    net_bcast(a, n, root);
    for (int64_t i = 0; i < n; i++)
        ASSERT(a[i] == (char)(i * 31 + root), "byte %lld of %lld", (long long)i, (long long)n);
    free(a);
}

static void check_gather(int64_t n)
{
    int p = net_nranks(), me = net_rank();
    int64_t counts[64], ints[3] = {me, me * 2, me * 3}, all3[64 * 3], total = 0, at = 0;
    for (int r = 0; r < p; r++)
        total += counts[r] = r % 3 == 1 ? 0 : n * (r + 1);
    char *mine = xmalloc((size_t)counts[me] + 1), *all = xmalloc((size_t)total + 1);
    for (int64_t i = 0; i < counts[me]; i++)
        mine[i] = (char)(me * 7 + i);
    net_allgather(mine, counts, all);
    for (int r = 0; r < p; r++)
        for (int64_t i = 0; i < counts[r]; i++)
            ASSERT(all[at++] == (char)(r * 7 + i), "byte %lld of rank %d", (long long)i, r);
    net_allgather_int(ints, 3, all3);
    for (int r = 0; r < p; r++)
        ASSERT(all3[3 * r] == r && all3[3 * r + 2] == 3 * r, "integers of rank %d", r);
    free(mine);
    free(all);
}

static void check_alltoall(int64_t n)
{
    int p = net_nranks(), me = net_rank();
    int64_t s[64], r[64], si[64], ri[64], ns = 0, nr = 0, at = 0;
    for (int k = 0; k < p; k++) {
        ns += s[k] = (me + 2 * k) % 3 * n;
        nr += r[k] = (k + 2 * me) % 3 * n;
        si[k] = me * 100 + k;
    }
    char *send = xmalloc((size_t)ns + 1), *recv = xmalloc((size_t)nr + 1);
    for (int k = 0; k < p; k++)
        for (int64_t i = 0; i < s[k]; i++)
            send[at++] = (char)(me * 5 + k * 3 + i);
    net_alltoall_int(si, ri);
    net_alltoall(send, s, recv, r);
    at = 0;
    for (int k = 0; k < p; k++) {
        ASSERT(ri[k] == k * 100 + me, "integer from %d", k);
        for (int64_t i = 0; i < r[k]; i++)
            ASSERT(recv[at++] == (char)(k * 5 + me * 3 + i), "byte %lld from %d", (long long)i, k);
    }
    free(send);
    free(recv);
}

/* Around the ring, both ways. */
static void check_exchange(int64_t n)
{
    int p = net_nranks(), me = net_rank(), next = (me + 1) % p, prev = (me + p - 1) % p;
    if (p < 3)
        return;
    char *out = xmalloc((size_t)n + 1), *a = xmalloc((size_t)n + 1), *b = xmalloc((size_t)n + 1);
    memset(out, me + 1, (size_t)n);
    NetMsg send[2] = {{next, out, n}, {prev, out, n}}, recv[2] = {{prev, a, n}, {next, b, n}};
    int64_t before = net_stats.messages;
    net_exchange(2, send, 2, recv);
    ASSERT(net_stats.messages == before + 2, "%lld messages", (long long)net_stats.messages);
    for (int64_t i = 0; i < n; i++)
        ASSERT(a[i] == prev + 1 && b[i] == next + 1, "byte %lld", (long long)i);
    free(out);
    free(a);
    free(b);
}

static void run_ok(void)
{
    static const int64_t sizes[] = {0, 1, 2, 7, 100, 4096, 4097, 70000, 1000003};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        check_reduce(sizes[k]);
        for (int root = 0; root < net_nranks(); root++)
            check_bcast(sizes[k], root);
        check_gather(sizes[k]);
        check_alltoall(sizes[k]);
        check_exchange(sizes[k]);
        net_barrier();
    }
    int64_t ns = net_rank();
    ASSERT(!net_epoch(&ns) && ns == net_nranks() - 1, "epoch %lld", (long long)ns);
    if (net_rank() == net_nranks() - 1)
        net_interrupt();
    ASSERT(net_epoch(&ns), "an interrupt of the last rank");
    ASSERT(!net_epoch(&ns), "the interrupt again");
    if (net_rank() == 0)
        printf("ok\n");
}

static void run_time(void)
{
    int64_t x = 1;
    for (int i = 0; i < 100; i++)
        net_allreduce(&x, 1, 8, add);
    int64_t t0 = now_ns(), n = 0;
    for (int64_t on = 1; on; n += 100) {
        for (int i = 0; i < 100; i++) {
            x = 1;
            net_allreduce(&x, 1, 8, add);
        }
        on = net_rank() == 0 && now_ns() - t0 < 1000000000;
        net_bcast(&on, 8, 0);
    }
    if (net_rank() == 0)
        printf("%.1f us an all-reduce of 8 bytes\n", (double)(now_ns() - t0) / 1e3 / (double)n);
}

/* Statements 1 to 5 in step, then the last rank does something else. */
static void run_wrong(const char *mode)
{
    int p = net_nranks(), me = net_rank(), odd = me == p - 1;
    char a[100] = {0};
    int64_t x = 1;
    for (int k = 1; k <= 5; k++) {
        statement(k);
        net_allreduce(&x, 1, 8, add);
    }
    statement(6);
    if (!strcmp(mode, "kind") && odd)
        net_bcast(a, 100, me);
    if (!strcmp(mode, "size"))
        net_allreduce(a, odd ? 2 : 8, 1, subtract);
    if (!strcmp(mode, "end") && odd) {
        line = 0;
        return;
    }
    if (!strcmp(mode, "early") && odd)
        statement(10);
    if (!strcmp(mode, "silent")) { /* a message that never comes, from a rank that ends */
        NetMsg m = {p - 1, a, 8};
        if (!odd)
            net_exchange(0, NULL, 1, &m);
        return;
    }
    if (!strcmp(mode, "mute")) { /* the same, from a rank that waits for somebody else */
        NetMsg m = {odd ? 0 : p - 1, a, 8};
        if (odd)
            net_allreduce(&x, 1, 8, add);
        net_exchange(0, NULL, 1, &m);
        return;
    }
    if (!strcmp(mode, "crash") && odd)
        raise(SIGSEGV);
    if (!strcmp(mode, "kill") && odd)
        raise(SIGKILL);
    if (!strcmp(mode, "fail") && odd)
        net_fail("the disk is on fire");
    if (!strcmp(mode, "assert") && odd)
        ASSERT(false, "x=%d", 3);
    line = 8;
    for (int k = 7; k < 100; k++) {
        statement(8);
        net_allreduce(&x, 1, 8, add);
        if (p > 2 && !odd && k == 8)
            net_pause(2000000000);
    }
}

int main(int argc, char **argv)
{
    rt_where = where;
    net_init();
    if (!strcmp(argv[1], "ok"))
        run_ok();
    else if (!strcmp(argv[1], "time"))
        run_time();
    else
        run_wrong(argv[1]);
    fflush(stdout);
    net_fini();
    return 0;
}
