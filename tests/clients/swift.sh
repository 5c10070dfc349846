# shellcheck shell=bash
# The lanes of python-swiftclient and of plain HTTP through curl. Sourced by script.sh.
# shellcheck disable=SC2153  # RUN and WORK come from script.sh

# `swift stat` less the lines that name times and transactions, or that lag behind or differ between servers' settings.
swift_stat() {
  swift stat "$@" | sed 's/^ *//' |
    grep -vE '^(X-Timestamp|X-Put-Timestamp|Last-Modified|X-Trans-Id|X-Openstack-Request-Id|Date|Connection|Server|Keep-Alive|Vary|X-Storage-Policy|Objects in policy|Bytes in policy|Containers in policy|X-Account-Project-Domain-Id|Containers|Objects|Bytes|X-Account-[a-z-]*-Count|Via):' |
    sort
}

# The client's threads report in the order in which they end.
sorted() {
  local out
  out=$(mktemp -p "$WORK")
  "$@" >"$out" && sort "$out"
}

lane_swift() {
  local c=$RUN-swift out=$WORK/swift-down
  mkdir -p "$out" "$WORK/swift-cwd"
  cd "$WORK/swift-cwd" || return 1

  quiet "swift post (create)" swift post "$c"
  ok "swift list --prefix" swift list --prefix "$c"
  quiet "swift post -m (container metadata)" swift post "$c" -m 'Color:Blue Sea' -m 'Other:1' --header 'X-Container-Meta-Quota-Count: 100'
  http 204 HEAD "/$c"
  quiet "swift post -m (unset)" swift post "$c" -m 'Other:'
  ok "swift stat container" swift_stat "$c"

  local name n=0
  for name in empty small.txt mib5.bin; do
    ok "swift upload $name" swift upload --object-name "$name" "$c" "$FILES/$name"
    quiet "swift download $name" swift download "$c" "$name" -o "$out/$name"
    same "$name is the same" "$FILES/$name" "$out/$name"
  done
  # Names that a file may have go and come in one run of the client (which prints them in no order), the others singly.
  mkdir -p "$WORK/names/dir/sub" "$WORK/names/ünï"
  for name in 'a space' '100% pure' 'what?' 'hash#tag' 'ünï/漢字 😀' 'dir/one' 'dir/two' 'dir/sub/three' 'plus+and&=;:@' \
    "quote'\"x" '%2F%41'; do
    cp -p "$FILES/small.txt" "$WORK/names/$name"
    echo "$name" >>"$WORK/names/$name"
    touch -d "@$STAMP" "$WORK/names/$name"
  done
  find "$WORK/names" -exec touch -d "@$STAMP" {} +
  cd "$WORK/names" || return 1
  ok "swift upload many" sorted swift upload "$c" .
  quiet "swift download many" swift download "$c" -D "$out/names"
  cd "$WORK/swift-cwd" || return 1
  quiet "many are the same" diff -r "$WORK/names" "$out/names" -x small.txt -x empty -x mib5.bin
  for name in 'double//slash' 'trailing/'; do
    n=$((n + 1))
    ok "swift upload [$name]" swift upload --object-name "$name" "$c" "$FILES/small.txt"
    quiet "swift download [$name]" swift download "$c" "$name" -o "$out/n$n"
    same "[$name] is the same" "$FILES/small.txt" "$out/n$n"
  done
  # Python's HTTP library joins these before it asks; the server must take them as they are.
  http 201 PUT "/$c/../up/../../AUTH_x/./y" -T "$FILES/small.txt"
  http 200 GET "/$c/../up/../../AUTH_x/./y"
  ok "swift list" swift list "$c"
  ok "swift list --long" swift list --long "$c"
  ok "swift list --prefix dir/ --delimiter /" swift list --prefix dir/ --delimiter / "$c"
  ok "swift list --delimiter /" swift list --delimiter / "$c"
  http 200 GET "/$c?limit=3&marker=dir/one"
  cat "$BODY"
  http 200 GET "/$c?format=json&prefix=dir/&delimiter=/"
  json last_modified <"$BODY"
  http 200 GET "/$c?format=xml&prefix=d&end_marker=dir/t"
  cat "$BODY"; echo
  http 200 GET "/$c?limit=2&reverse=true"
  cat "$BODY"

  quiet "swift post -m (object)" swift post "$c" small.txt -m 'Key:Värde' -m 'Two:2' -H 'Content-Type: text/x-peer' -H 'Content-Disposition: attachment; filename="p q.txt"'
  ok "swift stat object" swift_stat "$c" small.txt
  quiet "swift post replaces" swift post "$c" small.txt -m 'Three:3'
  ok "swift stat object" swift_stat "$c" small.txt
  ok "swift copy" swift copy -d "/$c/copied to" -m 'Fresh:yes' "$c" small.txt
  ok "swift stat the copy" swift_stat "$c" 'copied to'
  ok "swift copy --fresh-metadata" swift copy -M -d "/$c/copied fresh" -m 'Only:this' "$c" small.txt
  ok "swift stat the fresh copy" swift_stat "$c" 'copied fresh'
  refused "swift stat nowhere" swift stat "$c" nowhere
  refused "swift download nowhere" swift download "$c" nowhere
  refused "swift list no container" swift list "$RUN-none"
  http 409 DELETE "/$c"

  lane_swift_wire "$c"
  lane_swift_acl "$c"
  lane_swift_versions

  ok "swift delete objects" sorted swift delete "$c" 'what?' 'double//slash' '%2F%41'
  ok "swift list after delete" swift list "$c"
  refused "swift delete twice" swift delete "$c" 'what?'
  http 204 DELETE "/$c/../up/../../AUTH_x/./y"
  quiet "swift delete container" swift delete "$c"
  refused "swift stat a deleted container" swift stat "$c"
}

