// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/result_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "record/hdf5_attribute.hpp"
#include "record/hdf5_file.hpp"
#include "record/hdf5_reader.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/image.hpp"

namespace shoal::record {
namespace {

constexpr const char* kFileType = "shoal-result";

template <class T>
const T* attribute(const Group& group, const std::string& name) {
  const auto found = group.attributes.find(name);
  return found == group.attributes.end() ? nullptr : std::get_if<T>(&found->second);
}

std::string text_attribute(const Group& root, const std::string& name) {
  const auto* text = attribute<std::string>(root, name);
  if (!text) throw Error(ExitCode::other_input, fmt::format("the result has no attribute '{}' at its root: it is damaged.", name));
  return *text;
}

void check_version(const Group& root, const std::string& path) {
  const auto* type = attribute<std::string>(root, "filetype");
  const auto* version = attribute<std::vector<std::int64_t>>(root, "version");
  if (!type || *type != kFileType || !version || version->size() != 2)
    throw Error(ExitCode::other_input, fmt::format("cannot read {}: it is an HDF5 file, but not a result of shoal.", path));
  if ((*version)[0] != kResultMajor)
    throw Error(ExitCode::other_input,
                fmt::format("cannot read {}: it has version {}.{} of the result format, and this program reads version {}; "
                            "use the shoal that wrote it or a newer one.", path, (*version)[0], (*version)[1], kResultMajor));
}

void check_digest(const Group& root, const std::string& path) {
  const Group* results = root.find_group("results");
  const std::string stored = stored_digest(root);
  const std::string computed = digest(results ? *results : Group{});
  if (stored != computed)
    throw Error(ExitCode::other_input, fmt::format("cannot trust {}: the content of /results has digest {}, the file says {}. It was "
                                                   "changed or damaged; restore a copy or move it away.", path, computed, stored));
}

// The attributes of the root, checked.
Group open_root(hid_t file, const std::string& path) {
  Group root;
  root.attributes = read_attributes(file);
  check_version(root, path);
  return root;
}

bool has_sources(const Group& group) {
  return std::any_of(group.datasets.begin(), group.datasets.end(), [](const auto& entry) { return entry.second.source != nullptr; }) ||
         std::any_of(group.groups.begin(), group.groups.end(), [](const auto& entry) { return has_sources(entry.second); });
}

[[noreturn]] void throw_nothing_at(const std::string& path, const std::string& inside) {
  throw InputError(fmt::format("there is nothing at {} in {}.", inside, path), ExitCode::input_missing);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Reads what is at `inside` below `id` to its place in `group`.
bool read_inside(hid_t id, std::string_view inside, Group& group) {
  while (inside.starts_with('/')) inside.remove_prefix(1);
  if (inside.empty()) {
    group = read_group(id);
    return true;
  }
  const std::string name(inside.substr(0, inside.find('/')));
  inside.remove_prefix(name.size());
  const Members members = members_of(id);
  if (contains(members.groups, name)) return read_inside(open_group(id, name), inside, group.groups[name]);
  if (!contains(members.datasets, name) || inside.find_first_not_of('/') != std::string_view::npos) return false;
  group.datasets.emplace(name, read_dataset(id, name));
  return true;
}

}  // namespace

void seal(Group& root, const RootInfo& info) {
  auto& a = root.attributes;
  const Group* results = root.find_group("results");
  a["filetype"] = std::string(kFileType);
  a["version"] = std::vector<std::int64_t>{kResultMajor, kResultMinor};
  a["shoal_version"] = clean_text(info.shoal_version);
  a["title"] = clean_text(info.title);
  a["workload"] = clean_text(info.workload);
  a["status"] = info.status;
  a["created"] = info.created.empty() ? utc_now() : info.created;
  a["reproducible"] = std::int64_t{info.reproducible};
  a["digest"] = digest(results ? *results : Group{});
  a["complete"] = std::int64_t{info.status == "complete"};
}

RootInfo root_info(const Group& root) {
  RootInfo info;
  info.shoal_version = text_attribute(root, "shoal_version");
  info.title = text_attribute(root, "title");
  info.workload = text_attribute(root, "workload");
  info.status = text_attribute(root, "status");
  info.created = text_attribute(root, "created");
  const auto* reproducible = attribute<std::int64_t>(root, "reproducible");
  info.reproducible = !reproducible || *reproducible != 0;
  return info;
}

std::string stored_digest(const Group& root) {
  const auto* stored = attribute<std::string>(root, "digest");
  return stored ? *stored : std::string();
}

Group read_result(const std::string& path) {
  Group root;
  {
    const Hdf5Turn turn;
    root = reading(path, [&] {
      const Handle file = open_file(path);
      open_root(file, path);
      return read_group(file);
    });
  }
  check_digest(root, path);
  return root;
}

Group open_result(const std::string& path, bool check, std::uint64_t larger_than) {
  Group root;
  bool whole = true;
  {
    const Hdf5Turn turn;
    root = reading(path, [&] {
      const Handle file = open_file(path);
      Group opened = open_root(file, path);
      const Members members = members_of(file);
      const Leave leave{path, larger_than, check};
      for (const std::string& name : members.datasets) opened.datasets.emplace(name, read_dataset(file, name));
      for (const std::string& name : members.groups)
        opened.groups.emplace(name, read_group(open_group(file, name), "/" + name, name == "results" ? &leave : nullptr));
      return opened;
    });
  }
  if (const Group* results = root.find_group("results"); results && !check) whole = !has_sources(*results);
  if (whole) check_digest(root, path);
  return root;
}

Group read_root(const std::string& path) {
  const Hdf5Turn turn;
  return reading(path, [&] { return open_root(open_file(path), path); });
}

Group read_part(const std::string& path, const std::string& inside) {
  const Hdf5Turn turn;
  return reading(path, [&] {
    const Handle file = open_file(path);
    Group root = open_root(file, path);
    const auto attributes = root.attributes;
    if (!read_inside(file, inside, root)) throw_nothing_at(path, inside);
    root.attributes = attributes;
    return root;
  });
}

void write_result(const std::string& path, const Group& root, Guard* guard) {
  write_tree(path, root, guard);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace shoal::record
