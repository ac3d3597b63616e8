#!/bin/bash
# Inside the box: installs the program and its units as the README says, with a wrapper in place of npm's, and runs the checks.
set -eu
cat >/usr/local/bin/attributed <<'WRAPPER'
#!/bin/sh
exec /usr/local/bin/node /opt/box/dist/cli.js "$@"
WRAPPER
chmod 755 /usr/local/bin/attributed
install -m 644 systemd/attributed.service systemd/attributed@.service /etc/systemd/system/
install -m 644 -D systemd/attributed.sysusers /usr/lib/sysusers.d/attributed.conf
systemd-sysusers attributed.conf
install -d -m 750 -g attributed /etc/attributed
useradd --groups attributed member
useradd stranger
systemctl daemon-reload
exec /usr/local/bin/node node_modules/mocha/bin/mocha.js --no-config --node-option import=tsx/esm --timeout 60000 'test/systemd/*.box.ts'
