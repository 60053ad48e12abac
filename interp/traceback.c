/* traceback.c -- tracebacks and what an uncaught exception prints.  Replicated.
 *
 * A traceback is a chain from the outermost frame to where the exception was raised; a frame adds
 * itself in front while the exception leaves it.  Printing follows CPython 3.11: file, line,
 * function, source line, markers under the span (~ beside, ^ under the operator or the brackets),
 * repeated lines counted, causes and contexts first, notes last, a suggestion for a misspelt name.
 */
#include "interp/frame.h"
#include "interp/objects.h"
#include "parser/parser.h"

enum { REPEATS_SHOWN = 3, TRACEBACK_LIMIT = 1000 };

static Span span_of(const Traceback *t)
{
    const Code *c = t->code;
    Span s = c->spans[t->at];
    if (t->lookup) {
        const int32_t *row = c->lists + c->at[t->at].c;
        s.end_lineno = row[row[0] + 1];
        s.end_col = row[row[0] + 2];
    }
    return s;
}

/* Names of a module's registers that hold something now. */
static Value bound_names(Frame *f)
{
    Value list = list_new(8);
    for (int i = 0; i < f->code->nlocals; i++)
        if (!v_is_undef(f->regs[i]))
            list_push(list, retain(f->code->regnames[i]));
    return list;
}

void traceback_add(Frame *f)
{
    Value exc = error_peek();
    Exception *e = as_exception(exc);
    Traceback *t = object_new(&type_traceback);
    t->code = RETAIN(f->code);
    t->at = (int32_t)(f->pc - f->code->at);
    t->lookup = interp.lookup_failed;
    interp.lookup_failed = false;
    t->globals = retain(f->globals);
    bool first = e->traceback.tag != TAG_OBJ;
    t->next = first ? V_NONE : e->traceback;
    if (first && (f->code->flags & CODE_MODULE) && f->code->nlocals &&
        is_instance(exc, &exc_NameError))
        t->bound = bound_names(f);
    e->traceback = v_obj(t);
}

/* ---------------------------------------------------------------------- the object */

static void traceback_free(Object *o)
{
    Traceback *t = (Traceback *)o;
    release(t->next);
    release(t->globals);
    release(t->bound);
    RELEASE(t->code);
}

static void traceback_traverse(Object *o, VisitFn visit, void *ctx)
{
    visit(((Traceback *)o)->next, ctx);
    visit(((Traceback *)o)->globals, ctx);
}

static Value get_next(Value v)
{
    return retain(((Traceback *)v.o)->next);
}
static Value get_line(Value v)
{
    return v_int(span_of((Traceback *)v.o).lineno);
}
static Value get_frame(Value v)
{
    FrameView *f = object_new(&type_frame);
    Traceback *t = (Traceback *)v.o;
    f->code = RETAIN(t->code);
    f->globals = retain(t->globals);
    f->line = span_of(t).lineno;
    return v_obj(f);
}
static const GetSetDef traceback_getsets[] = {{"tb_next", get_next, NULL, NULL},
                                              {"tb_lineno", get_line, NULL, NULL},
                                              {"tb_frame", get_frame, NULL, NULL},
                                              {0}};
Type type_traceback = {
    .name = "traceback",
    .module = "builtins",
    .size = sizeof(Traceback),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .getsets = traceback_getsets,
    .free = traceback_free,
    .traverse = traceback_traverse,
};

static void frame_view_free(Object *o)
{
    FrameView *f = (FrameView *)o;
    RELEASE(f->code);
    release(f->globals);
}
static Value get_code(Value v)
{
    return v_obj(RETAIN(((FrameView *)v.o)->code));
}
static Value get_frame_line(Value v)
{
    return v_int(((FrameView *)v.o)->line);
}
static Value get_globals(Value v)
{
    return retain(((FrameView *)v.o)->globals);
}
static const GetSetDef frame_getsets[] = {{"f_code", get_code, NULL, NULL},
                                          {"f_lineno", get_frame_line, NULL, NULL},
                                          {"f_globals", get_globals, NULL, NULL},
                                          {0}};
