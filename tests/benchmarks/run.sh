#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/benchmarks/run.sh NAME...                      builds the benchmarks and runs some, such as `nn` or `primes_sieve`, one at a time
# tests/benchmarks/run.sh --against REV [--rounds N] NAME...   also builds those of another revision, runs both alternately (N times,
#                                                      default 5), and prints every number that both print: both medians and their ratio
# What follows `--` goes to the benchmarks. The machine should do nothing else.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/jobs/common.sh"

build_benchmarks() { # SOURCE BUILD NAMES...
  local source=$1 build=$2
  shift 2
  cmake -S "$source" -B "$build" -G Ninja -DSHOAL_BENCHMARKS=ON > /dev/null
  cmake --build "$build" -j "$(build_jobs)" --target "${@/#/benchmark_}"
}

against='' rounds=5 names=()
while [ $# -gt 0 ]; do
  case $1 in
    --against) against=${2:?--against: which revision?}; shift 2 ;;
    --rounds) rounds=${2:?--rounds: how many?}; shift 2 ;;
    -h | --help) sed -n '3,6s/^# //p' "$0"; exit 0 ;;
    --) shift; break ;;
    -*) fail 64 "unknown option $1; see --help" ;;
    *) names+=("$1"); shift ;;
  esac
done
[ ${#names[@]} -gt 0 ] || fail 64 "which benchmarks? $(cd "$root/tests/benchmarks" && ls ./*.cpp | sed 's|./||; s|\.cpp||' | paste -sd' ')"
for name in "${names[@]}"; do
  [ -f "$root/tests/benchmarks/$name.cpp" ] || fail 64 "there is no benchmark $name; without a name all are listed"
done

build_benchmarks "$root" "$root/build/benchmarks" "${names[@]}"
if [ -n "$against" ]; then
  revision=$(git -C "$root" rev-parse --short "$against^{commit}")
  other=$root/build/benchmarks-$revision
  if [ ! -d "$other/source" ]; then
    rm -rf "$other/source.part"
    mkdir -p "$other/source.part"
    git -C "$root" archive "$revision" | tar -x -C "$other/source.part"
    mv "$other/source.part" "$other/source"
  fi
  for name in "${names[@]}"; do
    [ -f "$other/source/tests/benchmarks/$name.cpp" ] || fail 64 "revision $revision has no benchmark $name"
  done
  build_benchmarks "$other/source" "$other" "${names[@]}"
fi
for name in "${names[@]}"; do
  here=$root/build/benchmarks/tests/benchmarks/benchmark_$name
  if [ -z "$against" ]; then
    "$here" "$@"
  else
    python3 "$root/tests/benchmarks/compare.py" --rounds "$rounds" "$other/tests/benchmarks/benchmark_$name" "$here" -- "$@"
  fi
done
