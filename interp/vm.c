/* vm.c -- the loop that runs one-op code.  Replicated.
 *
 * One C call of vm_run runs any number of frames: calls of Python functions, methods, classes with
 * an
 * __init__, operators of program classes, properties and generators in loops push a frame and go on
 * in the same loop.  Only natives that call back (sort keys, __hash__ in a dict, ...) nest vm_run.
 *
 * An operand is a register or a constant, reached through one base pointer each; a temporary that
 * was read is emptied when it holds an object (numbers may stay: they own nothing). f->pc is set
 * before anything that may raise, call or look at the frame.
 *
 * Invariant: at every instruction boundary the registers of all frames are owned values or empty.
 */
#include "interp/frame.h"
#include "interp/bind.h"
#include "interp/format.h"
#include "interp/objects.h"
#include "interp/str.h"
#include "interp/vm_ops.h"
#include "runtime/runtime.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* What every instruction reads stays in registers: in a function of this size gcc would keep pc on
 * the stack, and each instruction would wait for it to come back from there. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define IN_REGISTER(name) __asm__(name)
#else
#define IN_REGISTER(name)
#endif

#define OPERAND(i) ((i) < 0 ? kend : regs)[i]
#define CONSUME(i)                                                                                 \
    do {                                                                                           \
        int32_t r_ = (i);                                                                          \
        if (r_ >= temp0 && regs[r_].tag == TAG_OBJ) {                                              \
            Value v_ = regs[r_];                                                                   \
            regs[r_].tag = TAG_UNDEF;                                                              \
            release(v_);                                                                           \
        }                                                                                          \
    } while (0)
#define SET(at, value)                                                                             \
    do {                                                                                           \
        Value *slot_ = &regs[at];                                                                  \
        Value old_ = value_at(slot_), new_ = (value);                                              \
        slot_->tag = new_.tag;                                                                     \
        slot_->i = new_.i;                                                                         \
        release(old_);                                                                             \
    } while (0)
/* Owned value of an operand: a temporary is moved out. */
#define TAKE(dst, i)                                                                               \
    do {                                                                                           \
        int32_t r_ = (i);                                                                          \
        dst = value_at(&OPERAND(r_));                                                              \
        if (r_ >= temp0)                                                                           \
            regs[r_].tag = TAG_UNDEF;                                                              \
        else                                                                                       \
            retain(dst);                                                                           \
    } while (0)
#define SAVE() (f->pc = pc)
#define NEXT                                                                                       \
    do {                                                                                           \
        pc++;                                                                                      \
        goto *labels[pc->op];                                                                      \
    } while (0)
#define GOTO(target)                                                                               \
    do {                                                                                           \
        pc = f->code->at + (target);                                                               \
        goto *labels[pc->op];                                                                      \
    } while (0)
#define LOAD_FRAME()                                                                               \
    do {                                                                                           \
        pc = f->pc;                                                                                \
        regs = f->regs;                                                                            \
        kend = f->code->kend;                                                                      \
        temp0 = f->code->temp0;                                                                    \
    } while (0)
/* The result of a C operation, which may be an error. */
#define RESULT(a, value)                                                                           \
    do {                                                                                           \
        Value r_ = (value);                                                                        \
        if (UNLIKELY(r_.tag == TAG_ERROR))                                                         \
            goto error;                                                                            \
        SET(a, r_);                                                                                \
    } while (0)

#define ARITH(name, overflow_fn, op, int_ok)                                                       \
    L_##name:                                                                                      \
    {                                                                                              \
        const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);                                    \
        if (b->tag == TAG_INT && c->tag == TAG_INT) {                                              \
            int64_t r;                                                                             \
            if (LIKELY(!overflow_fn(b->i, c->i, &r))) {                                            \
                SET(pc->a, v_int(r));                                                              \
                NEXT;                                                                              \
            }                                                                                      \
        } else if (b->tag == TAG_FLOAT) {                                                          \
            if (c->tag == TAG_FLOAT) {                                                             \
                SET(pc->a, v_float(b->f op c->f));                                                 \
                NEXT;                                                                              \
            }                                                                                      \
            if (c->tag == TAG_INT) {                                                               \
                SET(pc->a, v_float(b->f op(double) c->i));                                         \
                NEXT;                                                                              \
            }                                                                                      \
        } else if (b->tag == TAG_INT && c->tag == TAG_FLOAT) {                                     \
            SET(pc->a, v_float((double)b->i op c->f));                                             \
            NEXT;                                                                                  \
        }                                                                                          \
        goto binary;                                                                               \
    }

#define BITWISE(name, op)                                                                          \
    L_##name:                                                                                      \
    {                                                                                              \
        const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);                                    \
        if (b->tag == TAG_INT && c->tag == TAG_INT) {                                              \
            SET(pc->a, v_int(b->i op c->i));                                                       \
            NEXT;                                                                                  \
        }                                                                                          \
        goto binary;                                                                               \
    }

/* Ints beyond 2**53 beside a float are left to the exact comparison. */
#define SMALL_INT(i) ((uint64_t)((i) + (1LL << 53)) <= (uint64_t)1 << 54)
#define COMPARE_FAST(op, yes)                                                                      \
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);                                        \
    if (b->tag == TAG_INT && c->tag == TAG_INT) {                                                  \
        bool r = b->i op c->i;                                                                     \
        yes;                                                                                       \
    }                                                                                              \
    if (b->tag == TAG_FLOAT) {                                                                     \
        if (c->tag == TAG_FLOAT) {                                                                 \
            bool r = b->f op c->f;                                                                 \
            yes;                                                                                   \
        }                                                                                          \
        if (c->tag == TAG_INT && SMALL_INT(c->i)) {                                                \
            bool r = b->f op(double) c->i;                                                         \
            yes;                                                                                   \
        }                                                                                          \
    } else if (b->tag == TAG_INT && c->tag == TAG_FLOAT && SMALL_INT(b->i)) {                      \
        bool r = (double)b->i op c->f;                                                             \
        yes;                                                                                       \
    }

#define COMPARE(name, op)                                                                          \
    L_##name:                                                                                      \
    {                                                                                              \
        COMPARE_FAST(op, {                                                                         \
            SET(pc->a, v_bool(r));                                                                 \
            NEXT;                                                                                  \
        })                                                                                         \
        goto compare;                                                                              \
    }
#define COMPARE_JUMP(name, op)                                                                     \
    L_##name:                                                                                      \
    {                                                                                              \
        COMPARE_FAST(op, {                                                                         \
            if (r == pc->x)                                                                        \
                GOTO(pc->a);                                                                       \
            NEXT;                                                                                  \
        })                                                                                         \
        goto compare;                                                                              \
    }

