/* net.c -- messages between ranks: the only door to MPI.  Collective.
 *
 * A message is a head (the sender's place in the stream, bytes) and its data: up to SMALL bytes in
 * one piece with the head, more behind it.  door_wait takes what has arrived, compares each head
 * with this rank's place, and looks at the control channel in between.  Control messages are small,
 * unordered with the data, and never waited for.
 */
#define _GNU_SOURCE
#include "runtime/exec/door.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "runtime/exec/guard.h"
#include "runtime/exec/join.h"
#include "runtime/exec/stream.h"
#include "runtime/runtime.h"

#ifdef HAVE_MPI
#include <mpi.h>
#endif

enum { SECOND = 1000000000, AGAIN_NS = 300000000, SETTLED_NS = 500000000 };

NetStats net_stats;

static int rank = 0, nranks = 1, local = 1;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

int net_rank(void)
{
    return rank;
}

int net_nranks(void)
{
    return nranks;
}

int net_local(void)
{
    return local;
}

static void where(const char **file, int *line)
{
    *file = NULL;
    *line = 0;
    if (rt_where)
        rt_where(file, line);
}

void door_say(Buf *b)
{
    buf_putc(b, '\n');
    const char *at = buf_text(b);
    for (int64_t n = b->n; n > 0;) {
        ssize_t put = write(2, at, (size_t)n);
        if (put < 0 && errno != EINTR)
            break;
        if (put > 0)
            at += put, n -= put;
    }
    b->n = 0;
}

/* "rank 2 on n2 at heat.cnx:15" */
static void print_self(Buf *b)
{
    char host[256] = "";
    const char *file;
    int line;
    gethostname(host, sizeof host - 1);
    where(&file, &line);
    buf_printf(b, "rank %d on %s", rank, host);
    if (line > 0)
        buf_printf(b, " at %s:%d", file, line);
}

void net_fail(const char *fmt, ...)
{
    char text[1000];
    va_list ap;
    Buf b = {0};
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_puts(&b, "cnx: ");
    print_self(&b);
    buf_printf(&b, ": %s; the job has ended", text);
    door_say(&b);
    net_abort(1);
}

/* -------------------------------------------------------------------------- interrupts */

static volatile sig_atomic_t
    asked; /* 1: here, the others do not know; 2: known to all or on its way */
static volatile int64_t asked_ns, settled_ns; /* when; when the latest request was settled */
static int32_t settled; /* requests settled: a late message of an old one is void */

bool net_interrupt(void)
{
    int64_t now = now_ns();
    if (asked)
        return now - asked_ns < AGAIN_NS;
    if (settled_ns &&
        now - settled_ns < SETTLED_NS) /* the same Ctrl-C, which came to another rank first */
        return true;
    asked_ns = now;
    asked = 1;
    return true;
}

bool net_interrupted(void)
{
    return asked != 0;
}

static void or_max(void *acc, const void *x, int64_t n)
{
    int64_t *a = acc;
    const int64_t *b = x;
    a[0] |= b[0];
    a[1] = int64_max(a[1], b[1]);
}

bool net_epoch(int64_t *ns)
{
    int64_t both[2] = {asked != 0, *ns};
    NetStats before = net_stats; /* an epoch is no message of the program's */
    net_allreduce(both, 1, sizeof both, or_max);
    net_stats = before;
    *ns = both[1];
    if (both[0]) {
        asked = 0;
        settled++;
        settled_ns = now_ns();
    }
    return both[0];
}

/* ------------------------------------------------------------------ the stream, faults */

typedef enum FaultKind {
    FAULT_NONE,
    FAULT_DIVERGE,
    FAULT_DIFFER,
    FAULT_END,
    FAULT_STALL,
    FAULT_KILL
} FaultKind;

static FaultKind fault;
static int fault_rank;
static int64_t fault_at;
static bool watched; /* statements are counted */

