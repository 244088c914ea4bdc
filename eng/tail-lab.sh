#!/usr/bin/env bash
# The tail on real processes: 4 shards x 3 replicas, a leaf each, and loadgen with the embedded router. Reads and searches
# at 30 % and 70 % of what the cluster can do, and faults one at a time: 1 % of answers 100 ms late on one replica of each
# shard; one replica paused (SIGSTOP); one killed; one at a tenth of its speed; 2 % packet loss and 20 ms jitter before one
# leaf. Passes when the floors of docs/TAIL-LAB.md hold, which it writes with plots beside it.
#
#   bash eng/tail-lab.sh            about a quarter of an hour; docs/TAIL-LAB.md, docs/tail-lab/*.svg, bench/results/tail-lab.json
#   bash eng/tail-lab.sh --quick    about six, at 30 % only, to see that it works; into artifacts/tail-lab/
#
# Run it when the machine has nothing else to do. It ends what it started, and nothing else.
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
quick=""
[ "${1:-}" != --quick ] || quick=--quick
[ -z "${1:-}" ] || [ -n "$quick" ] || die "$1: allowed is --quick"
port=17710

at=$(commit)
build
write_topology 12 4 $port 3 3
say "twelve leaves"
for n in $(seq 1 12); do start_leaf "leaf-$n" $((port + n - 1)) --memory 64MiB --leaf.faults; done
wait_ready "$LAB/topology.json"
say "import of the bundled corpus"
hedgerow import src/Server/Demo/Corpus/words.jsonl.gz --collection words --schema src/Server/Demo/Corpus/schema.json \
  --server "$LAB/topology.json" | tail -n 1

pids=$(for n in $(seq 1 12); do printf '%s ' "leaf-$n=${PIDS[leaf-$n]}"; done)
# shellcheck disable=SC2086
python3 eng/tail-lab.py $quick --lab "$LAB" --server "$SERVER_DLL" --loadgen "$LOADGEN_DLL" --machine "$(machine)" \
  --commit "$at" --load "$(cut -d ' ' -f 1 /proc/loadavg)" --pids $pids
