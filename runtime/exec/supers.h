/* supers.h -- the table of short chains of ops that have one strip kernel (supers.def). Replicated.
 */
#ifndef RUNTIME_EXEC_SUPERS_H
#define RUNTIME_EXEC_SUPERS_H

#include "runtime/ops.h"

enum { SUPER_OPS = 5, SUPER_IN = SUPER_OPS + 1 };

typedef enum Super {
#define SUPER(NAME, n, ...) SUPER_##NAME,
#include "runtime/exec/supers.def"
#undef SUPER
    SUPER_COUNT
} Super;

typedef struct SuperStep {
    uint16_t op;
    int16_t from; /* the operand that is the result before */
} SuperStep;

typedef struct SuperInfo {
    const char *name;
    int n;
    SuperStep step[SUPER_OPS];
} SuperInfo;

static const SuperInfo super_info[SUPER_COUNT] = {
#define S(OP, k)                                                                                   \
    {                                                                                              \
        OP_##OP, k                                                                                 \
    }
#define SUPER(NAME, n, ...) {#NAME, n, {__VA_ARGS__}},
#include "runtime/exec/supers.def"
#undef SUPER
#undef S
};

#endif
