#!/usr/bin/env bash
# All tests. Prints one line for each suite and, last and alone on its line, how many tests passed and failed. Two suites run
# side by side, since much of each waits for processes.
#
#   tests/run.sh [--fast] [SUITE ...]
#
#   --fast   fewer repetitions of what is repeated for chance's sake
#   SUITE    only these, by name; --list prints the names
#
# Wants Rust and what tests/setup.sh installs. Each suite's whole output is kept in the folder that is named at the start.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export CARGO_TERM_COLOR=never
target=${CARGO_TARGET_DIR:-$root/target}
lib=$root/php/includes/provisor/lib/linux-$(uname -m)

fast=()
list=no
only=()
while [ $# -gt 0 ]; do
  case $1 in
    --fast) fast=(--quick) ;;
    --list) list=yes ;;
    --help | -h) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run: unknown argument $1; see --help" >&2; exit 2 ;;
    *) only+=("$1") ;;
  esac
  shift
done
command -v cargo >/dev/null || { echo "run: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }

mkdir -p "$target/test-output" || exit 1
[ "$list" = yes ] || echo "Outputs: $target/test-output"
counts=$(mktemp) || exit 1
taken=$(mktemp -d) || exit 1
trap 'rm -rf "$counts" "$taken"' EXIT

wanted() {
  local name
  [ ${#only[@]} -gt 0 ] || return 0
  for name in "${only[@]}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}

# Runs one suite. A suite counts what it printed as "ok" and "FAIL"; one that prints neither counts as one test.
suite() { # NAME COMMAND...
  local name=$1 code good bad since=$SECONDS
  shift
  if [ "$list" = yes ]; then echo "$name"; return; fi
  wanted "$name" && first "$name" || return 0
  local out="$target/test-output/${name//[^A-Za-z]/-}.log"
  "$@" >"$out" 2>&1 </dev/null
  code=$?
  good=$(grep -cE '^(ok +|test .* \.\.\. ok$)' "$out")
  bad=$(grep -cE '^(FAIL(ED)? +|test .* \.\.\. FAILED$)' "$out")
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$code" -eq 0 ] && [ "$good" -eq 0 ]; then good=1; fi
  echo "$good $bad $name" >>"$counts"
  if [ "$code" -eq 0 ] && [ "$bad" -eq 0 ]; then
    printf 'ok    %-40s %4d tests %5d s\n' "$name" "$good" $((SECONDS - since))
    return
  fi
  # In one piece, because the other worker may print as well.
  printf '%s\n' "$(
    printf 'FAIL  %-40s %4d tests %5d s, %d failed:\n' "$name" "$good" $((SECONDS - since)) "$bad"
    grep -nE '^(FAIL(ED)? +|test .* \.\.\. FAILED$|error|thread .* panicked)' "$out" | head -n 10 | sed 's/^/        /'
    tail -n 12 "$out" | sed 's/^/      | /'
  )"
}

# Every suite; each is run by the worker that comes to it first.
suites() {
  suite "Rust" cargo test --workspace --locked --no-fail-fast --lib --bins --tests
  # The examples of the documentation are compiled when they run, against the library of this moment: before the browser's
  # suite, which builds another one.
  suite "examples" cargo test --workspace --locked --doc
  suite "PHP side" tests/php/run --lib "$lib/libprovisor.so" --bin "$lib/provisor"
  suite "PHP-FPM" tests/php/fpm --lib "$lib/libprovisor.so" --bin "$lib/provisor"
  suite "WHMCS stand-in" tests/whmcs/tests/run
  suite "browser" tests/browser/run
  suite "hazards" tests/hazards/run "${fast[@]}"
  suite "lints" cargo clippy --workspace --all-targets --locked -- --deny warnings
  if [ "$list" = yes ] || first demos; then
    suite "demo on SQLite" tests/demo.sh
    suite "demo on MariaDB" tests/demo.sh --mariadb
    suite "demo again, and how it fails" tests/demo_failures.sh
  fi
  # Undefined behaviour in the C ABI. The interpreter belongs to nightly toolchains only.
  if [ "$list" = yes ] || cargo +nightly miri --version >/dev/null 2>&1; then
    suite Miri env MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test --locked --lib capi --target-dir "$target/miri"
  elif wanted Miri && first Miri; then
    echo "0 0 Miri" >>"$counts"
    echo "left  Miri: not run, because there is no nightly toolchain with it (rustup toolchain install nightly -c miri)"
  fi
}

# True for the worker that asks first.
first() { mkdir "$taken/${1//[^A-Za-z]/-}" 2>/dev/null; }

names() (
  list=yes
  printf '%s\n' "format" "build of what is shipped"
  suites
)

if [ "$list" = yes ]; then
  names
  exit 0
fi
for name in "${only[@]}"; do
  names | grep -qxF -e "$name" || { echo "run: there is no suite \"$name\"; see --list" >&2; exit 2; }
done
# First what every suite needs: what is shipped, and beside it what cargo's tests are.
suite "format" cargo fmt --all --check
suite "build of what is shipped" tests/build-lib.sh "$target/ship/out" &
wanted Rust && cargo test --workspace --locked --no-run --lib --bins --tests >"$target/test-output/build.log" 2>&1
wait
suites &
suites
wait
# A suite that could not even begin, on a full disk, has failed.
lost=0
while IFS= read -r name; do
  wanted "$name" && ! grep -q " $name\$" "$counts" || continue
  echo "FAIL  $name did not run to its end"
  lost=$((lost + 1))
done < <(names)
read -r passed failed < <(awk '{ good += $1; bad += $2 } END { print good + 0, bad + 0 }' "$counts")
failed=$((failed + lost))
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
