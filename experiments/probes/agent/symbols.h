/* What the kernel's own table of symbols says of each call: __x64_sys_NAME is `T` where the kernel has it, and `W` where
 * it falls to one that answers ENOSYS, since the configuration leaves it out. Read as root of a machine of its own. */
#pragma once
#include "entries.h"

#ifdef AS_INIT
#if defined(__x86_64__)
#define SYMBOL_PREFIX "__x64_sys_"
#else
#define SYMBOL_PREFIX "__arm64_sys_"
#endif

enum { SYMBOL_NONE, SYMBOL_WEAK, SYMBOL_DEFINED, SYMBOL_STATES };

static u8 symbol_of[512];   /* by place in the table */

/* A line is `ADDRESS TYPE NAME`, modules' with `[module]` after it. */
static void take_symbol(const char *line) {
    while (*line && *line != ' ') line++;
    if (!*line) return;
    char type = line[1];
    const char *name = type && line[2] == ' ' ? after(line + 3, SYMBOL_PREFIX) : NULL;
    for (int i = 0; name && i < call_count; i++)
        if (same(calls[i].symbol, name)) symbol_of[i] = type == 'W' ? SYMBOL_WEAK : SYMBOL_DEFINED;
}

static void report_state(int state, const char *name) {
    usize length = 0;
    for (int i = 0; i < call_count; i++) {
        struct line number = {0};
        if (symbol_of[i] != state) continue;
        if (length) add(&number, " ");
        add_number(&number, calls[i].number);
        memcpy(file_text + length, number.text, number.length);
        length += number.length;
    }
    text_bytes("symbol", name, file_text, length);
}

static void report_symbols(void) {
    static char line[512];
    usize length = 0;
    choose_entry(&native);
    i64 fd = sys_open("/proc/kallsyms", O_RDONLY), n;
    if (fd < 0) {
        unavailable("symbol", "/proc/kallsyms", fd);
        return;
    }
    while ((n = sys_read((int)fd, file_text, sizeof file_text)) > 0)
        for (i64 i = 0; i < n; i++) {
            if (file_text[i] != '\n') {
                if (length < sizeof line - 1) line[length++] = (char)file_text[i];
                continue;
            }
            line[length] = 0;
            take_symbol(line);
            length = 0;
        }
    sys_close((int)fd);
    int any = 0;
    for (int i = 0; i < call_count; i++) any |= symbol_of[i];
    if (!any) {   /* Linux before 4.17 has other names */
        unavailable("symbol", "/proc/kallsyms", -ENODATA);
        return;
    }
    i64 size = load("/proc/sys/kernel/random/boot_id");
    if (size > 0) text_bytes("symbol", "boot_id", file_text, (usize)size - 1);
    report_state(SYMBOL_DEFINED, "defined");
    report_state(SYMBOL_WEAK, "weak");
    report_state(SYMBOL_NONE, "none");
}
#endif
