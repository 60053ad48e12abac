/* panel.h -- lines of a matrix packed side by side, for kernels that run over them.  Local.
 *
 * A panel is [k][wide] elements: element j of line i lies at [j][i].  What a panel is wider than it
 * has lines repeats its first line, which raises no floating-point condition that is not raised
 * anyway.
 */
#ifndef RUNTIME_EXEC_PANEL_H
#define RUNTIME_EXEC_PANEL_H

#include "runtime/base.h"

/* `count` lines of k elements of 4, 8 or 16 bytes, `across` bytes from line to line and `along`
 * from element to element. */
void panel_pack(void *to, int size, const char *x, int64_t across, int64_t along, int count,
                int wide, int64_t k);

/* The same of complex elements, `part` bytes a part, in two rows of parts: [k][2][wide]. */
void panel_pack_parts(void *to, int part, const char *x, int64_t across, int64_t along, int count,
                      int wide, int64_t k);

#endif
