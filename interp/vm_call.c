/* vm_call.c -- frames and calls.  Replicated.
 *
 * Frames of plain calls lie one after another in chunks and are freed in reverse order.
 * call_prepare decides what a call is: a Python function, a bound one, a class with a Python
 * __init__, or an instance with a Python __call__ gives a frame for the running loop; everything
 * else is called here and now.
 */
#include "interp/frame.h"
#include "interp/objects.h"

Interp interp;

enum { CHUNK_NBYTES = 1 << 18, ARGS_SMALL = 8 };

void frame_chunk_push(size_t nbytes)
{
    size_t room = nbytes > CHUNK_NBYTES ? nbytes : CHUNK_NBYTES;
    FrameChunk *c = xmalloc(sizeof(FrameChunk) + room);
    c->prev = interp.chunk;
    c->end = c->data + room;
    c->resume = interp.stack_at;
    interp.chunk = c;
    interp.stack_at = c->data;
    interp.stack_end = c->end;
}

static void frame_chunk_pop(void)
{
    FrameChunk *c = interp.chunk;
    interp.chunk = c->prev;
    interp.stack_at = c->resume;
    interp.stack_end = c->prev ? c->prev->end : NULL;
    free(c);
}

static void frame_fill(Frame *f, Code *code, Value globals)
{
    f->code = code;
    f->globals = globals;
    f->pc = code->at;
}

Frame *frame_push(Code *code, Value globals)
{
    Frame *f = frame_alloc(code);
    frame_fill(f, RETAIN(code), globals);
    return f;
}

Frame *frame_new(Code *code, Value globals)
{
    Frame *f = xcalloc(1, sizeof(Frame) + sizeof(Value) * (size_t)code->nregs);
    frame_fill(f, code, globals);
    return f;
}

void frame_free(Frame *f)
{
    frame_release_registers(f);
    Code *own = f->function.tag == TAG_OBJ ? NULL : f->code;
    release(f->function);
    release(f->locals);
    release(f->keep);
    release(f->keep2);
    RELEASE(own);
    if (!f->stacked)
        free(f);
    else if (f->chunk)
        frame_chunk_pop();
    else
        interp.stack_at = (char *)f;
}

Value raise_recursion(void)
{
    return raise_fmt(&exc_RecursionError, "maximum recursion depth exceeded");
}

bool recursion_full(void)
{
    return interp.nested >= NESTED_MAX || interp.depth >= interp.limit;
}

Value vm_call_frame(Frame *f)
{
    if (recursion_full()) {
        frame_free(f);
        return raise_recursion();
    }
    f->mode = RET_ENTRY;
    return vm_run(f);
}

/* -------------------------------------------------------------------------- calls */

static Frame *prepare_function(Value callee, Value *args, int nargs, Value kwnames, Value *result)
{
    Function *fn = (Function *)callee.o;
    Frame *f = function_frame(fn, args, nargs, kwnames);
    if (!f) {
        *result = V_ERROR;
        return NULL;
    }
    if (fn->code->flags & CODE_GENERATOR) {
        *result = generator_new(f, callee);
        return NULL;
    }
    return f;
}

/* self and args in one row; small ones on the C stack of the caller's buffer. */
static Value *prepend(Value self, const Value *args, int64_t n, Value *small, int room)
{
    Value *row = n + 1 <= room ? small : xmalloc(sizeof(Value) * (size_t)(n + 1));
    row[0] = self;
    for (int64_t i = 0; i < n; i++)
        row[i + 1] = args[i];
    return row;
}

static int64_t row_length(int nargs, Value kwnames)
{
    return nargs + (kwnames.tag == TAG_OBJ ? as_tuple(kwnames)->n : 0);
}

Frame *call_prepare_method(Value func, Value self, Value *args, int nargs, Value kwnames,
                           Value *result)
{
    Value small[ARGS_SMALL];
    Value *row = prepend(self, args, row_length(nargs, kwnames), small, ARGS_SMALL);
    Frame *f = call_prepare(func, row, nargs + 1, kwnames, result);
    if (row != small)
        free(row);
    return f;
}

/* A class made by a class statement whose instances object.__new__ makes and a Python __init__
 * fills. */
static Frame *prepare_class(Type *t, Value *args, int nargs, Value kwnames, Value *result)
{
    Value init = type_lookup(t, S(__init__));
    if (t->make != object_make || !is_exact(init, &type_function))
        return NULL;
    Value self = object_make(t, args, nargs, kwnames);
    if (v_is_error(self)) {
        *result = V_ERROR;
        return NULL;
    }
    Frame *f = call_prepare_method(init, self, args, nargs, kwnames, result);
    if (!f) {
        /* A generator as __init__: its object is not None. */
        if (!v_is_error(*result)) {
            raise_fmt(&exc_TypeError, "__init__() should return None, not '%T'", *result);
            release(*result);
            *result = V_ERROR;
        }
        release(self);
        return NULL;
    }
    f->mode = RET_INIT;
    f->keep = self;
    return f;
}

Frame *call_prepare(Value callee, Value *args, int nargs, Value kwnames, Value *result)
{
    if (callee.tag != TAG_OBJ)
        goto plain;
    Type *t = callee.o->type;
    if (t == &type_function)
        return prepare_function(callee, args, nargs, kwnames, result);
    if (t == &type_bound_method) {
        BoundMethod *m = (BoundMethod *)callee.o;
        Value func = retain(m->func), self = retain(m->self);
        Frame *f = call_prepare_method(func, self, args, nargs, kwnames, result);
        release(func);
        release(self);
        return f;
    }
    if (t == &type_type && (as_type(callee)->flags & TYPE_HEAP)) {
        *result = V_UNDEF;
        Frame *f = prepare_class(as_type(callee), args, nargs, kwnames, result);
        if (f || !v_is_undef(*result))
            return f;
    } else if (t->flags & TYPE_HEAP) {
        Value call = type_lookup(t, S(__call__));
        if (is_exact(call, &type_function))
            return call_prepare_method(call, callee, args, nargs, kwnames, result);
    }
plain:
    *result = op_call(callee, args, nargs, kwnames);
    return NULL;
}

/* --------------------------------------------------------------------- namespaces */

static Value register_value(Frame *f, int reg)
{
    Value v = f->regs[reg];
    return is_exact(v, &type_cell) && reg >= f->code->nlocals ? ((Cell *)v.o)->at : v;
}

/* What locals() gives: the namespace itself, or a new dict of a function's variables. */
Value frame_locals(Frame *f)
{
    if (!v_is_undef(f->locals))
        return retain(f->locals);
    Code *c = f->code;
    Value d = dict_new();
    for (int i = 0; i < c->temp0; i++) {
        Value v = register_value(f, i);
        if (!v_is_undef(v) && str_at(c->regnames[i].s, 0) != '.')
            dict_set_str(d, c->regnames[i].s, v);
    }
    return d;
}
