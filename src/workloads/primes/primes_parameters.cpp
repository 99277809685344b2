// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/primes_parameters.hpp"

#include <algorithm>

namespace shoal::workloads::primes {
namespace {

using config::Table;

void bind_test(Table& table, TestParameters& test) {
  table.texts("methods", test.methods,
              {.help = "naive: trial division by 2, 3 and 6k-1, 6k+1; miller_rabin, bpsw: exact below 2^64. Several are compared",
               .allowed = {"naive", "miller_rabin", "bpsw"},
               .minimum_count = 1});
  table.boolean("smallest_factor", test.smallest_factor, {.help = "the smallest prime factor of each number too"});
  table.text("file", test.file, {.help = "numbers from a file, whole numbers below 2^64"});
  table.text("format", test.format,
             {.help = "plain: numbers and # comments; csv: one column; prime_list: header lines, then numbers, then perhaps `end.`; "
                      "auto: by its name and first line",
              .allowed = {"auto", "plain", "csv", "prime_list"}});
  table.text("column", test.column, {.help = "of a CSV file: its name in the first line, or its number from 1; empty: the first"});
  table.naturals("range", test.range, {.help = "[first, stop]: every number from the first up to, not including, the second"});
  table.naturals("numbers", test.numbers, {.help = "a list of numbers"});
}

}  // namespace

void bind(Table& root, PrimesParameters& parameters) {
  root.text("task", parameters.task,
            {.help = "count: how many, and more; list: all of them; gaps: sizes and records; nth: the n-th; test: numbers of yours",
             .allowed = {"count", "list", "gaps", "nth", "test"}});
  root.natural("start", parameters.start, {.help = "first number looked at"});
  root.natural("stop", parameters.stop, {.help = "first number not looked at any more"});
  root.natural("n", parameters.n, {.help = "nth: which prime from `start` on, from 1", .minimum = 1});
  root.natural("window", parameters.window,
               {.help = "numbers a task; 0: max(200 sqrt(stop), 1e9), for lists a tenth of it. With windows given, `stop` may grow under --extend"});
  root.texts("outputs", parameters.outputs,
             {.help = "count costs nothing extra; each kind of tuplets is a pass; sum (mod 2^64), xor, residues (mod 4) and max_gap "
                      "together are one",
              .allowed = {"count", "twins", "triplets", "quadruplets", "quintuplets", "sextuplets", "sum", "xor", "residues", "first",
                          "last", "max_gap"},
              .minimum_count = 1});
  bind_test(root.table("test", "task = \"test\": which numbers, and how"), parameters.test);
}

Wanted wanted_of(const std::vector<std::string>& outputs) {
  const auto has = [&outputs](std::string_view name) { return std::find(outputs.begin(), outputs.end(), name) != outputs.end(); };
  Wanted wanted;
  for (std::size_t k = 0; k < kTupletNames.size(); ++k) wanted.tuplets[k] = has(kTupletNames[k]);
  wanted.ends = has("first") || has("last");
  wanted.sum = has("sum");
  wanted.bitwise_xor = has("xor");
  wanted.residues = has("residues");
  wanted.max_gap = has("max_gap");
  return wanted;
}

}  // namespace shoal::workloads::primes
