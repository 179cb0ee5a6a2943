/* The ways into the kernel that the sweep takes: the processor's own, and on x86-64 those of 32-bit programs (int 0x80)
 * and of x32. What is called how, and what is not called, stands in ../syscalls-NAME.csv. */
#pragma once
#include "isolate.h"

enum { CALLED, SKIPPED, UNGROUPED };

struct call {
    u16 number;
    u8 kind, rule;         /* rule: which of the entry's arguments */
    const char *about, *symbol;
};

#include "calls.h"

struct entry {
    const char *name;
    const struct call *calls;
    int count;
    const i64 (*arguments)[6];
    i64 (*enter)(u32 number, const i64 *a);
    u16 getpid;            /* a call whose right answer is known */
    u16 first_extra, last_extra;
};

static i64 enter_native(u32 number, const i64 *a) { return syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); }

static const struct entry native = {"native", calls_native, sizeof calls_native / sizeof *calls_native, arguments_native, enter_native, 0, 1, 0};

#if defined(__x86_64__)
/* Registers as a 32-bit program has them, each cut to 32 bits. rbp, the sixth, is nobody's to name; older kernels lose r8 to r11. */
static i64 enter_i386(u32 number, const i64 *a) {
    u32 result;
    register u64 sixth __asm__("r13") = (u32)a[5];
    __asm__ volatile("mov %%rbp, %%r12\n mov %%r13, %%rbp\n int $0x80\n mov %%r12, %%rbp"
                     : "=a"(result), "+r"(sixth)
                     : "a"(number), "b"((u32)a[0]), "c"((u32)a[1]), "d"((u32)a[2]), "S"((u32)a[3]), "D"((u32)a[4])
                     : "r8", "r9", "r10", "r11", "r12", "memory");
    return (i32)result;
}

static i64 enter_x32(u32 number, const i64 *a) { return syscall6(number | 0x40000000, a[0], a[1], a[2], a[3], a[4], a[5]); }

static const struct entry i386 = {"i386", calls_i386, sizeof calls_i386 / sizeof *calls_i386, arguments_i386, enter_i386, 20, 1, 0};
static const struct entry x32 = {"x32", calls_x32, sizeof calls_x32 / sizeof *calls_x32, arguments_x32, enter_x32, 39, 512, 547};
#endif

static const struct entry *entry = &native;

static const struct call *find_call(u32 number) {
    for (int i = 0; i < entry->count; i++)
        if (entry->calls[i].number == number) return &entry->calls[i];
    return NULL;
}
