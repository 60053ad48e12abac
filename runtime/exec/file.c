/* file.c -- files: small ones through rank 0, raw elements in parallel.  All ranks together.
 *
 * A file is written beside its target and renamed over it only when every rank has written its
 * part, so that a full disk leaves the old file whole.  A device or a pipe is written straight.
 * Failures are agreed on: all ranks return the same status.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/exec/exec.h"
#include "runtime/exec/net.h"
#include "runtime/runtime.h"

static void max_int(void *acc, const void *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)acc)[i] = int64_max(((int64_t *)acc)[i], ((const int64_t *)x)[i]);
}

/* The same errno on all ranks: the largest. */
static int64_t agree(int64_t code)
{
    net_allreduce(&code, 1, 8, max_int);
    return code;
}

Status rt_read_file(const char *path, int64_t limit, char **data, int64_t *nbytes, int64_t *nfile)
{
    int64_t head[3] = {0, 0, INT64_MAX / 2}; /* errno, bytes read, size */
    char *at = NULL;
    if (net_rank() == 0) {
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
            head[0] = errno;
        else if (S_ISDIR(st.st_mode))
            head[0] = EISDIR;
        else if (nfile && lseek(fd, 0, SEEK_CUR) < 0)
            head[0] = errno; /* it is going to be read again, from another position */
        else {
            int64_t room = 1 << 16, got;
            at = xmalloc((size_t)room);
            while ((limit < 0 || head[1] < limit) &&
                   (got = read(fd, at + head[1], (size_t)(room - head[1]))) != 0) {
                if (got < 0) {
                    head[0] = errno;
                    break;
                }
                head[1] += got;
                if (head[1] == room)
                    at = xrealloc(at, (size_t)(room *= 2));
            }
            if (limit >= 0)
                head[1] = int64_min(head[1], limit);
            if (S_ISREG(st.st_mode))
                head[2] = int64_max(st.st_size, head[1]);
        }
        if (fd >= 0)
            close(fd);
    }
    net_bcast(head, sizeof head, 0);
    if (head[0]) {
        free(at);
        return fail_errno((int)head[0], path);
    }
    if (net_rank() != 0)
        at = xmalloc((size_t)head[1] + 1);
    else
        at = xrealloc(at, (size_t)head[1] + 1);
    net_bcast(at, head[1], 0);
    at[head[1]] = 0;
    *data = at;
    *nbytes = head[1];
    if (nfile)
        *nfile = head[2];
    return OK;
}

/* Calls fn for each contiguous run of a tile in the C order of the launch space: address, elements,
 * number of the first.  What is not contiguous in memory goes through a line of at most LINE bytes,
 * from memory or, to `fill` it, back. */
typedef int64_t (*RunFn)(void *ctx, char *at, int64_t n, int64_t first);

enum { LINE = 1 << 18 };

/* The axes from which on a box holds all of the launch space: one run each. */
static int run_axis(const Stmt *s, const Box *b)
{
    int d = s->ndim - 1;
    while (d > 0 && b->lo[d] == 0 && b->hi[d] == s->shape[d])
        d--;
    return d < 0 ? 0 : d;
}

static int64_t each_run(const Stmt *s, const Strided *x, const Box *b, bool fill, RunFn fn,
                        void *ctx)
{
    int64_t size = dtype_size(x->dtype), code = 0;
    int inner = run_axis(s, b);
    Strided outer = *x, line = strided_axes(x, x->base, inner, x->ndim);
    outer.ndim = inner;
    int64_t run = strided_size(&line), most = int64_max(1, LINE / size);
    bool dense = strided_is_dense(&line, 0);
    char *copy = dense ? NULL : pool_alloc(int64_min(run, most) * size);
    for (Walk w = walk_start(&outer); w.left && !code; walk_next(&w)) {
        int64_t first = 0;
        for (int d = 0; d < s->ndim; d++)
            first = first * s->shape[d] + b->lo[d] + (d < inner ? w.index[d] : 0);
        if (dense)
            code = fn(ctx, w.at, run, first);
        line.base = w.at;
        for (int64_t k = 0; k < run && !dense && !code; k += most) {
            int64_t n = int64_min(most, run - k);
            if (!fill)
                strided_gather(&line, k, n, copy, x->dtype);
            code = fn(ctx, copy, n, first + k);
            Walk put = walk_start(&line);
            walk_seek(&put, k);
            for (int64_t i = 0; fill && i < n; i++, walk_next(&put))
                memcpy(put.at, copy + i * size, (size_t)size);
        }
    }
    if (copy)
        pool_free(copy, int64_min(run, most) * size);
    return code;
}

typedef struct FileRun {
    int fd;
    int64_t base, size;
    bool swapped, truth; /* truth: any byte but 0 is True */
    bool stream;         /* written in order, not at positions */
    int part;            /* bytes that are swapped together */
} FileRun;

static void swap_bytes(char *at, int64_t n, int part)
{
    for (int64_t i = 0; i < n; i++, at += part)
        for (int k = 0; k < part / 2; k++) {
            char c = at[k];
            at[k] = at[part - 1 - k];
            at[part - 1 - k] = c;
        }
}

