#!/bin/bash
# Whether k5 prints what openstackclient prints: the same columns with the same titles, and the same lines of `-f value`.
#   . openrc; tests/clients/commands.sh target/debug/k5
# Needs openstack on the PATH (tests/openstack/clients.sh installs it). Exit status: 0 when they agree, 1 when they don't (it says
# where), 2 for wrong usage. What it creates has a name of this run, and is deleted at the end.
set -euo pipefail
if [ $# != 1 ] || [ -z "${OS_AUTH_URL:-}" ]; then
  echo "usage: OS_AUTH_URL=... OS_USERNAME=... ... commands.sh K5    (see the head of this file)" >&2
  exit 2
fi
K5=$(realpath "$1")
command -v openstack >/dev/null || { echo "commands.sh: openstack is not on the PATH" >&2; exit 2; }
WORK=$(mktemp -d)
R=same-$(python3 -c 'import secrets; print(secrets.token_hex(4))')
export LC_ALL=C.UTF-8 TZ=UTC PYTHONWARNINGS=ignore COLUMNS=1000
FAILED=0

finish() {
  "$K5" server delete --wait "$R" 2>/dev/null || true
  "$K5" server group delete "$R" 2>/dev/null || true
  "$K5" volume snapshot delete --wait "$R" 2>/dev/null || true
  "$K5" volume delete --wait "$R" 2>/dev/null || true
  "$K5" keypair delete "$R" 2>/dev/null || true
  rm -rf -- "$WORK"
}
trap finish EXIT

# Both list what is there; the lines may come in another order.
same() { # arguments of both
  local ours theirs
  theirs=$(openstack "$@" -f value 2>"$WORK/said" | sort) || { echo "openstack $*: $(cat "$WORK/said")" >&2; FAILED=1; return; }
  ours=$("$K5" "$@" -f value | sort) || { FAILED=1; return; }
  verdict "$* -f value" "$theirs" "$ours"
  theirs=$(openstack "$@" -f table 2>/dev/null | titles)
  ours=$("$K5" "$@" -f table | titles)
  verdict "$*" "$theirs" "$ours"
}
# One field of a record, by openstackclient's name for it.
field() { # field, arguments of both
  local name=$1
  shift
  local theirs
  # Where openstackclient needs more than the service has, there is nothing to compare.
  theirs=$(openstack "$@" -f value -c "$name" 2>/dev/null) || { echo "skipped: openstack $*"; return; }
  verdict "$* -c $name" "$theirs" "$("$K5" "$@" -f value -c "$name")"
}
# The titles of a table, which is empty where there are no lines.
titles() { sed -n 2p | sed 's/ *| */|/g'; }
verdict() { # what, theirs, ours
  if [ "$2" = "$3" ]; then
    echo "ok: $1"
  else
    printf 'they differ: %s\n' "$1" >&2
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^</  openstack:/; s/^>/  k5:       /' >&2 || true
    FAILED=1
  fi
}

if ! "$K5" catalog list -f value -c Type | grep -qx compute; then
  echo "nothing compared: there is no compute service"
  exit 0
fi
image=$("$K5" image list -f value -c ID | head -n 1)
flavor=$("$K5" flavor list -f value -c ID | head -n 1)
"$K5" keypair create "$R" >/dev/null
"$K5" volume create --size 1 --wait "$R" >/dev/null
"$K5" volume snapshot create --volume "$R" --wait "$R" >/dev/null
"$K5" server group create --policy anti-affinity "$R" >/dev/null
"$K5" server create --image "$image" --flavor "$flavor" --network private --key-name "$R" --property role=web --wait "$R" >/dev/null
"$K5" server add volume --wait "$R" "$R" >/dev/null

same server list
same server list --status ACTIVE -c ID -c Status -c Networks
same flavor list
same image list
# The order of an attachment's fields is the server's there and of the alphabet here.
same volume list -c ID -c Name -c Status -c Size
same volume list --long -c ID -c Size -c Type -c Bootable
same volume snapshot list
same volume type list
same keypair list -c Name -c Fingerprint
# With a microversion that K5 lacks, openstackclient has another column for the policy.
same server group list -c ID -c Name
same network list
same project list
same region list
for name in id name status key_name; do field "$name" server show "$R"; done
for name in id name status size type; do field "$name" volume show "$R"; done
for name in id name status size volume_id; do field "$name" volume snapshot show "$R"; done
for name in id name ram disk vcpus; do field "$name" flavor show "$flavor"; done
for name in id name status min_disk visibility checksum; do field "$name" image show "$image"; done
for name in name fingerprint; do field "$name" keypair show "$R"; done
exit "$FAILED"
