#!/usr/bin/env bash
# Runs a command in the environment of the project: scripts/with_env.sh mpirun -n 2 program
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
exec "$@"
