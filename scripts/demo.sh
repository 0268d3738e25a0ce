#!/usr/bin/env bash
# The whole program at work: scripts/demo.sh [FOLDER]   (default: demo-output in the current folder)
# Installs what is missing, builds, counts the critical points of 400 disorder samples (p = 3, N = 10) on all cores
# and writes FOLDER/report.html. Run it twice: the second run finds its samples done.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -le 1 ] || kr_fail "demo.sh: one argument at most, the output folder"
case "${1:-}" in
-*) kr_fail "demo.sh: usage: scripts/demo.sh [FOLDER]" ;;
esac
output=$(realpath -m -- "${1:-demo-output}")
if ! mkdir -p -- "$output" 2>/dev/null || [ ! -w "$output" ]; then
  kr_fail "cannot write to $output: give another folder, scripts/demo.sh FOLDER"
fi

"$KR_ROOT/scripts/install_deps.sh"
kr_build release
python=$(kr_find_python) || kr_fail "no python3 with h5py, matplotlib and numpy: set KR_PYTHON"

"${MPIEXEC:-mpirun}" -n "$(kr_n_cores)" "$KR_ROOT/build/release/kacrice" census \
  -options_file "$KR_ROOT/jobs/campaigns/demo.yaml" -campaign_out "$output"
"$python" "$KR_ROOT/scripts/report.py" "$output"
"$python" "$KR_ROOT/scripts/summary.py" "$output"
