/* containers.h -- what the container files share: dict views, positions, repr of nested things.
 * Replicated.  */
#ifndef INTERP_CONTAINERS_H
#define INTERP_CONTAINERS_H

#include "interp/slots.h"

typedef enum DictPart { DICT_KEYS, DICT_VALUES, DICT_ITEMS } DictPart;
Value dictview_new(Type *type, Value dict);
Value dictiter_new(Value dict, DictPart part, bool reverse);

void exceptions_setup(void); /* fields and methods of the exception classes */
/* KeyError(key), also where key is a tuple. */
Value raise_key(Value key);

/* repr of a container: 1 when v is being printed already, -1 too deep; else 0 and a repr_leave is
 * due. */
int repr_enter(Value v);
void repr_leave(void);
bool repr_into(Value v, Buf *b);
/* The text of b as str, or V_ERROR; frees b. */
Value repr_text(Buf *b, bool ok);

/* Between list.c, tuple.c and iter.c. */
Value pair_again(Value *last, Value a, Value b);
static inline bool end_is_seen(Value v)
{
    return v.tag == TAG_OBJ && (v.o->type->flags & (TYPE_GC | TYPE_HEAP));
}

/* What an iterator of pairs would keep in its last pair must not be let go earlier when the pair is
 * never made: values whose end a program can see go through `last`, others leave it empty. */
static inline PairStep pair_parts(Value *last, Value a, Value b, Value *first, Value *second)
{
    *first = a;
    *second = b;
    if (end_is_seen(a) || end_is_seen(b)) {
        retain(a);
        retain(b);
        release(pair_again(last, a, b));
    } else if (last->tag == TAG_OBJ) {
        slot_set(last, V_UNDEF);
    }
    return PAIR_GOT;
}
bool position_of(Value key, const char *kind, const int64_t *n, int64_t *out);
bool repeat_count(Value v, int64_t *out);
bool repeat_room(int64_t n, int64_t times);
bool index_range(Value first, Value last, int64_t n, int64_t *start, int64_t *stop);
int op_truth_int(Value v); /* a `reverse=`-like flag: an int */
/* slice.indices on ints of any size: tuple of start, stop, step. */
Value slice_indices_value(Value slice, Value n);
Value seq_iter_new(Value v); /* over __getitem__ */
Value call_iter_new(Value f, Value sentinel);
Value list_iter_new(Value v);
Value list_reverse_iter_new(Value v);
Value tuple_iter_new(Value v);
static inline bool is_none_step(Value slice)
{
    return v_is_none(((Slice *)slice.o)->step);
}

#endif
