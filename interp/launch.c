/* launch.c -- `cnx run -n N`: the ranks are a child's children, and this process their front.
 * Local.
 *
 * The launcher (mpirun; srun inside an allocation or a step of one, where mpirun hangs) runs in a
 * process group of its own, so that Ctrl-C at the terminal comes here only and is passed on as a
 * request to stop, which the ranks agree on; a second one before they have ends the job from their
 * side, and the third in a row from here.  Standard output goes straight through.  From standard
 * error, the launcher's own pages about ranks that ended are left out: the ranks have said it
 * already, in one line.  The status is the launcher's: the first that is not zero.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interp/driver.h"
#include "runtime/base.h"

typedef Vec(char *) Words;

static char mpirun[] = "mpirun", quiet[] = "-q", over[] = "--oversubscribe", dash_n[] = "-n";
static char srun[] = "srun", pmix[] = "--mpi=pmix", direct[] = "-X", share[] = "--overcommit",
            beside[] = "--overlap";

/* -------------------------------------------------------------------------- signals */

static volatile sig_atomic_t interrupts, terminated;

static void on_signal(int sig)
{
    if (sig == SIGINT)
        interrupts++;
    else
        terminated = sig;
}

static void catch_signals(void)
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction act = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sigaction(all[i], &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What has been passed on to the launcher so far. */
typedef struct Passed {
    bool cut; /* standard output took no more */
    int interrupts, in_row;
    int64_t interrupt_ms, end_ms; /* when the latest interrupt; when the job is to be over */
} Passed;

static void end_job(Passed *p, pid_t pid)
{
    enum { PATIENCE_MS = 5000 }; /* killed, mpirun leaves files */
    if (p->end_ms)
        return;
    p->end_ms = now_ms() + PATIENCE_MS;
    kill(pid, SIGTERM);
}

/* Pass on what has come; kills the group when the job does not end in time. */
static void pass_on(Passed *p, pid_t pid)
{
    enum { ROW_MS = 2000 };
    int64_t now = now_ms();
    if (interrupts > p->interrupts) {
        p->interrupts++;
        p->in_row = now - p->interrupt_ms < ROW_MS ? p->in_row + 1 : 1;
        p->interrupt_ms = now;
        kill(pid, SIGUSR1); /* both launchers hand it on to all ranks, and die of SIGINT */
    }
    if (p->in_row > 2 || terminated)
        end_job(p, pid);
    if (p->end_ms && now > p->end_ms)
        kill(-pid, SIGKILL);
}

/* ------------------------------------------------------------------------- standard error */

/* Lines of the launcher: a page between two rules, of which some are only about ranks that ended.
 */
typedef struct Filter {
    Buf line, page;
    bool in_page;
} Filter;

static bool put(int fd, const char *at, int64_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, at, (size_t)n);
        if (k < 0 && errno != EINTR)
            return false;
        if (k > 0)
            at += k, n -= k;
    }
    return true;
}

static bool is_rule(const Buf *b)
{
    int64_t n = b->n && b->at[b->n - 1] == '\n' ? b->n - 1 : b->n;
    for (int64_t i = 0; i < n; i++)
        if (b->at[i] != '-')
            return false;
    return n >= 60;
}

