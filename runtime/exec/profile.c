/* profile.c -- counters by line, and the table of --stats. */
#include "runtime/exec/profile.h"

#include "runtime/exec/exchange.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/jit.h"
#include "runtime/exec/net.h"
#include "runtime/exec/strips.h"
#include "runtime/runtime.h"

enum { RANKS_SHOWN = 8, LOOP_MIN = 4 }; /* turns from which lines count as a loop */

typedef struct LineRow {
    const char *file;
    int line;
    int64_t cells, whole; /* of its largest task that was cut, and of the others */
    int64_t moved;
} LineRow;

LineTurns (*profile_turns)(const char *file, int line);

static struct {
    bool by_line;
    int64_t start_ns, moved, last; /* last: the row of the latest task */
    Vec(LineRow) rows;
} profile;

void profile_start(bool lines)
{
    profile.by_line = strips_count.counts_moved = lines;
    profile.start_ns = exec_now_ns();
}

void profile_move(int64_t nbytes)
{
    profile.moved += nbytes;
}

int64_t profile_moved(void)
{
    return profile.moved + strips_count.moved;
}

static LineRow *row_of(const char *file, int line)
{
    for (int64_t i = 0; i < profile.rows.n; i++) {
        int64_t k = (profile.last + i) % profile.rows.n; /* the next one is most often near */
        LineRow *r = &profile.rows.at[k];
        if (r->line == line && !strcmp(r->file, file)) {
            profile.last = k;
            return r;
        }
    }
    LineRow r = {.file = file, .line = line};
    vec_push(&profile.rows, r);
    return &profile.rows.at[profile.last = profile.rows.n - 1];
}

void profile_task(const char *file, int line, bool whole, int64_t cells, int64_t moved)
{
    if (!profile.by_line || !file)
        return;
    LineRow *r = row_of(file, line);
    int64_t *most = whole ? &r->whole : &r->cells;
    *most = int64_max(*most, cells);
    r->moved += moved;
}

/* ------------------------------------------------------------------------------ loops */

/* The loop that moves most, when it moves nearly all: lines that come round equally often. */
typedef struct Loop {
    int64_t turns, cells, moved, allocated;
} Loop;

static Loop loop_of(int64_t turns)
{
    Loop l = {.turns = turns};
    int64_t whole = 0;
    for (int64_t i = 0; i < profile.rows.n; i++) {
        const LineRow *r = &profile.rows.at[i];
        LineTurns t = profile_turns(r->file, r->line);
        if (t.turns != turns && t.turns != turns - 1) /* the last turn may end in its middle */
            continue;
        l.cells = int64_max(l.cells, r->cells);
        whole = int64_max(whole, r->whole);
        l.moved += r->moved;
        l.allocated = int64_max(l.allocated, t.allocated);
    }
    l.cells = l.cells ? l.cells : whole;
    return l;
}

static Loop main_loop(void)
{
    Loop best = {0};
    for (int64_t i = 0; profile_turns && i < profile.rows.n; i++) {
        int64_t turns = profile_turns(profile.rows.at[i].file, profile.rows.at[i].line).turns;
        Loop l = loop_of(turns);
        if (turns >= LOOP_MIN && l.moved > best.moved)
            best = l;
    }
    return best.moved >= profile_moved() / 10 * 8 ? best : (Loop){0};
}

/* ------------------------------------------------------------------------------ table */

enum {
    STATEMENTS,
    WINDOWS,
    REPLAYED,
    TASKS,
    SPLIT,
    KERNELS,
    MOVED,
    SENT,
    MESSAGES,
    REDUCTIONS,
    COLLECTIVES,
    NOW,
    PEAK,
    ALLOCATIONS,
    COPIED,
    TOTAL_NS,
    KERNEL_NS,
    WAIT_NS,
    PLAN_NS,
    COMPILED,
    CACHED,
    COMPILED_RUNS,
    STRIP_RUNS,
    TOLD,
    NOTES,
    COUNTERS
};

