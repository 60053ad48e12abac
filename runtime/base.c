/* base.c -- statuses, checks, arenas and text.  Local. */
#include "runtime/base.h"

#include <errno.h>

static char fail_text[4096];
static int fail_code;

void (*assert_hook)(void);

Status fail(Status s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(fail_text, sizeof fail_text, fmt, ap);
    va_end(ap);
    fail_code = 0;
    return s;
}

Status fail_errno(int code, const char *path)
{
    if (path)
        fail(ERR_OS, "[Errno %d] %s: '%s'", code, strerror(code), path);
    else
        fail(ERR_OS, "[Errno %d] %s", code, strerror(code));
    fail_code = code;
    return ERR_OS;
}

const char *status_text(void)
{
    return fail_text;
}

int status_errno(void)
{
    return fail_code;
}

void assert_failed(const char *file, int line, const char *expr, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "cnx: internal error at %s:%d: %s: ", file, line, expr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    if (assert_hook)
        assert_hook();
    abort();
}

static void *checked(void *p, size_t nbytes)
{
    if (!p && nbytes) {
        fprintf(stderr, "cnx: the machine is out of memory (%zu bytes)\n", nbytes);
        if (assert_hook)
            assert_hook();
        _Exit(1);
    }
    return p;
}

void *xmalloc(size_t nbytes)
{
    return checked(malloc(nbytes ? nbytes : 1), nbytes);
}

void *xcalloc(size_t count, size_t nbytes)
{
    return checked(calloc(count ? count : 1, nbytes ? nbytes : 1), count * nbytes);
}

void *xrealloc(void *p, size_t nbytes)
{
    return checked(realloc(p, nbytes ? nbytes : 1), nbytes);
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}

struct ArenaBlock {
    ArenaBlock *next;
    size_t nbytes;
    _Alignas(16) char data[];
};

enum { ARENA_BLOCK = 16 << 10 };

void arena_init(Arena *a)
{
    a->first = NULL;
    a->at = a->end = NULL;
}

static void arena_free_from(ArenaBlock *b)
{
    while (b) {
        ArenaBlock *next = b->next;
        free(b);
        b = next;
    }
}

void arena_fini(Arena *a)
{
    arena_free_from(a->first);
    arena_init(a);
}

void arena_reset(Arena *a)
{
    if (!a->first)
        return;
    ArenaBlock *keep = a->first; /* the newest block */
    arena_free_from(keep->next);
    keep->next = NULL;
    a->at = keep->data;
    a->end = keep->data + keep->nbytes;
}

void *arena_alloc(Arena *a, size_t nbytes)
{
    nbytes = nbytes ? (nbytes + 15) & ~(size_t)15 : 16;
    if ((size_t)(a->end - a->at) < nbytes) {
        size_t size = nbytes > ARENA_BLOCK ? nbytes : ARENA_BLOCK;
        ArenaBlock *b = xmalloc(sizeof *b + size);
        b->next = a->first;
        b->nbytes = size;
        a->first = b;
        a->at = b->data;
        a->end = b->data + size;
    }
    void *p = a->at;
    a->at += nbytes;
    return memset(p, 0, nbytes);
}

char *arena_strndup(Arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    memcpy(p, s, n);
    return p;
}

static void buf_room(Buf *b, size_t n)
{
    if ((size_t)(b->cap - b->n) >= n + 1)
        return;
    b->cap = 2 * b->cap + (int64_t)n + 64;
    b->at = xrealloc(b->at, (size_t)b->cap);
}

void buf_add(Buf *b, const char *s, size_t n)
{
    buf_room(b, n);
    memcpy(b->at + b->n, s, n);
    b->n += (int64_t)n;
    b->at[b->n] = 0;
}

void buf_puts(Buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_putc(Buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(Buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    buf_room(b, (size_t)n);
    vsnprintf(b->at + b->n, (size_t)n + 1, fmt, again);
    va_end(again);
    b->n += n;
}

char *buf_text(Buf *b)
{
    buf_room(b, 0);
    b->at[b->n] = 0;
    return b->at;
}

void buf_free(Buf *b)
{
    free(b->at);
    memset(b, 0, sizeof *b);
}
