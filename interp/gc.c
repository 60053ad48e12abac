/* gc.c -- cycles of objects that nobody else refers to.  Replicated.
 *
 * Trial deletion: copy every tracked object's count, take away the references that tracked objects
 * hold on each other; what is left above zero is referred to from outside, and so is all it
 * reaches. The rest is cleared, which lets the counts do the freeing.
 *
 * A collection starts when the number of tracked objects has grown by a threshold that follows the
 * number alive, so its cost is constant per allocation and its place the same on every rank.
 *
 * Invariant: an object in no list has next == NULL; gc_refs is meaningful only during a collection.
 */
#include "interp/objects.h"

enum { GROWTH_LEAST = 20000 };
enum { UNREACHED = -1 };

GcList gc_list = {.head = {.next = &gc_list.head, .prev = &gc_list.head},
                  .start_at = GROWTH_LEAST,
                  .enabled = true};
static GcObject *const tracked = &gc_list.head;

static inline void link_before(GcObject *head, GcObject *g)
{
    g->next = head;
    g->prev = head->prev;
    head->prev->next = g;
    head->prev = g;
}

static inline void unlink_object(GcObject *g)
{
    g->prev->next = g->next;
    g->next->prev = g->prev;
    g->next = g->prev = NULL;
}

void gc_enable(bool on)
{
    gc_list.enabled = on;
}

bool gc_is_enabled(void)
{
    return gc_list.enabled;
}

static inline GcObject *tracked_object(Value v)
{
    if (v.tag != TAG_OBJ || !(v.o->type->flags & TYPE_GC))
        return NULL;
    GcObject *g = (GcObject *)v.o;
    return g->next ? g : NULL;
}

static void visit_subtract(Value v, void *ctx)
{
    GcObject *g = tracked_object(v);
    if (g)
        g->gc_refs--;
}

/* Reached from outside: count it in, and back onto the list that is being walked. */
static void visit_reach(Value v, void *ctx)
{
    GcObject *g = tracked_object(v);
    if (!g)
        return;
    if (g->gc_refs == UNREACHED) {
        unlink_object(g);
        link_before(tracked, g);
        g->gc_refs = 1;
    } else if (g->gc_refs == 0) {
        g->gc_refs = 1;
    }
}

/* Leave in `dead` what cannot be reached from outside. */
static void find_unreachable(GcObject *dead)
{
    for (GcObject *g = tracked->next; g != tracked; g = g->next)
        g->gc_refs = g->ob.refs;
    for (GcObject *g = tracked->next; g != tracked; g = g->next)
        object_traverse(&g->ob, visit_subtract, NULL);
    GcObject *next;
    for (GcObject *g = tracked->next; g != tracked; g = next) {
        if (g->gc_refs > 0) {
            object_traverse(&g->ob, visit_reach, NULL);
            next = g->next;
        } else {
            next = g->next;
            unlink_object(g);
            link_before(dead, g);
            g->gc_refs = UNREACHED;
        }
    }
}

static void list_append(GcObject *to, GcObject *from)
{
    while (from->next != from) {
        GcObject *g = from->next;
        unlink_object(g);
        link_before(to, g);
    }
}

/* Hold every dead object, so that clearing one does not free another under our hands. */
static void hold_all(GcObject *dead, GcObject ***held, int64_t *n)
{
    Vec(GcObject *) v = {0};
    for (GcObject *g = dead->next; g != dead; g = g->next) {
        g->ob.refs++;
        vec_push(&v, g);
    }
    *held = v.at;
    *n = v.n;
}

int64_t gc_collect(void)
{
    if (gc_list.collecting)
        return 0;
    gc_list.collecting = true;
    GcObject dead = {.next = &dead, .prev = &dead};
    find_unreachable(&dead);
    GcObject **held;
    int64_t n;
    hold_all(&dead, &held, &n);
    list_append(tracked, &dead);
    bool finalized = false;
    for (int64_t i = 0; i < n; i++)
        finalized |= object_finalize(&held[i]->ob);
    /* A finalizer may have made dead objects reachable: they are looked at again next time. */
    for (int64_t i = 0; i < n && !finalized; i++)
        object_clear(&held[i]->ob);
    for (int64_t i = 0; i < n; i++)
        RELEASE(held[i]);
    free(held);
    gc_list.start_at = gc_list.alive + int64_max(GROWTH_LEAST, gc_list.alive);
    gc_list.collecting = false;
    if (finalized)
        return n + gc_collect();
    return n;
}
