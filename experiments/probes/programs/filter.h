/* The seccomp filter of `namespaces`. A list of what is denied, not of what is allowed: it is installed within a time that is
 * measured, and the capabilities behind most of these calls are gone already. It closes what a root without capabilities can
 * still reach in a kernel that it shares: user namespaces (which would give every capability back), keys and perf events
 * (which know no namespace), handles of files outside of its mounts, and large interfaces (bpf, io_uring, userfaultfd).
 * From Linux 5.11 the kernel keeps which calls the filter always allows, and does not run it for them. */
#pragma once
#include "../agent/sys.h"

struct instruction { u16 code; u8 yes, no; u32 value; };
struct filter { u16 count; struct instruction *instructions; };

/* linux/bpf_common.h, linux/seccomp.h, linux/audit.h */
enum { LOAD = 0x20, EQUAL = 0x15, AT_LEAST = 0x35, ANY_BIT = 0x45, RETURN = 0x06 };
enum { AT_NUMBER = 0, AT_ARCHITECTURE = 4, AT_ARGUMENT_0 = 16 };
#define ALLOWED 0x7FFF0000U
#define FAILS_WITH(errno) (0x00050000U | (u32)(errno))
#define X32_NUMBERS 0x40000000U
enum { CLONE_NEW_USER = 0x10000000, SET_SECCOMP = 22, MODE_FILTER = 2 };

struct entry {
    u32 architecture;
    u16 clone, unshare, clone3;
    u16 denied[32];   /* those used are followed by 0 */
};

/* In each: mount, umount2, pivot_root, setns; open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr,
 * open_tree_attr; open_by_handle_at; kexec_load, kexec_file_load; init_module, finit_module, delete_module; bpf,
 * perf_event_open, userfaultfd, io_uring_setup; add_key, request_key, keyctl. */
static const struct entry entries[] = {
#if defined(__x86_64__)
    {0xC000003E, 56, 272, 435, {165, 166, 155, 308, 428, 429, 430, 431, 432, 433, 442, 467, 304, 246, 320, 175, 313, 176, 321, 298, 323, 425, 248, 249, 250}},
    /* i386, which a 64-bit kernel runs too. It has an older umount, 22, and no kexec_file_load. */
    {0x40000003, 120, 310, 435, {21, 52, 217, 346, 428, 429, 430, 431, 432, 433, 442, 467, 342, 283, 22, 128, 350, 129, 357, 336, 374, 425, 286, 287, 288}},
#else
    {0xC00000B7, 220, 97, 435, {40, 39, 41, 268, 428, 429, 430, 431, 432, 433, 442, 467, 265, 104, 294, 105, 273, 106, 280, 241, 282, 425, 217, 218, 219}},
#endif
};

/* One entry's part: skipped as a whole where the call came by another entry. BPF jumps forward only, counted from the next
 * instruction. Returns its length. */
static usize entry_part(struct instruction *to, const struct entry *entry) {
    usize at = 0, numbers = 0;
    while (entry->denied[numbers]) numbers++;
    const usize flags = numbers + 7, denied = numbers + 10, absent = numbers + 11, length = numbers + 12;
#define TO(target) ((u8)((target) - at - 1))
    to[at] = (struct instruction){EQUAL, 0, TO(length), entry->architecture}, at++;
    to[at] = (struct instruction){LOAD, 0, 0, AT_NUMBER}, at++;
    to[at] = (struct instruction){AT_LEAST, TO(absent), 0, X32_NUMBERS}, at++;
    to[at] = (struct instruction){EQUAL, TO(flags), 0, entry->clone}, at++;
    to[at] = (struct instruction){EQUAL, TO(flags), 0, entry->unshare}, at++;
    /* Its flags are behind a pointer, which no filter follows. C libraries fall back to clone. */
    to[at] = (struct instruction){EQUAL, TO(absent), 0, entry->clone3}, at++;
    for (usize i = 0; i < numbers; i++) to[at] = (struct instruction){EQUAL, TO(denied), 0, entry->denied[i]}, at++;
#undef TO
    to[at++] = (struct instruction){RETURN, 0, 0, ALLOWED};
    to[at++] = (struct instruction){LOAD, 0, 0, AT_ARGUMENT_0};
    to[at++] = (struct instruction){ANY_BIT, 1, 0, CLONE_NEW_USER};
    to[at++] = (struct instruction){RETURN, 0, 0, ALLOWED};
    to[at++] = (struct instruction){RETURN, 0, 0, FAILS_WITH(EPERM)};
    to[at++] = (struct instruction){RETURN, 0, 0, FAILS_WITH(ENOSYS)};
    return at;
}

/* Installs it for this process and what it becomes. Needs no_new_privs. Returns what prctl does. */
static i64 install_filter(void) {
    struct instruction instructions[96];
    usize count = 0;
    instructions[count++] = (struct instruction){LOAD, 0, 0, AT_ARCHITECTURE};
    for (usize i = 0; i < sizeof entries / sizeof *entries; i++) count += entry_part(instructions + count, &entries[i]);
    /* An entry with no table, as that of 32-bit ARM. */
    instructions[count++] = (struct instruction){RETURN, 0, 0, FAILS_WITH(ENOSYS)};
    struct filter filter = {(u16)count, instructions};
    return SYS(prctl, SET_SECCOMP, MODE_FILTER, &filter, 0, 0, 0);
}
