// SPDX-License-Identifier: Apache-2.0
// `shoal show RESULT.h5 [PATH]`: a result, or a part of it, as text.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/text_view.hpp"
#include "workloads/tune/best_trials.hpp"
#include "workloads/tune/model_record.hpp"

namespace shoal::cli {
namespace {

struct Options {
  std::string result;
  std::string path;
  bool json = false;
};

// Without a path: what a reader wants first. Provenance, parameters and the task log are there for the asking.
std::string overview(const record::Group& root) {
  const record::RootInfo info = record::root_info(root);
  const std::string digest = record::stored_digest(root);
  std::string text = fmt::format("{}: {}\nstatus   {}\ncreated  {} by shoal {}\n", info.workload, info.title.empty() ? "(no title)" : info.title,
                                 info.status, info.created, info.shoal_version);
  if (!digest.empty()) text += fmt::format("digest   {}{}\n", digest, info.reproducible ? "" : " (integrity only: reproducible = 0)");
  if (const record::Group* model = root.find_group("results/best/model"); model && info.workload == "tune")
    text += "\nbest/model\n" + workloads::tune::summary(workloads::tune::read_model(*model));
  if (const record::Group* results = root.find_group("results"); results && info.workload == "tune") {
    if (const std::string best = workloads::tune::best_trials(*results); !best.empty()) text += "\nbest trials\n" + best;
  }
  for (const char* name : {"results", "measurements"}) {
    const auto found = root.groups.find(name);
    if (found == root.groups.end() || (found->second.datasets.empty() && found->second.groups.empty())) continue;
    text += "\n" + record::view(found->second, std::string("/") + name);
  }
  return text + "\nAlso there: /parameters, /performance, /provenance, /diagnostics (shoal show RESULT.h5 PATH).\n";
}

}  // namespace

Action add_show(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "show", "a result as text: values, units, ranges", "shoal show tune.h5 /results/best");
  command.add_option("RESULT.h5", options->result, "the result")->required();
  command.add_option("PATH", options->path, "a group or dataset inside (default: /results)");
  command.add_flag("--json", options->json, "as one JSON object");
  return [options](const Invocation& invocation) {
    const record::Group root = record::open_result(options->result, false);
    const std::string path = options->path.empty() ? "/" : options->path;
    if (options->json) invocation.out << record::json_path(root, path) << '\n';
    else invocation.out << (options->path.empty() ? overview(root) : record::view_path(root, path));
    return ExitCode::complete;
  };
}

}  // namespace shoal::cli
