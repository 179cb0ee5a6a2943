// A dynamically linked program, as compilers make them by default: needs the loader and the libc of a userland, glibc's
// or musl's, as it is linked.
extern long write(int, const void *, unsigned long);
extern void _exit(int) __attribute__((noreturn));

void _start(void)
{
    static const char said[] = "said=dynamic program runs\n";
    // 16-byte alignment of the stack, which the ABI promises at a call but not at _start.
#if defined(__x86_64__)
    __asm__ volatile("andq $-16, %rsp");
#endif
    _exit(write(1, said, sizeof said - 1) == sizeof said - 1 ? 0 : 1);
}
