// System calls without libc, for programs that must not need one.
#ifndef PROGRAM_H
#define PROGRAM_H

static long call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#else
#error "x86_64 or aarch64"
#endif
}

#if defined(__x86_64__)
#define CALL_WRITE 1
#define CALL_EXIT 231
#else
#define CALL_WRITE 64
#define CALL_EXIT 94
#endif

#endif
