#!/bin/sh
# Builds the probe agent and the programs that probes run, for both architectures, bit for bit the same wherever it runs.
#   build.sh           writes bin/* and bin/SHA256SUMS
#   build.sh --check   builds elsewhere and compares; 1 when a committed binary differs
set -eu

VERSION=14.0.6   # Debian 12's clang-14 and lld-14; another compiler gives other bytes
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/bin
programs="agent static dynamic dynamic-musl clock namespaces"

die() { echo "build.sh: $*" >&2; exit 2; }

for tool in clang-14 ld.lld-14; do
    command -v "$tool" >/dev/null || die "$tool is missing; on Debian 12: apt-get install clang-14 lld-14"
    "$tool" --version | grep -qE "(version|LLD) $VERSION( |$)" || die "$tool is not version $VERSION; use Debian 12's clang-14 and lld-14"
done

case ${1-} in
    '' | --check) ;;
    *) die "usage: build.sh [--check]" ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case ${1-} in
    '') out=$bin; mkdir -p "$out" ;;
    --check) out=$work/bin; mkdir "$out" ;;
esac

# compile FOLDER ARCHITECTURE ARGUMENTS...: no libc, and nothing in the result that depends on where or when it was made
compile() {
    folder=$1 architecture=$2
    shift 2
    (cd "$here/$folder" && clang-14 --target="$architecture-linux-gnu" -std=c11 -O2 -Wall -Wextra -Werror \
        -ffreestanding -nostdlib -nostdinc -fno-stack-protector -fno-asynchronous-unwind-tables \
        -fno-unwind-tables -fno-ident -fomit-frame-pointer \
        --ld-path="$(command -v ld.lld-14)" -Wl,--build-id=none,--strip-all,-z,noexecstack "$@")
}

build() {
    case $1 in
        x86_64) loader=/lib64/ld-linux-x86-64.so.2 ;;
        aarch64) loader=/lib/ld-linux-aarch64.so.1 ;;
    esac
    # The table of system calls is data for readers and tests too; the agent gets it as an initialiser.
    awk -v name=native -f "$here/agent/calls.awk" "$here/syscalls-$1.csv" >"$work/calls.h"
    if [ "$1" = x86_64 ]; then
        for entry in i386 x32; do awk -v name=$entry -f "$here/agent/calls.awk" "$here/syscalls-$entry.csv" >>"$work/calls.h"; done
    fi
    # For size: it is copied into every sandbox, and what it does is system calls.
    compile agent "$1" -Os -static -fno-pic -I"$work" main.c -o "$out/agent-$1"
    # Virtual machines are run on x86-64 only, and only there are the fixed addresses that old C libraries call.
    if [ "$1" = x86_64 ]; then
        compile agent "$1" -Os -static -fno-pic -I"$work" -DAS_INIT main.c -o "$out/init-$1"
        compile programs "$1" -static -fno-pic legacy.c -o "$out/legacy-bash-$1"
        compile programs "$1" -static -fno-pic levels.c -o "$out/levels-$1"
    fi
    for program in static clock namespaces; do
        compile programs "$1" -static -fno-pic "$program.c" -o "$out/$program-$1"
    done
    # Linked against names alone, so that it asks no version of any symbol and runs under the oldest glibc. The hash table is
    # the one that loaders of every age read.
    compile programs "$1" -fPIC -shared -Wl,-soname,libc.so.6 libc-stub.c -o "$work/libc.so.6"
    compile programs "$1" -fPIE -pie -Wl,--dynamic-linker="$loader",--hash-style=sysv dynamic.c "$work/libc.so.6" -o "$out/dynamic-$1"
    # The same for musl, whose loader is its libc too and answers to this name.
    compile programs "$1" -fPIC -shared -Wl,-soname,libc.so libc-stub.c -o "$work/libc.so"
    compile programs "$1" -fPIE -pie -Wl,--dynamic-linker="/lib/ld-musl-$1.so.1",--hash-style=sysv dynamic.c "$work/libc.so" -o "$out/dynamic-musl-$1"
}

build x86_64
build aarch64
files="$(for program in $programs; do echo "$program-x86_64 $program-aarch64"; done) init-x86_64 legacy-bash-x86_64 levels-x86_64"
# shellcheck disable=SC2086   # a list of words
(cd "$out" && chmod 755 $files && sha256sum $files >SHA256SUMS)

if [ "${1-}" = --check ]; then
    for file in $files SHA256SUMS; do
        cmp "$out/$file" "$bin/$file" >&2 || { echo "build.sh: bin/$file is not what the source gives; run build.sh and commit" >&2; exit 1; }
    done
    echo "the committed binaries are what the source gives"
fi
