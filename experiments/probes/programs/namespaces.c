// Starts a program in namespaces of its own on a root file system of its own, as process 1, and waits for it:
//   namespaces [--rootless] ROOT FOLDER PROGRAM ARGUMENT...
// --rootless: an ordinary user's, in a user namespace in which that user is root and nobody else is anybody.
// FOLDER is mounted at /.harness. Of the environment the program gets HARNESS_KEY. Nothing that it can reach is writable or a
// device: it may be an image that nobody vouches for, and it runs as root. What unshare(1) and a shell would do with as many
// programs is one process here, so that what is measured is the kernel's work. Ends with the program's status, 128 + signal,
// or 70 where it could not start it.
#include "../agent/sys.h"
#include "filter.h"

#if defined(__x86_64__)
enum { CALL_chdir = 80, CALL_pivot_root = 155, CALL_umount2 = 166, CALL_close_range = 436 };
#else
enum { CALL_chdir = 49, CALL_pivot_root = 41, CALL_umount2 = 39, CALL_close_range = 436 };
#endif

enum { MOUNT_RDONLY = 1, MOUNT_NOSUID = 2, MOUNT_NODEV = 4, MOUNT_NOEXEC = 8, MOUNT_REMOUNT = 32, MOUNT_BIND = 4096, MOUNT_REC = 16384, MOUNT_PRIVATE = 1 << 18 };
enum { DETACH = 2, CAPBSET_DROP = 24, SET_NO_NEW_PRIVS = 38, STATUS_FAILED = 70, CAPABILITIES_V3 = 0x20080522 };
enum { NEW_USER = 0x10000000, NEW_MOUNT = 0x00020000, NEW_CGROUP = 0x02000000, NEW_UTS = 0x04000000, NEW_IPC = 0x08000000, NEW_PID = 0x20000000, NEW_NET = 0x40000000 };

// Docker's defaults but mknod, which a device cgroup keeps in bounds there, and nothing would here: chown dac_override fowner
// fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot audit_write setfcap.
static const u64 kept = 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 8 | 1UL << 10 | 1UL << 13
    | 1UL << 18 | 1UL << 29 | 1UL << 31;

static void say(const char *text) {
    usize size = 0;
    while (text[size]) size++;
    sys_write(2, text, size);
}

static void must(const char *what, i64 result) {
    char digits[4] = {0};
    if (result >= 0) return;
    digits[0] = (char)('0' + -result / 100 % 10);
    digits[1] = (char)('0' + -result / 10 % 10);
    digits[2] = (char)('0' + -result % 10);
    say("namespaces: ");
    say(what);
    say(": errno ");
    say(digits);
    say("\n");
    sys_exit(STATUS_FAILED);
}

static i64 mount(const char *from, const char *to, const char *type, u64 flags) { return SYS(mount, from, to, type, flags, 0, 0); }

// The agent's key, and nothing else of the environment: NULL where there is none.
static char *key_of(char **environment) {
    static const char name[] = "HARNESS_KEY=";
    for (; *environment; environment++) {
        usize i = 0;
        while (name[i] && (*environment)[i] == name[i]) i++;
        if (!name[i]) return *environment;
    }
    return NULL;
}

static void put(const char *what, const char *file, const char *text) {
    usize size = 0;
    while (text[size]) size++;
    i64 opened = sys_open(file, O_WRONLY);
    must(what, opened);
    must(what, sys_write((i32)opened, text, size));
    sys_close((i32)opened);
}

// Writes "0 ID 1": root within is the user, and no other id is anybody.
static void map(const char *what, const char *file, u64 id) {
    char text[32] = "0 ", digits[20];
    usize end = 2, size = 0;
    do digits[size++] = (char)('0' + id % 10); while (id /= 10);
    while (size) text[end++] = digits[--size];
    text[end++] = ' ';
    text[end] = '1';
    put(what, file, text);
}

