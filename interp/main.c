/* main.c -- the command line.  Local.
 *
 * cnx [options] [run] FILE [args], -c CODE, -, check, ops, explain, or nothing for the REPL.
 * Statuses are Python's: 0, 1 uncaught error, 2 usage or no such file, sys.exit's own, 130
 * interrupt.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interp/driver.h"
#include "interp/interp.h"

static const char usage[] = "usage: cnx                             the interactive prompt\n"
                            "       cnx [run] FILE [args]           run a program\n"
                            "       cnx run -n N FILE [args]        run it on N ranks\n"
                            "       cnx -c CODE [args]              run CODE\n"
                            "       cnx - [args]                    run standard input\n"
                            "       cnx check FILE                  look for syntax errors only\n"
                            "       cnx ops FILE                    show the one-op code\n"
                            "       cnx explain FILE [-p N] [args]  show the plan for N ranks\n"
                            "       cnx batch LIST                  run many programs, for tests\n"
                            "options, before FILE (defaults in brackets):\n"
                            "  -n N                     ranks that run the program (1)\n"
                            "  -p N                     ranks that explain plans for (1)\n";

static void on_interrupt(int sig)
{
    interp_interrupt();
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    act.sa_handler = SIG_IGN; /* a BrokenPipeError instead */
    sigaction(SIGPIPE, &act, NULL);
}

/* One of several ranks, but not the one that speaks. */
static bool silent(void)
{
    return driver_silent && driver_silent();
}

static int print_help(void)
{
    Buf b = {0};
    if (silent())
        return 0;
    buf_puts(&b, usage);
    config_help(&b);
    buf_puts(&b,
             "  --list-names             every statement, builtin, method and function there is\n"
             "  --version, -V            the version\n"
             "  --help, -h               this\n");
    fputs(buf_text(&b), stdout);
    buf_free(&b);
    return 0;
}

static int complain(const char *fmt, const char *what)
{
    if (silent())
        return 2;
    fputs("cnx: ", stderr);
    fprintf(stderr, fmt, what); /* formats are this file's own */
    fputs(" (cnx --help lists what there is)\n", stderr);
    return 2;
}

typedef enum Mode {
    MODE_RUN,
    MODE_CODE,
    MODE_STDIN,
    MODE_CHECK,
    MODE_OPS,
    MODE_EXPLAIN,
    MODE_BATCH,
    MODE_REPL
} Mode;

typedef struct Command {
    Mode mode;
    Config config;
    int nranks, nshards;
    const char *subject; /* FILE or CODE */
    int first;           /* argv[first] is the program's argv[0] */
} Command;

static bool take_word(Command *c, const char *word)
{
    static const struct {
        const char *word;
        Mode mode;
    } words[] = {{"run", MODE_RUN},
                 {"check", MODE_CHECK},
                 {"ops", MODE_OPS},
                 {"explain", MODE_EXPLAIN},
                 {"batch", MODE_BATCH}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(word, words[i].word)) {
            c->mode = words[i].mode;
            return true;
        }
    return false;
}

/* -n N and -p N. */
static int take_count(int argc, char **argv, int *at, int *out)
{
    char *end;
    const char *text = argv[*at][2] ? argv[*at] + 2 : *at + 1 < argc ? argv[++*at] : "";
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > 1000000)
        return complain("'%s' is no number of ranks", text);
    *out = (int)n;
    ++*at;
    return 0;
}

static int take_dash(Command *c, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    if (!strncmp(word, "-n", 2))
        return take_count(argc, argv, at, &c->nranks);
    if (!strncmp(word, "-p", 2))
        return take_count(argc, argv, at, &c->nshards);
    return complain("unknown option '%s'", word);
}

/* Everything up to FILE, -c CODE or -.  0: go on; else a status plus one. */
static int parse_command(Command *c, int argc, char **argv)
{
    int at = 1;
    bool named = false;
    c->mode = MODE_REPL;
    c->config = config_default();
    while (at < argc) {
        const char *word = argv[at];
        int before = at;
        if (config_parse(&c->config, argc, argv, &at) != OK)
            return 1 + complain("%s", status_text());
        if (at != before)
            continue;
        if (!strcmp(word, "--help") || !strcmp(word, "-h"))
            return 1 + print_help();
        if (!strcmp(word, "--version") || !strcmp(word, "-V"))
            return 1 + (!silent() && printf("cnx " CNX_VERSION "\n") < 0);
        if (!strcmp(word, "--list-names") && list_names)
            return 1 + list_names();
        if (!strcmp(word, "-c")) {
            if (at + 1 == argc)
                return 1 + complain("-c wants a program%s", "");
            c->mode = MODE_CODE;
            c->subject = argv[at + 1];
            c->first = at + 1; /* sys.argv[0] is "-c" */
            return 0;
        }
        if (!strcmp(word, "-")) {
            c->mode = MODE_STDIN;
            c->first = at;
            return 0;
        }
        if (word[0] == '-') {
            int status = take_dash(c, argc, argv, &at);
            if (status)
                return 1 + status;
            continue;
        }
        if (!named && take_word(c, word)) {
            named = true;
            at++;
            continue;
        }
        if (c->mode == MODE_REPL)
            c->mode = MODE_RUN;
        c->subject = word;
        c->first = at++;
        while (c->mode == MODE_EXPLAIN && at < argc && !strncmp(argv[at], "-p", 2)) {
            int status = take_dash(c, argc, argv, &at); /* it may follow the file */
            if (status)
                return 1 + status;
            argv[at - 1] = argv[c->first];
            c->first = at - 1;
        }
        return 0;
    }
    return named ? 1 + complain("which file?%s", "") : 0;
}

