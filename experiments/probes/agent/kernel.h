/* The builtin probe `kernel`: what the kernel says of itself. Runs in a child and hands its readings over a pipe,
 * each as a u32 length and a frame's body; the agent numbers, tags and forwards them. */
#pragma once
#include "frames.h"
#include "sha256.h"

struct origin {
    i64 pid, first_monotonic, first_boottime;
};

static int readings_fd;
static u8 file_text[1 << 20];   /* /proc/stat of a machine with many interrupts runs to hundreds of KB */

static u8 gathered[32768];
static usize gathered_size;
static int gathering;

static void hand_over_gathered(void) {
    if (write_all(readings_fd, gathered, gathered_size) < 0) sys_exit(EXIT_UNABLE);
    gathered_size = 0;
    gathering = 0;
}

/* From here on readings wait until there are many, or hand_over_gathered is called. */
static void gather_readings(void) { gathering = 1; }

static void hand_over(void) {
    usize size = 4 + body_size;
    store(frame + 4, body_size, 4);
    if (gathered_size + size > sizeof gathered) {
        hand_over_gathered();
        gathering = 1;
    }
    if (gathering && size <= sizeof gathered) {
        memcpy(gathered + gathered_size, frame + 4, size);
        gathered_size += size;
    } else if (write_all(readings_fd, frame + 4, size) < 0) {
        sys_exit(EXIT_UNABLE);
    }
}

static void number(const char *metric, i64 value) {
    frame_begin(KIND_NUMBER, NO_PROBE);
    put_str16(metric);
    put_str16("");
    put((u64)value, 8);
    hand_over();
}

static void text_bytes(const char *metric, const char *subject, const void *bytes, usize size) {
    frame_begin(KIND_TEXT, NO_PROBE);
    put_str16(metric);
    put_str16(subject);
    put_rest(bytes, size);
    hand_over();
}

static void text(const char *metric, const char *value) { text_bytes(metric, "", value, length_of(value)); }

/* error: a negative errno. */
static void unavailable(const char *metric, const char *source, i64 error) {
    struct line line = {0};
    add(&line, source);
    add(&line, ": errno ");
    add_number(&line, -error);
    text_bytes("unavailable", metric, line.text, line.length);
}

/* Reads a file as one string into file_text. Returns its size or a negative errno. */
static i64 load(const char *path) {
    i64 size = read_file(path, file_text, sizeof file_text - 1);
    if (size >= 0) file_text[size] = 0;
    return size;
}

/* Where the first line of file_text that starts with prefix goes on, or NULL. */
static const char *line_after(const char *prefix) {
    for (const char *c = (const char *)file_text; *c; c++) {
        const char *rest = after(c, prefix);
        if (rest) return rest;
        while (*c && *c != '\n') c++;
        if (!*c) break;
    }
    return NULL;
}

/* One field of mountinfo, up to a blank; moves *at behind that. */
static struct line field(const char **at) {
    struct line line = {0};
    for (; **at && **at != ' ' && **at != '\n'; ++*at)
        if (line.length < sizeof line.text - 1) line.text[line.length++] = **at;
    if (**at == ' ') ++*at;
    return line;
}

/* Whether the file at path is not proc's own, since something lies over it, as container managers mount files of theirs: then the metric is reported
 * as unavailable. A line of mountinfo is `id parent device root mount-point options … - type source options`. A kernel that tells no mount of an open
 * file (gVisor's) leaves the file what it is. */
static int is_covered(const char *metric, const char *path) {
    struct line name = {0}, id = {0}, real = {0}, said = {0};
    i64 fd = sys_open(path, O_RDONLY);
    u64 mount;
    if (fd < 0) return 0;
    add(&name, "/proc/self/fdinfo/");
    add_number(&name, fd);
    const char *at = load(name.text) < 0 ? NULL : line_after("mnt_id:");
    sys_close((int)fd);
    while (at && (*at == ' ' || *at == '\t')) at++;
    if (!at || !take_number(&at, ~0UL >> 1, &mount)) return 0;
    add_number(&id, (i64)mount);
    add(&id, " ");
    at = load("/proc/self/mountinfo") < 0 ? NULL : line_after(id.text);
    if (!at) return 0;
    field(&at);
    field(&at);
    struct line root = field(&at), point = field(&at), next = field(&at);
    while (*at && *at != '\n' && !same(next.text, "-")) next = field(&at);
    struct line type = field(&at);
    /* A part of proc that is mounted where it stands anyway, as managers do to make it read-only, hides nothing. */
    if (!same(root.text, "/")) add(&real, root.text);
    add(&real, same(point.text, "/") ? path : path + point.length);
    if (same(type.text, "proc") && same(real.text, path + sizeof "/proc" - 1)) return 0;
    add(&said, path);
    add(&said, ": ");
    add(&said, type.text);
    add(&said, " is mounted at ");
    add(&said, point.text);
    text_bytes("unavailable", metric, said.text, said.length);
    return 1;
}

