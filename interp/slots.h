/* slots.h -- between type.c and slots.c: dunders of builtin types, slots of classes.  Replicated.
 */
#ifndef INTERP_SLOTS_H
#define INTERP_SLOTS_H

#include "interp/objects.h"

/* Enter wrappers for the slots that builtin type `t` defines itself. */
void slots_publish(Type *t);
/* Set the slots of a heap type from what its MRO holds. */
void slots_update(Type *t);
/* Call the dunder found on v's class; V_UNDEF when there is none. */
Value special_call(Value v, Str *name, Value *args, int nargs, Value kwnames);
/* attr, found on v's class, called as a method of v. */
Value special_invoke(Value attr, Value v, Value *args, int nargs, Value kwnames);
/* Is attr a C dunder of a builtin type?  Its owner, or NULL. */
Type *dunder_owner(Value attr);
/* Dunder names of operators, forward and reflected. */
Str *binary_name(BinOp op, bool reflected);
Value new_native(Type *owner); /* the __new__ of a builtin type */
bool is_new_native(Value v, Type **owner);

/* Between type.c, attr.c, class.c, typeobj.c and descr.c. */
bool object_init(Value self, Value *args, int nargs, Value kwnames);
Type *solid_of(Type *t);              /* the class that fixed t's layout */
void class_names(Type *t, Value out); /* keys of dict `out`: names of t and its bases */
Value names_done(Value names);        /* its keys as a list; takes names */
bool type_order(Type *t);             /* mro from bases; false: exception */
Value getset_new(const GetSetDef *def, Type *owner);
Value member_new(Str *name, HeapType *owner, int64_t index);
void dict_attribute_add(Type *t); /* enter __dict__ into a class whose instances have one */
Value str_iter_new(Value v);
/* Unions of types: `int | None`. */
Value union_or(Value a, Value b);
Tuple *union_args(Value u);
/* __class_getitem__ of containers: list[int]; for their method tables. */
Value alias_of(Value *a, int n);

#endif
