# shellcheck shell=bash
# shellcheck disable=SC2034  # up.sh uses some of the variables
# Nova, Glance, Cinder, and what Nova needs: Neutron, Placement, MariaDB, RabbitMQ. Sourced by up.sh for --full, never run.

FULL=$STATE/full
SOCKET=$PIDS/mariadb.sock
# The kernel takes 107 characters at most.
[ ${#SOCKET} -le 107 ] || fail "K5_OPENSTACK_DIR is too long a path for the socket $SOCKET"

# The -server and -common packages would bring services and their users; MariaDB's core and the libraries are all we need.
FULL_PACKAGES=(python3-glance python3-placement python3-nova python3-cinder python3-neutron python3-pymysql
  mariadb-server-core mariadb-client-core rabbitmq-server)
LOOPBACK=http://127.0.0.1
# Login of the service, its name and type in the catalogue, URL: as accounts.py takes them.
FULL_CATALOGUE=(
  "nova/nova:compute=$LOOPBACK:$K5_NOVA_PORT/v2.1"
  "nova/nova_legacy:compute_legacy=$LOOPBACK:$K5_NOVA_PORT/v2/%(tenant_id)s"
  "glance/glance:image=$LOOPBACK:$K5_GLANCE_PORT"
  "cinder/cinderv3:volumev3=$LOOPBACK:$K5_CINDER_PORT/v3/%(tenant_id)s"
  "cinder/cinderv2:volumev2=$LOOPBACK:$K5_CINDER_PORT/v2/%(tenant_id)s"
  "neutron/neutron:network=$LOOPBACK:$K5_NEUTRON_PORT"
  "placement/placement:placement=$LOOPBACK:$K5_PLACEMENT_PORT"
)

configure_full() {
  local before after name
  before=$(cat "$STATE/full-settings" 2>/dev/null || true)
  mkdir -p "$CONF/full/placement" "$FULL"/{glance/images,glance/staging,glance/tasks,nova/instances,cinder/volumes,neutron,lock,cache}
  for name in glance nova cinder neutron; do
    ROLE=$name render "full/$name.conf" full/service.conf.in "full/$name.conf.in"
    render "full/$name-paste.ini" "full/$name-paste.ini.in"
  done
  # Placement takes a directory and no other file name.
  ROLE=placement render full/placement/placement.conf full/service.conf.in full/placement.conf.in
  render full/nova-database.conf full/nova-database.conf.in
  render full/cinder-filters.json full/cinder-filters.json.in
  render full/rabbitmq.conf full/rabbitmq.conf.in
  echo '[].' >"$CONF/full/rabbitmq-plugins"
  after=$(cat "$CONF"/full/*.* "$CONF"/full/placement/* "$HERE"/py/service.py "$HERE"/py/drivers/*/*.py "$HERE"/full.sh | sha256sum)
  if [ "$before" != "$after" ]; then
    if [ -n "$before" ]; then note "settings have changed, restarting Nova, Glance and Cinder"; stop_full; fi
    rm -f "$STATE/full-accounts-made"
    echo "$after" >"$STATE/full-settings"
  fi
}

claim_full_ports() {
  claim_port epmd "$K5_EPMD_PORT" K5_EPMD_PORT
  claim_port rabbitmq "$K5_AMQP_PORT" K5_AMQP_PORT
  running rabbitmq || claim_port rabbitmq "$K5_ERLANG_PORT" K5_ERLANG_PORT
  claim_port glance "$K5_GLANCE_PORT" K5_GLANCE_PORT
  claim_port placement "$K5_PLACEMENT_PORT" K5_PLACEMENT_PORT
  claim_port neutron "$K5_NEUTRON_PORT" K5_NEUTRON_PORT
  claim_port nova-api "$K5_NOVA_PORT" K5_NOVA_PORT
  claim_port cinder-api "$K5_CINDER_PORT" K5_CINDER_PORT
}

# MariaDB and RabbitMQ need nobody else, so they come up beside Keystone.
start_backends() {
  if [ ! -e "$STATE/mariadb-made" ]; then
    rm -rf "$FULL/mariadb"
    mariadb-install-db --no-defaults --user=root --datadir="$FULL/mariadb" --auth-root-authentication-method=normal \
      --skip-test-db >>"$LOGS/mariadb-install.log" 2>&1 || fail_with "$LOGS/mariadb-install.log" "MariaDB could not be set up"
    touch "$STATE/mariadb-made"
  fi
  # utf8mb3: with four bytes a character some of the migrations' indexes are too long. Durability is for others to have.
  launch mariadb /usr/sbin/mariadbd --no-defaults --user=root --datadir="$FULL/mariadb" --socket="$SOCKET" \
    --pid-file="$PIDS/mariadb.own-pid" --skip-networking --skip-log-bin --performance-schema=0 --max-connections=600 \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=128M --innodb-log-file-size=48M \
    --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci
  # Left to itself, Erlang starts an epmd that listens on every address and stays behind.
  local erlang=(env ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$K5_EPMD_PORT" HOME="$FULL/rabbitmq")
  if ! running rabbitmq; then
    # Both ends of every queue are ours and gone, so what was in them is of no use.
    rm -rf "$FULL/rabbitmq"
    mkdir -p "$FULL/rabbitmq"
  fi
  launch epmd "${erlang[@]}" epmd -address 127.0.0.1 -port "$K5_EPMD_PORT"
  launch rabbitmq "${erlang[@]}" RABBITMQ_NODENAME="k5-$K5_AMQP_PORT@localhost" RABBITMQ_DIST_PORT="$K5_ERLANG_PORT" \
    RABBITMQ_CONFIG_FILE="$CONF/full/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$FULL/rabbitmq" RABBITMQ_LOG_BASE="$LOGS" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$CONF/full/rabbitmq-plugins" RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_PID_FILE="$PIDS/rabbitmq.own-pid" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# service PROGRAM MODULE ARGUMENTS...: the command line of one of the OpenStack programs, into `command`.
service() {
  command=(env PYTHONPATH="$HERE/py/drivers" XDG_CACHE_HOME="$FULL/cache" "$PYTHON" "$HERE/py/service.py" "$@")
}

manage() {
  local command
  service "$@"
  "${command[@]}"
}

make_databases() {
  [ -e "$STATE/full-databases-made" ] && return 0
  note "making the databases of Nova, Glance, Cinder, Neutron and Placement"
  local nova=(--config-file "$CONF/full/nova.conf" --config-file "$CONF/full/nova-database.conf") others
  local connection="mysql+pymysql://root@localhost/nova_cell0?unix_socket=$SOCKET&charset=utf8"
  "$PYTHON" "$HERE/py/databases.py" "$SOCKET" glance placement nova_api nova nova_cell0 cinder neutron \
    >>"$LOGS/databases.log" 2>&1 || fail_with "$LOGS/databases.log" "the databases could not be made"
  (
    set -e
    manage neutron-db-manage neutron.db.migration.cli --config-file "$CONF/full/neutron.conf" upgrade heads
    manage cinder-manage cinder.cmd.manage --config-file "$CONF/full/cinder.conf" db sync
    manage glance-manage glance.cmd.manage --config-file "$CONF/full/glance.conf" db_sync
    manage placement-manage placement.cmd.manage --config-file "$CONF/full/placement/placement.conf" db sync
  ) >>"$LOGS/databases-others.log" 2>&1 9>&- &
  others=$!
  local status=0
  (
    set -e
    manage nova-manage nova.cmd.manage "${nova[@]}" api_db sync
    manage nova-manage nova.cmd.manage "${nova[@]}" cell_v2 map_cell0 --database_connection "$connection"
    manage nova-manage nova.cmd.manage "${nova[@]}" db sync
    # Templates, filled in from nova.conf: otherwise the ports would be in the database for good.
    manage nova-manage nova.cmd.manage "${nova[@]}" cell_v2 create_cell --name cell1 \
      --database_connection '{scheme}://{username}@{hostname}/{path}?{query}' \
      --transport-url '{scheme}://{username}:{password}@{hostname}:{port}/'
  ) >>"$LOGS/databases-nova.log" 2>&1 9>&- || status=$?
  wait "$others" || fail_with "$LOGS/databases-others.log" "a database of Neutron, Cinder, Glance or Placement could not be made"
  [ "$status" = 0 ] || fail_with "$LOGS/databases-nova.log" "Nova's databases could not be made"
  touch "$STATE/full-databases-made"
}

# start_service NAME MODULE CONFIG...: NAME is the program's, the configuration files lie in conf/full.
start_service() {
  local name=$1 module=$2 command file arguments=()
  shift 2
  running "$name" || STARTED_FULL=1
  for file in "$@"; do arguments+=(--config-file "$CONF/full/$file"); done
  service "$name" "$module" "${arguments[@]}"
  launch "$name" "${command[@]}"
}

start_full() {
  local since=$EPOCHSECONDS
  STARTED_FULL=
  await_port rabbitmq "$K5_AMQP_PORT"
  # On two cores the imports of these programs are what takes the time, so those that others wait for come first.
  start_service nova-conductor nova.cmd.conductor nova.conf nova-database.conf
  launch placement env OS_PLACEMENT_CONFIG_DIR="$CONF/full/placement" uwsgi --plugin python3 --master --processes 1 \
    --threads 4 --enable-threads --lazy-apps --need-app --die-on-term --no-orphans --buffer-size 65535 --disable-logging \
    --add-header 'Connection: close' --http-socket "127.0.0.1:$K5_PLACEMENT_PORT" --wsgi-file /usr/bin/placement-api
  start_service nova-compute nova.cmd.compute nova.conf
  start_service nova-scheduler nova.cmd.scheduler nova.conf nova-database.conf
  start_service cinder-volume cinder.cmd.volume cinder.conf
  start_service cinder-scheduler cinder.cmd.scheduler cinder.conf
  start_service glance glance.cmd.api glance.conf
  start_service nova-api nova.cmd.api nova.conf nova-database.conf
  start_service cinder-api cinder.cmd.api cinder.conf
  start_service neutron neutron.cmd.eventlet.server neutron.conf
  await placement "$LOOPBACK:$K5_PLACEMENT_PORT/"
  await glance "$LOOPBACK:$K5_GLANCE_PORT/"
  await nova-api "$LOOPBACK:$K5_NOVA_PORT/"
  await cinder-api "$LOOPBACK:$K5_CINDER_PORT/"
  await neutron "$LOOPBACK:$K5_NEUTRON_PORT/"
  [ -z "$STARTED_FULL" ] || await_reports "$since"
}

# await_reports SINCE: the processes without a port have reported; says at once when one has died.
await_reports() {
  local waiting name
  K5_ADMIN_PASSWORD=$K5_ADMIN_PASSWORD "$PYTHON" "$HERE/py/reporting.py" "$AUTH_URL" "$1" >>"$LOGS/reporting.log" 2>&1 9>&- &
  waiting=$!
  while kill -0 "$waiting" 2>/dev/null; do
    for name in "${FULL_DAEMONS[@]}"; do
      running "$name" || { kill "$waiting"; fail_with "$LOGS/$name.log" "$name has died while it was starting"; }
    done
    sleep 0.2
  done
  wait "$waiting" || fail_with "$LOGS/reporting.log" "Nova or Cinder did not come up; each process has a log beside this one"
}

seed_full() {
  [ -e "$STATE/full-seeds-made" ] && return 0
  note "making flavors, an image, networks and a volume type"
  manage nova-manage nova.cmd.manage --config-file "$CONF/full/nova.conf" --config-file "$CONF/full/nova-database.conf" \
    cell_v2 discover_hosts >>"$LOGS/databases-nova.log" 2>&1 ||
    fail_with "$LOGS/databases-nova.log" "Nova did not find its compute host"
  K5_ADMIN_PASSWORD=$K5_ADMIN_PASSWORD "$PYTHON" "$HERE/py/seeds.py" "$AUTH_URL" >>"$LOGS/seeds.log" 2>&1 ||
    fail_with "$LOGS/seeds.log" "flavors, image, networks or volume type could not be made"
  touch "$STATE/full-seeds-made"
}
