/* explain.c -- `cnx explain FILE -p N`: the plan's text for N ranks, without MPI.  Local.
 *
 * The program runs here on one rank whose arrays have as many tiles as N ranks would own;
 * plan_lower then tells each of the N shards' messages from the same plans.  The tasks of a line
 * that belong together, a *turn*, may come from several windows; a turn is printed when it differs
 * from the line's turn before.
 *
 * Each statement is told from others by its file name: the runtime gets a text of its own a
 * statement, a Site, and hands it back with the plan.
 */
#include "interp/naming.h"
#include "interp/driver.h"
#include "runtime/submit.h"
#include "stdlib/numpy/explain.h"

enum { WAITS_AT = 52, PLANS_SHOWN = 4, LABELS = 512 };

/* Where a statement was submitted. */
typedef struct Site {
    int64_t number, countdown; /* in the order of submission; the VM's back-edges so far */
    const Instr *pc;
    const char *result; /* what the instruction's result is called */
    int line;
    char file[]; /* what the runtime is given */
} Site;

typedef struct Line {
    const char *file;
    int line;
    int64_t turns, same, shown, hidden;
    int64_t began; /* number of its latest turn's first task */
    int64_t tasks, messages, bytes;
    char *text; /* the latest turn, without numbers */
} Line;

typedef struct Turn {
    const Site *first, *last;
    int64_t tasks, oldest; /* oldest: the first task that it is said to wait for */
    Buf tables, shown, relative;
    Messages messages;
} Turn;

static struct {
    Machine machine;
    Vec(Site *) sites;
    Vec(Line) lines;
    Turn turn;
    History *history;
    struct {
        int line;
        int64_t place;               /* in its turn */
        const char *name[STMT_REQS]; /* what it reads and writes; owned */
    } label[LABELS];                 /* of kept tasks */
    int64_t windows;
} ex;

/* --------------------------------------------------------------------------- sites */

static void where(const char **file, int *line)
{
    const char *path;
    interp_where(&path, line);
    size_t n = strlen(path) + 1;
    Site *s = xmalloc(sizeof *s + n);
    memcpy(s->file, path, n);
    s->number = ex.sites.n;
    s->countdown = interp.countdown;
    s->pc = interp.frame ? interp.frame->pc : NULL;
    s->result = naming_result();
    s->line = *line;
    vec_push(&ex.sites, s);
    names_see_variables();
    *file = s->file;
}

static const Site *site_of(const Stmt *s)
{
    return s->file ? (const Site *)(const void *)(s->file - offsetof(Site, file)) : NULL;
}

/* Is it the same turn of the same line? */
static bool goes_on(const Site *last, const Site *s)
{
    if (!last || last->line != s->line || strcmp(last->file, s->file) != 0 || s->pc < last->pc)
        return false;
    return s->pc > last->pc || s->countdown == last->countdown;
}

static Line *line_of(const Site *s)
{
    for (int64_t i = 0; i < ex.lines.n; i++)
        if (ex.lines.at[i].line == s->line && !strcmp(ex.lines.at[i].file, s->file))
            return &ex.lines.at[i];
    Line l = {.file = s->file, .line = s->line};
    vec_push(&ex.lines, l);
    return &ex.lines.at[ex.lines.n - 1];
}

/* --------------------------------------------------------------------------- turns */

static void turn_print(const Line *l, Turn *t)
{
    char head[64];
    if (t->tables.n)
        printf("%s\n", buf_text(&t->tables));
    snprintf(head, sizeof head, "line %d, turn %lld", l->line, (long long)l->turns);
    printf("%-57sj = 0..%lld\n", head,
           (long long)(ex.machine.nshards * ex.machine.tiles_per_shard - 1));
    Buf messages = {0};
    messages_text(&messages, &t->messages, l->turns > 1);
    printf("%s%s\n", buf_text(&t->shown), buf_text(&messages));
    buf_free(&messages);
}

