/* jit.h -- the compiled tier: bodies as machine code made while the program runs.  Local.
 *
 * A body that has run for some tens of milliseconds is emitted as C text, compiled by the system's
 * C compiler in a child process and swapped in; the strips run it until then and whenever that
 * fails. The text is the strips' own, so bits are the same; nothing that ranks must agree on may
 * see which of the two ran.
 */
#ifndef RUNTIME_EXEC_JIT_H
#define RUNTIME_EXEC_JIT_H

#include "runtime/exec/emit.h"
#include "runtime/exec/strips.h"

typedef enum JitTier { TIER_AUTO, TIER_STRIPS, TIER_COMPILED } JitTier;

/* Chooses the tier: "strips", "compiled" (each body before its first run), "auto" or NULL (auto).
 * Errors: ERR_VALUE for other names; the choice stays. */
Status jit_select(const char *tier);
JitTier jit_tier(void);
const char *jit_tier_name(void);

/* What emit_rows makes. */
typedef int JitKernel(int64_t rows, int64_t n, char *const at[], const int64_t step[],
                      const int64_t index[], StripKernel *const call[]);

typedef struct JitCode {
    JitKernel *kernel;
    RowForm form;   /* that it takes: nothing kept where nothing can be raised */
    bool may_raise; /* conditions that count */
    bool calls;     /* mapped loops */
    bool hot;       /* its last block had conditions */
} JitCode;

/* The code of a body that is about to run `elements` elements, or NULL: strips.  Of the compiled
 * tier waits, within a limit.  Cost: some 10 ns for a body seen at this address before. */
JitCode *jit_find(const Body *b, const RowForm *form, int64_t elements);
/* Bodies of fewer ops have their kernel from the build. */
enum { JIT_LEAST_OPS = 2 };

/* Why strips go on, told in --stats. */
typedef enum JitNote {
    JIT_NO_COMPILER,
    JIT_COMPILER_FAILED,
    JIT_COMPILER_SLOW,
    JIT_NO_CACHE,
    JIT_CACHE_FOREIGN,
    JIT_CACHE_UNWRITABLE,
    JIT_CACHE_CORRUPT,
    JIT_CACHE_UNLOADABLE,
    JIT_TABLE_FULL,
    JIT_NOTES
} JitNote;
const char *jit_note_text(JitNote n);

typedef struct JitStats {
    int64_t compiled, cached; /* kernels made here; found in the cache */
    int64_t runs, strip_runs,
        told;      /* runs by these kernels, by strips; blocks run again to tell conditions apart */
    int64_t notes; /* bit per JitNote */
} JitStats;
extern JitStats jit_stats;

/* ---- between jit.c and jit_cache.c ---- */

/* The text before kernels, from the build. */
extern const char jit_prelude[];

typedef struct JitKey {
    uint64_t half[2];
} JitKey;

enum { JIT_PATH = 1024 };

/* Opens the cache folder, at first use; false with a note when there is none to trust. */
bool jit_cache_open(void);
/* Names of a kernel's files: "so", "lock", or of this process alone: "c", "tmp". */
void jit_cache_path(JitKey key, const char *kind, char path[JIT_PATH]);
/* The kernel in the cache, or NULL; *broken: a file was there and is gone now. */
JitKernel *jit_cache_load(JitKey key, bool *broken);
/* Makes the compiler's output the kernel's file. */
bool jit_cache_store(JitKey key);
void jit_note(JitNote n);

#endif