static void clock_reading(const char *metric, const char *source, i64 ns) {
    if (ns < 0) unavailable(metric, source, ns);
    else number(metric, ns);
}

static void report_uname(void) {
    struct utsname names;
    i64 result = sys_uname(&names);
    const char *metrics[] = {"sysname", "release", "version", "machine"};
    const char *values[] = {names.sysname, names.release, names.version, names.machine};
    for (int i = 0; i < 4; i++)
        if (result < 0) unavailable(metrics[i], "uname", result);
        else text(metrics[i], values[i]);
}

/* The file without the newline at its end. */
static void report_line(const char *metric, const char *path) {
    i64 size = load(path);
    if (size < 0) {
        unavailable(metric, path, size);
        return;
    }
    if (size > 0 && file_text[size - 1] == '\n') size--;
    text_bytes(metric, "", file_text, (usize)size);
}

static void report_btime(void) {
    i64 size = load("/proc/stat");
    const char *at = size < 0 ? NULL : line_after("btime ");
    u64 value;
    if (size < 0) unavailable("btime", "/proc/stat", size);
    else if (!at || !take_number(&at, ~0UL >> 1, &value)) unavailable("btime", "/proc/stat", -ENODATA);
    else number("btime", (i64)value);
}

static void report_cmdline(void) {
    char hex[65];
    i64 size = load("/proc/cmdline");
    if (size < 0) {
        unavailable("cmdline_sha256", "/proc/cmdline", size);
        return;
    }
    sha256_hex(file_text, (usize)size, hex);
    text("cmdline_sha256", hex);
}

/* A line is `monotonic <seconds> <nanoseconds>`: the seconds may be negative, the nanoseconds are not. */
static void report_timens(const char *metric, const char *clock) {
    const char *path = "/proc/self/timens_offsets";
    i64 size = load(path);
    const char *at = size < 0 ? NULL : line_after(clock);
    u64 parts[2] = {0, 0};
    int negative = 0;
    for (int i = 0; at && i < 2; i++) {
        while (*at == ' ') at++;
        if (i == 0 && *at == '-') negative = 1, at++;
        if (!take_number(&at, 9000000000UL, &parts[i])) at = NULL;
    }
    if (size < 0) unavailable(metric, path, size);
    else if (!at) unavailable(metric, path, -ENODATA);
    else number(metric, (negative ? -(i64)parts[0] : (i64)parts[0]) * 1000000000 + (i64)parts[1]);
}

/* A line of maps is `start-end perms offset dev inode   [vsyscall]`. */
static void report_vsyscall(void) {
    i64 size = load("/proc/self/maps");
    if (size < 0) {
        unavailable("vsyscall_map", "/proc/self/maps", size);
        return;
    }
    const char *permissions = NULL, *found = NULL;
    for (const char *c = (const char *)file_text; *c; c++) {
        if (*c == ' ' && !permissions) permissions = c + 1;
        if (*c == '\n') permissions = NULL;
        if (after(c, "[vsyscall]")) found = permissions;
    }
    usize width = 0;
    while (found && found[width] && found[width] != ' ') width++;
    if (found) text_bytes("vsyscall_map", "", found, width);
    else text("vsyscall_map", "absent");
}

/* As little as proves whose clocks were read. */
static void run_start(int fd, const struct origin *origin) {
    (void)origin;
    readings_fd = fd;
    report_line("boot_id", "/proc/sys/kernel/random/boot_id");
    report_timens("timens_monotonic_ns", "monotonic");
}

static void run_kernel(int fd, const struct origin *origin) {
    readings_fd = fd;
    report_uname();
    if (!is_covered("boot_id", "/proc/sys/kernel/random/boot_id")) report_line("boot_id", "/proc/sys/kernel/random/boot_id");
    if (!is_covered("btime", "/proc/stat")) report_btime();
    report_line("proc_version", "/proc/version");
    if (!is_covered("cmdline_sha256", "/proc/cmdline")) report_cmdline();
    i64 monotonic = sys_clock(CLOCK_MONOTONIC), boottime = sys_clock(CLOCK_BOOTTIME);
    clock_reading("monotonic_ns", "clock_gettime", monotonic);
    clock_reading("boottime_ns", "clock_gettime", boottime);
    clock_reading("first_monotonic_ns", "clock_gettime", origin->first_monotonic);
    clock_reading("first_boottime_ns", "clock_gettime", origin->first_boottime);
    report_timens("timens_monotonic_ns", "monotonic");
    report_timens("timens_boottime_ns", "boottime");
    report_vsyscall();
    number("pid", origin->pid);
}
