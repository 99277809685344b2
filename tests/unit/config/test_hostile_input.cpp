// SPDX-License-Identifier: Apache-2.0
// Input that wants to do harm gets an error, never a crash.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "catch.hpp"
#include "example_schema.hpp"
#include "shoal/error.hpp"

using namespace shoal::config;

namespace {

std::string errors_of_text(const std::string& text) {
  Example example;
  return errors_of(example, text);
}

std::string repeated(const std::string& piece, int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += piece;
  return text;
}

}  // namespace

TEST_CASE("nesting is refused before the parser recurses", "[unit]") {
  constexpr int kDeep = 1000000;
  for (const std::string& text :
       {"x = " + repeated("[", kDeep), "x = " + repeated("{a=", kDeep), "[" + repeated("a.", kDeep) + "a]",
        repeated("a.", kDeep) + "a = 1", "x = { " + repeated("\"a\" . ", kDeep) + "a = 1 }", repeated("[", kDeep),
        "x = " + repeated("[", kDeep) + repeated("]", kDeep)})
    CHECK_THAT(errors_of_text(text), Catch::Contains("nested deeper than 32 levels\n"));
  CHECK_THAT(errors_of_text("x = " + repeated("[", 32) + repeated("]", 32)), !Catch::Contains("nested"));
  CHECK_THAT(errors_of_text("x = [" + repeated("1.5, ", 1000) + "]"), !Catch::Contains("nested"));
  CHECK_THAT(errors_of_text("x = \"" + repeated("[", 1000) + "\" # " + repeated("{", 1000)), !Catch::Contains("nested"));
}

TEST_CASE("bytes that are not text are refused with their place", "[unit]") {
  CHECK_THAT(errors_of_text(std::string("seed = 1\ntitle = \"a\0b\"\n", 22)),
             Catch::Contains("x.toml:2:11\n   2 | title = \"a?b\"\n     |           ^ control character 0x00"));
  CHECK_THAT(errors_of_text("title = \"\xC3\x28\""), Catch::Contains("byte 0xC3 is not UTF-8"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\xF0\x9F\x98", "\xFF\xFE"})
    CHECK_THAT(errors_of_text(std::string("title = \"") + bad + "\""), Catch::Contains("is not UTF-8"));
  CHECK_THAT(errors_of_text("\x1B[2J = 1"), Catch::Contains("control character 0x1B") && !Catch::Contains("\x1B"));
  CHECK_THAT(errors_of_text("x\x7F = 1"), Catch::Contains("control character 0x7F"));
}

TEST_CASE("files that are too large, missing, folders or pipes are refused", "[unit]") {
  const auto folder = std::filesystem::temp_directory_path() / ("shoal_config_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string large = folder / "large.toml";
  std::ofstream(large).put('#');
  std::filesystem::resize_file(large, 100'000'000);
  CHECK_THROWS_WITH(read_input_text(large), Catch::Contains("has 100000000 bytes; inputs may have at most 16 MiB"));
  CHECK_THROWS_WITH(read_input_text(folder), Catch::Contains("is a folder"));
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_input_text(pipe), Catch::Contains("is not an ordinary file"));
  try {
    read_input_text(folder / "none.toml");
    FAIL("no error");
  } catch (const shoal::InputError& error) {
    CHECK(error.code() == shoal::ExitCode::input_missing);
  }
  std::filesystem::remove_all(folder);
  CHECK_THAT(errors_of_text(std::string(kMaximumInputBytes + 1, '#')), Catch::Contains("at most 16 MiB"));
}

TEST_CASE("large and long inputs stay within seconds", "[unit]") {
  CHECK_THAT(errors_of_text("x = [" + repeated("1e20,", 200000) + "]"), Catch::Contains("unknown key `x`"));
  CHECK_THAT(errors_of_text(repeated("a", 1000000) + " = 1"), Catch::Contains("unknown key"));
  CHECK_THAT(errors_of_text("title = \"" + repeated("é", 500000) + "\"\nsede = 1"), Catch::Contains("did you mean `seed`?"));
  CHECK_THAT(errors_of_text(repeated("a = 1\n", 50000)), Catch::Contains("is given twice"));
  std::string many;
  for (int i = 0; i < 50000; ++i) many += "k" + std::to_string(i) + " = 1e300\n";
  CHECK_THAT(errors_of_text(many), Catch::Contains("50001 errors."));
}

namespace {

// One to four small damages at random places.
std::string mutated(std::string text, std::mt19937& random) {
  static const std::string kPieces[] = {"[", "]", "{", "}", "\"", "'", "=", ".", ",", "\n", "#", "\\", "\"\"\"", "1e400", "é", "\xFF", "-", "0x", "[["};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % std::max<std::size_t>(n, 1); };
  for (std::size_t n = 1 + below(4); n > 0; --n) {
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0: text.erase(at, 1 + below(8)); break;
      case 1: text.insert(at, kPieces[below(std::size(kPieces))]); break;
      case 2: text.replace(at, 1, 1, static_cast<char>(random())); break;
      case 3: text.insert(at, text.substr(below(text.size()), below(60))); break;
      default: text.resize(at + 1); break;
    }
  }
  return text;
}

// The shipped inputs, and one with every kind of value.
std::vector<std::string> sound_inputs() {
  std::vector<std::string> inputs = {std::string(kSound) +
                                     "[network]\nhidden = [5, 8]\nlearning_rate = 1e-3 # step\nmetrics = [\"loss\", 'accuracy']\n"
                                     "[space]\na = { choice = [[5, 8], { name = \"sgd\", m = { uniform = [0.0, 0.99] } }] }\n"
                                     "b.c = \"\"\"x\ny\"\"\"\n[[space.d]]\nt = 1979-05-27\n"};
  for (const auto& file : std::filesystem::directory_iterator(SHOAL_SOURCE_DIR "/inputs"))
    if (file.path().extension() == ".toml") inputs.push_back(read_input_text(file.path().string()));
  std::sort(inputs.begin() + 1, inputs.end());
  return inputs;
}

}  // namespace

TEST_CASE("thousands of mutations of the shipped inputs give a value or a message", "[unit]") {
  std::mt19937 random(20260131);
  for (const std::string& sound : sound_inputs()) {
    for (int i = 0; i < 1000; ++i) {
      const std::string text = mutated(sound, random);
      INFO("mutation " << i << "\n" << text);
      const std::string errors = errors_of_text(text);
      REQUIRE((errors.empty() || errors.find("Nothing was run.") != std::string::npos));
      const bool harmless = std::none_of(errors.begin(), errors.end(),
                                         [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
      REQUIRE(harmless);
      Example example;
      errors_of(example, kSound, {text.substr(0, 40)});  // as an override too
    }
  }
}

TEST_CASE("text that makes the parser of version 3.3 lose its way is refused", "[unit]") {
  CHECK_THAT(errors_of_text("[\n[a]\nb = 1\n"), Catch::Contains("E001: not valid TOML"));
  CHECK_THAT(errors_of_text("[=]\n"), Catch::Contains("E001: not valid TOML"));
  CHECK_THAT(errors_of_text("[a.\n]"), Catch::Contains("E001: not valid TOML"));
}