static int64_t read_run(void *ctx, char *at, int64_t n, int64_t first)
{
    FileRun *f = ctx;
    int64_t bytes = n * f->size, done = 0;
    while (done < bytes) {
        ssize_t got =
            pread(f->fd, at + done, (size_t)(bytes - done), f->base + first * f->size + done);
        if (got <= 0)
            return got < 0 ? errno : EIO;
        done += got;
    }
    if (f->swapped)
        swap_bytes(at, bytes / f->part, f->part);
    for (int64_t i = 0; f->truth && i < bytes; i++)
        at[i] = at[i] != 0;
    return 0;
}

static int64_t write_run(void *ctx, char *at, int64_t n, int64_t first)
{
    FileRun *f = ctx;
    int64_t bytes = n * f->size, done = 0;
    while (done < bytes) {
        ssize_t put = f->stream ? write(f->fd, at + done, (size_t)(bytes - done))
                                : pwrite(f->fd, at + done, (size_t)(bytes - done),
                                         f->base + first * f->size + done);
        if (put < 0)
            return errno;
        done += put;
    }
    return 0;
}

Status exec_load(Run *r)
{
    Stmt *s = run_stmt(r);
    const char *path = s->extra;
    int64_t code = 0, size = dtype_size(s->loop);
    FileRun f = {.base = s->param[0],
                 .size = size,
                 .swapped = s->op,
                 .truth = s->loop == DT_BOOL,
                 .part = (int)(dtype_is_complex(s->loop) ? size / 2 : size)};
    f.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f.fd < 0)
        code = errno;
    for (int64_t i = 0; i < r->low.ntiles && !code; i++) {
        Strided x = run_operand(r, 0, i);
        code = each_run(s, &x, &r->low.tile[i].box, true, read_run, &f);
    }
    if (f.fd >= 0)
        close(f.fd);
    code = agree(code);
    return code ? fail_errno((int)code, path) : OK;
}

/* Where an array is saved: beside a regular file's own place (links followed), to be renamed over
 * it; else, to a device or pipe, straight. */
typedef struct Target {
    char *temp, *path;
    bool straight;
    mode_t mode;
} Target;

static int64_t target_of(const char *path, Target *t)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    t->straight = there && !S_ISREG(st.st_mode);
    t->mode = there ? st.st_mode & 0777 : 0666;
    t->path = there && !t->straight ? realpath(path, NULL) : NULL;
    t->path = t->path ? t->path : xstrdup(path);
    t->temp = xmalloc(strlen(t->path) + 32);
    sprintf(t->temp, t->straight ? "%s" : "%s.cnx-partial", t->path);
    return there && access(path, W_OK) < 0 ? errno : 0;
}

/* Rank 0 makes the file, header and all. */
static int64_t target_make(const Target *t, FileRun *f, const char *header, int64_t total)
{
    f->fd = open(t->temp, O_WRONLY | (t->straight ? 0 : O_CREAT | O_TRUNC) | O_CLOEXEC, t->mode);
    if (f->fd < 0)
        return errno;
    FileRun head = *f;
    head.base = 0;
    head.size = 1;
    int64_t code = write_run(&head, (char *)header, f->base, 0);
    if (!code && !t->straight && ftruncate(f->fd, total) < 0)
        code = errno;
    return code;
}

static int64_t target_finish(const Target *t, int64_t code)
{
    if (t->straight)
        return code;
    if (code)
        unlink(t->temp);
    else if (rename(t->temp, t->path) < 0)
        code = errno;
    return code;
}

Status exec_save(Run *r)
{
    Stmt *s = run_stmt(r);
    const char *path = s->extra, *header = path + strlen(path) + 1;
    int64_t size = dtype_size(s->loop), nheader = s->param[0];
    bool first = net_rank() == 0, alone = r->low.task->whole;
    for (int d = 0; d < s->ndim; d++)
        size = size * s->shape[d];
    Target t;
    int64_t code = target_of(path, &t);
    FileRun f = {.fd = -1,
                 .base = nheader,
                 .size = dtype_size(s->loop),
                 .stream = t.straight && (alone || net_nranks() == 1)};
    if (first && !code)
        code = target_make(&t, &f, header, nheader + size);
    code = agree(code);
    if (!code && !first && !alone) {
        f.fd = open(t.temp, O_WRONLY | O_CLOEXEC);
        if (f.fd < 0)
            code = errno;
    }
    for (int64_t i = 0; i < r->low.ntiles && !code && f.fd >= 0; i++) {
        Strided x = run_operand(r, 0, i);
        code = each_run(s, &x, &r->low.tile[i].box, false, write_run, &f);
    }
    if (f.fd >= 0 && close(f.fd) < 0 && !code)
        code = errno;
    code = agree(code);
    if (first)
        code = target_finish(&t, code);
    code = agree(code);
    free(t.temp);
    free(t.path);
    return code ? fail_errno((int)code, path) : OK;
}