/* Equality of interned text is identity of the pointers or a look at the characters. */
#define STR_EQUAL(want)                                                                            \
    if (b->tag == TAG_OBJ && c->tag == TAG_OBJ && b->o->type == &type_str &&                       \
        c->o->type == &type_str) {                                                                 \
        bool r = (b->o == c->o || str_equal(b->s, c->s)) == want;                                  \
        int32_t ob = pc->b, oc = pc->c;                                                            \
        CONSUME(ob);                                                                               \
        CONSUME(oc);

static inline Value truth_value(Value v, int *out)
{
    switch (v.tag) {
    case TAG_BOOL:
    case TAG_INT:
        *out = v.i != 0;
        break;
    case TAG_NONE:
        *out = 0;
        break;
    case TAG_FLOAT:
        *out = v.f != 0;
        break;
    default:
        *out = op_truth(v);
    }
    return V_NONE;
}

static Value epoch_reached(void)
{
    interp.countdown = EPOCH_STEPS;
    return interp_poll() ? V_NONE : V_ERROR;
}

/* Windows hold whole turns of a loop, where they can. */
static Value turn_ended(void)
{
    Status st = rt_turn();
    if (st != OK)
        raise_status(st);
    return st == OK ? V_NONE : V_ERROR;
}

/* Is the error the end of an iteration?  Then it is cleared. */
static bool stop_taken(void)
{
    bool stop = error_matches(&exc_StopIteration);
    if (stop)
        error_clear();
    return stop;
}

/* Find where an error in `f` goes: a handler's instruction, with the temporaries above it released;
 * -1: nowhere. */
static int find_handler(Frame *f)
{
    Code *c = f->code;
    int at = (int)(f->pc - c->at);
    for (int i = 0; i < c->ntable; i++) {
        CatchEntry *e = &c->table[i];
        if (at < e->start || at >= e->end)
            continue;
        if (e->kind == CATCH_RESTORE) {
            Value prev = f->regs[e->reg];
            f->regs[e->reg] = V_UNDEF;
            release(error_handling_swap(prev));
            continue;
        }
        for (int r = c->temp0 + e->ntemps; r < c->nregs; r++)
            slot_set(&f->regs[r], V_UNDEF);
        return e->handler;
    }
    return -1;
}

/* A generator's body may not end by StopIteration. */
static void generator_stop_error(void)
{
    if (!error_matches(&exc_StopIteration))
        return;
    Value exc = error_take();
    raise_fmt(&exc_RuntimeError, "generator raised StopIteration");
    Value now = error_take();
    slot_set(&as_exception(now)->cause, retain(exc));
    slot_set(&as_exception(now)->context, exc);
    as_exception(now)->suppress_context = true;
    raise_value(now);
}

Value vm_run(Frame *f)
{
    static const void *const labels[] = {
#define OP(name, roles, text) &&L_##name,
#include "interp/opcodes.def"
    };
    register const Instr *pc IN_REGISTER("r15");
    register Value *regs IN_REGISTER("r14");
    const Value *kend;
    int32_t temp0;
    Value result;
    Frame *next;

    f->back = interp.frame;
    interp.frame = f;
    interp.depth++;
    interp.nested++;
    LOAD_FRAME();
    if (f->throwing) {
        f->throwing = false;
        goto error;
    }
    goto *labels[pc->op];

L_NOP:
    NEXT;
L_MOVE : {
    Value v;
    TAKE(v, pc->b);
    SET(pc->a, v);
    NEXT;
}
L_COPY:
    SET(pc->a, retain(regs[pc->b]));
    NEXT;
L_CHECK:
    if (UNLIKELY(v_is_undef(regs[pc->a]))) {
        SAVE();
        raise_unbound(f->code, pc->a);
        goto error;
    }
    NEXT;
L_DROP : {
    Value v = regs[pc->a];
    if (v.tag == TAG_OBJ && (v.o->type->flags & TYPE_ARRAY)) {
        SAVE();
        regs[pc->a] = V_UNDEF;
        release(v);
    }
    NEXT;
}
L_DEL_LOCAL:
    SAVE();
    if (v_is_undef(regs[pc->a])) {
        raise_unbound(f->code, pc->a);
        goto error;
    }
    SET(pc->a, V_UNDEF);
    NEXT;
L_FREE:
    if (pc->a >= temp0) {
        SAVE();
        CONSUME(pc->a);
    }
    NEXT;
L_FREE_LOOP:
    SAVE();
    SET(pc->a, V_UNDEF);
    NEXT;

    /* ---------------------------------------------------------------- names */
L_LOAD_GLOBAL : {
    NameCache *n = &f->code->names[pc->x];
    Dict *g = as_dict(f->globals);
    if (LIKELY(n->dict == g && n->globals == g->version &&
               (!n->builtins || n->builtins == as_dict(interp.builtins)->version))) {
        Value v = *n->slot;
        retain(v);
        SET(pc->a, v);
        NEXT;
    }
    SAVE();
    RESULT(pc->a, ns_load_global(f, pc->x, kend[pc->b].s));
    NEXT;
}
L_STORE_GLOBAL : {
    NameCache *n = &f->code->names[pc->x];
    Dict *g = as_dict(f->globals);
    Value v;
    TAKE(v, pc->a);
    if (LIKELY(n->dict == g && n->globals == g->version)) {
        slot_set(n->slot, v);
        NEXT;
    }
    SAVE();
    ns_store_global(f, pc->x, kend[pc->b].s, v);
    NEXT;
}
L_DEL_GLOBAL:
    SAVE();
    if (!ns_delete(f->globals, kend[pc->a]))
        goto error;
    NEXT;
L_LOAD_NAME:
    SAVE();
    RESULT(pc->a, ns_load_dynamic(f, kend[pc->b]));
    NEXT;
L_STORE_NAME : {
    SAVE();
    bool ok = ns_store(f->locals, kend[pc->b], OPERAND(pc->a));
    CONSUME(pc->a);
    if (!ok)
        goto error;
    NEXT;
}
L_DEL_NAME:
    SAVE();
    if (!ns_delete(f->locals, kend[pc->a]))
        goto error;
    NEXT;
L_LOAD_CELL : {
    Value v = ((Cell *)regs[pc->b].o)->at;
    if (UNLIKELY(v_is_undef(v))) {
        SAVE();
        raise_unbound(f->code, pc->b);
        goto error;
    }
    SET(pc->a, retain(v));
    NEXT;
}
L_LOAD_CLASS_CELL : {
    SAVE();
    Value v = ns_find(f->locals, kend[pc->c]);
    if (v_is_error(v))
        goto error;
    if (v_is_undef(v))
        v = retain(((Cell *)regs[pc->b].o)->at);
    if (v_is_undef(v)) {
        raise_unbound(f->code, pc->b);
        goto error;
    }
    SET(pc->a, v);
    NEXT;
}
L_STORE_CELL : {
    Value v;
    SAVE();
    TAKE(v, pc->a);
    slot_set(&((Cell *)regs[pc->b].o)->at, v);
    NEXT;
}
L_DEL_CELL : {
    Cell *cell = (Cell *)regs[pc->a].o;
    SAVE();
    if (v_is_undef(cell->at)) {
        raise_unbound(f->code, pc->a);
        goto error;
    }
    slot_set(&cell->at, V_UNDEF);
    NEXT;
}
L_MAKE_CELL : {
    Value v = V_UNDEF;
    if (pc->b >= 0) {
        v = regs[pc->b];
        regs[pc->b] = V_UNDEF;
    }
    SET(pc->a, cell_new(v));
    NEXT;
}

    /* ------------------------------------------------------------ arithmetic */
    ARITH(ADD, __builtin_add_overflow, +, true)
    ARITH(SUB, __builtin_sub_overflow, -, true)
    ARITH(MUL, __builtin_mul_overflow, *, true)
L_DIV : {
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);
    if (b->tag == TAG_FLOAT || (b->tag == TAG_INT && SMALL_INT(b->i))) {
        if (c->tag == TAG_FLOAT || (c->tag == TAG_INT && SMALL_INT(c->i))) {
            double x = b->tag == TAG_INT ? (double)b->i : b->f;
            double y = c->tag == TAG_INT ? (double)c->i : c->f;
            if (LIKELY(y != 0)) {
                SET(pc->a, v_float(x / y));
                NEXT;
            }
        }
    }
    goto binary;
}
L_FLOORDIV : {
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);
    if (b->tag == TAG_INT && c->tag == TAG_INT && c->i != 0 && c->i != -1) {
        SET(pc->a, v_int(floor_div(b->i, c->i)));
        NEXT;
    }
    goto binary;
}
L_MOD : {
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);
    if (b->tag == TAG_INT && c->tag == TAG_INT && c->i != 0 && c->i != -1) {
        int64_t r = b->i % c->i;
        if (r != 0 && (r ^ c->i) < 0)
            r += c->i;
        SET(pc->a, v_int(r));
        NEXT;
    }
    goto binary;
}
L_LSHIFT : {
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);
    if (b->tag == TAG_INT && c->tag == TAG_INT && (uint64_t)c->i < 62 && b->i >= 0 &&
        b->i >> (62 - c->i) == 0) {
        SET(pc->a, v_int(b->i << c->i));
        NEXT;
    }
    goto binary;
}
L_RSHIFT : {
    const Value *b = &OPERAND(pc->b), *c = &OPERAND(pc->c);
    if (b->tag == TAG_INT && c->tag == TAG_INT && (uint64_t)c->i < 64) {
        SET(pc->a, v_int(b->i >> c->i));
        NEXT;
    }
    goto binary;
}
    BITWISE(AND, &)
    BITWISE(OR, |)
    BITWISE(XOR, ^)
