// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "mandelbrot_loaded.hpp"
#include "shoal/kernels/escape_time.hpp"
#include "workloads/mandelbrot/balance.hpp"
#include "workloads/mandelbrot/decimal.hpp"
#include "workloads/mandelbrot/mandelbrot_results.hpp"

using namespace shoal;
using namespace shoal::workloads::mandelbrot;

namespace {

using Counts = std::vector<std::uint32_t>;

Counts iterations_of(const record::Group& results) { return record::values_at<std::uint32_t>(results, "iterations"); }

// FNV-1a over the bytes, lowest first, from the basis 1469598103934665603 (not the usual one) of the table of known answers.
std::uint64_t hash_of(const Counts& iterations) {
  std::uint64_t hash = 1469598103934665603;
  for (const std::uint32_t n : iterations)
    for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (n >> (8 * byte) & 0xff)) * 0x100000001b3;
  return hash;
}

std::string square(int n, int max_iterations, const std::string& more = "") {
  return fmt::format("width = {}\nheight = {}\nmax_iterations = {}\n{}\n", n, n, max_iterations, more);
}

double real_at(const record::Group& results, const std::string& path) { return record::values_at<double>(results, path).at(0); }

std::string errors_of(const std::string& text) {
  const Loaded loaded(text);
  return loaded.diagnostics.to_text();
}

}  // namespace

TEST_CASE("the whole set has the inside, sum and hash of the literature, in memory, in files, by rows and mirrored", "[mandelbrot]") {
  for (const char* how : {"", "tile_rows = 1", "storage = \"files\"", "storage = \"files\"\ntile_rows = 1000", "mirror = true\ntile_rows = 3",
                          "mirror = true\nstorage = \"files\"", "subdivision = \"mariani_silver\"", "interior_tests = false\nperiodicity = \"on\"", "lower = [-2.25, -1.5]\nupper = [0.75, 1.5]"}) {
    INFO(how);
    for (const int n : {64, 256}) {
      const record::Group results = run_picture(square(n, 1000, how));
      const Counts iterations = iterations_of(results);
      CHECK(number_at(results, "inside") == (n == 64 ? 680 : 10986));
      CHECK(number_at(results, "sum_of_iterations") == (n == 64 ? 21622 : 301030));
      CHECK(hash_of(iterations) == (n == 64 ? 0x6a75c9fdfada8213 : 0x36e88c75a793925f));
    }
  }
}

TEST_CASE("coordinates follow the stated formula, and rows begin with the smallest y", "[mandelbrot]") {
  const record::Group results = run_picture("width = 100\nheight = 50\ncenter = [\"0.1\", 0.25]\nview_width = \"0.3\"\nmax_iterations = 50\n");
  const auto x = record::values_at<double>(results, "x"), y = record::values_at<double>(results, "y");
  REQUIRE((x.size() == 100 && y.size() == 50));
  for (int i = 0; i < 100; ++i) CHECK(x[static_cast<std::size_t>(i)] == 0.1 + 0.3 * (2 * i + 1 - 100) / 200);
  for (int j = 0; j < 50; ++j) CHECK(y[static_cast<std::size_t>(j)] == 0.25 + (0.3 * 50 / 100) * (2 * j + 1 - 50) / 100);
  const Counts iterations = iterations_of(results);
  for (std::size_t k = 0; k < iterations.size(); k += 17) {
    const double cr = x[k % 100], ci = y[k / 100];
    const std::uint32_t expected = kernels::in_cardioid_or_disc(cr, ci) ? 0 : kernels::escape_time(kernels::EscapeArithmetic::strict, cr, ci, 50).iterations;
    CHECK(iterations[k] == expected);
  }
  const record::Group corner = run_picture("width = 10\nheight = 10\nsampling = \"corner\"\ncenter = [-0.5, 0]\nview_width = 2\n");
  CHECK(record::values_at<double>(corner, "x").front() == -1.5);
  CHECK(record::values_at<double>(corner, "y").front() == -1);
}

