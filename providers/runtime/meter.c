/* Fuel, deadline and stack, checked at every basic block of the generated code (gcc -fsanitize-coverage=trace-pc). */
#include "guest.h"

/* Blocks between two looks at the clock: about 50 microseconds. */
enum { SLICE = 16384 };

_Thread_local lg_running lg_thread;

/* Charges the next slice, or traps. Out of line: it runs once in thousands of blocks. */
__attribute__((noinline, cold)) static void checkpoint(uintptr_t stack) {
  lg_guest *g = lg_thread.guest;
  if (!g) { /* a module is being set up or released, on the host's stack: a handful of blocks */
    lg_thread.slice = 0;
    return;
  }
  if (stack < lg_thread.stack_limit) lg_trap(LG_STACK_EXHAUSTED);
  if (lg_epoch_seen() >= g->deadline) lg_trap(LG_DEADLINE_EXCEEDED);
  if (g->fuel <= 0) lg_trap(LG_FUEL_EXHAUSTED);
  int64_t granted = g->fuel < SLICE ? g->fuel : SLICE;
  g->fuel -= granted;
  lg_thread.slice = granted - 1; /* this block is the first of it */
}

/* gcc calls this. The thread's state is read anew at each call, so a guest may resume on another thread. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
  uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
  if (UNLIKELY(--lg_thread.slice < 0 || stack < lg_thread.stack_limit)) checkpoint(stack);
}
