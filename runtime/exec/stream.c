/* stream.c -- the stream of statements and collective calls, as this rank has seen it.  Local. */
#include "runtime/exec/stream.h"

enum { FILES = 64 };

typedef struct Event {
    uint64_t hash;
    int64_t statement;
    int32_t line;
    int16_t file; /* in files[]; -1: none */
} Event;

static Event kept[STREAM_KEPT];
static int64_t events, statements;
static uint64_t hash, later; /* later: what the next event takes in */
static char *files[FILES];
static int nfiles;
static const char *last_name; /* the address that last_file stands for */
static int last_file = -1;

static uint64_t mixed(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static int file_number(const char *name)
{
    if (name == last_name)
        return last_file;
    last_name = name;
    last_file = -1;
    if (!name)
        return -1;
    for (int i = 0; i < nfiles; i++)
        if (!strcmp(files[i], name))
            return last_file = i;
    if (nfiles < FILES)
        files[last_file = nfiles++] = xstrdup(name);
    return last_file;
}

static void event(const char *file, int line, uint64_t what)
{
    hash = mixed(mixed(hash, later), what ^ (uint64_t)line << 48);
    later = 0;
    kept[++events % STREAM_KEPT] = (Event){hash, statements, line, (int16_t)file_number(file)};
}

void stream_statement(const char *file, int line, uint64_t what)
{
    statements++;
    event(file, line, what);
}

void stream_other(const char *file, int line, uint64_t what)
{
    event(file, line, ~what);
}

void stream_mix(uint64_t what)
{
    later = mixed(later, what);
}

void stream_mix_bytes(const void *data, int64_t n)
{
    const char *at = data;
    uint64_t h = (uint64_t)n, word;
    for (; n >= 8; at += 8, n -= 8) {
        memcpy(&word, at, 8);
        h = mixed(h, word);
    }
    word = 0;
    memcpy(&word, at, (size_t)n);
    stream_mix(mixed(h, word));
}

int64_t stream_events(void)
{
    return events;
}

int64_t stream_statements(void)
{
    return statements;
}

uint64_t stream_hash(void)
{
    return hash;
}

int stream_had(int64_t at, uint64_t h)
{
    if (at > events || at <= events - STREAM_KEPT)
        return -1;
    return (at ? kept[at % STREAM_KEPT].hash : 0) == h;
}

static void point_file(StreamPoint *p, const char *name)
{
    size_t n = name ? strlen(name) : 0;
    snprintf(p->file, sizeof p->file, "%s%s", n >= STREAM_FILE ? "..." : "",
             n >= STREAM_FILE ? name + n - (STREAM_FILE - 4)
             : name           ? name
                              : "");
}

int64_t stream_history(const char *file, int line, StreamPoint out[])
{
    int64_t n = 0;
    for (int64_t at = int64_max(1, events - STREAM_KEPT + 1); at <= events; at++) {
        const Event *e = &kept[at % STREAM_KEPT];
        out[n] =
            (StreamPoint){.hash = e->hash, .event = at, .statement = e->statement, .line = e->line};
        point_file(&out[n++], e->file < 0 ? NULL : files[e->file]);
    }
    out[n] = (StreamPoint){.hash = hash, .event = events, .statement = statements, .line = line};
    point_file(&out[n], file);
    return n + 1;
}

/* The place of event `at` in a history whose last point is no event. */
static int64_t find(const StreamPoint a[], int64_t na, int64_t at)
{
    int64_t i = na > 1 ? at - a[0].event : -1;
    return i >= 0 && i < na - 1 ? i : -1;
}

/* The latest event that both have with one hash; -1: none that is still known, -2: none in common.
 */
static int64_t last_common(const StreamPoint a[], int64_t na, const StreamPoint b[], int64_t nb)
{
    for (int64_t i = na - 2; i >= 0; i--) {
        int64_t j = find(b, nb, a[i].event);
        if (j >= 0 && a[i].hash == b[j].hash)
            return a[i].event;
    }
    bool whole = (na < 2 || a[0].event == 1) && (nb < 2 || b[0].event == 1);
    return whole ? -2 : -1;
}

bool stream_parted(const StreamPoint a[], int64_t na, const StreamPoint b[], int64_t nb)
{
    int64_t common = last_common(a, na, b, nb);
    return common == -1 ||
           (a[na - 1].event > int64_max(common, 0) && b[nb - 1].event > int64_max(common, 0));
}

static void print_place(Buf *out, const StreamPoint *p)
{
    if (p->line > 0)
        buf_printf(out, "%s:%d", p->file, p->line);
    else
        buf_puts(out, p->statement ? "its end" : "its start");
}

/* The first point after `event`: where the rank went. */
static const StreamPoint *next_of(const StreamPoint a[], int64_t na, int64_t event)
{
    for (int64_t i = 0; i < na - 1; i++)
        if (a[i].event > event)
            return &a[i];
    return &a[na - 1];
}

void stream_compare(int rank_a, const StreamPoint a[], int64_t na, int rank_b,
                    const StreamPoint b[], int64_t nb, Buf *out)
{
    int64_t common = last_common(a, na, b, nb), from = int64_max(common, 0);
    buf_printf(out, "cnx: the ranks went different ways: rank %d is at ", rank_a);
    print_place(out, common == -1 ? &a[na - 1] : next_of(a, na, from));
    buf_printf(out, ", rank %d at ", rank_b);
    print_place(out, common == -1 ? &b[nb - 1] : next_of(b, nb, from));
    if (common == -1) {
        buf_puts(out, ", long after they parted");
        return;
    }
    if (common == -2) {
        buf_puts(out, ", from the start");
        return;
    }
    int64_t i = find(a, na, common);
    buf_printf(out, ", after statement %lld", (long long)a[i].statement);
    while (i > 0 &&
           a[i - 1].statement == a[i].statement) /* the statement itself, not a message of it */
        i--;
    if (a[i].line > 0)
        buf_printf(out, " (%s:%d)", a[i].file, a[i].line);
}

void stream_reset(void)
{
    last_name = NULL;
    last_file = -1;
}
