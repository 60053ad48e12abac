/* base.h -- what every file of CNX may use: statuses, checks, arenas, growable arrays.  Local.
 *
 * A function that can fail returns a Status; its text is left by `fail` in one place per
 * process and is read at the op's boundary, where it becomes a language exception.  A
 * Status names the exception's class, so leaves need not know the interpreter.
 * ASSERT is for our own mistakes: it prints the values, then ends every rank.
 */
#ifndef RUNTIME_BASE_H
#define RUNTIME_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Status {
    OK = 0,
    ERR_TYPE,        /* TypeError */
    ERR_VALUE,       /* ValueError */
    ERR_INDEX,       /* IndexError */
    ERR_AXIS,        /* numpy.exceptions.AxisError */
    ERR_KEY,         /* KeyError */
    ERR_ATTRIBUTE,   /* AttributeError */
    ERR_ZERODIV,     /* ZeroDivisionError */
    ERR_OVERFLOW,    /* OverflowError */
    ERR_FLOAT,       /* FloatingPointError */
    ERR_MEMORY,      /* numpy's _ArrayMemoryError: MemoryError */
    ERR_RUNTIME,     /* RuntimeError */
    ERR_RECURSION,   /* RecursionError */
    ERR_OS,          /* OSError; errno in status_errno() */
    ERR_EOF,         /* EOFError */
    ERR_LINALG,      /* numpy.linalg.LinAlgError */
    ERR_UFUNC_TYPE,  /* numpy's _UFuncNoLoopError / casting errors: TypeError */
    ERR_UNSUPPORTED, /* Python or NumPy has it, cnx does not */
    ERR_INTERRUPT,   /* KeyboardInterrupt */
    ERR_NDIM         /* a view that no per-axis form exists for; never reaches the user */
} Status;

/* Leave a message (printf-like) and return `s`. */
Status fail(Status s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As fail(ERR_OS), keeping errno `code`; the text is "[Errno n] strerror: 'path'" when path is
 * given. */
Status fail_errno(int code, const char *path);
/* The text and errno of the latest fail. */
const char *status_text(void);
int status_errno(void);

#define TRY(call)                                                                                  \
    do {                                                                                           \
        Status try_status_ = (call);                                                               \
        if (try_status_ != OK)                                                                     \
            return try_status_;                                                                    \
    } while (0)

/* May dead objects be kept for the next of their kind?  The sanitizer sees uses after free only
 * where they are freed. */
#if defined(__SANITIZE_ADDRESS__)
enum { MEM_POOLED = 0 };
#else
enum { MEM_POOLED = 1 };
#endif

/* Called by ASSERT before the process ends; the runtime sets it to say rank and statement and to
 * end the other ranks. */
extern void (*assert_hook)(void);
_Noreturn void assert_failed(const char *file, int line, const char *expr, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ASSERT(cond, "n=%d", n): our own mistake; prints and aborts all ranks. */
#define ASSERT(cond, ...)                                                                          \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            assert_failed(__FILE__, __LINE__, #cond, __VA_ARGS__);                                 \
    } while (0)

/* Allocation that ends the job when the machine has no memory (a failure of the machine, not of
 * the program).  xrealloc(NULL, n) allocates. */
void *xmalloc(size_t nbytes) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t nbytes) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t nbytes) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

/* Arena: memory freed all at once. */
typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
    ArenaBlock *first;
    char *at, *end;
} Arena;
void arena_init(Arena *a);
void arena_fini(Arena *a);
void arena_reset(Arena *a);                 /* keeps the first block */
void *arena_alloc(Arena *a, size_t nbytes); /* 16-byte aligned, zeroed */
char *arena_strndup(Arena *a, const char *s, size_t n);
#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

/* Growable array: Vec(int) v = {0}; vec_push(&v, 3); v.at[i]; v.n; vec_free(&v). */
#define Vec(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        int64_t n, cap;                                                                            \
    }
#define vec_push(v, x)                                                                             \
    do {                                                                                           \
        if ((v)->n == (v)->cap) {                                                                  \
            (v)->cap = (v)->cap ? 2 * (v)->cap : 8;                                                \
            (v)->at = xrealloc((v)->at, sizeof *(v)->at * (size_t)(v)->cap);                       \
        }                                                                                          \
        (v)->at[(v)->n++] = (x);                                                                   \
    } while (0)
#define vec_free(v)                                                                                \
    do {                                                                                           \
        free((v)->at);                                                                             \
        (v)->at = NULL;                                                                            \
        (v)->n = (v)->cap = 0;                                                                     \
    } while (0)

/* Growable text. */
typedef struct Buf {
    char *at;
    int64_t n, cap;
} Buf;
void buf_add(Buf *b, const char *s, size_t n);
void buf_puts(Buf *b, const char *s);
void buf_putc(Buf *b, char c);
void buf_printf(Buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *buf_text(Buf *b); /* NUL-terminated, owned by b */
void buf_free(Buf *b);

static inline int64_t int64_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static inline int64_t int64_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static inline int64_t ceil_div(int64_t a, int64_t b) /* a >= 0, b > 0 */
{
    return (a + b - 1) / b;
}
/* Floor division for any signs, b != 0. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}

enum { NDIM_MAX = 16 }; /* axes of an array at most; more is Unsupported */

#endif
