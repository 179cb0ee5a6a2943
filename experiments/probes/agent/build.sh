#!/bin/sh
# Builds the probe agent for both architectures, bit for bit the same wherever it runs.
#   build.sh           writes ../bin/agent-* and ../bin/SHA256SUMS
#   build.sh --check   builds elsewhere and compares; 1 when the committed binaries differ
set -eu

VERSION=14.0.6   # Debian 12's clang-14 and lld-14; another compiler gives other bytes
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/../bin

die() { echo "build.sh: $*" >&2; exit 2; }

for tool in clang-14 ld.lld-14; do
    command -v "$tool" >/dev/null || die "$tool is missing; on Debian 12: apt-get install clang-14 lld-14"
    "$tool" --version | grep -qE "(version|LLD) $VERSION( |$)" || die "$tool is not version $VERSION; use Debian 12's clang-14 and lld-14"
done

case ${1-} in
    '') out=$bin; mkdir -p "$out" ;;
    --check) out=$(mktemp -d); trap 'rm -rf "$out"' EXIT ;;
    *) die "usage: build.sh [--check]" ;;
esac

build() {   # source, architecture, name, more arguments
    source=$1 arch=$2 name=$3; shift 3
    (cd "$here" && clang-14 --target="$arch-linux-gnu" "$@" -std=c11 -O2 -Wall -Wextra -Werror \
        -ffreestanding -nostdlib -nostdinc -static -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
        -fno-unwind-tables -fno-ident -fomit-frame-pointer \
        --ld-path="$(command -v ld.lld-14)" -Wl,--build-id=none,--strip-all,-z,noexecstack \
        "$source" -o "$out/$name-$arch")
    chmod 755 "$out/$name-$arch"
}

build main.c x86_64 agent
build main.c aarch64 agent
build main.c x86_64 init -DAS_INIT
build legacy.c x86_64 legacy-bash
files="agent-x86_64 agent-aarch64 init-x86_64 legacy-bash-x86_64"
(cd "$out" && sha256sum $files >SHA256SUMS)

if [ "${1-}" = --check ]; then
    for file in $files SHA256SUMS; do
        cmp "$out/$file" "$bin/$file" >&2 || { echo "build.sh: bin/$file is not what the source gives; run build.sh and commit" >&2; exit 1; }
    done
    echo "the committed agents are what the source gives"
fi
