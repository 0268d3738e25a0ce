#!/usr/bin/env bash
# One command of the README alone on a new machine: tests/fresh/run.sh SUITE demo|test [options of ctest]
#   SUITE   a release of Debian, bookworm (12) or trixie (13)
#   demo    scripts/demo.sh and what it leaves
#   test    scripts/test.sh: the short suite, or what the options choose (-R refuse)
# The machine is an empty root of debootstrap with a clone of HEAD, in name spaces of its own: whatever happens, its mounts
# and processes end with this script. It is removed at the end. Packages come from the sources of this host.
#   KR_FRESH_FOLDER   where roots are made (default: TMPDIR, then /tmp); 8 GB
#   KR_FRESH_CACHE    a folder that keeps the empty roots and the packages from one run to the next
# Exit code 77: it cannot be tried here; a line says why.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root_of_project=$(cd "$here/../.." && pwd)

skip() {
  echo "fresh: skipped, $*"
  exit 77
}

usage="usage: tests/fresh/run.sh bookworm|trixie demo|test [options of ctest]"
[ $# -ge 2 ] || { echo "$usage" >&2 && exit 2; }
suite=$1 verb=$2
shift 2
case "$verb" in demo | test) ;; *) echo "$usage" >&2 && exit 2 ;; esac
[ "$(id -u)" -eq 0 ] || skip "a root can only be made by root"
command -v debootstrap >/dev/null || skip "there is no debootstrap (Debian package debootstrap)"
unshare --mount --pid --fork --ipc true 2>/dev/null || skip "this machine gives no name spaces (unshare)"
git -C "$root_of_project" rev-parse -q --verify HEAD >/dev/null 2>&1 || skip "this is no clone of the repository"

work=$(mktemp -d -p "${KR_FRESH_FOLDER:-${TMPDIR:-/tmp}}" kacrice-fresh-XXXXXX)
trap 'rm -rf --one-file-system -- "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cache=${KR_FRESH_CACHE:-$work/cache}
mkdir -p "$cache/packages-$suite"
root=$work/root

# The sources of this host, for another release of Debian; nothing on other systems.
apt_sources() {
  local codename
  codename=$(. /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}") || return 0
  # shellcheck disable=SC2016  # names that apt fills in
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    sed -n "s/^\([^ ]* \)$codename\([ -].*\)/deb \1$suite\2/p"
}

# An empty root, made at most once a day.
make_base() {
  local base=$cache/$suite.tar mirror
  [ -z "$(find "$base" -mmin -1440 2>/dev/null)" ] || return 0
  mirror=$(apt_sources | sed -n "s/^deb \([^ ]*\) $suite main$/\1/p" | head -n 1)
  debootstrap --variant=minbase "$suite" "$work/base" ${mirror:+"$mirror"} >"$work/base.log" 2>&1 ||
    { tail -n 20 "$work/base.log" >&2 && skip "debootstrap of $suite failed"; }
  tar -C "$work/base" -cf "$base.tmp.$$" .
  mv "$base.tmp.$$" "$base"
  rm -rf --one-file-system -- "$work/base"
}

# How this host reaches its packages holds in the root as well: proxies, sources, names.
copy_settings() {
  apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/00host" || true
  [ -z "$(apt_sources)" ] || apt_sources >"$root/etc/apt/sources.list"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  hostname >"$root/etc/hostname"
}

make_root() {
  mkdir "$root"
  tar -C "$root" -xf "$cache/$suite.tar"
  copy_settings
  git init -q "$root/home/kacrice"
  git -C "$root/home/kacrice" fetch -q --depth=1 "file://$root_of_project" HEAD
  git -C "$root/home/kacrice" checkout -q FETCH_HEAD
  cp "$here/inside.sh" "$root/inside.sh"
}

# What a proxy needs is all of the environment that goes along.
proxies() {
  env | grep -iE '^(https?|ftp|no)_proxy=' || true
}

began=$SECONDS
make_base
make_root
echo "fresh: $suite: an empty root in $((SECONDS - began)) s, commit $(git -C "$root_of_project" rev-parse --short HEAD)"
began=$SECONDS
mapfile -t kept < <(proxies)
code=0
unshare --mount --pid --fork --kill-child --ipc --propagation private \
  env -i "${kept[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  "$here/enter.sh" "$root" "$cache/packages-$suite" "$verb" "$@" || code=$?
echo "fresh: $suite $verb: exit code $code after $((SECONDS - began)) s"
exit "$code"
