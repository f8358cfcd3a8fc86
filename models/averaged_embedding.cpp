#include <espalier/models/averaged_embedding.h>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/elementwise.h>
#include <espalier/ops/segment.h>

namespace espalier::models {
namespace {

const AveragedEmbeddingOptions& checked(const AveragedEmbeddingOptions& options) {
  positive_size(options.word_size, "word_size");
  if (options.hidden_size < 0) {
    throw OptionError(message("hidden_size is ", options.hidden_size, ", expected 0 or more"));
  }
  return options;
}

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

std::string to_json(const AveragedEmbeddingOptions& options) {
  return nlohmann::json{{"num_words", options.num_words},
                        {"word_size", options.word_size},
                        {"hidden_size", options.hidden_size},
                        {"num_classes", options.num_classes},
                        {"dropout", options.dropout}}
      .dump();
}

AveragedEmbeddingOptions averaged_embedding_options_from_json(const std::string& text,
                                                              const std::string& source) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    return {.num_words = json.at("num_words"),
            .word_size = json.at("word_size"),
            .hidden_size = json.at("hidden_size"),
            .num_classes = json.at("num_classes"),
            .dropout = json.at("dropout")};
  } catch (const nlohmann::json::exception& error) {
    throw ParseError({source, 0, 0},
                     message("no options of an averaged embedding: ", error.what()));
  }
}

}  // namespace espalier::models
