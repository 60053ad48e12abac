/* sets.h -- between set.c (the table, algebra, slots) and setmethods.c.  Replicated.  */
#ifndef INTERP_SETS_H
#define INTERP_SETS_H

#include "interp/containers.h"

enum { LEAST = 8, NEIGHBOURS = 9, SHIFT = 5, DUMMY_HASH = -1 };

typedef struct SetEntry {
    Value key; /* undefined: never used; TAG_ERROR: dummy */
    int64_t hash;
} SetEntry;

typedef struct Set {
    GcObject gc;
    int64_t fill, used, mask;
    SetEntry *table;
    int64_t hash;   /* of a frozenset; -1: not computed */
    int64_t finger; /* where pop continues */
    uint64_t changes;
    SetEntry small[LEAST];
} Set;

static inline Set *as_set(Value v)
{
    return (Set *)v.o;
}

static inline bool set_entry_live(const SetEntry *e)
{
    return e->key.tag > TAG_ERROR;
}

typedef bool (*EachFn)(Value x, int64_t hash, void *ctx);

/* The next live entry from table place *pos on. */
bool set_entry_next(Set *s, int64_t *pos, SetEntry *out);
int set_contains_hashed(Set *s, Value key, int64_t hash);
int set_discard_hashed(Set *s, Value key, int64_t hash);
bool set_add_hashed(Set *s, Value key, int64_t hash);
bool set_each_of(Value it, EachFn fn, void *ctx);
Value set_intersect(Value a, Value b);
bool set_subtract(Value v, Value other);
Value set_minus(Value a, Value b);
bool set_toggle_all(Value v, Value other);
Value set_xor(Value a, Value b);
Value set_copy(Value v);
Value set_from(Type *t, Value it);
void set_become(Set *s, Value other);
int set_issubset_of(Value a, Value b);
void set_drop_all(Set *s);

extern const NativeDef set_methods[], frozenset_methods[];

#endif
