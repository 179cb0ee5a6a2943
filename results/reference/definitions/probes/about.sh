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
  done </etc/os-release
}
if [ -r /etc/os-release ]; then
  field ID os_id
  field VERSION_ID os_version_id
  field PRETTY_NAME os_pretty_name
fi
if command -v uname >/dev/null 2>&1; then
  printf 'uname_release=%s\n' "$(uname -r)"
fi
# Told by its probe where it does not start; here it is only asked who it is.
if [ -x /bin/bash ] && version=$(/bin/bash -c 'echo "$BASH_VERSION"' 2>/dev/null); then
  printf 'bash_version=%s\n' "$version"
fi
exit 0
