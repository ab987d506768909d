/* Attacks on the sandbox. The task is the attack's name; each either traps, or returns the JSON value true. */
#include <stdbool.h>
#include <stdint.h>

#define IMPORT(m, n) __attribute__((import_module(m), import_name(n)))
#define EXPORT(n) __attribute__((export_name(n)))

IMPORT("latchgate:io/http", "request") uint32_t http_request(uint32_t at, uint32_t length, uint32_t answer);
IMPORT("latchgate:io/log", "write") void log_write(uint32_t level, uint32_t at, uint32_t length);

enum { PAGE = 65536 };
static uint8_t heap[32768];
static uint32_t top;

EXPORT("lg_alloc") uint8_t *lg_alloc(uint32_t length) {
  uint8_t *at = heap + top;
  top += (length + 7) & ~7u;
  return at;
}

static bool is(const uint8_t *task, uint32_t length, const char *name) {
  for (uint32_t i = 0; i < length; i++) {
    if (name[i] == 0 || task[i] != (uint8_t)name[i]) return false;
  }
  return name[length] == 0;
}

static uint64_t text(const char *bytes) {
  uint32_t length = 0;
  while (bytes[length]) length++;
  return (uint64_t)(uintptr_t)bytes << 32 | length;
}

static uint64_t done(void) { return text("true"); }
static uint32_t pages(void) { return __builtin_wasm_memory_size(0); }
static uint32_t grow(uint32_t by) { return __builtin_wasm_memory_grow(0, by); }
static volatile uint8_t *address(uint32_t at) { return (volatile uint8_t *)(uintptr_t)at; }

static volatile int32_t zero, minus_one = -1, lowest = INT32_MIN;
static volatile float not_a_number, enormous = 1e30f;
static int32_t takes_nothing(void) { return 1; }
static int32_t (*volatile function)(void) = takes_nothing;
static const char request[] = "{\"url\":\"https://example.com/\"}";
#define REQUEST (uint32_t)(uintptr_t)request, sizeof request - 1

EXPORT("execute") uint64_t execute(const uint8_t *task, uint32_t length) {
#define ATTACK(name) if (is(task, length, name))
  ATTACK("nothing") return done();
  ATTACK("spin") for (volatile uint32_t i = 0;; i++) {}
  ATTACK("read_past_the_end") return *address(pages() * PAGE);
  ATTACK("read_at_the_top") return *address(0xffffffff);
  ATTACK("write_past_the_end") { *address(pages() * PAGE) = 1; return done(); }
  ATTACK("write_across_the_end") { *(volatile uint64_t *)(uintptr_t)(pages() * PAGE - 4) = 1; return done(); }
  ATTACK("grow_without_end") { while (grow(16) != UINT32_MAX) {} __builtin_trap(); }
  ATTACK("grow_until_refused") { while (grow(16) != UINT32_MAX) {} return done(); }
  ATTACK("give_up") __builtin_trap();
  ATTACK("divide_by_zero") return (uint64_t)(lowest / zero);
  ATTACK("remainder_by_zero") return (uint64_t)(lowest % zero);
  ATTACK("divide_overflow") return (uint64_t)(lowest / minus_one);
  ATTACK("convert_nan") { not_a_number = __builtin_nanf(""); return (uint64_t)__builtin_wasm_trunc_s_i32_f32(not_a_number); }
  ATTACK("convert_too_large") return (uint64_t)__builtin_wasm_trunc_s_i32_f32(enormous);
  ATTACK("call_null") { function = 0; return (uint64_t)function(); }
  ATTACK("call_past_the_table") { function = (int32_t (*)(void))(uintptr_t)100000; return (uint64_t)function(); }
  ATTACK("call_another_type") return ((uint64_t (*)(double, double))(uintptr_t)function)(1, 2);

  uint32_t answer[2];
  uint32_t at = (uint32_t)(uintptr_t)answer;
  ATTACK("request") { http_request(REQUEST, at); return (uint64_t)answer[0] << 32 | answer[1]; }
  ATTACK("request_status") return text(http_request(REQUEST, at) ? "\"refused\"" : "\"ok\"");
  ATTACK("request_of_huge_length") { http_request((uint32_t)(uintptr_t)request, 0xffffffff, at); return done(); }
  ATTACK("request_past_the_end") { http_request(pages() * PAGE - 4, 8, at); return done(); }
  ATTACK("answer_past_the_end") { http_request(REQUEST, pages() * PAGE - 4); return done(); }
  ATTACK("request_over_its_own_answer") { http_request((uint32_t)(uintptr_t)heap, 64, (uint32_t)(uintptr_t)heap + 8); return done(); }
  ATTACK("request_without_end") for (;;) http_request(REQUEST, at);
  ATTACK("request_whole_memory") { http_request(0, pages() * PAGE, at); return done(); }
  ATTACK("log_without_end") { for (int i = 0; i < 1000; i++) log_write(1, REQUEST); return done(); }
  ATTACK("log_forged_line") {
    static const char line[] = "one\r\n2026-01-01 forged\x1b[2J\xe2\x80\xae\xe2\x80\xa8\xff end";
    log_write(9, (uint32_t)(uintptr_t)line, sizeof line - 1);
    return done();
  }
  ATTACK("log_long_line") { log_write(0, 0, PAGE); return done(); }
  ATTACK("log_past_the_end") { log_write(0, pages() * PAGE - 1, 2); return done(); }

  ATTACK("result_past_the_end") return (uint64_t)(pages() * PAGE - 2) << 32 | 4;
  ATTACK("result_of_huge_length") return 0xffffffff;
  ATTACK("result_empty") return (uint64_t)PAGE / 2 << 32;
  ATTACK("result_not_json") return text("{\"ok\":tru}");
  ATTACK("result_two_values") return text("{} {}");
  ATTACK("result_not_utf8") return text("\"\xc3\x28\"");
  ATTACK("result_unpaired_surrogate") return text("\"\\ud800\"");
  ATTACK("result_surrogates_swapped") return text("{\"\\udc00\\ud800\":1}");
  ATTACK("result_surrogate_pair") return text("\"\\ud83d\\ude00\"");

  ATTACK("leave_traces") {
    grow(3);
    for (uint32_t i = (uint32_t)(uintptr_t)heap + 64; i < pages() * PAGE; i++) *address(i) = 0xa5;
    return done();
  }
  ATTACK("leave_many_traces") {
    grow(16);
    for (uint32_t i = (uint32_t)(uintptr_t)heap + 64; i < pages() * PAGE; i++) *address(i) = 0xa5;
    return done();
  }
  ATTACK("look_for_traces") {
    grow(16);
    for (uint32_t i = (uint32_t)(uintptr_t)heap + 64; i < pages() * PAGE; i++) {
      if (*address(i) == 0xa5) return text("false");
    }
    return done();
  }
  return text("\"no such attack\"");
}
