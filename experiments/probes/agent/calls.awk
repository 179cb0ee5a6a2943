# Makes calls.h, the agent's table, of ../syscalls-ARCHITECTURE.csv. rule: empty (every argument -1), skip, nogroup,
# or the leading arguments (the others are -1). about: "name since", as readings have it.
BEGIN { FS = ","; rules = 1; arguments = "    {-1, -1, -1, -1, -1, -1},\n" }
NR > 1 {
    kind = $4 == "skip" ? "SKIPPED" : $4 == "nogroup" ? "UNGROUPED" : "CALLED"
    rule = 0
    if (kind == "CALLED" && $4 != "") {
        count = split($4, argument, " ")
        arguments = arguments "    {"
        for (i = 1; i <= 6; i++) arguments = arguments (i <= count ? argument[i] : "-1") (i < 6 ? ", " : "},\n")
        rule = rules++
    }
    calls = calls "    {" $1 ", " kind ", " rule ", \"name=" $2 " since=" ($3 == "" ? "-" : $3) "\"},\n"
}
END { printf "static const i64 arguments_of[][6] = {\n%s};\nstatic const struct call calls[] = {\n%s};\n", arguments, calls }
