/* repl.c -- the prompt.  Local to rank 0's terminal.
 *
 * `np` is there from the start.  Lines are gathered until they make a statement, then run; errors
 * print and the prompt comes back. Ctrl-C drops what is being typed or stops the running statement;
 * Ctrl-D leaves.  A signal only sets flags: Readline is fed byte by byte as input comes, so nothing
 * has to be jumped out of.
 */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "interp/interp.h"
#include "runtime/exec/net.h"

#ifdef HAVE_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

static void on_interrupt(int sig)
{
    net_interrupt();
    interp_interrupt();
}

/* Forget a Ctrl-C that came while nothing ran. */
static void interrupt_settle(void)
{
    interp_hooks.epoch(EPOCH_CALL);
}

typedef enum Got { GOT_LINE, GOT_END, GOT_INTERRUPT } Got;

#ifdef HAVE_READLINE
static char *typed; /* the line that Readline has finished; NULL: Ctrl-D */
static bool finished;

static void take_typed(char *line)
{
    typed = line;
    finished = true;
    rl_callback_handler_remove();
}

static Got read_line(const char *prompt, char **line)
{
    finished = false;
    rl_callback_handler_install(prompt, take_typed);
    while (!finished) {
        struct pollfd in = {.fd = 0, .events = POLLIN};
        int ready = net_interrupted() ? -1 : poll(&in, 1, -1);
        if (net_interrupted()) {
            rl_free_line_state();
            rl_callback_sigcleanup();
            rl_callback_handler_remove();
            return GOT_INTERRUPT;
        }
        if (ready > 0)
            rl_callback_read_char();
    }
    *line = typed;
    return typed ? GOT_LINE : GOT_END;
}

static char *history_path(void)
{
    const char *home = getenv("HOME");
    Buf b = {0};
    buf_printf(&b, "%s/.cnx_history", home ? home : ".");
    return buf_text(&b);
}
static void history_begin(void)
{
    char *path = history_path();
    rl_catch_signals = 0;
    rl_readline_name = "cnx";
    rl_bind_key('\t', rl_insert);
    rl_variable_bind("enable-bracketed-paste", "off"); /* a paste is the lines typed */
    read_history(path);
    free(path);
}
static void history_end(void)
{
    char *path = history_path();
    stifle_history(2000);
    write_history(path);
    free(path);
}
static void history_line(const char *line)
{
    if (*line)
        add_history(line);
}
#else
static Got read_line(const char *prompt, char **line)
{
    Buf text = {0};
    fputs(prompt, stdout);
    fflush(stdout);
    int got = interp_hooks.read_stdin_line(&text);
    *line = NULL;
    if (got > 0) {
        *line = buf_text(&text);
        if (text.at[text.n - 1] == '\n')
            text.at[text.n - 1] = 0;
        return GOT_LINE;
    }
    buf_free(&text);
    return got < 0 ? GOT_INTERRUPT : GOT_END;
}
static void history_begin(void) {}
static void history_end(void) {}
static void history_line(const char *line) {}
#endif

/* What a dotted name stands for: a new reference; V_UNDEF: there is no such name. */
static Value value_of(const char *name)
{
    Value v = V_UNDEF, builtins = dict_get_str(interp_globals(), str_intern("__builtins__"));
    for (const char *dot = name; *name; name = *dot ? dot + 1 : dot) {
        for (dot = name; *dot && *dot != '.'; dot++)
            ;
        Value part = str_intern_value(str_new_n(name, dot - name)), x;
        if (v_is_undef(v)) {
            x = dict_get_str(interp_globals(), part.s);
            x = retain(v_is_undef(x) ? dict_get_str(builtins, part.s) : x);
        } else
            x = op_getattr_opt(v, part.s);
        release(part);
        release(v);
        v = x;
        if (v_is_undef(v) || v_is_error(v))
            break;
    }
    if (v_is_error(v)) {
        error_clear();
        v = V_UNDEF;
    }
    return v;
}

/* `?name`: what the name's documentation says. */
static void show_help(const char *name)
{
    Buf out = {0};
    name += strspn(name, " ");
    Value v = value_of(name),
          doc = v_is_undef(v) ? V_UNDEF : op_getattr_opt(v, str_intern("__doc__"));
    if (!*name)
        buf_puts(&out,
                 "?name says what a name is for, as in ?np.sum; dir() lists the names there are");
    else if (v_is_undef(v))
        buf_printf(&out, "there is no name '%s'", name);
    else if (is_str(doc))
        buf_puts(&out, str_cstr(doc));
    else
        buf_printf(&out, "'%s' is not documented", name);
    error_clear();
    buf_putc(&out, '\n');
    out_write(1, out.at, out.n);
    out_flush(1);
    release(doc);
    release(v);
    buf_free(&out);
}

/* One statement's lines, or `?name`.  False: leave. */
static bool feed(Buf *text, const char *line, int *status)
{
    if (!text->n && line[0] == '?') {
        show_help(line + 1);
        return true;
    }
    buf_puts(text, line);
    buf_putc(text, '\n');
    int r = interp_run_interactive(text->at, text->n, status);
    if (r == 1)
        return true;
    text->n = 0;
    return r != 2;
}

int repl_run(const char *banner)
{
    static const char imports[] = "import numpy as np\n";
    Buf text = {0};
    int status = 0;
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    history_begin();
    printf("cnx " CNX_VERSION " - %s - ?name for help, Ctrl-D to leave\n",
           banner ? banner : "1 rank");
    interp_run_interactive(imports, sizeof imports - 1, &status);
    for (;;) {
        char *line;
        Got got = read_line(text.n ? "... " : ">>> ", &line);
        if (got == GOT_END) {
            putchar('\n');
            status = 0;
            break;
        }
        interrupt_settle();
        if (got == GOT_INTERRUPT) {
            fputs("\nKeyboardInterrupt\n", stdout);
            fflush(stdout);
            text.n = 0;
            continue;
        }
        history_line(line);
        status = 0;
        bool go_on = feed(&text, line, &status);
        free(line);
        if (!go_on)
            break;
    }
    fflush(stdout);
    history_end();
    buf_free(&text);
    return status;
}