Status net_fault(const char *spec)
{
    static const char *const names[] = {"", "diverge", "differ", "end", "stall", "kill"};
    char kind[16];
    long long at;
    int end = 0;
    fault = FAULT_NONE;
    if (!spec)
        return OK;
    if (sscanf(spec, "%d:%15[a-z]:%lld%n", &fault_rank, kind, &at, &end) == 3 && !spec[end])
        for (int k = FAULT_DIVERGE; k <= FAULT_KILL; k++)
            if (!strcmp(kind, names[k]))
                fault = k;
    if (!fault)
        return fail(ERR_VALUE,
                    "--fault wants RANK:KIND:N, KIND one of diverge, differ, end, stall, kill; "
                    "not '%s'",
                    spec);
    fault_at = at;
    watched = true;
    return OK;
}

/* A program that has ended is at no line. */
static void nowhere(const char **file, int *line)
{
    *file = NULL;
    *line = 0;
}

static void fault_happens(const char *file, int line)
{
    FaultKind kind = fault;
    if (rank != fault_rank || stream_statements() != fault_at)
        return;
    fault = FAULT_NONE;
    if (kind == FAULT_KILL) {
        raise(SIGKILL);
    } else if (kind == FAULT_STALL) {
        while (!net_interrupted())
            net_pause(SECOND);
    } else if (kind == FAULT_DIFFER) {
        stream_mix(1);
    } else if (kind == FAULT_END) {
        if (rt_where)
            rt_where = nowhere;
        net_fini();
        exit(0);
    } else if (nranks > 1) { /* a statement that the others do not have, and its meeting */
        stream_statement(file, line, 1);
        net_barrier();
    }
}

void net_statement(const char *file, int line, uint64_t what)
{
    if (!watched)
        return;
    if (fault)
        fault_happens(file, line);
    stream_statement(file, line, what);
    guard_place(file, line);
}

void net_planned(uint64_t what)
{
    if (watched)
        door_collective(what);
}

void net_mix(uint64_t what)
{
    if (watched)
        stream_mix(what);
}

void net_mix_bytes(const void *data, int64_t n)
{
    if (watched)
        stream_mix_bytes(data, n);
}

bool net_watched(void)
{
    return watched;
}

void net_reset(void)
{
    memset(&net_stats, 0, sizeof net_stats);
    stream_reset();
    guard_place(NULL, 0);
}

void door_collective(uint64_t what)
{
    const char *file;
    int line;
    where(&file, &line);
    stream_other(file, line, what);
    guard_place(file, line);
}

#ifdef HAVE_MPI

/* ------------------------------------------------------------------------------ state */

enum { TAG_HEAD = 1, TAG_BULK, TAG_CONTROL, TAG_HISTORY };
enum { SMALL = 4096, CHUNK = 1 << 30, CONTROLS = 64, SILENT = 10 };

typedef struct Head {
    uint64_t hash;
    int64_t event, nbytes;
} Head;

/* A head and what fits behind it. */
typedef struct Slot {
    Head head;
    char data[SMALL];
    struct Slot *next; /* not sent */
} Slot;

/* What a request is about. */
typedef struct Pending {
    int peer;
    bool sending;
    Slot *slot; /* NULL: bulk */
    void *data;
    int64_t nbytes;
} Pending;

typedef enum ControlKind { ASK, ANSWER, PARTED, TELL, INTERRUPT, MISSED } ControlKind;

typedef struct Control {
    int32_t kind, flag; /* flag: the sender waits; of INTERRUPT: requests settled before it; of
                           PARTED and MISSED: the rank */
    int64_t event;
    uint64_t hash;
} Control;

static MPI_Comm data_comm = MPI_COMM_NULL, control_comm = MPI_COMM_NULL;
static bool started, crowded, waiting, parting;
static Slot *free_slots;
static Vec(MPI_Request) request;
static Vec(Pending) pending;
static Vec(int) done_index;
static Vec(MPI_Status) done_status;

static Control control_in, control_out[CONTROLS];
static MPI_Request control_request = MPI_REQUEST_NULL, control_sent[CONTROLS];
static StreamPoint *history_out;
static MPI_Request history_sent = MPI_REQUEST_NULL;
static uint8_t *ahead;  /* answers in a row in which a rank waits further on than here */
static uint8_t *silent; /* questions in a row that a rank has not answered */

static void control_poll(void);

