/* interp.c -- the interpreter's life: start, run, report, end.  Replicated.
 *
 * A state is made for one program and released after it; types, interned text and natives stay.
 * What the world gives (files, clocks, input) comes through the hooks; output is gathered here and
 * written by rank 0.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "interp/frame.h"
#include "interp/objects.h"
#include "interp/scalars.h"
#include "interp/source_text.h"

/* ----------------------------------------------------------------------- default hooks */

static int plain_read_file(const char *path, Buf *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return errno;
    char block[1 << 15];
    size_t n;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, block, n);
    int err = ferror(f) ? errno : 0;
    fclose(f);
    return err;
}

static int plain_file_kind(const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return 0;
    return S_ISDIR(st.st_mode) ? 2 : 1;
}

static int plain_write_out(int fd, const char *text, int64_t nbytes)
{
    while (nbytes > 0) {
        ssize_t n = write(fd, text, (size_t)nbytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text += n;
        nbytes -= n;
    }
    return 0;
}

static int64_t plain_clock_ns(ClockKind which)
{
    static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC,
                                    CLOCK_PROCESS_CPUTIME_ID};
    struct timespec t;
    clock_gettime(ids[which], &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static volatile sig_atomic_t interrupt_asked;

static void plain_sleep_ns(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (!interrupt_asked && nanosleep(&t, &t) && errno == EINTR)
        ;
}

static int plain_read_line(Buf *out)
{
    char block[4096];
    for (;;) {
        if (!fgets(block, sizeof block, stdin)) {
            if (interrupt_asked)
                return -1;
            clearerr(stdin);
            return out->n > 0;
        }
        buf_puts(out, block);
        if (out->n && out->at[out->n - 1] == '\n')
            return 1;
    }
}

static bool plain_epoch(EpochKind kind)
{
    bool asked = interrupt_asked;
    interrupt_asked = 0;
    return asked;
}

static void plain_note_out(const char *text, int64_t nbytes) {}

static bool plain_is_rank0(void)
{
    return true;
}

static void plain_fence(void) {}

InterpHooks interp_hooks = {plain_read_file, plain_file_kind, plain_write_out, plain_note_out,
                            plain_clock_ns,  plain_sleep_ns,  plain_read_line, plain_epoch,
                            plain_is_rank0,  plain_fence};

static double plain_clock(int which)
{
    interp_hooks.fence();
    return (double)interp_hooks.clock_ns((ClockKind)which) * 1e-9;
}
double (*interp_clock)(int which) = plain_clock;

void interp_interrupt(void)
{
    interrupt_asked = 1;
    interp.countdown = 0;
}

bool interp_poll(void)
{
    if (!interp_hooks.epoch(EPOCH_LOOP))
        return true;
    raise_status(ERR_INTERRUPT);
    return false;
}

void interp_where(const char **file, int *line)
{
    Frame *f = interp.frame;
    *file = f ? f->code->text->source.filename : "<cnx>";
    *line = f ? f->code->spans[f->pc - f->code->at].lineno : 0;
}

Value interp_globals(void)
{
    return interp.frame ? interp.frame->globals : ((Module *)interp.main.o)->dict;
}

/* ------------------------------------------------------------------------------ output */

enum { OUT_BUFFER = 1 << 16 };
static Buf out_pending[3];
static int out_tty = -1;

bool out_flush(int fd)
{
    Buf *b = &out_pending[fd];
    if (!b->n)
        return true;
    int err = interp_hooks.write_out(fd, b->at, b->n);
    b->n = 0;
    if (err) {
        raise_status(fail_errno(err, NULL));
        return false;
    }
    return true;
}

/* Surrogates, three bytes from 0xed 0xa0 on, become escapes on standard error. */
static bool escape_surrogates(const char *text, int64_t nbytes, Buf *out)
{
    bool any = false;
    for (const uint8_t *s = (const uint8_t *)text, *end = s + nbytes; s < end; s++) {
        if (*s == 0xed && end - s > 2 && s[1] >= 0xa0) {
            any = true;
            buf_printf(out, "\\u%04x", 0xd000u | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu));
            s += 2;
        } else {
            buf_putc(out, (char)*s);
        }
    }
    return any;
}

bool out_write(int fd, const char *text, int64_t nbytes)
{
    if (fd == 2 && memchr(text, 0xed, (size_t)nbytes)) {
        Buf b = {0};
        bool any = escape_surrogates(text, nbytes, &b), ok = !any || out_write(fd, b.at, b.n);
        buf_free(&b);
        if (any)
            return ok;
    }
    interp_hooks.note_out(text, nbytes);
    if (!interp_hooks.is_rank0())
        return true;
    if (fd == 2 && !out_flush(1))
        error_clear();
    if (out_tty < 0)
        out_tty = isatty(1);
    Buf *b = &out_pending[fd];
    buf_add(b, text, (size_t)nbytes);
    bool line = fd == 1 && out_tty && memchr(text, '\n', (size_t)nbytes);
    return fd == 2 || line || b->n > OUT_BUFFER ? out_flush(fd) : true;
}

bool warn_at(const char *file, int line, Type *category, const char *text)
{
    Value all = str_fmt("%s:%d: %s: %s\n", file, line, category->name, text);
    if (v_is_undef(interp.warned))
        interp.warned = dict_new();
    if (v_is_undef(dict_get(interp.warned, all))) {
        dict_set(interp.warned, all, V_TRUE);
        const char *s = str_cstr(all);
        out_write(2, s, (int64_t)strlen(s));
    }
    release(all);
    return true;
}

bool warn_fmt(Type *category, const char *fmt, ...)
{
    const char *file;
    int line;
    interp_where(&file, &line);
    va_list ap;
    va_start(ap, fmt);
    Value text = str_vfmt(fmt, ap);
    va_end(ap);
    bool ok = warn_at(file, line, category, str_cstr(text));
    release(text);
    return ok;
}

/* ----------------------------------------------------------------------------- sources */

static SourceText *source_text_new(const char *filename, const char *text, int64_t nbytes,
                                   SyntaxErr *err)
{
    SourceText *t = xcalloc(1, sizeof *t);
    t->refs = 1;
    arena_init(&t->arena);
    char *name = arena_strndup(&t->arena, filename, strlen(filename));
    if (!source_init(&t->source, &t->arena, name, text, nbytes, err)) {
        raise_syntax(err);
        source_text_release(t);
        return NULL;
    }
    return t;
}

static void show_warnings(const SourceText *t, const ParseResult *r)
{
    for (int64_t i = 0; i < r->nwarnings; i++) {
        Buf b = {0};
        buf_printf(&b, "%s:%d: %s: %s\n", t->source.filename, r->warnings[i].lineno,
                   r->warnings[i].class_name, r->warnings[i].message);
        if (strcmp(r->warnings[i].class_name, "DeprecationWarning"))
            out_write(2, b.at, b.n);
        buf_free(&b);
    }
    if (r->dash_line) {
        Buf b = {0};
        buf_printf(&b, "%s:%d: note: a typographic dash was read as minus\n", t->source.filename,
                   r->dash_line);
        out_write(2, b.at, b.n);
        buf_free(&b);
    }
}

/* *incomplete (interactive only): more lines are needed; NULL is returned without an error. */
static Code *compile_text(const char *filename, const char *text, int64_t nbytes, LowerMode mode,
                          bool keep, bool *incomplete)
{
    SyntaxErr err = {0};
    SourceText *t = source_text_new(filename, text, nbytes, &err);
    if (!t)
        return NULL;
    Arena arena;
    arena_init(&arena);
    ParseResult r = parse_module(&arena, &t->source,
                                 mode == LOWER_INTERACTIVE ? PARSE_INTERACTIVE : PARSE_FILE);
    Code *code = NULL;
    if (r.status == PARSE_INCOMPLETE)
        *incomplete = true;
    else if (r.status == PARSE_ERROR)
        raise_syntax(&r.err);
    else {
        show_warnings(t, &r);
        code = code_lower(t, r.tree, mode, keep);
    }
    arena_fini(&arena);
    source_text_release(t);
    return code;
}

Code *source_compile(const char *filename, const char *text, int64_t nbytes, LowerMode mode)
{
    return compile_text(filename, text, nbytes, mode, false, NULL);
}

/* -------------------------------------------------------------------------- start, end */

static void types_init(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    objects_init();
    scalars_init();
    Type *const all[] = {&type_function,  &type_cell, &type_generator, &type_module,
                         &type_traceback, &type_code, &type_frame};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        type_ready(all[i]);
    super_frame = frame_super;
}

/* The directory of a program's file is where its imports are looked for first. */
static Value program_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return str_new("");
    return slash == path ? str_new("/") : str_new_n(path, slash - path);
}

