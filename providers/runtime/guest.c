/* The life of a guest: new, stepped until it is done or traps, freed. */
#include "guest.h"

#include <pthread.h>
#include <stdlib.h>

#include "imports.h"

bool wasm_rt_is_initialized(void) { return true; }

/* ---- on the guest's stack ------------------------------------------------------------------------------------------------- */

__attribute__((noinline)) void lg_yield(lg_guest *g, lg_state state) {
  g->state = state;
  lg_switch(&g->self, &g->host);
}

/* A trap leaves the guest for good. Its stack is dropped whole, so there is nothing to unwind. */
void lg_trap(lg_reason reason) {
  lg_guest *g = lg_thread.guest;
  if (!g) abort(); /* generated code runs in guests only */
  bool starved = g->growth_refused && (reason == LG_UNREACHABLE || reason == LG_OUT_OF_BOUNDS);
  g->reason = starved ? LG_MEMORY_LIMIT : reason;
  lg_yield(g, LG_TRAPPED);
  abort(); /* a trapped guest is never stepped */
}

void wasm_rt_trap(wasm_rt_trap_t code) {
  switch (code) {
    case WASM_RT_TRAP_OOB: lg_trap(LG_OUT_OF_BOUNDS);
    case WASM_RT_TRAP_INT_OVERFLOW: lg_trap(LG_INTEGER_OVERFLOW);
    case WASM_RT_TRAP_DIV_BY_ZERO: lg_trap(LG_DIVIDE_BY_ZERO);
    case WASM_RT_TRAP_INVALID_CONVERSION: lg_trap(LG_INVALID_CONVERSION);
    case WASM_RT_TRAP_CALL_INDIRECT: lg_trap(LG_INVALID_INDIRECT_CALL);
    case WASM_RT_TRAP_EXHAUSTION: lg_trap(LG_STACK_EXHAUSTED);
    case WASM_RT_TRAP_NONE:
    case WASM_RT_TRAP_UNREACHABLE:
    case WASM_RT_TRAP_UNCAUGHT_EXCEPTION: lg_trap(LG_UNREACHABLE);
  }
  abort();
}

/* The guest's bytes [at, at + length), or a trap. The pointer holds until the guest runs again. */
static uint8_t *bytes_at(lg_guest *g, uint32_t at, uint32_t length) {
  wasm_rt_memory_t *memory = g->module->memory(g->instance);
  if ((uint64_t)at + length > memory->size) lg_trap(LG_OUT_OF_BOUNDS);
  return memory->data + at;
}

/* Copies what the host handed in to a place the guest chooses. */
static uint32_t copy_in(lg_guest *g) {
  g->allocating = true;
  uint32_t at = g->module->alloc(g->instance, g->bytes_length);
  g->allocating = false;
  if (at == 0) lg_trap(LG_MEMORY_LIMIT);
  uint8_t *to = bytes_at(g, at, g->bytes_length);
  if (g->bytes_length) memcpy(to, g->bytes, g->bytes_length);
  return at;
}

/* The body of a guest's coroutine. */
static void execute(void) {
  lg_guest *g = lg_thread.guest;
  const lg_module *module = g->module;
  module->instantiate(g->instance, g);
  uint32_t length = g->bytes_length;
  uint64_t packed = module->execute(g->instance, copy_in(g), length);
  g->at = packed >> 32;
  g->length = (uint32_t)packed;
  if (g->at + g->length > module->memory(g->instance)->size) lg_trap(LG_MALFORMED_RESULT);
  lg_yield(g, LG_DONE);
  abort();
}

/* ---- host imports: check, yield, copy the answer in ------------------------------------------------------------------------ */

static uint32_t request(lg_guest *g, uint32_t import, uint32_t at, uint32_t length, uint32_t answer) {
  if (g->allocating) lg_trap(LG_REENTRANT_CALL);
  bytes_at(g, at, length);
  bytes_at(g, answer, 8); /* before the host acts: a call whose answer has no place has no effect */
  if (g->io_calls >= g->max_io_calls) lg_trap(LG_IO_BUDGET_EXCEEDED);
  g->io_calls++;
  g->import = import;
  g->at = at;
  g->length = length;
  lg_yield(g, LG_HOST_CALL); /* may come back on another thread */
  uint32_t pair[2] = {copy_in(g), g->bytes_length};
  memcpy(bytes_at(g, answer, 8), pair, 8);
  return (uint32_t)g->status;
}

