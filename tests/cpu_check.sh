#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program on a CPU without AVX2 and FMA: cpu_check.sh PROBE [PROGRAM]. One clear line and 69, nothing else; and no
# complaint on a CPU that has them.
set -u
command -v qemu-x86_64 >/dev/null || { echo "qemu-x86_64 is not installed (package qemu-user)"; exit 77; }
for program in "$@"; do
  message=$(qemu-x86_64 -cpu Nehalem "$program" version 2>&1); code=$?
  expected="error: this CPU lacks AVX AVX2 FMA BMI1 BMI2 F16C LZCNT MOVBE: shoal needs x86-64-v3 (Intel Haswell of 2013, AMD Excavator or Zen, or later)"
  [ $code = 69 ] || { echo "FAILED: $program gave exit code $code on a Nehalem: $message"; exit 1; }
  [ "$message" = "$expected" ] || { echo "FAILED: $program said on a Nehalem: $message"; exit 1; }
done
message=$(qemu-x86_64 -cpu max "$1" version 2>&1) || { echo "FAILED: $1 on a CPU with AVX2: $message"; exit 1; }
"$1" || { echo "FAILED: $1 on this CPU"; exit 1; }
