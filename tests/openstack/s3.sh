#!/bin/bash
# A second proxy of the Swift that up.sh has started, with the S3 API besides Swift's own: a bucket is a container of the project.
#   eval "$(tests/openstack/s3.sh)"      stdout: `export AWS_...=` lines with the keys of demo; progress goes to stderr
# down.sh stops it with the rest.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$HERE/lib.sh"
[ $# = 0 ] || { echo "usage: s3.sh   (settings by environment, see README.md)" >&2; exit 2; }
need_root
take_lock
[ -e "$MARKER" ] && running swift-proxy || fail "there is no Swift in $K5_OPENSTACK_DIR; up.sh starts it"

# A folder of its own: up.sh restarts everything when a file in $CONF has changed.
mkdir -p "$CONF/s3"
ln -sfn ../swift.conf "$CONF/s3/swift.conf"
new=$(sed -e "s|^bind_port = .*|bind_port = $K5_SWIFT_S3_PORT|" -e 's| authtoken | authtoken s3api s3token |' "$CONF/proxy-server.conf"
  sed -e "s|@KEYSTONE_PORT@|$K5_KEYSTONE_PORT|g; s|@SERVICE_PASSWORD@|$K5_SERVICE_PASSWORD|g" "$HERE/conf/s3.conf.in")
if [ "$new" != "$(cat "$CONF/s3/proxy-server.conf" 2>/dev/null)" ]; then
  stop swift-s3
  printf '%s\n' "$new" >"$CONF/s3/proxy-server.conf"
fi
claim_port swift-s3 "$K5_SWIFT_S3_PORT" K5_SWIFT_S3_PORT
launch swift-s3 "$PYTHON" "$HERE/py/storage_server.py" proxy "$CONF/s3/proxy-server.conf"
await swift-s3 "http://127.0.0.1:$K5_SWIFT_S3_PORT/healthcheck"
note "Swift's S3 API at http://127.0.0.1:$K5_SWIFT_S3_PORT"

keys=$(K5_USER_PASSWORD=$K5_USER_PASSWORD "$PYTHON" "$HERE/py/ec2.py" "http://127.0.0.1:$K5_KEYSTONE_PORT/v3" demo 2>>"$LOGS/ec2.log") ||
  fail_with "$LOGS/ec2.log" "Keystone gives no keys for S3"
read -r access secret <<<"$keys"
cat <<RC
export AWS_ENDPOINT_URL=http://127.0.0.1:$K5_SWIFT_S3_PORT
export AWS_ACCESS_KEY_ID=$access
export AWS_SECRET_ACCESS_KEY=$secret
export AWS_REGION=us-east-1
RC
