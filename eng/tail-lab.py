"""The runs of eng/tail-lab.sh: finds the capacity, loads, injects faults, judges, writes the page and its plots."""
import argparse
import json
import os
import signal
import subprocess
import threading
import time

INTERVAL = 0.25  # seconds of the stretches that loadgen tells of
NORMAL_RATIO, NORMAL_SLACK_US = 2.0, 1000.0  # p99 is normal again at twice what it was before, or within a millisecond
SETTLE = 1.0  # seconds within which it must be

options = argparse.ArgumentParser()
for name in ("lab", "server", "loadgen", "machine", "commit", "load"):
    options.add_argument("--" + name, required=True)
options.add_argument("--pids", nargs="+", required=True)
options.add_argument("--quick", action="store_true")
given = options.parse_args()
LAB, QUICK = given.lab, given.quick
PIDS = {leaf: int(pid) for leaf, pid in (pair.split("=") for pair in given.pids)}
TOPOLOGY, PROXIED = f"{LAB}/topology.json", f"{LAB}/topology-proxied.json"
VICTIM, FIRST = "leaf-1", ["leaf-1", "leaf-4", "leaf-7", "leaf-10"]  # the first replica of a shard, and of each shard
PROXY_PORT = 17690
LEVELS = [0.3] if QUICK else [0.3, 0.7]
# Each run is a new generator with the router in it: for its first seconds it compiles, on the processors of the leaves.
WARMUP, BEFORE, FAULT, AFTER = (4, 2, 2, 2) if QUICK else (8, 3, 5, 3)
STEADY_SECONDS = 4 if QUICK else 6
HOLD = 4 if QUICK else 10  # seconds for which a rate has to keep its objective to be what the cluster can do
# What "can do" means when the capacity is looked for.
CAPACITY = {"get": "p99<50ms,errors<0.1%", "search": "p99<200ms,errors<0.1%"}
LOADS = {
    "get": ["--mix", "get=1", "--keys", "20000", "--values", "100", "--keys-by", "zipf:0.99"],
    "search": ["--workload", "search-as-you-type"],
}
out = "artifacts/tail-lab" if QUICK else "docs/tail-lab"
os.makedirs(out, exist_ok=True)
extra_pids = []
runs, checks = [], []