/* What failed has been said; say who and where, and end all. */
static void ended(void)
{
    Buf b = {0};
    buf_puts(&b, "cnx: that was ");
    print_self(&b);
    buf_printf(&b, ", statement %lld; the job has ended", (long long)stream_statements());
    door_say(&b);
    net_abort(1);
}

/* ---------------------------------------------------------------------------- parting */

static void give_way(void)
{
    if (crowded)
        sched_yield();
}

typedef struct Told {
    int rank;
    StreamPoint *at;
    int64_t n;
    MPI_Request request;
} Told;

static void ask_history(Told *t, int from)
{
    const Control tell = {.kind = TELL};
    MPI_Request r;
    t->rank = from;
    t->n = -1;
    t->at = xmalloc(sizeof *t->at * (STREAM_KEPT + 1));
    MPI_Irecv(t->at, (int)sizeof *t->at * (STREAM_KEPT + 1), MPI_BYTE, from, TAG_HISTORY,
              control_comm, &t->request);
    MPI_Isend(memcpy(xmalloc(sizeof tell), &tell, sizeof tell), sizeof tell, MPI_BYTE, from,
              TAG_CONTROL, control_comm, &r);
}

/* Poll until all have answered or the time is over. */
static void await_histories(Told told[], int n, int64_t limit_ns)
{
    int left = n;
    for (int64_t end = now_ns() + limit_ns; left > 0 && now_ns() < end; give_way()) {
        control_poll();
        for (int i = 0; i < n; i++) {
            int flag = 0, bytes;
            MPI_Status st;
            if (told[i].n >= 0 || !told[i].at)
                continue;
            MPI_Test(&told[i].request, &flag, &st);
            if (!flag)
                continue;
            MPI_Get_count(&st, MPI_BYTE, &bytes);
            told[i].n = bytes / (int)sizeof(StreamPoint);
            left--;
        }
    }
}

/* The first two ranks whose histories part, as a line; else what is known of `with`. */
static void print_parting(Told told[], int n, int with, Buf *out)
{
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (told[i].n >= 0 && told[j].n >= 0 &&
                stream_parted(told[i].at, told[i].n, told[j].at, told[j].n)) {
                bool order = told[i].rank < told[j].rank;
                Told *a = &told[order ? i : j], *b = &told[order ? j : i];
                stream_compare(a->rank, a->at, a->n, b->rank, b->at, b->n, out);
                return;
            }
    for (int j = 1; j < n; j++)
        if (told[j].rank == with && told[j].n >= 0) {
            bool order = told[0].rank < with;
            Told *a = &told[order ? 0 : j], *b = &told[order ? j : 0];
            stream_compare(a->rank, a->at, a->n, b->rank, b->at, b->n, out);
            return;
        }
    buf_puts(out, "cnx: the ranks went different ways: ");
    print_self(out);
    buf_printf(out, "; rank %d does not answer", with);
}

static _Noreturn void report_parting(int with, bool from_all)
{
    enum { MOST = 64 };
    Told told[MOST + 1] = {0};
    Buf b = {0};
    const char *file;
    int line, n = 1;
    where(&file, &line);
    told[0].rank = rank;
    told[0].at = xmalloc(sizeof *told[0].at * (STREAM_KEPT + 1));
    told[0].n = stream_history(file, line, told[0].at);
    ask_history(&told[n++], with);
    for (int r = 0; from_all && r < nranks && n < MOST; r++)
        if (r != rank && r != with)
            ask_history(&told[n++], r);
    await_histories(told + 1, n - 1, 3 * (int64_t)SECOND / 2);
    print_parting(told, n, with, &b);
    door_say(&b);
    net_abort(1);
}

static void control_send(int to, Control c);

/* This rank and `with` went different ways: rank 0 says so; when it is busy, whoever saw it first.
 */
static _Noreturn void part(int with)
{
    parting = true;
    if (rank == 0)
        report_parting(with, true);
    control_send(0, (Control){.kind = PARTED, .flag = with});
    int64_t patience = 3 * (int64_t)SECOND + rank * (int64_t)SECOND / 2;
    for (int64_t end = now_ns() + patience; now_ns() < end; give_way())
        control_poll();
    report_parting(with, false);
}

