/* jit_cache.c -- the folder of compiled kernels.  Local.
 *
 * One file a kernel, named by the hash of all that made it: text, compiler, flags.  A file is the
 * shared object and behind it a seal: length and hash of the object and the key, so a file that was
 * cut, exchanged or damaged is never mapped.  Files appear by rename, complete.
 *
 * Invariant: nothing is loaded that is not the user's own and closed to others' writing.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/exec/jit.h"

enum {
    OBJECT_MOST = 1 << 24, /* bytes of a kernel's file */
    FILES_MOST = 4096,     /* in the cache */
    LEFTOVER_S = 3600      /* age of temporary files whose process is gone */
};

static char folder[JIT_PATH - 128];
static int folder_fd = -1;

typedef struct Seal {
    char mark[8];
    uint64_t nbytes, hash;
    JitKey key;
} Seal;

static const char mark[8] = "cnxkern";

static uint64_t hash_of(const char *data, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)data[i]) * 0x100000001b3u;
    return h;
}

/* ---- the folder ---- */

/* Where it is: $CNX_CACHE_DIR, else cnx below the user's cache folder. */
static bool name_folder(void)
{
    const char *own = getenv("CNX_CACHE_DIR"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    int n = 0;
    if (own && *own) {
        n = snprintf(folder, sizeof folder, "%s", own);
    } else if (xdg && *xdg == '/') {
        mkdir(xdg, 0700);
        n = snprintf(folder, sizeof folder, "%s/cnx", xdg);
    } else if (home && *home == '/') {
        n = snprintf(folder, sizeof folder, "%s/.cache", home);
        if (n < (int)sizeof folder)
            mkdir(folder, 0700);
        n = snprintf(folder, sizeof folder, "%s/.cache/cnx", home);
    }
    return n > 0 && n < (int)sizeof folder;
}

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && !(st->st_mode & 022);
}

/* Leftovers of processes that died, and kernels where there are very many. */
static void sweep(void)
{
    int fd = dup(folder_fd);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    time_t now = time(NULL);
    int count = 0;
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        const char *end = strrchr(e->d_name, '.');
        if (e->d_name[0] != 'k' || !end || fstatat(folder_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        bool kernel = !strcmp(end, ".so");
        count += kernel;
        if (kernel ? count > FILES_MOST : now - st.st_mtime > LEFTOVER_S)
            unlinkat(folder_fd, e->d_name, 0);
    }
    closedir(d);
}

bool jit_cache_open(void)
{
    static bool tried;
    struct stat st;
    if (tried)
        return folder_fd >= 0;
    tried = true;
    if (!name_folder()) {
        jit_note(JIT_NO_CACHE);
        return false;
    }
    if (mkdir(folder, 0700) && errno != EEXIST) {
        jit_note(JIT_CACHE_UNWRITABLE);
        return false;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) || !is_ours(&st)) {
        jit_note(JIT_CACHE_FOREIGN);
        if (fd >= 0)
            close(fd);
        return false;
    }
    folder_fd = fd;
    sweep();
    return true;
}

void jit_cache_path(JitKey key, const char *kind, char path[JIT_PATH])
{
    bool shared = !strcmp(kind, "so") || !strcmp(kind, "lock");
    int n = snprintf(path, JIT_PATH, "%s/k%016llx%016llx", folder, (unsigned long long)key.half[0],
                     (unsigned long long)key.half[1]);
    if (!shared)
        n += snprintf(path + n, (size_t)(JIT_PATH - n), ".%d", (int)getpid());
    snprintf(path + n, (size_t)(JIT_PATH - n), ".%s", kind);
}

/* ---- files ---- */

/* All of a file that is the user's own, with room for a seal behind it; NULL: none such. */
static char *read_object(const char *path, size_t *n)
{
    struct stat st;
    char *data = NULL;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_ours(&st) && st.st_size <= OBJECT_MOST) {
        *n = (size_t)st.st_size;
        data = xmalloc(*n + sizeof(Seal));
        for (size_t k = 0; k < *n;) {
            ssize_t got = read(fd, data + k, *n - k);
            if (got <= 0) {
                *n = k;
                break;
            }
            k += (size_t)got;
        }
    }
    close(fd);
    return data;
}

static bool is_sealed(const char *data, size_t n, JitKey key)
{
    Seal seal;
    if (n < sizeof seal)
        return false;
    n -= sizeof seal;
    memcpy(&seal, data + n, sizeof seal);
    return !memcmp(seal.mark, mark, sizeof mark) && seal.nbytes == n &&
           !memcmp(&seal.key, &key, sizeof key) && seal.hash == hash_of(data, n);
}

JitKernel *jit_cache_load(JitKey key, bool *broken)
{
    char path[JIT_PATH];
    size_t n = 0;
    *broken = false;
    jit_cache_path(key, "so", path);
    if (access(path, F_OK))
        return NULL;
    char *data = read_object(path, &n);
    bool sealed = data && is_sealed(data, n, key);
    free(data);
    if (!sealed) {
        jit_note(JIT_CACHE_CORRUPT);
        *broken = unlink(path) == 0;
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    JitKernel *kernel = NULL;
    if (object)
        *(void **)&kernel = dlsym(object, "cnx_rows");
    if (!kernel)
        jit_note(JIT_CACHE_UNLOADABLE);
    return kernel;
}

bool jit_cache_store(JitKey key)
{
    char from[JIT_PATH], to[JIT_PATH];
    size_t n = 0;
    jit_cache_path(key, "tmp", from);
    jit_cache_path(key, "so", to);
    char *data = read_object(from, &n);
    if (!data)
        return false;
    Seal seal = {.nbytes = n, .hash = hash_of(data, n), .key = key};
    memcpy(seal.mark, mark, sizeof mark);
    free(data);
    int fd = open(from, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, &seal, sizeof seal) == (ssize_t)sizeof seal;
    if (fd >= 0)
        written &= close(fd) == 0;
    if (!written || rename(from, to)) {
        unlink(from);
        jit_note(JIT_CACHE_UNWRITABLE);
        return false;
    }
    return true;
}
