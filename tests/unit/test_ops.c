/* test_ops.c -- the table of ops, NumPy's choice of loops, and bodies.  Local. */
#include "runtime/body.h"

#include <check.h> /* last: it has a macro named fail */
#include <math.h>

static const DType all_types[] = {
#define DT(NAME, name, ctype, size, kind, code) DT_##NAME,
#include "runtime/dtype.def"
#undef DT
};
#define EACH_TYPE(t)                                                                               \
    for (int i_##t = 0, t = 0; i_##t < DT_COUNT && ((t = all_types[i_##t]), 1); i_##t++)

START_TEST(every_row_is_complete)
{
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *o = &ops_info[op];
        ck_assert_msg(strlen(o->doc) > 3 && o->loops[0], "%s", o->code);
        for (const char *c = o->loops; *c; c++)
            ck_assert_msg(*c == 'e' || dtype_of_code(*c) != DT_NONE, "%s: %c", o->code, *c);
        for (const char *c = o->mapped; *c; c++)
            ck_assert_msg(strchr(o->loops, *c), "%s: %c", o->code, *c);
        for (const char *c = o->operands; *c; c++)
            ck_assert_msg(*c == '.' || dtype_of_code(*c) != DT_NONE, "%s: %c", o->code, *c);
        ck_assert_int_le(op_nin((OpCode)op), OP_IN_MAX);
        ck_assert_str_eq(ops_info[op_find(o->name)].name, o->name);
    }
    ck_assert_int_eq(op_find("abs"), OP_ABSOLUTE);
    ck_assert_int_eq(op_find("true_divide"), OP_DIVIDE);
    ck_assert_int_eq(op_find("nothing"), OP_NONE);
}
END_TEST

START_TEST(promotion_is_a_bound)
{
    EACH_TYPE(a) EACH_TYPE(b)
    {
        DType p = dtype_promote((DType)a, (DType)b);
        ck_assert_int_eq(p, dtype_promote((DType)b, (DType)a));
        ck_assert(dtype_can_cast((DType)a, p, CAST_SAFE) && dtype_can_cast((DType)b, p, CAST_SAFE));
        ck_assert_int_eq(dtype_can_cast((DType)a, (DType)b, CAST_SAFE), p == (DType)b);
        if (dtype_can_cast((DType)a, (DType)b, CAST_SAFE))
            ck_assert(dtype_can_cast((DType)a, (DType)b, CAST_SAME_KIND));
    }
    ck_assert_int_eq(dtype_promote(DT_INT64, DT_UINT64), DT_FLOAT64);
    ck_assert_int_eq(dtype_promote(DT_INT16, DT_FLOAT32), DT_FLOAT32);
    ck_assert_int_eq(dtype_promote(DT_INT32, DT_COMPLEX64), DT_COMPLEX128);
}
END_TEST

START_TEST(casts_of_impossible_values)
{
    int flags = 0;
    Scalar x = {.f64 = 300};
    ck_assert_int_eq(dtype_cast(x, DT_FLOAT64, DT_INT8, &flags).i8, 44);
    ck_assert_int_eq(flags, 0);
    x.f64 = (double)NAN;
    ck_assert_int_eq(dtype_cast(x, DT_FLOAT64, DT_INT32, &flags).i32, INT32_MIN);
    ck_assert_int_eq(flags, FLAG_INVALID);
    flags = 0;
    x.f64 = -1;
    ck_assert_uint_eq(dtype_cast(x, DT_FLOAT64, DT_UINT64, &flags).u64, UINT64_MAX);
    ck_assert_uint_eq(dtype_cast(x, DT_FLOAT64, DT_UINT32, &flags).u32, UINT32_MAX);
    ck_assert_int_eq(flags, 0);
    x.f64 = 1e300;
    ck_assert(dtype_cast(x, DT_FLOAT64, DT_FLOAT32, &flags).f32 > 1e38f);
    ck_assert_int_eq(flags, FLAG_OVERFLOW);
}
END_TEST

