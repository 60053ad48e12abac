/* vm_ops.c -- slow paths of instructions: names, operators, unpacking, with.  Replicated.  */
#include "interp/vm_ops.h"
#include "interp/format.h"
#include "interp/slots.h"
#include "interp/str.h"

/* --------------------------------------------------------------------------- names */

Value raise_name_error(Str *name)
{
    return raise_name(&exc_NameError, name, "name '%U' is not defined", name);
}

Value raise_unbound(Code *code, int reg)
{
    Str *name = code->regnames[reg].s;
    if (code->flags & CODE_MODULE)
        return raise_name_error(name);
    if (reg >= code->nlocals + code->ncells)
        return raise_name(
            &exc_NameError, name,
            "cannot access free variable '%U' where it is not associated with a value in "
            "enclosing scope",
            name);
    return raise_name(&exc_UnboundLocalError, name,
                      "cannot access local variable '%U' where it is not associated with a value",
                      name);
}

Value ns_load_global(Frame *f, int cache, Str *name)
{
    NameCache *n = &f->code->names[cache];
    Value *slot = dict_slot_str(f->globals, name);
    n->dict = as_dict(f->globals);
    n->globals = dict_keys_version(f->globals);
    n->builtins = 0;
    if (!slot) {
        slot = dict_slot_str(interp.builtins, name);
        n->builtins = dict_keys_version(interp.builtins);
    }
    n->slot = slot;
    if (!slot) {
        n->dict = NULL;
        Value v = builtin_missing(name);
        return v_is_undef(v) ? raise_name_error(name) : v;
    }
    return retain(*slot);
}

void ns_store_global(Frame *f, int cache, Str *name, Value v)
{
    dict_set_str(f->globals, name, v);
    release(v);
    NameCache *n = &f->code->names[cache];
    n->dict = as_dict(f->globals);
    n->globals = dict_keys_version(f->globals);
    n->builtins = 0;
    n->slot = dict_slot_str(f->globals, name);
}

Value ns_find(Value ns, Value name)
{
    if (is_exact(ns, &type_dict))
        return retain(dict_get_str(ns, name.s));
    Value v = op_getitem(ns, name);
    if (v_is_error(v) && error_matches(&exc_KeyError)) {
        error_clear();
        return V_UNDEF;
    }
    return v;
}

Value ns_load_dynamic(Frame *f, Value name)
{
    Value v = V_UNDEF;
    if (!v_is_undef(f->locals))
        v = ns_find(f->locals, name);
    if (v_is_undef(v))
        v = retain(dict_get_str(f->globals, name.s));
    if (v_is_undef(v))
        v = retain(dict_get_str(interp.builtins, name.s));
    if (v_is_undef(v))
        v = builtin_missing(name.s);
    return v_is_undef(v) ? raise_name_error(name.s) : v;
}

bool ns_store(Value ns, Value name, Value v)
{
    if (!is_exact(ns, &type_dict))
        return op_setitem(ns, name, v);
    dict_set_str(ns, name.s, v);
    return true;
}

bool ns_delete(Value ns, Value name)
{
    int had = is_dict(ns) ? dict_del(ns, name) : op_setitem(ns, name, V_UNDEF) ? 1 : -1;
    if (had == 0)
        raise_name_error(name.s);
    return had == 1;
}

/* ----------------------------------------------------------------- operators as frames */

/* A Python function that may run as a frame of this loop. */
static Function *plain_function(Value v)
{
    if (!is_exact(v, &type_function) || (((Function *)v.o)->code->flags & CODE_GENERATOR))
        return NULL;
    return (Function *)v.o;
}

static Frame *frame_or_clear(Frame *f)
{
    if (!f)
        error_clear(); /* the C path raises the same again */
    return f;
}

Frame *dunder_frame(Value v, Str *name, int n, Value x, Value y)
{
    Function *fn = plain_function(type_lookup(v.o->type, name));
    if (!fn)
        return NULL;
    Value args[3] = {v, x, y};
    return frame_or_clear(function_frame(fn, args, n + 1, V_UNDEF));
}

