/* The agent's own failure: one line on standard error, status 70. */
#pragma once
#include "text.h"

enum { EXIT_UNABLE = 70 };

/* How the agent ends: as a process, or as the first one of a machine, taking that along (init.h). */
#ifdef AS_INIT
_Noreturn static void leave(int status);
#else
#define leave sys_exit
#endif

/* Kills whatever a probe has running; set once there can be anything (children.h). */
static void (*before_failing)(void);

_Noreturn static void fail_with(const char *what, i64 error) {
    struct line line = {0};
    void (*cleanup)(void) = before_failing;
    before_failing = NULL;
    if (cleanup) cleanup();
    add(&line, "agent: ");
    add(&line, what);
    if (error < 0) {
        add(&line, ": errno ");
        add_number(&line, -error);
    }
    add(&line, "\n");
    sys_write(2, line.text, line.length);
    leave(EXIT_UNABLE);
}

/* Reads all of a file. Returns its size, or a negative errno; EFBIG where it does not fit. */
static i64 read_file(const char *path, u8 *to, usize capacity) {
    usize size = 0;
    i64 fd = sys_open(path, O_RDONLY), n;
    if (fd < 0) return fd;
    for (;;) {
        n = sys_read((int)fd, to + size, capacity - size);
        if (n == -EINTR) continue;
        if (n <= 0) break;
        size += (usize)n;
        if (size == capacity) n = -EFBIG;
        if (n < 0) break;
    }
    sys_close((int)fd);
    return n < 0 ? n : (i64)size;
}
