#!/usr/bin/env bash
# Builds everything and runs every test. Needs the .NET SDK that global.json names, and nothing else; packages come
# from the registry that NuGet is set up with. The last line is "N passed, N failed, N skipped".
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

passed=0 failed=0 skipped=0 broken=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in tests/*.Tests; do
  name=$(basename "$project")
  if [ $# -gt 0 ] && ! printf '%s\n' "$@" | grep -qxF -e "$name" -e "${name%.Tests}"; then continue; fi
  echo "== $name"
  status=0
  dotnet "$project/bin/Release/net10.0/Hedgerow.$name.dll" --no-ansi --progress off >"$log" 2>&1 || status=$?
  count() { sed -nE "s/^ *$1: ([0-9]+)\$/\1/p" "$log" | tail -n 1; }
  ok=$(count succeeded) bad=$(count failed) left=$(count skipped)
  # Exit code 8 is the platform's "no test ran".
  if [ -z "$ok" ] || { [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; }; then
    broken+=("$name (exit code $status)")
    bad=$((${bad:-0} + 1))
  fi
  if [ "$status" -ne 0 ]; then cat "$log"; fi
  if [ "${left:-0}" -gt 0 ]; then grep -A1 -E '^ *skipped ' "$log" | grep -v '^--' | sort -u | head -n 20 || true; fi
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
