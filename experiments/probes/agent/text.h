/* Bytes and strings. The compiler itself calls memcpy and memset, so these carry their usual names. */
#pragma once
#include "sys.h"

void *memcpy(void *to, const void *from, usize size) {
    u8 *t = to;
    const u8 *f = from;
    while (size--) *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, usize size) {
    u8 *t = to;
    const u8 *f = from;
    if (t <= f) return memcpy(to, from, size);
    while (size--) t[size] = f[size];
    return to;
}

void *memset(void *to, int value, usize size) {
    u8 *t = to;
    while (size--) *t++ = (u8)value;
    return to;
}

static usize length_of(const char *text) {
    usize n = 0;
    while (text[n]) n++;
    return n;
}

static int same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/* Where text continues after prefix, or NULL where it does not start with it. */
static const char *after(const char *text, const char *prefix) {
    while (*prefix)
        if (*text++ != *prefix++) return NULL;
    return text;
}

/* Reads an unsigned decimal number, moves *text behind it. 0 where there is none or it exceeds max. */
static int take_number(const char **text, u64 max, u64 *value) {
    const char *t = *text;
    u64 n = 0;
    if (*t < '0' || *t > '9') return 0;
    for (; *t >= '0' && *t <= '9'; t++) {
        u64 digit = (u64)(*t - '0');
        if (n > (max - digit) / 10) return 0;
        n = n * 10 + digit;
    }
    *text = t;
    *value = n;
    return 1;
}

/* A text that grows up to a fixed size and is cut there; always terminated. */
struct line {
    usize length;
    char text[256];
};

static void add(struct line *line, const char *text) {
    while (*text && line->length < sizeof line->text - 1) line->text[line->length++] = *text++;
    line->text[line->length] = 0;
}

static void add_number(struct line *line, i64 value) {
    char digits[24];
    int at = sizeof digits - 1;
    u64 rest = value < 0 ? -(u64)value : (u64)value;
    digits[at] = 0;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) digits[--at] = '-';
    add(line, digits + at);
}