Type type_frame = {
    .name = "frame",
    .module = "builtins",
    .size = sizeof(FrameView),
    .flags = TYPE_ABSTRACT,
    .getsets = frame_getsets,
    .free = frame_view_free,
};

/* ------------------------------------------------------------------------- markers */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

/* Where the operator or the brackets of the expression `text` are, as byte offsets in it. */
static bool find_anchor(const char *text, int64_t nbytes, int64_t *from, int64_t *to)
{
    Arena arena;
    arena_init(&arena);
    Source source;
    SyntaxErr err;
    bool found = false;
    if (source_init(&source, &arena, "<segment>", text, nbytes, &err)) {
        ParseResult r = parse_module(&arena, &source, PARSE_EVAL);
        Node *e = r.status == PARSE_OK ? r.tree->u.Expression.body : NULL;
        if (e && e->kind == NODE_Subscript) {
            int64_t i = e->u.Subscript.value->span.end_col,
                    end = e->u.Subscript.slice->span.end_col;
            while (i < nbytes && text[i] != '[')
                i++;
            while (end < nbytes && text[end] != ']')
                end++;
            *from = i;
            *to = end + 1;
            found = end < nbytes;
        } else if (e && e->kind == NODE_BinOp) {
            int64_t end = e->u.BinOp.right->span.col, i = e->u.BinOp.left->span.end_col;
            while (i < end && (is_blank(text[i]) || text[i] == ')'))
                i++;
            *from = i;
            *to = i + 1 + (i + 1 < end && !is_blank(text[i + 1]));
            found = i < end;
        }
    }
    arena_fini(&arena);
    return found;
}

static void print_excerpt(const Traceback *t, Buf *out)
{
    const Source *s = &t->code->text->source;
    Span p = span_of(t);
    int64_t op = -1, op_end = -1, nbytes;
    const char *line = source_line(s, p.lineno, &nbytes);
    if (!line)
        return;
    if (p.end_lineno == p.lineno && p.end_col > p.col && p.end_col <= nbytes &&
        find_anchor(line + p.col, p.end_col - p.col, &op, &op_end)) {
        op += p.col;
        op_end += p.col;
    }
    source_excerpt(s, p.lineno, p.col, p.end_lineno, p.end_col, op, op_end, out);
}

/* ----------------------------------------------------------------------- the stack */

static void print_repeats(int64_t count, Buf *out)
{
    if (count <= REPEATS_SHOWN)
        return;
    int64_t more = count - REPEATS_SHOWN;
    buf_printf(out, "  [Previous line repeated %lld more time%s]\n", (long long)more,
               more == 1 ? "" : "s");
}

static bool same_place(const Traceback *a, const Traceback *b)
{
    return a && a->code == b->code && span_of(a).lineno == span_of(b).lineno;
}

static const Traceback *next_of(const Traceback *t)
{
    return t->next.tag == TAG_OBJ ? (const Traceback *)t->next.o : NULL;
}

static void print_stack(const Traceback *t, Buf *out)
{
    int64_t depth = 0, count = 0;
    for (const Traceback *k = t; k; k = next_of(k))
        depth++;
    for (; depth > TRACEBACK_LIMIT; depth--)
        t = next_of(t);
    const Traceback *last = NULL;
    for (; t; t = next_of(t)) {
        if (!same_place(last, t)) {
            print_repeats(count, out);
            count = 0;
        }
        last = t;
        if (++count <= REPEATS_SHOWN) {
            buf_printf(out, "  File \"%s\", line %d, in %s\n", str_cstr(t->code->filename),
                       span_of(t).lineno, str_cstr(t->code->name));
            print_excerpt(t, out);
        }
    }
    print_repeats(count, out);
}

