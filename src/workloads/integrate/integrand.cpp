// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/integrand.hpp"

namespace shoal::workloads::integrate {
namespace {

class ExpressionIntegrand final : public Integrand {
 public:
  ExpressionIntegrand(const std::string& text, const std::vector<std::string>& variables,
                      const std::map<std::string, double>& parameters)
      : expression_(text, variables, parameters) {}

  int dimension() const override { return static_cast<int>(expression_.n_variables()); }
  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    expression_.evaluate(x, values);
  }
  bool add_to_columns(const math::Grid& grid, std::int64_t n, Columns& columns) const override {
    expression_.add_to_columns(grid, static_cast<std::size_t>(n), columns);
    return true;
  }

 private:
  math::Expression expression_;
};

}  // namespace

void Integrand::evaluate_near(double, std::span<const double>, std::span<const double> x, std::span<double> values) const {
  const double* column = x.data();
  evaluate({&column, 1}, values);
}

std::optional<double> Integrand::grid_sum(double, double, double, std::int64_t) const {
  return std::nullopt;
}

bool Integrand::add_to_columns(const math::Grid&, std::int64_t, Columns&) const {
  return false;
}

std::optional<ShiftedSums> Integrand::random_sums(const random::Stream&, std::uint64_t, std::size_t, double, double, double) const {
  return std::nullopt;
}

bool Integrand::add_random_areas(std::span<const double>, double, double, Stretches&) const {
  return false;
}

#define SHOAL_FAMILY(name, any_dimension, has_alpha, alpha, summary) Family make_##name(int dimension, double parameter);
#include "workloads/integrate/families.def"
#undef SHOAL_FAMILY

const std::vector<FamilyInfo>& all_families() {
  static const std::vector<FamilyInfo> families = {
#define SHOAL_FAMILY(name, any_dimension, has_alpha, alpha, summary) \
  {#name, any_dimension, has_alpha, alpha, summary, make_##name},
#include "workloads/integrate/families.def"
#undef SHOAL_FAMILY
  };
  return families;
}

const FamilyInfo* find_family(std::string_view name) {
  for (const FamilyInfo& family : all_families())
    if (family.name == name) return &family;
  return nullptr;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const FamilyInfo& family : all_families()) names.push_back(family.name);
  return names;
}

std::unique_ptr<Integrand> make_expression(const std::string& text, const std::vector<std::string>& variables,
                                           const std::map<std::string, double>& parameters) {
  return std::make_unique<ExpressionIntegrand>(text, variables, parameters);
}

}  // namespace shoal::workloads::integrate
