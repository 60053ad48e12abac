/* attrcache.c -- what an instruction remembers of an attribute's lookup.  Replicated.
 *
 * A cache is keyed by the type and its version, for attributes of classes and modules by the class
 * or namespace and its version too; it never holds references: what it points to lives as long as
 * those versions.
 */
#include "interp/slots.h"
#include "interp/str.h"
#include "interp/vm_ops.h"

static bool attr_generic(const Type *t)
{
    return !t->getattr || t->getattr == object_getattr_generic || (t->flags & TYPE_LENDS);
}

static bool is_list_append(const Type *t, Str *name)
{
    static Str *append;
    if (!append)
        append = str_intern("append");
    return t == &type_list && name == append;
}

/* A property's function that may run as a frame, else undefined; borrowed from the property. */
static Value property_function(Value prop, Str *which)
{
    Value g = op_getattr_opt(prop, which);
    if (g.tag == TAG_OBJ)
        release(g); /* the property keeps it */
    bool plain = is_exact(g, &type_function) && !(((Function *)g.o)->code->flags & CODE_GENERATOR);
    return plain ? g : V_UNDEF;
}

static void attr_remember(AttrCache *c, Type *t, AttrKind kind, Value descr)
{
    c->type = t;
    c->version = t->version;
    c->kind = kind;
    c->descr = descr;
}

/* An attribute of a class that `type` itself made. */
static void learn_of_class(AttrCache *c, Value v, Str *name)
{
    Value mine = type_lookup(&type_type, name), attr = type_lookup(as_type(v), name);
    if (v_is_undef(attr) || (!v_is_undef(mine) && type_of(mine)->descr_set))
        return;
    Type *at = type_of(attr);
    AttrKind kind = ATTR_OF_CLASS;
    if (at == &type_staticmethod || at == &type_classmethod) {
        attr = wrapped_function(attr);
        kind = at == &type_classmethod ? ATTR_CLASS_BOUND : ATTR_OF_CLASS;
        if (!is_exact(attr, &type_function))
            return;
    } else if (at->descr_get && at != &type_function && at != &type_method_descr) {
        return;
    }
    attr_remember(c, &type_type, kind, attr);
    c->dict = v.o;
    c->dict_version = as_type(v)->version;
}

static void learn_of_module(AttrCache *c, Value v, Str *name)
{
    Value d = ((Module *)v.o)->dict;
    Value *slot = dict_slot_str(d, name);
    if (!slot)
        return;
    attr_remember(c, &type_module, ATTR_MODULE, V_UNDEF);
    c->slot = slot;
    c->dict = d.o;
    c->dict_version = dict_keys_version(d);
}

static bool learn_slot(AttrCache *c, Type *t, Value member)
{
    int64_t offset = member_offset(member, t);
    if (offset <= 0 || offset > UINT32_MAX)
        return false;
    attr_remember(c, t, ATTR_SLOT, member);
    c->hint = (uint32_t)offset;
    return true;
}

/* Decide how `name` of v's type is found from now on. */
static void attr_learn(AttrCache *c, Value v, Str *name)
{
    Type *t = v.o->type;
    c->type = NULL;
    if (t == &type_module) {
        learn_of_module(c, v, name);
        return;
    }
    if (t == &type_type) {
        learn_of_class(c, v, name);
        return;
    }
    if (!attr_generic(t))
        return;
    Value descr = type_lookup(t, name);
    if (v_is_undef(descr)) {
        if (t->dict_offset)
            attr_remember(c, t, ATTR_INSTANCE, V_UNDEF);
        return;
    }
    Type *dt = type_of(descr);
    if (dt == &type_function)
        attr_remember(c, t, ATTR_METHOD, descr);
    else if (dt == &type_method_descr && is_list_append(t, name))
        attr_remember(c, t, ATTR_LIST_APPEND, descr);
    else if (dt == &type_method_descr && !t->dict_offset)
        attr_remember(c, t, ATTR_NATIVE, descr);
    else if (dt == &type_getset && !(t->flags & TYPE_HEAP))
        attr_remember(c, t, ATTR_GETSET, descr);
    else if (dt == &type_member)
        learn_slot(c, t, descr);
    else if (dt == &type_property) {
        Value getter = property_function(descr, S(fget));
        if (!v_is_undef(getter))
            attr_remember(c, t, ATTR_PROPERTY, getter);
    } else if (dt == &type_staticmethod || dt == &type_classmethod) {
        Value func = wrapped_function(descr);
        if (is_exact(func, &type_function))
            attr_remember(c, t, dt == &type_staticmethod ? ATTR_CLASS : ATTR_CLASSMETHOD, func);
    } else if (!dt->descr_get && !dt->descr_set)
        attr_remember(c, t, ATTR_CLASS, descr);
}

/* Is v the class whose attribute is remembered? */
static inline bool attr_same_class(const AttrCache *c, Value v)
{
    return c->dict == v.o && c->dict_version == as_type(v)->version;
}

/* A module's name, borrowed; V_UNDEF: take the long way. */
static inline Value attr_of_module(const AttrCache *c, Value v)
{
    Dict *d = as_dict(((Module *)v.o)->dict);
    return c->dict == d && c->dict_version == d->version ? value_at(c->slot) : V_UNDEF;
}

