// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/genealogy_record.hpp"

#include <fmt/format.h>

#include <limits>

namespace shoal::workloads::tune {

void write_genealogy(const search::Genealogy& genealogy, const search::Space& space, const std::string& unit,
                     record::Group& population) {
  if (genealogy.parents.empty()) return;
  const auto members = static_cast<std::uint64_t>(genealogy.n_members);
  const std::uint64_t generations = genealogy.parents.size() / members;
  const std::vector<std::uint64_t> shape = {generations, members};
  const std::vector<std::string> dimensions = {"generation", "member"};
  population.scalar("interval", genealogy.interval, "1", fmt::format("{} of a generation", unit));
  population.add("parent", genealogy.parents, shape, dimensions, "1",
                 "member whose state and parameters were taken over before the generation; the member itself: none");
  population.add("loss", genealogy.losses, shape, dimensions, "1",
                 "loss at the end of the generation, to be minimised; inf: failed, NaN: not trained");
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (const search::Column& column : space.columns()) {
    std::vector<double> values;
    for (const search::Point& point : genealogy.points)
      values.push_back(point.empty() ? kNaN : space.column_value(column, point).value_or(kNaN));
    const std::string long_name = fmt::format("parameter {} during the generation", column.name);
    record::Group& params = population.group("params");
    if (column.kind != search::Column::Kind::option) {
      params.add(column.name, values, shape, dimensions, "1", long_name + "; NaN: inactive or not trained");
      continue;
    }
    std::vector<std::int32_t> options;
    for (const double value : values) options.push_back(value == value ? static_cast<std::int32_t>(value) : -1);
    record::Flags flags = {{-1, "inactive"}};
    for (std::size_t i = 0; i < column.labels.size(); ++i) flags.emplace_back(static_cast<std::int64_t>(i), column.labels[i]);
    params.add(column.name, options, shape, dimensions, "1", long_name).flags = flags;
  }
}

}  // namespace shoal::workloads::tune
