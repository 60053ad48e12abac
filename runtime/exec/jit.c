/* jit.c -- which bodies are compiled, and the child process that compiles them.  Local.
 *
 * A table holds what bodies ran, how much, and for each form they ran in (and instruction set) one
 * kernel in one of the states below.  One child runs at a time; of the ranks of a node that want
 * the same kernel, the one that holds its lock file compiles, the others look for the result.  The
 * child is a shell that runs the compiler in a process group of its own and ends the group when the
 * pipe from this process closes, however this process ends.
 *
 * Invariant: whatever fails, the strips go on; a kernel once given out stays.
 */
#define _GNU_SOURCE
#include "runtime/exec/jit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

enum {
    BODIES = 512,
    FORMS = 6,                 /* kernels of one body */
    RECENT = 64,               /* bodies found by their address; a power of two */
    WORK_LEAST = 40 * 1000000, /* elements times ops that a body runs before: some 20 ms */
    LIMIT_S = 30,              /* for a compiler; CNX_COMPILE_LIMIT */
    FAILURES_MOST = 3,         /* in a row: then no more is compiled */
    POLL_CYCLES = 2 * 1000000, /* between looks at what is under way */
    NICE = 5
};

typedef enum State {
    STATE_NEW,
    STATE_OPEN,  /* wanted: in the cache, or for this or another process to make */
    STATE_CHILD, /* the child works on it */
    STATE_READY,
    STATE_FAILED
} State;

typedef struct JitForm {
    JitCode code; /* kernel: NULL until ready */
    const char *isa;
    State state;
    JitKey key;
    char *text; /* while open */
} JitForm;

typedef struct JitBody {
    uint64_t hash;
    int64_t work;
    int nforms;
    bool may_raise, calls;
    JitForm forms[FORMS];
    Body body;
} JitBody;

static struct {
    JitTier tier;
    JitBody *body[BODIES]; /* open addressing by hash */
    int nbodies;
    int nopen; /* forms that are open or with the child */
    bool off;  /* nothing more is compiled */
    int failures;
    char compiler[256], identity[512 + JIT_PATH];
    uint64_t looked; /* cycles, at what is under way */
} jit;

static struct {
    pid_t pid; /* 0: none */
    int pipe, lock;
    JitForm *form;
    int64_t started_ns;
} child;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
JitStats jit_stats;

static const char *const tier_names[] = {"auto", "strips", "compiled"};

Status jit_select(const char *tier)
{
    for (int k = 0; k < 3; k++)
        if (!strcmp(tier ? tier : "auto", tier_names[k])) {
            jit.tier = (JitTier)k;
            return OK;
        }
    return fail(ERR_VALUE, "unknown CNX_TIER '%s': strips, compiled or auto", tier);
}

JitTier jit_tier(void)
{
    return jit.tier;
}

const char *jit_tier_name(void)
{
    return tier_names[jit.tier];
}

void jit_note(JitNote n)
{
    jit_stats.notes |= 1 << n;
}

