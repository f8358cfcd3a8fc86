#include <espalier/layers/embedding.h>

#include <espalier/layers/initialize.h>
#include <espalier/ops/embedding.h>

namespace espalier {

Embedding::Embedding(int num_words, int size, Rng& rng, float bound)
    : Embedding(uniform_tensor({positive_size(num_words, "num_words"), positive_size(size, "size")},
                               -bound, bound, rng)) {}

Embedding::Embedding(Tensor table) : table_(add_parameter("weight", std::move(table))) {}

Variable Embedding::forward(std::span<const std::uint32_t> words) const {
  return embedding(table_, words);
}

}  // namespace espalier
