#!/bin/bash
# Real Keystone and Swift on 127.0.0.1, for the tests that compare with real servers. See README.md.
#   eval "$(tests/openstack/up.sh)"          stdout: export lines alone; progress goes to stderr
#   eval "$(tests/openstack/up.sh --full)"   Nova, Glance and Cinder too
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$HERE/lib.sh"
case "$*" in
  '') WITH_FULL= ;;
  --full) WITH_FULL=1 ;;
  *) echo "usage: up.sh [--full]   (settings by environment, see README.md)" >&2; exit 2 ;;
esac
case $K5_SWIFT_FS in xfs | dir) ;; *) fail "K5_SWIFT_FS is xfs or dir, not $K5_SWIFT_FS" ;; esac
case $K5_ADMIN_PASSWORD$K5_USER_PASSWORD$K5_SERVICE_PASSWORD$K5_REGION in
  *[!A-Za-z0-9._-]*) fail "passwords and region may hold letters, digits and . _ - alone: they go into files unquoted" ;;
esac
need_root
take_lock
claim_directory

AUTH_URL=http://127.0.0.1:$K5_KEYSTONE_PORT/v3
SWIFT_URL=http://127.0.0.1:$K5_SWIFT_PORT
if [ -n "$WITH_FULL" ]; then
  # shellcheck source=full.sh
  . "$HERE/full.sh"
fi

install_packages() {
  local packages=(python3-keystone python3-keystoneclient python3-keystonemiddleware python3-swift
    memcached uwsgi-core uwsgi-plugin-python3 curl)
  [ "$K5_SWIFT_FS" = xfs ] && packages+=(xfsprogs mount)
  [ -n "$WITH_FULL" ] && packages+=("${FULL_PACKAGES[@]}")
  apt_install "${packages[@]}"
}

# render TARGET TEMPLATE...: the templates in a row, with ROLE and ROLE_PORT from the caller; replaced only when it differs.
# A line @LOGIN@ stands for how ROLE logs in to Keystone: each section of a service wants it for itself.
render() {
  local target=$CONF/$1 new
  shift
  new=$(cd "$HERE/conf" && sed -e '/^@LOGIN@$/{r full/login.in' -e 'd}' "$@" | sed -e "s|@CONF@|$CONF|g; s|@LOGS@|$LOGS|g; s|@STATE@|$STATE|g; s|@RUN@|$PIDS|g; s|@DISK@|$DISK|g" \
    -e "s|@KEYSTONE_PORT@|$K5_KEYSTONE_PORT|g; s|@SWIFT_PORT@|$K5_SWIFT_PORT|g; s|@MEMCACHED_PORT@|$K5_MEMCACHED_PORT|g" \
    -e "s|@NOVA_PORT@|$K5_NOVA_PORT|g; s|@CINDER_PORT@|$K5_CINDER_PORT|g; s|@GLANCE_PORT@|$K5_GLANCE_PORT|g" \
    -e "s|@NEUTRON_PORT@|$K5_NEUTRON_PORT|g; s|@AMQP_PORT@|$K5_AMQP_PORT|g" \
    -e "s|@SERVICE_PASSWORD@|$K5_SERVICE_PASSWORD|g; s|@ROLE@|${ROLE:-}|g; s|@ROLE_PORT@|${ROLE_PORT:-}|g")
  if [ "$new" != "$(cat "$target" 2>/dev/null)" ]; then printf '%s\n' "$new" >"$target"; fi
}

