/* gen_strips.c -- build-time program: prints the strip kernels, the one-op bodies, as C.  Local.
 *
 *   gen_strips avx2_w8      kernels of AVX2 whose widest lane has 8 bytes (w4, w2, w1 likewise;
 * avx512_w8 ...) gen_strips avx2         the table of all kernels of AVX2 (avx512 likewise)
 *   gen_strips map          the mapped loops, one text for every instruction set
 *
 * Kernels are split by width since a text has one number of lanes; the parts compile side by side.
 */
#include "runtime/exec/emit.h"
#include "runtime/exec/supers.h"

typedef struct IsaInfo {
    const char *name;
    int vector_bytes;
} IsaInfo;

static const IsaInfo isas[] = {{"avx2", 32}, {"avx512", 64}};

/* The body of one op alone. */
static void one_op(OpCode op, DType loop, DType to, Body *b)
{
    body_init(b);
    int src[OP_IN_MAX] = {-1, -1, -1};
    for (int k = 0; k < op_nin(op); k++)
        src[k] = body_arg(b, op_operand(op, loop, k), false);
    body_out(b, op == OP_CAST ? body_cast(b, src[0], to)
                              : body_op(b, op, loop, src[0], src[1], src[2]));
}

static void kernel_name(const IsaInfo *isa, OpCode op, DType loop, DType to, Buf *name)
{
    name->n = 0;
    buf_printf(name, "strip_%s_%s_%s", op_is_mapped(op, loop) ? "map" : isa->name,
               ops_info[op].code, op_suffix(loop));
    if (op == OP_CAST)
        buf_printf(name, "_%s", op_suffix(to));
}

typedef void (*Visit)(const IsaInfo *isa, OpCode op, DType loop, DType to, int width, Buf *to_buf);

static void each_kernel(const IsaInfo *isa, int width, Visit visit, Buf *to)
{
    for (int op = 0; op < OP_COUNT; op++)
        for (int loop = 0; loop < DT_COUNT; loop++) {
            if (!op_has_loop((OpCode)op, (DType)loop) || op == OP_INDEX || op == OP_DIVMOD)
                continue;
            for (int out = 0; out < (op == OP_CAST ? DT_COUNT : 1); out++)
                if (op != OP_CAST || out != loop)
                    visit(isa, (OpCode)op, (DType)loop, (DType)out, width, to);
        }
}

static void visit_vector(const IsaInfo *isa, OpCode op, DType loop, DType out, int width, Buf *to)
{
    if (op_is_mapped(op, loop))
        return;
    Body b;
    Buf name = {0};
    one_op(op, loop, out, &b);
    if (emit_lanes(&b, isa->vector_bytes) * width == isa->vector_bytes) {
        kernel_name(isa, op, loop, out, &name);
        Status s = emit_kernel(&b, buf_text(&name), to);
        ASSERT(s == OK, "%s", status_text());
    }
    buf_free(&name);
}

static void visit_mapped(const IsaInfo *isa, OpCode op, DType loop, DType out, int width, Buf *to)
{
    if (!op_is_mapped(op, loop))
        return;
    Buf name = {0};
    kernel_name(isa, op, loop, out, &name);
    emit_mapped(op, loop, buf_text(&name), to);
    buf_free(&name);
}

/* Does runtime/exec/divide.c stand before the kernel? */
static bool divides(const IsaInfo *isa, OpCode op, DType loop)
{
    int size = dtype_size(loop);
    return (op == OP_FLOOR_DIVIDE || op == OP_REMAINDER) && dtype_is_integer(loop) &&
           (size < 8 || isa->vector_bytes == 64);
}

static void entry_name(const IsaInfo *isa, OpCode op, DType loop, DType to, Buf *name)
{
    if (divides(isa, op, loop)) {
        name->n = 0;
        buf_printf(name, "divide_%s_%s_%s", isa->name, ops_info[op].code, op_suffix(loop));
    } else {
        kernel_name(isa, op, loop, to, name);
    }
}

static void visit_declare(const IsaInfo *isa, OpCode op, DType loop, DType out, int width, Buf *to)
{
    Buf name = {0};
    entry_name(isa, op, loop, out, &name);
    buf_printf(to, "StripKernel %s;\n", buf_text(&name));
    buf_free(&name);
}

