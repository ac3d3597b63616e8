#!/bin/bash
# Both packages, into packages/: attributed-VERSION.tgz, which holds its dependencies (`npm i -g` needs no network), and from it
# attributed_VERSION_all.deb. Needs dpkg-deb, and the registry for the native part of lmdb of the other architecture.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/packages
cd "$root"
version=$(node -p "require('./package.json').version")
# Debian sorts 1.0.0~rc.1 before 1.0.0, as npm does 1.0.0-rc.1
debian=${version/-/\~}
rm -rf "$out"
mkdir -p "$out"
npm pack --silent --pack-destination "$out" >/dev/null
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
tree=$stage/tree
program=$tree/usr/lib/attributed
mkdir -p "$program" "$tree"/{DEBIAN,usr/bin,usr/lib/sysusers.d,usr/share/doc/attributed,lib/systemd/system,etc/attributed,etc/logrotate.d}
tar -xzf "$out/attributed-$version.tgz" -C "$program" --strip-components 1
lmdb=$(node -p "require('./node_modules/lmdb/package.json').version")
for arch in x64 arm64; do
  native=$program/node_modules/@lmdb/lmdb-linux-$arch
  if [ ! -d "$native" ]; then
    mkdir -p "$native"
    (cd "$stage" && npm pack --silent "@lmdb/lmdb-linux-$arch@$lmdb" >/dev/null)
    tar -xzf "$stage/lmdb-lmdb-linux-$arch-$lmdb.tgz" -C "$native" --strip-components 1
  fi
done
chmod -R u=rwX,go=rX "$tree"
chmod 755 "$program/dist/cli.js"
ln -s ../lib/attributed/dist/cli.js "$tree/usr/bin/attributed"
install -m 644 systemd/attributed.service systemd/attributed@.service "$tree/lib/systemd/system/"
install -m 644 systemd/attributed.sysusers "$tree/usr/lib/sysusers.d/attributed.conf"
install -m 644 systemd/attributed.logrotate "$tree/etc/logrotate.d/attributed"
install -m 644 README.md "$tree/usr/share/doc/attributed/"
chmod 750 "$tree/etc/attributed"
sed 's|^  listen: .*|  listen: unix:/run/attributed/http.sock|' config/attributed.yaml >"$tree/etc/attributed/attributed.yaml"
chmod 640 "$tree/etc/attributed/attributed.yaml"
sed "s|@version@|$debian|" "$here/control" >"$tree/DEBIAN/control"
install -m 644 "$here/conffiles" "$tree/DEBIAN/"
install -m 755 "$here/postinst" "$here/prerm" "$here/postrm" "$tree/DEBIAN/"
dpkg-deb --root-owner-group --build "$tree" "$out/attributed_${debian}_all.deb" >/dev/null
ls -l "$out"