uint32_t Z_latchgateZ3AioZ2FhttpZ_request(struct Z_latchgateZ3AioZ2Fhttp_instance_t *g, uint32_t at, uint32_t length, uint32_t answer) {
  return request((lg_guest *)g, LG_IMPORT_HTTP, at, length, answer);
}

uint32_t Z_latchgateZ3AioZ2FfsZ_request(struct Z_latchgateZ3AioZ2Ffs_instance_t *g, uint32_t at, uint32_t length, uint32_t answer) {
  return request((lg_guest *)g, LG_IMPORT_FS, at, length, answer);
}

void Z_latchgateZ3AioZ2FlogZ_write(struct Z_latchgateZ3AioZ2Flog_instance_t *instance, uint32_t level, uint32_t at, uint32_t length) {
  lg_guest *g = (lg_guest *)instance;
  if (g->allocating) lg_trap(LG_REENTRANT_CALL);
  bytes_at(g, at, length);
  if (g->log_lines >= LG_MAX_LOG_LINES) return; /* dropped: a guest is not stopped for talking too much */
  g->log_lines++;
  g->import = LG_IMPORT_LOG;
  g->level = level < 2 ? level : 2;
  g->at = at;
  g->length = length;
  lg_yield(g, LG_HOST_CALL);
}

/* ---- on the host's stack --------------------------------------------------------------------------------------------------- */

void lg_run(lg_guest *g, uint32_t timeout_ms) {
  g->deadline = lg_epoch_now() + timeout_ms;
  lg_epoch_enter();
  lg_thread = (lg_running){g->slice, g->stack_limit, g};
  lg_switch(&g->host, &g->self);
  g->slice = lg_thread.slice;
  lg_thread = (lg_running){0};
  lg_epoch_leave();
}

static pthread_mutex_t setup = PTHREAD_MUTEX_INITIALIZER;

static void initialise(const lg_module *module) {
  if (LIKELY(atomic_load_explicit(module->initialised, memory_order_acquire))) return;
  pthread_mutex_lock(&setup);
  if (!atomic_load(module->initialised)) {
    module->init();
    atomic_store(module->initialised, true);
  }
  pthread_mutex_unlock(&setup);
}

lg_guest *lg_guest_new(const lg_module *module, uint32_t declared, const lg_limits *limits, int32_t *reason) {
  *reason = LG_NONE;
  /* Log lines are never gated; any other import must be declared by the execution. */
  if (module->imports & ~(declared | LG_IMPORT_LOG)) *reason = LG_IMPORT_NOT_DECLARED;
  /* A start function would run before the task exists. */
  if (module->has_start) *reason = LG_START_REFUSED;
  if (*reason != LG_NONE) return NULL;

  initialise(module);
  lg_guest *g = lg_pool_take();
  if (!g) {
    *reason = LG_HOST_OUT_OF_MEMORY;
    return NULL;
  }
  g->module = module;
  g->state = LG_READY;
  g->reason = LG_NONE;
  g->fuel = g->fuel_limit = limits->fuel;
  g->slice = 0;
  g->io_calls = g->log_lines = 0;
  g->max_io_calls = limits->max_io_calls;
  g->max_pages = limits->memory_pages < LG_MAX_PAGES ? limits->memory_pages : LG_MAX_PAGES;
  g->allocating = g->growth_refused = g->memory_taken = false;
  g->used = 0;
  memset(g->instance, 0, sizeof g->instance);
  lg_context_init(&g->self, g->stack, LG_STACK, execute);
  return g;
}

void lg_guest_step(lg_guest *g, int32_t status, const uint8_t *bytes, uint32_t length, uint32_t timeout_ms, lg_event *event) {
  g->status = status;
  g->bytes = bytes;
  g->bytes_length = length;
  lg_run(g, timeout_ms);
  bool carries = g->state == LG_HOST_CALL || g->state == LG_DONE;
  *event = (lg_event){
      .state = g->state,
      .reason = g->reason,
      .import = g->import,
      .level = g->level,
      .bytes = carries ? g->memory + g->at : NULL,
      .length = carries ? g->length : 0,
      .fuel_used = g->fuel_limit - g->fuel - (g->slice > 0 ? g->slice : 0),
      .io_calls = g->io_calls,
  };
}

void lg_guest_free(lg_guest *g) {
  g->module->release(g->instance);
  lg_pool_give(g);
}

const char *lg_module_name(const lg_module *module) { return module->name; }
const uint8_t *lg_module_digest(const lg_module *module) { return (const uint8_t *)module->digest; }
uint32_t lg_module_imports(const lg_module *module) { return module->imports; }