lane_swift_wire() {
  local c=$1 etag
  http 201 PUT "/$c/kib" -T "$FILES/kib" -H 'Content-Type: application/x-kib' -H 'X-Object-Meta-Two-Words: v w'
  etag=$(md5sum <"$FILES/kib" | cut -d' ' -f1)
  http 200 HEAD "/$c/kib"
  http 206 GET "/$c/kib" -r 0-0
  http 206 GET "/$c/kib" -r -5
  http 206 GET "/$c/kib" -r 1000-5000
  http 416 GET "/$c/kib" -r 2000-3000
  http 304 GET "/$c/kib" -H "If-None-Match: \"$etag\""
  http 412 GET "/$c/kib" -H 'If-Match: "00000000000000000000000000000000"'
  http 200 GET "/$c/kib" -H "If-Match: $etag"
  http 412 PUT "/$c/kib" -T "$FILES/empty" -H 'If-None-Match: *'
  http 422 PUT "/$c/bad" -T "$FILES/small.txt" -H 'ETag: 00000000000000000000000000000000'
  http 404 HEAD "/$c/bad"
  http 201 PUT "/$c/chunked" -T - -H 'Transfer-Encoding: chunked' <"$FILES/kib"
  http 202 POST "/$c/chunked" -H 'X-Delete-After: 5000'
  http 201 COPY "/$c/chunked" -H "Destination: /$c/copy%20by%20COPY"
  http 201 PUT "/$c/copy%20by%20PUT" -H "X-Copy-From: /$c/copy%20by%20COPY" -H 'Content-Length: 0'
  http 404 PUT "/$RUN-none/x" -T "$FILES/small.txt"
  http 401 GET "$STORAGE_URL/$c"
  http 401 GET "$STORAGE_URL/$c" -H 'X-Auth-Token: nonsense'
  http 204 DELETE "/$c/chunked"
  http 404 DELETE "/$c/chunked"
  http 202 PUT "/$c"
  http 400 PUT "/$c/x" -T "$FILES/small.txt" -H 'X-Delete-At: yesterday'
}