static const enum NameIndex inplace_names[BIN_COUNT] = {
    NAME___iadd__, NAME___isub__, NAME___imul__,    NAME___itruediv__, NAME___ifloordiv__,
    NAME___imod__, NAME___ipow__, NAME___imatmul__, NAME___ilshift__,  NAME___irshift__,
    NAME___iand__, NAME___ior__,  NAME___ixor__,    NAME___add__};

/* Only where the right operand cannot come first: the same class, or a builtin one. */
static bool left_first(Value b, Value c)
{
    Type *ct = type_of(c);
    return ct == b.o->type || !(ct->flags & TYPE_HEAP);
}

Frame *binary_frame(Value b, Value c, BinOp op, bool inplace)
{
    if (!left_first(b, c))
        return NULL;
    Value method = V_UNDEF;
    if (inplace)
        method = type_lookup(b.o->type, name_table[inplace_names[op]]);
    if (v_is_undef(method))
        method = type_lookup(b.o->type, binary_name(op, false));
    Function *fn = plain_function(method);
    if (!fn)
        return NULL;
    Value args[2] = {b, c};
    Frame *f = frame_or_clear(function_frame(fn, args, 2, V_UNDEF));
    if (!f)
        return NULL;
    f->mode = RET_BINARY;
    f->keep = retain(b);
    f->keep2 = retain(c);
    return f;
}

static const char *const binary_texts[] = {"+", "-",  "*",  "/", "//", "%", "** or pow()",
                                           "@", "<<", ">>", "&", "|",  "^", "divmod()"};

