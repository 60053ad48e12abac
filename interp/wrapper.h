/* wrapper.h -- between slots.c and wrapper.c: slots and their wrappers.  Replicated. */
#ifndef INTERP_WRAPPER_H
#define INTERP_WRAPPER_H

#include "interp/slots.h"

typedef enum WrapKind {
    WRAP_NONE,
    WRAP_UNARY,
    WRAP_HASH,
    WRAP_COMPARE,
    WRAP_GETATTR,
    WRAP_SETATTR,
    WRAP_DELATTR,
    WRAP_CALL,
    WRAP_NEXT,
    WRAP_LEN,
    WRAP_GETITEM,
    WRAP_SETITEM,
    WRAP_DELITEM,
    WRAP_CONTAINS,
    WRAP_BINARY,
    WRAP_REFLECTED,
    WRAP_INPLACE,
    WRAP_UNOP,
    WRAP_TRUTH,
    WRAP_FORMAT,
    WRAP_GET,
    WRAP_SET,
    WRAP_DELETE,
    WRAP_INIT
} WrapKind;

typedef void (*AnyFn)(void);
typedef struct SlotDef {
    enum NameIndex name;
    size_t offset;
    AnyFn generic;
    WrapKind wrap;
    int arg;
} SlotDef;

typedef struct Wrapper {
    GcObject gc;
    const SlotDef *slot;
    Type *owner;
    Value self; /* undefined: unbound */
} Wrapper;

static inline AnyFn *slot_at(Type *t, const SlotDef *d)
{
    return (AnyFn *)(void *)((char *)t + d->offset);
}

/* A wrapper of the type's kind for a slot of `owner`, bound to nothing. */
Value wrapper_new(Type *type, const SlotDef *d, Type *owner);
const char *slot_name(const SlotDef *d);

#endif
