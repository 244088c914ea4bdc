"""Tables of bench/peers.sh: report.py RUNS PEER..., where RUNS has PEER.SHAPE.ROUND.json by loadgen."""
import glob
import json
import statistics
import sys

SHAPES = ["depth-1", "depth-16", "open"]
PROXIES = ["twemproxy", "hedgerow-router"]
runs, peers = sys.argv[1], sys.argv[2:]


def read(peer, shape):
    found = [json.load(open(name)) for name in sorted(glob.glob(f"{runs}/{peer}.{shape}.*.json"))]
    found = [run for run in found if run["answers"] > 0]
    if not found:
        return None
    middle = lambda of: statistics.median(map(of, found))
    return {
        "rate": middle(lambda r: r["throughput"]),
        "cpu": middle(lambda r: r["serverCpuMicros"]),
        "low": min(r["serverCpuMicros"] for r in found),
        "high": max(r["serverCpuMicros"] for r in found),
        **{p: middle(lambda r, p=p: r["latency"][p]) for p in ("p50", "p99", "p99.9")},
        "bad": sum(r["failed"] + r["notSent"] for r in found),
    }


for shape in SHAPES:
    rows = {peer: row for peer in peers if (row := read(peer, shape))}
    print(f"## {shape}\n")
    print("| server | requests/s | p50 µs | p99 µs | p99.9 µs | CPU µs a request (low to high) | CPU by Redis's |"
          " p99 by Redis's | p99.9 by Redis's | failed |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    base = rows.get("redis")
    for peer, row in rows.items():
        cpu = f"{row['cpu']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        if peer in PROXIES:
            versus = rows.get("twemproxy")
            ratio = f"{row['cpu'] / versus['cpu']:.2f} of twemproxy's" if versus else ""
            print(f"| {peer} | | | | | {cpu} | {ratio} | | | {row['bad']} |")
            continue
        ratios = [f"{row[k] / base[k]:.2f}" if base and base[k] else "" for k in ("cpu", "p99", "p99.9")]
        print(f"| {peer} | {row['rate']:,.0f} | {row['p50']:.0f} | {row['p99']:.0f} | {row['p99.9']:.0f} | {cpu} | "
              + " | ".join(ratios) + f" | {row['bad']} |")
    print()
