/* bind.c -- parameter lists and the binder of C functions.  Replicated.
 *
 * A NativeDef's parameter text is compiled once, at the first call, to a Signature.  What a call
 * that does not fit is told depends on the species of the function CPython or NumPy has in its
 * place, which stands at the start of the text (value.h); `self` is never counted but by functions
 * written in Python.
 */
#include "interp/bind.h"

/* --------------------------------------------------------------- compiling */

static const char *skip_space(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

static Value number_parse(const char *text, size_t n)
{
    char copy[64], *end;
    ASSERT(n < sizeof copy, "default too long: %s", text);
    memcpy(copy, text, n);
    copy[n] = 0;
    long long i = strtoll(copy, &end, 10);
    if (!*end)
        return v_int(i);
    double f = strtod(copy, &end);
    ASSERT(!*end, "bad default '%s' in a parameter list", copy);
    return v_float(f);
}

static bool word_is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && !memcmp(p, word, n);
}

static Value default_parse(const char *p, size_t n)
{
    if (*p == '\'')
        return str_new_n(p + 1, (int64_t)n - 2);
    if (word_is(p, n, "?"))
        return V_UNDEF;
    if (word_is(p, n, "None"))
        return V_NONE;
    if (word_is(p, n, "True") || word_is(p, n, "False"))
        return v_bool(*p == 'T');
    return number_parse(p, n);
}

/* One element of the list at *p, up to the comma. */
static const char *element_end(const char *p)
{
    bool quoted = false;
    for (; *p && (quoted || *p != ','); p++)
        if (*p == '\'')
            quoted = !quoted;
    return p;
}

static Str *intern_part(const char *p, size_t n)
{
    char copy[128];
    ASSERT(n < sizeof copy, "parameter name too long: %s", p);
    memcpy(copy, p, n);
    copy[n] = 0;
    return str_intern(copy);
}

static Param param_parse(const char *p, size_t n)
{
    const char *eq = memchr(p, '=', n);
    size_t name = eq ? (size_t)(eq - p) : n;
    Param r = {.has_init = eq != NULL};
    r.name = intern_part(p, name);
    if (eq)
        r.init = default_parse(eq + 1, n - name - 1);
    return r;
}

/* "def name: " and its like at the start of a parameter list; where the list begins. */
static const char *species_parse(Signature *s, const char *text)
{
    static const struct {
        const char *word;
        Species species;
    } table[] = {{"def", SPECIES_DEF},
                 {"npy", SPECIES_NPY},
                 {"vararg", SPECIES_VARARG},
                 {"cython", SPECIES_CYTHON}};
    const char *colon = strchr(text, ':');
    for (size_t i = 0; colon && i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].word);
        if (strncmp(text, table[i].word, n) || (text[n] != ':' && text[n] != ' '))
            continue;
        s->species = table[i].species;
        if (text[n] == ' ')
            s->called = intern_part(text + n + 1, (size_t)(colon - text) - n - 1);
        return colon + 1;
    }
    return text;
}

static Signature *signature_compile(const char *text)
{
    Signature *s = xcalloc(1, sizeof *s);
    text = species_parse(s, text);
    Vec(Param) params = {0};
    bool kwonly = false;
    s->npos = -1;
    for (const char *p = skip_space(text); *p;) {
        const char *end = element_end(p);
        size_t n = (size_t)(end - p);
        while (n && p[n - 1] == ' ')
            n--;
        if (word_is(p, n, "/")) {
            s->nposonly = (int)params.n;
        } else if (n >= 2 && p[0] == '*' && p[1] == '*') {
            s->kw = true;
        } else if (*p == '*') {
            s->var = n > 1;
            s->npos = (int)params.n;
            kwonly = true;
        } else {
            Param a = param_parse(p, n);
            s->required += !kwonly && !a.has_init;
            vec_push(&params, a);
        }
        p = skip_space(*end ? end + 1 : end);
    }
    if (s->npos < 0)
        s->npos = (int)params.n;
    s->nparams = (int)params.n;
    s->params = params.at;
    /* Slots lie in the order of the text: *args stands before the keyword-only ones, **kw last. */
    s->var_slot = s->npos;
    s->nslots = s->nparams + s->var + s->kw;
    s->kw_slot = s->nslots - 1;
    s->self = s->species != SPECIES_DEF && s->npos > 0 &&
              (str_equals(s->params[0].name, "self") || str_equals(s->params[0].name, "cls"));
    if (s->self && !s->nposonly)
        s->nposonly = 1;
    s->direct = !s->var && !s->kw && s->nparams == s->npos && s->nposonly == s->npos;
    s->simple = !s->var && !s->kw && s->nparams <= SIMPLE_MAX;
    for (int k = s->npos; k < s->nparams; k++)
        s->simple &= s->params[k].has_init;
    ASSERT(s->nslots <= SLOTS_MAX, "too many parameters: %s", text);
    return s;
}

