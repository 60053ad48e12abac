/* world.c -- what a program sees of the outside, the same on every rank.  Collective.
 *
 * Rank 0 reads the clock, files and standard input; the others get what it got, failures too.  All
 * ranks compute what is printed; rank 0 writes it.  A clock reading is a fence: what was submitted
 * before has run.
 *
 * Ctrl-C only sets a flag.  The ranks ask each other about it at epochs, which come at equal counts
 * of work on all ranks, some ten a second: the counts between them follow from the time that the
 * slowest rank took, which all ranks know.  A yes is a KeyboardInterrupt at the same instruction
 * everywhere.
 */
#include "interp/world.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "interp/frame.h"
#include "interp/interp.h"
#include "runtime/exec/net.h"
#include "runtime/runtime.h"

enum { EPOCH_NS = 100000000, UNITS_MIN = EPOCH_STEPS };
static const int64_t units_max = (int64_t)1 << 40;

/* An errno and some text of rank 0, everywhere. */
static int share(int code, Buf *text)
{
    int64_t head[2] = {code, text->n};
    rt_bcast(head, sizeof head);
    if (head[0])
        return (int)head[0];
    if (rt_rank() != 0) {
        text->n = 0;
        for (int64_t i = 0; i < head[1]; i += 4096) {
            char zero[4096] = {0};
            buf_add(text, zero, (size_t)int64_min(4096, head[1] - i));
        }
    }
    if (head[1])
        rt_bcast(text->at, head[1]);
    return 0;
}

static int world_read_file(const char *path, Buf *out)
{
    char *data;
    int64_t n;
    if (rt_read_file(path, -1, &data, &n, NULL) != OK)
        return status_errno();
    buf_add(out, data, (size_t)n);
    free(data);
    return 0;
}

static int world_file_kind(const char *path)
{
    int64_t kind = 0;
    struct stat st;
    if (rt_rank() == 0 && stat(path, &st) == 0)
        kind = S_ISDIR(st.st_mode) ? 2 : 1;
    rt_bcast(&kind, sizeof kind);
    return (int)kind;
}

/* What the ranks print is part of their way: else others than rank 0 would not be seen to differ.
 */
static void world_note(const char *text, int64_t n)
{
    net_mix_bytes(text, n);
}

static int world_write(int fd, const char *text, int64_t n)
{
    if (rt_rank() != 0)
        return 0;
    while (n > 0) {
        ssize_t put = write(fd, text, (size_t)n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && rt_nranks() > 1) /* the other ranks do not know: a failure of the machine */
            net_fail("cannot write standard %s: %s", fd == 1 ? "output" : "error", strerror(errno));
        if (put < 0)
            return errno;
        text += put;
        n -= put;
    }
    return 0;
}

static int64_t world_clock(ClockKind which)
{
    static const clockid_t id[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC,
                                   CLOCK_PROCESS_CPUTIME_ID};
    struct timespec t;
    clock_gettime(id[which], &t);
    int64_t ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    rt_bcast(&ns, sizeof ns);
    return ns;
}

/* ------------------------------------------------------------------------------ epochs */

static int64_t spent,
    epoch_at = UNITS_MIN; /* units of work since the last epoch; at which the next one is */
static int64_t epoch_ns;  /* when the last one was, here */
static bool stop;         /* agreed upon where no exception could be raised */
static bool (*alone_epoch)(EpochKind kind); /* one rank's own hook */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Ask all ranks; the next time is chosen so that epochs come every EPOCH_NS on the slowest. */
static bool agree(void)
{
    int64_t ns = now_ns() - epoch_ns;
    bool yes = net_epoch(&ns);
    double next = (double)int64_max(spent, UNITS_MIN) * EPOCH_NS / (double)int64_max(ns, 1000);
    next = next > 8.0 * (double)epoch_at ? 8.0 * (double)epoch_at : next;
    epoch_at = next < UNITS_MIN ? UNITS_MIN : next > (double)units_max ? units_max : (int64_t)next;
    spent = 0;
    epoch_ns = now_ns();
    return yes;
}

