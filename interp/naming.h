/* naming.h -- the program's own names for values, for those who explain a run.  Local.
 *
 * A value's name is the variable that holds it, or what `cnx ops` calls the result of the
 * instruction that makes it.  Temporaries of the code that runs share registers, so their names
 * come from the listing's code, instruction by instruction the same.
 */
#ifndef INTERP_NAMING_H
#define INTERP_NAMING_H

#include "interp/frame.h"

/* Begin with the program at path, after interp_start. */
void naming_start(const char *path);
void naming_end(void);
/* What the running instruction's result is called; NULL: it has none. Valid until naming_end. */
const char *naming_result(void);
/* Every variable of the running frames and their modules, innermost first. */
typedef void (*NamingFn)(const char *name, Value x);
void naming_variables(NamingFn fn);

#endif