/* --------------------------------------------------------------------- suggestions */

enum { MOVE_COST = 2, CASE_COST = 1, CANDIDATES_MAX = 750, NAME_MAX_LENGTH = 40 };

static int64_t substitution_cost(uint32_t a, uint32_t b)
{
    if ((a & 31) != (b & 31))
        return MOVE_COST;
    if (a == b)
        return 0;
    a += a >= 'A' && a <= 'Z' ? 32 : 0;
    b += b >= 'A' && b <= 'Z' ? 32 : 0;
    return a == b ? CASE_COST : MOVE_COST;
}

/* Weighted edit distance; anything above `most` once it is certain to be exceeded. */
static int64_t edit_distance(const char *a, int64_t na, const char *b, int64_t nb, int64_t most)
{
    while (na && nb && a[0] == b[0])
        a++, b++, na--, nb--;
    while (na && nb && a[na - 1] == b[nb - 1])
        na--, nb--;
    if (!na || !nb)
        return (na + nb) * MOVE_COST;
    if (na > NAME_MAX_LENGTH || nb > NAME_MAX_LENGTH)
        return most + 1;
    if (nb < na) {
        const char *s = a;
        int64_t n = na;
        a = b, na = nb;
        b = s, nb = n;
    }
    if ((nb - na) * MOVE_COST > most)
        return most + 1;
    int64_t row[NAME_MAX_LENGTH], result = 0;
    for (int64_t i = 0; i < na; i++)
        row[i] = (i + 1) * MOVE_COST;
    for (int64_t j = 0; j < nb; j++) {
        int64_t distance = result = j * MOVE_COST, least = INT64_MAX;
        for (int64_t i = 0; i < na; i++) {
            int64_t swap = distance + substitution_cost((uint8_t)b[j], (uint8_t)a[i]);
            distance = row[i];
            int64_t edit = int64_min(result, distance) + MOVE_COST;
            result = row[i] = int64_min(edit, swap);
            least = int64_min(least, result);
        }
        if (least > most)
            return most + 1;
    }
    return result;
}

static Value best_match(Value names, const char *name)
{
    List *l = as_list(names);
    Value best = V_UNDEF;
    int64_t best_distance = INT64_MAX, n = (int64_t)strlen(name);
    if (l->n >= CANDIDATES_MAX)
        return V_UNDEF;
    for (int64_t i = 0; i < l->n; i++) {
        if (!is_str(l->at[i]))
            continue;
        const char *item = str_cstr(l->at[i]);
        int64_t len = (int64_t)strlen(item);
        if (!strcmp(item, name))
            continue;
        int64_t most = int64_min((n + len + 3) * MOVE_COST / 6, best_distance - 1);
        int64_t d = edit_distance(name, n, item, len, most);
        if (d <= most) {
            best = l->at[i];
            best_distance = d;
        }
    }
    return retain(best);
}

static Value dict_names(Value d)
{
    Value list = list_new(dict_len(d)), key, x;
    int64_t pos = 0;
    while (dict_next(d, &pos, &key, &x))
        list_push(list, retain(key));
    return list;
}

static Value match_and_free(Value names, const char *name)
{
    Value v = best_match(names, name);
    release(names);
    return v;
}

static Value suggest_name(const Traceback *t, const char *name)
{
    const Traceback *k;
    while ((k = next_of(t)))
        t = k;
    Value v = V_UNDEF;
    if (!(t->code->flags & CODE_MODULE)) {
        Value locals = list_from_array(t->code->regnames, t->code->temp0);
        v = match_and_free(locals, name);
    }
    if (v_is_undef(v)) {
        Value names = dict_names(t->globals);
        for (int64_t i = 0; is_list(t->bound) && i < as_list(t->bound)->n; i++)
            list_push(names, retain(as_list(t->bound)->at[i]));
        v = match_and_free(names, name);
    }
    return v_is_undef(v) ? match_and_free(dict_names(interp.builtins), name) : v;
}

