/* The builtin probes `syscalls`, `syscalls-i386` and `syscalls-x32`: every system call by number, each in a child of its own,
 * with arguments that fail early. */
#pragma once
#include "entries.h"
#include "symbols.h"

enum { LAST = 480, CANARY = 4000, BLOCKED_NS = 20 * 1000000, BUSY_NS = 1000 * 1000000 };
enum { PROT_READ_WRITE = 3, MAP_SHARED_ANONYMOUS = 0x21, RLIMIT_CPU = 0, RLIMIT_FSIZE = 1, RLIMIT_CORE = 4 };

/* Written by the child, read by its parent. */
static volatile struct slot {
    i64 begun, ended, result;
} *slot;

/* The state in /proc/PID/stat, or 0. */
static char state_of(i32 pid) {
    struct line path = {0};
    u8 stat[512];
    add(&path, "/proc/");
    add_number(&path, pid);
    add(&path, "/stat");
    i64 size = read_file(path.text, stat, sizeof stat);
    while (size > 0 && stat[size - 1] != ')') size--;
    return size > 0 ? (char)stat[size + 1] : 0;
}

static struct {
    u32 number;
    int ungrouped;
    const i64 *arguments;
} todo;

_Noreturn static void call_in_child(void) {
    sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
    sys_sigaction(SIGCHLD, SIG_DFL);
    sys_sigmask(SIG_SETMASK, 0);
    if (!todo.ungrouped) SYS(setpgid, 0, 0, 0, 0, 0, 0);
    slot->begun = now_ns();
    slot->result = entry->enter(todo.number, todo.arguments);
    slot->ended = now_ns();
    sys_exit(0);
}

/* A child that shares the sweep's memory, as one made by vfork does, but on a stack of its own, so that nobody waits for it
 * who does not want to: copying page tables would be nine tenths of a sweep. The sweep's memory is all that it could harm;
 * that is undumpable, without which a child that dies of SIGSYS would take along whoever shares it. One that is killed does
 * not come back to user space, so that the next may have its stack. */
static i64 start_call(void) {
    static _Alignas(16) u8 stack[16384];
    i64 pid = clone_onto(CLONE_VM | SIGCHLD, stack + sizeof stack, call_in_child);
    if (pid == -EINVAL) pid = sys_fork();   /* qemu-user has no such children */
    if (pid == 0) call_in_child();
    return pid;
}

/* Waits for the child. Returns 1 when it is still in its call after that time: sleeping, not merely waiting for a processor. */
static int is_blocked(i32 pid, i64 patience, int own_proc, i32 *status) {
    i64 begun = now_ns();
    sys_poll(NULL, 0, patience);
    for (;;) {
        i64 got = sys_wait4(pid, status, WNOHANG), passed = now_ns() - begun;
        if (got == pid || (got < 0 && got != -EINTR)) return 0;
        if (passed >= patience + BUSY_NS) return 1;
        if (passed >= patience && slot->begun && !slot->ended) {
            char state = own_proc ? state_of(pid) : 0;
            if (state == 'S' || state == 'D') return 1;
            if (!state && passed >= patience + 10 * BLOCKED_NS) return 1;
        }
        sys_poll(NULL, 0, passed < patience ? patience - passed : BLOCKED_NS);
    }
}

/* What outlives this is in uninterruptible sleep; the agent kills it again when the probe ends. */
static void end_blocked(i32 pid) {
    i32 status;
    sys_kill(pid, SIGKILL);
    sys_kill(-pid, SIGKILL);
    for (i64 until = now_ns() + BUSY_NS; sys_wait4(pid, &status, WNOHANG) == 0 && now_ns() < until;) sys_poll(NULL, 0, 1000000);
}

static void add_field(struct line *line, const char *name, i64 value) {
    add(line, name);
    add_number(line, value);
}

static void report_call(u16 number, const struct call *call, const char *class, i32 signal) {
    struct line line = {0}, subject = {0};
    i64 result = slot->result;
    int returned = same(class, "returned");
    add_number(&subject, number);
    add(&line, "name=");
    add(&line, call ? call->name : "-");
    add(&line, " since=");
    add(&line, call ? call->since : "-");
    add(&line, " class=");
    add(&line, class);
    add_field(&line, " ret=", returned ? (result < 0 && result >= -4095 ? -1 : result) : 0);
    add_field(&line, " errno=", returned && result < 0 && result >= -4095 ? -result : 0);
    add_field(&line, " sig=", signal);
    i64 ended = same(class, "blocked") ? now_ns() : slot->ended;
    add_field(&line, " ns=", returned || same(class, "blocked") ? ended - slot->begun : 0);
    text_bytes("syscall", subject.text, line.text, line.length);
}

/* Calls a number in a child. Returns the class, or NULL where no child could be made. */
static const char *call_number(u32 number, const struct call *call, const i64 *arguments, int own_proc, i32 *signal, i32 *child_pid) {
    i32 status = 0;
    slot->begun = slot->ended = slot->result = 0;
    todo.number = number;
    todo.ungrouped = call && call->kind == UNGROUPED;
    todo.arguments = arguments;
    i64 pid = start_call();
    *signal = 0;
    *child_pid = (i32)pid;
    if (pid < 0) return NULL;
    if (is_blocked((i32)pid, BLOCKED_NS, own_proc, &status)) {
        end_blocked((i32)pid);
        return "blocked";
    }
    *signal = status & 0x7F;
    return *signal ? "signal" : slot->ended ? "returned" : "lost";
}

