// SPDX-License-Identifier: Apache-2.0
// Pictures, read back with libpng.
#include <png.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "workloads/mandelbrot/color_map.hpp"
#include "workloads/mandelbrot/picture.hpp"
#include "workloads/mandelbrot/png_writer.hpp"

using namespace shoal;
using namespace shoal::workloads::mandelbrot;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Image {
  std::uint32_t width = 0, height = 0;
  std::vector<Color> pixels;  // row by row from the top
  Color at(std::size_t x, std::size_t y) const { return pixels[y * width + x]; }
};

Image read_png(const std::string& path) {
  png_image image;
  std::memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
  image.format = PNG_FORMAT_RGB;
  Image result{image.width, image.height, std::vector<Color>(std::size_t{image.width} * image.height)};
  REQUIRE(png_image_finish_read(&image, nullptr, result.pixels.data(), 0, nullptr) != 0);
  return result;
}

// A folder for the time of a test.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("shoal_picture_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

PictureField field_of(const std::vector<double>& values, std::uint64_t columns, PictureField::Kind kind = PictureField::Kind::iterations) {
  PictureField field;
  field.kind = kind;
  field.columns = columns;
  field.rows = values.size() / columns;
  field.rows_together = 2;
  field.read = [&values, columns](std::uint64_t first, std::uint64_t count, std::span<double> to) {
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first * columns), count * columns, to.begin());
  };
  return field;
}

Color rgb(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

double lightness(Color color) { return 0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue; }

}  // namespace

TEST_CASE("colour maps have their published ends, and grow lighter", "[mandelbrot][picture]") {
  struct Ends {
    const char* name;
    unsigned first, middle, last;
  };
  for (const Ends& ends : {Ends{"viridis", 0x440154, 0x21918c, 0xfde725}, Ends{"magma", 0x000004, 0xb73779, 0xfcfdbf},
                           Ends{"inferno", 0x000004, 0xbc3754, 0xfcffa4}, Ends{"plasma", 0x0d0887, 0xcc4778, 0xf0f921}, Ends{"cividis", 0x00224e, 0x7c7b78, 0xfee838}, Ends{"grey", 0, 0x808080, 0xffffff}}) {
    const ColorMap* map = find_color_map(ends.name);
    REQUIRE(map);
    CHECK(map->at(0) == rgb(ends.first));
    CHECK(map->at(1) == rgb(ends.last));
    CHECK(map->at(-3) == rgb(ends.first));
    CHECK(map->at(7) == rgb(ends.last));
    const Color middle = map->at(0.5), published = rgb(ends.middle);
    CHECK(std::abs(lightness(middle) - lightness(published)) < 1.5);
  }
  for (const std::string& name : color_map_names()) {
    const ColorMap& map = *find_color_map(name);
    if (map.is_cyclic) {
      CHECK(map.at(0.25) == map.at(1.25));
      CHECK(std::abs(lightness(map.at(0)) - lightness(map.at(0.9999))) < 3);
      continue;
    }
    for (int k = 0; k < 255; ++k) CHECK(lightness(map.at(k / 255.0)) <= lightness(map.at((k + 1) / 255.0)) + 1);
  }
  CHECK_FALSE(find_color_map("jet"));
}

TEST_CASE("colours are read from six hexadecimal digits", "[mandelbrot][picture]") {
  CHECK(parse_color("#0a1B2c") == rgb(0x0a1b2c));
  for (const char* wrong : {"", "0a1b2c", "#0a1b2", "#0a1b2c0", "#0a1b2g", "#-a1b2c", "red"}) CHECK_FALSE(parse_color(wrong));
}

TEST_CASE("a picture has the largest y at the top, and every pixel its colour", "[mandelbrot][picture]") {
  const Folder folder;
  const std::vector<double> values = {1, 2, 3,  // the smallest y
                                      4, 0, 5, 6, 7, 11};
  PictureParameters parameters;
  parameters.color_map = "grey";
  parameters.scale = "linear";
  parameters.inside = "#ff0000";
  write_picture(folder.file("a.png"), field_of(values, 3), parameters, "a test");
  const Image image = read_png(folder.file("a.png"));
  REQUIRE(image.width == 3);
  REQUIRE(image.height == 3);
  const auto grey = [](double t) { return rgb(static_cast<unsigned>(255 * t + 0.5) * 0x010101u); };
  CHECK(image.at(0, 2) == grey(0));
  CHECK(image.at(1, 2) == grey(0.1));
  CHECK(image.at(1, 1) == rgb(0xff0000));
  CHECK(image.at(0, 0) == grey(0.5));
  CHECK(image.at(2, 0) == grey(1));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // nothing else is left
}

