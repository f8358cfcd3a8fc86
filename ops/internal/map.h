#pragma once

#include <cstddef>

#include <espalier/ops/parallel.h>
#include <espalier/ops/tensor.h>

namespace espalier::detail {

/// The tensor of f(x[i]...), in parallel.
template <class Function, class... Inputs>
Tensor map(const Shape& shape, Function f, const Inputs*... x) {
  constexpr std::size_t kBlock = 16 * 1024;  // Elements: enough to hide what a task costs.
  Tensor y = Tensor::uninitialized(shape);
  float* const out = y.data();
  parallel_rows(y.size(), kBlock, [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) out[i] = f(x[i]...);
  });
  return y;
}

}  // namespace espalier::detail
