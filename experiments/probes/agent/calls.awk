# Makes the agent's table of one entry point of ../syscalls-NAME.csv (-v name=NAME). rule: empty (every argument -1), skip,
# nogroup, or the leading arguments (the others are -1). about: "name since", as readings have it; symbol: what follows
# __x64_sys_ or __arm64_sys_ in the kernel's symbols, where that is not the name.
BEGIN { FS = ","; rules = 1; arguments = "    {-1, -1, -1, -1, -1, -1},\n"; gsub("-", "_", name) }
NR > 1 {
    kind = $5 == "skip" ? "SKIPPED" : $5 == "nogroup" ? "UNGROUPED" : "CALLED"
    rule = 0
    if (kind == "CALLED" && $5 != "") {
        count = split($5, argument, " ")
        arguments = arguments "    {"
        for (i = 1; i <= 6; i++) arguments = arguments (i <= count ? argument[i] : "-1") (i < 6 ? ", " : "},\n")
        rule = rules++
    }
    calls = calls "    {" $1 ", " kind ", " rule ", \"name=" $2 " since=" ($3 == "" ? "-" : $3) "\", \"" ($4 == "" ? $2 : $4) "\"},\n"
}
END { printf "static const i64 arguments_%s[][6] = {\n%s};\nstatic const struct call calls_%s[] = {\n%s};\n", name, arguments, name, calls }