/* ---------------------------------------------------------------------- control channel */

static void control_send(int to, Control c)
{
    for (int i = 0; i < CONTROLS; i++) {
        int flag = 1;
        MPI_Test(&control_sent[i], &flag, MPI_STATUS_IGNORE);
        if (!flag)
            continue;
        control_out[i] = c;
        MPI_Isend(&control_out[i], sizeof c, MPI_BYTE, to, TAG_CONTROL, control_comm,
                  &control_sent[i]);
        return;
    }
}

static void send_history(int to)
{
    const char *file;
    int line, flag = 1;
    MPI_Test(&history_sent, &flag, MPI_STATUS_IGNORE);
    if (!flag) /* another rank has it on the way; this one gives up in time */
        return;
    if (!history_out)
        history_out = xmalloc(sizeof *history_out * (STREAM_KEPT + 1));
    where(&file, &line);
    int64_t n = stream_history(file, line, history_out);
    MPI_Isend(history_out, (int)(n * (int64_t)sizeof *history_out), MPI_BYTE, to, TAG_HISTORY,
              control_comm, &history_sent);
}

/* A rank that neither answers nor dies: a stopped process, a lost node. The job goes on waiting. */
static void say_missed(int who)
{
    static int last = -1;
    const char *file;
    int line;
    Buf b = {0};
    if (who == last)
        return;
    last = who;
    where(&file, &line);
    buf_printf(&b, "cnx: rank %d has not answered for %d seconds; the others wait for it", who,
               SILENT);
    if (line > 0)
        buf_printf(&b, " at %s:%d", file, line);
    door_say(&b);
    buf_free(&b);
}

/* One rank says it for all. */
static void missed(int who)
{
    int speaker = who ? 0 : 1;
    if (rank == speaker)
        say_missed(who);
    else
        control_send(speaker, (Control){.kind = MISSED, .flag = who});
}

static void check_answer(int from, const Control *c)
{
    bool late = silent[from] == 0; /* one of many at once, from a rank that stood still */
    silent[from] = 0;
    if (parting || !waiting)
        return;
    if (stream_had(c->event, c->hash) == 0)
        part(from);
    if (late)
        return;
    /* It waits for others further on: what it had for this rank has been sent long ago. */
    ahead[from] = c->flag && c->event > stream_events() ? ahead[from] + 1 : 0;
    if (ahead[from] >= 3)
        part(from);
}

static void control_take(int from, const Control *c)
{
    switch ((ControlKind)c->kind) {
    case ASK:
        if (!parting && stream_had(c->event, c->hash) == 0)
            part(from);
        control_send(from, (Control){.kind = ANSWER,
                                     .flag = waiting,
                                     .event = stream_events(),
                                     .hash = stream_hash()});
        return;
    case ANSWER:
        check_answer(from, c);
        return;
    case PARTED:
        if (!parting)
            part(c->flag == rank ? from : c->flag);
        return;
    case TELL:
        send_history(from);
        return;
    case MISSED:
        say_missed(c->flag);
        return;
    case INTERRUPT:
        if (!asked && c->flag == settled) {
            asked_ns = now_ns();
            asked = 2;
        }
        return;
    }
}

static void control_poll(void)
{
    int flag = 0;
    MPI_Status st;
    if (asked == 1) {
        asked = 2;
        for (int r = 0; r < nranks; r++)
            if (r != rank)
                control_send(r, (Control){.kind = INTERRUPT, .flag = settled});
    }
    for (;;) {
        MPI_Test(&control_request, &flag, &st);
        if (!flag)
            return;
        Control c = control_in;
        MPI_Irecv(&control_in, sizeof control_in, MPI_BYTE, MPI_ANY_SOURCE, TAG_CONTROL,
                  control_comm, &control_request);
        control_take(st.MPI_SOURCE, &c);
    }
}

/* ------------------------------------------------------------------------------ messages */

static Slot *slot_take(void)
{
    Slot *s = free_slots;
    if (!s)
        return xmalloc(sizeof *s);
    free_slots = s->next;
    return s;
}

