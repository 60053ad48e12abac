/* interp.h -- the interpreter's state and the doors to the outside.  Replicated.
 *
 * One state a process.  All that a program can see of the world comes through `hooks`: the runtime
 * replaces them so that rank 0 reads and every rank sees the same; the defaults serve one process.
 * interp_start gives a fresh state, interp_end releases it; types and interned text outlive it.
 */
#ifndef INTERP_INTERP_H
#define INTERP_INTERP_H

#include "interp/value.h"

typedef enum ClockKind { CLOCK_TIME, CLOCK_PERF, CLOCK_MONO, CLOCK_PROCESS } ClockKind;
typedef enum EpochKind { EPOCH_LOOP, EPOCH_CALL } EpochKind;

typedef struct InterpHooks {
    /* Whole file into *out.  0, or an errno. */
    int (*read_file)(const char *path, Buf *out);
    /* 0: nothing there, 1: a file, 2: a directory. */
    int (*file_kind)(const char *path);
    /* Bytes to file descriptor 1 or 2: 0, or an errno. */
    int (*write_out)(int fd, const char *text, int64_t nbytes);
    /* The same text is printed on all ranks, though one of them writes it. */
    void (*note_out)(const char *text, int64_t nbytes);
    /* Seconds; nanoseconds through the second function so that none are lost. */
    int64_t (*clock_ns)(ClockKind which);
    void (*sleep_ns)(int64_t ns);
    /* One line with its newline appended to *out.  1: read, 0: end of file, -1: interrupted. */
    int (*read_stdin_line)(Buf *out);
    /* Every few thousand back-edges and calls, at equal counts on all ranks; true: Ctrl-C was
     * agreed upon. */
    bool (*epoch)(EpochKind kind);
    bool (*is_rank0)(void);
    /* Everything deferred is done: before the clock is read and at exit. */
    void (*fence)(void);
} InterpHooks;
extern InterpHooks interp_hooks;

/* Seconds of one of the clocks, after a fence: rank 0's value. */
extern double (*interp_clock)(int which);

/* A fresh state.  `path` is the program ("-c", "" for the REPL); argv[0] is what sys.argv[0] shows.
 */
void interp_start(const char *path, int argc, char **argv);
/* Release the state: modules, then what cycles keep.  Flushes output. */
void interp_end(void);

/* Run a program in the state's __main__; prints an uncaught error.  Returns the exit status (0, 1,
 * sys.exit's, 130). */
int interp_run_file(const char *path);
int interp_run_string(const char *filename, const char *text, int64_t nbytes);
/* Parse only.  0, or 1 with the error printed. */
int interp_check_file(const char *path);
/* The listing of a program's one-op code on standard output. */
int interp_list_file(const char *path);
/* The program's code as `cnx ops` lists it, for the names in it; NULL: it cannot be read, and
 * running it says why. */
struct Code *interp_listing(const char *path);
/* One REPL statement: 0 done (or error printed), 1 needs more lines, 2 sys.exit was called
 * (*status). */
int interp_run_interactive(const char *text, int64_t nbytes, int *status);

/* Exit status for the exception that is set, which is printed and cleared. */
int interp_report(void);

/* The running module's namespace or the values that frames show; borrowed. */
Value interp_globals(void);
/* Ask for a KeyboardInterrupt at the next epoch (async-signal-safe). */
void interp_interrupt(void);
/* The interactive loop; banner (may be NULL) says what there is to compute with.  Returns the exit
 * status. */
int repl_run(const char *banner);

#endif
