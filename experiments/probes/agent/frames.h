/* Building frames and writing them, whole, to the channel. */
#pragma once
#include "fail.h"
#include "siphash.h"

enum { KIND_HELLO = 1, KIND_STARTED, KIND_NUMBER, KIND_TEXT, KIND_OUTPUT, KIND_ENDED, KIND_BYE };
enum { HOW_EXITED = 0, HOW_SIGNAL, HOW_TIMEOUT, HOW_LIMIT, HOW_REFUSED, HOW_AGENT };
enum { FRAME_HEAD = 8, BODY_HEAD = 8, BODY_MAX = 65536, FRAME_TAIL = 8, NO_PROBE = 0xFFFF };

static struct {
    int fd;
    u8 key[16];
    u32 sequence;
} channel = {.fd = -1};

static u8 frame[FRAME_HEAD + BODY_MAX + FRAME_TAIL];
static usize body_size;
#define BODY (frame + FRAME_HEAD)

static void store(u8 *to, u64 value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (u8)(value >> 8 * i);
}

static void put(u64 value, int bytes) {
    if (body_size + (usize)bytes > BODY_MAX) fail_with("a frame grew too long", 0);
    store(BODY + body_size, value, bytes);
    body_size += (usize)bytes;
}

/* The rest of the body; cut where the body is full. */
static void put_rest(const void *bytes, usize size) {
    if (size > BODY_MAX - body_size) size = BODY_MAX - body_size;
    memcpy(BODY + body_size, bytes, size);
    body_size += size;
}

/* A str16; cut, between two characters of UTF-8, at 4,096 bytes: no path that can be executed is longer. */
static void put_str16(const char *text) {
    usize size = length_of(text);
    if (size > 4096) size = 4096;
    while (size && (text[size] & 0xC0) == 0x80) size--;
    put(size, 2);
    put_rest(text, size);
}

static void frame_begin(int kind, u16 probe) {
    body_size = 0;
    put(channel.sequence, 4);
    put((u64)kind, 1);
    put(0, 1);
    put(probe, 2);
}

/* Writes everything, also to a descriptor that takes a part only, or nothing for now. Returns 0 or a negative errno. */
static i64 write_all(int fd, const u8 *from, usize size) {
    while (size) {
        i64 n = sys_write(fd, from, size);
        if (n == -EAGAIN) {
            struct pollfd ready = {fd, POLLOUT, 0};
            sys_poll(&ready, 1, -1);
        } else if (n < 0 && n != -EINTR) {
            return n;
        } else if (n > 0) {
            from += n;
            size -= (usize)n;
        }
    }
    return 0;
}

static void frame_send(void) {
    memcpy(frame, "HFR1", 4);
    store(frame + 4, body_size, 4);
    store(BODY + body_size, siphash(channel.key, BODY, body_size), 8);
    i64 result = write_all(channel.fd, frame, FRAME_HEAD + body_size + FRAME_TAIL);
    if (result < 0) fail_with("cannot write to the channel", result);
    channel.sequence++;
}

static void send_output(u16 probe, int stream, const u8 *bytes, usize size) {
    frame_begin(KIND_OUTPUT, probe);
    put((u64)stream, 1);
    put_rest(bytes, size);
    frame_send();
}

static void send_ended(u16 probe, int how, i64 code, i64 started, i64 ended, const char *detail) {
    frame_begin(KIND_ENDED, probe);
    put((u64)how, 1);
    put((u64)code, 4);
    put((u64)started, 8);
    put((u64)ended, 8);
    put_str16(detail);
    frame_send();
}
