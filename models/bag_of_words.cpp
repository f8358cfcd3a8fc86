#include <espalier/models/bag_of_words.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/memory.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/arithmetic.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/segment.h>

namespace espalier::models {
namespace {

// The different words of every document, ascending: those of document d are words[offsets[d]] ..
// words[offsets[d + 1] - 1].
struct DistinctWords {
  PoolVector<std::uint32_t> words;
  PoolVector<std::uint64_t> offsets;
  Tensor weights;  // [words.size(), 1].

  explicit DistinctWords(const DocumentBatch& batch) {
    words.reserve(batch.num_words());
    offsets.push_back(0);
    for (NodeId d = 0; d < batch.num_documents(); ++d) {
      const auto begin = words.insert(words.end(), batch.words.begin() + batch.first_word(d),
                                      batch.words.begin() + batch.first_word(d + 1));
      std::sort(begin, words.end());
      words.erase(std::unique(begin, words.end()), words.end());
      offsets.push_back(words.size());
    }
    weights = Tensor::uninitialized({words.size(), 1});
    for (std::size_t d = 0; d + 1 < offsets.size(); ++d) {
      const std::span<float> mine = weights.flat().subspan(offsets[d], offsets[d + 1] - offsets[d]);
      std::fill(mine.begin(), mine.end(), 1.0f / std::sqrt(static_cast<float>(mine.size())));
    }
  }
};

}  // namespace

BagOfWords::BagOfWords(const BagOfWordsOptions& options)
    : DocumentClassifier(options.num_classes),
      options_(checked(options)),
      words_(Tensor::zeros({positive_size(options.num_words, "num_words"),
                            positive_size(options.num_classes, "num_classes")})) {
  add_module("embedding", words_);
  bias_ = add_parameter("bias", Tensor::zeros({words_.table().cols()}));
}

Variable BagOfWords::logits(const DocumentBatch& batch, Rng&) const {
  DistinctWords distinct(batch);
  const Variable sums = segment_weighted_sum(
      words_.forward(distinct.words), Variable(std::move(distinct.weights)), distinct.offsets);
  const PoolVector<std::uint32_t> only_row(batch.num_documents(), 0);
  return sums + gather_rows(bias_, only_row);
}

}  // namespace espalier::models
