/* The plan: what to run, under which limits. Split in place; everything points into plan_text. */
#pragma once
#include "fail.h"

enum { PLAN_BYTES = 1 << 20, MAX_PROBES = 1024, MAX_ENV = 256, MAX_WORDS = 8192 };

struct probe {
    u16 index;
    i64 timeout_ns;
    u64 output_limit;
    const char *kind;   /* builtin, script or exec */
    char **words;       /* what follows the kind, NULL at its end */
};

static u8 plan_text[PLAN_BYTES];
static struct {
    int probe_count;
    struct probe probes[MAX_PROBES];
    int env_count;
    char *env[MAX_ENV + 1];
    int word_count;
    char *words[MAX_WORDS];
} plan;

_Noreturn static void plan_error(int number, const char *what) {
    struct line line = {0};
    add(&line, "plan line ");
    add_number(&line, number);
    add(&line, ": ");
    add(&line, what);
    fail_with(line.text, 0);
}

static u64 whole_number(const char *text, u64 min, u64 max, int number, const char *what) {
    u64 value;
    if (!take_number(&text, max, &value) || *text || value < min) plan_error(number, what);
    return value;
}

static void parse_probe(char **fields, int count, int number) {
    struct probe *probe = &plan.probes[plan.probe_count];
    if (count < 6) plan_error(number, "a probe has at least six fields");
    if (plan.probe_count == MAX_PROBES) plan_error(number, "too many probes");
    probe->index = (u16)whole_number(fields[1], 0, 0xFFFE, number, "the index is 0 to 65534");
    probe->timeout_ns = (i64)whole_number(fields[2], 1, 1000000000, number, "the timeout is 1 to 1000000000 ms") * 1000000;
    probe->output_limit = whole_number(fields[3], 0, 1UL << 40, number, "the output limit is 0 to 2^40 bytes");
    probe->kind = fields[4];
    probe->words = fields + 5;
    if (!same(fields[4], "exec")) {
        if (!same(fields[4], "builtin") && !same(fields[4], "script")) plan_error(number, "unknown kind of probe");
        if (count != 6) plan_error(number, "builtin and script take one field");
    }
    plan.probe_count++;
}

/* Splits a line at its tabs into words that end with a NULL. Returns their number. */
static int split_fields(char *line, int number) {
    int first = plan.word_count;
    for (char *c = line;; c++) {
        if (c == line || c[-1] == 0) {
            if (plan.word_count >= MAX_WORDS - 1) plan_error(number, "too many fields");
            plan.words[plan.word_count++] = c;
        }
        if (!*c) break;
        if (*c == '\t') *c = 0;
    }
    plan.words[plan.word_count++] = NULL;
    return plan.word_count - first - 1;
}

static void parse_plan(usize size) {
    int number = 1, ended = 0;
    for (usize i = 0; i < size; number++) {
        char *line = (char *)plan_text + i;
        char **fields = plan.words + plan.word_count;
        for (; i < size && plan_text[i] != '\n'; i++)
            if (!plan_text[i]) plan_error(number, "holds a zero byte");
        if (i == size) plan_error(number, "cut off");
        plan_text[i++] = 0;
        int count = split_fields(line, number);
        if (ended) plan_error(number, "follows the end");
        if (number == 1) {
            if (count != 2 || !same(fields[0], "harness-plan") || !same(fields[1], "2")) plan_error(1, "not a plan of version 2");
        } else if (same(fields[0], "env") && count == 2) {
            if (plan.env_count == MAX_ENV) plan_error(number, "too many variables");
            plan.env[plan.env_count++] = fields[1];
        } else if (same(fields[0], "probe")) {
            parse_probe(fields, count, number);
        } else if (same(fields[0], "end") && count == 1) {
            ended = 1;
        } else {
            plan_error(number, "unknown, repeated or incomplete entry");
        }
    }
    if (!ended) plan_error(number, "cut off: no end");
}

static void read_plan(const char *path) {
    i64 size = read_file(path, plan_text, sizeof plan_text);
    if (size < 0) fail_with("cannot read the plan", size);
    parse_plan((usize)size);
}
