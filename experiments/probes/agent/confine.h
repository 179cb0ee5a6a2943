/* What keeps a program of the image from the agent's memory, and so from the channel's key: it gets no capability beyond
 * those that a container has by Docker's defaults, and can gain none. Builtins are the agent's own code and keep the rights
 * they find. */
#pragma once
#include "isolate.h"
#ifdef AS_INIT
#include "init.h"
#endif

enum { PR_CAPBSET_DROP = 24, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_CLEAR_ALL = 4, CAP_WORDS = 2 };

/* chown dac_override fsetid fowner kill setgid setuid setpcap net_bind_service net_raw sys_chroot audit_write setfcap, and
 * mknod but in a virtual machine: there no cgroup keeps a device node from being opened. */
static const u64 kept_capabilities = 1UL << 0 | 1UL << 1 | 1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 8 | 1UL << 10 | 1UL << 13
    | 1UL << 18 | 1UL << 29 | 1UL << 31
#ifndef AS_INIT
    | 1UL << 27
#endif
    ;

#ifdef AS_INIT
/* Files by which root without any capability has the kernel run a program with all of them (core_pattern, modprobe) or stop;
 * and what other probes are executed from. */
static const char *const read_only[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/sys", "/.harness"};

/* In a mount namespace of the child's own. Returns 0 or a negative errno, with *what naming the step. */
static i64 hide_kernel(const char **what) {
    i64 result;
    *what = "unshare(CLONE_NEWNS)";
    if ((result = SYS(unshare, 0x00020000, 0, 0, 0, 0, 0)) < 0) return result;
    *what = "making mounts private";
    if ((result = SYS(mount, "none", "/", NULL, MS_REC_PRIVATE, NULL, 0)) < 0) return result;
    for (usize i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        *what = read_only[i];
        result = SYS(mount, read_only[i], read_only[i], NULL, MS_BIND, NULL, 0);
        if (result == -ENOENT) continue;   /* not in this kernel */
        if (result >= 0) result = SYS(mount, NULL, read_only[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL, 0);
        if (result < 0) return result;
    }
    *what = channel_device;
    return *channel_device ? SYS(mount, "/dev/null", channel_device, NULL, MS_BIND, NULL, 0) : 0;
}
#else
static i64 hide_kernel(const char **what) { (void)what; return 0; }
#endif

/* In the child, before it becomes another program. Returns 0 or a negative errno, with *what naming the step. */
static i64 confine(const char **what) {
    u32 head[2] = {CAPABILITY_VERSION, 0}, sets[3 * CAP_WORDS] = {0};   /* effective, permitted, inheritable; the higher half follows */
    int changes = 0;
    i64 result = hide_kernel(what);
    if (result < 0) return result;
    /* Refused to one without CAP_SETPCAP, who then has nothing that an exec could widen: no_new_privs sees to that. */
    for (u64 capability = 0; capability < 64; capability++)
        if (!(kept_capabilities >> capability & 1) && SYS(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0, 0) == -EINVAL) break;
    SYS(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0);   /* EINVAL: a kernel without them */
    *what = "capget";
    if ((result = SYS(capget, head, sets, 0, 0, 0, 0)) < 0) return result;
    for (int i = 0; i < 3 * CAP_WORDS; i++) {
        u32 kept = (u32)(kept_capabilities >> 32 * (i / 3));
        changes |= (sets[i] & ~kept) != 0;
        sets[i] &= kept;
    }
    *what = "capset";
    if (changes && (result = SYS(capset, head, sets, 0, 0, 0, 0)) < 0) return result;
    *what = "prctl(PR_SET_NO_NEW_PRIVS)";
    return SYS(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
}
