/* repl.c -- the prompt.  Local to rank 0's terminal.
 *
 * Lines are gathered until they make a statement, then run; errors print and the prompt comes back.
 * Ctrl-C clears the line being typed or stops the running statement; Ctrl-D leaves.
 */
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "interp/interp.h"

#ifdef HAVE_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

static sigjmp_buf line_cleared;
static volatile sig_atomic_t reading;

static void on_interrupt(int sig)
{
    if (reading) {
        reading = 0;
        siglongjmp(line_cleared, 1);
    }
    interp_interrupt();
}

static char *history_path(void)
{
    const char *home = getenv("HOME");
    Buf b = {0};
    buf_printf(&b, "%s/.cnx_history", home ? home : ".");
    char *s = xstrdup(buf_text(&b));
    buf_free(&b);
    return s;
}

#ifdef HAVE_READLINE
static char *read_line(const char *prompt)
{
    return readline(prompt);
}
static void history_begin(void)
{
    char *path = history_path();
    rl_catch_signals = 0;
    rl_bind_key('\t', rl_insert);
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
static void line_drop(void)
{
    rl_free_line_state();
    rl_cleanup_after_signal();
}
#else
static char *read_line(const char *prompt)
{
    fputs(prompt, stdout);
    fflush(stdout);
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = getline(&line, &cap, stdin);
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n && line[n - 1] == '\n')
        line[n - 1] = 0;
    return line;
}
static void history_begin(void)
{
    free(history_path());
}
static void history_end(void) {}
static void history_line(const char *line) {}
static void line_drop(void) {}
#endif

/* `?name`: what the name's documentation says. */
static void show_help(const char *name, int *status)
{
    Buf code = {0};
    buf_printf(&code, "print(%s.__doc__)\n", name);
    interp_run_interactive(code.at, code.n, status);
    buf_free(&code);
}

/* One statement's lines, or `?name`.  False: leave. */
static bool feed(Buf *text, const char *line, int *status)
{
    if (!text->n && line[0] == '?') {
        show_help(line + 1, status);
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
    Buf text = {0};
    int status = 0;
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    history_begin();
    printf("cnx " CNX_VERSION " - %s - ?name for help, Ctrl-D to leave\n",
           banner ? banner : "1 rank");
    if (sigsetjmp(line_cleared, 1)) {
        line_drop();
        fputs("\nKeyboardInterrupt\n", stdout);
        text.n = 0;
    }
    bool go_on = true;
    while (go_on) {
        reading = 1;
        char *line = read_line(text.n ? "... " : ">>> ");
        reading = 0;
        if (!line)
            break;
        history_line(line);
        status = 0;
        go_on = feed(&text, line, &status);
        free(line);
    }
    if (go_on) {
        putchar('\n');
        status = 0;
    }
    history_end();
    buf_free(&text);
    return status;
}
