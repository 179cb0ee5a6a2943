/* Running one probe: its pipes, its limits, its readings. */
#pragma once
#include "children.h"
#include "hold.h"
#include "kernel.h"
#include "key.h"
#include "needs.h"
#include "plan.h"
#include "refusal.h"
#include "treatment.h"
#include "vsyscall.h"

enum { OUT, ERR, REPORT, PIPES };

/* REPORT is a builtin's: the i64 time at which it began, then its readings. What the child of another program has to say, it says
 * through memory that it shares with the agent until the exec: gVisor lets a program open the agent's pipes. */
typedef void (*builtin)(int fd, const struct origin *origin);

static const struct { const char *name; builtin run; } builtins[] = {{"kernel", run_kernel}, {"syscalls", run_syscalls}, {"syscalls-i386", run_syscalls_i386}, {"syscalls-x32", run_syscalls_x32}, {"needs", run_needs}, {"filter", run_filter}, {"vsyscall", run_vsyscall}, {"start", run_start}, {"hold", run_hold}, {"hold-worked", run_hold_worked}, {"treatment", run_treatment}};

static struct execution {
    volatile i64 time;      /* of the exec; 0 before it */
    volatile i32 error;     /* the errno of one that failed */
    struct refusal refusal;
} *execution;

static struct run {
    const struct probe *probe;
    builtin builtin;        /* NULL: the probe is another program */
    i32 pipes[PIPES];       /* ends to read from; -1: closed */
    u64 output;             /* bytes written so far, both streams */
    int over_limit;
    i64 started;
    usize report_size;
    u8 report[4 + BODY_MAX];
} run;

static builtin find_builtin(const struct probe *probe) {
    for (usize i = 0; same(probe->kind, "builtin") && i < sizeof builtins / sizeof *builtins; i++)
        if (same(probe->words[0], builtins[i].name)) return builtins[i].run;
    return NULL;
}

_Noreturn static void become_program(const struct probe *probe) {
    char *shell[] = {(char *)"/bin/sh", probe->words[0], NULL};
    char **words = same(probe->kind, "script") ? shell : probe->words;
    const char *step = "";
    i64 error = -confine(&step);
    execution->time = now_ns();
    if (error) {
        refuse(&execution->refusal, HOW_AGENT, "giving up rights: ", step);
    } else {
        error = -sys_exec(words[0], words, plan.env);
        explain(&execution->refusal, words[0], error);
    }
    execution->error = (i32)error;
    sys_exit(127);
}

_Noreturn static void run_child(i32 writing[PIPES], const struct origin *origin) {
    u8 stamp[8];
    forget_key();
    become_probe(writing[OUT], writing[ERR]);
    if (!run.builtin) become_program(run.probe);
    sys_close(channel.fd);
    store(stamp, (u64)now_ns(), 8);
    write_all(writing[REPORT], stamp, 8);
    run.builtin(writing[REPORT], origin);
    sys_exit(0);
}

static void close_pipe(int which) {
    if (run.pipes[which] >= 0) sys_close(run.pipes[which]);
    run.pipes[which] = -1;
}

static u32 load32(const u8 *from) { return (u32)from[0] | (u32)from[1] << 8 | (u32)from[2] << 16 | (u32)from[3] << 24; }

static void forward_reading(const u8 *body, usize size) {
    frame_begin(body[4], run.probe->index);
    put_rest(body + BODY_HEAD, size - BODY_HEAD);
    frame_send();
}

static void drop_report(usize size) {
    run.report_size -= size;
    memmove(run.report, run.report + size, run.report_size);
}

static void take_report(void) {
    if (!run.started && run.report_size >= 8) {
        run.started = (i64)load64(run.report);
        drop_report(8);
    }
    if (!run.started) return;
    while (run.report_size >= 4) {
        usize size = load32(run.report);
        if (size < BODY_HEAD || size > BODY_MAX) fail_with("a builtin handed over nonsense", -EPROTO);
        if (run.report_size < 4 + size) return;
        forward_reading(run.report + 4, size);
        drop_report(4 + size);
    }
}

static void take_output(int which, const u8 *bytes, usize size) {
    u64 room = run.probe->output_limit - run.output;
    if (size > room) {
        run.over_limit = 1;
        size = room;
    }
    run.output += size;
    if (size) send_output(run.probe->index, which + 1, bytes, size);
}