/* -n and -p where they mean something. */
static int check_counts(const Command *c)
{
    if (c->nshards && c->mode != MODE_EXPLAIN)
        return complain("-p belongs to explain%s", "");
    if (c->nranks > 1 && c->mode == MODE_EXPLAIN)
        return complain("explain runs in one process; -p %s says for how many ranks", "N");
    if (c->nranks > 1 && c->mode == MODE_REPL)
        return complain("the prompt runs on one rank; cnx run -n %s FILE runs a program on several",
                        "N");
    return 0;
}

static bool stdin_is_directory(void)
{
    struct stat st;
    return fstat(0, &st) == 0 && S_ISDIR(st.st_mode);
}

static int run_stdin(void)
{
    Buf text = {0};
    Buf line = {0};
    while (interp_hooks.read_stdin_line(&line) > 0) {
        buf_add(&text, line.at, (size_t)line.n);
        line.n = 0;
    }
    int status = interp_run_string("<stdin>", text.at ? text.at : "", text.n);
    buf_free(&text);
    buf_free(&line);
    return status;
}

static int run_program(const Command *c, int argc, char **argv)
{
    static char empty[] = "", dash_c[] = "-c";
    const char *path = c->mode == MODE_CODE ? dash_c : c->mode == MODE_STDIN ? "-" : c->subject;
    char *none[] = {empty};
    bool given = c->first < argc;
    if (c->mode == MODE_CODE)
        argv[c->first] = dash_c;
    interp_start(path, given ? argc - c->first : 1, given ? argv + c->first : none);
    int status = c->mode == MODE_CODE
                     ? interp_run_string("<string>", c->subject, (int64_t)strlen(c->subject))
                 : c->mode == MODE_STDIN ? run_stdin()
                 : c->mode == MODE_CHECK ? interp_check_file(path)
                 : c->mode == MODE_OPS   ? interp_list_file(path)
                                         : interp_run_file(path);
    interp_end();
    return status;
}

static int run_prompt(int argc, char **argv)
{
    static char empty[] = "";
    char *args[] = {empty};
    interp_start("", 1, args);
    int status = repl_run(driver_banner ? driver_banner() : NULL);
    interp_end();
    return status;
}

static int command_run(Command *c, int argc, char **argv)
{
    switch (c->mode) {
    case MODE_EXPLAIN:
        return explain_file ? explain_file(c->subject, c->nshards ? c->nshards : 1, argc - c->first,
                                           argv + c->first, &c->config)
                            : complain("this build cannot explain %s", c->subject);
    case MODE_BATCH:
        return batch_run ? batch_run(c->subject, &c->config)
                         : complain("this build has no batches: %s", c->subject);
    case MODE_REPL:
        return run_prompt(argc, argv);
    default:
        return run_program(c, argc, argv);
    }
}

/* Else the first file that is opened would get what is printed. */
static void open_standard(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
            _exit(2);
}

int main(int argc, char **argv)
{
    open_standard();
    Command c = {0};
    int status = parse_command(&c, argc, argv);
    if (status)
        return status - 1;
    status = check_counts(&c);
    if (status)
        return status;
    bool prompt = c.mode == MODE_REPL, launched = driver_launched && driver_launched();
    if (c.nranks && launched)
        return complain("a launcher has started the ranks already: leave out -n%s", "");
    if (c.nranks > 1 || (c.nranks && launch_ranks))
        return launch_ranks ? launch_ranks(c.nranks, argc, argv)
                            : complain("this build has no MPI%s", "");
    if (prompt && !isatty(0)) {
        c.mode = MODE_STDIN;
        c.first = argc;
    }
    if (c.mode == MODE_STDIN && !launched && stdin_is_directory()) {
        fputs("cnx: standard input is a directory\n", stderr);
        return 1;
    }
    catch_signals();
    c.config.no_fuse |= c.mode == MODE_EXPLAIN; /* it shows the statements one by one */
    if (driver_start && !driver_start(&c.config, argc, argv, &status))
        return status;
    if ((prompt || c.mode == MODE_EXPLAIN) && driver_refuse && driver_refuse(prompt))
        status = 2;
    else
        status = command_run(&c, argc, argv);
    return driver_end ? driver_end(status) : status;
}
