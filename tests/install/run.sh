#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into a temporary folder, builds a small find_package(Shoal) program against it and runs it:
# run.sh CMAKE BUILD_FOLDER CXX_COMPILER CXX_FLAGS
set -eu
cmake=$1 build=$2 compiler=$3 flags=$4
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$cmake" --install "$build" --prefix "$folder/prefix" >"$folder/log" || { cat "$folder/log"; exit 1; }
"$cmake" -S "$here" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" >"$folder/log" || { cat "$folder/log"; exit 1; }
"$cmake" --build "$folder/build" >"$folder/log" || { cat "$folder/log"; exit 1; }
answer=$("$folder/build/sum_of_squares")
[ "$answer" = 333283335000 ] || { echo "FAILED: the program said $answer"; exit 1; }
# A search over a function of one's own: the same result without a launcher and under one.
(cd "$folder" && "$folder/build/rosenbrock" run "$here/rosenbrock.toml" -o alone.h5 >log) || { cat "$folder/log"; exit 1; }
if command -v mpirun >/dev/null; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  (cd "$folder" && mpirun -n 2 "$folder/build/rosenbrock" run "$here/rosenbrock.toml" -o two.h5 >log 2>&1 &&
    "$folder/build/rosenbrock" diff alone.h5 two.h5 >>log) || { cat "$folder/log"; exit 1; }
fi
if command -v qemu-x86_64 >/dev/null && [ -z "$flags" ]; then  # the start-up check came along
  code=0; qemu-x86_64 -cpu Nehalem "$folder/build/sum_of_squares" 2>/dev/null || code=$?
  [ $code = 69 ] || { echo "FAILED: the program gave $code instead of 69 on a Nehalem"; exit 1; }
fi
