// SPDX-License-Identifier: Apache-2.0
#include "shoal/config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "config/member.hpp"

namespace shoal::config {

// Beyond so many errors nobody reads suggestions, which take longer than all the rest.
constexpr std::size_t kMostSuggestions = 1000;

struct Table::Impl {
  std::vector<std::unique_ptr<Member>> members;
  std::string help;
  Location where;  // of the table itself, once read
  std::shared_ptr<const Value> whole;  // of a root table: what was read, once for all nested tables
  const Value* source = nullptr;      // the part of it that this table was read from

  Member& add(Member member) {
    if (find(member.name)) throw std::logic_error("key bound twice: " + member.name);
    members.push_back(std::make_unique<Member>(std::move(member)));
    return *members.back();
  }

  Member* find(std::string_view name) const {
    for (const auto& member : members)
      if (member->name == name) return member.get();
    return nullptr;
  }

  // The member at a dotted name; of a path that leads into a free table, that table.
  const Member* at(std::string_view dotted_name) const {
    const auto dot = dotted_name.find('.');
    const Member* member = find(dotted_name.substr(0, dot));
    if (!member || dot == std::string_view::npos || !member->table) return member;
    return member->table->impl_->at(dotted_name.substr(dot + 1));
  }

  void read(const Value& value, const std::string& path, const std::vector<std::string>& all_names, Diagnostics&);
  void unknown_key(const Entry& entry, const std::string& path, const std::vector<std::string>& all_names,
                   Diagnostics&) const;
  void append_resolved(const std::string& prefix, std::vector<Resolved>& result) const;
  void append_names(const std::string& prefix, std::vector<std::string>& result) const;
  void append_help(const std::string& path, std::string& text) const;
};

namespace {

std::string join_path(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

std::string in_table(const std::string& path) { return path.empty() ? "" : fmt::format(" in [{}]", path); }

// A name such as "search.trials" for a key that was looked for in the wrong table.
std::string same_key_elsewhere(std::string_view key, const std::vector<std::string>& all_names) {
  for (const std::string& name : all_names) {
    const auto dot = name.rfind('.');
    if (std::string_view(name).substr(dot == std::string::npos ? 0 : dot + 1) == key) return name;
  }
  return "";
}

}  // namespace

void Table::Impl::unknown_key(const Entry& entry, const std::string& path, const std::vector<std::string>& all_names,
                              Diagnostics& diagnostics) const {
  if (diagnostics.count() >= kMostSuggestions) return diagnostics.error(Code::unknown_key, entry.where, "unknown key");
  std::vector<std::string> names;
  for (const auto& member : members) names.push_back(member->name);
  std::string hint = suggestion_or_list(entry.key, names);
  if (suggestion(entry.key, names).empty()) {
    const std::string elsewhere = same_key_elsewhere(entry.key, all_names);
    if (!elsewhere.empty()) hint = fmt::format("did you mean `{}`?", elsewhere);
  }
  diagnostics.error(Code::unknown_key, entry.where, fmt::format("unknown key `{}`{}", entry.key, in_table(path)), hint);
}

void Table::Impl::read(const Value& value, const std::string& path, const std::vector<std::string>& all_names,
                       Diagnostics& diagnostics) {
  where = value.where();
  source = &value;
  const auto* entries = value.get_if<Entries>();
  if (!entries) {
    diagnostics.error(Code::wrong_type, where, "wrong type", fmt::format("expected a table, found {}", kind_name(value)));
    return;
  }
  for (const Entry& entry : *entries) {
    Member* member = find(entry.key);
    if (!member) {
      unknown_key(entry, path, all_names, diagnostics);
      continue;
    }
    member->given = true;
    member->where = entry.value.where();
    if (member->table) member->table->impl_->read(entry.value, join_path(path, entry.key), all_names, diagnostics);
    else if (member->free_members && !entry.value.is_table())
      diagnostics.error(Code::wrong_type, member->where, "wrong type",
                        fmt::format("expected a table, found {}", kind_name(entry.value)));
    else member->parse(entry.value, diagnostics);
  }
  for (const auto& member : members) {
    if (member->given) continue;
    member->where = where;
    if (member->key.required)
      diagnostics.error(Code::missing_key, path.empty() ? Location{} : where,
                        fmt::format("missing key `{}`{}", member->name, in_table(path)),
                        member->key.allowed.empty() ? "needed: " + member->key.help : "expected " + expectation(member->key));
    // A table that is absent may have required keys of its own only if it is given: nothing to report here.
  }
}

void Table::Impl::append_resolved(const std::string& prefix, std::vector<Resolved>& result) const {
  for (const auto& member : members) {
    const std::string name = join_path(prefix, member->name);
    if (member->table) {
      member->table->impl_->append_resolved(name, result);
      continue;
    }
    const Value value = member->resolved();
    if (const auto* entries = member->free_members ? value.get_if<Entries>() : nullptr) {
      for (const Entry& entry : *entries)
        result.push_back({join_path(name, entry.key), entry.value, member->key.unit, member->key.role, !member->given});
    } else {
      result.push_back({name, value, member->key.unit, member->key.role, !member->given});
    }
  }
}

void Table::Impl::append_names(const std::string& prefix, std::vector<std::string>& result) const {
  for (const auto& member : members) {
    const std::string name = join_path(prefix, member->name);
    if (member->table) member->table->impl_->append_names(name, result);
    else result.push_back(name);
  }
}

void Table::Impl::append_help(const std::string& path, std::string& text) const {
  if (!path.empty()) text += fmt::format("\n[{}]{}\n", path, help.empty() ? "" : "  # " + help);
  for (const auto& member : members) {
    if (member->table) continue;
    std::string remark = member->key.help;
    const bool ranged = !member->key.allowed.empty() || std::isfinite(member->key.minimum) || std::isfinite(member->key.maximum);
    if (ranged) remark += "; " + expectation(member->key);
    const std::string assignment = member->name + " = " + to_text(member->resolved());
    text += fmt::format("# {:<40} # {}\n", assignment, remark);
  }
  for (const auto& member : members)
    if (member->table) member->table->impl_->append_help(join_path(path, member->name), text);
}

Table::Table() : impl_(std::make_unique<Impl>()) {}
Table::~Table() = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(Table&&) noexcept = default;

void Table::boolean(std::string name, bool& target, Key key) {
  impl_->add(boolean_member(std::move(name), target, std::move(key)));
}
void Table::integer(std::string name, std::int64_t& target, Key key) {
  impl_->add(integer_member(std::move(name), target, std::move(key)));
}
void Table::natural(std::string name, std::uint64_t& target, Key key) {
  impl_->add(natural_member(std::move(name), target, std::move(key)));
}
void Table::real(std::string name, double& target, Key key) {
  impl_->add(real_member(std::move(name), target, std::move(key)));
}
void Table::text(std::string name, std::string& target, Key key) {
  impl_->add(text_member(std::move(name), target, std::move(key)));
}
void Table::integers(std::string name, std::vector<std::int64_t>& target, Key key) {
  impl_->add(integers_member(std::move(name), target, std::move(key)));
}
void Table::naturals(std::string name, std::vector<std::uint64_t>& target, Key key) {
  impl_->add(naturals_member(std::move(name), target, std::move(key)));
}
void Table::reals(std::string name, std::vector<double>& target, Key key) {
  impl_->add(reals_member(std::move(name), target, std::move(key)));
}
void Table::texts(std::string name, std::vector<std::string>& target, Key key) {
  impl_->add(texts_member(std::move(name), target, std::move(key)));
}

void Table::custom(std::string name, Key key, std::function<void(const Value&, Diagnostics&)> parse,
                   std::function<Value()> resolved) {
  Member member{.name = std::move(name), .key = std::move(key)};
  member.parse = std::move(parse);
  member.resolved = std::move(resolved);
  impl_->add(std::move(member));
}

Table& Table::table(std::string name, std::string help) {
  if (Member* present = impl_->find(name); present && present->table) return *present->table;
  Member member{.name = std::move(name), .key = {.help = help}};
  member.table = std::make_unique<Table>();
  member.table->impl_->help = std::move(help);
  return *impl_->add(std::move(member)).table;
}

void Table::free_table(std::string name, std::string help, std::function<void(const Value&, Diagnostics&)> parse,
                       std::function<Value()> resolved, Role role) {
  custom(std::move(name), {.help = std::move(help), .role = role}, std::move(parse), std::move(resolved));
  impl_->members.back()->free_members = true;
}

void Table::read(const Value& value, Diagnostics& diagnostics) {
  if (std::holds_alternative<std::monostate>(value.data())) return;
  impl_->whole = std::make_shared<const Value>(value);
  impl_->read(*impl_->whole, "", names(), diagnostics);
}

const Value& Table::source() const {
  static const Value nothing;
  return impl_->source ? *impl_->source : nothing;
}

bool Table::given(std::string_view dotted_name) const {
  const Member* member = impl_->at(dotted_name);
  return member && member->given;
}

Location Table::where(std::string_view dotted_name) const {
  const Member* member = impl_->at(dotted_name);
  if (member && member->given) return member->where;
  const auto dot = dotted_name.rfind('.');
  return dot == std::string_view::npos ? Location{} : where(dotted_name.substr(0, dot));
}

std::vector<Resolved> Table::resolved() const {
  std::vector<Resolved> result;
  impl_->append_resolved("", result);
  return result;
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> result;
  impl_->append_names("", result);
  return result;
}

std::string Table::help() const {
  std::string text;
  impl_->append_help("", text);
  return text;
}

std::vector<std::string> science_lines(const std::vector<Resolved>& resolved) {
  std::vector<std::string> lines;
  for (const Resolved& parameter : resolved)
    if (parameter.role == Role::science) lines.push_back(parameter.name + " = " + to_text(parameter.value));
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace shoal::config
