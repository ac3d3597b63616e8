#!/bin/bash
# Checks under a real systemd: one line a check, last `N passed, N failed`. Where it cannot be had, says so and why.
#   run.sh NAME INSIDE    NAME: what it is called; INSIDE: the script that runs in the box, a path from the project's root
set -uo pipefail
name=$1 inside=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
skip() {
  echo "$name was skipped: $1"
  exit 0
}
[ "$(id -u)" -eq 0 ] || skip "only root can boot a container"
command -v systemd-nspawn >/dev/null || skip "there is no systemd-nspawn (apt-get install -y systemd-container)"
why=$(SYSTEMD_BOX_TIMEOUT=30 "$here/box.sh" "$root" /bin/true 2>&1) || skip "no container can be booted here: ${why##*$'\n'}"
log=$(mktemp)
status=0
"$here/box.sh" "$root" "/bin/bash /opt/box/$inside" 2>&1 | tee "$log" || status=1
count() { grep -oE "^ +[0-9]+ $1" "$log" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count passing)
failed=$(count failing)
rm -f "$log"
# what broke before it could count is a failure too
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
