# SPDX-License-Identifier: Apache-2.0
# What the scripts of this project share: packages, build, the shape of the machine, mpirun. To be sourced by bash:
#   . "$root/jobs/common.sh"        after root=<top folder of the source tree>
# Nothing here runs by itself. Functions that give up print one line that says what to do, and exit with the codes of shoal.

# The one list of packages (Debian 12 names).
packages_build=(g++ cmake ninja-build libopenmpi-dev openmpi-bin libhdf5-dev libeigen3-dev libhwy-dev
  libtomlplusplus-dev libcli11-dev libfmt-dev libssl-dev zlib1g-dev libprimesieve-dev
  libpng-dev libmpfr-dev libgmp-dev)
packages_analysis=(python3-h5py python3-matplotlib python3-xarray)
packages_test=(catch2 librandom123-dev libmuparser-dev python3-netcdf4 python3-h5netcdf hdf5-tools netcdf-bin git)
packages_full=(clang libomp-dev python3-torch python3-sklearn slurm-wlm munge iproute2 qemu-user libprimecount-dev)

# The Python that sees Debian's packages; another python3 earlier on the PATH may lack them.
shoal_python=/usr/bin/python3
[ -x "$shoal_python" ] || shoal_python=$(command -v python3 || echo python3)

say() { printf '%s\n' "shoal: $*"; }
fail() { local code=$1; shift; printf '%s\n' "shoal: $*" >&2; exit "$code"; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages NAME...: installs what is missing, saying so; sudo only where needed. Other systems: a list, then best effort.
need_packages() {
  local name missing=() sudo=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    need_tools "$@"
    return
  fi
  for name in "$@"; do is_installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  grep -qs '^VERSION_ID="12"' /etc/os-release || say "only Debian 12 is tested; trying Debian 12's package names here"
  say "installing ${#missing[@]} missing packages with apt: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail 69 "not root and no sudo here; ask for: apt-get install --no-install-recommends ${missing[*]}"
    say "sudo is needed for this step only"
    sudo=(sudo)
  fi
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
  local log=$root/build/apt.log
  mkdir -p "$root/build"
  "${apt[@]}" update >"$log" 2>&1 || { cat "$log" >&2; fail 69 "apt-get update failed (is there a network?)"; }
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null ||
    { tail -n 20 "$log" >&2; fail 69 "apt-get could not install: ${missing[*]} (Debian 12 is the tested system)"; }
}

# Systems without apt: says once what is needed and goes on; CMake names whatever is really missing.
need_tools() {
  local tool missing=()
  for tool in cmake ninja c++ mpirun; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  say "this system has no apt: only Debian 12 is tested, elsewhere please install the equivalents of: $*"
  [ ${#missing[@]} -eq 0 ] || fail 69 "these commands are missing: ${missing[*]}"
}

# Compile jobs at once: all CPUs we may use, but at least 1.5 GB of free memory each.
build_jobs() {
  local cpus free_mb
  cpus=$(env -u OMP_NUM_THREADS nproc)
  free_mb=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || echo 0)
  [ "${free_mb:-0}" -gt 0 ] || free_mb=$((cpus * 1500))
  local by_memory=$((free_mb / 1500))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cpus < by_memory ? cpus : by_memory))
}

# build_shoal PRESET "TARGET..." [-DOPTION=VALUE...]: configures build/PRESET where new or where an option differs, then
# builds the targets. Nothing to do takes a fraction of a second. The compiler's output is shown only when it fails.
build_shoal() {
  local preset=$1 targets=$2 option folder="$root/build/$1" log="$root/build/$1.log" configure=0
  shift 2
  [ -e "$folder/build.ninja" ] || configure=1
  for option in "$@"; do
    grep -q "^${option%%=*}:[A-Z]*=${option#*=}\$" <(sed 's/^/-D/' "$folder/CMakeCache.txt" 2>/dev/null) || configure=1
  done
  mkdir -p "$root/build"
  if [ $configure = 1 ]; then
    say "configuring build/$preset"
    cmake -S "$root" --preset "$preset" "$@" >"$log" 2>&1 || { cat "$log" >&2; fail 69 "CMake failed; see build/$preset.log"; }
  fi
  [ -e "$folder/shoal" ] || say "building build/$preset on $(build_jobs) CPUs (a few minutes, this first time)"
  # shellcheck disable=SC2086
  ninja -C "$folder" -j "$(build_jobs)" $targets >"$log" 2>&1 || { grep -v '^\[[0-9/]*\] Building' "$log" | tail -n 60 >&2; fail 70 "the build failed; see build/$preset.log"; }
}

