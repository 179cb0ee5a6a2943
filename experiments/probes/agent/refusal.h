/* Why a program could not be executed: whether it is missing, or what it needs to run is, or this machine failed. */
#pragma once
#include "confine.h"

enum { PT_INTERP = 3, MAX_INTERPRETERS = 5, HEAD_BYTES = 4096, ST_NOEXEC = 8 };

struct statfs_head { u64 type, block_size, blocks, free, available, files, files_free, id, name_length, fragment_size, flags, spare[4]; };

/* How a probe ended that could not be executed, and the sentence for it; longer than a line since paths are. */
struct refusal {
    int how;
    usize length;
    char text[2 * 4096];
};

static void say(struct refusal *refusal, const char *text) {
    while (*text && refusal->length < sizeof refusal->text - 1) refusal->text[refusal->length++] = *text++;
    refusal->text[refusal->length] = 0;
}

static void refuse(struct refusal *refusal, int how, const char *begin, const char *end) {
    refusal->how = how;
    refusal->length = 0;
    say(refusal, begin);
    say(refusal, end);
}

static int is_missing(const char *path) { return SYS(faccessat, AT_FDCWD, path, 0, 0, 0, 0) == -ENOENT; }

/* The kernel says EACCES for a file that nobody may execute, which is the image's doing, and on a file system where nothing may
 * be executed, which is not. */
static int is_on_noexec(const char *path) {
    struct statfs_head file_system = {0};
    return SYS(statfs, path, &file_system, 0, 0, 0, 0) >= 0 && (file_system.flags & ST_NOEXEC);
}

static u64 number_at(const u8 *from, int bytes) {
    u64 value = 0;
    while (bytes--) value = value << 8 | from[bytes];
    return value;
}

/* The interpreter of a dynamic program of this byte order: NULL where it names none. */
static char *elf_interpreter(i64 fd, u8 *head, i64 size) {
    static u8 table[HEAD_BYTES];
    static char name[HEAD_BYTES];
    int wide = head[4] == 2;
    if (size < 64 || head[5] != 1) return NULL;
    u64 offset = wide ? number_at(head + 32, 8) : number_at(head + 28, 4);
    u64 entry = number_at(head + (wide ? 54 : 42), 2), count = number_at(head + (wide ? 56 : 44), 2);
    if (entry < (wide ? 56U : 32U) || count * entry > sizeof table) return NULL;
    if (SYS(pread64, fd, table, count * entry, offset, 0, 0) != (i64)(count * entry)) return NULL;
    for (u64 i = 0; i < count; i++) {
        const u8 *program = table + i * entry;
        if (number_at(program, 4) != PT_INTERP) continue;
        u64 at = wide ? number_at(program + 8, 8) : number_at(program + 4, 4), length = wide ? number_at(program + 32, 8) : number_at(program + 16, 4);
        if (length < 2 || length > sizeof name || SYS(pread64, fd, name, length, at, 0, 0) != (i64)length || name[length - 1]) return NULL;
        return name;
    }
    return NULL;
}

/* The interpreter of a script, as the kernel reads it: the first word of its first line. */
static char *script_interpreter(u8 *head, i64 size) {
    i64 at = 2;
    while (at < size && (head[at] == ' ' || head[at] == '\t')) at++;
    i64 begin = at;
    while (at < size && head[at] != ' ' && head[at] != '\t' && head[at] != '\n' && head[at]) at++;
    if (at == begin || at >= size) return NULL;
    head[at] = 0;
    return (char *)head + begin;
}

/* What the kernel would start in a file's place, or NULL. *further: it is a script's, which may be a script too. */
static char *interpreter_of(const char *path, int *further) {
    static u8 heads[2][HEAD_BYTES];
    static int which;
    u8 *head = heads[which ^= 1];   /* the path may lie in the other */
    char *found = NULL;
    i64 fd = sys_open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return NULL;
    i64 size = SYS(pread64, fd, head, HEAD_BYTES, 0, 0, 0);
    *further = size > 2 && head[0] == '#' && head[1] == '!';
    if (*further) found = script_interpreter(head, size);
    else if (size > 4 && head[0] == 0x7F && head[1] == 'E' && head[2] == 'L' && head[3] == 'F') found = elf_interpreter(fd, head, size);
    sys_close((int)fd);
    return found;
}

/* In the child, after an exec has failed with this errno: says how the probe ended, and why. */
static void explain(struct refusal *to, const char *path, i64 error) {
    int further = 1;
    refuse(to, HOW_REFUSED, path, "");
    if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE || error == ENOSPC || error == EDQUOT || error == EIO) {
        to->how = HOW_AGENT;
        say(to, " could not be executed");
        return;
    }
    if (error == ENOENT && is_missing(path)) {
        say(to, " does not exist");
        return;
    }
    for (int i = 0; i <= MAX_INTERPRETERS; i++) {
        if (error == EACCES && is_on_noexec(path)) {
            to->how = HOW_AGENT;
            say(to, " lies on a file system that is mounted noexec");
            return;
        }
        if (!further || (error != ENOENT && error != EACCES)) return;
        char *interpreter = interpreter_of(path, &further);
        if (!interpreter) return;
        say(to, ": its interpreter ");
        say(to, interpreter);
        if (error == ENOENT && is_missing(interpreter)) {
            say(to, " does not exist");
            return;
        }
        path = interpreter;
    }
}