static void main_module_new(const char *path)
{
    interp.main = module_new("__main__", NULL);
    dict_set_str(interp.modules, str_intern("__main__"), interp.main);
    Value dict = ((Module *)interp.main.o)->dict;
    dict_set_str(dict, str_intern("__builtins__"), interp.builtins);
    dict_set_str(dict, str_intern("__package__"), V_NONE);
    dict_set_str(dict, str_intern("__spec__"), V_NONE);
    dict_set_str(dict, str_intern("__loader__"), V_NONE);
    if (*path && strcmp(path, "-c") && strcmp(path, "-"))
        module_add(interp.main, "__file__", str_new(path));
}

void interp_start(const char *path, int argc, char **argv)
{
    types_init();
    memset(&interp, 0, sizeof interp);
    interp.limit = RECURSION_LIMIT;
    depth_reset(0);
    release(error_handling_swap(V_UNDEF));
    interp.countdown = EPOCH_STEPS;
    interp.modules = dict_new();
    interp.path = list_new(1);
    list_push(interp.path, program_directory(path));
    builtins_start();
    main_module_new(path);
    sys_start(argc, argv);
    interp.started = true;
}

static void clear_namespace(Value dict)
{
    /* Values go in order of their making, names that others may need last. */
    int64_t pos = 0;
    Value key, x;
    Vec(Value) keys = {0};
    while (dict_next(dict, &pos, &key, &x))
        vec_push(&keys, retain(key));
    for (int64_t i = 0; i < keys.n; i++) {
        if (is_str(keys.at[i]) && !str_equals(keys.at[i].s, "__builtins__"))
            dict_set_str(dict, keys.at[i].s, V_NONE);
        release(keys.at[i]);
    }
    vec_free(&keys);
}

