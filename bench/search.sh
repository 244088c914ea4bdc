#!/usr/bin/env bash
# Our search beside Lucene.NET 4.8 and Lucene 8.8.1, one thread each, on one core in turns.
#
#   bash bench/search.sh [OPTIONS of bench -- search]      results in bench/results/search.md
#   bash bench/search.sh --repeat 6 --write search-million over a million documents
#   bash bench/search.sh --warmup 5 --index-rounds 1 --keep-peers true --write ""    a quick look
#
# Installs Debian's liblucene8-java and a JDK where it can; without them Lucene is left out and the report says nothing
# of it. Run it when the machine has nothing else to do.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive

lucene() { ls /usr/share/java/lucene-{core,queryparser,analyzers-common}-8.*.jar 2>/dev/null; }
if { ! lucene || ! command -v javac; } >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
  echo "== install Lucene"
  apt-get update -q >/dev/null 2>&1 || true
  packages=(liblucene8-java)
  command -v javac >/dev/null || packages+=(openjdk-17-jdk-headless)
  apt-get install -q -y --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || true
fi

echo "== build (Release)"
dotnet build bench -c Release -v quiet -clp:NoSummary
work=$PWD/artifacts/search
engines=hedgerow,lucenenet
options=()
if lucene >/dev/null && command -v javac >/dev/null; then
  mkdir -p "$work/classes"
  jars=$(lucene | paste -sd :)
  javac -d "$work/classes" -cp "$jars" bench/peers/search/LuceneDriver.java
  engines+=,lucene
  options+=(--classpath "$work/classes:$jars")
else
  echo "== Lucene is left out: needs Debian's liblucene8-java and a JDK" >&2
fi
dotnet bench/bin/Release/net10.0/Hedgerow.Bench.dll search --engine $engines "${options[@]}" --core "${CORE:-1}" \
  --write search "$@"
