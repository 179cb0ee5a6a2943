/* Starting a probe's child, noticing its exit, and leaving nothing of it behind. */
#pragma once
#include "frames.h"

enum { SWEEP_NS = 5 * 1000000000L, REAP_AT_ONCE = 256 };

static struct child {
    i32 pid;        /* 0: none */
    int exited;     /* how, code and ended are set */
    int how;
    i32 code;
    i64 ended;
} child;

static i32 agent_pid;
static int null_fd;

static void on_child(int signal) { (void)signal; }   /* exists to end a ppoll */

static void set_signals(void) {
    for (int i = 1; i <= SIGNALS; i++) sys_sigaction(i, SIG_DFL);
    sys_sigaction(SIGPIPE, SIG_IGN);
    sys_sigaction(SIGCHLD, (u64)on_child);
    sys_sigmask(SIG_SETMASK, SIGNAL_BIT(SIGCHLD));
}

/* In the child: what every probe finds around it. */
static void become_probe(int out, int err) {
    sys_setsid();
    sys_prctl(PR_SET_PDEATHSIG, SIGKILL);   /* an agent that is killed leaves no probe running */
    sys_sigaction(SIGPIPE, SIG_DFL);
    sys_sigaction(SIGCHLD, SIG_DFL);
    sys_sigmask(SIG_SETMASK, 0);
    if (sys_dup(null_fd, 0) < 0 || sys_dup(out, 1) < 0 || sys_dup(err, 2) < 0) sys_exit(EXIT_UNABLE);
}

static void note_exit(int how, i32 code) {
    child.exited = 1;
    child.how = how;
    child.code = code;
    child.ended = now_ns();
}

/* Reaps adopted orphans, and sees the exit of the child without reaping it: as long as it is a zombie, nobody else
 * gets its number, so that its process group can be killed safely. */
static void look_for_exits(void) {
    for (int i = 0; i < REAP_AT_ONCE && !child.exited; i++) {
        struct siginfo info = {0};
        if (sys_waitid(&info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.pid == 0) return;
        if (info.pid == child.pid) note_exit(info.code == CLD_EXITED ? HOW_EXITED : HOW_SIGNAL, info.status);
        else sys_wait4(info.pid, NULL, WNOHANG);
    }
}

/* Whether the process named by text is a child of the agent; its number goes to *pid. */
static int is_own_child(const char *text, u64 *pid) {
    struct line path = {0};
    u8 stat[512];
    const char *number = text;
    u64 parent;
    i64 size = 0, n;
    if (!take_number(&number, 0x7FFFFFFF, pid) || *number) return 0;
    add(&path, "/proc/");
    add(&path, text);
    add(&path, "/stat");
    i64 fd = sys_open(path.text, O_RDONLY);
    if (fd < 0) return 0;
    while (size < (i64)sizeof stat - 1 && (n = sys_read((int)fd, stat + size, sizeof stat - 1 - (usize)size)) > 0) size += n;
    sys_close((int)fd);
    stat[size] = 0;
    while (size > 0 && stat[size] != ')') size--;   /* the name before it may hold anything */
    if (size == 0 || stat[size + 1] != ' ' || !stat[size + 2] || stat[size + 3] != ' ') return 0;
    const char *rest = (const char *)stat + size + 4;
    return take_number(&rest, 0x7FFFFFFF, &parent) && parent == (u64)agent_pid;
}

/* Kills the agent's own children; theirs become its own when they die, as it is their subreaper. */
static void kill_own_children(void) {
    _Alignas(8) u8 entries[4096];
    i64 fd = sys_open("/proc", O_RDONLY), n;
    if (fd < 0) return;
    while ((n = sys_getdents((int)fd, entries, sizeof entries)) > 0)
        for (i64 at = 0; at < n;) {
            struct dirent *entry = (struct dirent *)(entries + at);
            u64 pid;
            if (is_own_child(entry->name, &pid)) sys_kill((i32)pid, SIGKILL);
            at += entry->length;
        }
    sys_close((int)fd);
}

/* Reaps what has died. Returns 1 when the agent has no child left. */
static int reap(void) {
    for (int i = 0; i < REAP_AT_ONCE; i++) {
        i32 status = 0;
        i64 pid = sys_wait4(-1, &status, WNOHANG);
        if (pid == -ECHILD) return 1;
        if (pid <= 0) return 0;
        if (pid == child.pid) {
            if (!child.exited) {
                if (status & 0x7F) note_exit(HOW_SIGNAL, status & 0x7F);
                else note_exit(HOW_EXITED, status >> 8 & 0xFF);
            }
            child.pid = 0;
        }
    }
    return 0;
}

/* Kills and reaps the child and all that it left running. Returns 0 when something outlived five seconds of that:
 * a process in uninterruptible sleep must not keep the other probes from running. */
static int sweep(void) {
    i64 until = now_ns() + SWEEP_NS, pause = 1000000;
    if (child.pid) {
        sys_kill(child.pid, SIGKILL);
        sys_kill(-child.pid, SIGKILL);
    }
    for (;;) {
        if (agent_pid == 1) sys_kill(-1, SIGKILL);
        if (reap()) return 1;
        if (agent_pid != 1) kill_own_children();
        if (reap()) return 1;
        if (now_ns() >= until) return 0;
        sys_poll(NULL, 0, pause);
        if (pause < 50000000) pause *= 2;
    }
}

static void sweep_before_failing(void) { (void)sweep(); }
