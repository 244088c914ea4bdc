#!/usr/bin/env bash
# Checks of the Dockerfile what can be checked without a container engine: its stages, that what it copies exists, that
# it runs without rights, that its ports are the defaults of the settings table, that its health check works.
#
#   bash eng/check-dockerfile.sh              a second
#   bash eng/check-dockerfile.sh --publish    also runs its restore and publish commands, and the program they make
set -euo pipefail
cd "$(dirname "$0")/.."
file=Dockerfile
broken=0
fail() { echo "$file: $*" >&2; broken=1; }
# Comments go, and lines that end in a backslash are joined with the next.
text=$(sed -E '/^ *#/d' "$file" | sed -E ':again; /\\$/ { N; s/\\\n *//; b again }')
instruction() { grep -E "^$1( |\$)" <<<"$text" || true; }

stages=$(instruction FROM | awk '{print $NF}' | paste -sd ' ')
[ "$stages" = "build run" ] || fail "stages are '$stages'; expected 'build run'"
grep -q 'dotnet/sdk:' <<<"$(instruction FROM | head -n 1)" || fail "the first stage is not the SDK's"
grep -q 'dotnet/aspnet:' <<<"$(instruction FROM | tail -n 1)" || fail "the last stage is not the runtime's"

while read -r _ line; do
  case $line in --from=build*) continue ;; esac
  read -ra words <<<"$line"
  for source in "${words[@]:0:${#words[@]}-1}"; do
    [ -e "$source" ] || fail "COPY names $source, which does not exist"
  done
done <<<"$(instruction COPY)"

user=$(instruction USER | tail -n 1 | awk '{print $2}')
case $user in '' | root | 0) fail "USER is '${user:-root}'; it must not be root" ;; esac
[ -n "$(instruction LABEL)" ] || fail "there is no LABEL"
[ -n "$(instruction VOLUME)" ] || fail "there is no VOLUME"

# A row of the settings table: Setting.Address("native.listen", "127.0.0.1:7600", …
for name in native resp memcached http; do
  port=$(sed -nE "s/.*Setting\.Address\(\"$name\.listen\", \"[^\"]*:([0-9]+)\".*/\1/p" src/Server/Config/SettingsTable.cs)
  [ -n "$port" ] || fail "src/Server/Config/SettingsTable.cs has no default port of $name.listen"
  grep -qE "^EXPOSE $port\$" <<<"$text" || fail "EXPOSE lacks $port, the default of $name.listen"
  grep -q "HEDGEROW__${name^^}__LISTEN=\"\*:$port\"" <<<"$text" || fail "ENV does not listen on $port for $name.listen"
done
grep -E -B 1 '^EXPOSE' "$file" | grep -cE '^#' | grep -qx "$(instruction EXPOSE | wc -l)" \
  || fail "an EXPOSE has no comment before it that says what listens"
version=$(sed -nE 's/.*<Version>(.*)<\/Version>.*/\1/p' Directory.Build.props)
grep -q "image.version=\"$version\"" <<<"$text" || fail "LABEL image.version is not $version of Directory.Build.props"
health=$(instruction HEALTHCHECK)
grep -q "/readyz" <<<"$health" || fail "HEALTHCHECK does not ask /readyz"
grep -qE "/$port && " <<<"$health" || fail "HEALTHCHECK does not ask port $port"

if [ "${1:-}" = --publish ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"; [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true' EXIT
  grep -E '^RUN dotnet ' <<<"$text" | sed -E "s/^RUN //; s#--output /app#--output $out#" >"$out/commands"
  bash -eu "$out/commands" >"$out/log" 2>&1 || { cat "$out/log" >&2; fail "its restore or publish command failed"; }
  # With machine code in it a library is several times as large.
  published=$(stat -c %s "$out/Hedgerow.Leaf.dll") compiled=$(stat -c %s src/Leaf/bin/Release/net10.0/Hedgerow.Leaf.dll)
  if [ "$(uname -m)" = x86_64 ] && [ "$published" -lt $((compiled * 2)) ]; then
    fail "Hedgerow.Leaf.dll has $published bytes as published and $compiled as compiled: that is no machine code"
  fi
  # The health check as it stands, against the program as it was published, on other ports.
  check=$(sed -nE 's/.*CMD \["bash", "-c", "(.*)"\]/\1/p' <<<"$health" | sed 's/\\\\/\\/g')
  if bash -c "${check//\/$port /\/17680 }" 2>/dev/null; then fail "HEALTHCHECK is content without a server"; fi
  "$out/hedgerow" serve --memory 64MiB --listen 127.0.0.1:0 --resp 127.0.0.1:0 --memcached 127.0.0.1:0 --http 127.0.0.1:17680 2>"$out/err" &
  pid=$!
  healthy=
  for _ in $(seq 100); do
    if bash -c "${check//\/$port /\/17680 }" 2>/dev/null; then healthy=1; break; fi
    sleep 0.1
  done
  [ -n "$healthy" ] || { cat "$out/err" >&2; fail "HEALTHCHECK is not content with a server that runs"; }
  kill -TERM "$pid"
  wait "$pid" || fail "the program did not stop well"
  pid=
fi

[ "$broken" -eq 0 ] && echo "$file: well"
exit "$broken"