# Physical cores and NUMA nodes among the CPUs this process may use, at most the container's quota: sets `cores`, `nodes`.
machine_shape() {
  local allowed quota period rest
  allowed=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status 2>/dev/null)
  read -r cores nodes < <(lscpu -p=CPU,CORE,SOCKET,NODE 2>/dev/null | awk -F, -v allowed="$allowed" '
    BEGIN { n = split(allowed, part, ","); for (i = 1; i <= n; i++) { m = split(part[i], e, "-"); for (c = e[1]; c <= e[m]; c++) ok[c + 0] = 1 } }
    /^#/ { next }
    ($1 + 0) in ok { core[$2 "," $3] = 1; node[$4] = 1 }
    END { c = 0; for (i in core) c++; n = 0; for (i in node) n++; print c, n }')
  [ "${cores:-0}" -ge 1 ] || { cores=$(env -u OMP_NUM_THREADS nproc); nodes=1; }
  if read -r quota period rest 2>/dev/null </sys/fs/cgroup/cpu.max && [ "$quota" != max ]; then
    quota=$(((quota + period - 1) / period))
    [ "$quota" -ge "$cores" ] || cores=$((quota > 0 ? quota : 1))
  fi
  [ "$nodes" -le "$cores" ] || nodes=$cores
}

# choose_layout: sets `ranks` and `threads` (RANKS= and THREADS= override). One rank a NUMA node, its threads on that
# node's cores; at least two ranks where there are two cores, so that a workstation runs what a cluster runs.
choose_layout() {
  machine_shape
  local natural=$nodes
  [ "$natural" -ge 2 ] || natural=$((cores >= 2 ? 2 : 1))
  ranks=${RANKS:-}
  threads=${THREADS:-}
  if [ -z "$ranks" ]; then
    ranks=$natural
    [ -z "$threads" ] || ranks=$((cores / threads > 0 ? cores / threads : 1))
  fi
  [ -n "$threads" ] || threads=$((cores / ranks > 0 ? cores / ranks : 1))
}

# mpirun_command RANKS THREADS: sets the array `launch` to mpirun and its options for this machine.
mpirun_command() {
  machine_shape
  # Without --enable-recovery: a run would outlive a lost worker, but Open MPI 4.1 then returns 0 whatever happened.
  launch=(mpirun -n "$1")
  if [ $(($1 * $2)) -le "$cores" ]; then
    launch+=(--map-by "slot:PE=$2" --bind-to core)
  else
    launch+=(--oversubscribe --bind-to none)
    export OMPI_MCA_mpi_yield_when_idle=1
  fi
  # Open MPI refuses root unless told twice; in containers root is the usual user.
  if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
}

# run_with_signals COMMAND...: runs it in a session of its own and returns its code. Ctrl-C, TERM and the end of the terminal
# reach it as USR1, "finish the running tasks": after INT mpirun would leave its ranks one second.
run_with_signals() {
  local run code=0 last=0 interrupted=1
  setsid "$@" &
  run=$!
  trap 'interrupted=1; kill -USR1 "$run" 2>/dev/null || true' INT TERM HUP
  while [ $interrupted = 1 ]; do   # a trap ends `wait` early
    interrupted=0
    wait "$run" && last=0 || last=$?
    [ "$last" = 127 ] || code=$last   # 127: it was already waited for
  done
  trap - INT TERM HUP
  return "$code"
}

# result_of INPUT OPTION...: the result file that `shoal run INPUT OPTION...` writes.
result_of() {
  local input=$1 result=""
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -o | --output) result=${2:-}; shift ;;
      --output=*) result=${1#--output=} ;;
      -o?*) result=${1#-o} ;;
    esac
    [ $# -eq 0 ] || shift
  done
  if [ -z "$result" ]; then result=$(basename "$input"); result=${result%.toml}.h5; fi
  printf '%s\n' "$result"
}

# sets_of OPTION...: sets the array `sets` to the --set options among them, which `shoal check` takes too.
sets_of() {
  sets=()
  while [ $# -gt 0 ]; do
    case $1 in
      --set) sets+=(--set "${2:-}"); shift ;;
      --set=*) sets+=("$1") ;;
    esac
    [ $# -eq 0 ] || shift
  done
}

# status_of SHOAL RESULT: running, partial, complete or failed, as `shoal status --json` says; "none" without a result.
status_of() {
  local word
  word=$("$1" status "$2" --json 2>/dev/null | tr -d '\n' | sed -n 's/.*"status" *: *"\([a-z]*\)".*/\1/p')
  printf '%s\n' "${word:-none}"
}