static void turn_end(void)
{
    Turn *t = &ex.turn;
    if (!t->first)
        return;
    Line *l = line_of(t->first);
    l->turns++;
    l->tasks += t->tasks;
    l->messages += t->messages.messages;
    l->bytes += t->messages.bytes;
    buf_printf(&t->relative, "%lld %lld\n%s", (long long)t->messages.messages,
               (long long)t->messages.bytes, buf_text(&t->messages.text));
    if (l->text && !strcmp(l->text, buf_text(&t->relative)))
        l->same++;
    else if (l->shown == PLANS_SHOWN)
        l->hidden++;
    else {
        l->shown++;
        turn_print(l, t);
    }
    free(l->text);
    l->text = xstrdup(buf_text(&t->relative));
    messages_free(&t->messages);
    buf_free(&t->tables);
    buf_free(&t->shown);
    buf_free(&t->relative);
    memset(t, 0, sizeof *t);
}

static const char *label(int64_t task, int req)
{
    const char *name = ex.label[task % LABELS].name[req];
    return name ? name : "it";
}

static void number_ref(Buf *out, int64_t task)
{
    buf_printf(out, "#%lld", (long long)task);
}

/* The same in every turn. */
static void place_ref(Buf *out, int64_t task)
{
    buf_printf(out, "%d.%lld", ex.label[task % LABELS].line,
               (long long)ex.label[task % LABELS].place);
}

static void keep_labels(const PlanTask *t, int64_t number)
{
    ex.label[number % LABELS].line = t->stmt->line;
    ex.label[number % LABELS].place = ex.turn.tasks;
    for (int k = 0; k < STMT_REQS; k++) {
        const char **at = &ex.label[number % LABELS].name[k];
        Buf b = {0};
        free((char *)*at);
        *at = NULL;
        if (k >= stmt_nreqs(t->stmt))
            continue;
        operand_text(&b, &t->stmt->req[k].op);
        *at = xstrdup(buf_text(&b));
        buf_free(&b);
    }
}

/* The names that the task's new stores get: of its instruction; parts of it when a later task of
 * the same statement writes the result. */
static void name_results(const Plan *p, int64_t i)
{
    const Stmt *s = p->task[i].stmt;
    const Site *site = site_of(s);
    bool last = i + 1 == p->ntasks || p->task[i + 1].stmt->file != s->file;
    for (int k = 0; k < s->nout; k++) {
        const Store *store = s->req[s->nin + k].op.store;
        if (!store || store_known(store) || !site || !site->result)
            continue;
        Buf b = {0};
        buf_printf(&b, last ? "%s" : "parts of %s", site->result);
        names_add(store, buf_text(&b));
        buf_free(&b);
    }
}

/* The result that never exists, since the task writes its destination. */
static const char *forwarded(const PlanTask *t)
{
    const Stmt *s = t->stmt;
    const Site *site = site_of(s);
    if (s->kind != ST_EW || s->op == OP_COPY || s->nout != 1 || !site || !site->result)
        return NULL;
    const char *name = store_known(s->req[s->nin].op.store);
    bool temp = site->result[0] == 't' && site->result[1] >= '1' && site->result[1] <= '9';
    return temp && (!name || strcmp(name, site->result) != 0) ? site->result : NULL;
}

