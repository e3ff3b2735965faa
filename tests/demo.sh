#!/usr/bin/env bash
# The main job, end to end: an order in WHMCS becomes a virtual machine at OnApp, and its traffic becomes exactly one
# invoice for each period.
#
#   tests/demo.sh [--mariadb] [--serve] [--port N]
#
#   --mariadb   the stand-in for WHMCS keeps its data in a private MariaDB server, started for this run as an
#               unprivileged user on a socket in a temporary folder; without it, in SQLite
#   --serve     at the end orders one more machine and leaves its product page open on 127.0.0.1 until Ctrl-C
#   --port N    the port of the simulated OnApp control panel on 127.0.0.1 (default: any free one)
#
# Installs Debian packages that are missing (and says so before), builds, runs, compares every billed byte with what the
# simulated panel knows, and ends with 0 only if all is equal. Everything it makes but the build is temporary.
set -euo pipefail
umask 022

die() {
  echo "demo: $1" >&2
  exit 1
}

root=$(cd "$(dirname "$0")/.." && pwd)
database=sqlite
serve=no
port=0
while [ $# -gt 0 ]; do
  case $1 in
    --mariadb) database=mariadb ;;
    --serve) serve=yes ;;
    --port) port=${2:-}; shift || true ;;
    --help | -h) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "demo: unknown argument $1; see --help" >&2; exit 2 ;;
  esac
  shift || true
done
case $port in '' | *[!0-9]* | ??????*) die "--port needs a number from 0 to 65535" ;; esac
[ "$port" -le 65535 ] || die "--port needs a number from 0 to 65535"

# ---- What must be there before anything is done

command -v cargo >/dev/null || die "cargo is missing; install Rust from https://rustup.rs and open a new shell"
target=${CARGO_TARGET_DIR:-$root/target}
temporary=${TMPDIR:-/tmp}
[ -d "$temporary" ] || die "the temporary folder $temporary is not there; set TMPDIR to one that is"
mkdir -p "$target" 2>/dev/null || die "the folder $target cannot be made; set CARGO_TARGET_DIR to one that may be written"
room() { # FOLDER MEGABYTES
  local free
  free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge "$2" ] || die "the disk is full: $1 has $free MB free and $2 MB are needed"
}
if [ -e "$target/ship/release/libprovisor.so" ]; then room "$target" 300; else room "$target" 1000; fi
room "$temporary" 200
if [ "$port" -ne 0 ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  die "port $port of 127.0.0.1 is taken; give another one with --port, or leave it out for any free one"
fi
if [ "$database" = mariadb ]; then purpose=demo-mariadb; else purpose=demo; fi
"$root/tests/setup.sh" --for "$purpose" || exit 1

# ---- Whatever is started is stopped, by its own id, however this ends

work=$(mktemp -d "$temporary/provisor-demo.XXXXXX") || die "no temporary folder can be made in $temporary"
chmod 755 "$work"
log=$work/log
panel_pid=''
serve_pid=''
mariadb_dir=''
tidy() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  if [ -n "$serve_pid" ]; then kill "$serve_pid" 2>/dev/null || true; wait "$serve_pid" 2>/dev/null || true; fi
  if [ -n "$panel_pid" ]; then kill "$panel_pid" 2>/dev/null || true; wait "$panel_pid" 2>/dev/null || true; fi
  if [ -n "$mariadb_dir" ]; then "$root/tests/whmcs/mariadb" stop "$mariadb_dir" || true; fi
  rm -rf "$work"
  exit "$code"
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a command silently; when it fails, one sentence and its last words.
quietly() { # WHAT COMMAND...
  local what=$1
  shift
  if ! "$@" >"$log" 2>&1 9>&-; then
    if grep -qiE 'no space left on device|disk is full' "$log"; then
      die "$what failed, because the disk is full; free some space and run it again"
    fi
    tail -n 15 "$log" >&2
    die "$what failed; its last words are above"
  fi
}

chapter=0
title() {
  chapter=$((chapter + 1))
  printf '\n== %d. %s\n' "$chapter" "$1"
}

# Shows a command as a person would type it, runs it, and shows its answer.
show() {
  local word line='$'
  for word in "$@"; do
    case $word in *[\ \<]*) word="'$word'" ;; esac
    line+=" ${word//"$site"/WHMCS}"
  done
  echo "$line"
  if ! run "$@" >"$log" 2>&1 9>&-; then
    sed 's/^/  /' "$log"
    die "that failed"
  fi
  sed 's/^/  /' "$log"
}

# `whmcs` alone is the stand-in's own command, on this demo's installation.
run() {
  if [ "$1" = whmcs ]; then
    "$root/tests/whmcs/whmcs" "$2" --root "$site" "${@:3}"
  else
    "$@"
  fi
}

