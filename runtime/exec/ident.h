/* ident.h -- which program this process runs, to compare with the other ranks'.  Local. */
#ifndef RUNTIME_EXEC_IDENT_H
#define RUNTIME_EXEC_IDENT_H

#include "runtime/base.h"

/* The linker's build id, folded; without one a hash of the file. Never 0. */
int64_t ident_binary(void);
/* 2036 for glibc 2.36. */
int64_t ident_libc(void);

#endif
