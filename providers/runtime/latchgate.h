/* What the gate calls (gate/Sandbox/Native.cs mirrors this file). Nothing here calls back. */
#ifndef LATCHGATE_H_
#define LATCHGATE_H_

#include <stdint.h>

/* Why a guest ended early. gate/Sandbox/TrapReason.cs has the same numbers, in the same order. */
typedef enum lg_reason {
  LG_NONE,
  LG_FUEL_EXHAUSTED,
  LG_DEADLINE_EXCEEDED,
  LG_MEMORY_LIMIT,
  LG_OUT_OF_BOUNDS,
  LG_UNREACHABLE,
  LG_STACK_EXHAUSTED,
  LG_IO_BUDGET_EXCEEDED,
  LG_IMPORT_NOT_DECLARED,
  LG_MALFORMED_RESULT,
  LG_INTEGER_OVERFLOW,
  LG_DIVIDE_BY_ZERO,
  LG_INVALID_CONVERSION,
  LG_INVALID_INDIRECT_CALL,
  LG_REENTRANT_CALL,
  LG_START_REFUSED,
  LG_HOST_OUT_OF_MEMORY,
} lg_reason;

/* The host interfaces, as flags; gate/Sandbox/HostImport.cs has the same values. */
enum { LG_IMPORT_HTTP = 1, LG_IMPORT_FS = 2, LG_IMPORT_LOG = 4 };

typedef enum lg_state { LG_READY, LG_HOST_CALL, LG_DONE, LG_TRAPPED } lg_state;

typedef struct lg_module lg_module;
typedef struct lg_guest lg_guest;

/* What a step came to. `bytes` points into guest memory and holds until the next step or the guest's release. */
typedef struct lg_event {
  int32_t state;        /* lg_state: host call, done or trapped */
  int32_t reason;       /* lg_reason, when trapped */
  uint32_t import;      /* one LG_IMPORT_ flag, on a host call */
  uint32_t level;       /* of a log line: 0 debug, 1 info, 2 warn */
  const uint8_t *bytes; /* the request on a host call, the output when done */
  uint64_t length;
  int64_t fuel_used;    /* basic blocks entered so far */
  int64_t io_calls;     /* host calls so far, log lines not counted */
} lg_event;

typedef struct lg_limits {
  int64_t fuel;           /* basic blocks */
  uint32_t memory_pages;  /* of 64 KiB */
  uint32_t max_io_calls;
} lg_limits;

const lg_module *lg_module_at(uint32_t index); /* null behind the last */
const char *lg_module_name(const lg_module *);
const uint8_t *lg_module_digest(const lg_module *); /* 32 bytes */
uint32_t lg_module_imports(const lg_module *);

/* The epoch thread runs between the first retain and the last release. */
int32_t lg_epoch_retain(void); /* 0, or an errno */
void lg_epoch_release(void);

/* A guest that has not begun, or null and why. `declared` are the imports the execution may use. */
lg_guest *lg_guest_new(const lg_module *, uint32_t declared, const lg_limits *, int32_t *reason);

/* Runs the guest until it calls the host, ends or traps. The first step hands in the task, each later one the answer to the
 * pending host call. `bytes` is read only during the step. A guest that is done or trapped must not be stepped again. */
void lg_guest_step(lg_guest *, int32_t status, const uint8_t *bytes, uint32_t length, uint32_t timeout_ms, lg_event *event);

/* Ends a guest in whatever state it is; its memory is wiped before anyone else gets it. */
void lg_guest_free(lg_guest *);

#endif
