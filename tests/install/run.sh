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
if command -v qemu-x86_64 >/dev/null && [ -z "$flags" ]; then  # the start-up check came along
  code=0; qemu-x86_64 -cpu Nehalem "$folder/build/sum_of_squares" 2>/dev/null || code=$?
  [ $code = 69 ] || { echo "FAILED: the program gave $code instead of 69 on a Nehalem"; exit 1; }
fi
