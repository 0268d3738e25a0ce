#!/usr/bin/env bash
# Bugs clang-tidy can see, by .clang-tidy: scripts/tidy.sh [BUILD_FOLDER]   (default: build/ci)
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${1:-$KR_ROOT/build/ci}
[ -f "$build/compile_commands.json" ] || kr_fail "tidy.sh: no $build/compile_commands.json; configure first"
cd "$KR_ROOT"
find src -name '*.c' -print0 | sort -z |
  xargs -0 -n 4 -P "$(kr_n_cores)" clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p "$build"
