/* generator.c -- generators: a frame that outlives its call.  Replicated.
 *
 * The generator owns its frame, which is on no stack; resuming links it behind the caller's frame,
 * yielding unlinks it.  While it runs, what it was handling when it yielded is again the handled
 * exception, and its caller's is put back afterwards.
 *
 * Invariant: frame is NULL exactly when the state is GEN_DONE; `sent` is set only between a resume
 * and the YIELD_FROM that reads it.
 */
#include "interp/frame.h"
#include "interp/objects.h"
#include "interp/vm_ops.h"

Value generator_new(Frame *f, Value function)
{
    Function *fn = (Function *)function.o;
    Generator *g = object_new(&type_generator);
    g->frame = f;
    f->gen = g;
    g->name = retain(fn->name);
    g->qualname = retain(fn->qualname);
    return v_obj(g);
}

/* ---------------------------------------------------------------------- switching */

static inline void handling_enter(Generator *g)
{
    Value now = error_handling();
    if (v_is_undef(g->exc)) {
        g->outer = retain(now);
    } else {
        Value own = g->exc;
        g->exc = V_UNDEF;
        g->outer = error_handling_swap(own);
    }
}

static inline void handling_leave(Generator *g)
{
    Value now = error_handling(), outer = g->outer;
    g->outer = V_UNDEF;
    if (now.tag == outer.tag && now.o == outer.o) {
        release(outer);
        return;
    }
    slot_set(&g->exc, error_handling_swap(outer));
}

Frame *generator_enter(Generator *g, Value sent)
{
    if (g->state == GEN_RUNNING) {
        release(sent);
        raise_fmt(&exc_ValueError, "generator already executing");
        return NULL;
    }
    Frame *f = g->frame;
    if (g->state == GEN_NEW) {
        if (!v_is_none(sent)) {
            release(sent);
            raise_fmt(&exc_TypeError, "can't send non-None value to a just-started generator");
            return NULL;
        }
    } else if (f->pc->op == INS_YIELD) {
        slot_set(&f->regs[f->pc->a], sent);
        f->pc++;
    } else {
        slot_set(&g->sent, sent);
    }
    g->state = GEN_RUNNING;
    handling_enter(g);
    return f;
}

void generator_leave(Generator *g, bool done)
{
    handling_leave(g);
    g->state = done ? GEN_DONE : GEN_SUSPENDED;
    if (!done)
        return;
    Frame *f = g->frame;
    g->frame = NULL;
    f->gen = NULL;
    slot_set(&g->exc, V_UNDEF);
    frame_free(f);
}

/* The frame, entered, runs in a vm_run of its own. */
static Value run_here(Generator *g)
{
    Frame *f = g->frame;
    if (interp.nested >= NESTED_MAX || interp.depth >= interp.limit) {
        generator_leave(g, false);
        return raise_fmt(&exc_RecursionError, "maximum recursion depth exceeded");
    }
    RETAIN(g);
    f->mode = RET_ENTRY;
    Value v = vm_run(f);
    RELEASE(g);
    return v;
}

Value generator_resume(Generator *g, Value sent)
{
    if (g->state == GEN_DONE) {
        slot_set(&g->result, V_NONE);
        return V_UNDEF;
    }
    if (!generator_enter(g, retain(sent)))
        return V_ERROR;
    return run_here(g);
}

/* ------------------------------------------------------------------------ throwing */

/* Raise the exception that is set inside g at its yield. */
static Value throw_here(Generator *g)
{
    Frame *f = g->frame;
    if (g->state == GEN_NEW) {
        /* Not begun: it ends at once, on its first line. */
        traceback_add(f);
        g->state = GEN_RUNNING;
        handling_enter(g);
        generator_leave(g, true);
        return V_ERROR;
    }
    g->state = GEN_RUNNING;
    handling_enter(g);
    exception_chain(error_peek(), error_handling());
    f->throwing = true;
    return run_here(g);
}

/* What g delegates to, borrowed; undefined when it does not. */
static Value delegate_of(Generator *g)
{
    Frame *f = g->frame;
    return g->state == GEN_SUSPENDED && f->pc->op == INS_YIELD_FROM ? f->regs[f->pc->b] : V_UNDEF;
}

/* The delegate ended with `value` (taken): g goes on after its `yield from`. */
static Value delegate_ended(Generator *g, Value value)
{
    Frame *f = g->frame;
    const Instr *in = f->pc;
    slot_set(&f->regs[in->b], V_UNDEF);
    slot_set(&f->regs[in->a], value);
    f->pc++;
    g->state = GEN_RUNNING;
    handling_enter(g);
    return run_here(g);
}

