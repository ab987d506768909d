/* What a provider written in C starts from: the host's functions, memory, and spans of bytes. No libc. See wit/ABI.md. */
#ifndef LG_GUEST_H_
#define LG_GUEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define LG_EXPORT(name) __attribute__((export_name(name)))
#define LG_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

/* Bytes [at, end). */
typedef struct span { const u8 *at, *end; } span;

static inline u32 length(span s) { return (u32)(s.end - s.at); }
#define SPAN(literal) ((span){(const u8 *)(literal), (const u8 *)(literal) + sizeof(literal) - 1})

static inline bool equal(span a, span b) {
  if (length(a) != length(b)) return false;
  for (; a.at < a.end; a.at++, b.at++) {
    if (*a.at != *b.at) return false;
  }
  return true;
}

static inline u8 lower(u8 c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; }

/* `name` is in lower case. */
static inline bool equal_ignoring_case(span a, span name) {
  if (length(a) != length(name)) return false;
  for (; a.at < a.end; a.at++, name.at++) {
    if (lower(*a.at) != *name.at) return false;
  }
  return true;
}

/* Eight bytes at once: an unaligned load is what WebAssembly has, and fuel is charged by the block, not by the byte. */
typedef u64 __attribute__((aligned(1), may_alias)) word;

static u8 *copy(u8 *to, span from) {
  const u8 *p = from.at;
  for (; from.end - p >= 32; p += 32, to += 32) {
    ((word *)to)[0] = ((const word *)p)[0];
    ((word *)to)[1] = ((const word *)p)[1];
    ((word *)to)[2] = ((const word *)p)[2];
    ((word *)to)[3] = ((const word *)p)[3];
  }
  for (; from.end - p >= 8; p += 8, to += 8) *(word *)to = *(const word *)p;
  for (; p < from.end; p++, to++) *to = *p;
  return to;
}

/* The compiler may call these two for structures, libc or not. */
void *memset(void *to, int value, size_t n) {
  for (u8 *p = to; n; n--) *p++ = (u8)value;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  copy(to, (span){from, (const u8 *)from + n});
  return to;
}

/* ---- memory: allocated upwards, freed with the instance ---------------------------------------------------------------------- */

extern u8 __heap_base;
static uintptr_t heap_top; /* zero until first used */

/* Null when the host grants no more memory. */
static u8 *allocate(u64 bytes) {
  if (heap_top == 0) heap_top = (uintptr_t)&__heap_base;
  uintptr_t at = (heap_top + 7) & ~(uintptr_t)7;
  u64 have = (u64)__builtin_wasm_memory_size(0) << 16;
  u64 need = at + bytes;
  if (need > have) {
    if (need > UINT32_MAX) return NULL;
    if (__builtin_wasm_memory_grow(0, (u32)((need - have + 0xffff) >> 16)) == SIZE_MAX) return NULL;
  }
  heap_top = at + (uintptr_t)bytes;
  return (u8 *)at;
}

/* Out of memory ends the guest; the host reports it as memory_limit. */
static u8 *must_allocate(u64 bytes) {
  u8 *at = allocate(bytes);
  if (!at) __builtin_trap();
  return at;
}

/* The host calls this for room for the task and for each answer. */
LG_EXPORT("lg_alloc") u8 *lg_alloc(u32 bytes) { return allocate(bytes); }

/* What `execute` returns: where the output is, and how long. */
static inline u64 packed(span s) { return (u64)(uintptr_t)s.at << 32 | length(s); }

#endif
