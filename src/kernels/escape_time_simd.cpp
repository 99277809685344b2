// SPDX-License-Identifier: Apache-2.0
// Escape times in lanes.
//
//   1. The first iterations of every point, checked one by one: most points of a whole view end here.
//   2. Points left go into a pool. A pass runs all of them some iterations further without looking, then looks once. Those
//      that have escaped are taken out with the z they had before the pass, and those left move together, so that lanes stay
//      full whatever happens to their neighbours.
//   3. After each pass, the points taken out run through it again, checked at each iteration, for their exact answers.
//
// Looking rarely is exact because |z| > 2 is final: with |c| < 2 (1 - k) the next |z| is at least |z|^2 - |c| > 2 (1 + k), less
// a few roundings of 2^-52, and growing; from k = 2^-40 on these do not matter (overflow ends in infinity or NaN, which are
// "not <= 4"). Points with |c| nearer to 2 than that, of which few pictures have any, are checked at each iteration.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "shoal/kernels/escape_time.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/escape_time_simd.cpp"
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/escape_pool-inl.h"
#include "kernels/escape_step-inl.h"

// Vectors in arrays stay in registers only if loops over them are unrolled whole.
#undef SHOAL_UNROLL
#if HWY_COMPILER_CLANG
#define SHOAL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SHOAL_UNROLL _Pragma("GCC unroll 16")
#endif

#ifndef SHOAL_KERNELS_ESCAPE_ARRAYS
#define SHOAL_KERNELS_ESCAPE_ARRAYS
namespace shoal::kernels {

struct EscapeScratch::Arrays {
  EscapeList pool, escaped, near;
};

}  // namespace shoal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace shoal::kernels::HWY_NAMESPACE {

// Vectors in flight: enough for two operations a clock of 4 clocks each in two chains, as far as registers go.
constexpr int kVectors = kLanes == 8 ? 6 : 3;
constexpr std::size_t kGroup = kVectors * kLanes;

constexpr std::uint32_t kFirst = 8;      // iterations of the first part, in two halves
// Of a pass: as many as so far, up to this, of which many short periods are divisors. What runs too far then and again is little
// beside what each look costs all others.
constexpr std::uint32_t kLongest = 240;
constexpr double kNearTwo = 4 * (1 - 0x1p-38);  // |c|^2 from which looking rarely is not exact

// |z|^2 <= 4
template <EscapeArithmetic A>
HWY_INLINE M is_small(V x, V y) {
  const V y2 = hn::Mul(y, y);
  const V size = A == EscapeArithmetic::strict ? hn::Add(hn::Mul(x, x), y2) : hn::MulAdd(x, x, y2);
  return hn::Le(size, hn::Set(D(), 4.0));
}

// The order of in_cardioid_or_disc().
HWY_INLINE M is_inside(V x, V y) {
  const D d;
  const V y2 = hn::Mul(y, y), a = hn::Sub(x, hn::Set(d, 0.25)), b = hn::Add(x, hn::Set(d, 1.0));
  const V q = hn::Add(hn::Mul(a, a), y2);
  const M cardioid = hn::Le(hn::Mul(q, hn::Add(q, a)), hn::Mul(hn::Set(d, 0.25), y2));
  return hn::Or(cardioid, hn::Le(hn::Add(hn::Mul(b, b), y2), hn::Set(d, 0.0625)));
}

struct Task {
  const EscapeProblem& problem;
  const EscapeAnswers& answers;
  EscapeList& pool;
  EscapeList& escaped;
  EscapeList& near;  // |c| = 2

  bool wants_z() const { return !answers.z_real.empty(); }

  void answer(std::uint64_t place, std::uint32_t n, double x, double y) const {
    answers.iterations[place] = n;
    if (!wants_z()) return;
    answers.z_real[place] = x;
    answers.z_imag[place] = y;
  }
};

// Up to `steps` iterations, each checked. `n`: before each lane's escape, counted from 0. z stays where it escaped if `Freeze`.
template <EscapeArithmetic A, bool Freeze, int N>
HWY_INLINE void run_checked(std::uint32_t steps, const V* c_real, const V* c_imag, V* x, V* y, M* alive, hn::Vec<U>* n) {
  const U u;
  const auto one = hn::Set(u, 1);
  for (std::uint32_t k = 0; k < steps; ++k) {
    SHOAL_UNROLL for (int v = 0; v < N; ++v) {
      n[v] = hn::IfThenElse(hn::RebindMask(u, alive[v]), hn::Add(n[v], one), n[v]);
      if constexpr (Freeze) {
        V next_x = x[v], next_y = y[v];
        step<A>(next_x, next_y, c_real[v], c_imag[v]);
        x[v] = hn::IfThenElse(alive[v], next_x, x[v]);
        y[v] = hn::IfThenElse(alive[v], next_y, y[v]);
      } else {
        step<A>(x[v], y[v], c_real[v], c_imag[v]);
      }
      alive[v] = hn::And(alive[v], is_small<A>(x[v], y[v]));
    }
  }
}

