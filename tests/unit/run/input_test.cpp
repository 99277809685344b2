// SPDX-License-Identifier: Apache-2.0
#include "run/input.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "shoal/error.hpp"

using namespace shoal;

namespace {

// A workload with one science key, one execution key, a data file, and a relation between keys.
class Sample final : public workloads::Workload {
 public:
  void bind(config::Table& root) override {
    root_ = &root;
    config::Table& table = root.table("sample", "what to do");
    table.integer("samples", samples_, {.help = "how many", .minimum = 1});
    table.integer("verbosity", verbosity_, {.help = "words", .role = config::Role::execution});
    table.text("file", file_, {.help = "data"});
  }
  void check_keys(config::Diagnostics& diagnostics) const override {
    if (samples_ == 13) diagnostics.error(config::Code::contradiction, root_->where("sample.samples"), "13 does not go");
  }
  void load(const std::string& folder, std::uint64_t, config::Diagnostics& diagnostics) override {
    folder_ = folder;
    if (!file_.empty() && !std::filesystem::exists(path())) throw InputError("data file " + path() + " does not exist", ExitCode::input_missing);
    if (samples_ == 14) diagnostics.error(config::Code::contradiction, root_->where("sample.samples"), "14 does not go");
  }
  std::vector<workloads::DataFile> data_files() const override {
    if (file_.empty()) return {};
    return {{"sample.file", path()}};
  }
  workloads::Estimate estimate() const override { return {}; }
  tasks::Job& job() override { throw std::logic_error("not run"); }
  void write_results(record::Group&, record::Group&) const override {}

 private:
  std::string path() const { return (std::filesystem::path(folder_) / file_).string(); }

  config::Table* root_ = nullptr;
  std::int64_t samples_ = 10;
  std::int64_t verbosity_ = 1;
  std::string file_;
  std::string folder_;
};

const std::vector<workloads::WorkloadInfo> kKnown = {
    {"sample", "", [] { return std::unique_ptr<workloads::Workload>(std::make_unique<Sample>()); }}};

run::Input load(const std::string& text, const std::vector<std::string>& overrides = {}, const std::string& folder = "") {
  return run::load_input_text(text, "x.toml", folder, overrides, kKnown);
}

std::string errors_of(const std::string& text, ExitCode expected = ExitCode::invalid_input) {
  try {
    load(text);
  } catch (const InputError& error) {
    CHECK(error.code() == expected);
    return error.what();
  }
  return "";
}

const std::string kText = "workload = \"sample\"\ntitle = \"A\"\n[sample]\nsamples = 1e3\n";

}  // namespace

TEST_CASE("an input is its science keys, the version of the results and the content of its files", "[unit]") {
  const run::Input input = load(kText);
  CHECK(input.science == std::vector<std::string>{"results_version = 1", "sample.file = \"\"", "sample.samples = 1000", "seed = 1",
                                                  "workload = \"sample\""});
  CHECK(input.science_digest.size() == 64);
  CHECK(input.common.title == "A");
}

TEST_CASE("execution keys, titles, comments and spelling of numbers do not make another input", "[unit]") {
  const std::string digest = load(kText).science_digest;
  CHECK(load("# new\nworkload = 'sample'\nseed = 1\n[sample]\nsamples = 1_000\nverbosity = 3\n[schedule]\nchunk = \"one\"\n").science_digest == digest);
  CHECK(load(kText, {"title=B", "output.snapshot_seconds=5"}).science_digest == digest);
  CHECK(load(kText, {"seed=2"}).science_digest != digest);
  CHECK(load(kText, {"sample.samples=1001"}).science_digest != digest);
}

TEST_CASE("the content of a data file belongs to the input, its place does not", "[unit]") {
  const auto folder = std::filesystem::temp_directory_path() / ("shoal_input_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.csv") << "1,2\n";
  std::ofstream(folder / "b.csv") << "1,2\n";
  std::ofstream(folder / "c.csv") << "1,3\n";
  const auto digest = [&](const std::string& file) { return load(kText, {"sample.file=" + file}, folder.string()).science_digest; };
  CHECK(digest("a.csv") == digest("b.csv"));
  CHECK(digest("a.csv") != digest("c.csv"));
  const run::Input input = load(kText, {"sample.file=a.csv"}, folder.string());
  REQUIRE(input.data_files.size() == 1);
  CHECK_THAT(input.science.at(1), Catch::StartsWith("sample.file.sha256 = \""));
  std::filesystem::remove_all(folder);
}

TEST_CASE("errors of keys and of relations between keys come in one pass, those of loading after them", "[unit]") {
  const std::string errors = errors_of("workload = \"sample\"\nseed = -1\n[sample]\nsamples = 13\n");
  CHECK_THAT(errors, Catch::Contains("x.toml:2:8") && Catch::Contains("13 does not go") && Catch::Contains("2 errors."));
  CHECK_THAT(errors_of("workload = \"sample\"\n[sample]\nsamples = 14\n"), Catch::Contains("E030: 14 does not go") && Catch::Contains("x.toml:3:11"));
}

TEST_CASE("a missing data file is an error at its key, with the code of missing files", "[unit]") {
  CHECK(errors_of("workload = \"sample\"\n[sample]\nfile = \"none.csv\"\n", ExitCode::input_missing) ==
        "error E040: data file none.csv does not exist                x.toml:3:8\n"
        "   3 | file = \"none.csv\"\n"
        "     |        ^^^^^^^^^^\n"
        "1 error. Nothing was run.");
}

TEST_CASE("without a known workload only the common keys are judged", "[unit]") {
  const std::string errors = errors_of("workload = \"samples\"\nseed = 1.5\nwhatever = 3\n[schedule]\nchunk = \"two\"\n");
  CHECK_THAT(errors, Catch::Contains("did you mean `sample`?") && Catch::Contains("not an integer") && Catch::Contains("\"two\"") &&
                         !Catch::Contains("whatever"));
  CHECK_THAT(errors_of("workload = sample\nseed = 1.5\n"), Catch::Contains("1 error."));
}

TEST_CASE("a missing input file has its own exit code", "[unit]") {
  try {
    run::load_input("/none/x.toml", {}, kKnown);
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(error.code() == ExitCode::input_missing);
  }
  CHECK(run::folder_of("a/b.toml") == "a");
  CHECK(run::folder_of("/b.toml") == "/");
  CHECK(run::folder_of("b.toml").empty());
}