TEST_CASE("scales place values as they say", "[mandelbrot][picture]") {
  const std::vector<double> values = {10, 11, 13, 17, 0, 0, 25, 41};
  const PictureField field = field_of(values, 4);
  const ColorScale linear(field, "linear", 64), log(field, "log", 64), histogram(field, "histogram", 64), cyclic(field, "cyclic", 64);
  CHECK(linear.place(10) == 0);
  CHECK(linear.place(25.5) == 0.5);
  CHECK(linear.place(41) == 1);
  CHECK(log.place(10) == 0);
  CHECK(log.place(13) == Approx(0.4));  // log2(4) / log2(32)
  CHECK(log.place(41) == 1);
  for (int k = 0; k < 6; ++k) CHECK(histogram.place(std::vector<double>{10, 11, 13, 17, 25, 41}[static_cast<std::size_t>(k)]) == Approx(k / 5.0));
  CHECK(cyclic.place(96) == 1.5);

  const std::vector<double> distances = {kNaN, 0, 1.0 / 16, 3.0 / 16};
  const ColorScale near(field_of(distances, 2, PictureField::Kind::distance), "log", 64);
  CHECK(near.place(0) == 0);
  CHECK(near.place(1.0 / 16) == Approx(0.5));
  CHECK(near.place(3.0 / 16) == 1);

  const std::vector<double> nothing = {0, 0, 0, 0}, one = {5, 0, 5, 5};
  CHECK(ColorScale(field_of(nothing, 2), "log", 64).place(3) == 0);
  CHECK(ColorScale(field_of(one, 2), "histogram", 64).place(5) == 0);
  CHECK_THROWS_AS(ColorScale(field, "square", 1), std::logic_error);
}

TEST_CASE("smaller pictures are means in linear light", "[mandelbrot][picture]") {
  const Folder folder;
  const std::vector<double> values = {1, 2, 1, 1,  //
                                      2, 1, 1, 1,  //
                                      2, 2, 0, 0,  //
                                      2, 2, 0, 0};
  PictureParameters parameters;
  parameters.color_map = "grey";
  parameters.scale = "linear";
  parameters.inside = "#0000ff";
  parameters.width = 2;
  write_picture(folder.file("b.png"), field_of(values, 4), parameters, "");
  const Image image = read_png(folder.file("b.png"));
  REQUIRE((image.width == 2 && image.height == 2));
  CHECK(image.at(0, 1) == rgb(0xbcbcbc));  // half of the light is 188 of 255 in sRGB
  CHECK(image.at(1, 1) == rgb(0x000000));
  CHECK(image.at(0, 0) == rgb(0xffffff));
  CHECK(image.at(1, 0) == rgb(0x0000ff));
}

TEST_CASE("a cyclic scale runs a map that is not cyclic there and back", "[mandelbrot][picture]") {
  const Folder folder;
  const std::vector<double> values = {4, 8, 12, 16, 20};
  PictureParameters parameters;
  parameters.color_map = "grey";
  parameters.scale = "cyclic";
  parameters.period = 8;
  write_picture(folder.file("c.png"), field_of(values, 5), parameters, "");
  const Image image = read_png(folder.file("c.png"));
  CHECK(image.at(0, 0) == image.at(2, 0));
  CHECK(image.at(1, 0) == rgb(0xffffff));
  CHECK(image.at(3, 0) == rgb(0));
  CHECK(image.at(4, 0) == image.at(0, 0));
}

TEST_CASE("large fields are read a few rows at a time, once for the scale and once for the picture", "[mandelbrot][picture]") {
  const Folder folder;
  PictureField field;
  field.rows = 1003;
  field.columns = 5000;
  field.rows_together = 16;
  std::vector<int> reads(field.rows);
  std::uint64_t most = 0;
  field.read = [&](std::uint64_t first, std::uint64_t count, std::span<double> to) {
    most = std::max(most, count);
    CHECK(first % 16 == 0);
    for (std::uint64_t row = first; row < first + count; ++row) {
      ++reads[row];
      for (std::uint64_t i = 0; i < field.columns; ++i) to[(row - first) * field.columns + i] = static_cast<double>(1 + row + i);
    }
  };
  PictureParameters parameters;
  parameters.width = 50;
  write_picture(folder.file("d.png"), field, parameters, "");
  const Image image = read_png(folder.file("d.png"));
  CHECK((image.width == 50 && image.height == 10));
  CHECK(most == 16);
  CHECK(std::set<int>(reads.begin(), reads.end()) == std::set<int>{2});
  CHECK(lightness(image.at(49, 0)) > lightness(image.at(0, 9)));
}

TEST_CASE("pictures are never larger than the field, and wide fields are reduced unless told otherwise", "[mandelbrot][picture]") {
  PictureField field;
  field.columns = 50000;
  field.rows = 20000;
  PictureParameters parameters;
  CHECK(picture_size(field, parameters).width == 8192);
  CHECK(picture_size(field, parameters).height == 3277);
  parameters.width = 50000;
  CHECK(picture_size(field, parameters).height == 20000);
  parameters.width = 100000;
  CHECK(picture_size(field, parameters).width == 50000);
}

TEST_CASE("a picture that cannot be written is one clear line, and leaves nothing", "[mandelbrot][picture]") {
  const Folder folder;
  const std::vector<double> values = {1, 2};
  try {
    write_picture(folder.file("none/e.png"), field_of(values, 2), {}, "");
    FAIL("it was written");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("cannot write " + folder.file("none/e.png.part") + ": "));
  }
  if (std::filesystem::exists("/dev/full")) {
    std::filesystem::create_symlink("/dev/full", folder.file("f.png.part"));
    std::vector<double> many(300 * 300);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i * 2654435761u % 1000 + 1);
    try {
      write_picture(folder.file("f.png"), field_of(many, 300), {}, "");
      FAIL("it was written");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::io);
      CHECK(std::string(error.what()).find("no space left") != std::string::npos);
    }
    CHECK(std::filesystem::is_empty(folder.path));
  }
}