static Value suggestion_for(Value exc)
{
    bool name_error = is_instance(exc, &exc_NameError);
    if (!name_error && !is_instance(exc, &exc_AttributeError))
        return V_UNDEF;
    Value name = op_getattr_opt(exc, S(name)), v = V_UNDEF;
    error_clear();
    if (is_str(name) && name_error && as_exception(exc)->traceback.tag == TAG_OBJ) {
        v = suggest_name((Traceback *)as_exception(exc)->traceback.o, str_cstr(name));
    } else if (is_str(name) && !name_error) {
        Value obj = op_getattr_opt(exc, S(obj));
        error_clear();
        if (obj.tag != TAG_UNDEF && obj.tag != TAG_ERROR && obj.tag != TAG_NONE) {
            Value names = object_names(obj);
            if (v_is_error(names))
                error_clear();
            else
                v = match_and_free(names, str_cstr(name));
        }
        release(obj);
    }
    release(name);
    return v;
}

/* --------------------------------------------------------------------- the message */

static void print_type_name(Value exc, Buf *out)
{
    Type *t = exc.o->type;
    if (t == &exc_ArrayMemoryError)
        t = &exc_MemoryError; /* too little memory is told in plain words */
    Value module = type_module_value(t), name = type_qualname_value(t);
    if (is_str(module) && !str_equals(module.s, "builtins") && !str_equals(module.s, "__main__")) {
        str_utf8(module.s, out);
        buf_putc(out, '.');
    }
    if (is_str(name))
        str_utf8(name.s, out);
    release(module);
    release(name);
    error_clear();
}

static void print_notes(Value exc, Buf *out)
{
    Value notes = op_getattr_opt(exc, S(__notes__));
    if (is_list(notes)) {
        for (int64_t i = 0; i < as_list(notes)->n; i++) {
            Value s = op_str(as_list(notes)->at[i]);
            buf_printf(out, "%s\n", v_is_error(s) ? "<note str() failed>" : str_cstr(s));
            release(s);
            error_clear();
        }
    } else if (!v_is_undef(notes) && !v_is_error(notes) && !v_is_none(notes)) {
        Value s = op_repr(notes);
        buf_printf(out, "%s\n", v_is_error(s) ? "<__notes__ repr() failed>" : str_cstr(s));
        release(s);
    }
    error_clear();
    release(notes);
}

static int64_t int_or(Value v, int64_t other)
{
    int64_t i;
    return is_int(v) && int_as_int64(v, &i) ? i : other;
}

static char *text_or_null(Value v, Arena *a)
{
    if (!is_str(v))
        return NULL;
    const char *s = str_cstr(v);
    return arena_strndup(a, s, strlen(s));
}

static bool print_syntax_error(Value exc, Buf *out)
{
    SyntaxErrorObject *e = (SyntaxErrorObject *)exc.o;
    if (!is_instance(exc, &exc_SyntaxError) || !is_str(e->e.extra[0]) || !is_str(e->e.extra[1]))
        return false;
    Arena a;
    arena_init(&a);
    Buf name = {0};
    print_type_name(exc, &name);
    SyntaxErr err = {.class_name = arena_strndup(&a, buf_text(&name), (size_t)name.n),
                     .message = text_or_null(e->e.extra[0], &a),
                     .filename = text_or_null(e->e.extra[1], &a),
                     .lineno = (int32_t)int_or(e->e.extra[2], 0),
                     .col = (int32_t)int_or(e->e.extra[3], 0),
                     .end_line = (int32_t)int_or(e->end_lineno, 0),
                     .end_col = (int32_t)int_or(e->end_offset, 0),
                     .line = text_or_null(e->text, &a)};
    syntax_error_print(&err, out);
    buf_free(&name);
    arena_fini(&a);
    return true;
}