/* Signatures by the address of their text: a small open table, never shrunk. */
typedef struct Known {
    const NativeDef *def;
    Signature *sig;
} Known;
static Known *known;
static size_t known_n, known_cap;

static Known *known_find(const NativeDef *def)
{
    size_t i = ((uintptr_t)def >> 4) * 0x9E3779B97F4A7C15u >> 20;
    for (;; i++) {
        Known *k = &known[i & (known_cap - 1)];
        if (!k->def || k->def == def)
            return k;
    }
}

static void known_grow(void)
{
    Known *old = known;
    size_t n = known_cap;
    known_cap = n ? 2 * n : 512;
    known = xcalloc(known_cap, sizeof *known);
    for (size_t i = 0; i < n; i++)
        if (old[i].def)
            *known_find(old[i].def) = old[i];
    free(old);
}

const Signature *signature_of(const NativeDef *def)
{
    if (2 * known_n >= known_cap)
        known_grow();
    Known *k = known_find(def);
    if (!k->def) {
        Signature *s = signature_compile(def->sig ? def->sig : "");
        *k = (Known){def, s};
        known_n++;
        return s;
    }
    return k->sig;
}

int signature_slots(const Signature *sig)
{
    return sig->nslots;
}

/* ------------------------------------------------------- the words of Python functions */

/* 'a', 'b', and 'c' */
static Value quoted_list(const Value *names, int64_t n)
{
    Buf b = {0};
    for (int64_t i = 0; i < n; i++) {
        if (i)
            buf_puts(&b, n == 2 ? " and " : i + 1 == n ? ", and " : ", ");
        buf_printf(&b, "'%s'", str_cstr(names[i]));
    }
    Value s = str_new(buf_text(&b));
    buf_free(&b);
    return s;
}

bool bind_missing(const char *fname, const Value *names, int n, const char *kind)
{
    Value list = quoted_list(names, n);
    raise_fmt(&exc_TypeError, "%s() missing %d required %s argument%s: %S", fname, n, kind,
              n == 1 ? "" : "s", list);
    release(list);
    return false;
}

bool bind_too_many(const char *fname, int npos, int ndefaults, int64_t given, int nkw)
{
    Buf b = {0};
    buf_printf(&b, "%s() takes ", fname);
    if (ndefaults)
        buf_printf(&b, "from %d to ", npos - ndefaults);
    buf_printf(&b, "%d positional argument%s but %lld", npos, ndefaults || npos != 1 ? "s" : "",
               (long long)given);
    if (nkw)
        buf_printf(&b, " positional argument%s (and %d keyword-only argument%s)",
                   given != 1 ? "s" : "", nkw, nkw != 1 ? "s" : "");
    raise_fmt(&exc_TypeError, "%s %s given", buf_text(&b), given == 1 && !nkw ? "was" : "were");
    buf_free(&b);
    return false;
}

bool bind_unexpected(const char *fname, const Value *posonly, int nposonly, Value kwnames,
                     Value name)
{
    Buf b = {0};
    for (int i = 0; i < nposonly; i++)
        for (int64_t k = 0; k < as_tuple(kwnames)->n; k++)
            if (str_equal(posonly[i].s, as_tuple(kwnames)->at[k].s))
                buf_printf(&b, "%s%s", b.n ? ", " : "", str_cstr(posonly[i]));
    if (b.n)
        raise_fmt(&exc_TypeError,
                  "%s() got some positional-only arguments passed as keyword arguments: '%s'",
                  fname, buf_text(&b));
    else
        raise_fmt(&exc_TypeError, "%s() got an unexpected keyword argument '%S'", fname, name);
    buf_free(&b);
    return false;
}

bool bind_twice(const char *fname, Value name)
{
    raise_fmt(&exc_TypeError, "%s() got multiple values for argument '%S'", fname, name);
    return false;
}

