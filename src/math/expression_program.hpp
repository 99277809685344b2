// SPDX-License-Identifier: Apache-2.0
// A compiled formula as a list of instructions over slots, each a block of values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "shoal/math/expression.hpp"

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
  std::uint64_t id = 0;  // no two have the same
  std::size_t n_variables = 0;
  std::vector<double> constants;
  std::size_t n_temporaries = 0;
  std::vector<Instruction> instructions;
  std::uint32_t result = 0;
};

// Kernels take a multiple of block_unit values; a formula is evaluated over small or large blocks.
inline constexpr std::size_t block_unit = 32, small_block = 64, large_block = 128;

// Runs all instructions over n values, a multiple of block_unit; slots[i] points to n values. The last one writes to `result`, whose
// NaNs become the quiet one with no other bits; without instructions the values that are there do.
void run_block(std::span<const Instruction> instructions, const std::vector<double*>& slots, std::size_t n, double* result);
void run_block(std::span<const Instruction> instructions, const std::vector<float*>& slots, std::size_t n, float* result);

// Adds values over a grid to 32 columns, see Expression::add_to_columns. n is a multiple of `block`, that one of block_unit. Variable 0
// is made in slot 0, results in two blocks that are no slots.
void add_grid(const Program& program, const std::vector<double*>& slots, const std::array<double*, 2>& results, const Grid& grid,
              std::size_t n, std::size_t block, double* columns);

// One operation on constants: the same kernels, so the same bits.
double apply(Operation operation, double a, double b, double c);

}  // namespace shoal::math
