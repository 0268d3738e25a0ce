#!/usr/bin/env bash
# Runs shellcheck on every shell script of the project.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$KR_ROOT"
mapfile -t files < <(find scripts jobs tests -name '*.sh' -o -name '*.sbatch' | sort)
mapfile -t bats < <(find tests -name '*.bats' | sort)
shellcheck -x .ci/run "${files[@]}"
shellcheck -x --severity=warning "${bats[@]}" # tests quote variables for a later shell on purpose
echo "shell: $((${#files[@]} + ${#bats[@]} + 1)) scripts in order"
