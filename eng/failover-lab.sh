#!/usr/bin/env bash
# A leaf is killed under load: three leaves and a router as processes, two replicas of every shard;
# import of all articles of ../shared/data/wiki-en (the bundled corpus, where that is missing); a steady load of reads of
# documents and searches; kill -9 of one leaf in the middle; restart. Passes when no read and no search failed, no answer
# was partial, and the leaf has every document again that it had acknowledged.
#
#   bash eng/failover-lab.sh [SECONDS] [RATE]      30 seconds, 1000 requests a second; results in bench/results/
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
seconds=${1:-30} rate=${2:-1000} port=17610 router=127.0.0.1:17600

build
write_topology 3 6 $port
say "three leaves and a router"
for n in 1 2 3; do start_leaf "leaf-$n" $((port + n - 1)) --memory 256MiB; done
start_router 17600 17680
wait_ready $router

wiki=../shared/data/wiki-en/articles.jsonl.gz
if [ -f $wiki ]; then
  say "import of all of wiki-en"
  hedgerow import $wiki --collection wiki --text-fields title,text --keyword-fields id --analyzer english \
    --resume-file "$LAB/position" --server $router
else
  say "import of the bundled corpus ($wiki is not there)"
  hedgerow import src/Server/Demo/Corpus/words.jsonl.gz --collection wiki --text-fields words,definition \
    --resume-file "$LAB/position" --server $router
fi
say "export gives every path"
hedgerow export wiki --with-meta --server $router |
  python3 -c "import json, sys; [print(json.loads(line)['path']) for line in sys.stdin]" >"$LAB/paths.txt"

documents_of() {
  hedgerow status --json --server $router | python3 -c "
import json, sys
leaf = next(l for l in json.load(sys.stdin)['leaves'] if l['id'] == '$1')
print(' '.join(f\"{s['shard']}:{s['documents']}\" for s in leaf.get('shards', [])))"
}
documents=$(hedgerow status --json --server $router | python3 -c "
import json, sys
print(next(c['documents'] for c in json.load(sys.stdin)['collections'] if c['name'] == 'wiki'))")
before=$(documents_of leaf-2)
[ "$(wc -l <"$LAB/paths.txt")" = "$documents" ] || die "export has another number of documents than status: $documents"
say "$documents documents; leaf-2 holds (shard:documents) $before"

printf '%s\n' "football club" "\"United States\"" "river" "school AND history" "film director" "species of beetle" \
  >"$LAB/queries.txt"
say "load: $rate/s for ${seconds}s, 95 % reads of documents, 5 % searches; leaf-2 is killed after a third"
loadgen --topology "$LAB/topology.json" --rate "$rate" --duration "${seconds}s" --mix get=95,search=5 \
  --paths "$LAB/paths.txt" --keys-by uniform --collection wiki --queries "$LAB/queries.txt" \
  --timeout 5s --output "$LAB/load.json" &
load=$!
sleep $((2 + seconds / 3))
say "kill -9 leaf-2"
kill -9 "${PIDS[leaf-2]}"
sleep $((seconds / 3))
say "restart of leaf-2"
start_leaf leaf-2 $((port + 1)) --memory 256MiB
wait $load || die "loadgen failed"
wait_ready $router
after=$(documents_of leaf-2)
say "leaf-2 holds (shard:documents) $after"

mkdir -p bench/results
python3 - "$LAB/load.json" "$(machine)" "$(commit)" "$documents" "$before" "$after" bench/results/failover-lab <<'PY'
import json, sys
load, machine, commit, documents, before, after, out = sys.argv[1:]
report = json.load(open(load))
rows = report["operations"]
failed = sum(r["failed"] + r["misses"] + r["partial"] for r in rows)
passed = failed == 0 and before == after
with open(out + ".md", "w") as md:
    print("# A leaf killed under load (eng/failover-lab.sh)\n", file=md)
    print(f"{machine}; commit {commit}. 3 leaves and a router as processes, 6 shards x 2 replicas, {documents} documents.\n", file=md)
    print("| operation | ok | misses | partial | failed | p50 ms | p99 ms | p99.9 ms | max ms |", file=md)
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", file=md)
    for r in rows:
        t = r["response"]
        times = " | ".join(f"{t[p] / 1000:.2f}" for p in ("p50", "p99", "p99.9", "max"))
        print(f"| {r['operation']} | {r['ok']} | {r['misses']} | {r['partial']} | {r['failed']} | {times} |", file=md)
    print(f"\nleaf-2 before the kill and after the restart (shard:documents): {before} / {after}.", file=md)
    print(f"\n{'Passed: nothing failed, nothing partial, every document back.' if passed else 'FAILED.'}", file=md)
json.dump({"machine": machine, "commit": commit, "documents": int(documents), "before": before, "after": after,
           "passed": passed, "load": report}, open(out + ".json", "w"), indent=1)
print(open(out + ".md").read())
sys.exit(0 if passed else 1)
PY
