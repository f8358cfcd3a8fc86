#include <espalier/models/averaged_embedding.h>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/segment.h>

namespace espalier::models {
namespace {

std::optional<Linear> make_hidden(const AveragedEmbeddingOptions& options, Rng& rng) {
  if (options.hidden_size == 0) return std::nullopt;
  return Linear({.input_size = options.word_size, .output_size = options.hidden_size}, rng);
}

}  // namespace

AveragedEmbedding::AveragedEmbedding(const AveragedEmbeddingOptions& options, Rng& rng)
    : DocumentClassifier(options.num_classes),
      options_(checked(options)),
      embedding_(options.num_words, options.word_size, rng),
      dropout_(options.dropout),
      hidden_(make_hidden(options, rng)),
      classifier_({.input_size = hidden_ ? options.hidden_size : options.word_size,
                   .output_size = options.num_classes},
                  rng) {
  add_module("embedding", embedding_);
  if (hidden_) add_module("hidden", *hidden_);
  add_module("classifier", classifier_);
}

Variable AveragedEmbedding::logits(const DocumentBatch& batch, Rng& rng) const {
  const Variable mean = segment_mean(embedding_.forward(batch.words), batch.word_offsets());
  const Variable v = dropout_.forward(mean, rng);
  return classifier_.forward(hidden_ ? tanh(hidden_->forward(v)) : v);
}

}  // namespace espalier::models
