# shellcheck shell=bash
# What the lanes of script.sh share: test files, steps, HTTP, normalisation, cleaning up. Sourced, never run.
# shellcheck disable=SC2153  # RUN and WORK come from script.sh

FILES=$WORK/files
STAMP=1600000000 # every file's time: it is part of metadata and of segments' names

make_files() {
  mkdir -p "$FILES/tree/sub dir/deep"
  python3 - "$FILES" <<'PY'
import random, sys
noise = random.Random(5)
for name, size in (("empty", 0), ("small.txt", 0), ("kib", 1024), ("mib5.bin", 5 << 20),
                   ("tree/a.txt", 11), ("tree/b.bin", 70_000), ("tree/sub dir/ü ñ 漢字.txt", 9),
                   ("tree/sub dir/deep/100% #1?.bin", 300), ("tree/zero", 0), ("tree/large.bin", (5 << 19) + 7)):
    with open(f"{sys.argv[1]}/{name}", "wb") as out:
        out.write(b"hello, peers\n" if name == "small.txt" else noise.randbytes(size))
PY
  find "$FILES" -exec touch -d "@$STAMP" {} +
}

# One login for curl's requests; the clients log in by themselves.
log_in() {
  local found alt
  found=$(openstack token issue -f json) || { echo "script.sh: cannot log in at $OS_AUTH_URL" >&2; exit 1; }
  TOKEN=$(field id <<<"$found")
  PROJECT_ID=$(field project_id <<<"$found")
  USER_ID=$(field user_id <<<"$found")
  alt=$(as_alt openstack token issue -f json) || { echo "script.sh: $ALT_OS_USERNAME cannot log in" >&2; exit 1; }
  ALT_TOKEN=$(field id <<<"$alt")
  ALT_USER_ID=$(field user_id <<<"$alt")
  ALT_PROJECT_ID=$(field project_id <<<"$alt")
  local catalogue
  catalogue=$(swift auth) || { echo "script.sh: swift auth fails" >&2; exit 1; }
  STORAGE_URL=$(sed -n 's/^export OS_STORAGE_URL=//p' <<<"$catalogue")
  STORAGE_HOST=${STORAGE_URL%/v1/*}
}

as_alt() {
  OS_USERNAME=$ALT_OS_USERNAME OS_PASSWORD=$ALT_OS_PASSWORD OS_PROJECT_NAME=$ALT_OS_PROJECT_NAME "$@"
}

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# ---- steps ----------------------------------------------------------------------------------------------------
# ok WHAT COMMAND...       prints what the command printed; the run fails when the command does
# quiet WHAT COMMAND...    the same, without what it printed
# refused WHAT COMMAND...  the command must fail; prints its message

step() { # step WANT WHAT COMMAND...
  local want=$1 what=$2 status=0 out
  shift 2
  out=$(mktemp -p "$WORK")
  "$@" >"$out" 2>"$out.err" </dev/null || status=$?
  printf '== %s\n' "$what"
  case $want in
    ok) cat "$out" ;;
    refused) cat "$out" "$out.err" ;;
  esac
  if { [ "$want" = refused ] && [ "$status" = 0 ]; } || { [ "$want" != refused ] && [ "$status" != 0 ]; }; then
    echo "UNEXPECTED exit status"
    # One write per failure: lanes append to this file at the same time.
    printf '%s\n' "$what: exit $status: $(tail -n 3 "$out.err" | tr '\n' ' ' | cut -c1-600)" >>"$WORK/failed"
  fi
}
ok() { step ok "$@"; }
quiet() { step quiet "$@"; }
refused() { step refused "$@"; }

# same WHAT FILE FILE: both hold the same bytes.
same() { quiet "$1" cmp "$2" "$3"; }

# http WANTED_STATUS METHOD TARGET [CURL OPTION]...: a request with our token; TARGET is a path below the account, already
# encoded, or a whole URL, which is asked without a token. Prints status and the headers that a client may lean on.
http() {
  local want=$1 method=$2 target=$3 url opts=() got base
  shift 3
  case $target in
    http*) url=$target ;;
    *) url=$STORAGE_URL$target opts=(-H "X-Auth-Token: $TOKEN") ;;
  esac
  base=$(mktemp -p "$WORK")
  case $method in HEAD) opts+=(--head) ;; *) opts+=(-X "$method") ;; esac
  printf '== %s %s\n' "$method" "$target" | sed 's/\(temp_url_[a-z]*\)=[^&]*/\1=*/g'
  : >"$base.body" # curl makes none for an answer without a body
  got=$(curl -sS -m 60 --path-as-is -o "$base.body" -D "$base.head" -w '%{http_code}' "${opts[@]}" "$@" "$url" || true)
  echo "$got"
  # HTTP forbids a length with 204, and with 304 it means another thing; Swift sends its 0 all the same.
  local useless='^x-container-sharding:'
  [[ $got = [23]04 ]] && useless='^(x-container-sharding:|content-length: 0$)'
  # curl writes the head of a `100 Continue` too: the last block counts.
  tr -d '\r' <"$base.head" | awk '/^HTTP\//{n=0} {line[n++]=$0} END{for(i=1;i<n;i++) print line[i]}' |
    sed 's/^\([^:]*\):/\L\1:/' | sort |
    grep -E '^(content-type|content-length|content-range|content-encoding|content-disposition|etag|accept-ranges|x-object-meta-|x-container-|x-account-meta-(peer|osc):|x-static-large|x-object-manifest|x-manifest-etag|x-delete-at|x-versions-location|x-history-location|www-authenticate|allow|location|x-copied)' |
    grep -vE "$useless" || true
  sed -n 's/\r$//; s/^x-manifest-etag: //Ip' "$base.head" >>"$WORK/manifest-etags"
  # curl writes the head in place of HEAD's body, which there is none of.
  [ "$method" = HEAD ] && : >"$base.body"
  printf 'body: %s bytes, md5 %s\n' "$(stat -c %s "$base.body")" "$(normalise <"$base.body" | md5sum | cut -d' ' -f1)"
  BODY=$base.body
  if [ "$got" != "$want" ]; then
    echo "UNEXPECTED status, wanted $want"
    printf '%s\n' "$method ${target%%\?*}: status $got, wanted $want" >>"$WORK/failed"
  fi
}

# ---- normalisation --------------------------------------------------------------------------------------------

# Strips what may differ between two good servers, and nothing else. Times since 2021 are the servers' own; those that
# the script sets lie before, and stay. A static large object's manifest holds times, hence its ETag differs each time.
normalise() {
  local etag etags=()
  while read -r etag; do etags+=(-e "s#$etag#MANIFEST_ETAG#g"); done < <(sort -u "$WORK/manifest-etags")
  sed -E "${etags[@]}" \
    -e "s#$RUN#RUN#g; s#$WORK#WORK#g; s#${OS_AUTH_URL%/v3*}/v3#IDENTITY/v3#g; s#$STORAGE_HOST#STORAGE#g" \
    -e "s#$PROJECT_ID#PROJECT#g; s#$USER_ID#USER#g; s#$ALT_PROJECT_ID#ALT_PROJECT#g; s#$ALT_USER_ID#ALT_USER#g" \
    -e 's#20(2[1-9]|[3-9][0-9])-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(\.[0-9]+)?(Z|\+00:?00)?#TIME#g' \
    -e 's#[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20(2[1-9]|[3-9][0-9]) [0-9:]{8} GMT#TIME#g' \
    -e 's#\btx[0-9a-f]{10,}[-0-9a-z]*#TXN#g; s#req-[0-9a-f-]{36}#REQUEST#g' \
    -e 's#(^|[^0-9A-Za-z])(1[7-9]|[2-9][0-9])[0-9]{8}(\.[0-9]+)?($|[^0-9A-Za-z])#\1EPOCH\4#g'
}

# Sorts JSON by its keys, one document, and drops the keys given.
json() {
  python3 -c '
import json, sys
drop = set(sys.argv[1:]) - {""}
def clean(v):
    if isinstance(v, dict):
        return {k: clean(x) for k, x in v.items() if k not in drop}
    return [clean(x) for x in v] if isinstance(v, list) else v
print(json.dumps(clean(json.load(sys.stdin)), indent=1, sort_keys=True, ensure_ascii=False))' "$@"
}

# ---- the end --------------------------------------------------------------------------------------------------

containers() { curl -sS -m 60 -H "X-Auth-Token: $TOKEN" "$STORAGE_URL?prefix=$RUN" | grep . || true; }

# One request per object, through one connection: needs nothing of the server but GET and DELETE.
remove_containers() {
  containers >"$WORK/left" || return 1
  STORAGE_URL=$STORAGE_URL TOKEN=$TOKEN python3 - "$WORK/left" <<'PY'
import http.client, os, sys, urllib.parse
base = urllib.parse.urlsplit(os.environ["STORAGE_URL"])
secure = base.scheme == "https"
link = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(base.netloc, timeout=60)
def ask(method, *names, query=""):
    path = "/".join([base.path] + [urllib.parse.quote(n, safe="") for n in names])
    link.request(method, path + query, headers={"X-Auth-Token": os.environ["TOKEN"], "Content-Length": "0"})
    answer = link.getresponse()
    return answer.status, answer.read().decode()
names = open(sys.argv[1]).read().split("\n")[:-1]
# A container with X-Versions-Location restores an old version at each delete.
for container in names:
    path = base.path + "/" + urllib.parse.quote(container, safe="")
    link.request("POST", path, headers={"X-Auth-Token": os.environ["TOKEN"], "X-Remove-Versions-Location": "x", "Content-Length": "0"})
    link.getresponse().read()
for container in names:
    for _ in range(20):
        objects = ask("GET", container)[1].split("\n")[:-1]
        if not objects:
            break
        for name in objects:
            ask("DELETE", container, name)
    status, _ = ask("DELETE", container)
    if status not in (204, 404):
        print(f"script.sh: container {container} could not be removed: {status}", file=sys.stderr)
PY
}

finish() {
  local status=$? children
  children=$(jobs -p)
  # shellcheck disable=SC2086  # one pid a word
  [ -z "$children" ] || { kill $children 2>/dev/null || true; wait; }
  if [ -n "${STORAGE_URL:-}" ] && [ -n "$(containers)" ]; then remove_containers || true; fi
  rm -rf -- "$WORK"
  exit "$status"
}
