# scripts/demo.sh refuses what it cannot serve before it installs or builds anything.

setup() {
  demo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/scripts/demo.sh
}

@test "a folder that cannot be made" {
  run "$demo" /dev/null/folder
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write to /dev/null/folder"* ]]
}

@test "two folders" {
  run "$demo" "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
  [ "$status" -eq 1 ]
  [ ! -e "$BATS_TEST_TMPDIR/a" ]
}

@test "an option is no folder" {
  run "$demo" --help
  [ "$status" -eq 1 ]
  [[ "$output" == *"scripts/demo.sh [FOLDER]"* ]]
}
