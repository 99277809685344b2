// SPDX-License-Identifier: Apache-2.0
#include "run/input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shoal/config/read_toml.hpp"
#include "shoal/error.hpp"
#include "shoal/record/sha256.hpp"

namespace shoal::run {
namespace {

using config::Diagnostics;
using config::Value;
using workloads::WorkloadInfo;

std::vector<std::string> names_of(const std::vector<WorkloadInfo>& known) {
  std::vector<std::string> names;
  for (const WorkloadInfo& info : known) names.push_back(info.name);
  return names;
}

const WorkloadInfo* find_workload(const Value& root, const std::vector<WorkloadInfo>& known) {
  const Value* value = root.find("workload");
  const auto* name = value ? value->get_if<std::string>() : nullptr;
  const auto found = std::find_if(known.begin(), known.end(), [&](const WorkloadInfo& info) { return name && info.name == *name; });
  return found == known.end() ? nullptr : &*found;
}

// Without a known workload only the common keys can be judged.
Value common_keys_only(const Value& root, const config::Table& table) {
  config::Entries kept;
  for (const config::Entry& entry : *root.get_if<config::Entries>()) {
    const std::vector<std::string> names = table.names();
    const bool common = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == entry.key || name.starts_with(entry.key + ".");
    });
    if (common) kept.push_back(entry);
  }
  return Value(std::move(kept), root.where());
}

std::vector<HashedFile> hash_files(const std::vector<workloads::DataFile>& files) {
  std::vector<HashedFile> hashed;
  for (const workloads::DataFile& file : files)
    hashed.push_back({file.key, file.path, file.digest.empty() ? record::to_hex(record::sha256_file(file.path)) : file.digest});
  return hashed;
}

std::vector<std::string> science_of(const Input& input) {
  std::vector<config::Resolved> parameters;
  for (const config::Resolved& parameter : input.resolved) {
    const bool is_path = std::any_of(input.data_files.begin(), input.data_files.end(),
                                     [&](const HashedFile& file) { return file.key == parameter.name; });
    if (!is_path) parameters.push_back(parameter);
  }
  std::vector<std::string> lines = config::science_lines(parameters);
  for (const HashedFile& file : input.data_files)
    lines.push_back(fmt::format("{}.sha256 = {}", file.key, config::quoted(file.sha256)));
  lines.push_back(fmt::format("results_version = {}", input.workload->results_version()));
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string digest_of(const std::vector<std::string>& lines) {
  record::Sha256 hash;
  for (const std::string& line : lines) hash.update(line).update("\n");
  return record::to_hex(hash.finish());
}

// Where the name of the file stands that an error of loading speaks of; nowhere if it speaks of none.
config::Location data_file_place(const std::string& message, const Input& input, const config::Table& table) {
  for (const workloads::DataFile& file : input.workload->data_files())
    if (message.find(file.path) != std::string::npos) return table.where(file.key);
  return {};
}

// Relations between keys go to the diagnostics; a data file with a fault is thrown, and becomes an error at its key.
void load_workload(Input& input, const std::string& folder, const config::Table& table, Diagnostics& diagnostics) {
  try {
    input.workload->load(folder, static_cast<std::uint64_t>(input.common.seed), diagnostics);
  } catch (const InputError& error) {
    const config::Location where = data_file_place(error.what(), input, table);
    if (!where.known()) throw;
    diagnostics.error(config::Code::data_file, where, error.what());
    throw InputError(diagnostics.to_text(), error.code());
  }
  diagnostics.throw_if_any();
}

// Text and overrides as one table; no table if the text is no TOML.
Value read_values(const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  Value root = config::read_toml(diagnostics);
  for (const std::string& text : overrides) config::apply_override(root, text, diagnostics);
  return root;
}

}  // namespace

Input load_input_text(const std::string& text, const std::string& name, const std::string& folder,
                      const std::vector<std::string>& overrides, const std::vector<WorkloadInfo>& known) {
  Input input;
  input.name = name;
  input.text = text;
  input.overrides = overrides;

  Diagnostics diagnostics(name, text);
  const Value root = read_values(overrides, diagnostics);
  config::Table table;
  config::bind_common(table, input.common, names_of(known));
  if (const WorkloadInfo* info = find_workload(root, known)) {
    input.workload = info->make();
    input.workload->bind(table);
    table.read(root, diagnostics);
    input.workload->check_keys(diagnostics);
  } else if (root.is_table()) {
    table.read(common_keys_only(root, table), diagnostics);
  }
  diagnostics.throw_if_any();

  load_workload(input, folder, table, diagnostics);
  input.resolved = table.resolved();
  input.data_files = hash_files(input.workload->data_files());
  input.science = science_of(input);
  input.science_digest = digest_of(input.science);
  return input;
}

Input load_input(const std::string& path, const std::vector<std::string>& overrides,
                 const std::vector<WorkloadInfo>& known) {
  return load_input_text(config::read_input_text(path), path, folder_of(path), overrides, known);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace shoal::run
