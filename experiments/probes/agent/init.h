/* The agent as the first process of a virtual machine: only in the binary init-* (built with AS_INIT), so that the
 * agent of containers stays as it is. What it does is listed in /.harness/init, one step a line, fields separated by
 * one space:
 *     module PATH        loads a kernel module; one that the kernel has already is no error
 *     channel DEVICE     waits for the serial line and makes it standard output, its bytes left as they are
 *     root DEVICE TYPE   mounts the userland's file system and goes into it; without it the userland is where init is
 *     hand-over PROGRAM  becomes the distribution's own init, systemd, and asks it for one unit more: the agent, which then
 *                        reads /.harness/late as this file is read by the first process */
#pragma once
#include "frames.h"

#if defined(__x86_64__)
enum { NR_reboot = 169, NR_sync = 162, NR_chroot = 161, NR_chdir = 80, NR_mkdirat = 258, NR_finit_module = 313, NR_symlinkat = 266, NR_ioctl = 16 };
#elif defined(__aarch64__)
enum { NR_reboot = 142, NR_sync = 81, NR_chroot = 51, NR_chdir = 49, NR_mkdirat = 34, NR_finit_module = 273, NR_symlinkat = 36, NR_ioctl = 29 };
#endif

enum { MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_REMOUNT = 32, MS_BIND = 4096, MS_MOVE = 8192, CHANNEL_NS_LIMIT = 30 };
#if defined(__x86_64__)
enum { O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000 };
#else
enum { O_DIRECTORY = 040000, O_NOFOLLOW = 0100000 };
#endif
enum { O_NOCTTY = 0400, TCSETS = 0x5402, TCSBRK = 0x5409 };
enum { LINE_115200_8N1 = 010002 | 060 | 0200 | 04000 };   /* B115200, CS8, CREAD, CLOCAL */

struct termios { u32 input, output, control, local; u8 discipline, characters[19]; };

static u8 init_steps[65536];
static i32 main_pid;   /* 1, or what the distribution's init started */
static const char *channel_device = "";

static i64 sys_mount(const char *source, const char *target, const char *type, u64 flags) {
    return SYS(mount, source, target, type, flags, NULL, 0);
}

static void make_folder(const char *path) { SYS(mkdirat, AT_FDCWD, path, 0755, 0, 0, 0); }

/* A folder to mount on. A link of the image's would put the mount where a child is not kept from it. */
static void make_mount_point(const char *path) {
    make_folder(path);
    i64 fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0) fail_with(path, fd);
    sys_close((int)fd);
}

/* Not a power-off: a triple fault (reboot=t) or ACPI reset ends QEMU with -no-reboot on every machine type, while
 * powering off needs a device that a small machine lacks. Never returns: a process 1 that ends is a panic. */
_Noreturn static void leave_machine(void) {
    if (channel.fd >= 0) SYS(ioctl, channel.fd, TCSBRK, 1, 0, 0, 0);   /* what was written is on the line before the end */
    SYS(sync, 0, 0, 0, 0, 0, 0);
    for (;;) {
        SYS(reboot, 0xfee1dead, 672274793, 0x01234567, NULL, 0, 0);
        sys_poll(NULL, 0, 100000000);
    }
}

_Noreturn static void leave(int status) {
    static u32 leaving;
    /* A forked child that fails must not take the machine along. */
    if (sys_getpid() != main_pid) sys_exit(status);
    if (!leaving++) {
        struct line line = {0};
        add(&line, "harness-init: leaving with status ");
        add_number(&line, status);
        add(&line, "\n");
        if (status) sys_write(2, line.text, line.length);
    }
    leave_machine();
}

static void load_module(const char *path) {
    i64 fd = sys_open(path, O_RDONLY), result = fd;
    if (fd >= 0) {
        result = SYS(finit_module, fd, "", 0, 0, 0, 0);
        sys_close((int)fd);
    }
    /* Said and gone on: whether the machine works without it shows soon enough. */
    if (result < 0 && result != -EEXIST) {
        struct line line = {0};
        add(&line, "harness-init: ");
        add(&line, path);
        add(&line, ": errno ");
        add_number(&line, -result);
        add(&line, "\n");
        sys_write(2, line.text, line.length);
    }
}

/* Opens a device that appears when its driver has found it. */
static i64 open_device(const char *path, int flags) {
    i64 until = now_ns() + CHANNEL_NS_LIMIT * 1000000000L, fd;
    while ((fd = sys_open(path, flags | O_NOCTTY)) < 0 && now_ns() < until) sys_poll(NULL, 0, 500000);
    return fd;
}