L_POW:
L_MATMUL:
    goto binary;
L_NEG : {
    const Value *b = &OPERAND(pc->b);
    if (b->tag == TAG_FLOAT) {
        SET(pc->a, v_float(-b->f));
        NEXT;
    }
    if (b->tag == TAG_INT && b->i != INT64_MIN) {
        SET(pc->a, v_int(-b->i));
        NEXT;
    }
    SAVE();
    result = op_unary(*b, UN_NEG);
    goto unary_done;
}
L_POS:
    SAVE();
    result = op_unary(OPERAND(pc->b), UN_POS);
    goto unary_done;
L_INVERT:
    SAVE();
    result = op_unary(OPERAND(pc->b), UN_INVERT);
    goto unary_done;
L_NOT : {
    int truth;
    SAVE();
    truth_value(OPERAND(pc->b), &truth);
    result = truth < 0 ? V_ERROR : v_bool(!truth);
    goto unary_done;
}
unary_done:
    CONSUME(pc->b);
    RESULT(pc->a, result);
    NEXT;

    /* Any operands: a frame for an operator that a program's class defines, else the operator in C.
     */
binary : {
    Value b = OPERAND(pc->b), c = OPERAND(pc->c);
    SAVE();
    if (b.tag == TAG_OBJ && (b.o->type->flags & TYPE_HEAP)) {
        next = binary_frame(b, c, (BinOp)(pc->op - INS_ADD), pc->x);
        if (next) {
            CONSUME(pc->b);
            CONSUME(pc->c);
            goto push_dst;
        }
    }
    result = pc->x ? op_inplace(b, c, (BinOp)(pc->op - INS_ADD))
                   : op_binary(b, c, (BinOp)(pc->op - INS_ADD));
    CONSUME(pc->b);
    CONSUME(pc->c);
    RESULT(pc->a, result);
    NEXT;
}

    /* ----------------------------------------------------------- comparisons */
    COMPARE(LT, <)
    COMPARE(LE, <=)
    COMPARE(GT, >)
    COMPARE(GE, >=)
L_EQ : {
    COMPARE_FAST(==, {
        SET(pc->a, v_bool(r));
        NEXT;
    })
    STR_EQUAL(true)
    SET(pc->a, v_bool(r));
    NEXT;
}
    goto compare;
}
L_NE:
{
    COMPARE_FAST(!=, {
        SET(pc->a, v_bool(r));
        NEXT;
    })
    STR_EQUAL(false)
    SET(pc->a, v_bool(r));
    NEXT;
}
goto compare;
}
COMPARE_JUMP(JLT, <)
COMPARE_JUMP(JLE, <=)
COMPARE_JUMP(JGT, >)
COMPARE_JUMP(JGE, >=)
L_JEQ:
{
    COMPARE_FAST(==, {
        if (r == pc->x)
            GOTO(pc->a);
        NEXT;
    })
    STR_EQUAL(true)
    if (r == pc->x)
        GOTO(pc->a);
    NEXT;
}
goto compare;
}
L_JNE:
{
    COMPARE_FAST(!=, {
        if (r == pc->x)
            GOTO(pc->a);
        NEXT;
    })
    STR_EQUAL(false)
    if (r == pc->x)
        GOTO(pc->a);
    NEXT;
}
goto compare;
}
compare:
{
    Value b = OPERAND(pc->b), c = OPERAND(pc->c);
    CmpOp op = (CmpOp)(pc->op >= INS_JLT ? pc->op - INS_JLT : pc->op - INS_LT);
    SAVE();
    if (b.tag == TAG_OBJ && (b.o->type->flags & TYPE_HEAP)) {
        next = compare_frame(b, c, op);
        if (next) {
            CONSUME(pc->b);
            CONSUME(pc->c);
            next->ret = pc->a;
            goto push;
        }
    }
    result = op_compare(b, c, op);
    CONSUME(pc->b);
    CONSUME(pc->c);
    goto compared;
}
/* `result` of a comparison goes to a register or decides a fused jump. */
compared : if (pc->op >= INS_LT && pc->op <= INS_GE)
{
    RESULT(pc->a, result);
    NEXT;
}
if (v_is_error(result))
    goto error;
{
    int truth;
    truth_value(result, &truth);
    release(result);
    if (truth < 0)
        goto error;
    if (truth == pc->x)
        GOTO(pc->a);
    NEXT;
}
L_IS : L_IS_NOT:
{
    bool same = op_same(OPERAND(pc->b), OPERAND(pc->c));
    SAVE();
    CONSUME(pc->b);
    CONSUME(pc->c);
    SET(pc->a, v_bool(same == (pc->op == INS_IS)));
    NEXT;
}
L_JIS:
{
    bool same = op_same(OPERAND(pc->b), OPERAND(pc->c));
    SAVE();
    CONSUME(pc->b);
    CONSUME(pc->c);
    if (same == pc->x)
        GOTO(pc->a);
    NEXT;
}
L_IN : L_NOT_IN:
{
    SAVE();
    int has = op_contains(OPERAND(pc->c), OPERAND(pc->b));
    CONSUME(pc->b);
    CONSUME(pc->c);
    if (has < 0)
        goto error;
    SET(pc->a, v_bool(has == (pc->op == INS_IN)));
    NEXT;
}
L_JIN:
{
    SAVE();
    int has = op_contains(OPERAND(pc->c), OPERAND(pc->b));
    CONSUME(pc->b);
    CONSUME(pc->c);
    if (has < 0)
        goto error;
    if (has == pc->x)
        GOTO(pc->a);
    NEXT;
}
L_JTRUTH:
{
    int truth;
    SAVE();
    truth_value(OPERAND(pc->b), &truth);
    CONSUME(pc->b);
    if (UNLIKELY(truth < 0))
        goto error;
    if (truth == pc->x)
        GOTO(pc->a);
    NEXT;
}
L_JTRUTH_KEEP:
{
    int truth;
    SAVE();
    truth_value(OPERAND(pc->b), &truth);
    if (UNLIKELY(truth < 0))
        goto error;
    if (truth == pc->x)
        GOTO(pc->a);
    NEXT;
}
L_JUMP : GOTO(pc->a);
L_LOOP : if (UNLIKELY(--interp.countdown <= 0))
{
    SAVE();
    if (v_is_error(epoch_reached()))
        goto error;
}
if (UNLIKELY(rt_waiting != 0)) {
    SAVE();
    if (v_is_error(turn_ended()))
        goto error;
}
GOTO(pc->a);

