#include <espalier/training/clipping.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/gradients.h>

namespace espalier::training {
namespace {

constexpr std::size_t kBlockElements = 16384;

void check_limit(double limit) {
  if (!(limit > 0.0)) throw OptionError(message("clipping: limit ", limit, ", expected above 0"));
}

// Squares of floats do not overflow a double: the sum is finite if and only if every element is.
double sum_of_squares(std::span<const float> block) {
  constexpr std::size_t kLanes = 8;  // Independent sums, so that they can be vectorised.
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= block.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto x = static_cast<double>(block[i + lane]);
      sums[lane] += x * x;
    }
  }
  for (; i < block.size(); ++i) {
    sums[0] += static_cast<double>(block[i]) * static_cast<double>(block[i]);
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

double squared_norm(std::span<const float> elements) {
  PoolVector<double> sums((elements.size() + kBlockElements - 1) / kBlockElements);
  parallel_rows(elements.size(), kBlockElements, [&](std::size_t begin, std::size_t end) {
    sums[begin / kBlockElements] = sum_of_squares(elements.subspan(begin, end - begin));
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

template <class Change>
void for_each_element(std::span<float> elements, const Change& change) {
  parallel_rows(elements.size(), kBlockElements, [&](std::size_t begin, std::size_t end) {
    for (float& x : elements.subspan(begin, end - begin)) x = change(x);
  });
}

// A norm of 0 is below every limit: the factor is 1, and nothing is divided.
void scale_to(std::span<float> elements, double norm, double limit) {
  if (norm <= limit) return;
  const auto factor = static_cast<float>(limit / norm);
  for_each_element(elements, [factor](float x) { return x * factor; });
}

}  // namespace

double gradient_norm(std::span<const NamedParameter> parameters) {
  double total = 0.0;
  for (const NamedParameter& p : parameters) {
    total += squared_norm(gradient_elements(p.variable));
  }
  return std::sqrt(total);
}

double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit) {
  check_limit(limit);
  const double norm = gradient_norm(parameters);
  if (!std::isfinite(norm)) return norm;
  for (const NamedParameter& p : parameters) scale_to(gradient_elements(p.variable), norm, limit);
  return norm;
}

double clip_by_norm(std::span<const NamedParameter> parameters, double limit) {
  check_limit(limit);
  const double norm = gradient_norm(parameters);
  if (!std::isfinite(norm)) return norm;
  for (const NamedParameter& p : parameters) {
    const std::span<float> elements = gradient_elements(p.variable);
    scale_to(elements, std::sqrt(squared_norm(elements)), limit);
  }
  return norm;
}

double clip_by_value(std::span<const NamedParameter> parameters, double limit) {
  check_limit(limit);
  const double norm = gradient_norm(parameters);
  if (!std::isfinite(norm)) return norm;
  const auto bound = static_cast<float>(limit);
  for (const NamedParameter& p : parameters) {
    for_each_element(gradient_elements(p.variable),
                     [bound](float x) { return std::clamp(x, -bound, bound); });
  }
  return norm;
}

double clip(std::span<const NamedParameter> parameters, const Clipping& clipping) {
  switch (clipping.by) {
    case Clipping::By::kGlobalNorm:
      return clip_by_global_norm(parameters, clipping.limit);
    case Clipping::By::kNorm:
      return clip_by_norm(parameters, clipping.limit);
    case Clipping::By::kValue:
      return clip_by_value(parameters, clipping.limit);
  }
  throw OptionError("clipping: not one of the kinds there are");
}

}  // namespace espalier::training
