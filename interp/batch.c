/* batch.c -- many programs in one process, each in a fresh state.  Collective. */
#include "interp/batch.h"

#include <errno.h>
#include <stdio.h>

#include "interp/interp.h"
#include "runtime/runtime.h"

static Buf captured[3];

static int capture(int fd, const char *text, int64_t n)
{
    if (rt_rank() == 0)
        buf_add(&captured[fd], text, (size_t)n);
    return 0;
}

static void file_write(const char *prefix, const char *suffix, const char *text, int64_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", prefix, suffix);
    FILE *f = fopen(path, "wb");
    if (!f)
        return;
    fwrite(text, 1, (size_t)n, f);
    fclose(f);
}

static void run_one(char *path, const char *prefix, bool stats)
{
    captured[1].n = captured[2].n = 0;
    interp_start(path, 1, &path);
    int status = interp_run_file(path);
    interp_end();
    out_flush(1);
    out_flush(2);
    rt_flush();
    char *text = NULL;
    size_t ntext = 0;
    FILE *mem = rt_rank() == 0 ? open_memstream(&text, &ntext) : NULL;
    if (stats)
        rt_stats_json(mem);
    if (mem)
        fclose(mem);
    if (rt_rank() == 0) {
        char number[16];
        snprintf(number, sizeof number, "%d\n", status);
        file_write(prefix, ".out", buf_text(&captured[1]), captured[1].n);
        file_write(prefix, ".err", buf_text(&captured[2]), captured[2].n);
        if (stats)
            file_write(prefix, ".stats", text, (int64_t)ntext);
        file_write(prefix, ".status", number,
                   (int64_t)strlen(number)); /* last: it says that the rest is there */
    }
    free(text);
    rt_reset();
}

int batch_programs(const char *list, bool stats)
{
    char *data;
    int64_t n;
    if (rt_read_file(list, -1, &data, &n, NULL) != OK) {
        if (rt_rank() == 0)
            fprintf(stderr, "cnx: can't open file '%s': %s\n", list, status_text());
        return 2;
    }
    int (*write_out)(int, const char *, int64_t) = interp_hooks.write_out;
    interp_hooks.write_out = capture;
    for (char *line = data, *end; line < data + n; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            end = data + n;
        *end = 0;
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = 0;
        run_one(line, tab + 1, stats);
    }
    interp_hooks.write_out = write_out;
    free(data);
    return 0;
}