def ticks(pids):
    """User and system time of processes, in seconds."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def hedgerow(*arguments):
    return subprocess.run(
        ["dotnet", given.server, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def common(load, rate, seconds, hedge, order, topology):
    return ["dotnet", given.loadgen, "--topology", topology, *LOADS[load], "--rate", f"{rate:.0f}", "--warmup",
            f"{WARMUP}s", "--duration", f"{seconds}s", "--interval", f"{INTERVAL}s", "--hedge", hedge,
            "--replica-order", order, "--timeout", "5s"]


def run(name, load, level, rate, seconds, hedge="on", order="adaptive", topology=TOPOLOGY, fault=None):
    """One run of loadgen; a fault begins and ends at seconds of its counted time."""
    file = f"{LAB}/{name}.json"
    process = subprocess.Popen(
        [*common(load, rate, seconds, hedge, order, topology), "--live", "on", "--output", file],
        stdout=subprocess.PIPE, text=True)
    events, used = [], []
    steps = list(fault or [])
    # A killed leaf takes its time along; processor time is only compared in runs without faults.
    busy = [] if fault else [*PIDS.values(), process.pid]
    for line in process.stdout:
        words = line.split()
        if len(words) < 3 or words[1] != "s" or not words[2].endswith("/s") or line.rstrip().endswith("(warm-up)"):
            continue
        at = float(words[0])
        used.append((at, ticks(busy)))
        while steps and at >= WARMUP + steps[0][0] - 0.01:
            step = steps.pop(0)
            step[2]()
            events.append((step[1], at))
    if process.wait() != 0:
        raise SystemExit(f"FAILED: loadgen ended with {process.returncode} in {name}")
    with open(file) as text:
        report = json.load(text)
    (first, since), (last, until) = used[0], used[-1]
    cpu = (until - since) / (last - first) * seconds
    bad = sum(o["failed"] + o["misses"] + o["partial"] for o in report["operations"])
    result = {"name": name, "load": load, "level": level, "rate": rate, "hedging": hedge, "order": order, "file": file,
              "answers": report["answers"], "bad": bad, "latency": report["latency"], "events": events,
              "extraShare": report["hedges"]["extraShare"], "warning": report.get("warning"),
              "cpuMicros": cpu * 1e6 / max(1, report["answers"]),
              "errors": {o["operation"]: o["errors"] for o in report["operations"] if o["errors"]}}
    runs.append(result)
    took = result["latency"]
    print(f"   {name:34} p50 {took['p50'] / 1e3:8.2f}  p99 {took['p99'] / 1e3:8.2f}  p99.9 {took['p99.9'] / 1e3:8.2f} ms"
          f"  {result['answers']:7} answers, {bad} failed, {result['extraShare']:.2%} extra", flush=True)
    return result


def check(floor, load, level, is_met, figure):
    checks.append({"floor": floor, "load": load, "level": level, "isMet": bool(is_met), "figure": figure})
    print(f"   {'met   ' if is_met else 'MISSED'} {load} at {level:.0%}: {floor}: {figure}", flush=True)


def pooled_p99(file, start, end):
    """p99 in µs of what was answered between two times of a run, by loadgen itself."""
    text = subprocess.run(
        ["dotnet", given.loadgen, "window", file, "--from", f"{start}s", "--to", f"{end}s", "--json"], check=True,
        stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text)["p99"]


def settled(result, spans):
    """Whether p99 is normal in each span (name, from, to) of the run, in seconds from its start."""
    # A machine that was disturbed just before the fault must not make the fault look small.
    quiet = [r["latency"]["p99"] for r in runs if "-none-on" in r["name"] and r["rate"] == result["rate"]]
    normal = min([pooled_p99(result["file"], WARMUP, spans[0][1] - SETTLE), *quiet])
    allowed = max(NORMAL_RATIO * normal, normal + NORMAL_SLACK_US)
    parts, is_met = [], True
    for name, start, end in spans:
        p99 = pooled_p99(result["file"], start, end)
        is_met &= p99 <= allowed
        parts.append(f"{p99 / 1e3:.2f} ms {name}")
    return is_met, f"{normal / 1e3:.2f} ms without it, " + ", ".join(parts)


def judge_fault(what, result, load, level, seconds):
    check(f"{what}: no failed read", load, level, result["bad"] == 0, f"{result['bad']} of {result['answers']} failed"
          + (f" {result['errors']}" if result["errors"] else ""))
    onset = result["events"][0][1]
    end = result["events"][1][1] if len(result["events"]) > 1 else None
    stop = WARMUP + seconds
    spans = [("during it, from 1 s on", onset + SETTLE, end or stop)]
    if end:
        spans.append(("after it, from 1 s on", end + SETTLE, stop))
    spans = [span for span in spans if span[2] - span[1] >= 2 * INTERVAL]
    is_met, figure = settled(result, spans)
    check(f"{what}: p99 normal within 1 s", load, level, is_met, figure)


class Slowness:
    """A process that works one millisecond of ten: stopped and continued in turn."""

    def __init__(self, pid):
        self.pid, self.stopping = pid, threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def start(self):
        self.thread.start()

    def work(self):
        while not self.stopping.is_set():
            os.kill(self.pid, signal.SIGSTOP)
            time.sleep(0.009)
            os.kill(self.pid, signal.SIGCONT)
            time.sleep(0.001)

    def stop(self):
        self.stopping.set()
        self.thread.join()
        os.kill(self.pid, signal.SIGCONT)


def fill():
    """Writes the entries that the load of gets reads."""
    subprocess.run(
        ["dotnet", given.loadgen, "--topology", TOPOLOGY, *LOADS["get"], "--fill", "--timeout", "30s", "--rate", "100",
         "--warmup", "0s", "--duration", "100ms", "--live", "off"], check=True, stdout=subprocess.DEVNULL)


def restart(leaf):
    """Starts a killed leaf again, and waits until it is ready. It comes back without entries."""
    port = 17710 + int(leaf.split("-")[1]) - 1
    with open(f"{LAB}/{leaf}.log", "a") as log:
        process = subprocess.Popen(
            ["dotnet", given.server, "leaf", "--name", leaf, "--topology", TOPOLOGY, "--listen", f"127.0.0.1:{port}",
             "--http", "off", "--data", f"{LAB}/{leaf}", "--memory", "64MiB", "--leaf.faults"], stdout=log, stderr=log)
    PIDS[leaf] = process.pid
    extra_pids.append(process)
    for _ in range(100):
        ready = subprocess.run(
            ["dotnet", given.server, "status", "--ready", "--server", TOPOLOGY], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        if ready.returncode == 0:
            return
        time.sleep(0.2)
    raise SystemExit(f"FAILED: {leaf} did not get ready again")


def start_proxy():
    with open(TOPOLOGY) as text:
        topology = json.load(text)
    leaf = next(one for one in topology["leaves"] if one["id"] == VICTIM)
    target, leaf["address"] = leaf["address"], f"127.0.0.1:{PROXY_PORT}"
    with open(PROXIED, "w") as text:
        json.dump(topology, text)
    proxy = subprocess.Popen(
        ["dotnet", given.loadgen, "proxy", "--good", "--listen", f"127.0.0.1:{PROXY_PORT}", "--target", target, "--loss",
         "2%", "--jitter", "20ms"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    extra_pids.append(proxy)
    proxy.stdout.readline()
    return proxy


def tell(proxy, word):
    proxy.stdin.write(word + "\n")
    proxy.stdin.flush()


def capacity(load):
    """The highest rate at which nearly all is answered soon, for as long as a run here takes."""
    file = f"{LAB}/capacity-{load}.json"
    step = "1s" if QUICK else "2s"
    subprocess.run(
        ["dotnet", given.loadgen, "--topology", TOPOLOGY, *LOADS[load], "--ramp", "--objective", CAPACITY[load], "--rate", "1000" if load == "get" else "50",
         "--step", step, "--warmup", "2s", "--duration", "1s", "--live", "off", "--output", file], stdout=subprocess.DEVNULL)
    if not os.path.exists(file):
        raise SystemExit(f"FAILED: loadgen could not measure the capacity for {load}")
    with open(file) as text:
        best = json.load(text)["ramp"]["best"]
    # The ramp's steps are short: what only just keeps its objective in them has a queue that still grows.
    while best >= 1 and not holds(load, best):
        best *= 0.85
    if best < 1:
        raise SystemExit(f"FAILED: no rate of {load} keeps {CAPACITY[load]} on this machine now")
    print(f"== {load}: {best:.0f} a second keep {CAPACITY[load]} for {HOLD} s", flush=True)
    return best


def holds(load, rate):
    """Whether a rate keeps its objective over a whole run."""
    ended = subprocess.run(
        ["dotnet", given.loadgen, "--topology", TOPOLOGY, *LOADS[load], "--rate", f"{rate:.0f}", "--objective",
         CAPACITY[load], "--warmup", "2s", "--duration", f"{HOLD}s", "--live", "off"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ended.returncode == 0


def without_faults(load, level, rate, tag):
    """Off, on, on, off, so that what drifts meets both alike."""
    order = [("off", 1), ("on", 1), ("on", 2), ("off", 2)]
    pair = {f"{hedge}{n}": run(f"{tag}-none-{hedge}{n}", load, level, rate, STEADY_SECONDS, hedge) for hedge, n in order}
    cpu = {hedge: sum(pair[f"{hedge}{n}"]["cpuMicros"] for n in (1, 2)) / 2 for hedge in ("off", "on")}
    more = cpu["on"] / cpu["off"] - 1
    check("no fault: hedging costs at most 2 % CPU", load, level, more <= 0.02,
          f"{cpu['off']:.1f} µs off, {cpu['on']:.1f} µs on ({more:+.1%}) a request, leaves and generator")
    verdicts = []
    for n in (1, 2):
        text = subprocess.run(["dotnet", given.loadgen, "compare", pair[f"off{n}"]["file"], pair[f"on{n}"]["file"],
                               "--json"], stdout=subprocess.PIPE, text=True).stdout
        verdicts += [d["verdict"] for d in json.loads(text) if d["figure"] == "p99"]
    p99 = {key: one["latency"]["p99"] / 1e3 for key, one in pair.items()}
    # Where there are too few requests for the comparison, by the figures themselves.
    is_met = "Worse" not in verdicts and (
        "TooFew" not in verdicts or p99["on1"] + p99["on2"] <= 1.1 * (p99["off1"] + p99["off2"]))
    check("no fault: hedging does not worsen p99", load, level, is_met,
          f"{p99['off1']:.2f} and {p99['off2']:.2f} ms off, {p99['on1']:.2f} and {p99['on2']:.2f} ms on ({', '.join(verdicts)})")
    check("no fault: no failed read", load, level, all(one["bad"] == 0 for one in pair.values()),
          f"{sum(one['bad'] for one in pair.values())} failed")


def stalls(load, level, rate, tag):
    for leaf in FIRST:
        hedgerow("fault", leaf, "--delay-share", "0.01", "--delay", "100ms", "--server", TOPOLOGY)
    off = run(f"{tag}-stall-off", load, level, rate, STEADY_SECONDS, "off", "preferred")
    on = run(f"{tag}-stall-on", load, level, rate, STEADY_SECONDS, "on", "preferred")
    usual = run(f"{tag}-stall-usual", load, level, rate, STEADY_SECONDS)
    for leaf in FIRST:
        hedgerow("fault", leaf, "--heal", "--server", TOPOLOGY)
    ratio = off["latency"]["p99.9"] / on["latency"]["p99.9"]
    check("1 % late by 100 ms: p99.9 at least 20 x lower with hedging", load, level, ratio >= 20,
          f"{off['latency']['p99.9'] / 1e3:.2f} ms off, {on['latency']['p99.9'] / 1e3:.2f} ms on: {ratio:.1f} x")
    for one, name in ((on, ""), (usual, ", default replica order")):
        check(f"1 % late by 100 ms: at most 3 % extra requests{name}", load, level, one["extraShare"] <= 0.03,
              f"{one['extraShare']:.2%}")
    bad = sum(one["bad"] for one in (off, on, usual))
    check("1 % late by 100 ms: no failed read", load, level, bad == 0, f"{bad} failed")
    for hedge, one in (("off", off), ("on", on)):
        one["label"] = f"hedging {hedge}"
    plot(f"{tag}-stall", "percentiles", [off, on])


def faults(load, level, rate, tag, proxy):
    def pid():
        return PIDS[VICTIM]

    seconds = BEFORE + FAULT + AFTER
    result = run(f"{tag}-pause", load, level, rate, seconds, fault=[
        (BEFORE, "paused", lambda: os.kill(pid(), signal.SIGSTOP)),
        (BEFORE + FAULT, "continued", lambda: os.kill(pid(), signal.SIGCONT))])
    judge_fault(f"one replica paused {FAULT} s", result, load, level, seconds)
    plot(f"{tag}-pause", "time", [result])

    slow = Slowness(pid())
    result = run(f"{tag}-slow", load, level, rate, seconds, fault=[
        (BEFORE, "slow", slow.start), (BEFORE + FAULT, "well", slow.stop)])
    judge_fault("one replica at a tenth of its speed", result, load, level, seconds)
    plot(f"{tag}-slow", "time", [result])

    result = run(f"{tag}-network", load, level, rate, seconds, topology=PROXIED, fault=[
        (BEFORE, "bad", lambda: tell(proxy, "bad")), (BEFORE + FAULT, "good", lambda: tell(proxy, "good"))])
    judge_fault("2 % loss and 20 ms jitter before one leaf", result, load, level, seconds)
    plot(f"{tag}-network", "time", [result])

    seconds = BEFORE + FAULT
    result = run(f"{tag}-kill", load, level, rate, seconds, fault=[
        (BEFORE, "killed", lambda: os.kill(pid(), signal.SIGKILL))])
    judge_fault("one replica killed", result, load, level, seconds)
    plot(f"{tag}-kill", "time", [result])
    restart(VICTIM)
    # Entries are not copied from other replicas; that is not what is measured here, and later runs would count misses.
    fill()


def plot(name, kind, results):
    subprocess.run(
        ["dotnet", given.loadgen, "plot", *(f"{r.get('label', 'p99')}={r['file']}" for r in results), "--kind", kind,
         "--percentile", "99", "--output", f"{out}/{name}.svg"], check=True, stdout=subprocess.DEVNULL)


def write(capacities):
    page = "artifacts/tail-lab/TAIL-LAB.md" if QUICK else "docs/TAIL-LAB.md"
    passed = all(one["isMet"] for one in checks)
    folder = "" if QUICK else "tail-lab/"
    with open(page, "w") as md:
        print(f"# The tail on real processes (eng/tail-lab.sh{' --quick' if QUICK else ''})\n", file=md)
        print(f"{given.machine}; commit {given.commit}; load average before it {given.load} (above 1: noise). Written by\n"
              "the lab; not by hand. Twelve leaves are processes, 4 shards x 3 replicas; loadgen with the embedded router "
              "is another.\nOpen loop, latency from when a request was due. Capacity: "
              + ", ".join(f"{load} {rate:,.0f} a second ({CAPACITY[load]})" for load, rate in capacities.items())
              + ".\nNormal is a p99 of at most twice, or one millisecond above, the lowest of that before the fault in the same "
              "run and\nthose of the runs without faults at the same rate. "
              "A tenth of its\nspeed is SIGSTOP for 9 ms and SIGCONT for 1 ms in turn. The bad network is `loadgen proxy`: "
              "each 1,448 bytes are delayed\nby 0 to 20 ms, and 2 % are lost and come again, in order, as TCP has it: "
              "after three more and a round trip, or after\n200 ms where nothing follows. With one percent of answers late,\nreads prefer the late replica (`--replica-order preferred`), "
              "which shows hedging alone; the default order also avoids it.\n"
              f"Processor time, like all else, is counted after {WARMUP} s of the same load, in which the generator compiles.\n", file=md)
        print(f"**{'Passed' if passed else 'FAILED'}**: {sum(c['isMet'] for c in checks)} of {len(checks)} floors.\n", file=md)
        print("| floor | load | at | met | figure |\n| --- | --- | ---: | --- | --- |", file=md)
        for c in checks:
            print(f"| {c['floor']} | {c['load']} | {c['level']:.0%} | {'yes' if c['isMet'] else '**no**'} | {c['figure']} |",
                  file=md)
        print("\n## Runs\n\n| run | rate | hedging | answers | failed | p50 ms | p99 ms | p99.9 ms | max ms | extra |", file=md)
        print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", file=md)
        for r in runs:
            times = " | ".join(f"{r['latency'][p] / 1e3:.2f}" for p in ("p50", "p99", "p99.9", "max"))
            print(f"| {r['name']} | {r['rate']:.0f} | {r['hedging']} | {r['answers']} | {r['bad']} | {times} | "
                  f"{r['extraShare']:.2%} |", file=md)
        titles = {"stall": "Latency by percentile, 1 % of answers late, hedging off and on", "pause": "p99 over time, one "
                  "replica paused", "slow": "p99 over time, one replica at a tenth of its speed", "network": "p99 over time, "
                  "a bad network before one leaf", "kill": "p99 over time, one replica killed"}
        print("\n## Plots\n", file=md)
        for load in LOADS:
            for level in LEVELS:
                for kind, title in titles.items():
                    print(f"{load} at {level:.0%}: {title}\n\n![{title}]({folder}{load}-{level * 100:.0f}-{kind}.svg)\n", file=md)
    where = "artifacts/tail-lab/tail-lab.json" if QUICK else "bench/results/tail-lab.json"
    with open(where, "w") as text:
        json.dump({"machine": given.machine, "commit": given.commit, "load": given.load, "passed": passed,
                   "capacity": capacities, "checks": checks, "runs": [{k: v for k, v in r.items() if k != "file"} for r in runs]},
                  text, indent=1)
    print(f"== {page}: {'passed' if passed else 'FAILED'}, {sum(c['isMet'] for c in checks)} of {len(checks)} floors")
    return passed


passed = False
try:
    began = time.time()
    proxy = start_proxy()
    print("== fill", flush=True)
    fill()
    found = {load: capacity(load) for load in LOADS}
    for load in LOADS:
        for level in LEVELS:
            rate, tag = found[load] * level, f"{load}-{level * 100:.0f}"
            print(f"== {load} at {level:.0%}: {rate:.0f} a second", flush=True)
            without_faults(load, level, rate, tag)
            stalls(load, level, rate, tag)
            faults(load, level, rate, tag, proxy)
    passed = write(found)
    print(f"== took {time.time() - began:.0f} s")
finally:
    for process in extra_pids:
        process.kill()
raise SystemExit(0 if passed else 1)
