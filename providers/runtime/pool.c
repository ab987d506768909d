/* Guests at rest: each with its stack and an all-zero memory, so that a new execution costs no system call. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "guest.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lg_guest *first;
static int pooled;

static void *map(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void discard(lg_guest *g) {
  if (g->stack) munmap(g->stack, LG_STACK);
  if (g->memory) munmap(g->memory, g->capacity);
  free(g);
}

static lg_guest *make(void) {
  lg_guest *g = aligned_alloc(alignof(lg_guest), sizeof *g);
  if (!g) return NULL;
  memset(g, 0, sizeof *g);
  g->capacity = LG_POOLED_MEMORY;
  g->memory = map(g->capacity);
  g->stack = map(LG_STACK);
  if (!g->memory || !g->stack || mprotect(g->stack, LG_GUARD, PROT_NONE) != 0) {
    discard(g);
    return NULL;
  }
  g->stack_limit = (uintptr_t)g->stack + LG_GUARD + LG_STACK_RESERVE;
  return g;
}

lg_guest *lg_pool_take(void) {
  pthread_mutex_lock(&lock);
  lg_guest *g = first;
  if (g) {
    first = g->next;
    pooled--;
  }
  pthread_mutex_unlock(&lock);
  return g ? g : make();
}

/* The memory is wiped here, not when it is next taken: one execution's data does not outlive it. The stack needs no wiping, since
 * generated code never reads a local that it has not set. */
void lg_pool_give(lg_guest *g) {
  if (g->capacity != LG_POOLED_MEMORY) {
    discard(g);
    return;
  }
  memset(g->memory, 0, g->used);
  pthread_mutex_lock(&lock);
  bool keep = pooled < LG_POOLED_GUESTS;
  if (keep) {
    g->next = first;
    first = g;
    pooled++;
  }
  pthread_mutex_unlock(&lock);
  if (!keep) discard(g);
}
