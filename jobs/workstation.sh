#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# jobs/workstation.sh INPUT.toml [options of shoal run]
# Sets up this machine (Debian 12: missing packages through apt), builds, runs the input on all cores and draws the result.
# The result and its pictures go to the current folder. The same command again continues an interrupted run and says so
# if there is nothing left to do. RANKS= and THREADS= override the layout; the result is the same, bit for bit.
# Ctrl-C stops after the running tasks, keeps everything finished, and exits with 75; a second one stops at once.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/jobs/common.sh"

case ${1:-} in
  "") sed -n '3,7s/^# //p' "$0" >&2; exit 64 ;;
  -h | --help) sed -n '3,7s/^# //p' "$0"; exit 0 ;;
esac
input=$1
shift
if [ ! -e "$input" ] && [ -e "$root/$input" ]; then input=$root/$input; fi
[ -e "$input" ] || fail 66 "no input file $input (inputs that come with shoal: $(cd "$root" && echo inputs/*.toml))"

need_packages "${packages_build[@]}" "${packages_analysis[@]}"
# A build of tests/run.sh will do as it is; a new one leaves the tests out, which need more packages.
options=()
[ -e "$root/build/release/build.ninja" ] || options=(-DSHOAL_TESTS=OFF)
build_shoal release shoal "${options[@]}"
shoal=$root/build/release/shoal
result=$(result_of "$input" "$@")

# Mistakes in the input are said here, before mpirun can add its own remarks.
sets_of "$@"
"$shoal" check "$input" "${sets[@]}" >/dev/null || exit $?

choose_layout
mpirun_command "$ranks" "$threads"
[ "$ranks" -gt 1 ] || launch=()   # one rank needs no launcher
export OMP_PLACES=cores OMP_PROC_BIND=close
say "$ranks rank(s) x $threads thread(s) on $cores core(s); result: $result"

code=0
run_with_signals "${launch[@]}" "$shoal" run "$input" --threads "$threads" "$@" || code=$?

case $(status_of "$shoal" "$result") in
  complete) ;;
  partial | running) say "stopped early; the same command continues"; [ "$code" != 0 ] || code=75; exit "$code" ;;
  *) exit "$((code == 0 ? 70 : code))" ;;
esac
[ "$code" = 0 ] || exit "$code"
workload=$("$shoal_python" "$root/analysis/shoal_results.py" --workload "$result") || exit 74
say "result: $(realpath "$result")"
modules=("plot_$workload")
[ "$workload" != tune ] || modules+=(plot_search)
if [ -e "$root/analysis/${modules[0]}.py" ]; then
  say "pictures:"
  for module in "${modules[@]}"; do
    "$shoal_python" "$root/analysis/$module.py" "$result"
  done
fi
