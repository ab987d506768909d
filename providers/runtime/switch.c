#include "switch.h"

#include <stdint.h>

#if defined(__x86_64__) && !defined(LG_UCONTEXT)

/* System V ABI: a call keeps rbx, rbp, r12 to r15 and the stack pointer. It also keeps the floating-point control words, which no
 * WebAssembly instruction can change. The return address on the old stack is where the context continues. */
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl lg_switch\n"
    ".hidden lg_switch\n"
    ".type lg_switch, @function\n"
    "lg_switch:\n"
    "  pushq %rbp\n"
    "  pushq %rbx\n"
    "  pushq %r12\n"
    "  pushq %r13\n"
    "  pushq %r14\n"
    "  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq (%rsi), %rsp\n"
    "  popq %r15\n"
    "  popq %r14\n"
    "  popq %r13\n"
    "  popq %r12\n"
    "  popq %rbx\n"
    "  popq %rbp\n"
    "  ret\n"
    ".size lg_switch, .-lg_switch\n");

void lg_context_init(lg_context *context, void *stack, size_t size, void (*entry)(void)) {
  uintptr_t *top = (uintptr_t *)(((uintptr_t)stack + size) & ~(uintptr_t)15);
  *--top = 0;                /* where entry would return to: nowhere */
  *--top = (uintptr_t)entry; /* popped by ret, which leaves rsp as if entry had been called */
  for (int i = 0; i < 6; i++) *--top = 0;
  context->sp = top;
}

#else

void lg_context_init(lg_context *context, void *stack, size_t size, void (*entry)(void)) {
  getcontext(&context->saved);
  context->saved.uc_stack.ss_sp = stack;
  context->saved.uc_stack.ss_size = size;
  context->saved.uc_link = NULL;
  makecontext(&context->saved, entry, 0);
}

void lg_switch(lg_context *from, lg_context *to) { swapcontext(&from->saved, &to->saved); }

#endif
