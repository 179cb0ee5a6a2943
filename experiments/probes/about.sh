# What the userland says of itself: os-release, the kernel's release as its own uname prints it, bash's version.
# The file is read as text, never sourced: a userland under test must not run code through it.
field() {
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            "$1="*)
                value=${line#*=}
                value=${value#[\"\']}
                printf '%s=%s\n' "$2" "${value%[\"\']}"
                return
                ;;
        esac
    done < /etc/os-release
}
if [ -r /etc/os-release ]; then
    field ID os_id
    field VERSION_ID os_version_id
    field PRETTY_NAME os_pretty_name
fi
command -v uname >/dev/null 2>&1 && printf 'uname_release=%s\n' "$(uname -r)"
[ -x /bin/bash ] && printf 'bash_version=%s\n' "$(/bin/bash -c 'echo "$BASH_VERSION"')"
exit 0
