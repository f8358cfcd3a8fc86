#include <espalier/layers/gradient_flow.h>

#include <cmath>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {

std::vector<double> gradient_flow(const std::function<Variable(const SweepOptions&)>& run,
                                  NodeId target, std::size_t part) {
  std::vector<double> squares;
  const SweepOptions options{
      .observe = [&](std::size_t p, NodeId node, std::span<const float> gradient) {
        if (p != part) return;
        for (const float g : gradient) {
          squares[node] += static_cast<double>(g) * static_cast<double>(g);
        }
      }};
  std::size_t width = 1;
  for (std::size_t unit = 0; unit < width; ++unit) {
    const Variable h = run(options);
    width = h.cols();
    squares.resize(h.rows(), 0.0);
    if (target >= h.rows()) {
      throw GraphError(
          message("gradient flow to node ", target, ", expected a node below ", h.rows()));
    }
    Tensor seed = Tensor::zeros(h.shape());
    seed.at(target, unit) = 1.0f;
    h.backward(std::move(seed));
  }
  for (double& square : squares) square = std::sqrt(square / static_cast<double>(width));
  return squares;
}

}  // namespace espalier
