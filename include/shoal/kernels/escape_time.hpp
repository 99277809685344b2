// SPDX-License-Identifier: Apache-2.0
// Escape times of z -> z^2 + c from z = 0, in doubles: for n = 1, 2, ..., max_iterations: z = z^2 + c; the first n with
// |z|^2 > 4 is the answer, 0 if there is none.
//
// Two definitions, both exact (every operation rounded to nearest, none fused but where fma is written), so that every
// instruction set and both implementations give the same bits:
//
//   strict   x2 = x x, y2 = y y, xy = x y;  x = (x2 - y2) + cr,  y = (xy + xy) + ci;  |z|^2 = x x + y y      7 operations
//   fast     t = fma(-y, y, cr);  x' = fma(x, x, t),  y' = fma(x + x, y, ci);  |z|^2 = fma(x, x, y y)        4 operations
//
// Orbits of the two differ by rounding, and so do their answers at a few late points near the boundary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace shoal::kernels {

enum class EscapeArithmetic { strict, fast };

struct EscapeProblem {
  EscapeArithmetic arithmetic = EscapeArithmetic::strict;
  std::uint32_t max_iterations = 1000;  // >= 1
  // Points of the cardioid, q (q + (x - 1/4)) <= y^2 / 4 with q = (x - 1/4)^2 + y^2, and of the disc (x + 1)^2 + y^2 <= 1/16
  // are inside without iterating; each operation rounded in the order of in_cardioid_or_disc().
  bool interior_tests = false;
  // Points whose orbit comes back to exactly the same z are inside (R. P. Brent, BIT 20, 176-184, 1980). Changes no answer.
  bool detect_periods = false;
};

// Points c = x[i] + i y[j]; as pairs: c = x[k] + i y[k].
struct EscapeGrid {
  std::span<const double> x;
  std::span<const double> y;
  bool pairs = false;

  std::size_t n_points() const { return pairs ? x.size() : x.size() * y.size(); }
};

// What is found, row by row (y.size() rows of x.size()), or pair by pair.
struct EscapeAnswers {
  std::span<std::uint32_t> iterations;
  std::span<double> z_real;  // z at the answer; untouched where it is 0. Both empty: not wanted
  std::span<double> z_imag;
};

// Memory, reused from call to call. One for each thread.
class EscapeScratch {
 public:
  EscapeScratch();
  ~EscapeScratch();
  struct Arrays;
  Arrays& arrays() { return *arrays_; }

 private:
  std::unique_ptr<Arrays> arrays_;
};

// At most this many points a call: what a thread's share of the caches holds.
inline constexpr std::size_t kEscapePoints = 32768;

// Computes all answers. `undecided`: the points inside by max_iterations alone. False: it gave up, because `stop`, which is
// called every millisecond or so, said true. Throws std::invalid_argument if sizes do not match.
bool escape_times(const EscapeProblem& problem, const EscapeGrid& grid, const EscapeAnswers& answers, EscapeScratch& scratch,
                  const std::function<bool()>& stop, std::uint64_t& undecided);

// z and dz/dc (dz' = 2 z dz + 1, each product and sum rounded) from z = 0, dz = 0 after n[k] iterations at c[k], whose |z| may
// become large on the way. In groups of similar n it is fast. False: it gave up, because `stop`, which is called every
// millisecond or so, said true.
struct EscapeOrbits {
  std::span<const double> c_real, c_imag;
  std::span<const std::uint32_t> n;
  std::span<double> z_real, z_imag, d_real, d_imag;
};
bool escape_derivatives(EscapeArithmetic arithmetic, const EscapeOrbits& orbits, const std::function<bool()>& stop);

// --- one point at a time: the references ---

struct EscapePoint {
  std::uint32_t iterations = 0;
  double z_real = 0;  // z there; the last z if iterations is 0
  double z_imag = 0;
};
EscapePoint escape_time(EscapeArithmetic arithmetic, double c_real, double c_imag, std::uint32_t max_iterations);

// The same, unless `stop` says true, which is called every 65536 iterations: then false, and `point` is of no use.
bool escape_time(EscapeArithmetic arithmetic, double c_real, double c_imag, std::uint32_t max_iterations, const std::function<bool()>& stop,
                 EscapePoint& point);

// One step.
void escape_step(EscapeArithmetic arithmetic, double& x, double& y, double c_real, double c_imag);

bool in_cardioid_or_disc(double x, double y);

void escape_derivatives_reference(EscapeArithmetic arithmetic, const EscapeOrbits& orbits);

std::string escape_time_target();  // the instruction set in use

}  // namespace shoal::kernels