void interp_end(void)
{
    error_clear();
    if (!v_is_undef(interp.main))
        clear_namespace(((Module *)interp.main.o)->dict);
    gc_collect();
    Value modules = interp.modules, key, m;
    int64_t pos = 0;
    while (dict_next(modules, &pos, &key, &m))
        if (is_exact(m, &type_module) && m.o != interp.sys.o &&
            !v_is_undef(dict_get_str(((Module *)m.o)->dict, S(__file__))))
            clear_namespace(((Module *)m.o)->dict);
    Value *held[] = {&interp.main,   &interp.sys,     &interp.path,    &interp.loading,
                     &interp.warned, &interp.modules, &interp.builtins};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        slot_set(held[i], V_UNDEF);
    gc_collect();
    error_clear();
    while (interp.chunk) {
        FrameChunk *c = interp.chunk;
        interp.chunk = c->prev;
        free(c);
    }
    memset(&interp, 0, sizeof interp);
    if (!out_flush(1))
        error_clear();
    if (!out_flush(2))
        error_clear();
}

/* ----------------------------------------------------------------------------- running */

static int exit_status(Value code)
{
    int64_t n;
    if (v_is_none(code) || v_is_undef(code))
        return 0;
    if (is_int(code))
        return int_as_int64(code, &n) ? (int)(n & 255) : 255;
    Value s = op_str(code);
    if (!v_is_error(s)) {
        const char *text = str_cstr(s);
        out_write(2, text, (int64_t)strlen(text));
        out_write(2, "\n", 1);
    }
    release(s);
    error_clear();
    return 1;
}