/* ------------------------------------------------------------- elements */
L_GETITEM:
{
    Value b = OPERAND(pc->b), c = OPERAND(pc->c);
    if (LIKELY(b.tag == TAG_OBJ)) {
        Type *t = b.o->type;
        if (t == &type_list && c.tag == TAG_INT) {
            List *l = as_list(b);
            int64_t i = c.i < 0 ? c.i + l->n : c.i;
            if (LIKELY((uint64_t)i < (uint64_t)l->n)) {
                Value v = retain(l->at[i]);
                CONSUME(pc->b);
                SET(pc->a, v);
                NEXT;
            }
        } else if (t == &type_tuple && c.tag == TAG_INT) {
            Tuple *l = as_tuple(b);
            int64_t i = c.i < 0 ? c.i + l->n : c.i;
            if (LIKELY((uint64_t)i < (uint64_t)l->n)) {
                Value v = retain(l->at[i]);
                CONSUME(pc->b);
                SET(pc->a, v);
                NEXT;
            }
        } else if (t == &type_dict) {
            SAVE();
            Value v = is_exact(c, &type_str) ? dict_get_str(b, c.s) : dict_get(b, c);
            if (LIKELY(v.tag != TAG_UNDEF && v.tag != TAG_ERROR)) {
                retain(v);
                CONSUME(pc->b);
                CONSUME(pc->c);
                SET(pc->a, v);
                NEXT;
            }
            if (v.tag == TAG_ERROR)
                goto error;
        } else if (t->flags & TYPE_HEAP) {
            SAVE();
            next = dunder_frame(b, S(__getitem__), 1, c, V_UNDEF);
            if (next) {
                CONSUME(pc->b);
                CONSUME(pc->c);
                goto push_dst;
            }
        }
    }
    SAVE();
    result = op_getitem(b, c);
    CONSUME(pc->b);
    CONSUME(pc->c);
    RESULT(pc->a, result);
    NEXT;
}
L_SETITEM:
{
    Value a = OPERAND(pc->a), b = OPERAND(pc->b);
    SAVE();
    if (LIKELY(a.tag == TAG_OBJ)) {
        Type *t = a.o->type;
        if (t == &type_list && b.tag == TAG_INT) {
            List *l = as_list(a);
            int64_t i = b.i < 0 ? b.i + l->n : b.i;
            if (LIKELY((uint64_t)i < (uint64_t)l->n)) {
                Value v;
                TAKE(v, pc->c);
                slot_set(&l->at[i], v);
                CONSUME(pc->a);
                NEXT;
            }
        } else if (t->flags & TYPE_HEAP) {
            next = dunder_frame(a, S(__setitem__), 2, b, OPERAND(pc->c));
            if (next) {
                CONSUME(pc->a);
                CONSUME(pc->b);
                CONSUME(pc->c);
                next->mode = RET_DISCARD;
                goto push;
            }
        }
    }
    bool ok = op_setitem(a, b, OPERAND(pc->c));
    CONSUME(pc->a);
    CONSUME(pc->b);
    CONSUME(pc->c);
    if (!ok)
        goto error;
    NEXT;
}
L_DELITEM:
{
    SAVE();
    bool ok = op_setitem(OPERAND(pc->a), OPERAND(pc->b), V_UNDEF);
    CONSUME(pc->a);
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_GETATTR:
{
    Value b = OPERAND(pc->b), v;
    AttrCache *cache = &f->code->attr[pc->x];
    SAVE();
    if (LIKELY(b.tag == TAG_OBJ && attr_cached(cache, b.o))) {
        if (LIKELY(cache->kind == ATTR_INSTANCE)) {
            Value *own = attr_own(cache, b, kend[pc->c].s);
            if (LIKELY(own != NULL)) {
                v = retain(value_at(own));
                CONSUME(pc->b);
                SET(pc->a, v);
                NEXT;
            }
        }
        v = attr_get_cached(cache, b, kend[pc->c].s);
        if (LIKELY(v.tag != TAG_UNDEF)) {
            CONSUME(pc->b);
            SET(pc->a, v);
            NEXT;
        }
        if (cache->kind == ATTR_PROPERTY) {
            next = property_frame(cache->descr, b);
            if (!next)
                goto error;
            CONSUME(pc->b);
            goto push_dst;
        }
    }
    v = attr_get(cache, b, kend[pc->c].s);
    CONSUME(pc->b);
    RESULT(pc->a, v);
    NEXT;
}
L_SETATTR:
{
    Value a = OPERAND(pc->a);
    AttrCache *cache = &f->code->attr[pc->x];
    SAVE();
    if (a.tag == TAG_OBJ && attr_cached(cache, a.o) && cache->kind == ATTR_SETTER) {
        next = setter_frame(cache->descr, a, OPERAND(pc->b));
        if (!next)
            goto error;
        CONSUME(pc->a);
        CONSUME(pc->b);
        next->mode = RET_DISCARD;
        goto push;
    }
    bool ok = attr_set(cache, a, kend[pc->c].s, OPERAND(pc->b));
    CONSUME(pc->a);
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_DELATTR:
{
    SAVE();
    bool ok = op_setattr(OPERAND(pc->a), kend[pc->b].s, V_UNDEF);
    CONSUME(pc->a);
    if (!ok)
        goto error;
    NEXT;
}

/* ------------------------------------------------------------- displays */
L_BUILD_TUPLE:
{
    const int32_t *row = f->code->lists + pc->b;
    Value t = tuple_new(row[0]);
    for (int i = 0; i < row[0]; i++)
        TAKE(as_tuple(t)->at[i], row[i + 1]);
    SET(pc->a, t);
    NEXT;
}
L_BUILD_LIST:
{
    const int32_t *row = f->code->lists + pc->b;
    Value t = list_new(row[0]);
    for (int i = 0; i < row[0]; i++) {
        Value v;
        TAKE(v, row[i + 1]);
        list_push(t, v);
    }
    SET(pc->a, t);
    NEXT;
}
L_BUILD_SET:
{
    const int32_t *row = f->code->lists + pc->b;
    SAVE();
    Value t = set_new();
    bool ok = true;
    for (int i = 0; i < row[0]; i++) {
        ok = ok && set_add(t, OPERAND(row[i + 1]));
        CONSUME(row[i + 1]);
    }
    if (!ok) {
        release(t);
        goto error;
    }
    SET(pc->a, t);
    NEXT;
}
L_BUILD_DICT:
{
    const int32_t *row = f->code->lists + pc->b;
    SAVE();
    Value t = dict_new();
    bool ok = true;
    for (int i = 0; i < row[0]; i += 2) {
        ok = ok && dict_set(t, OPERAND(row[i + 1]), OPERAND(row[i + 2]));
        CONSUME(row[i + 1]);
        CONSUME(row[i + 2]);
    }
    if (!ok) {
        release(t);
        goto error;
    }
    SET(pc->a, t);
    NEXT;
}
L_BUILD_SLICE:
{
    const int32_t *row = f->code->lists + pc->b;
    Value t = slice_new(OPERAND(row[1]), OPERAND(row[2]), OPERAND(row[3]));
    CONSUME(row[1]);
    CONSUME(row[2]);
    CONSUME(row[3]);
    SET(pc->a, t);
    NEXT;
}
L_BUILD_STRING:
{
    const int32_t *row = f->code->lists + pc->b;
    SAVE();
    Value t = join_operands(regs, kend, row);
    for (int i = 1; i <= row[0]; i++)
        CONSUME(row[i]);
    SET(pc->a, t);
    NEXT;
}
L_LIST_APPEND:
{
    Value v;
    TAKE(v, pc->b);
    list_push(regs[pc->a], v);
    NEXT;
}
L_LIST_EXTEND:
{
    SAVE();
    bool ok = extend_list(regs[pc->a], OPERAND(pc->b));
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_SET_ADD:
{
    SAVE();
    bool ok = set_add(regs[pc->a], OPERAND(pc->b));
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_SET_UPDATE:
{
    SAVE();
    bool ok = set_update(regs[pc->a], OPERAND(pc->b));
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_DICT_SET:
{
    SAVE();
    bool ok = dict_set(regs[pc->a], OPERAND(pc->b), OPERAND(pc->c));
    CONSUME(pc->b);
    CONSUME(pc->c);
    if (!ok)
        goto error;
    NEXT;
}
L_DICT_UPDATE:
{
    SAVE();
    bool ok = update_dict(regs[pc->a], OPERAND(pc->b));
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_DICT_MERGE:
{
    SAVE();
    bool ok =
        merge_kwargs(regs[pc->a], OPERAND(pc->b), pc->c == OPERAND_NONE ? V_UNDEF : OPERAND(pc->c));
    CONSUME(pc->b);
    if (!ok)
        goto error;
    NEXT;
}
L_LIST_TUPLE:
{
    List *l = as_list(regs[pc->b]);
    Value t = tuple_from_array(l->at, l->n);
    CONSUME(pc->b);
    SET(pc->a, t);
    NEXT;
}
L_FORMAT:
{
    Value b = OPERAND(pc->b);
    SAVE();
    if (pc->c == OPERAND_NONE && is_exact(b, &type_str) && (pc->x == 0 || pc->x == 's')) {
        TAKE(result, pc->b);
    } else {
        result = format_value(b, pc->x, pc->c == OPERAND_NONE ? NULL : OPERAND(pc->c).s);
        CONSUME(pc->b);
        if (pc->c != OPERAND_NONE)
            CONSUME(pc->c);
    }
    RESULT(pc->a, result);
    NEXT;
}
L_UNPACK:
{
    const int32_t *row = f->code->lists + pc->b;
    Value v;
    TAKE(v, pc->a);
    bool list = is_exact(v, &type_list);
    if (LIKELY(list || is_exact(v, &type_tuple))) {
        int64_t n = list ? as_list(v)->n : as_tuple(v)->n;
        Value *at = list ? as_list(v)->at : as_tuple(v)->at;
        if (LIKELY(n == row[0])) {
            for (int i = 0; i < n; i++)
                SET(row[i + 1], retain(at[i]));
            SAVE();
            release(v);
            NEXT;
        }
    }
    SAVE();
    bool ok = unpack(v, regs, row, -1);
    release(v);
    if (!ok)
        goto error;
    NEXT;
}
L_UNPACK_STAR:
{
    Value v;
    SAVE();
    TAKE(v, pc->a);
    bool ok = unpack(v, regs, f->code->lists + pc->b, pc->c);
    release(v);
    if (!ok)
        goto error;
    NEXT;
}

/* ---------------------------------------------------------------- loops */
L_ITER:
{
    Value b = OPERAND(pc->b);
    SAVE();
    /* A comprehension walks lists, tuples and ranges by itself. */
    if (!pc->x && b.tag == TAG_OBJ &&
        (b.o->type == &type_list || b.o->type == &type_tuple || b.o->type == &type_range)) {
        TAKE(result, pc->b);
    } else {
        result = op_iter(b);
        CONSUME(pc->b);
    }
    RESULT(pc->a, result);
    NEXT;
}
L_FOR_PREP:
{
    Value b = OPERAND(pc->b);
    SAVE();
    int64_t start, stop, step;
    if (is_exact(b, &type_range) && range_bounds(b, &start, &stop, &step)) {
        uint64_t gap =
            step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
        uint64_t by = step > 0 ? (uint64_t)step : -(uint64_t)step;
        bool some = step > 0 ? start < stop : start > stop;
        CONSUME(pc->b);
        regs[pc->a] = v_int(start);
        regs[pc->a + 1] = v_int(some ? (int64_t)((gap - 1) / by + 1) : 0);
        regs[pc->a + 2] = v_int(step);
        NEXT;
    }
    if (b.tag == TAG_OBJ && (b.o->type == &type_list || b.o->type == &type_tuple ||
                             b.o->type == &type_str || b.o->type == &type_generator)) {
        TAKE(result, pc->b);
    } else {
        result = op_iter(b);
        CONSUME(pc->b);
        if (v_is_error(result))
            goto error;
    }
    regs[pc->a] = result;
    regs[pc->a + 1] = v_int(0);
    regs[pc->a + 2] = V_UNDEF;
    NEXT;
}
L_FOR_ITER:
{
    Value *it = &regs[pc->b];
    if (it->tag == TAG_INT) {
        if (it[1].i > 0) {
            it[1].i--;
            int64_t i = it->i;
            it->i = (int64_t)((uint64_t)i + (uint64_t)it[2].i);
            SET(pc->a, v_int(i));
            NEXT;
        }
        it->tag = TAG_UNDEF;
        GOTO(pc->c);
    }
    Type *t = it->o->type;
    if (t == &type_list) {
        List *l = as_list(*it);
        if (it[1].i < l->n) {
            Value v = retain(l->at[it[1].i++]);
            SET(pc->a, v);
            NEXT;
        }
        goto loop_end;
    }
    if (t == &type_tuple) {
        Tuple *l = as_tuple(*it);
        if (it[1].i < l->n) {
            Value v = retain(l->at[it[1].i++]);
            SET(pc->a, v);
            NEXT;
        }
        goto loop_end;
    }
    if (t == &type_str) {
        if (it[1].i < it->s->n) {
            SET(pc->a, str_from_char(str_get(it->s, it[1].i++)));
            NEXT;
        }
        goto loop_end;
    }
    SAVE();
    if (t == &type_dict_key_iter || t == &type_dict_value_iter) {
        DictEntry *e = dictiter_next((DictIter *)it->o);
        if (UNLIKELY(!e)) {
            if (error_is_set())
                goto error;
            goto loop_end;
        }
        Value v = retain(value_at(t == &type_dict_key_iter ? &e->key : &e->x));
        SET(pc->a, v);
        NEXT;
    }
    if (t == &type_generator) {
        Generator *g = (Generator *)it->o;
        if (g->state == GEN_DONE)
            goto loop_end;
        if (UNLIKELY(interp.depth >= interp.limit)) {
            raise_recursion();
            goto error;
        }
        next = generator_enter(g, V_NONE);
        if (!next)
            goto error;
        next->mode = RET_FOR;
        next->ret = pc->a;
        goto push_checked;
    }
    if (t->next_pair && pc[1].op == INS_UNPACK && pc[1].a == pc->a && pc->a >= temp0) {
        const int32_t *row = f->code->lists + pc[1].b;
        Value x, y;
        PairStep step = row[0] == 2 ? t->next_pair(*it, &x, &y) : PAIR_OTHER;
        if (LIKELY(step == PAIR_GOT)) {
            pc++;
            SET(row[1], x);
            SET(row[2], y);
            NEXT;
        }
        if (step == PAIR_END || (step == PAIR_FAILED && stop_taken()))
            goto loop_end;
        if (step == PAIR_FAILED)
            goto error;
    }
    if (t->flags & TYPE_HEAP) {
        next = dunder_frame(*it, S(__next__), 0, V_UNDEF, V_UNDEF);
        if (next) {
            next->mode = RET_FOR;
            next->ret = pc->a;
            goto push;
        }
    }
    result = LIKELY(t->next) ? t->next(*it) : op_next(*it);
    if (v_is_undef(result) || (UNLIKELY(v_is_error(result)) && stop_taken()))
        goto loop_end;
    RESULT(pc->a, result);
    NEXT;
}
loop_end : SAVE();
SET(pc->b, V_UNDEF);
GOTO(pc->c);

/* ---------------------------------------------------------------- calls */
L_CALL:
{
    Value callee = value_at(&OPERAND(pc->b));
    const int32_t *row = f->code->lists + pc->c;
    int n = row[0];
    SAVE();
    if (callee.tag != TAG_OBJ)
        goto call_row;
    Type *t = callee.o->type;
    if (t == &type_function && simple_fits((Function *)callee.o, n)) {
        if (UNLIKELY(interp.depth >= interp.limit)) {
            raise_recursion();
            goto error;
        }
        next = simple_frame((Function *)callee.o, n);
        for (int i = 0; i < n; i++)
            TAKE(next->regs[i], row[i + 1]);
        TAKE(next->function, pc->b);
        next->ret = pc->a;
        goto push_checked;
    }
    if (t == &type_native && native_direct((Native *)callee.o, n)) {
        Value args[DIRECT_MAX];
        for (int i = 0; i < n; i++)
            args[i] = value_at(&OPERAND(row[i + 1]));
        result = ((Native *)callee.o)->def->fn(args, n);
        for (int i = 1; i <= n; i++)
            CONSUME(row[i]);
        CONSUME(pc->b);
        RESULT(pc->a, result);
        NEXT;
    }
    if (t == &type_bound_method && interp.depth < interp.limit &&
        is_exact(((BoundMethod *)callee.o)->func, &type_function)) {
        BoundMethod *m = (BoundMethod *)callee.o;
        if (simple_fits((Function *)m->func.o, n + 1)) {
            next = simple_frame((Function *)m->func.o, n + 1);
            next->function = retain(m->func);
            next->regs[0] = retain(m->self);
            for (int i = 0; i < n; i++)
                TAKE(next->regs[i + 1], row[i + 1]);
            CONSUME(pc->b);
            next->ret = pc->a;
            goto push_checked;
        }
    }
    if (callee.o == (Object *)&type_type && n == 1) {
        result = retain(v_obj(type_of(OPERAND(row[1]))));
        CONSUME(row[1]);
        CONSUME(pc->b);
        SET(pc->a, result);
        NEXT;
    }
    if (t == &type_type) {
        /* A class whose __init__ is a plain function: the instance, then its frame. */
        Function *fn = simple_init(as_type(callee), n + 1);
        if (fn && LIKELY(interp.depth < interp.limit)) {
            Value self = object_make(as_type(callee), NULL, 0, V_UNDEF);
            if (UNLIKELY(v_is_error(self)))
                goto error;
            next = simple_frame(fn, n + 1);
            next->function = v_obj(RETAIN(fn));
            next->mode = RET_INIT;
            next->keep = retain(self);
            next->regs[0] = value_at(&self);
            for (int i = 0; i < n; i++)
                TAKE(next->regs[i + 1], row[i + 1]);
            CONSUME(pc->b);
            next->ret = pc->a;
            goto push_checked;
        }
    }
    goto call_row;
}
call_row:
{
    const int32_t *row = f->code->lists + pc->c;
    Value small[12], *args = row[0] <= 12 ? small : xmalloc(sizeof(Value) * (size_t)row[0]);
    for (int i = 0; i < row[0]; i++)
        args[i] = value_at(&OPERAND(row[i + 1]));
    Value callee = OPERAND(pc->b);
    if (callee.tag == TAG_OBJ && callee.o->type == &type_native &&
        v_is_undef(((Native *)callee.o)->self)) {
        next = NULL;
        result = native_row(callee, args, row[0]);
    } else if (callee.tag == TAG_OBJ && callee.o->type == &type_type &&
               !(as_type(callee)->flags & TYPE_HEAP)) {
        next = NULL;
        result = type_call(callee, args, row[0], V_UNDEF);
    } else {
        next = call_prepare(callee, args, row[0], V_UNDEF, &result);
    }
    if (args != small)
        free(args);
    for (int i = 1; i <= row[0]; i++)
        CONSUME(row[i]);
    CONSUME(pc->b);
    goto called;
}
L_CALL_KW:
{
    const int32_t *row = f->code->lists + pc->c;
    SAVE();
    Value small[12], *args = row[0] <= 12 ? small : xmalloc(sizeof(Value) * (size_t)row[0]);
    for (int i = 1; i < row[0]; i++)
        args[i - 1] = value_at(&OPERAND(row[i + 1]));
    Value names = kend[row[1]];
    next = call_prepare(OPERAND(pc->b), args, row[0] - 1 - (int)as_tuple(names)->n, names, &result);
    if (args != small)
        free(args);
    for (int i = 2; i <= row[0]; i++)
        CONSUME(row[i]);
    CONSUME(pc->b);
    goto called;
}
L_CALL_METHOD:
{
    const int32_t *row = f->code->lists + pc->c;
    Value self = OPERAND(pc->b);
    AttrCache *cache = &f->code->attr[pc->x];
    SAVE();
    if (LIKELY(self.tag == TAG_OBJ && attr_cached(cache, self.o))) {
        if (cache->kind == ATTR_LIST_APPEND && row[0] == 2) {
            Value v;
            TAKE(v, row[2]);
            list_push(self, v);
            CONSUME(pc->b);
            SET(pc->a, V_NONE);
            NEXT;
        }
        Value first, callee = attr_callee(cache, self, kend[row[1]].s, &first);
        int has_self = first.tag == TAG_OBJ, n = row[0] - 1 + has_self;
        if (callee.tag == TAG_OBJ && callee.o->type == &type_function) {
            if (LIKELY(simple_fits((Function *)callee.o, n))) {
                if (UNLIKELY(interp.depth >= interp.limit)) {
                    raise_recursion();
                    goto error;
                }
                next = simple_frame((Function *)callee.o, n);
                next->function = retain(callee);
                if (has_self)
                    next->regs[0] = retain(first);
                for (int i = 2; i <= row[0]; i++)
                    TAKE(next->regs[i - 2 + has_self], row[i]);
                CONSUME(pc->b);
                next->ret = pc->a;
                goto push_checked;
            }
        } else if (callee.tag == TAG_OBJ && n <= 12 &&
                   (cache->kind == ATTR_NATIVE ? ((Native *)callee.o)->owner == self.o->type
                                               : callee.o->type == &type_native && !has_self &&
                                                     v_is_undef(((Native *)callee.o)->self))) {
            Value args[12];
            retain(callee);
            args[0] = value_at(&first);
            for (int i = 2; i <= row[0]; i++)
                args[i - 2 + has_self] = value_at(&OPERAND(row[i]));
            result = native_row(callee, args, n);
            release(callee);
            for (int i = 2; i <= row[0]; i++)
                CONSUME(row[i]);
            CONSUME(pc->b);
            RESULT(pc->a, result);
            NEXT;
        }
    }
    goto method_row;
}
L_CALL_METHOD_KW : SAVE();
method_row:
{
    const int32_t *row = f->code->lists + pc->c;
    bool kw = pc->op == INS_CALL_METHOD_KW;
    Value self = OPERAND(pc->b), func, bound;
    if (!attr_method(&f->code->attr[pc->x], self, kend[row[1]].s, &func, &bound)) {
        interp.lookup_failed = true;
        goto error;
    }
    int first = kw ? 3 : 2, n = row[0] - first + 1;
    Value names = kw ? kend[row[2]] : V_UNDEF;
    Value small[12], *args = n + 1 <= 12 ? small : xmalloc(sizeof(Value) * (size_t)(n + 1));
    bool has_self = !v_is_undef(bound);
    args[0] = value_at(&bound);
    for (int i = 0; i < n; i++)
        args[i + has_self] = value_at(&OPERAND(row[first + i]));
    int npos = n + has_self - (kw ? (int)as_tuple(names)->n : 0);
    next = call_prepare(func, args, npos, names, &result);
    if (args != small)
        free(args);
    release(func);
    release(bound);
    for (int i = first; i <= row[0]; i++)
        CONSUME(row[i]);
    CONSUME(pc->b);
    goto called;
}
L_LOAD_METHOD:
{
    Value func, self, v = OPERAND(pc->b);
    AttrCache *cache = &f->code->attr[pc->x];
    SAVE();
    if (LIKELY(v.tag == TAG_OBJ && attr_cached(cache, v.o))) {
        func = attr_callee(cache, v, kend[pc->c].s, &self);
        if (LIKELY(!v_is_undef(func))) {
            retain(func);
            retain(self);
            CONSUME(pc->b);
            SET(pc->a, func);
            SET(pc->a + 1, self);
            NEXT;
        }
    }
    if (!attr_method(&f->code->attr[pc->x], OPERAND(pc->b), kend[pc->c].s, &func, &self))
        goto error;
    CONSUME(pc->b);
    SET(pc->a, func);
    SET(pc->a + 1, self);
    NEXT;
}
L_CALL_BOUND : L_CALL_BOUND_KW:
{
    const int32_t *row = f->code->lists + pc->c;
    SAVE();
    bool kw = pc->op == INS_CALL_BOUND_KW;
    int first = kw ? 3 : 2, n = row[0] - first + 1;
    Value self = regs[row[1]];
    Value names = kw ? kend[row[2]] : V_UNDEF, callee = OPERAND(pc->b);
    bool has_self = !v_is_undef(self);
    if (callee.tag == TAG_OBJ && callee.o->type == &type_function && !kw) {
        if (LIKELY(simple_fits((Function *)callee.o, n + has_self))) {
            if (UNLIKELY(interp.depth >= interp.limit)) {
                raise_recursion();
                goto error;
            }
            next = simple_frame((Function *)callee.o, n + has_self);
            if (has_self)
                TAKE(next->regs[0], row[1]);
            for (int i = 0; i < n; i++)
                TAKE(next->regs[i + has_self], row[2 + i]);
            TAKE(next->function, pc->b);
            next->ret = pc->a;
            goto push_checked;
        }
    }
    Value small[12], *args = n + 1 <= 12 ? small : xmalloc(sizeof(Value) * (size_t)(n + 1));
    args[0] = value_at(&self);
    for (int i = 0; i < n; i++)
        args[i + has_self] = value_at(&OPERAND(row[first + i]));
    int npos = n + has_self - (kw ? (int)as_tuple(names)->n : 0);
    if (callee.tag == TAG_OBJ && !kw &&
        (has_self ? callee.o->type == &type_method_descr && self.tag == TAG_OBJ &&
                        ((Native *)callee.o)->owner == self.o->type
                  : callee.o->type == &type_native && v_is_undef(((Native *)callee.o)->self))) {
        next = NULL;
        result = native_row(callee, args, npos);
    } else {
        next = call_prepare(callee, args, npos, names, &result);
    }
    if (args != small)
        free(args);
    for (int i = 1; i <= row[0]; i++)
        if (i != 2 || !kw)
            CONSUME(row[i]);
    CONSUME(pc->b);
    goto called;
}
L_CALL_EX:
{
    const int32_t *row = f->code->lists + pc->c;
    SAVE();
    next = call_spread(OPERAND(pc->b), OPERAND(row[1]),
                       row[2] == OPERAND_NONE ? V_UNDEF : OPERAND(row[2]), &result);
    CONSUME(row[1]);
    if (row[2] != OPERAND_NONE)
        CONSUME(row[2]);
    CONSUME(pc->b);
    goto called;
}
L_CALL_SUPER:
{
    const int32_t *row = f->code->lists + pc->c;
    Value callee = OPERAND(pc->b);
    SAVE();
    if (callee.tag == TAG_OBJ && callee.o == (Object *)&type_super) {
        result = call_super(regs[row[1]], regs[row[2]]);
        next = NULL;
    } else {
        next = call_prepare(callee, NULL, 0, V_UNDEF, &result);
    }
    CONSUME(pc->b);
    goto called;
}
/* After call_prepare: a frame to run, or a result. */
called : if (!next)
{
    RESULT(pc->a, result);
    NEXT;
}
/* fall through */
push_dst : next->ret = pc->a;
push : if (UNLIKELY(interp.depth >= interp.limit))
{
    frame_free(next);
    raise_recursion();
    goto error;
}
push_checked : if (UNLIKELY(--interp.countdown <= 0))
{
    /* Looked at before the callee begins, on the caller's line. */
    if (v_is_error(epoch_reached())) {
        if (next->gen)
            generator_leave(next->gen, false);
        else
            frame_free(next);
        goto error;
    }
}
next->back = f;
f = next;
interp.frame = f;
interp.depth++;
LOAD_FRAME();
goto *labels[pc->op];

L_FUNCTION : SAVE();
RESULT(pc->a, make_function(f, kend[pc->b], f->code->lists + pc->c));
NEXT;
L_CLASS_BEGIN:
{
    const int32_t *row = f->code->lists + pc->c;
    SAVE();
    result = class_begin(kend[pc->b], OPERAND(row[1]),
                         row[2] == OPERAND_NONE ? V_UNDEF : OPERAND(row[2]));
    CONSUME(row[1]);
    if (row[2] != OPERAND_NONE)
        CONSUME(row[2]);
    RESULT(pc->a, result);
    NEXT;
}
L_CLASS_BODY:
{
    SAVE();
    Value fn = OPERAND(pc->b);
    next = function_frame((Function *)fn.o, NULL, 0, V_UNDEF);
    if (!next)
        goto error;
    next->locals = retain(class_namespace(regs[pc->c]));
    CONSUME(pc->b);
    goto push_dst;
}
L_CLASS_END:
{
    SAVE();
    result = class_end(regs[pc->b], regs[pc->c]);
    CONSUME(pc->b);
    CONSUME(pc->c);
    RESULT(pc->a, result);
    NEXT;
}

/* ------------------------------------------------------- leaving frames */
L_RETURN:
{
    SAVE();
    TAKE(result, pc->a);
    goto finish;
}
/* `result` is what frame f returns. */
finish:
{
    Frame *done = f;
    uint8_t mode = f->mode;
    f = done->back;
    interp.frame = f;
    interp.depth--;
    if (UNLIKELY(done->gen != NULL)) {
        Generator *g = done->gen;
        generator_leave(g, true);
        if (mode == RET_ENTRY) {
            slot_set(&g->result, result);
            interp.nested--;
            return V_UNDEF;
        }
        LOAD_FRAME();
        if (mode == RET_FOR) {
            release(result);
            goto loop_end;
        }
        goto yield_from_done;
    }
    if (LIKELY(mode == RET_VALUE)) {
        int32_t ret = done->ret;
        frame_leave(done);
        LOAD_FRAME();
        SET(ret, result);
        NEXT;
    }
    if (mode == RET_ENTRY) {
        if (LIKELY(done->stacked))
            frame_leave(done);
        else
            frame_free(done);
        interp.nested--;
        return result;
    }
    goto finish_special;
finish_special:
    LOAD_FRAME();
    {
        int32_t ret = done->ret;
        Value keep = done->keep, keep2 = done->keep2;
        done->keep = done->keep2 = V_UNDEF;
        frame_free(done);
        switch (mode) {
        case RET_DISCARD:
            release(result);
            NEXT;
        case RET_FOR:
            SET(ret, result);
            NEXT;
        case RET_INIT:
            if (UNLIKELY(!v_is_none(result))) {
                raise_fmt(&exc_TypeError, "__init__() should return None, not '%T'", result);
                release(result);
                release(keep);
                goto error;
            }
            SET(ret, keep);
            NEXT;
        case RET_BINARY:
            if (result.tag == TAG_NOTIMPL)
                result = binary_reflected(keep, keep2, (BinOp)(pc->op - INS_ADD), pc->x);
            release(keep);
            release(keep2);
            RESULT(ret, result);
            NEXT;
        default: /* RET_COMPARE */
            if (result.tag == TAG_NOTIMPL)
                result = compare_reflected(
                    keep, keep2, (CmpOp)(pc->op >= INS_JLT ? pc->op - INS_JLT : pc->op - INS_LT));
            release(keep);
            release(keep2);
            goto compared;
        }
    }
}

L_YIELD : SAVE();
TAKE(result, pc->b);
/* fall through: `result` is what generator frame f yields */
yielded:
{
    Frame *from = f;
    f = from->back;
    interp.frame = f;
    interp.depth--;
    generator_leave(from->gen, false);
    from->back = NULL;
    if (from->mode == RET_ENTRY) {
        interp.nested--;
        return result;
    }
    LOAD_FRAME();
    if (from->mode == RET_YIELD_FROM)
        goto yielded; /* passed on outwards */
    SET(from->ret, result);
    NEXT;
}
L_YIELD_FROM:
{
    SAVE();
    Value it = regs[pc->b], sent = f->gen->sent;
    f->gen->sent = V_UNDEF;
    if (it.o->type == &type_generator) {
        Generator *g = (Generator *)it.o;
        if (g->state == GEN_DONE) {
            release(sent);
            result = V_NONE;
            goto yield_from_done;
        }
        if (UNLIKELY(interp.depth >= interp.limit)) {
            release(sent);
            raise_recursion();
            goto error;
        }
        next = generator_enter(g, v_is_undef(sent) ? V_NONE : sent);
        if (!next)
            goto error;
        next->mode = RET_YIELD_FROM;
        goto push_checked;
    }
    bool more;
    result = delegate_next(it, sent, &more);
    release(sent);
    if (v_is_error(result))
        goto error;
    if (more)
        goto yielded;
    goto yield_from_done;
}
/* `result` is what the delegate returned. */
yield_from_done:
{
    int32_t at = pc->b;
    SET(at, V_UNDEF);
    SET(pc->a, result);
    NEXT;
}

/* -------------------------------------------------------------- imports */
L_IMPORT:
{
    const int32_t *row = f->code->lists + pc->c;
    SAVE();
    RESULT(pc->a, import_name(kend[pc->b], kend[row[1]], kend[row[2]].i, f->globals));
    NEXT;
}
L_IMPORT_FROM : SAVE();
RESULT(pc->a, import_from(regs[pc->b], kend[pc->c].s));
NEXT;
L_IMPORT_STAR:
{
    SAVE();
    bool ok = import_star(OPERAND(pc->a), v_is_undef(f->locals) ? f->globals : f->locals);
    CONSUME(pc->a);
    if (!ok)
        goto error;
    NEXT;
}

/* ----------------------------------------------------------- exceptions */
L_RAISE:
{
    SAVE();
    if (pc->a == OPERAND_NONE) {
        Value exc = error_handling();
        if (v_is_undef(exc)) {
            raise_fmt(&exc_RuntimeError, "No active exception to reraise");
            goto error;
        }
        error_restore(exc);
        goto unwind;
    }
    Value exc = OPERAND(pc->a), cause = pc->b == OPERAND_NONE ? V_UNDEF : OPERAND(pc->b);
    raise_object(exc, cause);
    CONSUME(pc->a);
    if (pc->b != OPERAND_NONE)
        CONSUME(pc->b);
    goto error;
}
L_RERAISE:
{
    Value exc;
    SAVE();
    TAKE(exc, pc->a);
    error_restore(exc);
    release(exc);
    goto unwind;
}
L_CATCH:
{
    Value exc = error_take();
    SET(pc->a, error_handling_swap(retain(exc)));
    SET(pc->b, exc);
    NEXT;
}
L_UNCATCH:
{
    Value prev = regs[pc->a];
    SAVE();
    regs[pc->a] = V_UNDEF;
    release(error_handling_swap(prev));
    NEXT;
}
L_JNOMATCH:
{
    SAVE();
    Value exc = regs[pc->b];
    int match = is_instance(exc, &exc_Unsupported) ? 0 : 1;
    if (pc->c != OPERAND_NONE) {
        int is = exception_matches(exc, OPERAND(pc->c));
        match = is < 0 ? is : match && is;
        CONSUME(pc->c);
    }
    if (match < 0)
        goto error;
    if (!match)
        GOTO(pc->a);
    NEXT;
}
L_ASSERT_FAIL:
{
    SAVE();
    Value msg = pc->a == OPERAND_NONE ? V_UNDEF : OPERAND(pc->a);
    raise_assertion(msg);
    if (pc->a != OPERAND_NONE)
        CONSUME(pc->a);
    goto error;
}
L_WITH:
{
    Value enter, exit;
    SAVE();
    if (!with_methods(OPERAND(pc->b), &enter, &exit))
        goto error;
    CONSUME(pc->b);
    SET(pc->c, exit);
    SET(pc->a, enter);
    NEXT;
}
L_WITH_EXIT:
{
    SAVE();
    Value exc = regs[pc->c];
    Value tb = as_exception(exc)->traceback;
    Value args[3] = {v_obj(exc.o->type), exc, tb.tag == TAG_OBJ ? tb : V_NONE};
    next = call_prepare(OPERAND(pc->b), args, 3, V_UNDEF, &result);
    CONSUME(pc->b);
    goto called;
}
L_JSUPPRESS:
{
    int truth;
    SAVE();
    truth_value(OPERAND(pc->b), &truth);
    CONSUME(pc->b);
    if (truth < 0)
        goto error;
    if (truth && !is_instance(regs[pc->c], &exc_Unsupported))
        GOTO(pc->a);
    NEXT;
}
L_ANNOTATIONS:
{
    Value ns = v_is_undef(f->locals) ? f->globals : f->locals;
    if (v_is_undef(dict_get_str(ns, S(__annotations__)))) {
        Value d = dict_new();
        dict_set_str(ns, S(__annotations__), d);
        release(d);
    }
    NEXT;
}
L_PRINT:
{
    SAVE();
    bool ok = show_value(OPERAND(pc->a));
    CONSUME(pc->a);
    if (!ok)
        goto error;
    NEXT;
}

/* An exception is set and f->pc is where. */
error : traceback_add(f);
unwind : for (;;)
{
    int handler = find_handler(f);
    if (handler >= 0) {
        f->pc = f->code->at + handler;
        LOAD_FRAME();
        goto *labels[pc->op];
    }
    Frame *done = f;
    uint8_t mode = f->mode;
    f = done->back;
    interp.frame = f;
    interp.depth--;
    if (done->gen) {
        generator_stop_error();
        generator_leave(done->gen, true);
    } else {
        frame_free(done);
    }
    if (mode == RET_ENTRY) {
        interp.nested--;
        return V_ERROR;
    }
    LOAD_FRAME();
    if (mode == RET_FOR && pc->op == INS_FOR_ITER && error_matches(&exc_StopIteration)) {
        error_clear();
        goto loop_end;
    }
    traceback_add(f);
}
}
