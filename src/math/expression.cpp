// SPDX-License-Identifier: Apache-2.0
#include "shoal/math/expression.hpp"

#include <fmt/format.h>
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <bit>
#include <cassert>

#include "math/expression_parser.hpp"
#include "math/expression_program.hpp"

namespace shoal::math {
namespace {

// The line that holds the position, with control characters blanked, and a caret below; long lines are cut
// around it.
std::string pointed(std::string_view text, std::size_t position) {
  constexpr std::size_t before = 60, width = 100;
  std::size_t begin = text.substr(0, position).rfind('\n');
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  if (position - begin > before) begin = position - before;
  std::string line(text.substr(begin, std::min(text.find('\n', position), begin + width) - begin));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return fmt::format("  {}\n  {}^", line, std::string(position - begin, ' '));
}

// The memory of one evaluation: a block for every constant and temporary, and for variables and the result in
// the last block.
template <typename T>
class Workspace {
 public:
  // `count`: of points that will be evaluated.
  Workspace(const Program& program, std::size_t count) : program_(program) {
    constexpr std::size_t cache =
        24 * 1024;  // bytes for all slots: half of the smallest first cache of today
    const std::size_t n_slots = program.n_variables + program.constants.size() + program.n_temporaries;
    const std::size_t fitting = cache / (sizeof(T) * std::max<std::size_t>(n_slots, 1));
    block_ =
        std::clamp(std::bit_floor(std::min(fitting, std::bit_ceil(count))), smallest_block, largest_block);
    memory_.reserve(n_slots * block_);
    slots_.resize(n_slots);
    for (std::size_t i = 0; i < n_slots; ++i) slots_[i] = memory_.blocks.get() + i * block_;
    for (std::size_t i = 0; i < program.constants.size(); ++i)
      std::fill_n(slots_[program.n_variables + i], block_, static_cast<T>(program.constants[i]));
  }

  // All points of the columns.
  void run(std::span<const T* const> columns, std::span<T> out) {
    for (std::size_t begin = 0; begin < out.size(); begin += block_) {
      const std::size_t count = std::min(block_, out.size() - begin);
      for (std::size_t i = 0; i < program_.n_variables; ++i) read(i, columns[i] + begin, count);
      run_block(program_.instructions, slots_, block_);
      store_result(std::span<const T>(slots_[program_.result], count), out.data() + begin);
    }
  }

 private:
  // A full block is read where it lies; kernels never write a variable's slot.
  void read(std::size_t variable, const T* values, std::size_t count) {
    if (count == block_) {
      slots_[variable] = const_cast<T*>(values);
    } else {
      slots_[variable] = memory_.blocks.get() + variable * block_;
      std::copy_n(values, count, slots_[variable]);
      std::fill_n(slots_[variable] + count, block_ - count, values[0]);
    }
  }

  // Kept by the thread from one evaluation to the next, which may be of few points.
  struct Memory {
    hwy::AlignedFreeUniquePtr<T[]> blocks;  // aligned, so that no vector crosses a cache line
    std::size_t size = 0;
    std::vector<T*> slots;

    void reserve(std::size_t n) {
      if (n <= size) return;
      blocks = hwy::AllocateAligned<T>(n);
      size = n;
    }
  };
  static Memory& memory_of_thread() {
    thread_local Memory memory;
    return memory;
  }

  const Program& program_;
  std::size_t block_ = 0;
  Memory& memory_ = memory_of_thread();
  std::vector<T*>& slots_ = memory_.slots;
};

template <typename T>
void evaluate_blocks(const Program& program, std::span<const T* const> columns, std::span<T> out) {
  assert(columns.size() == program.n_variables);
  if (!out.empty()) Workspace<T>(program, out.size()).run(columns, out);
}

}  // namespace

ExpressionError::ExpressionError(const std::string& explanation, std::string_view text, std::size_t position)
    : InputError(fmt::format("{}\n{}", explanation, pointed(text, position))),
      explanation_(explanation),
      position_(position) {}

Expression::Expression(std::string_view text, const std::vector<std::string>& variables,
                       const std::map<std::string, double>& parameters) {
  ExpressionParser parser(text, variables, parameters);
  const ExpressionGraph::Index root = parser.parse();
  program_ = std::make_shared<const Program>(parser.graph().program(root));
}

double Expression::operator()(std::span<const double> point) const {
  assert(point.size() == program_->n_variables);
  std::vector<const double*> columns;
  for (const double& coordinate : point) columns.push_back(&coordinate);
  double value = 0;
  evaluate(columns, {&value, 1});
  return value;
}

void Expression::evaluate(std::span<const double* const> columns, std::span<double> out) const {
  evaluate_blocks(*program_, columns, out);
}

void Expression::evaluate(std::span<const float* const> columns, std::span<float> out) const {
  evaluate_blocks(*program_, columns, out);
}

std::size_t Expression::n_variables() const noexcept {
  return program_->n_variables;
}
std::size_t Expression::n_operations() const noexcept {
  return program_->instructions.size();
}

}  // namespace shoal::math
