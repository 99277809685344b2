#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several "hosts" h1..hN on one machine: each has its own network, host name, mounts and /dev/shm, and a bridge in one more
# namespace (the "switch") joins them. Nothing changes outside. Needs root, iproute2, util-linux.
#
#   hosts.sh FOLDER start N           makes them; FOLDER must be new or empty, and holds all state
#   hosts.sh FOLDER exec HOST CMD...  runs a command there, in the present folder
#   hosts.sh FOLDER rsh HOST CMD...   the same as a shell line: what mpirun wants as plm_rsh_agent
#   hosts.sh FOLDER cut|join HOST     unplugs its cable, plugs it in again
#   hosts.sh FOLDER stop              ends every process inside the hosts, then the hosts, and removes FOLDER
#
# A host is held by one sleeping process, known by pid, start time and boot id; only processes whose namespace is that of
# such a holder are ever ended, so that a stale file or a recycled pid can hurt nobody.
set -euo pipefail
folder=$(realpath -m "$1")
command=$2
shift 2
net=10.77.0
read -r boot_id </proc/sys/kernel/random/boot_id

fail() { echo "hosts: $*" >&2; exit 1; }

start_time() { # PID: in clock ticks since boot (field 22; the name in field 2 may hold spaces)
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${stat##*) }
  echo "${20}"
}

find_holder() { # HOST: sets `holder` if the very process that `start` made is alive
  local since boot
  { read -r holder since boot <"$folder/$1.id"; } 2>/dev/null || return 1
  [ "$boot" = "$boot_id" ] && [ "$(start_time "$holder")" = "$since" ] && [ -e "/proc/$holder/ns/uts" ] &&
    ! is_outside "/proc/$holder"
}

is_outside() { # a process folder: in the namespace of this script, or of the machine?
  [ "$1/ns/uts" -ef /proc/self/ns/uts ] || [ "$1/ns/uts" -ef /proc/1/ns/uts ]
}

inside() { # HOST CMD...
  find_holder "$1" || fail "no host $1 in $folder"
  shift
  nsenter -t "$holder" -n -u -m --wd="$PWD" -- "$@"
}

make_host() { # NAME
  # A session of its own: a signal to the caller's process group does not reach it.
  setsid unshare -n -u -m --propagation private bash -c '
    hostname "$1"
    if [ "$1" != switch ]; then mount --bind "$2/hosts" /etc/hosts && mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1; fi
    read -r stat </proc/$$/stat
    name=$1 folder=$2 boot=$3
    set -- ${stat##*) }
    echo "$$ ${20} $boot" >"$folder/$name.new" && mv "$folder/$name.new" "$folder/$name.id" && exec sleep infinity
  ' _ "$1" "$folder" "$boot_id" </dev/null >/dev/null 2>&1 &
  for _ in $(seq 5000); do ! find_holder "$1" || return 0; sleep 0.02; done
  fail "could not make the namespaces of $1 (not root?)"
}

end_host() { # NAME: first everything that lives in it, the holder last: while it lives its namespace cannot be recycled
  local process found
  find_holder "$1" || return 0
  for _ in $(seq 3000); do
    found=0
    for process in /proc/[0-9]*; do
      if [ "$process" != "/proc/$holder" ] && [ "$process/ns/uts" -ef "/proc/$holder/ns/uts" ] && ! is_outside "$process"; then
        found=1
        kill -9 "${process#/proc/}" 2>/dev/null || true
      fi
    done
    [ $found = 1 ] || break
    sleep 0.02
  done
  kill -9 "$holder" 2>/dev/null || true
  for _ in $(seq 3000); do find_holder "$1" || break; sleep 0.02; done
}

start() { # N
  local n=$1 i host_pid
  mkdir -p "$folder"
  [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty"
  echo "$n" >"$folder/n"
  { echo "127.0.0.1 localhost"; for i in $(seq "$n"); do echo "$net.$i h$i"; done; } >"$folder/hosts"
  make_host switch
  inside switch ip link set lo up
  inside switch ip link add br0 type bridge
  inside switch ip link set br0 up
  for i in $(seq "$n"); do
    make_host "h$i"
    host_pid=$holder   # `inside` looks up the switch's
    inside switch ip link add "p$i" type veth peer name eth0 netns "$host_pid"
    inside switch ip link set "p$i" master br0 up
    inside "h$i" ip link set lo up
    inside "h$i" ip addr add "$net.$i/24" dev eth0
    inside "h$i" ip link set eth0 up
  done
}

case $command in
  start) start "$@" ;;
  exec) inside "$@" ;;
  rsh)
    find_holder "$1" || fail "no host $1 in $folder"
    shift
    exec nsenter -t "$holder" -n -u -m --wd=/ -- sh -c "$*" ;;
  cut) inside switch ip link set "p${1#h}" down ;;
  join) inside switch ip link set "p${1#h}" up ;;
  stop)
    [ -e "$folder/n" ] || exit 0
    for file in "$folder"/h*.id "$folder/switch.id"; do
      name=${file##*/}
      [ ! -e "$file" ] || end_host "${name%.id}"
    done
    rm -rf --one-file-system "$folder" ;;
  *) sed -n 3,14p "$0"; exit 64 ;;
esac
