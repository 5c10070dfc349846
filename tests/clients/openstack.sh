# shellcheck shell=bash
# The lane of openstackclient. Sourced by script.sh.
# shellcheck disable=SC2153  # RUN and WORK come from script.sh

lane_openstack() {
  local c=$RUN-osc
  ok "openstack token issue" osc_json 'expires,id' token issue
  ok "openstack catalog list has Swift and Keystone" osc_catalogue
  ok "openstack catalog show" osc_json 'id' catalog show object-store
  refused "openstack with a wrong password" env OS_PASSWORD=wrong openstack token issue
  refused "openstack on an unknown project" env OS_PROJECT_NAME="$RUN" openstack token issue

  ok "openstack container create" osc_json 'x-trans-id' container create "$c" "$c-2"
  ok "openstack container list" osc_json '' container list --prefix "$c"
  quiet "openstack container set" openstack container set --property Owner=Ann --property Two-Words=x "$c"
  ok "openstack container show" osc_json '' container show "$c"
  quiet "openstack container unset" openstack container unset --property Owner "$c"
  ok "openstack container show" osc_json '' container show "$c"
  quiet "openstack container delete" openstack container delete "$c" "$c-2"
  ok "openstack container list, empty" osc_json '' container list --prefix "$c"
}

lane_openstack_objects() {
  local c=$RUN-osc-objects down=$WORK/osc-down
  mkdir -p "$down"
  cd "$FILES" || return 1
  quiet "openstack container create" openstack container create "$c"
  ok "openstack object create" osc_json '' object create "$c" small.txt empty mib5.bin
  ok "openstack object create --name" osc_json '' object create "$c" kib --name 'dir/ä b%'
  ok "openstack object list" osc_json '' object list "$c"
  ok "openstack object list --long" osc_json 'Last Modified' object list --long "$c"
  ok "openstack object list --prefix" osc_json '' object list --prefix dir/ --delimiter / "$c"
  quiet "openstack object set" openstack object set --property Colour=red --property B=2 "$c" small.txt
  ok "openstack object show" osc_json 'last-modified' object show "$c" small.txt
  quiet "openstack object unset" openstack object unset --property B "$c" small.txt
  ok "openstack object show" osc_json 'last-modified' object show "$c" small.txt
  quiet "openstack object save" openstack object save "$c" mib5.bin --file "$down/mib5.bin"
  same "mib5.bin is the same" mib5.bin "$down/mib5.bin"
  quiet "openstack object save" openstack object save "$c" 'dir/ä b%' --file "$down/kib"
  same "kib is the same" kib "$down/kib"
  (cd "$down" && quiet "openstack container save" openstack container save "$c")
  same "container save: small.txt" small.txt "$down/small.txt"
  refused "openstack object show nowhere" openstack object show "$c" nowhere
  refused "openstack container delete, not empty" openstack container delete "$c"
  quiet "openstack object delete" openstack object delete "$c" empty small.txt
  ok "openstack object list" osc_json '' object list "$c"
  quiet "openstack container delete --recursive" openstack container delete --recursive "$c"
  ok "openstack container list, empty" osc_json '' container list --prefix "$c"
}

# osc_json 'KEY TO DROP,...' COMMAND...
osc_json() {
  local drop
  IFS=, read -r -a drop <<<"$1"
  shift
  openstack "$@" -f json | json "${drop[@]}"
}

# The account may carry other metadata of its owner's.
osc_account() { openstack object store account show -f json | python3 -c '
import json, sys
shown = json.load(sys.stdin)
print(shown["Account"], {k: v for k, v in sorted(shown.get("properties", {}).items()) if k in ("Peer", "Osc")})
'; }

osc_catalogue() { openstack catalog list -f json | python3 -c '
import json, sys
wanted = ("identity", "object-store")
for service in sorted(json.load(sys.stdin), key=lambda s: s["Type"]):
    if service["Type"] in wanted:
        print(service["Type"], service["Name"])
        for e in sorted(service["Endpoints"], key=lambda e: (e["interface"], e["url"])):
            print(" ", e["interface"], e["region"], e["url"])
'; }
