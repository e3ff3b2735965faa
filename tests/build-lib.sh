#!/usr/bin/env bash
# Builds what is shipped: the release shared library, static library and program, each with one crate type (with
# several at once Cargo silently leaves link-time optimisation out), and puts them into OUTDIR and, without
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
export RUSTFLAGS="--remap-path-prefix=$root/= --remap-path-prefix=$home/registry/src=crates --remap-path-prefix=$sysroot=rust"

# The program comes first: building it also writes both libraries, without link-time optimisation.
cargo build --quiet --release --locked --bin provisor "${extra[@]}"
cargo rustc --quiet --release --locked --lib --crate-type cdylib "${extra[@]}"
cargo rustc --quiet --release --locked --lib --crate-type staticlib "${extra[@]}"

for file in libprovisor.so libprovisor.a provisor; do
  # A library that is loaded keeps its old file; cp into it would change it under its user.
  cp "$target/release/$file" "$out/.$file.new"
  mv "$out/.$file.new" "$out/$file"
done
ln -sf libprovisor.so "$out/libprovisor.so.1"

if [ ${#extra[@]} -eq 0 ]; then
  lib=$root/php/includes/provisor/lib/linux-$(uname -m)
  mkdir -p "$lib"
  for file in libprovisor.so provisor; do
    cp "$out/$file" "$lib/.$file.new"
    mv "$lib/.$file.new" "$lib/$file"
  done
fi