configure() {
  local before after
  before=$(cat "$STATE/settings" 2>/dev/null || true)
  render keystone.conf keystone.conf.in
  render swift.conf swift.conf.in
  ROLE=account ROLE_PORT="$K5_SWIFT_ACCOUNT_PORT" render account-server.conf backend.conf.in
  ROLE=container ROLE_PORT="$K5_SWIFT_CONTAINER_PORT" render container-server.conf backend.conf.in
  ROLE=object ROLE_PORT="$K5_SWIFT_OBJECT_PORT" render object-server.conf backend.conf.in
  render proxy-server.conf proxy-server.conf.in
  render internal-client.conf internal-client.conf.in
  # Passwords of Keystone's users are set once, when its database is made; the rest may change between runs.
  after=$(cat "$CONF"/*.conf | sha256sum)
  if [ "$before" != "$after" ]; then
    if [ -n "$before" ]; then note "settings have changed, restarting"; stop_daemons; fi
    rm -f "$STATE/rings-made" "$STATE/accounts-made"
    echo "$after" >"$STATE/settings"
  fi
}

claim_ports() {
  claim_port memcached "$K5_MEMCACHED_PORT" K5_MEMCACHED_PORT
  claim_port keystone "$K5_KEYSTONE_PORT" K5_KEYSTONE_PORT
  claim_port swift-account "$K5_SWIFT_ACCOUNT_PORT" K5_SWIFT_ACCOUNT_PORT
  claim_port swift-container "$K5_SWIFT_CONTAINER_PORT" K5_SWIFT_CONTAINER_PORT
  claim_port swift-object "$K5_SWIFT_OBJECT_PORT" K5_SWIFT_OBJECT_PORT
  claim_port swift-proxy "$K5_SWIFT_PORT" K5_SWIFT_PORT
}

keystone_manage() {
  "$PYTHON" /usr/bin/keystone-manage --config-file "$CONF/keystone.conf" "$@" >>"$LOGS/keystone-manage.log" 2>&1 ||
    fail_with "$LOGS/keystone-manage.log" "keystone-manage $1 failed"
}

start_keystone() {
  if [ ! -e "$STATE/database-made" ]; then
    note "making Keystone's database"
    rm -f "$STATE"/keystone.db*
    "$PYTHON" "$HERE/py/keys.py" "$STATE/fernet" "$STATE/credential"
    keystone_manage db_sync
    OS_BOOTSTRAP_PASSWORD=$K5_ADMIN_PASSWORD keystone_manage bootstrap --bootstrap-region-id "$K5_REGION" \
      --bootstrap-admin-url "$AUTH_URL" --bootstrap-internal-url "$AUTH_URL" --bootstrap-public-url "$AUTH_URL"
    # Write-ahead log: otherwise one open reader makes a writer fail with "database is locked".
    "$PYTHON" -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA journal_mode=WAL")' "$STATE/keystone.db"
    touch "$STATE/database-made"
  fi
  # One worker: oslo.db begins SQLite transactions deferred, so two writers at once collide whatever the timeout. uWSGI's
  # router queues in front of it, so that an idle connection does not hold the worker. The router closes after each
  # answer without a word; the header tells pooled clients, which would see resets otherwise.
  launch keystone env OS_KEYSTONE_CONFIG_FILES="$CONF/keystone.conf" uwsgi --plugin http,python3 --master --processes 1 \
    --lazy-apps --need-app --die-on-term --no-orphans --buffer-size 65535 --listen 100 --disable-logging \
    --add-header 'Connection: close' --http "127.0.0.1:$K5_KEYSTONE_PORT" --http-timeout 120 \
    --wsgi-file /usr/bin/keystone-wsgi-public
}

# XFS, since the metadata that Swift allows for one object is more than ext4 can keep in extended attributes.
mount_disk() {
  mkdir -p "$DEVICE"
  [ "$K5_SWIFT_FS" = xfs ] || return 0
  mountpoint -q "$DEVICE" && return 0
  [ -z "$(ls -A "$DEVICE")" ] || { note "$DEVICE holds objects of an earlier run without XFS, going on with them"; return 0; }
  if [ ! -e "$STATE/disk.made" ]; then
    rm -f "$STATE/disk.img"
    truncate -s "$K5_SWIFT_DISK" "$STATE/disk.img"
    mkfs.xfs -q -i size=1024 "$STATE/disk.img" >>"$LOGS/disk.log" 2>&1 || { note "mkfs.xfs failed, see $LOGS/disk.log"; return 0; }
    touch "$STATE/disk.made"
  fi
  mount -o loop,noatime,discard "$STATE/disk.img" "$DEVICE" 2>>"$LOGS/disk.log" ||
    note "no loop mount here: plain directory, object metadata above about 4 KiB will give 507"
}

start_swift() {
  if [ ! -e "$STATE/rings-made" ]; then
    "$PYTHON" "$HERE/py/rings.py" "$CONF" "$K5_SWIFT_ACCOUNT_PORT" "$K5_SWIFT_CONTAINER_PORT" "$K5_SWIFT_OBJECT_PORT" \
      2>>"$LOGS/rings.log" || fail_with "$LOGS/rings.log" "the rings could not be made"
    touch "$STATE/rings-made"
  fi
  local role
  for role in account container object proxy; do
    launch "swift-$role" "$PYTHON" "$HERE/py/storage_server.py" "$role" "$CONF/$role-server.conf"
  done
}

make_accounts() {
  local made=$STATE/accounts-made catalogue=("swift/swift:object-store=$SWIFT_URL/v1/AUTH_%(tenant_id)s")
  if [ -n "$WITH_FULL" ]; then
    made=$STATE/full-accounts-made
    catalogue+=("${FULL_CATALOGUE[@]}")
  fi
  [ -e "$made" ] && [ -e "$STATE/accounts-made" ] && return 0
  note "making projects, users, roles and endpoints"
  K5_ADMIN_PASSWORD=$K5_ADMIN_PASSWORD K5_USER_PASSWORD=$K5_USER_PASSWORD K5_SERVICE_PASSWORD=$K5_SERVICE_PASSWORD \
    "$PYTHON" "$HERE/py/accounts.py" "$AUTH_URL" "$K5_REGION" "${catalogue[@]}" >>"$LOGS/accounts.log" 2>&1 ||
    fail_with "$LOGS/accounts.log" "Keystone could not be filled"
  touch "$made" "$STATE/accounts-made"
}

# openrc USER PASSWORD PROJECT
openrc() {
  cat <<RC
export OS_AUTH_URL=$AUTH_URL
export OS_IDENTITY_API_VERSION=3
export OS_AUTH_TYPE=password
export OS_USERNAME=$1
export OS_PASSWORD=$2
export OS_PROJECT_NAME=$3
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_REGION_NAME=$K5_REGION
RC
}

install_packages
configure
claim_ports
if [ -n "$WITH_FULL" ]; then configure_full; claim_full_ports; start_backends; fi
launch memcached /usr/bin/memcached -u nobody -l 127.0.0.1 -p "$K5_MEMCACHED_PORT" -m 64 -U 0
start_keystone
mount_disk
start_swift
await keystone "$AUTH_URL"
make_accounts
await swift-account "http://127.0.0.1:$K5_SWIFT_ACCOUNT_PORT/healthcheck"
await swift-container "http://127.0.0.1:$K5_SWIFT_CONTAINER_PORT/healthcheck"
await swift-object "http://127.0.0.1:$K5_SWIFT_OBJECT_PORT/healthcheck"
await swift-proxy "$SWIFT_URL/healthcheck"
launch swift-housekeeping "$PYTHON" "$HERE/py/housekeeping.py" "$CONF"

openrc demo "$K5_USER_PASSWORD" demo >"$K5_OPENSTACK_DIR/openrc"
openrc alt_demo "$K5_USER_PASSWORD" alt_demo >"$K5_OPENSTACK_DIR/alt-openrc"
openrc reader "$K5_USER_PASSWORD" demo >"$K5_OPENSTACK_DIR/reader-openrc"
openrc reseller "$K5_USER_PASSWORD" service >"$K5_OPENSTACK_DIR/reseller-openrc"
openrc admin "$K5_ADMIN_PASSWORD" admin >"$K5_OPENSTACK_DIR/admin-openrc"
if [ -n "$WITH_FULL" ]; then
  await_port rabbitmq "$K5_AMQP_PORT"
  make_databases
  start_full
  seed_full
  note "Nova at $LOOPBACK:$K5_NOVA_PORT, Glance at $LOOPBACK:$K5_GLANCE_PORT, Cinder at $LOOPBACK:$K5_CINDER_PORT"
fi
note "Keystone at $AUTH_URL, Swift at $SWIFT_URL, accounts in $K5_OPENSTACK_DIR/*openrc"
cat "$K5_OPENSTACK_DIR/openrc"