TEST_CASE("smooth counts and distances are what their definitions say", "[mandelbrot]") {
  for (const char* mode : {"strict", "fast"}) {
    const auto arithmetic = std::string(mode) == "fast" ? kernels::EscapeArithmetic::fast : kernels::EscapeArithmetic::strict;
    const record::Group results = run_picture(square(100, 300, fmt::format("outputs = [\"iterations\", \"smooth\", \"distance\"]\nmode = \"{}\"", mode)));
    const Counts iterations = iterations_of(results);
    const auto smooth = record::values_at<float>(results, "smooth"), distance = record::values_at<float>(results, "distance");
    const auto x = record::values_at<double>(results, "x"), y = record::values_at<double>(results, "y");
    for (std::size_t k = 0; k < iterations.size(); ++k) {
      if (iterations[k] == 0) {
        CHECK((std::isnan(smooth[k]) && std::isnan(distance[k])));
        continue;
      }
      double a = 0, b = 0, u = 0, v = 0;
      int n = 0;
      for (; a * a + b * b <= 65536; ++n) {
        const double real = 2 * (a * u - b * v) + 1;
        v = 2 * (a * v + b * u);
        u = real;
        kernels::escape_step(arithmetic, a, b, x[k % 100], y[k / 100]);
      }
      const double size = std::hypot(a, b), expected = 2 * size * std::log(size) / std::hypot(u, v) / 0.03;
      CHECK(std::abs(static_cast<double>(smooth[k]) - (n + 1 - std::log2(std::log(size)))) < 1e-5 * n);
      CHECK(std::abs(static_cast<double>(distance[k]) - expected) < 1e-6 * expected);
      CHECK(static_cast<double>(smooth[k]) > iterations[k] - 1.0);
    }
  }
}

TEST_CASE("arrays in files and in memory are the same, whatever the cuts", "[mandelbrot]") {
  // Rows longer than a tile too, so that tiles are parts of rows.
  for (const char* shape : {"width = 700\nheight = 600\n", "width = 300000\nheight = 3\n"}) {
    const std::string text = std::string(shape) + "max_iterations = 60\noutputs = [\"smooth\", \"iterations\", \"distance\"]\n";
    const record::Group memory = run_picture(text + "storage = \"memory\"\ntile_rows = 2\n"), files = run_picture(text + "storage = \"files\"\n");
    for (const auto& [name, dataset] : memory.datasets) {
      INFO(name);
      REQUIRE(files.datasets.contains(name));
      const record::Dataset& other = files.datasets.at(name);
      CHECK(dataset.shape == other.shape);
      CHECK(dataset.long_name == other.long_name);
      if (name != "area_error") CHECK(dataset.bytes == other.bytes);
    }
  }
}

TEST_CASE("the area and its error are those of the literature", "[mandelbrot]") {
  struct Known {
    int n, max_iterations;
    std::uint64_t inside;
    double area, error;
  };
  for (const Known& k : {Known{256, 4096, 10960, 1.505126953, -1.5e-3}, Known{512, 8192, 43910, 1.507530212, 9.4e-4}, Known{1024, 16384, 175590, 1.507101059, 5.1e-4},
                       Known{2048, 32768, 702106, 1.506556034, -3.6e-5}}) {
    for (const bool mirror : {true, false}) {
      if (!mirror && k.n >= 1024) continue;
      const record::Group results =
          run_picture(square(k.n, k.max_iterations, fmt::format("outputs = [\"area\"]\nperiodicity = \"on\"\nmirror = {}\ntile_rows = 7", mirror)));
      CHECK(number_at(results, "inside") == k.inside);
      const double area = real_at(results, "area"), difference = area - 1.5065918849;
      CHECK(std::abs(area - k.area) < 1e-9);
      CHECK(std::abs(difference - k.error) < 0.06 * std::abs(k.error));
      if (k.n >= 512) CHECK(std::abs(difference) < 1.0 / k.n);
      CHECK(std::abs(difference) < 3 * real_at(results, "area_error"));
      CHECK(real_at(results, "area_error") < 2.0 / k.n);
      CHECK_FALSE(results.datasets.contains("iterations"));
    }
  }
}

TEST_CASE("odd and one-row pictures are mirrored like others", "[mandelbrot]") {
  for (const int height : {1, 2, 3, 37, 64}) {
    const std::string text = fmt::format("width = 60\nheight = {}\nmax_iterations = 500\ntile_rows = 4\noutputs = [\"iterations\", \"smooth\"]\n", height);
    const record::Group whole = run_picture(text), mirrored = run_picture(text + "mirror = true\n");
    for (const char* name : {"iterations", "smooth", "inside", "sum_of_iterations", "row_iterations", "area", "area_error"})
      CHECK(whole.datasets.at(name).bytes == mirrored.datasets.at(name).bytes);
  }
}

