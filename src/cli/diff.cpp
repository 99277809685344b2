// SPDX-License-Identifier: Apache-2.0
// `shoal diff A.h5 B.h5`: do two results say the same?
#include "shoal/record/diff.hpp"

#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string a, b;
  double rtol = 0;
};

constexpr ExitCode kDifferent = static_cast<ExitCode>(1);  // as diff(1)

const record::Group& results_of(const record::Group& root) {
  static const record::Group none;
  const auto found = root.groups.find("results");
  return found == root.groups.end() ? none : found->second;
}

}  // namespace

Action add_diff(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "diff", "compare the /results of two results: exit 0 equal, 1 different",
                                  "shoal diff before.h5 after.h5 --rtol 1e-6");
  command.add_option("A.h5", options->a, "a result")->required();
  command.add_option("B.h5", options->b, "another one")->required();
  command.add_option("--rtol", options->rtol, "relative tolerance of floating-point values (default 0: equal bits)")->check(CLI::Range(0.0, 1e300));
  return [options](const Invocation& invocation) {
    const record::Group a = record::open_result(options->a);
    const record::Group b = record::open_result(options->b);
    record::DiffOptions how;
    how.rtol = options->rtol;
    const record::DiffResult difference = record::diff(results_of(a), results_of(b), how);
    std::string text = record::to_text(difference);
    if (!text.empty() && text.back() != '\n') text.append(1, '\n');
    invocation.out << text;
    return difference.equal() ? ExitCode::complete : kDifferent;
  };
}

}  // namespace shoal::cli
