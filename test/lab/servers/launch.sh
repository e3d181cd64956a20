#!/bin/bash
# launch.sh SCRIPT [VARIANT]: runs one program of the lab until this shell's standard input ends.
#
# lab.ts starts it as process 1 of its own PID and mount namespaces and holds the other end of its standard input.
# So when a test ends, fails or is killed, this shell ends, and the kernel then ends every process it started,
# whatever they did to their process groups.
#
# SCRIPT.sh defines `configure` (writes its files below $DIR) and `serve` (execs the program in the foreground).
# From the environment:
#   DIR      throw-away folder            HOST    address to listen on
#   PORT     control port
#   PROGRAM  path of the daemon           TARGET  port a fixed-target proxy leads to
#   EXTRA    lines for its configuration  LAB_*   accounts
set -eu
[ $$ = 1 ] || { echo 'launch.sh is started by lab.ts, as process 1 of a PID namespace' >&2; exit 2; }

PASSIVE_LOW=$((PORT + 4)) PASSIVE_HIGH=$((PORT + 3 + ${PASSIVE_COUNT:-40}))
LAB_ID=2001 # user and group of the served files
VARIANT=${2:-}

cd "$(dirname "$0")"
. ./files.sh
. "./$1.sh"

chmod 755 "$DIR"
mkdir "$DIR/home"
private_accounts
configure

exec 3<&0
serve </dev/null 3<&- &
server=$!
cat <&3 >/dev/null &
wait -n || :
# Still alive: the test ended, not the server. A test process that was killed cannot tidy up after itself.
if kill -KILL "$server" 2>/dev/null; then rm -rf "$DIR"; fi
