/* config.c -- parsing the options of config.def.  Local.  */
#include "runtime/config.h"

typedef enum OptKind { OPT_FLAG, OPT_INT, OPT_BYTES, OPT_TEXT } OptKind;

typedef struct OptRow {
    const char *name, *help, *init;
    OptKind kind;
    size_t offset;
} OptRow;

static const OptRow rows[] = {
#define OPT(name, kind, init, help) {#name, help, #init, OPT_##kind, offsetof(Config, name)},
#include "runtime/config.def"
};
enum { ROWS = sizeof rows / sizeof *rows };

Config config_default(void)
{
    return (Config){
#define OPT(name, kind, init, help) .name = init,
#include "runtime/config.def"
    };
}

/* "--whole-below" is whole_below. */
static bool option_is(const char *word, size_t n, const OptRow *row)
{
    if (strlen(row->name) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (word[i] != row->name[i] && !(word[i] == '-' && row->name[i] == '_'))
            return false;
    return true;
}

/* The name with dashes; valid until the next call. */
static const char *option_word(const OptRow *row)
{
    static char word[32];
    size_t n = 0;
    for (; n < sizeof word - 1 && row->name[n]; n++)
        word[n] = row->name[n] == '_' ? '-' : row->name[n];
    word[n] = 0;
    return word;
}

static Status number_parse(const OptRow *row, const char *text, int64_t *out)
{
    char *end;
    long long v = strtoll(text, &end, 10);
    int shift = 0;
    if (row->kind == OPT_BYTES && *end) {
        const char *units = "KMGT", *u = strchr(units, *end >= 'a' ? *end - 32 : *end);
        if (u && *u) {
            shift = 10 * (int)(u - units + 1);
            end++;
        }
    }
    if (end == text || *end || v < 0 || (shift && v > INT64_MAX >> shift))
        return fail(ERR_VALUE, "--%s wants a number, not '%s'", option_word(row), text);
    if (row->kind == OPT_INT && v == 0)
        return fail(ERR_VALUE, "--%s is at least 1", option_word(row));
    *out = (int64_t)v << shift;
    return OK;
}

static Status option_set(Config *c, const OptRow *row, const char *text)
{
    char *at = (char *)c + row->offset;
    if (row->kind == OPT_TEXT) {
        *(const char **)(void *)at = text;
        return OK;
    }
    return number_parse(row, text, (int64_t *)(void *)at);
}

Status config_parse(Config *c, int argc, char **argv, int *at)
{
    while (*at < argc && !strncmp(argv[*at], "--", 2)) {
        const char *word = argv[*at] + 2, *equals = strchr(word, '=');
        size_t n = equals ? (size_t)(equals - word) : strlen(word);
        const OptRow *row = rows;
        while (row < rows + ROWS && !option_is(word, n, row))
            row++;
        if (row == rows + ROWS)
            return OK;
        ++*at;
        if (row->kind == OPT_FLAG) {
            *((bool *)c + row->offset) = true;
            continue;
        }
        if (!equals && *at == argc)
            return fail(ERR_VALUE, "--%.*s wants a value", (int)n, word);
        TRY(option_set(c, row, equals ? equals + 1 : argv[(*at)++]));
    }
    return OK;
}

void config_help(Buf *out)
{
    for (int i = 0; i < ROWS; i++) {
        Buf name = {0};
        buf_puts(&name, option_word(&rows[i]));
        static const char *const value[] = {"", " N", " BYTES", " TEXT"};
        buf_puts(&name, value[rows[i].kind]);
        const char *init = rows[i].kind == OPT_FLAG   ? "off"
                           : rows[i].kind == OPT_TEXT ? "none"
                                                      : rows[i].init;
        buf_printf(out, "  --%-22s %s (%s)\n", buf_text(&name), rows[i].help, init);
        buf_free(&name);
    }
}
