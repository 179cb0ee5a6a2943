/* The builtin probe `needs`: what programs of today ask for, asked for as they do, each in a child of its own. */
#pragma once
#include "sweep.h"

#if defined(__x86_64__)
enum { NR_ptrace = 101, NR_perf_event_open = 298, NR_userfaultfd = 323, NR_statx = 332 };
#else
enum { NR_ptrace = 117, NR_perf_event_open = 241, NR_userfaultfd = 282, NR_statx = 291 };
#endif
enum {
    NR_io_uring_setup = 425, NR_clone3 = 435, NR_openat2 = 437, NR_landlock_create_ruleset = 444, NR_landlock_restrict_self = 446,
    NR_memfd_secret = 447,
};

enum { NEED_NS = 2 * 1000000000L };   /* a first perf event takes a busy kernel tens of milliseconds */

static u8 scratch[512];

static i64 need_io_uring(void) { return SYS(io_uring_setup, 4, scratch, 0, 0, 0, 0); }

static i64 need_clone3(void) {
    u64 arguments[8] = {0, 0, 0, 0, SIGCHLD};
    i64 pid = SYS(clone3, arguments, sizeof arguments, 0, 0, 0, 0);
    if (pid == 0) sys_exit(0);
    if (pid > 0) sys_wait4((i32)pid, NULL, 0);
    return pid;
}

static i64 need_statx(void) { return SYS(statx, AT_FDCWD, "/", 0, 0x7FF, scratch, 0); }

static i64 need_openat2(void) {
    u64 how[3] = {O_RDONLY | O_CLOEXEC, 0, 0};
    return SYS(openat2, AT_FDCWD, "/", how, sizeof how, 0, 0);
}

static i64 need_landlock(void) {
    u64 handled = 1;   /* LANDLOCK_ACCESS_FS_EXECUTE */
    i64 fd = SYS(landlock_create_ruleset, &handled, sizeof handled, 0, 0, 0, 0);
    if (fd < 0) return fd;
    SYS(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
    return SYS(landlock_restrict_self, fd, 0, 0, 0, 0, 0);
}

static i64 need_memfd_secret(void) { return SYS(memfd_secret, O_CLOEXEC, 0, 0, 0, 0, 0); }
static i64 need_userfaultfd(void) { return SYS(userfaultfd, O_CLOEXEC | 1, 0, 0, 0, 0, 0); }   /* 1: UFFD_USER_MODE_ONLY */
static i64 need_unshare_user(void) { return SYS(unshare, CLONE_NEWUSER, 0, 0, 0, 0, 0); }
static i64 need_unshare_mount(void) { return SYS(unshare, 0x00020000, 0, 0, 0, 0, 0); }

/* Counting one's own time in user space: what a profiler needs at least. */
static i64 need_perf_events(void) {
    u32 *attribute = (u32 *)scratch;
    attribute[0] = 1;           /* PERF_TYPE_SOFTWARE, counter 0: the processor's clock */
    attribute[1] = 112;         /* PERF_ATTR_SIZE_VER5 */
    attribute[10] = 1 << 5 | 1 << 6;   /* exclude_kernel, exclude_hv */
    return SYS(perf_event_open, scratch, 0, -1, -1, 8, 0);
}

static i64 need_ptrace(void) { return SYS(ptrace, 0, 0, 0, 0, 0, 0); }   /* PTRACE_TRACEME: by its parent, in this child */

static const struct { const char *name; i64 (*ask)(void); } needs[] = {
    {"io_uring", need_io_uring}, {"clone3", need_clone3}, {"statx", need_statx}, {"openat2", need_openat2}, {"landlock", need_landlock},
    {"memfd_secret", need_memfd_secret}, {"userfaultfd", need_userfaultfd}, {"unshare_user", need_unshare_user},
    {"unshare_mount", need_unshare_mount}, {"perf_events", need_perf_events}, {"ptrace", need_ptrace},
};

_Noreturn static void ask_in_child(i64 (*ask)(void)) {
    sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
    sys_sigaction(SIGCHLD, SIG_DFL);
    sys_sigmask(SIG_SETMASK, 0);
    slot->begun = now_ns();
    slot->result = ask();
    slot->ended = now_ns();
    sys_exit(0);
}

/* Anything that is not an error is a success, whatever number it returns. */
static void report_need(const char *name, const char *class, i32 signal) {
    struct line line = {0};
    int failed = same(class, "returned") && slot->result < 0;
    add(&line, "class=");
    add(&line, class);
    add_field(&line, " errno=", failed ? -slot->result : 0);
    add_field(&line, " sig=", signal);
    add_field(&line, " ns=", slot->ended ? slot->ended - slot->begun : 0);
    text_bytes("need", name, line.text, line.length);
}

static void ask_for_needs(struct isolation *isolation) {
    int own_proc = !isolation || isolation->own_proc;
    if (!prepare_sweep(isolation)) return;
    for (usize i = 0; i < sizeof needs / sizeof *needs; i++) {
        i32 status = 0;
        slot->begun = slot->ended = slot->result = 0;
        i64 pid = sys_fork();
        if (pid == 0) ask_in_child(needs[i].ask);
        if (pid < 0) {
            unavailable("need", "clone", pid);
        } else if (is_blocked((i32)pid, NEED_NS, own_proc, &status)) {
            end_blocked((i32)pid);
            report_need(needs[i].name, "blocked", 0);
        } else {
            report_need(needs[i].name, status & 0x7F ? "signal" : slot->ended ? "returned" : "lost", status & 0x7F);
        }
    }
}

static void run_needs(int fd, const struct origin *origin) {
    readings_fd = fd;
    if (origin->pid == 1) ask_for_needs(NULL);
    else isolated(ask_for_needs, "need");
}

/* The builtin probe `filter`: stands still until the harness has read this process's seccomp filter from outside, which
 * it says with SIGUSR1. Its name is how the harness finds it. */
static void run_filter(int fd, const struct origin *origin) {
    enum { PR_SET_NAME = 15, SIGUSR1 = 10 };
    (void)origin;
    readings_fd = fd;
    u64 wanted = SIGNAL_BIT(SIGUSR1);
    struct timespec patience = {1, 0};
    sys_sigmask(SIG_SETMASK, wanted);
    SYS(prctl, PR_SET_NAME, "harness-filter", 0, 0, 0, 0);
    i64 until = now_ns() + 1000000000L, got;
    do got = SYS(rt_sigtimedwait, &wanted, NULL, &patience, sizeof wanted, 0, 0);
    while (got == -EINTR && now_ns() < until);
    text("filter_window", got == SIGUSR1 ? "read" : "nobody came");
}
