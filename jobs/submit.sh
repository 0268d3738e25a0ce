#!/usr/bin/env bash
# Submits a campaign to SLURM: jobs/submit.sh [--dry-run] [--machine NAME|FILE] CAMPAIGN.yaml
#   --dry-run   prints the commands and the batch scripts, as a script for bash, and submits nothing
#   --machine   site settings, a name in jobs/machines or a file; wins over the campaign file
# CAMPAIGN.yaml: options of kacrice census, thermo or tap and a map `resources`, jobs/README.md. Exit codes: 0, 2 bad input, 1 sbatch failed.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

for python in ${KR_PYTHON:+"$KR_PYTHON"} /usr/bin/python3 python3; do
  if "$python" -c 'import yaml' >/dev/null 2>&1; then
    exec "$python" -B "$KR_ROOT/jobs/submit" "$@"
  fi
done
echo "kacrice: submit.sh: no python3 with PyYAML (Debian package python3-yaml); or set KR_PYTHON" >&2
exit 2