const char *jit_note_text(JitNote n)
{
    static const char *const text[JIT_NOTES] = {
        [JIT_NO_COMPILER] = "no C compiler",
        [JIT_COMPILER_FAILED] = "the C compiler failed",
        [JIT_COMPILER_SLOW] = "the C compiler took too long",
        [JIT_NO_CACHE] = "no place for a cache",
        [JIT_CACHE_FOREIGN] = "the cache is not this user's own",
        [JIT_CACHE_UNWRITABLE] = "the cache cannot be written",
        [JIT_CACHE_CORRUPT] = "a damaged file in the cache",
        [JIT_CACHE_UNLOADABLE] = "a file in the cache does not load",
        [JIT_TABLE_FULL] = "more bodies than are kept",
    };
    return text[n];
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t limit_ns(void)
{
    const char *text = getenv("CNX_COMPILE_LIMIT");
    int64_t s = text ? atoi(text) : LIMIT_S;
    return int64_max(s, 1) * 1000000000;
}

/* ---- the compiler ---- */

/* The file that a command's first word names; what tells compilers apart: its path, size, time. */
static bool find_compiler(void)
{
    const char *cc = getenv("CC"), *path = getenv("PATH");
    char word[256], file[JIT_PATH], real[JIT_PATH * 4];
    struct stat st;
    snprintf(jit.compiler, sizeof jit.compiler, "%s", cc && *cc ? cc : "cc");
    if (sscanf(jit.compiler, "%255s", word) != 1)
        return false;
    bool found = false;
    for (const char *at = strchr(word, '/') ? "" : path ? path : "/usr/bin:/bin"; !found;) {
        int n = (int)strcspn(at, ":");
        snprintf(file, sizeof file, n ? "%.*s/%s" : "%.*s%s", n, at, word);
        found = stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0;
        if (!at[n])
            break;
        at += n + 1;
    }
    if (!found)
        return false;
    snprintf(jit.identity, sizeof jit.identity, "%s %.*s %lld %lld.%09ld", jit.compiler,
             JIT_PATH - 1, realpath(file, real) ? real : file, (long long)st.st_size,
             (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    return true;
}

static bool prepare(void)
{
    static bool tried;
    if (!tried) {
        tried = true;
        if (!find_compiler()) {
            jit_note(JIT_NO_COMPILER);
            jit.off = true;
        } else if (!jit_cache_open()) {
            jit.off = true;
        }
    }
    return !jit.off;
}

static const char *const common_flags[] = {"-std=gnu11",
                                           "-O1",
                                           "-ffp-contract=off",
                                           "-fwrapv",
                                           "-fno-math-errno",
                                           "-fno-strict-aliasing",
                                           "-fPIC",
                                           "-shared",
                                           "-w",
                                           "-x",
                                           "c"};
static const char *const avx2_flags[] = {"-mavx2", "-mfma"};
static const char *const avx512_flags[] = {"-mavx2",     "-mfma",      "-mavx512f",
                                           "-mavx512dq", "-mavx512bw", "-mavx512vl"};
enum {
    N_COMMON = sizeof common_flags / sizeof *common_flags,
    N_AVX2 = sizeof avx2_flags / sizeof *avx2_flags,
    N_AVX512 = sizeof avx512_flags / sizeof *avx512_flags
};

static int isa_flags(const char *isa, const char *const **flags)
{
    bool wide = !strcmp(isa, "avx512");
    *flags = wide ? avx512_flags : avx2_flags;
    return wide ? N_AVX512 : N_AVX2;
}

static void add_hash(JitKey *key, const char *text)
{
    uint64_t a = key->half[0], b = key->half[1];
    for (; *text; text++) {
        a = (a ^ (uint8_t)*text) * 0x100000001b3u;
        b = (b + (uint8_t)*text) * 0x9e3779b97f4a7c15u;
        b ^= b >> 29;
    }
    key->half[0] = (a ^ 0xff) * 0x100000001b3u;
    key->half[1] = b * 0x9e3779b97f4a7c15u + 1;
}

/* Text and key of a form. */
static void form_open(JitForm *f, const Body *b)
{
    Buf text = {0};
    const char *const *flags;
    int n = isa_flags(f->isa, &flags);
    buf_printf(&text, "#define LANES %d\n", emit_lanes(b, strcmp(f->isa, "avx512") ? 32 : 64));
    buf_puts(&text, jit_prelude);
    emit_rows(b, &f->code.form, "cnx_rows", &text);
    f->key = (JitKey){{0xcbf29ce484222325u, 0x84222325cbf29ce4u}};
    add_hash(&f->key, jit.identity);
    for (int k = 0; k < n; k++)
        add_hash(&f->key, flags[k]);
    for (int k = 0; k < N_COMMON; k++)
        add_hash(&f->key, common_flags[k]);
    add_hash(&f->key, buf_text(&text));
    f->text = xstrdup(buf_text(&text));
    buf_free(&text);
    f->state = STATE_OPEN;
    jit.nopen++;
}

static void form_close(JitForm *f, JitKernel *kernel)
{
    free(f->text);
    f->text = NULL;
    jit.nopen--;
    f->state = kernel ? STATE_READY : STATE_FAILED;
    __atomic_store_n(&f->code.kernel, kernel, __ATOMIC_RELEASE);
}

/* ---- the child ---- */

/* $1: the compiler, maybe of several words; $2: a folder for its temporary files.  Descriptor 3
 * ends when the parent does. */
static const char script[] = "cc=$1; d=$2; shift 2; set -f\n"
                             "mkdir -m 700 \"$d\"; export TMPDIR=\"$d\"\n"
                             "$cc \"$@\" </dev/null 3<&- & c=$!\n"
                             "{ read -r _ <&3; rm -rf \"$d\"; kill -KILL 0; } & w=$!\n"
                             "wait $c; s=$?; kill -KILL $w; rm -rf \"$d\"; exit $s\n";

static bool write_text(const JitForm *f)
{
    char path[JIT_PATH];
    size_t n = strlen(f->text);
    jit_cache_path(f->key, "c", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = true;
    for (size_t k = 0; ok && k < n;) {
        ssize_t done = write(fd, f->text + k, n - k);
        ok = done > 0;
        k += ok ? (size_t)done : 0;
    }
    ok &= close(fd) == 0;
    if (!ok)
        unlink(path);
    return ok;
}

/* What a compiler that was killed left of its own. */
static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    rmdir(path);
}

static void remove_own(const JitForm *f)
{
    char path[JIT_PATH];
    jit_cache_path(f->key, "d", path);
    remove_folder(path);
    static const char *const kinds[] = {"c", "tmp", "lock"};
    for (int k = 0; k < 3; k++) {
        jit_cache_path(f->key, kinds[k], path);
        unlink(path);
    }
}

/* Ends the child and all that it started. */
static void child_end(void)
{
    if (!child.pid)
        return;
    kill(-child.pid, SIGKILL);
    while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(child.pipe);
    close(child.lock);
    remove_own(child.form);
    child.pid = 0;
}

static bool spawn(char *const argv[], int from)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t signals;
    extern char **environ;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawn_file_actions_adddup2(&files, from, 3);
    posix_spawnattr_init(&attributes);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(&child.pid, "/bin/sh", &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error)
        child.pid = 0;
    return !error;
}

/* Starts the compiler on a form whose lock this process holds. */
static bool child_start(JitForm *f, int lock)
{
    static bool registered;
    char source[JIT_PATH], object[JIT_PATH], folder[JIT_PATH];
    const char *const *flags, *argv[9 + N_COMMON + N_AVX512 + 8];
    int n = 0, nflags = isa_flags(f->isa, &flags), ends[2];
    if (!write_text(f)) {
        jit_note(JIT_CACHE_UNWRITABLE);
        return false;
    }
    jit_cache_path(f->key, "c", source);
    jit_cache_path(f->key, "tmp", object);
    jit_cache_path(f->key, "d", folder);
    argv[n++] = "sh";
    argv[n++] = "-c";
    argv[n++] = script;
    argv[n++] = "cnx";
    argv[n++] = jit.compiler;
    argv[n++] = folder;
    for (int k = 0; k < N_COMMON; k++)
        argv[n++] = common_flags[k];
    for (int k = 0; k < nflags; k++)
        argv[n++] = flags[k];
    argv[n++] = "-o";
    argv[n++] = object;
    argv[n++] = source;
    argv[n++] = "-lm";
    argv[n] = NULL;
    if (!registered) {
        registered = true;
        atexit(child_end);
    }
    child.form = f;
    if (pipe2(ends, O_CLOEXEC)) {
        remove_own(f);
        return false;
    }
    bool started = spawn((char *const *)argv, ends[0]);
    close(ends[0]);
    if (!started) {
        close(ends[1]);
        remove_own(f);
        jit_note(JIT_COMPILER_FAILED);
        return false;
    }
    if (jit.tier == TIER_AUTO)
        setpriority(PRIO_PGRP, (id_t)child.pid, NICE);
    child.pipe = ends[1];
    child.lock = lock;
    child.started_ns = now_ns();
    f->state = STATE_CHILD;
    return true;
}

static void note_failure(JitNote why)
{
    jit_note(why);
    if (++jit.failures >= FAILURES_MOST)
        jit.off = true;
}

/* Looks whether the child is done, and takes what it made. */
static void child_look(void)
{
    int status = 0;
    bool broken;
    JitForm *f = child.form;
    pid_t got = waitpid(child.pid, &status, WNOHANG);
    if (got == 0) {
        if (now_ns() - child.started_ns > limit_ns()) {
            child_end();
            jit_note(JIT_COMPILER_SLOW);
            jit.off = true;
            form_close(f, NULL);
        }
        return;
    }
    JitKernel *kernel = NULL;
    if (got == child.pid && (!WIFEXITED(status) || WEXITSTATUS(status)))
        note_failure(JIT_COMPILER_FAILED);
    else if (jit_cache_store(f->key) && (kernel = jit_cache_load(f->key, &broken)))
        jit_stats.compiled++, jit.failures = 0;
    else
        note_failure(JIT_COMPILER_FAILED);
    close(child.pipe);
    remove_own(f); /* and the lock's file, while it is held: who waits for it finds the kernel */
    close(child.lock);
    child.pid = 0;
    form_close(f, kernel);
}

/* A form that is open: takes it from the cache, or starts the child when nobody else has. */
static void form_look(JitForm *f)
{
    char path[JIT_PATH];
    bool broken;
    JitKernel *kernel = jit_cache_load(f->key, &broken);
    if (kernel) {
        jit_stats.cached++;
        form_close(f, kernel);
        return;
    }
    if (child.pid)
        return;
    jit_cache_path(f->key, "lock", path);
    int lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0) {
        jit_note(JIT_CACHE_UNWRITABLE);
        form_close(f, NULL);
        return;
    }
    if (flock(lock, LOCK_EX | LOCK_NB)) {
        close(lock); /* another rank compiles it */
        return;
    }
    jit_cache_path(f->key, "so", path);
    if (access(path, F_OK) == 0 || !child_start(f, lock)) {
        close(lock);
        if (access(path, F_OK))
            form_close(f, NULL);
    }
}

/* Everything under way, one step on. */
static void look(void)
{
    jit.looked = __rdtsc();
    if (child.pid)
        child_look();
    for (int i = 0; i < BODIES && jit.nopen; i++)
        for (int k = 0; jit.body[i] && k < jit.body[i]->nforms; k++) {
            JitForm *f = &jit.body[i]->forms[k];
            if (f->state == STATE_OPEN && jit.off)
                form_close(f, NULL);
            else if (f->state == STATE_OPEN)
                form_look(f);
        }
}

/* ---- the table ---- */

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const char *p = data;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    uint64_t rest = 0;
    memcpy(&rest, p, n);
    h = (h ^ rest) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

static uint64_t hash_body(const Body *b)
{
    uint64_t h = (uint64_t)(b->nargs + 64 * (b->nops + 128 * b->nouts));
    h = mix(h, b->args, (size_t)b->nargs * sizeof *b->args);
    h = mix(h, b->ops, (size_t)b->nops * sizeof *b->ops);
    return mix(h, b->outs, (size_t)b->nouts * sizeof *b->outs);
}

/* The body's entry, new if there is room. */
static JitBody *enter(const Body *b)
{
    uint64_t h = hash_body(b);
    int k = (int)(h % BODIES);
    while (jit.body[k]) {
        if (jit.body[k]->hash == h && body_same(&jit.body[k]->body, b))
            return jit.body[k];
        k = (k + 1) % BODIES;
    }
    if (jit.nbodies >= BODIES * 3 / 4) {
        jit_note(JIT_TABLE_FULL);
        return NULL;
    }
    JitBody *e = xcalloc(1, sizeof *e);
    e->hash = h;
    e->body = *b;
    e->may_raise = emit_may_raise(b);
    e->calls = emit_calls(b);
    jit.nbodies++;
    return jit.body[k] = e;
}

static inline bool is_form(const JitBody *e, const JitForm *f, const RowForm *form, const char *isa)
{
    const RowForm *have = &f->code.form;
    return have->fixed == form->fixed && have->along == form->along &&
           have->kept == (e->may_raise ? form->kept : 0) && f->isa == isa;
}

static JitForm *form_of(JitBody *e, const RowForm *form, const char *isa)
{
    for (int k = 0; k < e->nforms; k++)
        if (is_form(e, &e->forms[k], form, isa))
            return &e->forms[k];
    if (e->nforms == FORMS)
        return NULL;
    JitForm *f = &e->forms[e->nforms++];
    *f = (JitForm){.code = {.form = *form, .may_raise = e->may_raise, .calls = e->calls},
                   .isa = isa};
    if (!e->may_raise)
        f->code.form.kept = 0;
    return f;
}

/* Until the form is ready or has failed.  The child's limit is this wait's, and another rank's: */
static void wait_for(JitForm *f)
{
    int64_t start = now_ns(), limit = limit_ns() + 1000000000;
    while (f->state == STATE_OPEN || f->state == STATE_CHILD) {
        look();
        if (now_ns() - start > limit) {
            jit_note(JIT_COMPILER_SLOW);
            if (f->state == STATE_CHILD)
                child_end();
            form_close(f, NULL);
        } else if (f->state == STATE_OPEN || f->state == STATE_CHILD) {
            usleep(500);
        }
    }
}

static JitCode *find(const Body *b, const RowForm *form, int64_t elements, JitBody **entry)
{
    JitBody *e = *entry ? *entry : enter(b);
    if (!e)
        return NULL;
    *entry = e;
    e->work += elements * b->nops;
    JitForm *f = form_of(e, form, strips_isa());
    if (!f)
        return NULL;
    if (f->state == STATE_NEW && !jit.off && (jit.tier == TIER_COMPILED || e->work >= WORK_LEAST)) {
        if (prepare())
            form_open(f, b), look();
        else
            f->state = STATE_FAILED;
    } else if (jit.nopen && __rdtsc() - jit.looked > POLL_CYCLES) {
        look();
    }
    if (jit.tier == TIER_COMPILED)
        wait_for(f);
    return f->code.kernel ? &f->code : NULL;
}

/* Bodies by their address, which arenas use again: each is compared before it is believed. */
static _Thread_local struct {
    const Body *at;
    JitBody *entry;
} recent[RECENT];

JitCode *jit_find(const Body *b, const RowForm *form, int64_t elements)
{
    if (jit.tier == TIER_STRIPS)
        return NULL;
    size_t slot = ((uintptr_t)b >> 4 ^ (uintptr_t)b >> 12) % RECENT;
    JitBody *e =
        recent[slot].at == b && body_same(&recent[slot].entry->body, b) ? recent[slot].entry : NULL;
    if (e) {
        JitForm *f = &e->forms[0];
        if (__atomic_load_n(&f->code.kernel, __ATOMIC_ACQUIRE) && !jit.nopen &&
            is_form(e, f, form, strips_isa()))
            return &f->code;
    }
    if (jit.tier == TIER_COMPILED)
        pthread_mutex_lock(&mutex);
    else if (pthread_mutex_trylock(&mutex))
        return NULL;
    JitCode *code = find(b, form, elements, &e);
    recent[slot].at = e ? b : NULL;
    recent[slot].entry = e;
    pthread_mutex_unlock(&mutex);
    return code;
}
