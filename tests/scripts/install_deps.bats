# scripts/install_deps.sh before a package manager that only writes down what it was asked for.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  fake="$BATS_TEST_TMPDIR/bin"
  asked="$BATS_TEST_TMPDIR/asked"
  mkdir -p "$fake"
  : >"$asked"
  make_fake apt-get "echo \"\$*\" >>'$asked'"
  make_fake sudo 'exit 1'
  make_fake id 'if [ "$1" = -u ]; then echo "${FAKE_UID:-0}"; else exec /usr/bin/id "$@"; fi'
  all_installed='build-essential cmake git pkg-config openmpi-bin libopenmpi-dev libhdf5-openmpi-dev
    libopenblas-dev librandom123-dev libcjson-dev python3 python3-numpy python3-h5py python3-matplotlib python3-yaml
    libpetsc-real-dev libslepc-real3.18-dev libcmocka-dev bats shellcheck clang-format slurm-wlm munge iproute2 clang libclang-rt-dev'
}

make_fake() {
  printf '#!/bin/bash\n%s\n' "$2" >"$fake/$1"
  chmod +x "$fake/$1"
}

have_installed() {
  make_fake dpkg-query "for p in ${1//$'\n'/ }; do echo \"installed \$p\"; done; echo 'config-files bats'"
}

# install_deps OPTION VARIABLE=VALUE...
install_deps() {
  local option=$1
  shift
  run env -u PETSC_DIR PATH="$fake:$PATH" "$@" "$root/scripts/install_deps.sh" ${option:+"$option"} </dev/null
}

@test "does nothing and says nothing when all is there" {
  have_installed "$all_installed"
  install_deps --test
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ ! -s "$asked" ]
}

@test "installs only what is missing" {
  have_installed "${all_installed/libcjson-dev/}"
  install_deps ''
  [ "$status" -eq 0 ]
  grep -q 'install .* libcjson-dev$' "$asked"
}

@test "a removed package whose configuration is left counts as missing" {
  have_installed "${all_installed/bats/}"
  install_deps --test
  grep -q 'install .* bats$' "$asked"
}

@test "what only the tests need is left out without --test" {
  have_installed "${all_installed/bats/}"
  install_deps ''
  [ "$status" -eq 0 ]
  [ ! -s "$asked" ]
}

@test "a PETSc of one's own needs no package" {
  have_installed "${all_installed/libpetsc-real-dev/}"
  install_deps '' PETSC_DIR=/somewhere
  [ ! -s "$asked" ]
}

@test "neither root nor sudo: prints the command and fails" {
  have_installed "${all_installed/libcjson-dev/}"
  install_deps '' FAKE_UID=1000
  [ "$status" -eq 1 ]
  [ ! -s "$asked" ]
  [[ "$output" == *"apt-get install -y --no-install-recommends libcjson-dev"* ]]
}

@test "a failing apt is a failure" {
  have_installed "${all_installed/libcjson-dev/}"
  make_fake apt-get 'exit 100'
  install_deps ''
  [ "$status" -ne 0 ]
}

@test "an unknown argument is refused" {
  install_deps --tests
  [ "$status" -eq 1 ]
  [[ "$output" == *--tests* ]]
}
