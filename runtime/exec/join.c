/* join.c -- whether this process is one of several ranks, and whether those belong together.
 *
 * Invariant: what join_compare lets pass, options and programs included, is the same on all ranks,
 * so that nothing replicated can depend on them.
 */
#define _GNU_SOURCE
#include "runtime/exec/join.h"

#include <sched.h>

#include "runtime/exec/door.h"
#include "runtime/exec/ident.h"

/* Inside a step of one, mpirun may have started several: the innermost launcher counts. */
bool net_launched(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *n = getenv(sizes[i]);
        if (n)
            return atoi(n) > 1;
    }
    return getenv("PMIX_NAMESPACE") != NULL; /* another launcher, which does not say how many */
}

int join_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return atoi(getenv(names[i]));
    return -1;
}

/* A word as a shell wants it. */
static void print_word(Buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        buf_puts(out, word);
        return;
    }
    buf_putc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *word);
    buf_putc(out, '\'');
}

/* The command line as typed, for a message. */
static void print_command(Buf *out)
{
    char word[4096];
    FILE *f = fopen("/proc/self/cmdline", "rb");
    size_t n = f ? fread(word, 1, sizeof word - 1, f) : 0;
    if (f)
        fclose(f);
    word[n] = 0;
    for (size_t at = 0; at < n; at += strlen(word + at) + 1) {
        const char *slash = at ? NULL : strrchr(word, '/');
        if (at)
            buf_putc(out, ' ');
        print_word(out, slash ? slash + 1 : word + at);
    }
}

void join_refuse(void)
{
    const char *n = getenv("SLURM_STEP_NUM_TASKS");
    if (!n || getenv("PMIX_NAMESPACE") || getenv("OMPI_COMM_WORLD_SIZE"))
        return;
    Buf b = {0};
    buf_printf(&b, "cnx: srun started %s tasks without PMIx: use  srun --mpi=pmix -n %s ", n, n);
    print_command(&b);
    if (join_rank() <= 0)
        door_say(&b);
    exit(2);
}

/* What a rank tells the others of itself. */
typedef struct Self {
    int64_t binary, libc, command, node;
    cpu_set_t cores;
} Self;
enum { SELF_INTS = sizeof(Self) / sizeof(int64_t) };

static Self self_now(void)
{
    Self s = {ident_binary(), ident_libc(), ident_command(), ident_node(), {{0}}};
    if (sched_getaffinity(0, sizeof s.cores, &s.cores) != 0)
        CPU_ZERO(&s.cores);
    return s;
}

/* How rank r differs from rank 0, as a line; false: it does not. */
static bool print_difference(int r, const Self *a, const Self *first, Buf *out)
{
    if (a->binary != first->binary)
        buf_printf(out,
                   "cnx: rank %d runs with another cnx than rank 0: install the same on all nodes",
                   r);
    else if (a->libc != first->libc)
        buf_printf(out,
                   "cnx: rank %d runs with another C library than rank 0 (glibc %d.%d and %d.%d): "
                   "install the same on all nodes",
                   r, (int)(a->libc / 1000), (int)(a->libc % 1000), (int)(first->libc / 1000),
                   (int)(first->libc % 1000));
    else if (a->command != first->command)
        buf_printf(out,
                   "cnx: rank %d was started with another command line than rank 0: give all "
                   "ranks the same program, arguments and options",
                   r);
    return out->n > 0;
}

void join_compare(int *local, bool *crowded)
{
    int n = net_nranks();
    Self mine = self_now(), *all = xmalloc(sizeof *all * (size_t)n);
    cpu_set_t cores = mine.cores;
    Buf b = {0};
    net_allgather_int((const int64_t *)&mine, SELF_INTS, (int64_t *)all);
    for (int r = 1; r < n; r++)
        if (print_difference(r, &all[r], &all[0], &b)) {
            if (net_rank() == 0)
                door_say(&b);
            net_fini();
            exit(2);
        }
    *local = 0;
    for (int r = 0; r < n; r++)
        if (all[r].node == mine.node) {
            CPU_OR(&cores, &cores, &all[r].cores);
            ++*local;
        }
    *crowded = *local > CPU_COUNT(&cores);
    free(all);
}
