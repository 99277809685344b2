// SPDX-License-Identifier: Apache-2.0
// A compiled formula as a list of instructions over slots, each a block of values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal::math {

enum class Operation : std::uint8_t {
#define OPERATION(arguments, name, text) name,
#include "math/expression_operations.def"
#undef OPERATION
};

// out = operation(a, b, c); arguments that the operation does not take are 0.
struct Instruction {
  Operation operation;
  std::uint32_t out, a, b, c;
};

// Slots: first the variables, then the constants, then the temporaries.
struct Program {
  std::size_t n_variables = 0;
  std::vector<double> constants;
  std::size_t n_temporaries = 0;
  std::vector<Instruction> instructions;
  std::uint32_t result = 0;
};

// Values per block are a power of two between these: as many as keep all slots of a formula in the first cache, so that
// the choice of an instruction's kernel (a few ns) is spread over many values.
inline constexpr std::size_t smallest_block = 128, largest_block = 256;

// Runs all instructions over one block of n values, a power of two as above. slots[i] points to n values.
void run_block(std::span<const Instruction> instructions, const std::vector<double*>& slots, std::size_t n);
void run_block(std::span<const Instruction> instructions, const std::vector<float*>& slots, std::size_t n);

// out[i] = values[i], or the quiet NaN with no other bits.
void store_result(std::span<const double> values, double* out);
void store_result(std::span<const float> values, float* out);

// One operation on constants: the same kernels, so the same bits.
double apply(Operation operation, double a, double b, double c);

}  // namespace shoal::math
