#!/usr/bin/env bash
# Processor time of the server for each small read (docs/decisions/0005-inline-completions.md): `serve` alone on one core,
# the load generator on another; with socket completions inline and not; no timing is judged.
#
#   bash eng/cpu-lab.sh [SECONDS] [RATE]           8 seconds, 10000 reads a second; results in bench/results/cpu-lab.md
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
seconds=${1:-8} rate=${2:-10000} server=127.0.0.1:17900
[ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null || die "needs two processors and taskset, to keep both sides apart"

build
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }

# measure NAME COMPLETIONS: a line of the table.
measure() {
  local name=$1 completions=$2 before after reads
  DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=$completions taskset -c 0 dotnet "$SERVER_DLL" serve --shards 4 \
    --replicas 1 --listen $server --http off --memory 256MiB >"$LAB/serve-$completions.log" 2>&1 &
  PIDS[serve]=$!
  disown
  wait_ready $server
  local load=(--server $server --connections 32 --keys 10000 --values 100 --mix get=1 --rate "$rate"
    --arrivals constant)
  taskset -c 1 dotnet "$LOADGEN_DLL" "${load[@]}" --fill --warmup 5s --duration 1s >/dev/null
  before=$(ticks "${PIDS[serve]}")
  # The generator's own first second is slow, so it warms up too; both spans are counted, at a constant rate.
  taskset -c 1 dotnet "$LOADGEN_DLL" "${load[@]}" --warmup 2s --duration "${seconds}s" --output "$LAB/load.json" >/dev/null
  after=$(ticks "${PIDS[serve]}")
  kill -9 "${PIDS[serve]}"
  unset "PIDS[serve]"
  python3 - "$LAB/load.json" "$name" $(((after - before) * 1000000 / $(getconf CLK_TCK))) $((rate * (seconds + 2))) <<'PY'
import json, sys
row = next(r for r in json.load(open(sys.argv[1]))["operations"] if r["operation"] == "get")
print(f"| {sys.argv[2]} | {int(sys.argv[3]) / int(sys.argv[4]):.1f} | {row['ok']} | {row['failed']} |")
PY
}

say "$rate reads a second for ${seconds}s, each way"
mkdir -p bench/results
{
  echo "# Processor time of the server for a small read (eng/cpu-lab.sh)"
  echo
  echo "$(machine); commit $(commit). \`serve\` on core 0, loadgen on core 1 with 32 connections; open loop, $rate reads a second of 100 bytes."
  echo
  echo "| socket completions | server CPU µs a read | reads | failed |"
  echo "| --- | --- | --- | --- |"
  measure "inline (as it comes)" 1
  measure "on the thread pool" 0
} | tee bench/results/cpu-lab.md
