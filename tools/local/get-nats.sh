#!/bin/sh
# Prints the path of a nats-server >= $NATS_MIN. Order: $NATS_SERVER_BIN, PATH, cache, Debian's archive (no root, nothing installed).
set -eu
NATS_MIN=${NATS_MIN:-2.14.0}
cache=${NATS_CACHE:-$(cd "$(dirname "$0")/../.." && pwd)/.cache/nats}
bin=$cache/nats-server
log() { echo "get-nats: $*" >&2; }
ok() { # $1 = binary; true when it runs and is new enough
  v=$("$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p') && [ -n "$v" ] || return 1
  [ "$(printf '%s\n%s\n' "$NATS_MIN" "$v" | sort -V | head -n1)" = "$NATS_MIN" ]
}
for c in "${NATS_SERVER_BIN:-}" "$(command -v nats-server || true)" /usr/sbin/nats-server "$bin"; do
  [ -n "$c" ] && [ -x "$c" ] && ok "$c" && { echo "$c"; exit 0; }
done
help="install nats-server >= $NATS_MIN, or set NATS_SERVER_BIN to one, or NATS_URL to a running one"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { log "no apt-get here: $help"; exit 1; }
# The mirror of apt's own sources.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep '/debian/*$' | head -n1)}
[ -n "$mirror" ] || { log "no Debian mirror in apt's sources: $help"; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM
chmod 755 "$tmp"
mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/log" "$cache"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for suite in ${NATS_SUITES:-forky sid}; do
  log "downloading nats-server from Debian $suite, about 15 MB …"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$tmp/sources.list"
  rm -rf "$tmp"/lists/*
  mkdir -p "$tmp/lists/partial"
  # Every path that apt writes to is ours, so it needs no root; one index only, no diffs and no translations.
  o="-qq -o Dir::Etc::SourceList=$tmp/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=$tmp/lists -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$tmp/cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Log=$tmp/log -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::PDiffs=false -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false -o Acquire::Retries=3 -o Debug::NoLocking=1"
  # shellcheck disable=SC2086
  if (cd "$tmp" && rm -f ./*.deb && apt-get $o update && apt-get $o download nats-server) >&2; then
    rm -rf "$tmp/x"
    dpkg-deb -x "$tmp"/nats-server_*.deb "$tmp/x"
    f=$(find "$tmp/x" -type f -name nats-server | head -n1)
    if [ -n "$f" ] && ok "$f"; then
      cp "$f" "$bin.$$" && chmod 755 "$bin.$$" && mv "$bin.$$" "$bin"
      log "$("$bin" --version) is in $bin"
      echo "$bin"
      exit 0
    fi
    log "Debian $suite: $("$f" --version 2>&1 || true) is unusable or older than $NATS_MIN"
  else
    log "Debian $suite: the download failed"
  fi
done
log "$help"
exit 1