answer() { # the value of one key of a `whmcs ... --json` answer
  run "${@:2}" --json 9>&- | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

panel() { # get PATH [KEY ...]   or   post PATH JSON
  python3 "$root/tests/demo_truth.py" "$1" "$url" "${@:2}" 9>&-
}

# The panel's clock and the stand-in's move together.
clock() { # MOMENT WHY
  panel post clock "{\"to\":\"$1\"}" >"$log"
  run whmcs clock --set "$1" >"$log" 9>&-
  echo "-- it is now $1: $2"
}

expect() { # WHAT EXPECTED FOUND
  [ "$2" = "$3" ] || die "$1: expected \"$2\", found \"$3\""
  echo "   $1: $3"
}

value() { # SQL: the first column of the first row
  run whmcs sql "$1" 9>&- | sed -n 2p | cut -f1
}

# ---- Build, start the panel, set up the stand-in

began=$SECONDS
echo "Building the library, the program and the simulated panel; the first time takes several minutes ..."
cd "$root"
quietly "building the simulated panel" cargo build --quiet --locked --workspace --bin provisor-simulator
quietly "building the library" tests/build-lib.sh "$work/ship"
echo "Built in $((SECONDS - began)) s."

start=2026-03-01T09:20:00Z
anchor=2026-03-01
zone=Europe/Berlin
included=1000
price=0.02

simulator=$work/provisor-simulator
cp "$target/debug/provisor-simulator" "$simulator"
chmod 755 "$simulator"
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
  as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups --)
fi
# The panel lives as long as descriptor 9 is open: it ends with this script, even when that is killed.
mkfifo "$work/alive"
"${as_nobody[@]}" "$simulator" --onapp "127.0.0.1:$port" --start "$start" --with-parent \
  <"$work/alive" >"$work/panel.json" 2>"$log" &
panel_pid=$!
exec 9>"$work/alive"
for _ in $(seq 200); do
  [ -s "$work/panel.json" ] && break
  kill -0 "$panel_pid" 2>/dev/null || break
  sleep 0.05