static void counters(int64_t c[])
{
    c[STATEMENTS] = exec_stats.statements;
    c[WINDOWS] = exec_stats.windows;
    c[REPLAYED] = exec_stats.replayed;
    c[TASKS] = exec_stats.tasks;
    c[SPLIT] = exec_stats.split;
    c[KERNELS] = exec_stats.kernels + strips_count.runs;
    c[MOVED] = profile_moved();
    c[SENT] = net_stats.bytes;
    c[MESSAGES] = net_stats.messages;
    c[REDUCTIONS] = net_stats.reductions;
    c[COLLECTIVES] = net_stats.collectives;
    c[NOW] = mem_stats.now;
    c[PEAK] = mem_stats.peak;
    c[ALLOCATIONS] = mem_stats.allocations;
    c[COPIED] = mem_stats.copied;
    c[TOTAL_NS] = exec_now_ns() - profile.start_ns;
    c[KERNEL_NS] = exec_stats.kernel_ns;
    c[WAIT_NS] = net_stats.wait_ns;
    c[PLAN_NS] = exec_stats.plan_ns;
    c[COMPILED] = jit_stats.compiled;
    c[CACHED] = jit_stats.cached;
    c[COMPILED_RUNS] = jit_stats.runs;
    c[STRIP_RUNS] = jit_stats.strip_runs;
    c[TOLD] = jit_stats.told;
    c[NOTES] = jit_stats.notes;
}

typedef struct Table {
    FILE *to;
    int n, width;
    const int64_t *all; /* [rank][COUNTERS] */
} Table;

static int64_t sum_of(const Table *t, int which)
{
    int64_t s = 0;
    for (int r = 0; r < t->n; r++)
        s += t->all[r * COUNTERS + which];
    return s;
}

static double most_seconds(const Table *t, int which)
{
    int64_t most = 0;
    for (int r = 0; r < t->n; r++)
        most = int64_max(most, t->all[r * COUNTERS + which]);
    return (double)most * 1e-9;
}

static const char *unit_of(int64_t nbytes, double *scale)
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    int u = 0;
    *scale = 1;
    for (double x = (double)nbytes; x >= 1024 && u < 4; x /= 1024, u++)
        *scale *= 1024;
    return unit[u];
}

static void bytes_text(Buf *b, int64_t nbytes)
{
    double scale;
    const char *unit = unit_of(nbytes, &scale);
    buf_printf(b, scale == 1 ? "%.0f %s" : "%.2f %s", (double)nbytes / scale, unit);
}

static void both_text(Buf *b, int64_t now, int64_t peak)
{
    double scale;
    const char *unit = unit_of(peak, &scale);
    buf_printf(b, scale == 1 ? "%.0f / %.0f %s" : "%.2f / %.2f %s", (double)now / scale,
               (double)peak / scale, unit);
}

/* One row: a rank's text for each rank, then the note. */
static void row(Table *t, const char *name, void (*text)(Buf *, const int64_t *), Buf *note)
{
    fprintf(t->to, "%-18s", name);
    for (int r = 0; r < t->n && r < RANKS_SHOWN; r++) {
        Buf b = {0};
        text(&b, t->all + (int64_t)r * COUNTERS);
        fprintf(t->to, " %-*s", t->width, buf_text(&b));
        buf_free(&b);
    }
    fprintf(t->to, " %s\n", note->n ? buf_text(note) : "");
    note->n = 0;
}

static void statements_text(Buf *b, const int64_t *c)
{
    buf_printf(b, "%lld", (long long)c[STATEMENTS]);
}
static void tasks_text(Buf *b, const int64_t *c)
{
    buf_printf(b, "%lld / %lld", (long long)c[TASKS], (long long)c[KERNELS]);
}
static void moved_text(Buf *b, const int64_t *c)
{
    bytes_text(b, c[MOVED]);
}
static void sent_text(Buf *b, const int64_t *c)
{
    bytes_text(b, c[SENT]);
}
static void memory_text(Buf *b, const int64_t *c)
{
    both_text(b, c[NOW], c[PEAK]);
}
static void seconds_text(Buf *b, const int64_t *c)
{
    buf_printf(b, "%.3f", (double)c[TOTAL_NS] * 1e-9);
}

static void tier_text(Buf *b, const int64_t *c)
{
    buf_printf(b, "%lld / %lld", (long long)c[COMPILED_RUNS], (long long)c[STRIP_RUNS]);
}

/* What was compiled, and why strips went on where something failed on any rank. */
static void tier_note(const Table *t, Buf *note)
{
    int64_t notes = 0;
    buf_printf(
        note,
        "runs of bodies of several ops, tier %s, %s; kernels: %lld compiled, %lld from the cache",
        jit_tier_name(), strips_isa(), (long long)sum_of(t, COMPILED),
        (long long)sum_of(t, CACHED));
    if (sum_of(t, TOLD))
        buf_printf(note, "; %lld blocks again by strips for their conditions",
                   (long long)sum_of(t, TOLD));
    for (int r = 0; r < t->n; r++)
        notes |= t->all[r * COUNTERS + NOTES];
    for (int k = 0; k < JIT_NOTES; k++)
        if (notes >> k & 1)
            buf_printf(note, "; %s", jit_note_text((JitNote)k));
}