constexpr int kChecked = 4;  // vectors in flight where each iteration is checked

// Adds the lanes of `left` to the pool, or to the points near |c| = 2.
HWY_INLINE void keep(const Task& task, V c_real, V c_imag, V x, V y, M left, std::uint64_t place) {
  const V size = hn::Add(hn::Mul(c_real, c_real), hn::Mul(c_imag, c_imag));
  const M near = hn::And(left, hn::Gt(size, hn::Set(D(), kNearTwo)));
  if (!hn::AllFalse(D(), near)) {
    add_lanes(task.near, c_real, c_imag, x, y, near, place);
    left = hn::AndNot(near, left);
  }
  add_lanes(task.pool, c_real, c_imag, x, y, left, place);
}

// The first iterations of `count` <= kChecked * kLanes points: of a row, whose c_imag is one number, or pairs.
template <EscapeArithmetic A, bool Freeze, bool Pairs>
HWY_INLINE void start_group(const Task& task, const double* c_real, const double* c_imag, std::size_t count, std::uint64_t place, std::uint32_t steps) {
  const D d;
  const U u;
  V cr[kChecked], ci[kChecked], x[kChecked], y[kChecked];
  M alive[kChecked], valid[kChecked];
  hn::Vec<U> n[kChecked];
  SHOAL_UNROLL for (int v = 0; v < kChecked; ++v) {
    const std::size_t first = static_cast<std::size_t>(v) * kLanes;
    valid[v] = hn::FirstN(d, first < count ? count - first : 0);
    const auto load = [&](const double* from) HWY_ATTR {
      return first + kLanes <= count ? hn::LoadU(d, from + first) : load_some(from + first, first < count ? count - first : 0);
    };
    cr[v] = load(c_real);
    ci[v] = Pairs ? load(c_imag) : hn::Set(d, *c_imag);
    x[v] = y[v] = hn::Zero(d);
    alive[v] = task.problem.interior_tests ? hn::AndNot(is_inside(cr[v], ci[v]), valid[v]) : valid[v];
    n[v] = hn::Zero(u);
  }
  const std::uint32_t half = std::min(steps, kFirst / 2);
  run_checked<A, Freeze, kChecked>(half, cr, ci, x, y, alive, n);
  bool any = false;
  for (const M& some : alive) any = any || !hn::AllFalse(d, some);
  if (any) run_checked<A, Freeze, kChecked>(steps - half, cr, ci, x, y, alive, n);
  const hn::Rebind<std::uint32_t, D> u4;
  SHOAL_UNROLL for (int v = 0; v < kChecked; ++v) {
    const std::size_t first = static_cast<std::size_t>(v) * kLanes;
    if (first >= count) return;
    // Lanes that are alive, or that the tests took out (n = 0), have no answer yet.
    const auto answer = hn::TruncateTo(u4, hn::IfThenZeroElse(hn::RebindMask(u, alive[v]), n[v]));
    std::uint32_t* to = task.answers.iterations.data() + place + first;
    if (first + kLanes <= count) {
      hn::StoreU(answer, u4, to);
    } else {
      alignas(64) std::uint32_t some[kLanes];
      hn::Store(answer, u4, some);
      std::copy_n(some, count - first, to);
    }
    if constexpr (Freeze) {
      const M escaped = hn::AndNot(alive[v], hn::RebindMask(d, hn::Ne(n[v], hn::Zero(u))));
      hn::BlendedStore(x[v], escaped, d, task.answers.z_real.data() + place + first);
      hn::BlendedStore(y[v], escaped, d, task.answers.z_imag.data() + place + first);
    }
    if (!hn::AllFalse(d, alive[v])) keep(task, cr[v], ci[v], x[v], y[v], alive[v], place + first);
  }
}