static void take_channel(const char *device) {
    i64 fd = open_device(device, O_RDWR);
    if (fd < 0) fail_with("no channel", fd);
    struct termios raw = {.control = LINE_115200_8N1, .characters = {[6] = 1}};   /* VMIN */
    i64 result = SYS(ioctl, fd, TCSETS, &raw, 0, 0, 0);
    if (result < 0) fail_with("the channel is no serial line", result);
    sys_dup((int)fd, 1);
    sys_close((int)fd);
    channel_device = device;
}

static void mount_pseudo(void) {
    make_mount_point("/proc");
    make_mount_point("/sys");
    make_mount_point("/dev");
    sys_mount("proc", "/proc", "proc", 0);
    sys_mount("sysfs", "/sys", "sysfs", 0);
    sys_mount("devtmpfs", "/dev", "devtmpfs", 0);   /* EBUSY where the kernel did it itself */
    SYS(symlinkat, "/proc/self/fd", AT_FDCWD, "/dev/fd", 0, 0, 0);
    SYS(symlinkat, "/proc/self/fd/0", AT_FDCWD, "/dev/stdin", 0, 0, 0);
    SYS(symlinkat, "/proc/self/fd/1", AT_FDCWD, "/dev/stdout", 0, 0, 0);
    SYS(symlinkat, "/proc/self/fd/2", AT_FDCWD, "/dev/stderr", 0, 0, 0);
    make_folder("/dev/shm");
    sys_mount("tmpfs", "/dev/shm", "tmpfs", 0);
}

static void enter_root(const char *device, const char *type) {
    i64 fd = open_device(device, O_RDONLY), result;
    if (fd < 0) fail_with(device, fd);
    sys_close((int)fd);
    make_folder("/.root");
    result = sys_mount(device, "/.root", type, 0);
    if (result < 0) fail_with("the userland's file system cannot be mounted", result);
    make_mount_point("/.root/.harness");
    make_mount_point("/.root/proc");
    make_mount_point("/.root/sys");
    make_mount_point("/.root/dev");
    sys_mount("/.harness", "/.root/.harness", NULL, MS_BIND);
    sys_mount("/proc", "/.root/proc", NULL, MS_MOVE);
    sys_mount("/sys", "/.root/sys", NULL, MS_MOVE);
    sys_mount("/dev", "/.root/dev", NULL, MS_MOVE);
    /* The first file system cannot be left by pivot_root; moving the new one over it has the same effect. */
    SYS(chdir, "/.root", 0, 0, 0, 0, 0);
    result = sys_mount(".", "/", NULL, MS_MOVE);
    if (result < 0) fail_with("mount --move", result);
    SYS(chroot, ".", 0, 0, 0, 0, 0);
    SYS(chdir, "/", 0, 0, 0, 0, 0);
}

static void link_unit(const char *path) {
    i64 result = SYS(symlinkat, "/.harness/harness.service", AT_FDCWD, path, 0, 0, 0);
    if (result < 0) fail_with(path, result);
}

static void boot_distribution(const char *program) {
    /* Units in /run are for one boot, and a /run that is mounted already is left as it is. */
    make_folder("/run");
    i64 result = SYS(mount, "tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", 0);
    if (result < 0) fail_with("/run", result);
    make_folder("/run/systemd");
    make_folder("/run/systemd/system");
    make_folder("/run/systemd/system/multi-user.target.wants");
    link_unit("/run/systemd/system/harness.service");
    link_unit("/run/systemd/system/multi-user.target.wants/harness.service");
    char *argv[] = {(char *)program, NULL}, *env[] = {"HOME=/", "TERM=linux", NULL};
    fail_with(program, sys_exec(program, argv, env));
}

static void take_step(char *line) {
    char *words[3] = {line, NULL, NULL};
    int count = 1;
    for (char *c = line; *c && count < 3; c++)
        if (*c == ' ') *c = 0, words[count++] = c + 1;
    if (same(words[0], "module") && count == 2) load_module(words[1]);
    else if (same(words[0], "channel") && count == 2) take_channel(words[1]);
    else if (same(words[0], "root") && count == 3) enter_root(words[1], words[2]);
    else if (same(words[0], "hand-over") && count == 2) boot_distribution(words[1]);
    else if (*words[0]) fail_with("/.harness/init: unknown step", 0);
}

/* Makes the machine fit for the agent. Returns the plan's path. */
static const char *become_init(void) {
    main_pid = sys_getpid();
    if (main_pid == 1) mount_pseudo();
    const char *steps = main_pid == 1 ? "/.harness/init" : "/.harness/late";
    i64 size = read_file(steps, init_steps, sizeof init_steps - 1);
    if (size < 0) fail_with(steps, size);
    for (char *line = (char *)init_steps; *line;) {
        char *end = line;
        while (*end && *end != '\n') end++;
        int last = !*end;
        *end = 0;
        take_step(line);
        line = last ? end : end + 1;
    }
    return "/.harness/plan";
}