static bool world_epoch(EpochKind kind)
{
    bool was = stop;
    spent += EPOCH_STEPS;
    net_poll();
    stop = false;
    return was || (spent >= epoch_at && agree());
}

static void world_work(int64_t units)
{
    spent += units;
    interp.countdown -= int64_min(units, int64_max(interp.countdown, 0));
}

static bool world_window_epoch(void)
{
    return spent >= epoch_at && agree();
}

static bool alone(EpochKind kind)
{
    bool yes = alone_epoch(kind), asked = net_interrupted();
    int64_t ns = 0;
    if (asked)
        net_epoch(&ns);
    return yes || asked;
}

static bool alone_window_epoch(void)
{
    return net_interrupted() && alone(EPOCH_CALL);
}

static void on_interrupt(int sig)
{
    static const char text[] = "cnx: interrupted again: the job has ended\n";
    if (net_interrupt()) {
        if (rt_nranks() == 1) /* several ranks stop at equal counts only */
            interp_interrupt();
        return;
    }
    if (rt_rank() == 0 && write(2, text, sizeof text - 1) < 0)
        _exit(130);
    _exit(130);
}

static void world_sleep(int64_t ns)
{
    net_pause(ns);
    stop |= agree();
}

/* --------------------------------------------------------------------------- standard input */

/* The next byte of rank 0's input: 1, 0 at its end, -1 when interrupted. Other ranks are answered
 * while it waits. */
static int next_byte(char *c)
{
    static char block[1 << 14];
    static ssize_t at, n;
    while (at == n) {
        struct pollfd in = {.fd = 0, .events = POLLIN};
        int ready = poll(&in, 1, rt_nranks() > 1 ? 20 : -1);
        net_poll();
        if (net_interrupted())
            return -1;
        if (ready <= 0)
            continue;
        at = 0;
        n = read(0, block, sizeof block);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0) {
            n = 0;
            return 0;
        }
    }
    *c = block[at++];
    return 1;
}

static int world_read_line(Buf *out)
{
    int64_t answer = 0;
    Buf line = {0};
    if (rt_rank() == 0) {
        char c;
        int got;
        while ((got = next_byte(&c)) == 1) {
            buf_putc(&line, c);
            if (c == '\n')
                break;
        }
        answer = got < 0 ? -1 : line.n > 0;
    }
    rt_bcast(&answer, sizeof answer);
    if (answer == 1) {
        share(0, &line);
        buf_add(out, line.at, (size_t)line.n);
    } else if (answer < 0) {
        if (rt_nranks() > 1) /* settled: the caller raises it */
            agree();
        else
            alone(EPOCH_CALL);
    }
    buf_free(&line);
    return (int)answer;
}

static bool world_is_rank0(void)
{
    return rt_rank() == 0;
}

static void world_fence(void)
{
    Status st = rt_fence(); /* checked statements ran when they were submitted */
    ASSERT(st == OK || st == ERR_INTERRUPT, "a late error: %s", status_text());
    stop |= st == ERR_INTERRUPT;
}

void world_install(void)
{
    struct sigaction act = {.sa_handler = on_interrupt};
    bool many = rt_nranks() > 1;
    interp_hooks.read_file = world_read_file;
    interp_hooks.file_kind = world_file_kind;
    interp_hooks.write_out = world_write;
    interp_hooks.note_out = world_note;
    interp_hooks.clock_ns = world_clock;
    interp_hooks.read_stdin_line = world_read_line;
    interp_hooks.is_rank0 = world_is_rank0;
    interp_hooks.fence = world_fence;
    alone_epoch = interp_hooks.epoch;
    interp_hooks.epoch = many ? world_epoch : alone;
    rt_epoch = many ? world_window_epoch : alone_window_epoch;
    if (many) {
        interp_hooks.sleep_ns = world_sleep;
        rt_work = world_work;
        epoch_ns = now_ns();
        act.sa_flags = SA_RESTART;
        sigaction(SIGUSR1, &act, NULL); /* a launcher passes this one on to all ranks */
    }
    sigaction(SIGINT, &act, NULL);
}