// Points that have escaped within `steps` iterations after `done`: when exactly.
template <EscapeArithmetic A, bool Freeze>
void finish_escaped(const Task& task, std::uint32_t done, std::uint32_t steps) {
  const D d;
  const U u;
  EscapeList& list = task.escaped;
  for (std::size_t i = 0; i < list.size; i += kChecked * kLanes) {
    V cr[kChecked], ci[kChecked], x[kChecked], y[kChecked];
    M alive[kChecked];
    hn::Vec<U> n[kChecked];
    SHOAL_UNROLL for (int v = 0; v < kChecked; ++v) {
      const std::size_t at = i + static_cast<std::size_t>(v) * kLanes;
      cr[v] = hn::Load(d, list.c_real.get() + at);
      ci[v] = hn::Load(d, list.c_imag.get() + at);
      x[v] = hn::Load(d, list.x.get() + at);
      y[v] = hn::Load(d, list.y.get() + at);
      alive[v] = hn::FirstN(d, at < list.size ? list.size - at : 0);
      n[v] = hn::Set(u, done);
    }
    run_checked<A, Freeze, kChecked>(steps, cr, ci, x, y, alive, n);
    SHOAL_UNROLL for (int v = 0; v < kChecked; ++v) {
      alignas(64) std::uint64_t answer[kLanes];
      alignas(64) double real[kLanes], imag[kLanes];
      hn::Store(n[v], u, answer);
      hn::Store(x[v], d, real);
      hn::Store(y[v], d, imag);
      const std::size_t at = i + static_cast<std::size_t>(v) * kLanes;
      for (std::size_t k = 0; k < kLanes && at + k < list.size; ++k)
        task.answer(list.place[at + k], static_cast<std::uint32_t>(answer[k]), real[k], imag[k]);
    }
  }
  list.size = 0;
}

// Points near |c| = 2 after `done` iterations: the rest, checked.
template <EscapeArithmetic A, bool Freeze, bool Periods>
bool finish_near(const Task& task, std::uint32_t done, const std::function<bool()>& stop, std::uint64_t& undecided) {
  const D d;
  const U u;
  const EscapeList& list = task.near;
  for (std::size_t i = 0; i < list.size; i += kLanes) {
    const V cr = hn::Load(d, list.c_real.get() + i), ci = hn::Load(d, list.c_imag.get() + i);
    V x = hn::Load(d, list.x.get() + i), y = hn::Load(d, list.y.get() + i), old_x = x, old_y = y;
    M alive = hn::FirstN(d, list.size - i), escaped = hn::FirstN(d, 0);
    auto n = hn::Set(u, done);
    std::uint64_t passes = 0;
    for (std::uint32_t at = done; at < task.problem.max_iterations && !hn::AllFalse(d, alive);) {
      if (stop()) return false;
      const std::uint32_t steps = std::min(kLongest, task.problem.max_iterations - at);
      const M before = alive;
      run_checked<A, Freeze, 1>(steps, &cr, &ci, &x, &y, &alive, &n);
      escaped = hn::Or(escaped, hn::AndNot(alive, before));
      if constexpr (Periods) {
        alive = hn::AndNot(hn::And(hn::Eq(x, old_x), hn::Eq(y, old_y)), alive);
        if (++passes; (passes & (passes - 1)) == 0) old_x = x, old_y = y;
      }
      at += steps;
    }
    undecided += hn::CountTrue(d, alive);
    alignas(64) std::uint64_t answer[kLanes];
    alignas(64) double real[kLanes], imag[kLanes];
    hn::Store(hn::IfThenElseZero(hn::RebindMask(u, escaped), n), u, answer);
    hn::Store(x, d, real);
    hn::Store(y, d, imag);
    for (std::size_t k = 0; k < kLanes && i + k < list.size; ++k)
      if (answer[k] != 0) task.answer(list.place[i + k], static_cast<std::uint32_t>(answer[k]), real[k], imag[k]);
  }
  return true;
}

// Runs the whole pool `steps` iterations further.
template <EscapeArithmetic A, bool Periods>
void pass(const Task& task, std::uint32_t steps) {
  const D d;
  EscapeList& pool = task.pool;
  pad<Periods>(pool, kGroup);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pool.size; i += kGroup) {
    V cr[kVectors], ci[kVectors], x[kVectors], y[kVectors];
    SHOAL_UNROLL for (int v = 0; v < kVectors; ++v) {
      const std::size_t at = i + static_cast<std::size_t>(v) * kLanes;
      cr[v] = hn::Load(d, pool.c_real.get() + at);
      ci[v] = hn::Load(d, pool.c_imag.get() + at);
      x[v] = hn::Load(d, pool.x.get() + at);
      y[v] = hn::Load(d, pool.y.get() + at);
    }
    for (std::uint32_t k = 0; k < steps; ++k) {
      SHOAL_UNROLL for (int v = 0; v < kVectors; ++v) step<A>(x[v], y[v], cr[v], ci[v]);
    }
    SHOAL_UNROLL for (int v = 0; v < kVectors; ++v) {
      const std::size_t at = i + static_cast<std::size_t>(v) * kLanes;
      M left = is_small<A>(x[v], y[v]);
      if (!hn::AllTrue(d, left)) take_out(pool, task.escaped, hn::Not(left), at);
      if constexpr (Periods) {
        const M again = hn::And(hn::Eq(x[v], hn::Load(d, pool.old_x.get() + at)), hn::Eq(y[v], hn::Load(d, pool.old_y.get() + at)));
        left = hn::AndNot(again, left);
      }
      if (kept == at && hn::AllTrue(d, left)) {
        hn::Store(x[v], d, pool.x.get() + at);
        hn::Store(y[v], d, pool.y.get() + at);
        kept += kLanes;
      } else {
        left = hn::And(left, hn::FirstN(d, at < pool.size ? pool.size - at : 0));
        kept += move_lanes<Periods>(pool, cr[v], ci[v], x[v], y[v], left, at, kept);
      }
    }
  }
  pool.size = std::min(pool.size, kept);  // whole vectors of padding may have been kept
}