done
[ -s "$work/panel.json" ] || die "the simulated panel did not start: $(tail -n 1 "$log")"
url=$(python3 "$root/tests/demo_truth.py" row "$work/panel.json" url)
address=${url#http://}
login=$(python3 "$root/tests/demo_truth.py" row "$work/panel.json" user)
password=$(python3 "$root/tests/demo_truth.py" row "$work/panel.json" password)

site=$work/whmcs
if [ "$database" = mariadb ]; then
  # Many databases of WHMCS are replicated, and write statements into their binary log.
  export MARIADB_OPTIONS="--log-bin=log --binlog-format=STATEMENT"
  started=$("$root/tests/whmcs/mariadb" start 9>&-) || die "the private MariaDB server did not start"
  mariadb_dir=${started##*dir=}
  stored="mysql:socket=$mariadb_dir/s;dbname=demo;user=whmcs"
  where="MariaDB $(mariadb --no-defaults --socket="$mariadb_dir/s" --user=whmcs -BNe 'SELECT VERSION()')"
else
  stored=sqlite
  where=SQLite
fi
quietly "setting up the stand-in for WHMCS" "$root/tests/whmcs/whmcs" install --root "$site" --modules "$root/php" --db "$stored"
quietly "setting the clock" run whmcs clock --set "$start"

cat <<INTRO

A simulated OnApp control panel runs at $url, a stand-in for WHMCS on $where.
Both clocks stand at $start; they move only when this script moves them.
Lines that begin with \$ are commands: "whmcs" is the stand-in's own (tests/whmcs/whmcs --help), "php" runs module files.
INTRO

title "Staff set up: a server, a product with $included MB included at $price a MB above, and a client"
echo "\$ whmcs server:add --name Cloud --type onapp --ip ${address%:*} --port ${address#*:} --username $login --password ..."
server=$(answer id whmcs server:add --name Cloud --type onapp --ip "${address%:*}" --port "${address#*:}" \
  --username "$login" --password "$password")
echo "  $server"
show whmcs product:add --name "Cloud VM" --module onapp --price 10 --autosetup on \
  --overages --bw-limit "$included" --bw-price "$price" --bw-unit MB \
  --option "1=$server" --option 2=1 --option 3=1024 --option 4=0,1 --option 5=1 --option 6=1 --option 7=50 \
  --option 9=1,0 --option 10=on,0 --option 11=20,0 --option 18=1 --option "24=<zone>$zone</zone>"
show whmcs client:add --email ada@example.com --first Ada --last Lovelace

title "Staff press Test Connection"
show whmcs module --server "$server" --action testconnection

title "The client orders and pays; staff accept; the module creates an OnApp user and a virtual machine"
show whmcs order --client 1 --product 1 --domain vm1.example.com
show whmcs pay --invoice 1
show whmcs accept --order 1
panel get state >"$work/state"
vm=$(python3 "$root/tests/demo_truth.py" row "$work/state" vms 0 id)
user=$(python3 "$root/tests/demo_truth.py" row "$work/state" vms 0 user_id)
echo "   at the panel: virtual machine $vm of OnApp user $user, $(python3 "$root/tests/demo_truth.py" row "$work/state" vms 0 hostname)"
expect "virtual machines at the panel" 1 "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["vms"]))' "$work/state")"
expect "built" false "$(panel get state vms 0 built)"

title "The panel builds; WHMCS's own cron then settles addresses and the e-mail"
clock 2026-03-01T09:30:00Z "ten minutes later"
show whmcs cron
expect "built" true "$(panel get state vms 0 built)"
expect "address at the panel" "$(value 'SELECT dedicatedip FROM tblhosting WHERE id = 1')" "$(panel get state vms 0 ip_addresses 0)"
echo "   e-mails so far:"
run whmcs sql 'SELECT subject FROM tblemails ORDER BY id' 9>&- | sed '1d;s/^/     /'

title "31 days of traffic pass"
panel post traffic "{\"vm\":$vm,\"from\":\"2026-03-01T10:00:00Z\",\"to\":\"2026-04-01T02:00:00Z\",\"kb_per_hour\":3000,\"random\":true}" >"$log"
echo "   the machine sends and receives up to 3000 KB each way in an hour, and nothing in about every fifth hour"
clock 2026-04-01T02:10:00Z "the first period ended at midnight in $zone, 22:00 in UTC"

title "cron_bandwidth.php collects and bills"
show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
invoices=$(value "SELECT COUNT(DISTINCT invoice_id) FROM mod_provisor_periods WHERE state = 'published'")
expect "invoices for traffic" 1 "$invoices"
first=$(value 'SELECT invoice_id FROM mod_provisor_periods')
show whmcs invoices --id "$first"

title "The same cron again: nothing to do"
show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
expect "invoices in all: the order's and one for traffic" 2 "$(value 'SELECT COUNT(*) FROM tblinvoices')"

title "Suspend, unsuspend"
show whmcs module --service 1 --action suspend --reason "Overdue"
expect "suspended at the panel" true "$(panel get state vms 0 suspended)"
clock 2026-04-01T02:30:00Z "twenty minutes later"
show whmcs module --service 1 --action unsuspend
clock 2026-04-01T02:40:00Z "ten minutes later"
expect "suspended at the panel" false "$(panel get state vms 0 suspended)"
expect "running at the panel" true "$(panel get state vms 0 booted)"

title "Terminate: usage is read once more, then the machine is deleted"
panel post traffic "{\"vm\":$vm,\"from\":\"2026-04-01T03:00:00Z\",\"to\":\"2026-04-03T12:00:00Z\",\"kb_per_hour\":40000,\"random\":true}" >"$log"
echo "   busier days: up to 40000 KB each way in an hour"
clock 2026-04-03T12:01:00Z "two days of the second period have passed"
show whmcs module --service 1 --action terminate
clock 2026-04-03T12:10:00Z "a few minutes later"
[ "$(panel get state vms 0 deleted_at)" != null ] || die "the virtual machine still exists at the panel"
echo "   deleted at the panel: $(panel get state vms 0 deleted_at)"

title "The final bill, at the regular end of the second period"
show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
clock 2026-05-02T02:10:00Z "the second period has ended"
show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
last=$(value 'SELECT MAX(invoice_id) FROM mod_provisor_periods')
show whmcs invoices --id "$last"
clock 2026-07-05T02:10:00Z "two more periods would have ended"
show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
expect "invoices in all: the order's and two for traffic" 3 "$(value 'SELECT COUNT(*) FROM tblinvoices')"

title "What was billed, beside what the panel knows"
panel get state >"$work/state"
run whmcs sql 'SELECT * FROM mod_provisor_periods' --json >"$work/periods" 9>&-
run whmcs invoices --json >"$work/invoices" 9>&-
python3 "$root/tests/demo_truth.py" compare "$work/state" "$work/periods" "$work/invoices" \
  "$anchor" "$zone" "$included" "$price" || die "what was billed differs from the panel's truth"
echo "All equal. Finished in $((SECONDS - began)) s."

# ---- One more machine to look at

if [ "$serve" = yes ]; then
  title "One more machine, for its product page"
  show whmcs order --client 1 --product 1 --domain vm2.example.com
  show whmcs accept --order 2
  clock 2026-07-05T02:20:00Z "ten minutes later"
  vm=$(panel get state vms 1 id)
  panel post traffic "{\"vm\":$vm,\"from\":\"2026-07-05T03:00:00Z\",\"to\":\"2026-07-08T02:00:00Z\",\"kb_per_hour\":9000,\"random\":true}" >"$log"
  show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
  clock 2026-07-08T02:20:00Z "three days later"
  show php -q "$site/modules/servers/onapp/cron_bandwidth.php"
  echo
  "$root/tests/whmcs/whmcs" serve --root "$site" 9>&- &
  serve_pid=$!
  wait "$serve_pid" && code=0 || code=$?
  serve_pid=''
  exit "$code"
fi
