/* guard.c -- a process beside each rank that says how the rank died.  Local. */
#include "runtime/exec/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Place {
    volatile int line;
    char file[256];
} Place;

static Place *place;
static const char *placed; /* the name that place->file was copied from */
static volatile sig_atomic_t rank_pid, ending;

static void pass_on(int sig)
{
    if (sig == SIGTERM || sig == SIGHUP)
        ending = 1;
    if (rank_pid > 0)
        kill((pid_t)rank_pid, sig);
}

static void report(int rank, pid_t pid, int sig)
{
    char host[256] = "", line[700], at[300] = "";
    gethostname(host, sizeof host - 1);
    if (place && place->line > 0)
        snprintf(at, sizeof at, " at %s:%d", place->file, place->line);
    int n = snprintf(line, sizeof line,
                     "cnx: rank %d on %s (pid %d) was killed by signal %d%s; the job has ended\n",
                     rank, host, (int)pid, sig, at);
    if (write(2, line, (size_t)n) < 0)
        return;
}

/* Wait for the rank and end as it did. */
static _Noreturn void watch(int rank, pid_t pid)
{
    int status;
    close(0); /* standard input is the rank's alone */
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            _exit(1);
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    /* Slurm ends a job by SIGKILL to all at once: this process will not outlive that moment. */
    if (WTERMSIG(status) == SIGKILL)
        poll(NULL, 0, 100);
    if (!ending)
        report(rank, pid, WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

void guard_start(int rank)
{
    static const int passed[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT};
    enum { N = sizeof passed / sizeof *passed };
    struct sigaction old[N], act = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    void *page =
        mmap(NULL, sizeof(Place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    place = page == MAP_FAILED ? NULL : page;
    for (int i = 0; i < N; i++)
        sigaction(passed[i], &act, &old[i]);
    pid_t parent = getpid(), pid = fork();
    if (pid > 0) {
        rank_pid = pid;
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* the launcher is gone */
        watch(rank, pid);
    }
    for (int i = 0; i < N; i++)
        sigaction(passed[i], &old[i], NULL);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
}

void guard_place(const char *file, int line)
{
    if (!place)
        return;
    if (file != placed) {
        snprintf(place->file, sizeof place->file, "%s", file ? file : "");
        placed = file;
    }
    place->line = line;
}
