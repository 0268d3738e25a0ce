#!/usr/bin/env bash
# Installs what kacrice needs and this machine lacks: scripts/install_deps.sh [--test]
#   --test   also what scripts/test.sh needs (cmocka, bats, shellcheck, clang-format, SLURM, clang)
# Debian and Ubuntu: by apt, as root or by sudo; nothing happens when all is there. Elsewhere it says what is missing
# and how to point CMake at it. With PETSC_DIR set, PETSc and SLEPc are yours to provide.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# "package" or "package|pattern": any installed package that fits the pattern will do as well.
packages=(
  build-essential cmake git 'pkg-config|pkgconf'
  openmpi-bin libopenmpi-dev libhdf5-openmpi-dev
  libopenblas-dev librandom123-dev libcjson-dev
  python3 python3-numpy python3-h5py python3-matplotlib python3-yaml
)
petsc_packages=(
  'libpetsc-real-dev|libpetsc-real[0-9]*-dev' 'libslepc-real-dev|libslepc-real[0-9]*-dev'
)
test_packages=(libcmocka-dev bats shellcheck 'clang-format|clang-format-14' slurm-wlm munge iproute2
  clang libclang-rt-dev)

# The wanted packages that are not installed, one a line.
missing_packages() {
  local installed entry name
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
  for entry in "$@"; do
    local found=no
    for name in $installed; do
      # shellcheck disable=SC2254  # the part behind the bar is a pattern
      case "$name" in "${entry%%|*}" | ${entry#*|}) found=yes && break ;; esac
    done
    [ "$found" = yes ] || echo "${entry%%|*}"
  done
}

install_by_apt() {
  local -a as_root=()
  local apt='apt-get -o DPkg::Lock::Timeout=300'
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      echo "kacrice: these packages are missing and you are not root. Ask for:" >&2
      echo "  apt-get update && apt-get install -y --no-install-recommends $*" >&2
      exit 1
    fi
  fi
  echo "Installing: $*"
  # shellcheck disable=SC2086  # options of apt, several words
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $apt update -q
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $apt install -y -q --no-install-recommends "$@"
}

# On other systems: one line for each thing that is not there.
report_missing() {
  local tool name
  for tool in cc cmake git pkg-config mpicc mpirun; do
    command -v "$tool" >/dev/null || echo "$tool (put it in PATH)"
  done
  [ -n "${PETSC_DIR:-}" ] || pkg-config --exists PETSc 2>/dev/null || pkg-config --exists petsc 2>/dev/null ||
    echo "PETSc >= 3.18, real scalars (set PETSC_DIR and PETSC_ARCH, or PKG_CONFIG_PATH)"
  [ -n "${SLEPC_DIR:-}" ] || pkg-config --exists SLEPc 2>/dev/null || pkg-config --exists slepc 2>/dev/null ||
    echo "SLEPc of the same version (set SLEPC_DIR, or PKG_CONFIG_PATH)"
  [ -n "${HDF5_ROOT:-}" ] || command -v h5pcc >/dev/null || pkg-config --exists hdf5-openmpi 2>/dev/null ||
    echo "HDF5 built with MPI (set HDF5_ROOT)"
  pkg-config --exists libcjson 2>/dev/null || echo "cJSON (put the folder of libcjson.pc in PKG_CONFIG_PATH)"
  echo '#include <Random123/philox.h>' | cc -E - >/dev/null 2>&1 ||
    echo "Random123 (cmake -DRANDOM123_INCLUDE_DIR=FOLDER)"
  kr_find_python >/dev/null || echo "python3 with h5py, matplotlib and numpy (set KR_PYTHON)"
  python3 -c 'import yaml' 2>/dev/null || /usr/bin/python3 -c 'import yaml' 2>/dev/null ||
    echo "PyYAML, for jobs/submit.sh"
  [ "$with_tests" = no ] && return 0
  pkg-config --exists cmocka 2>/dev/null || echo "cmocka (put the folder of cmocka.pc in PKG_CONFIG_PATH)"
  for name in bats shellcheck; do command -v "$name" >/dev/null || echo "$name (put it in PATH)"; done
}

with_tests=no
for argument in "$@"; do
  case "$argument" in
  --test) with_tests=yes ;;
  *) kr_fail "install_deps.sh: unknown argument $argument; the only one is --test" ;;
  esac
done
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  wanted=("${packages[@]}")
  [ -n "${PETSC_DIR:-}" ] || wanted+=("${petsc_packages[@]}")
  [ "$with_tests" = no ] || wanted+=("${test_packages[@]}")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [ "${#missing[@]}" -eq 0 ] || install_by_apt "${missing[@]}"
else
  mapfile -t missing < <(report_missing)
  if [ "${#missing[@]}" -gt 0 ]; then
    echo "kacrice: this is not Debian or Ubuntu, so please provide (README.md, Installing):" >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
  fi
fi
