/* config.h -- what the command line sets.  Replicated: rank 0's values are everybody's.  */
#ifndef RUNTIME_CONFIG_H
#define RUNTIME_CONFIG_H

#include "runtime/base.h"

typedef bool config_FLAG;
typedef int64_t config_INT, config_BYTES;
typedef const char *config_TEXT;

typedef struct Config {
#define OPT(name, kind, init, help) config_##kind name;
#include "runtime/config.def"
} Config;

/* The defaults. */
Config config_default(void);
/* Take options off the front of argv[*at..argc).  OK, or ERR_VALUE with its text (fail).  Stops at
 * the first word that is no option of the table. */
Status config_parse(Config *c, int argc, char **argv, int *at);
/* The options' lines of --help. */
void config_help(Buf *out);

#endif
