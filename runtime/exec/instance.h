/* instance.h -- this rank's memory of stores.  Local.
 *
 * A whole store has one instance of everything; a tiled one has an instance for each tile that this
 * rank owns: the tile's box grown by the halo that the store reserves.  New memory is zero, as
 * stores are until written.
 */
#ifndef RUNTIME_EXEC_INSTANCE_H
#define RUNTIME_EXEC_INSTANCE_H

#include "runtime/exec/pool.h"
#include "runtime/plan/plan.h"

typedef struct Instance {
    Box home, box; /* of the tile; of the memory, C order */
    char *data;    /* NULL when the box is empty */
    int64_t nbytes;
    char *spare; /* of a tile: memory like `data`, which renaming writes next, or NULL */
    bool fresh;  /* the spare is new: nothing in it is valid */
} Instance;

typedef struct Instances {
    int64_t first, n; /* tiles owned: [first, first + n); n = 1 for a whole store */
    Instance tile[];
} Instances;

/* The instance of a whole store. */
Instance *instance_whole(Store *s);
/* The instance of an owned tile, with room for the store's halo. */
Instance *instance_tile(Store *s, int64_t nshards, int64_t shard, int64_t tile);
void instances_free(Store *s);
/* Memory for a renaming write of a tile. */
char *instance_spare(Store *s, Instance *i);
/* `written` of the home is in the spare: the rest of the home follows, unless the spare keeps it
 * from the time before last, and the spare becomes current. */
void instance_rename(Store *s, Instance *i, const Box *written, bool kept);
void instances_drop_spares(Store *s);

#endif
