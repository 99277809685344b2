// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/network_at_point.hpp"

#include <algorithm>
#include <set>

namespace shoal::workloads::tune {
namespace {

using config::Array;
using config::Entries;
using config::Entry;
using config::Value;


void expand_option(Value& option);

void expand_options(Value& list, bool weighted) {
  Array* options = list.get_if<Array>();
  if (!options) return;
  for (Value& option : *options) {
    Array* pair = weighted ? option.get_if<Array>() : nullptr;
    if (pair && pair->size() == 2) expand_option(pair->back());
    else if (!weighted) expand_option(option);
  }
}

void expand_option(Value& option) {
  if (option.get_if<std::string>()) {
    const config::Location where = option.where();
    option = Value(Entries{{"name", where, std::move(option)}}, where);
  } else if (Entries* entries = option.get_if<Entries>()) {
    for (Entry& entry : *entries) {
      if (entry.key == "choice" || entry.key == "grid") expand_options(entry.value, false);
      if (entry.key == "pchoice") expand_options(entry.value, true);
    }
  }
}

// What [network] says of one optimiser does not follow to another: momentum = 0.9 of sgd ends where a trial takes adam. So
// with activations, losses and schedules.
void drop_foreign_constants(Value& merged, const std::string& table, const std::set<std::string>& assigned) {
  Entries* all = merged.get_if<Entries>();
  const auto found = std::find_if(all->begin(), all->end(), [&](const Entry& entry) { return entry.key == table; });
  Entries* constants = found == all->end() ? nullptr : found->value.get_if<Entries>();
  const Value* name = constants && assigned.contains(table + ".name") ? found->value.find("name") : nullptr;
  const auto* text = name ? name->get_if<std::string>() : nullptr;
  if (!text) return;
  const std::vector<std::string> keys = nn::constant_keys(table, *text);
  std::erase_if(*constants, [&](const Entry& entry) {
    const bool known = entry.key == "name" || std::find(keys.begin(), keys.end(), entry.key) != keys.end();
    return !known && !assigned.contains(table + "." + entry.key);
  });
}

// An optimiser is a table in any case; the others only where a constant of theirs is tried too.
bool has_table(const Value& value) {
  if (value.is_table() && value.find("name")) return true;
  if (const auto* list = value.get_if<Array>()) return std::any_of(list->begin(), list->end(), has_table);
  const auto* entries = value.get_if<Entries>();
  return entries && std::any_of(entries->begin(), entries->end(), [](const Entry& entry) { return has_table(entry.value); });
}

}  // namespace

Value expand_space(Value space) {
  Entries* entries = space.get_if<Entries>();
  if (!entries) return space;
  for (Entry& entry : *entries) {
    const std::vector<std::string>& tables = nn::named_tables();
    if (std::find(tables.begin(), tables.end(), entry.key) == tables.end()) continue;
    if (entry.key != "optimizer" && !has_table(entry.value)) continue;
    if (entry.value.get_if<Array>()) expand_options(entry.value, false);
    else expand_option(entry.value);
  }
  return space;
}

NetworkAtPoint::NetworkAtPoint(Value network, const search::Space& space)
    : network_(std::move(network)), space_(space) {
  if (!network_.is_table()) network_ = Value(Entries{});
  nn::expand_names(network_);
}

Value NetworkAtPoint::merged(const search::Point& point) const {
  Value network = network_;
  std::set<std::string> assigned;
  for (search::Assignment& assignment : space_.assignments(point)) {
    const config::Location where = assignment.value.where();
    assigned.insert(assignment.path);
    network.set(assignment.path, std::move(assignment.value), where);
  }
  for (const std::string& table : nn::named_tables()) drop_foreign_constants(network, table, assigned);
  return network;
}

nn::NetworkParameters NetworkAtPoint::at(const search::Point& point, config::Diagnostics& diagnostics) const {
  nn::NetworkParameters network;
  config::Table table;
  nn::bind(table, network);
  table.read(merged(point), diagnostics);
  return network;
}

}  // namespace shoal::workloads::tune
