/* ast_main.c -- cnx-ast: what the parser makes of files, for its tests.  Local.
 *
 *   cnx-ast [--spans] [--scopes] [--print] [--interactive] FILE ...
 *
 * One line a file: "ok" and the tree as ast.dump writes it, "incomplete", or "error" and the parts
 * of the error as JSON.  With "-" the file names are read from standard input, one a line.
 */
#include "parser/parser.h"

typedef struct Options {
    bool spans, scopes, print;
    ParseMode mode;
} Options;

static char *file_read(const char *path, int64_t *nbytes)
{
    FILE *f = fopen(path, "rb");
    Buf text = {0};
    char part[65536];
    if (!f)
        return NULL;
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&text, part, n);
    fclose(f);
    *nbytes = text.n;
    return buf_text(&text);
}

static void json_text(const char *s, Buf *out)
{
    if (!s) {
        buf_puts(out, "null");
        return;
    }
    buf_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_printf(out, "\\%c", *s);
        else if ((unsigned char)*s < 32)
            buf_printf(out, "\\u%04x", *s);
        else
            buf_putc(out, *s);
    }
    buf_putc(out, '"');
}

static void error_show(const SyntaxErr *e, Buf *out)
{
    buf_puts(out, "error [");
    json_text(e->class_name, out);
    buf_puts(out, ", ");
    json_text(e->message, out);
    buf_printf(out, ", %d, %d, %d, %d, ", (int)e->lineno, (int)e->col, (int)e->end_line,
               (int)e->end_col);
    json_text(e->line, out);
    buf_puts(out, "]\n");
}

static void tree_show(const ParseResult *r, const Options *opt, Buf *out)
{
    buf_puts(out, "ok ");
    if (opt->scopes) {
        Buf text = {0};
        scope_dump(r->tree->scope, &text);
        json_text(buf_text(&text), out);
        buf_free(&text);
    } else if (opt->spans) {
        ast_dump_spans(r->tree, out);
    } else {
        ast_dump(r->tree, out);
    }
    for (int64_t i = 0; i < r->nwarnings && opt->print; i++)
        fprintf(stderr, "%d: %s: %s\n", (int)r->warnings[i].lineno, r->warnings[i].class_name,
                r->warnings[i].message);
    buf_putc(out, '\n');
}

static void file_show(const char *path, const Options *opt)
{
    Arena arena;
    Source source;
    ParseResult r = {.status = PARSE_ERROR};
    Buf out = {0};
    int64_t n = 0;
    char *text = file_read(path, &n);
    if (!text) {
        printf("error no such file\n");
        return;
    }
    arena_init(&arena);
    if (source_init(&source, &arena, path, text, n, &r.err))
        r = parse_module(&arena, &source, opt->mode);
    if (r.status == PARSE_OK)
        tree_show(&r, opt, &out);
    else if (r.status == PARSE_INCOMPLETE)
        buf_puts(&out, "incomplete\n");
    else if (opt->print)
        syntax_error_print(&r.err, &out);
    else
        error_show(&r.err, &out);
    fwrite(out.at, 1, (size_t)out.n, stdout);
    buf_free(&out);
    arena_fini(&arena);
    free(text);
}

int main(int argc, char **argv)
{
    Options opt = {.mode = PARSE_FILE};
    char line[4096];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--spans") == 0) {
            opt.spans = true;
        } else if (strcmp(argv[i], "--scopes") == 0) {
            opt.scopes = true;
        } else if (strcmp(argv[i], "--print") == 0) {
            opt.print = true;
        } else if (strcmp(argv[i], "--interactive") == 0) {
            opt.mode = PARSE_INTERACTIVE;
        } else if (strcmp(argv[i], "-") == 0) {
            while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = 0;
                file_show(line, &opt);
                fflush(stdout);
            }
        } else {
            file_show(argv[i], &opt);
        }
    }
    return 0;
}