static bool close_any(Value it)
{
    if (is_exact(it, &type_generator))
        return generator_close((Generator *)it.o);
    Value close = op_getattr_opt(it, str_intern("close"));
    if (v_is_error(close))
        return false;
    if (v_is_undef(close))
        return true;
    Value r = op_call0(close);
    release(close);
    release(r);
    return !v_is_error(r);
}

static Value throw_into_delegate(Generator *g, Value it, Value exc)
{
    Value r;
    g->state = GEN_RUNNING;
    if (is_exact(it, &type_generator)) {
        Generator *sub = (Generator *)it.o;
        r = generator_throw(sub, exc);
        g->state = GEN_SUSPENDED;
        if (v_is_undef(r)) {
            Value v = sub->result;
            sub->result = V_UNDEF;
            return delegate_ended(g, v);
        }
    } else {
        Value throw = op_getattr_opt(it, str_intern("throw"));
        if (!v_is_undef(throw) && !v_is_error(throw)) {
            r = op_call1(throw, exc);
            release(throw);
        } else {
            error_clear();
            raise_value(retain(exc));
            g->state = GEN_SUSPENDED;
            return throw_here(g);
        }
        g->state = GEN_SUSPENDED;
        if (v_is_error(r) && error_matches(&exc_StopIteration)) {
            Value stop = error_take();
            Value v = retain(as_exception(stop)->extra[0]);
            release(stop);
            return delegate_ended(g, v_is_undef(v) ? V_NONE : v);
        }
    }
    return v_is_error(r) ? throw_here(g) : r;
}

Value generator_throw(Generator *g, Value exc)
{
    if (g->state == GEN_RUNNING)
        return raise_fmt(&exc_ValueError, "generator already executing");
    if (g->state == GEN_DONE) {
        raise_value(retain(exc));
        return V_ERROR;
    }
    Value it = retain(delegate_of(g));
    Value r;
    if (v_is_undef(it)) {
        raise_value(retain(exc));
        return throw_here(g);
    }
    if (is_instance(exc, &exc_GeneratorExit)) {
        g->state = GEN_RUNNING;
        bool ok = close_any(it);
        g->state = GEN_SUSPENDED;
        if (ok)
            raise_value(retain(exc));
        r = throw_here(g);
    } else {
        r = throw_into_delegate(g, it, exc);
    }
    release(it);
    return r;
}

/* GeneratorExit at the yield; it must not yield again. */
bool generator_close(Generator *g)
{
    if (g->state == GEN_DONE)
        return true;
    if (g->state == GEN_NEW) {
        g->state = GEN_RUNNING;
        handling_enter(g);
        generator_leave(g, true);
        return true;
    }
    Value exc = op_call0(v_obj(&exc_GeneratorExit));
    if (v_is_error(exc))
        return false;
    Value r = generator_throw(g, exc);
    release(exc);
    if (v_is_undef(r)) {
        slot_set(&g->result, V_UNDEF);
        return true;
    }
    if (v_is_error(r)) {
        if (!error_matches(&exc_GeneratorExit) && !error_matches(&exc_StopIteration))
            return false;
        error_clear();
        return true;
    }
    release(r);
    raise_fmt(&exc_RuntimeError, "generator ignored GeneratorExit");
    return false;
}

/* ------------------------------------------------------------------------- methods */

/* A generator's yield, or StopIteration with what it returned. */
static Value yielded(Generator *g, Value v)
{
    if (!v_is_undef(v))
        return v;
    Value result = g->result;
    g->result = V_UNDEF;
    raise_stop(result);
    release(result);
    return V_ERROR;
}

static Value m_send(Value *a, int n)
{
    Generator *g = (Generator *)a[0].o;
    return yielded(g, generator_resume(g, a[1]));
}

/* The exception that throw(type, value, tb)'s arguments mean; new reference or V_ERROR. */
static Value throw_argument(Value type, Value value, Value tb)
{
    Value exc;
    if (is_exception(type)) {
        if (!v_is_none(value))
            return raise_fmt(&exc_TypeError, "instance exception may not have a separate value");
        exc = retain(type);
    } else if (is_exception_class(type)) {
        if (is_instance(value, as_type(type)))
            exc = retain(value);
        else if (v_is_none(value))
            exc = op_call0(type);
        else if (is_tuple(value))
            exc = op_call(type, as_tuple(value)->at, (int)as_tuple(value)->n, V_UNDEF);
        else
            exc = op_call1(type, value);
    } else {
        return raise_fmt(
            &exc_TypeError,
            "exceptions must be classes or instances deriving from BaseException, not %T", type);
    }
    if (is_exception(exc) && is_exact(tb, &type_traceback))
        slot_set(&as_exception(exc)->traceback, retain(tb));
    return exc;
}

