#!/bin/bash
# Stops what up.sh started and unmounts Swift's disk.
#   down.sh           databases, objects and settings stay for the next up.sh
#   down.sh --wipe    removes K5_OPENSTACK_DIR with all that is in it, the clients of clients.sh included
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$HERE/lib.sh"
case "$*" in '' | --wipe) ;; *) echo "usage: down.sh [--wipe]" >&2; exit 2 ;; esac
[ -e "$K5_OPENSTACK_DIR" ] || { note "nothing at $K5_OPENSTACK_DIR"; exit 0; }
[ -e "$MARKER" ] || fail "$K5_OPENSTACK_DIR was not made by up.sh or clients.sh, leaving it alone"
need_root
take_lock
stop_daemons
if mountpoint -q "$DEVICE"; then
  # A process that has just ended may hold the mount for a moment longer.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    umount "$DEVICE" 2>/dev/null && break
    [ "$try" = 10 ] && fail "$DEVICE is in use and cannot be unmounted"
    sleep 0.3
  done
fi
if [ "${1:-}" = --wipe ]; then
  rm -rf --one-file-system -- "$K5_OPENSTACK_DIR"
  rm -f -- "$K5_OPENSTACK_DIR.lock"
  note "removed $K5_OPENSTACK_DIR"
fi
