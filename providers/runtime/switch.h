/* Changing stacks. swapcontext also saves the signal mask, which is a system call each way; on x86-64 the few instructions that
 * matter are written out instead, and every other architecture takes ucontext. */
#ifndef SWITCH_H_
#define SWITCH_H_

#include <stddef.h>

#if defined(__x86_64__) && !defined(LG_UCONTEXT)
typedef struct lg_context { void *sp; } lg_context;
#else
#include <ucontext.h>
typedef struct lg_context { ucontext_t saved; } lg_context;
#endif

/* Makes a context that begins in `entry`, which must never return. */
void lg_context_init(lg_context *, void *stack, size_t size, void (*entry)(void));

/* Saves the running context and continues the other, where it last switched away. */
void lg_switch(lg_context *from, lg_context *to);

#endif
