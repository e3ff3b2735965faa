#!/usr/bin/env bash
# Builds what is shipped: the release shared library, static library and program. Puts all into OUTDIR and, without
# --features, under php/includes/provisor/lib for the PHP side.
set -euo pipefail

if [ $# -lt 1 ] || [ "$1" = --help ]; then
  echo "usage: tests/build-lib.sh OUTDIR [--features NAMES]" >&2
  exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
extra=("$@")
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
command -v cargo >/dev/null || { echo "build-lib: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }
command -v cc >/dev/null || { echo "build-lib: a C compiler is missing; install it with: apt-get install gcc" >&2; exit 1; }

# A target directory of its own, so that a developer's builds and these never undo each other. File names inside the
# library (they appear in reports of defects) are those of the crates, not of this machine.
target=${CARGO_TARGET_DIR:-$root/target}/ship
home=${CARGO_HOME:-$HOME/.cargo}
sysroot=$(rustc --print sysroot)
export CARGO_TARGET_DIR=$target
# Flags end at 0x1f, not at blanks, which the folders may have in their names.
printf -v CARGO_ENCODED_RUSTFLAGS -- '--remap-path-prefix=%s\x1f--remap-path-prefix=%s\x1f--remap-path-prefix=%s' \
  "$root/=" "$home/registry/src=crates" "$sysroot=rust"
export CARGO_ENCODED_RUSTFLAGS

# Builds with other features write the same files, so what was built is kept, one folder for each list of features,
# together with a sum of all that went into it.
kept=$target/kept/$(printf '%s' "${extra[*]:-plain}" | tr -c 'a-z0-9-' '-')
mkdir -p "$kept"
# One at a time: builds with other features write the same files.
exec 8>"$target/lock"
flock 8
inputs=$({ rustc -vV; echo "$CARGO_ENCODED_RUSTFLAGS"; find src include Cargo.toml Cargo.lock build.rs -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum)
put() { # FILE FOLDER: a library that is loaded keeps its old file; cp into it would change it under its user
  cp "$1" "$2/.${1##*/}.$$"
  mv "$2/.${1##*/}.$$" "$2/${1##*/}"
}
if [ "$(cat "$kept/inputs" 2>/dev/null)" != "$inputs" ]; then
  rm -f "$kept/inputs"
  cargo build --quiet --release --locked --lib --bin provisor "${extra[@]}"
  for file in libprovisor.so libprovisor.a provisor; do
    put "$target/release/$file" "$kept"
  done
  echo "$inputs" >"$kept/inputs"
fi
for file in libprovisor.so libprovisor.a provisor; do
  put "$kept/$file" "$out"
done
ln -sf libprovisor.so "$out/libprovisor.so.1"

if [ ${#extra[@]} -eq 0 ]; then
  lib=$root/php/includes/provisor/lib/linux-$(uname -m)
  mkdir -p "$lib"
  for file in libprovisor.so provisor; do
    put "$out/$file" "$lib"
  done
fi
