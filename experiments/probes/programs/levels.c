// Which levels of x86-64 the processor has, by the bits that glibc's loader asks before it refuses a program
// ("CPU does not support x86-64-v2"): isa_level[LEVEL]=yes, or no and isa_missing[LEVEL] with what is missing.
#include "program.h"

typedef unsigned int u32;

enum leaf { ONE_C, SEVEN_B, EXTENDED_C, LEAVES };

struct feature {
    int level;
    enum leaf leaf;
    int bit;
    const char *name;
};

// As the psABI lists them. What every x86-64 processor has is level 1 and not asked.
static const struct feature features[] = {
    {2, ONE_C, 13, "cx16"}, {2, EXTENDED_C, 0, "lahf"}, {2, ONE_C, 23, "popcnt"}, {2, ONE_C, 0, "sse3"},
    {2, ONE_C, 19, "sse4.1"}, {2, ONE_C, 20, "sse4.2"}, {2, ONE_C, 9, "ssse3"},
    {3, ONE_C, 28, "avx"}, {3, SEVEN_B, 5, "avx2"}, {3, SEVEN_B, 3, "bmi1"}, {3, SEVEN_B, 8, "bmi2"}, {3, ONE_C, 29, "f16c"},
    {3, ONE_C, 12, "fma"}, {3, EXTENDED_C, 5, "lzcnt"}, {3, ONE_C, 22, "movbe"}, {3, ONE_C, 27, "osxsave"},
    {4, SEVEN_B, 16, "avx512f"}, {4, SEVEN_B, 30, "avx512bw"}, {4, SEVEN_B, 28, "avx512cd"}, {4, SEVEN_B, 17, "avx512dq"},
    {4, SEVEN_B, 31, "avx512vl"},
};

// What the operating system must save for a level: AVX's registers, AVX-512's.
static const u32 saved[] = {0, 0, 0, 0x06, 0xe6};

static char text[1024];
static long length;

static void say(const char *word)
{
    while (*word && length < (long)sizeof text) text[length++] = *word++;
}

static void cpuid(u32 leaf, u32 *a, u32 *b, u32 *c)
{
    u32 d;
    __asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(d) : "a"(leaf), "c"(0));
}

void _start(void)
{
    u32 words[LEAVES] = {0}, most, most_extended, a, b, c, state = 0;
    cpuid(0, &most, &b, &c);
    cpuid(1, &a, &b, &words[ONE_C]);
    if (most >= 7) cpuid(7, &a, &words[SEVEN_B], &c);
    cpuid(0x80000000u, &most_extended, &b, &c);
    if (most_extended >= 0x80000001u) cpuid(0x80000001u, &a, &b, &words[EXTENDED_C]);
    if (words[ONE_C] & 1u << 27) {
        u32 high;
        __asm__ volatile("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
    }
    int has = 1;   // a level includes those below
    for (int level = 2; level <= 4; level++) {
        char name[] = "x86-64-v?";
        int missing = 0;
        name[8] = (char)('0' + level);
        for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
            const struct feature *one = &features[i];
            if (one->level != level || words[one->leaf] >> one->bit & 1) continue;
            if (!missing++) { say("isa_missing["); say(name); say("]="); } else say(" ");
            say(one->name);
        }
        if ((state & saved[level]) != saved[level]) {
            if (!missing++) { say("isa_missing["); say(name); say("]="); } else say(" ");
            say("xcr0");
        }
        if (missing) { say("\n"); has = 0; }
        say("isa_level["); say(name); say(has ? "]=yes\n" : "]=no\n");
    }
    call(CALL_WRITE, 1, (long)text, length);
    call(CALL_EXIT, 0, 0, 0);
    __builtin_unreachable();
}
