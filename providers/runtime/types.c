/* Function signatures, numbered for call_indirect: structural equality across modules. Written only while a module is set up. */
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>

#include "guest.h"

typedef struct signature {
  struct signature *next;
  uint32_t number, params, results;
  uint8_t types[];
} signature;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static signature *known;

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  uint32_t count = params + results;
  signature *s = malloc(sizeof *s + count);
  if (!s) abort(); /* at set-up, a few bytes */
  s->params = params;
  s->results = results;
  va_list types;
  va_start(types, results);
  for (uint32_t i = 0; i < count; i++) s->types[i] = (uint8_t)va_arg(types, int);
  va_end(types);

  pthread_mutex_lock(&lock);
  signature *found = known;
  while (found && !(found->params == params && found->results == results && memcmp(found->types, s->types, count) == 0)) found = found->next;
  if (found) {
    free(s);
  } else {
    s->number = known ? known->number + 1 : 1; /* zero is the null reference */
    s->next = known;
    known = found = s;
  }
  uint32_t number = found->number;
  pthread_mutex_unlock(&lock);
  return number;
}
