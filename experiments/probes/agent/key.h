/* The channel's key: where it comes from, and that nothing of it stays where a child could read it. */
#pragma once
#include "frames.h"

#define KEY_VARIABLE "HARNESS_KEY="
enum { KEY_DIGITS = 2 * sizeof channel.key };

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* The hex digits become the key and are overwritten, whatever they are. */
static void take_key(char *hex, usize size) {
    int valid = size == KEY_DIGITS;
    for (usize i = 0; valid && i < sizeof channel.key; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        valid = high >= 0 && low >= 0;
        channel.key[i] = (u8)(high << 4 | low);
    }
    for (usize i = 0; i < size; i++) ((volatile char *)hex)[i] = 0;
    if (!valid) fail_with("the key is not 32 lower-case hex digits", 0);
}

/* A child has no use for the key: what it forwards goes through the agent. */
static void forget_key(void) {
    for (usize i = 0; i < sizeof channel.key; i++) ((volatile u8 *)channel.key)[i] = 0;
}

#ifdef AS_INIT
/* A virtual machine has no environment to give it by: a file of its own, overwritten before it is unlinked, so that it is
 * not found in what the file system leaves behind either. */
static void take_key_file(const char *path) {
    static char hex[KEY_DIGITS + 1];
    static const u8 zeros[KEY_DIGITS];
    i64 size = read_file(path, (u8 *)hex, sizeof hex), fd, result;
    if (size < 0) fail_with("cannot read the key", size);
    fd = sys_open(path, O_WRONLY);
    result = fd < 0 ? fd : write_all((int)fd, zeros, sizeof zeros);
    if (fd >= 0) sys_close((int)fd);
    if (result >= 0) result = sys_unlink(path);
    if (result < 0) fail_with("cannot remove the key", result);
    take_key(hex, (usize)size);
}
#else
static void take_key_variable(char **environment) {
    char *hex = NULL;
    for (; *environment; environment++) {
        char *value = (char *)after(*environment, KEY_VARIABLE);
        if (!value) continue;
        if (hex) fail_with("HARNESS_KEY is given twice", 0);
        hex = value;
    }
    if (!hex) fail_with("no key: HARNESS_KEY is not set", 0);
    take_key(hex, length_of(hex));
}
#endif
