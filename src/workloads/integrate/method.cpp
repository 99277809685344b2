// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/method.hpp"

namespace shoal::workloads::integrate {

#define SHOAL_METHOD(name, summary) const Method& method_##name();
#include "workloads/integrate/methods.def"
#undef SHOAL_METHOD

const std::vector<MethodInfo>& all_methods() {
  static const std::vector<MethodInfo> methods = {
#define SHOAL_METHOD(name, summary) {#name, summary, method_##name},
#include "workloads/integrate/methods.def"
#undef SHOAL_METHOD
  };
  return methods;
}

int find_method(std::string_view name) {
  for (std::size_t i = 0; i < all_methods().size(); ++i)
    if (all_methods()[i].name == name) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodInfo& method : all_methods()) names.push_back(method.name);
  return names;
}

std::optional<Estimate> estimate(const Method& method, const Context& context, const tasks::StopToken& stop) {
  const std::unique_ptr<Estimation> estimation = method.start(context);
  tasks::Bytes result;
  for (;;) {
    const Work work = estimation->next();
    if (work.n_items == 0) return estimation->estimate();
    for (std::int64_t item = 0; item < work.n_items; ++item) {
      const tasks::ByteView payload = work.items.empty() ? tasks::ByteView() : work.items[static_cast<std::size_t>(item)];
      result.clear();
      if (!method.run(context, {item, work.common, payload, stop}, result)) return std::nullopt;
      estimation->fold(result);
    }
  }
}

}  // namespace shoal::workloads::integrate