static bool has_one(const char *text, const char *const words[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

static bool is_known(const char *text)
{
    static const char *const pages[] = {"MPI_ABORT was invoked",    "exited on signal",
                                        "job  terminated normally", "exited with non-zero status",
                                        "non-zero exit code",       "help message"};
    return has_one(text, pages, sizeof pages / sizeof *pages);
}

/* Does the line begin as Slurm's do, as far as it is there? */
static bool is_slurms(const char *text, size_t n)
{
    static const char *const names[] = {"srun: ", "slurmstepd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(text, names[i], n < strlen(names[i]) ? n : strlen(names[i])))
            return true;
    return false;
}

/* A line of the launcher about a rank or a job that ended. */
static bool is_told(const char *text)
{
    static const char *const ends[] = {"Exited with exit code", ": Killed",         ": Terminated",
                                       "Terminating StepId",    "Job step aborted", "CANCELLED AT",
                                       "_errhandler",           "Force Terminated"};
    return (text[0] == '[' && is_known(text)) ||
           (is_slurms(text, strlen(text)) && has_one(text, ends, sizeof ends / sizeof *ends));
}

static void page_end(Filter *f)
{
    if (f->page.n && !is_known(buf_text(&f->page)))
        put(2, f->page.at, f->page.n);
    f->page.n = 0;
    f->in_page = false;
}

static void take_line(Filter *f)
{
    bool rule = is_rule(&f->line);
    if (rule || f->in_page) {
        buf_add(&f->page, f->line.at, (size_t)f->line.n);
        if (rule && f->in_page)
            page_end(f);
        else
            f->in_page = true;
    } else if (!is_told(buf_text(&f->line))) {
        put(2, f->line.at, f->line.n);
    }
    f->line.n = 0;
}

/* A line goes out when it is whole; the beginning of one, at once when it cannot become the
 * launcher's. */
static void filter(Filter *f, const char *at, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        buf_putc(&f->line, at[i]);
        if (at[i] == '\n')
            take_line(f);
    }
    if (f->line.n && !f->in_page && f->line.at[0] != '-' && f->line.at[0] != '[' &&
        !is_slurms(f->line.at, (size_t)f->line.n)) {
        put(2, f->line.at, f->line.n);
        f->line.n = 0;
    }
}

static void filter_end(Filter *f)
{
    if (f->line.n)
        take_line(f);
    page_end(f);
    buf_free(&f->line);
    buf_free(&f->page);
}

/* ------------------------------------------------------------------------------ the job */

/* The command line but -n N, behind the launcher's words. */
static void job_words(Words *w, bool in_slurm, char *count, char *self, int argc, char **argv)
{
    bool taken = false, alone = !strcmp(count, "1"); /* one rank is a plain process */
    char *const by_mpirun[] = {mpirun, quiet, over, dash_n};
    char *const by_srun[] = {srun, pmix, direct, share, beside, dash_n};
    char *const *first = in_slurm ? by_srun : by_mpirun;
    size_t n = in_slurm ? sizeof by_srun / sizeof *by_srun : sizeof by_mpirun / sizeof *by_mpirun;
    for (size_t i = 0; i < n && !alone; i++)
        vec_push(w, first[i]);
    if (!alone)
        vec_push(w, count);
    vec_push(w, self);
    for (int i = 1; i < argc; i++) {
        if (!taken && !strncmp(argv[i], "-n", 2)) {
            i += argv[i][2] == 0;
            taken = true;
            continue;
        }
        vec_push(w, argv[i]);
    }
    vec_push(w, NULL);
}

static _Noreturn void become(Words *w, pid_t parent, int in, int out, int err)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    if (in >= 0)
        dup2(in, 0);
    dup2(out, 1);
    int said = fcntl(2, F_DUPFD_CLOEXEC, 3);
    dup2(err, 2);
    execvp(w->at[0], w->at);
    dprintf(said, "cnx: cannot start %s: %s\n", w->at[0], strerror(errno));
    _exit(2);
}

/* Copy what has come on standard input; -1 at its end. */
static int pump(int to)
{
    char block[4096];
    ssize_t n = read(0, block, sizeof block);
    if (n < 0 && errno == EINTR)
        return to;
    if (n > 0) {
        put(to, block, n);
        return to;
    }
    close(to);
    return -1;
}

/* Copy what has come on the job's standard output; false at its end. */
static bool take_output(int out, pid_t pid, Passed *passed)
{
    char block[1 << 16];
    ssize_t n = read(out, block, sizeof block);
    if (n > 0 && !passed->cut && !put(1, block, n)) {
        fprintf(stderr, "cnx: cannot write standard output: %s; the job has ended\n",
                strerror(errno));
        passed->cut = true;
        end_job(passed, pid);
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

/* The same of standard error, but for what the launcher says about ends. */
static bool take_error(int err, Filter *f, const Passed *passed)
{
    char block[4096];
    ssize_t n = read(err, block, sizeof block);
    if (n > 0 && !passed->end_ms)
        filter(f, block, n);
    return n > 0 || (n < 0 && errno == EINTR);
}

static bool has_ended(pid_t pid)
{
    siginfo_t gone = {0};
    return waitid(P_PID, (id_t)pid, &gone, WEXITED | WNOHANG | WNOWAIT) == 0 && gone.si_pid == pid;
}

/* Carry bytes and signals until the launcher has closed both its outputs, or has ended while
 * somebody else keeps them open. */
static void carry(pid_t pid, int in, int out, int err, Passed *passed)
{
    Filter f = {0};
    while (out >= 0 || err >= 0) {
        struct pollfd fd[3] = {{.fd = err, .events = POLLIN},
                               {.fd = out, .events = POLLIN},
                               {.fd = in >= 0 ? 0 : -1, .events = POLLIN}};
        poll(fd, 3,
             50); /* also how soon a signal is seen that comes between the look and the wait */
        pass_on(passed, pid);
        if (fd[2].revents && in >= 0)
            in = pump(in);
        if (fd[1].revents && !take_output(out, pid, passed))
            out = -1;
        if (fd[0].revents && !take_error(err, &f, passed))
            err = -1;
        if (!fd[0].revents && !fd[1].revents && has_ended(pid))
            break;
    }
    filter_end(&f);
    if (in >= 0)
        close(in);
}

static int job_end(pid_t pid, Passed *passed)
{
    int status;
    for (pid_t got; (got = waitpid(pid, &status, WNOHANG)) != pid;) {
        if (got < 0 && errno != EINTR)
            return 1;
        pass_on(passed, pid);
        poll(NULL, 0, 5);
    }
    if (passed->cut)
        return 1;
    if (passed->interrupts && (WIFSIGNALED(status) || passed->end_ms))
        return 130;
    if (terminated)
        return 128 + terminated;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int launch_ranks(int nranks, int argc, char **argv)
{
    char count[16], self[4096];
    Words words = {0};
    int err[2], out[2], in[2] = {-1, -1};
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = 0;
    snprintf(count, sizeof count, "%d", nranks);
    Passed passed = {0};
    if (geteuid() == 0) { /* mpirun wants to be asked twice */
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
    }
    job_words(&words, getenv("SLURM_JOB_ID") != NULL, count, self, argc, argv);
    /* A background group may not read the terminal. */
    if (n < 0 || pipe2(err, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
        (isatty(0) && pipe2(in, O_CLOEXEC) < 0)) {
        fprintf(stderr, "cnx: cannot start the ranks: %s\n", strerror(errno));
        return 2;
    }
    fflush(stdout);
    if (nranks == 1) {
        execv(self, words.at);
        fprintf(stderr, "cnx: cannot start the rank: %s\n", strerror(errno));
        return 2;
    }
    catch_signals();
    pid_t me = getpid(), pid = fork();
    if (pid == 0)
        become(&words, me, in[0], out[1], err[1]);
    vec_free(&words);
    close(err[1]);
    close(out[1]);
    if (in[0] >= 0)
        close(in[0]);
    if (pid < 0) {
        fprintf(stderr, "cnx: cannot start the ranks: %s\n", strerror(errno));
        return 2;
    }
    setpgid(pid, pid);
    carry(pid, in[1], out[0], err[0], &passed);
    close(err[0]);
    close(out[0]);
    return job_end(pid, &passed);
}
