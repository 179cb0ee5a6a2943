/* SipHash-2-4 (Aumasson, Bernstein), 64-bit output: the tag that no child can compute without the plan's key. */
#pragma once
#include "sys.h"

static u64 load64(const u8 *from) {
    u64 value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | from[i];
    return value;
}

static u64 rotate_left(u64 value, int by) { return value << by | value >> (64 - by); }

static void sip_rounds(u64 v[4], int count) {
    while (count--) {
        v[0] += v[1]; v[1] = rotate_left(v[1], 13); v[1] ^= v[0]; v[0] = rotate_left(v[0], 32);
        v[2] += v[3]; v[3] = rotate_left(v[3], 16); v[3] ^= v[2];
        v[0] += v[3]; v[3] = rotate_left(v[3], 21); v[3] ^= v[0];
        v[2] += v[1]; v[1] = rotate_left(v[1], 17); v[1] ^= v[2]; v[2] = rotate_left(v[2], 32);
    }
}

static u64 siphash(const u8 key[16], const u8 *data, usize size) {
    u64 k0 = load64(key), k1 = load64(key + 8);
    u64 v[4] = {k0 ^ 0x736f6d6570736575UL, k1 ^ 0x646f72616e646f6dUL, k0 ^ 0x6c7967656e657261UL, k1 ^ 0x7465646279746573UL};
    u64 last = (u64)size << 56;
    usize whole = size & ~7UL;
    for (usize i = 0; i < whole; i += 8) {
        u64 m = load64(data + i);
        v[3] ^= m;
        sip_rounds(v, 2);
        v[0] ^= m;
    }
    for (usize i = whole; i < size; i++) last |= (u64)data[i] << 8 * (i - whole);
    v[3] ^= last;
    sip_rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