/* ----------------------------------------------------------------- binding */

/* What the error texts need: the bare name, the name with its class, and the counts without self.
 */
typedef struct Site {
    const Signature *sig;
    const char *name;  /* "append" */
    const char *own;   /* the same, but for functions called otherwise in messages */
    const char *owner; /* "list" or NULL */
} Site;

static bool bind_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Value text = str_vfmt(fmt, ap);
    va_end(ap);
    raise_fmt(&exc_TypeError, "%S", text);
    release(text);
    return false;
}

static bool fail_keywords(const Site *w)
{
    if (w->sig->species == SPECIES_NPY)
        return bind_fail("numpy.%s() takes no keyword arguments", w->own);
    return bind_fail("%s%s%s() takes no keyword arguments", w->owner ? w->owner : "",
                     w->owner ? "." : "", w->own);
}

/* Wrong number for a function without keywords. */
static bool fail_positional(const Site *w, int given)
{
    const Signature *s = w->sig;
    int least = s->required - s->self, most = s->npos - s->self;
    const char *owner = w->owner ? w->owner : "", *dot = w->owner ? "." : "";
    if (most == 0)
        return bind_fail("%s%s%s() takes no arguments (%d given)", owner, dot, w->name, given);
    if (most == 1 && least == 1)
        return bind_fail("%s%s%s() takes exactly one argument (%d given)", owner, dot, w->name,
                         given);
    int n = given < least ? least : most;
    const char *how = least == most && !s->var ? "" : given < least ? "at least " : "at most ";
    return bind_fail("%s expected %s%d argument%s, got %d", w->name, how, n, n == 1 ? "" : "s",
                     given);
}

/* Wrong number in an argument tuple. */
static bool fail_tuple(const Site *w, int given)
{
    const Signature *s = w->sig;
    int least = s->required - s->self, most = s->npos - s->self;
    int n = given < least ? least : most;
    bool unnamed = most == 0;
    return bind_fail("%s%s takes %s %d argument%s (%d given)", unnamed ? "function" : w->name,
                     unnamed ? "" : "()",
                     least == most && !s->var ? "exactly"
                     : given < least          ? "at least"
                                              : "at most",
                     n, n == 1 ? "" : "s", given);
}

/* Too many for NumPy's parser. */
static bool fail_npy(const Site *w, int given)
{
    int least = w->sig->required - w->sig->self, most = w->sig->npos - w->sig->self;
    if (least == most)
        return bind_fail("%s() takes %d positional arguments but %d were given", w->name, most,
                         given);
    return bind_fail("%s() takes from %d to %d positional arguments but %d were given", w->name,
                     least, most, given);
}

static bool fail_cython(const Site *w, int given)
{
    int least = w->sig->required - w->sig->self, most = w->sig->npos - w->sig->self;
    int n = given < least ? least : most;
    return bind_fail("%s() takes %s %d positional argument%s (%d given)", w->name,
                     least == most   ? "exactly"
                     : given < least ? "at least"
                                     : "at most",
                     n, n == 1 ? "" : "s", given);
}

/* Too many for a function with keywords. */
static bool fail_too_many(const Site *w, int given, int nkw)
{
    const Signature *s = w->sig;
    int all = s->nparams - s->self, most = s->npos - s->self;
    if (given + nkw > all && !s->kw)
        return bind_fail("%s() takes %s %d %sargument%s (%d given)", w->name,
                         s->required - s->self < all ? "at most" : "exactly", all,
                         given ? "" : "keyword ", all == 1 ? "" : "s", given + nkw);
    if (most == 0)
        return bind_fail("%s() takes no positional arguments", w->name);
    return bind_fail("%s() takes %s %d positional argument%s (%d given)", w->name,
                     s->required - s->self < most ? "at most" : "exactly", most,
                     most == 1 ? "" : "s", given);
}

