/* ident.h -- which program this process runs and where, to compare with the other ranks'.  Local.
 */
#ifndef RUNTIME_EXEC_IDENT_H
#define RUNTIME_EXEC_IDENT_H

#include "runtime/base.h"

/* The linker's build id, folded; without one a hash of the file. Never 0. */
int64_t ident_binary(void);
/* 2036 for glibc 2.36. */
int64_t ident_libc(void);
/* The words of the command line after the first, folded. */
int64_t ident_command(void);
/* Equal for processes that run under one kernel, whatever host name their containers show. */
int64_t ident_node(void);

#endif