static Value m_throw(Value *a, int n)
{
    Generator *g = (Generator *)a[0].o;
    Value exc = throw_argument(a[1], a[2], a[3]);
    if (v_is_error(exc))
        return V_ERROR;
    Value v = yielded(g, generator_throw(g, exc));
    release(exc);
    return v;
}

static Value m_close(Value *a, int n)
{
    return generator_close((Generator *)a[0].o) ? V_NONE : V_ERROR;
}

static const NativeDef generator_methods[] = {
    {"send", "self, value, /", m_send, NULL},
    {"throw", "self, type, value=None, traceback=None, /", m_throw, NULL},
    {"close", "self, /", m_close, NULL},
    {0},
};

static Value generator_iter(Value v)
{
    return retain(v);
}

static Value generator_next(Value v)
{
    Generator *g = (Generator *)v.o;
    Value r = generator_resume(g, V_NONE);
    if (__builtin_expect(v_is_undef(r), 0)) {
        Value result = g->result;
        g->result = V_UNDEF;
        /* A return value travels in StopIteration; the plain end is quiet. */
        if (!v_is_none(result) && !v_is_undef(result)) {
            raise_stop(result);
            release(result);
            return V_ERROR;
        }
    }
    return r;
}

static Value generator_repr(Value v)
{
    Generator *g = (Generator *)v.o;
    return str_fmt("<generator object %S at 0x%llx>", g->qualname, (long long)object_id(v));
}

/* Its finally clauses run now; errors there are told and dropped. */
static void close_dying(Object *o)
{
    Value saved = error_is_set() ? error_take() : V_UNDEF;
    o->refs = 1;
    if (!generator_close((Generator *)o))
        error_unraisable(v_obj(o));
    o->refs = 0;
    if (!v_is_undef(saved))
        error_restore(saved);
    release(saved);
}

static void generator_free(Object *o)
{
    Generator *g = (Generator *)o;
    if (g->frame && g->state == GEN_SUSPENDED)
        object_drain_aside(close_dying, o);
    if (g->frame) {
        g->frame->gen = NULL;
        frame_free(g->frame);
    }
    release(g->exc);
    release(g->outer);
    release(g->sent);
    release(g->result);
    release(g->name);
    release(g->qualname);
}

static void generator_traverse(Object *o, VisitFn visit, void *ctx)
{
    Generator *g = (Generator *)o;
    visit(g->exc, ctx);
    visit(g->sent, ctx);
    visit(g->result, ctx);
    Frame *f = g->frame;
    if (!f || g->state == GEN_RUNNING)
        return;
    for (int i = 0; i < f->code->nregs; i++)
        visit(f->regs[i], ctx);
    visit(f->function, ctx);
    visit(f->locals, ctx);
}

static void generator_clear(Object *o)
{
    Generator *g = (Generator *)o;
    if (g->frame && g->state == GEN_SUSPENDED && !generator_close(g))
        error_unraisable(v_obj(o));
}

static Value get_name(Value v)
{
    return retain(((Generator *)v.o)->name);
}
static Value get_qualname(Value v)
{
    return retain(((Generator *)v.o)->qualname);
}
static Value get_running(Value v)
{
    return v_bool(((Generator *)v.o)->state == GEN_RUNNING);
}
static Value get_yieldfrom(Value v)
{
    Generator *g = (Generator *)v.o;
    Value it = g->frame ? delegate_of(g) : V_UNDEF;
    return v_is_undef(it) ? V_NONE : retain(it);
}
static Value get_suspended(Value v)
{
    return v_bool(((Generator *)v.o)->state == GEN_SUSPENDED);
}

static const GetSetDef generator_getsets[] = {
    {"__name__", get_name, NULL, NULL},          {"__qualname__", get_qualname, NULL, NULL},
    {"gi_running", get_running, NULL, NULL},     {"gi_suspended", get_suspended, NULL, NULL},
    {"gi_yieldfrom", get_yieldfrom, NULL, NULL}, {0},
};

Type type_generator = {
    .name = "generator",
    .module = "builtins",
    .size = sizeof(Generator),
    .flags = TYPE_GC | TYPE_ABSTRACT,
    .methods = generator_methods,
    .getsets = generator_getsets,
    .free = generator_free,
    .traverse = generator_traverse,
    .clear = generator_clear,
    .repr = generator_repr,
    .iter = generator_iter,
    .next = generator_next,
};
