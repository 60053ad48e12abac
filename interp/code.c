/* code.c -- code objects: release, check, and the listing people read.  Replicated.
 *
 * The listing shows the source line, then each operation under it with the user's names; a
 * temporary is t1, t2, ... within its statement, and is said to die where its one reader consumes
 * it.  Instructions that only fetch a name are not shown: their temporary is shown as that name.
 */
#include "interp/code.h"
#include "interp/frame.h"
#include "interp/objects.h"

const char *const op_names[INS_COUNT] = {
#define OP(name, roles, text) #name,
#include "interp/opcodes.def"
};
const char *const op_roles[INS_COUNT] = {
#define OP(name, roles, text) roles,
#include "interp/opcodes.def"
};
const char *const op_texts[INS_COUNT] = {
#define OP(name, roles, text) text,
#include "interp/opcodes.def"
};

void source_text_release(SourceText *t)
{
    if (--t->refs)
        return;
    arena_fini(&t->arena);
    free(t);
}

static void code_free(Object *o)
{
    Code *c = (Code *)o;
    release(c->name);
    release(c->qualname);
    release(c->filename);
    release(c->doc);
    for (int i = 0; i < c->nconsts; i++)
        release(c->kend[-1 - i]);
    free(c->kend ? c->kend - c->nconsts : NULL);
    for (int i = 0; i < c->temp0 && c->regnames; i++)
        release(c->regnames[i]);
    free(c->regnames);
    free(c->cell_param);
    free(c->at);
    free(c->lists);
    free(c->spans);
    free(c->table);
    free(c->attr);
    free(c->names);
    source_text_release(c->text);
}

static Value code_repr(Value v)
{
    Code *c = (Code *)v.o;
    return str_fmt("<code object %S, file \"%S\", line %d>", c->name, c->filename, c->line);
}

static Value get_name(Value v)
{
    return retain(((Code *)v.o)->name);
}
static Value get_qualname(Value v)
{
    return retain(((Code *)v.o)->qualname);
}
static Value get_filename(Value v)
{
    return retain(((Code *)v.o)->filename);
}
static Value get_line(Value v)
{
    return v_int(((Code *)v.o)->line);
}
static Value get_argcount(Value v)
{
    return v_int(((Code *)v.o)->nargs);
}
static Value get_varnames(Value v)
{
    Code *c = (Code *)v.o;
    return tuple_from_array(c->regnames, c->nlocals);
}
static const GetSetDef code_getsets[] = {{"co_name", get_name, NULL, NULL},
                                         {"co_qualname", get_qualname, NULL, NULL},
                                         {"co_filename", get_filename, NULL, NULL},
                                         {"co_firstlineno", get_line, NULL, NULL},
                                         {"co_argcount", get_argcount, NULL, NULL},
                                         {"co_varnames", get_varnames, NULL, NULL},
                                         {0}};
Type type_code = {.gc.ob.refs = 1,
                  .name = "code",
                  .module = "builtins",
                  .size = sizeof(Code),
                  .flags = TYPE_ABSTRACT,
                  .getsets = code_getsets,
                  .free = code_free,
                  .repr = code_repr};

/* ------------------------------------------------------------------------ check */

static void check_operand(const Code *c, int i, char role, int32_t v)
{
    if (v == OPERAND_NONE)
        return;
    switch (role) {
    case 'd':
    case 'x':
        ASSERT(v >= 0 && v < c->nregs, "at %d %s: register %d of %d", i, op_names[c->at[i].op], v,
               c->nregs);
        break;
    case 'u':
    case 'p':
        ASSERT(v >= -c->nconsts && v < c->nregs, "at %d %s: operand %d", i, op_names[c->at[i].op],
               v);
        break;
    case 't':
        ASSERT(v >= c->temp0 && v + 3 <= c->nregs, "at %d: loop %d", i, v);
        break;
    case 'k':
        ASSERT(v < 0 && v >= -c->nconsts, "at %d: constant %d", i, v);
        break;
    case 'j':
        ASSERT(v >= 0 && v < c->n, "at %d %s: label %d", i, op_names[c->at[i].op], v);
        break;
    case 'l':
    case 'L':
        ASSERT(v >= 0 && v < c->nlists, "at %d: list %d", i, v);
        for (int k = 1; k <= c->lists[v]; k++)
            check_operand(c, i, role == 'l' ? 'p' : 'd', c->lists[v + k]);
        break;
    default:
        break;
    }
}

