// SPDX-License-Identifier: Apache-2.0
// What subdivision gains: whole pictures of 1024 x 1024 pixels on one core, every pixel computed and by subdivision; CPU time,
// medians, interleaved. Pixels filled are not computed; those that differ were wrongly filled.
//
//   benchmark_mandelbrot_subdivision
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fma_peak.hpp"
#include "shoal/config/read_toml.hpp"
#include "workloads/mandelbrot/deep_kernel.hpp"
#include "workloads/mandelbrot/subdivision.hpp"

using namespace shoal;
using namespace shoal::workloads::mandelbrot;

namespace {

constexpr std::int64_t kPixels = 1024;
constexpr std::int64_t kRows = 128;  // of a call
constexpr int kRepetitions = 5;

struct Picture {
  std::unique_ptr<TileKernel> kernel;
  std::unique_ptr<tasks::Workspace> workspace;
  tasks::Bytes shared;
  std::vector<std::uint32_t> iterations = std::vector<std::uint32_t>(kPixels * kPixels);
  std::uint64_t filled = 0;
  std::vector<double> seconds = {};

  explicit Picture(std::unique_ptr<TileKernel> with) : kernel(std::move(with)), workspace(kernel->make_workspace()), shared(kernel->shared_part()) {}

  void compute() {
    const tasks::StopToken stop;
    const double begin = fma_peak::cpu_seconds();
    filled = 0;
    for (std::int64_t row = 0; row < kPixels; row += kRows) {
      const PixelRun run{static_cast<std::uint64_t>(row * kPixels), static_cast<std::uint64_t>(kRows * kPixels)};
      PixelCounts counts;
      kernel->compute(run, {std::span(iterations).subspan(run.first, run.count), {}, {}}, counts, shared, workspace.get(), stop);
      filled += counts.filled;
    }
    seconds.push_back(fma_peak::cpu_seconds() - begin);
  }

  double median() {
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }
};

void measure(const std::string& name, const std::string& keys) {
  config::Diagnostics diagnostics("view", fmt::format("width = {0}\nheight = {0}\n{1}", kPixels, keys));
  MandelbrotParameters parameters;
  config::Table table;
  bind(table, parameters);
  table.read(config::read_toml(diagnostics), diagnostics);
  const View view = view_of(parameters, table, diagnostics);
  diagnostics.throw_if_any();
  const auto make = [&] { return parameters.uses_doubles(view) ? make_direct_kernel(view, parameters) : make_deep_kernel(view, parameters); };
  Picture whole(make()), some(make_subdivided_kernel(view, make()));
  for (int repetition = 0; repetition < kRepetitions; ++repetition) whole.compute(), some.compute();
  std::uint64_t differing = 0;
  for (std::size_t k = 0; k < whole.iterations.size(); ++k) differing += whole.iterations[k] != some.iterations[k];
  fmt::print("{:<44} {:>10.1f} {:>10.1f} {:>8.2f} {:>9.1f} % {:>10}\n", name, 1e3 * whole.median(), 1e3 * some.median(), whole.median() / some.median(),
             100 * static_cast<double>(some.filled) / static_cast<double>(kPixels * kPixels), differing);
}

}  // namespace

int main() {
  fmt::print("{:<44} {:>10} {:>10} {:>8} {:>11} {:>10}\n", "", "whole, ms", "some, ms", "gain", "filled", "differing");
  const std::string fast = "mode = \"fast\"\n", plain = "interior_tests = false\nperiodicity = \"off\"\n";
  measure("whole set, 1000 iterations", fast + "max_iterations = 1000\n");
  measure("the same without tests of the interior", fast + plain + "max_iterations = 1000\n");
  measure("whole set, 20,000, without tests", fast + plain + "max_iterations = 20000\n");
  measure("whole set, 20,000", fast + "max_iterations = 20000\n");
  measure("valley of the sea horses, 2000", fast + "center = [-0.75, 0.1]\nview_width = 0.05\nmax_iterations = 2000\n");
  measure("copy of period 3, 20,000", fast + "center = [-1.7549, 0]\nview_width = 0.05\nmax_iterations = 20000\n");
  measure("the same without periods", fast + plain + "center = [-1.7549, 0]\nview_width = 0.05\nmax_iterations = 20000\n");
  measure("around i, 1e-100, by perturbation", "center = [\"0\", \"1\"]\nview_width = \"1e-100\"\nmax_iterations = 2000\n");
}
