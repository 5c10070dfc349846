#!/bin/bash
# Whether k5 and rclone agree on what is the same: after a copy by one of them, the other finds nothing to do. Up, down, within the
# cloud, and with large objects of either.
#   . openrc; tests/clients/sync.sh target/debug/k5
# Needs rclone on the PATH (tests/openstack/clients.sh installs it). Exit status: 0 when they agree, 1 when they don't (it says
# where), 2 for wrong usage. Only containers of this run are touched, and removed at the end.
set -euo pipefail
if [ $# != 1 ] || [ -z "${OS_AUTH_URL:-}" ]; then
  echo "usage: OS_AUTH_URL=... OS_USERNAME=... ... sync.sh K5    (see the head of this file)" >&2
  exit 2
fi
K5=$(realpath "$1")
command -v rclone >/dev/null || { echo "sync.sh: rclone is not on the PATH" >&2; exit 2; }
WORK=$(mktemp -d)
C=agree-$(python3 -c 'import secrets; print(secrets.token_hex(4))')
export RCLONE_CONFIG=$WORK/rclone.conf RCLONE_CONFIG_K5_TYPE=swift RCLONE_CONFIG_K5_ENV_AUTH=true LC_ALL=C.UTF-8
: >"$RCLONE_CONFIG"
FAILED=0

finish() {
  rclone purge "k5:$C" || true
  rclone purge "k5:${C}_segments" 2>/dev/null || true
  rm -rf -- "$WORK"
}
trap finish EXIT

verdict() { # what, the plan that should be empty
  if [ -z "$2" ]; then
    echo "ok: $1"
  else
    printf 'they differ: %s\n%s\n' "$1" "$2" >&2
    FAILED=1
  fi
}
# A plan that failed is none: what it said on stderr is shown, and the line is not empty.
k5_plan() { "$K5" object sync --dry-run "$@" || echo "k5 ended with $?"; }
k5_finds_nothing() { verdict "$1" "$(k5_plan --delete "${@:2}")"; }
# Each thing that it would do is a line of its own, beside those of its statistics.
rclone_plan() { rclone sync --dry-run "$@" 2>&1 | grep -E 'Skipped|ERROR|Failed' || true; }
rclone_finds_nothing() { verdict "$1" "$(rclone_plan "${@:2}")"; }

mkdir -p "$WORK/dir/sub/deep" "$WORK/dir/a d"
for n in 1 2 3; do
  echo "$n" >"$WORK/dir/$n.txt"
  echo "x$n" >"$WORK/dir/sub/deep/$n"
done
: >"$WORK/dir/empty"
head -c 3000000 /dev/urandom >"$WORK/dir/big"
echo odd >"$WORK/dir/a d/é %2F#?"
touch -d '@1600000000.123456789' "$WORK/dir/1.txt"
touch -d '@1600000000' "$WORK/dir/2.txt"

rclone copy "$WORK/dir" "k5:$C/one"
k5_finds_nothing "up by rclone" "$WORK/dir" "swift://$C/one"
k5_finds_nothing "up by rclone, by checksum" --checksum "$WORK/dir" "swift://$C/one"
"$K5" object sync "$WORK/dir" "swift://$C/two"
rclone_finds_nothing "up by k5" "$WORK/dir" "k5:$C/two"
rclone copy "k5:$C/one" "$WORK/back"
k5_finds_nothing "down by rclone" "swift://$C/one" "$WORK/back"
"$K5" object sync "swift://$C/two" "$WORK/back2"
rclone_finds_nothing "down by k5" "k5:$C/two" "$WORK/back2"
rclone sync "k5:$C/one" "k5:$C/three"
k5_finds_nothing "within the cloud by rclone" "swift://$C/one" "swift://$C/three"
"$K5" object sync "swift://$C/one" "swift://$C/four"
rclone_finds_nothing "within the cloud by k5" "k5:$C/one" "k5:$C/four"
"$K5" object sync --segment-size 1M "$WORK/dir" "swift://$C/five"
rclone_finds_nothing "a large object of k5" "$WORK/dir" "k5:$C/five"
RCLONE_CONFIG_K5_CHUNK_SIZE=1Mi rclone copy "$WORK/dir" "k5:$C/six"
k5_finds_nothing "a large object of rclone" "$WORK/dir" "swift://$C/six"
# What an object without a time of its own is to one of them, it is to the other.
printf x | "$K5" object cp - "swift://$C/seven/no time"
rclone copy "k5:$C/seven" "$WORK/back7"
k5_finds_nothing "an object without a time, by rclone" "swift://$C/seven" "$WORK/back7"
"$K5" object sync "swift://$C/seven" "$WORK/back8"
rclone_finds_nothing "an object without a time, by k5" "k5:$C/seven" "$WORK/back8"
# Links that are stored as such, by either, and a link to nowhere.
mkdir -p "$WORK/linked/sub"
echo x >"$WORK/linked/sub/file"
ln -s sub/file "$WORK/linked/link"
ln -s /none/at/all "$WORK/linked/sub/nowhere"
rclone copy --links "$WORK/linked" "k5:$C/eight"
k5_finds_nothing "links of rclone" --links "$WORK/linked" "swift://$C/eight"
"$K5" object sync --links "$WORK/linked" "swift://$C/nine"
rclone_finds_nothing "links of k5" "$WORK/linked" "k5:$C/nine" --links
"$K5" object sync --links "swift://$C/eight" "$WORK/linked8"
rclone_finds_nothing "links of rclone, down by k5" "k5:$C/eight" "$WORK/linked8" --links
rclone copy --links "k5:$C/nine" "$WORK/linked9"
k5_finds_nothing "links of k5, down by rclone" --links "swift://$C/nine" "$WORK/linked9"
[ "$(readlink "$WORK/linked8/link") $(readlink "$WORK/linked9/sub/nowhere")" = "sub/file /none/at/all" ] || { echo "links differ" >&2; FAILED=1; }
# Both see a change, so that their silence means something.
echo changed >"$WORK/dir/1.txt"
[ -n "$(rclone_plan "$WORK/dir" "k5:$C/two")" ] || { echo "rclone sees no change" >&2; FAILED=1; }
[ "$(k5_plan "$WORK/dir" "swift://$C/two")" = "copy 1.txt" ] || { echo "k5 sees another change" >&2; FAILED=1; }
exit "$FAILED"