void code_check(const Code *c)
{
    for (int i = 0; i < c->n; i++) {
        const char *roles = op_roles[c->at[i].op];
        check_operand(c, i, roles[0], c->at[i].a);
        check_operand(c, i, roles[1], c->at[i].b);
        check_operand(c, i, roles[2], c->at[i].c);
    }
    for (int i = 0; i < c->ntable; i++)
        ASSERT(c->table[i].start <= c->table[i].end && c->table[i].end <= c->n, "entry %d", i);
}

/* ---------------------------------------------------------------------- listing */

typedef struct Lister {
    const Code *code;
    Buf *out;
    char **shown;   /* per temporary: its text; NULL: not yet defined */
    int *writers;   /* per temporary: instructions that write it */
    char **results; /* per instruction: what its result is called; NULL: nobody asks */
    int next;       /* number of the statement's next temporary */
    int line;       /* shown last */
} Lister;

static bool is_fetch(int op)
{
    return op == INS_LOAD_GLOBAL || op == INS_LOAD_NAME || op == INS_LOAD_CELL ||
           op == INS_LOAD_CLASS_CELL || op == INS_COPY || op == INS_LOAD_METHOD;
}

/* Flow that the source line shows by itself. */
static bool is_flow(int op)
{
    return op == INS_FOR_PREP || op == INS_FOR_ITER || op == INS_JUMP || op == INS_LOOP;
}

static void show_constant(Value v, Buf *out)
{
    Value r = op_repr(v);
    if (v_is_error(r)) {
        error_clear();
        return;
    }
    str_utf8(r.s, out);
    release(r);
}

static void show_slice_part(Value v, Buf *out)
{
    if (!v_is_none(v))
        show_constant(v, out);
}

static void show_key(Value v, Buf *out)
{
    if (is_exact(v, &type_slice)) {
        Slice *s = (Slice *)v.o;
        show_slice_part(s->start, out);
        buf_putc(out, ':');
        show_slice_part(s->stop, out);
        if (!v_is_none(s->step)) {
            buf_putc(out, ':');
            show_slice_part(s->step, out);
        }
    } else if (is_exact(v, &type_tuple) && as_tuple(v)->n) {
        for (int64_t i = 0; i < as_tuple(v)->n; i++) {
            buf_puts(out, i ? ", " : "");
            show_key(as_tuple(v)->at[i], out);
        }
    } else {
        show_constant(v, out);
    }
}

static void show_operand(Lister *l, int32_t o, bool name, bool key, Buf *out)
{
    const Code *c = l->code;
    if (o == OPERAND_NONE)
        return;
    if (o < 0) {
        Value v = c->kend[o];
        if (name && is_exact(v, &type_str))
            str_utf8(v.s, out);
        else if (key)
            show_key(v, out);
        else if (is_exact(v, &type_code))
            str_utf8(((Code *)v.o)->name.s, out);
        else
            show_constant(v, out);
    } else if (o < c->temp0) {
        str_utf8(c->regnames[o].s, out);
    } else {
        const char *s = l->shown[o - c->temp0];
        buf_puts(out, s ? s : "t?");
    }
}

