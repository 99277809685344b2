#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real Slurm cluster on one machine, its nodes being the hosts of hosts.sh: slurmctld and munged run in h1, a slurmd in each.
#
#   slurm.sh FOLDER start N CPUS      N nodes of so many CPUs; FOLDER must be new or empty
#   slurm.sh FOLDER exec CMD...       runs a Slurm command (sbatch, squeue, ...) on h1
#   slurm.sh FOLDER stop              cancels all jobs, ends everything inside the hosts, and removes FOLDER
#
# Every daemon and job step lives inside a host, so the end of the hosts is their end.
set -euo pipefail
folder=$(realpath -m "$1")
command=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=$folder/slurm
export SLURM_CONF=$state/slurm.conf
hosts() { "$here/hosts.sh" "$folder/hosts" "$@"; }

write_configuration() { # N CPUS
  mkdir -p "$state"/{run,log,save,spool,pmix,munge}
  chmod 700 "$state/munge"
  head -c 128 /dev/urandom >"$state/munge/key"
  chmod 600 "$state/munge/key"
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=h1(10.77.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/run/munge.socket
StateSaveLocation=$state/save
SlurmdSpoolDir=$state/spool/%n
SlurmctldPidFile=$state/run/slurmctld.pid
SlurmdPidFile=$state/run/slurmd-%n.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdLogFile=$state/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$state/log/jobcomp.log
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=pmix
ReturnToService=2
KillWait=30
SlurmctldTimeout=300
SlurmdTimeout=300
JobRequeue=1
MailProg=/bin/true
CONF
  local i
  for i in $(seq "$1"); do
    echo "NodeName=h$i NodeAddr=10.77.0.$i CPUs=$2 Sockets=1 CoresPerSocket=$2 ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN"
  done >>"$SLURM_CONF"
  echo "PartitionName=test Nodes=h[1-$1] Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO" >>"$SLURM_CONF"
  echo "PMIxCliTmpDirBase=$state/pmix" >"$state/mpi.conf"
}

start() { # N CPUS
  local n=$1 cpus=$2 i ready
  mkdir -p "$folder"
  [ -z "$(ls -A "$folder")" ] || { echo "slurm: $folder is not empty" >&2; exit 1; }
  hosts start "$n"
  write_configuration "$n" "$cpus"
  hosts exec h1 munged --force --key-file="$state/munge/key" --socket="$state/run/munge.socket" \
    --pid-file="$state/run/munged.pid" --log-file="$state/log/munged.log" --seed-file="$state/munge/seed"
  hosts exec h1 slurmctld -c
  for i in $(seq "$n"); do
    mkdir -p "$state/spool/h$i"
    hosts exec "h$i" mount -t tmpfs -o mode=0755 tmpfs "$state/pmix"
    hosts exec "h$i" slurmd -N "h$i"
  done
  for _ in $(seq 1000); do
    ready=$(hosts exec h1 sinfo -h -N -o %T 2>/dev/null | grep -c -E '^(idle|mixed|allocated)$' || true)
    [ "$ready" != "$n" ] || return 0
    sleep 0.2
  done
  tail -n 5 "$state"/log/*.log >&2
  exit 1
}

case $command in
  start) start "$@" ;;
  exec) hosts exec h1 "$@" ;;
  stop)
    [ -e "$SLURM_CONF" ] || exit 0
    hosts exec h1 timeout 10 scancel -u root >/dev/null 2>&1 && sleep 1 || true
    hosts stop
    rm -rf --one-file-system "$folder" ;;
  *) sed -n 3,10p "$0"; exit 64 ;;
esac
