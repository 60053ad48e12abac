/* driver.h -- what the command line asks of the runtime.  A build without one of them (weak) does
 * without: one rank, no plans to explain.  */
#ifndef INTERP_DRIVER_H
#define INTERP_DRIVER_H

#include "runtime/config.h"

#define WEAK __attribute__((weak))

/* Begin: look at the launcher, join the other ranks, replace interp_hooks.  False: said why; exit
 * with *status. */
WEAK bool driver_start(const Config *config, int argc, char **argv, int *status);
/* On several ranks: rank 0 says that the prompt, or explain, runs on one; true. */
WEAK bool driver_refuse(bool prompt);
/* Has a launcher made this process one of several ranks, and is it one that does not speak for all?
 * Local; before driver_start. */
WEAK bool driver_launched(void), driver_silent(void);
/* End after a program: print --stats, leave MPI.  Returns the status to exit with. */
WEAK int driver_end(int status);
/* `cnx run -n N ...`: start N ranks with the same arguments less -n.  Returns their status. */
WEAK int launch_ranks(int nranks, int argc, char **argv);
/* `cnx explain FILE -p N args`. */
WEAK int explain_file(const char *path, int nshards, int argc, char **argv, const Config *config);
/* `cnx --list-names`: every statement, operator, builtin, method and function there is, a line
 * each. */
WEAK int list_names(void);
/* `cnx batch LIST`: many programs in one job. */
WEAK int batch_run(const char *list, const Config *config);
/* "1 rank, 1 thread, AVX-512" for the banner. */
WEAK const char *driver_banner(void);

#endif
