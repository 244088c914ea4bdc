#!/usr/bin/env bash
# Builds everything and runs every test. Needs the .NET SDK that global.json names, and nothing else; packages come
# from the registries that NuGet, apt and npm are set up with. Other people's clients (redis-cli, libmemcached's tools,
# node's) are installed where that can be done, and the tests that need one that is missing are skipped and say so.
# The last line is "N passed, N failed, N skipped".
#
#   bash eng/test.sh                  all test projects
#   bash eng/test.sh Leaf Router      only the named ones
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

if ! command -v dotnet >/dev/null; then
  echo "eng/test.sh: no 'dotnet' on the PATH; install the .NET 10 SDK (global.json names the version)." >&2
  exit 1
fi

echo "== restore (versions are locked)"
dotnet restore Cache.sln --locked-mode --verbosity quiet
echo "== build (Release, warnings are errors)"
dotnet build Cache.sln --configuration Release --no-restore --verbosity quiet -clp:NoSummary

# debian COMMAND PACKAGE ...: installs packages whose command is missing, without starting any service.
debian() {
  local packages=()
  while [ $# -gt 1 ]; do
    command -v "$1" >/dev/null || packages+=("$2")
    shift 2
  done
  if [ ${#packages[@]} -eq 0 ]; then return; fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "   not installed: ${packages[*]} (needs apt-get and root)"
    return
  fi
  echo "   installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  { apt-get update -q && apt-get install -q -y --no-install-recommends "${packages[@]}"; } >/dev/null 2>&1 ||
    echo "   could not install them: $(apt-get install -s "${packages[@]}" 2>&1 | tail -n 1)"
}

# node_clients: the npm packages that the client scripts import.
node_clients() {
  if ! command -v npm >/dev/null; then
    echo "   not installed: node's clients (no npm)"
    return
  fi
  (cd tests/EndToEnd.Tests/Clients/node && npm ci --no-audit --no-fund --silent >/dev/null 2>&1) ||
    echo "   could not install node's clients"
}

if [ $# -eq 0 ] || printf '%s\n' "$@" | grep -qE '^(EndToEnd|Server)'; then
  echo "== other people's clients"
  debian redis-server redis-server redis-cli redis-tools memcached memcached memccapable libmemcached-tools
  node_clients
fi

passed=0 failed=0 skipped=0 broken=()
log=$(mktemp)
# Tests clean up behind themselves. What those that are killed leave goes with this folder, and what is left is told.
temporary=$(mktemp -d)
trap 'rm -rf "$log" "$temporary"' EXIT
for project in tests/*.Tests; do
  name=$(basename "$project")
  if [ $# -gt 0 ] && ! printf '%s\n' "$@" | grep -qxF -e "$name" -e "${name%.Tests}"; then continue; fi
  echo "== $name"
  status=0
  mkdir "$temporary/$name"
  TMPDIR=$temporary/$name dotnet "$project/bin/Release/net10.0/Hedgerow.$name.dll" --no-ansi --progress off \
    >"$log" 2>&1 || status=$?
  count() { sed -nE "s/^ *$1: ([0-9]+)\$/\1/p" "$log" | tail -n 1; }
  ok=$(count succeeded) bad=$(count failed) left=$(count skipped)
  # Exit code 8 is the platform's "no test ran".
  if [ -z "$ok" ] || { [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; }; then
    broken+=("$name (exit code $status)")
    bad=$((${bad:-0} + 1))
  fi
  if [ "$status" -ne 0 ]; then cat "$log"; fi
  if [ "${left:-0}" -gt 0 ]; then grep -A1 -E '^ *skipped ' "$log" | grep -v '^--' | sort -u | head -n 20 || true; fi
  # .NET has a pipe and a socket for debuggers in there while a process lives, and leaves them when it is killed.
  remains=$(find "$temporary/$name" -mindepth 1 -maxdepth 1 \
    ! -name 'clr-debug-pipe-*' ! -name 'dotnet-diagnostic-*' -printf '%f ')
  if [ -n "$remains" ]; then echo "   left behind in the temporary folder: $remains"; fi
  passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-0})) skipped=$((skipped + ${left:-0}))
  echo "   ${ok:-0} passed, ${bad:-0} failed, ${left:-0} skipped, $(sed -nE 's/^ *duration: (.*)$/\1/p' "$log" | tail -n 1)"
done

for b in "${broken[@]+"${broken[@]}"}"; do echo "did not finish: $b"; done
if [ -x eng/check-dockerfile.sh ] && [ $# -eq 0 ]; then
  echo "== Dockerfile"
  if bash eng/check-dockerfile.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
