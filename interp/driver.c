/* driver.c -- the command line's side of the runtime: joining ranks, counters, the banner.
 * Collective. */
#include "interp/driver.h"

#include <stdio.h>

#include "interp/batch.h"
#include "interp/interp.h"
#include "interp/turns.h"
#include "interp/world.h"
#include "runtime/exec/strips.h"
#include "runtime/runtime.h"

static bool print_stats;

static void where(const char **file, int *line)
{
    interp_where(file, line);
}

static void (*work_before)(int64_t units);

static void work_counted(int64_t units)
{
    turns_note();
    if (work_before)
        work_before(units);
    turns_settle();
}

/* A floating-point condition of a statement of that line: once a line and text, as Python's filter
 * has it. */
static void warn(const char *file, int line, const char *text)
{
    warn_at(file, line, &exc_RuntimeWarning, text);
}

static RtConfig runtime_config(const Config *c)
{
    return (RtConfig){.whole_below = c->whole_below,
                      .tiles_per_rank = c->tiles_per_rank,
                      .flush_each = c->flush_each,
                      .no_fuse = c->no_fuse,
                      .no_rename = c->no_rename,
                      .no_trace = c->no_trace,
                      .check_trace = c->check_trace,
                      .memory = c->memory,
                      .slack = c->slack,
                      .stats = c->stats,
                      .fault = c->fault,
                      .isa = c->isa};
}

bool driver_start(const Config *c, int argc, char **argv, int *status)
{
    RtConfig rc = runtime_config(c);
    if (rt_init(&rc) != OK) {
        if (rt_rank() == 0)
            fprintf(stderr, "cnx: %s\n", status_text());
        rt_fini();
        *status = 2;
        return false;
    }
    print_stats = c->stats;
    rt_where = where;
    rt_warn = warn;
    world_install();
    if (c->stats) {
        work_before = rt_work;
        rt_work = work_counted;
        profile_turns = turns_of;
    }
    return true;
}

bool driver_refuse(bool prompt)
{
    if (rt_nranks() == 1)
        return false;
    if (rt_rank() == 0)
        fputs(prompt
                  ? "cnx: the prompt runs on one rank; on several: cnx run FILE, or - for standard "
                    "input (cnx --help lists what there is)\n"
                  : "cnx: explain runs in one process; -p N says for how many ranks\n",
              stderr);
    return true;
}

bool driver_launched(void)
{
    return rt_launched();
}

bool driver_silent(void)
{
    return rt_silent();
}

int driver_end(int status)
{
    if (print_stats)
        rt_stats_print(stderr);
    rt_fini();
    return status;
}

int batch_run(const char *list, const Config *c)
{
    return batch_programs(list, c->stats);
}

static const char *isa_name(void)
{
    return !strcmp(strips_isa(), "avx512") ? "AVX-512" : "AVX2";
}

const char *driver_banner(void)
{
    static char text[64];
    int n = rt_nranks();
    snprintf(text, sizeof text, "%d rank%s, 1 thread, %s", n, n == 1 ? "" : "s", isa_name());
    return text;
}
