// SPDX-License-Identifier: Apache-2.0
// Large arrays, some rows at a time.
#include "catch.hpp"
#include "folder.hpp"
#include "shoal/error.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/rows.hpp"
#include "shoal/record/tree.hpp"

using namespace shoal;
using namespace shoal::record;

TEST_CASE("rows of an array are read in any order, of any type", "[record]") {
  const Folder folder;
  Group root;
  const std::uint64_t rows = 700, columns = 500;
  std::vector<std::uint32_t> counts(rows * columns);
  std::vector<float> floats(rows * columns);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::uint32_t>(i * 2654435761u), floats[i] = static_cast<float>(i) / 7;
  Group& results = root.group("results");
  results.add("counts", counts, {rows, columns}, {"y", "x"}, "1", "counts");
  results.add("floats", floats, {rows, columns}, {"y", "x"}, "1", "floats");
  results.add("line", std::vector<double>{1, 2, 3}, {3}, {"line"}, "1", "one-dimensional");
  const std::string path = folder.file("a.h5");
  write_tree(path, root);

  RowReader reader(path, "/results/counts");
  CHECK(reader.rows() == rows);
  CHECK(reader.columns() == columns);
  CHECK(reader.rows_together() == chunk_shape(Type::u4, {rows, columns})[0]);
  CHECK(reader.rows_together() < rows);
  std::vector<double> values(3 * columns);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{349}, rows - 3, std::uint64_t{17}}) {
    reader.read(first, 3, values);
    for (std::size_t i = 0; i < values.size(); ++i) REQUIRE(values[i] == static_cast<double>(counts[first * columns + i]));
  }
  RowReader other(path, "/results/floats");  // two at a time
  other.read(5, 3, values);
  CHECK(values[4] == static_cast<double>(floats[5 * columns + 4]));
  CHECK_THROWS_AS(reader.read(rows - 2, 3, values), std::out_of_range);
  CHECK_THROWS_AS(reader.read(0, 2, values), std::out_of_range);

  CHECK(message_of([&] { RowReader(path, "/results/none/there"); }) == "there is nothing at /results/none/there in " + path + ".");
  CHECK(message_of([&] { RowReader(path, "/results/line"); }) ==
        "cannot read " + path + ": /results/line is no array of rows and columns of numbers. If it is damaged, restore a copy or move it away.");
  CHECK(message_of([&] { RowReader(folder.file("none.h5"), "/results/counts"); }).starts_with("cannot read " + folder.file("none.h5")));
}
