#!/usr/bin/env bash
# Runs a test with a temporary folder of its own: tests/own_place.sh COMMAND...
# Runs of Open MPI that begin and end side by side trip over the session folder that they share in one.
set -u
place=$(mktemp -d "${TMPDIR:-/tmp}/kr.XXXXXX") || exit 1
trap 'rm -rf "$place"' EXIT
chmod 1777 "$place" # other users work in it, too
TMPDIR=$place "$@"
