/* isa.h -- which of the compiled instruction sets this process runs.  Local.
 *
 * Kernels exist twice, for AVX2 with FMA (the least CNX runs on) and for AVX-512, and give equal
 * bits.  A file makes both by including its kernel text once between each pair of target pragmas.
 */
#ifndef RUNTIME_EXEC_ISA_H
#define RUNTIME_EXEC_ISA_H

typedef enum Isa { ISA_AVX2, ISA_AVX512, ISA_COUNT } Isa;

/* The widest set that the processor has; a test compares the two through the kernels' tables. */
static inline Isa isa_best(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
               ? ISA_AVX512
               : ISA_AVX2;
}

#endif