static void slot_give(Slot *s)
{
    s->next = free_slots;
    free_slots = s;
}

static void begin(MPI_Request r, Pending p)
{
    vec_push(&request, r);
    vec_push(&pending, p);
}

/* The data of a large message, in chunks that an int can count. */
static void bulk(int peer, void *data, int64_t nbytes, bool sending)
{
    for (int64_t at = 0; at < nbytes; at += CHUNK) {
        int n = (int)int64_min(CHUNK, nbytes - at);
        MPI_Request r;
        if (sending)
            MPI_Isend((char *)data + at, n, MPI_BYTE, peer, TAG_BULK, data_comm, &r);
        else
            MPI_Irecv((char *)data + at, n, MPI_BYTE, peer, TAG_BULK, data_comm, &r);
        begin(r, (Pending){.peer = peer, .sending = sending});
    }
}

void door_send(int peer, const void *data, int64_t nbytes)
{
    Slot *s = slot_take();
    MPI_Request r;
    bool small = nbytes <= SMALL;
    s->head = (Head){stream_hash(), stream_events(), nbytes};
    if (small && nbytes)
        memcpy(s->data, data, (size_t)nbytes);
    MPI_Isend(s, (int)(sizeof s->head + (small ? (size_t)nbytes : 0)), MPI_BYTE, peer, TAG_HEAD,
              data_comm, &r);
    begin(r, (Pending){.peer = peer, .sending = true, .slot = s});
    if (!small)
        bulk(peer, (void *)(uintptr_t)data, nbytes, true);
}

void door_recv(int peer, void *data, int64_t nbytes)
{
    Slot *s = slot_take();
    MPI_Request r;
    MPI_Irecv(s, sizeof s->head + SMALL, MPI_BYTE, peer, TAG_HEAD, data_comm, &r);
    begin(r, (Pending){.peer = peer, .slot = s, .data = data, .nbytes = nbytes});
    if (nbytes > SMALL)
        bulk(peer, data, nbytes, false);
}

static void finish(const Pending *p, int error)
{
    if (error != MPI_SUCCESS) {
        if (!p->sending)
            part(p->peer); /* a message of another size */
        net_fail("a message to rank %d failed", p->peer);
    }
    if (!p->slot)
        return;
    if (!p->sending) {
        const Head *h = &p->slot->head;
        if (h->hash != stream_hash() || h->event != stream_events() || h->nbytes != p->nbytes)
            part(p->peer);
        if (p->nbytes <= SMALL && p->nbytes)
            memcpy(p->data, p->slot->data, (size_t)p->nbytes);
    }
    slot_give(p->slot);
}

static void ask_peers(void)
{
    for (int64_t i = 0; i < pending.n; i++) {
        int peer = pending.at[i].peer;
        if (request.at[i] == MPI_REQUEST_NULL || !pending.at[i].slot)
            continue;
        control_send(peer, (Control){.kind = ASK, .event = stream_events(), .hash = stream_hash()});
        if (silent[peer] <= SILENT && silent[peer]++ == SILENT)
            missed(peer);
    }
}

/* What a waiting rank does between looks: spin at first, then give the core to those who compute;
 * who has waited long sleeps for some hundredth of that. */
static void relax(int64_t waited_ns)
{
    enum { SPIN_NS = 5000000, NAP_NS = 50000, LONG_NS = 200000000, NAP_MAX_NS = 2000000 };
    if (!crowded && waited_ns < SPIN_NS)
        return;
    if (waited_ns < (crowded ? SPIN_NS : LONG_NS)) {
        sched_yield();
        return;
    }
    const struct timespec nap = {0,
                                 (long)int64_min(int64_max(waited_ns / 100, NAP_NS), NAP_MAX_NS)};
    nanosleep(&nap, NULL);
}

static int test_some(int *error)
{
    int done = 0;
    *error = MPI_Testsome((int)request.n, request.at, &done, done_index.at, done_status.at);
    return done == MPI_UNDEFINED ? (int)request.n : done;
}

