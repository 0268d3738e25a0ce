# What a user builds needs no package of the tests: tests/fresh tries it on empty machines, this on the one at hand.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# hidden COMMAND...: runs it where every file of the test packages is an empty one
hidden() {
  local packages files privilege=()
  packages=$(sed -n '/^test_packages=(/,/)$/p' "$root/scripts/install_deps.sh" | tr "'|()\n" ' ')
  packages=${packages#*=}
  mapfile -t files < <(for package in $packages; do dpkg -L "$package" 2>/dev/null || true; done | grep -E '/(s?bin|include|pkgconfig|cmake)/')
  [ "$(id -u)" -eq 0 ] || privilege=(--map-root-user)
  unshare "${privilege[@]}" --mount true || skip "this machine gives no name spaces (unshare)"
  run unshare "${privilege[@]}" --mount bash -c '
    n=$1 && shift
    for file in "${@:1:n}"; do [ ! -f "$file" ] || mount --bind /dev/null "$file" || exit 99; done
    shift "$n" && "$@"' _ "${#files[@]}" "${files[@]}" "$@"
}

@test "release is configured where the test packages are not" {
  command -v dpkg >/dev/null || skip "needs dpkg, to know the files of packages"
  hidden pkg-config --exists cmocka
  [ "$status" -eq 1 ]
  hidden cmake -S "$root" --preset release -B "$BATS_TEST_TMPDIR/build"
  echo "$output"
  [ "$status" -eq 0 ]
  [ -e "$BATS_TEST_TMPDIR/build/generated/kr_build.h" ]
}

@test "a tarball of git archive knows its version and its commit" {
  commit=$(git -C "$root" rev-parse --verify HEAD 2>/dev/null) || skip "this is no clone of the repository"
  mkdir "$BATS_TEST_TMPDIR/tree"
  git -C "$root" archive HEAD | tar -C "$BATS_TEST_TMPDIR/tree" -x
  cmake -Dsource_dir="$BATS_TEST_TMPDIR/tree" -Dheader="$BATS_TEST_TMPDIR/build.h" -Dversion=7 -Dcompiler=any \
    -P "$BATS_TEST_TMPDIR/tree/scripts/cmake/KrProvenance.cmake"
  grep -qxF "#define KR_GIT_HASH \"${commit:0:12}\"" "$BATS_TEST_TMPDIR/build.h"
  # a copy of the files alone does not
  cp "$root/scripts/cmake/commit.txt" "$BATS_TEST_TMPDIR/tree/scripts/cmake/"
  cmake -Dsource_dir="$BATS_TEST_TMPDIR/tree" -Dheader="$BATS_TEST_TMPDIR/build.h" -Dversion=7 -Dcompiler=any \
    -P "$BATS_TEST_TMPDIR/tree/scripts/cmake/KrProvenance.cmake"
  grep -qxF '#define KR_GIT_HASH "unknown"' "$BATS_TEST_TMPDIR/build.h"
}