Value attr_get_cached(AttrCache *c, Value v, Str *name)
{
    Value *own;
    switch (c->kind) {
    case ATTR_INSTANCE:
        own = attr_own(c, v, name);
        return own ? retain(value_at(own)) : V_UNDEF;
    case ATTR_SLOT:
        return retain(value_at(attr_slot(c, v)));
    case ATTR_MODULE:
        return retain(attr_of_module(c, v));
    case ATTR_OF_CLASS:
        return attr_same_class(c, v) ? retain(value_at(&c->descr)) : V_UNDEF;
    case ATTR_CLASS_BOUND:
        return attr_same_class(c, v) ? bound_method_new(c->descr, v) : V_UNDEF;
    case ATTR_CLASS:
        own = attr_own(c, v, name);
        return retain(value_at(own ? own : &c->descr));
    case ATTR_METHOD:
        own = attr_own(c, v, name);
        return own ? retain(value_at(own)) : bound_method_new(c->descr, v);
    case ATTR_CLASSMETHOD:
        own = attr_own(c, v, name);
        return own ? retain(value_at(own)) : bound_method_new(c->descr, v_obj(v.o->type));
    default:
        return V_UNDEF;
    }
}

Value attr_callee_other(AttrCache *c, Value v, Str *name, Value *self)
{
    Value *own;
    *self = V_UNDEF;
    switch (c->kind) {
    case ATTR_LIST_APPEND:
        *self = v;
        return value_at(&c->descr);
    case ATTR_MODULE:
        return attr_of_module(c, v);
    case ATTR_INSTANCE:
        own = attr_own(c, v, name);
        return own ? value_at(own) : V_UNDEF;
    case ATTR_CLASS:
        own = attr_own(c, v, name);
        return value_at(own ? own : &c->descr);
    case ATTR_CLASSMETHOD:
        own = attr_own(c, v, name);
        *self = own ? V_UNDEF : v_obj(v.o->type);
        return value_at(own ? own : &c->descr);
    case ATTR_OF_CLASS:
        return attr_same_class(c, v) ? value_at(&c->descr) : V_UNDEF;
    case ATTR_CLASS_BOUND:
        *self = v;
        return attr_same_class(c, v) ? value_at(&c->descr) : V_UNDEF;
    default:
        return V_UNDEF;
    }
}

Value attr_get(AttrCache *c, Value v, Str *name)
{
    if (v.tag == TAG_OBJ) {
        if (attr_cached(c, v.o) && c->kind == ATTR_GETSET)
            return type_getset.descr_get(c->descr, v, v.o->type);
        attr_learn(c, v, name);
    }
    return op_getattr(v, name);
}

bool attr_method(AttrCache *c, Value v, Str *name, Value *func, Value *self)
{
    if (v.tag == TAG_OBJ) {
        if (!attr_cached(c, v.o))
            attr_learn(c, v, name);
        if (c->type == v.o->type && c->version == c->type->version) {
            *func = attr_callee(c, v, name, self);
            if (!v_is_undef(*func)) {
                retain(*func);
                retain(*self);
                return true;
            }
            if (c->kind == ATTR_MODULE || c->kind == ATTR_OF_CLASS || c->kind == ATTR_CLASS_BOUND)
                c->type = NULL; /* another one: learnt at the next time */
        }
    }
    return op_load_method(v, name, func, self);
}

/* Decide how `name` of t's instances is set from now on; false: the long way. */
static bool set_learn(AttrCache *c, Type *t, Str *name)
{
    c->type = NULL;
    bool generic = !t->setattr || t->setattr == object_setattr_generic;
    if (!generic || (t->flags & TYPE_EXCEPTION))
        return false;
    Value descr = type_lookup(t, name);
    if (is_exact(descr, &type_member))
        return learn_slot(c, t, descr);
    if (is_exact(descr, &type_property)) {
        Value setter = property_function(descr, S(fset));
        if (!v_is_undef(setter))
            attr_remember(c, t, ATTR_SETTER, setter);
        return false;
    }
    if (!t->dict_offset || (!v_is_undef(descr) && type_of(descr)->descr_set))
        return false;
    attr_remember(c, t, ATTR_INSTANCE, V_UNDEF);
    return true;
}

bool attr_set(AttrCache *c, Value v, Str *name, Value x)
{
    if (v.tag != TAG_OBJ || !(v.o->type->flags & TYPE_HEAP))
        return op_setattr(v, name, x);
    if (!attr_cached(c, v.o) && !set_learn(c, v.o->type, name))
        return op_setattr(v, name, x);
    if (c->kind == ATTR_SLOT) {
        slot_set(attr_slot(c, v), retain(x));
        return true;
    }
    if (c->kind != ATTR_INSTANCE)
        return op_setattr(v, name, x);
    Value *own = attr_own(c, v, name);
    if (own)
        slot_set(own, retain(x));
    else
        dict_set_str(object_dict(v, true), name, x);
    return true;
}

Frame *property_frame(Value getter, Value self)
{
    return function_frame((Function *)getter.o, &self, 1, V_UNDEF);
}

Frame *setter_frame(Value setter, Value self, Value x)
{
    Value args[2] = {self, x};
    return function_frame((Function *)setter.o, args, 2, V_UNDEF);
}
