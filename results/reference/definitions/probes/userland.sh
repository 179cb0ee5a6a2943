# What a userland says of itself: os-release, C library, shell, tools, package manager, and the kernel's release as it sees it.
# Nothing but the shell's built-ins is assumed to be there: what is missing is simply not reported. os-release is read as text,
# never sourced: it is the userland's, and could hold any command.

say() {
  printf '%s=%s\n' "$1" "$2"
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# The first line of a command's output, its errors included.
first_line() {
  "$@" 2>&1 </dev/null | {
    IFS= read -r line
    printf '%s' "$line"
  }
}

unquoted() {
  value=$1
  case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
  esac
}

os_release() {
  for file in /etc/os-release /usr/lib/os-release; do
    [ -r "$file" ] || continue
    while IFS= read -r line || [ -n "$line" ]; do
      unquoted "${line#*=}"
      case $line in
        ID=*) say os_id "$value" ;;
        VERSION_ID=*) say os_version_id "$value" ;;
        PRETTY_NAME=*) say os_pretty_name "$value" ;;
      esac
    done <"$file"
    return
  done
  # Before os-release (2012), each family had a file of its own.
  for file in /etc/redhat-release /etc/SuSE-release /etc/alpine-release /etc/debian_version /etc/slackware-version; do
    [ -r "$file" ] || continue
    IFS= read -r line <"$file"
    say os_pretty_name "$line"
    return
  done
}

libc() {
  if have getconf; then
    line=$(first_line getconf GNU_LIBC_VERSION)
    case $line in
      glibc\ *)
        say libc glibc
        say libc_version "${line#glibc }"
        return
        ;;
    esac
  fi
  for loader in /lib/ld-musl-*.so.1 /usr/lib/ld-musl-*.so.1; do
    [ -x "$loader" ] || continue
    say libc musl
    # The loader says what it is when it is given nothing to load: the second line is "Version 1.2.4".
    "$loader" 2>&1 </dev/null | while IFS= read -r line; do
      case $line in
        Version\ *) say libc_version "${line#Version }" ;;
      esac
    done
    return
  done
  for library in /lib/libuClibc-*.so /lib64/libuClibc-*.so; do
    [ -e "$library" ] || continue
    say libc uclibc
    library=${library##*/libuClibc-}
    say libc_version "${library%.so}"
    return
  done
  # glibc without getconf: the library is a program that tells its version, and so is its loader since 2.33.
  for library in /lib/libc.so.6 /lib64/libc.so.6 /usr/lib/libc.so.6 /usr/lib64/libc.so.6 /lib/*-linux-gnu*/libc.so.6 /usr/lib/*-linux-gnu*/libc.so.6; do
    [ -e "$library" ] || continue
    say libc glibc
    line=$(first_line "$library")
    case $line in
      *release\ version\ *)
        line=${line#*release version }
        line=${line%%,*}
        say libc_version "${line%.}"
        ;;
      *)
        line=$(first_line ldd --version)
        case $line in
          ldd*) say libc_version "${line##* }" ;;
        esac
        ;;
    esac
    return
  done
  for library in /lib/klibc-*.so; do
    [ -e "$library" ] || continue
    # Its name holds a checksum in the place of a version.
    say libc klibc
    return
  done
  say libc none
}