# All that touches the account's own metadata is in one lane: two at a time would see each other's.
lane_account() {
  local c=$RUN-account path url digest
  cd "$FILES" || return 1
  http 201 PUT "/$c"
  ok "swift upload" sorted swift upload "$c" small.txt kib
  ok "swift upload --object-name" swift upload --object-name dir/one "$c" kib

  quiet "swift post -m (account)" swift post -m 'Peer:one'
  http 204 HEAD ""
  ok "openstack object store account show" osc_account
  quiet "openstack object store account set" openstack object store account set --property Osc=two
  http 204 HEAD ""
  quiet "openstack object store account unset" openstack object store account unset --property Osc
  quiet "swift post -m (account, unset)" swift post -m 'Peer:'
  http 204 HEAD ""

  path=/v1/${STORAGE_URL##*/v1/}/$c/small.txt
  quiet "swift post Temp-URL-Key" swift post -m "Temp-URL-Key:$RUN-key"
  for digest in sha1 sha256 sha512; do
    url=$(swift tempurl --digest "$digest" GET 600 "$path" "$RUN-key")
    http 200 GET "$STORAGE_HOST$url"
    same "temp URL $digest gives the object" "$BODY" "$FILES/small.txt"
  done
  http 200 HEAD "$STORAGE_HOST$url"
  http 401 PUT "$STORAGE_HOST$url" -T "$FILES/kib"
  http 401 GET "$STORAGE_HOST${url/small.txt/kib}"
  url=$(swift tempurl PUT 600 "${path%small.txt}by-url" "$RUN-key")
  http 201 PUT "$STORAGE_HOST$url" -T "$FILES/kib"
  url=$(swift tempurl GET 600 "${path%small.txt}by-url" "$RUN-key")
  http 200 GET "$STORAGE_HOST$url&filename=other%20name"
  http 200 GET "$STORAGE_HOST$url&inline"
  url=$(swift tempurl --absolute GET 1000000000 "$path" "$RUN-key")
  http 401 GET "$STORAGE_HOST$url"
  url=$(swift tempurl --prefix-based GET 600 "${path%small.txt}dir/" "$RUN-key")
  http 200 GET "$STORAGE_HOST${url/\/dir\/?/\/dir\/one?}"
  quiet "swift post Temp-URL-Key (unset)" swift post -m 'Temp-URL-Key:'
}

lane_swift_acl() {
  local c=$1
  alt_http 403 GET "/$c/small.txt"
  refused "alt user: swift list before the ACL" as_alt swift --os-storage-url "$STORAGE_URL" list "$c"
  quiet "swift post --read-acl" swift post "$c" --read-acl "$ALT_PROJECT_ID:$ALT_USER_ID"
  ok "swift stat with the ACL" swift_stat "$c"
  ok "alt user: swift list" as_alt swift --os-storage-url "$STORAGE_URL" list --prefix dir/ "$c"
  ok "alt user: swift download" as_alt swift --os-storage-url "$STORAGE_URL" download "$c" small.txt -o -
  alt_http 403 PUT "/$c/by-alt" -T "$FILES/small.txt"
  quiet "swift post --write-acl" swift post "$c" --write-acl "$ALT_PROJECT_ID:*"
  alt_http 201 PUT "/$c/by-alt" -T "$FILES/small.txt"
  quiet "swift post public" swift post "$c" --read-acl '.r:*,.rlistings' --write-acl ''
  http 200 GET "$STORAGE_URL/$c/small.txt"
  http 200 GET "$STORAGE_URL/$c?prefix=dir/"
  quiet "swift post private" swift post "$c" --read-acl ''
  http 401 GET "$STORAGE_URL/$c/small.txt"
  alt_http 403 HEAD "/$c"
}

# As http, by the second tenant's user on the first one's account.
alt_http() {
  echo "-- as the second tenant"
  TOKEN=$ALT_TOKEN http "$@"
}

lane_swift_versions() {
  local c=$RUN-live old=$RUN-old i
  quiet "swift post (versions)" swift post "$old"
  quiet "swift post X-Versions-Location" swift post "$c" -H "X-Versions-Location: $old"
  ok "swift stat (versions)" swift_stat "$c"
  for i in one two three; do
    http 201 PUT "/$c/doc" -d "$i" -H 'Content-Type: text/plain'
  done
  ok "versions kept" swift list "$old"
  http 204 DELETE "/$c/doc"
  http 200 GET "/$c/doc"
  ok "versions kept" swift list "$old"
  http 204 DELETE "/$c/doc"
  http 204 DELETE "/$c/doc"
  http 404 GET "/$c/doc"
}

lane_swift_large() {
  local c=$RUN-large s=$RUN-segments out=$WORK/large-down file=$FILES/mib5.bin
  mkdir -p "$out"
  cd "$FILES" || return 1
  ok "swift upload --use-slo" sorted swift upload --use-slo -S 1048576 --segment-container "$s" "$c" mib5.bin
  ok "segments of the SLO" swift list "$s"
  ok "swift stat SLO" swift_stat "$c" mib5.bin
  quiet "swift download SLO" swift download "$c" mib5.bin -o "$out/slo"
  same "the SLO is the same" "$file" "$out/slo"
  http 200 HEAD "/$c/mib5.bin"
  http 206 GET "/$c/mib5.bin" -r 1048570-1048585
  http 206 GET "/$c/mib5.bin" -r -20
  http 200 GET "/$c/mib5.bin?multipart-manifest=get"
  json last_modified <"$BODY"
  http 200 GET "/$c?format=json"
  json last_modified <"$BODY"
  ok "swift upload --changed" sorted swift upload --use-slo --changed -S 1048576 --segment-container "$s" "$c" mib5.bin
  http 400 PUT "/$c/bad-slo?multipart-manifest=put" -d "[{\"path\": \"/$s/nowhere\"}]"
  http 201 PUT "/$c/own-slo?multipart-manifest=put" -d "[{\"path\": \"/$c/mib5.bin\", \"range\": \"5-14\"}]"
  http 200 GET "/$c/own-slo"
  ok "swift delete SLO" sorted swift delete "$c" mib5.bin own-slo
  ok "segments of the SLO, after" swift list "$s"

  # swift makes dynamic large objects where it is not asked for SLO.
  ok "swift upload --use-dlo" sorted swift upload --use-dlo -S 2000000 --segment-container "$s" "$c" mib5.bin
  ok "segments of the DLO" swift list "$s"
  ok "swift stat DLO" swift_stat "$c" mib5.bin
  quiet "swift download DLO" swift download "$c" mib5.bin -o "$out/dlo"
  same "the DLO is the same" "$file" "$out/dlo"
  http 206 GET "/$c/mib5.bin" -r 1999990-2000009
  ok "swift delete DLO" sorted swift delete "$c" mib5.bin
  ok "segments of the DLO, after" swift list "$s"
}