int interp_report(void)
{
    Value exc = error_take();
    interp_hooks.fence(); /* warnings of what is pending come before the error's own lines */
    int status = 1;
    if (is_instance(exc, &exc_SystemExit)) {
        Value code = op_getattr_opt(exc, str_intern("code"));
        status = exit_status(code);
        release(code);
    } else {
        Buf text = {0};
        traceback_print(exc, &text);
        out_write(2, text.at, text.n);
        buf_free(&text);
        if (is_instance(exc, &exc_KeyboardInterrupt))
            status = 130;
    }
    release(exc);
    error_clear();
    return status;
}

static Value run_code(Code *code)
{
    Value dict = ((Module *)interp.main.o)->dict;
    Frame *f = frame_push(code, dict);
    f->locals = retain(dict);
    return vm_call_frame(f);
}

static int finish_program(Value result)
{
    int status = v_is_error(result) ? interp_report() : 0;
    release(result);
    interp_hooks.fence();
    if (!out_flush(1)) {
        int report = interp_report();
        status = status ? status : report;
    }
    return status;
}

int interp_run_string(const char *filename, const char *text, int64_t nbytes)
{
    Code *code = source_compile(filename, text, nbytes, LOWER_BATCH);
    if (!code)
        return finish_program(V_ERROR);
    Value r = run_code(code);
    int status = finish_program(r);
    RELEASE(code);
    return status;
}

/* Text of a program's file; false: said so on stderr. */
static bool read_program(const char *path, Buf *text)
{
    int err = interp_hooks.file_kind(path) == 2 ? EISDIR : interp_hooks.read_file(path, text);
    if (!err)
        return true;
    Buf b = {0};
    buf_printf(&b, "cnx: can't open file '%s': [Errno %d] %s\n", path, err, strerror(err));
    out_write(2, b.at, b.n);
    buf_free(&b);
    buf_free(text);
    return false;
}

int interp_run_file(const char *path)
{
    Buf text = {0};
    if (!read_program(path, &text))
        return 2;
    int status = interp_run_string(path, text.at ? text.at : "", text.n);
    buf_free(&text);
    return status;
}

static Code *compile_file(const char *path, bool keep, int *status)
{
    Buf text = {0};
    if (!read_program(path, &text)) {
        *status = 2;
        return NULL;
    }
    Code *code = compile_text(path, text.at ? text.at : "", text.n, LOWER_BATCH, keep, NULL);
    buf_free(&text);
    *status = code ? 0 : interp_report();
    return code;
}

int interp_check_file(const char *path)
{
    int status;
    Code *code = compile_file(path, false, &status);
    RELEASE(code);
    return status;
}

int interp_list_file(const char *path)
{
    int status;
    Code *code = compile_file(path, true, &status);
    if (!code)
        return status;
    Buf out = {0};
    code_list(code, &out);
    out_write(1, out.at ? out.at : "", out.n);
    buf_free(&out);
    RELEASE(code);
    return out_flush(1) ? 0 : interp_report();
}

struct Code *interp_listing(const char *path)
{
    Buf text = {0};
    SyntaxErr err = {0};
    Code *code = NULL;
    SourceText *t = interp_hooks.file_kind(path) != 1 || interp_hooks.read_file(path, &text)
                        ? NULL
                        : source_text_new(path, text.at ? text.at : "", text.n, &err);
    if (t) {
        Arena arena;
        arena_init(&arena);
        ParseResult r = parse_module(&arena, &t->source, PARSE_FILE);
        if (r.status != PARSE_ERROR && r.status != PARSE_INCOMPLETE)
            code = code_lower(t, r.tree, LOWER_BATCH, true);
        arena_fini(&arena);
        source_text_release(t);
    }
    error_clear();
    buf_free(&text);
    return code;
}

int interp_run_interactive(const char *text, int64_t nbytes, int *status)
{
    bool incomplete = false;
    interp.interactive = true;
    Code *code = compile_text("<stdin>", text, nbytes, LOWER_INTERACTIVE, false, &incomplete);
    if (incomplete)
        return 1;
    Value r = code ? run_code(code) : V_ERROR;
    RELEASE(code);
    bool leave = v_is_error(r) && error_matches(&exc_SystemExit);
    if (v_is_error(r))
        *status = interp_report();
    release(r);
    out_flush(1);
    return leave ? 2 : 0;
}
