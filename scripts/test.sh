#!/usr/bin/env bash
# Builds with warnings as errors and runs the tests and style checks: scripts/test.sh [--long] [options of ctest]
#   --long   also the tests labelled long
# Installs what is missing first. The last lines and the exit code are those of ctest.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

selection=(-LE long)
if [ "${1:-}" = --long ]; then
  selection=()
  shift
fi
"$KR_ROOT/scripts/install_deps.sh" --test
kr_build ci
cd "$KR_ROOT"
exec ctest --preset ci --no-label-summary -j "$(kr_n_cores)" "${selection[@]}" "$@"
