#!/usr/bin/env bash
# Fuzzers of all that kacrice reads, under the address and undefined-behaviour sanitizers.
#
#   tests/fuzz/run.sh [SECONDS [NAME]]     NAME: options, campaign_json, shard, state, couplings, campaign_file; all by default,
#                                          60 seconds each
#
# Needs clang with libFuzzer (Debian: clang, libclang-rt-14-dev), h5py and yaml; ends with 77 where there is no clang, with 1 when
# something was found: it then lies in tests/fuzz/found/NAME. What is mended goes into tests/fuzz/regressions/NAME. The corpora
# are what the program of that build writes.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh
seconds=${1:-60}
names=${2:-options campaign_json shard state couplings campaign_file}
python=$(kr_find_python)
found=$PWD/tests/fuzz/found
work=$(mktemp -d)
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
trap 'rm -rf "$work"' EXIT

if ! command -v clang >/dev/null; then
  echo "fuzz: no clang here (Debian packages clang and libclang-rt-14-dev)"
  exit 77
fi
if [[ $names != campaign_file ]]; then
  cmake --preset fuzz >"$work/configure" || { cat "$work/configure"; exit 1; }
  nice cmake --build build/fuzz >"$work/build" 2>&1 || { tail -40 "$work/build"; exit 1; }
fi

# Bytes of a sealed file without its seal: the harness puts a new one behind.
unsealed() { head -c -16 "$1" >"$2"; }

# What the program itself writes, with small numbers of everything.
make_corpora() {
  local program=$PWD/build/fuzz/kacrice task state identity
  mkdir -p "$work"/{shard,state,couplings}
  (
    cd "$work"
    "$program" census -model_p 3 -model_n 3 -campaign_samples 2 -search_starts 40 -census_missing 0 -campaign_out c
    "$program" thermo -model_n 4 -campaign_samples 2 -thermo_sweeps 64 -thermo_burn_in 32 -thermo_temperatures 2,1 -campaign_out t
    "$program" tap c -tap_temperature 0.05 -tap_starts 0 -tap_out p
    "$program" export -model_n 3 -export_out e.h5
    timeout --signal=TERM 4 "$program" census -model_p 3 -model_n 6 -campaign_samples 1:2 -search_starts 100000000 \
      -census_missing 0 -campaign_checkpoint 0.001 -campaign_out running_census || true
    timeout --signal=TERM 4 "$program" thermo -model_n 6 -campaign_samples 1:2 -thermo_sweeps 1000000 -thermo_burn_in 32 \
      -thermo_temperatures 2,1 -campaign_checkpoint 0.001 -campaign_out running_thermo || true
  ) >"$work/programs" 2>&1 || { tail -20 "$work/programs"; exit 1; }
  unsealed "$work/c/samples/0000/s00000001.h5" "$work/shard/census"
  unsealed "$work/t/samples/0000/s00000001.h5" "$work/shard/thermo"
  unsealed "$work/p/samples/0000/s00000001.h5" "$work/shard/tap"
  cp "$work/e.h5" "$work/couplings/tensor"
  for task in census thermo; do
    state=$work/running_$task/running/s00000001.h5
    unsealed "$state" "$work/state/$task"
    identity=$("$python" -c 'import sys, h5py; print(h5py.File(sys.argv[1]).attrs["identity"], end="")' "$state"; echo x)
    export "KR_FUZZ_${task^^}=${identity%x}"
  done
}

status=0
if [[ $names == *shard* || $names == *state* || $names == *couplings* ]]; then
  make_corpora
fi
for name in $names; do
  if [[ $name == campaign_file ]]; then
    "$python" -B tests/fuzz/fuzz_campaign_file.py "$seconds" || status=1
    continue
  fi
  mkdir -p "$work/corpus_$name" "$found/$name"
  for folder in "tests/fuzz/regressions/$name" "$work/$name"; do
    [[ ! -d $folder ]] || cp "$folder"/* "$work/corpus_$name"
  done
  own=()
  [[ $name != options ]] || own=(-fork=1 -ignore_ooms=1) # PETSc loses the memory of a YAML that it refuses
  if build/fuzz/tests/fuzz/bin/fuzz_"$name" "${own[@]}" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -max_len=262144 -print_final_stats=1 \
    -artifact_prefix="$found/$name/" "$work/corpus_$name" >"$work/log_$name" 2>&1; then
    echo "$name: $(grep -aoE 'executed_units: *[0-9]+|^#[0-9]+' "$work/log_$name" | tail -1) inputs in $seconds s, nothing found"
    rmdir "$found/$name"
  else
    grep -aE 'ERROR|runtime error|SUMMARY|Test unit|#[0-9]+ .* in Kr' "$work/log_$name" | head -20 || tail -20 "$work/log_$name"
    status=1
  fi
done
rmdir "$found" 2>/dev/null || true
exit "$status"