static void visit_entry(const IsaInfo *isa, OpCode op, DType loop, DType out, int width, Buf *to)
{
    Buf name = {0};
    entry_name(isa, op, loop, out, &name);
    if (op == OP_CAST)
        buf_printf(to, "    .cast[%d][%d] = %s,\n", loop, out, buf_text(&name));
    else
        buf_printf(to, "    .loop[%d][%d] = %s,\n", op, loop, buf_text(&name));
    buf_free(&name);
}

/* ---- chains of ops ---- */

static void super_body(const SuperInfo *s, DType t, Body *b)
{
    int v = -1, src[SUPER_OPS][OP_IN_MAX];
    body_init(b);
    for (int k = 0; k < s->n; k++)
        for (int j = 0; j < op_nin((OpCode)s->step[k].op); j++)
            src[k][j] = k > 0 && j == s->step[k].from ? -1 : body_arg(b, t, false);
    for (int k = 0; k < s->n; k++) {
        int x[OP_IN_MAX] = {-1, -1, -1};
        for (int j = 0; j < op_nin((OpCode)s->step[k].op); j++)
            x[j] = src[k][j] < 0 ? v : src[k][j];
        v = body_op(b, (OpCode)s->step[k].op, t, x[0], x[1], x[2]);
    }
    body_out(b, v);
}

static const DType super_types[] = {DT_FLOAT64, DT_FLOAT32};

static void super_name(const IsaInfo *isa, int s, int t, Buf *name)
{
    name->n = 0;
    buf_printf(name, "strip_%s_chain_%s_%s", isa->name, super_info[s].name,
               op_suffix(super_types[t]));
}

static void print_supers(const IsaInfo *isa, int width, Buf *to)
{
    for (int s = 0; s < SUPER_COUNT; s++)
        for (int t = 0; t < 2; t++) {
            Body b;
            Buf name = {0};
            super_body(&super_info[s], super_types[t], &b);
            super_name(isa, s, t, &name);
            if (dtype_size(super_types[t]) == width) {
                Status status = emit_kernel(&b, buf_text(&name), to);
                ASSERT(status == OK, "%s", status_text());
            }
            buf_free(&name);
        }
}

static void print_super_entries(const IsaInfo *isa, bool entries, Buf *to)
{
    for (int s = 0; s < SUPER_COUNT; s++)
        for (int t = 0; t < 2; t++) {
            Buf name = {0};
            super_name(isa, s, t, &name);
            if (entries)
                buf_printf(to, "    .super[%d][%d] = %s,\n", s, t, buf_text(&name));
            else
                buf_printf(to, "StripKernel %s;\n", buf_text(&name));
            buf_free(&name);
        }
}

static void print_table(const IsaInfo *isa, Buf *to)
{
    buf_puts(to, "#include \"runtime/exec/strips.h\"\n\n");
    each_kernel(isa, 0, visit_declare, to);
    print_super_entries(isa, false, to);
    buf_printf(to, "\nconst StripTable strip_table_%s = {\n    .isa = \"%s\",\n", isa->name,
               isa->name);
    each_kernel(isa, 0, visit_entry, to);
    print_super_entries(isa, true, to);
    buf_puts(to, "};\n");
}

static bool print_part(const char *what, Buf *to)
{
    if (!strcmp(what, "map")) {
        buf_puts(to, "#include \"runtime/exec/vmath.h\"\n\n");
        each_kernel(&isas[0], 0, visit_mapped, to);
        return true;
    }
    for (size_t k = 0; k < sizeof isas / sizeof *isas; k++) {
        size_t n = strlen(isas[k].name);
        if (strncmp(what, isas[k].name, n))
            continue;
        if (!what[n]) {
            print_table(&isas[k], to);
            return true;
        }
        int width = !strncmp(what + n, "_w", 2) ? atoi(what + n + 2) : 0;
        if (width != 1 && width != 2 && width != 4 && width != 8)
            continue;
        emit_prologue(isas[k].vector_bytes / width, to);
        each_kernel(&isas[k], width, visit_vector, to);
        print_supers(&isas[k], width, to);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    Buf text = {0};
    buf_puts(&text, "/* Generated by gen_strips from runtime/ops.def. */\n");
    if (argc != 2 || !print_part(argv[1], &text)) {
        fprintf(stderr,
                "usage: gen_strips map | avx2[_w1|_w2|_w4|_w8] | avx512[_w1|_w2|_w4|_w8]\n");
        return 2;
    }
    fputs(buf_text(&text), stdout);
    buf_free(&text);
    return 0;
}
