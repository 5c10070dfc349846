# shellcheck shell=bash
# Settings and helpers shared by up.sh, down.sh and clients.sh. Sourced, never run.
# shellcheck disable=SC2034  # the settings are used by those

K5_OPENSTACK_DIR=${K5_OPENSTACK_DIR:-/var/tmp/k5-openstack}
K5_KEYSTONE_PORT=${K5_KEYSTONE_PORT:-15000}
K5_SWIFT_PORT=${K5_SWIFT_PORT:-18080}
K5_SWIFT_OBJECT_PORT=${K5_SWIFT_OBJECT_PORT:-16200}
K5_SWIFT_CONTAINER_PORT=${K5_SWIFT_CONTAINER_PORT:-16201}
K5_SWIFT_ACCOUNT_PORT=${K5_SWIFT_ACCOUNT_PORT:-16202}
K5_SWIFT_S3_PORT=${K5_SWIFT_S3_PORT:-18081}
K5_MEMCACHED_PORT=${K5_MEMCACHED_PORT:-21211}
K5_NOVA_PORT=${K5_NOVA_PORT:-18774}
K5_CINDER_PORT=${K5_CINDER_PORT:-18776}
K5_PLACEMENT_PORT=${K5_PLACEMENT_PORT:-18778}
K5_GLANCE_PORT=${K5_GLANCE_PORT:-19292}
K5_NEUTRON_PORT=${K5_NEUTRON_PORT:-19696}
K5_AMQP_PORT=${K5_AMQP_PORT:-26672}
K5_ERLANG_PORT=${K5_ERLANG_PORT:-26673}
K5_EPMD_PORT=${K5_EPMD_PORT:-26674}
K5_REGION=${K5_REGION:-RegionOne}
K5_ADMIN_PASSWORD=${K5_ADMIN_PASSWORD:-adminpw}
K5_USER_PASSWORD=${K5_USER_PASSWORD:-demopw}
K5_SERVICE_PASSWORD=${K5_SERVICE_PASSWORD:-servicepw}
K5_SWIFT_DISK=${K5_SWIFT_DISK:-20G}     # sparse: only what is stored takes room
K5_SWIFT_FS=${K5_SWIFT_FS:-xfs}         # xfs | dir

case $K5_OPENSTACK_DIR in
  /) echo "K5_OPENSTACK_DIR must not be /" >&2; exit 2 ;;
  *[!A-Za-z0-9/._-]*) echo "K5_OPENSTACK_DIR may hold letters, digits and / . _ - alone" >&2; exit 2 ;;
  /*) ;;
  *) echo "K5_OPENSTACK_DIR must be an absolute path" >&2; exit 2 ;;
esac
K5_OPENSTACK_DIR=${K5_OPENSTACK_DIR%/}
CONF=$K5_OPENSTACK_DIR/conf
LOGS=$K5_OPENSTACK_DIR/log
PIDS=$K5_OPENSTACK_DIR/run
STATE=$K5_OPENSTACK_DIR/state
DISK=$STATE/disk                        # parent of Swift's one device
DEVICE=$DISK/d1
MARKER=$K5_OPENSTACK_DIR/.k5-openstack  # --wipe deletes only a directory that carries it

# Debian's packages live in the dist-packages of Debian's own interpreter, whatever `python3` is first on the PATH.
PYTHON=/usr/bin/python3
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV PYENV_VERSION
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
SELF=${0##*/}

note() { printf '%s: [%3ds] %s\n' "$SELF" "$SECONDS" "$*" >&2; }
fail() { printf '%s: error: %s\n' "$SELF" "$*" >&2; exit 1; }
# fail_with LOG MESSAGE: the end of the log says more than the message can.
fail_with() {
  [ -s "$1" ] && { printf -- '--- last lines of %s\n' "$1"; tail -n 20 "$1"; printf -- '---\n'; } >&2
  fail "$2 (log: $1)"
}

need_root() { [ "$(id -u)" = 0 ] || fail "must run as root (it installs packages and mounts a loop file)"; }

# Makes the state directory, or finds it made; never takes over somebody else's.
claim_directory() {
  if [ ! -e "$MARKER" ] && [ -d "$K5_OPENSTACK_DIR" ] && [ -n "$(ls -A "$K5_OPENSTACK_DIR")" ]; then
    fail "$K5_OPENSTACK_DIR holds something else; set K5_OPENSTACK_DIR to another directory"
  fi
  mkdir -p "$K5_OPENSTACK_DIR" "$CONF" "$LOGS" "$PIDS" "$STATE"
  chmod 755 "$K5_OPENSTACK_DIR"
  touch "$MARKER"
}

# One run at a time for each directory. The lock file lies beside it, since --wipe removes the directory itself.
take_lock() {
  local lock=$K5_OPENSTACK_DIR.lock
  mkdir -p "$(dirname "$lock")"
  while :; do
    exec 9>"$lock"
    if ! flock -n 9; then
      note "another run holds $lock, waiting"
      flock -w 600 9 || fail "another run has held $lock for ten minutes"
    fi
    # --wipe removes the file while it holds it: what we got must still be what the next run will open.
    [ "$lock" -ef /dev/fd/9 ] && return 0
  done
}

# ---- packages -------------------------------------------------------------------------------------------------

# Links by which services start at boot.
service_links() { find /etc/systemd/system /etc/rc?.d -type l 2>/dev/null | sort; }

