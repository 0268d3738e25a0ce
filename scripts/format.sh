#!/usr/bin/env bash
# Layout of the C sources by clang-format 14: scripts/format.sh checks, scripts/format.sh --apply mends.
# Other versions lay out a few lines differently: with one of those the check is skipped (exit code 77).
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_clang_format() {
  local program
  for program in clang-format-14 clang-format; do
    if "$program" --version 2>/dev/null | grep -q 'version 14\.'; then
      echo "$program"
      return 0
    fi
  done
  return 1
}

if ! clang_format=$(find_clang_format); then
  echo "format: skipped, there is no clang-format 14"
  exit 77
fi
cd "$KR_ROOT"
mapfile -t files < <(find include src tests docs -name '*.[ch]' | sort)

check() {
  local file n_wrong=0
  for file in "${files[@]}"; do
    if ! "$clang_format" "$file" | cmp -s - "$file"; then
      echo "$file: not laid out as clang-format 14 does"
      n_wrong=$((n_wrong + 1))
    fi
  done
  echo "format: $n_wrong of ${#files[@]} files to mend (scripts/format.sh --apply)"
  [ "$n_wrong" -eq 0 ]
}

case "${1:-}" in
"") check ;;
--apply) "$clang_format" -i "${files[@]}" ;;
*) kr_fail "format.sh: usage: scripts/format.sh [--apply]" ;;
esac
