#!/bin/bash
# Inside the box: installs the program and its units as the README says, with a wrapper in place of npm's, and runs the
# checks, three files at once, as most of it is waiting.
set -eu
cat >/usr/local/bin/attributed <<'WRAPPER'
#!/bin/sh
exec /usr/local/bin/node /opt/box/dist/cli.js "$@"
WRAPPER
chmod 755 /usr/local/bin/attributed
install -m 644 systemd/attributed.service systemd/attributed@.service /etc/systemd/system/
install -m 644 -D systemd/attributed.sysusers /etc/sysusers.d/attributed.conf
systemd-sysusers attributed.conf
install -d -m 750 -g attributed /etc/attributed
useradd --groups attributed member
useradd stranger
# What would take too long as it is shipped. Here, as a daemon-reload has systemd (252) forget how much more time a start was given.
hasten() {
  mkdir -p "/run/systemd/system/attributed@$1.service.d"
  printf '%s\n' '[Service]' "${@:2}" >"/run/systemd/system/attributed@$1.service.d/hasten.conf"
}
hasten away TimeoutStartSec=12s
hasten outage WatchdogSec=4s
hasten hung WatchdogSec=4s RestartSec=100ms
hasten helper WatchdogSec=4s
hasten sigsegv RestartSec=100ms
hasten ended RestartSec=100ms
hasten drain TimeoutStopSec=1s
systemctl daemon-reload
# so that the journal shows each message that systemd gets
systemctl log-level debug
exec /usr/local/bin/node node_modules/mocha/bin/mocha.js --no-config --node-option import=tsx/esm --timeout 60000 \
  --parallel --jobs 3 'test/systemd/units/*.box.ts'