static void task_seen(const PlanTask *t, const Site *site)
{
    Turn *turn = &ex.turn;
    Waits waits = {0};
    Buf text = {0};
    Line *l = line_of(site);
    if (!turn->first) {
        turn->first = site;
        turn->oldest = l->began; /* older tasks are before the loop, which its first turn shows */
    }
    turn->last = site;
    int64_t number = history_add(ex.history, t, turn->oldest, &waits);
    if (!turn->tasks)
        l->began = number;
    turn->tasks++;
    tables_text(&turn->tables, t);
    task_text(&text, t);
    const char *gone = forwarded(t);
    Buf row = {0};
    buf_printf(&row, "  #%-3lld %s", (long long)number, buf_text(&text));
    if (waits.n)
        buf_printf(&row, "%*s", (int)int64_max(3, WAITS_AT - row.n), "");
    waits_text(&row, &waits, number_ref, label);
    if (gone)
        buf_printf(&row, "   %s forwarded", gone);
    buf_printf(&turn->shown, "%s\n", buf_text(&row));
    buf_printf(&turn->relative, "%s  ", buf_text(&text));
    waits_text(&turn->relative, &waits, place_ref, label);
    buf_putc(&turn->relative, '\n');
    buf_free(&row);
    messages_add(&turn->messages, &ex.machine, t);
    keep_labels(t, number);
    vec_free(&waits);
    buf_free(&text);
}

static void plan_seen(const Plan *p)
{
    bool tiled = false;
    for (int64_t i = 0; i < p->ntasks; i++) {
        const PlanTask *t = &p->task[i];
        const Site *site = site_of(t->stmt);
        if (!site)
            continue;
        tiled |= !t->whole;
        if (!goes_on(ex.turn.last, site))
            turn_end();
        name_results(p, i);
        task_seen(t, site);
    }
    ex.windows += tiled;
}

/* ------------------------------------------------------------------------- summary */

static void print_number(int64_t total, int64_t turns, const char *what)
{
    if (total % turns)
        printf("  %lld %s", (long long)total, what);
    else
        printf("  %lld %s a turn", (long long)(total / turns), what);
}

static void summary(const Config *config)
{
    for (int64_t i = 0; i < ex.lines.n; i++) {
        const Line *l = &ex.lines.at[i];
        if (l->turns == 1)
            continue;
        printf("line %d: %lld turns", l->line, (long long)l->turns);
        print_number(l->tasks, l->turns, "tasks");
        print_number(l->messages, l->turns, "messages");
        print_number(l->bytes, l->turns, "bytes");
        if (l->hidden)
            printf("; %lld turns with other plans are not shown", (long long)l->hidden);
        putchar('\n');
    }
    if (ex.lines.n && config->whole_below == config_default().whole_below)
        printf("every array is cut here; a run keeps those below %lld bytes whole on every rank\n",
               (long long)config->whole_below);
}

static void explain_end(void)
{
    for (int64_t i = 0; i < ex.sites.n; i++)
        free(ex.sites.at[i]);
    for (int64_t i = 0; i < ex.lines.n; i++)
        free(ex.lines.at[i].text);
    for (int i = 0; i < LABELS; i++)
        for (int k = 0; k < STMT_REQS; k++)
            free((char *)ex.label[i].name[k]);
    vec_free(&ex.sites);
    vec_free(&ex.lines);
    history_free(ex.history);
    names_end();
    tables_end();
    memset(&ex, 0, sizeof ex);
}

static int discard(int fd, const char *text, int64_t n)
{
    if (fd == 2)
        fwrite(text, 1, (size_t)n, stderr);
    return 0;
}

int explain_file(const char *path, int nshards, int argc, char **argv, const Config *config)
{
    void (*real_where)(const char **, int *) = rt_where;
    ex.machine = rt_machine;
    ex.machine.nshards = nshards;
    ex.history = history_new();
    rt_machine.tiles_per_shard *= nshards;
    if (config->whole_below == config_default().whole_below)
        rt_machine.whole_below = 0; /* small examples are what is explained */
    rt_plan_seen = plan_seen;
    rt_where = where;
    interp_hooks.write_out = discard;
    interp_start(path, argc, argv);
    naming_start(path);
    int status = interp_run_file(path);
    if (rt_flush() != OK)
        status = status ? status : 1;
    turn_end();
    naming_end();
    interp_end();
    rt_plan_seen = NULL;
    rt_where = real_where;
    if (!ex.lines.n && !status)
        puts("nothing is planned: no statement works on arrays");
    summary(config);
    explain_end();
    return status;
}
