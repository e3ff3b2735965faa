#!/usr/bin/env bash
# Each way in which the demo cannot run ends with one clear sentence and a status that is not 0, and leaves nothing
# behind. Also looks at the page that --serve leaves open. Prints "ok NAME" or "FAIL NAME" for each.
#
# Wants what the demo has built (run tests/demo.sh once before). Machines are imitated by commands of the same name that
# stand first on PATH: a df that reports a full disk, a dpkg-query that knows no package, a sudo that refuses.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/provisor-failures.XXXXXX")
listener=''
demo=''
tidy() {
  for pid in $demo $listener; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap tidy EXIT
failed=0
mkdir "$work/tmp" "$work/shims"
shims=$work/shims

fail() { # NAME WHY
  failed=1
  echo "FAIL $1"
  echo "     $2"
  sed 's/^/     | /' "$work/err" | tail -n 8
}

shim() { # NAME SHELL-LINES
  printf '#!/bin/sh\n%s\n' "$2" >"$shims/$1"
  chmod 755 "$shims/$1"
}

# Runs the demo, which must fail with one sentence that has the given words.
refuses() { # NAME WORDS DEMO-ARGUMENTS...
  local name=$1 words=$2
  shift 2
  TMPDIR=${tmp:-$work/tmp} PATH=${path:-$shims:$PATH} timeout 300 "$root/tests/demo.sh" "$@" >"$work/out" 2>"$work/err"
  local code=$?
  if [ "$code" -eq 0 ] || [ "$code" -ge 124 ]; then fail "$name" "it ended with $code"
  elif [ "$(wc -l <"$work/err")" -ne 1 ]; then fail "$name" "its errors are not one line"
  elif ! grep -qF -- "$words" "$work/err"; then fail "$name" "the sentence lacks: $words"
  elif [ -n "$(ls -A "$work/tmp")" ]; then fail "$name" "it left $(ls -A "$work/tmp") in the temporary folder"
  else echo "ok   $name"
  fi
  rm -f "$shims"/*
}

# Everything on PATH but cargo.
mkdir "$work/without-cargo"
while read -r -d : folder; do
  [ -d "$folder" ] && find "$folder/" -maxdepth 1 ! -type d -exec ln -s -t "$work/without-cargo" {} + 2>/dev/null
done <<<"$PATH:"
rm -f "$work/without-cargo/cargo"
path=$work/without-cargo refuses "a missing cargo is said with where to get it" "cargo is missing; install Rust from https://rustup.rs"

shim df 'echo Filesystem 1024-blocks Used Available Capacity Mounted; echo disk 1000000 994880 5120 100% /'
refuses "a full disk is said before anything is built" "the disk is full"

shim cargo 'echo "error: failed to write: No space left on device (os error 28)" >&2; exit 101'
refuses "a disk that fills up while building is said" "because the disk is full; free some space"

shim cargo 'echo "error[E0308]: mismatched types" >&2; exit 101'
TMPDIR=$work/tmp PATH=$shims:$PATH "$root/tests/demo.sh" >"$work/out" 2>"$work/err"
code=$?
rm -f "$shims"/*
if [ "$code" -ne 0 ] && grep -q E0308 "$work/err" && tail -n 1 "$work/err" | grep -q "building the simulated panel failed"; then
  echo "ok   a build that fails shows the compiler's words"
else
  fail "a build that fails shows the compiler's words" "it ended with $code"
fi

python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(600)' >"$work/port" &
listener=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
refuses "a taken port is said with the cure" "port $(cat "$work/port") of 127.0.0.1 is taken; give another one with --port" --port "$(cat "$work/port")"
kill "$listener"
wait "$listener" 2>/dev/null
listener=''

tmp=$work/nowhere refuses "a temporary folder that is not there is named" "set TMPDIR to one that is"
refuses "a port that is no number is refused" "--port needs a number" --port http
refuses "a port beyond all numbers is refused" "--port needs a number" --port 99999999999999999999
refuses "an unknown argument is refused" "unknown argument --mysql; see --help" --mysql

shim dpkg-query 'exit 1'
shim sudo 'exit 1'
shim id 'echo 1000'
refuses "without the right to install, the command to run is said" "sudo tests/setup.sh --for demo"

if [ "$(id -u)" -eq 0 ]; then
  shim dpkg-query 'exit 1'
  shim apt-get 'echo "E: Could not resolve deb.debian.org" >&2; exit 100'
  refuses "an installation that fails shows apt's reason" "setup: apt-get could not install the packages: E: Could not resolve deb.debian.org"
fi

# Stopped in the middle of its work.
name="a demo that is stopped midway leaves nothing behind"
TMPDIR=$work/tmp "$root/tests/demo.sh" >"$work/out" 2>"$work/err" &
demo=$!
for _ in $(seq 3000); do
  grep -q 'The client orders' "$work/out" && break
  kill -0 "$demo" 2>/dev/null || break
  sleep 0.1
done
panel=$(grep -o 'panel runs at http://[0-9.:]*' "$work/out" | grep -o '[0-9]*$')
kill -TERM "$demo"
for _ in $(seq 300); do kill -0 "$demo" 2>/dev/null || break; sleep 0.1; done
if kill -0 "$demo" 2>/dev/null; then kill -KILL "$demo"; fail "$name" "it still runs after 30 seconds"
elif [ -n "$(ls -A "$work/tmp")" ]; then fail "$name" "it left $(ls -A "$work/tmp") in the temporary folder"
elif (exec 3<>"/dev/tcp/127.0.0.1/$panel") 2>/dev/null; then fail "$name" "the simulated panel still runs"
else echo "ok   $name"
fi
demo=''

# The page that --serve leaves open, and an orderly end when the demo is stopped.
name="--serve leaves the product page open, and stopping it leaves nothing behind"
TMPDIR=$work/tmp "$root/tests/demo.sh" --serve >"$work/out" 2>"$work/err" &
demo=$!
for _ in $(seq 3000); do
  grep -q 'Ctrl-C stops it' "$work/out" && break
  kill -0 "$demo" 2>/dev/null || break
  sleep 0.1
done
python3 - "$work/out" >"$work/page" 2>&1 <<'PYTHON'
import http.cookiejar, re, sys, urllib.request

said = open(sys.argv[1]).read()
url = re.search(r"service 2 \S+: (http://127\.0\.0\.1:\d+/\S+)", said).group(1)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
page = opener.open(url, timeout=20).read().decode()
print(re.search(r"Transfer since .*?measured until [^<]*", page, re.S).group(0))
PYTHON
seen=$?
panel=$(grep -o 'panel runs at http://[0-9.:]*' "$work/out" | grep -o '[0-9]*$')
kill -TERM "$demo"
wait "$demo"
demo=''
if [ "$seen" -ne 0 ]; then cp "$work/page" "$work/err"; fail "$name" "the page does not show the transfer"
elif [ -n "$(ls -A "$work/tmp")" ]; then fail "$name" "it left $(ls -A "$work/tmp") in the temporary folder"
elif (exec 3<>"/dev/tcp/127.0.0.1/$panel") 2>/dev/null; then fail "$name" "the simulated panel still runs"
else echo "ok   $name"
fi
exit "$failed"
