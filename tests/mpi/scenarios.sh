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
# Nothing here depends on how fast the machine is: tests wait for events, and these limits only end a run that hangs.
patience=300
# finish: waits for the end; the exit code is in $code
finish() {
  { timeout $patience tail --pid="$pid" -f /dev/null || kill -9 "$pid"; } >/dev/null 2>&1 &
  wait "$pid"; code=$?
}
run() { launch "$@"; finish; }
# event REGEX [COUNT]: waits until so many lines of standard error match
event() {
  local end=$((SECONDS + patience)) alive=1
  until [ "$(grep -c -E "^$1" "$err")" -ge "${2:-1}" ]; do
    [ $alive = 1 ] && [ $SECONDS -lt $end ] || fail "no \`$1\`"
    kill -0 "$pid" 2>/dev/null || alive=0  # then one more look
    sleep 0.05
  done
}
# pid_of RANK: of a rank that runs tasks
pid_of() { awk -v rank="$1" '$1 == "running" && $2 == rank {print $3; exit}' "$err"; }

case $scenario in
  worker_killed) # kill -9 of a worker: the job goes on in the same run and gives the same history
    launch 3 --enable-recovery -- die=1 lost=4 seconds=0.005 threads=2 gate="$folder/go"
    event "dying 1"; touch "$folder/go"; finish
    expect outcome complete; expect code 0; expect lost 1; expect abandon 1; expect digest $expected ;;
  worker_stopped) # a worker that is slow and comes back is taken in again
    launch 3 -- lost=4 hang=600 seconds=0.005 threads=1 gate="$folder/go"
    event "running" 3
    victim=$(pid_of 2)
    kill -STOP "$victim"; event "lost 2"; kill -CONT "$victim"; event "returned 2"
    touch "$folder/go"; finish
    expect outcome complete; expect lost 0; expect abandon 1; expect usage 3; expect digest $expected ;;
  throw) # an exception on another rank ends with its text on rank 0 and its code everywhere
    run 3 -- throw=17 seconds=0.001
    expect_code 74; expect outcome failed; expect message "task 17: the disk of this rank is full" ;;
  usr1) # finish running tasks, 75
    launch 3 -- seconds=0.2 threads=2
    event "running [012] " 6; kill -USR1 $pid; finish
    expect_code 75; expect outcome stopped; expect reason "signal USR1"; expect abandon 0 ;;
  usr1_twice) # long tasks are dropped by the second one, although they might run for many minutes
    launch 2 -- seconds=1000 grace=1000 threads=2
    event "running" 4; kill -USR1 $pid; event "stopping"; kill -USR1 $pid; finish
    expect_code 75; expect outcome stopped ;;
  term) # under mpirun about a second is left: rank 0 has ended properly within it (mpirun reports a code of its own)
    for _ in 1 2 3 4 5; do  # again if the machine stood still for that second
      launch 3 -- seconds=0.2 threads=2
      event "running" 6; kill -TERM $pid; finish
      ! grep -qx "outcome stopped" "$out" || break
    done
    expect outcome stopped; expect code 75; expect reason "signal TERM" ;;
  int_alone) # without a launcher running tasks may finish
    launch 0 -- seconds=0.3 threads=2
    event "running"; kill -INT $pid; finish
    expect_code 75; expect outcome stopped; expect reason "signal INT"; expect abandon 0 ;;
  deaf) # tasks that ignore their stop token are left behind, with the same code on all ranks
    launch 2 -- seconds=1000 threads=2 deaf=1 grace=0.5
    event "running" 4; kill -USR1 $pid; finish
    expect_code 75
    grep -q "stopped (signal USR1); 2 tasks did not stop when asked and are left behind" "$err" || fail "no word of it" ;;
  root_killed) # workers that hear nothing leave by themselves
    launch 2 --enable-recovery -- hang=4 seconds=0.05
    event "running" 2
    kill -9 "$(pid_of 0)"
    finish
    grep -q "rank 1 has heard nothing from rank 0 for 4 s and leaves" "$err" || fail "the worker did not say why it left" ;;
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
