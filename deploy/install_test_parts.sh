#!/usr/bin/env bash
# Installs the real parts of the tests, with `bench` those of the benchmarks too, where they are
# missing, from Debian's packages.
# Does nothing, and asks for no rights, on a machine that has them all.
set -euo pipefail

packages=()
need() { # need PACKAGE COMMAND: the command may also be a pattern of paths
  command -v "$2" >/dev/null || compgen -G "$2" >/dev/null || packages+=("$1")
}
need postgresql '/usr/lib/postgresql/*/bin/initdb'
need redis-server redis-server
need default-jdk-headless javac # Java 17 or newer; Maven compiles the one class of tests/hapi
need maven mvn
need chromium chromium
need chromium-driver chromedriver
need util-linux setpriv
need systemd systemd-analyze # checks the units under deploy/systemd
[ "${1:-}" != bench ] || need wrk wrk # `make bench` alone drives a server with it

[ ${#packages[@]} -eq 0 ] && exit 0
echo "installing for the tests: ${packages[*]}"

if ! command -v apt-get >/dev/null; then
  echo "This is no Debian-like system. Install what provides: ${packages[*]}" >&2
  exit 2
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Root is needed once: apt-get install ${packages[*]}" >&2
    exit 2
  fi
  as_root=(sudo)
fi
# RUNLEVEL=1: only the programs are wanted, no service of theirs shall start.
install=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=300)
log=$(mktemp)
if ! { "${as_root[@]}" "${install[@]}" update &&
  "${as_root[@]}" "${install[@]}" install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "apt-get could not install: ${packages[*]}" >&2
  exit 1
fi
rm -f "$log"
