#!/usr/bin/env bash
# Called by enter.sh in the new root: inside.sh demo|test [options of ctest]
set -eu
verb=$1
shift
cd /home

fail() {
  echo "fresh: $*" >&2
  exit 1
}

# A root that has them already would show nothing.
for name in gcc cmake mpirun bats; do
  ! command -v "$name" >/dev/null || fail "$name is there before anything was installed"
done

case "$verb" in
demo)
  kacrice/scripts/demo.sh output
  [ -s output/report.html ] || fail "the demo left no report"
  grep -q '"in_ensemble":[[:space:]]*400' output/summary.json || fail "the ensemble is without samples"
  [ ! -e /usr/include/cmocka.h ] || fail "the demo installed what only the tests need"
  ;;
test) kacrice/scripts/test.sh "$@" ;;
esac
