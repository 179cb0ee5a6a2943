/* The ways into the kernel that the sweep takes: the processor's own, and on x86-64 those of 32-bit programs (int 0x80)
 * and of x32. What is called how, and what is not called, stands in ../syscalls-NAME.csv. */
#pragma once
#include "isolate.h"

enum { CALLED, SKIPPED, UNGROUPED };

struct call {
    u16 number;
    u8 kind, rule;         /* rule: which of the entry's arguments */
    const char *name, *since, *symbol;
};

#include "calls.h"

struct entry {
    const char *name;
    const char *calls;     /* as calls.awk writes them */
    const i64 (*arguments)[6];
    i64 (*enter)(u32 number, const i64 *a);
    u16 getpid;            /* a call whose right answer is known */
    u16 first_extra, last_extra;
};

static i64 enter_native(u32 number, const i64 *a) { return syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); }

static const struct entry native = {"native", calls_native, arguments_native, enter_native, 0, 1, 0};

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

static const struct entry i386 = {"i386", calls_i386, arguments_i386, enter_i386, 20, 1, 0};
static const struct entry x32 = {"x32", calls_x32, arguments_x32, enter_x32, 39, 512, 547};
#endif

static const struct entry *entry = &native;

static struct call calls[512];
static int call_count;

/* Chooses an entry and reads its table. */
static void choose_entry(const struct entry *chosen) {
    static char text[16384];
    usize size = length_of(chosen->calls);
    if (size >= sizeof text) fail_with("the table of calls is too long", -EFBIG);
    memcpy(text, chosen->calls, size + 1);
    entry = chosen;
    call_count = 0;
    for (char *at = text; *at;) {
        const char *number = at;
        u64 value = 0;
        struct call *call = &calls[call_count++];
        if (call_count == sizeof calls / sizeof *calls || !take_number(&number, 0xFFFF, &value)) fail_with("the table of calls cannot be read", -EINVAL);
        *call = (struct call){.number = (u16)value, .since = "-"};
        for (int end = 0; !end;) {
            while (*at != ' ' && *at != '\n') at++;
            end = *at == '\n';
            *at++ = 0;
            if (end) break;
            const char *rest = at + 1;
            if (!call->name) call->name = call->symbol = at;
            else if (*at == 's') call->kind = SKIPPED;
            else if (*at == 'g') call->kind = UNGROUPED;
            else if (*at == 'v') call->since = rest;
            else if (*at == '=') call->symbol = rest;
            else if (*at == 'r') call->rule = rest[1] >= '0' && rest[1] <= '9' ? (u8)((rest[0] - '0') * 10 + rest[1] - '0') : (u8)(rest[0] - '0');
        }
    }
}

static const struct call *find_call(u32 number) {
    for (int i = 0; i < call_count; i++)
        if (calls[i].number == number) return &calls[i];
    return NULL;
}
