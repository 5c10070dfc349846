#!/bin/bash
# Installs the peers' clients that tests/clients/script.sh drives: rclone, swift, openstack.
#   PATH=$(tests/openstack/clients.sh):$PATH       stdout: the directory of the programs; progress goes to stderr
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$HERE/lib.sh"
[ $# = 0 ] || { echo "usage: clients.sh" >&2; exit 2; }
VENV=$K5_OPENSTACK_DIR/clients
WANTED=$(sha256sum <"$HERE/clients.txt")

if [ "$(cat "$VENV/installed" 2>/dev/null)" != "$WANTED" ] || [ ! -x "$VENV/bin/rclone" ]; then
  need_root
  take_lock
  claim_directory
  apt_install rclone python3-venv curl
  if [ "$(cat "$VENV/installed" 2>/dev/null)" != "$WANTED" ]; then
    note "installing swift and openstack into $VENV"
    log=$LOGS/pip.log
    rm -rf -- "$VENV"
    "$PYTHON" -m venv "$VENV" >>"$log" 2>&1 || fail_with "$log" "no virtual environment at $VENV"
    "$VENV/bin/pip" install --no-input --quiet -r "$HERE/clients.txt" >>"$log" 2>&1 </dev/null 9>&- ||
      fail_with "$log" "pip could not install the clients"
    "$VENV/bin/swift" --version >>"$log" 2>&1 || fail_with "$log" "swift does not run"
    "$VENV/bin/openstack" --version >>"$log" 2>&1 || fail_with "$log" "openstack does not run"
  fi
  ln -sf "$(command -v /usr/bin/rclone)" "$VENV/bin/rclone"
  echo "$WANTED" >"$VENV/installed"
fi
echo "$VENV/bin"