// The first `steps` iterations of all points.
template <EscapeArithmetic A, bool Freeze>
void start(const Task& task, const EscapeGrid& grid, std::uint32_t steps) {
  task.pool.size = task.escaped.size = task.near.size = 0;
  const std::size_t width = grid.x.size(), rows = grid.pairs ? 1 : grid.y.size();
  for (std::size_t j = 0; j < rows; ++j) {
    for (std::size_t i = 0; i < width; i += kChecked * kLanes) {
      const std::size_t count = std::min(width - i, kChecked * kLanes), place = j * width + i;
      if (grid.pairs) start_group<A, Freeze, true>(task, grid.x.data() + i, grid.y.data() + i, count, place, steps);
      else start_group<A, Freeze, false>(task, grid.x.data() + i, grid.y.data() + j, count, place, steps);
    }
  }
}

template <EscapeArithmetic A, bool Freeze, bool Periods>
bool run(const Task& task, const EscapeGrid& grid, const std::function<bool()>& stop, std::uint64_t& undecided) {
  const std::uint32_t limit = task.problem.max_iterations;
  EscapeList& pool = task.pool;
  std::uint32_t done = std::min(kFirst, limit);
  start<A, Freeze>(task, grid, done);
  undecided = 0;
  if (!finish_near<A, Freeze, Periods>(task, done, stop, undecided)) return false;
  const auto remember = [&pool] {
    std::memcpy(pool.old_x.get(), pool.x.get(), pool.size * sizeof(double));
    std::memcpy(pool.old_y.get(), pool.y.get(), pool.size * sizeof(double));
  };
  if (Periods) remember();
  std::uint64_t passes = 0;
  while (done < limit && pool.size > 0) {
    if (stop()) return false;
    const std::uint32_t steps = std::min({done, kLongest, limit - done});
    pass<A, Periods>(task, steps);
    finish_escaped<A, Freeze>(task, done, steps);
    done += steps;
    ++passes;
    if (Periods && (passes & (passes - 1)) == 0) remember();
  }
  undecided += pool.size;
  return true;
}

template <EscapeArithmetic A>
bool run_as_asked(const Task& task, const EscapeGrid& grid, const std::function<bool()>& stop, std::uint64_t& undecided) {
  const bool periods = task.problem.detect_periods;
  if (task.wants_z()) return periods ? run<A, true, true>(task, grid, stop, undecided) : run<A, true, false>(task, grid, stop, undecided);
  return periods ? run<A, false, true>(task, grid, stop, undecided) : run<A, false, false>(task, grid, stop, undecided);
}

bool EscapeTimes(const EscapeProblem& problem, const EscapeGrid& grid, const EscapeAnswers& answers, EscapeScratch& scratch,
                 const std::function<bool()>& stop, std::uint64_t& undecided) {
  const Task task{problem, answers, scratch.arrays().pool, scratch.arrays().escaped, scratch.arrays().near};
  return problem.arithmetic == EscapeArithmetic::strict ? run_as_asked<EscapeArithmetic::strict>(task, grid, stop, undecided)
                                                        : run_as_asked<EscapeArithmetic::fast>(task, grid, stop, undecided);
}

const char* EscapeTarget() { return hwy::TargetName(HWY_TARGET); }

}  // namespace shoal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::kernels {
HWY_EXPORT(EscapeTimes);
HWY_EXPORT(EscapeTarget);

EscapeScratch::EscapeScratch() : arrays_(std::make_unique<Arrays>()) {}
EscapeScratch::~EscapeScratch() = default;

bool escape_times(const EscapeProblem& problem, const EscapeGrid& grid, const EscapeAnswers& answers, EscapeScratch& scratch,
                  const std::function<bool()>& stop, std::uint64_t& undecided) {
  const std::size_t n = grid.n_points();
  if ((grid.pairs && grid.y.size() != n) || problem.max_iterations < 1 || n > kEscapePoints || answers.iterations.size() != n ||
      (!answers.z_real.empty() && answers.z_real.size() != n) || answers.z_imag.size() != answers.z_real.size())
    throw std::invalid_argument("escape times: sizes do not match");
  return HWY_DYNAMIC_DISPATCH(EscapeTimes)(problem, grid, answers, scratch, stop, undecided);
}

std::string escape_time_target() { return HWY_DYNAMIC_DISPATCH(EscapeTarget)(); }
}  // namespace shoal::kernels
#endif
