/* A stand-in for a shell linked with glibc 2.13 or older: what such a shell does before its first command, namely ask
 * for the time by the fixed addresses that glibc used up to 2.13 (dynamic programs) and 2.14 (static ones), and nothing
 * else. It ends with 0 where those calls work. It is no real userland, and rows that come from it say `synthetic`. */
#include "../agent/sys.h"

_Noreturn void agent_main(usize *stack) {
    (void)stack;
    i64 now[2] = {0, 0};
    i64 (*get_time_of_day)(void *, void *) = (i64 (*)(void *, void *))0xffffffffff600000;
    i64 (*get_time)(void *) = (i64 (*)(void *))0xffffffffff600400;
    if (get_time_of_day(now, NULL) != 0 || now[0] <= 0) sys_exit(2);
    if (get_time(NULL) <= 0) sys_exit(3);
    sys_exit(0);
}
