/* pool.c -- memory of instances, scratch copies and messages.  Local. */
#include "runtime/exec/pool.h"

#include <sys/mman.h>
#include <unistd.h>

MemStats mem_stats;

enum {
    MIN_SHIFT = 6,
    STEPS = 8,
    STEP_SHIFT = 13,
    CLASSES = 64 * STEPS,
    BIG = 1 << 20,
    HUGE_PAGE = 2 << 20
};

typedef struct Free {
    struct Free *next;
} Free;

static Free *kept[CLASSES];
static int64_t kept_bytes, kept_max;

/* The class of a size and the bytes that its blocks have. */
static int class_of(int64_t nbytes, int64_t *block)
{
    int shift = nbytes <= 1 << MIN_SHIFT ? MIN_SHIFT : 64 - __builtin_clzll((uint64_t)nbytes - 1);
    if (shift <= STEP_SHIFT) {
        *block = (int64_t)1 << shift;
        return shift * STEPS;
    }
    int64_t unit = (int64_t)1 << (shift - 4); /* an eighth of the doubling below 1 << shift */
    int64_t n = ceil_div(nbytes, unit);
    *block = n * unit;
    return shift * STEPS + (int)(n - 9);
}

static _Noreturn void no_memory(int64_t nbytes)
{
    fprintf(stderr, "cnx: the machine is out of memory (%lld bytes)\n", (long long)nbytes);
    if (assert_hook)
        assert_hook();
    _Exit(1);
}

static void drop_kept(void)
{
    for (int c = CLASSES - 1; c >= 0; c--) {
        int64_t block;
        while (kept[c]) {
            Free *f = kept[c];
            kept[c] = f->next;
            int shift = c / STEPS;
            block =
                shift <= STEP_SHIFT ? (int64_t)1 << shift : (int64_t)(c % STEPS + 9) << (shift - 4);
            kept_bytes -= block;
            if (block >= BIG)
                munmap(f, (size_t)block);
            else
                free(f);
        }
    }
}

static void *from_system(int64_t block)
{
    mem_stats.allocations++;
    if (block < BIG)
        return aligned_alloc(64, (size_t)block);
    void *p = mmap(NULL, (size_t)block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (block >= 2 * HUGE_PAGE)
        madvise(p, (size_t)block, MADV_HUGEPAGE);
    return p;
}

static void *take(int64_t nbytes, bool *zero)
{
    int64_t block;
    int c = class_of(nbytes, &block);
    mem_stats.now += nbytes;
    mem_stats.peak = int64_max(mem_stats.peak, mem_stats.now);
    *zero = false;
    if (kept[c]) {
        Free *f = kept[c];
        kept[c] = f->next;
        kept_bytes -= block;
        return f;
    }
    void *p = from_system(block);
    if (!p) {
        drop_kept();
        p = from_system(block);
    }
    if (!p)
        no_memory(nbytes);
    *zero = block >= BIG;
    return p;
}

void *pool_take(int64_t nbytes)
{
    bool zero;
    return nbytes ? take(nbytes, &zero) : NULL;
}

void *pool_alloc(int64_t nbytes)
{
    bool zero;
    if (!nbytes)
        return NULL;
    void *p = take(nbytes, &zero);
    return zero ? p : memset(p, 0, (size_t)nbytes);
}

void pool_free(void *p, int64_t nbytes)
{
    int64_t block;
    if (!p)
        return;
    int c = class_of(nbytes, &block);
    mem_stats.now -= nbytes;
    if (!kept_max)
        kept_max = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 16;
    if (kept_bytes + block > kept_max) {
        if (block >= BIG)
            munmap(p, (size_t)block);
        else
            free(p);
        return;
    }
    Free *f = p;
    f->next = kept[c];
    kept[c] = f;
    kept_bytes += block;
}