static bool fail_missing(const Site *w, int given, int i)
{
    const Signature *s = w->sig;
    int posonly = s->nposonly - s->self;
    int need = s->required < s->nposonly ? s->required - s->self : posonly;
    if (s->species == SPECIES_CYTHON)
        return i < s->npos
                   ? fail_cython(w, given)
                   : bind_fail("%s() needs keyword-only argument %U", w->name, s->params[i].name);
    if (s->species == SPECIES_NPY)
        return i < s->nposonly
                   ? bind_fail("%s() missing required positional argument %d", w->name, i - s->self)
                   : bind_fail("%s() missing required argument '%U' (pos %d)", w->name,
                               s->params[i].name, i - s->self);
    if (i < s->nposonly)
        return bind_fail("%s() takes %s %d positional argument%s (%d given)", w->name,
                         need < s->npos - s->self ? "at least" : "exactly", need,
                         need == 1 ? "" : "s", given);
    return bind_fail("%s() missing required argument '%U' (pos %d)", w->name, s->params[i].name,
                     i + 1 - s->self);
}

static int param_find(const Signature *s, Str *name)
{
    for (int i = 0; i < s->nparams; i++)
        if (s->params[i].name == name)
            return i;
    if (name->interned)
        return -1;
    for (int i = 0; i < s->nparams; i++)
        if (str_equal(s->params[i].name, name))
            return i;
    return -1;
}

/* Slot of the i-th named parameter: keyword-only ones lie after *args. */
static inline int slot_of(const Signature *s, int i)
{
    return i >= s->npos && s->var ? i + 1 : i;
}

/* The names of parameters [from, to), those without a value only. */
static int names_without(const Signature *s, const Value *slots, int from, int to, Value names[])
{
    int n = 0;
    for (int i = from; i < to; i++)
        if (v_is_undef(slots[slot_of(s, i)]) && !s->params[i].has_init)
            names[n++] = v_obj(s->params[i].name);
    return n;
}

static bool fail_keyword(const Site *w, Value kwnames, Value name)
{
    const Signature *s = w->sig;
    if (s->species == SPECIES_VARARG)
        return bind_fail("'%U' is an invalid keyword argument for this function", name.s);
    if (s->species == SPECIES_C)
        return bind_fail("'%U' is an invalid keyword argument for %s()", name.s, w->name);
    Value names[SLOTS_MAX];
    for (int i = 0; i < s->nposonly; i++)
        names[i] = v_obj(s->params[i].name);
    return bind_unexpected(w->name, names, s->species == SPECIES_DEF ? s->nposonly : 0, kwnames,
                           name);
}

static bool fail_twice(const Site *w, Value name, int i)
{
    const Signature *s = w->sig;
    switch (s->species) {
    case SPECIES_DEF:
        return bind_twice(w->name, name);
    case SPECIES_CYTHON:
        return bind_fail("%s() got multiple values for keyword argument '%U'", w->name, name.s);
    case SPECIES_NPY:
        return bind_fail("argument for %s() given by name ('%U') and position (position %d)",
                         w->name, name.s, i - s->self);
    default:
        return bind_fail("argument for %s() given by name ('%U') and position (%d)", w->name,
                         name.s, i + 1 - s->self);
    }
}

/* False: no parameter takes the keyword, or it has a value. */
static bool bind_known(const Site *w, Value name, Value x, Value *slots)
{
    int i = param_find(w->sig, name.s);
    Value *slot = i >= w->sig->nposonly ? &slots[slot_of(w->sig, i)] : NULL;
    if (!slot || !v_is_undef(*slot))
        return false;
    *slot = retain(x);
    return true;
}

static bool bind_keyword(const Site *w, Value kwnames, int k, Value x, Value *slots)
{
    const Signature *s = w->sig;
    Value name = as_tuple(kwnames)->at[k];
    int i = param_find(s, name.s);
    if (i >= s->nposonly) {
        Value *slot = &slots[slot_of(s, i)];
        if (!v_is_undef(*slot))
            return fail_twice(w, name, i);
        *slot = retain(x);
        return true;
    }
    if (s->kw)
        return dict_set(slots[s->kw_slot], name, x);
    return fail_keyword(w, kwnames, name);
}

static bool bind_defaults(const Site *w, int nargs, Value *slots)
{
    const Signature *s = w->sig;
    Value names[SLOTS_MAX];
    if (s->species == SPECIES_DEF) {
        int n = names_without(s, slots, 0, s->npos, names);
        if (n)
            return bind_missing(w->name, names, n, "positional");
        n = names_without(s, slots, s->npos, s->nparams, names);
        if (n)
            return bind_missing(w->name, names, n, "keyword-only");
    }
    for (int i = nargs < s->npos ? nargs : s->npos; i < s->nparams; i++) {
        Value *slot = &slots[slot_of(s, i)];
        if (!v_is_undef(*slot))
            continue;
        if (!s->params[i].has_init)
            return fail_missing(w, nargs - s->self, i);
        *slot = retain(s->params[i].init);
    }
    return true;
}

