# Sourced by every script: the environment kacrice runs in. Whatever the user has set stays.
# shellcheck shell=bash

KR_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export KR_ROOT

# Open MPI refuses root unless told twice (containers run as root), and refuses more ranks than cores.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}" # Open MPI 5

# mpirun binds the first ranks of each run to the first cores: runs side by side, as tests are, would share one core.
# In a job the scheduler's binding stays.
[ -n "${SLURM_JOB_ID:-}" ] ||
  export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"

# One thread a rank: the ranks are the parallelism.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"

# OpenBLAS 0.3.21 takes CPUs younger than itself for an SSE3 "Prescott" and runs 4 to 5 times too slow.
# Its AVX-512 kernels are Intel's: an AMD CPU gets the AVX2 ones.
kr_openblas_coretype() {
  if grep -qw avx512f /proc/cpuinfo 2>/dev/null && grep -qw GenuineIntel /proc/cpuinfo; then
    echo SkylakeX
  elif grep -qw avx2 /proc/cpuinfo 2>/dev/null; then
    echo Haswell
  fi
}
if [ -z "${OPENBLAS_CORETYPE:-}" ]; then
  OPENBLAS_CORETYPE=$(kr_openblas_coretype)
  if [ -n "$OPENBLAS_CORETYPE" ]; then export OPENBLAS_CORETYPE; else unset OPENBLAS_CORETYPE; fi
fi

# Prints a Python that has what the report needs: the first python3 in PATH may be a bare one.
kr_find_python() {
  local python
  for python in ${KR_PYTHON:+"$KR_PYTHON"} /usr/bin/python3 python3; do
    if "$python" -c 'import h5py, matplotlib, numpy' >/dev/null 2>&1; then
      command -v "$python"
      return 0
    fi
  done
  return 1
}

# Cores this process may use. (nproc alone would answer OMP_NUM_THREADS.)
kr_n_cores() {
  env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc
}

kr_fail() {
  echo "kacrice: $*" >&2
  exit 1
}

# kr_quietly WHAT LOG COMMAND...: says WHAT, runs the command into LOG, and shows LOG only when it fails.
kr_quietly() {
  local what=$1 log=$2
  shift 2
  printf '%s ... ' "$what"
  if "$@" >"$log" 2>&1; then
    echo "done"
  else
    echo failed
    cat "$log" >&2
    kr_fail "$what failed; all of its output is above and in $log"
  fi
}

# Configures and builds a preset; the program is then build/PRESET/kacrice.
kr_build() {
  local preset=$1 build="$KR_ROOT/build/$1"
  mkdir -p "$build" 2>/dev/null || kr_fail "cannot make $build: $KR_ROOT is not writable for $(id -un)"
  if [ ! -w "$build" ] || { [ -e "$build/CMakeCache.txt" ] && [ ! -w "$build/CMakeCache.txt" ]; }; then
    kr_fail "$build belongs to $(stat -c %U "$build"): run as that user, or remove it"
  fi
  cd "$KR_ROOT" || exit 1
  kr_quietly "Configuring build/$preset" "$build/configure.log" cmake --preset "$preset"
  kr_quietly "Building build/$preset" "$build/build.log" cmake --build --preset "$preset" -j "$(kr_n_cores)"
  cd "$OLDPWD" || exit 1
}
