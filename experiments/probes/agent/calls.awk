# Makes the agent's table of one entry point of ../syscalls-NAME.csv (-v name=NAME): a text that entries.h reads, since pointers to
# it would be half of the agent. A line is `NUMBER NAME`, then `s` (not called), `g` (called in the sweep's group), `rN` (with the
# N-th arguments; else every one is -1), `vSINCE`, `=SYMBOL` where those differ from nothing, 2.6 and the name.
BEGIN { FS = ","; rules = 1; arguments = "    {-1, -1, -1, -1, -1, -1},\n" }
NR > 1 {
    how = $5 == "skip" ? " s" : $5 == "nogroup" ? " g" : ""
    if (how == "" && $5 != "") {
        count = split($5, argument, " ")
        arguments = arguments "    {"
        for (i = 1; i <= 6; i++) arguments = arguments (i <= count ? argument[i] : "-1") (i < 6 ? ", " : "},\n")
        how = " r" rules++
    }
    calls = calls "    \"" $1 " " $2 how ($3 == "" ? "" : " v" $3) ($4 == "" ? "" : " =" $4) "\\n\"\n"
}
END { printf "static const i64 arguments_%s[][6] = {\n%s};\nstatic const char calls_%s[] =\n%s;\n", name, arguments, name, calls }
