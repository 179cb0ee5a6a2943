/* The probe agent: entry point of every sandbox. docs/agent-protocol.md is its contract. */
#include "probe.h"

#define AGENT_VERSION "2"

/* Whatever else was left open must not reach a child. */
static void close_inherited(void) {
    _Alignas(8) u8 entries[4096];
    i64 listing = sys_open("/proc/self/fd", O_RDONLY), n;
    if (listing < 0) {
        for (int fd = 3; fd < 1024; fd++) sys_close(fd);
        return;
    }
    /* The kernel walks descriptors upwards by number, so that closing behind it skips none. */
    while ((n = sys_getdents((int)listing, entries, sizeof entries)) > 0)
        for (i64 at = 0; at < n;) {
            struct dirent *entry = (struct dirent *)(entries + at);
            const char *name = entry->name;
            u64 fd;
            if (take_number(&name, 0x7FFFFFFF, &fd) && !*name && fd > 2 && fd != (u64)listing) sys_close((int)fd);
            at += entry->length;
        }
    sys_close((int)listing);
}

/* Something that reads as empty. An image may lack /dev/null; a pipe that nobody can write to does as well. */
static int open_null(void) {
    i64 fd = sys_open("/dev/null", O_RDWR);
    i32 ends[2];
    if (fd >= 0) return (int)fd;
    fd = sys_pipe(ends);
    if (fd < 0) fail_with("pipe2", fd);
    sys_close(ends[1]);
    return ends[0];
}

/* Standard output becomes the channel, out of the children's reach; 0, 1 and 2 stay taken, so that no pipe gets them. */
static void move_channel(void) {
    i64 fd = -EINVAL;
    for (int lowest = 200; fd == -EINVAL && lowest >= 3; lowest -= 197)   /* 3 where fewer descriptors are allowed */
        fd = sys_fcntl(1, F_DUPFD_CLOEXEC, lowest);
    if (fd < 0) fail_with("standard output, the channel, is not open", fd);
    channel.fd = (int)fd;
    while ((null_fd = open_null()) < 3) {}
    for (int i = 0; i < 3; i++)
        if (i == 1 || sys_fcntl(i, F_GETFD, 0) < 0) sys_dup(null_fd, i);
}

static void send_hello(const struct origin *origin) {
    frame_begin(KIND_HELLO, NO_PROBE);
    put(1, 4);
    put((u64)origin->first_monotonic, 8);
    put((u64)origin->first_boottime, 8);
    put((u64)origin->pid, 4);
    put_str16(ARCHITECTURE);
    put_str16(AGENT_VERSION);
    frame_send();
}

static void send_bye(void) {
    u32 before = channel.sequence;
    frame_begin(KIND_BYE, NO_PROBE);
    put(before, 4);
    frame_send();
}

_Noreturn void agent_main(usize *stack) {
    struct origin origin = {.first_monotonic = sys_clock(CLOCK_MONOTONIC), .first_boottime = sys_clock(CLOCK_BOOTTIME)};
    sys_prctl(PR_SET_DUMPABLE, 0);   /* before the key is anywhere but where it was given */
#ifdef AS_INIT
    (void)stack;
    const char *argv[2] = {"init", become_init()};
    take_key_file("/.harness/key");
#else
    char **argv = (char **)(stack + 1);
    take_key_variable(argv + *stack + 1);
    if (*stack != 2) fail_with("usage: agent PLAN", 0);
#endif
    origin.pid = sys_getpid();
    agent_pid = (i32)origin.pid;

    read_plan(argv[1]);
    sys_prctl(PR_SET_CHILD_SUBREAPER, 1);
    set_signals();
    close_inherited();
    move_channel();
    before_failing = sweep_before_failing;

    send_hello(&origin);
    for (int i = 0; i < plan.probe_count; i++) run_probe(&plan.probes[i], &origin);
    send_bye();
    leave(0);
}