static void show_list(Lister *l, const Instr *in, const char *roles, int from, Buf *out)
{
    int32_t row = roles[1] == 'l' || roles[1] == 'L' ? in->b : in->c;
    const int32_t *at = l->code->lists + row;
    bool method = in->op == INS_CALL_METHOD || in->op == INS_CALL_METHOD_KW;
    bool kw = in->op == INS_CALL_KW || in->op == INS_CALL_METHOD_KW || in->op == INS_CALL_BOUND_KW;
    int first = 1 + from;
    Value names = V_UNDEF;
    if (method) {
        show_operand(l, at[first++], true, false, out);
        buf_putc(out, '(');
    }
    if (in->op == INS_CALL_BOUND_KW)
        first = 2;
    if (kw)
        names = l->code->kend[at[first++]];
    int64_t nkw = v_is_undef(names) ? 0 : as_tuple(names)->n;
    bool started = false;
    for (int k = first; k <= at[0]; k++) {
        if (at[k] == OPERAND_NONE)
            continue;
        buf_puts(out, started ? ", " : "");
        started = true;
        if (k > at[0] - nkw) {
            str_utf8(as_tuple(names)->at[k - (at[0] - nkw) - 1].s, out);
            buf_putc(out, '=');
        }
        show_operand(l, at[k], false, false, out);
    }
    if (method)
        buf_putc(out, ')');
}

/* The line that a jump goes to: of the next instruction there that is shown. */
static int target_line(const Code *c, int at)
{
    while (at + 1 < c->n && (c->at[at].op == INS_DROP || c->at[at].op == INS_FREE_LOOP))
        at++;
    while (at + 1 < c->n && c->at[at].op == INS_JUMP)
        at = c->at[at].a;
    return c->spans[at].lineno;
}

static void show_instr(Lister *l, const Instr *in, Buf *out)
{
    const char *roles = op_roles[in->op];
    const int32_t field[3] = {in->a, in->b, in->c};
    for (const char *p = op_texts[in->op]; *p; p++) {
        if (*p != '$') {
            if (*p == ' ' && in->x == 1 && in->op >= INS_ADD && in->op <= INS_XOR && p[1] != '$' &&
                p[1] != '=') {
                buf_putc(out, ' ');
                continue;
            }
            buf_putc(out, *p);
            continue;
        }
        char w = *++p;
        if (w == 'l')
            show_list(l, in, roles, 0, out);
        else if (w == 'n' || w == 'm')
            show_list(l, in, roles, w == 'n' ? 1 : 0, out);
        else if (w == 'x')
            buf_puts(out, in->x ? "if" : "if not");
        else if (roles[w - 'a'] == 'j')
            buf_printf(out, "line %d", target_line(l->code, field[w - 'a']));
        else {
            bool key = (in->op == INS_GETITEM && w == 'c') || (in->op == INS_SETITEM && w == 'b') ||
                       (in->op == INS_DELITEM && w == 'b');
            if (field[w - 'a'] == OPERAND_NONE && out->n > 1 && out->at[out->n - 1] == ' ' &&
                out->at[out->n - 2] == ',')
                out->n -= 2; /* an argument that is not given */
            show_operand(l, field[w - 'a'], roles[w - 'a'] == 'k', key, out);
        }
    }
}

static void each_temp(const Code *c, const Instr *in, const char *which,
                      void (*fn)(Lister *, int, void *), Lister *l, void *ctx)
{
    const char *roles = op_roles[in->op];
    const int32_t field[3] = {in->a, in->b, in->c};
    for (int i = 0; i < 3; i++) {
        if (!strchr(which, roles[i]))
            continue;
        if (roles[i] == 'l' || roles[i] == 'L') {
            for (int k = 1; k <= c->lists[field[i]]; k++)
                if (c->lists[field[i] + k] >= c->temp0)
                    fn(l, c->lists[field[i] + k] - c->temp0, ctx);
        } else if (field[i] >= c->temp0) {
            fn(l, field[i] - c->temp0, ctx);
        }
    }
}

static void count_writer(Lister *l, int t, void *ctx)
{
    l->writers[t]++;
}

