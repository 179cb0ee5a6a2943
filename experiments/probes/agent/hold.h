/* The builtin probes `hold` and `hold-worked`: a sandbox that stays there, doing nothing, to be looked at from outside.
 * It says what its kernel accounts for and then waits to be ended, at the latest by the probe's timeout. */
#pragma once
#include "kernel.h"

enum { WORK_BYTES = 32 << 20, PAGE_BYTES = 4096, HOLD_READ_WRITE = 3, HOLD_PRIVATE_ANONYMOUS = 0x22 };

static void number_about(const char *metric, const char *subject, i64 value) {
    frame_begin(KIND_NUMBER, NO_PROBE);
    put_str16(metric);
    put_str16(subject);
    put((u64)value, 8);
    hand_over();
}

/* Lines of /proc/meminfo, in bytes: the sandbox's own kernel speaks, which in a container is the host's. */
static void report_memory(void) {
    static const char *const fields[] = {"MemTotal", "MemFree", "MemAvailable", "Cached", "AnonPages", "Shmem", "Slab", "KernelStack", "PageTables", "Percpu"};
    i64 size = load("/proc/meminfo");
    if (size < 0) {
        unavailable("guest_memory_bytes", "/proc/meminfo", size);
        return;
    }
    for (usize i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct line prefix = {0};
        u64 kibibytes;
        add(&prefix, fields[i]);
        add(&prefix, ":");
        const char *at = line_after(prefix.text);
        while (at && *at == ' ') at++;
        if (at && take_number(&at, ~0UL >> 11, &kibibytes)) number_about("guest_memory_bytes", fields[i], (i64)(kibibytes << 10));
    }
}

_Noreturn static void stand_still(void) {
    number("holding", 1);
    for (;;) sys_poll(NULL, 0, 1000000000000L);
}

static void run_hold(int fd, const struct origin *origin) {
    (void)origin;
    readings_fd = fd;
    report_memory();
    stand_still();
}

/* Some work first, in a child that ends: what is still taken afterwards, the sandbox does not give back. */
static void run_hold_worked(int fd, const struct origin *origin) {
    (void)origin;
    readings_fd = fd;
    i32 status = 0;
    i64 pid = sys_fork(), result;
    if (pid == 0) {
        i64 memory = SYS(mmap, 0, WORK_BYTES, HOLD_READ_WRITE, HOLD_PRIVATE_ANONYMOUS, -1, 0);
        if (memory < 0) sys_exit(EXIT_UNABLE);
        for (usize at = 0; at < WORK_BYTES; at += PAGE_BYTES) *(volatile u8 *)(memory + (i64)at) = 1;
        sys_exit(0);
    }
    if (pid < 0) sys_exit(EXIT_UNABLE);
    do result = sys_wait4((i32)pid, &status, 0);
    while (result == -EINTR);
    if (result < 0 || status) sys_exit(EXIT_UNABLE);
    report_memory();
    stand_still();
}