# What a name leads to, its last part only.
leads_to() {
  target=
  if have readlink; then
    target=$(readlink -f "$1" 2>/dev/null)
  fi
  target=${target:-$1}
  target=${target##*/}
}

busybox_version() {
  busybox 2>&1 </dev/null | while IFS= read -r line; do
    case $line in
      BusyBox\ v*)
        line=${line#BusyBox v}
        printf '%s' "${line%% *}"
        break
        ;;
    esac
  done
}

shell() {
  leads_to /bin/sh
  if [ -n "${BASH_VERSION-}" ]; then
    say shell bash
    say shell_version "$BASH_VERSION"
  elif [ -n "${ZSH_VERSION-}" ]; then
    say shell zsh
    say shell_version "$ZSH_VERSION"
  elif [ -n "${YASH_VERSION-}" ]; then
    say shell yash
    say shell_version "$YASH_VERSION"
  elif [ -n "${KSH_VERSION-}" ]; then
    say shell "$target"
    say shell_version "$KSH_VERSION"
  elif [ "$target" = busybox ] || [ "$target" = busybox.static ]; then
    say shell busybox
    say shell_version "$(busybox_version)"
  elif [ "$target" != sh ]; then
    # dash tells no version.
    say shell "$target"
  fi
}

# Told by its probe in distro-matrix where it does not start; here it is only asked its version.
bash_version() {
  for file in /bin/bash /usr/bin/bash /usr/local/bin/bash; do
    [ -x "$file" ] || continue
    if line=$("$file" -c 'echo "$BASH_VERSION"' 2>/dev/null </dev/null); then
      say bash_version "$line"
    fi
    return
  done
  say bash_version none
}

tools() {
  if have ls; then
    line=$(first_line ls --version)
    case $line in
      *coreutils*)
        case $line in
          *uutils*) say tools uutils ;;
          *) say tools coreutils ;;
        esac
        say tools_version "${line##* }"
        return
        ;;
      *toybox*)
        say tools toybox
        say tools_version "${line##* }"
        return
        ;;
    esac
  fi
  if have busybox; then
    say tools busybox
    say tools_version "$(busybox_version)"
  elif have toybox; then
    say tools toybox
    line=$(first_line toybox --version)
    say tools_version "${line##* }"
  fi
}

# How many lines of the input match a pattern, and not another.
count() {
  number=0
  while IFS= read -r line; do
    case $line in
      ${2-}) ;;
      $1) number=$((number + 1)) ;;
    esac
  done
  say packages "$number"
}

# By the data base as well as the program: busybox has an rpm and a dpkg of its own, whatever the distribution.
packages() {
  if have dpkg-query && [ -e /var/lib/dpkg ]; then
    say package_manager dpkg
    # The first word is what is wanted (install, hold), the last what is.
    dpkg-query -W -f '${Status}\n' 2>/dev/null | count '* ok installed'
  elif have rpm && { [ -e /var/lib/rpm ] || [ -e /usr/lib/sysimage/rpm ] || [ -e /usr/share/rpm ]; }; then
    say package_manager rpm
    # Imported keys are listed beside the packages.
    rpm -qa 2>/dev/null | count '*' 'gpg-pubkey-*'
  elif have apk; then
    say package_manager apk
    apk info 2>/dev/null | count '*'
  elif have pacman; then
    say package_manager pacman
    pacman -Qq 2>/dev/null | count '*'
  elif have xbps-query; then
    say package_manager xbps
    xbps-query -l 2>/dev/null | count 'ii*'
  elif have opkg; then
    say package_manager opkg
    opkg list-installed 2>/dev/null | count '*'
  elif [ -d /var/db/pkg ]; then
    say package_manager portage
    number=0
    for package in /var/db/pkg/*/*/; do
      [ -d "$package" ] && number=$((number + 1))
    done
    say packages "$number"
  else
    say package_manager none
  fi
  # Whose programs are there beside it: their data bases may be empty.
  others=
  for tool in dpkg rpm apk pacman xbps-query opkg nix guix; do
    if have "$tool"; then
      others=${others:+$others }$tool
    fi
  done
  say package_programs "${others:-none}"
  # Several may stand over one data base: dnf and tdnf over rpm.
  for tool in apt-get dnf5 dnf microdnf tdnf yum zypper urpmi swupd nix guix; do
    if have "$tool"; then
      say package_tool "$tool"
      break
    fi
  done
}

if ! command -v printf >/dev/null 2>&1; then
  say() {
    echo "$1=$2"
  }
fi
os_release
libc
shell
bash_version
tools
packages
if have uname; then
  say shell_release "$(uname -r)"
fi
exit 0