static void name_temp(Lister *l, int t, void *ctx)
{
    const Instr *in = ctx;
    bool again = l->shown[t] && l->writers[t] > 1;
    if (again && l->results)
        l->results[in - l->code->at] = xstrdup(l->shown[t]);
    if (again)
        return;
    free(l->shown[t]);
    Buf b = {0};
    if (in->op == INS_LOAD_METHOD) {
        show_operand(l, in->b, false, false, &b);
        buf_putc(&b, '.');
        show_operand(l, in->c, true, false, &b);
    } else if (l->writers[t] == 1 && is_fetch(in->op)) {
        int32_t from = in->op == INS_LOAD_CLASS_CELL ? in->c : in->b;
        show_operand(l, from, from < 0, false, &b);
    } else {
        buf_printf(&b, "t%d", l->next++);
    }
    l->shown[t] = xstrdup(buf_text(&b));
    if (l->results && op_roles[in->op][0] == 'd')
        l->results[in - l->code->at] = xstrdup(buf_text(&b));
    buf_free(&b);
}

static void say_death(Lister *l, int t, void *ctx)
{
    Buf *out = ctx;
    if (!l->shown[t] || l->shown[t][0] != 't' || l->shown[t][1] < '1' || l->shown[t][1] > '9')
        return;
    buf_printf(out, "%s%s dies", out->n ? ", " : "", l->shown[t]);
}

static bool is_shown(const Lister *l, const Instr *in)
{
    const Code *c = l->code;
    if (!op_texts[in->op][0] || is_flow(in->op))
        return false;
    bool fetched = is_fetch(in->op) && in->a >= c->temp0 &&
                   (l->writers[in->a - c->temp0] == 1 || in->op == INS_LOAD_METHOD);
    return !fetched;
}

/* The drops that follow instruction i, as deaths. */
static int say_drops(Lister *l, int i, Buf *deaths)
{
    const Code *c = l->code;
    for (; i < c->n && c->at[i].op == INS_DROP; i++) {
        buf_puts(deaths, deaths->n ? ", " : "");
        str_utf8(c->regnames[c->at[i].a].s, deaths);
        buf_puts(deaths, " dies");
    }
    return i;
}

/* `a[...] = t` where t comes from an operator and dies: its task may write a itself. */
static void say_forwarded(const Lister *l, int i, Buf *deaths)
{
    const Code *c = l->code;
    const Instr *in = &c->at[i];
    if (in->op != INS_SETITEM || in->c < c->temp0 || in->b >= 0 || in->a == OPERAND_NONE ||
        !is_exact(c->kend[in->b], &type_slice))
        return;
    for (int k = i - 1; k >= 0 && c->spans[k].lineno == c->spans[i].lineno; k--) {
        const Instr *maker = &c->at[k];
        if (maker->a != in->c || op_roles[maker->op][0] != 'd')
            continue;
        if (maker->op >= INS_ADD && maker->op <= INS_INVERT) {
            buf_puts(deaths, "; forwarded where dtypes agree: one task writes ");
            show_operand((Lister *)l, in->a, false, false, deaths);
        }
        return;
    }
}

/* One instruction and the drops after it; returns where to go on. */
static int list_instr(Lister *l, int i)
{
    const Code *c = l->code;
    const Instr *in = &c->at[i];
    Buf line = {0}, deaths = {0}, text = {0};
    bool shown = is_shown(l, in);
    each_temp(c, in, "ul", say_death, l, &deaths);
    if (deaths.n)
        say_forwarded(l, i, &deaths);
    if (shown && op_roles[in->op][0] != 'd' && op_roles[in->op][1] != 'L')
        show_instr(l, in, &text);
    /* Reads are shown with the names they had before this instruction's write. */
    each_temp(c, in, "dLt", name_temp, l, (void *)in);
    if (shown && !text.n)
        show_instr(l, in, &text);
    int next = i + 1;
    if (in->op == INS_DROP)
        next = say_drops(l, i, &text);
    else if (shown && op_roles[in->op][0] != 'j') /* after a jump they belong to the way on */
        next = say_drops(l, i + 1, &deaths);
    if (text.n) {
        buf_printf(&line, "             %s", buf_text(&text));
        if (deaths.n)
            buf_printf(&line, "%*s%s", (int)int64_max(2, 45 - line.n), "", buf_text(&deaths));
        buf_printf(l->out, "%s\n", buf_text(&line));
    }
    buf_free(&text);
    buf_free(&line);
    buf_free(&deaths);
    return next;
}

