#!/usr/bin/env bash
# Search as one types over Open English WordNet (../shared/data/wordnet-en, 107,525 entries): `serve` alone on one core,
# the load generator on another types the entries' own words, letter by letter, a tenth of them with a wrong letter.
# The floor is a p99 below 5 ms at 100 letters a second.
#
#   bash bench/instant.sh [SECONDS] [RATE] [native|http]     20 seconds, 100 a second, native; results in bench/results/instant.md
#   WARMUP=3s bash bench/instant.sh          so much typing before it is measured (40s): a server that was just started
#   READY_TO_RUN=1 bash bench/instant.sh     the server published with machine code (dotnet publish -p:ReadyToRun=true)
source "$(dirname "${BASH_SOURCE[0]}")/../eng/lab.sh"
seconds=${1:-20} rate=${2:-100} protocol=${3:-native} server=127.0.0.1:17950 http=127.0.0.1:17951
data=../shared/data/wordnet-en/synsets.jsonl.gz
[ -f "$data" ] || { echo "needs $data, which is not here" >&2; exit 1; }
[ "$(nproc)" -ge 2 ] && command -v taskset >/dev/null || die "needs two processors and taskset, to keep both sides apart"

warmup=${WARMUP:-40s} form="compiled as it runs"
build
if [ -n "${READY_TO_RUN:-}" ]; then
  say "publish with machine code"
  dotnet publish src/Server -c Release -p:ReadyToRun=true -o "$LAB/published" -v quiet
  SERVER_DLL=$LAB/published/hedgerow.dll form="published with machine code"
fi
cat >"$LAB/schema.json" <<'JSON'
{"fields": [{"name": "lemmas", "type": "text", "instant": true}, {"name": "definition", "type": "text", "instant": true},
            {"name": "pos", "type": "keyword"}]}
JSON
zcat "$data" | python3 -c '
import json, random, sys
lemmas = [lemma for line in sys.stdin for lemma in json.loads(line)["lemmas"]]
random.Random(1).shuffle(lemmas)
print("\n".join(lemmas[:20000]))' >"$LAB/titles.txt"
cat >"$LAB/workload.json" <<JSON
{"name": "wordnet-as-you-type", "operations": {"instant": 1},
 "search": {"collection": "wordnet", "queriesFile": "$LAB/titles.txt", "asYouType": true, "typos": 0.1,
            "fields": ["lemmas", "definition"]}}
JSON

taskset -c 0 dotnet "$SERVER_DLL" serve --shards "${SHARDS:-1}" --replicas 1 --listen $server --http $http \
  --memory 256MiB >"$LAB/serve.log" 2>&1 &
PIDS[serve]=$!
disown
wait_ready $server
say "import"
taskset -c 1 dotnet "$SERVER_DLL" import "$data" --collection wordnet --schema "$LAB/schema.json" --server $server \
  >"$LAB/import.log" 2>&1 || { tail -5 "$LAB/import.log" >&2; die "the import failed"; }
target=$server
[ "$protocol" = http ] && target=$http
load=(--workload "$LAB/workload.json" --protocol "$protocol" --server "$target" --connections 8 --rate "$rate" --seed 7)
say "type at $rate a second"
taskset -c 1 dotnet "$LOADGEN_DLL" "${load[@]}" --warmup "$warmup" --duration "${seconds}s" --output "$LAB/load.json" >"$LAB/load.log" 2>&1 ||
  { tail -5 "$LAB/load.log" >&2; die "the load failed"; }
mkdir -p bench/results
python3 - "$LAB/load.json" "$(machine); commit $(commit)" "$protocol" "${SHARDS:-1}" "$rate" "$seconds" "$warmup" "$form" <<'PY' | tee bench/results/instant.md
import json, sys
row = next(r for r in json.load(open(sys.argv[1]))["operations"] if r["operation"] == "instant")
times = row["response"]  # from when each letter was due, so that a stall counts for all that waited
machine, protocol, shards, rate, seconds, warmup, form = sys.argv[2:]
p50, p99, p999 = (times[key] / 1e3 for key in ("p50", "p99", "p99.9"))
print("# Search as one types (bench/instant.sh)\n")
print(f"{machine}. Open English WordNet, 107,525 entries, {shards} shards; `serve` on core 0, loadgen on core 1 by {protocol}; "
      f"open loop, {rate} letters a second for {seconds} s after {warmup}, server {form}; a tenth of the texts with a wrong letter, ten hits with marked words.\n")
print("| letters | failed | p50 | p99 | p99.9 | floor |")
print("| --- | --- | --- | --- | --- | --- |")
verdict = "met" if p99 < 5 and row["failed"] == 0 else "MISSED"
print(f"| {row['ok']} | {row['failed']} | {p50:.2f} ms | {p99:.2f} ms | {p999:.2f} ms | p99 below 5 ms: {verdict} |")
PY
