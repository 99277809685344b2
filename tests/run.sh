#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/run.sh                   sets up this machine (Debian 12), builds, runs the core tests; no services, no network
# tests/run.sh --full            also Slurm, several hosts, PyTorch, and programs built by clang, without MPI, for debugging
# tests/run.sh --campaign NAME   one of the long ones: crash, fuzz, scaling, simulate, math, primes, asan, tsan
# Ends with ctest's summary. Options after these go to ctest, such as: tests/run.sh -R layouts
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/jobs/common.sh"
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

run_ctest() { # PRESET LABELS...
  local folder=$root/build/$1
  shift
  ctest --test-dir "$folder" --output-on-failure -j "$(env -u OMP_NUM_THREADS nproc)" "$@"
}

quick() {
  need_packages "${packages_build[@]}" "${packages_analysis[@]}" "${packages_test[@]}"
  build_shoal release all -DSHOAL_TESTS=ON
  run_ctest release -L quick "$@"
}

# Tests of signals, time limits, services and processes that die; tests of digests are not among them.
of_processes='(driver_.*|unit_mpi_.*|unit_process|unit_parallel|commands|efficiency|endings|objectives|several_hosts|under_slurm|workstation)'

# A machine that stands still for seconds can spoil a test of processes: such ones alone get a second turn, and are named.
again_if_of_processes() { # PRESET
  local failed=$root/build/$1/Testing/Temporary/LastTestsFailed.log
  [ -s "$failed" ] || return 1
  if grep -qvE "^[0-9]+:$of_processes\$" "$failed"; then return 1; fi
  say "a second turn for tests of processes that failed: $(cut -d: -f2 "$failed" | paste -sd' ')"
  run_ctest "$1" --rerun-failed
}

full() {
  need_packages "${packages_build[@]}" "${packages_analysis[@]}" "${packages_test[@]}" "${packages_full[@]}"
  build_shoal release all -DSHOAL_TESTS=ON -DSHOAL_WERROR=ON
  build_shoal clang shoal -DSHOAL_WERROR=ON -DSHOAL_MPI=OFF   # two questions in one build: another compiler, no MPI
  build_shoal debug shoal -DSHOAL_TESTS=OFF
  run_ctest release -L 'quick|full' "$@" || again_if_of_processes release
}

campaign() {
  local name=${1:-}
  [ -n "$name" ] || fail 64 "which campaign? crash, fuzz, scaling, simulate, math, primes, asan or tsan"
  shift
  need_packages "${packages_build[@]}" "${packages_analysis[@]}" "${packages_test[@]}" "${packages_full[@]}"
  case $name in
    asan | tsan)
      build_shoal "$name" all -DSHOAL_TESTS=ON
      export ASAN_OPTIONS=fast_unwind_on_malloc=0 LSAN_OPTIONS=suppressions=$root/tests/lsan.supp
      export TSAN_OPTIONS="ignore_noninstrumented_modules=1 suppressions=$root/tests/tsan.supp"
      run_ctest "$name" -L quick --timeout 3000 "$@" ;;
    *)
      build_shoal release all -DSHOAL_TESTS=ON
      run_ctest release -L campaign -R "^campaign_$name\$" --no-tests=error "$@" ;;
  esac
}

case ${1:-} in
  --full) shift; full "$@" ;;
  --campaign) shift; campaign "$@" ;;
  -h | --help) sed -n '3,6s/^# //p' "$0" ;;
  *) quick "$@" ;;
esac
