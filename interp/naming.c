/* naming.c -- names of values: variables, and results of instructions.  Local. */
#include "interp/naming.h"

#include "interp/objects.h"

typedef struct Row {
    Code *code; /* retained: its address is the key */
    char **names;
    int32_t n;
} Row;

static struct {
    Code *listing;
    Vec(Row) rows;
} naming;

void naming_start(const char *path)
{
    naming.listing = interp_listing(path);
}

void naming_end(void)
{
    for (int64_t i = 0; i < naming.rows.n; i++) {
        Row *r = &naming.rows.at[i];
        for (int32_t k = 0; k < r->n; k++)
            free(r->names[k]);
        free(r->names);
        RELEASE(r->code);
    }
    vec_free(&naming.rows);
    RELEASE(naming.listing);
    memset(&naming, 0, sizeof naming);
}

/* The listing's code of the same function; NULL: of another file. */
static const Code *listed(const Code *in, const Code *c)
{
    if (!in)
        return NULL;
    if (in->n == c->n && in->line == c->line && str_equal(in->qualname.s, c->qualname.s) &&
        str_equal(in->filename.s, c->filename.s))
        return in;
    const Code *found = NULL;
    for (int i = 0; i < in->nconsts && !found; i++)
        if (is_exact(in->kend[-1 - i], &type_code))
            found = listed((const Code *)in->kend[-1 - i].o, c);
    return found;
}

static const Row *row_of(Code *c)
{
    for (int64_t i = naming.rows.n; i-- > 0;)
        if (naming.rows.at[i].code == c)
            return &naming.rows.at[i];
    const Code *from = listed(naming.listing, c);
    Row r = {.code = c, .names = code_results(from ? from : c), .n = c->n};
    retain(v_obj(c));
    vec_push(&naming.rows, r);
    return &naming.rows.at[naming.rows.n - 1];
}

const char *naming_result(void)
{
    Frame *f = interp.frame;
    return f ? row_of(f->code)->names[f->pc - f->code->at] : NULL;
}

static void registers(const Frame *f, NamingFn fn)
{
    const Code *c = f->code;
    for (int i = 0; i < c->temp0; i++) {
        Value x = f->regs[i];
        if (x.tag == TAG_OBJ && x.o->type == &type_cell)
            x = ((Cell *)x.o)->at;
        if (x.tag == TAG_OBJ)
            fn(str_cstr(c->regnames[i]), x);
    }
}

void naming_variables(NamingFn fn)
{
    Value done = V_UNDEF;
    for (const Frame *f = interp.frame; f; f = f->back) {
        registers(f, fn);
        if (f->globals.o == done.o)
            continue;
        done = f->globals;
        int64_t at = 0;
        Value key, x;
        while (dict_next(done, &at, &key, &x))
            if (is_str(key) && x.tag == TAG_OBJ)
                fn(str_cstr(key), x);
    }
}
