/* Memories and tables of guests. Each guest owns one mapping for its linear memory; growth moves it with mremap, which is safe
 * because generated code reads the base anew after every call. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "guest.h"

/* Makes the mapping at least `bytes` long; what is added is zero. */
static bool reserve(lg_guest *g, size_t bytes) {
  if (bytes <= g->capacity) return true;
  size_t most = (size_t)g->max_pages * LG_PAGE;
  size_t capacity = bytes * 2 < most ? bytes * 2 : most; /* doubling keeps a guest that grows page by page linear */
  void *moved = mremap(g->memory, g->capacity, capacity, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) return false;
  g->memory = moved;
  g->capacity = capacity;
  return true;
}

static void set_size(lg_guest *g, wasm_rt_memory_t *memory, uint32_t pages) {
  memory->data = g->memory;
  memory->pages = pages;
  memory->size = pages * LG_PAGE;
  g->used = memory->size;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t initial_pages, uint32_t max_pages) {
  lg_guest *g = lg_thread.guest;
  if (g->memory_taken || initial_pages > g->max_pages || !reserve(g, (size_t)initial_pages * LG_PAGE)) lg_trap(LG_MEMORY_LIMIT);
  g->memory_taken = true;
  memory->max_pages = max_pages;
  set_size(g, memory, initial_pages);
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t delta) {
  lg_guest *g = lg_thread.guest;
  uint32_t old = memory->pages;
  uint64_t pages = (uint64_t)old + delta;
  if (pages > memory->max_pages) return UINT32_MAX;
  if (pages > g->max_pages || !reserve(g, pages * LG_PAGE)) {
    g->growth_refused = true;
    return UINT32_MAX;
  }
  set_size(g, memory, (uint32_t)pages);
  return old;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; /* the guest's, wiped in lg_pool_give */ }

/* A table is outside the memory cap, so it has one of its own. */
static void *table_elements(uint32_t elements, size_t size) {
  void *data = elements <= LG_MAX_TABLE ? calloc(elements ? elements : 1, size) : NULL;
  if (!data) lg_trap(LG_MEMORY_LIMIT);
  return data;
}

#define TABLE(kind)                                                                                                              \
  void wasm_rt_allocate_##kind##_table(wasm_rt_##kind##_table_t *table, uint32_t elements, uint32_t max_elements) {              \
    table->data = table_elements(elements, sizeof *table->data);                                                                 \
    table->size = elements;                                                                                                      \
    table->max_size = max_elements;                                                                                              \
  }                                                                                                                              \
  uint32_t wasm_rt_grow_##kind##_table(wasm_rt_##kind##_table_t *table, uint32_t delta, wasm_rt_##kind##_t init) {               \
    uint32_t old = table->size;                                                                                                  \
    uint64_t size = (uint64_t)old + delta;                                                                                       \
    if (size > table->max_size || size > LG_MAX_TABLE) return UINT32_MAX;                                                        \
    void *data = size ? realloc(table->data, size * sizeof *table->data) : table->data;                                          \
    if (!data) return UINT32_MAX;                                                                                                \
    table->data = data;                                                                                                          \
    table->size = (uint32_t)size;                                                                                                \
    for (uint32_t i = old; i < table->size; i++) table->data[i] = init;                                                          \
    return old;                                                                                                                  \
  }                                                                                                                              \
  void wasm_rt_free_##kind##_table(wasm_rt_##kind##_table_t *table) { free(table->data); /* null when never allocated */ }

TABLE(funcref)
TABLE(externref)
