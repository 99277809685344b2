// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/png_writer.hpp"

#include <fmt/format.h>
#include <png.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include "shoal/record/build_info.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

static_assert(sizeof(Color) == 3, "rows go to libpng as they are");

void on_warning(png_structp, png_const_charp) {}

}  // namespace

// libpng is C and reports errors by longjmp: each call to it stands in a function that holds no C++ object while it runs.
struct PngWriter::Png {
  std::string path, part;
  std::FILE* file = nullptr;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[200] = {};
  int error_number = 0;

  Png() = default;
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
  ~Png() {
    png_destroy_write_struct(&png, &info);
    if (!file) return;
    std::fclose(file);
    std::remove(part.c_str());
  }

  static void on_error(png_structp png, png_const_charp message) {
    auto* self = static_cast<Png*>(png_get_error_ptr(png));
    self->error_number = errno;
    std::snprintf(self->message, sizeof self->message, "%s", message);
    png_longjmp(png, 1);
  }
  static void write(png_structp png, png_bytep bytes, std::size_t n) {
    auto* self = static_cast<Png*>(png_get_io_ptr(png));
    errno = 0;
    if (std::fwrite(bytes, 1, n, self->file) != n) png_error(png, "write error");
  }
  static void flush(png_structp) {}

  bool begin(std::uint32_t width, std::uint32_t height, png_text* texts, int n_texts) {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info = png ? png_create_info_struct(png) : nullptr;
    if (!info || setjmp(png_jmpbuf(png))) return false;
    png_set_write_fn(png, this, write, flush);
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB_gAMA_and_cHRM(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_set_text(png, info, texts, n_texts);
    png_write_info(png, info);
    return true;
  }
  bool row(png_const_bytep bytes) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_write_row(png, bytes);
    return true;
  }
  bool end() {
    if (setjmp(png_jmpbuf(png))) return false;
    png_write_end(png, nullptr);
    return true;
  }

  [[noreturn]] void fail() const {
    if (error_number != 0) throw record::file_error("write", part, error_number);
    throw SystemError(fmt::format("cannot write {}: libpng says: {}.", part, message[0] ? message : "out of memory"));
  }
};

PngWriter::PngWriter(std::string path, std::uint32_t width, std::uint32_t height, const std::string& description) : png_(std::make_unique<Png>()) {
  png_->part = path + ".part";
  png_->path = std::move(path);
  png_->file = std::fopen(png_->part.c_str(), "wbe");
  if (!png_->file) throw record::file_error("write", png_->part, errno);
  std::string software = "shoal " + record::build_info().version, about = description;
  char software_key[] = "Software", about_key[] = "Description";
  png_text texts[2] = {};
  texts[0].compression = texts[1].compression = PNG_TEXT_COMPRESSION_NONE;
  texts[0].key = software_key;
  texts[0].text = software.data();
  texts[1].key = about_key;
  texts[1].text = about.data();
  if (!png_->begin(width, height, texts, 2)) png_->fail();
}

PngWriter::~PngWriter() = default;

void PngWriter::row(std::span<const Color> colors) {
  if (!png_->row(reinterpret_cast<png_const_bytep>(colors.data()))) png_->fail();
}

void PngWriter::finish() {
  if (!png_->end()) png_->fail();
  const bool written = std::fflush(png_->file) == 0 && ::fsync(::fileno(png_->file)) == 0;
  if (!written) throw record::file_error("write", png_->part, errno);
  if (std::rename(png_->part.c_str(), png_->path.c_str()) != 0) throw record::file_error("rename " + png_->part + " to", png_->path, errno);
  std::fclose(png_->file);
  png_->file = nullptr;
  record::sync_folder_of(png_->path);
}

}  // namespace shoal::workloads::mandelbrot
