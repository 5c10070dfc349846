#!/bin/bash
# Drives rclone, python-swiftclient (swift) and openstackclient (openstack) against the cloud that OS_* names and
# prints a normalised transcript: names, sizes, checksums, statuses and chosen headers; no times, ids, tokens or hosts.
# Two servers that agree give the same transcript:
#   diff <(. real-openrc; script.sh) <(. emulator-openrc; script.sh)
# Needs on the PATH: rclone, swift, openstack (tests/openstack/clients.sh installs them), curl, python3.
# Exit status: 0 when every step went as it should, 1 when one did not (it says which on stderr), 2 for wrong usage.
# Only what OS_* names is touched: containers with a prefix of this run, removed at the end, and of the
# account's metadata Peer, Osc and Temp-URL-Key, which are unset in the end.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -gt 0 ] || [ -z "${OS_AUTH_URL:-}" ] || [ -z "${OS_USERNAME:-}" ]; then
  echo "usage: OS_AUTH_URL=... OS_USERNAME=... ... script.sh    (see the head of this file)" >&2
  exit 2
fi
for program in rclone swift openstack curl python3; do
  command -v "$program" >/dev/null || { echo "script.sh: $program is not on the PATH" >&2; exit 2; }
done

export LC_ALL=C.UTF-8 TZ=UTC PYTHONWARNINGS=ignore
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
unset OS_TOKEN OS_CLOUD OS_STORAGE_URL OS_AUTH_TOKEN
# The second tenant: in the ACLs, its user is alt_demo of project alt_demo unless these say otherwise.
ALT_OS_USERNAME=${ALT_OS_USERNAME:-alt_demo}
ALT_OS_PASSWORD=${ALT_OS_PASSWORD:-demopw}
ALT_OS_PROJECT_NAME=${ALT_OS_PROJECT_NAME:-alt_demo}

RUN=peer-$(python3 -c 'import secrets; print(secrets.token_hex(4))')
WORK=$(mktemp -d)
# shellcheck source=lib.sh
. "$HERE/lib.sh"
# shellcheck source=swift.sh
. "$HERE/swift.sh"
# shellcheck source=rclone.sh
. "$HERE/rclone.sh"
# shellcheck source=openstack.sh
. "$HERE/openstack.sh"
trap finish EXIT
trap 'exit 130' INT TERM

: >"$WORK/manifest-etags"
make_files
log_in
# All at the same time, each in containers and a transcript of its own.
CLIENTS=(swift swift_large account rclone openstack openstack_objects)
for client in "${CLIENTS[@]}"; do
  ("lane_$client" >"$WORK/$client.out") &
done
wait
for client in "${CLIENTS[@]}"; do
  echo "##### $client"
  normalise <"$WORK/$client.out"
done
remove_containers || true
echo "##### after"
echo "containers left: $(containers | wc -l)"
if [ -s "$WORK/failed" ]; then
  { echo "script.sh: unexpected:"; sed 's/^/  /' "$WORK/failed"; } >&2
  exit 1
fi
echo "all steps as expected"
