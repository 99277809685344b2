// SPDX-License-Identifier: Apache-2.0
// `shoal version`: what this program was built from, with what, and what it uses here.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "cli/embedded_files.hpp"
#include "run/json_object.hpp"
#include "shoal/kernels/simd_targets.hpp"
#include "shoal/parallel/libraries.hpp"
#include "shoal/record/build_info.hpp"

namespace shoal::cli {

using run::JsonObject;

namespace {

std::vector<std::pair<std::string, std::string>> libraries() {
  auto all = parallel::parallel_libraries();
  for (const auto& library : record::record_libraries()) all.push_back(library);
  all.emplace_back("Eigen", kEigenVersion);
  return all;
}

std::string as_json() {
  const record::BuildInfo& build = record::build_info();
  JsonObject names;
  for (const auto& [name, version] : libraries()) names.add(name, version);
  return JsonObject()
      .add("version", build.version)
      .add("git_commit", build.git_commit)
      .add("git_dirty", build.git_dirty)
      .add("compiler", build.compiler)
      .add("flags", build.flags)
      .add_raw("libraries", names.text())
      .add("simd_targets", kernels::simd_targets_built())
      .add("simd_target", kernels::simd_target_chosen())
      .text();
}

std::string as_text() {
  const record::BuildInfo& build = record::build_info();
  std::string text = fmt::format("shoal {} (commit {}{})\n", build.version, build.git_commit, build.git_dirty ? ", changed since" : "");
  text += fmt::format("compiler  {}\nflags     {}\n", build.compiler, build.flags);
  for (const auto& [name, version] : libraries()) text += fmt::format("{:<9} {}\n", name, version);
  text += fmt::format("SIMD      {} built, {} chosen here\n", fmt::join(kernels::simd_targets_built(), " "), kernels::simd_target_chosen());
  return text;
}

}  // namespace

Action add_version(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  add_command(app, "version", "version, build and libraries", "shoal version --json").add_flag("--json", *json, "as one JSON object");
  return [json](const Invocation& invocation) {
    invocation.out << (*json ? as_json().append(1, '\n') : as_text());
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
