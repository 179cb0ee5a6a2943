/* The builtin probe `treatment`: what was done to this sandbox, as its kernel shows it. It judges nothing: each fact is a text
 * reading `seen`, and what was asked for is the harness's knowledge. It runs before any program of the image. */
#pragma once
#include "isolate.h"

enum { RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, PR_GET_NO_NEW_PRIVS = 39, LOG_READ_ALL = 3, LOG_BYTES = 8192, WAIT_NS = 3000000000L };

static void seen(const char *fact, const char *value) { text_bytes("seen", fact, value, length_of(value)); }

static void unseen(const char *fact, const char *source, i64 error) {
    struct line line = {0};
    add(&line, "seen ");
    add(&line, fact);
    unavailable(line.text, source, error);
}

/* The line of file_text that follows prefix, without blanks before it. */
static void seen_after(const char *fact, const char *prefix) {
    const char *at = line_after(prefix);
    usize width = 0;
    while (at && (*at == ' ' || *at == '\t' || *at == ':')) at++;
    while (at && at[width] && at[width] != '\n') width++;
    if (at) text_bytes("seen", fact, at, width);
}

/* A whole file without the newline at its end. Returns what load does. */
static i64 seen_file(const char *fact, const char *path) {
    i64 size = load(path);
    if (size > 0) text_bytes("seen", fact, file_text, (usize)(file_text[size - 1] == '\n' ? size - 1 : size));
    return size;
}

/* Of version 1 of control groups, else of version 2: where both are mounted, the first has the controller. */
static void seen_control(const char *fact, const char *first, const char *second) {
    if (seen_file(fact, first) > 0) return;
    i64 size = seen_file(fact, second);
    if (size <= 0) unseen(fact, second, size ? size : -ENODATA);
}

static void seen_status(void) {
    static const char *const lines[] = {"CapBnd", "CapEff", "Seccomp", "Seccomp_filters"};
    i64 size = load("/proc/self/status");
    if (size < 0) unseen("status", "/proc/self/status", size);
    for (usize i = 0; size > 0 && i < sizeof lines / sizeof *lines; i++) {
        struct line prefix = {0};
        add(&prefix, lines[i]);
        add(&prefix, ":");
        seen_after(lines[i], prefix.text);
    }
    i64 none = sys_prctl(PR_GET_NO_NEW_PRIVS, 0);
    if (none < 0) unseen("NoNewPrivs", "prctl", none);
    else seen("NoNewPrivs", none ? "1" : "0");
}

/* Names of interfaces, joined by commas: /proc/net/dev has two lines of headings, then `  name: counters`. */
static void seen_interfaces(void) {
    static char names[4096];
    usize length = 0, lines = 0;
    i64 size = load("/proc/self/net/dev");
    if (size < 0) size = load("/proc/net/dev");
    if (size < 0) {
        unseen("interfaces", "/proc/net/dev", size);
        return;
    }
    for (const char *c = (const char *)file_text; *c; c++) {
        if (lines >= 2) {
            while (*c == ' ') c++;
            if (*c && *c != '\n' && length && length < sizeof names - 1) names[length++] = ',';
            while (*c && *c != ':' && *c != '\n' && length < sizeof names - 1) names[length++] = *c++;
        }
        while (*c && *c != '\n') c++;
        if (!*c) break;
        lines++;
    }
    text_bytes("seen", "interfaces", names, length);
}

static void seen_namespaces(void) {
    static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
    for (usize i = 0; i < sizeof names / sizeof *names; i++) {
        struct line path = {0}, fact = {0};
        char target[64];
        add(&path, "/proc/self/ns/");
        add(&path, names[i]);
        add(&fact, "namespace ");
        add(&fact, names[i]);
        i64 size = SYS(readlinkat, AT_FDCWD, path.text, target, sizeof target, 0, 0);
        if (size > 0) text_bytes("seen", fact.text, target, (usize)size);
    }
}