/* Print the source line of instruction i, when it is another than the last and something of it is
 * shown. */
static void list_line(Lister *l, int i)
{
    const Code *c = l->code;
    int line = c->spans[i].lineno;
    int64_t nbytes;
    if (line == l->line)
        return;
    bool first = true;
    for (int k = 0; k < i && first; k++)
        first = c->spans[k].lineno != line;
    if (!first && !is_shown(l, &c->at[i]))
        return;
    const char *text = source_line(&c->text->source, line, &nbytes);
    if (!text)
        return;
    buf_printf(l->out, "%3d  %.*s\n", line, (int)nbytes, text);
    l->line = line;
    l->next = 1;
}

static void list_code(const Code *c, Buf *out, char **results)
{
    Lister l = {.code = c, .out = out, .results = results, .next = 1};
    l.shown = xcalloc((size_t)c->ntemps + 1, sizeof(char *));
    l.writers = xcalloc((size_t)c->ntemps + 1, sizeof(int));
    for (int i = 0; i < c->n; i++)
        each_temp(c, &c->at[i], "dLt", count_writer, &l, NULL);
    for (int i = 0; i < c->n;) {
        bool tail = i == c->n - 1 && c->at[i].op == INS_RETURN && c->at[i].a < 0;
        if (tail)
            break;
        list_line(&l, i);
        i = list_instr(&l, i);
    }
    for (int i = 0; i < c->ntemps; i++)
        free(l.shown[i]);
    free(l.shown);
    free(l.writers);
}

void code_list(const Code *c, Buf *out)
{
    list_code(c, out, NULL);
    for (int i = 0; i < c->nconsts; i++) {
        Value k = c->kend[-1 - i];
        if (!is_exact(k, &type_code))
            continue;
        buf_putc(out, '\n');
        Code *inner = (Code *)k.o;
        buf_puts(out, "in ");
        str_utf8(inner->qualname.s, out);
        buf_putc(out, '\n');
        code_list(inner, out);
    }
}

/* The variable that a temporary made by instruction i goes to at once, or NULL. */
static const char *stored_name(const Code *c, int i)
{
    int32_t t = c->at[i].a;
    while (++i < c->n && c->at[i].op == INS_DROP)
        ;
    if (i == c->n)
        return NULL;
    const Instr *in = &c->at[i];
    if ((in->op == INS_STORE_GLOBAL || in->op == INS_STORE_NAME) && in->a == t)
        return str_cstr(c->kend[in->b]);
    if (in->op == INS_STORE_CELL && in->a == t)
        return str_cstr(c->regnames[in->b]);
    if (in->op == INS_MOVE && in->b == t && in->a < c->temp0)
        return str_cstr(c->regnames[in->a]);
    return NULL;
}

char **code_results(const Code *c)
{
    char **names = xcalloc((size_t)c->n, sizeof *names);
    Buf listing = {0};
    list_code(c, &listing, names);
    buf_free(&listing);
    for (int i = 0; i < c->n; i++) {
        const char *variable = NULL;
        if (op_roles[c->at[i].op][0] == 'j')
            names[i] = xstrdup("test");
        if (op_roles[c->at[i].op][0] != 'd')
            continue;
        if (c->at[i].a < c->temp0)
            variable = str_cstr(c->regnames[c->at[i].a]);
        else
            variable = stored_name(c, i);
        if (!variable)
            continue;
        free(names[i]);
        names[i] = xstrdup(variable);
    }
    return names;
}
