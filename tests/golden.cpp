// SPDX-License-Identifier: Apache-2.0
// Compares the results of every shipped input with tests/golden.txt: one line `<input> <results_version> <sha256>` an
// input.
//
//   golden GOLDEN.TXT INPUT.TOML...              runs each input in this thread; exit 1 and the reason if one differs
//   golden --write GOLDEN.TXT INPUT.TOML...      writes the file anew
//
// A digest that changed on purpose needs a raised results_version of its workload: partial results of the old program
// must not be continued by the new one.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kept_tiles.hpp"
#include "run/input.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/tasks/serial.hpp"

namespace {

struct Golden {
  int results_version = 0;
  std::string digest;
  friend bool operator==(const Golden&, const Golden&) = default;
};

// Nothing for an input whose results depend on the world outside.
std::optional<Golden> run(const std::string& path) {
  shoal::run::Input input = shoal::run::load_input(path);
  if (!input.workload->reproducible()) return std::nullopt;
  shoal::test::KeptTiles tiles;
  shoal::tasks::SerialHooks hooks;
  hooks.blobs = &tiles;
  const shoal::tasks::RunSummary summary = shoal::tasks::run_serial(input.workload->job(), {}, std::move(hooks));
  if (summary.failure) throw std::runtime_error(fmt::format("{}: {}", path, summary.failure->text));
  shoal::record::Group results, measurements;
  input.workload->write_results(results, measurements);
  tiles.place(input.workload->streamed_datasets(), results);
  return Golden{input.workload->results_version(), shoal::record::digest(results)};
}

std::map<std::string, Golden> read_golden(const std::string& path) {
  std::map<std::string, Golden> lines;
  std::ifstream file(path);
  std::string name;
  for (Golden golden; file >> name >> golden.results_version >> golden.digest;) lines[name] = golden;
  return lines;
}

std::string compare(const std::string& name, const Golden& now, const std::map<std::string, Golden>& known) {
  const auto found = known.find(name);
  if (found == known.end())
    return fmt::format("{}: not in the list; results_version {}, digest {}", name, now.results_version, now.digest);
  const Golden& before = found->second;
  if (before == now) return "";
  const bool raised = now.results_version > before.results_version;
  return fmt::format("{}: results_version {} -> {}, digest {} -> {}{}", name, before.results_version,
                     now.results_version, before.digest, now.digest,
                     raised ? "" : ": other results need a raised results_version");
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool write = !arguments.empty() && arguments.front() == "--write";
  if (write) arguments.erase(arguments.begin());
  if (arguments.size() < 2) {
    fmt::print(stderr, "usage: golden [--write] GOLDEN.TXT INPUT.TOML...\n");
    return 64;
  }
  std::map<std::string, Golden> known = read_golden(arguments.front());
  std::map<std::string, Golden> now;
  int different = 0;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string name = std::filesystem::path(arguments[i]).stem().string();
    const std::optional<Golden> found = run(arguments[i]);
    if (!found) {
      fmt::print("{:<24} is not reproducible\n", name);
      continue;
    }
    now[name] = *found;
    const std::string difference = compare(name, now[name], known);
    known.erase(name);
    fmt::print("{:<24} {}\n", name, difference.empty() ? "as expected" : difference);
    if (!difference.empty()) ++different;
  }
  for (const auto& [name, golden] : known) {
    fmt::print("{:<24} is in the list, but no input\n", name);
    ++different;
  }
  if (write) {
    std::ofstream file(arguments.front());
    for (const auto& [name, golden] : now)
      file << fmt::format("{} {} {}\n", name, golden.results_version, golden.digest);
    return file.flush() ? 0 : 74;
  }
  return different == 0 ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 70;
}
