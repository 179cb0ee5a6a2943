/* The builtin probe `vsyscall`: what becomes of a call to, and a read of, each of the three addresses that old C
 * libraries call on x86-64. Each is tried in a child of its own, since most end it. */
#pragma once
#include "kernel.h"

enum { EFAULT = 14, KMSG_BYTES = 8192, O_SEEK_END = 2, NEVER_RAN = 255 };

static const struct legacy_call {
    const char *name;
    u64 address;
} legacy_calls[] = {
    {"gettimeofday", 0xffffffffff600000}, {"time", 0xffffffffff600400}, {"getcpu", 0xffffffffff600800},
};

static int call_legacy(const struct legacy_call *call) {
#if defined(__x86_64__)
    i64 first[2] = {0, 0};
    u32 cpu = 0, node = 0;
    i64 (*function)(void *, void *, void *) = (i64 (*)(void *, void *, void *))call->address;
    if (same(call->name, "time")) return function(first, NULL, NULL) > 0 && first[0] > 0 ? 0 : 1;
    if (same(call->name, "getcpu")) return function(&cpu, &node, NULL) == 0 ? 0 : 1;
    return function(first, NULL, NULL) == 0 && first[0] > 0 ? 0 : 1;
#else
    (void)call;
    return 1;
#endif
}

/* Runs one attempt in a child. Returns its wait status, or a negative errno. */
static i64 attempt(const struct legacy_call *call, int reads, i64 *pid) {
    i32 status = 0;
    *pid = sys_fork();
    if (*pid == 0) {
        if (!reads) sys_exit(call_legacy(call));
        u8 byte = *(volatile const u8 *)call->address;
        (void)byte;
        sys_exit(0);
    }
    if (*pid < 0) return *pid;
    i64 result;
    do result = sys_wait4((i32)*pid, &status, 0);
    while (result == -EINTR);
    return result < 0 ? result : status;
}

static void report_attempt(const char *metric, const char *subject, i64 status) {
    struct line line = {0};
    if (status < 0) {
        unavailable(metric, "clone or wait4", status);
        return;
    }
    if (status & 0x7F) {
        add(&line, "signal ");
        add_number(&line, status & 0x7F);
    } else {
        add(&line, status ? "wrong result" : "works");
    }
    text_bytes(metric, subject, line.text, line.length);
}

/* The first line of the kernel's log, from where it was opened, that speaks of a vsyscall by the process pid. */
static void report_log(i64 log, const char *subject, i64 pid) {
    static u8 record[KMSG_BYTES];
    struct line mark = {0};
    i64 n;
    add(&mark, "[");
    add_number(&mark, pid);
    add(&mark, "]");
    while ((n = sys_read((int)log, record, sizeof record - 1)) > 0) {
        record[n] = 0;
        char *c = (char *)record;
        while (*c && *c != ';') c++;   /* "level,sequence,time,flags;text\n" and more lines */
        if (!*c) continue;
        const char *said = ++c, *found = NULL;
        int speaks = 0;
        for (; *c && *c != '\n'; c++) {
            if (after(c, mark.text)) found = c;
            if (after(c, "vsyscall")) speaks = 1;
        }
        if (!found || !speaks) continue;
        text_bytes("vsyscall_log", subject, said, (usize)(c - said));
        return;
    }
}

static void run_vsyscall(int fd, const struct origin *origin) {
    (void)origin;
    readings_fd = fd;
    report_vsyscall();
    i64 log = sys_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    if (log < 0) unavailable("vsyscall_log", "/dev/kmsg", log);
    else SYS(lseek, log, 0, O_SEEK_END, 0, 0, 0);
    for (int i = 0; i < 3; i++) {
        i64 pid;
        report_attempt("vsyscall_call", legacy_calls[i].name, attempt(&legacy_calls[i], 0, &pid));
        if (log >= 0 && pid > 0) report_log(log, legacy_calls[i].name, pid);
        report_attempt("vsyscall_read", legacy_calls[i].name, attempt(&legacy_calls[i], 1, &pid));
    }
    if (log >= 0) sys_close((int)log);
}
