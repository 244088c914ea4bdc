# Shared by the labs (sourced, not run): builds, starts leaves and a router as processes, and ends them with the script.
# Run them when the machine has nothing else to do: a busy one has a tail of its own.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 HEDGEROW__RESP__LISTEN=off HEDGEROW__MEMCACHED__LISTEN=off
LAB=$(mktemp -d)
declare -A PIDS=()
SERVER_DLL=src/Server/bin/Release/net10.0/hedgerow.dll
LOADGEN_DLL=loadgen/bin/Release/net10.0/loadgen.dll

say() { printf '== %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# End exactly the processes that this script started.
finish() {
  for pid in "${PIDS[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$LAB"
}
trap finish EXIT

build() {
  command -v python3 >/dev/null || die "the reports of the labs are made with python3, which is not on the PATH"
  say "build (Release)"
  dotnet build src/Server -c Release -v quiet -clp:NoSummary
  dotnet build loadgen -c Release -v quiet -clp:NoSummary
}

hedgerow() { dotnet "$SERVER_DLL" "$@"; }
loadgen() { dotnet "$LOADGEN_DLL" "$@"; }

# write_topology LEAVES SHARDS FIRST_PORT [REPLICAS STEP]: that many replicas of every shard (2), going round the leaves;
# the first of a shard is STEP (1) leaves behind that of the shard before.
write_topology() {
  local leaves=$1 shards=$2 port=$3 replicas=${4:-2} step=${5:-1} n r list=() held=() held_by
  for n in $(seq 1 "$leaves"); do list+=("{\"id\":\"leaf-$n\",\"address\":\"127.0.0.1:$((port + n - 1))\"}"); done
  for n in $(seq 0 $((shards - 1))); do
    held_by=()
    for r in $(seq 0 $((replicas - 1))); do held_by+=("\"leaf-$(((n * step + r) % leaves + 1))\""); done
    held+=("{\"replicas\":[$(IFS=, && echo "${held_by[*]}")]}")
  done
  (
    IFS=,
    printf '{"epoch":1,"placement":"jump","leaves":[%s],"shards":[%s]}\n' "${list[*]}" "${held[*]}"
  ) >"$LAB/topology.json"
}

# start_leaf ID PORT [FLAGS]
start_leaf() {
  local id=$1 port=$2
  shift 2
  dotnet "$SERVER_DLL" leaf --name "$id" --topology "$LAB/topology.json" --listen "127.0.0.1:$port" --http off \
    --data "$LAB/$id" "$@" >>"$LAB/$id.log" 2>&1 &
  PIDS[$id]=$!
  disown
}

# start_router PORT HTTP_PORT [FLAGS]
start_router() {
  local port=$1 http=$2
  shift 2
  dotnet "$SERVER_DLL" router --topology "$LAB/topology.json" --listen "127.0.0.1:$port" --http "127.0.0.1:$http" \
    "$@" >>"$LAB/router.log" 2>&1 &
  PIDS[router]=$!
  disown
}

# wait_ready SERVER: every leaf of the topology is ready, or the logs are shown.
wait_ready() {
  for _ in $(seq 1 100); do
    if hedgerow status --ready --server "$1" >/dev/null 2>&1; then return 0; fi
    sleep 0.3
  done
  tail -n 20 "$LAB"/*.log >&2
  die "the cluster did not get ready"
}

# machine: one line for reports.
machine() {
  local cpu
  cpu=$(sed -nE 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
  echo "$(nproc) x ${cpu:-unknown processor}, $(free -g 2>/dev/null | awk '/^Mem/ {print $2}') GiB, $(uname -sr), .NET $(dotnet --version)"
}

commit() { git describe --always --dirty --abbrev=12; }
