/* bind.h -- compiled parameter lists of C functions.  Replicated.
 *
 * Invariant: a Signature is immutable once compiled and is shared by all Natives of one def.
 */
#ifndef INTERP_BIND_H
#define INTERP_BIND_H

#include "interp/objects.h"

/* Whose words a call that does not fit is answered in. */
typedef enum Species {
    SPECIES_C,      /* CPython's parser of keywords, or its fastcalls */
    SPECIES_DEF,    /* a function written in Python: self counts */
    SPECIES_NPY,    /* NumPy's own parser: positions from 0 */
    SPECIES_VARARG, /* an argument tuple without keywords */
    SPECIES_CYTHON,
} Species;

typedef struct Param {
    Str *name;
    Value init; /* default, owned by the signature; undefined for =? */
    bool has_init;
} Param;

struct Signature {
    int nparams; /* named ones: positional-only, positional, keyword-only, in slot order */
    int nposonly, npos;
    int required; /* positional parameters without a default */
    int self;     /* 1: the first parameter is self, which messages do not count */
    bool var, kw;
    int var_slot, kw_slot, nslots;
    bool direct; /* npos positional-only parameters and nothing else */
    bool simple; /* no *args, no **kwargs, no keyword that must be given */
    Species species;
    Str *called; /* the name in messages; NULL: the function's own */
    Param *params;
};

enum { SLOTS_MAX = 64, SIMPLE_MAX = 12, DIRECT_MAX = 4 };

/* Does a call with n arguments go straight to f's C function? */
static inline bool native_direct(const Native *f, int n)
{
    const Signature *s = f->sig;
    return s && s->direct && s->npos == n && n <= DIRECT_MAX && f->self.tag == TAG_UNDEF &&
           f->closed.tag == TAG_UNDEF;
}

/* native_call_row, with the straight case inline. */
static inline Value native_row(Value v, Value *args, int n)
{
    const Native *f = (const Native *)v.o;
    const Signature *s = f->sig;
    if (s && s->direct && s->npos == n && f->closed.tag == TAG_UNDEF)
        return f->def->fn(args, n);
    return native_call_row(v, args, n);
}

#endif
