// SPDX-License-Identifier: Apache-2.0
// What a method of integration is. One file and one line in methods.def each.
//
// An estimation runs in rounds: next() says what work a round has, run() does one item of it (anywhere, pure), fold() takes the
// results in order. next() of a later round sees everything folded before: so grids adapt, regions are split, samples double.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/random/stream.hpp"
#include "shoal/tasks/job.hpp"
#include "workloads/integrate/problem.hpp"

namespace shoal::workloads::integrate {

inline constexpr int kLatticeDimensions = 64;  // of the lattice of quasi-Monte Carlo

// The keys of the input that methods look at.
struct Options {
  std::int64_t memory_mb = 256;      // of the regions that adaptive methods keep
  std::string sequence = "sobol";    // sobol | lattice
  std::int64_t randomisations = 32;  // of quasi-Monte Carlo
  std::int64_t iterations = 15;      // of vegas, and how many of them only adapt
  std::int64_t warm_up = 5;
  std::int64_t increments = 0;       // of its map, on each axis; 0: from the samples of an iteration
  double alpha = 1, beta = 0.75;  // damping of map and stratification
};

// When to stop. samples >= 0: sampling methods take exactly these (as far as their shape allows), adaptive ones at most these.
struct Budget {
  std::int64_t samples = -1;  // -1: tolerances and max_evaluations decide
  double relative_tolerance = 0, absolute_tolerance = 0;
  std::int64_t max_evaluations = 0;

  bool fixed() const { return samples >= 0; }
  std::int64_t most() const { return fixed() ? samples : max_evaluations; }
  // The error that is small enough for this value.
  double tolerance(double value) const { return std::fmax(absolute_tolerance, relative_tolerance * std::fabs(value)); }
};

enum class Ending : std::int8_t {
  unfinished,   // rounds are missing
  samples,      // the samples asked for are done
  converged,    // the error is within the tolerance
  evaluations,  // the next round would exceed the evaluations allowed
  memory,       // the regions kept would exceed the memory allowed
  rounding,     // no more accuracy in double precision
  non_finite,   // a value was NaN or infinite, and the input says error
};

struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double error = std::numeric_limits<double>::infinity();  // one standard deviation, or what the method believes is a bound
  std::int64_t evaluations = 0;
  NonFinite bad;
  Ending ending = Ending::unfinished;
  std::string note;  // what the method has to say, such as why `auto` chose it
};

// Everything one estimate depends on besides the tasks' results. Cheap to make; holds references.
struct Context {
  const Problem& problem;
  const Options& options;
  Budget budget;
  random::Stream stream;  // of this estimate alone
};

// The work of one round. With `items`, item i gets items[i] as its payload.
struct Work {
  std::int64_t n_items = 0;  // 0: the estimation has ended
  tasks::Bytes common;       // for all items
  std::vector<tasks::Bytes> items;
};

class Estimation {
 public:
  virtual ~Estimation() = default;
  virtual Work next() = 0;
  virtual void fold(tasks::ByteView result) = 0;  // in the order of items
  virtual Estimate estimate() const = 0;          // from what was folded so far
};

struct ItemInput {
  std::int64_t item = 0;
  tasks::ByteView common, payload;
  const tasks::StopToken& stop;
};

class Method {
 public:
  virtual ~Method() = default;
  // Random numbers decide: repeats differ.
  virtual bool stochastic() const { return false; }
  // Why it cannot integrate this problem; empty: it can.
  virtual std::string unsuitable(const Problem& problem) const = 0;
  virtual std::unique_ptr<Estimation> start(const Context& context) const = 0;
  // False if it gave up because of the stop token.
  virtual bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const = 0;
};

struct MethodInfo {
  std::string name;
  std::string summary;
  const Method& (*method)();
};

const std::vector<MethodInfo>& all_methods();
int find_method(std::string_view name);  // its place in the list, -1: unknown
std::vector<std::string> method_names();

// A whole estimate in the calling thread. No value if `stop` was requested.
std::optional<Estimate> estimate(const Method& method, const Context& context, const tasks::StopToken& stop);

}  // namespace shoal::workloads::integrate