# apt_install PACKAGE...: installs what is missing; starts no service, now or at boot.
apt_install() {
  command -v apt-get >/dev/null || fail "apt-get not found: these scripts are for Debian 12"
  local name state installed='' missing=()
  while read -r name state; do
    [ "$state" = installed ] && installed+=" $name "
  done < <(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do [[ $installed == *" $name "* ]] || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0

  note "installing ${missing[*]}"
  mkdir -p "$LOGS"
  local log=$LOGS/apt.log made_policy='' status=0 links
  links=$(service_links)
  # invoke-rc.d asks this file before it starts a daemon; 101 means no.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    made_policy=1
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  local apt=(apt-get -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0
    -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io)
  {
    echo "== $(date -u +%FT%TZ) install ${missing[*]}"
    # Package lists may be absent or too old to find the archives; refresh them only then.
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install "${missing[@]}" ||
      { "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install "${missing[@]}"; }
  } >>"$log" 2>&1 </dev/null 9>&- || status=$?
  if [ -n "$made_policy" ]; then rm -f /usr/sbin/policy-rc.d; trap - EXIT; fi
  comm -13 <(echo "$links") <(service_links) | xargs -r rm -f --
  [ "$status" = 0 ] || fail_with "$log" "apt-get could not install ${missing[*]}"
}

# ---- daemons --------------------------------------------------------------------------------------------------
# A pid file holds "PID STARTTIME BOOT": a recycled pid, or a file from before a reboot, never passes for ours.

boot_id() { cat /proc/sys/kernel/random/boot_id; }
start_time() { sed -n 's/^.*) \([^Z]\) /\1 /p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# daemon_pid NAME: prints the pid when the daemon that we started is alive.
daemon_pid() {
  local pid started boot
  [ -s "$PIDS/$1.pid" ] || return 1
  read -r pid started boot <"$PIDS/$1.pid" || return 1
  [[ $pid =~ ^[0-9]+$ && -n $started && $boot = "$(boot_id)" && $(start_time "$pid") = "$started" ]] || return 1
  echo "$pid"
}
running() { daemon_pid "$1" >/dev/null; }

# Children of a daemon that was killed outright. As long as they live, the kernel gives their session's number to
# nobody else, so if its leader is gone then the group is ours.
reap_orphans() {
  local pid started boot
  [ -s "$PIDS/$1.pid" ] || return 0
  read -r pid started boot <"$PIDS/$1.pid" || return 0
  if [[ $pid =~ ^[0-9]+$ && $boot = "$(boot_id)" && -z $(start_time "$pid") ]]; then
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$PIDS/$1.pid"
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# claim_port NAME PORT VARIABLE: the port is free, or it is held by our own daemon.
claim_port() {
  running "$1" && return 0
  reap_orphans "$1"
  local tries
  for tries in 1 2 3 4 5; do port_open "$2" || return 0; [ "$tries" = 5 ] || sleep 0.1; done
  local holder
  holder=$(ss -Hltnp "sport = :$2" 2>/dev/null | sed -n 's/.*users:((\("[^"]*",pid=[0-9]*\).*/ by \1/p' | head -n 1)
  fail "port $2, wanted for $1, is taken$holder; set $3 to another one"
}

# launch NAME COMMAND...: in a session of its own, without our lock and our terminal.
launch() {
  local name=$1 pid
  shift
  running "$name" && return 0
  reap_orphans "$name"
  setsid "$@" >>"$LOGS/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  disown "$pid"
  echo "$pid $(start_time "$pid") $(boot_id)" >"$PIDS/$name.pid"
}

# Seconds that a daemon may take to answer: many beside a compiler on two cores. One that dies is noticed before.
START_LIMIT=180

# await NAME URL: the daemon answers HTTP, whatever the status; says at once when it has died.
await() {
  local deadline=$((SECONDS + START_LIMIT)) code
  while [ "$SECONDS" -lt "$deadline" ]; do
    code=$(curl -s -o /dev/null -m 10 -w '%{http_code}' "$2" || true)
    case $code in 000 | 502 | 503) ;; *) return 0 ;; esac
    running "$1" || fail_with "$LOGS/$1.log" "$1 has died while it was starting"
    sleep 0.1
  done
  fail_with "$LOGS/$1.log" "$1 does not answer at $2"
}

# await_port NAME PORT: the same for what doesn't speak HTTP.
await_port() {
  local deadline=$((SECONDS + START_LIMIT))
  while [ "$SECONDS" -lt "$deadline" ]; do
    port_open "$2" && return 0
    running "$1" || fail_with "$LOGS/$1.log" "$1 has died while it was starting"
    sleep 0.1
  done
  fail_with "$LOGS/$1.log" "$1 does not listen on port $2"
}

# Consumers first, so that none of them logs about a vanished backend.
FULL_DAEMONS=(nova-api nova-compute nova-scheduler cinder-api cinder-volume cinder-scheduler glance neutron nova-conductor
  placement)
FULL_BACKENDS=(rabbitmq epmd mariadb)
DAEMONS=(swift-s3 swift-housekeeping swift-proxy swift-object swift-container swift-account keystone memcached)

stop_daemons() { stop_full; stop "${DAEMONS[@]}"; }
stop_full() { stop "${FULL_DAEMONS[@]}"; stop "${FULL_BACKENDS[@]}"; }

# stop NAME...: all at once.
stop() {
  local name pid deadline left pids=()
  for name in "$@"; do
    if pid=$(daemon_pid "$name"); then
      note "stopping $name (pid $pid)"
      kill -TERM "$pid" 2>/dev/null || true
      pids+=("$pid")
    else
      reap_orphans "$name"
    fi
  done
  deadline=$((SECONDS + 6))
  while [ "$SECONDS" -lt "$deadline" ]; do
    left=()
    for name in "$@"; do running "$name" && left+=("$name"); done
    [ ${#left[@]} -gt 0 ] || break
    sleep 0.1
  done
  # The group, not the leader alone: uWSGI's router and worker are in it.
  for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
  for name in "$@"; do rm -f "$PIDS/$name.pid"; done
}
