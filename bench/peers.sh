#!/usr/bin/env bash
# CPU, throughput and latency of one leaf beside the servers that are installed, and of a router beside twemproxy.
#
#   bash bench/peers.sh [ROUNDS] [SECONDS]        5 rounds of 4 seconds; results in bench/results/peers.md
#
# One server at a time works, alone on core 0; the generator (loadgen, the same for all) has core 1, and so have the
# servers behind a proxy. 90 % reads, 100-byte values, 500,000 keys chosen evenly, 32 connections. Closed loop with batches
# of 1 and of 16, and open loop at 30,000 requests a second (Poisson), whose latency counts from when a request was due.
# Peers take turns within a round, so that what else the machine does meets all; the median of the rounds is told.
# CPU is user + system time of the server's process by /proc/PID/stat. Run it when the machine has nothing else to do.
# PEERS="redis hedgerow-resp" measures only those.
source "$(dirname "${BASH_SOURCE[0]}")/../eng/lab.sh"
rounds=${1:-5} seconds=${2:-4} keys=500000 rate=30000
[ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null || die "needs two processors and taskset, to keep both sides apart"
command -v redis-server >/dev/null || die "needs redis-server (Debian: redis-server): every figure is told beside Redis's"

# Before the results are written over, which would make the checkout a changed one.
at=$(commit)
busy=$(cut -d ' ' -f 1 /proc/loadavg)
build
mkdir -p "$LAB/runs" bench/results
declare -A PORT=() PROTOCOL=() MEASURED=()
ORDER=()

# peer NAME PORT PROTOCOL CORE COMMAND...: starts it and takes it up; CORE 1 is for what stands behind a proxy.
start() {
  local name=$1 core=$2
  shift 2
  taskset -c "$core" "$@" >"$LAB/$name.log" 2>&1 &
  PIDS[$name]=$!
  disown
}
peer() {
  local name=$1 port=$2 protocol=$3 process=$4
  [ -z "${PEERS:-}" ] || [[ " redis $PEERS " == *" $name "* ]] || return 0
  for _ in $(seq 1 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      PORT[$name]=$port PROTOCOL[$name]=$protocol MEASURED[$name]=${PIDS[$process]}
      ORDER+=("$name")
      return 0
    fi
    sleep 0.2
  done
  tail -n 5 "$LAB/$process.log" >&2
  say "$name did not start; it is left out"
}
load() {
  local name=$1 mix=get=90,set=10
  shift
  # It knows requests by their length, which reads have in common.
  [ "$name" != ping ] || mix=get=1
  taskset -c 1 dotnet "$LOADGEN_DLL" --protocol "${PROTOCOL[$name]}" --server "127.0.0.1:${PORT[$name]}" --keys $keys \
    --keys-by uniform --values 100 --mix "$mix" --connections 32 --server-processes "${MEASURED[$name]}" "$@"
}
redis() { start "$1" "$2" redis-server --port "$3" --bind 127.0.0.1 --save "" --appendonly no; }

say "start"
redis redis 0 17910
peer redis 17910 resp redis
if command -v cc >/dev/null && cc -O2 -o "$LAB/ping" bench/peers/ping.c; then
  start ping 0 "$LAB/ping" 17911
  peer ping 17911 resp ping
fi
if command -v memcached >/dev/null; then
  user=()
  [ "$(id -u)" -ne 0 ] || user=(-u nobody)
  start memcached 0 memcached -l 127.0.0.1 -p 17912 -m 512 -t 1 "${user[@]}"
  peer memcached 17912 memcached memcached
fi
if command -v pogocache >/dev/null; then
  start pogocache 0 pogocache -p 17913 --threads 1
  peer pogocache 17913 resp pogocache
fi
if dotnet build bench/Garnet -c Release -v quiet -clp:NoSummary >"$LAB/garnet-build.log" 2>&1; then
  garnet=(dotnet bench/Garnet/bin/Release/net10.0/garnet-host.dll --bind 127.0.0.1 --memory 512m --index 64m)
  start garnet 0 "${garnet[@]}" --port 17914
  peer garnet 17914 resp garnet
  start garnet-inline 0 env DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 "${garnet[@]}" --port 17915
  peer garnet-inline 17915 resp garnet-inline
else
  say "Garnet could not be built (Microsoft.Garnet from NuGet); it is left out"
fi

text=()
if hedgerow leaf --help | grep -q memcached.listen; then text=(--memcached.listen 127.0.0.1:17922); fi
start hedgerow 0 dotnet "$SERVER_DLL" leaf --shards 0 --memory 512MiB --http off --listen 127.0.0.1:17920 \
  --resp.listen 127.0.0.1:17921 "${text[@]}"
peer hedgerow-resp 17921 resp hedgerow
[ ${#text[@]} -eq 0 ] || peer hedgerow-memcached 17922 memcached hedgerow
peer hedgerow-native 17920 native hedgerow

if command -v nutcracker >/dev/null; then
  redis behind-1 1 17930
  redis behind-2 1 17931
  printf 'pool:\n  listen: 127.0.0.1:17932\n  redis: true\n  hash: fnv1a_64\n  distribution: ketama\n  servers:\n' \
    >"$LAB/nutcracker.yml"
  printf '   - 127.0.0.1:17930:1\n   - 127.0.0.1:17931:1\n' >>"$LAB/nutcracker.yml"
  start twemproxy 0 nutcracker -c "$LAB/nutcracker.yml" -s 17933 -a 127.0.0.1
  peer twemproxy 17932 resp twemproxy
fi
leaves=() shards=()
for n in 1 2 3 4; do
  leaves+=("{\"id\":\"leaf-$n\",\"address\":\"127.0.0.1:$((17940 + n))\"}")
  shards+=("{\"replicas\":[\"leaf-$n\"]}")
done
(
  IFS=,
  printf '{"epoch":1,"placement":"jump","leaves":[%s],"shards":[%s]}\n' "${leaves[*]}" "${shards[*]}"
) >"$LAB/topology.json"
off=(--http off --resp.listen off)
[ ${#text[@]} -eq 0 ] || off+=(--memcached.listen off)
for n in 1 2 3 4; do
  start "leaf-$n" 1 dotnet "$SERVER_DLL" leaf --name "leaf-$n" --topology "$LAB/topology.json" --memory 256MiB \
    --listen "127.0.0.1:$((17940 + n))" "${off[@]}"
done
[ ${#text[@]} -eq 0 ] || text=(--memcached.listen off)
start router 0 dotnet "$SERVER_DLL" router --topology "$LAB/topology.json" --http off --listen 127.0.0.1:17945 \
  --resp.listen 127.0.0.1:17946 "${text[@]}"
peer hedgerow-router 17946 resp router

say "fill and warm up: ${ORDER[*]}"
for name in "${ORDER[@]}"; do
  # What compiles while it runs is to have done so: a few seconds of both shapes.
  fill=(--fill)
  [ "$name" != ping ] || fill=()
  load "$name" --closed --depth 16 "${fill[@]}" --warmup 4s --duration 100ms >/dev/null || die "$name fails under load"
  load "$name" --closed --depth 1 --warmup 3s --duration 100ms >/dev/null
done

for round in $(seq 1 "$rounds"); do
  say "round $round of $rounds"
  for name in "${ORDER[@]}"; do
    for shape in depth-1 depth-16 open; do
      case $shape in
        depth-*) how=(--closed --depth "${shape#depth-}") ;;
        open) how=(--rate $rate) ;;
      esac
      load "$name" "${how[@]}" --seed "$round" --warmup 500ms --duration "${seconds}s" \
        --output "$LAB/runs/$name.$shape.$round.json" >/dev/null || say "$name failed in $shape"
    done
  done
done

{
  echo "# One leaf beside its peers, and a router beside twemproxy (bench/peers.sh $rounds $seconds)"
  echo
  echo "$(machine); commit $at; load average before it $busy (above 1: noise). $(redis-server --version | sed -E 's/ sha.*//')$(
    ! command -v memcached >/dev/null || echo "; $(memcached -V)")$(
    ! command -v nutcracker >/dev/null || echo "; twemproxy $(nutcracker -V 2>&1 | sed -nE 's/.*-([0-9.]+).*/\1/p')")."
  echo
  echo "Each server alone on core 0, loadgen on core 1; 90 % reads, 100-byte values, $keys keys, 32 connections; median of"
  echo "$rounds rounds of ${seconds} s in turn. \`ping\` is bench/peers/ping.c: epoll, receive, send,"
  echo "and nothing else, for reads alone. \`open\` is an open loop at $rate a second. The two proxies have their servers on"
  echo "the generator's core, so only their CPU is told; twemproxy has two Redis behind it, the router four leaves."
  echo
  python3 bench/peers/report.py "$LAB/runs" "${ORDER[@]}"
} | tee bench/results/peers.md
