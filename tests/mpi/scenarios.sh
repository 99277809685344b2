#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What needs processes that die, are signalled or fail: scenarios.sh SCENARIO PROBE MPIRUN
set -u
scenario=$1 probe=$2 mpirun=$3
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMP_WAIT_POLICY=passive
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
out=$folder/out err=$folder/err
expected=0442204241949311 # of the undisturbed job, as the unit tests have it by the serial driver

fail() { echo "FAILED: $*"; echo "--- output"; cat "$out"; echo "--- errors"; cat "$err"; exit 1; }
# expect KEY VALUE: the line "KEY VALUE" was printed by rank 0
expect() { grep -qx -- "$1 $2" "$out" || fail "expected \`$1 $2\`"; }
expect_code() { [ "$code" = "$1" ] || fail "expected exit code $1, got $code"; }

# launch RANKS [mpirun option...] -- argument...   0 ranks: without a launcher. Runs in the background as $pid.
launch() {
  local ranks=$1; shift
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  if [ "$ranks" = 0 ]; then
    "$probe" "$@" >"$out" 2>"$err" &
  else
    "$mpirun" --oversubscribe --bind-to none "${options[@]}" -n "$ranks" "$probe" "$@" >"$out" 2>"$err" &
  fi
  pid=$!
}
# finish SECONDS: waits, at most so long; the exit code is in $code
finish() {
  { timeout "$1" tail --pid="$pid" -f /dev/null || kill -9 "$pid"; } >/dev/null 2>&1 &
  wait "$pid"; code=$?
}
run() { launch "$@"; finish 60; }
# ready RANKS: waits until all ranks have started their tasks
ready() {
  for _ in $(seq 100); do
    [ "$(grep -c '^ready' "$err")" -ge "$1" ] && { sleep 0.4; return; }
    sleep 0.1
  done
  fail "ranks did not start"
}

case $scenario in
  worker_killed) # kill -9 of a worker: the job goes on in the same run and gives the same history
    run 3 --enable-recovery -- die=1 lost=1 seconds=0.005 threads=2
    expect outcome complete; expect code 0; expect lost 1; expect abandon 1; expect digest $expected ;;
  worker_stopped) # a worker that is slow and comes back is taken in again
    launch 3 -- lost=0.7 hang=20 seconds=0.01 threads=1 report_after=1
    ready 3
    victim=$(awk '$1 == "ready" && $2 == 2 {print $3}' "$err")
    kill -STOP "$victim"; sleep 1.5; kill -CONT "$victim"
    finish 60
    expect outcome complete; expect lost 0; expect abandon 1; expect usage 3; expect digest $expected ;;
  throw) # an exception on another rank ends with its text on rank 0 and its code everywhere
    run 3 -- throw=17 seconds=0.001
    expect_code 74; expect outcome failed; expect message "task 17: the disk of this rank is full" ;;
  usr1) # finish running tasks, 75
    launch 3 -- seconds=0.05 threads=2
    ready 3; kill -USR1 $pid; finish 30
    expect_code 75; expect outcome stopped; expect reason "signal USR1"; expect abandon 0 ;;
  usr1_twice) # long tasks are dropped by the second one, although they might run for a minute
    launch 2 -- seconds=50 threads=2
    ready 2; kill -USR1 $pid; sleep 0.5; kill -USR1 $pid; finish 20
    expect_code 75; expect outcome stopped ;;
  term) # under mpirun about a second is left: rank 0 has ended properly within it (mpirun reports a code of its own)
    launch 3 -- seconds=0.2 threads=2
    ready 3; kill -TERM $pid; finish 20
    expect outcome stopped; expect code 75; expect reason "signal TERM" ;;
  int_alone) # without a launcher running tasks may finish
    launch 0 -- seconds=0.3 threads=2
    ready 1; kill -INT $pid; finish 20
    expect_code 75; expect outcome stopped; expect reason "signal INT"; expect abandon 0 ;;
  deaf) # tasks that ignore their stop token are left behind, with the same code on all ranks
    launch 2 -- seconds=50 threads=2 deaf=1 grace=0.5
    ready 2; kill -USR1 $pid; finish 20
    expect_code 75
    grep -q "stopped (signal USR1); 2 tasks did not stop when asked and are left behind" "$err" || fail "no word of it" ;;
  root_killed) # workers that hear nothing leave by themselves
    launch 2 --enable-recovery -- hang=1 seconds=0.05
    ready 2
    kill -9 "$(awk '$1 == "ready" && $2 == 0 {print $3}' "$err")"
    finish 30
    grep -q "rank 1 has heard nothing from rank 0 for 1 s and leaves" "$err" || fail "the worker did not say why it left" ;;
  thread_limit) # fewer threads than asked: 69 and the remedy, the same on all ranks
    export OMP_THREAD_LIMIT=2
    run 2 -- threads=3
    expect_code 69
    grep -q "OMP_THREAD_LIMIT allows 2: raise it to 4 or use --threads 1" "$err" || fail "no remedy" ;;
  slurm_copies) # several tasks of a Slurm step that cannot find each other
    export SLURM_JOB_ID=1 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3
    run 0 --
    expect_code 69
    grep -q -- "--mpi=pmix" "$err" || fail "no remedy" ;;
  *) echo "no such scenario: $scenario"; exit 2 ;;
esac
