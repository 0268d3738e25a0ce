#!/usr/bin/env bash
# What a campaign lacks: jobs/missing.sh FOLDER FIRST:END [FOLDER FIRST:END...]
# A line a folder, one a gap and one a failed sample; exit code 0: nothing is missing, 1: something, 2: wrong words, or a folder
# that does not exist; the others are told all the same, as jobs that never began have made none.
set -u

# The gaps between the sample numbers on stdin, which ascend, in first ... end - 1.
find_gaps() {
  awk -v first="$1" -v end="$2" '
    function gap(from, to) {
      if (from > to) return
      n_missing += to - from + 1
      gaps = gaps "  missing: " (from == to ? "sample " from : "samples " from ":" to + 1) "\n"
    }
    BEGIN { next_one = first }
    $1 + 0 >= first && $1 + 0 < end && $1 + 0 >= next_one { gap(next_one, $1 - 1); next_one = $1 + 1 }
    END {
      gap(next_one, end - 1)
      printf "%d of %d samples done\n%s", end - first - n_missing, end - first, gaps
      exit n_missing > 0
    }'
}

# The samples of FOLDER, first ... end - 1, that ended in an error, each with what it said.
list_failures() {
  local file number
  for file in "$1"/failed/s*.json; do
    number=$(basename "$file" .json)
    [ -e "$file" ] || continue
    if [ "$((10#${number#s}))" -lt "$2" ] || [ "$((10#${number#s}))" -ge "$3" ]; then continue; fi
    sed -n 's/^[[:space:]]*"message":[[:space:]]*"\(.*\)",\{0,1\}$/\1/p' "$file" |
      sed "s/^/  failed: sample $((10#${number#s})): /"
  done
}

if [ $# -lt 2 ] || [ $(($# % 2)) -ne 0 ]; then
  echo "kacrice: missing.sh: usage: jobs/missing.sh FOLDER FIRST:END [FOLDER FIRST:END...]" >&2
  exit 2
fi
status=0
wrong=0
while [ $# -gt 0 ]; do
  if ! [[ $2 =~ ^[0-9]+:[0-9]+$ ]]; then
    echo "kacrice: missing.sh: $2: must be a range of samples FIRST:END" >&2
    exit 2
  fi
  if [ ! -d "$1" ]; then
    echo "kacrice: missing.sh: $1: no such folder; give that of a campaign" >&2
    wrong=2
  fi
  printf '%s: ' "$1"
  find "$1/samples" -name 's????????.h5' -printf '%f\n' 2>/dev/null | tr -dc '0-9\n' | sed 's/5$//' | sort |
    find_gaps "${2%%:*}" "${2##*:}" || status=1
  list_failures "$1" "${2%%:*}" "${2##*:}"
  shift 2
done
exit $((wrong > 0 ? wrong : status))
