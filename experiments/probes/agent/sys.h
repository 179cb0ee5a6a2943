/* System calls, types and constants: the agent has no libc, so that it runs in an image that holds nothing.
 *
 * Only calls that aarch64 also has (no fork, open, pipe, dup2, poll), that Linux 3.10 knows and that gVisor offers. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int i32;
typedef long i64;
typedef unsigned long usize;
#define NULL ((void *)0)

_Static_assert(sizeof(u64) == 8 && sizeof(u32) == 4 && sizeof(void *) == 8, "LP64 is assumed");

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
enum {
    NR_read = 0, NR_write = 1, NR_close = 3, NR_lseek = 8, NR_mmap = 9, NR_rt_sigaction = 13, NR_rt_sigprocmask = 14, NR_pread64 = 17, NR_getpid = 39, NR_clone = 56,
    NR_execve = 59, NR_wait4 = 61, NR_kill = 62, NR_uname = 63, NR_fcntl = 72, NR_getuid = 102, NR_syslog = 103, NR_getgid = 104, NR_setpgid = 109, NR_setsid = 112,
    NR_setgroups = 116, NR_setresuid = 117, NR_setresgid = 119, NR_capget = 125, NR_capset = 126, NR_rt_sigtimedwait = 128, NR_statfs = 137, NR_prctl = 157, NR_mount = 165,
    NR_getdents64 = 217, NR_clock_gettime = 228, NR_exit_group = 231, NR_waitid = 247, NR_openat = 257,
    NR_unlinkat = 263, NR_readlinkat = 267, NR_faccessat = 269, NR_ppoll = 271, NR_unshare = 272, NR_dup3 = 292, NR_pipe2 = 293, NR_prlimit64 = 302,
};

static inline i64 syscall6(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
    i64 result;
    register i64 r10 __asm__("r10") = d;
    register i64 r8 __asm__("r8") = e;
    register i64 r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

/* Starts a child that runs entry on a stack of its own and never returns. */
static inline i64 clone_onto(u64 flags, u8 *stack_end, void (*entry)(void)) {
    i64 result;
    register i64 r10 __asm__("r10") = 0;
    register i64 r8 __asm__("r8") = 0;
    register void (*r9)(void) __asm__("r9") = entry;
    __asm__ volatile("syscall\n test %%rax, %%rax\n jnz 1f\n xor %%ebp, %%ebp\n call *%%r9\n ud2\n 1:"
                     : "=a"(result) : "a"((i64)NR_clone), "D"(flags), "S"(stack_end), "d"(0L), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

__asm__(".globl _start\n_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call agent_main\n"
        "  ud2\n"
        /* x86-64 has no return path of its own for signal handlers: 15 is rt_sigreturn. */
        "signal_return:\n"
        "  mov $15, %eax\n"
        "  syscall\n");

#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
enum {
    NR_dup3 = 24, NR_fcntl = 25, NR_unlinkat = 35, NR_mount = 40, NR_statfs = 43, NR_faccessat = 48, NR_openat = 56, NR_close = 57, NR_pipe2 = 59, NR_getdents64 = 61, NR_lseek = 62,
    NR_read = 63, NR_write = 64, NR_pread64 = 67, NR_ppoll = 73, NR_readlinkat = 78, NR_capget = 90, NR_capset = 91, NR_exit_group = 94, NR_waitid = 95,
    NR_unshare = 97, NR_clock_gettime = 113, NR_syslog = 116,
    NR_kill = 129, NR_rt_sigaction = 134, NR_rt_sigprocmask = 135, NR_rt_sigtimedwait = 137, NR_setresuid = 147, NR_setresgid = 149, NR_setpgid = 154,
    NR_setsid = 157, NR_setgroups = 159, NR_uname = 160, NR_prctl = 167,
    NR_getpid = 172, NR_getuid = 174, NR_getgid = 176, NR_clone = 220, NR_execve = 221, NR_mmap = 222, NR_wait4 = 260,
    NR_prlimit64 = 261,
};

static inline i64 syscall6(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
    register i64 x8 __asm__("x8") = number;
    register i64 x0 __asm__("x0") = a;
    register i64 x1 __asm__("x1") = b;
    register i64 x2 __asm__("x2") = c;
    register i64 x3 __asm__("x3") = d;
    register i64 x4 __asm__("x4") = e;
    register i64 x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static inline i64 clone_onto(u64 flags, u8 *stack_end, void (*entry)(void)) {
    register i64 x8 __asm__("x8") = NR_clone;
    register i64 x0 __asm__("x0") = (i64)flags;
    register u8 *x1 __asm__("x1") = stack_end;
    register i64 x2 __asm__("x2") = 0;
    register i64 x3 __asm__("x3") = 0;
    register i64 x4 __asm__("x4") = 0;
    register void (*x9)(void) __asm__("x9") = entry;
    __asm__ volatile("svc 0\n cbnz x0, 1f\n mov x29, xzr\n blr x9\n brk #1\n 1:"
                     : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9) : "memory");
    return x0;
}

__asm__(".globl _start\n_start:\n"
        "  mov x29, xzr\n"
        "  mov x30, xzr\n"
        "  mov x0, sp\n"
        "  and sp, x0, #-16\n"
        "  bl agent_main\n"
        "  brk #1\n"
        "signal_return:\n"
        "  mov x8, #139\n"
        "  svc #0\n");

#else
#error "the agent knows x86_64 and aarch64"
#endif

extern void signal_return(void);

enum { EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EEXIST = 17, EINVAL = 22, ENFILE = 23, EMFILE = 24 };
enum { EFBIG = 27, ENOSPC = 28, ENOSYS = 38, ENODATA = 61, EPROTO = 71, EDQUOT = 122 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };
enum { AT_FDCWD = -100 };
enum { F_GETFD = 1, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030 };
enum { SIGKILL = 9, SIGPIPE = 13, SIGCHLD = 17, SIGNALS = 64 };
enum { SIG_BLOCK = 0, SIG_SETMASK = 2 };
enum { WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x01000000, P_ALL = 0, CLD_EXITED = 1 };
enum { CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7 };
#define CLONE_VM 0x100UL
enum { PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_CHILD_SUBREAPER = 36 };
enum { POLLIN = 1, POLLOUT = 4 };

struct timespec { i64 seconds, nanoseconds; };
struct pollfd { i32 fd; u16 events, revents; };
struct utsname { char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65]; };
struct siginfo { i32 signo, error, code, padding; i32 pid; u32 uid; i32 status; u8 rest[100]; };
struct sigaction { u64 handler, flags; void (*restorer)(void); u64 mask; };
struct dirent { u64 inode; i64 offset; u16 length; u8 type; char name[]; };

_Static_assert(sizeof(struct siginfo) == 128, "the kernel writes 128 bytes");

#define SIG_DFL 0UL
#define SIG_IGN 1UL
#define SA_NOCLDSTOP 1UL
#define SA_RESTORER 0x04000000UL
#define SIGNAL_BIT(number) (1UL << ((number) - 1))

#define SYS(name, a, b, c, d, e, f) syscall6(NR_##name, (i64)(a), (i64)(b), (i64)(c), (i64)(d), (i64)(e), (i64)(f))

/* Each returns what the kernel does: a negative errno on failure. */
static inline i64 sys_read(int fd, void *to, usize size) { return SYS(read, fd, to, size, 0, 0, 0); }
static inline i64 sys_write(int fd, const void *from, usize size) { return SYS(write, fd, from, size, 0, 0, 0); }
static inline i64 sys_open(const char *path, int flags) { return SYS(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0, 0, 0); }
static inline i64 sys_close(int fd) { return SYS(close, fd, 0, 0, 0, 0, 0); }
static inline i64 sys_unlink(const char *path) { return SYS(unlinkat, AT_FDCWD, path, 0, 0, 0, 0); }
static inline i64 sys_dup(int fd, int to) { return SYS(dup3, fd, to, 0, 0, 0, 0); }
static inline i64 sys_fcntl(int fd, int command, i64 argument) { return SYS(fcntl, fd, command, argument, 0, 0, 0); }
static inline i64 sys_pipe(i32 ends[2]) { return SYS(pipe2, ends, O_CLOEXEC, 0, 0, 0, 0); }
static inline i64 sys_getdents(int fd, void *to, usize size) { return SYS(getdents64, fd, to, size, 0, 0, 0); }
static inline i64 sys_fork(void) { return SYS(clone, SIGCHLD, 0, 0, 0, 0, 0); }
static inline i64 sys_exec(const char *path, char **argv, char **env) { return SYS(execve, path, argv, env, 0, 0, 0); }
static inline i64 sys_wait4(i32 pid, i32 *status, int options) { return SYS(wait4, pid, status, options, 0, 0, 0); }
static inline i64 sys_waitid(struct siginfo *info, int options) { return SYS(waitid, P_ALL, 0, info, options, 0, 0); }
static inline i64 sys_kill(i32 pid, int signal) { return SYS(kill, pid, signal, 0, 0, 0, 0); }
static inline i64 sys_setsid(void) { return SYS(setsid, 0, 0, 0, 0, 0, 0); }
static inline i64 sys_getpid(void) { return SYS(getpid, 0, 0, 0, 0, 0, 0); }
static inline i64 sys_uname(struct utsname *to) { return SYS(uname, to, 0, 0, 0, 0, 0); }
static inline i64 sys_prctl(int what, u64 value) { return SYS(prctl, what, value, 0, 0, 0, 0); }
static inline i64 sys_sigmask(int how, u64 mask) { return SYS(rt_sigprocmask, how, &mask, NULL, sizeof mask, 0, 0); }

_Noreturn static inline void sys_exit(int status) {
    for (;;) SYS(exit_group, status, 0, 0, 0, 0, 0);
}

static inline i64 sys_sigaction(int signal, u64 handler) {
    struct sigaction action = {handler, SA_NOCLDSTOP | SA_RESTORER, signal_return, 0};
    return SYS(rt_sigaction, signal, &action, NULL, sizeof action.mask, 0, 0);
}

/* Waits with every signal let through for as long as the wait lasts: SIGCHLD, blocked otherwise, ends it (EINTR),
 * and none can slip in between looking for exits and sleeping. wait_ns below 0: without limit. */
static inline i64 sys_poll(struct pollfd *fds, usize count, i64 wait_ns) {
    struct timespec limit = {wait_ns / 1000000000, wait_ns % 1000000000};
    u64 none = 0;
    return SYS(ppoll, fds, count, wait_ns < 0 ? NULL : &limit, &none, sizeof none, 0);
}

/* Nanoseconds, or a negative errno. */
static inline i64 sys_clock(int clock) {
    struct timespec now;
    i64 result = SYS(clock_gettime, clock, &now, 0, 0, 0, 0);
    return result < 0 ? result : now.seconds * 1000000000 + now.nanoseconds;
}

static inline i64 now_ns(void) { return sys_clock(CLOCK_MONOTONIC); }
