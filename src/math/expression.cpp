// SPDX-License-Identifier: Apache-2.0
#include "shoal/math/expression.hpp"

#include <fmt/format.h>
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <utility>

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

// Values per block: many, so that the choice of an instruction's kernel (a few ns) is spread over them. But where a division or a root
// is what takes the time, so few that the processor is through with the other instructions of the next block when it has made the last
// division of this one.
std::size_t block_size(const Program& program) {
  bool divides = false;
  for (const Instruction& instruction : program.instructions) {
    if (instruction.operation > Operation::sqrt) return large_block;  // a function of many operations
    divides |= instruction.operation == Operation::quotient || instruction.operation == Operation::sqrt;
  }
  return divides ? small_block : large_block;
}

// A thread's memory for evaluations, kept from one to the next, which may be of few points of the same formula: a block for every
// variable, constant and temporary.
template <typename T>
class Workspace {
 public:
  static Workspace& of_thread() {
    thread_local Workspace workspace;
    return workspace;
  }

  // All points of the columns.
  void run(const Program& program, std::span<const T* const> columns, std::span<T> out) {
    if (program.id != id_) prepare(program);
    std::size_t begin = 0;
    for (; begin + block_ <= out.size(); begin += block_) whole_block(program, columns, begin, out.data() + begin);
    if (begin < out.size()) rest(program, columns, begin, out.subspan(begin));
  }

  void add_to_columns(const Program& program, const Grid& grid, std::size_t n, double* columns) {
    if (program.id != id_) prepare(program);
    slots_[0] = own(0);
    const std::array<double*, 2> results = {own(slots_.size()), own(slots_.size() + 1)};
    const std::size_t whole = n / block_ * block_;
    if (whole > 0) add_grid(program, slots_, results, grid, whole, block_, columns);
    if (n == whole) return;
    Grid rest = grid;
    rest.start += static_cast<double>(whole);
    add_grid(program, slots_, results, rest, n - whole, n - whole, columns);
  }

 private:
  void prepare(const Program& program) {
    const std::size_t n_slots = program.n_variables + program.constants.size() + program.n_temporaries;
    block_ = block_size(program);
    id_ = 0;
    const std::size_t size = (n_slots + 2) * block_;  // with two for results
    if (size > size_) {
      blocks_ = hwy::AllocateAligned<T>(size);
      size_ = size;
    }
    slots_.resize(n_slots);
    for (std::size_t i = 0; i < n_slots; ++i) slots_[i] = own(i);
    for (std::size_t i = 0; i < program.constants.size(); ++i)
      std::fill_n(own(program.n_variables + i), block_, static_cast<T>(program.constants[i]));
    id_ = program.id;
  }

  T* own(std::size_t slot) { return blocks_.get() + slot * block_; }

  // Values are read where they lie; kernels never write a variable's slot.
  void whole_block(const Program& program, std::span<const T* const> columns, std::size_t begin, T* out) {
    for (std::size_t i = 0; i < columns.size(); ++i) slots_[i] = const_cast<T*>(columns[i] + begin);
    if (program.instructions.empty()) std::copy_n(slots_[program.result], block_, out);
    run_block(program.instructions, slots_, block_, out);
  }

  // Fewer points than a block; the first fills the unit.
  void rest(const Program& program, std::span<const T* const> columns, std::size_t begin, std::span<T> out) {
    const std::size_t n = (out.size() + block_unit - 1) / block_unit * block_unit;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      slots_[i] = own(i);
      std::copy_n(columns[i] + begin, out.size(), slots_[i]);
      std::fill(slots_[i] + out.size(), slots_[i] + n, columns[i][begin]);
    }
    run_block(program.instructions, slots_, n, slots_[program.result]);
    std::copy_n(slots_[program.result], out.size(), out.data());
  }

  hwy::AlignedFreeUniquePtr<T[]> blocks_;  // aligned, so that no vector crosses a cache line
  std::size_t size_ = 0;
  std::uint64_t id_ = 0;  // of the program whose constants are in place
  std::size_t block_ = 0;
  std::vector<T*> slots_;
};

template <typename T>
void evaluate_blocks(const Program& program, std::span<const T* const> columns, std::span<T> out) {
  assert(columns.size() == program.n_variables);
  Workspace<T>::of_thread().run(program, columns, out);
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
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
  Program program = parser.graph().program(root);
  program.id = next_id();
  program_ = std::make_shared<const Program>(std::move(program));
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

void Expression::add_to_columns(const Grid& grid, std::size_t n, std::array<double, 32>& columns) const {
  assert(program_->n_variables == 1 && n % block_unit == 0);
  Workspace<double>::of_thread().add_to_columns(*program_, grid, n, columns.data());
}

std::size_t Expression::n_variables() const noexcept {
  return program_->n_variables;
}
std::size_t Expression::n_operations() const noexcept {
  return program_->instructions.size();
}

}  // namespace shoal::math
