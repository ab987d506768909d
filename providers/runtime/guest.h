/* A guest: one execution of one module, as a coroutine with a stack, a memory and a meter of its own. */
#ifndef GUEST_H_
#define GUEST_H_

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>

#include "latchgate.h"
#include "switch.h"
#include "wasm-rt.h"

enum {
  LG_PAGE = 65536,                 /* a wasm page */
  LG_MAX_PAGES = 8192,             /* 512 MiB: what the largest execution may ask for */
  LG_POOLED_MEMORY = 4 * LG_PAGE,  /* a memory that outgrew this is unmapped, not pooled */
  LG_MAX_TABLE = 65536,            /* elements */
  LG_MAX_INSTANCE = 2048,          /* bytes of globals, memory and table headers */
  LG_MAX_LOG_LINES = 256,
  LG_POOLED_GUESTS = 128,

  /* A stack, from its low end: guard page, reserve, frames. A guest traps when a basic block begins with the stack pointer in
   * the reserve. What can still be pushed then: one frame that has not met the meter yet (the build refuses frames over
   * LG_MAX_FRAME), our own functions with memcpy and calloc, and a signal handler of the .NET runtime with its saved vector
   * registers. So the guard page is never what stops a guest. */
  LG_GUARD = 4096,
  LG_MAX_FRAME = 8192,
  LG_STACK_RESERVE = 28 * 1024,
  LG_STACK_FRAMES = 64 * 1024,
  LG_STACK = LG_GUARD + LG_STACK_RESERVE + LG_STACK_FRAMES,
};

/* A compiled module; build.sh generates one beside each. */
struct lg_module {
  const char *name;
  const char *digest; /* 32 bytes: SHA-256 of the .wasm file */
  uint32_t imports;
  bool has_start;
  atomic_bool *initialised;
  void (*init)(void);
  void (*instantiate)(void *instance, lg_guest *host);
  void (*release)(void *instance);
  wasm_rt_memory_t *(*memory)(void *instance);
  uint32_t (*alloc)(void *instance, uint32_t length);
  uint64_t (*execute)(void *instance, uint32_t task, uint32_t length);
};

struct lg_guest {
  const lg_module *module;
  lg_context self, host;
  lg_state state;
  lg_reason reason;

  /* The meter, kept in the thread while the guest runs. */
  int64_t fuel_limit, fuel; /* fuel: not yet granted to the slice */
  int64_t slice;
  uint64_t deadline;        /* in epochs */
  uintptr_t stack_limit;

  /* The pending host call, and what the host hands in. */
  uint32_t import, level;
  uint64_t at, length;
  int32_t status;
  const uint8_t *bytes;
  uint32_t bytes_length;

  uint32_t io_calls, max_io_calls, log_lines;
  bool allocating;     /* inside lg_alloc on the host's behalf: no host call may be made */
  bool growth_refused; /* by this execution's cap, not by the module's own maximum */

  uint32_t max_pages;
  uint8_t *memory;     /* zeroed beyond what the guest wrote */
  size_t capacity, used;
  bool memory_taken;

  uint8_t *stack;
  lg_guest *next;      /* in the pool */
  alignas(16) unsigned char instance[LG_MAX_INSTANCE];
};

/* What the running thread needs of its guest at every basic block. */
typedef struct lg_running {
  int64_t slice;
  uintptr_t stack_limit;
  lg_guest *guest;
} lg_running;
extern _Thread_local lg_running lg_thread;

__attribute__((noreturn, noinline)) void lg_trap(lg_reason);
uint64_t lg_epoch_now(void);  /* milliseconds, exact */
uint64_t lg_epoch_seen(void); /* the epoch thread's last tick */
void lg_epoch_enter(void);    /* a guest runs on this thread */
void lg_epoch_leave(void);

lg_guest *lg_pool_take(void); /* with a stack and an all-zero memory; null when the host has no memory */
void lg_pool_give(lg_guest *);

/* Runs `entry` on the guest's stack until it yields, ends or traps. */
void lg_run(lg_guest *, uint32_t timeout_ms);
void lg_yield(lg_guest *, lg_state);

#endif
