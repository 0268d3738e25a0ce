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

# One process for all files: it names each line that is not as it should be.
check() {
  if "$clang_format" --dry-run -Werror "${files[@]}"; then
    echo "format: ${#files[@]} files as clang-format 14 lays them out"
  else
    echo "format: files to mend, scripts/format.sh --apply does it"
    return 1
  fi
}

case "${1:-}" in
"") check ;;
--apply) "$clang_format" -i "${files[@]}" ;;
*) kr_fail "format.sh: usage: scripts/format.sh [--apply]" ;;
esac
