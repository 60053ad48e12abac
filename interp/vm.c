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
 * The loop is one function in four files: names, operators and comparisons are here, the other
 * families of instructions in vm_data.inc, vm_calls.inc and vm_raise.inc.
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

/* The other families of instructions. */
#include "interp/vm_data.inc"
#include "interp/vm_calls.inc"
#include "interp/vm_raise.inc"
}