static void head(const Table *t)
{
    fprintf(t->to, "%-18s", "");
    for (int r = 0; r < t->n && r < RANKS_SHOWN; r++) {
        char label[32];
        snprintf(label, sizeof label, "rank %d", r);
        fprintf(t->to, " %-*s", t->width, label);
    }
    fprintf(t->to, t->n > RANKS_SHOWN ? " and %d more ranks\n" : "\n", t->n - RANKS_SHOWN);
}

static void table_print(Table *t, const Loop *loop)
{
    const int64_t *c = t->all;
    Buf note = {0};
    head(t);
    buf_printf(&note, "%lld windows planned, %lld replayed", (long long)(c[WINDOWS] - c[REPLAYED]),
               (long long)c[REPLAYED]);
    row(t, "statements", statements_text, &note);
    if (c[KERNELS])
        buf_printf(&note, "%.1f statements a kernel; %lld tasks were cut into tiles",
                   (double)c[STATEMENTS] / (double)c[KERNELS], (long long)c[SPLIT]);
    row(t, "tasks / kernels", tasks_text, &note);
    tier_note(t, &note);
    row(t, "compiled / strips", tier_text, &note);
    if (loop->turns && loop->cells)
        buf_printf(&note, "%.1f bytes a cell and turn of %lld; ",
                   (double)loop->moved / (double)loop->cells / (double)loop->turns,
                   (long long)loop->turns);
    bytes_text(&note, sum_of(t, COPIED));
    buf_puts(&note, " copied together");
    row(t, "moved", moved_text, &note);
    buf_printf(&note, "%lld messages; %lld reductions and %lld other collective calls",
               (long long)sum_of(t, MESSAGES), (long long)c[REDUCTIONS],
               (long long)(c[COLLECTIVES] - c[REDUCTIONS]));
    row(t, "sent", sent_text, &note);
    buf_printf(&note, "%lld allocations", (long long)sum_of(t, ALLOCATIONS));
    if (loop->turns)
        buf_printf(&note, ", in the loop none after turn %lld", (long long)loop->allocated);
    row(t, "memory now / peak", memory_text, &note);
    buf_printf(&note, "kernels %.3f, waiting %.3f, planning %.3f", most_seconds(t, KERNEL_NS),
               most_seconds(t, WAIT_NS), most_seconds(t, PLAN_NS));
    row(t, "seconds", seconds_text, &note);
    buf_free(&note);
}

void rt_stats_print(FILE *to)
{
    int64_t mine[COUNTERS];
    Loop loop = main_loop();
    counters(mine);
    int n = net_nranks();
    int64_t *all = xmalloc(sizeof *all * (size_t)(n * COUNTERS));
    net_allgather_int(mine, COUNTERS, all);
    Table t = {.to = to, .n = n, .width = 20, .all = all};
    if (net_rank() == 0)
        table_print(&t, &loop);
    free(all);
}

void rt_stats_json(FILE *to)
{
    int64_t peak = most_of_all(mem_stats.peak);
    if (!to)
        return;
    const struct {
        const char *name;
        int64_t value;
    } all[] = {{"ranks", net_nranks()},
               {"statements", exec_stats.statements},
               {"windows", exec_stats.windows},
               {"tasks", exec_stats.tasks},
               {"split", exec_stats.split},
               {"tiles", exec_stats.tiles},
               {"tiles_max", exec_stats.tiles_max},
               {"longest_axis", exec_stats.longest_axis},
               {"kernels", exec_stats.kernels + strips_count.runs},
               {"kernels_compiled", jit_stats.compiled},
               {"kernels_cached", jit_stats.cached},
               {"runs_compiled", jit_stats.runs},
               {"runs_strips", jit_stats.strip_runs},
               {"blocks_told", jit_stats.told},
               {"tier_notes", jit_stats.notes},
               {"moved", profile_moved()},
               {"messages", net_stats.messages},
               {"bytes", net_stats.bytes},
               {"collectives", net_stats.collectives},
               {"reductions", net_stats.reductions},
               {"memory_peak", peak},
               {"allocations", mem_stats.allocations},
               {"copied", mem_stats.copied}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        fprintf(to, "%s\"%s\": %lld", i ? ", " : "{", all[i].name, (long long)all[i].value);
    fputs("}\n", to);
}
