// Prints CLOCK_MONOTONIC as a reading: what a shell runs first to say when it ran it.
#include "../agent/sys.h"

_Noreturn void agent_main(usize *stack) {
    static const char name[] = "shell_monotonic_ns=";
    i64 now = sys_clock(CLOCK_MONOTONIC);
    char line[sizeof name + 20];
    usize end = sizeof line, size = sizeof name - 1;
    (void)stack;
    if (now < 0) sys_exit(1);
    line[--end] = '\n';
    do line[--end] = (char)('0' + now % 10);
    while (now /= 10);
    while (size) line[--end] = name[--size];
    sys_exit(sys_write(1, line + end, sizeof line - end) == (i64)(sizeof line - end) ? 0 : 1);
}