TEST_CASE("mirrored pictures in files are those that are computed whole, whatever the cuts", "[mandelbrot]") {
  // Tiles of many rows, of one row and of parts of a row; last tiles that are shorter; an even and an odd number of tiles.
  for (const char* shape : {"width = 700\nheight = 600\n", "width = 700\nheight = 601\n", "width = 3000\nheight = 203\ntile_rows = 100\n",
                            "width = 3000\nheight = 777\n", "width = 40000\nheight = 11\n", "width = 300000\nheight = 5\n", "width = 60\nheight = 33\n"}) {
    INFO(shape);
    const std::string text = std::string(shape) + "max_iterations = 40\noutputs = [\"smooth\", \"iterations\", \"distance\"]\nstorage = \"files\"\n";
    const record::Group whole = run_picture(text), mirrored = run_picture(text + "mirror = true\n");
    REQUIRE(whole.datasets.size() == mirrored.datasets.size());
    for (const auto& [name, dataset] : whole.datasets) {
      INFO(name);
      CHECK(mirrored.datasets.at(name).bytes == dataset.bytes);
    }
  }
}

TEST_CASE("of mirrored pictures half the rows are computed, and every pixel counts once", "[mandelbrot]") {
  for (const std::int64_t width : {1, 500, 3000, 40000, 300000}) {
    for (const std::int64_t height : {1, 2, 7, 64, 601, 5003}) {
      for (const char* storage : {"memory", "files"}) {
        MandelbrotParameters p;
        p.width = width, p.height = height;
        p.mirror = true;
        p.storage = storage;
        const FieldPlan plan(p);
        std::uint64_t counted = 0, computed = 0, repeated = 0, next = 0;
        for (std::int64_t task = 0; task < plan.n_tasks(); ++task) {
          CHECK(plan.counted(task).first == next);
          next += plan.counted(task).count;
          for (const Window& window : plan.windows(task)) {
            CHECK(window.pixels.count <= plan.largest_window());
            for (const Window::Part& part : window.parts) {
              counted += part.weight * part.run.count;
              (part.weight == 0 ? repeated : computed) += part.run.count;
            }
          }
        }
        INFO(width << " x " << height << " in " << storage);
        CHECK(counted == static_cast<std::uint64_t>(width * height));
        CHECK(computed == static_cast<std::uint64_t>(width * ((height + 1) / 2)));
        CHECK(next == computed);
        CHECK(3 * repeated <= computed);
        if (height == 5003 && width != 3000) CHECK(7 * repeated <= computed);
      }
    }
  }
}