static void try_call(u16 number, int own_proc) {
    const struct call *call = find_call(number);
    i32 signal, pid;
    if (call && call->kind == SKIPPED) {
        report_call(number, call, "skipped", 0);
        return;
    }
    const char *class = call_number(number, call, entry->arguments[call ? call->rule : 0], own_proc, &signal, &pid);
    if (class) {
        report_call(number, call, class, signal);
        return;
    }
    struct line subject = {0};
    add(&subject, "syscall ");
    add_number(&subject, number);
    unavailable(subject.text, "clone", pid);
}

/* Whether the entry is one here: getpid must know its caller. Another answer is the kernel's, that it has no such entry
 * (int 0x80 then ends in SIGSEGV), or a sandbox's that takes the number for one of another table: then nothing is swept. */
static int entry_works(int own_proc) {
    static const i64 none[6];
    struct line line = {0};
    i32 signal, pid;
    if (entry == &native) return 1;
    const char *class = call_number(entry->getpid, NULL, none, own_proc, &signal, &pid);
    int works = class && same(class, "returned") && slot->result == pid;
    add(&line, works ? "works" : "getpid: ");
    if (!works) add(&line, class ? class : "no child");
    if (!works && signal) add_field(&line, " ", signal);
    if (!works && class && same(class, "returned")) add_field(&line, " ", slot->result);
    text_bytes("context", "entry", line.text, line.length);
    return works;
}

/* What decides over the calls beside the kernel, as the kernel says it of the sweep. */
static void report_context(const char *isolation) {
    static const char *const lines[] = {"Uid", "CapEff", "NoNewPrivs", "Seccomp", "Seccomp_filters"};
    i64 size = load("/proc/self/status");
    for (usize i = 0; size >= 0 && i < sizeof lines / sizeof *lines; i++) {
        struct line prefix = {0};
        add(&prefix, lines[i]);
        add(&prefix, ":");
        const char *at = line_after(prefix.text);
        usize width = 0;
        while (at && (*at == ' ' || *at == '\t')) at++;
        while (at && at[width] && at[width] != '\n' && at[width] != '\t') width++;
        if (at) text_bytes("context", lines[i], at, width);
    }
    if (size < 0) unavailable("context", "/proc/self/status", size);
    text_bytes("context", "isolation", isolation, length_of(isolation));
    struct utsname names;
    i64 result = sys_uname(&names);
    if (result < 0) unavailable("context", "uname", result);
    else text_bytes("context", "release", names.release, length_of(names.release));
    size = load("/proc/sys/kernel/random/boot_id");
    if (size > 0) text_bytes("context", "boot_id", file_text, (usize)size - 1);
}

static void set_limit(int resource, u64 value) {
    u64 limit[2] = {value, value};
    SYS(prlimit64, 0, resource, limit, NULL, 0, 0);
}

/* isolation: NULL in a sandbox, which is isolation enough: there the rights that it gives are what is measured.
 * Returns 0 where nothing can be called. */
static int prepare_sweep(struct isolation *isolation) {
    i64 memory = SYS(mmap, 0, 4096, PROT_READ_WRITE, MAP_SHARED_ANONYMOUS, -1, 0);
    if (memory < 0 && memory >= -4095) {
        unavailable("syscall", "mmap", memory);
        return 0;
    }
    slot = (volatile struct slot *)memory;
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_FSIZE, 0);
    set_limit(RLIMIT_CPU, 60);
    sys_sigaction(SIGCHLD, (u64)on_child);
    sys_sigmask(SIG_SETMASK, SIGNAL_BIT(SIGCHLD));
    report_context(isolation ? isolation->got.text : "sandbox");
    return 1;
}

static void sweep_calls(struct isolation *isolation) {
    int own_proc = !isolation || isolation->own_proc;
    if (!prepare_sweep(isolation) || !entry_works(own_proc)) return;
    /* Handed over in pieces, so that the agent does not take the processor between any two calls. */
    gather_readings();
    i64 begun = now_ns();
    for (u16 i = 0; i <= LAST; i++) try_call(i, own_proc);
    for (u16 i = entry->first_extra; i <= entry->last_extra; i++) try_call(i, own_proc);
    try_call(CANARY, own_proc);
    number("sweep_ns", now_ns() - begun);
    hand_over_gathered();
}

static void sweep_by(const struct entry *chosen, int fd, const struct origin *origin) {
    readings_fd = fd;
    choose_entry(chosen);
    if (origin->pid == 1) sweep_calls(NULL);
    else isolated(sweep_calls, "syscall");
}

static void run_syscalls(int fd, const struct origin *origin) {
    sweep_by(&native, fd, origin);
#ifdef AS_INIT
    report_symbols();   /* of a machine's own kernel; what a container's has is read from outside */
#endif
}

#if defined(__x86_64__)
static void run_syscalls_i386(int fd, const struct origin *origin) { sweep_by(&i386, fd, origin); }
static void run_syscalls_x32(int fd, const struct origin *origin) { sweep_by(&x32, fd, origin); }
#else
static void run_syscalls_i386(int fd, const struct origin *origin) {
    (void)origin;
    readings_fd = fd;
    text_bytes("context", "entry", "not of this architecture", 24);
}
#define run_syscalls_x32 run_syscalls_i386
#endif