// The kernel lets a process map its own ids by itself, once it may no longer change its groups. All that follows belongs to it.
static void become_root_within(void) {
    u64 user = (u64)SYS(getuid, 0, 0, 0, 0, 0, 0), group = (u64)SYS(getgid, 0, 0, 0, 0, 0, 0);
    must("making a user namespace", SYS(unshare, NEW_USER, 0, 0, 0, 0, 0));
    put("setgroups", "/proc/self/setgroups", "deny");
    map("mapping the user", "/proc/self/uid_map", user);
    map("mapping the group", "/proc/self/gid_map", group);
}

static int same(const char *left, const char *right) {
    while (*left && *left == *right) left++, right++;
    return *left == *right;
}

// Shows what lies at from at to, unchangeable. The kernel takes a bind mount's other flags in a second call only.
static void show(const char *what, const char *from, const char *to) {
    must(what, mount(from, to, NULL, MOUNT_BIND));
    must(what, mount("none", to, NULL, MOUNT_REMOUNT | MOUNT_BIND | MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV));
}

// What a program inherits it may have again when it is executed, whatever the bounding set says.
static void inherit_nothing(void) {
    u32 head[2] = {CAPABILITIES_V3, 0}, sets[6] = {0};
    must("capget", SYS(capget, head, sets, 0, 0, 0, 0));
    sets[2] = sets[5] = 0;
    must("capset", SYS(capset, head, sets, 0, 0, 0, 0));
}

_Noreturn static void enter(char **argv, char *key) {
    char *environment[] = {key, NULL};
    must("prctl", sys_prctl(PR_SET_PDEATHSIG, SIGKILL));
    must("making mounts private", mount("none", "/", NULL, MOUNT_REC | MOUNT_PRIVATE));
    must("mounting the root", mount(argv[1], argv[1], NULL, MOUNT_BIND));
    must("entering the root", syscall6(CALL_chdir, (i64)argv[1], 0, 0, 0, 0, 0));
    show("mounting .harness", argv[2], ".harness");
    // Read-only as a whole: what Docker protects file by file.
    must("mounting proc", mount("proc", "proc", "proc", MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC));
    must("making the root read-only", mount("none", ".", NULL, MOUNT_REMOUNT | MOUNT_BIND | MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV));
    must("pivot_root", syscall6(CALL_pivot_root, (i64) ".", (i64) ".", 0, 0, 0, 0));
    must("leaving the old root", syscall6(CALL_umount2, (i64) ".", DETACH, 0, 0, 0, 0));
    must("chdir", syscall6(CALL_chdir, (i64) "/", 0, 0, 0, 0, 0));
    // A folder of the host's that is open is a way out of any root. The standard streams are pipes.
    syscall6(CALL_close_range, 3, ~0U, 0, 0, 0, 0);
    inherit_nothing();
    for (u64 capability = 0; capability < 64; capability++) {
        if (kept >> capability & 1) continue;
        i64 dropped = sys_prctl(CAPBSET_DROP, capability);
        if (dropped == -EINVAL) break;   // the kernel has no more of them
        must("giving up a capability", dropped);
    }
    must("no_new_privs", SYS(prctl, SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0));
    must("seccomp", install_filter());
    must(argv[3], sys_exec(argv[3], argv + 3, environment));
    sys_exit(STATUS_FAILED);
}

_Noreturn void agent_main(usize *stack) {
    usize count = *stack;
    char **argv = (char **)(stack + 1), **environment = argv + count + 1;
    i32 status = 0;
    if (count > 1 && same(argv[1], "--rootless")) {
        become_root_within();
        argv++;
        count--;
    }
    if (count < 4) {
        say("usage: namespaces [--rootless] ROOT FOLDER PROGRAM ARGUMENT...\n");
        sys_exit(STATUS_FAILED);
    }
    i64 child = SYS(clone, NEW_MOUNT | NEW_CGROUP | NEW_UTS | NEW_IPC | NEW_PID | NEW_NET | SIGCHLD, 0, 0, 0, 0, 0);
    must("clone", child);
    if (child == 0) enter(argv, key_of(environment));
    while (sys_wait4((i32)child, &status, 0) == -EINTR) {}
    sys_exit(status & 0x7F ? 128 + (status & 0x7F) : status >> 8 & 0xFF);
}