Value binary_reflected(Value b, Value c, BinOp op, bool inplace)
{
    if (inplace && !v_is_undef(type_lookup(type_of(b), name_table[inplace_names[op]])))
        return op_binary(b, c, op);
    Type *ct = type_of(c);
    if (ct != type_of(b) && ct->binary) {
        Value r = ct->binary(b, c, op);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    const char *text = inplace && op == BIN_POW ? "**=" : binary_texts[op];
    return raise_fmt(&exc_TypeError, "unsupported operand type(s) for %s%s: '%T' and '%T'", text,
                     inplace && op != BIN_POW ? "=" : "", b, c);
}

static Str *compare_name(CmpOp op)
{
    static const enum NameIndex names[] = {NAME___lt__, NAME___le__, NAME___eq__,
                                           NAME___ne__, NAME___gt__, NAME___ge__};
    return name_table[names[op]];
}

Frame *compare_frame(Value b, Value c, CmpOp op)
{
    if (!left_first(b, c))
        return NULL;
    Frame *f = dunder_frame(b, compare_name(op), 1, c, V_UNDEF);
    if (!f)
        return NULL;
    f->mode = RET_COMPARE;
    f->keep = retain(b);
    f->keep2 = retain(c);
    return f;
}

Value compare_reflected(Value b, Value c, CmpOp op)
{
    static const CmpOp swapped[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};
    static const char *const texts[] = {"<", "<=", "==", "!=", ">", ">="};
    Type *ct = type_of(c);
    if (ct->compare) {
        Value r = ct->compare(c, b, swapped[op]);
        if (r.tag != TAG_NOTIMPL)
            return r;
    }
    if (op == CMP_EQ || op == CMP_NE)
        return v_bool(op_same(b, c) == (op == CMP_EQ));
    return raise_fmt(&exc_TypeError, "'%s' not supported between instances of '%T' and '%T'",
                     texts[op], b, c);
}

/* ------------------------------------------------------------------------------ calls */

Function *simple_init(Type *t, int n)
{
    if (!(t->flags & TYPE_HEAP) || t->make != object_make)
        return NULL;
    Function *fn = plain_function(type_lookup(t, S(__init__)));
    return fn && simple_fits(fn, n) ? fn : NULL;
}

void closure_load(Function *fn, Frame *f)
{
    Code *c = f->code;
    Value *at = f->regs + c->nlocals + c->ncells;
    for (int i = 0; i < c->nfrees; i++)
        at[i] = retain(as_tuple(fn->closure)->at[i]);
}

static Value take_operand(Frame *f, int32_t o)
{
    if (o == OPERAND_NONE)
        return V_UNDEF;
    if (o < 0)
        return retain(f->code->kend[o]);
    Value v = f->regs[o];
    if (o >= f->code->temp0)
        f->regs[o] = V_UNDEF;
    else
        retain(v);
    return v;
}

Value make_function(Frame *f, Value code, const int32_t *row)
{
    Value v = function_new((Code *)code.o, f->globals);
    Function *fn = (Function *)v.o;
    fn->defaults = take_operand(f, row[1]);
    fn->kwdefaults = take_operand(f, row[2]);
    fn->annotations = take_operand(f, row[3]);
    if (row[0] > 3) {
        fn->closure = tuple_new(row[0] - 3);
        for (int i = 4; i <= row[0]; i++)
            as_tuple(fn->closure)->at[i - 4] = take_operand(f, row[i]);
    }
    return v;
}

/* "f()" or "mod.f()" as error texts name a callee. */
static Value callee_text(Value callee)
{
    Value q = op_getattr_opt(callee, S(__qualname__));
    if (!is_str(q)) {
        release(q);
        error_clear();
        return op_str(callee);
    }
    Value m = op_getattr_opt(callee, S(__module__)), r;
    if (is_str(m) && !str_equals(m.s, "builtins"))
        r = str_fmt("%S.%S()", m, q);
    else
        r = str_fmt("%S()", q);
    error_clear();
    release(q);
    release(m);
    return r;
}

static bool is_iterable(Value v)
{
    Type *t = type_of(v);
    if (t->flags & TYPE_HEAP)
        return !v_is_undef(type_lookup(t, S(__iter__))) ||
               !v_is_undef(type_lookup(t, S(__getitem__)));
    return t->iter || t->getitem;
}

Frame *call_spread(Value callee, Value args, Value kwargs, Value *result)
{
    if (!is_iterable(args)) {
        Value text = callee_text(callee);
        raise_fmt(&exc_TypeError, "%S argument after * must be an iterable, not %T", text, args);
        release(text);
        *result = V_ERROR;
        return NULL;
    }
    bool named = !v_is_undef(kwargs) && dict_len(kwargs);
    if (is_exact(args, &type_tuple) && !named) {
        retain(args);
        Frame *f =
            call_prepare(callee, as_tuple(args)->at, (int)as_tuple(args)->n, V_UNDEF, result);
        release(args);
        return f;
    }
    enum { FEW = 16 };
    if (is_exact(args, &type_tuple) && as_tuple(args)->n + dict_len(kwargs) <= FEW) {
        Value few[FEW], key, x, words = tuple_new(dict_len(kwargs));
        int n = (int)as_tuple(args)->n, at = n;
        retain(args);
        retain(kwargs);
        for (int i = 0; i < n; i++)
            few[i] = as_tuple(args)->at[i];
        for (int64_t pos = 0; dict_next(kwargs, &pos, &key, &x); at++) {
            as_tuple(words)->at[at - n] = retain(key);
            few[at] = x;
        }
        Frame *f = call_prepare(callee, few, n, words, result);
        release(words);
        release(kwargs);
        release(args);
        return f;
    }
    Value all = list_from_iterable(args), names = V_UNDEF;
    if (v_is_error(all)) {
        *result = V_ERROR;
        return NULL;
    }
    int nargs = (int)as_list(all)->n;
    if (named) {
        names = tuple_new(dict_len(kwargs));
        int64_t pos = 0, n = 0;
        Value key, x;
        while (dict_next(kwargs, &pos, &key, &x)) {
            as_tuple(names)->at[n++] = retain(key);
            list_push(all, retain(x));
        }
    }
    Frame *f = call_prepare(callee, as_list(all)->at, nargs, names, result);
    release(names);
    release(all);
    return f;
}

Value call_super(Value cls, Value self)
{
    if (is_exact(cls, &type_cell))
        cls = ((Cell *)cls.o)->at;
    if (is_exact(self, &type_cell))
        self = ((Cell *)self.o)->at;
    if (v_is_undef(cls))
        return raise_fmt(&exc_RuntimeError, "super(): empty __class__ cell");
    if (v_is_undef(self))
        return raise_fmt(&exc_RuntimeError, "super(): arg[0] deleted");
    return super_new(cls, self);
}

static bool kwargs_mapping(Value from, Value callee)
{
    if (is_dict(from))
        return true;
    Value keys = op_getattr_opt(from, S(keys));
    error_clear();
    if (keys.tag == TAG_OBJ) {
        release(keys);
        return true;
    }
    if (v_is_undef(callee)) {
        raise_fmt(&exc_TypeError, "'%T' object is not a mapping", from);
        return false;
    }
    Value text = callee_text(callee);
    raise_fmt(&exc_TypeError, "%S argument after ** must be a mapping, not %T", text, from);
    release(text);
    return false;
}

/* A dict whose keys are all strs, and no instances of subclasses. */
static bool plain_kwargs(Value d)
{
    Value key, x;
    if (!is_exact(d, &type_dict))
        return false;
    for (int64_t pos = 0; dict_next(d, &pos, &key, &x);)
        if (!is_exact(key, &type_str))
            return false;
    return true;
}

bool merge_kwargs(Value into, Value from, Value callee)
{
    if (!dict_len(into) && plain_kwargs(from))
        return dict_update(into, from, true);
    if (!kwargs_mapping(from, callee))
        return false;
    Value d = dict_new(), key, x;
    bool ok = dict_update(d, from, true);
    int64_t pos = 0;
    while (ok && dict_next(d, &pos, &key, &x)) {
        Value text;
        if (!is_str(key)) {
            raise_fmt(&exc_TypeError, "keywords must be strings");
            ok = false;
        } else if (!v_is_undef(dict_get(into, key))) {
            text = v_is_undef(callee) ? str_new("class") : callee_text(callee);
            raise_fmt(&exc_TypeError, "%S got multiple values for keyword argument '%S'", text,
                      key);
            release(text);
            ok = false;
        } else {
            ok = dict_set(into, key, x);
        }
    }
    release(d);
    return ok;
}

/* The value of the StopIteration that is set, which is cleared. */
static Value stop_value(void)
{
    Value exc = error_take();
    Value v = retain(as_exception(exc)->extra[0]);
    release(exc);
    return v_is_undef(v) ? V_NONE : v;
}

Value delegate_next(Value it, Value sent, bool *more)
{
    Type *t = type_of(it);
    Value v;
    *more = true;
    if (!v_is_undef(sent) && !v_is_none(sent)) {
        v = op_call_method(it, "send", &sent, 1);
    } else if (t->flags & TYPE_HEAP) {
        v = op_call_method(it, "__next__", NULL, 0);
    } else {
        v = op_next(it);
        if (v_is_undef(v)) {
            *more = false;
            return V_NONE;
        }
    }
    if (v_is_error(v) && error_matches(&exc_StopIteration)) {
        *more = false;
        return stop_value();
    }
    return v;
}

/* v's class's method `name`, bound. */
static Value special_bound(Value v, Str *name)
{
    Value m = type_lookup(type_of(v), name);
    if (v_is_undef(m))
        return V_UNDEF;
    Type *t = type_of(m);
    if (t == &type_function)
        return bound_method_new(m, v);
    return t->descr_get ? t->descr_get(m, v, type_of(v)) : retain(m);
}

bool with_methods(Value manager, Value *enter, Value *exit)
{
    *enter = special_bound(manager, S(__enter__));
    if (v_is_error(*enter))
        return false;
    if (v_is_undef(*enter)) {
        raise_fmt(&exc_TypeError, "'%T' object does not support the context manager protocol",
                  manager);
        return false;
    }
    *exit = special_bound(manager, S(__exit__));
    if (v_is_undef(*exit))
        raise_fmt(
            &exc_TypeError,
            "'%T' object does not support the context manager protocol (missed __exit__ method)",
            manager);
    if (v_is_undef(*exit) || v_is_error(*exit)) {
        release(*enter);
        return false;
    }
    return true;
}

/* -------------------------------------------------------------------------- displays */

static Str *operand_str(const Value *regs, const Value *kend, int32_t o)
{
    return (o < 0 ? kend : regs)[o].s;
}

Value join_operands(const Value *regs, const Value *kend, const int32_t *row)
{
    int64_t n = 0;
    int kind = 1;
    bool ascii = true;
    for (int i = 1; i <= row[0]; i++) {
        Str *s = operand_str(regs, kend, row[i]);
        n += s->n;
        kind = s->kind > kind ? s->kind : kind;
        ascii = ascii && s->ascii;
    }
    Str *out = str_alloc(kind, ascii, n);
    int64_t at = 0;
    for (int i = 1; i <= row[0]; i++) {
        Str *s = operand_str(regs, kend, row[i]);
        if (kind == 1)
            bytes_copy(out->data + at, s->data, s->n);
        else
            chars_copy(kind, out->data, at, s->kind, s->data, 0, s->n);
        at += s->n;
    }
    return v_obj(out);
}

bool extend_list(Value list, Value it)
{
    if (!is_iterable(it)) {
        raise_fmt(&exc_TypeError, "Value after * must be an iterable, not %T", it);
        return false;
    }
    Value all = list_from_iterable(it);
    if (v_is_error(all))
        return false;
    for (int64_t i = 0; i < as_list(all)->n; i++)
        list_push(list, retain(as_list(all)->at[i]));
    release(all);
    return true;
}

bool update_dict(Value d, Value source)
{
    return kwargs_mapping(source, V_UNDEF) && dict_update(d, source, true);
}

static void set_register(Value *regs, int32_t r, Value v)
{
    slot_set(&regs[r], v);
}

static void too_few(const int32_t *row, int star, int64_t got)
{
    raise_fmt(&exc_ValueError, "not enough values to unpack (expected %s%d, got %lld)",
              star >= 0 ? "at least " : "", row[0] - (star >= 0), (long long)got);
}

static bool unpack_exact(Value it, Value *regs, const int32_t *row)
{
    int n = row[0], got = 0;
    Value *found = xmalloc(sizeof(Value) * (size_t)(n + 1));
    bool ok = false;
    Value v;
    while (got < n && !v_is_error(v = op_next(it)) && !v_is_undef(v))
        found[got++] = v;
    if (got < n) {
        if (!error_is_set())
            too_few(row, -1, got);
    } else {
        v = op_next(it);
        ok = v_is_undef(v);
        if (!ok && !v_is_error(v)) {
            release(v);
            raise_fmt(&exc_ValueError, "too many values to unpack (expected %d)", n);
        }
    }
    for (int i = 0; i < got; i++) {
        if (ok)
            set_register(regs, row[i + 1], found[i]);
        else
            release(found[i]);
    }
    free(found);
    return ok;
}

static bool unpack_star(Value v, Value *regs, const int32_t *row, int star)
{
    Value all = list_from_iterable(v);
    if (v_is_error(all))
        return false;
    List *l = as_list(all);
    int64_t after = row[0] - 1 - star, middle = l->n - star - after;
    if (middle < 0) {
        too_few(row, star, l->n);
        release(all);
        return false;
    }
    for (int i = 0; i < row[0]; i++) {
        Value x = i == star  ? list_from_array(l->at + star, middle)
                  : i < star ? retain(l->at[i])
                             : retain(l->at[i + middle - 1]);
        set_register(regs, row[i + 1], x);
    }
    release(all);
    return true;
}

bool unpack(Value v, Value *regs, const int32_t *row, int star)
{
    if (!is_iterable(v)) {
        raise_fmt(&exc_TypeError, "cannot unpack non-iterable %T object", v);
        return false;
    }
    if (star >= 0)
        return unpack_star(v, regs, row, star);
    Value it = op_iter(v);
    if (v_is_error(it))
        return false;
    bool ok = unpack_exact(it, regs, row);
    release(it);
    return ok;
}

/* ------------------------------------------------------------------------- exceptions */

void raise_assertion(Value msg)
{
    Value cls = v_obj(&exc_AssertionError);
    Value exc = v_is_undef(msg) ? op_call0(cls) : op_call1(cls, msg);
    if (!v_is_error(exc))
        raise_value(exc);
}

void error_restore(Value exc)
{
    Value handled = error_handling_swap(V_UNDEF); /* no context is added */
    raise_value(retain(exc));
    error_handling_swap(handled);
}

/* ---------------------------------------------------------------------------- classes */

enum { PENDING_META, PENDING_NAME, PENDING_BASES, PENDING_NS, PENDING_KWARGS, PENDING_COUNT };

/* The metaclass named by `metaclass=` or found from the bases; kwargs loses it.  New reference. */
static Value class_meta(Value bases, Value kwargs)
{
    Value meta = v_is_undef(kwargs) ? V_UNDEF : dict_pop(kwargs, v_obj(S(metaclass)));
    if (v_is_error(meta))
        return V_ERROR;
    if (v_is_undef(meta)) {
        Tuple *t = as_tuple(bases);
        meta = v_obj(RETAIN(t->n ? type_of(t->at[0]) : &type_type));
    }
    if (!is_type(meta))
        return meta;
    Type *winner = type_meta_of(as_type(meta), bases);
    release(meta);
    return winner ? v_obj(RETAIN(winner)) : V_ERROR;
}

/* The keyword row of a dict: names and a list of values. */
static Value kwargs_names(Value kwargs, Value values)
{
    if (v_is_undef(kwargs) || !dict_len(kwargs))
        return V_UNDEF;
    Value names = tuple_new(dict_len(kwargs)), key, x;
    int64_t pos = 0, n = 0;
    while (dict_next(kwargs, &pos, &key, &x)) {
        as_tuple(names)->at[n++] = retain(key);
        list_push(values, retain(x));
    }
    return names;
}

static Value class_prepare(Value meta, Value name, Value bases, Value kwargs)
{
    if (meta.o == (Object *)&type_type)
        return dict_new();
    Value prepare = op_getattr_opt(meta, S(__prepare__));
    if (v_is_error(prepare))
        return V_ERROR;
    if (v_is_undef(prepare))
        return dict_new();
    Value row = list_new(4);
    list_push(row, retain(name));
    list_push(row, retain(bases));
    Value names = kwargs_names(kwargs, row);
    Value ns = op_call(prepare, as_list(row)->at, 2, names);
    release(names);
    release(row);
    release(prepare);
    return ns;
}

Value class_begin(Value name, Value bases, Value kwargs)
{
    Value resolved = type_resolve_bases(bases);
    if (v_is_error(resolved))
        return V_ERROR;
    Value meta = class_meta(resolved, kwargs);
    Value ns = v_is_error(meta) ? V_ERROR : class_prepare(meta, name, resolved, kwargs);
    if (v_is_error(ns)) {
        release(resolved);
        release(meta);
        return V_ERROR;
    }
    if (resolved.o != bases.o)
        ns_store(ns, v_obj(str_intern("__orig_bases__")), bases);
    return tuple_of(PENDING_COUNT, meta, retain(name), resolved, ns,
                    v_is_undef(kwargs) ? V_NONE : retain(kwargs));
}

Value class_namespace(Value pending)
{
    return as_tuple(pending)->at[PENDING_NS];
}

Value class_end(Value pending, Value cell)
{
    Value *p = as_tuple(pending)->at;
    Value row = list_new(4);
    for (int i = PENDING_NAME; i <= PENDING_NS; i++)
        list_push(row, retain(p[i]));
    Value names = v_is_none(p[PENDING_KWARGS]) ? V_UNDEF : kwargs_names(p[PENDING_KWARGS], row);
    Value cls = op_call(p[PENDING_META], as_list(row)->at, 3, names);
    release(names);
    release(row);
    if (!v_is_error(cls) && is_exact(cell, &type_cell) && v_is_undef(((Cell *)cell.o)->at) &&
        is_type(cls))
        slot_set(&((Cell *)cell.o)->at, retain(cls));
    return cls;
}
