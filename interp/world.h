/* world.h -- what a program sees of the outside, the same on every rank.  Collective. */
#ifndef INTERP_WORLD_H
#define INTERP_WORLD_H

/* Replace the interpreter's hooks: rank 0 reads files, clock and standard input for all; output is
 * rank 0's. */
void world_install(void);

#endif
