// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fmt/format.h>

#include "shoal/error.hpp"
#include "shoal/integrate/plugin.h"
#include "workloads/integrate/integrand.hpp"

namespace shoal::workloads::integrate {
namespace {

// The library stays loaded: others may hold functions of it.
class Plugin final : public Integrand {
 public:
  Plugin(int dimension, decltype(&shoal_integrand) function) : dimension_(dimension), function_(function) {}

  int dimension() const override { return dimension_; }
  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    function_(dimension_, static_cast<std::int64_t>(values.size()), x.data(), values.data());
  }

 private:
  int dimension_;
  decltype(&shoal_integrand) function_;
};

template <class Function>
Function symbol(void* library, const char* name, const std::string& path) {
  void* found = dlsym(library, name);
  if (!found) {
    throw InputError(fmt::format("{} has no function `{}`: a plugin needs the functions of shoal/integrate/plugin.h, in C or "
                                 "extern \"C\"",
                                 path, name));
  }
  return reinterpret_cast<Function>(found);
}

}  // namespace

std::unique_ptr<Integrand> make_plugin(const std::string& path, int dimension) {
  const std::string place = path.find('/') == std::string::npos ? "./" + path : path;  // else the system's folders are searched
  void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw InputError(fmt::format("{} cannot be loaded as a plugin: {}", path, dlerror()));
  const auto version = symbol<decltype(&shoal_integrand_version)>(library, "shoal_integrand_version", path);
  const auto wanted = symbol<decltype(&shoal_integrand_dimension)>(library, "shoal_integrand_dimension", path);
  const auto function = symbol<decltype(&shoal_integrand)>(library, "shoal_integrand", path);
  if (version() != SHOAL_INTEGRAND_VERSION) {
    throw InputError(fmt::format("{} was made for version {} of shoal/integrate/plugin.h; this program has version {}: compile "
                                 "it again",
                                 path, version(), SHOAL_INTEGRAND_VERSION));
  }
  if (wanted() != 0 && wanted() != dimension)
    throw InputError(fmt::format("{} is a function of {} variables, the input has {}", path, wanted(), dimension));
  return std::make_unique<Plugin>(dimension, function);
}

}  // namespace shoal::workloads::integrate