/* Counts that are wrong before any keyword is looked at. */
static bool bind_count(const Site *w, int nargs, int nkw)
{
    const Signature *s = w->sig;
    bool named = s->nparams > s->nposonly || s->kw, many = nargs > s->npos && !s->var;
    if (s->species == SPECIES_DEF)
        return true;
    if (nkw && !named && s->species != SPECIES_CYTHON)
        return fail_keywords(w);
    if (s->species == SPECIES_VARARG)
        return many || nargs < s->required ? fail_tuple(w, nargs - s->self) : true;
    if (s->species == SPECIES_NPY)
        return many ? fail_npy(w, nargs - s->self) : true;
    if (s->species == SPECIES_CYTHON)
        return many ? fail_cython(w, nargs - s->self) : true;
    if (many)
        return named ? fail_too_many(w, nargs - s->self, nkw) : fail_positional(w, nargs - s->self);
    if (!named && nargs < s->required)
        return fail_positional(w, nargs - s->self);
    if (nkw && nargs + nkw > s->nparams && !s->kw && !s->var)
        return fail_too_many(w, nargs - s->self, nkw);
    return true;
}

/* A Python function looks at its keywords first. */
static bool bind_late_count(const Site *w, int nargs, const Value *slots)
{
    const Signature *s = w->sig;
    if (s->species != SPECIES_DEF || nargs <= s->npos || s->var)
        return true;
    int nkw = 0;
    for (int i = s->npos; i < s->nparams; i++)
        nkw += !v_is_undef(slots[slot_of(s, i)]);
    return bind_too_many(w->name, s->npos, s->npos - s->required, nargs, nkw);
}

static bool bind_all(const Site *w, Value *args, int nargs, Value kwnames, Value *slots)
{
    const Signature *s = w->sig;
    int nkw = kwnames.tag == TAG_OBJ ? (int)as_tuple(kwnames)->n : 0;
    if (!bind_count(w, nargs, nkw))
        return false;
    int n = nargs < s->npos ? nargs : s->npos;
    for (int i = 0; i < n; i++)
        slots[i] = retain(args[i]);
    if (s->var)
        slots[s->var_slot] = tuple_from_array(args + n, nargs - n);
    if (s->kw)
        slots[s->kw_slot] = dict_new();
    int first = nkw; /* keyword that is told of last: C functions miss arguments first */
    for (int k = 0; k < nkw; k++)
        if (s->species == SPECIES_C && !s->kw) {
            if (!bind_known(w, as_tuple(kwnames)->at[k], args[nargs + k], slots) && first == nkw)
                first = k;
        } else if (!bind_keyword(w, kwnames, k, args[nargs + k], slots)) {
            return false;
        }
    if (first < nkw)
        return bind_defaults(w, nargs, slots) &&
               bind_keyword(w, kwnames, first, args[nargs + first], slots);
    return bind_late_count(w, nargs, slots) && bind_defaults(w, nargs, slots);
}

bool signature_bind(const Signature *sig, const char *owner, const char *name, Value *args,
                    int nargs, Value kwnames, Value *slots)
{
    Site w = {.sig = sig,
              .name = sig->called ? str_cstr(v_obj(sig->called)) : name,
              .own = name,
              .owner = owner};
    for (int i = 0; i < sig->nslots; i++)
        slots[i] = V_UNDEF;
    if (bind_all(&w, args, nargs, kwnames, slots))
        return true;
    for (int i = 0; i < sig->nslots; i++)
        release(slots[i]);
    return false;
}

bool signature_bind_init(const NativeDef *def, Value *args, int nargs, Value kwnames, Value *slots)
{
    int64_t nkw = kwnames.tag == TAG_OBJ ? as_tuple(kwnames)->n : 0;
    Value *all = xmalloc(sizeof *all * (size_t)(1 + nargs + nkw));
    all[0] = V_NONE;
    if (nargs + nkw)
        memcpy(all + 1, args, sizeof *all * (size_t)(nargs + nkw));
    bool ok = signature_bind(signature_of(def), NULL, def->name, all, nargs + 1, kwnames, slots);
    free(all);
    return ok;
}
