# The environment of scripts/common.sh: what it sets, and that it leaves alone what the user has set.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  with_env="$root/scripts/with_env.sh"
}

@test "one thread a rank, more ranks than cores allowed" {
  run env -u OMP_NUM_THREADS -u OPENBLAS_NUM_THREADS -u OMPI_MCA_rmaps_base_oversubscribe "$with_env" \
    bash -c 'echo "$OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $OMPI_MCA_rmaps_base_oversubscribe"'
  [ "$output" = "1 1 1" ]
}

@test "the user's own settings stay" {
  run env OMP_NUM_THREADS=3 OPENBLAS_CORETYPE=Zen HDF5_USE_FILE_LOCKING=FALSE "$with_env" \
    bash -c 'echo "$OMP_NUM_THREADS $OPENBLAS_CORETYPE $HDF5_USE_FILE_LOCKING"'
  [ "$output" = "3 Zen FALSE" ]
}

@test "OpenBLAS is told the CPU it would not recognise" {
  grep -qw avx2 /proc/cpuinfo || skip "needs AVX2"
  run env -u OPENBLAS_CORETYPE "$with_env" bash -c 'echo "$OPENBLAS_CORETYPE"'
  [[ "$output" =~ ^(SkylakeX|Haswell)$ ]]
}

@test "root is allowed to start ranks, and only root is spoken of" {
  run env -u OMPI_ALLOW_RUN_AS_ROOT "$with_env" bash -c 'echo "${OMPI_ALLOW_RUN_AS_ROOT:-unset}"'
  if [ "$(id -u)" -eq 0 ]; then [ "$output" = 1 ]; else [ "$output" = unset ]; fi
}

@test "the number of cores does not follow OMP_NUM_THREADS" {
  run env OMP_NUM_THREADS=1 bash -c ". '$root/scripts/common.sh' && kr_n_cores"
  [ "$output" = "$(env -u OMP_NUM_THREADS nproc)" ]
}

@test "the exit code of the command is kept, and its arguments" {
  run "$with_env" bash -c 'echo "$1"; exit 7' _ "two words"
  [ "$status" -eq 7 ]
  [ "$output" = "two words" ]
}

@test "a failing step shows its output and names its log" {
  log="$BATS_TEST_TMPDIR/log"
  run bash -c ". '$root/scripts/common.sh' && kr_quietly Trying '$log' bash -c 'echo reason; exit 3'"
  [ "$status" -eq 1 ]
  [[ "$output" == *reason* ]]
  [[ "$output" == *"$log"* ]]
}
