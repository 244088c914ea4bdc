#!/usr/bin/env bash
# What hedging does to the tail: two leaves as processes, 4 shards x 2 replicas, so that one leaf is one
# replica of each shard; that one stalls 1 % of its answers by 100 ms. The same open-loop load of reads with hedging off
# and on: first with reads that prefer the topology's first replica (half of them the slow one), which shows hedging
# alone; then with the default, which also picks the better replica and so meets the stall less often. Passes when, with
# the first, p99.9 is at least 10 times lower for at most 3 % extra requests, and no read failed.
#
#   bash eng/tail-lab.sh [SECONDS] [RATE]          15 seconds, 2000 reads a second; results in bench/results/
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
seconds=${1:-15} rate=${2:-2000} port=17710 router=127.0.0.1:17700 keys=20000

build
write_topology 2 4 $port
say "two leaves and a router"
for n in 1 2; do start_leaf "leaf-$n" $((port + n - 1)) --memory 256MiB --leaf.faults; done
start_router 17700 17780
wait_ready $router

common=(--topology "$LAB/topology.json" --mix get=100 --keys $keys --values 100)
say "fill $keys entries"
loadgen "${common[@]}" --fill --rate "$rate" --duration 1s >/dev/null
hedgerow fault leaf-2 --delay-share 0.01 --delay 100ms --server $router
for order in preferred adaptive; do
  for hedge in off on; do
    say "$rate/s for ${seconds}s, replica order $order, hedging $hedge"
    loadgen "${common[@]}" --rate "$rate" --duration "${seconds}s" --warmup 5s --hedge $hedge --replica-order $order \
      --output "$LAB/$order-$hedge.json"
  done
done

mkdir -p bench/results
python3 - "$LAB" "$(machine)" "$(commit)" "$rate" bench/results/tail-lab <<'PY'
import json, sys
lab, machine, commit, rate, out = sys.argv[1:]
rounds, passed = [], True
with open(out + ".md", "w") as md:
    print("# One slow replica, hedging off and on (eng/tail-lab.sh)\n", file=md)
    print(f"{machine}; commit {commit}. 2 leaves, a router and the load generator as processes on it, 4 shards x 2 "
          f"replicas;\none leaf stalls 1 % of its answers by 100 ms; {rate} reads a second, open loop, latency from the "
          "intended send.\n", file=md)
    print("| replica order | hedging | reads | failed | p50 ms | p99 ms | p99.9 ms | max ms | extra requests |", file=md)
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", file=md)
    for n in ("preferred", "adaptive"):
        p999 = {}
        for hedge in ("off", "on"):
            report = json.load(open(f"{lab}/{n}-{hedge}.json"))
            row = next(r for r in report["operations"] if r["operation"] == "get")
            t, extra = row["response"], report["hedges"]["extraShare"]
            p999[hedge] = t["p99.9"]
            failed = row["failed"] + row["misses"]
            passed &= failed == 0 and (hedge == "off" or extra <= 0.03)
            times = " | ".join(f"{t[p] / 1000:.2f}" for p in ("p50", "p99", "p99.9", "max"))
            print(f"| {n} | {hedge} | {row['ok']} | {failed} | {times} | {extra:.2%} |", file=md)
            rounds.append({"replicaOrder": n, "hedging": hedge, "report": report})
        ratio = p999["off"] / p999["on"]
        passed &= n != "preferred" or ratio >= 10
        print(f"| {n} | off / on |  |  |  |  | {ratio:.1f} x |  |  |", file=md)
    print(f"\n{'Passed' if passed else 'FAILED'}: with the preferred order p99.9 at least 10 times lower, at most 3 % extra.", file=md)
json.dump({"machine": machine, "commit": commit, "passed": passed, "rounds": rounds}, open(out + ".json", "w"), indent=1)
print(open(out + ".md").read())
sys.exit(0 if passed else 1)
PY
