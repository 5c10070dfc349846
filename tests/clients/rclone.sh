# shellcheck shell=bash
# The lane of rclone, configured by environment alone. Sourced by script.sh.
# shellcheck disable=SC2153  # RUN and WORK come from script.sh

rclone_json() { rclone lsjson "$@" | json ModTime; }
rclone_cat() { rclone cat "$@" | md5sum; }

lane_rclone() {
  export RCLONE_CONFIG=$WORK/rclone.conf RCLONE_CONFIG_K5_TYPE=swift RCLONE_CONFIG_K5_ENV_AUTH=true
  export RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1 RCLONE_CONFIG_K5_CHUNK_SIZE=1Mi
  : >"$RCLONE_CONFIG"
  local c=k5:$RUN-rclone back=$WORK/rclone-back
  mkdir -p "$back"

  quiet "rclone mkdir" rclone mkdir "$c"
  ok "rclone lsd" rclone_lsd
  quiet "rclone sync up" rclone sync "$FILES/tree" "$c/tree"
  ok "rclone lsjson -R --hash" rclone_json -R --hash "$c/tree"
  ok "rclone lsf with times" rclone lsf -R --format tps "$c/tree"
  quiet "rclone check --download" rclone check --download "$FILES/tree" "$c/tree"
  quiet "rclone check" rclone check "$FILES/tree" "$c/tree"
  ok "segments of the large file" rclone lsf -R --format ps "k5:$RUN-rclone_segments"
  quiet "rclone sync down" rclone sync "$c/tree" "$back/tree"
  quiet "trees are the same" diff -r "$FILES/tree" "$back/tree"
  # A second sync finds nothing to do; after a change, one file.
  cp -a "$FILES/tree" "$WORK/tree2"
  ok "rclone sync again" rclone_sync_log "$WORK/tree2" "$c/tree"
  printf 'changed' >"$WORK/tree2/a.txt"
  touch -d '@1600000100' "$WORK/tree2/a.txt"
  rm "$WORK/tree2/b.bin"
  ok "rclone sync a change" rclone_sync_log "$WORK/tree2" "$c/tree"
  touch -d '@1600000200' "$WORK/tree2/a.txt"
  ok "rclone sync a time" rclone_sync_log "$WORK/tree2" "$c/tree"
  ok "rclone lsf after sync" rclone lsf -R --format ps "$c/tree"
  refused "rclone check finds a difference" rclone_check_names "$FILES/tree" "$c/tree"

  quiet "rclone copyto" rclone copyto "$FILES/small.txt" "$c/one file.txt"
  quiet "rclone copyto within the server" rclone copyto "$c/one file.txt" "$c/copies/ünï %41 #?.txt"
  quiet "rclone moveto" rclone moveto "$c/one file.txt" "$c/moved.txt"
  quiet "rclone copyto a large file within the server" rclone copyto "$c/tree/large.bin" "$c/large copy"
  ok "rclone cat" rclone cat "$c/moved.txt"
  ok "rclone cat --offset --count" rclone cat --offset 7 --count 5 "$c/moved.txt"
  ok "rclone cat of the large copy" rclone_cat "$c/large copy"
  ok "rclone rcat, short" rclone_rcat "$FILES/small.txt" "$c/piped short"
  ok "rclone rcat, long" rclone_rcat "$FILES/mib5.bin" "$c/piped long"
  ok "rclone lsf" rclone lsf --format ps "$c"
  ok "rclone size" rclone size --json "$c"
  ok "rclone hashsum" rclone hashsum MD5 "$c/copies"
  quiet "rclone touch" rclone touch -t 2020-02-02T02:02:02 --no-create "$c/moved.txt"
  ok "rclone lsl" rclone lsf --format tp --files-only "$c" --include moved.txt
  quiet "rclone copy down" rclone copy "$c" "$back/all" --include 'piped*'
  same "rcat short came back" "$FILES/small.txt" "$back/all/piped short"
  same "rcat long came back" "$FILES/mib5.bin" "$back/all/piped long"
  quiet "rclone move" rclone move "$c/copies" "$c/elsewhere"
  quiet "rclone deletefile" rclone deletefile "$c/piped long"
  quiet "rclone delete --include" rclone delete "$c" --include 'piped*'
  ok "rclone tree left" rclone lsf -R --format ps "$c"
  ok "segments left" rclone lsf -R --format ps "k5:$RUN-rclone_segments"
  ok "rclone cat of nothing is empty" rclone cat "$c/nowhere"
  quiet "rclone purge" rclone purge "$c"
  quiet "rclone purge segments" rclone purge "k5:$RUN-rclone_segments"
  refused "rclone lsf a purged container" rclone_quiet_errors lsf "$c"
}

rclone_lsd() { rclone lsf k5: | grep "^$RUN-rclone"; }
# What rclone did, from its log: times and the order of parallel transfers are not part of it.
rclone_sync_log() {
  rclone sync -v "$1" "$2" 2>"$WORK/rclone.log" || return
  sed -nE 's/^.*INFO +: (.*: (Copied|Deleted|Updated).*)$/\1/p' "$WORK/rclone.log" | sort
}
rclone_check_names() { rclone check "$1" "$2" --combined - 2>/dev/null | sort; return "${PIPESTATUS[0]}"; }
rclone_rcat() { rclone rcat --streaming-upload-cutoff 100k "$2" <"$1" && rclone_cat "$2"; }
rclone_quiet_errors() { rclone "$@" 2>&1 | sed -nE 's/^.*(ERROR|Failed)[^:]*: */\1: /p' | sort; return "${PIPESTATUS[0]}"; }