void door_wait(void)
{
    int64_t left = pending.n, t0 = now_ns(), waited = 0, told = 0;
    while (done_index.n < request.n)
        vec_push(&done_index, 0);
    while (done_status.n < request.n)
        vec_push(&done_status, (MPI_Status){0});
    waiting = true;
    for (int64_t turn = 1; left > 0; turn++) {
        int error, done = test_some(&error);
        for (int i = 0; i < done; i++)
            finish(&pending.at[done_index.at[i]],
                   error == MPI_ERR_IN_STATUS ? done_status.at[i].MPI_ERROR : error);
        left -= done;
        if (done || left == 0)
            continue;
        bool slow = waited > AGAIN_NS; /* turns are naps */
        if (turn % 32 == 0 || crowded || slow)
            waited = now_ns() - t0;
        if (turn % 32 == 0 || slow)
            control_poll();
        if (waited - told > SECOND) {
            told = waited;
            ask_peers();
        }
        relax(waited);
    }
    waiting = false;
    request.n = pending.n = 0;
    net_stats.wait_ns += now_ns() - t0;
}

void net_poll(void)
{
    if (started)
        control_poll();
}

void net_pause(int64_t ns)
{
    static const struct timespec nap = {0, 1000000};
    for (int64_t end = now_ns() + ns, left; (left = end - now_ns()) > 0 && !net_interrupted();) {
        net_poll();
        const struct timespec rest = {0, left};
        nanosleep(left < nap.tv_nsec ? &rest : &nap, NULL);
    }
    net_poll();
}

/* ------------------------------------------------------------------------ start and end */

void net_init(void)
{
    if (started || !net_launched())
        return;
    join_refuse();
    signal(SIGUSR1, SIG_IGN); /* the launcher's Ctrl-C; until there is a program to stop */
    guard_start(join_rank());
    setenv("OMPI_MCA_opal_signal", "", 0); /* the guard says it in one line */
    setenv("OMPI_MCA_mpi_show_handle_leaks", "0", 0);
    int given;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &nranks);
    MPI_Comm_dup(MPI_COMM_WORLD, &data_comm);
    MPI_Comm_dup(MPI_COMM_WORLD, &control_comm);
    MPI_Comm_set_errhandler(data_comm, MPI_ERRORS_RETURN);
    crowded = true; /* until the ranks have told each other where they run */
    ahead = xcalloc((size_t)nranks, 1);
    silent = xcalloc((size_t)nranks, 1);
    for (int i = 0; i < CONTROLS; i++)
        control_sent[i] = MPI_REQUEST_NULL;
    MPI_Irecv(&control_in, sizeof control_in, MPI_BYTE, MPI_ANY_SOURCE, TAG_CONTROL, control_comm,
              &control_request);
    started = true;
    watched = nranks > 1;
    assert_hook = ended;
    join_compare(&local, &crowded);
    memset(&net_stats, 0, sizeof net_stats);
}

void net_fini(void)
{
    if (!started)
        return;
    net_barrier(); /* the end is an event like others: who goes on elsewhere is noticed */
    assert_hook = NULL;
    started = false;
    MPI_Cancel(&control_request);
    MPI_Request_free(&control_request);
    MPI_Finalize();
}

void net_abort(int status)
{
    if (started) {
        int null = open("/dev/null", O_WRONLY); /* all has been said */
        if (null >= 0)
            dup2(null, 2);
        MPI_Abort(MPI_COMM_WORLD, status);
    }
    _exit(status);
}

#else

void net_init(void)
{
    if (net_launched()) {
        if (join_rank() <= 0)
            fprintf(stderr, "cnx: built without MPI: it runs on one rank only\n");
        exit(2);
    }
}

void net_fini(void) {}

void net_abort(int status)
{
    _exit(status);
}

void net_poll(void) {}

void net_pause(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
    while (!net_interrupted() && nanosleep(&t, &t) && errno == EINTR)
        ;
}

void door_send(int peer, const void *data, int64_t nbytes)
{
    ASSERT(false, "a message on one rank");
}

void door_recv(int peer, void *data, int64_t nbytes)
{
    ASSERT(false, "a message on one rank");
}

void door_wait(void) {}

#endif