static void print_one(Value exc, Buf *out)
{
    Value tb = as_exception(exc)->traceback;
    if (is_exact(tb, &type_traceback)) {
        buf_puts(out, "Traceback (most recent call last):\n");
        print_stack((Traceback *)tb.o, out);
    }
    if (!print_syntax_error(exc, out)) {
        print_type_name(exc, out);
        Value s = op_str(exc);
        error_clear();
        if (v_is_error(s))
            buf_puts(out, ": <exception str() failed>");
        else if (s.s->n)
            buf_printf(out, ": %s", str_cstr(s));
        release(s);
        Value hint = suggestion_for(exc);
        if (is_str(hint))
            buf_printf(out, ". Did you mean: '%s'?", str_cstr(hint));
        release(hint);
        buf_putc(out, '\n');
    }
    print_notes(exc, out);
}

typedef Vec(Object *) ObjectVec;

static bool seen(ObjectVec *v, Value exc)
{
    for (int64_t i = 0; i < v->n; i++)
        if (v->at[i] == exc.o)
            return true;
    vec_push(v, exc.o);
    return false;
}

/* The chain is walked with a list, since contexts may be long. */
void traceback_print(Value exc, Buf *out)
{
    ObjectVec visited = {0};
    Vec(struct {
        Value exc;
        const char *link;
    }) chain = {0};
    const char *link = NULL;
    while (exc.tag == TAG_OBJ && !seen(&visited, exc)) {
        vec_push(&chain, ((__typeof__(*chain.at)){exc, link}));
        Exception *e = as_exception(exc);
        if (is_exception(e->cause)) {
            link = "\nThe above exception was the direct cause of the following exception:\n\n";
            exc = e->cause;
        } else if (is_exception(e->context) && !e->suppress_context) {
            link = "\nDuring handling of the above exception, another exception occurred:\n\n";
            exc = e->context;
        } else {
            break;
        }
    }
    while (chain.n) {
        print_one(chain.at[chain.n - 1].exc, out);
        if (chain.at[chain.n - 1].link)
            buf_puts(out, chain.at[chain.n - 1].link);
        chain.n--;
    }
    vec_free(&chain);
    vec_free(&visited);
}

void error_unraisable(Value where)
{
    Value exc = error_take(), text = op_repr(where);
    Buf b = {0};
    buf_printf(&b, "Exception ignored in: %s\n",
               v_is_error(text) ? "<object repr() failed>" : str_cstr(text));
    release(text);
    traceback_print(exc, &b);
    out_write(2, b.at, b.n);
    buf_free(&b);
    release(exc);
    error_clear();
}

/* ------------------------------------------------------------------- syntax errors */

Value raise_syntax(const SyntaxErr *e)
{
    Type *cls = !strcmp(e->class_name, "IndentationError") ? &exc_IndentationError
                : !strcmp(e->class_name, "TabError")       ? &exc_TabError
                : !strcmp(e->class_name, "SyntaxError")    ? &exc_SyntaxError
                : !strcmp(e->class_name, "RecursionError") ? &exc_RecursionError
                : !strcmp(e->class_name, "MemoryError")    ? &exc_MemoryError
                                                           : &exc_SyntaxError;
    if (!type_is_subtype(cls, &exc_SyntaxError))
        return raise_fmt(cls, "%s", e->message);
    Value place = tuple_of(6, str_new(e->filename ? e->filename : "<string>"), v_int(e->lineno),
                           e->col ? v_int(e->col) : V_NONE, e->line ? str_new(e->line) : V_NONE,
                           e->end_line ? v_int(e->end_line) : V_NONE,
                           e->end_col ? v_int(e->end_col) : V_NONE);
    Value message = str_new(e->message);
    Value exc = op_call2(v_obj(cls), message, place);
    release(message);
    release(place);
    return v_is_error(exc) ? V_ERROR : raise_value(exc);
}