// One pixel of the valley of the elephants is inside a rectangle whose border passes it by.
TEST_CASE("subdivision gives the full computation's pixels in many views, and fills a known number of them", "[mandelbrot]") {
  struct Known {
    const char* name;
    const char* view;
    std::uint64_t filled;  // of 256 x 192 pixels
    std::uint64_t differing;
  };
  for (const Known& k : {
           Known{"the whole set", "center = [-0.75, 0]\nview_width = 4\nmax_iterations = 500", 25463, 0},
           Known{"the valley of the sea horses", "center = [-0.75, 0.1]\nview_width = 0.05\nmax_iterations = 2000", 21816, 0},
           Known{"the valley of the elephants", "center = [0.28, 0.008]\nview_width = 0.02\nmax_iterations = 1000", 23520, 1},
           Known{"the copy of period 3", "center = [-1.7549, 0]\nview_width = 0.05\nmax_iterations = 1000", 14192, 0},
           Known{"the antenna", "center = [-1.6, 0]\nview_width = 0.2\nmax_iterations = 1000", 19101, 0},
           Known{"around i", "center = [\"0\", \"1\"]\nview_width = \"1e-20\"\nmax_iterations = 300", 24625, 0}}) {
    INFO(k.name);
    for (const char* how : {"tile_rows = 64", "tile_rows = 192\nmode = \"fast\"", "storage = \"files\""}) {
      INFO(how);
      const std::string text = std::string("width = 256\nheight = 192\n") + k.view + "\n" + how + "\n";
      const record::Group whole = run_picture(text), some = run_picture(text + "subdivision = \"mariani_silver\"\n");
      const Counts a = iterations_of(whole), b = iterations_of(some);
      std::uint64_t differing = 0;
      for (std::size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
      CHECK(differing == k.differing);
      CHECK(number_at(some, "filled") == k.filled);
      CHECK((differing > 0 || whole.datasets.at("row_iterations").bytes == some.datasets.at("row_iterations").bytes));
      CHECK_FALSE(whole.datasets.contains("filled"));
      CHECK_FALSE(some.datasets.contains("area"));
    }
  }
}

TEST_CASE("the work of rows is as uneven as the literature says", "[mandelbrot]") {
  const record::Group results = run_picture(square(1024, 1000, "tile_rows = 1\noutputs = [\"iterations\", \"balance\"]"));
  const auto costs = record::values_at<std::uint64_t>(results, "row_iterations");
  std::uint64_t total = 0, most = 0;
  for (const std::uint64_t cost : costs) total += cost, most = std::max(most, cost);
  CHECK(total == 180893416);
  CHECK(most == 585187);
  CHECK(hash_of(iterations_of(results)) == 0x580c8b91029affbf);
  using tasks::ChunkRule, tasks::OrderKind;
  const auto efficiency = [&costs](ChunkRule rule, OrderKind order, std::int64_t workers) { return balance_of(rule, order, workers, costs).efficiency; };
  struct Known {
    std::int64_t workers;
    double block, cyclic, one, guided, factoring, trapezoid, guided_reversed, factoring_reversed, trapezoid_reversed;
  };
  const Known known[] = {{4, 0.515041, 0.999415, 0.999981, 0.5861, 0.7442, 0.8512, 0.9931, 0.9927, 0.9699},
                         {16, 0.325787, 0.997563, 0.999885, 0.5839, 0.6320, 0.6301, 0.9652, 0.9667, 0.9786},
                         {64, 0.309023, 0.949383, 0.991891, 0.5437, 0.6142, 0.6124, 0.8832, 0.8839, 0.9084}};
  for (const Known& k : known) {
    INFO(k.workers << " workers");
    const double digits6 = 5e-7, digits4 = 5e-5;
    CHECK(std::abs(efficiency(ChunkRule::static_block, OrderKind::natural, k.workers) - k.block) < digits6);
    CHECK(std::abs(efficiency(ChunkRule::static_cyclic, OrderKind::natural, k.workers) - k.cyclic) < digits6);
    CHECK(std::abs(efficiency(ChunkRule::one, OrderKind::natural, k.workers) - k.one) < digits6);
    CHECK(std::abs(efficiency(ChunkRule::guided, OrderKind::natural, k.workers) - k.guided) < digits4);
    CHECK(std::abs(efficiency(ChunkRule::factoring, OrderKind::natural, k.workers) - k.factoring) < digits4);
    CHECK(std::abs(efficiency(ChunkRule::trapezoid, OrderKind::natural, k.workers) - k.trapezoid) < digits4);
    CHECK(std::abs(efficiency(ChunkRule::guided, OrderKind::bit_reversed, k.workers) - k.guided_reversed) < digits4);
    CHECK(std::abs(efficiency(ChunkRule::factoring, OrderKind::bit_reversed, k.workers) - k.factoring_reversed) < digits4);
    CHECK(std::abs(efficiency(ChunkRule::trapezoid, OrderKind::bit_reversed, k.workers) - k.trapezoid_reversed) < digits4);
  }
  for (const auto& [rule, requests] : std::vector<std::pair<ChunkRule, std::vector<std::int64_t>>>{
           {ChunkRule::one, {1024, 1024, 1024}}, {ChunkRule::guided, {22, 74, 215}}, {ChunkRule::factoring, {36, 112, 320}}, {ChunkRule::trapezoid, {13, 32, 128}}})
    for (std::size_t p = 0; p < 3; ++p) CHECK(balance_of(rule, OrderKind::natural, kBalanceWorkers[p], costs).requests == requests[p]);
  CHECK(results.find_dataset("balance/efficiency")->shape == std::vector<std::uint64_t>{3, 6, 2});
  const record::Group few = run_picture(square(1024, 50, "outputs = [\"area\"]"));
  total = most = 0;
  for (const std::uint64_t cost : record::values_at<std::uint64_t>(few, "row_iterations")) total += cost, most = std::max(most, cost);
  CHECK(total == 12780124);
  CHECK(most == 33562);
}

TEST_CASE("tasks computed otherwise have the same results", "[mandelbrot]") {
  for (const char* how : {"storage = \"files\"", "tile_rows = 5", "mode = \"fast\"\nperiodicity = \"on\"\ninterior_tests = false"}) {
    Loaded loaded(square(90, 400, fmt::format("outputs = [\"iterations\", \"smooth\"]\n{}", how)));
    loaded.diagnostics.throw_if_any();
    tasks::Job& job = loaded.mandelbrot.job();
    const tasks::Round round = job.prepare_round(0, 0);
    test::KeptTiles tiles;
    const auto workspace = job.make_workspace();
    const tasks::StopToken stop;
    for (std::int64_t k = 0; k < round.n_tasks; ++k) {
      tasks::Bytes first, second;
      tasks::TaskOutput a{first, std::nullopt, tiles.tiles()}, b{second, std::nullopt, tiles.tiles()};
      const tasks::TaskInput input{{0, k}, 0, {}, round.common_payload, {}, stop};
      CHECK(job.run(input, workspace.get(), a));
      CHECK(job.run_otherwise(input, workspace.get(), b));
      CHECK(first == second);
    }
  }
}

TEST_CASE("decimal numbers are exact", "[mandelbrot]") {
  const auto text = [](const char* number) { return Decimal::parse(number)->to_text(); };
  CHECK(text("-0.75") == "-75e-2");
  CHECK(text("+007.500e3") == "75e2");
  CHECK(text(".5") == "5e-1");
  CHECK(text("-0") == "0");
  for (const char* wrong : {"", "-", ".", "1e", "e5", "1.2.3", "0x10", "nan", "inf", "1e400000", " 1", "1 "}) CHECK_FALSE(Decimal::parse(wrong));
  const Decimal a = *Decimal::parse("-1.5"), b = *Decimal::parse("0.0000000000000000000000000000000000001");
  CHECK((a + b).to_text() == "-14999999999999999999999999999999999999e-37");
  CHECK((a - a).to_text() == "0");
  CHECK((b - a).half().to_text() == "75000000000000000000000000000000000005e-38");
  CHECK((a + *Decimal::parse("3.25")).to_text() == "175e-2");
  CHECK(Decimal::parse("1e-400")->to_double() == 0);
  CHECK(Decimal::parse("0.1")->to_double() == 0.1);
  CHECK(Decimal::parse("-1.9854524e2")->to_double() == -198.54524);
  CHECK(std::isinf(Decimal::parse("1e400")->to_double()));
}

TEST_CASE("views that are none are told, each at its key", "[mandelbrot]") {
  CHECK(errors_of("view_width = 0\n").find("expected a number greater than 0") != std::string::npos);
  CHECK(errors_of("view_width = \"-1e-30\"\n").find("expected a number greater than 0") != std::string::npos);
  CHECK(errors_of("center = [\"-0.7x\", 0]\n").find("`center` is no number: \"-0.7x\"") != std::string::npos);
  CHECK(errors_of("lower = [1, 1]\nupper = [1, 2]\n").find("the view has no width") != std::string::npos);
  CHECK(errors_of("lower = [1, 1]\n").find("missing key `upper`") != std::string::npos);
  CHECK(errors_of("lower = [1, 1]\nupper = [2, 2]\nview_width = 1\n").find("by its corners and by its centre") != std::string::npos);
  CHECK(errors_of("view_width = \"1e-17\"\nmethod = \"direct\"\n").find("same coordinates in doubles") != std::string::npos);
  CHECK(errors_of("mirror = true\ncenter = [0, 0.5]\n").find("not symmetric") != std::string::npos);
  CHECK(errors_of("mirror = true\ncenter = [0, \"1e-400\"]\n").find("not symmetric") != std::string::npos);
  for (const char* output : {"area", "balance", "smooth", "distance"})
    CHECK(errors_of(fmt::format("subdivision = \"mariani_silver\"\noutputs = [\"{}\"]\n", output)).find(fmt::format("\"{}\" needs every pixel", output)) !=
          std::string::npos);
  CHECK(errors_of("outputs = [\"area\", \"iterations\"]\n").find("stands for no arrays") != std::string::npos);
  CHECK(errors_of("width = 0\n").find("[1, 1000000]") != std::string::npos);
  CHECK(Loaded("view_width = \"1e-9\"\ncenter = [\"-0.743643887037151\", \"0.13182590420533\"]\n").diagnostics.empty());
}
