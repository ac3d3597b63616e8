#!/bin/bash
# Boots this machine's own file tree, in an overlay that is thrown away, under a real systemd, and runs one command in it.
#   box.sh FOLDER COMMAND
# FOLDER is seen inside, read-only, as /opt/box, and the Node that runs here as /usr/local/bin/node. COMMAND, an absolute
# path and its arguments, may use systemctl and journalctl. What it prints comes out on standard output; its exit status is ours.
# Root only; needs systemd-nspawn. The network is a loopback of its own; MemoryMax and TasksMax are not enforced inside.
set -eu
seconds=${SYSTEMD_BOX_TIMEOUT:-450}
if [ "${1:-}" != --inner ]; then
  folder=$(realpath "$1") command=$2 name=systemd-box-$$ rc=0
  scratch=$(mktemp -d)
  mkdir -p "$scratch/root" "$scratch/unit" "$scratch/out"
  cat >"$scratch/unit/box.service" <<UNIT
[Unit]
After=basic.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
WorkingDirectory=/opt/box
ExecStart=$command
StandardOutput=truncate:/opt/out/box.log
StandardError=inherit
TimeoutStartSec=$seconds
UNIT
  # systemd moves every process of its root cgroup: enter a cgroup of our own first
  trees="/sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd"
  for tree in $trees; do if [ -f "$tree/cgroup.procs" ]; then mkdir -p "$tree/$name"; fi; done
  (
    for tree in $trees; do if [ -d "$tree/$name" ]; then echo "$BASHPID" >"$tree/$name/cgroup.procs"; fi; done
    exec timeout -s KILL $((seconds + 30)) unshare --mount --cgroup --pid --fork --kill-child --mount-proc \
      "$0" --inner "$scratch" "$folder" "$(realpath "$(command -v node)")"
  ) </dev/null || rc=$?
  if [ -f "$scratch/out/box.log" ]; then cat "$scratch/out/box.log"; else rc=69; fi
  for tree in $trees; do
    if [ -d "$tree/$name" ]; then find "$tree/$name" -depth -type d -exec rmdir {} \; 2>/dev/null || true; fi
  done
  rm -rf "$scratch/unit" "$scratch/out"
  rmdir "$scratch/root" "$scratch"
  exit "$rc"
fi
scratch=$2 folder=$3 node=$4
mount --make-rprivate /
mount --bind / "$scratch/root" # nspawn refuses / itself
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/system # in this mount namespace alone, so that systemd's tools believe in it
# there is no network to wait for
masks=(systemd.mask=systemd-networkd-wait-online.service systemd.mask=NetworkManager-wait-online.service)
exec systemd-nspawn -q -D "$scratch/root" --volatile=overlay --register=no --keep-unit -M "${scratch##*/tmp.}" --private-network --link-journal=no \
  --bind-ro="$folder":/opt/box --bind-ro="$(realpath "$folder/node_modules")":/opt/box/node_modules --bind-ro="$node":/usr/local/bin/node \
  --bind="$scratch/out":/opt/out --bind-ro="$scratch/unit/box.service":/etc/systemd/system/box.service \
  --console=pipe --boot -- systemd.unit=basic.target systemd.wants=box.service "${masks[@]}"
