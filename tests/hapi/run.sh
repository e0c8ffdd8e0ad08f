#!/usr/bin/env bash
# Builds the HAPI FHIR application once (cached across runs) and runs it on the port given.
#   run.sh PORT          build if needed, then become the server
#   run.sh --build-only  only build
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for program in java mvn; do
  if ! command -v "$program" >/dev/null; then
    echo "$program is not installed: run deploy/install_test_parts.sh" >&2
    exit 2
  fi
done

fingerprint=$(cd "$here" && find pom.xml src -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/nelm-cds"
built="$cache/hapi-$fingerprint"
mkdir -p "$cache"

complete() { # a build is of use only while every jar it names is still in the Maven cache
  [ -f "$built/classpath" ] || return 1
  local jar
  while IFS= read -r -d: jar; do [ -f "$jar" ] || return 1; done <<<"$(cat "$built/classpath"):"
}

build() {
  local work
  work=$(mktemp -d "$cache/building-XXXXXX")
  cp -R "$here/pom.xml" "$here/src" "$work/"
  echo "building HAPI FHIR; the first time Maven fetches about 330 MB"
  if ! (cd "$work" && mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath compile); then
    rm -rf "$work"
    echo "Maven could not build HAPI FHIR (is Maven Central reachable?)" >&2
    exit 1
  fi
  rm -rf "$built"
  mkdir "$built"
  mv "$work/target/classes" "$built/classes"
  mv "$work/classpath" "$built/classpath"
  rm -rf "$work"
}

exec 9>"$cache/hapi.lock" # two runs on one machine build once
flock 9
complete || build
flock -u 9
exec 9>&-

[ "${1:-}" = --build-only ] && exit 0
exec java -Xmx1500m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Dehr.referentialIntegrity=true -Dehr.searchCacheMillis=60000 \
  -cp "$built/classes:$(cat "$built/classpath")" testehr.Main "--server.port=$1"