/* Reads once. Returns 0 when there is nothing to read now or ever. */
static int take(int which) {
    static u8 bytes[32768];
    i64 n;
    do {
        if (which == REPORT) n = sys_read(run.pipes[which], run.report + run.report_size, sizeof run.report - run.report_size);
        else n = sys_read(run.pipes[which], bytes, sizeof bytes);
    } while (n == -EINTR);
    if (n == -EAGAIN) return 0;
    if (n <= 0) {
        close_pipe(which);
        return 0;
    }
    if (which == REPORT) {
        run.report_size += (usize)n;
        take_report();
    } else {
        take_output(which, bytes, (usize)n);
    }
    return 1;
}

/* What was written before everything was killed. Never waits: a survivor may hold a pipe open for good. */
static void drain(void) {
    for (int i = PIPES - 1; i >= 0; i--) {
        while (!run.over_limit && run.pipes[i] >= 0 && take(i)) {}
        close_pipe(i);
    }
}

/* Waits for the child's exit, taking what it writes. The timeout counts from the exec, or from begun until that is
 * known. Returns HOW_EXITED, HOW_TIMEOUT or HOW_LIMIT. */
static int watch(i64 begun) {
    for (;;) {
        look_for_exits();
        if (!run.builtin) run.started = execution->time;
        if (child.exited) return HOW_EXITED;
        if (run.over_limit) return HOW_LIMIT;
        i64 left = (run.started ? run.started : begun) + run.probe->timeout_ns - now_ns();
        if (left <= 0) return HOW_TIMEOUT;
        struct pollfd ready[PIPES];
        for (int i = 0; i < PIPES; i++) ready[i] = (struct pollfd){run.pipes[i], POLLIN, 0};
        if (sys_poll(ready, PIPES, left) <= 0) continue;
        for (int i = PIPES - 1; i >= 0; i--)
            if (ready[i].revents && !run.over_limit) take(i);
    }
}

/* Returns 0 or a negative errno, with *what naming the call. */
static i64 start(const struct origin *origin, const char **what) {
    i32 writing[PIPES] = {-1, -1, -1};
    i64 result = 0;
    *what = "mmap";
    if (!execution) {
        result = SYS(mmap, NULL, sizeof *execution, PROT_READ_WRITE, MAP_SHARED_ANONYMOUS, -1, 0);
        if (result < 0) return result;
        execution = (struct execution *)result;
    }
    execution->time = execution->error = 0;
    for (int i = 0; i < (run.builtin ? PIPES : REPORT) && result >= 0; i++) {
        i32 ends[2];
        *what = "pipe2";
        result = sys_pipe(ends);
        if (result < 0) break;
        run.pipes[i] = ends[0];
        writing[i] = ends[1];
        *what = "fcntl";
        result = sys_fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    if (result >= 0) {
        *what = "clone";
        result = sys_fork();
        if (result == 0) run_child(writing, origin);
    }
    for (int i = 0; i < PIPES; i++)
        if (writing[i] >= 0) sys_close(writing[i]);
    if (result < 0) {
        for (int i = 0; i < PIPES; i++) close_pipe(i);
        return result;
    }
    child = (struct child){.pid = (i32)result};
    return 0;
}

static void run_probe(const struct probe *probe, const struct origin *origin) {
    i64 begun = now_ns(), error;
    const char *what = "";
    run.probe = probe;
    run.builtin = find_builtin(probe);
    run.pipes[OUT] = run.pipes[ERR] = run.pipes[REPORT] = -1;
    run.output = run.report_size = 0;
    run.over_limit = 0;
    run.started = 0;

    frame_begin(KIND_STARTED, probe->index);
    put((u64)begun, 8);
    frame_send();
    if (same(probe->kind, "builtin") && !run.builtin) {
        send_ended(probe->index, HOW_AGENT, ENOSYS, begun, now_ns(), "no such builtin");
        return;
    }
    error = start(origin, &what);
    if (error < 0) {
        send_ended(probe->index, HOW_AGENT, -error, begun, now_ns(), what);
        return;
    }
    int how = watch(begun);
    int clean = sweep();
    i64 ended = child.exited ? child.ended : now_ns();
    drain();
    if (!run.builtin) run.started = execution->time;
    if (!run.started) run.started = begun;

    const char *detail = clean ? "" : "a process survived being killed";
    i32 code = 0;
    if (!run.builtin && execution->error) {
        how = execution->refusal.how;
        code = execution->error;
        detail = execution->refusal.text;
    } else if (run.over_limit) {
        how = HOW_LIMIT;
    } else if (how == HOW_EXITED) {
        how = child.how;
        code = child.code;
    }
    send_ended(probe->index, how, code, run.started, ended, detail);
}
