#!/usr/bin/env bash
# Installs the Debian packages that are missing: says which, then installs them. Starts no service.
#
#   tests/setup.sh [--for demo|demo-mariadb|tests]     (default: tests)
#
# Needs root or a sudo that asks no password, but only when something is missing.
set -euo pipefail

die() {
  echo "setup: $1" >&2
  exit 1
}

purpose=tests
while [ $# -gt 0 ]; do
  case $1 in
    --for) purpose=${2:-}; shift ;;
    --install) shift; break ;;
    --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument $1; see --help" ;;
  esac
  shift
done

# Called again with root's rights: --install PACKAGE...
if [ $# -gt 0 ]; then
  # Packages ask this file before they start a service; 101 means no.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    { printf '#!/bin/sh\nexit 101\n' >"$policy"; } 2>/dev/null || die "$policy cannot be written"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  options=(-o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -qq)
  log=$(mktemp)
  if ! { apt-get "${options[@]}" update && apt-get "${options[@]}" install --yes --no-install-recommends "$@"; } >"$log" 2>&1; then
    reason=$(grep -m 1 '^E: ' "$log" || tail -n 1 "$log")
    rm -f "$log"
    die "apt-get could not install the packages: $reason"
  fi
  rm -f "$log"
  exit 0
fi

root=$(cd "$(dirname "$0")/.." && pwd)
needed=(gcc libc6-dev python3)
while read -r package; do
  case $package in
    mariadb-*) [ "$purpose" = demo ] || needed+=("$package") ;;
    *) needed+=("$package") ;;
  esac
done <"$root/tests/whmcs/packages.txt"
case $purpose in
  demo | demo-mariadb) ;;
  tests) needed+=(binutils g++ libc6-dbg libfcgi-bin php8.2-fpm php8.2-opcache python3-venv python3-pip valgrind
    chromium)
    # Node and npm may come from elsewhere than Debian, with npm inside Node's own package.
    command -v node >/dev/null || needed+=(nodejs)
    command -v npm >/dev/null || needed+=(npm) ;;
  *) die "--for is demo, demo-mariadb or tests, not \"$purpose\"" ;;
esac

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null \
  || die "this is not Debian; install what these packages hold and try on Debian 12: ${needed[*]}"
missing=()
for package in "${needed[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "These Debian packages are missing: ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  die "installing them needs root, and sudo asks for a password; run this, then start again: sudo tests/setup.sh --for $purpose"
fi
echo "Installing them; no service is started ..."
"${as_root[@]}" bash "$root/tests/setup.sh" --install "${missing[@]}"