static void seen_limit(const char *fact, int resource) {
    u64 limits[2];
    i64 result = SYS(prlimit64, 0, resource, NULL, limits, 0, 0);
    struct line line = {0};
    if (result < 0) {
        unseen(fact, "prlimit64", result);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (i) add(&line, ":");
        if (limits[i] == ~0UL) add(&line, "unlimited");
        else add_number(&line, (i64)limits[i]);
    }
    seen(fact, line.text);
}

/* The lines of the file systems at / and /.harness: `id parent device root mount-point options … - type source options`. The last one counts. */
static void seen_mounts(void) {
    static const char *const points[] = {"/", "/.harness"};
    i64 size = load("/proc/self/mountinfo");
    if (size < 0) {
        unseen("mounts", "/proc/self/mountinfo", size);
        return;
    }
    for (usize i = 0; i < sizeof points / sizeof *points; i++) {
        const char *found = NULL;
        for (const char *line = (const char *)file_text; *line; line++) {
            const char *at = line;
            for (int field = 0; field < 4 && *at; at++)
                if (*at == ' ') field++;
            const char *rest = after(at, points[i]);
            if (rest && *rest == ' ') found = line;
            while (*line && *line != '\n') line++;
            if (!*line) break;
        }
        struct line fact = {0};
        usize width = 0;
        add(&fact, "mount ");
        add(&fact, points[i]);
        while (found && found[width] && found[width] != '\n') width++;
        if (found) text_bytes("seen", fact.text, found, width);
    }
}

/* gVisor names itself in its kernel's log, which it lets everyone read. Linux refuses that to a container. */
static void seen_log(void) {
    i64 size = SYS(syslog, LOG_READ_ALL, file_text, LOG_BYTES, 0, 0, 0);
    int found = 0;
    file_text[size > 0 ? size : 0] = 0;
    for (const char *c = (const char *)file_text; *c && !found; c++) found = after(c, "Starting gVisor") != NULL;
    seen("gVisor", found ? "in the kernel's log" : size < 0 ? "no: the kernel's log is not for all to read" : "no: not in the kernel's log");
}

static void seen_machine(void) {
#if defined(__x86_64__)
    u32 a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (c >> 31) {
        u8 name[13] = {0};
        a = 0x40000000;
        c = 0;
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        store(name, b, 4);
        store(name + 4, c, 4);
        store(name + 8, d, 4);
        seen("hypervisor", (const char *)name);
    } else {
        seen("hypervisor", "");
    }
#endif
    if (load("/proc/cpuinfo") > 0) seen_after("processor", "model name");
    if (load("/proc/meminfo") > 0) seen_after("memory", "MemTotal:");
    seen_file("machine", "/sys/class/dmi/id/product_name");
    seen_file("command line", "/proc/cmdline");
    struct utsname names;
    if (sys_uname(&names) >= 0) seen("release", names.release);
}

static int is_there(const char *path) { return SYS(faccessat, AT_FDCWD, path, 0, 0, 0, 0) >= 0; }

/* Where the harness says so, the sandbox stands still until it has been looked at from outside. */
static void wait_to_be_seen(void) {
    i64 until = now_ns() + WAIT_NS;
    if (!is_there("/.harness/wait")) return;
    while (!is_there("/.harness/looked") && now_ns() < until) sys_poll(NULL, 0, 1000000);
}

static void run_treatment(int fd, const struct origin *origin) {
    struct line pid = {0};
    readings_fd = fd;
    gather_readings();
    add_number(&pid, origin->pid);
    seen("process", pid.text);
    seen_status();
    if (seen_file("uid_map", "/proc/self/uid_map") < 0) unseen("uid_map", "/proc/self/uid_map", -ENOENT);
    seen_interfaces();
    seen_namespaces();
    seen_limit("nofile", RLIMIT_NOFILE);
    seen_limit("nproc", RLIMIT_NPROC);
    seen_control("memory limit", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max");
    seen_control("process limit", "/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max");
    seen_mounts();
    seen_log();
    seen_machine();
    hand_over_gathered();
    wait_to_be_seen();
}
