#!/usr/bin/env bash
# Processor time of a router hop (docs/decisions/0008-router-hop.md): `router` before four leaves, and nutcracker
# (twemproxy) before four Redis servers, in the same run. The proxy alone is on core 0, all else on core 1.
#
#   bash eng/hop-lab.sh [ROUNDS]                    3 rounds; results in bench/results/hop-lab.md
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
rounds=${1:-3} native=17910 resp=17901 proxy=17902 redis=17940 stats=17903
[ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null || die "needs two processors and taskset, to keep both sides apart"
for tool in nutcracker redis-server redis-benchmark redis-cli; do
  command -v "$tool" >/dev/null || die "needs $tool (Debian: redis-server, redis-tools, nutcracker)"
done

dotnet build src/Server -c Release -v quiet -clp:NoSummary
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
load() { taskset -c 1 redis-benchmark -p "$1" -t "$2" -P "$3" -c 32 -n "$4" -r 10000 -d 100 -q >/dev/null 2>&1; }

start_all() {
  local n list=() held=()
  for n in 1 2 3 4; do
    list+=("{\"id\":\"leaf-$n\",\"address\":\"127.0.0.1:$((native + n))\"}")
    held+=("{\"replicas\":[\"leaf-$n\"]}")
  done
  (
    IFS=,
    printf '{"epoch":1,"placement":"jump","leaves":[%s],"shards":[%s]}\n' "${list[*]}" "${held[*]}"
  ) >"$LAB/topology.json"
  {
    printf 'pool:\n  listen: 127.0.0.1:%s\n  hash: fnv1a_64\n  distribution: ketama\n  redis: true\n' $proxy
    printf '  servers:\n'
    for n in 1 2 3 4; do printf '   - 127.0.0.1:%s:1\n' $((redis + n)); done
  } >"$LAB/nutcracker.yml"
  for n in 1 2 3 4; do
    taskset -c 1 dotnet "$SERVER_DLL" leaf --name "leaf-$n" --topology "$LAB/topology.json" --memory 128MiB \
      --listen "127.0.0.1:$((native + n))" --http off >"$LAB/leaf-$n.log" 2>&1 &
    PIDS[leaf-$n]=$!
    disown
    taskset -c 1 redis-server --port $((redis + n)) --save '' --appendonly no >"$LAB/redis-$n.log" 2>&1 &
    PIDS[redis-$n]=$!
    disown
  done
  HEDGEROW__RESP__LISTEN=127.0.0.1:$resp taskset -c 0 dotnet "$SERVER_DLL" router --topology "$LAB/topology.json" \
    --listen 127.0.0.1:$native --http off >"$LAB/router.log" 2>&1 &
  PIDS[hedgerow]=$!
  disown
  taskset -c 0 nutcracker -c "$LAB/nutcracker.yml" -s $stats -o "$LAB/nutcracker.log" >/dev/null 2>&1 &
  PIDS[nutcracker]=$!
  disown
  wait_ready 127.0.0.1:$native
}

# micros NAME PORT DEPTH REQUESTS: processor time of the proxy for each request.
micros() {
  local before after
  before=$(ticks "${PIDS[$1]}")
  load "$2" get "$3" "$4"
  after=$(ticks "${PIDS[$1]}")
  python3 -c "print(f'{($after - $before) * 1e6 / $(getconf CLK_TCK) / $4:.2f}')"
}

start_all
say "warm up"
for port in $resp $proxy; do
  load $port set 16 200000
  for _ in 1 2 3; do
    load $port get 16 400000
    load $port get 1 60000
  done
done

mkdir -p bench/results
{
  echo "# Processor time of a router hop (eng/hop-lab.sh)"
  echo
  echo "$(machine); commit $(commit). GET of 100 bytes, 32 connections; the proxy on core 0, four leaves or four Redis"
  echo "servers and redis-benchmark on core 1; processor µs of the proxy a request, round by round."
  echo
  echo "| depth | hedgerow router | nutcracker | ratio |"
  echo "| --- | --- | --- | --- |"
  for depth in 1 16; do
    for _ in $(seq "$rounds"); do
      requests=$((depth == 1 ? 150000 : 1000000))
      ours=$(micros hedgerow $resp "$depth" $requests)
      theirs=$(micros nutcracker $proxy "$depth" $requests)
      echo "| $depth | $ours | $theirs | $(python3 -c "print(f'{$ours / $theirs:.2f}')") |"
    done
  done
} | tee bench/results/hop-lab.md