/* What is found holds its operands; symmetric ops do not care about order. */
START_TEST(resolution_is_safe)
{
    for (int op = 0; op < OP_COUNT; op++)
        EACH_TYPE(a) EACH_TYPE(b)
        {
            if (op_nin((OpCode)op) != 2)
                continue;
            OpLoop l, m;
            Status s = op_resolve((OpCode)op, (DType[]){(DType)a, (DType)b}, NULL, &l);
            if (s != OK)
                continue;
            ck_assert_int_eq(l.out, op_result(l.op, l.loop));
            ck_assert(op_has_loop(l.op, l.loop));
            bool safe = dtype_can_cast((DType)a, l.in[0], CAST_SAFE) &&
                        dtype_can_cast((DType)b, l.in[1], CAST_SAFE);
            ck_assert_msg(safe, "%s of %s, %s", ops_info[op].code, dtype_name((DType)a),
                          dtype_name((DType)b));
            if (op == OP_ADD || op == OP_MAXIMUM) {
                ck_assert_int_eq(op_resolve((OpCode)op, (DType[]){(DType)b, (DType)a}, NULL, &m),
                                 OK);
                ck_assert_int_eq(l.loop, m.loop);
            }
        }
}
END_TEST

static DType resolved(OpCode op, DType a, DType b, bool weak_b)
{
    OpLoop l;
    bool weak[3] = {false, weak_b, false};
    return op_resolve(op, (DType[]){a, b, DT_NONE}, weak, &l) == OK ? l.out : DT_NONE;
}

START_TEST(weak_scalars_give_way)
{
    ck_assert_int_eq(resolved(OP_ADD, DT_UINT8, DT_INT64, true), DT_UINT8);
    ck_assert_int_eq(resolved(OP_ADD, DT_UINT8, DT_INT64, false), DT_INT64);
    ck_assert_int_eq(resolved(OP_ADD, DT_BOOL, DT_INT64, true), DT_INT64);
    ck_assert_int_eq(resolved(OP_ADD, DT_INT8, DT_FLOAT64, true), DT_FLOAT64);
    ck_assert_int_eq(resolved(OP_ADD, DT_FLOAT32, DT_FLOAT64, true), DT_FLOAT32);
    ck_assert_int_eq(resolved(OP_ADD, DT_FLOAT32, DT_COMPLEX128, true), DT_COMPLEX64);
    ck_assert_int_eq(resolved(OP_DIVIDE, DT_INT8, DT_INT64, true), DT_FLOAT64);
    ck_assert_int_eq(op_power_shortcut(DT_INT32, true, 2), OP_SQUARE);
    ck_assert_int_eq(op_power_shortcut(DT_FLOAT32, true, -1), OP_RECIPROCAL);
    ck_assert_int_eq(op_power_shortcut(DT_FLOAT32, false, -1), OP_POWER);
    ck_assert_int_eq(op_power_shortcut(DT_COMPLEX64, false, 0.5), OP_SQRT);
}
END_TEST

START_TEST(variants_and_refusals)
{
    OpLoop l;
    ck_assert_int_eq(op_resolve(OP_LESS, (DType[]){DT_INT8, DT_UINT64}, NULL, &l), OK);
    ck_assert_int_eq(l.op, OP_LESS_IU);
    ck_assert(l.in[0] == DT_INT64 && l.in[1] == DT_UINT64 && l.out == DT_BOOL);
    ck_assert_int_eq(op_resolve(OP_EQUAL, (DType[]){DT_UINT64, DT_INT32}, NULL, &l), OK);
    ck_assert_int_eq(l.op, OP_EQUAL_UI);
    ck_assert_int_eq(op_resolve(OP_SQRT, (DType[]){DT_INT8}, NULL, &l), ERR_UNSUPPORTED);
    ck_assert_int_eq(op_resolve(OP_SQRT, (DType[]){DT_INT16}, NULL, &l), OK);
    ck_assert_int_eq(l.loop, DT_FLOAT32);
    ck_assert_int_eq(op_resolve(OP_BITWISE_AND, (DType[]){DT_FLOAT64, DT_FLOAT64}, NULL, &l),
                     ERR_TYPE);
    ck_assert_str_eq(
        status_text(),
        "ufunc 'bitwise_and' not supported for the input types, and the inputs could not be "
        "safely coerced to any supported types according to the casting rule ''safe''");
    ck_assert_int_eq(op_resolve(OP_SUBTRACT, (DType[]){DT_BOOL, DT_BOOL}, NULL, &l), ERR_TYPE);
    ck_assert(!strncmp(status_text(), "numpy boolean subtract, the `-` operator", 40));
    ck_assert_int_eq(op_resolve(OP_SIGN, (DType[]){DT_BOOL}, NULL, &l), ERR_UFUNC_TYPE);
    ck_assert_str_eq(status_text(),
                     "ufunc 'sign' did not contain a loop with signature matching types <class "
                     "'numpy.dtypes.BoolDType'> -> None");
}
END_TEST

