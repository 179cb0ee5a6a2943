/* Away from the machine: before the sweep calls anything outside a sandbox, it takes namespaces of its own and gives up
 * every right, so that a call that should act after all has nothing to act on. */
#pragma once
#include "kernel.h"

enum { NOBODY = 65534 };
enum { PR_SET_NO_NEW_PRIVS = 38, MS_REC_PRIVATE = 16384 | 1 << 18, CAPABILITY_VERSION = 0x20080522 };

struct isolation {
    struct line got;     /* names of the namespaces, joined by commas */
    int own_proc;        /* /proc shows the sweep's own process namespace */
};

static const struct { u64 flag; const char *name, *step; int optional; } namespaces[] = {
    {0x00020000, "mnt", "unshare(CLONE_NEWNS)", 0}, {0x02000000, "cgroup", "unshare(CLONE_NEWCGROUP)", 1},
    {0x04000000, "uts", "unshare(CLONE_NEWUTS)", 0}, {0x08000000, "ipc", "unshare(CLONE_NEWIPC)", 0},
    {0x20000000, "pid", "unshare(CLONE_NEWPID)", 0}, {0x40000000, "net", "unshare(CLONE_NEWNET)", 0},
};
#define CLONE_NEWUSER 0x10000000UL

static i64 take_namespace(struct isolation *isolation, u64 flag, const char *name) {
    i64 result = SYS(unshare, flag, 0, 0, 0, 0, 0);
    if (result < 0) return result;
    if (isolation->got.length) add(&isolation->got, ",");
    add(&isolation->got, name);
    return 0;
}

static void write_text(const char *path, const char *text) {
    i64 fd = sys_open(path, O_WRONLY);
    if (fd < 0) return;
    sys_write((int)fd, text, length_of(text));
    sys_close((int)fd);
}

/* Gives the user its own number in the user namespace just taken: one without a number may take no further one, which
 * would look like a refusal. Best effort. */
static void map_self(i64 user, i64 group) {
    struct line line = {0}, group_line = {0};
    add_number(&line, user);
    add(&line, " ");
    add_number(&line, user);
    add(&line, " 1");
    add_number(&group_line, group);
    add(&group_line, " ");
    add_number(&group_line, group);
    add(&group_line, " 1");
    sys_prctl(PR_SET_DUMPABLE, 1);   /* else the files below belong to root */
    write_text("/proc/self/uid_map", line.text);
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/gid_map", group_line.text);
    sys_prctl(PR_SET_DUMPABLE, 0);
}

/* Without these a call could reach the host. cgroup namespaces are younger than some kernels, and what lies in them
 * cannot be changed without a capability. Returns 0, or a negative errno with *what naming the step. */
static i64 take_namespaces(struct isolation *isolation, i64 user, i64 group, const char **what) {
    i64 result;
    if (user) {
        *what = "unshare(CLONE_NEWUSER)";
        if ((result = take_namespace(isolation, CLONE_NEWUSER, "user")) < 0) return result;
        map_self(user, group);
    }
    for (usize i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        *what = namespaces[i].step;
        result = take_namespace(isolation, namespaces[i].flag, namespaces[i].name);
        if (result < 0 && !namespaces[i].optional) return result;
    }
    return 0;
}

/* Whether any capability can be used. A kernel that does not say counts as yes. */
static int has_capabilities(void) {
    u32 head[2] = {CAPABILITY_VERSION, 0}, sets[6] = {1, 1, 1, 1, 1, 1};
    if (SYS(capget, head, sets, 0, 0, 0, 0) < 0) return 1;
    for (int i = 0; i < 6; i++)
        if (sets[i]) return 1;
    return 0;
}

static i64 drop_capabilities(void) {
    u32 head[2] = {CAPABILITY_VERSION, 0}, sets[6] = {0};
    return SYS(capset, head, sets, 0, 0, 0, 0);
}

/* In process 1 of the new process namespace. Returns 0, or a negative errno with *what naming the step. */
static i64 give_up_rights(struct isolation *isolation, const char **what) {
    u32 nobody = NOBODY;
    i64 result;
    SYS(mount, "none", "/", NULL, MS_REC_PRIVATE, NULL, 0);
    isolation->own_proc = SYS(mount, "proc", "/proc", "proc", 0, NULL, 0) >= 0;
    *what = "prctl(PR_SET_NO_NEW_PRIVS)";
    if ((result = SYS(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)) < 0) return result;
    if (SYS(getuid, 0, 0, 0, 0, 0, 0) == 0) {
        *what = "setgroups, setresgid and setresuid";
        if ((result = SYS(setgroups, 0, NULL, 0, 0, 0, 0)) < 0) return result;
        if ((result = SYS(setresgid, nobody, nobody, nobody, 0, 0, 0)) < 0) return result;
        if ((result = SYS(setresuid, nobody, nobody, nobody, 0, 0, 0)) < 0) return result;
        take_namespace(isolation, CLONE_NEWUSER, "user");   /* last: it owns none of the others */
        map_self(NOBODY, NOBODY);
    }
    *what = "capset";
    if ((result = drop_capabilities()) < 0) return result;
    *what = "giving up all capabilities";
    return has_capabilities() ? -EPERM : 0;
}

/* Runs work in a process that has nothing left to act on, and waits for it. */
static void isolated(void (*work)(struct isolation *), const char *metric) {
    struct isolation isolation = {0};
    const char *what = "";
    i32 status = 0;
    i64 user = SYS(getuid, 0, 0, 0, 0, 0, 0), group = SYS(getgid, 0, 0, 0, 0, 0, 0);
    i64 result = take_namespaces(&isolation, user, group, &what);
    if (result < 0) {
        unavailable(metric, what, result);
        return;
    }
    i64 pid = sys_fork();
    if (pid < 0) {
        unavailable(metric, "clone", pid);
        return;
    }
    if (pid) {
        do result = sys_wait4((i32)pid, &status, 0);
        while (result == -EINTR);
        if (status) sys_exit(EXIT_UNABLE);
        return;
    }
    result = give_up_rights(&isolation, &what);
    sys_prctl(PR_SET_PDEATHSIG, SIGKILL);   /* a change of user has cleared it */
    if (result < 0) unavailable(metric, what, result);
    else work(&isolation);
    sys_exit(0);
}