/* ---- bodies ---- */

static uint64_t state = 88172645463325252u;

static int below(int n)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (int)(state % (uint64_t)n);
}

static void random_body(Body *b)
{
    body_init(b);
    int nargs = 1 + below(5), nops = 1 + below(20);
    for (int k = 0; k < nargs; k++)
        body_arg(b, all_types[below(DT_COUNT)], below(2));
    while (b->nops < nops) {
        OpCode op = (OpCode)below(OP_COUNT);
        DType loop = all_types[below(DT_COUNT)];
        if (op == OP_CAST || op == OP_DIVMOD || !op_has_loop(op, loop))
            continue;
        int n = b->nargs + b->nops, src[OP_IN_MAX] = {below(n), below(n), below(n)};
        if (op == OP_INDEX)
            body_index(b, below(4));
        else
            body_call(b, op, loop, src);
    }
    for (int k = 0; k <= below(4); k++)
        body_out(b, b->nargs + below(b->nops));
}

START_TEST(text_round_trip)
{
    for (int k = 0; k < 500; k++) {
        Body b, again;
        Buf text = {0}, text_again = {0};
        random_body(&b);
        ck_assert_msg(body_check(&b) == OK, "%s", status_text());
        body_print(&b, &text);
        ck_assert_msg(body_parse(buf_text(&text), &again) == OK, "%s\n%s", status_text(), text.at);
        ck_assert(body_same(&b, &again));
        ck_assert_uint_eq(body_hash(&b), body_hash(&again));
        body_print(&again, &text_again);
        ck_assert_str_eq(buf_text(&text), buf_text(&text_again));
        again.args[0].scalar = !again.args[0].scalar;
        ck_assert(!body_same(&b, &again) && body_hash(&b) != body_hash(&again));
        for (int cut = 0; cut < 20;
             cut++) { /* damaged text is refused or is another body; never a crash */
            char *damaged = xstrdup(text.at);
            damaged[below((int)text.n)] = (char)(32 + below(96));
            if (body_parse(damaged, &again) == OK)
                ck_assert_int_eq(body_check(&again), OK);
            free(damaged);
        }
        buf_free(&text);
        buf_free(&text_again);
    }
}
END_TEST

START_TEST(broken_bodies)
{
    Body b, good;
    body_init(&good);
    int x = body_arg(&good, DT_FLOAT64, false), y = body_arg(&good, DT_INT32, false);
    body_out(&good, body_call(&good, OP_ADD, DT_FLOAT64, (int[]){x, y}));
    ck_assert_int_eq(good.nops, 2); /* a cast and the sum */
    ck_assert_int_eq(body_check(&good), OK);
    b = good, b.ops[1].src[1] = (int16_t)y;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    ck_assert_str_eq(status_text(), "body: op 1 (ADD) reads v1 of int32 as float64");
    b = good, b.ops[0].src[0] = 3;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    b = good, b.ops[1].out = DT_INT8;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    b = good, b.outs[0] = 0;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    b = good, b.ops[1].op = OP_BITWISE_AND;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    b = good, b.nouts = 0;
    ck_assert_int_eq(body_check(&b), ERR_VALUE);
    while (body_cast(&b, 0, DT_INT8) >= 0 && b.nops < BODY_OP_MAX)
        ;
    ck_assert_int_eq(body_cast(&b, 0, DT_INT8), -1); /* full */
    ck_assert_int_eq(body_call(&b, OP_ADD, DT_FLOAT64, (int[]){x, y}), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ops");
    TCase *t = tcase_create("ops");
    tcase_add_test(t, every_row_is_complete);
    tcase_add_test(t, promotion_is_a_bound);
    tcase_add_test(t, casts_of_impossible_values);
    tcase_add_test(t, resolution_is_safe);
    tcase_add_test(t, weak_scalars_give_way);
    tcase_add_test(t, variants_and_refusals);
    tcase_add_test(t, text_round_trip);
    tcase_add_test(t, broken_bodies);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
